/* SPDX-License-Identifier: MIT
 *
 * How many values a statement may have.
 */
#ifndef CARAFE_DB_SHAPE_H
#define CARAFE_DB_SHAPE_H

#include "query.h"

/* What SQLite takes unless built otherwise (PostgreSQL and MariaDB take 65535). */
enum { CF__MOST_PARAMETERS = 32766 };
/* A longer list is one value, where the database takes it so. */
enum { CF__LONGEST_LIST = 4096 };
_Noreturn void cf__refuse_parameters(size_t count, const char *table);
/* How many placeholders a list of `count` values gets: the next power of two, where a statement takes that many. */
size_t cf__padded_count(size_t count);
/* Integers, texts or UUIDs as a JSON array, which a dialect's `lists` takes for them. */
struct cf_operand cf__list_as_json(struct cf__context *context, const struct cf_operand *values, size_t count);

#endif
