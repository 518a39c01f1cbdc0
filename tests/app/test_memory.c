/* SPDX-License-Identifier: MIT
 *
 * Out of memory at every allocation of a request: a post and a list are answered again and again, the Nth allocation
 * failing for N = 1, 2, 3 … until one goes through. The linker puts the functions below in the place of malloc,
 * calloc and realloc, and of the arena's slow way (which under AddressSanitizer is its only one, so that there each
 * piece of an arena counts).
 */
#include "support.h"

/* clang-format off */
SHAPE(Name, (name, Text), (size, Integer));
/* clang-format on */

static long countdown; /* 0: nothing fails */
static bool reached;

static bool fails(void)
{
    if (countdown == 0 || --countdown > 0)
        return false;
    reached = true;
    return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_cf__arena_take_slowly(struct cf__arena *arena, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_cf__arena_take_slowly(struct cf__arena *arena, size_t size);

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

void *__wrap_cf__arena_take_slowly(struct cf__arena *arena, size_t size)
{
    return fails() ? NULL : __real_cf__arena_take_slowly(arena, size);
}

/* ---- The application -------------------------------------------------------------------------------------------- */

static int released;

static void count_release(void *unused)
{
    (void)unused;
    released++;
}

static cf_response *list_users(cf_request *req)
{
    cf_defer(req, count_release, NULL);
    struct User_list users = cf_find(req->db, User, .where = cf_like(User.name, "%"), .order_by = { cf_asc(User.id) });
    return cf_json(req, User, users);
}

static cf_response *create_user(cf_request *req)
{
    struct User *user = cf_add_from_json(req, User, cf_columns(User.name, User.email));
    cf_commit(req->db);
    return cf_json(req, User, user, .status = 201);
}

static cf_response *page_of_users(cf_request *req)
{
    struct User_page page = cf_paginate(req, User, .order_by = { cf_asc(User.id) }, .per_page = 3);
    struct cf_page_numbers numbers = cf_page_numbers(req, page);
    return numbers.count ? cf_json(req, User, page) : cf_empty(req, 204);
}

static cf_response *slice_of_users(cf_request *req)
{
    struct User_slice slice =
        cf_paginate_after(req, User, .order_by = { cf_desc(User.name), cf_asc(User.id) }, .per_page = 3);
    return cf_json(req, User, slice);
}

static cf_response *page_of_names(cf_request *req)
{
    struct Name_page page =
        cf_paginate_select(req, Name, .from = User,
                           .columns = { .name = cf_lower(User.name), .size = cf_length(User.email) },
                           .order_by = { cf_asc(User.id) }, .per_page = 3);
    return cf_json(req, Name, page);
}

static cf_response *names_by_sql(cf_request *req)
{
    const char *json = cf_sql_json(req->db, "SELECT name, length(email) AS size FROM users WHERE id > :id ORDER BY id",
                                   cf_value("id", 3));
    return cf_text(req, json, .content_type = "application/json");
}

static cf_app *make_app(void)
{
    cf_app *app = cf_app_new("memory", .database_uri = "sqlite://", .models = CF_MODELS(User));
    cf_route(app, "GET", "/users", list_users);
    cf_route(app, "POST", "/users", create_user);
    cf_route(app, "GET", "/pages", page_of_users);
    cf_route(app, "GET", "/slices", slice_of_users);
    cf_route(app, "GET", "/names", page_of_names);
    cf_route(app, "GET", "/sql", names_by_sql);
    return app;
}

struct call {
    cf_client *client;
    const char *method, *path, *json;
    cf_reply *reply;
};

static void make_call(void *call_)
{
    struct call *call = call_;
    call->reply = cf_client_call(call->client, call->method, call->path, .json = call->json);
}

/* The status of a call whose Nth allocation fails; 0 where it was one of the client's own, outside the request. */
static int status_of(cf_client *client, const char *method, const char *path, const char *json, long failing)
{
    struct call call = { client, method, path, json, NULL };
    cf__arena_pool_clear(); /* so that first blocks are allocations as well */
    reached = false;
    countdown = failing;
    const cf_error *error = cf_attempt(client, make_call, &call);
    countdown = 0;
    if (error)
        assert_int_equal(error->code, CF_NO_MEMORY);
    return error || !call.reply ? 0 : call.reply->status;
}

/* Fails every allocation of a request that reads, and gives the answer of the one after it. */
static cf_reply *fail_gets(cf_client *client, const char *path)
{
    int silent = cf__log_set_descriptor(-1);
    long number = 1;
    do {
        int status = status_of(client, "GET", path, NULL, number++);
        assert_true(status == 200 || status == 503 || status == 0);
    } while (reached && number < 10000);
    released = 0;
    cf_reply *reply = cf_client_get(client, path);
    cf__log_set_descriptor(silent);
    assert_int_equal(reply->status, 200);
    assert_in_range(number, 5, 9999);
    return reply;
}

static void every_allocation_of_a_list_may_fail(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app());
    add_users(cf_client_db(client), 40);
    cf_reply *reply = fail_gets(client, "/users");
    assert_int_equal(cf_reply_count(reply, ""), 40);
    assert_int_equal(released, 1);
}

static void every_allocation_of_a_page_may_fail(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app());
    add_users(cf_client_db(client), 7);
    cf_reply *page = fail_gets(client, "/pages?page=2"), *names = fail_gets(client, "/names?page=3");
    assert_int_equal(cf_reply_count(page, "/items"), 3);
    assert_int_equal(cf_reply_integer(page, "/total"), 7);
    assert_int_equal(cf_reply_count(names, "/items"), 1);
}

