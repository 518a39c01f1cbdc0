/* SPDX-License-Identifier: MIT
 *
 * Expressions that a query is grouped by: see grouped.h.
 */
#include "grouped.h"

#include <string.h>

/* ---- Whether two expressions say the same ----------------------------------------------------------------------- */

static bool same_text(const char *left, const char *right)
{
    return left == right || (left && right && strcmp(left, right) == 0);
}

/* Types decide how a value is stored. */
static bool same_type(const struct cf_column *left, const struct cf_column *right)
{
    if (left == right || !left || !right)
        return left == right;
    return left->type == right->type && left->length == right->length && left->scale == right->scale &&
           left->labels == right->labels && left->custom == right->custom && same_text(left->sql_type, right->sql_type);
}

static bool same_expression(const cf_expr *left, const cf_expr *right);

static bool same_operand(const struct cf_operand *left, const struct cf_operand *right)
{
    if (left->kind != right->kind)
        return false;
    switch (left->kind) {
    case CF_OPERAND_NULL:
        return true;
    case CF_OPERAND_INTEGER:
        return left->integer == right->integer;
    case CF_OPERAND_BOOLEAN:
        return left->boolean == right->boolean;
    case CF_OPERAND_NUMBER: /* by its bits: 0 and -0 are two values */
        return memcmp(&left->number, &right->number, sizeof left->number) == 0;
    case CF_OPERAND_DECIMAL:
        return left->decimal.high == right->decimal.high && left->decimal.low == right->decimal.low &&
               left->decimal.scale == right->decimal.scale;
    case CF_OPERAND_TEXT:
        return same_text(left->text, right->text);
    case CF_OPERAND_DATE:
        return memcmp(&left->date, &right->date, sizeof left->date) == 0;
    case CF_OPERAND_CLOCK:
        return left->clock.microseconds == right->clock.microseconds;
    case CF_OPERAND_TIME:
        return left->time.microseconds == right->time.microseconds;
    case CF_OPERAND_UUID:
        return memcmp(&left->uuid, &right->uuid, sizeof left->uuid) == 0;
    case CF_OPERAND_BYTES:
        return left->bytes.size == right->bytes.size &&
               (left->bytes.size == 0 || memcmp(left->bytes.data, right->bytes.data, left->bytes.size) == 0);
    case CF_OPERAND_COLUMN:
        return left->column == right->column;
    case CF_OPERAND_EXPRESSION:
        return same_expression(left->expression, right->expression);
    }
    return false;
}

static bool same_part(const cf_expr *left, const cf_expr *right, size_t at)
{
    if (left->items && !same_expression(left->items[at], right->items[at]))
        return false;
    if (left->values && !same_operand(&left->values[at], &right->values[at]))
        return false;
    if (!left->whens)
        return true;
    const struct cf_when *one = &left->whens[at], *other = &right->whens[at];
    return one->otherwise == other->otherwise && same_operand(&one->value, &other->value) &&
           (one->otherwise || same_expression(one->condition, other->condition));
}

/* Windows, orders and queries are the same where they are one. */
static bool same_kind(const cf_expr *left, const cf_expr *right)
{
    enum cf_operator one = left->operator, other = right->operator;
    return one == other && left->number == right->number && left->count == right->count &&
           left->window == right->window && left->order == right->order && left->query == right->query &&
           left->along == right->along && !left->items == !right->items && !left->values == !right->values &&
           !left->whens == !right->whens;
}

static bool same_expression(const cf_expr *left, const cf_expr *right)
{
    if (left == right)
        return true;
    if (!same_kind(left, right))
        return false;
    bool same = same_text(left->name, right->name) && same_type(left->like, right->like) &&
                same_operand(&left->left, &right->left) && same_operand(&left->right, &right->right) &&
                same_operand(&left->third, &right->third);
    for (size_t i = 0; same && i < left->count; i++)
        same = same_part(left, right, i);
    return same;
}

/* ---- Writing ---------------------------------------------------------------------------------------------------- */

/* A column, or a value: these need not be known again. */
static bool stands_alone(const cf_expr *expression)
{
    return expression->operator== CF_AS_COLUMN || expression->operator== CF_LITERAL;
}

void cf__collect_grouped(struct cf__grouping *grouping, const struct cf_subquery *query)
{
    *grouping = (struct cf__grouping){ .count = 0 };
    for (size_t i = 0; query->group_by && i < CF__MOST_GROUPED && query->group_by[i]; i++)
        if (!stands_alone(query->group_by[i]))
            grouping->items[grouping->count++].expression = query->group_by[i];
}

/* The rows of a group have one value of it, so that the least is that value. */
static void write_least(struct cf__pen *pen, const cf_expr *expression)
{
    cf__pen_text(pen, "min(");
    cf__pen_expression(pen, expression, CF__LOOSE);
    cf__pen_text(pen, ")");
}

/* An aggregate is of the rows, as is what a query in it says. What a cf_function is nobody knows, nor SQL of the program's
 * own. */
static bool is_of_rows(const cf_expr *expression)
{
    return (expression->operator>= CF_COUNT_ROWS && expression->operator<= CF_WITHIN_GROUP) ||
           expression->operator== CF_FUNCTION || expression->operator== CF_SQL_EXPRESSION;
}

bool cf__is_of_group(const struct cf_operand *operand)
{
    const cf_expr *expression = operand->kind == CF_OPERAND_EXPRESSION ? operand->expression : NULL;
    if (!expression)
        return false;
    bool found = (expression->operator>= CF_COUNT_ROWS && expression->operator<= CF_WITHIN_GROUP) ||
                 expression->operator== CF_OVER || cf__is_of_group(&expression->left) ||
                 cf__is_of_group(&expression->right) || cf__is_of_group(&expression->third);
    for (size_t i = 0; !found && i < expression->count; i++) {
        const struct cf_operand item = { .kind = CF_OPERAND_EXPRESSION,
                                         .expression = expression->items   ? expression->items[i]
                                                       : expression->whens ? expression->whens[i].condition
                                                                           : NULL };
        found = cf__is_of_group(&item) || (expression->values && cf__is_of_group(&expression->values[i])) ||
                (expression->whens && cf__is_of_group(&expression->whens[i].value));
    }
    return found;
}

bool cf__pen_grouped(struct cf__pen *pen, const cf_expr *expression, int outer)
{
    struct cf__grouping *grouping = pen->grouping;
    size_t at = 0;
    while (at < grouping->count && !same_expression(grouping->items[at].expression, expression))
        at++;
    bool met = at < grouping->count;
    if (!met && !(grouping->in_having && is_of_rows(expression)))
        return false;
    pen->grouping = NULL; /* its parts are its own */
    cf__pen_note(pen, at);
    if (!met) {
        cf__pen_expression(pen, expression, outer);
    } else if (grouping->in_having) {
        write_least(pen, expression);
    } else {
        pen->again = grouping->items[at].written ? grouping->items[at].first : 0;
        grouping->items[at].written = true;
        if (!pen->again)
            grouping->items[at].first = pen->placeholders + 1;
        cf__pen_expression(pen, expression, outer);
        pen->again = 0;
    }
    pen->grouping = grouping;
    return true;
}
