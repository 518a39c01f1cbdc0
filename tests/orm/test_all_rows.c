/* SPDX-License-Identifier: MIT
 *
 * Comparisons with all rows of a query and with any of them: for each type of column, each comparison, and bags of values that
 * are empty, have one, several, or NULLs in them, the answer is that of logic with three values, worked out here.
 */
#include <carafe/bulk.h>

/* clang-format off */
CF_CHOICES(Grade, first, second, third); /* in the order of their labels */

#define VALUES_                        \
    (whole,  Nullable(Integer)),       \
    (ratio,  Nullable(Float)),         \
    (price,  Nullable(Numeric(8, 2))), \
    (exact,  Nullable(Numeric(30, 2))),\
    (name,   Nullable(String(20))),    \
    (note,   Nullable(Text)),          \
    (moment, Nullable(DateTime)),      \
    (day,    Nullable(Date)),          \
    (code,   Nullable(Uuid)),          \
    (data,   Nullable(Blob)),          \
    (grade,  Nullable(Enum(Grade)))
MODEL(Left, "lefts",
    (id,  Id),
    (bag, Integer),
    VALUES_);
MODEL(Value, "bag_values",
    (id,  Id),
    (bag, Integer),
    VALUES_);
SHAPE(Truth, (truth, Nullable(Boolean)));
SHAPE(Only, (whole, Nullable(Integer)));
/* clang-format on */

#define TEST_MODELS CF_MODELS(Left, Value)
#include "support.h"

#include "sql.h"

/* The values of bags, 0 being NULL and -1 the end; and the lefts, one after the other. */
static const int bags[][4] = {
    { -1 }, { 2, -1 }, { 1, 3, -1 }, { 0, -1 }, { 2, 0, -1 }, { 2, 2, -1 }, { 0, 3, 1, -1 }
};
enum { BAGS = sizeof bags / sizeof bags[0], LEFTS = 4 };

static const char *const texts[] = { NULL, "B", "a", "a " };

/* The n-th value of every type, each greater than the one before. */
#define SET(row, n)                                                                               \
    do {                                                                                          \
        (row)->whole = cf_optional((int64_t)(n));                                                 \
        (row)->ratio = cf_optional((n) / 8.0);                                                    \
        (row)->price = cf_optional(cf_decimal_of((n)*900, 2));                                    \
        cf_decimal_parse(cf_format(db, "12345678901234567890123.0%d", (n)), &(row)->exact.value); \
        (row)->exact.is_set = true;                                                               \
        (row)->name = (row)->note = texts[n];                                                     \
        (row)->moment = cf_optional((cf_time){ 1700000000000000 + (n) });                         \
        (row)->day = cf_optional(((cf_date){ 2026, 1, (uint8_t)(n) }));                           \
        (row)->code = cf_optional(((cf_uuid){ { 0, (unsigned char)(n) } }));                      \
        (row)->data = (cf_bytes){ texts[n], strlen(texts[n]) };                                   \
        (row)->grade = (Grade_optional){ (enum Grade)((n)-1), true };                             \
    } while (0)

static void fill(cf_db *db)
{
    for (int left = 0; left < LEFTS; left++) {
        struct Left *row = cf_add(db, Left, .bag = left % BAGS);
        if (left)
            SET(row, left);
        cf_flush(db);
    }
    for (int bag = 0; bag < BAGS; bag++)
        for (const int *item = bags[bag]; *item >= 0; item++) {
            struct Value *row = cf_add(db, Value, .bag = bag);
            if (*item)
                SET(row, *item);
        }
    cf_commit(db);
}

/* -1: unknown. */
static int compared(enum cf_operator operator, int left, int right)
{
    if (!left || !right)
        return -1;
    switch (operator) {
    case CF_EQ:
        return left == right;
    case CF_NE:
        return left != right;
    case CF_LT:
        return left < right;
    case CF_LE:
        return left <= right;
    case CF_GT:
        return left > right;
    default:
        return left >= right;
    }
}

static int expected(enum cf_operator operator, int left, const int *bag, bool all)
{
    int truth = all;
    for (; *bag >= 0; bag++) {
        int one = compared(operator, left, *bag);
        if (one == !all)
            return !all;
        truth = one < 0 ? -1 : truth;
    }
    return truth;
}

static int asked(cf_db *db, const cf_expr *condition, int left)
{
    cf_optional_boolean truth = cf_select_boolean(db, condition, .from = Left, .where = cf_eq(Left.id, left + 1));
    bool found = cf_has(db, Left, .where = cf_and(cf_eq(Left.id, left + 1), condition));
    bool not_found = cf_has(db, Left, .where = cf_and(cf_eq(Left.id, left + 1), cf_not(condition)));
    assert_int_equal(found, truth.is_set && truth.value);
    assert_int_equal(not_found, truth.is_set && !truth.value);
    return truth.is_set ? truth.value : -1;
}

