/* SPDX-License-Identifier: MIT
 *
 * Queries to SQL, walked in the order shape.c lists their parameters in. Names stand unqualified, since a query is
 * on one table.
 */
#include <string.h>

#include "query.h"
#include "shape.h"

struct compilation {
    const struct cf__query *query;
    const struct cf_dialect *dialect;
    struct cf__buffer *sql;
    unsigned placeholders;
};

/* How an operator is written, and how tightly it binds (the smaller the looser) for the parentheses. */
static const struct {
    const char *text;
    int binding;
} operators[] = {
    [CF_OR] = { " OR ", 1 },           [CF_AND] = { " AND ", 2 },
    [CF_NOT] = { "NOT ", 3 },          [CF_EQ] = { " = ", 4 },
    [CF_NE] = { " <> ", 4 },           [CF_LT] = { " < ", 4 },
    [CF_LE] = { " <= ", 4 },           [CF_GT] = { " > ", 4 },
    [CF_GE] = { " >= ", 4 },           [CF_LIKE] = { " LIKE ", 4 },
    [CF_IS_NULL] = { " IS NULL", 4 },  [CF_IS_NOT_NULL] = { " IS NOT NULL", 4 },
    [CF_BETWEEN] = { " BETWEEN ", 4 }, [CF_IN] = { " IN (", 4 },
    [CF_CONTAINS] = { NULL, 4 },       [CF_STARTS_WITH] = { NULL, 4 },
    [CF_ENDS_WITH] = { NULL, 4 },
};

static void write(struct compilation *compilation, const char *text)
{
    cf__buffer_string(compilation->sql, text);
}

static void write_name(struct compilation *compilation, const char *name)
{
    cf__sql_identifier(compilation->sql, compilation->dialect, name);
}

static void write_placeholder(struct compilation *compilation)
{
    unsigned number = ++compilation->placeholders;
    if (compilation->dialect->numbered_placeholders)
        cf__buffer_format(compilation->sql, "$%u", number);
    else
        cf__buffer_char(compilation->sql, '?');
}

/* ---- Expressions ------------------------------------------------------------------------------------------------ */

static void write_expression(struct compilation *compilation, const cf_expr *expression, int outer);

static void write_operand(struct compilation *compilation, const struct cf_operand *operand)
{
    if (operand->kind == CF_OPERAND_COLUMN)
        write_name(compilation, cf__column_name(operand->column));
    else if (operand->kind == CF_OPERAND_EXPRESSION)
        write_expression(compilation, operand->expression, 5);
    else
        write_placeholder(compilation);
}

static void write_combination(struct compilation *compilation, const cf_expr *expression, int binding)
{
    for (size_t i = 0; i < expression->count; i++) {
        if (i)
            write(compilation, operators[expression->operator].text);
        write_expression(compilation, expression->items[i], binding);
    }
}

static void write_in(struct compilation *compilation, const cf_expr *expression)
{
    size_t padded = cf__padded_count(expression->count);
    if (padded == 0) { /* in no list: false, whatever the column holds */
        write(compilation, "1 = 0");
        return;
    }
    write_operand(compilation, &expression->left);
    write(compilation, operators[CF_IN].text);
    for (size_t i = 0; i < padded; i++) {
        if (i)
            write(compilation, ", ");
        write_placeholder(compilation);
    }
    write(compilation, ")");
}

/* Searches for a text as it is, case and all, with functions that know no wildcards. L and R are the sides. */
static void write_search(struct compilation *compilation, const cf_expr *expression)
{
    static const char *const patterns[] = {
        [CF_CONTAINS] = "instr(L, R) > 0",
        [CF_STARTS_WITH] = "substr(L, 1, length(R)) = R",
        [CF_ENDS_WITH] = "substr(L, length(L) - length(R) + 1) = R",
    };
    for (const char *at = patterns[expression->operator]; *at; at++) {
        if (*at == 'L')
            write_operand(compilation, &expression->left);
        else if (*at == 'R')
            write_operand(compilation, &expression->right);
        else
            cf__buffer_char(compilation->sql, *at);
    }
}

static void write_between(struct compilation *compilation, const cf_expr *expression)
{
    write_operand(compilation, &expression->left);
    write(compilation, operators[CF_BETWEEN].text);
    write_operand(compilation, &expression->right);
    write(compilation, " AND ");
    write_operand(compilation, &expression->third);
}

