/* SPDX-License-Identifier: MIT
 *
 * The pool of connections on a real server: how many there are, how long one waits, when they are replaced.
 */
#include "support.h"

static cf_engine *open_pool(const struct cf__engine_options *options)
{
    return cf__engine_open(test_uri, options);
}

static const char *pid_of(struct cf__link *link)
{
    struct cf__rows rows = cf__link_sql(link, "SELECT pg_backend_pid()", NULL, 0, NULL, NULL, false);
    return cf_format(here(), "%lld", (long long)cf__rows_integer(&rows));
}

static void begin(void *link)
{
    cf__link_begin(link);
}

static void fill(void *unused)
{
    (void)unused;
    cf_engine *engine =
        open_pool(&(struct cf__engine_options){ .pool_size = 1, .max_overflow = 1, .pool_timeout = 50000 });
    struct cf__link links[3];
    for (int i = 0; i < 3; i++)
        links[i] = new_link(engine);
    cf__link_begin(&links[0]);
    cf__link_begin(&links[1]);
    assert_string_not_equal(pid_of(&links[0]), pid_of(&links[1]));
    const cf_error *error = error_of(begin, &links[2]);
    assert_int_equal(error->code, CF_BUSY);
    assert_string_equal(error->message, "no connection to the database became free in time: 2 are in use (pool_size 1, "
                                        "max_overflow 1)");
    const char *pid = pid_of(&links[1]);
    cf__link_commit(&links[1]);
    cf__link_begin(&links[2]); /* what was given back */
    assert_string_equal(pid_of(&links[2]), pid);
    cf__link_commit(&links[2]);
    cf__link_commit(&links[0]);
    cf__engine_close(engine);
}

static void there_are_so_many_and_who_finds_none_is_told_in_time(void **state)
{
    (void)state;
    in_fiber(fill, NULL);
}

static const char *pid_in_transaction(cf_engine *engine)
{
    struct cf__link link = new_link(engine);
    cf__link_begin(&link);
    const char *pid = pid_of(&link);
    cf__link_commit(&link);
    return pid;
}

static void recycle(void *unused)
{
    (void)unused;
    cf_engine *kept = open_pool(&(struct cf__engine_options){ 0 });
    cf_engine *recycled = open_pool(&(struct cf__engine_options){ .pool_recycle = 1 });
    assert_string_equal(pid_in_transaction(kept), pid_in_transaction(kept));
    assert_string_not_equal(pid_in_transaction(recycled), pid_in_transaction(recycled));
    cf__engine_close(kept);
    cf__engine_close(recycled);
}

static void old_connections_are_replaced(void **state)
{
    (void)state;
    in_fiber(recycle, NULL);
}

static void ping(void *unused)
{
    (void)unused;
    cf_engine *engine = open_pool(&(struct cf__engine_options){ .pool_pre_ping = true });
    const char *pid = pid_in_transaction(engine);
    struct cf_connection *connection = open_connection();
    driver->script(connection, cf_format(here(), "SELECT pg_terminate_backend(%s)", pid));
    while (text_of(connection, cf_format(here(), "SELECT 'runs' FROM pg_stat_activity WHERE pid = %s", pid)))
        continue;
    driver->close(connection);
    assert_string_not_equal(pid_in_transaction(engine), pid);
    cf__engine_close(engine);
}

static void a_connection_that_does_not_answer_is_replaced_before_it_is_used(void **state)
{
    (void)state;
    in_fiber(ping, NULL);
}

static void run_slowly(void *link)
{
    struct cf__rows rows =
        cf__link_sql(link, "SELECT count(*) FROM (SELECT pg_sleep(100)) s", NULL, 0, NULL, NULL, false);
    cf__rows_integer(&rows);
}

static void write_in(void *link)
{
    cf__link_script(link, "CREATE TABLE refused (id BIGINT)");
}

static void set_options(void *unused)
{
    (void)unused;
    cf_engine *engine = open_pool(&(struct cf__engine_options){ .statement_timeout = 50000 });
    struct cf__link link = new_link(engine);
    assert_int_equal(error_of(run_slowly, &link)->code, CF_TIMEOUT);
    cf__link_rollback(&link);
    cf__link_begin_as(&link, &(struct cf__transaction){ .read_only = true });
    assert_int_equal(error_of(write_in, &link)->code, CF_READ_ONLY);
    cf__link_rollback(&link);
    static const char *const names[] = { [CF_READ_UNCOMMITTED] = "read uncommitted",
                                         [CF_READ_COMMITTED] = "read committed",
                                         [CF_REPEATABLE_READ] = "repeatable read",
                                         [CF_SERIALIZABLE] = "serializable" };
    for (enum cf_isolation isolation = CF_READ_UNCOMMITTED; isolation <= CF_SERIALIZABLE; isolation++) {
        cf__link_begin_as(&link, &(struct cf__transaction){ .isolation = isolation });
        struct cf__rows rows = cf__link_sql(
            &link,
            cf_format(here(),
                      "SELECT count(*) FROM pg_settings WHERE name = 'transaction_isolation' AND setting = '%s'",
                      names[isolation]),
            NULL, 0, NULL, NULL, false);
        assert_int_equal(cf__rows_integer(&rows), 1);
        cf__link_rollback(&link);
    }
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void statements_have_a_limit_and_transactions_their_isolation(void **state)
{
    (void)state;
    in_fiber(set_options, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_are_so_many_and_who_finds_none_is_told_in_time),
        cmocka_unit_test(old_connections_are_replaced),
        cmocka_unit_test(a_connection_that_does_not_answer_is_replaced_before_it_is_used),
        cmocka_unit_test(statements_have_a_limit_and_transactions_their_isolation),
    };
    RUN_TESTS("postgres/pool", tests);
}
