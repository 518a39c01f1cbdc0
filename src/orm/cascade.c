/* SPDX-License-Identifier: MIT
 *
 * What follows from deletes and from keys that change. A table that refers to itself is emptied from its leaves; rows to be
 * deleted that refer to each other in a circle are found, so that the flush can untie them; and what the database does by
 * itself to rows that refer to a deleted or changed one (ON DELETE and ON UPDATE, CASCADE and SET NULL) is done to those the
 * session knows, so that none is written or deleted once more.
 */
#include <string.h>

#include "keys.h"

/* ---- The order of deletes --------------------------------------------------------------------------------------- */

struct deleting {
    struct cf__rows_of *of;
    struct cf__slot *slots, *order;
    size_t *references; /* how many rows to be deleted refer to each */
    size_t count, ordered;
    struct cf__keys keys; /* shadows, in the order of slots */
};

/* Newest first: what refers is usually younger than what it refers to. */
static void collect(struct deleting *deleting)
{
    for (struct cf__chunk *chunk = deleting->of->chunks; chunk; chunk = chunk->next)
        for (size_t at = chunk->count; at-- > 0;)
            if (chunk->states[at] == CF__ROW_DELETED)
                deleting->slots[deleting->count++] = (struct cf__slot){ chunk, at };
}

static const char *shadow_at(const struct deleting *deleting, size_t at)
{
    return cf__slot_shadow(deleting->of, deleting->slots[at]);
}

/* Adds `change` to the count of every row that a row refers to; those that come to 0 have nothing before them. */
static void count_references(struct deleting *deleting, const struct cf__reference *reference, size_t at, int change)
{
    struct cf__key from = { reference->from_columns, reference->count };
    ptrdiff_t target = cf__keys_find(&deleting->keys, from, shadow_at(deleting, at));
    if (target == CF__NO_KEY || (size_t)target == at)
        return;
    deleting->references[target] += (size_t)change;
    if (change < 0 && deleting->references[target] == 0)
        deleting->order[deleting->ordered++] = deleting->slots[target];
}

static size_t index_of(const struct deleting *deleting, struct cf__slot slot)
{
    size_t at = 0;
    while (deleting->slots[at].chunk != slot.chunk || deleting->slots[at].at != slot.at)
        at++;
    return at;
}

/* The keys that a table's rows refer to one another by must be unique, so a row's number in `keys` is its own. */
static void order_by_reference(struct cf__session *session, struct deleting *deleting,
                               const struct cf__reference *reference)
{
    cf__keys_init(&deleting->keys, session->context, (struct cf__key){ reference->to_columns, reference->count });
    for (size_t i = 0; i < deleting->count; i++)
        cf__keys_put(&deleting->keys, shadow_at(deleting, i));
    for (size_t i = 0; i < deleting->count; i++)
        count_references(deleting, reference, i, 1);
    for (size_t i = 0; i < deleting->count; i++)
        if (deleting->references[i] == 0)
            deleting->order[deleting->ordered++] = deleting->slots[i];
    for (size_t i = 0; i < deleting->ordered; i++) {
        ptrdiff_t at =
            cf__keys_find(&deleting->keys, deleting->keys.key, cf__slot_shadow(deleting->of, deleting->order[i]));
        count_references(deleting, reference, at == CF__NO_KEY ? index_of(deleting, deleting->order[i]) : (size_t)at,
                         -1);
    }
}

bool cf__refers_to_itself(const struct cf_model *model)
{
    struct cf__reference reference;
    for (size_t i = 0; i < model->count; i++)
        if (cf__reference_of(&model->columns[i], model, &reference))
            return true;
    return false;
}

struct cf__slot *cf__deletion_order(struct cf__session *session, struct cf__rows_of *of)
{
    struct cf__reference reference;
    struct deleting deleting = { .of = of };
    deleting.slots = cf_alloc(&session->head, (of->deleted + 1) * sizeof *deleting.slots);
    collect(&deleting);
    for (size_t i = 0; i < of->model->count; i++) {
        if (!cf__reference_of(&of->model->columns[i], of->model, &reference))
            continue;
        deleting.order = cf_alloc(&session->head, (2 * of->deleted + 1) * sizeof *deleting.order);
        deleting.references = cf_alloc(&session->head, (of->deleted + 1) * sizeof *deleting.references);
        order_by_reference(session, &deleting, &reference);
        memcpy(deleting.order + deleting.ordered, deleting.slots, deleting.count * sizeof *deleting.slots);
        return deleting.order; /* what stands there twice, or in a circle, is deleted at its first place */
    }
    return deleting.slots;
}

/* ---- Circles of rows to be deleted ------------------------------------------------------------------------------- */

