/* SPDX-License-Identifier: MIT
 *
 * Pages by ?page= and ?per_page=.
 */
#include <stdio.h>

#include "support.h"

static cf_response *list_users(cf_request *req)
{
    struct User_page page = cf_paginate(req, User);
    return cf_json(req, User, page);
}

static cf_response *list_some(cf_request *req)
{
    struct User_page page = cf_paginate(req, User, .where = cf_gt(User.id, 5), .order_by = { cf_desc(User.id) },
                                        .per_page = 2, .max_per_page = 3);
    return cf_json(req, User, page);
}

/* clang-format off */
MODEL(Letter, "letters",
    (id,      Id),
    (user_id, Integer, references = "users.id"),
    (body,    Text, lazy = true));
/* clang-format on */

static cf_response *list_writers(cf_request *req)
{
    struct User_page page = cf_paginate(req, User, .join = { cf_join(Letter, .on = cf_eq(Letter.user_id, User.id)) },
                                        .distinct = true, .per_page = 2);
    return cf_json(req, User, page);
}

static cf_response *list_letters(cf_request *req)
{
    struct Letter_page page = cf_paginate(req, Letter, .undefer = cf_columns(Letter.body));
    return cf_json(req, Letter, page);
}

static cf_response *list_letters_after(cf_request *req)
{
    struct Letter_slice slice = cf_paginate_after(req, Letter, .undefer = cf_columns(Letter.body));
    return cf_json(req, Letter, slice);
}

/* What a page tells beside its rows. */
static cf_response *tell_page(cf_request *req)
{
    bool no_count = cf_query_integer_or(req, "no_count", 0) != 0;
    struct User_page page = cf_paginate(req, User, .per_page = 10, .no_count = no_count);
    return cf_text(req, cf_format(req, "%d-%d of %d, page %d of %d, before %d %d, after %d %d", (int)page.first,
                                  (int)page.last, (int)page.total, (int)page.page, (int)page.pages, page.has_prev,
                                  (int)page.prev_num, page.has_next, (int)page.next_num));
}

static cf_response *list_uncounted(cf_request *req)
{
    struct User_page page = cf_paginate(req, User, .per_page = 2, .no_count = true);
    return cf_json(req, User, page);
}

/* clang-format off */
SHAPE(Digit,
    (digit, String(1)),
    (users, Integer));
/* clang-format on */

static cf_response *list_digits(cf_request *req)
{
    cf_expr *digit = cf_function("substr", User.name, 6, 1);
    bool no_count = cf_query_integer_or(req, "no_count", 0) != 0;
    struct Digit_page page =
        cf_paginate_select(req, Digit, .from = User, .columns = { .digit = digit, .users = cf_count_rows() },
                           .group_by = { digit }, .order_by = { cf_asc(digit) }, .per_page = 4, .no_count = no_count);
    return cf_json(req, Digit, page);
}

static cf_response *list_digits_without_order(cf_request *req)
{
    struct Digit_page page =
        cf_paginate_select(req, Digit, .from = User,
                           .columns = { .digit = cf_column(User.name), .users = cf_column(User.id) });
    return cf_json(req, Digit, page);
}

static cf_response *show_by_name(cf_request *req)
{
    struct User *user = cf_find_one_or_404(req, User, .where = cf_eq(User.name, cf_query_or(req, "name", "")));
    return cf_json(req, User, user);
}

static cf_response *show_the_only(cf_request *req)
{
    const cf_expr *where = cf_contains(User.name, cf_query_or(req, "name", ""));
    if (*cf_query_or(req, "error", ""))
        return cf_json(req, User, cf_find_exactly_one(req->db, User, .where = where));
    return cf_json(req, User, cf_find_exactly_one_or_404(req, User, .where = where));
}

static cf_response *list_leniently(cf_request *req)
{
    bool no_count = cf_query_integer_or(req, "no_count", 0) != 0;
    return cf_json(req, User, cf_paginate(req, User, .lenient = true, .per_page = 2, .no_count = no_count));
}

static cf_response *list_second_page(cf_request *req)
{
    return cf_json(req, User, cf_paginate(req, User, .page = 2, .per_page = 2));
}

