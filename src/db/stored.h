/* SPDX-License-Identifier: MIT
 *
 * Values as texts of one fixed width each, so that texts compare as the values do: how they are stored where a
 * database has no type for them, and how the literals of defaults are spelt in a schema.
 */
#ifndef CARAFE_DB_STORED_H
#define CARAFE_DB_STORED_H

#include <carafe/types.h>

enum { CF__STORED_TEXT = 33 }; /* the longest of them, with its NUL */

void cf__store_clock(cf_clock clock, char out[CF__STORED_TEXT]); /* 03:04:05.000006 */
void cf__store_time(cf_time time, char out[CF__STORED_TEXT]);    /* 2024-01-02 03:04:05.000678 */
void cf__store_uuid(cf_uuid uuid, char out[CF__STORED_TEXT]);    /* 32 hexadecimal digits */

#endif