static bool is_action(const char *action, const char *word)
{
    return action && strcmp(action, word) == 0;
}

bool cf__goes_before(const struct cf__session *session, const struct cf__rows_of *of, const struct cf__rows_of *other)
{
    if (!of->deleted || of->deleted_at || !other->deleted || other->deleted_at)
        return false;
    if (of->rank != other->rank || of == other)
        return of->rank >= other->rank;
    for (const struct cf__rows_of *each = session->models; each != other; each = each->next)
        if (each == of)
            return true;
    return false;
}

/* What the database does by itself, or looks at no earlier than at the commit, is left to it. */
bool cf__ties(const struct cf__reference *reference)
{
    const char *action = reference->item->on_delete;
    for (size_t i = 0; i < reference->count; i++)
        if (!reference->from_columns[i]->nullable)
            return false;
    return !is_action(action, "cascade") && !is_action(action, "set null") && !reference->item->deferred;
}

/* A row that refers to itself is tied, too: not every database deletes it. */
const struct cf__slot *cf__tied(struct cf__session *session, struct cf__rows_of *of, struct cf__rows_of *to,
                                const struct cf__reference *reference)
{
    const struct cf__key refers = { reference->from_columns, reference->count };
    const struct cf__slot *order = cf__deletion_order(session, to);
    struct cf__slot *tied = cf_alloc(&session->head, (of->deleted + 1) * sizeof *tied);
    struct cf__keys keys;
    size_t count = 0;
    cf__keys_init(&keys, session->context, (struct cf__key){ reference->to_columns, reference->count });
    for (; order->chunk; order++)
        cf__keys_put(&keys, cf__slot_shadow(to, *order));
    for (struct cf__chunk *chunk = of->chunks; chunk; chunk = chunk->next)
        for (size_t at = 0; at < chunk->count; at++) {
            const char *shadow = cf__slot_shadow(of, (struct cf__slot){ chunk, at });
            ptrdiff_t target = chunk->states[at] == CF__ROW_DELETED ? cf__keys_find(&keys, refers, shadow) : CF__NO_KEY;
            if (target != CF__NO_KEY && (of != to || target <= cf__keys_find(&keys, keys.key, shadow)))
                tied[count++] = (struct cf__slot){ chunk, at };
        }
    return tied;
}

/* ---- Cascades --------------------------------------------------------------------------------------------------- */

static bool refers_to(const struct cf__reference *reference, const void *from, const void *to)
{
    return cf__refers(reference->from_columns, from, reference->to_columns, to, reference->count);
}

static void set_null(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot,
                     const struct cf__reference *reference)
{
    cf__note_undo(session, of, slot);
    for (size_t i = 0; i < reference->count; i++) {
        cf__value_clear(reference->from_columns[i], cf__slot_row(of, slot));
        cf__value_clear(reference->from_columns[i], cf__slot_shadow(of, slot));
    }
    for (size_t i = 0; i < of->relation_count; i++) {
        const struct cf__relation *relation = of->relations[i].relation;
        if (relation->kind != CF_TYPE_BELONGS_TO || relation->own_columns[0] != reference->from_columns[0])
            continue;
        *(void **)cf__relation_field(relation, cf__slot_row(of, slot)) = NULL;
        *(void **)cf__relation_field(relation, cf__slot_shadow(of, slot)) = NULL;
    }
}

/* Rows that are gone and whose own referrers are still to be looked for: a list, since a chain of them may be long. */
struct gone {
    struct cf__rows_of *of;
    struct cf__slot slot;
    struct gone *next;
};

static void add_gone(struct cf__session *session, struct gone **list, struct cf__rows_of *of, struct cf__slot slot)
{
    struct gone *gone = cf_alloc(&session->head, sizeof *gone);
    *gone = (struct gone){ of, slot, *list };
    *list = gone;
}

static void forget(struct cf__session *session, struct gone **list, struct cf__rows_of *of, struct cf__slot slot)
{
    unsigned char *state = &slot.chunk->states[slot.at];
    of->deleted -= *state == CF__ROW_DELETED;
    cf__note_undo(session, of, slot);
    *state = CF__ROW_GONE;
    of->lost = true;
    add_gone(session, list, of, slot);
}

static void follow(struct cf__session *session, struct gone **list, struct cf__rows_of *of,
                   const struct cf__reference *reference, const void *gone)
{
    bool cascades = is_action(reference->item->on_delete, "cascade");
    for (struct cf__chunk *chunk = of->chunks; chunk; chunk = chunk->next)
        for (size_t at = 0; at < chunk->count; at++) {
            struct cf__slot slot = { chunk, at };
            bool stored = chunk->states[at] == CF__ROW_CLEAN || chunk->states[at] == CF__ROW_DELETED;
            if (!stored || !refers_to(reference, cf__slot_shadow(of, slot), gone))
                continue;
            if (cascades)
                forget(session, list, of, slot);
            else
                set_null(session, of, slot, reference);
        }
}

