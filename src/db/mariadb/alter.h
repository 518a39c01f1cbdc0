/* SPDX-License-Identifier: MIT
 *
 * How MariaDB changes tables: data, which needs nothing of its library.
 */
#ifndef CARAFE_DB_MARIADB_ALTER_H
#define CARAFE_DB_MARIADB_ALTER_H

#include <carafe/sys/driver.h>

extern const struct cf_alter_sql cf__mariadb_alter;

#endif
