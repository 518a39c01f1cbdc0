/* SPDX-License-Identifier: MIT
 *
 * Reading JSON: jansson behind a value type of ours. A parsed tree is released when the context that asked for it ends. What jansson
 * would let through and we do not: nesting deeper than 128, which is counted on the text before it gets to see it.
 */
#include "json.h"

#include <jansson.h>
#include <stdio.h>

#include "number.h"

enum { DEEPEST = 128 };

/* struct cf__json is never defined: it is jansson's json_t under another name. */
static json_t *value_of(const cf__json *json)
{
    return (json_t *)(uintptr_t)json;
}

static const cf__json *wrap(json_t *value)
{
    return (const cf__json *)value;
}

/* The offset where nesting gets too deep, or -1. */
static ptrdiff_t find_too_deep(const char *text, size_t size)
{
    int depth = 0;
    bool in_text = false;
    for (size_t i = 0; i < size; i++) {
        if (in_text) {
            if (text[i] == '\\')
                i++;
            else if (text[i] == '"')
                in_text = false;
        } else if (text[i] == '"') {
            in_text = true;
        } else if (text[i] == '[' || text[i] == '{') {
            if (++depth > DEEPEST)
                return (ptrdiff_t)i;
        } else if (text[i] == ']' || text[i] == '}') {
            depth--;
        }
    }
    return -1;
}

static void place_error(struct cf__json_error *error, const char *text, size_t size, size_t position, const char *message)
{
    size_t end = position < size ? position : size;
    *error = (struct cf__json_error){ .line = 1, .column = 1, .position = end };
    for (size_t i = 0; i < end; i++) {
        error->column = text[i] == '\n' ? 1 : error->column + 1;
        error->line += text[i] == '\n';
    }
    snprintf(error->text, sizeof error->text, "%s", message);
}

static void release(void *holder)
{
    json_decref(*(json_t **)holder);
}

const cf__json *cf__json_parse(struct cf__context *context, const char *text, size_t size, struct cf__json_error *error)
{
    ptrdiff_t too_deep = find_too_deep(text, size);
    if (too_deep >= 0) {
        place_error(error, text, size, (size_t)too_deep, "nested deeper than 128 levels");
        return NULL;
    }
    json_t **holder = cf_alloc_(&context->head, sizeof *holder);
    cf_defer_(&context->head, release, holder); /* before there is anything to lose */
    json_error_t problem;
    json_t *json = *holder = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &problem);
    if (!json) {
        place_error(error, text, size, problem.position > 0 ? (size_t)problem.position : 0, problem.text);
        return NULL;
    }
    return wrap(json);
}

enum cf__json_kind cf__json_kind(const cf__json *json)
{
    static const enum cf__json_kind kinds[] = {
        [JSON_OBJECT] = CF__JSON_OBJECT,   [JSON_ARRAY] = CF__JSON_ARRAY, [JSON_STRING] = CF__JSON_TEXT,
        [JSON_INTEGER] = CF__JSON_INTEGER, [JSON_REAL] = CF__JSON_NUMBER, [JSON_TRUE] = CF__JSON_BOOLEAN,
        [JSON_FALSE] = CF__JSON_BOOLEAN,   [JSON_NULL] = CF__JSON_NULL,
    };
    return kinds[json_typeof(value_of(json))];
}

bool cf__json_as_boolean(const cf__json *json)
{
    return json_is_true(value_of(json));
}

int64_t cf__json_as_integer(const cf__json *json)
{
    return json_integer_value(value_of(json));
}

double cf__json_as_number(const cf__json *json)
{
    return json_number_value(value_of(json));
}

const char *cf__json_as_text(const cf__json *json, size_t *size)
{
    if (size)
        *size = json_string_length(value_of(json));
    return json_string_value(value_of(json));
}

const cf__json *cf__json_member(const cf__json *object, const char *name)
{
    return wrap(json_object_get(value_of(object), name));
}

const cf__json *cf__json_element(const cf__json *array, size_t index)
{
    return wrap(json_array_get(value_of(array), index));
}

size_t cf__json_count(const cf__json *json)
{
    json_t *value = value_of(json);
    return json_is_object(value) ? json_object_size(value) : json_array_size(value);
}

void *cf__json_next(const cf__json *object, void *iterator, const char **name, const cf__json **value)
{
    json_t *json = value_of(object);
    void *next = iterator ? json_object_iter_next(json, iterator) : json_object_iter(json);
    if (next) {
        *name = json_object_iter_key(next);
        *value = wrap(json_object_iter_value(next));
    }
    return next;
}

/* One reference token of a JSON pointer, "~1" and "~0" decoded; false where it is too long to be a member's name. */
static bool read_token(const char **pointer, char *token, size_t size)
{
    size_t length = 0;
    const char *at = *pointer;
    for (; *at && *at != '/'; at++) {
        char c = *at;
        if (c == '~' && (at[1] == '0' || at[1] == '1'))
            c = *++at == '0' ? '~' : '/';
        if (length + 1 == size)
            return false;
        token[length++] = c;
    }
    token[length] = '\0';
    *pointer = at;
    return true;
}

const cf__json *cf__json_at(const cf__json *json, const char *pointer)
{
    char token[256];
    while (json && *pointer) {
        if (*pointer++ != '/' || !read_token(&pointer, token, sizeof token))
            return NULL;
        int64_t index;
        if (json_is_object(value_of(json)))
            json = cf__json_member(json, token);
        else if (json_is_array(value_of(json)) && cf__parse_integer(token, &index) && index >= 0)
            json = cf__json_element(json, (size_t)index);
        else
            return NULL;
    }
    return json;
}

void cf__json_write(struct cf__buffer *buffer, const cf__json *json)
{
    json_t *value = value_of(json);
    size_t flags = JSON_COMPACT | JSON_ENCODE_ANY, size = json_dumpb(value, NULL, 0, flags);
    char *room = cf__buffer_room(buffer, size);
    buffer->size += json_dumpb(value, room, size, flags);
}
