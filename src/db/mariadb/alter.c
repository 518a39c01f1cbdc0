/* SPDX-License-Identifier: MIT
 *
 * How MariaDB changes tables. A column is declared anew as a whole, and numbers itself only as a part of a key. A foreign
 * key has an index, made with it under its name where there is no other: it goes with the key, and comes back where the
 * index that the key used goes. A primary key has no name of its own.
 * ALTER TABLE takes the options of CREATE TABLE as they are.
 */
#include <carafe/sys/driver.h>

#include "alter.h"

static const char *option_of(cf_context *context, const char *before, const char *after)
{
    (void)context, (void)before;
    return after ? after : "";
}

const struct cf_alter_sql cf__mariadb_alter = {
    .column = "MODIFY COLUMN {definition}",
    .drop_primary_key = "DROP PRIMARY KEY",
    .drop_unique = "DROP INDEX {name}",
    .drop_foreign_key = "DROP FOREIGN KEY {name}, DROP INDEX IF EXISTS {name}",
    .drop_check = "DROP CONSTRAINT {name}",
    .rename_primary_key = "",
    .rename_unique = "RENAME INDEX {name} TO {new}",
    .comment_table = "ALTER TABLE {table} COMMENT {value}",
    .drop_index = "ALTER TABLE {table} DROP INDEX {name}",
    .option = option_of,
    .rename_index = "ALTER TABLE {table} RENAME INDEX {name} TO {new}",
    .index_for_key = "ADD INDEX IF NOT EXISTS {key} {columns}",
    .identity_needs_key = true,
};
