/* SPDX-License-Identifier: MIT
 *
 * A live database as a cf_schema: what is in the first schema of the search path, in one query of pg_catalog for each kind
 * of thing. PostgreSQL gives expressions back in a form of its own ('x'::character varying): a literal is told from SQL
 * here, and what a schema of ours would come back as is found out by making it (cf__postgres_rewritten).
 */
#include "postgres.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <carafe/memory.h>

#include "../../base/buffer.h"
#include "../../base/context.h"
#include "../../text/number.h"
#include "../names.h"
#include "../query.h"
#include "../sql_type.h"

struct inspection {
    struct cf_connection *connection;
    cf_context *context;
    struct cf_schema *schema;
    const PGresult *result; /* of the query under way */
};

/* ---- Reading rows ----------------------------------------------------------------------------------------------- */

/* A column of a row, copied; NULL for SQL NULL. */
static const char *text(const struct inspection *inspection, int row, int column)
{
    return PQgetisnull(inspection->result, row, column)
               ? NULL
               : cf_copy_(inspection->context, PQgetvalue(inspection->result, row, column));
}

static bool truth(const struct inspection *inspection, int row, int column)
{
    return *PQgetvalue(inspection->result, row, column) == 't';
}

static int64_t number(const struct inspection *inspection, int row, int column)
{
    return PQgetisnull(inspection->result, row, column)
               ? 0
               : strtoll(PQgetvalue(inspection->result, row, column), NULL, 10);
}

static struct cf_table *table_of(const struct inspection *inspection, int row)
{
    return cf_schema_table(inspection->schema, PQgetvalue(inspection->result, row, 0));
}

static void *push(const struct inspection *inspection, void *items, size_t *count, size_t size)
{
    char *grown = cf_alloc_(inspection->context, (*count + 1) * size);
    if (*count)
        memcpy(grown, items, *count * size);
    ++*count;
    return grown;
}

struct each {
    struct inspection *inspection;
    void (*visit)(struct inspection *inspection, int row);
};

static void visit_rows(void *each_)
{
    const struct each *each = each_;
    for (int row = 0; row < PQntuples(each->inspection->result); row++)
        each->visit(each->inspection, row);
}

/* Calls visit with each row of a query. */
static void each(struct inspection *inspection, const char *sql, void (*visit)(struct inspection *inspection, int row))
{
    PGresult *result = cf__postgres_command(inspection->connection, sql);
    struct each rows = { inspection, visit };
    inspection->result = result;
    bool done = cf__protect(cf__current(), visit_rows, &rows);
    PQclear(result);
    inspection->result = NULL;
    if (!done)
        cf__raise(&cf__current()->record.error);
}

/* Names come joined by a character that no sane name has. */
#define JOINED(array, table)                                                                                       \
    "(SELECT string_agg(a.attname, E'\\x01' ORDER BY k.at) FROM unnest(" array ") WITH ORDINALITY k (number, at) " \
    "JOIN pg_attribute a ON a.attrelid = " table " AND a.attnum = k.number)"

static struct cf_names names_of(const struct inspection *inspection, int row, int column)
{
    struct cf_names names = { 0 };
    char *rest = (char *)(uintptr_t)text(inspection, row, column);
    for (char *name; (name = strsep(&rest, "\x01"));) {
        names.items = push(inspection, names.items, &names.count, sizeof *names.items);
        names.items[names.count - 1] = name;
    }
    return names;
}

#define FROM_TABLES(source, table_oid)                                                                                 \
    " FROM " source " JOIN pg_class t ON t.oid = " table_oid " WHERE t.relnamespace = current_schema()::regnamespace " \
    "AND t.relkind IN ('r', 'p') AND NOT t.relispartition AND t.relname NOT LIKE 'carafe\\_%' "

/* ---- Expressions ------------------------------------------------------------------------------------------------ */

/* Where the parenthesis that opens at `at` is closed, beyond what is quoted; NULL where it is not. */
static const char *closing(const char *at)
{
    int depth = 0;
    for (char quote = 0; *at; at++) {
        if (quote || *at == '\'' || *at == '"')
            quote = !quote ? *at : *at == quote ? 0 : quote;
        else if (*at == '(')
            depth++;
        else if (*at == ')' && --depth == 0)
            return at;
    }
    return NULL;
}

