/* SPDX-License-Identifier: MIT
 *
 * The functions of libpq by their names.
 */
#include "library.h"

#include "../library.h"

#ifdef CARAFE_LOADED_CLIENTS
struct cf__postgres_library cf__postgres_library;

#define FUNCTION(name) { #name, &cf__postgres_library.name##_ },
static const struct cf__library_function functions[] = { CF__POSTGRES_FUNCTIONS(FUNCTION) };

void cf__postgres_load(void)
{
    if (!cf__postgres_library.PQfinish_)
        cf__library_load("libpq.so.5", "libpq5", functions, sizeof functions / sizeof functions[0]);
}
#else
void cf__postgres_load(void)
{
}
#endif
