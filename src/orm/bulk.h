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

#endif
