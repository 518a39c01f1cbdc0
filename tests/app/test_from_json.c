/* SPDX-License-Identifier: MIT
 *
 * JSON bodies as rows: what is taken, and what is refused with which words.
 */
#include "../orm/custom.h"
#include "support.h"

/* clang-format off */
CF_CHOICES(Mood, calm, angry);

MODEL(Account, "accounts",
    (id,       Id),
    (name,     String(5)),
    (password, String(20), hidden = true),
    (age,      Nullable(SmallInteger)),
    (visits,   Integer, server_default = "3", json = "visitCount"),
    (token,    Uuid, insert_default = cf_default_uuid, hidden = true));

MODEL(Every, "every",
    (id,      Id),
    (whole,   Integer),
    (flag,    Boolean),
    (ratio,   Float),
    (price,   Numeric(6, 2)),
    (name,    String(50)),
    (day,     Date),
    (hour,    Time),
    (moment,  DateTime),
    (key,     Uuid),
    (data,    Blob),
    (extra,   Json),
    (mood,    Enum(Mood)),
    (level,   Choices("low", "high")));

SHAPE(Transfer,
    (from,   Integer),
    (to,     Integer),
    (amount, Numeric(10, 2)),
    (note,   Nullable(String(10))));
/* clang-format on */

static cf_response *create_account(cf_request *req)
{
    struct Account *account =
        cf_add_from_json(req, Account,
                         cf_columns(Account.name, Account.password, Account.age, Account.visits, Account.token));
    cf_commit(req->db);
    return cf_json(req, Account, account, .status = 201);
}

static cf_response *update_account(cf_request *req)
{
    struct Account *account = cf_get_or_404(req, Account, cf_param_integer(req, "id"));
    cf_update_from_json(req, Account, account, cf_columns(Account.name, Account.age));
    cf_commit(req->db);
    return cf_json(req, Account, account);
}

static cf_response *create_every(cf_request *req)
{
    struct Every *every = cf_add_from_json(req, Every,
                                           cf_columns(Every.id, Every.whole, Every.flag, Every.ratio, Every.price,
                                                      Every.name, Every.day, Every.hour, Every.moment, Every.key,
                                                      Every.data, Every.extra, Every.mood, Every.level));
    cf_commit(req->db);
    return cf_json(req, Every, every, .status = 201);
}

static cf_response *show_every(cf_request *req)
{
    return cf_json(req, Every, (struct Every *)cf_get_or_404(req, Every, cf_param_integer(req, "id")));
}

static cf_response *transfer(cf_request *req)
{
    struct Transfer *body = cf_body(req, Transfer);
    return cf_json(req, Transfer, body);
}

static cf_response *create_car(cf_request *req)
{
    struct Car *car = cf_add_from_json(req, Car, cf_columns(Car.paint, Car.trim, Car.price, Car.host));
    cf_commit(req->db);
    return cf_json(req, Car, car, .status = 201);
}

static cf_client *make_client(void)
{
    cf_app *app = cf_app_new("test", .database_uri = "sqlite://", .models = CF_MODELS(Account, Every, Car));
    cf_route(app, "POST", "/cars", create_car);
    cf_route(app, "POST", "/accounts", create_account);
    cf_route(app, "PATCH", "/accounts/<int:id>", update_account);
    cf_route(app, "POST", "/every", create_every);
    cf_route(app, "GET", "/every/<int:id>", show_every);
    cf_route(app, "POST", "/transfers", transfer);
    return cf_test_client(app);
}

/* Fails unless the answer is 422 with exactly this one error. */
static void assert_refused(cf_reply *reply, const char *field, const char *message)
{
    if (reply->status != 422)
        fail_msg("answered %d: %s", reply->status, reply->body);
    assert_int_equal(cf_reply_count(reply, "/error/errors"), 1);
    assert_string_equal(cf_reply_string(reply, "/error/errors/0/field"), field);
    assert_string_equal(cf_reply_string(reply, "/error/errors/0/message"), message);
    assert_string_equal(cf_reply_string(reply, "/error/description"), cf_format(reply, "%s %s", field, message));
}

