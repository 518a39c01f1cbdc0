/* SPDX-License-Identifier: MIT
 *
 * What a request has asked the database: which statements, from which lines of the program, without secrets.
 */
#include "support.h"

/* clang-format off */
MODEL(Login, "logins",
    (id,       Id),
    (name,     String(50)),
    (password, String(50), hidden = true));
/* clang-format on */

static int lines[4]; /* where the handler asks */

static void assert_entry(const struct cf_sql_entry *entry, const char *sql, int64_t rows, int line)
{
    assert_non_null(strstr(entry->sql, sql));
    if (entry->rows != rows)
        fail_msg("%s: %lld rows", entry->sql, (long long)entry->rows);
    assert_true(entry->milliseconds >= 0);
    assert_non_null(strstr(entry->place.file, "test_sql_log.c"));
    assert_int_equal(entry->place.line, line);
}

static cf_response *ask(cf_request *req)
{
    cf_add(req->db, Login, .name = "kim", .password = "swordfish");
    lines[0] = __LINE__ + 1;
    cf_commit(req->db);
    lines[1] = __LINE__ + 1;
    struct Login_list logins = cf_find(req->db, Login, .where = cf_eq(Login.password, "swordfish"));
    lines[2] = __LINE__ + 1;
    cf_get_or_404(req, Login, logins.items[0]->id, .refresh = true);
    lines[3] = __LINE__ + 1;
    cf_sql_execute(req->db, "DELETE FROM logins WHERE name = ?", "kim");
    cf_commit(req->db);
    struct cf_sql_log log = cf_sql_log(req);
    assert_int_equal(log.count, 4);
    assert_entry(&log.items[0], "INSERT INTO logins", 1, lines[0]);
    assert_entry(&log.items[1], "SELECT id, name, password FROM logins WHERE password = ", 1, lines[1]);
    assert_entry(&log.items[2], "SELECT", 1, lines[2]);
    assert_entry(&log.items[3], "DELETE FROM logins", 1, lines[3]);
    for (size_t i = 0; i < log.count; i++)
        assert_null(strstr(log.items[i].sql, "swordfish"));
    assert_non_null(strstr(log.items[0].sql, "***"));
    return cf_empty(req, 204);
}

/* ---- Values beside a hidden column ------------------------------------------------------------------------------ */

SHAPE(Names, (name, Text));

static cf_response *hide(cf_request *req)
{
    cf_db *db = req->db;
    const char *secret = "swordfish";
    cf_expr *lower = cf_lower(Login.password);
    cf_add(db, Login, .name = "kim", .password = secret);
    cf_commit(db);
    cf_count(db, Login, .where = cf_eq(lower, secret));
    cf_count(db, Login,
             .where = cf_not(cf_or(cf_eq(Login.name, "shown"), cf_in(cf_concat(Login.password, "x"), secret))));
    cf_count(db, Login,
             .where = cf_eq(cf_case(cf_when(cf_eq(Login.password, secret), secret), cf_otherwise("no")), "no"));
    cf_count(db, Login, .where = cf_gt(cf_length(cf_coalesce(cf_lower(Login.password), secret)), 3));
    cf_count(db, Login, .where = cf_like(cf_trim(Login.password), secret));
    cf_count(db, Login, .where = cf_eq(cf_scalar(cf_subquery_of(cf_max_of(Login.password), .from = Login)), secret));
    cf_select(db, Names, .from = Login, .columns = { .name = cf_concat(Login.password, secret) },
              .order_by = { cf_asc(cf_function("replace", Login.password, secret, secret)) });
    cf_update_all(db, Login, .set = { cf_set(Login.password, cf_concat(Login.password, secret)) },
                  .where = cf_eq(Login.name, "shown"));
    cf_update_all(db, Login, .set = { cf_set(Login.password, cf_concat(Login.name, secret)) }, .all = true);
    cf_commit(db);
    struct cf_sql_log log = cf_sql_log(req);
    assert_true(log.count >= 11);
    for (size_t i = 0; i < log.count; i++)
        if (strstr(log.items[i].sql, secret))
            fail_msg("%s", log.items[i].sql);
    assert_non_null(strstr(log.items[2].sql, "['shown', ***, ***]"));
    assert_non_null(
        strstr(log.items[8].sql, "UPDATE logins SET password = password || ? WHERE name = ? [***, 'shown']"));
    return cf_empty(req, 204);
}

