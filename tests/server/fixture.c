/* SPDX-License-Identifier: MIT
 *
 * The server's process: what a worker does, with as little as possible around the server itself.
 */
#include "fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/base/arena.h"
#include "../../src/base/fiber.h"
#include "../../src/base/loop.h"
#include "client.h"

struct ending {
    struct cf__server *server;
    bool asked;
};

static void on_terminate(void *data, int number)
{
    struct ending *ending = data;
    (void)number;
    ending->asked = true;
    cf__server_quiesce(ending->server);
}

static void check_end(void *data)
{
    const struct ending *ending = data;
    if (ending->asked && cf__server_connections(ending->server) == 0 && cf__fiber_count() == 0)
        cf__loop_stop();
}

static void serve(const struct fixture *fixture)
{
    struct service_state state = { .shared = fixture->shared, .spare_listener = fixture->spare_listener };
    struct cf__service service = test_service(&state);
    const char *problem = NULL;
    state.server = cf__server_start(fixture->listener, &fixture->limits, &service, &problem);
    if (!state.server)
        _exit(70);
    struct ending ending = { .server = state.server };
    cf__signal *terminate = cf__signal_start(SIGTERM, on_terminate, &ending);
    cf__timer *timer = cf__timer_new(check_end, &ending);
    cf__timer_every(timer, 5000);
    cf__loop_run();
    cf__timer_free(timer);
    cf__signal_stop(terminate);
    cf__server_stop(state.server);
    cf__loop_free();
    cf__fiber_pool_clear();
    cf__arena_pool_clear();
}

struct fixture start_server(struct cf__server_limits limits)
{
    struct fixture fixture = { .limits = limits, .shared = share() };
    fixture.listener = listen_anywhere(&fixture.port);
    fixture.spare_listener = listen_anywhere(&fixture.spare_port);
    fflush(NULL);
    fixture.pid = fork();
    if (fixture.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(&fixture);
        exit(0);
    }
    close(fixture.listener);
    close(fixture.spare_listener);
    return fixture;
}

int end_server(const struct fixture *fixture)
{
    int status = -1;
    kill(fixture->pid, SIGTERM);
    waitpid(fixture->pid, &status, 0);
    return status;
}
