/* SPDX-License-Identifier: MIT
 *
 * An app: put together by cf_app_new and cf_route, checked once before anything is served. Both run outside a
 * fiber, where nothing can raise: mistakes are noted as a list of lines, so that all of them are told at once, and
 * memory comes straight from the app's arena.
 */
#include "app.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <carafe/log.h>
#include <carafe/sys/schema.h>

/* ---- Memory and problems ---------------------------------------------------------------------------------------- */

static void *check_memory(void *taken)
{
    if (taken)
        return taken;
    fputs("carafe: no memory to set the application up\n", stderr);
    abort();
}

void *cf__app_take(cf_app *app, size_t size)
{
    return memset(check_memory(cf__arena_take(&app->context.arena, size)), 0, size);
}

const char *cf__app_copy(cf_app *app, const char *text)
{
    return text ? memcpy(cf__app_take(app, strlen(text) + 1), text, strlen(text)) : NULL;
}

enum { LINE = 1024 }; /* the longest line, as of an error's message */

const char *cf__app_format(cf_app *app, const char *format, ...)
{
    char line[LINE];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    return cf__app_copy(app, line);
}

void cf__app_problem(cf_app *app, const char *format, ...)
{
    char line[LINE];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    struct cf__problem *problem = cf__app_take(app, sizeof *problem);
    problem->text = cf__app_copy(app, line);
    *app->last_problem = problem;
    app->last_problem = &problem->next;
}

/* ---- The app ---------------------------------------------------------------------------------------------------- */

/* A copy of a list of pointers that ends in NULL; what they point to is constant data of the program. */
static const void *copy_list(cf_app *app, const void *list_)
{
    const void *const *list = list_;
    if (!list)
        return NULL;
    size_t count = 0;
    while (list[count])
        count++;
    return memcpy(cf__app_take(app, (count + 1) * sizeof *list), list, count * sizeof *list);
}

cf_app *cf_app_new_(const char *name, struct cf_app_options options)
{
    cf_app *app = check_memory(calloc(1, sizeof *app));
    cf__context_init(&app->context);
    app->last_problem = &app->problems;
    app->router = check_memory(cf__router_new());
    app->name = cf__app_copy(app, name ? name : "app");
    options.models = copy_list(app, options.models);
    options.revisions = copy_list(app, options.revisions);
    for (size_t i = 0; i < CF_MOST_BINDS && options.binds[i].name; i++) {
        options.binds[i].name = cf__app_copy(app, options.binds[i].name);
        options.binds[i].revisions = copy_list(app, options.binds[i].revisions);
        options.binds[i].on_connect = cf__app_copy(app, options.binds[i].on_connect);
    }
    cf__config_load(app, &options);
    return app;
}

void cf_app_free(cf_app *app)
{
    if (!app)
        return;
    cf__router_free(app->router);
    cf__context_dispose(&app->context);
    free(app);
}

cf_app *cf_request_app(cf_request *req)
{
    return (cf_app *)cf__request_of(req)->app; /* the request keeps it as the constant that web need not know */
}

/* ---- Routes ----------------------------------------------------------------------------------------------------- */

/* One target a handler: the router tells two uses of an endpoint apart by it. */
static struct cf__target *find_target(cf_app *app, cf_handler *handler, const char *name, bool transaction)
{
    struct cf__target **place = &app->targets;
    for (; *place; place = &(*place)->next)
        if ((*place)->handler == handler && (*place)->transaction == transaction && strcmp((*place)->name, name) == 0)
            return *place;
    *place = cf__app_take(app, sizeof **place);
    (*place)->handler = handler;
    (*place)->name = cf__app_copy(app, name);
    (*place)->transaction = transaction;
    return *place;
}

