/* SPDX-License-Identifier: MIT
 *
 * Recording: what the functions of <carafe/migrate.h> do. Each checks that nothing is missing, copies what it was
 * given (arrays written in a revision live only as long as its function) and adds one operation to the list. Tables
 * and columns go through cf_table_of_columns, as models do, so that names by convention and literals of defaults are
 * worked out in one place.
 */
#include "operations.h"

#include "../db/drivers.h"
#include "../db/names.h"
#include "../db/query.h"

struct recorder {
    cf_ops ops; /* first: what the revision sees */
    struct cf__operations list;
};

void cf__operations_add(struct cf__operations *list, const struct cf__operation *operation)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 16;
        struct cf__operation *items = cf_alloc(list, capacity * sizeof(*items));
        if (list->count)
            memcpy(items, list->items, list->count * sizeof(*items));
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = *operation;
}

struct cf__operations cf__record(cf_context *context, void (*function)(cf_ops *))
{
    struct recorder recorder = { .ops = { context }, .list = { .context = context } };
    if (function)
        function(&recorder.ops);
    return recorder.list;
}

/* Names by convention are shortened, these are a person's. */
static void need_short(cf_ops *ops, const struct cf__operation *operation, const char *what, const char *name)
{
    if (cf__is_long_name(name))
        cf_raise(CF_INTERNAL,
                 "%s: %s \"%s\" is %zu bytes long, and what every database takes are %d: give it a shorter one",
                 cf__operation_text(ops->context, operation), what, name, strlen(name), CF__LONGEST_NAME);
}

/* The names that an operation brings: what a database has already may be called as it likes. */
static void need_short_names(cf_ops *ops, const struct cf__operation *operation)
{
    static const bool gives_name[CF__OPERATION_KINDS] = {
        [CF__CREATE_TABLE] = true,  [CF__ADD_COLUMN] = true,         [CF__CREATE_INDEX] = true,
        [CF__CREATE_UNIQUE] = true, [CF__CREATE_PRIMARY_KEY] = true, [CF__CREATE_FOREIGN_KEY] = true,
        [CF__CREATE_CHECK] = true,  [CF__CREATE_VIEW] = true,
    };
    const struct cf_table *table = operation->definition;
    if (gives_name[operation->kind])
        need_short(ops, operation, "the name", operation->name);
    if (operation->new_name)
        need_short(ops, operation, "the name", operation->new_name);
    for (size_t i = 0; table && i < table->column_count; i++)
        need_short(ops, operation, "the column", table->columns[i].name);
}

static void record(cf_ops *ops, struct cf__operation operation)
{
    if (!operation.table || !*operation.table)
        cf_raise(CF_INTERNAL, "an operation of a revision names no table");
    if (!operation.name || !*operation.name)
        cf_raise(CF_INTERNAL, "an operation on table %s names no column or constraint", operation.table);
    need_short_names(ops, &operation);
    cf__operations_add(&((struct recorder *)ops)->list, &operation);
}

static struct cf__operation operation_on(cf_ops *ops, enum cf__operation_kind kind, const char *table, const char *name)
{
    return (struct cf__operation){ .kind = kind, .table = cf_copy(ops, table), .name = cf_copy(ops, name) };
}

/* ---- Tables ----------------------------------------------------------------------------------------------------- */

void cf_create_table_(cf_ops *op, const char *table, const struct cf_column *items)
{
    struct cf__operation operation = operation_on(op, CF__CREATE_TABLE, table, table);
    size_t count = 0;
    while (items[count].name)
        count++;
    struct cf_table *definition = cf_table_of_columns(op->context, operation.table, items, count);
    struct cf__operations ddls = { .context = op->context };
    operation.definition = cf_alloc(op, sizeof(*operation.definition));
    *operation.definition = cf__table_copy(op->context, definition);
    cf__ddls_split(op->context, operation.definition, &ddls);
    record(op, operation);
    for (size_t i = 0; i < ddls.count; i++)
        record(op, ddls.items[i]);
}

void cf_drop_table(cf_ops *op, const char *table)
{
    record(op, operation_on(op, CF__DROP_TABLE, table, table));
}

static void record_rename(cf_ops *op, struct cf__operation operation, const char *new_name)
{
    if (!new_name || !*new_name)
        cf_raise(CF_INTERNAL, "a rename of %s gives no new name", operation.name);
    operation.new_name = cf_copy(op, new_name);
    record(op, operation);
}

void cf_rename_table(cf_ops *op, const char *table, const char *new_name)
{
    record_rename(op, operation_on(op, CF__RENAME_TABLE, table, table), new_name);
}

void cf_comment_table(cf_ops *op, const char *table, const char *comment)
{
    struct cf__operation operation = operation_on(op, CF__COMMENT_TABLE, table, table);
    operation.comment = comment && *comment ? cf_copy(op, comment) : NULL;
    record(op, operation);
}

