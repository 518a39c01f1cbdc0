/* SPDX-License-Identifier: MIT
 *
 * What `db reflect` makes of tables that others made: the lines of its header, and that whatever a model cannot say is
 * told in a comment. That such headers compile and make the same tables again is shown in tests/e2e/reflect.sh.
 */
#include "servers.h"

#include <dlfcn.h>

enum { SQLITE, POSTGRESQL, MARIADB };

/* The header of a database with these tables; NULL where there is no such server. */
static const char *reflect(int server, const char *sql)
{
    cf_engine *engine = open_fresh(servers[server], 1);
    if (!engine)
        return NULL;
    struct cf__link link;
    cf__link_init(&link, engine, cf__current());
    cf__link_begin(&link);
    cf__link_script(&link, sql);
    cf__link_commit(&link);
    cf__link_end(&link);
    return cf__reflect(here(), cf__engine_inspect(engine, here()));
}

/* An assertion that fails in a fiber ends the program, an error only the fiber. */
static void expect(const char *header, const char *line, bool there)
{
    if ((strstr(header, line) != NULL) == there)
        return;
    fprintf(stderr, "%s\n", header);
    cf_raise(CF_INTERNAL, "there is %s \"%s\"", there ? "no" : "a", line);
}

static void expect_lines(const char *header, const char *const *lines)
{
    for (; *lines; lines++)
        expect(header, *lines, true);
}

/* Tables of one database, lines of their header, and one that must not be there. */
struct look {
    int server;
    const char *sql;
    const char *const *lines;
    const char *never;
};

static void look_at(void *look_)
{
    const struct look *look = look_;
    const char *header = reflect(look->server, look->sql);
    if (!header)
        return;
    expect_lines(header, look->lines);
    if (look->never)
        expect(header, look->never, false);
}

/* clang-format off */
#define LINES(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define REFLECTS(name, ...)                                \
    static void name(void **state)                         \
    {                                                      \
        (void)state;                                       \
        in_fiber(look_at, &(struct look){ __VA_ARGS__ });  \
    }

REFLECTS(names_that_begin_as_carafes_own_get_others, SQLITE,
    "CREATE TABLE cf_hens (id INTEGER NOT NULL PRIMARY KEY);"
    "CREATE TABLE eggs (id INTEGER NOT NULL PRIMARY KEY, cf_hen_id INTEGER NOT NULL REFERENCES cf_hens (id))",
    LINES("MODEL(CfHen, \"cf_hens\"", "(the_cf_hen, BelongsTo(CfHen, column_2))", "(eggs, HasMany(Egg, column_2))",
          "column = \"cf_hen_id\""))

REFLECTS(a_check_whose_name_is_a_word_already_gets_another, SQLITE,
    "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, a INTEGER NOT NULL, b INTEGER NOT NULL, check_1 INTEGER NOT NULL, UNIQUE (a, b), "
    "CHECK (a > 1), CONSTRAINT ck_t_a_b CHECK (a > 2), CONSTRAINT ck_t_int CHECK (a > 3), CONSTRAINT ck_t_a CHECK (a > 4), "
    "CONSTRAINT \"ck_t_a b\" CHECK (a > 5), CONSTRAINT ck_t_a CHECK (a > 6))",
    LINES("Check(\"a > 1\")", "Check(\"a > 2\")", "Check(\"a > 3\")", "Check(\"a > 4\")", "Check(\"a > 5\")",
          "(a, Integer, check = \"a > 6\")", "(a_b, Unique(a, b))"))

