/* SPDX-License-Identifier: MIT
 *
 * Making responses: bodies, types, headers and cookies, and that nothing can smuggle a line into the header.
 */
#include "web/support.h"

static cf_response *made; /* by the handler, for the test to look at while the request lives */

static const char *header_of(const cf_response *response, const char *name)
{
    for (const struct cf__header *header = response->headers; header; header = header->next)
        if (strcasecmp(header->name, name) == 0)
            return header->value;
    return NULL;
}

static int count_headers(const cf_response *response, const char *name)
{
    int count = 0;
    for (const struct cf__header *header = response->headers; header; header = header->next)
        count += !name || strcasecmp(header->name, name) == 0;
    return count;
}

static struct sent *answer_with(void (*handler)(cf_request *req))
{
    struct sent *sent = send_request("GET", "/", NULL, NULL, NULL);
    const cf_error *error = handle(sent, handler);
    if (error)
        fail_msg("%s", error->message);
    return sent;
}

static void check_made(int status, const char *type, const char *body)
{
    assert_int_equal(made->status, status);
    if (type)
        assert_string_equal(made->content_type, type);
    else
        assert_null(made->content_type);
    assert_int_equal(made->size, strlen(body));
    assert_memory_equal(made->body, body, made->size);
}

/* ---- Bodies ----------------------------------------------------------------------------------------------------- */

static void make_text(cf_request *req)
{
    char text[] = "hello\n";
    made = cf_text(req, text);
    memset(text, 'x', sizeof text - 1); /* it was copied */
}
static void make_csv(cf_request *req)
{
    made = cf_text(req, "a,b\n", .status = 201, .content_type = "text/csv");
}
static void make_bytes(cf_request *req)
{
    made = cf_send(req, ((cf_bytes){ "\0\1", 2 }));
}
static void make_image(cf_request *req)
{
    made = cf_send(req, ((cf_bytes){ NULL, 0 }), .content_type = "image/png");
}
static void make_empty(cf_request *req)
{
    made = cf_empty(req, 204);
}
static void make_object(cf_request *req)
{
    const char *none = NULL;
    made = cf_json_object(req, cf_value("count", 3), cf_value("big", INT64_MIN), cf_value("price", 1.5),
                          cf_value("ok", (bool)true), cf_value("na\"me", "k\xFFm\n"), cf_value("none", none),
                          cf_value("since", ((cf_time){ 500000 })));
}

static void make_object_of_other_types(cf_request *req)
{
    made = cf_json_object(req, cf_value("day", ((cf_date){ 2026, 3, 4 })),
                          cf_value("at", cf_optional(((cf_clock){ 0 }))), cf_value("price", cf_decimal_of(1250, 2)),
                          cf_value("id", ((cf_uuid){ { 0 } })), cf_value("data", ((cf_bytes){ "abcd", 4 })),
                          cf_value("none", cf_null_integer), cf_value("nothing", ((cf_bytes){ NULL, 0 })),
                          cf_value("ids", cf_integers((int64_t[]){ 3, -1 }, 2)),
                          cf_value("names", cf_texts((const char *[]){ "a\"", NULL }, 2)),
                          cf_value("days", cf_dates(NULL, 0)));
}

