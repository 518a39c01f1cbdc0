/* SPDX-License-Identifier: MIT
 *
 * Expressions are written: by the rule of each operator (rules.c), or the text that a dialect has of its own, words of one
 * letter in it being its parts, in whatever order: shape and parameters come of the same walk (pen.h).
 */
#include <ctype.h>
#include <string.h>

#include <carafe/error.h>

#include "../text/json.h"
#include "grouped.h"
#include "pen.h"
#include "placeholders.h"
#include "shape.h"
#include "sql_type.h"
#include "stored.h"

const struct cf_column *cf__like(const struct cf_operand *operand)
{
    if (operand->kind == CF_OPERAND_COLUMN)
        return operand->column;
    return operand->kind == CF_OPERAND_EXPRESSION ? operand->expression->like : NULL;
}

static bool is_column(const struct cf_operand *operand)
{
    return operand->kind == CF_OPERAND_COLUMN ||
           (operand->kind == CF_OPERAND_EXPRESSION && operand->expression->operator== CF_AS_COLUMN);
}

static const cf_expr *tuple_of(const struct cf_operand *operand)
{
    bool is_tuple = operand && operand->kind == CF_OPERAND_EXPRESSION && operand->expression->operator== CF_TUPLE;
    return is_tuple ? operand->expression : NULL;
}

/* Each value is written beside the one it is compared with. */
static void write_tuple(struct cf__pen *pen, const cf_expr *tuple, const cf_expr *beside)
{
    cf__pen_note(pen, tuple->count);
    for (size_t i = 0; i < tuple->count; i++) {
        cf__pen_text(pen, i ? ", " : "(");
        cf__pen_operand(pen, &tuple->values[i], &beside->values[i], CF__LOOSE);
    }
    cf__pen_text(pen, ")");
}

void cf__pen_operand(struct cf__pen *pen, const struct cf_operand *operand, const struct cf_operand *beside, int outer)
{
    if (tuple_of(operand) && tuple_of(beside))
        write_tuple(pen, operand->expression, beside->expression);
    else if (operand->kind == CF_OPERAND_COLUMN)
        cf__pen_column(pen, operand->column);
    else if (operand->kind == CF_OPERAND_EXPRESSION)
        cf__pen_expression(pen, operand->expression, outer);
    else
        cf__pen_value(pen, operand, beside ? cf__like(beside) : NULL, beside && is_column(beside));
}

size_t cf__padded_count(size_t count)
{
    size_t padded = 1;
    while (padded < count)
        padded *= 2;
    return count == 0 || padded > CF__MOST_PARAMETERS ? count : padded;
}

static bool may_be_null(const struct cf__pen *pen, const struct cf_operand *operand)
{
    if (operand->kind != CF_OPERAND_COLUMN || operand->column->nullable)
        return true;
    const struct cf__source *source = cf__find_source(pen->scope, operand->column->model);
    return source && source->optional;
}

/* ---- Windows ----------------------------------------------------------------------------------------------------- */

static void write_bound(struct cf__pen *pen, int rows)
{
    if (rows == 0) {
        cf__pen_text(pen, "CURRENT ROW");
        return;
    }
    if (rows == CF_UNBOUNDED || rows == -CF_UNBOUNDED)
        cf__pen_text(pen, "UNBOUNDED");
    else
        cf__pen_integer(pen, rows < 0 ? -(int64_t)rows : rows);
    cf__pen_text(pen, rows < 0 ? " PRECEDING" : " FOLLOWING");
}

static bool is_distance(int bound)
{
    return bound != 0 && bound != CF_UNBOUNDED && bound != -CF_UNBOUNDED;
}

/* Where it takes a key of its own to put NULLs last, there is not the one key that distances are of. */
static void need_one_key(const struct cf__pen *pen, const struct cf_window *window)
{
    const struct cf_frame *range = &window->range;
    bool counts = range->is_set && (is_distance(range->first) || is_distance(range->last));
    if (counts && !pen->dialect->nulls_last && may_be_null(pen, &window->order_by.items[0].operand))
        cf_raise(CF_INTERNAL,
                 "%s has no .range of distances in an order of what may be NULL: order by a column that may not",
                 pen->dialect->name);
}

