/* SPDX-License-Identifier: MIT
 *
 * Queries: their SQL as text for three kinds of database, and what they give on a real one.
 */
#include <carafe/bulk.h>

#include "queries.h"
#include "support.h"

#include "spelling.h"

static void rows_are_grouped(cf_db *db)
{
    fill(db);
    cf_expr *minute = cf_truncate(Reading.at, CF_MINUTE);
    struct Minute_list minutes =
        cf_select(db, Minute, .from = Reading,
                  .columns = { .minute = minute, .mean = cf_avg_of(Reading.number), .samples = cf_count_rows() },
                  .where = cf_gt(Reading.at, (cf_time){ 0 }), .group_by = { minute }, .order_by = { cf_desc(minute) });
    assert_int_equal(minutes.count, 2);
    assert_true(minutes.items[0]->mean.value == 4);
    assert_true(minutes.items[1]->mean.value == 2.5);
    assert_int_equal(minutes.items[1]->samples, 2);
    assert_sql(
        cf_subselect(Minute, .from = Reading,
                     .columns = { .minute = minute, .mean = cf_avg_of(Reading.number), .samples = cf_count_rows() },
                     .where = cf_gt(Reading.at, (cf_time){ 0 }), .group_by = { minute },
                     .order_by = { cf_desc(minute) }),
        "SELECT substr(at, 1, 16) || ':00.000000' AS minute, avg(number) AS mean, count(*) AS samples FROM readings "
        "WHERE at > ? GROUP BY 1 ORDER BY minute DESC NULLS LAST",
        "SELECT date_trunc('minute', at) AS minute, avg(CAST(number AS DOUBLE PRECISION)) AS mean, count(*) AS samples "
        "FROM readings WHERE at > $1 GROUP BY 1 ORDER BY minute DESC NULLS LAST",
        "SELECT CAST(date_format(at, '%Y-%m-%d %H:%i:00') AS DATETIME(6)) AS minute, avg(CAST(number AS DOUBLE)) AS "
        "mean, count(*) AS samples FROM readings WHERE at > ? GROUP BY 1 ORDER BY minute IS NULL, minute DESC");
    assert_sql(cf_subselect(Total, .from = Reading, .columns = { .total = cf_sum_of(Reading.amount) },
                            .group_by = { cf_column(Reading.sensor_id) }, .having = cf_gt(cf_count_rows(), 1),
                            .order_by = { cf_asc(Reading.sensor_id) }, .limit = 5, .offset = 1),
               "SELECT sensor_id, sum(amount) AS total FROM readings GROUP BY sensor_id HAVING count(*) > ? ORDER BY "
               "sensor_id LIMIT ? OFFSET ?",
               "SELECT sensor_id, CAST(sum(amount) AS BIGINT) AS total FROM readings GROUP BY sensor_id HAVING "
               "count(*) > $1 ORDER BY sensor_id LIMIT $2 OFFSET $3",
               "SELECT sensor_id, sum(amount) AS total FROM readings GROUP BY sensor_id HAVING "
               "count(*) > ? ORDER BY sensor_id LIMIT ? OFFSET ?");
    assert_sql(cf_subselect(Whole, .from = Reading, .columns = { .integer = cf_column(Reading.sensor_id) },
                            .distinct = true, .offset = 2),
               "SELECT DISTINCT sensor_id AS \"integer\" FROM readings LIMIT ? OFFSET ?", NULL, NULL);
    struct Total_list totals =
        cf_select(db, Total, .from = Reading, .columns = { .total = cf_sum_of(Reading.amount) },
                  .group_by = { cf_column(Reading.sensor_id) }, .having = cf_gt(cf_count_rows(), 1));
    assert_int_equal(totals.count, 1);
    assert_int_equal(totals.items[0]->sensor_id, 1);
    assert_integer(totals.items[0]->total, 5);
    assert_int_equal(
        cf_select(db, Whole, .from = Reading, .columns = { cf_column(Reading.sensor_id) }, .distinct = true).count, 2);
    assert_int_equal(cf_select(db, Whole, .from = Reading, .columns = { cf_column(Reading.id) }, .offset = 2).count, 1);
}

static void assert_integers(struct Whole_list rows, size_t count, const int64_t *integers)
{
    assert_int_equal(rows.count, count);
    for (size_t i = 0; i < count; i++)
        assert_integer(rows.items[i]->integer, integers[i]);
}

static void what_rows_are_grouped_by_is_known_wherever_it_stands(cf_db *db)
{
    fill(db);
    cf_expr *rest = cf_modulo(Reading.amount, 4);
#define BY_REST                                                                                      \
    .from = Reading, .columns = { .integer = cf_plus(rest, cf_count_rows()) }, .group_by = { rest }, \
    .having = cf_gt(rest, 0), .order_by = { cf_asc(cf_plus(rest, 1)) }
    assert_sql(
        cf_subselect(Whole, BY_REST),
        "SELECT amount % nullif(?, 0) + count(*) AS \"integer\" FROM readings GROUP BY amount % nullif(?, 0) "
        "HAVING amount % nullif(?, 0) > ? ORDER BY amount % nullif(?, 0) + ? NULLS LAST",
        "SELECT amount % nullif($1, 0) + count(*) AS \"integer\" FROM readings GROUP BY amount % nullif($1, 0) "
        "HAVING amount % nullif($1, 0) > $2 ORDER BY amount % nullif($1, 0) + $3 NULLS LAST",
        "SELECT amount % nullif(?, 0) + count(*) AS \"integer\" FROM readings GROUP BY amount % nullif(?, 0) "
        "HAVING min(amount % nullif(?, 0)) > ? ORDER BY amount % nullif(?, 0) + ? IS NULL, amount % nullif(?, 0) "
        "+ ?");
    assert_integers(cf_select(db, Whole, BY_REST), 2, (int64_t[]){ 3, 4 });
#undef BY_REST
}

