/* SPDX-License-Identifier: MIT
 *
 * JSON. Writing goes straight into a buffer, without a tree: a handful of functions the caller puts together.
 * Reading is jansson's, behind a value type of ours so that jansson.h stays in this folder.
 */
#ifndef CARAFE_TEXT_JSON_H
#define CARAFE_TEXT_JSON_H

#include <carafe/types.h>

#include "../base/buffer.h"

/* A quoted JSON string (RFC 8259 section 7): control characters, '"' and '\' escaped, all other Unicode as is, each
 * invalid UTF-8 sequence replaced by U+FFFD as the Unicode standard's "maximal subparts" practice has it. */
void cf__json_text(struct cf__buffer *buffer, const char *text, size_t size);
/* The shortest text that reads back as the same double, integers with ".0" ("1.0", "1e+300"); NaN and infinities are
 * null. */
void cf__json_number(struct cf__buffer *buffer, double value);
void cf__json_integer(struct cf__buffer *buffer, int64_t value);
/* Bytes as a string of base64. */
void cf__json_bytes(struct cf__buffer *buffer, cf_bytes bytes);
/* What is wrong with one field, as the details of an error have it: [{"field":"name","message":"is missing"}]. */
const char *cf__json_problem(struct cf__context *context, const char *field, const char *message);

/* A parsed document. Nodes live until the context that parsed them ends. */
typedef struct cf__json cf__json;
enum cf__json_kind {
    CF__JSON_NULL,
    CF__JSON_BOOLEAN,
    CF__JSON_INTEGER,
    CF__JSON_NUMBER,
    CF__JSON_TEXT,
    CF__JSON_ARRAY,
    CF__JSON_OBJECT,
};
struct cf__json_error {
    int line, column;  /* 1-based; column in bytes of the line */
    size_t position;   /* byte offset */
    bool out_of_range; /* it is JSON, but a number in it fits no type */
    char member[64];   /* of the outermost object, whose value or name it is in; "" where none is, or it is longer */
    char text[160];
};

enum { CF__JSON_DEEPEST = 128 };
/* Parses a whole text; NULL with *error filled where it is not JSON, has duplicate keys, is nested deeper than 128
 * levels, has more than 2^20 values, or holds invalid UTF-8 or U+0000. Integers beyond int64 are an error; numbers
 * are doubles. */
const cf__json *cf__json_parse(struct cf__context *context, const char *text, size_t size,
                               struct cf__json_error *error);
/* Whether it would be parsed, and is not nested deeper than so many levels; nothing of it is kept. */
bool cf__json_valid(const char *text, size_t size, int deepest, struct cf__json_error *error);
enum cf__json_kind cf__json_kind(const cf__json *json);
bool cf__json_as_boolean(const cf__json *json);
int64_t cf__json_as_integer(const cf__json *json);
double cf__json_as_number(const cf__json *json); /* an integer too */
const char *cf__json_as_text(const cf__json *json, size_t *size);
/* Members and elements: NULL where there is none. */
const cf__json *cf__json_member(const cf__json *object, const char *name);
const cf__json *cf__json_element(const cf__json *array, size_t index);
size_t cf__json_count(const cf__json *json);
/* Walks an object: NULL to start, the iterator to go on; NULL at the end. */
void *cf__json_next(const cf__json *object, void *iterator, const char **name, const cf__json **value);
/* By JSON pointer (RFC 6901): "/name", "/items/0/id"; "" is the document. NULL where there is none. */
const cf__json *cf__json_at(const cf__json *json, const char *pointer);
/* The value as compact JSON, for columns of type Json. */
void cf__json_write(struct cf__buffer *buffer, const cf__json *json);

#endif
