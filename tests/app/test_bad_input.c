/* SPDX-License-Identifier: MIT
 *
 * What clients must not get away with, in every position of a request: each is answered 4xx with the field named, and no
 * statement that could do harm is sent, as the log of statements shows. And texts that look like SQL, where a text is
 * welcome: they are values, and come back as they were. On SQLite, and on the server that the first argument names.
 */
#include "../orm/custom.h"
#include "database.h"

/* clang-format off */
CF_CHOICES(Mood, calm, angry);

MODEL(Thing, "things",
    (id,     Id),
    (name,   String(20),              unique = true),
    (note,   Nullable(Text)),
    (whole,  Integer,                 server_default = "0"),
    (small,  Nullable(SmallInteger)),
    (flag,   Nullable(Boolean)),
    (ratio,  Nullable(Float)),
    (price,  Nullable(Numeric(6, 2))),
    (day,    Nullable(Date)),
    (hour,   Nullable(Time)),
    (moment, Nullable(DateTime)),
    (key,    Nullable(Uuid)),
    (data,   Nullable(Blob)),
    (extra,  Nullable(Json)),
    (mood,   Nullable(Enum(Mood))),
    (level,  Nullable(Choices("low", "high"))),
    (paint,  Nullable(Custom(Color))),
    (secret, String(20),              server_default = "", hidden = true));

MODEL(Owning, "ownings",
    (id,     Id),
    (thing,  Integer,              references = "things.id", json = "thingId"),
    (other,  Nullable(Integer),    references = "things.id"),
    (place,  Integer,              server_default = "0"),
    (one,    Unique(thing, place)));

SHAPE(Search, (text, String(40)), (least, Nullable(Integer)), (since, Nullable(DateTime)));
/* clang-format on */

/* ---- The application -------------------------------------------------------------------------------------------- */

static cf_response *create(cf_request *req)
{
    struct Thing *thing =
        cf_add_from_json(req, Thing,
                         cf_columns(Thing.name, Thing.note, Thing.whole, Thing.small, Thing.flag, Thing.ratio,
                                    Thing.price, Thing.day, Thing.hour, Thing.moment, Thing.key, Thing.data,
                                    Thing.extra, Thing.mood, Thing.level, Thing.paint));
    cf_commit(req->db);
    return cf_json(req, Thing, thing, .status = 201);
}

static cf_response *change(cf_request *req)
{
    struct Thing *thing = cf_get_or_404(req, Thing, cf_param_integer(req, "id"));
    cf_update_from_json(req, Thing, thing, cf_columns(Thing.name, Thing.whole, Thing.note));
    cf_commit(req->db);
    return cf_json(req, Thing, thing);
}

static cf_response *own(cf_request *req)
{
    struct Owning *owning = cf_add_from_json(req, Owning, cf_columns(Owning.thing, Owning.other, Owning.place));
    cf_commit(req->db);
    return cf_json(req, Owning, owning, .status = 201);
}

static cf_response *own_other(cf_request *req)
{
    struct Owning *owning = cf_get_or_404(req, Owning, cf_param_integer(req, "id"));
    cf_update_from_json(req, Owning, owning, cf_columns(Owning.other));
    cf_commit(req->db);
    return cf_json(req, Owning, owning);
}

/* What goes wrong is not of the body's. */
static cf_response *own_by_itself(cf_request *req)
{
    cf_add_from_json(req, Owning, cf_columns(Owning.place))->thing = 77;
    cf_commit(req->db);
    return cf_empty(req, 204);
}

static cf_response *show(cf_request *req)
{
    return cf_json(req, Thing, (struct Thing *)cf_get_or_404(req, Thing, cf_param_integer(req, "id")));
}

static cf_response *list(cf_request *req)
{
    const cf_expr *where = NULL;
    if (cf_query_or(req, "q", NULL))
        where = cf_contains(Thing.name, cf_query(req, "q"));
    if (cf_query_or(req, "least", NULL))
        where = cf_and(where, cf_ge(Thing.whole, cf_query_integer(req, "least")));
    if (cf_query_or(req, "above", NULL))
        where = cf_and(where, cf_gt(Thing.ratio, cf_query_number(req, "above")));
    if (cf_query_or(req, "flag", NULL))
        where = cf_and(where, cf_eq(Thing.flag, cf_query_boolean(req, "flag")));
    if (cf_query_or(req, "since", NULL))
        where = cf_and(where, cf_ge(Thing.moment, cf_query_time(req, "since")));
    struct Thing_page page =
        cf_paginate(req, Thing, .where = where, .order_by = cf_sort(req, "sort", Thing.name, Thing.whole));
    return cf_json(req, Thing, page);
}