static void what_is_written_twice_is_grouped_as_one(cf_db *db)
{
    fill(db);
#define TWICE                                                                                                   \
    .from = Reading, .columns = { .integer = cf_modulo(Reading.amount, 4) },                                    \
    .group_by = { cf_modulo(Reading.amount, 4) }, .having = cf_gt(cf_sum_of(cf_modulo(Reading.amount, 4)), -3), \
    .order_by = { cf_asc(cf_modulo(Reading.amount, 4)) }
    assert_sql(cf_subselect(Whole, TWICE),
               "SELECT amount % nullif(?, 0) AS \"integer\" FROM readings GROUP BY amount % nullif(?, 0) HAVING "
               "sum(amount % nullif(?, 0)) > ? ORDER BY amount % nullif(?, 0) NULLS LAST",
               "SELECT amount % nullif($1, 0) AS \"integer\" FROM readings GROUP BY amount % nullif($1, 0) HAVING "
               "CAST(sum(amount % nullif($1, 0)) AS BIGINT) > $2 ORDER BY amount % nullif($1, 0) NULLS LAST",
               "SELECT amount % nullif(?, 0) AS \"integer\" FROM readings GROUP BY amount % nullif(?, 0) HAVING "
               "sum(amount % nullif(?, 0)) > ? ORDER BY amount % nullif(?, 0) IS NULL, amount % nullif(?, 0)");
    assert_integers(cf_select(db, Whole, TWICE), 3, (int64_t[]){ -2, 2, 3 });
#undef TWICE
}

static void what_differs_in_a_value_or_stands_within_is_not_the_same(cf_db *db)
{
    fill(db);
    cf_expr *rest = cf_modulo(Reading.amount, 4), *next = cf_plus(rest, 1);
    assert_sql(
        cf_subselect(Whole, .from = Reading, .columns = { .integer = cf_times(next, 2) },
                     .where = cf_ne(cf_modulo(Reading.amount, 5), 1), .group_by = { rest, next },
                     .having = cf_gt(cf_plus(next, rest), 0)),
        "SELECT (amount % nullif(?, 0) + ?) * ? AS \"integer\" FROM readings WHERE amount % nullif(?, 0) <> ? "
        "GROUP BY amount % nullif(?, 0), amount % nullif(?, 0) + ? HAVING (amount % nullif(?, 0) + ?) + amount % "
        "nullif(?, 0) > ?",
        "SELECT (amount % nullif($1, 0) + $2) * $3 AS \"integer\" FROM readings WHERE amount % nullif($4, 0) <> $5 "
        "GROUP BY amount % nullif($6, 0), amount % nullif($1, 0) + $2 HAVING (amount % nullif($1, 0) + $2) + "
        "amount % nullif($6, 0) > $7",
        "SELECT (amount % nullif(?, 0) + ?) * ? AS \"integer\" FROM readings WHERE amount % nullif(?, 0) <> ? "
        "GROUP BY amount % nullif(?, 0), amount % nullif(?, 0) + ? HAVING min(amount % nullif(?, 0) + ?) + "
        "min(amount % nullif(?, 0)) > ?");
    assert_integers(cf_select(db, Whole, .from = Reading, .columns = { .integer = cf_times(next, 2) },
                              .where = cf_ne(cf_modulo(Reading.amount, 5), 1), .group_by = { rest, next },
                              .having = cf_gt(cf_plus(next, rest), 0), .order_by = { cf_asc(next) }),
                    2, (int64_t[]){ 6, 8 });
    for (int i = 2; i < 5; i++) /* one statement a pair of values that are the same or differ */
        assert_int_equal(cf_select(db, Whole, .from = Reading, .columns = { .integer = cf_count_rows() },
                                   .group_by = { cf_modulo(Reading.amount, i) },
                                   .order_by = { cf_asc(cf_plus(cf_modulo(Reading.amount, i), 0)) })
                             .count,
                         i == 2   ? 2
                         : i == 3 ? 2
                                  : 3);
    struct Fraction_list fractions = cf_select(db, Fraction, .from = Reading, .columns = { .number = rest },
                                               .group_by = { rest }, .having = cf_lt(rest, 0));
    assert_int_equal(fractions.count, 1);
    assert_number(fractions.items[0]->number, -2);
    struct Words_list words =
        cf_select(db, Words, .from = Reading, .columns = { .text = cf_concat(cf_coalesce(Reading.note, "-"), "!") },
                  .group_by = { cf_coalesce(Reading.note, "-") }, .having = cf_eq(cf_coalesce(Reading.note, "-"), "-"));
    assert_int_equal(words.count, 1);
    assert_string_equal(words.items[0]->text, "-!");
}

static void a_value_that_rows_are_grouped_by_is_any_other_elsewhere(cf_db *db)
{
    fill(db);
    cf_expr *word = cf_literal("zz");
    struct Words_list words = cf_select(db, Words, .from = Reading, .columns = { .text = word }, .group_by = { word },
                                        .where = cf_lt(Reading.note, cf_coalesce(word, Reading.note)));
    assert_int_equal(words.count, 1);
    assert_string_equal(words.items[0]->text, "zz");
}

