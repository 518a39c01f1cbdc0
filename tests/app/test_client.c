/* SPDX-License-Identifier: MIT
 *
 * The test client itself.
 */
#include "support.h"

#include <carafe/wait.h>

static cf_response *show_call(cf_request *req)
{
    cf_bytes body = cf_body_bytes(req);
    const char *text = cf_format(req, "%s|%s|%s|%s|%.*s", cf_method(req), cf_header_or(req, "x-token", "-"),
                                 cf_header_or(req, "Content-Type", "-"), cf_remote_address(req), (int)body.size,
                                 (const char *)body.data);
    return cf_text(req, text);
}

static cf_response *show_form(cf_request *req)
{
    return cf_text(req, cf_form(req, "name"));
}

static cf_response *log_in(cf_request *req)
{
    cf_response *response = cf_text(req, "in");
    cf_set_cookie(response, "user", "kim");
    cf_set_cookie(response, "theme", cf_query_or(req, "theme", "dark"));
    return response;
}

static cf_response *log_out(cf_request *req)
{
    cf_response *response = cf_text(req, "out");
    cf_set_cookie(response, "user", "", .max_age = -1);
    return response;
}

static cf_response *who_am_i(cf_request *req)
{
    return cf_text(req,
                   cf_format(req, "%s %s", cf_cookie_or(req, "user", "nobody"), cf_cookie_or(req, "theme", "none")));
}

static cf_response *nap(cf_request *req)
{
    cf_sleep(0.001);
    return cf_text(req, "rested");
}

static cf_response *rename_user(cf_request *req)
{
    struct User *user = cf_get_or_404(req, User, cf_param_integer(req, "id"));
    user->name = cf_query(req, "name");
    cf_commit(req->db);
    return cf_json(req, User, user);
}

static cf_response *some_json(cf_request *req)
{
    return cf_text(req, "{\"a\":{\"b\":[1,2.5,\"x\",true,null]}}", .content_type = "application/json");
}

static cf_app *make_app(void)
{
    cf_app *app = cf_app_new("users", .database_uri = "sqlite://", .models = CF_MODELS(User));
    cf_route(app, "GET POST PUT PATCH DELETE", "/call", show_call);
    cf_route(app, "POST", "/form", show_form);
    cf_route(app, "GET", "/in", log_in);
    cf_route(app, "GET", "/out", log_out);
    cf_route(app, "GET", "/who", who_am_i);
    cf_route(app, "GET", "/nap", nap);
    cf_route(app, "POST", "/users/<int:id>", rename_user);
    cf_route(app, "GET", "/json", some_json);
    return app;
}

static void a_call_arrives_as_it_was_made(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app());
    assert_string_equal(cf_client_get(client, "/call")->body, "GET|-|-|127.0.0.1|");
    assert_string_equal(cf_client_put(client, "/call", .json = "{}", .headers = { "X-Token: a:b " })->body,
                        "PUT|a:b |application/json|127.0.0.1|{}");
    assert_string_equal(cf_client_patch(client, "/call", .body = "x", .content_type = "text/plain")->body,
                        "PATCH|-|text/plain|127.0.0.1|x");
    assert_string_equal(cf_client_delete(client, "/call")->body, "DELETE|-|-|127.0.0.1|");
    assert_string_equal(cf_client_post(client, "/form", .form = "name=Kim%20L%C3%A9e&x=1")->body, "Kim L\xc3\xa9"
                                                                                                  "e");
}

static void cookies_are_kept_and_taken_away(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app());
    assert_string_equal(cf_client_get(client, "/who")->body, "nobody none");
    cf_client_get(client, "/in");
    assert_string_equal(cf_client_get(client, "/who")->body, "kim dark");
    cf_client_get(client, "/in?theme=light");
    assert_string_equal(cf_client_get(client, "/who")->body, "kim light");
    cf_client_get(client, "/out");
    assert_string_equal(cf_client_get(client, "/who")->body, "nobody light");
}

static void replies_stay_valid_after_later_calls(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app());
    cf_reply *first = cf_client_get(client, "/json");
    for (int i = 0; i < 20; i++)
        cf_client_get(client, "/who");
    assert_string_equal(cf_reply_string(first, "/a/b/2"), "x");
    assert_string_equal(cf_reply_header(first, "CONTENT-TYPE"), "application/json");
    assert_null(cf_reply_header(first, "X-None"));
}

static void members_are_read_by_pointer(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app());
    cf_reply *reply = cf_client_get(client, "/json");
    assert_int_equal(cf_reply_integer(reply, "/a/b/0"), 1);
    assert_true(cf_reply_number(reply, "/a/b/1") == 2.5);
    assert_true(cf_reply_number(reply, "/a/b/0") == 1.0);
    assert_true(cf_reply_boolean(reply, "/a/b/3"));
    assert_true(cf_reply_is_null(reply, "/a/b/4"));
    assert_false(cf_reply_is_null(reply, "/a/b/3"));
    assert_int_equal(cf_reply_count(reply, "/a/b"), 5);
    assert_int_equal(cf_reply_count(reply, "/a"), 1);
    assert_int_equal(cf_reply_count(reply, ""), 1);
}

struct look {
    cf_reply *reply;
    const char *pointer;
};
static void look_for_integer(void *look_)
{
    const struct look *look = look_;
    cf_reply_integer(look->reply, look->pointer);
}

