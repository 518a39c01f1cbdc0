/* SPDX-License-Identifier: MIT
 *
 * One connection that several fibers use at once: each gets its own answer, and neither errors nor fibers that leave
 * concern the others.
 */
#include "support.h"

#include <carafe/wait.h>

static struct cf_connection *shared;

static void open_shared(void *unused)
{
    (void)unused;
    shared = open_uri(test_uri, true);
}

static void close_shared(void *unused)
{
    (void)unused;
    driver->close(shared);
}

/* ---- Fibers ----------------------------------------------------------------------------------------------------- */

enum { MOST = 32 };

struct asking {
    const char *sql;
    struct cf_statement *statement;
    char answer[64]; /* or the error's message */
    bool ended, failed;
    int place; /* in the order of ending, from 1 */
    cf__fiber *fiber;
    struct cf__context context;
};
static struct asking askings[MOST];
static int ended_count;

static void ask_it(void *asking_)
{
    struct asking *asking = asking_;
    asking->statement = prepare(shared, asking->sql);
    const char *answer = run_statement(asking->statement);
    snprintf(asking->answer, sizeof asking->answer, "%s", answer ? answer : "nothing");
}

static void note_end(void *asking_, bool failed)
{
    struct asking *asking = asking_;
    asking->ended = true;
    asking->failed = failed;
    asking->place = ++ended_count;
    if (failed)
        snprintf(asking->answer, sizeof asking->answer, "%s", asking->context.record.error.message);
}

static void start_asking(struct asking *asking, const char *sql)
{
    *asking = (struct asking){ .sql = sql };
    cf__context_init(&asking->context);
    asking->fiber = cf__fiber_start(&asking->context, ask_it, note_end, asking);
}

static void wait_for_all(int count)
{
    for (int i = 0; i < count; i++) {
        cf__loop_run_until(&askings[i].ended);
        driver->finalize(askings[i].statement);
        cf__context_dispose(&askings[i].context);
    }
}

/* ---- Tests ------------------------------------------------------------------------------------------------------ */

static void answers_go_to_who_asked(void **state)
{
    (void)state;
    static char sql[MOST][64];
    in_fiber(open_shared, NULL);
    for (int i = 0; i < MOST; i++) {
        snprintf(sql[i], sizeof sql[i], "SELECT 'answer %d', pg_sleep(%s)", i, i % 3 ? "0" : "0.002");
        start_asking(&askings[i], sql[i]);
    }
    wait_for_all(MOST);
    for (int i = 0; i < MOST; i++) {
        snprintf(sql[i], sizeof sql[i], "answer %d", i);
        assert_string_equal(askings[i].answer, sql[i]);
    }
    in_fiber(close_shared, NULL);
}

static void an_error_is_of_the_one_who_made_it(void **state)
{
    (void)state;
    in_fiber(open_shared, NULL);
    for (int i = 0; i < 9; i++)
        start_asking(&askings[i], i % 3 == 1 ? "SELECT (1 / (length('') * 1))::text" : "SELECT 'fine'");
    wait_for_all(9);
    for (int i = 0; i < 9; i++) {
        assert_int_equal(askings[i].failed, i % 3 == 1);
        assert_string_equal(askings[i].answer, i % 3 == 1 ? "division by zero" : "fine");
    }
    in_fiber(close_shared, NULL);
}

/* Ends the first fiber once the server runs its query. */
static void cancel_first(void *unused)
{
    (void)unused;
    struct cf_connection *connection = open_connection();
    while (!text_of(connection, "SELECT 'runs' FROM pg_stat_activity WHERE query LIKE 'SELECT ''slow''%' AND "
                                "wait_event = 'PgSleep' AND datname = current_database()"))
        cf_sleep(0.005);
    cf__fiber_cancel(askings[0].fiber, CF_CANCELLED, "the client has left");
    driver->close(connection);
}

static void who_leaves_cancels_nobody(void **state)
{
    (void)state;
    in_fiber(open_shared, NULL);
    start_asking(&askings[0], "SELECT 'slow', pg_sleep(1)");
    for (int i = 1; i < 6; i++)
        start_asking(&askings[i], "SELECT 'fine'");
    in_fiber(cancel_first, NULL);
    wait_for_all(6);
    assert_string_equal(askings[0].answer, "the client has left");
    for (int i = 1; i < 6; i++) {
        assert_string_equal(askings[i].answer, "fine");
        assert_true(askings[0].place < askings[i].place); /* it did not wait for its answer */
    }
    in_fiber(close_shared, NULL);
}

static void fail_all(void *unused)
{
    (void)unused;
    struct cf_connection *connection = open_connection();
    text_of(connection, "SELECT count(pg_terminate_backend(pid))::text FROM pg_stat_activity WHERE pid <> "
                        "pg_backend_pid() AND datname = current_database()");
    driver->close(connection);
}

static void all_are_told_when_the_connection_is_lost(void **state)
{
    (void)state;
    in_fiber(open_shared, NULL);
    for (int i = 0; i < 4; i++)
        start_asking(&askings[i], "SELECT 'slow', pg_sleep(100)");
    in_fiber(fail_all, NULL);
    wait_for_all(4);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(askings[i].context.record.error.code, CF_UNAVAILABLE);
        assert_true(askings[i].failed);
    }
    assert_true(driver->lost(shared));
    in_fiber(close_shared, NULL);
}

static void ask_impatiently(void *statement)
{
    const struct cf_run_options options = { .patience = 5000 };
    assert_null(driver->start(statement, NULL, 0, &options)); /* it stood behind another's for too long */
}

