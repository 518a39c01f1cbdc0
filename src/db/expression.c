/* SPDX-License-Identifier: MIT
 *
 * Expressions: the functions behind the macros of carafe/query.h. They build small nodes in the arena of whatever
 * the current fiber does. They judge what no compiler can see: NULL texts, and the types of expressions.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <carafe/error.h>

#include "expression.h"
#include "pen.h"

static void *take(size_t size)
{
    return cf__take(cf__current(), size);
}

struct cf_integer_operand cf_unsigned_value_(uint64_t value)
{
    if (value > INT64_MAX)
        cf_raise(CF_INVALID, "%" PRIu64 " is larger than any integer a database holds", value);
    return cf_integer_value_((int64_t)value);
}

static const char *column_words(const struct cf_operand *operand)
{
    if (operand->kind != CF_OPERAND_COLUMN)
        return "an expression";
    const struct cf_column *column = operand->column;
    return cf_format(&cf__current()->head, "%s.%s", column->model ? column->model->name : "?", column->name);
}

/* A value as it may be kept: texts and blobs copied. `beside` is what it is compared with, for the message. */
struct cf_operand cf__kept_value(struct cf_operand value, const struct cf_operand *beside)
{
    if (value.kind == CF_OPERAND_TEXT) {
        if (!value.text)
            cf_raise(CF_INTERNAL, "%s was compared with a NULL text: ask for SQL NULL with cf_is_null",
                     column_words(beside));
        value.text = cf_copy(&cf__current()->head, value.text);
    } else if (value.kind == CF_OPERAND_BYTES && value.bytes.size) {
        value.bytes.data = cf__copy_bytes(cf__current(), value.bytes.data, value.bytes.size);
    }
    return value;
}

/* ---- Types ------------------------------------------------------------------------------------------------------ */

/* Columns that stand for the types of expressions which are like no column. */
static const struct cf_column integer_like = { .name = "an integer", .type = CF_TYPE_INTEGER },
                              boolean_like = { .name = "a boolean", .type = CF_TYPE_BOOLEAN },
                              number_like = { .name = "a number", .type = CF_TYPE_FLOAT },
                              decimal_like = { .name = "a decimal", .type = CF_TYPE_NUMERIC },
                              text_like = { .name = "a text", .type = CF_TYPE_TEXT },
                              date_like = { .name = "a date", .type = CF_TYPE_DATE },
                              clock_like = { .name = "a time of day", .type = CF_TYPE_TIME },
                              time_like = { .name = "a time", .type = CF_TYPE_DATETIME },
                              uuid_like = { .name = "a UUID", .type = CF_TYPE_UUID },
                              bytes_like = { .name = "a blob", .type = CF_TYPE_BLOB };

static const struct cf_column *const value_likes[] = {
    [CF_OPERAND_INTEGER] = &integer_like, [CF_OPERAND_BOOLEAN] = &boolean_like, [CF_OPERAND_NUMBER] = &number_like,
    [CF_OPERAND_DECIMAL] = &decimal_like, [CF_OPERAND_TEXT] = &text_like,       [CF_OPERAND_DATE] = &date_like,
    [CF_OPERAND_CLOCK] = &clock_like,     [CF_OPERAND_TIME] = &time_like,       [CF_OPERAND_UUID] = &uuid_like,
    [CF_OPERAND_BYTES] = &bytes_like,     [CF_OPERAND_EXPRESSION] = NULL,
};

const struct cf_column *cf__value_like(enum cf_operand_kind kind)
{
    return value_likes[kind];
}

/* Types whose values go together: of each, the first. */
static const enum cf_type families[CF_TYPE_COUNT_] = {
    [CF_TYPE_INTEGER] = CF_TYPE_INTEGER,     [CF_TYPE_SMALL_INTEGER] = CF_TYPE_INTEGER,
    [CF_TYPE_BIG_INTEGER] = CF_TYPE_INTEGER, [CF_TYPE_BOOLEAN] = CF_TYPE_BOOLEAN,
    [CF_TYPE_FLOAT] = CF_TYPE_FLOAT,         [CF_TYPE_NUMERIC] = CF_TYPE_NUMERIC,
    [CF_TYPE_STRING] = CF_TYPE_TEXT,         [CF_TYPE_TEXT] = CF_TYPE_TEXT,
    [CF_TYPE_JSON] = CF_TYPE_TEXT,           [CF_TYPE_ENUM] = CF_TYPE_TEXT,
    [CF_TYPE_CHOICES] = CF_TYPE_TEXT,        [CF_TYPE_DATE] = CF_TYPE_DATE,
    [CF_TYPE_TIME] = CF_TYPE_TIME,           [CF_TYPE_DATETIME] = CF_TYPE_DATETIME,
    [CF_TYPE_UUID] = CF_TYPE_UUID,           [CF_TYPE_BLOB] = CF_TYPE_BLOB,
};

