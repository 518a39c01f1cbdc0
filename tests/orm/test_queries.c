/* SPDX-License-Identifier: MIT
 *
 * Queries and expressions, continued: full joins, single values, bits, tuples, aggregates of a part of the rows and of their order,
 * frames of windows.
 */
#include <carafe/bulk.h>

#include "queries.h"
#include "support.h"

#include "spelling.h"

/* clang-format off */
SHAPE(Side, (sensor, Nullable(Text)), (reading, Nullable(Integer)));
SHAPE(Spot, (sensor_id, Integer), (amount, Integer));
SHAPE(Mean, (mean, Nullable(Float)));
SHAPE(Counted, (id, Integer), (integer, Nullable(Integer)));
/* clang-format on */

static cf_db *asked;

#define WRONG(name, statement)     \
    static void name(void *unused) \
    {                              \
        (void)unused;              \
        cf_db *db = asked;         \
        (void)db;                  \
        statement;                 \
    }
struct wrong {
    void (*function)(void *);
    const char *message;
};

static void assert_wrong(cf_db *db, const struct wrong *wrongs, size_t count)
{
    asked = db;
    for (size_t i = 0; i < count; i++) {
        const cf_error *error = error_of(wrongs[i].function, NULL);
        assert_string_equal(error->message, wrongs[i].message);
        assert_int_equal(error->code, CF_INTERNAL);
    }
}
#define ASSERT_WRONG(db, wrongs) assert_wrong(db, wrongs, sizeof wrongs / sizeof wrongs[0])

static bool can(unsigned capability)
{
    return cf__engine_driver(world.engine)->capabilities & capability;
}

/* ---- Joins ------------------------------------------------------------------------------------------------------ */

static cf_subquery *full_join(void)
{
    return cf_subselect(Side, .from = Sensor,
                        .join = { cf_full_join(Reading, .on = cf_and(cf_eq(Reading.sensor_id, Sensor.id),
                                                                     cf_gt(Reading.amount, 0))) },
                        .columns = { .sensor = cf_column(Sensor.name), .reading = cf_column(Reading.id) },
                        .order_by = { cf_asc(Reading.id), cf_asc(Sensor.id) });
}

WRONG(full_join_in_mariadb, sql_in(&mariadb_dialect, full_join()))
WRONG(find_by_full_join, cf_find(db, Sensor, .join = { cf_full_join(Sensor.readings) }))
WRONG(count_by_full_join, cf_count(db, Sensor, .join = { cf_full_join(Sensor.readings) }))

static void a_full_join_keeps_the_rows_of_both_sides(cf_db *db)
{
    static const char sql[] =
        "SELECT sensors.name AS sensor, readings.id AS reading FROM sensors FULL JOIN readings ON readings.sensor_id = "
        "sensors.id AND readings.amount > ? ORDER BY readings.id NULLS LAST, sensors.id NULLS LAST";
    static const struct wrong wrongs[] = {
        { full_join_in_mariadb,
          "mariadb has no full joins: say cf_union of two queries, each with a cf_left_join to the other's table" },
        { find_by_full_join, "a full join gives rows without a Sensor: ask for them with cf_select" },
        { count_by_full_join, "a full join gives rows without a Sensor: ask for them with cf_select" },
    };
    fill(db);
    assert_string_equal(sql_in(&cf__sqlite_dialect, full_join()), sql);
    assert_string_equal(sql_in(&postgres_dialect, full_join()), numbered(sql));
    ASSERT_WRONG(db, wrongs);
    if (!can(CF_CAN_FULL_JOIN))
        return;
    struct Side_columns sides = cf_as(Side, full_join());
    struct Side_list found =
        cf_select(db, Side, .from = sides, .order_by = { cf_asc(sides.reading), cf_asc(sides.sensor) });
    assert_int_equal(found.count, 4);
    assert_string_equal(found.items[0]->sensor, "roof");
    assert_null(found.items[1]->sensor);
    assert_integer(found.items[1]->reading, 2);
    assert_string_equal(found.items[3]->sensor, "attic");
    assert_false(found.items[3]->reading.is_set);
}

static void columns_behind_an_outer_join_may_be_null_where_they_are_sorted(cf_db *db)
{
    fill(db);
    assert_sql(
        cf_subselect(Named, .from = Sensor, .join = { cf_left_join(Sensor.readings) },
                     .order_by = { cf_desc(Reading.at), cf_asc(Sensor.id) }),
        "SELECT sensors.id, sensors.name FROM sensors LEFT JOIN readings ON readings.sensor_id = sensors.id ORDER "
        "BY readings.at DESC NULLS LAST, sensors.id",
        NULL,
        "SELECT sensors.id, sensors.name FROM sensors LEFT JOIN readings ON readings.sensor_id = sensors.id ORDER "
        "BY readings.at IS NULL, readings.at DESC, sensors.id");
    assert_string_equal(names(cf_select(db, Named, .from = Sensor, .join = { cf_left_join(Sensor.readings) },
                                        .order_by = { cf_desc(Reading.at), cf_asc(Sensor.id) })),
                        "2:Cellar 1:roof 1:roof 3:attic");
}

static void null_may_come_first(cf_db *db)
{
    fill(db);
    assert_sql(cf_subselect(Named, .from = Sensor, .order_by = { cf_nulls_first(cf_desc(Sensor.parent_id)) }),
               "SELECT id, name FROM sensors ORDER BY parent_id DESC NULLS FIRST", NULL,
               "SELECT id, name FROM sensors ORDER BY parent_id IS NOT NULL, parent_id DESC");
    assert_string_equal(names(cf_select(db, Named, .from = Sensor,
                                        .order_by = { cf_nulls_first(cf_desc(Sensor.parent_id)) })),
                        "1:roof 3:attic 2:Cellar");
    assert_string_equal(names(cf_select(db, Named, .from = Sensor,
                                        .order_by = { cf_nulls_first(cf_asc(Sensor.parent_id)) })),
                        "1:roof 2:Cellar 3:attic");
}

