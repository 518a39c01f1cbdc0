/* SPDX-License-Identifier: MIT
 *
 * Statements and streams on a real server: tables that change under prepared statements, servers that forget them,
 * connections that are lost.
 */
#include "support.h"

#include <carafe/wait.h>

/* ---- Statements that went stale --------------------------------------------------------------------------------- */

static struct cf_statement *prepare_and_change(struct cf_connection *connection)
{
    struct cf_connection *other = open_connection();
    driver->script(other,
                   "DROP TABLE IF EXISTS shapes; CREATE TABLE shapes (name TEXT); INSERT INTO shapes VALUES ('cube')");
    struct cf_statement *statement = prepare(connection, "SELECT * FROM shapes");
    assert_string_equal(run_statement(statement), "cube");
    driver->script(other, "ALTER TABLE shapes ALTER COLUMN name TYPE VARCHAR(50), ADD COLUMN size INTEGER");
    driver->close(other);
    return statement;
}

static void change_the_table(void *unused)
{
    (void)unused;
    for (int shared = 0; shared < 2; shared++) {
        struct cf_connection *connection = open_uri(test_uri, shared);
        struct cf_statement *statement = prepare_and_change(connection);
        assert_string_equal(run_statement(statement), "cube");
        driver->finalize(statement);
        driver->close(connection);
    }
}

static void a_table_may_change_under_a_prepared_statement(void **state)
{
    (void)state;
    in_fiber(change_the_table, NULL);
}

static void run_it(void *statement)
{
    run_statement(statement);
}

static void change_within(void *unused)
{
    (void)unused;
    struct cf_connection *connection = open_connection();
    struct cf_statement *statement = prepare_and_change(connection);
    driver->begin(connection, &(struct cf_begin_options){ 0 });
    const cf_error *error = error_of(run_it, statement);
    assert_int_equal(error->code, CF_CONFLICT); /* which cf_transaction runs again */
    driver->rollback(connection);
    driver->begin(connection, &(struct cf_begin_options){ 0 });
    assert_string_equal(run_statement(statement), "cube");
    driver->commit(connection);
    driver->finalize(statement);
    driver->close(connection);
}

static void within_a_transaction_it_is_a_conflict_once(void **state)
{
    (void)state;
    in_fiber(change_within, NULL);
}

/* Its SQLSTATE is that of a statement whose columns have changed, which runs again. */
static void ask_for_too_much(void *unused)
{
    (void)unused;
    struct cf_connection *connection = open_connection();
    struct cf_statement *statement = prepare(connection, "SELECT count(*)::text FROM pg_class FOR UPDATE");
    for (int within = 0; within < 2; within++) {
        if (within)
            driver->begin(connection, &(struct cf_begin_options){ 0 });
        const cf_error *error = error_of(run_it, statement);
        assert_string_equal(error->message, "FOR UPDATE is not allowed with aggregate functions");
        assert_string_equal(error->sqlstate, "0A000");
        assert_int_equal(error->code, CF_SQL);
    }
    driver->rollback(connection);
    driver->finalize(statement);
    driver->close(connection);
}

static void what_the_server_cannot_do_is_an_error_in_its_words(void **state)
{
    (void)state;
    in_fiber(ask_for_too_much, NULL);
}

static void forget_statements(void *unused)
{
    (void)unused;
    struct cf_connection *connection = open_connection();
    struct cf_statement *statement = prepare(connection, "SELECT 'here'");
    assert_string_equal(run_statement(statement), "here");
    driver->script(connection, "DEALLOCATE ALL"); /* as a pooler does, or DISCARD ALL */
    assert_string_equal(run_statement(statement), "here");
    driver->finalize(statement);
    driver->close(connection);
}

static void a_statement_the_server_has_let_go_of_is_made_anew(void **state)
{
    (void)state;
    in_fiber(forget_statements, NULL);
}

