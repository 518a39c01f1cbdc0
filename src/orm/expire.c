/* SPDX-License-Identifier: MIT
 *
 * What the session knows of its rows, told and forgotten. A row's state is the one it is kept in, and whether it differs
 * from its shadow; nothing here changes it. An expired row is put back to its shadow and marked in its chunk, so that who
 * reads it next takes what the database says.
 */
#include <string.h>

#include "state.h"

static bool is_stored(struct cf__slot slot)
{
    return slot.chunk->states[slot.at] == CF__ROW_CLEAN || slot.chunk->states[slot.at] == CF__ROW_DELETED;
}

struct cf__slot cf__slot_stored(struct cf__session *session, struct cf__rows_of *of, const void *row, const char *call)
{
    struct cf__slot slot = cf__slot_of(session, of, row);
    if (!slot.chunk || !is_stored(slot))
        cf_raise(CF_INTERNAL, "%s of %s: this row is none the session has read or written", call, of->model->name);
    return slot;
}

/* ---- cf_expire -------------------------------------------------------------------------------------------------- */

void cf__slot_expire(struct cf__session *session, const struct cf__rows_of *of, struct cf__slot slot)
{
    if (!slot.chunk->expired)
        slot.chunk->expired = cf_alloc(&session->head, slot.chunk->count * sizeof *slot.chunk->expired);
    slot.chunk->expired[slot.at] = true;
    cf__relations_unload(of, cf__slot_shadow(of, slot));
    memcpy(cf__slot_row(of, slot), cf__slot_shadow(of, slot), of->model->size);
}

void cf__lists_expire(struct cf__session *session, const void *row)
{
    for (struct cf__link_change **at = &session->links; *at;) {
        const struct cf__link_change *change = *at;
        struct cf__slot slot = cf__slot_of(session, cf__rows_of(session, change->relation->own), change->own);
        if (row ? change->own == row : slot.chunk && is_stored(slot))
            *at = change->next;
        else
            at = &(*at)->next;
    }
}

void cf_expire_(cf_db *db, const struct cf_model *model, const void *row)
{
    struct cf__session *session = cf__session_for(db, model);
    cf__session_need_engine(session);
    struct cf__rows_of *of = cf__rows_of(session, model);
    struct cf__slot slot = cf__slot_stored(session, of, row, "cf_expire");
    cf__slot_expire(session, of, slot);
    cf__take_assigned(session, slot, NULL);
    cf__lists_expire(session, row);
}

static void expire_session(struct cf__session *session)
{
    for (struct cf__rows_of *of = session->models; of; of = of->next)
        for (struct cf__chunk *chunk = of->chunks; chunk; chunk = chunk->next)
            for (size_t at = 0; at < chunk->count; at++)
                if (is_stored((struct cf__slot){ chunk, at }))
                    cf__slot_expire(session, of, (struct cf__slot){ chunk, at });
    session->assigned = NULL;
    cf__lists_expire(session, NULL);
}

void cf_expire_all(cf_db *db)
{
    struct cf__session *main = cf__session_of(db);
    cf__session_need_engine(main);
    expire_session(main);
    for (struct cf__session *session = main->binds; session; session = session->next)
        expire_session(session);
}

/* ---- States ----------------------------------------------------------------------------------------------------- */

static bool has_other_relations(const struct cf__rows_of *of, struct cf__slot slot)
{
    for (size_t i = 0; i < of->relation_count; i++) {
        const struct cf__relation *relation = of->relations[i].relation;
        void *const *now = cf__relation_field(relation, cf__slot_row(of, slot));
        void *const *before = cf__relation_field(relation, cf__slot_shadow(of, slot));
        if (!cf__is_to_many(relation->column) && *now != *before && !cf__is_trap(*now))
            return true;
    }
    return false;
}

static enum cf_row_state state_of(const struct cf__session *session, const struct cf__rows_of *of, struct cf__slot slot)
{
    static const enum cf_row_state states[] = {
        [CF__ROW_CLEAN] = CF_ROW_CLEAN,  [CF__ROW_NEW] = CF_ROW_NEW,          [CF__ROW_DELETED] = CF_ROW_DELETED,
        [CF__ROW_GONE] = CF_ROW_UNKNOWN, [CF__ROW_EXPUNGED] = CF_ROW_UNKNOWN,
    };
    enum cf_row_state state = slot.chunk ? states[slot.chunk->states[slot.at]] : CF_ROW_UNKNOWN;
    bool is_changed = state == CF_ROW_CLEAN && (cf__changed_columns(of, slot) || has_other_relations(of, slot) ||
                                                cf__assigned_columns(session, slot));
    return is_changed ? CF_ROW_CHANGED : state;
}

enum cf_row_state cf_state_(cf_db *db, const struct cf_model *model, const void *row)
{
    struct cf__session *session = cf__session_for(db, model);
    cf__session_need_engine(session);
    struct cf__rows_of *of = cf__rows_of(session, model);
    return state_of(session, of, cf__slot_of(session, of, row));
}

static struct cf__slot need_watched(cf_db *db, const struct cf_model *model, const void *row, const char *call)
{
    struct cf__session *session = cf__session_for(db, model);
    cf__session_need_engine(session);
    struct cf__slot slot = cf__slot_of(session, cf__rows_of(session, model), row);
    if (!slot.chunk || slot.chunk->states[slot.at] >= CF__ROW_GONE)
        cf_raise(CF_INTERNAL, "%s of %s: this row is none the session watches", call, model->name);
    return slot;
}

bool cf_is_changed_(cf_db *db, const struct cf_column *column, const void *row)
{
    struct cf__slot slot = need_watched(db, column->model, row, "cf_is_changed");
    const struct cf__rows_of *of = cf__rows_of(cf__session_for(db, column->model), column->model);
    uint64_t bit = cf__column_bit(column);
    if (slot.chunk->states[slot.at] == CF__ROW_NEW)
        return slot.chunk->added->set & bit || !cf__field_is_zero(column, row);
    return (cf__changed_columns(of, slot) | cf__assigned_columns(cf__session_for(db, column->model), slot)) & bit;
}

const void *cf_original_(cf_db *db, const struct cf_model *model, const void *row)
{
    struct cf__slot slot = need_watched(db, model, row, "cf_original");
    const struct cf__rows_of *of = cf__rows_of(cf__session_for(db, model), model);
    return slot.chunk->states[slot.at] == CF__ROW_NEW ? NULL : cf__slot_shadow(of, slot);
}

/* Chunks are kept newest first, so the list is filled from its end. */
void *cf_pending_(cf_db *db, const struct cf_model *model, enum cf_row_state state)
{
    struct cf__session *session = cf__session_for(db, model);
    cf__session_need_engine(session);
    const struct cf__rows_of *of = cf__rows_of(session, model);
    size_t most = 0;
    for (const struct cf__chunk *chunk = of->chunks; chunk; chunk = chunk->next)
        most += chunk->count;
    struct cf__items *list = cf_alloc(db, sizeof *list);
    void **end = (void **)cf_alloc(db, (most + 1) * sizeof *end) + most;
    for (struct cf__chunk *chunk = of->chunks; chunk; chunk = chunk->next)
        for (size_t at = chunk->count; at-- > 0;)
            if (state != CF_ROW_UNKNOWN && state_of(session, of, (struct cf__slot){ chunk, at }) == state) {
                *--end = cf__slot_row(of, (struct cf__slot){ chunk, at });
                list->count++;
            }
    list->items = end;
    return list;
}
