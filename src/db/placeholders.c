/* SPDX-License-Identifier: MIT
 *
 * The SQL is read once, word by word: quoted texts and names, comments and (where placeholders are numbered) texts in
 * dollars are copied as they are, and what is left of `?` and `:name` are placeholders. `::`, which casts, and `??`,
 * which stands for an operator, are none.
 */
#include "placeholders.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include <carafe/error.h>

#include "shape.h"

struct binding {
    const struct cf_dialect *dialect;
    struct cf__buffer sql;
    const char *text;
    const struct cf_values *given; /* NULL: `?` are numbered, whatever stands for them */
    bool named;                    /* values are */
    size_t next;                   /* of them, where not */
    bool *used;                    /* of each given value */
    const struct cf_model *fields; /* whose fields stand for names instead */
    struct cf_operand *values;     /* CF_OPERAND_COLUMN: of fields */
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

/* ---- Lists ------------------------------------------------------------------------------------------------------ */

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

/* Where a list of values may stand: what is there from "IN" or "NOT IN" on, up to behind the parenthesis. */
struct membership {
    const char *begin, *end;
    bool negated;
};

/* The word of letters that ends before `at`, white space left out, if it is this one; else NULL. */
static const char *word_before(const char *text, const char *at, const char *word)
{
    size_t size = strlen(word);
    while (at > text && isspace((unsigned char)at[-1]))
        at--;
    bool is_word = (size_t)(at - text) >= size && strncasecmp(at - size, word, size) == 0;
    return is_word && ((size_t)(at - text) == size || !is_letter(at[-(ptrdiff_t)size - 1])) ? at - size : NULL;
}

static struct membership find_membership(const char *text, const char *at, const char *end)
{
    const char *open = at;
    while (open > text && isspace((unsigned char)open[-1]))
        open--;
    end += strspn(end, " \t\r\n");
    const char *in = open > text && open[-1] == '(' && *end == ')' ? word_before(text, open - 1, "IN") : NULL;
    if (!in)
        cf_raise(CF_INTERNAL, "a list of values stands alone in the parentheses behind IN: \"id IN (?)\"");
    const char *not = word_before(text, in, "NOT");
    return (struct membership){ not ? not : in, end + 1, not };
}

static struct cf_operand *items_of(struct binding *binding, const struct cf_list *list)
{
    struct cf_operand *items = cf__take(binding->sql.context, list->count * sizeof *items);
    for (size_t i = 0; i < list->count; i++) {
        const struct cf_named item = cf_list_item_(list, i);
        if (item.kind == CF_NAMED_NULL)
            cf_raise(CF_INTERNAL, "a list of values has a NULL, which is equal to nothing");
        items[i] = operand_of(&item);
    }
    return items;
}

/* How thousands of values are one, or NULL. */
static const char *list_pattern(const struct binding *binding, const struct cf_list *list)
{
    static const enum cf_type types[] = {
        [CF_NAMED_INTEGER] = CF_TYPE_INTEGER, [CF_NAMED_TEXT] = CF_TYPE_TEXT, [CF_NAMED_UUID] = CF_TYPE_UUID
    };
    bool has_type = list->kind == CF_NAMED_INTEGER || list->kind == CF_NAMED_TEXT || list->kind == CF_NAMED_UUID;
    bool is_long = list->count > CF__LONGEST_LIST && binding->dialect->lists && has_type;
    return is_long ? (*binding->dialect->lists)[types[list->kind]] : NULL;
}

/* As many placeholders as a condition of the builder would have (compile.c), so that lists of all lengths have few statements. */
static void write_items(struct binding *binding, const struct cf_list *list)
{
    const struct cf_operand *items = items_of(binding, list);
    const char *pattern = list_pattern(binding, list);
    if (pattern) {
        const struct cf_operand json = cf__list_as_json(binding->sql.context, items, list->count);
        add_value(binding, &json);
        cf__buffer_string(&binding->sql, pattern);
        return;
    }
    size_t padded = cf__padded_count(list->count);
    if (binding->count + padded > CF__MOST_PARAMETERS)
        cf_raise(CF_INTERNAL, "a list has %zu values, a statement takes at most %d: ask in parts", list->count,
                 CF__MOST_PARAMETERS);
    for (size_t i = 0; i < padded; i++) {
        cf__buffer_string(&binding->sql, i ? ", ?" : "?");
        add_value(binding, &items[i < list->count ? i : list->count - 1]);
    }
}

/* A list in the place of the placeholder from `at` to `end`; gives the end of what it has written. */
static const char *bind_list(struct binding *binding, const struct cf_list *list, const char *at, const char *end)
{
    const struct membership membership = find_membership(binding->text, at, end);
    const struct cf_dialect *dialect = binding->dialect;
    const char *nothing = membership.negated ? dialect->not_in_nothing : dialect->in_nothing;
    if (list->count) {
        write_items(binding, list);
        return end;
    }
    binding->sql.size -= (size_t)(at - membership.begin); /* was copied as it is */
    if (nothing)
        cf__buffer_string(&binding->sql, nothing);
    else
        cf__buffer_format(&binding->sql, "%s (SELECT 1 WHERE 1 = 0)", membership.negated ? "NOT IN" : "IN");
    return membership.end;
}

/* ---- Values ----------------------------------------------------------------------------------------------------- */

/* A given value in the place of the placeholder from `at` to `end`. */
static const char *bind_given(struct binding *binding, size_t index, const char *at, const char *end)
{
    const struct cf_sql_value *value = &binding->given->items[index];
    binding->used[index] = true;
    if (value->list.kind)
        return bind_list(binding, &value->list, at, end);
    add_value(binding, &value->value);
    cf__buffer_char(&binding->sql, '?');
    return end;
}

static _Noreturn void refuse_field(const struct binding *binding, const char *name, size_t size)
{
    const struct cf_model *model = binding->fields;
    struct cf__buffer names = cf__buffer_new(binding->sql.context, CF__CAP_OUTPUT, "names of fields");
    for (size_t i = 0; i < model->count; i++)
        if (model->columns[i].type < CF_TYPE_COUNT_)
            cf__buffer_format(&names, "%s%s", names.size ? ", " : "", model->columns[i].name);
    cf_raise(CF_INTERNAL, "the SQL has a :%.*s, and %s no such field: it has %s", (int)size, name, model->name,
             cf__buffer_text(&names));
}

/* The same, for which the field of that name stands. */
static const char *bind_field(struct binding *binding, const char *name, size_t size)
{
    const struct cf_model *model = binding->fields;
    for (size_t i = 0; i < model->count; i++) {
        const struct cf_column *column = &model->columns[i];
        if (column->type >= CF_TYPE_COUNT_ || strlen(column->name) != size || memcmp(column->name, name, size) != 0)
            continue;
        add_value(binding, &(struct cf_operand){ .kind = CF_OPERAND_COLUMN, .column = column });
        cf__buffer_char(&binding->sql, '?');
        return name + size;
    }
    refuse_field(binding, name, size);
}

/* The end of ":name", for which a value stands. */
static const char *bind_name(struct binding *binding, const char *at)
{
    const struct cf_values *given = binding->given;
    size_t size = 0;
    while (is_letter(at[1 + size]))
        size++;
    if (binding->fields)
        return bind_field(binding, at + 1, size);
    for (size_t i = 0; i < given->count; i++) {
        const struct cf_sql_value *value = &given->items[i];
        if (strlen(value->name) == size && memcmp(value->name, at + 1, size) == 0)
            return bind_given(binding, i, at, at + 1 + size);
    }
    cf_raise(CF_INTERNAL, "the SQL has a :%.*s, for which no value was given", (int)size, at + 1);
}

/* "?", for which the next value stands; "??" is for who numbers them. */
static const char *bind_next(struct binding *binding, const char *at)
{
    if (binding->dialect->numbered_placeholders && at[1] == '?') {
        cf__buffer_string(&binding->sql, "??");
        return at + 2;
    }
    if (binding->next == binding->given->count)
        cf_raise(CF_INTERNAL, "the statement takes more than the %zu values that were given: %s", binding->next,
                 binding->text);
    return bind_given(binding, binding->next++, at, at + 1);
}

/* "?" as the next number, "??" as a question mark. */
static const char *bind_mark(struct binding *binding, const char *at)
{
    if (binding->given)
        return bind_next(binding, at);
    if (at[1] == '?') {
        cf__buffer_char(&binding->sql, '?');
        return at + 2;
    }
    cf__sql_placeholder(&binding->sql, binding->dialect, ++binding->count);
    return at + 1;
}

/* "?" where fields have names: only "??" is an operator. */
static const char *copy_mark(struct binding *binding, const char *at)
{
    if (!binding->dialect->numbered_placeholders || at[1] != '?')
        cf_raise(CF_INTERNAL, "each value is a :name of a field of %s, and the SQL has a ?: %s", binding->fields->name,
                 binding->text);
    cf__buffer_string(&binding->sql, "??");
    return at + 2;
}

static void bind(struct binding *binding, const char *text)
{
    bool named = binding->named;
    binding->text = text;
    for (const char *at = text, *end; *at; at = end) {
        end = skip(binding->dialect, text, at);
        if (end > at) {
            cf__buffer_add(&binding->sql, at, (size_t)(end - at));
        } else if (named && *at == ':' && isalpha((unsigned char)at[1]) && (at == text || !is_letter(at[-1]))) {
            end = bind_name(binding, at);
        } else if (!named && *at == '?') {
            end = bind_mark(binding, at);
        } else if (binding->fields && *at == '?') {
            end = copy_mark(binding, at);
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

static bool has_list(const struct cf_values *values)
{
    for (size_t i = 0; i < values->count; i++)
        if (values->items[i].list.kind)
            return true;
    return false;
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
    bool named = all_named(values);
    if (!named && !has_list(values))
        return bind_in_order(context, text, values);
    struct binding binding = { .dialect = dialect,
                               .sql = cf__buffer_new(context, CF__CAP_SQL, "a statement"),
                               .given = values,
                               .named = named,
                               .used = cf__take(context, values->count * sizeof(bool)) };
    memset(binding.used, 0, values->count * sizeof(bool));
    bind(&binding, text);
    for (size_t i = 0; i < values->count; i++)
        if (!binding.used[i] && named)
            cf_raise(CF_INTERNAL, "a value was given for :%s, which the SQL does not have", values->items[i].name);
    if (!named && binding.next < values->count)
        cf_raise(CF_INTERNAL, "the statement takes %zu values, %zu were given: %s", binding.next, values->count, text);
    return (struct cf__bound_sql){ cf__buffer_text(&binding.sql), binding.values, binding.count };
}

struct cf__fields_sql cf__sql_bind_fields(struct cf__context *context, const struct cf_dialect *dialect,
                                          const char *text, const struct cf_model *model)
{
    struct binding binding = {
        .dialect = dialect, .sql = cf__buffer_new(context, CF__CAP_SQL, "a statement"), .named = true, .fields = model
    };
    bind(&binding, text);
    if (!binding.count)
        cf_raise(CF_INTERNAL, "the SQL has no :name of a field of %s: %s", model->name, text);
    const struct cf_column **columns = cf__take(context, binding.count * sizeof *columns);
    for (size_t i = 0; i < binding.count; i++)
        columns[i] = binding.values[i].column;
    return (struct cf__fields_sql){ cf__buffer_text(&binding.sql), columns, binding.count };
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

struct cf_sql_value cf_sql_named_(struct cf_named named)
{
    return (struct cf_sql_value){ .name = named.name,
                                  .value = operand_of(&named),
                                  .list = named.kind == CF_NAMED_LIST ? named.list : (struct cf_list){ 0 } };
}
