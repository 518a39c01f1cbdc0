/* SPDX-License-Identifier: MIT */
#include "support.h"

#include "../orm/custom.h"
#include "dialects.h"
#include "models.h"

static struct cf_schema *schema_of(const struct cf_model *const *models)
{
    return cf_schema_of_models(here(), models);
}

/* ---- Names and structure ---------------------------------------------------------------------------------------- */

static void names(void *unused)
{
    (void)unused;
    const struct cf_schema *schema = schema_of(CF_MODELS(User, Post));
    const struct cf_table *users = cf_schema_table(schema, "users"), *posts = cf_schema_table(schema, "posts");
    assert_string_equal(users->primary_key_name, "pk_users");
    assert_int_equal(users->primary_key.count, 1);
    assert_string_equal(users->primary_key.items[0], "id");
    assert_int_equal(users->unique_count, 1);
    assert_string_equal(users->uniques[0].name, "uq_users_email");
    assert_string_equal(posts->uniques[0].name, "uq_posts_author_id_slug");
    assert_int_equal(posts->uniques[0].columns.count, 2);
    assert_string_equal(posts->indexes[0].name, "ix_posts_author_id");
    assert_false(posts->indexes[0].unique);
    assert_string_equal(posts->checks[0].name, "ck_posts_title");
    assert_string_equal(posts->checks[0].sql, "title <> ''");
    const struct cf_foreign_key *key = &posts->foreign_keys[0];
    assert_string_equal(key->name, "fk_posts_author_id_users");
    assert_string_equal(key->table, "users");
    assert_string_equal(key->references.items[0], "id");
    assert_string_equal(key->on_delete, "cascade");
    assert_null(key->on_update);
    assert_null(cf_schema_table(schema, "nobody"));
    assert_null(cf_table_column(users, "nothing"));
}

static void constraints_are_named_by_convention(void **state)
{
    (void)state;
    in_fiber(names, NULL);
}

static void columns(void *unused)
{
    (void)unused;
    const struct cf_schema *schema = schema_of(CF_MODELS(User, Post, Odd));
    const struct cf_table *odd = cf_schema_table(schema, "order");
    assert_int_equal(odd->column_count, 5);
    assert_string_equal(odd->columns[1].name, "Part No.");
    assert_string_equal(odd->columns[1].field, "part");
    assert_string_equal(odd->primary_key.items[1], "Part No.");
    assert_string_equal(odd->uniques[0].columns.items[0], "it\"s");
    assert_true(cf_table_column(odd, "limit")->nullable);
    assert_false(cf_table_column(odd, "group")->nullable);
    assert_false(cf_table_column(odd, "group")->identity);
    assert_true(cf_table_column(cf_schema_table(schema, "users"), "id")->identity);
    const struct cf_schema_column *status = cf_table_column(cf_schema_table(schema, "posts"), "status");
    assert_int_equal(status->type, CF_TYPE_CHOICES);
    assert_string_equal(status->labels[2], "withdrawn");
    assert_int_equal(status->default_kind, CF_DEFAULT_LITERAL);
    assert_string_equal(status->default_text, "draft");
}

static void columns_carry_database_names_and_options(void **state)
{
    (void)state;
    in_fiber(columns, NULL);
}

/* clang-format off */
MODEL(Dated, "dated",
    (id,      Id),
    (no,      Boolean,        server_default = "no"),
    (moment,  DateTime,       server_default = "2024-01-02T03:04:05+01:00"),
    (clock,   Time,           server_default = "03:04"),
    (token,   Uuid,           server_default = "00112233-4455-6677-8899-AABBCCDDEEFF"),
    (later,   DateTime,       server_default_sql = "CURRENT_TIMESTAMP"),
    (was_old, Integer,        was = "old"),
    (before,  Was("undated")));
/* clang-format on */

static void defaults(void *unused)
{
    (void)unused;
    const struct cf_table *table = &schema_of(CF_MODELS(Dated))->tables[0];
    assert_string_equal(cf_table_column(table, "no")->default_text, "false");
    assert_string_equal(cf_table_column(table, "moment")->default_text, "2024-01-02 02:04:05.000000");
    assert_string_equal(cf_table_column(table, "clock")->default_text, "03:04:00.000000");
    assert_string_equal(cf_table_column(table, "token")->default_text, "00112233445566778899aabbccddeeff");
    assert_int_equal(cf_table_column(table, "later")->default_kind, CF_DEFAULT_SQL);
    assert_string_equal(cf_table_column(table, "was_old")->was, "old");
    assert_string_equal(table->was, "undated");
    assert_int_equal(table->column_count, 7);
}