void cf_set_table_option(cf_ops *op, const char *table, const char *database, const char *option)
{
    struct cf__operation operation = operation_on(op, CF__SET_OPTION, table, database);
    operation.sql = option && *option ? cf_copy(op, option) : NULL;
    record(op, operation);
    if (!cf__is_database(database))
        cf_raise(CF_INTERNAL, "%s: \"%s\" is no database: sqlite, postgresql or mariadb",
                 cf__operation_text(op->context, &operation), database);
}

/* ---- Columns ---------------------------------------------------------------------------------------------------- */

static void record_column(cf_ops *op, enum cf__operation_kind kind, const char *table, struct cf_column column,
                          const struct cf_add_column_options *options)
{
    struct cf__operation operation = operation_on(op, kind, table, column.name);
    column.references = options->references;
    column.on_delete = options->on_delete;
    column.on_update = options->on_update;
    column.deferrable = options->deferrable;
    column.deferred = options->deferred;
    column.server_default = options->server_default;
    column.server_default_sql = options->server_default_sql;
    column.check = options->check;
    column.comment = options->comment;
    column.collation = options->collation;
    column.sql_type = options->sql_type;
    column.computed = options->computed;
    column.stored = options->stored;
    column.autoincrement = options->autoincrement;
    column.start = options->start;
    column.increment = options->increment;
    struct cf_table made = cf__table_copy(op->context, cf_table_of_columns(op->context, operation.table, &column, 1));
    operation.column = made.columns;
    operation.foreign_key = made.foreign_key_count ? made.foreign_keys : NULL;
    operation.check = made.check_count ? made.checks : NULL;
    operation.fill = cf_copy(op, options->fill);
    record(op, operation);
}

void cf_add_column_(cf_ops *op, const char *table, struct cf_column column, struct cf_add_column_options options)
{
    record_column(op, CF__ADD_COLUMN, table, column, &options);
}

void cf_alter_column_(cf_ops *op, const char *table, struct cf_column column, struct cf_add_column_options options)
{
    if (options.references || options.check)
        cf_raise(CF_INTERNAL,
                 "alter column %s.%s: a foreign key or a check is a constraint of its own: cf_create_foreign_key, "
                 "cf_create_check",
                 table, column.name);
    record_column(op, CF__ALTER_COLUMN, table, column, &options);
}

void cf_drop_column(cf_ops *op, const char *table, const char *column)
{
    record(op, operation_on(op, CF__DROP_COLUMN, table, column));
}

void cf_rename_column(cf_ops *op, const char *table, const char *column, const char *new_name)
{
    record_rename(op, operation_on(op, CF__RENAME_COLUMN, table, column), new_name);
}

/* ---- Indexes and constraints ------------------------------------------------------------------------------------ */

static struct cf_names copy_list(cf_ops *op, const char *const columns[16])
{
    struct cf_names names = { .items = (const char **)columns };
    while (names.count < 16 && columns[names.count])
        names.count++;
    return cf__names_copy(op->context, &names);
}

static struct cf_names copy_columns(cf_ops *op, const char *const columns[16], const char *name)
{
    if (!columns[0])
        cf_raise(CF_INTERNAL, "%s names no columns: .columns = { \"…\" }", name);
    return copy_list(op, columns);
}

/* One for each column; NULL where none is given. */
static const unsigned *copy_lengths(cf_ops *op, const unsigned lengths[16])
{
    unsigned *copy = NULL;
    for (size_t i = 0; i < 16 && !copy; i++)
        if (lengths[i])
            copy = memcpy(cf_alloc(op, 16 * sizeof(*copy)), lengths, 16 * sizeof(*copy));
    return copy;
}

void cf_create_index_(cf_ops *op, const char *name, const char *table, struct cf_key_options options)
{
    static const struct cf_names none = { 0 };
    struct cf__operation operation = operation_on(op, CF__CREATE_INDEX, table, name);
    if (options.expressions && options.columns[0])
        cf_raise(CF_INTERNAL, "index %s has both .columns and .expressions: one of them", name);
    operation.index = cf_alloc(op, sizeof(*operation.index));
    *operation.index =
        (struct cf_index){ .name = operation.name,
                           .columns = options.expressions ? none : copy_columns(op, options.columns, name),
                           .descending = copy_list(op, options.descending),
                           .lengths = copy_lengths(op, options.lengths),
                           .expressions = cf_copy(op, options.expressions),
                           .unique = options.unique,
                           .nulls_not_distinct = options.nulls_not_distinct,
                           .where = cf_copy(op, options.where),
                           .using = cf__index_kind(op->context, options.using),
                           .concurrently = options.concurrently,
                           .include = copy_list(op, options.include) };
    record(op, operation);
}

static void record_key(cf_ops *op, enum cf__operation_kind kind, const char *name, const char *table,
                       const struct cf_key_options *options)
{
    struct cf__operation operation = operation_on(op, kind, table, name);
    operation.unique = cf_alloc(op, sizeof(*operation.unique));
    *operation.unique = (struct cf_unique){
        .name = operation.name,
        .columns = copy_columns(op, options->columns, name),
        .nulls_not_distinct = options->nulls_not_distinct,
        .deferrable = options->deferrable || options->deferred,
        .deferred = options->deferred,
    };
    record(op, operation);
}

