/* SPDX-License-Identifier: MIT
 *
 * Statements, runs and transactions on a real server; what becomes of them when fibers end and connections die.
 */
#include "support.h"

#include <malloc.h>

#include <carafe/wait.h>

static const struct cf_driver *const driver = &cf__mariadb_driver;

static const struct cf_column number_column = { .name = "number", .type = CF_TYPE_INTEGER };
static const struct cf_field number_field = { &number_column, 0 };

static int64_t integer_of(struct cf_connection *connection, const char *sql)
{
    return strtoll(text_of(connection, sql), NULL, 10);
}

static void finalize(void *statement)
{
    driver->finalize(statement);
}

/* ---- Several at once -------------------------------------------------------------------------------------------- */

struct sleeper {
    int64_t number, seen;
    bool ended;
};

static void sleep_and_answer(void *sleeper_)
{
    struct sleeper *sleeper = sleeper_;
    struct cf_connection *connection = open_connection();
    struct cf_statement *statement = prepare(connection, "SELECT ? + SLEEP(?)");
    const struct cf_parameter values[] = {
        { .value = { .kind = CF_OPERAND_INTEGER, .integer = sleeper->number } },
        { .value = { .kind = CF_OPERAND_NUMBER, .number = 0.05 } },
    };
    for (int i = 0; i < 3; i++) {
        struct cf_cursor *cursor = driver->start(statement, values, 2, &(struct cf_run_options){ 0 });
        assert_true(driver->next(cursor, &number_field, 1, &sleeper->seen, here()));
        assert_false(driver->next(cursor, NULL, 0, NULL, here()));
        driver->end(cursor);
    }
    driver->finalize(statement);
    driver->close(connection);
}

static void note_end(void *sleeper_, bool failed)
{
    struct sleeper *sleeper = sleeper_;
    assert_false(failed);
    sleeper->ended = true;
}

static void fibers_use_their_connections_at_the_same_time(void **state)
{
    (void)state;
    enum { COUNT = 12 };
    static struct cf__context contexts[COUNT];
    static struct sleeper sleepers[COUNT];
    int64_t before = cf__monotonic();
    for (int i = 0; i < COUNT; i++) {
        cf__context_init(&contexts[i]);
        sleepers[i] = (struct sleeper){ .number = i * 100 };
        cf__fiber_start(&contexts[i], sleep_and_answer, note_end, &sleepers[i]);
    }
    for (int i = 0; i < COUNT; i++) {
        cf__loop_run_until(&sleepers[i].ended);
        assert_int_equal(sleepers[i].seen, i * 100);
        cf__context_dispose(&contexts[i]);
    }
    print_message("%d fibers slept 0.15 s each in %.3f s\n", COUNT, (double)(cf__monotonic() - before) / 1e6);
}

/* ---- A fiber that is ended -------------------------------------------------------------------------------------- */

static struct {
    struct cf_connection *connection;
    struct cf_statement *statement;
    bool ended, failed;
} cancelled;

static void sleep_long(void *unused)
{
    (void)unused;
    char local[] = "a text on the fiber's stack"; /* which the library must not touch when it is gone */
    const struct cf_parameter value = { .value = { .kind = CF_OPERAND_TEXT, .text = local } };
    cancelled.connection = open_connection();
    cancelled.statement = prepare(cancelled.connection, "SELECT SLEEP(100), ?");
    driver->start(cancelled.statement, &value, 1, &(struct cf_run_options){ 0 });
}

static void note_cancelled(void *unused, bool failed)
{
    (void)unused;
    cancelled.ended = true;
    cancelled.failed = failed;
}

static void look_at_lost(void *unused)
{
    (void)unused;
    assert_true(driver->lost(cancelled.connection));
    assert_int_equal(error_on(cancelled.connection, "SELECT 1")->code, CF_UNAVAILABLE);
    driver->rollback(cancelled.connection);
    driver->unlock(cancelled.connection);
    driver->finalize(cancelled.statement);
    driver->close(cancelled.connection);
}

/* Ends the sleeping fiber once the server says that it sleeps. */
static void end_sleeper(void *fiber)
{
    struct cf_connection *connection = open_connection();
    while (integer_of(connection, "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE() AND "
                                  "state = 'User sleep'") == 0)
        cf_sleep(0.01);
    cf__fiber_cancel(fiber, CF_CANCELLED, "enough");
    driver->close(connection);
}