/* ---- Single values ---------------------------------------------------------------------------------------------- */

WRONG(a_text_as_integer, cf_select_integer(db, Reading.note, .from = Reading))
WRONG(a_number_as_integer, cf_select_integer(db, cf_avg_of(Reading.amount), .from = Reading))
WRONG(a_number_as_decimal, cf_select_decimal(db, Reading.number, .from = Reading))
WRONG(an_integer_as_boolean, cf_select_boolean(db, Reading.amount, .from = Reading))
WRONG(a_time_as_text, cf_select_text(db, Reading.at, .from = Reading))

static void sum_past_all_integers(void *db)
{
    cf_select_integer((cf_db *)db, cf_sum_of(Reading.amount), .from = Reading);
}

static void add_past_all_integers(void *db)
{
    cf_select_integer((cf_db *)db, cf_plus(Reading.amount, 1), .from = Reading,
                      .order_by = { cf_desc(Reading.amount) });
}

static void an_integer_beyond_64_bits_is_out_of_range(cf_db *db)
{
    fill(db);
    cf_update_all(db, Reading, .set = { cf_set(Reading.amount, INT64_MAX) }, .where = cf_eq(Reading.id, 1));
    cf_commit(db);
    void (*const functions[])(void *) = { sum_past_all_integers, add_past_all_integers };
    for (size_t i = 0; i < 2; i++) {
        const cf_error *error = error_of(functions[i], db);
        cf_rollback(db);
        assert_int_equal(error->code, CF_INVALID);
        assert_true(strstr(error->message, "out of range") || strstr(error->message, "overflow"));
    }
}

static void a_single_value_has_the_type_that_is_asked_for(cf_db *db)
{
    static const struct wrong wrongs[] = {
        { a_text_as_integer, "cf_select_integer was given an expression of another type: it is like note" },
        { a_number_as_integer, "cf_select_integer was given an expression of another type: it is like a number" },
        { a_number_as_decimal, "cf_select_decimal was given an expression of another type: it is like number" },
        { an_integer_as_boolean, "cf_select_boolean was given an expression of another type: it is like amount" },
        { a_time_as_text, "cf_select_text was given an expression of another type: it is like at" },
    };
    fill(db);
    assert_integer(cf_select_integer(db, cf_sum_of(Reading.amount), .from = Reading), 15);
    const char *sql = sent();
    assert_string_equal(sql, world.uri ? sql : "SELECT sum(amount) FROM readings LIMIT ?\n");
    assert_integer(cf_select_integer(db, cf_sum_of(Reading.amount), .from = Reading, .where = cf_gt(Reading.amount, 0)),
                   17);
    assert_integer(cf_select_integer(db, Reading.amount, .from = Reading, .order_by = { cf_desc(Reading.amount) }), 10);
    assert_integer(cf_select_integer(db, cf_count_rows(), .from = Reading, .where = cf_eq(Reading.id, 99)), 0);
    assert_false(
        cf_select_integer(db, cf_sum_of(Reading.amount), .from = Reading, .where = cf_eq(Reading.id, 9)).is_set);
    assert_false(cf_select_integer(db, Reading.amount, .from = Reading, .where = cf_eq(Reading.id, 99)).is_set);
    assert_false(cf_select_integer(db, Sensor.parent_id, .from = Sensor, .where = cf_eq(Sensor.id, 1)).is_set);
    assert_number(cf_select_number(db, cf_avg_of(Reading.amount), .from = Reading), 5);
    assert_number(cf_select_number(db, Reading.amount, .from = Reading, FIRST), 7);
    assert_number(cf_select_number(db, Reading.price, .from = Reading, FIRST), 12.5);
    assert_price(cf_select_decimal(db, cf_sum_of(Reading.price), .from = Reading), "25.50");
    assert_price(cf_select_decimal(db, Reading.amount, .from = Reading, FIRST), "7");
    assert_price(cf_select_decimal(db, cf_literal(cf_decimal_of(125, 1)), .from = Reading, FIRST), "12.5000000000");
    assert_string_equal(cf_select_text(db, cf_lower(Reading.note), .from = Reading, FIRST), " kim ");
    assert_string_equal(cf_select_text(db, Reading.state, .from = Reading, FIRST), "stale");
    assert_null(cf_select_text(db, Reading.note, .from = Reading, .where = cf_eq(Reading.id, 2)));
    assert_true(cf_select_boolean(db, Reading.good, .from = Reading, FIRST).value);
    assert_true(cf_select_boolean(db, cf_gt(Reading.amount, 5), .from = Reading, FIRST).value);
    assert_moment(cf_select_time(db, cf_max_of(Reading.at), .from = Reading), "2026-01-02T03:06:00Z");
    assert_int_equal(cf_select_date(db, cf_max_of(Reading.day), .from = Reading).value.day, 3);
    assert_int_equal(cf_select_bytes(db, cf_cast(Reading.note, Blob), .from = Reading, FIRST).size, 5);
    assert_null(cf_select_bytes(db, cf_cast(Reading.note, Blob), .from = Reading, .where = cf_eq(Reading.id, 2)).data);
    assert_integer(cf_select_integer(db, cf_function("nullif", Reading.amount, 8), .from = Reading, FIRST), 7);
    ASSERT_WRONG(db, wrongs);
}

WRONG(a_text_among_integers, cf_select_integers(db, Reading.note, .from = Reading))

