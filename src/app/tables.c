/* SPDX-License-Identifier: MIT
 *
 * Tables in the program's own hands: what a session's database has, and the making and dropping of the models' tables in it
 * and in the databases beside it.
 */
#include <carafe/tables.h>

#include "../migrate/migrate.h"
#include "app.h"

typedef void migration(cf_engine *engine, const struct cf_model *const *models);

static cf_engine *engine_of(cf_db *db)
{
    cf_engine *engine = cf__session_link(db)->engine;
    if (!engine)
        cf_raise(CF_INTERNAL, "this app has no database: set .database_uri");
    return engine;
}

static void run_on(cf_engine *engine, migration *function)
{
    const struct cf_model *const *models = cf__engine_models(engine);
    if (models && models[0])
        function(engine, models);
}

static void run_on_all(cf_db *db, migration *function, const char *what)
{
    cf_engine *engine = engine_of(db), *bind;
    if (cf__session_pending(db))
        cf_raise(CF_INTERNAL, "%s in a session that has begun to write: commit or roll back first", what);
    run_on(engine, function);
    for (size_t i = 0; (bind = cf__engine_bind_at(engine, i)); i++)
        run_on(bind, function);
}

void cf_create_all(cf_db *db)
{
    run_on_all(db, cf__migrate_create_all, "cf_create_all");
}

void cf_drop_all(cf_db *db)
{
    run_on_all(db, cf__migrate_drop_all, "cf_drop_all");
}

const struct cf_schema *cf_inspect(cf_db *db)
{
    engine_of(db);
    return cf__link_inspect(cf__session_link(db), db->context);
}

bool cf_has_table(cf_db *db, const char *name)
{
    return cf_schema_table(cf_inspect(db), name);
}
