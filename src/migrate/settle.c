/* SPDX-License-Identifier: MIT
 *
 * A table as it was found becomes one that MODEL has words for: types of other makers become those that hold their values,
 * constraints keep the names that `named` can say and get those of the convention else. Whatever that changes or leaves out is noted in the words of the database,
 * and the note becomes a comment beside the model.
 */
#include "reflect.h"

#include <stdlib.h>
#include <strings.h>

#include "../db/names.h"
#include "../db/query.h"

void cf__reflected_note(struct cf__reflected *reflected, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const char *text = cf__format_list(reflected->left.context, format, list);
    va_end(list);
    cf__buffer_format(&reflected->left, " * %s\n", cf__comment_text(&reflected->left.context->head, text));
}
#define note cf__reflected_note

static cf_context *context_of(const struct cf__reflected *reflected)
{
    return &reflected->left.context->head;
}

/* ---- Types that are not Carafe's own ---------------------------------------------------------------------------- */

/* What databases call types whose values a column of ours holds, and its length and scale where they say none. */
static const struct {
    const char *word;
    enum cf_type type;
    unsigned length, scale;
} near_types[] = {
    { "integer", CF_TYPE_INTEGER, 0, 0 },
    { "int", CF_TYPE_INTEGER, 0, 0 },
    { "bigint", CF_TYPE_INTEGER, 0, 0 },
    { "big int", CF_TYPE_INTEGER, 0, 0 },
    { "int8", CF_TYPE_INTEGER, 0, 0 },
    { "int4", CF_TYPE_INTEGER, 0, 0 },
    { "mediumint", CF_TYPE_INTEGER, 0, 0 },
    { "int2", CF_TYPE_SMALL_INTEGER, 0, 0 },
    { "tinyint", CF_TYPE_SMALL_INTEGER, 0, 0 },
    { "smallint", CF_TYPE_SMALL_INTEGER, 0, 0 },
    { "year", CF_TYPE_SMALL_INTEGER, 0, 0 },
    { "bool", CF_TYPE_BOOLEAN, 0, 0 },
    { "real", CF_TYPE_FLOAT, 0, 0 },
    { "float", CF_TYPE_FLOAT, 0, 0 },
    { "double", CF_TYPE_FLOAT, 0, 0 },
    { "double precision", CF_TYPE_FLOAT, 0, 0 },
    { "numeric", CF_TYPE_NUMERIC, 38, 10 },
    { "decimal", CF_TYPE_NUMERIC, 38, 10 },
    { "timestamp", CF_TYPE_DATETIME, 0, 0 },
    { "timestamp without time zone", CF_TYPE_DATETIME, 0, 0 },
    { "timestamp with time zone", CF_TYPE_DATETIME, 0, 0 },
    { "datetime", CF_TYPE_DATETIME, 0, 0 },
    { "time", CF_TYPE_TIME, 0, 0 },
    { "time without time zone", CF_TYPE_TIME, 0, 0 },
    { "jsonb", CF_TYPE_JSON, CF_JSON_BINARY, 0 },
    { "char", CF_TYPE_STRING, 1, 0 },
    { "character", CF_TYPE_STRING, 1, 0 },
    { "nchar", CF_TYPE_STRING, 1, 0 },
    { "varchar", CF_TYPE_STRING, 0, 0 }, /* of any length: Text */
    { "nvarchar", CF_TYPE_STRING, 0, 0 },
    { "character varying", CF_TYPE_STRING, 0, 0 },
    { "tinytext", CF_TYPE_TEXT, 0, 0 },
    { "mediumtext", CF_TYPE_TEXT, 0, 0 },
    { "text", CF_TYPE_TEXT, 0, 0 },
    { "clob", CF_TYPE_TEXT, 0, 0 },
    { "tinyblob", CF_TYPE_BLOB, 0, 0 },
    { "mediumblob", CF_TYPE_BLOB, 0, 0 },
    { "blob", CF_TYPE_BLOB, 0, 0 },
    { "binary", CF_TYPE_BLOB, 0, 0 },
    { "varbinary", CF_TYPE_BLOB, 0, 0 },
};

