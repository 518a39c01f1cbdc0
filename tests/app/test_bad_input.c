/* SPDX-License-Identifier: MIT
 *
 * What a client sends that it should not: each is a 4xx that names the field, and nothing of it reaches the database. What
 * only looks dangerous is a text like any other. On SQLite, or on the server that the argument's variable names.
 */
#include "support.h"

#include "../server.h"

/* clang-format off */
CF_CHOICES(Kind, indoor, outdoor);

MODEL(Sensor, "sensors",
    (id,    Id),
    (name,  String(20), unique = true),
    (kind,  Enum(Kind)),
    (level, SmallInteger),
    (price, Numeric(6, 2)),
    (since, Date),
    (note,  Nullable(Text)));
/* clang-format on */

static const char *test_uri = "sqlite://";

static cf_response *create_sensor(cf_request *req)
{
    struct Sensor *sensor =
        cf_add_from_json(req, Sensor,
                         cf_columns(Sensor.name, Sensor.kind, Sensor.level, Sensor.price, Sensor.since, Sensor.note));
    cf_commit(req->db);
    return cf_json(req, Sensor, sensor, .status = 201);
}

static cf_response *show_sensor(cf_request *req)
{
    return cf_json(req, Sensor, (struct Sensor *)cf_get_or_404(req, Sensor, cf_param_integer(req, "id")));
}

static cf_response *list_sensors(cf_request *req)
{
    struct cf_order_list order = cf_sort(req, "sort", Sensor.name, Sensor.level);
    struct Sensor_page page = cf_paginate(req, Sensor, .order_by = order);
    return cf_json(req, Sensor, page);
}

static cf_response *search_sensors(cf_request *req)
{
    const char *word = cf_query_or(req, "word", "");
    struct Sensor_list found =
        cf_find(req->db, Sensor,
                .where = cf_or(cf_contains(Sensor.note, word), cf_eq(Sensor.name, word), cf_like(Sensor.name, word)));
    return cf_json(req, Sensor, found);
}

static cf_response *count_by_sql(cf_request *req)
{
    int64_t level = cf_query_integer_or(req, "level", 0);
    struct Sensor_list found = cf_sql(req->db, Sensor, "SELECT * FROM sensors WHERE level = :level AND name <> :name",
                                      cf_value("level", level), cf_value("name", cf_query_or(req, "name", "")));
    return cf_json(req, Sensor, found);
}

static cf_client *make_client(void)
{
    cf_app *app = cf_app_new("sensors", .database_uri = test_uri, .models = CF_MODELS(Sensor), .debug = true);
    cf_route(app, "POST", "/sensors", create_sensor);
    cf_route(app, "GET", "/sensors", list_sensors);
    cf_route(app, "GET", "/sensors/<int:id>", show_sensor);
    cf_route(app, "GET", "/search", search_sensors);
    cf_route(app, "GET", "/by-sql", count_by_sql);
    return cf_test_client(app);
}

/* How many statements were run for an answer, by its Server-Timing. */
static long statements_of(cf_reply *reply)
{
    const char *timing = cf_reply_header(reply, "Server-Timing"), *number = timing ? strstr(timing, "desc=\"") : NULL;
    return number ? strtol(number + strlen("desc=\""), NULL, 10) : 0;
}

static void assert_refused(cf_reply *reply, const char *what, const char *named)
{
    if (reply->status < 400 || reply->status > 499)
        fail_msg("%s: answered %d: %s", what, reply->status, reply->body);
    if (statements_of(reply) != 0)
        fail_msg("%s: %ld statements were run", what, statements_of(reply));
    if (named && !strstr(reply->body, named))
        fail_msg("%s: the answer does not name %s: %s", what, named, reply->body);
}

static const char good[] =
    "{\"name\":\"roof\",\"kind\":\"outdoor\",\"level\":3,\"price\":\"12.50\",\"since\":\"2026-11-22\"}";