static void a_fiber_that_is_ended_while_it_waits_leaves_a_lost_connection(void **state)
{
    (void)state;
    static struct cf__context context;
    cf__context_init(&context);
    in_fiber(end_sleeper, cf__fiber_start(&context, sleep_long, note_cancelled, NULL));
    cf__loop_run_until(&cancelled.ended);
    assert_true(cancelled.failed);
    assert_int_equal(context.record.error.code, CF_CANCELLED);
    assert_string_equal(context.record.error.message, "enough");
    cf__context_dispose(&context);
    in_fiber(look_at_lost, NULL);
}

static struct {
    struct cf_connection *connection;
    bool writes, ended;
} writer;

static void write_much(void *unused)
{
    (void)unused;
    enum { SIZE = 12 << 20 };
    char *text = memset(cf_alloc(here(), SIZE + 1), 'x', SIZE);
    const struct cf_parameter value = { .value = { .kind = CF_OPERAND_TEXT, .text = text } };
    writer.connection = open_connection();
    struct cf_statement *statement = prepare(writer.connection, "SELECT LENGTH(?)");
    cf_defer(here(), finalize, statement);
    writer.writes = true;
    driver->start(statement, &value, 1, &(struct cf_run_options){ 0 });
}

static void note_writer(void *unused, bool failed)
{
    (void)unused;
    writer.ended = failed;
}

/* What is being sent lies in the fiber's arena, and is gone with it. */
static void a_fiber_that_is_ended_while_it_sends_takes_its_values_along(void **state)
{
    (void)state;
    static struct cf__context context;
    cf__context_init(&context);
    cf__fiber *fiber = cf__fiber_start(&context, write_much, note_writer, NULL);
    cf__loop_run_until(&writer.writes);
    cf__fiber_cancel(fiber, CF_CANCELLED, "enough");
    cf__loop_run_until(&writer.ended);
    assert_int_equal(context.record.error.code, CF_CANCELLED);
    assert_true(driver->lost(writer.connection));
    cf__context_dispose(&context);
    driver->close(writer.connection);
}

static struct cf_connection *kept;

static void undo(void *ended)
{
    driver->rollback(kept);
    driver->unlock(kept);
    *(bool *)ended = true;
}

static void begin_and_wait(void *ended)
{
    kept = open_connection();
    driver->begin(kept, &(struct cf_begin_options){ 0 });
    cf_defer(here(), undo, ended);
    cf_sleep(100);
}

static void ignore_end(void *ended, bool failed)
{
    (void)ended;
    assert_true(failed);
}

static void end_soon(void *fiber)
{
    cf_sleep(0.05);
    cf__fiber_cancel(fiber, CF_CANCELLED, "enough");
}

static void a_rollback_comes_through_in_a_fiber_that_was_ended(void **state)
{
    (void)state;
    static struct cf__context context;
    static bool ended;
    cf__context_init(&context);
    in_fiber(end_soon, cf__fiber_start(&context, begin_and_wait, ignore_end, &ended));
    cf__loop_run_until(&ended);
    assert_false(driver->lost(kept));
    cf__context_dispose(&context);
    driver->close(kept);
}

/* A bit of everything, so that there are many waits. */
static struct {
    struct cf_connection *connection;
    struct cf_statement *statement, *stream;
    bool ended, failed;
} tour;

static void leave_tour(void *unused)
{
    (void)unused;
    if (tour.statement)
        driver->finalize(tour.statement);
    if (tour.stream)
        driver->finalize(tour.stream);
    if (tour.connection)
        driver->close(tour.connection);
}

static void insert_twice(void *unused)
{
    (void)unused;
    driver->script(tour.connection, "INSERT INTO toured VALUES (1); INSERT INTO toured VALUES (1)");
}

static void take_tour(void *unused)
{
    (void)unused;
    char value[] = "100";
    const struct cf_parameter parameter = { .value = { .kind = CF_OPERAND_TEXT, .text = value } };
    cf_defer(here(), leave_tour, NULL);
    tour.connection = open_connection();
    tour.statement = prepare(tour.connection, "SELECT seq FROM seq_1_to_1000 WHERE seq < ?");
    tour.stream = prepare(tour.connection, "SELECT seq FROM seq_1_to_600");
    driver->begin(tour.connection, &(struct cf_begin_options){ .isolation = CF_READ_COMMITTED });
    struct cf_cursor *cursor = driver->start(tour.statement, &parameter, 1, &(struct cf_run_options){ 0 });
    assert_int_equal(rows_of(cursor), 99);
    driver->end(cursor);
    if (cf_attempt(here(), insert_twice, NULL)->code != CF_UNIQUE)
        cf_raise(CF_CANCELLED, "enough");
    cursor = driver->start(tour.stream, NULL, 0, &(struct cf_run_options){ .stream = true });
    while (driver->next(cursor, NULL, 0, NULL, here()))
        ;
    driver->end(cursor);
    driver->rollback(tour.connection);
    driver->lock(tour.connection, cf__monotonic() + 1000000);
    driver->unlock(tour.connection);
    driver->ping(tour.connection);
    finalize(tour.statement);
    finalize(tour.stream);
    tour.statement = tour.stream = NULL;
    driver->clean(tour.connection);
}

