/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <carafe/wait.h>

#include "../../src/base/log.h"

/* What releases write, in the order they run. */
static char trace[64];

static void note(void *letter)
{
    strncat(trace, letter, sizeof trace - strlen(trace) - 1);
}

static void note_and_raise(void *letter)
{
    note(letter);
    cf_raise(CF_INTERNAL, "the release of %s failed", (const char *)letter);
}

static void note_and_park(void *letter)
{
    cf_sleep(0.001);
    note(letter);
}

static cf_context *here(void)
{
    return &cf__current()->head;
}

static void raise_below(volatile int depth)
{
    cf_defer(here(), note, (char *)"x");
    if (depth > 0)
        raise_below(depth - 1);
    if (depth == 0)
        cf_raise(CF_UNIQUE, "users.email must be unique (%d)", depth);
}

static void register_and_raise(void *unused)
{
    (void)unused;
    cf_defer(here(), note, (char *)"a");
    cf_defer(here(), note_and_raise, (char *)"b");
    cf_defer(here(), note_and_park, (char *)"c");
    raise_below(2);
}

static void attempt_and_look(void *unused)
{
    (void)unused;
    trace[0] = '\0';
    int silent = cf__log_set_descriptor(-1);
    cf_defer(here(), note, (char *)"z");
    const cf_error *error = cf_attempt(here(), register_and_raise, NULL);
    cf__log_set_descriptor(silent);
    assert_int_equal(error->code, CF_UNIQUE);
    assert_string_equal(error->message, "users.email must be unique (0)");
    assert_string_equal(trace,
                        "xxxcba"); /* last in first out, a failing and a parking one among them; z is not its own */
    const cf_error *second = cf_attempt(here(), register_and_raise, NULL);
    assert_string_equal(second->message, error->message);
    assert_ptr_not_equal(second, error);
}

static void a_raise_in_a_nested_call_runs_the_releases_and_stops_at_the_attempt(void **state)
{
    (void)state;
    in_fiber(attempt_and_look, NULL);
    assert_int_equal(trace[strlen(trace) - 1], 'z');
}

static void inner(void *unused)
{
    (void)unused;
    cf_raise(CF_CHECK, "inner");
}

static void outer(void *unused)
{
    (void)unused;
    assert_int_equal(cf_attempt(here(), inner, NULL)->code, CF_CHECK);
    cf_raise(CF_STALE, "outer");
}

static void attempt_twice(void *unused)
{
    (void)unused;
    const cf_error *error = cf_attempt(here(), outer, NULL);
    assert_int_equal(error->code, CF_STALE);
    assert_null(cf_attempt(here(), note, (char *)"q"));
}

static void attempts_nest(void **state)
{
    (void)state;
    in_fiber(attempt_twice, NULL);
}

static void raise_a_made_error(void *unused)
{
    (void)unused;
    char message[] = "gone", constraint[] = "uq_users_email";
    cf_raise_error(&(cf_error){ .code = CF_UNIQUE, .message = message, .constraint = constraint, .sqlstate = "23505" });
}

static void look_at_made_error(void *unused)
{
    (void)unused;
    const cf_error *error = cf_attempt(here(), raise_a_made_error, NULL);
    assert_string_equal(error->message, "gone");
    assert_string_equal(error->constraint, "uq_users_email");
    assert_string_equal(error->sqlstate, "23505");
    assert_null(error->statement);
}

static void a_raised_error_is_copied(void **state)
{
    (void)state;
    in_fiber(look_at_made_error, NULL);
}

static void raise_a_long_message(void *unused)
{
    (void)unused;
    char long_text[3000];
    memset(long_text, 'x', sizeof long_text);
    long_text[sizeof long_text - 1] = '\0';
    cf_raise(CF_INTERNAL, "%s", long_text);
}

static void a_message_is_cut_after_1023_bytes(void **state)
{
    (void)state;
    struct cf__error_record record;
    assert_false(cf__loop_run_fiber(raise_a_long_message, NULL, &record));
    assert_int_equal(strlen(record.error.message), 1023);
}

static void raise_inside_a_library(void *unused)
{
    (void)unused;
    cf__foreign_enter("sqlite3_step");
    cf_raise(CF_INTERNAL, "from a callback");
}

static void park_inside_a_library(void *unused)
{
    (void)unused;
    cf__foreign_enter("sqlite3_step");
    cf_sleep(1);
}

static void a_raise_inside_a_foreign_frame_aborts_with_its_name(void **state)
{
    (void)state;
    char output[4096];
    int status = in_dying_child(raise_inside_a_library, NULL, output, sizeof output);
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_non_null(strstr(output, "an error was raised inside sqlite3_step"));
}

static void a_park_inside_a_foreign_frame_aborts_with_both_names(void **state)
{
    (void)state;
    char output[4096];
    int status = in_dying_child(park_inside_a_library, NULL, output, sizeof output);
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_non_null(strstr(output, "sleeping inside sqlite3_step"));
}

static void leave_a_library(void *unused)
{
    (void)unused;
    const char *previous = cf__foreign_enter("outer");
    const char *inside = cf__foreign_enter("inner");
    cf__foreign_leave(inside);
    cf__foreign_leave(previous);
    cf_raise(CF_INTERNAL, "fine");
}

static void after_a_foreign_frame_is_left_errors_travel_again(void **state)
{
    (void)state;
    struct cf__error_record record;
    assert_false(cf__loop_run_fiber(leave_a_library, NULL, &record));
    assert_string_equal(record.error.message, "fine");
}

static void use_memory(void *unused)
{
    (void)unused;
    const unsigned char *zeros = cf_alloc(here(), 5000);
    for (size_t i = 0; i < 5000; i++)
        assert_int_equal(zeros[i], 0);
    assert_string_equal(cf_format(here(), "%d-%s", 7, "x"), "7-x");
    assert_string_equal(cf_copy(here(), "copied"), "copied");
    assert_null(cf_copy(here(), NULL));
    cf_alloc(here(), (size_t)1 << 40);
}

static void memory_ends_in_an_error_not_in_null(void **state)
{
    (void)state;
    struct cf__error_record record;
    assert_false(cf__loop_run_fiber(use_memory, NULL, &record));
    assert_int_equal(record.error.code, CF_NO_MEMORY);
    assert_non_null(strstr(record.error.message, "the cap of one request"));
}

static void every_code_has_a_name(void **state)
{
    (void)state;
    for (int code = CF_INTERNAL; code <= CF_SQL; code++)
        assert_string_not_equal(cf_error_name((enum cf_error_code)code), "unknown error");
    assert_string_equal(cf_error_name((enum cf_error_code)99), "unknown error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_raise_in_a_nested_call_runs_the_releases_and_stops_at_the_attempt),
        cmocka_unit_test(attempts_nest),
        cmocka_unit_test(a_raised_error_is_copied),
        cmocka_unit_test(a_message_is_cut_after_1023_bytes),
        cmocka_unit_test(a_raise_inside_a_foreign_frame_aborts_with_its_name),
        cmocka_unit_test(a_park_inside_a_foreign_frame_aborts_with_both_names),
        cmocka_unit_test(after_a_foreign_frame_is_left_errors_travel_again),
        cmocka_unit_test(memory_ends_in_an_error_not_in_null),
        cmocka_unit_test(every_code_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
