/* SPDX-License-Identifier: MIT
 *
 * Pairs of many-to-many relations: what was put into and taken out of lists, as rows of the table between. Where that has a
 * model of the program's, a pair is a row of it like any other, from here on the flush's to write: with its hooks, defaults
 * and checks, its version, and deleted softly where the model says so. A table that was made for the relation has no
 * objects: its pairs become DELETEs, before anything else is written and by the keys that the database has, and INSERTs of
 * many, when all rows have theirs.
 */
#include "state.h"

/* ---- The two sides of a pair ------------------------------------------------------------------------------------ */

struct cf__side cf__pair_side(const struct cf__link_change *pair, enum cf__pair_end end)
{
    const struct cf__relation *relation = pair->relation;
    return end == CF__OWN_END ? (struct cf__side){ relation->own, pair->own, relation->through_own,
                                                   relation->own_columns, relation->count }
                              : (struct cf__side){ relation->other, pair->other, relation->through_other,
                                                   relation->other_columns, relation->other_count };
}

static struct cf__slot slot_of_side(struct cf__session *session, const struct cf__side *side)
{
    return cf__slot_of(session, cf__rows_of(session, side->model), side->row);
}

/* Puts the key that `row` has into a pair; gives the columns. */
static uint64_t store_side(const struct cf__side *side, const void *row, char *pair)
{
    for (size_t i = 0; i < side->count; i++) {
        struct cf_operand value = cf__field_value(side->key[i], row);
        cf__value_store(side->columns[i], pair, &value);
    }
    return cf__column_bits(side->columns, side->count);
}

/* A side as the database has it; NULL where it has none. */
static const char *stored(struct cf__session *session, const struct cf__side *side)
{
    struct cf__slot slot = slot_of_side(session, side);
    bool known = slot.chunk && slot.chunk->states[slot.at] != CF__ROW_NEW;
    return known ? cf__slot_shadow(cf__rows_of(session, side->model), slot) : NULL;
}

/* The row of a pair: both keys as they are, or `as_stored` as the database has them; NULL where it cannot have the pair. */
static char *row_of_pair(struct cf__session *session, const struct cf__link_change *change, bool as_stored,
                         uint64_t *columns)
{
    char *pair = cf_alloc(&session->head, change->relation->through->size);
    *columns = 0;
    for (enum cf__pair_end end = CF__OWN_END; end <= CF__OTHER_END; end++) {
        const struct cf__side side = cf__pair_side(change, end);
        const char *row = as_stored ? stored(session, &side) : side.row;
        if (!row)
            return NULL;
        *columns |= store_side(&side, row, pair);
    }
    return pair;
}

static bool is_pair(const struct cf__link_change *change, bool added)
{
    return change->relation->kind == CF_TYPE_MANY_TO_MANY && change->added == added;
}

/* The changes that stand for pairs put in, or taken out, in the order in which the program has made them. */
static struct cf__link_change **find_pairs(struct cf__session *session, bool added, size_t *count)
{
    *count = 0;
    for (const struct cf__link_change *change = session->links; change; change = change->next)
        *count += is_pair(change, added);
    struct cf__link_change **changes = *count ? cf_alloc(&session->head, *count * sizeof *changes) : NULL;
    size_t at = *count;
    for (struct cf__link_change *change = session->links; at; change = change->next)
        if (is_pair(change, added))
            changes[--at] = change;
    return changes;
}

/* ---- Pairs of a model of the program's -------------------------------------------------------------------------- */

void cf__pair_settle(struct cf__session *session, const struct cf__added *added)
{
    char *row = cf__slot_row(added->of, added->slot);
    for (enum cf__pair_end end = CF__OWN_END; added->pair && end <= CF__OTHER_END; end++) {
        const struct cf__side side = cf__pair_side(added->pair, end);
        const struct cf__slot slot = slot_of_side(session, &side);
        if (slot.chunk && slot.chunk->states[slot.at] != CF__ROW_NEW)
            added->slot.chunk->added->set |= store_side(&side, side.row, row);
    }
}

/* What the model calls the sides: its relations over the same columns. */
static uint64_t point_to_sides(const struct cf__rows_of *of, const struct cf__link_change *pair, char *row)
{
    uint64_t set = 0;
    for (enum cf__pair_end end = CF__OWN_END; end <= CF__OTHER_END; end++) {
        const struct cf__side side = cf__pair_side(pair, end);
        for (size_t i = 0; i < of->relation_count; i++) {
            const struct cf__relation *relation = of->relations[i].relation;
            if (relation->kind != CF_TYPE_BELONGS_TO || relation->own_columns[0] != side.columns[0] ||
                cf__is_only_read(relation->column))
                continue;
            *(const void **)cf__relation_field(relation, row) = side.row;
            set |= cf__column_bit(relation->column);
        }
    }
    return set;
}

