/* SPDX-License-Identifier: MIT
 *
 * SQLite's errors as ours: a table from its result codes (https://www.sqlite.org/rescode.html) to our codes, and to the
 * SQLSTATE that PostgreSQL has for the same, so that a program may go by one on every database. What SQLite calls nothing
 * but an error is known by the beginning of its message.
 */
#include "sqlite.h"

#include <string.h>

#include <carafe/memory.h>

#include "../../base/context.h"
#include "../names.h"

static const struct known {
    int code; /* extended or primary */
    enum cf_error_code error;
    const char *state;
} error_table[] = {
    { SQLITE_CONSTRAINT_UNIQUE, CF_UNIQUE, "23505" },
    { SQLITE_CONSTRAINT_PRIMARYKEY, CF_UNIQUE, "23505" },
    { SQLITE_CONSTRAINT_ROWID, CF_UNIQUE, "23505" },
    { SQLITE_CONSTRAINT_FOREIGNKEY, CF_FOREIGN_KEY, "23503" },
    { SQLITE_CONSTRAINT_NOTNULL, CF_NOT_NULL, "23502" },
    { SQLITE_CONSTRAINT_CHECK, CF_CHECK, "23514" },
    { SQLITE_CONSTRAINT_DATATYPE, CF_INVALID, "22P02" },
    { SQLITE_CONSTRAINT_TRIGGER, CF_SQL, "P0001" }, /* RAISE(ABORT, …) */
    { SQLITE_CONSTRAINT, CF_SQL, "23000" },
    { SQLITE_MISMATCH, CF_INVALID, "22P02" },
    { SQLITE_BUSY_SNAPSHOT, CF_BUSY, "40001" },
    { SQLITE_BUSY, CF_BUSY, "55P03" },
    { SQLITE_LOCKED, CF_SQL, "55P03" },
    { SQLITE_FULL, CF_DISK_FULL, "53100" },
    { SQLITE_CORRUPT, CF_CORRUPT, "XX001" },
    { SQLITE_NOTADB, CF_CORRUPT, "XX001" },
    { SQLITE_READONLY, CF_READ_ONLY, "25006" },
    { SQLITE_NOMEM, CF_NO_MEMORY, "53200" },
    { SQLITE_CANTOPEN, CF_UNAVAILABLE, "08001" },
    { SQLITE_IOERR, CF_SYSTEM, "58030" },
    { SQLITE_TOOBIG, CF_TOO_LARGE, "54000" },
    { SQLITE_INTERRUPT, CF_TIMEOUT, "57014" },
    { SQLITE_AUTH, CF_SQL, "42501" },
    { SQLITE_PERM, CF_SQL, "42501" },
};

/* Of SQLITE_ERROR; of SQLITE_MISMATCH the first. */
static const struct {
    const char *message, *state; /* `~`: stands somewhere in it */
} said[] = {
    { "integer o", "22003" }, /* ut of range, of carafe_integer; verflow */
    { "no such table", "42P01" },
    { "no such column", "42703" },
    { "no such function", "42883" },
    { "no such", "42704" },
    { "wrong number of arguments", "42883" },
    { "ambiguous column", "42702" },
    { "duplicate column", "42701" },
    { "~already exists", "42P07" },
    { "~syntax error", "42601" },
    { "~has no column named", "42703" },
    { "incomplete input", "42601" },
    { "unrecognized token", "42601" },
    { "misuse of", "42803" }, /* aggregates */
    { "too many", "54000" },
};

static const struct known *find_known(int code)
{
    for (int pass = 0; pass < 2; pass++, code &= 0xff)
        for (size_t i = 0; i < sizeof error_table / sizeof error_table[0]; i++)
            if (error_table[i].code == code)
                return &error_table[i];
    return NULL;
}

enum cf_error_code cf__sqlite_error(int code)
{
    const struct known *known = find_known(code);
    return known ? known->error : CF_SQL;
}

static const char *state_of(int code, const char *message)
{
    const struct known *known = find_known(code);
    for (size_t i = 0; (code & 0xff) == SQLITE_ERROR && i < sizeof said / sizeof said[0]; i++) {
        const char *words = said[i].message;
        if (*words == '~' ? strstr(message, words + 1) != NULL : strncmp(message, words, strlen(words)) == 0)
            return said[i].state;
    }
    if (code == SQLITE_MISMATCH && strncmp(message, said[0].message, strlen(said[0].message)) == 0)
        return said[0].state;
    return known ? known->state : "HY000";
}