static enum cf_type family(const struct cf_column *like)
{
    return like ? families[like->type] : CF_TYPE_NONE;
}

const struct cf_column *cf__like_of(const struct cf_operand *operand)
{
    const struct cf_column *like = cf__like(operand);
    return like ? like : value_likes[operand->kind];
}

static bool is_numeric(enum cf_type family)
{
    return family == CF_TYPE_INTEGER || family == CF_TYPE_FLOAT || family == CF_TYPE_NUMERIC;
}

static bool go_together(enum cf_type left, enum cf_type right)
{
    return !left || !right || left == right || (is_numeric(left) && is_numeric(right));
}

/* An integer, which is welcome to many types, becomes what it stands beside. */
static struct cf_operand settle_like(struct cf_operand value, const struct cf_column *like)
{
    if (!like)
        return value;
    if (value.kind == CF_OPERAND_INTEGER && like->type == CF_TYPE_BOOLEAN)
        return cf_boolean_value_(value.integer != 0).operand;
    if (value.kind == CF_OPERAND_INTEGER && like->type == CF_TYPE_FLOAT)
        return cf_number_value_((double)value.integer).operand;
    if (value.kind == CF_OPERAND_INTEGER && like->type == CF_TYPE_NUMERIC)
        return cf_decimal_from_integer_(value.integer).operand;
    bool is_label = like->type == CF_TYPE_ENUM && value.kind == CF_OPERAND_INTEGER;
    if (!is_label && !go_together(family(cf__like_of(&value)), family(like)))
        cf_raise(CF_INTERNAL, "an expression that is like %s was put beside %s", like->name, cf__like_of(&value)->name);
    return value;
}

static bool is_tuple(const struct cf_operand *operand)
{
    return operand->kind == CF_OPERAND_EXPRESSION && operand->expression && operand->expression->operator== CF_TUPLE;
}

static struct cf_operand settle_tuple(struct cf_operand value, const cf_expr *beside)
{
    if (!is_tuple(&value) || value.expression->count != beside->count)
        cf_raise(CF_INTERNAL, "a cf_tuple of %zu values is compared with one of as many", beside->count);
    cf_expr *settled = take(sizeof *settled);
    struct cf_operand *values = take(beside->count * sizeof *values);
    *settled = *value.expression;
    settled->values = values;
    for (size_t i = 0; i < beside->count; i++)
        values[i] = settle_like(value.expression->values[i], cf__like(&beside->values[i]));
    value.expression = settled;
    return value;
}

/* Beside a column the compiler has seen to it. */
static struct cf_operand settle(struct cf_operand value, const struct cf_operand *beside)
{
    if (is_tuple(beside))
        return settle_tuple(value, beside->expression);
    return settle_like(value,
                       beside->kind == CF_OPERAND_EXPRESSION && beside->expression ? beside->expression->like : NULL);
}

/* ---- Nodes ------------------------------------------------------------------------------------------------------ */

static bool asks(const struct cf_operand *operand)
{
    return operand->kind == CF_OPERAND_EXPRESSION && operand->expression->has_query;
}

struct cf_operand cf__as_operand(const cf_expr *expression)
{
    return (struct cf_operand){ .kind = CF_OPERAND_EXPRESSION, .expression = expression };
}

cf_expr *cf__expression_make(enum cf_operator operator, const struct cf_column * like, struct cf_operand left)
{
    cf_expr *expression = take(sizeof *expression);
    *expression = (cf_expr){ .operator= operator, .like = like, .left = left, .has_query = asks(&left) };
    if (left.kind == CF_OPERAND_EXPRESSION && !left.expression)
        cf_raise(CF_INTERNAL, "NULL was given for an expression");
    return expression;
}

void cf__expression_right(cf_expr *expression, struct cf_operand right)
{
    if (right.kind == CF_OPERAND_EXPRESSION && !right.expression)
        cf_raise(CF_INTERNAL, "NULL was given for an expression");
    expression->right = right;
    expression->has_query = expression->has_query || asks(&right);
}

bool cf__looks_elsewhere(const cf_expr *expression)
{
    return expression && expression->has_query;
}

