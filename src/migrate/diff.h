/* SPDX-License-Identifier: MIT
 *
 * What the files that find differences share: diff.c looks at tables, views.c at views, own_sql.c at SQL that belongs to tables.
 */
#ifndef CARAFE_MIGRATE_DIFF_H
#define CARAFE_MIGRATE_DIFF_H

#include "operations.h"

/* On the way from `now`, to which each operation found is applied at once, to `to`. */
struct cf__diff {
    cf_context *context;
    const struct cf__diff_options *options;
    struct cf_schema *now;
    const struct cf_schema *to;
    struct cf__operations list;
};

static inline struct cf__operation cf__operation_on(enum cf__operation_kind kind, const char *table, const char *name)
{
    return (struct cf__operation){ .kind = kind, .table = table, .name = name };
}

void cf__diff_emit(struct cf__diff *diff, struct cf__operation operation);

/* views.c: what goes before the `changes` of the tables, and comes behind them. */
void cf__diff_drop_views(struct cf__diff *diff, const struct cf__operations *changes);
void cf__diff_create_views(struct cf__diff *diff);

/* own_sql.c: SQL of tables that goes, the last first: before anything else changes, or (`last`) what tables needed, once all
 * has changed; and that comes, to a table that is there: what it needs (`before`), or the rest. */
void cf__diff_drop_ddls(struct cf__diff *diff, bool last);
void cf__diff_create_ddls(struct cf__diff *diff, const struct cf_table *to, bool before);

#endif