void cf_route_(cf_app *app, const char *methods, const char *rule, cf_handler *handler, const char *handler_name,
               struct cf_route_options options)
{
    const char *shown = rule ? rule : "(NULL)";
    if (app->serving) {
        cf_log_error("route %s was added while the app is being served, and is ignored: add it before cf_main", shown);
        return;
    }
    if (!methods || !rule || !handler) {
        cf__app_problem(app, "route %s: %s is NULL", shown, !rule ? "the rule" : !methods ? "methods" : "the handler");
        return;
    }
    const char *endpoint = options.name ? options.name : handler_name;
    struct cf__target *target = find_target(app, handler, handler_name, options.transaction);
    const char *problem = cf__router_add(app->router, methods, rule, endpoint, target);
    if (problem)
        cf__app_problem(app, "%s", problem);
}

/* ---- Commands --------------------------------------------------------------------------------------------------- */

void cf_command(cf_app *app, const char *name, const char *help, cf_command_function *function)
{
    static const char *const taken[] = { "run", "routes", "db" };
    bool twice = false;
    for (size_t i = 0; name && i < sizeof taken / sizeof taken[0]; i++)
        twice |= strcmp(taken[i], name) == 0;
    for (const struct cf__own_command *other = app->commands; name && other; other = other->next)
        twice |= strcmp(other->name, name) == 0;
    if (!name || !help || !function || twice) {
        cf__app_problem(app, "command %s: %s", name ? name : "(NULL)",
                        twice ? "there is one of this name" : "name, help and function are not NULL");
        return;
    }
    struct cf__own_command *command = cf__app_take(app, sizeof *command);
    *command = (struct cf__own_command){ cf__app_copy(app, name), cf__app_copy(app, help), function, app->commands };
    app->commands = command;
}

/* ---- Checks before it is served --------------------------------------------------------------------------------- */

static void check_bind(const struct cf_app_options *options, const struct cf_model *model)
{
    size_t i = 0;
    while (model->bind && i < CF_MOST_BINDS && options->binds[i].name &&
           strcmp(options->binds[i].name, model->bind) != 0)
        i++;
    if (model->bind && (i == CF_MOST_BINDS || !options->binds[i].name))
        cf_raise(CF_INTERNAL, "%s is in the database \"%s\", which .binds does not name", model->name, model->bind);
}

static void check_database(cf_app *app, const char *bind)
{
    const struct cf_model *const *models = cf__app_models(app, bind);
    if (models[0])
        cf_schema_of_models(cf__current()->head.context, models);
}

static void check_models(void *app_)
{
    cf_app *app = app_;
    const struct cf_app_options *options = &app->config.options;
    bool any = options->models && options->models[0];
    if (!any && options->database_uri && options->revisions)
        cf_raise(CF_INTERNAL, "no models: list them in cf_app_new, .models = CF_MODELS(…)");
    for (size_t i = 0; any && options->models[i]; i++)
        check_bind(options, options->models[i]);
    check_database(app, NULL);
    for (size_t i = 0; i < CF_MOST_BINDS && options->binds[i].name; i++)
        check_database(app, options->binds[i].name);
}

static const char *check_workers(const cf_app *app)
{
    return app->config.options.workers > 1 && cf__config_in_memory(&app->config)
               ? "workers: a database in memory belongs to one process: say 1, or put it into a file\n"
               : "";
}

const char *cf__app_problems(cf_app *app)
{
    struct cf__buffer lines = cf__buffer_new(cf__current(), CF__CAP_OUTPUT, "the list of problems");
    for (const struct cf__problem *problem = app->problems; problem; problem = problem->next)
        cf__buffer_format(&lines, "%s\n", problem->text);
    const cf_error *error = cf_attempt(&cf__current()->head, check_models, app);
    if (error)
        cf__buffer_format(&lines, "%s\n", error->message);
    cf__buffer_string(&lines, check_workers(app));
    return lines.size ? cf__buffer_text(&lines) : NULL;
}

/* ---- The database ----------------------------------------------------------------------------------------------- */

static int64_t microseconds(double seconds)
{
    return (int64_t)(seconds * 1e6);
}

static void add_replicas(cf_engine *engine, const char *uris)
{
    for (const char *at = uris; at && *(at += strspn(at, " \t\n"));) {
        size_t size = strcspn(at, " \t\n");
        cf__engine_add_replica(engine, cf__copy_bytes(cf__current(), at, size));
        at += size;
    }
}

