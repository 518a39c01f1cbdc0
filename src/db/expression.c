/* SPDX-License-Identifier: MIT
 *
 * Expressions: the functions behind the macros of carafe/query.h. They build small nodes in the arena of whatever
 * the current fiber does and judge nothing but what no compiler can see: NULL texts.
 */
#include <inttypes.h>
#include <string.h>

#include <carafe/error.h>

#include "query.h"

static void *take(size_t size)
{
    return cf__take(cf__current(), size);
}

struct cf_integer_operand cf_unsigned_value_(uint64_t value)
{
    if (value > INT64_MAX)
        cf_raise(CF_INVALID, "%" PRIu64 " is larger than any integer a database holds", value);
    return cf_integer_value_((int64_t)value);
}

static const char *column_words(const struct cf_operand *operand)
{
    if (operand->kind != CF_OPERAND_COLUMN)
        return "an expression";
    const struct cf_column *column = operand->column;
    return cf_format(&cf__current()->head, "%s.%s", column->model ? column->model->name : "?", column->name);
}

/* A value as it may be kept: texts and blobs copied. `beside` is what it is compared with, for the message. */
static struct cf_operand keep(struct cf_operand value, const struct cf_operand *beside)
{
    if (value.kind == CF_OPERAND_TEXT) {
        if (!value.text)
            cf_raise(CF_INTERNAL, "%s was compared with a NULL text: ask for SQL NULL with cf_is_null",
                     column_words(beside));
        value.text = cf_copy(&cf__current()->head, value.text);
    } else if (value.kind == CF_OPERAND_BYTES && value.bytes.size) {
        value.bytes.data = cf__copy_bytes(cf__current(), value.bytes.data, value.bytes.size);
    }
    return value;
}

static cf_expr *make(enum cf_operator operator, struct cf_operand left)
{
    cf_expr *expression = take(sizeof *expression);
    *expression = (cf_expr){ .operator= operator, .left = left };
    return expression;
}

cf_expr *cf_compare_(enum cf_operator operator, struct cf_operand left, struct cf_operand right)
{
    cf_expr *expression = make(operator, keep(left, &right));
    expression->right = keep(right, &left);
    return expression;
}

cf_expr *cf_between_(struct cf_operand operand, struct cf_operand low, struct cf_operand high)
{
    cf_expr *expression = make(CF_BETWEEN, operand);
    expression->right = keep(low, &operand);
    expression->third = keep(high, &operand);
    return expression;
}

static cf_expr *make_in(struct cf_operand operand, size_t count, struct cf_operand **values)
{
    cf_expr *expression = make(CF_IN, operand);
    *values = take((count ? count : 1) * sizeof **values);
    expression->values = *values;
    expression->count = count;
    return expression;
}

cf_expr *cf_in_(struct cf_operand operand, size_t count, const struct cf_operand *values)
{
    struct cf_operand *kept;
    cf_expr *expression = make_in(operand, count, &kept);
    for (size_t i = 0; i < count; i++)
        kept[i] = keep(values[i], &operand);
    return expression;
}

cf_expr *cf_in_integers_(struct cf_operand operand, const int64_t *values, size_t count)
{
    struct cf_operand *kept;
    cf_expr *expression = make_in(operand, count, &kept);
    for (size_t i = 0; i < count; i++)
        kept[i] = cf_integer_value_(values[i]).operand;
    return expression;
}

cf_expr *cf_in_numbers_(struct cf_operand operand, const double *values, size_t count)
{
    struct cf_operand *kept;
    cf_expr *expression = make_in(operand, count, &kept);
    for (size_t i = 0; i < count; i++)
        kept[i] = cf_number_value_(values[i]).operand;
    return expression;
}

cf_expr *cf_in_texts_(struct cf_operand operand, const char *const *values, size_t count)
{
    struct cf_operand *kept;
    cf_expr *expression = make_in(operand, count, &kept);
    for (size_t i = 0; i < count; i++)
        kept[i] = keep(cf_text_value_(values[i]).operand, &operand);
    return expression;
}

cf_expr *cf_combine_(enum cf_operator operator, size_t count, const cf_expr *const *expressions)
{
    const cf_expr **items = take((count ? count : 1) * sizeof *items);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (expressions[i])
            items[kept++] = expressions[i];
    if (kept == 0)
        return NULL;
    if (kept == 1)
        return (cf_expr *)(uintptr_t)items[0];
    cf_expr *expression = make(operator,(struct cf_operand){ 0 });
    expression->items = items;
    expression->count = kept;
    return expression;
}

cf_expr *cf_not(const cf_expr *expression)
{
    if (!expression)
        return NULL;
    const cf_expr **items = take(sizeof *items);
    items[0] = expression;
    cf_expr *negated = make(CF_NOT, (struct cf_operand){ 0 });
    negated->items = items;
    negated->count = 1;
    return negated;
}
