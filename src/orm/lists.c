/* SPDX-License-Identifier: MIT
 *
 * Relations that were loaded say what has been written: their lists lose rows that are gone or refer elsewhere, and get
 * those that refer to their owner, however the program has said so. A list is a copy on its first change, or grows in its
 * array, so that a rollback finds the one before.
 */
#include <string.h>

#include "state.h"

/* ---- Lists in memory -------------------------------------------------------------------------------------------- */

static struct cf__items *list_of(const struct cf__relation *relation, const void *row)
{
    return cf__relation_field(relation, row);
}

bool cf__list_has(const struct cf__items *list, const void *item)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i] == item)
            return true;
    return false;
}

void **cf__list_new(struct cf__session *session, size_t capacity, bool in_part)
{
    void **block = cf_alloc(&session->head, (capacity + 2) * sizeof *block);
    *(struct cf__list_head *)block = (struct cf__list_head){ in_part, capacity };
    return block + 1;
}

static bool is_in_part(const struct cf__items *list)
{
    return list->items && !cf__is_trap(list->items) && cf__list_head(list)->in_part;
}

/* A list read from the shadow keeps its array, which grows in place; cf__lists_restore ends it where it ended. */
void cf__list_add(struct cf__session *session, const struct cf__relation *relation, void *row, void *item)
{
    struct cf__items *list = list_of(relation, row);
    if (!cf__is_to_many(relation->column) || cf__is_trap(list->items) || cf__list_has(list, item))
        return;
    if (!list->items || list->count == cf__list_head(list)->capacity) {
        void **grown = cf__list_new(session, list->count < 4 ? 4 : list->count * 2, is_in_part(list));
        if (list->count)
            memcpy(grown, list->items, list->count * sizeof *grown);
        list->items = grown;
    }
    list->items[list->count++] = item;
    list->items[list->count] = NULL;
}

void cf__list_drop(struct cf__session *session, const struct cf__relation *relation, void *row, const void *item)
{
    struct cf__items *list = list_of(relation, row);
    if (!cf__is_to_many(relation->column) || cf__is_trap(list->items) || !cf__list_has(list, item))
        return;
    void **kept = cf__list_new(session, list->count, is_in_part(list));
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i] != item)
            kept[count++] = list->items[i];
    *list = (struct cf__items){ kept, count };
}

void cf__lists_restore(const struct cf__rows_of *of, void *row)
{
    for (size_t i = 0; i < of->relation_count; i++) {
        const struct cf__relation *relation = of->relations[i].relation;
        struct cf__items *list = list_of(relation, row);
        if (cf__is_to_many(relation->column) && list->items && !cf__is_trap(list->items))
            list->items[list->count] = NULL;
    }
}

/* ---- Keys that were written ------------------------------------------------------------------------------------- */

/* The stored row of a model whose `key` is what `columns` of another row say; NULL where the session has none. */
static void *find_by_key(struct cf__session *session, struct cf__rows_of *of, const struct cf_column *const *key,
                         const struct cf_column *const *columns, size_t count, const void *row)
{
    if (cf__column_bits(key, count) != of->key)
        return NULL;
    if (!of->keyed)
        of->keyed = cf_alloc(&session->head, of->model->size);
    for (size_t i = 0; i < count; i++) {
        struct cf_operand value = cf__field_value(columns[i], row);
        if (cf__value_store(key[i], of->keyed, &value) != CF__FITS)
            return NULL;
    }
    struct cf__slot slot = cf__identity_find(session, of, of->keyed);
    return slot.chunk && slot.chunk->states[slot.at] == CF__ROW_CLEAN ? cf__slot_row(of, slot) : NULL;
}

/* The row in whose relation `row` is. */
static void *find_owner(struct cf__session *session, struct cf__rows_of *owners, const struct cf__relation *relation,
                        const void *row)
{
    return find_by_key(session, owners, relation->own_columns, relation->other_columns, relation->count, row);
}

static bool has_same_key(const struct cf__relation *relation, const char *row, const char *before)
{
    return cf__same_values(relation->other, cf__column_bits(relation->other_columns, relation->count), row, before);
}

static void follow_list(struct cf__session *session, const struct cf__relation *relation, void *from, void *to,
                        char *row)
{
    if (from)
        cf__list_drop(session, relation, from, row);
    if (to && !is_in_part(list_of(relation, to)))
        cf__list_add(session, relation, to, row);
}

/* What the program has assigned meanwhile counts. */
static void hold(struct cf__session *session, struct cf__rows_of *owners, const struct cf__relation *relation,
                 const void *owner, void *row)
{
    struct cf__slot slot = cf__slot_of(session, owners, owner);
    void **now = cf__relation_field(relation, cf__slot_row(owners, slot));
    void **before = cf__relation_field(relation, cf__slot_shadow(owners, slot));
    if (*now != *before || *now == row || cf__is_trap(*now))
        return;
    cf__note_undo(session, owners, slot);
    *now = *before = row;
}

