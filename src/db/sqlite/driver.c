/* SPDX-License-Identifier: MIT
 *
 * The SQLite driver. Rows are pulled with sqlite3_step and decoded straight into structs. There is no busy handler:
 * SQLITE_BUSY comes back, and the fiber parks and tries again. The callbacks given to SQLite (the collation of
 * long decimals, REGEXP, time-outs) raise nothing.
 */
#include "sqlite.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <carafe/wait.h>

#include "../../base/buffer.h"
#include "../../base/clock.h"
#include "../../base/random.h"
#include "../../text/number.h"
#include "../names.h"
#include "../query.h"
#include "codec.h"

/* SQLite's statement is its own cursor: one run at a time. */
struct cf_cursor {
    sqlite3_stmt *handle;
    struct cf_connection *connection;
    bool has_row; /* the first one, which start has stepped to */
    int64_t left; /* microseconds it may still run, where there is a time-out */
};

struct cf_statement {
    struct cf_cursor cursor;
};

/* ---- Waiting ---------------------------------------------------------------------------------------------------- */

/* Only a reader of a database that is not in WAL mode, or is being recovered, meets a lock; and who opens one at the same
 * time as others, whatever its URI says of waiting. */
enum { SECOND = 1000000, PATIENCE = 5 * SECOND };
static const double FIRST_PAUSE = 0.001, LONGEST_PAUSE = 0.008;

static bool is_busy(int code)
{
    return (code & 0xff) == SQLITE_BUSY;
}

/* Waits a little for another process, half of it by chance, so that those who wait do not all come back at once; false
 * past the deadline. */
static bool wait_while_busy(int64_t deadline, double *pause)
{
    unsigned char chance;
    if (cf__monotonic() >= deadline)
        return false;
    cf__random_bytes(&chance, 1);
    cf_sleep(*pause * (0.5 + chance / 510.0));
    *pause = *pause < LONGEST_PAUSE ? *pause * 1.5 : *pause;
    return true;
}

/* ---- Time-outs -------------------------------------------------------------------------------------------------- */

/* Asked every so many instructions of SQLite's virtual machine, some microseconds of work, while a statement runs:
 * https://www.sqlite.org/c3ref/progress_handler.html. What is interrupted ends with SQLITE_INTERRUPT. */
enum { INSTRUCTIONS = 4000 };

static int is_late(void *connection_)
{
    const struct cf_connection *connection = connection_;
    return connection->deadline && cf__monotonic() >= connection->deadline;
}

/* A step that counts: what the program does between the rows of a long result does not. */
static int step(struct cf_connection *connection, sqlite3_stmt *handle, int64_t *left)
{
    if (__builtin_expect(!connection->statement_timeout, 1))
        return sqlite3_step(handle);
    int64_t since = cf__monotonic();
    connection->deadline = since + *left;
    int code = sqlite3_step(handle);
    connection->deadline = 0;
    *left -= cf__monotonic() - since;
    return code;
}

/* ---- Statements ------------------------------------------------------------------------------------------------- */

static void finalize(struct cf_statement *statement)
{
    sqlite3_finalize(statement->cursor.handle);
    free(statement);
}

/* White space, comments and ';' are no statement; what is wrong is one, too. */
static bool has_statement(const struct cf_connection *connection, const char *sql)
{
    while (*sql) {
        sqlite3_stmt *handle = NULL;
        int code = sqlite3_prepare_v2(connection->handle, sql, -1, &handle, &sql);
        bool found = code != SQLITE_OK || handle;
        sqlite3_finalize(handle);
        if (found)
            return true;
    }
    return false;
}

static struct cf_statement *prepare(struct cf_connection *connection, const char *sql, size_t size,
                                    const struct cf_parameter *parameters, size_t count)
{
    (void)parameters, (void)count;
    struct cf_statement *statement = malloc(sizeof *statement);
    const char *rest = NULL;
    if (!statement)
        cf_raise(CF_NO_MEMORY, "no memory for a statement");
    statement->cursor = (struct cf_cursor){ .connection = connection };
    int code = sqlite3_prepare_v3(connection->handle, sql, (int)size, SQLITE_PREPARE_PERSISTENT,
                                  &statement->cursor.handle, &rest);
    if (code != SQLITE_OK || !statement->cursor.handle) {
        free(statement);
        if (code == SQLITE_OK)
            cf_raise(CF_SQL, "there is no statement in \"%s\"", sql);
        cf__sqlite_raise(connection, code, sql);
    }
    if (has_statement(connection, rest)) {
        finalize(statement);
        cf_raise(CF_SQL, "a second statement stands behind the first: run one at a time: %s", sql);
    }
    return statement;
}