static cf_response *show_all(cf_request *req, const cf_expr *where)
{
    struct Thing_list things = cf_find(req->db, Thing, .where = where, .order_by = { cf_asc(Thing.id) });
    return cf_json(req, Thing, things);
}

static cf_response *named(cf_request *req)
{
    return show_all(req, cf_eq(Thing.name, cf_param(req, "name")));
}

static cf_response *keyed(cf_request *req)
{
    cf_uuid key;
    cf_uuid_parse(cf_param(req, "key"), &key);
    return show_all(req, cf_eq(Thing.key, key));
}

static cf_response *of_header(cf_request *req)
{
    return show_all(req, cf_eq(Thing.name, cf_header(req, "X-Name")));
}

static cf_response *of_cookie(cf_request *req)
{
    return show_all(req, cf_starts_with(Thing.name, cf_cookie(req, "name")));
}

static cf_response *of_form(cf_request *req)
{
    return show_all(req, cf_and(cf_like(Thing.name, cf_form(req, "name")),
                                cf_le(Thing.whole, cf_form_integer(req, "most"))));
}

static cf_response *of_sql(cf_request *req)
{
    struct Thing_list things = cf_sql(req->db, Thing, "SELECT * FROM things WHERE name = ?", cf_header(req, "X-Name"));
    return cf_json(req, Thing, things);
}

static cf_response *of_named_values(cf_request *req)
{
    struct Thing_list things =
        cf_sql(req->db, Thing, "SELECT * FROM things WHERE name = :name AND whole = :whole",
               cf_value("name", cf_query(req, "name")), cf_value("whole", cf_query_integer(req, "whole")));
    return cf_json(req, Thing, things);
}

static cf_response *delete_named(cf_request *req)
{
    cf_delete_all(req->db, Thing, .where = cf_eq(Thing.name, cf_header(req, "X-Name")));
    cf_commit(req->db);
    return cf_empty(req, 204);
}

static cf_response *search(cf_request *req)
{
    struct Search *search = cf_body(req, Search);
    const cf_expr *where = cf_contains(Thing.name, search->text);
    if (search->least.is_set)
        where = cf_and(where, cf_ge(Thing.whole, search->least.value));
    return show_all(req, where);
}

static cf_response *member(cf_request *req)
{
    return show_all(req, cf_and(cf_eq(Thing.name, cf_body_text(req, "name")),
                                cf_eq(Thing.whole, cf_body_integer(req, "/at/0"))));
}

static cf_app *make_app(void)
{
    cf_app *app = cf_app_new("bad", .database_uri = "sqlite://", .models = CF_MODELS(Thing, Owning), .echo = true);
    cf_route(app, "POST", "/things", create);
    cf_route(app, "POST", "/ownings", own);
    cf_route(app, "PATCH", "/ownings/<int:id>", own_other);
    cf_route(app, "POST", "/ownings-by-itself", own_by_itself);
    cf_route(app, "GET", "/things", list);
    cf_route(app, "GET", "/things/<int:id>", show);
    cf_route(app, "PATCH", "/things/<int:id>", change);
    cf_route(app, "GET", "/named/<name>", named);
    cf_route(app, "GET", "/keyed/<uuid:key>", keyed);
    cf_route(app, "GET", "/header", of_header);
    cf_route(app, "GET", "/cookie", of_cookie);
    cf_route(app, "DELETE", "/things", delete_named);
    cf_route(app, "GET", "/sql", of_sql);
    cf_route(app, "GET", "/by-sql", of_named_values);
    cf_route(app, "POST", "/form", of_form);
    cf_route(app, "POST", "/search", search);
    cf_route(app, "POST", "/member", member);
    return app;
}

/* Its tables are made anew: a server has those of the test before. */
static cf_client *make_client(void)
{
    if (!server_uri)
        return cf_test_client(make_app());
    cf_client *before = cf_test_client(make_app(), .database_uri = server_uri, .no_upgrade = true);
    cf_sql_execute(cf_client_db(before), "DROP TABLE IF EXISTS ownings");
    cf_sql_execute(cf_client_db(before), "DROP TABLE IF EXISTS things");
    cf_commit(cf_client_db(before));
    return cf_test_client(make_app(), .database_uri = server_uri);
}

