/* SPDX-License-Identifier: MIT
 *
 * An existing database as a header of models. Each table is taken in the words of MODEL (items.c), once its constraints
 * have the names of the convention; foreign keys become relations on both sides, and a table of nothing but two of them
 * makes its ends know each other. What MODEL has no words for stands in a comment beside it: nothing is left out in
 * silence. Names that are no words of C, or words already taken, get one of their own and keep theirs as `column`.
 */
#include "operations.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "../db/names.h"

enum { MOST_ITEMS = 64 };

struct relation {
    const char *name, *type;          /* "author", "BelongsTo(User, author_id)" */
    const struct cf_foreign_key *key; /* that it makes, of several columns; or NULL */
};

/* A table that is to be a model. */
struct reflected {
    struct cf_table *table; /* what is left of it */
    const char *model;      /* "OrderLine" */
    const char *plural;     /* "order_lines": what a list of them is called */
    const char *singular;   /* "order_line" */
    struct cf__items items; /* columns and entries */
    struct relation relations[MOST_ITEMS];
    size_t relation_count;
    struct cf__buffer left;       /* lines of a comment */
    const struct cf_table *whole; /* as it was found */
};

struct reflection {
    cf_context *context;
    const struct cf_schema *schema;
    struct reflected *tables;
    size_t count;
};

static void note(struct reflected *reflected, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void note(struct reflected *reflected, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const char *text = cf__format_list(reflected->left.context, format, list);
    va_end(list);
    cf__buffer_format(&reflected->left, " * %s\n", cf__comment_text(&reflected->left.context->head, text));
}

/* ---- Names ------------------------------------------------------------------------------------------------------ */

/* "order_details" of "Order Details". */
static char *words_of(cf_context *context, const char *name)
{
    char *words = cf_alloc(context, 2 * strlen(name) + 2);
    size_t size = 0;
    for (const char *at = name; *at; at++) {
        unsigned char c = (unsigned char)*at;
        bool begins = isupper(c) && at > name && islower((unsigned char)at[-1]);
        if ((begins || !isalnum(c)) && size && words[size - 1] != '_')
            words[size++] = '_';
        if (isalnum(c))
            words[size++] = (char)tolower(c);
    }
    while (size && words[size - 1] == '_')
        size--;
    words[size] = '\0';
    return isalpha((unsigned char)*words) ? words : cf_format(context, "table_%s", words);
}

/* English, as far as it is regular: the endings of a plural, and what stands for them. */
static const char *singular_of(cf_context *context, const char *words)
{
    static const struct {
        const char *plural, *singular;
    } endings[] = { { "ss", "ss" },   { "us", "us" },   { "is", "is" }, { "ies", "y" }, { "sses", "ss" },
                    { "shes", "sh" }, { "ches", "ch" }, { "xes", "x" }, { "s", "" } };
    size_t size = strlen(words);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t ending = strlen(endings[i].plural);
        if (size > ending + 1 && strcmp(words + size - ending, endings[i].plural) == 0)
            return cf_format(context, "%.*s%s", (int)(size - ending), words, endings[i].singular);
    }
    return words;
}

/* "OrderLine" of "order_line". */
static const char *camel_of(cf_context *context, const char *words)
{
    char *name = cf_alloc(context, strlen(words) + 1);
    size_t size = 0;
    for (const char *at = words; *at; at++)
        if (*at != '_')
            name[size++] = (char)(at == words || at[-1] == '_' ? toupper((unsigned char)*at) : *at);
    name[size] = '\0';
    return name;
}

static struct reflected *find_model(const struct reflection *reflection, const char *model)
{
    for (size_t i = 0; i < reflection->count; i++)
        if (strcmp(reflection->tables[i].model, model) == 0)
            return &reflection->tables[i];
    return NULL;
}

static struct reflected *find_reflected(const struct reflection *reflection, const char *table)
{
    for (size_t i = 0; i < reflection->count; i++)
        if (strcmp(reflection->tables[i].table->name, table) == 0)
            return &reflection->tables[i];
    return NULL;
}

static void name_model(const struct reflection *reflection, struct reflected *reflected)
{
    cf_context *context = reflection->context;
    reflected->plural = words_of(context, reflected->table->name);
    reflected->singular = singular_of(context, reflected->plural);
    const char *name = camel_of(context, reflected->singular);
    reflected->model = name;
    for (unsigned number = 2; find_model(reflection, reflected->model); number++)
        reflected->model = cf_format(context, "%s%u", name, number);
}

