/* SPDX-License-Identifier: MIT
 *
 * Rendering: operations as the C that records them, and a revision's file around them. What is rendered compiles
 * without a warning and records the same operations again; the hash of a revision is that of this text, so that its
 * layout is part of what an applied revision is known by: a change of it would report every revision as edited.
 */
#include "operations.h"

#include <ctype.h>

#include "../base/random.h"
#include <carafe/types.h>

void cf__c_string(struct cf__buffer *out, const char *text)
{
    cf__buffer_char(out, '"');
    for (const char *at = text; *at; at++) {
        unsigned char c = (unsigned char)*at;
        if (c == '"' || c == '\\')
            cf__buffer_format(out, "\\%c", c);
        else if (c == '\n')
            cf__buffer_string(out, "\\n");
        else if (c < ' ' || c == 0x7f)
            cf__buffer_format(out, "\\%03o", c);
        else if (c == '?' && at > text && at[-1] == '?') /* else ??= would be a trigraph */
            cf__buffer_string(out, "\\?");
        else
            cf__buffer_char(out, (char)c);
    }
    cf__buffer_char(out, '"');
}

/* ---- Pieces ----------------------------------------------------------------------------------------------------- */

/* "    cf_add_column(op, "users", "age"": the function and its texts, up to a NULL. */
static void render_call(struct cf__buffer *out, const char *function, const char *first, const char *second,
                        const char *third)
{
    cf__buffer_format(out, "    %s(op", function);
    const char *const texts[] = { first, second, third, NULL };
    for (size_t i = 0; texts[i]; i++) {
        cf__buffer_string(out, ", ");
        cf__c_string(out, texts[i]);
    }
}

static void end_call(struct cf__buffer *out)
{
    cf__buffer_string(out, ");\n");
}

/* ", .fill = "…"" (`dot` "."), or ", references = "…"" as an option of an item (""); nothing for NULL. */
static void render_option(struct cf__buffer *out, const char *dot, const char *name, const char *value)
{
    if (!value)
        return;
    cf__buffer_format(out, ", %s%s = ", dot, name);
    cf__c_string(out, value);
}

static void render_flag(struct cf__buffer *out, const char *dot, const char *name, bool value)
{
    if (value)
        cf__buffer_format(out, ", %s%s = true", dot, name);
}

static void render_number(struct cf__buffer *out, const char *dot, const char *name, int64_t value)
{
    if (value)
        cf__buffer_format(out, ", %s%s = %lld", dot, name, (long long)value);
}

static void render_names(struct cf__buffer *out, const char *option, const struct cf_names *names)
{
    cf__buffer_format(out, ", .%s = {", option);
    for (size_t i = 0; i < names->count; i++) {
        cf__buffer_string(out, i ? ", " : " ");
        cf__c_string(out, names->items[i]);
    }
    cf__buffer_string(out, " }");
}

static void render_lengths(struct cf__buffer *out, const struct cf_index *index)
{
    for (size_t i = 0; index->lengths && i < index->columns.count; i++)
        cf__buffer_format(out, "%s%u", i ? ", " : ", .lengths = { ", index->lengths[i]);
    cf__buffer_string(out, index->lengths ? " }" : "");
}

static void render_deferral(struct cf__buffer *out, bool deferrable, bool deferred)
{
    render_flag(out, ".", "deferrable", deferrable && !deferred);
    render_flag(out, ".", "deferred", deferred);
}

/* ---- Tables ----------------------------------------------------------------------------------------------------- */

/* "Check("…")" */
static void render_word(struct cf__buffer *out, const char *word, const char *text)
{
    cf__buffer_format(out, "%s(", word);
    cf__c_string(out, text);
    cf__buffer_char(out, ')');
}

static void render_key(struct cf__buffer *out, const struct cf_column *item)
{
    static const char *const words[] = {
        [CF_TYPE_UNIQUE_ENTRY] = "Unique",
        [CF_TYPE_INDEX_ENTRY] = "Index",
        [CF_TYPE_KEY_ENTRY] = "PrimaryKey",
    };
    if (item->expressions)
        render_word(out, "IndexOn", item->expressions);
    else
        cf__buffer_format(out, "%s(%s)", words[item->type], item->fields);
    render_flag(out, "", "unique", item->unique);
    render_flag(out, "", "nulls_not_distinct", item->nulls_not_distinct);
    render_flag(out, "", "deferrable", item->deferrable);
    render_flag(out, "", "deferred", item->deferred);
    render_option(out, "", "where", item->where);
    render_option(out, "", "using", item->using);
    render_option(out, "", "include", item->include);
    render_flag(out, "", "concurrently", item->concurrently);
    render_option(out, "", "named", item->named);
}