static void end_tour(void *unused, bool failed)
{
    (void)unused;
    tour.ended = true;
    tour.failed = failed;
}

static struct {
    cf__fiber *fiber;
    int turns;
} ending;

static void count_turn(void *unused)
{
    (void)unused;
    if (--ending.turns == 0 && !tour.ended)
        cf__fiber_cancel(ending.fiber, CF_CANCELLED, "enough");
}

static void run_alone(void *sql)
{
    struct cf_connection *connection = open_connection();
    change(connection, sql);
    driver->close(connection);
}

/* Ended at its first wait, at its second … How many there are is the server's doing: an answer that is there at once is not
 * waited for. */
static void a_fiber_can_be_ended_at_any_of_its_waits(void **state)
{
    (void)state;
    enum { TURNS = 40 };
    char create[] = "CREATE TABLE toured (id BIGINT PRIMARY KEY)", drop[] = "DROP TABLE toured";
    int ended = 0;
    in_fiber(run_alone, create);
    cf__turn_hook *hook = cf__turn_hook_add(count_turn, NULL);
    for (int turns = 1; turns <= TURNS; turns++) {
        static struct cf__context context;
        memset(&tour, 0, sizeof tour);
        cf__context_init(&context);
        ending.turns = turns;
        ending.fiber = cf__fiber_start(&context, take_tour, end_tour, NULL);
        cf__loop_run_until(&tour.ended);
        if (tour.failed)
            assert_int_equal(context.record.error.code, CF_CANCELLED);
        ended += tour.failed;
        cf__context_dispose(&context);
    }
    cf__turn_hook_remove(hook);
    print_message("%d of %d came to their end\n", TURNS - ended, TURNS);
    in_fiber(run_alone, drop);
}

/* ---- A connection that dies ------------------------------------------------------------------------------------- */

static void kill_connection(struct cf_connection *connection)
{
    struct cf_connection *other = open_connection();
    const char *id = text_of(connection, "SELECT CONNECTION_ID()");
    driver->script(other, cf_format(here(), "KILL %s", id));
    while (
        integer_of(other, cf_format(here(), "SELECT COUNT(*) FROM information_schema.processlist WHERE id = %s", id)))
        cf_sleep(0.01);
    driver->close(other);
}

static void killed(void *unused)
{
    (void)unused;
    struct cf_connection *connection = open_connection();
    struct cf_statement *statement = prepare(connection, "SELECT 1");
    kill_connection(connection);
    cf_sleep(0.01);
    assert_true(driver->lost(connection)); /* it is told without being asked */
    const cf_error *error = error_on(connection, "SELECT 1");
    assert_int_equal(error->code, CF_UNAVAILABLE);
    assert_memory_equal(error->message, "the connection to the database was lost: ", 41);
    assert_true(driver->lost(connection));
    driver->finalize(statement);
    driver->close(connection);
}

static void a_killed_connection_is_found_out_and_says_so(void **state)
{
    (void)state;
    in_fiber(killed, NULL);
}

