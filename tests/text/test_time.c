/* SPDX-License-Identifier: MIT
 *
 * Dates, clocks and moments: against the C library's calendar, at the ends of what is allowed, and what is refused.
 */
#include "base/support.h"

#include <time.h>

#include <carafe/types.h>

#include "../../src/base/clock.h"

static const int64_t second = 1000000, day = (int64_t)86400 * 1000000;

static void every_day_of_ten_thousand_years_agrees_with_the_c_library(void **state)
{
    (void)state;
    cf_date before = { 0 };
    int64_t first = cf_time_of((cf_date){ 1, 1, 1 }, (cf_clock){ 0 }).microseconds / day;
    int64_t last = cf_time_of((cf_date){ 9999, 12, 31 }, (cf_clock){ 0 }).microseconds / day;
    assert_int_equal(last - first + 1, 3652059);
    for (int64_t at = first; at <= last; at++) {
        cf_time midnight = { at * day };
        cf_date date = cf_time_date(midnight);
        if (at % 97 == 0) {
            struct tm parts;
            time_t seconds = at * 86400;
            gmtime_r(&seconds, &parts);
            assert_int_equal(date.year, parts.tm_year + 1900);
            assert_int_equal(date.month, parts.tm_mon + 1);
            assert_int_equal(date.day, parts.tm_mday);
        }
        assert_int_equal(cf_time_of(date, (cf_clock){ 0 }).microseconds, midnight.microseconds);
        assert_true(date.day == before.day + 1 || date.day == 1);
        before = date;
    }
}

static const struct {
    int64_t microseconds;
    const char *text;
} moments[] = {
    { 0, "1970-01-01T00:00:00Z" },
    { 1, "1970-01-01T00:00:00.000001Z" },
    { -1, "1969-12-31T23:59:59.999999Z" },
    { -1000000, "1969-12-31T23:59:59Z" },
    { -86400000000, "1969-12-31T00:00:00Z" },
    { 951782400000000, "2000-02-29T00:00:00Z" },
    { 1795384200123456, "2026-11-22T21:50:00.123456Z" },
    { 500000, "1970-01-01T00:00:00.500000Z" },
    { -62135596800000000, "0001-01-01T00:00:00Z" },
    { 253402300799999999, "9999-12-31T23:59:59.999999Z" },
};

static void a_moment_is_written_and_read_back_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        char text[CF_TIME_TEXT];
        cf_time time = { moments[i].microseconds }, again = { 0 };
        assert_int_equal(cf_time_format(time, text), strlen(moments[i].text));
        assert_string_equal(text, moments[i].text);
        assert_true(cf_time_parse(text, &again));
        assert_int_equal(again.microseconds, time.microseconds);
        assert_int_equal(cf_time_of(cf_time_date(time), cf_time_clock(time)).microseconds, time.microseconds);
    }
}

static void a_moment_is_read_in_the_forms_of_rfc_3339(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t microseconds;
    } cases[] = {
        { "2026-11-22T21:50:00Z", 1795384200000000 },
        { "2026-11-22 21:50:00Z", 1795384200000000 },
        { "2026-11-22 21:50:00", 1795384200000000 },
        { "2026-11-22T21:50", 1795384200000000 },
        { "2026-11-22", 1795305600000000 },
        { "2026-11-23T06:50:00+09:00", 1795384200000000 },
        { "2026-11-22T12:20:00-09:30", 1795384200000000 },
        { "2026-11-22T21:50:00-00:00", 1795384200000000 },
        { "2026-11-22T21:50:00.5Z", 1795384200500000 },
        { "2026-11-22T21:50:00.1234567890+00:00", 1795384200123456 },
        { "0001-01-01T01:00:00+01:00", -62135596800000000 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cf_time time = { -7 };
        if (!cf_time_parse(cases[i].text, &time))
            fail_msg("%s is refused", cases[i].text);
        assert_int_equal(time.microseconds, cases[i].microseconds);
    }
}

static void what_is_no_moment_is_refused_and_leaves_the_value_alone(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "now",
        "2026",
        "2026-11",
        "2026-13-01",
        "2026-00-01",
        "2026-01-00",
        "2026-01-32",
        "2026-02-29",
        "1900-02-29",
        "0000-01-01",
        "10000-01-01",
        "2026-1-1",
        "2026-11-22T",
        "2026-11-22T21",
        "2026-11-22T24:00:00Z",
        "2026-11-22T21:60:00Z",
        "2026-11-22T21:50:60Z",
        "2026-11-22T21:50:00.Z",
        "2026-11-22T21:50:00ZZ",
        "2026-11-22T21:50:00+24:00",
        "2026-11-22T21:50:00+09:60",
        "2026-11-22T21:50:00+9",
        " 2026-11-22",
        "2026-11-22 ",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "2026-11-22x21:50:00",
        "+026-11-22",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cf_time time = { 42 };
        if (cf_time_parse(texts[i], &time))
            fail_msg("\"%s\" is taken for a moment", texts[i]);
        assert_int_equal(time.microseconds, 42);
    }
}

