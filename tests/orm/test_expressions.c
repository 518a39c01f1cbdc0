/* SPDX-License-Identifier: MIT
 *
 * Expressions: their SQL as text for three kinds of database, and what they give on a real one.
 */
#include <carafe/bulk.h>

#include "queries.h"
#include "support.h"

#include "spelling.h"

static void arithmetic_gives_the_same_on_every_database(cf_db *db)
{
    fill(db);
    assert_spelt(cf_plus(Reading.amount, 1), "amount + ?", NULL, NULL);
    assert_spelt(cf_minus(10, Reading.amount), "? - amount", NULL, NULL);
    assert_spelt(cf_times(cf_plus(Reading.amount, 1), Reading.number), "(amount + ?) * number", NULL, NULL);
    assert_spelt(cf_plus(cf_times(Reading.amount, 2), Reading.id), "amount * ? + id", NULL, NULL);
    assert_spelt(cf_divided_by(Reading.amount, 2), "amount / nullif(?, 0)", NULL, "amount DIV nullif(?, 0)");
    assert_spelt(cf_divided_by(Reading.number, 2), "number * 1.0 / nullif(?, 0)", "number / nullif($1, 0)",
                 "number / nullif(?, 0)");
    assert_spelt(cf_divided_by(Reading.price, Reading.amount), "price * 1.0 / nullif(amount, 0)",
                 "price / nullif(amount, 0)", "price / nullif(amount, 0)");
    assert_spelt(cf_modulo(Reading.amount, 4), "amount % nullif(?, 0)", NULL, NULL);
    assert_spelt(cf_times(Reading.price, cf_decimal_of(25, 1)), "price * ?", NULL, NULL);
    assert_spelt(cf_gt(cf_plus(Reading.price, Reading.amount), cf_decimal_of(25, 1)),
                 "price + amount > CAST(? AS NUMERIC)", "price + amount > $1", "price + amount > ?");
    assert_spelt(cf_abs(Reading.amount), "abs(amount)", NULL, NULL);
    assert_spelt(cf_round(Reading.number, 1), "round(number, 1)",
                 "CAST(round(CAST(number AS NUMERIC), 1) AS DOUBLE PRECISION)",
                 "CAST(round(CAST(number AS DECIMAL(65, 20)), 1) AS DOUBLE)");
    assert_spelt(cf_round(Reading.price, 1), "(round(round((price) * 1e1, 6)) / 1e1)", "round(price, 1)",
                 "round(price, 1)");
    assert_integer(ASK(Whole, integer, cf_plus(Reading.amount, 1)), 8);
    assert_integer(ASK(Whole, integer, cf_minus(10, Reading.amount)), 3);
    assert_integer(ASK(Whole, integer, cf_divided_by(Reading.amount, 2)), 3);
    assert_integer(ASK(Whole, integer, cf_divided_by(cf_minus(0, Reading.amount), 2)), -3);
    assert_integer(ASK(Whole, integer, cf_modulo(Reading.amount, 4)), 3);
    assert_integer(ASK(Whole, integer, cf_modulo(cf_minus(0, Reading.amount), 4)), -3);
    assert_false(ASK(Whole, integer, cf_divided_by(Reading.amount, 0)).is_set);
    assert_false(ASK(Whole, integer, cf_modulo(Reading.amount, 0)).is_set);
    assert_false(ASK(Fraction, number, cf_divided_by(Reading.number, 0)).is_set);
    assert_integer(ASK(Whole, integer, cf_abs(cf_minus(2, Reading.amount))), 5);
    assert_number(ASK(Fraction, number, cf_divided_by(Reading.number, 2)), 1.25);
    assert_number(ASK(Fraction, number, cf_times(Reading.number, Reading.amount)), 17.5);
    assert_number(ASK(Fraction, number, cf_plus(Reading.amount, 1)), 8);
    assert_number(ASK(Fraction, number, cf_round(Reading.number, 0)), 3);
    assert_number(ASK(Fraction, number, cf_round(cf_minus(0, Reading.number), 0)), -3);
    assert_price(ASK(Price, price, cf_round(cf_literal(cf_decimal_of(15, 2)), 1)), "0.2000");
    assert_price(ASK(Price, price, cf_round(cf_literal(cf_decimal_of(-1005, 3)), 2)), "-1.0100");
    assert_price(ASK(Price, price, cf_round(cf_literal(cf_decimal_of(2675, 3)), 2)), "2.6800");
    assert_price(ASK(Price, price, cf_round(cf_literal(cf_decimal_of(12345, 1)), -2)), "1200.0000");
    assert_price(ASK(Price, price, cf_cast(cf_literal(cf_decimal_of(1005, 3)), Numeric(8, 2))), "1.0100");
    assert_price(ASK(Price, price, cf_times(Reading.price, cf_decimal_of(25, 1))), "31.2500");
    assert_price(ASK(Price, price, cf_divided_by(cf_literal(cf_decimal_of(10, 0)), cf_literal(cf_decimal_of(4, 0)))),
                 "2.5000");
    assert_price(ASK(Price, price, cf_plus(Reading.amount, 1)), "8.0000");
    assert_int_equal(cf_count(db, Reading,
                              .where = cf_gt(cf_plus(Reading.price, Reading.amount), cf_decimal_of(195, 1))),
                     0);
    assert_int_equal(cf_count(db, Reading,
                              .where = cf_ge(cf_plus(Reading.price, Reading.amount), cf_decimal_of(195, 1))),
                     1);
    assert_int_equal(cf_count(db, Reading,
                              .where = cf_eq(cf_divided_by(Reading.price, Reading.amount), cf_decimal_of(-5, 0))),
                     1);
}