/* ---- What is sent ----------------------------------------------------------------------------------------------- */

struct bad {
    const char *method, *path;
    struct cf_call call;
    int status;
    const char *field; /* named by the answer; NULL: no field is to blame */
};

/* A transaction that begins and is taken back asks nothing. */
static const char *first_statement(const char *lines)
{
    const char *sql = strstr(lines, "SQL: ");
    while (sql && (strncmp(sql, "SQL: BEGIN", 10) == 0 || strncmp(sql, "SQL: ROLLBACK", 13) == 0))
        sql = strstr(sql + 1, "SQL: ");
    return sql;
}

/* Bad input is answered, and what is sent in doing so only looks. */
static void assert_answered(cf_client *client, const struct bad *bad, bool looks)
{
    struct log_catch log = catch_log();
    cf_reply *reply = cf_client_call_(client, bad->method, bad->path, bad->call);
    const char *lines = caught_log(log);
    const char *what = cf_format(client, "%s %.80s %.200s%s", bad->method, bad->path,
                                 bad->call.json ? bad->call.json : "", bad->call.form ? bad->call.form : "");
    if (reply->status != bad->status)
        fail_msg("%s: %d, not %d: %s", what, reply->status, bad->status, reply->body);
    if (bad->field && !strstr(reply->body, cf_format(client, "\"field\":\"%s\"", bad->field)) &&
        !strstr(reply->body, cf_format(client, "\\\"%s\\\"", bad->field)))
        fail_msg("%s does not name %s: %s", what, bad->field, reply->body);
    const char *sql = first_statement(lines);
    if (sql && (!looks || strstr(lines, "INSERT") || strstr(lines, "UPDATE") || strstr(lines, "DELETE") ||
                strstr(lines, "DROP")))
        fail_msg("%s was sent:\n%s", what, lines);
    assert_false(strstr(lines, "error"));
}

static void assert_all_answered(cf_client *client, const struct bad *all, size_t count, bool looks)
{
    for (size_t i = 0; i < count; i++)
        assert_answered(client, &all[i], looks);
}
#define ASSERT_ANSWERED(client, all, looks) assert_all_answered(client, all, sizeof(all) / sizeof *(all), looks)

/* ---- Values of a body ------------------------------------------------------------------------------------------- */

/* A body with one member besides the name. */
static struct bad body_with(cf_client *client, const char *field, const char *value, int status)
{
    return (struct bad){
        "POST", "/things", { .json = cf_format(client, "{\"name\":\"x\",\"%s\":%s}", field, value) }, status, field
    };
}

static void values_of_a_wrong_type_or_size_are_refused(void **state)
{
    (void)state;
    static const char *const wrongs[][20] = {
        { "note", "1", "true", "[]", "{}", "1.5" },
        { "whole", "\"1\"", "true", "1.5", "1.0", "1e2", "-0.0", "[1]", "{\"a\":1}", "null", "\"\"", "\"0x10\"",
          "\"1; DROP TABLE things\"" },
        { "small", "32768", "-32769", "\"7\"", "1e1", "9223372036854775807" },
        { "flag", "0", "1", "\"true\"", "[]", "\"yes\"" },
        { "ratio", "\"1\"", "true", "\"NaN\"", "\"Infinity\"", "[]" },
        { "price", "10000", "\"10000.00\"", "0.001", "\"1,5\"", "\"abc\"", "true", "\"NaN\"", "\"1e39\"", "\"--1\"",
          "\"\"", "\" 1\"" },
        { "day", "\"0000-01-01\"", "\"10000-01-01\"", "\"2023-02-29\"", "\"2026-13-01\"", "20260101", "\"today\"",
          "\"2026-1-1\"", "\"\"", "\"2026-01-01'\"" },
        { "hour", "\"24:00:00\"", "\"12:60\"", "\"12:00:60\"", "1200", "\"noon\"", "\"-01:00\"", "\"12:00:00.1234567\"",
          "\"12:00:00.00000001\"" },
        { "moment", "\"0000-01-01T00:00:00Z\"", "\"9999-12-31T23:59:59-01:00\"", "\"0001-01-01T00:00:00+01:00\"",
          "\"2026-02-30T00:00:00Z\"", "0", "\"now()\"", "\"2026-02-03T00:00:00.1234567Z\"",
          "\"2026-02-03 00:00:00.0000009\"" },
        { "key", "\"123\"", "\"g23e4567-e89b-42d3-a456-426614174000\"", "1", "\"\"" },
        { "data", "\"A\"", "\"AP8\"", "\"====\"", "1", "\"AP8=AP8=\"" },
        { "mood", "\"Calm\"", "0", "\"\"", "\"angry' OR '1'='1\"" },
        { "level", "\"LOW\"", "\"low \"", "1", "\"\"" },
        { "paint", "\"red\"", "\"#12345\"", "\"#1234567\"", "1", "\"\"" },
        { "name", "null", "1", "[\"x\"]", "\"123456789012345678901\"",
          "\"\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9"
          "\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\"" },
    };
    cf_client *client = make_client();
    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++)
        for (const char *const *value = wrongs[i] + 1; *value; value++) {
            struct bad bad = body_with(client, wrongs[i][0], *value, 422);
            if (strcmp(wrongs[i][0], "name") == 0)
                bad.call.json = cf_format(client, "{\"name\":%s}", *value);
            assert_answered(client, &bad, false);
        }
    assert_int_equal(cf_count(cf_client_db(client), Thing), 0);
}

