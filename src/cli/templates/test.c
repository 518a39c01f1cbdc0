#include <carafe/test.h>

#include "app.h"
#include "models.h"

static cf_client *make_client(void)
{
    return cf_test_client(make_app(), .database_uri = "sqlite://"); /* in memory, with all tables */
}

static void creates_and_shows_an_item(void **state)
{
    (void)state;
    cf_client *client = make_client();
    cf_reply *reply = cf_client_post(client, "/items", .json = "{\"name\":\"cup\"}");
    assert_int_equal(reply->status, 201);
    reply = cf_client_get(client, "/items/1");
    assert_int_equal(reply->status, 200);
    assert_string_equal(cf_reply_string(reply, "/name"), "cup");
    assert_int_equal(cf_count(cf_client_db(client), Item), 1);
}

static void refuses_a_name_twice(void **state)
{
    (void)state;
    cf_client *client = make_client();
    cf_client_post(client, "/items", .json = "{\"name\":\"cup\"}");
    assert_int_equal(cf_client_post(client, "/items", .json = "{\"name\":\"cup\"}")->status, 409);
}

static void does_not_know_what_is_not_there(void **state)
{
    (void)state;
    assert_int_equal(cf_client_get(make_client(), "/items/1")->status, 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(creates_and_shows_an_item),
        cmocka_unit_test(refuses_a_name_twice),
        cmocka_unit_test(does_not_know_what_is_not_there),
    };
    return cf_run_tests(tests);
}
