/* SPDX-License-Identifier: MIT
 *
 * What tests of requests share: a request made by hand, with its headers in a list, and running a function as its
 * handler.
 */
#ifndef CARAFE_TESTS_WEB_SUPPORT_H
#define CARAFE_TESTS_WEB_SUPPORT_H

#include "base/support.h"

#include <stdio.h>
#include <strings.h>

#include "../../src/web/request.h"

enum { MOST_HEADERS = 8 };

struct sent {
    struct cf__request request;
    char target[1024];
    const char *headers[MOST_HEADERS][2]; /* up to the first NULL */
    void (*handler)(cf_request *req);
};

static inline const char *find_sent_header(void *self, const char *name)
{
    const struct sent *sent = self;
    for (int i = 0; i < MOST_HEADERS && sent->headers[i][0]; i++)
        if (strcasecmp(sent->headers[i][0], name) == 0)
            return sent->headers[i][1];
    return NULL;
}

/* A request as a client would send it. `header` and `body` may be NULL. Ends with end_request. */
static inline struct sent *send_request(const char *method, const char *target, const char *header, const char *value,
                                        const char *body)
{
    static const struct cf__transport transport = { .header = find_sent_header };
    struct sent *sent = malloc(sizeof *sent);
    memset(sent, 0x5A, sizeof *sent); /* nothing may rely on zeros */
    memset(sent->headers, 0, sizeof sent->headers);
    snprintf(sent->target, sizeof sent->target, "%s", target);
    cf__request_init(&sent->request, method, sent->target);
    sent->request.transport = &transport;
    sent->request.transport_self = sent;
    sent->headers[0][0] = header;
    sent->headers[0][1] = value;
    if (body) {
        sent->request.body_size = strlen(body);
        sent->request.body = cf__arena_take(&sent->request.context.arena, strlen(body) + 1);
        memcpy(sent->request.body, body, strlen(body) + 1);
    }
    return sent;
}

static inline void end_request(struct sent *sent)
{
    cf__context_dispose(&sent->request.context);
    free(sent);
}

static inline void run_sent(void *sent_)
{
    struct sent *sent = sent_;
    sent->handler(&sent->request.head);
}

static inline void protect_sent(void *sent_)
{
    struct sent *sent = sent_;
    if (cf__protect(&sent->request.context, run_sent, sent))
        sent->request.context.record.error.code = 0;
}

/* Runs a function as the request's handler, in a fiber: NULL, or the error that ended it. */
static inline const cf_error *handle(struct sent *sent, void (*handler)(cf_request *req))
{
    sent->handler = handler;
    in_fiber(protect_sent, sent);
    const cf_error *error = &sent->request.context.record.error;
    return error->code ? error : NULL;
}

#endif
