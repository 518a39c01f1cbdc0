/* SPDX-License-Identifier: MIT
 *
 * Dates and times as texts: ISO 8601 in the profile of RFC 3339, section 5.6. Days are counted with the algorithms
 * of Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms" (days_from_civil, civil_from_days), which are
 * exact for the proleptic Gregorian calendar.
 */
#include "calendar.h"

#include <string.h>

#include "../base/clock.h"
#include "number.h"

enum { MICROSECONDS = 1000000, SECONDS_A_DAY = 86400 };
static const int64_t microseconds_a_day = (int64_t)SECONDS_A_DAY * MICROSECONDS;

/* ---- Calendar --------------------------------------------------------------------------------------------------- */

static int64_t days_of_date(cf_date date)
{
    int64_t year = date.year - (date.month <= 2), era = (year >= 0 ? year : year - 399) / 400,
            year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static cf_date date_of_days(int64_t days)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097, day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_index = (5 * day_of_year + 2) / 153, month = month_index < 10 ? month_index + 3 : month_index - 9;
    return (cf_date){ (int16_t)(year_of_era + era * 400 + (month <= 2)), (uint8_t)month,
                      (uint8_t)(day_of_year - (153 * month_index + 2) / 5 + 1) };
}

static int days_of_month(int year, int month)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static int64_t floor_divide(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

/* The nearest moment of the years 1 to 9999, in microseconds. */
static int64_t within_calendar(cf_time time)
{
    static const int64_t first = -62135596800000000, last = 253402300799999999;
    return time.microseconds < first ? first : time.microseconds > last ? last : time.microseconds;
}

cf_date cf_time_date(cf_time time)
{
    return date_of_days(floor_divide(within_calendar(time), microseconds_a_day));
}

cf_clock cf_time_clock(cf_time time)
{
    int64_t moment = within_calendar(time);
    return (cf_clock){ moment - floor_divide(moment, microseconds_a_day) * microseconds_a_day };
}

cf_time cf_time_of(cf_date date, cf_clock clock)
{
    return (cf_time){ days_of_date(date) * microseconds_a_day + clock.microseconds };
}

cf_time cf_now(void)
{
    return (cf_time){ cf__realtime() };
}

/* The moment so many months after another, on the last day of a month that is too short. */
static bool plus_months(cf_time time, int64_t months, cf_time *out)
{
    cf_date date = cf_time_date(time);
    int64_t month = date.year * 12 + date.month - 1;
    if (months < 12 - month || months > 9999 * 12 + 11 - month)
        return false;
    month += months;
    date.year = (int16_t)(month / 12);
    date.month = (uint8_t)(month % 12 + 1);
    int last = days_of_month(date.year, date.month);
    date.day = date.day < last ? date.day : (uint8_t)last;
    *out = cf_time_of(date, cf_time_clock(time));
    return true;
}

bool cf__time_plus(cf_time time, int64_t count, enum cf_time_unit unit, cf_time *out)
{
    static const int64_t seconds[] = {
        [CF_SECOND] = 1, [CF_MINUTE] = 60, [CF_HOUR] = 3600, [CF_DAY] = SECONDS_A_DAY, [CF_WEEK] = 7 * SECONDS_A_DAY
    };
    static const int64_t months[] = { [CF_MONTH] = 1, [CF_QUARTER] = 3, [CF_YEAR] = 12 };
    bool by_months = unit == CF_MONTH || unit == CF_QUARTER || unit == CF_YEAR;
    int64_t span, moment;
    if (__builtin_mul_overflow(count, by_months ? months[unit] : seconds[unit] * MICROSECONDS, &span))
        return false;
    if (by_months)
        return plus_months(time, span, out);
    if (__builtin_add_overflow(time.microseconds, span, &moment) || within_calendar((cf_time){ moment }) != moment)
        return false;
    *out = (cf_time){ moment };
    return true;
}

cf_time cf_ago(int64_t count, enum cf_time_unit unit)
{
    cf_time time;
    if (cf__time_plus(cf_now(), count == INT64_MIN ? INT64_MAX : -count, unit, &time))
        return time;
    return (cf_time){ count > 0 ? INT64_MIN : INT64_MAX };
}

/* ---- Writing ---------------------------------------------------------------------------------------------------- */

/* The last `digits` digits; of a value below 0, which only a program can make, those of its magnitude. */
static char *write_digits(char *at, int64_t value, int digits)
{
    uint32_t rest = (uint32_t)(value < 0 ? -value : value);
    for (int i = digits - 1; i >= 0; i--, rest /= 10)
        at[i] = (char)('0' + rest % 10);
    return at + digits;
}

size_t cf_date_format(cf_date date, char out[CF_DATE_TEXT])
{
    char *at = write_digits(out, date.year, 4);
    *at++ = '-';
    at = write_digits(at, date.month, 2);
    *at++ = '-';
    at = write_digits(at, date.day, 2);
    *at = '\0';
    return (size_t)(at - out);
}

size_t cf_clock_format(cf_clock clock, char out[CF_CLOCK_TEXT])
{
    int64_t seconds = clock.microseconds / MICROSECONDS, fraction = clock.microseconds % MICROSECONDS;
    char *at = write_digits(out, seconds / 3600, 2);
    *at++ = ':';
    at = write_digits(at, seconds / 60 % 60, 2);
    *at++ = ':';
    at = write_digits(at, seconds % 60, 2);
    if (fraction) {
        *at++ = '.';
        at = write_digits(at, fraction, 6);
    }
    *at = '\0';
    return (size_t)(at - out);
}

size_t cf_time_format(cf_time time, char out[CF_TIME_TEXT])
{
    size_t size = cf_date_format(cf_time_date(time), out);
    out[size++] = 'T';
    size += cf_clock_format(cf_time_clock(time), out + size);
    out[size++] = 'Z';
    out[size] = '\0';
    return size;
}

/* ---- Reading: each function takes what it knows from *at and moves it on ---------------------------------------- */

static bool read_digits(const char **at, int digits, int *out)
{
    int value = 0;
    for (int i = 0; i < digits; i++) {
        unsigned digit = (unsigned char)(*at)[i] - (unsigned)'0';
        if (digit > 9)
            return false;
        value = value * 10 + (int)digit;
    }
    *at += digits;
    *out = value;
    return true;
}

static bool read_char(const char **at, char c)
{
    if (**at != c)
        return false;
    ++*at;
    return true;
}

static bool read_date(const char **at, cf_date *out)
{
    int year, month, day;
    if (!read_digits(at, 4, &year) || !read_char(at, '-') || !read_digits(at, 2, &month) || !read_char(at, '-') ||
        !read_digits(at, 2, &day))
        return false;
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month))
        return false;
    *out = (cf_date){ (int16_t)year, (uint8_t)month, (uint8_t)day };
    return true;
}

