/* SPDX-License-Identifier: MIT */
#include "../../src/base/turnstile.h"

#include <sys/mman.h>

#include "../../src/base/clock.h"
#include "support.h"

#include <carafe/wait.h>

enum { PROCESSES = 4, ROUNDS = 500 };

/* What the processes count together, one at a time: a sum made of a read and a write. */
static struct shared {
    volatile int sum, inside, most_inside;
    volatile int passed[PROCESSES];
} * shared;

static int make_shared(void **state)
{
    (void)state;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return shared == MAP_FAILED || !cf__turnstiles_make() ? -1 : 0;
}

static int free_shared(void **state)
{
    (void)state;
    munmap(shared, sizeof *shared);
    cf__turnstiles_free();
    return 0;
}

static void pass_often(void *index)
{
    for (int i = 0; i < ROUNDS; i++) {
        if (!cf__turnstile_pass(3, cf__monotonic() + 20000000))
            return;
        int sum = shared->sum;
        shared->inside++;
        if (shared->inside > shared->most_inside)
            shared->most_inside = shared->inside;
        if (i % 50 == 0)
            cf_sleep(0.0005);
        shared->sum = sum + 1;
        shared->inside--;
        shared->passed[*(int *)index]++;
        cf__turnstile_leave(3);
    }
}

static pid_t start(int index, int member, void (*function)(void *))
{
    pid_t child = fork();
    if (child)
        return child;
    cf__turnstiles_join(member);
    _exit(cf__loop_run_fiber(function, &index, NULL) ? 0 : 1);
}

static void one_process_at_a_time_is_let_through(void **state)
{
    (void)state;
    pid_t children[PROCESSES];
    for (int i = 0; i < PROCESSES; i++)
        children[i] = start(i, cf__turnstiles_reserve(), pass_often);
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
        assert_int_equal(shared->passed[i], ROUNDS);
    }
    assert_int_equal(shared->sum, PROCESSES * ROUNDS);
    assert_int_equal(shared->most_inside, 1);
}

static void hold_for_ever(void *unused)
{
    (void)unused;
    if (cf__turnstile_pass(3, cf__monotonic() + 20000000))
        shared->inside = 1;
    for (;;)
        pause();
}

static void what_a_dead_process_held_is_passed_on(void **state)
{
    (void)state;
    int first = cf__turnstiles_reserve(), second = cf__turnstiles_reserve(), status;
    pid_t holder = start(0, first, hold_for_ever);
    while (!shared->inside)
        usleep(1000);
    shared->inside = 0;
    pid_t waiter = start(1, second, pass_often);
    usleep(20000);
    assert_int_equal(shared->passed[1], 0);
    kill(holder, SIGKILL);
    waitpid(holder, &status, 0);
    cf__turnstiles_forget(first);
    waitpid(waiter, &status, 0);
    assert_int_equal(status, 0);
    assert_int_equal(shared->passed[1], ROUNDS);
    assert_int_equal(cf__turnstiles_reserve(), first);
}

static void wait_in_vain(void *unused)
{
    (void)unused;
    if (!cf__turnstile_pass(3, cf__monotonic() + 5000))
        shared->passed[1] = -1;
}

static void who_waits_too_long_is_told_and_leaves_no_trace(void **state)
{
    (void)state;
    int status;
    pid_t holder = start(0, cf__turnstiles_reserve(), hold_for_ever);
    while (!shared->inside)
        usleep(1000);
    pid_t waiter = start(1, cf__turnstiles_reserve(), wait_in_vain);
    waitpid(waiter, &status, 0);
    assert_int_equal(shared->passed[1], -1);
    kill(holder, SIGKILL);
    waitpid(holder, &status, 0);
}

static void pass_alone(void *unused)
{
    (void)unused;
    assert_true(cf__turnstile_pass(3, 0));
    cf__turnstile_leave(3);
}

static void a_process_that_has_joined_none_is_let_through(void **state)
{
    (void)state;
    in_fiber(pass_alone, NULL);
}

#define SHARED(test) cmocka_unit_test_setup_teardown(test, make_shared, free_shared)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHARED(one_process_at_a_time_is_let_through),
        SHARED(what_a_dead_process_held_is_passed_on),
        SHARED(who_waits_too_long_is_told_and_leaves_no_trace),
        SHARED(a_process_that_has_joined_none_is_let_through),
    };
    return cmocka_run_group_tests_name("base/turnstile", tests, NULL, free_thread);
}
