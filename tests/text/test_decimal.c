/* SPDX-License-Identifier: MIT
 *
 * Decimals: exact to 38 digits, at both ends, and against 64-bit arithmetic in between.
 */
#include "base/support.h"

#include <inttypes.h>
#include <stdio.h>

#include <carafe/types.h>

static const char most[] = "99999999999999999999999999999999999999"; /* 38 digits */

static void texts_round_trip_with_exactly_their_scale(void **state)
{
    (void)state;
    static const struct {
        const char *text, *written;
        uint8_t scale;
    } cases[] = {
        { "0", "0", 0 },
        { "-0", "0", 0 },
        { "3", "3", 0 },
        { "+3", "3", 0 },
        { "-12.50", "-12.50", 2 },
        { "0.05", "0.05", 2 },
        { "-0.05", "-0.05", 2 },
        { "007", "7", 0 },
        { "1e3", "1000", 0 },
        { "1E+3", "1000", 0 },
        { "12.5e1", "125", 0 },
        { "1.25e1", "12.5", 1 },
        { "1e-3", "0.001", 3 },
        { "0.00", "0.00", 2 },
        { "1e37", "10000000000000000000000000000000000000", 0 },
        { "1e-38", "0.00000000000000000000000000000000000001", 38 },
        { "-0.99999999999999999999999999999999999999", "-0.99999999999999999999999999999999999999", 38 },
        { most, most, 0 },
        { "18446744073709551616", "18446744073709551616", 0 },
        { "-18446744073709551616.5", "-18446744073709551616.5", 1 },
        { "00000000000000000000000000000000000000000000001.5", "1.5", 1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[CF_DECIMAL_TEXT];
        cf_decimal decimal;
        if (!cf_decimal_parse(cases[i].text, &decimal))
            fail_msg("%s is refused", cases[i].text);
        assert_int_equal(cf_decimal_format(decimal, text), strlen(cases[i].written));
        assert_string_equal(text, cases[i].written);
        assert_int_equal(decimal.scale, cases[i].scale);
    }
}

static void what_is_no_decimal_is_refused_and_leaves_the_value_alone(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "-",
        "+",
        ".",
        "-.",
        "e5",
        "1e",
        "1e+",
        "1.2.3",
        "1 ",
        " 1",
        "1,5",
        "0x10",
        "nan",
        "inf",
        "--1",
        "+-1",
        "1e5.0",
        "1e38",
        "1e400",
        "1e-39",
        "1-1",
        "1e99999999999999999999",
        "100000000000000000000000000000000000000",   /* 39 digits */
        "999999999999999999999999999999999999990",   /* and 39 more */
        "0.000000000000000000000000000000000000001", /* scale 39 */
        "9999999999999999999999999999999999999.99",  /* 39 digits with a point */
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cf_decimal decimal = { 1, 2, 3 };
        if (cf_decimal_parse(texts[i], &decimal))
            fail_msg("\"%s\" is taken for a decimal", texts[i]);
        assert_true(decimal.high == 1 && decimal.low == 2 && decimal.scale == 3);
    }
}

static void rescaling_rounds_half_to_even(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint8_t scale;
        const char *rescaled;
    } cases[] = {
        { "12.50", 4, "12.5000" }, { "0.5", 0, "0" },
        { "1.5", 0, "2" },         { "2.5", 0, "2" },
        { "-1.5", 0, "-2" },       { "-2.5", 0, "-2" },
        { "2.51", 0, "3" },        { "2.49", 0, "2" },
        { "0.125", 2, "0.12" },    { "0.135", 2, "0.14" },
        { "9.995", 2, "10.00" },   { "-0.004", 2, "0.00" },
        { most, 0, most },         { "0", 38, "0.00000000000000000000000000000000000000" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[CF_DECIMAL_TEXT];
        cf_decimal decimal, rescaled;
        assert_true(cf_decimal_parse(cases[i].text, &decimal));
        assert_true(cf_decimal_rescale(decimal, cases[i].scale, &rescaled));
        cf_decimal_format(rescaled, text);
        assert_string_equal(text, cases[i].rescaled);
    }
    cf_decimal decimal, rescaled;
    assert_true(cf_decimal_parse(most, &decimal));
    assert_false(cf_decimal_rescale(decimal, 1, &rescaled));
    assert_false(cf_decimal_rescale(cf_decimal_of(1, 0), 39, &rescaled));
    assert_false(cf_decimal_rescale(cf_decimal_of(1, 0), 38, &rescaled));
}

static void assert_decimal(bool made, const cf_decimal *decimal, const char *expected)
{
    char text[CF_DECIMAL_TEXT];
    assert_int_equal(made, expected != NULL);
    if (!made)
        return;
    cf_decimal_format(*decimal, text);
    assert_string_equal(text, expected);
}

