/* SPDX-License-Identifier: MIT
 *
 * For who adds a database: a driver is one const struct of operations, and a dialect holds only what its SQL does
 * differently. All operations run in a fiber and raise their errors (cf_raise_error with code, constraint, message,
 * statement filled), after the database's library has returned; they may park the fiber.
 */
#ifndef CARAFE_SYS_DRIVER_H
#define CARAFE_SYS_DRIVER_H

#include <carafe/error.h>
#include <carafe/session.h>
#include <carafe/sys/schema.h>

/* A database URI in its parts, decoded (see docs/configuration.md). */
struct cf_uri_host {
    const char *
        name; /* a name, an address, or the directory of a unix socket (beginning with '/'); NULL: the library's default */
    int port; /* 0: the database's own */
};
struct cf_uri_option {
    const char *name, *value;
};
struct cf_uri {
    const char *scheme, *user, *password;
    const char *path;                /* what follows the host: the database's name, or a file's path */
    const struct cf_uri_host *hosts; /* tried in this order */
    size_t host_count;
    const struct cf_uri_option *options; /* ?name=value&…, in the order written; a name may come more than once */
    size_t option_count;
    const char *masked; /* the whole, with the password as ***, for logs */
};

enum cf_capability {
    CF_CAN_RETURNING = 1 << 0,         /* INSERT … RETURNING */
    CF_CAN_TRANSACTIONAL_DDL = 1 << 1, /* CREATE and ALTER are part of the transaction */
    CF_CAN_ALTER_CONSTRAINTS = 1 << 2, /* ALTER TABLE adds and drops constraints and changes columns */
    CF_CAN_POOL = 1 << 3,      /* connections are equal and each may write: a worker has a pool of them. Else it has one
                                          that writes and one that reads, and no operation but begin and commit parks */
    CF_CAN_PIPELINE = 1 << 4,  /* a connection opened as `shared` takes runs of several fibers at once */
    CF_CAN_LOCK_ROWS = 1 << 5, /* SELECT … FOR UPDATE [NOWAIT | SKIP LOCKED] */
    CF_CAN_REGEXP = 1 << 6,
    CF_CAN_PARTIAL_INDEXES = 1 << 7, /* CREATE INDEX … WHERE */
    CF_CAN_FULL_JOIN = 1 << 8,
    CF_CAN_FILTER = 1 << 9,        /* sum(x) FILTER (WHERE …); else a CASE says it */
    CF_CAN_FRAME_GROUPS = 1 << 10, /* GROUPS and EXCLUDE in frames of windows */
    CF_CAN_ORDER_AGGREGATES = 1 << 11, /* an order of the texts that a group concatenates */
    CF_CAN_UPDATE_RETURNING = 1 << 12,
    CF_CAN_DELETE_RETURNING = 1 << 13,
    CF_CAN_DEFER = 1 << 14, /* foreign keys that are checked at the commit */
    CF_CAN_INDEX_EXPRESSIONS = 1 << 15,
    CF_CAN_LOCK_OF = 1 << 16,   /* FOR UPDATE OF tables */
    CF_CAN_LOCK_KEYS = 1 << 17, /* FOR NO KEY UPDATE, FOR KEY SHARE */
    CF_CAN_WITHIN_GROUP = 1 << 18,      /* percentile_cont(0.5) WITHIN GROUP (ORDER BY x) as an aggregate, */
    CF_CAN_WITHIN_GROUP_OVER = 1 << 19, /* and with OVER (…) behind it */
    CF_CAN_INCREMENT = 1 << 20,         /* columns that number themselves by other steps than one */
    CF_CAN_DEFER_UNIQUE = 1 << 21,      /* unique constraints that are checked at the commit */
    CF_CAN_NULLS_NOT_DISTINCT = 1 << 22, /* NULL may be unique, too */
    CF_CAN_NAME_FOREIGN_KEYS = 1 << 23,  /* an error says which foreign key was violated */
};

/* What a bound value is for: its column decides how a choice, a decimal or a UUID is stored. `column` may be NULL. */
struct cf_parameter {
    struct cf_operand value;
    const struct cf_column *column;
    bool hidden; /* it stands in an expression with a hidden column: not to be shown */
};

/* Where a result's column goes in a struct. */
struct cf_field {
    const struct cf_column *column; /* type, labels, nullable, offset */
    unsigned index;                 /* of the result's column */
};

struct cf_connection;
struct cf_statement; /* prepared on one connection */
struct cf_cursor;    /* one run of a statement */

