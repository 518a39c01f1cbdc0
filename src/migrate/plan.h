/* SPDX-License-Identifier: MIT
 *
 * A plan: what operations are on one database. Each step is a statement, or the rebuilding of a table where the
 * database cannot change it in place. Made without a database, so that it can be printed as well as run.
 */
#ifndef CARAFE_MIGRATE_PLAN_H
#define CARAFE_MIGRATE_PLAN_H

#include "operations.h"

#include "../db/engine.h"

/* A column of the new table and the SQL it is filled with from the old one. */
struct cf__rebuild_column {
    const char *name, *value;
};

/* A table built anew: several operations on one table in a row are one rebuild. */
struct cf__rebuild {
    const char *table;
    struct cf_table before, after;      /* as the revisions have it */
    struct cf__rebuild_column *columns; /* those with a value; the others take their default */
    size_t count;
};

struct cf__step {
    const char *what; /* "add column users.age" */
    const char *sql;  /* a statement, or */
    const struct cf__rebuild *rebuild;
    struct cf__operation operation; /* what this step alone does, to tell from a live schema whether it has been done */
    bool again;                     /* doing it twice does no harm */
    bool apart;                     /* it cannot be part of a transaction: what is before it is committed first */
};

struct cf__plan {
    cf_context *context;
    const struct cf_driver *driver;
    struct cf_schema *schema; /* as the operations planned so far leave it */
    struct cf__step *steps;
    size_t count;
    bool rebuilds;            /* foreign keys must not be enforced while it runs */
    struct cf__rebuild *open; /* the rebuild that the next operation may join */
};

/* An empty plan on a schema, which it changes. */
struct cf__plan cf__plan_new(cf_context *context, const struct cf_driver *driver, struct cf_schema *schema);
/* Plans the operations of a revision (NULL: of none). */
void cf__plan_operations(struct cf__plan *plan, const struct cf__operations *list, const char *revision);
/* Adds a statement that does `operation`. */
void cf__plan_statement(struct cf__plan *plan, const struct cf__operation *operation, struct cf__buffer *sql);
/* Adds CREATE INDEX. */
void cf__plan_index(struct cf__plan *plan, const char *table, const struct cf_index *index);
/* Runs one step in a link's transaction, which one that is apart commits. An error names it. */
void cf__plan_run_step(const struct cf__plan *plan, size_t step, struct cf__link *link);
/* Runs a plan in a link's transaction; `link->rebuilds` must have been `plan->rebuilds` when it began. An error
 * names the step. */
void cf__plan_run(const struct cf__plan *plan, struct cf__link *link);
/* The plan as a script. */
void cf__plan_print(const struct cf__plan *plan, struct cf__buffer *out);

/* ---- need.c ----------------------------------------------------------------------------------------------------- */

/* Raises where the database has no such thing as the operation makes. */
void cf__plan_need(const struct cf__plan *plan, const struct cf__operation *operation);

/* ---- alter.c ---------------------------------------------------------------------------------------------------- */

/* Plans what the driver's cf_alter_sql is for; false where the operation is none of that. `before` and `after` are the
 * operation's table (empty where there is none). */
bool cf__alter_plan(struct cf__plan *plan, const struct cf__operation *operation, const struct cf_table *before,
                    const struct cf_table *after);

/* "DROP INDEX CONCURRENTLY ix_users_age", of an operation on an index. */
const char *cf__alter_drop_index(const struct cf__plan *plan, const struct cf__operation *operation);
/* Where the numbers of a column of a table begin, where the database is told so apart. */
void cf__plan_start(struct cf__plan *plan, const struct cf__operation *operation, const char *table,
                    const struct cf_schema_column *column);
/* The comments of a table that was just created and of its columns, where they are statements of their own. */
void cf__plan_comments(struct cf__plan *plan, const struct cf_table *table);

/* ---- rebuild.c -------------------------------------------------------------------------------------------------- */

/* A rebuild that so far changes nothing. */
struct cf__rebuild *cf__rebuild_new(struct cf__plan *plan, const struct cf_table *table);
/* Takes an operation on the table in; the schema of the plan is the one before it. */
void cf__rebuild_join(struct cf__plan *plan, struct cf__rebuild *rebuild, const struct cf__operation *operation);
/* keep.c: the rebuild that keeps, too, what SQL of the user's own has made of the live table. Raises where it cannot. */
struct cf__rebuild cf__rebuild_keep(const struct cf__rebuild *planned, struct cf__link *link);
void cf__rebuild_run(const struct cf__rebuild *rebuild, struct cf__link *link);
void cf__rebuild_print(const struct cf__rebuild *rebuild, const struct cf_driver *driver, struct cf__buffer *out);
/* The SQL that takes the place of NULL in a column that becomes NOT NULL; NULL where nothing does. */
const char *cf__value_for_null(const struct cf__plan *plan, const struct cf__operation *operation);
/* Raises CF_FOREIGN_KEY where a row refers to one that is not there. */
void cf__rebuild_verify(struct cf__link *link);

#endif
