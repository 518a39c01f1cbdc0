/* SPDX-License-Identifier: MIT
 *
 * The C types of columns that C itself does not have, and their texts. Dates and times are UTC, in the proleptic
 * Gregorian calendar, years 1 to 9999. Every `…_parse` returns false and leaves *out alone where the text is not one;
 * every `…_format` writes a NUL-terminated text and returns its length.
 */
#ifndef CARAFE_TYPES_H
#define CARAFE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    int64_t microseconds; /* since 1970-01-01 00:00:00 UTC; before it: negative */
} cf_time;

typedef struct {
    int16_t year;       /* 1 … 9999 */
    uint8_t month, day; /* 1 … 12, 1 … 31 */
} cf_date;

typedef struct {
    int64_t microseconds; /* since midnight, 0 … 86,399,999,999 */
} cf_clock;

typedef struct {
    unsigned char bytes[16];
} cf_uuid;

typedef struct {
    const void *data;
    size_t size;
} cf_bytes;

/* An exact decimal: (high * 2^64 + low) / 10^scale, two's complement; up to 38 digits, scale 0 … 38. */
typedef struct {
    int64_t high;
    uint64_t low;
    uint8_t scale;
} cf_decimal;

/* What Nullable(T) gives for the types that have no NULL pointer. A zeroed one is SQL NULL. */
#define CF_OPTIONAL_TYPES(X)                                                                                           \
    X(integer, int64_t)                                                                                                \
    X(boolean, bool)                                                                                                   \
    X(number, double)                                                                                                  \
    X(time, cf_time)                                                                                                   \
    X(date, cf_date)                                                                                                   \
    X(clock, cf_clock)                                                                                                 \
    X(uuid, cf_uuid)                                                                                                   \
    X(decimal, cf_decimal)
