/* SPDX-License-Identifier: MIT
 *
 * Every condition is compiled, its SQL compared as text, and run on a real database whose answer is compared as well.
 */
#include "support.h"

#include "dialects.h"
#include "models.h"

static const char *sql_of(const struct cf__query *query, cf_engine *engine)
{
    struct cf__buffer sql = cf__buffer_new(cf__current(), CF__CAP_SQL, "a statement");
    cf__query_sql(query, cf__engine_driver(engine)->dialect, &sql);
    return cf__buffer_text(&sql);
}

/* Five users; the fifth has no age. */
static cf_engine *users_engine(void)
{
    cf_engine *engine = open_engine("sqlite://");
    create_tables(engine, CF_MODELS(User, Post));
    run_script(engine, "INSERT INTO users VALUES (1, 'ann', 'ann@x.org', 30, NULL), (2, 'bob', 'bob@x.org', 20, NULL),"
                       "(3, 'a_b', 'ab@y.org', 20, NULL), (4, 'a%b', 'percent@y.org', 40, 'secret'), (5, 'Ann', "
                       "'Ann@z.org', NULL, NULL)");
    return engine;
}

static const char *ids_of(struct cf__link *link, const struct cf__query *query)
{
    const char *ids = "";
    struct User user;
    struct cf__rows rows = cf__link_run(link, query);
    while (cf__rows_next(&rows, &user))
        ids = cf_format(here(), "%s%s%d", ids, *ids ? " " : "", (int)user.id);
    return ids;
}

#define ONLY_ID ((uint64_t)1)

/* The SQL behind WHERE, and the users found. */
static void assert_where(cf_engine *engine, const cf_expr *where, const char *sql, const char *ids)
{
    struct cf__link link = new_link(engine);
    struct cf_order_list by_id = { { cf_asc(User.id) } };
    struct cf__query query = {
        .kind = CF__SELECT, .model = &User.model_, .columns = ONLY_ID, .where = where, .order_by = &by_id
    };
    assert_string_equal(sql_of(&query, engine), cf_format(here(), "SELECT id FROM users WHERE %s ORDER BY id", sql));
    assert_string_equal(ids_of(&link, &query), ids);
    query.kind = CF__COUNT;
    struct cf__rows rows = cf__link_run(&link, &query);
    assert_int_equal(cf__rows_integer(&rows), *ids ? strlen(ids) / 2 + 1 : 0);
}

static void comparisons(void *unused)
{
    (void)unused;
    cf_engine *engine = users_engine();
    assert_where(engine, cf_eq(User.age, 20), "age = ?", "2 3");
    assert_where(engine, cf_ne(User.age, 20), "age <> ?", "1 4");
    assert_where(engine, cf_lt(User.age, 30), "age < ?", "2 3");
    assert_where(engine, cf_le(User.age, 30), "age <= ?", "1 2 3");
    assert_where(engine, cf_gt(User.age, 30), "age > ?", "4");
    assert_where(engine, cf_ge(User.age, 30), "age >= ?", "1 4");
    assert_where(engine, cf_ge(User.age, INT64_MIN), "age >= ?", "1 2 3 4");
    assert_where(engine, cf_eq(User.age, INT64_MAX), "age = ?", "");
    assert_where(engine, cf_between(User.age, 20, 30), "age BETWEEN ? AND ?", "1 2 3");
    assert_where(engine, cf_is_null(User.age), "age IS NULL", "5");
    assert_where(engine, cf_is_not_null(User.password), "password IS NOT NULL", "4");
    assert_where(engine, cf_eq(User.name, "ann' OR 1 = 1 --"), "name = ?", "");
    assert_where(engine, cf_lt(User.age, User.id), "age < id", "");
    assert_where(engine, cf_lt(User.name, User.email), "name < email", "1 2 3 4 5");
    cf__engine_close(engine);
}

static void comparisons_bind_their_values(void **state)
{
    (void)state;
    in_fiber(comparisons, NULL);
}

