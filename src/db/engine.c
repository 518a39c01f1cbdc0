/* SPDX-License-Identifier: MIT
 *
 * Connections, transactions and prepared statements of one database in one worker. See engine.h for what a link may
 * expect.
 *
 * The invariants: the writer belongs to at most one link at a time (engine->owner), in order of asking. The reader's
 * transaction is open only within a turn of the loop; its statements are run to their end without a park, so ending
 * it needs nobody's consent. A statement is prepared once a connection and shape; a run that an error cut short is
 * reset before its statement is used again (link->running).
 */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/fiber.h"
#include "../base/log.h"
#include "../base/loop.h"
#include "../base/random.h"
#include "drivers.h"
#include "echo.h"

enum { STATEMENTS = 512, SLOTS = 1024, BUSY_TIMEOUT = 5000000 };

/* A statement kept for a shape. */
struct cf__prepared {
    uint64_t shape;
    struct cf_statement *statement;
    const struct cf_driver *driver;
    struct cf_field *fields;
    size_t field_count, most_fields;
    struct cf__link *running; /* who is in the middle of it */
    struct cf_cursor *cursor; /* the run, once it has started */
};

/* A connection and what is prepared on it: open addressing by shape, emptied when it is half full. */
struct lane {
    struct cf_connection *connection;
    struct cf__prepared *slots[SLOTS];
    size_t count;
};

struct cf_engine {
    const struct cf_driver *driver;
    struct cf__engine_options options;
    char *masked;
    struct lane writer, reader; /* a private database uses the writer for both */
    bool is_private;
    bool reading; /* the reader's transaction is open, until the end of the turn */
    cf__turn_hook *hook;
    struct cf__link *owner, *first_waiting, *last_waiting;
};

/* ---- Prepared statements ---------------------------------------------------------------------------------------- */

static void free_prepared(struct cf__prepared *prepared)
{
    if (prepared->statement)
        prepared->driver->finalize(prepared->statement);
    free(prepared->fields);
    free(prepared);
}

static void clear_lane(struct lane *lane)
{
    for (size_t i = 0; i < SLOTS; i++) {
        if (!lane->slots[i])
            continue;
        free_prepared(lane->slots[i]);
        lane->slots[i] = NULL;
    }
    lane->count = 0;
}

static bool lane_is_idle(const struct lane *lane)
{
    for (size_t i = 0; i < SLOTS; i++)
        if (lane->slots[i] && lane->slots[i]->running)
            return false;
    return true;
}

static struct cf__prepared **find_slot(struct lane *lane, uint64_t shape)
{
    size_t at = shape % SLOTS;
    while (lane->slots[at] && lane->slots[at]->shape != shape)
        at = (at + 1) % SLOTS;
    return &lane->slots[at];
}

struct preparing {
    const struct lane *lane;
    struct cf__prepared *prepared;
    const char *sql;
    const struct cf__parameters *parameters;
};

static void prepare(void *preparing_)
{
    const struct preparing *preparing = preparing_;
    struct cf__prepared *prepared = preparing->prepared;
    prepared->statement = prepared->driver->prepare(preparing->lane->connection, preparing->sql, strlen(preparing->sql),
                                                    preparing->parameters->items, preparing->parameters->count);
}

/* A new entry in the lane, its statement prepared. */
static struct cf__prepared *add_prepared(cf_engine *engine, struct lane *lane, uint64_t shape, const char *sql,
                                         const struct cf__parameters *parameters, size_t most_fields)
{
    if (lane->count == STATEMENTS && lane_is_idle(lane))
        clear_lane(lane);
    struct cf__prepared *prepared = calloc(1, sizeof *prepared);
    struct cf_field *fields = calloc(most_fields ? most_fields : 1, sizeof *fields);
    if (!prepared || !fields || lane->count + 1 >= SLOTS) {
        free(prepared);
        free(fields);
        cf_raise(CF_NO_MEMORY, "no memory for a statement");
    }
    *prepared =
        (struct cf__prepared){ .shape = shape, .driver = engine->driver, .fields = fields, .most_fields = most_fields };
    struct preparing preparing = { lane, prepared, sql, parameters };
    if (!cf__protect(cf__current(), prepare, &preparing)) {
        free_prepared(prepared);
        cf__raise(&cf__current()->record.error);
    }
    *find_slot(lane, shape) = prepared;
    lane->count++;
    return prepared;
}

