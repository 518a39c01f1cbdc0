/* SPDX-License-Identifier: MIT
 *
 * Queries to SQL: the clauses of a SELECT in their order, the tables it names, relations as joins and as EXISTS, queries
 * in the place of tables. A name stands behind its table's only where a query has more than one table in sight.
 */
#include <string.h>

#include <carafe/error.h>

#include "../base/random.h"
#include "grouped.h"
#include "pen.h"
#include "shape.h"
#include "sql_type.h"
#include "tables.h"

/* ---- Tables ----------------------------------------------------------------------------------------------------- */

/* The column of a source that is declared so. */
static const struct cf_column *column_in(const struct cf__source *source, const struct cf_column *declared)
{
    const struct cf_alias *alias = source->model->alias;
    return alias ? &source->model->columns[declared - alias->of->columns] : declared;
}

/* A query in the place of a table sees nothing of the one it stands in. */
static void write_apart(struct cf__pen *pen, const struct cf_subquery *query)
{
    const struct cf__scope *scope = pen->scope;
    pen->scope = NULL;
    cf__pen_query(pen, query);
    pen->scope = scope;
}

/* "users", "users AS manager", "(SELECT …) AS totals" */
static void write_source(struct cf__pen *pen, const struct cf__source *source)
{
    const struct cf_model *model = source->model;
    const struct cf_alias *alias = model->alias;
    const char *table = cf__declared_model(model)->table;
    if (alias && !alias->common && alias->query) {
        cf__pen_text(pen, "(");
        write_apart(pen, alias->query);
        cf__pen_text(pen, ") AS ");
    } else if (alias && alias->common) {
        if (!alias->query)
            cf_raise(CF_INTERNAL, "%s was declared with cf_recursive and has no cf_recursion", model->name);
    } else if (strcmp(table, source->name) != 0) {
        cf__pen_name(pen, table);
        cf__pen_text(pen, " AS ");
    } else if (!pen->sql) {
        cf__pen_note(pen, (uint64_t)(uintptr_t)model);
        return;
    }
    cf__pen_name(pen, source->name);
}

static void write_equal(struct cf__pen *pen, const struct cf__source *left, const struct cf_column *const *left_columns,
                        const struct cf__source *right, const struct cf_column *const *right_columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i)
            cf__pen_text(pen, " AND ");
        cf__pen_column_of(pen, left, column_in(left, left_columns[i]));
        cf__pen_text(pen, " = ");
        cf__pen_column_of(pen, right, column_in(right, right_columns[i]));
    }
}

/* "posts.deleted_at IS NULL AND ", where what is deleted of another table is hidden. */
static void write_undeleted(struct cf__pen *pen, const struct cf__source *source)
{
    const struct cf_model *model = pen->hides_deleted ? cf__declared_model(source->model) : NULL;
    const struct cf_column *column = model ? cf__deletion_of(model) : NULL;
    if (!column)
        return;
    cf__pen_column_of(pen, source, column_in(source, column));
    cf__pen_text(pen, " IS NULL AND ");
}

static const char *join_words(const struct cf__pen *pen, const struct cf__step *step)
{
    static const char *const words[] = {
        [CF_INNER_JOIN] = " JOIN ", [CF_LEFT_JOIN] = " LEFT JOIN ", [CF_FULL_JOIN] = " FULL JOIN "
    };
    if (step->kind == CF_FULL_JOIN && !(pen->dialect->capabilities & CF_CAN_FULL_JOIN))
        cf_raise(CF_INTERNAL,
                 "%s has no full joins: say cf_union of two queries, each with a cf_left_join to the other's table",
                 pen->dialect->name);
    return words[step->kind];
}

/* That of a relation which is read beside the rows names columns of a table that nothing else can name. */
static void write_condition(struct cf__pen *pen, const struct cf__tables *tables, const struct cf__step *step)
{
    const struct cf__scope *scope = pen->scope;
    const struct cf__scope beside = { scope, &tables->sources[step->target], 1, true };
    if (step->target >= tables->named)
        pen->scope = &beside;
    cf__pen_expression(pen, step->on, step->count || pen->hides_deleted ? CF__BINDS_AND : CF__LOOSE);
    pen->scope = scope;
}