static void write_frame(struct cf__pen *pen, const struct cf_window *window, bool first)
{
    static const char *const excluded[] = { [CF_EXCLUDE_CURRENT_ROW] = " EXCLUDE CURRENT ROW",
                                            [CF_EXCLUDE_GROUP] = " EXCLUDE GROUP",
                                            [CF_EXCLUDE_TIES] = " EXCLUDE TIES" };
    const struct {
        const struct cf_frame *frame;
        const char *word;
    } frames[] = { { &window->rows, "ROWS BETWEEN " },
                   { &window->range, "RANGE BETWEEN " },
                   { &window->groups, "GROUPS BETWEEN " } };
    if ((window->groups.is_set || window->exclude) && !(pen->dialect->capabilities & CF_CAN_FRAME_GROUPS))
        cf_raise(CF_INTERNAL, "%s has neither .groups nor .exclude in a window: say .rows or .range",
                 pen->dialect->name);
    need_one_key(pen, window);
    for (int i = 0; i < 3; i++) {
        if (!frames[i].frame->is_set)
            continue;
        cf__pen_text(pen, first ? "" : " ");
        cf__pen_text(pen, frames[i].word);
        write_bound(pen, frames[i].frame->first);
        cf__pen_text(pen, " AND ");
        write_bound(pen, frames[i].frame->last);
    }
    if (window->exclude)
        cf__pen_text(pen, excluded[window->exclude]);
}

static void write_window(struct cf__pen *pen, const struct cf_window *window)
{
    cf__pen_text(pen, " OVER (");
    for (size_t i = 0; i < 8 && window->partition_by[i]; i++) {
        cf__pen_text(pen, i ? ", " : "PARTITION BY ");
        cf__pen_expression(pen, window->partition_by[i], CF__LOOSE);
    }
    const char *whole = pen->dialect->whole_window;
    bool is_whole = !window->partition_by[0] && window->order_by.items[0].operand.kind == CF_OPERAND_NULL;
    cf__pen_text(pen, is_whole && whole ? whole : "");
    cf__pen_order(pen, &window->order_by, NULL, window->partition_by[0] ? " ORDER BY " : "ORDER BY ");
    write_frame(pen, window, is_whole && !whole);
    cf__pen_text(pen, ")");
}

/* Keys as they are: NULLs are not among the values, so that nothing is said of their place. */
static void write_within(struct cf__pen *pen, const struct cf_order_list *list)
{
    for (size_t i = 0; i < 8 && list->items[i].operand.kind != CF_OPERAND_NULL; i++) {
        cf__pen_text(pen, i ? ", " : " WITHIN GROUP (ORDER BY ");
        cf__pen_operand(pen, &list->items[i].operand, NULL, CF__LOOSE);
        cf__pen_text(pen, list->items[i].descending ? " DESC" : "");
    }
    cf__pen_text(pen, ")");
}

/* What stands behind a function that is called. */
static void write_behind(struct cf__pen *pen, struct cf__behind behind)
{
    if (behind.within)
        write_within(pen, behind.within);
    if (behind.filter) {
        cf__pen_text(pen, " FILTER (WHERE ");
        cf__pen_expression(pen, behind.filter, CF__LOOSE);
        cf__pen_text(pen, ")");
    }
    if (behind.window)
        write_window(pen, behind.window);
}

/* ---- Patterns --------------------------------------------------------------------------------------------------- */

/* How a list of thousands is written as one value, or NULL. Each length would be a shape of its own else. */
static const char *list_pattern(const struct cf__pen *pen, const cf_expr *expression)
{
    const struct cf_column *like = cf__like(&expression->left);
    bool is_long = expression->count > CF__LONGEST_LIST && pen->dialect->lists && like;
    return is_long && !cf__has_sql_type(like->sql_type, pen->dialect) ? (*pen->dialect->lists)[like->type] : NULL;
}

