/* SPDX-License-Identifier: MIT
 *
 * Links: transactions and runs. A link has one run at a time; the next one, a commit or the link's end ends it, so that
 * a run which an error cut short is out of the way before its statement or its connection is used again. What comes by
 * connections is asked through engine->connections, and is the same for a file and for a pool.
 *
 * What may be done a second time without anybody noticing is: a query of the builder whose connection turns out to be
 * lost, or which stands behind a slow one for too long, runs again on another connection. Nothing else is.
 */
#include <string.h>

#include "../base/clock.h"
#include "../base/random.h"
#include "../text/json.h"
#include "../text/url.h"
#include "beside.h"
#include "order.h"
#include "placeholders.h"

/* ---- A run's end ------------------------------------------------------------------------------------------------ */

static void let_go(struct cf__prepared *prepared, const struct cf__link *link)
{
    prepared->readers--;
    if (prepared->user == link)
        prepared->user = NULL;
}

void cf__end_run(struct cf__link *link)
{
    cf__tell_end_of_run(link);
    link->context->given = NULL;
    if (link->run.cursor)
        link->engine->driver->end(link->run.cursor);
    if (link->run.prepared)
        let_go(link->run.prepared, link);
    link->run.cursor = NULL;
    link->run.prepared = NULL;
    struct cf__lane *lane = link->run.lane;
    link->run.lane = NULL;
    if (lane && lane != link->lane)
        lane->engine->connections->give_back(lane);
}

void cf__end_untold(struct cf__link *link)
{
    const char *echoed = link->run.echoed;
    link->run.echoed = NULL;
    cf__end_run(link);
    link->run.echoed = echoed;
}

/* ---- Transactions ----------------------------------------------------------------------------------------------- */

void cf__link_init(struct cf__link *link, cf_engine *engine, struct cf__context *context)
{
    *link = (struct cf__link){ .engine = engine, .context = context };
}

void cf__link_borrow(struct cf__link *link, struct cf__link *lender)
{
    link->lender = lender;
    link->active = true;
    link->lane = lender->lane;
    link->next_borrower = lender->borrowers;
    lender->borrowers = link;
}

static void give_back_borrowed(struct cf__link *link)
{
    struct cf__link **at = &link->lender->borrowers;
    while (*at != link)
        at = &(*at)->next_borrower;
    *at = link->next_borrower;
    cf__end_run(link);
    link->lender = NULL;
    link->active = false;
    link->lane = NULL;
}

/* What runs in a transaction ends with it. */
static void end_borrowers(struct cf__link *link)
{
    while (link->borrowers)
        give_back_borrowed(link->borrowers);
}

/* Runs of one connection that are under way at the same time are of statements of their own. */
uint64_t cf__shape_beside(const struct cf__link *link, uint64_t shape)
{
    size_t depth = 0;
    for (const struct cf__link *at = link->lender ? link->lender->borrowers : NULL; at; at = at->next_borrower)
        depth++;
    return depth ? cf__hash(&depth, sizeof depth, shape) : shape;
}

bool cf__link_active(const struct cf__link *link)
{
    return link->active;
}

/* A statement that commits by itself has the isolation of its connection, and no other. */
void cf__link_begin_as(struct cf__link *link, const struct cf__transaction *transaction_)
{
    struct cf__transaction transaction = *transaction_;
    if (link->active)
        cf_raise(CF_INTERNAL, "a transaction was begun in a session that is in one: commit or roll back first");
    if (link->engine->options.isolation && !transaction.isolation) {
        transaction.isolation = link->engine->options.isolation;
        transaction.autocommit = false;
    }
    cf__end_run(link);
    link->engine->connections->begin(link, &transaction);
    link->framed = !transaction.autocommit;
    cf__tell_begin(link, &transaction);
    if (link->begun)
        link->begun(link->owner);
}

void cf__link_begin(struct cf__link *link)
{
    if (!link->active)
        cf__link_begin_as(link, &(struct cf__transaction){ 0 });
}

bool cf__link_commit(struct cf__link *link)
{
    end_borrowers(link);
    cf__end_run(link);
    link->wrote = link->wrote || link->active;
    if (link->active)
        cf__tell_frame(link, "COMMIT", "", "");
    bool committed = !link->active || link->engine->connections->commit(link);
    link->unit = false;
    return committed;
}

void cf__link_rollback(struct cf__link *link)
{
    end_borrowers(link);
    cf__end_run(link);
    if (link->active)
        cf__tell_frame(link, "ROLLBACK", "", "");
    if (link->active)
        link->engine->connections->rollback(link);
    link->unit = false;
}