/* No number of C holds them, no text of C or of a database has them: they are no values of any field. */
static void values_that_no_field_holds_are_refused(void **state)
{
    (void)state;
    cf_client *client = make_client();
    static const char *const fields[] = { "whole", "small", "ratio", "price", "extra", "note" };
    static const char *const values[] = {
        "9223372036854775808", "-9223372036854775809", "1e400", "-1e400", "99999999999999999999999999", "[1e999]"
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        for (size_t k = 0; k < sizeof values / sizeof values[0]; k++) {
            struct bad bad = body_with(client, fields[i], values[k], 422);
            assert_answered(client, &bad, false);
        }
    static const char *const malformed[] = { "NaN",
                                             "Infinity",
                                             "-Infinity",
                                             "01",
                                             "1.",
                                             ".5",
                                             "0x10",
                                             "'x'",
                                             "undefined",
                                             "+1",
                                             "\"\\u0000\"",
                                             "\"a\\u0000b\"",
                                             "\"\\ud83c\"",
                                             "\"\\udf89\"",
                                             "\"\377\"",
                                             "\"\303\"",
                                             "\"\355\240\200\"",
                                             "\"\\x41\"",
                                             "\"a\nb\"",
                                             "{\"a\":1,\"a\":2}" };
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        struct bad bad = body_with(client, "note", malformed[i], 400);
        assert_answered(client, &bad, false);
    }
    assert_int_equal(cf_count(cf_client_db(client), Thing), 0);
}

static const char *repeated(cf_client *client, const char *text, size_t count)
{
    size_t size = strlen(text);
    char *all = cf_alloc(client, size * count + 1);
    for (size_t i = 0; i < count; i++)
        memcpy(all + i * size, text, size);
    return all;
}

