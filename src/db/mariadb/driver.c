/* SPDX-License-Identifier: MIT
 *
 * The MariaDB driver: statements, their runs, and transactions. Every statement is prepared by the server. A run's result is
 * fetched whole and read from memory, unless it streams: then the server keeps it (a cursor) and hands it out in batches, so
 * that the connection stays free for other statements in between.
 *
 * What the library is given to read from and write to belongs to the statement, never to a fiber.
 */
#include "mariadb.h"

#include <ctype.h>
#include <errmsg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <carafe/memory.h>
#include <carafe/wait.h>

#include "../../base/clock.h"
#include "alter.h"
#include "codec.h"

enum { STREAM_BATCH = 256 }; /* rows */

/* MariaDB's statement is its own cursor: one run at a time. */
struct cf_cursor {
    struct cf_connection *connection;
    MYSQL_STMT *handle;
    const char *sql;
    bool streams, stored;
    unsigned column_count; /* 0: no result */
    unsigned column_room;  /* of binds and values */
    const MYSQL_FIELD *fields;
    MYSQL_BIND *binds;
    struct cf__mariadb_value *values;
};

/* ---- Statements ------------------------------------------------------------------------------------------------- */

/* What a statement does is told by its first word. Where the server opens no cursor the library, asked for one, gives up with
 * the result unread: it is asked for where there will be one. */
static const struct kind {
    const char *word;
    bool writes, has_cursor;
} kinds[] = {
    { "select", false, true }, { "with", false, true },      { "values", false, true },   { "show", false, false },
    { "desc", false, false },  { "describe", false, false }, { "explain", false, false },
};

struct cf_statement {
    struct cf_cursor cursor;
    char *sql;
    const struct kind *kind;
    size_t parameter_count;
    MYSQL_BIND *binds;
    struct cf__mariadb_value *values;
};

static const struct kind *kind_of(const char *sql)
{
    static const struct kind other = { .writes = true };
    sql += strspn(sql, " \t\r\n(");
    size_t size = strcspn(sql, " \t\r\n(");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strlen(kinds[i].word) == size && strncasecmp(kinds[i].word, sql, size) == 0)
            return &kinds[i];
    return &other;
}

static void finalize(struct cf_statement *statement)
{
    if (statement->cursor.handle)
        mysql_stmt_close(statement->cursor.handle);
    free(statement->cursor.binds);
    free(statement->cursor.values);
    free(statement->binds);
    free(statement->values);
    free(statement->sql);
    free(statement);
}

static void prepare_handle(void *statement_)
{
    struct cf_statement *statement = statement_;
    struct cf_cursor *cursor = &statement->cursor;
    int failed;
    cursor->handle = mysql_stmt_init(cursor->connection->handle);
    if (!cursor->handle)
        cf_raise(CF_NO_MEMORY, "no memory for a statement");
    CF__MARIADB_RUN(cursor->connection, failed, mysql_stmt_prepare, cursor->handle, statement->sql,
                    strlen(statement->sql));
    if (failed)
        cf__mariadb_raise(cursor->connection, cursor->handle, statement->sql);
    statement->parameter_count = mysql_stmt_param_count(cursor->handle);
    size_t room = statement->parameter_count ? statement->parameter_count : 1;
    free(statement->binds);
    free(statement->values);
    statement->binds = calloc(room, sizeof *statement->binds);
    statement->values = calloc(room, sizeof *statement->values);
    if (!statement->binds || !statement->values)
        cf_raise(CF_NO_MEMORY, "no memory for a statement");
}

static struct cf_statement *prepare(struct cf_connection *connection, const char *sql, size_t size,
                                    const struct cf_parameter *parameters, size_t count)
{
    (void)parameters, (void)count;
    cf__mariadb_need(connection);
    struct cf_statement *statement = calloc(1, sizeof *statement);
    if (!statement || !(statement->sql = strndup(sql, size))) {
        free(statement);
        cf_raise(CF_NO_MEMORY, "no memory for a statement");
    }
    statement->kind = kind_of(statement->sql);
    statement->cursor.connection = connection;
    statement->cursor.sql = statement->sql;
    if (!cf__protect(cf__current(), prepare_handle, statement)) {
        finalize(statement);
        cf__raise(&cf__current()->record.error);
    }
    return statement;
}

