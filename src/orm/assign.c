/* SPDX-License-Identifier: MIT
 *
 * cf_assign: what a column of one object becomes is for the database to work out. The expression waits in the session's
 * list, since the struct cannot hold it, until the flush writes it in the UPDATE of its row.
 */
#include <carafe/bulk.h>

#include "bulk.h"

static void need_assignable(const struct cf__rows_of *of, const struct cf_column *column)
{
    const char *problem = of->key & cf__column_bit(column) ? "is of the primary key"
                          : column->version                ? "counts by itself"
                                                           : NULL;
    if (problem)
        cf_raise(CF_INTERNAL, "cf_assign of %s: %s %s", of->model->name, column->name, problem);
}

static struct cf__assigned **find(struct cf__session *session, struct cf__slot slot, const struct cf_column *column)
{
    struct cf__assigned **at = &session->assigned;
    while (*at && ((*at)->slot.chunk != slot.chunk || (*at)->slot.at != slot.at || (*at)->set.column != column))
        at = &(*at)->next;
    return at;
}

void cf_assign_(cf_db *db, const struct cf_model *model, void *row, struct cf_assignment set)
{
    struct cf__session *session = cf__bulk_session(db, model, "cf_assign");
    struct cf__rows_of *of = cf__rows_of(session, model);
    struct cf__slot slot = cf__slot_stored(session, of, row, "cf_assign");
    if (slot.chunk->states[slot.at] == CF__ROW_DELETED)
        cf_raise(CF_INTERNAL, "cf_assign of %s: this row is to be deleted", model->name);
    cf__check_set(model, &set, 1, "cf_assign");
    need_assignable(of, set.column);
    struct cf__assigned **at = find(session, slot, set.column);
    if (!*at)
        *at = cf_alloc(db, sizeof **at);
    (*at)->of = of;
    (*at)->slot = slot;
    (*at)->set = set;
}

bool cf__is_assigned(const struct cf__session *session, const struct cf_model *model)
{
    for (const struct cf__assigned *assigned = session->assigned; assigned; assigned = assigned->next)
        if ((!model || assigned->of->model == model) &&
            assigned->slot.chunk->states[assigned->slot.at] == CF__ROW_CLEAN)
            return true;
    return false;
}

uint64_t cf__assigned_columns(const struct cf__session *session, struct cf__slot slot)
{
    uint64_t columns = 0;
    for (const struct cf__assigned *assigned = session->assigned; assigned; assigned = assigned->next)
        if (assigned->slot.chunk == slot.chunk && assigned->slot.at == slot.at)
            columns |= cf__column_bit(assigned->set.column);
    return columns;
}

size_t cf__take_assigned(struct cf__session *session, struct cf__slot slot, struct cf_assignment *set)
{
    size_t count = 0;
    for (struct cf__assigned **at = &session->assigned; *at;) {
        const struct cf__assigned *assigned = *at;
        if (assigned->slot.chunk != slot.chunk || assigned->slot.at != slot.at) {
            at = &(*at)->next;
            continue;
        }
        if (set)
            set[count] = assigned->set;
        count++;
        *at = assigned->next;
    }
    return count;
}
