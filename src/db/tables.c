/* SPDX-License-Identifier: MIT
 *
 * The tables of a query: found out before a word of it is written, since what stands in the select list already is named by
 * them. A join along a relation has the columns that the relation says; one of a table without a condition those of the only
 * foreign key there is, and where there is not just the one, nobody guesses.
 */
#include "tables.h"

#include <string.h>

#include <carafe/error.h>

/* ---- Tables by their names -------------------------------------------------------------------------------------- */

static const char *name_of(const struct cf_model *model)
{
    const char *name = model->alias ? model->alias->name : model->table;
    if (!name)
        cf_raise(CF_INTERNAL, "%s is a SHAPE: it has no table to query (a query stands in its place by cf_as)",
                 model->name);
    return name;
}

static size_t add_source(struct cf__tables *tables, const struct cf_model *model)
{
    for (size_t i = 0; i < tables->source_count; i++)
        if (strcmp(tables->sources[i].name, name_of(model)) == 0)
            cf_raise(CF_INTERNAL, "%s is joined to a query that is on it already: give it a name by cf_alias",
                     model->name);
    if (tables->source_count == CF__MOST_SOURCES)
        cf_raise(CF_INTERNAL, "a query has at most %d tables", CF__MOST_SOURCES);
    tables->sources[tables->source_count] = (struct cf__source){ .model = model, .name = name_of(model) };
    return tables->source_count++;
}

const struct cf__relation *cf__relation_in(const struct cf_column *column)
{
    const struct cf_alias *alias = column->model->alias;
    return cf__relation_of(alias ? &alias->of->columns[column - column->model->columns] : column);
}

static size_t find_owner(const struct cf__tables *tables, const struct cf_column *relation)
{
    for (size_t i = 0; i < tables->source_count; i++)
        if (tables->sources[i].model == relation->model)
            return i;
    cf_raise(CF_INTERNAL, "%s.%s is joined to a query that is not on %s", relation->model->name, relation->name,
             relation->model->name);
}

static size_t add_along(struct cf__tables *tables, const struct cf_column *column, const struct cf_model *as)
{
    struct cf__step step = { .relation = cf__relation_in(column), .owner = find_owner(tables, column) };
    if (column->only)
        cf_raise(CF_INTERNAL, "%s.%s is not joined, since it has a condition: join %s, .on = …", column->model->name,
                 column->name, step.relation->other->name);
    if (as && cf__declared_model(as) != step.relation->other)
        cf_raise(CF_INTERNAL, "%s.%s leads to %s, not to %s", column->model->name, column->name,
                 step.relation->other->name, as->name);
    if (step.relation->through)
        step.through = add_source(tables, step.relation->through);
    step.target = add_source(tables, as ? as : step.relation->other);
    step.count = step.relation->count;
    step.target_columns = step.relation->other_columns;
    step.owner_columns = step.relation->own_columns;
    tables->steps[tables->step_count] = step;
    return tables->step_count++;
}

/* ---- Conditions that nobody has said ----------------------------------------------------------------------------- */

enum { MOST_NAMED = 4 };

struct candidates {
    struct cf__reference references[MOST_NAMED];
    struct cf__step steps[MOST_NAMED]; /* as each would be */
    size_t count;
};

/* The foreign keys of the target that refer to a table before it (`refers`), or the other way round. */
static void add_candidates(struct candidates *candidates, const struct cf__tables *tables, size_t owner, size_t target,
                           bool refers)
{
    const struct cf_model *own = cf__declared_model(tables->sources[owner].model);
    const struct cf_model *other = cf__declared_model(tables->sources[target].model);
    size_t first = candidates->count;
    struct cf__reference *references = candidates->references + first;
    candidates->count += cf__references(refers ? other : own, refers ? own : other, references, MOST_NAMED - first);
    for (size_t i = first; i < candidates->count; i++) {
        const struct cf__reference *reference = &candidates->references[i];
        candidates->steps[i] =
            (struct cf__step){ .owner = owner,
                               .target = target,
                               .count = reference->count,
                               .target_columns = refers ? reference->from_columns : reference->to_columns,
                               .owner_columns = refers ? reference->to_columns : reference->from_columns };
    }
}

/* "authors.id = books.author_id, or authors.id = books.editor_id" */
static const char *words_of(const struct cf__tables *tables, const struct candidates *candidates)
{
    cf_context *context = &cf__current()->head;
    const char *words = "";
    for (size_t i = 0; i < candidates->count; i++) {
        const struct cf__step *step = &candidates->steps[i];
        for (size_t j = 0; j < step->count; j++)
            words = cf_format(context, "%s%s%s.%s = %s.%s", words,
                              j   ? " AND "
                              : i ? ", or "
                                  : "",
                              tables->sources[step->target].name, cf__column_name(step->target_columns[j]),
                              tables->sources[step->owner].name, cf__column_name(step->owner_columns[j]));
    }
    return words;
}