REFLECTS(constraints_that_would_have_one_name_keep_theirs, SQLITE,
    "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, a INTEGER NOT NULL, b INTEGER NOT NULL, CONSTRAINT first UNIQUE (a, b));"
    "CREATE UNIQUE INDEX second ON t (a, b); CREATE INDEX third ON t (b); CREATE INDEX fourth ON t (b);"
    "CREATE TABLE user (id INTEGER NOT NULL PRIMARY KEY, group_id INTEGER); CREATE INDEX fifth ON user (group_id);"
    "CREATE TABLE user_group (id VARCHAR(3) NOT NULL PRIMARY KEY); CREATE INDEX sixth ON user_group (id)",
    LINES("(a_b, Unique(a, b), named = \"first\")", "the unique index second (a, b) is left out: its columns are unique already", "(b_3, Index(b), named = \"third\")",
          "(b_2, Index(b), named = \"fourth\")", "(id_2, Index(id), named = \"sixth\")"))

REFLECTS(constraints_of_one_name_get_another, SQLITE,
    "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, a INTEGER NOT NULL CONSTRAINT same UNIQUE, b INTEGER, CONSTRAINT ix_t_b UNIQUE (b));"
    "CREATE TABLE u (id INTEGER NOT NULL PRIMARY KEY, a INTEGER NOT NULL CONSTRAINT same UNIQUE, b INTEGER, UNIQUE (b), UNIQUE (a, b), UNIQUE (b, a))",
    LINES("(a_2, Unique(a), named = \"same\")", "(a, Integer, unique = true)", "(b, Nullable(Integer), unique = true)",
          "its constraints are called ix_t_b", "its constraints are called same", "(a_b, Unique(a, b))", "(b_a, Unique(b, a))"))

REFLECTS(indexes_of_a_part_of_the_rows_are_said_in_the_model, SQLITE,
    "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, a INTEGER NOT NULL, b INTEGER NOT NULL, shape GEOMETRY);"
    "CREATE UNIQUE INDEX one ON t (a) WHERE b > 3; CREATE INDEX two ON t (a, b) WHERE a <> 'b'; CREATE INDEX three ON t (b) WHERE shape;"
    "CREATE INDEX four ON t (lower(a)) WHERE b > 3",
    LINES("(a_2, Index(a), unique = true, where = \"b > 3\", named = \"one\")", "(a_b, Index(a, b), where = \"a <> 'b'\", named = \"two\")",
          "the index three (b) WHERE shape is left out with its columns",
          "(four, IndexOn(\"lower(a)\"), where = \"b > 3\", named = \"four\")"))

REFLECTS(what_is_called_longer_than_every_database_takes_is_told, SQLITE,
    "CREATE TABLE stations (id INTEGER NOT NULL PRIMARY KEY, pressure_of_the_air_at_the_level_of_sea_in_millibars INTEGER NOT NULL, "
    "pressure_of_the_air_at_the_level_of_the_whole_sea_in_thousands_of_pascals INTEGER, "
    "CONSTRAINT uq_stations_pressure_of_the_air_at_the_level_of_sea_in_millibars UNIQUE (pressure_of_the_air_at_the_level_of_sea_in_millibars));"
    "CREATE INDEX ix_stations_where_it_is_looked_for_by_the_square_of_the_pressure ON stations (id * id);"
    "CREATE TABLE weather_stations_and_river_gauges_of_the_northern_and_eastern_provinces (id INTEGER NOT NULL PRIMARY KEY)",
    LINES("(pressure_of_the_air_at_the_level_of_sea_in_millibars, Integer, unique = true)",
          "its constraints are called uq_stations_pressure_of_the_air_at_the_level_of_sea_in_millibars",
          "(where_it_is_looked_for_by_the_square_of_th_cf7fea40, IndexOn(\"id * id\"))",
          "column \"pressure_of_the_air_at_the_level_of_the_whole_sea_in_thousands_of_pascals\" (INTEGER) is left out: its name is "
          "longer than every database takes",
          "The table \"weather_stations_and_river_gauges_of_the_northern_and_eastern_provinces\" is left out: its name is longer than "
          "every database takes"))

