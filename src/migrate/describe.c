/* SPDX-License-Identifier: MIT
 *
 * Operations in words: for errors ("add column users.age") and for what `db migrate` and `db check` print ("added
 * column 'users.age'"). The words of the latter are Alembic's where it has them.
 */
#include "operations.h"

/* ---- Types in the words of MODEL -------------------------------------------------------------------------------- */

static const char *const type_names[CF_TYPE_COUNT_] = {
    [CF_TYPE_NONE] = "?",
    [CF_TYPE_INTEGER] = "Integer",
    [CF_TYPE_SMALL_INTEGER] = "SmallInteger",
    [CF_TYPE_BIG_INTEGER] = "BigInteger",
    [CF_TYPE_BOOLEAN] = "Boolean",
    [CF_TYPE_FLOAT] = "Float",
    [CF_TYPE_NUMERIC] = "Numeric",
    [CF_TYPE_STRING] = "String",
    [CF_TYPE_TEXT] = "Text",
    [CF_TYPE_DATE] = "Date",
    [CF_TYPE_TIME] = "Time",
    [CF_TYPE_DATETIME] = "DateTime",
    [CF_TYPE_UUID] = "Uuid",
    [CF_TYPE_BLOB] = "Blob",
    [CF_TYPE_JSON] = "Json",
    [CF_TYPE_ENUM] = "Choices",
    [CF_TYPE_CHOICES] = "Choices",
};

static const char *choices_text(cf_context *context, const char *const *labels)
{
    struct cf__buffer text = cf__buffer_new(cf__context_of(context), CF__CAP_SOURCE, "a type");
    for (size_t i = 0; labels && labels[i]; i++) {
        cf__buffer_string(&text, i ? ", " : "");
        cf__c_string(&text, labels[i]);
    }
    return cf_format(context, "Choices(%s)", cf__buffer_text(&text));
}

static const char *plain_type_text(cf_context *context, const struct cf_schema_column *column)
{
    switch (column->type) {
    case CF_TYPE_NONE:
        return column->raw_type ? column->raw_type : type_names[CF_TYPE_NONE];
    case CF_TYPE_STRING:
        return cf_format(context, "String(%u)", column->length);
    case CF_TYPE_NUMERIC:
        return cf_format(context, "Numeric(%u, %u)", column->length, column->scale);
    case CF_TYPE_JSON:
        return column->length == CF_JSON_BINARY ? "Jsonb" : type_names[CF_TYPE_JSON];
    case CF_TYPE_ENUM:
    case CF_TYPE_CHOICES:
        return choices_text(context, column->labels);
    default:
        return type_names[column->type];
    }
}

const char *cf__type_text(cf_context *context, const struct cf_schema_column *column)
{
    if (column->identity)
        return "Id";
    const char *type = plain_type_text(context, column);
    return column->nullable ? cf_format(context, "Nullable(%s)", type) : type;
}

/* ---- For errors ------------------------------------------------------------------------------------------------- */

static const char *const verbs[CF__OPERATION_KINDS] = {
    [CF__CREATE_TABLE] = "create table",
    [CF__DROP_TABLE] = "drop table",
    [CF__RENAME_TABLE] = "rename table",
    [CF__COMMENT_TABLE] = "comment on table",
    [CF__SET_OPTION] = "set option",
    [CF__ADD_COLUMN] = "add column",
    [CF__DROP_COLUMN] = "drop column",
    [CF__RENAME_COLUMN] = "rename column",
    [CF__ALTER_COLUMN] = "alter column",
    [CF__CREATE_INDEX] = "create index",
    [CF__DROP_INDEX] = "drop index",
    [CF__CREATE_UNIQUE] = "create unique constraint",
    [CF__CREATE_PRIMARY_KEY] = "create primary key",
    [CF__CREATE_FOREIGN_KEY] = "create foreign key",
    [CF__CREATE_CHECK] = "create check",
    [CF__DROP_CONSTRAINT] = "drop constraint",
    [CF__RENAME_CONSTRAINT] = "rename constraint",
    [CF__CREATE_VIEW] = "create view",
    [CF__DROP_VIEW] = "drop view",
    [CF__CREATE_DDL] = "create DDL",
    [CF__DROP_DDL] = "drop DDL",
    [CF__EXECUTE] = "execute",
};

