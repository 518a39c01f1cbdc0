/* SPDX-License-Identifier: MIT
 *
 * Changing tables in place, on databases whose ALTER TABLE knows columns and constraints. How each database says it is
 * data (struct cf_alter_sql); here stands what has to be said. A statement does one operation or does nothing at all, so
 * that a step of which only the intent is known can be decided by a look at the live schema: an operation that takes
 * several statements is split into smaller operations, or into such that may be run twice.
 */
#include "plan.h"

#include "../db/sql_type.h"

struct alteration {
    struct cf__plan *plan;
    const struct cf__operation *operation;
    const struct cf_alter_sql *sql;
    const struct cf_dialect *dialect;
    const struct cf_table *before, *after;
};

/* ---- Patterns --------------------------------------------------------------------------------------------------- */

/* What the words in braces stand for; names are quoted here. */
struct words {
    const char *table, *name, *new, *key;
    const char *type, *value, *definition;
    const char *start, *before, *increment; /* numbers */
    const struct cf_names *columns;
};

static struct cf__buffer new_sql(const struct alteration *alteration)
{
    return cf__buffer_new(cf__context_of(alteration->plan->context), CF__CAP_SQL, "a statement");
}

/* A name, quoted, as it is or as the content of a text. */
static void write_name(struct cf__buffer *sql, const struct cf_dialect *dialect, const char *name, bool as_text)
{
    struct cf__buffer quoted = cf__buffer_new(sql->context, CF__CAP_SQL, "a name");
    cf__sql_identifier(&quoted, dialect, name);
    if (as_text)
        cf__sql_text(sql, cf__buffer_text(&quoted));
    else
        cf__buffer_string(sql, cf__buffer_text(&quoted));
}

static bool is(const char *word, size_t size, const char *known)
{
    return strlen(known) == size && memcmp(known, word, size) == 0;
}

static void write_word(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct words *words,
                       const char *word, size_t size)
{
    const struct {
        const char *word, *name;
        bool as_text;
    } names[] = { { "table", words->table, false },
                  { "name", words->name, false },
                  { "new", words->new, false },
                  { "key", words->key, false },
                  { "table_text", words->table, true } };
    const struct {
        const char *word, *text;
    } texts[] = { { "type", words->type },   { "value", words->value },   { "definition", words->definition },
                  { "start", words->start }, { "before", words->before }, { "increment", words->increment } };
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (is(word, size, names[i].word))
            write_name(sql, dialect, names[i].name, names[i].as_text);
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        if (is(word, size, texts[i].word))
            cf__buffer_string(sql, texts[i].text);
    if (is(word, size, "columns"))
        cf__sql_names(sql, dialect, words->columns);
    if (is(word, size, "name_text"))
        cf__sql_text(sql, words->name);
    if (is(word, size, "table_name"))
        cf__sql_text(sql, words->table);
}

static void write_pattern(struct cf__buffer *sql, const struct cf_dialect *dialect, const char *pattern,
                          const struct words *words)
{
    for (const char *at = pattern; *at;) {
        size_t plain = strcspn(at, "{");
        cf__buffer_add(sql, at, plain);
        at += plain;
        if (!*at)
            return;
        size_t size = strcspn(++at, "}");
        write_word(sql, dialect, words, at, size);
        at += size + 1;
    }
}

/* "ALTER TABLE users ", which actions follow. */
static struct cf__buffer begin_alter(const struct alteration *alteration)
{
    struct cf__buffer sql = new_sql(alteration);
    cf__buffer_string(&sql, "ALTER TABLE ");
    cf__sql_identifier(&sql, alteration->dialect, alteration->operation->table);
    cf__buffer_char(&sql, ' ');
    return sql;
}

static void add_action(const struct alteration *alteration, struct cf__buffer *sql, const char *pattern,
                       const struct words *words)
{
    write_pattern(sql, alteration->dialect, pattern, words);
}

/* One statement of one action, or alone. */
static void plan_action(const struct alteration *alteration, const char *pattern, const struct words *words)
{
    struct cf__buffer sql = begin_alter(alteration);
    add_action(alteration, &sql, pattern, words);
    cf__plan_statement(alteration->plan, alteration->operation, &sql);
}

static void plan_statement(const struct alteration *alteration, const char *pattern, const struct words *words)
{
    struct cf__buffer sql = new_sql(alteration);
    write_pattern(&sql, alteration->dialect, pattern, words);
    cf__plan_statement(alteration->plan, alteration->operation, &sql);
}

