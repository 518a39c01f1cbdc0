/* SPDX-License-Identifier: MIT
 *
 * Arithmetic of times in queries: later and earlier moments by every unit, at the ends of months, years and the calendar, and
 * the seconds between two. The same on every database, to the microsecond.
 */
#include <carafe/bulk.h>

/* clang-format off */
MODEL(Event, "events",
    (id,     Id),
    (at,     Nullable(DateTime)),
    (day,    Nullable(Date)),
    (count,  Nullable(Integer)),
    (few,    SmallInteger, server_default = "0"),
    (clock,  Nullable(Time)),
    (name,   Nullable(String(20))));
SHAPE(Moment, (at, Nullable(DateTime)), (day, Nullable(Date)), (seconds, Nullable(Float)));
/* clang-format on */

#define TEST_MODELS CF_MODELS(Event)
#include "support.h"

#include "sql.h"

static cf_time time_of(const char *text)
{
    cf_time time;
    assert_true(cf_time_parse(text, &time));
    return time;
}

static const char *words_of(cf_optional_time time)
{
    char text[CF_TIME_TEXT];
    if (!time.is_set)
        return "NULL";
    cf_time_format(time.value, text);
    return cf_copy(&cf__current()->head, text);
}

static const char *words_of_date(cf_optional_date date)
{
    char text[CF_DATE_TEXT];
    if (!date.is_set)
        return "NULL";
    cf_date_format(date.value, text);
    return cf_copy(&cf__current()->head, text);
}

static const char *spelt(const struct cf_dialect *dialect, const cf_expr *expression)
{
    const char *sql = sql_in(dialect, cf_subquery_of(expression, .from = Event));
    size_t size = strlen(sql) - strlen("SELECT  FROM events");
    return cf_format(&cf__current()->head, "%.*s", (int)size, sql + strlen("SELECT "));
}

static void assert_spelt(const cf_expr *expression, const char *sqlite, const char *postgres, const char *mariadb)
{
    assert_string_equal(spelt(&cf__sqlite_dialect, expression), sqlite);
    assert_string_equal(spelt(&postgres_dialect, expression), postgres);
    assert_string_equal(spelt(&mariadb_dialect, expression), mariadb);
}

static void arithmetic_of_times_is_spelt_for_each_database(cf_db *db)
{
    (void)db;
    assert_spelt(
        cf_time_plus(Event.at, Event.count, CF_QUARTER), "carafe_time_plus(at, count, 'quarter')",
        "CASE WHEN count BETWEEN -39995 AND 39995 THEN CASE WHEN at + INTERVAL '10000 years' + count * INTERVAL "
        "'3 months' BETWEEN TIMESTAMP '10001-01-01' AND TIMESTAMP '19999-12-31 23:59:59.999999' THEN at + count * "
        "INTERVAL '3 months' END END",
        "CASE WHEN count BETWEEN -39995 AND 39995 THEN CASE WHEN IF(count < 0, CAST(at AS DATETIME(6)) >= TIMESTAMP "
        "'0001-01-01 00:00:00' - INTERVAL count QUARTER, CAST(at AS DATETIME(6)) <= TIMESTAMP '9999-12-31 "
        "23:59:59.999999' - INTERVAL count QUARTER) THEN CAST(at AS DATETIME(6)) + INTERVAL count QUARTER END END");
    assert_spelt(
        cf_time_plus(Event.day, cf_plus(Event.count, 1), CF_DAY), "date(carafe_time_plus(day, (count + ?), 'day'))",
        "CAST(CASE WHEN (count + $1) BETWEEN -3652058 AND 3652058 THEN CASE WHEN day + INTERVAL '10000 years' + (count "
        "+ $2) * INTERVAL '1 day' BETWEEN TIMESTAMP '10001-01-01' AND TIMESTAMP '19999-12-31 23:59:59.999999' THEN day "
        "+ (count + $3) * INTERVAL '1 day' END END AS DATE)",
        "CAST(CASE WHEN (count + ?) BETWEEN -3652058 AND 3652058 THEN CASE WHEN IF((count + ?) < 0, CAST(day AS "
        "DATETIME(6)) >= TIMESTAMP '0001-01-01 00:00:00' - INTERVAL (count + ?) DAY, CAST(day AS DATETIME(6)) <= "
        "TIMESTAMP '9999-12-31 23:59:59.999999' - INTERVAL (count + ?) DAY) THEN CAST(day AS DATETIME(6)) + INTERVAL "
        "(count + ?) DAY END END AS DATE)");
    assert_spelt(cf_seconds_between(Event.at, Event.day), "carafe_seconds_between(at, day)",
                 "CAST(extract(EPOCH FROM CAST(at AS TIMESTAMP) - CAST(day AS TIMESTAMP)) AS DOUBLE PRECISION)",
                 "(timestampdiff(MICROSECOND, day, at) / 1e6)");
}

