/* SPDX-License-Identifier: MIT
 *
 * Diff: the operations that lead from one schema to another. Each operation found is applied at once to a copy of
 * the first schema, so every step looks at what is still to be done, and the end is checked: nothing may be left.
 * Steps, in this order: SQL of tables that goes (Ddl), views that go or that what follows would break, renames that were
 * declared, SQL that tables need (before = true), new tables (those referred to first), names of constraints, foreign keys
 * that go, then table by table what changed, foreign keys that come, the tables that go (those that refer first), SQL that
 * tables needed, and last the views that come, or come again, and SQL of tables.
 *
 * What only a person can decide raises, with the words to write: a drop, a column or table that may have been
 * renamed, a column that existing rows have no value for.
 */
#include "diff.h"

#include <strings.h>

#include "../db/names.h"
#include "../db/query.h"
#include "../db/sql_type.h"

void cf__diff_emit(struct cf__diff *diff, struct cf__operation operation)
{
    cf__operations_add(&diff->list, &operation);
    cf__apply(diff->context, diff->now, &operation, NULL);
}

static bool may_drop(const struct cf__diff *diff)
{
    return diff->options->allow_drop || diff->options->lenient;
}

/* The table of the target as it stands now. */
static struct cf_table *table_now(const struct cf__diff *diff, const struct cf_table *to)
{
    return cf_schema_table(diff->now, to->name);
}

static const char *declaration(const struct cf__diff *diff, const struct cf_table *table,
                               const struct cf_schema_column *column)
{
    struct cf__buffer sql = cf__buffer_new(cf__context_of(diff->context), CF__CAP_SQL, "a column");
    struct cf_schema_column plain = *column;
    plain.on_conflict = NULL; /* which no model says */
    cf__ddl_column(&sql, diff->options->dialect, table, &plain);
    return cf__buffer_text(&sql);
}

/* A column that was found to be of the type that sql_type names, in whatever letters, is what the model says it is. */
static struct cf_schema_column as_declared(const struct cf__diff *diff, const struct cf_schema_column *found,
                                           const struct cf_schema_column *column)
{
    const struct cf_dialect *dialect = diff->options->dialect;
    struct cf_schema_column declared = *found;
    if (!found->raw_type || !cf__has_sql_type(column->sql_type, dialect) ||
        strcasecmp(cf__sql_type_of(diff->context, dialect, NULL, column), found->raw_type) != 0)
        return declared;
    declared.type = column->type;
    declared.length = column->length;
    declared.scale = column->scale;
    declared.labels = column->labels;
    declared.sql_type = column->sql_type;
    return declared;
}

static bool same_column(const struct cf__diff *diff, const struct cf_table *to, const struct cf_schema_column *left,
                        const struct cf_schema_column *right)
{
    const struct cf_dialect *dialect = diff->options->dialect;
    const struct cf_schema_column found = dialect ? as_declared(diff, left, right) : *left;
    if (dialect)
        return strcmp(declaration(diff, table_now(diff, to), &found), declaration(diff, to, right)) == 0 &&
               (!dialect->autoincrement || left->autoincrement == right->autoincrement) &&
               (dialect->comments == CF_COMMENTS_NONE || cf__texts_equal(left->comment, right->comment));
    return cf__columns_equal(left, right);
}

static bool same_index(const struct cf__diff *diff, const struct cf_table *to, const struct cf_index *left,
                       const struct cf_index *right)
{
    struct cf__buffer texts[2];
    for (int i = 0; i < 2; i++) {
        struct cf_index index = i ? *right : *left;
        texts[i] = cf__buffer_new(cf__context_of(diff->context), CF__CAP_SQL, "an index");
        index.name = right->name;
        index.concurrently = false;
        if (diff->options->dialect)
            cf__ddl_create_index(&texts[i], diff->options->dialect, to->name, &index);
    }
    return diff->options->dialect ? strcmp(cf__buffer_text(&texts[0]), cf__buffer_text(&texts[1])) == 0
                                  : cf__indexes_equal(left, right);
}

/* One that cf_add_column gives. */
static bool is_by_convention(const struct cf__diff *diff, const struct cf_table *table,
                             const struct cf_foreign_key *key)
{
    return cf__texts_equal(key->name, cf__convention(diff->context, "fk", table->name, &key->columns, key->table));
}

/* ---- Renames that were declared --------------------------------------------------------------------------------- */

