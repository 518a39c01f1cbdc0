/* SPDX-License-Identifier: MIT
 *
 * Writing JSON. Nearly all of a text needs no escape, so it is searched for the first byte that does and copied in runs: a table of 256
 * tells the bytes that can be copied, and only those from 0x80 on are looked at as UTF-8.
 */
#include "json.h"

#include <math.h>
#include <stdio.h>

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

/* True where none of eight bytes needs a look: the bit tricks of "Bit Twiddling Hacks" (S. E. Anderson), "determine if a
 * word has a byte less than n" and "… equal to n". */
static bool all_plain(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101, highs = ones * 0x80;
    uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';
    uint64_t found = (word - ones * 0x20) | (quote - ones) | (backslash - ones) | word;
    return (found & highs) == 0;
}

static size_t plain_run(const unsigned char *at, size_t size)
{
    size_t run = 0;
    for (uint64_t word; run + 8 <= size; run += 8) {
        memcpy(&word, at + run, 8);
        if (!all_plain(word))
            break;
    }
    while (run < size && kind_of(at[run]) == PLAIN)
        run++;
    return run;
}

static void write_escape(struct cf__buffer *buffer, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char short_escapes[] = { ['\b'] = 'b', ['\t'] = 't',   ['\n'] = 'n', ['\f'] = 'f',
                                          ['\r'] = 'r', ['"'] = '"', ['\\'] = '\\' };
    if (short_escapes[c])
        cf__buffer_add(buffer, (char[]){ '\\', short_escapes[c] }, 2);
    else
        cf__buffer_add(buffer, (char[]){ '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] }, 6);
}

/* Bytes of the ill-formed sequence at `at` that one U+FFFD stands for: the longest part that could have begun a well-formed one, at least
 * one byte (Unicode standard, section 3.9, "substitution of maximal subparts"). */
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

void cf__json_text(struct cf__buffer *buffer, const char *text, size_t size)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + size;
    cf__buffer_room(buffer, size + 2);
    cf__buffer_char(buffer, '"');
    while (at < end) {
        size_t run = plain_run(at, (size_t)(end - at));
        cf__buffer_add(buffer, at, run);
        at += run;
        if (at == end)
            break;
        if (kind_of(*at) == ESCAPE)
            write_escape(buffer, *at++);
        else
            at += write_multibyte(buffer, at, (size_t)(end - at));
    }
    cf__buffer_char(buffer, '"');
}

void cf__json_integer(struct cf__buffer *buffer, int64_t value)
{
    cf__buffer_integer(buffer, value);
}

/* A locale's decimal comma has no place in JSON; and what looks like an integer is marked as the number it is. */
static void write_as_json(struct cf__buffer *buffer, char *text)
{
    char *comma = strchr(text, ',');
    if (comma)
        *comma = '.';
    cf__buffer_string(buffer, text);
    if (!strpbrk(text, ".e"))
        cf__buffer_add(buffer, ".0", 2);
}

void cf__json_number(struct cf__buffer *buffer, double value)
{
    if (!isfinite(value)) {
        cf__buffer_add(buffer, "null", 4);
        return;
    }
    char text[32];
    for (int digits = 15; digits <= 17; digits++) { /* 17 always read back the same (IEEE 754 section 5.12.2) */
        double again;
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (digits == 17 || (cf__parse_number(text, &again) && memcmp(&again, &value, sizeof value) == 0))
            break;
    }
    write_as_json(buffer, text);
}