bool cf__time_is_exact(const char *text)
{
    const char *point = strchr(text, '.'), *at = point ? point + 1 : "";
    for (unsigned digit = 1; *at >= '0' && *at <= '9'; at++, digit++)
        if (digit > 6 && *at != '0')
            return false;
    return true;
}

/* ".5" is half a second; digits past the sixth are cut. */
static bool read_fraction(const char **at, int64_t *out)
{
    int64_t value = 0, unit = MICROSECONDS / 10;
    const char *start = *at;
    for (; **at >= '0' && **at <= '9'; ++*at, unit /= 10)
        value += (**at - '0') * unit;
    *out = value;
    return *at > start;
}

static bool read_clock(const char **at, cf_clock *out)
{
    int hour, minute, second = 0;
    int64_t fraction = 0;
    if (!read_digits(at, 2, &hour) || !read_char(at, ':') || !read_digits(at, 2, &minute))
        return false;
    if (read_char(at, ':') && !read_digits(at, 2, &second))
        return false;
    if (read_char(at, '.') && !read_fraction(at, &fraction))
        return false;
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    *out = (cf_clock){ ((hour * 60 + minute) * 60 + second) * (int64_t)MICROSECONDS + fraction };
    return true;
}

/* "Z", "+09:00", "-0330" or nothing; the offset east of UTC. */
static bool read_offset(const char **at, int64_t *out)
{
    int hours, minutes;
    *out = 0;
    if (!**at || read_char(at, 'Z') || read_char(at, 'z'))
        return true;
    bool west = **at == '-';
    if (!west && **at != '+')
        return false;
    ++*at;
    if (!read_digits(at, 2, &hours))
        return false;
    read_char(at, ':');
    if (!read_digits(at, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *out = (hours * 60 + minutes) * (int64_t)60 * MICROSECONDS * (west ? -1 : 1);
    return true;
}

bool cf_date_parse(const char *text, cf_date *out)
{
    cf_date date;
    if (!read_date(&text, &date) || *text)
        return false;
    *out = date;
    return true;
}

bool cf_clock_parse(const char *text, cf_clock *out)
{
    cf_clock clock;
    if (!read_clock(&text, &clock) || *text)
        return false;
    *out = clock;
    return true;
}

bool cf_time_parse(const char *text, cf_time *out)
{
    cf_date date;
    cf_clock clock = { 0 };
    int64_t offset = 0;
    if (!read_date(&text, &date))
        return false;
    if (*text) {
        if (!read_char(&text, 'T') && !read_char(&text, 't') && !read_char(&text, ' '))
            return false;
        if (!read_clock(&text, &clock) || !read_offset(&text, &offset) || *text)
            return false;
    }
    cf_time time = { cf_time_of(date, clock).microseconds - offset };
    if (within_calendar(time) != time.microseconds)
        return false;
    *out = time;
    return true;
}
