/* SPDX-License-Identifier: MIT
 *
 * Reading a request: the sources of names and values, bodies, and what a client prefers.
 */
#include "web/support.h"

#define EXPECT_ERROR(error, code_, status_, part)                           \
    do {                                                                    \
        assert_non_null(error);                                             \
        assert_int_equal((error)->code, code_);                             \
        assert_int_equal(cf__error_status(error), status_);                 \
        if (!strstr((error)->message, part))                                \
            fail_msg("\"%s\" does not say \"%s\"", (error)->message, part); \
    } while (0)

static const char form_type[] = "application/x-www-form-urlencoded";

/* ---- What is sent by name --------------------------------------------------------------------------------------- */

static void read_parts(cf_request *req)
{
    assert_string_equal(cf_method(req), "PUT");
    assert_string_equal(cf_path(req), "/us%65rs/3");
    assert_string_equal(cf_query_string(req), "page=2&x=?");
    assert_string_equal(cf_remote_address(req), "");
    assert_null(cf_endpoint(req));
    assert_int_equal(cf_body_bytes(req).size, 4);
    assert_memory_equal(cf_body_bytes(req).data, "body", 4);
}

static void read_nothing(cf_request *req)
{
    assert_string_equal(cf_path(req), "/");
    assert_string_equal(cf_query_string(req), "");
    assert_int_equal(cf_body_bytes(req).size, 0);
    assert_non_null(cf_body_bytes(req).data);
    assert_null(cf_query_or(req, "page", NULL));
    assert_null(cf_cookie_or(req, "a", NULL));
    assert_null(cf_header_or(req, "Accept", NULL));
}

static void the_parts_of_a_request_are_as_sent(void **state)
{
    (void)state;
    struct sent *sent = send_request("PUT", "/us%65rs/3?page=2&x=?", NULL, NULL, "body");
    assert_null(handle(sent, read_parts));
    end_request(sent);
    sent = send_request("GET", "/", NULL, NULL, NULL);
    assert_null(handle(sent, read_nothing));
    end_request(sent);
}

/* The server uses the memory of a request again. */
static void a_request_knows_nothing_of_the_one_before(void **state)
{
    (void)state;
    struct cf__request request;
    char target[] = "/users";
    memset(&request, 0xff, sizeof request);
    cf__request_init(&request, "GET", target);
    const void *const before[] = { request.taken, request.response,       request.query,
                                   request.form,  request.cookies,        request.transport,
                                   request.app,   request.transport_self, request.json };
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++)
        assert_null(before[i]);
    cf__context_dispose(&request.context);
}

static void read_query(cf_request *req)
{
    assert_string_equal(cf_query(req, "name"), "k m");
    assert_string_equal(cf_query(req, "empty"), "");
    assert_string_equal(cf_query_or(req, "missing", "fallback"), "fallback");
    assert_int_equal(cf_query_integer(req, "page"), 2); /* the first */
    assert_int_equal(cf_query_integer_or(req, "missing", -7), -7);
    assert_int_equal(cf_query_integer_or(req, "page", -7), 2);
    assert_true(cf_query_number(req, "price") == 1.5);
    assert_true(cf_query_number_or(req, "missing", 2.5) == 2.5);
    assert_true(cf_query_boolean(req, "yes"));
    assert_false(cf_query_boolean(req, "no"));
    assert_true(cf_query_boolean_or(req, "missing", true));
    assert_int_equal(cf_query_time(req, "since").microseconds, 86400000000);
    assert_int_equal(cf_query_time_or(req, "missing", (cf_time){ 5 }).microseconds, 5);
}

static void query_values_are_read_as_what_they_are(void **state)
{
    (void)state;
    struct sent *sent =
        send_request("GET", "/?name=k+m&empty=&page=2&page=3&price=1.5&yes=on&no=FALSE&since=1970-01-02T00:00:00Z",
                     NULL, NULL, NULL);
    assert_null(handle(sent, read_query));
    end_request(sent);
}

static void read_page(cf_request *req)
{
    cf_query_integer_or(req, "page", 1);
}
static void need_page(cf_request *req)
{
    cf_query_integer(req, "page");
}
static void need_number(cf_request *req)
{
    cf_query_number(req, "page");
}
static void need_boolean(cf_request *req)
{
    cf_query_boolean(req, "page");
}
static void need_time(cf_request *req)
{
    cf_query_time(req, "page");
}
static void need_header(cf_request *req)
{
    cf_header(req, "X-Token");
}
static void need_cookie(cf_request *req)
{
    cf_cookie(req, "session");
}
static void need_field(cf_request *req)
{
    cf_form(req, "name");
}

