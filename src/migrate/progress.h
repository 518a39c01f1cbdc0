/* SPDX-License-Identifier: MIT
 *
 * carafe_progress: how far a revision has come, on databases where each change of the schema commits by itself, or where some
 * are no part of a transaction. Before such a step its intent is committed, after it its completion; so a process that dies, or a step that fails, leaves a row that
 * says where to go on.
 */
#ifndef CARAFE_MIGRATE_PROGRESS_H
#define CARAFE_MIGRATE_PROGRESS_H

#include "migrate.h"
#include "plan.h"

/* One row at most. */
MODEL(cf__progress, "carafe_progress", (revision, String(32), primary_key = true), (up, Boolean), (step, Integer),
      (begun, Boolean), (hash, String(64)));

const char *cf__progress_ddl(cf_context *context, const struct cf_dialect *dialect);
/* NULL where no revision is under way. */
struct cf__progress *cf__progress_read(struct cf__link *link);
/* The same, of a database that may not have the table. Outside a transaction only. */
struct cf__progress *cf__progress_find(struct cf__link *link);
/* The step that a plan goes on with, given what was read (NULL: the first). Raises where that is another revision's or
 * another way's, where what was already done has been edited, and where a step that only the user can judge was begun
 * and `resume` does not say. */
size_t cf__progress_resume(const struct cf__progress *progress, const struct cf__plan *plan, const char *revision,
                           bool up, enum cf__resume resume, struct cf__link *link);
/* Notes that `step` is next, or has begun; in the link's transaction. */
void cf__progress_write(struct cf__link *link, const struct cf__plan *plan, const char *revision, bool up, size_t step,
                        bool begun);
void cf__progress_remove(struct cf__link *link, const char *revision);

#endif
