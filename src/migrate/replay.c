/* SPDX-License-Identifier: MIT
 *
 * Replay: what an operation does to a schema. Replaying all revisions on an empty schema gives the schema they make,
 * without a database; and each operation is checked against the schema it meets, so that a revision that cannot work
 * says so by name before anything is touched.
 */
#include "operations.h"

struct replay {
    cf_context *context;
    struct cf_schema *schema;
    const struct cf__operation *operation;
    const char *revision;
};

_Noreturn static void refuse(const struct replay *replay, const char *why)
{
    const char *text = cf__operation_text(replay->context, replay->operation);
    if (replay->revision)
        cf_raise(CF_INTERNAL, "revision %s: %s: %s", replay->revision, text, why);
    cf_raise(CF_INTERNAL, "%s: %s", text, why);
}

/* ---- Arrays of a schema ----------------------------------------------------------------------------------------- */

/* Adds one zeroed item to an array of the schema and points to it. */
#define ADD_ITEM(replay, items, count) \
    ((items) = cf__array_with_room((replay)->context, (items), (count), sizeof(*(items))), &(items)[(count)++])

/* Takes the item at `item` out of an array. */
#define TAKE_OUT(items, count, item) take_out((items), &(count), sizeof(*(items)), (size_t)((item) - (items)))

static void take_out(void *items, size_t *count, size_t size, size_t at)
{
    char *bytes = items;
    memmove(bytes + at * size, bytes + (at + 1) * size, (*count - at - 1) * size);
    --*count;
}

/* ---- What must be there, what must not -------------------------------------------------------------------------- */

static struct cf_table *the_table(const struct replay *replay, const char *name)
{
    struct cf_table *table = cf_schema_table(replay->schema, name);
    if (!table)
        refuse(replay, cf_format(replay->context, "there is no table %s", name));
    return table;
}

static struct cf_table *own_table(const struct replay *replay)
{
    return the_table(replay, replay->operation->table);
}

static struct cf_schema_column *the_column(const struct replay *replay, const struct cf_table *table, const char *name)
{
    struct cf_schema_column *column = cf_table_column(table, name);
    if (!column)
        refuse(replay, cf_format(replay->context, "table %s has no column %s", table->name, name));
    return column;
}

static void need_columns(const struct replay *replay, const struct cf_table *table, const struct cf_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        the_column(replay, table, names->items[i]);
}

static void need_no_column(const struct replay *replay, const struct cf_table *table, const char *name)
{
    if (cf_table_column(table, name))
        refuse(replay, cf_format(replay->context, "table %s already has a column %s", table->name, name));
}

static void need_no_table(const struct replay *replay, const char *name)
{
    if (cf_schema_table(replay->schema, name) || cf_schema_view(replay->schema, name))
        refuse(replay, cf_format(replay->context, "there already is a %s %s",
                                 cf_schema_view(replay->schema, name) ? "view" : "table", name));
}

static bool has_constraint(const struct cf_table *table, const char *name)
{
    return cf__table_unique(table, name) || cf__table_foreign_key(table, name) || cf__table_check(table, name) ||
           (table->primary_key.count && cf__texts_equal(table->primary_key_name, name));
}

static void need_no_constraint(const struct replay *replay, const struct cf_table *table, const char *name)
{
    if (has_constraint(table, name))
        refuse(replay, cf_format(replay->context, "table %s already has a constraint %s", table->name, name));
}

/* Indexes have their names in common over all tables. */
static void need_no_index(const struct replay *replay, const char *name)
{
    for (size_t i = 0; i < replay->schema->count; i++)
        if (cf__table_index(&replay->schema->tables[i], name))
            refuse(replay, cf_format(replay->context, "table %s already has an index %s",
                                     replay->schema->tables[i].name, name));
}

static void need_reference(const struct replay *replay, const struct cf_foreign_key *key)
{
    need_columns(replay, the_table(replay, key->table), &key->references);
    if (key->references.count != key->columns.count)
        refuse(replay, "as many columns must be referenced as refer");
}

/* ---- Tables ----------------------------------------------------------------------------------------------------- */

static void create_table(const struct replay *replay)
{
    const struct cf_table *definition = replay->operation->definition;
    need_no_table(replay, definition->name);
    for (size_t i = 0; i < definition->index_count; i++)
        need_no_index(replay, definition->indexes[i].name);
    *ADD_ITEM(replay, replay->schema->tables, replay->schema->count) = cf__table_copy(replay->context, definition);
    for (size_t i = 0; i < definition->foreign_key_count; i++)
        need_reference(replay, &definition->foreign_keys[i]);
}