static void what_is_missing_or_malformed_is_400_and_named(void **state)
{
    (void)state;
    static const struct {
        const char *target, *header, *value, *body;
        void (*handler)(cf_request *req);
        int status;
        const char *part;
    } cases[] = {
        { "/", NULL, NULL, NULL, need_page, 400, "query parameter \"page\" is missing" },
        { "/?page=x", NULL, NULL, NULL, need_page, 400, "query parameter \"page\" is not an integer" },
        { "/?page=x", NULL, NULL, NULL, read_page, 400, "\"page\"" },
        { "/?page=", NULL, NULL, NULL, read_page, 400, "\"page\"" },
        { "/?page=9223372036854775808", NULL, NULL, NULL, read_page, 400, "\"page\"" },
        { "/?page=1e999", NULL, NULL, NULL, need_number, 400, "not a number" },
        { "/?page=2", NULL, NULL, NULL, need_boolean, 400, "not true or false" },
        { "/?page=yesterday", NULL, NULL, NULL, need_time, 400, "not a time" },
        { "/?a=%zz", NULL, NULL, NULL, read_page, 400, "query string" },
        { "/?a=%FF", NULL, NULL, NULL, read_page, 400, "query string" },
        { "/", NULL, NULL, NULL, need_header, 400, "header \"X-Token\" is missing" },
        { "/", "Cookie", "other=1", NULL, need_cookie, 400, "cookie \"session\" is missing" },
        { "/", "Content-Type", form_type, "a=1", need_field, 400, "form field \"name\" is missing" },
        { "/", "Content-Type", form_type, "name=%4", need_field, 400, "form" },
        { "/", NULL, NULL, "name=kim", need_field, 415, form_type },
        { "/", "Content-Type", "application/json", "{\"name\":1}", need_field, 415, form_type },
        { "/", "Content-Type", "text/plain; application/x-www-form-urlencoded", "name=kim", need_field, 415,
          form_type },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sent *sent = send_request("POST", cases[i].target, cases[i].header, cases[i].value, cases[i].body);
        const cf_error *error = handle(sent, cases[i].handler);
        EXPECT_ERROR(error, CF_HTTP, cases[i].status, cases[i].part);
        end_request(sent);
    }
}

static void read_form(cf_request *req)
{
    assert_string_equal(cf_form(req, "name"), "kim & co");
    assert_int_equal(cf_form_integer(req, "age"), 30);
    assert_string_equal(cf_form_or(req, "missing", "x"), "x");
}

static void a_form_is_read_from_the_body(void **state)
{
    (void)state;
    static const char *const types[] = { form_type, "application/x-www-form-urlencoded; charset=utf-8",
                                         "Application/X-WWW-Form-Urlencoded" };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct sent *sent = send_request("POST", "/?name=no", "Content-Type", types[i], "name=kim+%26+co&age=30");
        assert_null(handle(sent, read_form));
        end_request(sent);
    }
}

static void read_first(cf_request *req)
{
    cf_query_or(req, "a", NULL);
}

static void more_than_a_thousand_pairs_are_refused(void **state)
{
    (void)state;
    char target[1024] = "/?", body[2100];
    struct sent *sent = send_request("POST", target, "Content-Type", form_type, NULL);
    memset(body, '&', sizeof body);
    body[1000] = '\0';
    sent->request.body = body;
    sent->request.body_size = 1000;
    EXPECT_ERROR(handle(sent, need_field), CF_HTTP, 400, "form");
    end_request(sent);
    sent = send_request("GET", "/?a&b", NULL, NULL, NULL);
    assert_null(handle(sent, read_first));
    end_request(sent);
}

static void read_cookies(cf_request *req)
{
    assert_string_equal(cf_cookie(req, "a"), "1");
    assert_string_equal(cf_cookie(req, "quoted"), "x y");
    assert_string_equal(cf_cookie(req, "empty"), "");
    assert_string_equal(cf_cookie(req, "equals"), "b=c=");
    assert_string_equal(cf_cookie(req, "last"), "%41");
    assert_string_equal(cf_cookie_or(req, "A", "case counts"), "case counts");
    assert_null(cf_cookie_or(req, "alone", NULL));
    assert_int_equal(cf_cookie_integer(req, "a"), 1);
}

static void cookies_are_read_leniently(void **state)
{
    (void)state;
    struct sent *sent = send_request("GET", "/", "cookie",
                                     "a=1; a=2;quoted=\"x y\" ;  empty=; alone ;;equals=b=c=; \"=; last=%41", NULL);
    assert_null(handle(sent, read_cookies));
    end_request(sent);
}

