/* SPDX-License-Identifier: MIT
 *
 * Names that a database has as they were before the convention shortened them.
 */
#ifndef CARAFE_MIGRATE_LONG_NAMES_H
#define CARAFE_MIGRATE_LONG_NAMES_H

#include "../db/engine.h"
#include "operations.h"

/* A replayed schema as the database says it back; NULL where the convention shortened no name of it. Outside a
 * transaction. */
struct cf_schema *cf__long_names_expected(struct cf__link *link, struct cf_schema *replayed);
/* Gives constraints and indexes the shortened names of `expected`, in a transaction that may rebuild tables; what it did. */
struct cf__operations cf__long_names_shorten(struct cf__link *link, const struct cf_schema *expected);

#endif
