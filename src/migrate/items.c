/* SPDX-License-Identifier: MIT
 *
 * A table in the words of MODEL: which column options and which entries give its constraints. Whether the words
 * really give a constraint, its name included, is not guessed: the items are turned into a table by
 * cf_table_of_columns, as the compiled revision will do, and what does not come out the same becomes an operation of
 * its own.
 */
#include "operations.h"

#include <ctype.h>
#include <strings.h>

#include "../db/names.h"

/* Identifiers that are macros or keywords, and so cannot be written as a field. */
static const char *const taken_words[] = {
    "auto",   "bool",   "break",    "case",   "char",     "complex",  "const",   "continue", "default",
    "do",     "double", "else",     "enum",   "errno",    "extern",   "false",   "float",    "for",
    "goto",   "i386",   "if",       "inline", "int",      "linux",    "long",    "register", "restrict",
    "return", "short",  "signed",   "sizeof", "static",   "stderr",   "stdin",   "stdout",   "struct",
    "switch", "true",   "typedef",  "union",  "unix",     "unsigned", "void",    "volatile", "while",
    "asm",    "typeof", "noreturn", "assert", "offsetof", "alignas",  "alignof",
};

/* Names in capitals only may be macros too. */
bool cf__is_field(const char *name)
{
    bool lower = false;
    if (!(isalpha((unsigned char)*name) || *name == '_') || strncasecmp(name, "cf_", 3) == 0)
        return false;
    for (const char *at = name; *at; at++) {
        if (!isalnum((unsigned char)*at) && *at != '_')
            return false;
        lower = lower || islower((unsigned char)*at);
    }
    for (size_t i = 0; i < sizeof(taken_words) / sizeof(*taken_words); i++)
        if (strcmp(name, taken_words[i]) == 0)
            return false;
    return lower;
}

static bool has_item(const struct cf__items *items, const char *name)
{
    for (size_t i = 0; i < items->count; i++)
        if (strcmp(items->items[i].name, name) == 0)
            return true;
    return false;
}

/* `name` where it is free, else with a number behind it. */
static const char *free_word(cf_context *context, const struct cf__items *items, const char *name)
{
    const char *word = name;
    for (unsigned number = 2; has_item(items, word); number++)
        word = cf_format(context, "%s_%u", name, number);
    return word;
}

static struct cf_column *item_of_column(struct cf__items *items, const struct cf_table *table, const char *column)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (strcmp(table->columns[i].name, column) == 0)
            return &items->items[i];
    return NULL;
}

static void add_column(cf_context *context, struct cf__items *items, const struct cf_table *table,
                       const struct cf_schema_column *column)
{
    bool plain = cf__is_field(column->name);
    const char *word = plain ? column->name : cf_format(context, "column_%zu", items->count + 1);
    items->items[items->count] = (struct cf_column){
        .name = free_word(context, items, word),
        .column = plain ? NULL : column->name,
        .type = column->type,
        .length = column->length,
        .scale = column->scale,
        .nullable = column->nullable,
        .identity = column->identity,
        .autoincrement = column->autoincrement,
        .start = column->start,
        .increment = column->increment,
        .labels = column->labels,
        .primary_key = column->identity || cf__names_have(&table->primary_key, column->name),
        .server_default = column->default_kind == CF_DEFAULT_LITERAL ? column->default_text : NULL,
        .server_default_sql = column->default_kind == CF_DEFAULT_SQL ? column->default_text : NULL,
        .comment = column->comment,
        .collation = column->collation,
        .sql_type = column->sql_type,
        .computed = column->generated,
        .stored = column->generated_stored,
    };
    items->count++;
}

/* The name, where it is one of its own: not that of the convention. */
static const char *own_name(const char *name, const char *convention)
{
    return cf__texts_equal(name, convention) ? NULL : name;
}

/* "-created, author_id" */
static const char *fields_of(cf_context *context, const struct cf__items *items, const struct cf_table *table,
                             const struct cf_names *columns, const struct cf_names *descending)
{
    const char *fields = NULL;
    for (size_t i = 0; i < columns->count; i++) {
        const char *word = item_of_column((struct cf__items *)items, table, columns->items[i])->name,
                   *sign = descending && cf__names_have(descending, columns->items[i]) ? "-" : "";
        fields = fields ? cf_format(context, "%s, %s%s", fields, sign, word) : cf_format(context, "%s%s", sign, word);
    }
    return fields;
}

/* "-created, body(100)" */
static const char *fields_of_index(cf_context *context, const struct cf__items *items, const struct cf_table *table,
                                   const struct cf_index *index)
{
    const char *fields = "";
    for (size_t i = 0; i < index->columns.count; i++) {
        const struct cf_names one = { &index->columns.items[i], 1 };
        unsigned length = index->lengths ? index->lengths[i] : 0;
        fields = cf_format(context, "%s%s%s", fields, i ? ", " : "",
                           fields_of(context, items, table, &one, &index->descending));
        fields = length ? cf_format(context, "%s(%u)", fields, length) : fields;
    }
    return fields;
}

