/* SPDX-License-Identifier: MIT
 *
 * A model's columns as a set of bits, and the fields of its structs as values.
 */
#include "query.h"

uint64_t cf__model_columns(const struct cf_model *model)
{
    uint64_t columns = 0;
    for (size_t i = 0; i < model->count; i++)
        if (model->columns[i].type < CF_TYPE_COUNT_)
            columns |= (uint64_t)1 << i;
    return columns;
}

uint64_t cf__model_key(const struct cf_model *model)
{
    uint64_t key = 0;
    for (size_t i = 0; i < model->count; i++)
        if (model->columns[i].primary_key && model->columns[i].type < CF_TYPE_COUNT_)
            key |= (uint64_t)1 << i;
    return key;
}

/* ---- Fields as values ------------------------------------------------------------------------------------------- */

#define OPTIONAL_FIELD(name, member, tag)                                                               \
    do {                                                                                                \
        const cf_optional_##name *optional = place;                                                     \
        return optional->is_set ? (struct cf_operand){ .kind = tag, .member = optional->value } : null; \
    } while (0)
#define FIELD(type, name, member, tag)                                             \
    do {                                                                           \
        if (column->nullable)                                                      \
            OPTIONAL_FIELD(name, member, tag);                                     \
        return (struct cf_operand){ .kind = tag, .member = *(const type *)place }; \
    } while (0)

/* An enumeration's field is as large as an int, its optional an int and a flag (see CF_CHOICES). */
static struct cf_operand choice_value(const struct cf_column *column, const void *place)
{
    const struct {
        int value;
        bool is_set;
    } *optional = place;
    if (column->nullable && !optional->is_set)
        return (struct cf_operand){ .kind = CF_OPERAND_NULL };
    return (struct cf_operand){ .kind = CF_OPERAND_INTEGER, .integer = *(const int *)place };
}

struct cf_operand cf__field_value(const struct cf_column *column, const void *row)
{
    const struct cf_operand null = { .kind = CF_OPERAND_NULL };
    const void *place = (const char *)row + column->offset;
    const char *text;
    cf_bytes bytes;
    switch (column->type) {
    case CF_TYPE_INTEGER:
    case CF_TYPE_SMALL_INTEGER:
    case CF_TYPE_BIG_INTEGER:
        FIELD(int64_t, integer, integer, CF_OPERAND_INTEGER);
    case CF_TYPE_BOOLEAN:
        FIELD(bool, boolean, boolean, CF_OPERAND_BOOLEAN);
    case CF_TYPE_FLOAT:
        FIELD(double, number, number, CF_OPERAND_NUMBER);
    case CF_TYPE_NUMERIC:
        FIELD(cf_decimal, decimal, decimal, CF_OPERAND_DECIMAL);
    case CF_TYPE_DATE:
        FIELD(cf_date, date, date, CF_OPERAND_DATE);
    case CF_TYPE_TIME:
        FIELD(cf_clock, clock, clock, CF_OPERAND_CLOCK);
    case CF_TYPE_DATETIME:
        FIELD(cf_time, time, time, CF_OPERAND_TIME);
    case CF_TYPE_UUID:
        FIELD(cf_uuid, uuid, uuid, CF_OPERAND_UUID);
    case CF_TYPE_ENUM:
        return choice_value(column, place);
    case CF_TYPE_BLOB:
        bytes = *(const cf_bytes *)place;
        return bytes.data || !column->nullable ? (struct cf_operand){ .kind = CF_OPERAND_BYTES, .bytes = bytes } : null;
    default:
        text = *(const char *const *)place;
        return text ? (struct cf_operand){ .kind = CF_OPERAND_TEXT, .text = text } : null;
    }
}

size_t cf__field_size(const struct cf_column *column)
{
    static const struct {
        size_t plain, optional;
    } sizes[CF_TYPE_COUNT_] = {
        [CF_TYPE_INTEGER] = { sizeof(int64_t), sizeof(cf_optional_integer) },
        [CF_TYPE_SMALL_INTEGER] = { sizeof(int64_t), sizeof(cf_optional_integer) },
        [CF_TYPE_BIG_INTEGER] = { sizeof(int64_t), sizeof(cf_optional_integer) },
        [CF_TYPE_BOOLEAN] = { sizeof(bool), sizeof(cf_optional_boolean) },
        [CF_TYPE_FLOAT] = { sizeof(double), sizeof(cf_optional_number) },
        [CF_TYPE_NUMERIC] = { sizeof(cf_decimal), sizeof(cf_optional_decimal) },
        [CF_TYPE_DATE] = { sizeof(cf_date), sizeof(cf_optional_date) },
        [CF_TYPE_TIME] = { sizeof(cf_clock), sizeof(cf_optional_clock) },
        [CF_TYPE_DATETIME] = { sizeof(cf_time), sizeof(cf_optional_time) },
        [CF_TYPE_UUID] = { sizeof(cf_uuid), sizeof(cf_optional_uuid) },
        [CF_TYPE_ENUM] = { sizeof(int), 2 * sizeof(int) },
        [CF_TYPE_BLOB] = { sizeof(cf_bytes), sizeof(cf_bytes) },
    };
    size_t size = column->nullable ? sizes[column->type].optional : sizes[column->type].plain;
    return size ? size : sizeof(const char *);
}
