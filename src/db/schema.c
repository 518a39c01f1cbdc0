/* SPDX-License-Identifier: MIT
 *
 * The items of a model become a table. Each option of a column is spelt out here once: types, defaults checked against
 * their type, and constraints under the names of the convention. Everything wrong with an item is found here, at the start
 * of the program, and told with model and field.
 */
#include <carafe/sys/schema.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <carafe/error.h>

#include "../base/buffer.h"
#include "../text/json.h"
#include "../text/number.h"
#include "custom.h"
#include "drivers.h"
#include "names.h"
#include "query.h"
#include "relation.h"
#include "sql_type.h"
#include "stored.h"

/* What a table is being made from. */
struct making {
    cf_context *context;
    struct cf_table *table;
    const char *model; /* for messages: "Post", or the table's name */
    const struct cf_column *columns;
    size_t count;
};

static _Noreturn void refuse(const struct making *making, const char *field, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static _Noreturn void refuse(const struct making *making, const char *field, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const char *problem = cf__format_list(cf__context_of(making->context), format, list);
    va_end(list);
    cf_raise(CF_INTERNAL, "%s.%s: %s", making->model, field, problem);
}

/* ---- Lists of names --------------------------------------------------------------------------------------------- */

static struct cf_names one_name(cf_context *context, const char *name)
{
    struct cf_names names = { cf_alloc_(context, sizeof *names.items), 1 };
    names.items[0] = name;
    return names;
}

/* ---- Columns ---------------------------------------------------------------------------------------------------- */

static size_t character_count(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += (*text & 0xC0) != 0x80;
    return count;
}

static bool has_label(const struct cf_schema_column *column, const char *text)
{
    for (size_t i = 0; column->labels[i]; i++)
        if (strcmp(column->labels[i], text) == 0)
            return true;
    return false;
}

/* As names.h says (a live database gives the literal back in that spelling), and the value in *value. */
static const char *spell_literal(const struct cf_schema_column *column, const char *text, union cf__stored *value)
{
    char spelt[CF__STORED_TEXT];
    struct cf__json_error error;
    value->text = text; /* unless it is read as something else */
    switch (column->type) {
    case CF_TYPE_INTEGER:
    case CF_TYPE_BIG_INTEGER:
        return cf__parse_integer(text, &value->integer) ? text : NULL;
    case CF_TYPE_SMALL_INTEGER:
        return cf__parse_integer(text, &value->integer) && value->integer == (int16_t)value->integer ? text : NULL;
    case CF_TYPE_BOOLEAN:
        return !cf__parse_boolean(text, &value->boolean) ? NULL : value->boolean ? "true" : "false";
    case CF_TYPE_FLOAT:
        return cf__parse_number(text, &value->number) ? text : NULL;
    case CF_TYPE_NUMERIC:
        return cf_decimal_parse(text, &value->decimal) && value->decimal.scale <= column->scale ? text : NULL;
    case CF_TYPE_DATE:
        return cf_date_parse(text, &value->date) ? text : NULL;
    case CF_TYPE_TIME:
        if (!cf_clock_parse(text, &value->clock) || !cf__time_is_exact(text))
            return NULL;
        cf__store_clock(value->clock, spelt);
        break;
    case CF_TYPE_DATETIME:
        if (!cf_time_parse(text, &value->time) || !cf__time_is_exact(text))
            return NULL;
        cf__store_time(value->time, spelt);
        break;
    case CF_TYPE_UUID:
        if (!cf_uuid_parse(text, &value->uuid))
            return NULL;
        cf__store_uuid(value->uuid, spelt);
        break;
    case CF_TYPE_BLOB:
        value->bytes = (cf_bytes){ text, strlen(text) };
        return text;
    case CF_TYPE_STRING:
        return character_count(text) <= column->length ? text : NULL;
    case CF_TYPE_JSON:
        return cf__json_parse(cf__current(), text, strlen(text), &error) ? text : NULL;
    case CF_TYPE_CHOICES:
        return has_label(column, text) ? text : NULL;
    default:
        return text;
    }
    return cf_copy(&cf__current()->head, spelt);
}

const char *cf__spell_literal(const struct cf_schema_column *column, const char *text)
{
    union cf__stored value = { 0 };
    return spell_literal(column, text, &value);
}

static void set_literal(const struct making *making, const struct cf_column *item, struct cf_schema_column *column)
{
    union cf__stored value = { 0 };
    const char *text = spell_literal(column, item->server_default, &value);
    if (!text)
        refuse(making, item->name,
               "its server_default \"%s\" is not a value of its type (for SQL, use server_default_sql)",
               item->server_default);
    void *field = cf_alloc_(making->context, cf__field_size(item));
    const char *problem = item->custom ? cf__custom_read(item, cf__current(), &value, field) : NULL;
    if (problem)
        refuse(making, item->name, "its server_default %s", problem);
    column->default_kind = CF_DEFAULT_LITERAL;
    column->default_text = cf_copy_(making->context, text);
}

static void set_default(const struct making *making, const struct cf_column *item, struct cf_schema_column *column)
{
    if (item->server_default && item->server_default_sql)
        refuse(making, item->name, "has both server_default and server_default_sql: one of them");
    if (item->server_default_sql) {
        column->default_kind = CF_DEFAULT_SQL;
        column->default_text = item->server_default_sql;
    } else if (item->server_default) {
        set_literal(making, item, column);
    }
}

static const char *some_text(const char *text)
{
    return text && *text ? text : NULL;
}

static bool is_text(enum cf_type type)
{
    return type == CF_TYPE_STRING || type == CF_TYPE_TEXT || type == CF_TYPE_CHOICES || type == CF_TYPE_ENUM;
}

static void check_options(const struct making *making, const struct cf_column *item)
{
    if (item->type == CF_TYPE_NUMERIC && (item->length < 1 || item->length > 38 || item->scale > item->length))
        refuse(making, item->name,
               "Numeric(precision, scale) goes to 38 digits, with a scale of at most the precision");
    bool counts = item->type == CF_TYPE_INTEGER || item->type == CF_TYPE_BIG_INTEGER;
    bool is_made = item->insert_default && item->update_default;
    if (item->version && (item->nullable || (!counts && !is_made)))
        refuse(
            making, item->name,
            "version = true belongs to an Integer that is not Nullable, or to a column with an insert_default and an "
            "update_default");
    if (item->stamp && item->type != CF_TYPE_DATETIME)
        refuse(making, item->name, "a stamp belongs to a DateTime");
    if (item->stamp == CF_STAMP_DELETED && !item->nullable)
        refuse(making, item->name,
               "CF_STAMP_DELETED belongs to a Nullable(DateTime): NULL says that a row is not deleted");
    bool is_pointer = item->type == CF_TYPE_TEXT || item->type == CF_TYPE_STRING || item->type == CF_TYPE_JSON ||
                      item->type == CF_TYPE_BLOB;
    if (item->lazy && (!is_pointer || item->custom))
        refuse(making, item->name, "lazy = true belongs to a Text, String, Json or Blob");
    if (item->lazy && (item->primary_key || item->references))
        refuse(making, item->name, "a key cannot be lazy");
    if (item->order_by)
        refuse(making, item->name, "order_by is for lists: HasMany and ManyToMany");
    if (item->position || item->count_from)
        refuse(making, item->name, "position and count_from are for lists: HasMany");
    if (item->autoincrement && !item->identity)
        refuse(making, item->name, "autoincrement = true belongs to an Id");
    if (item->stored && !item->computed)
        refuse(making, item->name, "stored = true belongs to computed");
    if (item->computed && (item->identity || item->version || item->stamp || item->server_default ||
                           item->server_default_sql || item->insert_default || item->update_default))
        refuse(making, item->name, "is computed: it has no other source of values");
    if (item->collation && !is_text(item->type))
        refuse(making, item->name, "a collation belongs to a text");
}

/* "postgresql: citext; mariadb: INET6": each of a database that there is, once, and of a type that can hold the values. */
static void check_sql_types(const struct making *making, const struct cf_column *item,
                            const struct cf_schema_column *column)
{
    struct cf__sql_type type, other;
    if (column->sql_type && item->identity)
        refuse(making, item->name, "an Id numbers itself, which takes the database's usual type: leave sql_type out");
    for (const char *at = column->sql_type; at && cf__sql_type_next(&at, &type);) {
        cf_context *context = making->context;
        const char *database = cf__copy_bytes(cf__context_of(context), type.database, type.database_size),
                   *sql = cf__copy_bytes(cf__context_of(context), type.type, type.type_size);
        if (!cf__is_database(database))
            refuse(making, item->name,
                   "sql_type = \"%s\": \"%s\" is no database: say \"sqlite: …\", \"postgresql: …\" or \"mariadb: …\"",
                   column->sql_type, database);
        if (!*sql)
            refuse(making, item->name, "sql_type = \"%s\" names no type for %s", column->sql_type, database);
        for (const char *rest = at; cf__sql_type_next(&rest, &other);)
            if (other.database_size == type.database_size && !memcmp(other.database, database, type.database_size))
                refuse(making, item->name, "sql_type = \"%s\" names two types for %s", column->sql_type, database);
        const char *problem = cf__misfit_of(database, column, sql);
        if (problem)
            refuse(making, item->name, "its sql_type for %s, \"%s\", %s", database, sql, problem);
    }
}

/* What numbers itself from one on by ones says nothing. */
static int64_t number_of(const struct making *making, const struct cf_column *item, int64_t number)
{
    if (number && !item->identity)
        refuse(making, item->name, "start and increment belong to an Id");
    if (number < 0)
        refuse(making, item->name, "start and increment are 1 or more");
    return number == 1 ? 0 : number;
}

static void add_column(const struct making *making, const struct cf_column *item)
{
    struct cf_table *table = making->table;
    const char *name = cf__column_name(item);
    if (cf_table_column(table, name))
        refuse(making, item->name, "the column \"%s\" is there twice", name);
    struct cf_schema_column *column = &table->columns[table->column_count++];
    *column = (struct cf_schema_column){
        .name = name,
        .type = item->type == CF_TYPE_ENUM ? CF_TYPE_CHOICES : item->type,
        .length = item->length,
        .scale = item->scale,
        .nullable = item->nullable,
        .identity = item->identity,
        .start = number_of(making, item, item->start),
        .increment = number_of(making, item, item->increment),
        .autoincrement = item->autoincrement || item->start > 1, /* what has a start keeps count */
        .labels = item->labels,
        .was = item->was,
        .comment = some_text(item->comment),
        .collation = item->collation,
        .sql_type = some_text(item->sql_type),
        .generated = item->computed,
        .generated_stored = item->computed && item->stored,
        .field = item->name,
    };
    check_options(making, item);
    check_sql_types(making, item, column);
    set_default(making, item, column);
}

/* ---- Names of constraints --------------------------------------------------------------------------------------- */

static bool is_entry(const struct cf_column *item)
{
    return item->type >= CF_TYPE_COUNT_;
}

/* A name of one's own is for the one thing that has it. */
static void check_name(const struct making *making, const struct cf_column *item)
{
    int count =
        item->unique + item->index + (item->check != NULL || item->create_constraint) + (item->references != NULL);
    if (!item->named)
        return;
    if (item->type == CF_TYPE_BELONGS_TO ? item->refers_to || cf__relation_of(item)->count == 1
        : is_entry(item)                 ? item->type > CF_TYPE_CHECK_ENTRY
                                         : count == 0)
        refuse(making, item->name, "named belongs to a constraint or an index: there is none here");
    if (!is_entry(item) && count > 1)
        refuse(making, item->name,
               "named = \"%s\" is the name of one constraint or index, and there are %d: say Index(%s), Unique(%s) or "
               "Check(…) as an entry of its own",
               item->named, count, item->name, item->name);
    bool is_index = item->index || item->type == CF_TYPE_INDEX_ENTRY;
    bool is_unique = item->unique || item->type == CF_TYPE_UNIQUE_ENTRY;
    /* a unique constraint, where nothing else tells */
    bool is_like = !item->where && !item->expressions && !(item->fields && strchr(item->fields, '('));
    if (is_unique && is_like && is_index != cf__is_index_name(item->named))
        refuse(making, item->name,
               "named = \"%s\": the name of a unique index begins with ix_, and that of no unique constraint, since "
               "nothing else tells them apart in some databases",
               item->named);
    if (!*item->named)
        refuse(making, item->name, "named = \"\" is no name: leave it out for that of the convention");
    if (cf__is_long_name(item->named))
        refuse(making, item->name,
               "named = \"%s\" is %zu bytes long, and what every database takes are %d: give it a shorter one",
               item->named, strlen(item->named), CF__LONGEST_NAME);
}

static const char *name_of(const struct making *making, const struct cf_column *item, const char *prefix,
                           const struct cf_names *columns, const char *suffix)
{
    return item->named ? item->named : cf__convention(making->context, prefix, making->table->name, columns, suffix);
}

static const struct cf_column *find_field(const struct making *making, const char *name)
{
    for (size_t i = 0; i < making->count; i++)
        if (making->columns[i].type < CF_TYPE_COUNT_ && strcmp(making->columns[i].name, name) == 0)
            return &making->columns[i];
    return NULL;
}

struct cf_names cf__fields_split(cf_context *context, const char *fields)
{
    struct cf_names names = { cf_alloc_(context, (strlen(fields) / 2 + 1) * sizeof(char *)), 0 };
    for (const char *at = fields + strspn(fields, " ,"); *at; at += strspn(at, " ,")) {
        size_t size = strcspn(at, " ,");
        names.items[names.count++] = cf__copy_bytes(cf__context_of(context), at, size);
        at += size;
    }
    return names;
}

/* ---- Keys ------------------------------------------------------------------------------------------------------- */

static void add_unique(const struct making *making, const struct cf_column *item, struct cf_names columns)
{
    struct cf_table *table = making->table;
    const char *name = name_of(making, item, "uq", &columns, NULL);
    bool is_entry = item->type == CF_TYPE_UNIQUE_ENTRY; /* of a column its foreign key is deferred */
    table->uniques[table->unique_count++] = (struct cf_unique){
        .name = name,
        .columns = columns,
        .nulls_not_distinct = item->nulls_not_distinct,
        .deferrable = is_entry && (item->deferrable || item->deferred),
        .deferred = is_entry && item->deferred,
    };
}

/* The columns of Unique(author_id, slug), named by their fields. */
static struct cf_names columns_of(const struct making *making, const struct cf_column *entry, const char *fields)
{
    struct cf_names names = cf__fields_split(making->context, fields);
    for (size_t i = 0; i < names.count; i++) {
        const struct cf_column *column = find_field(making, names.items[i]);
        if (!column)
            refuse(making, entry->name, "there is no field \"%s\"", names.items[i]);
        names.items[i] = cf__column_name(column);
    }
    return names;
}

static const struct cf_column *find_key_entry(const struct making *making)
{
    for (size_t i = 0; i < making->count; i++)
        if (making->columns[i].type == CF_TYPE_KEY_ENTRY)
            return &making->columns[i];
    return NULL;
}

/* What primary_key = true says; PrimaryKey(…) says it once more, to name it or to say the order of its columns. */
static void add_primary_key(const struct making *making)
{
    struct cf_table *table = making->table;
    const struct cf_column *entry = find_key_entry(making);
    table->primary_key.items = cf_alloc_(making->context, making->count * sizeof(char *));
    for (size_t i = 0; i < making->count; i++)
        if (making->columns[i].type < CF_TYPE_COUNT_ && making->columns[i].primary_key)
            table->primary_key.items[table->primary_key.count++] = cf__column_name(&making->columns[i]);
    table->primary_key_name = cf__convention(making->context, "pk", table->name, NULL, NULL);
    if (!entry)
        return;
    const struct cf_names columns = columns_of(making, entry, entry->fields);
    if (!cf__names_alike(&table->primary_key, &columns))
        refuse(making, entry->name, "PrimaryKey(%s) are not the columns with primary_key = true", entry->fields);
    table->primary_key = columns;
    table->primary_key_name = name_of(making, entry, "pk", NULL, NULL);
}

/* What an Index and an IndexOn have in common. */
static struct cf_index *new_index(const struct making *making, const struct cf_column *item)
{
    static const struct cf_names none = { 0 };
    struct cf_index *index = &making->table->indexes[making->table->index_count++];
    *index = (struct cf_index){
        .unique = item->unique,
        .nulls_not_distinct = item->nulls_not_distinct,
        .where = item->where,
        .using = cf__index_kind(making->context, item->using),
        .concurrently = item->concurrently,
        .include = item->include ? columns_of(making, item, item->include) : none,
    };
    return index;
}

/* "body" of "body(100)", and the 100 in *length. */
static const char *split_length(const struct making *making, const struct cf_column *item, const char *field,
                                unsigned *length)
{
    char *end = NULL;
    const char *open = strchr(field, '(');
    if (!open)
        return field;
    unsigned long number = strtoul(open + 1, &end, 10);
    if (number < 1 || number > 3072 || strcmp(end, ")") != 0)
        refuse(making, item->name, "\"%s\" is no field with a length, such as body(100), of 1 to 3072", field);
    *length = (unsigned)number;
    const char *name = cf__copy_bytes(cf__context_of(making->context), field, (size_t)(open - field));
    const struct cf_column *column = find_field(making, name);
    if (column && !is_text(column->type) && column->type != CF_TYPE_BLOB && column->type != CF_TYPE_JSON)
        refuse(making, item->name, "\"%s\": a length belongs to a text, a Blob or a Json", field);
    return name;
}

/* Index(-created, body(100)): those that are descending, and how much of each there is, are told beside. */
static void add_index_entry(const struct making *making, const struct cf_column *item)
{
    struct cf_index *index = new_index(making, item);
    struct cf_names fields = cf__fields_split(making->context, item->fields);
    unsigned *lengths = cf_alloc_(making->context, (fields.count + 1) * sizeof(unsigned));
    const char *plain = "";
    index->lengths = strchr(item->fields, '(') ? lengths : NULL;
    index->descending.items = cf_alloc_(making->context, (fields.count + 1) * sizeof(char *));
    for (size_t i = 0; i < fields.count; i++)
        plain = cf_format(making->context, "%s %s", plain,
                          split_length(making, item, fields.items[i] + (*fields.items[i] == '-'), &lengths[i]));
    index->columns = columns_of(making, item, plain);
    for (size_t i = 0; i < fields.count; i++)
        if (*fields.items[i] == '-')
            index->descending.items[index->descending.count++] = index->columns.items[i];
    index->name = name_of(making, item, "ix", &index->columns, NULL);
}

static void add_index(const struct making *making, const struct cf_column *item, struct cf_names columns)
{
    const char *name = name_of(making, item, "ix", &columns, NULL);
    making->table->indexes[making->table->index_count++] = (struct cf_index){ .name = name, .columns = columns };
}

/* Words and commas alone name columns, which are no expressions. */
static bool is_list_of_columns(const char *expressions)
{
    for (const char *at = expressions; *at; at += *at == ',') {
        at += strspn(at, " ");
        at += strcspn(at, " ,(");
        at += strspn(at, " ");
        at += strncasecmp(at, "asc", 3) == 0 ? 3 + strspn(at + 3, " ") : 0;
        if (*at && *at != ',')
            return false;
    }
    return true;
}

static void add_expression_index(const struct making *making, const struct cf_column *item)
{
    if (is_list_of_columns(item->expressions))
        refuse(making, item->name, "IndexOn(\"%s\") are columns: say Index(%s)", item->expressions, item->expressions);
    struct cf_index *index = new_index(making, item);
    index->name = name_of(making, item, "ix", NULL, cf__column_name(item));
    index->expressions = item->expressions;
}

static void add_check(const struct making *making, const struct cf_column *item)
{
    struct cf_table *table = making->table;
    const char *name = name_of(making, item, "ck", NULL, cf__column_name(item));
    table->checks[table->check_count++] = (struct cf_check){ name, item->check };
}

/* "status IN ('draft', 'published')". Every database reads names and texts that are quoted so. */
static const char *choices_sql(const struct making *making, const struct cf_column *item)
{
    static const struct cf_dialect any = { .quote = '"' };
    struct cf__buffer sql = cf__buffer_new(cf__context_of(making->context), CF__CAP_SQL, "a check");
    cf__sql_identifier(&sql, &any, cf__column_name(item));
    for (size_t i = 0; item->labels[i]; i++) {
        cf__buffer_string(&sql, i ? ", " : " IN (");
        cf__sql_text(&sql, item->labels[i]);
    }
    cf__buffer_char(&sql, ')');
    return cf__buffer_text(&sql);
}

static void add_check_of_choices(const struct making *making, const struct cf_column *item)
{
    struct cf_column check = *item;
    if (!item->labels || item->custom)
        refuse(making, item->name, "create_constraint = true belongs to an Enum or Choices");
    if (item->check)
        refuse(making, item->name,
               "has both create_constraint and check, which are one constraint: say Check(…) as an entry of its own");
    check.check = choices_sql(making, item);
    add_check(making, &check);
}

static void check_action(const struct making *making, const struct cf_column *item, const char *action)
{
    if (action && !cf__is_action(action))
        refuse(making, item->name, "\"%s\" is no action: cascade, set null, restrict, set default or no action",
               action);
}

static void add_reference(const struct making *making, const struct cf_column *item)
{
    struct cf_table *table = making->table;
    const char *dot = strchr(item->references, '.'); /* the name of a column may have one */
    if (!dot || dot == item->references || !dot[1])
        refuse(making, item->name, "references = \"%s\" is not \"table.column\"", item->references);
    check_action(making, item, item->on_delete);
    check_action(making, item, item->on_update);
    const char *referred =
        cf__copy_bytes(cf__context_of(making->context), item->references, (size_t)(dot - item->references));
    struct cf_names columns = one_name(making->context, cf__column_name(item));
    table->foreign_keys[table->foreign_key_count++] = (struct cf_foreign_key){
        .name = name_of(making, item, "fk", &columns, referred),
        .columns = columns,
        .table = referred,
        .references = one_name(making->context, dot + 1),
        .on_delete = cf__action(item->on_delete),
        .on_update = cf__action(item->on_update),
        .deferrable = item->deferrable || item->deferred,
        .deferred = item->deferred,
    };
}

bool cf__is_action(const char *action)
{
    static const char *const actions[] = { "cascade", "set null", "restrict", "set default", "no action" };
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (strcmp(actions[i], action) == 0)
            return true;
    return false;
}

const char *cf__action(const char *action)
{
    return action && strcmp(action, "no action") == 0 ? NULL : action;
}

/* BelongsTo of several columns is their foreign key; one column says itself what it refers to. */
static void add_composite_reference(const struct making *making, const struct cf_column *item)
{
    const struct cf__relation *relation = cf__relation_of(item);
    struct cf_table *table = making->table;
    struct cf_names names[2];
    if (relation->count == 1 && (item->deferrable || item->deferred))
        refuse(making, item->name, "deferrable and deferred belong to its column, beside references");
    if (relation->count == 1 || item->refers_to)
        return;
    check_action(making, item, item->on_delete);
    check_action(making, item, item->on_update);
    for (size_t side = 0; side < 2; side++) {
        names[side] =
            (struct cf_names){ cf_alloc_(making->context, relation->count * sizeof(char *)), relation->count };
        for (size_t i = 0; i < relation->count; i++)
            names[side].items[i] = cf__column_name(side ? relation->other_columns[i] : relation->own_columns[i]);
    }
    table->foreign_keys[table->foreign_key_count++] = (struct cf_foreign_key){
        .name = name_of(making, item, "fk", &names[0], relation->other->table),
        .columns = names[0],
        .table = relation->other->table,
        .references = names[1],
        .on_delete = cf__action(item->on_delete),
        .on_update = cf__action(item->on_update),
        .deferrable = item->deferrable || item->deferred,
        .deferred = item->deferred,
    };
}

static void add_option(const struct making *making, const struct cf_column *item)
{
    struct cf_table *table = making->table;
    if (!item->database || !cf__is_database(item->database))
        refuse(making, item->name, "\"%s\" is no database: sqlite, postgresql or mariadb",
               item->database ? item->database : "");
    if (!some_text(item->option))
        refuse(making, item->name, "the option for %s is empty", item->database);
    if (cf_table_option(table, item->database))
        refuse(making, item->name, "%s has an option already: say both in one", item->database);
    table->options[table->option_count++] = (struct cf_table_option){ item->database, item->option };
}

static void add_ddl(const struct making *making, const struct cf_column *item)
{
    struct cf_table *table = making->table;
    if (!some_text(item->ddl))
        refuse(making, item->name, "its Ddl is empty");
    if (!item->drop)
        refuse(
            making, item->name,
            "Ddl without drop: drop = \"DROP TRIGGER …\" takes it back, drop = \"\" says that it goes with its table");
    if (item->database && !cf__is_database(item->database))
        refuse(making, item->name, "\"%s\" is no database: sqlite, postgresql or mariadb", item->database);
    table->ddls[table->ddl_count++] =
        (struct cf_ddl){ item->name, item->ddl, item->drop, item->database, item->before };
}

static void check_item(const struct making *making, const struct cf_column *item)
{
    check_name(making, item);
    if (item->type != CF_TYPE_DDL_ENTRY && item->type != CF_TYPE_OPTION_ENTRY && (item->drop || item->database))
        refuse(making, item->name, "drop and database belong to a Ddl");
    if (item->type != CF_TYPE_DDL_ENTRY && item->before)
        refuse(making, item->name, "before = true belongs to a Ddl");
    if (item->type != CF_TYPE_INDEX_ENTRY && (item->using || item->include || item->where || item->concurrently))
        refuse(making, item->name, "where, using, include and concurrently belong to an Index");
    if ((item->deferrable || item->deferred) && !item->references && item->type != CF_TYPE_BELONGS_TO &&
        item->type != CF_TYPE_UNIQUE_ENTRY)
        refuse(making, item->name, "deferrable and deferred belong to a column with references, or to a Unique");
    if (item->nulls_not_distinct && !item->unique && item->type != CF_TYPE_UNIQUE_ENTRY)
        refuse(making, item->name, "nulls_not_distinct belongs to what is unique: a Unique, or unique = true");
    if (item->unique && cf__is_index_word(item->using))
        refuse(making, item->name, "an index that is %s is not unique", item->using);
}

static void add_item(const struct making *making, const struct cf_column *item)
{
    check_item(making, item);
    switch (item->type) {
    case CF_TYPE_UNIQUE_ENTRY:
        add_unique(making, item, columns_of(making, item, item->fields));
        return;
    case CF_TYPE_INDEX_ENTRY:
        if (item->expressions)
            add_expression_index(making, item);
        else
            add_index_entry(making, item);
        return;
    case CF_TYPE_COMMENT_ENTRY:
        making->table->comment = some_text(item->comment);
        return;
    case CF_TYPE_OPTION_ENTRY:
        add_option(making, item);
        return;
    case CF_TYPE_DDL_ENTRY:
        add_ddl(making, item);
        return;
    case CF_TYPE_CHECK_ENTRY:
        add_check(making, item);
        return;
    case CF_TYPE_WAS_ENTRY:
        making->table->was = item->was;
        return;
    case CF_TYPE_BELONGS_TO:
        add_composite_reference(making, item);
        return;
    case CF_TYPE_KEY_ENTRY: /* add_primary_key, once all columns are there */
    case CF_TYPE_HOOKS_ENTRY:
    case CF_TYPE_HAS_ONE:
    case CF_TYPE_HAS_MANY:
    case CF_TYPE_MANY_TO_MANY:
        return;
    default:
        add_column(making, item);
    }
    if (item->unique)
        add_unique(making, item, one_name(making->context, cf__column_name(item)));
    if (item->index)
        add_index(making, item, one_name(making->context, cf__column_name(item)));
    if (item->create_constraint)
        add_check_of_choices(making, item);
    else if (item->check)
        add_check(making, item);
    if (item->references)
        add_reference(making, item);
}

void cf__table_make(struct cf_table *table, cf_context *context, const char *name, const char *model,
                    const struct cf_column *columns, size_t count)
{
    const struct making making = { context, table, model, columns, count };
    size_t most = count ? count : 1;
    *table = (struct cf_table){
        .name = name,
        .columns = cf_alloc_(context, most * sizeof *table->columns),
        .uniques = cf_alloc_(context, most * sizeof *table->uniques),
        .indexes = cf_alloc_(context, most * sizeof *table->indexes),
        .foreign_keys = cf_alloc_(context, most * sizeof *table->foreign_keys),
        .checks = cf_alloc_(context, most * sizeof *table->checks),
        .options = cf_alloc_(context, most * sizeof *table->options),
        .ddls = cf_alloc_(context, most * sizeof *table->ddls),
    };
    for (size_t i = 0; i < count; i++)
        add_item(&making, &columns[i]);
    add_primary_key(&making);
}

struct cf_table *cf_table_of_columns(cf_context *context, const char *name, const struct cf_column *columns,
                                     size_t count)
{
    struct cf_table *table = cf_alloc_(context, sizeof *table);
    cf__table_make(table, context, name, name, columns, count);
    return table;
}
