/* SPDX-License-Identifier: MIT
 *
 * Constraints that a live database does not name: SQLite's that were written without CONSTRAINT, checks of MariaDB's columns,
 * and its primary keys. They cannot be called otherwise than what is compared with them, so they take the names of their
 * likes there: what is then left of the difference is one.
 */
#include <carafe/sys/driver.h>

#include "operations.h"

static void name_primary_key(struct cf_table *table, const struct cf_table *other, const struct cf_dialect *dialect)
{
    if ((!table->primary_key_name || dialect->unnamed_keys) &&
        cf__names_equal(&table->primary_key, &other->primary_key))
        table->primary_key_name = other->primary_key_name;
}

static void name_uniques(struct cf_table *table, const struct cf_table *other)
{
    for (size_t i = 0; i < table->unique_count; i++)
        for (size_t k = 0; k < other->unique_count && !table->uniques[i].name; k++)
            if (cf__names_equal(&table->uniques[i].columns, &other->uniques[k].columns) &&
                !cf__table_unique(table, other->uniques[k].name))
                table->uniques[i].name = other->uniques[k].name;
}

static void name_foreign_keys(struct cf_table *table, const struct cf_table *other)
{
    for (size_t i = 0; i < table->foreign_key_count; i++)
        for (size_t k = 0; k < other->foreign_key_count && !table->foreign_keys[i].name; k++)
            if (cf__foreign_keys_equal(&table->foreign_keys[i], &other->foreign_keys[k]) &&
                !cf__table_foreign_key(table, other->foreign_keys[k].name))
                table->foreign_keys[i].name = other->foreign_keys[k].name;
}

static void name_checks(struct cf_table *table, const struct cf_table *other)
{
    for (size_t i = 0; i < table->check_count; i++)
        for (size_t k = 0; k < other->check_count && !table->checks[i].name; k++)
            if (cf__texts_equal(table->checks[i].sql, other->checks[k].sql) &&
                !cf__table_check(table, other->checks[k].name))
                table->checks[i].name = other->checks[k].name;
}

struct cf_schema *cf__schema_named(cf_context *context, const struct cf_schema *schema, const struct cf_schema *other,
                                   const struct cf_dialect *dialect)
{
    struct cf_schema *named = cf__schema_copy(context, schema);
    for (size_t i = 0; i < named->count; i++) {
        struct cf_table *table = &named->tables[i];
        const struct cf_table *like = cf_schema_table(other, table->name);
        if (!like)
            continue;
        name_primary_key(table, like, dialect);
        name_uniques(table, like);
        name_foreign_keys(table, like);
        name_checks(table, like);
    }
    return named;
}