static void rename_tables(struct cf__diff *diff)
{
    for (size_t i = 0; i < diff->to->count; i++) {
        const struct cf_table *to = &diff->to->tables[i];
        if (!to->was || table_now(diff, to) || !cf_schema_table(diff->now, to->was))
            continue;
        struct cf__operation operation = cf__operation_on(CF__RENAME_TABLE, to->was, to->was);
        operation.new_name = to->name;
        cf__diff_emit(diff, operation);
    }
}

/* Those that will be others go while the column has the name that they mention: so that the way back makes them again under it. */
static bool drop_a_check_of(struct cf__diff *diff, const struct cf_table *to, const char *column)
{
    const struct cf_table *now = table_now(diff, to);
    for (size_t i = 0; i < now->check_count; i++) {
        const struct cf_check *check = &now->checks[i], *same = cf__table_check(to, check->name);
        if (!cf__sql_mentions(check->sql, column) || (same && cf__texts_equal(same->sql, check->sql)))
            continue;
        cf__diff_emit(diff, cf__operation_on(CF__DROP_CONSTRAINT, now->name, check->name));
        return true;
    }
    return false;
}

static void rename_columns(struct cf__diff *diff, const struct cf_table *to)
{
    const struct cf_table *now = table_now(diff, to);
    for (size_t i = 0; now && i < to->column_count; i++) {
        const struct cf_schema_column *column = &to->columns[i];
        if (!column->was || cf_table_column(now, column->name) || !cf_table_column(now, column->was))
            continue;
        struct cf__operation operation = cf__operation_on(CF__RENAME_COLUMN, to->name, column->was);
        operation.new_name = column->name;
        while (!diff->options->dialect && drop_a_check_of(diff, to, column->was))
            continue;
        cf__diff_emit(diff, operation);
    }
}

/* ---- What a person must decide ---------------------------------------------------------------------------------- */

static bool like_columns(const struct cf_schema_column *left, const struct cf_schema_column *right)
{
    return left->type == right->type && left->length == right->length && left->scale == right->scale &&
           left->nullable == right->nullable && left->identity == right->identity;
}

static void refuse_column_drop(const struct cf__diff *diff, const struct cf_table *now, const struct cf_table *to,
                               const struct cf_schema_column *gone)
{
    for (size_t i = 0; i < to->column_count; i++) {
        const struct cf_schema_column *came = &to->columns[i];
        if (!cf_table_column(now, came->name) && like_columns(gone, came))
            cf_raise(
                CF_INTERNAL,
                "column %s.%s is gone and %s.%s of the same type came. If it was renamed, say (%s, %s, was = \"%s\") "
                "in "
                "the model; if the one is to be dropped with its data and the other added, say db migrate --allow-drop",
                to->name, gone->name, to->name, came->name, came->field ? came->field : came->name,
                cf__type_text(diff->context, came), gone->name);
    }
    cf_raise(CF_INTERNAL,
             "column %s.%s is gone from the model, and would be dropped with its data: db migrate --allow-drop does so",
             to->name, gone->name);
}

static bool like_tables(const struct cf_table *left, const struct cf_table *right)
{
    if (left->column_count != right->column_count)
        return false;
    for (size_t i = 0; i < left->column_count; i++) {
        const struct cf_schema_column *same = cf_table_column(right, left->columns[i].name);
        if (!same || !like_columns(&left->columns[i], same))
            return false;
    }
    return true;
}

static void refuse_table_drop(const struct cf__diff *diff, const struct cf_table *gone)
{
    for (size_t i = 0; i < diff->to->count; i++) {
        const struct cf_table *came = &diff->to->tables[i];
        if (!table_now(diff, came) && like_tables(gone, came))
            cf_raise(
                CF_INTERNAL,
                "table %s is gone and %s with the same columns came. If it was renamed, say (before, Was(\"%s\")) in "
                "the "
                "model; if the one is to be dropped with its rows and the other created, say db migrate --allow-drop",
                gone->name, came->name, gone->name);
    }
    cf_raise(CF_INTERNAL,
             "table %s is gone from the models, and would be dropped with its rows: db migrate --allow-drop does so",
             gone->name);
}