struct script {
    struct cf__link *link;
    const char *sql;
};

static void run_outside(void *script_)
{
    const struct script *script = script_;
    script->link->engine->connections->begin(script->link, &(struct cf__transaction){ .outside = script->sql });
}

void cf__link_outside(struct cf__link *link, const char *sql)
{
    if (link->active)
        cf_raise(CF_INTERNAL,
                 "\"%s\" is to run outside of a transaction, and the session is in one: commit or roll back first",
                 sql);
    cf__end_run(link);
    if (cf__is_told(link))
        cf__tell_begin_of_run(link, sql, NULL);
    cf__run_told(link, run_outside, &(struct script){ link, sql });
    cf__tell_end_of_run(link);
    link->engine->connections->rollback(link); /* there is none: the connection is given back */
    link->unit = false;
    link->wrote = true;
}

void cf__link_lock(struct cf__link *link)
{
    if (!link->held && link->engine->connections->lock)
        link->engine->connections->lock(link);
}

void cf__link_unlock(struct cf__link *link)
{
    if (link->held)
        link->engine->connections->unlock(link);
}

void cf__link_end(struct cf__link *link)
{
    if (!link->engine)
        return;
    if (link->lender)
        give_back_borrowed(link);
    cf__link_rollback(link);
    cf__link_unlock(link);
}

/* ---- Runs ------------------------------------------------------------------------------------------------------- */

static const char *built_sql(const struct cf__order *order)
{
    const struct cf_dialect *dialect = order->link->engine->driver->dialect;
    struct cf__buffer sql = cf__buffer_new(cf__current(), CF__CAP_SQL, "a statement");
    if (order->write)
        cf__write_sql(order->write, dialect, &sql);
    else
        cf__query_sql(order->query, dialect, &sql);
    return cf__buffer_text(&sql);
}

/* "12 times: UPDATE …", with the values of the first. */
static const char *repeated_sql(const struct cf__order *order, size_t count)
{
    const char *sql = order->sql ? order->sql : built_sql(order);
    return count == 1 ? sql : cf_format(&order->link->context->head, "%zu times: %s", count, sql);
}

static struct cf__prepared *prepare_built(struct cf__lane *lane, const struct cf__order *order)
{
    const struct cf__query *query = order->query;
    const struct cf_model *model = order->write ? order->write->model : query->model;
    uint64_t columns = order->write ? order->write->returning : query->columns;
    struct cf__prepared *prepared = cf__lane_prepare(lane, order->shape, built_sql(order), &order->parameters,
                                                     (size_t)__builtin_popcountll(columns),
                                                     query ? cf__beside_count(query->beside, query->beside_count) : 0);
    for (uint64_t left = columns; left; left &= left - 1, prepared->field_count++)
        prepared->fields[prepared->field_count] =
            (struct cf_field){ &model->columns[__builtin_ctzll(left)], (unsigned)prepared->field_count };
    if (query && query->beside_count)
        prepared->field_count = cf__beside_fields(query->beside, query->beside_count, prepared->made, prepared->fields,
                                                  prepared->field_count);
    return prepared;
}

struct cf__prepared *cf__order_prepare(struct cf__lane *lane, const struct cf__order *order)
{
    struct cf__prepared *prepared = cf__lane_find(lane, order->shape);
    if (prepared)
        return prepared;
    return order->sql ? cf__lane_prepare(lane, order->shape, order->sql, &order->parameters, 0, 0)
                      : prepare_built(lane, order);
}

/* A statement that is not shared has one cursor: whoever left it unread loses it. */
static void take_cursor(struct cf__link *link, struct cf__prepared *prepared)
{
    if (link->run.lane->shared)
        return;
    if (prepared->user)
        cf__end_run(prepared->user);
    prepared->user = link;
}

void cf__take_prepared(struct cf__link *link, struct cf__prepared *prepared)
{
    take_cursor(link, prepared);
    link->run.prepared = prepared;
    prepared->readers++;
}

void cf__order_start_on_lane(void *order_)
{
    const struct cf__order *order = order_;
    struct cf__link *link = order->link;
    cf__given_begin(link, order->parameters.items, order->parameters.count, 1);
    cf__take_prepared(link, cf__order_prepare(link->run.lane, order));
    link->run.cursor = link->engine->driver->start(link->run.prepared->statement, order->parameters.items,
                                                   order->parameters.count, &order->options);
    cf__given_end(link);
}

