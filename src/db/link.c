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
#include "../base/fiber.h"
#include "../base/log.h"
#include "../base/random.h"
#include "echo.h"
#include "state.h"

void cf__queue_add(struct cf__queue *queue, struct cf__link *link)
{
    link->next = NULL;
    link->waiting = cf__fiber_current();
    if (queue->last)
        queue->last->next = link;
    else
        queue->first = link;
    queue->last = link;
}

void cf__queue_remove(struct cf__queue *queue, const struct cf__link *link)
{
    struct cf__link *previous = NULL;
    for (struct cf__link *at = queue->first; at; previous = at, at = at->next) {
        if (at != link)
            continue;
        if (previous)
            previous->next = at->next;
        else
            queue->first = at->next;
        if (queue->last == at)
            queue->last = previous;
        return;
    }
}

/* ---- A run's end ------------------------------------------------------------------------------------------------ */

/* What a run is about is noted at its beginning, since its values may be gone at its end, and logged with its time
 * then. */
static void begin_echo(struct cf__link *link, const char *sql, const struct cf__parameters *parameters)
{
    link->run.echoed = cf__echo_text(link->context, sql, parameters);
    link->run.since = cf__monotonic();
}

static void end_echo(struct cf__link *link)
{
    if (!link->run.echoed)
        return;
    cf_log_info("SQL: %s (%.3f ms)", link->run.echoed, (double)(cf__monotonic() - link->run.since) / 1000);
    link->run.echoed = NULL;
}

static void end_run(struct cf__link *link)
{
    end_echo(link);
    if (link->run.cursor)
        link->engine->driver->end(link->run.cursor);
    if (link->run.prepared && link->run.prepared->user == link)
        link->run.prepared->user = NULL;
    link->run.cursor = NULL;
    link->run.prepared = NULL;
    struct cf__lane *lane = link->run.lane;
    link->run.lane = NULL;
    if (lane && lane != link->lane)
        link->engine->connections->give_back(lane);
}

/* ---- Transactions ----------------------------------------------------------------------------------------------- */

void cf__link_init(struct cf__link *link, cf_engine *engine, struct cf__context *context)
{
    *link = (struct cf__link){ .engine = engine, .context = context };
}

bool cf__link_active(const struct cf__link *link)
{
    return link->active;
}

void cf__link_begin_as(struct cf__link *link, const struct cf__transaction *transaction)
{
    if (link->active)
        cf_raise(CF_INTERNAL, "a transaction was begun in a session that is in one: commit or roll back first");
    end_run(link);
    link->engine->connections->begin(link, transaction);
}

void cf__link_begin(struct cf__link *link)
{
    if (!link->active)
        cf__link_begin_as(link, &(struct cf__transaction){ 0 });
}

bool cf__link_commit(struct cf__link *link)
{
    end_run(link);
    bool committed = !link->active || link->engine->connections->commit(link);
    link->unit = false;
    return committed;
}

void cf__link_rollback(struct cf__link *link)
{
    end_run(link);
    if (link->active)
        link->engine->connections->rollback(link);
    link->unit = false;
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
    cf__link_rollback(link);
    cf__link_unlock(link);
}

/* ---- Runs ------------------------------------------------------------------------------------------------------- */

/* What to run: a query of the builder, or SQL of the user's own (query NULL). */
struct order {
    struct cf__link *link;
    uint64_t shape;
    const struct cf__query *query;
    const char *sql;
    struct cf__parameters parameters;
    struct cf_run_options options;
    size_t most_fields;
};

static struct cf__prepared *prepare_query(struct cf__lane *lane, const struct order *order)
{
    const struct cf__query *query = order->query;
    struct cf__buffer sql = cf__buffer_new(cf__current(), CF__CAP_SQL, "a statement");
    cf__query_sql(query, lane->engine->driver->dialect, &sql);
    uint64_t columns = query->kind == CF__SELECT ? query->columns : query->returning;
    struct cf__prepared *prepared = cf__lane_prepare(lane, order->shape, cf__buffer_text(&sql), &order->parameters,
                                                     (size_t)__builtin_popcountll(columns));
    for (uint64_t left = columns; left; left &= left - 1, prepared->field_count++)
        prepared->fields[prepared->field_count] =
            (struct cf_field){ &query->model->columns[__builtin_ctzll(left)], (unsigned)prepared->field_count };
    return prepared;
}

