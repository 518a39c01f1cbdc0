/* SPDX-License-Identifier: MIT
 *
 * Models become a schema: their tables, which schema.c makes of their items, those of their relations, and views. What is
 * wrong between models is found here, at the start of the program, and told with model and field.
 */
#include <carafe/sys/schema.h>

#include <string.h>

#include <carafe/error.h>

#include "names.h"
#include "query.h"
#include "relation.h"

/* ---- Schemas ---------------------------------------------------------------------------------------------------- */

struct cf_table *cf_schema_table(const struct cf_schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->count; i++)
        if (strcmp(schema->tables[i].name, name) == 0)
            return &schema->tables[i];
    return NULL;
}

struct cf_view *cf_schema_view(const struct cf_schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->view_count; i++)
        if (strcmp(schema->views[i].name, name) == 0)
            return &schema->views[i];
    return NULL;
}

struct cf_schema_column *cf_table_column(const struct cf_table *table, const char *name)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (strcmp(table->columns[i].name, name) == 0)
            return &table->columns[i];
    return NULL;
}

const char *cf_table_option(const struct cf_table *table, const char *database)
{
    for (size_t i = 0; i < table->option_count; i++)
        if (strcmp(table->options[i].database, database) == 0)
            return table->options[i].sql;
    return NULL;
}

/* A column of a view may say what it refers to, for relations. */
static void check_references(const struct cf_schema *schema, cf_context *context, const struct cf_model *model)
{
    struct cf_table made, *table = cf_schema_table(schema, model->table);
    if (!table)
        cf__table_make(table = &made, context, model->table, model->name, model->columns, model->count);
    for (size_t i = 0; i < table->foreign_key_count; i++) {
        const struct cf_foreign_key *key = &table->foreign_keys[i];
        const struct cf_table *referred = cf_schema_table(schema, key->table);
        if (!referred || !cf_table_column(referred, key->references.items[0]))
            cf_raise(CF_INTERNAL, "%s: references = \"%s.%s\" names no column of a model in CF_MODELS", model->name,
                     key->table, key->references.items[0]);
    }
}

/* It would be quoted, and so be part of the table's own name. `cure` is what to say instead. */
static void need_no_dot(const char *table, const char *of, const char *cure)
{
    if (strchr(table, '.'))
        cf_raise(CF_INTERNAL,
                 "%s: the name of its table \"%s\" has a dot, and no schema or database stands before a table: %s", of,
                 table, cure);
}

/* Those of constraints are shortened, these are not: queries name them. */
static void need_short_names(const struct cf_table *table, const char *model)
{
    if (cf__is_long_name(table->name))
        cf_raise(CF_INTERNAL,
                 "%s: the name of its table \"%s\" is longer than %d bytes, which not every database takes: give it a "
                 "shorter one, and (before, Was(\"…\")) where a database has the table",
                 model, table->name, CF__LONGEST_NAME);
    for (size_t i = 0; i < table->column_count; i++)
        if (cf__is_long_name(table->columns[i].name))
            cf_raise(
                CF_INTERNAL,
                "%s.%s: the name of its column \"%s\" is longer than %d bytes, which not every database takes: give "
                "it a shorter one, column = \"…\", and was = \"…\" where a database has the column",
                model, table->columns[i].field, table->columns[i].name, CF__LONGEST_NAME);
}

/* Only its name and SQL are the schema's: what its columns are is the SQL's to say. */
static void add_view(struct cf_schema *schema, const struct cf_table *table, const struct cf_model *model)
{
    if (table->unique_count || table->index_count || table->check_count || table->option_count || table->ddl_count ||
        table->comment || table->was)
        cf_raise(CF_INTERNAL, "%s is a VIEW, of columns and relations: say indexes, checks and the like of its tables",
                 model->name);
    if (!*model->view)
        cf_raise(CF_INTERNAL, "%s is a VIEW without SQL", model->name);
    schema->views[schema->view_count++] = (struct cf_view){ model->table, model->view };
}

