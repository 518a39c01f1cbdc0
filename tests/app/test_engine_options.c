/* SPDX-License-Identifier: MIT
 *
 * What an app says of its database for all sessions, and statements that run outside of transactions. On SQLite, and on the
 * server that the argument's variable names.
 */
#include "database.h"

#include "../../src/db/state.h"

static cf_app *app_with(bool echo, enum cf_isolation isolation, bool hide)
{
    return cf_app_new("test", .database_uri = "sqlite://", .models = CF_MODELS(User), .echo = echo,
                      .isolation = isolation, .hide_parameters = hide);
}

/* Without rows. */
static cf_db *session_of(cf_app *app)
{
    cf_db *db = cf_client_db(cf_test_client(app, .database_uri = server_uri));
    cf_delete_all(db, User, .all = true);
    cf_commit(db);
    return db;
}

static bool can(cf_db *db, enum cf_capability capability)
{
    return cf__engine_driver(cf__session_link(db)->engine)->capabilities & capability;
}

/* Whether these stand in the log in this order. */
static void assert_in_order(const char *log, const char *const *lines)
{
    for (const char *at = log; *lines; lines++) {
        const char *found = strstr(at, *lines);
        if (!found)
            fail_msg("%s is not in:\n%s", *lines, at);
        at = found + 1;
    }
}

static void fail_within(cf_db *db, void *unused)
{
    (void)db, (void)unused;
    cf_raise(CF_INVALID, "no");
}

static void the_echo_shows_what_frames_a_transaction(void **state)
{
    static const char *const lines[] = { "SQL: BEGIN at ",
                                         "test_engine_options.c:",
                                         "SQL: INSERT INTO users",
                                         "SQL: SAVEPOINT ",
                                         "SQL: ROLLBACK TO SAVEPOINT ",
                                         "SQL: COMMIT at ",
                                         "SQL: BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY at ",
                                         "SQL: SELECT count(*)",
                                         "SQL: ROLLBACK at ",
                                         NULL };
    (void)state;
    cf_db *db = session_of(app_with(true, 0, false));
    struct log_catch log = catch_log();
    add_users(db, 2);
    cf_add(db, User, .name = "kim", .email = "kim@example.com");
    cf_flush(db);
    cf_try_nested(db, fail_within, NULL);
    cf_commit(db);
    cf_begin(db, .isolation = CF_SERIALIZABLE, .read_only = true);
    cf_count(db, User);
    cf_rollback(db);
    assert_in_order(caught_log(log), lines);
}

static void a_transaction_has_the_isolation_of_the_app_where_it_says_none(void **state)
{
    static const char *const lines[] = { "SQL: BEGIN ISOLATION LEVEL SERIALIZABLE at ",
                                         "SQL: INSERT INTO users",
                                         "SQL: COMMIT",
                                         "SQL: BEGIN ISOLATION LEVEL REPEATABLE READ at ",
                                         "SQL: COMMIT",
                                         NULL };
    (void)state;
    cf_db *db = session_of(app_with(true, CF_SERIALIZABLE, false));
    struct log_catch log = catch_log();
    cf_add(db, User, .name = "kim", .email = "kim@example.com"); /* one row, which else commits by itself */
    cf_commit(db);
    cf_begin(db, .isolation = CF_REPEATABLE_READ);
    cf_commit(db);
    assert_in_order(caught_log(log), lines);
}

static void values_are_not_told_where_the_app_hides_them(void **state)
{
    (void)state;
    cf_db *db = session_of(app_with(true, 0, true));
    struct log_catch log = catch_log();
    cf_add(db, User, .name = "kim", .email = "kim@example.com");
    cf_commit(db);
    cf_count(db, User, .where = cf_eq(User.email, "lee@example.com"));
    const char *text = caught_log(log);
    assert_non_null(strstr(text, "SQL: INSERT INTO users (name, email) VALUES ("));
    assert_non_null(strstr(text, "SELECT count(*) FROM users WHERE email = "));
    assert_null(strstr(text, "example.com"));
    assert_null(strstr(text, "kim"));
}

