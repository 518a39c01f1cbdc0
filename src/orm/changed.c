/* SPDX-License-Identifier: MIT
 *
 * What changed: rows are compared with their shadows, a whole chunk at once, and only where that says so column by
 * column. A row whose relation was assigned gets its foreign key first, so that it counts as changed too.
 */
#include <string.h>

#include "state.h"

static bool same_text(const char *left, const char *right)
{
    if (left == right)
        return true;
    return left && right && !cf__is_trap(left) && !cf__is_trap(right) && strcmp(left, right) == 0;
}

/* Numbers by value, texts by content, blobs by place and size. */
static bool same_field(const struct cf_column *column, const void *row, const void *shadow)
{
    if (column->custom && /* equal bytes are equal values, and need not be bound to say so */
        memcmp((const char *)row + column->offset, (const char *)shadow + column->offset, cf__field_size(column)) == 0)
        return true;
    struct cf_operand left = cf__field_value(column, row), right = cf__field_value(column, shadow);
    if (left.kind != right.kind)
        return false;
    switch (left.kind) {
    case CF_OPERAND_NULL:
        return true;
    case CF_OPERAND_TEXT:
        return same_text(left.text, right.text);
    case CF_OPERAND_BYTES:
        return left.bytes.data == right.bytes.data && left.bytes.size == right.bytes.size;
    case CF_OPERAND_BOOLEAN:
        return left.boolean == right.boolean;
    case CF_OPERAND_DECIMAL:
        return cf_decimal_compare(left.decimal, right.decimal) == 0;
    case CF_OPERAND_DATE:
        return memcmp(&left.date, &right.date, sizeof left.date) == 0;
    case CF_OPERAND_UUID:
        return memcmp(&left.uuid, &right.uuid, sizeof left.uuid) == 0;
    case CF_OPERAND_NUMBER:
        return memcmp(&left.number, &right.number, sizeof left.number) == 0;
    default: /* eight bytes: integers and times */
        return left.integer == right.integer;
    }
}

uint64_t cf__changed_columns(const struct cf__rows_of *of, struct cf__slot slot)
{
    const char *row = cf__slot_row(of, slot), *shadow = cf__slot_shadow(of, slot);
    uint64_t changed = 0;
    for (uint64_t left = of->columns; left; left &= left - 1)
        if (!same_field(&of->model->columns[__builtin_ctzll(left)], row, shadow))
            changed |= left & -left;
    return changed;
}

/* Equal bytes are equal values, which settles most chunks at once; unequal ones may differ in padding only. */
static bool is_untouched(const struct cf__rows_of *of, const struct cf__chunk *chunk)
{
    return memcmp(chunk->rows, chunk->shadows, chunk->count * of->model->size) == 0;
}

struct cf__slot cf__next_touched(const struct cf__rows_of *of, struct cf__slot slot)
{
    for (; slot.chunk; slot = (struct cf__slot){ slot.chunk->next, 0 }) {
        if (slot.at == 0 && is_untouched(of, slot.chunk))
            continue;
        for (; slot.at < slot.chunk->count; slot.at++)
            if (slot.chunk->states[slot.at] == CF__ROW_CLEAN)
                return slot;
    }
    return slot;
}

struct cf__slot cf__next_changed(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot,
                                 uint64_t *changed)
{
    for (; (slot = cf__next_touched(of, slot)).chunk; slot.at++) {
        cf__links_apply(session, of, slot);
        if ((*changed = cf__changed_columns(of, slot)))
            return slot;
    }
    return slot;
}

static bool has_changed_rows(struct cf__session *session, struct cf__rows_of *of)
{
    uint64_t changed;
    return cf__next_changed(session, of, (struct cf__slot){ of->chunks, 0 }, &changed).chunk;
}

static bool has_added(const struct cf__session *session, const struct cf_model *model)
{
    for (const struct cf__added *added = session->added; added; added = added->next)
        if (!model || added->of->model == model)
            return true;
    return false;
}

/* Rows to be written, counted up to two. */
static size_t count_unflushed(struct cf__session *session)
{
    size_t count = 0;
    uint64_t changed;
    for (const struct cf__added *added = session->added; added && count < 2; added = added->next)
        count++;
    for (struct cf__rows_of *of = session->models; of && count < 2; of = of->next) {
        count += of->deleted;
        struct cf__slot slot = { of->chunks, 0 };
        for (; count < 2 && (slot = cf__next_changed(session, of, slot, &changed)).chunk; slot.at++)
            count++;
    }
    return count;
}

/* What one row does to such a list is written in others. */
static bool numbers_rows(const struct cf__session *session)
{
    for (const struct cf__rows_of *of = session->models; of; of = of->next)
        for (size_t i = 0; of->chunks && i < of->relation_count; i++)
            if (of->relations[i].relation->position)
                return true;
    return false;
}

bool cf__is_sole(struct cf__session *session)
{
    return session->commits && !cf__link_active(&session->link) && !session->links && !session->assigned &&
           count_unflushed(session) == 1 && !(session->added && cf__links_change_others(session->added)) &&
           !numbers_rows(session);
}

bool cf__unflushed(struct cf__session *session, const struct cf_model *model)
{
    if (session->links || has_added(session, model) || cf__is_assigned(session, model))
        return true;
    if (model)
        cf__links_apply_all(session, model);
    for (struct cf__rows_of *of = session->models; of; of = of->next)
        if ((!model || of->model == model) && (of->deleted || has_changed_rows(session, of)))
            return true;
    return false;
}