static void the_values_of_a_column_are_an_array(cf_db *db)
{
    static const struct wrong wrongs[] = {
        { a_text_among_integers, "cf_select_integers was given an expression of another type: it is like note" },
    };
    fill(db);
    struct cf_integer_values ids =
        cf_select_integers(db, Sensor.id, .from = Sensor, .order_by = { cf_desc(Sensor.id) });
    assert_int_equal(ids.count, 3);
    assert_int_equal(ids.items[0], 3);
    assert_int_equal(ids.items[2], 1);
    assert_int_equal(cf_count(db, Sensor, .where = cf_in_array(Sensor.id, ids.items, 2)), 2);
    assert_int_equal(cf_select_integers(db, Sensor.parent_id, .from = Sensor).count, 2); /* one is NULL */
    assert_int_equal(cf_select_integers(db, Sensor.id, .from = Sensor, .where = cf_eq(Sensor.id, 99)).count, 0);
    assert_int_equal(cf_select_integers(db, Sensor.id, .from = Sensor, .limit = 2, .offset = 2).count, 1);
    struct cf_text_values names =
        cf_select_texts(db, cf_lower(Sensor.name), .from = Sensor, .order_by = { cf_asc(Sensor.id) });
    assert_string_equal(names.items[0], "roof");
    assert_string_equal(names.items[1], "cellar");
    struct cf_time_values times = cf_select_times(db, Reading.at, .from = Reading, .order_by = { cf_desc(Reading.at) });
    assert_moment(((cf_optional_time){ times.items[0], true }), "2026-01-02T03:06:00Z");
    assert_price(((cf_optional_decimal){ cf_select_decimals(db, Reading.price, .from = Reading, FIRST).items[0],
                                         true }),
                 "12.50");
    assert_number(((cf_optional_number){ cf_select_numbers(db, Reading.amount, .from = Reading, FIRST).items[0],
                                         true }),
                  7);
    assert_int_equal(cf_select_dates(db, Reading.day, .from = Reading, FIRST).count, 1);
    for (int i = 0; i < 40; i++)
        cf_add(db, Tag, .id = 100 + i, .word = cf_format(db, "%d", i));
    struct cf_text_values words =
        cf_select_texts(db, Tag.word, .from = Tag, .order_by = { cf_asc(Tag.id) }, .offset = 2);
    assert_string_equal(words.items[words.count - 1], "39");
    ASSERT_WRONG(db, wrongs);
}

static void what_is_pending_is_written_before_a_value_is_asked_for(cf_db *db)
{
    fill(db);
    struct Tag *tag = cf_get(db, Tag, 1);
    tag->word = "late";
    assert_string_equal(cf_select_text(db, cf_min_of(Tag.word), .from = Tag), "late");
}

WRONG(none, cf_find_exactly_one(db, Sensor, .where = cf_eq(Sensor.id, 99)))
WRONG(several, cf_find_exactly_one(db, Sensor, .where = cf_gt(Sensor.id, 1)))

static void exactly_one_is_neither_none_nor_several(cf_db *db)
{
    fill(db);
    asked = db;
    assert_string_equal(cf_find_exactly_one(db, Sensor, .where = cf_eq(Sensor.name, "attic"))->name, "attic");
    const cf_error *error = error_of(none, NULL);
    assert_int_equal(error->code, CF_NOT_FOUND);
    assert_string_equal(error->message, "no Sensor meets the condition");
    error = error_of(several, NULL);
    assert_int_equal(error->code, CF_AMBIGUOUS);
    assert_string_equal(error->message, "more than one Sensor meets the condition");
}

/* ---- Bits ------------------------------------------------------------------------------------------------------- */

WRONG(bits_of_a_text, cf_bit_and(cf_lower(Reading.note), 1))
WRONG(a_shift_too_far, cf_shift_left(Reading.amount, 64))
WRONG(a_shift_backwards, cf_shift_right(Reading.amount, -1))

static void bits_are_those_of_signed_integers_everywhere(cf_db *db)
{
    static const struct wrong wrongs[] = {
        { bits_of_a_text, "bits are of integers, not of what is like a text" },
        { a_shift_too_far, "bits are shifted by 0 to 63, not by 64" },
        { a_shift_backwards, "bits are shifted by 0 to 63, not by -1" },
    };
    fill(db);
    assert_spelt(cf_bit_and(Reading.amount, 5), "amount & ?", NULL, "CAST(amount & ? AS SIGNED)");
    assert_spelt(cf_bit_or(Reading.amount, 5), "amount | ?", NULL, "CAST(amount | ? AS SIGNED)");
    assert_spelt(cf_bit_xor(Reading.amount, 5), "(amount | ?) - (amount & ?)", "amount # $1",
                 "CAST(amount ^ ? AS SIGNED)");
    assert_spelt(cf_plus(cf_bit_not(Reading.amount), 1), "(~amount) + ?", NULL, "(CAST(~amount AS SIGNED)) + ?");
    assert_spelt(cf_shift_left(cf_plus(Reading.amount, 1), 2), "(amount + ?) << ?",
                 "CAST((amount + $1) AS BIGINT) << CAST($2 AS INTEGER)", "CAST((amount + ?) << ? AS SIGNED)");
    assert_spelt(cf_shift_right(Reading.amount, 2), "amount >> ?", "CAST(amount AS BIGINT) >> CAST($1 AS INTEGER)",
                 "CAST(IF(amount < 0, ~(~amount >> ?), amount >> ?) AS SIGNED)");
    assert_spelt(cf_eq(cf_bit_and(Reading.amount, 1), 1), "amount & ? = ?", NULL, "CAST(amount & ? AS SIGNED) = ?");
    assert_spelt(cf_bit_or(cf_bit_and(Reading.amount, 1), 8), "(amount & ?) | ?", NULL,
                 "CAST((CAST(amount & ? AS SIGNED)) | ? AS SIGNED)");
    static const int64_t expected[2][6] = { { 5, 15, 2, -8, 28, 3 }, { 4, -2, -5, 1, -8, -1 } };
    for (int64_t id = 1; id <= 2; id++) {
        cf_expr *results[] = { cf_bit_and(Reading.amount, 5),    cf_bit_or(Reading.amount, id == 1 ? 8 : 2),
                               cf_bit_xor(Reading.amount, 5),    cf_bit_not(Reading.amount),
                               cf_shift_left(Reading.amount, 2), cf_shift_right(Reading.amount, 1) };
        for (int i = 0; i < 6; i++)
            assert_integer(cf_select_integer(db, results[i], .from = Reading, .where = cf_eq(Reading.id, id)),
                           expected[id - 1][i]);
    }
    assert_integer(cf_select_integer(db, cf_shift_left(cf_literal(1), 63), .from = Reading, FIRST), INT64_MIN);
    assert_integer(cf_select_integer(db, cf_shift_right(cf_shift_left(cf_literal(1), 63), 63), .from = Reading, FIRST),
                   -1);
    assert_integer(cf_select_integer(db, cf_bit_xor(cf_literal(INT64_MAX), -1), .from = Reading, FIRST), INT64_MIN);
    assert_integer(cf_select_integer(db, cf_bit_not(0), .from = Reading, FIRST), -1);
    assert_int_equal(cf_count(db, Reading, .where = cf_eq(cf_bit_and(Reading.amount, 2), 2)), 3);
    assert_int_equal(cf_count(db, Reading, .where = cf_eq(cf_bit_and(Reading.amount, Reading.id), 1)), 1);
    ASSERT_WRONG(db, wrongs);
}