static void texts_are_joined_cut_and_compared(cf_db *db)
{
    fill(db);
    assert_spelt(cf_concat(Reading.note, "!", cf_lower(Reading.note)), "note || ? || lower(note)", NULL, NULL);
    assert_spelt(cf_lower(Reading.note), "lower(note)", NULL, NULL);
    assert_spelt(cf_upper(Reading.note), "upper(note)", NULL, NULL);
    assert_spelt(cf_length(Reading.note), "length(note)", "CAST(length(note) AS BIGINT)", "char_length(note)");
    assert_spelt(cf_trim(Reading.note), "trim(note)", NULL, NULL);
    assert_spelt(cf_coalesce(Reading.note, "none"), "coalesce(note, ?)", NULL, NULL);
    assert_spelt(cf_coalesce(Reading.number, 0), "coalesce(number, ?)", NULL, NULL);
    assert_spelt(cf_coalesce(Reading.number, Reading.number, 1.5), "coalesce(number, number, ?)", NULL, NULL);
    assert_spelt(cf_ilike(Reading.note, "k%"), "note LIKE ?", "note ILIKE $1 ESCAPE ''", "lower(note) LIKE lower(?)");
    assert_spelt(cf_like(cf_lower(Reading.note), "k%"), "lower(note) GLOB ?", "lower(note) LIKE $1 ESCAPE ''",
                 "lower(note) LIKE ?");
    assert_spelt(cf_like(Reading.note, Reading.note),
                 "note GLOB replace(replace(replace(replace(replace(note, '[', '[[]'), '*', '[*]'), '?', '[?]'), '%', "
                 "'*'), '_', '?')",
                 "note LIKE note ESCAPE ''", "note LIKE note");
    assert_spelt(cf_contains(cf_concat(Reading.note, "a"), "b"), "instr(note || ?, ?) > 0",
                 "strpos(note || $1, $2) > 0", "LOCATE(?, note || ?) > 0");
    assert_spelt(cf_function("soundex", Reading.note), "soundex(note)", NULL, NULL);
    assert_spelt(cf_function("random"), "random()", NULL, NULL);
    assert_spelt(cf_function("nullif", Reading.amount, 7), "nullif(amount, ?)", NULL, NULL);
    assert_string_equal(ASK(Words, text, cf_concat("<", Reading.note, ">")), "< Kim >");
    assert_string_equal(ASK(Words, text, cf_upper(cf_trim(Reading.note))), "KIM");
    assert_string_equal(ASK(Words, text, cf_lower(cf_trim(Reading.note))), "kim");
    assert_integer(ASK(Whole, integer, cf_length(Reading.note)), 5);
    assert_integer(ASK(Whole, integer, cf_length("\xc3\xa4\xe2\x82\xac")), 2);
    assert_string_equal(ASK(Words, text,
                            cf_coalesce(cf_cast(cf_function("nullif", Reading.note, Reading.note), Text), "none")),
                        "none");
    assert_int_equal(cf_count(db, Reading, .where = cf_eq(cf_coalesce(Reading.number, 0), 0)), 1);
    assert_int_equal(cf_count(db, Reading, .where = cf_ilike(Reading.note, "L%")), 1);
    assert_int_equal(cf_count(db, Sensor, .where = cf_ilike(Sensor.name, "c%")), 1);
    assert_int_equal(cf_count(db, Sensor, .where = cf_eq(cf_lower(Sensor.name), "cellar")), 1);
    assert_int_equal(cf_count(db, Reading, .where = cf_gt(cf_length(Reading.note), 3)), 1);
}

