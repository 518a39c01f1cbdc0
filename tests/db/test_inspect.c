/* SPDX-License-Identifier: MIT
 *
 * What a schema becomes in a database is what the inspector finds there, and schemas made by others are understood.
 */
#include "support.h"

#include <ctype.h>
#include <sqlite3.h>

#include "models.h"

static const char *table_sql(const struct cf_table *table, cf_engine *engine)
{
    const struct cf_dialect *dialect = cf__engine_driver(engine)->dialect;
    struct cf__buffer sql = cf__buffer_new(cf__current(), CF__CAP_SQL, "a table");
    cf__ddl_create_table(&sql, dialect, table);
    for (size_t i = 0; i < table->index_count; i++) {
        cf__buffer_string(&sql, "\n");
        cf__ddl_create_index(&sql, dialect, table->name, &table->indexes[i]);
    }
    return cf__buffer_text(&sql);
}

/* ---- The text --------------------------------------------------------------------------------------------------- */

static void texts(void *unused)
{
    (void)unused;
    cf_engine *engine = open_engine("sqlite://");
    const struct cf_schema *schema = cf_schema_of_models(here(), CF_MODELS(User, Post));
    assert_string_equal(table_sql(&schema->tables[0], engine), "CREATE TABLE users (\n"
                                                               "    id INTEGER NOT NULL,\n"
                                                               "    name VARCHAR(50) NOT NULL,\n"
                                                               "    email VARCHAR(120) NOT NULL,\n"
                                                               "    age INTEGER,\n"
                                                               "    password TEXT,\n"
                                                               "    CONSTRAINT pk_users PRIMARY KEY (id),\n"
                                                               "    CONSTRAINT uq_users_email UNIQUE (email)\n"
                                                               ")");
    assert_string_equal(
        table_sql(&schema->tables[1], engine),
        "CREATE TABLE posts (\n"
        "    id INTEGER NOT NULL,\n"
        "    author_id INTEGER NOT NULL,\n"
        "    slug VARCHAR(80) NOT NULL,\n"
        "    title TEXT NOT NULL,\n"
        "    status VARCHAR(9) DEFAULT 'draft' NOT NULL,\n"
        "    CONSTRAINT pk_posts PRIMARY KEY (id),\n"
        "    CONSTRAINT uq_posts_author_id_slug UNIQUE (author_id, slug),\n"
        "    CONSTRAINT fk_posts_author_id_users FOREIGN KEY(author_id) REFERENCES users (id) ON DELETE CASCADE,\n"
        "    CONSTRAINT ck_posts_title CHECK (title <> '')\n"
        ")\n"
        "CREATE INDEX ix_posts_author_id ON posts (author_id)");
    cf__engine_close(engine);
}

static void tables_are_written_as_sqlalchemy_writes_them(void **state)
{
    (void)state;
    in_fiber(texts, NULL);
}

static void types(void *unused)
{
    (void)unused;
    static const char *const expected[] = {
        "INTEGER",     "INTEGER",     "SMALLINT",       "BIGINT",
        "BOOLEAN",     "FLOAT",       "NUMERIC(10, 2)", "TEXT_NUMERIC(38, 10) COLLATE carafe_decimal",
        "VARCHAR(50)", "TEXT",        "DATE",           "TIME",
        "DATETIME",    "CHAR(32)",    "BLOB",           "JSON",
        "VARCHAR(9)",  "VARCHAR(11)",
    };
    cf_engine *engine = open_engine("sqlite://");
    const struct cf_table *table = &cf_schema_of_models(here(), CF_MODELS(Sample))->tables[0];
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_string_equal(cf__engine_driver(engine)->dialect->type(here(), table, &table->columns[i]), expected[i]);
    cf__engine_close(engine);
}

static void types_are_those_of_sqlalchemy(void **state)
{
    (void)state;
    in_fiber(types, NULL);
}

/* ---- There and back --------------------------------------------------------------------------------------------- */

