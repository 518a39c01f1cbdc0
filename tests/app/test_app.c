/* SPDX-License-Identifier: MIT
 *
 * The life of a request in an app, and what is wrong with an app before it is served.
 */
#include "support.h"

static cf_response *list_users(cf_request *req)
{
    struct User_list users = cf_find(req->db, User, .order_by = { cf_asc(User.id) });
    return cf_json(req, User, users);
}

static cf_response *show_user(cf_request *req)
{
    struct User *user = cf_get_or_404(req, User, cf_param_integer(req, "id"));
    return cf_json(req, User, user);
}

static cf_response *create_user(cf_request *req)
{
    struct User *user = cf_add_from_json(req, User, cf_columns(User.name, User.email));
    cf_commit(req->db);
    return cf_json(req, User, user, .status = 201);
}

static cf_response *forget_to_commit(cf_request *req)
{
    cf_add(req->db, User, .name = "kim", .email = "kim@example.com");
    return cf_text(req, "done\n");
}

static cf_response *refuse_after_a_change(cf_request *req)
{
    cf_add(req->db, User, .name = "kim", .email = "kim@example.com");
    return cf_text(req, "no\n", .status = 403);
}

static cf_response *roll_back(cf_request *req)
{
    cf_add(req->db, User, .name = "kim", .email = "kim@example.com");
    cf_rollback(req->db);
    return cf_text(req, "done\n");
}

static cf_response *answer_nothing(cf_request *req)
{
    (void)req;
    return NULL;
}

static cf_response *fail_inside(cf_request *req)
{
    (void)req;
    cf_raise(CF_INTERNAL, "the secret is 42");
}

static cf_response *be_busy(cf_request *req)
{
    (void)req;
    cf_raise(CF_BUSY, "the database is locked");
}

static cf_response *run_wrong_sql(cf_request *req)
{
    cf_sql_execute(req->db, "INSERT INTO nowhere VALUES (1)");
    return cf_empty(req, 204);
}

static cf_response *name_app(cf_request *req)
{
    return cf_text(req, cf_format(req, "%s %s %s\n", cf_request_app(req)->name, cf_endpoint(req), cf_method(req)));
}

static cf_app *make_app(bool debug)
{
    cf_app *app = cf_app_new("users", .database_uri = "sqlite://", .models = CF_MODELS(User), .debug = debug);
    cf_route(app, "GET", "/users", list_users);
    cf_route(app, "POST", "/users", create_user);
    cf_route(app, "GET", "/users/<int:id>", show_user);
    cf_route(app, "POST", "/forget", forget_to_commit);
    cf_route(app, "POST", "/refuse", refuse_after_a_change);
    cf_route(app, "POST", "/back", roll_back);
    cf_route(app, "GET", "/nothing", answer_nothing);
    cf_route(app, "GET", "/fail", fail_inside);
    cf_route(app, "GET", "/busy", be_busy);
    cf_route(app, "GET", "/sql", run_wrong_sql);
    cf_route(app, "GET", "/name/", name_app, .name = "the_name");
    return app;
}

/* ---- Requests --------------------------------------------------------------------------------------------------- */

static void the_users_app_answers_as_its_page_says(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app(false));
    assert_string_equal(cf_client_get(client, "/users")->body, "[]\n");
    cf_reply *created = cf_client_post(client, "/users", .json = "{\"name\":\"kim\",\"email\":\"kim@example.com\"}");
    assert_int_equal(created->status, 201);
    assert_string_equal(created->body, "{\"id\":1,\"name\":\"kim\",\"email\":\"kim@example.com\"}\n");
    assert_string_equal(cf_reply_header(created, "content-type"), "application/json");
    cf_reply *listed = cf_client_get(client, "/users");
    assert_int_equal(listed->status, 200);
    assert_string_equal(listed->body, "[{\"id\":1,\"name\":\"kim\",\"email\":\"kim@example.com\"}]\n");
    assert_string_equal(cf_client_get(client, "/users/1")->body, created->body);
    assert_int_equal(cf_client_get(client, "/users/2")->status, 404);
}

static void a_unique_violation_is_409_that_names_the_constraint_and_no_sql(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app(false));
    const char *kim = "{\"name\":\"kim\",\"email\":\"kim@example.com\"}";
    assert_int_equal(cf_client_post(client, "/users", .json = kim)->status, 201);
    cf_reply *reply = cf_client_post(client, "/users", .json = kim);
    assert_int_equal(reply->status, 409);
    assert_non_null(strstr(reply->body, "uq_users_email"));
    assert_null(strcasestr(reply->body, "insert"));
    assert_int_equal(cf_count(cf_client_db(client), User), 1);
}

static void what_no_rule_matches_is_404(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app(false));
    cf_reply *reply = cf_client_get(client, "/nowhere");
    assert_int_equal(reply->status, 404);
    assert_int_equal(cf_reply_integer(reply, "/error/code"), 404);
    assert_string_equal(cf_reply_string(reply, "/error/name"), "Not Found");
}

