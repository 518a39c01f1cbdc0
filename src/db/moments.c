/* SPDX-License-Identifier: MIT
 *
 * Expressions of times: parts of them, arithmetic with them, and the database's own.
 */
#include <carafe/error.h>

#include "expression.h"

/* The operators stand in the order of units and parts. */
cf_expr *cf_of_time_(enum cf_operator first, struct cf_operand operand, int part)
{
    bool extracts = first == CF_EXTRACT_SECOND;
    const struct cf_column *like = cf__like_of(&operand);
    if (part < 0 || part > (extracts ? (int)CF_EPOCH : (int)CF_QUARTER))
        cf_raise(CF_INTERNAL, "%s: there is no such part of a time", extracts ? "cf_extract" : "cf_truncate");
    if (like && like->type == CF_TYPE_TIME && part > CF_HOUR)
        cf_raise(CF_INTERNAL, "cf_extract of %s: a time of day has hours, minutes and seconds", like->name);
    return cf__expression_make((enum cf_operator)(first + part), extracts ? cf__value_like(CF_OPERAND_INTEGER) : like,
                               operand);
}

cf_expr *cf_database_time_(enum cf_operator operator)
{
    enum cf_operand_kind kind = operator== CF_DATABASE_NOW ? CF_OPERAND_TIME : CF_OPERAND_DATE;
    return cf__expression_make(operator, cf__value_like(kind), (struct cf_operand){ 0 });
}

/* The type of a DateTime or a Date, which decides what arithmetic with it is. */
static enum cf_type type_of(const char *call, const struct cf_operand *time)
{
    const struct cf_column *like = cf__like_of(time);
    if (!like)
        cf_raise(CF_INTERNAL, "%s: the type of its argument is not known: cf_cast it to DateTime or Date", call);
    if (like->type != CF_TYPE_DATETIME && like->type != CF_TYPE_DATE)
        cf_raise(CF_INTERNAL, "%s is of a DateTime or a Date, not of what is like %s", call, like->name);
    return like->type;
}

/* From the first moment of the calendar to the last. */
static const int64_t most[] = {
    [CF_SECOND] = 315537897599, [CF_MINUTE] = 5258964959, [CF_HOUR] = 87649415, [CF_DAY] = 3652058,
    [CF_MONTH] = 119987,        [CF_YEAR] = 9998,         [CF_WEEK] = 521722,   [CF_QUARTER] = 39995,
};

static void need_count(const struct cf_operand *count)
{
    const struct cf_column *like = cf__like_of(count);
    if (like && like->type != CF_TYPE_INTEGER && like->type != CF_TYPE_SMALL_INTEGER &&
        like->type != CF_TYPE_BIG_INTEGER)
        cf_raise(CF_INTERNAL, "cf_time_plus counts by integers, not by what is like %s", like->name);
}

cf_expr *cf_time_plus_(struct cf_operand time, struct cf_operand count, enum cf_time_unit unit)
{
    static const struct cf_column date = { .name = "a date", .type = CF_TYPE_DATE };
    bool is_date = type_of("cf_time_plus", &time) == CF_TYPE_DATE;
    if ((int)unit < 0 || unit > CF_QUARTER)
        cf_raise(CF_INTERNAL, "cf_time_plus: there is no such unit of time");
    if (is_date && unit <= CF_HOUR)
        cf_raise(CF_INTERNAL, "cf_time_plus of %s: a Date has no hours, minutes and seconds: cf_cast it to DateTime",
                 cf__like_of(&time)->name);
    need_count(&count);
    cf_expr *expression =
        cf__expression_make((enum cf_operator)(CF_PLUS_SECONDS + unit), cf__value_like(CF_OPERAND_TIME), time);
    cf__expression_right(expression, count);
    expression->number = most[unit];
    return is_date ? cf_cast_(cf__as_operand(expression), &date) : expression;
}

cf_expr *cf_seconds_between_(struct cf_operand later, struct cf_operand earlier)
{
    type_of("cf_seconds_between", &later);
    type_of("cf_seconds_between", &earlier);
    cf_expr *expression = cf__expression_make(CF_SECONDS_BETWEEN, cf__value_like(CF_OPERAND_NUMBER), later);
    cf__expression_right(expression, earlier);
    return expression;
}
