/* SPDX-License-Identifier: MIT
 *
 * What a query is grouped by, where it is met again: in its select list, in HAVING, in its order. Values are bound to
 * placeholders, so that a database that numbers them cannot know `likes % $1` and `likes % $2` to be the same, and has to
 * be given `likes % $1` twice.
 */
#ifndef CARAFE_DB_GROUPED_H
#define CARAFE_DB_GROUPED_H

#include "pen.h"

enum { CF__MOST_GROUPED = 8 };
struct cf__grouping {
    struct {
        const cf_expr *expression;
        bool written;
        unsigned first; /* the number of its first value, where it is written */
    } items[CF__MOST_GROUPED];
    size_t count;
    bool in_having; /* of a database that knows it there in an aggregate only */
};

/* The expressions that a query is grouped by; columns alone, and values, are the same wherever they stand. */
void cf__collect_grouped(struct cf__grouping *grouping, const struct cf_subquery *query);
/* An aggregate or a window function is in it; what a cf_function is nobody knows. */
bool cf__is_of_group(const struct cf_operand *operand);
/* Writes an expression that the query at hand is grouped by, or that says the same; false: it is none, nothing is written. */
bool cf__pen_grouped(struct cf__pen *pen, const cf_expr *expression, int outer);

#endif
