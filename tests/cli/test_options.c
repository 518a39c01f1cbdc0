/* SPDX-License-Identifier: MIT
 *
 * The parser of command lines, on tables of its own: what it takes, what it refuses and in which words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/cli/options.h"

static int ran;

static int run(void *self, const struct cf__arguments *arguments)
{
    (void)self;
    ran++;
    return arguments->debug ? 7 : 0;
}

static const struct cf__option program_options[] = {
    CF__FLAG(version, "version", 0, "Show the version."),
    { .name = NULL },
};
static const struct cf__option run_options[] = {
    CF__TEXT(host, "host", 0, "HOST", "The address."),
    CF__NUMBER(port, "port", "N", 0, 65535, "The port."),
    CF__FLAG(debug, "debug", 0, "More."),
    { .name = NULL },
};
static const struct cf__option write_options[] = {
    CF__TEXT(message, "message", 'm', "TEXT", "What changes."),
    CF__FLAG(allow_drop, "verbose", 'v', "More."),
    { .name = NULL },
};
static const struct cf__command db_commands[] = {
    { .name = "migrate", .help = "Write.", .options = write_options, .run = run },
    { .name = "upgrade", .help = "Apply.", .operands = "[TARGET]", .run = run },
    { .name = "downgrade", .help = "Undo.", .options = write_options, .operands = "[TARGET]", .run = run },
    { .name = NULL },
};
static const struct cf__command commands[] = {
    { .name = "run", .help = "Serve.", .options = run_options, .run = run },
    { .name = "db", .help = "Migrations.", .commands = db_commands },
    { .name = "other", .help = "Another program's.", .run = run, .passes_on = true },
    { .name = NULL },
};
static const struct cf__command program = {
    .name = "users", .help = "Users.", .options = program_options, .commands = commands
};

#define READ(...) read_line((char *[]){ (char[]){ "./users" }, __VA_ARGS__ __VA_OPT__(, ) NULL })
#define W(word)   ((char[]){ word })

static struct cf__arguments arguments;

static bool read_line(char **argv)
{
    arguments = (struct cf__arguments){ .port = -1 };
    return cf__arguments_read(&arguments, &program, argv);
}

/* ---- What it takes ---------------------------------------------------------------------------------------------- */

static void takes_a_value_in_the_next_word_or_behind_an_equals_sign(void **state)
{
    (void)state;
    assert_true(READ(W("run"), W("--port"), W("8000"), W("--host=::1")));
    assert_string_equal(arguments.command->name, "run");
    assert_int_equal(arguments.port, 8000);
    assert_string_equal(arguments.host, "::1");
    assert_false(arguments.debug);
    assert_true(READ(W("run"), W("--port=0"), W("--debug")));
    assert_int_equal(arguments.port, 0);
    assert_true(arguments.debug);
}

static void takes_letters_with_and_without_a_space(void **state)
{
    (void)state;
    assert_true(READ(W("db"), W("migrate"), W("-m"), W("-add users"), W("-v")));
    assert_string_equal(arguments.message, "-add users");
    assert_true(arguments.allow_drop);
    assert_true(READ(W("db"), W("migrate"), W("-madd")));
    assert_string_equal(arguments.message, "add");
}

static void takes_a_negative_number_as_an_operand(void **state)
{
    (void)state;
    assert_true(READ(W("db"), W("downgrade"), W("-1"), W("-v")));
    assert_string_equal(arguments.path, "users db downgrade");
    assert_int_equal(arguments.operand_count, 1);
    assert_string_equal(arguments.operands[0], "-1");
    assert_true(arguments.allow_drop);
}

static void takes_everything_after_two_dashes_as_words(void **state)
{
    (void)state;
    assert_true(READ(W("db"), W("upgrade"), W("--"), W("--help")));
    assert_string_equal(arguments.operands[0], "--help");
    assert_false(arguments.help);
}

