/* SPDX-License-Identifier: MIT
 *
 * Writing JSON. Nearly all of a text needs no escape, so it is copied in words of eight bytes up to the first that
 * does; only bytes from 0x80 on are looked at as UTF-8.
 */
#include "json.h"

#include <math.h>

#include "base64.h"
#include "number.h"
#include "url.h"

enum byte_kind { PLAIN, ESCAPE, MULTIBYTE };

/* What RFC 8259 section 7 wants escaped, and what may be ill-formed. */
static enum byte_kind kind_of(unsigned char c)
{
    if (c >= 0x80)
        return MULTIBYTE;
    return c < 0x20 || c == '"' || c == '\\' ? ESCAPE : PLAIN;
}

/* True where none of eight bytes needs a look: the bit tricks of "Bit Twiddling Hacks" (S. E. Anderson), "determine
 * if a word has a byte less than n" and "… equal to n". */
static bool all_plain(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101, highs = ones * 0x80;
    uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';
    uint64_t found = (word - ones * 0x20) | (quote - ones) | (backslash - ones) | word;
    return (found & highs) == 0;
}

/* Copies eight bytes; true where none needs a look. */
static bool copy_word(char *out, const unsigned char *at)
{
    uint64_t word;
    memcpy(&word, at, 8);
    memcpy(out, &word, 8);
    return all_plain(word);
}

/* The same of four to seven: two halves that overlap make the word. */
static bool copy_short(char *out, const unsigned char *at, size_t size)
{
    uint32_t head, tail;
    memcpy(&head, at, 4);
    memcpy(&tail, at + size - 4, 4);
    memcpy(out, &head, 4);
    memcpy(out + size - 4, &tail, 4);
    return all_plain((uint64_t)head << 32 | tail);
}

/* Copies up to the first byte that needs a look; how many. Words of eight, the last one overlapping the one before. What
 * is behind those in `out`, up to `size`, may have been written to. */
static size_t copy_plain(char *out, const unsigned char *at, size_t size)
{
    size_t run = 0;
    while (size - run >= 8 && copy_word(out + run, at + run))
        run += 8;
    if (size >= 8 ? size - run < 8 && copy_word(out + size - 8, at + size - 8) : size >= 4 && copy_short(out, at, size))
        return size;
    for (; run < size && kind_of(at[run]) == PLAIN; run++)
        out[run] = (char)at[run];
    return run;
}