static void texts_are_found_without_regard_to_case(cf_db *db)
{
    fill(db);
    cf_sql_execute(db, "INSERT INTO tags (id, word) VALUES (3, '50% Off_x'), (4, 'O''Neill')");
    assert_spelt(cf_icontains(Reading.note, "K"), "instr(lower(note), lower(?)) > 0",
                 "strpos(lower(note), lower($1)) > 0", "LOCATE(lower(?), lower(note)) > 0");
    assert_spelt(cf_istarts_with(Reading.note, "K"), "substr(lower(note), 1, length(?)) = lower(?)", NULL,
                 "LEFT(lower(note), CHAR_LENGTH(lower(?))) = lower(?)");
    assert_spelt(cf_iends_with(Reading.note, "K"), "substr(lower(note), length(note) - length(?) + 1) = lower(?)", NULL,
                 "RIGHT(lower(note), CHAR_LENGTH(lower(?))) = lower(?)");
#define FOUND(condition) cf_count(db, Tag, .where = condition)
    assert_int_equal(FOUND(cf_icontains(Tag.word, "OFF")), 1);
    assert_int_equal(FOUND(cf_contains(Tag.word, "OFF")), 0);
    assert_int_equal(FOUND(cf_icontains(Tag.word, "% oFF_")), 1);
    assert_int_equal(FOUND(cf_icontains(Tag.word, "off%")), 0);
    assert_int_equal(FOUND(cf_icontains(Tag.word, "")), 4);
    assert_int_equal(FOUND(cf_icontains(Tag.word, "o'n")), 1);
    assert_int_equal(FOUND(cf_istarts_with(Tag.word, "O")), 2);
    assert_int_equal(FOUND(cf_istarts_with(Tag.word, "OL")), 1);
    assert_int_equal(FOUND(cf_istarts_with(Tag.word, "OLDER")), 0);
    assert_int_equal(FOUND(cf_istarts_with(Tag.word, "")), 4);
    assert_int_equal(FOUND(cf_iends_with(Tag.word, "_X")), 1);
    assert_int_equal(FOUND(cf_iends_with(Tag.word, "older")), 0);
    assert_int_equal(FOUND(cf_iends_with(Tag.word, "")), 4);
    assert_int_equal(FOUND(cf_iends_with(cf_concat(Tag.word, "D"), cf_concat("L", "dd"))), 1);
    assert_int_equal(cf_count(db, Reading, .where = cf_not(cf_icontains(Reading.note, "KIM"))),
                     1); /* NULL is neither */
}

/* Within a minute of the program's clock, the server being on the same machine. */
static void assert_present(cf_time time)
{
    assert_true(llabs(time.microseconds - cf_now().microseconds) < 60000000);
}

static void the_database_knows_the_time(cf_db *db)
{
    fill(db);
    assert_spelt(cf_database_now(), "strftime('%Y-%m-%d %H:%M:%f000', 'now')", "(now() AT TIME ZONE 'UTC')",
                 "utc_timestamp(6)");
    assert_spelt(cf_database_today(), "date('now')", "CAST(now() AT TIME ZONE 'UTC' AS DATE)", "utc_date()");
    assert_present(ASK(Moment, moment, cf_database_now()).value);
    cf_date before = cf_time_date(cf_now()), today = cf_select_date(db, cf_database_today(), .from = Reading).value;
    assert_true(memcmp(&today, &before, sizeof today) == 0 || cf_time_date(cf_now()).day != before.day);
    assert_int_equal(cf_count(db, Reading, .where = cf_lt(Reading.at, cf_database_now())), 3);
    assert_int_equal(cf_count(db, Reading, .where = cf_gt(cf_database_now(), cf_ago(1, CF_HOUR))), 3);
    assert_int_equal(cf_count(db, Reading, .where = cf_lt(Reading.day, cf_database_today())), 3);
    assert_int_equal(cf_update_all(db, Reading, .where = cf_eq(Reading.id, 1),
                                   .set = { cf_set(Reading.at, cf_database_now()),
                                            cf_set(Reading.day, cf_database_today()) }),
                     1);
    struct Reading *second = cf_get(db, Reading, 2);
    cf_assign(db, Reading, second, cf_set(Reading.at, cf_database_now()));
    cf_commit(db);
    assert_present(second->at);
    struct Reading *first = cf_get(db, Reading, 1, .refresh = true);
    assert_present(first->at);
    cf_expr *same = cf_and(cf_eq(Reading.at, first->at), cf_eq(cf_column(Reading.at), first->at)),
            *one = cf_eq(Reading.id, 1);
    assert_int_equal(cf_count(db, Reading, .where = cf_and(same, one)), 1); /* stored as any other */
    assert_int_equal(cf_count(db, Reading, .where = cf_eq(Reading.day, today)), 1);
    assert_int_equal(cf_count(db, Reading, .where = cf_eq(cf_extract(cf_database_now(), CF_YEAR), 1999)), 0);
}