static void bodies_that_are_no_object_of_known_members_are_refused(void **state)
{
    (void)state;
    cf_client *client = make_client();
    const char *deep = repeated(client, "[", 100000), *wide = repeated(client, "[],", 1100000);
    const struct bad all[] = {
        { "POST", "/things", { .json = "{}" }, 422, "name" },
        { "POST", "/things", { .json = "{\"name\":\"x\",\"id\":7}" }, 422, "id" },
        { "POST", "/things", { .json = "{\"name\":\"x\",\"secret\":\"s\"}" }, 422, "secret" },
        { "POST", "/things", { .json = "{\"name\":\"x\",\"Name\":\"y\"}" }, 422, "Name" },
        { "POST", "/things", { .json = "{\"name\":\"x\",\"name \":\"y\"}" }, 422, "name " },
        { "POST",
          "/things",
          { .json = "{\"name\":\"x\",\"name=''; DROP TABLE things; --\":1}" },
          422,
          "name=''; DROP TABLE things; --" },
        { "POST", "/things", { .json = "{\"name\":\"x\",\"whole\":1,\"whole\":2}" }, 400, "whole" },
        { "POST", "/things", { .json = "{\"name\":\"x\",\"n\\u0061me\":\"y\"}" }, 400, "name" },
        { "POST", "/things", { .json = "[{\"name\":\"x\"}]" }, 422, NULL },
        { "POST", "/things", { .json = "\"name\"" }, 422, NULL },
        { "POST", "/things", { .json = "null" }, 422, NULL },
        { "POST", "/things", { .json = "1e400" }, 400, NULL },
        { "POST", "/things", { .json = "{\"name\":\"x\"" }, 400, NULL },
        { "POST", "/things", { .json = "{\"name\":\"x\"} x" }, 400, NULL },
        { "POST", "/things", { .json = "" }, 400, NULL },
        { "POST", "/things", { .json = deep }, 400, NULL },
        { "POST", "/things", { .json = cf_format(client, "{\"name\":\"x\",\"extra\":[%s1]}", wide) }, 400, "extra" },
        { "POST",
          "/things",
          { .json = cf_format(client, "{\"name\":\"x\",\"extra\":%.32s%s}", deep, repeated(client, "]", 32)) },
          422,
          "extra" },
        { "POST",
          "/things",
          { .json = cf_format(client, "{\"name\":\"x\",\"extra\":%.200s%s}", deep, repeated(client, "]", 200)) },
          400,
          "extra" },
        { "POST", "/things", { .form = "name=x" }, 415, NULL },
        { "POST", "/things", { .body = "{\"name\":\"x\"}" }, 415, NULL },
        { "POST", "/things", { .body = "{\"name\":\"x\"}", .content_type = "text/plain" }, 415, NULL },
    };
    ASSERT_ANSWERED(client, all, false);
    assert_int_equal(cf_count(cf_client_db(client), Thing), 0);
}

static void an_update_is_refused_as_a_whole(void **state)
{
    (void)state;
    cf_client *client = make_client();
    assert_int_equal(cf_client_post(client, "/things", .json = "{\"name\":\"first\",\"whole\":1}")->status, 201);
    const struct bad all[] = {
        { "PATCH", "/things/1", { .json = "{\"name\":\"second\",\"whole\":\"2\"}" }, 422, "whole" },
        { "PATCH", "/things/1", { .json = "{\"name\":\"second\",\"id\":2}" }, 422, "id" },
        { "PATCH", "/things/1", { .json = "{\"name\":\"second\",\"secret\":\"\"}" }, 422, "secret" },
        { "PATCH", "/things/1", { .json = "{\"name\":null}" }, 422, "name" },
        { "PATCH", "/things/1", { .json = "{\"name\":\"a name of too many characters\"}" }, 422, "name" },
        { "PATCH", "/things/1", { .json = "{\"note\":\"\\u0000\"}" }, 400, "note" },
        { "PATCH", "/things/2", { .json = "{\"name\":\"second\"}" }, 404, NULL },
    };
    ASSERT_ANSWERED(client, all, true);
    assert_string_equal(cf_reply_string(cf_client_get(client, "/things/1"), "/name"), "first");
}

static void bodies_read_by_shape_and_by_member_are_refused_too(void **state)
{
    (void)state;
    cf_client *client = make_client();
    const struct bad all[] = {
        { "POST", "/search", { .json = "{\"text\":1}" }, 422, "text" },
        { "POST", "/search", { .json = "{\"text\":\"x\",\"least\":1.5}" }, 422, "least" },
        { "POST", "/search", { .json = "{\"text\":\"x\",\"least\":9223372036854775808}" }, 422, "least" },
        { "POST", "/search", { .json = "{\"text\":\"x\",\"since\":\"now\"}" }, 422, "since" },
        { "POST", "/search", { .json = "{\"text\":\"x\",\"or\":\"1=1\"}" }, 422, "or" },
        { "POST", "/search", { .json = "{\"text\":\"12345678901234567890123456789012345678901\"}" }, 422, "text" },
        { "POST", "/search", { .json = "{\"text\":\"\\u0000\"}" }, 400, "text" },
        { "POST", "/member", { .json = "{\"at\":[1]}" }, 422, "name" },
        { "POST", "/member", { .json = "{\"name\":[],\"at\":[1]}" }, 422, "name" },
        { "POST", "/member", { .json = "{\"name\":\"x\",\"at\":[\"1\"]}" }, 422, "/at/0" },
        { "POST", "/member", { .json = "{\"name\":\"x\",\"at\":[1.5]}" }, 422, "/at/0" },
        { "POST", "/member", { .json = "{\"name\":\"x\",\"at\":[]}" }, 422, "/at/0" },
        { "POST", "/member", { .json = "{\"name\":\"x\",\"at\":{\"0\":\"x\"}}" }, 422, "/at/0" },
        { "POST", "/member", { .json = "{\"name\":\"x\",\"at\":[1e400]}" }, 422, "at" },
    };
    ASSERT_ANSWERED(client, all, false);
}

