/* SPDX-License-Identifier: MIT
 *
 * Planning. A table on the kind gives each operation's statement, and says when it may be used in a database that
 * has no ALTER TABLE for constraints (which is asked of the driver, never by the database's name): what SQLite's
 * documentation allows for ADD COLUMN and DROP COLUMN. Everything else rebuilds the table, and an operation on a
 * table that is being rebuilt joins in. Where the database has that ALTER TABLE, alter.c plans first.
 */
#include "plan.h"

struct planning {
    const struct cf__plan *plan;
    const struct cf__operation *operation;
    const struct cf_table *before; /* as it was; empty where it creates the table */
};

static struct cf__buffer new_sql(const struct cf__plan *plan)
{
    return cf__buffer_new(cf__context_of(plan->context), CF__CAP_SQL, "a statement");
}

static void add_name(const struct planning *planning, struct cf__buffer *sql, const char *name)
{
    cf__sql_identifier(sql, planning->plan->driver->dialect, name);
}

/* "ALTER TABLE users " */
static struct cf__buffer alter_table(const struct planning *planning)
{
    struct cf__buffer sql = new_sql(planning->plan);
    cf__buffer_string(&sql, "ALTER TABLE ");
    add_name(planning, &sql, planning->operation->table);
    cf__buffer_char(&sql, ' ');
    return sql;
}

static void add_step(struct cf__plan *plan, const struct cf__step *step)
{
    plan->steps = cf__array_with_room(plan->context, plan->steps, plan->count, sizeof(*plan->steps));
    plan->steps[plan->count++] = *step;
}

void cf__plan_statement(struct cf__plan *plan, const struct cf__operation *operation, struct cf__buffer *sql)
{
    bool concurrently = operation->concurrently || (operation->index && operation->index->concurrently);
    add_step(plan, &(struct cf__step){ .what = cf__operation_text(plan->context, operation),
                                       .sql = cf__buffer_text(sql),
                                       .operation = *operation,
                                       .apart = concurrently && plan->driver->dialect->concurrently });
}

void cf__plan_index(struct cf__plan *plan, const char *table, const struct cf_index *index)
{
    struct cf_index *copy = cf_alloc(plan, sizeof(*copy));
    *copy = *index;
    const struct cf__operation operation = { CF__CREATE_INDEX, .table = table, .name = copy->name, .index = copy };
    struct cf__buffer sql = new_sql(plan);
    cf__ddl_create_index(&sql, plan->driver->dialect, table, index);
    cf__plan_statement(plan, &operation, &sql);
}

/* ---- SQL that belongs to a table -------------------------------------------------------------------------------- */

static void add_own_sql(struct cf__plan *plan, const struct cf__operation *operation, const struct cf_ddl *ddl,
                        const char *text)
{
    struct cf__buffer sql = new_sql(plan);
    if (!*text || (ddl->database && strcmp(ddl->database, plan->driver->dialect->name) != 0))
        return;
    cf__buffer_string(&sql, text);
    cf__plan_statement(plan, operation, &sql);
}

static void create_ddl(struct cf__plan *plan, const struct planning *planning)
{
    const struct cf_ddl *ddl = planning->operation->ddl;
    add_own_sql(plan, planning->operation, ddl, ddl->sql);
}

static void drop_ddl(struct cf__plan *plan, const struct planning *planning)
{
    const struct cf_ddl *ddl = cf__own_ddl(planning->before, planning->operation->name);
    add_own_sql(plan, planning->operation, ddl, ddl->drop);
}

/* What a new table needs. The rest comes as operations of its own. */
static void create_ddls(struct cf__plan *plan, const struct cf_table *table)
{
    for (size_t i = 0; i < table->ddl_count; i++) {
        const struct cf__operation operation = { CF__CREATE_DDL, .table = table->name, .name = table->ddls[i].name,
                                                 .ddl = &table->ddls[i] };
        add_own_sql(plan, &operation, &table->ddls[i], table->ddls[i].sql);
    }
}

/* What is made last goes first; what the table needed (`before`) when it is gone. */
static void drop_ddls(struct cf__plan *plan, const struct cf_table *table, bool before)
{
    for (size_t i = table->ddl_count; i-- > 0;) {
        const struct cf__operation operation = { CF__DROP_DDL, .table = table->name, .name = table->ddls[i].name };
        if (table->ddls[i].before == before)
            add_own_sql(plan, &operation, &table->ddls[i], table->ddls[i].drop);
    }
}

/* ---- Statements ------------------------------------------------------------------------------------------------- */