/* The good body with another value for a member. */
static const char *body_with(cf_client *client, const char *name, const char *value)
{
    const char *member = cf_format(client, "\"%s\":", name), *at = strstr(good, member);
    if (!at)
        return cf_format(client, "{%s%s,%s", member, value, good + 1);
    at += strlen(member);
    const char *end = *at == '"' ? strchr(at + 1, '"') + 1 : at + strcspn(at, ",}");
    return cf_format(client, "%.*s%s%s", (int)(at - good), good, value, end);
}

static void values_that_do_not_fit_are_named_and_not_sent(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
    } cases[] = {
        { "name", "7" },
        { "name", "null" },
        { "name", "[\"roof\"]" },
        { "name", "{\"$ne\":\"\"}" },
        { "name", "\"a name of 21 letters x\"" },
        { "name", "\"NUL \\u0000\"" },
        { "name", "\"half a pair \\ud800\"" },
        { "kind", "\"nowhere\"" },
        { "kind", "\"indoor'; DROP TABLE sensors; --\"" },
        { "kind", "0" },
        { "level", "32768" },
        { "level", "-32769" },
        { "level", "9223372036854775808" },
        { "level", "1.5" },
        { "level", "1e400" },
        { "level", "\"3\"" },
        { "level", "true" },
        { "price", "\"1e400\"" },
        { "price", "10000" },
        { "price", "1.005" },
        { "price", "\"12.50; DELETE FROM sensors\"" },
        { "price", "\"NaN\"" },
        { "price", "\"Infinity\"" },
        { "since", "\"2026-02-30\"" },
        { "since", "\"10000-01-01\"" },
        { "since", "\"now()\"" },
        { "since", "0" },
        { "note", "{}" },
        { "id", "1" },
        { "colour", "\"red\"" },
        { "name\\\" = 1 --", "\"x\"" },
    };
    cf_client *client = make_client();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *body = body_with(client, cases[i].name, cases[i].value);
        assert_refused(cf_client_post(client, "/sensors", .json = body), body, cases[i].name);
    }
    assert_int_equal(cf_count(cf_client_db(client), Sensor), 0);
    assert_int_equal(cf_client_post(client, "/sensors", .json = good)->status, 201);
}

static void bodies_that_are_no_objects_are_refused(void **state)
{
    (void)state;
    cf_client *client = make_client();
    char *deep = cf_alloc(client, 100001);
    memset(deep, '[', 100000);
    const char *const bodies[] = { "",
                                   "{",
                                   "null",
                                   "[]",
                                   "7",
                                   "\"text\"",
                                   "{\"name\":\"a\",\"name\":\"b\"}",
                                   "{'name':'x'}",
                                   deep,
                                   "{} {}",
                                   "\xff\xfe",
                                   "{\"name\":\"\xff\"}" };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        assert_refused(cf_client_post(client, "/sensors", .json = bodies[i]), cf_format(client, "%.40s", bodies[i]),
                       NULL);
    assert_refused(cf_client_post(client, "/sensors", .form = "name=roof&level=3"), "a form", NULL);
}

static void what_a_url_says_wrongly_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "/sensors?sort=price",
        "/sensors?sort=name;DROP%20TABLE%20sensors",
        "/sensors?sort=(SELECT%201)",
        "/sensors?sort=name%20DESC",
        "/sensors?sort=%22name%22",
        "/sensors?sort=-",
        "/sensors?sort=1",
        "/sensors?page=0",
        "/sensors?page=1%20OR%201=1",
        "/sensors?page=99999999999999999999",
        "/sensors?per_page=-1",
        "/sensors/1%20OR%201=1",
        "/sensors/1;DROP%20TABLE%20sensors",
        "/sensors/99999999999999999999",
        "/by-sql?level=1;DROP",
        "/by-sql?level=",
    };
    cf_client *client = make_client();
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_refused(cf_client_get(client, wrong[i]), wrong[i], NULL);
}