/* A foreign key between the table joined and one before it, in either direction, where there is just the one. */
static struct cf__step infer_step(const struct cf__tables *tables, size_t target)
{
    struct candidates *candidates = cf__take(cf__current(), sizeof *candidates);
    const char *name = tables->sources[target].model->name;
    candidates->count = 0;
    for (size_t owner = 0; owner < target; owner++) {
        add_candidates(candidates, tables, owner, target, true);
        add_candidates(candidates, tables, owner, target, false);
    }
    if (!candidates->count)
        cf_raise(CF_INTERNAL,
                 "%s is joined without a condition, and no foreign key leads to or from the tables before it: "
                 "say .on = …, or join a relation",
                 name);
    if (candidates->count > 1)
        cf_raise(CF_INTERNAL,
                 "%s is joined without a condition, and more than one foreign key would do: %s; say .on = …, or "
                 "join a relation",
                 name, words_of(tables, candidates));
    return candidates->steps[0];
}

/* ---- Joins ------------------------------------------------------------------------------------------------------ */

static void add_join(struct cf__tables *tables, const struct cf_join *join)
{
    const struct cf_relation_column *path = join->is_relation      ? join->joined
                                            : join->along.relation ? &join->along
                                                                   : NULL;
    const struct cf_model *as = join->is_relation ? NULL : cf__model_of(join->joined);
    size_t last = tables->step_count, first = last, first_source = tables->source_count;
    if (!path) {
        size_t target = add_source(tables, as);
        tables->steps[tables->step_count++] =
            join->on ? (struct cf__step){ .target = target } : infer_step(tables, target);
    } else {
        const struct cf_relation_column *steps = path->steps;
        last = add_along(tables, path->relation, steps && steps->relation ? NULL : as);
        for (; steps && steps->relation; steps++)
            last = add_along(tables, steps->relation, steps[1].relation ? NULL : as);
    }
    tables->steps[last].on = join->on;
    for (size_t i = first; i < tables->step_count; i++)
        tables->steps[i].kind = join->kind;
    for (size_t i = join->kind == CF_FULL_JOIN ? 0 : first_source; join->kind && i < tables->source_count; i++)
        tables->sources[i].optional = true;
}

/* ---- Beside the rows of a query --------------------------------------------------------------------------------- */

static const char *free_name(const struct cf__tables *tables, const char *name)
{
    const char *tried = name;
    for (int number = 1;; number++) {
        bool taken = false;
        for (size_t i = 0; i < tables->source_count; i++)
            taken = taken || strcmp(tables->sources[i].name, tried) == 0;
        if (!taken)
            return tried;
        tried = cf_format(&cf__current()->head, "%s_%d", name, number);
    }
}

/* A join that the query has along the relation, if it leaves none of its rows out. */
static const struct cf__step *find_step(const struct cf__tables *tables, const struct cf__relation *relation,
                                        size_t owner)
{
    for (size_t i = 0; i < tables->step_count; i++) {
        const struct cf__step *step = &tables->steps[i];
        if (step->relation == relation && step->owner == owner && (!step->on || step->kind == CF_INNER_JOIN))
            return step;
    }
    return NULL;
}

static size_t add_beside(struct cf__tables *tables, const struct cf__relation *relation, size_t owner)
{
    const struct cf__step *found = find_step(tables, relation, owner);
    cf_relation_condition *condition = relation->column->only;
    if (found)
        return found->target;
    if (tables->source_count == CF__MOST_SOURCES)
        cf_raise(CF_INTERNAL, "a query has at most %d tables", CF__MOST_SOURCES);
    tables->sources[tables->source_count] =
        (struct cf__source){ .model = relation->other, .name = free_name(tables, relation->other->table) };
    tables->steps[tables->step_count++] = (struct cf__step){ .relation = relation,
                                                             .owner = owner,
                                                             .target = tables->source_count,
                                                             .count = relation->count,
                                                             .target_columns = relation->other_columns,
                                                             .owner_columns = relation->own_columns,
                                                             .on = condition ? condition() : NULL,
                                                             .kind = CF_LEFT_JOIN };
    return tables->source_count++;
}

void cf__collect_tables(struct cf__tables *tables, const struct cf_subquery *query)
{
    tables->source_count = tables->step_count = tables->named = 0;
    if (cf__is_on_nothing(query)) {
        if (query->joins)
            cf_raise(CF_INTERNAL, "nothing is joined to cf_nothing: say .from = the table");
        return;
    }
    add_source(tables, query->from);
    for (size_t i = 0; query->joins && i < CF__MOST_JOINS && query->joins[i].joined; i++)
        add_join(tables, &query->joins[i]);
    tables->named = tables->source_count;
    for (size_t i = 0; i < query->beside_count; i++) {
        const struct cf__beside *beside = &query->beside[i];
        tables->beside[i] = add_beside(tables, beside->relation, beside->owner ? tables->beside[beside->owner - 1] : 0);
    }
}
