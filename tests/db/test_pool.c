/* SPDX-License-Identifier: MIT
 *
 * The pool of connections on a real server: how many there are, how long one waits, when they are replaced.
 *
 *     test_pool postgresql|mariadb
 */
#include "support.h"

#include <carafe/wait.h>

#include "../server.h"

#include "../../src/base/clock.h"
#include "../../src/base/fiber.h"
#include "../../src/db/state.h"

/* What the tests ask of a server, in its words. */
static const struct words {
    const char *name, *environment;
    const char *id;           /* of the connection that asks */
    const char *kill, *alive; /* of a connection by its id; alive counts */
    const char *slow;
    const char *set, *is_set; /* of a session: what cleaning forgets; is_set gives 1 */
    const char *isolation;    /* counts 1 where the transaction has the one named; NULL: tests/db/mariadb/test_runs */
} databases[] = {
    { "postgresql", "CARAFE_TEST_POSTGRESQL", "SELECT pg_backend_pid()", "SELECT pg_terminate_backend(%lld)",
      "SELECT count(*) FROM pg_stat_activity WHERE pid = %lld", "SELECT count(*) FROM (SELECT pg_sleep(100)) s",
      "SET carafe.shop = '1'", "SELECT current_setting('carafe.shop')::bigint",
      "SELECT count(*) FROM pg_settings WHERE name = 'transaction_isolation' AND setting = '%s'" },
    { "mariadb", "CARAFE_TEST_MARIADB", "SELECT connection_id()", "KILL %lld",
      "SELECT count(*) FROM information_schema.processlist WHERE id = %lld", "SELECT sleep(100)", "SET @shop = 1",
      "SELECT @shop", NULL },
};
static const struct words *words;
static char test_uri[600]; /* names the program's own database */

static cf_engine *open_pool(const struct cf__engine_options *options)
{
    return cf__engine_open(test_uri, options);
}

static int64_t id_of(struct cf__link *link)
{
    return ask(link, words->id);
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
    assert_int_not_equal(id_of(&links[0]), id_of(&links[1]));
    const cf_error *error = error_of(begin, &links[2]);
    assert_int_equal(error->code, CF_BUSY);
    assert_string_equal(error->message, "no connection to the database became free in time: 2 are in use (pool_size 1, "
                                        "max_overflow 1)");
    int64_t id = id_of(&links[1]);
    cf__link_commit(&links[1]);
    cf__link_begin(&links[2]); /* what was given back */
    assert_int_equal(id_of(&links[2]), id);
    cf__link_commit(&links[2]);
    cf__link_commit(&links[0]);
    cf__engine_close(engine);
}

static void there_are_so_many_and_who_finds_none_is_told_in_time(void **state)
{
    (void)state;
    in_fiber(fill, NULL);
}

/* ---- A crowd ---------------------------------------------------------------------------------------------------- */

enum { CROWD = 12 };
static struct {
    cf_engine *engine;
    struct cf__context contexts[CROWD];
    size_t openings; /* at once, at the start */
    int left, failed;
} crowd;

static void work_in_a_transaction(void *unused)
{
    (void)unused;
    struct cf__link link = new_link(crowd.engine);
    cf__link_begin(&link);
    id_of(&link);
    cf__link_commit(&link);
}

static void note_end(void *unused, bool failed)
{
    (void)unused;
    crowd.failed += failed;
    crowd.left--;
}

static void start_crowd(void *unused)
{
    (void)unused;
    for (int i = 0; i < CROWD; i++)
        cf__fiber_start(&crowd.contexts[i], work_in_a_transaction, note_end, NULL);
    crowd.openings = crowd.engine->pool.openings;
}

/* Twelve that need a connection in the same turn of the loop. */
static void run_crowd(const char *uri)
{
    crowd.engine = cf__engine_open(uri, &(struct cf__engine_options){ 0 });
    crowd.left = CROWD;
    crowd.failed = 0;
    for (int i = 0; i < CROWD; i++)
        cf__context_init(&crowd.contexts[i]);
    cf__timer *timer = cf__timer_new(start_crowd, NULL);
    cf__timer_at(timer, cf__monotonic());
    for (int64_t give_up = cf__monotonic() + 20000000; crowd.left && cf__monotonic() < give_up;)
        cf_sleep(0.001);
    cf__timer_free(timer);
    assert_int_equal(crowd.left, 0);
}

static void end_crowd(void)
{
    for (int i = 0; i < CROWD; i++)
        cf__context_dispose(&crowd.contexts[i]);
    cf__engine_close(crowd.engine);
}

static void pass_round(void *unused)
{
    (void)unused;
    run_crowd(test_uri);
    assert_int_equal(crowd.openings, 2);
    assert_int_equal(crowd.failed, 0);
    assert_int_equal(crowd.engine->pool.openings, 0);
    end_crowd();
}

static void a_crowd_opens_two_at_a_time_and_passes_them_round(void **state)
{
    (void)state;
    in_fiber(pass_round, NULL);
}