/* "((title <> ''::text) AND (size > 0))" without the parentheses around it. */
static const char *bare(const struct inspection *inspection, const char *expression)
{
    const char *end = *expression == '(' ? closing(expression) : NULL;
    if (!end || end[1])
        return expression;
    return cf__copy_bytes(cf__context_of(inspection->context), expression + 1, (size_t)(end - expression - 1));
}

/* ---- Columns ---------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    enum cf_type type;
    unsigned length;
} types[] = {
    { "bigint", CF_TYPE_INTEGER },
    { "smallint", CF_TYPE_SMALL_INTEGER },
    { "boolean", CF_TYPE_BOOLEAN },
    { "double precision", CF_TYPE_FLOAT },
    { "text", CF_TYPE_TEXT },
    { "date", CF_TYPE_DATE },
    { "time without time zone", CF_TYPE_TIME },
    { "timestamp without time zone", CF_TYPE_DATETIME },
    { "uuid", CF_TYPE_UUID },
    { "bytea", CF_TYPE_BLOB },
    { "json", CF_TYPE_JSON },
    { "jsonb", CF_TYPE_JSON, CF_JSON_BINARY },
};

static void set_type(struct cf_schema_column *column, const char *spelt)
{
    unsigned length = 0, scale = 0;
    int end = 0;
    column->raw_type = spelt;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(spelt, types[i].name) == 0) {
            column->type = types[i].type;
            column->length = types[i].length;
        }
    if (sscanf(spelt, "character varying(%u)%n", &length, &end) == 1 && end && !spelt[end]) {
        column->type = CF_TYPE_STRING;
        column->length = length;
    } else if (sscanf(spelt, "numeric(%u,%u)%n", &length, &scale, &end) == 2 && end && !spelt[end] && length <= 38) {
        column->type = CF_TYPE_NUMERIC;
        column->length = length;
        column->scale = scale;
    }
}

/* The text of 'it''s'::type with nothing behind it but the type's name; NULL where it is something else. */
static const char *literal_of(const struct inspection *inspection, const char *sql)
{
    char *out = cf_copy_(inspection->context, sql), *at = out;
    if (*sql != '\'')
        return NULL;
    for (sql++; *sql && !(*sql == '\'' && sql[1] != '\''); sql++) {
        sql += *sql == '\'';
        *at++ = *sql;
    }
    *at = '\0';
    sql += *sql == '\'';
    bool cast = strncmp(sql, "::", 2) == 0 && !sql[2 + strspn(sql + 2, "abcdefghijklmnopqrstuvwxyz0123456789_ \"(),.")];
    return !*sql || cast ? out : NULL;
}

static void set_default(const struct inspection *inspection, struct cf_schema_column *column, const char *spelt)
{
    double number;
    if (!spelt)
        return;
    const char *literal = literal_of(inspection, spelt);
    if (!literal && (cf__parse_number(spelt, &number) ||
                     (column->type == CF_TYPE_BOOLEAN && (!strcmp(spelt, "true") || !strcmp(spelt, "false")))))
        literal = spelt;
    column->default_kind = literal ? CF_DEFAULT_LITERAL : CF_DEFAULT_SQL;
    column->default_text = literal ? literal : spelt;
}

/* What the sequence that numbers a column does in another way than from one on by ones. */
#define OF_SEQUENCE(member)                                                                                           \
    "(SELECT nullif(min(q." member                                                                                    \
    "), 1) FROM pg_sequence q JOIN pg_depend p ON p.objid = q.seqrelid WHERE p.classid "                              \
    "= 'pg_class'::regclass AND p.refclassid = 'pg_class'::regclass AND p.refobjid = a.attrelid AND p.refobjsubid = " \
    "a.attnum AND p.deptype IN ('a', 'i'))"

/* A column of a domain has the domain's type. */
#define TYPE_OF_COLUMN                                                           \
    "CASE y.typtype WHEN 'd' THEN format_type(y.typbasetype, y.typtypmod) ELSE " \
    "format_type(a.atttypid, a.atttypmod) END"

