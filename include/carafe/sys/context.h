/* SPDX-License-Identifier: MIT
 *
 * What a request, a database session, a task and a migration have in common: memory that lives until they end, and
 * a list of things to release then. Every such object has a member `context`, which is all that cf_alloc, cf_format,
 * cf_copy, cf_defer and cf_attempt need: they take the object itself.
 */
#ifndef CARAFE_SYS_CONTEXT_H
#define CARAFE_SYS_CONTEXT_H

typedef struct cf_context cf_context;

/* The visible head of every context: a context is an owner like the objects that point to it. */
struct cf_context {
    cf_context *context;
};

#endif
