/* SPDX-License-Identifier: MIT
 *
 * Errors as answers. Two tables decide: which status an error code has, and what a status is called and says by
 * itself. What an error tells a client depends on whose fault it is: a 4xx repeats the message, a 5xx says nothing
 * of the inside unless in debug mode.
 */
#include "request.h"

#include <carafe/error.h>

static const int statuses[] = {
    [CF_INTERNAL] = 500,    [CF_NO_MEMORY] = 503, [CF_TOO_LARGE] = 413, [CF_TIMEOUT] = 503,   [CF_CANCELLED] = 503,
    [CF_SYSTEM] = 500,      [CF_HTTP] = 500,      [CF_INVALID] = 422,   [CF_UNIQUE] = 409,    [CF_FOREIGN_KEY] = 409,
    [CF_NOT_NULL] = 422,    [CF_CHECK] = 422,     [CF_STALE] = 409,     [CF_NOT_FOUND] = 404, [CF_AMBIGUOUS] = 500,
    [CF_CONFLICT] = 503,    [CF_BUSY] = 503,      [CF_DISK_FULL] = 507, [CF_CORRUPT] = 500,   [CF_READ_ONLY] = 503,
    [CF_UNAVAILABLE] = 503, [CF_SQL] = 500,
};

/* Names of RFC 9110 section 15 and the IANA registry; descriptions after Werkzeug's habit: one plain sentence. */
static const struct {
    int status;
    const char *name, *description;
} known[] = {
    { 400, "Bad Request", "The server could not understand the request." },
    { 401, "Unauthorized", "The request needs credentials that were not given or are wrong." },
    { 403, "Forbidden", "You do not have the permission to access this." },
    { 404, "Not Found", "The requested URL was not found on the server." },
    { 405, "Method Not Allowed", "The method is not allowed for the requested URL." },
    { 406, "Not Acceptable", "The resource cannot be had in a form the client accepts." },
    { 408, "Request Timeout", "The request did not arrive in time." },
    { 409, "Conflict", "The request conflicts with the current state of the data." },
    { 410, "Gone", "The requested URL is no longer available." },
    { 411, "Length Required", "The request needs a Content-Length." },
    { 412, "Precondition Failed", "A precondition of the request does not hold." },
    { 413, "Content Too Large", "The request is larger than the server takes." },
    { 414, "URI Too Long", "The requested URL is longer than the server takes." },
    { 415, "Unsupported Media Type", "The server does not take a body of this media type." },
    { 416, "Range Not Satisfiable", "The requested range cannot be served." },
    { 417, "Expectation Failed", "The server cannot do what the Expect header asks for." },
    { 418, "I'm a teapot", "This server is a teapot, not a coffee machine." },
    { 421, "Misdirected Request", "The request was sent to a server that cannot answer it." },
    { 422, "Unprocessable Content", "The request was well-formed but its contents are not acceptable." },
    { 423, "Locked", "The resource is locked." },
    { 424, "Failed Dependency", "An action this one depends on failed." },
    { 428, "Precondition Required", "The request must be conditional." },
    { 429, "Too Many Requests", "There were too many requests in a short time." },
    { 431, "Request Header Fields Too Large", "The header fields are larger than the server takes." },
    { 451, "Unavailable For Legal Reasons", "The resource is unavailable for legal reasons." },
    { 500, "Internal Server Error", "The server met an error while answering the request." },
    { 501, "Not Implemented", "The server does not support what the request asks for." },
    { 502, "Bad Gateway", "The server got an invalid answer from another one." },
    { 503, "Service Unavailable", "The server cannot answer now. Try again in a moment." },
    { 504, "Gateway Timeout", "Another server did not answer in time." },
    { 505, "HTTP Version Not Supported", "The server does not support this version of HTTP." },
    { 507, "Insufficient Storage", "The server has no room to store this." },
};

int cf__error_status(const cf_error *error)
{
    if (error->status >= 400 && error->status <= 599)
        return error->status;
    size_t count = sizeof statuses / sizeof statuses[0];
    return (size_t)error->code < count && statuses[error->code] ? statuses[error->code] : 500;
}

static size_t find_known(int status)
{
    size_t at = 0;
    while (at < sizeof known / sizeof known[0] && known[at].status != status)
        at++;
    return at;
}

const char *cf__status_name(int status)
{
    size_t at = find_known(status);
    return at < sizeof known / sizeof known[0] ? known[at].name : "Unknown";
}

static const char *describe_status(int status)
{
    size_t at = find_known(status);
    return at < sizeof known / sizeof known[0] ? known[at].description : "The request failed.";
}

/* What the database refused, said without its words: those may quote SQL. */
static const char *const refusals[] = {
    [CF_UNIQUE] = "There is another with the same value",
    [CF_FOREIGN_KEY] = "It refers to something that does not exist, or something refers to it",
    [CF_NOT_NULL] = "A value that is needed is missing",
    [CF_CHECK] = "A value is not allowed",
    [CF_STALE] = "It was changed or removed by somebody else",
};

