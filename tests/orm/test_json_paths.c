/* SPDX-License-Identifier: MIT
 *
 * Paths into JSON: what is found by keys of any characters and by indexes, as a text, a number, a boolean and JSON, and what is
 * not there or of another type. The same on every database, of columns that are Json and that are Jsonb.
 */
#include <carafe/bulk.h>

/* clang-format off */
MODEL(Doc, "docs",
    (id,    Id),
    (data,  Nullable(Json)),
    (more,  Nullable(Jsonb)),
    (value, Nullable(Json)), /* names that walking JSON may know, too */
    (key,   Nullable(Json)),
    (title, Nullable(Text)));
SHAPE(Found,
    (text,    Nullable(Text)),
    (integer, Nullable(Integer)),
    (number,  Nullable(Float)),
    (truth,   Nullable(Boolean)),
    (part,    Nullable(Json)));
SHAPE(Tally, (author, Nullable(Text)), (docs, Integer));
/* clang-format on */

#define TEST_MODELS CF_MODELS(Doc)
#include "support.h"

#include "sql.h"

static const char data[] =
    "{\"author\": {\"name\": \"Kim \\\"K\\\" Lee\", \"age\": 30, \"a.b\": \"dot\", \"\": \"empty\", \"$\": \"dollar\","
    " \"q\\\"r\": \"quote\", \"back\\\\slash\": \"back\", \"it's\": \"apostrophe\", \"\xe6\x97\xa5\": \"day\","
    " \"[0]\": \"bracket\", \"*\": \"star\", \"0\": \"zero\", \"a b\": \"blank\", \"?\": \"mark\", \"%\": \"percent\"},"
    " \"tags\": [\"x\", \"y\", [1, 2.5, {\"deep\": true}]],"
    " \"whole\": 9007199254740993, \"least\": -9223372036854775808, \"one\": 1.0,"
    " \"fraction\": -2.5, \"exponent\": 12e2, \"yes\": true, \"no\": false, \"nothing\": null, \"digits\": \"42\","
    " \"words\": \"true\", \"null\": \"null\", \"none\": \"\", \"lines\": \"a\\nb\\u00e9\\/\", \"object\": {}, "
    "\"list\": []}";

static void fill(cf_db *db)
{
    cf_add(db, Doc, .data = data, .more = data, .value = "{\"x\": 1}", .key = "[7]", .title = "first");
    cf_add(db, Doc, .title = "nothing");
    cf_add(db, Doc, .data = "5", .more = "\"text\"", .value = "[{\"x\": 2}]", .key = "null", .title = "scalars");
    cf_commit(db);
}

static const struct Found *find(cf_db *db, const cf_expr *text, const cf_expr *integer, const cf_expr *number,
                                const cf_expr *truth, const cf_expr *part)
{
    return cf_select_one(db, Found, .from = Doc, .where = cf_eq(Doc.id, 1),
                         .columns = { text, integer, number, truth, part });
}

/* JSON is spelt in each database's own way: blanks are left out here. */
static const char *without_blanks(const char *json)
{
    char *copy = json ? cf_copy(&cf__current()->head, json) : NULL, *out = copy;
    for (const char *at = copy; at && *at; at++)
        if (*at != ' ')
            *out++ = *at;
    if (copy)
        *out = '\0';
    return copy ? copy : "NULL";
}

static void check(const struct Found *found, const char *path, const char *text, const char *integer,
                  const char *number, const char *truth, const char *part)
{
    cf_context *context = &cf__current()->head;
    const char *expected =
        cf_format(context, "%s: %s %s %s %s %s", path, text ? text : "NULL", integer, number, truth, part);
    const char *has_integer = found->integer.is_set ? cf_format(context, "%lld", (long long)found->integer.value) : "-";
    const char *has_number = found->number.is_set ? cf_format(context, "%.17g", found->number.value) : "-";
    const char *has_truth = !found->truth.is_set ? "-" : found->truth.value ? "true" : "false";
    assert_string_equal(cf_format(context, "%s: %s %s %s %s %s", path, found->text ? found->text : "NULL", has_integer,
                                  has_number, has_truth, without_blanks(found->part)),
                        expected);
}