/* One that a sequence numbers does it by itself. */
static const char columns_sql[] =
    "SELECT t.relname, a.attname, " TYPE_OF_COLUMN ", NOT a.attnotnull, pg_get_expr(d.adbin, d.adrelid), "
    "a.attidentity <> '' OR coalesce(pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%', false), a.attgenerated <> '', "
    "col_description(t.oid, a.attnum), CASE WHEN a.attcollation <> y.typcollation THEN l.collname END, "
    "(SELECT string_agg(e.enumlabel, E'\\x01' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = "
    "y.oid), " OF_SEQUENCE("seqstart") ", " OF_SEQUENCE("seqincrement")
        FROM_TABLES("pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum "
                    "JOIN pg_type y ON y.oid = a.atttypid LEFT JOIN pg_collation l ON l.oid = a.attcollation",
                    "a.attrelid") "AND a.attnum > 0 AND NOT a.attisdropped ORDER BY t.relname, a.attnum";

static const char *const *labels_of(const struct inspection *inspection, int row, int column)
{
    struct cf_names labels = names_of(inspection, row, column);
    return labels.count ? push(inspection, labels.items, &labels.count, sizeof *labels.items) : NULL;
}

static void add_column(struct inspection *inspection, int row)
{
    enum { TABLE, NAME, TYPE, NULLABLE, DEFAULT, IDENTITY, GENERATED, COMMENT, COLLATION, LABELS, START, INCREMENT };
    struct cf_table *table = table_of(inspection, row);
    if (!table)
        return;
    table->columns = push(inspection, table->columns, &table->column_count, sizeof *table->columns);
    struct cf_schema_column *column = &table->columns[table->column_count - 1];
    column->name = text(inspection, row, NAME);
    set_type(column, text(inspection, row, TYPE));
    if (column->type == CF_TYPE_NONE) /* every type has a text, as which a model may have it */
        column->sql_type = cf_format_(inspection->context, "%s: %s", cf__postgres_dialect.name, column->raw_type);
    column->nullable = truth(inspection, row, NULLABLE);
    column->identity = truth(inspection, row, IDENTITY);
    column->comment = text(inspection, row, COMMENT);
    column->collation = text(inspection, row, COLLATION);
    column->labels = labels_of(inspection, row, LABELS);
    column->start = column->identity ? number(inspection, row, START) : 0;
    column->increment = column->identity ? number(inspection, row, INCREMENT) : 0;
    if (truth(inspection, row, GENERATED)) {
        column->generated = bare(inspection, text(inspection, row, DEFAULT));
        column->generated_stored = true;
    } else if (!column->identity) {
        set_default(inspection, column, text(inspection, row, DEFAULT));
    }
}

/* ---- Constraints ------------------------------------------------------------------------------------------------ */

static const char *action_of(char letter)
{
    static const struct {
        char letter;
        const char *action;
    } actions[] = { { 'c', "cascade" }, { 'n', "set null" }, { 'd', "set default" }, { 'r', "restrict" } };
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (actions[i].letter == letter)
            return actions[i].action;
    return NULL;
}

/* "CHECK ((title <> ''::text)) NOT VALID": what is between the parentheses, without a second pair. */
static const char *check_of(const struct inspection *inspection, const char *definition)
{
    const char *start = strchr(definition, '('), *end = start ? closing(start) : NULL;
    if (!end)
        return definition;
    return bare(inspection, cf__copy_bytes(cf__context_of(inspection->context), start + 1, (size_t)(end - start - 1)));
}

/* The parts of a table that is cut have the constraints too, as children. */
static const char constraints_sql[] = "SELECT t.relname, c.conname, c.contype, " JOINED(
    "c.conkey",
    "c.conrelid") ", CASE WHEN r.relnamespace <> "
                  "t.relnamespace THEN r.relnamespace::regnamespace || '.' ELSE '' END || r.relname, " JOINED(
                      "c.confkey",
                      "c.confrelid") ", c.confdeltype, c.confupdtype, c.condeferrable, c.condeferred, "
                                     "pg_get_constraintdef(c.oid)" FROM_TABLES(
                                         "pg_constraint c LEFT JOIN pg_class r ON r.oid = c.confrelid",
                                         "c.conrelid") "AND c.conparentid = 0 ORDER BY t.relname, c.contype, c.oid";