/* The step planned last may be run a second time. */
static void mark_again(const struct alteration *alteration)
{
    alteration->plan->steps[alteration->plan->count - 1].again = true;
}

/* ---- Columns ---------------------------------------------------------------------------------------------------- */

static const char *type_of(const struct alteration *alteration, const struct cf_schema_column *column)
{
    struct cf__buffer sql = new_sql(alteration);
    cf__buffer_string(&sql, cf__sql_type_of(alteration->plan->context, alteration->dialect, alteration->after, column));
    cf__ddl_collation(&sql, alteration->dialect, column);
    return cf__buffer_text(&sql);
}

static const char *default_of(const struct alteration *alteration, const struct cf_schema_column *column)
{
    struct cf__buffer sql = new_sql(alteration);
    cf__ddl_default(&sql, alteration->dialect, column);
    return sql.size ? cf__buffer_text(&sql) : NULL;
}

/* As it can be declared while `table` has the primary key that it has. */
static const char *definition_of(const struct alteration *alteration, const struct cf_table *table,
                                 const struct cf_schema_column *column)
{
    struct cf_schema_column declared = *column;
    struct cf__buffer sql = new_sql(alteration);
    if (alteration->sql->identity_needs_key && !cf__names_have(&table->primary_key, column->name))
        declared.identity = false;
    cf__ddl_column(&sql, alteration->dialect, table, &declared);
    return cf__buffer_text(&sql);
}

/* UPDATE users SET age = 0 WHERE age IS NULL */
static void fill_column(const struct alteration *alteration, const char *value)
{
    struct cf__buffer sql = new_sql(alteration);
    write_pattern(&sql, alteration->dialect, "UPDATE {table} SET {name} = {value} WHERE {name} IS NULL",
                  &(struct words){
                      .table = alteration->operation->table, .name = alteration->operation->name, .value = value });
    cf__plan_statement(alteration->plan, alteration->operation, &sql);
    mark_again(alteration);
}

/* Of a column, or of the table (`column` NULL). */
static void comment_on(const struct alteration *alteration, const char *table, const char *column, const char *comment)
{
    struct cf__buffer text = new_sql(alteration);
    const char *pattern = column ? alteration->sql->comment_column : alteration->sql->comment_table;
    cf__sql_text(&text, comment ? comment : "");
    if (!pattern)
        return;
    plan_statement(alteration, pattern,
                   &(struct words){ .table = table, .name = column, .value = cf__buffer_text(&text) });
    mark_again(alteration);
}

static void comment_table(const struct alteration *alteration)
{
    comment_on(alteration, alteration->operation->table, NULL, alteration->operation->comment);
}

void cf__plan_comments(struct cf__plan *plan, const struct cf_table *table)
{
    if (plan->driver->dialect->comments != CF_COMMENTS_APART)
        return;
    struct cf__operation operation = { .kind = CF__COMMENT_TABLE, .table = table->name, .name = table->name };
    const struct alteration alteration = { plan, &operation, plan->driver->alter, plan->driver->dialect, NULL, NULL };
    if (table->comment)
        comment_on(&alteration, table->name, NULL, table->comment);
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].comment)
            comment_on(&alteration, table->name, table->columns[i].name, table->columns[i].comment);
}

/* Where a column's numbers begin, by a statement that may be run twice: it only ever moves them on. */
static void start_numbers(const struct alteration *alteration, const char *pattern, const char *table,
                          const struct cf_schema_column *column)
{
    cf_context *context = alteration->plan->context;
    int64_t start = column->start ? column->start : 1, increment = column->increment ? column->increment : 1;
    plan_statement(alteration, pattern,
                   &(struct words){ .table = table,
                                    .name = column->name,
                                    .start = cf_format(context, "%lld", (long long)start),
                                    .before = cf_format(context, "%lld", (long long)start - 1),
                                    .increment = cf_format(context, "%lld", (long long)increment) });
    mark_again(alteration);
}

void cf__plan_start(struct cf__plan *plan, const struct cf__operation *operation, const char *table,
                    const struct cf_schema_column *column)
{
    const struct alteration alteration = { plan, operation, plan->driver->alter, plan->driver->dialect, NULL, NULL };
    if (column->start && plan->driver->dialect->start)
        start_numbers(&alteration, plan->driver->dialect->start, table, column);
}

static bool is_numbered_anew(const struct cf_schema_column *old, const struct cf_schema_column *new)
{
    bool was = old->identity;
    return new->identity && ((was ? old->start : 0) != new->start || (was ? old->increment : 0) != new->increment);
}