static bool writes(const struct cf_statement *statement)
{
    return !sqlite3_stmt_readonly(statement->cursor.handle);
}

static unsigned column_count(const struct cf_cursor *cursor)
{
    return (unsigned)sqlite3_column_count(cursor->handle);
}

static const char *column_name(const struct cf_cursor *cursor, unsigned index)
{
    return sqlite3_column_name(cursor->handle, (int)index);
}

static void column_type(const struct cf_cursor *cursor, unsigned index, struct cf_column *column)
{
    if (cursor->has_row)
        cf__sqlite_column_type(cursor->handle, (int)index, column);
}

static void end_cursor(struct cf_cursor *cursor)
{
    cursor->has_row = false;
    sqlite3_reset(cursor->handle);
}

static _Noreturn void fail(const struct cf_cursor *cursor, int code)
{
    /* the error is read before the reset, which keeps it as well, and raised after it: nothing stays open */
    int extended = sqlite3_extended_errcode(cursor->connection->handle);
    const char *sql = sqlite3_sql(cursor->handle);
    sqlite3_reset(cursor->handle);
    cf__sqlite_raise(cursor->connection, (extended & 0xff) == (code & 0xff) ? extended : code, sql);
}

/* Some errors (and "INSERT OR ROLLBACK") make SQLite end the whole transaction. What came after it would then be
 * committed statement by statement. */
static void need_transaction(const struct cf_connection *connection)
{
    if (connection->writing && sqlite3_get_autocommit(connection->handle))
        cf_raise(CF_SQL, "the database has ended this transaction after an earlier error: roll back and begin again");
}

/* The first step, which is the one that may find the database locked. */
static int step_patiently(struct cf_cursor *cursor)
{
    sqlite3_stmt *handle = cursor->handle;
    int code = step(cursor->connection, handle, &cursor->left);
    if (__builtin_expect(!is_busy(code), 1))
        return code;
    double pause = FIRST_PAUSE;
    for (int64_t deadline = cf__monotonic() + cursor->connection->patience;
         is_busy(code) && wait_while_busy(deadline, &pause);) {
        sqlite3_reset(handle);
        code = step(cursor->connection, handle, &cursor->left);
    }
    return code;
}

/* Steps to the first row: from then on the statement is compiled for the schema as it is, and knows its columns. */
static struct cf_cursor *start(struct cf_statement *statement, const struct cf_parameter *parameters, size_t count,
                               const struct cf_run_options *options)
{
    (void)options; /* every run streams */
    struct cf_cursor *cursor = &statement->cursor;
    int wanted = sqlite3_bind_parameter_count(cursor->handle);
    need_transaction(cursor->connection);
    if ((size_t)wanted != count)
        cf_raise(CF_INTERNAL, "the statement takes %d values, %zu were given: %s", wanted, count,
                 sqlite3_sql(cursor->handle));
    for (size_t i = 0; i < count; i++) {
        int code = cf__sqlite_bind(cursor->handle, (int)i + 1, &parameters[i]);
        if (code != SQLITE_OK)
            fail(cursor, code);
    }
    cursor->left = cursor->connection->statement_timeout;
    int code = step_patiently(cursor);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        fail(cursor, code);
    cursor->has_row = code == SQLITE_ROW;
    return cursor;
}

static bool next(struct cf_cursor *cursor, const struct cf_field *fields, size_t count, void *row, cf_context *context)
{
    if (!cursor->has_row)
        return false;
    if (row)
        cf__sqlite_decode(cursor->handle, fields, count, row, cf__context_of(context));
    int code = step(cursor->connection, cursor->handle, &cursor->left);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        fail(cursor, code);
    cursor->has_row = code == SQLITE_ROW;
    return true;
}

static int64_t changed(const struct cf_cursor *cursor)
{
    return sqlite3_changes64(cursor->connection->handle);
}

/* For RETURNING SQLite makes a table to keep its rows in (https://www.sqlite.org/lang_returning.html section 3), which costs
 * more than the INSERT of a row. */
