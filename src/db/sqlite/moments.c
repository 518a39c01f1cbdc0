/* SPDX-License-Identifier: MIT
 *
 * Arithmetic of times, by functions of our own: SQLite's have milliseconds, and let a month that is too short run over into the
 * next. Times are texts (stored.h); what is none, and what lies outside of the calendar, gives NULL.
 */
#include <string.h>

#include "../../text/calendar.h"
#include "../stored.h"
#include "sqlite.h"

static bool read_time(sqlite3_value *value, cf_time *out)
{
    const char *text = (const char *)sqlite3_value_text(value);
    return text && cf_time_parse(text, out);
}

static bool read_unit(sqlite3_value *value, enum cf_time_unit *out)
{
    static const char *const names[] = {
        [CF_SECOND] = "second", [CF_MINUTE] = "minute", [CF_HOUR] = "hour", [CF_DAY] = "day",
        [CF_MONTH] = "month",   [CF_YEAR] = "year",     [CF_WEEK] = "week", [CF_QUARTER] = "quarter",
    };
    const char *text = (const char *)sqlite3_value_text(value);
    for (size_t i = 0; text && i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], text) == 0) {
            *out = (enum cf_time_unit)i;
            return true;
        }
    return false;
}

/* carafe_time_plus(time, count, unit); of a date alone the date. */
static void plus(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    cf_time time;
    enum cf_time_unit unit;
    char text[CF__STORED_TEXT];
    if (sqlite3_value_type(values[1]) != SQLITE_INTEGER || !read_time(values[0], &time) || !read_unit(values[2], &unit))
        return;
    bool is_date = sqlite3_value_bytes(values[0]) == CF_DATE_TEXT - 1;
    if (!cf__time_plus(time, sqlite3_value_int64(values[1]), unit, &time))
        return;
    if (is_date)
        cf_date_format(cf_time_date(time), text);
    else
        cf__store_time(time, text);
    sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
}

/* carafe_time(text): as a DateTime is stored. */
static void as_time(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    cf_time time;
    char text[CF__STORED_TEXT];
    if (!read_time(values[0], &time))
        return;
    cf__store_time(time, text);
    sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
}

/* carafe_seconds_between(later, earlier) */
static void between(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    cf_time later, earlier;
    if (read_time(values[0], &later) && read_time(values[1], &earlier))
        sqlite3_result_double(context, (double)(later.microseconds - earlier.microseconds) / 1e6);
}

int cf__sqlite_add_moments(sqlite3 *handle)
{
    static const struct {
        const char *name;
        int arguments;
        void (*function)(sqlite3_context *, int, sqlite3_value **);
    } functions[] = {
        { "carafe_time_plus", 3, plus },
        { "carafe_time", 1, as_time },
        { "carafe_seconds_between", 2, between },
    };
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
    int code = SQLITE_OK;
    for (size_t i = 0; !code && i < sizeof functions / sizeof functions[0]; i++)
        code = sqlite3_create_function_v2(handle, functions[i].name, functions[i].arguments, flags, NULL,
                                          functions[i].function, NULL, NULL, NULL);
    return code;
}
