/* SPDX-License-Identifier: MIT
 *
 * A driver is added by a line here.
 */
#include "drivers.h"

#include <string.h>

#include "../base/buffer.h"

extern const struct cf_driver cf__sqlite_driver;
extern const struct cf_driver cf__mariadb_driver;
extern const struct cf_driver cf__postgres_driver;

static const struct cf_driver *const drivers[] = {
    &cf__sqlite_driver,
#ifdef CARAFE_MARIADB
    &cf__mariadb_driver,
#endif
#ifdef CARAFE_POSTGRES
    &cf__postgres_driver,
#endif
};
enum { DRIVERS = sizeof drivers / sizeof drivers[0] };

bool cf__is_database(const char *name)
{
    static const char *const names[] = { "sqlite", "postgresql", "mariadb" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

const char *cf__misfit_of(const char *database, const struct cf_schema_column *column, const char *sql_type)
{
    for (size_t i = 0; i < DRIVERS; i++)
        if (strcmp(drivers[i]->name, database) == 0 && drivers[i]->dialect->misfit)
            return drivers[i]->dialect->misfit(column, sql_type);
    return NULL;
}

const struct cf_driver *cf__driver_find(const struct cf_uri *uri)
{
    struct cf__buffer known = cf__buffer_new(cf__current(), CF__CAP_SQL, "the list of databases");
    for (size_t i = 0; i < DRIVERS; i++) {
        for (const char *const *scheme = drivers[i]->schemes; *scheme; scheme++) {
            if (strcmp(*scheme, uri->scheme) == 0)
                return drivers[i]->fitting ? drivers[i]->fitting() : drivers[i];
            cf__buffer_format(&known, "%s%s", known.size ? ", " : "", *scheme);
        }
    }
    cf_raise(CF_INTERNAL, "database URI \"%s\": unknown database \"%s\" (known: %s)", uri->masked, uri->scheme,
             cf__buffer_text(&known));
}