static cf_response *show_described(cf_request *req)
{
    int64_t id = cf_query_integer_or(req, "id", 0);
    if (id > 0)
        return cf_json(req, User, (struct User *)cf_get_or_404(req, User, id, .description = "No user of this id."));
    if (id == 0)
        return cf_json(req, User,
                       (struct User *)cf_find_one_or_404(req, User, .where = cf_eq(User.id, -1),
                                                         .description = "No user at all."));
    const cf_expr *where = cf_eq(User.id, -id);
    return cf_json(req, Digit,
                   (struct Digit *)cf_select_one_or_404(req, Digit, .from = User, .where = where,
                                                        .description = "No digit.",
                                                        .columns = { .digit = cf_function("substr", User.name, 6, 1),
                                                                     .users = cf_column(User.id) }));
}

static cf_client *make_client(int users)
{
    cf_app *app = cf_app_new("users", .database_uri = "sqlite://", .models = CF_MODELS(User, Letter));
    cf_route(app, "GET", "/writers", list_writers);
    cf_route(app, "GET", "/letters", list_letters);
    cf_route(app, "GET", "/letters-after", list_letters_after);
    cf_route(app, "GET", "/users", list_users);
    cf_route(app, "GET", "/some", list_some);
    cf_route(app, "GET", "/by-name", show_by_name);
    cf_route(app, "GET", "/only", show_the_only);
    cf_route(app, "GET", "/told", tell_page);
    cf_route(app, "GET", "/lenient", list_leniently);
    cf_route(app, "GET", "/second", list_second_page);
    cf_route(app, "GET", "/described", show_described);
    cf_route(app, "GET", "/uncounted", list_uncounted);
    cf_route(app, "GET", "/digits", list_digits);
    cf_route(app, "GET", "/no-order", list_digits_without_order);
    cf_client *client = cf_test_client(app);
    add_users(cf_client_db(client), users);
    return client;
}

static void assert_page(cf_reply *reply, int64_t page, int64_t per_page, int64_t pages, int64_t total, size_t count,
                        int64_t first)
{
    assert_int_equal(reply->status, 200);
    assert_int_equal(cf_reply_integer(reply, "/page"), page);
    assert_int_equal(cf_reply_integer(reply, "/per_page"), per_page);
    assert_int_equal(cf_reply_integer(reply, "/pages"), pages);
    assert_int_equal(cf_reply_integer(reply, "/total"), total);
    assert_int_equal(cf_reply_count(reply, "/items"), count);
    if (count)
        assert_int_equal(cf_reply_integer(reply, "/items/0/id"), first);
}

static void the_first_page_is_what_comes_without_being_asked_for(void **state)
{
    (void)state;
    cf_client *client = make_client(45);
    assert_page(cf_client_get(client, "/users"), 1, 20, 3, 45, 20, 1);
    assert_page(cf_client_get(client, "/users?page=3"), 3, 20, 3, 45, 5, 41);
    assert_page(cf_client_get(client, "/users?page=2&per_page=15"), 2, 15, 3, 45, 15, 16);
}

static void pages_join_and_read_lazy_columns(void **state)
{
    (void)state;
    cf_client *client = make_client(5);
    cf_db *db = cf_client_db(client);
    for (int i = 0; i < 6; i++)
        cf_add(db, Letter, .user_id = 1 + i % 3, .body = "dear all");
    cf_commit(db);
    assert_page(cf_client_get(client, "/writers"), 1, 2, 2, 3, 2, 1);
    assert_page(cf_client_get(client, "/writers?page=2"), 2, 2, 2, 3, 1, 3);
    assert_string_equal(cf_reply_string(cf_client_get(client, "/letters"), "/items/5/body"), "dear all");
    assert_string_equal(cf_reply_string(cf_client_get(client, "/letters-after"), "/items/5/body"), "dear all");
}

static void per_page_is_capped(void **state)
{
    (void)state;
    cf_client *client = make_client(7);
    assert_page(cf_client_get(client, "/users?per_page=100000"), 1, 100, 1, 7, 7, 1);
    assert_page(cf_client_get(client, "/some?per_page=100000"), 1, 3, 1, 2, 2, 7);
}

static void a_condition_and_an_order_hold_for_every_page(void **state)
{
    (void)state;
    cf_client *client = make_client(10);
    assert_page(cf_client_get(client, "/some"), 1, 2, 3, 5, 2, 10);
    assert_page(cf_client_get(client, "/some?page=3"), 3, 2, 3, 5, 1, 6);
}

