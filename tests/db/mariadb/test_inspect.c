/* SPDX-License-Identifier: MIT
 *
 * What a schema becomes in MariaDB is what the inspector finds there, and schemas made by others are understood.
 */
#include "support.h"

#include "../models.h"

static const char *table_sql(const struct cf_table *table)
{
    const struct cf_dialect *dialect = cf__mariadb_driver.dialect;
    struct cf__buffer sql = cf__buffer_new(cf__current(), CF__CAP_SQL, "a table");
    cf__ddl_create_table(&sql, dialect, table);
    for (size_t i = 0; i < table->index_count; i++) {
        cf__buffer_string(&sql, "\n");
        cf__ddl_create_index(&sql, dialect, table->name, &table->indexes[i]);
    }
    return cf__buffer_text(&sql);
}

/* An empty database: its tables may refer to each other in circles. */
static void clear(cf_engine *engine)
{
    run_script(engine, cf_format(here(), "DROP DATABASE %s; CREATE DATABASE %s; USE %s", test_database, test_database,
                                 test_database));
}

/* ---- The text --------------------------------------------------------------------------------------------------- */

static void texts(void *unused)
{
    (void)unused;
    const struct cf_schema *schema = cf_schema_of_models(here(), CF_MODELS(User, Post));
    assert_string_equal(table_sql(&schema->tables[0]),
                        "CREATE TABLE users (\n"
                        "    id BIGINT AUTO_INCREMENT NOT NULL,\n"
                        "    name VARCHAR(50) NOT NULL,\n"
                        "    email VARCHAR(120) NOT NULL,\n"
                        "    age BIGINT,\n"
                        "    password LONGTEXT,\n"
                        "    CONSTRAINT pk_users PRIMARY KEY (id),\n"
                        "    CONSTRAINT uq_users_email UNIQUE (email)\n"
                        ") ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin");
    assert_string_equal(table_sql(&schema->tables[1]),
                        "CREATE TABLE posts (\n"
                        "    id BIGINT AUTO_INCREMENT NOT NULL,\n"
                        "    author_id BIGINT NOT NULL,\n"
                        "    slug VARCHAR(80) NOT NULL,\n"
                        "    title LONGTEXT NOT NULL,\n"
                        "    status VARCHAR(9) DEFAULT 'draft' NOT NULL,\n"
                        "    CONSTRAINT pk_posts PRIMARY KEY (id),\n"
                        "    CONSTRAINT uq_posts_author_id_slug UNIQUE (author_id, slug),\n"
                        "    CONSTRAINT fk_posts_author_id_users FOREIGN KEY(author_id) REFERENCES users (id) ON "
                        "DELETE CASCADE ON UPDATE NO "
                        "ACTION,\n"
                        "    CONSTRAINT ck_posts_title CHECK (title <> '')\n"
                        ") ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin\n"
                        "CREATE INDEX ix_posts_author_id ON posts (author_id)");
}

static void tables_are_written_in_mariadbs_words(void **state)
{
    (void)state;
    in_fiber(texts, NULL);
}

static void types(void *unused)
{
    (void)unused;
    static const char *const expected[] = {
        "BIGINT",         "BIGINT",          "SMALLINT",    "BIGINT",   "BOOLEAN",    "DOUBLE",
        "NUMERIC(10, 2)", "NUMERIC(38, 10)", "VARCHAR(50)", "LONGTEXT", "DATE",       "TIME(6)",
        "DATETIME(6)",    "CHAR(32)",        "LONGBLOB",    "JSON",     "VARCHAR(9)", "VARCHAR(11)",
    };
    const struct cf_table *table = &cf_schema_of_models(here(), CF_MODELS(Sample))->tables[0];
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_string_equal(cf__mariadb_driver.dialect->type(here(), table, &table->columns[i]), expected[i]);
}