static void fail_at_first(void *unused)
{
    (void)unused;
    struct cf_connection *connection = open_connection();
    driver->script(connection, "CREATE TABLE numbers (value INTEGER NOT NULL UNIQUE); INSERT INTO numbers VALUES (1)");
    struct cf_statement *statement = prepare(connection, "INSERT INTO numbers VALUES (1)");
    assert_int_equal(error_of(run_it, statement)->code, CF_UNIQUE); /* parsed, but not run */
    assert_int_equal(error_of(run_it, statement)->code, CF_UNIQUE);
    driver->script(connection, "DELETE FROM numbers");
    run_statement(statement);
    driver->finalize(statement);
    struct cf_statement *wrong = prepare(connection, "SELECT * FROM nothing_of_this_name");
    assert_int_equal(error_of(run_it, wrong)->code, CF_SQL); /* not even parsed */
    driver->script(connection, "CREATE TABLE nothing_of_this_name (text TEXT)");
    assert_null(run_statement(wrong));
    driver->finalize(wrong);
    driver->close(connection);
}

static void a_statement_whose_first_run_failed_runs_again(void **state)
{
    (void)state;
    in_fiber(fail_at_first, NULL);
}

/* ---- Streams ---------------------------------------------------------------------------------------------------- */

static int64_t walk(struct cf_statement *statement, int64_t most)
{
    static const struct cf_column column = { .name = "number", .type = CF_TYPE_INTEGER };
    static const struct cf_field field = { &column, 0 };
    struct cf_cursor *cursor = driver->start(statement, NULL, 0, &(struct cf_run_options){ .stream = true });
    int64_t number = 0, count = 0;
    while (count < most && driver->next(cursor, &field, 1, &number, here()))
        assert_int_equal(number, ++count);
    driver->end(cursor);
    return count;
}

static void walk_streams(void *unused)
{
    (void)unused;
    struct cf_connection *connection = open_connection();
    struct cf_statement *statement = prepare(connection, "SELECT generate_series(1::bigint, 1234)");
    struct cf_statement *none = prepare(connection, "SELECT generate_series(1::bigint, 0)");
    assert_int_equal(walk(statement, INT64_MAX), 1234);
    assert_int_equal(walk(statement, 600), 600); /* left in the middle */
    assert_int_equal(walk(none, INT64_MAX), 0);
    driver->begin(connection, &(struct cf_begin_options){ 0 });
    assert_int_equal(walk(statement, 501), 501);
    assert_int_equal(walk(statement, INT64_MAX), 1234);
    assert_string_equal(text_of(connection, "SELECT count(*)::text FROM pg_cursors WHERE name LIKE 'carafe%'"), "0");
    driver->commit(connection);
    driver->finalize(statement);
    driver->finalize(none);
    driver->close(connection);
}

/* The numbers that a WITH gives, and whether they are fetched in parts. */
static int64_t walk_with(struct cf_connection *connection, const char *sql, bool in_parts)
{
    static const struct cf_column column = { .name = "number", .type = CF_TYPE_INTEGER };
    static const struct cf_field field = { &column, 0 };
    struct cf_statement *statement = prepare(connection, sql);
    struct cf_cursor *cursor = driver->start(statement, NULL, 0, &(struct cf_run_options){ .stream = true });
    int64_t number = 0, sum = 0;
    assert_string_equal(text_of(connection, "SELECT count(*)::text FROM pg_cursors WHERE name LIKE 'carafe%'"),
                        in_parts ? "1" : "0");
    while (driver->next(cursor, &field, 1, &number, here()))
        sum += number;
    driver->end(cursor);
    driver->finalize(statement);
    return sum;
}

static void walk_withs(void *unused)
{
    (void)unused;
    struct cf_connection *connection = open_connection();
    driver->script(connection, "DROP TABLE IF EXISTS numbers; CREATE TABLE numbers (number BIGINT)");
    driver->begin(connection, &(struct cf_begin_options){ 0 });
    assert_int_equal(walk_with(connection,
                               "WITH few AS (SELECT generate_series(1::bigint, 1000) AS number) SELECT number FROM few "
                               "WHERE 'x' <> '\"Node Type\": \"ModifyTable\"'",
                               true),
                     500500);
    assert_int_equal(
        walk_with(connection,
                  "with more as (insert into numbers values (3), (4) returning number) select number from more", false),
        7);
    assert_int_equal(
        walk_with(connection,
                  "WITH few AS (SELECT 5::bigint AS n) INSERT INTO numbers SELECT n FROM few RETURNING number", false),
        5);
    driver->commit(connection);
    assert_string_equal(text_of(connection, "SELECT sum(number)::text FROM numbers"), "12");
    driver->close(connection);
}