#define CF_OPTIONAL_TYPE_(name, type)                                                                                  \
    typedef struct {                                                                                                   \
        type value;                                                                                                    \
        bool is_set;                                                                                                   \
    } cf_optional_##name;                                                                                              \
    static inline cf_optional_##name cf_optional_##name##_(type value)                                                 \
    {                                                                                                                  \
        return (cf_optional_##name){ value, true };                                                                    \
    }                                                                                                                  \
    static inline type cf_optional_##name##_or_(cf_optional_##name optional, type fallback)                            \
    {                                                                                                                  \
        return optional.is_set ? optional.value : fallback;                                                            \
    }
CF_OPTIONAL_TYPES(CF_OPTIONAL_TYPE_)

/* The optional that holds x: cf_optional(30), cf_optional(true)  is an integer (C11's true is an int): for a boolean
 * say cf_optional((bool)true). */
#define cf_optional(x)                                                                                                 \
    _Generic((x), bool: cf_optional_boolean_, float: cf_optional_number_, double: cf_optional_number_,                 \
             cf_time: cf_optional_time_, cf_date: cf_optional_date_, cf_clock: cf_optional_clock_,                     \
             cf_uuid: cf_optional_uuid_, cf_decimal: cf_optional_decimal_, default: cf_optional_integer_)(x)

/* The value of an optional, or `fallback` where it is NULL. */
#define cf_optional_or(x, fallback)                                                                                    \
    _Generic((x), cf_optional_boolean: cf_optional_boolean_or_, cf_optional_number: cf_optional_number_or_,            \
             cf_optional_time: cf_optional_time_or_, cf_optional_date: cf_optional_date_or_,                           \
             cf_optional_clock: cf_optional_clock_or_, cf_optional_uuid: cf_optional_uuid_or_,                         \
             cf_optional_decimal: cf_optional_decimal_or_, cf_optional_integer: cf_optional_integer_or_)((x),          \
                                                                                                         (fallback))

/* SQL NULL of each: `.age = cf_null_integer`. */
#define cf_null_integer ((cf_optional_integer){ 0 })
#define cf_null_boolean ((cf_optional_boolean){ 0 })
#define cf_null_number  ((cf_optional_number){ 0 })
#define cf_null_time    ((cf_optional_time){ 0 })
#define cf_null_date    ((cf_optional_date){ 0 })
#define cf_null_clock   ((cf_optional_clock){ 0 })
#define cf_null_uuid    ((cf_optional_uuid){ 0 })
#define cf_null_decimal ((cf_optional_decimal){ 0 })

/* Time: the present moment, and one `count` units ago (a month and a year: the same day of the calendar, or the last of
 * its month). */
enum cf_time_unit { CF_SECOND, CF_MINUTE, CF_HOUR, CF_DAY, CF_MONTH, CF_YEAR, CF_WEEK, CF_QUARTER };
cf_time cf_now(void);
cf_time cf_ago(int64_t count, enum cf_time_unit unit);

/* The longest text of each, with its NUL. */
enum {
    CF_TIME_TEXT = 28,    /* 2026-11-22T21:50:00.123456Z */
    CF_DATE_TEXT = 11,    /* 2026-11-22 */
    CF_CLOCK_TEXT = 16,   /* 21:50:00.123456 */
    CF_UUID_TEXT = 37,    /* 8-4-4-4-12, lower case */
    CF_DECIMAL_TEXT = 42, /* sign, "0.", 38 digits */
};

/* ISO 8601 (RFC 3339 section 5.6). Format: "…T…Z", microseconds only where they are not 0. Parse: 'T' or a space,
 * up to six digits of a second's fraction (more are cut), 'Z', an offset "+09:00" (converted to UTC), or nothing (UTC);
 * a date alone is its midnight. Second 60 is refused. */
size_t cf_time_format(cf_time time, char out[CF_TIME_TEXT]);
bool cf_time_parse(const char *text, cf_time *out);
size_t cf_date_format(cf_date date, char out[CF_DATE_TEXT]);
bool cf_date_parse(const char *text, cf_date *out);
size_t cf_clock_format(cf_clock clock, char out[CF_CLOCK_TEXT]);
bool cf_clock_parse(const char *text, cf_clock *out); /* 21:50, 21:50:00, 21:50:00.5 */

/* Date and clock of a moment, and the moment of a date at a clock. */
cf_date cf_time_date(cf_time time);
cf_clock cf_time_clock(cf_time time);
cf_time cf_time_of(cf_date date, cf_clock clock);

/* UUIDs (RFC 9562). Parse takes either case, with or without dashes. cf_uuid_new is version 4, random. */
cf_uuid cf_uuid_new(void);
size_t cf_uuid_format(cf_uuid uuid, char out[CF_UUID_TEXT]);
bool cf_uuid_parse(const char *text, cf_uuid *out);

/* Decimals. Parse takes "-12.50", "3", "1e3"; false past 38 digits. Format writes exactly `scale` digits after the
 * point. cf_decimal_rescale rounds half to even and is false where the result has more than 38 digits.
 * cf_decimal_compare returns <0, 0, >0 by value, whatever the scales. */
bool cf_decimal_parse(const char *text, cf_decimal *out);
size_t cf_decimal_format(cf_decimal decimal, char out[CF_DECIMAL_TEXT]);
bool cf_decimal_rescale(cf_decimal decimal, uint8_t scale, cf_decimal *out);
int cf_decimal_compare(cf_decimal left, cf_decimal right);
/* Exact arithmetic, with as many digits behind the point as it takes: false, and *out left alone, where the result has more than
 * 38 digits. *out may be one of the two: cf_decimal_add(account->balance, amount, &account->balance). */
bool cf_decimal_add(cf_decimal left, cf_decimal right, cf_decimal *out);
bool cf_decimal_subtract(cf_decimal left, cf_decimal right, cf_decimal *out);
bool cf_decimal_multiply(cf_decimal left, cf_decimal right, cf_decimal *out);
/* The decimal units / 10^scale: cf_decimal_of(1250, 2) is 12.50. */
cf_decimal cf_decimal_of(int64_t units, uint8_t scale);
/* The nearest double. */
double cf_decimal_number(cf_decimal decimal);

#endif
