/* SPDX-License-Identifier: MIT
 *
 * The application behind cf_app: what the command line and the test client need of it, and what its own files
 * share.
 *
 * An app is put together outside a fiber, where nothing can raise: what is wrong with it is noted as a problem,
 * and its memory comes straight from its arena (no memory at that point ends the process with a word).
 */
#ifndef CARAFE_APP_APP_H
#define CARAFE_APP_APP_H

#include <carafe/app.h>

#include "../orm/session.h"
#include "../web/request.h"

/* Configuration as it is after defaults, the program's options and the environment, in that order. */
struct cf__config {
    struct cf_app_options options; /* every field filled; texts owned by the app */
};

/* Something wrong with the set-up: one line. */
struct cf__problem {
    const char *text;
    struct cf__problem *next;
};

/* What a route leads to. */
struct cf__target {
    cf_handler *handler;
    const char *name; /* the handler's, as written in the program */
    bool transaction;
    struct cf__target *next;
};

/* A command of cf_command. */
struct cf__own_command {
    const char *name, *help;
    cf_command_function *function;
    struct cf__own_command *next;
};

struct cf_app {
    const char *name;
    struct cf__context context; /* owns what the app copied; lives as long as the app */
    struct cf__config config;
    struct cf__router *router;
    struct cf__target *targets;
    struct cf__own_command *commands; /* newest first */
    struct cf__problem *problems, **last_problem;
    cf_engine *engine; /* of this process, between open and close */
    bool serving;      /* its routes are settled */
    bool testing;      /* a test client's: uncommitted changes are errors, as in debug mode */
};

/* What was wrong with the set-up, a line each, models included (cf_schema_of_models); NULL where nothing was. Runs
 * in a fiber, in whose context the text lives. */
const char *cf__app_problems(cf_app *app);
/* Opens a database with the app's options, in a fiber; raises. `uri` NULL: the configured one; NULL where there is
 * none either. */
cf_engine *cf__app_engine(cf_app *app, const char *uri);
/* Opens the app's database in this process (nothing where it has none), and closes it again. As above. */
void cf__app_open(cf_app *app, const char *uri);
void cf__app_close(cf_app *app);
/* The service that answers the app's requests: session, routing, handler, error answers, access to the log. */
struct cf__service cf__app_service(cf_app *app);
/* The models of one of the app's databases (`bind` NULL: its own), in the app's memory. */
const struct cf_model *const *cf__app_models(cf_app *app, const char *bind);
/* Opens the databases of .binds beside an engine of the app. */
void cf__app_open_binds(cf_app *app, cf_engine *engine);
/* Workers to run: configured, else by debug mode, database and cores. */
int cf__app_workers(const cf_app *app);

/* JSON of a model's rows appended to a buffer: an object, and an array of objects. */
void cf__model_json(struct cf__buffer *buffer, const struct cf_model *model, const void *row);
void cf__models_json(struct cf__buffer *buffer, const struct cf_model *model, void *const *rows, size_t count);

/* ---- Between the files of this folder --------------------------------------------------------------------------- */

/* How many rows a client asks for by ?per_page=, at most as many as the options allow (0: the defaults). */
int64_t cf__rows_per_page(cf_request *req, const struct cf_paging *paging);
/* What an answer says of the fields of its body that the database refused, as error->details has it; `error` lies outside of
 * the request's context. NULL: nothing. Never raises. */
const char *cf__refused_fields(struct cf__request *request, const cf_error *error);
/* One field of a row as JSON, and a JSON value as a field of a row: NULL, or what is wrong with it. */
void cf__field_to_json(struct cf__buffer *buffer, const struct cf_column *column, const void *row);
const char *cf__field_from_json(struct cf__context *context, const struct cf_column *column,
                                const struct cf__json *value, void *row);

/* Fills app->config from the program's options and the environment. */
void cf__config_load(cf_app *app, const struct cf_app_options *options);
/* True where the database lives in the memory of the process that opens it. */
bool cf__config_in_memory(const struct cf__config *config);

/* Memory and copies that live as long as the app; a copy of NULL is NULL. Outside a fiber: they never raise. */
void *cf__app_take(cf_app *app, size_t size);
const char *cf__app_copy(cf_app *app, const char *text);
/* Formatted as by printf, cut after 1023 bytes; a problem is one line. */
const char *cf__app_format(cf_app *app, const char *format, ...) __attribute__((format(printf, 2, 3)));
void cf__app_problem(cf_app *app, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
