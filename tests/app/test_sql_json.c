/* SPDX-License-Identifier: MIT
 *
 * The rows of free SQL as JSON, the same on each database. On SQLite, and on the server that the first argument names.
 */
#include "database.h"

/* clang-format off */
CF_CHOICES(Mood, calm, angry);

MODEL(Thing, "things",
    (id,     Id),
    (name,   String(20)),
    (note,   Nullable(Text)),
    (small,  Nullable(SmallInteger)),
    (flag,   Nullable(Boolean)),
    (ratio,  Nullable(Float)),
    (price,  Nullable(Numeric(6, 2))),
    (exact,  Nullable(Numeric(20, 4))),
    (whole,  Nullable(Numeric(10, 0))),
    (day,    Nullable(Date)),
    (hour,   Nullable(Time)),
    (moment, Nullable(DateTime)),
    (code,   Nullable(Uuid)),
    (data,   Nullable(Blob)),
    (extra,  Nullable(Json)),
    (mood,   Nullable(Enum(Mood))));
/* clang-format on */

static cf_response *answer_sql(cf_request *req)
{
    const char *json =
        cf_sql_json(req->db, "SELECT id, name FROM things WHERE id = :id", cf_value("id", cf_query_integer(req, "id")));
    return cf_text(req, json, .content_type = "application/json");
}

static cf_app *make_app(void)
{
    cf_app *app = cf_app_new("sql", .database_uri = "sqlite://", .models = CF_MODELS(Thing));
    cf_route(app, "GET", "/sql", answer_sql);
    return app;
}

static cf_client *make_client(void)
{
    if (!server_uri)
        return cf_test_client(make_app());
    cf_client *before = cf_test_client(make_app(), .database_uri = server_uri, .no_upgrade = true);
    cf_sql_execute(cf_client_db(before), "DROP TABLE IF EXISTS things");
    cf_commit(cf_client_db(before));
    return cf_test_client(make_app(), .database_uri = server_uri);
}

static void add_things(cf_db *db)
{
    cf_decimal exact;
    cf_decimal_parse("1234567890123456.7890", &exact);
    cf_add(db, Thing, .name = "a \"b\"", .note = "caf\303\251", .small = cf_optional(-3),
           .flag = cf_optional((bool)true), .ratio = cf_optional(0.25), .price = cf_optional(cf_decimal_of(1250, 2)),
           .exact = cf_optional(exact), .whole = cf_optional(cf_decimal_of(42, 0)),
           .day = cf_optional(((cf_date){ 2026, 11, 22 })), .hour = cf_optional((cf_clock){ 78600000000 }),
           .moment = cf_optional((cf_time){ 1795384200000000 }), .data = ((cf_bytes){ "\1\2\3", 3 }),
           .extra = "{\"a\":[1,2.5,null]}", .mood.value = Mood_angry, .mood.is_set = true);
    cf_add(db, Thing, .name = "", .flag = cf_optional((bool)false), .price = cf_optional(cf_decimal_of(-5, 2)));
    cf_add(db, Thing, .name = "third", .price = cf_optional(cf_decimal_of(100, 2)), .extra = "7",
           .small = cf_optional(5));
    cf_commit(db);
}

static void values_of_every_type_are_as_in_json_of_a_model(void **state)
{
    (void)state;
    cf_db *db = cf_client_db(make_client());
    add_things(db);
    struct Thing_list things = cf_find(db, Thing, .order_by = { cf_asc(Thing.id) });
    struct cf__buffer expected = cf__buffer_new(cf__context_of(db->context), CF__CAP_RESPONSE, "JSON");
    cf__models_json(&expected, &Thing.model_, (void **)things.items, things.count);
    const char *of_models = cf__buffer_text(&expected), *whole = strstr(of_models, "\"whole\":\"42\"");
    assert_non_null(whole); /* which is a number here */
    const char *wanted =
        cf_format(db, "%.*s\"whole\":42%s", (int)(whole - of_models), of_models, whole + strlen("\"whole\":\"42\""));
    assert_string_equal(cf_sql_json(db, "SELECT * FROM things ORDER BY id"), wanted);
}