struct cf_operand cf__list_as_json(struct cf__context *context, const struct cf_operand *values, size_t count)
{
    struct cf__buffer json = cf__buffer_new(context, CF__CAP_RESPONSE, "a list of values");
    char uuid[CF__STORED_TEXT];
    for (size_t i = 0; i < count; i++) {
        const struct cf_operand *value = &values[i];
        cf__buffer_char(&json, i ? ',' : '[');
        if (value->kind == CF_OPERAND_INTEGER) {
            cf__buffer_integer(&json, value->integer);
            continue;
        }
        if (value->kind == CF_OPERAND_UUID)
            cf__store_uuid(value->uuid, uuid);
        const char *text = value->kind == CF_OPERAND_UUID ? uuid : value->text;
        cf__json_text(&json, text, strlen(text));
    }
    cf__buffer_char(&json, ']');
    return cf_text_value_(cf__buffer_text(&json)).operand;
}

/* Lists are filled up with their last value, so that lists of all lengths have few shapes. */
static void write_list(struct cf__pen *pen, const cf_expr *expression)
{
    const char *pattern = list_pattern(pen, expression);
    if (pattern) {
        const struct cf_operand list =
            pen->sql ? (struct cf_operand){ 0 } : cf__list_as_json(pen->context, expression->values, expression->count);
        cf__pen_note(pen, (uint64_t)(uintptr_t)pattern);
        cf__pen_spelt(pen, &list, NULL, pattern);
        return;
    }
    size_t padded = cf__padded_count(expression->count);
    cf__pen_note(pen, padded);
    for (size_t i = 0; i < padded; i++) {
        if (i && pen->sql)
            cf__pen_text(pen, ", ");
        cf__pen_operand(pen, &expression->values[i < expression->count ? i : expression->count - 1], &expression->left,
                        CF__LOOSE);
    }
}

static void write_arguments(struct cf__pen *pen, const cf_expr *expression, const char *separator, int inner)
{
    cf__pen_note(pen, expression->count);
    for (size_t i = 0; i < expression->count; i++) {
        if (i)
            cf__pen_text(pen, separator);
        cf__pen_operand(pen, &expression->values[i],
                        &(struct cf_operand){ .kind = CF_OPERAND_EXPRESSION, .expression = expression }, inner);
    }
}

static bool is_membership(const cf_expr *expression)
{
    enum cf_operator operator= expression->operator;
    return operator== CF_IN || operator== CF_NOT_IN || operator== CF_IN_TUPLES || operator== CF_NOT_IN_TUPLES;
}

static void write_text(struct cf__pen *pen, const char *text)
{
    if (pen->sql)
        cf__sql_text(pen->sql, text);
    else
        cf__pen_words(pen, text);
}

/* A Json column that is compared has no `=` everywhere: its text has. */
static bool compares_json(const struct cf__pen *pen, const cf_expr *expression, const struct cf_operand *side)
{
    const struct cf_column *like = is_column(side) ? cf__like(side) : NULL;
    return pen->dialect->json_text && cf__rules[expression->operator].binds == CF__BINDS_COMPARISON && like &&
           like->type == CF_TYPE_JSON && like->length != CF_JSON_BINARY;
}

static bool is_decimal_of_rows(const struct cf__pen *pen, const cf_expr *expression, const struct cf_operand *side)
{
    return expression->query && side->kind == CF_OPERAND_DECIMAL && pen->dialect->decimal_of_rows;
}

static void write_side(struct cf__pen *pen, const cf_expr *expression, const struct cf_operand *side,
                       const struct cf_operand *beside, int inner)
{
    if (is_decimal_of_rows(pen, expression, side)) {
        cf__pen_spelt(pen, side, cf__like(beside), pen->dialect->decimal_of_rows);
        return;
    }
    if (!compares_json(pen, expression, side)) {
        cf__pen_operand(pen, side, beside, inner);
        return;
    }
    cf__pen_text(pen, "CAST(");
    cf__pen_operand(pen, side, beside, CF__LOOSE);
    cf__pen_text(pen, pen->dialect->json_text);
}

