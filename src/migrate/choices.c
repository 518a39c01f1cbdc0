/* SPDX-License-Identifier: MIT
 *
 * The check of `create_constraint`, found again in an existing database, which tells it in words of its own:
 *
 *     state IN ('draft', 'gone')
 *     ((state)::text = ANY ((ARRAY['draft'::character varying, 'gone'::character varying])::text[]))
 *
 * Parentheses, commas and casts say nothing here: a name, one of two phrases and texts up to the end are such a check, and
 * whatever else there is makes it another.
 */
#include "reflect.h"

#include <ctype.h>
#include <strings.h>

#include "../db/names.h"

/* Past what says nothing: ", ", "::character varying", "::text[]". */
static const char *skip(const char *at)
{
    static const char silent[] = " \n()[],";
    for (;;) {
        at += strspn(at, silent);
        if (strncmp(at, "::", 2) != 0)
            return at;
        at += strncmp(at + 2, "character varying", 17) == 0 ? 19 : 2;
        while (isalnum((unsigned char)*at) || *at == '_')
            at++;
    }
}

/* What stands between quotes, in which one of them is two; NULL where nothing is quoted so. */
static const char *take_quoted(cf_context *context, const char **at, char quote)
{
    const char *from = *at;
    char *text = cf_alloc(context, strlen(from) + 1);
    size_t size = 0;
    if (*from != quote)
        return NULL;
    for (from++; *from && (*from != quote || from[1] == quote); from++) {
        text[size++] = *from;
        from += *from == quote;
    }
    *at = skip(*from ? from + 1 : from);
    text[size] = '\0';
    return text;
}

static bool take(const char **at, const char *word)
{
    size_t size = strlen(word);
    bool is_word = isalnum((unsigned char)*word), goes_on = isalnum((unsigned char)(*at)[size]) || (*at)[size] == '_';
    if (strncasecmp(*at, word, size) != 0 || (is_word && goes_on))
        return false;
    *at = skip(*at + size);
    return true;
}

/* NULL where the check is another. */
static const char *const *labels_of(cf_context *context, const char *sql, const char *column)
{
    const char *at = skip(sql), *label, *name = take_quoted(context, &at, '"');
    const char **labels = cf_alloc(context, (strlen(sql) / 2 + 2) * sizeof *labels);
    size_t count = 0;
    if (name ? strcmp(name, column) != 0 : !take(&at, column))
        return NULL;
    if (!take(&at, "IN") && !(take(&at, "=") && take(&at, "ANY") && take(&at, "ARRAY")))
        return NULL;
    while ((label = take_quoted(context, &at, '\'')))
        labels[count++] = label;
    labels[count] = NULL;
    return count && !*at ? labels : NULL;
}

/* The type that Choices has is as long as the longest of them. */
static bool fits(const struct cf_schema_column *column, const struct cf_schema_column *choices)
{
    size_t longest = 0;
    for (size_t i = 0; choices->labels[i]; i++)
        longest = strlen(choices->labels[i]) > longest ? strlen(choices->labels[i]) : longest;
    return longest == column->length &&
           (column->default_kind != CF_DEFAULT_LITERAL || cf__spell_literal(choices, column->default_text));
}

void cf__settle_choices(struct cf__reflected *reflected)
{
    cf_context *context = &reflected->left.context->head;
    for (size_t i = 0; i < reflected->table->column_count; i++) {
        struct cf_schema_column *column = &reflected->table->columns[i], choices = *column;
        struct cf_column *item = &reflected->items.items[i];
        if (!item->check || column->type != CF_TYPE_STRING || column->sql_type)
            continue;
        choices.type = CF_TYPE_CHOICES;
        choices.labels = labels_of(context, item->check, column->name);
        if (!choices.labels || !fits(column, &choices))
            continue;
        *column = choices;
        item->check = NULL;
        item->create_constraint = true;
    }
}
