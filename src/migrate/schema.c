/* SPDX-License-Identifier: MIT
 *
 * Values of the schema type: copies, equality, and looking constraints up by name. A copy shares nothing with its
 * original, so a replay may change it freely; texts are copied too, because a revision's arrays and a model's
 * contexts end at different times.
 */
#include "operations.h"

#include <ctype.h>
#include <strings.h>

/* ---- Copies ----------------------------------------------------------------------------------------------------- */

static void *copy_array(cf_context *context, const void *items, size_t count, size_t size)
{
    void *copy = cf_alloc(context, count ? count * size : 1);
    if (count)
        memcpy(copy, items, count * size);
    return copy;
}

void *cf__array_with_room(cf_context *context, const void *items, size_t count, size_t size)
{
    char *copy = cf_alloc(context, (count + 1) * size);
    if (count)
        memcpy(copy, items, count * size);
    return copy;
}

struct cf_names cf__names_copy(cf_context *context, const struct cf_names *names)
{
    struct cf_names copy = { copy_array(context, names->items, names->count, sizeof(*names->items)), names->count };
    for (size_t i = 0; i < copy.count; i++)
        copy.items[i] = cf_copy(context, names->items[i]);
    return copy;
}

static const char *const *copy_labels(cf_context *context, const char *const *labels)
{
    if (!labels)
        return NULL;
    size_t count = 0;
    while (labels[count])
        count++;
    const char **copy = cf_alloc(context, (count + 1) * sizeof(*copy));
    for (size_t i = 0; i < count; i++)
        copy[i] = cf_copy(context, labels[i]);
    return copy;
}

struct cf_schema_column cf__column_copy(cf_context *context, const struct cf_schema_column *column)
{
    struct cf_schema_column copy = *column;
    copy.name = cf_copy(context, column->name);
    copy.labels = copy_labels(context, column->labels);
    copy.default_text = cf_copy(context, column->default_text);
    copy.was = cf_copy(context, column->was);
    copy.field = cf_copy(context, column->field);
    copy.raw_type = cf_copy(context, column->raw_type);
    copy.generated = cf_copy(context, column->generated);
    copy.sql_type = cf_copy(context, column->sql_type);
    copy.collation = cf_copy(context, column->collation);
    copy.comment = cf_copy(context, column->comment);
    return copy;
}

static void copy_keys(cf_context *context, struct cf_table *copy)
{
    copy->primary_key_name = cf_copy(context, copy->primary_key_name);
    copy->primary_key = cf__names_copy(context, &copy->primary_key);
    copy->uniques = copy_array(context, copy->uniques, copy->unique_count, sizeof(*copy->uniques));
    for (size_t i = 0; i < copy->unique_count; i++) {
        struct cf_unique *unique = &copy->uniques[i];
        unique->name = cf_copy(context, unique->name);
        unique->columns = cf__names_copy(context, &unique->columns);
    }
    copy->indexes = copy_array(context, copy->indexes, copy->index_count, sizeof(*copy->indexes));
    for (size_t i = 0; i < copy->index_count; i++) {
        struct cf_index *index = &copy->indexes[i];
        index->name = cf_copy(context, index->name);
        index->columns = cf__names_copy(context, &index->columns);
        index->descending = cf__names_copy(context, &index->descending);
        index->include = cf__names_copy(context, &index->include);
        index->using = cf_copy(context, index->using);
        index->where = cf_copy(context, index->where);
        index->expressions = cf_copy(context, index->expressions);
        index->sql = cf_copy(context, index->sql);
    }
}

static void copy_constraints(cf_context *context, struct cf_table *copy)
{
    copy->foreign_keys = copy_array(context, copy->foreign_keys, copy->foreign_key_count, sizeof(*copy->foreign_keys));
    for (size_t i = 0; i < copy->foreign_key_count; i++) {
        struct cf_foreign_key *key = &copy->foreign_keys[i];
        key->name = cf_copy(context, key->name);
        key->columns = cf__names_copy(context, &key->columns);
        key->table = cf_copy(context, key->table);
        key->references = cf__names_copy(context, &key->references);
        key->on_delete = cf_copy(context, key->on_delete);
        key->on_update = cf_copy(context, key->on_update);
    }
    copy->checks = copy_array(context, copy->checks, copy->check_count, sizeof(*copy->checks));
    for (size_t i = 0; i < copy->check_count; i++) {
        struct cf_check *check = &copy->checks[i];
        *check = (struct cf_check){ cf_copy(context, check->name), cf_copy(context, check->sql) };
    }
}

struct cf_ddl cf__ddl_copy(cf_context *context, const struct cf_ddl *ddl)
{
    return (struct cf_ddl){ cf_copy(context, ddl->name), cf_copy(context, ddl->sql), cf_copy(context, ddl->drop),
                            cf_copy(context, ddl->database), ddl->before };
}

