/* SPDX-License-Identifier: MIT
 *
 * Lists whose rows know their place: an Integer of each is its number in the list. The list in memory is what counts, which
 * is therefore loaded before it is changed; whatever has changed it, all its rows are numbered again, and only those whose
 * number is another are written. What becomes of a list while a flush writes numbers it once more, for the flush's next round.
 */
#include <string.h>

#include "state.h"

static bool is_whole(const struct cf__items *list)
{
    return !cf__is_trap(list->items) && !(list->items && cf__list_head(list)->in_part);
}

void cf__positions_load(struct cf__session *session, const struct cf__relation *relation, void *own)
{
    if (relation->position)
        cf__load_alone(session, relation, own);
}

static void place(const struct cf__relation *relation, struct cf__slot slot, void *row, int64_t position)
{
    const struct cf_operand value = { .kind = CF_OPERAND_INTEGER, .integer = position },
                            now = cf__field_value(relation->position, row);
    struct cf__added *added = slot.chunk->added;
    uint64_t bit = cf__column_bit(relation->position);
    if (now.kind != CF_OPERAND_INTEGER || now.integer != position)
        cf__value_store(relation->position, row, &value);
    if (added)
        added->set |= bit;
}

/* What is to be deleted has no place any more. */
void cf__positions_number(struct cf__session *session, const struct cf__relation *relation, const void *own)
{
    const struct cf__items *list = cf__relation_field(relation, own);
    int64_t position = relation->column->count_from;
    if (!relation->position || !is_whole(list))
        return;
    struct cf__rows_of *of = cf__rows_of(session, relation->other);
    for (size_t i = 0; i < list->count; i++) {
        struct cf__slot slot = cf__slot_of(session, of, list->items[i]);
        enum cf__row_state state = slot.chunk ? slot.chunk->states[slot.at] : CF__ROW_GONE;
        if (state == CF__ROW_CLEAN || state == CF__ROW_NEW)
            place(relation, slot, list->items[i], position++);
    }
}

void cf__positions_join(struct cf__session *session, const struct cf__relation *relation, void *own, void *other)
{
    const struct cf__items *list = cf__relation_field(relation, own);
    if (!relation->position || !is_whole(list) || cf__list_has(list, other))
        return;
    cf__list_add(session, relation, own, other);
    cf__positions_number(session, relation, own);
}

static const struct cf__relation *need_position(const struct cf_column *column)
{
    const struct cf__relation *relation = cf__relation_of(column);
    if (!relation->position)
        cf_raise(CF_INTERNAL,
                 "%s.%s does not keep its rows in the order of the list: give it position = \"…\", an Integer of %s",
                 column->model->name, column->name, relation->other->name);
    return relation;
}

/* The list is another array from here on, so that a rollback finds the one before. */
static void move(struct cf__session *session, const struct cf__relation *relation, void *own, void *other, size_t index)
{
    struct cf__items *list = cf__relation_field(relation, own);
    void **items = cf__list_new(session, list->count, false);
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (count == index)
            items[count++] = other;
        if (list->items[i] != other)
            items[count++] = list->items[i];
    }
    if (count < list->count)
        items[count++] = other;
    *list = (struct cf__items){ items, list->count };
}

void cf_insert_at_(cf_db *db, const struct cf_column *column, void *own, void *other, size_t index)
{
    struct cf__session *session = cf__session_for(db, column->model);
    const struct cf__relation *relation = need_position(column);
    cf_append_(db, column, own, other);
    move(session, relation, own, other, index);
    cf__positions_number(session, relation, own);
}

void cf_reorder_(cf_db *db, const struct cf_column *column, void *own)
{
    struct cf__session *session = cf__session_for(db, column->model);
    const struct cf__relation *relation = need_position(column);
    cf__session_need_engine(session);
    if (!own)
        cf_raise(CF_INTERNAL, "cf_reorder of %s.%s: the row is NULL", column->model->name, column->name);
    cf__positions_load(session, relation, own);
    cf__positions_number(session, relation, own);
}