/* The pattern of a cf_like is known, so that it can be said in the database's own signs. */
static bool likes_value(const struct cf__pen *pen, const cf_expr *expression)
{
    return expression->operator== CF_LIKE && expression->right.kind == CF_OPERAND_TEXT && pen->dialect->like;
}

static void write_like_value(struct cf__pen *pen, const cf_expr *expression)
{
    const char *pattern = pen->dialect->like_value(&pen->context->head, expression->right.text);
    const struct cf_operand value = cf_text_value_(pattern).operand;
    cf__pen_operand(pen, &value, &expression->left, CF__TIGHT);
}

/* A step of a path into JSON: the left side is what it goes into. */
static bool is_step(const cf_expr *expression)
{
    return expression->operator>= CF_JSON_STEP && expression->operator<= CF_JSON_BOOLEAN;
}

static void write_json(struct cf__pen *pen, const cf_expr *expression)
{
    const struct cf__scope *scope = pen->scope;
    struct cf__scope qualified = scope ? *scope : (struct cf__scope){ 0 };
    qualified.qualified = true;
    if (scope && pen->dialect->json_rows)
        pen->scope = &qualified;
    cf__pen_operand(pen, &expression->left, NULL, CF__LOOSE);
    pen->scope = scope;
}

/* A query that has a limit stands in the place of a table, where one that is compared may not have it. */
static void write_query(struct cf__pen *pen, const cf_expr *expression)
{
    bool limited = expression->query->limit || expression->query->offset;
    bool apart = limited && pen->dialect->limits_apart && cf__rules[expression->operator].binds == CF__BINDS_COMPARISON;
    if (apart)
        cf__pen_text(pen, "SELECT * FROM (");
    cf__pen_query(pen, expression->query);
    if (apart)
        cf__pen_text(pen, ") AS part");
}

static const char *const signs[] = {
    [CF_EQ] = "=", [CF_NE] = "<>", [CF_LT] = "<", [CF_LE] = "<=", [CF_GT] = ">", [CF_GE] = ">="
};

/* Which of the rows decides whether something is greater than all of them, or less than any. */
static const char *extreme_of(const cf_expr *expression)
{
    bool greater = expression->number == CF_GT || expression->number == CF_GE;
    return greater == (expression->operator== CF_OF_ALL) ? "max" : "min";
}

static void write_part(struct cf__pen *pen, const cf_expr *expression, char part, int inner)
{
    const struct cf_operand self = { .kind = CF_OPERAND_EXPRESSION, .expression = expression };
    switch (part) {
    case 'L':
        if (is_step(expression))
            write_json(pen, expression);
        else
            write_side(pen, expression, &expression->left, &expression->right, inner);
        break;
    case 'R':
        if (is_step(expression))
            cf__pen_spelt(pen, &expression->right, NULL,
                          expression->right.kind == CF_OPERAND_INTEGER ? pen->dialect->json_index
                                                                       : pen->dialect->json_key);
        else if (likes_value(pen, expression))
            write_like_value(pen, expression);
        else
            write_side(pen, expression, &expression->right, &expression->left, inner);
        break;
    case 'T':
        if (expression->operator== CF_BETWEEN)
            write_side(pen, expression, &expression->third, &expression->left, inner);
        else
            cf__pen_operand(pen, &expression->third, &self, inner);
        break;
    case 'A':
        if (is_membership(expression))
            write_list(pen, expression);
        else
            write_arguments(pen, expression, ", ", CF__LOOSE);
        break;
    case 'Q':
        write_query(pen, expression);
        break;
    case 'C':
    case 'X':
        cf__pen_text(pen, part == 'C' ? signs[expression->number] : extreme_of(expression));
        break;
    case 'N':
        cf__pen_integer(pen, expression->number);
        break;
    case 'E':
        cf__pen_text(pen, "1e");
        cf__pen_integer(pen, expression->operator== CF_CAST ? expression->like->scale : expression->number);
        break;
    case 'G':
        write_text(pen, expression->name);
        break;
    case 'I':
        cf__pen_name(pen, expression->name);
        break;
    case 'O':
        cf__pen_order(pen, expression->order, NULL, "ORDER BY ");
        break;
    case 'P':
        cf__pen_integer(pen, expression->like->length);
        break;
    default:
        cf__pen_integer(pen, expression->like->scale);
    }
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '%';
}