static void another_method_is_405_with_allow(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app(false));
    cf_reply *reply = cf_client_delete(client, "/users");
    assert_int_equal(reply->status, 405);
    assert_non_null(strstr(cf_reply_header(reply, "Allow"), "GET"));
    assert_non_null(strstr(cf_reply_header(reply, "Allow"), "POST"));
}

static void options_and_head_come_by_themselves(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app(false));
    cf_reply *options = cf_client_call(client, "OPTIONS", "/users");
    assert_int_equal(options->status, 200);
    assert_non_null(strstr(cf_reply_header(options, "Allow"), "HEAD"));
    cf_reply *head = cf_client_call(client, "HEAD", "/users");
    assert_int_equal(head->status, 200);
    assert_string_equal(head->body, "");
    assert_string_equal(cf_reply_header(head, "Content-Type"), "application/json");
}

static void a_missing_slash_redirects_and_keeps_the_query(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app(false));
    cf_reply *reply = cf_client_get(client, "/name?a=1&b=%20");
    assert_int_equal(reply->status, 308);
    assert_string_equal(cf_reply_header(reply, "Location"), "/name/?a=1&b=%20");
}

static void a_malformed_escape_is_400(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app(false));
    assert_int_equal(cf_client_get(client, "/name/%zz")->status, 400);
}

static void a_handler_knows_its_app_and_endpoint(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app(false));
    assert_string_equal(cf_client_get(client, "/name/")->body, "users the_name GET\n");
}

/* ---- Errors ----------------------------------------------------------------------------------------------------- */

static void a_handler_that_returns_null_is_named(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app(true));
    struct log_catch log = catch_log();
    cf_reply *reply = cf_client_get(client, "/nothing");
    const char *text = caught_log(log);
    assert_int_equal(reply->status, 500);
    assert_non_null(
        strstr(cf_reply_string(reply, "/error/description"), "handler answer_nothing (endpoint answer_nothing)"));
    assert_non_null(strstr(text, "answer_nothing"));
}

static void an_unhandled_error_is_logged_and_tells_nothing_outside_debug_mode(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app(false));
    struct log_catch log = catch_log();
    cf_reply *reply = cf_client_get(client, "/fail?x=1");
    const char *text = caught_log(log);
    assert_int_equal(reply->status, 500);
    assert_null(strstr(reply->body, "secret"));
    assert_non_null(strstr(text, "ERROR"));
    assert_non_null(strstr(text, "internal error: the secret is 42 (GET /fail)"));
    size_t lines = 0;
    for (const char *at = text; (at = strchr(at, '\n')); at++)
        lines++;
    assert_true(lines > 2); /* the backtrace */
}

static void debug_mode_tells_the_error(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app(true));
    struct log_catch log = catch_log();
    cf_reply *reply = cf_client_get(client, "/fail");
    caught_log(log);
    assert_string_equal(cf_reply_string(reply, "/error/description"), "the secret is 42");
}

static void wrong_sql_is_logged_with_its_statement_which_the_client_does_not_see(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app(false));
    struct log_catch log = catch_log();
    cf_reply *reply = cf_client_get(client, "/sql");
    const char *text = caught_log(log);
    assert_int_equal(reply->status, 500);
    assert_null(strstr(reply->body, "nowhere"));
    assert_non_null(strstr(text, "; statement: INSERT INTO nowhere VALUES (1)"));
}

static void what_cannot_be_done_now_is_a_warning_and_what_a_client_did_wrong_is_not_logged(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app(false));
    struct log_catch log = catch_log();
    cf_reply *busy = cf_client_get(client, "/busy");
    cf_reply *missing = cf_client_get(client, "/nowhere");
    const char *text = caught_log(log);
    assert_int_equal(busy->status, 503);
    assert_int_equal(missing->status, 404);
    assert_non_null(strstr(text, "WARNING"));
    assert_non_null(strstr(text, "the database is locked (GET /busy)"));
    assert_null(strstr(text, "ERROR"));
    assert_ptr_equal(strchr(text, '\n') + 1, text + strlen(text)); /* one line */
}

static void a_handler_that_does_not_commit_is_named_and_nothing_is_kept(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app(false));
    struct log_catch log = catch_log();
    cf_reply *reply = cf_client_post(client, "/forget");
    const char *text = caught_log(log);
    assert_int_equal(reply->status, 500);
    assert_non_null(
        strstr(text,
               "handler forget_to_commit left uncommitted changes: call cf_commit(req->db) or cf_rollback(req->db)"));
    assert_int_equal(cf_count(cf_client_db(client), User), 0);
}

static void in_production_it_is_a_warning(void **state)
{
    (void)state;
    cf_app *app = make_app(false);
    cf_client *client = cf_test_client(app);
    app->testing = false;
    struct log_catch log = catch_log();
    cf_reply *reply = cf_client_post(client, "/forget");
    const char *text = caught_log(log);
    app->testing = true;
    assert_int_equal(reply->status, 200);
    assert_non_null(strstr(text, "WARNING handler forget_to_commit left uncommitted changes"));
    assert_int_equal(cf_count(cf_client_db(client), User), 0);
}