static void refuse_drops(const struct cf__diff *diff)
{
    for (size_t i = 0; i < diff->now->count; i++) {
        const struct cf_table *now = &diff->now->tables[i], *to = cf_schema_table(diff->to, now->name);
        if (!to)
            refuse_table_drop(diff, now);
        for (size_t k = 0; k < now->column_count; k++)
            if (!cf_table_column(to, now->columns[k].name))
                refuse_column_drop(diff, now, to, &now->columns[k]);
    }
}

static void need_value(const struct cf__diff *diff, const struct cf_table *table, const struct cf_schema_column *column)
{
    if (column->nullable || column->identity || column->generated || column->default_kind != CF_DEFAULT_NONE ||
        diff->options->lenient)
        return;
    struct cf_schema_column nullable = *column;
    nullable.nullable = true;
    cf_raise(CF_INTERNAL,
             "column %s.%s is NOT NULL, and rows that are there have no value for it: give it server_default = \"…\", "
             "or make it "
             "%s and, in the revision, %s again with .fill = \"…\"",
             table->name, column->name, cf__type_text(diff->context, &nullable), cf__type_text(diff->context, column));
}

/* ---- New tables ------------------------------------------------------------------------------------------------- */

static bool is_available(const struct cf__diff *diff, const struct cf_table *own, const struct cf_foreign_key *key)
{
    const struct cf_table *table = strcmp(key->table, own->name) == 0 ? own : cf_schema_table(diff->now, key->table);
    for (size_t i = 0; table && i < key->references.count; i++)
        if (!cf_table_column(table, key->references.items[i]))
            return false;
    return table;
}

static bool is_ready(const struct cf__diff *diff, const struct cf_table *table)
{
    for (size_t i = 0; i < table->foreign_key_count; i++)
        if (!is_available(diff, table, &table->foreign_keys[i]))
            return false;
    return true;
}

/* The next table to create: one that refers only to what is there; where tables refer to each other in a circle, the
 * first. */
static const struct cf_table *next_new_table(const struct cf__diff *diff)
{
    const struct cf_table *first = NULL;
    for (size_t i = 0; i < diff->to->count; i++) {
        const struct cf_table *to = &diff->to->tables[i];
        if (table_now(diff, to))
            continue;
        if (is_ready(diff, to))
            return to;
        first = first ? first : to;
    }
    return first;
}

/* References to what is not there yet, and constraints that MODEL's words do not give, come in later steps. */
static void create_tables(struct cf__diff *diff)
{
    const struct cf_table *to;
    while ((to = next_new_table(diff))) {
        struct cf__operation operation = cf__operation_on(CF__CREATE_TABLE, to->name, to->name);
        struct cf_table *definition = operation.definition = cf_alloc(diff->context, sizeof(*definition));
        *definition = cf__table_copy(diff->context, to);
        size_t kept = 0;
        for (size_t i = 0; i < definition->foreign_key_count; i++)
            if (is_available(diff, to, &definition->foreign_keys[i]))
                definition->foreign_keys[kept++] = definition->foreign_keys[i];
        definition->foreign_key_count = kept;
        struct cf__operations rest = { .context = diff->context };
        cf__items_split(diff->context, definition, &rest);
        cf__diff_emit(diff, operation);
    }
}

/* ---- Names of constraints --------------------------------------------------------------------------------------- */

static void rename_constraint(struct cf__diff *diff, const struct cf_table *to, const char *old, const char *new)
{
    struct cf__operation operation = cf__operation_on(CF__RENAME_CONSTRAINT, to->name, old);
    operation.new_name = new;
    cf__diff_emit(diff, operation);
}

static void rename_keys(struct cf__diff *diff, const struct cf_table *to)
{
    const struct cf_table *now = table_now(diff, to);
    if (now->primary_key.count && cf__names_equal(&now->primary_key, &to->primary_key) &&
        !cf__texts_equal(now->primary_key_name, to->primary_key_name))
        rename_constraint(diff, to, now->primary_key_name, to->primary_key_name);
    for (size_t i = 0; i < to->unique_count; i++)
        for (size_t k = 0; k < now->unique_count && !cf__table_unique(now, to->uniques[i].name); k++)
            if (!cf__table_unique(to, now->uniques[k].name) && cf__uniques_equal(&now->uniques[k], &to->uniques[i]))
                rename_constraint(diff, to, now->uniques[k].name, to->uniques[i].name);
    for (size_t i = 0; i < to->index_count; i++)
        for (size_t k = 0; k < now->index_count && !cf__table_index(now, to->indexes[i].name); k++)
            if (!cf__table_index(to, now->indexes[k].name) && same_index(diff, to, &now->indexes[k], &to->indexes[i]))
                rename_constraint(diff, to, now->indexes[k].name, to->indexes[i].name);
}