static void ask_behind_a_slow_one(void *unused)
{
    (void)unused;
    struct cf_statement *statement = prepare(shared, "SELECT 'fine'");
    ask_impatiently(statement);
    assert_false(askings[0].ended);
    assert_string_equal(run_statement(statement), "fine"); /* whoever waits is answered */
    driver->finalize(statement);
}

static void who_stands_behind_a_slow_query_is_told_so(void **state)
{
    (void)state;
    in_fiber(open_shared, NULL);
    start_asking(&askings[0], "SELECT 'slow', pg_sleep(1)");
    in_fiber(ask_behind_a_slow_one, NULL);
    wait_for_all(1);
    assert_string_equal(askings[0].answer, "slow");
    in_fiber(close_shared, NULL);
}

/* ---- Runs that are sent before they are waited for ---------------------------------------------------------------- */

static struct cf_cursor *send(struct cf_statement *statement, int64_t patience)
{
    return driver->send(statement, NULL, 0, patience);
}

static void receive(void *cursor)
{
    assert_true(driver->receive(cursor));
}

static void send_several(void *unused)
{
    (void)unused;
    struct cf_statement *one = prepare(shared, "SELECT 'one'"), *two = prepare(shared, "SELECT 'two'");
    struct cf_statement *wrong = prepare(shared, "SELECT 1 / (length('') - 0)");
    struct cf_cursor *cursors[] = { send(one, 0), send(two, 0), send(wrong, 0), send(one, 0), send(two, 0) };
    assert_int_equal(driver->line(shared).length, 5);
    driver->end(cursors[1]); /* whose answer is for nobody */
    receive(cursors[0]);
    assert_int_equal(cf_attempt(here(), receive, cursors[2])->code, CF_INVALID);
    receive(cursors[4]); /* in whichever order */
    receive(cursors[3]);
    driver->end(cursors[4]);
    driver->end(cursors[3]);
    driver->end(cursors[0]);
    assert_string_equal(run_statement(two), "two");
    driver->finalize(one);
    driver->finalize(two);
    driver->finalize(wrong);
}

static void several_are_sent_and_received_one_by_one(void **state)
{
    (void)state;
    in_fiber(open_shared, NULL);
    in_fiber(send_several, NULL);
    in_fiber(close_shared, NULL);
}

static void send_behind_a_slow_one(void *unused)
{
    (void)unused;
    struct cf_statement *statement = prepare(shared, "SELECT 'fine'");
    struct cf_cursor *first = send(statement, 5000), *second = send(statement, 5000);
    assert_false(driver->receive(first));
    assert_false(driver->receive(second));
    assert_false(askings[0].ended);
    driver->finalize(statement);
}

static void what_was_sent_behind_a_slow_query_is_given_up(void **state)
{
    (void)state;
    in_fiber(open_shared, NULL);
    start_asking(&askings[0], "SELECT 'slow', pg_sleep(1)");
    in_fiber(send_behind_a_slow_one, NULL);
    wait_for_all(1);
    assert_string_equal(askings[0].answer, "slow");
    in_fiber(close_shared, NULL);
}

static void send_to_one_that_is_lost(void *unused)
{
    struct cf_statement *statement = prepare(shared, "SELECT pg_sleep(100)");
    struct cf_cursor *first = send(statement, 0), *second = send(statement, 0), *third = send(statement, 0);
    fail_all(unused);
    assert_int_equal(cf_attempt(here(), receive, first)->code, CF_UNAVAILABLE);
    assert_int_equal(cf_attempt(here(), receive, second)->code, CF_UNAVAILABLE);
    driver->end(third);
    driver->finalize(statement);
}

static void what_was_sent_is_lost_with_its_connection(void **state)
{
    (void)state;
    in_fiber(open_shared, NULL);
    in_fiber(send_to_one_that_is_lost, NULL);
    in_fiber(close_shared, NULL);
}

static void change_table(void *unused)
{
    (void)unused;
    struct cf_connection *connection = open_connection();
    driver->script(connection, "ALTER TABLE aged ALTER COLUMN age TYPE text");
    driver->close(connection);
}

static void send_stale_ones(void *unused)
{
    struct cf_connection *connection = open_connection();
    driver->script(connection, "DROP TABLE IF EXISTS aged; CREATE TABLE aged AS SELECT 7 AS age");
    struct cf_statement *statement = prepare(shared, "SELECT age FROM aged");
    driver->end(driver->start(statement, NULL, 0, &(struct cf_run_options){ 0 }));
    change_table(unused);
    struct cf_cursor *first = send(statement, 0), *second = send(statement, 0);
    assert_false(driver->receive(first));
    assert_string_equal(run_statement(statement), "7"); /* it is prepared again */
    assert_false(driver->receive(second));
    assert_string_equal(run_statement(statement), "7");
    driver->finalize(statement);
    driver->script(connection, "DROP TABLE aged");
    driver->close(connection);
}

static void what_was_sent_of_a_stale_statement_is_to_be_run_anew(void **state)
{
    (void)state;
    in_fiber(open_shared, NULL);
    in_fiber(send_stale_ones, NULL);
    in_fiber(close_shared, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_are_sent_and_received_one_by_one),
        cmocka_unit_test(what_was_sent_behind_a_slow_query_is_given_up),
        cmocka_unit_test(what_was_sent_is_lost_with_its_connection),
        cmocka_unit_test(what_was_sent_of_a_stale_statement_is_to_be_run_anew),
        cmocka_unit_test(answers_go_to_who_asked),
        cmocka_unit_test(an_error_is_of_the_one_who_made_it),
        cmocka_unit_test(who_leaves_cancels_nobody),
        cmocka_unit_test(all_are_told_when_the_connection_is_lost),
        cmocka_unit_test(who_stands_behind_a_slow_query_is_told_so),
    };
    RUN_TESTS("postgres/shared", tests);
}