static void drop_table(const struct replay *replay)
{
    struct cf_table *table = own_table(replay);
    for (size_t i = 0; i < replay->schema->count; i++) {
        const struct cf_table *other = &replay->schema->tables[i];
        for (size_t k = 0; other != table && k < other->foreign_key_count; k++)
            if (strcmp(other->foreign_keys[k].table, table->name) == 0)
                refuse(replay, cf_format(replay->context, "table %s still refers to it (%s)", other->name,
                                         other->foreign_keys[k].name));
    }
    TAKE_OUT(replay->schema->tables, replay->schema->count, table);
}

static void rename_table(const struct replay *replay)
{
    struct cf_table *table = own_table(replay);
    const char *old = table->name, *new = replay->operation->new_name;
    need_no_table(replay, new);
    table->name = new;
    for (size_t i = 0; i < replay->schema->count; i++)
        for (size_t k = 0; k < replay->schema->tables[i].foreign_key_count; k++) {
            struct cf_foreign_key *key = &replay->schema->tables[i].foreign_keys[k];
            if (strcmp(key->table, old) == 0)
                key->table = new;
        }
}

/* ---- Columns ---------------------------------------------------------------------------------------------------- */

/* With column lists of its own, which a later rename changes in place. */
static void add_foreign_key(const struct replay *replay, struct cf_table *table)
{
    struct cf_foreign_key *key = ADD_ITEM(replay, table->foreign_keys, table->foreign_key_count);
    *key = *replay->operation->foreign_key;
    key->columns = cf__names_copy(replay->context, &key->columns);
    key->references = cf__names_copy(replay->context, &key->references);
}

static void add_column(const struct replay *replay)
{
    const struct cf__operation *operation = replay->operation;
    struct cf_table *table = own_table(replay);
    need_no_column(replay, table, operation->column->name);
    *ADD_ITEM(replay, table->columns, table->column_count) = *operation->column;
    if (operation->foreign_key) {
        need_no_constraint(replay, table, operation->foreign_key->name);
        need_reference(replay, operation->foreign_key);
        add_foreign_key(replay, table);
    }
    if (operation->check) {
        need_no_constraint(replay, table, operation->check->name);
        *ADD_ITEM(replay, table->checks, table->check_count) = *operation->check;
    }
}

static void need_free_column(const struct replay *replay, const struct cf_table *table, const char *column)
{
    const char *user = NULL;
    if (cf__names_have(&table->primary_key, column))
        user = table->primary_key_name;
    for (size_t i = 0; i < table->unique_count; i++)
        if (cf__names_have(&table->uniques[i].columns, column))
            user = table->uniques[i].name;
    for (size_t i = 0; i < table->index_count; i++)
        if (cf__names_have(&table->indexes[i].columns, column) || cf__names_have(&table->indexes[i].include, column) ||
            (table->indexes[i].expressions && cf__sql_mentions(table->indexes[i].expressions, column)))
            user = table->indexes[i].name;
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].generated && cf__sql_mentions(table->columns[i].generated, column))
            user = table->columns[i].name;
    for (size_t i = 0; i < table->foreign_key_count; i++)
        if (table->foreign_keys[i].columns.count > 1 && cf__names_have(&table->foreign_keys[i].columns, column))
            user = table->foreign_keys[i].name;
    if (user)
        refuse(replay, cf_format(replay->context, "%s still uses it: drop that first", user));
    for (size_t i = 0; i < replay->schema->count; i++)
        for (size_t k = 0; k < replay->schema->tables[i].foreign_key_count; k++) {
            const struct cf_foreign_key *key = &replay->schema->tables[i].foreign_keys[k];
            if (strcmp(key->table, table->name) == 0 && cf__names_have(&key->references, column))
                refuse(replay, cf_format(replay->context, "%s still refers to it: drop that first", key->name));
        }
}

/* What cf_add_column adds with the column goes with it. */
static void drop_column(const struct replay *replay)
{
    struct cf_table *table = own_table(replay);
    struct cf_schema_column *column = the_column(replay, table, replay->operation->name);
    need_free_column(replay, table, column->name);
    struct cf_foreign_key *key;
    while ((key = cf__column_foreign_key(table, column->name)))
        TAKE_OUT(table->foreign_keys, table->foreign_key_count, key);
    struct cf_check *check = cf__column_check(replay->context, table, column->name);
    if (check)
        TAKE_OUT(table->checks, table->check_count, check);
    TAKE_OUT(table->columns, table->column_count, column);
    if (table->column_count == 0)
        refuse(replay, "a table keeps at least one column");
}

static void rename_in(struct cf_names *names, const char *old, const char *new)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], old) == 0)
            names->items[i] = new;
}