REFLECTS(what_has_a_name_that_no_model_can_have_is_told, SQLITE,
    "CREATE TABLE \"audit.log\" (id INTEGER NOT NULL PRIMARY KEY); CREATE TABLE \"a \"\"b\"\"\" (id INTEGER NOT NULL PRIMARY KEY);"
    "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, log_id INTEGER REFERENCES \"audit.log\" (id), \"code.no\" VARCHAR(9) NOT NULL UNIQUE, "
    "code VARCHAR(9) REFERENCES t (\"code.no\"))",
    LINES("/* The table \"audit.log\" is left out: there is a dot in its name, as if a schema or a database stood before it.\n */\n",
          "/* The table \"a \"b\"\" is left out: there is a quote in its name.\n */\n",
          "the foreign key (log_id) to audit.log (id) is left out with what it refers to", "(log_id, Nullable(Integer))",
          "(code, Nullable(String(9)), references = \"t.code.no\"", "CF_MODELS(T)"))

REFLECTS(a_column_refers_to_one_table_in_a_model, SQLITE,
    "CREATE TABLE a (id INTEGER NOT NULL PRIMARY KEY); CREATE TABLE b (id INTEGER NOT NULL PRIMARY KEY);"
    "CREATE TABLE c (id INTEGER NOT NULL PRIMARY KEY, to_id INTEGER NOT NULL, FOREIGN KEY (to_id) REFERENCES a (id), "
    "FOREIGN KEY (to_id) REFERENCES b (id))",
    LINES("(to_id, Integer, references = \"a.id\")", "(to, BelongsTo(A, to_id))",
          "the foreign key (to_id) to b (id) is left out: its column refers to a already"),
    "BelongsTo(B")

REFLECTS(a_key_in_another_order_than_its_columns_is_said, SQLITE,
    "CREATE TABLE t (a INTEGER NOT NULL, b INTEGER NOT NULL, PRIMARY KEY (b, a));"
    "CREATE TABLE s (x INTEGER NOT NULL, y INTEGER NOT NULL, PRIMARY KEY (y, x), FOREIGN KEY (x, y) REFERENCES t (b, a))",
    LINES("(key, PrimaryKey(b, a))", "(key, PrimaryKey(y, x))", "(t, BelongsTo(T, x, y)", "(s, HasOne(S, x, y))"))

REFLECTS(other_checks_of_texts_stay_checks, SQLITE,
    "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, a VARCHAR(2), b VARCHAR(9), c VARCHAR(2) DEFAULT 'no', d VARCHAR(2), e VARCHAR(2), f VARCHAR(2), g TEXT, "
    "h VARCHAR(2), CONSTRAINT ck_t_a CHECK (a IN ('a', 'bb') OR a = 'cc'), CONSTRAINT ck_t_b CHECK (b IN ('a', 'bb')), "
    "CONSTRAINT ck_t_c CHECK (c IN ('a', 'bb')), CONSTRAINT ck_t_d CHECK (d NOT IN ('a', 'bb')), CONSTRAINT ck_t_e CHECK (f IN ('a', 'bb')), "
    "CONSTRAINT f_is CHECK (f IN ('a', 'bb')), CONSTRAINT ck_t_g CHECK (g IN ('a', 'bb')), CONSTRAINT ck_t_h CHECK (h IN ('a', 'bb')))",
    LINES("(a, Nullable(String(2)), check = ", "(b, Nullable(String(9)), check = ", "(c, Nullable(String(2)), server_default = \"no\", check = ",
          "(d, Nullable(String(2)), check = ", "(e, Nullable(String(2)), check = ", "(f, Nullable(String(2)))", "(f_is, Check(", "(g, Nullable(Text), check = ",
          "(h, Nullable(Choices(\"a\", \"bb\")), create_constraint = true)"))

REFLECTS(checks_of_columns_that_are_left_out_go_with_them, SQLITE,
    "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, a INTEGER NOT NULL, shape GEOMETRY, CHECK (\"Shape\" <> ''), "
    "CHECK (a <> 'shape' AND length(a)))",
    LINES("the check (\"Shape\" <> '') is left out with its columns", "Check(\"a <> 'shape' AND length(a)\")"))

