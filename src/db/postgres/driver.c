/* SPDX-License-Identifier: MIT
 *
 * The PostgreSQL driver: statements, runs, transactions. A statement is prepared by the first run that needs it: Parse, Bind,
 * Execute and Sync go out together. Whether its Parse was sent is all that is kept, since the server works in order; where
 * the server has let go of it, or its tables have changed, it is parsed again and run once more, outside transactions.
 * BEGIN rides along with the first statement of its transaction. A stream is a cursor of the server's, from which rows are
 * fetched a few hundred at a time.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <carafe/memory.h>
#include <carafe/wait.h>

#include "../../base/buffer.h"
#include "../../base/clock.h"
#include "../../base/context.h"
#include "../../base/log.h"
#include "alter.h"
#include "postgres.h"

enum { NAME = 24, STREAMED = 500 };

struct cf_statement {
    struct cf_connection *connection;
    char *sql;
    char name[NAME];
    bool sent; /* its Parse */
    Oid *types;
    int count;
};

/* ---- Statements ------------------------------------------------------------------------------------------------- */

static void name_statement(struct cf_statement *statement)
{
    snprintf(statement->name, sizeof statement->name, "carafe_%u", ++statement->connection->names);
    statement->sent = false;
}

static struct cf_statement *prepare(struct cf_connection *connection, const char *sql, size_t size,
                                    const struct cf_parameter *parameters, size_t count)
{
    struct cf_statement *statement = calloc(1, sizeof *statement);
    if (!statement || !(statement->sql = strndup(sql, size)) ||
        !(statement->types = malloc((count + 1) * sizeof *statement->types))) {
        if (statement)
            free(statement->sql);
        free(statement);
        cf_raise(CF_NO_MEMORY, "no memory for a statement");
    }
    statement->connection = connection;
    statement->count = (int)count;
    for (size_t i = 0; i < count; i++)
        statement->types[i] = cf__postgres_type(&parameters[i]);
    name_statement(statement);
    return statement;
}

/* The server lets go of it too, whenever it gets the message. */
static void deallocate(struct cf_connection *connection, const char *name)
{
    char sql[NAME + sizeof "DEALLOCATE "];
    snprintf(sql, sizeof sql, "DEALLOCATE %s", name);
    struct cf_cursor *cursor = cf__postgres_cursor(connection);
    cursor->fiber = NULL;
    if (PQsendQueryParams(connection->handle, sql, 0, NULL, NULL, NULL, NULL, 0))
        cf__postgres_send(connection, cursor);
    else
        cf__postgres_drop(connection, PQerrorMessage(connection->handle));
}

static void finalize(struct cf_statement *statement)
{
    if (statement->sent && !statement->connection->lost)
        deallocate(statement->connection, statement->name);
    free(statement->sql);
    free(statement->types);
    free(statement);
}

static bool begins_with(const struct cf_statement *statement, const char *word)
{
    const char *sql = statement->sql + strspn(statement->sql, " \t\r\n(");
    return strncasecmp(sql, word, strlen(word)) == 0;
}

/* By its first word. A SELECT may call a function that writes: who writes such a one begins a transaction first. */
static bool writes(const struct cf_statement *statement)
{
    static const char *const reading[] = { "SELECT", "VALUES", "TABLE", "SHOW" };
    for (size_t i = 0; i < sizeof reading / sizeof reading[0]; i++)
        if (begins_with(statement, reading[i]))
            return false;
    return true;
}

/* ---- Sending ---------------------------------------------------------------------------------------------------- */

static _Noreturn void fail_to_send(struct cf_connection *connection)
{
    cf__postgres_drop(connection, PQerrorMessage(connection->handle));
    cf__postgres_raise_lost(connection);
}

static void need(struct cf_connection *connection, int sent)
{
    if (!sent)
        fail_to_send(connection);
}