static void a_with_is_fetched_in_parts_where_it_only_reads(void **state)
{
    (void)state;
    in_fiber(walk_withs, NULL);
}

static void streams_are_fetched_in_parts_and_may_be_left(void **state)
{
    (void)state;
    in_fiber(walk_streams, NULL);
}

/* ---- Connections that are lost ---------------------------------------------------------------------------------- */

static void kill_backend(struct cf_connection *victim)
{
    struct cf_connection *connection = open_connection();
    const char *pid = text_of(victim, "SELECT pg_backend_pid()::text");
    text_of(connection, cf_format(here(), "SELECT pg_terminate_backend(%s)::text", pid));
    while (text_of(connection, cf_format(here(), "SELECT 'runs' FROM pg_stat_activity WHERE pid = %s", pid)))
        continue;
    driver->close(connection);
}

static void lose_it(void *unused)
{
    (void)unused;
    struct cf_connection *connection = open_connection();
    struct cf_statement *statement = prepare(connection, "SELECT 'here'");
    run_statement(statement);
    driver->begin(connection, &(struct cf_begin_options){ 0 });
    run_statement(statement);
    kill_backend(connection);
    const cf_error *error = error_of(run_it, statement);
    assert_int_equal(error->code, CF_UNAVAILABLE);
    assert_non_null(strstr(error->message, "database 127.0.0.1:"));
    assert_true(driver->lost(connection));
    driver->rollback(connection); /* which has nothing to say it to */
    assert_int_equal(error_of(run_it, statement)->code, CF_UNAVAILABLE);
    driver->finalize(statement);
    driver->close(connection);
}

static void a_lost_connection_says_so_and_stays_lost(void **state)
{
    (void)state;
    in_fiber(lose_it, NULL);
}

MODEL(Shape, "kinds", (id, Id), (name, Text));

