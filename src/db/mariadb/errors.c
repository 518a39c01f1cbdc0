/* SPDX-License-Identifier: MIT
 *
 * MariaDB's errors as ours: a table from its numbers to our codes, the constraint's name out of the message, and the
 * message in the words the other drivers use where the case is the same. Names of tables and columns that MariaDB leaves out
 * of its message are taken from the statement, and those of a unique key are asked for.
 */
#include "mariadb.h"

#include <errmsg.h>
#include <mysqld_error.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <carafe/memory.h>

#include "../../base/buffer.h"
#include "../../text/number.h"
#include "../names.h"
#include "../query.h"

/* What MariaDB said. */
struct problem {
    unsigned number;
    const char *sqlstate, *message, *sql;
};

enum { QUERY_TIMEOUT_OF_MYSQL = 3024, CHECK_OF_MYSQL = 3819 };

static const struct entry {
    unsigned number;
    enum cf_error_code code;
    bool lost; /* the connection is of no use any more */
} table[] = {
    { ER_DUP_ENTRY, CF_UNIQUE, false },
    { ER_DUP_ENTRY_WITH_KEY_NAME, CF_UNIQUE, false },
    { ER_DUP_KEY, CF_UNIQUE, false },
    { ER_NO_REFERENCED_ROW, CF_FOREIGN_KEY, false },
    { ER_NO_REFERENCED_ROW_2, CF_FOREIGN_KEY, false },
    { ER_ROW_IS_REFERENCED, CF_FOREIGN_KEY, false },
    { ER_ROW_IS_REFERENCED_2, CF_FOREIGN_KEY, false },
    { ER_BAD_NULL_ERROR, CF_NOT_NULL, false },
    { ER_NO_DEFAULT_FOR_FIELD, CF_NOT_NULL, false },
    { ER_CONSTRAINT_FAILED, CF_CHECK, false },
    { CHECK_OF_MYSQL, CF_CHECK, false },
    { ER_LOCK_DEADLOCK, CF_CONFLICT, false }, /* Galera's certification, too */
    { ER_LOCK_WAIT_TIMEOUT, CF_CONFLICT, false },
    { ER_CHECKREAD, CF_CONFLICT, false },
    { ER_ERROR_DURING_COMMIT, CF_CONFLICT, false },
    { ER_TABLE_DEF_CHANGED, CF_CONFLICT, false },
    { ER_NEED_REPREPARE, CF_CONFLICT, false },
    { ER_STATEMENT_TIMEOUT, CF_TIMEOUT, false },
    { QUERY_TIMEOUT_OF_MYSQL, CF_TIMEOUT, false },
    { ER_QUERY_INTERRUPTED, CF_UNAVAILABLE, false },
    { ER_MAX_PREPARED_STMT_COUNT_REACHED, CF_UNAVAILABLE, false },
    { ER_UNKNOWN_STMT_HANDLER, CF_UNAVAILABLE, true }, /* a proxy has gone to another server */
    { ER_UNKNOWN_COM_ERROR, CF_UNAVAILABLE, true },    /* a Galera node that is not ready */
    { ER_CON_COUNT_ERROR, CF_UNAVAILABLE, true },
    { ER_TOO_MANY_USER_CONNECTIONS, CF_UNAVAILABLE, true },
    { ER_SERVER_SHUTDOWN, CF_UNAVAILABLE, true },
    { ER_CONNECTION_KILLED, CF_UNAVAILABLE, true },
    { ER_NEW_ABORTING_CONNECTION, CF_UNAVAILABLE, true },
    { ER_NET_READ_ERROR, CF_UNAVAILABLE, true },
    { ER_NET_READ_INTERRUPTED, CF_UNAVAILABLE, true },
    { ER_NET_ERROR_ON_WRITE, CF_UNAVAILABLE, true },
    { ER_NET_WRITE_INTERRUPTED, CF_UNAVAILABLE, true },
    { ER_NET_PACKETS_OUT_OF_ORDER, CF_UNAVAILABLE, true },
    { CR_CONNECTION_ERROR, CF_UNAVAILABLE, true },
    { CR_CONN_HOST_ERROR, CF_UNAVAILABLE, true },
    { CR_SERVER_GONE_ERROR, CF_UNAVAILABLE, true },
    { CR_SERVER_LOST, CF_UNAVAILABLE, true },
    { CR_SERVER_LOST_EXTENDED, CF_UNAVAILABLE, true },
    { CR_COMMANDS_OUT_OF_SYNC, CF_UNAVAILABLE, true },
    { CR_MALFORMED_PACKET, CF_UNAVAILABLE, true },
    { ER_NET_PACKET_TOO_LARGE, CF_TOO_LARGE, true },
    { CR_NET_PACKET_TOO_LARGE, CF_TOO_LARGE, true },
    { ER_OPTION_PREVENTS_STATEMENT, CF_READ_ONLY, false },
    { ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, CF_READ_ONLY, false },
    { ER_READ_ONLY_MODE, CF_READ_ONLY, false },
    { ER_RECORD_FILE_FULL, CF_DISK_FULL, false },
    { ER_DISK_FULL, CF_DISK_FULL, false },
    { ER_DATA_TOO_LONG, CF_INVALID, false },
    { ER_WARN_DATA_OUT_OF_RANGE, CF_INVALID, false },
    { ER_DATA_OUT_OF_RANGE, CF_INVALID, false },
    { ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, CF_INVALID, false },
    { ER_TRUNCATED_WRONG_VALUE, CF_INVALID, false },
    { WARN_DATA_TRUNCATED, CF_INVALID, false },
    { CR_OUT_OF_MEMORY, CF_NO_MEMORY, false },
    { ER_OUT_OF_RESOURCES, CF_UNAVAILABLE, false },
};

