/* SPDX-License-Identifier: MIT
 *
 * Relations to one that a query reads beside its rows: the beginnings of .load's paths that say cf_joined.
 */
#ifndef CARAFE_ORM_JOINED_H
#define CARAFE_ORM_JOINED_H

#include "../db/beside.h"
#include "state.h"

/* What is to be read, and what came of it: each relation has a number, its place in `beside` + 1, and 0 is the query's model. */
struct cf__joined {
    size_t count;
    size_t size; /* of a row that is read */
    struct cf__beside beside[CF__MOST_BESIDE];
    struct cf__items found[CF__MOST_BESIDE]; /* rows of the other model, some of them several times */
    struct cf__items stale
        [CF__MOST_BESIDE]; /* rows whose relation it is that refer to another, in the session, than in the database */
};

/* NULL where .load says it of none. Raises CF_INTERNAL for what cannot be read so. */
struct cf__joined *cf__joined_collect(struct cf__session *session, const struct cf_model *model,
                                      const struct cf_find_options *options);
/* The number of a relation of the rows that `owner` is the number of, 0 where it is not read so. `joined` may be NULL. */
size_t cf__joined_number(const struct cf__joined *joined, size_t owner, const struct cf_column *relation);

#endif