static void queries_are_joined_along_relations_and_on_conditions(cf_db *db)
{
    fill(db);
    struct Sensor_columns parent = cf_alias(Sensor, "upper");
    assert_sql(cf_subselect(Named, .from = Sensor, .join = { cf_join(Sensor.readings, .on = cf_gt(Reading.amount, 0)) },
                            .where = cf_eq(Reading.good, true)),
               "SELECT sensors.id, sensors.name FROM sensors JOIN readings ON readings.sensor_id = sensors.id AND "
               "readings.amount > ? WHERE readings.good = ?",
               NULL, NULL);
    assert_sql(cf_subselect(Named, .from = Sensor, .join = { cf_left_join(parent, .along = Sensor.parent) },
                            .columns = { .name = cf_coalesce(parent.name, "none") }),
               "SELECT sensors.id, coalesce(upper.name, ?) AS name FROM sensors LEFT JOIN sensors AS upper ON upper.id "
               "= sensors.parent_id",
               NULL, NULL);
    assert_sql(cf_subselect(Named, .from = Sensor, .join = { cf_join(Sensor.tags) },
                            .columns = { .name = cf_column(Tag.word) }),
               "SELECT sensors.id, tags.word AS name FROM sensors JOIN sensor_tags ON sensor_tags.sensor_id = "
               "sensors.id JOIN tags ON tags.id = sensor_tags.tag_id",
               NULL, NULL);
    assert_sql(cf_subselect(Named, .from = Sensor,
                            .join = { cf_left_join(Reading, .on = cf_or(cf_eq(Reading.sensor_id, Sensor.id),
                                                                        cf_eq(Reading.id, 1))) }),
               "SELECT sensors.id, sensors.name FROM sensors LEFT JOIN readings ON readings.sensor_id = sensors.id OR "
               "readings.id = ?",
               NULL, NULL);
    assert_sql(cf_subselect(Named, .from = Tag, .join = { cf_join(cf_chain(Tag.sensors, Sensor.readings)) },
                            .columns = { .name = cf_column(Tag.word) }),
               "SELECT tags.id, tags.word AS name FROM tags JOIN sensor_tags ON sensor_tags.tag_id = tags.id JOIN "
               "sensors ON sensors.id = sensor_tags.sensor_id JOIN readings ON readings.sensor_id = sensors.id",
               NULL, NULL);
    assert_string_equal(
        names(cf_select(db, Named, .from = Sensor, .join = { cf_left_join(parent, .along = Sensor.parent) },
                        .columns = { .name = cf_coalesce(parent.name, "none") }, .order_by = { cf_asc(Sensor.id) })),
        "1:none 2:roof 3:Cellar");
    assert_string_equal(names(cf_select(db, Named, .from = Sensor, .join = { cf_join(Sensor.tags) },
                                        .columns = { .name = cf_column(Tag.word) },
                                        .order_by = { cf_asc(Sensor.id), cf_asc(Tag.word) })),
                        "1:new 1:old 2:new");
    assert_string_equal(names(cf_select(db, Named, .from = Tag,
                                        .join = { cf_join(cf_chain(Tag.sensors, Sensor.readings)) },
                                        .columns = { .id = cf_column(Reading.id), .name = cf_column(Tag.word) },
                                        .order_by = { cf_asc(Reading.id), cf_asc(Tag.id) })),
                        "1:old 1:new 2:old 2:new 3:new");
    sent();
    struct Sensor_list sensors = cf_find(db, Sensor, .join = { cf_join(Sensor.readings) }, .distinct = true,
                                         .where = cf_eq(Reading.good, true), .order_by = { cf_asc(Sensor.id) });
    assert_int_equal(sensors.count, 2);
    assert_ptr_equal(sensors.items[0], cf_get(db, Sensor, 1));
    assert_int_equal(cf_count(db, Sensor, .join = { cf_join(Sensor.readings) }), 3);
    assert_int_equal(cf_count(db, Sensor, .join = { cf_join(Sensor.readings) }, .distinct = true), 2);
    assert_true(cf_has(db, Sensor, .join = { cf_join(Sensor.readings) }, .where = cf_eq(Reading.amount, 10)));
    assert_sent("SELECT DISTINCT sensors.id, sensors.name, sensors.parent_id FROM sensors JOIN "
                "readings ON readings.sensor_id = sensors.id "
                "WHERE readings.good = ? ORDER BY sensors.id\n"
                "SELECT count(*) FROM sensors JOIN readings ON readings.sensor_id = sensors.id\n"
                "SELECT count(*) FROM (SELECT DISTINCT sensors.id FROM sensors JOIN readings ON "
                "readings.sensor_id = sensors.id) AS found\n"
                "SELECT EXISTS (SELECT 1 FROM sensors JOIN readings ON readings.sensor_id = sensors.id "
                "WHERE readings.amount = ?)\n");
}

static void conditions_look_along_relations(cf_db *db)
{
    fill(db);
    assert_where(cf_any(Sensor.readings, cf_eq(Reading.good, true)),
                 "SELECT id FROM sensors WHERE EXISTS (SELECT 1 FROM readings WHERE readings.sensor_id = sensors.id "
                 "AND readings.good = ?)",
                 NULL, NULL);
    assert_where(
        cf_none_of(Sensor.readings, NULL),
        "SELECT id FROM sensors WHERE NOT EXISTS (SELECT 1 FROM readings WHERE readings.sensor_id = sensors.id)", NULL,
        NULL);
    assert_where(cf_any(Sensor.tags, cf_or(cf_eq(Tag.word, "old"), cf_eq(Tag.word, "new"))),
                 "SELECT id FROM sensors WHERE EXISTS (SELECT 1 FROM tags JOIN sensor_tags ON sensor_tags.tag_id = "
                 "tags.id WHERE sensor_tags.sensor_id = sensors.id AND (tags.word = ? OR tags.word = ?))",
                 NULL, NULL);
    assert_where(cf_any(Sensor.parent, cf_eq(Sensor.name, "roof")),
                 "SELECT id FROM sensors WHERE EXISTS (SELECT 1 FROM sensors AS sensors_1 WHERE sensors_1.id = "
                 "sensors.parent_id AND sensors_1.name = ?)",
                 NULL, NULL);
    assert_where(cf_any(cf_chain(Sensor.children, Sensor.readings), cf_gt(Reading.amount, 5)),
                 "SELECT id FROM sensors WHERE EXISTS (SELECT 1 FROM sensors AS sensors_1 WHERE sensors_1.parent_id = "
                 "sensors.id AND EXISTS (SELECT 1 FROM readings WHERE readings.sensor_id = sensors_1.id AND "
                 "readings.amount > ?))",
                 NULL, NULL);
    assert_where(cf_and(cf_any(Sensor.parent, NULL), cf_eq(Sensor.name, "x")),
                 "SELECT id FROM sensors WHERE EXISTS (SELECT 1 FROM sensors AS sensors_1 WHERE sensors_1.id = "
                 "sensors.parent_id) AND name = ?",
                 NULL, NULL);
    assert_int_equal(cf_count(db, Sensor, .where = cf_any(Sensor.readings, cf_eq(Reading.good, true))), 2);
    assert_int_equal(cf_count(db, Sensor, .where = cf_none_of(Sensor.readings, NULL)), 1);
    assert_int_equal(cf_count(db, Sensor, .where = cf_any(Sensor.tags, cf_eq(Tag.word, "old"))), 1);
    assert_int_equal(cf_find_one(db, Sensor, .where = cf_any(Sensor.parent, cf_eq(Sensor.name, "roof")))->id, 2);
    assert_int_equal(cf_find_one(db, Sensor,
                                 .where = cf_any(cf_chain(Sensor.children, Sensor.readings), cf_gt(Reading.amount, 5)))
                         ->id,
                     1);
}

