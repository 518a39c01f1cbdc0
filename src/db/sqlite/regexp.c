/* SPDX-License-Identifier: MIT
 *
 * REGEXP, which SQLite parses and leaves to a function: extended regular expressions of POSIX, by the C library. A pattern
 * that is the same for all rows is compiled once: SQLite keeps what belongs to a constant argument as long as the statement
 * runs. https://www.sqlite.org/c3ref/get_auxdata.html
 */
#include <regex.h>
#include <stdlib.h>

#include "sqlite.h"

static void free_pattern(void *pattern)
{
    regfree(pattern);
    free(pattern);
}

static void tell_problem(sqlite3_context *context, int code, const regex_t *pattern)
{
    char reason[128];
    regerror(code, pattern, reason, sizeof reason);
    char *message = sqlite3_mprintf("the regular expression is malformed: %s", reason);
    if (message)
        sqlite3_result_error(context, message, -1);
    else
        sqlite3_result_error_nomem(context);
    sqlite3_free(message);
}

/* NULL where an error has been told. */
static regex_t *compile(sqlite3_context *context, const char *text)
{
    regex_t *pattern = malloc(sizeof *pattern);
    if (!pattern) {
        sqlite3_result_error_nomem(context);
        return NULL;
    }
    int code = regcomp(pattern, text, REG_EXTENDED | REG_NOSUB);
    if (code == 0)
        return pattern;
    if (code == REG_ESPACE)
        sqlite3_result_error_nomem(context);
    else
        tell_problem(context, code, pattern);
    free(pattern);
    return NULL;
}

/* regexp(pattern, text) is "text REGEXP pattern". */
static void match(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    const char *pattern_text = (const char *)sqlite3_value_text(values[0]),
               *text = (const char *)sqlite3_value_text(values[1]);
    if (!pattern_text || !text) /* NULL */
        return;
    regex_t *kept = sqlite3_get_auxdata(context, 0), *pattern = kept ? kept : compile(context, pattern_text);
    if (!pattern)
        return;
    sqlite3_result_int(context, regexec(pattern, text, 0, NULL, 0) == 0);
    if (!kept)
        sqlite3_set_auxdata(context, 0, pattern, free_pattern); /* which may free it at once */
}

int cf__sqlite_add_regexp(sqlite3 *handle)
{
    return sqlite3_create_function_v2(handle, "regexp", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL,
                                      match, NULL, NULL, NULL);
}
