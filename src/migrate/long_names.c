/* SPDX-License-Identifier: MIT
 *
 * A revision that was run before the convention shortened long names left them whole in the database (or cut by it), while
 * the same revision, replayed, now gives short ones. An upgrade renames what it finds so: the difference of the two
 * schemas says what, and nothing of it but names that look shortened is taken. It is looked for only where the revisions
 * give such names. There is no progress to keep: what was renamed is not found again.
 */
#include "long_names.h"

#include "../db/names.h"
#include "plan.h"

static bool is_shortened(const char *name)
{
    return name && cf__is_shortened(name);
}

static bool has_shortened(const struct cf_table *table)
{
    bool found = is_shortened(table->primary_key_name);
    for (size_t i = 0; i < table->unique_count; i++)
        found |= is_shortened(table->uniques[i].name);
    for (size_t i = 0; i < table->index_count; i++)
        found |= is_shortened(table->indexes[i].name);
    for (size_t i = 0; i < table->foreign_key_count; i++)
        found |= is_shortened(table->foreign_keys[i].name);
    for (size_t i = 0; i < table->check_count; i++)
        found |= is_shortened(table->checks[i].name);
    return found;
}

struct cf_schema *cf__long_names_expected(struct cf__link *link, struct cf_schema *replayed)
{
    bool found = false;
    for (size_t i = 0; i < replayed->count; i++)
        found |= has_shortened(&replayed->tables[i]);
    return found ? cf__link_rewritten(link, &link->context->head, replayed) : NULL;
}

/* A table that somebody changed by hand is left to a person: one that is rebuilt would be as its revisions made it. */
static bool differs_otherwise(const struct cf__operations *all, const char *table)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i].kind != CF__RENAME_CONSTRAINT && cf__texts_equal(all->items[i].table, table))
            return true;
    return false;
}

static struct cf__operations find_renames(const struct cf__link *link, const struct cf_schema *live,
                                          const struct cf_schema *expected)
{
    cf_context *context = &link->context->head;
    const struct cf__diff_options options = { .lenient = true, .dialect = cf__engine_driver(link->engine)->dialect };
    struct cf__operations all = cf__diff(context, live, expected, &options), renames = { .context = context };
    for (size_t i = 0; i < all.count; i++) {
        const struct cf__operation *operation = &all.items[i];
        if (operation->kind == CF__RENAME_CONSTRAINT && operation->name && is_shortened(operation->new_name) &&
            !differs_otherwise(&all, operation->table))
            cf__operations_add(&renames, operation);
    }
    return renames;
}

/* The expected schema with the names that the database still has. */
static struct cf_schema *undo_renames(const struct cf_schema *expected, const struct cf__operations *renames)
{
    struct cf_schema *schema = cf__schema_copy(renames->context, expected);
    for (size_t i = renames->count; i-- > 0;) {
        struct cf__operation back = renames->items[i];
        back.name = renames->items[i].new_name;
        back.new_name = renames->items[i].name;
        cf__apply(renames->context, schema, &back, NULL);
    }
    return schema;
}

struct cf__operations cf__long_names_shorten(struct cf__link *link, const struct cf_schema *expected)
{
    cf_context *context = &link->context->head;
    struct cf__operations renames = find_renames(link, cf__link_inspect(link, context), expected);
    struct cf__plan plan = cf__plan_new(context, cf__engine_driver(link->engine), undo_renames(expected, &renames));
    cf__plan_operations(&plan, &renames, NULL);
    cf__plan_run(&plan, link);
    return renames;
}