static cf_engine *open_database(cf_app *app, const struct cf_bind *database, const char *bind)
{
    const struct cf_app_options *options = &app->config.options;
    return cf__engine_open(database->database_uri,
                           &(struct cf__engine_options){
                               .echo = options->echo,
                               .echo_pool = options->echo_pool,
                               .query_cache_size = (unsigned)database->query_cache_size,
                               .on_statement = options->on_statement,
                               .engine_hooks = options->engine_hooks,
                               .record = options->debug || app->testing,
                               .no_autoflush = options->no_autoflush,
                               .hooks = &options->session_hooks,
                               .models = cf__app_models(app, bind),
                               .slow = microseconds(database->slow_statement),
                               .hide_parameters = database->hide_parameters,
                               .isolation = database->isolation,
                               .on_connect = database->on_connect,
                               .synchronous_normal = database->synchronous_normal,
                               .busy_timeout = microseconds(database->busy_timeout),
                               .pool_size = (unsigned)database->pool_size,
                               .max_overflow = database->max_overflow ? database->max_overflow : -1,
                               .pool_timeout = microseconds(database->pool_timeout),
                               .pool_recycle = microseconds(database->pool_recycle),
                               .pool_pre_ping = database->pool_pre_ping,
                               .statement_timeout = microseconds(database->statement_timeout),
                           });
}

cf_engine *cf__app_engine(cf_app *app, const char *uri)
{
    const struct cf_app_options *options = &app->config.options;
    const struct cf_bind own = {
        .database_uri = uri ? uri : options->database_uri,
        .hide_parameters = options->hide_parameters,
        .isolation = options->isolation,
        .on_connect = options->on_connect,
        .pool_size = options->pool_size,
        .max_overflow = options->max_overflow,
        .pool_timeout = options->pool_timeout,
        .pool_recycle = options->pool_recycle,
        .pool_pre_ping = options->pool_pre_ping,
        .query_cache_size = options->query_cache_size,
        .synchronous_normal = options->synchronous_normal,
        .busy_timeout = options->busy_timeout,
        .statement_timeout = options->statement_timeout,
        .slow_statement = options->slow_statement,
    };
    return own.database_uri ? open_database(app, &own, NULL) : NULL;
}

void cf__app_open_binds(cf_app *app, cf_engine *engine)
{
    const struct cf_bind *binds = app->config.options.binds;
    for (size_t i = 0; i < CF_MOST_BINDS && binds[i].name; i++)
        if (binds[i].database_uri)
            cf__engine_add_bind(engine, binds[i].name, open_database(app, &binds[i], binds[i].name));
}

const struct cf_model *const *cf__app_models(cf_app *app, const char *bind)
{
    const struct cf_model *const *all = app->config.options.models;
    size_t count = 0, kept = 0;
    while (all && all[count])
        count++;
    const struct cf_model **models = cf__app_take(app, (count + 1) * sizeof *models);
    for (size_t i = 0; i < count; i++)
        if (all[i]->bind && bind ? strcmp(all[i]->bind, bind) == 0 : all[i]->bind == bind)
            models[kept++] = all[i];
    models[kept] = NULL;
    return models;
}

void cf__app_open(cf_app *app, const char *uri)
{
    app->engine = cf__app_engine(app, uri);
    if (app->engine)
        cf__app_open_binds(app, app->engine);
    if (app->engine && !uri)
        add_replicas(app->engine, app->config.options.replicas);
}

void cf__app_close(cf_app *app)
{
    if (app->engine)
        cf__engine_close(app->engine);
    app->engine = NULL;
}

/* ---- Processes -------------------------------------------------------------------------------------------------- */

/* Cores this process may run on, which in a container are fewer than the machine has. */
static int count_cores(void)
{
    cpu_set_t cores;
    return sched_getaffinity(0, sizeof cores, &cores) == 0 ? CPU_COUNT(&cores) : 1;
}

int cf__app_workers(const cf_app *app)
{
    const struct cf_app_options *options = &app->config.options;
    if (options->workers)
        return options->workers;
    return options->debug || cf__config_in_memory(&app->config) ? 1 : count_cores();
}