/* ---- Texts ------------------------------------------------------------------------------------------------------ */

static void texts_are_compared_by_another_collation(cf_db *db)
{
    static const char *const collations[] = { "NOCASE", "C", "utf8mb4_general_ci" };
    const char *name = cf__engine_driver(world.engine)->dialect->name;
    const char *here = collations[strcmp(name, "sqlite") == 0 ? 0 : strcmp(name, "postgresql") == 0 ? 1 : 2];
    fill(db);
    assert_spelt(cf_eq(cf_collate(Reading.note, "NOCASE"), "KIM"), "note COLLATE \"NOCASE\" = ?", NULL, NULL);
    assert_spelt(cf_eq(cf_collate(cf_concat(Reading.note, "x"), "binary_ci"), "KIM"),
                 "(note || ?) COLLATE binary_ci = ?", NULL, NULL);
    cf_expr *collated = cf_collate_(CF_TEXTUAL_(Sensor.name), here);
    assert_string_equal(names(cf_select(db, Named, .from = Sensor, .order_by = { cf_asc(collated) })),
                        strcmp(name, "postgresql") == 0 ? "2:Cellar 3:attic 1:roof" : "3:attic 2:Cellar 1:roof");
}

static void functions_take_values_of_different_kinds(cf_db *db)
{
    fill(db);
    assert_spelt(cf_function("substr", cf_lower(Reading.note), 2, 3), "substr(lower(note), ?, ?)", NULL, NULL);
    assert_string_equal(cf_select_text(db, cf_function("replace", cf_lower(Reading.note), "k", "t"), .from = Reading,
                                       FIRST),
                        " tim ");
}

WRONG(a_value_too_few,
      sql_in(&mariadb_dialect, cf_subquery_of(cf_sql_expression("? + ?", Reading.amount), .from = Reading)))
WRONG(a_value_too_many, sql_in(&mariadb_dialect, cf_subquery_of(cf_sql_expression("'?'", 1), .from = Reading)))

static void sql_of_ones_own_is_a_part_of_a_query(cf_db *db)
{
    static const struct wrong wrongs[] = {
        { a_value_too_few, "cf_sql_expression of \"? + ?\" was given 1 values for its 2 question marks" },
        { a_value_too_many, "cf_sql_expression of \"'?'\" was given 1 values for its 0 question marks" },
    };
    fill(db);
    cf_expr *own = cf_sql_expression("CASE WHEN ? > ? THEN 'a?' ELSE upper(?) END", Reading.amount,
                                     cf_plus(Reading.sensor_id, 5), cf_lower(Reading.note));
    assert_spelt(own, "(CASE WHEN amount > (sensor_id + ?) THEN 'a?' ELSE upper(lower(note)) END)",
                 "(CASE WHEN amount > (sensor_id + $1) THEN 'a?' ELSE upper(lower(note)) END)", NULL);
    assert_spelt(cf_eq(cf_sql_expression("?? || ?", Reading.note), "x"), "(? || note) = ?", "(? || note) = $1", NULL);
    assert_string_equal(cf_select_text(db, own, .from = Reading, FIRST), "a?");
    assert_int_equal(cf_count(db, Reading, .where = cf_sql_expression("? % 2 = ?", Reading.amount, 1)), 1);
    assert_int_equal(cf_count(db, Reading, .where = cf_and(cf_sql_expression("1 = 1"), cf_eq(Reading.id, 1))), 1);
    assert_int_equal(cf_find(db, Reading, .order_by = { cf_desc(cf_sql_expression("abs(?)", Reading.amount)) }).count,
                     3);
    ASSERT_WRONG(db, wrongs);
}

static void null_has_a_type(cf_db *db)
{
    fill(db);
    cf_subquery *both =
        cf_union_all(cf_subselect(Counted, .from = Reading, .columns = { .integer = cf_column(Reading.amount) }, FIRST),
                     cf_subselect(Counted, .from = Reading, .columns = { .integer = cf_null(Integer) }, FIRST));
    struct Counted_columns counted = cf_as(Counted, both);
    assert_int_equal(cf_select_integer(db, cf_count_of(counted.integer), .from = counted).value, 1);
    assert_int_equal(cf_select_integer(db, cf_count_rows(), .from = counted).value, 2);
    assert_null(cf_select_text(db, cf_null(Text), .from = Reading, FIRST));
}

WRONG(no_order_in_sqlite,
      sql_in(&(struct cf_dialect){ .name = "elsewhere", .quote = '"' },
             cf_subquery_of(cf_group_concat(Tag.word, ",", .order_by = { cf_asc(Tag.word) }), .from = Tag)))