/* "time without time zone" of "time(3) without time zone", the arguments apart; whether it has a sign is no matter. */
static const char *word_of_type(cf_context *context, const char *raw, const char **arguments)
{
    static const char sign[] = "unsigned";
    size_t size = strcspn(raw, "(");
    const char *end = strchr(raw, ')'), *rest = end ? end + 1 : "";
    char *word = cf_format(context, "%.*s%s", (int)size, raw, rest), *found = strcasestr(word, sign);
    *arguments = end ? raw + size + 1 : NULL;
    if (found)
        memmove(found, found + sizeof sign - 1, strlen(found + sizeof sign - 1) + 1);
    while (*word == ' ')
        word++;
    for (size = strlen(word); size && word[size - 1] == ' ';)
        word[--size] = '\0';
    return word;
}

static void set_near_type(struct cf_schema_column *column, size_t near, const char *arguments)
{
    char *rest = NULL;
    column->type = near_types[near].type;
    column->length = near_types[near].length;
    column->scale = near_types[near].scale;
    if (column->type != CF_TYPE_STRING && column->type != CF_TYPE_NUMERIC)
        return;
    if (arguments) {
        column->length = (unsigned)strtoul(arguments, &rest, 10);
        column->scale = *rest == ',' ? (unsigned)strtoul(rest + 1, NULL, 10) : 0;
    }
    if (column->type == CF_TYPE_STRING && !column->length)
        column->type = CF_TYPE_TEXT;
}

static void settle_type(struct cf__reflected *reflected, struct cf_schema_column *column)
{
    const char *arguments, *raw = column->raw_type ? column->raw_type : "";
    const char *word = word_of_type(context_of(reflected), raw, &arguments);
    enum cf_type found = column->type;
    if (found == CF_TYPE_NONE && column->labels) /* an enumeration of the database's own */
        column->type = CF_TYPE_CHOICES;
    for (size_t i = 0; column->type == CF_TYPE_NONE && i < sizeof near_types / sizeof near_types[0]; i++)
        if (strcasecmp(near_types[i].word, word) == 0)
            set_near_type(column, i, arguments);
    if (column->type == CF_TYPE_NONE && column->sql_type)
        column->type = CF_TYPE_TEXT;
    else if (!column->labels)
        column->sql_type = NULL;
    if (column->sql_type)
        return; /* the model says it */
    if (column->type != found || (column->identity && found == CF_TYPE_SMALL_INTEGER))
        note(reflected, "column \"%s\" is of type %s", column->name, raw);
}

/* ---- Columns ---------------------------------------------------------------------------------------------------- */

/* Of what MODEL refuses as the name of a table. */
static const char *why_not_named(const char *table)
{
    if (strchr(table, '.'))
        return "there is a dot in its name, as if a schema or a database stood before it";
    if (strchr(table, '"'))
        return "there is a quote in its name";
    return cf__is_long_name(table) ? "its name is longer than every database takes" : NULL;
}

static const char *why_not(const struct cf_schema_column *column)
{
    if (column->type == CF_TYPE_NONE)
        return "its type has none in Carafe";
    if (column->type == CF_TYPE_NUMERIC &&
        (column->length < 1 || column->length > 38 || column->scale > column->length))
        return "Numeric goes to 38 digits, with a scale of at most the precision";
    if (strchr(column->name, '"'))
        return "there is a quote in its name";
    return cf__is_long_name(column->name) ? "its name is longer than every database takes" : NULL;
}

/* A literal that is no value of the column's type is SQL to Carafe. */
static void settle_default(const struct cf__reflected *reflected, struct cf_schema_column *column)
{
    const char *text = column->default_text;
    if (column->default_kind != CF_DEFAULT_LITERAL)
        return;
    column->default_text = cf__spell_literal(column, text);
    if (column->default_text)
        return;
    struct cf__buffer sql = cf__buffer_new(reflected->left.context, CF__CAP_SQL, "a default");
    cf__sql_text(&sql, text);
    column->default_kind = CF_DEFAULT_SQL;
    column->default_text = cf__buffer_text(&sql);
}