struct cf_open_options {
    bool read_only;            /* the connection only reads */
    bool fast_commits;         /* a commit may be lost with the machine's power, never torn */
    bool shared;               /* CF_CAN_PIPELINE: runs of several fibers at once, none in a transaction */
    int64_t connect_timeout;   /* microseconds, over all hosts; 0: 10 s */
    int64_t statement_timeout; /* microseconds a statement may run; 0: as long as it takes */
    int64_t busy_timeout;      /* microseconds to wait where another process has locked the database; 0: 5 s */
};

struct cf_run_options {
    bool stream; /* rows are fetched as they are asked for, in constant memory; else all are here when start returns */
    /* On a shared connection: how long to stand in line behind runs of others, in microseconds. Past that start gives up
     * (the answer is read and dropped) and returns NULL. 0: as long as it takes. */
    int64_t patience;
};

/* What came of running a statement several times. */
struct cf_repetition {
    int64_t changed;  /* rows, by all runs together */
    size_t unchanged; /* the first run that changed none; CF_UNKNOWN_RUN: there is none, or the database does not say */
};
enum { CF_UNKNOWN_RUN = INT32_MAX };

/* The runs on a connection that are not yet answered, those whose fiber has left too. */
struct cf_line {
    size_t length;
    int64_t since; /* when the first of them became the first: microseconds of the loop's time */
};

struct cf_begin_options {
    bool write;                  /* where connections do not pool: takes the write lock at once */
    bool read_only;              /* the database refuses to write */
    bool autocommit;             /* one statement is all of it: that may commit by itself, `commit` has nothing to do then */
    enum cf_isolation isolation; /* CF_ISOLATION_DEFAULT: the database's */
    int64_t deadline;            /* cf__monotonic microseconds, for the write lock: then CF_BUSY */
};

enum cf_standing {
    CF_TRANSACTION_SOUND,
    CF_TRANSACTION_UNSOUND, /* a constraint that is checked at the commit does not hold */
    CF_TRANSACTION_FAILED,  /* an error has left it of no use, but to go back to a savepoint */
    CF_TRANSACTION_ENDED,   /* there is none: an error has ended it */
};

/* What an INSERT says about rows that equal one there already in the columns of a unique key: texts behind VALUES (…) in
 * which %k stands for the columns of that key, %w for " WHERE …" of a unique index of a part of the rows, and %c for a column. */
struct cf_conflict_sql {
    const char *update; /* begins the list of what is overwritten: " ON CONFLICT (%k)%w DO UPDATE SET " */
    const char *column; /* an item of that list: "%c = excluded.%c"; its value between %[ and %], where otherwise is not NULL */
    const char *keep;   /* the row there stays as it is; %c is a column of the key: " ON CONFLICT (%k)%w DO NOTHING" */
    /* What is overwritten under a condition is the value of each item, "IF(condition, value, %c)", this being what stands
     * behind the value: ", %c)". NULL: the condition stands behind the list: " WHERE …". */
    const char *otherwise;
};

/* How a database is told what its tables and columns are about. */
enum cf_comments {
    CF_COMMENTS_NONE,
    CF_COMMENTS_INLINE, /* in a column's definition and behind a table's: COMMENT 'text' */
    CF_COMMENTS_APART,  /* in statements of their own: cf_alter_sql */
};

/* "CAST(" and " AS TEXT)" */
struct cf_around {
    const char *before, *behind;
};