static void leaves_alone_what_is_another_programs(void **state)
{
    (void)state;
    assert_true(READ(W("other"), W("--no-such"), W("word")));
    assert_string_equal(arguments.argv[2], "--no-such");
}

static void takes_a_line_without_words(void **state)
{
    (void)state;
    assert_true(read_line((char *[]){ NULL }));
    assert_ptr_equal(arguments.command, &program);
}

/* ---- What it refuses -------------------------------------------------------------------------------------------- */

#define assert_refused(text, ...)    \
    assert_false(READ(__VA_ARGS__)); \
    assert_string_equal(arguments.problem, text)

static void names_the_option_that_was_probably_meant(void **state)
{
    (void)state;
    assert_refused("unknown option --prot (did you mean --port?)", W("run"), W("--prot"), W("8000"));
    assert_refused("unknown option --hots (did you mean --host?)", W("run"), W("--hots=a"));
    assert_refused("unknown option --hlep (did you mean --help?)", W("--hlep"));
    assert_refused("unknown option --de (did you mean --debug?)", W("run"), W("--de"));
    assert_refused("unknown option --colour (users run --help tells which there are)", W("run"), W("--colour"));
    assert_refused("unknown option -x (users run --help tells which there are)", W("run"), W("-x"));
    assert_refused("unknown option --port (users --help tells which there are)", W("--port"), W("1"), W("run"));
}

static void names_the_command_that_was_probably_meant(void **state)
{
    (void)state;
    assert_refused("unknown command rnu (did you mean run?)", W("rnu"));
    assert_refused("unknown command upgrad (did you mean upgrade?)", W("db"), W("upgrad"));
    assert_refused("unknown command mig (did you mean migrate?)", W("db"), W("mig"));
    assert_refused("unknown command serve (users --help tells which there are)", W("serve"));
}

static void refuses_values_that_do_not_fit(void **state)
{
    (void)state;
    assert_refused("--port takes a number from 0 to 65535, not \"65536\"", W("run"), W("--port=65536"));
    assert_refused("--port takes a number from 0 to 65535, not \"80a\"", W("run"), W("--port"), W("80a"));
    assert_refused("--port takes a number from 0 to 65535, not \"\"", W("run"), W("--port="));
    assert_refused("--port takes a number from 0 to 65535, not \"99999999999999999999\"", W("run"),
                   W("--port=99999999999999999999"));
    assert_refused("--port needs a value: --port N", W("run"), W("--port"));
    assert_refused("--debug takes no value", W("run"), W("--debug=yes"));
}

static void refuses_a_word_too_many(void **state)
{
    (void)state;
    assert_refused("users run: \"fast\" is one word too many", W("run"), W("fast"));
    assert_refused("users db upgrade: \"b\" is one word too many", W("db"), W("upgrade"), W("a"), W("b"));
}

static void cuts_what_is_too_long_to_repeat(void **state)
{
    char word[2000] = "--";
    memset(word + 2, 'x', sizeof word - 3);
    (void)state;
    assert_false(READ(W("run"), word));
    assert_true(strlen(arguments.problem) < 100);
    assert_false(READ(word + 2));
    assert_true(strlen(arguments.problem) < 100);
}

/* ---- Exit codes, help ------------------------------------------------------------------------------------------- */

/* What `choose` writes to a descriptor. */
struct outcome {
    const struct cf__command *command;
    int status;
    char out[2000], err[400];
};