/* ---- Adding ----------------------------------------------------------------------------------------------------- */

static void a_row_is_made_of_the_body_and_a_hidden_column_does_not_leave(void **state)
{
    (void)state;
    cf_client *client = make_client();
    cf_reply *reply = cf_client_post(client, "/accounts",
                                     .json = "{\"name\":\"kim\",\"password\":\"s3cret\",\"age\":30,\"visitCount\":7}");
    assert_int_equal(reply->status, 201);
    assert_string_equal(reply->body, "{\"id\":1,\"name\":\"kim\",\"age\":30,\"visitCount\":7}\n");
    struct Account *account = cf_get(cf_client_db(client), Account, 1);
    assert_string_equal(account->password, "s3cret");
}

static void defaults_and_null_may_be_left_out(void **state)
{
    (void)state;
    cf_client *client = make_client();
    cf_reply *reply = cf_client_post(client, "/accounts", .json = "{\"name\":\"kim\",\"password\":\"\"}");
    assert_int_equal(reply->status, 201);
    assert_string_equal(reply->body, "{\"id\":1,\"name\":\"kim\",\"age\":null,\"visitCount\":3}\n");
}

static void an_explicit_null_is_stored_where_a_column_takes_it(void **state)
{
    (void)state;
    cf_client *client = make_client();
    cf_reply *reply = cf_client_post(client, "/accounts", .json = "{\"name\":\"kim\",\"password\":\"\",\"age\":null}");
    assert_int_equal(reply->status, 201);
    assert_true(cf_reply_is_null(reply, "/age"));
    assert_refused(cf_client_post(client, "/accounts", .json = "{\"name\":null,\"password\":\"\"}"), "name",
                   "must not be null");
}

static void an_unsuitable_body_is_415_or_400_or_422(void **state)
{
    (void)state;
    cf_client *client = make_client();
    assert_int_equal(cf_client_post(client, "/accounts", .form = "name=kim")->status, 415);
    assert_int_equal(cf_client_post(client, "/accounts")->status, 415);
    assert_int_equal(cf_client_post(client, "/accounts", .json = "{\"name\":")->status, 400);
    assert_int_equal(cf_client_post(client, "/accounts", .json = "")->status, 400);
    cf_reply *array = cf_client_post(client, "/accounts", .json = "[1]");
    assert_int_equal(array->status, 422);
    assert_string_equal(cf_reply_string(array, "/error/description"), "The body must be a JSON object.");
}

static void one_error_is_told_by_itself(void **state)
{
    (void)state;
    cf_client *client = make_client();
    assert_refused(cf_client_post(client, "/accounts", .json = "{\"name\":\"kim\"}"), "password", "is missing");
    assert_refused(cf_client_post(client, "/accounts", .json = "{\"name\":\"kim\",\"password\":\"\",\"id\":9}"), "id",
                   "is unknown");
    assert_refused(cf_client_post(client, "/accounts", .json = "{\"name\":\"kim\",\"password\":\"\",\"visits\":9}"),
                   "visits", "is unknown");
    assert_refused(cf_client_post(client, "/accounts", .json = "{\"name\":1,\"password\":\"\"}"), "name",
                   "must be a text");
    assert_int_equal(cf_count(cf_client_db(client), Account), 0);
}