/* ---- Paths, queries, forms, headers ------------------------------------------------------------------------------ */

static void other_parts_of_a_request_are_refused_with_their_name(void **state)
{
    (void)state;
    cf_client *client = make_client();
    const struct bad all[] = {
        { "GET", "/things/9223372036854775808", { 0 }, 404, NULL },
        { "GET", "/things/-1", { 0 }, 404, NULL },
        { "GET", "/things/1.5", { 0 }, 404, NULL },
        { "GET", "/things/1%20OR%201=1", { 0 }, 404, NULL },
        { "GET", "/things/1;DROP%20TABLE%20things", { 0 }, 404, NULL },
        { "GET", "/things/1%00", { 0 }, 400, NULL },
        { "GET", "/things/%ff", { 0 }, 400, NULL },
        { "GET", "/named/a%00b", { 0 }, 400, NULL },
        { "GET", "/named/%c3", { 0 }, 400, NULL },
        { "GET", "/named/%zz", { 0 }, 400, NULL },
        { "GET", "/named/\377", { 0 }, 400, NULL },
        { "GET", "/keyed/123", { 0 }, 404, NULL },
        { "GET", "/things?sort=secret", { 0 }, 400, "sort" },
        { "GET", "/things?sort=id", { 0 }, 400, "sort" },
        { "GET", "/things?sort=name;DROP%20TABLE%20things", { 0 }, 400, "sort" },
        { "GET", "/things?sort=name%20DESC", { 0 }, 400, "sort" },
        { "GET", "/things?sort=(SELECT%201)", { 0 }, 400, "sort" },
        { "GET", "/things?sort=--name", { 0 }, 400, "sort" },
        { "GET", "/things?sort=name,,whole", { 0 }, 400, "sort" },
        { "GET", "/things?sort=name'", { 0 }, 400, "sort" },
        { "GET", "/things?sort=1", { 0 }, 400, "sort" },
        { "GET", "/things?sort=name,whole,name,whole,name,whole,name,whole,name", { 0 }, 400, "sort" },
        { "GET", "/things?sort=%00", { 0 }, 400, NULL },
        { "GET", "/things?page=0", { 0 }, 400, "page" },
        { "GET", "/things?page=-1", { 0 }, 400, "page" },
        { "GET", "/things?page=1'--", { 0 }, 400, "page" },
        { "GET", "/things?page=9223372036854775808", { 0 }, 400, "page" },
        { "GET", "/things?per_page=1e3", { 0 }, 400, "per_page" },
        { "GET", "/things?per_page=", { 0 }, 400, "per_page" },
        { "GET", "/things?per_page=10%20UNION%20SELECT%201", { 0 }, 400, "per_page" },
        { "GET", "/things?least=1.5", { 0 }, 400, "least" },
        { "GET", "/things?least=0x10", { 0 }, 400, "least" },
        { "GET", "/things?least=%201", { 0 }, 400, "least" },
        { "GET", "/things?least=99999999999999999999", { 0 }, 400, "least" },
        { "GET", "/things?above=nan", { 0 }, 400, "above" },
        { "GET", "/things?above=inf", { 0 }, 400, "above" },
        { "GET", "/things?above=1e400", { 0 }, 400, "above" },
        { "GET", "/things?above=1;", { 0 }, 400, "above" },
        { "GET", "/things?flag=2", { 0 }, 400, "flag" },
        { "GET", "/things?since=yesterday", { 0 }, 400, "since" },
        { "GET", "/things?since=10000-01-01T00:00:00Z", { 0 }, 400, "since" },
        { "GET", "/things?q=%ff", { 0 }, 400, NULL },
        { "GET", "/things?q=\377", { 0 }, 400, NULL },
        { "GET", "/things?q=%00", { 0 }, 400, NULL },
        { "GET", "/things?q=%2", { 0 }, 400, NULL },
        { "GET", "/things?%ff=1", { 0 }, 400, NULL },
        { "GET", "/header", { 0 }, 400, "X-Name" },
        { "GET", "/header", { .headers = { "X-Name: \377" } }, 422, "name" },
        { "DELETE", "/things", { .headers = { "X-Name: \377" } }, 422, "name" },
        { "GET", "/sql", { .headers = { "X-Name: a\303" } }, 422, NULL },
        { "GET", "/by-sql?name=x&whole=1;DROP", { 0 }, 400, "whole" },
        { "GET", "/by-sql?name=x&whole=", { 0 }, 400, "whole" },
        { "GET", "/cookie", { 0 }, 400, "name" },
        { "GET", "/cookie", { .headers = { "Cookie: name=\300\200" } }, 422, "name" },
        { "POST", "/form", { .form = "most=1" }, 400, "name" },
        { "POST", "/form", { .form = "name=x&most=1%20OR%201=1" }, 400, "most" },
        { "POST", "/form", { .form = "name=x&most=1.0" }, 400, "most" },
        { "POST", "/form", { .form = "name=%ff&most=1" }, 400, NULL },
        { "POST", "/form", { .form = "name=%00&most=1" }, 400, NULL },
        { "POST", "/form", { .json = "{\"name\":\"x\"}" }, 415, NULL },
    };
    ASSERT_ANSWERED(client, all, false);
}