static void follow_one(struct cf__session *session, struct cf__rows_of *owners, const struct cf__relation *relation,
                       void *from, void *to, char *row)
{
    if (from && *(void **)cf__relation_field(relation, from) == row)
        hold(session, owners, relation, from, NULL);
    if (to)
        hold(session, owners, relation, to, row);
}

/* True where a new row points to its owner, whose list has got it thereby. */
static bool is_in_list(const struct cf__relation *relation, const char *row)
{
    const struct cf__relation *back = cf__relation_inverse(relation);
    const void *pointer = back ? *(void **)cf__relation_field(back, row) : NULL;
    return cf__is_to_many(relation->column) && pointer && !cf__is_trap(pointer);
}

/* A row that is hidden is in nobody's. */
static void follow(struct cf__session *session, struct cf__rows_of *owners, const struct cf__relation *relation,
                   char *row, const char *before)
{
    bool hidden = cf__is_hidden(relation->other, row, NULL), stays = before && has_same_key(relation, row, before);
    if (before ? stays && hidden == cf__is_hidden(relation->other, before, NULL) : is_in_list(relation, row))
        return;
    void *from = before && (hidden || !stays) ? find_owner(session, owners, relation, before) : NULL;
    void *to = hidden || cf__is_only_read(relation->column) ? NULL : find_owner(session, owners, relation, row);
    if (cf__is_to_many(relation->column))
        follow_list(session, relation, from, to, row);
    else
        follow_one(session, owners, relation, from, to, row);
}

/* The rows that a pair leads from and to; NULL where the session does not have both. */
struct ends {
    void *own, *other;
};
static struct ends find_ends(struct cf__session *session, struct cf__rows_of *owners,
                             const struct cf__relation *relation, const void *pair)
{
    struct cf__rows_of *others = cf__rows_of(session, relation->other);
    return (struct ends){
        find_by_key(session, owners, relation->own_columns, relation->through_own, relation->count, pair),
        find_by_key(session, others, relation->other_columns, relation->through_other, relation->other_count, pair)
    };
}

/* `now` and `before` are a pair's row, NULL where it is gone, or was not there. */
static void follow_pair(struct cf__session *session, struct cf__rows_of *owners, const struct cf__relation *relation,
                        const char *now, const char *before)
{
    const struct cf_model *through = relation->through;
    uint64_t columns = cf__column_bits(relation->through_own, relation->through_own_count) |
                       cf__column_bits(relation->through_other, relation->through_other_count);
    if (now && cf__is_hidden(through, now, NULL))
        now = NULL;
    if (before && cf__is_hidden(through, before, NULL))
        before = NULL;
    if (now && before && cf__same_values(through, columns, now, before))
        return;
    struct ends from = before ? find_ends(session, owners, relation, before) : (struct ends){ 0 };
    struct ends to = now ? find_ends(session, owners, relation, now) : (struct ends){ 0 };
    if (from.own && from.other)
        cf__list_drop(session, relation, from.own, from.other);
    if (to.own && to.other && !cf__is_only_read(relation->column) && !is_in_part(list_of(relation, to.own)))
        cf__list_add(session, relation, to.own, to.other);
}

static void follow_pairs(struct cf__session *session, const struct cf_model *through, const char *now,
                         const char *before)
{
    for (struct cf__rows_of *owners = session->models; owners; owners = owners->next)
        for (size_t i = 0; owners->chunks && i < owners->relation_count; i++)
            if (owners->relations[i].relation->through == through)
                follow_pair(session, owners, owners->relations[i].relation, now, before);
}

void cf__lists_follow(struct cf__session *session, const struct cf__rows_of *of, struct cf__slot slot,
                      const char *before)
{
    for (struct cf__rows_of *owners = session->models; owners; owners = owners->next)
        for (size_t i = 0; owners->chunks && i < owners->relation_count; i++) {
            const struct cf__relation *relation = owners->relations[i].relation;
            if ((relation->kind == CF_TYPE_HAS_MANY || relation->kind == CF_TYPE_HAS_ONE) &&
                relation->other == of->model)
                follow(session, owners, relation, cf__slot_row(of, slot), before);
        }
    follow_pairs(session, of->model, cf__slot_row(of, slot), before);
}

void cf__lists_leave(struct cf__session *session, const struct cf__rows_of *of, struct cf__slot slot)
{
    follow_pairs(session, of->model, NULL, cf__slot_shadow(of, slot));
}

/* ---- Rows that went elsewhere ------------------------------------------------------------------------------------ */

void cf__lists_note(struct cf__session *session, const struct cf__relation *relation, void *own, void *other)
{
    struct cf__link_change *change = cf_alloc(&session->head, sizeof *change);
    *change = (struct cf__link_change){ .relation = relation, .own = own, .other = other, .next = session->touched };
    session->touched = change;
}