static void write_step(struct cf__pen *pen, const struct cf__tables *tables, const struct cf__step *step)
{
    const struct cf__relation *relation = step->relation;
    const struct cf__source *owner = &tables->sources[step->owner], *target = &tables->sources[step->target],
                            *through = &tables->sources[step->through];
    const char *join = join_words(pen, step);
    cf__pen_text(pen, join);
    if (relation && relation->through) {
        write_source(pen, through);
        cf__pen_text(pen, " ON ");
        write_undeleted(pen, through);
        write_equal(pen, through, relation->through_own, owner, relation->own_columns, relation->count);
        cf__pen_text(pen, join);
    }
    write_source(pen, target);
    cf__pen_text(pen, " ON ");
    write_undeleted(pen, target);
    if (relation && relation->through)
        write_equal(pen, target, relation->other_columns, through, relation->through_other, relation->other_count);
    else
        write_equal(pen, target, step->target_columns, owner, step->owner_columns, step->count);
    if (step->count && step->on)
        cf__pen_text(pen, " AND ");
    if (step->on)
        write_condition(pen, tables, step);
}

static void write_tables(struct cf__pen *pen, const struct cf__tables *tables)
{
    if (!tables->source_count)
        return;
    cf__pen_text(pen, " FROM ");
    write_source(pen, &tables->sources[0]);
    for (size_t i = 0; i < tables->step_count; i++)
        write_step(pen, tables, &tables->steps[i]);
}

/* ---- Common table expressions ----------------------------------------------------------------------------------- */

static bool is_defined(const struct cf__pen *pen, const struct cf_alias *alias)
{
    for (const struct cf__defined *at = pen->defined; at; at = at->outer)
        if (at->alias == alias)
            return true;
    return false;
}

struct with {
    const struct cf_alias *items[CF__MOST_SOURCES];
    size_t count;
    bool recursive;
};

static void collect_with(const struct cf__pen *pen, const struct cf_model *model, struct with *with)
{
    const struct cf_alias *alias = model->alias;
    if (!alias || !alias->common || !alias->query || is_defined(pen, alias) || with->count == CF__MOST_SOURCES)
        return;
    for (size_t i = 0; i < with->count; i++)
        if (with->items[i] == alias)
            return;
    with->items[with->count++] = alias;
    with->recursive = with->recursive || alias->recursive;
}

static void collect_withs(const struct cf__pen *pen, const struct cf_subquery *query, struct with *with)
{
    for (size_t i = 0; i < query->part_count; i++)
        collect_withs(pen, query->parts[i], with);
    if (query->from)
        collect_with(pen, query->from, with);
    for (size_t i = 0; query->joins && i < CF__MOST_JOINS && query->joins[i].joined; i++)
        if (!query->joins[i].is_relation)
            collect_with(pen, cf__model_of(query->joins[i].joined), with);
}

static void write_withs(struct cf__pen *pen, const struct with *with)
{
    for (size_t i = 0; i < with->count; i++) {
        struct cf__defined *defined = cf__take(pen->context, sizeof *defined);
        *defined = (struct cf__defined){ pen->defined, with->items[i] };
        pen->defined = defined;
        cf__pen_text(pen, i ? ", " : with->recursive ? "WITH RECURSIVE " : "WITH ");
        cf__pen_name(pen, with->items[i]->name);
        cf__pen_text(pen, " AS (");
        write_apart(pen, with->items[i]->query);
        cf__pen_text(pen, i + 1 < with->count ? ")" : ") ");
    }
}

/* ---- The select list -------------------------------------------------------------------------------------------- */

/* A column of a type that only the database has goes to the program as what it is to it, and nowhere else. */
struct given {
    bool gives;
    const char *behind;
};

static struct given begin_given(struct cf__pen *pen, const struct cf_column *like)
{
    const struct cf_around around = cf__sql_type_read(pen->dialect, pen->gives ? like : NULL);
    const struct given given = { pen->gives, around.behind };
    cf__pen_text(pen, around.before);
    pen->gives = false;
    return given;
}

static void end_given(struct cf__pen *pen, struct given given)
{
    cf__pen_text(pen, given.behind);
    pen->gives = given.gives;
}