static bool writes(const struct cf_statement *statement)
{
    return statement->kind->writes;
}

/* ---- Runs ------------------------------------------------------------------------------------------------------- */

static unsigned column_count(const struct cf_cursor *cursor)
{
    return cursor->column_count;
}

static const char *column_name(const struct cf_cursor *cursor, unsigned index)
{
    return cursor->fields[index].name;
}

static void column_type(const struct cf_cursor *cursor, unsigned index, struct cf_column *column)
{
    cf__mariadb_column_type(&cursor->fields[index], column);
}

static void bind_parameters(struct cf_statement *statement, const struct cf_parameter *parameters, size_t count)
{
    if (statement->parameter_count != count)
        cf_raise(CF_INTERNAL, "the statement takes %zu values, %zu were given: %s", statement->parameter_count, count,
                 statement->sql);
    for (size_t i = 0; i < count; i++)
        cf__mariadb_bind(&statement->binds[i], &statement->values[i], &parameters[i]);
    if (count && mysql_stmt_bind_param(statement->cursor.handle, statement->binds))
        cf__mariadb_raise(statement->cursor.connection, statement->cursor.handle, statement->sql);
}

static void bind_arrays(struct cf_statement *statement, const struct cf_parameter *parameters, size_t count,
                        size_t sets)
{
    if (statement->parameter_count != count)
        cf_raise(CF_INTERNAL, "the statement takes %zu values, %zu were given: %s", statement->parameter_count, count,
                 statement->sql);
    for (size_t i = 0; i < count; i++)
        cf__mariadb_bind_array(cf__current(), &statement->binds[i], &parameters[i], count, sets);
    if (mysql_stmt_bind_param(statement->cursor.handle, statement->binds))
        cf__mariadb_raise(statement->cursor.connection, statement->cursor.handle, statement->sql);
}

static void set_runs(const struct cf_statement *statement, unsigned sets)
{
    mysql_stmt_attr_set(statement->cursor.handle, STMT_ATTR_ARRAY_SIZE, &sets);
}

static void set_streaming(struct cf_cursor *cursor, bool streams)
{
    const unsigned long type = streams ? CURSOR_TYPE_READ_ONLY : CURSOR_TYPE_NO_CURSOR, batch = STREAM_BATCH;
    if (cursor->streams == streams)
        return;
    mysql_stmt_attr_set(cursor->handle, STMT_ATTR_CURSOR_TYPE, &type);
    mysql_stmt_attr_set(cursor->handle, STMT_ATTR_PREFETCH_ROWS, &batch);
    cursor->streams = streams;
}

/* The columns may be others than at the last run: their table may have been altered. */
static void bind_columns(struct cf_cursor *cursor)
{
    unsigned count = cursor->column_count;
    if (count > cursor->column_room) {
        free(cursor->binds);
        free(cursor->values);
        cursor->binds = calloc(count, sizeof *cursor->binds);
        cursor->values = calloc(count, sizeof *cursor->values);
        cursor->column_room = cursor->binds && cursor->values ? count : 0;
        if (!cursor->column_room)
            cf_raise(CF_NO_MEMORY, "no memory for a result");
    }
    for (unsigned i = 0; i < count; i++)
        cf__mariadb_bind_column(&cursor->binds[i], &cursor->values[i], &cursor->fields[i]);
    if (mysql_stmt_bind_result(cursor->handle, cursor->binds))
        cf__mariadb_raise(cursor->connection, cursor->handle, cursor->sql);
}

/* Closing a statement whose result has not been read reads it. */
static void prepare_again(struct cf_statement *statement)
{
    struct cf_cursor *cursor = &statement->cursor;
    MYSQL_STMT *old = cursor->handle;
    my_bool ignored;
    cursor->handle = NULL;
    cursor->streams = false;
    CF__MARIADB_RUN(cursor->connection, ignored, mysql_stmt_close, old);
    (void)ignored;
    prepare_handle(statement);
}