/* ---- Texts that look like SQL ------------------------------------------------------------------------------------ */

static const char *const looks_like_sql[] = {
    "'; DROP TABLE things",
    "' OR '1'='1",
    "\" OR \"\"=\"",
    "\\'; --",
    "\\",
    "%",
    "_",
    "*/ /*",
    "$1 $2 ?",
    ":name %s %n",
    "` OR 1=1 #",
    "1); DELETE FROM t",
    "'' || ''",
    "\x1a\b\t\x7f",
    "NULL",
    "{d '1'}",
    "U&'\\0041'",
    "\xc2\xa0\xef\xbc\x87",
};
enum { TEXTS = sizeof looks_like_sql / sizeof looks_like_sql[0] };

static const char *encoded(cf_client *client, const char *text)
{
    char *out = cf_alloc(client, 3 * strlen(text) + 1), *at = out;
    for (; *text; text++, at += 3)
        snprintf(at, 4, "%%%02x", (unsigned char)*text);
    return out;
}

static const char *quoted(cf_client *client, const char *text)
{
    char *out = cf_alloc(client, 6 * strlen(text) + 3), *at = out;
    *at++ = '"';
    for (; *text; text++)
        at += snprintf(at, 7, (unsigned char)*text < 0x20 || *text == '"' || *text == '\\' ? "\\u%04x" : "%c",
                       (unsigned char)*text);
    *at = '"';
    return out;
}

/* The one row named so, in a list, and no text of the client's in a statement. */
static void assert_found(cf_client *client, const char *name, const char *method, const char *path, struct cf_call call,
                         const char *pointer)
{
    struct log_catch log = catch_log();
    cf_reply *reply = cf_client_call_(client, method, path, call);
    const char *lines = caught_log(log), *sql = strstr(lines, "SQL: ");
    if (reply->status != 200)
        fail_msg("%s %s: %d: %s", method, path, reply->status, reply->body);
    assert_string_equal(cf_reply_string(reply, cf_format(client, "%s/0/name", pointer)), name);
    for (; sql; sql = strstr(sql + 1, "SQL: ")) {
        size_t size = strcspn(sql, "[\n");
        if (strlen(name) > 1 && memmem(sql, size, name, strlen(name)))
            fail_msg("%s stands in %.*s", name, (int)size, sql);
    }
}

