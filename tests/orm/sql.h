/* SPDX-License-Identifier: MIT
 *
 * The SQL of a query as text for three kinds of database.
 */
#ifndef TESTS_ORM_SQL_H
#define TESTS_ORM_SQL_H

#include "../db/dialects.h"

static inline const char *sql_in(const struct cf_dialect *dialect, const cf_subquery *query)
{
    struct cf__buffer sql = cf__buffer_new(cf__current(), CF__CAP_SQL, "a statement");
    const struct cf__query run = { .kind = CF__SELECT,
                                   .model = query->shape ? query->shape : query->from,
                                   .select = query };
    cf__query_sql(&run, dialect, &sql);
    return cf__buffer_text(&sql);
}

/* The same text with $1, $2 … in the place of ?. */
static inline const char *numbered(const char *sql)
{
    struct cf__buffer text = cf__buffer_new(cf__current(), CF__CAP_SQL, "a statement");
    for (int number = 0; *sql; sql++) {
        if (*sql == '?')
            cf__buffer_format(&text, "$%d", ++number);
        else
            cf__buffer_char(&text, *sql);
    }
    return cf__buffer_text(&text);
}

/* `postgres` and `mariadb` NULL: as SQLite's, but for the placeholders. */
static inline void assert_sql(const cf_subquery *query, const char *sqlite, const char *postgres, const char *mariadb)
{
    assert_string_equal(sql_in(&cf__sqlite_dialect, query), sqlite);
    assert_string_equal(sql_in(&postgres_dialect, query), postgres ? postgres : numbered(sqlite));
    assert_string_equal(sql_in(&mariadb_dialect, query), mariadb ? mariadb : sqlite);
}

#endif
