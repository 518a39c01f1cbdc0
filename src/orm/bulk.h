/* SPDX-License-Identifier: MIT
 *
 * What the files behind carafe/bulk.h share.
 */
#ifndef CARAFE_ORM_BULK_H
#define CARAFE_ORM_BULK_H

#include <carafe/bulk.h>

#include "state.h"

/* The session, once it is sure that the model has a table and the session a database. `call` is for the message. */
struct cf__session *cf__bulk_session(cf_db *db, const struct cf_model *model, const char *call);
/* A set of columns of the model as bits. */
uint64_t cf__bulk_columns(const struct cf_model *model, const struct cf_columns *columns, const char *call);

/* update_all.c: checks values (what an expression gives is the database's to judge) and columns; gives how many. */
size_t cf__check_set(const struct cf_model *model, const struct cf_assignment *set, size_t most, const char *call);

/* many.c */
/* What defaults are asked for all rows of a statement at once: a row of the model (in the arena, which is written to), the
 * columns in it that are known, those whose default is asked. */
struct cf__asked {
    void *row;
    uint64_t known, wanted;
    bool update;          /* update_default, not insert_default */
    const char *refusing; /* the call that refuses one which goes by what is not known; NULL: it is left out */
};
/* Puts what they make into `made`, at most as many as are wanted; gives how many. Raises CF_INVALID for what its column
 * refuses. */
size_t cf__defaults_of_many(struct cf__session *session, const struct cf__rows_of *of, const struct cf__asked *asked,
                            struct cf_assignment *made);

#endif