REFLECTS(types_of_other_makers_become_those_that_hold_them, SQLITE,
    "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, a VARCHAR, b DECIMAL(8, 3) NOT NULL, c NUMERIC NOT NULL DEFAULT 0, "
    "d DECIMAL(6) NOT NULL, e TINYINT UNSIGNED NOT NULL, f UNSIGNED BIG INT, g CHARACTER(20) NOT NULL, h BIGINT(20) NOT NULL, "
    "i TIME WITH TIME ZONE, j NUMERIC(50, 2))",
    LINES("(a, Nullable(Text))", "(b, Numeric(8, 3))", "(c, Numeric(38, 10), server_default = \"0\")", "(d, Numeric(6, 0))",
          "(e, SmallInteger)", "(f, Nullable(Integer))", "(g, String(20))", "(h, Integer)", "column \"c\" is of type NUMERIC",
          "column \"i\" (TIME WITH TIME ZONE) is left out", "column \"j\" (NUMERIC(50, 2)) is left out"))

REFLECTS(defaults_that_are_no_values_of_their_type_stay_sql, SQLITE,
    "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, a INTEGER NOT NULL DEFAULT 'many', b DATE NOT NULL DEFAULT 'it''s late', "
    "c VARCHAR(2) DEFAULT 'abc', d DATE NOT NULL DEFAULT '2024-01-02')",
    LINES("(a, Integer, server_default_sql = \"'many'\")", "(b, Date, server_default_sql = \"'it''s late'\")",
          "(c, Nullable(String(2)), server_default_sql = \"'abc'\")", "(d, Date, server_default = \"2024-01-02\")"))

REFLECTS(what_is_no_table_is_told, SQLITE,
    "CREATE VIRTUAL TABLE words USING fts5(body); CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "
    "a VARCHAR(9) COLLATE NOCASE, b INTEGER REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED, c AS (a || 'x'));"
    "CREATE VIEW v AS SELECT a FROM t; CREATE TRIGGER tt AFTER INSERT ON t BEGIN SELECT 1; END; CREATE INDEX down ON t (a DESC)",
    LINES("The virtual table \"words\" is left out", "The view \"v\" is left out", "VIEW(V, \"v\", \"SELECT a FROM t\", ...)", "the table has the trigger tt",
          "(id, Id, autoincrement = true)", "(a, Nullable(String(9)), collation = \"NOCASE\")", "references = \"t.id\", deferred = true",
          "(a_2, Index(-a), named = \"down\")", "column \"c\" (of no type AS (a || 'x')) is left out"),
    "words_data")

REFLECTS(options_of_tables_are_said_in_the_model, SQLITE,
    "CREATE TABLE t (a INTEGER NOT NULL, b TEXT, PRIMARY KEY (a)) STRICT, WITHOUT ROWID; CREATE TABLE u (sqlite INTEGER PRIMARY KEY) STRICT",
    LINES("(a, Integer, primary_key = true)", "(sqlite, TableOption(\"sqlite\", \"STRICT, WITHOUT ROWID\"))", "(sqlite, Id)",
          "(sqlite_2, TableOption(\"sqlite\", \"STRICT\"))"))

