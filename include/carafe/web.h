/* SPDX-License-Identifier: MIT
 *
 * Routes, requests and responses. A handler takes a request and returns a response:
 *
 *     static cf_response *hello(cf_request *req)
 *     {
 *         return cf_text(req, cf_format(req, "Hello, %s!\n", cf_query_or(req, "name", "world")));
 *     }
 *
 * All that these functions return lives until the request ends.
 */
#ifndef CARAFE_WEB_H
#define CARAFE_WEB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <carafe/sys/context.h>
#include <carafe/types.h>
#include <carafe/value.h>

typedef struct cf_db cf_db;
typedef struct cf_response cf_response;

/* The visible part of a request. */
typedef struct cf_request {
    cf_context *context;
    cf_db *db; /* the database session of this request; rolled back at its end unless committed */
} cf_request;

/* Answers a request. Returning NULL is an error that names the handler. */
typedef cf_response *cf_handler(cf_request *req);

/* ---- The request ------------------------------------------------------------------------------------------------ */

const char *cf_method(cf_request *req);         /* "GET"; a HEAD request is "HEAD", in its GET handler too */
const char *cf_path(cf_request *req);           /* "/users/3": as sent, still percent-encoded, without the query */
const char *cf_query_string(cf_request *req);   /* "page=2", as sent; "" where there is none */
const char *cf_endpoint(cf_request *req);       /* name of the matched route, or NULL */
const char *cf_remote_address(cf_request *req); /* "127.0.0.1" */

/* What a client sends by name. The five sources:
 *
 *   cf_param   a variable of the route's path, "/users/<int:id>"
 *   cf_query   the query string, "?page=2"
 *   cf_form    an urlencoded form in the body (415 where the body is something else)
 *   cf_header  a header, in any case
 *   cf_cookie  a cookie
 *
 * each as a text, and with _integer, _number, _boolean or _time as a value: the whole text must be one. Missing or
 * malformed ends the request with 400 that names the field. With _or, missing gives the fallback; malformed is 400
 * still. Where a name comes several times the first counts. A parameter the route does not have is an error of the
 * program (500), unless asked for with _or: several routes may share a handler. */
#define CF_SOURCE_(source)                                                                                             \
    const char *cf_##source(cf_request *req, const char *name);                                                        \
    const char *cf_##source##_or(cf_request *req, const char *name, const char *fallback);                             \
    int64_t cf_##source##_integer(cf_request *req, const char *name);                                                  \
    int64_t cf_##source##_integer_or(cf_request *req, const char *name, int64_t fallback);                             \
    double cf_##source##_number(cf_request *req, const char *name);                                                    \
    double cf_##source##_number_or(cf_request *req, const char *name, double fallback);                                \
    bool cf_##source##_boolean(cf_request *req, const char *name);                                                     \
    bool cf_##source##_boolean_or(cf_request *req, const char *name, bool fallback);                                   \
    cf_time cf_##source##_time(cf_request *req, const char *name);                                                     \
    cf_time cf_##source##_time_or(cf_request *req, const char *name, cf_time fallback);
CF_SOURCE_(param)
CF_SOURCE_(query)
CF_SOURCE_(form)
CF_SOURCE_(header)
CF_SOURCE_(cookie)

/* A member of the JSON body, by name or by JSON pointer ("/address/city"): 415 where the body is not sent as JSON,
 * 400 with line, column and field where it does not parse, 422 naming the field where it is missing (as is null), of
 * another type or a number out of range. A body for a whole model or SHAPE is read by cf_body and cf_add_from_json
 * (carafe/app.h). */
const char *cf_body_text(cf_request *req, const char *name);
const char *cf_body_text_or(cf_request *req, const char *name, const char *fallback);
int64_t cf_body_integer(cf_request *req, const char *name);
int64_t cf_body_integer_or(cf_request *req, const char *name, int64_t fallback);
double cf_body_number(cf_request *req, const char *name);
double cf_body_number_or(cf_request *req, const char *name, double fallback);
bool cf_body_boolean(cf_request *req, const char *name);
bool cf_body_boolean_or(cf_request *req, const char *name, bool fallback);
cf_time cf_body_time(cf_request *req, const char *name);
cf_time cf_body_time_or(cf_request *req, const char *name, cf_time fallback);