static void dates_and_clocks_round_trip_and_refuse_the_rest(void **state)
{
    (void)state;
    static const char *const dates[] = { "0001-01-01", "2000-02-29", "2024-02-29", "9999-12-31" };
    static const char *const no_dates[] = { "", "2023-02-29", "2023-04-31", "2023-1-01", "2023-01-01T", "2023-01-011" };
    static const char *const clocks[] = { "00:00:00", "21:50:00", "23:59:59.999999", "00:00:00.000001" };
    static const char *const no_clocks[] = { "", "24:00", "23:60", "23:59:60", "1:00", "12", "12:00:00.", "12:00 " };
    char text[CF_CLOCK_TEXT];
    cf_date date;
    cf_clock clock;
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        assert_true(cf_date_parse(dates[i], &date));
        assert_int_equal(cf_date_format(date, text), CF_DATE_TEXT - 1);
        assert_string_equal(text, dates[i]);
    }
    for (size_t i = 0; i < sizeof clocks / sizeof clocks[0]; i++) {
        assert_true(cf_clock_parse(clocks[i], &clock));
        assert_int_equal(cf_clock_format(clock, text), strlen(clocks[i]));
        assert_string_equal(text, clocks[i]);
    }
    for (size_t i = 0; i < sizeof no_dates / sizeof no_dates[0]; i++)
        assert_false(cf_date_parse(no_dates[i], &date));
    for (size_t i = 0; i < sizeof no_clocks / sizeof no_clocks[0]; i++)
        assert_false(cf_clock_parse(no_clocks[i], &clock));
    assert_true(cf_clock_parse("21:50", &clock));
    assert_int_equal(clock.microseconds, (21 * 60 + 50) * 60 * second);
    assert_true(cf_clock_parse("21:50:00.5", &clock));
    assert_int_equal(clock.microseconds, (21 * 60 + 50) * 60 * second + second / 2);
}

static void values_out_of_range_are_written_within_the_room(void **state)
{
    (void)state;
    static const cf_time times[] = { { INT64_MIN }, { INT64_MAX }, { -62135596800000001 }, { 253402300800000000 } };
    static const cf_date dates[] = { { INT16_MIN, 0, 0 }, { INT16_MAX, 255, 255 }, { -1, 1, 1 } };
    static const cf_clock clocks[] = { { INT64_MIN }, { INT64_MAX }, { -1 } };
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        char *text = malloc(CF_TIME_TEXT);
        cf_time again;
        assert_true(cf_time_format(times[i], text) < CF_TIME_TEXT);
        assert_true(cf_time_parse(text, &again)); /* the nearest moment there is */
        free(text);
    }
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        char *text = malloc(CF_DATE_TEXT);
        size_t size = cf_date_format(dates[i], text);
        assert_int_equal(size, strlen(text));
        free(text);
    }
    for (size_t i = 0; i < sizeof clocks / sizeof clocks[0]; i++) {
        char *text = malloc(CF_CLOCK_TEXT);
        size_t size = cf_clock_format(clocks[i], text);
        assert_int_equal(size, strlen(text));
        free(text);
    }
}

static void now_and_ago_count_from_the_real_clock(void **state)
{
    (void)state;
    static const struct {
        enum cf_time_unit unit;
        int64_t seconds;
    } units[] = { { CF_SECOND, 1 }, { CF_MINUTE, 60 }, { CF_HOUR, 3600 }, { CF_DAY, 86400 } };
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        int64_t before = cf__realtime();
        cf_time ago = cf_ago(3, units[i].unit);
        int64_t after = cf__realtime();
        assert_in_range(ago.microseconds + 3 * units[i].seconds * second, before, after);
    }
    assert_true(cf_ago(INT64_MAX, CF_DAY).microseconds < 0);
    assert_true(cf_ago(INT64_MIN, CF_DAY).microseconds > 0);
    int64_t before = cf__realtime();
    assert_in_range(cf_now().microseconds, before, cf__realtime());
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_of_ten_thousand_years_agrees_with_the_c_library),
        cmocka_unit_test(a_moment_is_written_and_read_back_the_same),
        cmocka_unit_test(a_moment_is_read_in_the_forms_of_rfc_3339),
        cmocka_unit_test(what_is_no_moment_is_refused_and_leaves_the_value_alone),
        cmocka_unit_test(dates_and_clocks_round_trip_and_refuse_the_rest),
        cmocka_unit_test(values_out_of_range_are_written_within_the_room),
        cmocka_unit_test(now_and_ago_count_from_the_real_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
