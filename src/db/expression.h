/* SPDX-License-Identifier: MIT
 *
 * What the files share that make expressions: nodes in the arena of whatever the current fiber does, and the types of
 * operands.
 */
#ifndef CARAFE_DB_EXPRESSION_H
#define CARAFE_DB_EXPRESSION_H

#include "query.h"

/* A column whose values are of the operand's type, NULL where that is not known; that of values of a kind. */
const struct cf_column *cf__like_of(const struct cf_operand *operand);
const struct cf_column *cf__value_like(enum cf_operand_kind kind);
/* A value as it may be kept: texts and blobs copied. `beside` is what it is compared with, for the message about a NULL text. */
struct cf_operand cf__kept_value(struct cf_operand value, const struct cf_operand *beside);
struct cf_operand cf__as_operand(const cf_expr *expression);
/* A node with its left side, and its right one. Raises where NULL was given for an expression. */
cf_expr *cf__expression_make(enum cf_operator operator, const struct cf_column * like, struct cf_operand left);
void cf__expression_right(cf_expr *expression, struct cf_operand right);

#endif