/* ---- The path's parameters -------------------------------------------------------------------------------------- */

static struct cf__router *router;

static void match_and_read(cf_request *req)
{
    struct cf__request *request = cf__request_of(req);
    cf__router_match(router, &request->context, request->method, request->path, &request->match);
    assert_string_equal(cf_endpoint(req), "show");
    assert_string_equal(cf_param(req, "name"), "a b");
    assert_int_equal(cf_param_integer(req, "id"), 42);
    assert_true(cf_param_number(req, "id") == 42);
    assert_int_equal(cf_param_integer_or(req, "page", 1), 1); /* another rule of the handler may have it */
    assert_string_equal(cf_param_or(req, "page", "none"), "none");
}

static void read_unknown_param(cf_request *req)
{
    match_and_read(req);
    cf_param_integer(req, "nmae");
}

static void read_without_route(cf_request *req)
{
    cf_param(req, "id");
}

static void read_name_as_integer(cf_request *req)
{
    match_and_read(req);
    cf_param_integer(req, "name");
}

static void a_parameter_that_the_route_lacks_is_an_error_of_the_program(void **state)
{
    (void)state;
    static const struct {
        void (*handler)(cf_request *req);
        enum cf_error_code code;
        int status;
        const char *part;
    } cases[] = {
        { read_unknown_param, CF_INTERNAL, 500,
          "\"/u/<name>/<int:id>\" of the endpoint show has no parameter \"nmae\"" },
        { read_without_route, CF_INTERNAL, 500, "\"id\"" },
        { read_name_as_integer, CF_HTTP, 400, "path parameter \"name\" is not an integer" },
    };
    router = cf__router_new();
    assert_null(cf__router_add(router, "GET", "/u/<name>/<int:id>", "show", NULL));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sent *sent = send_request("GET", "/u/a%20b/42", NULL, NULL, NULL);
        const cf_error *error = handle(sent, cases[i].handler);
        EXPECT_ERROR(error, cases[i].code, cases[i].status, cases[i].part);
        end_request(sent);
    }
    cf__router_free(router);
}

/* ---- JSON ------------------------------------------------------------------------------------------------------- */

static void read_body(cf_request *req)
{
    assert_string_equal(cf_body_text(req, "name"), "kim");
    assert_int_equal(cf_body_integer(req, "age"), 30);
    assert_true(cf_body_number(req, "age") == 30);
    assert_true(cf_body_number(req, "price") == 1.5);
    assert_true(cf_body_boolean(req, "ok"));
    assert_int_equal(cf_body_time(req, "since").microseconds, 86400000000);
    assert_string_equal(cf_body_text(req, "/address/city"), "Seoul");
    assert_int_equal(cf_body_integer(req, "/tags/1"), 2);
    assert_string_equal(cf_body_text_or(req, "missing", "x"), "x");
    assert_int_equal(cf_body_integer_or(req, "none", 9), 9); /* null is missing */
    assert_true(cf_body_number_or(req, "missing", 2.5) == 2.5);
    assert_true(cf_body_boolean_or(req, "missing", true));
    assert_int_equal(cf_body_time_or(req, "missing", (cf_time){ 5 }).microseconds, 5);
    assert_null(cf_body_text_or(req, "missing", NULL));
}

static void members_of_a_json_body_are_read(void **state)
{
    (void)state;
    static const char *const types[] = { "application/json", "application/json; charset=utf-8", "Application/JSON ;x=y",
                                         "application/problem+json", " application/vnd.api+json" };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct sent *sent =
            send_request("POST", "/", "Content-Type", types[i],
                         "{\"name\":\"kim\",\"age\":30,\"price\":1.5,\"ok\":true,\"since\":\"1970-01-02\","
                         "\"address\":{\"city\":\"Seoul\"},\"tags\":[1,2],\"none\":null}");
        assert_null(handle(sent, read_body));
        end_request(sent);
    }
}

static void need_text_member(cf_request *req)
{
    cf_body_text(req, "name");
}
static void need_integer_member(cf_request *req)
{
    cf_body_integer(req, "/a/b");
}
static void default_boolean_member(cf_request *req)
{
    cf_body_boolean_or(req, "na\"me", false);
}

