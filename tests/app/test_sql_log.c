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
        cmocka_unit_test(a_slow_statement_is_a_warning),
        cmocka_unit_test(a_connection_begins_with_what_the_program_wants),
    };
    return cf_run_tests(tests);
}
