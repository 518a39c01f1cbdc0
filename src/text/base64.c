/* SPDX-License-Identifier: MIT
 *
 * Base64, and its form in URLs, which is the same with two other digits and without padding.
 */
#include "base64.h"

#include <stdint.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void cf__base64_encode(const void *data, size_t size, char *out)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i += 3, out += 4) {
        size_t left = size - i;
        uint32_t three =
            (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0);
        out[0] = digits[three >> 18];
        out[1] = digits[three >> 12 & 63];
        out[2] = left > 1 ? digits[three >> 6 & 63] : '=';
        out[3] = left > 2 ? digits[three & 63] : '=';
    }
}

static int digit_value(char c)
{
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* Four digits as 24 bits; false where one is none, or where bits that padding cut off are not zero. */
static bool decode_four(const char *text, unsigned padding, uint32_t *three)
{
    *three = 0;
    for (unsigned i = 0; i < 4; i++) {
        int value = i >= 4 - padding ? 0 : digit_value(text[i]);
        if (value < 0)
            return false;
        *three = *three << 6 | (uint32_t)value;
    }
    return (*three & ((1U << 8 * padding) - 1)) == 0;
}

bool cf__base64_decode(const char *text, size_t size, unsigned char *out, size_t *out_size)
{
    if (size % 4 != 0)
        return false;
    unsigned padding = size && text[size - 1] == '=' ? 1 + (text[size - 2] == '=') : 0;
    *out_size = size / 4 * 3 - padding;
    for (size_t i = 0, done = 0; i < size; i += 4) {
        uint32_t three;
        if (!decode_four(text + i, i + 4 == size ? padding : 0, &three))
            return false;
        for (int shift = 16; shift >= 0 && done < *out_size; shift -= 8)
            out[done++] = (unsigned char)(three >> shift);
    }
    return true;
}

/* ---- In URLs ---------------------------------------------------------------------------------------------------- */

static void exchange(char *text, const char *these, const char *those)
{
    for (; *text; text++) {
        const char *at = strchr(these, *text);
        if (at)
            *text = those[at - these];
    }
}

void cf__base64url_encode(const void *data, size_t size, char *out)
{
    cf__base64_encode(data, size, out);
    out[(size * 4 + 2) / 3] = '\0'; /* without the padding */
    exchange(out, "+/", "-_");
}

/* Four at a time, each brought into the form with padding. */
bool cf__base64url_decode(const char *text, size_t size, unsigned char *out, size_t *out_size)
{
    *out_size = 0;
    for (size_t i = 0; i < size; i += 4) {
        char four[5] = "====";
        size_t decoded;
        memcpy(four, text + i, size - i < 4 ? size - i : 4);
        if (strpbrk(four, "+/") || memchr(text + i, '=', size - i < 4 ? size - i : 4))
            return false;
        exchange(four, "-_", "+/");
        if (!cf__base64_decode(four, 4, out + *out_size, &decoded))
            return false;
        *out_size += decoded;
    }
    return true;
}