static void add_model(struct cf_schema *schema, cf_context *context, const struct cf_model *model)
{
    if (!model->table)
        cf_raise(CF_INTERNAL, "%s is a SHAPE, it has no table: leave it out of CF_MODELS", model->name);
    if (cf_schema_table(schema, model->table) || cf_schema_view(schema, model->table))
        cf_raise(CF_INTERNAL, "%s: another model has the %s \"%s\" already", model->name,
                 cf_schema_table(schema, model->table) ? "table" : "view", model->table);
    struct cf_table *table = &schema->tables[schema->count];
    cf__table_make(table, context, model->table, model->name, model->columns, model->count);
    if (table->primary_key.count == 0)
        cf_raise(CF_INTERNAL, "%s has no primary key: add (id, Id), or primary_key = true to a column", model->name);
    need_no_dot(model->table, model->name, "say MODEL_IN a bind whose URI leads there, or a VIEW of that table");
    need_short_names(table, model->name);
    if (model->view)
        add_view(schema, table, model);
    else
        schema->count++;
}

/* ---- Relations -------------------------------------------------------------------------------------------------- */

static const struct cf_model *find_model(const struct cf_model *const *models, const char *table)
{
    for (; *models; models++)
        if (strcmp((*models)->table, table) == 0)
            return *models;
    return NULL;
}

static void need_model(const struct cf_model *const *models, const struct cf__relation *relation,
                       const struct cf_model *model)
{
    if (find_model(models, model->table) != model)
        cf_raise(CF_INTERNAL, "%s.%s: its model %s is not in CF_MODELS", relation->own->name, relation->column->name,
                 model->name);
}

/* A model of the program may declare the table of a ManyToMany, with the names that it would have got. */
static void check_through(const struct cf__relation *relation, const struct cf_table *table)
{
    const struct cf_column *item = relation->column;
    for (size_t i = 0; i < relation->through->count; i++)
        if (!cf_table_column(table, relation->through->columns[i].name))
            cf_raise(CF_INTERNAL,
                     "%s.%s: the model of \"%s\" has no column \"%s\": say ManyToManyThrough(%s, …) with its name",
                     item->model->name, item->name, table->name, relation->through->columns[i].name,
                     relation->other->name);
}

static void add_table_of_pairs(struct cf_schema *schema, cf_context *context, const struct cf__relation *relation)
{
    need_no_dot(relation->through->table, cf_format_(context, "%s.%s", relation->own->name, relation->column->name),
                "it is made beside those of the models, so give it a name without one");
    add_model(schema, context, relation->through);
}

/* Resolves the relations of a model, which checks them, and adds the tables that they need. */
static void add_relations(struct cf_schema *schema, cf_context *context, const struct cf_model *const *models,
                          const struct cf_model *model)
{
    for (size_t i = 0; i < model->count; i++) {
        if (!cf__is_relation(&model->columns[i]))
            continue;
        const struct cf__relation *relation = cf__relation_of(&model->columns[i]);
        const struct cf_model *through = relation->through;
        if (relation->through_is_made && (model->view || relation->other->view))
            cf_raise(CF_INTERNAL, "%s.%s: a table of pairs cannot refer to a view: say ManyToManyThrough", model->name,
                     relation->column->name);
        need_model(models, relation, relation->other);
        if (through && !relation->through_is_made)
            need_model(models, relation, through);
        const struct cf_table *table = through ? cf_schema_table(schema, through->table) : NULL;
        if (table && relation->through_is_made)
            check_through(relation, table);
        else if (through && !table)
            add_table_of_pairs(schema, context, relation);
    }
}

/* Room for the models and one more for each ManyToMany. */
static size_t count_tables(const struct cf_model *const *models)
{
    size_t count = 0;
    for (; models && *models; models++) {
        count++;
        for (size_t i = 0; i < (*models)->count; i++)
            count += (*models)->columns[i].type == CF_TYPE_MANY_TO_MANY;
    }
    return count;
}

struct cf_schema *cf_schema_of_models(cf_context *context, const struct cf_model *const *models)
{
    size_t count = 0;
    while (models && models[count])
        count++;
    if (count == 0)
        cf_raise(CF_INTERNAL, "there are no models: give cf_app_new .models = CF_MODELS(…)");
    struct cf_schema *schema = cf_alloc_(context, sizeof *schema);
    schema->tables = cf_alloc_(context, (count_tables(models) + 1) * sizeof *schema->tables);
    schema->views = cf_alloc_(context, count * sizeof *schema->views);
    for (size_t i = 0; i < count; i++)
        add_model(schema, context, models[i]);
    for (size_t i = 0; i < count; i++)
        add_relations(schema, context, models, models[i]);
    for (size_t i = 0; i < count; i++)
        check_references(schema, context, models[i]);
    return schema;
}
