/* SPDX-License-Identifier: MIT
 *
 * Reads a command line by its tables. getopt_long is not used: "db downgrade -1" has an operand that looks like an
 * option, every command has a table of its own, and an unknown word is answered with the word that was probably
 * meant.
 *
 * Nothing here allocates or raises: a command line is read before there is a fiber.
 */
#include "options.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const struct cf__option help_option = CF__FLAG(help, "help", 'h', "Show this help.");
static const struct cf__option no_options[] = { { .name = NULL } };
static const struct cf__command no_commands[] = { { .name = NULL } };

static const struct cf__option *options_of(const struct cf__command *command)
{
    return command->options ? command->options : no_options;
}

static const struct cf__command *commands_of(const struct cf__command *command)
{
    return command->commands ? command->commands : no_commands;
}

__attribute__((format(printf, 2, 3))) static bool refuse(struct cf__arguments *arguments, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(arguments->problem, sizeof arguments->problem, format, list);
    va_end(list);
    return false;
}

/* ---- Did you mean …? -------------------------------------------------------------------------------------------- */

enum { LONGEST_WORD = 24, FARTHEST = 2 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Letters to add, leave out, change or swap with their neighbour to make one word of the other. */
static size_t distance(const char *a, const char *b)
{
    size_t a_size = strlen(a), b_size = strlen(b);
    size_t rows[LONGEST_WORD + 1][LONGEST_WORD + 1];
    if (a_size > LONGEST_WORD || b_size > LONGEST_WORD)
        return LONGEST_WORD;
    for (size_t i = 0; i <= a_size; i++) {
        for (size_t j = 0; j <= b_size; j++) {
            if (i == 0 || j == 0) {
                rows[i][j] = i + j;
                continue;
            }
            size_t change = rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            rows[i][j] = least(change, 1 + least(rows[i - 1][j], rows[i][j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                rows[i][j] = least(rows[i][j], rows[i - 2][j - 2] + 1);
        }
    }
    return rows[a_size][b_size];
}

struct guess {
    const char *word, *nearest;
    size_t distance;
};

static void consider(struct guess *guess, const char *name)
{
    size_t size = strlen(guess->word);
    size_t far = size > 1 && strncmp(name, guess->word, size) == 0 ? 1 : distance(guess->word, name);
    if (far > FARTHEST || far >= strlen(name) || (guess->nearest && far >= guess->distance))
        return;
    guess->nearest = name;
    guess->distance = far;
}

static bool refuse_option(struct cf__arguments *arguments, const char *name)
{
    struct guess guess = { .word = name };
    consider(&guess, help_option.name);
    for (const struct cf__option *option = options_of(arguments->command); option->name; option++)
        consider(&guess, option->name);
    if (guess.nearest)
        return refuse(arguments, "unknown option --%.40s (did you mean --%s?)", name, guess.nearest);
    return refuse(arguments, "unknown option --%.40s (%s --help tells which there are)", name, arguments->path);
}

static bool refuse_command(struct cf__arguments *arguments, const char *name)
{
    struct guess guess = { .word = name };
    for (const struct cf__command *command = commands_of(arguments->command); command->name; command++)
        consider(&guess, command->name);
    if (guess.nearest)
        return refuse(arguments, "unknown command %.40s (did you mean %s?)", name, guess.nearest);
    return refuse(arguments, "unknown command %.40s (%s --help tells which there are)", name, arguments->path);
}

/* ---- Options ---------------------------------------------------------------------------------------------------- */

static const struct cf__option *find_option(const struct cf__command *command, const char *name, size_t size)
{
    if (size == strlen(help_option.name) && strncmp(name, help_option.name, size) == 0)
        return &help_option;
    for (const struct cf__option *option = options_of(command); option->name; option++)
        if (strlen(option->name) == size && strncmp(option->name, name, size) == 0)
            return option;
    return NULL;
}

static const struct cf__option *find_letter(const struct cf__command *command, char letter)
{
    if (letter == help_option.letter)
        return &help_option;
    for (const struct cf__option *option = options_of(command); option->name; option++)
        if (option->letter == letter)
            return option;
    return NULL;
}

static bool set_number(struct cf__arguments *arguments, const struct cf__option *option, const char *text)
{
    char *end;
    long number = strtol(text, &end, 10);
    if (end == text || *end || number < option->least || number > option->most)
        return refuse(arguments, "--%s takes a number from %d to %d, not \"%.40s\"", option->name, option->least,
                      option->most, text);
    *(int *)((char *)arguments + option->field) = (int)number;
    return true;
}

static bool set_option(struct cf__arguments *arguments, const struct cf__option *option, const char *value)
{
    if (option->kind == CF__OPTION_FLAG) {
        if (value)
            return refuse(arguments, "--%s takes no value", option->name);
        *(bool *)((char *)arguments + option->field) = true;
        return true;
    }
    if (!value)
        return refuse(arguments, "--%s needs a value: --%s %s", option->name, option->name, option->value);
    if (option->kind == CF__OPTION_NUMBER)
        return set_number(arguments, option, value);
    *(const char **)((char *)arguments + option->field) = value;
    return true;
}

/* The value of an option stands in its own word, or is the next word. */
static const char *take_value(const struct cf__option *option, const char *attached, char ***next)
{
    if (attached || option->kind == CF__OPTION_FLAG || !**next)
        return attached;
    return *(*next)++;
}

static bool read_long(struct cf__arguments *arguments, const char *word, char ***next)
{
    const char *name = word + 2, *equals = strchr(name, '=');
    char unknown[LONGEST_WORD + 1];
    size_t size = equals ? (size_t)(equals - name) : strlen(name);
    const struct cf__option *option = find_option(arguments->command, name, size);
    if (option)
        return set_option(arguments, option, take_value(option, equals ? equals + 1 : NULL, next));
    snprintf(unknown, sizeof unknown, "%.*s", (int)size, name);
    return refuse_option(arguments, unknown);
}

static bool read_letter(struct cf__arguments *arguments, const char *word, char ***next)
{
    const struct cf__option *option = find_letter(arguments->command, word[1]);
    if (!option)
        return refuse(arguments, "unknown option -%c (%s --help tells which there are)", word[1], arguments->path);
    return set_option(arguments, option, take_value(option, word[2] ? word + 2 : NULL, next));
}

/* ---- The line --------------------------------------------------------------------------------------------------- */

static void enter(struct cf__arguments *arguments, const struct cf__command *command)
{
    size_t size = strlen(arguments->path);
    snprintf(arguments->path + size, sizeof arguments->path - size, "%s%s", size ? " " : "", command->name);
    arguments->command = command;
}

static bool read_word(struct cf__arguments *arguments, const char *word)
{
    for (const struct cf__command *command = commands_of(arguments->command); command->name; command++) {
        if (strcmp(command->name, word) != 0)
            continue;
        enter(arguments, command);
        return true;
    }
    if (arguments->command->commands)
        return refuse_command(arguments, word);
    if (!arguments->command->operands || arguments->operand_count == CF__OPERANDS)
        return refuse(arguments, "%s: \"%.40s\" is one word too many", arguments->path, word);
    arguments->operands[arguments->operand_count++] = word;
    return true;
}

/* "-1" is a target of downgrade, "-" alone a word. */
static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] && !(word[1] >= '0' && word[1] <= '9');
}

bool cf__arguments_read(struct cf__arguments *arguments, const struct cf__command *program, char **argv)
{
    bool only_words = false;
    enter(arguments, program);
    arguments->argv = argv;
    for (char **next = argv[0] ? argv + 1 : argv; *next;) {
        if (arguments->command->passes_on)
            return true;
        const char *word = *next++;
        bool good = true;
        if (only_words || !is_option(word))
            good = read_word(arguments, word);
        else if (strcmp(word, "--") == 0)
            only_words = true;
        else
            good = word[1] == '-' ? read_long(arguments, word, &next) : read_letter(arguments, word, &next);
        if (!good)
            return false;
    }
    return true;
}

/* ---- Help ------------------------------------------------------------------------------------------------------- */

enum { HELP_COLUMN = 24 };

static void print_option(const struct cf__option *option, FILE *out)
{
    char left[HELP_COLUMN * 2];
    char letter[] = { '-', option->letter, ',', ' ', '\0' };
    snprintf(left, sizeof left, "%s--%s%s%s", option->letter ? letter : "", option->name, option->value ? " " : "",
             option->value ? option->value : "");
    fprintf(out, "  %-*s %s\n", HELP_COLUMN, left, option->help);
}

void cf__arguments_help(const struct cf__arguments *arguments, FILE *out)
{
    const struct cf__command *command = arguments->command;
    fprintf(out, "Usage: %s [OPTIONS]%s%s%s\n\n%s\n\nOptions:\n", arguments->path, command->commands ? " COMMAND" : "",
            command->operands ? " " : "", command->operands ? command->operands : "", command->help);
    for (const struct cf__option *option = options_of(command); option->name; option++)
        print_option(option, out);
    print_option(&help_option, out);
    if (!command->commands)
        return;
    fprintf(out, "\nCommands:\n");
    for (const struct cf__command *child = command->commands; child->name; child++)
        fprintf(out, "  %-*s %s\n", HELP_COLUMN, child->name, child->help);
    fprintf(out, "\n%s COMMAND --help tells the options of a command.\n", arguments->path);
}

const struct cf__command *cf__command_choose(const struct cf__command *program, char **argv,
                                             struct cf__arguments *arguments, int *status)
{
    *status = 0;
    if (!cf__arguments_read(arguments, program, argv)) {
        fprintf(stderr, "%s: %s\n", program->name, arguments->problem);
        *status = 2;
        return NULL;
    }
    if (!arguments->help && !arguments->version && arguments->command->run)
        return arguments->command;
    if (arguments->version && !arguments->help)
        printf("%s (Carafe %s)\n", program->name, CARAFE_VERSION);
    else
        cf__arguments_help(arguments, stdout);
    *status = fflush(stdout) == 0 ? 0 : 1;
    return NULL;
}
