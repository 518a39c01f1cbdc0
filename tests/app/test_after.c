/* SPDX-License-Identifier: MIT
 *
 * Pages by ?after=: in every order that there is, NULLs and equal values among them, walking from page to page gives each
 * row once and in order, whatever comes and goes meanwhile. On SQLite, and on the server that the first argument names.
 */
#include "database.h"

/* clang-format off */
CF_CHOICES(Mood, calm, angry, sad);

MODEL(Thing, "things",
    (id,     Id),
    (name,   String(20)),
    (note,   Nullable(Text),          json = "remark"),
    (whole,  Integer),
    (small,  Nullable(SmallInteger)),
    (flag,   Nullable(Boolean)),
    (ratio,  Nullable(Float)),
    (price,  Nullable(Numeric(6, 2))),
    (day,    Nullable(Date)),
    (hour,   Nullable(Time)),
    (moment, Nullable(DateTime)),
    (key,    Nullable(Uuid)),
    (data,   Nullable(Blob)),
    (mood,   Nullable(Enum(Mood))),
    (level,  Nullable(Choices("low", "high"))),
    (secret, Integer,                 server_default = "0", hidden = true));

MODEL(Seat, "seats",
    (row,  String(2), primary_key = true),
    (seat, Integer,   primary_key = true),
    (price, Integer));
SHAPE(Price,
    (price, Integer),
    (seats, Integer));
/* clang-format on */

/* ---- The application -------------------------------------------------------------------------------------------- */

static struct cf_order_list sorted(cf_request *req)
{
    struct cf_order_list order = cf_sort(req, "sort", Thing.id, Thing.name, Thing.note, Thing.whole, Thing.small,
                                         Thing.flag, Thing.ratio, Thing.price, Thing.day, Thing.hour, Thing.moment,
                                         Thing.key, Thing.mood, Thing.level, Thing.data, Thing.secret);
    order.items[0].nulls_first = cf_query_or(req, "nulls", NULL) != NULL;
    return order;
}

static cf_response *list_slice(cf_request *req)
{
    struct Thing_slice slice = cf_paginate_after(req, Thing, .order_by = sorted(req), .per_page = 3);
    return cf_json(req, Thing, slice);
}

static cf_response *list_all(cf_request *req)
{
    struct Thing_list things = cf_find(req->db, Thing, .order_by = sorted(req));
    return cf_json(req, Thing, things);
}

static cf_response *list_seats(cf_request *req)
{
    struct Seat_slice slice =
        cf_paginate_after(req, Seat, .where = cf_ne(Seat.row, "C"), .order_by = { cf_desc(Seat.seat) }, .per_page = 2);
    return cf_json(req, Seat, slice);
}

static cf_response *list_by_expression(cf_request *req)
{
    struct Thing_slice slice = cf_paginate_after(req, Thing, .order_by = { cf_asc(cf_lower(Thing.name)) });
    return cf_json(req, Thing, slice);
}

static cf_response *list_prices(cf_request *req)
{
    struct Price_page page =
        cf_paginate_select(req, Price, .from = Seat,
                           .columns = { .price = cf_column(Seat.price), .seats = cf_count_rows() },
                           .group_by = { cf_column(Seat.price) }, .order_by = { cf_desc(Seat.price) }, .per_page = 2);
    return cf_json(req, Price, page);
}

static cf_app *make_app(void)
{
    cf_app *app = cf_app_new("after", .database_uri = "sqlite://", .models = CF_MODELS(Thing, Seat));
    cf_route(app, "GET", "/slice", list_slice);
    cf_route(app, "GET", "/all", list_all);
    cf_route(app, "GET", "/seats", list_seats);
    cf_route(app, "GET", "/expression", list_by_expression);
    cf_route(app, "GET", "/prices", list_prices);
    return app;
}

