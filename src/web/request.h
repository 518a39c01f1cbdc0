/* SPDX-License-Identifier: MIT
 *
 * A request from its first byte to its answer, behind the cf_request that handlers see. Whoever receives it (the
 * HTTP server, the in-process client) fills in method, target, body and a transport that looks headers up; a service
 * answers it.
 */
#ifndef CARAFE_WEB_REQUEST_H
#define CARAFE_WEB_REQUEST_H

#include <carafe/web.h>

#include "../base/buffer.h"
#include "../text/json.h"
#include "../text/url.h"
#include "router.h"

/* How to look at the headers of a request, wherever they are. */
struct cf__transport {
    const char *(*header)(void *self, const char *name); /* first value of a name in any case, or NULL */
    void (*each_header)(void *self, void (*visit)(void *data, const char *name, const char *value), void *data);
};

struct cf__header {
    const char *name, *value;
    struct cf__header *next;
};

struct cf_response {
    cf_request *request;
    int status;
    const char *body; /* lives as long as the request's context */
    size_t size;
    const char *content_type; /* NULL for none */
    struct cf__header *headers, **last_header;
};

struct cf__request {
    cf_request head; /* head.context points to `context`'s */
    struct cf__context context;
    const char *method, *path, *query_string, *remote_address;
    char *body; /* NUL-terminated; "" where there is none */
    size_t body_size;
    const struct cf__transport *transport;
    void *transport_self;
    bool debug;              /* error answers may tell internals */
    struct cf__match match;  /* filled by the service's routing */
    const void *app;         /* the cf_app that serves it */
    struct cf__taken *taken; /* what the app has taken from its body, newest first */
    cf_response *response;   /* the answer; never NULL once the service has ended */
    /* parsed on first use */
    struct cf__pairs *query, *form, *cookies;
    const cf__json *json;
    cf_response last_resort; /* the answer where there is no memory for one */
};

static inline struct cf__request *cf__request_of(cf_request *req)
{
    return (struct cf__request *)req;
}

/* Makes a request ready: context initialized, head set, everything else zero. `target` is path and query as sent;
 * where it has a query it is cut in two at the '?', so it must be writable then, and live as long as the request. */
void cf__request_init(struct cf__request *request, const char *method, const char *target);

/* Parses the body as JSON once: raises CF_HTTP 415 or 400 (with line and column). */
const cf__json *cf__request_json(struct cf__request *request);
/* True where the client prefers JSON over HTML (RFC 9110 section 12.5.1); no Accept header, or "any", means JSON. */
bool cf__request_wants_json(struct cf__request *request);

/* An empty response of a status, in the request's arena. */
cf_response *cf__response_new(cf_request *req, int status);
/* A response whose body is what `buffer` holds (which lives in the request's arena). */
cf_response *cf__response_buffer(cf_request *req, struct cf__buffer *buffer, const char *content_type, int status);
/* The answer to an error: status by the error's code (see carafe/error.h), {"error":{"code","name","description"}}
 * or a small HTML page. Internals (message of a 5xx, SQL) only in debug mode. Extra headers: Allow for 405,
 * Retry-After for 503. */
cf_response *cf__response_error(cf_request *req, const cf_error *error);
int cf__error_status(const cf_error *error);
/* "Not Found" for 404 …; "Unknown" where there is none. */
const char *cf__status_name(int status);

/* What answers requests: `handle` runs in the request's fiber and sets request->response, or raises. `failed` turns
 * an error that ended the fiber into a response and logs it; it runs in the same context and must not raise. */
struct cf__service {
    void (*handle)(void *self, struct cf__request *request);
    void (*failed)(void *self, struct cf__request *request);
    void *self;
};
/* Runs the service for a request, in the current fiber, to its end: handle, and failed where handle raised.
 * Afterwards request->response is set. */
void cf__service_run(const struct cf__service *service, struct cf__request *request);

#endif