static void send_begin(struct cf_connection *connection)
{
    if (!connection->begin)
        return;
    need(connection, PQsendQueryParams(connection->handle, connection->begin, 0, NULL, NULL, NULL, NULL, 0));
    connection->begin = NULL;
}

/* What goes out before one Sync: a statement with the values of one run, or of several. */
struct batch {
    struct cf_statement *statement;
    const struct cf_parameter *parameters;
    size_t count, sets;
    struct cf_cursor *cursor;
};

static void send_values(const struct batch *batch, size_t set)
{
    const struct cf_statement *statement = batch->statement;
    struct cf__arena_mark mark = cf__arena_mark(&cf__current()->arena);
    const struct cf_parameter *parameters = set ? batch->parameters + set * batch->count : batch->parameters;
    struct cf__postgres_values values = cf__postgres_encode(cf__current(), parameters, batch->count);
    need(statement->connection, PQsendQueryPrepared(statement->connection->handle, statement->name, (int)batch->count,
                                                    values.values, values.lengths, values.formats, 1));
    cf__arena_rewind(&cf__current()->arena, mark);
}

static void send_batch(void *batch_)
{
    const struct batch *batch = batch_;
    struct cf_statement *statement = batch->statement;
    struct cf_connection *connection = statement->connection;
    bool begins = connection->begin != NULL;
    send_begin(connection);
    if (!statement->sent) {
        need(connection,
             PQsendPrepare(connection->handle, statement->name, statement->sql, statement->count, statement->types));
        batch->cursor->parsed = 1 + begins;
    }
    batch->cursor->before = begins + !statement->sent;
    statement->sent = true;
    for (size_t set = 0; set < batch->sets; set++)
        send_values(batch, set);
}

static struct cf_cursor *send_run(struct cf_statement *statement, const struct cf_parameter *parameters, size_t count,
                                  size_t sets)
{
    struct cf_connection *connection = statement->connection;
    struct batch batch = { statement, parameters, count, sets, cf__postgres_cursor(connection) };
    batch.cursor->statement = statement;
    batch.cursor->repeats = sets > 1;
    batch.cursor->repetition.unchanged = CF_UNKNOWN_RUN;
    if (!cf__protect(cf__current(), send_batch, &batch)) {
        struct cf__error_record record;
        cf__error_record_copy(&record, &cf__current()->record);
        batch.cursor->done = true;
        cf__postgres_release(batch.cursor);
        cf__raise(&record.error);
    }
    cf__postgres_send(connection, batch.cursor);
    return batch.cursor;
}

/* ---- Runs ------------------------------------------------------------------------------------------------------- */

static bool has_state(const PGresult *failure, const char *state)
{
    const char *found = failure ? PQresultErrorField(failure, PG_DIAG_SQLSTATE) : NULL;
    return found && strcmp(found, state) == 0;
}

/* "cached plan must not change result type" has the SQLSTATE of all that PostgreSQL does not support, and a translated
 * text: only the server's routine tells it from the others. */
static bool has_other_columns(const PGresult *failure)
{
    const char *routine = failure ? PQresultErrorField(failure, PG_DIAG_SOURCE_FUNCTION) : NULL;
    return routine && strcmp(routine, "RevalidateCachedQuery") == 0 && has_state(failure, "0A000");
}

/* The statement is gone, or its result has other columns than when it was prepared, or its name is taken. */
static bool is_stale(const struct cf_cursor *cursor)
{
    return has_state(cursor->failure, "26000") || has_state(cursor->failure, "42P05") ||
           has_other_columns(cursor->failure);
}

/* What has failed is raised; where it failed before its Parse was done the statement does not exist. */
static void need_success(struct cf_cursor *cursor)
{
    struct cf_connection *connection = cursor->connection;
    PGresult *failure = cursor->failure;
    const char *sql = cursor->statement->sql;
    if (!failure && cursor->result)
        return;
    if (cursor->answers < cursor->parsed)
        cursor->statement->sent = false;
    cursor->failure = NULL;
    cf__postgres_release(cursor);
    if (!failure)
        cf__postgres_raise_lost(connection);
    cf__postgres_raise(connection, failure, sql);
}