static void literals_of_defaults_have_one_spelling(void **state)
{
    (void)state;
    in_fiber(defaults, NULL);
}

/* ---- Long names ------------------------------------------------------------------------------------------------- */

/* clang-format off */
MODEL(Weather, "weather", (id, Id),
    (temperature_at_two_metres_above_the_ground_in_kelvins, Integer, unique = true, index = true, check = "true"),
    (humidity_of_the_air_two_metres_above_ground_per_cents, Integer, unique = true),
    (wind_from_the_west_at_ten_metres_over_the_grass_in_ms, Nullable(Integer), references = "weather.id"),
    (both, Unique(temperature_at_two_metres_above_the_ground_in_kelvins, humidity_of_the_air_two_metres_above_ground_per_cents)),
    (two,  Unique(temperature_at_two_metres_above_the_ground_in_kelvins, wind_from_the_west_at_ten_metres_over_the_grass_in_ms)),
    (rain, Integer, column = "häufigkeit des regens übereinander in prozenten", index = true),
    (snow, Integer, column = "äöüäöüäöüäöüäöüäöüäöüäöüäöü", index = true));
/* clang-format on */

static void long_names(void *unused)
{
    (void)unused;
    const struct cf_table *table = &schema_of(CF_MODELS(Weather))->tables[0];
    assert_string_equal(table->uniques[0].name, "uq_weather_temperature_at_two_metres_above_the_ground__4446bcac");
    assert_string_equal(table->uniques[1].name, "uq_weather_humidity_of_the_air_two_metres_above_ground_f3e612e1");
    assert_string_equal(table->uniques[2].name, "uq_weather_temperature_at_two_metres_above_the_ground__113770fd");
    assert_string_equal(table->uniques[3].name, "uq_weather_temperature_at_two_metres_above_the_ground__18f7fc48");
    assert_string_equal(table->indexes[0].name, "ix_weather_temperature_at_two_metres_above_the_ground__252763df");
    assert_string_equal(table->checks[0].name, "ck_weather_temperature_at_two_metres_above_the_ground__cd89de94");
    assert_string_equal(table->foreign_keys[0].name, "fk_weather_wind_from_the_west_at_ten_metres_over_the_g_105bd842");
    assert_string_equal(table->indexes[1].name, "ix_weather_häufigkeit des regens übereinander in prozenten");
    assert_string_equal(table->indexes[2].name, "ix_weather_äöüäöüäöüäöüäöüäöüäöü_a5555939");
}

static void names_longer_than_every_database_takes_are_shortened(void **state)
{
    (void)state;
    in_fiber(long_names, NULL);
}

/* ---- Wrong models ----------------------------------------------------------------------------------------------- */

/* clang-format off */
MODEL(NoKey,       "no_key",    (name, Text));
MODEL(SameTable,   "users",     (id, Id));
MODEL(BadField,    "bad_field", (id, Id), (two, Unique(id, nothing)));
MODEL(BadIndex,    "bad_index", (id, Id), (two, Index(nowhere)));
MODEL(BadTarget,   "bad_target", (id, Id), (user_id, Integer, references = "users.nothing"));
MODEL(BadTable,    "bad_table", (id, Id), (user_id, Integer, references = "members.id"));
MODEL(BadDot,      "bad_dot",   (id, Id), (user_id, Integer, references = "users"));
MODEL(BadAction,   "bad_action", (id, Id), (user_id, Integer, references = "users.id", on_delete = "explode"));
MODEL(BadDefault,  "bad_default", (id, Id), (age, Integer, server_default = "many"));
MODEL(BadColor,    "bad_color", (id, Id), (paint, Custom(Color), server_default = "red"));
MODEL(BadSmall,    "bad_small", (id, Id), (age, SmallInteger, server_default = "32768"));
MODEL(BadLabel,    "bad_label", (id, Id), (color, Choices("red", "green"), server_default = "blue"));
MODEL(BadLength,   "bad_length", (id, Id), (name, String(3), server_default = "long"));
MODEL(BadMoment,   "bad_moment", (id, Id), (at, DateTime, server_default = "2024-13-01"));
MODEL(BadJson,     "bad_json",  (id, Id), (extra, Json, server_default = "{"));
MODEL(TwoDefaults, "two_defaults", (id, Id), (age, Integer, server_default = "1", server_default_sql = "1"));
MODEL(TwoColumns,  "two_columns", (id, Id), (name, Text), (other, Text, column = "name"));
MODEL(BadDeferred, "bad_deferred", (id, Id), (age, Integer, deferred = true));
MODEL(LaterUnique, "later_unique", (id, Id), (name, Text), (by_name, Unique(name), deferrable = true));
MODEL(NullsPlain,  "nulls_plain", (id, Id), (name, Text, nulls_not_distinct = true, index = true));
MODEL(UniqueWords, "unique_words", (id, Id), (name, Text), (words, Index(name), using = "FULLTEXT", unique = true));
MODEL(LaterIndex,  "later_index", (id, Id), (name, Text), (by_name, Index(name), deferred = true));
MODEL(LaterCheck,  "later_check", (id, Id), (name, Text), (named, Check("name <> ''"), deferred = true));
MODEL(LaterKey,    "later_key", (name, Text, primary_key = true), (key, PrimaryKey(name), deferrable = true));
MODEL(Dotted,      "audit.dotted", (id, Id));
MODEL(DotColumn,   "dot_columns", (id, Id), (code, String(9), column = "code.no", unique = true),
                   (parent, Nullable(String(9)), references = "dot_columns.code.no"), (of, BelongsTo(DotColumn, parent)));
