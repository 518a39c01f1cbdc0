/* SPDX-License-Identifier: MIT
 *
 * What tests of the database share: a directory of their own, engines, and short words for what they do all day.
 */
#ifndef CARAFE_TESTS_DB_SUPPORT_H
#define CARAFE_TESTS_DB_SUPPORT_H

#include "../base/support.h"

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

#include "../../src/db/engine.h"

static inline cf_context *here(void)
{
    return &cf__current()->head;
}

/* The error that ends function(argument). */
static inline const cf_error *error_of(void (*function)(void *), void *argument)
{
    const cf_error *error = cf_attempt(here(), function, argument);
    if (!error)
        fail_msg("no error was raised");
    return error;
}

/* ---- A directory of the test's own, which is its working directory ---------------------------------------------- */

static inline int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static inline int enter_directory(void **state)
{
    char *path = strdup("/tmp/carafe-db-XXXXXX");
    *state = path;
    return mkdtemp(path) && chdir(path) == 0 ? 0 : -1;
}

static inline int leave_directory(void **state)
{
    int failed = chdir("/") || nftw(*state, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(*state);
    return failed;
}

/* ---- Engines ---------------------------------------------------------------------------------------------------- */

static inline cf_engine *open_engine(const char *uri)
{
    static const struct cf__engine_options options = { .synchronous_normal = true };
    return cf__engine_open(uri, &options);
}

static inline struct cf__link new_link(cf_engine *engine)
{
    struct cf__link link;
    cf__link_init(&link, engine, cf__current());
    return link;
}

static inline void run_script(cf_engine *engine, const char *sql)
{
    struct cf__link link = new_link(engine);
    cf__link_script(&link, sql);
    cf__link_commit(&link);
}

/* Makes the tables of models and their indexes. */
static inline void create_tables(cf_engine *engine, const struct cf_model *const *models)
{
    const struct cf_schema *schema = cf_schema_of_models(here(), models);
    const struct cf_dialect *dialect = cf__engine_driver(engine)->dialect;
    for (size_t i = 0; i < schema->count; i++) {
        struct cf__buffer sql = cf__buffer_new(cf__current(), CF__CAP_SQL, "a table");
        cf__ddl_create_table(&sql, dialect, &schema->tables[i]);
        for (size_t j = 0; j < schema->tables[i].index_count; j++) {
            cf__buffer_string(&sql, ";\n");
            cf__ddl_create_index(&sql, dialect, schema->tables[i].name, &schema->tables[i].indexes[j]);
        }
        run_script(engine, cf__buffer_text(&sql));
    }
}

/* One integer, by SQL without parameters. */
static inline int64_t ask(struct cf__link *link, const char *sql)
{
    struct cf__rows rows = cf__link_sql(link, sql, NULL, 0, NULL, NULL, false);
    return cf__rows_integer(&rows);
}

static inline int64_t execute(struct cf__link *link, const char *sql)
{
    struct cf__rows rows = cf__link_sql(link, sql, NULL, 0, NULL, NULL, true);
    return cf__rows_changed(&rows);
}

/* One text, by SQL without parameters. */
SHAPE(Answer, (text, Nullable(Text)));

static inline const char *ask_text(struct cf__link *link, const char *sql)
{
    struct Answer answer = { 0 };
    uint64_t read;
    struct cf__rows rows = cf__link_sql(link, sql, NULL, 0, &Answer.model_, &read, false);
    if (cf__rows_next(&rows, &answer))
        cf__rows_end(&rows);
    return answer.text;
}

#endif