/* clang-format off */
MODEL(Option, "options",
    (id,       Id),
    (user_id,  Nullable(Integer), references = "users.id", on_delete = "set null", on_update = "cascade"),
    (post_id,  Integer,         references = "posts.id", on_delete = "restrict", unique = true, index = true),
    (parent,   Nullable(Integer), references = "options.id", on_update = "set default"),
    (count,    Integer,         server_default = "-3", check = "count < 100 AND (count > -100)"),
    (price,    Numeric(10, 2),  server_default = "1.50"),
    (exact,    Numeric(38, 10), server_default = "1234567890123456789012345678.0123456789"),
    (ratio,    Float,           server_default = "0.5"),
    (active,   Boolean,         server_default = "yes"),
    (passive,  Boolean,         server_default = "off"),
    (title,    String(40),      server_default = "it's (a) 'title', -- no comment"),
    (empty,    Text,            server_default = ""),
    (digits,   Text,            server_default = "12"),
    (day,      Date,            server_default = "2024-01-02"),
    (clock,    Time,            server_default = "03:04"),
    (moment,   DateTime,        server_default = "2024-01-02T03:04:05Z"),
    (token,    Uuid,            server_default = "00112233-4455-6677-8899-aabbccddeeff"),
    (extra,    Json,            server_default = "{\"a\": [1, 2]}"),
    (status,   Enum(Status),    server_default = "published"),
    (color,    Choices("red", "green"), server_default = "green"),
    (made_at,  DateTime,        server_default_sql = "CURRENT_TIMESTAMP"),
    (half,     Integer,         server_default_sql = "10 / 2"),
    (joined,   Text,            server_default_sql = "'it''s' || 'so'"),
    (known,    Check("title <> '' OR id IN (1, 2)")),
    (by_day,   Index(day, clock)));
/* clang-format on */

static void assert_round_trip(const struct cf_model *const *models)
{
    cf_engine *engine = open_engine("sqlite://");
    create_tables(engine, models);
    const struct cf_schema *made = cf_schema_of_models(here(), models), *found = cf__engine_inspect(engine, here());
    assert_int_equal(found->count, made->count);
    for (size_t i = 0; i < made->count; i++) {
        const struct cf_table *left = &made->tables[i], *right = &found->tables[i];
        assert_string_equal(table_sql(right, engine), table_sql(left, engine));
        for (size_t j = 0; j < left->column_count; j++) {
            const struct cf_schema_column *column = &left->columns[j], *read = &right->columns[j];
            bool labels = column->type == CF_TYPE_CHOICES; /* no database tells its labels */
            assert_int_equal(read->type, labels ? CF_TYPE_STRING : column->type);
            assert_int_equal(read->identity, column->identity);
            assert_int_equal(read->default_kind, column->default_kind);
            if (column->default_text)
                assert_string_equal(read->default_text, column->default_text);
        }
    }
    cf__engine_close(engine);
}

static void round_trips(void *unused)
{
    (void)unused;
    assert_round_trip(CF_MODELS(User, Post));
    assert_round_trip(CF_MODELS(Sample));
    assert_round_trip(CF_MODELS(Odd));
    assert_round_trip(CF_MODELS(User, Post, Option));
}

static void every_type_and_option_is_found_as_it_was_made(void **state)
{
    (void)state;
    in_fiber(round_trips, NULL);
}

/* A table whose columns are all of SQLite's keywords. */
static void keywords(void *unused)
{
    (void)unused;
    cf_engine *engine = open_engine("sqlite://");
    int count = sqlite3_keyword_count();
    for (int i = 0; i < count; i++) {
        const char *word;
        int size;
        assert_int_equal(sqlite3_keyword_name(i, &word, &size), SQLITE_OK);
        char *name = cf__copy_bytes(cf__current(), word, (size_t)size);
        for (char *at = name; *at; at++)
            *at = (char)tolower(*at);
        const struct cf_column columns[] = { { .name = "id", .type = CF_TYPE_INTEGER, .primary_key = true },
                                             { .name = name, .type = CF_TYPE_TEXT, .unique = true } };
        const struct cf_table *table = cf_table_of_columns(here(), name, columns, 2);
        run_script(engine, table_sql(table, engine));
    }
    const struct cf_schema *found = cf__engine_inspect(engine, here());
    assert_int_equal(found->count, count);
    for (int i = 0; i < count; i++)
        assert_string_equal(found->tables[i].columns[1].name, found->tables[i].name);
    cf__engine_close(engine);
}