static void every_allocation_of_a_page_behind_a_cursor_may_fail(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app());
    add_users(cf_client_db(client), 5);
    cf_reply *first = fail_gets(client, "/slices");
    assert_int_equal(cf_reply_count(first, "/items"), 3);
    cf_reply *next = fail_gets(client, cf_format(client, "/slices?after=%s", cf_reply_string(first, "/next")));
    assert_int_equal(cf_reply_count(next, "/items"), 2);
}

static void every_allocation_of_rows_of_sql_may_fail(void **state)
{
    (void)state;
    cf_client *client = cf_test_client(make_app());
    add_users(cf_client_db(client), 40);
    assert_int_equal(cf_reply_count(fail_gets(client, "/sql"), ""), 37);
}

static void fail_posts(cf_client *client)
{
    int silent = cf__log_set_descriptor(-1), answered = 0;
    long number = 1;
    do {
        const char *json = cf_format(client, "{\"name\":\"kim\",\"email\":\"kim%ld@example.com\"}", number);
        int status = status_of(client, "POST", "/users", json, number++);
        assert_true(status == 201 || status == 503 || status == 0);
        answered += status == 201;
    } while (reached && number < 10000);
    cf__log_set_descriptor(silent);
    assert_in_range(number, 5, 9999);
    /* what was answered is there; what failed after its commit may be, nothing else */
    int64_t rows = cf_count(cf_client_db(client), User);
    assert_in_range(rows, answered, number);
    assert_int_equal(
        cf_client_post(client, "/users", .json = "{\"name\":\"lee\",\"email\":\"lee@example.com\"}")->status, 201);
    assert_int_equal(cf_count(cf_client_db(client), User), rows + 1);
}

static void every_allocation_of_a_post_may_fail(void **state)
{
    (void)state;
    fail_posts(cf_test_client(make_app()));
}

static void nor_does_a_test_that_is_rolled_back_end_of_it(void **state)
{
    (void)state;
    fail_posts(cf_test_client(make_app(), .rollback = true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_of_a_list_may_fail),
        cmocka_unit_test(every_allocation_of_a_page_may_fail),
        cmocka_unit_test(every_allocation_of_a_page_behind_a_cursor_may_fail),
        cmocka_unit_test(every_allocation_of_rows_of_sql_may_fail),
        cmocka_unit_test(every_allocation_of_a_post_may_fail),
        cmocka_unit_test(nor_does_a_test_that_is_rolled_back_end_of_it),
    };
    return cf_run_tests(tests);
}