/* Nobody listens at port 1. */
static void fail_together(void *unused)
{
    (void)unused;
    run_crowd(cf_format(here(), "%s://nobody:nothing@127.0.0.1:1/nowhere", words->name));
    assert_int_equal(crowd.failed, CROWD);
    for (int i = 0; i < CROWD; i++)
        assert_int_equal(crowd.contexts[i].record.error.code, CF_UNAVAILABLE);
    end_crowd();
}

static void where_nobody_answers_a_crowd_is_told_so(void **state)
{
    (void)state;
    in_fiber(fail_together, NULL);
}

/* ---- Replacing -------------------------------------------------------------------------------------------------- */

static int64_t id_in_transaction(cf_engine *engine)
{
    struct cf__link link = new_link(engine);
    cf__link_begin(&link);
    int64_t id = id_of(&link);
    cf__link_commit(&link);
    return id;
}

static void recycle(void *unused)
{
    (void)unused;
    cf_engine *kept = open_pool(&(struct cf__engine_options){ 0 });
    cf_engine *recycled = open_pool(&(struct cf__engine_options){ .pool_recycle = 1 });
    assert_int_equal(id_in_transaction(kept), id_in_transaction(kept));
    assert_int_not_equal(id_in_transaction(recycled), id_in_transaction(recycled));
    cf__engine_close(kept);
    cf__engine_close(recycled);
}

static void old_connections_are_replaced(void **state)
{
    (void)state;
    in_fiber(recycle, NULL);
}

static void end_connection(cf_engine *engine, int64_t id)
{
    run_script(engine, cf_format(here(), words->kill, (long long)id));
    struct cf__link link = new_link(engine);
    while (ask(&link, cf_format(here(), words->alive, (long long)id)))
        continue;
    cf__link_end(&link);
}

static void ping(void *unused)
{
    (void)unused;
    cf_engine *engine = open_pool(&(struct cf__engine_options){ .pool_pre_ping = true });
    cf_engine *other = open_pool(&(struct cf__engine_options){ 0 });
    int64_t id = id_in_transaction(engine);
    end_connection(other, id);
    assert_int_not_equal(id_in_transaction(engine), id);
    cf__engine_close(other);
    cf__engine_close(engine);
}

static void a_connection_that_does_not_answer_is_replaced_before_it_is_used(void **state)
{
    (void)state;
    in_fiber(ping, NULL);
}

/* ---- What a connection begins with ------------------------------------------------------------------------------ */

MODEL(Thing, "things", (id, Id));