static void every_type_has_its_name(void **state)
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
    (parent,   Nullable(Integer), references = "options.id"),
    (count,    Integer,         server_default = "-3", check = "count < 100"),
    (price,    Numeric(10, 2),  server_default = "1.50"),
    (exact,    Numeric(38, 10), server_default = "1234567890123456789012345678.0123456789"),
    (ratio,    Float,           server_default = "0.5"),
    (active,   Boolean,         server_default = "yes"),
    (passive,  Boolean,         server_default = "off"),
    (title,    String(40),      server_default = "it's (a) 'title', -- \\no comment"),
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
    (longest,  String(1000),    index = true),
    (known,    Check("title <> '' or count > 3")),
    (by_day,   Index(day, clock)));
/* clang-format on */

static void assert_round_trip(const struct cf_model *const *models)
{
    cf_engine *engine = open_engine(test_uri);
    clear(engine);
    create_tables(engine, models);
    const struct cf_schema *made = cf_schema_of_models(here(), models), *found = cf__engine_inspect(engine, here());
    assert_int_equal(found->count, made->count);
    for (size_t i = 0; i < made->count; i++) {
        const struct cf_table *left = &made->tables[i], *right = cf_schema_table(found, left->name);
        for (size_t j = 0; j < left->column_count; j++) {
            const struct cf_schema_column *column = &left->columns[j], *read = &right->columns[j];
            enum cf_type type = column->type == CF_TYPE_CHOICES ? CF_TYPE_STRING /* no database tells its labels */
                                : column->type == CF_TYPE_BIG_INTEGER ? CF_TYPE_INTEGER /* both are BIGINT */
                                                                      : column->type;
            assert_string_equal(read->name, column->name);
            assert_int_equal(read->type, type);
            assert_int_equal(read->identity, column->identity);
            assert_int_equal(read->nullable, column->nullable);
            assert_int_equal(read->default_kind, column->default_kind);
            assert_null(read->collation);
            if (column->default_text)
                assert_string_equal(read->default_text, column->default_text);
        }
        assert_int_equal(right->index_count, left->index_count);
        assert_int_equal(right->unique_count, left->unique_count);
        assert_int_equal(right->check_count, left->check_count);
        assert_int_equal(right->foreign_key_count, left->foreign_key_count);
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

/* What was found makes the same tables once more. Its order of keys and indexes is that of their names. */
static void again(void *unused)
{
    (void)unused;
    cf_engine *engine = open_engine(test_uri);
    clear(engine);
    create_tables(engine, CF_MODELS(User, Post, Option, Odd));
    const struct cf_schema *found = cf__engine_inspect(engine, here());
    clear(engine);
    static const char *const order[] = { "users", "posts", "options", "order" };
    for (size_t i = 0; i < 4; i++) {
        const struct cf_table *table = cf_schema_table(found, order[i]);
        const char *sql = table_sql(table);
        for (char *at = (char *)(uintptr_t)sql; (at = strstr(at, "\nCREATE INDEX")); at++)
            *at = ';';
        run_script(engine, sql);
    }
    const struct cf_schema *second = cf__engine_inspect(engine, here());
    assert_int_equal(second->count, found->count);
    for (size_t i = 0; i < found->count; i++)
        assert_string_equal(table_sql(&second->tables[i]), table_sql(&found->tables[i]));
    cf__engine_close(engine);
}

static void what_was_found_makes_the_same_tables_again(void **state)
{
    (void)state;
    in_fiber(again, NULL);
}

/* ---- What others made ------------------------------------------------------------------------------------------- */

static const char awkward_sql[] =
    "CREATE TABLE `Select` (`From` INT UNSIGNED NOT NULL COMMENT 'it''s', `a \"b\"` VARCHAR(20) COLLATE "
    "utf8mb4_general_ci, "
    "`c``d` ENUM('x', 'y') DEFAULT 'x', long_name VARCHAR(2000), words TEXT, PRIMARY KEY (`From`), "
    "UNIQUE KEY (`a \"b\"`), UNIQUE INDEX ix_words (words(20)), UNIQUE INDEX ix_unique (long_name), FULLTEXT INDEX ft "
    "(words), "
    "INDEX down (long_name(10) DESC, `From`), INDEX plain (`c``d`)) COMMENT 'a table' CHARACTER SET utf8mb4;"
    "CREATE TABLE pair (x BIGINT NOT NULL, y BIGINT NOT NULL, z BIGINT GENERATED ALWAYS AS (x + `y`) STORED, "
    "w VARCHAR(9) AS (CONCAT('it''s', x)) VIRTUAL, note VARCHAR(30) DEFAULT (CONCAT('a''b\\\\', 'c')), CHECK (x <> 3), "
    "n BIGINT CHECK (n IN (1, 2)), CONSTRAINT `a check` CHECK (note <> 'it''s \\\\' AND `n` > 0), PRIMARY KEY (y, x));"
    "CREATE TABLE chicken (id BIGINT PRIMARY KEY AUTO_INCREMENT, egg_id BIGINT, px BIGINT, py BIGINT, "
    "CONSTRAINT fk_pair FOREIGN KEY (py, px) REFERENCES pair (y, x) ON DELETE SET NULL ON UPDATE CASCADE);"
    "CREATE TABLE egg (id BIGINT PRIMARY KEY, chicken_id BIGINT NOT NULL, stamp TIMESTAMP NOT NULL DEFAULT "
    "CURRENT_TIMESTAMP, "
    "INDEX own (chicken_id), CONSTRAINT fk_egg FOREIGN KEY (chicken_id) REFERENCES chicken (id));"
    "ALTER TABLE chicken ADD CONSTRAINT fk_chicken FOREIGN KEY (egg_id) REFERENCES egg (id) ON DELETE NO ACTION;"
    "CREATE VIEW seen AS SELECT id, egg_id AS `the egg` FROM chicken WHERE id <> 3;"
    "CREATE TRIGGER lay AFTER INSERT ON chicken FOR EACH ROW INSERT INTO egg (id, chicken_id) VALUES (NEW.id, NEW.id);"
    "CREATE TABLE carafe_revisions (id BIGINT); CREATE TABLE carafes (id BIGINT)";

static const struct cf_index *find_index(const struct cf_table *table, const char *name)
{
    for (size_t i = 0; i < table->index_count; i++)
        if (strcmp(table->indexes[i].name, name) == 0)
            return &table->indexes[i];
    fail_msg("there is no index %s", name);
    return NULL;
}

static void look_at_select(const struct cf_table *table)
{
    assert_string_equal(table->comment, "a table");
    assert_string_equal(table->columns[0].raw_type, "int(10) unsigned");
    assert_int_equal(table->columns[0].type, CF_TYPE_NONE);
    assert_string_equal(table->columns[0].comment, "it's");
    assert_string_equal(table->columns[1].name, "a \"b\"");
    assert_string_equal(table->columns[1].collation, "utf8mb4_general_ci");
    assert_string_equal(table->columns[2].name, "c`d");
    assert_string_equal(table->columns[2].raw_type, "enum('x','y')");
    assert_string_equal(table->columns[2].default_text, "x");
    assert_string_equal(table->primary_key_name, "pk_Select");
    assert_int_equal(table->unique_count, 1);
    assert_string_equal(table->uniques[0].name, "a \"b\"");
    assert_int_equal(table->index_count, 5);
    assert_null(find_index(table, "ix_words")->sql);
    assert_int_equal(find_index(table, "ix_words")->lengths[0], 20);
    assert_true(find_index(table, "ix_unique")->unique);
    assert_null(find_index(table, "ix_unique")->sql);
    assert_null(find_index(table, "ft")->sql);
    assert_string_equal(find_index(table, "ft")->using, "fulltext");
    assert_string_equal(find_index(table, "ft")->columns.items[0], "words");
    assert_null(find_index(table, "down")->sql);
    assert_int_equal(find_index(table, "down")->lengths[0], 10);
    assert_int_equal(find_index(table, "down")->lengths[1], 0);
    assert_string_equal(find_index(table, "down")->descending.items[0], "long_name");
    assert_int_equal(find_index(table, "down")->columns.count, 2);
    assert_null(find_index(table, "plain")->sql);
}

static void look_at_pair(const struct cf_table *table)
{
    assert_string_equal(table->primary_key.items[0], "y");
    assert_string_equal(table->primary_key.items[1], "x");
    assert_string_equal(table->columns[2].generated, "x + y");
    assert_true(table->columns[2].generated_stored);
    assert_string_equal(table->columns[3].generated, "concat('it''s',x)");
    assert_false(table->columns[3].generated_stored);
    assert_int_equal(table->columns[4].default_kind, CF_DEFAULT_SQL);
    assert_string_equal(table->columns[4].default_text, "concat('a''b\\','c')");
    assert_int_equal(table->check_count, 3);
    const struct cf_check *check = &table->checks[0];
    assert_string_equal(table->checks[1].name, "CONSTRAINT_1");
    assert_string_equal(table->checks[1].sql, "x <> 3");
    assert_string_equal(check->name, "a check");
    assert_string_equal(check->sql, "note <> 'it''s \\' and n > 0");
    assert_null(table->checks[2].name);
    assert_string_equal(table->checks[2].sql, "n in (1,2)");
}

static void look_at_rings(const struct cf_schema *schema)
{
    const struct cf_table *chicken = cf_schema_table(schema, "chicken"), *egg = cf_schema_table(schema, "egg");
    assert_true(chicken->columns[0].identity);
    assert_int_equal(chicken->index_count, 0); /* those of the foreign keys are their own */
    assert_int_equal(chicken->foreign_key_count, 2);
    const struct cf_foreign_key *key = &chicken->foreign_keys[1];
    assert_null(chicken->foreign_keys[0].on_delete);
    assert_string_equal(chicken->foreign_keys[0].on_update, "restrict");
    assert_string_equal(key->name, "fk_pair");
    assert_string_equal(key->table, "pair");
    assert_string_equal(key->columns.items[0], "py");
    assert_string_equal(key->references.items[1], "x");
    assert_string_equal(key->on_delete, "set null");
    assert_string_equal(key->on_update, "cascade");
    assert_string_equal(chicken->triggers.items[0], "lay");
    assert_int_equal(egg->index_count, 1);
    assert_string_equal(egg->columns[2].raw_type, "timestamp");
    assert_string_equal(egg->columns[2].default_text, "CURRENT_TIMESTAMP");
    assert_int_equal(schema->view_count, 1);
    assert_string_equal(schema->views[0].name, "seen");
    assert_string_equal(schema->views[0].sql,
                        "select chicken.id AS id,chicken.egg_id AS \"the egg\" from chicken where "
                        "chicken.id <> 3");
}

static void awkward(void *unused)
{
    (void)unused;
    cf_engine *engine = open_engine(test_uri);
    clear(engine);
    struct cf_connection *connection = open_connection();
    cf__mariadb_driver.script(connection, "SET sql_mode = ''");
    cf__mariadb_driver.script(connection, awkward_sql);
    cf__mariadb_driver.close(connection);
    const struct cf_schema *schema = cf__engine_inspect(engine, here());
    assert_int_equal(schema->count, 5);
    assert_null(cf_schema_table(schema, "carafe_revisions"));
    look_at_select(cf_schema_table(schema, "Select"));
    look_at_pair(cf_schema_table(schema, "pair"));
    look_at_rings(schema);
    cf__engine_close(engine);
}

static void schemas_written_by_hand_are_understood(void **state)
{
    (void)state;
    in_fiber(awkward, NULL);
}

static void nothing(void *unused)
{
    (void)unused;
    cf_engine *engine = open_engine(test_uri);
    clear(engine);
    const struct cf_schema *schema = cf__engine_inspect(engine, here());
    assert_int_equal(schema->count, 0);
    assert_int_equal(schema->view_count, 0);
    cf__engine_close(engine);
}

static void an_empty_database_has_an_empty_schema(void **state)
{
    (void)state;
    in_fiber(nothing, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_written_in_mariadbs_words),
        cmocka_unit_test(every_type_has_its_name),
        cmocka_unit_test(every_type_and_option_is_found_as_it_was_made),
        cmocka_unit_test(what_was_found_makes_the_same_tables_again),
        cmocka_unit_test(schemas_written_by_hand_are_understood),
        cmocka_unit_test(an_empty_database_has_an_empty_schema),
    };
    RUN_TESTS("db/mariadb/inspect", tests);
}