/* It is parsed again by its next run. In a transaction that has failed, nothing can be said to the server any more. */
static void forget(struct cf_statement *statement, const struct cf_cursor *cursor)
{
    if (has_other_columns(cursor->failure) && !statement->connection->in_transaction)
        deallocate(statement->connection, statement->name);
    name_statement(statement);
}

enum outcome { ANSWERED, OVERDUE, STALE };

/* What has come of a run, which raises what has failed; but for an answer its cursor has ended. */
static enum outcome receive_run(struct cf_cursor *cursor, int64_t patience, bool again)
{
    const struct cf_connection *connection = cursor->connection;
    struct cf_statement *statement = cursor->statement;
    if (!cf__postgres_wait(cursor, patience, false)) {
        cf__postgres_release(cursor);
        return OVERDUE;
    }
    if (!is_stale(cursor) || again) {
        need_success(cursor);
        return ANSWERED;
    }
    forget(statement, cursor);
    cf__postgres_release(cursor);
    if (connection->in_transaction)
        cf_raise(CF_CONFLICT, "a table was changed under the transaction: %s", statement->sql);
    return STALE;
}

static struct cf_cursor *run(struct cf_statement *statement, const struct cf_parameter *parameters, size_t count,
                             size_t sets, int64_t patience)
{
    for (bool again = false;; again = true) {
        struct cf_cursor *cursor = send_run(statement, parameters, count, sets);
        enum outcome outcome = receive_run(cursor, patience, again);
        if (outcome != STALE)
            return outcome == ANSWERED ? cursor : NULL;
    }
}

/* ---- Streams ---------------------------------------------------------------------------------------------------- */

static void begin(struct cf_connection *connection, const struct cf_begin_options *options);
static void rollback(struct cf_connection *connection);

/* The server's cursor is declared with the parameters of the query, in a transaction of its own where there is none. */
static struct cf_cursor *start_stream(struct cf_statement *statement, const struct cf_parameter *parameters,
                                      size_t count)
{
    struct cf_connection *connection = statement->connection;
    cf_context *context = &cf__current()->head;
    bool owns = !connection->in_transaction;
    const char *portal = cf_format(context, "carafe_%u", ++connection->names);
    struct cf_statement declaration = *statement;
    declaration.sql =
        (char *)(uintptr_t)cf_format(context, "DECLARE %s NO SCROLL CURSOR FOR %s", portal, statement->sql);
    name_statement(&declaration);
    if (owns)
        begin(connection, &(struct cf_begin_options){ .read_only = true });
    struct cf_cursor *cursor = run(&declaration, parameters, count, 1, 0);
    deallocate(connection, declaration.name);
    cursor->statement = statement;
    cursor->portal = portal;
    cursor->owns_transaction = owns;
    return cursor;
}

/* The next rows into the cursor; false where there are no more. */
static bool fetch(struct cf_cursor *cursor)
{
    struct cf_connection *connection = cursor->connection;
    char sql[64];
    snprintf(sql, sizeof sql, "FETCH %d FROM %s", STREAMED, cursor->portal);
    if (connection->lost)
        cf__postgres_raise_lost(connection);
    struct cf_cursor *fetching = cf__postgres_cursor(connection);
    fetching->statement = cursor->statement;
    if (!PQsendQueryParams(connection->handle, sql, 0, NULL, NULL, NULL, NULL, 1)) {
        fetching->done = true;
        cf__postgres_release(fetching);
        fail_to_send(connection);
    }
    cf__postgres_send(connection, fetching);
    cf__postgres_wait(fetching, 0, false);
    need_success(fetching);
    PQclear(cursor->result);
    cursor->result = fetching->result;
    cursor->row = 0;
    fetching->result = NULL;
    cf__postgres_release(fetching);
    return PQntuples(cursor->result) > 0;
}

