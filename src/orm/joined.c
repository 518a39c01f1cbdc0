/* SPDX-License-Identifier: MIT
 *
 * Which relations are read by joins. Only those to one are: beside a list each row would come once for each of its items,
 * and a limit would count those. A HasOne is to one only where the database says so.
 */
#include "joined.h"

#include <string.h>

#include "../db/names.h"

struct cf_relation_column cf_joined_(struct cf_relation_column relation)
{
    const struct cf_column *column = relation.relation;
    if (relation.steps)
        cf_raise(CF_INTERNAL, "cf_joined of a path: it belongs to one step, cf_chain(cf_joined(%s.%s), …)",
                 column->model->name, column->name);
    if (cf__is_to_many(column))
        cf_raise(
            CF_INTERNAL,
            "cf_joined of %s.%s: a join would repeat each %s for every row of the list: leave cf_joined out, and it "
            "is loaded by a query of its own",
            column->model->name, column->name, column->model->name);
    relation.joined = true;
    return relation;
}

/* ---- Relations to one row --------------------------------------------------------------------------------------- */

static bool is_among(const struct cf__relation *relation, const char *field)
{
    for (size_t i = 0; i < relation->count; i++)
        if (strcmp(relation->other_columns[i]->name, field) == 0)
            return true;
    return false;
}

/* True where all fields of a unique entry are columns of the relation. */
static bool covers(const struct cf__relation *relation, const struct cf_column *entry)
{
    struct cf_names fields = cf__fields_split(&cf__current()->head, entry->fields);
    for (size_t i = 0; i < fields.count; i++)
        if (!is_among(relation, fields.items[i]))
            return false;
    return fields.count > 0;
}

static bool is_unique(const struct cf__relation *relation)
{
    const struct cf_model *other = relation->other;
    uint64_t columns = cf__column_bits(relation->other_columns, relation->count), key = cf__model_key(other);
    for (size_t i = 0; i < relation->count; i++)
        if (relation->other_columns[i]->unique)
            return true;
    for (size_t i = 0; i < other->count; i++) {
        const struct cf_column *entry = &other->columns[i];
        bool is_entry =
            entry->type == CF_TYPE_UNIQUE_ENTRY || (entry->type == CF_TYPE_INDEX_ENTRY && entry->unique &&
                                                    entry->fields && !entry->where && !strchr(entry->fields, '('));
        if (is_entry && covers(relation, entry))
            return true;
    }
    return key && !(key & ~columns);
}

static void need_one(const struct cf__relation *relation)
{
    const struct cf_column *column = relation->column;
    if (relation->kind == CF_TYPE_HAS_ONE && !is_unique(relation))
        cf_raise(
            CF_INTERNAL,
            "cf_joined of %s.%s: nothing says that %s.%s is unique, and a join would repeat a %s that has several: "
            "give it unique = true, or leave cf_joined out",
            column->model->name, column->name, relation->other->name, relation->other_columns[0]->name,
            column->model->name);
}

/* ---- Paths ------------------------------------------------------------------------------------------------------ */

size_t cf__joined_number(const struct cf__joined *joined, size_t owner, const struct cf_column *relation)
{
    for (size_t i = 0; joined && i < joined->count; i++)
        if (joined->beside[i].owner == owner && joined->beside[i].relation->column == relation)
            return i + 1;
    return 0;
}

static size_t add(struct cf__session *session, struct cf__joined *joined, size_t owner, const struct cf_column *column,
                  const struct cf_find_options *options)
{
    const struct cf_model *model = owner ? joined->beside[owner - 1].relation->other : column->model;
    size_t number = cf__joined_number(joined, owner, column);
    if (number)
        return number;
    if (column->model != model)
        cf_raise(CF_INTERNAL, ".load: %s.%s is no relation of %s", column->model->name, column->name, model->name);
    if (joined->count == CF__MOST_BESIDE)
        cf_raise(CF_INTERNAL, ".load: cf_joined is of at most %d relations of a query", CF__MOST_BESIDE);
    const struct cf__relation *relation = cf__relation_of(column);
    need_one(relation);
    joined->beside[joined->count] =
        (struct cf__beside){ .relation = relation,
                             .owner = owner,
                             .columns = cf__lazy_along(cf__rows_of(session, relation->other), &options->undefer) };
    return ++joined->count;
}

static bool says_joined(const struct cf_relation_column *path)
{
    bool says = path->joined;
    for (const struct cf_relation_column *step = path->steps; step && step->relation; step++)
        says = says || step->joined;
    return says;
}

static void add_path(struct cf__session *session, struct cf__joined *joined, const struct cf_relation_column *path,
                     const struct cf_find_options *options)
{
    const struct cf_relation_column *step = path, *last = path;
    size_t owner = 0;
    for (; step && step->relation && step->joined; step = step == path ? path->steps : step + 1) {
        owner = add(session, joined, owner, step->relation, options);
        last = step;
    }
    for (; step && step->relation; step = step == path ? path->steps : step + 1)
        if (step->joined)
            cf_raise(CF_INTERNAL,
                     "cf_joined of %s.%s stands behind %s.%s, which is loaded by a query of its own: it goes with the "
                     "first steps of a path",
                     step->relation->model->name, step->relation->name, last->relation->model->name,
                     last->relation->name);
        else
            last = step;
}

struct cf__joined *cf__joined_collect(struct cf__session *session, const struct cf_model *model,
                                      const struct cf_find_options *options)
{
    struct cf__joined *joined = NULL;
    for (size_t i = 0; i < sizeof options->load / sizeof options->load[0] && options->load[i].relation; i++) {
        const struct cf_relation_column *path = &options->load[i];
        if (!says_joined(path))
            continue;
        if (path->relation->model != model)
            cf_raise(CF_INTERNAL, ".load: %s.%s is no relation of %s", path->relation->model->name,
                     path->relation->name, model->name);
        if (!joined)
            joined = cf_alloc(&session->head, sizeof *joined);
        add_path(session, joined, path, options);
    }
    if (joined)
        joined->size = cf__beside_lay(session->context, joined->beside, joined->count, model->size);
    return joined;
}
