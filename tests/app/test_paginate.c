/* SPDX-License-Identifier: MIT
 *
 * Pages by ?page= and ?per_page=.
 */
#include "support.h"

static cf_response *list_users(cf_request *req)
{
    struct User_page page = cf_paginate(req, User);
    return cf_json(req, User, page);
}

static cf_response *list_some(cf_request *req)
{
    struct User_page page = cf_paginate(req, User, .where = cf_gt(User.id, 5), .order_by = { cf_desc(User.id) },
                                        .per_page = 2, .max_per_page = 3);
    return cf_json(req, User, page);
}

static cf_response *show_by_name(cf_request *req)
{
    struct User *user = cf_find_one_or_404(req, User, .where = cf_eq(User.name, cf_query_or(req, "name", "")));
    return cf_json(req, User, user);
}

static cf_response *show_the_only(cf_request *req)
{
    const cf_expr *where = cf_contains(User.name, cf_query_or(req, "name", ""));
    if (*cf_query_or(req, "error", ""))
        return cf_json(req, User, cf_find_exactly_one(req->db, User, .where = where));
    return cf_json(req, User, cf_find_exactly_one_or_404(req, User, .where = where));
}

static cf_client *make_client(int users)
{
    cf_app *app = cf_app_new("users", .database_uri = "sqlite://", .models = CF_MODELS(User));
    cf_route(app, "GET", "/users", list_users);
    cf_route(app, "GET", "/some", list_some);
    cf_route(app, "GET", "/by-name", show_by_name);
    cf_route(app, "GET", "/only", show_the_only);
    cf_client *client = cf_test_client(app);
    add_users(cf_client_db(client), users);
    return client;
}

static void assert_page(cf_reply *reply, int64_t page, int64_t per_page, int64_t pages, int64_t total, size_t count,
                        int64_t first)
{
    assert_int_equal(reply->status, 200);
    assert_int_equal(cf_reply_integer(reply, "/page"), page);
    assert_int_equal(cf_reply_integer(reply, "/per_page"), per_page);
    assert_int_equal(cf_reply_integer(reply, "/pages"), pages);
    assert_int_equal(cf_reply_integer(reply, "/total"), total);
    assert_int_equal(cf_reply_count(reply, "/items"), count);
    if (count)
        assert_int_equal(cf_reply_integer(reply, "/items/0/id"), first);
}

static void the_first_page_is_what_comes_without_being_asked_for(void **state)
{
    (void)state;
    cf_client *client = make_client(45);
    assert_page(cf_client_get(client, "/users"), 1, 20, 3, 45, 20, 1);
    assert_page(cf_client_get(client, "/users?page=3"), 3, 20, 3, 45, 5, 41);
    assert_page(cf_client_get(client, "/users?page=2&per_page=15"), 2, 15, 3, 45, 15, 16);
}

static void per_page_is_capped(void **state)
{
    (void)state;
    cf_client *client = make_client(7);
    assert_page(cf_client_get(client, "/users?per_page=100000"), 1, 100, 1, 7, 7, 1);
    assert_page(cf_client_get(client, "/some?per_page=100000"), 1, 3, 1, 2, 2, 7);
}

static void a_condition_and_an_order_hold_for_every_page(void **state)
{
    (void)state;
    cf_client *client = make_client(10);
    assert_page(cf_client_get(client, "/some"), 1, 2, 3, 5, 2, 10);
    assert_page(cf_client_get(client, "/some?page=3"), 3, 2, 3, 5, 1, 6);
}

static void an_empty_first_page_is_found_and_a_page_past_the_last_is_not(void **state)
{
    (void)state;
    cf_client *client = make_client(0);
    cf_reply *reply = cf_client_get(client, "/users");
    assert_page(reply, 1, 20, 0, 0, 0, 0);
    assert_string_equal(reply->body, "{\"items\":[],\"page\":1,\"per_page\":20,\"pages\":0,\"total\":0}\n");
    assert_int_equal(cf_client_get(client, "/users?page=2")->status, 404);
    assert_int_equal(cf_client_get(client, "/users?page=9223372036854775807")->status, 404);
}

static void what_is_no_page_is_400_that_names_the_field(void **state)
{
    (void)state;
    static const char *const targets[] = {
        "/users?page=0",     "/users?page=-1",     "/users?page=x", "/users?page=", "/users?page=9223372036854775808",
        "/users?per_page=0", "/users?per_page=1.5"
    };
    cf_client *client = make_client(1);
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        cf_reply *reply = cf_client_call_(client, "GET", targets[i], (struct cf_call){ 0 });
        assert_int_equal(reply->status, 400);
        assert_non_null(strstr(cf_reply_string(reply, "/error/description"), i < 5 ? "page" : "per_page"));
    }
}

static void a_row_that_is_not_found_is_404(void **state)
{
    (void)state;
    cf_client *client = make_client(3);
    assert_int_equal(cf_reply_integer(cf_client_get(client, "/by-name?name=user%202"), "/id"), 2);
    assert_int_equal(cf_client_get(client, "/by-name?name=nobody")->status, 404);
}

static void none_and_several_are_not_exactly_one(void **state)
{
    (void)state;
    cf_client *client = make_client(3);
    assert_int_equal(cf_reply_integer(cf_client_get(client, "/only?name=2"), "/id"), 2);
    assert_int_equal(cf_client_get(client, "/only?name=nobody")->status, 404);
    assert_int_equal(cf_client_get(client, "/only?name=user")->status, 404);
    assert_int_equal(cf_client_get(client, "/only?error=1&name=nobody")->status, 404);
    assert_int_equal(cf_client_get(client, "/only?error=1&name=user")->status, 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_page_is_what_comes_without_being_asked_for),
        cmocka_unit_test(per_page_is_capped),
        cmocka_unit_test(a_row_that_is_not_found_is_404),
        cmocka_unit_test(none_and_several_are_not_exactly_one),
        cmocka_unit_test(a_condition_and_an_order_hold_for_every_page),
        cmocka_unit_test(an_empty_first_page_is_found_and_a_page_past_the_last_is_not),
        cmocka_unit_test(what_is_no_page_is_400_that_names_the_field),
    };
    return cf_run_tests(tests);
}