MODEL(BadLater,    "bad_later", (id, Id), (user_id, Integer, references = "users.id"), (user, BelongsTo(User, user_id), deferrable = true));
MODEL(BadIndexOn,  "bad_index_on", (id, Id), (age, Integer), (by_age, IndexOn("id, age ASC")));
MODEL(BadCollation, "bad_collation", (id, Id), (age, Integer, collation = "NOCASE"));
MODEL(BadHeld,     "bad_held", (id, Id), (name, String(5), create_constraint = true));
MODEL(HeldTwice,   "held_twice", (id, Id), (color, Choices("red", "green"), create_constraint = true, check = "color <> 'red'"));
MODEL(HeldNames,   "held_names", (id, Id), (color, Choices("red", "green"), create_constraint = true, unique = true, named = "held"));
MODEL(BadStored,   "bad_stored", (id, Id), (age, Integer, stored = true));
MODEL(BadComputed, "bad_computed", (id, Id), (age, Integer, computed = "1", server_default = "1"));
MODEL(BadAutoincrement, "bad_autoincrement", (id, Integer, primary_key = true, autoincrement = true));
MODEL(BadDatabase, "bad_database", (id, Id), (strict, TableOption("sqllite", "STRICT")));
MODEL(BadOption,   "bad_option", (id, Id), (strict, TableOption("sqlite", "")));
MODEL(TwoOptions,  "two_options", (id, Id), (strict, TableOption("sqlite", "STRICT")), (rows, TableOption("mariadb", "ENGINE=Aria")), (more, TableOption("sqlite", "WITHOUT ROWID")));
MODEL(TooExact,    "too_exact", (id, Id), (price, Numeric(39, 2)));
MODEL(LongColumn,  "long_column", (id, Id), (rain, Integer, column = "what fell from the sky within the last twenty-four hours, in mm³"));
MODEL(LongTable,   "what_fell_from_the_sky_within_the_last_twenty_four_hours_in_liter", (id, Id));
MODEL(BadStart,    "bad_start", (id, Id), (age, Integer, start = 5));
MODEL(BadIncrement, "bad_increment", (id, Id, increment = -1));
MODEL(TwoNamed,    "two_named", (id, Id), (age, Integer, unique = true, check = "age > 0", named = "aged"));
MODEL(NoneNamed,   "none_named", (id, Id), (age, Integer, named = "aged"));
MODEL(CommentNamed, "comment_named", (id, Id), (about, Comment("x"), named = "aged"));
MODEL(LongNamed,   "long_named", (id, Id), (age, Integer, index = true, named = "ix_what_fell_from_the_sky_within_the_last_twenty_four_hours_in_l"));
MODEL(UniqueNamed, "unique_named", (id, Id), (age, Integer), (by, Index(age), unique = true, named = "aged"));
MODEL(LengthNone,  "length_none", (id, Id), (a, Text), (by, Index(a(0))));
MODEL(LengthOdd,   "length_odd", (id, Id), (a, Text), (by, Index(a(10)b)));
MODEL(LengthOfId,  "length_of_id", (id, Id), (a, Text), (by, Index(id(10))));
MODEL(KeyNamed,    "key_named", (a, Integer, primary_key = true), (b, Integer, primary_key = true), (key, PrimaryKey(b), named = "both"));
MODEL(IndexNamed,  "index_named", (id, Id), (age, Integer), (by, Unique(age), named = "ix_aged"));
MODEL(BadInclude,  "bad_include", (id, Id), (age, Integer), (by, Index(age), include = "size"));
MODEL(BadUsing,    "bad_using", (id, Id), (age, Integer, index = true, using = "hash"));
MODEL(TypeNowhere, "type_nowhere", (id, Id), (name, Text, sql_type = "postgres: citext"));
MODEL(TypeEmpty,   "type_empty",   (id, Id), (name, Text, sql_type = "mariadb: INET6; postgresql:"));
MODEL(TypeTwice,   "type_twice",   (id, Id), (name, Text, sql_type = "postgresql: citext; postgresql: text"));
MODEL(TypeOfId,    "type_of_id",   (id, Id, sql_type = "postgresql: integer"));
MODEL(TypeNumber,  "type_number",  (id, Id), (name, Text, sql_type = "sqlite: INET"));
MODEL(TypeText,    "type_text",    (id, Id), (size, Integer, sql_type = "sqlite: LONGTEXT"));
MODEL(TypeExact,   "type_exact",   (id, Id), (size, Numeric(30, 2), sql_type = "sqlite: MONEY"));
MODEL(Stamped,     "stamped", (id, Id), (first, Ddl("CREATE TRIGGER a"), drop = "DROP TRIGGER a", database = "sqlite"), (second, Ddl("GRANT b"), drop = ""));
MODEL(DdlEmpty,    "ddl_empty", (id, Id), (first, Ddl(""), drop = ""));
MODEL(DdlForever,  "ddl_forever", (id, Id), (first, Ddl("CREATE TRIGGER a")));
MODEL(DdlNowhere,  "ddl_nowhere", (id, Id), (first, Ddl("CREATE TRIGGER a"), drop = "", database = "mysql"));
MODEL(DdlNamed,    "ddl_named", (id, Id), (first, Ddl("CREATE TRIGGER a"), drop = "", named = "a"));
MODEL(Needing,     "needing", (id, Id), (kind, Ddl("CREATE TYPE mood"), drop = "DROP TYPE mood", before = true));
MODEL(NoBefore,    "no_before", (id, Id), (name, Text, before = true));
MODEL(NoDdl,       "no_ddl", (id, Id), (name, Text, drop = "DROP TRIGGER a"));
SHAPE(Shape, (name, Text));
VIEW(Seen,        "seen",      "SELECT id, id AS user_id FROM users", (id, Id), (user_id, Integer, references = "users.id"), (user, BelongsTo(User, user_id)));
VIEW(SameView,    "seen",      "SELECT 1 AS id", (id, Id));
VIEW(TableView,   "users",     "SELECT 1 AS id", (id, Id));
VIEW(IndexedView, "indexed",   "SELECT 1 AS id", (id, Id), (name, Text, index = true));
VIEW(DdlView,     "ddl_view",  "SELECT 1 AS id", (id, Id), (first, Ddl("GRANT b"), drop = ""));
VIEW(EmptyView,   "empty",     "", (id, Id));
VIEW(PairedView,  "paired",    "SELECT 1 AS id", (id, Id), (users, ManyToMany(User, "pairs_of_views")));
VIEW(LostView,    "lost",      "SELECT 1 AS id", (id, Id), (user_id, Integer, references = "members.id"));
MODEL(OnView,     "on_view",   (id, Id), (seen_id, Integer, references = "seen.id"));
/* clang-format on */