bool cf__list_owns(const struct cf__relation *relation, const void *row, const void *item)
{
    return cf__refers(relation->other_columns, item, relation->own_columns, row, relation->count);
}

/* What was put into a list, or taken out, may have got another owner before it was written. */
static void look_again(struct cf__session *session)
{
    for (const struct cf__link_change *change = session->touched; change; change = change->next)
        if (cf__list_owns(change->relation, change->own, change->other))
            cf__list_add(session, change->relation, change->own, change->other);
        else
            cf__list_drop(session, change->relation, change->own, change->other);
    session->touched = NULL;
}

/* ---- Relations that held what is gone ---------------------------------------------------------------------------- */

/* Whose list it is. */
struct holder {
    const struct cf__relation *relation;
    char *row;
    struct cf__rows_of *other; /* the rows in it */
};

static bool is_gone(struct cf__session *session, const struct holder *holder, const void *item)
{
    struct cf__slot slot = cf__slot_of(session, holder->other, item);
    return slot.chunk && slot.chunk->states[slot.at] == CF__ROW_GONE;
}

/* A list without what is gone; its array stays where nothing is. */
static void leave_list(struct cf__session *session, const struct holder *holder)
{
    struct cf__items *list = list_of(holder->relation, holder->row);
    size_t first = 0, kept;
    while (first < list->count && !is_gone(session, holder, list->items[first]))
        first++;
    if (first == list->count)
        return;
    void **items = cf__list_new(session, list->count, is_in_part(list));
    memcpy(items, list->items, first * sizeof *items);
    kept = first;
    for (size_t i = first + 1; i < list->count; i++)
        if (!is_gone(session, holder, list->items[i]))
            items[kept++] = list->items[i];
    *list = (struct cf__items){ items, kept };
}

static void leave_pointer(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot,
                          const struct holder *holder)
{
    void **pointer = cf__relation_field(holder->relation, holder->row);
    if (!*pointer || !is_gone(session, holder, *pointer))
        return;
    cf__note_undo(session, of, slot);
    *pointer = NULL;
    *(void **)cf__relation_field(holder->relation, cf__slot_shadow(of, slot)) = NULL;
}

/* A BelongsTo is with its foreign key, which says what becomes of it. */
static void leave_relation(struct cf__session *session, struct cf__rows_of *of, const struct cf__relation *relation,
                           struct cf__rows_of *other)
{
    for (struct cf__chunk *chunk = of->chunks; chunk; chunk = chunk->next)
        for (size_t at = 0; at < chunk->count; at++) {
            struct cf__slot slot = { chunk, at };
            struct holder holder = { relation, cf__slot_row(of, slot), other };
            if (chunk->states[at] != CF__ROW_CLEAN || !cf__relation_is_loaded(relation, holder.row))
                continue;
            if (cf__is_to_many(relation->column))
                leave_list(session, &holder);
            else
                leave_pointer(session, of, slot, &holder);
        }
}

static void leave_all(struct cf__session *session)
{
    for (struct cf__rows_of *other = session->models; other; other = other->next) {
        for (struct cf__rows_of *of = other->lost ? session->models : NULL; of; of = of->next)
            for (size_t i = 0; i < of->relation_count; i++) {
                const struct cf__relation *relation = of->relations[i].relation;
                if (relation->other == other->model && relation->kind != CF_TYPE_BELONGS_TO)
                    leave_relation(session, of, relation, other);
            }
        other->lost = false;
    }
}

/* ---- What was written -------------------------------------------------------------------------------------------- */

/* What lists hold is from now on what the database has. */
static void settle_list(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot,
                        const struct cf__relation *relation)
{
    const struct cf__items *list = list_of(relation, cf__slot_row(of, slot));
    struct cf__items *settled = list_of(relation, cf__slot_shadow(of, slot));
    if (list->items == settled->items && list->count == settled->count)
        return;
    cf__positions_number(session, relation, cf__slot_row(of, slot)); /* written by the next round */
    cf__note_undo(session, of, slot);
    *settled = *list;
}

static void settle_chunk(struct cf__session *session, struct cf__rows_of *of, struct cf__chunk *chunk)
{
    for (size_t at = 0; at < chunk->count; at++)
        for (size_t i = 0; chunk->states[at] == CF__ROW_CLEAN && i < of->relation_count; i++)
            if (cf__is_to_many(of->relations[i].relation->column))
                settle_list(session, of, (struct cf__slot){ chunk, at }, of->relations[i].relation);
}

static void settle_lists(struct cf__session *session)
{
    for (struct cf__rows_of *of = session->models; of; of = of->next)
        for (struct cf__chunk *chunk = of->relation_count ? of->chunks : NULL; chunk; chunk = chunk->next)
            if (memcmp(chunk->rows, chunk->shadows, chunk->count * of->model->size) != 0)
                settle_chunk(session, of, chunk);
}

void cf__lists_settle(struct cf__session *session)
{
    look_again(session);
    leave_all(session);
    settle_lists(session);
}
