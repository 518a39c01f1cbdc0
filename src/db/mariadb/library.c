/* SPDX-License-Identifier: MIT
 *
 * The functions of libmariadb by their names.
 */
#include "library.h"

#include "../library.h"

#ifdef CARAFE_LOADED_CLIENTS
struct cf__mariadb_library cf__mariadb_library;

#define FUNCTION(name) { #name, &cf__mariadb_library.name##_ },
static const struct cf__library_function functions[] = { CF__MARIADB_FUNCTIONS(FUNCTION) };

void cf__mariadb_load(void)
{
    if (!cf__mariadb_library.mysql_init_)
        cf__library_load("libmariadb.so.3", "libmariadb3", functions, sizeof functions / sizeof functions[0]);
}
#else
void cf__mariadb_load(void)
{
}
#endif