REFLECTS(constraints_keep_their_names, SQLITE,
    "CREATE TABLE a (id INTEGER NOT NULL CONSTRAINT the_key PRIMARY KEY, b INTEGER CONSTRAINT the_other REFERENCES a (id), c INTEGER, "
    "CONSTRAINT uq_a_b UNIQUE (b), CONSTRAINT \"c > 1\" CHECK (c > 1), CONSTRAINT above CHECK (c > 2), CHECK (c > 3), "
    "CONSTRAINT c_once UNIQUE (c)); CREATE INDEX the_index ON a (b); CREATE UNIQUE INDEX ix_c ON a (c); CREATE INDEX \"a b\" ON a (b + c);"
    "CREATE TABLE d (x INTEGER, y INTEGER, e INTEGER, f INTEGER, CONSTRAINT both PRIMARY KEY (x, y), "
    "CONSTRAINT itself FOREIGN KEY (e, f) REFERENCES d (x, y))",
    LINES("(key, PrimaryKey(id), named = \"the_key\")", "references = \"a.id\", named = \"the_other\")", "(b_2, Unique(b))",
          "(c_1, Check(\"c > 1\"), named = \"c > 1\")", "(above, Check(\"c > 2\"), named = \"above\")", "(check, Check(\"c > 3\"))",
          "(c_2, Unique(c), named = \"c_once\")", "(b_3, Index(b), named = \"the_index\")",
          "(c_3, Index(c), unique = true, named = \"ix_c\")", "(by, IndexOn(\"b + c\"), named = \"a b\")",
          "(key, PrimaryKey(x, y), named = \"both\")", "(d, BelongsTo(D, e, f), named = \"itself\")"),
    "constraints are called")

REFLECTS(postgresqls_own_are_told, POSTGRESQL,
    "CREATE TYPE mood AS ENUM ('glad', 'it''s \"so\"'); CREATE DOMAIN year AS integer CHECK (VALUE > 1900); CREATE SEQUENCE loose; "
    "CREATE SEQUENCE t_seq; CREATE SCHEMA far; CREATE TABLE far.a (id bigint PRIMARY KEY);"
    "CREATE TABLE t (id bigint PRIMARY KEY DEFAULT nextval('t_seq'), feeling mood NOT NULL DEFAULT 'glad', made year NOT NULL, "
    "many text[], a bigint REFERENCES far.a (id), number smallint GENERATED ALWAYS AS IDENTITY, free varchar, "
    "x bigint DEFAULT nextval('loose'), CONSTRAINT late UNIQUE (number) DEFERRABLE, CONSTRAINT nulls UNIQUE NULLS NOT DISTINCT (x), "
    "CONSTRAINT apart EXCLUDE USING gist (int8range(0, x) WITH &&));"
    "CREATE INDEX c ON t (free COLLATE \"C\"); CREATE INDEX covering ON t (x) INCLUDE (free);"
    "CREATE TABLE parts (id bigint NOT NULL, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at); "
    "CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');"
    "CREATE TABLE uses (id bigint PRIMARY KEY, part bigint, at date, FOREIGN KEY (part, at) REFERENCES parts (id, at));"
    "CREATE TABLE down (id bigint GENERATED BY DEFAULT AS IDENTITY (START WITH -5 INCREMENT BY -1) PRIMARY KEY);"
    "CREATE UNLOGGED TABLE fast (id smallint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY) WITH (fillfactor = 60, parallel_workers = 2); CREATE MATERIALIZED VIEW mat AS SELECT 1 AS one",
    LINES("MODEL(Down, \"down\",\n    (id, Id),", "column \"id\" begins at -5, and goes on by -1", "(feeling, Choices(\"glad\", \"it's \\\"so\\\"\"), server_default = \"glad\", sql_type = \"postgresql: mood\")", "(made, Integer)",
          "column \"made\" is of type integer", "the table says made year", "(many, Nullable(Text), sql_type = \"postgresql: text[]\")",
          "the foreign key (a) to far.a (id) is left out", "column \"number\" numbers itself", "column \"x\" numbers itself",
          "(free, Nullable(Text))", "(number_2, Unique(number), deferrable = true, named = \"late\")", "CONSTRAINT apart EXCLUDE USING gist",
          "(x_2, Unique(x), nulls_not_distinct = true, named = \"nulls\")", "(c, IndexOn(\"free COLLATE \\\"C\\\"\"), named = \"c\")",
          "(x_3, Index(x), include = \"free\", named = \"covering\")", "(postgresql, TableOption(\"postgresql\", \"PARTITION BY RANGE (at)\"))", "BelongsTo(Part, part, at)",
          "(postgresql, TableOption(\"postgresql\", \"UNLOGGED WITH (fillfactor=60, parallel_workers=2)\"))", "VIEW(Mat, \"mat\", \"SELECT 1 AS one\", ...)", "The sequence \"loose\" is left out",
          "column \"id\" is of type smallint", "the table says number GENERATED ALWAYS AS IDENTITY"),
    "parts_1")

