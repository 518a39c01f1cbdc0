/* SPDX-License-Identifier: MIT
 *
 * The session behind cf_db: identity map, shadows, unit of work. What the layers above need of it.
 */
#ifndef CARAFE_ORM_SESSION_H
#define CARAFE_ORM_SESSION_H

#include <carafe/session.h>

#include "../db/engine.h"

/* A session on an engine, in a context whose end ends the session (rolling back). `engine` NULL: every use raises
 * CF_INTERNAL "this app has no database: set .database_uri". Takes no connection yet, and costs no more than an
 * allocation. */
cf_db *cf__session_open(struct cf__context *context, cf_engine *engine);
struct cf__link *cf__session_link(cf_db *db);
/* True where something was added, changed or deleted and not committed. */
bool cf__session_pending(cf_db *db);

/* Says whose session it is, for the warning of relations loaded one row at a time: in debug mode. `handler` must last. */
void cf__session_watch(cf_db *db, const char *handler);

/* What it has run, where its engine records. */
struct cf_sql_log cf__session_recorded(cf_db *db);

/* The rows of free SQL, to be read with cf__rows_next_as_found. What is pending is written before. */
struct cf__rows cf__session_sql(cf_db *db, const char *text, struct cf_values values);

/* As cf_add, with the fields set given as bits of model->columns. `row` is from cf_new_. */
void cf__session_add(cf_db *db, const struct cf_model *model, void *row, uint64_t set);

/* What a column refuses about the value a row has in it ("is longer than 50 characters", "is out of range"): a
 * predicate without the column's name. NULL where nothing. The column may be a SHAPE's. */
const char *cf__column_problem(struct cf__context *context, const struct cf_column *column, const void *row);

#endif
