/* SPDX-License-Identifier: MIT
 *
 * Reverse: the operation that undoes another. What a drop takes away stands in the schema before it, which is why
 * that is asked for: a list is reversed while it is replayed. Only SQL of the user's own has no reverse.
 */
#include "operations.h"

struct reversal {
    cf_context *context;
    const struct cf_schema *before;
    const struct cf__operation *operation;
};

static struct cf__operation operation_like(const struct reversal *reversal, enum cf__operation_kind kind)
{
    return (
        struct cf__operation){ .kind = kind, .table = reversal->operation->table, .name = reversal->operation->name };
}

static void *copy_value(const struct reversal *reversal, const void *value, size_t size)
{
    if (!value)
        return NULL;
    void *copy = cf_alloc(reversal->context, size);
    memcpy(copy, value, size);
    return copy;
}

/* The table before, in a copy that no later change of the schema reaches. */
static struct cf_table *table_before(const struct reversal *reversal)
{
    const struct cf_table *table = cf_schema_table(reversal->before, reversal->operation->table);
    struct cf_table copy = cf__table_copy(reversal->context, table);
    return copy_value(reversal, &copy, sizeof(copy));
}

static struct cf__operation reverse_create_table(const struct reversal *reversal)
{
    return operation_like(reversal, CF__DROP_TABLE);
}

static struct cf__operation reverse_drop_table(const struct reversal *reversal)
{
    struct cf__operation reverse = operation_like(reversal, CF__CREATE_TABLE);
    reverse.definition = table_before(reversal);
    return reverse;
}

static struct cf__operation reverse_rename_table(const struct reversal *reversal)
{
    const struct cf__operation *operation = reversal->operation;
    return (struct cf__operation){ .kind = CF__RENAME_TABLE,
                                   .table = operation->new_name,
                                   .name = operation->new_name,
                                   .new_name = operation->table };
}

static struct cf__operation reverse_comment_table(const struct reversal *reversal)
{
    struct cf__operation reverse = operation_like(reversal, CF__COMMENT_TABLE);
    reverse.comment = table_before(reversal)->comment;
    return reverse;
}

static struct cf__operation reverse_set_option(const struct reversal *reversal)
{
    struct cf__operation reverse = operation_like(reversal, CF__SET_OPTION);
    reverse.sql = cf_table_option(table_before(reversal), reverse.name);
    return reverse;
}

/* Of a column, a constraint, an index. */
static struct cf__operation reverse_rename(const struct reversal *reversal)
{
    const struct cf__operation *operation = reversal->operation;
    return (struct cf__operation){
        .kind = operation->kind, .table = operation->table, .name = operation->new_name, .new_name = operation->name
    };
}

static struct cf__operation reverse_add_column(const struct reversal *reversal)
{
    return operation_like(reversal, CF__DROP_COLUMN);
}

static struct cf__operation reverse_drop_column(const struct reversal *reversal)
{
    struct cf__operation reverse = operation_like(reversal, CF__ADD_COLUMN);
    const struct cf_table *table = table_before(reversal);
    reverse.column = cf_table_column(table, reverse.name);
    reverse.foreign_key = cf__column_foreign_key(table, reverse.name);
    reverse.check = cf__column_check(reversal->context, table, reverse.name);
    return reverse;
}

static struct cf__operation reverse_alter_column(const struct reversal *reversal)
{
    struct cf__operation reverse = operation_like(reversal, CF__ALTER_COLUMN);
    reverse.column = cf_table_column(table_before(reversal), reverse.name);
    return reverse;
}

static struct cf__operation reverse_create_index(const struct reversal *reversal)
{
    struct cf__operation reverse = operation_like(reversal, CF__DROP_INDEX);
    reverse.concurrently = reversal->operation->index->concurrently;
    return reverse;
}

static struct cf__operation reverse_drop_index(const struct reversal *reversal)
{
    struct cf__operation reverse = operation_like(reversal, CF__CREATE_INDEX);
    reverse.index = cf__table_index(table_before(reversal), reverse.name);
    return reverse;
}

static struct cf__operation reverse_create_constraint(const struct reversal *reversal)
{
    return operation_like(reversal, CF__DROP_CONSTRAINT);
}