static void rename_column(const struct replay *replay)
{
    struct cf_table *table = own_table(replay);
    struct cf_schema_column *column = the_column(replay, table, replay->operation->name);
    const char *old = column->name, *new = replay->operation->new_name;
    need_no_column(replay, table, new);
    column->name = new;
    rename_in(&table->primary_key, old, new);
    for (size_t i = 0; i < table->unique_count; i++)
        rename_in(&table->uniques[i].columns, old, new);
    for (size_t i = 0; i < table->index_count; i++) {
        rename_in(&table->indexes[i].columns, old, new);
        rename_in(&table->indexes[i].descending, old, new);
        rename_in(&table->indexes[i].include, old, new);
    }
    for (size_t i = 0; i < table->foreign_key_count; i++)
        rename_in(&table->foreign_keys[i].columns, old, new);
    for (size_t i = 0; i < replay->schema->count; i++)
        for (size_t k = 0; k < replay->schema->tables[i].foreign_key_count; k++)
            if (strcmp(replay->schema->tables[i].foreign_keys[k].table, table->name) == 0)
                rename_in(&replay->schema->tables[i].foreign_keys[k].references, old, new);
}

static void alter_column(const struct replay *replay)
{
    struct cf_schema_column *column = the_column(replay, own_table(replay), replay->operation->name);
    *column = *replay->operation->column;
}

/* ---- Indexes and constraints ------------------------------------------------------------------------------------ */

static void create_index(const struct replay *replay)
{
    struct cf_table *table = own_table(replay);
    need_no_index(replay, replay->operation->name);
    need_columns(replay, table, &replay->operation->index->columns);
    need_columns(replay, table, &replay->operation->index->descending);
    need_columns(replay, table, &replay->operation->index->include);
    struct cf_index *index = ADD_ITEM(replay, table->indexes, table->index_count);
    *index = *replay->operation->index;
    index->columns = cf__names_copy(replay->context, &index->columns);
    index->descending = cf__names_copy(replay->context, &index->descending);
    index->include = cf__names_copy(replay->context, &index->include);
}

static void drop_index(const struct replay *replay)
{
    struct cf_table *table = own_table(replay);
    struct cf_index *index = cf__table_index(table, replay->operation->name);
    if (!index)
        refuse(replay, cf_format(replay->context, "table %s has no such index", table->name));
    TAKE_OUT(table->indexes, table->index_count, index);
}

static void create_unique(const struct replay *replay)
{
    struct cf_table *table = own_table(replay);
    need_no_constraint(replay, table, replay->operation->name);
    need_columns(replay, table, &replay->operation->unique->columns);
    struct cf_unique *unique = ADD_ITEM(replay, table->uniques, table->unique_count);
    *unique = *replay->operation->unique;
    unique->columns = cf__names_copy(replay->context, &unique->columns);
}

static void create_primary_key(const struct replay *replay)
{
    struct cf_table *table = own_table(replay);
    if (table->primary_key.count)
        refuse(replay, cf_format(replay->context, "table %s already has the primary key %s", table->name,
                                 table->primary_key_name));
    need_no_constraint(replay, table, replay->operation->name);
    need_columns(replay, table, &replay->operation->unique->columns);
    table->primary_key_name = replay->operation->name;
    table->primary_key = cf__names_copy(replay->context, &replay->operation->unique->columns);
}

static void create_foreign_key(const struct replay *replay)
{
    struct cf_table *table = own_table(replay);
    need_no_constraint(replay, table, replay->operation->name);
    need_columns(replay, table, &replay->operation->foreign_key->columns);
    need_reference(replay, replay->operation->foreign_key);
    add_foreign_key(replay, table);
}

static void create_check(const struct replay *replay)
{
    struct cf_table *table = own_table(replay);
    need_no_constraint(replay, table, replay->operation->name);
    *ADD_ITEM(replay, table->checks, table->check_count) = *replay->operation->check;
}

static void drop_constraint(const struct replay *replay)
{
    struct cf_table *table = own_table(replay);
    const char *name = replay->operation->name;
    struct cf_unique *unique = cf__table_unique(table, name);
    struct cf_foreign_key *key = cf__table_foreign_key(table, name);
    struct cf_check *check = cf__table_check(table, name);
    if (unique)
        TAKE_OUT(table->uniques, table->unique_count, unique);
    else if (key)
        TAKE_OUT(table->foreign_keys, table->foreign_key_count, key);
    else if (check)
        TAKE_OUT(table->checks, table->check_count, check);
    else if (table->primary_key.count && cf__texts_equal(table->primary_key_name, name))
        table->primary_key = (struct cf_names){ 0 }, table->primary_key_name = NULL;
    else
        refuse(replay, cf_format(replay->context, "table %s has no such constraint%s", table->name,
                                 cf__table_index(table, name) ? ": it is an index, cf_drop_index" : ""));
}