static int execute(struct cf_statement *statement, const struct cf_parameter *parameters, size_t count, bool streams)
{
    struct cf_cursor *cursor = &statement->cursor;
    int failed;
    bind_parameters(statement, parameters, count);
    set_streaming(cursor, streams);
    CF__MARIADB_RUN(cursor->connection, failed, mysql_stmt_execute, cursor->handle);
    return failed;
}

static struct cf_cursor *start(struct cf_statement *statement, const struct cf_parameter *parameters, size_t count,
                               const struct cf_run_options *options)
{
    struct cf_cursor *cursor = &statement->cursor;
    bool streams = options->stream && statement->kind->has_cursor;
    cf__mariadb_need(cursor->connection);
    int failed = execute(statement, parameters, count, streams);
    if (failed && mysql_stmt_errno(cursor->handle) == CR_NEW_STMT_METADATA && !statement->kind->writes) {
        prepare_again(statement); /* of "SELECT *" */
        failed = execute(statement, parameters, count, streams);
    }
    if (failed)
        cf__mariadb_raise(cursor->connection, cursor->handle, statement->sql);
    cursor->column_count = mysql_stmt_field_count(cursor->handle);
    cursor->stored = false;
    if (!cursor->column_count)
        return cursor;
    if (!streams) {
        CF__MARIADB_RUN(cursor->connection, failed, mysql_stmt_store_result, cursor->handle);
        if (failed)
            cf__mariadb_raise(cursor->connection, cursor->handle, statement->sql);
        cursor->stored = true;
    }
    cursor->fields = mariadb_stmt_fetch_fields(cursor->handle);
    bind_columns(cursor);
    return cursor;
}

/* How many runs go into one message. */
static size_t fitting_runs(const struct cf_parameter *parameters, size_t count, size_t sets)
{
    size_t size = 0;
    for (size_t i = 0; i < sets * count; i++) {
        const struct cf_operand *value = &parameters[i].value;
        if (value->kind == CF_OPERAND_TEXT)
            size += strlen(value->text);
        else
            size += value->kind == CF_OPERAND_BYTES ? value->bytes.size : sizeof value->integer;
        if (size > CF__MARIADB_MOST_BYTES)
            return i < count ? 1 : i / count;
    }
    return sets;
}

/* The values of all runs go out as one message (COM_STMT_BULK_EXECUTE), and the server counts the rows of all together. */
static int64_t run_together(struct cf_statement *statement, const struct cf_parameter *parameters, size_t count,
                            size_t sets)
{
    struct cf_cursor *cursor = &statement->cursor;
    int failed;
    cf__mariadb_need(cursor->connection);
    struct cf__arena_mark mark = cf__arena_mark(&cf__current()->arena);
    bind_arrays(statement, parameters, count, sets);
    set_streaming(cursor, false);
    set_runs(statement, (unsigned)sets);
    CF__MARIADB_RUN(cursor->connection, failed, mysql_stmt_execute, cursor->handle);
    set_runs(statement, 0);
    cf__arena_rewind(&cf__current()->arena, mark);
    if (failed)
        cf__mariadb_raise(cursor->connection, cursor->handle, statement->sql);
    return (int64_t)mysql_stmt_affected_rows(cursor->handle);
}

static struct cf_repetition repeat(struct cf_statement *statement, const struct cf_parameter *parameters, size_t count,
                                   size_t sets)
{
    struct cf_repetition all = { .unchanged = CF_UNKNOWN_RUN };
    for (size_t runs; sets; sets -= runs, parameters += runs * count) {
        runs = fitting_runs(parameters, count, sets);
        all.changed += run_together(statement, parameters, count, runs);
    }
    return all;
}

/* CALL gives the procedure's results one by one, and how it ended behind the last. Ours is the first. True unless the rest
 * ended with an error. */
static bool skip_results(struct cf_cursor *cursor)
{
    int code = 0;
    while (code == 0 && cursor->connection->handle && mysql_stmt_more_results(cursor->handle))
        CF__MARIADB_RUN(cursor->connection, code, mysql_stmt_next_result, cursor->handle);
    return code <= 0;
}

