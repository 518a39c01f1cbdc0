/* SPDX-License-Identifier: MIT
 *
 * A live database as a cf_schema: structure from SQLite's PRAGMAs (as table-valued functions), the names of
 * constraints and the texts of checks from the CREATE TABLE statements.
 */
#include "sqlite.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "../../text/number.h"
#include "../names.h"

struct inspection {
    struct cf_connection *connection;
    cf_context *context;
};

/* ---- Reading rows ----------------------------------------------------------------------------------------------- */

/* Statements are prepared and finalized here; an error in between leaves none behind, because they are releases of
 * the context. */
static void finalize(void *statement)
{
    sqlite3_finalize(statement);
}

static sqlite3_stmt *ask(const struct inspection *inspection, const char *sql, const char *name)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(inspection->connection->handle, sql, -1, &statement, NULL);
    if (code != SQLITE_OK)
        cf__sqlite_raise(inspection->connection, code, sql);
    cf_defer_(inspection->context, finalize, statement);
    if (name)
        sqlite3_bind_text(statement, 1, name, -1, SQLITE_TRANSIENT);
    return statement;
}

static bool more(const struct inspection *inspection, sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        cf__sqlite_raise(inspection->connection, code, sqlite3_sql(statement));
    if (code == SQLITE_DONE)
        sqlite3_reset(statement);
    return code == SQLITE_ROW;
}

static const char *text(const struct inspection *inspection, sqlite3_stmt *statement, int column)
{
    return cf_copy_(inspection->context, (const char *)sqlite3_column_text(statement, column));
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
    names->items[names->count - 1] = name;
}

static bool same_names(const struct cf_names *left, const struct cf_names *right)
{
    if (left->count != right->count)
        return false;
    for (size_t i = 0; i < left->count; i++)
        if (strcasecmp(left->items[i], right->items[i]))
            return false;
    return true;
}

/* The declared constraint of a kind on these columns. */
static const struct cf__declared *find_declared(const struct cf__declared *declared, enum cf__declared_kind kind,
                                                const struct cf_names *columns)
{
    for (; declared; declared = declared->next)
        if (declared->kind == kind && same_names(&declared->columns, columns))
            return declared;
    return NULL;
}

static const char *declared_name(const struct cf__declared *declared)
{
    return declared ? declared->name : NULL;
}

/* ---- Columns ---------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    enum cf_type type;
    int arguments;
} types[] = {
    { "INTEGER", CF_TYPE_INTEGER, 0 },    { "SMALLINT", CF_TYPE_SMALL_INTEGER, 0 },
    { "BIGINT", CF_TYPE_BIG_INTEGER, 0 }, { "BOOLEAN", CF_TYPE_BOOLEAN, 0 },
    { "FLOAT", CF_TYPE_FLOAT, 0 },        { "NUMERIC", CF_TYPE_NUMERIC, 2 },
    { "VARCHAR", CF_TYPE_STRING, 1 },     { "TEXT", CF_TYPE_TEXT, 0 },
    { "DATE", CF_TYPE_DATE, 0 },          { "TIME", CF_TYPE_TIME, 0 },
    { "DATETIME", CF_TYPE_DATETIME, 0 },  { "BLOB", CF_TYPE_BLOB, 0 },
    { "JSON", CF_TYPE_JSON, 0 },          { "TEXT_NUMERIC", CF_TYPE_NUMERIC, 2 },
};

void cf__sqlite_set_type(struct cf_schema_column *column, const char *declared)
{
    char name[32] = "";
    unsigned length = 0, scale = 0;
    int end = 0, read = sscanf(declared, "%31[^( ] (%u , %u", name, &length, &scale);
    sscanf(declared, read == 1 ? "%*31[^( ] %n" : read == 2 ? "%*31[^( ] (%*u )%n" : "%*31[^( ] (%*u , %*u )%n", &end);
    column->raw_type = declared;
    column->type = CF_TYPE_NONE;
    if (strcasecmp(declared, "CHAR(32)") == 0) {
        column->type = CF_TYPE_UUID;
        return;
    }
    for (size_t i = 0; end && !declared[end] && i < sizeof types / sizeof types[0]; i++) {
        if (strcasecmp(types[i].name, name) == 0 && types[i].arguments == read - 1) {
            column->type = types[i].type;
            column->length = length;
            column->scale = scale;
        }
    }
}

/* The value of a literal that is one quoted text; NULL of any other SQL. */
static const char *unquote(const struct inspection *inspection, const char *literal)
{
    char *out = cf_copy_(inspection->context, literal), *at = out;
    if (*literal != '\'')
        return NULL;
    for (const char *from = literal + 1; *from; from++) {
        if (*from == '\'' && *++from != '\'') {
            *at = '\0';
            return *from ? NULL : out;
        }
        *at++ = *from;
    }
    return NULL;
}