static cf_client *make_client(bool debug)
{
    cf_app *app = cf_app_new("test", .database_uri = "sqlite://", .models = CF_MODELS(Login), .debug = debug);
    cf_route(app, "GET", "/ask", ask);
    cf_route(app, "GET", "/hide", hide);
    return cf_test_client(app);
}

static void statements_are_told_with_the_lines_that_asked(void **state)
{
    (void)state;
    cf_reply *reply = cf_client_get(make_client(true), "/ask");
    assert_int_equal(reply->status, 204);
    assert_non_null(strstr(cf_reply_header(reply, "Server-Timing"), "desc=\"4 statements\""));
}

static void the_echo_tells_the_line_and_no_secret(void **state)
{
    (void)state;
    setenv("CARAFE_ECHO", "1", 1);
    cf_client *client = make_client(true);
    unsetenv("CARAFE_ECHO");
    struct log_catch log = catch_log();
    cf_client_get(client, "/ask");
    const char *text = caught_log(log);
    assert_non_null(strstr(text, cf_format(client, "test_sql_log.c:%d ", lines[1])));
    assert_non_null(strstr(text, "SQL: INSERT INTO logins"));
    assert_null(strstr(text, "swordfish"));
}

static void values_beside_a_hidden_column_are_hidden(void **state)
{
    (void)state;
    assert_int_equal(cf_client_get(make_client(true), "/hide")->status, 204);
}

/* ---- Told of each statement ------------------------------------------------------------------------------------- */

static int told, told_rows;

static void note_statement(const struct cf_sql_entry *entry)
{
    assert_null(strstr(entry->sql, "swordfish"));
    told++;
    told_rows += (int)entry->rows;
}

static cf_response *count(cf_request *req)
{
    cf_sql_execute(req->db, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
                            "DELETE FROM logins WHERE id = (SELECT sum(i) FROM n)");
    cf_commit(req->db);
    return cf_text(req, cf_sql_json(req->db, "PRAGMA cache_size"));
}

static cf_client *make_measured(void)
{
    cf_app *app =
        cf_app_new("test", .database_uri = "sqlite://", .models = CF_MODELS(Login), .on_statement = note_statement,
                   .slow_statement = 0.001, .on_connect = "PRAGMA cache_size = -1234");
    cf_route(app, "GET", "/ask", ask);
    cf_route(app, "GET", "/count", count);
    return cf_test_client(app);
}

static void a_function_is_told_of_each_statement(void **state)
{
    (void)state;
    cf_client *client = make_measured();
    told = told_rows = 0;
    cf_client_get(client, "/ask");
    assert_int_equal(told, 4);
    assert_int_equal(told_rows, 4);
}

/* ---- Errors ----------------------------------------------------------------------------------------------------- */

static enum cf_error_code failures[8];
static int failure_count;

static void note_failure(const struct cf_sql_entry *entry)
{
    if (entry->error && failure_count < 8)
        failures[failure_count++] = entry->error->code;
}

static void ask_nonsense(void *db)
{
    cf_sql_execute((cf_db *)db, "DELETE FROM nowhere");
}

static void find_no_number(void *db)
{
    cf_sql_json((cf_db *)db, "SELECT abs(x) FROM (SELECT 1 AS x UNION ALL SELECT -9223372036854775807 - 1)");
}