/* The first word of one letter that stands for a part. */
static const char *find_part(const char *pattern, const char *start)
{
    for (const char *at = pattern; *at; at++)
        if (strchr("LRTAQCXNEGIOPSW", *at) && !is_word(at[1]) && (at == start || !is_word(at[-1])))
            return at;
    return NULL;
}

static void write_pattern(struct cf__pen *pen, const cf_expr *expression, const char *pattern, int inner)
{
    const struct cf__behind behind = pen->behind;
    bool has_place = false;
    const char *at = pattern;
    cf__pen_note(pen, (uint64_t)(uintptr_t)pattern);
    pen->behind = (struct cf__behind){ 0 };
    for (const char *part; (part = find_part(at, pattern)); at = part + 1) {
        if (pen->sql)
            cf__buffer_add(pen->sql, at, (size_t)(part - at));
        if (*part != 'W')
            write_part(pen, expression, *part, inner);
        else
            write_behind(pen, behind);
        has_place = has_place || *part == 'W';
    }
    if (pen->sql)
        cf__buffer_string(pen->sql, at);
    if (!has_place)
        write_behind(pen, behind);
}

/* ---- Operators that are no pattern ------------------------------------------------------------------------------ */

static void write_combination(struct cf__pen *pen, const cf_expr *expression, const struct cf__rule *rule)
{
    cf__pen_note(pen, expression->count);
    for (size_t i = 0; i < expression->count; i++) {
        if (i)
            cf__pen_text(pen, rule->text);
        cf__pen_expression(pen, expression->items[i], rule->binds);
    }
}

static void write_case(struct cf__pen *pen, const cf_expr *expression)
{
    const struct cf_operand self = { .kind = CF_OPERAND_EXPRESSION, .expression = expression };
    cf__pen_text(pen, "CASE");
    for (size_t i = 0; i < expression->count; i++) {
        const struct cf_when *when = &expression->whens[i];
        if (!when->otherwise) {
            cf__pen_text(pen, " WHEN ");
            cf__pen_expression(pen, when->condition, CF__LOOSE);
            cf__pen_text(pen, " THEN ");
        } else {
            cf__pen_text(pen, " ELSE ");
        }
        cf__pen_operand(pen, &when->value, &self, CF__LOOSE);
    }
    cf__pen_text(pen, " END");
}

static void write_cast(struct cf__pen *pen, const cf_expr *expression)
{
    const struct cf_column *like = expression->like;
    const char *pattern = pen->dialect->casts ? (*pen->dialect->casts)[like->type] : NULL;
    if (pattern) {
        write_pattern(pen, expression, pattern, CF__TIGHT);
        return;
    }
    const struct cf_schema_column column = {
        .type = like->type, .length = like->length, .scale = like->scale, .labels = like->labels
    };
    cf__pen_text(pen, "CAST(");
    cf__pen_operand(pen, &expression->left, NULL, CF__LOOSE);
    cf__pen_text(pen, " AS ");
    cf__pen_words(pen, pen->dialect->type(&pen->context->head, NULL, &column));
    cf__pen_text(pen, ")");
}

static _Noreturn void refuse(const struct cf__pen *pen, const cf_expr *expression)
{
    static const char *const words[CF_OPERATORS_] = {
        [CF_REGEXP] = "regular expressions",
        [CF_ORDERED_GROUP_CONCAT] = "order in a cf_group_concat: sort what it gives, or leave .order_by out",
        [CF_DISTINCT_CONCAT] = "cf_distinct of a cf_group_concat: put the texts of a query together that is .distinct",
        [CF_ORDERED_DISTINCT_CONCAT] =
            "cf_distinct of a cf_group_concat: put the texts of a query together that is .distinct",
    };
    const char *what = words[expression->operator];
    cf_raise(CF_INTERNAL, "%s has no %s", pen->dialect->name, what ? what : "such operator");
}