/* The body as sent. */
cf_bytes cf_body_bytes(cf_request *req);

/* ---- The response ----------------------------------------------------------------------------------------------- */

/* Options of an answer: `.status = 201, .content_type = "text/csv"`. 0 and NULL stand for the usual. */
struct cf_answer {
    int status;
    const char *content_type;
    char end_;
};

/* A text (copied), text/plain; charset=utf-8 unless .content_type says otherwise. */
#define cf_text(req, ...)          CF_TEXT_(req, __VA_ARGS__, .end_ = 0)
#define CF_TEXT_(req, text, ...)   cf_text_((req), (text), (struct cf_answer){ __VA_ARGS__ })
/* Bytes (not copied: they must live until the request ends, as all that cf_alloc gives does), application/octet-stream. */
#define cf_send(req, ...)          CF_SEND_(req, __VA_ARGS__, .end_ = 0)
#define CF_SEND_(req, bytes, ...)  cf_send_((req), (bytes), (struct cf_answer){ __VA_ARGS__ })
/* An object of named values: cf_json_object(req, cf_value("count", 3), cf_value("name", "kim")). */
#define cf_json_object(req, ...)                                                                                       \
    cf_json_object_((req), sizeof((struct cf_named[]){ __VA_ARGS__ }) / sizeof(struct cf_named),                       \
                    (struct cf_named[]){ __VA_ARGS__ })
/* An answer without a body: cf_empty(req, 204). */
cf_response *cf_empty(cf_request *req, int status);
/* A redirect to a path or URL: 303 (See Other) unless .status is 301, 302, 307 or 308. The location is sent as it
 * is; one with a control character is refused. */
#define cf_redirect(req, ...)             CF_REDIRECT_(req, __VA_ARGS__, .end_ = 0)
#define CF_REDIRECT_(req, location, ...)  cf_redirect_((req), (location), (struct cf_answer){ __VA_ARGS__ })

/* Ends the request with an HTTP status (400 … 599): cf_abort(req, 404), or with a description of its own:
 * cf_abort(req, 409, .description = cf_format(req, "%s is taken", name)). Does not return. */
struct cf_abort_options {
    const char *description;
    char end_;
};
#define cf_abort(req, ...)          CF_ABORT_(req, __VA_ARGS__, .end_ = 0)
#define CF_ABORT_(req, status, ...) cf_abort_((req), (status), (struct cf_abort_options){ __VA_ARGS__ })

/* Sets (replacing) a header, or adds one more of the name. Copied. A name or value with a control character is refused. */
void cf_set_header(cf_response *response, const char *name, const char *value);
void cf_add_header(cf_response *response, const char *name, const char *value);

/* Sets a cookie: path "/", HttpOnly and SameSite=Lax unless said otherwise; max_age in seconds, 0 for the browser's
 * session, negative to delete it. */
struct cf_cookie_options {
    int64_t max_age;
    const char *path, *domain;
    const char *same_site; /* "Lax" (default), "Strict" or "None" (implies Secure) */
    bool secure, script_readable;
    char end_;
};
#define cf_set_cookie(response, name, ...)           CF_SET_COOKIE_(response, name, __VA_ARGS__, .end_ = 0)
#define CF_SET_COOKIE_(response, name, value, ...)                                                                     \
    cf_set_cookie_((response), (name), (value), (struct cf_cookie_options){ __VA_ARGS__ })

/* ---- Behind the macros ------------------------------------------------------------------------------------------ */

cf_response *cf_text_(cf_request *req, const char *text, struct cf_answer answer);
cf_response *cf_send_(cf_request *req, cf_bytes bytes, struct cf_answer answer);
cf_response *cf_json_object_(cf_request *req, size_t count, const struct cf_named *values);
cf_response *cf_redirect_(cf_request *req, const char *location, struct cf_answer answer);
_Noreturn void cf_abort_(cf_request *req, int status, struct cf_abort_options options);
void cf_set_cookie_(cf_response *response, const char *name, const char *value, struct cf_cookie_options options);

#endif