void cf_create_unique_(cf_ops *op, const char *name, const char *table, struct cf_key_options options)
{
    record_key(op, CF__CREATE_UNIQUE, name, table, &options);
}

void cf_create_primary_key_(cf_ops *op, const char *name, const char *table, struct cf_key_options options)
{
    if (options.deferrable || options.deferred || options.nulls_not_distinct)
        cf_raise(CF_INTERNAL,
                 "primary key %s: deferrable, deferred and nulls_not_distinct belong to unique constraints", name);
    record_key(op, CF__CREATE_PRIMARY_KEY, name, table, &options);
}

static const char *copy_action(cf_ops *op, const char *action, const char *name)
{
    if (action && !cf__is_action(action))
        cf_raise(CF_INTERNAL,
                 "foreign key %s: \"%s\" is no action: cascade, set null, restrict, set default or no action", name,
                 action);
    return cf_copy(op, cf__action(action));
}

void cf_create_foreign_key_(cf_ops *op, const char *name, const char *table, struct cf_key_options options)
{
    struct cf__operation operation = operation_on(op, CF__CREATE_FOREIGN_KEY, table, name);
    if (!options.references_table)
        cf_raise(CF_INTERNAL, "foreign key %s names no table: .references_table = \"…\"", name);
    operation.foreign_key = cf_alloc(op, sizeof(*operation.foreign_key));
    *operation.foreign_key = (struct cf_foreign_key){
        .name = operation.name,
        .columns = copy_columns(op, options.columns, name),
        .table = cf_copy(op, options.references_table),
        .references = copy_columns(op, options.references_columns, name),
        .on_delete = copy_action(op, options.on_delete, name),
        .on_update = copy_action(op, options.on_update, name),
        .deferrable = options.deferrable || options.deferred,
        .deferred = options.deferred,
    };
    record(op, operation);
}

void cf_create_check(cf_ops *op, const char *name, const char *table, const char *sql)
{
    struct cf__operation operation = operation_on(op, CF__CREATE_CHECK, table, name);
    if (!sql || !*sql)
        cf_raise(CF_INTERNAL, "check %s has no condition", name);
    operation.check = cf_alloc(op, sizeof(*operation.check));
    *operation.check = (struct cf_check){ .name = operation.name, .sql = cf_copy(op, sql) };
    record(op, operation);
}

void cf_drop_index_(cf_ops *op, const char *name, const char *table, struct cf_key_options options)
{
    struct cf__operation operation = operation_on(op, CF__DROP_INDEX, table, name);
    operation.concurrently = options.concurrently;
    record(op, operation);
}

void cf_drop_constraint(cf_ops *op, const char *name, const char *table)
{
    record(op, operation_on(op, CF__DROP_CONSTRAINT, table, name));
}

void cf_rename_constraint(cf_ops *op, const char *name, const char *table, const char *new_name)
{
    record_rename(op, operation_on(op, CF__RENAME_CONSTRAINT, table, name), new_name);
}

void cf_create_view(cf_ops *op, const char *name, const char *sql)
{
    struct cf__operation operation = operation_on(op, CF__CREATE_VIEW, name, name);
    if (!sql || !*sql)
        cf_raise(CF_INTERNAL, "view %s selects nothing", name);
    operation.sql = cf_copy(op, sql);
    record(op, operation);
}

void cf_drop_view(cf_ops *op, const char *name)
{
    record(op, operation_on(op, CF__DROP_VIEW, name, name));
}

static bool is_word(const char *name)
{
    return !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")];
}

void cf_create_ddl_(cf_ops *op, const char *name, const char *table, const char *sql, struct cf_ddl_options options)
{
    struct cf__operation operation = operation_on(op, CF__CREATE_DDL, table, name);
    if (!sql || !*sql)
        cf_raise(CF_INTERNAL, "%s has no SQL", cf__operation_text(op->context, &operation));
    if (options.database && !cf__is_database(options.database))
        cf_raise(CF_INTERNAL, "%s: \"%s\" is no database: sqlite, postgresql or mariadb",
                 cf__operation_text(op->context, &operation), options.database);
    if (options.before && !is_word(name)) /* it becomes an entry of its table, should that be made again */
        cf_raise(CF_INTERNAL, "%s: what comes before its table is named by letters, digits and _",
                 cf__operation_text(op->context, &operation));
    operation.ddl = cf_alloc(op, sizeof(*operation.ddl));
    *operation.ddl = cf__ddl_copy(op->context, &(struct cf_ddl){ operation.name, sql, options.drop ? options.drop : "",
                                                                 options.database, options.before });
    record(op, operation);
}

void cf_drop_ddl(cf_ops *op, const char *name, const char *table)
{
    record(op, operation_on(op, CF__DROP_DDL, table, name));
}

void cf_execute(cf_ops *op, const char *sql)
{
    if (!sql || !*sql)
        cf_raise(CF_INTERNAL, "cf_execute without SQL");
    struct cf__operation operation = { .kind = CF__EXECUTE, .sql = cf_copy(op, sql) };
    cf__operations_add(&((struct recorder *)op)->list, &operation);
}