static int64_t number(const struct cf_cursor *cursor)
{
    return sqlite3_last_insert_rowid(cursor->connection->handle);
}

/* One statement after the other: sqlite3_exec would do it with callbacks. */
static void script(struct cf_connection *connection, const char *sql)
{
    need_transaction(connection);
    while (*sql) {
        sqlite3_stmt *handle = NULL;
        const char *rest = NULL;
        int code = sqlite3_prepare_v2(connection->handle, sql, -1, &handle, &rest);
        if (code != SQLITE_OK)
            cf__sqlite_raise(connection, code, sql);
        if (handle) {
            int64_t left = connection->statement_timeout;
            while ((code = step(connection, handle, &left)) == SQLITE_ROW)
                ;
            int extended = sqlite3_extended_errcode(connection->handle);
            const char *text = code == SQLITE_DONE ? NULL : cf_copy_(&cf__current()->head, sqlite3_sql(handle));
            sqlite3_finalize(handle);
            if (code != SQLITE_DONE)
                cf__sqlite_raise(connection, extended, text);
        }
        sql = rest;
    }
}

/* ---- Transactions ----------------------------------------------------------------------------------------------- */

static int run_prepared(sqlite3_stmt *handle)
{
    int code = sqlite3_step(handle);
    sqlite3_reset(handle);
    return code;
}

static void need_done(struct cf_connection *connection, int code, const char *sql)
{
    if (code != SQLITE_DONE)
        cf__sqlite_raise(connection, code, sql);
}

static void begin_write(struct cf_connection *connection, int64_t deadline)
{
    int code = run_prepared(connection->begin_write);
    for (double pause = FIRST_PAUSE; is_busy(code) && wait_while_busy(deadline, &pause);)
        code = run_prepared(connection->begin_write);
    need_done(connection, code, "BEGIN IMMEDIATE");
    connection->writing = true;
}

/* Every transaction is serializable here. */
static void begin(struct cf_connection *connection, const struct cf_begin_options *options)
{
    if (options->write)
        begin_write(connection, options->deadline);
    else
        need_done(connection, run_prepared(connection->begin_read), "BEGIN");
    if (options->read_only && !connection->read_only) {
        connection->reads_only = true;
        script(connection, "PRAGMA query_only = ON");
    }
}

/* A connection that also writes, as that of a database in memory does, may do so again. */
static void end_reading_only(struct cf_connection *connection)
{
    if (connection->reads_only)
        sqlite3_exec(connection->handle, "PRAGMA query_only = OFF", NULL, NULL, NULL);
    connection->reads_only = false;
}

static void commit(struct cf_connection *connection)
{
    need_transaction(connection);
    int code = run_prepared(connection->commit);
    double pause = FIRST_PAUSE;
    for (int64_t deadline = cf__monotonic() + connection->patience; is_busy(code) && wait_while_busy(deadline, &pause);)
        code = run_prepared(connection->commit);
    need_done(connection, code, "COMMIT");
    connection->writing = false;
    end_reading_only(connection);
}

static void rollback(struct cf_connection *connection)
{
    connection->writing = false;
    if (!sqlite3_get_autocommit(connection->handle)) /* some errors have rolled back already */
        run_prepared(connection->rollback);
    end_reading_only(connection);
}

static int64_t changes(const struct cf_connection *connection)
{
    return sqlite3_total_changes(connection->handle);
}

static enum cf_standing standing(const struct cf_connection *connection)
{
    int deferred = 0, highest;
    if (sqlite3_get_autocommit(connection->handle))
        return CF_TRANSACTION_ENDED;
    sqlite3_db_status(connection->handle, SQLITE_DBSTATUS_DEFERRED_FKS, &deferred, &highest, 0);
    return deferred ? CF_TRANSACTION_UNSOUND : CF_TRANSACTION_SOUND;
}

/* ---- Opening ---------------------------------------------------------------------------------------------------- */

static bool is_private(const struct cf_uri *uri)
{
    return !uri->path || strcmp(uri->path, ":memory:") == 0;
}

static void close_connection(struct cf_connection *connection)
{
    sqlite3_stmt *const statements[] = { connection->begin_read, connection->begin_write, connection->commit,
                                         connection->rollback };
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++)
        sqlite3_finalize(statements[i]);
    sqlite3_close_v2(connection->handle);
    free(connection->name);
    free(connection);
}

