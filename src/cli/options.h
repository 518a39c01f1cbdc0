/* SPDX-License-Identifier: MIT
 *
 * Command lines as tables: a program is a command, a command has options and either sub-commands or something to
 * run. The parser, the help and the "did you mean" all read the same tables, so that none of them can know a word
 * the others do not.
 */
#ifndef CARAFE_CLI_OPTIONS_H
#define CARAFE_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct cf__arguments;

enum cf__option_kind { CF__OPTION_FLAG, CF__OPTION_TEXT, CF__OPTION_NUMBER };

struct cf__option {
    const char *name;  /* "port", for --port 8000 and --port=8000 */
    char letter;       /* 'm' for -m TEXT and -mTEXT, or 0 */
    const char *value; /* what the help calls its value; NULL for a flag */
    const char *help;
    enum cf__option_kind kind;
    size_t field;    /* where it goes: a bool, const char * or int of struct cf__arguments */
    int least, most; /* of a number */
};

/* Tables end with an entry that has no name. */
struct cf__command {
    const char *name, *help;
    const char *operands;               /* how the help shows what follows: "[TARGET]"; NULL where nothing may */
    const struct cf__option *options;   /* or NULL */
    const struct cf__command *commands; /* sub-commands, or NULL */
    int (*run)(void *program, const struct cf__arguments *arguments); /* returns an exit code */
    const void *detail;                                               /* for `run` */
    bool passes_on; /* what follows its name is not looked at: it is another program's */
};

enum { CF__OPERANDS = 1 }; /* the most that a command takes */

/* A command line, read: the options of all commands, of which each uses its part. */
struct cf__arguments {
    const struct cf__command *command;
    char path[120]; /* "users db upgrade" */
    bool help, version;
    const char *host;
    int port, workers; /* -1: not said */
    bool debug, reload;
    const char *message, *directory, *resume, *bind;
    bool sql, allow_drop, yes;
    const char *operands[CF__OPERANDS];
    size_t operand_count;
    char **argv; /* the line itself; ends with NULL */
    char problem[240];
};

/* Reads argv after its first word. False where it is wrong, with one line in ->problem. */
bool cf__arguments_read(struct cf__arguments *arguments, const struct cf__command *program, char **argv);
/* The help of the command that was read. */
void cf__arguments_help(const struct cf__arguments *arguments, FILE *out);

/* Reads argv and does what needs no more than the tables: --help, --version, and what is wrong with the line.
 * Returns the command to run, or NULL with the exit code in *status. */
const struct cf__command *cf__command_choose(const struct cf__command *program, char **argv,
                                             struct cf__arguments *arguments, int *status);

/* Entries of a table of options. */
/* clang-format off */
#define CF__FLAG(field_, name_, letter_, help_) \
    { .name = name_, .letter = letter_, .help = help_, .kind = CF__OPTION_FLAG, .field = offsetof(struct cf__arguments, field_) }
#define CF__TEXT(field_, name_, letter_, value_, help_) \
    { .name = name_, .letter = letter_, .value = value_, .help = help_, .kind = CF__OPTION_TEXT, .field = offsetof(struct cf__arguments, field_) }
#define CF__NUMBER(field_, name_, value_, least_, most_, help_) \
    { .name = name_, .value = value_, .help = help_, .kind = CF__OPTION_NUMBER, .field = offsetof(struct cf__arguments, field_), \
      .least = least_, .most = most_ }
/* clang-format on */

#endif
