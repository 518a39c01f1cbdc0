/* SPDX-License-Identifier: MIT
 *
 * The HTTP server of one worker: libmicrohttpd, driven by the worker's loop (no thread of its own), a fiber a request.
 * And the supervisor above the workers: listening sockets, processes, signals.
 */
#ifndef CARAFE_WEB_SERVER_H
#define CARAFE_WEB_SERVER_H

#include "../request.h"

/* 0 stands for the default given behind each. */
struct cf__server_limits {
    size_t body;    /* bytes of a body: 16 MiB, else 413 */
    size_t headers; /* bytes of the header block: 16 KiB, else 431; each connection takes this and 4 KiB of memory */
    size_t url;     /* bytes of the request target: 8 KiB, else 414 */
    int64_t idle;   /* microseconds a kept-alive connection may be silent: 60 s */
    int64_t header_time;  /* microseconds a request's header may take to arrive: 10 s */
    int64_t request_time; /* microseconds a handler may take at its parks: 0 for no limit */
    unsigned connections; /* connections of one worker: 10,000 */
};

struct cf__server;

/* Serves `service` on a listening socket (which the caller keeps open and owns). NULL with *problem where it cannot.
 * A parked request whose client leaves is cancelled (CF_CANCELLED) within about a second; a client that has closed its
 * sending side only counts as having left. */
struct cf__server *cf__server_start(int listener, const struct cf__server_limits *limits,
                                    const struct cf__service *service, const char **problem);
/* Accepts on one more listener (a sibling's slot whose worker is away), or stops doing so. */
void cf__server_adopt(struct cf__server *server, int listener);
void cf__server_release(struct cf__server *server, int listener);
/* Accepts nothing new; kept-alive connections are closed after their current answer, idle ones at once, and one that
 * was accepted but has not sent its request yet gets two seconds for it. The listener stays open. */
void cf__server_quiesce(struct cf__server *server);
/* Connections still open. */
size_t cf__server_connections(const struct cf__server *server);
/* Closes what is left and frees the server. Fibers of its requests must have ended. */
void cf__server_stop(struct cf__server *server);

/* ---- Supervisor ------------------------------------------------------------------------------------------------- */

struct cf__supervisor_options {
    const char *host; /* "127.0.0.1", "::1", "0.0.0.0", "unix:/path" */
    int port;         /* 0: chosen by the system */
    int workers;      /* at least 1 */
    double drain;     /* seconds a stopping worker may go on with requests it has: 30 */
    /* Where not NULL: when this file (the program itself) changes, the supervisor replaces itself by it, keeping its
     * sockets. */
    const char *watch;
    char *const *arguments; /* argv for that */
    /* Runs in the supervisor when the first worker serves: prints the URL. Nothing was started before but that worker. */
    void (*listening)(void *self, const char *url);
    /* Runs in a new worker process, before it serves: opens databases. Raising ends the worker with status 3: not
     * restarted when none ever served (the whole supervisor then ends with 1). Runs in a fiber. */
    void (*start)(void *self);
    /* Runs in a worker after its last request. In a fiber. */
    void (*stop)(void *self);
    void *self;
    const struct cf__server_limits *limits;
    struct cf__service service;
};

/* Runs until SIGTERM or SIGINT: N workers, replaced when they crash (at once, then with back-off from 0.1 s to 5 s
 * while a sibling accepts from the slot's socket), one by one on SIGHUP. Returns an exit code: 0, or 1 with the
 * reason logged (a port in use is said in words, with the pid of its owner where known). */
int cf__supervise(const struct cf__supervisor_options *options);

#endif