static void make_schema(void *models)
{
    schema_of(models);
}

static void assert_refused(const struct cf_model *const *models, const char *message)
{
    const cf_error *error = error_of(make_schema, (void *)(uintptr_t)models);
    assert_int_equal(error->code, CF_INTERNAL);
    assert_string_equal(error->message, message);
}

static void wrong_keys(void *unused)
{
    (void)unused;
    assert_refused((const struct cf_model *const[]){ NULL },
                   "there are no models: give cf_app_new .models = CF_MODELS(…)");
    assert_refused(NULL, "there are no models: give cf_app_new .models = CF_MODELS(…)");
    assert_refused(CF_MODELS(NoKey), "NoKey has no primary key: add (id, Id), or primary_key = true to a column");
    assert_refused(CF_MODELS(User, SameTable), "SameTable: another model has the table \"users\" already");
    assert_refused(CF_MODELS(Shape), "Shape is a SHAPE, it has no table: leave it out of CF_MODELS");
    assert_refused(CF_MODELS(BadField), "BadField.two: there is no field \"nothing\"");
    assert_refused(CF_MODELS(BadIndex), "BadIndex.two: there is no field \"nowhere\"");
    assert_refused(CF_MODELS(User, BadTarget),
                   "BadTarget: references = \"users.nothing\" names no column of a model in CF_MODELS");
    assert_refused(CF_MODELS(User, BadTable),
                   "BadTable: references = \"members.id\" names no column of a model in CF_MODELS");
    assert_refused(CF_MODELS(User, BadDot), "BadDot.user_id: references = \"users\" is not \"table.column\"");
    assert_refused(
        CF_MODELS(User, BadAction),
        "BadAction.user_id: \"explode\" is no action: cascade, set null, restrict, set default or no action");
    assert_refused(CF_MODELS(BadIndexOn),
                   "BadIndexOn.by_age: IndexOn(\"id, age ASC\") are columns: say Index(id, age ASC)");
    assert_refused(CF_MODELS(BadCollation), "BadCollation.age: a collation belongs to a text");
    assert_refused(CF_MODELS(BadHeld), "BadHeld.name: create_constraint = true belongs to an Enum or Choices");
    assert_refused(CF_MODELS(HeldTwice), "HeldTwice.color: has both create_constraint and check, which are one "
                                         "constraint: say Check(…) as an entry of its own");
    assert_refused(CF_MODELS(HeldNames),
                   "HeldNames.color: named = \"held\" is the name of one constraint or index, and "
                   "there are 2: say Index(color), Unique(color) or Check(…) as an entry of its "
                   "own");
    assert_refused(CF_MODELS(BadStored), "BadStored.age: stored = true belongs to computed");
    assert_refused(CF_MODELS(BadComputed), "BadComputed.age: is computed: it has no other source of values");
    assert_refused(CF_MODELS(BadAutoincrement), "BadAutoincrement.id: autoincrement = true belongs to an Id");
    assert_refused(CF_MODELS(BadStart), "BadStart.age: start and increment belong to an Id");
    assert_refused(CF_MODELS(BadIncrement), "BadIncrement.id: start and increment are 1 or more");
    assert_refused(CF_MODELS(BadInclude), "BadInclude.by: there is no field \"size\"");
    assert_refused(CF_MODELS(BadUsing), "BadUsing.age: where, using, include and concurrently belong to an Index");
    assert_refused(CF_MODELS(TypeNowhere),
                   "TypeNowhere.name: sql_type = \"postgres: citext\": \"postgres\" is no database: say \"sqlite: …\", "
                   "\"postgresql: …\" or \"mariadb: …\"");
    assert_refused(CF_MODELS(TypeEmpty),
                   "TypeEmpty.name: sql_type = \"mariadb: INET6; postgresql:\" names no type for postgresql");
    assert_refused(
        CF_MODELS(TypeTwice),
        "TypeTwice.name: sql_type = \"postgresql: citext; postgresql: text\" names two types for postgresql");
    assert_refused(CF_MODELS(TypeOfId),
                   "TypeOfId.id: an Id numbers itself, which takes the database's usual type: leave sql_type out");
    assert_refused(
        CF_MODELS(TypeNumber),
        "TypeNumber.name: its sql_type for sqlite, \"INET\", makes a number of a text that looks like one: SQLite "
        "keeps texts where a type's name has TEXT in it and no INT");
    assert_refused(
        CF_MODELS(TypeText),
        "TypeText.size: its sql_type for sqlite, \"LONGTEXT\", makes texts of numbers: SQLite keeps numbers where "
        "a type's name has none of CHAR, CLOB and TEXT in it");
    assert_refused(CF_MODELS(TypeExact),
                   "TypeExact.size: its sql_type for sqlite, \"MONEY\", would compare decimals of so "
                   "many digits as texts: leave it out");
    assert_refused(CF_MODELS(BadDatabase),
                   "BadDatabase.strict: \"sqllite\" is no database: sqlite, postgresql or mariadb");
    assert_refused(CF_MODELS(BadOption), "BadOption.strict: the option for sqlite is empty");
    assert_refused(CF_MODELS(TwoOptions), "TwoOptions.more: sqlite has an option already: say both in one");
    assert_refused(CF_MODELS(BadDeferred),
                   "BadDeferred.age: deferrable and deferred belong to a column with references, or to a Unique");
    assert_refused(CF_MODELS(Dotted),
                   "Dotted: the name of its table \"audit.dotted\" has a dot, and no schema or database stands before "
                   "a table: say MODEL_IN a bind whose URI leads there, or a VIEW of that table");
    assert_true(schema_of(CF_MODELS(LaterUnique))->tables[0].uniques[0].deferrable);
    assert_refused(CF_MODELS(NullsPlain),
                   "NullsPlain.name: nulls_not_distinct belongs to what is unique: a Unique, or unique = true");
    assert_refused(CF_MODELS(UniqueWords), "UniqueWords.words: an index that is FULLTEXT is not unique");
    assert_refused(CF_MODELS(LaterIndex),
                   "LaterIndex.by_name: deferrable and deferred belong to a column with references, or to a Unique");
    assert_refused(CF_MODELS(LaterCheck),
                   "LaterCheck.named: deferrable and deferred belong to a column with references, or to a Unique");
    assert_refused(CF_MODELS(LaterKey),
                   "LaterKey.key: deferrable and deferred belong to a column with references, or to a Unique");
    assert_refused(CF_MODELS(User, BadLater),
                   "BadLater.user: deferrable and deferred belong to its column, beside references");
    assert_string_equal(schema_of(CF_MODELS(DotColumn))->tables[0].foreign_keys[0].references.items[0], "code.no");
    assert_refused(CF_MODELS(TwoColumns), "TwoColumns.other: the column \"name\" is there twice");
}

