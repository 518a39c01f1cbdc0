/* SPDX-License-Identifier: MIT */
#ifndef CARAFE_TEXT_BASE64_H
#define CARAFE_TEXT_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* Base64 (RFC 4648 section 4, with padding), what a Blob is in JSON. Encoded: bytes that cf__base64_encode writes,
 * without a NUL. Decode writes at most size / 4 * 3 bytes and is false where the text is no base64. */
static inline size_t cf__base64_size(size_t size)
{
    return (size + 2) / 3 * 4;
}
void cf__base64_encode(const void *data, size_t size, char *out);
bool cf__base64_decode(const char *text, size_t size, unsigned char *out, size_t *out_size);
/* The same as it stands in a URL (section 5: - and _ for + and /), without padding. Encode ends with a NUL and has room
 * for cf__base64_size(size) + 1 bytes, decode for `size`. */
void cf__base64url_encode(const void *data, size_t size, char *out);
bool cf__base64url_decode(const char *text, size_t size, unsigned char *out, size_t *out_size);

#endif
