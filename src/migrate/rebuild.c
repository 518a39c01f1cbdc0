/* SPDX-License-Identifier: MIT
 *
 * Rebuilding a table, by the procedure that SQLite's page on ALTER TABLE gives: a new table from the replayed
 * schema, the rows copied, the old one dropped, the new one renamed, and the indexes and triggers put back that went
 * with it. Foreign keys are not enforced meanwhile (link->rebuilds), or dropping a parent would delete its children;
 * the count of rows and all references are verified before COMMIT. Values are copied as they are: storing them
 * converts what a column's new type can hold and keeps the rest, where a CAST would turn 'abc' into 0.
 */
#include "plan.h"

SHAPE(cf__dependent, (sql, Text));
SHAPE(cf__violation, (child, Text), (parent, Nullable(Text)));

/* ---- What is copied --------------------------------------------------------------------------------------------- */

static const char *quoted(const struct cf__plan *plan, const char *name)
{
    struct cf__buffer text = cf__buffer_new(cf__context_of(plan->context), CF__CAP_SQL, "a name");
    cf__sql_identifier(&text, plan->driver->dialect, name);
    return cf__buffer_text(&text);
}

struct cf__rebuild *cf__rebuild_new(struct cf__plan *plan, const struct cf_table *table)
{
    struct cf__rebuild *rebuild = cf_alloc(plan, sizeof(*rebuild));
    rebuild->table = cf_copy(plan, table->name);
    rebuild->before = cf__table_copy(plan->context, table);
    rebuild->columns = cf_alloc(plan, (table->column_count + 1) * sizeof(*rebuild->columns));
    for (; rebuild->count < table->column_count; rebuild->count++) {
        const char *name = cf_copy(plan, table->columns[rebuild->count].name);
        rebuild->columns[rebuild->count] = (struct cf__rebuild_column){ name, quoted(plan, name) };
    }
    return rebuild;
}

static struct cf__rebuild_column *find_column(struct cf__rebuild *rebuild, const char *name)
{
    for (size_t i = 0; i < rebuild->count; i++)
        if (strcmp(rebuild->columns[i].name, name) == 0)
            return &rebuild->columns[i];
    return NULL;
}

const char *cf__value_for_null(const struct cf__plan *plan, const struct cf__operation *operation)
{
    struct cf__buffer sql = cf__buffer_new(cf__context_of(plan->context), CF__CAP_SQL, "a default");
    cf__ddl_default(&sql, plan->driver->dialect, operation->column);
    return operation->fill ? operation->fill : sql.size ? cf__buffer_text(&sql) : NULL;
}

void cf__rebuild_join(struct cf__plan *plan, struct cf__rebuild *rebuild, const struct cf__operation *operation)
{
    struct cf__rebuild_column *column = find_column(rebuild, operation->name);
    switch (operation->kind) {
    case CF__ADD_COLUMN:
        if (!operation->fill)
            return;
        rebuild->columns =
            cf__array_with_room(plan->context, rebuild->columns, rebuild->count, sizeof(*rebuild->columns));
        rebuild->columns[rebuild->count++] = (struct cf__rebuild_column){ operation->name, operation->fill };
        return;
    case CF__DROP_COLUMN:
        if (column)
            *column = rebuild->columns[--rebuild->count];
        return;
    case CF__ALTER_COLUMN: {
        const char *value = operation->column->nullable ? NULL : cf__value_for_null(plan, operation);
        if (column && value)
            column->value = cf_format(plan, "coalesce(%s, %s)", column->value, value);
        return;
    }
    default:
        return; /* constraints move no values */
    }
}

/* ---- The statements --------------------------------------------------------------------------------------------- */

static const char *new_name(cf_context *context, const struct cf__rebuild *rebuild)
{
    return cf_format(context, "carafe_rebuild_%s", rebuild->table);
}

static const char *create_sql(cf_context *context, const struct cf__rebuild *rebuild, const struct cf_dialect *dialect)
{
    struct cf__buffer sql = cf__buffer_new(cf__context_of(context), CF__CAP_SQL, "a statement");
    struct cf_table table = rebuild->after;
    table.name = new_name(context, rebuild);
    cf__ddl_create_table(&sql, dialect, &table);
    return cf__buffer_text(&sql);
}

