/* SPDX-License-Identifier: MIT
 *
 * `run`: hands the application to the supervisor. This process opens no database and keeps no loop: what it had
 * would be shared by all workers. So outstanding revisions are applied by a child that ends before the workers
 * start; only a database in memory is migrated inside its one worker, where it lives.
 */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../web/server/server.h"

struct serving {
    cf_app *app;
    int workers;
};

static void print_url(void *self, const char *url)
{
    const struct serving *serving = self;
    fprintf(stderr, " * Serving %s with %d %s (debug mode: %s)\n", serving->app->name, serving->workers,
            serving->workers == 1 ? "worker" : "workers", serving->app->config.options.debug ? "on" : "off");
    fprintf(stderr, " * Running on %s (Press CTRL+C to quit)\n", url);
}

/* ---- The database ----------------------------------------------------------------------------------------------- */

static void migrate_one(cf_app *app, const char *bind, cf_engine *engine)
{
    struct cf__migration migration = cf__app_migration(app, bind);
    migration.engine = engine;
    if (migration.revisions && migration.revisions[0])
        cf__migrate_to_head(&migration);
    else if (migration.models[0] && (app->config.options.create_on_run || cf__config_in_memory(&app->config)))
        cf__migrate_create_all(engine, migration.models);
}

static void migrate(cf_app *app)
{
    const struct cf_bind *binds = app->config.options.binds;
    migrate_one(app, NULL, app->engine);
    for (size_t i = 0; i < CF_MOST_BINDS && binds[i].name; i++)
        migrate_one(app, binds[i].name, cf__engine_bind(app->engine, binds[i].name));
}

static void open_database(void *self)
{
    cf_app *app = ((const struct serving *)self)->app;
    cf__app_open(app, NULL);
    if (app->engine && cf__config_in_memory(&app->config))
        migrate(app);
}

static void close_database(void *self)
{
    cf__app_close(((const struct serving *)self)->app);
}

static void close_app(void *app)
{
    cf__app_close(app);
}

static void upgrade(void *app_)
{
    cf_app *app = app_;
    cf_defer_(&cf__current()->head, close_app, app);
    cf__app_open(app, NULL);
    migrate(app);
}

/* The exit status of a child, or -1 where there was none to wait for. */
static int wait_for(pid_t child)
{
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool upgrade_in_child(cf_app *app)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        exit(cf__command_fiber(app, upgrade, app) ? 0 : 1);
    if (child > 0)
        return wait_for(child) == 0;
    fprintf(stderr, "%s: cannot start a process: %s\n", app->name, strerror(errno));
    return false;
}

static bool must_upgrade(const cf_app *app)
{
    const struct cf_app_options *options = &app->config.options;
    return (options->upgrade_on_run || options->create_on_run) && options->database_uri &&
           !cf__config_in_memory(&app->config);
}

/* ---- The command ------------------------------------------------------------------------------------------------ */

static struct cf__server_limits limits_of(const struct cf_app_options *options)
{
    return (struct cf__server_limits){
        .body = options->body_limit,
        .headers = options->header_limit,
        .url = options->url_limit,
        .idle = (int64_t)(options->idle_timeout * 1e6),
        .header_time = (int64_t)(options->header_timeout * 1e6),
        .request_time = (int64_t)(options->request_timeout * 1e6),
        .connections = (unsigned)options->connection_limit,
    };
}

int cf__run_command(void *app_, const struct cf__arguments *arguments)
{
    cf_app *app = app_;
    const struct cf_app_options *options = &app->config.options;
    struct serving serving = { .app = app, .workers = cf__app_workers(app) };
    struct cf__server_limits limits = limits_of(options);
    if (must_upgrade(app) && !upgrade_in_child(app))
        return 1;
    return cf__supervise(&(struct cf__supervisor_options){
        .host = options->host,
        .port = options->port,
        .workers = serving.workers,
        .drain = options->drain_timeout,
        .watch = arguments->reload ? cf__program_path() : NULL,
        .arguments = arguments->argv,
        .listening = print_url,
        .start = open_database,
        .stop = close_database,
        .self = &serving,
        .limits = &limits,
        .service = cf__app_service(app),
    });
}
