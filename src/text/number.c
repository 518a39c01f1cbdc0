/* SPDX-License-Identifier: MIT
 *
 * Numbers from outside. The texts are checked character by character first, so that strtod sees nothing but what
 * JSON would call a number: no white space, no "inf", no hexadecimal.
 */
#include "number.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
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

/* strtod's and printf's point is the locale's, and the program may have set one. The C library keeps this one ready: it
 * takes no memory and cannot fail. */
static locale_t c_locale(void)
{
    static locale_t locale;
    if (!locale)
        locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return locale;
}

bool cf__parse_number(const char *text, double *out)
{
    if (!is_decimal_number(text))
        return false;
    double value = strtod_l(text, NULL, c_locale());
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

/* ---- Writing ---------------------------------------------------------------------------------------------------- */

/* Most numbers of programs have few decimals: units / 10^decimals is then exact arithmetic on integers below 2^53, one
 * rounding, as reading the text is; and a text of up to 15 digits that reads back the same is the only one. */
static size_t format_few_decimals(double value, char *out)
{
    static const int powers[] = { 1, 10, 100, 1000, 10000, 100000, 1000000 };
    double magnitude = fabs(value);
    for (int decimals = 0; decimals <= 6 && magnitude >= 0.001 && magnitude * powers[decimals] < 1e15; decimals++) {
        int64_t units = llround(magnitude * powers[decimals]);
        if ((double)units / powers[decimals] != magnitude)
            continue;
        int shown = decimals ? decimals : 1, power = powers[shown];
        units = decimals ? units : units * 10;
        const char *sign = value < 0 ? "-" : "";
        return (size_t)snprintf(out, CF__NUMBER_TEXT, "%s%lld.%0*lld", sign, (long long)(units / power), shown,
                                (long long)(units % power));
    }
    return 0;
}

size_t cf__format_number(double value, char out[CF__NUMBER_TEXT])
{
    size_t size = format_few_decimals(value, out);
    if (size)
        return size;
    locale_t before = uselocale(c_locale());
    for (int digits = 15; digits <= 17; digits++) { /* 17 always read back the same (IEEE 754 section 5.12.2) */
        size = (size_t)snprintf(out, CF__NUMBER_TEXT, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            break;
    }
    uselocale(before);
    if (isfinite(value) && !strpbrk(out, ".e"))
        size += (size_t)snprintf(out + size, 3, ".0");
    return size;
}
