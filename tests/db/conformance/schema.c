/* SPDX-License-Identifier: MIT
 *
 * What is declared is what the inspector finds: nothing is left to change between the two, also where names are the
 * database's own words, and column by column.
 */
#include "../../../src/migrate/operations.h"
#include "suite.h"

/* clang-format off */
CF_CHOICES(Color, red, green, dark_blue);

MODEL(Place, "places",
    (country, String(2),  primary_key = true),
    (code,    Integer,    primary_key = true),
    (name,    String(80), unique = true),
    (note,    Nullable(Text)));

MODEL(Thing, "things",
    (id,       Id),
    (small,    SmallInteger,               server_default = "-1"),
    (whole,    Integer,                    server_default = "42", index = true),
    (big,      Nullable(BigInteger)),
    (flag,     Boolean,                    server_default = "true"),
    (off,      Boolean,                    server_default = "false"),
    (ratio,    Float,                      server_default = "1.5"),
    (price,    Numeric(10, 2),             server_default = "-12.50"),
    (exact,    Nullable(Numeric(38, 10))),
    (label,    String(50),                 server_default = "it's 100% \\ \"x\""),
    (empty,    String(10),                 server_default = ""),
    (note,     Text,                       server_default = "none"),
    (day,      Date,                       server_default = "2026-01-31"),
    (at,       Time,                       server_default = "12:30:00"),
    (moment,   DateTime,                   server_default = "2026-01-31T12:30:00Z"),
    (created,  DateTime,                   server_default_sql = "CURRENT_TIMESTAMP"),
    (key,      Uuid,                       unique = true),
    (data,     Nullable(Blob)),
    (extra,    Nullable(Json)),
    (color,    Enum(Color),                server_default = "dark_blue"),
    (size,     Nullable(Choices("s", "m", "xl"))),
    (parent,   Nullable(Integer),          references = "things.id", on_delete = "set null", on_update = "cascade"),
    (one_name, Unique(label, whole)),
    (by_day,   Index(day, at)),
    (positive, Check("whole >= 0 and label <> ''")));

MODEL(Reserved, "select",
    (id,       Id),
    (group_,   Integer,           column = "group", index = true),
    (order,    Nullable(Integer), references = "select.id", on_delete = "cascade"),
    (Mixed,    String(10),        unique = true),
    (from,     Nullable(Text),    column = "a column of words"),
    (user,     Nullable(Text)),
    (where,    Integer,           check = "\"where\" > 0"));

MODEL(Visit, "visits",
    (id,       Id),
    (thing_id, Integer,    references = "things.id", on_delete = "restrict"),
    (other_id, Integer,    references = "things.id"),
    (when,     DateTime));

static const struct cf_model *const models[] = { &Place.model_, &Thing.model_, &Reserved.model_, &Visit.model_, NULL };
/* clang-format on */

static const struct cf_schema *inspect(void)
{
    return cf__engine_inspect(world.engine, here());
}

static void what_is_declared_is_what_is_found(const void *unused)
{
    (void)unused;
    const struct cf_schema *declared = cf_schema_of_models(here(), models), *found = inspect();
    const struct cf__diff_options options = { .allow_drop = true, .dialect = world.driver->dialect };
    expect_integer(found->count, declared->count);
    struct cf__operations there = cf__diff(here(), found, declared, &options),
                          back = cf__diff(here(), declared, found, &options);
    if (there.count)
        fails("%s", cf__operation_text(here(), &there.items[0]));
    if (back.count)
        fails("%s", cf__operation_text(here(), &back.items[0]));
}

static void expect_names(const struct cf_names *found, const struct cf_names *declared)
{
    expect_integer(found->count, declared->count);
    for (size_t i = 0; i < found->count; i++)
        expect_text(found->items[i], declared->items[i]);
}

static void constraints_have_their_names_and_columns(const void *unused)
{
    (void)unused;
    const struct cf_schema *declared = cf_schema_of_models(here(), models), *found = inspect();
    for (size_t i = 0; i < declared->count; i++) {
        const struct cf_table *table = &declared->tables[i], *other = cf_schema_table(found, table->name);
        expect(other);
        expect_text(other->primary_key_name, table->primary_key_name);
        expect_names(&other->primary_key, &table->primary_key);
        expect_integer(other->unique_count, table->unique_count);
        expect_integer(other->foreign_key_count, table->foreign_key_count);
        expect_integer(other->check_count, table->check_count);
        expect_integer(other->index_count, table->index_count);
        for (size_t j = 0; j < table->column_count; j++) {
            const struct cf_schema_column *column = &other->columns[j];
            expect_text(column->name, table->columns[j].name);
            expect(column->nullable == table->columns[j].nullable);
            expect(column->raw_type && *column->raw_type);
            expect(column->identity == table->columns[j].identity);
            expect((column->default_kind == CF_DEFAULT_NONE) == (table->columns[j].default_kind == CF_DEFAULT_NONE));
        }
    }
}

