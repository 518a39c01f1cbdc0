/* SPDX-License-Identifier: MIT */
#include "support.h"

#include "../../src/base/buffer.h"

static void append_many(void *unused)
{
    (void)unused;
    struct cf__buffer buffer = cf__buffer_new(cf__current(), 1 << 20, "the test");
    for (int i = 0; i < 1000; i++) {
        cf__buffer_integer(&buffer, i);
        cf__buffer_char(&buffer, ',');
    }
    assert_int_equal(buffer.size, 10 + 90 * 2 + 900 * 3 + 1000);
    assert_memory_equal(cf__buffer_text(&buffer) + buffer.size - 8, "998,999,", 9);
}

static void a_buffer_grows(void **state)
{
    (void)state;
    in_fiber(append_many, NULL);
}

static void append_extremes(void *unused)
{
    (void)unused;
    struct cf__buffer buffer = cf__buffer_new(cf__current(), 100, "the test");
    assert_string_equal(cf__buffer_text(&buffer), "");
    cf__buffer_integer(&buffer, INT64_MIN);
    cf__buffer_string(&buffer, " ");
    cf__buffer_integer(&buffer, INT64_MAX);
    cf__buffer_format(&buffer, " %s", "end");
    assert_string_equal(cf__buffer_text(&buffer), "-9223372036854775808 9223372036854775807 end");
}

static void integers_are_exact_at_their_limits(void **state)
{
    (void)state;
    in_fiber(append_extremes, NULL);
}

static void overfill(void *unused)
{
    (void)unused;
    struct cf__buffer buffer = cf__buffer_new(cf__current(), 1000, "the letter");
    for (;;)
        cf__buffer_char(&buffer, 'x');
}

static void the_cap_ends_the_request_with_its_name(void **state)
{
    (void)state;
    struct cf__error_record record;
    assert_false(cf__loop_run_fiber(overfill, NULL, &record));
    assert_int_equal(record.error.code, CF_TOO_LARGE);
    assert_string_equal(record.error.message, "the letter is larger than 1000 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_buffer_grows),
        cmocka_unit_test(integers_are_exact_at_their_limits),
        cmocka_unit_test(the_cap_ends_the_request_with_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
