/* SPDX-License-Identifier: MIT
 *
 * A live database as a cf_schema, in one query of information_schema for each kind of thing. MariaDB does not keep what it
 * was told: expressions come back rewritten, with every name quoted and every backslash doubled, which is undone here as
 * far as it goes. What MariaDB makes by itself is left out: the index of a foreign key, and the check that a JSON column is
 * JSON. A unique index and a unique constraint are the same to it: one whose name begins with "ix_" is told as an index.
 */
#include "mariadb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <carafe/memory.h>

#include "../../base/buffer.h"
#include "../../text/number.h"
#include "../names.h"
#include "../query.h"
#include "../sql_type.h"

struct inspection {
    struct cf_connection *connection;
    cf_context *context;
    struct cf_schema *schema;
};

/* ---- Reading rows ----------------------------------------------------------------------------------------------- */

/* Tables are found by their names: the row's first column. Those of the bookkeeping are in no list. */
static struct cf_table *table_of(const struct inspection *inspection, MYSQL_ROW row)
{
    return row[0] ? cf_schema_table(inspection->schema, row[0]) : NULL;
}

static char *copy(const struct inspection *inspection, const char *text)
{
    return cf_copy_(inspection->context, text);
}

static bool is(const char *text, const char *word)
{
    return text && strcasecmp(text, word) == 0;
}

/* An array in the arena that grows by one. */
static void *push(const struct inspection *inspection, void *items, size_t *count, size_t size)
{
    char *grown = cf_alloc_(inspection->context, (*count + 1) * size);
    if (*count)
        memcpy(grown, items, *count * size);
    ++*count;
    return grown;
}

static void push_name(const struct inspection *inspection, struct cf_names *names, const char *name)
{
    names->items = push(inspection, names->items, &names->count, sizeof *names->items);
    names->items[names->count - 1] = copy(inspection, name);
}

/* Calls visit with each row of a query. */
static void each(const struct inspection *inspection, const char *sql,
                 void (*visit)(const struct inspection *inspection, MYSQL_ROW row))
{
    MYSQL_RES *result = cf__mariadb_ask(inspection->connection, inspection->context, sql);
    for (MYSQL_ROW row; (row = mysql_fetch_row(result));)
        visit(inspection, row);
}

/* ---- Expressions as MariaDB gives them back --------------------------------------------------------------------- */

/* The text between quotes from `text` on, "" and \" undone; *end is behind it. */
static const char *read_quoted(const struct inspection *inspection, const char *text, const char **end)
{
    char quote = *text, *out = copy(inspection, text), *at = out;
    const char *from = text + 1;
    for (; *from; from++) {
        if (*from == quote && from[1] != quote)
            break;
        bool escaped = *from == quote || (*from == '\\' && quote == '\'' && from[1]);
        from += escaped;
        *at++ = !escaped || *from == quote ? *from : *from == 'n' ? '\n' : *from == 'r' ? '\r' : *from;
    }
    *at = '\0';
    *end = *from ? from + 1 : from;
    return out;
}

/* Names unquoted where they can be, texts with quotes doubled: SQL as it would be written. */
static const char *tidy(const struct inspection *inspection, const char *sql)
{
    struct cf__buffer out = cf__buffer_new(cf__context_of(inspection->context), CF__CAP_SQL, "an expression");
    if (!sql)
        return NULL;
    while (*sql) {
        if (*sql == '\'')
            cf__sql_text(&out, read_quoted(inspection, sql, &sql));
        else if (*sql == '"' || *sql == '`')
            cf__sql_identifier(&out, &cf__mariadb_dialect, read_quoted(inspection, sql, &sql));
        else
            cf__buffer_char(&out, *sql++);
    }
    return cf__buffer_text(&out);
}

/* Without the parentheses around all of it. */
static const char *unwrap(const struct inspection *inspection, const char *sql)
{
    size_t size = strlen(sql), depth = 0;
    if (size < 2 || sql[0] != '(' || sql[size - 1] != ')')
        return sql;
    for (const char *at = sql; *at; at++) {
        const char *end;
        if (*at == '\'') {
            read_quoted(inspection, at, &end);
            at = end - 1;
        } else if (*at == '(')
            depth++;
        else if (*at == ')' && --depth == 0 && at[1])
            return sql;
    }
    return cf__copy_bytes(cf__context_of(inspection->context), sql + 1, size - 2);
}