static void settle_collation(struct cf__reflected *reflected, struct cf_schema_column *column)
{
    if (!column->collation || column->type == CF_TYPE_STRING || column->type == CF_TYPE_TEXT ||
        column->type == CF_TYPE_CHOICES)
        return;
    note(reflected, "column \"%s\" is compared by the collation %s", column->name, column->collation);
    column->collation = NULL;
}

/* An Id is a whole key that numbers itself. */
static void settle_identity(struct cf__reflected *reflected, struct cf_schema_column *column)
{
    const struct cf_names *key = &reflected->table->primary_key;
    if (!column->identity || (key->count == 1 && strcmp(key->items[0], column->name) == 0))
        return;
    column->identity = column->autoincrement = false;
    note(reflected, "column \"%s\" numbers itself", column->name);
}

/* An Id counts upwards from a number above zero. */
static void settle_numbers(struct cf__reflected *reflected, struct cf_schema_column *column)
{
    if (column->start >= 0 && column->increment >= 0)
        return;
    note(reflected, "column \"%s\" begins at %lld, and goes on by %lld", column->name,
         (long long)(column->start ? column->start : 1), (long long)(column->increment ? column->increment : 1));
    column->start = column->increment = 0;
}

static bool are_there(const struct cf_table *table, const struct cf_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        if (!cf_table_column(table, names->items[i]))
            return false;
    return names->count > 0;
}

static void note_conflict(struct cf__reflected *reflected, const struct cf_names *columns, const char *on_conflict)
{
    if (on_conflict)
        note(reflected, "the table says ON CONFLICT %s of (%s)", on_conflict,
             cf__names_text(context_of(reflected), columns));
}

static void note_found(struct cf__reflected *reflected)
{
    const struct cf_table *whole = reflected->whole;
    for (size_t i = 0; i < whole->triggers.count; i++)
        note(reflected, "the table has the trigger %s", whole->triggers.items[i]);
    for (size_t i = 0; i < whole->notes.count; i++)
        note(reflected, "the table says %s", whole->notes.items[i]);
    note_conflict(reflected, &whole->primary_key, whole->primary_key_on_conflict);
    for (size_t i = 0; i < whole->unique_count; i++)
        note_conflict(reflected, &whole->uniques[i].columns, whole->uniques[i].on_conflict);
    for (size_t i = 0; i < whole->column_count; i++)
        note_conflict(reflected, &(struct cf_names){ &whole->columns[i].name, 1 }, whole->columns[i].on_conflict);
}

/* "text AS (lower(name))" */
static const char *declaration_of(const struct cf__reflected *reflected, const struct cf_schema_column *column)
{
    const char *type = column->raw_type && *column->raw_type ? column->raw_type : "of no type";
    return column->generated ? cf_format(context_of(reflected), "%s AS (%s)", type, column->generated) : type;
}

/* Those that are computed from what has been left out. */
static void leave_out_computed(struct cf__reflected *reflected)
{
    struct cf_table *table = reflected->table;
    size_t kept = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        const struct cf_schema_column *column = &table->columns[i];
        bool gone = false;
        for (size_t k = 0; column->generated && k < reflected->whole->column_count; k++)
            gone |= !cf_table_column(table, reflected->whole->columns[k].name) &&
                    cf__sql_mentions(column->generated, reflected->whole->columns[k].name);
        if (gone)
            note(reflected, "column \"%s\" (%s) is left out with its columns", column->name,
                 declaration_of(reflected, column));
        else
            table->columns[kept++] = *column;
    }
    table->column_count = kept;
}