/* Databases have ordered sets in groups or over windows, not in both. */
static void need_within_group(const struct cf__pen *pen)
{
    unsigned can = pen->dialect->capabilities & (CF_CAN_WITHIN_GROUP | CF_CAN_WITHIN_GROUP_OVER);
    unsigned needed = pen->behind.window ? CF_CAN_WITHIN_GROUP_OVER : CF_CAN_WITHIN_GROUP;
    if (can & needed)
        return;
    cf_raise(CF_INTERNAL, "%s has no WITHIN GROUP%s", pen->dialect->name,
             can & CF_CAN_WITHIN_GROUP        ? " over a window: say it without cf_over, of the groups of .group_by"
             : can & CF_CAN_WITHIN_GROUP_OVER ? " but over a window: say it in cf_over, of .partition_by"
                                              : ": read the values in their order and choose among them");
}

/* Where there is no FILTER, the aggregate is of a CASE that is NULL for the other rows. */
static void write_filtered(struct cf__pen *pen, const cf_expr *expression)
{
    const cf_expr *aggregate = expression->left.expression;
    bool of_rows = aggregate->operator== CF_COUNT_ROWS;
    const struct cf_operand one = { .kind = CF_OPERAND_INTEGER, .integer = 1 };
    if (pen->dialect->capabilities & CF_CAN_FILTER) {
        pen->behind.filter = expression->right.expression;
        cf__pen_expression(pen, aggregate, CF__TIGHT);
        return;
    }
    if (aggregate->operator== CF_FUNCTION || aggregate->operator== CF_WITHIN_GROUP)
        cf_raise(CF_INTERNAL, "%s has no FILTER for a cf_function: give it a cf_case", pen->dialect->name);
    const struct cf_when when = { .condition = expression->right.expression, .value = of_rows ? one : aggregate->left };
    const struct cf_expr chosen = {
        .operator= CF_CASE, .like = cf__like(&aggregate->left), .whens = &when, .count = 1
    };
    struct cf_expr emulated = *aggregate;
    emulated.operator= of_rows ? CF_COUNT_OF : aggregate->operator;
    emulated.left = (struct cf_operand){ .kind = CF_OPERAND_EXPRESSION, .expression = &chosen };
    cf__pen_expression(pen, &emulated, CF__TIGHT);
}

/* Decimals that a database keeps as texts it would round to doubles where it computes with them. */
static void need_exact(const struct cf__pen *pen, const cf_expr *expression)
{
    const struct cf_operand *operands[] = { &expression->left, &expression->right };
    bool computes = (expression->operator>= CF_PLUS && expression->operator<= CF_MODULO) ||
                    expression->operator== CF_SUM_OF || expression->operator== CF_AVG_OF ||
                    expression->
                    operator== CF_SUM_DISTINCT || expression->
                    operator== CF_AVG_DISTINCT || expression->
                    operator== CF_ABS || expression->
                    operator== CF_DECIMAL_ROUND;
    for (int i = 0; computes && i < 2; i++) {
        const struct cf_column *like = cf__like(operands[i]);
        if (like && like->type == CF_TYPE_NUMERIC && like->length > pen->dialect->exact_digits)
            cf_raise(CF_INTERNAL, "%s has %u digits: %s computes exactly with at most %u", like->name, like->length,
                     pen->dialect->name, pen->dialect->exact_digits);
    }
}

/* SQL of the program's own, its operands in the place of its question marks. */
static void write_own(struct cf__pen *pen, const cf_expr *expression)
{
    const char *text = expression->name, *at = text, *mark;
    size_t used = 0;
    cf__pen_text(pen, "(");
    for (; *(mark = cf__sql_find_mark(pen->dialect, text, at)); at = mark + 1) {
        cf__pen_words(pen, cf__copy_bytes(pen->context, at, (size_t)(mark - at)));
        if (mark[1] == '?') {
            cf__pen_words(pen, "?");
            mark++;
        } else if (used++ < expression->count) {
            cf__pen_operand(pen, &expression->values[used - 1], NULL, CF__TIGHT);
        }
    }
    cf__pen_words(pen, at);
    cf__pen_text(pen, ")");
    if (used != expression->count)
        cf_raise(CF_INTERNAL, "cf_sql_expression of \"%s\" was given %zu values for its %zu question marks", text,
                 expression->count, used);
}

