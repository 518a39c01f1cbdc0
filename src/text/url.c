/* SPDX-License-Identifier: MIT
 *
 * What URLs and forms are escaped with, and the two other escapings of the web (HTML, HTTP dates). Everything here
 * reads bytes from outside: nothing is trusted to be complete, UTF-8 or free of NUL.
 */
#include "url.h"

#include <stdio.h>
#include <time.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Decodes into `out` (of at least `size` bytes); the length, or -1 where an escape is malformed or gives a NUL. */
static ptrdiff_t decode(char *out, const char *text, size_t size, bool plus)
{
    char *at = out;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (c == '%') {
            int high = i + 2 < size ? hex_digit(text[i + 1]) : -1, low = i + 2 < size ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                return -1;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        if (!c)
            return -1;
        *at++ = c;
    }
    return at - out;
}

const char *cf__url_decode(struct cf__context *context, const char *text, size_t size, bool plus)
{
    char *out = cf__take(context, size + 1);
    ptrdiff_t length = decode(out, text, size, plus);
    if (length < 0 || !cf__utf8_valid(out, (size_t)length))
        return NULL;
    out[length] = '\0';
    return out;
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-._~", c));
}

void cf__url_encode(struct cf__buffer *buffer, const char *text, const char *keep)
{
    static const char hex[] = "0123456789ABCDEF";
    for (; *text; text++) {
        if (is_unreserved(*text) || strchr(keep, *text)) {
            cf__buffer_char(buffer, *text);
            continue;
        }
        unsigned char c = (unsigned char)*text;
        cf__buffer_add(buffer, (char[]){ '%', hex[c >> 4], hex[c & 15] }, 3);
    }
}

static size_t count_pairs(const char *text, size_t size)
{
    size_t count = 1;
    for (size_t i = 0; i < size; i++)
        count += text[i] == '&';
    return count;
}

bool cf__url_pairs(struct cf__context *context, const char *text, size_t size, size_t most, struct cf__pairs *out)
{
    size_t count = count_pairs(text, size);
    *out = (struct cf__pairs){ 0 };
    if (count > most)
        return false;
    out->items = cf__take(context, count * sizeof *out->items);
    for (const char *at = text, *end = text + size, *next; at < end; at = next + 1) {
        next = memchr(at, '&', (size_t)(end - at));
        if (!next)
            next = end;
        if (next == at) /* "a=1&&b=2" */
            continue;
        const char *equals = memchr(at, '=', (size_t)(next - at)), *value = equals ? equals + 1 : next;
        struct cf__pair pair = {
            cf__url_decode(context, at, (size_t)((equals ? equals : next) - at), true),
            cf__url_decode(context, value, (size_t)(next - value), true),
        };
        if (!pair.name || !pair.value)
            return false;
        out->items[out->count++] = pair;
    }
    return true;
}

const char *cf__pairs_find(const struct cf__pairs *pairs, const char *name)
{
    for (size_t i = 0; i < pairs->count; i++)
        if (strcmp(pairs->items[i].name, name) == 0)
            return pairs->items[i].value;
    return NULL;
}

bool cf__utf8_valid(const char *data, size_t size)
{
    const unsigned char *at = (const unsigned char *)data, *end = at + size;
    while (at < end) {
        uint64_t eight = UINT64_C(0x8080808080808080);
        if (end - at >= 8)
            memcpy(&eight, at, sizeof eight);
        if (!(eight & UINT64_C(0x8080808080808080))) { /* eight characters of ASCII */
            at += 8;
            continue;
        }
        size_t length = cf__utf8_length(at, (size_t)(end - at));
        if (!length)
            return false;
        at += length;
    }
    return true;
}

/* Table 3-7 of the Unicode standard, "Well-Formed UTF-8 Byte Sequences". */
size_t cf__utf8_length(const unsigned char *at, size_t size)
{
    unsigned char lead = at[0], low = 0x80, high = 0xBF;
    size_t length = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
    if (length < 2)
        return length;
    if (lead == 0xE0)
        low = 0xA0;
    else if (lead == 0xED)
        high = 0x9F;
    else if (lead == 0xF0)
        low = 0x90;
    else if (lead == 0xF4)
        high = 0x8F;
    if (size < length || at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

void cf__html_escape(struct cf__buffer *buffer, const char *text)
{
    static const char *const escapes[256] = {
        ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;",
    };
    for (; *text; text++) {
        const char *escape = escapes[(unsigned char)*text];
        if (escape)
            cf__buffer_string(buffer, escape);
        else
            cf__buffer_char(buffer, *text);
    }
}

void cf__http_date(int64_t seconds, char out[30])
{
    static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char months[][4] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
    };
    struct tm parts = { 0 };
    time_t time = (time_t)seconds;
    gmtime_r(&time, &parts);
    char text[64];
    snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[parts.tm_wday], parts.tm_mday,
             months[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
    memcpy(out, text, 29);
    out[29] = '\0';
}
