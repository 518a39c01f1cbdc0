/* SPDX-License-Identifier: MIT
 *
 * A model's columns as a set of bits, and the fields of its structs as values.
 */
#include "../base/context.h"
#include "custom.h"
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

const char *cf__field_title(const struct cf_column *column)
{
    const struct cf_model *model = column->model;
    return model ? cf_format(&cf__current()->head, "%s.%s", model->name, column->name) : column->name;
}

_Noreturn void cf__refuse_value(const struct cf_column *column, const char *what, bool too_large)
{
    const struct cf_model *model = column->model;
    const char *name = cf__field_title(column);
    if (too_large && !(model && model->table))
        cf_raise(CF_INVALID, "%s is %s, which is out of range: integers have 64 bits", name, what);
    cf_raise(CF_CORRUPT, "%s holds %s, which is no value of its type", name, what);
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

static struct cf_operand custom_value(const struct cf_column *column, const void *place)
{
    const struct cf_column as_stored = cf__column_as_stored(column);
    union cf__stored stored;
    if (column->nullable && !*(const bool *)((const char *)place + column->custom->flag))
        return (struct cf_operand){ .kind = CF_OPERAND_NULL };
    column->custom->bind(&cf__current()->head, place, &stored);
    return cf__field_value(&as_stored, &stored);
}

struct cf_operand cf__field_value(const struct cf_column *column, const void *row)
{
    const struct cf_operand null = { .kind = CF_OPERAND_NULL };
    const void *place = (const char *)row + column->offset;
    if (column->custom)
        return custom_value(column, place);
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

static const struct {
    size_t plain, optional, flag;
} sizes[CF_TYPE_COUNT_] = {
#define SIZES(kind)                                                                                                \
    {                                                                                                              \
        sizeof(((cf_optional_##kind *)0)->value), sizeof(cf_optional_##kind), offsetof(cf_optional_##kind, is_set) \
    }
    [CF_TYPE_INTEGER] = SIZES(integer),
    [CF_TYPE_SMALL_INTEGER] = SIZES(integer),
    [CF_TYPE_BIG_INTEGER] = SIZES(integer),
    [CF_TYPE_BOOLEAN] = SIZES(boolean),
    [CF_TYPE_FLOAT] = SIZES(number),
    [CF_TYPE_NUMERIC] = SIZES(decimal),
    [CF_TYPE_DATE] = SIZES(date),
    [CF_TYPE_TIME] = SIZES(clock),
    [CF_TYPE_DATETIME] = SIZES(time),
    [CF_TYPE_UUID] = SIZES(uuid),
    [CF_TYPE_ENUM] = { sizeof(int), 2 * sizeof(int), sizeof(int) }, /* struct { enum Name value; bool is_set; } */
    [CF_TYPE_BLOB] = { sizeof(cf_bytes), sizeof(cf_bytes), 0 },
};

size_t cf__field_size(const struct cf_column *column)
{
    if (column->custom)
        return column->nullable ? column->custom->optional_size : column->custom->size;
    size_t size = column->nullable ? sizes[column->type].optional : sizes[column->type].plain;
    return size ? size : sizeof(const char *);
}

size_t cf__field_flag(const struct cf_column *column)
{
    return column->custom ? column->custom->flag : sizes[column->type].flag;
}

void cf__refuse_null(const struct cf_column *column)
{
    cf_raise(CF_CORRUPT, "%s.%s is NULL in a row, and not Nullable: say Nullable, or cf_coalesce in the query",
             column->model ? column->model->name : "?", column->name);
}

/* ---- Soft deletes ----------------------------------------------------------------------------------------------- */

const struct cf_column *cf__deletion_of(const struct cf_model *model)
{
    for (size_t i = 0; i < model->count; i++)
        if (model->columns[i].stamp == CF_STAMP_DELETED)
            return &model->columns[i];
    return NULL;
}

/* ---- Types of the program's own --------------------------------------------------------------------------------- */

struct cf_column cf__column_as_stored(const struct cf_column *column)
{
    struct cf_column as_stored = *column;
    as_stored.custom = NULL;
    as_stored.nullable = false;
    as_stored.offset = 0;
    return as_stored;
}

const char *cf__custom_read(const struct cf_column *column, struct cf__context *context, const union cf__stored *stored,
                            void *field)
{
    const char *problem = column->custom->read(&context->head, stored, field);
    if (!problem && column->nullable)
        *(bool *)((char *)field + column->custom->flag) = true;
    return problem;
}

void cf__custom_load(const struct cf_column *column, struct cf__context *context, const union cf__stored *stored,
                     void *field)
{
    const char *problem = cf__custom_read(column, context, stored, field);
    if (problem)
        cf_raise(CF_CORRUPT, "%s.%s holds what %s does not read: it %s", column->model ? column->model->name : "?",
                 column->name, column->custom->name, problem);
}

cf_context *cf_current_(void)
{
    return &cf__current()->head;
}