static void all_errors_are_told_at_once(void **state)
{
    (void)state;
    cf_client *client = make_client();
    cf_reply *reply = cf_client_post(client, "/accounts",
                                     .json = "{\"name\":\"too long\",\"age\":\"x\",\"<b>\":1,\"visitCount\":1.5}");
    assert_int_equal(reply->status, 422);
    assert_string_equal(cf_reply_string(reply, "/error/description"), "The body has 5 errors.");
    static const char *const fields[] = { "name", "password", "age", "visitCount", "<b>" };
    assert_int_equal(cf_reply_count(reply, "/error/errors"), 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(cf_reply_string(reply, cf_format(reply, "/error/errors/%zu/field", i)), fields[i]);
    assert_int_equal(cf_count(cf_client_db(client), Account), 0);
}

static void lengths_count_characters_and_ranges_are_checked(void **state)
{
    (void)state;
    cf_client *client = make_client();
    cf_reply *five = cf_client_post(
        client, "/accounts",
        .json = "{\"name\":\"\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\xe2\x82\xac\",\"password\":\"\",\"age\":32767}");
    assert_int_equal(five->status, 201);
    assert_int_equal(cf_client_post(client, "/accounts", .json = "{\"name\":\"abcdef\",\"password\":\"\"}")->status,
                     422);
    assert_int_equal(
        cf_client_post(client, "/accounts", .json = "{\"name\":\"a\",\"password\":\"\",\"age\":32768}")->status, 422);
}

/* ---- Types ------------------------------------------------------------------------------------------------------ */

static const char *const good =
    "{\"id\":77,\"whole\":-9007199254740993,\"flag\":true,\"ratio\":0.1,\"price\":\"1234.50\",\"name\":\"\\u20ac\\\"\","
    "\"day\":\"2024-02-29\",\"hour\":\"23:59:59.999999\",\"moment\":\"2026-11-22T21:50:00Z\","
    "\"key\":\"123e4567-e89b-42d3-a456-426614174000\",\"data\":\"AP8=\",\"extra\":{\"a\":[1,null,\"x\"]},"
    "\"mood\":\"angry\",\"level\":\"high\"}";

static void every_type_comes_back_as_it_was_sent(void **state)
{
    (void)state;
    cf_client *client = make_client();
    cf_reply *created = cf_client_post(client, "/every", .json = good);
    if (created->status != 201)
        fail_msg("%s", created->body);
    cf_reply *shown = cf_client_get(client, "/every/77");
    assert_string_equal(shown->body, created->body);
    assert_string_equal(
        shown->body,
        "{\"id\":77,\"whole\":-9007199254740993,\"flag\":true,\"ratio\":0.1,\"price\":\"1234.50\",\"name\":"
        "\"\xe2\x82\xac\\\"\","
        "\"day\":\"2024-02-29\",\"hour\":\"23:59:59.999999\",\"moment\":\"2026-11-22T21:50:00Z\","
        "\"key\":\"123e4567-e89b-42d3-a456-426614174000\",\"data\":\"AP8=\",\"extra\":{\"a\":[1,null,\"x\"]},"
        "\"mood\":\"angry\",\"level\":\"high\"}\n");
}

/* The good body with one member's value replaced. */
static const char *good_but(cf_client *client, const char *name, const char *value)
{
    const char *member = strstr(good, cf_format(client, "\"%s\":", name)) + strlen(name) + 3;
    const char *end = member;
    for (int depth = 0; depth > 0 || (*end != ',' && *end != '}'); end++)
        depth += (*end == '{' || *end == '[') - (*end == '}' || *end == ']');
    return cf_format(client, "%.*s%s%s", (int)(member - good), good, value, end);
}

static void a_wrong_type_is_told_with_what_it_must_be(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value, *message;
    } cases[] = {
        { "whole", "\"1\"", "must be an integer" },
        { "whole", "1.5", "must be an integer" },
        { "whole", "true", "must be an integer" },
        { "flag", "1", "must be true or false" },
        { "ratio", "\"0.1\"", "must be a number" },
        { "price", "true", "must be a decimal such as \"12.50\"" },
        { "price", "\"12,50\"", "must be a decimal such as \"12.50\"" },
        { "price", "\"1.234\"", "has more than 2 digits after the point" },
        { "price", "\"12345\"", "has more than 4 digits before the point" },
        { "price", "\"1e30\"", "has more than 4 digits before the point" },
        { "price", "0.12345678901234567",
          "must be a decimal in a text, since a number of so many digits is not exact" },
        { "name", "7", "must be a text" },
        { "day", "\"2023-02-29\"", "must be a date such as \"2026-11-22\"" },
        { "hour", "\"24:00\"", "must be a time of day such as \"21:50:00\"" },
        { "moment", "\"yesterday\"", "must be a date and time such as \"2026-11-22T21:50:00Z\"" },
        { "moment", "0", "must be a date and time such as \"2026-11-22T21:50:00Z\"" },
        { "key", "\"123e4567\"", "must be a UUID such as \"123e4567-e89b-42d3-a456-426614174000\"" },
        { "data", "\"AP8\"", "must be a text in base64" },
        { "data", "\"A=8=\"", "must be a text in base64" },
        { "data", "\"AP9=\"", "must be a text in base64" },
        { "data", "[1]", "must be a text in base64" },
        { "mood", "\"sad\"", "must be one of calm, angry" },
        { "mood", "1", "must be one of calm, angry" },
        { "level", "\"HIGH\"", "must be one of low, high" },
        { "level", "null", "must not be null" },
    };
    cf_client *client = make_client();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_refused(cf_client_post(client, "/every", .json = good_but(client, cases[i].name, cases[i].value)),
                       cases[i].name, cases[i].message);
}

