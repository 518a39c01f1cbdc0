/* SPDX-License-Identifier: MIT
 *
 * Listening sockets. On TCP each slot has a socket of its own under SO_REUSEPORT, so that the kernel spreads
 * connections without a lock; the price is that two servers of one user could share a port unnoticed, and that
 * closing one of the sockets resets what is queued in it. So the first bind is a probe without SO_REUSEPORT, and the
 * sockets are never closed while the supervisor lives, over an exec of a new program neither. A unix socket is bound
 * once and its descriptor duplicated.
 */
#include "sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "port_owner.h"

static const char handed_over[] = "CARAFE_LISTEN_FDS";

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
        struct sockaddr_un local;
        struct sockaddr_storage storage;
    };
    socklen_t size;
};

/* ---- Addresses -------------------------------------------------------------------------------------------------- */

static int port_of(const struct address *address)
{
    return ntohs(address->any.sa_family == AF_INET6 ? address->six.sin6_port : address->four.sin_port);
}

static void set_port(struct address *address, int port)
{
    if (address->any.sa_family == AF_INET6)
        address->six.sin6_port = htons((uint16_t)port);
    else
        address->four.sin_port = htons((uint16_t)port);
}

static bool is_local(const struct address *address)
{
    return address->any.sa_family == AF_UNIX;
}

static bool resolve_local(struct cf__sockets *sockets, const char *path, struct address *address)
{
    if (!*path || strlen(path) >= sizeof(address->local.sun_path)) {
        snprintf(sockets->problem, sizeof(sockets->problem), "unix:%s: the path must have 1 to %zu characters", path,
                 sizeof(address->local.sun_path) - 1);
        return false;
    }
    address->local.sun_family = AF_UNIX;
    memcpy(address->local.sun_path, path, strlen(path) + 1);
    address->size = sizeof(address->local);
    memcpy(sockets->path, path, strlen(path) + 1);
    snprintf(sockets->url, sizeof(sockets->url), "unix:%s", path);
    return true;
}

static bool resolve(struct cf__sockets *sockets, const char *host, int port, struct address *address)
{
    struct addrinfo hints = { .ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM }, *found = NULL;
    memset(address, 0, sizeof(*address));
    if (strncmp(host, "unix:", 5) == 0)
        return resolve_local(sockets, host + 5, address);
    int problem = port < 0 || port > 65535 ? EAI_SERVICE : getaddrinfo(host, NULL, &hints, &found);
    if (problem != 0) {
        snprintf(sockets->problem, sizeof(sockets->problem), "cannot listen on %s, port %d: %s", host, port,
                 gai_strerror(problem));
        return false;
    }
    memcpy(&address->storage, found->ai_addr, found->ai_addrlen);
    address->size = found->ai_addrlen;
    freeaddrinfo(found);
    set_port(address, port);
    return true;
}

static void write_url(struct cf__sockets *sockets, const char *host, const struct address *address)
{
    bool six = strchr(host, ':') != NULL;
    snprintf(sockets->url, sizeof(sockets->url), "http://%s%.100s%s:%d", six ? "[" : "", host, six ? "]" : "",
             port_of(address));
}

/* ---- Opening ---------------------------------------------------------------------------------------------------- */

static bool explain(struct cf__sockets *sockets, const char *host, const struct address *address)
{
    int error = errno;
    char owner[64];
    if (is_local(address))
        snprintf(sockets->problem, sizeof(sockets->problem), "cannot listen on %s: %s", sockets->url, strerror(error));
    else if (error == EADDRINUSE)
        snprintf(sockets->problem, sizeof(sockets->problem), "port %d is in use%s", port_of(address),
                 cf__port_owner(port_of(address), owner, sizeof(owner)));
    else
        snprintf(sockets->problem, sizeof(sockets->problem), "cannot listen on %.100s, port %d: %s", host,
                 port_of(address), strerror(error));
    return false;
}

