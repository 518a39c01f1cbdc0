/* SPDX-License-Identifier: MIT
 *
 * Memory. What Carafe hands out lives until the request (session, task, command) ends, and nothing has to be freed.
 * `owner` below is anything with a `context`: a cf_request *, a cf_db *, a cf_ops *, a cf_client *.
 * All of these end the request with CF_NO_MEMORY where there is no memory: they never return NULL.
 */
#ifndef CARAFE_MEMORY_H
#define CARAFE_MEMORY_H

#include <stddef.h>

#include <carafe/sys/context.h>

/* `size` bytes, zeroed, aligned for any type. */
#define cf_alloc(owner, size) cf_alloc_((owner)->context, (size))
void *cf_alloc_(cf_context *context, size_t size);

/* A text formatted as by printf. */
#define cf_format(owner, ...) cf_format_((owner)->context, __VA_ARGS__)
char *cf_format_(cf_context *context, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A copy of a text; NULL gives NULL. */
#define cf_copy(owner, text) cf_copy_((owner)->context, (text))
char *cf_copy_(cf_context *context, const char *text);

/* Registers function(pointer) to run when the owner ends, however it ends: last in, first out. An error inside one is
 * logged and the rest run. For what Carafe did not hand out: files, handles of other libraries. */
#define cf_defer(owner, function, pointer) cf_defer_((owner)->context, (function), (pointer))
void cf_defer_(cf_context *context, void (*function)(void *), void *pointer);

#endif
