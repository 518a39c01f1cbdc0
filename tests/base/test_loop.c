/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <carafe/wait.h>

#include "../../src/base/clock.h"

static int counts[4];

static void count_first(void *unused)
{
    (void)unused;
    counts[0]++;
}

static void count_and_stop(void *unused)
{
    (void)unused;
    if (++counts[1] == 3)
        cf__loop_stop();
}

static void timers_fire_once_or_every_period_and_never_early(void **state)
{
    (void)state;
    memset(counts, 0, sizeof counts);
    cf__timer *once = cf__timer_new(count_first, NULL), *every = cf__timer_new(count_and_stop, NULL);
    int64_t start = cf__monotonic();
    cf__timer_at(once, start + 2500);
    cf__timer_every(every, 2000);
    cf__loop_run();
    assert_int_equal(counts[0], 1);
    assert_int_equal(counts[1], 3);
    assert_true(cf__monotonic() - start >= 6000);
    cf__timer_free(once);
    cf__timer_free(every);
}

static void stop_loop(void *unused)
{
    (void)unused;
    counts[0] = -1;
    cf__loop_stop();
}

static int ends[2];

static void read_one(void *watch, int events)
{
    char byte;
    assert_int_equal(events & CF__READABLE, CF__READABLE);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    counts[2] += byte;
    if (byte == 'z') {
        cf__watch_stop(*(cf__watch **)watch);
        cf__loop_stop();
    }
}

static void a_watch_tells_when_a_descriptor_is_readable(void **state)
{
    (void)state;
    static cf__watch *watch;
    counts[2] = 0;
    assert_int_equal(pipe(ends), 0);
    watch = cf__watch_start(ends[0], CF__READABLE, read_one, &watch);
    assert_non_null(watch);
    assert_int_equal(write(ends[1], "az", 2), 2);
    cf__loop_run();
    assert_int_equal(counts[2], 'a' + 'z');
    close(ends[0]);
    close(ends[1]);
}

/* A connection that the other side has reset, with two bytes before. */
static int reset_connection(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), own = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(connect(own, (struct sockaddr *)&address, size), 0);
    int other = accept(listener, NULL, NULL);
    assert_int_equal(write(other, "ab", 2), 2);
    setsockopt(other, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 }, sizeof(struct linger));
    close(other);
    close(listener);
    return own;
}

static void read_to_the_end(void *descriptor, int events)
{
    char byte;
    assert_true(events & CF__READABLE);
    if (read(*(int *)descriptor, &byte, 1) <= 0)
        cf__loop_stop();
    else
        counts[0]++;
}

static void a_watch_goes_on_where_the_connection_was_reset(void **state)
{
    (void)state;
    memset(counts, 0, sizeof counts);
    int descriptor = reset_connection();
    cf__watch *watch = cf__watch_start(descriptor, CF__READABLE, read_to_the_end, &descriptor);
    cf__timer *give_up = cf__timer_new(stop_loop, NULL);
    cf__timer_at(give_up, cf__monotonic() + 5000000);
    cf__loop_run();
    assert_int_equal(counts[0], 2);
    cf__timer_free(give_up);
    cf__watch_stop(watch);
    close(descriptor);
}

static void ignore_events(void *unused, int events)
{
    (void)unused;
    (void)events;
}

static void sleep_not_at_all(void *unused)
{
    (void)unused;
    cf_sleep(0);
}

static void a_timer_that_is_due_does_not_wait_for_the_next_event(void **state)
{
    (void)state;
    int silent[2];
    assert_int_equal(pipe(silent), 0);
    cf__watch *watch = cf__watch_start(silent[0], CF__READABLE, ignore_events, NULL);
    for (int i = 0; i < 100; i++)
        in_fiber(sleep_not_at_all, NULL);
    cf__watch_stop(watch);
    close(silent[0]);
    close(silent[1]);
}

static void note_signal(void *unused, int number)
{
    (void)unused;
    counts[3] = number;
    cf__loop_stop();
}

static void a_signal_is_told_on_the_loop(void **state)
{
    (void)state;
    cf__signal *signal = cf__signal_start(SIGUSR1, note_signal, NULL);
    cf__timer *guard = cf__timer_new(count_and_stop, NULL);
    cf__timer_at(guard, cf__monotonic() + 5000000);
    raise(SIGUSR1);
    cf__loop_run();
    assert_int_equal(counts[3], SIGUSR1);
    cf__signal_stop(signal);
    cf__timer_free(guard);
}

static bool hook_ran_while_parked;
static bool parked;

static void look_at_turn(void *unused)
{
    (void)unused;
    hook_ran_while_parked |= parked;
}

static void park_a_little(void *unused)
{
    (void)unused;
    parked = true;
    cf_sleep(0.002);
    parked = false;
}

static void a_hook_runs_before_the_loop_waits(void **state)
{
    (void)state;
    cf__turn_hook *hook = cf__turn_hook_add(look_at_turn, NULL);
    in_fiber(park_a_little, NULL);
    assert_true(hook_ran_while_parked);
    cf__turn_hook_remove(hook);
    hook_ran_while_parked = false;
    in_fiber(park_a_little, NULL);
    assert_false(hook_ran_while_parked);
}

static void a_loop_without_anything_to_wait_for_ends(void **state)
{
    (void)state;
    bool never = false;
    cf__loop_run();
    cf__loop_run_until(&never);
    assert_false(never);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_fire_once_or_every_period_and_never_early),
        cmocka_unit_test(a_watch_tells_when_a_descriptor_is_readable),
        cmocka_unit_test(a_watch_goes_on_where_the_connection_was_reset),
        cmocka_unit_test(a_timer_that_is_due_does_not_wait_for_the_next_event),
        cmocka_unit_test(a_signal_is_told_on_the_loop),
        cmocka_unit_test(a_hook_runs_before_the_loop_waits),
        cmocka_unit_test(a_loop_without_anything_to_wait_for_ends),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
