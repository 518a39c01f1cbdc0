/* SPDX-License-Identifier: MIT
 *
 * The test of docs/testing.md, compiled.
 */
/* clang-format off */
#include <stdlib.h>

#include <carafe/test.h>                              /* brings cmocka */

MODEL(User, "users",
    (id,    Id),
    (name,  String(50)),
    (email, String(120), unique = true));

static cf_response *create_user(cf_request *req)
{
    struct User *user = cf_add_from_json(req, User, cf_columns(User.name, User.email));
    cf_commit(req->db);
    return cf_json(req, User, user, .status = 201);
}

static cf_app *make_app(void)
{
    cf_app *app = cf_app_new("users", .database_uri = "sqlite:///users.db", .models = CF_MODELS(User));
    cf_route(app, "POST", "/users", create_user);
    return app;
}

static void refuses_an_address_twice(void **state) __attribute__((unused)); /* as in tests/app/test_rollback.c */
static void refuses_an_address_twice(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app(), .database_uri = getenv("TEST_DATABASE_URI"), .rollback = true);
    cf_add(cf_client_db(client), User, .name = "kim", .email = "kim@example.com");
    cf_commit(cf_client_db(client));
    cf_reply *reply = cf_client_post(client, "/users", .json = "{\"name\":\"lee\",\"email\":\"kim@example.com\"}");
    assert_int_equal(reply->status, 409);
}

static void creates_a_user(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app(), .database_uri = "sqlite://");   /* in memory, migrated to head */
    cf_reply *reply = cf_client_post(client, "/users", .json = "{\"name\":\"kim\",\"email\":\"kim@example.com\"}");
    assert_int_equal(reply->status, 201);
    assert_string_equal(cf_reply_string(reply, "/name"), "kim");
    assert_int_equal(cf_count(cf_client_db(client), User), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(creates_a_user) };
    return cf_run_tests(tests);
}