static void create_table(struct cf__plan *plan, const struct planning *planning)
{
    const struct cf_table *definition = planning->operation->definition;
    struct cf__buffer sql = new_sql(plan);
    create_ddls(plan, definition);
    cf__ddl_create_table(&sql, plan->driver->dialect, definition);
    cf__plan_statement(plan, planning->operation, &sql);
    for (size_t i = 0; i < definition->index_count; i++) {
        struct cf_index index = definition->indexes[i];
        index.concurrently = false; /* nobody writes to the table yet */
        cf__plan_index(plan, definition->name, &index);
    }
    cf__plan_comments(plan, definition);
    for (size_t i = 0; i < definition->column_count; i++)
        cf__plan_start(plan, planning->operation, definition->name, &definition->columns[i]);
}

/* Dropping a table deletes its rows one by one where they refer to each other, and may be refused half-way. */
static void drop_table(struct cf__plan *plan, const struct planning *planning)
{
    struct cf__buffer sql = new_sql(plan);
    for (size_t i = 0; i < planning->before->foreign_key_count; i++)
        if (strcmp(planning->before->foreign_keys[i].table, planning->before->name) == 0 && plan->driver->rebuild)
            plan->rebuilds = true;
    drop_ddls(plan, planning->before, false);
    cf__buffer_string(&sql, "DROP TABLE ");
    add_name(planning, &sql, planning->operation->table);
    cf__plan_statement(plan, planning->operation, &sql);
    drop_ddls(plan, planning->before, true);
}

static void rename_table(struct cf__plan *plan, const struct planning *planning)
{
    struct cf__buffer sql = alter_table(planning);
    cf__buffer_string(&sql, "RENAME TO ");
    add_name(planning, &sql, planning->operation->new_name);
    cf__plan_statement(plan, planning->operation, &sql);
}

static void add_column(struct cf__plan *plan, const struct planning *planning)
{
    const struct cf__operation *operation = planning->operation;
    struct cf__buffer sql = alter_table(planning);
    cf__buffer_string(&sql, "ADD COLUMN ");
    cf__ddl_column(&sql, plan->driver->dialect, planning->before, operation->column);
    if (operation->foreign_key) {
        cf__buffer_string(&sql, " CONSTRAINT ");
        add_name(planning, &sql, operation->foreign_key->name);
        cf__ddl_references(&sql, plan->driver->dialect, operation->foreign_key);
    }
    cf__plan_statement(plan, operation, &sql);
}

static void drop_column(struct cf__plan *plan, const struct planning *planning)
{
    struct cf__buffer sql = alter_table(planning);
    cf__buffer_string(&sql, "DROP COLUMN ");
    add_name(planning, &sql, planning->operation->name);
    cf__plan_statement(plan, planning->operation, &sql);
}

static void rename_column(struct cf__plan *plan, const struct planning *planning)
{
    struct cf__buffer sql = alter_table(planning);
    cf__buffer_string(&sql, "RENAME COLUMN ");
    add_name(planning, &sql, planning->operation->name);
    cf__buffer_string(&sql, " TO ");
    add_name(planning, &sql, planning->operation->new_name);
    cf__plan_statement(plan, planning->operation, &sql);
}

static void create_index(struct cf__plan *plan, const struct planning *planning)
{
    cf__plan_index(plan, planning->operation->table, planning->operation->index);
}

static void drop_index(struct cf__plan *plan, const struct planning *planning)
{
    struct cf__buffer sql = new_sql(plan);
    cf__buffer_string(&sql, "DROP INDEX ");
    add_name(planning, &sql, planning->operation->name);
    cf__plan_statement(plan, planning->operation, &sql);
}

static void rename_index(struct cf__plan *plan, const struct planning *planning)
{
    struct cf_index index = *cf__table_index(planning->before, planning->operation->name);
    index.name = planning->operation->new_name;
    drop_index(plan, planning);
    cf__plan_index(plan, planning->operation->table, &index);
}

/* What is only in the schema. */
static void do_nothing(struct cf__plan *plan, const struct planning *planning)
{
    (void)plan, (void)planning;
}

static void create_view(struct cf__plan *plan, const struct planning *planning)
{
    struct cf__buffer sql = new_sql(plan);
    cf__ddl_create_view(&sql, plan->driver->dialect,
                        &(struct cf_view){ planning->operation->name, planning->operation->sql });
    cf__plan_statement(plan, planning->operation, &sql);
}

static void drop_view(struct cf__plan *plan, const struct planning *planning)
{
    struct cf__buffer sql = new_sql(plan);
    cf__buffer_string(&sql, "DROP VIEW ");
    add_name(planning, &sql, planning->operation->name);
    cf__plan_statement(plan, planning->operation, &sql);
}