static void the_echo_of_the_pool_shows_what_becomes_of_connections(void **state)
{
    static const char *const lines[] = { "pool: a connection is handed out (",
                                         " open, 0 idle): ",
                                         "pool: a connection is made as new (",
                                         "pool: a connection is given back (",
                                         ", 1 open, 1 idle): ",
                                         "pool: a connection is closed (",
                                         ", 0 open, 0 idle): ",
                                         NULL };
    (void)state;
    cf_app *app = cf_app_new("test", .database_uri = "sqlite://", .models = CF_MODELS(User), .echo_pool = true,
                             .query_cache_size = 3);
    cf_db *db = session_of(app);
    const cf_engine *engine = cf__session_link(db)->engine;
    if (!can(db, CF_CAN_POOL))
        return;
    const char *name = engine->masked;
    struct log_catch log = catch_log();
    cf_sql_execute(db, "UPDATE users SET name = 'x'");
    cf_commit(db);
    cf__pool.close((cf_engine *)(uintptr_t)engine);
    const char *text = caught_log(log);
    if (engine->driver->capabilities & CF_CAN_PIPELINE)
        assert_non_null(strstr(text, "pool: a connection is closed ("));
    else
        assert_in_order(text, lines);
    assert_non_null(strstr(text, name));
    assert_null(strstr(text, "carafe:carafe"));
}

static size_t most_prepared(const cf_engine *engine)
{
    const struct cf__lane *lanes[] = { engine->single.reader, engine->single.writer, engine->pool.idle,
                                       engine->pool.shared };
    size_t most = 0;
    for (size_t i = 0; i < 4; i++)
        for (const struct cf__lane *lane = lanes[i]; lane; lane = lane->next)
            most = lane->count > most ? lane->count : most;
    return most;
}

static void a_connection_keeps_as_many_statements_as_the_app_says(void **state)
{
    (void)state;
    cf_app *app = cf_app_new("test", .database_uri = "sqlite://", .models = CF_MODELS(User), .query_cache_size = 3);
    cf_db *db = session_of(app);
    const cf_engine *engine = cf__session_link(db)->engine;
    add_users(db, 5);
    cf_commit(db);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(cf_count(db, User, .where = cf_gt(User.id, 0)), 5);
        assert_int_equal(cf_count(db, User, .where = cf_ge(User.id, 0)), 5);
        assert_int_equal(cf_count(db, User, .where = cf_ne(User.id, 0)), 5);
        int seen = 0;
        for
            cf_find_each (user, db, User) /* its statement is not let go while it is read */
                seen += (int)cf_count(db, User, .where = seen % 2 ? cf_lt(User.id, 0) : cf_is_null(User.id)) + 1;
        assert_int_equal(seen, 5);
        assert_int_equal(cf_count(db, User, .where = cf_eq(User.name, "x")), 0);
    }
    assert_in_range(most_prepared(engine), 1, 3);
}

/* ---- Outside of transactions ------------------------------------------------------------------------------------ */

static void what_no_transaction_takes_runs_outside_of_one(void **state)
{
    (void)state;
    cf_db *db = session_of(app_with(true, 0, false));
    add_users(db, 3);
    cf_count(db, User);
    struct log_catch log = catch_log();
    if (can(db, CF_CAN_TRANSACTIONAL_DDL))
        cf_sql_autocommit(db, "VACUUM");
    else
        cf_sql_autocommit(db, "FLUSH TABLES");
    const char *text = caught_log(log);
    assert_non_null(strstr(text, can(db, CF_CAN_TRANSACTIONAL_DDL) ? "SQL: VACUUM (" : "SQL: FLUSH TABLES ("));
    assert_null(strstr(text, "BEGIN"));
    assert_int_equal(cf_count(db, User), 3);
    cf_add(db, User, .name = "kim", .email = "kim@example.com");
    cf_commit(db);
    assert_int_equal(cf_count(db, User), 4);
}