static void render_check(struct cf__buffer *out, const struct cf_column *item)
{
    render_word(out, "Check", item->check);
    render_option(out, "", "named", item->named);
}

static void render_comment(struct cf__buffer *out, const struct cf_column *item)
{
    render_word(out, "Comment", item->comment);
}

static void render_table_option(struct cf__buffer *out, const struct cf_column *item)
{
    cf__buffer_string(out, "TableOption(");
    cf__c_string(out, item->database);
    cf__buffer_string(out, ", ");
    cf__c_string(out, item->option);
    cf__buffer_char(out, ')');
}

static void render_needed(struct cf__buffer *out, const struct cf_column *item)
{
    render_word(out, "Ddl", item->ddl);
    render_option(out, "", "drop", item->drop);
    render_option(out, "", "database", item->database);
    render_flag(out, "", "before", item->before);
}

static void render_options(struct cf__buffer *out, const struct cf_column *item, const struct cf_schema_column *column)
{
    cf__buffer_string(out, cf__type_text(&out->context->head, column));
    render_flag(out, "", "primary_key", item->primary_key && !item->identity);
    render_flag(out, "", "autoincrement", item->autoincrement && !item->start);
    render_number(out, "", "start", item->start);
    render_number(out, "", "increment", item->increment);
    render_option(out, "", "references", item->references);
    render_option(out, "", "on_delete", item->on_delete);
    render_option(out, "", "on_update", item->on_update);
    render_flag(out, "", "deferrable", item->deferrable);
    render_flag(out, "", "deferred", item->deferred);
    render_flag(out, "", "unique", item->unique);
    render_flag(out, "", "nulls_not_distinct", item->nulls_not_distinct);
    render_flag(out, "", "index", item->index);
    render_option(out, "", "server_default", item->server_default);
    render_option(out, "", "server_default_sql", item->server_default_sql);
    render_option(out, "", "check", item->check);
    render_flag(out, "", "create_constraint", item->create_constraint);
    render_option(out, "", "named", item->named);
    render_option(out, "", "computed", item->computed);
    render_flag(out, "", "stored", item->stored);
    render_option(out, "", "collation", item->collation);
    render_option(out, "", "sql_type", item->sql_type);
    render_option(out, "", "comment", item->comment);
    render_option(out, "", "column", item->column);
}

static void (*const entries[])(struct cf__buffer *, const struct cf_column *) = {
    [CF_TYPE_UNIQUE_ENTRY] = render_key,      [CF_TYPE_INDEX_ENTRY] = render_key,
    [CF_TYPE_KEY_ENTRY] = render_key,         [CF_TYPE_CHECK_ENTRY] = render_check,
    [CF_TYPE_COMMENT_ENTRY] = render_comment, [CF_TYPE_OPTION_ENTRY] = render_table_option,
    [CF_TYPE_DDL_ENTRY] = render_needed,
};

void cf__render_item(struct cf__buffer *out, const struct cf_column *item, const struct cf_schema_column *column)
{
    cf__buffer_format(out, "(%s, ", item->name);
    if (item->type < CF_TYPE_COUNT_)
        render_options(out, item, column);
    else
        entries[item->type](out, item);
    cf__buffer_char(out, ')');
}

static void render_create_table(struct cf__buffer *out, const struct cf__operation *operation)
{
    const struct cf_table *table = operation->definition;
    struct cf__items items = cf__items_of_table(&out->context->head, table);
    render_call(out, "cf_create_table", operation->table, NULL, NULL);
    for (size_t i = 0; i < items.count; i++) {
        cf__buffer_string(out, ",\n        ");
        cf__render_item(out, &items.items[i], i < table->column_count ? &table->columns[i] : NULL);
    }
    end_call(out);
}

static void render_drop_table(struct cf__buffer *out, const struct cf__operation *operation)
{
    render_call(out, "cf_drop_table", operation->table, NULL, NULL);
    end_call(out);
}

static void render_rename_table(struct cf__buffer *out, const struct cf__operation *operation)
{
    render_call(out, "cf_rename_table", operation->table, operation->new_name, NULL);
    end_call(out);
}