/* ---- Types that are not Carafe's own ---------------------------------------------------------------------------- */

/* What databases call types whose values a column of ours holds. */
static const struct {
    const char *word;
    enum cf_type type;
} near_types[] = {
    { "integer", CF_TYPE_INTEGER },
    { "int", CF_TYPE_INTEGER },
    { "mediumint", CF_TYPE_INTEGER },
    { "tinyint", CF_TYPE_SMALL_INTEGER },
    { "smallint", CF_TYPE_SMALL_INTEGER },
    { "year", CF_TYPE_SMALL_INTEGER },
    { "bool", CF_TYPE_BOOLEAN },
    { "real", CF_TYPE_FLOAT },
    { "float", CF_TYPE_FLOAT },
    { "double", CF_TYPE_FLOAT },
    { "double precision", CF_TYPE_FLOAT },
    { "timestamp", CF_TYPE_DATETIME },
    { "timestamp without time zone", CF_TYPE_DATETIME },
    { "timestamp with time zone", CF_TYPE_DATETIME },
    { "datetime", CF_TYPE_DATETIME },
    { "time", CF_TYPE_TIME },
    { "time without time zone", CF_TYPE_TIME },
    { "jsonb", CF_TYPE_JSON },
    { "char", CF_TYPE_STRING },
    { "character", CF_TYPE_STRING },
    { "nchar", CF_TYPE_STRING },
    { "nvarchar", CF_TYPE_STRING },
    { "tinytext", CF_TYPE_TEXT },
    { "mediumtext", CF_TYPE_TEXT },
    { "text", CF_TYPE_TEXT },
    { "clob", CF_TYPE_TEXT },
    { "tinyblob", CF_TYPE_BLOB },
    { "mediumblob", CF_TYPE_BLOB },
    { "blob", CF_TYPE_BLOB },
    { "binary", CF_TYPE_BLOB },
    { "varbinary", CF_TYPE_BLOB },
};

/* "character(20)" is a String(20), "int(11)" an Integer. */
static void settle_type(struct reflected *reflected, struct cf_schema_column *column)
{
    const char *raw = column->raw_type ? column->raw_type : "";
    size_t size = strcspn(raw, "(");
    while (size && raw[size - 1] == ' ')
        size--;
    for (size_t i = 0; column->type == CF_TYPE_NONE && i < sizeof near_types / sizeof near_types[0]; i++) {
        if (strlen(near_types[i].word) != size || strncasecmp(near_types[i].word, raw, size) != 0)
            continue;
        const char *number = strchr(raw, '(');
        column->type = near_types[i].type;
        column->length = column->type != CF_TYPE_STRING ? 0 : number ? (unsigned)strtoul(number + 1, NULL, 10) : 1;
        note(reflected, "column \"%s\" is of type %s", column->name, raw);
    }
}

/* ---- What MODEL has no words for -------------------------------------------------------------------------------- */

static const char *why_not(const struct cf_table *table, const struct cf_schema_column *column)
{
    if (column->type == CF_TYPE_NONE)
        return "its type has none in Carafe";
    if (column->generated)
        return "the database generates it";
    if (column->type == CF_TYPE_NUMERIC && (column->length < 1 || column->length > 38))
        return "it has more than 38 digits";
    return strchr(column->name, '"') || strchr(table->name, '"') ? "there is a quote in its name" : NULL;
}

static bool are_there(const struct cf_table *table, const struct cf_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        if (!cf_table_column(table, names->items[i]))
            return false;
    return names->count > 0;
}

static void drop_columns(struct reflected *reflected)
{
    struct cf_table *table = reflected->table;
    size_t kept = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        struct cf_schema_column *column = &table->columns[i];
        settle_type(reflected, column);
        const char *reason = why_not(table, column);
        if (reason)
            note(reflected, "column \"%s\" (%s) is left out: %s", column->name,
                 column->raw_type ? column->raw_type : cf__type_text(&reflected->left.context->head, column), reason);
        else
            table->columns[kept++] = *column;
    }
    table->column_count = kept;
}

static const char *list_of(cf_context *context, const struct cf_names *names)
{
    const char *list = "";
    for (size_t i = 0; i < names->count; i++)
        list = cf_format(context, "%s%s%s", list, i ? ", " : "", names->items[i]);
    return list;
}