static void add_constraint(struct inspection *inspection, int row)
{
    enum { TABLE, NAME, KIND, COLUMNS, REFERRED, REFERENCES, ON_DELETE, ON_UPDATE, DEFERRABLE, DEFERRED, DEFINITION };
    static const char not_distinct[] = "UNIQUE NULLS NOT DISTINCT (";
    struct cf_table *table = table_of(inspection, row);
    const char *name = text(inspection, row, NAME);
    if (!table)
        return;
    switch (*PQgetvalue(inspection->result, row, KIND)) {
    case 'p':
        table->primary_key_name = name;
        table->primary_key = names_of(inspection, row, COLUMNS);
        return;
    case 'u':
        table->uniques = push(inspection, table->uniques, &table->unique_count, sizeof *table->uniques);
        table->uniques[table->unique_count - 1] = (struct cf_unique){
            .name = name,
            .columns = names_of(inspection, row, COLUMNS),
            .nulls_not_distinct = strstr(text(inspection, row, DEFINITION), not_distinct),
            .deferrable = truth(inspection, row, DEFERRABLE),
            .deferred = truth(inspection, row, DEFERRED),
        };
        return;
    case 'f':
        table->foreign_keys =
            push(inspection, table->foreign_keys, &table->foreign_key_count, sizeof *table->foreign_keys);
        table->foreign_keys[table->foreign_key_count - 1] = (struct cf_foreign_key){
            .name = name,
            .columns = names_of(inspection, row, COLUMNS),
            .table = text(inspection, row, REFERRED),
            .references = names_of(inspection, row, REFERENCES),
            .on_delete = action_of(*PQgetvalue(inspection->result, row, ON_DELETE)),
            .on_update = action_of(*PQgetvalue(inspection->result, row, ON_UPDATE)),
            .deferrable = truth(inspection, row, DEFERRABLE),
            .deferred = truth(inspection, row, DEFERRED),
        };
        return;
    case 'c':
        table->checks = push(inspection, table->checks, &table->check_count, sizeof *table->checks);
        table->checks[table->check_count - 1] =
            (struct cf_check){ name, check_of(inspection, text(inspection, row, DEFINITION)) };
        return;
    default: /* exclusion: a note */
        return;
    }
}

/* ---- Indexes ---------------------------------------------------------------------------------------------------- */

/* Plain: a list of columns, each ascending or descending with what that says about NULL; else what stands between its
 * parentheses tells. */
static const char indexes_sql[] = "SELECT t.relname, x.relname, i.indisunique, " JOINED(
    "i.indkey",
    "i.indrelid") ", pg_get_expr(i.indpred, i.indrelid), "
                  "i.indexprs IS NULL AND NOT EXISTS (SELECT FROM unnest(i.indoption) o (bits) WHERE bits NOT IN "
                  "(0, 3)) "
                  "AND pg_get_indexdef(i.indexrelid) !~ ' COLLATE ' "
                  "AND NOT EXISTS (SELECT FROM unnest(i.indclass) o (id) JOIN pg_opclass p ON p.oid = o.id "
                  "WHERE NOT p.opcdefault), "
                  "coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false), " /* since 15 */
                  "pg_get_indexdef(i.indexrelid), nullif(m.amname, 'btree'), i.indnkeyatts, "
                  "(SELECT string_agg(a.attname, E'\\x01') FROM unnest(i.indkey, i.indoption) k (number, bits) "
                  "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number WHERE k.bits = 3), "
                  "(SELECT string_agg(a.attname, E'\\x01' ORDER BY k.at) FROM unnest(i.indkey) WITH "
                  "ORDINALITY k (number, at) JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = "
                  "k.number WHERE k.at > i.indnkeyatts)" FROM_TABLES(
                      "pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam",
                      "i.indrelid") "AND i.indisvalid AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = "
                                    "i.indexrelid AND c.contype IN ('p', 'u', 'x')) "
                                    "ORDER BY t.relname, x.relname";

/* "lower(name), age DESC" of "CREATE INDEX i ON t USING btree (lower(name), age DESC) WHERE …". */
static const char *expressions_of(const struct inspection *inspection, const char *sql)
{
    const char *start = strstr(sql, " USING "), *end;
    start = start ? strchr(start, '(') : NULL;
    end = start ? closing(start) : NULL;
    return end ? cf__copy_bytes(cf__context_of(inspection->context), start + 1, (size_t)(end - start - 1)) : NULL;
}