/* Any part of a WITH may write, which the server's plan says: a DECLARE of what does would spoil the transaction. */
static bool only_reads(const struct cf_statement *statement, const struct cf_parameter *parameters, size_t count)
{
    struct cf_statement asked = *statement;
    if (!writes(statement))
        return true;
    if (!begins_with(statement, "WITH"))
        return false;
    asked.sql = (char *)(uintptr_t)cf_format(&cf__current()->head, "EXPLAIN (FORMAT JSON) %s", statement->sql);
    name_statement(&asked);
    struct cf_cursor *cursor = run(&asked, parameters, count, 1, 0);
    bool reads = !strstr(PQgetvalue(cursor->result, 0, 0), "\"Node Type\": \"ModifyTable\"");
    cf__postgres_release(cursor);
    deallocate(statement->connection, asked.name);
    return reads;
}

static void close_portal(void *cursor_)
{
    struct cf_cursor *cursor = cursor_;
    if (!cursor->owns_transaction)
        PQclear(cf__postgres_command(cursor->connection, cf_format(&cf__current()->head, "CLOSE %s", cursor->portal)));
}

static void end_stream(struct cf_cursor *cursor)
{
    bool failed =
        PQtransactionStatus(cursor->connection->handle) == PQTRANS_INERROR; /* and the portal is gone with it */
    if (!cursor->connection->lost && !failed && !cf__protect(cf__current(), close_portal, cursor))
        cf_log_warning("closing a cursor: %s", cf__current()->record.error.message);
    if (cursor->owns_transaction)
        rollback(cursor->connection);
}

/* ---- A run's rows ----------------------------------------------------------------------------------------------- */

static void need_runnable(const struct cf_statement *statement, size_t count)
{
    if (statement->connection->lost)
        cf__postgres_raise_lost(statement->connection);
    if ((size_t)statement->count != count)
        cf_raise(CF_INTERNAL, "the statement takes %d values, %zu were given: %s", statement->count, count,
                 statement->sql);
}

/* All runs go out before one Sync. */
static struct cf_repetition repeat(struct cf_statement *statement, const struct cf_parameter *parameters, size_t count,
                                   size_t sets)
{
    need_runnable(statement, count);
    struct cf_cursor *cursor = run(statement, parameters, count, sets, 0);
    struct cf_repetition repetition = cursor->repetition;
    cf__postgres_release(cursor);
    return repetition;
}

static struct cf_cursor *start(struct cf_statement *statement, const struct cf_parameter *parameters, size_t count,
                               const struct cf_run_options *options)
{
    need_runnable(statement, count);
    if (!options->stream || !only_reads(statement, parameters, count))
        return run(statement, parameters, count, 1, options->patience);
    struct cf_cursor *cursor = start_stream(statement, parameters, count);
    fetch(cursor);
    return cursor;
}

static struct cf_cursor *send(struct cf_statement *statement, const struct cf_parameter *parameters, size_t count,
                              int64_t patience)
{
    need_runnable(statement, count);
    struct cf_cursor *cursor = send_run(statement, parameters, count, 1);
    cf__postgres_limit(cursor, patience);
    return cursor;
}

static bool receive(struct cf_cursor *cursor)
{
    return receive_run(cursor, 0, false) == ANSWERED;
}

static unsigned column_count(const struct cf_cursor *cursor)
{
    return (unsigned)PQnfields(cursor->result);
}

static const char *column_name(const struct cf_cursor *cursor, unsigned index)
{
    return PQfname(cursor->result, (int)index);
}

static void column_type(const struct cf_cursor *cursor, unsigned index, struct cf_column *column)
{
    cf__postgres_column_type(cursor->result, cursor->row, (int)index, column);
}