static bool next(struct cf_cursor *cursor, const struct cf_field *fields, size_t count, void *row, cf_context *context)
{
    int code = MYSQL_NO_DATA;
    if (!cursor->column_count)
        return false;
    cf__mariadb_need(cursor->connection);
    if (cursor->stored)
        code = mysql_stmt_fetch(cursor->handle);
    else
        CF__MARIADB_RUN(cursor->connection, code, mysql_stmt_fetch, cursor->handle);
    bool ended = code == MYSQL_NO_DATA;
    if (ended && skip_results(cursor))
        return false;
    if (ended || (code && code != MYSQL_DATA_TRUNCATED))
        cf__mariadb_raise(cursor->connection, cursor->handle, cursor->sql);
    if (row)
        cf__mariadb_decode(&(struct cf__mariadb_row){ cursor->handle, cursor->fields, cursor->values }, fields, count,
                           row, cf__context_of(context));
    return true;
}

static int64_t changed(const struct cf_cursor *cursor)
{
    return (int64_t)mysql_stmt_affected_rows(cursor->handle);
}

/* A result is given back at once: the library would keep it until the statement's next run. It only does so while there is
 * a row to come, hence the seek. One without a row must be at its end instead, or the next run would wait for the rest of
 * it. */
static void free_stored(struct cf_cursor *cursor)
{
    if (mysql_stmt_num_rows(cursor->handle))
        mysql_stmt_data_seek(cursor->handle, 0);
    else
        mysql_stmt_fetch(cursor->handle);
    mysql_stmt_free_result(cursor->handle);
}

static void end(struct cf_cursor *cursor)
{
    struct cf_connection *connection = cursor->connection;
    if (!connection->handle || !cursor->column_count)
        return;
    connection->firm = true;
    if (cursor->stored) {
        free_stored(cursor);
        skip_results(cursor);
    } else {
        my_bool failed;
        CF__MARIADB_RUN(connection, failed, mysql_stmt_reset, cursor->handle);
        if (failed && connection->handle)
            cf__mariadb_drop(connection);
    }
    connection->firm = false;
    cursor->column_count = 0;
}

/* ---- Scripts ---------------------------------------------------------------------------------------------------- */

static bool has_several(const char *sql)
{
    const char *semicolon = strchr(sql, ';');
    return semicolon && semicolon[1 + strspn(semicolon + 1, " \t\r\n")];
}

static void allow_several(struct cf_connection *connection, bool allow)
{
    int failed;
    CF__MARIADB_RUN(connection, failed, mysql_set_server_option, connection->handle,
                    allow ? MYSQL_OPTION_MULTI_STATEMENTS_ON : MYSQL_OPTION_MULTI_STATEMENTS_OFF);
    if (failed)
        cf__mariadb_raise(connection, NULL, NULL);
}

struct script {
    struct cf_connection *connection;
    const char *sql;
};

/* Runs the statements up to the first that fails; results are thrown away. */
static void run_script(void *script_)
{
    const struct script *script = script_;
    struct cf_connection *connection = script->connection;
    int code;
    CF__MARIADB_RUN(connection, code, mysql_real_query, connection->handle, script->sql, strlen(script->sql));
    while (code == 0) {
        MYSQL_RES *result = NULL;
        CF__MARIADB_RUN(connection, result, mysql_store_result, connection->handle);
        if (!result && mysql_errno(connection->handle))
            cf__mariadb_raise(connection, NULL, script->sql);
        mysql_free_result(result);
        CF__MARIADB_RUN(connection, code, mysql_next_result, connection->handle);
    }
    if (code > 0)
        cf__mariadb_raise(connection, NULL, script->sql);
}

static void script(struct cf_connection *connection, const char *sql)
{
    struct script script = { connection, sql };
    cf__mariadb_need(connection);
    if (!has_several(sql)) {
        run_script(&script);
        return;
    }
    allow_several(connection, true);
    if (cf__protect(cf__current(), run_script, &script)) {
        allow_several(connection, false);
        return;
    }
    struct cf__error_record record;
    cf__error_record_copy(&record, &cf__current()->record);
    if (connection->handle)
        allow_several(connection, false);
    cf__raise(&record.error);
}

/* ---- Transactions ----------------------------------------------------------------------------------------------- */