static struct cf__operation reverse_drop_constraint(const struct reversal *reversal)
{
    struct cf__operation reverse = operation_like(reversal, CF__CREATE_PRIMARY_KEY);
    const struct cf_table *table = table_before(reversal);
    if ((reverse.unique = cf__table_unique(table, reverse.name)))
        reverse.kind = CF__CREATE_UNIQUE;
    else if ((reverse.foreign_key = cf__table_foreign_key(table, reverse.name)))
        reverse.kind = CF__CREATE_FOREIGN_KEY;
    else if ((reverse.check = cf__table_check(table, reverse.name)))
        reverse.kind = CF__CREATE_CHECK;
    else
        reverse.unique = copy_value(reversal, &(struct cf_unique){ table->primary_key_name, table->primary_key },
                                    sizeof(*reverse.unique));
    return reverse;
}

static struct cf__operation reverse_create_view(const struct reversal *reversal)
{
    return operation_like(reversal, CF__DROP_VIEW);
}

static struct cf__operation reverse_drop_view(const struct reversal *reversal)
{
    struct cf__operation reverse = operation_like(reversal, CF__CREATE_VIEW);
    reverse.sql = cf_copy(reversal->context, cf_schema_view(reversal->before, reverse.name)->sql);
    return reverse;
}

static struct cf__operation reverse_create_ddl(const struct reversal *reversal)
{
    return operation_like(reversal, CF__DROP_DDL);
}

static struct cf__operation reverse_drop_ddl(const struct reversal *reversal)
{
    struct cf__operation reverse = operation_like(reversal, CF__CREATE_DDL);
    const struct cf_ddl ddl = cf__ddl_copy(reversal->context, cf__own_ddl(table_before(reversal), reverse.name));
    reverse.ddl = copy_value(reversal, &ddl, sizeof(ddl));
    return reverse;
}

static struct cf__operation (*const reversers[CF__OPERATION_KINDS])(const struct reversal *) = {
    [CF__CREATE_TABLE] = reverse_create_table,
    [CF__DROP_TABLE] = reverse_drop_table,
    [CF__RENAME_TABLE] = reverse_rename_table,
    [CF__COMMENT_TABLE] = reverse_comment_table,
    [CF__SET_OPTION] = reverse_set_option,
    [CF__ADD_COLUMN] = reverse_add_column,
    [CF__DROP_COLUMN] = reverse_drop_column,
    [CF__RENAME_COLUMN] = reverse_rename,
    [CF__ALTER_COLUMN] = reverse_alter_column,
    [CF__CREATE_INDEX] = reverse_create_index,
    [CF__DROP_INDEX] = reverse_drop_index,
    [CF__CREATE_UNIQUE] = reverse_create_constraint,
    [CF__CREATE_PRIMARY_KEY] = reverse_create_constraint,
    [CF__CREATE_FOREIGN_KEY] = reverse_create_constraint,
    [CF__CREATE_CHECK] = reverse_create_constraint,
    [CF__DROP_CONSTRAINT] = reverse_drop_constraint,
    [CF__RENAME_CONSTRAINT] = reverse_rename,
    [CF__CREATE_VIEW] = reverse_create_view,
    [CF__DROP_VIEW] = reverse_drop_view,
    [CF__CREATE_DDL] = reverse_create_ddl,
    [CF__DROP_DDL] = reverse_drop_ddl,
    [CF__EXECUTE] = NULL,
};

bool cf__reverse(cf_context *context, const struct cf_schema *before, const struct cf__operation *operation,
                 struct cf__operation *out)
{
    if (!reversers[operation->kind])
        return false;
    *out = reversers[operation->kind](&(struct reversal){ context, before, operation });
    return true;
}

/* A table made again comes in the words of MODEL, and after it what those words do not give. */
static void add_reverse(struct cf__operations *list, struct cf__operation *reverse)
{
    struct cf__operations rest = { .context = list->context };
    if (reverse->kind == CF__CREATE_TABLE)
        cf__items_split(list->context, reverse->definition, &rest);
    cf__operations_add(list, reverse);
    for (size_t i = 0; i < rest.count; i++)
        cf__operations_add(list, &rest.items[i]);
}

struct cf__operations cf__reverse_all(cf_context *context, const struct cf_schema *before,
                                      const struct cf__operations *list)
{
    struct cf_schema *schema = cf__schema_copy(context, before);
    struct cf__operation *reverses = cf_alloc(context, (list->count + 1) * sizeof(*reverses));
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (cf__reverse(context, schema, &list->items[i], &reverses[count]))
            count++;
        cf__apply(context, schema, &list->items[i], NULL);
    }
    struct cf__operations result = { .context = context };
    while (count)
        add_reverse(&result, &reverses[--count]);
    return result;
}
