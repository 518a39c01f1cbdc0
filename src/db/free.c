/* SPDX-License-Identifier: MIT
 *
 * SQL of the user's own: what its result has is only known when it has run, and what it does to its connection nobody
 * knows, so it has one of its own.
 */
#include "order.h"

#include <string.h>
#include <strings.h>

#include "../base/clock.h"
#include "../base/random.h"
#include "placeholders.h"

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

/* A shape is filled whole; a model's row may be read in part. */
static void need_fields(const struct cf__link *link, const struct cf_model *model)
{
    const struct cf_driver *driver = link->engine->driver;
    uint64_t missing = cf__model_columns(model) & ~fields_read(link->run.prepared, model);
    if (model->table || !missing)
        return;
    struct cf__buffer names = cf__buffer_new(cf__current(), CF__CAP_OUTPUT, "the columns of a result");
    for (unsigned i = 0; i < driver->column_count(link->run.cursor); i++) {
        const char *name = driver->column_name(link->run.cursor, i);
        cf__buffer_format(&names, "%s%s", i ? ", " : "", name ? name : "?");
    }
    cf_raise(CF_INTERNAL, "%s.%s has no column of its name in the result, which has: %s", model->name,
             model->columns[__builtin_ctzll(missing)].name, names.size ? cf__buffer_text(&names) : "none");
}

/* The text and the kinds of its values: a database may give each kind a statement of its own. */
static uint64_t free_shape(const struct cf__order *order, const struct cf_model *model)
{
    uint64_t shape = cf__hash(order->sql, strlen(order->sql), (uint64_t)(uintptr_t)model);
    for (size_t i = 0; i < order->parameters.count; i++)
        shape = cf__hash(&order->parameters.items[i].value.kind, sizeof(enum cf_operand_kind), shape);
    return shape;
}

static void start_free_on_lent(void *order_)
{
    struct cf__order *order = order_;
    struct cf__link *link = order->link;
    const struct cf__connections *connections = order->engine->connections;
    link->run.lane = connections->lend(order->engine, link, connections == &cf__pool);
    link->run.lane->stained = true;
    cf__given_begin(link, order->parameters.items, order->parameters.count, 1);
    const struct cf__prepared *prepared = cf__order_prepare(link->run.lane, order);
    cf__given_end(link);
    order->writes = link->engine->driver->writes(prepared->statement);
    if (!order->writes)
        cf__order_start_on_lane(order);
}

/* False where a replica could not be asked, which is then left alone for a while. */
static bool try_free(struct cf__order *order)
{
    order->engine = cf__choose_engine(order->link);
    if (order->engine == order->link->engine) {
        start_free_on_lent(order);
        return true;
    }
    if (cf__protect(cf__current(), start_free_on_lent, order))
        return true;
    struct cf__error_record record;
    cf__error_record_copy(&record, &cf__current()->record);
    cf__end_untold(order->link);
    if (record.error.code != CF_UNAVAILABLE)
        cf__raise(&record.error);
    order->engine->away_until = cf__monotonic() + CF__AWAY;
    return false;
}

/* Beginning ends runs, too, and may run others: the statement that it is for is told of when it has run. */
static void begin_untold(struct cf__link *link, const struct cf__transaction *transaction)
{
    cf__end_untold(link);
    const char *echoed = link->run.echoed;
    struct cf_place place = link->run.place;
    int64_t since = link->run.since;
    link->run.echoed = NULL;
    if (!link->active)
        cf__link_begin_as(link, transaction);
    link->run.echoed = echoed;
    link->run.place = place;
    link->run.since = since;
}

static void start_free_in_transaction(struct cf__order *order)
{
    /* What streams only reads. Where it is not certain that it does, the database sees to it. */
    const struct cf__transaction transaction = { .read_only = order->options.stream };
    struct cf__link *link = order->link;
    if (order->options.stream && !link->active && !(link->engine->driver->capabilities & CF_CAN_POOL))
        cf_raise(CF_INTERNAL, "a loop over rows was given SQL that writes: run it by cf_sql");
    begin_untold(link, &transaction);
    link->lane->stained = true;
    cf__order_start(order);
}

/* Free SQL has a connection of its own, since nobody knows what it does to it. A statement that writes begins the
 * transaction first: "UPDATE … RETURNING" looks like a query. */
static void start_free(void *order_)
{
    struct cf__order *order = order_;
    while (!order->writes && !order->link->active && !try_free(order))
        continue;
    if (order->link->active || order->writes)
        start_free_in_transaction(order);
}