/* Of a text that nothing else gives a type to: PostgreSQL cannot guess it. */
static struct cf_operand with_type(struct cf_operand operand)
{
    static const struct cf_column text = { .name = "Text", .type = CF_TYPE_TEXT };
    bool is_literal = operand.kind == CF_OPERAND_EXPRESSION && operand.expression->operator== CF_LITERAL;
    enum cf_operand_kind kind = is_literal ? operand.expression->left.kind : operand.kind;
    return kind == CF_OPERAND_TEXT ? cf__as_operand(cf_cast_(operand, &text)) : operand;
}

static bool is_of_rows(const struct cf_operand *operand)
{
    const cf_expr *expression = operand->kind == CF_OPERAND_EXPRESSION ? operand->expression : NULL;
    return expression && (expression->operator== CF_ALL_ROWS || expression->operator== CF_ANY_ROW);
}

/* What the values of a query are, which decides how one that is compared with them is stored. */
static struct cf_operand selected(const cf_expr *rows)
{
    const cf_subquery *first = rows->query->compound ? rows->query->parts[0] : rows->query;
    const cf_expr *field = first->shape ? first->expressions[0] : NULL;
    return first->shape ? cf__as_operand(field ? field : rows) : first->only;
}

/* Equal to one of them is what being among them is, and different from all is not being so. */
static cf_expr *compare_rows(enum cf_operator operator, struct cf_operand left, const cf_expr *rows)
{
    bool all = rows->operator== CF_ALL_ROWS, among = operator==(all ? CF_NE : CF_EQ);
    enum cf_operator of = among ? (all ? CF_NOT_IN_SELECT : CF_IN_SELECT) : all ? CF_OF_ALL : CF_OF_ANY;
    const struct cf_operand beside = cf__as_operand(rows);
    if (is_tuple(&left))
        cf_raise(CF_INTERNAL, "cf_all_rows and cf_any_row are compared with one value: cf_in_select takes a cf_tuple");
    cf_expr *expression = cf__expression_make(of, &boolean_like, cf__kept_value(settle(left, &beside), &beside));
    expression->right = selected(rows);
    expression->query = rows->query;
    expression->number = operator;
    expression->has_query = true;
    return expression;
}

cf_expr *cf_compare_(enum cf_operator operator, struct cf_operand left, struct cf_operand right)
{
    bool compares = operator<= CF_GE; /* the first six */
    if (compares && is_of_rows(&right))
        return compare_rows(operator, left, right.expression);
    if (operator== CF_IS_NULL || operator== CF_IS_NOT_NULL)
        left = with_type(left);
    cf_expr *expression = cf__expression_make(operator, & boolean_like, cf__kept_value(settle(left, &right), &right));
    cf__expression_right(expression, cf__kept_value(settle(right, &left), &left));
    return expression;
}

cf_expr *cf_between_(struct cf_operand operand, struct cf_operand low, struct cf_operand high)
{
    cf_expr *expression = cf__expression_make(CF_BETWEEN, &boolean_like, operand);
    cf__expression_right(expression, cf__kept_value(settle(high, &operand), &operand));
    expression->third = expression->right;
    cf__expression_right(expression, cf__kept_value(settle(low, &operand), &operand));
    return expression;
}

static cf_expr *make_in(enum cf_operator operator, struct cf_operand operand, size_t count, struct cf_operand **values)
{
    cf_expr *expression = cf__expression_make(operator, & boolean_like, operand);
    *values = take((count ? count : 1) * sizeof **values);
    expression->values = *values;
    expression->count = count;
    return expression;
}

cf_expr *cf_membership_(enum cf_operator operator, struct cf_operand operand, size_t count,
                        const struct cf_operand *values)
{
    struct cf_operand *kept;
    if (is_tuple(&operand))
        operator= operator== CF_IN ? CF_IN_TUPLES : CF_NOT_IN_TUPLES;
    cf_expr *expression = make_in(operator, operand, count, &kept);
    for (size_t i = 0; i < count; i++) {
        kept[i] = cf__kept_value(settle(values[i], &operand), &operand);
        expression->has_query = expression->has_query || asks(&kept[i]);
    }
    return expression;
}

/* All kinds of values lie at the beginning of an operand's union. */
static const size_t sizes[] = {
#define SIZE(kind_, type, tag) [CF_OPERAND_##tag] = sizeof(type),
    CF_VALUE_KINDS(SIZE)
#undef SIZE
};