static void set_default(const struct inspection *inspection, struct cf_schema_column *column, const char *declared)
{
    double number;
    bool truth;
    if (!declared || strcasecmp(declared, "NULL") == 0)
        return;
    const char *quoted = unquote(inspection, declared);
    column->default_kind = CF_DEFAULT_LITERAL;
    column->default_text = quoted ? quoted : declared;
    if (column->type == CF_TYPE_BOOLEAN && cf__parse_boolean(column->default_text, &truth))
        column->default_text = truth ? "true" : "false";
    else if (!quoted && !cf__parse_number(declared, &number))
        column->default_kind = CF_DEFAULT_SQL;
}

/* The columns, and the primary key in its own order. */
static void read_columns(const struct inspection *inspection, struct cf_table *table, bool has_rowid)
{
    const char *key[64] = { NULL };
    sqlite3_stmt *rows =
        ask(inspection,
            "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER "
            "BY cid",
            table->name);
    while (more(inspection, rows)) {
        table->columns = push(inspection, table->columns, &table->column_count, sizeof *table->columns);
        struct cf_schema_column *column = &table->columns[table->column_count - 1];
        column->name = text(inspection, rows, 0);
        cf__sqlite_set_type(column, text(inspection, rows, 1));
        column->nullable = !sqlite3_column_int(rows, 2);
        column->generated_stored = sqlite3_column_int(rows, 5) == 3;
        set_default(inspection, column, text(inspection, rows, 3));
        int place = sqlite3_column_int(rows, 4);
        if (place > 0 && place <= 64)
            key[place - 1] = column->name;
    }
    for (size_t i = 0; i < 64 && key[i]; i++)
        push_name(inspection, &table->primary_key, key[i]);
    if (table->primary_key.count == 1) {
        struct cf_schema_column *column = cf_table_column(table, table->primary_key.items[0]);
        column->identity =
            has_rowid && column->type == CF_TYPE_INTEGER; /* the rowid under another name numbers itself */
        column->nullable &= !column->identity;
    }
}

/* A column's type has its collation with it, which is not told again. */
static bool is_of_type(const struct cf_schema_column *column, const char *collation)
{
    return strcasecmp(collation, "BINARY") == 0 ||
           (column->type == CF_TYPE_NUMERIC && strcasecmp(collation, "carafe_decimal") == 0);
}

static void read_properties(struct cf_table *table, const struct cf__declared *declared)
{
    for (; declared; declared = declared->next) {
        struct cf_schema_column *column =
            declared->columns.count ? cf_table_column(table, declared->columns.items[0]) : NULL;
        if (declared->kind == CF__DECLARED_AUTOINCREMENT && table->primary_key.count == 1)
            cf_table_column(table, table->primary_key.items[0])->autoincrement = true;
        else if (column && declared->kind == CF__DECLARED_CONFLICT)
            column->on_conflict = declared->on_conflict;
        else if (column && declared->kind == CF__DECLARED_GENERATED)
            column->generated = declared->sql;
        else if (column && declared->kind == CF__DECLARED_COLLATION && !is_of_type(column, declared->sql))
            column->collation = declared->sql;
    }
}

/* ---- Indexes and unique constraints ----------------------------------------------------------------------------- */

/* The columns of an index, and those that are descending; `more_than_columns` where it has an expression, or a collation
 * that is not its column's. */
static struct cf_names index_columns(const struct inspection *inspection, const struct cf_table *table,
                                     const char *index, struct cf_names *descending, bool *more_than_columns)
{
    struct cf_names names = { 0 };
    sqlite3_stmt *rows =
        ask(inspection, "SELECT name, cid, \"desc\", coll FROM pragma_index_xinfo(?) WHERE key ORDER BY seqno", index);
    while (more(inspection, rows)) {
        const char *name = text(inspection, rows, 0), *collation = text(inspection, rows, 3);
        const struct cf_schema_column *column = name ? cf_table_column(table, name) : NULL;
        bool own = column &&
                   (column->collation ? strcasecmp(column->collation, collation) == 0 : is_of_type(column, collation));
        *more_than_columns |= !own || sqlite3_column_int(rows, 1) < 0;
        push_name(inspection, &names, name);
        if (sqlite3_column_int(rows, 2))
            push_name(inspection, descending, name);
    }
    return names;
}