static void comparisons_take_expressions_on_either_side(cf_db *db)
{
    fill(db);
    assert_spelt(cf_is_distinct_from(Reading.note, "lee"), "note IS NOT ?", "note IS DISTINCT FROM $1",
                 "NOT (note <=> ?)");
    assert_spelt(cf_is_not_distinct_from(Reading.number, 4), "number IS ?", "number IS NOT DISTINCT FROM $1",
                 "number <=> ?");
    assert_spelt(cf_not_in(Reading.amount, 1, 2), "amount NOT IN (?, ?)", NULL, NULL);
    assert_spelt(cf_not(cf_in(Reading.amount, 1, 2)), "NOT amount IN (?, ?)", NULL, NULL);
    assert_spelt(cf_eq(5, cf_plus(Reading.amount, 1)), "? = amount + ?", NULL, NULL);
    assert_spelt(cf_between(cf_plus(Reading.amount, 1), 3, 9), "amount + ? BETWEEN ? AND ?", NULL, NULL);
    assert_spelt(cf_in(cf_abs(Reading.amount), 2, 7), "abs(amount) IN (?, ?)", NULL, NULL);
    assert_spelt(cf_eq(cf_gt(Reading.amount, 1), Reading.good), "(amount > ?) = good", NULL, NULL);
    assert_spelt(cf_eq(cf_column(Reading.state), State_fresh), "state = ?", NULL, NULL);
    assert_int_equal(cf_count(db, Reading, .where = cf_is_distinct_from(Reading.note, "lee")), 2);
    assert_int_equal(cf_count(db, Reading, .where = cf_is_not_distinct_from(Reading.number, Reading.number)), 3);
    assert_int_equal(cf_count(db, Reading, .where = cf_not_in(Reading.amount, 7, 10)), 1);
    assert_int_equal(cf_count(db, Reading, .where = cf_eq(8, cf_plus(Reading.amount, 1))), 1);
    assert_int_equal(cf_count(db, Reading, .where = cf_in(cf_abs(Reading.amount), 2, 7)), 2);
    assert_int_equal(cf_count(db, Reading, .where = cf_eq(cf_gt(Reading.amount, 1), true)), 2);
    assert_int_equal(cf_count(db, Reading, .where = cf_eq(cf_column(Reading.state), State_fresh)), 2);
    assert_int_equal(cf_count(db, Reading, .where = cf_eq(cf_column(Reading.price), cf_decimal_of(10, 0))), 1);
}