REFLECTS(mariadbs_own_are_told, MARIADB,
    "CREATE TABLE t (id int(10) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, feeling enum('glad', 'it''s \"so\"') NOT NULL DEFAULT 'glad', "
    "price decimal(8,2) unsigned NOT NULL, big bigint(20) unsigned, made year NOT NULL DEFAULT 2000, words text, several set('a', 'b'), "
    "hidden bigint INVISIBLE DEFAULT 3, changed timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, "
    "FULLTEXT INDEX ft (words), INDEX part (words(10) DESC)) COMMENT 'the \"words\"';"
    "CREATE TABLE old (id bigint PRIMARY KEY) ENGINE = Aria transactional=0 WITH SYSTEM VERSIONING; CREATE SEQUENCE loose; "
    "CREATE TABLE parts (id bigint PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 2",
    LINES("(id, Id)", "column \"id\" is of type int(10) unsigned", "(feeling, Choices(\"glad\", \"it's \\\"so\\\"\"), server_default = \"glad\"",
          "(price, Numeric(8, 2))", "(big, Nullable(Integer))", "(made, SmallInteger, server_default = \"2000\")", "(about, Comment(\"the \\\"words\\\"\"))",
          "column \"several\" (set('a','b')) is left out", "the table says changed ON UPDATE current_timestamp()",
          "the table says hidden INVISIBLE", "(words_2, Index(words), using = \"fulltext\", named = \"ft\")",
          "(words_3, Index(-words(10)), named = \"part\")", "(mariadb, TableOption(\"mariadb\", \"ENGINE=Aria transactional=0\"))",
          "the table says WITH SYSTEM VERSIONING", "The sequence \"loose\" is left out", "PARTITION BY HASH"))
/* clang-format on */

/* ---- Models that differ in nothing ------------------------------------------------------------------------------ */

/* The models of a header, compiled and loaded for good: what is known of models is kept by their address. */
static const struct cf_model *const *compile_models(const char *header)
{
    static unsigned number;
    const char *name = cf_format(here(), "./models_%u.so", ++number);
    write_text("models.h", header);
    write_text("models.c", "#include \"models.h\"\n"
                           "const struct cf_model *const *the_models(void)\n{\n"
                           "    static const struct cf_model *models[8];\n"
                           "    const struct cf_model *const *all = ALL_MODELS;\n"
                           "    for (int i = 0; i < 8 && all[i]; i++)\n        models[i] = all[i];\n"
                           "    return models;\n}\n");
    if (system(cf_format(here(),
                         "cc -std=gnu11 -shared -fPIC -Wall -Wextra -Werror -Wno-missing-field-initializers -I '%s' "
                         "-o %s models.c",
                         INCLUDE_DIRECTORY, name)) != 0)
        cf_raise(CF_INTERNAL, "these models do not compile:\n%s", header);
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        cf_raise(CF_INTERNAL, "%s", dlerror());
    const struct cf_model *const *(*models)(void);
    *(void **)&models = dlsym(library, "the_models");
    return models();
}

