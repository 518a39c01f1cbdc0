/* SPDX-License-Identifier: MIT
 *
 * Expressions of times: parts of them, and the database's own.
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