static void write_within_group(struct cf__pen *pen, const cf_expr *expression)
{
    need_within_group(pen);
    pen->behind.within = expression->order;
    cf__pen_operand(pen, &expression->left, NULL, CF__TIGHT);
}

static void write_along(struct cf__pen *pen, const cf_expr *expression)
{
    cf__pen_along(pen, expression->along, expression->count ? expression->items[0] : NULL);
}

/* Rows that something is compared with are written with the comparison. */
static void refuse_rows(struct cf__pen *pen, const cf_expr *expression)
{
    (void)pen;
    const char *name = expression->operator== CF_ALL_ROWS ? "cf_all_rows" : "cf_any_row";
    cf_raise(CF_INTERNAL,
             "%s stands on the right side of cf_eq, cf_ne, cf_lt, cf_le, cf_gt or cf_ge, and nowhere else: a query of "
             "one row is "
             "a value by cf_scalar",
             name);
}

/* An aggregate is of the rows of its own query. */
static const char *pattern_of_rows(const struct cf__pen *pen, const cf_expr *expression, const char *spelt)
{
    bool all = expression->operator== CF_OF_ALL;
    const char *of_group = all ? pen->dialect->all_of_group : pen->dialect->any_of_group;
    if (!of_group || !cf__is_of_group(&expression->left))
        return spelt;
    if (expression->number == CF_EQ || expression->number == CF_NE)
        cf_raise(CF_INTERNAL,
                 "%s does not know whether an aggregate or a window function is equal to all rows of a query: compare "
                 "it with "
                 "cf_scalar of their cf_max_of and of their cf_min_of",
                 pen->dialect->name);
    return of_group;
}

static void write_bare(struct cf__pen *pen, const cf_expr *expression, const struct cf__rule *rule)
{
    static void (*const writers[CF_OPERATORS_])(struct cf__pen *, const cf_expr *) = {
        [CF_CASE] = write_case,
        [CF_CAST] = write_cast,
        [CF_FILTER] = write_filtered,
        [CF_SQL_EXPRESSION] = write_own,
        [CF_WITHIN_GROUP] = write_within_group,
        [CF_ALONG] = write_along,
        [CF_ALL_ROWS] = refuse_rows,
        [CF_ANY_ROW] = refuse_rows,
    };
    const char *spelt = pen->dialect->patterns ? (*pen->dialect->patterns)[expression->operator] : NULL;
    if (writers[expression->operator]) {
        writers[expression->operator](pen, expression);
        return;
    }
    if (likes_value(pen, expression))
        spelt = pen->dialect->like;
    switch (expression->operator) {
    case CF_AND:
    case CF_OR:
        write_combination(pen, expression, rule);
        return;
    case CF_NOT:
        cf__pen_text(pen, rule->text);
        cf__pen_expression(pen, expression->items[0], rule->inner);
        return;
    case CF_CONCAT:
        write_arguments(pen, expression, rule->text, rule->inner);
        return;
    case CF_OVER:
        pen->behind.window = expression->window;
        cf__pen_operand(pen, &expression->left, NULL, CF__TIGHT);
        return;
    case CF_IN:
    case CF_NOT_IN:
        if (expression->count == 0) { /* in no list: false, whatever the column holds */
            cf__pen_text(pen, expression->operator== CF_IN ? "1 = 0" : "1 = 1");
            return;
        }
        break;
    case CF_FUNCTION:
        cf__pen_words(pen, expression->name);
        break;
    case CF_OF_ALL:
    case CF_OF_ANY:
        spelt = pattern_of_rows(pen, expression, spelt);
        break;
    case CF_ORDERED_GROUP_CONCAT:
        if (!(pen->dialect->capabilities & CF_CAN_ORDER_AGGREGATES))
            refuse(pen, expression);
        break;
    default:
        break;
    }
    if (!spelt && !rule->text)
        refuse(pen, expression);
    if (pen->dialect->exact_digits)
        need_exact(pen, expression);
    write_pattern(pen, expression, spelt ? spelt : rule->text, rule->inner);
}