/* Reads go to the replicas in turn, but for a session that has written: it is to see what it wrote. */
cf_engine *cf__choose_engine(const struct cf__link *link)
{
    cf_engine *engine = link->engine;
    for (size_t i = 0; i < engine->replica_count && !link->wrote; i++) {
        cf_engine *replica = engine->replicas[engine->next_replica++ % engine->replica_count];
        if (!replica->away_until || replica->away_until < cf__monotonic())
            return replica;
    }
    return engine;
}

static void start_on_lent(void *order_)
{
    struct cf__order *order = order_;
    struct cf__link *link = order->link;
    link->run.lane = order->engine->connections->lend(order->engine, link, order->alone);
    order->options.patience = link->run.lane->shared ? CF__PATIENCE : 0;
    cf__order_start_on_lane(order);
}

/* Something of the builder's that failed to reach the database may be tried elsewhere; never in a transaction. */
static bool may_try_again(const struct cf__order *order, const cf_error *error)
{
    const struct cf__lane *lane = order->link->run.lane;
    if (!order->query || error->code != CF_UNAVAILABLE || order->link->active)
        return false;
    if (order->engine != order->link->engine) {
        order->engine->away_until = cf__monotonic() + CF__AWAY;
        return true;
    }
    return lane && lane->used && order->engine->driver->lost(lane->connection);
}

void cf__try_again_or_raise(struct cf__order *order)
{
    struct cf__link *link = order->link;
    struct cf__error_record record;
    cf__error_record_copy(&record, &cf__current()->record);
    if (may_try_again(order, &record.error)) {
        cf__end_untold(link);
        return;
    }
    cf__tell_failed_run(link, &record);
    cf__end_run(link);
    cf__raise(&record.error);
}

/* Runs on a lane that is lent for it; false where it is to try another. */
static bool try_to_start(struct cf__order *order)
{
    struct cf__link *link = order->link;
    order->engine = cf__choose_engine(link);
    if (cf__protect(cf__current(), start_on_lent, order)) {
        if (link->run.cursor)
            return true;
        cf__end_untold(link);
        order->alone = order->waited; /* twice is long enough behind others */
        order->waited = true;
        return false;
    }
    cf__try_again_or_raise(order);
    return false;
}

/* Nothing to try again, and no time to lose. */
static void start_here(void *order_)
{
    const struct cf__order *order = order_;
    struct cf__link *link = order->link;
    const cf_engine *engine = link->engine;
    link->run.lane = link->active ? link->lane : engine->connections->lend(link->engine, link, order->alone);
    if (link->active)
        (link->lender ? link->lender : link)->used = cf__monotonic();
    cf__order_start_on_lane(order_);
}

struct cf__rows cf__order_start(struct cf__order *order)
{
    struct cf__link *link = order->link;
    const cf_engine *engine = link->engine;
    if (order->ahead && cf__ahead_receive(order)) {
        /* it was sent with others, and is here */
    } else if (link->active || (engine->connections == &cf__single_writer && !engine->replica_count)) {
        cf__run_told(link, start_here, order);
    } else {
        while (!try_to_start(order))
            ;
    }
    return (struct cf__rows){ .link = link, .cursor = link->run.cursor, .prepared = link->run.prepared };
}

/* Of texts that are not UTF-8 the databases make different things, none of them meant. Those that are written have been
 * checked with their rows. */
void cf__check_texts(const struct cf__parameters *parameters)
{
    static const char problem[] = "is not valid UTF-8";
    for (size_t i = 0; i < parameters->count; i++) {
        const struct cf_operand *value = &parameters->items[i].value;
        if (value->kind != CF_OPERAND_TEXT || !value->text || cf__utf8_valid(value->text, strlen(value->text)))
            continue;
        const struct cf_column *column = parameters->items[i].column;
        const char *name = column ? column->json ? column->json : column->name : "a value";
        cf_raise_error(&(cf_error){ .code = CF_INVALID,
                                    .message = cf_format(&cf__current()->head, "%s %s", name, problem),
                                    .details = cf__json_problem(cf__current(), name, problem) });
    }
}

struct cf__order cf__order_query(struct cf__link *link, const struct cf__query *query)
{
    struct cf__order order = { .link = link, .query = query };
    order.shape = cf__query_shape(query, link->engine->driver->dialect, cf__current(), &order.parameters);
    order.shape = cf__shape_beside(link, order.shape);
    cf__check_texts(&order.parameters);
    return order;
}