/* A column on the left, and a value. */
#define COMPARE(c)                                                                                                     \
    for (enum cf_operator operator= CF_EQ; operator<= CF_GE; operator++)                                               \
        for (int bag = 0; bag < BAGS; bag++)                                                                           \
            for (int all = 0; all < 2; all++)                                                                          \
                for (int left = 0; left < LEFTS; left++) {                                                             \
                    const cf_subquery *query = cf_subquery_of(Value.c, .from = Value, .where = cf_eq(Value.bag, bag)); \
                    struct cf_operand rows = CF_OPERAND_(all ? cf_all_rows(query) : cf_any_row(query));                \
                    struct cf_operand column = CF_OPERAND_(Left.c);                                                    \
                    int answer = asked(db, cf_compare_(operator, column, rows), left);                                 \
                    if (answer != expected(operator, left, bags[bag], all))                                            \
                        fail_msg("%s: operator %d, bag %d, all %d, left %d: %d", #c, operator, bag, all, left,         \
                                 answer);                                                                              \
                    const struct Left *row = cf_get(db, Left, left + 1);                                               \
                    struct cf_operand value = cf__field_value(column.column, row);                                     \
                    if (!left)                                                                                         \
                        continue;                                                                                      \
                    answer = asked(db, cf_compare_(operator, value, rows), left);                                      \
                    if (answer != expected(operator, left, bags[bag], all))                                            \
                        fail_msg("%s as a value: operator %d, bag %d, all %d, left %d: %d", #c, operator, bag, all,    \
                                 left, answer);                                                                        \
                }

static void integers_and_numbers_are_compared_with_rows(cf_db *db)
{
    fill(db);
    COMPARE(whole);
    COMPARE(ratio);
}

static void decimals_are_compared_with_rows(cf_db *db)
{
    fill(db);
    COMPARE(price);
    COMPARE(exact);
}

static void texts_and_labels_are_compared_with_rows(cf_db *db)
{
    fill(db);
    COMPARE(name);
    COMPARE(note);
    COMPARE(grade);
}

static void other_types_are_compared_with_rows(cf_db *db)
{
    fill(db);
    COMPARE(moment);
    COMPARE(day);
    COMPARE(code);
    COMPARE(data);
}

static void assert_where(const cf_expr *where, const char *sqlite, const char *postgres, const char *mariadb)
{
    assert_sql(cf_subquery_of(Left.id, .from = Left, .where = where), sqlite, postgres, mariadb);
}

static void rows_are_spelt_as_the_database_has_them(cf_db *db)
{
    (void)db;
    const cf_subquery *query = cf_subquery_of(Value.whole, .from = Value, .where = cf_eq(Value.bag, 1));
    assert_where(
        cf_gt(Left.whole, cf_all_rows(query)),
        "SELECT id FROM lefts WHERE (WITH carafe_rows(carafe_value) AS (SELECT bag_values.whole FROM bag_values "
        "WHERE bag_values.bag = ?) SELECT CASE WHEN min(o) = 0 THEN 0 WHEN count(o) < count(*) THEN NULL ELSE 1 END "
        "FROM (SELECT whole > carafe_value AS o FROM carafe_rows))",
        "SELECT id FROM lefts WHERE whole > ALL (SELECT bag_values.whole FROM bag_values WHERE bag_values.bag = $1)",
        "SELECT id FROM lefts WHERE whole > ALL (SELECT bag_values.whole FROM bag_values WHERE bag_values.bag = ?)");
    assert_where(
        cf_not(cf_le(cf_plus(Left.whole, 1), cf_any_row(query))),
        "SELECT id FROM lefts WHERE NOT (WITH carafe_rows(carafe_value) AS (SELECT bag_values.whole FROM bag_values "
        "WHERE bag_values.bag = ?) SELECT CASE WHEN max(o) = 1 THEN 1 WHEN count(o) < count(*) THEN NULL ELSE 0 END "
        "FROM (SELECT whole + ? <= carafe_value AS o FROM carafe_rows))",
        "SELECT id FROM lefts WHERE NOT whole + $1 <= ANY (SELECT bag_values.whole FROM bag_values WHERE "
        "bag_values.bag = $2)",
        "SELECT id FROM lefts WHERE NOT whole + ? <= ANY (SELECT bag_values.whole FROM bag_values WHERE "
        "bag_values.bag = ?)");
    assert_where(
        cf_eq(Left.whole, cf_any_row(query)),
        "SELECT id FROM lefts WHERE whole IN (SELECT bag_values.whole FROM bag_values WHERE bag_values.bag = ?)", NULL,
        NULL);
    assert_where(
        cf_ne(3, cf_all_rows(query)),
        "SELECT id FROM lefts WHERE ? NOT IN (SELECT bag_values.whole FROM bag_values WHERE bag_values.bag = ?)", NULL,
        NULL);
}