static void extremes_are_taken_exactly(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value, *shown;
    } cases[] = {
        { "whole", "-9223372036854775808", "-9223372036854775808" },
        { "whole", "9223372036854775807", "9223372036854775807" },
        { "ratio", "3", "3.0" },
        { "ratio", "-2.2250738585072014e-308", "-2.2250738585072014e-308" },
        { "price", "12", "\"12.00\"" },
        { "price", "12.5", "\"12.50\"" },
        { "price", "\"-9999.99\"", "\"-9999.99\"" },
        { "data", "\"\"", "\"\"" },
        { "extra", "null", "null" },
        { "extra", "\"text\"", "\"text\"" },
        { "extra", "-1.5", "-1.5" },
        { "moment", "\"2026-11-22T21:50:00.5+09:00\"", "\"2026-11-22T12:50:00.500000Z\"" },
        { "name", "\"\"", "\"\"" },
    };
    cf_client *client = make_client();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cf_call call = { .json = good_but(client, cases[i].name, cases[i].value) };
        cf_client *fresh = make_client();
        cf_reply *reply = cf_client_call_(fresh, "POST", "/every", call);
        if (reply->status != 201)
            fail_msg("%s = %s: %s", cases[i].name, cases[i].value, reply->body);
        reply = cf_client_get(fresh, "/every/77");
        if (!strstr(reply->body, cf_format(client, "\"%s\":%s", cases[i].name, cases[i].shown)))
            fail_msg("%s = %s: %s", cases[i].name, cases[i].value, reply->body);
    }
}

static void an_integer_beyond_64_bits_is_refused(void **state)
{
    (void)state;
    cf_client *client = make_client();
    assert_refused(cf_client_post(client, "/every", .json = good_but(client, "whole", "9223372036854775808")), "whole",
                   "is a number out of range");
}

static void types_of_the_program_are_read_and_written_as_they_are_stored(void **state)
{
    (void)state;
    cf_client *client = make_client();
    cf_reply *reply =
        cf_client_post(client, "/cars", .json = "{\"paint\":\"#FF8000\",\"price\":\"12.5\",\"host\":null}");
    assert_int_equal(reply->status, 201);
    assert_string_equal(reply->body,
                        "{\"id\":1,\"paint\":\"#ff8000\",\"trim\":null,\"price\":\"12.50\",\"host\":null}\n");
    reply = cf_client_post(client, "/cars", .json = "{\"trim\":\"#010203\",\"price\":0,\"host\":4294967295}");
    assert_string_equal(reply->body, "{\"id\":2,\"paint\":\"#000000\",\"trim\":\"#010203\",\"price\":\"0.00\",\"host\":"
                                     "4294967295}\n");
    struct Car *car = cf_get(cf_client_db(client), Car, 1);
    assert_true(car->paint.red == 255 && car->paint.green == 128 && !car->trim.is_set && car->price.cents == 1250);
    static const struct {
        const char *json, *field, *message;
    } wrongs[] = {
        { "{\"price\":1,\"paint\":\"red\"}", "paint", "is no color such as \"#ff8000\"" },
        { "{\"price\":1,\"paint\":\"#0000000\"}", "paint", "is longer than 7 characters" },
        { "{\"price\":1,\"paint\":7}", "paint", "must be a text" },
        { "{\"price\":1,\"paint\":null}", "paint", "must not be null" },
        { "{\"price\":1,\"host\":-1}", "host", "is no address of 32 bits" },
        { "{\"price\":0.001}", "price", "has more than 2 digits after the point" },
        { "{}", "price", "is missing" },
    };
    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++)
        assert_refused(cf_client_post(client, "/cars", .json = wrongs[i].json), wrongs[i].field, wrongs[i].message);
    assert_int_equal(cf_count(cf_client_db(client), Car), 2);
}