static void render_comment_table(struct cf__buffer *out, const struct cf__operation *operation)
{
    render_call(out, "cf_comment_table", operation->table, operation->comment, NULL);
    cf__buffer_string(out, operation->comment ? ");\n" : ", NULL);\n");
}

static void render_set_option(struct cf__buffer *out, const struct cf__operation *operation)
{
    render_call(out, "cf_set_table_option", operation->table, operation->name, operation->sql);
    cf__buffer_string(out, operation->sql ? ");\n" : ", NULL);\n");
}

/* ---- Columns ---------------------------------------------------------------------------------------------------- */

static void render_column(struct cf__buffer *out, const char *function, const struct cf__operation *operation)
{
    const struct cf_schema_column *column = operation->column;
    const struct cf_foreign_key *key = operation->foreign_key;
    render_call(out, function, operation->table, operation->name, NULL);
    cf__buffer_format(out, ", %s", cf__type_text(&out->context->head, column));
    if (key) {
        render_option(out, ".", "references",
                      cf_format(&out->context->head, "%s.%s", key->table, key->references.items[0]));
        render_option(out, ".", "on_delete", key->on_delete);
        render_option(out, ".", "on_update", key->on_update);
        render_deferral(out, key->deferrable, key->deferred);
    }
    render_option(out, ".", "server_default", column->default_kind == CF_DEFAULT_LITERAL ? column->default_text : NULL);
    render_option(out, ".", "server_default_sql", column->default_kind == CF_DEFAULT_SQL ? column->default_text : NULL);
    render_option(out, ".", "check", operation->check ? operation->check->sql : NULL);
    render_option(out, ".", "computed", column->generated);
    render_flag(out, ".", "stored", column->generated_stored);
    render_option(out, ".", "collation", column->collation);
    render_option(out, ".", "sql_type", column->sql_type);
    render_flag(out, ".", "autoincrement", column->autoincrement && !column->start);
    render_number(out, ".", "start", column->start);
    render_number(out, ".", "increment", column->increment);
    render_option(out, ".", "comment", column->comment);
    render_option(out, ".", "fill", operation->fill);
    end_call(out);
}

static void render_add_column(struct cf__buffer *out, const struct cf__operation *operation)
{
    render_column(out, "cf_add_column", operation);
}

static void render_alter_column(struct cf__buffer *out, const struct cf__operation *operation)
{
    render_column(out, "cf_alter_column", operation);
}

static void render_drop_column(struct cf__buffer *out, const struct cf__operation *operation)
{
    render_call(out, "cf_drop_column", operation->table, operation->name, NULL);
    end_call(out);
}

static void render_rename_column(struct cf__buffer *out, const struct cf__operation *operation)
{
    render_call(out, "cf_rename_column", operation->table, operation->name, operation->new_name);
    end_call(out);
}

/* ---- Indexes and constraints ------------------------------------------------------------------------------------ */

static void render_create_index(struct cf__buffer *out, const struct cf__operation *operation)
{
    render_call(out, "cf_create_index", operation->name, operation->table, NULL);
    if (operation->index->expressions)
        render_option(out, ".", "expressions", operation->index->expressions);
    else
        render_names(out, "columns", &operation->index->columns);
    render_lengths(out, operation->index);
    if (operation->index->descending.count)
        render_names(out, "descending", &operation->index->descending);
    render_flag(out, ".", "unique", operation->index->unique);
    render_flag(out, ".", "nulls_not_distinct", operation->index->nulls_not_distinct);
    render_option(out, ".", "where", operation->index->where);
    render_option(out, ".", "using", operation->index->using);
    if (operation->index->include.count)
        render_names(out, "include", &operation->index->include);
    render_flag(out, ".", "concurrently", operation->index->concurrently);
    end_call(out);
}

static void render_create_unique(struct cf__buffer *out, const struct cf__operation *operation)
{
    render_call(out, "cf_create_unique", operation->name, operation->table, NULL);
    render_names(out, "columns", &operation->unique->columns);
    render_flag(out, ".", "nulls_not_distinct", operation->unique->nulls_not_distinct);
    render_deferral(out, operation->unique->deferrable, operation->unique->deferred);
    end_call(out);
}

static void render_create_primary_key(struct cf__buffer *out, const struct cf__operation *operation)
{
    render_call(out, "cf_create_primary_key", operation->name, operation->table, NULL);
    render_names(out, "columns", &operation->unique->columns);
    end_call(out);
}