static struct cf__prepared *prepare_query(cf_engine *engine, struct lane *lane, uint64_t shape,
                                          const struct cf__query *query, const struct cf__parameters *parameters)
{
    struct cf__buffer sql = cf__buffer_new(cf__current(), CF__CAP_SQL, "a statement");
    cf__query_sql(query, engine->driver->dialect, &sql);
    uint64_t columns = query->kind == CF__SELECT ? query->columns : query->returning;
    struct cf__prepared *prepared =
        add_prepared(engine, lane, shape, cf__buffer_text(&sql), parameters, (size_t)__builtin_popcountll(columns));
    for (uint64_t left = columns; left; left &= left - 1, prepared->field_count++)
        prepared->fields[prepared->field_count] =
            (struct cf_field){ &query->model->columns[__builtin_ctzll(left)], (unsigned)prepared->field_count };
    return prepared;
}

/* ---- The reader's turn ------------------------------------------------------------------------------------------ */

static void end_reading(cf_engine *engine)
{
    if (!engine->reading)
        return;
    engine->reading = false;
    engine->driver->rollback(engine->reader.connection);
}

static void end_turn(void *engine)
{
    end_reading(engine);
}

/* ---- The writer's queue ----------------------------------------------------------------------------------------- */

static void enqueue(cf_engine *engine, struct cf__link *link)
{
    link->next = NULL;
    link->waiting = cf__fiber_current();
    if (engine->last_waiting)
        engine->last_waiting->next = link;
    else
        engine->first_waiting = link;
    engine->last_waiting = link;
}

static void dequeue(cf_engine *engine, const struct cf__link *link)
{
    struct cf__link *previous = NULL;
    for (struct cf__link *at = engine->first_waiting; at; previous = at, at = at->next) {
        if (at != link)
            continue;
        if (previous)
            previous->next = at->next;
        else
            engine->first_waiting = at->next;
        if (engine->last_waiting == at)
            engine->last_waiting = previous;
        return;
    }
}

/* Waits for the writer. The park is firm and bounded: a link in the queue takes itself out of it, whatever ends the
 * wait. */
static void own_writer(struct cf__link *link, int64_t deadline)
{
    cf_engine *engine = link->engine;
    if (!engine->owner && !engine->first_waiting) {
        engine->owner = link;
        return;
    }
    enqueue(engine, link);
    while (engine->owner != link) {
        if (cf__fiber_park_firmly("waiting to write to the database", deadline))
            continue;
        if (engine->owner == link) /* given at the last moment */
            return;
        dequeue(engine, link);
        cf_raise(CF_BUSY, "the database is busy: another transaction of this worker did not end in time");
    }
}

static void give_writer_on(cf_engine *engine)
{
    struct cf__link *next = engine->first_waiting;
    engine->owner = next;
    if (!next)
        return;
    dequeue(engine, next);
    cf__fiber_wake(next->waiting);
}

/* ---- Links ------------------------------------------------------------------------------------------------------ */

void cf__link_init(struct cf__link *link, cf_engine *engine, struct cf__context *context)
{
    *link = (struct cf__link){ .engine = engine, .context = context };
}

bool cf__link_active(const struct cf__link *link)
{
    return link->active;
}

/* What a run is about is noted at its beginning, since its values may be gone at its end, and logged with its time
 * then. */
static void begin_echo(struct cf__link *link, const char *sql, const struct cf__parameters *parameters)
{
    link->echoed = cf__echo_text(link->context, sql, parameters);
    link->echoed_since = cf__monotonic();
}

static void end_echo(struct cf__link *link)
{
    if (!link->echoed)
        return;
    cf_log_info("SQL: %s (%.3f ms)", link->echoed, (double)(cf__monotonic() - link->echoed_since) / 1000);
    link->echoed = NULL;
}

static void reset_running(struct cf__link *link)
{
    end_echo(link);
    if (!link->running)
        return;
    if (link->running->cursor)
        link->running->driver->end(link->running->cursor);
    link->running->cursor = NULL;
    link->running->running = NULL;
    link->running = NULL;
}

struct beginning {
    struct cf__link *link;
    int64_t deadline;
};

static void begin(void *beginning_)
{
    const struct beginning *beginning = beginning_;
    const cf_engine *engine = beginning->link->engine;
    if (beginning->link->rebuilds && engine->driver->rebuild)
        engine->driver->script(engine->writer.connection, engine->driver->rebuild->before);
    engine->driver->begin(engine->writer.connection,
                          &(struct cf_begin_options){ .write = true, .deadline = beginning->deadline });
}

static void restore_after_rebuild(void *link_)
{
    const struct cf__link *link = link_;
    link->engine->driver->script(link->engine->writer.connection, link->engine->driver->rebuild->after);
}

/* Leaves the transaction's traces behind: the writer goes to the next in the queue. */
static void leave(struct cf__link *link)
{
    link->active = false;
    if (link->rebuilds && link->engine->driver->rebuild && !cf__protect(link->context, restore_after_rebuild, link))
        cf_log_error("after building tables anew: %s", link->context->record.error.message);
    give_writer_on(link->engine);
}