/* Conditions that stand side by side, and those on the rows of another table, say nothing of each other's values. */
static bool keeps_apart(enum cf_operator operator)
{
    return operator== CF_AND || operator== CF_OR || operator== CF_NOT || operator== CF_ALONG || operator== CF_EXISTS;
}

/* In parentheses where it binds less tightly than it must. Values beside a hidden column are hidden with it. */
void cf__pen_expression(struct cf__pen *pen, const cf_expr *expression, int outer)
{
    if (pen->grouping && cf__pen_grouped(pen, expression, outer))
        return;
    const struct cf__rule *rule = &cf__rules[expression->operator];
    bool parentheses = rule->binds < outer, met_hidden = pen->met_hidden;
    size_t first = cf__pen_values(pen);
    cf__pen_note(pen, (uint64_t)expression->operator+ 64);
    pen->met_hidden = false;
    if (parentheses)
        cf__pen_text(pen, "(");
    write_bare(pen, expression, rule);
    if (parentheses)
        cf__pen_text(pen, ")");
    if (pen->met_hidden && !keeps_apart(expression->operator))
        cf__pen_hide(pen, first);
    pen->met_hidden = pen->met_hidden || met_hidden;
}

/* ---- Order ------------------------------------------------------------------------------------------------------ */

/* What stands in the select list is named by its field there: values in it would otherwise be values of their own, which
 * a database cannot know to be the same. */
static void write_ordered(struct cf__pen *pen, const struct cf_operand *operand, const struct cf_subquery *query)
{
    size_t fields = query && query->expressions && operand->kind == CF_OPERAND_EXPRESSION ? query->shape->count : 0;
    for (size_t i = 0; i < fields; i++) {
        if (query->expressions[i] != operand->expression || operand->expression->operator== CF_AS_COLUMN)
            continue;
        cf__pen_name(pen, cf__column_name(&query->shape->columns[i]));
        return;
    }
    cf__pen_operand(pen, operand, NULL, CF__BINDS_COMPARISON + 1);
}

/* A value that is the same for all rows orders nothing, and MariaDB would take an integer for the number of a column. */
static bool is_constant(const struct cf_operand *operand)
{
    if (operand->kind != CF_OPERAND_EXPRESSION || operand->expression->operator!= CF_LITERAL)
        return false;
    enum cf_operand_kind kind = operand->expression->left.kind;
    return kind != CF_OPERAND_COLUMN && kind != CF_OPERAND_EXPRESSION;
}

/* Databases do not agree whether NULL comes first: it is said wherever it matters. A column that is not Nullable may be NULL
 * behind an outer join. */
void cf__pen_order(struct cf__pen *pen, const struct cf_order_list *list, const struct cf_subquery *query,
                   const char *before)
{
    for (size_t i = 0; list && i < 8 && list->items[i].operand.kind != CF_OPERAND_NULL; i++) {
        const struct cf_order *order = &list->items[i];
        bool nulls = order->nulls_first || may_be_null(pen, &order->operand);
        if (is_constant(&order->operand))
            continue;
        cf__pen_text(pen, before);
        before = ", ";
        if (nulls && !pen->dialect->nulls_last) {
            write_ordered(pen, &order->operand, query);
            cf__pen_text(pen, order->nulls_first ? " IS NOT NULL, " : " IS NULL, ");
        }
        write_ordered(pen, &order->operand, query);
        if (order->descending)
            cf__pen_text(pen, " DESC");
        if (nulls && pen->dialect->nulls_last)
            cf__pen_text(pen, order->nulls_first ? " NULLS FIRST" : " NULLS LAST");
    }
}