/* Constraints that are more than MODEL can say, or that name a column that was left out. */
static void drop_constraints(struct reflected *reflected)
{
    cf_context *context = &reflected->left.context->head;
    struct cf_table *table = reflected->table;
    size_t kept = 0;
    for (size_t i = 0; i < table->unique_count; i++) {
        if (are_there(table, &table->uniques[i].columns))
            table->uniques[kept++] = table->uniques[i];
        else
            note(reflected, "the unique constraint %s is left out with its columns", table->uniques[i].name);
    }
    table->unique_count = kept;
    kept = 0;
    for (size_t i = 0; i < table->index_count; i++) {
        const struct cf_index *index = &table->indexes[i];
        bool plain = are_there(table, &index->columns) && !index->expressions;
        if (plain && (!index->unique || index->where))
            table->indexes[kept++] = *index;
        else if (plain) /* a unique index without more is a unique constraint by another name */
            table->uniques[table->unique_count++] = (struct cf_unique){ index->name, index->columns };
        else
            note(reflected, "the %sindex %s (%s)%s%s is left out", index->unique ? "unique " : "", index->name,
                 index->expressions ? index->expressions : list_of(context, &index->columns),
                 index->where ? " WHERE " : "", index->where ? index->where : "");
    }
    table->index_count = kept;
    kept = 0;
    for (size_t i = 0; i < table->foreign_key_count; i++) {
        if (are_there(table, &table->foreign_keys[i].columns))
            table->foreign_keys[kept++] = table->foreign_keys[i];
        else
            note(reflected, "the foreign key to %s is left out with its columns", table->foreign_keys[i].table);
    }
    table->foreign_key_count = kept;
}

static void note_rest(struct reflected *reflected)
{
    const struct cf_table *whole = reflected->whole;
    if (whole->comment)
        note(reflected, "%s", whole->comment);
    for (size_t i = 0; i < whole->column_count; i++) {
        const struct cf_schema_column *column = &whole->columns[i];
        if (column->comment)
            note(reflected, "%s: %s", column->name, column->comment);
        if (column->collation)
            note(reflected, "column \"%s\" is compared by the collation %s", column->name, column->collation);
    }
    for (size_t i = 0; i < whole->foreign_key_count; i++)
        if (whole->foreign_keys[i].deferrable)
            note(reflected, "the foreign key to %s is deferrable%s", whole->foreign_keys[i].table,
                 whole->foreign_keys[i].deferred ? ", initially deferred" : "");
    for (size_t i = 0; i < whole->triggers.count; i++)
        note(reflected, "the table has the trigger %s", whole->triggers.items[i]);
    for (size_t i = 0; i < whole->notes.count; i++)
        note(reflected, "the table says %s", whole->notes.items[i]);
}

/* ---- Constraints under the names of the convention -------------------------------------------------------------- */

static void name_checks(struct reflected *reflected)
{
    cf_context *context = &reflected->left.context->head;
    struct cf_table *table = reflected->table;
    const char *prefix = cf_format(context, "ck_%s_", table->name);
    for (size_t i = 0; i < table->check_count; i++) {
        struct cf_check *check = &table->checks[i];
        const char *name = check->name ? check->name : "";
        if (strncmp(name, prefix, strlen(prefix)) == 0)
            name += strlen(prefix);
        else
            name = cf_format(context, "check_%zu", i + 1);
        check->name = cf_format(context, "%s%s", prefix, words_of(context, name));
    }
}

static void name_constraints(struct reflected *reflected)
{
    cf_context *context = &reflected->left.context->head;
    struct cf_table *table = reflected->table;
    table->primary_key_name = cf__convention(context, "pk", table->name, NULL, NULL);
    for (size_t i = 0; i < table->unique_count; i++)
        table->uniques[i].name = cf__convention(context, "uq", table->name, &table->uniques[i].columns, NULL);
    for (size_t i = 0; i < table->index_count; i++)
        table->indexes[i].name = cf__convention(context, "ix", table->name, &table->indexes[i].columns, NULL);
    name_checks(reflected);
}

/* A column that numbers itself is an Id only where it is the whole key. */
static void settle_identity(struct reflected *reflected)
{
    struct cf_table *table = reflected->table;
    for (size_t i = 0; i < table->column_count; i++) {
        struct cf_schema_column *column = &table->columns[i];
        if (column->identity && (table->primary_key.count != 1 || !cf__names_have(&table->primary_key, column->name))) {
            column->identity = false;
            note(reflected, "column \"%s\" numbers itself", column->name);
        }
    }
}