void cf__link_begin(struct cf__link *link)
{
    if (link->active)
        return;
    struct beginning beginning = { link, cf__monotonic() + link->engine->options.busy_timeout };
    reset_running(link);
    own_writer(link, beginning.deadline);
    if (!cf__protect(cf__current(), begin, &beginning)) {
        struct cf__error_record record;
        cf__error_record_copy(&record, &cf__current()->record);
        leave(link);
        cf__raise(&record.error);
    }
    link->active = true;
}

static void commit(void *link)
{
    const cf_engine *engine = ((struct cf__link *)link)->engine;
    engine->driver->commit(engine->writer.connection);
}

void cf__link_commit(struct cf__link *link)
{
    if (!link->active)
        return;
    reset_running(link);
    if (!cf__protect(cf__current(), commit, link)) {
        struct cf__error_record record;
        cf__error_record_copy(&record, &cf__current()->record);
        cf__link_rollback(link);
        cf__raise(&record.error);
    }
    end_reading(link->engine); /* what reads next sees what was committed */
    leave(link);
}

void cf__link_rollback(struct cf__link *link)
{
    reset_running(link);
    if (!link->active)
        return;
    link->engine->driver->rollback(link->engine->writer.connection);
    leave(link);
}

void cf__link_end(struct cf__link *link)
{
    if (link->engine)
        cf__link_rollback(link);
}

/* ---- Runs ------------------------------------------------------------------------------------------------------- */

static struct lane *reading_lane(struct cf__link *link)
{
    cf_engine *engine = link->engine;
    if (!engine->is_private) {
        if (!engine->reading) {
            engine->driver->begin(engine->reader.connection, &(struct cf_begin_options){ .read_only = true });
            engine->reading = true;
        }
        return &engine->reader;
    }
    if (engine->owner) { /* the only connection is in another's transaction: wait until that has ended */
        own_writer(link, cf__monotonic() + engine->options.busy_timeout);
        give_writer_on(engine);
    }
    return &engine->writer;
}

static struct lane *choose_lane(struct cf__link *link, bool write)
{
    reset_running(link);
    if (write)
        cf__link_begin(link);
    return link->active ? &link->engine->writer : reading_lane(link);
}

static struct cf__rows start(struct cf__link *link, struct cf__prepared *prepared,
                             const struct cf__parameters *parameters)
{
    if (prepared->running)
        cf_raise(CF_INTERNAL, "a query was started again while its rows are being read");
    prepared->running = link;
    link->running = prepared;
    prepared->cursor = prepared->driver->start(prepared->statement, parameters->items, parameters->count,
                                               &(struct cf_run_options){ 0 });
    return (struct cf__rows){ .link = link, .prepared = prepared };
}

struct cf__rows cf__link_run(struct cf__link *link, const struct cf__query *query)
{
    struct cf__parameters parameters = { 0 };
    uint64_t shape = cf__query_shape(query, cf__current(), &parameters);
    bool write = query->kind == CF__INSERT || query->kind == CF__UPDATE || query->kind == CF__DELETE;
    struct lane *lane = choose_lane(link, write);
    struct cf__prepared *prepared = *find_slot(lane, shape);
    if (!prepared)
        prepared = prepare_query(link->engine, lane, shape, query, &parameters);
    if (link->engine->options.echo) {
        struct cf__buffer sql = cf__buffer_new(cf__current(), CF__CAP_SQL, "a statement");
        cf__query_sql(query, link->engine->driver->dialect, &sql);
        begin_echo(link, cf__buffer_text(&sql), &parameters);
    }
    return start(link, prepared, &parameters);
}

void cf__rows_end(struct cf__rows *rows)
{
    rows->ended = true;
    if (rows->link->running == rows->prepared)
        reset_running(rows->link);
}