static struct cf__rows run(struct cf__order *order)
{
    struct cf__link *link = order->link;
    cf__end_run(link);
    if (cf__is_told(link))
        cf__tell_begin_of_run(link, built_sql(order), &order->parameters);
    return cf__order_start(order);
}

struct cf__rows cf__link_run(struct cf__link *link, const struct cf__query *query)
{
    struct cf__order order = link->ahead ? cf__ahead_order(link, query) : cf__order_query(link, query);
    return run(&order);
}

struct cf__rows cf__link_stream(struct cf__link *link, const struct cf__query *query)
{
    struct cf__order order = cf__order_query(link, query);
    order.options.stream = order.alone = true;
    return run(&order);
}

static void begin_for(struct cf__link *link, const struct cf__write *write)
{
    if (!link->active)
        cf__link_begin_as(link, &(struct cf__transaction){ .autocommit = write->autocommit });
}

/* The room for the parameters of a write is used again by the next one, since a session may run any number. */
struct cf__rows cf__link_write(struct cf__link *link, const struct cf__write *write)
{
    cf__end_run(link);
    begin_for(link, write);
    struct cf__order order = { .link = link, .write = write, .parameters = link->written };
    order.parameters.count = 0;
    order.shape = cf__write_shape(write, link->engine->driver->dialect, link->context, &order.parameters);
    link->written = order.parameters;
    if (write->where || write->set_count || write->query)
        cf__check_texts(&order.parameters);
    if (cf__is_told(link))
        cf__tell_begin_of_run(link, built_sql(&order), &order.parameters);
    return cf__order_start(&order);
}

static struct cf_repetition run_one_by_one(const struct cf__order *order, size_t sets)
{
    struct cf__link *link = order->link;
    const struct cf_driver *driver = link->engine->driver;
    struct cf_repetition all = { .unchanged = CF_UNKNOWN_RUN };
    for (size_t i = 0; i < sets; i++) {
        const struct cf_parameter *parameters = order->parameters.items + i * order->parameters.count;
        cf__given_begin(link, parameters, order->parameters.count, 1);
        link->run.cursor =
            driver->start(link->run.prepared->statement, parameters, order->parameters.count, &order->options);
        while (driver->next(link->run.cursor, NULL, 0, NULL, &link->context->head))
            ;
        int64_t changed = driver->changed(link->run.cursor);
        driver->end(link->run.cursor);
        link->run.cursor = NULL;
        all.changed += changed;
        if (!changed && all.unchanged == CF_UNKNOWN_RUN)
            all.unchanged = i;
    }
    return all;
}

struct repeating {
    struct cf__order *order;
    size_t sets;
    struct cf_repetition all;
};

static void repeat(void *repeating_)
{
    struct repeating *repeating = repeating_;
    const struct cf__order *order = repeating->order;
    struct cf__link *link = order->link;
    const struct cf_driver *driver = link->engine->driver;
    cf__take_prepared(link, cf__order_prepare(link->run.lane, order));
    if (!driver->writes(link->run.prepared->statement))
        cf_raise(CF_INTERNAL, "a statement that only reads was to be run for each row: %s", order->sql);
    cf__given_begin(link, order->parameters.items, order->parameters.count, repeating->sets);
    repeating->all = driver->repeat && !order->alone && repeating->sets > 1
                         ? driver->repeat(link->run.prepared->statement, order->parameters.items,
                                          order->parameters.count, repeating->sets)
                         : run_one_by_one(order, repeating->sets);
    cf__given_end(link);
}

struct cf_repetition cf__order_repeat(struct cf__order *order, size_t sets)
{
    struct cf__link *link = order->link;
    if (cf__is_told(link))
        cf__tell_begin_of_run(link, repeated_sql(order, sets), &order->parameters);
    link->run.lane = link->lane;
    link->used = cf__monotonic();
    struct repeating repeating = { order, sets, { 0 } };
    cf__run_told(link, repeat, &repeating);
    link->run.rows = repeating.all.changed;
    cf__end_run(link);
    return repeating.all;
}

struct cf_repetition cf__link_repeat(struct cf__link *link, const struct cf__write *write)
{
    const struct cf_driver *driver = link->engine->driver;
    cf__end_run(link);
    begin_for(link, write);
    struct cf__order order = { .link = link, .write = write, .parameters = link->written };
    order.parameters.count = 0;
    order.shape = cf__write_shape(write, driver->dialect, link->context, &order.parameters);
    link->written = order.parameters;
    order.parameters.count /= write->count; /* of one run */
    return cf__order_repeat(&order, write->count);
}