static void answers_have_the_usual_type_and_status_or_the_given_ones(void **state)
{
    (void)state;
    static const struct {
        void (*handler)(cf_request *req);
        int status;
        const char *type, *body;
        size_t size;
    } cases[] = {
        { make_text, 200, "text/plain; charset=utf-8", "hello\n", 6 },
        { make_csv, 201, "text/csv", "a,b\n", 4 },
        { make_bytes, 200, "application/octet-stream", "\0\1", 2 },
        { make_image, 200, "image/png", "", 0 },
        { make_empty, 204, NULL, "", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sent *sent = answer_with(cases[i].handler);
        assert_int_equal(made->status, cases[i].status);
        assert_int_equal(made->size, cases[i].size);
        assert_memory_equal(made->body, cases[i].body, cases[i].size);
        if (cases[i].type)
            assert_string_equal(made->content_type, cases[i].type);
        else
            assert_null(made->content_type);
        assert_int_equal(count_headers(made, NULL), 0);
        end_request(sent);
    }
}

static void an_object_of_named_values_is_json(void **state)
{
    (void)state;
    struct sent *sent = answer_with(make_object);
    check_made(200, "application/json",
               "{\"count\":3,\"big\":-9223372036854775808,\"price\":1.5,\"ok\":true,\"na\\\"me\":\"k\xEF\xBF\xBDm\\n\","
               "\"none\":null,\"since\":\"1970-01-01T00:00:00.500000Z\"}\n");
    end_request(sent);
    sent = answer_with(make_object_of_other_types);
    check_made(200, "application/json",
               "{\"day\":\"2026-03-04\",\"at\":\"00:00:00\",\"price\":\"12.50\",\"id\":\"00000000-0000-0000-0000-"
               "000000000000\",\"data\":\"YWJjZA==\",\"none\":null,\"nothing\":null,\"ids\":[3,-1],\"names\":["
               "\"a\\\"\",null],\"days\":[]}\n");
    end_request(sent);
}

/* ---- Headers ---------------------------------------------------------------------------------------------------- */

static void make_headers(cf_request *req)
{
    char value[] = "no-store";
    made = cf_text(req, "");
    cf_add_header(made, "X-A", "1");
    cf_add_header(made, "x-a", "2");
    cf_add_header(made, "X-B", "3");
    cf_set_header(made, "Cache-Control", value);
    memset(value, 'x', sizeof value - 1);
    cf_set_header(made, "X-a", "4"); /* replaces both */
    cf_add_header(made, "X-C", "a\tb \xC3\xA9");
    cf_set_header(made, "X-C", "5");
    cf_add_header(made, "X-D", "6");
    cf_set_header(made, "content-type", "text/html");
    cf_add_header(made, "Content-Type", "text/css");
}

static void headers_are_set_replaced_and_added(void **state)
{
    (void)state;
    struct sent *sent = answer_with(make_headers);
    assert_int_equal(count_headers(made, NULL), 5);
    assert_int_equal(count_headers(made, "X-A"), 1);
    assert_string_equal(header_of(made, "X-A"), "4");
    assert_string_equal(header_of(made, "X-B"), "3");
    assert_string_equal(header_of(made, "X-C"), "5");
    assert_string_equal(header_of(made, "X-D"), "6");
    assert_string_equal(header_of(made, "Cache-Control"), "no-store");
    assert_string_equal(made->content_type, "text/css"); /* one only */
    end_request(sent);
}

/* Each is refused with CF_INTERNAL: it is the program that let a text of a client through. */
static void inject_value(cf_request *req)
{
    cf_set_header(cf_text(req, ""), "X-A", "1\r\nSet-Cookie: a=b");
}
static void inject_line_feed(cf_request *req)
{
    cf_add_header(cf_text(req, ""), "X-A", "1\n2");
}
static void inject_name(cf_request *req)
{
    cf_add_header(cf_text(req, ""), "X-A: 1\r\nX-B", "1");
}
static void inject_delete(cf_request *req)
{
    cf_add_header(cf_text(req, ""), "X-A", "\x7F");
}
static void name_with_space(cf_request *req)
{
    cf_add_header(cf_text(req, ""), "X A", "1");
}
static void name_empty(cf_request *req)
{
    cf_add_header(cf_text(req, ""), "", "1");
}
static void name_null(cf_request *req)
{
    cf_set_header(cf_text(req, ""), NULL, "1");
}
static void value_null(cf_request *req)
{
    cf_set_header(cf_text(req, ""), "X-A", NULL);
}
static void inject_type(cf_request *req)
{
    cf_text(req, "", .content_type = "text/plain\r\nX-A: 1");
}
static void inject_set_type(cf_request *req)
{
    cf_set_header(cf_text(req, ""), "Content-Type", "text/plain\r\nX-A: 1");
}
static void inject_location(cf_request *req)
{
    cf_redirect(req, "/a\r\nX-A: 1");
}
static void location_null(cf_request *req)
{
    cf_redirect(req, NULL);
}
static void redirect_200(cf_request *req)
{
    cf_redirect(req, "/", .status = 200);
}
static void redirect_304(cf_request *req)
{
    cf_redirect(req, "/", .status = 304);
}
static void text_null(cf_request *req)
{
    cf_text(req, NULL);
}
static void status_99(cf_request *req)
{
    cf_text(req, "", .status = 99);
}
static void status_100(cf_request *req)
{
    cf_empty(req, 100);
}
static void status_600(cf_request *req)
{
    cf_empty(req, 600);
}
static void cookie_name(cf_request *req)
{
    cf_set_cookie(cf_text(req, ""), "a=b", "1");
}
static void cookie_name_empty(cf_request *req)
{
    cf_set_cookie(cf_text(req, ""), "", "1");
}
static void cookie_value_line(cf_request *req)
{
    cf_set_cookie(cf_text(req, ""), "a", "1\r\n");
}
static void cookie_value_semicolon(cf_request *req)
{
    cf_set_cookie(cf_text(req, ""), "a", "1; Domain=evil.example");
}
static void cookie_value_space(cf_request *req)
{
    cf_set_cookie(cf_text(req, ""), "a", "1 2");
}
static void cookie_value_null(cf_request *req)
{
    cf_set_cookie(cf_text(req, ""), "a", NULL);
}
static void cookie_value_unicode(cf_request *req)
{
    cf_set_cookie(cf_text(req, ""), "a", "\xC3\xA9");
}
static void cookie_path(cf_request *req)
{
    cf_set_cookie(cf_text(req, ""), "a", "1", .path = "/; Domain=evil.example");
}
static void cookie_domain(cf_request *req)
{
    cf_set_cookie(cf_text(req, ""), "a", "1", .domain = "a\nb");
}
static void cookie_same_site(cf_request *req)
{
    cf_set_cookie(cf_text(req, ""), "a", "1", .same_site = "Laxer");
}
static void abort_200(cf_request *req)
{
    cf_abort(req, 200);
}
static void abort_600(cf_request *req)
{
    cf_abort(req, 600);
}

static void what_would_break_the_header_is_refused(void **state)
{
    (void)state;
    static void (*const handlers[])(cf_request * req) = {
        inject_value,
        inject_line_feed,
        inject_name,
        inject_delete,
        name_with_space,
        name_empty,
        name_null,
        value_null,
        inject_type,
        inject_set_type,
        inject_location,
        location_null,
        redirect_200,
        redirect_304,
        text_null,
        status_99,
        status_100,
        status_600,
        cookie_name,
        cookie_name_empty,
        cookie_path,
        cookie_value_line,
        cookie_value_semicolon,
        cookie_value_space,
        cookie_domain,
        cookie_same_site,
        abort_200,
        abort_600,
        cookie_value_null,
        cookie_value_unicode,
    };
    for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++) {
        struct sent *sent = send_request("GET", "/", NULL, NULL, NULL);
        const cf_error *error = handle(sent, handlers[i]);
        if (!error || error->code != CF_INTERNAL)
            fail_msg("case %zu is let through", i);
        end_request(sent);
    }
}