/* ---- Columns ---------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    enum cf_type type;
} types[] = {
    { "bigint(20)", CF_TYPE_INTEGER }, { "smallint(6)", CF_TYPE_SMALL_INTEGER },
    { "tinyint(1)", CF_TYPE_BOOLEAN }, { "double", CF_TYPE_FLOAT },
    { "longtext", CF_TYPE_TEXT },      { "date", CF_TYPE_DATE },
    { "time(6)", CF_TYPE_TIME },       { "datetime(6)", CF_TYPE_DATETIME },
    { "char(32)", CF_TYPE_UUID },      { "longblob", CF_TYPE_BLOB },
};

static void set_type(struct cf_schema_column *column, const char *spelt)
{
    unsigned length = 0, scale = 0;
    int end = 0;
    column->raw_type = spelt;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (is(spelt, types[i].name))
            column->type = types[i].type;
    if (sscanf(spelt, "varchar(%u)%n", &length, &end) == 1 && end && !spelt[end]) {
        column->type = CF_TYPE_STRING;
        column->length = length;
    } else if (sscanf(spelt, "decimal(%u,%u)%n", &length, &scale, &end) == 2 && end && !spelt[end] && length <= 38) {
        column->type = CF_TYPE_NUMERIC;
        column->length = length;
        column->scale = scale;
    }
}

/* Of enum('draft','it''s'): NULL of other types. */
static const char *const *labels_of(const struct inspection *inspection, const char *spelt)
{
    struct cf_names labels = { 0 };
    if (strncmp(spelt, "enum(", strlen("enum(")) != 0)
        return NULL;
    for (spelt += strlen("enum("); *spelt == '\''; spelt += *spelt == ',')
        push_name(inspection, &labels, read_quoted(inspection, spelt, &spelt));
    return push(inspection, labels.items, &labels.count, sizeof *labels.items);
}

/* A quoted text, a number, the present moment, or SQL. "NULL" is what a column without a default has. */
static void set_default(const struct inspection *inspection, struct cf_schema_column *column, const char *spelt)
{
    double number;
    const char *end = NULL;
    if (!spelt || is(spelt, "NULL"))
        return;
    const char *quoted = *spelt == '\'' ? read_quoted(inspection, spelt, &end) : NULL;
    column->default_kind = CF_DEFAULT_LITERAL;
    if (quoted && !*end) {
        column->default_text = quoted;
    } else if (column->type == CF_TYPE_BOOLEAN && (is(spelt, "0") || is(spelt, "1"))) {
        column->default_text = *spelt == '1' ? "true" : "false";
    } else if (cf__parse_number(spelt, &number)) {
        column->default_text = copy(inspection, spelt);
    } else {
        column->default_kind = CF_DEFAULT_SQL;
        column->default_text = strncasecmp(spelt, "current_timestamp(", strlen("current_timestamp(")) == 0
                                   ? "CURRENT_TIMESTAMP"
                                   : tidy(inspection, unwrap(inspection, spelt));
    }
}

#define DEFAULT_COLLATION "utf8mb4_nopad_bin"

static const char columns_sql[] =
    "SELECT table_name, column_name, column_type, is_nullable, column_default, extra, generation_expression, "
    "NULLIF(collation_name, '" DEFAULT_COLLATION "'), NULLIF(column_comment, '') FROM information_schema.columns "
    "WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position";

/* Of a column, what cf_schema_column has no member for. */
static void note_extra(const struct inspection *inspection, struct cf_table *table, const char *name, const char *extra)
{
    const char *update = strstr(extra, "on update ");
    if (update)
        push_name(inspection, &table->notes,
                  cf_format_(inspection->context, "%s ON UPDATE %s", name, update + strlen("on update ")));
    if (strstr(extra, "INVISIBLE"))
        push_name(inspection, &table->notes, cf_format_(inspection->context, "%s INVISIBLE", name));
}