static struct cf__prepared *find_prepared(struct cf__lane *lane, const struct order *order)
{
    struct cf__prepared *prepared = cf__lane_find(lane, order->shape);
    if (prepared)
        return prepared;
    return order->query ? prepare_query(lane, order)
                        : cf__lane_prepare(lane, order->shape, order->sql, &order->parameters, 0);
}

/* A statement that is not shared has one cursor: whoever left it unread loses it. */
static void take_cursor(struct cf__link *link, struct cf__prepared *prepared)
{
    if (link->run.lane->shared)
        return;
    if (prepared->user)
        end_run(prepared->user);
    prepared->user = link;
}

static void start_on_lane(void *order_)
{
    const struct order *order = order_;
    struct cf__link *link = order->link;
    struct cf__prepared *prepared = find_prepared(link->run.lane, order);
    take_cursor(link, prepared);
    link->run.prepared = prepared;
    link->run.cursor = link->engine->driver->start(prepared->statement, order->parameters.items,
                                                   order->parameters.count, &order->options);
}

/* Runs on a lane that was lent; false where it should try another. */
static bool start_on_lent(struct order *order)
{
    struct cf__link *link = order->link;
    const struct cf__lane *lane = link->run.lane;
    bool again = order->query && lane->used;
    order->options.patience = lane->shared ? CF__PATIENCE : 0;
    if (cf__protect(cf__current(), start_on_lane, order)) {
        if (link->run.cursor)
            return true;
        end_run(link);
        return false;
    }
    struct cf__error_record record;
    cf__error_record_copy(&record, &cf__current()->record);
    again = again && record.error.code == CF_UNAVAILABLE && link->engine->driver->lost(lane->connection);
    end_run(link);
    if (!again)
        cf__raise(&record.error);
    return false;
}

static struct cf__rows start(struct order *order, bool alone)
{
    struct cf__link *link = order->link;
    const struct cf__connections *connections = link->engine->connections;
    if (link->active || connections == &cf__single_writer) { /* nothing to try again, and no time to lose */
        link->run.lane = link->active ? link->lane : connections->lend(link, alone);
        start_on_lane(order);
    } else {
        do
            link->run.lane = connections->lend(link, alone);
        while (!start_on_lent(order));
    }
    return (struct cf__rows){ .link = link, .cursor = link->run.cursor, .prepared = link->run.prepared };
}

static struct cf__rows run_query(struct cf__link *link, const struct cf__query *query, bool stream)
{
    struct order order = { .link = link, .query = query, .options.stream = stream };
    order.shape = cf__query_shape(query, cf__current(), &order.parameters);
    end_run(link);
    if (query->kind == CF__INSERT || query->kind == CF__UPDATE || query->kind == CF__DELETE)
        cf__link_begin(link);
    if (link->engine->options.echo) {
        struct cf__buffer sql = cf__buffer_new(cf__current(), CF__CAP_SQL, "a statement");
        cf__query_sql(query, link->engine->driver->dialect, &sql);
        begin_echo(link, cf__buffer_text(&sql), &order.parameters);
    }
    return start(&order, stream);
}

struct cf__rows cf__link_run(struct cf__link *link, const struct cf__query *query)
{
    return run_query(link, query, false);
}

struct cf__rows cf__link_stream(struct cf__link *link, const struct cf__query *query)
{
    return run_query(link, query, true);
}

void cf__rows_end(struct cf__rows *rows)
{
    rows->ended = true;
    if (rows->link->run.cursor == rows->cursor)
        end_run(rows->link);
}

static void need_run(const struct cf__rows *rows)
{
    if (rows->link->run.cursor != rows->cursor)
        cf_raise(CF_INTERNAL, "rows were asked for after another query of their session had ended them");
}

bool cf__rows_next(struct cf__rows *rows, void *row)
{
    const struct cf__prepared *prepared = rows->prepared;
    if (rows->ended)
        return false;
    need_run(rows);
    if (rows->link->engine->driver->next(rows->cursor, prepared->fields, prepared->field_count, row,
                                         &rows->link->context->head))
        return true;
    cf__rows_end(rows);
    return false;
}

int64_t cf__rows_integer(struct cf__rows *rows)
{
    static const struct cf_column column = { .name = "count", .type = CF_TYPE_INTEGER, .nullable = true };
    static const struct cf_field field = { &column, 0 };
    cf_optional_integer value = { 0 };
    rows->link->engine->driver->next(rows->cursor, &field, 1, &value, &rows->link->context->head);
    cf__rows_end(rows);
    return value.value;
}