static void write_columns(struct cf__pen *pen, const struct cf__source *source, uint64_t columns)
{
    if (!pen->sql) {
        cf__pen_note(pen, columns);
        return;
    }
    for (uint64_t left = columns; left; left &= left - 1) {
        if (left != columns)
            cf__buffer_string(pen->sql, ", ");
        const struct cf_column *column = &source->model->columns[__builtin_ctzll(left)];
        const struct given given = begin_given(pen, column);
        cf__pen_column_of(pen, source, column);
        end_given(pen, given);
    }
}

static void write_field(struct cf__pen *pen, const struct cf_column *field, const cf_expr *expression)
{
    const char *name = cf__column_name(field);
    struct cf_expr widened = { .operator= CF_CAST,
                               .like = field,
                               .left = { .kind = CF_OPERAND_EXPRESSION, .expression = expression } };
    bool widens = cf__is_to_widen(field, expression->like);
    const struct given given = begin_given(pen, widens ? NULL : expression->like);
    cf__pen_expression(pen, widens ? &widened : expression, CF__LOOSE);
    end_given(pen, given);
    if (expression->operator== CF_AS_COLUMN && strcmp(cf__column_name(expression->left.column), name) == 0)
        return;
    cf__pen_text(pen, " AS ");
    cf__pen_name(pen, name);
}

static const struct cf_column *same_column(const struct cf_model *model, const struct cf_column *field)
{
    for (size_t i = 0; i < model->count; i++)
        if (model->columns[i].type < CF_TYPE_COUNT_ && strcmp(model->columns[i].name, field->name) == 0)
            return &model->columns[i];
    cf_raise(CF_INTERNAL, "%s.%s is selected by no expression, and %s has no column of its name", field->model->name,
             field->name, model->name);
}

static void write_fields(struct cf__pen *pen, const struct cf_subquery *query)
{
    for (size_t i = 0; i < query->shape->count; i++) {
        const struct cf_column *field = &query->shape->columns[i];
        const cf_expr *expression = query->expressions[i];
        if (i)
            cf__pen_text(pen, ", ");
        if (expression) {
            write_field(pen, field, expression);
            continue;
        }
        const struct cf_column *column = same_column(query->from, field);
        struct cf_expr same = { .operator= CF_AS_COLUMN,
                                .like = column,
                                .left = { .kind = CF_OPERAND_COLUMN, .column = column } };
        write_field(pen, field, &same);
    }
}

static void write_beside(struct cf__pen *pen, const struct cf_subquery *query, const struct cf__tables *tables)
{
    for (size_t i = 0; i < query->beside_count; i++) {
        cf__pen_note(pen, (uint64_t)(uintptr_t)query->beside[i].relation);
        cf__pen_text(pen, ", ");
        write_columns(pen, &tables->sources[tables->beside[i]], query->beside[i].columns);
    }
}

static void write_only(struct cf__pen *pen, const struct cf_operand *only)
{
    const struct given given = begin_given(pen, cf__like(only));
    cf__pen_operand(pen, only, NULL, CF__LOOSE);
    end_given(pen, given);
}

/* Rows are different where a column is, and not every database can say so of JSON. */
static void need_equality(const struct cf__pen *pen, const struct cf_subquery *query)
{
    for (uint64_t left = pen->dialect->json_text ? query->columns : 0; left; left &= left - 1) {
        const struct cf_column *column = &query->from->columns[__builtin_ctzll(left)];
        if (column->type != CF_TYPE_JSON || column->length == CF_JSON_BINARY ||
            cf__has_sql_type(column->sql_type, pen->dialect))
            continue;
        cf_raise(
            CF_INTERNAL,
            "%s does not know whether two values of %s.%s are equal, which .distinct asks: declare it Jsonb, or say "
            "cf_any along the relation in the place of a join",
            pen->dialect->name, column->model->name, column->name);
    }
}

static void write_list(struct cf__pen *pen, const struct cf_subquery *query, const struct cf__tables *tables)
{
    if (query->distinct)
        need_equality(pen, query);
    cf__pen_text(pen, query->distinct ? "SELECT DISTINCT " : "SELECT ");
    if (query->shape)
        write_fields(pen, query);
    else if (query->columns)
        write_columns(pen, &tables->sources[0], query->columns);
    else if (query->only.kind == CF_OPERAND_NULL)
        cf__pen_text(pen, "1");
    else
        write_only(pen, &query->only);
    write_beside(pen, query, tables);
    pen->gives = false;
}