static void a_table_by_free_sql_is_found(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    cf_sql_execute(db, "CREATE TABLE plain (a INTEGER NOT NULL, b VARCHAR(7))");
    cf_commit(db);
    const struct cf_table *table = cf_schema_table(inspect(), "plain");
    bool found = table && table->column_count == 2 && !table->primary_key.count && !table->columns[0].nullable &&
                 table->columns[1].nullable && table->columns[1].type == CF_TYPE_STRING &&
                 table->columns[1].length == 7;
    cf_sql_execute(db, "DROP TABLE plain");
    cf_commit(db);
    expect(found);
    expect(!cf_schema_table(inspect(), "plain"));
}

static void a_view_is_found(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    cf_sql_execute(db, "CREATE VIEW seen AS SELECT id, label FROM things");
    cf_commit(db);
    const struct cf_schema *schema = inspect();
    cf_sql_execute(db, "DROP VIEW seen");
    cf_commit(db);
    expect_integer(schema->view_count, 1);
    expect_text(schema->views[0].name, "seen");
    expect(strstr(schema->views[0].sql, "things"));
    expect_integer(schema->count, 4);
}

static void tables_of_reserved_words_are_used_like_others(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    struct Reserved *row = cf_add(db, Reserved, .group_ = 1, .Mixed = "x", .from = "y", .where = 1);
    cf_commit(db);
    struct Reserved *child = cf_add(db, Reserved, .group_ = 2, .Mixed = "y", .where = 2, .order = cf_optional(row->id));
    cf_commit(db);
    row->from = "changed";
    cf_commit(db);
    struct Reserved_list list =
        cf_find(new_session(), Reserved, .where = cf_and(cf_gt(Reserved.where, 0), cf_ne(Reserved.Mixed, "")),
                .order_by = { cf_desc(Reserved.group_) });
    expect_integer(list.count, 2);
    expect_integer(list.items[0]->id, child->id);
    expect_text(list.items[1]->from, "changed");
    row->where = 0;
    expect_refused(db, CF_CHECK, "ck_select_where");
    cf_add(db, Reserved, .group_ = 3, .Mixed = "x", .where = 1);
    expect_refused(db, CF_UNIQUE, "uq_select_Mixed");
    cf_delete(db, Reserved, row);
    cf_commit(db);
    expect_integer(cf_count(new_session(), Reserved), 0);
}

/* Statements prepared before a table changes go on working after it. */
static void a_table_may_change_under_prepared_statements(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 5; i++) {
            expect_integer(cf_count(new_session(), Place), round);
            cf_find(new_session(), Place, .order_by = { cf_asc(Place.code) });
            cf_sql(new_session(), Place, "SELECT * FROM places");
        }
        cf_sql_execute(db, "ALTER TABLE places ADD COLUMN extra INTEGER");
        cf_commit(db);
        cf_add(db, Place, .country = "ch", .code = round, .name = cf_format(db, "%d", round));
        cf_commit(db);
        struct Place_list list = cf_sql(new_session(), Place, "SELECT * FROM places ORDER BY code");
        expect_integer(list.count, round + 1);
        expect_integer(list.items[round]->code, round);
        expect_integer(cf_find(new_session(), Place).count, round + 1);
        cf_sql_execute(db, "ALTER TABLE places DROP COLUMN extra");
        cf_commit(db);
    }
}

static const struct test tests[] = {
    TEST(what_is_declared_is_what_is_found),
    TEST(constraints_have_their_names_and_columns),
    TEST(a_table_by_free_sql_is_found),
    TEST(a_view_is_found),
    TEST(tables_of_reserved_words_are_used_like_others),
    TEST(a_table_may_change_under_prepared_statements),
};

static const struct test *list_tests(size_t *count)
{
    *count = sizeof tests / sizeof tests[0];
    return tests;
}

const struct suite schema_suite = { "schema", models, .tests = list_tests };