static const struct entry *classify(unsigned number)
{
    static const struct entry other = { .code = CF_SQL };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].number == number)
            return &table[i];
    return &other;
}

/* ---- Names ------------------------------------------------------------------------------------------------------ */

/* The name at `text`, quoted in whatever way or plain; `*end` is behind it. */
static const char *read_name(const char *text, const char **end)
{
    cf_context *context = &cf__current()->head;
    if (!*text || !strchr("`\"'", *text)) {
        size_t size = strcspn(text, " \t\r\n(),;.`\"'");
        *end = text + size;
        return cf__copy_bytes(cf__context_of(context), text, size);
    }
    char *name = cf_copy(context, text), *at = name;
    const char *from = text + 1;
    for (; *from && !(*from == *text && from[1] != *text); from++) {
        from += *from == *text;
        *at++ = *from;
    }
    *at = '\0';
    *end = *from ? from + 1 : from;
    return name;
}

/* The last name of `carafe`.`posts`.`likes`, that of the table or the column itself. */
static const char *read_last_name(const char *text)
{
    const char *end, *name = read_name(text, &end);
    while (*end == '.')
        name = read_name(end + 1, &end);
    return name;
}

/* The name behind a word of MariaDB's message: "CONSTRAINT `ck_posts_title` failed"; NULL without one. */
static const char *name_behind(const char *message, const char *word)
{
    const char *at = strstr(message, word);
    return at ? read_last_name(at + strlen(word)) : NULL;
}

static const char *skip_words(const char *sql, const char *const *words)
{
    for (;;) {
        const char *const *word = words;
        sql += strspn(sql, " \t\r\n");
        while (*word && !(strncasecmp(sql, *word, strlen(*word)) == 0 && strchr(" \t\r\n", sql[strlen(*word)])))
            word++;
        if (!*word)
            return sql;
        sql += strlen(*word);
    }
}

/* The table a statement writes to. */
static const char *table_of(const char *sql)
{
    static const char *const words[] = { "insert", "replace", "update", "delete", "into", "from", "ignore", NULL };
    const char *at = sql ? skip_words(sql, words) : "";
    return at == sql || !*at ? NULL : read_last_name(at);
}

/* "users.email": a column MariaDB names alone; NULL where it names none. */
static const char *column_of(const struct problem *problem, const char *column)
{
    const char *owner = column ? table_of(problem->sql) : NULL;
    return owner ? cf_format(&cf__current()->head, "%s.%s", owner, column) : column;
}

/* ---- Unique keys ------------------------------------------------------------------------------------------------ */

struct unique {
    struct cf_connection *connection;
    const char *table, *key;
    const char *columns; /* "users.name, users.email" */
};