struct cf_table cf__table_copy(cf_context *context, const struct cf_table *table)
{
    struct cf_table copy = *table;
    copy.name = cf_copy(context, table->name);
    copy.was = cf_copy(context, table->was);
    copy.columns = copy_array(context, table->columns, table->column_count, sizeof(*table->columns));
    for (size_t i = 0; i < copy.column_count; i++)
        copy.columns[i] = cf__column_copy(context, &table->columns[i]);
    copy_keys(context, &copy);
    copy_constraints(context, &copy);
    copy.comment = cf_copy(context, table->comment);
    copy.options = copy_array(context, table->options, table->option_count, sizeof(*table->options));
    for (size_t i = 0; i < copy.option_count; i++)
        copy.options[i] = (struct cf_table_option){ cf_copy(context, table->options[i].database),
                                                    cf_copy(context, table->options[i].sql) };
    copy.ddls = copy_array(context, table->ddls, table->ddl_count, sizeof(*table->ddls));
    for (size_t i = 0; i < copy.ddl_count; i++)
        copy.ddls[i] = cf__ddl_copy(context, &table->ddls[i]);
    copy.triggers = cf__names_copy(context, &table->triggers);
    copy.notes = cf__names_copy(context, &table->notes);
    return copy;
}

struct cf_schema *cf__schema_copy(cf_context *context, const struct cf_schema *schema)
{
    struct cf_schema *copy = cf_alloc(context, sizeof(*copy));
    copy->count = schema->count;
    copy->tables = copy_array(context, schema->tables, schema->count, sizeof(*schema->tables));
    for (size_t i = 0; i < copy->count; i++)
        copy->tables[i] = cf__table_copy(context, &schema->tables[i]);
    copy->view_count = schema->view_count;
    copy->views = copy_array(context, schema->views, schema->view_count, sizeof(*schema->views));
    for (size_t i = 0; i < copy->view_count; i++)
        copy->views[i] =
            (struct cf_view){ cf_copy(context, schema->views[i].name), cf_copy(context, schema->views[i].sql) };
    return copy;
}

static void take_view(cf_context *context, struct cf_schema *schema, const struct cf_view *view)
{
    schema->views = cf__array_with_room(context, schema->views, schema->view_count, sizeof(*schema->views));
    schema->views[schema->view_count++] = *view;
}

struct cf_schema *cf__schema_shared(cf_context *context, const struct cf_schema *schema, const struct cf_schema *other)
{
    struct cf_schema *shared = cf__schema_copy(context, schema);
    shared->count = 0;
    for (size_t i = 0; i < schema->count; i++)
        if (cf_schema_table(other, schema->tables[i].name))
            shared->tables[shared->count++] = cf__table_copy(context, &schema->tables[i]);
    shared->view_count = 0;
    for (size_t i = 0; i < schema->view_count; i++)
        if (cf_schema_view(other, schema->views[i].name))
            take_view(context, shared, &schema->views[i]);
    return shared;
}

/* ---- Equality --------------------------------------------------------------------------------------------------- */

bool cf__texts_equal(const char *left, const char *right)
{
    return left == right || (left && right && strcmp(left, right) == 0);
}

static bool labels_equal(const char *const *left, const char *const *right)
{
    if (!left || !right)
        return left == right;
    for (; *left && *right; left++, right++)
        if (strcmp(*left, *right) != 0)
            return false;
    return *left == *right;
}

bool cf__columns_equal(const struct cf_schema_column *left, const struct cf_schema_column *right)
{
    return left->type == right->type && left->length == right->length && left->scale == right->scale &&
           left->nullable == right->nullable && left->identity == right->identity &&
           left->autoincrement == right->autoincrement && left->start == right->start &&
           left->increment == right->increment && left->default_kind == right->default_kind &&
           cf__texts_equal(left->default_text, right->default_text) && labels_equal(left->labels, right->labels) &&
           cf__texts_equal(left->raw_type, right->raw_type) && cf__texts_equal(left->generated, right->generated) &&
           left->generated_stored == right->generated_stored && cf__texts_equal(left->collation, right->collation) &&
           cf__texts_equal(left->sql_type, right->sql_type) && cf__texts_equal(left->comment, right->comment);
}

static bool lengths_equal(const struct cf_index *left, const struct cf_index *right)
{
    for (size_t i = 0; i < left->columns.count; i++)
        if ((left->lengths ? left->lengths[i] : 0) != (right->lengths ? right->lengths[i] : 0))
            return false;
    return true;
}