const char *cf__operation_text(cf_context *context, const struct cf__operation *operation)
{
    const char *verb = verbs[operation->kind];
    switch (operation->kind) {
    case CF__EXECUTE:
        return cf_format(context, "%s \"%.60s\"", verb, operation->sql);
    case CF__CREATE_TABLE:
    case CF__DROP_TABLE:
    case CF__COMMENT_TABLE:
    case CF__CREATE_VIEW:
    case CF__DROP_VIEW:
        return cf_format(context, "%s %s", verb, operation->table);
    case CF__SET_OPTION:
        return cf_format(context, "%s of table %s for %s", verb, operation->table, operation->name);
    case CF__RENAME_TABLE:
        return cf_format(context, "%s %s to %s", verb, operation->table, operation->new_name);
    case CF__ADD_COLUMN:
    case CF__DROP_COLUMN:
    case CF__ALTER_COLUMN:
        return cf_format(context, "%s %s.%s", verb, operation->table, operation->name);
    case CF__RENAME_COLUMN:
        return cf_format(context, "%s %s.%s to %s", verb, operation->table, operation->name, operation->new_name);
    case CF__RENAME_CONSTRAINT:
        return cf_format(context, "%s %s on %s to %s", verb, operation->name, operation->table, operation->new_name);
    default:
        return cf_format(context, "%s %s on %s", verb, operation->name, operation->table);
    }
}

/* ---- For people ------------------------------------------------------------------------------------------------- */

static const char *default_text(cf_context *context, const struct cf_schema_column *column)
{
    if (column->default_kind == CF_DEFAULT_NONE)
        return "none";
    return cf_format(context, column->default_kind == CF_DEFAULT_LITERAL ? "'%s'" : "(%s)", column->default_text);
}

/* ", comment from none to 'x'", where it changes. */
static const char *add_change(cf_context *context, const char *what, const char *word, const char *old, const char *new)
{
    if (cf__texts_equal(old, new))
        return what;
    return cf_format(context, "%s, %s from %s to %s", what, word, old ? cf_format(context, "'%s'", old) : "none",
                     new ? cf_format(context, "'%s'", new) : "none");
}

static const char *add_number(cf_context *context, const char *what, const char *word, int64_t old, int64_t new)
{
    if (old == new)
        return what;
    return cf_format(context, "%s, %s from %lld to %lld", what, word, (long long)(old ? old : 1),
                     (long long)(new ? new : 1));
}

static const char *describe_alter(cf_context *context, const struct cf_table *table,
                                  const struct cf__operation *operation)
{
    const struct cf_schema_column *new = operation->column,
                                  *old = table ? cf_table_column(table, operation->name) : NULL;
    const char *what = cf_format(context, "changed column '%s.%s'", operation->table, operation->name);
    if (!old)
        return what;
    const char *old_type = cf__type_text(context, old), *new_type = cf__type_text(context, new);
    const char *old_default = default_text(context, old), *new_default = default_text(context, new);
    if (strcmp(old_type, new_type) != 0)
        what = cf_format(context, "%s from %s to %s", what, old_type, new_type);
    if (strcmp(old_default, new_default) != 0)
        what = cf_format(context, "%s, server default from %s to %s", what, old_default, new_default);
    what = add_change(context, what, "computed", old->generated, new->generated);
    if (new->generated && old->generated_stored != new->generated_stored)
        what = cf_format(context, "%s, %s", what, new->generated_stored ? "stored" : "not stored");
    what = add_change(context, what, "SQL type", old->sql_type, new->sql_type);
    what = add_change(context, what, "collation", old->collation, new->collation);
    what = add_number(context, what, "start", old->start, new->start);
    what = add_number(context, what, "increment", old->increment, new->increment);
    if (old->autoincrement != new->autoincrement)
        what = cf_format(context, "%s, %s", what, new->autoincrement ? "autoincrement" : "without autoincrement");
    return add_change(context, what, "comment", old->comment, new->comment);
}