cf_expr *cf_in_array_(struct cf_operand operand, enum cf_operand_kind kind, const void *values, size_t count)
{
    struct cf_operand *kept;
    cf_expr *expression = make_in(CF_IN, operand, count, &kept);
    for (size_t i = 0; i < count; i++) {
        struct cf_operand value = { .kind = kind };
        memcpy((char *)&value + offsetof(struct cf_operand, integer), (const char *)values + i * sizes[kind],
               sizes[kind]);
        kept[i] = cf__kept_value(value, &operand);
    }
    return expression;
}

cf_expr *cf_choice_array_(struct cf_operand operand, const void *values, size_t count)
{
    struct cf_operand *kept;
    cf_expr *expression = make_in(CF_IN, operand, count, &kept);
    for (size_t i = 0; i < count; i++)
        kept[i] = cf_integer_value_(((const int *)values)[i]).operand;
    return expression;
}

static cf_expr *make_items(enum cf_operator operator, size_t count, const cf_expr *const *items)
{
    cf_expr *expression = cf__expression_make(operator, & boolean_like, (struct cf_operand){ 0 });
    expression->items = items;
    expression->count = count;
    for (size_t i = 0; i < count; i++)
        expression->has_query = expression->has_query || items[i]->has_query;
    return expression;
}

cf_expr *cf_combine_(enum cf_operator operator, size_t count, const cf_expr *const *expressions)
{
    const cf_expr **items = take((count ? count : 1) * sizeof *items);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (expressions[i])
            items[kept++] = expressions[i];
    if (kept == 0)
        return NULL;
    if (kept == 1)
        return (cf_expr *)(uintptr_t)items[0];
    return make_items(operator, kept, items);
}

cf_expr *cf_not(const cf_expr *expression)
{
    if (!expression)
        return NULL;
    const cf_expr **items = take(sizeof *items);
    items[0] = expression;
    return make_items(CF_NOT, 1, items);
}

/* ---- Arithmetic and functions ----------------------------------------------------------------------------------- */

static const struct cf_column *like_of_unary(enum cf_operator operator, const struct cf_operand * operand)
{
    switch (operator) {
    case CF_COUNT_ROWS:
    case CF_COUNT_OF:
    case CF_COUNT_DISTINCT:
    case CF_LENGTH:
    case CF_ROW_NUMBER:
    case CF_RANK:
    case CF_DENSE_RANK:
    case CF_NTILE:
        return &integer_like;
    case CF_AVG_OF:
    case CF_PERCENT_RANK:
    case CF_CUME_DIST:
        return &number_like;
    case CF_LOWER:
    case CF_UPPER:
    case CF_TRIM:
        return &text_like;
    default:
        return cf__like_of(operand);
    }
}

/* A sum of integers has another type in some databases, which is cast back. */
static enum cf_operator by_type(enum cf_operator operator, enum cf_type family)
{
    if (operator== CF_SUM_OF && family == CF_TYPE_INTEGER)
        return CF_INTEGER_SUM_OF;
    if (operator== CF_DIVIDED && family == CF_TYPE_INTEGER)
        return CF_INTEGER_DIVIDED;
    return operator== CF_ROUND && family == CF_TYPE_NUMERIC ? CF_DECIMAL_ROUND : operator;
}

cf_expr *cf_unary_(enum cf_operator operator, struct cf_operand operand)
{
    if (operator== CF_COUNT_OF || operator== CF_COUNT_DISTINCT)
        operand = with_type(operand);
    const struct cf_column *like = like_of_unary(operator, & operand);
    return cf__expression_make(by_type(operator, family(like)), like, cf__kept_value(operand, &operand));
}

/* What two numbers make: a double where one is, else a decimal where one is. */
static const struct cf_column *like_of_two(const struct cf_operand *left, const struct cf_operand *right)
{
    const struct cf_column *likes[] = { cf__like_of(left), cf__like_of(right) };
    for (int i = 0; i < 2; i++)
        if (!likes[i] || likes[i]->type == CF_TYPE_FLOAT)
            return likes[i];
    return family(likes[0]) == CF_TYPE_NUMERIC ? likes[0] : likes[1];
}

static void need_number(const struct cf_operand *operand)
{
    const struct cf_column *like = cf__like_of(operand);
    if (like && !is_numeric(family(like)))
        cf_raise(CF_INTERNAL, "arithmetic is of numbers, not of what is like %s", like->name);
}