static void add_pair(struct cf__session *session, const struct cf__link_change *pair)
{
    const struct cf_model *model = pair->relation->through;
    struct cf__rows_of *of = cf__rows_of(session, model);
    char *row = cf_new_(&session->head, model);
    cf__session_add(&session->head, model, row, point_to_sides(of, pair, row));
    struct cf__added *added = cf__slot_of(session, of, row).chunk->added;
    added->pair = pair;
    cf__pair_settle(session, added);
}

enum { MOST_REMOVED = 64 }; /* that are looked for together */

/* Pairs of one table that are looked for together. */
struct removed {
    const struct cf_model *through;
    const cf_expr *pairs[MOST_REMOVED];
    size_t count;
};

/* Reads their rows, and deletes these as objects. */
static void delete_removed(struct cf__session *session, struct removed *removed)
{
    const cf_expr *where = cf_combine_(CF_OR, removed->count, removed->pairs);
    const struct cf__items *rows =
        cf__load_where(session, removed->through, where, NULL, NULL, &(struct cf_find_options){ 0 });
    for (size_t i = 0; i < rows->count; i++)
        cf_delete_(&session->head, removed->through, rows->items[i]);
    removed->count = 0;
}

static void delete_pair_rows(struct cf__session *session, struct cf__link_change *const *changes, size_t count)
{
    struct removed removed = { .count = 0 };
    for (size_t i = 0; i < count; i++) {
        const struct cf__relation *relation = changes[i]->relation;
        uint64_t columns;
        const char *pair = relation->through_is_made ? NULL : row_of_pair(session, changes[i], true, &columns);
        if (!pair)
            continue;
        if (removed.count == MOST_REMOVED || (removed.count && removed.through != relation->through))
            delete_removed(session, &removed);
        removed.through = relation->through;
        removed.pairs[removed.count++] = cf__equals(relation->through, columns, pair);
    }
    if (removed.count)
        delete_removed(session, &removed);
}

static void forget_rows(struct cf__session *session)
{
    for (struct cf__link_change **at = &session->links; *at;)
        if ((*at)->relation->kind == CF_TYPE_MANY_TO_MANY && !(*at)->relation->through_is_made)
            *at = (*at)->next;
        else
            at = &(*at)->next;
}

void cf__pairs_become_rows(struct cf__session *session)
{
    size_t removed_count, added_count;
    struct cf__link_change **removed = find_pairs(session, false, &removed_count);
    struct cf__link_change **added = find_pairs(session, true, &added_count);
    delete_pair_rows(session, removed, removed_count);
    for (size_t i = 0; i < added_count; i++)
        if (!added[i]->relation->through_is_made)
            add_pair(session, added[i]);
    forget_rows(session);
}

/* ---- Pairs of a table that was made for them -------------------------------------------------------------------- */

enum { MOST_PAIRS = 256 };

/* Pairs of one relation that are inserted together. */
struct pairs {
    const struct cf__relation *relation;
    uint64_t columns;
    const void *rows[MOST_PAIRS];
    size_t count;
};

static void run_write(struct cf__session *session, const struct cf__write *write)
{
    struct cf__rows rows = cf__link_write(&session->link, write);
    cf__rows_changed(&rows);
}

static void insert_pairs(struct cf__session *session, struct pairs *pairs)
{
    const struct cf_dialect *dialect = cf__engine_driver(session->engine)->dialect;
    for (size_t done = 0, batch; done < pairs->count; done += batch) {
        batch = cf__write_batch(dialect, pairs->columns, pairs->count - done);
        run_write(session, &(struct cf__write){ .kind = CF__INSERT,
                                                .model = pairs->relation->through,
                                                .columns = pairs->columns,
                                                .rows = pairs->rows + done,
                                                .count = batch });
    }
    pairs->count = 0;
}

void cf__pairs_delete(struct cf__session *session)
{
    size_t count;
    struct cf__link_change **changes = find_pairs(session, false, &count);
    for (size_t i = 0; i < count; i++) {
        uint64_t columns;
        const char *pair = row_of_pair(session, changes[i], true, &columns);
        const struct cf_model *through = changes[i]->relation->through;
        if (pair)
            run_write(session,
                      &(struct cf__write){ .kind = CF__DELETE, .model = through, .key_row = pair, .key = columns });
    }
}

void cf__pairs_insert(struct cf__session *session)
{
    struct pairs pairs = { .count = 0 };
    size_t count;
    struct cf__link_change **changes = find_pairs(session, true, &count);
    for (size_t i = 0; i < count; i++) {
        const struct cf__relation *relation = changes[i]->relation;
        uint64_t columns;
        const char *pair = row_of_pair(session, changes[i], false, &columns);
        if (pairs.count == MOST_PAIRS || (pairs.count && pairs.relation->through != relation->through))
            insert_pairs(session, &pairs);
        pairs.relation = relation;
        pairs.columns = columns;
        pairs.rows[pairs.count++] = pair;
    }
    insert_pairs(session, &pairs);
}