static void texts_that_look_like_sql_are_values(void **state)
{
    (void)state;
    cf_client *client = make_client();
    for (size_t i = 0; i < TEXTS; i++) {
        const char *text = looks_like_sql[i], *json = quoted(client, text);
        cf_reply *made =
            cf_client_post(client, "/things",
                           .json = cf_format(client, "{\"name\":%s,\"note\":%s,\"whole\":%zu,\"extra\":{%s:%s}}", json,
                                             json, i, json, json));
        if (made->status != 201)
            fail_msg("%s: %s", text, made->body);
    }
    for (size_t i = 0; i < TEXTS; i++) {
        const char *text = looks_like_sql[i], *url = encoded(client, text), *json = quoted(client, text);
        assert_found(client, text, "GET", cf_format(client, "/named/%s", url), (struct cf_call){ 0 }, "");
        assert_found(client, text, "GET", cf_format(client, "/things?q=%s&least=%zu&sort=whole", url, i),
                     (struct cf_call){ 0 }, "/items");
        assert_found(client, text, "POST", "/search",
                     (struct cf_call){ .json = cf_format(client, "{\"text\":%s,\"least\":%zu}", json, i) }, "");
        assert_found(client, text, "POST", "/member",
                     (struct cf_call){ .json = cf_format(client, "{\"name\":%s,\"at\":[%zu]}", json, i) }, "");
        assert_found(client, text, "GET", cf_format(client, "/by-sql?name=%s&whole=%zu", url, i), (struct cf_call){ 0 },
                     "");
        if (strpbrk(text, "\x1a\b\t;\""))
            continue;
        assert_found(client, text, "GET", "/header",
                     (struct cf_call){ .headers = { cf_format(client, "X-Name: %s", text) } }, "");
        assert_found(client, text, "GET", "/sql",
                     (struct cf_call){ .headers = { cf_format(client, "X-Name: %s", text) } }, "");
    }
    assert_int_equal(cf_count(cf_client_db(client), Thing), TEXTS);
    struct Thing_list things = cf_find(cf_client_db(client), Thing, .order_by = { cf_asc(Thing.whole) });
    for (size_t i = 0; i < TEXTS; i++)
        assert_string_equal(things.items[i]->note, looks_like_sql[i]);
}

static void assert_conflict(cf_reply *reply, const char *errors)
{
    assert_int_equal(reply->status, 409);
    if (errors ? !strstr(reply->body, errors) : strstr(reply->body, "\"errors\"") != NULL)
        fail_msg("%s", reply->body);
}

static void a_row_that_refers_to_nothing_is_a_conflict_that_names_the_field(void **state)
{
    (void)state;
    cf_client *client = make_client();
    assert_int_equal(cf_client_post(client, "/things", .json = "{\"name\":\"x\"}")->status, 201);
    int64_t id = cf_find_one(cf_client_db(client), Thing)->id;
    assert_conflict(cf_client_post(client, "/ownings", .json = "{\"thingId\":77}"),
                    "\"errors\":[{\"field\":\"thingId\",\"message\":\"refers to nothing that is there\"}]");
    const char *good = cf_format(client, "{\"thingId\":%lld,\"other\":null}", (long long)id);
    assert_int_equal(cf_client_post(client, "/ownings", .json = good)->status, 201);
    assert_conflict(cf_client_post(client, "/ownings", .json = good),
                    "\"errors\":[{\"field\":\"thingId\",\"message\":\"is taken\"}]");
    int64_t owning = cf_find_one(cf_client_db(client), Owning)->id;
    assert_conflict(cf_client_call(client, "PATCH", cf_format(client, "/ownings/%lld", (long long)owning),
                                   .json = "{\"other\":78}"),
                    "\"errors\":[{\"field\":\"other\",\"message\":\"refers to nothing that is there\"}]");
    assert_conflict(cf_client_post(client, "/ownings-by-itself", .json = "{\"place\":3}"), NULL);
}

static void a_row_that_is_there_twice_is_a_conflict_that_names_the_field(void **state)
{
    (void)state;
    cf_client *client = make_client();
    assert_int_equal(cf_client_post(client, "/things", .json = "{\"name\":\"x\"}")->status, 201);
    cf_reply *reply = cf_client_post(client, "/things", .json = "{\"name\":\"x\"}");
    assert_int_equal(reply->status, 409);
    assert_conflict(reply, "\"errors\":[{\"field\":\"name\",\"message\":\"is taken\"}]");
}

int main(int argc, char **argv)
{
    int skipped = choose_database(argc, argv, "bad");
    if (skipped)
        return skipped;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_a_wrong_type_or_size_are_refused),
        cmocka_unit_test(values_that_no_field_holds_are_refused),
        cmocka_unit_test(bodies_that_are_no_object_of_known_members_are_refused),
        cmocka_unit_test(an_update_is_refused_as_a_whole),
        cmocka_unit_test(bodies_read_by_shape_and_by_member_are_refused_too),
        cmocka_unit_test(other_parts_of_a_request_are_refused_with_their_name),
        cmocka_unit_test(texts_that_look_like_sql_are_values),
        cmocka_unit_test(a_row_that_refers_to_nothing_is_a_conflict_that_names_the_field),
        cmocka_unit_test(a_row_that_is_there_twice_is_a_conflict_that_names_the_field),
    };
    return leave_database(cf_run_tests(tests));
}