static void a_wrong_body_is_415_or_400_or_422(void **state)
{
    (void)state;
    static const char json[] = "application/json";
    static const struct {
        const char *type, *body;
        void (*handler)(cf_request *req);
        enum cf_error_code code;
        int status;
        const char *part, *details;
    } cases[] = {
        { NULL, "{}", need_text_member, CF_HTTP, 415, "application/json", NULL },
        { "text/plain", "{}", need_text_member, CF_HTTP, 415, "application/json", NULL },
        { "application/jsonx", "{}", need_text_member, CF_HTTP, 415, "application/json", NULL },
        { "+json", "{}", need_text_member, CF_HTTP, 415, "application/json", NULL },
        { json, "", need_text_member, CF_HTTP, 400, "line 1, column 1", NULL },
        { json, "{\"name\":\n  x}", need_text_member, CF_HTTP, 400, "line 2, column 3", NULL },
        { json, "{\"name\":1,\"name\":2}", need_text_member, CF_HTTP, 400, "duplicate", NULL },
        { json, "[[[[[", need_text_member, CF_HTTP, 400, "line 1", NULL },
        { json, "{}", need_text_member, CF_INVALID, 422, "name", "[{\"field\":\"name\",\"message\":\"is missing\"}]" },
        { json, "{\"name\":null}", need_text_member, CF_INVALID, 422, "name",
          "[{\"field\":\"name\",\"message\":\"is missing\"}]" },
        { json, "[]", need_text_member, CF_INVALID, 422, "name", "[{\"field\":\"name\",\"message\":\"is missing\"}]" },
        { json, "7", need_text_member, CF_INVALID, 422, "name", NULL },
        { json, "{\"name\":7}", need_text_member, CF_INVALID, 422, "name",
          "[{\"field\":\"name\",\"message\":\"must be a text\"}]" },
        { json, "{\"a\":{\"b\":1.0}}", need_integer_member, CF_INVALID, 422, "/a/b",
          "[{\"field\":\"/a/b\",\"message\":\"must be an integer\"}]" },
        { json, "{\"a\":{\"b\":\"1\"}}", need_integer_member, CF_INVALID, 422, "/a/b", NULL },
        { json, "{\"a\":[1]}", need_integer_member, CF_INVALID, 422, "/a/b", NULL },
        { json, "{\"na\\\"me\":1}", default_boolean_member, CF_INVALID, 422, "na\"me",
          "[{\"field\":\"na\\\"me\",\"message\":\"must be true or false\"}]" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sent *sent =
            send_request("POST", "/", cases[i].type ? "Content-Type" : NULL, cases[i].type, cases[i].body);
        const cf_error *error = handle(sent, cases[i].handler);
        EXPECT_ERROR(error, cases[i].code, cases[i].status, cases[i].part);
        if (cases[i].details)
            assert_string_equal(error->details, cases[i].details);
        end_request(sent);
    }
}

/* ---- What the client prefers ------------------------------------------------------------------------------------ */

static void the_accept_header_decides_between_json_and_html(void **state)
{
    (void)state;
    static const struct {
        const char *accept;
        bool json;
    } cases[] = {
        { NULL, true },
        { "", true },
        { "*/*", true },
        { "application/json", true },
        { "text/html", false },
        { "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", false },
        { "text/html, application/json", true },
        { "text/html;q=0.5, application/json;q=0.4", false },
        { "text/html;q=0.4, application/json;q=0.5", true },
        { "text/html;q=0.999, */*;q=0.99", false },
        { "application/*;q=0.9, text/html;q=0.8", true },
        { "text/*", false },
        { "text/*, application/json;q=0", false },
        { "TEXT/HTML", false },
        { "text/html;level=1;q=0.1, application/json;q=0.2", true },
        { "text/html ; q=0 , */*", true },
        { ",,;;q=,text/html;q", false },
        { "text/html;q=1.000,application/json;q=1", true },
        { "image/png", true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sent *sent = send_request("GET", "/", cases[i].accept ? "Accept" : NULL, cases[i].accept, NULL);
        if (cf__request_wants_json(&sent->request) != cases[i].json)
            fail_msg("%s", cases[i].accept);
        end_request(sent);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_parts_of_a_request_are_as_sent),
        cmocka_unit_test(a_request_knows_nothing_of_the_one_before),
        cmocka_unit_test(query_values_are_read_as_what_they_are),
        cmocka_unit_test(what_is_missing_or_malformed_is_400_and_named),
        cmocka_unit_test(a_form_is_read_from_the_body),
        cmocka_unit_test(more_than_a_thousand_pairs_are_refused),
        cmocka_unit_test(cookies_are_read_leniently),
        cmocka_unit_test(a_parameter_that_the_route_lacks_is_an_error_of_the_program),
        cmocka_unit_test(members_of_a_json_body_are_read),
        cmocka_unit_test(a_wrong_body_is_415_or_400_or_422),
        cmocka_unit_test(the_accept_header_decides_between_json_and_html),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