WRONG(texts_over_a_window, cf_over(cf_group_concat(Tag.word, ",")))

static void texts_of_a_group_are_put_together(cf_db *db)
{
    static const struct wrong wrongs[] = {
        { no_order_in_sqlite,
          "elsewhere has no order in a cf_group_concat: sort what it gives, or leave .order_by out" },
        { texts_over_a_window, "cf_over is of an aggregate, a window function, or cf_function" },
    };
    fill(db);
    assert_spelt(cf_group_concat(Reading.note, "', '"), "group_concat(note, ''', ''')", "string_agg(note, ''', ''')",
                 "group_concat(note SEPARATOR ''', ''')");
    cf_expr *ordered = cf_group_concat(Reading.note, "; ", .order_by = { cf_desc(Reading.note), cf_asc(Reading.id) });
    assert_string_equal(expression_in(&cf__sqlite_dialect, ordered),
                        "group_concat(note, '; ' ORDER BY note DESC NULLS LAST, id)");
    assert_string_equal(expression_in(&postgres_dialect, ordered),
                        "string_agg(note, '; ' ORDER BY note DESC NULLS LAST, id)");
    assert_string_equal(expression_in(&mariadb_dialect, ordered),
                        "group_concat(note ORDER BY note IS NULL, note DESC, id SEPARATOR '; ')");
    assert_string_equal(cf_select_text(db, cf_group_concat(Tag.word, ", "), .from = Tag, .where = cf_eq(Tag.id, 1)),
                        "old");
    assert_int_equal(strlen(cf_select_text(db, cf_group_concat(Tag.word, ", "), .from = Tag)), strlen("new, old"));
    assert_int_equal(strlen(cf_select_text(db, cf_group_concat(Reading.note, "'"), .from = Reading)),
                     strlen(" Kim 'lee"));
    assert_null(cf_select_text(db, cf_group_concat(Tag.word, ", "), .from = Tag, .where = cf_eq(Tag.id, 9)));
    ASSERT_WRONG(db, wrongs);
    if (!can(CF_CAN_ORDER_AGGREGATES))
        return;
    assert_string_equal(cf_select_text(db, cf_group_concat(Tag.word, ", ", .order_by = { cf_asc(Tag.word) }),
                                       .from = Tag),
                        "new, old");
    assert_string_equal(cf_select_text(db, cf_group_concat(Tag.word, "\\", .order_by = { cf_desc(Tag.word) }),
                                       .from = Tag),
                        "old\\new");
}

/* ---- Aggregates and windows ------------------------------------------------------------------------------------- */

WRONG(a_filter_of_a_value, cf_filter(cf_lower(Reading.note), cf_eq(Reading.id, 1)))
WRONG(a_filter_without_condition, cf_filter(cf_count_rows(), NULL))
WRONG(a_filtered_function_in_mariadb,
      sql_in(&mariadb_dialect,
             cf_subquery_of(cf_filter(cf_function("bit_or", Reading.amount), cf_eq(Reading.id, 1)), .from = Reading)))

static void an_aggregate_may_be_of_a_part_of_the_rows(cf_db *db)
{
    static const struct wrong wrongs[] = {
        { a_filter_of_a_value, "cf_filter is of an aggregate (or cf_function) and a condition" },
        { a_filter_without_condition, "cf_filter is of an aggregate (or cf_function) and a condition" },
        { a_filtered_function_in_mariadb, "mariadb has no FILTER for a cf_function: give it a cf_case" },
    };
    fill(db);
    assert_spelt(cf_filter(cf_count_rows(), cf_eq(Reading.good, true)), "count(*) FILTER (WHERE good = ?)", NULL,
                 "count(CASE WHEN good = ? THEN ? END)");
    assert_spelt(cf_filter(cf_sum_of(Reading.amount), cf_gt(Reading.amount, 0)),
                 "sum(amount) FILTER (WHERE amount > ?)", "CAST(sum(amount) FILTER (WHERE amount > $1) AS BIGINT)",
                 "sum(CASE WHEN amount > ? THEN amount END)");
    assert_spelt(cf_filter(cf_count_distinct(Reading.note), cf_eq(Reading.good, true)),
                 "count(DISTINCT note) FILTER (WHERE good = ?)", NULL,
                 "count(DISTINCT CASE WHEN good = ? THEN note END)");
    assert_spelt(cf_over(cf_filter(cf_sum_of(Reading.amount), cf_eq(Reading.good, true)),
                         .order_by = { cf_asc(Reading.id) }),
                 "sum(amount) FILTER (WHERE good = ?) OVER (ORDER BY id)",
                 "CAST(sum(amount) FILTER (WHERE good = $1) OVER (ORDER BY id) AS BIGINT)",
                 "sum(CASE WHEN good = ? THEN amount END) OVER (ORDER BY id)");
    assert_integer(cf_select_integer(db, cf_filter(cf_count_rows(), cf_eq(Reading.good, true)), .from = Reading), 2);
    assert_integer(cf_select_integer(db, cf_filter(cf_sum_of(Reading.amount), cf_gt(Reading.amount, 0)),
                                     .from = Reading),
                   17);
    assert_integer(cf_select_integer(db, cf_filter(cf_count_distinct(Reading.day), cf_gt(Reading.amount, -5)),
                                     .from = Reading),
                   2);
    assert_false(
        cf_select_integer(db, cf_filter(cf_sum_of(Reading.amount), cf_gt(Reading.amount, 99)), .from = Reading).is_set);
    assert_price(cf_select_decimal(db, cf_filter(cf_max_of(Reading.price), cf_eq(Reading.sensor_id, 2)),
                                   .from = Reading),
                 "3.00");
    assert_number(cf_select_number(db, cf_filter(cf_avg_of(Reading.amount), cf_eq(Reading.sensor_id, 1)),
                                   .from = Reading),
                  2.5);
    assert_string_equal(cf_select_text(db, cf_filter(cf_group_concat(Reading.note, ","), cf_eq(Reading.sensor_id, 2)),
                                       .from = Reading),
                        "lee");
    ASSERT_WRONG(db, wrongs);
}

