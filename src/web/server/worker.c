/* SPDX-License-Identifier: MIT
 *
 * One worker from fork to exit: start of the application, the server, the loop, and the way down. SIGTERM (or the end
 * of the supervisor, seen as the end of the channel) makes it stop accepting and drain: the loop goes on until no
 * connection and no fiber is left, or until the time is over; then what is parked is cancelled, and what does not end
 * even so is left to the end of the process.
 */
#include "worker.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <carafe/log.h>

#include "../../base/arena.h"
#include "../../base/clock.h"
#include "../../base/fiber.h"
#include "../../base/loop.h"

enum { SECOND = 1000000, DRAIN_PERIOD = SECOND / 100 };

struct worker {
    const struct cf__post *post;
    struct cf__server *server;
    cf__signal *terminate;
    cf__watch *channel;
    cf__timer *drain;
    int64_t drain_until;
    bool stopping, cancelled;
};

/* ---- Stopping --------------------------------------------------------------------------------------------------- */

static void stop_serving(struct worker *worker)
{
    if (worker->stopping)
        return;
    worker->stopping = true;
    if (!worker->server) {
        cf__fiber_cancel_all("the server is stopping");
        return;
    }
    cf__server_quiesce(worker->server);
    worker->drain_until = cf__monotonic() + (int64_t)(worker->post->options->drain * SECOND);
    cf__timer_every(worker->drain, DRAIN_PERIOD);
}

static void on_drain(void *data)
{
    struct worker *worker = data;
    if (cf__server_connections(worker->server) == 0 && cf__fiber_count() == 0) {
        cf__loop_stop();
    } else if (cf__monotonic() >= worker->drain_until) {
        if (worker->cancelled)
            cf__loop_stop();
        cf__fiber_cancel_all("the server is stopping");
        worker->cancelled = true;
        worker->drain_until = cf__monotonic() + SECOND;
    }
}

static void on_terminate(void *data, int number)
{
    (void)number;
    stop_serving(data);
}

/* ---- The channel to the supervisor ------------------------------------------------------------------------------ */

static void follow(struct worker *worker, const struct cf__message *message)
{
    if (message->slot < 0 || message->slot >= worker->post->sockets->count)
        return;
    int listener = worker->post->sockets->descriptors[message->slot];
    if (message->kind == CF__ADOPT)
        cf__server_adopt(worker->server, listener);
    else if (message->kind == CF__RELEASE)
        cf__server_release(worker->server, listener);
}

static void on_message(void *data, int events)
{
    struct worker *worker = data;
    struct cf__message message;
    (void)events;
    ssize_t size = recv(worker->post->channel, &message, sizeof(message), MSG_DONTWAIT);
    if (size == (ssize_t)sizeof(message)) {
        follow(worker, &message);
    } else if (size == 0) {
        cf__watch_stop(worker->channel);
        worker->channel = NULL;
        stop_serving(worker);
    }
}

static void report_ready(const struct cf__post *post)
{
    struct cf__message message = { .kind = CF__READY, .slot = post->slot };
    (void)!send(post->channel, &message, sizeof(message), MSG_NOSIGNAL);
}

/* ---- From fork to exit ------------------------------------------------------------------------------------------ */

/* SIGINT and SIGHUP of a terminal reach the whole process group: what they mean is the supervisor's to say. */
static void take_signals(struct worker *worker)
{
    sigset_t terminate;
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    worker->terminate = cf__signal_start(SIGTERM, on_terminate, worker);
    sigemptyset(&terminate);
    sigaddset(&terminate, SIGTERM);
    sigprocmask(SIG_UNBLOCK, &terminate, NULL);
}

static bool start_application(const struct worker *worker)
{
    const struct cf__supervisor_options *options = worker->post->options;
    struct cf__error_record record;
    if (!options->start || cf__loop_run_fiber(options->start, options->self, &record))
        return true;
    if (!worker->stopping)
        cf_log_error("the application does not start: %s", record.message);
    return false;
}

static bool start_server(struct worker *worker)
{
    const struct cf__post *post = worker->post;
    const char *problem = NULL;
    worker->drain = cf__timer_new(on_drain, worker);
    worker->server = cf__server_start(post->sockets->descriptors[post->slot], post->options->limits,
                                      &post->options->service, &problem);
    if (!worker->server) {
        cf_log_error("the server does not start: %s", problem);
        return false;
    }
    worker->channel = cf__watch_start(post->channel, CF__READABLE, on_message, worker);
    return worker->drain && worker->channel;
}

static void stop_application(const struct cf__supervisor_options *options)
{
    struct cf__error_record record;
    if (options->stop && !cf__loop_run_fiber(options->stop, options->self, &record))
        cf_log_error("the application does not stop cleanly: %s", record.message);
}

static void release(struct worker *worker)
{
    if (worker->server)
        cf__server_stop(worker->server);
    if (worker->channel)
        cf__watch_stop(worker->channel);
    if (worker->drain)
        cf__timer_free(worker->drain);
}

static void leave_loop(struct worker *worker)
{
    if (worker->terminate)
        cf__signal_stop(worker->terminate);
    cf__loop_free();
    cf__fiber_pool_clear();
    cf__arena_pool_clear();
}

/* glibc would give the end of the heap back to the system, and take it again, as often as something large is freed and
 * allocated there: SQLite does so at every savepoint (64 KiB), that is with every request that writes. Setting one of these
 * makes glibc stop moving them by itself, so all are set, in the proportion that it keeps (mallopt(3)). */
static void keep_some_memory(void)
{
#ifdef __GLIBC__
    enum { KEPT = 1 << 20 };
    mallopt(M_MMAP_THRESHOLD, KEPT / 2);
    mallopt(M_TRIM_THRESHOLD, KEPT);
    mallopt(M_TOP_PAD, KEPT / 4);
#endif
}

int cf__worker_run(const struct cf__post *post)
{
    struct worker worker = { .post = post };
    keep_some_memory();
    take_signals(&worker);
    bool started = start_application(&worker);
    bool serves = started && !worker.stopping && start_server(&worker);
    if (serves) {
        report_ready(post);
        cf__loop_run();
    }
    if (cf__fiber_count() > 0) {
        cf_log_warning("%zu requests did not end in time", cf__fiber_count());
        _exit(0);
    }
    bool failed = !serves && !worker.stopping;
    release(&worker);
    if (started)
        stop_application(post->options);
    leave_loop(&worker);
    return failed ? CF__START_FAILED : 0;
}