/* ---- Relations -------------------------------------------------------------------------------------------------- */

static bool has_word(const struct reflected *reflected, const char *word)
{
    for (size_t i = 0; i < reflected->items.count; i++)
        if (strcmp(reflected->items.items[i].name, word) == 0)
            return true;
    for (size_t i = 0; i < reflected->relation_count; i++)
        if (strcmp(reflected->relations[i].name, word) == 0)
            return true;
    return false;
}

static const char *free_word(const struct reflection *reflection, const struct reflected *reflected, const char *word)
{
    const char *free = word;
    for (unsigned number = 2; has_word(reflected, free) || !cf__is_field(free); number++)
        free = cf_format(reflection->context, "%s_%u", word, number);
    return free;
}

static const char *word_of(const struct reflected *reflected, const char *column)
{
    for (size_t i = 0; i < reflected->table->column_count; i++)
        if (strcmp(reflected->table->columns[i].name, column) == 0)
            return reflected->items.items[i].name;
    return NULL;
}

/* The key's columns as words, in the order of the other table's primary key; NULL where it refers to something else. */
static const char *fields_of(const struct reflection *reflection, const struct reflected *own,
                             const struct reflected *other, const struct cf_foreign_key *key)
{
    const struct cf_names *primary = &other->table->primary_key;
    const char *fields = NULL;
    if (key->references.count != primary->count)
        return NULL;
    for (size_t i = 0; i < primary->count; i++) {
        size_t at = 0;
        while (at < key->references.count && strcmp(key->references.items[at], primary->items[i]) != 0)
            at++;
        if (at == key->references.count)
            return NULL;
        const char *word = word_of(own, key->columns.items[at]);
        fields = fields ? cf_format(reflection->context, "%s, %s", fields, word) : word;
    }
    return fields;
}

/* "author" of "author_id" or "AuthorId"; of several columns what the other table is called. */
static const char *name_of_reference(const struct reflection *reflection, const struct reflected *other,
                                     const struct cf_foreign_key *key)
{
    const char *words = words_of(reflection->context, key->columns.items[0]);
    size_t size = strlen(words);
    if (key->columns.count == 1 && size > 3 && strcmp(words + size - 3, "_id") == 0)
        return cf_format(reflection->context, "%.*s", (int)size - 3, words);
    return other->singular;
}

static bool is_unique(const struct cf_table *table, const struct cf_names *columns)
{
    if (cf__names_equal(&table->primary_key, columns))
        return true;
    for (size_t i = 0; i < table->unique_count; i++)
        if (cf__names_equal(&table->uniques[i].columns, columns))
            return true;
    return false;
}

static size_t count_keys_to(const struct cf_table *table, const char *other)
{
    size_t count = 0;
    for (size_t i = 0; i < table->foreign_key_count; i++)
        count += strcmp(table->foreign_keys[i].table, other) == 0;
    return count;
}

static void add_relation(struct reflected *reflected, const char *name, const char *type,
                         const struct cf_foreign_key *key)
{
    if (reflected->items.count + reflected->relation_count == MOST_ITEMS)
        note(reflected, "(%s, %s) is left out: a model has at most %d items", name, type, MOST_ITEMS);
    else
        reflected->relations[reflected->relation_count++] = (struct relation){ name, type, key };
}

static void relate(const struct reflection *reflection, struct reflected *own, const struct cf_foreign_key *key)
{
    cf_context *context = reflection->context;
    struct reflected *other = find_reflected(reflection, key->table);
    const char *fields = other ? fields_of(reflection, own, other, key) : NULL;
    if (!fields && key->columns.count > 1)
        note(own, "the foreign key to %s is left out: it refers to other columns than the primary key", key->table);
    if (!fields)
        return;
    const char *name = name_of_reference(reflection, other, key);
    add_relation(own, free_word(reflection, own, name), cf_format(context, "BelongsTo(%s, %s)", other->model, fields),
                 key->columns.count > 1 ? key : NULL);
    bool one = is_unique(own->table, &key->columns),
         several = count_keys_to(own->table, key->table) > 1 || own == other;
    const char *back = one ? own->singular : own->plural;
    if (several)
        back = cf_format(context, "%s_by_%s", back, name);
    add_relation(other, free_word(reflection, other, back),
                 cf_format(context, "%s(%s, %s)", one ? "HasOne" : "HasMany", own->model, fields), NULL);
}

