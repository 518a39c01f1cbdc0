/* SPDX-License-Identifier: MIT
 *
 * SQL of tables (Ddl entries) in a diff. A live database tells nothing of what it has made, so models and revisions are compared
 * alone. What a table needs (before = true) comes before anything that may use it, and goes when nothing does any more.
 */
#include "diff.h"

static const struct cf_table *table_now(const struct cf__diff *diff, const struct cf_table *to)
{
    return cf_schema_table(diff->now, to->name);
}

/* What a table of now will be; NULL where it goes, and takes what is its own along. */
static const struct cf_table *table_after(const struct cf__diff *diff, const struct cf_table *now)
{
    const struct cf_table *same = cf_schema_table(diff->to, now->name);
    for (size_t i = 0; !same && i < diff->to->count; i++)
        if (cf__texts_equal(diff->to->tables[i].was, now->name) && !table_now(diff, &diff->to->tables[i]))
            same = &diff->to->tables[i];
    return same;
}

/* What a table needed and does no longer is in use until its columns have changed. */
static bool goes(const struct cf_ddl *ddl, const struct cf_table *to, bool last)
{
    const struct cf_ddl *same = cf__own_ddl(to, ddl->name);
    return last ? !same : same ? !cf__ddls_equal(ddl, same) : !ddl->before;
}

void cf__diff_drop_ddls(struct cf__diff *diff, bool last)
{
    for (size_t i = 0; !diff->options->dialect && i < diff->now->count; i++) {
        const struct cf_table *now = &diff->now->tables[i], *to = table_after(diff, now);
        for (size_t k = now->ddl_count; to && k-- > 0;)
            if (goes(&now->ddls[k], to, last))
                cf__diff_emit(diff, cf__operation_on(CF__DROP_DDL, now->name, now->ddls[k].name));
    }
}

void cf__diff_create_ddls(struct cf__diff *diff, const struct cf_table *to, bool before)
{
    for (size_t i = 0; !diff->options->dialect && table_now(diff, to) && i < to->ddl_count; i++) {
        struct cf__operation operation = cf__operation_on(CF__CREATE_DDL, to->name, to->ddls[i].name);
        operation.ddl = &to->ddls[i];
        if (to->ddls[i].before == before && !cf__own_ddl(table_now(diff, to), operation.name))
            cf__diff_emit(diff, operation);
    }
}
