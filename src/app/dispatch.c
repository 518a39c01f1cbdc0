/* SPDX-License-Identifier: MIT
 *
 * The life of a request in an app: `handle` reads from top to bottom, as Flask's full_dispatch_request does. What
 * goes wrong anywhere in it is raised; `failed` then logs it according to whose fault it is, and answers.
 *
 * A handler that changes rows and never commits them answers a success that did not happen. That is refused in
 * debug mode and in tests, where it can be mended, and only told in production.
 */
#include "../base/clock.h"
#include "../base/log.h"
#include "app.h"

static const struct cf__target *target_of(const struct cf__request *request)
{
    return request->match.route->target;
}

/* ---- Answers to what the router found --------------------------------------------------------------------------- */

static cf_response *run_handler(struct cf__request *request)
{
    const struct cf__target *target = target_of(request);
    cf_response *response = target->handler(&request->head);
    if (!response)
        cf_raise(CF_INTERNAL, "handler %s (endpoint %s) returned NULL: a handler returns a response", target->name,
                 request->match.route->endpoint);
    return response;
}

/* An answer that tells an error commits nothing. */
static void run_in_transaction(cf_db *db, void *request_)
{
    struct cf__request *request = request_;
    request->response = run_handler(request);
    if (request->response->status >= 400)
        cf_rollback(db);
}

static cf_response *call_handler(struct cf__request *request)
{
    if (!target_of(request)->transaction)
        return run_handler(request);
    cf_transaction(request->head.db, run_in_transaction, request);
    return request->response;
}

/* The query string stays with the path it was sent to. */
static cf_response *redirect(struct cf__request *request)
{
    const char *location = request->match.location;
    if (*request->query_string)
        location = cf_format(&request->head, "%s?%s", location, request->query_string);
    return cf_redirect(&request->head, location, .status = 308);
}

static cf_response *answer_options(struct cf__request *request)
{
    cf_response *response = cf_empty(&request->head, 200);
    cf_set_header(response, "Allow", request->match.allow);
    return response;
}

static cf_response *refuse_method(struct cf__request *request)
{
    cf_abort(&request->head, 405); /* cf__response_error adds Allow */
}

static cf_response *refuse_path(struct cf__request *request)
{
    cf_abort(&request->head, 404);
}

static cf_response *refuse_escape(struct cf__request *request)
{
    cf_abort(&request->head, 400, .description = "The path has a malformed percent-escape.");
}

static cf_response *(*const answers[])(struct cf__request *) = {
    [CF__MATCH_ROUTE] = call_handler,      [CF__MATCH_REDIRECT] = redirect, [CF__MATCH_OPTIONS] = answer_options,
    [CF__MATCH_NO_METHOD] = refuse_method, [CF__MATCH_NONE] = refuse_path,  [CF__MATCH_BAD_ESCAPE] = refuse_escape,
};

/* ---- A request -------------------------------------------------------------------------------------------------- */

static void check_committed(const cf_app *app, const struct cf__request *request)
{
    if (request->match.kind != CF__MATCH_ROUTE || request->response->status >= 400)
        return;
    if (!app->engine || !cf__session_pending(request->head.db))
        return;
    const char *advice = "left uncommitted changes: call cf_commit(req->db) or cf_rollback(req->db)";
    if (app->testing || app->config.options.debug)
        cf_raise(CF_INTERNAL, "handler %s %s", target_of(request)->name, advice);
    cf_log_warning("handler %s %s", target_of(request)->name, advice);
}

struct cf_sql_log cf_sql_log(cf_request *req)
{
    return req->db ? cf__session_recorded(req->db) : (struct cf_sql_log){ 0 };
}

/* Server-Timing: db;dur=1.250;desc="3 statements", total;dur=2.000 (https://www.w3.org/TR/server-timing/) */
static void tell_time(const struct cf__request *request, int64_t began)
{
    struct cf_sql_log log = cf_sql_log((cf_request *)&request->head);
    double database = 0;
    for (size_t i = 0; i < log.count; i++)
        database += log.items[i].milliseconds;
    cf_set_header(request->response, "Server-Timing",
                  cf_format(&request->head, "db;dur=%.3f;desc=\"%zu statements\", total;dur=%.3f", database, log.count,
                            (double)(cf__monotonic() - began) / 1000));
}

static void handle(void *app_, struct cf__request *request)
{
    int64_t began = cf__monotonic();
    cf_app *app = app_;
    request->app = app;
    request->debug = app->config.options.debug;
    request->context.label = request->method;
    request->context.object = request->path;
    request->head.db = cf__session_open(&request->context, app->engine);
    cf__router_match(app->router, &request->context, request->method, request->path, &request->match);
    if (request->debug && request->match.kind == CF__MATCH_ROUTE)
        cf__session_watch(request->head.db, target_of(request)->name);
    request->response = answers[request->match.kind](request);
    check_committed(app, request);
    if (request->debug)
        tell_time(request, began);
}

/* ---- Errors ----------------------------------------------------------------------------------------------------- */

/* What a client did wrong is its own affair; what the server cannot do for the moment is worth a word; the rest is
 * a bug. */
static enum cf_log_level level_of(const cf_error *error)
{
    if (error->code == CF_CANCELLED || cf__error_status(error) < 500)
        return CF_LOG_DEBUG;
    return cf__error_status(error) == 503 ? CF_LOG_WARNING : CF_LOG_ERROR;
}

static void log_error(const struct cf__error_record *record)
{
    const cf_error *error = &record->error;
    enum cf_log_level level = level_of(error);
    cf_log(level, "%s: %s%s%s%s%s", cf_error_name(error->code), error->message, error->statement ? "; statement: " : "",
           error->statement ? error->statement : "", error->parameters ? " " : "",
           error->parameters ? error->parameters : "");
    if (level == CF_LOG_ERROR)
        cf__log_backtrace(level, record->frames, record->frame_count);
}

static void failed(void *app, struct cf__request *request)
{
    (void)app;
    struct cf__error_record record;
    cf__error_record_copy(&record, &request->context.record);
    log_error(&record);
    record.error.details = cf__refused_fields(request, &record.error);
    request->response = cf__response_error(&request->head, &record.error);
}

struct cf__service cf__app_service(cf_app *app)
{
    app->serving = true;
    return (struct cf__service){ handle, failed, app };
}
