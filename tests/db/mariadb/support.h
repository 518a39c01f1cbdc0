/* SPDX-License-Identifier: MIT
 *
 * What tests of the MariaDB driver share: a database of the test program's own on the server that CARAFE_TEST_MARIADB
 * names (a URI of a user who may create databases). Without it the program is skipped.
 */
#ifndef CARAFE_TESTS_DB_MARIADB_SUPPORT_H
#define CARAFE_TESTS_DB_MARIADB_SUPPORT_H

#include "../support.h"

#include "../../../src/base/clock.h"

extern const struct cf_driver cf__mariadb_driver;

enum { SKIPPED = 77 };

static char test_uri[512]; /* names the program's own database */
static char test_database[32];

/* The parts of a URI; its options are the driver's business alone. */
static inline struct cf_uri parse(const char *text)
{
    struct cf_uri uri;
    cf__uri_parse(cf__current(), text, &uri);
    return uri;
}

static inline struct cf_connection *open_uri(const char *text)
{
    struct cf_uri uri = parse(text);
    return cf__mariadb_driver.open(&uri, &(struct cf_open_options){ 0 });
}

static inline struct cf_connection *open_connection(void)
{
    return open_uri(test_uri);
}

static inline void run_on_server(void *sql)
{
    struct cf_uri uri = parse(getenv("CARAFE_TEST_MARIADB"));
    uri.path = NULL;
    struct cf_connection *connection = cf__mariadb_driver.open(&uri, &(struct cf_open_options){ 0 });
    cf__mariadb_driver.script(connection, sql);
    cf__mariadb_driver.close(connection);
}

static inline int make_database(void **state)
{
    char sql[64];
    const char *server = getenv("CARAFE_TEST_MARIADB"), *authority = strstr(server, "://") + 3;
    (void)state;
    snprintf(test_database, sizeof test_database, "carafe_%d", (int)getpid());
    snprintf(test_uri, sizeof test_uri, "%.*s/%s", (int)(authority + strcspn(authority, "/?") - server), server,
             test_database);
    snprintf(sql, sizeof sql, "CREATE DATABASE %s", test_database);
    in_fiber(run_on_server, sql);
    return 0;
}

static inline int drop_database(void **state)
{
    char sql[64];
    snprintf(sql, sizeof sql, "DROP DATABASE %s", test_database);
    in_fiber(run_on_server, sql);
    return free_thread(state);
}

#define RUN_TESTS(name, tests)                                                               \
    do {                                                                                     \
        if (!getenv("CARAFE_TEST_MARIADB")) {                                                \
            puts("skipped: CARAFE_TEST_MARIADB names no server (see tools/with-databases)"); \
            return SKIPPED;                                                                  \
        }                                                                                    \
        return cmocka_run_group_tests_name(name, tests, make_database, drop_database);       \
    } while (0)

/* ---- Runs on a connection --------------------------------------------------------------------------------------- */

static inline struct cf_statement *prepare(struct cf_connection *connection, const char *sql)
{
    return cf__mariadb_driver.prepare(connection, sql, strlen(sql), NULL, 0);
}

static inline int64_t rows_of(struct cf_cursor *cursor)
{
    int64_t count = 0;
    while (cf__mariadb_driver.next(cursor, NULL, 0, NULL, here()))
        count++;
    return count;
}

/* Runs SQL without values to its end; rows changed. */
static inline int64_t change(struct cf_connection *connection, const char *sql)
{
    struct cf_statement *statement = prepare(connection, sql);
    struct cf_cursor *cursor = cf__mariadb_driver.start(statement, NULL, 0, &(struct cf_run_options){ 0 });
    rows_of(cursor);
    int64_t changed = cf__mariadb_driver.changed(cursor);
    cf__mariadb_driver.end(cursor);
    cf__mariadb_driver.finalize(statement);
    return changed;
}

/* The first column of the first row. */
static inline const char *text_of(struct cf_connection *connection, const char *sql)
{
    static const struct cf_column column = { .name = "text", .type = CF_TYPE_TEXT, .nullable = true };
    static const struct cf_field field = { &column, 0 };
    const char *text = NULL;
    struct cf_statement *statement = prepare(connection, sql);
    struct cf_cursor *cursor = cf__mariadb_driver.start(statement, NULL, 0, &(struct cf_run_options){ 0 });
    cf__mariadb_driver.next(cursor, &field, 1, &text, here());
    cf__mariadb_driver.end(cursor);
    cf__mariadb_driver.finalize(statement);
    return text;
}

/* The error that running SQL on a connection ends with. */
struct attempt {
    struct cf_connection *connection;
    const char *sql;
};

static inline void attempt_change(void *attempt_)
{
    const struct attempt *attempt = attempt_;
    cf__mariadb_driver.script(attempt->connection, attempt->sql);
}

static inline const cf_error *error_on(struct cf_connection *connection, const char *sql)
{
    return error_of(attempt_change, &(struct attempt){ connection, sql });
}

#endif