static const struct {
    const char *time;
    int64_t count;
    enum cf_time_unit unit;
    const char *expected;
} sums[] = {
    { "2026-01-02T03:04:05.678901Z", 1, CF_SECOND, "2026-01-02T03:04:06.678901Z" },
    { "2026-01-02T03:04:05.678901Z", -6, CF_SECOND, "2026-01-02T03:03:59.678901Z" },
    { "2026-01-02T03:04:05.678901Z", 57, CF_MINUTE, "2026-01-02T04:01:05.678901Z" },
    { "2026-01-02T03:04:05.678901Z", -4, CF_HOUR, "2026-01-01T23:04:05.678901Z" },
    { "2026-01-02T03:04:05.678901Z", 0, CF_MONTH, "2026-01-02T03:04:05.678901Z" },
    { "2024-02-28T23:59:59.999999Z", 1, CF_DAY, "2024-02-29T23:59:59.999999Z" },
    { "2023-02-28T23:59:59.999999Z", 1, CF_DAY, "2023-03-01T23:59:59.999999Z" },
    { "2100-02-28T00:00:00Z", 1, CF_DAY, "2100-03-01T00:00:00Z" },
    { "2000-02-28T00:00:00Z", 366, CF_DAY, "2001-02-28T00:00:00Z" },
    { "2026-01-01T00:00:00Z", -1, CF_DAY, "2025-12-31T00:00:00Z" },
    { "2026-03-29T00:30:00Z", 24, CF_HOUR, "2026-03-30T00:30:00Z" },
    { "2026-12-28T12:00:00Z", 1, CF_WEEK, "2027-01-04T12:00:00Z" },
    { "2026-01-31T01:02:03.000004Z", 1, CF_MONTH, "2026-02-28T01:02:03.000004Z" },
    { "2024-01-31T01:02:03.000004Z", 1, CF_MONTH, "2024-02-29T01:02:03.000004Z" },
    { "2024-03-31T00:00:00Z", -1, CF_MONTH, "2024-02-29T00:00:00Z" },
    { "2024-05-31T00:00:00Z", 1, CF_MONTH, "2024-06-30T00:00:00Z" },
    { "2024-12-31T00:00:00Z", 2, CF_MONTH, "2025-02-28T00:00:00Z" },
    { "2024-11-30T00:00:00Z", 1, CF_QUARTER, "2025-02-28T00:00:00Z" },
    { "2024-02-29T00:00:00Z", 1, CF_YEAR, "2025-02-28T00:00:00Z" },
    { "2024-02-29T00:00:00Z", 4, CF_YEAR, "2028-02-29T00:00:00Z" },
    { "2000-02-29T00:00:00Z", -100, CF_YEAR, "1900-02-28T00:00:00Z" },
    { "1969-12-31T23:59:59.999999Z", 1, CF_SECOND, "1970-01-01T00:00:00.999999Z" },
    { "1970-01-01T00:00:00Z", -1, CF_SECOND, "1969-12-31T23:59:59Z" },
    /* the ends of the calendar, and what lies beyond */
    { "9999-12-31T23:59:58.999999Z", 1, CF_SECOND, "9999-12-31T23:59:59.999999Z" },
    { "9999-12-31T23:59:59.999999Z", 1, CF_SECOND, "NULL" },
    { "9999-12-31T00:00:00Z", 1, CF_DAY, "NULL" },
    { "9999-12-31T00:00:00Z", 1, CF_MONTH, "NULL" },
    { "9999-11-30T00:00:00Z", 1, CF_MONTH, "9999-12-30T00:00:00Z" },
    { "9999-01-01T00:00:00Z", 1, CF_YEAR, "NULL" },
    { "9998-12-31T23:59:59.999999Z", 1, CF_YEAR, "9999-12-31T23:59:59.999999Z" },
    { "0001-01-01T00:00:00Z", -1, CF_SECOND, "NULL" },
    { "0001-01-01T00:00:00.000001Z", -1, CF_SECOND, "NULL" },
    { "0001-01-01T00:00:01Z", -1, CF_SECOND, "0001-01-01T00:00:00Z" },
    { "0001-01-31T00:00:00Z", -1, CF_MONTH, "NULL" },
    { "0001-02-28T00:00:00Z", -1, CF_MONTH, "0001-01-28T00:00:00Z" },
    { "0001-12-31T00:00:00Z", -1, CF_YEAR, "NULL" },
    { "0001-01-01T00:00:00Z", 9998, CF_YEAR, "9999-01-01T00:00:00Z" },
    { "0001-01-01T00:00:00Z", 9999, CF_YEAR, "NULL" },
    { "9999-12-31T23:59:59.999999Z", -9998, CF_YEAR, "0001-12-31T23:59:59.999999Z" },
    { "0001-01-01T00:00:00Z", -9998, CF_YEAR, "NULL" },
    { "0001-01-01T00:00:00Z", 315537897599, CF_SECOND, "9999-12-31T23:59:59Z" },
    { "9999-12-31T23:59:59.999999Z", -315537897599, CF_SECOND, "0001-01-01T00:00:00.999999Z" },
    { "0001-01-01T00:00:00Z", 315537897600, CF_SECOND, "NULL" },
    { "0001-01-01T00:00:00Z", 3652058, CF_DAY, "9999-12-31T00:00:00Z" },
    { "0001-01-01T00:00:00.5Z", 119987, CF_MONTH, "9999-12-01T00:00:00.500000Z" },
    { "0001-01-01T00:00:00Z", 39995, CF_QUARTER, "9999-10-01T00:00:00Z" },
    { "2026-01-01T00:00:00Z", INT64_MAX, CF_SECOND, "NULL" },
    { "2026-01-01T00:00:00Z", INT64_MIN, CF_QUARTER, "NULL" },
    { "2026-01-01T00:00:00Z", INT64_MIN, CF_WEEK, "NULL" },
    { "2026-01-01T00:00:00Z", INT64_MAX, CF_MONTH, "NULL" },
    { "2026-01-01T00:00:00Z", INT64_MAX, CF_DAY, "NULL" },
};

