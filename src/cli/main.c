/* SPDX-License-Identifier: MIT
 *
 * The command line of an application: which commands there are, and cf_main, which reads the line, checks that the
 * application is in order and runs the command. What a command prints goes to stdout; what went wrong is one line on
 * stderr.
 */
#include "cli.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/arena.h"
#include "../base/log.h"
#include "../base/loop.h"

static const struct cf__option program_options[] = {
    CF__FLAG(version, "version", 0, "Show the version."),
    { .name = NULL },
};

static const struct cf__option run_options[] = {
    CF__TEXT(host, "host", 0, "HOST", "The address to listen on, or unix:PATH."),
    CF__NUMBER(port, "port", "N", 0, 65535, "The port to listen on; 0 lets the system choose."),
    CF__NUMBER(workers, "workers", "N", 1, 256, "Processes that serve: one a core unless said."),
    CF__FLAG(debug, "debug", 0, "Tell internals in error answers and log more."),
    CF__FLAG(reload, "reload", 0, "Start anew when the program has been rebuilt."),
    { .name = NULL },
};

static const struct cf__command built_in[] = {
    { .name = "run", .help = "Serve the application.", .options = run_options, .run = cf__run_command },
    { .name = "routes", .help = "Show the routes.", .run = cf__routes_command },
    { .name = "db", .help = "Write and apply migrations.", .commands = cf__db_commands },
};
enum { BUILT_IN = sizeof built_in / sizeof built_in[0] };

/* ---- What the commands share ------------------------------------------------------------------------------------ */

bool cf__command_fiber(const cf_app *app, void (*function)(void *), void *argument)
{
    struct cf__error_record record;
    bool ended = cf__loop_run_fiber(function, argument, &record);
    if (!ended)
        fprintf(stderr, "%s: %s\n", app->name, record.message);
    cf__loop_free();
    cf__arena_pool_clear();
    return ended;
}

const char *cf__program_path(void)
{
    static char path[PATH_MAX];
    if (!path[0] && readlink("/proc/self/exe", path, sizeof path - 1) < 0)
        return NULL;
    return path;
}

struct cf__migration cf__app_migration(cf_app *app, const char *bind)
{
    const struct cf_app_options *options = &app->config.options;
    struct cf__migration migration = {
        .models = cf__app_models(app, bind),
        .revisions = bind ? NULL : options->revisions,
        .directory = bind ? cf__app_format(app, "migrations_%s", bind) : "migrations",
    };
    for (size_t i = 0; bind && i < CF_MOST_BINDS && options->binds[i].name; i++)
        if (strcmp(options->binds[i].name, bind) == 0)
            migration.revisions = options->binds[i].revisions;
    return migration;
}

/* ---- Commands of the application's own -------------------------------------------------------------------------- */

struct own {
    cf_app *app;
    const struct cf__own_command *command;
    char **argv;
};

static void close_app(void *app)
{
    cf__app_close(app);
}

static void run_with_session(void *own_)
{
    const struct own *own = own_;
    int argc = 0;
    while (own->argv[argc])
        argc++;
    cf_defer(&cf__current()->head, close_app, own->app);
    cf__app_open(own->app, NULL);
    own->command->function(own->app->engine ? cf__session_open(cf__current(), own->app->engine) : NULL, argc,
                           own->argv);
}

/* Its name is the first word of the line: what stands before it are options that end the program. */
static int run_own(void *app, const struct cf__arguments *arguments)
{
    struct own own = { app, arguments->command->detail, arguments->argv + 1 };
    bool ended = cf__command_fiber(app, run_with_session, &own);
    return fflush(stdout) == 0 && ended ? 0 : 1;
}

static const struct cf__command *all_commands(cf_app *app)
{
    size_t count = BUILT_IN;
    for (const struct cf__own_command *own = app->commands; own; own = own->next)
        count++;
    struct cf__command *commands = cf__app_take(app, (count + 1) * sizeof *commands);
    memcpy(commands, built_in, sizeof built_in);
    commands[count] = (struct cf__command){ .name = NULL };
    for (const struct cf__own_command *own = app->commands; own; own = own->next)
        commands[--count] = (struct cf__command){
            .name = own->name, .help = own->help, .run = run_own, .detail = own, .passes_on = true
        };
    return commands;
}

/* ---- cf_main ---------------------------------------------------------------------------------------------------- */

/* An option of the command line wins over the program and the environment. */
static void configure(cf_app *app, const struct cf__arguments *arguments)
{
    struct cf_app_options *options = &app->config.options;
    if (arguments->host)
        options->host = cf__app_copy(app, arguments->host);
    if (arguments->port >= 0)
        options->port = arguments->port;
    if (arguments->workers >= 0)
        options->workers = arguments->workers;
    options->debug |= arguments->debug;
    if (options->debug && !getenv("CARAFE_LOG_LEVEL"))
        cf__log_set_level(CF_LOG_DEBUG);
}

struct check {
    cf_app *app;
    bool good;
};

static void check_app(void *check_)
{
    struct check *check = check_;
    const char *problems = cf__app_problems(check->app);
    check->good = !problems;
    while (problems && *problems) {
        size_t size = strcspn(problems, "\n");
        fprintf(stderr, "%s: %.*s\n", check->app->name, (int)size, problems);
        problems += size + (problems[size] == '\n');
    }
}

int cf_main(cf_app *app, int argc, char **argv)
{
    (void)argc; /* argv ends with NULL */
    const struct cf__command program = {
        .name = app->name, .help = "A web application.", .options = program_options, .commands = all_commands(app)
    };
    struct cf__arguments arguments = { .port = -1, .workers = -1 };
    int status;
    const struct cf__command *command = cf__command_choose(&program, argv, &arguments, &status);
    if (command) {
        struct check check = { .app = app };
        configure(app, &arguments);
        bool checked = cf__command_fiber(app, check_app, &check);
        status = checked && check.good ? command->run(app, &arguments) : 1;
    }
    cf_app_free(app);
    return status;
}
