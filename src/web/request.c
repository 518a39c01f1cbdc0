/* SPDX-License-Identifier: MIT
 *
 * Reading a request. The sources a client sends names and values by (path, query, form, headers, cookies) differ
 * only in how a name is found and what a failure is called: one table of them and one function a type serve all
 * fifty public ones. Query, form, cookies and JSON are parsed at their first use.
 */
#include "request.h"

#include <strings.h>

#include <carafe/error.h>

#include "../text/number.h"

enum { MOST_PAIRS = 1000 };

/* Ends the request with an HTTP status. */
static _Noreturn void refuse(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
static _Noreturn void refuse(int status, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const char *message = cf__format_list(cf__current(), format, list);
    va_end(list);
    cf_raise_error(&(cf_error){ .code = CF_HTTP, .status = status, .message = message });
}

void cf__request_init(struct cf__request *request, const char *method, const char *target)
{
    static char nothing[1];
    cf__context_init(&request->context);
    request->head = (cf_request){ .context = &request->context.head };
    request->method = method;
    request->path = target;
    request->query_string = "";
    request->remote_address = "";
    char *question = strchr(target, '?');
    if (question) {
        *question = '\0';
        request->query_string = question + 1;
    }
    request->body = nothing;
    request->body_size = 0;
    request->transport = NULL;
    request->transport_self = NULL;
    request->debug = false;
    request->match.kind = CF__MATCH_NONE;
    request->match.route = NULL;
    request->match.location = request->match.allow = NULL;
    request->app = NULL;
    request->taken = NULL;
    request->response = NULL;
    request->query = request->form = request->cookies = NULL;
    request->json = NULL;
}

const char *cf_method(cf_request *req)
{
    return cf__request_of(req)->method;
}

const char *cf_path(cf_request *req)
{
    return cf__request_of(req)->path;
}

const char *cf_query_string(cf_request *req)
{
    return cf__request_of(req)->query_string;
}

const char *cf_endpoint(cf_request *req)
{
    const struct cf__route *route = cf__request_of(req)->match.route;
    return route ? route->endpoint : NULL;
}

const char *cf_remote_address(cf_request *req)
{
    return cf__request_of(req)->remote_address;
}

cf_bytes cf_body_bytes(cf_request *req)
{
    const struct cf__request *request = cf__request_of(req);
    return (cf_bytes){ request->body, request->body_size };
}

/* ---- Sources ---------------------------------------------------------------------------------------------------- */

static const char *find_param(struct cf__request *request, const char *name)
{
    const struct cf__route *route = request->match.route;
    for (size_t i = 0; route && i < route->param_count; i++)
        if (strcmp(route->params[i], name) == 0)
            return request->match.values[i];
    return NULL;
}

static const char *find_query(struct cf__request *request, const char *name)
{
    if (!request->query) {
        struct cf__pairs *pairs = cf__take(&request->context, sizeof *pairs);
        const char *text = request->query_string;
        if (!cf__url_pairs(&request->context, text, strlen(text), MOST_PAIRS, pairs))
            refuse(400, "The query string is malformed.");
        request->query = pairs;
    }
    return cf__pairs_find(request->query, name);
}

static const char *find_header(struct cf__request *request, const char *name)
{
    return request->transport ? request->transport->header(request->transport_self, name) : NULL;
}

/* The media type of the body, without parameters, is `type` or where `suffix` is given ends in it. */
static bool body_is(struct cf__request *request, const char *type, const char *suffix)
{
    const char *header = find_header(request, "Content-Type");
    if (!header)
        return false;
    header += strspn(header, " \t");
    size_t size = strcspn(header, "; \t");
    if (size == strlen(type) && strncasecmp(header, type, size) == 0)
        return true;
    size_t suffix_size = suffix ? strlen(suffix) : 0;
    return suffix && size > suffix_size && strncasecmp(header + size - suffix_size, suffix, suffix_size) == 0;
}

static const char *find_form(struct cf__request *request, const char *name)
{
    if (!request->form) {
        if (!body_is(request, "application/x-www-form-urlencoded", NULL))
            refuse(415, "The body is not a form: its Content-Type must be application/x-www-form-urlencoded.");
        struct cf__pairs *pairs = cf__take(&request->context, sizeof *pairs);
        if (!cf__url_pairs(&request->context, request->body, request->body_size, MOST_PAIRS, pairs))
            refuse(400, "The form is malformed.");
        request->form = pairs;
    }
    return cf__pairs_find(request->form, name);
}

/* "a=1; b=\"2\"" (RFC 6265 section 5.4), leniently: what is no pair is skipped. */
static struct cf__pairs *parse_cookies(struct cf__request *request, const char *header)
{
    struct cf__pairs *pairs = cf__take(&request->context, sizeof *pairs);
    size_t most = 1;
    for (const char *at = header; *at; at++)
        most += *at == ';';
    *pairs = (struct cf__pairs){ .items = cf__take(&request->context, most * sizeof *pairs->items) };
    for (const char *at = header, *end; *at; at = end + (*end == ';')) {
        at += strspn(at, " \t");
        end = strchrnul(at, ';');
        const char *equals = memchr(at, '=', (size_t)(end - at));
        if (!equals)
            continue;
        const char *value = equals + 1, *stop = end;
        while (stop > value && (stop[-1] == ' ' || stop[-1] == '\t'))
            stop--;
        if (stop - value >= 2 && *value == '"' && stop[-1] == '"')
            value++, stop--;
        pairs->items[pairs->count++] = (struct cf__pair){
            cf__copy_bytes(&request->context, at, (size_t)(equals - at)),
            cf__copy_bytes(&request->context, value, (size_t)(stop - value)),
        };
    }
    return pairs;
}

static const char *find_cookie(struct cf__request *request, const char *name)
{
    if (!request->cookies) {
        const char *header = find_header(request, "Cookie");
        request->cookies = parse_cookies(request, header ? header : "");
    }
    return cf__pairs_find(request->cookies, name);
}

static const struct source {
    const char *what; /* as in: The query parameter "page" is missing. */
    const char *(*find)(struct cf__request *request, const char *name);
} param_source = { "path parameter", find_param }, query_source = { "query parameter", find_query },
  form_source = { "form field", find_form }, header_source = { "header", find_header },
  cookie_source = { "cookie", find_cookie };

/* A client cannot leave out a variable of the path: the rule lacks it. */
static _Noreturn void raise_missing(const struct cf__request *request, const struct source *source, const char *name)
{
    const struct cf__route *route = request->match.route;
    if (source != &param_source)
        refuse(400, "The %s \"%s\" is missing.", source->what, name);
    if (!route)
        cf_raise(CF_INTERNAL, "the parameter \"%s\" was asked for, but no route has matched", name);
    cf_raise(CF_INTERNAL, "the route \"%s\" of the endpoint %s has no parameter \"%s\"", route->rule, route->endpoint,
             name);
}

static const char *need_text(cf_request *req, const struct source *source, const char *name)
{
    const char *text = source->find(cf__request_of(req), name);
    if (!text)
        raise_missing(cf__request_of(req), source, name);
    return text;
}

static _Noreturn void refuse_value(const struct source *source, const char *name, const char *expected)
{
    refuse(400, "The %s \"%s\" is not %s.", source->what, name, expected);
}

/* Whole texts or nothing; each converter with what it expects. */
#define DEFINE_CONVERSION(kind, type, parse, expected)                                          \
    static type convert_##kind(const struct source *source, const char *name, const char *text) \
    {                                                                                           \
        type value;                                                                             \
        if (!parse(text, &value))                                                               \
            refuse_value(source, name, expected);                                               \
        return value;                                                                           \
    }
DEFINE_CONVERSION(integer, int64_t, cf__parse_integer, "an integer")
DEFINE_CONVERSION(number, double, cf__parse_number, "a number")
DEFINE_CONVERSION(boolean, bool, cf__parse_boolean, "true or false")
static bool parse_time(const char *text, cf_time *out)
{
    return cf_time_parse(text, out) && cf__time_is_exact(text);
}
DEFINE_CONVERSION(time, cf_time, parse_time, "a time like 2026-11-22T21:50:00Z")

#define DEFINE_TYPED(source, kind, type)                                                       \
    type cf_##source##_##kind(cf_request *req, const char *name)                               \
    {                                                                                          \
        return convert_##kind(&source##_source, name, need_text(req, &source##_source, name)); \
    }                                                                                          \
    type cf_##source##_##kind##_or(cf_request *req, const char *name, type fallback)           \
    {                                                                                          \
        const char *text = source##_source.find(cf__request_of(req), name);                    \
        return text ? convert_##kind(&source##_source, name, text) : fallback;                 \
    }
#define DEFINE_SOURCE(source)                                                             \
    const char *cf_##source(cf_request *req, const char *name)                            \
    {                                                                                     \
        return need_text(req, &source##_source, name);                                    \
    }                                                                                     \
    const char *cf_##source##_or(cf_request *req, const char *name, const char *fallback) \
    {                                                                                     \
        const char *text = source##_source.find(cf__request_of(req), name);               \
        return text ? text : fallback;                                                    \
    }                                                                                     \
    DEFINE_TYPED(source, integer, int64_t)                                                \
    DEFINE_TYPED(source, number, double)                                                  \
    DEFINE_TYPED(source, boolean, bool)                                                   \
    DEFINE_TYPED(source, time, cf_time)
DEFINE_SOURCE(param)
DEFINE_SOURCE(query)
DEFINE_SOURCE(form)
DEFINE_SOURCE(header)
DEFINE_SOURCE(cookie)

/* ---- JSON body -------------------------------------------------------------------------------------------------- */

static _Noreturn void refuse_member(const char *name, const char *problem)
{
    cf_raise_error(&(cf_error){ .code = CF_INVALID,
                                .message = cf_format(&cf__current()->head, "%s %s", name, problem),
                                .details = cf__json_problem(cf__current(), name, problem) });
}

static _Noreturn void refuse_json(const struct cf__json_error *error)
{
    if (error->out_of_range && *error->member)
        refuse_member(error->member, "is a number out of range");
    cf_raise_error(
        &(cf_error){ .code = CF_HTTP,
                     .status = 400,
                     .message = cf_format(&cf__current()->head, "The body is not valid JSON: %s at line %d, column %d.",
                                          error->text, error->line, error->column),
                     .details = *error->member ? cf__json_problem(cf__current(), error->member, error->text) : NULL });
}

const cf__json *cf__request_json(struct cf__request *request)
{
    struct cf__json_error error;
    if (request->json)
        return request->json;
    if (!body_is(request, "application/json", "+json"))
        refuse(415, "The body is not JSON: its Content-Type must be application/json.");
    request->json = cf__json_parse(&request->context, request->body, request->body_size, &error);
    if (!request->json)
        refuse_json(&error);
    return request->json;
}

/* A member by name or JSON pointer; NULL where there is none or it is null. */
static const cf__json *find_member(cf_request *req, const char *name)
{
    const cf__json *body = cf__request_json(cf__request_of(req));
    const cf__json *member = NULL;
    if (name[0] == '/')
        member = cf__json_at(body, name);
    else if (cf__json_kind(body) == CF__JSON_OBJECT)
        member = cf__json_member(body, name);
    return member && cf__json_kind(member) != CF__JSON_NULL ? member : NULL;
}

static bool member_text(const cf__json *member, const char **out)
{
    return cf__json_kind(member) == CF__JSON_TEXT && (*out = cf__json_as_text(member, NULL), true);
}

static bool member_integer(const cf__json *member, int64_t *out)
{
    return cf__json_kind(member) == CF__JSON_INTEGER && (*out = cf__json_as_integer(member), true);
}

static bool member_number(const cf__json *member, double *out)
{
    enum cf__json_kind kind = cf__json_kind(member);
    return (kind == CF__JSON_INTEGER || kind == CF__JSON_NUMBER) && (*out = cf__json_as_number(member), true);
}

static bool member_boolean(const cf__json *member, bool *out)
{
    return cf__json_kind(member) == CF__JSON_BOOLEAN && (*out = cf__json_as_boolean(member), true);
}

static bool member_time(const cf__json *member, cf_time *out)
{
    const char *text;
    return member_text(member, &text) && parse_time(text, out);
}

#define DEFINE_MEMBER(kind, type, expected)                                    \
    type cf_body_##kind##_or(cf_request *req, const char *name, type fallback) \
    {                                                                          \
        const cf__json *member = find_member(req, name);                       \
        type value;                                                            \
        if (!member)                                                           \
            return fallback;                                                   \
        if (!member_##kind(member, &value))                                    \
            refuse_member(name, "must be " expected);                          \
        return value;                                                          \
    }                                                                          \
    type cf_body_##kind(cf_request *req, const char *name)                     \
    {                                                                          \
        if (!find_member(req, name))                                           \
            refuse_member(name, "is missing");                                 \
        type none = { 0 };                                                     \
        return cf_body_##kind##_or(req, name, none);                           \
    }
DEFINE_MEMBER(integer, int64_t, "an integer")
DEFINE_MEMBER(number, double, "a number")
DEFINE_MEMBER(boolean, bool, "true or false")
DEFINE_MEMBER(time, cf_time, "a time like 2026-11-22T21:50:00Z")
typedef const char *text_type;
DEFINE_MEMBER(text, text_type, "a text")

/* ---- What the client prefers ------------------------------------------------------------------------------------ */

/* The value of ";q=0.8" between at and end, in thousandths; 1000 where there is none (RFC 9110 section 12.4.2). */
static int read_quality(const char *at, const char *end)
{
    while ((at = memchr(at, ';', (size_t)(end - at)))) {
        at++;
        at += strspn(at, " \t");
        if ((*at != 'q' && *at != 'Q') || at[1] != '=')
            continue;
        int quality = at[2] == '1' ? 1000 : 0, unit = 100;
        if (at[2] == '0' && at[3] == '.')
            for (at += 4; *at >= '0' && *at <= '9' && unit; at++, unit /= 10)
                quality += (*at - '0') * unit;
        return quality;
    }
    return 1000;
}

/* What an Accept header gives to a media type: the most specific range that covers it counts (RFC 9110 section 12.5.1). */
static int quality_of(const char *accept, const char *type)
{
    size_t kind = strcspn(type, "/") + 1, best = 0;
    int quality = 0;
    for (const char *at = accept, *end; *at; at = end + (*end == ',')) {
        at += strspn(at, " \t");
        end = strchrnul(at, ',');
        size_t size = strcspn(at, ",; \t"), specific = 0;
        if (size == strlen(type) && strncasecmp(at, type, size) == 0)
            specific = 3;
        else if (size == kind + 1 && strncasecmp(at, type, kind) == 0 && at[kind] == '*')
            specific = 2;
        else if (size == 3 && strncmp(at, "*/*", 3) == 0)
            specific = 1;
        if (specific <= best)
            continue;
        best = specific;
        quality = read_quality(at, end);
    }
    return quality;
}

bool cf__request_wants_json(struct cf__request *request)
{
    const char *accept = find_header(request, "Accept");
    return !accept || quality_of(accept, "application/json") >= quality_of(accept, "text/html");
}