#define MEDIAN cf_within_group(cf_function("percentile_cont", 0.5), cf_asc(Reading.amount))

WRONG(a_set_in_no_order, cf_within_group(cf_function("mode"), (struct cf_order){ 0 }))
WRONG(a_set_of_no_function, cf_within_group(cf_count_rows(), cf_asc(Reading.id)))
WRONG(a_set_in_sqlite, sql_in(&cf__sqlite_dialect, cf_subquery_of(MEDIAN, .from = Reading)))
WRONG(a_set_in_mariadb, sql_in(&mariadb_dialect, cf_subquery_of(MEDIAN, .from = Reading)))
WRONG(a_set_over_a_window, {
    struct cf_dialect dialect = postgres_dialect;
    dialect.capabilities = CF_CAN_WITHIN_GROUP;
    sql_in(&dialect, cf_subquery_of(cf_over(MEDIAN, .partition_by = { cf_column(Reading.day) }), .from = Reading));
})
WRONG(a_filtered_set_in_mariadb,
      sql_in(&mariadb_dialect, cf_subquery_of(cf_filter(MEDIAN, cf_eq(Reading.good, true)), .from = Reading)))

/* Of the readings 7, -2 and 10, of which the first two are of one sensor. */
static void ask_for_ordered_sets(cf_db *db)
{
    cf_expr *lower = cf_within_group(cf_function("percentile_disc", 0.5), cf_desc(Reading.amount));
    cf_expr *of_few = cf_filter(MEDIAN, cf_eq(Reading.sensor_id, 1));
    cf_expr *by_day = cf_within_group(cf_function("mode"), cf_asc(Reading.day));
    cf_expr *of_some = cf_within_group(cf_function("percentile_cont", 0.5), cf_asc(Reading.number));
    assert_number(cf_select_number(db, MEDIAN, .from = Reading), 7);
    assert_number(cf_select_number(db, of_few, .from = Reading), 2.5);
    assert_number(cf_select_number(db, of_some, .from = Reading), 3.25); /* of 2.5, 4 and NULL */
    assert_integer(cf_select_integer(db, lower, .from = Reading, .where = cf_eq(Reading.sensor_id, 1)), 7);
    assert_int_equal(cf_select_date(db, by_day, .from = Reading).value.day, 2);
    struct Mean_list means = cf_select(db, Mean, .from = Reading, .columns = { .mean = MEDIAN },
                                       .group_by = { cf_column(Reading.sensor_id) }, .order_by = { cf_asc(MEDIAN) });
    assert_int_equal(means.count, 2);
    assert_number(means.items[0]->mean, 2.5);
    assert_number(means.items[1]->mean, 10);
}

static void ask_for_ordered_sets_over_windows(cf_db *db)
{
    cf_expr *median = cf_over(MEDIAN, .partition_by = { cf_column(Reading.sensor_id) });
    struct Mean_list means =
        cf_select(db, Mean, .from = Reading, .columns = { .mean = median }, .order_by = { cf_asc(Reading.id) });
    assert_int_equal(means.count, 3);
    assert_number(means.items[0]->mean, 2.5);
    assert_number(means.items[1]->mean, 2.5);
    assert_number(means.items[2]->mean, 10);
}

static void functions_are_of_the_values_of_a_group_in_their_order(cf_db *db)
{
    static const struct wrong wrongs[] = {
        { a_set_in_no_order, "cf_within_group is of a cf_function and an order: cf_asc(column)" },
        { a_set_of_no_function, "cf_within_group is of a cf_function and an order: cf_asc(column)" },
        { a_set_in_sqlite, "sqlite has no WITHIN GROUP: read the values in their order and choose among them" },
        { a_set_in_mariadb, "mariadb has no WITHIN GROUP but over a window: say it in cf_over, of .partition_by" },
        { a_set_over_a_window,
          "postgresql has no WITHIN GROUP over a window: say it without cf_over, of the groups of .group_by" },
        { a_filtered_set_in_mariadb, "mariadb has no FILTER for a cf_function: give it a cf_case" },
    };
    fill(db);
    assert_string_equal(expression_in(&postgres_dialect, MEDIAN),
                        "percentile_cont(CAST($1 AS DOUBLE PRECISION)) WITHIN GROUP (ORDER BY amount)");
    assert_string_equal(expression_in(&postgres_dialect,
                                      cf_filter(cf_within_group(cf_function("rank", 3, "x"), cf_desc(Reading.amount),
                                                                cf_asc(Reading.note)),
                                                cf_eq(Reading.good, true))),
                        "rank($1, $2) WITHIN GROUP (ORDER BY amount DESC, note) FILTER (WHERE good = $3)");
    assert_string_equal(
        expression_in(&mariadb_dialect, cf_over(MEDIAN, .partition_by = { cf_column(Reading.sensor_id) })),
        "percentile_cont(CAST(? AS DOUBLE)) WITHIN GROUP (ORDER BY amount) OVER (PARTITION BY sensor_id)");
    if (can(CF_CAN_WITHIN_GROUP))
        ask_for_ordered_sets(db);
    if (can(CF_CAN_WITHIN_GROUP_OVER))
        ask_for_ordered_sets_over_windows(db);
    ASSERT_WRONG(db, wrongs);
}