int64_t cf__rows_changed(struct cf__rows *rows)
{
    const struct cf_driver *driver = rows->link->engine->driver;
    while (driver->next(rows->cursor, NULL, 0, NULL, &rows->link->context->head))
        ;
    int64_t changed = driver->changed(rows->cursor);
    cf__rows_end(rows);
    return changed;
}

/* ---- Free SQL --------------------------------------------------------------------------------------------------- */

/* The result's columns that are the model's, by their names in the database. Asked anew at each run: the table behind a
 * "SELECT *" may have changed since the last. */
static void match_fields(struct cf__link *link, const struct cf_model *model)
{
    const struct cf_driver *driver = link->engine->driver;
    struct cf__prepared *prepared = link->run.prepared;
    unsigned count = driver->column_count(link->run.cursor);
    cf__prepared_room(prepared, count);
    prepared->field_count = 0;
    for (unsigned i = 0; i < count; i++) {
        const char *name = driver->column_name(link->run.cursor, i);
        for (size_t j = 0; name && j < model->count; j++) {
            const struct cf_column *column = &model->columns[j];
            if (column->type < CF_TYPE_COUNT_ && strcmp(cf__column_name(column), name) == 0) {
                prepared->fields[prepared->field_count++] = (struct cf_field){ column, i };
                break;
            }
        }
    }
}

static uint64_t fields_read(const struct cf__prepared *prepared, const struct cf_model *model)
{
    uint64_t read = 0;
    for (size_t i = 0; i < prepared->field_count; i++)
        read |= (uint64_t)1 << (prepared->fields[i].column - model->columns);
    return read;
}

/* The text and the kinds of its values: a database may give each kind a statement of its own. */
static uint64_t free_shape(const struct order *order, const struct cf_model *model)
{
    uint64_t shape = cf__hash(order->sql, strlen(order->sql), (uint64_t)(uintptr_t)model);
    for (size_t i = 0; i < order->parameters.count; i++)
        shape = cf__hash(&order->parameters.items[i].value.kind, sizeof(enum cf_operand_kind), shape);
    return shape;
}

/* Free SQL has a connection of its own, since nobody knows what it does to it. A statement that writes begins the
 * transaction first: "UPDATE … RETURNING" looks like a query. */
static void start_free(struct order *order, bool write)
{
    struct cf__link *link = order->link;
    if (write)
        cf__link_begin(link);
    if (link->active) {
        link->lane->stained = true;
        start(order, true);
        return;
    }
    link->run.lane = link->engine->connections->lend(link, link->engine->connections == &cf__pool);
    struct cf__prepared *prepared = find_prepared(link->run.lane, order);
    if (link->engine->driver->writes(prepared->statement)) {
        end_run(link);
        start_free(order, true);
        return;
    }
    start_on_lane(order);
}

struct cf__rows cf__link_sql(struct cf__link *link, const char *sql, const struct cf_operand *values, size_t count,
                             const struct cf_model *model, uint64_t *read, bool write)
{
    struct order order = {
        .link = link,
        .sql = sql,
        .parameters = { cf__take(cf__current(), (count + 1) * sizeof(struct cf_parameter)), count, count },
    };
    for (size_t i = 0; i < count; i++)
        order.parameters.items[i] = (struct cf_parameter){ values[i], NULL };
    order.shape = free_shape(&order, model);
    end_run(link);
    if (link->engine->options.echo)
        begin_echo(link, sql, &order.parameters);
    start_free(&order, write);
    if (model)
        match_fields(link, model);
    if (read)
        *read = model ? fields_read(link->run.prepared, model) : 0;
    return (struct cf__rows){ .link = link, .cursor = link->run.cursor, .prepared = link->run.prepared };
}

void cf__link_script(struct cf__link *link, const char *sql)
{
    cf__link_begin(link);
    end_run(link);
    if (link->engine->options.echo)
        begin_echo(link, sql, NULL);
    link->lane->stained = true;
    link->engine->driver->script(link->lane->connection, sql);
    end_echo(link);
}

struct cf_schema *cf__link_inspect(struct cf__link *link, cf_context *context)
{
    end_run(link);
    if (link->active)
        return link->engine->driver->inspect(link->lane->connection, context);
    link->run.lane = link->engine->connections->lend(link, true);
    struct cf_schema *schema = link->engine->driver->inspect(link->run.lane->connection, context);
    end_run(link);
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