/* The script that keeps a table counting where it is; "" for one that does not. */
static const char *sequence_sql(cf_context *context, const struct cf__rebuild *rebuild, const struct cf_driver *driver)
{
    struct cf__buffer sql = cf__buffer_new(cf__context_of(context), CF__CAP_SQL, "a statement");
    bool counts = false;
    for (size_t i = 0; i < rebuild->after.column_count; i++)
        counts |= rebuild->after.columns[i].autoincrement;
    for (const char *at = counts ? driver->rebuild->sequence : ""; *at;) {
        size_t plain = strcspn(at, "{");
        cf__buffer_add(&sql, at, plain);
        at += plain;
        if (!*at)
            break;
        cf__sql_text(&sql, at[1] == 'n' ? new_name(context, rebuild) : rebuild->table);
        at += strcspn(at, "}") + 1;
    }
    return cf__buffer_text(&sql);
}

/* A row of a table that keeps none of its columns is still a row: a new column stands for it. */
static struct cf__rebuild_column any_column(cf_context *context, const struct cf__rebuild *rebuild,
                                            const struct cf_dialect *dialect)
{
    const struct cf_schema_column *first = rebuild->after.columns;
    while (first->generated)
        first++;
    struct cf__buffer value = cf__buffer_new(cf__context_of(context), CF__CAP_SQL, "a default");
    cf__ddl_default(&value, dialect, first);
    return (struct cf__rebuild_column){ first->name, value.size ? cf__buffer_text(&value) : "NULL" };
}

/* Without those whose values the new table computes. */
static size_t choose_columns(const struct cf__rebuild *rebuild, struct cf__rebuild_column *chosen)
{
    size_t count = 0;
    for (size_t i = 0; i < rebuild->count; i++) {
        const struct cf_schema_column *column = cf_table_column(&rebuild->after, rebuild->columns[i].name);
        if (!column || !column->generated)
            chosen[count++] = rebuild->columns[i];
    }
    return count;
}

static const char *copy_sql(cf_context *context, const struct cf__rebuild *rebuild, const struct cf_dialect *dialect)
{
    struct cf__buffer sql = cf__buffer_new(cf__context_of(context), CF__CAP_SQL, "a statement");
    struct cf__rebuild_column *columns = cf_alloc(context, (rebuild->count + 1) * sizeof(*columns));
    size_t count = choose_columns(rebuild, columns);
    if (!count)
        columns[count++] = any_column(context, rebuild, dialect);
    cf__buffer_string(&sql, "INSERT INTO ");
    cf__sql_identifier(&sql, dialect, new_name(context, rebuild));
    cf__buffer_string(&sql, " (");
    for (size_t i = 0; i < count; i++) {
        cf__buffer_string(&sql, i ? ", " : "");
        cf__sql_identifier(&sql, dialect, columns[i].name);
    }
    cf__buffer_string(&sql, ") SELECT ");
    for (size_t i = 0; i < count; i++)
        cf__buffer_format(&sql, "%s%s", i ? ", " : "", columns[i].value);
    cf__buffer_string(&sql, " FROM ");
    cf__sql_identifier(&sql, dialect, rebuild->table);
    return cf__buffer_text(&sql);
}

static const char *drop_sql(cf_context *context, const struct cf__rebuild *rebuild, const struct cf_dialect *dialect)
{
    struct cf__buffer sql = cf__buffer_new(cf__context_of(context), CF__CAP_SQL, "a statement");
    cf__buffer_string(&sql, "DROP TABLE ");
    cf__sql_identifier(&sql, dialect, rebuild->table);
    return cf__buffer_text(&sql);
}

static const char *rename_sql(cf_context *context, const struct cf__rebuild *rebuild, const struct cf_dialect *dialect)
{
    struct cf__buffer sql = cf__buffer_new(cf__context_of(context), CF__CAP_SQL, "a statement");
    cf__buffer_string(&sql, "ALTER TABLE ");
    cf__sql_identifier(&sql, dialect, new_name(context, rebuild));
    cf__buffer_string(&sql, " RENAME TO ");
    cf__sql_identifier(&sql, dialect, rebuild->table);
    return cf__buffer_text(&sql);
}

/* ---- Running ---------------------------------------------------------------------------------------------------- */