static void execute(struct cf__plan *plan, const struct planning *planning)
{
    struct cf__buffer sql = new_sql(plan);
    cf__buffer_string(&sql, planning->operation->sql);
    cf__plan_statement(plan, planning->operation, &sql);
}

/* ---- In place, or by rebuilding --------------------------------------------------------------------------------- */

static bool always(const struct planning *planning)
{
    (void)planning;
    return true;
}

/* Existing rows get a constant, or NULL; a reference only NULL. */
static bool can_add_column(const struct planning *planning)
{
    const struct cf_schema_column *column = planning->operation->column;
    if (planning->operation->fill || planning->operation->check || column->identity ||
        column->default_kind == CF_DEFAULT_SQL)
        return false;
    if (column->default_kind == CF_DEFAULT_LITERAL)
        return !planning->operation->foreign_key;
    return column->nullable && !column->generated_stored;
}

/* Nothing may mention the column. Keys and indexes do not, the replay has seen to that; a check is searched for its
 * name. */
static bool can_drop_column(const struct planning *planning)
{
    const char *name = planning->operation->name;
    if (cf__column_foreign_key(planning->before, name) || cf_table_column(planning->before, name)->generated)
        return false;
    for (size_t i = 0; i < planning->before->check_count; i++)
        if (strstr(planning->before->checks[i].sql, name))
            return false;
    return true;
}

/* The column is declared as it was: a comment where there are none. */
static bool is_declared_so(const struct planning *planning)
{
    const struct cf_dialect *dialect = planning->plan->driver->dialect;
    const struct cf_table *table = planning->before;
    const struct cf_schema_column *before = cf_table_column(table, planning->operation->name),
                                  *after = planning->operation->column;
    struct cf__buffer old = new_sql(planning->plan), new = new_sql(planning->plan);
    cf__ddl_column(&old, dialect, table, before);
    cf__ddl_column(&new, dialect, table, after);
    return strcmp(cf__buffer_text(&old), cf__buffer_text(&new)) == 0 && before->autoincrement == after->autoincrement;
}

static bool is_for_another_database(const struct planning *planning)
{
    return strcmp(planning->operation->name, planning->plan->driver->dialect->name) != 0;
}

static bool is_index(const struct planning *planning)
{
    return cf__table_index(planning->before, planning->operation->name);
}

static const struct {
    void (*add_statements)(struct cf__plan *plan, const struct planning *planning);
    bool (*in_place)(const struct planning *planning); /* NULL: never */
} kinds[CF__OPERATION_KINDS] = {
    [CF__CREATE_TABLE] = { create_table, always },
    [CF__DROP_TABLE] = { drop_table, always },
    [CF__RENAME_TABLE] = { rename_table, always },
    [CF__ADD_COLUMN] = { add_column, can_add_column },
    [CF__DROP_COLUMN] = { drop_column, can_drop_column },
    [CF__RENAME_COLUMN] = { rename_column, always },
    [CF__CREATE_INDEX] = { create_index, always },
    [CF__DROP_INDEX] = { drop_index, always },
    [CF__RENAME_CONSTRAINT] = { rename_index, is_index },
    [CF__EXECUTE] = { execute, always },
    [CF__COMMENT_TABLE] = { do_nothing, always },
    [CF__ALTER_COLUMN] = { do_nothing, is_declared_so },
    [CF__SET_OPTION] = { do_nothing, is_for_another_database },
    [CF__CREATE_VIEW] = { create_view, always },
    [CF__DROP_VIEW] = { drop_view, always },
    [CF__CREATE_DDL] = { create_ddl, always },
    [CF__DROP_DDL] = { drop_ddl, always },
};

/* Columns may as well come and go while the table is built anew. */
static bool is_open(const struct cf__plan *plan, const struct cf__operation *operation)
{
    bool of_column = operation->kind == CF__ADD_COLUMN || operation->kind == CF__DROP_COLUMN;
    return of_column && plan->open && strcmp(plan->open->table, operation->table) == 0;
}

static bool needs_rebuild(const struct cf__plan *plan, const struct planning *planning)
{
    bool (*in_place)(const struct planning *) = kinds[planning->operation->kind].in_place;
    if (in_place && in_place(planning) && !is_open(plan, planning->operation))
        return false;
    if (plan->driver->rebuild)
        return true;
    cf_raise(CF_INTERNAL, "%s: the driver of %s cannot do that", cf__operation_text(plan->context, planning->operation),
             plan->driver->name);
}