const char *cf__settle_columns(struct cf__reflected *reflected)
{
    struct cf_table *table = reflected->table;
    size_t kept = 0;
    note_found(reflected);
    if (why_not_named(table->name))
        return why_not_named(table->name);
    for (size_t i = 0; i < table->column_count; i++) {
        struct cf_schema_column *column = &table->columns[i];
        settle_identity(reflected, column);
        settle_numbers(reflected, column);
        settle_type(reflected, column);
        const char *reason = why_not(column);
        if (reason) {
            note(reflected, "column \"%s\" (%s) is left out: %s", column->name, declaration_of(reflected, column),
                 reason);
            continue;
        }
        settle_default(reflected, column);
        settle_collation(reflected, column);
        table->columns[kept++] = *column;
    }
    table->column_count = kept;
    leave_out_computed(reflected);
    kept = table->column_count;
    if (kept > CF__MOST_ITEMS)
        return "a model has at most 64 columns";
    return are_there(table, &table->primary_key) ? NULL : "it has no primary key that a model could have";
}

/* ---- Constraints and their names -------------------------------------------------------------- */

/* What is being settled, for all kinds of constraints. */
struct settling {
    struct cf__reflected *reflected;
    struct cf_table *table;
    cf_context *context;
    struct cf_names *taken;
    const char **unsaid; /* names that no model can give: "the_key, by name" */
};

static bool take(const struct settling *settling, const char *name)
{
    struct cf_names *taken = settling->taken;
    if (cf__names_have(taken, name))
        return false;
    taken->items = cf__array_with_room(settling->context, taken->items, taken->count, sizeof *taken->items);
    taken->items[taken->count++] = name;
    return true;
}

static void list_name(const struct settling *settling, const char *name)
{
    *settling->unsaid = cf_format(settling->context, "%s%s%s", *settling->unsaid, **settling->unsaid ? ", " : "", name);
}

/* The name that a constraint has, where `named` can say it (`fits`: as to its kind) and no other has it: two databases agree on
 * less than each of them. Else that of the convention; NULL, and noted, where another constraint has that. */
static const char *choose_name(const struct settling *settling, const char *what, const char *found,
                               const char *by_convention, bool fits)
{
    if (found && fits && *found && !cf__is_long_name(found) && take(settling, found))
        return found;
    if (!take(settling, by_convention)) {
        note(settling->reflected, "%s is left out: %s is there already", what, by_convention);
        return NULL;
    }
    if (found)
        list_name(settling, found);
    return by_convention;
}

static bool mentions_what_is_gone(const struct settling *settling, const char *sql)
{
    const struct cf_table *whole = settling->reflected->whole;
    for (size_t i = 0; i < whole->column_count; i++)
        if (!cf_table_column(settling->table, whole->columns[i].name) && cf__sql_mentions(sql, whole->columns[i].name))
            return true;
    return false;
}

/* A list of columns, in a part of the rows or in all. */
static bool is_plain(const struct cf_index *index)
{
    return index->columns.count > 0;
}

/* A unique index of all rows is a unique constraint by another name, unless that is one of an index. */
static bool is_unique_constraint(const struct cf_index *index)
{
    return index->unique && !index->where && !index->lengths && is_plain(index) && !cf__is_index_name(index->name);
}

/* "the unique index by_name (name, age) WHERE age > 3" */
static const char *index_text(const struct settling *settling, const struct cf_index *index)
{
    return cf_format(settling->context, "the %sindex %s (%s)%s%s", index->unique ? "unique " : "", index->name,
                     cf__index_text(settling->context, index), index->where ? " WHERE " : "",
                     index->where ? index->where : "");
}

static const char *unique_text(const struct settling *settling, const struct cf_unique *unique)
{
    return cf_format(settling->context, "the unique constraint %s%s(%s)%s%s", unique->name ? unique->name : "",
                     unique->name ? " " : "", cf__names_text(settling->context, &unique->columns),
                     unique->nulls_not_distinct ? " NULLS NOT DISTINCT" : "", unique->deferrable ? " DEFERRABLE" : "");
}

static bool are_unique(const struct cf_table *table, const struct cf_names *columns)
{
    for (size_t i = 0; i < table->unique_count; i++)
        if (cf__names_equal(&table->uniques[i].columns, columns))
            return true;
    return false;
}