/* ---- Clauses ---------------------------------------------------------------------------------------------------- */

static void write_key(struct cf__pen *pen, const struct cf__source *source, const void *row)
{
    const struct cf_model *model = source->model;
    uint64_t key = cf__model_key(model);
    for (uint64_t left = key; left; left &= left - 1) {
        const struct cf_column *column = &model->columns[__builtin_ctzll(left)];
        const struct cf_operand value = cf__field_value(column, row);
        if (left != key)
            cf__pen_text(pen, " AND ");
        cf__pen_column_of(pen, source, column);
        cf__pen_text(pen, " = ");
        cf__pen_value(pen, &value, column, true);
    }
}

static void write_where(struct cf__pen *pen, const struct cf_subquery *query, const struct cf__source *source)
{
    if (query->key_row) {
        cf__pen_text(pen, " WHERE ");
        write_key(pen, source, query->key_row);
    } else if (query->where) {
        cf__pen_text(pen, " WHERE ");
        cf__pen_expression(pen, query->where, CF__LOOSE);
    }
}

/* What stands in the select list as it is is named by its place there, for the reason write_ordered has in compile.c. */
static void write_grouped(struct cf__pen *pen, const struct cf_subquery *query, const cf_expr *expression)
{
    for (size_t i = 0; query->expressions && i < query->shape->count; i++) {
        if (query->expressions[i] != expression || expression->operator== CF_AS_COLUMN ||
                                                   cf__is_to_widen(&query->shape->columns[i], expression->like))
            continue;
        cf__pen_integer(pen, (int64_t)i + 1);
        return;
    }
    cf__pen_expression(pen, expression, CF__LOOSE);
}

static void write_having(struct cf__pen *pen, const struct cf_subquery *query)
{
    struct cf__grouping *outer = pen->grouping, least;
    if (pen->dialect->having_aggregates) {
        cf__collect_grouped(&least, query);
        least.in_having = true;
        pen->grouping = &least;
    }
    cf__pen_text(pen, " HAVING ");
    cf__pen_expression(pen, query->having, CF__LOOSE);
    pen->grouping = outer;
}

static void write_group(struct cf__pen *pen, const struct cf_subquery *query)
{
    for (size_t i = 0; query->group_by && i < 8 && query->group_by[i]; i++) {
        cf__pen_text(pen, i ? ", " : " GROUP BY ");
        write_grouped(pen, query, query->group_by[i]);
    }
    if (query->having)
        write_having(pen, query);
}

static void write_number(struct cf__pen *pen, const char *before, int64_t number)
{
    cf__pen_text(pen, before);
    cf__pen_value(pen, &(struct cf_operand){ .kind = CF_OPERAND_INTEGER, .integer = number }, NULL, false);
}

/* An offset without a limit has the largest: not every database takes less. */
static void write_limit(struct cf__pen *pen, const struct cf_subquery *query)
{
    if (query->limit || query->offset)
        write_number(pen, " LIMIT ", query->limit ? query->limit : INT64_MAX);
    if (query->offset)
        write_number(pen, " OFFSET ", query->offset);
}

static const char *lock_words(const struct cf__pen *pen, enum cf_lock lock)
{
    if ((lock & (CF_FOR_NO_KEY_UPDATE | CF_FOR_KEY_SHARE)) && !(pen->dialect->capabilities & CF_CAN_LOCK_KEYS))
        cf_raise(CF_INTERNAL, "%s has no locks that spare keys: say CF_FOR_UPDATE or CF_FOR_SHARE", pen->dialect->name);
    if (lock & CF_FOR_KEY_SHARE)
        return " FOR KEY SHARE";
    if (lock & CF_FOR_SHARE)
        return pen->dialect->lock_shared ? pen->dialect->lock_shared : " FOR SHARE";
    return lock & CF_FOR_NO_KEY_UPDATE ? " FOR NO KEY UPDATE" : " FOR UPDATE";
}

static const struct cf__source *find_locked(const struct cf__tables *tables, const struct cf_model *model)
{
    for (size_t i = 0; i < tables->named; i++)
        if (tables->sources[i].model == cf__model_of(model))
            return &tables->sources[i];
    cf_raise(CF_INTERNAL, "%s is to be locked in a query that is not on it: .for_update_of names tables of the query",
             model->name);
}