static void write_bare(struct compilation *compilation, const cf_expr *expression, int binding)
{
    switch (expression->operator) {
    case CF_AND:
    case CF_OR:
        write_combination(compilation, expression, binding);
        return;
    case CF_NOT:
        write(compilation, operators[CF_NOT].text);
        write_expression(compilation, expression->items[0], binding);
        return;
    case CF_IN:
        write_in(compilation, expression);
        return;
    case CF_CONTAINS:
    case CF_STARTS_WITH:
    case CF_ENDS_WITH:
        write_search(compilation, expression);
        return;
    case CF_BETWEEN:
        write_between(compilation, expression);
        return;
    case CF_IS_NULL:
    case CF_IS_NOT_NULL:
        write_operand(compilation, &expression->left);
        write(compilation, operators[expression->operator].text);
        return;
    default:
        write_operand(compilation, &expression->left);
        write(compilation, operators[expression->operator].text);
        write_operand(compilation, &expression->right);
    }
}

/* In parentheses where it binds no tighter than what it stands in. */
static void write_expression(struct compilation *compilation, const cf_expr *expression, int outer)
{
    int binding = operators[expression->operator].binding;
    bool parentheses = binding < outer || (binding == outer && binding != 1 && binding != 2);
    if (parentheses)
        write(compilation, "(");
    write_bare(compilation, expression, binding);
    if (parentheses)
        write(compilation, ")");
}

/* ---- Clauses ---------------------------------------------------------------------------------------------------- */

/* A list of columns; `after` follows each name. */
static void write_columns(struct compilation *compilation, uint64_t columns, const char *separator, const char *after)
{
    const struct cf_model *model = compilation->query->model;
    for (uint64_t left = columns; left; left &= left - 1) {
        if (left != columns)
            write(compilation, separator);
        write_name(compilation, cf__column_name(&model->columns[__builtin_ctzll(left)]));
        write(compilation, after);
        if (*after)
            write_placeholder(compilation);
    }
}

static void write_where(struct compilation *compilation)
{
    const struct cf__query *query = compilation->query;
    if (query->key_row) {
        write(compilation, " WHERE ");
        write_columns(compilation, cf__model_key(query->model), " AND ", " = ");
    } else if (query->where) {
        write(compilation, " WHERE ");
        write_expression(compilation, query->where, 0);
    }
}

static bool may_be_null(const struct cf_operand *operand)
{
    return operand->kind != CF_OPERAND_COLUMN || operand->column->nullable;
}

/* SQLite sorts NULL first in ascending and last in descending order, others the other way round: said wherever it
 * matters. */
static void write_order(struct compilation *compilation)
{
    const struct cf_order_list *list = compilation->query->order_by;
    for (size_t i = 0; list && i < 8 && list->items[i].operand.kind != CF_OPERAND_NULL; i++) {
        const struct cf_order *order = &list->items[i];
        write(compilation, i ? ", " : " ORDER BY ");
        write_operand(compilation, &order->operand);
        if (order->descending)
            write(compilation, " DESC");
        if (may_be_null(&order->operand))
            write(compilation, " NULLS LAST");
    }
}

static void write_limit(struct compilation *compilation)
{
    const struct cf__query *query = compilation->query;
    if (query->limit || query->offset) {
        write(compilation, " LIMIT ");
        write_placeholder(compilation);
    }
    if (query->offset) {
        write(compilation, " OFFSET ");
        write_placeholder(compilation);
    }
}

/* ---- Statements ------------------------------------------------------------------------------------------------- */

static void write_from(struct compilation *compilation, const char *before)
{
    write(compilation, before);
    write_name(compilation, compilation->query->model->table);
}

static void compile_select(struct compilation *compilation)
{
    write(compilation, "SELECT ");
    write_columns(compilation, compilation->query->columns, ", ", "");
    write_from(compilation, " FROM ");
    write_where(compilation);
    write_order(compilation);
    write_limit(compilation);
}

static void compile_count(struct compilation *compilation)
{
    write_from(compilation, "SELECT count(*) FROM ");
    write_where(compilation);
}

static void compile_exists(struct compilation *compilation)
{
    write_from(compilation, "SELECT EXISTS (SELECT 1 FROM ");
    write_where(compilation);
    write(compilation, ")");
}

void cf__query_sql(const struct cf__query *query, const struct cf_dialect *dialect, struct cf__buffer *sql)
{
    static void (*const compile[])(struct compilation *) = {
        [CF__SELECT] = compile_select,
        [CF__COUNT] = compile_count,
        [CF__EXISTS] = compile_exists,
    };
    struct compilation compilation = { query, dialect, sql, 0 };
    compile[query->kind](&compilation);
}

void cf__operand_sql(const struct cf_operand *operand, const struct cf_dialect *dialect, struct cf__buffer *sql,
                     unsigned *placeholders)
{
    struct compilation compilation = { NULL, dialect, sql, *placeholders };
    if (operand->kind == CF_OPERAND_EXPRESSION)
        write_expression(&compilation, operand->expression, 0);
    else
        write_operand(&compilation, operand);
    *placeholders = compilation.placeholders;
}