static void replaced(void *unused)
{
    (void)unused;
    cf_engine *engine = open_engine(test_uri);
    struct cf__link link = new_link(engine);
    int64_t id = ask(&link, "SELECT CONNECTION_ID()");
    struct cf_connection *other = open_connection();
    driver->script(other, cf_format(here(), "KILL %lld", (long long)id));
    while (integer_of(other, cf_format(here(), "SELECT COUNT(*) FROM information_schema.processlist WHERE id = %lld",
                                       (long long)id)))
        cf_sleep(0.01);
    cf_sleep(0.01);
    assert_int_not_equal(ask(&link, "SELECT CONNECTION_ID()"), id);
    driver->close(other);
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void the_pool_replaces_a_killed_connection(void **state)
{
    (void)state;
    in_fiber(replaced, NULL);
}

/* ---- Streams ---------------------------------------------------------------------------------------------------- */

static void stream(void *unused)
{
    (void)unused;
    struct cf_connection *connection = open_connection();
    change(connection, "CREATE TABLE numbers (number BIGINT PRIMARY KEY, padding CHAR(200) NOT NULL)");
    change(connection, "INSERT INTO numbers SELECT seq, REPEAT('x', 200) FROM seq_1_to_100000");
    struct cf_statement *statement = prepare(connection, "SELECT number, padding FROM numbers ORDER BY number");
    for (int round = 0; round < 2; round++) {
        size_t before = mallinfo2().uordblks, most = 0;
        struct cf_cursor *cursor = driver->start(statement, NULL, 0, &(struct cf_run_options){ .stream = true });
        int64_t number = 0, expected = 0;
        while (driver->next(cursor, &number_field, 1, &number, here())) {
            assert_int_equal(number, ++expected);
            if (number % 1000 == 0) {
                size_t now = mallinfo2().uordblks;
                most = now > before && now - before > most ? now - before : most;
                assert_int_equal(integer_of(connection, "SELECT 7"), 7); /* others run in between */
            }
        }
        driver->end(cursor);
        assert_int_equal(expected, 100000);
        assert_true(most < 2000000); /* the whole has 20 MB */
    }
    struct cf_cursor *cursor = driver->start(statement, NULL, 0, &(struct cf_run_options){ .stream = true });
    assert_true(driver->next(cursor, NULL, 0, NULL, here()));
    driver->end(cursor); /* before its end */
    assert_int_equal(integer_of(connection, "SELECT COUNT(*) FROM numbers"), 100000);
    cursor = driver->start(statement, NULL, 0, &(struct cf_run_options){ 0 });
    assert_int_equal(rows_of(cursor), 100000);
    driver->end(cursor);
    driver->finalize(statement);
    driver->close(connection);
}

static void a_hundred_thousand_rows_stream_in_constant_memory(void **state)
{
    (void)state;
    in_fiber(stream, NULL);
}

/* What the server opens no cursor for. */
static void odd_streams(void *unused)
{
    (void)unused;
    static const struct {
        const char *sql;
        int64_t rows;
    } cases[] = { { "SELECT 1", 1 },
                  { "SELECT number FROM numbers WHERE number < 0", 0 },
                  { "SELECT number FROM numbers WHERE number = 5", 1 },
                  { "SHOW TABLES", 1 },
                  { "EXPLAIN SELECT * FROM numbers", 1 },
                  { "SELECT 1 UNION SELECT 2", 2 },
                  { "INSERT INTO numbers VALUES (-1, ''), (-2, '') RETURNING number", 2 },
                  { "DELETE FROM numbers WHERE number < 0", 0 },
                  { "SELECT seq FROM seq_1_to_1000", 1000 } };
    struct cf_connection *connection = open_connection();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cf_statement *statement = prepare(connection, cases[i].sql);
        struct cf_cursor *cursor = driver->start(statement, NULL, 0, &(struct cf_run_options){ .stream = true });
        assert_int_equal(rows_of(cursor), cases[i].rows);
        driver->end(cursor);
        driver->finalize(statement);
    }
    assert_false(driver->lost(connection));
    driver->close(connection);
}

static void statements_without_a_cursor_stream_as_well(void **state)
{
    (void)state;
    in_fiber(odd_streams, NULL);
}

/* ---- Counts, scripts, schema changes ---------------------------------------------------------------------------- */

static void counts(void *unused)
{
    (void)unused;
    struct cf_connection *connection = open_connection();
    change(connection, "CREATE TABLE counted (id BIGINT PRIMARY KEY AUTO_INCREMENT, n BIGINT NOT NULL)");
    assert_int_equal(change(connection, "INSERT INTO counted (n) VALUES (1), (2), (3)"), 3);
    assert_int_equal(change(connection, "UPDATE counted SET n = n WHERE n < 3"), 2); /* found, not changed */
    assert_int_equal(change(connection, "UPDATE counted SET n = 9 WHERE n > 100"), 0);
    assert_int_equal(change(connection, "DELETE FROM counted WHERE n = 1"), 1);
    assert_string_equal(text_of(connection, "INSERT INTO counted () VALUES (17, 5) RETURNING id"), "17");
    struct cf_statement *statement = prepare(connection, "SELECT 1");
    assert_false(driver->writes(statement));
    driver->finalize(statement);
    statement = prepare(connection, "  insert into counted (n) VALUES (1) RETURNING id");
    assert_true(driver->writes(statement));
    driver->finalize(statement);
    driver->close(connection);
}