static void times_are_truncated_and_taken_apart(cf_db *db)
{
    fill(db);
    assert_spelt(cf_truncate(Reading.at, CF_SECOND), "substr(at, 1, 19) || '.000000'", "date_trunc('second', at)",
                 "CAST(date_format(at, '%Y-%m-%d %H:%i:%s') AS DATETIME(6))");
    assert_spelt(cf_truncate(Reading.at, CF_MINUTE), "substr(at, 1, 16) || ':00.000000'", "date_trunc('minute', at)",
                 "CAST(date_format(at, '%Y-%m-%d %H:%i:00') AS DATETIME(6))");
    assert_spelt(cf_truncate(Reading.at, CF_HOUR), "substr(at, 1, 13) || ':00:00.000000'", "date_trunc('hour', at)",
                 "CAST(date_format(at, '%Y-%m-%d %H:00:00') AS DATETIME(6))");
    assert_spelt(cf_truncate(Reading.at, CF_DAY), "substr(at, 1, 10) || ' 00:00:00.000000'", "date_trunc('day', at)",
                 "CAST(date_format(at, '%Y-%m-%d 00:00:00') AS DATETIME(6))");
    assert_spelt(cf_truncate(Reading.at, CF_MONTH), "substr(at, 1, 7) || '-01 00:00:00.000000'",
                 "date_trunc('month', at)", "CAST(date_format(at, '%Y-%m-01 00:00:00') AS DATETIME(6))");
    assert_spelt(cf_truncate(Reading.at, CF_YEAR), "substr(at, 1, 4) || '-01-01 00:00:00.000000'",
                 "date_trunc('year', at)", "CAST(date_format(at, '%Y-01-01 00:00:00') AS DATETIME(6))");
    assert_spelt(cf_extract(Reading.at, CF_SECOND), "CAST(strftime('%S', at) AS INTEGER)",
                 "CAST(floor(extract(SECOND FROM at)) AS BIGINT)", "extract(SECOND FROM at)");
    assert_spelt(cf_extract(Reading.at, CF_MINUTE), "CAST(strftime('%M', at) AS INTEGER)",
                 "CAST(extract(MINUTE FROM at) AS BIGINT)", "extract(MINUTE FROM at)");
    assert_spelt(cf_extract(Reading.at, CF_HOUR), "CAST(strftime('%H', at) AS INTEGER)",
                 "CAST(extract(HOUR FROM at) AS BIGINT)", "extract(HOUR FROM at)");
    assert_spelt(cf_extract(Reading.day, CF_DAY), "CAST(strftime('%d', day) AS INTEGER)",
                 "CAST(extract(DAY FROM day) AS BIGINT)", "extract(DAY FROM day)");
    assert_spelt(cf_extract(Reading.day, CF_MONTH), "CAST(strftime('%m', day) AS INTEGER)",
                 "CAST(extract(MONTH FROM day) AS BIGINT)", "extract(MONTH FROM day)");
    assert_spelt(cf_extract(Reading.at, CF_YEAR), "CAST(strftime('%Y', at) AS INTEGER)",
                 "CAST(extract(YEAR FROM at) AS BIGINT)", "extract(YEAR FROM at)");
    assert_moment(ASK(Moment, moment, cf_column(Reading.at)), "2026-01-02T03:04:05.678901Z");
    assert_moment(ASK(Moment, moment, cf_truncate(Reading.at, CF_SECOND)), "2026-01-02T03:04:05Z");
    assert_moment(ASK(Moment, moment, cf_truncate(Reading.at, CF_MINUTE)), "2026-01-02T03:04:00Z");
    assert_moment(ASK(Moment, moment, cf_truncate(Reading.at, CF_HOUR)), "2026-01-02T03:00:00Z");
    assert_moment(ASK(Moment, moment, cf_truncate(Reading.at, CF_DAY)), "2026-01-02T00:00:00Z");
    assert_moment(ASK(Moment, moment, cf_truncate(Reading.at, CF_MONTH)), "2026-01-01T00:00:00Z");
    assert_moment(ASK(Moment, moment, cf_truncate(Reading.at, CF_YEAR)), "2026-01-01T00:00:00Z");
    assert_integer(ASK(Whole, integer, cf_extract(Reading.at, CF_SECOND)), 5);
    assert_integer(ASK(Whole, integer, cf_extract(Reading.at, CF_MINUTE)), 4);
    assert_integer(ASK(Whole, integer, cf_extract(Reading.at, CF_HOUR)), 3);
    assert_integer(ASK(Whole, integer, cf_extract(Reading.day, CF_DAY)), 2);
    assert_integer(ASK(Whole, integer, cf_extract(Reading.day, CF_MONTH)), 1);
    assert_integer(ASK(Whole, integer, cf_extract(Reading.at, CF_YEAR)), 2026);
    assert_spelt(cf_extract(Reading.at, CF_WEEK), "((strftime('%j', at, '-3 days', 'weekday 4') - 1) / 7 + 1)",
                 "CAST(extract(WEEK FROM at) AS BIGINT)", "week(at, 3)");
    assert_spelt(cf_extract(Reading.at, CF_QUARTER), "((strftime('%m', at) + 2) / 3)",
                 "CAST(extract(QUARTER FROM at) AS BIGINT)", "extract(QUARTER FROM at)");
    assert_spelt(cf_extract(Reading.at, CF_WEEKDAY), "((strftime('%w', at) + 6) % 7 + 1)",
                 "CAST(extract(ISODOW FROM at) AS BIGINT)", "(weekday(at) + 1)");
    assert_spelt(cf_extract(Reading.at, CF_EPOCH), "CAST(strftime('%s', at) AS INTEGER)",
                 "CAST(floor(extract(EPOCH FROM at)) AS BIGINT)",
                 "CAST(floor(timestampdiff(MICROSECOND, '1970-01-01', at) / 1000000) AS SIGNED)");
    assert_spelt(cf_truncate(Reading.at, CF_WEEK), "strftime('%Y-%m-%d 00:00:00.000000', at, '-6 days', 'weekday 1')",
                 "date_trunc('week', at)", "CAST(date_sub(date(at), INTERVAL weekday(at) DAY) AS DATETIME(6))");
    assert_spelt(cf_truncate(Reading.at, CF_QUARTER),
                 "strftime('%Y-', at) || substr('01040710', (strftime('%m', at) - 1) / 3 * 2 + 1, 2) || '-01 "
                 "00:00:00.000000'",
                 "date_trunc('quarter', at)",
                 "CAST(date_add(makedate(year(at), 1), INTERVAL quarter(at) * 3 - 3 MONTH) AS DATETIME(6))");
    cf_time minute = { 1767323040000000 };
    assert_int_equal(cf_count(db, Reading, .where = cf_eq(cf_truncate(Reading.at, CF_MINUTE), minute)), 2);
    assert_int_equal(cf_count(db, Reading, .where = cf_lt(Reading.at, cf_ago(1, CF_MONTH))), 3);
}