static void wrong_names(void *unused)
{
    (void)unused;
    assert_refused(CF_MODELS(TwoNamed),
                   "TwoNamed.age: named = \"aged\" is the name of one constraint or index, and there are 2: say "
                   "Index(age), Unique(age) or Check(…) as an entry of its own");
    assert_refused(CF_MODELS(NoneNamed),
                   "NoneNamed.age: named belongs to a constraint or an index: there is none here");
    assert_refused(CF_MODELS(CommentNamed),
                   "CommentNamed.about: named belongs to a constraint or an index: there is none here");
    assert_refused(CF_MODELS(LengthNone),
                   "LengthNone.by: \"a(0)\" is no field with a length, such as body(100), of 1 to 3072");
    assert_refused(CF_MODELS(LengthOdd),
                   "LengthOdd.by: \"a(10)b\" is no field with a length, such as body(100), of 1 to 3072");
    assert_refused(CF_MODELS(LengthOfId), "LengthOfId.by: \"id(10)\": a length belongs to a text, a Blob or a Json");
    assert_refused(CF_MODELS(KeyNamed), "KeyNamed.key: PrimaryKey(b) are not the columns with primary_key = true");
    assert_refused(CF_MODELS(LongNamed),
                   "LongNamed.age: named = \"ix_what_fell_from_the_sky_within_the_last_twenty_four_hours_in_l\" is 64 "
                   "bytes long, and what every database takes are 63: give it a shorter one");
    assert_refused(
        CF_MODELS(UniqueNamed),
        "UniqueNamed.by: named = \"aged\": the name of a unique index begins with ix_, and that of no unique "
        "constraint, since nothing else tells them apart in some databases");
    assert_refused(CF_MODELS(IndexNamed),
                   "IndexNamed.by: named = \"ix_aged\": the name of a unique index begins with ix_, and that of no "
                   "unique constraint, since nothing else tells them apart in some databases");
}

