/* SPDX-License-Identifier: MIT
 *
 * What the files of the HTTP adaptor share: a server has connections, a connection has at most one exchange (a request
 * and its answer) under way. http.c drives the library and the exchanges, connections.c keeps the connections and
 * their deadlines, admit.c decides what is refused before a handler sees it.
 */
#ifndef CARAFE_WEB_SERVER_HTTP_H
#define CARAFE_WEB_SERVER_HTTP_H

#include <microhttpd.h>
#include <netinet/in.h>

#include "../../base/fiber.h"
#include "../../base/loop.h"
#include "linger.h"
#include "server.h"

/* How far a request has come. */
enum cf__stage {
    CF__STAGE_LINE,    /* its first line is known; its request is not set up yet */
    CF__STAGE_BODY,    /* its header is complete */
    CF__STAGE_RUNNING, /* its fiber runs */
    CF__STAGE_PARKED,  /* its fiber is parked, its connection suspended */
    CF__STAGE_ENDED,   /* its fiber has ended: the response is there */
};

struct cf__exchange {
    struct cf__request request;
    struct cf__connection *connection;
    struct MHD_Connection *handle;
    enum cf__stage stage;
    char *target; /* NUL-terminated; kept by a pooled exchange */
    size_t target_size, target_room;
    size_t body_room;
    cf__fiber *fiber; /* while parked */
    int64_t started;
    struct cf__exchange *next; /* in the pool */
};

struct cf__connection {
    struct cf__server *server;
    struct cf__connection *next, *previous;
    struct cf__exchange *exchange; /* the request under way, or NULL */
    int64_t deadline;              /* until when the next header must be complete; 0 while a request is served */
    int fd;
    bool served;  /* has had an answer */
    bool refused; /* ends in the middle of a request: its client may still be sending */
    char address[INET6_ADDRSTRLEN];
};

struct cf__adopted {
    struct cf__server *server;
    int listener;
    cf__watch *watch;
    struct cf__adopted *next;
};

struct cf__server {
    struct MHD_Daemon *daemon;
    struct cf__service service;
    struct cf__server_limits limits;
    struct cf__connection *connections;
    size_t connection_count;
    size_t crowd; /* the most there were since memory was last given back */
    struct cf__exchange *pool;
    struct cf__adopted *adopted;
    struct cf__linger_list lingering;
    cf__watch *watch;
    cf__timer *again; /* the library has more to do right now */
    cf__timer *clock; /* enforces the deadlines while there are connections */
    cf__turn_hook *hook;
    int64_t now;  /* cf__monotonic() of the last turn */
    bool resumed; /* a connection was resumed since the last MHD_run */
    bool clock_runs, quiesced, stopping;
};

/* ---- admit.c ---------------------------------------------------------------------------------------------------- */

struct cf__refusal {
    int status; /* 0: none */
    const char *description;
};

/* Whether an exchange whose header is complete is refused: its lengths, and where its body ends. `target` and `version`
 * are the library's own texts. */
struct cf__refusal cf__judge(const struct cf__exchange *exchange, const char *target, const char *version);
/* Writes a complete answer to the socket, past the library; the connection must then be closed. */
void cf__write_refusal(const struct cf__connection *connection, int status, const char *description, bool with_body);

/* ---- connections.c ---------------------------------------------------------------------------------------------- */

/* The connection behind a handle; NULL where there was no memory for it. */
struct cf__connection *cf__connection_of(struct MHD_Connection *handle);
/* The library's notice that a connection has been accepted or is about to be closed. `self` is the server. */
void cf__notice_connection(void *self, struct MHD_Connection *handle, void **context,
                           enum MHD_ConnectionNotificationCode code);
/* Ends connections whose header is late or whose client left, and parked requests likewise or when their time is over. */
void cf__enforce_deadlines(struct cf__server *server);
/* Closes idle connections, and gives the others little time for their next header. */
void cf__quiesce_connections(struct cf__server *server);

#endif
