/* SPDX-License-Identifier: MIT
 *
 * What the files of the MariaDB driver share: the connection, and how a call of the library waits.
 *
 * libmariadb's calls come in two halves: name_start(&result, handle, …) and name_cont(&result, handle, ready), each of
 * which says what it waits for, or 0 where it has come to its end. In between the fiber parks. It runs on a stack of the
 * library's own meanwhile, which must never be left behind: what it holds would leak, and what it points to (bound values, a
 * row's place) belongs to the fiber. So a fiber that is ended at such a park does not leave at once: the socket is shut
 * down, which makes the library's call come to its own end with an error, and only then the fiber's error goes on its way.
 * The connection is lost by then.
 */
#ifndef CARAFE_DB_MARIADB_H
#define CARAFE_DB_MARIADB_H

#include <carafe/sys/driver.h>

#include "../../base/fiber.h"
#include "../../base/loop.h"
#include "library.h"

/* Half of what max_allowed_packet is by default. */
enum { CF__MARIADB_MOST_BYTES = 8 << 20 };

/* A lost connection has no handle: its statements stay until they are finalized, but can only be finalized. */
struct cf_connection {
    MYSQL *handle;
    char *name;     /* for messages: "127.0.0.1:3306" */
    char *set_up;   /* the SQL that makes a session ours */
    bool has_other; /* the URI names other hosts, one of which may take over */
    bool stale;     /* the server has something to say that nobody asked for: it has closed the connection */
    bool in_transaction;
    bool firm;        /* who waits must not be ended: a rollback, the end of a run */
    bool interrupted; /* the fiber's error, in its record, waits for the library's call to end */
    int64_t deadline; /* cf__monotonic, of waits while it is opened; 0: none */
    /* The socket: */
    int descriptor, events, ready;
    cf__watch *watch;
    cf__fiber *waiting;
};

extern const struct cf_dialect cf__mariadb_dialect;

/* ---- Waiting (connection.c) ------------------------------------------------------------------------------------- */

/* Parks until what the library waits for is there; what to tell it. Never raises. */
int cf__mariadb_wait(struct cf_connection *connection, int wanted);
/* After a call: raises the error that ended the fiber meanwhile, unless the connection is `firm`; it is lost then. */
void cf__mariadb_settle(struct cf_connection *connection);

/* RUN(connection, code, mysql_real_query, handle, sql, size): the call with its waits. Afterwards the connection may be lost
 * where it is firm. */
#define CF__MARIADB_FIRST(first, ...) first
#define CF__MARIADB_RUN(connection, result, call, ...)                                                            \
    do {                                                                                                          \
        int wanted_ = call##_start(&(result), __VA_ARGS__);                                                       \
        while (wanted_)                                                                                           \
            wanted_ =                                                                                             \
                call##_cont(&(result), CF__MARIADB_FIRST(__VA_ARGS__, 0), cf__mariadb_wait(connection, wanted_)); \
        cf__mariadb_settle(connection);                                                                           \
    } while (0)

/* ---- Connections (connection.c) --------------------------------------------------------------------------------- */

struct cf_connection *cf__mariadb_open(const struct cf_uri *uri, const struct cf_open_options *options);
void cf__mariadb_close(struct cf_connection *connection);
/* Lets go of the socket at once. */
void cf__mariadb_drop(struct cf_connection *connection);
/* Raises where the connection is lost. */
void cf__mariadb_need(const struct cf_connection *connection);
/* Runs one statement without a result. */
void cf__mariadb_execute(struct cf_connection *connection, const char *sql);
/* Runs one statement and returns its whole result, freed when the context ends. */
MYSQL_RES *cf__mariadb_ask(struct cf_connection *connection, cf_context *context, const char *sql);

/* ---- Errors (errors.c) ------------------------------------------------------------------------------------------ */

/* Raises what the last call failed with: `statement` NULL where it was none of a prepared statement. The connection is
 * dropped where the error means that it is of no use any more. */
_Noreturn void cf__mariadb_raise(struct cf_connection *connection, MYSQL_STMT *statement, const char *sql);
/* Raises what opening a connection failed with. */
_Noreturn void cf__mariadb_refuse_open(const struct cf_uri *uri, const char *name, unsigned number,
                                       const char *message);
/* It is the host's own trouble: another may do better. */
bool cf__mariadb_is_unreachable(unsigned number);
/* "Connection refused" out of "Can't connect to server on '127.0.0.1' (111)". */
const char *cf__mariadb_reason(const char *message);

/* The whole schema (inspect.c). */
struct cf_schema *cf__mariadb_inspect(struct cf_connection *connection, cf_context *context);
struct cf_schema *cf__mariadb_rewritten(struct cf_connection *connection, cf_context *context,
                                        const struct cf_schema *schema);

/* What queries may be made of: of the driver and its dialect. */
enum { CF__MARIADB_QUERIES = CF_CAN_ORDER_AGGREGATES | CF_CAN_WITHIN_GROUP_OVER };

#endif
