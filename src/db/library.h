/* SPDX-License-Identifier: MIT
 *
 * Client libraries of databases, loaded when the first connection asks for one: a program on SQLite needs neither to be
 * installed. (Built with -Dclients=linked they are linked as any other library, for static programs.)
 */
#ifndef CARAFE_DB_LIBRARY_H
#define CARAFE_DB_LIBRARY_H

#include <stddef.h>

/* A function by its name, and where the pointer to it goes. */
struct cf__library_function {
    const char *name;
    void *place; /* of a function pointer */
};

/* Loads `file` ("libpq.so.5") and looks the functions up; raises CF_UNAVAILABLE that names the library and the Debian
 * package which brings it. Never unloaded. */
void cf__library_load(const char *file, const char *package, const struct cf__library_function *functions,
                      size_t count);

#endif