struct cf_dialect {
    const char *name;
    /* The SQL type of a column of a table (NULL: of none): "VARCHAR(50)". Text lives in the context. */
    const char *(*type)(cf_context *context, const struct cf_table *table, const struct cf_schema_column *column);
    /* Identifier quotation, always applied to names that need it. */
    char quote;
    unsigned capabilities;      /* those of the driver that queries are made by */
    bool numbered_placeholders; /* $1, $2 … instead of ? */
    const char *lock_shared;    /* what stands for " FOR SHARE"; NULL: that */
    bool nulls_last;            /* knows ORDER BY … NULLS LAST */
    const char *true_literal, *false_literal;
    const char
        *identity; /* what makes a column number itself, behind its type: " AUTO_INCREMENT"; NULL: the key alone does */
    /* Statements that make the numbers of {table} (quoted; {table_name} as a text) begin at {start} at the earliest, {before}
     * being one less; NULL: the identity says it, " (START WITH 1000 INCREMENT BY 5)". */
    const char *start;
    const char *autoincrement; /* a word of the primary key, of an identity that gives no number twice; NULL: none does */
    const char *check_deferred; /* checks now what the commit would; NULL where standing tells, or nothing is deferred */
    const char *empty_insert; /* a row of defaults: " DEFAULT VALUES" */
    const char *table_suffix; /* behind the ')' of CREATE TABLE, or NULL */
    const char *table_word;   /* an option that begins with it stands before TABLE: "UNLOGGED"; NULL: none does */
    /* An option of a table as inspect tells it; NULL: options are not compared with what is there. */
    const char *(*option)(cf_context *context, const char *sql);
    enum cf_comments comments;
    const char *concurrently; /* behind INDEX, of one that is made while rows are written: "CONCURRENTLY "; NULL: none is */
    bool index_lengths;     /* an index may hold the first characters of a column, and of a Text and its like it must */
    bool index_kinds;       /* knows USING and INCLUDE of indexes */
    bool index_words;       /* knows FULLTEXT and SPATIAL INDEX */
    bool unnamed_keys;      /* primary keys have no names: inspect tells those of the convention */
    bool computes_stored;   /* computed columns are STORED always */
    bool computes_nullable; /* computed columns are never declared NOT NULL */
    struct cf_conflict_sql conflict;
    size_t most_parameters; /* of a statement */
    size_t batch_rows;      /* of an INSERT: a power of two past which more rows at once gain nothing */
    size_t most_bytes;      /* of the values that one message to the server carries, roughly; 0: any number */
    bool spells_no_action;  /* a foreign key without a word about it restricts: NO ACTION is written */
    /* How operators and functions are written that this database spells in a way of its own: a text by enum cf_operator
     * (carafe/query.h), NULL where it is everybody's (src/db/compile.c). Words of one letter stand for parts: L, R and T
     * for the sides, A for a list of arguments, Q for a query, C for the sign of a comparison, N for an integer, E for a one with that many
     * zeros, G for a text, I for a name, O for ORDER BY, W for FILTER and OVER (which else stand at the end). */
    const char *const (*patterns)[CF_OPERATORS_];
    /* CAST to a type, by enum cf_type, in the same way, P and S being its precision and scale; NULL: "CAST(L AS type)". */
    const char *const (*casts)[CF_TYPE_COUNT_];
    /* How cf_like is written where its pattern is a value, and the value in the database's own signs; NULL: as with any
     * pattern. */
    const char *like;
    const char *(*like_value)(cf_context *context, const char *pattern);
    /* What a window of all rows, without .partition_by and .order_by, says in their place; NULL: nothing. */
    const char *whole_window;
    /* A decimal as a value that is not compared with a column: "CAST(? AS NUMERIC)"; NULL: ?. */
    const char *decimal_value;
    const char *decimal_of_rows; /* the same of one that is compared with the rows of a query */
    /* Rows of one column, the items of a JSON array that is the value `?`, by the enum cf_type of that column: how a list of
     * thousands is one value. "SELECT value FROM json_each(?)"; NULL: a list of this type is a value an item. */
    const char *const (*lists)[CF_TYPE_COUNT_];
    /* How SQL of the user's own says "IN (…)" and "NOT IN (…)" of no values at all, whatever type is on the left; NULL: with a
     * query of no rows. */
    const char *in_nothing, *not_in_nothing;
    /* A condition: there is a table by the name that is the value `?`. */
    const char *has_table;
    /* A function of an expression and 16 or 64, the bits of the Integer that it is stored in: gives it, or an error where it
     * would not fit; NULL: the database sees to that by itself. */
    const char *integer_function;
    /* What stands around a column of the program's choice of type (sql_type) where a query gives it to the program. NULL: it
     * is read as it comes. */
    struct cf_around (*read)(const struct cf_column *column, const char *sql_type, size_t size);
    /* What is wrong with a type of the program's choice for a column, as a predicate; NULL: nothing. NULL: any is right. */
    const char *(*misfit)(const struct cf_schema_column *column, const char *sql_type);
    const char *json_text; /* behind "CAST(" and a Json column that is compared: " AS TEXT)"; NULL: it is a text */
    bool limits_apart; /* a query that something is compared with has no LIMIT: one that has stands in the place of a table */
    /* How CF_OF_ALL and CF_OF_ANY are written where an aggregate or a window function is on their left side, which then stands in
     * no other query: X is max or min, whichever of the rows decides. NULL: as they are always. */
    const char *all_of_group, *any_of_group;
    /* A key and an index as a step of a path into JSON, `?` standing for it; NULL: ?. */
    const char *json_key, *json_index;
    bool json_rows; /* JSON is walked as rows of a table, whose columns may have the names of others */
    bool having_aggregates; /* HAVING knows of the rows only columns of GROUP BY, and aggregates: no expression of GROUP BY */
    /* Decimals of more digits are texts here: sums and arithmetic of them are refused. 0: all are numbers. */
    unsigned exact_digits;
};