/* The values of an expression in the order of the rows: "7 5 -". */
static const char *each(cf_db *db, cf_expr *expression)
{
    const char *text = "";
    struct Counted_list list = cf_select(db, Counted, .from = Reading, .columns = { .integer = expression },
                                         .order_by = { cf_asc(Reading.id) });
    for (size_t i = 0; i < list.count; i++) {
        cf_optional_integer value = list.items[i]->integer;
        text = cf_format(db, "%s%s%s", text, *text ? " " : "",
                         value.is_set ? cf_format(db, "%lld", (long long)value.value) : "-");
    }
    return text;
}

#define SUM          cf_sum_of(Reading.amount)
#define BY_ID        .order_by = { cf_asc(Reading.id) }
#define BY_SENSOR    .order_by = { cf_asc(Reading.sensor_id) }
#define BY_AMOUNT    .order_by = { cf_asc(Reading.amount) }
#define FRAME_OF(by) "sum(amount) OVER (ORDER BY " by

WRONG(two_frames, cf_over(SUM, BY_ID, .rows = cf_rows(0, 0), .range = cf_range(0, 0)))
WRONG(exclude_without_frame, cf_over(SUM, BY_ID, .exclude = CF_EXCLUDE_TIES))
WRONG(groups_without_order, cf_over(SUM, .groups = cf_groups(-1, 0)))
WRONG(range_of_texts, cf_over(SUM, .order_by = { cf_asc(Reading.note) }, .range = cf_range(-1, 0)))
WRONG(range_of_two, cf_over(SUM, .order_by = { cf_asc(Reading.id), cf_asc(Reading.amount) }, .range = cf_range(-1, 0)))
WRONG(tiles_of_nothing, cf_ntile(0))
WRONG(groups_in_mariadb,
      sql_in(&mariadb_dialect, cf_subquery_of(cf_over(SUM, BY_ID, .groups = cf_groups(-1, 0)), .from = Reading)))
WRONG(exclude_in_mariadb,
      sql_in(&mariadb_dialect,
             cf_subquery_of(cf_over(SUM, BY_ID, .rows = cf_rows(-1, 0), .exclude = CF_EXCLUDE_TIES), .from = Reading)))
WRONG(range_of_nulls_in_mariadb,
      sql_in(&mariadb_dialect,
             cf_subquery_of(cf_over(SUM, .order_by = { cf_asc(Reading.number) }, .range = cf_range(-1, 0)),
                            .from = Reading)))

static void frames_are_of_rows_distances_and_groups(cf_db *db)
{
    static const struct wrong wrongs[] = {
        { two_frames, "a window has one of .rows, .range and .groups, and .exclude only beside one" },
        { exclude_without_frame, "a window has one of .rows, .range and .groups, and .exclude only beside one" },
        { groups_without_order, "groups are of rows that are equal in the order: say .order_by" },
        { range_of_texts, "distances of a .range are of one number: say that one in .order_by" },
        { range_of_two, "distances of a .range are of one number: say that one in .order_by" },
        { tiles_of_nothing, "cf_ntile and cf_nth_value count from 1, not from 0" },
        { groups_in_mariadb, "mariadb has neither .groups nor .exclude in a window: say .rows or .range" },
        { exclude_in_mariadb, "mariadb has neither .groups nor .exclude in a window: say .rows or .range" },
        { range_of_nulls_in_mariadb,
          "mariadb has no .range of distances in an order of what may be NULL: order by a column that may not" },
    };
    fill(db);
    cf_expr *range = cf_over(SUM, BY_AMOUNT, .range = cf_range(-3, 0));
    cf_expr *groups = cf_over(SUM, BY_SENSOR, .groups = cf_groups(-1, 0), .exclude = CF_EXCLUDE_GROUP);
    assert_string_equal(expression_in(&cf__sqlite_dialect, range),
                        FRAME_OF("amount RANGE BETWEEN 3 PRECEDING AND CURRENT ROW)"));
    assert_string_equal(expression_in(&mariadb_dialect, range),
                        FRAME_OF("amount RANGE BETWEEN 3 PRECEDING AND CURRENT ROW)"));
    assert_string_equal(expression_in(&cf__sqlite_dialect, groups),
                        FRAME_OF("sensor_id GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE GROUP)"));
    assert_string_equal(each(db, range), "7 -2 17");
    assert_string_equal(each(db, cf_over(SUM, BY_SENSOR, .range = cf_range(-CF_UNBOUNDED, 0))), "5 5 15");
    if (can(CF_CAN_FRAME_GROUPS)) {
        assert_string_equal(each(db, groups), "- - 5");
        assert_string_equal(each(db, cf_over(SUM, BY_SENSOR, .groups = cf_groups(-1, 0))), "5 5 15");
        assert_string_equal(each(db,
                                 cf_over(SUM, BY_SENSOR, .groups = cf_groups(0, 0), .exclude = CF_EXCLUDE_CURRENT_ROW)),
                            "-2 7 -");
        assert_string_equal(each(db, cf_over(SUM, BY_SENSOR, .range = cf_range(0, 0), .exclude = CF_EXCLUDE_TIES)),
                            "7 -2 10");
    }
    ASSERT_WRONG(db, wrongs);
}

static void windows_know_parts_places_and_shares(cf_db *db)
{
    fill(db);
    cf_expr *half = cf_over(cf_ntile(2), BY_ID), *second = cf_over(cf_nth_value(Reading.amount, 2), BY_ID);
    assert_spelt(half, "ntile(2) OVER (ORDER BY id)", "CAST(ntile(2) OVER (ORDER BY id) AS BIGINT)", NULL);
    assert_spelt(second, "nth_value(amount, 2) OVER (ORDER BY id)", NULL, NULL);
    assert_spelt(cf_over(cf_percent_rank(), BY_ID), "percent_rank() OVER (ORDER BY id)", NULL, NULL);
    assert_spelt(cf_over(cf_cume_dist(), BY_ID), "cume_dist() OVER (ORDER BY id)", NULL, NULL);
    assert_string_equal(each(db, half), "1 1 2");
    assert_string_equal(each(db, second), "- -2 -2");
    assert_number(cf_select_number(db, cf_over(cf_percent_rank(), BY_ID), .from = Reading,
                                   .order_by = { cf_desc(Reading.id) }),
                  1);
    assert_number(cf_select_number(db, cf_over(cf_cume_dist(), BY_SENSOR), .from = Reading,
                                   .order_by = { cf_desc(Reading.id) }),
                  1);
    assert_number(cf_select_number(db, cf_over(cf_percent_rank(), BY_ID), .from = Reading,
                                   .where = cf_lt(Reading.id, 2)),
                  0);
}

