/* SPDX-License-Identifier: MIT
 *
 * The examples of docs/bulk.md, compiled.
 */
/* clang-format off */
#include <carafe/carafe.h>
#include <inttypes.h>
#include <stdio.h>

MODEL(Reading, "readings",
    (id,     Id),
    (sensor, String(40)),
    (value,  Float),
    (at,     DateTime, server_default_sql = "CURRENT_TIMESTAMP"));

SHAPE(Daily, (sensor, Text), (highest, Float));

MODEL(Product, "products",
    (id,    Id),
    (price, Nullable(Numeric(10, 2))),
    (was,   Nullable(Numeric(10, 2))),
    (note,  Nullable(Text)));

MODEL(Archived, "archived",
    (id,    Id),
    (title, Text),
    (price, Nullable(Numeric(10, 2))));
SHAPE(Leaving, (price, Nullable(Numeric(10, 2))), (title, Text));

MODEL(Setting, "settings",
    (key,   String(40), primary_key = true),
    (value, Text),
    (note,  Nullable(Text)),
    (uses,  Integer, server_default = "0"));

struct line {
    const char *sensor;
    double value;
};

void import(cf_db *db, const struct line *lines, size_t count);
void import(cf_db *db, const struct line *lines, size_t count)
{
    struct Reading *readings = cf_alloc(db, count * sizeof *readings);
    for (size_t i = 0; i < count; i++)
        readings[i] = (struct Reading){ .sensor = lines[i].sensor, .value = lines[i].value };

    cf_insert_all(db, Reading, readings, count);
    cf_commit(db);

    cf_insert_all(db, Reading, readings, count, .columns = cf_columns(Reading.sensor, Reading.value), .returning = true);
    printf("the first one is number %" PRId64 "\n", readings[0].id);
}

int64_t raise_prices(cf_db *db);
int64_t raise_prices(cf_db *db)
{
    int64_t raised = cf_update_all(db, Product,
        .set   = { cf_set(Product.price, cf_plus(Product.price, 2)), cf_set(Product.was, Product.price), cf_set_null(Product.note) },
        .where = cf_lt(Product.price, 12));
    int64_t gone = cf_delete_all(db, Product, .where = cf_is_null(Product.price));
    cf_commit(db);
    return raised + gone;
}

size_t give_back(cf_db *db);
size_t give_back(cf_db *db)
{
    struct Product_list raised = cf_update_all_returning(db, Product,
        .set = { cf_set(Product.note, "new price") }, .where = cf_gt(Product.price, 10));
    struct Product_list gone = cf_delete_all_returning(db, Product, .where = cf_is_null(Product.price));
    return raised.count + gone.count;
}

size_t archive_notes(cf_db *db);
size_t archive_notes(cf_db *db)
{
struct Archived_list archived = cf_insert_from_returning(db, Archived, cf_columns(Archived.title),
    cf_subquery_of(Product.note, .from = Product, .where = cf_is_not_null(Product.note)));
    return archived.count;
}

void archive(cf_db *db);
void archive(cf_db *db)
{
    cf_insert_from(db, Archived, cf_columns(Archived.price, Archived.title),
        cf_subselect(Leaving, .from = Product, .columns = { .title = cf_coalesce(Product.note, "none") }, .where = cf_gt(Product.price, 100)));
}

struct Setting *set_theme(cf_db *db);
struct Setting *set_theme(cf_db *db)
{
    struct Setting *theme = cf_upsert(db, Setting, cf_columns(Setting.key), .key = "theme", .value = "dark");
    cf_commit(db);
    return theme;
}

void keep_settings(cf_db *db, struct Setting *settings, size_t count);
void keep_settings(cf_db *db, struct Setting *settings, size_t count)
{
    cf_upsert(db, Setting, cf_on_conflict(cf_columns(Setting.key), .update = cf_columns(Setting.value)),
              .key = "theme", .value = "dark", .note = "only of a new row");
    cf_upsert(db, Setting, cf_on_conflict(cf_columns(Setting.key), .keep = true), .key = "theme", .value = "light");
    cf_upsert(db, Setting, cf_on_conflict(cf_columns(Setting.key), .set = { cf_set(Setting.uses, cf_plus(Setting.uses, 1)) }),
              .key = "theme", .value = "dark", .uses = 1);
    cf_upsert_all(db, Setting, cf_columns(Setting.key), settings, count);
    cf_upsert(db, Setting, cf_on_conflict(cf_columns(Setting.key), .where = cf_lt(Setting.uses, cf_excluded(Setting.uses))),
              .key = "theme", .value = "dark", .uses = 7);
    cf_upsert_all(db, Setting, cf_on_conflict(cf_columns(Setting.key),
        .set = { cf_set(Setting.uses, cf_plus(Setting.uses, cf_excluded(Setting.uses))) }), settings, count);

    struct Setting_list now = cf_upsert_all_returning(db, Setting, cf_columns(Setting.key), settings, count);
    for cf_each(setting, now)
        printf("%s %" PRId64 "\n", setting->key, setting->uses);
}

void export(cf_db *db, FILE *out);
void export(cf_db *db, FILE *out)
{
    for cf_find_each(reading, db, Reading, .where = cf_gt(Reading.value, 100), .order_by = { cf_asc(Reading.id) })
        fprintf(out, "%" PRId64 ",%s,%g\n", reading->id, reading->sensor, reading->value);

    for cf_select_each(daily, db, Daily, .from = Reading,
            .columns = { .sensor = cf_column(Reading.sensor), .highest = cf_max_of(Reading.value) }, .group_by = { cf_column(Reading.sensor) })
        fprintf(out, "%s,%g\n", daily->sensor, daily->highest);

    for cf_sql_each(daily, db, Daily, "SELECT sensor, max(value) AS highest FROM readings WHERE value > ? GROUP BY sensor", 10.0)
        fprintf(out, "%s,%g\n", daily->sensor, daily->highest);
}

int64_t correct(cf_db *db);
int64_t correct(cf_db *db)
{
    struct Reading corrected[] = { { .id = 17, .value = 3.5 }, { .id = 18, .value = 3.25 } };
    int64_t met = cf_update_many(db, Reading, cf_columns(Reading.value), corrected, 2);
    int64_t changed = cf_sql_execute_all(db, "UPDATE readings SET value = :value WHERE id = :id AND value < :value", Reading, corrected, 2);
    return met + changed;
}