static void read_back(FILE *file, char *text, size_t size)
{
    rewind(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    fclose(file);
}

static struct outcome choose(char **argv)
{
    struct outcome outcome = { .status = -1 };
    struct cf__arguments read = { .port = -1 };
    FILE *files[] = { tmpfile(), tmpfile() };
    int saved[2];
    fflush(NULL);
    for (int i = 0; i < 2; i++) {
        saved[i] = dup(i + 1);
        assert_true(files[i] && dup2(fileno(files[i]), i + 1) >= 0);
    }
    outcome.command = cf__command_choose(&program, argv, &read, &outcome.status);
    fflush(NULL);
    for (int i = 0; i < 2; i++) {
        dup2(saved[i], i + 1);
        close(saved[i]);
    }
    read_back(files[0], outcome.out, sizeof outcome.out);
    read_back(files[1], outcome.err, sizeof outcome.err);
    return outcome;
}

#define CHOOSE(...) choose((char *[]){ (char[]){ "./users" }, __VA_ARGS__ __VA_OPT__(, ) NULL })

static void wrong_usage_is_one_line_and_exit_code_2(void **state)
{
    (void)state;
    struct outcome outcome = CHOOSE(W("run"), W("--prot"), W("1"));
    assert_null(outcome.command);
    assert_int_equal(outcome.status, 2);
    assert_string_equal(outcome.err, "users: unknown option --prot (did you mean --port?)\n");
    assert_string_equal(outcome.out, "");
}

static void help_is_for_every_command_and_exit_code_0(void **state)
{
    (void)state;
    struct outcome outcome = CHOOSE(W("run"), W("-h"));
    assert_null(outcome.command);
    assert_int_equal(outcome.status, 0);
    assert_string_equal(outcome.out, "Usage: users run [OPTIONS]\n\nServe.\n\nOptions:\n"
                                     "  --host HOST              The address.\n"
                                     "  --port N                 The port.\n"
                                     "  --debug                  More.\n"
                                     "  -h, --help               Show this help.\n");
    outcome = CHOOSE(W("db"), W("downgrade"), W("--help"));
    assert_non_null(strstr(outcome.out, "Usage: users db downgrade [OPTIONS] [TARGET]\n"));
    assert_non_null(strstr(outcome.out, "  -m, --message TEXT       What changes.\n"));
}

static void no_command_shows_the_commands(void **state)
{
    (void)state;
    struct outcome outcome = CHOOSE();
    assert_null(outcome.command);
    assert_int_equal(outcome.status, 0);
    assert_non_null(strstr(outcome.out, "Usage: users [OPTIONS] COMMAND\n"));
    assert_non_null(strstr(outcome.out, "  db                       Migrations.\n"));
    outcome = CHOOSE(W("db"));
    assert_int_equal(outcome.status, 0);
    assert_non_null(strstr(outcome.out, "  upgrade                  Apply.\n"));
}

static void the_version_is_said(void **state)
{
    (void)state;
    struct outcome outcome = CHOOSE(W("--version"));
    assert_int_equal(outcome.status, 0);
    assert_int_equal(strncmp(outcome.out, "users (Carafe ", 14), 0);
}

static void a_command_is_handed_over_and_not_run(void **state)
{
    (void)state;
    struct outcome outcome = CHOOSE(W("run"), W("--debug"));
    assert_ptr_equal(outcome.command, &commands[0]);
    assert_string_equal(outcome.out, "");
    assert_int_equal(ran, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_a_value_in_the_next_word_or_behind_an_equals_sign),
        cmocka_unit_test(takes_letters_with_and_without_a_space),
        cmocka_unit_test(takes_a_negative_number_as_an_operand),
        cmocka_unit_test(takes_everything_after_two_dashes_as_words),
        cmocka_unit_test(leaves_alone_what_is_another_programs),
        cmocka_unit_test(takes_a_line_without_words),
        cmocka_unit_test(names_the_option_that_was_probably_meant),
        cmocka_unit_test(names_the_command_that_was_probably_meant),
        cmocka_unit_test(refuses_values_that_do_not_fit),
        cmocka_unit_test(refuses_a_word_too_many),
        cmocka_unit_test(cuts_what_is_too_long_to_repeat),
        cmocka_unit_test(wrong_usage_is_one_line_and_exit_code_2),
        cmocka_unit_test(help_is_for_every_command_and_exit_code_0),
        cmocka_unit_test(no_command_shows_the_commands),
        cmocka_unit_test(the_version_is_said),
        cmocka_unit_test(a_command_is_handed_over_and_not_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
