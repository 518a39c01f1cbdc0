/* SPDX-License-Identifier: MIT
 *
 * libmicrohttpd as the HTTP side of a worker. It has no thread here: its epoll descriptor is watched by the worker's
 * loop, and MHD_run is called when that is readable, at the end of a turn in which a parked request got its answer
 * (neither the descriptor nor MHD_get_timeout tells of a resumed connection), and at once again while it says so.
 *
 * The life of a request: see_request_line (makes the exchange) -> handle, first call (admit: limits and framing) ->
 * handle with parts of the body -> handle, last call (start: a fiber runs the service). Where the fiber has ended by
 * then, the answer is queued in the same call; otherwise the connection is suspended until the fiber ends, and the
 * library calls handle once more. An answer is never queued in the first call, since that closes the connection.
 *
 * Invariants: an exchange lives from the request line to `complete`; a connection with a parked fiber is suspended, and
 * a suspended one neither times out nor closes, so a fiber never outlives its exchange.
 */
#include "http.h"

#include <stdlib.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "../../base/clock.h"

enum {
    SECOND = 1000000,
    TARGET_ROOM = 256,    /* what a pooled exchange keeps for its target */
    BODY_ROOM = 64 << 10, /* first room for a body, however long it claims to be */
    POOL_SLACK = 4 << 10, /* the library's own records and the answer's head, beside the request's head */
    POOL_LEAST = 4 << 10,
    ACCEPT_MOST = 16,       /* connections accepted from an adopted listener in one turn */
    SPARE_DESCRIPTORS = 64, /* for files and databases beside the connections */
};

/* ---- Exchanges -------------------------------------------------------------------------------------------------- */

static struct cf__exchange *take_exchange(struct cf__server *server)
{
    struct cf__exchange *exchange = server->pool;
    if (!exchange)
        return calloc(1, sizeof(*exchange));
    server->pool = exchange->next;
    return exchange;
}

static void free_exchange(struct cf__exchange *exchange)
{
    free(exchange->target);
    free(exchange);
}

static void release_exchange(struct cf__server *server, struct cf__exchange *exchange)
{
    if (exchange->stage > CF__STAGE_LINE)
        cf__context_dispose(&exchange->request.context);
    if (exchange->target_room > TARGET_ROOM) {
        free_exchange(exchange);
        return;
    }
    exchange->next = server->pool;
    server->pool = exchange;
}

/* "http://host/path" is "/path" (RFC 9112 section 3.2.2). */
static const char *without_authority(const char *target)
{
    if (target[0] == '/' || (strncasecmp(target, "http://", 7) != 0 && strncasecmp(target, "https://", 8) != 0))
        return target;
    const char *path = strchr(strchr(target, ':') + 3, '/');
    return path ? path : "/";
}

static bool keep_target(struct cf__exchange *exchange, const char *target, size_t size)
{
    if (size >= exchange->target_room) {
        size_t room = size < TARGET_ROOM ? TARGET_ROOM : size + 1;
        char *grown = realloc(exchange->target, room);
        if (!grown)
            return false;
        exchange->target = grown;
        exchange->target_room = room;
    }
    memcpy(exchange->target, target, size + 1);
    return true;
}

/* The arguments of the target are ours to parse. Ended after the question mark, they are not parsed by the library,
 * which would use its pool for them and in version 0.9.75 turns forever (until a time-out) when there are too many. The
 * text is the library's own read buffer, so it can be written to. */
static void hide_arguments(const char *target)
{
    char *question = strchr(target, '?');
    if (question && question[1])
        question[1] = '\0';
}

static void *see_request_line(void *self, const char *target, struct MHD_Connection *handle)
{
    struct cf__server *server = self;
    struct cf__connection *connection = cf__connection_of(handle);
    struct cf__exchange *exchange = connection && target ? take_exchange(server) : NULL;
    if (!exchange)
        return NULL;
    exchange->stage = CF__STAGE_LINE;
    exchange->connection = connection;
    exchange->handle = handle;
    exchange->target_size = strlen(target);
    if (exchange->target_size <= server->limits.url && !keep_target(exchange, target, exchange->target_size)) {
        release_exchange(server, exchange);
        return NULL;
    }
    hide_arguments(target);
    connection->exchange = exchange;
    if (connection->served)
        connection->deadline = server->now + server->limits.header_time;
    return exchange;
}

static size_t leave_encoded(void *self, struct MHD_Connection *handle, char *text)
{
    (void)self, (void)handle;
    return strlen(text);
}

static void complete(void *self, struct MHD_Connection *handle, void **slot, enum MHD_RequestTerminationCode how)
{
    struct cf__server *server = self;
    struct cf__exchange *exchange = *slot;
    (void)handle;
    if (!exchange)
        return;
    struct cf__connection *connection = exchange->connection;
    connection->exchange = NULL;
    connection->served = true;
    connection->refused |= how == MHD_REQUEST_TERMINATED_WITH_ERROR;
    connection->deadline = server->now + server->limits.idle + server->limits.header_time;
    release_exchange(server, exchange);
    *slot = NULL;
}

