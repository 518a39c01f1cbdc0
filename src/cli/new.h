/* SPDX-License-Identifier: MIT
 *
 * `carafe new`: projects from templates.
 */
#ifndef CARAFE_CLI_NEW_H
#define CARAFE_CLI_NEW_H

#include <stddef.h>

#include "options.h"

/* A file of a new project; "@NAME@" in both texts stands for the project's name. The table, made at build time from
 * templates/, ends with an entry without a name. */
struct cf__template {
    const char *name, *text;
};
extern const struct cf__template cf__templates[];

/* Makes the project named by the operand in a new directory of that name. */
int cf__new_command(void *unused, const struct cf__arguments *arguments);

#endif
