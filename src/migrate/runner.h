/* SPDX-License-Identifier: MIT
 *
 * Running revisions against a database, or printing them as a script.
 */
#ifndef CARAFE_MIGRATE_RUNNER_H
#define CARAFE_MIGRATE_RUNNER_H

#include "history.h"
#include "migrate.h"
#include "operations.h"

/* The schema that the revisions of `set` make. */
struct cf_schema *cf__replay(const struct cf__graph *graph, const struct cf__revision_set *set);

void cf__run_upgrade(struct cf__migration *migration, const struct cf__graph *graph, const char *target);
void cf__run_downgrade(struct cf__migration *migration, const struct cf__graph *graph, const char *target);
/* `target` may be "from:to". */
void cf__print_upgrade(struct cf__migration *migration, const struct cf__graph *graph, const char *target);
void cf__print_downgrade(struct cf__migration *migration, const struct cf__graph *graph, const char *target);

/* A line of a command: to its output, or where it has none to the log. */
void cf__say(struct cf__migration *migration, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