/* ---- Headers ---------------------------------------------------------------------------------------------------- */

static const char *find_header(void *self, const char *name)
{
    return MHD_lookup_connection_value(self, MHD_HEADER_KIND, name);
}

struct visitor {
    void (*visit)(void *data, const char *name, const char *value);
    void *data;
};

static enum MHD_Result visit_header(void *self, enum MHD_ValueKind kind, const char *name, const char *value)
{
    const struct visitor *visitor = self;
    (void)kind;
    visitor->visit(visitor->data, name, value ? value : "");
    return MHD_YES;
}

static void each_header(void *self, void (*visit)(void *data, const char *name, const char *value), void *data)
{
    struct visitor visitor = { visit, data };
    const char *previous = cf__foreign_enter("MHD_get_connection_values");
    MHD_get_connection_values(self, MHD_HEADER_KIND, visit_header, &visitor);
    cf__foreign_leave(previous);
}

static const struct cf__transport transport = { find_header, each_header };

/* ---- Admission -------------------------------------------------------------------------------------------------- */

/* Answers and ends the connection; for handle to return. */
static enum MHD_Result refuse(struct cf__exchange *exchange, const char *method, int status, const char *description)
{
    exchange->connection->refused = true;
    cf__write_refusal(exchange->connection, status, description, strcmp(method, "HEAD") != 0);
    return MHD_NO;
}

static char nothing[1]; /* the body where there is none */

static enum MHD_Result admit(struct cf__exchange *exchange, const char *target, const char *method, const char *version)
{
    struct cf__refusal refusal = cf__judge(exchange, target, version);
    if (refusal.status)
        return refuse(exchange, method, refusal.status, refusal.description);
    struct cf__request *request = &exchange->request;
    cf__request_init(request, method, without_authority(exchange->target));
    request->remote_address = exchange->connection->address;
    request->transport = &transport;
    request->transport_self = exchange->handle;
    request->body = nothing;
    exchange->body_room = 0;
    exchange->stage = CF__STAGE_BODY;
    exchange->connection->deadline = 0;
    return MHD_YES;
}

/* ---- Body ------------------------------------------------------------------------------------------------------- */

/* Room for `size` bytes and a NUL in the arena, doubling. */
static bool grow_body(struct cf__exchange *exchange, size_t size)
{
    struct cf__request *request = &exchange->request;
    if (size < exchange->body_room)
        return true;
    size_t room = exchange->body_room ? exchange->body_room * 2 : BODY_ROOM;
    if (exchange->body_room == 0) {
        const char *length = find_header(exchange->handle, "Content-Length");
        size_t expected = length ? strtoull(length, NULL, 10) : 0;
        if (expected && expected < BODY_ROOM)
            room = expected + 1;
    }
    while (room <= size)
        room *= 2;
    char *grown = exchange->body_room
                      ? cf__arena_resize(&request->context.arena, request->body, exchange->body_room, room)
                      : cf__arena_take(&request->context.arena, room);
    if (!grown)
        return false;
    request->body = grown;
    exchange->body_room = room;
    return true;
}

static enum MHD_Result take_body(struct cf__exchange *exchange, const char *method, const char *data, size_t *size)
{
    struct cf__request *request = &exchange->request;
    if (*size > exchange->connection->server->limits.body - request->body_size)
        return refuse(exchange, method, 413, "The body is too large.");
    if (!grow_body(exchange, request->body_size + *size))
        return refuse(exchange, method, 503, "There is no memory for the body.");
    memcpy(request->body + request->body_size, data, *size);
    request->body_size += *size;
    request->body[request->body_size] = '\0';
    *size = 0;
    return MHD_YES;
}

/* ---- Running and answering -------------------------------------------------------------------------------------- */

/* Headers that say where the message ends: the library's business, from the size of the body. */
static bool is_framing_header(const char *name)
{
    return strcasecmp(name, "Content-Length") == 0 || strcasecmp(name, "Transfer-Encoding") == 0;
}

static enum MHD_Result answer(struct cf__exchange *exchange)
{
    const struct cf__request *request = &exchange->request;
    const cf_response *response = request->response;
    if (!response)
        return refuse(exchange, request->method, 503, "There is no memory for the request.");
    struct MHD_Response *message =
        MHD_create_response_from_buffer(response->size, (void *)response->body, MHD_RESPMEM_PERSISTENT);
    if (!message)
        return refuse(exchange, request->method, 503, "There is no memory for the answer.");
    if (response->content_type)
        MHD_add_response_header(message, MHD_HTTP_HEADER_CONTENT_TYPE, response->content_type);
    for (const struct cf__header *header = response->headers; header; header = header->next)
        if (!is_framing_header(header->name))
            MHD_add_response_header(message, header->name, header->value);
    if (exchange->connection->server->quiesced)
        MHD_add_response_header(message, MHD_HTTP_HEADER_CONNECTION, "close");
    enum MHD_Result result = MHD_queue_response(exchange->handle, (unsigned)response->status, message);
    MHD_destroy_response(message);
    return result;
}

