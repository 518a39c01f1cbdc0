/* SPDX-License-Identifier: MIT
 *
 * What the files of the PostgreSQL driver share: the connection, with the runs that are under way on it.
 *
 * A connection is in libpq's pipeline mode always. What is sent ends in a Sync of its own and is a run: a cursor in the line
 * of those not yet answered, in the order sent. A watch on the socket takes what has arrived, hands each result to the
 * cursor at the head of the line, and wakes its fiber when its Sync has come: only then is it decided. So any number of
 * fibers may use a connection at once, and one that leaves before its answer leaves an orphan, whose answer is dropped.
 * Cursors lie on the heap for that reason.
 */
#ifndef CARAFE_DB_POSTGRES_H
#define CARAFE_DB_POSTGRES_H

#include <carafe/sys/driver.h>

#include "../../base/fiber.h"
#include "../../base/loop.h"
#include "library.h"

enum cf__postgres_kind {
    CF__POSTGRES_RUN,   /* a statement's, or a command's */
    CF__POSTGRES_PLAIN, /* a script, outside pipeline mode */
};

struct cf_cursor {
    struct cf_connection *connection;
    struct cf_statement *statement; /* NULL of commands */
    enum cf__postgres_kind kind;
    cf__fiber *fiber;                    /* who waits for it; NULL: an orphan */
    bool done;                           /* its Sync has arrived, or the connection is lost */
    unsigned parsed;                     /* the answers after which the statement is made; 0: it was before */
    unsigned answers;                    /* that were no errors */
    bool repeats;                        /* several runs of one statement: */
    unsigned before;                     /* the answers that come before the first of them */
    struct cf_repetition repetition;     /* what came of them so far */
    PGresult *result;                    /* the last one that is no error */
    PGresult *failure;                   /* the first error */
    int row;                             /* the next one */
    int64_t patience;                    /* of shared connections, with one run at the head of the line */
    int64_t deadline;                    /* behind others, of shared connections; 0: none */
    bool overdue;                        /* it stands behind others past it */
    struct cf__postgres_reader *readers; /* one a field, chosen at the first row; the room stays with the cursor */
    size_t reader_count, reader_room;
    const char *portal; /* streams: the name of the server's cursor */
    bool owns_transaction;
    struct cf_cursor *next;
};

struct cf_connection {
    PGconn *handle;
    char *name; /* for messages: "127.0.0.1:5432" */
    bool shared, lost;
    char reason[200]; /* why it is lost */
    cf__watch *watch;
    int events;
    cf__turn_hook *hook; /* where shared: at the end of a turn what is corked is sent */
    bool corked;
    cf__timer *impatience;          /* where shared: for the deadlines of those in line */
    bool impatient;                 /* it runs */
    struct cf_cursor *first, *last; /* not yet answered */
    struct cf_line line;            /* what they are, for the pool */
    struct cf_cursor *spare;        /* cursors to use again */
    unsigned names;                 /* statements and portals named so far */
    bool in_transaction;
    const char *begin; /* what begins the transaction, sent with its first statement; NULL: has been sent */
    char begin_text[80];
};

extern const struct cf_dialect cf__postgres_dialect;

/* ---- Connections (connection.c) --------------------------------------------------------------------------------- */

struct cf_connection *cf__postgres_open(const struct cf_uri *uri, const struct cf_open_options *options);
void cf__postgres_close(struct cf_connection *connection);
/* It is of no use any more: who waits for an answer is woken. */
void cf__postgres_drop(struct cf_connection *connection, const char *reason);
_Noreturn void cf__postgres_raise_lost(const struct cf_connection *connection);

/* A cursor at the end of the line, whose messages the caller has just put into libpq's buffer, without its Sync. Sends
 * them. Raises where the connection is lost. */
void cf__postgres_send(struct cf_connection *connection, struct cf_cursor *cursor);
struct cf_cursor *cf__postgres_cursor(struct cf_connection *connection);
/* How long it may stand behind others, in microseconds from now; 0: nothing is changed. */
void cf__postgres_limit(struct cf_cursor *cursor, int64_t patience);
/* Waits until it is done, limited by `patience`: false where it still stands behind others by then.
 * Ended at its park the cursor is an orphan, and an exclusive connection lost. `firm`: cannot be ended. */
bool cf__postgres_wait(struct cf_cursor *cursor, int64_t patience, bool firm);
/* Gives a cursor back: at once where it is done, else when its answer has come. */
void cf__postgres_release(struct cf_cursor *cursor);
/* Runs a command without parameters and gives its result, to be cleared by PQclear; raises what it fails with. */
PGresult *cf__postgres_command(struct cf_connection *connection, const char *sql);
/* As above for several statements in one text, by the simple protocol. No result. */
void cf__postgres_script(struct cf_connection *connection, const char *sql);

/* ---- Errors (errors.c) ------------------------------------------------------------------------------------------ */

/* Raises a result's error; `result` is cleared. */
_Noreturn void cf__postgres_raise(const struct cf_connection *connection, PGresult *result, const char *sql);
/* What libpq says, on one line, without what is of no help: a part of the message, and a copy of it. */
const char *cf__postgres_find_reason(const char *message, int *size);
const char *cf__postgres_reason(const char *message);

/* ---- Values (codec.c) ------------------------------------------------------------------------------------------- */

/* A field's reader. */
struct cf__postgres_reader {
    void (*read)(const struct cf__postgres_reader *reader, const char *data, size_t size, void *place,
                 struct cf__context *context);
    const struct cf_column *column;
    int index;
    Oid type;
};
/* The type that holds what a column of a result has in a row (see cf_driver.column_type). */
void cf__postgres_column_type(const PGresult *result, int row, int index, struct cf_column *column);
/* Chooses the readers of a result's fields; raises CF_CORRUPT for a type that none of them reads. */
void cf__postgres_choose(struct cf__postgres_reader *readers, const struct cf_field *fields, size_t count,
                         const PGresult *result);
void cf__postgres_decode(const struct cf__postgres_reader *readers, size_t count, const PGresult *result, int row,
                         void *out, struct cf__context *context);

/* Parameters as libpq takes them, in the arena. */
struct cf__postgres_values {
    const char **values;
    int *lengths, *formats;
};
Oid cf__postgres_type(const struct cf_parameter *parameter);
struct cf__postgres_values cf__postgres_encode(struct cf__context *context, const struct cf_parameter *parameters,
                                               size_t count);

/* ---- The schema (inspect.c) ------------------------------------------------------------------------------------- */

struct cf_schema *cf__postgres_inspect(struct cf_connection *connection, cf_context *context);
struct cf_schema *cf__postgres_rewritten(struct cf_connection *connection, cf_context *context,
                                         const struct cf_schema *schema);

/* What queries may be made of: of the driver and its dialect. */
enum {
    CF__POSTGRES_QUERIES = CF_CAN_FULL_JOIN | CF_CAN_FILTER | CF_CAN_FRAME_GROUPS | CF_CAN_ORDER_AGGREGATES |
                           CF_CAN_LOCK_OF | CF_CAN_LOCK_KEYS | CF_CAN_WITHIN_GROUP
};

#endif