/* "UNIQUE constraint failed: users.name, users.email" names columns, not the constraint: the convention does. Only an
 * index of expressions is named by itself: "index 'ix_users_lower'". */
static const char *unique_name(cf_context *context, const char *detail, bool primary)
{
    const char *dot = strchr(detail, '.');
    if (!dot)
        return detail;
    const char *table = cf__copy_bytes(cf__context_of(context), detail, (size_t)(dot - detail));
    if (primary)
        return cf__convention(context, "pk", table, NULL, NULL);
    const char *separator = cf_format(context, ", %s.", table);
    struct cf_names columns = { cf_alloc_(context, (strlen(detail) / 2 + 1) * sizeof(char *)), 0 };
    for (const char *name = dot + 1, *end; name; name = end ? end + strlen(separator) : NULL) {
        end = strstr(name, separator);
        size_t size = end ? (size_t)(end - name) : strlen(name);
        columns.items[columns.count++] = cf__copy_bytes(cf__context_of(context), name, size);
    }
    return cf__convention(context, "uq", table, &columns, NULL);
}

/* What SQLite says after "failed: ", or all of it where it says something else. */
static const char *detail_of(cf_context *context, const char *message)
{
    const char *colon = strstr(message, "failed: "), *detail = colon ? colon + strlen("failed: ") : message;
    if (strncmp(detail, "index '", 7) == 0)
        return cf__copy_bytes(cf__context_of(context), detail + 7, strlen(detail) - 8);
    return detail;
}

static const char *explain(struct cf_connection *connection, enum cf_error_code code, const char *message,
                           const char *detail)
{
    cf_context *context = &cf__current()->head;
    switch (code) {
    case CF_UNIQUE:
        return cf_format(context, "%s must be unique: the value is taken", detail);
    case CF_NOT_NULL:
        return cf_format(context, "%s must not be NULL", detail);
    case CF_CHECK:
        return cf_format(context, "the check %s does not hold", detail);
    case CF_FOREIGN_KEY:
        return "a foreign key refers to a row that is not there, or a row that others refer to would go";
    case CF_BUSY:
        return cf_format(context, "%s is locked by another process", connection->name);
    case CF_DISK_FULL:
        return cf_format(context, "there is no room for %s: the disk or its quota is full", connection->name);
    case CF_CORRUPT:
        return cf_format(context, "%s is damaged or is no SQLite database (%s)", connection->name, message);
    case CF_TIMEOUT:
        return "the statement ran for longer than .statement_timeout";
    case CF_READ_ONLY:
        if (connection->read_only || connection->reads_only)
            return "this transaction only reads (cf_begin with .read_only = true): nothing is written in it";
        if (connection->is_file_read_only)
            return cf_format(context, "%s is only read: its URI says so", connection->name);
        return cf_format(context, "%s cannot be written: check the permissions of the file and its directory",
                         connection->name);
    case CF_SYSTEM:
        return cf_format(context, "%s cannot be read or written: %s", connection->name, message);
    default:
        return message;
    }
}

void cf__sqlite_raise(struct cf_connection *connection, int code, const char *sql)
{
    cf_context *context = &cf__current()->head;
    if (cf__sqlite_error(code) == CF_NO_MEMORY)
        cf_raise(CF_NO_MEMORY, "no memory in the database");
    const char *message = cf_copy(context, sqlite3_errmsg(connection->handle)), *detail = detail_of(context, message);
    enum cf_error_code error = cf__sqlite_error(code);
    const char *constraint = NULL;
    if (code == SQLITE_ERROR && strcmp(message, "integer overflow") == 0) /* sum() and abs() have no code for it */
        error = CF_INVALID;
    if (error == CF_UNIQUE)
        constraint = unique_name(context, detail, code != SQLITE_CONSTRAINT_UNIQUE);
    else if (error == CF_CHECK)
        constraint = detail;
    cf_error raised = { .code = error,
                        .driver_code = code,
                        .system_error = error == CF_SYSTEM ? sqlite3_system_errno(connection->handle) : 0,
                        .message = explain(connection, error, message, detail),
                        .constraint = constraint,
                        .column = error == CF_NOT_NULL ? detail : NULL,
                        .statement = sql ? cf_copy(context, sql) : NULL };
    memcpy(raised.sqlstate, state_of(code, message), sizeof raised.sqlstate);
    cf_raise_error(&raised);
}