static void set_up(void *unused)
{
    (void)unused;
    cf_engine *engine = open_pool(&(struct cf__engine_options){ .on_connect = words->set });
    struct cf__link link = new_link(engine);
    create_tables(engine, CF_MODELS(Thing));
    struct cf__rows rows = cf__link_run(&link, &(struct cf__query){ .kind = CF__COUNT, .model = &Thing.model_ });
    assert_int_equal(cf__rows_integer(&rows), 0); /* on a shared connection, where the driver has them */
    for (int i = 0; i < 3; i++) {                 /* cleaned in between, since its SQL is free */
        cf__link_begin(&link);
        assert_int_equal(ask(&link, words->is_set), 1);
        cf__link_commit(&link);
        assert_int_equal(ask(&link, words->is_set), 1);
    }
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void each_connection_begins_with_what_the_program_wants(void **state)
{
    (void)state;
    in_fiber(set_up, NULL);
}

static void set_up_wrongly(void *unused)
{
    (void)unused;
    cf_engine *engine = open_pool(&(struct cf__engine_options){ .on_connect = "no SQL" });
    struct cf__link link = new_link(engine);
    assert_int_equal(error_of(begin, &link)->code, CF_SQL);
    cf__engine_close(engine);
}

static void a_wrong_beginning_is_told(void **state)
{
    (void)state;
    in_fiber(set_up_wrongly, NULL);
}

/* ---- Hooks ------------------------------------------------------------------------------------------------------ */

static const char *right_user, *right_password;
static int connects, checkouts, invalidations, resets, checkins;

static void be_somebody(struct cf_connect *connect)
{
    connects++;
    assert_string_equal(connect->user, "nobody_we_know");
    assert_null(strstr(connect->uri, "wrong"));
    connect->user = right_user;
    connect->password = right_password;
    connect->sql = words->set;
}

static void note_checkout(const struct cf_pool_event *event)
{
    checkouts++;
    assert_int_equal(event->open, 1);
    assert_int_equal(event->idle, 0);
    assert_true(event->milliseconds >= 0);
}

static void note_reset(const struct cf_pool_event *event)
{
    resets++;
    assert_int_equal(event->open, 1);
    assert_int_equal(event->idle, 0);
    assert_int_equal(checkins, resets - 1);
}

static void note_checkin(const struct cf_pool_event *event)
{
    checkins++;
    assert_int_equal(event->open, 1);
    assert_int_equal(event->idle, 1);
    assert_true(event->milliseconds >= 0);
}

static void note_invalidation(const struct cf_pool_event *event)
{
    invalidations++;
    assert_int_equal(event->open, 0);
}

/* The program's URI with a user and a password that are wrong. */
static char *uri_of_a_stranger(void)
{
    struct cf_uri uri;
    cf__uri_parse(cf__current(), test_uri, &uri);
    right_user = uri.user;
    right_password = uri.password;
    const char *scheme_end = strstr(test_uri, "://") + 3, *at = strchr(scheme_end, '@');
    return cf_format(here(), "%.*snobody_we_know:wrong@%s", (int)(scheme_end - test_uri), test_uri,
                     uri.user && at ? at + 1 : scheme_end);
}

static void hook(void *unused)
{
    (void)unused;
    cf_engine *other = open_pool(NULL);
    cf_engine *engine =
        cf__engine_open(uri_of_a_stranger(), &(struct cf__engine_options){
                                                 .pool_pre_ping = true, /* the server is gone before its socket is */
                                                 .engine_hooks = { be_somebody, note_checkout, note_invalidation,
                                                                   note_reset, note_checkin } });
    struct cf__link link = new_link(engine);
    for (int i = 0; i < 2; i++) { /* cleaned in between */
        cf__link_begin(&link);
        assert_int_equal(ask(&link, words->is_set), 1);
        cf__link_rollback(&link);
    }
    assert_int_equal(connects, 1);
    assert_int_equal(checkouts, 2);
    assert_int_equal(resets, 2); /* by SQL of one's own, of which nobody knows what it leaves behind */
    assert_int_equal(checkins, 2);
    int64_t id = id_in_transaction(engine);
    assert_int_equal(invalidations, 0);
    end_connection(other, id);
    assert_int_not_equal(id_in_transaction(engine), id);
    assert_int_equal(invalidations, 1);
    assert_int_equal(connects, 2);
    cf__link_end(&link);
    cf__engine_close(engine);
    assert_int_equal(invalidations, 1);
    cf__engine_close(other);
}

static void a_program_is_asked_before_a_connection_and_told_when_it_is_taken_and_lost(void **state)
{
    (void)state;
    in_fiber(hook, NULL);
}

/* ---- Options of connections and transactions -------------------------------------------------------------------- */

static void run_slowly(void *link)
{
    ask(link, words->slow);
}

static void write_in(void *link)
{
    execute(link, "INSERT INTO refused (id) VALUES (1)");
}

static void check_isolation(struct cf__link *link)
{
    static const char *const names[] = { [CF_READ_UNCOMMITTED] = "read uncommitted",
                                         [CF_READ_COMMITTED] = "read committed",
                                         [CF_REPEATABLE_READ] = "repeatable read",
                                         [CF_SERIALIZABLE] = "serializable" };
    for (enum cf_isolation isolation = CF_READ_UNCOMMITTED; isolation <= CF_SERIALIZABLE; isolation++) {
        cf__link_begin_as(link, &(struct cf__transaction){ .isolation = isolation });
        assert_int_equal(ask(link, cf_format(here(), words->isolation, names[isolation])), 1);
        cf__link_rollback(link);
    }
}

static void set_options(void *unused)
{
    (void)unused;
    cf_engine *engine = open_pool(&(struct cf__engine_options){ .statement_timeout = 50000 });
    run_script(engine, "CREATE TABLE refused (id BIGINT)");
    struct cf__link link = new_link(engine);
    assert_int_equal(error_of(run_slowly, &link)->code, CF_TIMEOUT);
    cf__link_rollback(&link);
    cf__link_begin_as(&link, &(struct cf__transaction){ .read_only = true });
    assert_int_equal(error_of(write_in, &link)->code, CF_READ_ONLY);
    cf__link_rollback(&link);
    if (words->isolation)
        check_isolation(&link);
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void statements_have_a_limit_and_transactions_their_isolation(void **state)
{
    (void)state;
    in_fiber(set_options, NULL);
}

static int make_own_database(void **state)
{
    (void)state;
    make_database(getenv(words->environment), "pool", test_uri, sizeof test_uri);
    return 0;
}

static int drop_own_database(void **state)
{
    drop_database();
    return free_thread(state);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_are_so_many_and_who_finds_none_is_told_in_time),
        cmocka_unit_test(a_crowd_opens_two_at_a_time_and_passes_them_round),
        cmocka_unit_test(where_nobody_answers_a_crowd_is_told_so),
        cmocka_unit_test(old_connections_are_replaced),
        cmocka_unit_test(a_connection_that_does_not_answer_is_replaced_before_it_is_used),
        cmocka_unit_test(each_connection_begins_with_what_the_program_wants),
        cmocka_unit_test(a_wrong_beginning_is_told),
        cmocka_unit_test(a_program_is_asked_before_a_connection_and_told_when_it_is_taken_and_lost),
        cmocka_unit_test(statements_have_a_limit_and_transactions_their_isolation),
    };
    for (size_t i = 0; i < sizeof databases / sizeof *databases; i++)
        if (argc == 2 && !strcmp(argv[1], databases[i].name))
            words = &databases[i];
    if (!words)
        return 2;
    if (!getenv(words->environment)) {
        printf("skipped: %s names no server (see tools/with-databases)\n", words->environment);
        return 77;
    }
    return cmocka_run_group_tests_name("pool", tests, make_own_database, drop_own_database);
}
