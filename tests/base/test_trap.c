/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <stdio.h>

#include "../../src/base/trap.h"

static const char missing[] = "it is missing";

static void touch(void *trap)
{
    *(volatile char *)trap = *((volatile char *)trap + 100);
}

static void touches(void *unused)
{
    (void)unused;
    char *trap = cf__trap_new(missing), *other = cf__trap_new("another");
    assert_ptr_equal(cf__trap_new("it is missing"), trap);
    assert_true(cf__is_trap(trap) && cf__is_trap(trap + CF__TRAP_SIZE - 1));
    assert_false(cf__is_trap(NULL) || cf__is_trap(&trap));
    assert_string_equal(cf__trap_message(trap + 5000), missing);
    assert_string_equal(cf__trap_message(other), "another");
    assert_null(cf__trap_message(missing));
    for (int i = 0; i < 3; i++) {
        const cf_error *error = cf_attempt(&cf__current()->head, touch, trap);
        assert_non_null(error);
        assert_int_equal(error->code, CF_INTERNAL);
        assert_string_equal(error->message, missing);
    }
    assert_string_equal(cf_attempt(&cf__current()->head, touch, other)->message, "another");
}

static void a_touched_trap_is_an_error_with_its_message(void **state)
{
    (void)state;
    in_fiber(touches, NULL);
}

static void touch_in_foreign_frame(void *trap)
{
    cf__foreign_enter("a library");
    touch(trap);
}

static void where_no_error_can_be_raised_the_process_says_why_it_dies(void **state)
{
    (void)state;
    char output[4096];
    int status = in_dying_child(touch_in_foreign_frame, cf__trap_new(missing), output, sizeof output);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status));
    assert_non_null(strstr(output, "carafe: it is missing"));
}

static void all_past_the_last_trap_share_it(void **state)
{
    (void)state;
    static char texts[CF__TRAP_COUNT + 2][16];
    void *trap = NULL, *last = NULL;
    for (size_t i = 0; i < CF__TRAP_COUNT + 2; i++) {
        snprintf(texts[i], sizeof texts[i], "trap %zu", i);
        last = trap;
        trap = cf__trap_new(texts[i]);
        assert_true(cf__is_trap(trap));
    }
    assert_ptr_equal(trap, last);
    assert_string_equal(cf__trap_message(trap), "a relation was not loaded: add it to .load");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_touched_trap_is_an_error_with_its_message),
        cmocka_unit_test(where_no_error_can_be_raised_the_process_says_why_it_dies),
        cmocka_unit_test(all_past_the_last_trap_share_it),
    };
    return cmocka_run_group_tests_name("base/trap", tests, NULL, free_thread);
}