static void rows_may_be_of_the_row_around_them_and_of_any_query(cf_db *db)
{
    fill(db);
    /* bags of lefts 1 to 4 are 0 to 3, the lefts NULL, 1, 2, 3: () is all and not any; 1 <= 2; 2 <= 1, 3; 3 <= NULL */
    const cf_subquery *own = cf_subquery_of(Value.whole, .from = Value, .where = cf_eq(Value.bag, Left.bag));
    assert_int_equal(cf_count(db, Left, .where = cf_le(Left.whole, cf_all_rows(own))), 2);
    assert_int_equal(cf_count(db, Left, .where = cf_le(Left.whole, cf_any_row(own))), 2);
    assert_int_equal(cf_count(db, Left, .where = cf_eq(Left.whole, cf_all_rows(own))), 1);
    assert_int_equal(cf_count(db, Left, .where = cf_ne(Left.whole, cf_any_row(own))), 2);
    struct Left_columns other = cf_alias(Left, "other");
    const cf_subquery *smaller = cf_subquery_of(other.id, .from = other, .where = cf_lt(other.id, Left.id));
    assert_int_equal(cf_count(db, Left, .where = cf_gt(cf_times(Left.id, 1), cf_all_rows(smaller))), LEFTS);
    const cf_subquery *both = cf_union(cf_subselect(Only, .from = Value, .where = cf_eq(Value.bag, 1)),
                                       cf_subselect(Only, .from = Value, .where = cf_eq(Value.bag, 2),
                                                    .columns = { .whole = cf_plus(Value.whole, 1) }));
    assert_int_equal(cf_count(db, Left, .where = cf_ge(Left.whole, cf_all_rows(both))), 0);
    assert_int_equal(cf_count(db, Left, .where = cf_ge(Left.whole, cf_any_row(both))), 2);
    struct Only_columns named = cf_with(Only, both);
    assert_int_equal(cf_count(db, Left,
                              .where = cf_ge(Left.whole, cf_any_row(cf_subquery_of(named.whole, .from = named)))),
                     2);
    assert_int_equal(cf_update_all(db, Left, .set = { cf_set(Left.bag, 9) },
                                   .where =
                                       cf_gt(Left.whole, cf_all_rows(cf_subquery_of(Value.whole, .from = Value,
                                                                                    .where = cf_eq(Value.bag, 1))))),
                     1);
}

static void a_query_with_a_limit_may_be_compared(cf_db *db)
{
    fill(db);
    const cf_subquery *some =
        cf_subquery_of(Value.whole, .from = Value, .order_by = { cf_asc(Value.whole) }, .limit = 2);
    assert_where(
        cf_in_select(Left.whole, some),
        "SELECT id FROM lefts WHERE whole IN (SELECT bag_values.whole FROM bag_values ORDER BY bag_values.whole "
        "NULLS LAST LIMIT ?)",
        NULL,
        "SELECT id FROM lefts WHERE whole IN (SELECT * FROM (SELECT bag_values.whole FROM bag_values ORDER BY "
        "bag_values.whole IS NULL, bag_values.whole LIMIT ?) AS part)");
    assert_int_equal(cf_count(db, Left, .where = cf_in_select(Left.whole, some)), 1);
    assert_int_equal(cf_count(db, Left, .where = cf_not_in_select(Left.whole, some)), 2);
    assert_int_equal(cf_count(db, Left, .where = cf_gt(Left.whole, cf_all_rows(some))), 2);
    assert_int_equal(cf_count(db, Left, .where = cf_ge(Left.whole, cf_any_row(some))), 3);
    const cf_subquery *behind = cf_subselect(Only, .from = Value, .order_by = { cf_asc(Value.whole) }, .offset = 3);
    assert_int_equal(cf_count(db, Left, .where = cf_in_select(Left.whole, behind)), 2);
    assert_int_equal(cf_delete_all(db, Value, .where = cf_in_select(Value.whole, some)), 2);
}

static void compare_on_the_left(void *db)
{
    const cf_subquery *query = cf_subquery_of(Value.whole, .from = Value);
    cf_count(db, Left, .where = cf_gt(cf_any_row(query), Left.whole));
}

static void compare_between(void *db)
{
    const cf_subquery *query = cf_subquery_of(Value.whole, .from = Value);
    cf_count(db, Left, .where = cf_between(Left.whole, cf_all_rows(query), 3));
}

static void compare_another_type(void *db)
{
    cf_count(db, Left, .where = cf_gt(Left.whole, cf_all_rows(cf_subquery_of(Value.name, .from = Value))));
}