static void names_of_ones_own_are_for_one_constraint(void **state)
{
    (void)state;
    in_fiber(wrong_names, NULL);
}

/* clang-format off */
MODEL(Named, "named",
    (id,     Id, start = 1000, increment = 5),
    (code,   String(8), unique = true, named = "code_once"),
    (size,   Integer, column = "Size"),
    (parent, Nullable(Integer), references = "named.id", named = "child_of"),
    (newest, Index(-id, size), named = "by_id"),
    (cover,  Index(-size), using = "gist", include = "code, size", where = "id > 3"),
    (sized,  Check("id > 0"), named = "is_sized"),
    (key,    PrimaryKey(id), named = "named_pkey"));
/* clang-format on */

static const char *index_sql(const struct cf_dialect *dialect, const struct cf_table *table, size_t at)
{
    struct cf__buffer sql = cf__buffer_new(cf__current(), CF__CAP_SQL, "an index");
    cf__ddl_create_index(&sql, dialect, table->name, &table->indexes[at]);
    return cf__buffer_text(&sql);
}

static const char *column_sql(const struct cf_dialect *dialect, const struct cf_table *table)
{
    struct cf__buffer sql = cf__buffer_new(cf__current(), CF__CAP_SQL, "a column");
    cf__ddl_column(&sql, dialect, table, &table->columns[0]);
    return cf__buffer_text(&sql);
}