static struct cf_column *add_entry(cf_context *context, struct cf__items *items, const struct cf_table *table,
                                   enum cf_type type, const struct cf_names *columns)
{
    const char *fields = fields_of(context, items, table, columns, NULL), *name = "";
    for (size_t i = 0; i < columns->count; i++)
        name = cf_format(context, "%s%s%s", name, i ? "_" : "", item_of_column(items, table, columns->items[i])->name);
    name = free_word(context, items, name);
    items->items[items->count] = (struct cf_column){ .name = name, .type = type, .fields = fields };
    return &items->items[items->count++];
}

/* The word that the convention makes a name of. */
static const char *word_of_index(cf_context *context, const struct cf_table *table, const struct cf_index *index)
{
    const char *prefix = cf_format(context, "ix_%s_", table->name);
    return strncmp(index->name, prefix, strlen(prefix)) == 0 ? index->name + strlen(prefix) : "";
}

static void add_expression_index(cf_context *context, struct cf__items *items, const struct cf_table *table,
                                 const struct cf_index *index)
{
    const char *word = word_of_index(context, table, index);
    bool own = !cf__is_field(word) || has_item(items, word);
    const char *name = own ? free_word(context, items, cf__is_field(index->name) ? index->name : "by") : word;
    items->items[items->count++] = (struct cf_column){
        .name = name,
        .named = own ? index->name : NULL,
        .type = CF_TYPE_INDEX_ENTRY,
        .expressions = index->expressions,
        .unique = index->unique,
        .nulls_not_distinct = index->nulls_not_distinct,
        .where = index->where,
        .using = index->using,
        .concurrently = index->concurrently,
        .include = fields_of(context, items, table, &index->include, NULL),
    };
}

static void add_unique(cf_context *context, struct cf__items *items, const struct cf_table *table,
                       const struct cf_unique *unique)
{
    const struct cf_names *columns = &unique->columns;
    if (cf__is_index_name(unique->name))
        return; /* no word gives it */
    const char *named = own_name(unique->name, cf__convention(context, "uq", table->name, columns, NULL));
    struct cf_column *column = columns->count == 1 ? item_of_column(items, table, columns->items[0]) : NULL;
    if (column && !named && !column->named && !unique->deferrable) {
        column->unique = true;
        column->nulls_not_distinct = unique->nulls_not_distinct;
        return;
    }
    column = add_entry(context, items, table, CF_TYPE_UNIQUE_ENTRY, columns);
    column->named = named;
    column->nulls_not_distinct = unique->nulls_not_distinct;
    column->deferrable = unique->deferrable && !unique->deferred;
    column->deferred = unique->deferred;
}

static void add_index(cf_context *context, struct cf__items *items, const struct cf_table *table,
                      const struct cf_index *index)
{
    if (index->unique && !index->where && !index->lengths && !cf__is_index_name(index->name))
        return; /* no word gives it */
    bool plain = !index->unique && !index->where && !index->descending.count && !index->using &&
                 !index->include.count && !index->concurrently;
    const char *named = own_name(index->name, cf__convention(context, "ix", table->name, &index->columns, NULL));
    struct cf_column *column = index->columns.count == 1 ? item_of_column(items, table, index->columns.items[0]) : NULL;
    if (column && plain && !named && !column->named) {
        column->index = true;
        return;
    }
    struct cf_column *entry = add_entry(context, items, table, CF_TYPE_INDEX_ENTRY, &index->columns);
    entry->fields = fields_of_index(context, items, table, index);
    entry->named = named;
    entry->unique = index->unique;
    entry->nulls_not_distinct = index->nulls_not_distinct;
    entry->where = index->where;
    entry->using = index->using;
    entry->concurrently = index->concurrently;
    entry->include = fields_of(context, items, table, &index->include, NULL);
}

static bool is_in_order(const struct cf_table *table, const struct cf_names *names)
{
    for (size_t i = 1; i < names->count; i++)
        if (cf_table_column(table, names->items[i - 1]) > cf_table_column(table, names->items[i]))
            return false;
    return true;
}

/* The words of its columns give it their order, and the name of the convention. */
static void add_primary_key(cf_context *context, struct cf__items *items, const struct cf_table *table)
{
    const struct cf_names *key = &table->primary_key;
    const char *named = own_name(table->primary_key_name, cf__convention(context, "pk", table->name, NULL, NULL));
    if (!key->count || (!named && is_in_order(table, key)))
        return;
    const char *fields = fields_of(context, items, table, key, NULL);
    items->items[items->count] = (struct cf_column){
        .name = free_word(context, items, "key"), .type = CF_TYPE_KEY_ENTRY, .fields = fields, .named = named
    };
    items->count++;
}

