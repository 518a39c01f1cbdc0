/* SPDX-License-Identifier: MIT
 *
 * The application of the tests that take its database away. A unit of work is an order with its lines: four rows in two
 * tables, there entirely or not at all. SQL that each database says in its own way comes from the environment.
 */
#include <stdlib.h>

#include "models.h"
#include "migrations/revisions.h"

enum { LINES = 3 };

static void write_order(cf_db *db, void *token)
{
    struct Order *order = cf_add(db, Order, .token = token, .size = LINES);
    cf_flush(db);
    for (int i = 1; i <= LINES; i++) {
        cf_add(db, Line, .order_id = order->id, .number = i);
        cf_flush(db); /* a statement each, so that the server can be lost between any two */
    }
}

static cf_response *create_order(cf_request *req)
{
    write_order(req->db, (void *)cf_param(req, "token"));
    cf_commit(req->db);
    return cf_text(req, "stored\n", .status = 201);
}

static cf_response *create_order_in_transaction(cf_request *req)
{
    cf_transaction(req->db, write_order, (void *)cf_param(req, "token"));
    return cf_text(req, "stored\n", .status = 201);
}

/* "3 of 3" */
static cf_response *show_order(cf_request *req)
{
    struct Order *order = cf_find_one(req->db, Order, .where = cf_eq(Order.token, cf_param(req, "token")));
    if (!order)
        cf_abort(req, 404);
    int64_t lines = cf_count(req->db, Line, .where = cf_eq(Line.order_id, order->id));
    return cf_text(req, cf_format(req, "%lld of %lld\n", (long long)lines, (long long)order->size));
}

static cf_response *show_order_by_sql(cf_request *req)
{
    struct Order_list orders = cf_sql(req->db, Order, "SELECT * FROM orders WHERE token = ?", cf_param(req, "token"));
    return cf_text(req, cf_format(req, "%zu\n", orders.count));
}

static cf_response *show_slow_view(cf_request *req)
{
    struct SlowOrder_list orders = cf_find(req->db, SlowOrder);
    return cf_text(req, cf_format(req, "%zu\n", orders.count));
}

static cf_response *run_slow_sql(cf_request *req)
{
    struct Place_list places = cf_sql_unchecked(req->db, Place, getenv("LEDGER_SLOW_SQL"));
    return cf_text(req, cf_format(req, "%zu\n", places.count));
}

/* ---- Of several servers ----------------------------------------------------------------------------------------- */

/* The row is locked on its node; who writes it at once on another node is refused there, and runs again. */
static void count_one_more(cf_db *db, void *id)
{
    struct Counter *counter = cf_get(db, Counter, *(const int64_t *)id, .for_update = CF_FOR_UPDATE);
    counter->value++;
}

static cf_response *count(cf_request *req)
{
    int64_t id = cf_param_integer(req, "id");
    cf_transaction(req->db, count_one_more, &id, .attempts = 50);
    return cf_text(req, "counted\n", .status = 201);
}

static struct Place *find_place(cf_db *db)
{
    return cf_sql_unchecked(db, Place, getenv("LEDGER_PLACE_SQL")).items[0];
}

static cf_response *show_place(cf_request *req)
{
    return cf_json(req, Place, find_place(req->db));
}

/* Where it reads before and after it has committed something, and whether it finds that. */
static cf_response *read_what_was_written(cf_request *req)
{
    struct Place before = *find_place(req->db);
    struct Order *order = cf_add(req->db, Order, .token = cf_param(req, "token"), .size = 0);
    cf_commit(req->db);
    struct Place after = *find_place(req->db);
    if (cf_count(req->db, Order, .where = cf_eq(Order.token, order->token)) != 1)
        cf_abort(req, 500, .description = "what was written is not read");
    struct Written written = { order->id, before.port, after.port };
    return cf_json(req, Written, &written, .status = 201);
}

int main(int argc, char **argv)
{
    cf_app *app = cf_app_new("ledger",
        .models    = CF_MODELS(Order, Line, Counter),
        .revisions = revisions);
    cf_route(app, "POST", "/orders/<token>",          create_order);
    cf_route(app, "POST", "/transactions/<token>",    create_order_in_transaction);
    cf_route(app, "GET",  "/orders/<token>",          show_order);
    cf_route(app, "GET",  "/sql/<token>",             show_order_by_sql);
    cf_route(app, "GET",  "/slow/view",               show_slow_view);
    cf_route(app, "GET",  "/slow/sql",                run_slow_sql);
    cf_route(app, "POST", "/counters/<int:id>",       count);
    cf_route(app, "GET",  "/place",                   show_place);
    cf_route(app, "POST", "/written/<token>",         read_what_was_written);
    return cf_main(app, argc, argv);
}