static void write_lock(struct cf__pen *pen, const struct cf_subquery *query, const struct cf__tables *tables)
{
    const struct cf_model *const *of = query->lock_of;
    for (size_t i = 0; of && of[i]; i++)
        find_locked(tables, of[i]);
    if (!query->lock)
        return;
    cf__pen_text(pen, lock_words(pen, query->lock));
    if (of && !(pen->dialect->capabilities & CF_CAN_LOCK_OF))
        cf_raise(CF_INTERNAL,
                 "%s locks rows of all tables of a query: leave .for_update_of out, or lock by another query",
                 pen->dialect->name);
    for (size_t i = 0; of && of[i]; i++) {
        cf__pen_text(pen, i ? ", " : " OF ");
        cf__pen_name(pen, find_locked(tables, of[i])->name);
    }
    if (query->lock & CF_SKIP_LOCKED)
        cf__pen_text(pen, " SKIP LOCKED");
    else if (query->lock & CF_NO_WAIT)
        cf__pen_text(pen, " NOWAIT");
}

/* ---- Queries ---------------------------------------------------------------------------------------------------- */

/* A field's name that is a column's, too, is no longer the column's where databases order and group. */
static bool hides_columns(const struct cf_subquery *query)
{
    for (size_t i = 0; query->shape && i < query->shape->count; i++) {
        const char *name = cf__column_name(&query->shape->columns[i]);
        const cf_expr *expression = query->expressions[i];
        if (!expression ||
            (expression->operator== CF_AS_COLUMN && strcmp(cf__column_name(expression->left.column), name) == 0))
            continue;
        for (size_t j = 0; j < query->from->count; j++)
            if (strcmp(cf__column_name(&query->from->columns[j]), name) == 0)
                return true;
    }
    return false;
}

static void write_plain(struct cf__pen *pen, const struct cf_subquery *query)
{
    struct cf__tables tables;
    cf__collect_tables(&tables, query);
    struct cf__scope scope = { pen->scope, tables.sources, tables.named,
                               pen->scope || tables.source_count > 1 || (pen->sql && hides_columns(query)) };
    struct cf__grouping grouping, *outer_grouping = pen->grouping;
    bool hides_deleted = pen->hides_deleted;
    cf__collect_grouped(&grouping, query);
    pen->grouping = pen->dialect->numbered_placeholders && grouping.count ? &grouping : NULL;
    pen->scope = &scope;
    pen->hides_deleted = query->hides_deleted;
    write_list(pen, query, &tables);
    bool selects_hidden = pen->met_hidden; /* what it selects is beside what stands around it, its conditions are not */
    write_tables(pen, &tables);
    write_where(pen, query, &tables.sources[0]);
    write_group(pen, query);
    cf__pen_order(pen, query->order_by, query, " ORDER BY ");
    write_limit(pen, query);
    write_lock(pen, query, &tables);
    pen->met_hidden = selects_hidden;
    pen->hides_deleted = hides_deleted;
    pen->grouping = outer_grouping;
    pen->scope = scope.outer;
}

/* A part with clauses of its own behind it stands in a query of its own: not every database takes parentheses. */
static void write_compound(struct cf__pen *pen, const struct cf_subquery *query)
{
    static const char *const words[] = {
        [CF_UNION] = " UNION ", [CF_UNION_ALL] = " UNION ALL ", [CF_INTERSECT] = " INTERSECT ", [CF_EXCEPT] = " EXCEPT "
    };
    pen->gives = false; /* the queries around it do */
    for (size_t i = 0; i < query->part_count; i++) {
        const struct cf_subquery *part = query->parts[i];
        bool ordered = part->order_by && part->order_by->items[0].operand.kind != CF_OPERAND_NULL;
        bool wrapped = part->compound || part->limit || part->offset || ordered;
        if (i)
            cf__pen_text(pen, words[query->compound]);
        if (wrapped)
            cf__pen_text(pen, "SELECT * FROM (");
        cf__pen_query(pen, part);
        if (wrapped)
            cf__pen_text(pen, ") AS part");
    }
}

