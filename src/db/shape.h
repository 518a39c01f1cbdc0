/* SPDX-License-Identifier: MIT
 *
 * What shape.c and compile.c have to agree about.
 */
#ifndef CARAFE_DB_SHAPE_H
#define CARAFE_DB_SHAPE_H

#include <stddef.h>

/* The most values a statement may have: what SQLite takes unless built otherwise (PostgreSQL and MariaDB take 65535). */
enum { CF__MOST_PARAMETERS = 32766 };
/* How many placeholders a list of `count` values gets: the next power of two, where a statement takes that many. */
size_t cf__padded_count(size_t count);

#endif
