/* SPDX-License-Identifier: MIT
 *
 * Rules are parsed once, while the application is built and outside of any fiber, so this file raises nothing: each
 * step returns NULL or a sentence about what is wrong, which the router completes with the rule. Converters are a
 * table; their arguments another.
 */
#include "rule.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <carafe/types.h>

#include "../text/number.h"
#include "../text/url.h"

/* ---- Converters ------------------------------------------------------------------------------------------------- */

static bool accepts_string(const struct cf__arguments *arguments, const char *text, size_t size)
{
    int64_t length = 0; /* in characters: continuation bytes do not count */
    for (size_t i = 0; i < size; i++)
        length += ((unsigned char)text[i] & 0xC0) != 0x80;
    if (arguments->length)
        return length == arguments->length;
    return length >= arguments->min_length && (!arguments->max_length || length <= arguments->max_length);
}

static const char *skip_sign(const struct cf__arguments *arguments, const char *text)
{
    return text + (arguments->is_signed && *text == '-');
}

static bool accepts_integer(const struct cf__arguments *arguments, const char *text, size_t size)
{
    const char *digits = skip_sign(arguments, text);
    size_t count = strspn(digits, "0123456789");
    int64_t value;
    if (count == 0 || digits[count] || (arguments->fixed_digits && count != (size_t)arguments->fixed_digits))
        return false;
    (void)size;
    return cf__parse_integer(text, &value) && (!arguments->has_min || value >= arguments->min) &&
           (!arguments->has_max || value <= arguments->max);
}

static bool accepts_float(const struct cf__arguments *arguments, const char *text, size_t size)
{
    const char *at = skip_sign(arguments, text);
    size_t whole = strspn(at, "0123456789"), fraction = at[whole] == '.' ? strspn(at + whole + 1, "0123456789") : 0;
    double value;
    if (!whole || !fraction || at[whole + 1 + fraction])
        return false;
    (void)size;
    return cf__parse_number(text, &value) && (!arguments->has_min || value >= arguments->min_number) &&
           (!arguments->has_max || value <= arguments->max_number);
}

static bool accepts_any(const struct cf__arguments *arguments, const char *text, size_t size)
{
    (void)size;
    for (size_t i = 0; i < arguments->choice_count; i++)
        if (strcmp(arguments->choices[i], text) == 0)
            return true;
    return false;
}

static bool accepts_uuid(const struct cf__arguments *arguments, const char *text, size_t size)
{
    cf_uuid uuid;
    (void)arguments;
    return size == 36 && cf_uuid_parse(text, &uuid);
}

/* The sentences take the word that is no argument. */
static const struct cf__converter converters[] = {
    { "any", 100, false, accepts_any, "" },
    { "float", 50, false, accepts_float, "the converter float has no argument \"%s\" (it has: min, max, signed)" },
    { "int", 50, false, accepts_integer,
      "the converter int has no argument \"%s\" (it has: min, max, fixed_digits, signed)" },
    { "path", 200, true, NULL, "the converter path has no argument \"%s\" (it has none)" },
    { "string", 100, false, accepts_string,
      "the converter string has no argument \"%s\" (it has: minlength, maxlength, length)" },
    { "uuid", 100, false, accepts_uuid, "the converter uuid has no argument \"%s\" (it has none)" },
};
enum { CONVERTERS = sizeof converters / sizeof converters[0] };

/* ---- Arguments of converters ------------------------------------------------------------------------------------ */

enum argument_kind { COUNT, INTEGER_LIMIT, NUMBER_LIMIT, FLAG };

static const struct {
    const char *converter, *name;
    enum argument_kind kind;
    size_t offset; /* in struct cf__arguments */
    size_t present;
} argument_table[] = {
    { "string", "length", COUNT, offsetof(struct cf__arguments, length), 0 },
    { "string", "minlength", COUNT, offsetof(struct cf__arguments, min_length), 0 },
    { "string", "maxlength", COUNT, offsetof(struct cf__arguments, max_length), 0 },
    { "int", "fixed_digits", COUNT, offsetof(struct cf__arguments, fixed_digits), 0 },
    { "int", "min", INTEGER_LIMIT, offsetof(struct cf__arguments, min), offsetof(struct cf__arguments, has_min) },
    { "int", "max", INTEGER_LIMIT, offsetof(struct cf__arguments, max), offsetof(struct cf__arguments, has_max) },
    { "int", "signed", FLAG, offsetof(struct cf__arguments, is_signed), 0 },
    { "float", "min", NUMBER_LIMIT, offsetof(struct cf__arguments, min_number),
      offsetof(struct cf__arguments, has_min) },
    { "float", "max", NUMBER_LIMIT, offsetof(struct cf__arguments, max_number),
      offsetof(struct cf__arguments, has_max) },
    { "float", "signed", FLAG, offsetof(struct cf__arguments, is_signed), 0 },
};