/* ---- Tuples ----------------------------------------------------------------------------------------------------- */

WRONG(tuples_of_two_lengths, cf_eq(cf_tuple(Reading.id, Reading.amount), cf_tuple(1, 2, 3)))
WRONG(a_tuple_beside_a_value, cf_in(cf_tuple(Reading.id, Reading.amount), cf_literal(1)))
WRONG(a_text_in_a_tuple, cf_eq(cf_tuple(Reading.id, Reading.amount), cf_tuple(1, "x")))
WRONG(a_query_too_narrow,
      cf_in_select(cf_tuple(Reading.id, Reading.amount), cf_subquery_of(Reading.id, .from = Reading)))
WRONG(a_query_of_texts, cf_in_select(cf_tuple(Reading.id, Reading.amount), cf_subselect(Named, .from = Sensor)))

static void tuples_are_compared_with_tuples(cf_db *db)
{
    static const struct wrong wrongs[] = {
        { tuples_of_two_lengths, "a cf_tuple of 3 values is compared with one of as many" },
        { a_tuple_beside_a_value, "a cf_tuple of 2 values is compared with one of as many" },
        { a_text_in_a_tuple, "an expression that is like amount was put beside a text" },
        { a_query_too_narrow, "a cf_tuple of 2 values cannot be among rows of 1" },
        { a_query_of_texts, "what is like amount cannot be among values like name" },
    };
    fill(db);
    cf_expr *place = cf_tuple(Reading.sensor_id, Reading.amount);
    assert_spelt(cf_in(place, cf_tuple(1, 7), cf_tuple(2, 10)), "(sensor_id, amount) IN (VALUES (?, ?), (?, ?))",
                 "(sensor_id, amount) IN (($1, $2), ($3, $4))", "(sensor_id, amount) IN ((?, ?), (?, ?))");
    assert_spelt(cf_not_in(place, cf_tuple(1, 7)), "(sensor_id, amount) NOT IN (VALUES (?, ?))",
                 "(sensor_id, amount) NOT IN (($1, $2))", "(sensor_id, amount) NOT IN ((?, ?))");
    assert_spelt(cf_lt(place, cf_tuple(1, 7)), "(sensor_id, amount) < (?, ?)", NULL, NULL);
    cf_subquery *spots = cf_subselect(Spot, .from = Reading, .where = cf_eq(Reading.good, true));
    assert_spelt(cf_in_select(place, spots),
                 "(sensor_id, amount) IN (SELECT readings.sensor_id, readings.amount FROM readings "
                 "WHERE readings.good = ?)",
                 NULL, NULL);
    assert_int_equal(cf_count(db, Reading, .where = cf_in(place, cf_tuple(1, 7), cf_tuple(2, 10), cf_tuple(2, 7))), 2);
    assert_int_equal(cf_count(db, Reading, .where = cf_not_in(place, cf_tuple(1, 7), cf_tuple(2, 10))), 1);
    assert_int_equal(cf_count(db, Reading, .where = cf_in_select(place, spots)), 2);
    assert_int_equal(cf_count(db, Reading, .where = cf_not_in_select(place, spots)), 1);
    assert_int_equal(cf_count(db, Reading, .where = cf_eq(place, cf_tuple(1, -2))), 1);
    assert_int_equal(cf_count(db, Reading, .where = cf_gt(place, cf_tuple(1, -2))), 2);
    assert_int_equal(cf_count(db, Reading,
                              .where = cf_ge(cf_tuple(Reading.day, Reading.at),
                                             cf_tuple(((cf_date){ 2026, 1, 2 }), ((cf_time){ 1767323099000000 })))),
                     2);
    assert_int_equal(cf_count(db, Reading,
                              .where = cf_in(cf_tuple(Reading.good, Reading.state, Reading.price),
                                             cf_tuple(true, State_stale, 12), cf_tuple(0, State_fresh, 10))),
                     1);
    ASSERT_WRONG(db, wrongs);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(a_full_join_keeps_the_rows_of_both_sides),
        SESSION_TEST(columns_behind_an_outer_join_may_be_null_where_they_are_sorted),
        SESSION_TEST(null_may_come_first),
        SESSION_TEST(an_integer_beyond_64_bits_is_out_of_range),
        SESSION_TEST(a_single_value_has_the_type_that_is_asked_for),
        SESSION_TEST(the_values_of_a_column_are_an_array),
        SESSION_TEST(what_is_pending_is_written_before_a_value_is_asked_for),
        SESSION_TEST(exactly_one_is_neither_none_nor_several),
        SESSION_TEST(bits_are_those_of_signed_integers_everywhere),
        SESSION_TEST(texts_are_compared_by_another_collation),
        SESSION_TEST(functions_take_values_of_different_kinds),
        SESSION_TEST(sql_of_ones_own_is_a_part_of_a_query),
        SESSION_TEST(null_has_a_type),
        SESSION_TEST(texts_of_a_group_are_put_together),
        SESSION_TEST(an_aggregate_may_be_of_a_part_of_the_rows),
        SESSION_TEST(functions_are_of_the_values_of_a_group_in_their_order),
        SESSION_TEST(frames_are_of_rows_distances_and_groups),
        SESSION_TEST(windows_know_parts_places_and_shares),
        SESSION_TEST(tuples_are_compared_with_tuples),
    };
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