static void weeks_and_quarters_are_those_of_the_calendar_everywhere(cf_db *db)
{
    static const struct {
        const char *day;
        int week, weekday, quarter, epoch;
        const char *monday, *first;
    } days[] = {
        { "2021-01-03", 53, 7, 1, 1609632000, "2020-12-28", "2021-01-01" },
        { "2021-01-04", 1, 1, 1, 1609718400, "2021-01-04", "2021-01-01" },
        { "2026-12-31", 53, 4, 4, 1798675200, "2026-12-28", "2026-10-01" },
        { "2024-12-30", 1, 1, 4, 1735516800, "2024-12-30", "2024-10-01" },
        { "2024-06-30", 26, 7, 2, 1719705600, "2024-06-24", "2024-04-01" },
        { "1969-12-31", 1, 3, 4, -86400, "1969-12-29", "1969-10-01" },
    };
    fill(db);
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        cf_date day;
        assert_true(cf_date_parse(days[i].day, &day));
        cf_time at = cf_time_of(day, (cf_clock){ 500000 });
        cf_update_all(db, Reading, .set = { cf_set(Reading.day, day), cf_set(Reading.at, at) }, .all = true);
        assert_integer(ASK(Whole, integer, cf_extract(Reading.day, CF_WEEK)), days[i].week);
        assert_integer(ASK(Whole, integer, cf_extract(Reading.at, CF_WEEK)), days[i].week);
        assert_integer(ASK(Whole, integer, cf_extract(Reading.day, CF_WEEKDAY)), days[i].weekday);
        assert_integer(ASK(Whole, integer, cf_extract(Reading.at, CF_WEEKDAY)), days[i].weekday);
        assert_integer(ASK(Whole, integer, cf_extract(Reading.day, CF_QUARTER)), days[i].quarter);
        assert_integer(ASK(Whole, integer, cf_extract(Reading.day, CF_EPOCH)), days[i].epoch);
        assert_integer(ASK(Whole, integer, cf_extract(Reading.at, CF_EPOCH)), days[i].epoch);
        assert_moment(ASK(Moment, moment, cf_truncate(Reading.at, CF_WEEK)),
                      cf_format(db, "%sT00:00:00Z", days[i].monday));
        assert_moment(ASK(Moment, moment, cf_truncate(Reading.at, CF_QUARTER)),
                      cf_format(db, "%sT00:00:00Z", days[i].first));
    }
    assert_int_equal(cf_count(db, Reading, .where = cf_lt(Reading.at, cf_ago(1, CF_WEEK))), 3);
    assert_int_equal(cf_count(db, Reading, .where = cf_eq(cf_times(cf_extract(Reading.at, CF_QUARTER), 2), 8)), 3);
    cf_rollback(db);
}

static void aggregates_may_be_of_different_values_only(cf_db *db)
{
    fill(db);
    cf_update_all(db, Reading, .set = { cf_set(Reading.amount, 7), cf_set(Reading.note, "lee") },
                  .where = cf_gt(Reading.id, 1));
    assert_spelt(cf_distinct(cf_sum_of(Reading.amount)), "sum(DISTINCT amount)", "CAST(sum(DISTINCT amount) AS BIGINT)",
                 "sum(DISTINCT amount)");
    assert_spelt(cf_distinct(cf_sum_of(Reading.number)), "sum(DISTINCT number)", NULL, NULL);
    assert_spelt(cf_distinct(cf_avg_of(Reading.amount)), "avg(DISTINCT amount)",
                 "avg(DISTINCT CAST(amount AS DOUBLE PRECISION))", "avg(DISTINCT CAST(amount AS DOUBLE))");
    assert_spelt(cf_distinct(cf_count_of(Reading.amount)), "count(DISTINCT amount)", NULL, NULL);
    assert_integer(ASK_ALL(Whole, integer, cf_sum_of(Reading.amount)), 21);
    assert_integer(ASK_ALL(Whole, integer, cf_distinct(cf_sum_of(Reading.amount))), 7);
    assert_integer(ASK_ALL(Whole, integer, cf_distinct(cf_count_of(Reading.amount))), 1);
    assert_number(ASK_ALL(Fraction, number, cf_distinct(cf_avg_of(Reading.amount))), 7);
    assert_integer(ASK_ALL(Whole, integer, cf_filter(cf_distinct(cf_sum_of(Reading.amount)), cf_gt(Reading.id, 1))), 7);
    cf_expr *notes = cf_distinct(cf_group_concat(Reading.note, ", ", .order_by = { cf_desc(Reading.note) }));
    assert_string_equal(expression_in(&postgres_dialect, notes),
                        "string_agg(DISTINCT note, ', ' ORDER BY note DESC NULLS LAST)");
    assert_string_equal(expression_in(&mariadb_dialect, notes),
                        "group_concat(DISTINCT note ORDER BY note IS NULL, note DESC SEPARATOR ', ')");
    if (world.uri)
        assert_string_equal(ASK_ALL(Words, text, notes), "lee,  Kim ");
    cf_rollback(db);
}

