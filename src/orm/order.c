/* SPDX-License-Identifier: MIT
 *
 * In which order a flush writes. Models are ranked by the foreign keys among them. Deletes come last, so that nothing that
 * is yet to be moved refers to what is gone; but where a new or changed row takes the key, or a unique value, of a row to be
 * deleted, they come first: nothing else could work. That waits for a row which is to be moved away from a deleted one:
 * the database's cascade would take it along. Such a flush ends in CF_UNIQUE.
 */
#include <string.h>

#include "../db/names.h"
#include "keys.h"

/* ---- Ranks ------------------------------------------------------------------------------------------------------ */

/* The table that "users.id" names, where the session has rows of it. */
static const struct cf__rows_of *find_referenced(const struct cf__session *session, const char *references)
{
    size_t size = strcspn(references, ".");
    for (const struct cf__rows_of *of = session->models; of; of = of->next)
        if (of->model->table && strlen(of->model->table) == size && memcmp(of->model->table, references, size) == 0)
            return of;
    return NULL;
}

static bool raise_above(const struct cf__rows_of *parent, struct cf__rows_of *of)
{
    if (!parent || parent == of || of->rank > parent->rank)
        return false;
    of->rank = parent->rank + 1;
    return true;
}

static const struct cf__rows_of *find_rows_of(const struct cf__session *session, const struct cf_model *model)
{
    const struct cf__rows_of *of = session->models;
    while (of && of->model != model)
        of = of->next;
    return of;
}

static bool raise_rank(const struct cf__session *session, struct cf__rows_of *of, bool needed)
{
    bool raised = false;
    for (size_t i = 0; i < of->relation_count; i++) {
        const struct cf__relation *relation = of->relations[i].relation;
        if (relation->kind == CF_TYPE_BELONGS_TO && !relation->column->refers_to &&
            !(needed && relation->own_columns[0]->nullable))
            raised |= raise_above(find_rows_of(session, relation->other), of);
    }
    for (size_t i = 0; i < of->model->count; i++) {
        const struct cf_column *column = &of->model->columns[i];
        if (column->references && !(needed && column->nullable))
            raised |= raise_above(find_referenced(session, column->references), of);
    }
    return raised;
}

/* A path through n models has n - 1 steps. False where models refer to each other in a circle: these have got any rank. */
static bool rank_by(struct cf__session *session, bool needed)
{
    size_t models = 0;
    bool raised = true;
    for (struct cf__rows_of *of = session->models; of; of = of->next, models++)
        of->rank = 0;
    for (size_t pass = 0; raised && pass < models; pass++) {
        raised = false;
        for (struct cf__rows_of *of = session->models; of; of = of->next)
            raised |= raise_rank(session, of, needed);
    }
    return !raised;
}

size_t cf__rank_models(struct cf__session *session)
{
    size_t highest = 0;
    if (!rank_by(session, false)) /* a circle is opened where a key may be NULL */
        rank_by(session, true);
    for (const struct cf__rows_of *of = session->models; of; of = of->next)
        highest = of->rank > highest ? of->rank : highest;
    return highest;
}

/* ---- Unique values ---------------------------------------------------------------------------------------------- */

/* The columns that an entry's fields name: "author_id, slug". */
static uint64_t fields_of(const struct cf_model *model, const struct cf_column *entry)
{
    struct cf_names names = cf__fields_split(&cf__current()->head, entry->fields);
    uint64_t bits = 0;
    for (size_t i = 0; i < names.count; i++)
        for (size_t j = 0; j < model->count; j++)
            if (strcmp(model->columns[j].name, names.items[i]) == 0)
                bits |= (uint64_t)1 << j;
    return bits;
}

uint64_t cf__unique_columns(const struct cf_model *model, size_t item)
{
    const struct cf_column *column = &model->columns[item];
    if (column->type < CF_TYPE_COUNT_)
        return column->unique ? (uint64_t)1 << item : 0;
    return column->type == CF_TYPE_UNIQUE_ENTRY ? fields_of(model, column) : 0;
}

uint64_t cf__unique_index_columns(const struct cf_model *model, size_t item)
{
    const struct cf_column *entry = &model->columns[item];
    if (entry->type != CF_TYPE_INDEX_ENTRY || !entry->unique || entry->expressions || !entry->fields)
        return 0;
    uint64_t bits = fields_of(model, entry);
    size_t count = cf__fields_split(&cf__current()->head, entry->fields).count;
    return (size_t)__builtin_popcountll(bits) == count ? bits : 0; /* else one is more than a name */
}

/* ---- Deletes that go first -------------------------------------------------------------------------------------- */

/* The values that rows to be deleted have in some columns. */
struct places {
    struct cf__session *session;
    struct cf__rows_of *of;
    const struct cf_column *columns[64];
    uint64_t bits;
    struct cf__keys keys;
};