static int64_t count_rows(struct cf__link *link, const struct cf_dialect *dialect, const char *table)
{
    struct cf__buffer sql = cf__buffer_new(link->context, CF__CAP_SQL, "a statement");
    cf__buffer_string(&sql, "SELECT count(*) FROM ");
    cf__sql_identifier(&sql, dialect, table);
    struct cf__rows rows = cf__link_sql(link, cf__buffer_text(&sql), NULL, 0, NULL, NULL, false);
    return cf__rows_integer(&rows);
}

/* The statements that make again what hangs on the table, as one script. */
static const char *read_dependents(struct cf__link *link, const struct cf_rebuild_sql *sql, const char *table)
{
    struct cf__buffer script = cf__buffer_new(link->context, CF__CAP_SOURCE, "the indexes and triggers of a table");
    struct cf_operand name = { .kind = CF_OPERAND_TEXT, .text = table };
    struct cf__dependent dependent;
    uint64_t read;
    struct cf__rows rows = cf__link_sql(link, sql->dependents, &name, 1, &cf__dependent.model_, &read, false);
    while (cf__rows_next(&rows, &dependent))
        cf__buffer_format(&script, "%s;\n", dependent.sql);
    return cf__buffer_text(&script);
}

void cf__rebuild_run(const struct cf__rebuild *planned, struct cf__link *link)
{
    const struct cf_driver *driver = cf__engine_driver(link->engine);
    const struct cf_dialect *dialect = driver->dialect;
    cf_context *context = &link->context->head;
    const struct cf__rebuild made = cf__rebuild_keep(planned, link), *rebuild = &made;
    const char *dependents = read_dependents(link, driver->rebuild, rebuild->table);
    const char *sequence = sequence_sql(context, rebuild, driver);
    cf__link_script(link, create_sql(context, rebuild, dialect));
    cf__link_script(link, copy_sql(context, rebuild, dialect));
    int64_t had = count_rows(link, dialect, rebuild->table),
            has = count_rows(link, dialect, new_name(context, rebuild));
    if (had != has)
        cf_raise(CF_INTERNAL, "table %s had %lld rows, the rebuilt one has %lld: nothing was changed", rebuild->table,
                 (long long)had, (long long)has);
    if (*sequence)
        cf__link_script(link, sequence);
    cf__link_script(link, drop_sql(context, rebuild, dialect));
    cf__link_script(link, driver->rebuild->before_rename);
    cf__link_script(link, rename_sql(context, rebuild, dialect));
    cf__link_script(link, driver->rebuild->after_rename);
    if (*dependents)
        cf__link_script(link, dependents);
}

void cf__rebuild_verify(struct cf__link *link)
{
    struct cf__violation violation;
    uint64_t read;
    struct cf__rows rows = cf__link_sql(link, cf__engine_driver(link->engine)->rebuild->violations, NULL, 0,
                                        &cf__violation.model_, &read, false);
    if (!cf__rows_next(&rows, &violation))
        return;
    cf__rows_end(&rows);
    cf_error error = { .code = CF_FOREIGN_KEY };
    error.message = cf_format(&link->context->head, "rows of table %s refer to rows of table %s that are not there",
                              violation.child, violation.parent ? violation.parent : "?");
    cf_raise_error(&error);
}

/* Without a database the triggers are not known, and the indexes are those of the revisions. */
void cf__rebuild_print(const struct cf__rebuild *rebuild, const struct cf_driver *driver, struct cf__buffer *out)
{
    cf_context *context = &out->context->head;
    const struct cf_dialect *dialect = driver->dialect;
    cf__buffer_format(out, "%s;\n%s;\n", create_sql(context, rebuild, dialect), copy_sql(context, rebuild, dialect));
    const char *sequence = sequence_sql(context, rebuild, driver);
    cf__buffer_format(out, *sequence ? "%s;\n" : "%s", sequence);
    cf__buffer_format(out, "%s;\n%s;\n", drop_sql(context, rebuild, dialect), driver->rebuild->before_rename);
    cf__buffer_format(out, "%s;\n%s;\n", rename_sql(context, rebuild, dialect), driver->rebuild->after_rename);
    for (size_t i = 0; i < rebuild->after.index_count; i++) {
        cf__ddl_create_index(out, dialect, rebuild->table, &rebuild->after.indexes[i]);
        cf__buffer_string(out, ";\n");
    }
    cf__buffer_format(out, "-- triggers of %s, if any, are to be created again here\n", rebuild->table);
}