cf_expr *cf_binary_(enum cf_operator operator, struct cf_operand left, struct cf_operand right)
{
    const struct cf_column *like = like_of_two(&left, &right);
    need_number(&left);
    need_number(&right);
    if (operator== CF_MODULO && like && family(like) != CF_TYPE_INTEGER)
        cf_raise(CF_INTERNAL, "a modulo is of integers, not of what is like %s", like->name);
    cf_expr *expression = cf__expression_make(by_type(operator, family(like)), like, left);
    cf__expression_right(expression, right);
    return expression;
}

static void need_integer(const struct cf_operand *operand)
{
    const struct cf_column *like = cf__like_of(operand);
    if (like && family(like) != CF_TYPE_INTEGER)
        cf_raise(CF_INTERNAL, "bits are of integers, not of what is like %s", like->name);
}

cf_expr *cf_bits_(enum cf_operator operator, struct cf_operand left, struct cf_operand right)
{
    bool shifts = operator== CF_SHIFT_LEFT || operator== CF_SHIFT_RIGHT;
    need_integer(&left);
    need_integer(&right);
    if (shifts && right.kind == CF_OPERAND_INTEGER && (right.integer < 0 || right.integer > 63))
        cf_raise(CF_INTERNAL, "bits are shifted by 0 to 63, not by %" PRId64, right.integer);
    cf_expr *expression = cf__expression_make(operator, & integer_like, left);
    cf__expression_right(expression, right);
    return expression;
}

cf_expr *cf_numbered_(enum cf_operator operator, struct cf_operand operand, int64_t number)
{
    if (operator== CF_ROUND && family(cf__like_of(&operand)) == CF_TYPE_INTEGER)
        return cf_unary_(CF_LITERAL, operand);
    if ((operator== CF_NTILE || operator== CF_NTH_VALUE) && number < 1)
        cf_raise(CF_INTERNAL, "cf_ntile and cf_nth_value count from 1, not from %" PRId64, number);
    cf_expr *expression = cf_unary_(operator, operand);
    expression->number = number;
    return expression;
}

cf_expr *cf_neighbour_(enum cf_operator operator, struct cf_operand operand, int64_t rows,
                       const struct cf_operand *otherwise)
{
    bool has_other = otherwise->kind != CF_OPERAND_NULL;
    cf_expr *expression = cf_numbered_(operator, operand, rows);
    if (!has_other)
        return expression;
    expression->operator= operator== CF_LAG ? CF_LAG_OR : CF_LEAD_OR;
    expression->third = cf__kept_value(settle(*otherwise, &operand), &operand);
    expression->has_query = expression->has_query || asks(&expression->third);
    return expression;
}

static void need_name(const char *name)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_.0123456789";
    if (!*name || name[strspn(name, letters)])
        cf_raise(CF_INTERNAL, "\"%s\" is no name of a function", name);
}

cf_expr *cf_variadic_(enum cf_operator operator, const char * name, size_t count, const struct cf_operand *operands)
{
    struct cf_operand *values = take((count ? count : 1) * sizeof *values);
    const struct cf_column *like = operator== CF_CONCAT ? &text_like : NULL;
    cf_expr *expression = cf__expression_make(operator, like, (struct cf_operand){ 0 });
    expression->values = values;
    expression->count = count;
    if (name) {
        if (operator== CF_FUNCTION)
            need_name(name);
        expression->has_query = operator== CF_SQL_EXPRESSION;
        expression->name = cf_copy(&cf__current()->head, name);
    }
    for (size_t i = 0; i < count; i++) {
        values[i] =
            cf__kept_value(operator== CF_COALESCE ? settle(operands[i], &operands[0]) : operands[i], &operands[i]);
        expression->has_query = expression->has_query || asks(&values[i]);
        if (operator== CF_COALESCE && !expression->like)
            expression->like = cf__like_of(&values[i]);
    }
    return expression;
}

cf_expr *cf_excluded_(struct cf_operand column)
{
    cf_expr *expression = cf__expression_make(CF_EXCLUDED, column.column, (struct cf_operand){ 0 });
    expression->name = cf__column_name(column.column);
    return expression;
}

static bool is_fraction(const struct cf_column *like)
{
    return like && (like->type == CF_TYPE_FLOAT || like->type == CF_TYPE_NUMERIC);
}

