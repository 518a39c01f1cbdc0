/* SPDX-License-Identifier: MIT
 *
 * The table of drivers: the one place that knows which databases there are.
 */
#ifndef CARAFE_DB_DRIVERS_H
#define CARAFE_DB_DRIVERS_H

#include <carafe/sys/driver.h>

/* The driver of a URI's scheme; raises CF_INTERNAL naming those known. */
const struct cf_driver *cf__driver_find(const struct cf_uri *uri);

/* Whether there is a database of that name: those that this build leaves out, too. */
bool cf__is_database(const char *name);

/* What is wrong with a type that a column is to have there, as a predicate; NULL: nothing. */
const char *cf__misfit_of(const char *database, const struct cf_schema_column *column, const char *sql_type);

#endif