/* How tables are built anew where a database lacks CF_CAN_ALTER_CONSTRAINTS. Pure data: migrations run it, and `db
 * upgrade --sql` prints it. */
struct cf_rebuild_sql {
    const char *before, *after; /* scripts outside the transaction that rebuilds: foreign keys off, and on again */
    const char *before_rename,
        *after_rename; /* scripts around the rename that puts the new table in the old one's place */
    const char *
        dependents; /* query: column `sql`, the statements (indexes, triggers) that dropping the table ? takes along, in order */
    const char *sequence; /* script: the new table goes on counting where the old one was, {new} and {old} being their names as
                           * texts; for tables with `autoincrement` */
    const char *violations; /* query: columns `child` and `parent`, the tables of references that miss their row */
};

/* How tables are changed in place where a database has CF_CAN_ALTER_CONSTRAINTS, as patterns: an action stands behind
 * "ALTER TABLE name ", several of one statement with commas between them; a statement stands alone. In them {table}, {name},
 * {new} and {key} stand for quoted names, {columns} for a list of them, {type}, {value} and {definition} for SQL,
 * {table_text} for the quoted table and {name_text} for the bare name as SQL texts. */
struct cf_alter_sql {
    /* A column's new definition: one action of it whole, or (NULL) part by part with the others. */
    const char *column;
    const char *type, *type_from_boolean, *type_to_boolean;
    const char *set_default, *drop_default, *set_not_null, *drop_not_null;
    const char *add_identity, *drop_identity;
    const char *renumber; /* statements: an identity's {start} and {increment}; NULL: dialect->start says all there is to it */
    const char *number; /* statement: a new identity goes on behind the highest value there is; or NULL */
    const char *drop_primary_key, *drop_unique, *drop_foreign_key, *drop_check;
    /* NULL: it is dropped and added again in one statement; "": such names are not kept */
    const char *rename_primary_key, *rename_unique, *rename_foreign_key, *rename_check;
    const char *drop_computed; /* a computed column keeps its values and is one like others; NULL: by `column` */
    const char *drop_index, *rename_index; /* statements */
    const char *drop_index_concurrently;   /* the same, where dialect->concurrently */
    const char *comment_table, *comment_column; /* statements, {value} being the text, '' for none; NULL: see cf_dialect */
    /* The actions that lead from one option of a table to another (each may be NULL: none): "" where there is nothing to do,
     * NULL where only a new table takes it. */
    const char *(*option)(cf_context *context, const char *before, const char *after);
    const char
        *index_for_key;      /* action: the index that a foreign key needs, where the one it used is dropped; or NULL */
    bool identity_needs_key; /* a column numbers itself only while it is of the primary key */
};

struct cf_driver {
    const char *name;
    const char *const *schemes; /* NULL-terminated */
    unsigned capabilities;
    const struct cf_dialect *dialect;
    /* This driver as the client library that the program has met allows it, its capabilities and those of its dialect less
     * what that library is too old for. NULL: it is the same with each. */
    const struct cf_driver *(*fitting)(void);
    const struct cf_rebuild_sql *rebuild; /* NULL where CF_CAN_ALTER_CONSTRAINTS */
    const struct cf_alter_sql *alter;     /* NULL where not */

    /* ---- Connections. An operation that is left by an error at a park (a time-out, a client that went) leaves the
     * connection lost, unless it is shared: there the answer is read and dropped when it comes. */
    struct cf_connection *(*open)(const struct cf_uri *uri, const struct cf_open_options *options);
    void (*close)(struct cf_connection *connection); /* never raises nor parks; statements were finalized before */
    /* True where a second connection would see another database (one in memory): a worker then has a single one. */
    bool (*is_private)(const struct cf_uri *uri);
    /* Microseconds that the URI says to wait for a lock of the database, which win over the engine's; 0: it says nothing.
     * NULL: no URI does. Raises as open does. */
    int64_t (*busy_timeout)(const struct cf_uri *uri);
    /* CF_CAN_POOL only. lost: the connection is of no use any more and is to be closed. ping: a round trip, raises where
     * lost. clean: gives back a connection that free SQL has run on: forgets all of its session's state, prepared
     * statements too (they were finalized before). */
    bool (*lost)(const struct cf_connection *connection);
    struct cf_line (*line)(const struct cf_connection *connection); /* CF_CAN_PIPELINE only */
    void (*ping)(struct cf_connection *connection);
    void (*clean)(struct cf_connection *connection);