void cf__pen_query(struct cf__pen *pen, const struct cf_subquery *query)
{
    const struct cf__defined *outer = pen->defined;
    const bool gives = pen->gives;
    struct with with = { .count = 0 };
    pen->gives = false;
    collect_withs(pen, query, &with);
    write_withs(pen, &with);
    pen->gives = gives;
    if (query->compound)
        write_compound(pen, query);
    else
        write_plain(pen, query);
    pen->defined = outer;
}

/* ---- Along a relation ------------------------------------------------------------------------------------------- */

/* A name that no table in sight has. */
static const char *free_name(const struct cf__pen *pen, const char *name)
{
    const char *tried = name;
    for (int number = 1;; number++) {
        bool taken = false;
        for (const struct cf__scope *scope = pen->scope; scope; scope = scope->outer)
            for (size_t i = 0; i < scope->count; i++)
                taken = taken || strcmp(scope->sources[i].name, tried) == 0;
        if (!taken)
            return tried;
        tried = cf_format(&pen->context->head, "%s_%d", name, number);
    }
}

/* EXISTS (SELECT 1 FROM tags JOIN post_tags ON … WHERE post_tags.post_id = posts.id AND …) */
void cf__pen_along(struct cf__pen *pen, const struct cf_column *column, const cf_expr *condition)
{
    const struct cf__relation *relation = cf__relation_in(column);
    const struct cf__source *owner = cf__find_source(pen->scope, column->model);
    if (!owner)
        cf_raise(CF_INTERNAL, "%s.%s does not belong to this query, which is not on %s", column->model->name,
                 column->name, column->model->name);
    const struct cf__source sources[2] = {
        { .model = relation->other, .name = free_name(pen, relation->other->table) },
        { .model = relation->through, .name = relation->through ? free_name(pen, relation->through->table) : NULL },
    };
    const struct cf__source *target = &sources[0], *through = &sources[1];
    struct cf__scope scope = { pen->scope, sources, relation->through ? 2 : 1, true };
    pen->scope = &scope;
    cf__pen_text(pen, "EXISTS (SELECT 1 FROM ");
    write_source(pen, target);
    if (relation->through) {
        cf__pen_text(pen, " JOIN ");
        write_source(pen, through);
        cf__pen_text(pen, " ON ");
        write_equal(pen, through, relation->through_other, target, relation->other_columns, relation->other_count);
    }
    cf__pen_text(pen, " WHERE ");
    write_undeleted(pen, target);
    if (relation->through)
        write_undeleted(pen, through);
    if (relation->through)
        write_equal(pen, through, relation->through_own, owner, relation->own_columns, relation->count);
    else
        write_equal(pen, target, relation->other_columns, owner, relation->own_columns, relation->count);
    if (condition) {
        cf__pen_text(pen, " AND ");
        cf__pen_expression(pen, condition, CF__BINDS_AND);
    }
    cf__pen_text(pen, ")");
    pen->scope = scope.outer;
}

/* ---- Statements ------------------------------------------------------------------------------------------------- */

/* Of a full join a row may have nothing of the model that is read. */
static void refuse_full_joins(const struct cf__query *query)
{
    for (size_t i = 0; query->joins && i < CF__MOST_JOINS && query->joins[i].joined; i++)
        if (query->joins[i].kind == CF_FULL_JOIN)
            cf_raise(CF_INTERNAL, "a full join gives rows without a %s: ask for them with cf_select",
                     query->model->name);
}

static struct cf_subquery subquery_of(const struct cf__query *query)
{
    return (struct cf_subquery){ .from = cf__model_of(query->model),
                                 .columns = query->columns,
                                 .joins = query->joins,
                                 .beside = query->beside,
                                 .beside_count = query->kind == CF__SELECT ? query->beside_count : 0,
                                 .key_row = query->key_row,
                                 .where = query->where,
                                 .order_by = query->order_by,
                                 .limit = query->limit,
                                 .offset = query->offset,
                                 .distinct = query->distinct,
                                 .hides_deleted = query->hides_deleted,
                                 .lock = query->lock,
                                 .lock_of = query->lock_of };
}