static void ask_engine(void *unused)
{
    (void)unused;
    cf_engine *engine = open_engine(test_uri);
    create_tables(engine, CF_MODELS(Shape));
    struct cf__query query = { .kind = CF__COUNT, .model = &Shape.model_ };
    struct cf__link link = new_link(engine);
    for (int i = 0; i < 3; i++) { /* on the shared connections, then on none that is there */
        struct cf__rows rows = cf__link_run(&link, &query);
        assert_int_equal(cf__rows_integer(&rows), 0);
        struct cf_connection *connection = open_connection();
        text_of(connection, "SELECT count(pg_terminate_backend(pid))::text FROM pg_stat_activity WHERE pid <> "
                            "pg_backend_pid() AND datname = current_database()");
        driver->close(connection);
    }
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void a_query_that_finds_its_connection_lost_is_asked_on_another(void **state)
{
    (void)state;
    in_fiber(ask_engine, NULL);
}

/* ---- Slow ones and quick ones ----------------------------------------------------------------------------------- */

/* A view that takes its time. */
MODEL(Slow, "slow_kinds", (id, Id), (name, Text));

enum { SLOW = 4, QUICK = 8 };

static struct {
    cf_engine *engine;
    struct cf__context contexts[SLOW + QUICK];
    int slow_left, quick_left;
} crowd;

static void count_rows(const struct cf_model *model)
{
    struct cf__query query = { .kind = CF__COUNT, .model = model };
    struct cf__link link = new_link(crowd.engine);
    struct cf__rows rows = cf__link_run(&link, &query);
    cf__rows_integer(&rows);
    cf__link_end(&link);
}

static void ask_slowly(void *unused)
{
    (void)unused;
    count_rows(&Slow.model_);
}

static void ask_quickly(void *unused)
{
    (void)unused;
    for (int i = 0; i < 20; i++)
        count_rows(&Shape.model_);
}

static void note_slow(void *unused, bool failed)
{
    (void)unused;
    assert_false(failed);
    crowd.slow_left--;
}

static void note_quick(void *unused, bool failed)
{
    (void)unused;
    assert_false(failed);
    assert_true(crowd.slow_left > 0); /* it did not wait for them */
    crowd.quick_left--;
}

static void start_crowd(void *unused)
{
    (void)unused;
    for (int i = 0; i < SLOW + QUICK; i++) {
        cf__context_init(&crowd.contexts[i]);
        bool slow = i < SLOW;
        cf__fiber_start(&crowd.contexts[i], slow ? ask_slowly : ask_quickly, slow ? note_slow : note_quick, NULL);
    }
}

static void mix(void *unused)
{
    (void)unused;
    crowd.engine = open_engine(test_uri);
    struct cf_connection *connection = open_connection();
    driver->script(connection,
                   "DROP TABLE IF EXISTS kinds; CREATE TABLE kinds (id BIGINT PRIMARY KEY, name TEXT); CREATE VIEW "
                   "slow_kinds AS SELECT 1::bigint AS id, pg_sleep(2)::text AS name");
    driver->close(connection);
    crowd.slow_left = SLOW;
    crowd.quick_left = QUICK;
    cf__timer *timer = cf__timer_new(start_crowd, NULL);
    cf__timer_at(timer, cf__monotonic());
    for (int64_t give_up = cf__monotonic() + 30000000; crowd.slow_left + crowd.quick_left && cf__monotonic() < give_up;)
        cf_sleep(0.01);
    cf__timer_free(timer);
    assert_int_equal(crowd.slow_left + crowd.quick_left, 0);
    for (int i = 0; i < SLOW + QUICK; i++)
        cf__context_dispose(&crowd.contexts[i]);
    cf__engine_close(crowd.engine);
}

static void quick_queries_do_not_wait_for_slow_ones(void **state)
{
    (void)state;
    in_fiber(mix, NULL);
}

/* ---- Types of extensions ---------------------------------------------------------------------------------------- */

static void read_as_text(void *cursor)
{
    static const struct cf_column column = { .name = "text", .type = CF_TYPE_TEXT };
    const char *text;
    driver->next(cursor, &(struct cf_field){ &column, 0 }, 1, &text, &cf__current()->head);
}

static void read_types_of_extensions(void *unused)
{
    (void)unused;
    struct cf_connection *connection = open_connection();
    driver->script(connection,
                   "CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE TYPE mood AS ENUM ('glad', 'sad')");
    struct cf_statement *texts[] = { prepare(connection, "SELECT 'Ann'::citext"),
                                     prepare(connection, "SELECT 'sad'::mood"),
                                     prepare(connection, "SELECT CAST('a=>1'::hstore AS TEXT)") };
    const char *const expected[] = { "Ann", "sad", "\"a\"=>\"1\"" };
    for (int i = 0; i < 3; i++) {
        assert_string_equal(run_statement(texts[i]), expected[i]);
        driver->finalize(texts[i]);
    }
    struct cf_statement *others[] = { prepare(connection, "SELECT 'a=>1'::hstore"),
                                      prepare(connection, "SELECT '[1,2)'::int8range"),
                                      prepare(connection, "SELECT '::1'::inet") };
    for (int i = 0; i < 3; i++) {
        struct cf_cursor *cursor = driver->start(others[i], NULL, 0, &(struct cf_run_options){ 0 });
        const cf_error *error = error_of(read_as_text, cursor);
        assert_int_equal(error->code, CF_CORRUPT);
        assert_non_null(strstr(error->message, "in the SQL, or declare the column with sql_type = \"postgresql: …\""));
        driver->end(cursor);
        driver->finalize(others[i]);
    }
    driver->close(connection);
}

static void what_is_no_text_is_not_read_as_one(void **state)
{
    (void)state;
    in_fiber(read_types_of_extensions, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_may_change_under_a_prepared_statement),
        cmocka_unit_test(within_a_transaction_it_is_a_conflict_once),
        cmocka_unit_test(what_the_server_cannot_do_is_an_error_in_its_words),
        cmocka_unit_test(a_statement_the_server_has_let_go_of_is_made_anew),
        cmocka_unit_test(a_statement_whose_first_run_failed_runs_again),
        cmocka_unit_test(what_is_no_text_is_not_read_as_one),
        cmocka_unit_test(streams_are_fetched_in_parts_and_may_be_left),
        cmocka_unit_test(a_with_is_fetched_in_parts_where_it_only_reads),
        cmocka_unit_test(a_lost_connection_says_so_and_stays_lost),
        cmocka_unit_test(a_query_that_finds_its_connection_lost_is_asked_on_another),
        cmocka_unit_test(quick_queries_do_not_wait_for_slow_ones),
    };
    RUN_TESTS("postgres/runs", tests);
}