    /* ---- Statements live until finalized, independent of any request. `sql` is copied. `parameters` are those of the run
     * to come: only their kinds and columns matter, and are the same in each run, but for NULL. What the database
     * refuses about the SQL may be raised here or by the first start. */
    struct cf_statement *(*prepare)(struct cf_connection *connection, const char *sql, size_t size,
                                    const struct cf_parameter *parameters, size_t count);
    void (*finalize)(struct cf_statement *statement); /* never raises nor parks; its cursors have ended */
    /* It may change the database: INSERT … RETURNING, too. True in doubt. */
    bool (*writes)(const struct cf_statement *statement);

    /* ---- Runs. Binds and runs up to the first row (a write may have happened then). Texts of parameters must stay valid
     * until the cursor ends. A statement has one cursor at a time, on a shared connection any number. */
    struct cf_cursor *(*start)(struct cf_statement *statement, const struct cf_parameter *parameters, size_t count,
                               const struct cf_run_options *options);
    /* CF_CAN_PIPELINE only: sends a run, with the patience of struct cf_run_options, and does not wait for it; receive waits,
     * and raises what start would. False where it is to be started anew: it stood in line for too long, or its statement is to
     * be prepared again; the cursor has ended then, as with an error. */
    struct cf_cursor *(*send)(struct cf_statement *statement, const struct cf_parameter *parameters, size_t count,
                              int64_t patience);
    bool (*receive)(struct cf_cursor *cursor);
    /* Runs a statement that writes and gives no rows once for each of `sets` lists of `count` parameters, which lie one
     * behind the other, in as few round trips as the database knows. NULL: by start, one after the other. */
    struct cf_repetition (*repeat)(struct cf_statement *statement, const struct cf_parameter *parameters, size_t count,
                                   size_t sets);
    unsigned (*column_count)(const struct cf_cursor *cursor);
    const char *(*column_name)(const struct cf_cursor *cursor, unsigned index);
    /* Sets a column's type, length and scale to those that hold what the result's column has in the row that is next, for
     * who asks by SQL of his own and reads what comes. Nothing to raise: next does, where it cannot be read. */
    void (*column_type)(const struct cf_cursor *cursor, unsigned index, struct cf_column *column);
    /* Decodes the next row into the struct at `row`, texts and blobs copied to the context; false at the end. `row`
     * NULL just steps. Parks only where streaming. */
    bool (*next)(struct cf_cursor *cursor, const struct cf_field *fields, size_t count, void *row, cf_context *context);
    int64_t (*changed)(const struct cf_cursor *cursor); /* rows changed, once next has returned false */
    /* The number that the database gave the row of an INSERT, which was one, once next has returned false. NULL where
     * RETURNING costs no more. */
    int64_t (*number)(const struct cf_cursor *cursor);
    /* Ends a run, at its end or before it. Never raises; parks only where streaming. */
    void (*end)(struct cf_cursor *cursor);

    /* Runs a script of statements without parameters and results. On a shared connection only before its first run. */
    void (*script)(struct cf_connection *connection, const char *sql);

    /* ---- Transactions, never on a shared connection. */
    void (*begin)(struct cf_connection *connection, const struct cf_begin_options *options);
    void (*commit)(struct cf_connection *connection);
    void (*rollback)(struct cf_connection *connection); /* never raises; the connection may be lost afterwards */
    /* How the transaction under way stands. NULL (with CF_CAN_POOL only): it cannot be known. */
    enum cf_standing (*standing)(const struct cf_connection *connection);
    /* Rows that the connection has changed so far, but for those of statements that were undone. Where connections do not
     * pool. */
    int64_t (*changes)(const struct cf_connection *connection);
    /* CF_CAN_POOL only: at most one connection of all processes holds it, until unlocked or closed; polls until
     * `deadline` (cf__monotonic microseconds), then CF_BUSY. For who changes the schema. */
    void (*lock)(struct cf_connection *connection, int64_t deadline);
    void (*unlock)(struct cf_connection *connection); /* never raises */

    /* The whole schema, its bookkeeping tables (names starting with "carafe_") left out. */
    struct cf_schema *(*inspect)(struct cf_connection *connection, cf_context *context);
    /* What inspect would say of `schema`, had it just been made here: databases rewrite defaults, checks and predicates.
     * Leaves no trace. In a transaction, which is to be rolled back. NULL: as it was written. */
    struct cf_schema *(*rewritten)(struct cf_connection *connection, cf_context *context,
                                   const struct cf_schema *schema);
};

#endif
