/* SPDX-License-Identifier: MIT
 *
 * The views of a diff: those that go, or that a change of the tables below would break, go before it, those that select from
 * others first; and come again behind it, those that others select from first. The SQL of a view is the program's own, and
 * what it selects from is what it mentions.
 */
#include "diff.h"

#include "../db/query.h"

/* What databases refuse to do to a table under a view, or what breaks the view. */
static bool is_felt_above(const struct cf__operation *operation)
{
    static const bool kinds[CF__OPERATION_KINDS] = {
        [CF__DROP_TABLE] = true,    [CF__RENAME_TABLE] = true, [CF__DROP_COLUMN] = true,
        [CF__RENAME_COLUMN] = true, [CF__ALTER_COLUMN] = true,
    };
    return kinds[operation->kind];
}

static bool is_under(const struct cf_view *view, const struct cf__operations *changes)
{
    for (size_t i = 0; i < changes->count; i++)
        if (is_felt_above(&changes->items[i]) && cf__sql_mentions(view->sql, changes->items[i].table))
            return true;
    return false;
}

/* The SQL of a live view is in the database's words. */
static bool view_goes(const struct cf__diff *diff, const struct cf_view *view, const struct cf__operations *changes)
{
    const struct cf_view *same = cf_schema_view(diff->to, view->name);
    if (!same)
        return true;
    return !diff->options->dialect && (!cf__texts_equal(view->sql, same->sql) || is_under(view, changes));
}

/* Those that select from others come before them. */
static void drop_view(struct cf__diff *diff, const struct cf_view *view)
{
    const char *name = view->name;
    for (size_t i = 0; i < diff->now->view_count;) {
        const struct cf_view *other = &diff->now->views[i++];
        if (strcmp(other->name, name) == 0 || !cf__sql_mentions(other->sql, name) || diff->options->dialect)
            continue;
        drop_view(diff, other);
        i = 0;
    }
    cf__diff_emit(diff, cf__operation_on(CF__DROP_VIEW, name, name));
}

void cf__diff_drop_views(struct cf__diff *diff, const struct cf__operations *changes)
{
    for (size_t i = 0; i < diff->now->view_count;) {
        const struct cf_view *view = &diff->now->views[i++];
        if (!view_goes(diff, view, changes))
            continue;
        drop_view(diff, view);
        i = 0;
    }
}

/* One that selects from none that is still to come. */
static const struct cf_view *next_new_view(const struct cf__diff *diff)
{
    const struct cf_view *first = NULL;
    for (size_t i = 0; i < diff->to->view_count; i++) {
        const struct cf_view *view = &diff->to->views[i];
        bool ready = !cf_schema_view(diff->now, view->name);
        first = first || !ready ? first : view;
        for (size_t k = 0; ready && k < diff->to->view_count; k++)
            ready = k == i || cf_schema_view(diff->now, diff->to->views[k].name) ||
                    !cf__sql_mentions(view->sql, diff->to->views[k].name);
        if (ready)
            return view;
    }
    return first;
}

void cf__diff_create_views(struct cf__diff *diff)
{
    const struct cf_view *view;
    while ((view = next_new_view(diff))) {
        struct cf__operation operation = cf__operation_on(CF__CREATE_VIEW, view->name, view->name);
        operation.sql = view->sql;
        cf__diff_emit(diff, operation);
    }
}
