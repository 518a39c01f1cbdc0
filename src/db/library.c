/* SPDX-License-Identifier: MIT
 *
 * dlopen and dlsym, with words for what may go wrong.
 */
#include "library.h"

#include <dlfcn.h>
#include <string.h>

#include <carafe/error.h>

void cf__library_load(const char *file, const char *package, const struct cf__library_function *functions, size_t count)
{
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        cf_raise(CF_UNAVAILABLE, "the database's client library cannot be loaded: %s (the Debian package %s brings it)",
                 dlerror(), package);
    for (size_t i = 0; i < count; i++) {
        void *function = dlsym(library, functions[i].name);
        if (!function)
            cf_raise(CF_UNAVAILABLE, "the database's client library %s is too old: it has no %s", file,
                     functions[i].name);
        memcpy(functions[i].place, &function, sizeof function);
    }
}