static void renumber(const struct alteration *alteration, const struct cf_schema_column *old,
                     const struct cf_schema_column *new)
{
    const char *table = alteration->operation->table;
    if (is_numbered_anew(old, new) && alteration->sql->renumber)
        start_numbers(alteration, alteration->sql->renumber, table, new);
    else if (is_numbered_anew(old, new))
        cf__plan_start(alteration->plan, alteration->operation, table, new);
}

/* What is no longer said stays as it is, where there is no word for what was before it. */
static void set_option(const struct alteration *alteration)
{
    const struct cf__operation *operation = alteration->operation;
    cf_context *context = alteration->plan->context;
    if (strcmp(operation->name, alteration->dialect->name) != 0)
        return;
    const char *before = cf_table_option(alteration->before, operation->name);
    const char *action = alteration->sql->option(context, before, operation->sql);
    if (action && !*action)
        return;
    if (!action)
        cf_raise(CF_INTERNAL,
                 "%s: \"%s\" is said when a table is made: create another table with it, copy the rows with "
                 "cf_execute, drop "
                 "the old one and rename the new one",
                 cf__operation_text(context, operation), operation->sql);
    plan_action(alteration, "{value}", &(struct words){ .value = action });
    mark_again(alteration);
}

static void change_whole(const struct alteration *alteration, const struct cf_schema_column *column)
{
    plan_action(alteration, alteration->sql->column,
                &(struct words){ .definition = definition_of(alteration, alteration->after, column) });
    mark_again(alteration);
}

static bool is_number(enum cf_type type)
{
    return type == CF_TYPE_INTEGER || type == CF_TYPE_SMALL_INTEGER || type == CF_TYPE_BIG_INTEGER ||
           type == CF_TYPE_FLOAT || type == CF_TYPE_NUMERIC;
}

static const char *type_pattern(const struct alteration *alteration, enum cf_type from, enum cf_type to)
{
    if (from == CF_TYPE_BOOLEAN && is_number(to))
        return alteration->sql->type_from_boolean;
    if (is_number(from) && to == CF_TYPE_BOOLEAN)
        return alteration->sql->type_to_boolean;
    return alteration->sql->type;
}

/* A default of the old type would be in the way of the new one. */
static void change_type_and_default(const struct alteration *alteration, const struct cf_schema_column *old,
                                    const struct cf_schema_column *new)
{
    const char *type = type_of(alteration, new), *from = default_of(alteration, old), *to = default_of(alteration, new);
    bool retyped = strcmp(type_of(alteration, old), type) != 0;
    struct words words = { .name = new->name, .type = type, .value = to };
    if (from && (retyped || !to))
        plan_action(alteration, alteration->sql->drop_default, &words);
    if (retyped)
        plan_action(alteration, type_pattern(alteration, old->type, new->type), &words);
    if (to && (retyped || !cf__texts_equal(from, to)))
        plan_action(alteration, alteration->sql->set_default, &words);
}

static void change_by_parts(const struct alteration *alteration, const struct cf_schema_column *old,
                            const struct cf_schema_column *new, const char *fill)
{
    const struct cf_alter_sql *sql = alteration->sql;
    struct words words = { .table = alteration->operation->table, .name = new->name };
    if (old->identity && !new->identity)
        plan_action(alteration, sql->drop_identity, &words);
    if (old->generated && !new->generated)
        plan_action(alteration, sql->drop_computed, &words);
    change_type_and_default(alteration, old, new);
    if (fill)
        fill_column(alteration, fill);
    if (old->nullable != new->nullable)
        plan_action(alteration, new->nullable ? sql->drop_not_null : sql->set_not_null, &words);
    if (!cf__texts_equal(old->comment, new->comment))
        comment_on(alteration, words.table, new->name, new->comment);
    if (new->identity && !old->identity) {
        plan_action(alteration, sql->add_identity, &words);
        if (sql->number)
            plan_statement(alteration, sql->number, &words);
    }
}

/* Declared in another way, whatever is said about it. */
static bool is_made_anew(const struct alteration *alteration, const struct cf_schema_column *old,
                         const struct cf_schema_column *new)
{
    struct cf_schema_column before = *old, after = *new;
    before.comment = after.comment = NULL;
    return new->generated &&strcmp(definition_of(alteration, alteration->after, &before),
                                   definition_of(alteration, alteration->after, &after)) != 0;
}