static void a_member_that_is_missing_or_of_another_type_fails_with_the_answer(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app());
    const cf_error *missing =
        cf_attempt(client, look_for_integer, (&(struct look){ cf_client_get(client, "/json"), "/a/c" }));
    const cf_error *text =
        cf_attempt(client, look_for_integer, (&(struct look){ cf_client_get(client, "/json"), "/a/b/2" }));
    const cf_error *no_json =
        cf_attempt(client, look_for_integer, (&(struct look){ cf_client_get(client, "/who"), "/a" }));
    assert_string_equal(missing->message,
                        "GET /json answered 200: \"/a/c\" is not there: {\"a\":{\"b\":[1,2.5,\"x\",true,null]}}");
    assert_non_null(strstr(text->message, "\"/a/b/2\" is a text, not an integer"));
    assert_non_null(strstr(no_json->message, "the body is no JSON: nobody none"));
}

static void a_handler_may_park(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app());
    assert_string_equal(cf_client_get(client, "/nap")->body, "rested");
}

static void a_session_after_a_call_sees_what_it_changed(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app());
    add_users(cf_client_db(client), 1);
    struct User *before = cf_get(cf_client_db(client), User, 1);
    assert_int_equal(cf_client_post(client, "/users/1?name=lee")->status, 200);
    struct User *after = cf_get(cf_client_db(client), User, 1);
    assert_string_equal(before->name, "user 1");
    assert_string_equal(after->name, "lee");
}

static void call_with_changes_left(void *client_)
{
    cf_client *client = client_;
    cf_client_get(client, "/who");
}

static void a_call_with_uncommitted_changes_of_the_test_is_refused(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app());
    cf_add(cf_client_db(client), User, .name = "kim", .email = "kim@example.com");
    const cf_error *error = cf_attempt(client, call_with_changes_left, client);
    assert_non_null(error);
    assert_string_equal(error->message, "cf_client_db has uncommitted changes: call cf_commit before GET /who");
}

static void each_client_has_a_database_of_its_own(void **state)
{
    (void)state;
    cf_app *app = make_app();
    cf_client *one = cf_test_client(app), *other = cf_test_client(app);
    add_users(cf_client_db(one), 3);
    assert_int_equal(cf_count(cf_client_db(one), User), 3);
    assert_int_equal(cf_count(cf_client_db(other), User), 0);
    assert_int_equal(cf_client_post(other, "/users/1?name=lee")->status, 404);
    assert_int_equal(cf_client_post(one, "/users/1?name=lee")->status, 200);
}

static void make_wrong_client(void *app)
{
    cf_test_client((cf_app *)app);
}

static void an_app_with_problems_gets_no_client(void **state)
{
    (void)state;
    cf_app *app = make_app();
    cf_route(app, "GET", "/who", show_call);
    const cf_error *error = cf_attempt(&cf__current()->head, make_wrong_client, app);
    assert_non_null(error);
    assert_non_null(strstr(error->message, "/who"));
}

static void a_client_may_leave_the_database_as_it_is(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app(), .no_upgrade = true);
    struct log_catch log = catch_log();
    assert_int_equal(cf_client_post(client, "/users/1?name=lee")->status, 500);
    assert_non_null(strstr(caught_log(log), "users"));
}

/* clang-format off */
static void create_users(cf_ops *op)
{
    cf_create_table(op, "users",
        (id,    Id),
        (name,  String(50)),
        (email, String(120), unique = true));
}
/* clang-format on */

static void drop_users(cf_ops *op)
{
    cf_drop_table(op, "users");
}

static void a_clients_database_is_brought_to_head_by_the_apps_revisions(void **state)
{
    (void)state;
    static const cf_revision first = {
        .id = "4f2a91c0d3e7", .message = "create users", .upgrade = create_users, .downgrade = drop_users
    };
    static const cf_revision *const revisions[] = { &first, NULL };
    cf_app *app = cf_app_new("users", .database_uri = "sqlite:///never-made.db", .models = CF_MODELS(User),
                             .revisions = revisions);
    cf_client *client = cf_test_client(app, .database_uri = "sqlite://");
    add_users(cf_client_db(client), 2);
    assert_int_equal(cf_count(cf_client_db(client), User), 2);
    assert_int_not_equal(access("never-made.db", F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_arrives_as_it_was_made),
        cmocka_unit_test(cookies_are_kept_and_taken_away),
        cmocka_unit_test(replies_stay_valid_after_later_calls),
        cmocka_unit_test(members_are_read_by_pointer),
        cmocka_unit_test(a_member_that_is_missing_or_of_another_type_fails_with_the_answer),
        cmocka_unit_test(a_handler_may_park),
        cmocka_unit_test(a_session_after_a_call_sees_what_it_changed),
        cmocka_unit_test(a_call_with_uncommitted_changes_of_the_test_is_refused),
        cmocka_unit_test(each_client_has_a_database_of_its_own),
        cmocka_unit_test(an_app_with_problems_gets_no_client),
        cmocka_unit_test(a_clients_database_is_brought_to_head_by_the_apps_revisions),
        cmocka_unit_test(a_client_may_leave_the_database_as_it_is),
    };
    return cf_run_tests(tests);
}