static void choose_readers(struct cf_cursor *cursor, const struct cf_field *fields, size_t count)
{
    if (count > cursor->reader_room) {
        struct cf__postgres_reader *readers = realloc(cursor->readers, count * sizeof *readers);
        if (!readers)
            cf_raise(CF_NO_MEMORY, "no memory for a query");
        cursor->readers = readers;
        cursor->reader_room = count;
    }
    cf__postgres_choose(cursor->readers, fields, count, cursor->result);
    cursor->reader_count = count;
}

static bool next(struct cf_cursor *cursor, const struct cf_field *fields, size_t count, void *row, cf_context *context)
{
    if (__builtin_expect(cursor->row == PQntuples(cursor->result), 0)) {
        if (!cursor->portal || cursor->row == 0 || !fetch(cursor))
            return false;
    }
    if (row && count) {
        if (__builtin_expect(cursor->reader_count != count, 0))
            choose_readers(cursor, fields, count);
        cf__postgres_decode(cursor->readers, count, cursor->result, cursor->row, row, cf__context_of(context));
    }
    cursor->row++;
    return true;
}

static int64_t changed(const struct cf_cursor *cursor)
{
    return strtoll(PQcmdTuples(cursor->result), NULL, 10);
}

static void end(struct cf_cursor *cursor)
{
    if (cursor->portal)
        end_stream(cursor);
    cf__postgres_release(cursor);
}

/* ---- Transactions ----------------------------------------------------------------------------------------------- */

static void begin(struct cf_connection *connection, const struct cf_begin_options *options)
{
    static const char *const isolations[] = {
        [CF_ISOLATION_DEFAULT] = "",
        [CF_READ_UNCOMMITTED] = " ISOLATION LEVEL READ UNCOMMITTED",
        [CF_READ_COMMITTED] = " ISOLATION LEVEL READ COMMITTED",
        [CF_REPEATABLE_READ] = " ISOLATION LEVEL REPEATABLE READ",
        [CF_SERIALIZABLE] = " ISOLATION LEVEL SERIALIZABLE",
    };
    if (connection->lost)
        cf__postgres_raise_lost(connection);
    if (options->autocommit) /* what comes before a Sync is a transaction */
        return;
    snprintf(connection->begin_text, sizeof connection->begin_text, "BEGIN%s%s", isolations[options->isolation],
             options->read_only ? " READ ONLY" : "");
    connection->begin = connection->begin_text;
    connection->in_transaction = true;
}

/* A transaction that an error has spoilt answers COMMIT with ROLLBACK. */
static void commit(struct cf_connection *connection)
{
    bool begun = connection->in_transaction && !connection->begin;
    connection->begin = NULL;
    if (begun) {
        PGresult *result = cf__postgres_command(connection, "COMMIT");
        bool committed = strcmp(PQcmdStatus(result), "COMMIT") == 0;
        PQclear(result);
        connection->in_transaction = false;
        if (!committed)
            cf_raise(CF_SQL,
                     "the database has ended this transaction after an earlier error: roll back and begin again");
    }
    connection->in_transaction = false;
}

/* Firmly: the fiber may be on its way out. */
static void rollback(struct cf_connection *connection)
{
    bool begun = connection->in_transaction && !connection->begin;
    connection->begin = NULL;
    connection->in_transaction = false;
    if (!begun || connection->lost)
        return;
    struct cf_cursor *cursor = cf__postgres_cursor(connection);
    if (PQsendQueryParams(connection->handle, "ROLLBACK", 0, NULL, NULL, NULL, NULL, 0)) {
        cf__postgres_send(connection, cursor);
        cf__postgres_wait(cursor, 0, true);
    } else {
        cursor->done = true;
        cf__postgres_drop(connection, PQerrorMessage(connection->handle));
    }
    if (cursor->failure && !connection->lost)
        cf__postgres_drop(connection, PQresultErrorMessage(cursor->failure));
    cf__postgres_release(cursor);
}

static enum cf_standing standing(const struct cf_connection *connection)
{
    return PQtransactionStatus(connection->handle) == PQTRANS_INERROR ? CF_TRANSACTION_FAILED : CF_TRANSACTION_SOUND;
}

