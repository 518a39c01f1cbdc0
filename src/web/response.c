/* SPDX-License-Identifier: MIT
 *
 * Making a response: a status, a content type, a body in the request's arena and a list of headers. Whatever is put
 * into a header is checked here, so that no client can smuggle in a line of its own.
 */
#include "request.h"

#include <inttypes.h>
#include <strings.h>

#include <carafe/error.h>

static const char json_type[] = "application/json", text_type[] = "text/plain; charset=utf-8";

cf_response *cf__response_new(cf_request *req, int status)
{
    if (status < 200 || status > 599)
        cf_raise(CF_INTERNAL, "an answer has a status from 200 to 599, not %d", status);
    cf_response *response = cf__take(cf__context_of(req->context), sizeof *response);
    *response = (cf_response){ .request = req, .status = status, .body = "" };
    response->last_header = &response->headers;
    return response;
}

static bool has_control(const char *text)
{
    for (; *text; text++)
        if (((unsigned char)*text < 0x20 && *text != '\t') || *text == 0x7F)
            return true;
    return false;
}

/* Texts of others may be given as the value of a header: a line end in one would start a header of theirs. */
static void check_value(const char *name, const char *value)
{
    if (!value)
        cf_raise(CF_INTERNAL, "the header %s was given NULL", name);
    if (has_control(value))
        cf_raise(CF_INTERNAL, "the value of the header %s has a control character", name);
}

static cf_response *make(cf_request *req, const char *body, size_t size, const char *usual_type,
                         struct cf_answer answer)
{
    if (answer.content_type)
        check_value("Content-Type", answer.content_type);
    cf_response *response = cf__response_new(req, answer.status ? answer.status : 200);
    response->body = body;
    response->size = size;
    response->content_type = answer.content_type ? cf_copy(req, answer.content_type) : usual_type;
    return response;
}

cf_response *cf__response_buffer(cf_request *req, struct cf__buffer *buffer, const char *content_type, int status)
{
    return make(req, buffer->data ? buffer->data : "", buffer->size, content_type,
                (struct cf_answer){ .status = status });
}

cf_response *cf_text_(cf_request *req, const char *text, struct cf_answer answer)
{
    if (!text)
        cf_raise(CF_INTERNAL, "cf_text was given NULL");
    return make(req, cf_copy(req, text), strlen(text), text_type, answer);
}

cf_response *cf_send_(cf_request *req, cf_bytes bytes, struct cf_answer answer)
{
    return make(req, bytes.data ? bytes.data : "", bytes.size, "application/octet-stream", answer);
}

cf_response *cf_empty(cf_request *req, int status)
{
    return cf__response_new(req, status);
}

/* ---- JSON of named values --------------------------------------------------------------------------------------- */

static void write_named(struct cf__buffer *buffer, const struct cf_named *named);

static void write_items(struct cf__buffer *buffer, const struct cf_list *list)
{
    cf__buffer_char(buffer, '[');
    for (size_t i = 0; i < list->count; i++) {
        const struct cf_named item = cf_list_item_(list, i);
        if (i)
            cf__buffer_char(buffer, ',');
        write_named(buffer, &item);
    }
    cf__buffer_char(buffer, ']');
}

/* As the fields of models are written. */
static void write_named(struct cf__buffer *buffer, const struct cf_named *named)
{
    char text[CF_DECIMAL_TEXT]; /* the longest of them */
    switch (named->kind) {
    case CF_NAMED_INTEGER:
        cf__json_integer(buffer, named->integer);
        return;
    case CF_NAMED_NUMBER:
        cf__json_number(buffer, named->number);
        return;
    case CF_NAMED_BOOLEAN:
        cf__buffer_string(buffer, named->boolean ? "true" : "false");
        return;
    case CF_NAMED_TEXT:
        cf__json_text(buffer, named->text, strlen(named->text));
        return;
    case CF_NAMED_TIME:
        cf__json_text(buffer, text, cf_time_format(named->time, text));
        return;
    case CF_NAMED_DATE:
        cf__json_text(buffer, text, cf_date_format(named->date, text));
        return;
    case CF_NAMED_CLOCK:
        cf__json_text(buffer, text, cf_clock_format(named->clock, text));
        return;
    case CF_NAMED_UUID:
        cf__json_text(buffer, text, cf_uuid_format(named->uuid, text));
        return;
    case CF_NAMED_DECIMAL:
        cf__json_text(buffer, text, cf_decimal_format(named->decimal, text));
        return;
    case CF_NAMED_BYTES:
        cf__json_bytes(buffer, named->bytes);
        return;
    case CF_NAMED_LIST:
        write_items(buffer, &named->list);
        return;
    case CF_NAMED_NULL:
        cf__buffer_string(buffer, "null");
    }
}