static void add_index(struct inspection *inspection, int row)
{
    enum { TABLE, NAME, UNIQUE, COLUMNS, PREDICATE, PLAIN, NULLS, DEFINITION, METHOD, KEYS, DESCENDING, INCLUDED };
    struct cf_table *table = table_of(inspection, row);
    if (!table)
        return;
    table->indexes = push(inspection, table->indexes, &table->index_count, sizeof *table->indexes);
    struct cf_index *index = &table->indexes[table->index_count - 1];
    index->name = text(inspection, row, NAME);
    index->unique = truth(inspection, row, UNIQUE);
    const char *predicate = text(inspection, row, PREDICATE);
    index->where = predicate ? bare(inspection, predicate) : NULL;
    index->nulls_not_distinct = truth(inspection, row, NULLS);
    index->using = text(inspection, row, METHOD);
    index->include = names_of(inspection, row, INCLUDED);
    if (truth(inspection, row, PLAIN)) {
        index->columns = names_of(inspection, row, COLUMNS);
        index->columns.count -= index->include.count;
        index->descending = names_of(inspection, row, DESCENDING);
    } else {
        index->expressions = expressions_of(inspection, text(inspection, row, DEFINITION));
    }
}

/* ---- The rest --------------------------------------------------------------------------------------------------- */

static void add_table(struct inspection *inspection, int row)
{
    struct cf_schema *schema = inspection->schema;
    schema->tables = push(inspection, schema->tables, &schema->count, sizeof *schema->tables);
    schema->tables[schema->count - 1] =
        (struct cf_table){ .name = text(inspection, row, 0), .comment = text(inspection, row, 1) };
}

static void add_option(struct inspection *inspection, int row)
{
    struct cf_table *table = table_of(inspection, row);
    if (!table)
        return;
    table->options = push(inspection, table->options, &table->option_count, sizeof *table->options);
    table->options[0] = (struct cf_table_option){ cf__postgres_dialect.name, text(inspection, row, 1) };
}

static void add_view(struct inspection *inspection, int row)
{
    struct cf_schema *schema = inspection->schema;
    schema->views = push(inspection, schema->views, &schema->view_count, sizeof *schema->views);
    schema->views[schema->view_count - 1] = (struct cf_view){ text(inspection, row, 0), text(inspection, row, 1) };
}

static void push_name(const struct inspection *inspection, struct cf_names *names, const char *name)
{
    names->items = push(inspection, names->items, &names->count, sizeof *names->items);
    names->items[names->count - 1] = name;
}

static void add_trigger(struct inspection *inspection, int row)
{
    struct cf_table *table = table_of(inspection, row);
    if (table)
        push_name(inspection, &table->triggers, text(inspection, row, 1));
}

static void add_note(struct inspection *inspection, int row)
{
    struct cf_table *table = table_of(inspection, row);
    if (table)
        push_name(inspection, &table->notes, text(inspection, row, 1));
}

static void add_other(struct inspection *inspection, int row)
{
    push_name(inspection, &inspection->schema->others, text(inspection, row, 0));
}

/* In the order of CREATE TABLE. */
static const char options_sql[] = "SELECT t.relname, o.option" FROM_TABLES(
    "(SELECT c.oid, concat_ws(' ', CASE WHEN c.relpersistence = 'u' THEN 'UNLOGGED' END, CASE WHEN c.relkind = 'p' "
    "THEN 'PARTITION BY ' || pg_get_partkeydef(c.oid) END, "
    "'WITH (' || array_to_string(c.reloptions, ', ') || ')', 'TABLESPACE ' || quote_ident(s.spcname)) "
    "FROM pg_class c LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace) o (id, option)",
    "o.id") "AND o.option <> ''";

/* What cf_table has no member for, as SQL says it: constraints that can more than theirs, whole. */
static const char notes_sql[] = "SELECT t.relname, n.note" FROM_TABLES(
    "(SELECT indrelid, 'INVALID INDEX ' || indexrelid::regclass FROM pg_index WHERE NOT indisvalid "
    "UNION ALL SELECT oid, 'ROW LEVEL SECURITY' FROM pg_class WHERE relrowsecurity "
    "UNION ALL SELECT inhrelid, 'INHERITS (' || inhparent::regclass || ')' FROM pg_inherits "
    "UNION ALL SELECT ev_class, 'RULE ' || quote_ident(rulename) FROM pg_rewrite WHERE rulename <> '_RETURN' "
    "UNION ALL SELECT attrelid, quote_ident(attname) || ' GENERATED ALWAYS AS IDENTITY' FROM pg_attribute WHERE "
    "attidentity = 'a' "
    "UNION ALL SELECT attrelid, quote_ident(attname) || ' ' || format_type(atttypid, atttypmod) FROM pg_attribute "
    "a JOIN pg_type y ON y.oid = a.atttypid WHERE y.typtype = 'd' "
    "UNION ALL SELECT conrelid, 'CONSTRAINT ' || quote_ident(conname) || ' ' || definition FROM (SELECT *, "
    "pg_get_constraintdef(oid) AS definition FROM pg_constraint) c WHERE conparentid = 0 AND (NOT convalidated OR "
    "contype = 'x' OR (contype = 'c' AND connoinherit) OR (contype IN ('p', 'u') AND definition ~ ' INCLUDE "
    "\\(') OR (contype = 'p' AND condeferrable) OR (contype = 'f' AND (confmatchtype <> 's' OR definition ~ ' SET "
    "(NULL|DEFAULT) \\(')))) n (id, note)",
    "n.id") "ORDER BY t.relname, n.note";