static void add_column(const struct inspection *inspection, MYSQL_ROW row)
{
    enum { TABLE, NAME, TYPE, NULLABLE, DEFAULT, EXTRA, GENERATED, COLLATION, COMMENT };
    struct cf_table *table = table_of(inspection, row);
    if (!table)
        return;
    table->columns = push(inspection, table->columns, &table->column_count, sizeof *table->columns);
    struct cf_schema_column *column = &table->columns[table->column_count - 1];
    column->name = copy(inspection, row[NAME]);
    set_type(column, copy(inspection, row[TYPE]));
    column->nullable = is(row[NULLABLE], "YES");
    column->identity = strstr(row[EXTRA], "auto_increment") != NULL;
    column->generated = tidy(inspection, row[GENERATED]);
    column->generated_stored = strstr(row[EXTRA], "STORED GENERATED") != NULL;
    column->collation = copy(inspection, row[COLLATION]);
    column->comment = copy(inspection, row[COMMENT]);
    column->labels = labels_of(inspection, column->raw_type);
    note_extra(inspection, table, column->name, row[EXTRA]);
    if (!column->generated)
        set_default(inspection, column, row[DEFAULT]);
}

/* ---- Foreign keys ----------------------------------------------------------------------------------------------- */

static const char foreign_keys_sql[] =
    "SELECT k.table_name, k.constraint_name, k.column_name, k.referenced_table_name, k.referenced_column_name, "
    "LOWER(r.delete_rule), LOWER(r.update_rule) FROM information_schema.key_column_usage k "
    "JOIN information_schema.referential_constraints r ON r.constraint_schema = k.constraint_schema "
    "AND r.constraint_name = k.constraint_name AND r.table_name = k.table_name "
    "WHERE k.table_schema = DATABASE() AND k.referenced_table_name IS NOT NULL "
    "ORDER BY k.table_name, k.constraint_name, k.ordinal_position";

static struct cf_foreign_key *find_foreign_key(const struct cf_table *table, const char *name)
{
    for (size_t i = 0; i < table->foreign_key_count; i++)
        if (strcmp(table->foreign_keys[i].name, name) == 0)
            return &table->foreign_keys[i];
    return NULL;
}

static void add_foreign_key_column(const struct inspection *inspection, MYSQL_ROW row)
{
    enum { TABLE, NAME, COLUMN, REFERRED, REFERENCE, ON_DELETE, ON_UPDATE };
    struct cf_table *table = table_of(inspection, row);
    if (!table)
        return;
    struct cf_foreign_key *key = find_foreign_key(table, row[NAME]);
    if (!key) {
        table->foreign_keys =
            push(inspection, table->foreign_keys, &table->foreign_key_count, sizeof *table->foreign_keys);
        key = &table->foreign_keys[table->foreign_key_count - 1];
        *key = (struct cf_foreign_key){ .name = copy(inspection, row[NAME]),
                                        .table = copy(inspection, row[REFERRED]),
                                        .on_delete = cf__action(copy(inspection, row[ON_DELETE])),
                                        .on_update = cf__action(copy(inspection, row[ON_UPDATE])) };
    }
    push_name(inspection, &key->columns, row[COLUMN]);
    push_name(inspection, &key->references, row[REFERENCE]);
}

/* ---- Keys and indexes ------------------------------------------------------------------------------------------- */

static const char indexes_sql[] =
    "SELECT table_name, index_name, column_name, non_unique = 0, collation = 'D', sub_part, index_type "
    "FROM information_schema.statistics WHERE table_schema = DATABASE() ORDER BY table_name, index_name, seq_in_index";
enum { INDEX_TABLE, INDEX_NAME, INDEX_COLUMN, INDEX_UNIQUE, INDEX_DESCENDING, INDEX_PART, INDEX_TYPE };

static struct cf_index *find_index(const struct inspection *inspection, struct cf_table *table, MYSQL_ROW row)
{
    for (size_t i = 0; i < table->index_count; i++)
        if (strcmp(table->indexes[i].name, row[INDEX_NAME]) == 0)
            return &table->indexes[i];
    table->indexes = push(inspection, table->indexes, &table->index_count, sizeof *table->indexes);
    struct cf_index *index = &table->indexes[table->index_count - 1];
    index->name = copy(inspection, row[INDEX_NAME]);
    index->unique = is(row[INDEX_UNIQUE], "1");
    index->using = cf__is_index_word(row[INDEX_TYPE]) ? cf__index_kind(inspection->context, row[INDEX_TYPE]) : NULL;
    return index;
}

