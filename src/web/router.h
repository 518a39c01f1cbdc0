/* SPDX-License-Identifier: MIT
 *
 * The router: rules like "/users/<int:id>" in a tree of path segments, so that matching costs what the path is long,
 * not what the number of rules is. Werkzeug's converters, weights and redirects. Knows no requests: text in, match out.
 */
#ifndef CARAFE_WEB_ROUTER_H
#define CARAFE_WEB_ROUTER_H

#include "../base/context.h"

struct cf__router;

enum { CF__ROUTE_PARAMS = 16 }; /* variables a rule may have */

/* A rule as added. `methods` is "GET POST" and gains HEAD with GET, and OPTIONS. */
struct cf__route {
    const char *rule, *endpoint, *methods;
    unsigned method_bits;
    size_t param_count;
    const char *params[CF__ROUTE_PARAMS]; /* names, in order of the path */
    void *target;                         /* what the caller gave */
    struct cf__route *next;               /* in order of adding */
};

/* A router copies all it is given and lives until freed. new returns NULL without memory. */
struct cf__router *cf__router_new(void);
void cf__router_free(struct cf__router *router);

/* Adds a rule. NULL, or one line that says what is wrong with it and names the rule (owned by the router): a malformed
 * rule, an unknown converter or argument, the same rule and method twice, an endpoint used for another target. */
const char *cf__router_add(struct cf__router *router, const char *methods, const char *rule, const char *endpoint,
                           void *target);
/* The routes in order of adding. */
const struct cf__route *cf__router_routes(const struct cf__router *router);

enum cf__match_kind {
    CF__MATCH_ROUTE,      /* route and values */
    CF__MATCH_REDIRECT,   /* 308 to `location` (path only, the query is the caller's) */
    CF__MATCH_OPTIONS,    /* automatic OPTIONS: answer with `allow` */
    CF__MATCH_NO_METHOD,  /* 405 with `allow` */
    CF__MATCH_NONE,       /* 404 */
    CF__MATCH_BAD_ESCAPE, /* 400: a percent-escape of the path is malformed */
};
struct cf__match {
    enum cf__match_kind kind;
    const struct cf__route *route;
    const char *values[CF__ROUTE_PARAMS]; /* decoded texts */
    const char *location;
    const char *allow; /* "GET, HEAD, OPTIONS" */
    unsigned visited;  /* nodes of the tree that were looked at: what the match cost */
};

/* Matches a path as sent (percent-encoded, decoded segment by segment, so %2F never separates). Texts live in the
 * context. */
void cf__router_match(const struct cf__router *router, struct cf__context *context, const char *method,
                      const char *path, struct cf__match *match);

#endif