/* Few values, so that many are equal, and every fourth or so NULL. */
static void add_things(cf_db *db, int count)
{
    unsigned seed = 7;
    for (int i = 0; i < count; i++) {
        struct Thing *thing = cf_add(db, Thing, .name = "x", .whole = 0);
        unsigned set = seed = seed * 1103515245 + 12345, value = (seed >> 16) % 5;
        set = set >> 8 | set << 24;
        thing->name = cf_format(db, "%c%s", "aBcZ\303"[value], value == 4 ? "\251" : "");
        thing->whole = (int64_t)value - 2;
        thing->note = set & 3 ? cf_format(db, "it's \"%u\"", value % 3) : NULL;
        if (set & 12)
            thing->small = cf_optional((int)value % 3), thing->ratio = cf_optional(value / 3.0);
        if (set & 48)
            thing->price = cf_optional(cf_decimal_of((int64_t)value * 333 - 500, 2)),
            thing->flag = cf_optional((bool)(value % 2 == 0));
        if (set & 192)
            thing->day = cf_optional(((cf_date){ 2026, 1, (uint8_t)(1 + value) })), thing->mood.is_set = true,
            thing->mood.value = (enum Mood)(value % 3);
        if (set & 768) {
            thing->moment = cf_optional((cf_time){ (int64_t)value * 1234567 + 1700000000000000 });
            cf_uuid key;
            cf_uuid_parse(cf_format(db, "%u23e4567-e89b-42d3-a456-42661417400%u", value, 4 - value), &key);
            thing->key = cf_optional(key);
            thing->level = value & 1 ? "low" : "high";
        }
        if (set & 3072)
            thing->hour = cf_optional((cf_clock){ (int64_t)value * 3600000001 });
    }
    cf_commit(db);
}

static cf_client *make_client(int things)
{
    cf_client *client;
    if (server_uri) {
        client = cf_test_client(make_app(), .database_uri = server_uri, .no_upgrade = true);
        cf_sql_execute(cf_client_db(client), "DROP TABLE IF EXISTS things");
        cf_sql_execute(cf_client_db(client), "DROP TABLE IF EXISTS seats");
        cf_commit(cf_client_db(client));
        client = cf_test_client(make_app(), .database_uri = server_uri);
    } else {
        client = cf_test_client(make_app());
    }
    add_things(cf_client_db(client), things);
    return client;
}

static cf_reply *get(cf_client *client, const char *target)
{
    return cf_client_call_(client, "GET", target, (struct cf_call){ 0 });
}

/* ---- Tests ------------------------------------------------------------------------------------------------------ */

/* "3 1 2 " */
static const char *ids_of(cf_client *client, cf_reply *reply)
{
    const char *ids = "";
    assert_int_equal(reply->status, 200);
    for (size_t i = 0; i < cf_reply_count(reply, "/items"); i++)
        ids = cf_format(client, "%s%d ", ids, (int)cf_reply_integer(reply, cf_format(client, "/items/%zu/id", i)));
    return ids;
}

static const char *cursor(cf_reply *reply, const char *name)
{
    bool none = strstr(reply->body, cf_format(&cf__current()->head, "\"%s\":null", name));
    return none ? NULL : cf_reply_string(reply, cf_format(&cf__current()->head, "/%s", name));
}

/* The ids of all rows, page by page, there and back again: "3 1 2 ". */
static const char *walk(cf_client *client, const char *sort)
{
    const char *place = NULL, *forwards = "", *backwards;
    cf_reply *reply;
    do {
        reply = get(client, cf_format(client, "/slice?sort=%s%s%s", sort, place ? "&after=" : "", place ? place : ""));
        forwards = cf_format(client, "%s%s", forwards, ids_of(client, reply));
        assert_int_equal(cursor(reply, "previous") != NULL, place != NULL);
        place = cursor(reply, "next");
        assert_true(!place || cf_reply_count(reply, "/items") == 3);
    } while (place);
    backwards = ids_of(client, reply);
    while ((place = cursor(reply, "previous"))) {
        reply = get(client, cf_format(client, "/slice?sort=%s&before=%s", sort, place));
        assert_int_equal(cf_reply_count(reply, "/items"), 3);
        assert_non_null(cursor(reply, "next"));
        backwards = cf_format(client, "%s%s", ids_of(client, reply), backwards);
    }
    assert_string_equal(backwards, forwards);
    return forwards;
}

