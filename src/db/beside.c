/* SPDX-License-Identifier: MIT
 *
 * A Nullable field begins with its value as a field that is not Nullable has it (CF_OPTIONAL_TYPES, CF_CUSTOM), which is
 * why the one can be copied into the other.
 */
#include "beside.h"

#include <string.h>

#include "../base/context.h"

enum { ALIGNMENT = 16 };

size_t cf__beside_lay(struct cf__context *context, struct cf__beside *beside, size_t count, size_t size)
{
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    for (size_t i = 0; i < count; i++) {
        size_t columns = (size_t)__builtin_popcountll(beside[i].columns), at = 0;
        struct cf_column *fields = cf__take(context, columns * sizeof *fields);
        for (uint64_t left = beside[i].columns; left; left &= left - 1, at++) {
            fields[at] = beside[i].relation->other->columns[__builtin_ctzll(left)];
            fields[at].nullable = true;
            fields[at].offset = size;
            size += (cf__field_size(&fields[at]) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        }
        beside[i].fields = fields;
    }
    return size;
}

size_t cf__beside_count(const struct cf__beside *beside, size_t count)
{
    size_t columns = 0;
    for (size_t i = 0; i < count; i++)
        columns += (size_t)__builtin_popcountll(beside[i].columns);
    return columns;
}

size_t cf__beside_fields(const struct cf__beside *beside, size_t count, struct cf_column *made, struct cf_field *fields,
                         size_t first)
{
    for (size_t i = 0; i < count; i++) {
        const struct cf_column *field = beside[i].fields;
        for (uint64_t left = beside[i].columns; left; left &= left - 1, first++, made++) {
            *made = *field++;
            fields[first] = (struct cf_field){ made, (unsigned)first };
        }
    }
    return first;
}

static bool is_set(const struct cf_column *field, const void *read)
{
    const char *place = (const char *)read + field->offset;
    size_t flag = cf__field_flag(field);
    return flag ? *(const bool *)(place + flag) : *(void *const *)place != NULL;
}

/* The columns that a relation leads to are not NULL in a row that it has found. */
static bool is_there(const struct cf__beside *beside, const void *read)
{
    const struct cf_column *key = beside->relation->other_columns[0], *field = beside->fields;
    for (uint64_t left = beside->columns; left; left &= left - 1, field++)
        if (&beside->relation->other->columns[__builtin_ctzll(left)] == key)
            return is_set(field, read);
    return false;
}

bool cf__beside_take(const struct cf__beside *beside, const void *read, void *row)
{
    const struct cf_column *field = beside->fields;
    if (!is_there(beside, read))
        return false;
    for (uint64_t left = beside->columns; left; left &= left - 1, field++) {
        const struct cf_column *column = &beside->relation->other->columns[__builtin_ctzll(left)];
        if (!column->nullable && !is_set(field, read))
            cf__refuse_null(column);
        memcpy((char *)row + column->offset, (const char *)read + field->offset, cf__field_size(column));
    }
    return true;
}
