/* SPDX-License-Identifier: MIT
 *
 * What tests of the PostgreSQL driver share: a database of the test program's own on the server that
 * CARAFE_TEST_POSTGRESQL names, and short words for runs on a connection.
 */
#ifndef CARAFE_TESTS_DB_POSTGRES_SUPPORT_H
#define CARAFE_TESTS_DB_POSTGRES_SUPPORT_H

#include "../support.h"

#include "../../server.h"

#include "../../../src/base/clock.h"

extern const struct cf_driver cf__postgres_driver;
static const struct cf_driver *const driver = &cf__postgres_driver;

static char test_uri[600]; /* names the program's own database */

static inline struct cf_connection *open_uri(const char *text, bool shared)
{
    struct cf_uri uri;
    cf__uri_parse(cf__current(), text, &uri);
    return driver->open(&uri, &(struct cf_open_options){ .shared = shared });
}

static inline struct cf_connection *open_connection(void)
{
    return open_uri(test_uri, false);
}

static inline int make_own_database(void **state)
{
    (void)state;
    make_database(getenv("CARAFE_TEST_POSTGRESQL"), "postgres", test_uri, sizeof test_uri);
    return 0;
}

static inline int drop_own_database(void **state)
{
    drop_database();
    return free_thread(state);
}

#define RUN_TESTS(name, tests)                                                                  \
    do {                                                                                        \
        if (!getenv("CARAFE_TEST_POSTGRESQL")) {                                                \
            puts("skipped: CARAFE_TEST_POSTGRESQL names no server (see tools/with-databases)"); \
            return 77;                                                                          \
        }                                                                                       \
        return cmocka_run_group_tests_name(name, tests, make_own_database, drop_own_database);  \
    } while (0)

static inline struct cf_statement *prepare(struct cf_connection *connection, const char *sql)
{
    return driver->prepare(connection, sql, strlen(sql), NULL, 0);
}

/* The first column of the first row, as a text; NULL where there is no row. */
static inline const char *run_statement(struct cf_statement *statement)
{
    static const struct cf_column column = { .name = "text", .type = CF_TYPE_TEXT, .nullable = true };
    static const struct cf_field field = { &column, 0 };
    const char *text = NULL;
    struct cf_cursor *cursor = driver->start(statement, NULL, 0, &(struct cf_run_options){ 0 });
    driver->next(cursor, &field, 1, &text, here());
    driver->end(cursor);
    return text;
}

static inline const char *text_of(struct cf_connection *connection, const char *sql)
{
    struct cf_statement *statement = prepare(connection, sql);
    const char *text = run_statement(statement);
    driver->finalize(statement);
    return text;
}

/* The error that a script on a connection ends with. */
struct attempt {
    struct cf_connection *connection;
    const char *sql;
};

static inline void run_attempt(void *attempt_)
{
    const struct attempt *attempt = attempt_;
    driver->script(attempt->connection, attempt->sql);
}

static inline const cf_error *error_on(struct cf_connection *connection, const char *sql)
{
    return error_of(run_attempt, &(struct attempt){ connection, sql });
}

#endif