/* Databases do not agree about halves, nor about booleans as numbers. */
cf_expr *cf_cast_(struct cf_operand operand, const struct cf_column *type)
{
    struct cf_column *like = take(sizeof *like);
    *like = *type;
    const struct cf_column *own = cf__like_of(&operand);
    if (family(like) == CF_TYPE_INTEGER && is_fraction(own))
        operand = cf__as_operand(cf_numbered_(CF_ROUND, operand, 0));
    if (is_numeric(family(like)) && family(own) == CF_TYPE_BOOLEAN && operand.kind != CF_OPERAND_BOOLEAN) {
        const cf_expr *is_true = cf_compare_(CF_EQ, operand, cf_boolean_value_(true).operand);
        operand = cf__as_operand(cf_case(cf_when(is_true, 1), cf_when(cf_not(is_true), 0)));
    }
    return cf__expression_make(CF_CAST, like, cf__kept_value(operand, &operand));
}

cf_expr *cf_case_(size_t count, const struct cf_when *whens)
{
    struct cf_when *kept = take(count * sizeof *kept);
    cf_expr *expression = cf__expression_make(CF_CASE, cf__like_of(&whens[0].value), (struct cf_operand){ 0 });
    expression->whens = kept;
    expression->count = count;
    for (size_t i = 0; i < count; i++) {
        kept[i] = whens[i];
        bool may_end = i && i + 1 == count;
        if (whens[i].otherwise ? !may_end : !whens[i].condition)
            cf_raise(CF_INTERNAL, "cf_case is of cf_when with conditions, and at most one cf_otherwise behind them");
        kept[i].value = cf__kept_value(settle(whens[i].value, &whens[0].value), &whens[0].value);
        expression->has_query = expression->has_query || asks(&kept[i].value) || cf__looks_elsewhere(kept[i].condition);
    }
    return expression;
}

cf_expr *cf_collate_(struct cf_operand operand, const char *name)
{
    cf_expr *expression = cf_unary_(CF_COLLATE, operand);
    if (!*name)
        cf_raise(CF_INTERNAL, "cf_collate was given no name of a collation");
    expression->name = cf_copy(&cf__current()->head, name);
    return expression;
}

/* ---- Aggregates and windows ------------------------------------------------------------------------------------- */

static bool is_aggregate(const cf_expr *function)
{
    return function->operator>= CF_COUNT_ROWS && function->operator<= CF_ORDERED_DISTINCT_CONCAT;
}

cf_expr *cf_group_concat_(struct cf_operand operand, const char *separator, const struct cf_concat_options *options)
{
    bool is_ordered = options->order_by.items[0].operand.kind != CF_OPERAND_NULL;
    cf_expr *expression = cf__expression_make(is_ordered ? CF_ORDERED_GROUP_CONCAT : CF_GROUP_CONCAT, &text_like,
                                              cf__kept_value(operand, &operand));
    struct cf_order_list *order = take(sizeof *order);
    *order = options->order_by;
    expression->order = order;
    expression->name = cf_copy(&cf__current()->head, separator);
    return expression;
}

cf_expr *cf_distinct(const cf_expr *aggregate)
{
    static const enum cf_operator distinct[CF_OPERATORS_] = {
        [CF_COUNT_OF] = CF_COUNT_DISTINCT,
        [CF_SUM_OF] = CF_SUM_DISTINCT,
        [CF_INTEGER_SUM_OF] = CF_INTEGER_SUM_DISTINCT,
        [CF_AVG_OF] = CF_AVG_DISTINCT,
        [CF_GROUP_CONCAT] = CF_DISTINCT_CONCAT,
        [CF_ORDERED_GROUP_CONCAT] = CF_ORDERED_DISTINCT_CONCAT,
    };
    if (!aggregate || !distinct[aggregate->operator])
        cf_raise(CF_INTERNAL, "cf_distinct is of a count, a sum, an average or a cf_group_concat");
    cf_expr *expression = take(sizeof *expression);
    *expression = *aggregate;
    expression->operator= distinct[aggregate->operator];
    return expression;
}

/* Numbers among the arguments say what they are: which function it is depends on that, before any value is there. */
static cf_expr *with_numbers_said(const cf_expr *function)
{
    struct cf_operand *values = take((function->count ? function->count : 1) * sizeof *values);
    cf_expr *said = take(sizeof *said);
    *said = *function;
    said->values = values;
    for (size_t i = 0; i < function->count; i++) {
        bool is_number = function->values[i].kind == CF_OPERAND_NUMBER;
        values[i] = is_number ? cf__as_operand(cf__expression_make(CF_CAST, &number_like, function->values[i]))
                              : function->values[i];
    }
    return said;
}

