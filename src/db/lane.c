/* SPDX-License-Identifier: MIT
 *
 * A lane: one connection with the statements prepared on it, a statement a shape. Shapes come from the program, so there
 * are few; where there are more than expected (SQL text made at run time) all that nobody reads are let go and made anew,
 * which is simpler than to know the least recently used and costs as little.
 */
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/fiber.h"
#include "../base/random.h"
#include "state.h"

void cf__lane_set_up(const struct cf__lane *lane)
{
    const cf_engine *engine = lane->engine;
    if (engine->options.on_connect)
        engine->driver->script(lane->connection, engine->options.on_connect);
    if (lane->sql)
        engine->driver->script(lane->connection, lane->sql);
}

/* What the program says of this connection. Its SQL is kept, since a connection that is cleaned begins with it again. */
static void ask_program(struct cf__lane *lane, struct cf_uri *uri)
{
    struct cf_connect connect = {
        .context = &cf__current()->head, .uri = uri->masked, .user = uri->user, .password = uri->password
    };
    lane->engine->options.engine_hooks.before_connect(&connect);
    uri->user = connect.user;
    uri->password = connect.password;
    if (connect.sql && !(lane->sql = strdup(connect.sql)))
        cf_raise(CF_NO_MEMORY, "no memory for a database connection");
}

struct opening {
    struct cf__lane *lane;
    const struct cf_open_options *options;
};

static void open_connection(void *opening_)
{
    const struct opening *opening = opening_;
    cf_engine *engine = opening->lane->engine;
    struct cf_uri uri;
    cf__uri_parse(cf__current(), engine->uri, &uri);
    if (engine->options.engine_hooks.before_connect)
        ask_program(opening->lane, &uri);
    opening->lane->connection = engine->driver->open(&uri, opening->options);
    cf__lane_set_up(opening->lane);
}

/* With slots for twice the statements that are kept, and as many again: where cf__lane_clear puts those that stay. */
static struct cf__lane *make_lane(size_t statements)
{
    size_t slots = 2;
    while (slots < 2 * statements)
        slots *= 2;
    struct cf__lane *lane = calloc(1, sizeof *lane);
    struct cf__prepared **room = calloc(2 * slots, sizeof *room);
    if (!lane || !room) {
        free(lane);
        free(room);
        cf_raise(CF_NO_MEMORY, "no memory for a database connection");
    }
    lane->slots = room;
    lane->slot_count = slots;
    return lane;
}

static void free_lane(struct cf__lane *lane)
{
    free(lane->slots);
    free(lane->sql);
    free(lane);
}

struct cf__lane *cf__lane_open(cf_engine *engine, const struct cf_open_options *options)
{
    struct cf__lane *lane = make_lane(engine->options.query_cache_size);
    lane->engine = engine;
    lane->shared = options->shared;
    struct opening opening = { lane, options };
    if (!cf__protect(cf__current(), open_connection, &opening)) {
        if (lane->connection)
            engine->driver->close(lane->connection);
        free_lane(lane);
        cf__raise(&cf__current()->record.error);
    }
    lane->opened = cf__monotonic();
    return lane;
}

static void free_prepared(const struct cf_driver *driver, struct cf__prepared *prepared)
{
    if (prepared->statement)
        driver->finalize(prepared->statement);
    free(prepared->fields);
    free(prepared->made);
    free(prepared);
}

static struct cf__prepared **find_slot(struct cf__lane *lane, uint64_t shape)
{
    size_t mask = lane->slot_count - 1, at = shape & mask;
    while (lane->slots[at] && lane->slots[at]->shape != shape)
        at = (at + 1) & mask;
    return &lane->slots[at];
}

void cf__lane_clear(struct cf__lane *lane)
{
    struct cf__prepared **kept = lane->slots + lane->slot_count;
    size_t count = 0;
    for (size_t i = 0; i < lane->slot_count; i++) {
        struct cf__prepared *prepared = lane->slots[i];
        lane->slots[i] = NULL;
        if (prepared && prepared->readers)
            kept[count++] = prepared;
        else if (prepared)
            free_prepared(lane->engine->driver, prepared);
    }
    lane->count = count;
    while (count--)
        *find_slot(lane, kept[count]->shape) = kept[count];
}

void cf__lane_close(struct cf__lane *lane)
{
    if (!lane)
        return;
    for (size_t i = 0; i < lane->slot_count; i++)
        if (lane->slots[i])
            free_prepared(lane->engine->driver, lane->slots[i]);
    lane->engine->driver->close(lane->connection);
    free_lane(lane);
}

struct cf__prepared *cf__lane_find(struct cf__lane *lane, uint64_t shape)
{
    return *find_slot(lane, shape);
}

struct preparing {
    const struct cf__lane *lane;
    struct cf__prepared *prepared;
    const char *sql;
    const struct cf__parameters *parameters;
};

static void prepare(void *preparing_)
{
    const struct preparing *preparing = preparing_;
    const struct cf__lane *lane = preparing->lane;
    preparing->prepared->statement =
        lane->engine->driver->prepare(lane->connection, preparing->sql, strlen(preparing->sql),
                                      preparing->parameters->items, preparing->parameters->count);
}

struct cf__prepared *cf__lane_prepare(struct cf__lane *lane, uint64_t shape, const char *sql,
                                      const struct cf__parameters *parameters, size_t most_fields, size_t made)
{
    if (lane->count >= lane->engine->options.query_cache_size)
        cf__lane_clear(lane);
    struct cf__prepared *prepared = calloc(1, sizeof *prepared);
    struct cf_field *fields = calloc(most_fields + made + 1, sizeof *fields);
    struct cf_column *columns = made ? calloc(made, sizeof *columns) : NULL;
    if (!prepared || !fields || (made && !columns) || lane->count + 1 >= lane->slot_count) {
        free(prepared);
        free(fields);
        free(columns);
        cf_raise(CF_NO_MEMORY, "no memory for a statement");
    }
    *prepared =
        (struct cf__prepared){ .shape = shape, .fields = fields, .most_fields = most_fields + made, .made = columns };
    struct preparing preparing = { lane, prepared, sql, parameters };
    if (!cf__protect(cf__current(), prepare, &preparing)) {
        free_prepared(lane->engine->driver, prepared);
        cf__raise(&cf__current()->record.error);
    }
    *find_slot(lane, shape) = prepared;
    lane->count++;
    return prepared;
}

void cf__prepared_room(struct cf__prepared *prepared, size_t count)
{
    if (count <= prepared->most_fields)
        return;
    struct cf_field *fields = realloc(prepared->fields, count * sizeof *fields);
    if (!fields)
        cf_raise(CF_NO_MEMORY, "no memory for a statement");
    prepared->fields = fields;
    prepared->most_fields = count;
}

void cf__lane_execute(struct cf__lane *lane, const char *sql)
{
    static const struct cf__parameters none;
    const struct cf_driver *driver = lane->engine->driver;
    uint64_t shape = cf__hash(sql, strlen(sql), 0);
    struct cf__prepared *prepared = cf__lane_find(lane, shape);
    if (!prepared)
        prepared = cf__lane_prepare(lane, shape, sql, &none, 0, 0);
    driver->end(driver->start(prepared->statement, NULL, 0, &(struct cf_run_options){ 0 }));
}

/* ---- Who waits for a lane -------------------------------------------------------------------------------------------- */

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
