/* SPDX-License-Identifier: MIT
 *
 * An existing database as a header of models. Each table is taken in the words of MODEL (items.c), once its constraints
 * have names that MODEL can say; foreign keys become relations on both sides, and a table of nothing but two of them
 * makes its ends know each other. What MODEL has no words for stands in a comment beside it: nothing is left out in
 * silence. Names that are no words of C, or words already taken, get one of their own and keep theirs as `column`.
 */
#include "reflect.h"

#include <ctype.h>
#include <stdlib.h>

#include "../db/names.h"

struct reflection {
    cf_context *context;
    struct cf__reflected *tables;
    size_t count;
};

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

static struct cf__reflected *find_model(const struct reflection *reflection, const char *model)
{
    for (size_t i = 0; i < reflection->count; i++)
        if (strcmp(reflection->tables[i].model, model) == 0)
            return &reflection->tables[i];
    return NULL;
}

static struct cf__reflected *find_reflected(const struct reflection *reflection, const char *table)
{
    for (size_t i = 0; i < reflection->count; i++)
        if (strcmp(reflection->tables[i].table->name, table) == 0)
            return &reflection->tables[i];
    return NULL;
}

static void name_model(const struct reflection *reflection, struct cf__reflected *reflected)
{
    cf_context *context = reflection->context;
    reflected->plural = words_of(context, reflected->table->name);
    reflected->singular = singular_of(context, reflected->plural);
    const char *name = camel_of(context, reflected->singular);
    reflected->model = name;
    for (unsigned number = 2; find_model(reflection, reflected->model); number++)
        reflected->model = cf_format(context, "%s%u", name, number);
}

/* ---- Relations -------------------------------------------------------------------------------------------------- */

static bool has_word(const struct cf__reflected *reflected, const char *word)
{
    for (size_t i = 0; i < reflected->items.count; i++)
        if (strcmp(reflected->items.items[i].name, word) == 0)
            return true;
    for (size_t i = 0; i < reflected->relation_count; i++)
        if (strcmp(reflected->relations[i].name, word) == 0)
            return true;
    return false;
}

/* The word, where it can be a field and is none yet; else with a number behind it, and before it what makes a field of one
 * that begins as Carafe's own do. */
static const char *free_word(const struct reflection *reflection, const struct cf__reflected *reflected,
                             const char *word)
{
    cf_context *context = reflection->context;
    const char *begin = cf__is_field(cf_format(context, "%s_2", word)) ? "" : "the_";
    const char *free = cf_format(context, "%s%s", begin, word);
    for (unsigned number = 2; has_word(reflected, free) || !cf__is_field(free); number++)
        free = cf_format(context, "%s%s_%u", begin, word, number);
    return free;
}

static const char *word_of(const struct cf__reflected *reflected, const char *column)
{
    for (size_t i = 0; i < reflected->table->column_count; i++)
        if (strcmp(reflected->table->columns[i].name, column) == 0)
            return reflected->items.items[i].name;
    return NULL;
}

/* The key's columns as words, in the order of the other table's primary key, and in *columns as they are; NULL where it
 * refers to something else. */
static const char *fields_of(const struct reflection *reflection, const struct cf__reflected *own,
                             const struct cf__reflected *other, const struct cf_foreign_key *key,
                             struct cf_names *columns)
{
    const struct cf_names *primary = &other->table->primary_key;
    const char *fields = NULL;
    if (key->references.count != primary->count)
        return NULL;
    *columns = (struct cf_names){ cf_alloc(reflection->context, primary->count * sizeof *columns->items), 0 };
    for (size_t i = 0; i < primary->count; i++) {
        size_t at = 0;
        while (at < key->references.count && strcmp(key->references.items[at], primary->items[i]) != 0)
            at++;
        if (at == key->references.count)
            return NULL;
        const char *word = word_of(own, columns->items[columns->count++] = key->columns.items[at]);
        fields = fields ? cf_format(reflection->context, "%s, %s", fields, word) : word;
    }
    return fields;
}

