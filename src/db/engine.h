/* SPDX-License-Identifier: MIT
 *
 * The engine: a database as one worker sees it. Its driver, its connections, and the statements prepared on them.
 * Who reads and writes does so through a link, a session's hold on the engine, which decides which connection a
 * statement runs on:
 *
 * - outside a transaction a query runs on whatever connection can take it: the one reader of a file, a shared connection of
 *   a pool, one of the pool's own for the time of the run;
 * - from cf__link_begin to commit or rollback everything runs on the transaction's connection: the one writer of a file (links
 *   queue for it in order, parked, with a deadline), or one taken out of the pool.
 */
#ifndef CARAFE_DB_ENGINE_H
#define CARAFE_DB_ENGINE_H

#include "echo.h"
#include "write.h"

typedef struct cf_engine cf_engine;

/* Times are microseconds; 0 (or a NULL struct) stands for the default given. */
struct cf__engine_options {
    bool echo;   /* log every statement with its values (*** for those of hidden columns), rows and time */
    bool record; /* and keep it with its link: cf__link_recorded */
    cf_statement_hook *on_statement;      /* told of each as well */
    struct cf_engine_hooks engine_hooks;  /* called by connections */
    bool hide_parameters;                 /* no values in what is told of statements */
    enum cf_isolation isolation;          /* of transactions that do not say theirs */
    int64_t slow;                         /* a statement that takes longer is a warning in the log: none */
    bool no_autoflush;                    /* sessions on it write nothing by themselves before a query */
    const struct cf_session_hooks *hooks; /* for the sessions on it; live as long as the engine, or NULL */
    const struct cf_model *const *models; /* of its tables, for who makes them; live as long as the engine, or NULL */
    const char *on_connect;    /* a script that each connection begins with; lives as long as the engine, or NULL */
    bool synchronous_normal;   /* SQLite: synchronous=NORMAL instead of FULL */
    int64_t busy_timeout;      /* to wait for the write lock: 5 s, or what the URI says */
    unsigned query_cache_size; /* statements that a connection keeps prepared: 512 */
    unsigned turnstile;        /* at which this program's processes queue for the write lock: one a database */
    /* of databases whose connections pool: */
    unsigned pool_size; /* connections kept: 5 */
    int max_overflow;   /* more that are opened when all are in use, and closed after it: 10; -1 for none */
    unsigned shared;    /* of the pool's, connections shared by queries outside transactions, where the driver can: 2 */
    int64_t pool_timeout;      /* to wait for a connection, then CF_BUSY: 30 s */
    int64_t pool_recycle;      /* a connection older than this is replaced: never */
    bool echo_pool;            /* log what happens to connections */
    bool pool_pre_ping;        /* ask whether a connection is alive whenever it is taken out of the pool */
    int64_t statement_timeout; /* a statement may run: on shared connections 5 s, else as long as it takes */
};

/* Parses a URI (see architecture.md "Databases"); raises CF_INTERNAL "…: cause and cure". Texts live in the context. */
void cf__uri_parse(struct cf__context *context, const char *text, struct cf_uri *out);

/* Opens the database of a URI: raises in one clear line for a wrong URI, an unknown scheme (naming those known), a
 * file that cannot be opened. The engine is independent of any request; one a worker. Runs in a fiber. */
cf_engine *cf__engine_open(const char *uri, const struct cf__engine_options *options);
void cf__engine_close(cf_engine *engine);
/* A database that follows this one: reads outside transactions go there, to each in turn, until the link has committed
 * something. One that cannot be reached is passed over. Up to eight; closed with the engine. */
void cf__engine_add_replica(cf_engine *engine, const char *uri);
/* Another database beside this one, by a name that lives as long as the engine. Up to eight; closed with the engine. */
void cf__engine_add_bind(cf_engine *engine, const char *name, cf_engine *other);
cf_engine *cf__engine_bind(const cf_engine *engine, const char *name);    /* or NULL */
cf_engine *cf__engine_bind_at(const cf_engine *engine, size_t index);     /* from 0; NULL past the last */
const struct cf_model *const *cf__engine_models(const cf_engine *engine); /* or NULL */
const struct cf_driver *cf__engine_driver(const cf_engine *engine);
const struct cf_session_hooks *cf__engine_hooks(const cf_engine *engine); /* or NULL */
bool cf__engine_leaves_pending(const cf_engine *engine);                  /* .no_autoflush */
/* Begins a transaction around all that follows, here and in the binds: what links commit is a savepoint in it, and closing
 * the engine rolls it back. One connection serves all links, one transaction at a time; isolation is the outer one's. */