static void queries_stand_in_conditions_and_in_the_place_of_tables(cf_db *db)
{
    fill(db);
    cf_subquery *loud = cf_subquery_of(Reading.sensor_id, .from = Reading, .where = cf_gt(Reading.amount, 8));
    cf_expr *newest =
        cf_scalar(cf_subquery_of(cf_max_of(Reading.at), .from = Reading, .where = cf_eq(Reading.sensor_id, Sensor.id)));
    assert_where(
        cf_in_select(Sensor.id, loud),
        "SELECT id FROM sensors WHERE id IN (SELECT readings.sensor_id FROM readings WHERE readings.amount > ?)", NULL,
        NULL);
    assert_where(
        cf_not_in_select(Sensor.id, loud),
        "SELECT id FROM sensors WHERE id NOT IN (SELECT readings.sensor_id FROM readings WHERE readings.amount > ?)",
        NULL, NULL);
    assert_where(
        cf_exists(cf_subquery_of(Reading.id, .from = Reading, .where = cf_eq(Reading.sensor_id, Sensor.id))),
        "SELECT id FROM sensors WHERE EXISTS (SELECT readings.id FROM readings WHERE readings.sensor_id = sensors.id)",
        NULL, NULL);
    assert_where(cf_gt(newest, (cf_time){ 1767323100000000 }),
                 "SELECT id FROM sensors WHERE (SELECT max(readings.at) FROM readings WHERE readings.sensor_id = "
                 "sensors.id) > ?",
                 NULL, NULL);
    assert_int_equal(cf_find_one(db, Sensor, .where = cf_in_select(Sensor.id, loud))->id, 2);
    assert_int_equal(cf_count(db, Sensor, .where = cf_not_in_select(Sensor.id, loud)), 2);
    assert_int_equal(cf_count(db, Sensor,
                              .where = cf_exists(cf_subquery_of(Reading.id, .from = Reading,
                                                                .where = cf_eq(Reading.sensor_id, Sensor.id)))),
                     2);
    assert_int_equal(cf_find_one(db, Sensor, .where = cf_gt(newest, (cf_time){ 1767323100000000 }))->id, 2);
    struct Total_columns totals =
        cf_as(Total, cf_subselect(Total, .from = Reading, .columns = { .total = cf_sum_of(Reading.amount) },
                                  .group_by = { cf_column(Reading.sensor_id) }));
    assert_sql(
        cf_subselect(Named, .from = Sensor, .join = { cf_join(totals, .on = cf_eq(totals.sensor_id, Sensor.id)) },
                     .where = cf_gt(totals.total, 7)),
        "SELECT sensors.id, sensors.name FROM sensors JOIN (SELECT sensor_id, sum(amount) AS total FROM readings GROUP "
        "BY sensor_id) AS total ON total.sensor_id = sensors.id WHERE total.total > ?",
        "SELECT sensors.id, sensors.name FROM sensors JOIN (SELECT sensor_id, CAST(sum(amount) AS BIGINT) AS total "
        "FROM readings GROUP BY sensor_id) AS total ON total.sensor_id = sensors.id WHERE total.total > $1",
        "SELECT sensors.id, sensors.name FROM sensors JOIN (SELECT sensor_id, sum(amount) AS total "
        "FROM readings GROUP BY sensor_id) AS total ON total.sensor_id = sensors.id WHERE total.total > ?");
    assert_string_equal(names(cf_select(db, Named, .from = Sensor,
                                        .join = { cf_join(totals, .on = cf_eq(totals.sensor_id, Sensor.id)) },
                                        .where = cf_gt(totals.total, 7))),
                        "2:Cellar");
    assert_int_equal(cf_select(db, Total, .from = totals, .where = cf_gt(totals.total, 1)).count, 2);
}

static void rows_of_queries_are_put_together(cf_db *db)
{
    fill(db);
    cf_subquery *sensors = cf_subselect(Named, .from = Sensor, .where = cf_lt(Sensor.id, 3));
    cf_subquery *tags = cf_subselect(Named, .from = Tag, .columns = { .name = cf_column(Tag.word) });
    cf_subquery *last = cf_subselect(Named, .from = Sensor, .order_by = { cf_desc(Sensor.id) }, .limit = 1);
    struct Named_columns both = cf_as(Named, cf_union(sensors, tags)),
                         all = cf_as(Named, cf_union_all(sensors, sensors, last));
    struct Named_columns rest = cf_as(Named, cf_except(sensors, cf_intersect(sensors, last)));
    assert_sql(cf_subselect(Named, .from = both, .order_by = { cf_asc(both.id), cf_asc(both.name) }),
               "SELECT id, name FROM (SELECT id, name FROM sensors WHERE id < ? UNION SELECT id, word AS name FROM "
               "tags) AS named ORDER BY id, name",
               NULL, NULL);
    assert_sql(
        cf_subselect(Named, .from = all),
        "SELECT id, name FROM (SELECT id, name FROM sensors WHERE id < ? UNION ALL SELECT id, name FROM sensors WHERE "
        "id < ? UNION ALL SELECT * FROM (SELECT id, name FROM sensors ORDER BY id DESC LIMIT ?) AS part) AS named",
        NULL, NULL);
    assert_sql(cf_subselect(Named, .from = rest),
               "SELECT id, name FROM (SELECT id, name FROM sensors WHERE id < ? EXCEPT SELECT * FROM (SELECT id, name "
               "FROM sensors WHERE id < ? INTERSECT SELECT * FROM (SELECT id, name FROM sensors ORDER BY id DESC LIMIT "
               "?) AS part) AS part) AS named",
               NULL, NULL);
    assert_string_equal(names(cf_select(db, Named, .from = both,
                                        .order_by = { cf_asc(both.id), cf_asc(cf_lower(both.name)) })),
                        "1:old 1:roof 2:Cellar 2:new");
    assert_int_equal(cf_select(db, Named, .from = all).count, 5);
    assert_int_equal(cf_select(db, Named, .from = rest).count, 2);
}

/* As texts, which is what they are bound as, and not as CHAR, whose blanks MariaDB drops. */
static void blanks_at_the_end_of_a_value_are_kept(cf_db *db)
{
    fill(db);
    cf_expr *text = cf_case(cf_when(cf_gt(Sensor.id, 100), "none"), cf_otherwise(" pad "));
    const cf_subquery *part = cf_subselect(Named, .from = Sensor, .columns = { .name = text });
    struct Named_columns both = cf_as(Named, cf_union(part, part));
    struct Named_list padded = cf_select(db, Named, .from = both);
    for
        cf_each (named, padded)
            assert_string_equal(named->name, " pad ");
}