static void ask_in_vain(void *unused)
{
    (void)unused;
    struct cf_connection *connection = open_connection();
    struct cf_statement *statement = prepare(connection, "SELECT 1 FROM DUAL WHERE 1 = 0");
    for (int i = 0; i < 4; i++) {
        struct cf_cursor *cursor = driver->start(statement, NULL, 0, &(struct cf_run_options){ 0 });
        if (i % 2)
            assert_false(driver->next(cursor, &number_field, 1, &(int64_t){ 0 }, here()));
        driver->end(cursor);
    }
    driver->finalize(statement);
    driver->close(connection);
}

static void a_query_without_a_row_can_be_asked_again(void **state)
{
    (void)state;
    in_fiber(ask_in_vain, NULL);
}

static void found_rows_count_as_changed(void **state)
{
    (void)state;
    in_fiber(counts, NULL);
}

/* How many rows a statement with one integer gives. */
static int64_t rows_with(struct cf_statement *statement, int64_t value)
{
    struct cf_parameter parameter = { .value = { .kind = CF_OPERAND_INTEGER, .integer = value } };
    struct cf_cursor *cursor = driver->start(statement, &parameter, 1, &(struct cf_run_options){ 0 });
    int64_t count = value < 0 ? 0 : rows_of(cursor); /* below 0: ended unread */
    driver->end(cursor);
    return count;
}

static void empties(void *unused)
{
    (void)unused;
    static const int64_t values[] = { 0, 9, 0, 0, 1, 9, -1, 9, -9, 0, -9, 9 };
    struct cf_connection *connection = open_connection();
    const char *sql = "SELECT n FROM (SELECT 1 AS n UNION SELECT 2) AS numbers WHERE n > ?";
    struct cf_parameter parameter = { .value = { .kind = CF_OPERAND_INTEGER } };
    struct cf_statement *statement = driver->prepare(connection, sql, strlen(sql), &parameter, 1);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        int64_t expected = values[i] == 0 ? 2 : values[i] == 1;
        assert_int_equal(rows_with(statement, values[i]), expected);
    }
    driver->finalize(statement);
    driver->close(connection);
}

static void a_result_without_rows_is_followed_by_the_next_run(void **state)
{
    (void)state;
    in_fiber(empties, NULL);
}

static void scripts(void *unused)
{
    (void)unused;
    struct cf_connection *connection = open_connection();
    driver->script(connection,
                   "CREATE TABLE scripted (n BIGINT); INSERT INTO scripted VALUES (1);\n"
                   "CREATE TRIGGER twice BEFORE INSERT ON scripted FOR EACH ROW BEGIN SET NEW.n = NEW.n * 2; "
                   "SET @seen = 'a;b'; END; INSERT INTO scripted VALUES (21); SELECT n FROM scripted; \n");
    assert_string_equal(text_of(connection, "SELECT GROUP_CONCAT(n ORDER BY n) FROM scripted"), "1,42");
    const cf_error *error = error_on(connection, "INSERT INTO scripted VALUES (4); SELECT nothing FROM scripted; "
                                                 "INSERT INTO scripted VALUES (5)");
    assert_int_equal(error->code, CF_SQL);
    assert_string_equal(text_of(connection, "SELECT GROUP_CONCAT(n ORDER BY n) FROM scripted"), "1,8,42");
    driver->close(connection);
}

static void scripts_of_several_statements_run_to_the_first_that_fails(void **state)
{
    (void)state;
    in_fiber(scripts, NULL);
}

static void run_call(void *connection)
{
    struct cf_statement *statement = prepare(connection, "CALL failing()");
    cf_defer(here(), finalize, statement);
    rows_of(driver->start(statement, NULL, 0, &(struct cf_run_options){ 0 }));
}

