/* SPDX-License-Identifier: MIT
 *
 * The `carafe` program: makes projects, and inside one builds it and then becomes the project's own program with the
 * words it was given, so that neither has to know what the other's options are. The program's name is in the
 * project's Makefile.
 */
#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "new.h"

extern char **environ;

enum { LINE = 256 };

/* Finds the line "NAME = shop". */
static bool read_name(FILE *makefile, char name[LINE])
{
    char line[LINE];
    while (fgets(line, sizeof line, makefile))
        if (sscanf(line, "NAME = %255s", name) == 1)
            return true;
    return false;
}

static bool find_program(char name[LINE])
{
    FILE *makefile = fopen("Makefile", "r");
    bool found = makefile && read_name(makefile, name);
    if (makefile)
        fclose(makefile);
    if (!found)
        fprintf(stderr,
                "carafe: there is no Makefile with a line \"NAME = …\" here: go to a project made by carafe new\n");
    return found;
}

static bool build(void)
{
    char *const argv[] = { (char[]){ "make" }, (char[]){ "-s" }, NULL };
    pid_t make;
    int status, problem = posix_spawnp(&make, argv[0], NULL, NULL, argv, environ);
    if (problem) {
        fprintf(stderr, "carafe: cannot run make: %s\n", strerror(problem));
        return false;
    }
    while (waitpid(make, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int build_and_become(void *unused, const struct cf__arguments *arguments)
{
    char name[LINE], program[LINE + 2];
    (void)unused;
    if (!find_program(name) || !build())
        return 1;
    snprintf(program, sizeof program, "./%s", name);
    arguments->argv[0] = program;
    execv(program, arguments->argv);
    fprintf(stderr, "carafe: cannot run %s: %s\n", program, strerror(errno));
    return 1;
}

static const struct cf__option options[] = {
    CF__FLAG(version, "version", 0, "Show the version."),
    { .name = NULL },
};

static const struct cf__command commands[] = {
    { .name = "new", .help = "Make a project.", .operands = "NAME", .run = cf__new_command },
    { .name = "run", .help = "Build the project here and serve it.", .run = build_and_become, .passes_on = true },
    { .name = "routes", .help = "Build, and show the routes.", .run = build_and_become, .passes_on = true },
    { .name = "db", .help = "Build, and write or apply migrations.", .run = build_and_become, .passes_on = true },
    { .name = NULL },
};

static const struct cf__command program = {
    .name = "carafe",
    .help = "Makes projects, and builds and runs the one in this directory.",
    .options = options,
    .commands = commands,
};

int main(int argc, char **argv)
{
    struct cf__arguments arguments = { .command = NULL };
    int status;
    (void)argc; /* argv ends with NULL */
    const struct cf__command *command = cf__command_choose(&program, argv, &arguments, &status);
    return command ? command->run(NULL, &arguments) : status;
}
