/* SPDX-License-Identifier: MIT
 *
 * What columns refuse. A case is a value in a struct, the column it stands in, and the words; then each at its limits.
 */
#include <math.h>

#include "support.h"

/* The words of a column about a struct with one field set. */
#define problem_with(handle, ...) \
    cf__column_problem(cf__current(), (handle).column, &(const struct Thing){ __VA_ARGS__ })
#define assert_refuses(handle, words, ...) assert_string_equal(problem_with(handle, __VA_ARGS__), words)
#define assert_accepts(handle, ...)        assert_null(problem_with(handle, __VA_ARGS__))

static void texts_are_counted_in_characters(cf_db *db)
{
    (void)db;
    assert_accepts(Thing.label, .label = "");
    assert_accepts(Thing.label, .label = "12345");
    assert_accepts(Thing.label, .label = "äöü€😀");
    assert_refuses(Thing.label, "is longer than 5 characters", .label = "123456");
    assert_refuses(Thing.label, "is longer than 5 characters", .label = "äöü€😀x");
}

static void texts_are_valid_utf_8(cf_db *db)
{
    (void)db;
    assert_refuses(Thing.label, "is not valid UTF-8", .label = "\xff");
    assert_refuses(Thing.note, "is not valid UTF-8", .note = "a\xc3");
    assert_refuses(Thing.note, "is not valid UTF-8", .note = "\xed\xa0\x80"); /* half of a surrogate pair */
    assert_refuses(Thing.note, "is not valid UTF-8", .note = "\xc0\xaf");     /* longer than it need be */
    assert_accepts(Thing.note, .note = "한글");
}

static void null_is_for_nullable_columns(cf_db *db)
{
    (void)db;
    assert_refuses(Thing.label, "must not be NULL", .id = 1);
    assert_refuses(Thing.color, "must not be NULL", .id = 1);
    assert_refuses(Thing.extra, "must not be NULL", .id = 1);
    assert_accepts(Thing.data, .id = 1);
    assert_accepts(Thing.optional, .id = 1);
    assert_accepts(Thing.maybe, .id = 1);
}

static void a_small_integer_has_sixteen_bits(cf_db *db)
{
    (void)db;
    assert_accepts(Thing.small, .small = 32767);
    assert_accepts(Thing.small, .small = -32768);
    assert_refuses(Thing.small, "is out of range: -32768 to 32767", .small = 32768);
    assert_refuses(Thing.small, "is out of range: -32768 to 32767", .small = -32769);
}

static void a_float_is_finite(cf_db *db)
{
    (void)db;
    assert_accepts(Thing.ratio, .ratio = 1e308);
    assert_refuses(Thing.ratio, "is not a finite number", .ratio = (double)NAN);
    assert_refuses(Thing.ratio, "is not a finite number", .ratio = (double)INFINITY);
}

static void a_numeric_fits_its_digits(cf_db *db)
{
    cf_decimal decimal;
    (void)db;
    assert_true(cf_decimal_parse("12345678901234567890123456789012345678", &decimal));
    assert_accepts(Thing.price, .price = cf_decimal_of(999999, 2));
    assert_accepts(Thing.price, .price = cf_decimal_of(-999999, 2));
    assert_accepts(Thing.price, .price = cf_decimal_of(12, 0));
    assert_accepts(Thing.price, .price = cf_decimal_of(12500, 4));
    assert_refuses(Thing.price, "has more than 4 digits before the point", .price = cf_decimal_of(1000000, 2));
    assert_refuses(Thing.price, "has more than 4 digits before the point", .price = cf_decimal_of(-10000, 0));
    assert_refuses(Thing.price, "has more than 2 digits after the point", .price = cf_decimal_of(1, 3));
    assert_refuses(Thing.price, "has too many digits", .price = decimal);
    assert_accepts(Thing.optional, .optional = cf_optional(cf_decimal_of(999, 1)));
    assert_refuses(Thing.optional, "has more than 2 digits before the point",
                   .optional = cf_optional(cf_decimal_of(1000, 1)));
}

