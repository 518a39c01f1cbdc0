/* SPDX-License-Identifier: MIT
 *
 * Columns whose type in the database is none of Carafe's own: `sql_type = "postgresql: citext; mariadb: INET6"` names a
 * type for each database that has one. To the program such a column is what its declaration says, and every other
 * database has it so. What this file hides is how that text is taken apart.
 */
#ifndef CARAFE_DB_SQL_TYPE_H
#define CARAFE_DB_SQL_TYPE_H

#include <carafe/sys/driver.h>

/* "postgresql: citext" in its parts, which are in the text. */
struct cf__sql_type {
    const char *database, *type;
    size_t database_size, type_size;
};
/* The next of them from *at on; false at the end. Either part may be empty where the text is wrong. */
bool cf__sql_type_next(const char **at, struct cf__sql_type *found);

/* Whether a database has the column in a type of its own. `types` may be NULL. */
bool cf__has_sql_type(const char *types, const struct cf_dialect *dialect);
/* The SQL type of a column of a table (NULL: of none): that of its own, else the dialect's. */
const char *cf__sql_type_of(cf_context *context, const struct cf_dialect *dialect, const struct cf_table *table,
                            const struct cf_schema_column *column);
/* What stands around a column (NULL: what is of no column's type) where a query gives it to the program; two empty texts
 * where nothing does. */
struct cf_around cf__sql_type_read(const struct cf_dialect *dialect, const struct cf_column *column);

#endif
