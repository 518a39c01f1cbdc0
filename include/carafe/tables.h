/* SPDX-License-Identifier: MIT
 *
 * Tables without revisions: made, dropped and looked at by the program itself. For prototypes, tests and small devices;
 * what is to change later is better made by revisions (carafe/migrate.h).
 *
 *     cf_create_all(db);
 *     const struct cf_table *users = cf_schema_table(cf_inspect(db), "users");
 */
#ifndef CARAFE_TABLES_H
#define CARAFE_TABLES_H

#include <carafe/session.h>
#include <carafe/sys/schema.h>
#pragma GCC system_header

/* Makes the tables and views of the app's models that the database has not; what is there is left as it is, and is never
 * altered. In the app's own database and in those of .binds; of one of them: cf_create_all(cf_bind(db, "audit")). It has a
 * transaction of its own: CF_INTERNAL in a session that has begun to write. CF_INTERNAL, too, where revisions have made
 * the database, and for what the database cannot do. */
void cf_create_all(cf_db *db);
/* Drops those that are there, with all rows, in the same way: those that refer first, circles too. Tables that no model has
 * stay. */
void cf_drop_all(cf_db *db);

/* What the database has, as the session's transaction sees it: its tables with columns, keys, indexes, checks and comments, and
 * its views. Carafe's own tables (carafe_…) are left out. Lives as long as the session. */
const struct cf_schema *cf_inspect(cf_db *db);
/* True where the database has a table of this name. */
bool cf_has_table(cf_db *db, const char *name);

#endif