static void write_escape(struct cf__buffer *buffer, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char short_escapes[] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r', ['"'] = '"', ['\\'] = '\\'
    };
    if (short_escapes[c])
        cf__buffer_add(buffer, (char[]){ '\\', short_escapes[c] }, 2);
    else
        cf__buffer_add(buffer, (char[]){ '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] }, 6);
}

/* Bytes of the ill-formed sequence at `at` that one U+FFFD stands for: the longest part that could have begun a
 * well-formed one, at least one byte (Unicode standard, section 3.9, "substitution of maximal subparts"). */
static size_t ill_formed_length(const unsigned char *at, size_t size)
{
    unsigned char completed[4] = { 0 };
    for (size_t length = size < 3 ? size : 3; length > 1; length--) {
        memcpy(completed, at, length);
        for (size_t total = length + 1; total <= 4; total++) { /* could more continuation bytes complete it? */
            memset(completed + length, 0x80, 4 - length);
            if (cf__utf8_length(completed, total) == total)
                return length;
        }
    }
    return 1;
}

static size_t write_multibyte(struct cf__buffer *buffer, const unsigned char *at, size_t size)
{
    size_t length = cf__utf8_length(at, size);
    if (length) {
        cf__buffer_add(buffer, at, length);
        return length;
    }
    cf__buffer_add(buffer, "\xEF\xBF\xBD", 3);
    return ill_formed_length(at, size);
}

/* The text from the first byte on that needs a look. */
static void write_looking(struct cf__buffer *buffer, const unsigned char *at, const unsigned char *end)
{
    while (at < end) {
        if (kind_of(*at) == ESCAPE)
            write_escape(buffer, *at++);
        else
            at += write_multibyte(buffer, at, (size_t)(end - at));
        size_t rest = (size_t)(end - at), run = copy_plain(cf__buffer_room(buffer, rest), at, rest);
        buffer->size += run;
        at += run;
    }
}

void cf__json_text(struct cf__buffer *buffer, const char *text, size_t size)
{
    const unsigned char *at = (const unsigned char *)text;
    char *out = cf__buffer_room(buffer, size + 2);
    out[0] = '"';
    size_t run = copy_plain(out + 1, at, size);
    buffer->size += run + 1;
    if (__builtin_expect(run < size, 0))
        write_looking(buffer, at + run, at + size);
    cf__buffer_char(buffer, '"');
}

void cf__json_integer(struct cf__buffer *buffer, int64_t value)
{
    cf__buffer_integer(buffer, value);
}

void cf__json_number(struct cf__buffer *buffer, double value)
{
    if (!isfinite(value)) {
        cf__buffer_add(buffer, "null", 4);
        return;
    }
    buffer->size += cf__format_number(value, cf__buffer_room(buffer, CF__NUMBER_TEXT));
}

/* ---- Values that were read -------------------------------------------------------------------------------------- */

static void write_text(struct cf__buffer *buffer, const cf__json *json)
{
    size_t size;
    const char *text = cf__json_as_text(json, &size);
    cf__json_text(buffer, text, size);
}

static void write_array(struct cf__buffer *buffer, const cf__json *array)
{
    cf__buffer_char(buffer, '[');
    for (size_t i = 0; i < cf__json_count(array); i++) {
        if (i)
            cf__buffer_char(buffer, ',');
        cf__json_write(buffer, cf__json_element(array, i));
    }
    cf__buffer_char(buffer, ']');
}

static void write_object(struct cf__buffer *buffer, const cf__json *object)
{
    const char *name, *separator = "";
    const cf__json *value;
    cf__buffer_char(buffer, '{');
    for (void *at = NULL; (at = cf__json_next(object, at, &name, &value)); separator = ",") {
        cf__buffer_string(buffer, separator);
        cf__json_text(buffer, name, strlen(name));
        cf__buffer_char(buffer, ':');
        cf__json_write(buffer, value);
    }
    cf__buffer_char(buffer, '}');
}

void cf__json_write(struct cf__buffer *buffer, const cf__json *json)
{
    switch (cf__json_kind(json)) {
    case CF__JSON_NULL:
        cf__buffer_string(buffer, "null");
        return;
    case CF__JSON_BOOLEAN:
        cf__buffer_string(buffer, cf__json_as_boolean(json) ? "true" : "false");
        return;
    case CF__JSON_INTEGER:
        cf__json_integer(buffer, cf__json_as_integer(json));
        return;
    case CF__JSON_NUMBER:
        cf__json_number(buffer, cf__json_as_number(json));
        return;
    case CF__JSON_TEXT:
        write_text(buffer, json);
        return;
    case CF__JSON_ARRAY:
        write_array(buffer, json);
        return;
    case CF__JSON_OBJECT:
        write_object(buffer, json);
        return;
    }
}

void cf__json_bytes(struct cf__buffer *buffer, cf_bytes bytes)
{
    size_t size = cf__base64_size(bytes.size);
    char *out = cf__buffer_room(buffer, size + 2);
    out[0] = out[size + 1] = '"';
    cf__base64_encode(bytes.data, bytes.size, out + 1);
    buffer->size += size + 2;
}

const char *cf__json_problem(struct cf__context *context, const char *field, const char *message)
{
    struct cf__buffer details = cf__buffer_new(context, CF__CAP_RESPONSE, "the details of an error");
    cf__buffer_string(&details, "[{\"field\":");
    cf__json_text(&details, field, strlen(field));
    cf__buffer_string(&details, ",\"message\":");
    cf__json_text(&details, message, strlen(message));
    cf__buffer_string(&details, "}]");
    return cf__buffer_text(&details);
}