/* SQL NULL, for every database and whoever shows it. */
static bool is_null_text(const struct cf_operand *value)
{
    return value->kind == CF_OPERAND_TEXT && !value->text;
}

static struct cf__rows run_sql(struct cf__link *link, const char *sql, const struct cf_operand *values, size_t count,
                               const struct cf_model *model, uint64_t *read, struct cf_run_options options, bool write)
{
    size_t places;
    struct cf__order order = {
        .link = link,
        .sql = cf__sql_number(cf__current(), link->engine->driver->dialect, sql, &places),
        .parameters = { cf_alloc(&cf__current()->head, (count + 1) * sizeof(struct cf_parameter)), count, count },
        .options = options,
        .writes = write,
    };
    for (size_t i = 0; i < count; i++)
        order.parameters.items[i].value = is_null_text(&values[i]) ? (struct cf_operand){ 0 } : values[i];
    if (places && places != count) /* which a database that counts them would not miss */
        cf_raise(CF_INTERNAL, "the statement takes %zu values, %zu were given: %s", places, count, sql);
    order.shape = cf__shape_beside(link, free_shape(&order, model));
    cf__check_texts(&order.parameters);
    cf__end_run(link);
    if (cf__is_told(link))
        cf__tell_begin_of_run(link, order.sql, &order.parameters);
    cf__run_told(link, start_free, &order);
    if (model) {
        match_fields(link, model);
        need_fields(link, model);
    }
    if (read)
        *read = model ? fields_read(link->run.prepared, model) : 0;
    return (struct cf__rows){ .link = link, .cursor = link->run.cursor, .prepared = link->run.prepared };
}

struct cf__rows cf__link_sql(struct cf__link *link, const char *sql, const struct cf_operand *values, size_t count,
                             const struct cf_model *model, uint64_t *read, bool write)
{
    return run_sql(link, sql, values, count, model, read, (struct cf_run_options){ 0 }, write);
}

struct cf__rows cf__link_stream_sql(struct cf__link *link, const char *sql, const struct cf_operand *values,
                                    size_t count, const struct cf_model *model, uint64_t *read)
{
    return run_sql(link, sql, values, count, model, read, (struct cf_run_options){ .stream = true }, false);
}

/* One that changes rows and gives none, which every database repeats together; all else is run one by one. */
static bool is_plain_change(const char *sql)
{
    static const char *const words[] = { "INSERT", "UPDATE", "DELETE", "REPLACE" };
    sql += strspn(sql, " \t\r\n");
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strncasecmp(sql, words[i], strlen(words[i])) == 0)
            return !strcasestr(sql, "RETURNING");
    return false;
}

int64_t cf__link_repeat_sql(struct cf__link *link, const char *sql, const struct cf_parameter *parameters, size_t count,
                            size_t sets)
{
    size_t places;
    struct cf__order order = {
        .link = link,
        .sql = cf__sql_number(cf__current(), link->engine->driver->dialect, sql, &places),
        .parameters = { (struct cf_parameter *)(uintptr_t)parameters, count, count },
        .alone = !is_plain_change(sql),
        .writes = true,
    };
    order.shape = cf__hash(&parameters[0].column, sizeof parameters[0].column, free_shape(&order, NULL));
    cf__end_run(link);
    cf__link_begin(link);
    link->lane->stained = true;
    return cf__order_repeat(&order, sets).changed;
}

unsigned cf__rows_columns(const struct cf__rows *rows)
{
    return rows->link->engine->driver->column_count(rows->cursor);
}

const char *cf__rows_column(const struct cf__rows *rows, unsigned index)
{
    return rows->link->engine->driver->column_name(rows->cursor, index);
}

void cf__rows_type(const struct cf__rows *rows, unsigned index, struct cf_column *column)
{
    rows->link->engine->driver->column_type(rows->cursor, index, column);
}

bool cf__rows_next_as_found(struct cf__rows *rows, struct cf_column *columns, void *row)
{
    struct cf__prepared *prepared = rows->link->run.prepared;
    if (rows->ended)
        return false;
    cf__need_run(rows);
    unsigned count = cf__rows_columns(rows);
    cf__prepared_room(prepared, count);
    for (unsigned i = 0; i < count; i++) {
        cf__rows_type(rows, i, &columns[i]);
        prepared->fields[i] = (struct cf_field){ &columns[i], i };
    }
    prepared->field_count = count;
    return cf__rows_next(rows, row);
}