static void rename_constraint(const struct replay *replay)
{
    struct cf_table *table = own_table(replay);
    const char *name = replay->operation->name, *new = replay->operation->new_name;
    struct cf_unique *unique = cf__table_unique(table, name);
    struct cf_foreign_key *key = cf__table_foreign_key(table, name);
    struct cf_check *check = cf__table_check(table, name);
    struct cf_index *index = cf__table_index(table, name);
    if (index)
        need_no_index(replay, new);
    else
        need_no_constraint(replay, table, new);
    if (unique)
        unique->name = new;
    else if (key)
        key->name = new;
    else if (check)
        check->name = new;
    else if (index)
        index->name = new;
    else if (table->primary_key.count && cf__texts_equal(table->primary_key_name, name))
        table->primary_key_name = new;
    else
        refuse(replay, cf_format(replay->context, "table %s has no such constraint or index", table->name));
}

/* What it selects from is the database's to judge. */
static void create_view(const struct replay *replay)
{
    need_no_table(replay, replay->operation->name);
    *ADD_ITEM(replay, replay->schema->views, replay->schema->view_count) =
        (struct cf_view){ replay->operation->name, replay->operation->sql };
}

static void drop_view(const struct replay *replay)
{
    struct cf_view *view = cf_schema_view(replay->schema, replay->operation->name);
    if (!view)
        refuse(replay, "there is no such view");
    TAKE_OUT(replay->schema->views, replay->schema->view_count, view);
}

static void create_ddl(const struct replay *replay)
{
    struct cf_table *table = own_table(replay);
    if (cf__own_ddl(table, replay->operation->name))
        refuse(replay, cf_format(replay->context, "table %s already has it", table->name));
    *ADD_ITEM(replay, table->ddls, table->ddl_count) = cf__ddl_copy(replay->context, replay->operation->ddl);
}

static void drop_ddl(const struct replay *replay)
{
    struct cf_table *table = own_table(replay);
    struct cf_ddl *ddl = cf__own_ddl(table, replay->operation->name);
    if (!ddl)
        refuse(replay, cf_format(replay->context, "table %s has no such Ddl", table->name));
    TAKE_OUT(table->ddls, table->ddl_count, ddl);
}

static void execute(const struct replay *replay)
{
    (void)replay; /* SQL of the user's own is invisible here */
}

static void comment_table(const struct replay *replay)
{
    own_table(replay)->comment = replay->operation->comment;
}

static void set_option(const struct replay *replay)
{
    struct cf_table *table = own_table(replay);
    size_t at = 0;
    while (at < table->option_count && strcmp(table->options[at].database, replay->operation->name) != 0)
        at++;
    if (at < table->option_count)
        TAKE_OUT(table->options, table->option_count, &table->options[at]);
    if (replay->operation->sql)
        *ADD_ITEM(replay, table->options, table->option_count) =
            (struct cf_table_option){ replay->operation->name, replay->operation->sql };
}

static void (*const appliers[CF__OPERATION_KINDS])(const struct replay *) = {
    [CF__CREATE_TABLE] = create_table,
    [CF__DROP_TABLE] = drop_table,
    [CF__RENAME_TABLE] = rename_table,
    [CF__COMMENT_TABLE] = comment_table,
    [CF__SET_OPTION] = set_option,
    [CF__ADD_COLUMN] = add_column,
    [CF__DROP_COLUMN] = drop_column,
    [CF__RENAME_COLUMN] = rename_column,
    [CF__ALTER_COLUMN] = alter_column,
    [CF__CREATE_INDEX] = create_index,
    [CF__DROP_INDEX] = drop_index,
    [CF__CREATE_UNIQUE] = create_unique,
    [CF__CREATE_PRIMARY_KEY] = create_primary_key,
    [CF__CREATE_FOREIGN_KEY] = create_foreign_key,
    [CF__CREATE_CHECK] = create_check,
    [CF__DROP_CONSTRAINT] = drop_constraint,
    [CF__RENAME_CONSTRAINT] = rename_constraint,
    [CF__CREATE_VIEW] = create_view,
    [CF__DROP_VIEW] = drop_view,
    [CF__CREATE_DDL] = create_ddl,
    [CF__DROP_DDL] = drop_ddl,
    [CF__EXECUTE] = execute,
};

void cf__apply(cf_context *context, struct cf_schema *schema, const struct cf__operation *operation,
               const char *revision)
{
    appliers[operation->kind](&(struct replay){ context, schema, operation, revision });
}

void cf__apply_all(cf_context *context, struct cf_schema *schema, const struct cf__operations *list,
                   const char *revision)
{
    for (size_t i = 0; i < list->count; i++)
        cf__apply(context, schema, &list->items[i], revision);
}