static void write_count(struct cf__pen *pen, struct cf_subquery *counted)
{
    struct cf_expr rows = { .operator= CF_COUNT_ROWS };
    if (counted->distinct) {
        counted->columns = cf__model_key(counted->from);
        cf__pen_text(pen, "SELECT count(*) FROM (");
        cf__pen_query(pen, counted);
        cf__pen_text(pen, ") AS found");
        return;
    }
    counted->columns = 0;
    counted->only = (struct cf_operand){ .kind = CF_OPERAND_EXPRESSION, .expression = &rows };
    cf__pen_query(pen, counted);
}

static void write_query(struct cf__pen *pen, const struct cf__query *query)
{
    pen->gives = query->kind == CF__SELECT;
    if (query->kind == CF__SELECT && query->select) {
        cf__pen_query(pen, query->select);
        return;
    }
    refuse_full_joins(query);
    struct cf_subquery subquery = subquery_of(query);
    cf__pen_note(pen, query->kind);
    if (query->kind == CF__SELECT) {
        cf__pen_query(pen, &subquery);
        return;
    }
    subquery.order_by = NULL;
    subquery.limit = subquery.offset = 0;
    if (query->kind == CF__COUNT) {
        write_count(pen, &subquery);
        return;
    }
    subquery.columns = 0;
    cf__pen_text(pen, "SELECT EXISTS (");
    cf__pen_query(pen, &subquery);
    cf__pen_text(pen, ")");
}

uint64_t cf__query_shape(const struct cf__query *query, const struct cf_dialect *dialect, struct cf__context *context,
                         struct cf__parameters *parameters)
{
    struct cf__pen pen = { .dialect = dialect, .context = context, .parameters = parameters };
    pen.hash = (uint64_t)(uintptr_t)query->model;
    write_query(&pen, query);
    if (parameters->count > CF__MOST_PARAMETERS)
        cf__refuse_parameters(parameters->count, query->model->table ? query->model->table : query->model->name);
    return pen.hash;
}

void cf__query_sql(const struct cf__query *query, const struct cf_dialect *dialect, struct cf__buffer *sql)
{
    struct cf__pen pen = { .dialect = dialect, .context = cf__current(), .sql = sql };
    write_query(&pen, query);
}

/* ---- Parts of other statements ---------------------------------------------------------------------------------- */

static void write_part(struct cf__pen *pen, const struct cf__part *part)
{
    const struct cf_column *beside = part->beside;
    const struct cf__source source = { .model = cf__model_of(part->model), .name = part->model->table };
    const struct cf__scope scope = { NULL, &source, 1, part->qualified };
    const struct cf_operand column = { .kind = beside ? CF_OPERAND_COLUMN : CF_OPERAND_NULL, .column = beside };
    size_t first = cf__pen_values(pen);
    pen->scope = &scope;
    pen->hides_deleted = part->hides_deleted;
    cf__pen_operand(pen, part->operand, beside ? &column : NULL, CF__LOOSE);
    if (beside && beside->hidden)
        cf__pen_hide(pen, first);
}

uint64_t cf__part_shape(const struct cf__part *part, const struct cf_dialect *dialect, struct cf__context *context,
                        struct cf__parameters *parameters, uint64_t shape)
{
    struct cf__pen pen = { .dialect = dialect, .context = context, .parameters = parameters, .hash = shape };
    write_part(&pen, part);
    return pen.hash;
}

void cf__part_sql(const struct cf__part *part, const struct cf_dialect *dialect, struct cf__buffer *sql,
                  unsigned *placeholders)
{
    struct cf__pen pen = { .dialect = dialect, .context = cf__current(), .sql = sql, .placeholders = *placeholders };
    write_part(&pen, part);
    *placeholders = pen.placeholders;
}

uint64_t cf__subquery_shape(const struct cf_subquery *query, const struct cf_dialect *dialect,
                            struct cf__context *context, struct cf__parameters *parameters, uint64_t shape)
{
    struct cf__pen pen = { .dialect = dialect, .context = context, .parameters = parameters, .hash = shape };
    cf__pen_query(&pen, query);
    return pen.hash;
}

void cf__subquery_sql(const struct cf_subquery *query, const struct cf_dialect *dialect, struct cf__buffer *sql,
                      unsigned *placeholders)
{
    struct cf__pen pen = { .dialect = dialect, .context = cf__current(), .sql = sql, .placeholders = *placeholders };
    cf__pen_query(&pen, query);
    *placeholders = pen.placeholders;
}
