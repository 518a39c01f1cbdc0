/* SPDX-License-Identifier: MIT
 *
 * How PostgreSQL changes tables: data, which needs nothing of its library.
 */
#ifndef CARAFE_DB_POSTGRES_ALTER_H
#define CARAFE_DB_POSTGRES_ALTER_H

#include <carafe/sys/driver.h>

extern const struct cf_alter_sql cf__postgres_alter;

#endif
