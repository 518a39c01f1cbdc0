/* SPDX-License-Identifier: MIT
 *
 * Routes whose handler runs in a transaction: on SQLite, and on the server that the first argument names.
 */
#include "database.h"

static int runs;

/* Meets another transaction as often as the path says. */
static cf_response *add_user(cf_request *req)
{
    struct User *user = cf_add(req->db, User, .name = "kim", .email = "kim@example.com");
    cf_flush(req->db);
    if (++runs <= cf_param_integer(req, "conflicts"))
        cf_raise(CF_CONFLICT, "another transaction was first");
    return cf_json(req, User, user, .status = 201);
}

static cf_response *refuse(cf_request *req)
{
    cf_add(req->db, User, .name = "lee", .email = "lee@example.com");
    cf_flush(req->db);
    return cf_text(req, "no\n", .status = 409);
}

static cf_response *give_up(cf_request *req)
{
    cf_add(req->db, User, .name = "lee", .email = "lee@example.com");
    cf_flush(req->db);
    cf_abort(req, 404);
}

/* How many there are, where nothing has been flushed. */
static cf_response *count_with_one_added(cf_request *req)
{
    cf_add(req->db, User, .name = "lee", .email = "lee@example.com");
    int64_t count = cf_count(req->db, User);
    cf_rollback(req->db);
    return cf_text(req, cf_format(req, "%d", (int)count));
}

static int begun, rolled_back;

static void count_begun(cf_db *db)
{
    (void)db;
    begun++;
}

static void count_rolled_back(cf_db *db)
{
    (void)db;
    rolled_back++;
}

static cf_app *make_app(void)
{
    cf_app *app = cf_app_new("users", .database_uri = "sqlite://", .models = CF_MODELS(User),
                             .session_hooks = { .after_begin = count_begun, .after_rollback = count_rolled_back });
    cf_route(app, "POST", "/users/<int:conflicts>", add_user, .transaction = true);
    cf_route(app, "POST", "/refused", refuse, .transaction = true);
    cf_route(app, "POST", "/given-up", give_up, .transaction = true);
    return app;
}

/* Its table is made anew: a server has that of the test before. */
static cf_client *make_client(void)
{
    runs = 0;
    if (!server_uri)
        return cf_test_client(make_app());
    cf_client *before = cf_test_client(make_app(), .database_uri = server_uri, .no_upgrade = true);
    cf_sql_execute(cf_client_db(before), "DROP TABLE IF EXISTS users");
    cf_commit(cf_client_db(before));
    return cf_test_client(make_app(), .database_uri = server_uri);
}

static void what_a_handler_returns_from_is_committed(void **state)
{
    (void)state;
    cf_client *client = make_client();
    assert_int_equal(cf_client_post(client, "/users/0")->status, 201);
    assert_int_equal(cf_count(cf_client_db(client), User), 1);
}

static void it_runs_again_where_it_met_another(void **state)
{
    (void)state;
    cf_client *client = make_client();
    assert_int_equal(cf_client_post(client, "/users/2")->status, 201);
    assert_int_equal(runs, 3);
    assert_int_equal(cf_count(cf_client_db(client), User), 1);
}

static void an_answer_that_is_an_error_commits_nothing(void **state)
{
    (void)state;
    cf_client *client = make_client();
    assert_int_equal(cf_client_post(client, "/refused")->status, 409);
    assert_int_equal(cf_client_post(client, "/given-up")->status, 404);
    assert_int_equal(cf_count(cf_client_db(client), User), 0);
}

static void the_app_hears_of_each_transaction(void **state)
{
    (void)state;
    cf_client *client = make_client();
    begun = rolled_back = 0;
    cf_client_post(client, "/users/2");
    assert_int_equal(begun, 3);
    assert_int_equal(rolled_back, 2);
    cf_client_post(client, "/given-up");
    assert_int_equal(begun, 4);
    assert_int_equal(rolled_back, 3);
}

static void an_app_may_switch_autoflush_off(void **state)
{
    (void)state;
    for (int off = 0; off < 2; off++) {
        cf_app *app = cf_app_new("users", .database_uri = "sqlite://", .models = CF_MODELS(User), .no_autoflush = off);
        cf_route(app, "GET", "/count", count_with_one_added);
        assert_string_equal(cf_client_get(cf_test_client(app), "/count")->body, off ? "0" : "1");
    }
}

int main(int argc, char **argv)
{
    int skipped = choose_database(argc, argv, "transaction");
    if (skipped)
        return skipped;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_handler_returns_from_is_committed),
        cmocka_unit_test(it_runs_again_where_it_met_another),
        cmocka_unit_test(an_answer_that_is_an_error_commits_nothing),
        cmocka_unit_test(the_app_hears_of_each_transaction),
        cmocka_unit_test(an_app_may_switch_autoflush_off),
    };
    return leave_database(cf_run_tests(tests));
}
