/* SPDX-License-Identifier: MIT
 *
 * Values of keys: whether two are one, and putting one into a field. Operands are what all of them have in common,
 * whether they come from a field, from a call of cf_get, or from the other side of a relation.
 */
#include <string.h>

#include "../base/random.h"
#include "../db/custom.h"
#include "state.h"

/* The bytes that make a value: the same for equal values, whatever padding is around them. */
uint64_t cf__value_hash(const struct cf_operand *value, uint64_t seed)
{
    switch (value->kind) {
    case CF_OPERAND_TEXT:
        return cf__hash(value->text, strlen(value->text), seed);
    case CF_OPERAND_BYTES:
        return cf__hash(value->bytes.data, value->bytes.size, seed);
    case CF_OPERAND_UUID:
        return cf__hash(&value->uuid, sizeof value->uuid, seed);
    case CF_OPERAND_DECIMAL:
        return cf__hash(&value->decimal.low, sizeof value->decimal.low, seed);
    case CF_OPERAND_DATE:
        return cf__hash(&value->date, sizeof value->date, seed);
    case CF_OPERAND_BOOLEAN:
        return cf__hash(&value->boolean, sizeof value->boolean, seed);
    default: /* eight bytes: integers, numbers, times */
        return cf__hash(&value->integer, sizeof value->integer, seed);
    }
}

bool cf__value_same(const struct cf_operand *left, const struct cf_operand *right)
{
    if (left->kind != right->kind)
        return false;
    switch (left->kind) {
    case CF_OPERAND_TEXT:
        return strcmp(left->text, right->text) == 0;
    case CF_OPERAND_BYTES:
        return left->bytes.size == right->bytes.size &&
               memcmp(left->bytes.data, right->bytes.data, left->bytes.size) == 0;
    case CF_OPERAND_UUID:
        return memcmp(&left->uuid, &right->uuid, sizeof left->uuid) == 0;
    case CF_OPERAND_DECIMAL:
        return cf_decimal_compare(left->decimal, right->decimal) == 0;
    case CF_OPERAND_DATE:
        return memcmp(&left->date, &right->date, sizeof left->date) == 0;
    case CF_OPERAND_BOOLEAN:
        return left->boolean == right->boolean;
    default:
        return left->integer == right->integer;
    }
}
bool cf__refers(const struct cf_column *const *from, const void *referring, const struct cf_column *const *to,
                const void *referred, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct cf_operand left = cf__field_value(from[i], referring), right = cf__field_value(to[i], referred);
        if (left.kind == CF_OPERAND_NULL || !cf__value_same(&left, &right))
            return false;
    }
    return true;
}

/* The operands that are stored as they are; an integer is welcome to a boolean and an enumeration, a text to a UUID. */
static const enum cf_operand_kind kinds[CF_TYPE_COUNT_] = {
    [CF_TYPE_INTEGER] = CF_OPERAND_INTEGER,     [CF_TYPE_SMALL_INTEGER] = CF_OPERAND_INTEGER,
    [CF_TYPE_BIG_INTEGER] = CF_OPERAND_INTEGER, [CF_TYPE_BOOLEAN] = CF_OPERAND_BOOLEAN,
    [CF_TYPE_FLOAT] = CF_OPERAND_NUMBER,        [CF_TYPE_NUMERIC] = CF_OPERAND_DECIMAL,
    [CF_TYPE_STRING] = CF_OPERAND_TEXT,         [CF_TYPE_TEXT] = CF_OPERAND_TEXT,
    [CF_TYPE_CHOICES] = CF_OPERAND_TEXT,        [CF_TYPE_DATE] = CF_OPERAND_DATE,
    [CF_TYPE_TIME] = CF_OPERAND_CLOCK,          [CF_TYPE_DATETIME] = CF_OPERAND_TIME,
    [CF_TYPE_UUID] = CF_OPERAND_UUID,           [CF_TYPE_BLOB] = CF_OPERAND_BYTES,
};

static const size_t sizes[] = {
    [CF_OPERAND_INTEGER] = sizeof(int64_t), [CF_OPERAND_BOOLEAN] = sizeof(bool),
    [CF_OPERAND_NUMBER] = sizeof(double),   [CF_OPERAND_DECIMAL] = sizeof(cf_decimal),
    [CF_OPERAND_TEXT] = sizeof(char *),     [CF_OPERAND_DATE] = sizeof(cf_date),
    [CF_OPERAND_CLOCK] = sizeof(cf_clock),  [CF_OPERAND_TIME] = sizeof(cf_time),
    [CF_OPERAND_UUID] = sizeof(cf_uuid),    [CF_OPERAND_BYTES] = sizeof(cf_bytes),
};

enum { VALUE = offsetof(struct cf_operand, integer) }; /* where every member of an operand's union begins */

static enum cf__fit store_value(const struct cf_column *column, void *place, const struct cf_operand *value)
{
    if (value->kind == CF_OPERAND_TEXT && !value->text)
        return CF__WRONG_TYPE;
    if (column->type == CF_TYPE_UUID && value->kind == CF_OPERAND_TEXT)
        return cf_uuid_parse(value->text, place) ? CF__FITS : CF__MATCHES_NOTHING;
    if (column->type == CF_TYPE_ENUM && value->kind == CF_OPERAND_INTEGER)
        *(int *)place = (int)value->integer;
    else if (column->type == CF_TYPE_BOOLEAN && value->kind == CF_OPERAND_INTEGER)
        *(bool *)place = value->integer != 0;
    else if (kinds[column->type] == value->kind && value->kind != CF_OPERAND_NULL)
        memcpy(place, (const char *)value + VALUE, sizes[value->kind]);
    else
        return CF__WRONG_TYPE;
    return CF__FITS;
}

/* What a type of the program's own does not read is no value of it: no row has it. */
static enum cf__fit store_custom(const struct cf_column *column, void *place, const struct cf_operand *value)
{
    union cf__stored stored;
    enum cf__fit fit = store_value(column, &stored, value);
    return fit == CF__FITS && cf__custom_read(column, cf__current(), &stored, place) ? CF__MATCHES_NOTHING : fit;
}

enum cf__fit cf__value_store(const struct cf_column *column, void *row, const struct cf_operand *value)
{
    char *place = (char *)row + column->offset;
    size_t flag = column->nullable ? cf__field_flag(column) : 0;
    enum cf__fit fit = column->custom ? store_custom(column, place, value) : store_value(column, place, value);
    if (fit == CF__FITS && flag)
        *(bool *)(place + flag) = true;
    return fit;
}

void cf__value_clear(const struct cf_column *column, void *row)
{
    memset((char *)row + column->offset, 0, cf__field_size(column));
}

cf_expr *cf__equals(const struct cf_model *model, uint64_t columns, const void *row)
{
    const cf_expr *parts[64];
    size_t count = 0;
    for (; columns; columns &= columns - 1) {
        const struct cf_column *column = &model->columns[__builtin_ctzll(columns)];
        parts[count++] = cf_compare_(CF_EQ, (struct cf_operand){ .kind = CF_OPERAND_COLUMN, .column = column },
                                     cf__field_value(column, row));
    }
    return cf_combine_(CF_AND, count, parts);
}