/* A key holds 3072 bytes, 768 characters of a text: of a longer column MariaDB takes as much without being told. */
static bool is_longest_part(const char *part)
{
    return is(part, "768") || is(part, "3072");
}

/* How much of this column is in the index, where that is told. */
static unsigned length_of(MYSQL_ROW row)
{
    const char *part = row[INDEX_PART];
    return part && !is(row[INDEX_TYPE], "SPATIAL") && !is_longest_part(part) ? (unsigned)strtoul(part, NULL, 10) : 0;
}

/* The CREATE INDEX up to this column: what is more than a list of columns is told so. */
static const char *extend_sql(const struct inspection *inspection, const struct cf_index *index, MYSQL_ROW row)
{
    const struct cf_dialect *dialect = &cf__mariadb_dialect;
    struct cf__buffer sql = cf__buffer_new(cf__context_of(inspection->context), CF__CAP_SQL, "an index");
    if (index->sql) {
        cf__buffer_add(&sql, index->sql, strlen(index->sql) - 1);
        cf__buffer_string(&sql, ", ");
    } else {
        bool special = cf__is_index_word(row[INDEX_TYPE]);
        cf__buffer_format(&sql, "CREATE %s%sINDEX ",
                          index->unique ? "UNIQUE "
                          : special     ? row[INDEX_TYPE]
                                        : "",
                          special ? " " : "");
        cf__sql_identifier(&sql, dialect, index->name);
        cf__buffer_string(&sql, " ON ");
        cf__sql_identifier(&sql, dialect, row[INDEX_TABLE]);
        cf__buffer_string(&sql, " (");
    }
    cf__sql_identifier(&sql, dialect, row[INDEX_COLUMN]);
    if (length_of(row))
        cf__buffer_format(&sql, "(%u)", length_of(row));
    cf__buffer_string(&sql, is(row[INDEX_DESCENDING], "1") ? " DESC)" : ")");
    return cf__buffer_text(&sql);
}

static void push_length(const struct inspection *inspection, struct cf_index *index, unsigned length)
{
    size_t count = index->columns.count;
    unsigned *lengths = cf_alloc_(inspection->context, count * sizeof(*lengths));
    if (!index->lengths && !length)
        return;
    if (index->lengths)
        memcpy(lengths, index->lengths, (count - 1) * sizeof(*lengths));
    lengths[count - 1] = length;
    index->lengths = lengths;
}

static void add_index_column(const struct inspection *inspection, MYSQL_ROW row)
{
    struct cf_table *table = table_of(inspection, row);
    if (!table)
        return;
    if (strcmp(row[INDEX_NAME], "PRIMARY") == 0) {
        push_name(inspection, &table->primary_key, row[INDEX_COLUMN]);
        return;
    }
    struct cf_index *index = find_index(inspection, table, row);
    index->sql = extend_sql(inspection, index, row);
    push_name(inspection, &index->columns, row[INDEX_COLUMN]);
    push_length(inspection, index, length_of(row));
    if (is(row[INDEX_DESCENDING], "1"))
        push_name(inspection, &index->descending, row[INDEX_COLUMN]);
}

/* Its SQL says nothing that its columns do not say. */
static bool is_plain(const struct inspection *inspection, const struct cf_table *table, const struct cf_index *index)
{
    struct cf__buffer sql = cf__buffer_new(cf__context_of(inspection->context), CF__CAP_SQL, "an index");
    struct cf_index plain = *index;
    plain.sql = NULL;
    cf__ddl_create_index(&sql, &cf__mariadb_dialect, table->name, &plain);
    return strcmp(cf__buffer_text(&sql), index->sql) == 0;
}

/* Indexes are collected with their SQL; here each becomes what it is: a unique constraint, an index of columns or one that
 * only its SQL tells, or nothing where it is a foreign key's own. */