static const char names_of_others[] =
    "CREATE TABLE owners (code VARCHAR(8) NOT NULL, CONSTRAINT the_key PRIMARY KEY (code));"
    "CREATE TABLE cars (plate VARCHAR(8) NOT NULL, owner VARCHAR(8) NOT NULL, color VARCHAR(8) NOT NULL, "
    "wheels SMALLINT NOT NULL, seats SMALLINT NOT NULL CHECK (seats < 70), height SMALLINT NOT NULL, "
    "CONSTRAINT cars_by_plate PRIMARY KEY (plate, owner), UNIQUE (color), CONSTRAINT once UNIQUE (owner, color), "
    "CONSTRAINT owned FOREIGN KEY (owner) REFERENCES owners (code) ON DELETE CASCADE, "
    "CONSTRAINT ck_cars_height CHECK (height > 0), CONSTRAINT stands CHECK (wheels > 2), CHECK (wheels < 20));"
    "CREATE INDEX by_color ON cars (color, wheels); CREATE INDEX by_color_too ON cars (color, wheels); "
    "CREATE UNIQUE INDEX ix_one ON cars (plate, color);"
    "CREATE TABLE parts (plate VARCHAR(8) NOT NULL, owner VARCHAR(8) NOT NULL, number SMALLINT NOT NULL, "
    "PRIMARY KEY (plate, owner, number), "
    "CONSTRAINT part_of FOREIGN KEY (plate, owner) REFERENCES cars (plate, owner) ON DELETE CASCADE);"
    "CREATE TABLE seats (lane SMALLINT NOT NULL, place SMALLINT NOT NULL, PRIMARY KEY (place, lane));"
    "CREATE TABLE guests (id BIGINT NOT NULL PRIMARY KEY, seat_lane SMALLINT NOT NULL, seat_place SMALLINT NOT NULL, "
    "CONSTRAINT sits FOREIGN KEY (seat_place, seat_lane) REFERENCES seats (place, lane));"
    "CREATE TABLE states (id BIGINT NOT NULL PRIMARY KEY, state VARCHAR(9) DEFAULT 'draft' NOT NULL, \"Kind\" "
    "VARCHAR(4), "
    "CONSTRAINT ck_states_state CHECK (state IN ('draft', 'published', 'it''s')), "
    "CONSTRAINT \"ck_states_Kind\" CHECK (\"Kind\" IN ('a\\b', '(b, ')))";

/* What only some databases have. */
static const char *const others_of[SERVERS] = {
    "",
    "CREATE UNLOGGED TABLE slots (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, list bigint, place bigint, "
    "CONSTRAINT one UNIQUE NULLS NOT DISTINCT (list, place) DEFERRABLE INITIALLY DEFERRED, "
    "CONSTRAINT uq_slots_place UNIQUE NULLS NOT DISTINCT (place), CONSTRAINT other UNIQUE (place, list) DEFERRABLE) "
    "WITH (fillfactor = 70); CREATE UNIQUE INDEX ix_null ON slots (list) NULLS NOT DISTINCT WHERE place > 3",
    "CREATE TABLE articles (id BIGINT NOT NULL PRIMARY KEY, title VARCHAR(200) NOT NULL, body LONGTEXT NOT NULL, "
    "FULLTEXT INDEX words (title, body), FULLTEXT INDEX ix_articles_body (body)) ENGINE=InnoDB CHARACTER SET utf8mb4 "
    "COLLATE utf8mb4_nopad_bin",
};

/* Columns of which the database takes some texts only. */
static const char *const held[] = {
    "(state, Choices(\"draft\", \"published\", \"it's\"), server_default = \"draft\", create_constraint = true",
    "(Kind, Nullable(Choices(\"a\\\\b\", \"(b, \")), create_constraint = true", NULL
};

