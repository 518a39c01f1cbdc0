/* SPDX-License-Identifier: MIT
 *
 * The test client: an app called in process. A call goes through the very service that answers HTTP, in the test's
 * own fiber, with a request that ends when the call has been answered; only the reply is kept. The database is the
 * client's: opened and brought up to date when the client is made, closed when the test ends.
 */
#include "client.h"

#include <stdlib.h>
#include <strings.h>

#include "../migrate/migrate.h"

/* The headers of a call, "Name: value" each, split. */
struct call_headers {
    struct cf__header *first, **last;
};

/* ---- Making a client -------------------------------------------------------------------------------------------- */

static void dispose_request(void *request_)
{
    struct cf__request *request = request_;
    cf__context_dispose(&request->context);
}

static void close_client(void *client_)
{
    struct cf__client *client = client_;
    if (client->request) /* a failed assertion in a handler left it behind */
        dispose_request(client->request);
    cf__context_dispose(&client->context);
    if (client->app->engine == client->engine)
        client->app->engine = NULL;
    if (client->engine)
        cf__engine_close(client->engine);
    free(client);
}

static void free_app(void *app)
{
    cf_app_free(app);
}

/* Ours from now on, once: several clients may share an app. */
static void adopt_app(cf_app *app)
{
    if (app->testing)
        return;
    app->testing = true;
    cf_defer(&cf__current()->head, free_app, app);
}

static void refuse_problems(cf_app *app)
{
    const char *problems = cf__app_problems(app);
    if (problems)
        cf_raise(CF_INTERNAL, "%s", problems);
}

static void bring_one_up_to_date(struct cf__client *client, const char *bind, cf_engine *engine,
                                 const cf_revision *const *revisions)
{
    const struct cf_model *const *models = cf__app_models(client->app, bind);
    struct cf__buffer unread = cf__buffer_new(&client->context, CF__CAP_OUTPUT, "the output of migrations");
    if (revisions && revisions[0])
        cf__migrate_to_head(&(struct cf__migration){
            .models = models,
            .revisions = revisions,
            .engine = engine,
            .output = &unread,
        });
    else if (models[0])
        cf__migrate_create_all(engine, models);
}

static void bring_up_to_date(struct cf__client *client)
{
    const struct cf_app_options *options = &client->app->config.options;
    bring_one_up_to_date(client, NULL, client->engine, options->revisions);
    for (size_t i = 0; i < CF_MOST_BINDS && options->binds[i].name; i++)
        bring_one_up_to_date(client, options->binds[i].name, cf__engine_bind(client->engine, options->binds[i].name),
                             options->binds[i].revisions);
}

cf_client *cf_test_client_(cf_app *app, struct cf_client_options options)
{
    adopt_app(app);
    refuse_problems(app);
    struct cf__client *client = calloc(1, sizeof *client);
    if (!client)
        cf_raise(CF_NO_MEMORY, "no memory for a test client");
    client->app = app;
    cf__context_init(&client->context);
    client->head.context = client->context.head.context;
    cf_defer(&cf__current()->head, close_client, client);
    client->engine = cf__app_engine(app, options.database_uri);
    if (client->engine)
        cf__app_open_binds(app, client->engine);
    if (client->engine && !options.no_upgrade)
        bring_up_to_date(client);
    if (client->engine && options.rollback)
        cf__engine_enclose(client->engine);
    return &client->head;
}

cf_db *cf_client_db(cf_client *head)
{
    struct cf__client *client = (struct cf__client *)head;
    if (!client->db)
        client->db = cf__session_open(&client->context, client->engine);
    return client->db;
}

/* ---- Headers of a call ------------------------------------------------------------------------------------------ */

static const char *find_header(void *headers_, const char *name)
{
    const struct call_headers *headers = headers_;
    for (const struct cf__header *header = headers->first; header; header = header->next)
        if (strcasecmp(header->name, name) == 0)
            return header->value;
    return NULL;
}

static void each_header(void *headers_, void (*visit)(void *data, const char *name, const char *value), void *data)
{
    const struct call_headers *headers = headers_;
    for (const struct cf__header *header = headers->first; header; header = header->next)
        visit(data, header->name, header->value);
}

static const struct cf__transport transport = { find_header, each_header };

static void add_header(cf_request *req, struct call_headers *headers, const char *name, const char *value)
{
    struct cf__header *header = cf_alloc(req, sizeof *header);
    header->name = name;
    header->value = value;
    *headers->last = header;
    headers->last = &header->next;
}

static void add_line(cf_request *req, struct call_headers *headers, const char *line)
{
    const char *colon = strchr(line, ':');
    if (!colon)
        cf_raise(CF_INTERNAL, "\"%s\" is no header: write \"Name: value\"", line);
    const char *value = colon + 1 + strspn(colon + 1, " ");
    add_header(req, headers, cf__copy_bytes(cf__context_of(req->context), line, (size_t)(colon - line)),
               cf_copy(req, value));
}