static void changes_need_no_commit_where_they_are_refused_or_rolled_back(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app(false));
    assert_int_equal(cf_client_post(client, "/refuse")->status, 403);
    assert_int_equal(cf_client_post(client, "/back")->status, 200);
    assert_int_equal(cf_count(cf_client_db(client), User), 0);
}

/* ---- Before it is served ---------------------------------------------------------------------------------------- */

static void all_problems_are_told_at_once(void **state)
{
    (void)state;
    cf_app *app = cf_app_new("test");
    cf_route(app, "GET", "/users", list_users);
    cf_route(app, "GET", "/users", list_users);
    cf_route(app, "GET", "/users/<nosuch:id>", show_user);
    cf_route(app, "GET", "/nobody", NULL);
    cf_route(app, "GET", "/other", list_users, .name = "show_user");
    cf_route(app, "GET", "/another", show_user);
    const char *problems = cf__app_problems(app);
    assert_non_null(problems);
    size_t lines = 0;
    for (const char *at = problems; (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines, 4);
    assert_non_null(strstr(problems, "/users"));
    assert_non_null(strstr(problems, "nosuch"));
    assert_non_null(strstr(problems, "route /nobody: the handler is NULL\n"));
    assert_non_null(strstr(problems, "/another"));
    assert_non_null(strstr(problems, "its endpoint is the name of another handler"));
    cf_app_free(app);
}

static void a_handler_may_have_two_rules(void **state)
{
    (void)state;
    cf_app *app = cf_app_new("test");
    cf_route(app, "GET", "/users", list_users);
    cf_route(app, "GET", "/people", list_users);
    assert_null(cf__app_problems(app));
    cf_app_free(app);
}

static void revisions_without_models_are_a_problem(void **state)
{
    (void)state;
    static const cf_revision *const revisions[] = { NULL };
    const struct cf_model *const none[] = { NULL };
    cf_app *missing = cf_app_new("test", .database_uri = "sqlite://", .revisions = revisions);
    cf_app *empty = cf_app_new("test", .database_uri = "sqlite://", .revisions = revisions, .models = none);
    cf_app *plain = cf_app_new("test", .database_uri = "sqlite://");
    assert_non_null(strstr(cf__app_problems(missing), "no models"));
    assert_non_null(strstr(cf__app_problems(empty), "no models"));
    assert_null(cf__app_problems(plain));
    cf_app_free(missing);
    cf_app_free(empty);
    cf_app_free(plain);
}

static void a_route_that_comes_too_late_is_ignored_with_a_word(void **state)
{
    (void)state;
    cf_app *app = make_app(false);
    cf_client *client = cf_test_client(app);
    cf_client_get(client, "/users");
    struct log_catch log = catch_log();
    cf_route(app, "GET", "/late", list_users);
    assert_non_null(strstr(caught_log(log), "route /late was added while the app is being served"));
    assert_int_equal(cf_client_get(client, "/late")->status, 404);
}

static void an_app_without_a_database_serves_what_needs_none(void **state)
{
    (void)state;
    cf_app *app = cf_app_new("plain", .debug = true);
    cf_route(app, "GET", "/name", name_app);
    cf_route(app, "GET", "/users", list_users);
    cf_client *client = cf_test_client(app);
    assert_int_equal(cf_client_get(client, "/name")->status, 200);
    struct log_catch log = catch_log();
    cf_reply *reply = cf_client_get(client, "/users");
    caught_log(log);
    assert_int_equal(reply->status, 500);
    assert_non_null(strstr(cf_reply_string(reply, "/error/description"), "database_uri"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_users_app_answers_as_its_page_says),
        cmocka_unit_test(a_unique_violation_is_409_that_names_the_constraint_and_no_sql),
        cmocka_unit_test(what_no_rule_matches_is_404),
        cmocka_unit_test(another_method_is_405_with_allow),
        cmocka_unit_test(options_and_head_come_by_themselves),
        cmocka_unit_test(a_missing_slash_redirects_and_keeps_the_query),
        cmocka_unit_test(a_malformed_escape_is_400),
        cmocka_unit_test(a_handler_knows_its_app_and_endpoint),
        cmocka_unit_test(a_handler_that_returns_null_is_named),
        cmocka_unit_test(an_unhandled_error_is_logged_and_tells_nothing_outside_debug_mode),
        cmocka_unit_test(debug_mode_tells_the_error),
        cmocka_unit_test(wrong_sql_is_logged_with_its_statement_which_the_client_does_not_see),
        cmocka_unit_test(what_cannot_be_done_now_is_a_warning_and_what_a_client_did_wrong_is_not_logged),
        cmocka_unit_test(a_handler_that_does_not_commit_is_named_and_nothing_is_kept),
        cmocka_unit_test(in_production_it_is_a_warning),
        cmocka_unit_test(changes_need_no_commit_where_they_are_refused_or_rolled_back),
        cmocka_unit_test(all_problems_are_told_at_once),
        cmocka_unit_test(a_handler_may_have_two_rules),
        cmocka_unit_test(revisions_without_models_are_a_problem),
        cmocka_unit_test(a_route_that_comes_too_late_is_ignored_with_a_word),
        cmocka_unit_test(an_app_without_a_database_serves_what_needs_none),
    };
    return cf_run_tests(tests);
}