static void add_index(const struct inspection *inspection, struct cf_table *table, const char *name, bool unique,
                      bool partial)
{
    bool more_than_columns = false;
    struct cf_index index = { .name = name, .unique = unique };
    index.columns = index_columns(inspection, table, name, &index.descending, &more_than_columns);
    sqlite3_stmt *rows = ask(inspection, "SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = ?", name);
    const char *sql = more(inspection, rows) ? text(inspection, rows, 0) : NULL;
    sqlite3_reset(rows);
    if (more_than_columns) {
        index.columns.count = index.descending.count = 0;
        index.expressions = cf__sqlite_expressions(inspection->context, sql);
    }
    if (partial)
        index.where = cf__sqlite_predicate(inspection->context, sql);
    table->indexes = push(inspection, table->indexes, &table->index_count, sizeof *table->indexes);
    table->indexes[table->index_count - 1] = index;
}

static void read_indexes(const struct inspection *inspection, struct cf_table *table,
                         const struct cf__declared *declared)
{
    sqlite3_stmt *rows =
        ask(inspection, "SELECT name, \"unique\", origin, partial FROM pragma_index_list(?) ORDER BY seq DESC",
            table->name);
    while (more(inspection, rows)) {
        const char *name = text(inspection, rows, 0), *origin = text(inspection, rows, 2);
        if (*origin == 'c') {
            add_index(inspection, table, name, sqlite3_column_int(rows, 1), sqlite3_column_int(rows, 3));
        } else if (*origin == 'u') {
            bool ignored = false;
            struct cf_names descending = { 0 }, columns = index_columns(inspection, table, name, &descending, &ignored);
            table->uniques = push(inspection, table->uniques, &table->unique_count, sizeof *table->uniques);
            const struct cf__declared *unique = find_declared(declared, CF__DECLARED_UNIQUE, &columns);
            table->uniques[table->unique_count - 1] =
                (struct cf_unique){ declared_name(unique), columns, unique ? unique->on_conflict : NULL };
        }
    }
}

/* ---- Foreign keys and checks ------------------------------------------------------------------------------------ */