bool cf__indexes_equal(const struct cf_index *left, const struct cf_index *right)
{
    return cf__names_equal(&left->columns, &right->columns) && lengths_equal(left, right) &&
           cf__names_alike(&left->descending, &right->descending) && left->unique == right->unique &&
           left->nulls_not_distinct == right->nulls_not_distinct && cf__texts_equal(left->using, right->using) &&
           cf__names_equal(&left->include, &right->include) && cf__texts_equal(left->where, right->where) &&
           cf__texts_equal(left->expressions, right->expressions) && cf__texts_equal(left->sql, right->sql);
}

bool cf__uniques_equal(const struct cf_unique *left, const struct cf_unique *right)
{
    return cf__names_equal(&left->columns, &right->columns) && left->nulls_not_distinct == right->nulls_not_distinct &&
           left->deferrable == right->deferrable && left->deferred == right->deferred;
}

bool cf__foreign_keys_equal(const struct cf_foreign_key *left, const struct cf_foreign_key *right)
{
    return cf__names_equal(&left->columns, &right->columns) && strcmp(left->table, right->table) == 0 &&
           cf__names_equal(&left->references, &right->references) &&
           cf__texts_equal(left->on_delete, right->on_delete) && cf__texts_equal(left->on_update, right->on_update) &&
           left->deferrable == right->deferrable && left->deferred == right->deferred;
}

bool cf__ddls_equal(const struct cf_ddl *left, const struct cf_ddl *right)
{
    return cf__texts_equal(left->sql, right->sql) && cf__texts_equal(left->drop, right->drop) &&
           cf__texts_equal(left->database, right->database) && left->before == right->before;
}

bool cf__sql_mentions(const char *sql, const char *column)
{
    while (*sql) {
        bool quoted = strchr("'\"`", *sql);
        const char *word = sql + quoted;
        size_t size = 0;
        while (word[size] &&
               (quoted ? word[size] != *sql : isalnum((unsigned char)word[size]) || strchr("_$", word[size])))
            size++;
        if (*sql != '\'' && size && size == strlen(column) && strncasecmp(word, column, size) == 0)
            return true;
        sql = word + size;
        sql += *sql && (quoted || !size);
    }
    return false;
}

/* ---- Looking up ------------------------------------------------------------------------------------------------- */

const char *cf__names_text(cf_context *context, const struct cf_names *names)
{
    const char *text = "";
    for (size_t i = 0; i < names->count; i++)
        text = cf_format(context, "%s%s%s", text, i ? ", " : "", names->items[i]);
    return text;
}

const char *cf__index_text(cf_context *context, const struct cf_index *index)
{
    const char *text = "";
    if (index->expressions)
        return index->expressions;
    for (size_t i = 0; i < index->columns.count; i++) {
        unsigned length = index->lengths ? index->lengths[i] : 0;
        text = cf_format(context, "%s%s%s%s%s", text, i ? ", " : "", index->columns.items[i],
                         length ? cf_format(context, "(%u)", length) : "",
                         cf__names_have(&index->descending, index->columns.items[i]) ? " DESC" : "");
    }
    return text;
}

struct cf_unique *cf__table_unique(const struct cf_table *table, const char *name)
{
    for (size_t i = 0; i < table->unique_count; i++)
        if (cf__texts_equal(table->uniques[i].name, name))
            return &table->uniques[i];
    return NULL;
}

struct cf_index *cf__table_index(const struct cf_table *table, const char *name)
{
    for (size_t i = 0; i < table->index_count; i++)
        if (cf__texts_equal(table->indexes[i].name, name))
            return &table->indexes[i];
    return NULL;
}

struct cf_foreign_key *cf__table_foreign_key(const struct cf_table *table, const char *name)
{
    for (size_t i = 0; i < table->foreign_key_count; i++)
        if (cf__texts_equal(table->foreign_keys[i].name, name))
            return &table->foreign_keys[i];
    return NULL;
}

struct cf_check *cf__table_check(const struct cf_table *table, const char *name)
{
    for (size_t i = 0; i < table->check_count; i++)
        if (cf__texts_equal(table->checks[i].name, name))
            return &table->checks[i];
    return NULL;
}

struct cf_ddl *cf__own_ddl(const struct cf_table *table, const char *name)
{
    for (size_t i = 0; i < table->ddl_count; i++)
        if (cf__texts_equal(table->ddls[i].name, name))
            return &table->ddls[i];
    return NULL;
}

struct cf_foreign_key *cf__column_foreign_key(const struct cf_table *table, const char *column)
{
    for (size_t i = 0; i < table->foreign_key_count; i++)
        if (table->foreign_keys[i].columns.count == 1 &&
            cf__texts_equal(table->foreign_keys[i].columns.items[0], column))
            return &table->foreign_keys[i];
    return NULL;
}

struct cf_check *cf__column_check(cf_context *context, const struct cf_table *table, const char *column)
{
    return cf__table_check(table, cf__convention(context, "ck", table->name, NULL, column));
}