static void common_tables_are_named_once_and_may_refer_to_themselves(cf_db *db)
{
    fill(db);
    struct Total_columns totals =
        cf_with(Total, cf_subselect(Total, .from = Reading, .columns = { .total = cf_sum_of(Reading.amount) },
                                    .group_by = { cf_column(Reading.sensor_id) }));
    assert_sql(
        cf_subselect(Named, .from = Sensor, .join = { cf_join(totals, .on = cf_eq(totals.sensor_id, Sensor.id)) },
                     .where = cf_gt(totals.total, cf_scalar(cf_subquery_of(cf_avg_of(totals.total), .from = totals)))),
        "WITH total AS (SELECT sensor_id, sum(amount) AS total FROM readings GROUP BY sensor_id) SELECT sensors.id, "
        "sensors.name FROM sensors JOIN total ON total.sensor_id = sensors.id WHERE total.total > (SELECT "
        "avg(total.total) FROM total)",
        "WITH total AS (SELECT sensor_id, CAST(sum(amount) AS BIGINT) AS total FROM readings GROUP BY sensor_id) "
        "SELECT sensors.id, sensors.name FROM sensors JOIN total ON total.sensor_id = sensors.id WHERE total.total > "
        "(SELECT avg(CAST(total.total AS DOUBLE PRECISION)) FROM total)",
        "WITH total AS (SELECT sensor_id, sum(amount) AS total FROM readings GROUP BY sensor_id) "
        "SELECT sensors.id, sensors.name FROM sensors JOIN total ON total.sensor_id = sensors.id WHERE total.total > "
        "(SELECT avg(CAST(total.total AS DOUBLE)) FROM total)");
    assert_string_equal(names(cf_select(db, Named, .from = Sensor,
                                        .join = { cf_join(totals, .on = cf_eq(totals.sensor_id, Sensor.id)) },
                                        .where = cf_gt(totals.total, cf_scalar(cf_subquery_of(cf_avg_of(totals.total),
                                                                                              .from = totals))))),
                        "2:Cellar");
    struct Level_columns levels = cf_recursive(Level);
    cf_recursion(levels,
                 cf_subselect(Level, .from = Sensor, .columns = { .level = cf_literal(0) },
                              .where = cf_is_null(Sensor.parent_id)),
                 cf_subselect(Level, .from = Sensor,
                              .join = { cf_join(levels, .on = cf_eq(levels.id, Sensor.parent_id)) },
                              .columns = { .level = cf_plus(levels.level, 1) }));
    assert_sql(cf_subselect(Level, .from = levels, .order_by = { cf_asc(levels.level) }),
               "WITH RECURSIVE level AS (SELECT id, name, ? AS level FROM sensors WHERE parent_id IS NULL UNION ALL "
               "SELECT sensors.id, sensors.name, level.level + ? AS level FROM sensors JOIN level ON level.id = "
               "sensors.parent_id) SELECT id, name, level FROM level ORDER BY level",
               NULL, NULL);
    struct Level_list found = cf_select(db, Level, .from = levels, .order_by = { cf_asc(levels.level) });
    assert_int_equal(found.count, 3);
    assert_string_equal(found.items[2]->name, "attic");
    assert_int_equal(found.items[2]->level, 2);
}

static void windows_look_at_other_rows(cf_db *db)
{
    fill(db);
    assert_spelt(cf_over(cf_row_number(), .partition_by = { cf_column(Reading.sensor_id) },
                         .order_by = { cf_desc(Reading.at) }),
                 "row_number() OVER (PARTITION BY sensor_id ORDER BY at DESC)", NULL, NULL);
    assert_spelt(cf_over(cf_sum_of(Reading.amount), .order_by = { cf_asc(Reading.id) }, .rows = cf_rows(-1, 0)),
                 "sum(amount) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)",
                 "CAST(sum(amount) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS BIGINT)",
                 "sum(amount) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)");
    assert_spelt(
        cf_over(cf_avg_of(Reading.number), .rows = cf_rows(-CF_UNBOUNDED, CF_UNBOUNDED)),
        "avg(number) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)",
        "avg(CAST(number AS DOUBLE PRECISION)) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)",
        "avg(CAST(number AS DOUBLE)) OVER (PARTITION BY RAND() * 0 ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED "
        "FOLLOWING)");
    assert_spelt(cf_over(cf_lag(Reading.amount, 1), .order_by = { cf_asc(Reading.number) }),
                 "lag(amount, 1) OVER (ORDER BY number NULLS LAST)", NULL,
                 "lag(amount, 1) OVER (ORDER BY number IS NULL, number)");
    assert_spelt(cf_over(cf_rank(), .order_by = { cf_asc(Reading.state) }), "rank() OVER (ORDER BY state)", NULL, NULL);
    cf_expr *place =
        cf_over(cf_row_number(), .partition_by = { cf_column(Reading.sensor_id) }, .order_by = { cf_desc(Reading.at) });
    struct Total_list rows =
        cf_select(db, Total, .from = Reading, .columns = { .total = place }, .order_by = { cf_asc(Reading.id) });
    assert_integer(rows.items[0]->total, 2);
    assert_integer(rows.items[1]->total, 1);
    assert_integer(rows.items[2]->total, 1);
    rows = cf_select(db, Total, .from = Reading, .order_by = { cf_asc(Reading.id) },
                     .columns = { .total = cf_over(cf_sum_of(Reading.amount), .order_by = { cf_asc(Reading.id) },
                                                   .rows = cf_rows(-1, 0)) });
    assert_integer(rows.items[1]->total, 5);
    assert_integer(rows.items[2]->total, 8);
    rows = cf_select(db, Total, .from = Reading, .order_by = { cf_asc(Reading.id) },
                     .columns = { .total = cf_over(cf_lag(Reading.amount, 1), .order_by = { cf_asc(Reading.id) }) });
    assert_false(rows.items[0]->total.is_set);
    assert_integer(rows.items[1]->total, 7);
    assert_integer(cf_select(db, Whole, .from = Reading,
                             .columns = { cf_over(cf_rank(), .order_by = { cf_asc(Reading.state) }) },
                             .order_by = { cf_asc(Reading.id) })
                       .items[0]
                       ->integer,
                   3);
}

