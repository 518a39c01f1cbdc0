/* SPDX-License-Identifier: MIT
 *
 * Placeholders of the user's own SQL.
 */
#include "../../src/db/placeholders.h"
#include "dialects.h"
#include "support.h"

static const char *number(const char *sql)
{
    size_t count;
    return cf__sql_number(cf__current(), &postgres_dialect, sql, &count);
}

static void marks(void *unused)
{
    (void)unused;
    const char *sql = "SELECT ?";
    size_t count;
    assert_ptr_equal(cf__sql_number(cf__current(), &mariadb_dialect, sql, &count), sql);
    assert_string_equal(cf__sql_number(cf__current(), &postgres_dialect, "SELECT ?, '?', ?", &count),
                        "SELECT $1, '?', $2");
    assert_int_equal(count, 2);
    assert_string_equal(number("SELECT ?, ?"), "SELECT $1, $2");
    assert_string_equal(number("SELECT '?', 'it''s ?', \"a?\", ?"), "SELECT '?', 'it''s ?', \"a?\", $1");
    assert_string_equal(number("SELECT ? -- why?\n, ? /* what? /* ? */ ? */, ?"),
                        "SELECT $1 -- why?\n, $2 /* what? /* ? */ ? */, $3");
    assert_string_equal(number("SELECT E'it\\'s ?', $$ ? $$, $tag$ ? $$ $tag$, ?"),
                        "SELECT E'it\\'s ?', $$ ? $$, $tag$ ? $$ $tag$, $1");
    assert_string_equal(number("SELECT name'?\\', ?"), "SELECT name'?\\', $1");
    assert_string_equal(number("SELECT tags ?? ?"), "SELECT tags ? $1");
    assert_string_equal(number("SELECT 'open ?"), "SELECT 'open ?");
    assert_string_equal(number("SELECT /* open ?"), "SELECT /* open ?");
    assert_string_equal(number("SELECT $a$ open ?"), "SELECT $a$ open ?");
}

static void marks_become_numbers_where_the_database_counts_them(void **state)
{
    (void)state;
    in_fiber(marks, NULL);
}

static struct cf__bound_sql bind(const char *sql, size_t count)
{
    static const struct cf_sql_value items[] = {
        { .name = "id", .value = { .kind = CF_OPERAND_INTEGER, .integer = 7 } },
        { .name = "name", .value = { .kind = CF_OPERAND_TEXT, .text = "kim" } },
    };
    const struct cf_values values = { count, items };
    return cf__sql_bind(cf__current(), &cf__sqlite_dialect, sql, &values);
}

static void too_few(void *sql)
{
    bind(sql, 2);
}

static void mixed(void *unused)
{
    (void)unused;
    const struct cf_sql_value items[] = { { .name = "id", .value = { .kind = CF_OPERAND_INTEGER } },
                                          { .value = { .kind = CF_OPERAND_INTEGER } } };
    cf__sql_bind(cf__current(), &cf__sqlite_dialect, "SELECT :id, ?", &(const struct cf_values){ 2, items });
}

static void names(void *unused)
{
    (void)unused;
    struct cf__bound_sql bound = bind("SELECT :name, ':id', \":id\", a::text, x:=1, :id, :name -- :id", 2);
    assert_string_equal(bound.text, "SELECT ?, ':id', \":id\", a::text, x:=1, ?, ? -- :id");
    assert_int_equal(bound.count, 3);
    assert_string_equal(bound.values[0].text, "kim");
    assert_int_equal(bound.values[1].integer, 7);
    assert_string_equal(bound.values[2].text, "kim");
    assert_string_equal(error_of(too_few, (char[]){ "SELECT :id, :name, :nam" })->message,
                        "the SQL has a :nam, for which no value was given");
    assert_string_equal(error_of(too_few, (char[]){ "SELECT :id" })->message,
                        "a value was given for :name, which the SQL does not have");
    assert_string_equal(error_of(mixed, NULL)->message, "the values of SQL are all named (cf_value) or none is");
}

static void names_stand_for_values_but_not_in_quotes_and_comments(void **state)
{
    (void)state;
    in_fiber(names, NULL);
}

static const char *with_list(const struct cf_dialect *dialect, const char *sql, struct cf_list list, bool named)
{
    const struct cf_sql_value items[] = { { .name = named ? "ids" : NULL, .list = list },
                                          { .name = named ? "id" : NULL, .value = { .kind = CF_OPERAND_INTEGER } } };
    const struct cf_values values = { 2, items };
    return cf__sql_bind(cf__current(), dialect, sql, &values).text;
}

static void lists(void *unused)
{
    (void)unused;
    static const int64_t ids[5000];
    const struct cf_dialect *dialects[] = { &cf__sqlite_dialect, &postgres_dialect, &mariadb_dialect };
    static const char *const empty[] = { "a NOT IN (SELECT 1 WHERE 1 = 0) = ?", "a <> ALL ('{}') = ?",
                                         "a NOT IN (SELECT 1 WHERE 1 = 0) = ?" };
    static const char *const one[] = { "'?' IN (SELECT 1 WHERE 1 = 0), ?", "'?' = ANY ('{}'), ?",
                                       "'?' IN (SELECT 1 WHERE 1 = 0), ?" };
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(with_list(dialects[i], "'?' in (?), ?", cf_integers(ids, 0), false), one[i]);
        assert_string_equal(with_list(dialects[i], "a NOT \n IN ( :ids ) = :id", cf_integers(ids, 0), true), empty[i]);
        assert_string_equal(with_list(dialects[i], "a IN (?), ?", cf_integers(ids, 1), false), "a IN (?), ?");
        assert_string_equal(with_list(dialects[i], "a IN( ? ), ?", cf_integers(ids, 3), false),
                            "a IN( ?, ?, ?, ? ), ?");
        assert_string_equal(with_list(dialects[i], "a IN (:ids) OR b IN (:ids), :id", cf_integers(ids, 2), true),
                            "a IN (?, ?) OR b IN (?, ?), ?");
        assert_int_equal(strlen(with_list(dialects[i], "a IN (?), ?", cf_numbers((const double *)ids, 4097), false)),
                         strlen("a IN (?), ?") + 3 * 8191);
    }
    assert_string_equal(with_list(&cf__sqlite_dialect, "a IN (?), ?", cf_integers(ids, 5000), false),
                        "a IN (SELECT value FROM json_each(?)), ?");
    assert_string_equal(with_list(&postgres_dialect, "b ?? 'c', a IN (?), ?", cf_integers(ids, 2), false),
                        "b ?? 'c', a IN (?, ?), ?");
}

static void lists_are_written_with_few_different_lengths(void **state)
{
    (void)state;
    in_fiber(lists, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_become_numbers_where_the_database_counts_them),
        cmocka_unit_test(names_stand_for_values_but_not_in_quotes_and_comments),
        cmocka_unit_test(lists_are_written_with_few_different_lengths),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