static void searches(void *unused)
{
    (void)unused;
    cf_engine *engine = users_engine();
    const char *contains = "instr(name, ?) > 0", *starts = "substr(name, 1, length(?)) = ?";
    const char *ends = "substr(name, length(name) - length(?) + 1) = ?";
    assert_where(engine, cf_like(User.name, "a_n"), "name GLOB ?", "1");
    assert_where(engine, cf_contains(User.name, "_"), contains, "3");
    assert_where(engine, cf_contains(User.name, "n"), contains, "1 5");
    assert_where(engine, cf_contains(User.name, ""), contains, "1 2 3 4 5");
    assert_where(engine, cf_starts_with(User.name, "a%"), starts, "4");
    assert_where(engine, cf_starts_with(User.name, "A"), starts, "5");
    assert_where(engine, cf_starts_with(User.name, ""), starts, "1 2 3 4 5");
    assert_where(engine, cf_starts_with(User.name, "annabel"), starts, "");
    assert_where(engine, cf_ends_with(User.name, "b"), ends, "2 3 4");
    assert_where(engine, cf_ends_with(User.name, "%b"), ends, "4");
    assert_where(engine, cf_ends_with(User.name, "nn"), ends, "1 5");
    assert_where(engine, cf_ends_with(User.name, "ann"), ends, "1");
    assert_where(engine, cf_ends_with(User.name, ""), ends, "1 2 3 4 5");
    assert_where(engine, cf_ends_with(User.name, "joann"), ends, "");
    cf__engine_close(engine);
}

static void searches_know_no_wildcards_and_mind_the_case(void **state)
{
    (void)state;
    in_fiber(searches, NULL);
}

static void memberships(void *unused)
{
    (void)unused;
    cf_engine *engine = users_engine();
    const int64_t ages[] = { 20, 40, 41 };
    const char *const names[] = { "bob" };
    assert_where(engine, cf_in(User.age, 20), "age IN (?)", "2 3");
    assert_where(engine, cf_in(User.age, 30, 40), "age IN (?, ?)", "1 4");
    assert_where(engine, cf_in_array(User.age, ages, 3), "age IN (?, ?, ?, ?)", "2 3 4");
    assert_where(engine, cf_in_array(User.age, ages, 0), "1 = 0", "");
    assert_where(engine, cf_not(cf_in_array(User.age, ages, 0)), "NOT 1 = 0", "1 2 3 4 5");
    assert_where(engine, cf_in_array(User.name, names, 1), "name IN (?)", "2");
    int64_t *many = cf_alloc(here(), 5000 * sizeof *many);
    for (int64_t i = 0; i < 5000; i++)
        many[i] = i + 21;
    assert_where(engine, cf_in_array(User.age, many, 5000), "age IN (SELECT value FROM json_each(?))", "1 4");
    assert_where(engine, cf_and(cf_in_array(User.age, ages, 0), cf_gt(User.id, 1)), "1 = 0 AND id > ?", "");
    cf__engine_close(engine);
}

static void lists_are_padded_to_a_power_of_two_and_an_empty_one_is_false(void **state)
{
    (void)state;
    in_fiber(memberships, NULL);
}

struct long_list {
    cf_engine *engine;
    size_t count;
};

static void run_long_list(void *list_)
{
    const struct long_list *list = list_;
    struct cf__link link = new_link(list->engine);
    int64_t *ids = cf_alloc(here(), list->count * sizeof *ids);
    for (size_t i = 0; i < list->count; i++)
        ids[i] = (int64_t)(list->count - i) + 1;
    struct cf__query query = { .kind = CF__SELECT,
                               .model = &User.model_,
                               .columns = ONLY_ID,
                               .where = cf_and(cf_in_array(User.id, ids, list->count), cf_gt(User.id, 0)) };
    assert_string_equal(ids_of(&link, &query), "2 3 4 5");
}

/* Of a type whose lists are a value an item. */
static void run_long_choices(void *list_)
{
    const struct long_list *list = list_;
    struct cf__link link = new_link(list->engine);
    enum Status *statuses = cf_alloc(here(), list->count * sizeof *statuses);
    memset(statuses, 0, list->count * sizeof *statuses);
    struct cf__query query = { .kind = CF__SELECT,
                               .model = &Post.model_,
                               .columns = ONLY_ID,
                               .where = cf_and(cf_in_array(Post.status, statuses, list->count), cf_gt(Post.id, 0)) };
    struct cf__rows rows = cf__link_run(&link, &query);
    cf__rows_end(&rows);
}