static void a_neighbour_that_is_not_there_has_a_value(cf_db *db)
{
    fill(db);
    assert_spelt(cf_over(cf_lag(Reading.amount, 1, 0), .order_by = { cf_asc(Reading.id) }),
                 "lag(amount, 1, ?) OVER (ORDER BY id)", NULL,
                 "CASE WHEN lag(1, 1) OVER (ORDER BY id) IS NULL THEN ? ELSE lag(amount, 1) OVER (ORDER BY id) END");
    assert_spelt(cf_over(cf_lead(Reading.price, 2, cf_decimal_of(5, 1)), .order_by = { cf_asc(Reading.id) }),
                 "lead(price, 2, CAST(? AS NUMERIC)) OVER (ORDER BY id)", "lead(price, 2, $1) OVER (ORDER BY id)",
                 "CASE WHEN lead(1, 2) OVER (ORDER BY id) IS NULL THEN ? ELSE lead(price, 2) OVER (ORDER BY id) END");
#define NEXT(c, n, otherwise) cf_over(cf_lead(Reading.c, n, otherwise), .order_by = { cf_asc(Reading.id) })
#define BEFORE(c, otherwise)                                                                             \
    cf_over(cf_lag(Reading.c, 1, otherwise), .partition_by = { cf_modulo(Reading.id, cf_literal(100)) }, \
            .order_by = { cf_asc(Reading.id) })
    struct Cell_list cells = cf_select(db, Cell, .from = Reading, .order_by = { cf_asc(Reading.id) },
                                       .columns = { NEXT(amount, 1, Reading.id), NEXT(number, 1, 0),
                                                    cf_coalesce(NEXT(note, 2, "none"), "NULL") });
    assert_integer(cells.items[1]->integer, 10);
    assert_integer(cells.items[2]->integer, 3);
    assert_false(cells.items[0]->number.is_set); /* a neighbour's NULL is NULL */
    assert_number(cells.items[2]->number, 0);
    assert_string_equal(cells.items[0]->text, "lee");
    assert_string_equal(cells.items[1]->text, "none");
    struct Price_list prices = cf_select(db, Price, .from = Reading, .order_by = { cf_asc(Reading.id) },
                                         .columns = { NEXT(price, 1, cf_decimal_of(-5, 1)) });
    assert_price(prices.items[0]->price, "10.0000");
    assert_price(prices.items[2]->price, "-0.5000");
    struct Words_list words = cf_select(db, Words, .from = Reading, .order_by = { cf_asc(Reading.id) },
                                        .columns = { NEXT(state, 1, State_stale) });
    assert_string_equal(words.items[0]->text, "fresh");
    assert_string_equal(words.items[2]->text, "stale");
    struct Moment_list moments = cf_select(db, Moment, .from = Reading, .order_by = { cf_asc(Reading.id) },
                                           .columns = { BEFORE(at, ((cf_time){ 1767323045000001 })) });
    assert_moment(moments.items[2]->moment, "2026-01-02T03:04:05.000001Z");
}

static void a_window_of_all_rows_stands_beside_others(cf_db *db)
{
    static const int64_t totals[] = { 7, 0, 10, 7, 0, 7 };
    static const double means[] = { 7, 2.5, 4, 8.5, 4.5, -2.5 };
    fill(db);
    for (int64_t i = 0, amounts[] = { 7, 2, -7 }; i < 3; i++)
        cf_add(db, Reading, .sensor_id = 1, .at = cf_now(), .day = ((cf_date){ 2026, 1, 2 }), .amount = amounts[i],
               .price = cf_decimal_of(0, 0), .good = true, .state = State_fresh);
    cf_expr *all = cf_over(cf_count_of(Reading.amount));
    assert_spelt(all, "count(amount) OVER ()", NULL, "count(amount) OVER (PARTITION BY RAND() * 0)");
    struct Cell_list cells =
        cf_select(db, Cell, .from = Reading, .order_by = { cf_asc(Reading.id) },
                  .columns = { .integer =
                                   cf_over(cf_sum_of(Reading.amount), .partition_by = { cf_abs(Reading.amount) }),
                               .text = cf_cast(all, Text),
                               .number = cf_over(cf_avg_of(Reading.amount), .order_by = { cf_asc(Reading.id) },
                                                 .rows = cf_rows(-1, 0)) });
    for (size_t i = 0; i < 6; i++) {
        assert_integer(cells.items[i]->integer, totals[i]);
        assert_string_equal(cells.items[i]->text, "6");
        assert_true(cells.items[i]->number.value == means[i]);
    }
}

static void null_comes_last_and_rows_are_locked(cf_db *db)
{
    fill(db);
    assert_sql(
        cf_subselect(Named, .from = Sensor, .order_by = { cf_asc(Sensor.parent_id), cf_desc(cf_lower(Sensor.name)) }),
        "SELECT id, name FROM sensors ORDER BY parent_id NULLS LAST, lower(name) DESC NULLS LAST", NULL,
        "SELECT id, name FROM sensors ORDER BY parent_id IS NULL, parent_id, lower(name) IS NULL, lower(name) DESC");
    assert_sql(cf_subselect(Named, .from = Sensor, .for_update = CF_FOR_UPDATE),
               "SELECT id, name FROM sensors FOR UPDATE", NULL, NULL);
    assert_sql(cf_subselect(Named, .from = Sensor, .for_update = CF_FOR_UPDATE | CF_SKIP_LOCKED),
               "SELECT id, name FROM sensors FOR UPDATE SKIP LOCKED", NULL, NULL);
    assert_sql(cf_subselect(Named, .from = Sensor, .for_update = CF_FOR_UPDATE | CF_NO_WAIT),
               "SELECT id, name FROM sensors FOR UPDATE NOWAIT", NULL, NULL);
    assert_sql(cf_subselect(Named, .from = Sensor, .for_update = CF_FOR_SHARE | CF_NO_WAIT),
               "SELECT id, name FROM sensors FOR SHARE NOWAIT", NULL,
               "SELECT id, name FROM sensors LOCK IN SHARE MODE NOWAIT");
    assert_string_equal(names(cf_select(db, Named, .from = Sensor, .order_by = { cf_asc(Sensor.parent_id) })),
                        "2:Cellar 3:attic 1:roof");
    assert_string_equal(names(cf_select(db, Named, .from = Sensor, .order_by = { cf_desc(Sensor.parent_id) })),
                        "3:attic 2:Cellar 1:roof");
    sent();
    struct Sensor *roof = cf_get(db, Sensor, 1, .for_update = CF_FOR_UPDATE);
    assert_string_equal(roof->name, "roof");
    assert_int_equal(
        cf_find(db, Sensor, .where = cf_gt(Sensor.id, 1), .for_update = CF_FOR_UPDATE | CF_SKIP_LOCKED).count, 2);
    assert_int_equal(
        cf_find(db, Sensor, .where = cf_gt(Sensor.id, 1), .for_update = CF_FOR_SHARE | CF_SKIP_LOCKED).count, 2);
    assert_true(cf__link_active(cf__session_link(db)));
    cf_rollback(db);
}

