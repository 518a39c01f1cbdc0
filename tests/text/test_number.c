/* SPDX-License-Identifier: MIT
 *
 * Numbers from outside: the whole text or nothing, whatever the locale.
 */
#include "base/support.h"

#include <locale.h>

#include "../../src/text/number.h"

static void integers_up_to_both_ends_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } cases[] = { { "0", 0 },
                  { "-0", 0 },
                  { "+7", 7 },
                  { "-7", -7 },
                  { "0000042", 42 },
                  { "9223372036854775807", INT64_MAX },
                  { "-9223372036854775808", INT64_MIN } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t value = 99;
        assert_true(cf__parse_integer(cases[i].text, &value));
        assert_int_equal(value, cases[i].value);
    }
}

static void what_is_no_integer_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = { "",
                                         "-",
                                         "+",
                                         " 1",
                                         "1 ",
                                         "1.0",
                                         "1e3",
                                         "0x10",
                                         "--1",
                                         "+-1",
                                         "1_0",
                                         "9223372036854775808",
                                         "-9223372036854775809",
                                         "99999999999999999999999999999999" };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int64_t value = 99;
        if (cf__parse_integer(texts[i], &value))
            fail_msg("\"%s\" is taken for an integer", texts[i]);
        assert_int_equal(value, 99);
    }
}

static void check_numbers(void)
{
    static const struct {
        const char *text;
        double value;
    } cases[] = { { "0", 0 },         { "1.5", 1.5 }, { "-1.5", -1.5 },     { "1e3", 1000 },    { "1E-3", 0.001 },
                  { "+2.5e+2", 250 }, { "0.1", 0.1 }, { "5e-324", 5e-324 }, { "1e308", 1e308 }, { "007.5", 7.5 } };
    static const char *const refused[] = { "",    "-",   ".",     "e5",  "1e",    "1e+",    "1.5 ",  " 1.5",
                                           "inf", "nan", "0x1p3", "1,5", "1e999", "-1e999", "1.5.5", "infinity" };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double value = 99;
        if (!cf__parse_number(cases[i].text, &value))
            fail_msg("\"%s\" is refused", cases[i].text);
        assert_memory_equal(&value, &cases[i].value, sizeof value);
    }
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        double value = 99;
        if (cf__parse_number(refused[i], &value))
            fail_msg("\"%s\" is taken for a number", refused[i]);
        assert_true(value == 99);
    }
}

static void numbers_are_read_in_one_form_only(void **state)
{
    (void)state;
    check_numbers();
}

static void a_locale_with_a_decimal_comma_changes_nothing(void **state)
{
    (void)state;
    static const char *const names[] = { "de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE" };
    const char *set = NULL;
    for (size_t i = 0; !set && i < sizeof names / sizeof names[0]; i++)
        set = setlocale(LC_NUMERIC, names[i]);
    if (!set)
        skip(); /* none is installed here */
    check_numbers();
    setlocale(LC_NUMERIC, "C");
}

static void booleans_are_eight_words_in_any_case(void **state)
{
    (void)state;
    static const char *const yes[] = { "true", "True", "TRUE", "1", "on", "yes", "YES" };
    static const char *const no[] = { "false", "False", "0", "off", "OFF", "no" };
    static const char *const neither[] = { "", "2", "t", "y", "truee", " true", "nein", "00" };
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        bool value = false;
        assert_true(cf__parse_boolean(yes[i], &value) && value);
    }
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        bool value = true;
        assert_true(cf__parse_boolean(no[i], &value) && !value);
    }
    for (size_t i = 0; i < sizeof neither / sizeof neither[0]; i++) {
        bool value = true;
        assert_false(cf__parse_boolean(neither[i], &value));
        assert_true(value);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_up_to_both_ends_are_read),
        cmocka_unit_test(what_is_no_integer_is_refused),
        cmocka_unit_test(numbers_are_read_in_one_form_only),
        cmocka_unit_test(a_locale_with_a_decimal_comma_changes_nothing),
        cmocka_unit_test(booleans_are_eight_words_in_any_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