static void add_keys(cf_context *context, struct cf__items *items, const struct cf_table *table)
{
    for (size_t i = 0; i < table->index_count; i++) /* first, since their words are their names */
        if (table->indexes[i].expressions)
            add_expression_index(context, items, table, &table->indexes[i]);
    for (size_t i = 0; i < table->unique_count; i++)
        add_unique(context, items, table, &table->uniques[i]);
    for (size_t i = 0; i < table->index_count; i++)
        if (table->indexes[i].columns.count)
            add_index(context, items, table, &table->indexes[i]);
}

static void add_references(cf_context *context, struct cf__items *items, const struct cf_table *table)
{
    for (size_t i = 0; i < table->foreign_key_count; i++) {
        const struct cf_foreign_key *key = &table->foreign_keys[i];
        if (key->columns.count != 1)
            continue;
        struct cf_column *item = item_of_column(items, table, key->columns.items[0]);
        item->named = own_name(key->name, cf__convention(context, "fk", table->name, &key->columns, key->table));
        item->references = cf_format(context, "%s.%s", key->table, key->references.items[0]);
        item->on_delete = key->on_delete;
        item->on_update = key->on_update;
        item->deferrable = key->deferrable && !key->deferred;
        item->deferred = key->deferred;
    }
}

/* The column that a check is named after. */
static struct cf_column *item_of_check(cf_context *context, const struct cf__items *items, const struct cf_table *table,
                                       const char *check)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (strcmp(cf__convention(context, "ck", table->name, NULL, table->columns[i].name), check) == 0)
            return &items->items[i];
    return NULL;
}

static void add_checks(cf_context *context, struct cf__items *items, const struct cf_table *table)
{
    const char *prefix = cf_format(context, "ck_%s_", table->name);
    for (size_t i = 0; i < table->check_count; i++) {
        const struct cf_check *check = &table->checks[i];
        struct cf_column *item = check->name ? item_of_check(context, items, table, check->name) : NULL;
        if (item && !item->named) {
            item->check = check->sql;
            continue;
        }
        if (item || !check->name || strncmp(check->name, prefix, strlen(prefix)) != 0)
            continue;
        const char *name = check->name + strlen(prefix); /* of one that was cut: what is left, and the hash */
        if (cf__is_field(name) && !has_item(items, name))
            items->items[items->count++] =
                (struct cf_column){ .name = name, .type = CF_TYPE_CHECK_ENTRY, .check = check->sql };
    }
}

static void add_comment(cf_context *context, struct cf__items *items, const struct cf_table *table)
{
    const char *name = table->comment ? free_word(context, items, "about") : NULL;
    if (name)
        items->items[items->count++] =
            (struct cf_column){ .name = name, .type = CF_TYPE_COMMENT_ENTRY, .comment = table->comment };
}

static void add_options(cf_context *context, struct cf__items *items, const struct cf_table *table)
{
    for (size_t i = 0; i < table->option_count; i++) {
        const struct cf_table_option *option = &table->options[i];
        const char *name = free_word(context, items, option->database);
        items->items[items->count++] = (struct cf_column){
            .name = name, .type = CF_TYPE_OPTION_ENTRY, .database = option->database, .option = option->sql
        };
    }
}

/* What the table needs stands in its words, so that it comes and goes with it. */
static void add_ddls(struct cf__items *items, const struct cf_table *table)
{
    for (size_t i = 0; i < table->ddl_count; i++)
        if (table->ddls[i].before)
            items->items[items->count++] = (struct cf_column){ .name = table->ddls[i].name,
                                                               .type = CF_TYPE_DDL_ENTRY,
                                                               .ddl = table->ddls[i].sql,
                                                               .drop = table->ddls[i].drop,
                                                               .database = table->ddls[i].database,
                                                               .before = true };
}

struct cf__items cf__items_of_table(cf_context *context, const struct cf_table *table)
{
    size_t most = table->column_count + table->unique_count + table->index_count + table->check_count +
                  table->option_count + table->ddl_count;
    struct cf__items items = { cf_alloc(context, (most + 3) * sizeof(*items.items)), 0 };
    for (size_t i = 0; i < table->column_count; i++)
        add_column(context, &items, table, &table->columns[i]);
    add_references(context, &items, table); /* first, since a column has one name to give */
    add_primary_key(context, &items, table);
    add_keys(context, &items, table);
    add_checks(context, &items, table);
    add_comment(context, &items, table);
    add_options(context, &items, table);
    add_ddls(&items, table);
    return items;
}

/* ---- What the words do not give --------------------------------------------------------------------------------- */

