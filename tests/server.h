/* SPDX-License-Identifier: MIT
 *
 * A database of the test program's own on a server, whose URI an environment variable holds (tools/with-databases):
 * programs that run side by side do not see each other's tables.
 */
#ifndef TESTS_SERVER_H
#define TESTS_SERVER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../src/base/loop.h"
#include "../src/db/drivers.h"
#include "../src/db/engine.h"

static struct {
    const char *uri; /* of the database that was there */
    char name[64];   /* of ours */
} server;

/* A script on the server's own database, outside a transaction: where databases are made. */
static inline void run_on_server(void *sql)
{
    struct cf_uri uri;
    cf__uri_parse(cf__current(), server.uri, &uri);
    const struct cf_driver *driver = cf__driver_find(&uri);
    struct cf_connection *connection = driver->open(&uri, &(struct cf_open_options){ 0 });
    driver->script(connection, sql);
    driver->close(connection);
}

static inline void must_run_on_server(const char *verb)
{
    char sql[96];
    struct cf__error_record record;
    snprintf(sql, sizeof sql, "%s DATABASE %s", verb, server.name);
    if (cf__loop_run_fiber(run_on_server, sql, &record))
        return;
    fprintf(stderr, "%s: %s\n", sql, record.error.message);
    exit(1);
}

/* Writes the URI of the new database, which stands where the server's own stood. */
static inline void make_database(const char *uri, const char *name, char *own_uri, size_t size)
{
    const char *authority = strstr(uri, "://"), *path = authority ? authority + 3 : uri;
    path += strcspn(path, "/?");
    server.uri = uri;
    snprintf(server.name, sizeof server.name, "%s_%d", name, (int)getpid());
    snprintf(own_uri, size, "%.*s/%s", (int)(path - uri), uri, server.name);
    must_run_on_server("CREATE");
}

static inline void drop_database(void)
{
    must_run_on_server("DROP");
}

#endif