/* What the parser stands on. */
struct parser {
    struct cf__arena *arena;
    const char *at;
};

static const char *complain(struct cf__arena *arena, const char *format, const char *word)
{
    int size = snprintf(NULL, 0, format, word);
    char *text = size < 0 ? NULL : cf__arena_take(arena, (size_t)size + 1);
    if (!text)
        return "no memory";
    snprintf(text, (size_t)size + 1, format, word);
    return text;
}

static const char *copy(struct cf__arena *arena, const char *text, size_t size)
{
    char *copied = cf__arena_take(arena, size + 1);
    if (!copied)
        return NULL;
    memcpy(copied, text, size);
    copied[size] = '\0';
    return copied;
}

static bool set_argument(size_t at, struct cf__arguments *arguments, const char *value)
{
    char *place = (char *)arguments + argument_table[at].offset;
    bool truth = true;
    switch (argument_table[at].kind) {
    case COUNT:
        return cf__parse_integer(value, (int64_t *)place) && *(int64_t *)place > 0;
    case INTEGER_LIMIT:
        *(bool *)((char *)arguments + argument_table[at].present) = true;
        return cf__parse_integer(value, (int64_t *)place);
    case NUMBER_LIMIT:
        *(bool *)((char *)arguments + argument_table[at].present) = true;
        return cf__parse_number(value, (double *)place);
    case FLAG:
        return cf__parse_boolean(value, &truth) && (*(bool *)place = truth, true);
    }
    return false;
}

static const char *take_argument(struct parser *parser, struct cf__variable *variable, char *word)
{
    char *equals = strchr(word, '='), *value;
    if (!equals)
        return complain(parser->arena, "the argument \"%s\" has no value", word);
    value = equals + 1 + strspn(equals + 1, " ");
    while (equals > word && equals[-1] == ' ')
        equals--;
    *equals = '\0';
    for (size_t i = 0; i < sizeof argument_table / sizeof argument_table[0]; i++) {
        if (strcmp(argument_table[i].converter, variable->converter->name) || strcmp(argument_table[i].name, word))
            continue;
        return set_argument(i, &variable->arguments, value)
                   ? NULL
                   : complain(parser->arena, "the value of the argument \"%s\" is malformed", word);
    }
    return complain(parser->arena, variable->converter->no_argument, word);
}

static const char *take_choice(struct parser *parser, struct cf__variable *variable, const char *word)
{
    struct cf__arguments *arguments = &variable->arguments;
    size_t count = arguments->choice_count;
    const char **choices = cf__arena_take(parser->arena, (count + 1) * sizeof *choices);
    if (!choices)
        return "no memory";
    if (count)
        memcpy(choices, arguments->choices, count * sizeof *choices);
    choices[count] = word;
    arguments->choices = choices;
    arguments->choice_count++;
    return NULL;
}

/* One argument, in quotes of either kind or none, up to ',' or ')'; white space around it is dropped. */
static char *read_word(struct parser *parser)
{
    parser->at += strspn(parser->at, " ");
    const char *start = parser->at;
    size_t size;
    if (*start == '"' || *start == '\'') {
        const char quote[] = { *start++, '\0' };
        size = strcspn(start, quote);
        parser->at = start + size + (start[size] == *quote);
        parser->at += strspn(parser->at, " ");
    } else {
        size = strcspn(start, ",)");
        parser->at = start + size;
        while (size && start[size - 1] == ' ')
            size--;
    }
    return (char *)(uintptr_t)copy(parser->arena, start, size);
}

/* What could never match. */
static const char *check_arguments(const struct cf__variable *variable)
{
    const struct cf__arguments *arguments = &variable->arguments;
    if (arguments->has_min && arguments->has_max &&
        (arguments->min > arguments->max || arguments->min_number > arguments->max_number))
        return "min is larger than max";
    if (arguments->max_length && arguments->min_length > arguments->max_length)
        return "minlength is larger than maxlength";
    return NULL;
}

