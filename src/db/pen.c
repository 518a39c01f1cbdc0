/* SPDX-License-Identifier: MIT
 *
 * What a pen does with single words: see pen.h.
 */
#include "pen.h"

#include <string.h>

#include <carafe/error.h>

#include "../base/random.h"
#include "shape.h"

void cf__pen_words(struct cf__pen *pen, const char *text)
{
    if (pen->sql)
        cf__buffer_string(pen->sql, text);
    else
        cf__pen_note(pen, cf__hash(text, strlen(text), 0));
}

void cf__pen_name(struct cf__pen *pen, const char *name)
{
    if (pen->sql)
        cf__sql_identifier(pen->sql, pen->dialect, name);
    else
        cf__pen_note(pen, cf__hash(name, strlen(name), 1));
}

void cf__pen_integer(struct cf__pen *pen, int64_t value)
{
    if (pen->sql)
        cf__buffer_integer(pen->sql, value);
    else
        cf__pen_note(pen, (uint64_t)value);
}

/* ---- Values ----------------------------------------------------------------------------------------------------- */

void cf__refuse_parameters(size_t count, const char *table)
{
    cf_raise(CF_INTERNAL,
             "a query on %s has %zu values, a statement takes at most %d: ask in parts, or by a table of these values",
             table, count, CF__MOST_PARAMETERS);
}

static void add_parameter(struct cf__pen *pen, const struct cf_operand *value, const struct cf_column *column)
{
    struct cf__parameters *parameters = pen->parameters;
    if (parameters->count == parameters->capacity) {
        if (parameters->count >= 2 * (size_t)CF__MOST_PARAMETERS) /* no need to list them all to refuse them */
            cf__refuse_parameters(parameters->count, pen->scope ? pen->scope->sources[0].name : "a table");
        size_t capacity = parameters->capacity ? parameters->capacity * 2 : 8, size = sizeof *parameters->items;
        parameters->items = cf__resize(pen->context, parameters->items, parameters->capacity * size, capacity * size);
        parameters->capacity = capacity;
    }
    parameters->items[parameters->count++] = (struct cf_parameter){ .value = *value, .column = column };
}

void cf__pen_hide(struct cf__pen *pen, size_t first)
{
    for (size_t i = first; !pen->sql && i < pen->parameters->count; i++)
        pen->parameters->items[i].hidden = true;
}

/* A column gives a decimal that is compared with it its own type; elsewhere the dialect may have to say what it is. */
static const char *spelling_of(const struct cf__pen *pen, const struct cf_operand *value, bool beside_column)
{
    return value->kind == CF_OPERAND_DECIMAL && !beside_column ? pen->dialect->decimal_value : NULL;
}

void cf__pen_value(struct cf__pen *pen, const struct cf_operand *value, const struct cf_column *like,
                   bool beside_column)
{
    cf__pen_spelt(pen, value, like, spelling_of(pen, value, beside_column));
}

void cf__pen_spelt(struct cf__pen *pen, const struct cf_operand *value, const struct cf_column *like,
                   const char *spelling)
{
    if (!pen->sql) {
        cf__pen_note(pen, 1 + value->kind * 2 + (spelling != NULL));
        if (!pen->again)
            add_parameter(pen, value, like);
        return;
    }
    const char *mark = spelling ? strchr(spelling, '?') : NULL;
    if (mark)
        cf__buffer_add(pen->sql, spelling, (size_t)(mark - spelling));
    cf__sql_placeholder(pen->sql, pen->dialect, pen->again ? pen->again++ : ++pen->placeholders);
    if (mark)
        cf__buffer_string(pen->sql, mark + 1);
}

/* ---- Columns ---------------------------------------------------------------------------------------------------- */

const struct cf__source *cf__find_source(const struct cf__scope *scope, const struct cf_model *model)
{
    for (; scope; scope = scope->outer)
        for (size_t i = 0; i < scope->count; i++)
            if (scope->sources[i].model == model)
                return &scope->sources[i];
    return NULL;
}

/* An alias lives as long as a request: its columns are noted by its name and the declared one. */
static void note_column(struct cf__pen *pen, const struct cf_column *column)
{
    const struct cf_alias *alias = column->model->alias;
    if (alias) {
        cf__pen_note(pen, cf__hash(alias->name, strlen(alias->name), 2));
        column = &alias->of->columns[column - column->model->columns];
    }
    cf__pen_note(pen, (uint64_t)(uintptr_t)column);
}

void cf__pen_column_of(struct cf__pen *pen, const struct cf__source *source, const struct cf_column *column)
{
    if (!pen->sql) {
        note_column(pen, column);
        return;
    }
    if (pen->scope->qualified) {
        cf__sql_identifier(pen->sql, pen->dialect, source->name);
        cf__buffer_char(pen->sql, '.');
    }
    cf__sql_identifier(pen->sql, pen->dialect, cf__column_name(column));
}

void cf__pen_column(struct cf__pen *pen, const struct cf_column *column)
{
    pen->met_hidden = pen->met_hidden || column->hidden;
    const struct cf__source *source = cf__find_source(pen->scope, column->model);
    if (!source)
        cf_raise(CF_INTERNAL, "%s.%s does not belong to this query, which is on %s", column->model->name, column->name,
                 pen->scope->count ? pen->scope->sources[0].model->name : "no table");
    cf__pen_column_of(pen, source, column);
}
