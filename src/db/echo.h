/* SPDX-License-Identifier: MIT
 *
 * Statements and their values as the log and errors show them.
 */
#ifndef CARAFE_DB_ECHO_H
#define CARAFE_DB_ECHO_H

#include "query.h"

/* "SELECT id FROM users WHERE name = ? ['kim']": values of hidden columns as ***, long texts cut. `parameters` may
 * be NULL. */
const char *cf__echo_text(struct cf__context *context, const char *sql, const struct cf__parameters *parameters);

/* The values alone: "['kim']", or "". */
const char *cf__echo_values(struct cf__context *context, const struct cf__parameters *parameters);

/* The values of a statement under way, for the error that it ends with. */
struct cf__given_values {
    struct cf__given head;
    const struct cf_parameter *items;
    size_t count, sets; /* of one run; runs that go out together */
};
struct cf__given_values cf__given_values(const struct cf_parameter *items, size_t count, size_t sets);

#endif