static void an_empty_first_page_is_found_and_a_page_past_the_last_is_not(void **state)
{
    (void)state;
    cf_client *client = make_client(0);
    cf_reply *reply = cf_client_get(client, "/users");
    assert_page(reply, 1, 20, 0, 0, 0, 0);
    assert_string_equal(reply->body, "{\"items\":[],\"page\":1,\"per_page\":20,\"pages\":0,\"total\":0}\n");
    assert_int_equal(cf_client_get(client, "/users?page=2")->status, 404);
    assert_int_equal(cf_client_get(client, "/users?page=9223372036854775807")->status, 404);
}

static void what_is_no_page_is_400_that_names_the_field(void **state)
{
    (void)state;
    static const char *const targets[] = {
        "/users?page=0",     "/users?page=-1",     "/users?page=x", "/users?page=", "/users?page=9223372036854775808",
        "/users?per_page=0", "/users?per_page=1.5"
    };
    cf_client *client = make_client(1);
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        cf_reply *reply = cf_client_call_(client, "GET", targets[i], (struct cf_call){ 0 });
        assert_int_equal(reply->status, 400);
        assert_non_null(strstr(cf_reply_string(reply, "/error/description"), i < 5 ? "page" : "per_page"));
    }
}

static void a_row_that_is_not_found_is_404(void **state)
{
    (void)state;
    cf_client *client = make_client(3);
    assert_int_equal(cf_reply_integer(cf_client_get(client, "/by-name?name=user%202"), "/id"), 2);
    assert_int_equal(cf_client_get(client, "/by-name?name=nobody")->status, 404);
}

static void a_lenient_page_takes_what_it_can_and_may_be_empty(void **state)
{
    (void)state;
    cf_client *client = make_client(3);
    assert_page(cf_client_get(client, "/lenient?page=x&per_page=none"), 1, 2, 2, 3, 2, 1);
    assert_page(cf_client_get(client, "/lenient?page=-1&per_page=0"), 1, 2, 2, 3, 2, 1);
    assert_page(cf_client_get(client, "/lenient?page=2"), 2, 2, 2, 3, 1, 3);
    assert_page(cf_client_get(client, "/lenient?page=7"), 7, 2, 2, 3, 0, 0);
    assert_page(cf_client_get(client, "/lenient?page=9223372036854775807"), INT64_MAX, 2, 2, 3, 0, 0);
    assert_string_equal(cf_client_get(client, "/lenient?no_count=1&page=7")->body,
                        "{\"items\":[],\"page\":7,\"per_page\":2,\"has_next\":false}\n");
}

static void a_page_may_be_said_by_the_program(void **state)
{
    (void)state;
    cf_client *client = make_client(3);
    assert_page(cf_client_get(client, "/second"), 2, 2, 2, 3, 1, 3);
    assert_page(cf_client_get(client, "/second?page=1"), 2, 2, 2, 3, 1, 3);
    assert_int_equal(cf_client_get(make_client(2), "/second")->status, 404);
}

static void assert_described(cf_client *client, const char *id, const char *description)
{
    cf_reply *reply = cf_client_call_(client, "GET", cf_format(client, "/described?id=%s", id), (struct cf_call){ 0 });
    assert_int_equal(reply->status, 404);
    assert_string_equal(cf_reply_string(reply, "/error/description"), description);
}

static void what_is_not_found_has_a_description_of_ones_own(void **state)
{
    (void)state;
    cf_client *client = make_client(1);
    assert_int_equal(cf_reply_integer(cf_client_get(client, "/described?id=1"), "/id"), 1);
    assert_string_equal(cf_reply_string(cf_client_get(client, "/described?id=-1"), "/digit"), "1");
    assert_described(client, "2", "No user of this id.");
    assert_described(client, "0", "No user at all.");
    assert_described(client, "-2", "No digit.");
}