static void add_cookies(cf_request *req, struct call_headers *headers, const struct cf__cookie *cookies)
{
    struct cf__buffer text = cf__buffer_new(cf__context_of(req->context), CF__CAP_RESPONSE, "the cookies");
    for (const struct cf__cookie *cookie = cookies; cookie; cookie = cookie->next)
        if (cookie->value)
            cf__buffer_format(&text, "%s%s=%s", text.size ? "; " : "", cookie->name, cookie->value);
    if (text.size)
        add_header(req, headers, "Cookie", cf__buffer_text(&text));
}

/* ---- Cookies ---------------------------------------------------------------------------------------------------- */

static struct cf__cookie *cookie_of(struct cf__client *client, const char *name)
{
    struct cf__cookie **place = &client->cookies;
    for (; *place; place = &(*place)->next)
        if (strcmp((*place)->name, name) == 0)
            return *place;
    *place = cf_alloc(&client->head, sizeof **place);
    (*place)->name = name;
    return *place;
}

/* True where a Set-Cookie takes the cookie away. */
static bool is_expired(const char *attributes)
{
    const char *age = strcasestr(attributes, "max-age=");
    return age && strtol(age + strlen("max-age="), NULL, 10) <= 0;
}

static void keep_cookie(struct cf__client *client, const char *set_cookie)
{
    size_t whole = strcspn(set_cookie, ";"), name_size = strcspn(set_cookie, "=;");
    if (set_cookie[name_size] != '=')
        return;
    const char *name = cf__copy_bytes(&client->context, set_cookie, name_size);
    const char *value = cf__copy_bytes(&client->context, set_cookie + name_size + 1, whole - name_size - 1);
    cookie_of(client, name)->value = is_expired(set_cookie + whole) ? NULL : value;
}

static void keep_cookies(struct cf__client *client, const struct cf__reply *reply)
{
    for (const struct cf__header *header = reply->headers; header; header = header->next)
        if (strcasecmp(header->name, "Set-Cookie") == 0)
            keep_cookie(client, header->value);
}

/* ---- Calls ------------------------------------------------------------------------------------------------------ */

/* The body and its content type: whichever of the three ways it was given in. */
static void set_body(struct cf__request *request, struct call_headers *headers, const struct cf_call *call)
{
    const char *type = call->json   ? "application/json"
                       : call->form ? "application/x-www-form-urlencoded"
                                    : call->content_type;
    const char *body = call->json ? call->json : call->form ? call->form : call->body;
    request->body = cf_copy(&request->head, body ? body : "");
    request->body_size = strlen(request->body);
    if (type)
        add_header(&request->head, headers, "Content-Type", type);
    if (body)
        add_header(&request->head, headers, "Content-Length", cf_format(&request->head, "%zu", request->body_size));
}

static void fill_request(struct cf__client *client, struct cf__request *request, const struct cf_call *call)
{
    struct call_headers *headers = cf_alloc(&request->head, sizeof *headers);
    headers->last = &headers->first;
    for (size_t i = 0; i < sizeof call->headers / sizeof call->headers[0] && call->headers[i]; i++)
        add_line(&request->head, headers, call->headers[i]);
    if (!find_header(headers, "Host"))
        add_header(&request->head, headers, "Host", "localhost");
    add_cookies(&request->head, headers, client->cookies);
    set_body(request, headers, call);
    request->remote_address = "127.0.0.1";
    request->transport = &transport;
    request->transport_self = headers;
    request->context.fiber = cf__current()->fiber;
}

/* The service looks for the database in its app, which other clients may share. */
static void run_service(struct cf__client *client, struct cf__request *request)
{
    struct cf__service service = cf__app_service(client->app);
    cf_engine *engine = client->app->engine;
    client->app->engine = client->engine;
    cf__service_run(&service, request);
    client->app->engine = engine;
}

cf_reply *cf_client_call_(cf_client *head, const char *method, const char *path, struct cf_call call)
{
    struct cf__client *client = (struct cf__client *)head;
    if (client->db && (cf__session_pending(client->db) || cf__link_active(cf__session_link(client->db))))
        cf_raise(CF_INTERNAL, "cf_client_db has uncommitted changes: call cf_commit before %s %s", method, path);
    client->db = NULL;
    if (client->request) /* an error of its own ended the call before */
        dispose_request(client->request);
    client->request = NULL;
    struct cf__request *request = cf_alloc(&client->head, sizeof *request);
    cf__request_init(request, cf_copy(&client->head, method), cf_copy(&client->head, path));
    client->request = request;
    fill_request(client, request, &call);
    run_service(client, request);
    struct cf__reply *reply = cf__reply_copy(client, request);
    keep_cookies(client, reply);
    client->request = NULL;
    dispose_request(request);
    return &reply->head;
}