void cf__engine_enclose(cf_engine *engine);
const char *cf__engine_uri(const cf_engine *engine); /* masked */
/* The inspected schema. */
struct cf_schema *cf__engine_inspect(cf_engine *engine, cf_context *context);

struct cf__transaction {
    enum cf_isolation isolation;
    bool read_only;
    bool autocommit; /* one statement is all of it, which saves what frames it, where the driver knows how */
    const char
        *outside; /* a script that runs on its connection in its place: there is no transaction, nothing to commit */
};

/* What became of a unit of work in a common commit. */
enum cf__fate { CF__UNDECIDED, CF__COMMITTED, CF__FAILED, CF__RUN_AGAIN };

/* A session's hold. Embedded by its owner; init takes nothing yet. The owner must call cf__link_end when it ends
 * (rolls back). */
struct cf__link {
    cf_engine *engine;
    struct cf__context *context;  /* owner's: texts read go to its arena */
    const struct cf_place *place; /* where the program asks for what is run, for records; NULL: nobody knows */
    bool active;                  /* in a transaction */
    bool framed;                  /* which the database was told to begin */
    bool wrote;                   /* has committed something: reads see the primary from then on */
    /* Set by who begins, writes and commits without a park in between: the work may share its transaction with other such
     * units (see cf__link_commit). Holds for one transaction. */
    bool unit;
    /* Set by migrations before cf__link_begin: the transaction rebuilds tables. The driver's rebuild->before runs on
     * the writer before the transaction begins, rebuild->after when it has ended, however it ended. */
    bool rebuilds;
    /* Called with `owner` in a transaction that has just begun; what it raises is raised by who began. Or NULL. */
    void (*begun)(void *owner);
    void *owner;
    /* ---- the engine's */
    struct cf__lane *lane; /* the transaction's connection */
    struct cf__lane *held; /* the connection that has the lock, for all of the link's transactions */
    struct {               /* a run not yet at its end */
        struct cf__prepared *prepared;
        struct cf_cursor *cursor;
        struct cf__lane *lane;
        const char *echoed; /* what is to be told of it at its end, or NULL */
        struct cf_place place;
        int64_t since, rows;
        struct cf__given_values given;
    } run;
    struct cf__ahead *ahead, *last_ahead; /* queries that were sent and not run yet, in that order */
    struct cf_sql_entry *recorded;
    size_t recorded_count;
    struct cf__parameters written; /* of the last write */
    struct cf__link *next;         /* in a queue or a group */
    struct cf__fiber *waiting;     /* whose link it is, while it waits or holds what others wait for */
    int64_t used;                  /* when a statement last ran in its transaction */
    struct cf__link *lender;       /* in whose transaction it runs: see cf__link_borrow */
    struct cf__link *borrowers, *next_borrower;
    enum cf__fate fate;
};
void cf__link_init(struct cf__link *link, cf_engine *engine, struct cf__context *context);
/* The link runs in the transaction that another is in, beside that one's own runs, until either ends: it is then no longer
 * active, and its run is at its end. */
void cf__link_borrow(struct cf__link *link, struct cf__link *lender);
void cf__link_begin(struct cf__link *link); /* nothing where already begun */
void cf__link_begin_as(struct cf__link *link,
                       const struct cf__transaction *transaction); /* raises where already begun */
bool cf__link_active(const struct cf__link *link);
/* Nothing where not begun; raises after rolling back. False (of a unit only): the database has taken it back because of
 * another's error, nothing is written, and it is to be run again, not as a unit. */
bool cf__link_commit(struct cf__link *link);
void cf__link_rollback(struct cf__link *link); /* nothing where not begun; never raises */
void cf__link_end(struct cf__link *link);      /* rollback, unlock; never raises */

/* The lock of who changes the schema: one link of all processes has it, until unlocked or ended, over its transactions.
 * Nothing where connections do not pool: there a transaction locks the database. Raises CF_BUSY after the busy timeout. */
void cf__link_lock(struct cf__link *link);
void cf__link_unlock(struct cf__link *link); /* nothing where it has no lock; never raises */

/* A query's run: rows are pulled one by one, to the end or cf__rows_end, without a park in between. Lives on the
 * stack of the caller; an error ends it by itself. */
struct cf__rows {
    struct cf__link *link;
    struct cf_cursor *cursor;
    const struct cf__prepared *prepared;
    bool ended;
};
/* SELECT, COUNT, EXISTS: fields are those of the query's columns, in the model's order. For COUNT and EXISTS read with
 * cf__rows_integer. */