cf_expr *cf_within_group_(const cf_expr *function, const struct cf_order_list *order)
{
    if (!function || function->operator!= CF_FUNCTION || order->items[0].operand.kind == CF_OPERAND_NULL)
        cf_raise(CF_INTERNAL, "cf_within_group is of a cf_function and an order: cf_asc(column)");
    cf_expr *expression = cf__expression_make(CF_WITHIN_GROUP, NULL, cf__as_operand(with_numbers_said(function)));
    struct cf_order_list *kept = take(sizeof *kept);
    *kept = *order;
    expression->order = kept;
    for (size_t i = 0; i < 8; i++)
        expression->has_query = expression->has_query || asks(&order->items[i].operand);
    return expression;
}

/* A function of the database's own, whose type is not known; it may be an aggregate. */
static bool may_aggregate(const cf_expr *function)
{
    return function->operator== CF_FUNCTION || function->operator== CF_WITHIN_GROUP;
}

cf_expr *cf_filter(const cf_expr *aggregate, const cf_expr *condition)
{
    if (!aggregate || !condition || (!is_aggregate(aggregate) && !may_aggregate(aggregate)))
        cf_raise(CF_INTERNAL, "cf_filter is of an aggregate (or cf_function) and a condition");
    cf_expr *expression = cf__expression_make(CF_FILTER, aggregate->like, cf__as_operand(aggregate));
    cf__expression_right(expression, cf__as_operand(condition));
    return expression;
}

static bool counts_distance(const struct cf_frame *frame)
{
    return (frame->first && abs(frame->first) != CF_UNBOUNDED) || (frame->last && abs(frame->last) != CF_UNBOUNDED);
}

static void need_frame(const struct cf_window *window)
{
    const struct cf_order *order = window->order_by.items;
    int frames = window->rows.is_set + window->range.is_set + window->groups.is_set;
    if (frames > 1 || (window->exclude && !frames))
        cf_raise(CF_INTERNAL, "a window has one of .rows, .range and .groups, and .exclude only beside one");
    if (window->groups.is_set && order[0].operand.kind == CF_OPERAND_NULL)
        cf_raise(CF_INTERNAL, "groups are of rows that are equal in the order: say .order_by");
    if (!window->range.is_set || !counts_distance(&window->range))
        return;
    const struct cf_column *like = cf__like_of(&order[0].operand);
    if (order[0].operand.kind == CF_OPERAND_NULL || order[1].operand.kind != CF_OPERAND_NULL ||
        (like && !is_numeric(family(like))))
        cf_raise(CF_INTERNAL, "distances of a .range are of one number: say that one in .order_by");
}

cf_expr *cf_over_(const cf_expr *function, const struct cf_window *window)
{
    const cf_expr *called = function->operator== CF_FILTER ? function->left.expression : function;
    bool fits = called->operator> CF_OVER || may_aggregate(called) ||
                (is_aggregate(called) && called->operator<CF_GROUP_CONCAT);
    need_frame(window);
    if (!fits)
        cf_raise(CF_INTERNAL, "cf_over is of an aggregate, a window function, or cf_function");
    struct cf_window *kept = take(sizeof *kept);
    *kept = *window;
    cf_expr *expression = cf__expression_make(CF_OVER, NULL, cf__as_operand(function));
    expression->like = function->like;
    expression->window = kept;
    return expression;
}

/* ---- Queries as conditions and values --------------------------------------------------------------------------- */

cf_expr *cf_along_(const struct cf_relation_column *path, const cf_expr *condition)
{
    const struct cf_relation_column *next = path->steps;
    if (next && next->relation)
        condition = cf_along_(&(struct cf_relation_column){ next->relation, next + 1 }, condition);
    const cf_expr **items = take(sizeof *items);
    if (path->relation->only)
        condition = cf_combine_(CF_AND, 2, (const cf_expr *const[]){ path->relation->only(), condition });
    items[0] = condition;
    cf_expr *expression = cf__expression_make(CF_ALONG, &boolean_like, (struct cf_operand){ 0 });
    expression->along = path->relation;
    expression->items = items;
    expression->count = condition ? 1 : 0;
    expression->has_query = true;
    return expression;
}

static cf_expr *make_query(enum cf_operator operator, const struct cf_column * like, struct cf_operand left,
                           const cf_subquery *query)
{
    cf_expr *expression = cf__expression_make(operator, like, left);
    expression->query = query;
    expression->has_query = true;
    return expression;
}

cf_expr *cf_exists(const cf_subquery *query)
{
    return make_query(CF_EXISTS, &boolean_like, (struct cf_operand){ 0 }, query);
}

