/* SPDX-License-Identifier: MIT
 *
 * An order: what a link is to run, on its way to a connection. Shared by the files that make orders: link.c (queries and
 * writes of the builder), free.c (SQL of the user's own), ahead.c (queries that are sent together).
 */
#ifndef CARAFE_DB_ORDER_H
#define CARAFE_DB_ORDER_H

#include "state.h"

/* What to run: a query or a write of the builder, or SQL of the user's own. */
struct cf__order {
    struct cf__link *link;
    uint64_t shape;
    const struct cf__query *query;
    const struct cf__write *write;
    const char *sql;
    struct cf__parameters parameters;
    struct cf_run_options options;
    bool alone;              /* no other run on its connection meanwhile; of a repetition: each by itself */
    bool waited;             /* behind another's run, in vain */
    bool writes;             /* of free SQL: it is said or was found to */
    cf_engine *engine;       /* where it is tried */
    struct cf__ahead *ahead; /* it was sent: its answer is to be received */
};

/* Ends the run that a link has under way, if any. */
void cf__end_run(struct cf__link *link);
/* A query of the builder: its shape and its parameters. Raises where it cannot be asked. */
struct cf__order cf__order_query(struct cf__link *link, const struct cf__query *query);
/* Runs of one connection that are under way at the same time are of statements of their own: a shape of this one. */
uint64_t cf__shape_beside(const struct cf__link *link, uint64_t shape);
/* Raises where a text is not valid UTF-8. */
void cf__check_texts(const struct cf__parameters *parameters);
/* Where a read is to go: the engine, or one of its replicas. */
cf_engine *cf__choose_engine(const struct cf__link *link);
/* The order's statement on a lane, prepared where it was not. */
struct cf__prepared *cf__order_prepare(struct cf__lane *lane, const struct cf__order *order);
/* Gives the link a statement of its lane, and takes it from whoever read it, where the lane is not shared. */
void cf__take_prepared(struct cf__link *link, struct cf__prepared *prepared);
/* Runs it on the link's lane. */
void cf__order_start_on_lane(void *order);
/* Runs it on the lane of the transaction, or on one that is lent for it; the run is then the link's. */
struct cf__rows cf__order_start(struct cf__order *order);
/* Runs a statement that writes, in the link's transaction, for each of `sets` lists of parameters, of which `count` are one. */
struct cf_repetition cf__order_repeat(struct cf__order *order, size_t sets);
/* The order of a query, which is the next of those sent ahead or another; and its answer, which becomes the link's run. False where it is to be
 * run like any other. */
struct cf__order cf__ahead_order(struct cf__link *link, const struct cf__query *query);
bool cf__ahead_receive(struct cf__order *order);
/* After an error at its start, which is raised, unless the order may be tried elsewhere. */
void cf__try_again_or_raise(struct cf__order *order);
/* Ends a run that is to go on elsewhere: it is told of once, when it has run. */
void cf__end_untold(struct cf__link *link);
/* Raises where the rows are not those of their link's run any more. */
void cf__need_run(const struct cf__rows *rows);

#endif
