/* SPDX-License-Identifier: MIT
 *
 * The commands of every application, and what they share. Each takes the cf_app and the arguments, and returns an
 * exit code.
 */
#ifndef CARAFE_CLI_CLI_H
#define CARAFE_CLI_CLI_H

#include "../app/app.h"
#include "../migrate/migrate.h"
#include "options.h"

int cf__run_command(void *app, const struct cf__arguments *arguments);
int cf__routes_command(void *app, const struct cf__arguments *arguments);
extern const struct cf__command cf__db_commands[];

/* Runs function(argument) in a fiber and frees the loop it ran on, so that a process may be forked afterwards. False
 * where an error ended it, which has then been told on stderr: "users: cause and cure". */
bool cf__command_fiber(const cf_app *app, void (*function)(void *), void *argument);
/* The path of the running program, or NULL. It stays true where the file is replaced meanwhile. */
const char *cf__program_path(void);
/* What a migration of the app works on; no engine, no output. */
struct cf__migration cf__app_migration(cf_app *app, const char *bind);

#endif
