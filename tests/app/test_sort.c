/* SPDX-License-Identifier: MIT
 *
 * Orders by ?sort=.
 */
#include "support.h"

static cf_response *list_users(cf_request *req)
{
    struct User_list users = cf_find(req->db, User, .order_by = cf_sort(req, "sort", User.name, User.id));
    return cf_json(req, User, users);
}

static cf_client *make_client(void)
{
    cf_app *app = cf_app_new("users", .database_uri = "sqlite://", .models = CF_MODELS(User));
    cf_route(app, "GET", "/users", list_users);
    cf_client *client = cf_test_client(app);
    add_users(cf_client_db(client), 3);
    return client;
}

static void rows_come_in_the_order_asked_for(void **state)
{
    (void)state;
    cf_client *client = make_client();
    assert_int_equal(cf_reply_integer(cf_client_get(client, "/users?sort=id"), "/0/id"), 1);
    assert_int_equal(cf_reply_integer(cf_client_get(client, "/users?sort=-id"), "/0/id"), 3);
    assert_int_equal(cf_reply_integer(cf_client_get(client, "/users?sort=-name,id"), "/0/id"), 3);
    assert_int_equal(cf_client_get(client, "/users")->status, 200);
    assert_int_equal(cf_client_get(client, "/users?sort=")->status, 200);
}

static void a_column_that_is_not_listed_is_refused(void **state)
{
    (void)state;
    cf_client *client = make_client();
    static const char *const wrong[] = { "email",  "-email",    "id,email", "--id",
                                         "id,,id", "id%20desc", "1;DROP",   "id,id,id,id,id,id,id,id,id" };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        cf_reply *reply = cf_client_get(client, cf_format(cf_client_db(client), "/users?sort=%s", wrong[i]));
        assert_int_equal(reply->status, 400);
    }
    cf_reply *reply = cf_client_get(client, "/users?sort=email");
    assert_non_null(
        strstr(reply->body, "The query parameter \\\"sort\\\" cannot be \\\"email\\\": it takes name, id."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_in_the_order_asked_for),
        cmocka_unit_test(a_column_that_is_not_listed_is_refused),
    };
    return cf_run_tests(tests);
}
