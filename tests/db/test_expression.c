/* SPDX-License-Identifier: MIT */
#include "support.h"

#include "models.h"

static void null_text(void *unused)
{
    (void)unused;
    const char *nobody = NULL;
    cf_eq(User.name, nobody);
}

static void null_in_list(void *unused)
{
    (void)unused;
    const char *const names[] = { "kim", NULL };
    cf_in_array(User.name, names, 2);
}

static void null_high_end(void *unused)
{
    (void)unused;
    const char *high = NULL;
    cf_between(User.email, "a", high);
}

static void null_texts(void *unused)
{
    (void)unused;
    static const struct {
        void (*function)(void *);
        const char *column;
    } cases[] = { { null_text, "User.name" }, { null_in_list, "User.name" }, { null_high_end, "User.email" } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const cf_error *error = error_of(cases[i].function, NULL);
        assert_int_equal(error->code, CF_INTERNAL);
        assert_string_equal(error->message,
                            cf_format(here(), "%s was compared with a NULL text: ask for SQL NULL with cf_is_null",
                                      cases[i].column));
    }
}

static void a_null_text_is_refused_naming_the_column(void **state)
{
    (void)state;
    in_fiber(null_texts, NULL);
}

static void too_large(void *unused)
{
    (void)unused;
    cf_eq(User.age, UINT64_MAX);
}

static void large_numbers(void *unused)
{
    (void)unused;
    assert_int_equal(error_of(too_large, NULL)->code, CF_INVALID);
    const cf_expr *expression = cf_eq(User.age, (uint64_t)INT64_MAX);
    assert_int_equal(expression->right.integer, INT64_MAX);
}

static void an_unsigned_integer_beyond_64_bits_of_a_database_is_refused(void **state)
{
    (void)state;
    in_fiber(large_numbers, NULL);
}

static void copies(void *unused)
{
    (void)unused;
    char name[] = "kim", data[] = "abc";
    const cf_expr *text = cf_eq(User.name, name);
    const cf_expr *bytes = cf_eq(Sample.bytes, ((cf_bytes){ data, 3 }));
    memset(name, 'x', 3);
    memset(data, 'x', 3);
    assert_string_equal(text->right.text, "kim");
    assert_memory_equal(bytes->right.bytes.data, "abc", 3);
}

static void texts_and_blobs_are_copied(void **state)
{
    (void)state;
    in_fiber(copies, NULL);
}

static void combinations(void *unused)
{
    (void)unused;
    const cf_expr *adult = cf_ge(User.age, 18), *nothing = NULL;
    assert_null(cf_and(nothing, nothing));
    assert_null(cf_not(nothing));
    assert_ptr_equal(cf_or(nothing, adult), adult);
    const cf_expr *both = cf_and(adult, nothing, cf_eq(User.name, "kim"));
    assert_int_equal(both->operator, CF_AND);
    assert_int_equal(both->count, 2);
}

static void conditions_that_are_null_are_skipped(void **state)
{
    (void)state;
    in_fiber(combinations, NULL);
}

static void kinds(void *unused)
{
    (void)unused;
    assert_int_equal(cf_eq(Sample.truth, 1)->right.kind, CF_OPERAND_BOOLEAN);
    assert_int_equal(cf_eq(Sample.number, 1)->right.kind, CF_OPERAND_NUMBER);
    assert_int_equal(cf_eq(Sample.price, 1)->right.kind, CF_OPERAND_DECIMAL);
    assert_int_equal(cf_eq(Sample.status, Status_published)->right.kind, CF_OPERAND_INTEGER);
    assert_int_equal(cf_eq(Sample.whole, Sample.big)->right.kind, CF_OPERAND_COLUMN);
    assert_int_equal(cf_eq(Sample.truth, cf_gt(Sample.whole, 1))->right.kind, CF_OPERAND_EXPRESSION);
    assert_int_equal(cf_is_null(Sample.maybe_day)->operator, CF_IS_NULL);
}

static void an_integer_is_welcome_to_booleans_numbers_decimals_and_choices(void **state)
{
    (void)state;
    in_fiber(kinds, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_null_text_is_refused_naming_the_column),
        cmocka_unit_test(an_unsigned_integer_beyond_64_bits_of_a_database_is_refused),
        cmocka_unit_test(texts_and_blobs_are_copied),
        cmocka_unit_test(conditions_that_are_null_are_skipped),
        cmocka_unit_test(an_integer_is_welcome_to_booleans_numbers_decimals_and_choices),
    };
    return cmocka_run_group_tests_name("db/expression", tests, NULL, free_thread);
}