static void calls(void *unused)
{
    (void)unused;
    struct cf_connection *connection = open_connection();
    driver->script(connection, "CREATE PROCEDURE two(x BIGINT) BEGIN SELECT x AS a; SELECT 1 AS b, 2 AS c; END;");
    driver->script(connection, "CREATE PROCEDURE none() BEGIN SET @x = 1; END");
    driver->script(connection,
                   "CREATE PROCEDURE failing() BEGIN SELECT 1 AS a; SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = "
                   "'it failed'; END");
    for (int i = 0; i < 3; i++) {
        assert_string_equal(text_of(connection, "CALL two(42)"), "42");
        assert_int_equal(change(connection, "CALL none()"), 0);
        const cf_error *error = error_of(run_call, connection);
        assert_int_equal(error->code, CF_SQL);
        assert_string_equal(error->message, "it failed");
        assert_string_equal(error->sqlstate, "45000");
    }
    struct cf_statement *statement = prepare(connection, "CALL two(7)");
    for (int i = 0; i < 3; i++) {
        struct cf_cursor *cursor = driver->start(statement, NULL, 0, &(struct cf_run_options){ .stream = i == 1 });
        assert_int_equal(driver->column_count(cursor), 1);
        if (i)
            assert_int_equal(rows_of(cursor), 1);
        driver->end(cursor);
    }
    driver->finalize(statement);
    assert_string_equal(text_of(connection, "SELECT 7"), "7");
    driver->close(connection);
}

static void a_procedure_gives_its_first_result_and_its_error(void **state)
{
    (void)state;
    in_fiber(calls, NULL);
}

static void altered(void *unused)
{
    (void)unused;
    struct cf_connection *connection = open_connection(), *other = open_connection();
    change(connection, "CREATE TABLE altered (id BIGINT PRIMARY KEY)");
    change(connection, "INSERT INTO altered VALUES (1)");
    struct cf_statement *statement = prepare(connection, "SELECT * FROM altered");
    for (unsigned columns = 1; columns < 4; columns++) {
        struct cf_cursor *cursor =
            driver->start(statement, NULL, 0, &(struct cf_run_options){ .stream = columns == 3 });
        assert_int_equal(driver->column_count(cursor), columns);
        assert_int_equal(rows_of(cursor), 1);
        driver->end(cursor);
        change(other, cf_format(here(), "ALTER TABLE altered ADD COLUMN c%u VARCHAR(20) DEFAULT 'x'", columns));
    }
    driver->finalize(statement);
    driver->close(connection);
    driver->close(other);
}

static void a_statement_outlives_a_change_of_its_table(void **state)
{
    (void)state;
    in_fiber(altered, NULL);
}

/* ---- Transactions ----------------------------------------------------------------------------------------------- */

static void transactions(void *unused)
{
    (void)unused;
    struct cf_connection *connection = open_connection(), *other = open_connection();
    change(connection, "CREATE TABLE written (id BIGINT PRIMARY KEY)");
    driver->begin(connection, &(struct cf_begin_options){ 0 });
    change(connection, "INSERT INTO written VALUES (1)");
    assert_string_equal(text_of(other, "SELECT COUNT(*) FROM written"), "0");
    driver->rollback(connection);
    driver->begin(connection, &(struct cf_begin_options){ .isolation = CF_READ_COMMITTED });
    change(connection, "INSERT INTO written VALUES (2)");
    driver->commit(connection);
    assert_string_equal(text_of(other, "SELECT GROUP_CONCAT(id) FROM written"), "2");
    driver->begin(connection, &(struct cf_begin_options){ .read_only = true, .isolation = CF_SERIALIZABLE });
    assert_int_equal(error_on(connection, "INSERT INTO written VALUES (3)")->code, CF_READ_ONLY);
    driver->rollback(connection);
    driver->begin(connection, &(struct cf_begin_options){ .isolation = CF_READ_COMMITTED });
    assert_string_equal(text_of(connection, "SELECT COUNT(*) FROM written"), "1");
    change(other, "INSERT INTO written VALUES (3)");
    assert_string_equal(text_of(connection, "SELECT COUNT(*) FROM written"), "2");
    driver->commit(connection);
    driver->begin(connection, &(struct cf_begin_options){ 0 }); /* the level held for one transaction */
    assert_string_equal(text_of(connection, "SELECT COUNT(*) FROM written"), "2");
    change(other, "INSERT INTO written VALUES (4)");
    assert_string_equal(text_of(connection, "SELECT COUNT(*) FROM written"), "2");
    driver->commit(connection);
    driver->close(connection);
    driver->close(other);
}

static void transactions_isolate_as_asked_for(void **state)
{
    (void)state;
    in_fiber(transactions, NULL);
}

static void locks(void *unused)
{
    (void)unused;
    struct cf_connection *first = open_connection(), *second = open_connection();
    driver->lock(first, cf__monotonic());
    struct cf_statement *statement = prepare(second, "SELECT 1");
    assert_string_equal(text_of(second, "SELECT GET_LOCK(CONCAT('carafe.', MD5(DATABASE())), 0)"), "0");
    driver->finalize(statement);
    driver->unlock(first);
    driver->lock(second, cf__monotonic());
    driver->close(second);
    driver->lock(first, cf__monotonic() + 5000000);
    driver->unlock(first);
    driver->close(first);
}