struct cf__rows cf__link_run(struct cf__link *link, const struct cf__query *query);
/* Sends a query ahead, which is then run by cf__link_run of the same struct, where its database answers several at once;
 * else nothing. cf__link_unsend gives up those that were not run; never raises. */
void cf__link_send(struct cf__link *link, const struct cf__query *query);
void cf__link_unsend(struct cf__link *link);
/* INSERT, UPDATE, DELETE, in the link's transaction (begun where it is not). Rows are those of RETURNING; else read with
 * cf__rows_changed. */
struct cf__rows cf__link_write(struct cf__link *link, const struct cf__write *write);
/* An UPDATE or DELETE for each of write->key_rows, in the link's transaction: one statement, run as often, in as few round
 * trips as the database knows. */
struct cf_repetition cf__link_repeat(struct cf__link *link, const struct cf__write *write);
/* As cf__link_run for a SELECT, on a connection nobody else uses meanwhile and whose rows are fetched as they are asked
 * for: between two of them the fiber may park, and memory is constant. */
struct cf__rows cf__link_stream(struct cf__link *link, const struct cf__query *query);
/* The next row into a struct of the model (only the fields of the query are touched); false at the end, where the
 * run has ended. */
bool cf__rows_next(struct cf__rows *rows, void *row);
void cf__rows_end(struct cf__rows *rows);
/* The first column of the first row as an integer (0 where there is no row or NULL), and the end of the run. */
int64_t cf__rows_integer(struct cf__rows *rows);
/* The first column of the next row into a place for the field of a column; false at the end, which does not end the run. */
bool cf__rows_next_value(struct cf__rows *rows, const struct cf_column *column, void *place);
/* The same of the first row, and the end of the run; false where there is no row. */
bool cf__rows_value(struct cf__rows *rows, const struct cf_column *column, void *place);
/* Runs to the end; rows changed. */
int64_t cf__rows_changed(struct cf__rows *rows);
/* Runs an INSERT of one row, without RETURNING, to the end; the number that the database gave the row, where its driver
 * tells. False where the row was left out. */
bool cf__rows_number(struct cf__rows *rows, int64_t *number);

/* Free SQL with '?' parameters. With a model the result's columns are matched to its fields by column name (a result
 * column that is none of them is ignored; *read gets a bit each matched column); without one the rows are only
 * stepped or read as integers. `write`: begins first. */
struct cf__rows cf__link_sql(struct cf__link *link, const char *sql, const struct cf_operand *values, size_t count,
                             const struct cf_model *model, uint64_t *read, bool write);
/* The same as cf__link_stream does it, for a model's rows: SQL that reads. */
struct cf__rows cf__link_stream_sql(struct cf__link *link, const char *sql, const struct cf_operand *values,
                                    size_t count, const struct cf_model *model, uint64_t *read);
/* Free SQL that writes, run for each of `sets` lists of `count` parameters, which lie one behind the other, in the link's
 * transaction; the rows that all changed. */
int64_t cf__link_repeat_sql(struct cf__link *link, const char *sql, const struct cf_parameter *parameters, size_t count,
                            size_t sets);
/* The columns of free SQL without a model: how many, and their names, which live as long as the run. */
unsigned cf__rows_columns(const struct cf__rows *rows);
const char *cf__rows_column(const struct cf__rows *rows, unsigned index);
/* Sets type, length and scale of a column to those that its value in the next row has in the database. */
void cf__rows_type(const struct cf__rows *rows, unsigned index, struct cf_column *column);
/* Reads its next row into fields of the types that the database says its columns have: sets type and scale of each of
 * `columns` (as many as there are, each with its offset, Nullable). False at the end. */
bool cf__rows_next_as_found(struct cf__rows *rows, struct cf_column *columns, void *row);
/* There is a table of this name. */
bool cf__link_has_table(struct cf__link *link, const char *name);
/* The inspected schema, as the link's transaction sees it where it is in one. */
struct cf_schema *cf__link_inspect(struct cf__link *link, cf_context *context);
/* What inspecting would say of `schema`, had it just been made in this database; the schema itself where the database keeps
 * what was written. Outside a transaction. */
struct cf_schema *cf__link_rewritten(struct cf__link *link, cf_context *context, struct cf_schema *schema);
/* What has run, where the engine records. Lives in the link's context. */
struct cf_sql_log cf__link_recorded(const struct cf__link *link);
/* A statement that runs outside of any transaction, where writes do: for those that databases refuse in one. Raises
 * CF_INTERNAL in a transaction. */
void cf__link_outside(struct cf__link *link, const char *sql);
/* A script of statements, in the link's transaction (begun where it is not). */
void cf__link_script(struct cf__link *link, const char *sql);

#endif
