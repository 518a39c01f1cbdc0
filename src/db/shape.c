/* SPDX-License-Identifier: MIT
 *
 * The shape of a query: a hash of all that decides its SQL (operators, columns, clauses, how many values) and
 * nothing of the values, which become the list of parameters on the same walk. The walk and the one of compile.c
 * visit operands in the same order; a parameter stands where compile.c writes a placeholder. 64 bits make two of the
 * few hundred shapes of a program meet by chance once in 10^14 programs, and shapes come from the program, never
 * from a client.
 */
#include <inttypes.h>
#include <string.h>

#include <carafe/error.h>

#include "../base/random.h"
#include "query.h"
#include "shape.h"

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

/* ---- The walk --------------------------------------------------------------------------------------------------- */

struct walk {
    const struct cf__query *query;
    struct cf__context *context;
    struct cf__parameters *parameters;
    uint64_t hash;
};

static void note(struct walk *walk, uint64_t word)
{
    walk->hash = cf__hash(&word, sizeof word, walk->hash);
}

static _Noreturn void refuse_size(const struct walk *walk, size_t count)
{
    cf_raise(CF_INVALID, "a query on %s has %zu values: a statement takes at most %d", walk->query->model->table, count,
             CF__MOST_PARAMETERS);
}

static void add_parameter(struct walk *walk, struct cf_operand value, const struct cf_column *column)
{
    struct cf__parameters *parameters = walk->parameters;
    if (parameters->count == parameters->capacity) {
        if (parameters->count >= 2 * (size_t)CF__MOST_PARAMETERS) /* no need to list them all to refuse them */
            refuse_size(walk, parameters->count);
        size_t capacity = parameters->capacity ? parameters->capacity * 2 : 8, size = sizeof *parameters->items;
        parameters->items = cf__resize(walk->context, parameters->items, parameters->capacity * size, capacity * size);
        parameters->capacity = capacity;
    }
    parameters->items[parameters->count++] = (struct cf_parameter){ value, column };
}

/* The column a value is compared with: it decides how the value is stored. */
static const struct cf_column *column_of(const struct cf_operand *operand)
{
    return operand->kind == CF_OPERAND_COLUMN ? operand->column : NULL;
}

static void walk_expression(struct walk *walk, const cf_expr *expression);

static void walk_operand(struct walk *walk, const struct cf_operand *operand, const struct cf_operand *beside)
{
    switch (operand->kind) {
    case CF_OPERAND_COLUMN:
        if (operand->column->model != walk->query->model)
            cf_raise(CF_INTERNAL, "%s.%s does not belong to this query, which is on %s", operand->column->model->name,
                     operand->column->name, walk->query->model->name);
        note(walk, (uint64_t)(uintptr_t)operand->column);
        return;
    case CF_OPERAND_EXPRESSION:
        walk_expression(walk, operand->expression);
        return;
    default:
        note(walk, 1);
        add_parameter(walk, *operand, column_of(beside));
    }
}

size_t cf__padded_count(size_t count)
{
    size_t padded = 1;
    while (padded < count)
        padded *= 2;
    return count == 0 || padded > CF__MOST_PARAMETERS ? count : padded;
}

/* Lists are filled up with their last value, so that lists of all lengths have few shapes. */
static void walk_in(struct walk *walk, const cf_expr *expression)
{
    size_t padded = cf__padded_count(expression->count);
    note(walk, padded);
    if (padded)
        walk_operand(walk, &expression->left, &expression->left);
    for (size_t i = 0; i < padded; i++)
        add_parameter(walk, expression->values[i < expression->count ? i : expression->count - 1],
                      column_of(&expression->left));
}

static void walk_expression(struct walk *walk, const cf_expr *expression)
{
    note(walk, (uint64_t)expression->operator+ 16);
    switch (expression->operator) {
    case CF_AND:
    case CF_OR:
    case CF_NOT:
        note(walk, expression->count);
        for (size_t i = 0; i < expression->count; i++)
            walk_expression(walk, expression->items[i]);
        return;
    case CF_IN:
        walk_in(walk, expression);
        return;
    case CF_IS_NULL:
    case CF_IS_NOT_NULL:
        walk_operand(walk, &expression->left, &expression->left);
        return;
    case CF_STARTS_WITH:
    case CF_ENDS_WITH: /* the text is written twice, as its length and as itself (the left side is a column) */
        walk_operand(walk, &expression->left, &expression->right);
        walk_operand(walk, &expression->right, &expression->left);
        walk_operand(walk, &expression->right, &expression->left);
        return;
    case CF_BETWEEN:
        walk_operand(walk, &expression->left, &expression->right);
        walk_operand(walk, &expression->right, &expression->left);
        walk_operand(walk, &expression->third, &expression->left);
        return;
    default:
        walk_operand(walk, &expression->left, &expression->right);
        walk_operand(walk, &expression->right, &expression->left);
    }
}

static void add_fields(struct walk *walk, uint64_t columns, const void *row)
{
    const struct cf_model *model = walk->query->model;
    for (uint64_t left = columns; left; left &= left - 1) {
        const struct cf_column *column = &model->columns[__builtin_ctzll(left)];
        add_parameter(walk, cf__field_value(column, row), column);
    }
}

static void walk_where(struct walk *walk)
{
    const struct cf__query *query = walk->query;
    if (query->key_row) {
        note(walk, 2);
        add_fields(walk, cf__model_key(query->model), query->key_row);
    } else if (query->where) {
        note(walk, 3);
        walk_expression(walk, query->where);
    }
}

static void walk_order(struct walk *walk)
{
    const struct cf__query *query = walk->query;
    for (size_t i = 0; query->order_by && i < 8 && query->order_by->items[i].operand.kind != CF_OPERAND_NULL; i++) {
        const struct cf_order *order = &query->order_by->items[i];
        note(walk, order->descending ? 5 : 4);
        walk_operand(walk, &order->operand, &order->operand);
    }
}

static void walk_limit(struct walk *walk)
{
    const struct cf__query *query = walk->query;
    note(walk, (query->limit ? 1u : 0u) | (query->offset ? 2u : 0u));
    if (query->limit || query->offset)
        add_parameter(walk, cf_integer_value_(query->limit ? query->limit : -1).operand, NULL);
    if (query->offset)
        add_parameter(walk, cf_integer_value_(query->offset).operand, NULL);
}

uint64_t cf__query_shape(const struct cf__query *query, struct cf__context *context, struct cf__parameters *parameters)
{
    struct walk walk = { query, context, parameters, 0 };
    uint64_t head[] = { (uint64_t)(uintptr_t)query->model, query->kind, query->columns };
    if (!query->model->table)
        cf_raise(CF_INTERNAL, "%s is a SHAPE: it has no table to query", query->model->name);
    walk.hash = cf__hash(head, sizeof head, 0);
    walk_where(&walk);
    if (query->kind == CF__SELECT) {
        walk_order(&walk);
        walk_limit(&walk);
    }
    if (parameters->count > CF__MOST_PARAMETERS)
        refuse_size(&walk, parameters->count);
    return walk.hash;
}

uint64_t cf__operand_shape(const struct cf_operand *operand, const struct cf_column *beside,
                           const struct cf_model *model, struct cf__context *context, struct cf__parameters *parameters,
                           uint64_t shape)
{
    struct cf__query query = { .model = model };
    struct walk walk = { &query, context, parameters, shape };
    walk_operand(&walk, operand, &(struct cf_operand){ .kind = CF_OPERAND_COLUMN, .column = beside });
    return walk.hash;
}