bool cf__rows_next(struct cf__rows *rows, void *row)
{
    struct cf__prepared *prepared = rows->prepared;
    if (rows->ended)
        return false;
    if (rows->link->running != prepared)
        cf_raise(CF_INTERNAL, "rows were asked for after another query of their session had ended them");
    if (prepared->driver->next(prepared->cursor, prepared->fields, prepared->field_count, row,
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
    rows->prepared->driver->next(rows->prepared->cursor, &field, 1, &value, &rows->link->context->head);
    cf__rows_end(rows);
    return value.value;
}

int64_t cf__rows_changed(struct cf__rows *rows)
{
    struct cf__prepared *prepared = rows->prepared;
    while (prepared->driver->next(prepared->cursor, NULL, 0, NULL, &rows->link->context->head))
        ;
    int64_t changed = prepared->driver->changed(prepared->cursor);
    cf__rows_end(rows);
    return changed;
}

/* ---- Free SQL --------------------------------------------------------------------------------------------------- */

static void make_room(struct cf__prepared *prepared, size_t count)
{
    if (count <= prepared->most_fields)
        return;
    struct cf_field *fields = realloc(prepared->fields, count * sizeof *fields);
    if (!fields)
        cf_raise(CF_NO_MEMORY, "no memory for a statement");
    prepared->fields = fields;
    prepared->most_fields = count;
}

/* The result's columns that are the model's, by their names in the database. Asked anew at each run: the table behind a
 * "SELECT *" may have changed since the last. */
static void match_fields(struct cf__prepared *prepared, const struct cf_model *model)
{
    unsigned count = prepared->driver->column_count(prepared->cursor);
    make_room(prepared, count);
    prepared->field_count = 0;
    for (unsigned i = 0; i < count; i++) {
        const char *name = prepared->driver->column_name(prepared->cursor, i);
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

struct cf__rows cf__link_sql(struct cf__link *link, const char *sql, const struct cf_operand *values, size_t count,
                             const struct cf_model *model, uint64_t *read, bool write)
{
    struct cf__parameters parameters = { cf__take(cf__current(), (count + 1) * sizeof(struct cf_parameter)), count,
                                         count };
    for (size_t i = 0; i < count; i++)
        parameters.items[i] = (struct cf_parameter){ values[i], NULL };
    struct lane *lane = choose_lane(link, write);
    uint64_t shape = cf__hash(sql, strlen(sql), (uint64_t)(uintptr_t)model);
    struct cf__prepared *prepared = *find_slot(lane, shape);
    if (!prepared)
        prepared = add_prepared(link->engine, lane, shape, sql, &parameters, 0);
    if (!link->active && prepared->driver->writes(prepared->statement)) /* "UPDATE … RETURNING" looks like a query */
        return cf__link_sql(link, sql, values, count, model, read, true);
    if (link->engine->options.echo)
        begin_echo(link, sql, &parameters);
    struct cf__rows rows = start(link, prepared, &parameters);
    if (model)
        match_fields(prepared, model);
    if (read)
        *read = model ? fields_read(prepared, model) : 0;
    return rows;
}

void cf__link_script(struct cf__link *link, const char *sql)
{
    cf__link_begin(link);
    reset_running(link);
    if (link->engine->options.echo)
        begin_echo(link, sql, NULL);
    link->engine->driver->script(link->engine->writer.connection, sql);
    end_echo(link);
}

/* ---- Opening ---------------------------------------------------------------------------------------------------- */

static void open_lanes(cf_engine *engine, const struct cf_uri *uri)
{
    struct cf_open_options options = { .fast_commits = engine->options.synchronous_normal };
    engine->writer.connection = engine->driver->open(uri, &options);
    if (engine->is_private)
        return;
    options.read_only = true;
    engine->reader.connection = engine->driver->open(uri, &options);
}

struct opening {
    cf_engine *engine;
    const struct cf_uri *uri;
};

static void finish_open(void *opening_)
{
    struct opening *opening = opening_;
    cf_engine *engine = opening->engine;
    open_lanes(engine, opening->uri);
    engine->hook = cf__turn_hook_add(end_turn, engine);
    if (!engine->hook)
        cf_raise(CF_NO_MEMORY, "no memory for a database");
}

cf_engine *cf__engine_open(const char *text, const struct cf__engine_options *options)
{
    struct cf_uri uri;
    cf__uri_parse(cf__current(), text, &uri);
    const struct cf_driver *driver = cf__driver_find(&uri);
    cf_engine *engine = calloc(1, sizeof *engine);
    if (!engine || !(engine->masked = strdup(uri.masked))) {
        free(engine);
        cf_raise(CF_NO_MEMORY, "no memory for a database");
    }
    engine->driver = driver;
    engine->is_private = driver->is_private(&uri);
    if (options)
        engine->options = *options;
    if (!engine->options.busy_timeout)
        engine->options.busy_timeout = BUSY_TIMEOUT;
    struct opening opening = { engine, &uri };
    if (!cf__protect(cf__current(), finish_open, &opening)) {
        cf__engine_close(engine);
        cf__raise(&cf__current()->record.error);
    }
    return engine;
}

static void close_lane(cf_engine *engine, struct lane *lane)
{
    clear_lane(lane);
    if (lane->connection)
        engine->driver->close(lane->connection);
}

void cf__engine_close(cf_engine *engine)
{
    if (!engine)
        return;
    end_reading(engine);
    cf__turn_hook_remove(engine->hook);
    close_lane(engine, &engine->reader);
    close_lane(engine, &engine->writer);
    free(engine->masked);
    free(engine);
}

const struct cf_driver *cf__engine_driver(const cf_engine *engine)
{
    return engine->driver;
}

const char *cf__engine_uri(const cf_engine *engine)
{
    return engine->masked;
}

struct cf_schema *cf__engine_inspect(cf_engine *engine, cf_context *context)
{
    end_reading(engine);
    return engine->driver->inspect(engine->writer.connection, context);
}