static void rename_constraints(struct cf__diff *diff, const struct cf_table *to)
{
    const struct cf_table *now = table_now(diff, to);
    rename_keys(diff, to);
    for (size_t i = 0; i < to->foreign_key_count; i++)
        for (size_t k = 0; k < now->foreign_key_count && !cf__table_foreign_key(now, to->foreign_keys[i].name); k++)
            if (!cf__table_foreign_key(to, now->foreign_keys[k].name) &&
                cf__foreign_keys_equal(&now->foreign_keys[k], &to->foreign_keys[i]))
                rename_constraint(diff, to, now->foreign_keys[k].name, to->foreign_keys[i].name);
    for (size_t i = 0; i < to->check_count; i++)
        for (size_t k = 0; k < now->check_count && !cf__table_check(now, to->checks[i].name); k++)
            if (!cf__table_check(to, now->checks[k].name) && cf__texts_equal(now->checks[k].sql, to->checks[i].sql))
                rename_constraint(diff, to, now->checks[k].name, to->checks[i].name);
}

/* ---- Constraints that go ---------------------------------------------------------------------------------------- */

/* A column that is computed in another way is made anew, and what is on it too. (A live database is only looked at.) */
static bool is_made_anew(const struct cf__diff *diff, const struct cf_table *to, const char *name)
{
    const struct cf_schema_column *after = cf_table_column(to, name),
                                  *before = cf_table_column(table_now(diff, to), name);
    if (!after || !before || diff->options->dialect)
        return false;
    return !cf__texts_equal(before->generated, after->generated) || before->generated_stored != after->generated_stored;
}

static bool has_one_made_anew(const struct cf__diff *diff, const struct cf_table *to, const struct cf_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        if (is_made_anew(diff, to, names->items[i]))
            return true;
    return false;
}

static bool mentions_one_made_anew(const struct cf__diff *diff, const struct cf_table *to, const char *sql)
{
    for (size_t i = 0; sql && i < to->column_count; i++)
        if (cf__sql_mentions(sql, to->columns[i].name) && is_made_anew(diff, to, to->columns[i].name))
            return true;
    return false;
}

/* Each of these drops the first it finds and says whether it did: dropping changes the array it walks. */

static bool drop_a_foreign_key(struct cf__diff *diff, const struct cf_table *to)
{
    const struct cf_table *now = table_now(diff, to);
    for (size_t i = 0; i < now->foreign_key_count; i++) {
        const struct cf_foreign_key *key = &now->foreign_keys[i], *same = cf__table_foreign_key(to, key->name);
        const char *column = key->columns.items[0];
        bool goes_with_column = !cf_table_column(to, column) && cf__column_foreign_key(now, column) == key &&
                                is_by_convention(diff, now, key);
        if ((same && cf__foreign_keys_equal(key, same)) || goes_with_column)
            continue;
        cf__diff_emit(diff, cf__operation_on(CF__DROP_CONSTRAINT, now->name, key->name));
        return true;
    }
    return false;
}

static bool drop_an_index(struct cf__diff *diff, const struct cf_table *to)
{
    const struct cf_table *now = table_now(diff, to);
    for (size_t i = 0; i < now->index_count; i++) {
        const struct cf_index *index = &now->indexes[i], *same = cf__table_index(to, index->name);
        if (same && same_index(diff, to, index, same) && !has_one_made_anew(diff, to, &index->columns) &&
            !mentions_one_made_anew(diff, to, index->expressions) && !mentions_one_made_anew(diff, to, index->where))
            continue;
        struct cf__operation operation = cf__operation_on(CF__DROP_INDEX, now->name, index->name);
        operation.concurrently = index->concurrently;
        cf__diff_emit(diff, operation);
        return true;
    }
    return false;
}

static bool drop_a_unique(struct cf__diff *diff, const struct cf_table *to)
{
    const struct cf_table *now = table_now(diff, to);
    for (size_t i = 0; i < now->unique_count; i++) {
        const struct cf_unique *unique = &now->uniques[i], *same = cf__table_unique(to, unique->name);
        if (same && cf__uniques_equal(unique, same) && !has_one_made_anew(diff, to, &unique->columns))
            continue;
        cf__diff_emit(diff, cf__operation_on(CF__DROP_CONSTRAINT, now->name, unique->name));
        return true;
    }
    return false;
}

