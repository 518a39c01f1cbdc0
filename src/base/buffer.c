/* SPDX-License-Identifier: MIT
 *
 * Buffers double in the context's arena. As long as nothing else is taken from the arena meanwhile they grow in place.
 */
#include "buffer.h"

#include <stdio.h>

enum { FIRST_SIZE = 256 };

struct cf__buffer cf__buffer_new(struct cf__context *context, size_t cap, const char *what)
{
    return (struct cf__buffer){ .cap = cap, .what = what, .context = context };
}

char *cf__buffer_grow(struct cf__buffer *buffer, size_t size)
{
    if (size > buffer->cap - buffer->size)
        cf_raise(CF_TOO_LARGE, "%s is larger than %zu bytes", buffer->what, buffer->cap);
    size_t least = buffer->size + size, wanted = buffer->capacity ? buffer->capacity * 2 : FIRST_SIZE;
    if (wanted < least)
        wanted = least;
    if (wanted > buffer->cap)
        wanted = buffer->cap;
    buffer->data = cf__resize(buffer->context, buffer->data, buffer->capacity, wanted);
    buffer->capacity = wanted;
    return buffer->data + buffer->size;
}

void cf__buffer_format(struct cf__buffer *buffer, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int size = vsnprintf(NULL, 0, format, list);
    va_end(list);
    if (size < 0)
        cf_raise(CF_INTERNAL, "cannot format \"%s\"", format);
    char *room = cf__buffer_room(buffer, (size_t)size + 1);
    va_start(list, format);
    vsnprintf(room, (size_t)size + 1, format, list);
    va_end(list);
    buffer->size += (size_t)size;
}

void cf__buffer_integer(struct cf__buffer *buffer, int64_t value)
{
    char digits[20], *end = digits + sizeof digits, *at = end;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do
        *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0)
        *--at = '-';
    cf__buffer_add(buffer, at, (size_t)(end - at));
}

char *cf__buffer_text(struct cf__buffer *buffer)
{
    *cf__buffer_room(buffer, 1) = '\0';
    return buffer->data;
}
