/* SPDX-License-Identifier: MIT
 *
 * Reading JSON: jansson behind a value type of ours. A parsed tree is released when the context that asked for it
 * ends. What jansson would let through and we do not is counted on the text before it gets to see it: nesting deeper
 * than asked for, and more values than a request's memory is meant for, since two bytes of text ("{}") become some 250 of
 * tree, which the cap of the arena does not see.
 */
#include "json.h"

#include <jansson.h>
#include <stdio.h>

enum { MOST_VALUES = 1 << 20 };

/* struct cf__json is never defined: it is jansson's json_t under another name. */
static json_t *value_of(const cf__json *json)
{
    return (json_t *)(uintptr_t)json;
}

static const cf__json *wrap(json_t *value)
{
    return (const cf__json *)value;
}

/* Where the quoted text that starts at text[at] ends: the closing quote, or size. */
static size_t skip_text(const char *text, size_t size, size_t at)
{
    for (at++; at < size && text[at] != '"'; at++)
        at += text[at] == '\\';
    return at;
}

/* A quoted text, unescaped. */
static void copy_name(const char *text, size_t size, char *out, size_t capacity)
{
    json_t *name = json_loadb(text, size, JSON_DECODE_ANY, NULL);
    if (name && json_string_length(name) < capacity)
        memcpy(out, json_string_value(name), json_string_length(name) + 1);
    json_decref(name);
}

/* The member of the outermost object that the error's position is in. */
static void name_member(struct cf__json_error *error, const char *text, size_t size)
{
    size_t name = 0, name_end = 0;
    int depth = 0;
    bool before_name = false;
    for (size_t at = 0; at < error->position; at++) {
        char c = text[at];
        depth += (c == '[' || c == '{') - (c == ']' || c == '}');
        if (c == '"') {
            size_t end = skip_text(text, size, at);
            if (before_name && end < size)
                name = at, name_end = end + 1;
            before_name = false;
            at = end;
        } else if (depth == 1 && (c == '{' || c == ',')) {
            before_name = true;
            name_end = 0;
        } else if (depth == 0 || c == '[') {
            before_name = false;
        }
    }
    if (depth > 0 && name_end)
        copy_name(text + name, name_end - name, error->member, sizeof error->member);
}

static void place_error(struct cf__json_error *error, const char *text, size_t size, size_t position)
{
    error->line = error->column = 1;
    error->position = position < size ? position : size;
    error->out_of_range = false;
    *error->member = '\0';
    for (size_t i = 0; i < error->position; i++) {
        error->column = text[i] == '\n' ? 1 : error->column + 1;
        error->line += text[i] == '\n';
    }
}

/* Fills *error with what a text has that it must not have; false where there is nothing. */
static bool find_excess(const char *text, size_t size, int deepest, struct cf__json_error *error)
{
    int depth = 0, values = 0;
    for (size_t at = 0; at < size; at++) {
        char c = text[at];
        if (c == '"')
            at = skip_text(text, size, at);
        depth += (c == '[' || c == '{') - (c == ']' || c == '}');
        values += c == '[' || c == '{' || c == ',';
        if (c && depth <= deepest && values <= MOST_VALUES)
            continue;
        if (!c) /* jansson takes it for the end */
            snprintf(error->text, sizeof error->text, "a NUL byte");
        else if (depth > deepest)
            snprintf(error->text, sizeof error->text, "nested deeper than %d levels", deepest);
        else
            snprintf(error->text, sizeof error->text, "more than a million values");
        place_error(error, text, size, at);
        name_member(error, text, size);
        return true;
    }
    return false;
}

/* jansson counts the bytes it has taken, the last of which is the one that is wrong, unless the text ended too soon. */
static size_t position_of(const json_error_t *problem)
{
    bool ended = json_error_code(problem) == json_error_premature_end_of_input;
    return problem->position > 0 && !ended ? (size_t)problem->position - 1 : (size_t)problem->position;
}

static void describe_error(struct cf__json_error *error, const char *text, size_t size, const json_error_t *problem)
{
    enum json_error_code code = json_error_code(problem);
    bool has_null = code == json_error_null_character || code == json_error_null_byte_in_key;
    snprintf(error->text, sizeof error->text, "%s", has_null ? "the character NUL" : problem->text);
    place_error(error, text, size, position_of(problem));
    error->out_of_range = code == json_error_numeric_overflow;
    if (code != json_error_premature_end_of_input)
        name_member(error, text, size);
}

static void release(void *holder)
{
    json_decref(*(json_t **)holder);
}

static json_t *parse(const char *text, size_t size, int deepest, struct cf__json_error *error)
{
    json_error_t problem;
    if (find_excess(text, size, deepest, error))
        return NULL;
    json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &problem);
    if (!json && (!*problem.text || json_error_code(&problem) == json_error_out_of_memory))
        cf_raise(CF_NO_MEMORY, "no memory for a JSON document of %zu bytes", size);
    if (!json)
        describe_error(error, text, size, &problem);
    return json;
}

const cf__json *cf__json_parse(struct cf__context *context, const char *text, size_t size, struct cf__json_error *error)
{
    json_t **holder = cf_alloc_(&context->head, sizeof *holder);
    cf_defer_(&context->head, release, holder); /* before there is anything to lose */
    *holder = parse(text, size, CF__JSON_DEEPEST, error);
    return wrap(*holder);
}

bool cf__json_valid(const char *text, size_t size, int deepest, struct cf__json_error *error)
{
    json_t *json = parse(text, size, deepest, error);
    bool valid = json;
    json_decref(json);
    return valid;
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

/* A name and one reference token of a JSON pointer, in which "~1" stands for '/' and "~0" for '~'. */
static bool is_named(const char *name, const char *token, size_t size)
{
    const char *end = token + size;
    for (; token < end && *name; token++, name++) {
        char c = *token;
        if (c == '~' && token + 1 < end && (token[1] == '0' || token[1] == '1'))
            c = *++token == '0' ? '~' : '/';
        if (c != *name)
            return false;
    }
    return token == end && !*name;
}

static const cf__json *find_named(const cf__json *object, const char *token, size_t size)
{
    const char *name;
    const cf__json *value;
    if (!memchr(token, '~', size))
        return wrap(json_object_getn(value_of(object), token, size));
    for (void *at = NULL; (at = cf__json_next(object, at, &name, &value));)
        if (is_named(name, token, size))
            return value;
    return NULL;
}

static const cf__json *find_element(const cf__json *array, const char *token, size_t size)
{
    size_t index = 0;
    if (size == 0 || size > 9 || (size > 1 && *token == '0') || strspn(token, "0123456789") < size)
        return NULL;
    while (size--)
        index = index * 10 + (size_t)(*token++ - '0');
    return cf__json_element(array, index);
}

const cf__json *cf__json_at(const cf__json *json, const char *pointer)
{
    while (json && *pointer) {
        if (*pointer++ != '/')
            return NULL;
        size_t size = strcspn(pointer, "/");
        bool array = cf__json_kind(json) == CF__JSON_ARRAY;
        json = array ? find_element(json, pointer, size) : find_named(json, pointer, size);
        pointer += size;
    }
    return json;
}