static void named(void *unused)
{
    (void)unused;
    const struct cf_table *table = &schema_of(CF_MODELS(Named))->tables[0];
    struct cf_dialect postgres = postgres_dialect;
    postgres.index_kinds = true;
    postgres.identity = " GENERATED BY DEFAULT AS IDENTITY";
    assert_string_equal(table->uniques[0].name, "code_once");
    assert_string_equal(table->foreign_keys[0].name, "child_of");
    assert_string_equal(table->checks[0].name, "is_sized");
    assert_string_equal(table->primary_key_name, "named_pkey");
    assert_string_equal(index_sql(&cf__sqlite_dialect, table, 0), "CREATE INDEX by_id ON named (id DESC, \"Size\")");
    assert_string_equal(index_sql(&cf__sqlite_dialect, table, 1),
                        "CREATE INDEX \"ix_named_Size\" ON named (\"Size\" DESC) WHERE id > 3");
    assert_string_equal(index_sql(&postgres, table, 1),
                        "CREATE INDEX \"ix_named_Size\" ON named USING gist (\"Size\" DESC) INCLUDE (code, \"Size\") "
                        "WHERE id > 3");
    assert_string_equal(column_sql(&postgres, table), "id BIGINT GENERATED BY DEFAULT AS IDENTITY (START WITH 1000 "
                                                      "INCREMENT BY 5) NOT NULL");
    assert_string_equal(column_sql(&cf__sqlite_dialect, table), "id INTEGER NOT NULL");
    assert_true(table->columns[0].autoincrement); /* which counts on */
}

static void names_numbers_and_kinds_of_indexes_are_as_the_model_says(void **state)
{
    (void)state;
    in_fiber(named, NULL);
}

static void own_sql(void *unused)
{
    (void)unused;
    const struct cf_table *table = &schema_of(CF_MODELS(Stamped))->tables[0];
    assert_int_equal(table->column_count, 1);
    assert_int_equal(table->ddl_count, 2);
    assert_string_equal(table->ddls[0].name, "first");
    assert_string_equal(table->ddls[0].sql, "CREATE TRIGGER a");
    assert_string_equal(table->ddls[0].drop, "DROP TRIGGER a");
    assert_string_equal(table->ddls[0].database, "sqlite");
    assert_string_equal(table->ddls[1].drop, "");
    assert_null(table->ddls[1].database);
    assert_refused(CF_MODELS(DdlEmpty), "DdlEmpty.first: its Ddl is empty");
    assert_refused(CF_MODELS(DdlForever),
                   "DdlForever.first: Ddl without drop: drop = \"DROP TRIGGER …\" takes it back, "
                   "drop = \"\" says that it goes with its table");
    assert_refused(CF_MODELS(DdlNowhere), "DdlNowhere.first: \"mysql\" is no database: sqlite, postgresql or mariadb");
    assert_refused(CF_MODELS(DdlNamed),
                   "DdlNamed.first: named belongs to a constraint or an index: there is none here");
    assert_false(table->ddls[0].before);
    assert_true(schema_of(CF_MODELS(Needing))->tables[0].ddls[0].before);
    assert_refused(CF_MODELS(NoBefore), "NoBefore.name: before = true belongs to a Ddl");
    assert_refused(CF_MODELS(NoDdl), "NoDdl.name: drop and database belong to a Ddl");
}

static void sql_of_a_table_says_what_takes_it_back(void **state)
{
    (void)state;
    in_fiber(own_sql, NULL);
}

