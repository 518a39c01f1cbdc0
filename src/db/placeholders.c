/* SPDX-License-Identifier: MIT
 *
 * The SQL is read once, word by word: quoted texts and names, comments and (where placeholders are numbered) texts in
 * dollars are copied as they are, and what is left of `?` and `:name` are placeholders. `::`, which casts, and `??`,
 * which stands for an operator, are none.
 */
#include "placeholders.h"

#include <ctype.h>
#include <string.h>

#include <carafe/error.h>

struct binding {
    const struct cf_dialect *dialect;
    struct cf__buffer sql;
    const struct cf_values *given; /* NULL: `?` are numbered, whatever stands for them */
    bool *used;                    /* of each given value */
    struct cf_operand *values;
    size_t count, capacity;
};

static bool is_letter(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* ---- What is copied as it is: the end of the word that begins at `at`, or `at` ------------------------------------- */

/* A quotation; its quote written twice begins the next, to the same effect. Of E'…' a backslash escapes. */
static const char *skip_quoted(const char *at, bool escapes)
{
    char quote = *at++;
    while (*at && *at != quote)
        at += escapes && *at == '\\' && at[1] ? 2 : 1;
    return *at ? at + 1 : at;
}

static const char *skip_comment(const char *at, bool nests)
{
    int depth = 0;
    do {
        bool opens = at[0] == '/' && at[1] == '*', closes = at[0] == '*' && at[1] == '/';
        if (opens && (nests || depth == 0))
            depth++;
        depth -= closes;
        at += opens || closes ? 2 : 1;
    } while (*at && depth);
    return at;
}

/* $tag$ … $tag$ */
static const char *skip_dollars(const char *at)
{
    const char *end = at + 1;
    while (is_letter(*end))
        end++;
    if (*end != '$' || isdigit((unsigned char)at[1]))
        return at;
    size_t size = (size_t)(end + 1 - at);
    for (const char *close = end + 1; *close; close++)
        if (strncmp(close, at, size) == 0)
            return close + size;
    return at + strlen(at);
}

static const char *skip(const struct cf_dialect *dialect, const char *text, const char *at)
{
    bool numbered = dialect->numbered_placeholders;
    bool after_e = at > text && (at[-1] == 'E' || at[-1] == 'e') && (at - text < 2 || !is_letter(at[-2]));
    if (*at == '\'' || *at == '"' || *at == '`')
        return skip_quoted(at, *at == '\'' && after_e && numbered);
    if (at[0] == '-' && at[1] == '-')
        return at + strcspn(at, "\n");
    if (at[0] == '/' && at[1] == '*')
        return skip_comment(at, numbered);
    if (*at == '$' && numbered && (at == text || !is_letter(at[-1])))
        return skip_dollars(at);
    return at[0] == ':' && (at[1] == ':' || at[1] == '=') ? at + 2 : at;
}

/* ---- Placeholders ----------------------------------------------------------------------------------------------- */

static void add_value(struct binding *binding, const struct cf_operand *value)
{
    if (binding->count == binding->capacity) {
        size_t capacity = binding->capacity ? binding->capacity * 2 : 8, size = sizeof *value;
        binding->values = cf__resize(binding->sql.context, binding->values, binding->capacity * size, capacity * size);
        binding->capacity = capacity;
    }
    binding->values[binding->count++] = *value;
}

/* The end of ":name", for which a value stands. */
static const char *bind_name(struct binding *binding, const char *at)
{
    const struct cf_values *given = binding->given;
    size_t size = 0;
    while (is_letter(at[1 + size]))
        size++;
    for (size_t i = 0; i < given->count; i++) {
        const struct cf_sql_value *value = &given->items[i];
        if (strlen(value->name) != size || memcmp(value->name, at + 1, size) != 0)
            continue;
        binding->used[i] = true;
        add_value(binding, &value->value);
        cf__buffer_char(&binding->sql, '?');
        return at + 1 + size;
    }
    cf_raise(CF_INTERNAL, "the SQL has a :%.*s, for which no value was given", (int)size, at + 1);
}

/* "?" as the next number, "??" as a question mark. */
static const char *bind_mark(struct binding *binding, const char *at)
{
    if (at[1] == '?') {
        cf__buffer_char(&binding->sql, '?');
        return at + 2;
    }
    cf__sql_placeholder(&binding->sql, binding->dialect, ++binding->count);
    return at + 1;
}

static void bind(struct binding *binding, const char *text)
{
    bool named = binding->given;
    for (const char *at = text, *end; *at; at = end) {
        end = skip(binding->dialect, text, at);
        if (end > at) {
            cf__buffer_add(&binding->sql, at, (size_t)(end - at));
        } else if (named && *at == ':' && isalpha((unsigned char)at[1]) && (at == text || !is_letter(at[-1]))) {
            end = bind_name(binding, at);
        } else if (!named && *at == '?') {
            end = bind_mark(binding, at);
        } else {
            cf__buffer_char(&binding->sql, *at);
            end = at + 1;
        }
    }
}

static bool all_named(const struct cf_values *values)
{
    size_t named = 0;
    for (size_t i = 0; i < values->count; i++)
        named += values->items[i].name != NULL;
    if (named && named < values->count)
        cf_raise(CF_INTERNAL, "the values of SQL are all named (cf_value) or none is");
    return named;
}

static struct cf__bound_sql bind_in_order(struct cf__context *context, const char *text, const struct cf_values *values)
{
    struct cf_operand *operands = cf__take(context, (values->count + 1) * sizeof *operands);
    for (size_t i = 0; i < values->count; i++)
        operands[i] = values->items[i].value;
    return (struct cf__bound_sql){ text, operands, values->count };
}

struct cf__bound_sql cf__sql_bind(struct cf__context *context, const struct cf_dialect *dialect, const char *text,
                                  const struct cf_values *values)
{
    if (!all_named(values))
        return bind_in_order(context, text, values);
    struct binding binding = { .dialect = dialect,
                               .sql = cf__buffer_new(context, CF__CAP_SQL, "a statement"),
                               .given = values,
                               .used = cf__take(context, values->count * sizeof(bool)) };
    memset(binding.used, 0, values->count * sizeof(bool));
    bind(&binding, text);
    for (size_t i = 0; i < values->count; i++)
        if (!binding.used[i])
            cf_raise(CF_INTERNAL, "a value was given for :%s, which the SQL does not have", values->items[i].name);
    return (struct cf__bound_sql){ cf__buffer_text(&binding.sql), binding.values, binding.count };
}

const char *cf__sql_number(struct cf__context *context, const struct cf_dialect *dialect, const char *text,
                           size_t *count)
{
    struct binding binding = { .dialect = dialect, .sql = cf__buffer_new(context, CF__CAP_SQL, "a statement") };
    *count = 0;
    if (!dialect->numbered_placeholders || !strchr(text, '?'))
        return text;
    bind(&binding, text);
    *count = binding.count;
    return cf__buffer_text(&binding.sql);
}

const char *cf__sql_find_mark(const struct cf_dialect *dialect, const char *text, const char *at)
{
    while (*at && *at != '?') {
        const char *end = skip(dialect, text, at);
        at = end > at ? end : at + 1;
    }
    return at;
}

static struct cf_operand operand_of(const struct cf_named *named)
{
    switch (named->kind) {
#define OPERAND(kind_, type, tag) \
    case CF_NAMED_##tag:          \
        return (struct cf_operand){ .kind = CF_OPERAND_##tag, .kind_ = named->kind_ };
        CF_NAMED_KINDS(OPERAND)
#undef OPERAND
    case CF_NAMED_TEXT:
        return (struct cf_operand){ .kind = CF_OPERAND_TEXT, .text = named->text };
    case CF_NAMED_BYTES:
        return (struct cf_operand){ .kind = CF_OPERAND_BYTES, .bytes = named->bytes };
    default:
        return (struct cf_operand){ .kind = CF_OPERAND_NULL };
    }
}

struct cf_sql_value cf_sql_named_(struct cf_named named)
{
    return (struct cf_sql_value){ named.name, operand_of(&named) };
}