/* A bound socket, or -1 with errno. */
static int bind_socket(const struct address *address, bool shared)
{
    int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    if (fd < 0)
        return -1;
    if (!is_local(address)) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        if (shared)
            setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
    }
    if (bind(fd, &address->any, address->size) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static int listen_on(const struct address *address)
{
    int fd = bind_socket(address, true);
    if (fd >= 0 && listen(fd, SOMAXCONN) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Whether somebody else listens on the port already: a bind that does not share fails then. It does not listen, as a
 * client would otherwise be queued in a socket about to be closed. */
static bool is_free(const struct address *address)
{
    int fd = bind_socket(address, false);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* A socket file whose server is gone is in the way of a new one. */
static bool remove_stale(const struct address *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool alive = fd >= 0 && connect(fd, &address->any, address->size) == 0;
    bool stale = !alive && errno == ECONNREFUSED;
    if (fd >= 0)
        close(fd);
    if (alive)
        errno = EADDRINUSE;
    else if (stale)
        unlink(address->local.sun_path);
    return !alive;
}

/* ---- Handed over by a former supervisor ------------------------------------------------------------------------- */

static bool listens_on(int fd, const struct address *wanted)
{
    struct address found = { .size = sizeof(found.storage) };
    int listens = 0;
    socklen_t size = sizeof(listens);
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || !listens ||
        getsockname(fd, &found.any, &found.size) != 0 || found.any.sa_family != wanted->any.sa_family)
        return false;
    if (is_local(wanted))
        return strcmp(found.local.sun_path, wanted->local.sun_path) == 0;
    return port_of(wanted) == 0 || port_of(wanted) == port_of(&found);
}

static void take_over(struct cf__sockets *sockets, const struct address *address, int count)
{
    const char *text = getenv(handed_over);
    for (char *end; text && *text; text = *end ? end + 1 : end) {
        long fd = strtol(text, &end, 10);
        if (end == text)
            break;
        if (fd <= STDERR_FILENO || fd > 65535 || !listens_on((int)fd, address))
            continue;
        fcntl((int)fd, F_SETFD, FD_CLOEXEC);
        if (sockets->count < count)
            sockets->descriptors[sockets->count++] = (int)fd;
        else
            close((int)fd);
    }
    unsetenv(handed_over);
}

void cf__sockets_hand_over(const struct cf__sockets *sockets)
{
    char text[CF__SLOTS * 12] = "";
    size_t size = 0;
    for (int i = 0; i < sockets->count; i++) {
        fcntl(sockets->descriptors[i], F_SETFD, 0);
        size += (size_t)snprintf(text + size, sizeof(text) - size, "%s%d", i ? "," : "", sockets->descriptors[i]);
    }
    setenv(handed_over, text, 1);
}

void cf__sockets_take_back(const struct cf__sockets *sockets)
{
    for (int i = 0; i < sockets->count; i++)
        fcntl(sockets->descriptors[i], F_SETFD, FD_CLOEXEC);
    unsetenv(handed_over);
}

/* ---- All of them ------------------------------------------------------------------------------------------------ */

static bool open_first(struct cf__sockets *sockets, const struct address *address)
{
    if (sockets->count > 0)
        return true;
    if (is_local(address) ? !remove_stale(address) : port_of(address) != 0 && !is_free(address))
        return false;
    int fd = listen_on(address);
    if (fd >= 0)
        sockets->descriptors[sockets->count++] = fd;
    return fd >= 0;
}

static bool open_rest(struct cf__sockets *sockets, const struct address *address, int count)
{
    while (sockets->count < count) {
        int fd = is_local(address) ? fcntl(sockets->descriptors[0], F_DUPFD_CLOEXEC, 0) : listen_on(address);
        if (fd < 0)
            return false;
        sockets->descriptors[sockets->count++] = fd;
    }
    return true;
}

bool cf__sockets_open(struct cf__sockets *sockets, const char *host, int port, int count)
{
    struct address address;
    *sockets = (struct cf__sockets){ 0 };
    count = count < 1 ? 1 : count > CF__SLOTS ? CF__SLOTS : count;
    if (!resolve(sockets, host, port, &address))
        return false;
    take_over(sockets, &address, count);
    if (!open_first(sockets, &address))
        return explain(sockets, host, &address);
    if (!is_local(&address)) {
        address.size = sizeof(address.storage);
        getsockname(sockets->descriptors[0], &address.any, &address.size);
        write_url(sockets, host, &address);
    }
    return open_rest(sockets, &address, count) || explain(sockets, host, &address);
}

void cf__sockets_close(struct cf__sockets *sockets)
{
    for (int i = 0; i < sockets->count; i++)
        close(sockets->descriptors[i]);
    if (sockets->count > 0 && sockets->path[0])
        unlink(sockets->path);
    sockets->count = 0;
}