static void render_create_foreign_key(struct cf__buffer *out, const struct cf__operation *operation)
{
    const struct cf_foreign_key *key = operation->foreign_key;
    render_call(out, "cf_create_foreign_key", operation->name, operation->table, NULL);
    render_names(out, "columns", &key->columns);
    render_option(out, ".", "references_table", key->table);
    render_names(out, "references_columns", &key->references);
    render_option(out, ".", "on_delete", key->on_delete);
    render_option(out, ".", "on_update", key->on_update);
    render_deferral(out, key->deferrable, key->deferred);
    end_call(out);
}

static void render_create_check(struct cf__buffer *out, const struct cf__operation *operation)
{
    render_call(out, "cf_create_check", operation->name, operation->table, operation->check->sql);
    end_call(out);
}

static void render_drop_index(struct cf__buffer *out, const struct cf__operation *operation)
{
    render_call(out, "cf_drop_index", operation->name, operation->table, NULL);
    render_flag(out, ".", "concurrently", operation->concurrently);
    end_call(out);
}

static void render_drop_constraint(struct cf__buffer *out, const struct cf__operation *operation)
{
    render_call(out, "cf_drop_constraint", operation->name, operation->table, NULL);
    end_call(out);
}

static void render_rename_constraint(struct cf__buffer *out, const struct cf__operation *operation)
{
    render_call(out, "cf_rename_constraint", operation->name, operation->table, operation->new_name);
    end_call(out);
}

static void render_create_view(struct cf__buffer *out, const struct cf__operation *operation)
{
    render_call(out, "cf_create_view", operation->name, operation->sql, NULL);
    end_call(out);
}

static void render_drop_view(struct cf__buffer *out, const struct cf__operation *operation)
{
    render_call(out, "cf_drop_view", operation->name, NULL, NULL);
    end_call(out);
}

static void render_create_ddl(struct cf__buffer *out, const struct cf__operation *operation)
{
    render_call(out, "cf_create_ddl", operation->name, operation->table, operation->ddl->sql);
    render_option(out, ".", "drop", *operation->ddl->drop ? operation->ddl->drop : NULL);
    render_option(out, ".", "database", operation->ddl->database);
    render_flag(out, ".", "before", operation->ddl->before);
    end_call(out);
}

static void render_drop_ddl(struct cf__buffer *out, const struct cf__operation *operation)
{
    render_call(out, "cf_drop_ddl", operation->name, operation->table, NULL);
    end_call(out);
}

static void render_execute(struct cf__buffer *out, const struct cf__operation *operation)
{
    render_call(out, "cf_execute", operation->sql, NULL, NULL);
    end_call(out);
}

static void (*const renderers[CF__OPERATION_KINDS])(struct cf__buffer *, const struct cf__operation *) = {
    [CF__CREATE_TABLE] = render_create_table,
    [CF__DROP_TABLE] = render_drop_table,
    [CF__RENAME_TABLE] = render_rename_table,
    [CF__COMMENT_TABLE] = render_comment_table,
    [CF__SET_OPTION] = render_set_option,
    [CF__ADD_COLUMN] = render_add_column,
    [CF__DROP_COLUMN] = render_drop_column,
    [CF__RENAME_COLUMN] = render_rename_column,
    [CF__ALTER_COLUMN] = render_alter_column,
    [CF__CREATE_INDEX] = render_create_index,
    [CF__DROP_INDEX] = render_drop_index,
    [CF__CREATE_UNIQUE] = render_create_unique,
    [CF__CREATE_PRIMARY_KEY] = render_create_primary_key,
    [CF__CREATE_FOREIGN_KEY] = render_create_foreign_key,
    [CF__CREATE_CHECK] = render_create_check,
    [CF__DROP_CONSTRAINT] = render_drop_constraint,
    [CF__RENAME_CONSTRAINT] = render_rename_constraint,
    [CF__CREATE_VIEW] = render_create_view,
    [CF__DROP_VIEW] = render_drop_view,
    [CF__CREATE_DDL] = render_create_ddl,
    [CF__DROP_DDL] = render_drop_ddl,
    [CF__EXECUTE] = render_execute,
};

void cf__render_operation(struct cf__buffer *out, const struct cf__operation *operation)
{
    renderers[operation->kind](out, operation);
}

/* ---- A revision's file ------------------------------------------------------------------------------------------ */