/* Databases do not change how a column is computed: it goes and comes in one statement. */
static void make_column_anew(const struct alteration *alteration, const struct cf_schema_column *new)
{
    const struct cf_table *table = alteration->before;
    for (size_t i = 0; i < table->index_count; i++)
        if (cf__names_have(&table->indexes[i].columns, new->name))
            cf_raise(CF_INTERNAL, "%s: the index %s would go with it: drop it first, and create it again behind",
                     cf__operation_text(alteration->plan->context, alteration->operation), table->indexes[i].name);
    plan_action(alteration, "DROP COLUMN {name}, ADD COLUMN {definition}",
                &(struct words){ .name = new->name, .definition = definition_of(alteration, alteration->after, new) });
    mark_again(alteration);
    if (new->comment)
        comment_on(alteration, alteration->operation->table, new->name, new->comment);
}

static void change_column(const struct alteration *alteration, const struct cf_schema_column *old,
                          const struct cf_schema_column *new, const char *fill)
{
    struct cf_schema_column loose = *new;
    if (is_made_anew(alteration, old, new)) {
        make_column_anew(alteration, new);
        return;
    }
    if (old->generated && !old->generated_stored && !new->generated && !alteration->sql->drop_computed) {
        struct cf_schema_column stored = *old; /* whose values stay when it is one like others */
        stored.generated_stored = true;
        make_column_anew(alteration, &stored);
    }
    if (!alteration->sql->column) {
        change_by_parts(alteration, old, new, fill);
        return;
    }
    if (fill) {
        loose.nullable = true;
        if (strcmp(type_of(alteration, old), type_of(alteration, new)) != 0)
            change_whole(alteration, &loose);
        fill_column(alteration, fill);
    }
    change_whole(alteration, new);
}

static void alter_column(const struct alteration *alteration)
{
    const struct cf_schema_column *old = cf_table_column(alteration->before, alteration->operation->name),
                                  *new = alteration->operation->column;
    const char *fill =
        old->nullable && !new->nullable ? cf__value_for_null(alteration->plan, alteration->operation) : NULL;
    change_column(alteration, old, new, fill);
    renumber(alteration, old, new);
}

/* With its constraints in one statement. Where existing rows have their value computed it comes nullable, is filled, and
 * is then what it is to be. */
static void add_column(const struct alteration *alteration)
{
    const struct cf__operation *operation = alteration->operation;
    struct cf_schema_column first = *operation->column;
    first.nullable |= operation->fill != NULL;
    struct cf__buffer sql = begin_alter(alteration);
    cf__buffer_format(&sql, "ADD COLUMN %s", definition_of(alteration, alteration->after, &first));
    if (operation->foreign_key) {
        cf__buffer_string(&sql, ", ADD ");
        cf__ddl_foreign_key(&sql, alteration->dialect, operation->foreign_key);
    }
    if (operation->check) {
        cf__buffer_string(&sql, ", ADD ");
        cf__ddl_check(&sql, alteration->dialect, operation->check);
    }
    cf__plan_statement(alteration->plan, operation, &sql);
    if (first.comment)
        comment_on(alteration, operation->table, operation->name, first.comment);
    cf__plan_start(alteration->plan, operation, operation->table, operation->column);
    if (!operation->fill)
        return;
    struct cf__operation strict = {
        .kind = CF__ALTER_COLUMN, .table = operation->table, .name = operation->name, .column = operation->column
    };
    struct alteration then = *alteration;
    then.operation = &strict;
    change_column(&then, &first, operation->column, operation->fill);
}

/* A foreign key and a check that came with the column go with it: see the replay. */
static void drop_column(const struct alteration *alteration)
{
    const struct cf_table *before = alteration->before;
    const char *name = alteration->operation->name;
    struct cf__buffer sql = begin_alter(alteration);
    const struct cf_check *check = cf__column_check(alteration->plan->context, before, name);
    for (size_t i = 0; i < before->foreign_key_count; i++) {
        const struct cf_foreign_key *key = &before->foreign_keys[i];
        if (key->columns.count != 1 || strcmp(key->columns.items[0], name) != 0)
            continue;
        add_action(alteration, &sql, alteration->sql->drop_foreign_key, &(struct words){ .name = key->name });
        cf__buffer_string(&sql, ", ");
    }
    if (check) {
        add_action(alteration, &sql, alteration->sql->drop_check, &(struct words){ .name = check->name });
        cf__buffer_string(&sql, ", ");
    }
    add_action(alteration, &sql, "DROP COLUMN {name}", &(struct words){ .name = name });
    cf__plan_statement(alteration->plan, alteration->operation, &sql);
}

