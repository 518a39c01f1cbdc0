/* SPDX-License-Identifier: MIT
 *
 * Queries as parts of others, and names for tables: aliases are copies of a model in the arena, whose handles point into
 * the copy, so that a column of theirs says by itself which table it is of.
 */
#include <ctype.h>
#include <string.h>

#include <carafe/error.h>

#include "query.h"

static void *copy(const void *data, size_t size)
{
    return memcpy(cf__take(cf__current(), size), data, size);
}

/* ---- Aliases ---------------------------------------------------------------------------------------------------- */

/* Handles, wherever they stand in the copy, are pointers to the columns of the original. */
static void move_handles(char *made, size_t size, const struct cf_model *original, const struct cf_column *columns)
{
    const char *first = (const char *)original->columns, *end = (const char *)(original->columns + original->count);
    for (size_t at = sizeof(struct cf_model); at + sizeof(char *) <= size; at += sizeof(char *)) {
        const char *pointer;
        memcpy(&pointer, made + at, sizeof pointer);
        if (pointer < first || pointer >= end)
            continue;
        pointer = (const char *)columns + (pointer - first);
        memcpy(made + at, &pointer, sizeof pointer);
    }
}

static void *make_alias(const struct cf_model *model, size_t size, const struct cf_alias *alias)
{
    char *made = copy(model, size);
    size_t place = (size_t)((const char *)model->columns - (const char *)model);
    struct cf_model *own = (void *)made;
    struct cf_column *columns = (void *)(made + place);
    if (model->alias)
        cf_raise(CF_INTERNAL, "an alias of %s was given a second name", model->name);
    move_handles(made, place, model, columns);
    own->columns = columns;
    own->alias = copy(alias, sizeof *alias);
    for (size_t i = 0; i < model->count; i++)
        columns[i].model = own;
    return made;
}

const void *cf_alias_(const struct cf_model *model, size_t size, const char *name)
{
    if (!model->table)
        cf_raise(CF_INTERNAL, "%s is a SHAPE: a query stands in its place by cf_as", model->name);
    const struct cf_alias alias = { .name = cf_copy(&cf__current()->head, name), .of = model };
    return make_alias(model, size, &alias);
}

const void *cf_as_(const struct cf_model *shape, size_t size, const cf_subquery *query, bool common)
{
    char *name = cf_copy(&cf__current()->head, shape->name);
    for (char *at = name; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    const struct cf_subquery *first = query && query->compound ? query->parts[0] : query;
    if (first && first->shape != shape)
        cf_raise(CF_INTERNAL, "the query that is to stand for %s does not select it: cf_subselect(%s, …)", shape->name,
                 shape->name);
    const struct cf_alias alias = { .name = name, .of = shape, .query = query, .common = common };
    return make_alias(shape, size, &alias);
}

void cf_recursion_(const struct cf_model *rows, const cf_subquery *first, const cf_subquery *next)
{
    const cf_subquery *parts[] = { first, next };
    struct cf_alias *alias = (struct cf_alias *)(uintptr_t)cf__model_of(rows)->alias;
    if (!alias || !alias->common || alias->query)
        cf_raise(CF_INTERNAL, "cf_recursion of %s: it was not declared with cf_recursive", rows->name);
    alias->query = cf_compound_(CF_UNION_ALL, 2, parts);
    alias->recursive = true;
}

/* A column that is none, since a model is known by its columns. */
static const struct cf_column no_column = { .name = "none", .type = CF_TYPE_NONE, .model = &cf_nothing.model_ };
const struct cf_nothing cf_nothing = { { .name = "cf_nothing", .columns = &no_column } };

/* ---- Queries ---------------------------------------------------------------------------------------------------- */

const struct cf_join *cf__keep_joins(const struct cf_join *joins, size_t size)
{
    if (!joins[0].joined)
        return NULL;
    struct cf_join *kept = copy(joins, size);
    for (size_t i = 0; i < size / sizeof *kept && kept[i].joined; i++) {
        if (kept[i].is_relation)
            kept[i].joined = copy(kept[i].joined, sizeof(struct cf_relation_column));
        else
            kept[i].joined = cf__model_of(kept[i].joined);
    }
    return kept;
}

static const struct cf_model *const *keep_models(const struct cf_model *const *models)
{
    size_t count = 0;
    while (models && models[count])
        count++;
    const struct cf_model **kept = models ? copy(models, (count + 1) * sizeof(struct cf_model *)) : NULL;
    for (size_t i = 0; i < count; i++)
        kept[i] = cf__model_of(models[i]);
    return kept;
}

void cf__need_lock(enum cf_lock lock, const struct cf_model *const *of)
{
    if (of && !lock)
        cf_raise(CF_INTERNAL, ".for_update_of names tables, and .for_update does not say how their rows are locked");
}

static void read_options(cf_subquery *query, const struct cf_select_options *options)
{
    *query = (cf_subquery){
        .from = cf__model_of(&options->from),
        .joins = cf__keep_joins(options->join, sizeof options->join),
        .where = options->where,
        .having = options->having,
        .group_by = options->group_by[0] ? copy(options->group_by, sizeof options->group_by) : NULL,
        .order_by = copy(&options->order_by, sizeof options->order_by),
        .limit = options->limit,
        .offset = options->offset,
        .distinct = options->distinct,
        .no_autoflush = options->no_autoflush,
        .lock = options->for_update,
        .lock_of = keep_models(options->for_update_of),
    };
    cf__need_lock(query->lock, query->lock_of);
    if (options->limit < 0 || options->offset < 0)
        cf_raise(CF_INTERNAL, "a query on %s: .limit and .offset are not negative", query->from->name);
}

/* The options and the expressions of a shape's fields behind them: see CF_SELECT_ARGUMENT_. */
cf_subquery *cf_subselect_(const struct cf_model *shape, const void *argument, size_t columns)
{
    cf_subquery *query = cf__take(cf__current(), sizeof *query);
    struct cf_select_options options;
    memcpy(&options, argument, sizeof options);
    read_options(query, &options);
    query->shape = cf__declared_model(cf__model_of(shape));
    query->expressions = copy((const char *)argument + sizeof options, columns * sizeof(cf_expr *));
    for (size_t i = 0; i < columns; i++)
        if (query->expressions[i])
            cf__need_like(&query->shape->columns[i], query->expressions[i]);
    return query;
}

cf_subquery *cf_subquery_of_(struct cf_operand column, const struct cf_select_options *options)
{
    cf_subquery *query = cf__take(cf__current(), sizeof *query);
    read_options(query, options);
    query->only = column;
    return query;
}

cf_subquery *cf_compound_(enum cf_compound kind, size_t count, const cf_subquery *const *queries)
{
    cf_subquery *query = cf__take(cf__current(), sizeof *query);
    *query = (cf_subquery){ .compound = kind,
                            .parts = copy(queries, count * sizeof(cf_subquery *)),
                            .part_count = count,
                            .shape = queries[0]->shape };
    for (size_t i = 1; i < count; i++)
        if (queries[i]->shape != queries[0]->shape)
            cf_raise(CF_INTERNAL, "queries put together select the same SHAPE, not %s and %s",
                     queries[0]->shape ? queries[0]->shape->name : "a value",
                     queries[i]->shape ? queries[i]->shape->name : "a value");
    return query;
}
