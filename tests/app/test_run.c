/* SPDX-License-Identifier: MIT
 *
 * cf_run_tests with tests that fail: a first group is run with its output in a file, a second one looks at what
 * became of it.
 */
#include "support.h"

#include <stdio.h>

#include <carafe/wait.h>

static int released; /* deferred releases that have run */
static int set_up, torn_down, after_release = -1;

static void count_release(void *unused)
{
    (void)unused;
    released++;
}

static cf_response *assert_in_handler(cf_request *req)
{
    cf_defer(req, count_release, NULL);
    cf_add(req->db, User, .name = "kim", .email = "kim@example.com");
    cf_flush(req->db);
    assert_string_equal(cf_method(req), "POST");
    return cf_empty(req, 204);
}

static cf_app *make_app(void)
{
    cf_app *app = cf_app_new("users", .database_uri = "sqlite://", .models = CF_MODELS(User));
    cf_route(app, "GET", "/assert", assert_in_handler);
    return app;
}

/* ---- The first group -------------------------------------------------------------------------------------------- */

static void fails_by_an_assertion(void **state)
{
    (void)state;
    cf_defer(&cf__current()->head, count_release, NULL);
    cf_sleep(0);
    assert_int_equal(1, 2);
}

static void fails_by_an_error(void **state)
{
    (void)state;
    cf_defer(&cf__current()->head, count_release, NULL);
    cf_raise(CF_UNIQUE, "the name is taken");
}

static void fail_here(void *unused)
{
    (void)unused;
    assert_true(false);
}

static void fails_inside_an_attempt(void **state)
{
    (void)state;
    cf_attempt(&cf__current()->head, fail_here, NULL);
}

static void fails_in_a_handler(void **state)
{
    (void)state;
    cf_client_get(cf_test_client(make_app()), "/assert");
}

static void passes_after_failures(void **state)
{
    (void)state;
    after_release = released;
    cf_sleep(0);
    assert_int_equal(cf_client_get(cf_test_client(make_app()), "/nowhere")->status, 404);
}

static int prepare(void **state)
{
    assert_string_equal(*state, "given");
    *state = cf_format(&cf__current()->head, "prepared %d", ++set_up);
    return 0;
}

static int check_and_tear_down(void **state)
{
    torn_down++;
    return strcmp(*state, "prepared 1") != 0;
}

static void sees_what_its_setup_left(void **state)
{
    assert_string_equal(*state, "prepared 1");
    assert_true(false);
}

static int fail_to_prepare(void **state)
{
    (void)state;
    cf_defer(&cf__current()->head, count_release, NULL);
    cf_raise(CF_SYSTEM, "no such device");
}

static void is_not_run(void **state)
{
    (void)state;
    set_up = 100;
}

static char given[] = "given";

static const struct CMUnitTest first_group[] = {
    cmocka_unit_test(fails_by_an_assertion),
    cmocka_unit_test(fails_by_an_error),
    cmocka_unit_test(fails_inside_an_attempt),
    cmocka_unit_test(fails_in_a_handler),
    cmocka_unit_test(passes_after_failures),
    { "sees_what_its_setup_left", sees_what_its_setup_left, prepare, check_and_tear_down, given },
    cmocka_unit_test_setup(is_not_run, fail_to_prepare),
};

static int failed_of_first;
static char output[65536];

static void run_first_group(void)
{
    int file = memfd_create("output", 0), out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
    fflush(NULL);
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    failed_of_first = cf_run_tests(first_group);
    fflush(NULL);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    close(out);
    close(err);
    ssize_t got = pread(file, output, sizeof output - 1, 0);
    output[got > 0 ? got : 0] = '\0';
    close(file);
}

/* ---- The second group ------------------------------------------------------------------------------------------- */

static void every_failure_is_counted_and_the_rest_is_run(void **state)
{
    (void)state;
    assert_int_equal(failed_of_first, 6);
    assert_non_null(strstr(output, "OK ] passes_after_failures"));
}

static void an_error_fails_its_test_with_the_message(void **state)
{
    (void)state;
    assert_non_null(strstr(output, "unique violation: the name is taken"));
    assert_non_null(strstr(output, "FAILED  ] fails_by_an_error"));
    assert_non_null(strstr(output, "system error: no such device"));
}

static void what_a_failed_test_left_is_released(void **state)
{
    (void)state;
    assert_int_equal(after_release, 3); /* by an assertion, by an error, in a handler */
    assert_int_equal(released, 4);      /* and of the setup that failed */
}

static void setup_and_teardown_see_the_tests_state(void **state)
{
    (void)state;
    assert_int_equal(set_up, 1);
    assert_int_equal(torn_down, 1);
}

int main(void)
{
    const struct CMUnitTest second_group[] = {
        cmocka_unit_test(every_failure_is_counted_and_the_rest_is_run),
        cmocka_unit_test(an_error_fails_its_test_with_the_message),
        cmocka_unit_test(what_a_failed_test_left_is_released),
        cmocka_unit_test(setup_and_teardown_see_the_tests_state),
    };
    run_first_group();
    return cf_run_tests(second_group);
}
