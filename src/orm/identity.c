/* SPDX-License-Identifier: MIT
 *
 * Identity: one row is one object within a session. The index is made of chunks nobody has indexed yet, when a key
 * is looked up; keys are those of the shadows, so an object whose key field was changed is still found under the key
 * the database knows.
 */
#include <string.h>

#include "../base/random.h"
#include "state.h"

static void list_relations(struct cf__session *session, struct cf__rows_of *of)
{
    const struct cf_column *columns = of->model->columns, *end = columns + of->model->count;
    size_t count = 0;
    for (const struct cf_column *column = columns; column < end; column++)
        count += of->model->table && cf__is_relation(column);
    if (count == 0)
        return;
    of->relations = cf_alloc(&session->head, count * sizeof *of->relations);
    for (const struct cf_column *column = columns; column < end; column++)
        if (cf__is_relation(column))
            of->relations[of->relation_count++].relation = cf__relation_of(column);
    for (size_t i = 0; i < of->relation_count; i++) {
        const struct cf__relation *relation = of->relations[i].relation;
        if (relation->kind == CF_TYPE_BELONGS_TO)
            of->refers |= cf__column_bits(relation->own_columns, relation->count);
    }
}

struct cf__rows_of *cf__rows_of(struct cf__session *session, const struct cf_model *model)
{
    for (struct cf__rows_of *of = session->models; of; of = of->next)
        if (of->model == model)
            return of;
    struct cf__rows_of *of = cf_alloc(&session->head, sizeof *of);
    of->model = model;
    of->columns = cf__model_columns(model);
    of->key = cf__model_key(model);
    list_relations(session, of);
    cf__hooks_init(of);
    cf__lazy_init(session, of);
    of->next = session->models;
    session->models = of;
    return of;
}

/* ---- Added rows, which have no key yet, by address -------------------------------------------------------------- */

static struct cf__chunk **find_fresh(const struct cf__rows_of *of, const void *row)
{
    size_t mask = of->fresh_capacity - 1;
    for (size_t at = cf__hash(&row, sizeof row, 0) & mask;; at = (at + 1) & mask)
        if (!of->fresh[at] || of->fresh[at]->rows == row)
            return &of->fresh[at];
}

static void add_fresh(struct cf__session *session, struct cf__rows_of *of, struct cf__chunk *chunk)
{
    if (of->fresh_count * 2 >= of->fresh_capacity) {
        struct cf__rows_of grown = *of;
        grown.fresh_capacity = of->fresh_capacity ? of->fresh_capacity * 2 : 8;
        grown.fresh = cf_alloc(&session->head, grown.fresh_capacity * sizeof *grown.fresh);
        for (size_t i = 0; i < of->fresh_capacity; i++)
            if (of->fresh[i])
                *find_fresh(&grown, of->fresh[i]->rows) = of->fresh[i];
        *of = grown;
    }
    of->fresh_count++;
    *find_fresh(of, chunk->rows) = chunk;
}

/* ---- Chunks ----------------------------------------------------------------------------------------------------- */

struct cf__chunk *cf__chunk_add(struct cf__session *session, struct cf__rows_of *of, char *rows, size_t count,
                                enum cf__row_state state)
{
    size_t size = count * of->model->size;
    struct cf__chunk *chunk = cf__take(session->context, sizeof *chunk + count);
    *chunk = (struct cf__chunk){
        .rows = rows,
        .shadows = cf__take(session->context, size),
        .states = (unsigned char *)(chunk + 1),
        .count = count,
        .transaction = session->transaction,
        .next = of->chunks,
        .next_unindexed = of->unindexed,
    };
    memset(chunk->states, state, count);
    memcpy(chunk->shadows, rows, size);
    of->chunks = of->unindexed = chunk;
    if (state == CF__ROW_NEW)
        add_fresh(session, of, chunk);
    return chunk;
}

static struct cf__slot search_chunk(const struct cf__rows_of *of, struct cf__chunk *chunk, const void *row)
{
    uintptr_t address = (uintptr_t)row, offset = address - (uintptr_t)chunk->rows;
    if (address >= (uintptr_t)chunk->rows && offset < chunk->count * of->model->size && offset % of->model->size == 0)
        return (struct cf__slot){ chunk, offset / of->model->size };
    return (struct cf__slot){ 0 };
}

/* By address: for rows that have no key yet or another one than before. */
static struct cf__slot search_chunks(const struct cf__rows_of *of, const void *row)
{
    struct cf__slot slot = { 0 };
    for (struct cf__chunk *chunk = of->chunks; chunk && !slot.chunk; chunk = chunk->next)
        slot = search_chunk(of, chunk, row);
    return slot;
}

/* ---- Keys ------------------------------------------------------------------------------------------------------- */