static bool goes_with_its_column(const struct cf__diff *diff, const struct cf_table *now, const struct cf_table *to,
                                 const struct cf_check *check)
{
    for (size_t i = 0; i < now->column_count; i++)
        if (!cf_table_column(to, now->columns[i].name) &&
            cf__column_check(diff->context, now, now->columns[i].name) == check)
            return true;
    return false;
}

static bool drop_a_check(struct cf__diff *diff, const struct cf_table *to)
{
    const struct cf_table *now = table_now(diff, to);
    for (size_t i = 0; i < now->check_count; i++) {
        const struct cf_check *check = &now->checks[i], *same = cf__table_check(to, check->name);
        bool stays = same && cf__texts_equal(check->sql, same->sql) && !mentions_one_made_anew(diff, to, check->sql);
        if (stays || goes_with_its_column(diff, now, to, check))
            continue;
        cf__diff_emit(diff, cf__operation_on(CF__DROP_CONSTRAINT, now->name, check->name));
        return true;
    }
    return false;
}

static void drop_constraints(struct cf__diff *diff, const struct cf_table *to)
{
    while (drop_an_index(diff, to) || drop_a_unique(diff, to) || drop_a_check(diff, to))
        continue;
    const struct cf_table *now = table_now(diff, to);
    if (now->primary_key.count && !cf__names_equal(&now->primary_key, &to->primary_key))
        cf__diff_emit(diff, cf__operation_on(CF__DROP_CONSTRAINT, now->name, now->primary_key_name));
}

/* ---- Columns ---------------------------------------------------------------------------------------------------- */

/* A foreign key and a check that cf_add_column gives by itself come with the column. */
static void add_column(struct cf__diff *diff, const struct cf_table *to, const struct cf_schema_column *column)
{
    struct cf__operation operation = cf__operation_on(CF__ADD_COLUMN, to->name, column->name);
    operation.column = cf_alloc(diff->context, sizeof(*column));
    *operation.column = *column;
    struct cf_table alone = { .name = to->name, .columns = operation.column, .column_count = 1 };
    struct cf_foreign_key *key = cf__column_foreign_key(to, column->name);
    struct cf_check *check = cf__column_check(diff->context, to, column->name);
    if (key && is_by_convention(diff, to, key) && is_available(diff, table_now(diff, to), key)) {
        alone.foreign_keys = key;
        alone.foreign_key_count = 1;
    }
    if (check) {
        alone.checks = check;
        alone.check_count = 1;
    }
    struct cf__operations rest = { .context = diff->context };
    cf__items_split(diff->context, &alone, &rest);
    operation.foreign_key = alone.foreign_key_count ? alone.foreign_keys : NULL;
    operation.check = alone.check_count ? alone.checks : NULL;
    need_value(diff, to, column);
    cf__diff_emit(diff, operation);
}

static void alter_column(struct cf__diff *diff, const struct cf_table *to, const struct cf_schema_column *old,
                         const struct cf_schema_column *column)
{
    struct cf__operation operation = cf__operation_on(CF__ALTER_COLUMN, to->name, column->name);
    operation.column = cf_alloc(diff->context, sizeof(*column));
    *operation.column = *column;
    if (old->nullable)
        need_value(diff, to, column);
    cf__diff_emit(diff, operation);
}

/* Those that are computed, or those that are not. */
static void come_or_change(struct cf__diff *diff, const struct cf_table *to, bool computed)
{
    for (size_t i = 0; i < to->column_count; i++) {
        const struct cf_schema_column *column = &to->columns[i],
                                      *old = cf_table_column(table_now(diff, to), column->name);
        if (!column->generated == computed)
            continue;
        if (!old)
            add_column(diff, to, column);
        else if (!same_column(diff, to, old, column))
            alter_column(diff, to, old, column);
    }
}

static void go(struct cf__diff *diff, const struct cf_table *to, bool computed)
{
    const struct cf_table *now = table_now(diff, to);
    for (size_t i = now->column_count; i-- > 0;)
        if (!now->columns[i].generated != computed && !cf_table_column(to, now->columns[i].name))
            cf__diff_emit(diff, cf__operation_on(CF__DROP_COLUMN, to->name, now->columns[i].name));
}

