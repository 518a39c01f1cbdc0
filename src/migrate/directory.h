/* SPDX-License-Identifier: MIT
 *
 * The directory of revisions as it lies on disk: what `db init` makes, what `db migrate` adds to, and whether the
 * running program was built from it.
 */
#ifndef CARAFE_MIGRATE_DIRECTORY_H
#define CARAFE_MIGRATE_DIRECTORY_H

#include "graph.h"

/* Makes the directory with an empty list. Raises where it exists and is not empty. */
void cf__directory_init(cf_context *context, const char *directory);

bool cf__directory_exists(const char *directory);

/* Raises CF_INTERNAL "run make first: …" where the list on disk and the revisions linked into the program differ, or
 * a file is newer than `program` (NULL: not compared), and for a list that is not one. Nothing where there is no
 * directory: a device has none. */
void cf__directory_check(const struct cf__graph *graph, const char *directory, const char *program);

/* Writes a revision's file and adds its id to the list; returns its path. */
const char *cf__directory_add(cf_context *context, const char *directory, const char *file_name, const char *text,
                              const char *id);

#endif
