/* SPDX-License-Identifier: MIT
 *
 * Rows by some of their columns: what brings the two sides of a relation together.
 */
#ifndef CARAFE_ORM_KEYS_H
#define CARAFE_ORM_KEYS_H

#include "state.h"

/* The columns a key is read from. */
struct cf__key {
    const struct cf_column *const *columns;
    size_t count;
};

/* Distinct keys, each with the row it was first met in and a number: its place in `rows`. */
struct cf__keys {
    struct cf__context *context;
    struct cf__key key; /* of the rows put in */
    const void **rows;
    size_t count;
    size_t *table; /* open addressing; a number + 1, or 0 */
    size_t capacity;
};

enum { CF__NO_KEY = -1 };

void cf__keys_init(struct cf__keys *keys, struct cf__context *context, struct cf__key key);
/* The number of a row's key, new or not; CF__NO_KEY where a part of it is NULL. */
ptrdiff_t cf__keys_put(struct cf__keys *keys, const void *row);
/* The number of the key that another row has in its own columns; CF__NO_KEY where nobody put it. */
ptrdiff_t cf__keys_find(const struct cf__keys *keys, struct cf__key key, const void *row);

/* The condition that `wanted` columns equal one of the keys from the `first`th on, `count` of them: an IN list, or for a
 * composite key an OR of ANDs, filled up to a length that few statements serve. */
const cf_expr *cf__keys_condition(const struct cf__keys *keys, const struct cf_column *const *wanted, size_t first,
                                  size_t count);

#endif