static void *copy_of(cf_context *context, const void *value, size_t size)
{
    void *copy = cf_alloc(context, size);
    memcpy(copy, value, size);
    return copy;
}

static void split_primary_key(struct cf_table *table, const struct cf_table *given, struct cf__operations *rest)
{
    if (table->primary_key.count == 0 || (cf__texts_equal(table->primary_key_name, given->primary_key_name) &&
                                          cf__names_equal(&table->primary_key, &given->primary_key)))
        return;
    if (cf__names_equal(&table->primary_key, &given->primary_key)) {
        cf__operations_add(rest, &(struct cf__operation){ .kind = CF__RENAME_CONSTRAINT,
                                                          .table = table->name,
                                                          .name = given->primary_key_name,
                                                          .new_name = table->primary_key_name });
        table->primary_key_name = given->primary_key_name;
        return;
    }
    struct cf_unique key = { table->primary_key_name, table->primary_key };
    cf__operations_add(rest, &(struct cf__operation){ .kind = CF__CREATE_PRIMARY_KEY,
                                                      .table = table->name,
                                                      .name = key.name,
                                                      .unique = copy_of(rest->context, &key, sizeof(key)) });
    table->primary_key = (struct cf_names){ 0 };
    table->primary_key_name = NULL;
}

static void split_keys(struct cf_table *table, const struct cf_table *given, struct cf__operations *rest)
{
    size_t kept = 0;
    for (size_t i = 0; i < table->unique_count; i++) {
        const struct cf_unique *unique = &table->uniques[i], *same = cf__table_unique(given, unique->name);
        if (same && cf__uniques_equal(same, unique))
            table->uniques[kept++] = *unique;
        else
            cf__operations_add(rest,
                               &(struct cf__operation){ .kind = CF__CREATE_UNIQUE,
                                                        .table = table->name,
                                                        .name = unique->name,
                                                        .unique = copy_of(rest->context, unique, sizeof(*unique)) });
    }
    table->unique_count = kept;
    kept = 0;
    for (size_t i = 0; i < table->index_count; i++) {
        const struct cf_index *index = &table->indexes[i], *same = cf__table_index(given, index->name);
        if (same && cf__indexes_equal(same, index))
            table->indexes[kept++] = *index;
        else
            cf__operations_add(rest, &(struct cf__operation){ .kind = CF__CREATE_INDEX,
                                                              .table = table->name,
                                                              .name = index->name,
                                                              .index = copy_of(rest->context, index, sizeof(*index)) });
    }
    table->index_count = kept;
}

static void split_constraints(struct cf_table *table, const struct cf_table *given, struct cf__operations *rest)
{
    size_t kept = 0;
    for (size_t i = 0; i < table->foreign_key_count; i++) {
        const struct cf_foreign_key *key = &table->foreign_keys[i], *same = cf__table_foreign_key(given, key->name);
        if (same && cf__foreign_keys_equal(same, key))
            table->foreign_keys[kept++] = *key;
        else
            cf__operations_add(rest,
                               &(struct cf__operation){ .kind = CF__CREATE_FOREIGN_KEY,
                                                        .table = table->name,
                                                        .name = key->name,
                                                        .foreign_key = copy_of(rest->context, key, sizeof(*key)) });
    }
    table->foreign_key_count = kept;
    kept = 0;
    for (size_t i = 0; i < table->check_count; i++) {
        const struct cf_check *check = &table->checks[i], *same = cf__table_check(given, check->name);
        if (same && cf__texts_equal(same->sql, check->sql))
            table->checks[kept++] = *check;
        else
            cf__operations_add(rest, &(struct cf__operation){ .kind = CF__CREATE_CHECK,
                                                              .table = table->name,
                                                              .name = check->name,
                                                              .check = copy_of(rest->context, check, sizeof(*check)) });
    }
    table->check_count = kept;
}

void cf__ddls_split(cf_context *context, struct cf_table *table, struct cf__operations *rest)
{
    size_t kept = 0;
    for (size_t i = 0; i < table->ddl_count; i++) {
        const struct cf_ddl *ddl = &table->ddls[i];
        if (ddl->before)
            table->ddls[kept++] = *ddl;
        else
            cf__operations_add(rest, &(struct cf__operation){ .kind = CF__CREATE_DDL,
                                                              .table = table->name,
                                                              .name = ddl->name,
                                                              .ddl = copy_of(context, ddl, sizeof(*ddl)) });
    }
    table->ddl_count = kept;
}

void cf__items_split(cf_context *context, struct cf_table *table, struct cf__operations *rest)
{
    struct cf__items items = cf__items_of_table(context, table);
    const struct cf_table *given = cf_table_of_columns(context, table->name, items.items, items.count);
    split_primary_key(table, given, rest);
    split_keys(table, given, rest);
    split_constraints(table, given, rest);
    cf__ddls_split(context, table, rest);
}