/* A value computed from the table's columns is computed from those that are there before it. */
static struct cf__rebuild *open_rebuild(struct cf__plan *plan, const struct planning *planning)
{
    if (plan->open && strcmp(plan->open->table, planning->operation->table) == 0 && !planning->operation->fill)
        return plan->open;
    plan->rebuilds = true;
    plan->open = cf__rebuild_new(plan, planning->before);
    add_step(plan, &(struct cf__step){ .what = cf__operation_text(plan->context, planning->operation),
                                       .rebuild = plan->open });
    return plan->open;
}

/* Of a column that comes, or is changed. */
static void start_numbers(struct cf__plan *plan, const struct planning *planning)
{
    const struct cf__operation *operation = planning->operation;
    const struct cf_schema_column *before =
        operation->kind == CF__ALTER_COLUMN ? cf_table_column(planning->before, operation->name) : NULL;
    if (operation->column && !(before && before->identity && before->start == operation->column->start))
        cf__plan_start(plan, operation, operation->table, operation->column);
}

static bool alter(struct cf__plan *plan, const struct cf__operation *operation, const struct cf_table *before)
{
    const struct cf_table *after = operation->table ? cf_schema_table(plan->schema, operation->table) : NULL;
    return cf__alter_plan(plan, operation, before, after);
}

static void plan_operation(struct cf__plan *plan, const struct cf__operation *operation, const char *revision)
{
    const struct cf_table *table = operation->table ? cf_schema_table(plan->schema, operation->table) : NULL;
    struct cf_table before = table ? cf__table_copy(plan->context, table) : (struct cf_table){ 0 };
    cf__apply(plan->context, plan->schema, operation, revision); /* first: it refuses what cannot be */
    cf__plan_need(plan, operation);
    struct planning planning = { plan, operation, &before };
    if (plan->driver->alter && alter(plan, operation, &before))
        return;
    if (!needs_rebuild(plan, &planning)) {
        if (kinds[operation->kind].add_statements != do_nothing)
            plan->open = NULL;
        kinds[operation->kind].add_statements(plan, &planning);
        start_numbers(plan, &planning);
        return;
    }
    struct cf__rebuild *rebuild = open_rebuild(plan, &planning);
    cf__rebuild_join(plan, rebuild, operation);
    rebuild->after = cf__table_copy(plan->context, cf_schema_table(plan->schema, operation->table));
    start_numbers(plan, &planning);
}

struct cf__plan cf__plan_new(cf_context *context, const struct cf_driver *driver, struct cf_schema *schema)
{
    return (struct cf__plan){ .context = context, .driver = driver, .schema = schema };
}

void cf__plan_operations(struct cf__plan *plan, const struct cf__operations *list, const char *revision)
{
    for (size_t i = 0; i < list->count; i++)
        plan_operation(plan, &list->items[i], revision);
}

/* ---- Running and printing --------------------------------------------------------------------------------------- */

struct run {
    const struct cf__step *step;
    struct cf__link *link;
};

static void run_step(void *argument)
{
    const struct run *run = argument;
    if (run->step->apart) {
        cf__link_commit(run->link);
        cf__link_outside(run->link, run->step->sql);
    } else if (run->step->rebuild) {
        cf__rebuild_run(run->step->rebuild, run->link);
    } else {
        cf__link_script(run->link, run->step->sql);
    }
}

/* The database keeps an index that it could not finish, under its name. */
static const char *cure_of(const struct cf__plan *plan, const struct cf__step *step)
{
    if (!step->apart || step->operation.kind != CF__CREATE_INDEX)
        return "";
    return cf_format(plan,
                     ". What is left of the index is INVALID: drop it (%s), mend what keeps it from being made, and "
                     "db upgrade goes on from here",
                     cf__alter_drop_index(plan, &step->operation));
}

void cf__plan_run_step(const struct cf__plan *plan, size_t step, struct cf__link *link)
{
    const cf_error *error = cf_attempt(plan->context, run_step, (&(struct run){ &plan->steps[step], link }));
    if (!error)
        return;
    cf_error named = *error;
    named.message =
        cf_format(plan->context, "%s: %s%s", plan->steps[step].what, error->message, cure_of(plan, &plan->steps[step]));
    cf_raise_error(&named);
}

void cf__plan_run(const struct cf__plan *plan, struct cf__link *link)
{
    for (size_t i = 0; i < plan->count; i++)
        cf__plan_run_step(plan, i, link);
    if (plan->rebuilds)
        cf__rebuild_verify(link);
}

void cf__plan_print(const struct cf__plan *plan, struct cf__buffer *out)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct cf__step *step = &plan->steps[i];
        if (step->rebuild)
            cf__rebuild_print(step->rebuild, plan->driver, out);
        else
            cf__buffer_format(out, step->apart ? "COMMIT;\n%s;\nBEGIN;\n" : "%s;\n", step->sql);
    }
}