/* What columns are computed from comes before them and goes after them. */
static void change_columns(struct cf__diff *diff, const struct cf_table *to)
{
    come_or_change(diff, to, false);
    come_or_change(diff, to, true);
    go(diff, to, true);
    go(diff, to, false);
}

static void change_comment(struct cf__diff *diff, const struct cf_table *to)
{
    const struct cf_dialect *dialect = diff->options->dialect;
    struct cf__operation operation = cf__operation_on(CF__COMMENT_TABLE, to->name, to->name);
    operation.comment = to->comment;
    if (!cf__texts_equal(table_now(diff, to)->comment, to->comment) &&
        (!dialect || dialect->comments != CF_COMMENTS_NONE))
        cf__diff_emit(diff, operation);
}

/* In words that can be compared. */
static const char *option_of(const struct cf__diff *diff, const struct cf_table *table, const char *database)
{
    const struct cf_dialect *dialect = diff->options->dialect;
    const char *option = cf_table_option(table, database);
    return dialect && option ? dialect->option(diff->context, option) : option;
}

static void change_option(struct cf__diff *diff, const struct cf_table *to, const char *database)
{
    const struct cf_dialect *dialect = diff->options->dialect;
    struct cf__operation operation = cf__operation_on(CF__SET_OPTION, to->name, database);
    operation.sql = cf_table_option(to, database);
    if (dialect && (!dialect->option || strcmp(dialect->name, database) != 0))
        return;
    if (!cf__texts_equal(option_of(diff, table_now(diff, to), database), option_of(diff, to, database)))
        cf__diff_emit(diff, operation);
}

/* First, since they may change what types are called. */
static void change_options(struct cf__diff *diff, const struct cf_table *to)
{
    const struct cf_table now = cf__table_copy(diff->context, table_now(diff, to));
    for (size_t i = 0; i < to->option_count; i++)
        change_option(diff, to, to->options[i].database);
    for (size_t i = 0; i < now.option_count; i++)
        change_option(diff, to, now.options[i].database);
}

/* ---- Constraints that come -------------------------------------------------------------------------------------- */

static void create_primary_key(struct cf__diff *diff, const struct cf_table *to)
{
    if (to->primary_key.count == 0 || table_now(diff, to)->primary_key.count)
        return;
    struct cf__operation operation = cf__operation_on(CF__CREATE_PRIMARY_KEY, to->name, to->primary_key_name);
    operation.unique = cf_alloc(diff->context, sizeof(*operation.unique));
    *operation.unique = (struct cf_unique){ to->primary_key_name, to->primary_key };
    cf__diff_emit(diff, operation);
}

static void create_constraints(struct cf__diff *diff, const struct cf_table *to)
{
    create_primary_key(diff, to);
    for (size_t i = 0; i < to->unique_count; i++) {
        struct cf__operation operation = cf__operation_on(CF__CREATE_UNIQUE, to->name, to->uniques[i].name);
        operation.unique = &to->uniques[i];
        if (!cf__table_unique(table_now(diff, to), operation.name))
            cf__diff_emit(diff, operation);
    }
    for (size_t i = 0; i < to->check_count; i++) {
        struct cf__operation operation = cf__operation_on(CF__CREATE_CHECK, to->name, to->checks[i].name);
        operation.check = &to->checks[i];
        if (!cf__table_check(table_now(diff, to), operation.name))
            cf__diff_emit(diff, operation);
    }
    for (size_t i = 0; i < to->index_count; i++) {
        struct cf__operation operation = cf__operation_on(CF__CREATE_INDEX, to->name, to->indexes[i].name);
        operation.index = &to->indexes[i];
        if (!cf__table_index(table_now(diff, to), operation.name))
            cf__diff_emit(diff, operation);
    }
}

static void create_foreign_keys(struct cf__diff *diff, const struct cf_table *to)
{
    for (size_t i = 0; i < to->foreign_key_count; i++) {
        struct cf__operation operation = cf__operation_on(CF__CREATE_FOREIGN_KEY, to->name, to->foreign_keys[i].name);
        operation.foreign_key = &to->foreign_keys[i];
        if (!cf__table_foreign_key(table_now(diff, to), operation.name))
            cf__diff_emit(diff, operation);
    }
}

/* ---- Tables that go --------------------------------------------------------------------------------------------- */

