/* SPDX-License-Identifier: MIT
 *
 * What has been done is known from the row, but for one step: that which was begun. A step is one statement that does
 * all or nothing (see alter.c), so a look at the live schema tells: the table is there or it is not. Statements that
 * may be run twice are. Only SQL of the user's own has to be judged by the user.
 *
 * The row keeps a hash of the statements that are done, so that the step that failed, and those behind it, may be
 * edited, and the ones before it not.
 */
#include "progress.h"

#include "../base/random.h"
#include "history.h"

const char *cf__progress_ddl(cf_context *context, const struct cf_dialect *dialect)
{
    return cf__table_ddl(context, dialect, &cf__progress.model_);
}

/* ---- The row ---------------------------------------------------------------------------------------------------- */

struct cf__progress *cf__progress_read(struct cf__link *link)
{
    const struct cf_model *model = &cf__progress.model_;
    struct cf__progress *row = cf_alloc_(&link->context->head, sizeof(*row));
    struct cf__rows rows =
        cf__link_run(link,
                     &(struct cf__query){ .kind = CF__SELECT, .model = model, .columns = cf__model_columns(model) });
    bool found = cf__rows_next(&rows, row);
    cf__rows_end(&rows);
    return found ? row : NULL;
}

struct cf__progress *cf__progress_find(struct cf__link *link)
{
    return cf__link_has_table(link, cf__progress.model_.table) ? cf__progress_read(link) : NULL;
}

static const char *hash_of(const struct cf__plan *plan, size_t steps)
{
    struct cf__buffer text = cf__buffer_new(cf__context_of(plan->context), CF__CAP_SOURCE, "a revision");
    for (size_t i = 0; i < steps; i++)
        cf__buffer_format(&text, "%s;\n", plan->steps[i].sql);
    char hex[65];
    cf__sha256_hex(text.data, text.size, hex);
    return cf_copy(plan, hex);
}

void cf__progress_remove(struct cf__link *link, const char *revision)
{
    struct cf__progress row = { .revision = revision };
    struct cf__rows rows =
        cf__link_write(link, &(struct cf__write){ .kind = CF__DELETE, .model = &cf__progress.model_, .key_row = &row });
    cf__rows_changed(&rows);
}

void cf__progress_write(struct cf__link *link, const struct cf__plan *plan, const char *revision, bool up, size_t step,
                        bool begun)
{
    const struct cf_model *model = &cf__progress.model_;
    struct cf__progress row = { revision, up, (int64_t)step, begun, hash_of(plan, step) };
    cf__progress_remove(link, revision);
    struct cf__rows rows = cf__link_write(link, &(struct cf__write){ .kind = CF__INSERT,
                                                                     .model = model,
                                                                     .columns = cf__model_columns(model),
                                                                     .rows = (const void *const[]){ &row },
                                                                     .count = 1 });
    cf__rows_changed(&rows);
}

/* ---- A step that was begun -------------------------------------------------------------------------------------- */

static bool has_named(const struct cf_table *table, const char *name)
{
    return cf__table_unique(table, name) || cf__table_index(table, name) || cf__table_foreign_key(table, name) ||
           cf__table_check(table, name);
}

/* Whether an operation has been done, by its table as it is now (NULL: there is none). */
static bool table_is_there(const struct cf_table *table, const struct cf__operation *operation)
{
    (void)operation;
    return table;
}

static bool table_is_gone(const struct cf_table *table, const struct cf__operation *operation)
{
    (void)operation;
    return !table;
}

static bool column_is_there(const struct cf_table *table, const struct cf__operation *operation)
{
    return table && cf_table_column(table, operation->name);
}

static bool column_is_gone(const struct cf_table *table, const struct cf__operation *operation)
{
    return !column_is_there(table, operation);
}

static bool column_is_renamed(const struct cf_table *table, const struct cf__operation *operation)
{
    return table && cf_table_column(table, operation->new_name);
}

static bool name_is_there(const struct cf_table *table, const struct cf__operation *operation)
{
    return table && has_named(table, operation->name);
}

static bool name_is_gone(const struct cf_table *table, const struct cf__operation *operation)
{
    return !name_is_there(table, operation);
}

static bool name_is_renamed(const struct cf_table *table, const struct cf__operation *operation)
{
    return table && has_named(table, operation->new_name);
}

static bool key_is_there(const struct cf_table *table, const struct cf__operation *operation)
{
    (void)operation;
    return table && table->primary_key.count;
}

static bool constraint_is_gone(const struct cf_table *table, const struct cf__operation *operation)
{
    return operation->unique ? !key_is_there(table, operation) : name_is_gone(table, operation);
}

static bool (*const probes[CF__OPERATION_KINDS])(const struct cf_table *, const struct cf__operation *) = {
    [CF__CREATE_TABLE] = table_is_there,        [CF__DROP_TABLE] = table_is_gone,
    [CF__RENAME_TABLE] = table_is_gone,         [CF__ADD_COLUMN] = column_is_there,
    [CF__DROP_COLUMN] = column_is_gone,         [CF__RENAME_COLUMN] = column_is_renamed,
    [CF__CREATE_INDEX] = name_is_there,         [CF__DROP_INDEX] = name_is_gone,
    [CF__CREATE_UNIQUE] = name_is_there,        [CF__CREATE_PRIMARY_KEY] = key_is_there,
    [CF__CREATE_FOREIGN_KEY] = name_is_there,   [CF__CREATE_CHECK] = name_is_there,
    [CF__DROP_CONSTRAINT] = constraint_is_gone, [CF__RENAME_CONSTRAINT] = name_is_renamed,
};

static bool is_of_a_view(const struct cf__operation *operation)
{
    return operation->kind == CF__CREATE_VIEW || operation->kind == CF__DROP_VIEW;
}

static bool was_done(const struct cf__step *step, enum cf__resume resume, struct cf__link *link)
{
    const struct cf__operation *operation = &step->operation;
    if (step->again)
        return false;
    if (is_of_a_view(operation))
        return !cf_schema_view(cf__link_inspect(link, &link->context->head), operation->name) ==
               (operation->kind == CF__DROP_VIEW);
    if (probes[operation->kind]) {
        const struct cf_schema *live = cf__link_inspect(link, &link->context->head);
        return probes[operation->kind](cf_schema_table(live, operation->table), operation);
    }
    if (resume == CF__RESUME_ASK)
        cf_raise(
            CF_INTERNAL,
            "it stopped in the middle of \"%s\", and only you can tell whether that was done: say --resume done, or "
            "--resume again to run it once more",
            step->sql);
    return resume == CF__RESUME_DONE;
}

size_t cf__progress_resume(const struct cf__progress *progress, const struct cf__plan *plan, const char *revision,
                           bool up, enum cf__resume resume, struct cf__link *link)
{
    if (!progress)
        return 0;
    size_t step = (size_t)progress->step;
    if (strcmp(progress->revision, revision) != 0 || progress->up != up)
        cf_raise(CF_INTERNAL, "the %s of revision %s stopped half-way: db %s goes on with it, and must come first",
                 progress->up ? "upgrade" : "downgrade", progress->revision, progress->up ? "upgrade" : "downgrade");
    if (step > plan->count || strcmp(progress->hash, hash_of(plan, step)) != 0)
        cf_raise(
            CF_INTERNAL,
            "%zu of its statements had been applied when it stopped, and they are others now: put back what it said "
            "before",
            step);
    if (progress->begun && step < plan->count && was_done(&plan->steps[step], resume, link))
        step++;
    return step;
}