/* A table of two foreign keys, which together are its primary key, and nothing else. */
static void relate_through(const struct reflection *reflection, const struct reflected *through)
{
    const struct cf_table *table = through->table;
    if (table->column_count != 2 || table->foreign_key_count != 2 || table->primary_key.count != 2)
        return;
    for (int i = 0; i < 2; i++) {
        const struct cf_foreign_key *own_key = &table->foreign_keys[i], *other_key = &table->foreign_keys[1 - i];
        struct reflected *own = find_reflected(reflection, own_key->table);
        const struct reflected *other = find_reflected(reflection, other_key->table);
        if (own_key->columns.count != 1 || other_key->columns.count != 1 || !own || !other)
            return;
        const char *name = own == other ? cf_format(reflection->context, "%s_by_%s", other->plural,
                                                    name_of_reference(reflection, other, other_key))
                                        : other->plural;
        add_relation(own, free_word(reflection, own, name),
                     cf_format(reflection->context, "ManyToManyThrough(%s, %s, %s, %s)", other->model, through->model,
                               word_of(through, own_key->columns.items[0]),
                               word_of(through, other_key->columns.items[0])),
                     NULL);
    }
}

/* ---- The header ------------------------------------------------------------------------------------------------- */

static void take_table(struct reflection *reflection, const struct cf_table *found, struct cf__buffer *out)
{
    struct reflected *reflected = &reflection->tables[reflection->count];
    *reflected = (struct reflected){ .table = cf_alloc(reflection->context, sizeof *reflected->table), .whole = found };
    reflected->left = cf__buffer_new(cf__context_of(reflection->context), CF__CAP_SOURCE, "a header");
    *reflected->table = cf__table_copy(reflection->context, found);
    reflected->table->uniques = cf_alloc(reflection->context, (found->unique_count + found->index_count + 1) *
                                                                  sizeof *reflected->table->uniques);
    memcpy(reflected->table->uniques, found->uniques, found->unique_count * sizeof *found->uniques);
    note_rest(reflected);
    drop_columns(reflected);
    if (!are_there(reflected->table, &reflected->table->primary_key)) {
        cf__buffer_format(out,
                          "/* The table \"%s\" is left out: it has no primary key that a model could have.\n%s */\n\n",
                          cf__comment_text(reflection->context, found->name), cf__buffer_text(&reflected->left));
        return;
    }
    drop_constraints(reflected);
    settle_identity(reflected);
    name_model(reflection, reflected);
    reflection->count++;
}

/* Keys to what is in no model cannot be said. */
static void drop_references(const struct reflection *reflection, struct reflected *reflected)
{
    struct cf_table *table = reflected->table;
    size_t kept = 0;
    for (size_t i = 0; i < table->foreign_key_count; i++) {
        const struct cf_foreign_key *key = &table->foreign_keys[i];
        const struct reflected *other = find_reflected(reflection, key->table);
        if (other && are_there(other->table, &key->references))
            table->foreign_keys[kept++] = *key;
        else
            note(reflected, "the foreign key to %s is left out with what it refers to", key->table);
    }
    table->foreign_key_count = kept;
}

static size_t place_of(const struct cf_table *table, const char *column)
{
    size_t place = 0;
    while (place < table->column_count && strcmp(table->columns[place].name, column) != 0)
        place++;
    return place;
}

/* As their columns stand in the table: databases tell keys in any order. */
static void sort_keys(struct cf_table *table)
{
    for (size_t i = 1; i < table->foreign_key_count; i++) {
        struct cf_foreign_key key = table->foreign_keys[i];
        size_t at = i, place = place_of(table, key.columns.items[0]);
        for (; at > 0 && place_of(table, table->foreign_keys[at - 1].columns.items[0]) > place; at--)
            table->foreign_keys[at] = table->foreign_keys[at - 1];
        table->foreign_keys[at] = key;
    }
}

static void take_items(const struct reflection *reflection, struct reflected *reflected)
{
    drop_references(reflection, reflected);
    sort_keys(reflected->table);
    name_constraints(reflected);
    reflected->items = cf__items_of_table(reflection->context, reflected->table);
    if (reflected->items.count > MOST_ITEMS)
        cf_raise(CF_INTERNAL, "the table %s has %zu columns and constraints: a model has at most %d",
                 reflected->table->name, reflected->items.count, MOST_ITEMS);
}