static void every_keyword_can_be_a_name(void **state)
{
    (void)state;
    in_fiber(keywords, NULL);
}

/* ---- What others made ------------------------------------------------------------------------------------------- */

static struct cf_schema *inspect(const char *sql)
{
    cf_engine *engine = open_engine("sqlite://");
    run_script(engine, sql);
    struct cf_schema *schema = cf__engine_inspect(engine, here());
    cf__run_releases(cf__current());
    cf__engine_close(engine);
    return schema;
}

static void foreign(void *unused)
{
    (void)unused;
    const struct cf_schema *schema = inspect(
        "CREATE TABLE a (x INT PRIMARY KEY, y, UNIQUE (y, x)) WITHOUT ROWID;"
        "create table [the b] /* (a comment, with CHECK (1)) */ ( -- and UNIQUE another\n"
        "  `id` integer constraint pk_b primary key autoincrement,\n"
        "  z text constraint nn not null unique default 'a, b (c)' check (z <> ')') collate nocase,\n"
        "  x INT constraint fk_x references a(x) on delete cascade on update no action,\n"
        "  w NUMERIC(10) constraint fk_w references a,\n"
        "  constraint ck_z check (length(z) > 1 and z <> 'UNIQUE (x)'),\n"
        "  constraint \"un \"\"it\" unique (z collate nocase desc, x),\n"
        "  check (x > 0)\n"
        ");"
        "CREATE VIEW v AS SELECT * FROM a; CREATE TABLE carafe_history (id TEXT); CREATE TABLE carafes (id TEXT)");
    assert_int_equal(schema->count, 3);
    const struct cf_table *b = &schema->tables[1];
    assert_string_equal(b->name, "the b");
    assert_string_equal(schema->tables[2].name, "carafes");
    assert_null(schema->tables[0].primary_key_name);
    assert_string_equal(schema->tables[0].primary_key.items[0], "x");
    assert_false(schema->tables[0].columns[0].identity);
    assert_int_equal(schema->tables[0].columns[0].type, CF_TYPE_NONE);
    assert_string_equal(schema->tables[0].columns[0].raw_type, "INT");
    assert_string_equal(schema->tables[0].columns[1].raw_type, "");
    assert_string_equal(b->primary_key_name, "pk_b");
    assert_true(b->columns[0].identity);
    assert_string_equal(b->columns[1].default_text, "a, b (c)");
    assert_int_equal(b->unique_count, 2);
    assert_null(b->uniques[0].name);
    assert_string_equal(b->uniques[0].columns.items[0], "z");
    assert_string_equal(b->uniques[1].name, "un \"it");
    assert_int_equal(b->uniques[1].columns.count, 2);
    assert_int_equal(b->foreign_key_count, 2);
    assert_string_equal(b->foreign_keys[0].name, "fk_x");
    assert_string_equal(b->foreign_keys[0].on_delete, "cascade");
    assert_null(b->foreign_keys[0].on_update);
    assert_string_equal(b->foreign_keys[1].name, "fk_w");
    assert_int_equal(b->foreign_keys[1].references.count, 1);
    assert_string_equal(b->foreign_keys[1].references.items[0], "x");
    assert_int_equal(b->check_count, 3);
    assert_null(b->checks[0].name);
    assert_string_equal(b->checks[0].sql, "z <> ')'");
    assert_string_equal(b->checks[1].name, "ck_z");
    assert_string_equal(b->checks[1].sql, "length(z) > 1 and z <> 'UNIQUE (x)'");
    assert_string_equal(b->checks[2].sql, "x > 0");
}

static void tables_written_by_hand_are_understood(void **state)
{
    (void)state;
    in_fiber(foreign, NULL);
}