static void moments_are_moved_by_units_of_the_calendar(cf_db *db)
{
    struct Event *event = cf_add(db, Event, .name = "x");
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++) {
        event->at = cf_optional(time_of(sums[i].time));
        event->count = cf_optional(sums[i].count);
        event->day = cf_optional(cf_time_date(event->at.value));
        cf_flush(db);
        const char *by_column =
            words_of(cf_select_time(db, cf_time_plus(Event.at, Event.count, sums[i].unit), .from = Event));
        const char *by_value =
            words_of(cf_select_time(db, cf_time_plus(event->at.value, sums[i].count, sums[i].unit), .from = Event));
        if (strcmp(by_column, sums[i].expected) != 0 || strcmp(by_value, sums[i].expected) != 0)
            fail_msg("%s plus %lld of unit %d: %s, by values %s", sums[i].time, (long long)sums[i].count, sums[i].unit,
                     by_column, by_value);
        if (sums[i].unit <= CF_HOUR)
            continue;
        const char *date =
            words_of_date(cf_select_date(db, cf_time_plus(Event.day, Event.count, sums[i].unit), .from = Event));
        const char *of_value = words_of_date(
            cf_select_date(db, cf_time_plus(event->day.value, sums[i].count, sums[i].unit), .from = Event));
        if (strncmp(date, sums[i].expected, strlen(date)) != 0 || strcmp(date, of_value) != 0)
            fail_msg("%s plus %lld of unit %d: %s, %s", sums[i].time, (long long)sums[i].count, sums[i].unit, date,
                     of_value);
    }
}