static void run(void *argument)
{
    struct cf__exchange *exchange = argument;
    cf__service_run(&exchange->connection->server->service, &exchange->request);
}

static void done(void *argument, bool failed)
{
    struct cf__exchange *exchange = argument;
    bool parked = exchange->stage == CF__STAGE_PARKED;
    (void)failed; /* the service has made an answer of it; where no fiber could be had there is none */
    exchange->stage = CF__STAGE_ENDED;
    exchange->fiber = NULL;
    if (!parked)
        return;
    exchange->connection->server->resumed = true;
    MHD_resume_connection(exchange->handle);
}

static enum MHD_Result start(struct cf__exchange *exchange)
{
    exchange->stage = CF__STAGE_RUNNING;
    exchange->started = exchange->connection->server->now;
    cf__fiber *fiber = cf__fiber_start(&exchange->request.context, run, done, exchange);
    if (exchange->stage == CF__STAGE_ENDED)
        return answer(exchange);
    exchange->fiber = fiber;
    exchange->stage = CF__STAGE_PARKED;
    MHD_suspend_connection(exchange->handle);
    return MHD_YES;
}

static enum MHD_Result handle(void *self, struct MHD_Connection *connection, const char *target, const char *method,
                              const char *version, const char *data, size_t *size, void **slot)
{
    struct cf__exchange *exchange = *slot;
    (void)self, (void)connection;
    if (!exchange)
        return MHD_NO; /* no memory when its request line was read */
    switch (exchange->stage) {
    case CF__STAGE_LINE:
        return admit(exchange, target, method, version);
    case CF__STAGE_BODY:
        return *size ? take_body(exchange, method, data, size) : start(exchange);
    case CF__STAGE_ENDED:
        return answer(exchange);
    case CF__STAGE_RUNNING:
    case CF__STAGE_PARKED:
        break;
    }
    return MHD_NO;
}

/* ---- Turning the library ---------------------------------------------------------------------------------------- */

static void run_library(struct cf__server *server)
{
    MHD_UNSIGNED_LONG_LONG wait = 1;
    server->now = cf__monotonic();
    server->resumed = false;
    MHD_run(server->daemon);
    if (MHD_get_timeout(server->daemon, &wait) == MHD_YES && wait == 0)
        cf__timer_at(server->again, server->now);
}

/* Also what makes the library close idle connections: its own time-outs count whole seconds. */
static void on_clock(void *data)
{
    struct cf__server *server = data;
    run_library(server);
    cf__linger_expire(&server->lingering, server->now);
    cf__enforce_deadlines(server);
    if (!server->connections && !server->lingering.first) {
        cf__timer_stop(server->clock);
        server->clock_runs = false;
    }
}

static void on_event(void *data, int events)
{
    (void)events;
    run_library(data);
}

static void on_again(void *data)
{
    run_library(data);
}

static void on_turn_end(void *data)
{
    struct cf__server *server = data;
    if (server->resumed)
        run_library(server);
}

/* ---- Adopted listeners ------------------------------------------------------------------------------------------ */