static cf_response *fail_thrice(cf_request *req)
{
    cf_db *db = req->db;
    cf_sql_execute(db, "CREATE UNIQUE INDEX one ON logins (name)");
    cf_add(db, Login, .name = "kim", .password = "swordfish");
    cf_commit(db);
    cf_add(db, Login, .name = "kim", .password = "swordfish");
    assert_int_equal(cf_try_commit(db)->code, CF_UNIQUE);
    cf_rollback(db);
    assert_non_null(cf_attempt(req, ask_nonsense, db));
    assert_non_null(cf_attempt(req, find_no_number, db));
    cf_rollback(db);
    cf_count(db, Login);
    struct cf_sql_log log = cf_sql_log(req);
    int told_errors = 0;
    for (size_t i = 0; i < log.count; i++)
        told_errors += log.items[i].error != NULL;
    assert_int_equal(told_errors, 3);
    assert_non_null(strstr(log.items[2].error->message, "logins"));
    assert_null(log.items[log.count - 1].error);
    return cf_empty(req, 204);
}

static void a_statement_that_fails_is_told_with_its_error(void **state)
{
    (void)state;
    setenv("CARAFE_ECHO", "1", 1);
    cf_app *app =
        cf_app_new("test", .database_uri = "sqlite://", .models = CF_MODELS(Login), .on_statement = note_failure);
    unsetenv("CARAFE_ECHO");
    cf_route(app, "GET", "/fail", fail_thrice);
    cf_client *client = cf_test_client(app);
    struct log_catch log = catch_log();
    failure_count = 0;
    int status = cf_client_get(client, "/fail")->status;
    const char *text = caught_log(log);
    assert_int_equal(status, 204);
    assert_int_equal(failure_count, 3);
    assert_int_equal(failures[0], CF_UNIQUE);
    assert_int_equal(failures[1], CF_SQL);
    assert_int_equal(failures[2], CF_INVALID);
    assert_non_null(strstr(text, "SQL: DELETE FROM nowhere (failed: SQL error, "));
    assert_non_null(strstr(text, "(failed: unique violation, "));
}

/* ---- Connections ------------------------------------------------------------------------------------------------ */

static int connections;

static void number_connection(struct cf_connect *connect)
{
    assert_string_equal(connect->uri, "sqlite://");
    connect->sql = cf_format(connect, "PRAGMA user_version = %d", 40 + ++connections);
}

static void never(const struct cf_pool_event *event)
{
    fail_msg("%s has no pool", event->uri);
}

static cf_response *show_number(cf_request *req)
{
    return cf_text(req, cf_sql_json(req->db, "PRAGMA user_version"));
}

static void a_connection_begins_with_what_a_function_gives_for_it(void **state)
{
    (void)state;
    connections = 0;
    cf_app *app = cf_app_new(
        "test", .database_uri = "sqlite://", .models = CF_MODELS(Login), .on_connect = "PRAGMA user_version = 1",
        .engine_hooks = { .before_connect = number_connection, .after_checkout = never, .after_invalidate = never });
    cf_route(app, "GET", "/", show_number);
    assert_string_equal(cf_client_get(cf_test_client(app), "/")->body, "[{\"user_version\":41}]");
    assert_int_equal(connections, 1);
}

static void a_slow_statement_is_a_warning(void **state)
{
    (void)state;
    cf_client *client = make_measured();
    struct log_catch log = catch_log();
    cf_client_get(client, "/count");
    const char *text = caught_log(log);
    assert_non_null(strstr(text, "slow SQL: WITH RECURSIVE"));
    assert_non_null(strstr(text, "test_sql_log.c:"));
}

static void a_connection_begins_with_what_the_program_wants(void **state)
{
    (void)state;
    assert_string_equal(cf_client_get(make_measured(), "/count")->body, "[{\"cache_size\":-1234}]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statements_are_told_with_the_lines_that_asked),
        cmocka_unit_test(the_echo_tells_the_line_and_no_secret),
        cmocka_unit_test(values_beside_a_hidden_column_are_hidden),
        cmocka_unit_test(a_function_is_told_of_each_statement),
        cmocka_unit_test(a_statement_that_fails_is_told_with_its_error),
        cmocka_unit_test(a_connection_begins_with_what_a_function_gives_for_it),
        cmocka_unit_test(a_slow_statement_is_a_warning),
        cmocka_unit_test(a_connection_begins_with_what_the_program_wants),
    };
    return cf_run_tests(tests);
}
