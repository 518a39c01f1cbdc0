/* SPDX-License-Identifier: MIT
 *
 * Pairs of many-to-many relations, which are rows of a table that need not have a model: what was put into and taken out of
 * lists becomes DELETEs, before anything else is written and by the keys that the database has, and INSERTs of many, when all
 * rows have theirs.
 */
#include "state.h"

static uint64_t store_half(const struct cf_model *through, char *pair, const struct cf_column *const *columns,
                           const struct cf_column *const *key, const char *row, size_t count)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < count; i++) {
        struct cf_operand value = cf__field_value(key[i], row);
        cf__value_store(columns[i], pair, &value);
        bits |= (uint64_t)1 << (columns[i] - through->columns);
    }
    return bits;
}

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

static char *make_pair(struct cf__session *session, const struct cf__link_change *change, const void *own,
                       const void *other, uint64_t *columns)
{
    const struct cf__relation *relation = change->relation;
    char *pair = cf_alloc(&session->head, relation->through->size);
    *columns = store_half(relation->through, pair, relation->through_own, relation->own_columns, own, relation->count) |
               store_half(relation->through, pair, relation->through_other, relation->other_columns, other,
                          relation->other_count);
    return pair;
}

/* A row as the database has it; NULL where it has none. */
static const char *stored(struct cf__session *session, const struct cf_model *model, const void *row)
{
    struct cf__rows_of *of = cf__rows_of(session, model);
    struct cf__slot slot = cf__slot_of(session, of, row);
    return slot.chunk && slot.chunk->states[slot.at] != CF__ROW_NEW ? cf__slot_shadow(of, slot) : NULL;
}

void cf__pairs_delete(struct cf__session *session)
{
    uint64_t columns;
    for (const struct cf__link_change *change = session->links; change; change = change->next) {
        if (change->relation->kind != CF_TYPE_MANY_TO_MANY || change->added)
            continue;
        const char *own = stored(session, change->relation->own, change->own);
        const char *other = stored(session, change->relation->other, change->other);
        if (!own || !other)
            continue;
        const char *pair = make_pair(session, change, own, other, &columns);
        run_write(session,
                  &(struct cf__write){
                      .kind = CF__DELETE, .model = change->relation->through, .key_row = pair, .key = columns });
    }
}

static bool is_new_pair(const struct cf__link_change *change)
{
    return change->relation->kind == CF_TYPE_MANY_TO_MANY && change->added;
}

/* The changes that stand for new pairs, in the order in which the program has made them. */
static const struct cf__link_change **find_new_pairs(struct cf__session *session, size_t *count)
{
    *count = 0;
    for (const struct cf__link_change *change = session->links; change; change = change->next)
        *count += is_new_pair(change);
    const struct cf__link_change **changes = *count ? cf_alloc(&session->head, *count * sizeof *changes) : NULL;
    size_t at = *count;
    for (const struct cf__link_change *change = session->links; at; change = change->next)
        if (is_new_pair(change))
            changes[--at] = change;
    return changes;
}

void cf__pairs_insert(struct cf__session *session)
{
    struct pairs pairs = { .count = 0 };
    uint64_t columns;
    size_t count;
    const struct cf__link_change **changes = find_new_pairs(session, &count);
    for (size_t i = 0; i < count; i++) {
        const struct cf__relation *relation = changes[i]->relation;
        const char *pair = make_pair(session, changes[i], changes[i]->own, changes[i]->other, &columns);
        if (pairs.count == MOST_PAIRS || (pairs.count && pairs.relation->through != relation->through))
            insert_pairs(session, &pairs);
        pairs.relation = relation;
        pairs.columns = columns;
        pairs.rows[pairs.count++] = pair;
    }
    insert_pairs(session, &pairs);
}
