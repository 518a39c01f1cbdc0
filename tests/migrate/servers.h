/* SPDX-License-Identifier: MIT
 *
 * A database of the test's own on each server that there is (tools/with-databases), and one of SQLite.
 */
#ifndef CARAFE_TESTS_MIGRATE_SERVERS_H
#define CARAFE_TESTS_MIGRATE_SERVERS_H

#include "support.h"

#include "../../src/db/drivers.h"
#include "../../src/db/engine.h"

static const char *const servers[] = { "", "CARAFE_TEST_POSTGRESQL", "CARAFE_TEST_MARIADB" };
enum { SERVERS = sizeof(servers) / sizeof(*servers) };

static inline void run_on_server(const char *variable, const char *sql)
{
    struct cf_uri uri;
    cf__uri_parse(cf__current(), getenv(variable), &uri);
    const struct cf_driver *driver = cf__driver_find(&uri);
    struct cf_connection *connection = driver->open(&uri, &(struct cf_open_options){ 0 });
    driver->script(connection, sql);
    driver->close(connection);
}

static inline const char *database_name(unsigned number)
{
    return cf_format(here(), "carafe_migrate_%d_%u", (int)getpid(), number);
}

struct opened_database {
    const char *variable, *name;
    cf_engine *engine;
};

static inline void drop_opened(void *opened_)
{
    struct opened_database *opened = opened_;
    cf__engine_close(opened->engine);
    if (*opened->variable)
        run_on_server(opened->variable, cf_format(here(), "DROP DATABASE %s", opened->name));
}

/* A fresh database, gone when the context ends; NULL where there is no such server. */
static inline cf_engine *open_fresh(const char *variable, unsigned number)
{
    static const struct cf__engine_options options = { 0 };
    const char *server = *variable ? getenv(variable) : "sqlite://", *uri = server;
    if (!server || !*server)
        return NULL;
    struct opened_database *opened = cf_alloc(here(), sizeof(*opened));
    *opened = (struct opened_database){ variable, database_name(number), NULL };
    if (*variable) {
        const char *authority = strstr(server, "://") + 3;
        run_on_server(variable, cf_format(here(), "CREATE DATABASE %s", opened->name));
        uri = cf_format(here(), "%.*s/%s", (int)(authority + strcspn(authority, "/?") - server), server, opened->name);
    }
    opened->engine = cf__engine_open(uri, &options);
    cf_defer(here(), drop_opened, opened);
    return opened->engine;
}

#endif
