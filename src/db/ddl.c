/* SPDX-License-Identifier: MIT
 *
 * The schema as SQL: identifiers, texts, columns, tables, indexes. The text of a table is that of SQLAlchemy's
 * compiler, so that schemas made by either look the same.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <carafe/memory.h>

#include "../text/number.h"
#include "query.h"
#include "sql_type.h"

/* Reserved in SQLite, PostgreSQL or MariaDB (their manuals' lists of keywords), as far as they look like a column's
 * name. Sorted. */
/* clang-format off */
static const char *const reserved[] = {
    "add", "all", "alter", "analyze", "and", "any", "array", "as", "asc", "autoincrement", "between", "both", "by",
    "case", "cast", "change", "check", "collate", "column", "commit", "condition", "constraint", "create", "cross",
    "current_date", "current_time", "current_timestamp", "current_user", "cursor", "database", "databases", "default",
    "deferrable", "delete", "desc", "describe", "distinct", "div", "do", "drop", "each", "else", "end", "escape",
    "except", "exists", "explain", "false", "fetch", "for", "foreign", "from", "full", "fulltext", "grant", "group",
    "groups", "having", "if", "ignore", "in", "index", "initially", "inner", "insert", "int", "integer", "intersect",
    "interval", "into", "is", "isnull", "join", "key", "keys", "kill", "lag", "lateral", "lead", "leading", "left",
    "like", "limit", "lines", "load", "localtime", "lock", "long", "match", "mod", "natural", "not", "nothing",
    "notnull", "null", "numeric", "offset", "on", "only", "option", "or", "order", "out", "outer", "over",
    "partition", "placing", "precision", "primary", "procedure", "raise", "range", "rank", "read", "real",
    "recursive", "references", "release", "rename", "repeat", "replace", "returning", "revoke", "right", "row",
    "row_number", "rows", "schema", "select", "session_user", "set", "show", "signal", "some", "sql", "symmetric",
    "system", "table", "then", "to", "trailing", "transaction", "trigger", "true", "union", "unique", "unlock",
    "update", "usage", "use", "user", "using", "values", "varying", "when", "where", "while", "window", "with",
    "write", "xor",
};
/* clang-format on */

static int compare_words(const void *left, const void *right)
{
    return strcmp(left, *(const char *const *)right);
}

static bool is_plain(const char *name)
{
    bool digit_first = *name >= '0' && *name <= '9';
    size_t size = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return size && !name[size] && !digit_first &&
           !bsearch(name, reserved, sizeof reserved / sizeof reserved[0], sizeof reserved[0], compare_words);
}

static void write_quoted(struct cf__buffer *sql, const char *text, char quote)
{
    cf__buffer_char(sql, quote);
    for (; *text; text++) {
        if (*text == quote)
            cf__buffer_char(sql, quote);
        cf__buffer_char(sql, *text);
    }
    cf__buffer_char(sql, quote);
}

void cf__sql_identifier(struct cf__buffer *sql, const struct cf_dialect *dialect, const char *name)
{
    if (is_plain(name))
        cf__buffer_string(sql, name);
    else
        write_quoted(sql, name, dialect->quote);
}

void cf__sql_placeholder(struct cf__buffer *sql, const struct cf_dialect *dialect, size_t number)
{
    cf__buffer_char(sql, dialect->numbered_placeholders ? '$' : '?');
    if (dialect->numbered_placeholders)
        cf__buffer_integer(sql, (int64_t)number);
}

void cf__sql_text(struct cf__buffer *sql, const char *text)
{
    write_quoted(sql, text, '\'');
}

/* ---- Kinds of indexes ------------------------------------------------------------------------------------------- */

bool cf__is_index_word(const char *using)
{
    return using && (strcasecmp(using, "fulltext") == 0 || strcasecmp(using, "spatial") == 0);
}

