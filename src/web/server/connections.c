/* SPDX-License-Identifier: MIT
 *
 * The connections of a server, and the clock that watches them. The library's own time-out starts anew with each
 * byte, so a client could keep a connection with a byte a minute; here a header has a deadline from its start: that
 * of a new connection from its acceptance, a later one from its request line, and in any case the idle time and one
 * header's time after the last answer. The clock ticks only while there are connections.
 */
#include "http.h"

#include <arpa/inet.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum {
    SECOND = 1000000,
    QUIESCED_TIME = 2 * SECOND, /* for the request of a connection accepted just before the server stops accepting */
    CROWD = 32,                 /* so many connections leave memory behind that is worth giving back */
};

struct cf__connection *cf__connection_of(struct MHD_Connection *handle)
{
    return MHD_get_connection_info(handle, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static void name_address(struct cf__connection *connection, const struct sockaddr *address)
{
    const void *bytes = NULL;
    int family = address->sa_family;
    if (family == AF_INET)
        bytes = &((const struct sockaddr_in *)address)->sin_addr;
    if (family == AF_INET6) {
        const struct in6_addr *six = &((const struct sockaddr_in6 *)address)->sin6_addr;
        bool mapped = IN6_IS_ADDR_V4MAPPED(six);
        family = mapped ? AF_INET : AF_INET6;
        bytes = mapped ? &six->s6_addr[12] : six->s6_addr;
    }
    if (!bytes || !inet_ntop(family, bytes, connection->address, sizeof(connection->address)))
        snprintf(connection->address, sizeof(connection->address), "%s", family == AF_UNIX ? "unix" : "unknown");
}

static void start_clock(struct cf__server *server)
{
    const struct cf__server_limits *limits = &server->limits;
    int64_t period = limits->header_time < limits->idle ? limits->header_time : limits->idle;
    if (limits->request_time && limits->request_time < period)
        period = limits->request_time;
    period /= 4;
    cf__timer_every(server->clock, period > SECOND ? SECOND : period < SECOND / 100 ? SECOND / 100 : period);
    server->clock_runs = true;
}

static struct cf__connection *open_connection(struct cf__server *server, struct MHD_Connection *handle)
{
    struct cf__connection *connection = calloc(1, sizeof(*connection));
    if (!connection)
        return NULL;
    connection->server = server;
    connection->fd = MHD_get_connection_info(handle, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    connection->deadline = server->now + server->limits.header_time;
    name_address(connection, MHD_get_connection_info(handle, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
    connection->next = server->connections;
    if (connection->next)
        connection->next->previous = connection;
    server->connections = connection;
    server->connection_count++;
    server->crowd = server->crowd > server->connection_count ? server->crowd : server->connection_count;
    if (!server->clock_runs)
        start_clock(server);
    return connection;
}

static bool has_unread(int fd)
{
    int size = 0;
    return ioctl(fd, FIONREAD, &size) == 0 && size > 0;
}

/* The library closes the descriptor right after this. */
static void close_connection(struct cf__connection *connection)
{
    struct cf__server *server = connection->server;
    if (!server->stopping && (connection->refused || !connection->served || has_unread(connection->fd)))
        cf__linger(&server->lingering, connection->fd, server->now);
    *(connection->previous ? &connection->previous->next : &server->connections) = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    server->connection_count--;
    free(connection);
}

void cf__notice_connection(void *self, struct MHD_Connection *handle, void **context,
                           enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        *context = open_connection(self, handle);
    else if (*context)
        close_connection(*context);
}

/* ---- Deadlines -------------------------------------------------------------------------------------------------- */

/* The header did not arrive in time. An idle connection that had its answers ends without a word. */
static void expire(struct cf__connection *connection)
{
    connection->deadline = 0;
    if (connection->exchange || !connection->served)
        cf__write_refusal(connection, 408, "The header did not arrive in time.", true);
    shutdown(connection->fd, SHUT_RDWR);
}

static bool has_left(int fd)
{
    struct pollfd poller = { .fd = fd, .events = POLLRDHUP };
    return poll(&poller, 1, 0) > 0 && (poller.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

/* The library does not look at the socket of a suspended connection, and in version 0.9.75 it overlooks an end of
 * stream that came together with the bytes before it. A client that closed its sending side counts as gone when it
 * has had its answer or waits for a parked handler, although it might still read: the two cannot be told apart. */
static void check_client(const struct cf__connection *connection)
{
    const struct cf__exchange *exchange = connection->exchange;
    if ((exchange && exchange->stage == CF__STAGE_ENDED) || !has_left(connection->fd))
        return; /* what is being sent is sent */
    if (exchange && exchange->stage == CF__STAGE_PARKED)
        cf__fiber_cancel(exchange->fiber, CF_CANCELLED, "the client left");
    else if (!has_unread(connection->fd))
        shutdown(connection->fd, SHUT_RDWR);
}

static void check_time(struct cf__connection *connection)
{
    const struct cf__server *server = connection->server;
    const struct cf__exchange *exchange = connection->exchange;
    int64_t most = server->limits.request_time;
    if (connection->deadline && server->now > connection->deadline)
        expire(connection);
    else if (most && exchange && exchange->stage == CF__STAGE_PARKED && server->now - exchange->started > most)
        cf__fiber_cancel(exchange->fiber, CF_TIMEOUT, "the request took too long");
}

/* The heap of connections that have gone is kept by the C library where anything behind it is in use: with glibc it has to be
 * told to give its pages back (malloc_trim(3)). */
static void give_back_memory(struct cf__server *server)
{
    if (server->crowd < CROWD || server->connection_count > server->crowd / 4)
        return;
    server->crowd = server->connection_count;
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

void cf__enforce_deadlines(struct cf__server *server)
{
    for (struct cf__connection *connection = server->connections; connection; connection = connection->next) {
        check_time(connection);
        check_client(connection);
    }
    give_back_memory(server);
}

void cf__quiesce_connections(struct cf__server *server)
{
    for (struct cf__connection *connection = server->connections; connection; connection = connection->next) {
        if (connection->exchange)
            continue;
        if (connection->served && !has_unread(connection->fd))
            shutdown(connection->fd, SHUT_RDWR);
        else if (connection->deadline > server->now + QUIESCED_TIME)
            connection->deadline = server->now + QUIESCED_TIME;
    }
}