/* BEGIN is the first of its statements where it was not sent yet. */
static void script(struct cf_connection *connection, const char *sql)
{
    const char *begin_text = connection->begin;
    connection->begin = NULL;
    cf__postgres_script(connection, begin_text ? cf_format(&cf__current()->head, "%s; %s", begin_text, sql) : sql);
}

/* ---- Connections ------------------------------------------------------------------------------------------------ */

static bool is_private(const struct cf_uri *uri)
{
    (void)uri;
    return false;
}

static struct cf_line line(const struct cf_connection *connection)
{
    return connection->line;
}

static bool lost(const struct cf_connection *connection)
{
    return connection->lost;
}

static void ping(struct cf_connection *connection)
{
    PQclear(cf__postgres_command(connection, "SELECT 1"));
}

static void clean(struct cf_connection *connection)
{
    rollback(connection);
    cf__postgres_script(connection, "DISCARD ALL");
}

/* ---- The lock of who changes the schema ------------------------------------------------------------------------- */

/* An advisory lock of the database, whose number nobody else is likely to use: "carafe" in ASCII. */
#define LOCK "109238206358117"

static bool ask(struct cf_connection *connection, const char *sql)
{
    PGresult *result = cf__postgres_command(connection, sql);
    bool yes = PQntuples(result) == 1 && strcmp(PQgetvalue(result, 0, 0), "t") == 0;
    PQclear(result);
    return yes;
}

static void lock(struct cf_connection *connection, int64_t deadline)
{
    while (!ask(connection, "SELECT pg_try_advisory_lock(" LOCK ")")) {
        if (cf__monotonic() >= deadline)
            cf_raise(CF_BUSY, "the schema of the database is being changed by another process");
        cf_sleep(0.05);
    }
}

static void release_lock(void *connection)
{
    ask(connection, "SELECT pg_advisory_unlock(" LOCK ")");
}

static void unlock(struct cf_connection *connection)
{
    if (!connection->lost && !cf__protect(cf__current(), release_lock, connection))
        cf__postgres_drop(connection, cf__current()->record.error.message);
}

const struct cf_driver cf__postgres_driver = {
    .name = "postgresql",
    .schemes = (const char *const[]){ "postgresql", "postgres", NULL },
    .capabilities = CF_CAN_RETURNING | CF_CAN_TRANSACTIONAL_DDL | CF_CAN_ALTER_CONSTRAINTS | CF_CAN_POOL |
                    CF_CAN_PIPELINE | CF_CAN_LOCK_ROWS | CF_CAN_REGEXP | CF_CAN_PARTIAL_INDEXES | CF_CAN_DEFER |
                    CF_CAN_INDEX_EXPRESSIONS | CF_CAN_UPDATE_RETURNING | CF_CAN_DELETE_RETURNING | CF_CAN_INCREMENT |
                    CF_CAN_DEFER_UNIQUE | CF_CAN_NAME_FOREIGN_KEYS | CF_CAN_NULLS_NOT_DISTINCT | CF__POSTGRES_QUERIES,
    .dialect = &cf__postgres_dialect,
    .alter = &cf__postgres_alter,
    .open = cf__postgres_open,
    .close = cf__postgres_close,
    .is_private = is_private,
    .lost = lost,
    .line = line,
    .ping = ping,
    .clean = clean,
    .prepare = prepare,
    .finalize = finalize,
    .writes = writes,
    .start = start,
    .send = send,
    .receive = receive,
    .repeat = repeat,
    .column_count = column_count,
    .column_name = column_name,
    .column_type = column_type,
    .next = next,
    .changed = changed,
    .end = end,
    .script = script,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .standing = standing,
    .lock = lock,
    .unlock = unlock,
    .inspect = cf__postgres_inspect,
    .rewritten = cf__postgres_rewritten,
};
