/* SPDX-License-Identifier: MIT
 *
 * Statements as the log shows them.
 */
#ifndef CARAFE_DB_ECHO_H
#define CARAFE_DB_ECHO_H

#include "query.h"

/* "SELECT id FROM users WHERE name = ? ['kim']": values of hidden columns as ***, long texts cut. `parameters` may
 * be NULL. */
const char *cf__echo_text(struct cf__context *context, const char *sql, const struct cf__parameters *parameters);

#endif
