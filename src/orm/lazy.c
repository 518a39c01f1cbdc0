/* SPDX-License-Identifier: MIT
 *
 * Columns that queries leave out until they are asked for. Their field points to a trap then (base/trap.h), in the row and
 * in its shadow, so that it is no change; a blob has a size that nobody reads to its end. All of it is worked out once a
 * model and session: models without such columns have nothing to do.
 */
#include <string.h>

#include "bulk.h"

/* A blob that was not read is so long that nobody takes it for one. */
static const size_t unread_size = SIZE_MAX >> 16;

void cf__lazy_init(struct cf__session *session, struct cf__rows_of *of)
{
    for (size_t i = 0; of->model->table && i < of->model->count; i++)
        if (of->model->columns[i].lazy)
            of->lazy |= (uint64_t)1 << i;
    if (!of->lazy)
        return;
    of->unread = cf_alloc(&session->head, of->model->count * sizeof *of->unread);
    for (uint64_t left = of->lazy; left; left &= left - 1)
        of->unread[__builtin_ctzll(left)] = cf__column_trap(&of->model->columns[__builtin_ctzll(left)], CF__NOT_LOADED);
}

static bool leads_to(const struct cf_relation_column *step, const struct cf_model *model)
{
    if (step->relation->other == model)
        return true;
    for (step = step->steps; step && step->relation; step++)
        if (leads_to(step, model))
            return true;
    return false;
}

static bool is_loaded_along(const struct cf_find_options *options, const struct cf_model *model)
{
    for (size_t i = 0; i < sizeof options->load / sizeof options->load[0] && options->load[i].relation; i++)
        if (leads_to(&options->load[i], model))
            return true;
    return false;
}

uint64_t cf__lazy_read(const struct cf__rows_of *of, const struct cf_find_options *options)
{
    for (size_t i = 0; i < options->undefer.count; i++) {
        const struct cf_column *column = options->undefer.items[i];
        if (column->model != of->model && !is_loaded_along(options, column->model))
            cf_raise(CF_INTERNAL, ".undefer of %s: %s.%s is none of its columns, nor of a relation in .load",
                     of->model->name, column->model->name, column->name);
    }
    return cf__lazy_along(of, &options->undefer);
}

uint64_t cf__lazy_along(const struct cf__rows_of *of, const struct cf_columns *undefer)
{
    struct cf_columns own = { .count = 0 };
    for (size_t i = 0; i < undefer->count; i++)
        if (undefer->items[i]->model == of->model)
            own.items[own.count++] = undefer->items[i];
    if (!own.count)
        return of->columns & ~of->lazy;
    uint64_t columns = cf__bulk_columns(of->model, &own, ".undefer");
    if (columns & ~of->lazy)
        cf_raise(CF_INTERNAL, ".undefer of %s: %s is not lazy", of->model->name,
                 of->model->columns[__builtin_ctzll(columns & ~of->lazy)].name);
    return (of->columns & ~of->lazy) | columns;
}

void cf__lazy_unload(const struct cf__rows_of *of, void *row, uint64_t columns)
{
    for (uint64_t left = columns; left; left &= left - 1) {
        const struct cf_column *column = &of->model->columns[__builtin_ctzll(left)];
        void *field = (char *)row + column->offset, *trap = of->unread[__builtin_ctzll(left)];
        if (column->type == CF_TYPE_BLOB)
            *(cf_bytes *)field = (cf_bytes){ trap, unread_size };
        else
            *(void **)field = trap;
    }
}

uint64_t cf__lazy_held(const struct cf__rows_of *of, const void *row)
{
    uint64_t held = 0;
    for (uint64_t left = of->lazy; left; left &= left - 1) {
        const struct cf_column *column = &of->model->columns[__builtin_ctzll(left)];
        const void *field = (const char *)row + column->offset;
        if (!cf__is_trap(*(void *const *)field)) /* a blob begins with its pointer */
            held |= left & -left;
    }
    return held;
}

void cf__lazy_copy(const struct cf__rows_of *of, void *to, const void *from, uint64_t columns)
{
    for (uint64_t left = columns; left; left &= left - 1) {
        const struct cf_column *column = &of->model->columns[__builtin_ctzll(left)];
        memcpy((char *)to + column->offset, (const char *)from + column->offset, cf__field_size(column));
    }
}

void cf__lazy_forget(struct cf__session *session)
{
    for (struct cf__rows_of *of = session->models; of; of = of->next)
        for (struct cf__chunk *chunk = of->lazy ? of->chunks : NULL; chunk; chunk = chunk->next)
            for (size_t at = 0; at < chunk->count; at++) {
                if (chunk->states[at] != CF__ROW_CLEAN)
                    continue;
                cf__lazy_unload(of, cf__slot_row(of, (struct cf__slot){ chunk, at }), of->lazy);
                cf__lazy_unload(of, cf__slot_shadow(of, (struct cf__slot){ chunk, at }), of->lazy);
            }
}