static void find_no_difference(void *server_)
{
    const char *const *server = server_;
    cf_engine *engine = open_fresh(*server, 1);
    if (!engine)
        return;
    struct cf__diff_options options = { .lenient = true, .dialect = cf__engine_driver(engine)->dialect };
    struct cf__link link;
    cf__link_init(&link, engine, cf__current());
    cf__link_begin(&link);
    cf__link_script(&link, names_of_others);
    cf__link_script(&link, others_of[server - servers]);
    cf__link_commit(&link);
    const struct cf_schema *live = cf__link_inspect(&link, here());
    const char *header = cf__reflect(here(), live);
    expect_lines(header, held);
    struct cf_schema *models = cf_schema_of_models(here(), compile_models(header));
    struct cf_schema *expected = cf__link_rewritten(&link, here(), models);
    cf__link_end(&link);
    struct cf__operations left = cf__diff(here(), expected, live, &options);
    if (left.count)
        cf_raise(CF_INTERNAL, "%s\n%s", lines_of(expected, &left), header);
}

static void a_database_does_not_differ_from_the_models_that_it_became(void **state)
{
    (void)state;
    for (size_t i = 0; i < SERVERS; i++)
        in_fiber(find_no_difference, (void *)&servers[i]);
}

static void look_at_wide_tables(void *unused)
{
    const char *wide = "", *full = "";
    (void)unused;
    for (int i = 0; i < 70; i++)
        wide = cf_format(here(), "%s, w%d INTEGER", wide, i);
    for (int i = 0; i < 63; i++)
        full = cf_format(here(), "%s, f%d INTEGER", full, i);
    const char *header =
        reflect(SQLITE,
                cf_format(here(),
                          "CREATE TABLE wide (id INTEGER NOT NULL PRIMARY KEY %s); CREATE TABLE \"full\" (id INTEGER "
                          "NOT NULL PRIMARY KEY REFERENCES wide (id) %s, UNIQUE (f1, f2), CHECK (f3 > 4))",
                          wide, full));
    expect_lines(header, LINES("The table \"wide\" is left out: a model has at most 64 columns",
                               "the foreign key (id) to wide (id) is left out with what it refers to",
                               "(f1_f2, Unique(f1, f2)) is left out: a model has at most 64 items",
                               "(check, Check(\"f3 > 4\")) is left out: a model has at most 64 items",
                               "(f62, Nullable(Integer)))"));
}

static void a_model_has_no_more_items_than_it_can(void **state)
{
    (void)state;
    in_fiber(look_at_wide_tables, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_begin_as_carafes_own_get_others),
        cmocka_unit_test(a_check_whose_name_is_a_word_already_gets_another),
        cmocka_unit_test(constraints_that_would_have_one_name_keep_theirs),
        cmocka_unit_test(constraints_of_one_name_get_another),
        cmocka_unit_test(indexes_of_a_part_of_the_rows_are_said_in_the_model),
        cmocka_unit_test(what_is_called_longer_than_every_database_takes_is_told),
        cmocka_unit_test(what_has_a_name_that_no_model_can_have_is_told),
        cmocka_unit_test(a_column_refers_to_one_table_in_a_model),
        cmocka_unit_test(a_key_in_another_order_than_its_columns_is_said),
        cmocka_unit_test(other_checks_of_texts_stay_checks),
        cmocka_unit_test(checks_of_columns_that_are_left_out_go_with_them),
        cmocka_unit_test(types_of_other_makers_become_those_that_hold_them),
        cmocka_unit_test(defaults_that_are_no_values_of_their_type_stay_sql),
        cmocka_unit_test(what_is_no_table_is_told),
        cmocka_unit_test(options_of_tables_are_said_in_the_model),
        cmocka_unit_test(constraints_keep_their_names),
        cmocka_unit_test(a_model_has_no_more_items_than_it_can),
        cmocka_unit_test_setup_teardown(a_database_does_not_differ_from_the_models_that_it_became, enter_directory,
                                        leave_directory),
        cmocka_unit_test(postgresqls_own_are_told),
        cmocka_unit_test(mariadbs_own_are_told),
    };
    return cmocka_run_group_tests_name("migrate/reflect", tests, NULL, free_thread);
}
