/* SPDX-License-Identifier: MIT
 *
 * Values in and out of SQLite.
 */
#ifndef CARAFE_DB_SQLITE_CODEC_H
#define CARAFE_DB_SQLITE_CODEC_H

#include "sqlite.h"

/* Binds a parameter; a result code of SQLite. Texts and blobs are not copied: they stay valid until the reset. */
int cf__sqlite_bind(sqlite3_stmt *statement, int index, const struct cf_parameter *parameter);
/* Decodes the current row into a struct. Raises CF_NO_MEMORY, or CF_CORRUPT where a value is none of its column's type. */
void cf__sqlite_decode(sqlite3_stmt *statement, const struct cf_field *fields, size_t count, void *row,
                       struct cf__context *context);
/* The type that holds what a column has in the current row. */
void cf__sqlite_column_type(sqlite3_stmt *statement, int index, struct cf_column *column);
/* Registers the collation `carafe_decimal`. */
int cf__sqlite_add_collation(sqlite3 *handle);
/* Adds carafe_integer(value, bits): the integer, rounded, or an error where it is none of so many bits. */
int cf__sqlite_add_functions(sqlite3 *handle);

#endif