static void make_redirect(cf_request *req)
{
    made = cf_redirect(req, "/users?a=1#x");
}
static void make_moved(cf_request *req)
{
    made = cf_redirect(req, "https://example.org/", .status = 308);
}

static void a_redirect_is_303_unless_told_otherwise(void **state)
{
    (void)state;
    struct sent *sent = answer_with(make_redirect);
    check_made(303, NULL, "");
    assert_string_equal(header_of(made, "Location"), "/users?a=1#x");
    end_request(sent);
    sent = answer_with(make_moved);
    check_made(308, NULL, "");
    assert_string_equal(header_of(made, "Location"), "https://example.org/");
    end_request(sent);
}

/* ---- Cookies ---------------------------------------------------------------------------------------------------- */

static void make_cookies(cf_request *req)
{
    made = cf_empty(req, 204);
    cf_set_cookie(made, "theme", "dark");
    cf_set_cookie(made, "a", "1", .max_age = 86400, .path = "/x", .domain = "example.org", .secure = true);
    cf_set_cookie(made, "b", "", .max_age = -1, .script_readable = true, .same_site = "strict");
    cf_set_cookie(made, "c", "x=y", .same_site = "None");
}

static void a_cookie_is_safe_unless_told_otherwise(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "theme=dark; Path=/; HttpOnly; SameSite=Lax",
        "a=1; Max-Age=86400; Path=/x; Domain=example.org; HttpOnly; Secure; SameSite=Lax",
        "b=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; SameSite=Strict",
        "c=x=y; Path=/; HttpOnly; Secure; SameSite=None",
    };
    struct sent *sent = answer_with(make_cookies);
    const struct cf__header *header = made->headers;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++, header = header->next) {
        assert_non_null(header);
        assert_string_equal(header->name, "Set-Cookie");
        assert_string_equal(header->value, expected[i]);
    }
    assert_null(header);
    end_request(sent);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_have_the_usual_type_and_status_or_the_given_ones),
        cmocka_unit_test(an_object_of_named_values_is_json),
        cmocka_unit_test(headers_are_set_replaced_and_added),
        cmocka_unit_test(what_would_break_the_header_is_refused),
        cmocka_unit_test(a_redirect_is_303_unless_told_otherwise),
        cmocka_unit_test(a_cookie_is_safe_unless_told_otherwise),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
