/* SPDX-License-Identifier: MIT
 *
 * What shape.c and compile.c have to agree about.
 */
#ifndef CARAFE_DB_SHAPE_H
#define CARAFE_DB_SHAPE_H

#include <stddef.h>

/* How many placeholders a list of `count` values gets: the next power of two. */
size_t cf__padded_count(size_t count);

#endif