/* Also where a statement writes, and a database that takes it for an error could. */
static void what_lies_beyond_the_calendar_is_null_where_it_is_written(cf_db *db)
{
    struct Event *event = cf_add(db, Event, .at = cf_optional(time_of("9999-12-31T23:59:59Z")),
                                 .day = cf_optional(((cf_date){ 1, 1, 1 })), .count = cf_optional(7));
    cf_commit(db);
    assert_int_equal(cf_update_all(db, Event, .all = true,
                                   .set = { cf_set(Event.at, cf_time_plus(Event.at, Event.count, CF_WEEK)),
                                            cf_set(Event.day, cf_time_plus(Event.day, -1, CF_DAY)) }),
                     1);
    cf_refresh(db, Event, event);
    assert_false(event->at.is_set);
    assert_false(event->day.is_set);
    cf_assign(db, Event, event, cf_set(Event.at, cf_time_plus(cf_database_now(), Event.count, CF_DAY)));
    cf_commit(db);
    int64_t ahead = event->at.value.microseconds - cf_now().microseconds;
    assert_in_range(ahead, 7 * INT64_C(86400000000) - 60000000, 7 * INT64_C(86400000000) + 60000000);
}

static void moments_that_are_moved_stand_in_conditions(cf_db *db)
{
    cf_add(db, Event, .at = cf_optional(time_of("2026-01-31T10:00:00.000001Z")),
           .day = cf_optional(((cf_date){ 2026, 3, 1 })), .count = cf_optional(30), .few = 2);
    cf_add(db, Event, .at = cf_optional(time_of("2026-01-31T10:00:00Z")), .count = cf_optional(-30));
    cf_add(db, Event, .count = cf_optional(1));
    cf_commit(db);
    cf_time half = time_of("2026-01-31T10:30:00.000001Z");
    assert_int_equal(cf_count(db, Event, .where = cf_eq(cf_time_plus(Event.at, Event.count, CF_MINUTE), half)), 1);
    assert_int_equal(cf_count(db, Event, .where = cf_lt(cf_time_plus(Event.at, Event.count, CF_MINUTE), Event.at)), 1);
    assert_int_equal(cf_count(db, Event,
                              .where = cf_eq(cf_time_plus(Event.at, 1, CF_MONTH), time_of("2026-02-28T10:00:00Z"))),
                     1);
    assert_int_equal(cf_count(db, Event,
                              .where = cf_eq(cf_time_plus(Event.day, cf_minus(0, Event.few), CF_DAY),
                                             ((cf_date){ 2026, 2, 27 }))),
                     1);
    assert_int_equal(cf_count(db, Event, .where = cf_eq(Event.day, cf_time_plus(cf_cast(Event.at, Date), 29, CF_DAY))),
                     1);
    assert_int_equal(cf_count(db, Event, .where = cf_is_null(cf_time_plus(Event.at, Event.few, CF_YEAR))), 1);
    cf_expr *twice = cf_time_plus(cf_time_plus(Event.at, 1, CF_MONTH), 3, CF_DAY);
    assert_string_equal(words_of(cf_select_time(db, twice, .from = Event, .order_by = { cf_desc(twice) })),
                        "2026-03-03T10:00:00.000001Z");
    cf_expr *month = cf_truncate(cf_time_plus(Event.at, 1, CF_DAY), CF_MONTH);
    struct Moment_list months =
        cf_select(db, Moment, .from = Event, .group_by = { month }, .order_by = { cf_asc(month) },
                  .columns = { .at = month, .day = cf_min_of(Event.day), .seconds = cf_sum_of(Event.few) });
    assert_int_equal(months.count, 2);
    assert_string_equal(words_of(months.items[0]->at), "2026-02-01T00:00:00Z");
    struct Moment_list nulls = cf_select(db, Moment, .from = Event, .where = cf_is_null(Event.at),
                                         .columns = { .at = cf_time_plus(Event.at, 1, CF_DAY),
                                                      .day = cf_time_plus(Event.day, Event.count, CF_DAY),
                                                      .seconds = cf_seconds_between(Event.at, Event.day) });
    assert_false(nulls.items[0]->at.is_set);
    assert_false(nulls.items[0]->day.is_set);
    assert_false(nulls.items[0]->seconds.is_set);
}

