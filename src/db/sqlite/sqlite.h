/* SPDX-License-Identifier: MIT
 *
 * What the files of the SQLite driver share.
 */
#ifndef CARAFE_DB_SQLITE_H
#define CARAFE_DB_SQLITE_H

#include <sqlite3.h>

#include <carafe/sys/driver.h>

#include "../../base/buffer.h"

struct cf_connection {
    sqlite3 *handle;
    char *name; /* for messages: the file's path */
    sqlite3_stmt *begin_read, *begin_write, *commit, *rollback;
    bool writing;                        /* between begin_write and commit or rollback */
    bool read_only, reads_only;          /* always; in the transaction under way */
    bool is_file_read_only;              /* its URI says mode=ro or immutable=1 */
    int64_t statement_timeout, deadline; /* microseconds, 0: none; of the step under way: cf__monotonic */
    int64_t patience;                    /* microseconds to wait for another process */
};

/* Numeric(p, s) beyond this many digits is kept as text: SQLite would make a REAL of it. */
enum { CF__SQLITE_EXACT_DIGITS = 15 };

extern const struct cf_dialect cf__sqlite_dialect;
extern const struct cf_driver cf__sqlite_driver; /* of the newest SQLite: see its `fitting` */

/* Registers the function behind REGEXP (regexp.c). */
int cf__sqlite_add_regexp(sqlite3 *handle);
/* Registers the arithmetic of times (moments.c). */
int cf__sqlite_add_moments(sqlite3 *handle);
/* The whole schema (inspect.c). */
struct cf_schema *cf__sqlite_inspect(struct cf_connection *connection, cf_context *context);
/* The type of a column that was declared so: CF_TYPE_NONE where it is none of ours. */
void cf__sqlite_set_type(struct cf_schema_column *column, const char *declared);
/* Our code of a result code (errors.c). */
enum cf_error_code cf__sqlite_error(int code);
/* Raises what the connection's last call failed with. `sql` may be NULL. */
_Noreturn void cf__sqlite_raise(struct cf_connection *connection, int code, const char *sql);

/* What only the text of CREATE TABLE tells (declaration.c). */
enum cf__declared_kind {
    CF__DECLARED_PRIMARY_KEY,
    CF__DECLARED_UNIQUE,
    CF__DECLARED_FOREIGN_KEY,
    CF__DECLARED_CHECK,
    CF__DECLARED_GENERATED, /* of a column, as the next two: */
    CF__DECLARED_COLLATION, /* `sql` is its name */
    CF__DECLARED_CONFLICT,  /* of a column's NOT NULL: `on_conflict` */
    CF__DECLARED_AUTOINCREMENT,
};
struct cf__declared {
    enum cf__declared_kind kind;
    const char *name; /* of a constraint; NULL where it has none */
    struct cf_names columns;
    const char *sql;           /* of a CHECK and a generated column, without the parentheses */
    bool deferrable, deferred; /* of a foreign key */
    const char *on_conflict;   /* "REPLACE", where something is said */
    struct cf__declared *next;
};
/* What stands behind WHERE in a CREATE INDEX statement (NULL where there is none), and between the parentheses. */
const char *cf__sqlite_predicate(cf_context *context, const char *sql);
const char *cf__sqlite_expressions(cf_context *context, const char *sql);
/* What a CREATE VIEW statement selects. */
const char *cf__sqlite_selection(cf_context *context, const char *sql);
/* The constraints of a CREATE TABLE statement, in order, and what else it alone tells; what it does not understand it
 * leaves out. */
struct cf__declared *cf__sqlite_declared(cf_context *context, const char *sql);

/* What queries may be made of: of the driver and its dialect, of the newest SQLite. */
enum { CF__SQLITE_QUERIES = CF_CAN_FILTER | CF_CAN_FRAME_GROUPS | CF_CAN_FULL_JOIN | CF_CAN_ORDER_AGGREGATES };
/* Those of some capabilities that a version of the library (sqlite3_libversion_number) has. */
unsigned cf__sqlite_capabilities(unsigned capabilities, int version);

#endif
