/* SPDX-License-Identifier: MIT
 *
 * Keys of any number of columns, hashed by value, so that a foreign key finds the key it refers to whatever types and
 * padding the two fields have. Rows are pointed to, not copied.
 */
#include "keys.h"

#include <string.h>

#include "../db/shape.h"

void cf__keys_init(struct cf__keys *keys, struct cf__context *context, struct cf__key key)
{
    *keys = (struct cf__keys){ .context = context, .key = key };
}

static bool hash_key(struct cf__key key, const void *row, uint64_t *hash)
{
    *hash = 0;
    for (size_t i = 0; i < key.count; i++) {
        struct cf_operand value = cf__field_value(key.columns[i], row);
        if (value.kind == CF_OPERAND_NULL)
            return false;
        *hash = cf__value_hash(&value, *hash);
    }
    return true;
}

static bool same_key(struct cf__key left, const void *left_row, struct cf__key right, const void *right_row)
{
    for (size_t i = 0; i < left.count; i++) {
        struct cf_operand a = cf__field_value(left.columns[i], left_row);
        struct cf_operand b = cf__field_value(right.columns[i], right_row);
        if (!cf__value_same(&a, &b))
            return false;
    }
    return true;
}

/* Where in the table a key is, or would be. */
static size_t *find_place(const struct cf__keys *keys, struct cf__key key, const void *row, uint64_t hash)
{
    size_t mask = keys->capacity - 1;
    for (size_t at = hash & mask;; at = (at + 1) & mask) {
        size_t number = keys->table[at];
        if (!number || same_key(keys->key, keys->rows[number - 1], key, row))
            return &keys->table[at];
    }
}

static void grow(struct cf__keys *keys)
{
    size_t old = keys->capacity / 2, capacity = keys->capacity ? keys->capacity * 2 : 32;
    uint64_t hash;
    keys->rows = cf__resize(keys->context, keys->rows, old * sizeof *keys->rows, capacity / 2 * sizeof *keys->rows);
    keys->table = cf_alloc(&keys->context->head, capacity * sizeof *keys->table);
    keys->capacity = capacity;
    for (size_t i = 0; i < keys->count; i++) {
        hash_key(keys->key, keys->rows[i], &hash);
        *find_place(keys, keys->key, keys->rows[i], hash) = i + 1;
    }
}

ptrdiff_t cf__keys_put(struct cf__keys *keys, const void *row)
{
    uint64_t hash;
    if (!hash_key(keys->key, row, &hash))
        return CF__NO_KEY;
    if (keys->count * 2 == keys->capacity)
        grow(keys);
    size_t *place = find_place(keys, keys->key, row, hash);
    if (!*place) {
        keys->rows[keys->count++] = row;
        *place = keys->count;
    }
    return (ptrdiff_t)*place - 1;
}

ptrdiff_t cf__keys_find(const struct cf__keys *keys, struct cf__key key, const void *row)
{
    uint64_t hash;
    if (!keys->count || !hash_key(key, row, &hash))
        return CF__NO_KEY;
    return (ptrdiff_t)*find_place(keys, key, row, hash) - 1;
}

/* ---- Conditions ------------------------------------------------------------------------------------------------- */

static struct cf_operand column_operand(const struct cf_column *column)
{
    return (struct cf_operand){ .kind = CF_OPERAND_COLUMN, .column = column };
}

static const cf_expr *equal_keys(struct cf__key key, const struct cf_column *const *wanted, const void *row)
{
    const cf_expr *parts[CF__KEY_COLUMNS];
    for (size_t i = 0; i < key.count; i++)
        parts[i] = cf_compare_(CF_EQ, column_operand(wanted[i]), cf__field_value(key.columns[i], row));
    return cf_combine_(CF_AND, key.count, parts);
}

const cf_expr *cf__keys_condition(const struct cf__keys *keys, const struct cf_column *const *wanted, size_t first,
                                  size_t count)
{
    const void **rows = keys->rows + first;
    if (keys->key.count == 1) {
        struct cf_operand *values = cf_alloc(&keys->context->head, count * sizeof *values);
        for (size_t i = 0; i < count; i++)
            values[i] = cf__field_value(keys->key.columns[0], rows[i]);
        return cf_in_(column_operand(wanted[0]), count, values);
    }
    size_t padded = cf__padded_count(count);
    const cf_expr **each = cf_alloc(&keys->context->head, padded * sizeof *each);
    for (size_t i = 0; i < padded; i++)
        each[i] = i < count ? equal_keys(keys->key, wanted, rows[i]) : each[count - 1];
    return cf_combine_(CF_OR, padded, each);
}