static void find_places(struct places *places, const struct cf_column *const *columns, size_t count)
{
    cf__keys_init(&places->keys, places->session->context, (struct cf__key){ columns, count });
    for (struct cf__chunk *chunk = places->of->chunks; chunk; chunk = chunk->next)
        for (size_t at = 0; at < chunk->count; at++)
            if (chunk->states[at] == CF__ROW_DELETED)
                cf__keys_put(&places->keys, cf__slot_shadow(places->of, (struct cf__slot){ chunk, at }));
}

static bool is_taken(const struct places *places)
{
    struct cf__rows_of *of = places->of;
    uint64_t changed;
    for (const struct cf__added *added = places->session->added; added; added = added->next)
        if (added->of == of && cf__keys_find(&places->keys, places->keys.key, cf__slot_row(of, added->slot)) >= 0)
            return true;
    for (struct cf__slot slot = { of->chunks, 0 }; (slot = cf__next_changed(places->session, of, slot, &changed)).chunk;
         slot.at++)
        if (changed & places->bits && cf__keys_find(&places->keys, places->keys.key, cf__slot_row(of, slot)) >= 0)
            return true;
    return false;
}

static bool is_any_taken(struct cf__session *session, struct cf__rows_of *of, uint64_t bits)
{
    struct places places = { .session = session, .of = of, .bits = bits };
    size_t count = 0;
    for (uint64_t left = bits; left; left &= left - 1)
        places.columns[count++] = &of->model->columns[__builtin_ctzll(left)];
    if (count)
        find_places(&places, places.columns, count);
    return count && is_taken(&places);
}

/* A key of columns that refer to others is known before the insert, where these are. */
static bool has_candidates(struct cf__session *session, struct cf__rows_of *of)
{
    uint64_t changed;
    bool any = false;
    for (const struct cf__added *added = session->added; added; added = added->next) {
        if (added->of != of)
            continue;
        cf__links_before_insert(session, added);
        any = true;
    }
    return any || cf__next_changed(session, of, (struct cf__slot){ of->chunks, 0 }, &changed).chunk;
}

static bool takes_place(struct cf__session *session, struct cf__rows_of *of)
{
    if (!of->deleted || of->deleted_at || !has_candidates(session, of))
        return false;
    bool taken = is_any_taken(session, of, of->key);
    for (size_t i = 0; i < of->model->count && !taken; i++)
        taken = is_any_taken(session, of, cf__unique_columns(of->model, i));
    return taken;
}

/* True where a row refers to another than it did, or will when that has got its key. */
static bool is_moved(const struct cf__session *session, const struct cf__rows_of *of, struct cf__slot slot,
                     const struct cf__reference *reference)
{
    const char *row = cf__slot_row(of, slot), *shadow = cf__slot_shadow(of, slot);
    uint64_t changed = cf__changed_columns(of, slot);
    for (size_t i = 0; i < reference->count; i++)
        if (changed & cf__column_bit(reference->from_columns[i]))
            return true;
    for (size_t i = 0; i < of->relation_count; i++) {
        const struct cf__relation *relation = of->relations[i].relation;
        if (relation->kind == CF_TYPE_BELONGS_TO && relation->own_columns[0] == reference->from_columns[0] &&
            *(void **)cf__relation_field(relation, row) != *(void **)cf__relation_field(relation, shadow))
            return true;
    }
    for (const struct cf__link_change *change = session->links; change; change = change->next)
        if (change->other == row && change->added && change->relation->other_columns[0] == reference->from_columns[0])
            return true;
    return false;
}

static bool moves_away(struct places *places, const struct cf__rows_of *from, const struct cf__reference *reference)
{
    const struct cf__key refers = { reference->from_columns, reference->count };
    find_places(places, reference->to_columns, reference->count);
    for (struct cf__chunk *chunk = from->chunks; chunk; chunk = chunk->next)
        for (size_t at = 0; at < chunk->count; at++) {
            struct cf__slot slot = { chunk, at };
            if (chunk->states[at] == CF__ROW_CLEAN && is_moved(places->session, from, slot, reference) &&
                cf__keys_find(&places->keys, refers, cf__slot_shadow(from, slot)) >= 0)
                return true;
        }
    return false;
}

/* True where a row is to be moved away from one to be deleted. */
static bool leaves(struct cf__session *session, struct cf__rows_of *of)
{
    struct places places = { .session = session, .of = of };
    struct cf__reference reference;
    for (const struct cf__rows_of *from = session->models; from; from = from->next)
        for (size_t i = 0; from->chunks && from->model->table && i < from->model->count; i++)
            if (cf__reference_of(&from->model->columns[i], of->model, &reference) &&
                moves_away(&places, from, &reference))
                return true;
    return false;
}

bool cf__deletes_go_first(struct cf__session *session)
{
    bool first = false;
    for (struct cf__rows_of *of = session->models; of && !first; of = of->next)
        first = takes_place(session, of);
    for (struct cf__rows_of *of = first ? session->models : NULL; of && first; of = of->next)
        first = !of->deleted || !leaves(session, of);
    return first;
}