/* `what` is how it is told where it is left out. */
static void keep_unique(const struct settling *settling, const char *what, struct cf_unique unique)
{
    struct cf_table *table = settling->table;
    const struct cf_names columns = unique.columns;
    const char *found = unique.name;
    unique.on_conflict = NULL; /* noted already */
    const char *by_convention = cf__convention(settling->context, "uq", table->name, &columns, NULL);
    if (!are_there(table, &columns))
        note(settling->reflected, "%s is left out with its columns", what);
    else if (are_unique(table, &columns)) /* not every database keeps a second one */
        note(settling->reflected, "%s is left out: its columns are unique already", what);
    else if ((unique.name = choose_name(settling, what, found, by_convention, found && !cf__is_index_name(found))))
        table->uniques[table->unique_count++] = unique;
}

static void settle_uniques(const struct settling *settling)
{
    const struct cf_table *whole = settling->reflected->whole;
    struct cf_table *table = settling->table;
    table->uniques =
        cf_alloc(settling->context, (whole->unique_count + whole->index_count + 1) * sizeof *table->uniques);
    table->unique_count = 0;
    for (size_t i = 0; i < whole->unique_count; i++)
        keep_unique(settling, unique_text(settling, &whole->uniques[i]), whole->uniques[i]);
    for (size_t i = 0; i < whole->index_count; i++) {
        const struct cf_index *index = &whole->indexes[i];
        if (is_unique_constraint(index))
            keep_unique(settling, index_text(settling, index),
                        (struct cf_unique){ index->name, index->columns, NULL, index->nulls_not_distinct });
    }
}

static bool is_index_of_what_is_gone(const struct settling *settling, const struct cf_index *index)
{
    return (is_plain(index) && !are_there(settling->table, &index->columns)) ||
           (index->expressions && mentions_what_is_gone(settling, index->expressions)) ||
           (index->where && mentions_what_is_gone(settling, index->where));
}

/* The convention's: one of expressions is called by the word that its entry will be: that of its name. */
static const char *name_of_index(const struct settling *settling, const struct cf_index *index)
{
    cf_context *context = settling->context;
    const char *table = settling->table->name, *prefix = cf_format(context, "ix_%s_", table), *word = index->name;
    if (is_plain(index))
        return cf__convention(context, "ix", table, &index->columns, NULL);
    word += strncmp(word, prefix, strlen(prefix)) == 0 ? strlen(prefix) : 0;
    for (unsigned number = 1; !cf__is_field(word) || cf_table_column(settling->table, word); number++)
        word = cf_format(context, "index_%u", number);
    return cf__convention(context, "ix", table, NULL, word);
}

static void settle_indexes(const struct settling *settling)
{
    struct cf_table *table = settling->table;
    size_t kept = 0;
    for (size_t i = 0; i < table->index_count; i++) {
        struct cf_index index = table->indexes[i];
        const char *what = index_text(settling, &index);
        if (index.sql)
            note(settling->reflected, "the index %s is left out: %s", index.name, index.sql);
        if (index.sql || is_unique_constraint(&index))
            continue;
        if (is_index_of_what_is_gone(settling, &index)) {
            note(settling->reflected, "%s is left out with its columns", what);
            continue;
        }
        index.name = choose_name(settling, what, index.name, name_of_index(settling, &index), true);
        if (index.name)
            table->indexes[kept++] = index;
    }
    table->index_count = kept;
}

static const char *key_text(const struct settling *settling, const struct cf_foreign_key *key)
{
    return cf_format(settling->context, "the foreign key (%s) to %s (%s)",
                     cf__names_text(settling->context, &key->columns), key->table,
                     cf__names_text(settling->context, &key->references));
}

/* The key of one column that keeps this one from being said: a column has one `references`. */
static const struct cf_foreign_key *find_rival(const struct cf_table *table, size_t count,
                                               const struct cf_foreign_key *key)
{
    for (size_t i = 0; i < count && key->columns.count == 1; i++)
        if (cf__names_equal(&table->foreign_keys[i].columns, &key->columns))
            return &table->foreign_keys[i];
    return NULL;
}