static void render_function(struct cf__buffer *out, const char *name, const struct cf__operations *list)
{
    cf__buffer_format(out, "static void %s(cf_ops *op)\n{\n", name);
    if (list->count == 0)
        cf__buffer_string(out, "    (void)op;\n");
    for (size_t i = 0; i < list->count; i++)
        cf__render_operation(out, &list->items[i]);
    cf__buffer_string(out, "}\n\n");
}

const char *cf__comment_text(cf_context *context, const char *message)
{
    char *text = cf_copy(context, message);
    for (char *at = text; *at; at++)
        if (iscntrl((unsigned char)*at) ||
            (at > text && ((at[-1] == '*' && *at == '/') || (at[-1] == '/' && *at == '*'))))
            *at = ' ';
    return text;
}

static const char *minute_text(cf_context *context, int64_t microseconds, const char *format)
{
    cf_time time = { microseconds };
    cf_date date = cf_time_date(time);
    int minutes = (int)(cf_time_clock(time).microseconds / 60000000);
    return cf_format_(context, format, date.year, date.month, date.day, minutes / 60, minutes % 60);
}

const char *cf__render_revision(cf_context *context, const struct cf__revision_text *revision)
{
    struct cf__buffer out = cf__buffer_new(cf__context_of(context), CF__CAP_SOURCE, "a revision");
    cf__buffer_format(&out, "/* %s\n *\n * Revision: %s\n * Revises:  ", cf__comment_text(context, revision->message),
                      revision->id);
    for (size_t i = 0; i < 8 && revision->revises[i]; i++)
        cf__buffer_format(&out, "%s%s", i ? ", " : "", revision->revises[i]);
    if (!revision->revises[0])
        cf__buffer_string(&out, "<base>");
    cf__buffer_format(&out, "\n * Created:  %s\n */\n#include <carafe/migrate.h>\n\n",
                      minute_text(context, revision->created, "%04d-%02d-%02d %02d:%02d UTC"));
    render_function(&out, "upgrade", revision->upgrade);
    render_function(&out, "downgrade", revision->downgrade);
    cf__buffer_format(&out, "const cf_revision revision_%s = {\n    .id = \"%s\"", revision->id, revision->id);
    for (size_t i = 0; i < 8 && revision->revises[i]; i++)
        cf__buffer_format(&out, "%s\"%s\"", i ? ", " : ", .revises = { ", revision->revises[i]);
    cf__buffer_string(&out, revision->revises[0] ? " }, .message = " : ", .message = ");
    cf__c_string(&out, revision->message);
    cf__buffer_string(&out, ", .upgrade = upgrade, .downgrade = downgrade,\n};\n");
    return cf__buffer_text(&out);
}

/* The message's words in lower case, joined by '_', cut before a word that would pass 40 characters. */
static const char *slug_of(cf_context *context, const char *message)
{
    enum { LONGEST = 40 };
    struct cf__buffer slug = cf__buffer_new(cf__context_of(context), CF__CAP_SOURCE, "a file name");
    for (const char *at = message; *at;) {
        size_t size = 0;
        while (isalnum((unsigned char)at[size]) || at[size] == '_')
            size++;
        if (size && slug.size + size + 1 > LONGEST) {
            if (slug.size == 0) /* one endless word */
                cf__buffer_add(&slug, at, LONGEST);
            break;
        }
        if (size && slug.size)
            cf__buffer_char(&slug, '_');
        cf__buffer_add(&slug, at, size);
        at += size ? size : 1;
    }
    char *text = cf__buffer_text(&slug);
    for (char *at = text; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return text;
}

const char *cf__revision_file_name(cf_context *context, const struct cf__revision_text *revision)
{
    const char *minute = minute_text(context, revision->created, "%04d%02d%02d_%02d%02d");
    const char *slug = slug_of(context, revision->message);
    return cf_format(context, "%s_%s%s%s.c", minute, revision->id, *slug ? "_" : "", slug);
}

const char *cf__operations_hash(cf_context *context, const struct cf__operations *list)
{
    struct cf__buffer text = cf__buffer_new(cf__context_of(context), CF__CAP_SOURCE, "a revision");
    for (size_t i = 0; i < list->count; i++)
        cf__render_operation(&text, &list->items[i]);
    char hex[65];
    cf__sha256_hex(text.data, text.size, hex);
    return cf_copy(context, hex);
}
