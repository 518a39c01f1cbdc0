/* SPDX-License-Identifier: MIT
 *
 * The tables of models without revisions: made where they are not there, dropped where they are. Both are a difference of
 * two schemas, run as a plan in one transaction, as a revision is. The database is looked at in that transaction, so that of
 * two processes that start at once the second finds what the first has made.
 */
#include "history.h"
#include "plan.h"
#include "runner.h"

/* Work on the tables of models. */
struct making {
    cf_engine *engine;
    const struct cf_model *const *models;
    /* What there is to do, and in *from the tables that it begins with. */
    struct cf__operations (*find)(struct making *making, struct cf_schema **from);
    struct cf__operations list;
    struct cf__link link;
};

static cf_context *own_context(void)
{
    return &cf__current()->head;
}

static struct cf__operations find_missing(struct making *making, struct cf_schema **from)
{
    static const struct cf__diff_options options = { 0 };
    const struct cf_schema *models = cf_schema_of_models(own_context(), making->models);
    *from = cf__schema_shared(own_context(), models, cf__link_inspect(&making->link, own_context()));
    return cf__diff(own_context(), *from, models, &options);
}

/* As the database has them: what it does not have need not be dropped. What Ddl entries have made only the models know. */
static struct cf__operations find_there(struct making *making, struct cf_schema **from)
{
    static const struct cf__diff_options options = { .allow_drop = true };
    const struct cf_schema none = { 0 }, *models = cf_schema_of_models(own_context(), making->models);
    *from = cf__schema_shared(own_context(), cf__link_inspect(&making->link, own_context()), models);
    for (size_t i = 0; i < (*from)->count; i++) {
        const struct cf_table *table = cf_schema_table(models, (*from)->tables[i].name);
        (*from)->tables[i].ddls = table->ddls;
        (*from)->tables[i].ddl_count = table->ddl_count;
    }
    return cf__diff(own_context(), *from, &none, &options);
}

static void refuse_revisions(struct cf__link *link)
{
    const struct cf__graph none = cf__graph_of(own_context(), NULL);
    if (cf__history_exists(link) && cf__history_read(link, &none).count)
        cf_raise(CF_INTERNAL, "revisions have made this database: db upgrade and db downgrade change it");
}

static struct cf__plan begin_plan(struct making *making)
{
    struct cf_schema *from = NULL;
    cf__link_begin(&making->link);
    making->list = making->find(making, &from);
    struct cf__plan plan =
        cf__plan_new(own_context(), cf__engine_driver(making->engine), cf__schema_copy(own_context(), from));
    cf__plan_operations(&plan, &making->list, NULL);
    return plan;
}

static void make_or_drop(void *making_)
{
    struct making *making = making_;
    refuse_revisions(&making->link);
    cf__link_lock(&making->link);
    struct cf__plan plan = begin_plan(making);
    if (plan.rebuilds) { /* which is said before a transaction begins */
        cf__link_rollback(&making->link);
        making->link.rebuilds = true;
        plan = begin_plan(making);
    }
    cf__plan_run(&plan, &making->link);
    cf__link_commit(&making->link);
}

static struct cf__operations run_making(struct making making)
{
    cf__link_init(&making.link, making.engine, cf__current());
    const cf_error *error = cf_attempt(own_context(), make_or_drop, &making);
    cf__link_end(&making.link);
    if (error)
        cf_raise_error(error);
    return making.list;
}

void cf__migrate_create_all(cf_engine *engine, const struct cf_model *const *models)
{
    run_making((struct making){ .engine = engine, .models = models, .find = find_missing });
}

void cf__migrate_drop_all(cf_engine *engine, const struct cf_model *const *models)
{
    run_making((struct making){ .engine = engine, .models = models, .find = find_there });
}

/* ---- Told in words ---------------------------------------------------------------------------------------------- */

static const char *word_of(enum cf__operation_kind kind)
{
    static const char *const words[CF__OPERATION_KINDS] = {
        [CF__CREATE_TABLE] = "table",
        [CF__DROP_TABLE] = "table",
        [CF__CREATE_VIEW] = "view",
        [CF__DROP_VIEW] = "view",
    };
    return words[kind];
}

/* "Created table users" */
static void make_and_tell(struct cf__migration *migration,
                          struct cf__operations (*find)(struct making *making, struct cf_schema **from),
                          const char *verb)
{
    size_t told = 0;
    struct cf__operations list =
        run_making((struct making){ .engine = migration->engine, .models = migration->models, .find = find });
    for (size_t i = 0; i < list.count; i++)
        if (word_of(list.items[i].kind)) {
            cf__say(migration, "%s %s %s", verb, word_of(list.items[i].kind), list.items[i].table);
            told++;
        }
    if (!told)
        cf__say(migration, "There was nothing to do.");
}

void cf__db_create_all(struct cf__migration *migration)
{
    make_and_tell(migration, find_missing, "Created");
}

void cf__db_drop_all(struct cf__migration *migration)
{
    make_and_tell(migration, find_there, "Dropped");
}