static void one_connection_holds_the_lock(void **state)
{
    (void)state;
    in_fiber(locks, NULL);
}

static void cleaning(void *unused)
{
    (void)unused;
    struct cf_connection *connection = open_connection();
    driver->script(connection,
                   "SET @left = 1, sql_mode = '', time_zone = '+09:00'; CREATE TEMPORARY TABLE left_over (n BIGINT)");
    driver->clean(connection);
    assert_null(text_of(connection, "SELECT @left"));
    assert_string_equal(text_of(connection, "SELECT @@time_zone || \"n\" FROM (SELECT 1 AS n) AS one"), "+00:001");
    assert_int_equal(error_on(connection, "SELECT * FROM left_over")->code, CF_SQL);
    driver->ping(connection);
    driver->close(connection);
}

static void cleaning_forgets_a_sessions_state(void **state)
{
    (void)state;
    in_fiber(cleaning, NULL);
}

/* ---- Errors ----------------------------------------------------------------------------------------------------- */

static void errors(void *unused)
{
    (void)unused;
    static const struct {
        const char *sql;
        enum cf_error_code code;
        const char *constraint, *message;
    } cases[] = {
        { "INSERT INTO people (id, name, email, age) VALUES (1, 'a', 'b', 3)", CF_UNIQUE, "pk_people",
          "people.id must be unique: the value is taken" },
        { "insert  into `people` (name, email, age) VALUES ('a for key x', 'kim@example.org', 3)", CF_UNIQUE,
          "uq_people_email", "people.email must be unique: the value is taken" },
        { "UPDATE people SET name = 'kim', age = 3", CF_UNIQUE, "uq_people_name_age",
          "people.name, people.age must be unique: the value is taken" },
        { "INSERT INTO people (name, email, age) VALUES (NULL, 'a', 1)", CF_NOT_NULL, NULL,
          "people.name must not be NULL" },
        { "INSERT INTO people (name, age) VALUES ('x', 1)", CF_NOT_NULL, NULL, "people.email must not be NULL" },
        { "INSERT INTO people (name, email, age) VALUES ('x', 'y', -1)", CF_CHECK, "ck_people_age",
          "the check ck_people_age does not hold" },
        { "INSERT INTO pets (owner_id) VALUES (99)", CF_FOREIGN_KEY, "fk_pets_owner_id_people",
          "a foreign key refers to a row that is not there, or a row that others refer to would go" },
        { "DELETE FROM people WHERE id = 1", CF_FOREIGN_KEY, "fk_pets_owner_id_people",
          "a foreign key refers to a row that is not there, or a row that others refer to would go" },
        { "INSERT INTO people (name, email, age) VALUES ('x', REPEAT('y', 30), 1)", CF_INVALID, NULL,
          "people.email does not hold the value: Data too long for column 'email' at row 1" },
        { "INSERT INTO people (name, email, age) VALUES ('x', 'y', 70000)", CF_INVALID, NULL,
          "people.age does not hold the value: Out of range value for column 'age' at row 1" },
        { "INSERT INTO pets (owner_id, extra) VALUES (1, '{')", CF_CHECK, "pets.extra",
          "the check pets.extra does not hold" },
        { "SELECT nothing", CF_SQL, NULL, "Unknown column 'nothing' in 'SELECT'" },
        { "CREATE TABLE toys (name VARCHAR(800) CHARACTER SET utf8mb4 PRIMARY KEY)", CF_SQL, NULL,
          "Specified key was too long; max key length is 3072 bytes: a key has 3072 bytes at most, that is 768 "
          "characters: index "
          "a shorter String" },
        { "CREATE TABLE toys (words LONGTEXT PRIMARY KEY)", CF_SQL, NULL,
          "BLOB/TEXT column 'words' used in key specification without a key length: Text, Blob and Json cannot be part "
          "of a key: "
          "use String(n)" },
    };
    struct cf_connection *connection = open_connection();
    driver->script(
        connection,
        "CREATE TABLE people (id BIGINT AUTO_INCREMENT, name VARCHAR(20) NOT NULL, email VARCHAR(20) NOT NULL, "
        "age SMALLINT NOT NULL, CONSTRAINT pk_people PRIMARY KEY (id), CONSTRAINT uq_people_email UNIQUE (email), "
        "CONSTRAINT uq_people_name_age UNIQUE (name, age), CONSTRAINT ck_people_age CHECK (age >= 0));"
        "CREATE TABLE pets (id BIGINT AUTO_INCREMENT PRIMARY KEY, owner_id BIGINT NOT NULL, extra JSON, "
        ""
        "CONSTRAINT fk_pets_owner_id_people FOREIGN KEY (owner_id) REFERENCES people (id));"
        "INSERT INTO people VALUES (1, 'kim', 'kim@example.org', 3), (2, 'lee', 'lee@example.org', 4);"
        "INSERT INTO pets (owner_id) VALUES (1)");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const cf_error *error = error_on(connection, cases[i].sql);
        assert_string_equal(error->message, cases[i].message);
        assert_int_equal(error->code, cases[i].code);
        assert_true(error->driver_code && error->sqlstate[0]);
        assert_string_equal(error->statement, cases[i].sql);
        if (cases[i].constraint)
            assert_string_equal(error->constraint, cases[i].constraint);
        else
            assert_null(error->constraint);
    }
    const cf_error *error = error_on(connection, "UPDATE people SET age = 'old'"); /* `carafe_1`.`people`.`age` */
    assert_int_equal(error->code, CF_INVALID);
    assert_string_equal(error->column, "people.age");
    assert_false(driver->lost(connection));
    driver->close(connection);
}