void cf__rows_end(struct cf__rows *rows)
{
    rows->ended = true;
    if (rows->link->run.cursor == rows->cursor)
        cf__end_run(rows->link);
}

void cf__need_run(const struct cf__rows *rows)
{
    if (rows->link->run.cursor != rows->cursor)
        cf_raise(CF_INTERNAL, "rows were asked for after another query of their session had ended them");
}

bool cf__rows_next(struct cf__rows *rows, void *row)
{
    const struct cf__prepared *prepared = rows->prepared;
    if (rows->ended)
        return false;
    cf__need_run(rows);
    if (cf__next_told(rows, prepared->fields, prepared->field_count, row)) {
        rows->link->run.rows++;
        return true;
    }
    cf__rows_end(rows);
    return false;
}

int64_t cf__rows_integer(struct cf__rows *rows)
{
    static const struct cf_column column = { .name = "count", .type = CF_TYPE_INTEGER, .nullable = true };
    cf_optional_integer value = { 0 };
    cf__rows_value(rows, &column, &value);
    return value.value;
}

bool cf__rows_next_value(struct cf__rows *rows, const struct cf_column *column, void *place)
{
    const struct cf_field field = { column, 0 };
    bool found = cf__next_told(rows, &field, 1, place);
    rows->link->run.rows += found;
    return found;
}

bool cf__rows_value(struct cf__rows *rows, const struct cf_column *column, void *place)
{
    bool found = cf__rows_next_value(rows, column, place);
    cf__rows_end(rows);
    return found;
}

static int64_t run_to_end(struct cf__rows *rows)
{
    while (cf__next_told(rows, NULL, 0, NULL))
        ;
    return rows->link->run.rows = rows->link->engine->driver->changed(rows->cursor);
}

int64_t cf__rows_changed(struct cf__rows *rows)
{
    int64_t changed = run_to_end(rows);
    cf__rows_end(rows);
    return changed;
}

bool cf__rows_number(struct cf__rows *rows, int64_t *number)
{
    bool inserted = run_to_end(rows) == 1;
    *number = rows->link->engine->driver->number(rows->cursor);
    cf__rows_end(rows);
    return inserted;
}

/* ---- Scripts and schemas ----------------------------------------------------------------------------------------- */

static void run_script(void *script_)
{
    const struct script *script = script_;
    script->link->engine->driver->script(script->link->lane->connection, script->sql);
}

void cf__link_script(struct cf__link *link, const char *sql)
{
    cf__link_begin(link);
    cf__end_run(link);
    if (cf__is_told(link))
        cf__tell_begin_of_run(link, sql, NULL);
    link->lane->stained = true;
    cf__run_told(link, run_script, &(struct script){ link, sql });
    cf__tell_end_of_run(link);
}

/* A query of the builder, which leaves no trace on its connection. */
bool cf__link_has_table(struct cf__link *link, const char *name)
{
    const struct cf_operand value = { .kind = CF_OPERAND_TEXT, .text = name };
    const struct cf_operand there = { .kind = CF_OPERAND_EXPRESSION,
                                      .expression = cf_variadic_(CF_SQL_EXPRESSION,
                                                                 link->engine->driver->dialect->has_table, 1, &value) };
    const struct cf_select_options options = { .from = cf_nothing.model_ };
    const struct cf__query query = { .kind = CF__SELECT,
                                     .model = &cf_nothing.model_,
                                     .select = cf_subquery_of_(there, &options) };
    struct cf__rows rows = cf__link_run(link, &query);
    return cf__rows_integer(&rows);
}

struct cf_schema *cf__link_inspect(struct cf__link *link, cf_context *context)
{
    cf__end_run(link);
    if (link->active)
        return link->engine->driver->inspect(link->lane->connection, context);
    link->run.lane = link->engine->connections->lend(link->engine, link, true);
    struct cf_schema *schema = link->engine->driver->inspect(link->run.lane->connection, context);
    cf__end_run(link);
    return schema;
}

struct cf_schema *cf__link_rewritten(struct cf__link *link, cf_context *context, struct cf_schema *schema)
{
    const struct cf_driver *driver = link->engine->driver;
    if (!driver->rewritten)
        return schema;
    cf__link_begin(link);
    link->lane->stained = true;
    struct cf_schema *rewritten = driver->rewritten(link->lane->connection, context, schema);
    cf__link_rollback(link);
    return rewritten;
}
