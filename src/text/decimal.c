/* SPDX-License-Identifier: MIT
 *
 * Exact decimals: a 128-bit integer and a scale. 38 digits are the most that always fit (10^38 < 2^127), which is
 * also what NUMERIC of the databases holds, so every step checks against 10^38 and nothing overflows.
 */
#include <carafe/types.h>

#include <string.h>

#include "number.h"

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 unsigned_wide;

enum { DIGITS = 38 };

static unsigned_wide power_of_ten(unsigned exponent)
{
    unsigned_wide power = 1;
    while (exponent--)
        power *= 10;
    return power;
}

/* The scale of a decimal, which a program may have filled in by hand. */
static unsigned scale_of(cf_decimal decimal)
{
    return decimal.scale < DIGITS ? decimal.scale : DIGITS;
}

static wide units_of(cf_decimal decimal)
{
    return (wide)((unsigned_wide)(uint64_t)decimal.high << 64 | decimal.low);
}

static cf_decimal decimal_of(wide units, uint8_t scale)
{
    return (cf_decimal){ (int64_t)(units >> 64), (uint64_t)units, scale };
}

static unsigned_wide magnitude(wide units)
{
    return units < 0 ? -(unsigned_wide)units : (unsigned_wide)units;
}

cf_decimal cf_decimal_of(int64_t units, uint8_t scale)
{
    return decimal_of(units, scale);
}

/* ---- Texts ------------------------------------------------------------------------------------------------------ */

/* The digits of a text without its point, counted: false where there are none or more than fit. */
static bool read_units(const char **text, unsigned_wide *units, int *scale)
{
    const char *at = *text;
    const unsigned_wide limit = power_of_ten(DIGITS) - 1;
    bool point = false, any = false;
    *units = 0;
    *scale = 0;
    for (;; at++) {
        if (*at == '.' && !point) {
            point = true;
            continue;
        }
        unsigned digit = (unsigned char)*at - (unsigned)'0';
        if (digit > 9)
            break;
        any = true;
        if (*units > (limit - digit) / 10)
            return false;
        *units = *units * 10 + digit;
        *scale += point;
    }
    *text = at;
    return any;
}

static bool read_exponent(const char *text, int64_t *exponent)
{
    *exponent = 0;
    if (!*text)
        return true;
    if (*text != 'e' && *text != 'E')
        return false;
    return cf__parse_integer(text + 1, exponent) && *exponent >= -1000 && *exponent <= 1000;
}

bool cf_decimal_parse(const char *text, cf_decimal *out)
{
    bool negative = *text == '-';
    const char *at = text + (*text == '-' || *text == '+');
    unsigned_wide units;
    int scale;
    int64_t exponent;
    if (!read_units(&at, &units, &scale) || !read_exponent(at, &exponent))
        return false;
    int64_t wanted = scale - exponent;
    for (; wanted > DIGITS && units % 10 == 0; wanted--)
        units /= 10;
    for (; wanted < 0; wanted++) {
        if (units > (power_of_ten(DIGITS) - 1) / 10)
            return false;
        units *= 10;
    }
    if (wanted > DIGITS)
        return false;
    *out = decimal_of(negative ? -(wide)units : (wide)units, (uint8_t)wanted);
    return true;
}

size_t cf_decimal_format(cf_decimal decimal, char out[CF_DECIMAL_TEXT])
{
    wide units = units_of(decimal);
    unsigned_wide rest = magnitude(units);
    unsigned scale = scale_of(decimal);
    char reversed[CF_DECIMAL_TEXT], *at = reversed, *end = out;
    for (unsigned count = 0; rest || count <= scale; count++, rest /= 10) {
        if (count == scale && count > 0)
            *at++ = '.';
        *at++ = (char)('0' + (int)(rest % 10));
    }
    if (units < 0)
        *at++ = '-';
    while (at > reversed)
        *end++ = *--at;
    *end = '\0';
    return (size_t)(end - out);
}