static const struct cf_index *find_index(const struct cf_table *table, const char *name)
{
    for (size_t i = 0; i < table->index_count; i++)
        if (strcmp(table->indexes[i].name, name) == 0)
            return &table->indexes[i];
    fail_msg("there is no index %s", name);
    return NULL;
}

static void indexes(void *unused)
{
    (void)unused;
    const char *by_lower = "CREATE INDEX by_lower ON t (lower(name))",
               *by_newest = "CREATE INDEX by_newest ON t (age DESC)";
    const struct cf_schema *schema =
        inspect(cf_format(here(),
                          "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, age INTEGER, \"where\" TEXT);"
                          "CREATE UNIQUE INDEX by_name ON t (name, age) WHERE name <> ' where ' AND age > 3;"
                          "CREATE INDEX by_where ON t (\"where\")\nwhere\n(\"where\" IS NOT NULL);"
                          "CREATE INDEX plain ON t (age, name); %s; %s",
                          by_lower, by_newest));
    const struct cf_table *table = &schema->tables[0];
    assert_int_equal(table->index_count, 5);
    const struct cf_index *index = find_index(table, "by_name");
    assert_true(index->unique);
    assert_string_equal(index->where, "name <> ' where ' AND age > 3");
    assert_string_equal(find_index(table, "by_where")->where, "(\"where\" IS NOT NULL)");
    index = find_index(table, "plain");
    assert_false(index->unique);
    assert_null(index->where);
    assert_null(index->sql);
    assert_int_equal(index->columns.count, 2);
    assert_string_equal(index->columns.items[0], "age");
    index = find_index(table, "by_lower");
    assert_string_equal(index->expressions, "lower(name)");
    assert_int_equal(index->columns.count, 0);
    assert_string_equal(find_index(table, "by_newest")->columns.items[0], "age");
    assert_string_equal(find_index(table, "by_newest")->descending.items[0], "age");
}

static void indexes_are_found_whole_partial_and_of_expressions(void **state)
{
    (void)state;
    in_fiber(indexes, NULL);
}

static void special(void *unused)
{
    (void)unused;
    const struct cf_schema *schema =
        inspect("CREATE VIRTUAL TABLE words USING fts5(body);"
                "CREATE TABLE t (a INTEGER, b INTEGER GENERATED ALWAYS AS (a + 1) STORED, "
                "c INTEGER, CONSTRAINT two FOREIGN KEY (a, c) REFERENCES o (x, y), PRIMARY KEY (c, a));"
                "CREATE TABLE o (x INTEGER, y INTEGER, PRIMARY KEY (x, y))");
    assert_int_equal(schema->count, 2);
    const struct cf_table *table = &schema->tables[0];
    assert_string_equal(table->name, "t");
    assert_int_equal(table->column_count, 3);
    assert_string_equal(table->primary_key.items[0], "c");
    assert_string_equal(table->primary_key.items[1], "a");
    assert_false(table->columns[0].identity);
    assert_string_equal(table->foreign_keys[0].name, "two");
    assert_string_equal(table->foreign_keys[0].references.items[1], "y");
    assert_int_equal(inspect("SELECT 1")->count, 0);
}

static void generated_columns_virtual_tables_and_keys_of_two_columns_are_understood(void **state)
{
    (void)state;
    in_fiber(special, NULL);
}