static void sort_indexes(const struct inspection *inspection, struct cf_table *table)
{
    size_t count = 0;
    for (size_t i = 0; i < table->index_count; i++) {
        struct cf_index index = table->indexes[i];
        bool plain = is_plain(inspection, table, &index);
        if (!index.unique && find_foreign_key(table, index.name))
            continue;
        if (index.unique && plain && !index.descending.count && !index.lengths && !cf__is_index_name(index.name)) {
            table->uniques = push(inspection, table->uniques, &table->unique_count, sizeof *table->uniques);
            table->uniques[table->unique_count - 1] = (struct cf_unique){ index.name, index.columns };
            continue;
        }
        if (plain)
            index.sql = NULL;
        else
            index.columns.count = index.descending.count = 0;
        table->indexes[count++] = index;
    }
    table->index_count = count;
    if (table->primary_key.count)
        table->primary_key_name = cf__convention(inspection->context, "pk", table->name, NULL, NULL);
}

/* ---- Checks ----------------------------------------------------------------------------------------------------- */

static const char checks_sql[] = "SELECT table_name, constraint_name, check_clause, level = 'Column' "
                                 "FROM information_schema.check_constraints WHERE constraint_schema = DATABASE() "
                                 "ORDER BY table_name, constraint_name";

/* A column's check has the column's name, and no other. */
static void add_check(const struct inspection *inspection, MYSQL_ROW row)
{
    enum { TABLE, NAME, CLAUSE, OF_COLUMN };
    struct cf_table *table = table_of(inspection, row);
    bool of_column = is(row[OF_COLUMN], "1");
    if (!table)
        return;
    struct cf_schema_column *column = of_column ? cf_table_column(table, row[NAME]) : NULL;
    if (column && column->type == CF_TYPE_TEXT && strncasecmp(row[CLAUSE], "json_valid(", strlen("json_valid(")) == 0) {
        column->type = CF_TYPE_JSON;
        column->collation = is(column->collation, "utf8mb4_bin") ? NULL : column->collation;
        return;
    }
    table->checks = push(inspection, table->checks, &table->check_count, sizeof *table->checks);
    table->checks[table->check_count - 1] =
        (struct cf_check){ of_column ? NULL : copy(inspection, row[NAME]), tidy(inspection, row[CLAUSE]) };
}

/* ---- Tables, views and triggers --------------------------------------------------------------------------------- */

#define NOT_OURS(name) name " NOT LIKE 'carafe|_%' ESCAPE '|'"

static void add_table(const struct inspection *inspection, MYSQL_ROW row)
{
    struct cf_schema *schema = inspection->schema;
    schema->tables = push(inspection, schema->tables, &schema->count, sizeof *schema->tables);
    struct cf_table *table = &schema->tables[schema->count - 1];
    table->name = copy(inspection, row[0]);
    table->comment = copy(inspection, row[1]);
    if (row[2])
        push_name(inspection, &table->notes, row[2]);
    if (!row[3] || !*row[3])
        return;
    table->options = push(inspection, table->options, &table->option_count, sizeof *table->options);
    table->options[0] = (struct cf_table_option){ cf__mariadb_dialect.name, copy(inspection, row[3]) };
}

static void add_partitions(const struct inspection *inspection, MYSQL_ROW row)
{
    struct cf_table *table = table_of(inspection, row);
    if (table)
        push_name(inspection, &table->notes, row[1]);
}

static void add_other(const struct inspection *inspection, MYSQL_ROW row)
{
    push_name(inspection, &inspection->schema->others, row[0]);
}

static void add_view(const struct inspection *inspection, MYSQL_ROW row)
{
    struct cf_schema *schema = inspection->schema;
    schema->views = push(inspection, schema->views, &schema->view_count, sizeof *schema->views);
    schema->views[schema->view_count - 1] = (struct cf_view){ copy(inspection, row[0]), tidy(inspection, row[1]) };
}

static void add_trigger(const struct inspection *inspection, MYSQL_ROW row)
{
    struct cf_table *table = table_of(inspection, row);
    if (table)
        push_name(inspection, &table->triggers, row[1]);
}