static void none_and_several_are_not_exactly_one(void **state)
{
    (void)state;
    cf_client *client = make_client(3);
    assert_int_equal(cf_reply_integer(cf_client_get(client, "/only?name=2"), "/id"), 2);
    assert_int_equal(cf_client_get(client, "/only?name=nobody")->status, 404);
    assert_int_equal(cf_client_get(client, "/only?name=user")->status, 404);
    assert_int_equal(cf_client_get(client, "/only?error=1&name=nobody")->status, 404);
    assert_int_equal(cf_client_get(client, "/only?error=1&name=user")->status, 500);
}

static void assert_told(cf_client *client, const char *query, const char *expected)
{
    const char *target = cf_format(client, "/told%s", query);
    cf_reply *reply = cf_client_call_(client, "GET", target, (struct cf_call){ 0 });
    assert_int_equal(reply->status, 200);
    assert_string_equal(reply->body, expected);
}

static void a_page_tells_what_stands_before_and_after_it(void **state)
{
    (void)state;
    cf_client *client = make_client(25);
    assert_told(client, "", "1-10 of 25, page 1 of 3, before 0 0, after 1 2");
    assert_told(client, "?page=2", "11-20 of 25, page 2 of 3, before 1 1, after 1 3");
    assert_told(client, "?page=3", "21-25 of 25, page 3 of 3, before 1 2, after 0 0");
    assert_told(make_client(0), "", "0-0 of 0, page 1 of 0, before 0 0, after 0 0");
}

static void rows_that_are_not_counted_tell_whether_more_follow(void **state)
{
    (void)state;
    cf_client *client = make_client(20);
    assert_told(client, "?no_count=1", "1-10 of -1, page 1 of -1, before 0 0, after 1 2");
    assert_told(client, "?no_count=1&page=2", "11-20 of -1, page 2 of -1, before 1 1, after 0 0");
    assert_int_equal(cf_client_get(client, "/told?no_count=1&page=3")->status, 404);
    assert_int_equal(cf_client_get(client, "/told?no_count=1&page=9223372036854775807")->status, 404);
    assert_told(make_client(0), "?no_count=1", "0-0 of -1, page 1 of -1, before 0 0, after 0 0");
    assert_string_equal(cf_client_get(make_client(3), "/uncounted")->body,
                        "{\"items\":[{\"id\":1,\"name\":\"user 1\",\"email\":\"user1@example.com\"},"
                        "{\"id\":2,\"name\":\"user 2\",\"email\":\"user2@example.com\"}],"
                        "\"page\":1,\"per_page\":2,\"has_next\":true}\n");
}

static void a_query_into_a_shape_comes_in_pages(void **state)
{
    (void)state;
    cf_client *client = make_client(12); /* of names that begin with 1 there are four */
    cf_reply *reply = cf_client_get(client, "/digits");
    assert_int_equal(reply->status, 200);
    assert_string_equal(reply->body, "{\"items\":[{\"digit\":\"1\",\"users\":4},{\"digit\":\"2\",\"users\":1},"
                                     "{\"digit\":\"3\",\"users\":1},{\"digit\":\"4\",\"users\":1}],"
                                     "\"page\":1,\"per_page\":4,\"pages\":3,\"total\":9}\n");
    assert_string_equal(cf_client_get(client, "/digits?page=3&no_count=1")->body,
                        "{\"items\":[{\"digit\":\"9\",\"users\":1}],\"page\":3,\"per_page\":4,\"has_next\":false}\n");
    assert_int_equal(cf_client_get(client, "/digits?page=4")->status, 404);
    assert_int_equal(cf_client_get(client, "/no-order")->status, 500);
}

static void assert_numbers(struct cf_page_numbers numbers, const char *expected)
{
    char text[256] = "";
    for (size_t i = 0; i < numbers.count; i++)
        sprintf(text + strlen(text), "%s%d", i ? " " : "", (int)numbers.items[i]);
    assert_string_equal(text, expected);
}