static void long_lists(void *unused)
{
    (void)unused;
    cf_engine *engine = users_engine();
    static const size_t counts[] = { 1000, 4096, 4097, 16384, 32765 };
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        run_long_list(&(struct long_list){ engine, counts[i] });
        run_long_choices(&(struct long_list){ engine, counts[i] });
    }
    run_long_list(&(struct long_list){ engine, 100000 });
    const cf_error *error = error_of(run_long_choices, &(struct long_list){ engine, 32766 });
    assert_int_equal(error->code, CF_INTERNAL);
    assert_string_equal(error->message, "a query on posts has 32767 values, a statement takes at most 32766: ask in "
                                        "parts, or by a table of these values");
    error = error_of(run_long_choices, &(struct long_list){ engine, 100000 });
    assert_int_equal(error->code, CF_INTERNAL);
    cf__engine_close(engine);
}

static void lists_go_up_to_the_limit_of_values_and_no_further(void **state)
{
    (void)state;
    in_fiber(long_lists, NULL);
}

static void nestings(void *unused)
{
    (void)unused;
    cf_engine *engine = users_engine();
    const cf_expr *young = cf_lt(User.age, 25), *old = cf_gt(User.age, 35), *a = cf_starts_with(User.email, "a");
    const char *starts = "substr(email, 1, length(?)) = ?";
    assert_where(engine, cf_or(young, old), "age < ? OR age > ?", "2 3 4");
    assert_where(engine, cf_and(cf_or(young, old), a), cf_format(here(), "(age < ? OR age > ?) AND %s", starts), "3");
    assert_where(engine, cf_or(cf_and(young, a), old), cf_format(here(), "age < ? AND %s OR age > ?", starts), "3 4");
    assert_where(engine, cf_and(cf_and(young, a), cf_gt(User.id, 1)),
                 cf_format(here(), "age < ? AND %s AND id > ?", starts), "3");
    assert_where(engine, cf_not(young), "NOT age < ?", "1 4");
    assert_where(engine, cf_not(cf_or(young, old)), "NOT (age < ? OR age > ?)", "1");
    assert_where(engine, cf_not(cf_not(young)), "NOT (NOT age < ?)", "2 3");
    assert_where(engine, cf_and(cf_not(young), old), "NOT age < ? AND age > ?", "4");
    assert_where(engine, cf_between(User.age, User.id, 30), "age BETWEEN id AND ?", "1 2 3");
    cf__engine_close(engine);
}

static void conditions_nest_with_the_parentheses_they_need(void **state)
{
    (void)state;
    in_fiber(nestings, NULL);
}

static void orders(void *unused)
{
    (void)unused;
    cf_engine *engine = users_engine();
    struct cf__link link = new_link(engine);
    struct cf_order_list up = { { cf_asc(User.age), cf_desc(User.id) } },
                         down = { { cf_desc(User.age), cf_asc(User.name) } };
    struct cf__query query = { .kind = CF__SELECT, .model = &User.model_, .columns = ONLY_ID, .order_by = &up };
    assert_string_equal(sql_of(&query, engine), "SELECT id FROM users ORDER BY age NULLS LAST, id DESC");
    assert_string_equal(ids_of(&link, &query), "3 2 1 4 5");
    query.order_by = &down;
    assert_string_equal(sql_of(&query, engine), "SELECT id FROM users ORDER BY age DESC NULLS LAST, name");
    assert_string_equal(ids_of(&link, &query), "4 1 3 2 5");
    query.limit = 2;
    assert_string_equal(sql_of(&query, engine), "SELECT id FROM users ORDER BY age DESC NULLS LAST, name LIMIT ?");
    assert_string_equal(ids_of(&link, &query), "4 1");
    query.offset = 1;
    assert_string_equal(sql_of(&query, engine),
                        "SELECT id FROM users ORDER BY age DESC NULLS LAST, name LIMIT ? OFFSET ?");
    assert_string_equal(ids_of(&link, &query), "1 3");
    query.limit = 0;
    assert_string_equal(ids_of(&link, &query), "1 3 2 5");
    query.where = cf_and(cf_like(User.name, "a%"), cf_gt(User.age, 18));
    query.columns = cf__model_columns(&User.model_);
    query.limit = 10;
    assert_string_equal(sql_of(&query, engine),
                        "SELECT id, name, email, age, password FROM users WHERE name GLOB ? AND age > ? "
                        "ORDER BY age DESC NULLS LAST, name LIMIT ? OFFSET ?");
    assert_string_equal(ids_of(&link, &query), "1 3");
    cf__engine_close(engine);
}

