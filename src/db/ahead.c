/* SPDX-License-Identifier: MIT
 *
 * Queries that are sent together, where a connection takes any number: the answers to all of them come after one round trip.
 * Each is then run in the usual way and finds its answer on the way; what could not be sent, or whose answer is none
 * (it stood behind a slow run, its statement is to be prepared anew, its connection was lost) is run like any other. So
 * sending ahead changes when a query is asked, and nothing else.
 */
#include "order.h"

struct cf__ahead {
    struct cf__order order;
    struct cf__lane *lane;
    struct cf__prepared *prepared;
    struct cf_cursor *cursor;
    struct cf__ahead *next;
};

static void give_back(const struct cf__link *link, const struct cf__ahead *ahead)
{
    if (ahead->prepared)
        ahead->prepared->readers--;
    if (ahead->lane && ahead->lane != link->lane)
        ahead->lane->engine->connections->give_back(ahead->lane);
}

static void choose_lane(struct cf__ahead *ahead)
{
    struct cf__link *link = ahead->order.link;
    ahead->order.engine = link->active ? link->engine : cf__choose_engine(link);
    ahead->lane = link->active ? link->lane : ahead->order.engine->connections->lend(ahead->order.engine, link, false);
}

static void send(void *ahead_)
{
    struct cf__ahead *ahead = ahead_;
    const struct cf__order *order = &ahead->order;
    ahead->order = cf__order_query(order->link, order->query);
    choose_lane(ahead);
    if (!ahead->lane->shared && !order->link->active)
        return;
    ahead->prepared = cf__order_prepare(ahead->lane, order);
    ahead->prepared->readers++;
    ahead->cursor = order->link->engine->driver->send(ahead->prepared->statement, order->parameters.items,
                                                      order->parameters.count, ahead->lane->shared ? CF__PATIENCE : 0);
}

void cf__link_send(struct cf__link *link, const struct cf__query *query)
{
    if (!link->engine->driver->send || link->lender || link->borrowers)
        return;
    struct cf__ahead *ahead = cf_alloc(&link->context->head, sizeof *ahead);
    ahead->order = (struct cf__order){ .link = link, .query = query };
    if (!cf__protect(cf__current(), send, ahead) || !ahead->cursor) { /* an error is met again when it is run */
        give_back(link, ahead);
        return;
    }
    *(link->ahead ? &link->last_ahead->next : &link->ahead) = ahead;
    link->last_ahead = ahead;
}

void cf__link_unsend(struct cf__link *link)
{
    for (; link->ahead; link->ahead = link->ahead->next) {
        link->engine->driver->end(link->ahead->cursor);
        give_back(link, link->ahead);
    }
}

struct cf__order cf__ahead_order(struct cf__link *link, const struct cf__query *query)
{
    struct cf__ahead *ahead = link->ahead; /* they are run in the order in which they were sent */
    if (ahead->order.query != query)
        return cf__order_query(link, query);
    link->ahead = ahead->next;
    ahead->order.ahead = ahead;
    return ahead->order;
}

struct receiving {
    const struct cf_driver *driver;
    struct cf_cursor *cursor;
    bool answered;
};

static void receive(void *receiving_)
{
    struct receiving *receiving = receiving_;
    receiving->answered = receiving->driver->receive(receiving->cursor);
}

bool cf__ahead_receive(struct cf__order *order)
{
    struct cf__link *link = order->link;
    const struct cf__ahead *ahead = order->ahead;
    struct receiving receiving = { link->engine->driver, ahead->cursor, false };
    link->run.lane = ahead->lane;
    cf__take_prepared(link, ahead->prepared);
    ahead->prepared->readers--; /* those of the run count, not those of what was sent */
    order->ahead = NULL;
    cf__given_begin(link, ahead->order.parameters.items, ahead->order.parameters.count, 1);
    if (cf__protect(cf__current(), receive, &receiving)) {
        cf__given_end(link);
        if (receiving.answered)
            link->run.cursor = ahead->cursor;
        else
            cf__end_untold(link);
        return receiving.answered;
    }
    cf__try_again_or_raise(order);
    return false;
}
