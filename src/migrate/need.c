/* SPDX-License-Identifier: MIT
 *
 * What not every database has: an operation that makes such a thing is refused, with what to write instead, before
 * anything is planned. A line a thing; what the databases can are bits of their drivers.
 */
#include "plan.h"

#include <string.h>

static bool is_partial(const struct cf_index *index)
{
    return index->where;
}

static bool has_expressions(const struct cf_index *index)
{
    return index->expressions;
}

static bool is_nulls_not_distinct(const struct cf_index *index)
{
    return index->nulls_not_distinct;
}

#define NULLS_ARE_DISTINCT                                                                                           \
    "this database takes any number of rows with NULL in what is unique: leave nulls_not_distinct out, or make the " \
    "columns NOT NULL"

static const struct {
    bool (*needs)(const struct cf_index *index);
    enum cf_capability capability;
    const char *why;
} index_needs[] = {
    { is_partial, CF_CAN_PARTIAL_INDEXES, "this database has no indexes of a part of the rows (where)" },
    { has_expressions, CF_CAN_INDEX_EXPRESSIONS,
      "this database has no indexes of expressions: index a column that is computed so" },
    { is_nulls_not_distinct, CF_CAN_NULLS_NOT_DISTINCT, NULLS_ARE_DISTINCT },
};

_Noreturn static void refuse(const struct cf__plan *plan, const struct cf__operation *operation, const char *why)
{
    cf_raise(CF_INTERNAL, "%s: %s", cf__operation_text(plan->context, operation), why);
}

/* A text of any length is not indexed as a whole there, unless by a hash, as unique ones are. */
static void need_lengths(const struct cf__plan *plan, const struct cf_table *table, const struct cf_index *index)
{
    const struct cf_dialect *dialect = plan->driver->dialect;
    const struct cf__operation operation = { CF__CREATE_INDEX, .table = table->name, .name = index->name };
    bool whole = index->unique || (dialect->index_words && cf__is_index_word(index->using));
    for (size_t i = 0; dialect->index_lengths && !whole && i < index->columns.count; i++) {
        const struct cf_schema_column *column = cf_table_column(table, index->columns.items[i]);
        const char *type = column ? dialect->type(plan->context, table, column) : "";
        if ((!index->lengths || !index->lengths[i]) &&
            (strcasestr(type, "TEXT") || strcasestr(type, "BLOB") || strcasestr(type, "JSON")))
            refuse(plan, &operation,
                   cf_format(plan,
                             "this database indexes the beginning of a %s, and wants to know how much: say "
                             "Index(%s(100)) in the model, .lengths = { 100 } in the revision",
                             type, column->name));
    }
}

static void need_index(const struct cf__plan *plan, const struct cf_table *table, const struct cf_index *index)
{
    const struct cf__operation operation = { CF__CREATE_INDEX, .table = table->name, .name = index->name };
    need_lengths(plan, table, index);
    for (size_t i = 0; i < sizeof(index_needs) / sizeof(*index_needs); i++)
        if (index_needs[i].needs(index) && !(plan->driver->capabilities & index_needs[i].capability))
            refuse(plan, &operation, index_needs[i].why);
}

static void need_unique(const struct cf__plan *plan, const char *table, const struct cf_unique *unique)
{
    const struct cf__operation operation = { CF__CREATE_UNIQUE, .table = table, .name = unique->name };
    if (unique->nulls_not_distinct && !(plan->driver->capabilities & CF_CAN_NULLS_NOT_DISTINCT))
        refuse(plan, &operation, NULLS_ARE_DISTINCT);
    if (unique->deferrable && !(plan->driver->capabilities & CF_CAN_DEFER_UNIQUE))
        refuse(plan, &operation,
               "this database checks unique constraints at once: leave deferrable and deferred out, and give rows that "
               "change places a free place in between");
}

static void need_foreign_key(const struct cf__plan *plan, const char *table, const struct cf_foreign_key *key)
{
    const struct cf__operation operation = { CF__CREATE_FOREIGN_KEY, .table = table, .name = key->name };
    if (key->deferrable && !(plan->driver->capabilities & CF_CAN_DEFER))
        refuse(plan, &operation,
               "this database checks foreign keys at once: leave deferrable and deferred out, and make a column of one "
               "of two rows that refer to each other Nullable");
}

static void need_column(const struct cf__plan *plan, const char *table, const struct cf_schema_column *column)
{
    const struct cf__operation operation = { CF__ALTER_COLUMN, .table = table, .name = column->name };
    if (column->increment && !(plan->driver->capabilities & CF_CAN_INCREMENT))
        refuse(plan, &operation, "this database numbers by steps of one: leave increment out");
}

static void need_table(const struct cf__plan *plan, const struct cf_table *table)
{
    for (size_t i = 0; i < table->column_count; i++)
        need_column(plan, table->name, &table->columns[i]);
    for (size_t i = 0; i < table->index_count; i++)
        need_index(plan, table, &table->indexes[i]);
    for (size_t i = 0; i < table->unique_count; i++)
        need_unique(plan, table->name, &table->uniques[i]);
    for (size_t i = 0; i < table->foreign_key_count; i++)
        need_foreign_key(plan, table->name, &table->foreign_keys[i]);
}

void cf__plan_need(const struct cf__plan *plan, const struct cf__operation *operation)
{
    if (operation->definition)
        need_table(plan, operation->definition);
    if (operation->column)
        need_column(plan, operation->table, operation->column);
    if (operation->index)
        need_index(plan, cf_schema_table(plan->schema, operation->table), operation->index);
    if (operation->unique)
        need_unique(plan, operation->table, operation->unique);
    if (operation->foreign_key)
        need_foreign_key(plan, operation->table, operation->foreign_key);
}