static void begin(struct cf_connection *connection, const struct cf_begin_options *options)
{
    static const char *const levels[] = {
        [CF_READ_UNCOMMITTED] = "SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED",
        [CF_READ_COMMITTED] = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
        [CF_REPEATABLE_READ] = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        [CF_SERIALIZABLE] = "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
    };
    if (options->autocommit)
        return;
    if (options->isolation != CF_ISOLATION_DEFAULT)
        cf__mariadb_execute(connection, levels[options->isolation]);
    cf__mariadb_execute(connection, options->read_only ? "START TRANSACTION READ ONLY" : "START TRANSACTION");
    connection->in_transaction = true;
}

static void commit(struct cf_connection *connection)
{
    if (connection->in_transaction)
        cf__mariadb_execute(connection, "COMMIT");
    connection->in_transaction = false;
}

/* For what must come to its end without raising. */
static void execute_firmly(struct cf_connection *connection, const char *sql)
{
    int failed;
    if (!connection->handle)
        return;
    connection->firm = true;
    CF__MARIADB_RUN(connection, failed, mysql_real_query, connection->handle, sql, strlen(sql));
    connection->firm = false;
    if (failed && connection->handle)
        cf__mariadb_drop(connection);
}

static void rollback(struct cf_connection *connection)
{
    if (connection->in_transaction)
        execute_firmly(connection, "ROLLBACK");
    connection->in_transaction = false;
}

/* ---- Locks ------------------------------------------------------------------------------------------------------ */

/* One lock a database; its name has 64 characters at most. Galera does not know of it: there each node has its own. */
#define LOCK_NAME "CONCAT('carafe.', MD5(DATABASE()))"

static bool try_lock(struct cf_connection *connection)
{
    MYSQL_RES *result = cf__mariadb_ask(connection, &cf__current()->head, "SELECT GET_LOCK(" LOCK_NAME ", 0)");
    MYSQL_ROW row = mysql_fetch_row(result);
    return row && row[0] && strcmp(row[0], "1") == 0;
}

static void lock(struct cf_connection *connection, int64_t deadline)
{
    const double pause = 0.05;
    while (!try_lock(connection)) {
        if (cf__monotonic() >= deadline)
            cf_raise(CF_BUSY, "the schema of the database at %s is being changed by another process", connection->name);
        cf_sleep(pause);
    }
}

static void unlock(struct cf_connection *connection)
{
    execute_firmly(connection, "DO RELEASE_LOCK(" LOCK_NAME ")");
}

/* ---- Connections ------------------------------------------------------------------------------------------------ */

static bool is_private(const struct cf_uri *uri)
{
    (void)uri;
    return false;
}

static bool lost(const struct cf_connection *connection)
{
    return !connection->handle || connection->stale;
}

static void ping(struct cf_connection *connection)
{
    int failed;
    cf__mariadb_need(connection);
    CF__MARIADB_RUN(connection, failed, mysql_ping, connection->handle);
    if (failed)
        cf__mariadb_raise(connection, NULL, NULL);
}

static void clean(struct cf_connection *connection)
{
    int failed;
    cf__mariadb_need(connection);
    CF__MARIADB_RUN(connection, failed, mysql_reset_connection, connection->handle);
    if (failed)
        cf__mariadb_raise(connection, NULL, NULL);
    cf__mariadb_execute(connection, connection->set_up);
}

const struct cf_driver cf__mariadb_driver = {
    .name = "mariadb",
    .schemes = (const char *const[]){ "mariadb", "mysql", NULL },
    .capabilities = CF_CAN_RETURNING | CF_CAN_ALTER_CONSTRAINTS | CF_CAN_NAME_FOREIGN_KEYS | CF_CAN_POOL |
                    CF_CAN_LOCK_ROWS | CF_CAN_REGEXP | CF_CAN_DELETE_RETURNING | CF__MARIADB_QUERIES,
    .dialect = &cf__mariadb_dialect,
    .alter = &cf__mariadb_alter,
    .open = cf__mariadb_open,
    .close = cf__mariadb_close,
    .is_private = is_private,
    .lost = lost,
    .ping = ping,
    .clean = clean,
    .prepare = prepare,
    .finalize = finalize,
    .writes = writes,
    .start = start,
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
    .lock = lock,
    .unlock = unlock,
    .inspect = cf__mariadb_inspect,
    .rewritten = cf__mariadb_rewritten,
};