/* The foreign key of another table that still refers to `table`. */
static const struct cf_foreign_key *referring(const struct cf__diff *diff, const struct cf_table *table,
                                              const struct cf_table **from)
{
    for (size_t i = 0; i < diff->now->count; i++) {
        const struct cf_table *other = *from = &diff->now->tables[i];
        for (size_t k = 0; other != table && k < other->foreign_key_count; k++)
            if (strcmp(other->foreign_keys[k].table, table->name) == 0)
                return &other->foreign_keys[k];
    }
    return NULL;
}

/* Drops the last table that goes and that nothing refers to; in a circle one reference goes first. */
static bool drop_a_table(struct cf__diff *diff)
{
    const struct cf_table *from, *first = NULL;
    for (size_t i = diff->now->count; i-- > 0;) {
        const struct cf_table *now = &diff->now->tables[i];
        if (cf_schema_table(diff->to, now->name))
            continue;
        first = now;
        if (referring(diff, now, &from))
            continue;
        cf__diff_emit(diff, cf__operation_on(CF__DROP_TABLE, now->name, now->name));
        return true;
    }
    if (!first)
        return false;
    const struct cf_foreign_key *key = referring(diff, first, &from);
    cf__diff_emit(diff, cf__operation_on(CF__DROP_CONSTRAINT, from->name, key->name));
    return true;
}

/* ---- Tables ----------------------------------------------------------------------------------------------------- */

static void find_changes_of_tables(struct cf__diff *diff)
{
    const struct cf_schema *to = diff->to;
    rename_tables(diff);
    for (size_t i = 0; i < to->count; i++)
        cf__diff_create_ddls(diff, &to->tables[i], true);
    for (size_t i = 0; i < to->count; i++)
        rename_columns(diff, &to->tables[i]);
    if (!may_drop(diff))
        refuse_drops(diff);
    create_tables(diff);
    for (size_t i = 0; i < to->count; i++)
        rename_constraints(diff, &to->tables[i]);
    for (size_t i = 0; i < to->count; i++)
        while (drop_a_foreign_key(diff, &to->tables[i]))
            continue;
    for (size_t i = 0; i < to->count; i++) {
        drop_constraints(diff, &to->tables[i]);
        change_options(diff, &to->tables[i]);
        change_columns(diff, &to->tables[i]);
        change_comment(diff, &to->tables[i]);
        create_constraints(diff, &to->tables[i]);
    }
    for (size_t i = 0; i < to->count; i++)
        create_foreign_keys(diff, &to->tables[i]);
    while (drop_a_table(diff))
        continue;
    cf__diff_drop_ddls(diff, true);
}

/* ---- All of it -------------------------------------------------------------------------------------------------- */

/* What will be done to the tables, as if there were no view. */
static struct cf__operations changes_of_tables(const struct cf__diff *diff)
{
    struct cf__diff look = *diff;
    look.now = cf__schema_copy(diff->context, diff->now);
    look.now->view_count = 0;
    if (diff->now->view_count)
        find_changes_of_tables(&look);
    return look.list;
}

static void find_changes(struct cf__diff *diff)
{
    cf__diff_drop_ddls(diff, false);
    const struct cf__operations changes = changes_of_tables(diff);
    cf__diff_drop_views(diff, &changes);
    find_changes_of_tables(diff);
    cf__diff_create_views(diff);
    for (size_t i = 0; i < diff->to->count; i++)
        cf__diff_create_ddls(diff, &diff->to->tables[i], false);
}

struct cf__operations cf__diff(cf_context *context, const struct cf_schema *from, const struct cf_schema *to,
                               const struct cf__diff_options *options)
{
    struct cf_schema *now = cf__schema_copy(context, from);
    if (options->dialect) {
        now = cf__schema_named(context, from, to, options->dialect);
        to = cf__schema_named(context, to, now, options->dialect);
    }
    struct cf__diff diff = { context, options, now, to, { .context = context } };
    find_changes(&diff);
    if (diff.list.count && !options->lenient) {
        const struct cf__diff_options look = { .lenient = true, .dialect = options->dialect };
        struct cf__operations left = cf__diff(context, diff.now, to, &look);
        if (left.count)
            cf_raise(CF_INTERNAL,
                     "the difference found does not lead to the models: \"%s\" is left; please report this",
                     cf__operation_describe(context, diff.now, &left.items[0]));
    }
    return diff.list;
}