static void follow_all(struct cf__session *session, struct gone **list, const struct gone *gone)
{
    struct cf__reference reference;
    for (struct cf__rows_of *from = session->models; from; from = from->next)
        for (size_t i = 0; from->chunks && from->model->table && i < from->model->count; i++) {
            const char *action = from->model->columns[i].on_delete;
            if (!is_action(action, "cascade") && !is_action(action, "set null"))
                continue;
            if (cf__reference_of(&from->model->columns[i], gone->of->model, &reference))
                follow(session, list, from, &reference, cf__slot_shadow(gone->of, gone->slot));
        }
}

void cf__cascade(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot)
{
    struct gone *list = NULL;
    add_gone(session, &list, of, slot);
    while (list) {
        const struct gone *gone = list;
        list = list->next;
        follow_all(session, &list, gone);
    }
}

/* ---- Keys that change ------------------------------------------------------------------------------------------- */

/* A row whose key has changed, as it was. */
struct moved {
    struct cf__rows_of *of;
    struct cf__slot slot;
    const char *before;
    uint64_t columns;
    struct moved *next;
};

static void add_moved(struct cf__session *session, struct moved **list, struct cf__rows_of *of, struct cf__slot slot,
                      uint64_t columns)
{
    struct moved *moved = cf_alloc(&session->head, sizeof *moved);
    char *before = cf__take(session->context, of->model->size);
    memcpy(before, cf__slot_shadow(of, slot), of->model->size);
    *moved = (struct moved){ of, slot, before, columns, *list };
    *list = moved;
}

/* A key that the program has changed by itself stays as it is in the struct. */
static void take_key(const struct cf__rows_of *of, struct cf__slot slot, const struct cf__reference *reference,
                     const char *referred)
{
    uint64_t changed = cf__changed_columns(of, slot);
    for (size_t i = 0; i < reference->count; i++) {
        struct cf_operand value = cf__field_value(reference->to_columns[i], referred);
        if (!(changed & cf__column_bit(reference->from_columns[i])))
            cf__value_store(reference->from_columns[i], cf__slot_row(of, slot), &value);
        cf__value_store(reference->from_columns[i], cf__slot_shadow(of, slot), &value);
    }
}

static void take_over(struct cf__session *session, struct moved **list, struct cf__rows_of *of, struct cf__slot slot,
                      const struct cf__reference *reference, const char *referred)
{
    uint64_t columns = cf__column_bits(reference->from_columns, reference->count);
    if (columns & of->referred)
        add_moved(session, list, of, slot, columns);
    cf__note_undo(session, of, slot);
    take_key(of, slot, reference, referred);
    if (columns & of->key)
        cf__identity_enter(session, of, slot);
}

static void follow_moved(struct cf__session *session, struct moved **list, struct cf__rows_of *of,
                         const struct cf__reference *reference, const struct moved *moved)
{
    bool cascades = is_action(reference->item->on_update, "cascade");
    const char *now = cf__slot_row(moved->of, moved->slot);
    for (struct cf__chunk *chunk = of->chunks; chunk; chunk = chunk->next)
        for (size_t at = 0; at < chunk->count; at++) {
            struct cf__slot slot = { chunk, at };
            bool stored = chunk->states[at] == CF__ROW_CLEAN || chunk->states[at] == CF__ROW_DELETED;
            if (!stored || !refers_to(reference, cf__slot_shadow(of, slot), moved->before))
                continue;
            if (cascades)
                take_over(session, list, of, slot, reference, now);
            else
                set_null(session, of, slot, reference);
        }
}

static void follow_all_moved(struct cf__session *session, struct moved **list, const struct moved *moved)
{
    struct cf__reference reference;
    for (struct cf__rows_of *from = session->models; from; from = from->next)
        for (size_t i = 0; from->chunks && from->model->table && i < from->model->count; i++) {
            const char *action = from->model->columns[i].on_update;
            if (!is_action(action, "cascade") && !is_action(action, "set null"))
                continue;
            if (cf__reference_of(&from->model->columns[i], moved->of->model, &reference) &&
                cf__column_bits(reference.to_columns, reference.count) & moved->columns)
                follow_moved(session, list, from, &reference, moved);
        }
}

void cf__cascade_keys(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot, uint64_t columns)
{
    struct moved *list = NULL;
    add_moved(session, &list, of, slot, columns);
    while (list) {
        const struct moved *moved = list;
        list = list->next;
        follow_all_moved(session, &list, moved);
    }
}