/* What the URI says of the file, in SQLite's own words (https://www.sqlite.org/uri.html), and `timeout`, which is
 * Python's. */
struct file {
    int flags; /* of sqlite3_open_v2 */
    bool immutable;
    int64_t timeout; /* microseconds; 0 where nothing is said */
};

/* "timeout=0.5": seconds. Not to wait at all is to wait for next to nothing, since 0 is the default. */
static int64_t read_timeout(const struct cf_uri *uri, const char *value)
{
    const double most = 100000000;
    double seconds;
    if (!cf__parse_number(value, &seconds) || seconds < 0 || seconds > most)
        cf_raise(CF_INTERNAL, "database URI \"%s\": \"timeout=%s\": must be seconds from 0 to 100000000", uri->masked,
                 value);
    int64_t timeout = (int64_t)(seconds * SECOND);
    return timeout ? timeout : 1;
}

/* Connections that share a cache lock each other's tables, which ours do not do: the reader never waits for the writer. A
 * database in memory is one connection, which all share already. */
static void need_own_cache(const struct cf_uri *uri, const char *cache)
{
    if (strcmp(cache, "shared") == 0 && !is_private(uri))
        cf_raise(CF_INTERNAL,
                 "database URI \"%s\": \"cache=shared\" is for databases in memory: with a file readers would wait for "
                 "the writer, leave it out",
                 uri->masked);
}

static struct file read_options(const struct cf_uri *uri)
{
    static const struct {
        const char *name, *value;
        int flags; /* 0: it does not change them */
        bool immutable;
    } known[] = {
        { "mode", "ro", SQLITE_OPEN_READONLY, false },
        { "mode", "rw", SQLITE_OPEN_READWRITE, false },
        { "mode", "rwc", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, false },
        { "immutable", "1", SQLITE_OPEN_READONLY, true },
        { "cache", "shared", 0, false },
        { "cache", "private", 0, false },
    };
    enum { KNOWN = sizeof known / sizeof known[0] };
    struct file file = { .flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE };
    for (size_t i = 0; i < uri->option_count; i++) {
        const struct cf_uri_option *option = &uri->options[i];
        if (strcmp(option->name, "timeout") == 0) {
            file.timeout = read_timeout(uri, option->value);
            continue;
        }
        size_t at = 0;
        while (at < KNOWN && (strcmp(known[at].name, option->name) != 0 || strcmp(known[at].value, option->value) != 0))
            at++;
        if (at == KNOWN)
            cf_raise(CF_INTERNAL,
                     "database URI \"%s\": unknown option \"%s=%s\": SQLite has mode=ro, mode=rw, mode=rwc, "
                     "immutable=1, cache=private, cache=shared and timeout=SECONDS",
                     uri->masked, option->name, option->value);
        if (strcmp(option->name, "cache") == 0)
            need_own_cache(uri, option->value);
        file.flags = file.immutable || !known[at].flags ? file.flags : known[at].flags;
        file.immutable |= known[at].immutable;
    }
    return file;
}

static int64_t busy_timeout(const struct cf_uri *uri)
{
    return read_options(uri).timeout;
}

/* "file:/path%3f?immutable=1": SQLite reads that only there. */
static const char *file_name(const char *path, const struct file *file)
{
    struct cf__buffer name = cf__buffer_new(cf__current(), CF__CAP_SQL, "the name of a file");
    if (!file->immutable)
        return path;
    cf__buffer_string(&name, "file:");
    for (; *path; path++)
        cf__buffer_format(&name, strchr("%?#", *path) ? "%%%02x" : "%c", (unsigned char)*path);
    cf__buffer_string(&name, "?immutable=1");
    return cf__buffer_text(&name);
}