static void results_that_are_no_columns_have_types_too(void **state)
{
    (void)state;
    cf_db *db = cf_client_db(make_client());
    add_things(db);
    assert_string_equal(cf_sql_json(db,
                                    "SELECT count(*) AS rows_, sum(small) AS total, max(name) AS last, NULL AS nil, "
                                    "min(ratio) AS least FROM things"),
                        "[{\"rows_\":3,\"total\":2,\"last\":\"third\",\"nil\":null,\"least\":0.25}]");
    assert_string_equal(cf_sql_json(db, "SELECT id FROM things WHERE id > ?", 3), "[]");
    assert_string_equal(cf_sql_json(db, "SELECT name AS \"a b\" FROM things WHERE id = :id", cf_value("id", 3)),
                        "[{\"a b\":\"third\"}]");
}

/* MariaDB keeps a UUID in a CHAR(32), and does not say that it is one. */
static void a_uuid_is_one_where_the_database_says_so(void **state)
{
    (void)state;
    cf_db *db = cf_client_db(make_client());
    cf_uuid code;
    cf_uuid_parse("123e4567-e89b-42d3-a456-426614174000", &code);
    cf_add(db, Thing, .name = "x", .code = cf_optional(code));
    cf_commit(db);
    const char *json = cf_sql_json(db, "SELECT code FROM things");
    assert_string_equal(json, server_uri && strstr(server_uri, "maria")
                                  ? "[{\"code\":\"123e4567e89b42d3a456426614174000\"}]"
                                  : "[{\"code\":\"123e4567-e89b-42d3-a456-426614174000\"}]");
}

static void a_request_answers_with_it(void **state)
{
    (void)state;
    cf_client *client = make_client();
    add_things(cf_client_db(client));
    cf_reply *reply = cf_client_call(client, "GET", "/sql?id=3");
    assert_int_equal(reply->status, 200);
    assert_string_equal(reply->body, "[{\"id\":3,\"name\":\"third\"}]");
    assert_non_null(strstr(cf_reply_header(reply, "Content-Type"), "application/json"));
}

static void what_is_pending_is_written_before(void **state)
{
    (void)state;
    cf_db *db = cf_client_db(make_client());
    cf_add(db, Thing, .name = "new");
    assert_string_equal(cf_sql_json(db, "SELECT name FROM things"), "[{\"name\":\"new\"}]");
    assert_string_equal(cf_sql_json(db, "SELECT name FROM things"), "[{\"name\":\"new\"}]");
    cf_rollback(db);
    assert_string_equal(cf_sql_json(db, "SELECT name FROM things"), "[]");
}

static void ask_for_one_name_twice(void *db)
{
    cf_sql_json((cf_db *)db, "SELECT id AS a, name AS a FROM things");
}

static void two_columns_of_one_name_are_refused(void **state)
{
    (void)state;
    cf_db *db = cf_client_db(make_client());
    const cf_error *error = cf_attempt(db->context, ask_for_one_name_twice, db);
    assert_non_null(error);
    assert_string_equal(error->message, "cf_sql_json: two columns of the result are named a: name one with AS");
    assert_string_equal(cf_sql_json(db, "SELECT name FROM things"), "[]");
}

int main(int argc, char **argv)
{
    int skipped = choose_database(argc, argv, "sqljson");
    if (skipped)
        return skipped;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_every_type_are_as_in_json_of_a_model),
        cmocka_unit_test(results_that_are_no_columns_have_types_too),
        cmocka_unit_test(a_uuid_is_one_where_the_database_says_so),
        cmocka_unit_test(a_request_answers_with_it),
        cmocka_unit_test(what_is_pending_is_written_before),
        cmocka_unit_test(two_columns_of_one_name_are_refused),
    };
    return leave_database(cf_run_tests(tests));
}