static const char *all_at_once(cf_client *client, const char *sort)
{
    const char *ids = "";
    cf_reply *reply = get(client, cf_format(client, "/all?sort=%s,id", sort));
    assert_int_equal(reply->status, 200);
    for (size_t i = 0; i < cf_reply_count(reply, ""); i++)
        ids = cf_format(client, "%s%d ", ids, (int)cf_reply_integer(reply, cf_format(client, "/%zu/id", i)));
    return ids;
}

static void every_order_gives_each_row_once(void **state)
{
    (void)state;
    static const char *const orders[] = {
        "name",
        "remark",
        "whole",
        "small",
        "flag",
        "ratio",
        "price",
        "day",
        "hour",
        "moment",
        "key",
        "mood",
        "level",
        "whole,-name",
        "-mood,small,-ratio",
        "day,-flag,price,-level",
    };
    cf_client *client = make_client(40);
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        const char *reversed = cf_format(client, "-%s", orders[i] + (*orders[i] == '-'));
        assert_string_equal(walk(client, orders[i]), all_at_once(client, orders[i]));
        assert_string_equal(walk(client, reversed), all_at_once(client, reversed));
        const char *nulls_first = cf_format(client, "%s&nulls=first", orders[i]);
        assert_string_equal(walk(client, nulls_first),
                            all_at_once(client, cf_format(client, "%s,id&nulls=first&x=", orders[i])));
    }
    assert_string_equal(walk(client, "-id"), all_at_once(client, "-id"));
    assert_string_equal(walk(client, ""), all_at_once(client, "id"));
}

static void a_page_is_had_without_a_request(void **state)
{
    (void)state;
    cf_db *db = cf_client_db(make_client(45));
    struct Thing_page page = cf_page(db, Thing);
    assert_int_equal(page.count, 20);
    assert_int_equal(page.total, 45);
    assert_true(page.has_next && !page.has_prev);
    page = cf_page(db, Thing, .page = 3, .per_page = 22, .order_by = { cf_desc(Thing.id) });
    assert_int_equal(page.count, 1);
    assert_int_equal(page.items[0]->id, 1);
    assert_int_equal(page.pages, 3);
    assert_int_equal(page.first, 45);
    page = cf_page(db, Thing, .page = 4, .per_page = 22, .where = cf_gt(Thing.id, 0)); /* past the last */
    assert_int_equal(page.count, 0);
    page = cf_page(db, Thing, .per_page = 500, .no_count = true);
    assert_int_equal(page.count, 45);
    assert_int_equal(page.total, -1);
}

static void rows_that_come_and_go_move_nothing(void **state)
{
    (void)state;
    cf_client *client = make_client(9);
    cf_db *db = cf_client_db(client);
    cf_reply *first = get(client, "/slice");
    assert_int_equal(cf_reply_integer(first, "/items/2/id"), 3);
    cf_delete_all(db, Thing, .where = cf_in(Thing.id, 1, 3));
    cf_commit(db);
    cf_reply *second = get(client, cf_format(client, "/slice?after=%s", cf_reply_string(first, "/next")));
    assert_int_equal(cf_reply_integer(second, "/items/0/id"), 4);
}