static const char *parse_arguments(struct parser *parser, struct cf__variable *variable)
{
    bool any = strcmp(variable->converter->name, "any") == 0;
    while (*parser->at && *parser->at != ')') {
        char *word = read_word(parser);
        if (!word)
            return "no memory";
        const char *problem = any ? take_choice(parser, variable, word) : take_argument(parser, variable, word);
        if (problem)
            return problem;
        if (*parser->at == ',')
            parser->at++;
        else if (*parser->at != ')')
            return "the arguments of a converter do not end in ')'";
    }
    if (*parser->at != ')')
        return "the arguments of a converter do not end in ')'";
    parser->at++;
    return check_arguments(variable);
}

/* ---- Variables and segments ------------------------------------------------------------------------------------- */

static const char *find_converter(struct parser *parser, const char *name, struct cf__variable *variable)
{
    for (size_t i = 0; i < CONVERTERS; i++) {
        if (strcmp(converters[i].name, name) == 0) {
            variable->converter = &converters[i];
            return NULL;
        }
    }
    return complain(parser->arena, "unknown converter \"%s\" (known: any, float, int, path, string, uuid)", name);
}

static size_t name_size(const char *at)
{
    size_t size = strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
    return size && *at >= '0' && *at <= '9' ? 0 : size;
}

/* "name>", "converter:name>" or "converter(arguments):name>", after the '<'. */
static const char *parse_variable(struct parser *parser, struct cf__variable *variable)
{
    size_t size = name_size(parser->at);
    const char *word = copy(parser->arena, parser->at, size), *problem = NULL;
    parser->at += size;
    variable->arguments.min_length = 1;
    if (!word)
        return "no memory";
    if (*parser->at == '>') {
        problem = find_converter(parser, "string", variable);
    } else {
        problem = find_converter(parser, word, variable);
        if (!problem && *parser->at == '(') {
            parser->at++;
            problem = parse_arguments(parser, variable);
        }
        if (problem)
            return problem;
        if (*parser->at != ':')
            return "a variable is <name> or <converter:name>";
        parser->at++;
        size = name_size(parser->at);
        word = copy(parser->arena, parser->at, size);
        parser->at += size;
    }
    if (problem)
        return problem;
    if (!word || !*word || *parser->at != '>')
        return "the name of a variable is malformed";
    parser->at++;
    variable->name = word;
    return NULL;
}

static const char *add_variable(struct parser *parser, struct cf__segment *segment, const char *before)
{
    struct cf__variable *variables = cf__arena_take(parser->arena, (segment->variable_count + 1) * sizeof *variables);
    if (!variables)
        return "no memory";
    if (segment->variable_count)
        memcpy(variables, segment->variables, segment->variable_count * sizeof *variables);
    struct cf__variable *variable = &variables[segment->variable_count];
    *variable = (struct cf__variable){ .before = before, .before_size = (size_t)(parser->at - before) };
    parser->at++;
    const char *problem = parse_variable(parser, variable);
    if (problem)
        return problem;
    if (segment->variable_count && variable->before_size == 0)
        return "two variables stand side by side";
    segment->variables = variables;
    segment->variable_count++;
    return NULL;
}

/* Up to the next '/' that is not inside a variable. */
static const char *parse_segment(struct parser *parser, struct cf__segment *segment)
{
    const char *start = parser->at, *piece = start;
    *segment = (struct cf__segment){ 0 };
    while (*parser->at && *parser->at != '/') {
        if (*parser->at == '>')
            return "there is a '>' without its '<'";
        if (*parser->at != '<') {
            parser->at++;
            continue;
        }
        const char *problem = add_variable(parser, segment, piece);
        if (problem)
            return problem;
        piece = parser->at;
    }
    segment->text = copy(parser->arena, start, (size_t)(parser->at - start));
    if (!segment->text)
        return "no memory";
    segment->after = segment->text + (piece - start);
    segment->after_size = (size_t)(parser->at - piece);
    if (segment->variable_count == 0)
        segment->fixed = segment->text;
    return NULL;
}

static size_t count_slashes(const char *rule)
{
    size_t count = 0;
    for (; *rule; rule++)
        count += *rule == '/';
    return count;
}