static const char *describe(struct cf__request *request, const cf_error *error, int status)
{
    bool has_message = error->message && *error->message;
    bool of_database = error->constraint || error->statement || error->driver_code;
    if (request->debug && has_message)
        return error->message;
    if (of_database && (size_t)error->code < sizeof refusals / sizeof refusals[0] && refusals[error->code])
        return error->constraint
                   ? cf_format(&request->context.head, "%s (%s).", refusals[error->code], error->constraint)
                   : cf_format(&request->context.head, "%s.", refusals[error->code]);
    bool for_clients = status < 500 || error->code == CF_HTTP;
    return for_clients && has_message ? error->message : describe_status(status);
}

static void write_member(struct cf__buffer *buffer, const char *name, const char *value)
{
    if (!value)
        return;
    cf__buffer_format(buffer, ",\"%s\":", name);
    cf__json_text(buffer, value, strlen(value));
}

static void write_json(struct cf__buffer *buffer, struct cf__request *request, const cf_error *error, int status)
{
    cf__buffer_format(buffer, "{\"error\":{\"code\":%d", status);
    write_member(buffer, "name", cf__status_name(status));
    write_member(buffer, "description", describe(request, error, status));
    write_member(buffer, "constraint", error->constraint);
    if (error->details)
        cf__buffer_format(buffer, ",\"errors\":%s", error->details);
    if (request->debug) {
        write_member(buffer, "statement", error->statement);
        write_member(buffer, "parameters", error->parameters);
    }
    cf__buffer_add(buffer, "}}\n", 3);
}

static void write_html(struct cf__buffer *buffer, struct cf__request *request, const cf_error *error, int status)
{
    const char *name = cf__status_name(status);
    cf__buffer_format(buffer, "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>%d ", status);
    cf__html_escape(buffer, name);
    cf__buffer_string(buffer, "</title>\n<h1>");
    cf__html_escape(buffer, name);
    cf__buffer_string(buffer, "</h1>\n<p>");
    cf__html_escape(buffer, describe(request, error, status));
    cf__buffer_string(buffer, "</p>\n");
    if (request->debug && error->statement) {
        cf__buffer_string(buffer, "<pre>");
        cf__html_escape(buffer, error->statement);
        if (error->parameters) {
            cf__buffer_char(buffer, '\n');
            cf__html_escape(buffer, error->parameters);
        }
        cf__buffer_string(buffer, "</pre>\n");
    }
    cf__buffer_string(buffer, "</html>\n");
}

cf_response *cf__response_error(cf_request *req, const cf_error *error)
{
    struct cf__request *request = cf__request_of(req);
    int status = cf__error_status(error);
    struct cf__buffer buffer = cf__buffer_new(&request->context, CF__CAP_RESPONSE, "the answer");
    bool json = cf__request_wants_json(request);
    (json ? write_json : write_html)(&buffer, request, error, status);
    cf_response *response =
        cf__response_buffer(req, &buffer, json ? "application/json" : "text/html; charset=utf-8", status);
    if (status == 405 && request->match.allow)
        cf_set_header(response, "Allow", request->match.allow);
    if (status == 503)
        cf_set_header(response, "Retry-After", "1");
    return response;
}

void cf_abort_(cf_request *req, int status, struct cf_abort_options options)
{
    (void)req;
    if (status < 400 || status > 599)
        cf_raise(CF_INTERNAL, "cf_abort takes a status from 400 to 599, not %d", status);
    const char *description = options.description ? options.description : describe_status(status);
    cf_raise_error(&(cf_error){ .code = CF_HTTP, .status = status, .message = description });
}

/* ---- Services --------------------------------------------------------------------------------------------------- */

struct run {
    const struct cf__service *service;
    struct cf__request *request;
};

static void run_handle(void *run_)
{
    struct run *run = run_;
    run->service->handle(run->service->self, run->request);
}

static void run_failed(void *run_)
{
    struct run *run = run_;
    run->service->failed(run->service->self, run->request);
}

/* An answer that takes no memory: for when even the answer to an error failed. */
static cf_response *answer_without_memory(struct cf__request *request)
{
    static const char body[] = "{\"error\":{\"code\":503,\"name\":\"Service Unavailable\","
                               "\"description\":\"The server cannot answer now. Try again in a moment.\"}}\n";
    cf_response *response = &request->last_resort;
    *response = (cf_response){ .request = &request->head, .status = 503, .body = body, .size = sizeof body - 1 };
    response->content_type = "application/json";
    response->last_header = &response->headers;
    return response;
}

void cf__service_run(const struct cf__service *service, struct cf__request *request)
{
    struct run run = { service, request };
    if (!cf__protect(&request->context, run_handle, &run) && !cf__protect(&request->context, run_failed, &run))
        request->response = NULL;
    cf__run_releases(&request->context);
    if (!request->response)
        request->response = answer_without_memory(request);
}