uint64_t cf__values_hash(const struct cf_model *model, uint64_t columns, const void *row)
{
    uint64_t hash = 0;
    for (uint64_t left = columns; left; left &= left - 1) {
        struct cf_operand value = cf__field_value(&model->columns[__builtin_ctzll(left)], row);
        hash = cf__value_hash(&value, hash);
    }
    return hash;
}

bool cf__same_values(const struct cf_model *model, uint64_t columns, const void *left, const void *right)
{
    for (uint64_t rest = columns; rest; rest &= rest - 1) {
        const struct cf_column *column = &model->columns[__builtin_ctzll(rest)];
        struct cf_operand a = cf__field_value(column, left), b = cf__field_value(column, right);
        if (!cf__value_same(&a, &b))
            return false;
    }
    return true;
}

/* ---- The index -------------------------------------------------------------------------------------------------- */

static struct cf__slot *find_place(const struct cf__rows_of *of, const void *keyed)
{
    size_t mask = of->index_capacity - 1;
    for (size_t at = cf__values_hash(of->model, of->key, keyed) & mask;; at = (at + 1) & mask) {
        struct cf__slot *slot = &of->index[at];
        if (!slot->chunk || cf__same_values(of->model, of->key, cf__slot_shadow(of, *slot), keyed))
            return slot;
    }
}

static void make_room(struct cf__session *session, struct cf__rows_of *of, size_t more)
{
    size_t wanted = of->index_capacity ? of->index_capacity : 16;
    while ((of->index_count + more) * 2 > wanted)
        wanted *= 2;
    if (wanted == of->index_capacity)
        return;
    struct cf__rows_of grown = *of;
    grown.index_capacity = wanted;
    grown.index = cf_alloc(&session->head, wanted * sizeof *grown.index);
    for (size_t i = 0; i < of->index_capacity; i++)
        if (of->index[i].chunk)
            *find_place(&grown, cf__slot_shadow(of, of->index[i])) = of->index[i];
    *of = grown;
}

void cf__identity_enter(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot)
{
    make_room(session, of, 1);
    struct cf__slot *place = find_place(of, cf__slot_shadow(of, slot));
    of->index_count += !place->chunk;
    *place = slot;
}

static void index_chunk(struct cf__session *session, struct cf__rows_of *of, struct cf__chunk *chunk)
{
    make_room(session, of, chunk->count);
    for (size_t i = 0; i < chunk->count; i++) {
        struct cf__slot slot = { chunk, i };
        bool hidden = chunk->states[i] == CF__ROW_GONE && of->deleted_at;
        if (chunk->states[i] == CF__ROW_CLEAN || chunk->states[i] == CF__ROW_DELETED ||
            (hidden && !find_place(of, cf__slot_shadow(of, slot))->chunk))
            cf__identity_enter(session, of, slot);
    }
}

void cf__identity_reset(struct cf__rows_of *of)
{
    of->index = NULL;
    of->index_count = of->index_capacity = 0;
    of->unindexed = of->chunks;
    for (struct cf__chunk *chunk = of->chunks; chunk; chunk = chunk->next)
        chunk->next_unindexed = chunk->next;
}

static struct cf__slot find(struct cf__session *session, struct cf__rows_of *of, const void *keyed)
{
    for (; of->unindexed; of->unindexed = of->unindexed->next_unindexed)
        index_chunk(session, of, of->unindexed);
    return of->index_capacity ? *find_place(of, keyed) : (struct cf__slot){ 0 };
}

struct cf__slot cf__identity_find(struct cf__session *session, struct cf__rows_of *of, const void *keyed)
{
    struct cf__slot slot = find(session, of, keyed);
    if (slot.chunk && slot.chunk->states[slot.at] >= CF__ROW_GONE)
        return (struct cf__slot){ 0 };
    return slot;
}

struct cf__slot cf__identity_hidden(struct cf__session *session, struct cf__rows_of *of, const void *keyed)
{
    struct cf__slot slot = of->deleted_at ? find(session, of, keyed) : (struct cf__slot){ 0 };
    if (slot.chunk && slot.chunk->states[slot.at] == CF__ROW_GONE &&
        cf__is_hidden(of->model, cf__slot_shadow(of, slot), NULL))
        return slot;
    return (struct cf__slot){ 0 };
}

struct cf__slot cf__slot_of(struct cf__session *session, struct cf__rows_of *of, const void *row)
{
    struct cf__chunk *fresh = of->fresh_capacity ? *find_fresh(of, row) : NULL;
    if (fresh)
        return (struct cf__slot){ fresh, 0 };
    struct cf__slot slot = cf__identity_find(session, of, row);
    return slot.chunk && cf__slot_row(of, slot) == row ? slot : search_chunks(of, row);
}

struct cf__slot cf__slot_near(struct cf__session *session, struct cf__rows_of *of, const void *row,
                              struct cf__chunk *near)
{
    struct cf__slot slot = near ? search_chunk(of, near, row) : (struct cf__slot){ 0 };
    return slot.chunk ? slot : cf__slot_of(session, of, row);
}