static void assert_between(cf_db *db, const char *later, const char *earlier, double expected)
{
    struct Event *event = cf_find_one(db, Event);
    event = event ? event : cf_add(db, Event, .name = "x");
    event->at = cf_optional(time_of(later));
    cf_flush(db);
    cf_optional_number seconds = cf_select_number(db, cf_seconds_between(Event.at, time_of(earlier)), .from = Event);
    cf_optional_number back = cf_select_number(db, cf_seconds_between(time_of(earlier), Event.at), .from = Event);
    assert_true(seconds.is_set && back.is_set);
    if (seconds.value != expected || back.value != -expected)
        fail_msg("%s - %s: %.17g and %.17g", later, earlier, seconds.value, back.value);
}

static void seconds_between_moments_have_fractions(cf_db *db)
{
    assert_between(db, "2026-01-02T03:04:05.678901Z", "2026-01-02T03:04:05.678901Z", 0);
    assert_between(db, "2026-01-02T03:04:05.678901Z", "2026-01-02T03:04:05.678900Z", 1e-6);
    assert_between(db, "2026-01-02T00:00:00Z", "2026-01-01T23:59:58.5Z", 1.5);
    assert_between(db, "2024-03-01T00:00:00Z", "2024-02-28T00:00:00Z", 172800);
    assert_between(db, "1970-01-01T00:00:00Z", "1969-12-31T23:59:59.999999Z", 1e-6);
    assert_between(db, "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", 315537897599.);
    struct Event *event = cf_find_one(db, Event);
    event->day = cf_optional(((cf_date){ 2026, 1, 2 }));
    event->at = cf_optional(time_of("2026-01-03T00:00:00.25Z"));
    cf_flush(db);
    assert_true(cf_select_number(db, cf_seconds_between(Event.at, Event.day), .from = Event).value == 86400.25);
    assert_true(cf_select_number(db, cf_seconds_between(Event.day, ((cf_date){ 2026, 1, 1 })), .from = Event).value ==
                86400);
    cf_expr *longer = cf_gt(cf_seconds_between(cf_database_now(), cf_time_plus(cf_now(), -5, CF_MINUTE)), 200);
    assert_int_equal(cf_count(db, Event, .where = longer), 1);
}

static void move_a_date_by_hours(void *db)
{
    cf_count(db, Event, .where = cf_is_null(cf_time_plus(Event.day, 1, CF_HOUR)));
}

static void move_a_text(void *db)
{
    cf_count(db, Event, .where = cf_is_null(cf_time_plus(cf_lower(Event.name), 1, CF_DAY)));
}

static void move_what_is_not_known(void *db)
{
    cf_count(db, Event, .where = cf_is_null(cf_time_plus(cf_function("now"), 1, CF_DAY)));
}

static void move_by_a_fraction(void *db)
{
    cf_count(db, Event, .where = cf_is_null(cf_time_plus(Event.at, cf_literal(1.5), CF_DAY)));
}

static void move_by_no_unit(void *db)
{
    cf_count(db, Event, .where = cf_is_null(cf_time_plus(Event.at, 1, (enum cf_time_unit)CF_WEEKDAY)));
}

static void what_is_no_time_is_refused(cf_db *db)
{
    assert_string_equal(error_of(move_a_date_by_hours, db)->message,
                        "cf_time_plus of day: a Date has no hours, minutes and seconds: cf_cast it to DateTime");
    assert_string_equal(error_of(move_a_text, db)->message,
                        "cf_time_plus is of a DateTime or a Date, not of what is like a text");
    assert_string_equal(error_of(move_what_is_not_known, db)->message,
                        "cf_time_plus: the type of its argument is not known: cf_cast it to DateTime or Date");
    assert_string_equal(error_of(move_by_a_fraction, db)->message,
                        "cf_time_plus counts by integers, not by what is like a number");
    assert_string_equal(error_of(move_by_no_unit, db)->message, "cf_time_plus: there is no such unit of time");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(arithmetic_of_times_is_spelt_for_each_database),
        SESSION_TEST(moments_are_moved_by_units_of_the_calendar),
        SESSION_TEST(what_lies_beyond_the_calendar_is_null_where_it_is_written),
        SESSION_TEST(moments_that_are_moved_stand_in_conditions),
        SESSION_TEST(seconds_between_moments_have_fractions),
        SESSION_TEST(what_is_no_time_is_refused),
    };
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
