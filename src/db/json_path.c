/* SPDX-License-Identifier: MIT
 *
 * Paths into JSON. A path is a chain of steps, each of what the one before it has found: keys and indexes are values beside
 * it rather than a text in the database's own language of paths, of which each has another, and whose quotes keys would have
 * to be kept from. The last step says what is wanted of its value.
 */
#include <inttypes.h>

#include <carafe/error.h>

#include "expression.h"

enum { MOST_STEPS = 8 };

static void need_step(const struct cf_operand *step)
{
    if (step->kind == CF_OPERAND_TEXT && !step->text)
        cf_raise(CF_INTERNAL, "a step into JSON is a NULL text: it is a key or an index");
    if (step->kind == CF_OPERAND_INTEGER && (step->integer < 0 || step->integer >= INT32_MAX))
        cf_raise(CF_INTERNAL, "a step into JSON is the index %" PRId64 ": they begin with 0", step->integer);
}

/* What an index goes into must be an array, which one database would make of anything. */
static cf_expr *step_into(enum cf_operator operator, const cf_expr * json, struct cf_operand step)
{
    const struct cf_column *like = json->like;
    need_step(&step);
    if (step.kind == CF_OPERAND_INTEGER)
        json = cf__expression_make(CF_JSON_ARRAY, like, cf__as_operand(json));
    cf_expr *expression = cf__expression_make(operator, like, cf__as_operand(json));
    cf__expression_right(expression, cf__kept_value(step, &step));
    return expression;
}

static const struct cf_column *like_of_end(enum cf_operator operator, const struct cf_column * json)
{
    static const enum cf_operand_kind kinds[CF_OPERATORS_] = {
        [CF_JSON_TEXT] = CF_OPERAND_TEXT,
        [CF_JSON_INTEGER] = CF_OPERAND_INTEGER,
        [CF_JSON_NUMBER] = CF_OPERAND_NUMBER,
        [CF_JSON_BOOLEAN] = CF_OPERAND_BOOLEAN,
    };
    return kinds[operator] ? cf__value_like(kinds[operator]) : json;
}

cf_expr *cf_json_path_(enum cf_operator operator, struct cf_operand json, size_t count, const struct cf_operand *steps)
{
    static const struct cf_column json_like = { .name = "JSON", .type = CF_TYPE_JSON };
    const struct cf_column *like = cf__like_of(&json);
    if (!like || like->type != CF_TYPE_JSON)
        cf_raise(CF_INTERNAL, "a path into JSON is of a Json column, not of what is like %s: cf_cast it to Json",
                 like ? like->name : "nothing known");
    if (count > MOST_STEPS)
        cf_raise(CF_INTERNAL, "a path into JSON has at most %d steps, not %zu", MOST_STEPS, count);
    cf_expr *expression = cf__expression_make(CF_JSON_ROOT, &json_like, json);
    for (size_t i = 0; i + 1 < count; i++)
        expression = step_into(CF_JSON_STEP, expression, steps[i]);
    expression = step_into(operator, expression, steps[count - 1]);
    expression->like = like_of_end(operator, & json_like);
    return expression;
}