static const char *action(const struct inspection *inspection, sqlite3_stmt *rows, int column)
{
    char *word = (char *)(uintptr_t)text(inspection, rows, column);
    for (char *at = word; *at; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    return cf__action(word);
}

static void read_foreign_keys(const struct inspection *inspection, struct cf_table *table,
                              const struct cf__declared *declared)
{
    int current = -1;
    sqlite3_stmt *rows = ask(inspection,
                             "SELECT id, \"table\", \"from\", \"to\", on_delete, on_update FROM "
                             "pragma_foreign_key_list(?) ORDER BY id DESC, seq",
                             table->name);
    while (more(inspection, rows)) {
        if (sqlite3_column_int(rows, 0) != current) {
            current = sqlite3_column_int(rows, 0);
            table->foreign_keys =
                push(inspection, table->foreign_keys, &table->foreign_key_count, sizeof *table->foreign_keys);
            table->foreign_keys[table->foreign_key_count - 1] = (struct cf_foreign_key){
                .table = text(inspection, rows, 1),
                .on_delete = action(inspection, rows, 4),
                .on_update = action(inspection, rows, 5),
            };
        }
        struct cf_foreign_key *key = &table->foreign_keys[table->foreign_key_count - 1];
        push_name(inspection, &key->columns, text(inspection, rows, 2));
        const char *to = text(inspection, rows, 3);
        if (to)
            push_name(inspection, &key->references, to);
    }
    for (size_t i = 0; i < table->foreign_key_count; i++) {
        struct cf_foreign_key *key = &table->foreign_keys[i];
        const struct cf__declared *same = find_declared(declared, CF__DECLARED_FOREIGN_KEY, &key->columns);
        key->name = declared_name(same);
        key->deferrable = same && same->deferrable;
        key->deferred = same && same->deferred;
    }
}

/* "REFERENCES users" is to the primary key, which is known when all tables are. */
static void complete_references(const struct cf_schema *schema, struct cf_table *table)
{
    for (size_t i = 0; i < table->foreign_key_count; i++) {
        struct cf_foreign_key *key = &table->foreign_keys[i];
        const struct cf_table *referred = cf_schema_table(schema, key->table);
        if (!key->references.count && referred && referred->primary_key.count == key->columns.count)
            key->references = referred->primary_key;
    }
}

static void read_checks(const struct inspection *inspection, struct cf_table *table,
                        const struct cf__declared *declared)
{
    for (; declared; declared = declared->next) {
        if (declared->kind != CF__DECLARED_CHECK)
            continue;
        table->checks = push(inspection, table->checks, &table->check_count, sizeof *table->checks);
        table->checks[table->check_count - 1] = (struct cf_check){ declared->name, declared->sql };
    }
}

/* ---- Tables ----------------------------------------------------------------------------------------------------- */

/* As option_of (dialect.c) spells them. */
static void read_options(const struct inspection *inspection, struct cf_table *table, bool strict, bool has_rowid)
{
    const char *option = !strict ? "WITHOUT ROWID" : has_rowid ? "STRICT" : "STRICT, WITHOUT ROWID";
    if (!strict && has_rowid)
        return;
    table->options = push(inspection, table->options, &table->option_count, sizeof *table->options);
    table->options[0] = (struct cf_table_option){ cf__sqlite_dialect.name, option };
}

static void read_table(const struct inspection *inspection, struct cf_table *table, const char *sql, bool has_rowid)
{
    const struct cf__declared *declared = cf__sqlite_declared(inspection->context, sql);
    read_columns(inspection, table, has_rowid);
    read_properties(table, declared);
    const struct cf__declared *key = find_declared(declared, CF__DECLARED_PRIMARY_KEY, &table->primary_key);
    table->primary_key_name = declared_name(key);
    table->primary_key_on_conflict = key ? key->on_conflict : NULL;
    read_indexes(inspection, table, declared);
    read_foreign_keys(inspection, table, declared);
    read_checks(inspection, table, declared);
    sqlite3_stmt *rows =
        ask(inspection, "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ? ORDER BY rowid",
            table->name);
    while (more(inspection, rows))
        push_name(inspection, &table->triggers, text(inspection, rows, 0));
}

static void read_views(const struct inspection *inspection, struct cf_schema *schema)
{
    sqlite3_stmt *rows = ask(inspection,
                             "SELECT name, sql FROM sqlite_schema WHERE type = 'view' AND name NOT LIKE 'carafe\\_%' "
                             "ESCAPE '\\' ORDER BY rowid",
                             NULL);
    while (more(inspection, rows)) {
        schema->views = push(inspection, schema->views, &schema->view_count, sizeof *schema->views);
        schema->views[schema->view_count - 1] =
            (struct cf_view){ text(inspection, rows, 0),
                              cf__sqlite_selection(inspection->context, text(inspection, rows, 1)) };
    }
}

static void read_virtual_tables(const struct inspection *inspection, struct cf_schema *schema)
{
    sqlite3_stmt *rows = ask(inspection,
                             "SELECT 'virtual table \"' || name || '\"' FROM pragma_table_list WHERE schema = 'main' "
                             "AND type = 'virtual' ORDER BY name",
                             NULL);
    while (more(inspection, rows))
        push_name(inspection, &schema->others, text(inspection, rows, 0));
}

struct cf_schema *cf__sqlite_inspect(struct cf_connection *connection, cf_context *context)
{
    const struct inspection inspection = { connection, context };
    struct cf_schema *schema = cf_alloc_(context, sizeof *schema);
    sqlite3_stmt *rows =
        ask(&inspection,
            /* virtual tables and what they are made of have other types */
            "SELECT s.name, s.sql, l.wr, l.strict FROM sqlite_schema s JOIN pragma_table_list l ON l.name = s.name "
            "WHERE l.schema = 'main' AND l.type = 'table' AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
            "AND s.name NOT LIKE 'carafe\\_%' ESCAPE '\\' AND s.sql IS NOT NULL ORDER BY s.rowid",
            NULL);
    while (more(&inspection, rows)) {
        schema->tables = push(&inspection, schema->tables, &schema->count, sizeof *schema->tables);
        struct cf_table *table = &schema->tables[schema->count - 1];
        table->name = text(&inspection, rows, 0);
        read_options(&inspection, table, sqlite3_column_int(rows, 3), !sqlite3_column_int(rows, 2));
        read_table(&inspection, table, text(&inspection, rows, 1), !sqlite3_column_int(rows, 2));
    }
    for (size_t i = 0; i < schema->count; i++)
        complete_references(schema, &schema->tables[i]);
    read_views(&inspection, schema);
    read_virtual_tables(&inspection, schema);
    return schema;
}