/* Views and tables apart: sequences that belong to no column, tables of other servers. */
static const char others_sql[] =
    "SELECT CASE relkind WHEN 'f' THEN 'foreign table' ELSE 'sequence' END || ' \"' || relname || '\"' FROM pg_class c "
    "WHERE relnamespace = current_schema()::regnamespace AND relname NOT LIKE 'carafe\\_%' AND (relkind = 'f' OR "
    "(relkind = 'S' AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid "
    "AND d.deptype IN ('a', 'i')))) ORDER BY 1";

struct cf_schema *cf__postgres_inspect(struct cf_connection *connection, cf_context *context)
{
    struct inspection inspection = { connection, context, cf_alloc_(context, sizeof(struct cf_schema)), NULL };
    each(&inspection,
         "SELECT t.relname, obj_description(t.oid, 'pg_class')" FROM_TABLES("(VALUES (1)) one (number)",
                                                                            "t.oid") "ORDER BY t.relname",
         add_table);
    each(&inspection, columns_sql, add_column);
    each(&inspection, constraints_sql, add_constraint);
    each(&inspection, indexes_sql, add_index);
    each(&inspection,
         "SELECT name, btrim(definition, E' ;\\n') FROM (SELECT schemaname, viewname, definition FROM pg_views UNION "
         "ALL SELECT "
         "schemaname, matviewname, definition FROM pg_matviews) v (schema, name, definition) WHERE schema = "
         "current_schema() AND name NOT LIKE 'carafe\\_%' ORDER BY name",
         add_view);
    each(&inspection,
         "SELECT t.relname, g.tgname" FROM_TABLES("pg_trigger g", "g.tgrelid") "AND NOT g.tgisinternal ORDER BY "
                                                                               "t.relname, g.tgname",
         add_trigger);
    each(&inspection, options_sql, add_option);
    each(&inspection, notes_sql, add_note);
    each(&inspection, others_sql, add_other);
    return inspection.schema;
}

/* ---- What becomes of a schema ----------------------------------------------------------------------------------- */

#define SCRATCH "carafe_scratch"

/* Columns with their types and defaults, the checks, and the indexes with SQL in them: nothing else is rewritten. */
static const char *scratch_sql(const struct inspection *inspection, const struct cf_table *table)
{
    static const char create[] = "CREATE ";
    struct cf_table scratch = {
        .name = SCRATCH, .column_count = table->column_count, .checks = table->checks, .check_count = table->check_count
    };
    struct cf__buffer made = cf__buffer_new(cf__context_of(inspection->context), CF__CAP_SQL, "a statement");
    struct cf__buffer sql = cf__buffer_new(cf__context_of(inspection->context), CF__CAP_SQL, "a statement");
    scratch.columns = cf_alloc_(inspection->context, (table->column_count + 1) * sizeof *scratch.columns);
    for (size_t i = 0; i < table->column_count; i++) {
        scratch.columns[i] = table->columns[i];
        scratch.columns[i].nullable = true;
        scratch.columns[i].identity = false;
    }
    cf__ddl_create_table(&made, &cf__postgres_dialect, &scratch);
    cf__buffer_format(&sql, "%sTEMPORARY %s", create, cf__buffer_text(&made) + sizeof create - 1);
    for (size_t i = 0; i < table->index_count; i++) {
        struct cf_index index = table->indexes[i];
        if (!index.where && !index.expressions)
            continue;
        index.name = cf_format_(inspection->context, SCRATCH "_%zu", i);
        index.concurrently = false;
        cf__buffer_string(&sql, ";\n");
        cf__ddl_create_index(&sql, &cf__postgres_dialect, SCRATCH, &index);
    }
    return cf__buffer_text(&sql);
}

