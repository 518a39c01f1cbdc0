/* SPDX-License-Identifier: MIT
 *
 * For programs of tests that run on SQLite, and on a server as well: on that whose URI the environment variable named by
 * the first argument holds, in a database of their own.
 */
#ifndef TESTS_APP_DATABASE_H
#define TESTS_APP_DATABASE_H

#include "../server.h"
#include "support.h"

static const char *server_uri; /* NULL: SQLite in memory */

/* 0, or how the program is to end: 77, skipped, where there is no such server. */
static inline int choose_database(int argc, char **argv, const char *name)
{
    static char uri[600];
    if (argc < 2)
        return 0;
    const char *found = getenv(argv[1]);
    if (!found)
        return printf("skipped: %s names no server (see tools/with-databases)\n", argv[1]), 77;
    make_database(found, name, uri, sizeof uri);
    server_uri = uri;
    return 0;
}

static inline int leave_database(int failed)
{
    if (server_uri)
        drop_database();
    return failed;
}

#endif