static void errors_say_what_and_where(void **state)
{
    (void)state;
    in_fiber(errors, NULL);
}

static void waits(void *unused)
{
    (void)unused;
    struct cf_uri uri = parse(test_uri);
    struct cf_connection *impatient = driver->open(&uri, &(struct cf_open_options){ .statement_timeout = 50000 });
    assert_int_equal(error_on(impatient, "SELECT SLEEP(5)")->code, CF_TIMEOUT);
    assert_false(driver->lost(impatient));
    assert_string_equal(text_of(impatient, "SELECT 1"), "1");
    struct cf_connection *other = open_connection();
    change(other, "CREATE TABLE locked (id BIGINT PRIMARY KEY)");
    change(other, "INSERT INTO locked VALUES (1), (2)");
    driver->script(impatient, "SET innodb_lock_wait_timeout = 0, max_statement_time = 0");
    driver->begin(other, &(struct cf_begin_options){ 0 });
    change(other, "DELETE FROM locked WHERE id = 1");
    const cf_error *error = error_on(impatient, "DELETE FROM locked WHERE id = 1");
    assert_int_equal(error->code, CF_CONFLICT);
    assert_string_equal(error->sqlstate, "HY000");
    driver->rollback(other);
    driver->close(impatient);
    driver->close(other);
}

static void waiting_too_long_is_an_error_of_its_own(void **state)
{
    (void)state;
    in_fiber(waits, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fibers_use_their_connections_at_the_same_time),
        cmocka_unit_test(a_fiber_that_is_ended_while_it_waits_leaves_a_lost_connection),
        cmocka_unit_test(a_fiber_that_is_ended_while_it_sends_takes_its_values_along),
        cmocka_unit_test(a_rollback_comes_through_in_a_fiber_that_was_ended),
        cmocka_unit_test(a_fiber_can_be_ended_at_any_of_its_waits),
        cmocka_unit_test(a_killed_connection_is_found_out_and_says_so),
        cmocka_unit_test(the_pool_replaces_a_killed_connection),
        cmocka_unit_test(a_hundred_thousand_rows_stream_in_constant_memory),
        cmocka_unit_test(statements_without_a_cursor_stream_as_well),
        cmocka_unit_test(a_query_without_a_row_can_be_asked_again),
        cmocka_unit_test(found_rows_count_as_changed),
        cmocka_unit_test(a_result_without_rows_is_followed_by_the_next_run),
        cmocka_unit_test(scripts_of_several_statements_run_to_the_first_that_fails),
        cmocka_unit_test(a_procedure_gives_its_first_result_and_its_error),
        cmocka_unit_test(a_statement_outlives_a_change_of_its_table),
        cmocka_unit_test(transactions_isolate_as_asked_for),
        cmocka_unit_test(one_connection_holds_the_lock),
        cmocka_unit_test(cleaning_forgets_a_sessions_state),
        cmocka_unit_test(errors_say_what_and_where),
        cmocka_unit_test(waiting_too_long_is_an_error_of_its_own),
    };
    RUN_TESTS("db/mariadb/runs", tests);
}