struct cf_schema *cf__mariadb_inspect(struct cf_connection *connection, cf_context *context)
{
    const struct inspection inspection = { connection, context, cf_alloc_(context, sizeof(struct cf_schema)) };
    each(&inspection,
         "SELECT table_name, NULLIF(table_comment, ''), IF(table_type = 'BASE TABLE', NULL, 'WITH SYSTEM VERSIONING'), "
         "TRIM(CONCAT(IF(engine = 'InnoDB', '', CONCAT('ENGINE=', engine)), ' ', "
         "REGEXP_REPLACE(create_options, '(?i)\\bpartitioned\\b', ''))) FROM information_schema.tables WHERE "
         "table_schema = DATABASE() "
         "AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') AND " NOT_OURS("table_name") " ORDER BY table_name",
         add_table);
    each(&inspection, columns_sql, add_column);
    each(&inspection, foreign_keys_sql, add_foreign_key_column);
    each(&inspection, indexes_sql, add_index_column);
    for (size_t i = 0; i < inspection.schema->count; i++)
        sort_indexes(&inspection, &inspection.schema->tables[i]);
    each(&inspection, checks_sql, add_check);
    each(&inspection,
         "SELECT table_name, REPLACE(view_definition, CONCAT('`', DATABASE(), '`.'), '') FROM information_schema.views "
         "WHERE table_schema = DATABASE() AND " NOT_OURS("table_name") " ORDER BY table_name",
         add_view);
    each(&inspection,
         "SELECT event_object_table, trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE() "
         "ORDER BY event_object_table, action_timing, event_manipulation, action_order",
         add_trigger);
    each(&inspection,
         "SELECT DISTINCT table_name, CONCAT('PARTITION BY ', partition_method, ' (', partition_expression, ')') FROM "
         "information_schema.partitions WHERE table_schema = DATABASE() AND partition_name IS NOT NULL ORDER BY 1",
         add_partitions);
    each(
        &inspection,
        "SELECT CONCAT('sequence \"', table_name, '\"') FROM information_schema.tables WHERE table_schema = DATABASE() "
        "AND table_type = 'SEQUENCE' AND " NOT_OURS("table_name") " ORDER BY 1",
        add_other);
    return inspection.schema;
}

/* ---- What becomes of a schema ----------------------------------------------------------------------------------- */

/* Defaults and checks come back rewritten, and only MariaDB knows how: it is told them in a temporary table, and asked
 * what it has understood. Their types it must know, the rest of a column would only be in the way. */
static const char *scratch_sql(const struct inspection *inspection, const struct cf_table *table)
{
    struct cf_table scratch = { .name = "carafe_scratch",
                                .column_count = table->column_count,
                                .checks = table->checks,
                                .check_count = table->check_count };
    struct cf__buffer sql = cf__buffer_new(cf__context_of(inspection->context), CF__CAP_SQL, "a statement");
    scratch.columns = cf_alloc_(inspection->context, table->column_count * sizeof *scratch.columns);
    for (size_t i = 0; i < table->column_count; i++) {
        scratch.columns[i] = table->columns[i];
        scratch.columns[i].nullable = true;
        scratch.columns[i].identity = false;
        scratch.columns[i].comment = NULL;
        if (scratch.columns[i].type == CF_TYPE_JSON)
            scratch.columns[i].type = CF_TYPE_TEXT;
    }
    static const char create[] = "CREATE ";
    cf__ddl_create_table(&sql, &cf__mariadb_dialect, &scratch);
    return cf_format_(inspection->context, "%sTEMPORARY %s", create, cf__buffer_text(&sql) + sizeof create - 1);
}

/* Where a word stands outside of quotes; NULL where it does not. */
static const char *find_word(const struct inspection *inspection, const char *sql, const char *word)
{
    for (; *sql; sql++) {
        if (strncmp(sql, word, strlen(word)) == 0)
            return sql;
        if (*sql == '\'' || *sql == '"' || *sql == '`') {
            read_quoted(inspection, sql, &sql);
            sql--;
        }
    }
    return NULL;
}

/* What stands between the parentheses at `sql`. */
static const char *inside(const struct inspection *inspection, const char *sql)
{
    size_t depth = 0;
    for (const char *at = sql; *at; at++) {
        if (strchr("'\"`", *at)) {
            read_quoted(inspection, at, &at);
            at--;
        }
        depth += *at == '(';
        if (*at == ')' && --depth == 0)
            return cf__copy_bytes(cf__context_of(inspection->context), sql + 1, (size_t)(at - sql - 1));
    }
    return sql;
}

