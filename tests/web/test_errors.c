/* SPDX-License-Identifier: MIT
 *
 * Error answers: their status, form and words, what they must not tell, and how a service runs to an answer whatever
 * fails.
 */
#include "web/support.h"

static cf_error raised; /* what the service's handler raises */

static void raise_it(void *self, struct cf__request *request)
{
    (void)self;
    if (raised.code == CF_HTTP && !raised.message)
        cf_abort(&request->head, raised.status);
    cf_raise_error(&raised);
}

static void answer_it(void *self, struct cf__request *request)
{
    (void)self;
    request->response = cf__response_error(&request->head, &request->context.record.error);
}

static void run_service(void *sent_)
{
    static const struct cf__service service = { raise_it, answer_it, NULL };
    struct sent *sent = sent_;
    cf__service_run(&service, &sent->request);
}

static struct sent *answer_to(cf_error error, const char *accept, bool debug)
{
    struct sent *sent = send_request("GET", "/", accept ? "Accept" : NULL, accept, NULL);
    sent->request.debug = debug;
    raised = error;
    in_fiber(run_service, sent);
    return sent;
}

static const char *header_of(const cf_response *response, const char *name)
{
    for (const struct cf__header *header = response->headers; header; header = header->next)
        if (strcasecmp(header->name, name) == 0)
            return header->value;
    return NULL;
}