static const char *columns_of(cf_context *context, const struct cf__operation *operation)
{
    const struct cf_names *names = operation->unique  ? &operation->unique->columns
                                   : operation->index ? NULL
                                                      : &operation->foreign_key->columns;
    return cf_format(context, "%s (%s)", operation->table,
                     names ? cf__names_text(context, names) : cf__index_text(context, operation->index));
}

static const char *kind_of_constraint(const struct cf_table *table, const char *name)
{
    if (table && cf__table_index(table, name))
        return "index";
    if (table && cf__table_unique(table, name))
        return "unique constraint";
    if (table && cf__table_foreign_key(table, name))
        return "foreign key";
    if (table && cf__table_check(table, name))
        return "check constraint";
    return "primary key";
}

const char *cf__operation_describe(cf_context *context, const struct cf_schema *before,
                                   const struct cf__operation *operation)
{
    const struct cf_table *table = operation->table ? cf_schema_table(before, operation->table) : NULL;
    const char *on = operation->table, *name = operation->name;
    switch (operation->kind) {
    case CF__CREATE_TABLE:
        return cf_format(context, "added table '%s'", on);
    case CF__DROP_TABLE:
        return cf_format(context, "removed table '%s'", on);
    case CF__CREATE_VIEW:
        return cf_format(context, "added view '%s'", on);
    case CF__DROP_VIEW:
        return cf_format(context, "removed view '%s'", on);
    case CF__CREATE_DDL:
        return cf_format(context, "added DDL '%s' of '%s'", name, on);
    case CF__DROP_DDL:
        return cf_format(context, "removed DDL '%s' of '%s'", name, on);
    case CF__RENAME_TABLE:
        return cf_format(context, "renamed table '%s' to '%s'", on, operation->new_name);
    case CF__COMMENT_TABLE:
        return operation->comment
                   ? cf_format(context, "changed the comment of table '%s' to '%s'", on, operation->comment)
                   : cf_format(context, "removed the comment of table '%s'", on);
    case CF__SET_OPTION:
        return operation->sql
                   ? cf_format(context, "changed the option of table '%s' for %s to '%s'", on, name, operation->sql)
                   : cf_format(context, "removed the option of table '%s' for %s", on, name);
    case CF__ADD_COLUMN:
        return cf_format(context, "added column '%s.%s'", on, name);
    case CF__DROP_COLUMN:
        return cf_format(context, "removed column '%s.%s'", on, name);
    case CF__RENAME_COLUMN:
        return cf_format(context, "renamed column '%s.%s' to '%s'", on, name, operation->new_name);
    case CF__ALTER_COLUMN:
        return describe_alter(context, table, operation);
    case CF__CREATE_INDEX:
        return cf_format(context, "added %s '%s' on '%s'", operation->index->unique ? "unique index" : "index", name,
                         columns_of(context, operation));
    case CF__CREATE_UNIQUE:
        return cf_format(context, "added unique constraint '%s' on '%s'", name, columns_of(context, operation));
    case CF__CREATE_PRIMARY_KEY:
        return cf_format(context, "added primary key '%s' on '%s'", name, columns_of(context, operation));
    case CF__CREATE_FOREIGN_KEY:
        return cf_format(context, "added foreign key '%s' on '%s' to '%s (%s)'", name, columns_of(context, operation),
                         operation->foreign_key->table, cf__names_text(context, &operation->foreign_key->references));
    case CF__CREATE_CHECK:
        return cf_format(context, "added check constraint '%s' on '%s'", name, on);
    case CF__DROP_INDEX:
    case CF__DROP_CONSTRAINT:
        return cf_format(context, "removed %s '%s' on '%s'", kind_of_constraint(table, name), name, on);
    case CF__RENAME_CONSTRAINT:
        return cf_format(context, "renamed %s '%s' on '%s' to '%s'", kind_of_constraint(table, name), name, on,
                         operation->new_name);
    default:
        return cf__operation_text(context, operation);
    }
}