/* ---- Indexes that foreign keys need ----------------------------------------------------------------------------- */

static bool begins_with(const struct cf_names *names, const struct cf_names *first)
{
    if (names->count < first->count)
        return false;
    for (size_t i = 0; i < first->count; i++)
        if (strcmp(names->items[i], first->items[i]) != 0)
            return false;
    return true;
}

static bool has_index_for(const struct cf_table *table, const struct cf_names *columns)
{
    for (size_t i = 0; i < table->index_count; i++)
        if (begins_with(&table->indexes[i].columns, columns))
            return true;
    for (size_t i = 0; i < table->unique_count; i++)
        if (begins_with(&table->uniques[i].columns, columns))
            return true;
    return begins_with(&table->primary_key, columns);
}

/* ", ADD INDEX …" for each foreign key that used what is dropped. */
static void keep_indexes(const struct alteration *alteration, struct cf__buffer *sql, const struct cf_names *dropped)
{
    for (size_t i = 0; alteration->sql->index_for_key && i < alteration->after->foreign_key_count; i++) {
        const struct cf_foreign_key *key = &alteration->after->foreign_keys[i];
        if (!begins_with(dropped, &key->columns) || has_index_for(alteration->after, &key->columns))
            continue;
        cf__buffer_string(sql, ", ");
        add_action(alteration, sql, alteration->sql->index_for_key,
                   &(struct words){ .key = key->name, .columns = &key->columns });
    }
}

static void write_drop_index(struct cf__buffer *sql, const struct cf__plan *plan, const struct cf__operation *operation)
{
    const struct cf_alter_sql *patterns = plan->driver->alter;
    bool concurrently = operation->concurrently && patterns->drop_index_concurrently;
    write_pattern(sql, plan->driver->dialect, concurrently ? patterns->drop_index_concurrently : patterns->drop_index,
                  &(struct words){ .table = operation->table, .name = operation->name });
}

const char *cf__alter_drop_index(const struct cf__plan *plan, const struct cf__operation *operation)
{
    struct cf__operation drop = *operation;
    struct cf__buffer sql = cf__buffer_new(cf__context_of(plan->context), CF__CAP_SQL, "a statement");
    drop.concurrently = true;
    write_drop_index(&sql, plan, &drop);
    return cf__buffer_text(&sql);
}

static void drop_index(const struct alteration *alteration)
{
    const struct cf_index *index = cf__table_index(alteration->before, alteration->operation->name);
    struct cf__buffer sql = new_sql(alteration);
    write_drop_index(&sql, alteration->plan, alteration->operation);
    keep_indexes(alteration, &sql, &index->columns);
    cf__plan_statement(alteration->plan, alteration->operation, &sql);
}

/* ---- Constraints ------------------------------------------------------------------------------------------------ */

/* A constraint of a table by its name. */
struct constraint {
    const struct cf_unique *unique;
    const struct cf_foreign_key *foreign_key;
    const struct cf_check *check;
};

static struct constraint find_constraint(const struct cf_table *table, const char *name)
{
    return (struct constraint){ cf__table_unique(table, name), cf__table_foreign_key(table, name),
                                cf__table_check(table, name) };
}

static const char *drop_pattern(const struct cf_alter_sql *sql, const struct constraint *constraint)
{
    return constraint->unique        ? sql->drop_unique
           : constraint->foreign_key ? sql->drop_foreign_key
           : constraint->check       ? sql->drop_check
                                     : sql->drop_primary_key;
}

static void write_constraint(const struct alteration *alteration, struct cf__buffer *sql,
                             const struct constraint *constraint)
{
    cf__buffer_string(sql, "ADD ");
    if (constraint->unique)
        cf__ddl_unique(sql, alteration->dialect, constraint->unique);
    else if (constraint->foreign_key)
        cf__ddl_foreign_key(sql, alteration->dialect, constraint->foreign_key);
    else if (constraint->check)
        cf__ddl_check(sql, alteration->dialect, constraint->check);
    else
        cf__ddl_primary_key(sql, alteration->dialect, alteration->after);
}