static void values_are_cast_and_chosen_by_conditions(cf_db *db)
{
    fill(db);
    assert_spelt(cf_cast(Reading.amount, Text), "CAST(amount AS TEXT)", NULL, "CAST(amount AS CHAR)");
    assert_spelt(cf_cast(Reading.note, String(3)), "substr(CAST(note AS TEXT), 1, 3)", "CAST(note AS VARCHAR(3))",
                 "CAST(note AS CHAR(3))");
    assert_spelt(cf_cast(Reading.number, Integer), "CAST(round(number, 0) AS INTEGER)",
                 "CAST(CAST(round(CAST(number AS NUMERIC), 0) AS DOUBLE PRECISION) AS BIGINT)",
                 "CAST(CAST(round(CAST(number AS DECIMAL(65, 20)), 0) AS DOUBLE) AS SIGNED)");
    assert_spelt(cf_cast(Reading.amount, Float), "CAST(amount AS REAL)", "CAST(amount AS DOUBLE PRECISION)",
                 "CAST(amount AS DOUBLE)");
    assert_spelt(cf_cast(Reading.amount, Boolean), "(amount <> 0)", NULL, NULL);
    assert_spelt(cf_cast(Reading.good, Integer),
                 "CAST(CASE WHEN good = ? THEN ? WHEN NOT good = ? THEN ? END AS INTEGER)",
                 "CAST(CASE WHEN good = $1 THEN $2 WHEN NOT good = $3 THEN $4 END AS BIGINT)",
                 "CAST(CASE WHEN good = ? THEN ? WHEN NOT good = ? THEN ? END AS SIGNED)");
    assert_spelt(cf_cast(Reading.number, Numeric(8, 1)), "(round(round(CAST(number AS NUMERIC) * 1e1, 6)) / 1e1)",
                 "CAST(number AS NUMERIC(8, 1))", "CAST(number AS DECIMAL(8, 1))");
    assert_spelt(cf_cast(Reading.at, Date), "date(at)", "CAST(at AS DATE)", "CAST(at AS DATE)");
    assert_spelt(cf_cast(Reading.day, DateTime), "carafe_time(day)", "CAST(day AS TIMESTAMP(6))",
                 "CAST(day AS DATETIME(6))");
    assert_spelt(cf_case(cf_when(cf_lt(Reading.amount, 0), "low"), cf_when(cf_gt(Reading.amount, 8), "high"),
                         cf_otherwise("fair")),
                 "CASE WHEN amount < ? THEN ? WHEN amount > ? THEN ? ELSE ? END", NULL, NULL);
    assert_spelt(cf_case(cf_when(cf_lt(Reading.amount, 0), 1)), "CASE WHEN amount < ? THEN ? END", NULL, NULL);
    assert_string_equal(ASK(Words, text, cf_cast(Reading.amount, Text)), "7");
    assert_string_equal(ASK(Words, text, cf_cast(cf_literal("abcdef"), String(3))), "abc");
    assert_integer(ASK(Whole, integer, cf_cast(Reading.number, Integer)), 3);
    assert_integer(ASK(Whole, integer, cf_cast(cf_literal("12"), Integer)), 12);
    assert_integer(ASK(Whole, integer, cf_cast(Reading.good, Integer)), 1);
    assert_true(ASK(Truth, truth, cf_cast(Reading.amount, Boolean)).value);
    assert_true(ASK(Truth, truth, cf_gt(Reading.amount, 6)).value);
    assert_price(ASK(Price, price, cf_cast(Reading.number, Numeric(8, 1))), "2.5000");
    assert_string_equal(ASK(Words, text, cf_case(cf_when(cf_lt(Reading.amount, 0), "low"), cf_otherwise("fair"))),
                        "fair");
    assert_false(ASK(Whole, integer, cf_case(cf_when(cf_lt(Reading.amount, 0), 1))).is_set);
    assert_string_equal(ASK(Words, text, cf_column(Reading.state)), "stale");
    assert_moment(ASK(Moment, moment, cf_cast(Reading.day, DateTime)), "2026-01-02T00:00:00Z");
    assert_moment(ASK(Moment, moment, cf_cast(Reading.at, DateTime)), "2026-01-02T03:04:05.678901Z");
    assert_moment(ASK(Moment, moment, cf_cast(cf_literal("2026-01-02 03:04:05.000001"), DateTime)),
                  "2026-01-02T03:04:05.000001Z");
    cf_uuid uuid;
    assert_true(cf_uuid_parse("00112233-4455-6677-8899-aabbccddeeff", &uuid));
    cf_expr *key = cf_cast(cf_literal("00112233-4455-6677-8899-AABBCCDDEEFF"), Uuid);
    assert_spelt(key, "lower(replace(?, '-', ''))", "CAST($1 AS UUID)", NULL);
    cf_optional_uuid found = cf_select_uuid(db, key, .from = Reading, FIRST);
    assert_memory_equal(&found.value, &uuid, sizeof uuid);
    assert_true(ASK(Truth, truth, cf_eq(key, uuid)).value);
}

