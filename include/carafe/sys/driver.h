/* SPDX-License-Identifier: MIT
 *
 * For who adds a database: a driver is one const struct of operations, and a dialect holds only what its SQL does
 * differently. All operations run in a fiber and raise their errors (cf_raise_error with code, constraint, message,
 * statement filled), after the database's library has returned; they may park the fiber.
 */
#ifndef CARAFE_SYS_DRIVER_H
#define CARAFE_SYS_DRIVER_H

#include <carafe/error.h>
#include <carafe/query.h>
#include <carafe/sys/schema.h>

/* A database URI in its parts, decoded. */
struct cf_uri {
    const char *scheme, *user, *password, *host, *path;
    int port; /* 0 where none */
    const char *masked; /* the whole, with the password as ***, for logs */
};

enum cf_capability {
    CF_CAN_RETURNING = 1 << 0,       /* INSERT … RETURNING */
    CF_CAN_TRANSACTIONAL_DDL = 1 << 1,
    CF_CAN_ALTER_CONSTRAINTS = 1 << 2, /* ALTER TABLE adds and drops constraints and changes columns */
    CF_CAN_MANY_WRITERS = 1 << 3,    /* several transactions may write at once */
};

/* What a bound value is for: its column decides how a choice, a decimal or a UUID is stored. `column` may be NULL. */
struct cf_parameter {
    struct cf_operand value;
    const struct cf_column *column;
};

/* Where a result's column goes in a struct. */
struct cf_field {
    const struct cf_column *column; /* type, labels, nullable, offset */
    unsigned index;                 /* of the result's column */
};

struct cf_connection;
struct cf_statement;

struct cf_open_options {
    bool read_only;    /* the connection only reads */
    bool fast_commits; /* a commit may be lost with the machine's power, never torn */
};

struct cf_dialect {
    const char *name;
    /* The SQL type of a column: "VARCHAR(50)". Text lives in the context. */
    const char *(*type)(cf_context *context, const struct cf_schema_column *column);
    /* Identifier quotation, always applied to names that need it. */
    char quote;
    /* "?" where NULL, else "$1" … made by this. */
    const char *(*placeholder)(cf_context *context, unsigned number);
    const char *true_literal, *false_literal;
};

/* How tables are built anew where a database lacks CF_CAN_ALTER_CONSTRAINTS. Pure data: migrations run it, and `db
 * upgrade --sql` prints it. */
struct cf_rebuild_sql {
    const char *before, *after; /* scripts outside the transaction that rebuilds: foreign keys off, and on again */
    const char *before_rename, *after_rename; /* scripts around the rename that puts the new table in the old one's place */
    const char *dependents; /* query: column `sql`, the statements (indexes, triggers) that dropping the table ? takes along, in order */
    const char *violations; /* query: columns `child` and `parent`, the tables of references that miss their row */
};

struct cf_driver {
    const char *name;
    const char *const *schemes; /* NULL-terminated */
    unsigned capabilities;
    const struct cf_dialect *dialect;
    const struct cf_rebuild_sql *rebuild; /* NULL where CF_CAN_ALTER_CONSTRAINTS */

    struct cf_connection *(*open)(const struct cf_uri *uri, const struct cf_open_options *options);
    /* True where a second connection would see another database (one in memory): a worker then has a single one. */
    bool (*is_private)(const struct cf_uri *uri);
    void (*close)(struct cf_connection *connection);

    /* Statements live until finalized, independent of any request. `sql` is copied. */
    struct cf_statement *(*prepare)(struct cf_connection *connection, const char *sql, size_t size);
    void (*finalize)(struct cf_statement *statement);
    bool (*writes)(struct cf_statement *statement); /* it may change the database: INSERT … RETURNING, too */
    unsigned (*column_count)(struct cf_statement *statement);
    const char *(*column_name)(struct cf_statement *statement, unsigned index);
    /* Binds and runs up to the first row (a write may have happened then): from here on column_count and column_name
     * tell of the schema as it is. Texts must stay valid until reset. */
    void (*start)(struct cf_statement *statement, const struct cf_parameter *parameters, size_t count);
    /* Decodes the next row into the struct at `row`, texts and blobs copied to the context; false at the end. `row`
     * NULL just steps. */
    bool (*next)(struct cf_statement *statement, const struct cf_field *fields, size_t count, void *row, cf_context *context);
    /* Ends a statement's run, at its end or before it. Never raises. */
    void (*reset)(struct cf_statement *statement);
    int64_t (*changed)(struct cf_connection *connection); /* rows changed by the last statement */

    /* Runs a script of statements without parameters and results. */
    void (*script)(struct cf_connection *connection, const char *sql);
    /* Transactions. begin_write takes the write lock at once, parking while the database is busy until `deadline`
     * (cf__monotonic microseconds), then CF_BUSY. */
    void (*begin_read)(struct cf_connection *connection);
    void (*begin_write)(struct cf_connection *connection, int64_t deadline);
    void (*commit)(struct cf_connection *connection);
    void (*rollback)(struct cf_connection *connection); /* never raises */

    /* The whole schema, its bookkeeping tables (names starting with "carafe_") left out. */
    struct cf_schema *(*inspect)(struct cf_connection *connection, cf_context *context);
};

#endif