static void views(void *unused)
{
    (void)unused;
    const struct cf_schema *schema = schema_of(CF_MODELS(Seen, User));
    assert_int_equal(schema->count, 1);
    assert_int_equal(schema->view_count, 1);
    assert_string_equal(cf_schema_view(schema, "seen")->sql, "SELECT id, id AS user_id FROM users");
    assert_null(cf_schema_view(schema, "users"));
    assert_refused(CF_MODELS(User, Seen, SameView), "SameView: another model has the view \"seen\" already");
    assert_refused(CF_MODELS(User, TableView), "TableView: another model has the table \"users\" already");
    assert_refused(CF_MODELS(IndexedView),
                   "IndexedView is a VIEW, of columns and relations: say indexes, checks and the like of its tables");
    assert_refused(CF_MODELS(DdlView),
                   "DdlView is a VIEW, of columns and relations: say indexes, checks and the like of its tables");
    assert_refused(CF_MODELS(EmptyView), "EmptyView is a VIEW without SQL");
    assert_refused(CF_MODELS(User, PairedView),
                   "PairedView.users: a table of pairs cannot refer to a view: say ManyToManyThrough");
    assert_refused(CF_MODELS(LostView),
                   "LostView: references = \"members.id\" names no column of a model in CF_MODELS");
    assert_refused(CF_MODELS(User, Seen, OnView),
                   "OnView: references = \"seen.id\" names no column of a model in CF_MODELS");
}

static void a_view_is_a_name_and_sql(void **state)
{
    (void)state;
    in_fiber(views, NULL);
}

static void keys_and_references_that_name_nothing_are_refused(void **state)
{
    (void)state;
    in_fiber(wrong_keys, NULL);
}

static void assert_bad_default(const struct cf_model *const *models, const char *where, const char *literal)
{
    assert_refused(
        models,
        cf_format(here(), "%s: its server_default \"%s\" is not a value of its type (for SQL, use server_default_sql)",
                  where, literal));
}

static void wrong_defaults(void *unused)
{
    (void)unused;
    assert_bad_default(CF_MODELS(BadDefault), "BadDefault.age", "many");
    assert_refused(CF_MODELS(BadColor), "BadColor.paint: its server_default is no color such as \"#ff8000\"");
    assert_bad_default(CF_MODELS(BadSmall), "BadSmall.age", "32768");
    assert_bad_default(CF_MODELS(BadLabel), "BadLabel.color", "blue");
    assert_bad_default(CF_MODELS(BadLength), "BadLength.name", "long");
    assert_bad_default(CF_MODELS(BadMoment), "BadMoment.at", "2024-13-01");
    assert_bad_default(CF_MODELS(BadJson), "BadJson.extra", "{");
    assert_refused(CF_MODELS(TwoDefaults),
                   "TwoDefaults.age: has both server_default and server_default_sql: one of them");
    assert_refused(
        CF_MODELS(TooExact),
        "TooExact.price: Numeric(precision, scale) goes to 38 digits, with a scale of at most the precision");
}

static void a_default_must_be_a_literal_of_its_type(void **state)
{
    (void)state;
    in_fiber(wrong_defaults, NULL);
}

static void longer_tables_and_columns(void *unused)
{
    (void)unused;
    assert_refused(
        CF_MODELS(LongColumn),
        "LongColumn.rain: the name of its column \"what fell from the sky within the last twenty-four hours, in "
        "mm³\" is longer than 63 bytes, which not every database takes: give it a shorter one, column = \"…\", "
        "and was = \"…\" where a database has the column");
    assert_refused(
        CF_MODELS(LongTable),
        "LongTable: the name of its table \"what_fell_from_the_sky_within_the_last_twenty_four_hours_in_liter\" is "
        "longer than 63 bytes, which not every database takes: give it a shorter one, and (before, Was(\"…\")) "
        "where a database has the table");
}

static void tables_and_columns_with_longer_names_are_refused(void **state)
{
    (void)state;
    in_fiber(longer_tables_and_columns, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constraints_are_named_by_convention),
        cmocka_unit_test(columns_carry_database_names_and_options),
        cmocka_unit_test(literals_of_defaults_have_one_spelling),
        cmocka_unit_test(names_longer_than_every_database_takes_are_shortened),
        cmocka_unit_test(tables_and_columns_with_longer_names_are_refused),
        cmocka_unit_test(keys_and_references_that_name_nothing_are_refused),
        cmocka_unit_test(names_of_ones_own_are_for_one_constraint),
        cmocka_unit_test(names_numbers_and_kinds_of_indexes_are_as_the_model_says),
        cmocka_unit_test(sql_of_a_table_says_what_takes_it_back),
        cmocka_unit_test(a_view_is_a_name_and_sql),
        cmocka_unit_test(a_default_must_be_a_literal_of_its_type),
    };
    return cmocka_run_group_tests_name("db/schema", tests, NULL, free_thread);
}