static const char *check_whole(const struct cf__rule *rule)
{
    const char *names[CF__ROUTE_PARAMS];
    size_t count = 0, paths = 0;
    for (size_t i = 0; i < rule->segment_count; i++) {
        const struct cf__segment *segment = &rule->segments[i];
        for (size_t j = 0; j < segment->variable_count; j++) {
            const struct cf__variable *variable = &segment->variables[j];
            if (variable->converter->whole_path &&
                (segment->variable_count > 1 || variable->before_size || segment->after_size))
                return "a path variable is a whole segment";
            paths += variable->converter->whole_path;
            if (paths > 1)
                return "a rule has at most one path variable"; /* several would match in very many ways */
            if (variable->converter->accepts == accepts_any && variable->arguments.choice_count == 0)
                return "the converter any needs its choices: <any(a,b):name>";
            if (count == CF__ROUTE_PARAMS)
                return "a rule has at most 16 variables";
            for (size_t k = 0; k < count; k++)
                if (strcmp(names[k], variable->name) == 0)
                    return "a variable's name is used twice";
            names[count++] = variable->name;
        }
    }
    return NULL;
}

const char *cf__rule_parse(struct cf__arena *arena, const char *text, struct cf__rule *out)
{
    if (text[0] != '/')
        return "a rule starts with '/'";
    if (strstr(text, "//"))
        return "a rule has no doubled slashes";
    if (!cf__utf8_valid(text, strlen(text)))
        return "a rule is UTF-8";
    struct parser parser = { arena, text };
    *out = (struct cf__rule){ .segments = cf__arena_take(arena, (count_slashes(text) + 1) * sizeof *out->segments) };
    if (!out->segments)
        return "no memory";
    while (*parser.at == '/') {
        parser.at++;
        if (!*parser.at) {
            out->slash = true;
            break;
        }
        const char *problem = parse_segment(&parser, &out->segments[out->segment_count]);
        if (problem)
            return problem;
        out->segment_count++;
    }
    return check_whole(out);
}

/* ---- Comparing -------------------------------------------------------------------------------------------------- */

static bool same_choices(const struct cf__arguments *left, const struct cf__arguments *right)
{
    if (left->choice_count != right->choice_count)
        return false;
    for (size_t i = 0; i < left->choice_count; i++)
        if (strcmp(left->choices[i], right->choices[i]) != 0)
            return false;
    return true;
}

static bool same_arguments(const struct cf__arguments *left, const struct cf__arguments *right)
{
    return left->has_min == right->has_min && left->has_max == right->has_max && left->min == right->min &&
           left->max == right->max && left->min_number == right->min_number && left->max_number == right->max_number &&
           left->length == right->length && left->min_length == right->min_length &&
           left->max_length == right->max_length && left->fixed_digits == right->fixed_digits &&
           left->is_signed == right->is_signed && same_choices(left, right);
}

bool cf__segment_same(const struct cf__segment *left, const struct cf__segment *right)
{
    if (left->variable_count != right->variable_count || strcmp(left->after, right->after) != 0)
        return false;
    for (size_t i = 0; i < left->variable_count; i++) {
        const struct cf__variable *one = &left->variables[i], *other = &right->variables[i];
        if (one->converter != other->converter || one->before_size != other->before_size ||
            memcmp(one->before, other->before, one->before_size) != 0 ||
            !same_arguments(&one->arguments, &other->arguments))
            return false;
    }
    return true;
}

/* How much a segment says: the number of its static texts, their bytes, and the weight of its variables. */
struct rank {
    size_t texts, bytes;
    unsigned weight;
};

static struct rank rank_of(const struct cf__segment *segment)
{
    struct rank rank = { segment->after_size > 0, segment->after_size, 0 };
    for (size_t i = 0; i < segment->variable_count; i++) {
        rank.texts += segment->variables[i].before_size > 0;
        rank.bytes += segment->variables[i].before_size;
        rank.weight += segment->variables[i].converter->weight;
    }
    return rank;
}

bool cf__segment_before(const struct cf__segment *left, const struct cf__segment *right)
{
    struct rank one = rank_of(left), other = rank_of(right);
    if (one.texts != other.texts)
        return one.texts > other.texts;
    if (one.bytes != other.bytes)
        return one.bytes > other.bytes;
    return one.weight < other.weight;
}
