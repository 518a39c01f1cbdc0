/* SPDX-License-Identifier: MIT
 *
 * The application behind cf_app: what the command line and the test client need of it.
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

struct cf_app {
    const char *name;
    struct cf__context context; /* owns what the app copied; lives as long as the app */
    struct cf__config config;
    struct cf__router *router;
    struct cf__buffer problems; /* what was wrong with the set-up, a line each */
    cf_engine *engine;          /* of this process, between open and close */
};

/* What was wrong with the set-up, a line each, models included (cf_schema_of_models); NULL where nothing was. Runs in a fiber. */
const char *cf__app_problems(cf_app *app);
/* Opens the app's database in this process (nothing where it has none); `uri` NULL: the configured one. In a fiber; raises. */
void cf__app_open(cf_app *app, const char *uri);
void cf__app_close(cf_app *app);
/* The service that answers the app's requests: session, routing, handler, error answers, access to the log. */
struct cf__service cf__app_service(cf_app *app);
/* Workers to run: configured, else by debug mode, database and cores. */
int cf__app_workers(const cf_app *app);

/* JSON of a model's rows appended to a buffer: an object, and an array of objects. */
void cf__model_json(struct cf__buffer *buffer, const struct cf_model *model, const void *row);
void cf__models_json(struct cf__buffer *buffer, const struct cf_model *model, void *const *rows, size_t count);

#endif