static void settle_foreign_keys(const struct settling *settling,
                                const struct cf_table *(*find)(void *of, const char *name), void *of)
{
    struct cf_table *table = settling->table;
    size_t kept = 0;
    for (size_t i = 0; i < table->foreign_key_count; i++) {
        struct cf_foreign_key key = table->foreign_keys[i];
        const struct cf_table *other = find(of, key.table);
        const char *what = key_text(settling, &key);
        const struct cf_foreign_key *rival = find_rival(table, kept, &key);
        if (!are_there(table, &key.columns))
            note(settling->reflected, "%s is left out with its columns", what);
        else if (!other || !are_there(other, &key.references))
            note(settling->reflected, "%s is left out with what it refers to", what);
        else if (key.columns.count > 1 && !cf__names_alike(&key.references, &other->primary_key))
            note(settling->reflected, "%s is left out: it refers to other columns than the primary key", what);
        else if (rival)
            note(settling->reflected, "%s is left out: its column refers to %s already", what, rival->table);
        else if ((key.name =
                      choose_name(settling, what, key.name,
                                  cf__convention(settling->context, "fk", table->name, &key.columns, key.table), true)))
            table->foreign_keys[kept++] = key;
    }
    table->foreign_key_count = kept;
}

/* Those without a name get theirs in reflect.c. */
static void settle_checks(const struct settling *settling)
{
    struct cf_table *table = settling->table;
    size_t kept = 0;
    for (size_t i = 0; i < table->check_count; i++) {
        if (mentions_what_is_gone(settling, table->checks[i].sql))
            note(settling->reflected, "the check (%s) is left out with its columns", table->checks[i].sql);
        else
            table->checks[kept++] = table->checks[i];
    }
    table->check_count = kept;
}

/* ---- What a model says in one way only -------------------------------------------------------------------------- */

static void settle_key(const struct settling *settling)
{
    struct cf_table *table = settling->table;
    table->primary_key_name = choose_name(settling, "the primary key", table->primary_key_name,
                                          cf__convention(settling->context, "pk", table->name, NULL, NULL), true);
}

/* ---- Their order ------------------------------------------------------------------------------------------------ */

/* Databases tell constraints in any order, some by names that are others now: here they are in one that stays. */
static int compare_uniques(const void *left, const void *right)
{
    return strcmp(((const struct cf_unique *)left)->name, ((const struct cf_unique *)right)->name);
}

static int compare_indexes(const void *left, const void *right)
{
    return strcmp(((const struct cf_index *)left)->name, ((const struct cf_index *)right)->name);
}

static int compare_checks(const void *left, const void *right)
{
    return strcmp(((const struct cf_check *)left)->sql, ((const struct cf_check *)right)->sql);
}

/* Keys as their columns stand in the table. */
static void sort_keys(struct cf_table *table)
{
    for (size_t i = 1; i < table->foreign_key_count; i++) {
        struct cf_foreign_key key = table->foreign_keys[i];
        const struct cf_schema_column *first = cf_table_column(table, key.columns.items[0]);
        size_t at = i;
        for (; at > 0 && cf_table_column(table, table->foreign_keys[at - 1].columns.items[0]) > first; at--)
            table->foreign_keys[at] = table->foreign_keys[at - 1];
        table->foreign_keys[at] = key;
    }
}

static void sort_constraints(struct cf_table *table)
{
    qsort(table->uniques, table->unique_count, sizeof *table->uniques, compare_uniques);
    qsort(table->indexes, table->index_count, sizeof *table->indexes, compare_indexes);
    qsort(table->checks, table->check_count, sizeof *table->checks, compare_checks);
    sort_keys(table);
}

void cf__settle_constraints(struct cf__reflected *reflected, const struct cf_table *(*find)(void *of, const char *name),
                            void *of, struct cf_names *taken)
{
    const char *unsaid = "";
    const struct settling settling = { reflected, reflected->table, context_of(reflected), taken, &unsaid };
    settle_uniques(&settling);
    settle_indexes(&settling);
    settle_foreign_keys(&settling, find, of);
    settle_checks(&settling);
    sort_constraints(reflected->table);
    settle_key(&settling);
    if (*unsaid)
        note(reflected, "its constraints are called %s", unsaid);
}
