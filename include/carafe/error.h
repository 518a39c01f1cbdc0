/* SPDX-License-Identifier: MIT
 *
 * Errors. A call of Carafe that fails does not return: it ends the request (the task, the test, the command) it was
 * made in, rolls its transaction back, runs what cf_defer registered, and answers the client. So a handler reads from
 * top to bottom, and a forgotten check cannot turn into a NULL dereference.
 *
 * Where failing is an ordinary outcome there is a variant that returns: cf_get gives NULL, cf_try_commit gives the
 * error, and cf_attempt runs any function and hands back whatever ended it.
 *
 * For a handler the rules are those of longjmp: hold no mutex over a call of Carafe, do not rely on
 * __attribute__((cleanup)), release what Carafe does not own through cf_defer.
 */
#ifndef CARAFE_ERROR_H
#define CARAFE_ERROR_H

#ifdef __cplusplus
#error "Carafe's headers are for C: an error leaves a function without running C++ destructors"
#endif

#include <stdbool.h>
#include <stddef.h>

#include <carafe/sys/context.h>

/* What went wrong, coarse enough to branch on. The comment says what HTTP makes of it when nobody handles it. */
enum cf_error_code {
    CF_INTERNAL = 1, /* 500: a misuse or a bug; the message names the cure */
    CF_NO_MEMORY,    /* 503: memory or an arena's cap is exhausted */
    CF_TOO_LARGE,    /* 413: a buffer reached the cap given at its birth */
    CF_TIMEOUT,      /* 503: a wait reached its deadline */
    CF_CANCELLED,    /* no answer: the client left or the process is ending */
    CF_SYSTEM,       /* 500: a system call failed, see system_error */
    CF_HTTP,         /* cf_abort: answered with .status */
    CF_INVALID,      /* 422: input refused by a check, .details names the fields */
    CF_UNIQUE,       /* 409: a unique constraint or primary key */
    CF_FOREIGN_KEY,  /* 409: a foreign key */
    CF_NOT_NULL,     /* 422: a column that must have a value was left out or is NULL, .column names it */
    CF_CHECK,        /* 422: a CHECK constraint */
    CF_STALE,        /* 409: the row was changed or removed by somebody else */
    CF_NOT_FOUND,    /* 404: the row that was to be there is not: cf_find_exactly_one */
    CF_AMBIGUOUS,    /* 500: several rows where one was to be: cf_find_exactly_one */
    CF_CONFLICT,     /* 503: a serialization failure or a deadlock; running again may succeed */
    CF_BUSY,         /* 503: the database stayed locked until the deadline */
    CF_DISK_FULL,    /* 507: no space for the database */
    CF_CORRUPT,      /* 500: the database file is damaged or is no database */
    CF_READ_ONLY,    /* 503: the database cannot be written */
    CF_UNAVAILABLE,  /* 503: the database cannot be reached */
    CF_SQL,          /* 500: the database refused the statement for another reason */
};

/* An error as it was raised. The texts live as long as the request (task, command). Never NULL: message. */
typedef struct cf_error {
    enum cf_error_code code;
    int status;             /* HTTP status asked for by cf_abort, else 0 */
    int system_error;       /* errno where a system call failed, else 0 */
    int driver_code;        /* the database's own code, else 0 */
    char sqlstate[6];       /* SQLSTATE of an error of the database (SQLite's are those of PostgreSQL), else "" */
    const char *message;    /* one line: the cause and, where there is one, the cure */
    const char *constraint; /* name of the violated constraint, else NULL */
    const char *column;     /* "users.email": what a CF_NOT_NULL or CF_INVALID is about, or a CF_FOREIGN_KEY of a known key (the first of its columns), as the database has it, else NULL */
    const char *statement;  /* the SQL that failed, else NULL; never sent to a client outside debug mode */
    const char *parameters; /* its values as the log shows them, cut after 511 bytes: "[3, 'kim', ***]", those of hidden columns as ***;
                             * NULL where there are none, or .hide_parameters; shown where the statement is */
    const char *details;    /* a JSON array of {"field", "message"} for CF_INVALID, else NULL */
} cf_error;

/* Ends the current request with `code` and a message formatted as by printf. Does not return.
 * The message is cut after 1023 bytes. Works without allocating: it is how running out of memory is reported. */
_Noreturn void cf_raise(enum cf_error_code code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Raises `error` (made by hand, or handed back by cf_attempt) as if it had just happened. Texts are copied. */
_Noreturn void cf_raise_error(const cf_error *error);

/* Runs function(argument) and returns NULL where it came to its end, else the error that ended it. Deferred releases
 * registered since the call have then run, last in first out. The error lives as long as `owner`. What the function
 * did to the database session stays undone or done as the session says: see cf_rollback. */
#define cf_attempt(owner, function, argument) cf_attempt_((owner)->context, (function), (argument))
const cf_error *cf_attempt_(cf_context *context, void (*function)(void *), void *argument);

/* "unique", "no memory" …: a code in words, for logs. Never NULL. */
const char *cf_error_name(enum cf_error_code code);

#endif