static void on_adopted(void *data, int events)
{
    const struct cf__adopted *adopted = data;
    (void)events;
    for (int i = 0; i < ACCEPT_MOST; i++) {
        struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
        socklen_t size = sizeof(address);
        int fd = accept4(adopted->listener, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        adopted->server->now = cf__monotonic();
        MHD_add_connection(adopted->server->daemon, fd, (struct sockaddr *)&address, size);
    }
}

void cf__server_adopt(struct cf__server *server, int listener)
{
    for (const struct cf__adopted *known = server->adopted; known; known = known->next)
        if (known->listener == listener)
            return;
    struct cf__adopted *adopted = server->quiesced ? NULL : calloc(1, sizeof(*adopted));
    if (!adopted)
        return;
    *adopted = (struct cf__adopted){ .server = server, .listener = listener, .next = server->adopted };
    adopted->watch = cf__watch_start(listener, CF__READABLE, on_adopted, adopted);
    if (!adopted->watch) {
        free(adopted);
        return;
    }
    server->adopted = adopted;
}

void cf__server_release(struct cf__server *server, int listener)
{
    for (struct cf__adopted **place = &server->adopted; *place; place = &(*place)->next) {
        struct cf__adopted *adopted = *place;
        if (adopted->listener != listener)
            continue;
        *place = adopted->next;
        cf__watch_stop(adopted->watch);
        free(adopted);
        return;
    }
}

/* ---- The server ------------------------------------------------------------------------------------------------- */

static struct cf__server_limits fill_limits(const struct cf__server_limits *given)
{
    struct cf__server_limits limits = given ? *given : (struct cf__server_limits){ 0 };
    limits.body = limits.body ? limits.body : (size_t)16 << 20;
    limits.headers = limits.headers ? limits.headers : (size_t)16 << 10;
    limits.url = limits.url ? limits.url : (size_t)8 << 10;
    limits.idle = limits.idle ? limits.idle : 60 * (int64_t)SECOND;
    limits.header_time = limits.header_time ? limits.header_time : 10 * (int64_t)SECOND;
    limits.connections = limits.connections ? limits.connections : 10000;
    return limits;
}

/* Raises the limit on descriptors as far as it goes, and gives how many connections fit. */
static unsigned fit_descriptors(unsigned connections)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return connections;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return connections;
    rlim_t room = limit.rlim_cur > 2 * SPARE_DESCRIPTORS ? limit.rlim_cur - SPARE_DESCRIPTORS : SPARE_DESCRIPTORS;
    return room < connections ? (unsigned)room : connections;
}

/* The library keeps the head of a request, its records of it and the head of the answer in one pool a connection, which
 * it clears after each request: so it costs memory and time, and must not be generous. */
static size_t pool_size(const struct cf__server_limits *limits)
{
    size_t size = limits->headers + POOL_SLACK;
    return size < POOL_LEAST + POOL_SLACK ? POOL_LEAST + POOL_SLACK : size;
}

/* clang-format off */
static struct MHD_Daemon *start_daemon(struct cf__server *server, int listener)
{
    const struct cf__server_limits *limits = &server->limits;
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, server,
                            MHD_OPTION_LISTEN_SOCKET, listener,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, pool_size(limits),
                            MHD_OPTION_CONNECTION_LIMIT, fit_descriptors(limits->connections),
                            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)((limits->idle + SECOND - 1) / SECOND),
                            MHD_OPTION_URI_LOG_CALLBACK, see_request_line, server,
                            MHD_OPTION_UNESCAPE_CALLBACK, leave_encoded, NULL,
                            MHD_OPTION_NOTIFY_COMPLETED, complete, server,
                            MHD_OPTION_NOTIFY_CONNECTION, cf__notice_connection, server,
                            MHD_OPTION_END);
}
/* clang-format on */

static bool join_loop(struct cf__server *server)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    server->again = cf__timer_new(on_again, server);
    server->clock = cf__timer_new(on_clock, server);
    server->hook = cf__turn_hook_add(on_turn_end, server);
    server->watch = info ? cf__watch_start(info->epoll_fd, CF__READABLE, on_event, server) : NULL;
    return server->again && server->clock && server->hook && server->watch;
}

struct cf__server *cf__server_start(int listener, const struct cf__server_limits *limits,
                                    const struct cf__service *service, const char **problem)
{
    struct cf__server *server = calloc(1, sizeof(*server));
    if (!server) {
        *problem = "no memory for the HTTP server";
        return NULL;
    }
    server->service = *service;
    server->limits = fill_limits(limits);
    server->now = cf__monotonic();
    server->daemon = start_daemon(server, listener);
    if (!server->daemon) {
        *problem = "libmicrohttpd does not start (descriptors or memory exhausted?)";
        free(server);
        return NULL;
    }
    if (!join_loop(server)) {
        *problem = "no memory for the HTTP server";
        cf__server_stop(server);
        return NULL;
    }
    return server;
}

void cf__server_quiesce(struct cf__server *server)
{
    if (server->quiesced)
        return;
    server->quiesced = true;
    MHD_quiesce_daemon(server->daemon);
    while (server->adopted)
        cf__server_release(server, server->adopted->listener);
    server->now = cf__monotonic();
    cf__quiesce_connections(server);
}

size_t cf__server_connections(const struct cf__server *server)
{
    return server->connection_count;
}

void cf__server_stop(struct cf__server *server)
{
    server->stopping = true;
    cf__server_quiesce(server); /* also keeps the library from closing the listener */
    if (server->watch)
        cf__watch_stop(server->watch);
    if (server->hook)
        cf__turn_hook_remove(server->hook);
    MHD_stop_daemon(server->daemon);
    cf__linger_end(&server->lingering);
    if (server->again)
        cf__timer_free(server->again);
    if (server->clock)
        cf__timer_free(server->clock);
    for (struct cf__exchange *exchange = server->pool, *next; exchange; exchange = next) {
        next = exchange->next;
        free_exchange(exchange);
    }
    free(server);
}