static void decimals_are_computed_with_exactly_or_not_at_all(void **state)
{
    (void)state;
    static const struct {
        const char *left, *right, *sum, *difference, *product;
    } cases[] = {
        { "0.10", "0.2", "0.30", "-0.10", "0.020" },
        { "-12.50", "12.5", "0.00", "-25.00", "-156.250" },
        { "0", "-3", "-3", "3", "0" },
        { most, "1", NULL, "99999999999999999999999999999999999998", most },
        { most, most, NULL, "0", NULL },
        { most, "0.1", NULL, NULL, "9999999999999999999999999999999999999.9" },
        { "1e20", "1e-20", NULL, NULL, "1.00000000000000000000" },
        { "0.00000000000000000001", "0.0000000000000000001", "0.00000000000000000011", "-0.00000000000000000009",
          NULL },
        { "0.00000000000000000001", "0.0000000000000000010", "0.00000000000000000101", "-0.00000000000000000099",
          "0.00000000000000000000000000000000000001" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cf_decimal left = { 0 }, right = { 0 }, out;
        assert_true(cf_decimal_parse(cases[i].left, &left) && cf_decimal_parse(cases[i].right, &right));
        assert_decimal(cf_decimal_add(left, right, &out), &out, cases[i].sum);
        assert_decimal(cf_decimal_subtract(left, right, &out), &out, cases[i].difference);
        assert_decimal(cf_decimal_multiply(left, right, &out), &out, cases[i].product);
        out = left;
        assert_decimal(cf_decimal_add(out, right, &out), &out, cases[i].sum);
    }
    const cf_decimal least = { INT64_MIN, 0, 0 }; /* more than 38 digits, by hand */
    cf_decimal out = cf_decimal_of(7, 0);
    assert_false(cf_decimal_add(least, cf_decimal_of(1, 0), &out) || cf_decimal_subtract(out, least, &out) ||
                 cf_decimal_multiply(least, cf_decimal_of(-1, 0), &out));
    assert_decimal(true, &out, "7");
}

static void decimals_compare_by_value_whatever_their_scales(void **state)
{
    (void)state;
    static const char *const ascending[] = {
        "-99999999999999999999999999999999999999",
        "-1e20",
        "-1.1",
        "-1.00000000000000000000000000000000000",
        "-0.00000000000000000000000000000000000001",
        "0.000",
        "0.00000000000000000000000000000000000001",
        "0.99999999999999999999999999999999999999",
        "1.0",
        "1.00000000000000000000000000000000001",
        "18446744073709551615",
        "18446744073709551616",
        "99999999999999999999999999999999999999",
    };
    size_t count = sizeof ascending / sizeof ascending[0];
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            cf_decimal left, right;
            assert_true(cf_decimal_parse(ascending[i], &left));
            assert_true(cf_decimal_parse(ascending[j], &right));
            int order = cf_decimal_compare(left, right);
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
    assert_int_equal(cf_decimal_compare(cf_decimal_of(125, 1), cf_decimal_of(12500, 3)), 0);
    assert_int_equal(cf_decimal_compare(cf_decimal_of(-125, 1), cf_decimal_of(-12500, 3)), 0);
    assert_int_equal(cf_decimal_compare(cf_decimal_of(0, 0), cf_decimal_of(0, 38)), 0);
}

static void a_decimal_of_units_is_written_as_the_units_say(void **state)
{
    (void)state;
    static const int64_t units[] = { 0, 1, -1, 9, 10, 99, 1250, -1250, INT64_MAX, INT64_MIN };
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        char text[CF_DECIMAL_TEXT], expected[64];
        cf_decimal_format(cf_decimal_of(units[i], 0), text);
        snprintf(expected, sizeof expected, "%" PRId64, units[i]);
        assert_string_equal(text, expected);
        cf_decimal_format(cf_decimal_of(units[i], 2), text);
        uint64_t magnitude = units[i] < 0 ? -(uint64_t)units[i] : (uint64_t)units[i];
        snprintf(expected, sizeof expected, "%s%" PRIu64 ".%02" PRIu64, units[i] < 0 ? "-" : "", magnitude / 100,
                 magnitude % 100);
        assert_string_equal(text, expected);
    }
}

static void the_number_of_a_decimal_is_the_nearest_double(void **state)
{
    (void)state;
    static const char *const texts[] = { "0",
                                         "0.1",
                                         "-0.1",
                                         "12.50",
                                         "9007199254740993",
                                         "0.3333333333333333333333333333",
                                         "99999999999999999999999999999999999999",
                                         "1e-38" };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cf_decimal decimal;
        assert_true(cf_decimal_parse(texts[i], &decimal));
        double number = cf_decimal_number(decimal), expected = strtod(texts[i], NULL);
        assert_memory_equal(&number, &expected, sizeof number);
    }
}

static void a_decimal_made_by_hand_is_written_within_the_room(void **state)
{
    (void)state;
    static const cf_decimal odd[] = { { INT64_MIN, 0, 255 }, { INT64_MAX, UINT64_MAX, 38 }, { INT64_MIN, 0, 0 } };
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        char *text = malloc(CF_DECIMAL_TEXT);
        assert_true(cf_decimal_format(odd[i], text) < CF_DECIMAL_TEXT);
        cf_decimal_compare(odd[i], odd[0]);
        cf_decimal_number(odd[i]);
        cf_decimal rescaled;
        cf_decimal_rescale(odd[i], 3, &rescaled);
        free(text);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_round_trip_with_exactly_their_scale),
        cmocka_unit_test(what_is_no_decimal_is_refused_and_leaves_the_value_alone),
        cmocka_unit_test(rescaling_rounds_half_to_even),
        cmocka_unit_test(decimals_are_computed_with_exactly_or_not_at_all),
        cmocka_unit_test(decimals_compare_by_value_whatever_their_scales),
        cmocka_unit_test(a_decimal_of_units_is_written_as_the_units_say),
        cmocka_unit_test(the_number_of_a_decimal_is_the_nearest_double),
        cmocka_unit_test(a_decimal_made_by_hand_is_written_within_the_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