static _Noreturn void refuse_open(const char *path, const struct file *file, int code, const char *message)
{
    cf_context *context = &cf__current()->head;
    const char *slash = strrchr(path, '/');
    const char *directory = slash && slash != path ? cf_format(context, "%.*s", (int)(slash - path), path)
                            : slash                ? "/"
                                                   : ".";
    struct stat status;
    if (access(directory, F_OK))
        cf_raise(CF_UNAVAILABLE, "cannot open the database %s: the directory %s does not exist", path, directory);
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        cf_raise(CF_UNAVAILABLE, "cannot open the database %s: it is a directory", path);
    bool there = access(path, F_OK) == 0;
    if (!there && !(file->flags & SQLITE_OPEN_CREATE))
        cf_raise(CF_UNAVAILABLE, "cannot open the database %s: there is no such file, and its URI says to make none",
                 path);
    if (there ? access(path, R_OK | (file->flags & SQLITE_OPEN_READONLY ? 0 : W_OK)) : access(directory, W_OK))
        cf_raise(CF_UNAVAILABLE, "cannot open the database %s: permission denied", path);
    cf_raise(cf__sqlite_error(code), "cannot open the database %s: %s", path, message);
}

static void set_up(struct cf_connection *connection, const struct cf_open_options *options)
{
    static const char *const pragmas[] = { "PRAGMA foreign_keys = ON", "PRAGMA trusted_schema = OFF",
                                           "PRAGMA journal_mode = WAL" };
    int64_t deadline = cf__monotonic() + PATIENCE;
    size_t count = sizeof pragmas / sizeof pragmas[0];
    for (size_t i = 0; i < (connection->is_file_read_only ? count - 1 : count); i++) {
        sqlite3_stmt *handle = NULL;
        int code;
        double pause = FIRST_PAUSE;
        do { /* another process may be making the same change just now */
            code = sqlite3_prepare_v2(connection->handle, pragmas[i], -1, &handle, NULL);
            if (code == SQLITE_OK)
                code = sqlite3_step(handle);
            sqlite3_finalize(handle);
            handle = NULL;
        } while (is_busy(code) && wait_while_busy(deadline, &pause));
        if (code != SQLITE_ROW && code != SQLITE_DONE)
            cf__sqlite_raise(connection, sqlite3_extended_errcode(connection->handle), pragmas[i]);
    }
    script(connection, options->fast_commits ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL");
    if (options->read_only)
        script(connection, "PRAGMA query_only = ON");
    connection->read_only = options->read_only;
    connection->patience = options->busy_timeout ? options->busy_timeout : PATIENCE;
    connection->statement_timeout = options->statement_timeout;
    if (connection->statement_timeout)
        sqlite3_progress_handler(connection->handle, INSTRUCTIONS, is_late, connection);
}

static sqlite3_stmt *prepare_own(struct cf_connection *connection, const char *sql)
{
    sqlite3_stmt *handle = NULL;
    int code = sqlite3_prepare_v3(connection->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &handle, NULL);
    if (code != SQLITE_OK)
        cf__sqlite_raise(connection, code, sql);
    return handle;
}

struct opening {
    struct cf_connection *connection;
    const struct cf_open_options *options;
};

static void finish_open(void *opening_)
{
    const struct opening *opening = opening_;
    struct cf_connection *connection = opening->connection;
    if (cf__sqlite_add_collation(connection->handle) != SQLITE_OK ||
        cf__sqlite_add_regexp(connection->handle) != SQLITE_OK ||
        cf__sqlite_add_functions(connection->handle) != SQLITE_OK ||
        cf__sqlite_add_moments(connection->handle) != SQLITE_OK)
        cf__sqlite_raise(connection, sqlite3_errcode(connection->handle), NULL);
    set_up(connection, opening->options);
    connection->begin_read = prepare_own(connection, "BEGIN");
    connection->begin_write = prepare_own(connection, "BEGIN IMMEDIATE");
    connection->commit = prepare_own(connection, "COMMIT");
    connection->rollback = prepare_own(connection, "ROLLBACK");
}

static struct cf_connection *open_connection(const struct cf_uri *uri, const struct cf_open_options *options)
{
    const char *path = is_private(uri) ? ":memory:" : uri->path;
    if (uri->host_count || uri->user)
        cf_raise(CF_INTERNAL,
                 "database URI \"%s\" has a host: a file is sqlite:///relative.db or sqlite:////absolute.db",
                 uri->masked);
    const struct file file = read_options(uri);
    const char *name = file_name(path, &file);
    struct cf_connection *connection = calloc(1, sizeof *connection);
    if (!connection || !(connection->name = strdup(path))) {
        free(connection);
        cf_raise(CF_NO_MEMORY, "no memory for a database connection");
    }
    connection->is_file_read_only = file.flags & SQLITE_OPEN_READONLY;
    int code = sqlite3_open_v2(name, &connection->handle,
                               file.flags | SQLITE_OPEN_NOMUTEX | (file.immutable ? SQLITE_OPEN_URI : 0), NULL);
    if (code != SQLITE_OK) {
        const char *message =
            connection->handle ? cf_copy_(&cf__current()->head, sqlite3_errmsg(connection->handle)) : "no memory";
        close_connection(connection);
        refuse_open(path, &file, code, message);
    }
    sqlite3_extended_result_codes(connection->handle, 1);
    struct opening opening = { connection, options };
    if (!cf__protect(cf__current(), finish_open, &opening)) {
        close_connection(connection);
        cf__raise(&cf__current()->record.error);
    }
    return connection;
}

/* https://www.sqlite.org/lang_altertable.html section 7, "Making Other Kinds Of Table Schema Changes" */
static const struct cf_rebuild_sql rebuild = {
    .before = "PRAGMA foreign_keys = OFF",
    .after = "PRAGMA foreign_keys = ON",
    .before_rename = "PRAGMA legacy_alter_table = ON",
    .after_rename = "PRAGMA legacy_alter_table = OFF",
    .dependents = "SELECT sql FROM sqlite_schema WHERE tbl_name = ? AND type IN ('index', 'trigger') AND sql IS NOT "
                  "NULL ORDER BY rowid",
    .sequence = "DELETE FROM sqlite_sequence WHERE name = {new} AND EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = "
                "{old});\n"
                "INSERT INTO sqlite_sequence (name, seq) SELECT {new}, seq FROM sqlite_sequence WHERE name = {old}",
    .violations = "SELECT \"table\" AS child, parent FROM pragma_foreign_key_check",
};

static const struct cf_driver *fitting(void);

const struct cf_driver cf__sqlite_driver = {
    .fitting = fitting,
    .name = "sqlite",
    .schemes = (const char *const[]){ "sqlite", NULL },
    .capabilities = CF_CAN_RETURNING | CF_CAN_TRANSACTIONAL_DDL | CF_CAN_PARTIAL_INDEXES | CF_CAN_DEFER |
                    CF_CAN_INDEX_EXPRESSIONS | CF_CAN_UPDATE_RETURNING | CF_CAN_DELETE_RETURNING | CF_CAN_REGEXP |
                    CF__SQLITE_QUERIES,
    .dialect = &cf__sqlite_dialect,
    .rebuild = &rebuild,
    .open = open_connection,
    .is_private = is_private,
    .busy_timeout = busy_timeout,
    .close = close_connection,
    .prepare = prepare,
    .finalize = finalize,
    .writes = writes,
    .column_count = column_count,
    .column_name = column_name,
    .column_type = column_type,
    .start = start,
    .next = next,
    .end = end_cursor,
    .changed = changed,
    .number = number,
    .script = script,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .standing = standing,
    .changes = changes,
    .inspect = cf__sqlite_inspect,
};

/* A program may meet another library than it was built beside: what can be done is asked when the first database is opened. */
unsigned cf__sqlite_capabilities(unsigned capabilities, int version)
{
    static const struct {
        int version;
        unsigned capabilities;
    } since[] = {
        { 3028000, CF_CAN_FRAME_GROUPS },
        { 3030000, CF_CAN_FILTER },
        { 3035000, CF_CAN_RETURNING | CF_CAN_UPDATE_RETURNING | CF_CAN_DELETE_RETURNING },
        { 3039000, CF_CAN_FULL_JOIN },
        { 3044000, CF_CAN_ORDER_AGGREGATES },
    };
    for (size_t i = 0; i < sizeof since / sizeof since[0]; i++)
        if (version < since[i].version)
            capabilities &= ~since[i].capabilities;
    return capabilities;
}

static const struct cf_driver *fitting(void)
{
    static struct cf_dialect dialect;
    static struct cf_driver driver;
    int version = sqlite3_libversion_number();
    dialect = cf__sqlite_dialect;
    dialect.capabilities = cf__sqlite_capabilities(dialect.capabilities, version);
    driver = cf__sqlite_driver;
    driver.capabilities = cf__sqlite_capabilities(driver.capabilities, version);
    driver.dialect = &dialect;
    return &driver;
}
