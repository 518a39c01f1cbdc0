/* SPDX-License-Identifier: MIT
 *
 * Numbers from outside. The texts are checked character by character first, so that strtod sees nothing but what JSON would call a
 * number: no white space, no "inf", no hexadecimal.
 */
#include "number.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool cf__parse_integer(const char *text, int64_t *out)
{
    bool negative = *text == '-';
    uint64_t value = 0, limit = negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
    const char *at = text + (*text == '-' || *text == '+');
    if (!*at)
        return false;
    for (; *at; at++) {
        unsigned digit = (unsigned char)*at - (unsigned)'0';
        if (digit > 9 || value > (limit - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = negative ? (int64_t)-value : (int64_t)value;
    return true;
}

static const char *skip_digits(const char *at)
{
    return at + strspn(at, "0123456789");
}

static bool is_decimal_number(const char *text)
{
    const char *at = text + (*text == '-' || *text == '+'), *digits = at;
    at = skip_digits(at);
    size_t count = (size_t)(at - digits);
    if (*at == '.') {
        const char *fraction = at + 1;
        at = skip_digits(fraction);
        count += (size_t)(at - fraction);
    }
    if (count == 0)
        return false;
    if (*at == 'e' || *at == 'E') {
        const char *exponent = at + 1 + (at[1] == '-' || at[1] == '+');
        at = skip_digits(exponent);
        if (at == exponent)
            return false;
    }
    return !*at;
}

bool cf__parse_number(const char *text, double *out)
{
    if (!is_decimal_number(text))
        return false;
    static locale_t c_locale; /* strtod's point is the locale's; the program may have set one */
    if (!c_locale)
        c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    double value = c_locale ? strtod_l(text, NULL, c_locale) : strtod(text, NULL);
    if (!isfinite(value))
        return false;
    *out = value;
    return true;
}

bool cf__parse_boolean(const char *text, bool *out)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {
        { "true", true },   { "1", true },  { "on", true },   { "yes", true },
        { "false", false }, { "0", false }, { "off", false }, { "no", false },
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(text, words[i].word) == 0) {
            *out = words[i].value;
            return true;
        }
    }
    return false;
}
