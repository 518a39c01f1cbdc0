/* SPDX-License-Identifier: MIT
 *
 * carafe_history: one row for each revision that is applied. Who knows which revisions a database has asks here.
 */
#ifndef CARAFE_MIGRATE_HISTORY_H
#define CARAFE_MIGRATE_HISTORY_H

#include "graph.h"

#include "../db/engine.h"

MODEL(cf__history, "carafe_history", (id, String(32), primary_key = true), (hash, String(64)), (message, Text),
      (applied_at, DateTime), (duration_ms, Integer));

/* What a database has. */
struct cf__applied {
    struct cf__history *rows;
    size_t count;
    struct cf__revision_set set; /* those linked into the program */
};

/* "CREATE TABLE IF NOT EXISTS …" of a table that keeps the books. */
const char *cf__table_ddl(cf_context *context, const struct cf_dialect *dialect, const struct cf_model *model);
const char *cf__history_ddl(cf_context *context, const struct cf_dialect *dialect);
/* False where there is no such table yet. Outside a transaction only. */
bool cf__history_exists(struct cf__link *link);
/* Revisions that are applied but not linked are in rows only. */
struct cf__applied cf__history_read(struct cf__link *link, const struct cf__graph *graph);
/* Raises where a revision is applied that is not linked into the program. */
void cf__history_need_linked(const struct cf__applied *applied, const struct cf__graph *graph);
void cf__history_add(struct cf__link *link, const cf_revision *revision, const char *hash, int64_t duration_ms);
void cf__history_remove(struct cf__link *link, const cf_revision *revision);
/* The same as statements of a script. */
void cf__history_print_add(struct cf__buffer *out, const cf_revision *revision, const char *hash);
void cf__history_print_remove(struct cf__buffer *out, const cf_revision *revision);

/* Logs a warning for each applied revision whose operations are not those that were applied. */
void cf__history_warn_edited(const struct cf__applied *applied, const struct cf__graph *graph);

#endif