/* ---- Arithmetic ------------------------------------------------------------------------------------------------- */

/* value / by, the half rounded to even. */
static unsigned_wide divide_rounded(unsigned_wide value, unsigned_wide by)
{
    unsigned_wide quotient = value / by, rest = value % by, half = by / 2;
    bool up = rest > half || (rest == half && by % 2 == 0 && quotient % 2 == 1);
    return quotient + up;
}

bool cf_decimal_rescale(cf_decimal decimal, uint8_t scale, cf_decimal *out)
{
    wide units = units_of(decimal);
    unsigned_wide value = magnitude(units);
    unsigned before = scale_of(decimal);
    if (scale > DIGITS)
        return false;
    if (scale < before) {
        value = divide_rounded(value, power_of_ten(before - scale));
    } else if (value) {
        unsigned_wide factor = power_of_ten(scale - before);
        if (value > (power_of_ten(DIGITS) - 1) / factor)
            return false;
        value *= factor;
    }
    *out = decimal_of(units < 0 ? -(wide)value : (wide)value, scale);
    return true;
}

bool cf_decimal_add(cf_decimal left, cf_decimal right, cf_decimal *out)
{
    uint8_t scale = (uint8_t)(scale_of(left) > scale_of(right) ? scale_of(left) : scale_of(right));
    if (!cf_decimal_rescale(left, scale, &left) || !cf_decimal_rescale(right, scale, &right))
        return false;
    wide units;
    if (__builtin_add_overflow(units_of(left), units_of(right), &units) || magnitude(units) >= power_of_ten(DIGITS))
        return false;
    *out = decimal_of(units, scale);
    return true;
}

bool cf_decimal_subtract(cf_decimal left, cf_decimal right, cf_decimal *out)
{
    return cf_decimal_add(left, decimal_of((wide) - (unsigned_wide)units_of(right), (uint8_t)scale_of(right)), out);
}

/* Zeros at the end are given up where there is no room for the scale. */
bool cf_decimal_multiply(cf_decimal left, cf_decimal right, cf_decimal *out)
{
    wide units;
    unsigned scale = scale_of(left) + scale_of(right);
    if (__builtin_mul_overflow(units_of(left), units_of(right), &units))
        return false;
    for (; scale > DIGITS && units % 10 == 0; scale--)
        units /= 10;
    if (scale > DIGITS || magnitude(units) >= power_of_ten(DIGITS))
        return false;
    *out = decimal_of(units, (uint8_t)scale);
    return true;
}

/* Compares whole parts first, then fractions brought to one scale, so that nothing has to fit more than 38 digits. */
static int compare_magnitudes(unsigned_wide left, unsigned left_scale, unsigned_wide right, unsigned right_scale)
{
    unsigned_wide left_unit = power_of_ten(left_scale), right_unit = power_of_ten(right_scale);
    unsigned_wide left_whole = left / left_unit, right_whole = right / right_unit;
    if (left_whole != right_whole)
        return left_whole < right_whole ? -1 : 1;
    unsigned_wide left_rest = left % left_unit * power_of_ten(DIGITS - left_scale);
    unsigned_wide right_rest = right % right_unit * power_of_ten(DIGITS - right_scale);
    return (left_rest > right_rest) - (left_rest < right_rest);
}

int cf_decimal_compare(cf_decimal left, cf_decimal right)
{
    wide a = units_of(left), b = units_of(right);
    if ((a < 0) != (b < 0))
        return a < 0 ? -1 : 1;
    int order = compare_magnitudes(magnitude(a), scale_of(left), magnitude(b), scale_of(right));
    return a < 0 ? -order : order;
}

double cf_decimal_number(cf_decimal decimal)
{
    char text[CF_DECIMAL_TEXT];
    double number = 0;
    cf_decimal_format(decimal, text);
    cf__parse_number(text, &number);
    return number;
}