static void sql_of_ones_own_takes_named_values(cf_db *db)
{
    fill(db);
    struct Named_list found =
        cf_sql(db, Named, "SELECT id, name FROM sensors WHERE id > :id AND name <> :name AND name <> ':id' ORDER BY id",
               cf_value("name", "attic"), cf_value("id", 1));
    assert_string_equal(names(found), "2:Cellar");
    assert_int_equal(cf_sql_execute(db, "UPDATE readings SET note = :note, good = :good WHERE amount = :amount",
                                    cf_value("note", "new"), cf_value("good", (bool)true), cf_value("amount", -2)),
                     1);
    assert_int_equal(cf_count(db, Reading, .where = cf_and(cf_eq(Reading.note, "new"), cf_eq(Reading.good, true))), 1);
}

/* ---- Shapes ----------------------------------------------------------------------------------------------------- */

static uint64_t shape_of(const cf_subquery *query)
{
    struct cf__parameters parameters = { 0 };
    const struct cf__query run = { .kind = CF__SELECT, .model = query->shape, .select = query };
    return cf__query_shape(&run, &cf__sqlite_dialect, cf__current(), &parameters);
}

static cf_subquery *below(const char *alias, int64_t level, bool strict, int digits)
{
    struct Sensor_columns upper = strcmp(alias, "a") == 0 ? cf_alias(Sensor, "a") : cf_alias(Sensor, "b");
    struct Total_columns totals =
        cf_as(Total, cf_subselect(Total, .from = Reading,
                                  .columns = { .total = cf_cast(cf_round(Reading.number, digits), Integer) }));
    cf_expr *condition = strict ? cf_gt(totals.total, level) : cf_ge(totals.total, level);
    return cf_subselect(Named, .from = Sensor,
                        .join = { cf_join(upper, .along = Sensor.parent),
                                  cf_join(totals, .on = cf_eq(totals.sensor_id, upper.id)) },
                        .columns = { .name = cf_column(upper.name) }, .where = condition);
}

static void queries_of_one_shape_are_one_statement(cf_db *db)
{
    (void)db;
    uint64_t shape = shape_of(below("a", 1, true, 1));
    assert_true(shape == shape_of(below("a", 2, true, 1)));
    assert_true(shape != shape_of(below("b", 1, true, 1)));
    assert_true(shape != shape_of(below("a", 1, false, 1)));
    assert_true(shape != shape_of(below("a", 1, true, 2)));
    const cf_subquery *up = cf_subselect(Named, .from = Sensor, .order_by = { cf_asc(Sensor.id) });
    const cf_subquery *down = cf_subselect(Named, .from = Sensor, .order_by = { cf_desc(Sensor.id) });
    const cf_subquery *variants[] = {
        cf_subselect(Named, .from = Sensor),
        cf_subselect(Named, .from = Sensor, .distinct = true),
        cf_subselect(Named, .from = Sensor, .limit = 1),
        cf_subselect(Named, .from = Sensor, .offset = 1),
        cf_subselect(Named, .from = Sensor, .for_update = CF_FOR_UPDATE),
        cf_subselect(Named, .from = Sensor, .for_update = CF_FOR_UPDATE | CF_NO_WAIT),
        cf_subselect(Named, .from = Sensor, .join = { cf_join(Sensor.readings) }),
        cf_subselect(Named, .from = Sensor, .join = { cf_left_join(Sensor.readings) }),
        cf_subselect(Named, .from = Sensor, .columns = { .name = cf_literal("a") }),
        cf_subselect(Named, .from = Sensor, .columns = { .name = cf_lower(Sensor.name) }),
        cf_subselect(Named, .from = Sensor, .columns = { .name = cf_upper(Sensor.name) }),
        cf_subselect(Named, .from = Sensor, .columns = { .name = cf_cast(Sensor.id, String(3)) }),
        cf_subselect(Named, .from = Sensor, .columns = { .name = cf_cast(Sensor.id, String(4)) }),
        cf_subselect(Named, .from = Sensor, .columns = { .name = cf_function("hex", Sensor.name) }),
        cf_subselect(Named, .from = Sensor, .columns = { .name = cf_function("quote", Sensor.name) }),
        cf_subselect(Named, .from = Sensor, .where = cf_any(Sensor.readings, NULL)),
        cf_subselect(Named, .from = Sensor, .where = cf_any(Sensor.children, NULL)),
        cf_subselect(Named, .from = Sensor, .where = cf_eq(cf_length(Sensor.name), 1)),
        cf_subselect(Named, .from = Sensor, .where = cf_eq(cf_function("length", Sensor.name), 1)),
        cf_subselect(Named, .from = Sensor, .where = cf_eq(cf_function("length", Sensor.name), 1.5)),
        cf_subselect(Named, .from = Sensor, .group_by = { cf_column(Sensor.id) }),
        cf_subselect(Named, .from = Sensor, .group_by = { cf_column(Sensor.name) }),
        cf_subselect(Named, .from = Sensor, .group_by = { cf_column(Sensor.name) },
                     .having = cf_gt(cf_count_rows(), 1)),
        up,
        down,
    };
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++)
        for (size_t j = 0; j < i; j++)
            assert_true(shape_of(variants[i]) != shape_of(variants[j]));
}

static void a_field_named_as_a_column_does_not_stand_for_it(cf_db *db)
{
    fill(db);
    assert_sql(cf_subselect(Named, .from = Sensor, .columns = { .name = cf_lower(Sensor.name) },
                            .order_by = { cf_asc(Sensor.name) }),
               "SELECT sensors.id, lower(sensors.name) AS name FROM sensors ORDER BY sensors.name", NULL, NULL);
    assert_string_equal(names(cf_select(db, Named, .from = Sensor, .columns = { .name = cf_lower(Sensor.name) },
                                        .order_by = { cf_asc(Sensor.name) })),
                        "2:cellar 3:attic 1:roof");
}

/* ---- What is wrong ---------------------------------------------------------------------------------------------- */

static cf_db *asked;

#define WRONG(name, statement)     \
    static void name(void *unused) \
    {                              \
        (void)unused;              \
        cf_db *db = asked;         \
        (void)db;                  \
        statement;                 \
    }