/* As Flask-SQLAlchemy's tests have them. */
static void the_numbers_of_pages_are_those_at_the_edges_and_around_the_page(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "1 2 3 4 5 0 14 15",
        "1 2 3 4 5 6 0 14 15",
        "1 2 3 4 5 6 7 0 14 15",
        "1 2 3 4 5 6 7 8 0 14 15",
        "1 2 3 4 5 6 7 8 9 0 14 15",
        "1 2 0 4 5 6 7 8 9 10 0 14 15",
        "1 2 0 5 6 7 8 9 10 11 0 14 15",
        "1 2 0 6 7 8 9 10 11 12 0 14 15",
        "1 2 0 7 8 9 10 11 12 13 14 15",
        "1 2 0 8 9 10 11 12 13 14 15",
        "1 2 0 9 10 11 12 13 14 15",
        "1 2 0 10 11 12 13 14 15",
        "1 2 0 11 12 13 14 15",
        "1 2 0 12 13 14 15",
        "1 2 0 13 14 15",
    };
    cf_context *context = &cf__current()->head;
    cf_db owner = { .context = context };
    struct User_page page = { .pages = 15 };
    for (page.page = 1; page.page <= 15; page.page++)
        assert_numbers(cf_page_numbers(&owner, page), expected[page.page - 1]);
    page = (struct User_page){ .page = 7, .pages = 15 };
    assert_numbers(cf_page_numbers(&owner, page, .left_edge = -1, .right_edge = -1), "0 5 6 7 8 9 10 11 0");
    assert_numbers(cf_page_numbers(&owner, page, .left_current = -1, .right_current = -1), "1 2 0 7 0 14 15");
    assert_numbers(cf_page_numbers(&owner, page, .left_edge = 12, .right_edge = 3),
                   "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15");
    page = (struct User_page){ .page = 1, .pages = 1 };
    assert_numbers(cf_page_numbers(&owner, page), "1");
    page.pages = 0;
    assert_numbers(cf_page_numbers(&owner, page), "");
    page.pages = -1; /* not counted */
    assert_numbers(cf_page_numbers(&owner, page), "");
}

/* clang-format off */
MODEL(Essay, "essays",
    (id,   Id),
    (body, Text, lazy = true));
/* clang-format on */

static cf_response *list_essays(cf_request *req)
{
    if (cf_query_or(req, "whole", NULL))
        return cf_json(req, Essay, cf_paginate(req, Essay, .undefer = cf_columns(Essay.body)));
    return cf_json(req, Essay, cf_paginate(req, Essay));
}

static cf_response *list_essays_after(cf_request *req)
{
    return cf_json(req, Essay, cf_paginate_after(req, Essay, .undefer = cf_columns(Essay.body)));
}

static void a_page_may_read_lazy_columns(void **state)
{
    (void)state;
    cf_app *app = cf_app_new("test", .database_uri = "sqlite://", .models = CF_MODELS(Essay));
    cf_route(app, "GET", "/essays", list_essays);
    cf_route(app, "GET", "/after", list_essays_after);
    cf_client *client = cf_test_client(app);
    cf_add(cf_client_db(client), Essay, .body = "long");
    cf_commit(cf_client_db(client));
    assert_string_equal(cf_reply_string(cf_client_get(client, "/essays?whole=1"), "/items/0/body"), "long");
    assert_string_equal(cf_reply_string(cf_client_get(client, "/after"), "/items/0/body"), "long");
    assert_null(strstr(cf_client_get(client, "/essays")->body, "body"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_page_is_what_comes_without_being_asked_for),
        cmocka_unit_test(pages_join_and_read_lazy_columns),
        cmocka_unit_test(per_page_is_capped),
        cmocka_unit_test(a_row_that_is_not_found_is_404),
        cmocka_unit_test(a_lenient_page_takes_what_it_can_and_may_be_empty),
        cmocka_unit_test(a_page_may_be_said_by_the_program),
        cmocka_unit_test(what_is_not_found_has_a_description_of_ones_own),
        cmocka_unit_test(none_and_several_are_not_exactly_one),
        cmocka_unit_test(a_condition_and_an_order_hold_for_every_page),
        cmocka_unit_test(an_empty_first_page_is_found_and_a_page_past_the_last_is_not),
        cmocka_unit_test(what_is_no_page_is_400_that_names_the_field),
        cmocka_unit_test(a_page_tells_what_stands_before_and_after_it),
        cmocka_unit_test(rows_that_are_not_counted_tell_whether_more_follow),
        cmocka_unit_test(a_query_into_a_shape_comes_in_pages),
        cmocka_unit_test(the_numbers_of_pages_are_those_at_the_edges_and_around_the_page),
        cmocka_unit_test(a_page_may_read_lazy_columns),
    };
    return cf_run_tests(tests);
}