/* Texts are data wherever they stand: stored as they are, found as they are, and nothing else happens. */
static void dangerous_texts_are_texts(void **state)
{
    (void)state;
    static const char *const texts[] = { "' OR '1'='1", "'; DROP TABLE s--", "\" OR \"\"=\"", "%' --",
                                         "_%_",         "$1 ? :name %s",     "\\' OR 1=1 --", "/* x */ -- ",
                                         "`x`",         "1; SELECT 1",       "\xe2\x98\x83'" };
    cf_client *client = make_client();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char escaped[128] = "", url[512] = "";
        for (const char *at = texts[i]; *at; at++) {
            size_t size = strlen(escaped);
            snprintf(escaped + size, sizeof escaped - size, *at == '"' || *at == '\\' ? "\\%c" : "%c", *at);
            size = strlen(url);
            snprintf(url + size, sizeof url - size, "%%%02x", (unsigned char)*at);
        }
        const char *body = body_with(client, "name", cf_format(client, "\"%s\",\"note\":\"<%s>\"", escaped, escaped));
        cf_reply *reply = cf_client_post(client, "/sensors", .json = body);
        assert_int_equal(reply->status, 201);
        assert_string_equal(cf_reply_string(reply, "/name"), texts[i]);
        reply = cf_client_get(client, cf_format(client, "/search?word=%s", url));
        assert_int_equal(reply->status, 200);
        bool found = false;
        for (size_t j = 0; j < cf_reply_count(reply, ""); j++)
            found = found || strcmp(cf_reply_string(reply, cf_format(client, "/%zu/name", j)), texts[i]) == 0;
        assert_true(found);
        reply = cf_client_get(client, cf_format(client, "/by-sql?level=3&name=%s", url));
        assert_int_equal(cf_reply_count(reply, ""), i); /* all but this one */
        assert_int_equal(cf_count(cf_client_db(client), Sensor), i + 1);
    }
}

static void a_row_that_is_there_twice_is_a_conflict_that_names_the_field(void **state)
{
    (void)state;
    cf_client *client = make_client();
    assert_int_equal(cf_client_post(client, "/sensors", .json = good)->status, 201);
    cf_reply *reply = cf_client_post(client, "/sensors", .json = good);
    assert_int_equal(reply->status, 409);
    assert_non_null(strstr(reply->body, "name"));
}

static void empty_tables(void *unused)
{
    (void)unused;
    cf_engine *engine = cf__engine_open(test_uri, NULL);
    struct cf__link link;
    cf__link_init(&link, engine, cf__current());
    cf__link_script(&link, "DROP TABLE IF EXISTS sensors");
    cf__link_commit(&link);
    cf__engine_close(engine);
}

static int start_anew(void **state)
{
    (void)state;
    if (strcmp(test_uri, "sqlite://") != 0)
        empty_tables(NULL);
    return 0;
}

int main(int argc, char **argv)
{
    static char uri[600];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(values_that_do_not_fit_are_named_and_not_sent, start_anew),
        cmocka_unit_test_setup(bodies_that_are_no_objects_are_refused, start_anew),
        cmocka_unit_test_setup(what_a_url_says_wrongly_is_refused, start_anew),
        cmocka_unit_test_setup(dangerous_texts_are_texts, start_anew),
        cmocka_unit_test_setup(a_row_that_is_there_twice_is_a_conflict_that_names_the_field, start_anew),
    };
    const char *found = argc > 1 ? getenv(argv[1]) : NULL;
    if (argc > 1 && !found)
        return printf("skipped: %s names no server (see tools/with-databases)\n", argv[1]), 77;
    if (found) {
        make_database(found, "app", uri, sizeof uri);
        test_uri = uri;
    }
    int failed = cf_run_tests(tests);
    if (found)
        drop_database();
    return failed;
}