/* The names are put into the text: a statement of the text protocol has no parameters. */
static void ask_columns(void *unique_)
{
    struct unique *unique = unique_;
    struct cf__context *context = cf__current();
    struct cf__buffer sql = cf__buffer_new(context, CF__CAP_SQL, "a statement");
    struct cf__buffer columns = cf__buffer_new(context, CF__CAP_SQL, "a message");
    cf__buffer_string(&sql, "SELECT column_name FROM information_schema.statistics WHERE table_schema = DATABASE() AND "
                            "table_name = ");
    cf__sql_text(&sql, unique->table);
    cf__buffer_string(&sql, " AND index_name = ");
    cf__sql_text(&sql, unique->key);
    cf__buffer_string(&sql, " ORDER BY seq_in_index");
    MYSQL_RES *result = cf__mariadb_ask(unique->connection, &context->head, cf__buffer_text(&sql));
    for (MYSQL_ROW row; (row = mysql_fetch_row(result));)
        cf__buffer_format(&columns, "%s%s.%s", columns.size ? ", " : "", unique->table, row[0] ? row[0] : "?");
    if (columns.size)
        unique->columns = cf__buffer_text(&columns);
}

/* "Duplicate entry 'a' for key 'uq_users_email'": the key is named last. */
static const char *key_name(const char *message)
{
    const char *last = NULL, *end;
    for (const char *at = message; (at = strstr(at, " for key ")); at += strlen(" for key "))
        last = at + strlen(" for key ");
    const char *name = last ? read_name(last, &end) : NULL;
    const char *dot = name ? strrchr(name, '.') : NULL;
    return dot ? dot + 1 : name;
}

static void explain_unique(struct cf_connection *connection, const struct problem *problem, cf_error *error)
{
    cf_context *context = &cf__current()->head;
    struct unique unique = { connection, table_of(problem->sql), key_name(problem->message), NULL };
    if (unique.table && unique.key && connection->handle && !cf__protect(cf__current(), ask_columns, &unique) &&
        cf__current()->record.error.code == CF_CANCELLED)
        cf__raise(&cf__current()->record.error);
    bool primary = unique.key && strcmp(unique.key, "PRIMARY") == 0;
    error->constraint = primary && unique.table ? cf__convention(context, "pk", unique.table, NULL, NULL) : unique.key;
    error->message = cf_format(context, "%s must be unique: the value is taken",
                               unique.columns      ? unique.columns
                               : error->constraint ? error->constraint
                                                   : "a key");
}

/* ---- The others ------------------------------------------------------------------------------------------------- */

static void explain(const struct cf_connection *connection, const struct problem *problem, bool lost, cf_error *error)
{
    cf_context *context = &cf__current()->head;
    switch (error->code) {
    case CF_NOT_NULL:
        error->column = column_of(problem, name_behind(problem->message,
                                                       problem->number == ER_BAD_NULL_ERROR ? "Column " : "Field "));
        error->message = cf_format(context, "%s must not be NULL", error->column ? error->column : "a column");
        break;
    case CF_CHECK:
        error->constraint = name_behind(problem->message, "CONSTRAINT ");
        error->message = cf_format(context, "the check %s does not hold", error->constraint ? error->constraint : "");
        break;
    case CF_FOREIGN_KEY:
        error->constraint = name_behind(problem->message, "CONSTRAINT ");
        error->message = "a foreign key refers to a row that is not there, or a row that others refer to would go";
        break;
    case CF_CONFLICT:
        error->message =
            cf_format(context, "another transaction was in the way (%s): running again may succeed", problem->message);
        break;
    case CF_TIMEOUT:
        error->message = "the statement ran for longer than its time-out";
        break;
    case CF_DISK_FULL:
        error->message = cf_format(context, "there is no room at %s: the disk or its quota is full", connection->name);
        break;
    case CF_READ_ONLY:
        error->message =
            cf_format(context, "the database at %s cannot be written: %s", connection->name, problem->message);
        break;
    case CF_INVALID:
        error->column = column_of(problem, name_behind(problem->message, "column "));
        error->message = cf_format(context, "%s does not hold the value: %s",
                                   error->column ? error->column : "a column", problem->message);
        break;
    default:
        error->message = lost ? cf_format(context, "the connection to the database was lost: %s", problem->message)
                              : problem->message;
    }
}