#define FOUND(column, ...)                                                            \
    find(db, cf_json_text(column, __VA_ARGS__), cf_json_integer(column, __VA_ARGS__), \
         cf_json_number(column, __VA_ARGS__), cf_json_boolean(column, __VA_ARGS__), cf_json_at(column, __VA_ARGS__))
#define CHECK(text, integer, number, truth, part, ...)                                         \
    do {                                                                                       \
        check(FOUND(Doc.data, __VA_ARGS__), #__VA_ARGS__, text, integer, number, truth, part); \
        check(FOUND(Doc.more, __VA_ARGS__), #__VA_ARGS__, text, integer, number, truth, part); \
    } while (0)
#define TEXT(text, part, ...) CHECK(text, "-", "-", "-", part, __VA_ARGS__)
#define NOTHING(...)          CHECK(NULL, "-", "-", "-", "NULL", __VA_ARGS__)

static void values_are_found_by_keys_and_indexes(cf_db *db)
{
    fill(db);
    TEXT("Kim \"K\" Lee", "\"Kim\\\"K\\\"Lee\"", "author", "name");
    CHECK("30", "30", "30", "-", "30", "author", "age");
    TEXT("x", "\"x\"", "tags", 0);
    CHECK("1", "1", "1", "-", "1", "tags", 2, 0);
    CHECK("2.5", "-", "2.5", "-", "2.5", "tags", 2, 1);
    CHECK("true", "-", "-", "true", "true", "tags", 2, 2, "deep");
    CHECK("true", "-", "-", "true", "true", "yes");
    CHECK("false", "-", "-", "false", "false", "no");
    CHECK("-2.5", "-", "-2.5", "-", "-2.5", "fraction");
    CHECK("9007199254740993", "9007199254740993", "9007199254740992", "-", "9007199254740993", "whole");
    CHECK("-9223372036854775808", "-9223372036854775808", "-9.2233720368547758e+18", "-", "-9223372036854775808",
          "least");
    TEXT("42", "\"42\"", "digits");
    TEXT("true", "\"true\"", "words");
    TEXT("null", "\"null\"", "null");
    TEXT("", "\"\"", "none");
    CHECK(NULL, "-", "-", "-", "{}", "object");
    CHECK(NULL, "-", "-", "-", "[]", "list");
    CHECK(NULL, "-", "-", "-", "[1,2.5,{\"deep\":true}]", "tags", 2);
    /* spelt by the database as it likes */
    const struct Found *one = FOUND(Doc.data, "one"), *exponent = FOUND(Doc.more, "exponent");
    assert_true(one->integer.is_set && one->integer.value == 1 && one->number.value == 1);
    assert_true(exponent->integer.is_set && exponent->integer.value == 1200 && exponent->number.value == 1200);
    assert_string_equal(FOUND(Doc.data, "lines")->text, "a\nb\xc3\xa9/");
    assert_string_equal(FOUND(Doc.more, "lines")->text, "a\nb\xc3\xa9/");
}

/* Which Carafe does not write. */
static void numbers_that_no_integer_holds_are_numbers(cf_db *db)
{
    cf_sql_execute(
        db, "INSERT INTO docs (id, data) VALUES (1, '{\"large\": 9223372036854775808, \"less\": -9223372036854775809, "
            "\"huge\": 1e300, \"tiny\": 1e-25, \"name\": \"x\"}')");
#define INTEGER(key) cf_select_integer(db, cf_json_integer(Doc.data, key), .from = Doc)
#define NUMBER(key)  cf_select_number(db, cf_json_number(Doc.data, key), .from = Doc).value
    assert_false(INTEGER("large").is_set);
    assert_false(INTEGER("less").is_set);
    assert_false(INTEGER("huge").is_set);
    assert_false(INTEGER("tiny").is_set);
    assert_true(NUMBER("large") == 9223372036854775808.);
    assert_true(NUMBER("huge") == 1e300);
    assert_true(NUMBER("tiny") == 1e-25);
    assert_string_equal(cf_select_text(db, cf_json_text(Doc.data, "name"), .from = Doc), "x");
}

static void keys_may_have_any_characters(cf_db *db)
{
    fill(db);
    TEXT("dot", "\"dot\"", "author", "a.b");
    TEXT("empty", "\"empty\"", "author", "");
    TEXT("dollar", "\"dollar\"", "author", "$");
    TEXT("quote", "\"quote\"", "author", "q\"r");
    TEXT("back", "\"back\"", "author", "back\\slash");
    TEXT("apostrophe", "\"apostrophe\"", "author", "it's");
    TEXT("day", "\"day\"", "author", "\xe6\x97\xa5");
    TEXT("bracket", "\"bracket\"", "author", "[0]");
    TEXT("star", "\"star\"", "author", "*");
    TEXT("zero", "\"zero\"", "author", "0");
    TEXT("blank", "\"blank\"", "author", "a b");
    TEXT("mark", "\"mark\"", "author", "?");
    TEXT("percent", "\"percent\"", "author", "%");
    const char *keys[] = { "author", "name" };
    TEXT("Kim \"K\" Lee", "\"Kim\\\"K\\\"Lee\"", keys[0], keys[1]);
}

static void what_is_not_there_is_null(cf_db *db)
{
    fill(db);
    NOTHING("missing");
    NOTHING("missing", "deeper", 3);
    NOTHING("author", "Name");
    NOTHING("author", "name", "first");
    NOTHING("author", "name", 0);
    NOTHING("author", "age", 0);
    NOTHING("author", 0); /* the key "0" is no index */
    NOTHING("tags", "0"); /* nor the other way round */
    NOTHING("tags", 3);
    NOTHING("tags", 2147483646);
    NOTHING("object", 0);
    NOTHING("list", 0);
    NOTHING(0);
    NOTHING("nothing");
    NOTHING("nothing", "deeper");
    NOTHING("a.b");
    NOTHING("*");
#define ASKED(id_, call) cf_count(db, Doc, .where = cf_and(cf_eq(Doc.id, id_), cf_is_not_null(call)))
    assert_int_equal(ASKED(2, cf_json_at(Doc.data, "author")), 0);
    assert_int_equal(ASKED(3, cf_json_at(Doc.data, 0)), 0);
    assert_int_equal(ASKED(3, cf_json_text(Doc.data, "author")), 0);
    assert_int_equal(ASKED(3, cf_json_text(Doc.more, 0)), 0);
    assert_int_equal(ASKED(3, cf_json_text(Doc.key, 0)), 0);
}

static void columns_may_have_the_names_of_those_of_rows_of_json(cf_db *db)
{
    fill(db);
    assert_int_equal(
        cf_select_integer(db, cf_json_integer(Doc.value, "x"), .from = Doc, .where = cf_eq(Doc.id, 1)).value, 1);
    assert_int_equal(
        cf_select_integer(db, cf_json_integer(Doc.value, 0, "x"), .from = Doc, .where = cf_eq(Doc.id, 3)).value, 2);
    assert_int_equal(cf_select_integer(db, cf_json_integer(Doc.key, 0), .from = Doc, .where = cf_eq(Doc.id, 1)).value,
                     7);
    struct Doc_columns other = cf_alias(Doc, "other");
    cf_expr *inside =
        cf_scalar(cf_subquery_of(cf_json_integer(Doc.value, "x"), .from = other, .where = cf_eq(other.id, 1)));
    assert_int_equal(cf_select_integer(db, inside, .from = Doc, .where = cf_eq(Doc.id, 1)).value, 1);
    assert_int_equal(cf_update_all(db, Doc, .set = { cf_set(Doc.title, cf_json_text(Doc.value, "x")) },
                                   .where = cf_eq(cf_json_integer(Doc.value, "x"), 1)),
                     1);
    assert_string_equal(cf_get(db, Doc, 1, .refresh = true)->title, "1");
    assert_int_equal(cf_delete_all(db, Doc, .where = cf_eq(cf_json_integer(Doc.key, 0), 7)), 1);
}

static void what_is_found_stands_wherever_a_column_may(cf_db *db)
{
    static const char *const authors[] = { "lee", "Kim", "lee ", "lee", NULL };
    for (size_t i = 0; i < 5; i++)
        cf_add(db, Doc, .title = "t",
               .data = authors[i] ? cf_format(db, "{\"by\": {\"name\": \"%s\"}, \"likes\": %d}", authors[i], (int)i * 5)
                                  : "{}");
    cf_commit(db);
    cf_expr *author = cf_json_text(Doc.data, "by", "name"), *likes = cf_json_integer(Doc.data, "likes");
    assert_int_equal(cf_count(db, Doc, .where = cf_eq(author, "lee")), 2);
    assert_int_equal(cf_count(db, Doc, .where = cf_eq("lee ", author)), 1);
    assert_int_equal(cf_count(db, Doc, .where = cf_icontains(author, "K")), 1);
    assert_int_equal(cf_count(db, Doc, .where = cf_in(likes, 0, 15, 99)), 2);
    assert_int_equal(cf_count(db, Doc, .where = cf_gt(cf_plus(likes, 1), 6)), 2);
    assert_int_equal(cf_count(db, Doc, .where = cf_is_null(author)), 1);
    assert_int_equal(cf_select_integer(db, cf_sum_of(likes), .from = Doc).value, 30);
    struct Tally_list tallies =
        cf_select(db, Tally, .from = Doc, .columns = { .author = author, .docs = cf_count_rows() },
                  .group_by = { author }, .having = cf_ge(cf_sum_of(likes), 10), .order_by = { cf_desc(author) });
    assert_int_equal(tallies.count, 2);
    assert_string_equal(tallies.items[0]->author, "lee ");
    assert_int_equal(tallies.items[1]->docs, 2);
    struct Doc_list sorted = cf_find(db, Doc, .order_by = { cf_desc(likes), cf_asc(Doc.id) });
    assert_int_equal(sorted.items[0]->id, 4);
    assert_int_equal(sorted.items[4]->id, 5);
    cf_expr *by = cf_json_at(Doc.data, "by");
    assert_int_equal(cf_count(db, Doc, .where = cf_eq(cf_json_text(by, "name"), "Kim")), 1);
    cf_expr *cast = cf_cast(cf_literal("{\"a\": [1, 2]}"), Json);
    assert_int_equal(cf_select_integer(db, cf_json_integer(cast, "a", 1), .from = Doc).value, 2);
    assert_int_equal(cf_update_all(db, Doc, .set = { cf_set(Doc.data, by) }, .where = cf_eq(author, "Kim")), 1);
    assert_string_equal(without_blanks(cf_get(db, Doc, 2, .refresh = true)->data), "{\"name\":\"Kim\"}");
}

static const char *spelt(const struct cf_dialect *dialect, const cf_expr *expression)
{
    const char *sql = sql_in(dialect, cf_subquery_of(expression, .from = Doc));
    size_t size = strlen(sql) - strlen("SELECT  FROM docs");
    return cf_format(&cf__current()->head, "%.*s", (int)size, sql + strlen("SELECT "));
}

static void assert_spelt(const cf_expr *expression, const char *sqlite, const char *postgres, const char *mariadb)
{
    assert_string_equal(spelt(&cf__sqlite_dialect, expression), sqlite);
    assert_string_equal(spelt(&postgres_dialect, expression), postgres);
    assert_string_equal(spelt(&mariadb_dialect, expression), mariadb);
}

static void paths_are_spelt_for_each_database(cf_db *db)
{
    (void)db;
    assert_spelt(
        cf_json_text(Doc.data, "a", 2),
        "(SELECT CASE type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(value AS TEXT) END FROM "
        "json_each((SELECT value FROM json_each(docs.data) WHERE key = ? AND type IN ('object', 'array'))) WHERE key = "
        "? AND type NOT IN ('object', 'array'))",
        "CASE WHEN jsonb_typeof(jsonb_path_query_first((CAST(data AS JSONB) -> CAST($1 AS TEXT)), 'strict $ ? "
        "(@.type() == \"array\")') -> CAST($2 AS INTEGER)) NOT IN ('object', 'array') THEN "
        "jsonb_path_query_first((CAST(data AS JSONB) -> CAST($3 AS TEXT)), 'strict $ ? (@.type() == \"array\")') ->> "
        "CAST($4 AS INTEGER) END",
        "CASE WHEN JSON_TYPE(JSON_EXTRACT(JSON_ARRAY_INSERT(JSON_EXTRACT(data, concat('$.' COLLATE utf8mb4_bin, "
        "json_quote(?))), '$[0]', 0), concat('$[', ? + 1, ']'))) NOT IN ('OBJECT', 'ARRAY', 'NULL') THEN "
        "CAST(JSON_UNQUOTE(JSON_EXTRACT(JSON_ARRAY_INSERT(JSON_EXTRACT(data, concat('$.' COLLATE utf8mb4_bin, "
        "json_quote(?))), '$[0]', 0), concat('$[', ? + 1, ']'))) AS CHAR) END");
    assert_spelt(
        cf_json_boolean(Doc.data, "a"),
        "(SELECT value FROM json_each(docs.data) WHERE key = ? AND type IN ('true', 'false'))",
        "CASE WHEN jsonb_typeof(CAST(data AS JSONB) -> CAST($1 AS TEXT)) = 'boolean' THEN CAST(CAST(data AS JSONB) -> "
        "CAST($2 AS TEXT) AS BOOLEAN) END",
        "CASE WHEN JSON_TYPE(JSON_EXTRACT(data, concat('$.' COLLATE utf8mb4_bin, json_quote(?)))) = 'BOOLEAN' THEN "
        "CAST(JSON_EXTRACT(data, concat('$.' COLLATE utf8mb4_bin, json_quote(?))) AS CHAR) = 'true' END");
    assert_spelt(
        cf_json_at(Doc.more, "a"),
        "(SELECT CASE type WHEN 'null' THEN NULL WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'text' THEN "
        "json_quote(value) ELSE CAST(value AS TEXT) END FROM json_each(docs.more) WHERE key = ?)",
        "nullif(CAST(more AS JSONB) -> CAST($1 AS TEXT), CAST('null' AS JSONB))",
        "nullif(CAST(JSON_EXTRACT(more, concat('$.' COLLATE utf8mb4_bin, json_quote(?))) AS CHAR), 'null')");
}

static void step_by_nothing(void *db)
{
    const char *key = NULL;
    cf_count(db, Doc, .where = cf_is_null(cf_json_text(Doc.data, key)));
}

static void step_before_the_first(void *db)
{
    cf_count(db, Doc, .where = cf_is_null(cf_json_text(Doc.data, "tags", -1)));
}

static void step_too_often(void *db)
{
    cf_count(db, Doc, .where = cf_is_null(cf_json_text(Doc.data, 1, 2, 3, 4, 5, 6, 7, 8, 9)));
}

static void step_into_a_text(void *db)
{
    cf_count(db, Doc, .where = cf_is_null(cf_json_text(Doc.title, "a")));
}

static void paths_that_mean_nothing_are_refused(cf_db *db)
{
    fill(db);
    assert_string_equal(error_of(step_by_nothing, db)->message,
                        "a step into JSON is a NULL text: it is a key or an index");
    assert_string_equal(error_of(step_before_the_first, db)->message,
                        "a step into JSON is the index -1: they begin with 0");
    assert_string_equal(error_of(step_too_often, db)->message, "a path into JSON has at most 8 steps, not 9");
    assert_string_equal(error_of(step_into_a_text, db)->message,
                        "a path into JSON is of a Json column, not of what is like title: cf_cast it to Json");
    assert_int_equal(cf_count(db, Doc, .where = cf_is_null(cf_json_text(Doc.data, 1, 2, 3, 4, 5, 6, 7, 8))), 3);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(paths_are_spelt_for_each_database),
        SESSION_TEST(values_are_found_by_keys_and_indexes),
        SESSION_TEST(numbers_that_no_integer_holds_are_numbers),
        SESSION_TEST(keys_may_have_any_characters),
        SESSION_TEST(what_is_not_there_is_null),
        SESSION_TEST(columns_may_have_the_names_of_those_of_rows_of_json),
        SESSION_TEST(what_is_found_stands_wherever_a_column_may),
        SESSION_TEST(paths_that_mean_nothing_are_refused),
    };
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
