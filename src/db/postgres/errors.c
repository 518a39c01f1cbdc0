/* SPDX-License-Identifier: MIT
 *
 * PostgreSQL's errors as ours: a table from SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html) to
 * our codes, and the message in the words the other drivers use where the case is the same.
 */
#include "postgres.h"

#include <string.h>

#include <carafe/memory.h>

#include "../../base/buffer.h"
#include "../../base/context.h"

/* The first entry whose state the error's begins with. */
static const struct {
    const char *state;
    enum cf_error_code code;
} table[] = {
    { "23505", CF_UNIQUE },    { "23P01", CF_UNIQUE },   { "23503", CF_FOREIGN_KEY }, { "23001", CF_FOREIGN_KEY },
    { "23502", CF_NOT_NULL },  { "23514", CF_CHECK },    { "40001", CF_CONFLICT },    { "40P01", CF_CONFLICT },
    { "55P03", CF_BUSY },      { "57014", CF_TIMEOUT },  { "25P03", CF_TIMEOUT },     { "25006", CF_READ_ONLY },
    { "53100", CF_DISK_FULL }, { "53", CF_UNAVAILABLE }, { "57P", CF_UNAVAILABLE },   { "08", CF_UNAVAILABLE },
    { "58", CF_SYSTEM },       { "2201B", CF_SQL },      { "22", CF_INVALID },        { "54", CF_TOO_LARGE },
    { "XX001", CF_CORRUPT },   { "XX002", CF_CORRUPT },
};

static enum cf_error_code classify(const char *state)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strncmp(state, table[i].state, strlen(table[i].state)) == 0)
            return table[i].code;
    return CF_SQL;
}

static const char *field(const PGresult *result, int code)
{
    const char *text = PQresultErrorField(result, code);
    return text ? cf_copy(&cf__current()->head, text) : "";
}

/* "Key (author_id, slug)=(1, x) already exists." is about "posts.author_id, posts.slug"; the index where the detail says
 * something else, or names expressions. */
static const char *unique_words(const PGresult *result)
{
    const char *detail = field(result, PG_DIAG_MESSAGE_DETAIL), *tablename = field(result, PG_DIAG_TABLE_NAME);
    const char *at = strchr(detail, '('), *end = at ? strstr(at, ")=(") : NULL;
    struct cf__buffer words = cf__buffer_new(cf__current(), CF__CAP_SQL, "a message");
    if (!end || memchr(at + 1, '(', (size_t)(end - at - 1)))
        return field(result, PG_DIAG_CONSTRAINT_NAME);
    for (at++; at < end; at += strspn(at, ", ")) {
        size_t size = strcspn(at, ",)");
        cf__buffer_format(&words, "%s%s.%.*s", words.size ? ", " : "", tablename, (int)size, at);
        at += size;
    }
    return cf__buffer_text(&words);
}

static const char *column_words(const PGresult *result)
{
    return cf_format(&cf__current()->head, "%s.%s", field(result, PG_DIAG_TABLE_NAME),
                     field(result, PG_DIAG_COLUMN_NAME));
}

static const char *explain(enum cf_error_code code, const PGresult *result)
{
    cf_context *context = &cf__current()->head;
    if (strcmp(field(result, PG_DIAG_SQLSTATE), "25P02") == 0)
        return "a statement of this transaction has failed before, after which PostgreSQL runs no other: cf_rollback, "
               "or "
               "run what may fail in cf_try_nested";
    switch (code) {
    case CF_UNIQUE:
        return cf_format(context, "%s must be unique: the value is taken", unique_words(result));
    case CF_NOT_NULL:
        return cf_format(context, "%s must not be NULL", column_words(result));
    case CF_CHECK:
        return cf_format(context, "the check %s does not hold", field(result, PG_DIAG_CONSTRAINT_NAME));
    case CF_FOREIGN_KEY:
        return "a foreign key refers to a row that is not there, or a row that others refer to would go";
    default:
        return field(result, PG_DIAG_MESSAGE_PRIMARY);
    }
}

/* libpq's messages are of several lines, the first of which begins with what it was about. */
const char *cf__postgres_find_reason(const char *message, int *size)
{
    static const char *const beginnings[] = { "failed: ", "FATAL:  ", "ERROR:  " };
    const char *at = message;
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++) {
        const char *found = strstr(at, beginnings[i]);
        if (found)
            at = found + strlen(beginnings[i]);
    }
    if (!*at || *at == '\n')
        at = "no reason was given";
    *size = (int)strcspn(at, "\n");
    return at;
}

const char *cf__postgres_reason(const char *message)
{
    int size;
    const char *reason = cf__postgres_find_reason(message, &size);
    return cf_format(&cf__current()->head, "%.*s", size, reason);
}

void cf__postgres_raise(const struct cf_connection *connection, PGresult *result, const char *sql)
{
    cf_context *context = &cf__current()->head;
    const char *state = field(result, PG_DIAG_SQLSTATE), *constraint = field(result, PG_DIAG_CONSTRAINT_NAME);
    enum cf_error_code code = *state ? classify(state) : CF_UNAVAILABLE;
    cf_error error = { .code = code,
                       .message = explain(code, result),
                       .constraint = *constraint ? constraint : NULL,
                       .column = code == CF_NOT_NULL ? column_words(result) : NULL,
                       .statement = sql ? cf_copy(context, sql) : NULL };
    if (!*state)
        error.message = cf__postgres_reason(PQresultErrorMessage(result));
    if (code == CF_UNAVAILABLE)
        error.message = cf_format(context, "the database %s: %s", connection->name, error.message);
    memcpy(error.sqlstate, state, strlen(state) < sizeof error.sqlstate ? strlen(state) : 0);
    PQclear(result);
    cf_raise_error(&error);
}