static void properties(void *unused)
{
    (void)unused;
    const struct cf_schema *schema =
        inspect("CREATE TABLE o (x INTEGER PRIMARY KEY AUTOINCREMENT);"
                "CREATE TABLE p (x INTEGER, CONSTRAINT pk_p PRIMARY KEY (x ASC AUTOINCREMENT));"
                "CREATE TABLE t (a VARCHAR(9) COLLATE NOCASE, b TEXT AS (lower(a) || '), (') STORED, c TEXT GENERATED "
                "ALWAYS AS (a), "
                "d INTEGER NOT NULL REFERENCES o DEFERRABLE INITIALLY DEFERRED, e INTEGER REFERENCES o NOT DEFERRABLE, "
                "f INTEGER UNIQUE ON CONFLICT IGNORE NOT NULL, i INTEGER NOT NULL ON CONFLICT REPLACE UNIQUE, "
                "j INTEGER NOT NULL ON CONFLICT FAIL PRIMARY KEY ON CONFLICT ABORT, g TIME WITH TIME ZONE, h "
                "VARCHAR(3) COLLATE BINARY, UNIQUE (g, h) ON CONFLICT ROLLBACK)");
    const struct cf_table *table = cf_schema_table(schema, "t");
    assert_string_equal(table->columns[0].collation, "NOCASE");
    assert_string_equal(table->columns[1].generated, "lower(a) || '), ('");
    assert_true(table->columns[1].generated_stored);
    assert_string_equal(table->columns[2].generated, "a");
    assert_false(table->columns[2].generated_stored);
    assert_false(table->columns[3].nullable);
    assert_int_equal(table->columns[8].type, CF_TYPE_NONE);
    assert_string_equal(table->columns[8].raw_type, "TIME WITH TIME ZONE");
    assert_null(table->columns[9].collation);
    assert_true(table->foreign_keys[0].deferrable && table->foreign_keys[0].deferred);
    assert_false(table->foreign_keys[1].deferrable || table->foreign_keys[1].deferred);
    assert_string_equal(table->uniques[0].on_conflict, "IGNORE");
    assert_null(table->columns[5].on_conflict);
    assert_string_equal(table->columns[6].on_conflict, "REPLACE");
    assert_null(table->uniques[1].on_conflict);
    assert_string_equal(table->columns[7].on_conflict, "FAIL");
    assert_string_equal(table->primary_key_on_conflict, "ABORT");
    assert_string_equal(table->uniques[2].on_conflict, "ROLLBACK");
    assert_true(cf_schema_table(schema, "o")->columns[0].autoincrement);
    assert_true(cf_schema_table(schema, "p")->columns[0].autoincrement);
    assert_string_equal(cf_schema_table(schema, "p")->primary_key_name, "pk_p");
}

static void what_columns_say_beside_their_types_is_found(void **state)
{
    (void)state;
    in_fiber(properties, NULL);
}

static void others(void *unused)
{
    (void)unused;
    const struct cf_schema *schema = inspect(
        "CREATE TABLE t (a TEXT PRIMARY KEY, b INTEGER) STRICT, WITHOUT ROWID; CREATE VIEW v AS SELECT a FROM t;"
        "CREATE TRIGGER second AFTER DELETE ON t BEGIN SELECT 1; END; CREATE VIRTUAL TABLE words USING fts5(body);"
        "CREATE TRIGGER first AFTER INSERT ON t BEGIN SELECT 1; END");
    const struct cf_table *table = &schema->tables[0];
    assert_int_equal(schema->count, 1);
    assert_int_equal(table->notes.count, 0);
    assert_string_equal(cf_table_option(table, "sqlite"), "STRICT, WITHOUT ROWID");
    assert_int_equal(table->triggers.count, 2);
    assert_string_equal(table->triggers.items[0], "second");
    assert_int_equal(schema->view_count, 1);
    assert_string_equal(schema->views[0].sql, "SELECT a FROM t");
    assert_int_equal(schema->others.count, 1);
    assert_string_equal(schema->others.items[0], "virtual table \"words\"");
}

static void views_triggers_and_virtual_tables_are_found(void **state)
{
    (void)state;
    in_fiber(others, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_written_as_sqlalchemy_writes_them),
        cmocka_unit_test(types_are_those_of_sqlalchemy),
        cmocka_unit_test(every_type_and_option_is_found_as_it_was_made),
        cmocka_unit_test(every_keyword_can_be_a_name),
        cmocka_unit_test(tables_written_by_hand_are_understood),
        cmocka_unit_test(indexes_are_found_whole_partial_and_of_expressions),
        cmocka_unit_test(generated_columns_virtual_tables_and_keys_of_two_columns_are_understood),
        cmocka_unit_test(what_columns_say_beside_their_types_is_found),
        cmocka_unit_test(views_triggers_and_virtual_tables_are_found),
    };
    return cmocka_run_group_tests_name("db/inspect", tests, NULL, free_thread);
}