static void compare_tuples(void *db)
{
    const cf_subquery *query = cf_subquery_of(Value.whole, .from = Value);
    cf_count(db, Left, .where = cf_gt(cf_tuple(Left.whole, Left.bag), cf_all_rows(query)));
}

static void compare_equal_sums(void *db)
{
    const cf_subquery *query = cf_subquery_of(Value.whole, .from = Value, .where = cf_eq(Value.bag, 1));
    cf_select((cf_db *)db, Truth, .from = Left, .columns = { cf_eq(cf_sum_of(Left.whole), cf_all_rows(query)) });
}

/* A sum of one left is that left, its place among them one more than it. */
static void aggregates_and_windows_are_compared_with_rows(cf_db *db)
{
    fill(db);
    for (enum cf_operator operator= CF_LT; operator<= CF_GE; operator++)
        for (int bag = 0; bag < BAGS; bag++)
            for (int all = 0; all < 2; all++) {
                const cf_subquery *query = cf_subquery_of(Value.whole, .from = Value, .where = cf_eq(Value.bag, bag));
                struct cf_operand rows = CF_OPERAND_(all ? cf_all_rows(query) : cf_any_row(query));
                cf_expr *sum = cf_sum_of(Left.whole);
                cf_expr *holds = cf_compare_(operator, CF_OPERAND_(sum), rows);
                cf_expr *number = cf_over(cf_row_number(), .order_by = { cf_asc(Left.id) });
                cf_expr *of_number = cf_compare_(operator, CF_OPERAND_(number), rows);
                struct Truth_list found =
                    cf_select(db, Truth, .from = Left, .columns = { of_number }, .order_by = { cf_asc(Left.id) });
                for (int left = 0; left < LEFTS; left++) {
                    cf_optional_boolean truth =
                        cf_select_boolean(db, holds, .from = Left, .where = cf_eq(Left.id, left + 1));
                    assert_int_equal(truth.is_set ? truth.value : -1, expected(operator, left, bags[bag], all));
                    const struct Truth *next = found.items[left];
                    assert_int_equal(next->truth.is_set ? next->truth.value : -1,
                                     expected(operator, left + 1, bags[bag], all));
                }
                struct Truth_list groups = cf_select(db, Truth, .from = Left, .group_by = { cf_column(Left.id) },
                                                     .having = holds, .columns = { cf_is_null(Left.id) });
                size_t wanted = 0;
                for (int left = 0; left < LEFTS; left++)
                    wanted += expected(operator, left, bags[bag], all) == 1;
                assert_int_equal(groups.count, wanted);
            }
    cf_expr *most =
        cf_ge(cf_count_rows(),
              cf_all_rows(cf_subquery_of(cf_count_rows(), .from = Value, .group_by = { cf_column(Value.bag) })));
    struct Only_list bags_of_most = cf_select(db, Only, .from = Value, .group_by = { cf_column(Value.bag) },
                                              .having = most, .columns = { cf_column(Value.bag) });
    assert_int_equal(bags_of_most.count, 1);
    assert_int_equal(bags_of_most.items[0]->whole.value, 6);
}

static void what_cannot_be_compared_is_refused(cf_db *db)
{
    fill(db);
    assert_string_equal(
        error_of(compare_on_the_left, db)->message,
        "cf_any_row stands on the right side of cf_eq, cf_ne, cf_lt, cf_le, cf_gt or cf_ge, and nowhere else: "
        "a query of one row is a value by cf_scalar");
    assert_non_null(strstr(error_of(compare_between, db)->message, "cf_all_rows stands on the right side"));
    assert_string_equal(error_of(compare_another_type, db)->message,
                        "an expression that is like name was put beside whole");
    assert_non_null(strstr(error_of(compare_tuples, db)->message, "cf_in_select takes a cf_tuple"));
    if (cf__engine_driver(world.engine)->dialect->all_of_group)
        assert_non_null(strstr(error_of(compare_equal_sums, db)->message, "compare it with cf_scalar"));
    else
        compare_equal_sums(db);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(rows_are_spelt_as_the_database_has_them),
        SESSION_TEST(integers_and_numbers_are_compared_with_rows),
        SESSION_TEST(decimals_are_compared_with_rows),
        SESSION_TEST(texts_and_labels_are_compared_with_rows),
        SESSION_TEST(other_types_are_compared_with_rows),
        SESSION_TEST(rows_may_be_of_the_row_around_them_and_of_any_query),
        SESSION_TEST(aggregates_and_windows_are_compared_with_rows),
        SESSION_TEST(a_query_with_a_limit_may_be_compared),
        SESSION_TEST(what_cannot_be_compared_is_refused),
    };
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