static void run_wrong(void *db)
{
    cf_sql_autocommit((cf_db *)db, "NO SQL AT ALL");
}

static void vacuum(void *db)
{
    cf_sql_autocommit((cf_db *)db, "VACUUM");
}

static void outside_of_a_transaction_errors_leave_the_session_as_it_was(void **state)
{
    (void)state;
    cf_db *db = session_of(app_with(false, 0, false));
    const cf_error *error = cf_attempt(db, run_wrong, db);
    assert_non_null(error);
    assert_int_equal(error->code, CF_SQL);
    cf_add(db, User, .name = "kim", .email = "kim@example.com");
    error = cf_attempt(db, vacuum, db);
    assert_string_equal(error->message,
                        "cf_sql_autocommit in a session that has begun to write: commit or roll back first");
    cf_commit(db);
    assert_int_equal(cf_count(db, User), 1);
}

static void a_test_that_is_rolled_back_is_never_outside_of_a_transaction(void **state)
{
    (void)state;
    cf_db *db = cf_client_db(cf_test_client(app_with(false, 0, false), .database_uri = server_uri, .rollback = true));
    const cf_error *error = cf_attempt(db, vacuum, db);
    assert_string_equal(error->message, "all of this test runs in a transaction (.rollback = true): \"VACUUM\" cannot "
                                        "run outside of one");
    assert_int_equal(cf_count(db, User) >= 0, 1);
}

/* ---- Regular expressions ---------------------------------------------------------------------------------------- */

static void expect_matches(cf_db *db, const char *pattern, int64_t count)
{
    int64_t found = cf_count(db, User, .where = cf_regexp(User.email, pattern));
    if (found != count)
        fail_msg("%s matches %lld", pattern, (long long)found);
}

static void match_wrong(void *db)
{
    cf_count((cf_db *)db, User, .where = cf_regexp(User.email, "(a"));
}

static void regular_expressions_that_all_databases_know(void **state)
{
    (void)state;
    cf_db *db = session_of(app_with(false, 0, false));
    add_users(db, 12);
    cf_add(db, User, .name = "Kim", .email = "Kim@Example.com");
    cf_commit(db);
    expect_matches(db, "^user[0-9]@", 9);
    expect_matches(db, "^user[[:digit:]]{2}@example\\.com$", 3);
    expect_matches(db, "(1|3)@", 3);
    expect_matches(db, "^kim", 0); /* as it is written */
    expect_matches(db, "^[A-Z].+", 1);
    expect_matches(db, "", 13);
    assert_int_equal(cf_count(db, User, .where = cf_not(cf_regexp(User.email, "^user"))), 1);
    const cf_error *error = cf_attempt(db, match_wrong, db);
    assert_non_null(error);
    assert_int_equal(error->code, CF_SQL);
    cf_rollback(db);
    expect_matches(db, "^user1", 4);
}

int main(int argc, char **argv)
{
    int skipped = choose_database(argc, argv, "options");
    if (skipped)
        return skipped;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_echo_shows_what_frames_a_transaction),
        cmocka_unit_test(a_transaction_has_the_isolation_of_the_app_where_it_says_none),
        cmocka_unit_test(values_are_not_told_where_the_app_hides_them),
        cmocka_unit_test(the_echo_of_the_pool_shows_what_becomes_of_connections),
        cmocka_unit_test(a_connection_keeps_as_many_statements_as_the_app_says),
        cmocka_unit_test(what_no_transaction_takes_runs_outside_of_one),
        cmocka_unit_test(outside_of_a_transaction_errors_leave_the_session_as_it_was),
        cmocka_unit_test(a_test_that_is_rolled_back_is_never_outside_of_a_transaction),
        cmocka_unit_test(regular_expressions_that_all_databases_know),
    };
    return leave_database(cf_run_tests(tests));
}