/* What a newcomer must know beyond MariaDB's words. */
static const struct {
    unsigned number;
    const char *advice;
} advices[] = {
    { ER_TOO_LONG_KEY, "a key has 3072 bytes at most, that is 768 characters: index a shorter String" },
    { ER_TOO_LONG_IDENT, "a name has 64 characters at most: shorten it in the revision" },
    { ER_BLOB_KEY_WITHOUT_LENGTH, "Text, Blob and Json cannot be part of a key: use String(n)" },
};

static const char *with_advice(const struct problem *problem, const char *message)
{
    for (size_t i = 0; i < sizeof advices / sizeof advices[0]; i++)
        if (advices[i].number == problem->number)
            return cf_format(&cf__current()->head, "%s: %s", message, advices[i].advice);
    return message;
}

void cf__mariadb_raise(struct cf_connection *connection, MYSQL_STMT *statement, const char *sql)
{
    cf_context *context = &cf__current()->head;
    MYSQL *handle = connection->handle;
    const struct problem problem = {
        .number = statement ? mysql_stmt_errno(statement) : mysql_errno(handle),
        .message = cf_copy(context, statement ? mysql_stmt_error(statement) : mysql_error(handle)),
        .sqlstate = cf_copy(context, statement ? mysql_stmt_sqlstate(statement) : mysql_sqlstate(handle)),
        .sql = sql ? cf_copy(context, sql) : NULL,
    };
    const struct entry *entry = classify(problem.number);
    bool lost = entry->lost || (connection->has_other && problem.number == ER_OPTION_PREVENTS_STATEMENT);
    cf_error error = { .code = entry->code, .driver_code = (int)problem.number, .statement = problem.sql };
    memcpy(error.sqlstate, problem.sqlstate, strnlen(problem.sqlstate, sizeof error.sqlstate - 1));
    if (lost)
        cf__mariadb_drop(connection);
    if (error.code == CF_UNIQUE)
        explain_unique(connection, &problem, &error);
    else
        explain(connection, &problem, lost, &error);
    error.message = with_advice(&problem, error.message);
    cf_raise_error(&error);
}

/* ---- Opening ---------------------------------------------------------------------------------------------------- */

bool cf__mariadb_is_unreachable(unsigned number)
{
    static const unsigned numbers[] = { CR_CONNECTION_ERROR,
                                        CR_CONN_HOST_ERROR,
                                        CR_SERVER_GONE_ERROR,
                                        CR_SERVER_LOST,
                                        CR_UNKNOWN_HOST,
                                        CR_SERVER_LOST_EXTENDED,
                                        ER_CON_COUNT_ERROR,
                                        ER_SERVER_SHUTDOWN,
                                        ER_TOO_MANY_USER_CONNECTIONS,
                                        ER_UNKNOWN_COM_ERROR,
                                        ER_OPTION_PREVENTS_STATEMENT };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (numbers[i] == number)
            return true;
    return false;
}

const char *cf__mariadb_reason(const char *message)
{
    const char *open = strrchr(message, '(');
    int number = strncmp(message, "Can't connect", strlen("Can't connect")) == 0 && open ? atoi(open + 1) : 0;
    return number > 0 ? cf_copy(&cf__current()->head, strerror(number)) : message;
}

void cf__mariadb_refuse_open(const struct cf_uri *uri, const char *name, unsigned number, const char *message)
{
    const char *user = uri->user ? uri->user : "", *database = uri->path ? uri->path : "";
    switch (number) {
    case ER_ACCESS_DENIED_ERROR:
    case ER_ACCESS_DENIED_NO_PASSWORD_ERROR:
        cf_raise(CF_UNAVAILABLE, "the database at %s refuses user \"%s\": the name or the password is wrong", name,
                 user);
    case ER_DBACCESS_DENIED_ERROR:
        cf_raise(CF_UNAVAILABLE,
                 "the database at %s does not let user \"%s\" use \"%s\": it is not there, or wants a GRANT", name,
                 user, database);
    case ER_BAD_DB_ERROR:
        cf_raise(CF_UNAVAILABLE, "there is no database \"%s\" at %s: make it with CREATE DATABASE", database, name);
    case ER_HOST_NOT_PRIVILEGED:
    case ER_HOST_IS_BLOCKED:
        cf_raise(CF_UNAVAILABLE, "the database at %s takes no connections from this machine: %s", name, message);
    default:
        cf_raise(CF_UNAVAILABLE, "cannot open the database at %s: %s", name, message);
    }
}
