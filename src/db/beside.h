/* SPDX-License-Identifier: MIT
 *
 * Rows of other models that a query reads beside its own, each along a relation to one: a LEFT JOIN, so that there may be
 * none. A row is then read as one struct: the model's own, and behind it the columns of the others, all of them Nullable.
 */
#ifndef CARAFE_DB_BESIDE_H
#define CARAFE_DB_BESIDE_H

#include "query.h"
#include "relation.h"

enum { CF__MOST_BESIDE = 8 };

struct cf__beside {
    const struct cf__relation *relation;
    size_t owner;                   /* whose: 0 is the query's model, i + 1 the one beside[i] leads to */
    uint64_t columns;               /* of the other model: a bit each */
    const struct cf_column *fields; /* what these are in the row that is read */
};

/* Sets the fields, behind a struct of `size` bytes; returns the size of the whole. */
size_t cf__beside_lay(struct cf__context *context, struct cf__beside *beside, size_t count, size_t size);
/* How many fields that are, and they themselves, which follow `first` others: `made` are their columns, which outlive the
 * query. Returns how many fields there are then. */
size_t cf__beside_count(const struct cf__beside *beside, size_t count);
size_t cf__beside_fields(const struct cf__beside *beside, size_t count, struct cf_column *made, struct cf_field *fields,
                         size_t first);
/* Fills a struct of the other model from a row that was read; false where there is none. Raises CF_CORRUPT for NULL in a
 * column that is not Nullable. */
bool cf__beside_take(const struct cf__beside *beside, const void *read, void *row);

#endif
