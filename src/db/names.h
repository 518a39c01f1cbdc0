/* SPDX-License-Identifier: MIT
 *
 * Names by convention, for whoever makes parts of a schema.
 */
#ifndef CARAFE_DB_NAMES_H
#define CARAFE_DB_NAMES_H

#include <carafe/sys/schema.h>

/* The bytes of the longest name that every database takes: PostgreSQL cuts what is longer than NAMEDATALEN - 1 in
 * silence, MariaDB refuses what is longer than 64 characters, SQLite takes all. */
enum { CF__LONGEST_NAME = 63 };
bool cf__is_long_name(const char *name);
/* Whether a unique index of columns is called so, and no unique constraint: some databases tell nothing else of them. */
bool cf__is_index_name(const char *name);

/* "uq_posts_author_id_slug": prefix, table, columns and a last word (each may be NULL), joined by '_'. One that is too long
 * is cut, between two characters, and ends in '_' and 8 hex digits of a hash of the whole. */
const char *cf__convention(cf_context *context, const char *prefix, const char *table, const struct cf_names *columns,
                           const char *suffix);
/* Whether a name looks as one that was cut. */
bool cf__is_shortened(const char *name);
/* Lists of names: the same in the same order, the same in whatever order, and one among others. */
bool cf__names_equal(const struct cf_names *left, const struct cf_names *right);
bool cf__names_alike(const struct cf_names *left, const struct cf_names *right);
bool cf__names_have(const struct cf_names *names, const char *name);
/* schema.c: fills *table with what items say; `model` is for messages. Raises CF_INTERNAL that names model and field. */
void cf__table_make(struct cf_table *table, cf_context *context, const char *name, const char *model,
                    const struct cf_column *columns, size_t count);
/* "author_id, slug" as a list. */
struct cf_names cf__fields_split(cf_context *context, const char *fields);
/* A literal in the one spelling that a schema has for its value; NULL where it is no value of the column's type. */
const char *cf__spell_literal(const struct cf_schema_column *column, const char *text);
bool cf__is_action(const char *action);
/* An action of a foreign key in the schema's form: NULL for "no action". */
const char *cf__action(const char *action);

#endif
