/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <carafe/wait.h>

#include "../../src/base/clock.h"

struct many {
    struct cf__context context;
    int number, *sum;
    bool ended, failed;
};

static void sleep_and_add(void *many_)
{
    struct many *many = many_;
    for (int i = 0; i < 3; i++)
        cf_sleep(many->number % 7 * 0.001);
    *many->sum += many->number;
}

static void note_end(void *many_, bool failed)
{
    struct many *many = many_;
    many->ended = true;
    many->failed = failed;
}

static void a_thousand_fibers_park_and_go_on(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    struct many *all = calloc(COUNT, sizeof *all);
    int sum = 0;
    for (int i = 0; i < COUNT; i++) {
        all[i].number = i;
        all[i].sum = &sum;
        cf__context_init(&all[i].context);
        cf__fiber_start(&all[i].context, sleep_and_add, note_end, &all[i]);
    }
    assert_int_equal(cf__fiber_count(), COUNT);
    cf__loop_run();
    assert_int_equal(cf__fiber_count(), 0);
    assert_int_equal(sum, COUNT * (COUNT - 1) / 2);
    for (int i = 0; i < COUNT; i++) {
        assert_true(all[i].ended && !all[i].failed);
        cf__context_dispose(&all[i].context);
    }
    free(all);
}

static void wait_past_a_deadline(void *unused)
{
    (void)unused;
    cf__fiber_park("waiting for the database", cf__monotonic() + 2000);
}

static void a_deadline_reaches_a_fiber_as_an_error_at_its_park(void **state)
{
    (void)state;
    struct cf__error_record record;
    assert_false(cf__loop_run_fiber(wait_past_a_deadline, NULL, &record));
    assert_int_equal(record.error.code, CF_TIMEOUT);
    assert_string_equal(record.error.message, "timed out: waiting for the database");
}

static void wait_long(void *many_)
{
    struct many *many = many_;
    many->number = 1;
    cf_sleep(1000);
    many->number = 2;
}

static void cancelling_ends_a_fiber_at_its_park(void **state)
{
    (void)state;
    struct many one = { 0 };
    cf__context_init(&one.context);
    cf__fiber *fiber = cf__fiber_start(&one.context, wait_long, note_end, &one);
    assert_non_null(fiber);
    cf__fiber_cancel(fiber, CF_CANCELLED, "the client left");
    cf__fiber_cancel(fiber, CF_TIMEOUT, "too late to matter");
    assert_false(one.ended); /* never inside the call */
    cf__loop_run_until(&one.ended);
    assert_true(one.failed);
    assert_int_equal(one.number, 1);
    assert_int_equal(one.context.record.error.code, CF_CANCELLED);
    assert_string_equal(one.context.record.error.message, "the client left");
    cf__context_dispose(&one.context);
}

static void park_firmly_then_not(void *many_)
{
    struct many *many = many_;
    assert_true(cf__fiber_park_firmly("waiting for a thread", 0));
    many->number = 5;
    cf_sleep(0);
    many->number = 6;
}

static void a_firm_park_is_not_ended_by_cancelling_but_the_next_one_is(void **state)
{
    (void)state;
    struct many one = { 0 };
    cf__context_init(&one.context);
    cf__fiber *fiber = cf__fiber_start(&one.context, park_firmly_then_not, note_end, &one);
    cf__fiber_cancel(fiber, CF_CANCELLED, "stopping");
    cf__loop_run(); /* ends at once: nothing can happen */
    assert_int_equal(one.number, 0);
    cf__fiber_wake(fiber);
    cf__loop_run_until(&one.ended);
    assert_int_equal(one.number, 5);
    assert_true(one.failed);
    cf__context_dispose(&one.context);
}

static void park_once(void *many_)
{
    struct many *many = many_;
    cf__fiber_wake(cf__fiber_current()); /* remembered */
    cf__fiber_park("nothing", 0);
    many->number++;
    cf__fiber_park("being woken", 0);
    many->number++;
}

static void a_wake_before_the_park_is_remembered_once(void **state)
{
    (void)state;
    struct many one = { 0 };
    cf__context_init(&one.context);
    cf__fiber *fiber = cf__fiber_start(&one.context, park_once, note_end, &one);
    assert_non_null(fiber);
    assert_int_equal(one.number, 1);
    cf__fiber_wake(fiber);
    cf__fiber_wake(fiber);
    assert_int_equal(one.number, 1);
    cf__loop_run_until(&one.ended);
    assert_int_equal(one.number, 2);
    cf__context_dispose(&one.context);
}

static void sleep_in_a_thread(void *value)
{
    usleep(2000);
    *(int *)value = 42;
}

static void use_another_thread(void *unused)
{
    (void)unused;
    int value = 0;
    cf_blocking(&cf__current()->head, sleep_in_a_thread, &value);
    assert_int_equal(value, 42);
}

static void blocking_work_runs_elsewhere_and_comes_back(void **state)
{
    (void)state;
    in_fiber(use_another_thread, NULL);
}

/* Not inlined and not a tail call, so that each level takes its kilobyte. */
__attribute__((noinline)) static int descend(volatile int depth)
{
    volatile char frame[1024];
    frame[0] = (char)depth;
    frame[sizeof frame - 1] = 1;
    return depth < 1 << 20 ? descend(depth + 1) + frame[0] : 0;
}

static void overflow(void *unused)
{
    (void)unused;
    cf__current()->label = "GET /deep";
    descend(0);
}

/* cmocka catches SIGSEGV in this process, so the overflow happens in a program of its own. */
static void run_this_program_again(void *unused)
{
    (void)unused;
    execl("/proc/self/exe", "test_fiber", "overflow", (char *)NULL);
}

static void a_stack_overflow_is_reported_as_such(void **state)
{
    (void)state;
    static char output[8192];
    int status = in_dying_child(run_this_program_again, NULL, output, sizeof output);
    assert_true(WIFSIGNALED(status));
    assert_non_null(strstr(output, "stack overflow in a fiber"));
    assert_non_null(strstr(output, "(GET /deep)"));
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "overflow") == 0)
        return !cf__loop_run_fiber(overflow, NULL, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_fibers_park_and_go_on),
        cmocka_unit_test(a_deadline_reaches_a_fiber_as_an_error_at_its_park),
        cmocka_unit_test(cancelling_ends_a_fiber_at_its_park),
        cmocka_unit_test(a_firm_park_is_not_ended_by_cancelling_but_the_next_one_is),
        cmocka_unit_test(a_wake_before_the_park_is_remembered_once),
        cmocka_unit_test(blocking_work_runs_elsewhere_and_comes_back),
        cmocka_unit_test(a_stack_overflow_is_reported_as_such),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