/* Columns of the key whose numbering hangs on it, declared anew as the table now has them. */
static void change_identities(const struct alteration *alteration, struct cf__buffer *sql, const struct cf_names *key)
{
    for (size_t i = 0; alteration->sql->identity_needs_key && i < key->count; i++) {
        const struct cf_schema_column *column = cf_table_column(alteration->after, key->items[i]);
        if (!column->identity)
            continue;
        cf__buffer_string(sql, ", ");
        add_action(alteration, sql, alteration->sql->column,
                   &(struct words){ .definition = definition_of(alteration, alteration->after, column) });
    }
}

static void create_constraint(const struct alteration *alteration)
{
    const struct cf__operation *operation = alteration->operation;
    bool is_key = operation->kind == CF__CREATE_PRIMARY_KEY;
    const struct constraint constraint = { is_key ? NULL : operation->unique, operation->foreign_key,
                                           operation->check };
    struct cf__buffer sql = begin_alter(alteration);
    write_constraint(alteration, &sql, &constraint);
    if (is_key)
        change_identities(alteration, &sql, &alteration->after->primary_key);
    cf__plan_statement(alteration->plan, operation, &sql);
}

static struct cf_unique *copy_of_key(const struct alteration *alteration)
{
    struct cf_unique *key = cf_alloc(alteration->plan, sizeof(*key));
    *key = (struct cf_unique){ alteration->before->primary_key_name, alteration->before->primary_key };
    return key;
}

static void drop_constraint(const struct alteration *alteration)
{
    const char *name = alteration->operation->name;
    const struct constraint constraint = find_constraint(alteration->before, name);
    bool is_key = !constraint.unique && !constraint.foreign_key && !constraint.check;
    struct cf__buffer sql = begin_alter(alteration);
    add_action(alteration, &sql, drop_pattern(alteration->sql, &constraint), &(struct words){ .name = name });
    if (constraint.unique)
        keep_indexes(alteration, &sql, &constraint.unique->columns);
    if (is_key) {
        change_identities(alteration, &sql, &alteration->before->primary_key);
        keep_indexes(alteration, &sql, &alteration->before->primary_key);
    }
    struct cf__operation operation = *alteration->operation;
    operation.unique = is_key ? copy_of_key(alteration) : NULL;
    cf__plan_statement(alteration->plan, &operation, &sql);
}

static void rename_constraint(const struct alteration *alteration)
{
    const struct cf_alter_sql *patterns = alteration->sql;
    const struct cf__operation *operation = alteration->operation;
    const struct words words = { .table = operation->table, .name = operation->name, .new = operation->new_name };
    if (cf__table_index(alteration->before, operation->name)) {
        plan_statement(alteration, patterns->rename_index, &words);
        return;
    }
    const struct constraint constraint = find_constraint(alteration->after, operation->new_name);
    const char *pattern = constraint.unique        ? patterns->rename_unique
                          : constraint.foreign_key ? patterns->rename_foreign_key
                          : constraint.check       ? patterns->rename_check
                                                   : patterns->rename_primary_key;
    if (pattern && !*pattern)
        return;
    if (pattern) {
        plan_action(alteration, pattern, &words);
        return;
    }
    struct cf__buffer sql = begin_alter(alteration);
    add_action(alteration, &sql, drop_pattern(patterns, &constraint), &words);
    cf__buffer_string(&sql, ", ");
    write_constraint(alteration, &sql, &constraint);
    cf__plan_statement(alteration->plan, operation, &sql);
}

static void (*const alterers[CF__OPERATION_KINDS])(const struct alteration *) = {
    [CF__COMMENT_TABLE] = comment_table,
    [CF__SET_OPTION] = set_option,
    [CF__ADD_COLUMN] = add_column,
    [CF__DROP_COLUMN] = drop_column,
    [CF__ALTER_COLUMN] = alter_column,
    [CF__DROP_INDEX] = drop_index,
    [CF__CREATE_UNIQUE] = create_constraint,
    [CF__CREATE_PRIMARY_KEY] = create_constraint,
    [CF__CREATE_FOREIGN_KEY] = create_constraint,
    [CF__CREATE_CHECK] = create_constraint,
    [CF__DROP_CONSTRAINT] = drop_constraint,
    [CF__RENAME_CONSTRAINT] = rename_constraint,
};

bool cf__alter_plan(struct cf__plan *plan, const struct cf__operation *operation, const struct cf_table *before,
                    const struct cf_table *after)
{
    const struct alteration alteration = { plan, operation, plan->driver->alter, plan->driver->dialect, before, after };
    if (!alterers[operation->kind])
        return false;
    alterers[operation->kind](&alteration);
    return true;
}