/* "author" of "author_id" or "AuthorId"; of several columns what the other table is called. */
static const char *name_of_reference(const struct reflection *reflection, const struct cf__reflected *other,
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
    if (cf__names_alike(&table->primary_key, columns))
        return true;
    for (size_t i = 0; i < table->unique_count; i++)
        if (cf__names_alike(&table->uniques[i].columns, columns))
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

/* `key` is what it makes, if anything, and `named` what that is called, if not as by convention. */
static void add_relation(struct cf__reflected *reflected, const char *name, const char *type,
                         const struct cf_foreign_key *key, const char *named)
{
    if (reflected->items.count + reflected->relation_count == CF__MOST_ITEMS)
        cf__reflected_note(reflected, "(%s, %s) is left out: a model has at most %d items", name, type, CF__MOST_ITEMS);
    else
        reflected->relations[reflected->relation_count++] = (struct cf__related){ name, type, key, named };
}

static void relate(const struct reflection *reflection, struct cf__reflected *own, const struct cf_foreign_key *key)
{
    cf_context *context = reflection->context;
    struct cf__reflected *other = find_reflected(reflection, key->table);
    struct cf_names columns;
    const char *fields = other ? fields_of(reflection, own, other, key, &columns) : NULL;
    if (!fields)
        return;
    const char *name = name_of_reference(reflection, other, key);
    const char *by_convention = cf__convention(context, "fk", own->table->name, &columns, key->table);
    bool made = columns.count > 1;
    add_relation(own, free_word(reflection, own, name), cf_format(context, "BelongsTo(%s, %s)", other->model, fields),
                 made ? key : NULL, made && !cf__texts_equal(key->name, by_convention) ? key->name : NULL);
    bool one = is_unique(own->table, &key->columns),
         several = count_keys_to(own->table, key->table) > 1 || own == other;
    const char *back = one ? own->singular : own->plural;
    if (several)
        back = cf_format(context, "%s_by_%s", back, name);
    add_relation(other, free_word(reflection, other, back),
                 cf_format(context, "%s(%s, %s)", one ? "HasOne" : "HasMany", own->model, fields), NULL, NULL);
}

/* A table of two foreign keys, which together are its primary key, and nothing else. */
static void relate_through(const struct reflection *reflection, const struct cf__reflected *through)
{
    const struct cf_table *table = through->table;
    if (table->column_count != 2 || table->foreign_key_count != 2 || table->primary_key.count != 2)
        return;
    for (int i = 0; i < 2; i++) {
        const struct cf_foreign_key *own_key = &table->foreign_keys[i], *other_key = &table->foreign_keys[1 - i];
        struct cf__reflected *own = find_reflected(reflection, own_key->table);
        const struct cf__reflected *other = find_reflected(reflection, other_key->table);
        if (own_key->columns.count != 1 || other_key->columns.count != 1 || !own || !other)
            return;
        const char *name = own == other ? cf_format(reflection->context, "%s_by_%s", other->plural,
                                                    name_of_reference(reflection, other, other_key))
                                        : other->plural;
        add_relation(own, free_word(reflection, own, name),
                     cf_format(reflection->context, "ManyToManyThrough(%s, %s, %s, %s)", other->model, through->model,
                               word_of(through, own_key->columns.items[0]),
                               word_of(through, other_key->columns.items[0])),
                     NULL, NULL);
    }
}

/* ---- Tables ----------------------------------------------------------------------------------------------------- */

static void take_table(struct reflection *reflection, const struct cf_table *found, struct cf__buffer *out)
{
    cf_context *context = reflection->context;
    struct cf__reflected *reflected = &reflection->tables[reflection->count];
    *reflected = (struct cf__reflected){ .whole = found, .table = cf_alloc(context, sizeof *reflected->table) };
    *reflected->table = cf__table_copy(context, found);
    reflected->left = cf__buffer_new(cf__context_of(context), CF__CAP_SOURCE, "a header");
    const char *reason = cf__settle_columns(reflected);
    if (reason) {
        cf__buffer_format(out, "/* The table \"%s\" is left out: %s.\n%s */\n\n",
                          cf__comment_text(context, found->name), reason, cf__buffer_text(&reflected->left));
        return;
    }
    name_model(reflection, reflected);
    reflection->count++;
}

static const struct cf_table *find_table(void *reflection, const char *name)
{
    const struct cf__reflected *found = find_reflected(reflection, name);
    return found ? found->table : NULL;
}

static bool is_said(const struct cf__items *items, const struct cf_check *check)
{
    for (size_t i = 0; i < items->count; i++)
        if (items->items[i].check == check->sql)
            return true;
    return false;
}

/* Those that will have the name of the convention stand first, since that is where they are found when the models' tables are
 * looked at again. */
static void add_check(struct cf__items *items, size_t first, struct cf_column item)
{
    size_t at = items->count++;
    for (; !item.named && at > first && items->items[at - 1].named; at--)
        items->items[at] = items->items[at - 1];
    items->items[at] = item;
}

/* Checks whose names are no fields, or are fields already, get words of their own, "price_positive" of "price positive", and
 * keep their names beside. */
static void add_checks(const struct reflection *reflection, struct cf__reflected *reflected)
{
    const char *prefix = cf_format(reflection->context, "ck_%s_", reflected->table->name);
    size_t first = reflected->items.count;
    for (size_t i = 0; i < reflected->table->check_count; i++) {
        const struct cf_check *check = &reflected->table->checks[i];
        const char *name = check->name ? check->name : "check";
        if (is_said(&reflected->items, check))
            continue;
        name += strncmp(name, prefix, strlen(prefix)) == 0 ? strlen(prefix) : 0;
        name = free_word(reflection, reflected, words_of(reflection->context, name));
        const char *by_word = cf__convention(reflection->context, "ck", reflected->table->name, NULL, name);
        bool own = check->name && *check->name && !cf__is_long_name(check->name) && strcmp(check->name, by_word) != 0;
        add_check(&reflected->items, first,
                  (struct cf_column){ .name = name,
                                      .type = CF_TYPE_CHECK_ENTRY,
                                      .check = check->sql,
                                      .named = own ? check->name : NULL });
    }
}

static void take_items(struct reflection *reflection, struct cf__reflected *reflected, struct cf_names *taken)
{
    cf__settle_constraints(reflected, find_table, reflection, taken);
    reflected->items = cf__items_of_table(reflection->context, reflected->table);
    add_checks(reflection, reflected);
    cf__settle_choices(reflected);
    for (; reflected->items.count > CF__MOST_ITEMS; reflected->items.count--) {
        struct cf__buffer item = cf__buffer_new(cf__context_of(reflection->context), CF__CAP_SOURCE, "an item");
        cf__render_item(&item, &reflected->items.items[reflected->items.count - 1], NULL);
        cf__reflected_note(reflected, "%s is left out: a model has at most %d items", cf__buffer_text(&item),
                           CF__MOST_ITEMS);
    }
}

/* ---- The header ------------------------------------------------------------------------------------------------- */

static void write_relation(const struct cf__related *relation, struct cf__buffer *out)
{
    cf__buffer_format(out, ",\n    (%s, %s", relation->name, relation->type);
    if (relation->named) {
        cf__buffer_string(out, ", named = ");
        cf__c_string(out, relation->named);
    }
    if (relation->key && relation->key->on_delete)
        cf__buffer_format(out, ", on_delete = \"%s\"", relation->key->on_delete);
    if (relation->key && relation->key->on_update)
        cf__buffer_format(out, ", on_update = \"%s\"", relation->key->on_update);
    if (relation->key && relation->key->deferrable)
        cf__buffer_string(out, relation->key->deferred ? ", deferred = true" : ", deferrable = true");
    cf__buffer_char(out, ')');
}

static void write_model(const struct cf__reflected *reflected, struct cf__buffer *out)
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

/* Which of a view's columns are a key only a person knows. */
static void write_view(const struct cf_view *view, struct cf__buffer *out)
{
    cf_context *context = &out->context->head;
    struct cf__buffer model = cf__buffer_new(out->context, CF__CAP_SOURCE, "a view");
    cf__buffer_format(&model, "VIEW(%s, ", camel_of(context, singular_of(context, words_of(context, view->name))));
    cf__c_string(&model, view->name);
    cf__buffer_string(&model, ", ");
    cf__c_string(&model, view->sql ? view->sql : "");
    cf__buffer_format(out,
                      "/* The view \"%s\" is left out. With its columns, some of which are a primary_key, it is\n *    "
                      " %s, ...); */\n\n",
                      cf__comment_text(context, view->name), cf__comment_text(context, cf__buffer_text(&model)));
}

static void write_others(const struct cf_schema *schema, struct cf__buffer *out)
{
    cf_context *context = &out->context->head;
    for (size_t i = 0; i < schema->view_count; i++)
        write_view(&schema->views[i], out);
    for (size_t i = 0; i < schema->others.count; i++)
        cf__buffer_format(out, "/* The %s is left out. */\n\n", cf__comment_text(context, schema->others.items[i]));
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
    struct reflection reflection = { .context = context };
    struct cf_names taken = { 0 };
    reflection.tables = cf_alloc(context, (schema->count + 1) * sizeof *reflection.tables);
    cf__buffer_string(&out,
                      "/* The models of a database that was there, as `db reflect` found it. */\n"
                      "#ifndef MODELS_H\n#define MODELS_H\n\n#include <carafe/carafe.h>\n\n/* clang-format off */\n");
    const struct cf_table **tables = sort_tables(context, schema);
    for (size_t i = 0; i < schema->count; i++)
        take_table(&reflection, tables[i], &out);
    for (size_t i = 0; i < reflection.count; i++)
        take_items(&reflection, &reflection.tables[i], &taken);
    for (size_t i = 0; i < reflection.count; i++)
        for (size_t j = 0; j < reflection.tables[i].table->foreign_key_count; j++)
            relate(&reflection, &reflection.tables[i], &reflection.tables[i].table->foreign_keys[j]);
    for (size_t i = 0; i < reflection.count; i++)
        relate_through(&reflection, &reflection.tables[i]);
    for (size_t i = 0; i < reflection.count; i++)
        write_model(&reflection.tables[i], &out);
    write_others(schema, &out);
    if (reflection.count)
        write_list(&reflection, &out);
    cf__buffer_string(&out, "#endif\n");
    return cf__buffer_text(&out);
}