static void nulls_come_last_in_both_directions_and_pages_are_bound(void **state)
{
    (void)state;
    in_fiber(orders, NULL);
}

static void odd_names(void *unused)
{
    (void)unused;
    cf_engine *engine = open_engine("sqlite://");
    create_tables(engine, CF_MODELS(Odd));
    struct cf__link link = new_link(engine);
    struct Odd odd = { .group = 7, .part = "a" };
    execute(&link, "INSERT INTO \"order\" (\"group\", \"Part No.\", \"it\"\"s\") VALUES (7, 'a', 'x')");
    struct cf__query select = {
        .kind = CF__SELECT, .model = &Odd.model_, .columns = cf__model_columns(&Odd.model_), .key_row = &odd
    };
    assert_string_equal(sql_of(&select, engine),
                        "SELECT \"group\", \"Part No.\", \"it\"\"s\", \"limit\", \"nothing\" FROM \"order\" "
                        "WHERE \"group\" = ? AND \"Part No.\" = ?");
    struct Odd found = { 0 };
    struct cf__rows rows = cf__link_run(&link, &select);
    assert_true(cf__rows_next(&rows, &found));
    assert_int_equal(found.group, 7);
    assert_string_equal(found.it_is, "x");
    assert_false(found.limit.is_set);
    assert_false(cf__rows_next(&rows, &found));
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void names_are_quoted_where_they_need_it(void **state)
{
    (void)state;
    in_fiber(odd_names, NULL);
}

/* ---- Shapes ----------------------------------------------------------------------------------------------------- */

static uint64_t shape_of(const struct cf__query *query, size_t parameters)
{
    struct cf__parameters list = { 0 };
    uint64_t shape = cf__query_shape(query, &cf__sqlite_dialect, cf__current(), &list);
    assert_int_equal(list.count, parameters);
    return shape;
}

static uint64_t shape_where(const cf_expr *where, size_t parameters)
{
    return shape_of(&(struct cf__query){ .kind = CF__SELECT, .model = &User.model_, .columns = 3, .where = where },
                    parameters);
}

static void same_shapes(void *unused)
{
    (void)unused;
    const int64_t ages[] = { 1, 2, 3, 4 };
    assert_int_equal(shape_where(cf_eq(User.age, 1), 1), shape_where(cf_eq(User.age, 2), 1));
    assert_int_equal(shape_where(cf_in_array(User.age, ages, 3), 4), shape_where(cf_in_array(User.age, ages, 4), 4));
    assert_int_equal(shape_where(cf_in_array(User.age, ages, 0), 0), shape_where(cf_in_array(User.id, ages, 0), 0));
    struct cf__query first = { .kind = CF__SELECT, .model = &User.model_, .columns = 1, .limit = 1, .offset = 1 },
                     second = first;
    second.limit = 200;
    second.offset = 3;
    assert_int_equal(shape_of(&first, 2), shape_of(&second, 2));
}

static void values_do_not_change_a_shape(void **state)
{
    (void)state;
    in_fiber(same_shapes, NULL);
}

static void different_shapes(void *unused)
{
    (void)unused;
    const int64_t ages[] = { 1, 2, 3 };
    const cf_expr *young = cf_lt(User.age, 1), *named = cf_eq(User.name, "x");
    struct cf_order_list up = { { cf_asc(User.age) } }, down = { { cf_desc(User.age) } },
                         by_name = { { cf_asc(User.name) } };
    struct User user = { 0 };
    struct cf__query plain = { .kind = CF__SELECT, .model = &User.model_, .columns = 3 };
    enum { COUNT = 22 };
    struct cf__query queries[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        queries[i] = plain;
    queries[1].columns = 1;
    queries[2].kind = CF__COUNT;
    queries[3].kind = CF__EXISTS;
    queries[4].where = young;
    queries[5].where = cf_le(User.age, 1);
    queries[6].where = cf_lt(User.id, 1);
    queries[7].where = cf_not(young);
    queries[8].where = cf_and(young, named);
    queries[9].where = cf_or(young, named);
    queries[10].where = cf_and(named, young);
    queries[11].where = cf_in_array(User.age, ages, 2);
    queries[12].where = cf_in_array(User.age, ages, 3);
    queries[13].where = cf_lt(User.age, User.id);
    queries[14].order_by = &up;
    queries[15].order_by = &down;
    queries[16].order_by = &by_name;
    queries[17].limit = 1;
    queries[18].offset = 1;
    queries[19].key_row = &user;
    queries[20].where = cf_and(named, cf_or(young, named));
    queries[21].where = cf_or(named, cf_and(young, named));
    uint64_t shapes[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        struct cf__parameters parameters = { 0 };
        shapes[i] = cf__query_shape(&queries[i], &cf__sqlite_dialect, cf__current(), &parameters);
        for (size_t j = 0; j < i; j++)
            if (shapes[i] == shapes[j])
                fail_msg("queries %zu and %zu have one shape", j, i);
    }
}

static void all_that_changes_the_sql_changes_the_shape(void **state)
{
    (void)state;
    in_fiber(different_shapes, NULL);
}

static void run_shape(void *query)
{
    struct cf__parameters parameters = { 0 };
    cf__query_shape(query, &cf__sqlite_dialect, cf__current(), &parameters);
}

static void misuses(void *unused)
{
    (void)unused;
    struct cf__query foreign = { .kind = CF__SELECT, .model = &User.model_, .columns = 1, .where = cf_eq(Post.id, 1) };
    struct cf__query shape = { .kind = CF__SELECT, .model = &Answer.model_, .columns = 1 };
    assert_string_equal(error_of(run_shape, &foreign)->message,
                        "Post.id does not belong to this query, which is on User");
    assert_string_equal(error_of(run_shape, &shape)->message,
                        "Answer is a SHAPE: it has no table to query (a query stands in its place by cf_as)");
}

static void columns_of_other_tables_are_refused(void **state)
{
    (void)state;
    in_fiber(misuses, NULL);
}

static void distinct_json(void *query)
{
    struct cf_dialect dialect = postgres_dialect;
    dialect.json_text = " AS TEXT)";
    struct cf__parameters parameters = { 0 };
    cf__query_shape(query, &dialect, cf__current(), &parameters);
}

static void json_without_equality(void *unused)
{
    (void)unused;
    struct cf__query query = { .model = &Sample.model_,
                               .columns = cf__model_columns(&Sample.model_),
                               .distinct = true };
    assert_string_equal(error_of(distinct_json, &query)->message,
                        "postgresql does not know whether two values of Sample.extra are equal, which .distinct asks: "
                        "declare it Jsonb, or say cf_any along the relation in the place of a join");
    run_shape(&query); /* SQLite does */
    query.kind = CF__COUNT;
    distinct_json(&query);
}

static void different_rows_are_not_told_by_json_that_has_no_equality(void **state)
{
    (void)state;
    in_fiber(json_without_equality, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparisons_bind_their_values),
        cmocka_unit_test(searches_know_no_wildcards_and_mind_the_case),
        cmocka_unit_test(lists_are_padded_to_a_power_of_two_and_an_empty_one_is_false),
        cmocka_unit_test(lists_go_up_to_the_limit_of_values_and_no_further),
        cmocka_unit_test(conditions_nest_with_the_parentheses_they_need),
        cmocka_unit_test(nulls_come_last_in_both_directions_and_pages_are_bound),
        cmocka_unit_test(names_are_quoted_where_they_need_it),
        cmocka_unit_test(values_do_not_change_a_shape),
        cmocka_unit_test(all_that_changes_the_sql_changes_the_shape),
        cmocka_unit_test(columns_of_other_tables_are_refused),
        cmocka_unit_test(different_rows_are_not_told_by_json_that_has_no_equality),
    };
    return cmocka_run_group_tests_name("db/compile", tests, NULL, free_thread);
}