/* ---- Updating and shapes ---------------------------------------------------------------------------------------- */

static void an_update_changes_what_is_there_and_nothing_else(void **state)
{
    (void)state;
    cf_client *client = make_client();
    cf_client_post(client, "/accounts", .json = "{\"name\":\"kim\",\"password\":\"s3cret\",\"age\":30}");
    cf_reply *reply = cf_client_patch(client, "/accounts/1", .json = "{\"age\":null}");
    assert_int_equal(reply->status, 200);
    assert_string_equal(reply->body, "{\"id\":1,\"name\":\"kim\",\"age\":null,\"visitCount\":3}\n");
    assert_string_equal(cf_client_patch(client, "/accounts/1", .json = "{}")->body, reply->body);
    assert_refused(cf_client_patch(client, "/accounts/1", .json = "{\"password\":\"x\"}"), "password", "is unknown");
    struct Account *account = cf_get(cf_client_db(client), Account, 1);
    assert_string_equal(account->password, "s3cret");
    assert_false(account->age.is_set);
}

static void a_refused_update_changes_nothing(void **state)
{
    (void)state;
    cf_client *client = make_client();
    cf_client_post(client, "/accounts", .json = "{\"name\":\"kim\",\"password\":\"\",\"age\":30}");
    assert_int_equal(cf_client_patch(client, "/accounts/1", .json = "{\"name\":\"lee\",\"age\":\"x\"}")->status, 422);
    assert_string_equal(((struct Account *)cf_get(cf_client_db(client), Account, 1))->name, "kim");
}

static void a_shape_is_read_whole_and_its_nullable_members_may_be_missing(void **state)
{
    (void)state;
    cf_client *client = make_client();
    cf_reply *reply = cf_client_post(client, "/transfers", .json = "{\"to\":2,\"from\":1,\"amount\":\"12.5\"}");
    assert_int_equal(reply->status, 200);
    assert_string_equal(reply->body, "{\"from\":1,\"to\":2,\"amount\":\"12.50\",\"note\":null}\n");
    cf_reply *wrong = cf_client_post(client, "/transfers", .json = "{\"to\":2,\"note\":\"longer than ten\"}");
    assert_int_equal(wrong->status, 422);
    assert_int_equal(cf_reply_count(wrong, "/error/errors"), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_made_of_the_body_and_a_hidden_column_does_not_leave),
        cmocka_unit_test(defaults_and_null_may_be_left_out),
        cmocka_unit_test(an_explicit_null_is_stored_where_a_column_takes_it),
        cmocka_unit_test(an_unsuitable_body_is_415_or_400_or_422),
        cmocka_unit_test(one_error_is_told_by_itself),
        cmocka_unit_test(all_errors_are_told_at_once),
        cmocka_unit_test(lengths_count_characters_and_ranges_are_checked),
        cmocka_unit_test(every_type_comes_back_as_it_was_sent),
        cmocka_unit_test(a_wrong_type_is_told_with_what_it_must_be),
        cmocka_unit_test(extremes_are_taken_exactly),
        cmocka_unit_test(an_integer_beyond_64_bits_is_refused),
        cmocka_unit_test(types_of_the_program_are_read_and_written_as_they_are_stored),
        cmocka_unit_test(an_update_changes_what_is_there_and_nothing_else),
        cmocka_unit_test(a_refused_update_changes_nothing),
        cmocka_unit_test(a_shape_is_read_whole_and_its_nullable_members_may_be_missing),
    };
    return cf_run_tests(tests);
}
