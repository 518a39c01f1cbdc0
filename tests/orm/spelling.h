/* SPDX-License-Identifier: MIT
 *
 * For tests of queries: rows of the models in queries.h, the SQL of a query or an expression as text for three kinds of
 * database, and its value on a real one.
 */
#ifndef TESTS_ORM_SPELLING_H
#define TESTS_ORM_SPELLING_H

#include "sql.h"

/* Three sensors in a row, readings of the first two, tags of the first. */
static inline void fill(cf_db *db)
{
    cf_sql_execute(
        db, "INSERT INTO sensors (id, name, parent_id) VALUES (1, 'roof', NULL), (2, 'Cellar', 1), (3, 'attic', 2)");
    cf_sql_execute(db, "INSERT INTO tags (id, word) VALUES (1, 'old'), (2, 'new')");
    cf_sql_execute(db, "INSERT INTO sensor_tags (sensor_id, tag_id) VALUES (1, 1), (1, 2), (2, 2)");
    cf_add(db, Reading, .sensor_id = 1, .at = ((cf_time){ 1767323045678901 }), .day = ((cf_date){ 2026, 1, 2 }),
           .number = cf_optional(2.5), .amount = 7, .price = cf_decimal_of(1250, 2), .note = " Kim ", .good = true,
           .state = State_stale);
    cf_add(db, Reading, .sensor_id = 1, .at = ((cf_time){ 1767323099000000 }), .day = ((cf_date){ 2026, 1, 2 }),
           .amount = -2, .price = cf_decimal_of(1000, 2), .good = false, .state = State_fresh);
    cf_add(db, Reading, .sensor_id = 2, .at = ((cf_time){ 1767323160000000 }), .day = ((cf_date){ 2026, 1, 3 }),
           .number = cf_optional(4.0), .amount = 10, .price = cf_decimal_of(300, 2), .note = "lee", .good = true,
           .state = State_fresh);
    cf_commit(db);
    sent();
}

/* ---- SQL as text ------------------------------------------------------------------------------------------------ */

static inline void assert_where(const cf_expr *where, const char *sqlite, const char *postgres, const char *mariadb)
{
    assert_sql(cf_subquery_of(Sensor.id, .from = Sensor, .where = where), sqlite, postgres, mariadb);
}

/* The same of an expression of readings. */
static inline const char *expression_in(const struct cf_dialect *dialect, const cf_expr *expression)
{
    static const char before[] = "SELECT ", after[] = " FROM readings";
    const char *sql = sql_in(dialect, cf_subquery_of(expression, .from = Reading));
    size_t size = strlen(sql) - strlen(after);
    assert_string_equal(sql + size, after);
    return cf_format(&cf__current()->head, "%.*s", (int)(size - strlen(before)), sql + strlen(before));
}

static inline void assert_spelt(const cf_expr *expression, const char *sqlite, const char *postgres,
                                const char *mariadb)
{
    assert_string_equal(expression_in(&cf__sqlite_dialect, expression), sqlite);
    assert_string_equal(expression_in(&postgres_dialect, expression), postgres ? postgres : numbered(sqlite));
    assert_string_equal(expression_in(&mariadb_dialect, expression), mariadb ? mariadb : sqlite);
}

/* ---- Values ----------------------------------------------------------------------------------------------------- */

#define FIRST .where = cf_eq(Reading.id, 1)
#define ASK(Shape, field, expression) \
    (cf_select_one(db, Shape, .from = Reading, .columns = { expression }, FIRST)->field)
#define ASK_ALL(Shape, field, expression) (cf_select_one(db, Shape, .from = Reading, .columns = { expression })->field)

static inline void assert_integer(cf_optional_integer value, int64_t expected)
{
    assert_true(value.is_set);
    assert_int_equal(value.value, expected);
}

static inline void assert_number(cf_optional_number value, double expected)
{
    assert_true(value.is_set);
    assert_true(value.value == expected);
}

static inline void assert_price(cf_optional_decimal value, const char *expected)
{
    char text[CF_DECIMAL_TEXT];
    assert_true(value.is_set);
    cf_decimal_format(value.value, text);
    assert_string_equal(text, expected);
}

static inline void assert_moment(cf_optional_time value, const char *expected)
{
    char text[CF_TIME_TEXT];
    assert_true(value.is_set);
    cf_time_format(value.value, text);
    assert_string_equal(text, expected);
}

/* "1:roof 2:Cellar" */
static inline const char *names(struct Named_list list)
{
    const char *text = "";
    for
        cf_each (row, list)
            text = cf_format(&cf__current()->head, "%s%s%d:%s", text, *text ? " " : "", (int)row->id, row->name);
    return text;
}

#endif