static void write_relation(const struct relation *relation, struct cf__buffer *out)
{
    cf__buffer_format(out, ",\n    (%s, %s", relation->name, relation->type);
    if (relation->key && relation->key->on_delete)
        cf__buffer_format(out, ", on_delete = \"%s\"", relation->key->on_delete);
    if (relation->key && relation->key->on_update)
        cf__buffer_format(out, ", on_update = \"%s\"", relation->key->on_update);
    cf__buffer_char(out, ')');
}

static void write_model(const struct reflected *reflected, struct cf__buffer *out)
{
    const struct cf_table *table = reflected->table;
    if (reflected->left.size)
        cf__buffer_format(out, "/* %s:\n%s */\n", cf__comment_text(&out->context->head, table->name),
                          cf__buffer_text((struct cf__buffer *)&reflected->left));
    cf__buffer_format(out, "MODEL(%s, ", reflected->model);
    cf__c_string(out, table->name);
    for (size_t i = 0; i < reflected->items.count; i++) {
        cf__buffer_string(out, ",\n    ");
        cf__render_item(out, &reflected->items.items[i], i < table->column_count ? &table->columns[i] : NULL);
    }
    for (size_t i = 0; i < reflected->relation_count; i++)
        write_relation(&reflected->relations[i], out);
    cf__buffer_string(out, ");\n\n");
}

static void write_views(const struct cf_schema *schema, struct cf__buffer *out)
{
    for (size_t i = 0; i < schema->view_count; i++)
        cf__buffer_format(out, "/* The view \"%s\" is left out. */\n\n",
                          cf__comment_text(&out->context->head, schema->views[i].name));
}

/* ", Post, Tag" */
static void write_list(const struct reflection *reflection, struct cf__buffer *out)
{
    cf__buffer_string(out, "#define ALL_MODELS CF_MODELS(");
    for (size_t i = 0; i < reflection->count; i++)
        cf__buffer_format(out, "%s%s", i ? ", " : "", reflection->tables[i].model);
    cf__buffer_string(out, ")\n\n");
}

static int compare_names(const void *left, const void *right)
{
    return strcmp((*(const struct cf_table *const *)left)->name, (*(const struct cf_table *const *)right)->name);
}

/* By name: databases tell tables in any order. */
static const struct cf_table **sort_tables(cf_context *context, const struct cf_schema *schema)
{
    const struct cf_table **tables = cf_alloc(context, (schema->count + 1) * sizeof *tables);
    for (size_t i = 0; i < schema->count; i++)
        tables[i] = &schema->tables[i];
    qsort(tables, schema->count, sizeof *tables, compare_names);
    return tables;
}

const char *cf__reflect(cf_context *context, const struct cf_schema *schema)
{
    struct cf__buffer out = cf__buffer_new(cf__context_of(context), CF__CAP_SOURCE, "a header");
    struct reflection reflection = { .context = context, .schema = schema };
    reflection.tables = cf_alloc(context, (schema->count + 1) * sizeof *reflection.tables);
    cf__buffer_string(&out,
                      "/* The models of a database that was there, as `db reflect` found it. */\n"
                      "#ifndef MODELS_H\n#define MODELS_H\n\n#include <carafe/carafe.h>\n\n/* clang-format off */\n");
    const struct cf_table **tables = sort_tables(context, schema);
    for (size_t i = 0; i < schema->count; i++)
        take_table(&reflection, tables[i], &out);
    for (size_t i = 0; i < reflection.count; i++)
        take_items(&reflection, &reflection.tables[i]);
    for (size_t i = 0; i < reflection.count; i++)
        for (size_t j = 0; j < reflection.tables[i].table->foreign_key_count; j++)
            relate(&reflection, &reflection.tables[i], &reflection.tables[i].table->foreign_keys[j]);
    for (size_t i = 0; i < reflection.count; i++)
        relate_through(&reflection, &reflection.tables[i]);
    for (size_t i = 0; i < reflection.count; i++)
        write_model(&reflection.tables[i], &out);
    write_views(schema, &out);
    if (reflection.count)
        write_list(&reflection, &out);
    cf__buffer_string(&out, "#endif\n");
    return cf__buffer_text(&out);
}