static void an_error_code_has_the_status_its_header_says(void **state)
{
    (void)state;
    static const struct {
        enum cf_error_code code;
        int status;
    } cases[] = {
        { CF_INTERNAL, 500 },
        { CF_NO_MEMORY, 503 },
        { CF_TOO_LARGE, 413 },
        { CF_TIMEOUT, 503 },
        { CF_SYSTEM, 500 },
        { CF_INVALID, 422 },
        { CF_UNIQUE, 409 },
        { CF_FOREIGN_KEY, 409 },
        { CF_NOT_NULL, 422 },
        { CF_CHECK, 422 },
        { CF_STALE, 409 },
        { CF_CONFLICT, 503 },
        { CF_BUSY, 503 },
        { CF_DISK_FULL, 507 },
        { CF_CORRUPT, 500 },
        { CF_READ_ONLY, 503 },
        { CF_UNAVAILABLE, 503 },
        { CF_SQL, 500 },
        { 0, 500 },
        { 999, 500 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(cf__error_status(&(cf_error){ .code = cases[i].code }), cases[i].status);
    assert_int_equal(cf__error_status(&(cf_error){ .code = CF_HTTP, .status = 418 }), 418);
    assert_int_equal(cf__error_status(&(cf_error){ .code = CF_HTTP, .status = 200 }), 500);
    assert_string_equal(cf__status_name(404), "Not Found");
    assert_string_equal(cf__status_name(503), "Service Unavailable");
    assert_string_equal(cf__status_name(299), "Unknown");
}

static void errors_are_answered_with_what_a_client_may_know(void **state)
{
    (void)state;
    static const struct {
        cf_error error;
        bool debug;
        const char *body;
    } cases[] = {
        { { .code = CF_HTTP, .status = 404 },
          false,
          "{\"error\":{\"code\":404,\"name\":\"Not Found\",\"description\":\"The requested URL was not found on the "
          "server.\"}}\n" },
        { { .code = CF_HTTP, .status = 409, .message = "kim \"is\" taken" },
          false,
          "{\"error\":{\"code\":409,\"name\":\"Conflict\",\"description\":\"kim \\\"is\\\" taken\"}}\n" },
        { { .code = CF_HTTP, .status = 503, .message = "Back at noon." },
          false,
          "{\"error\":{\"code\":503,\"name\":\"Service Unavailable\",\"description\":\"Back at noon.\"}}\n" },
        { { .code = CF_HTTP, .status = 499 },
          false,
          "{\"error\":{\"code\":499,\"name\":\"Unknown\",\"description\":\"The request failed.\"}}\n" },
        { { .code = CF_INTERNAL, .message = "secret at /etc" },
          false,
          "{\"error\":{\"code\":500,\"name\":\"Internal Server Error\",\"description\":"
          "\"The server met an error while answering the request.\"}}\n" },
        { { .code = CF_SQL, .message = "no such table: users", .statement = "SELECT 1", .parameters = "[3]" },
          false,
          "{\"error\":{\"code\":500,\"name\":\"Internal Server Error\",\"description\":"
          "\"The server met an error while answering the request.\"}}\n" },
        { { .code = CF_SQL, .message = "no such table: users", .statement = "SELECT \"1\"", .parameters = "['kim']" },
          true,
          "{\"error\":{\"code\":500,\"name\":\"Internal Server Error\",\"description\":\"no such table: users\","
          "\"statement\":\"SELECT \\\"1\\\"\",\"parameters\":\"['kim']\"}}\n" },
        { { .code = CF_UNIQUE,
            .message = "INSERT secret",
            .statement = "INSERT secret",
            .constraint = "uq_users_email" },
          false,
          "{\"error\":{\"code\":409,\"name\":\"Conflict\",\"description\":"
          "\"There is another with the same value (uq_users_email).\",\"constraint\":\"uq_users_email\"}}\n" },
        { { .code = CF_CHECK, .message = "CHECK constraint failed: a > secret", .driver_code = 275 },
          false,
          "{\"error\":{\"code\":422,\"name\":\"Unprocessable Content\",\"description\":\"A value is not "
          "allowed.\"}}\n" },
        { { .code = CF_UNIQUE, .message = "one a day is enough" },
          false, /* raised by the program itself */
          "{\"error\":{\"code\":409,\"name\":\"Conflict\",\"description\":\"one a day is enough\"}}\n" },
        { { .code = CF_INVALID,
            .message = "name is missing",
            .details = "[{\"field\":\"name\",\"message\":\"is missing\"}]" },
          false,
          "{\"error\":{\"code\":422,\"name\":\"Unprocessable Content\",\"description\":\"name is missing\","
          "\"errors\":[{\"field\":\"name\",\"message\":\"is missing\"}]}}\n" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sent *sent = answer_to(cases[i].error, NULL, cases[i].debug);
        const cf_response *response = sent->request.response;
        assert_string_equal(response->content_type, "application/json");
        if (response->size != strlen(cases[i].body) || memcmp(response->body, cases[i].body, response->size) != 0)
            fail_msg("%.*s instead of %s", (int)response->size, response->body, cases[i].body);
        end_request(sent);
    }
}

static void browsers_get_a_page_in_which_nothing_runs(void **state)
{
    (void)state;
    cf_error error = { .code = CF_HTTP, .status = 404, .message = "no <script>alert('x')</script> & \"more\"" };
    struct sent *sent = answer_to(error, "text/html,*/*;q=0.8", false);
    const cf_response *response = sent->request.response;
    char *page = strndup(response->body, response->size);
    assert_int_equal(response->status, 404);
    assert_string_equal(response->content_type, "text/html; charset=utf-8");
    assert_non_null(strstr(page, "<title>404 Not Found</title>"));
    assert_non_null(strstr(page, "no &lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;more&quot;"));
    assert_null(strstr(page, "<script"));
    free(page);
    end_request(sent);
    error = (cf_error){ .code = CF_SQL, .message = "a < b", .statement = "SELECT a<b", .parameters = "['<']" };
    for (int debug = 0; debug < 2; debug++) {
        sent = answer_to(error, "text/html", debug);
        page = strndup(sent->request.response->body, sent->request.response->size);
        assert_int_equal(!!strstr(page, "SELECT a&lt;b\n[&#39;&lt;&#39;]"), debug);
        assert_int_equal(!!strstr(page, "a &lt; b"), debug);
        free(page);
        end_request(sent);
    }
}

static void allow_and_retry_after_come_with_405_and_503(void **state)
{
    (void)state;
    struct sent *sent = answer_to((cf_error){ .code = CF_BUSY, .message = "locked" }, NULL, false);
    assert_string_equal(header_of(sent->request.response, "Retry-After"), "1");
    assert_null(header_of(sent->request.response, "Allow"));
    end_request(sent);
    sent = send_request("PUT", "/x", NULL, NULL, NULL);
    sent->request.match.allow = "GET, HEAD, OPTIONS";
    raised = (cf_error){ .code = CF_HTTP, .status = 405 };
    in_fiber(run_service, sent);
    assert_int_equal(sent->request.response->status, 405);
    assert_string_equal(header_of(sent->request.response, "Allow"), "GET, HEAD, OPTIONS");
    assert_null(header_of(sent->request.response, "Retry-After"));
    end_request(sent);
}

/* ---- Services --------------------------------------------------------------------------------------------------- */

static int released;
static void release(void *pointer)
{
    (void)pointer;
    released++;
}

static void answer_text(void *self, struct cf__request *request)
{
    cf_defer(&request->head, release, NULL);
    request->response = self ? cf_text(&request->head, self) : NULL;
}

static void raise_again(void *self, struct cf__request *request)
{
    (void)self, (void)request;
    cf_raise(CF_INTERNAL, "the answer to an error failed too");
}

static void answer_nothing(void *self, struct cf__request *request)
{
    (void)self, (void)request;
}

/* All memory is used up: not even the answer to that fits. */
static void use_all_memory(void *self, struct cf__request *request)
{
    (void)self;
    cf_defer(&request->head, release, NULL);
    request->context.arena.cap = request->context.arena.size;
    for (;;)
        cf_alloc(&request->head, 16);
}

static struct cf__service run_what;
static void run_it(void *sent)
{
    cf__service_run(&run_what, &((struct sent *)sent)->request);
}

static void a_service_ends_in_an_answer_whatever_fails(void **state)
{
    (void)state;
    const struct {
        struct cf__service service;
        int status, released;
    } cases[] = {
        { { answer_text, answer_it, (char[]){ "hello" } }, 200, 1 },
        { { answer_text, answer_it, NULL }, 503, 1 },
        { { raise_it, raise_again, NULL }, 503, 0 },
        { { raise_it, answer_nothing, NULL }, 503, 0 },
        { { use_all_memory, answer_it, NULL }, 503, 1 },
    };
    raised = (cf_error){ .code = CF_INTERNAL, .message = "bad" };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sent *sent = send_request("GET", "/", NULL, NULL, NULL);
        released = 0;
        run_what = cases[i].service;
        in_fiber(run_it, sent);
        assert_non_null(sent->request.response);
        assert_int_equal(sent->request.response->status, cases[i].status);
        assert_true(sent->request.response->size > 0);
        assert_int_equal(released, cases[i].released);
        end_request(sent);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_code_has_the_status_its_header_says),
        cmocka_unit_test(errors_are_answered_with_what_a_client_may_know),
        cmocka_unit_test(browsers_get_a_page_in_which_nothing_runs),
        cmocka_unit_test(allow_and_retry_after_come_with_405_and_503),
        cmocka_unit_test(a_service_ends_in_an_answer_whatever_fails),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