struct rewriting {
    struct inspection inspection;
    struct cf_table *table;
};

static void take_default(struct inspection *inspection, int row)
{
    struct cf_table *table = ((struct rewriting *)inspection)->table;
    struct cf_schema_column *column = cf_table_column(table, PQgetvalue(inspection->result, row, 0));
    if (column && column->generated)
        column->generated = bare(inspection, text(inspection, row, 1));
    else if (column)
        set_default(inspection, column, text(inspection, row, 1));
}

/* What a type of the program's own choice is called by who inspects. */
static void take_type(struct inspection *inspection, int row)
{
    struct cf_table *table = ((struct rewriting *)inspection)->table;
    struct cf_schema_column *column = cf_table_column(table, PQgetvalue(inspection->result, row, 0));
    if (!column || !cf__has_sql_type(column->sql_type, &cf__postgres_dialect))
        return;
    column->type = CF_TYPE_NONE;
    column->length = column->scale = 0;
    column->sql_type = NULL;
    set_type(column, text(inspection, row, 1));
}

static void take_check(struct inspection *inspection, int row)
{
    struct cf_table *table = ((struct rewriting *)inspection)->table;
    for (size_t i = 0; i < table->check_count; i++)
        if (table->checks[i].name && strcmp(table->checks[i].name, PQgetvalue(inspection->result, row, 0)) == 0)
            table->checks[i].sql = check_of(inspection, text(inspection, row, 1));
}

static void take_index(struct inspection *inspection, int row)
{
    struct cf_table *table = ((struct rewriting *)inspection)->table;
    size_t at = strtoul(PQgetvalue(inspection->result, row, 0) + sizeof SCRATCH, NULL, 10);
    if (at >= table->index_count)
        return;
    if (table->indexes[at].where)
        table->indexes[at].where = bare(inspection, text(inspection, row, 1));
    if (table->indexes[at].expressions)
        table->indexes[at].expressions = expressions_of(inspection, text(inspection, row, 2));
}

static void *copy_items(const struct inspection *inspection, const void *items, size_t count, size_t size)
{
    void *copy = cf_alloc_(inspection->context, (count + 1) * size);
    return count ? memcpy(copy, items, count * size) : copy;
}

#define OF_SCRATCH "'pg_temp." SCRATCH "'::regclass"

static void rewrite_table(struct rewriting *rewriting, const struct cf_table *from)
{
    struct inspection *inspection = &rewriting->inspection;
    struct cf_table *table = rewriting->table;
    table->columns = copy_items(inspection, from->columns, from->column_count, sizeof *table->columns);
    table->checks = copy_items(inspection, from->checks, from->check_count, sizeof *table->checks);
    table->indexes = copy_items(inspection, from->indexes, from->index_count, sizeof *table->indexes);
    cf__postgres_script(inspection->connection, scratch_sql(inspection, from));
    each(inspection,
         "SELECT a.attname, " TYPE_OF_COLUMN
         " FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid WHERE a.attnum > 0 AND "
         "a.attrelid = " OF_SCRATCH,
         take_type);
    each(inspection,
         "SELECT a.attname, pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = "
         "d.adrelid AND a.attnum = d.adnum WHERE d.adrelid = " OF_SCRATCH,
         take_default);
    each(inspection, "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = " OF_SCRATCH,
         take_check);
    each(inspection,
         "SELECT x.relname, pg_get_expr(i.indpred, i.indrelid), pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN "
         "pg_class x ON x.oid = i.indexrelid "
         "WHERE i.indrelid = " OF_SCRATCH,
         take_index);
    cf__postgres_script(inspection->connection, "DROP TABLE pg_temp." SCRATCH);
}

struct cf_schema *cf__postgres_rewritten(struct cf_connection *connection, cf_context *context,
                                         const struct cf_schema *schema)
{
    struct cf_schema *rewritten = cf_alloc_(context, sizeof *rewritten);
    struct rewriting rewriting = { { connection, context, rewritten, NULL }, NULL };
    *rewritten = *schema;
    rewritten->tables = copy_items(&rewriting.inspection, schema->tables, schema->count, sizeof *rewritten->tables);
    for (size_t i = 0; i < schema->count; i++) {
        rewriting.table = &rewritten->tables[i];
        rewrite_table(&rewriting, &schema->tables[i]);
    }
    return rewritten;
}
