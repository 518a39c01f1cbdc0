/* SPDX-License-Identifier: MIT
 *
 * The handlers of the server's tests. They build their responses by hand, so that these tests stand on the server and
 * on nothing above it.
 */
#include "service.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <carafe/error.h>
#include <carafe/memory.h>
#include <carafe/wait.h>

enum { BIG = 3 << 20 };

struct shared *share(void)
{
    struct shared *shared =
        mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        abort();
    return shared;
}

static cf_response *respond(struct cf__request *request, int status, const char *body, size_t size)
{
    cf_response *response = cf_alloc(&request->head, sizeof(*response));
    *response = (cf_response){
        .request = &request->head, .status = status, .body = body, .size = size, .content_type = "text/plain"
    };
    request->response = response;
    return response;
}

static void respond_text(struct cf__request *request, const char *text)
{
    respond(request, 200, text, strlen(text));
}

static void hello(struct service_state *state, struct cf__request *request)
{
    (void)state;
    respond_text(request, "hello");
}

static void echo(struct service_state *state, struct cf__request *request)
{
    (void)state;
    respond(request, 200, request->body, request->body_size);
}

static void describe(struct service_state *state, struct cf__request *request)
{
    (void)state;
    respond_text(request, cf_format(&request->head, "%s|%s|%s|%s", request->method, request->path,
                                    request->query_string, request->remote_address));
}

static void count_release(void *shared)
{
    __atomic_add_fetch(&((struct shared *)shared)->released, 1, __ATOMIC_SEQ_CST);
}

static void yield(struct service_state *state, struct cf__request *request)
{
    (void)state;
    cf_sleep(0);
    respond_text(request, "yielded");
}

static void sleep_short(struct service_state *state, struct cf__request *request)
{
    (void)state;
    cf_sleep(0.3);
    respond_text(request, "slept");
}

static void sleep_long(struct service_state *state, struct cf__request *request)
{
    cf_defer(&request->head, count_release, state->shared);
    cf_sleep(60);
    respond_text(request, "slept long");
}

static void send_big(struct service_state *state, struct cf__request *request)
{
    (void)state;
    char *body = cf_alloc(&request->head, BIG);
    memset(body, 'b', BIG);
    respond(request, 200, body, BIG);
}

static void send_nothing(struct service_state *state, struct cf__request *request)
{
    (void)state;
    cf_response *response = respond(request, 204, NULL, 0);
    response->content_type = NULL;
}

static void send_unchanged(struct service_state *state, struct cf__request *request)
{
    (void)state;
    respond(request, 304, "unseen", 6);
}

static void send_headers(struct service_state *state, struct cf__request *request)
{
    static struct cf__header second = { "X-Two", "b", NULL };
    static struct cf__header first = { "X-One", "a", &second };
    (void)state;
    cf_response *response = respond(request, 200, "headers", 7);
    response->headers = &first;
}

static void append_header(void *data, const char *name, const char *value)
{
    char *text = data;
    size_t size = strlen(text);
    snprintf(text + size, 1024 - size, "%s=%s;", name, value);
}

static void list_headers(struct service_state *state, struct cf__request *request)
{
    (void)state;
    char *text = cf_alloc(&request->head, 1024);
    const char *found = request->transport->header(request->transport_self, "x-test");
    snprintf(text, 1024, "%s|", found ? found : "none");
    request->transport->each_header(request->transport_self, append_header, text);
    respond_text(request, text);
}

static void raise(struct service_state *state, struct cf__request *request)
{
    (void)state, (void)request;
    cf_raise(CF_INTERNAL, "as asked");
}

static void adopt(struct service_state *state, struct cf__request *request)
{
    cf__server_adopt(state->server, state->spare_listener);
    respond_text(request, "adopted");
}

static void release(struct service_state *state, struct cf__request *request)
{
    cf__server_release(state->server, state->spare_listener);
    respond_text(request, "released");
}

static void tell_pid(struct service_state *state, struct cf__request *request)
{
    (void)state;
    respond_text(request, cf_format(&request->head, "%d", (int)getpid()));
}

static const struct {
    const char *path;
    void (*handle)(struct service_state *state, struct cf__request *request);
} handlers[] = {
    { "/hello", hello },           { "/echo", echo },
    { "/yield", yield },           { "/sleep", sleep_short },
    { "/sleep_long", sleep_long }, { "/big", send_big },
    { "/nothing", send_nothing },  { "/unchanged", send_unchanged },
    { "/headers", send_headers },  { "/list_headers", list_headers },
    { "/raise", raise },           { "/adopt", adopt },
    { "/release", release },       { "/pid", tell_pid },
};

static void handle(void *self, struct cf__request *request)
{
    for (size_t i = 0; i < sizeof(handlers) / sizeof(*handlers); i++) {
        if (strcmp(request->path, handlers[i].path) == 0) {
            handlers[i].handle(self, request);
            return;
        }
    }
    describe(self, request);
}

static void fail(void *self, struct cf__request *request)
{
    (void)self;
    respond(request, request->context.record.error.code == CF_TIMEOUT ? 503 : 500, "failed", 6);
}

struct cf__service test_service(struct service_state *state)
{
    return (struct cf__service){ .handle = handle, .failed = fail, .self = state };
}
