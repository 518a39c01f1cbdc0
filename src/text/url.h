/* SPDX-License-Identifier: MIT
 *
 * Percent-encoding (RFC 3986 section 2.1), query strings and urlencoded forms (WHATWG URL
 * "application/x-www-form-urlencoded").
 */
#ifndef CARAFE_TEXT_URL_H
#define CARAFE_TEXT_URL_H

#include "../base/buffer.h"

/* Decodes %XX (and '+' as a space where `plus`) of text[0..size) into the context's arena, NUL-terminated. NULL
 * where an escape is malformed, or the result holds a NUL byte or invalid UTF-8. Gives the text itself back, copied,
 * where nothing is escaped. */
const char *cf__url_decode(struct cf__context *context, const char *text, size_t size, bool plus);
/* Appends `text` with everything escaped but unreserved characters and those of `keep` ("/" for a path, "" for a
 * value). */
void cf__url_encode(struct cf__buffer *buffer, const char *text, const char *keep);

/* One pair of a query string or form. */
struct cf__pair {
    const char *name, *value;
};
struct cf__pairs {
    struct cf__pair *items;
    size_t count;
};
/* Splits "a=1&b=2" and decodes it. False where an escape is malformed or there are more than `most` pairs. */
bool cf__url_pairs(struct cf__context *context, const char *text, size_t size, size_t most, struct cf__pairs *out);
/* The first value of a name, or NULL. */
const char *cf__pairs_find(const struct cf__pairs *pairs, const char *name);

/* True where data is valid UTF-8 (no surrogates, nothing overlong, nothing past U+10FFFF). */
bool cf__utf8_valid(const char *data, size_t size);
/* Bytes of the well-formed sequence that starts at `at` (size > 0), or 0 where there is none. */
size_t cf__utf8_length(const unsigned char *at, size_t size);
/* `text` as the content of an HTML element or quoted attribute: & < > " ' escaped. */
void cf__html_escape(struct cf__buffer *buffer, const char *text);
/* An HTTP date (RFC 9110 section 5.6.7), "Sun, 06 Nov 1994 08:49:37 GMT"; seconds since the epoch. 30 bytes with NUL. */
void cf__http_date(int64_t seconds, char out[30]);

#endif