static void aggregates_have_the_type_of_what_they_are_of(cf_db *db)
{
    fill(db);
    assert_spelt(cf_count_rows(), "count(*)", NULL, NULL);
    assert_spelt(cf_count_of(Reading.note), "count(note)", NULL, NULL);
    assert_spelt(cf_count_distinct(Reading.sensor_id), "count(DISTINCT sensor_id)", NULL, NULL);
    assert_spelt(cf_sum_of(Reading.amount), "sum(amount)", "CAST(sum(amount) AS BIGINT)", NULL);
    assert_spelt(cf_sum_of(Reading.number), "sum(number)", NULL, NULL);
    assert_spelt(cf_sum_of(Reading.price), "sum(price)", NULL, NULL);
    assert_spelt(cf_avg_of(Reading.amount), "avg(amount)", "avg(CAST(amount AS DOUBLE PRECISION))",
                 "avg(CAST(amount AS DOUBLE))");
    assert_spelt(cf_min_of(Reading.at), "min(at)", NULL, NULL);
    assert_spelt(cf_max_of(Reading.price), "max(price)", NULL, NULL);
    assert_integer(ASK_ALL(Whole, integer, cf_count_rows()), 3);
    assert_integer(ASK_ALL(Whole, integer, cf_count_of(Reading.note)), 2);
    assert_integer(ASK_ALL(Whole, integer, cf_count_distinct(Reading.sensor_id)), 2);
    assert_integer(ASK_ALL(Whole, integer, cf_sum_of(Reading.amount)), 15);
    assert_number(ASK_ALL(Fraction, number, cf_sum_of(Reading.number)), 6.5);
    assert_number(ASK_ALL(Fraction, number, cf_avg_of(Reading.amount)), 5);
    assert_number(ASK_ALL(Fraction, number, cf_avg_of(cf_plus(Reading.amount, Reading.id))), 7);
    assert_number(ASK_ALL(Fraction, number, cf_avg_of(Reading.number)), 3.25);
    assert_number(ASK_ALL(Fraction, number, cf_avg_of(Reading.price)), 8.5);
    assert_price(ASK_ALL(Price, price, cf_sum_of(Reading.price)), "25.5000");
    assert_price(ASK_ALL(Price, price, cf_max_of(Reading.price)), "12.5000");
    assert_moment(ASK_ALL(Moment, moment, cf_min_of(Reading.at)), "2026-01-02T03:04:05.678901Z");
    assert_string_equal(ASK_ALL(Words, text, cf_max_of(Reading.note)), "lee");
    assert_false(cf_select_one(db, Whole, .from = Reading, .columns = { cf_sum_of(Reading.amount) },
                               .where = cf_eq(Reading.id, 99))
                     ->integer.is_set);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(arithmetic_gives_the_same_on_every_database),
        SESSION_TEST(texts_are_joined_cut_and_compared),
        SESSION_TEST(texts_are_found_without_regard_to_case),
        SESSION_TEST(the_database_knows_the_time),
        SESSION_TEST(comparisons_take_expressions_on_either_side),
        SESSION_TEST(times_are_truncated_and_taken_apart),
        SESSION_TEST(weeks_and_quarters_are_those_of_the_calendar_everywhere),
        SESSION_TEST(aggregates_may_be_of_different_values_only),
        SESSION_TEST(values_are_cast_and_chosen_by_conditions),
        SESSION_TEST(aggregates_have_the_type_of_what_they_are_of),
    };
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