/* " set('a','b') DEFAULT 'a'": a type of the program's choice, as who inspects finds it. */
static void take_type(const struct inspection *inspection, struct cf_schema_column *column, const char *line)
{
    static const char sign[] = " unsigned";
    const char *start = line + strspn(line, " "), *end = start;
    while (*end && *end != ' ')
        if (*end == '\'')
            read_quoted(inspection, end, &end);
        else
            end++;
    if (strncmp(end, sign, sizeof sign - 1) == 0)
        end += sizeof sign - 1;
    column->type = CF_TYPE_NONE;
    column->length = column->scale = 0;
    column->sql_type = NULL;
    set_type(column, cf__copy_bytes(cf__context_of(inspection->context), start, (size_t)(end - start)));
    column->labels = labels_of(inspection, column->raw_type);
}

/* A line of SHOW CREATE TABLE: "name" type DEFAULT x, "name" type GENERATED ALWAYS AS (x), or CONSTRAINT "name" CHECK (x) */
static void take_line(const struct inspection *inspection, struct cf_table *table, const char *line)
{
    static const char constraint[] = "CONSTRAINT ", check[] = " CHECK ", by_default[] = " DEFAULT ",
                      computed[] = " GENERATED ALWAYS AS ";
    bool is_constraint = strncmp(line, constraint, sizeof constraint - 1) == 0;
    const char *quoted = is_constraint ? line + sizeof constraint - 1 : line;
    if (*quoted != '"' && *quoted != '`')
        return;
    const char *name = read_quoted(inspection, quoted, &line);
    const char *at = find_word(inspection, line, is_constraint ? check : by_default);
    struct cf_schema_column *column = cf_table_column(table, name);
    if (is_constraint) {
        for (size_t i = 0; at && i < table->check_count; i++)
            if (table->checks[i].name && strcmp(table->checks[i].name, name) == 0)
                table->checks[i].sql = tidy(inspection, unwrap(inspection, at + sizeof check - 1));
        return;
    }
    if (column && cf__has_sql_type(column->sql_type, &cf__mariadb_dialect))
        take_type(inspection, column, line);
    if (column && column->generated) {
        at = find_word(inspection, line, computed);
        column->generated = at ? tidy(inspection, inside(inspection, at + sizeof computed - 1)) : column->generated;
    } else if (column && column->default_kind != CF_DEFAULT_NONE && at) {
        column->default_kind = CF_DEFAULT_NONE;
        set_default(inspection, column, at + sizeof by_default - 1);
    }
}

static struct cf_table rewrite_table(const struct inspection *inspection, const struct cf_table *from)
{
    struct cf_table table = *from;
    table.columns = cf_alloc_(inspection->context, table.column_count * sizeof *table.columns);
    table.checks = cf_alloc_(inspection->context, (table.check_count + 1) * sizeof *table.checks);
    memcpy(table.columns, from->columns, table.column_count * sizeof *table.columns);
    if (table.check_count)
        memcpy(table.checks, from->checks, table.check_count * sizeof *table.checks);
    for (size_t i = 0; i < table.column_count; i++)
        if (is(table.columns[i].collation, DEFAULT_COLLATION))
            table.columns[i].collation = NULL;
    cf__mariadb_execute(inspection->connection, scratch_sql(inspection, from));
    MYSQL_RES *result =
        cf__mariadb_ask(inspection->connection, inspection->context, "SHOW CREATE TABLE carafe_scratch");
    MYSQL_ROW row = mysql_fetch_row(result);
    char *rest = row ? copy(inspection, row[1]) : NULL;
    for (char *line; (line = strsep(&rest, "\n"));) {
        size_t size = strlen(line);
        if (size && line[size - 1] == ',')
            line[size - 1] = '\0';
        take_line(inspection, &table, line + strspn(line, " "));
    }
    cf__mariadb_execute(inspection->connection, "DROP TEMPORARY TABLE carafe_scratch");
    return table;
}

struct cf_schema *cf__mariadb_rewritten(struct cf_connection *connection, cf_context *context,
                                        const struct cf_schema *schema)
{
    struct cf_schema *rewritten = cf_alloc_(context, sizeof *rewritten);
    const struct inspection inspection = { connection, context, rewritten };
    *rewritten = *schema;
    rewritten->tables = cf_alloc_(context, (schema->count + 1) * sizeof *rewritten->tables);
    for (size_t i = 0; i < schema->count; i++)
        rewritten->tables[i] = rewrite_table(&inspection, &schema->tables[i]);
    return rewritten;
}