/* The type of a query's only column. */
static const struct cf_column *like_of_query(const cf_subquery *query)
{
    const cf_subquery *first = query->compound ? query->parts[0] : query;
    if (first->shape && first->shape->count != 1)
        cf_raise(CF_INTERNAL, "a query of several columns (%s) was put in the place of a value", first->shape->name);
    return first->shape ? &first->shape->columns[0] : cf__like_of(&first->only);
}

static void need_same_columns(const cf_expr *tuple, const cf_subquery *query)
{
    const cf_subquery *first = query->compound ? query->parts[0] : query;
    size_t count = first->shape ? first->shape->count : 1;
    if (count != tuple->count)
        cf_raise(CF_INTERNAL, "a cf_tuple of %zu values cannot be among rows of %zu", tuple->count, count);
    for (size_t i = 0; first->shape && i < count; i++) {
        const struct cf_column *own = cf__like_of(&tuple->values[i]), *other = &first->shape->columns[i];
        if (!go_together(family(own), family(other)))
            cf_raise(CF_INTERNAL, "what is like %s cannot be among values like %s", own->name, other->name);
    }
}

cf_expr *cf_in_select_(enum cf_operator operator, struct cf_operand operand, const cf_subquery *query)
{
    if (is_tuple(&operand)) {
        need_same_columns(operand.expression, query);
        return make_query(operator, & boolean_like, operand, query);
    }
    const struct cf_column *own = cf__like_of(&operand), *other = like_of_query(query);
    if (!go_together(family(own), family(other)))
        cf_raise(CF_INTERNAL, "what is like %s cannot be among values like %s", own->name, other->name);
    return make_query(operator, & boolean_like, cf__kept_value(operand, &operand), query);
}

cf_expr *cf_scalar(const cf_subquery *query)
{
    return make_query(CF_SCALAR, like_of_query(query), (struct cf_operand){ 0 }, query);
}

cf_expr *cf_all_rows(const cf_subquery *query)
{
    return make_query(CF_ALL_ROWS, like_of_query(query), (struct cf_operand){ 0 }, query);
}

cf_expr *cf_any_row(const cf_subquery *query)
{
    return make_query(CF_ANY_ROW, like_of_query(query), (struct cf_operand){ 0 }, query);
}

static bool may_hold(const struct cf_column *field, const struct cf_column *like)
{
    enum cf_type own = family(field), given = family(like);
    return !given || own == given || (own == CF_TYPE_FLOAT && is_numeric(given)) ||
           (own == CF_TYPE_NUMERIC && given == CF_TYPE_INTEGER);
}

void cf__need_like(const struct cf_column *field, const cf_expr *expression)
{
    if (!may_hold(field, expression->like))
        cf_raise(CF_INTERNAL, "%s.%s was given an expression of another type: it is like %s", field->model->name,
                 field->name, expression->like->name);
}

/* Digits behind the point of what is computed from values rather than from columns. */
enum { COMPUTED_DIGITS = 10, MOST_DIGITS = 38 };

void cf__need_value(const char *call, struct cf_column *column, struct cf_operand *value)
{
    const struct cf_column *like = cf__like_of(value);
    if (!may_hold(column, like))
        cf_raise(CF_INTERNAL, "%s was given an expression of another type: it is like %s", call, like->name);
    if (column->type == CF_TYPE_NUMERIC) {
        column->length = MOST_DIGITS;
        column->scale = !like || like == &decimal_like ? COMPUTED_DIGITS : like->scale;
    }
    if (cf__is_to_widen(column, like)) {
        struct cf_column *type = take(sizeof *type);
        *type = *column;
        *value = cf__as_operand(cf__expression_make(CF_CAST, type, *value));
    }
}

void cf__need_fields(const char *call, const struct cf_columns *columns, const struct cf_subquery *query)
{
    const cf_subquery *first = query->compound ? query->parts[0] : query;
    size_t count = first->shape ? first->shape->count : 1;
    if (count != columns->count)
        cf_raise(CF_INTERNAL, "%s: a query of %zu fields was given for %zu columns", call, count, columns->count);
    for (size_t i = 0; i < count; i++) {
        const struct cf_column *like = first->shape ? &first->shape->columns[i] : cf__like_of(&first->only);
        if (!may_hold(columns->items[i], like))
            cf_raise(CF_INTERNAL, "%s: %s is given what is like %s", call, columns->items[i]->name, like->name);
    }
}