static void a_key_of_several_columns_breaks_ties(void **state)
{
    (void)state;
    cf_client *client = make_client(0);
    cf_db *db = cf_client_db(client);
    for (int row = 0; row < 3; row++)
        for (int seat = 1; seat <= 2; seat++)
            cf_add(db, Seat, .row = cf_format(db, "%c", 'A' + row), .seat = seat, .price = 10 * row);
    cf_commit(db);
    cf_reply *reply = get(client, "/seats");
    assert_string_equal(cf_reply_string(reply, "/items/0/row"), "A");
    assert_string_equal(cf_reply_string(reply, "/items/1/row"), "B");
    reply = get(client, cf_format(client, "/seats?after=%s", cf_reply_string(reply, "/next")));
    static const char last[] = "{\"items\":[{\"row\":\"A\",\"seat\":1,\"price\":0},"
                               "{\"row\":\"B\",\"seat\":1,\"price\":10}],\"next\":null,\"previous\":\"";
    assert_memory_equal(reply->body, last, sizeof last - 1);
    assert_string_equal(get(client, "/prices?page=2")->body,
                        "{\"items\":[{\"price\":0,\"seats\":2}],\"page\":2,\"per_page\":2,\"pages\":2,\"total\":3}\n");
}

static void what_is_no_cursor_of_the_order_is_400(void **state)
{
    (void)state;
    static const char *const cursors[] = {
        "",
        "x",
        "%2B%2B%2B%2B",
        "e30=",
        "e30",
        "W10",
        "bnVsbA",
        "eyJpZCI6MX",
        "eyJpZCI6IngifQ",
        "eyJpZCI6bnVsbH0",
        "eyJpZCI6MX0K",
        "eyJuYW1lIjoiYSIsImlkIjoxfQ",
        "eyItaWQiOjF9",
        "eyJpZCI6MS41fQ",
        "eyJpZCI6OTk5OTk5OTk5OTk5OTk5OTk5OTl9",
    };
    cf_client *client = make_client(9);
    for (size_t i = 0; i < sizeof cursors / sizeof cursors[0]; i++) {
        bool good = strcmp(cursors[i], "eyJpZCI6MX0K") == 0; /* {"id":1} and a line feed: JSON as well */
        cf_reply *reply = get(client, cf_format(client, "/slice?after=%s", cursors[i]));
        assert_int_equal(reply->status, good ? 200 : 400);
        if (!good)
            assert_non_null(strstr(cf_reply_string(reply, "/error/description"), "after"));
    }
    const char *of_names = cf_reply_string(get(client, "/slice?sort=name"), "/next");
    assert_int_equal(get(client, cf_format(client, "/slice?sort=-name&after=%s", of_names))->status, 400);
    assert_int_equal(get(client, cf_format(client, "/slice?sort=name&after=%s", of_names))->status, 200);
    assert_int_equal(get(client, "/slice?per_page=0")->status, 400);
    assert_int_equal(get(client, cf_format(client, "/slice?sort=name&after=%s&before=%s", of_names, of_names))->status,
                     400);
    cf_reply *nowhere = get(client, "/slice?before=x");
    assert_int_equal(nowhere->status, 400);
    assert_non_null(strstr(nowhere->body, "take it from \\\"previous\\\""));
}

static void an_order_that_no_cursor_can_tell_is_refused(void **state)
{
    (void)state;
    cf_client *client = make_client(0);
    assert_int_equal(get(client, "/slice?sort=data")->status, 500);
    assert_int_equal(get(client, "/slice?sort=secret")->status, 500);
    assert_int_equal(get(client, "/expression")->status, 500);
    assert_string_equal(get(client, "/slice")->body, "{\"items\":[],\"next\":null,\"previous\":null}\n");
}

int main(int argc, char **argv)
{
    int skipped = choose_database(argc, argv, "after");
    if (skipped)
        return skipped;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_gives_each_row_once),
        cmocka_unit_test(a_page_is_had_without_a_request),
        cmocka_unit_test(rows_that_come_and_go_move_nothing),
        cmocka_unit_test(a_key_of_several_columns_breaks_ties),
        cmocka_unit_test(what_is_no_cursor_of_the_order_is_400),
        cmocka_unit_test(an_order_that_no_cursor_can_tell_is_refused),
    };
    return leave_database(cf_run_tests(tests));
}