const char *cf__index_kind(cf_context *context, const char *using)
{
    char *kind = using ? cf_copy_(context, using) : NULL;
    for (char *at = kind; at && *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return kind;
}

/* "CREATE UNIQUE INDEX ", "CREATE FULLTEXT INDEX " */
static void begin_index(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_index *index)
{
    cf__buffer_string(sql, index->unique ? "CREATE UNIQUE " : "CREATE ");
    if (dialect->index_words && cf__is_index_word(index->using))
        cf__buffer_string(sql, strcasecmp(index->using, "spatial") == 0 ? "SPATIAL " : "FULLTEXT ");
    cf__buffer_string(sql, "INDEX ");
    cf__buffer_string(sql, index->concurrently && dialect->concurrently ? dialect->concurrently : "");
}

/* "(created DESC, author_id)" */
static void write_index_columns(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_index *index)
{
    cf__buffer_char(sql, '(');
    for (size_t i = 0; i < index->columns.count; i++) {
        cf__buffer_string(sql, i ? ", " : "");
        cf__sql_identifier(sql, dialect, index->columns.items[i]);
        if (dialect->index_lengths && index->lengths && index->lengths[i])
            cf__buffer_format(sql, "(%u)", index->lengths[i]);
        for (size_t k = 0; k < index->descending.count; k++)
            if (strcmp(index->descending.items[k], index->columns.items[i]) == 0)
                cf__buffer_string(sql, " DESC");
    }
    cf__buffer_char(sql, ')');
}

void cf__sql_names(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_names *names)
{
    cf__buffer_char(sql, '(');
    for (size_t i = 0; i < names->count; i++) {
        if (i)
            cf__buffer_string(sql, ", ");
        cf__sql_identifier(sql, dialect, names->items[i]);
    }
    cf__buffer_char(sql, ')');
}

/* ---- Columns ---------------------------------------------------------------------------------------------------- */

/* Whose literals stand unquoted: a decimal with more digits than a double has would be read as one. */
static bool is_number(const struct cf_schema_column *column)
{
    return column->type == CF_TYPE_INTEGER || column->type == CF_TYPE_SMALL_INTEGER ||
           column->type == CF_TYPE_BIG_INTEGER || column->type == CF_TYPE_FLOAT ||
           (column->type == CF_TYPE_NUMERIC && column->length <= 15);
}

void cf__ddl_default(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_schema_column *column)
{
    bool truth;
    if (column->default_kind == CF_DEFAULT_NONE)
        return;
    if (column->default_kind == CF_DEFAULT_SQL) {
        bool word =
            !column
                 ->default_text[strspn(column->default_text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")];
        cf__buffer_format(sql, word ? "%s" : "(%s)", column->default_text);
    } else if (column->type == CF_TYPE_BOOLEAN && cf__parse_boolean(column->default_text, &truth)) {
        cf__buffer_string(sql, truth ? dialect->true_literal : dialect->false_literal);
    } else if (is_number(column)) {
        cf__buffer_string(sql, column->default_text);
    } else {
        cf__sql_text(sql, column->default_text);
    }
}

void cf__ddl_collation(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_schema_column *column)
{
    if (!column->collation)
        return;
    cf__buffer_string(sql, " COLLATE ");
    cf__sql_identifier(sql, dialect, column->collation);
}

/* " GENERATED BY DEFAULT AS IDENTITY (START WITH 1000 INCREMENT BY 5)" */
static void write_identity(struct cf__buffer *sql, const struct cf_dialect *dialect,
                           const struct cf_schema_column *column)
{
    cf__buffer_string(sql, dialect->identity);
    if (dialect->start || !(column->start || column->increment))
        return;
    cf__buffer_string(sql, " (");
    if (column->start)
        cf__buffer_format(sql, "START WITH %lld", (long long)column->start);
    if (column->increment)
        cf__buffer_format(sql, "%sINCREMENT BY %lld", column->start ? " " : "", (long long)column->increment);
    cf__buffer_char(sql, ')');
}

/* Of NOT NULL, of a primary key and of a unique constraint. */
static void write_conflict(struct cf__buffer *sql, const char *on_conflict)
{
    if (on_conflict)
        cf__buffer_format(sql, " ON CONFLICT %s", on_conflict);
}

void cf__ddl_column(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_table *table,
                    const struct cf_schema_column *column)
{
    cf__sql_identifier(sql, dialect, column->name);
    cf__buffer_char(sql, ' ');
    cf__buffer_string(sql, cf__sql_type_of(&cf__current()->head, dialect, table, column));
    cf__ddl_collation(sql, dialect, column);
    if (column->identity && dialect->identity)
        write_identity(sql, dialect, column);
    if (column->generated)
        cf__buffer_format(sql, " GENERATED ALWAYS AS (%s)%s", column->generated,
                          column->generated_stored || dialect->computes_stored ? " STORED" : "");
    if (column->default_kind != CF_DEFAULT_NONE) {
        cf__buffer_string(sql, " DEFAULT ");
        cf__ddl_default(sql, dialect, column);
    }
    if (!column->nullable && !(column->generated && dialect->computes_nullable)) {
        cf__buffer_string(sql, " NOT NULL");
        write_conflict(sql, column->on_conflict);
    }
    if (column->comment && dialect->comments == CF_COMMENTS_INLINE) {
        cf__buffer_string(sql, " COMMENT ");
        cf__sql_text(sql, column->comment);
    }
}

/* ---- Constraints ------------------------------------------------------------------------------------------------ */

static void name_constraint(struct cf__buffer *sql, const struct cf_dialect *dialect, const char *name)
{
    if (!name)
        return;
    cf__buffer_string(sql, "CONSTRAINT ");
    cf__sql_identifier(sql, dialect, name);
    cf__buffer_char(sql, ' ');
}

static void write_action(struct cf__buffer *sql, const struct cf_dialect *dialect, const char *event,
                         const char *action)
{
    if (!action && dialect->spells_no_action)
        action = "no action";
    if (!action)
        return;
    cf__buffer_format(sql, " ON %s ", event);
    for (; *action; action++)
        cf__buffer_char(sql, *action >= 'a' && *action <= 'z' ? (char)(*action - 'a' + 'A') : *action);
}

static void write_deferral(struct cf__buffer *sql, bool deferrable, bool deferred)
{
    if (deferrable)
        cf__buffer_string(sql, deferred ? " DEFERRABLE INITIALLY DEFERRED" : " DEFERRABLE");
}

void cf__ddl_references(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_foreign_key *key)
{
    cf__buffer_string(sql, " REFERENCES ");
    cf__sql_identifier(sql, dialect, key->table);
    if (key->references.count) {
        cf__buffer_char(sql, ' ');
        cf__sql_names(sql, dialect, &key->references);
    }
    write_action(sql, dialect, "DELETE", key->on_delete);
    write_action(sql, dialect, "UPDATE", key->on_update);
    write_deferral(sql, key->deferrable, key->deferred);
}

void cf__ddl_foreign_key(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_foreign_key *key)
{
    name_constraint(sql, dialect, key->name);
    cf__buffer_string(sql, "FOREIGN KEY");
    cf__sql_names(sql, dialect, &key->columns);
    cf__ddl_references(sql, dialect, key);
}

/* The word stands behind the one column of such a key. */
void cf__ddl_primary_key(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_table *table)
{
    const struct cf_names *key = &table->primary_key;
    const struct cf_schema_column *column = key->count == 1 ? cf_table_column(table, key->items[0]) : NULL;
    name_constraint(sql, dialect, table->primary_key_name);
    cf__buffer_string(sql, "PRIMARY KEY ");
    if (!column || !column->autoincrement || !dialect->autoincrement) {
        cf__sql_names(sql, dialect, key);
    } else {
        cf__buffer_char(sql, '(');
        cf__sql_identifier(sql, dialect, column->name);
        cf__buffer_format(sql, " %s)", dialect->autoincrement);
    }
    write_conflict(sql, table->primary_key_on_conflict);
}

void cf__ddl_unique(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_unique *unique)
{
    name_constraint(sql, dialect, unique->name);
    cf__buffer_string(sql, unique->nulls_not_distinct ? "UNIQUE NULLS NOT DISTINCT " : "UNIQUE ");
    cf__sql_names(sql, dialect, &unique->columns);
    write_deferral(sql, unique->deferrable, unique->deferred);
    write_conflict(sql, unique->on_conflict);
}

void cf__ddl_check(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_check *check)
{
    name_constraint(sql, dialect, check->name);
    cf__buffer_format(sql, "CHECK (%s)", check->sql);
}

/* ---- Tables ----------------------------------------------------------------------------------------------------- */

static void write_constraints(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_table *table)
{
    static const char next[] = ",\n    ";
    if (table->primary_key.count) {
        cf__buffer_string(sql, next);
        cf__ddl_primary_key(sql, dialect, table);
    }
    for (size_t i = 0; i < table->unique_count; i++) {
        cf__buffer_string(sql, next);
        cf__ddl_unique(sql, dialect, &table->uniques[i]);
    }
    for (size_t i = 0; i < table->foreign_key_count; i++) {
        cf__buffer_string(sql, next);
        cf__ddl_foreign_key(sql, dialect, &table->foreign_keys[i]);
    }
    for (size_t i = 0; i < table->check_count; i++) {
        cf__buffer_string(sql, next);
        cf__ddl_check(sql, dialect, &table->checks[i]);
    }
}

/* What of a table's option stands before TABLE, "UNLOGGED "; the rest of it in *rest, for the end. */
static const char *word_of_option(const struct cf_dialect *dialect, const struct cf_table *table, const char **rest)
{
    const char *option = cf_table_option(table, dialect->name), *word = dialect->table_word;
    size_t size = word ? strlen(word) : 0;
    *rest = option ? option : "";
    if (!option || !word || strncasecmp(option, word, size) != 0 || (option[size] && option[size] != ' '))
        return NULL;
    *rest = option + size + strspn(option + size, " ");
    return word;
}

void cf__ddl_create_table(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_table *table)
{
    const char *option, *word = word_of_option(dialect, table, &option);
    cf__buffer_string(sql, "CREATE ");
    if (word)
        cf__buffer_format(sql, "%s ", word);
    cf__buffer_string(sql, "TABLE ");
    cf__sql_identifier(sql, dialect, table->name);
    cf__buffer_string(sql, " (\n    ");
    for (size_t i = 0; i < table->column_count; i++) {
        if (i)
            cf__buffer_string(sql, ",\n    ");
        cf__ddl_column(sql, dialect, table, &table->columns[i]);
    }
    write_constraints(sql, dialect, table);
    cf__buffer_string(sql, "\n)");
    if (dialect->table_suffix)
        cf__buffer_string(sql, dialect->table_suffix);
    if (table->comment && dialect->comments == CF_COMMENTS_INLINE) {
        cf__buffer_string(sql, " COMMENT ");
        cf__sql_text(sql, table->comment);
    }
    if (*option)
        cf__buffer_format(sql, " %s", option);
}

void cf__ddl_create_index(struct cf__buffer *sql, const struct cf_dialect *dialect, const char *table,
                          const struct cf_index *index)
{
    if (index->sql) { /* an inspected one, as it was written */
        cf__buffer_string(sql, index->sql);
        return;
    }
    begin_index(sql, dialect, index);
    cf__sql_identifier(sql, dialect, index->name);
    cf__buffer_string(sql, " ON ");
    cf__sql_identifier(sql, dialect, table);
    cf__buffer_char(sql, ' ');
    if (index->using && dialect->index_kinds && !cf__is_index_word(index->using))
        cf__buffer_format(sql, "USING %s ", index->using);
    if (index->expressions)
        cf__buffer_format(sql, "(%s)", index->expressions);
    else
        write_index_columns(sql, dialect, index);
    if (index->include.count && dialect->index_kinds) {
        cf__buffer_string(sql, " INCLUDE ");
        cf__sql_names(sql, dialect, &index->include);
    }
    cf__buffer_string(sql, index->nulls_not_distinct ? " NULLS NOT DISTINCT" : "");
    if (index->where)
        cf__buffer_format(sql, " WHERE %s", index->where);
}

void cf__ddl_create_view(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_view *view)
{
    cf__buffer_string(sql, "CREATE VIEW ");
    cf__sql_identifier(sql, dialect, view->name);
    cf__buffer_format(sql, " AS %s", view->sql);
}
