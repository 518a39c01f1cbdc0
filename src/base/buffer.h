/* SPDX-License-Identifier: MIT
 *
 * A text that grows, in a context's arena, with a cap given at its birth. The data is not NUL-terminated until
 * cf__buffer_text is called. Reaching the cap raises CF_TOO_LARGE naming `what`; no memory raises CF_NO_MEMORY.
 */
#ifndef CARAFE_BASE_BUFFER_H
#define CARAFE_BASE_BUFFER_H

#include <string.h>

#include "context.h"

struct cf__buffer {
    char *data;
    size_t size, capacity, cap;
    const char *what;
    struct cf__context *context;
};

/* The caps of growing buffers, in one table: bytes. */
enum {
    CF__CAP_RESPONSE = 64 << 20, /* the body of an answer built in memory */
    CF__CAP_SQL = 1 << 20,       /* one statement */
    CF__CAP_TEMPLATE = 16 << 20, /* one rendered template */
    CF__CAP_SOURCE = 16 << 20,   /* a rendered revision or header */
    CF__CAP_OUTPUT = 256 << 20,  /* what a command prints */
};

/* An empty buffer; allocates at the first append (first_size bytes then, 256 where 0). */
struct cf__buffer cf__buffer_new(struct cf__context *context, size_t cap, const char *what);

/* Makes room for `size` more bytes and returns where they go; the caller writes there and adds to .size. */
char *cf__buffer_grow(struct cf__buffer *buffer, size_t size);

static inline char *cf__buffer_room(struct cf__buffer *buffer, size_t size)
{
    if (__builtin_expect(size <= buffer->capacity - buffer->size, 1))
        return buffer->data + buffer->size;
    return cf__buffer_grow(buffer, size);
}

static inline void cf__buffer_add(struct cf__buffer *buffer, const void *data, size_t size)
{
    if (size == 0) /* memcpy takes no NULL, not even for nothing */
        return;
    memcpy(cf__buffer_room(buffer, size), data, size);
    buffer->size += size;
}

static inline void cf__buffer_char(struct cf__buffer *buffer, char c)
{
    *cf__buffer_room(buffer, 1) = c;
    buffer->size++;
}

static inline void cf__buffer_string(struct cf__buffer *buffer, const char *text)
{
    cf__buffer_add(buffer, text, strlen(text));
}

void cf__buffer_format(struct cf__buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void cf__buffer_integer(struct cf__buffer *buffer, int64_t value); /* decimal */

/* The text so far, NUL-terminated (the NUL is not counted). Stays valid until the next append. Never NULL. */
char *cf__buffer_text(struct cf__buffer *buffer);

#endif
