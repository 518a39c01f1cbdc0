/* SPDX-License-Identifier: MIT
 *
 * Running tests. cmocka leaves a test whose assertion failed by longjmp to a place in its own runner, and a jump
 * must not cross stacks: so the whole runner runs in one fiber, its place and the jump on the same stack. The rule
 * of architecture.md "Errors" still holds: a raise inside a test stops in the trampoline here, above cmocka's
 * frame, and only then is the test failed by cmocka's own means. Parking inside a test parks the runner with it,
 * which always goes on: nothing abandons that fiber.
 *
 * Each test has a context of its own. After a failed assertion frames of Carafe are gone without having put back
 * what they had changed: the next thing that runs puts it back (enter_runner).
 */
#include <stdio.h>
#include <stdlib.h>

#include "../base/fiber.h"
#include "../base/stack.h"
#include "../base/loop.h"
#include "../base/thread.h"
#include "client.h"

/* A test with what the trampolines need: cmocka's `state` of it points here. */
struct wrapped {
    const struct CMUnitTest *test;
    struct cf__context context;
    bool open;   /* the context is in use */
    void *state; /* what the test's own functions see */
    CMFixtureFunction fixture;
    int result;
};

struct group {
    const char *name;
    struct CMUnitTest *tests; /* the trampolines */
    struct wrapped *wrapped;
    size_t count;
    int failed;
};

static struct cf_cmocka_ cmocka;
static struct cf__context *runner_context; /* of the runner's fiber */

/* As it is where nothing runs but cmocka. */
static void enter_runner(void)
{
    cf__thread.context = runner_context;
    cf__thread.foreign = NULL;
}

static void close_test(struct wrapped *wrapped)
{
    enter_runner();
    if (wrapped->open)
        cf__context_dispose(&wrapped->context);
    wrapped->open = false;
}

/* Runs one of the test's functions; NULL, or the error that ended it in a line. */
static const char *run_in_test(struct wrapped *wrapped, void (*function)(void *))
{
    enter_runner();
    wrapped->context.catch = NULL;
    wrapped->context.fiber = runner_context->fiber;
    if (cf__protect(&wrapped->context, function, wrapped))
        return NULL;
    const cf_error *error = &wrapped->context.record.error;
    cmocka.print("%s: %s%s%s%s%s\n", cf_error_name(error->code), error->message,
                 error->statement ? "; statement: " : "", error->statement ? error->statement : "",
                 error->parameters ? " " : "", error->parameters ? error->parameters : "");
    return error->message;
}

/* ---- Trampolines ------------------------------------------------------------------------------------------------ */

static void call_fixture(void *wrapped_)
{
    struct wrapped *wrapped = wrapped_;
    wrapped->result = wrapped->fixture(&wrapped->state);
}

static int run_fixture(struct wrapped *wrapped, CMFixtureFunction fixture)
{
    wrapped->fixture = fixture;
    wrapped->result = 0;
    if (fixture && run_in_test(wrapped, call_fixture))
        return -1;
    return wrapped->result;
}

static int set_up(void **state)
{
    struct wrapped *wrapped = *state;
    cf__context_init(&wrapped->context);
    wrapped->context.label = wrapped->test->name;
    wrapped->open = true;
    wrapped->state = wrapped->test->initial_state;
    return run_fixture(wrapped, wrapped->test->setup_func);
}

static void call_test(void *wrapped_)
{
    struct wrapped *wrapped = wrapped_;
    cf__crash_reports_renew(); /* cmocka has taken the signals for this test */
    wrapped->test->test_func(&wrapped->state);
}

static void run_wrapped(void **state)
{
    struct wrapped *wrapped = *state;
    if (run_in_test(wrapped, call_test))
        cmocka.fail_at(wrapped->test->name, 0); /* the place an error was raised at is not known */
}

static int tear_down(void **state)
{
    struct wrapped *wrapped = *state;
    int result = run_fixture(wrapped, wrapped->test->teardown_func);
    close_test(wrapped);
    return result;
}

/* ---- The group -------------------------------------------------------------------------------------------------- */

static void run_group(void *group_)
{
    struct group *group = group_;
    runner_context = cf__current();
    group->failed = cmocka.run(group->name, group->tests, group->count, NULL, NULL);
    for (size_t i = 0; i < group->count; i++) /* cmocka tears nothing down where set_up failed */
        close_test(&group->wrapped[i]);
}

static void wrap_tests(struct group *group, const struct CMUnitTest *tests)
{
    for (size_t i = 0; i < group->count; i++) {
        group->wrapped[i].test = &tests[i];
        group->tests[i] = (struct CMUnitTest){ tests[i].name, run_wrapped, set_up, tear_down, &group->wrapped[i] };
    }
}

int cf_run_tests_(const char *name, const struct CMUnitTest *tests, size_t count, struct cf_cmocka_ functions)
{
    cmocka = functions;
    struct group group = {
        .name = name,
        .tests = calloc(count, sizeof *group.tests),
        .wrapped = calloc(count, sizeof *group.wrapped),
        .count = count,
        .failed = 1,
    };
    if (group.tests && group.wrapped) {
        wrap_tests(&group, tests);
        cf__loop_run_fiber(run_group, &group, NULL);
        cf__loop_free();
        cf__fiber_pool_clear();
        cf__arena_pool_clear();
    } else {
        fputs("carafe: no memory to run tests\n", stderr);
    }
    free(group.tests);
    free(group.wrapped);
    return group.failed;
}
