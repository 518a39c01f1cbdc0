/* SPDX-License-Identifier: MIT
 *
 * What an error leaves behind in a request: nothing. A statement half read, rows added and not committed, releases
 * registered on the way: the next request finds everything as if the failed one had not been.
 */
#include "support.h"

static char trace[16];

static void note(void *letter)
{
    strncat(trace, letter, sizeof trace - strlen(trace) - 1);
}

static void fail_in_release(void *letter)
{
    note(letter);
    cf_raise(CF_INTERNAL, "a release failed");
}

/* Leaves a statement of the session open, in the middle of its rows. */
static void read_one_row(cf_request *req)
{
    static struct User user;
    struct cf__query query = { .kind = CF__SELECT, .model = &User.model_, .columns = cf__model_columns(&User.model_) };
    struct cf__rows rows = cf__link_run(cf__session_link(req->db), &query);
    assert_true(cf__rows_next(&rows, &user));
}

static void go_deeper(cf_request *req)
{
    cf_defer(req, note, (char *)"e");
    read_one_row(req);
    cf_raise(CF_STALE, "deep down");
}

static void go_down(void *req)
{
    cf_defer((cf_request *)req, note, (char *)"d");
    go_deeper(req);
}

static cf_response *break_off(cf_request *req)
{
    cf_add(req->db, User, .name = "lost", .email = "lost@example.com");
    cf_flush(req->db);
    cf_defer(req, note, (char *)"a");
    cf_defer(req, fail_in_release, (char *)"b");
    cf_defer(req, note, (char *)"c");
    go_down(req);
    return cf_empty(req, 204);
}

/* The same, but the handler stops the error and goes on with its own work. */
static cf_response *recover(cf_request *req)
{
    cf_add(req->db, User, .name = "kept", .email = "kept@example.com");
    const cf_error *error = cf_attempt(req, go_down, req);
    assert_int_equal(error->code, CF_STALE);
    cf_commit(req->db);
    return cf_json_object(req, cf_value("count", cf_count(req->db, User)));
}

static cf_app *make_app(void)
{
    cf_app *app = cf_app_new("errors", .database_uri = "sqlite://", .models = CF_MODELS(User));
    cf_route(app, "POST", "/break", break_off);
    cf_route(app, "POST", "/recover", recover);
    return app;
}

static void a_raise_with_an_open_statement_and_releases_leaves_nothing_behind(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app());
    add_users(cf_client_db(client), 3);
    for (int i = 0; i < 3; i++) {
        trace[0] = '\0';
        int silent = cf__log_set_descriptor(-1);
        cf_reply *reply = cf_client_post(client, "/break");
        cf__log_set_descriptor(silent);
        assert_int_equal(reply->status, 409);
        assert_string_equal(trace, "edcba");
        assert_int_equal(cf_count(cf_client_db(client), User), 3);
    }
}

static void an_attempt_in_a_handler_leaves_its_own_work_alone(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app());
    add_users(cf_client_db(client), 3);
    trace[0] = '\0';
    cf_reply *reply = cf_client_post(client, "/recover");
    assert_int_equal(reply->status, 200);
    assert_int_equal(cf_reply_integer(reply, "/count"), 4);
    assert_string_equal(trace, "ed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_raise_with_an_open_statement_and_releases_leaves_nothing_behind),
        cmocka_unit_test(an_attempt_in_a_handler_leaves_its_own_work_alone),
    };
    return cf_run_tests(tests);
}