WRONG(a_time_for_a_number, cf_select(db, Fraction, .from = Reading, .columns = { cf_truncate(Reading.at, CF_DAY) }))
WRONG(a_number_for_an_integer, cf_select(db, Whole, .from = Reading, .columns = { cf_avg_of(Reading.amount) }))
WRONG(a_field_of_nothing, cf_select(db, Total, .from = Reading))
WRONG(a_table_twice, cf_select(db, Named, .from = Sensor, .join = { cf_join(Sensor.parent) }))
WRONG(a_join_on_nothing, cf_select(db, Named, .from = Sensor, .join = { cf_join(Tag) }))
WRONG(a_relation_of_another, cf_select(db, Named, .from = Sensor, .join = { cf_join(Tag.sensors) }))
WRONG(a_column_of_another, cf_find(db, Sensor, .where = cf_eq(cf_lower(Tag.word), "x")))
WRONG(arithmetic_of_texts, cf_plus(cf_lower(Reading.note), 1))
WRONG(a_text_beside_a_number, cf_eq(cf_plus(Reading.amount, 1), "x"))
WRONG(a_function_of_no_name, cf_function("lower(", Reading.note))
WRONG(an_otherwise_first, cf_case(cf_otherwise(1), cf_when(cf_eq(Reading.id, 1), 2)))
WRONG(a_case_without_condition, cf_case(cf_when(NULL, 2)))
WRONG(a_window_of_no_function, cf_over(cf_plus(Reading.amount, 1)))
WRONG(a_shape_as_a_table, cf_select(db, Named, .from = Total))
WRONG(different_shapes, cf_union(cf_subselect(Named, .from = Sensor),
                                 cf_subselect(Total, .from = Reading, .columns = { .total = cf_literal(1) })))
WRONG(recursion_without_rows, {
    struct Named_columns rows = cf_recursive(Named);
    cf_select(db, Named, .from = rows);
})
WRONG(a_text_among_integers, cf_in_select(Reading.id, cf_subquery_of(Sensor.name, .from = Sensor)))
WRONG(a_text_of_null, cf_concat(Reading.note, (const char *)NULL))

WRONG(distinct_of_no_aggregate, cf_distinct(cf_lower(Reading.note)))
WRONG(a_sum_of_different_values_over_a_window, cf_over(cf_distinct(cf_sum_of(Reading.amount))))
WRONG(distinct_texts_in_sqlite, expression_in(&cf__sqlite_dialect, cf_distinct(cf_group_concat(Reading.note, ", "))))

WRONG(a_sum_of_long_decimals, cf_select(db, Price, .from = Reading, .columns = { cf_sum_of(Reading.exact) }))

static void long_decimals_are_computed_with_where_they_are_numbers(cf_db *db)
{
    asked = db;
    if (world.uri)
        a_sum_of_long_decimals(NULL);
    else
        assert_string_equal(error_of(a_sum_of_long_decimals, NULL)->message,
                            "exact has 20 digits: sqlite computes exactly with at most 15");
}

static void wrong_queries_are_told_before_anything_is_sent(cf_db *db)
{
    static const struct {
        void (*function)(void *);
        const char *message;
    } wrongs[] = {
        { a_time_for_a_number, "Fraction.number was given an expression of another type: it is like at" },
        { a_number_for_an_integer, "Whole.integer was given an expression of another type: it is like a number" },
        { a_field_of_nothing, "Total.total is selected by no expression, and Reading has no column of its name" },
        { a_table_twice, "Sensor is joined to a query that is on it already: give it a name by cf_alias" },
        { a_join_on_nothing, "Tag is joined without a condition, and no foreign key leads to or from the tables before "
                             "it: say .on = …, or join a relation" },
        { a_relation_of_another, "Tag.sensors is joined to a query that is not on Tag" },
        { a_column_of_another, "Tag.word does not belong to this query, which is on Sensor" },
        { arithmetic_of_texts, "arithmetic is of numbers, not of what is like a text" },
        { a_text_beside_a_number, "an expression that is like an integer was put beside a text" },
        { a_function_of_no_name, "\"lower(\" is no name of a function" },
        { an_otherwise_first, "cf_case is of cf_when with conditions, and at most one cf_otherwise behind them" },
        { a_case_without_condition, "cf_case is of cf_when with conditions, and at most one cf_otherwise behind them" },
        { a_window_of_no_function, "cf_over is of an aggregate, a window function, or cf_function" },
        { distinct_of_no_aggregate, "cf_distinct is of a count, a sum, an average or a cf_group_concat" },
        { a_sum_of_different_values_over_a_window, "cf_over is of an aggregate, a window function, or cf_function" },
        { distinct_texts_in_sqlite, "sqlite has no cf_distinct of a cf_group_concat: put the texts of a query together "
                                    "that is .distinct" },
        { a_shape_as_a_table, "Total is a SHAPE: it has no table to query (a query stands in its place by cf_as)" },
        { different_shapes, "queries put together select the same SHAPE, not Named and Total" },
        { recursion_without_rows, "Named was declared with cf_recursive and has no cf_recursion" },
        { a_text_among_integers, "what is like id cannot be among values like name" },
        { a_text_of_null, "an expression was compared with a NULL text: ask for SQL NULL with cf_is_null" },
    };
    asked = db;
    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
        const cf_error *error = error_of(wrongs[i].function, NULL);
        assert_string_equal(error->message, wrongs[i].message);
        assert_int_equal(error->code, CF_INTERNAL);
    }
    assert_string_equal(sent(), "");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(rows_are_grouped),
        SESSION_TEST(what_rows_are_grouped_by_is_known_wherever_it_stands),
        SESSION_TEST(what_is_written_twice_is_grouped_as_one),
        SESSION_TEST(what_differs_in_a_value_or_stands_within_is_not_the_same),
        SESSION_TEST(a_value_that_rows_are_grouped_by_is_any_other_elsewhere),
        SESSION_TEST(queries_are_joined_along_relations_and_on_conditions),
        SESSION_TEST(conditions_look_along_relations),
        SESSION_TEST(queries_stand_in_conditions_and_in_the_place_of_tables),
        SESSION_TEST(rows_of_queries_are_put_together),
        SESSION_TEST(blanks_at_the_end_of_a_value_are_kept),
        SESSION_TEST(common_tables_are_named_once_and_may_refer_to_themselves),
        SESSION_TEST(windows_look_at_other_rows),
        SESSION_TEST(a_neighbour_that_is_not_there_has_a_value),
        SESSION_TEST(a_window_of_all_rows_stands_beside_others),
        SESSION_TEST(null_comes_last_and_rows_are_locked),
        SESSION_TEST(sql_of_ones_own_takes_named_values),
        SESSION_TEST(queries_of_one_shape_are_one_statement),
        SESSION_TEST(a_field_named_as_a_column_does_not_stand_for_it),
        SESSION_TEST(long_decimals_are_computed_with_where_they_are_numbers),
        SESSION_TEST(wrong_queries_are_told_before_anything_is_sent),
    };
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
