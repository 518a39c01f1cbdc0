/* SPDX-License-Identifier: MIT
 *
 * Opening and closing an engine, and its defaults. What it does in between is in link.c (transactions and runs), single.c
 * and pool.c (connections) and lane.c (prepared statements).
 */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

#include "drivers.h"
#include "state.h"

/* Those of SQLAlchemy's pool, but for the two shared connections, the time to wait for SQLite's write lock, and the
 * statements kept, 512 for 500. */
static void set_defaults(struct cf__engine_options *options)
{
    const int64_t second = 1000000;
    options->busy_timeout = options->busy_timeout ? options->busy_timeout : 5 * second;
    options->pool_timeout = options->pool_timeout ? options->pool_timeout : 30 * second;
    options->pool_size = options->pool_size ? options->pool_size : 5;
    options->max_overflow = options->max_overflow < 0 ? 0 : options->max_overflow ? options->max_overflow : 10;
    options->shared = options->shared ? options->shared : 2;
    options->query_cache_size = options->query_cache_size ? options->query_cache_size : CF__STATEMENTS;
}

static cf_engine *make_engine(const char *text, const struct cf_uri *uri)
{
    cf_engine *engine = calloc(1, sizeof *engine);
    char *copy = strdup(text), *masked = strdup(uri->masked);
    if (!engine || !copy || !masked) {
        free(engine);
        free(copy);
        free(masked);
        cf_raise(CF_NO_MEMORY, "no memory for a database");
    }
    engine->uri = copy;
    engine->masked = masked;
    return engine;
}

static void open_connections(void *engine)
{
    ((cf_engine *)engine)->connections->open(engine);
}

cf_engine *cf__engine_open(const char *text, const struct cf__engine_options *options)
{
    struct cf_uri uri;
    cf__uri_parse(cf__current(), text, &uri);
    const struct cf_driver *driver = cf__driver_find(&uri);
    int64_t waiting = driver->busy_timeout ? driver->busy_timeout(&uri) : 0;
    cf_engine *engine = make_engine(text, &uri);
    engine->driver = driver;
    engine->connections = driver->capabilities & CF_CAN_POOL ? &cf__pool : &cf__single_writer;
    engine->single.is_private = driver->is_private && driver->is_private(&uri);
    if (options)
        engine->options = *options;
    engine->options.busy_timeout = waiting ? waiting : engine->options.busy_timeout;
    set_defaults(&engine->options);
    if (!cf__protect(cf__current(), open_connections, engine)) {
        cf__engine_close(engine);
        cf__raise(&cf__current()->record.error);
    }
    return engine;
}

void cf__engine_close(cf_engine *engine)
{
    if (!engine)
        return;
    for (size_t i = 0; i < engine->replica_count; i++)
        cf__engine_close(engine->replicas[i]);
    for (size_t i = 0; i < engine->bind_count; i++)
        cf__engine_close(engine->binds[i].engine);
    cf__enclosed_end(engine);
    engine->connections->close(engine);
    free(engine->uri);
    free(engine->masked);
    free(engine);
}

void cf__engine_add_replica(cf_engine *engine, const char *uri)
{
    if (engine->replica_count == CF__REPLICAS)
        cf_raise(CF_INTERNAL, "a database has at most %d replicas", CF__REPLICAS);
    cf_engine *replica = cf__engine_open(uri, &engine->options);
    engine->replicas[engine->replica_count++] = replica;
    if (replica->driver == engine->driver)
        return;
    cf_raise(CF_INTERNAL, "the replica \"%s\" is no %s database as \"%s\" is", replica->masked, engine->driver->name,
             engine->masked);
}

void cf__engine_add_bind(cf_engine *engine, const char *name, cf_engine *other)
{
    if (engine->bind_count == CF__BINDS)
        cf_raise(CF_INTERNAL, "an app has at most %d databases beside its own", CF__BINDS);
    engine->binds[engine->bind_count].name = name;
    engine->binds[engine->bind_count++].engine = other;
}

cf_engine *cf__engine_bind(const cf_engine *engine, const char *name)
{
    for (size_t i = 0; i < engine->bind_count; i++)
        if (strcmp(engine->binds[i].name, name) == 0)
            return engine->binds[i].engine;
    return NULL;
}

cf_engine *cf__engine_bind_at(const cf_engine *engine, size_t index)
{
    return index < engine->bind_count ? engine->binds[index].engine : NULL;
}

const struct cf_model *const *cf__engine_models(const cf_engine *engine)
{
    return engine->options.models;
}

const struct cf_driver *cf__engine_driver(const cf_engine *engine)
{
    return engine->driver;
}

const struct cf_session_hooks *cf__engine_hooks(const cf_engine *engine)
{
    return engine->options.hooks;
}

bool cf__engine_leaves_pending(const cf_engine *engine)
{
    return engine->options.no_autoflush;
}

const char *cf__engine_uri(const cf_engine *engine)
{
    return engine->masked;
}

struct inspecting {
    struct cf__link link;
    struct cf_schema *schema;
};

static void inspect(void *inspecting_)
{
    struct inspecting *inspecting = inspecting_;
    inspecting->schema = cf__link_inspect(&inspecting->link, &inspecting->link.context->head);
}

struct cf_schema *cf__engine_inspect(cf_engine *engine, cf_context *context)
{
    struct inspecting inspecting = { 0 };
    cf__link_init(&inspecting.link, engine, cf__context_of(context));
    if (!cf__protect(cf__current(), inspect, &inspecting)) {
        struct cf__error_record record;
        cf__error_record_copy(&record, &cf__current()->record);
        cf__link_end(&inspecting.link);
        cf__raise(&record.error);
    }
    cf__link_end(&inspecting.link);
    return inspecting.schema;
}