static void dates_and_times_are_of_the_calendar(cf_db *db)
{
    const int64_t day = (int64_t)86400 * 1000000;
    (void)db;
    assert_accepts(Thing.day, .day = { 1, 1, 1 });
    assert_accepts(Thing.day, .day = { 9999, 12, 31 });
    assert_accepts(Thing.day, .day = { 2024, 2, 29 });
    assert_refuses(Thing.day, "is not a date of the years 1 to 9999", .day = { 0, 1, 1 });
    assert_refuses(Thing.day, "is not a date of the years 1 to 9999", .day = { 10000, 1, 1 });
    assert_refuses(Thing.day, "is not a date of the calendar", .day = { 2023, 2, 29 });
    assert_refuses(Thing.day, "is not a date of the calendar", .day = { 2023, 13, 1 });
    assert_refuses(Thing.day, "is not a date of the calendar", .day = { 2023, 1, 0 });
    assert_refuses(Thing.day, "is not a date of the calendar", .day = { 2023, 200, 200 });
    assert_accepts(Thing.at, .at = { day - 1 });
    assert_refuses(Thing.at, "is not a time of the day", .at = { day });
    assert_refuses(Thing.at, "is not a time of the day", .at = { -1 });
    assert_accepts(Thing.moment, .moment = cf_time_of((cf_date){ 1, 1, 1 }, (cf_clock){ 0 }));
    assert_accepts(Thing.moment, .moment = cf_time_of((cf_date){ 9999, 12, 31 }, (cf_clock){ day - 1 }));
    assert_refuses(Thing.moment, "is not a time of the years 1 to 9999",
                   .moment = { cf_time_of((cf_date){ 1, 1, 1 }, (cf_clock){ 0 }).microseconds - 1 });
    assert_refuses(Thing.moment, "is not a time of the years 1 to 9999",
                   .moment = { cf_time_of((cf_date){ 9999, 12, 31 }, (cf_clock){ day - 1 }).microseconds + 1 });
}

static void choices_are_among_their_labels(cf_db *db)
{
    (void)db;
    assert_accepts(Thing.color, .color = "green");
    assert_refuses(Thing.color, "is none of the allowed values", .color = "Green");
    assert_refuses(Thing.color, "is none of the allowed values", .color = "");
    assert_accepts(Thing.status, .status = Status_published);
    assert_refuses(Thing.status, "is none of the allowed values", .status = (enum Status)2);
    assert_refuses(Thing.maybe, "is none of the allowed values", .maybe = { (enum Status)7, true });
}

static void json_is_json(cf_db *db)
{
    (void)db;
    assert_accepts(Thing.extra, .extra = "{\"a\":[1,2.5,null]}");
    assert_accepts(Thing.extra, .extra = "3");
    assert_refuses(Thing.extra, "is not valid JSON: unexpected token near ',' at line 2, column 1",
                   .extra = "[1,\n,2]");
    assert_non_null(problem_with(Thing.extra, .extra = ""));
}

static void a_shape_is_checked_like_a_model(cf_db *db)
{
    (void)db;
    assert_string_equal(cf__column_problem(cf__current(), Name.name.column, &(const struct Name){ 0 }),
                        "must not be NULL");
    assert_null(cf__column_problem(cf__current(), Name.name.column, &(const struct Name){ .name = "kim" }));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(texts_are_counted_in_characters),
        SESSION_TEST(texts_are_valid_utf_8),
        SESSION_TEST(null_is_for_nullable_columns),
        SESSION_TEST(a_small_integer_has_sixteen_bits),
        SESSION_TEST(a_float_is_finite),
        SESSION_TEST(a_numeric_fits_its_digits),
        SESSION_TEST(dates_and_times_are_of_the_calendar),
        SESSION_TEST(choices_are_among_their_labels),
        SESSION_TEST(json_is_json),
        SESSION_TEST(a_shape_is_checked_like_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