cf_response *cf_json_object_(cf_request *req, size_t count, const struct cf_named *values)
{
    struct cf__buffer buffer = cf__buffer_new(cf__context_of(req->context), CF__CAP_RESPONSE, "the answer");
    cf__buffer_char(&buffer, '{');
    for (size_t i = 0; i < count; i++) {
        if (i)
            cf__buffer_char(&buffer, ',');
        cf__json_text(&buffer, values[i].name, strlen(values[i].name));
        cf__buffer_char(&buffer, ':');
        write_named(&buffer, &values[i]);
    }
    cf__buffer_add(&buffer, "}\n", 2);
    return cf__response_buffer(req, &buffer, json_type, 200);
}

/* ---- Headers ---------------------------------------------------------------------------------------------------- */

static bool is_token(const char *text)
{
    /* RFC 9110 section 5.6.2 */
    static const char more[] = "!#$%&'*+-.^_`|~";
    for (const char *at = text; *at; at++) {
        bool alphanumeric = (*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z');
        if (!alphanumeric && !strchr(more, *at))
            return false;
    }
    return *text;
}

static void check_header(const char *name, const char *value)
{
    if (!name || !is_token(name))
        cf_raise(CF_INTERNAL, "\"%s\" cannot be the name of a header", name ? name : "NULL");
    check_value(name, value);
}

void cf_add_header(cf_response *response, const char *name, const char *value)
{
    check_header(name, value);
    cf_request *req = response->request;
    if (strcasecmp(name, "Content-Type") == 0) { /* there is only one */
        response->content_type = cf_copy(req, value);
        return;
    }
    struct cf__header *header = cf__take(cf__context_of(req->context), sizeof *header);
    *header = (struct cf__header){ cf_copy(req, name), cf_copy(req, value), NULL };
    *response->last_header = header;
    response->last_header = &header->next;
}

void cf_set_header(cf_response *response, const char *name, const char *value)
{
    check_header(name, value);
    for (struct cf__header **at = &response->headers; *at;) {
        if (strcasecmp((*at)->name, name) == 0)
            *at = (*at)->next;
        else
            at = &(*at)->next;
    }
    response->last_header = &response->headers;
    while (*response->last_header)
        response->last_header = &(*response->last_header)->next;
    cf_add_header(response, name, value);
}

cf_response *cf_redirect_(cf_request *req, const char *location, struct cf_answer answer)
{
    int status = answer.status ? answer.status : 303;
    if (status != 301 && status != 302 && status != 303 && status != 307 && status != 308)
        cf_raise(CF_INTERNAL, "a redirect has the status 301, 302, 303, 307 or 308, not %d", status);
    cf_response *response = cf__response_new(req, status);
    cf_set_header(response, "Location", location);
    return response;
}

/* ---- Cookies ---------------------------------------------------------------------------------------------------- */

/* RFC 6265 section 4.1.1: cookie-octet. */
static bool is_cookie_value(const char *value)
{
    for (const char *at = value; *at; at++)
        if (*at <= ' ' || *at == 0x7F || strchr("\",;\\", *at)) /* a byte past ASCII is below 0 */
            return false;
    return true;
}

static const char *find_same_site(const char *given)
{
    static const char *const known[] = { "Lax", "Strict", "None" };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcasecmp(given ? given : known[0], known[i]) == 0)
            return known[i];
    cf_raise(CF_INTERNAL, "the .same_site of a cookie is \"Lax\", \"Strict\" or \"None\"");
}

static void add_attribute(struct cf__buffer *buffer, const char *name, const char *value)
{
    if (!value)
        return;
    if (has_control(value) || strchr(value, ';'))
        cf_raise(CF_INTERNAL, "the %s of a cookie has a ';' or a control character", name);
    cf__buffer_format(buffer, "; %s=%s", name, value);
}

static void add_age(struct cf__buffer *buffer, int64_t max_age)
{
    if (max_age < 0)
        cf__buffer_string(buffer, "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
    else if (max_age > 0)
        cf__buffer_format(buffer, "; Max-Age=%" PRId64, max_age);
}

void cf_set_cookie_(cf_response *response, const char *name, const char *value, struct cf_cookie_options options)
{
    if (!name || !is_token(name))
        cf_raise(CF_INTERNAL, "\"%s\" cannot be the name of a cookie", name ? name : "NULL");
    if (!value || !is_cookie_value(value))
        cf_raise(CF_INTERNAL, "the value of the cookie %s has a character no cookie may have: encode it first", name);
    struct cf__buffer buffer = cf__buffer_new(cf__context_of(response->request->context), 8192, "a cookie");
    const char *same_site = find_same_site(options.same_site);
    cf__buffer_format(&buffer, "%s=%s", name, value);
    add_age(&buffer, options.max_age);
    add_attribute(&buffer, "Path", options.path ? options.path : "/");
    add_attribute(&buffer, "Domain", options.domain);
    if (!options.script_readable)
        cf__buffer_string(&buffer, "; HttpOnly");
    if (options.secure || strcmp(same_site, "None") == 0)
        cf__buffer_string(&buffer, "; Secure");
    add_attribute(&buffer, "SameSite", same_site);
    cf_add_header(response, "Set-Cookie", cf__buffer_text(&buffer));
}
