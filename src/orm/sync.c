/* SPDX-License-Identifier: MIT
 *
 * Keeping the session's objects in step with statements that did not go through them. After an UPDATE or DELETE of many
 * rows the objects of that model are read again by their keys, in batches: they say what the database says, whatever the
 * condition and its triggers did, on every database alike; those it does not have any more are forgotten. (Working the
 * condition out here would need the database's collations; RETURNING is not known everywhere for UPDATE.)
 *
 * All of it leaves notes, so that a rollback brings the objects back.
 */
#include <stdlib.h>
#include <string.h>

#include "state.h"

enum { BATCH = 512, COMPOSITE_BATCH = 64 };

static void take_fields(struct cf__session *session, const struct cf__rows_of *of, struct cf__slot slot,
                        const char *row, uint64_t columns)
{
    for (uint64_t left = columns; left; left &= left - 1) {
        const struct cf_column *column = &of->model->columns[__builtin_ctzll(left)];
        memcpy(cf__slot_row(of, slot) + column->offset, row + column->offset, cf__field_size(column));
    }
    cf__links_settle(of, slot);
    cf__lists_follow(session, of, slot, cf__slot_shadow(of, slot));
    for (uint64_t left = columns; left; left &= left - 1) {
        const struct cf_column *column = &of->model->columns[__builtin_ctzll(left)];
        memcpy(cf__slot_shadow(of, slot) + column->offset, row + column->offset, cf__field_size(column));
    }
}

void *cf__sync_row(struct cf__session *session, struct cf__rows_of *of, void *row)
{
    struct cf__slot slot = cf__identity_find(session, of, row);
    if (slot.chunk) {
        cf__note_undo(session, of, slot);
        take_fields(session, of, slot, row, of->columns);
        return cf__slot_row(of, slot);
    }
    cf__relations_unload(of, row);
    slot.chunk = cf__chunk_add(session, of, row, 1, CF__ROW_NEW); /* it is not there any more after a rollback */
    cf__note_undo(session, of, slot);
    slot.chunk->states[0] = CF__ROW_CLEAN;
    return row;
}

/* ---- Known rows ------------------------------------------------------------------------------------------------- */

struct batch {
    struct cf__slot slots[BATCH]; /* in the order of their places in memory */
    bool found[BATCH];
    size_t count;
    uint64_t columns; /* that are read of rows known to be there; 0: all of each, which may be gone */
};

static int compare_places(const void *left, const void *right)
{
    const struct cf__slot *a = left, *b = right;
    if (a->chunk != b->chunk)
        return (uintptr_t)a->chunk < (uintptr_t)b->chunk ? -1 : 1;
    return (a->at > b->at) - (a->at < b->at);
}

static cf_expr *has_one_of_keys(const struct cf__rows_of *of, const struct batch *batch)
{
    if (of->key & (of->key - 1)) {
        const cf_expr *alternatives[COMPOSITE_BATCH];
        for (size_t i = 0; i < batch->count; i++)
            alternatives[i] = cf__equals(of->model, of->key, cf__slot_shadow(of, batch->slots[i]));
        return cf_combine_(CF_OR, batch->count, alternatives);
    }
    const struct cf_column *column = &of->model->columns[__builtin_ctzll(of->key)];
    struct cf_operand values[BATCH];
    for (size_t i = 0; i < batch->count; i++)
        values[i] = cf__field_value(column, cf__slot_shadow(of, batch->slots[i]));
    return cf_in_((struct cf_operand){ .kind = CF_OPERAND_COLUMN, .column = column }, batch->count, values);
}

static void take_row(struct cf__session *session, struct cf__rows_of *of, struct batch *batch, const void *row)
{
    struct cf__slot slot = cf__identity_find(session, of, row);
    struct cf__slot *place =
        slot.chunk ? bsearch(&slot, batch->slots, batch->count, sizeof slot, compare_places) : NULL;
    if (!place)
        return;
    batch->found[place - batch->slots] = true;
    if (batch->columns) {
        take_fields(session, of, slot, row, batch->columns);
        return;
    }
    cf__note_undo(session, of, slot);
    uint64_t left_out = of->lazy ? of->lazy & ~cf__lazy_held(of, cf__slot_row(of, slot)) : 0;
    take_fields(session, of, slot, row, of->columns & ~left_out);
}

static void forget_missing(struct cf__session *session, struct cf__rows_of *of, const struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct cf__slot slot = batch->slots[i];
        if (batch->found[i])
            continue;
        cf__note_undo(session, of, slot);
        slot.chunk->states[slot.at] = CF__ROW_GONE;
        of->lost = true;
    }
}

static uint64_t held_by_any(const struct cf__rows_of *of, const struct batch *batch)
{
    uint64_t held = 0;
    for (size_t i = 0; of->lazy && i < batch->count; i++)
        held |= cf__lazy_held(of, cf__slot_row(of, batch->slots[i]));
    return held;
}

static void read_batch(struct cf__session *session, struct cf__rows_of *of, struct batch *batch)
{
    if (!batch->count)
        return;
    qsort(batch->slots, batch->count, sizeof batch->slots[0], compare_places);
    memset(batch->found, 0, sizeof batch->found);
    struct cf__query query = {
        .kind = CF__SELECT,
        .model = of->model,
        .columns = batch->columns ? batch->columns | of->key : (of->columns & ~of->lazy) | held_by_any(of, batch),
        .where = has_one_of_keys(of, batch),
    };
    void *row = cf_alloc(&session->head, of->model->size);
    struct cf__rows rows = cf__link_run(&session->link, &query);
    while (cf__rows_next(&rows, row))
        take_row(session, of, batch, row);
    if (!batch->columns)
        forget_missing(session, of, batch);
    batch->count = 0;
}

static size_t most_keys(const struct cf__rows_of *of)
{
    return of->key & (of->key - 1) ? COMPOSITE_BATCH : BATCH;
}

void cf__sync_columns(struct cf__session *session, struct cf__rows_of *of, const struct cf__slot *slots, size_t count,
                      uint64_t columns)
{
    struct batch *batch = cf__take(session->context, sizeof *batch);
    batch->columns = columns;
    for (size_t size, most = most_keys(of); count; slots += size, count -= size) {
        size = count < most ? count : most;
        memcpy(batch->slots, slots, size * sizeof *slots);
        batch->count = size;
        read_batch(session, of, batch);
    }
}

void cf__sync_known(struct cf__session *session, struct cf__rows_of *of)
{
    struct batch *batch = of->chunks ? cf__take(session->context, sizeof *batch) : NULL;
    size_t most = most_keys(of);
    if (!batch)
        return;
    batch->count = 0;
    batch->columns = 0;
    for (struct cf__chunk *chunk = of->chunks; chunk; chunk = chunk->next) {
        for (size_t at = 0; at < chunk->count; at++) {
            if (chunk->states[at] != CF__ROW_CLEAN)
                continue;
            batch->slots[batch->count++] = (struct cf__slot){ chunk, at };
            if (batch->count == most)
                read_batch(session, of, batch);
        }
    }
    read_batch(session, of, batch);
    cf__lists_settle(session);
}
