/* SPDX-License-Identifier: MIT
 *
 * The clients of the server's tests. The blocking one keeps what it has read beyond an answer, so that pipelined
 * answers are seen one by one; the crowd is one epoll loop over all its connections.
 */
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE = 10 }; /* seconds */

/* ---- One, blocking ---------------------------------------------------------------------------------------------- */

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){ .sin_family = AF_INET,
                                 .sin_port = htons((unsigned short)port),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

int listen_anywhere(int *port)
{
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, SOMAXCONN) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        abort();
    *port = ntohs(address.sin_port);
    return fd;
}

struct client client_open(int port)
{
    struct sockaddr_in address = loopback(port);
    struct timeval patience = { .tv_sec = PATIENCE };
    struct client client = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    setsockopt(client.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(client.fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    if (connect(client.fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        close(client.fd);
        client.fd = -1;
    }
    return client;
}

void client_close(struct client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    free(client->data);
    *client = (struct client){ .fd = -1 };
}

bool client_send(struct client *client, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(client->fd, data, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        data += sent;
        size -= (size_t)sent;
    }
    return true;
}

bool client_say(struct client *client, const char *text)
{
    return client_send(client, text, strlen(text));
}

/* More bytes; false at the end. */
static bool receive(struct client *client)
{
    if (client->room - client->size < 65536) {
        client->room = client->room * 2 + 65536;
        client->data = realloc(client->data, client->room);
    }
    ssize_t size = recv(client->fd, client->data + client->size, client->room - client->size - 1, 0);
    if (size <= 0)
        return false;
    client->size += (size_t)size;
    client->data[client->size] = '\0';
    return true;
}

static char *take(struct client *client, size_t size)
{
    char *taken = malloc(size + 1);
    if (size)
        memcpy(taken, client->data, size);
    taken[size] = '\0';
    if (client->size > size)
        memmove(client->data, client->data + size, client->size - size + 1);
    client->size -= size;
    return taken;
}

static size_t find_head_end(const struct client *client)
{
    const char *end = client->size ? memmem(client->data, client->size, "\r\n\r\n", 4) : NULL;
    return end ? (size_t)(end - client->data) + 4 : 0;
}

struct reply client_read(struct client *client, bool bodiless)
{
    struct reply reply = { 0 };
    size_t head;
    while (!(head = find_head_end(client)))
        if (!receive(client))
            return reply;
    reply.head = take(client, head);
    reply.status = atoi(reply.head + strlen("HTTP/1.1 "));
    const char *length = strcasestr(reply.head, "\r\nContent-Length:");
    bool empty = bodiless || reply.status < 200 || reply.status == 204 || reply.status == 304;
    reply.size = length && !empty ? strtoul(length + strlen("\r\nContent-Length:"), NULL, 10) : 0;
    while (client->size < reply.size)
        if (!receive(client))
            break;
    if (client->size < reply.size)
        reply.size = client->size;
    reply.body = take(client, reply.size);
    return reply;
}

bool client_is_closed(struct client *client)
{
    char byte;
    if (client->size)
        return false;
    ssize_t size = recv(client->fd, &byte, 1, 0);
    return size == 0 || (size < 0 && errno == ECONNRESET);
}

void reply_free(struct reply *reply)
{
    free(reply->head);
    free(reply->body);
    *reply = (struct reply){ 0 };
}

bool reply_has(const struct reply *reply, const char *line)
{
    return reply->head && strcasestr(reply->head, line);
}

int get(int port, const char *path, char *body, size_t size)
{
    char request[512];
    struct client client = client_open(port);
    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
    struct reply reply = { 0 };
    if (client.fd >= 0 && client_say(&client, request))
        reply = client_read(&client, false);
    int status = reply.status;
    if (body)
        snprintf(body, size, "%s", reply.body ? reply.body : "");
    reply_free(&reply);
    client_close(&client);
    return status;
}

/* ---- Many at once ----------------------------------------------------------------------------------------------- */

struct member {
    int fd;
    bool said;
    size_t size;
    char data[1024];
};

static const char request[] = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n";
static const char last_request[] = "GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

static bool join(int poller, struct member *member, int port)
{
    struct sockaddr_in address = loopback(port);
    struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = member };
    *member = (struct member){ .fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0) };
    if (member->fd < 0)
        return false;
    if (connect(member->fd, (struct sockaddr *)&address, sizeof(address)) != 0 && errno != EINPROGRESS)
        return false;
    return epoll_ctl(poller, EPOLL_CTL_ADD, member->fd, &event) == 0;
}

/* Reads what is there. True where an answer is complete, whose body is then behind *body. */
static bool take_answer(struct member *member, const char **body)
{
    for (ssize_t size; member->size < sizeof(member->data) - 1; member->size += (size_t)size) {
        size = recv(member->fd, member->data + member->size, sizeof(member->data) - 1 - member->size, 0);
        if (size <= 0)
            break;
    }
    member->data[member->size] = '\0';
    const char *end = strstr(member->data, "\r\n\r\n");
    const char *length = end ? strcasestr(member->data, "\r\nContent-Length:") : NULL;
    if (!length || strlen(end + 4) < strtoul(length + strlen("\r\nContent-Length:"), NULL, 10))
        return false;
    *body = end + 4;
    return true;
}

static void say(struct member *member, const char *text, size_t size)
{
    member->said = send(member->fd, text, size, MSG_NOSIGNAL) == (ssize_t)size;
}

static size_t run_round(int poller, size_t crowd)
{
    struct epoll_event events[256];
    size_t answers = 0;
    while (answers < crowd) {
        int count = epoll_wait(poller, events, 256, PATIENCE * 1000);
        if (count <= 0)
            break;
        for (int i = 0; i < count; i++) {
            struct member *member = events[i].data.ptr;
            const char *body;
            if (!member->said && (events[i].events & EPOLLOUT))
                say(member, request, sizeof(request) - 1);
            if (!(events[i].events & EPOLLIN) || !take_answer(member, &body))
                continue;
            answers += strcmp(body, "hello") == 0;
            member->size = 0;
        }
    }
    return answers;
}

size_t crowd_get(int port, size_t crowd, size_t rounds)
{
    struct member *members = calloc(crowd, sizeof(*members));
    int poller = epoll_create1(EPOLL_CLOEXEC);
    size_t answers = 0;
    for (size_t i = 0; i < crowd; i++)
        if (!join(poller, &members[i], port))
            abort();
    for (size_t round = 0; round < rounds; round++) {
        if (round > 0)
            for (size_t i = 0; i < crowd; i++)
                say(&members[i], request, sizeof(request) - 1);
        answers += run_round(poller, crowd);
    }
    for (size_t i = 0; i < crowd; i++)
        close(members[i].fd);
    close(poller);
    free(members);
    return answers;
}

struct tally {
    size_t begun, ended, failed;
};

/* True where the connection is through with its request. */
static bool step_once(struct member *member, unsigned events, struct tally *tally, const char **body)
{
    *body = NULL;
    if (!member->said && (events & EPOLLOUT))
        say(member, last_request, sizeof(last_request) - 1);
    bool over =
        (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && (take_answer(member, body) || (events & (EPOLLHUP | EPOLLERR)));
    if (!over && (events & EPOLLIN)) {
        char byte;
        over = recv(member->fd, &byte, 1, MSG_PEEK) == 0;
    }
    if (over && !*body)
        tally->failed++;
    return over;
}

/* Starts connections until one is under way or all have begun. */
static void begin(int poller, struct member *member, int port, size_t count, struct tally *tally)
{
    while (tally->begun < count) {
        tally->begun++;
        if (join(poller, member, port))
            return;
        close(member->fd);
        tally->failed++;
        tally->ended++;
    }
    member->fd = -1;
}

size_t crowd_get_once(int port, size_t crowd, size_t count, void (*between)(void *data, const char *body), void *data)
{
    struct member *members = calloc(crowd, sizeof(*members));
    struct epoll_event events[256];
    struct tally tally = { 0 };
    int poller = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < crowd; i++)
        begin(poller, &members[i], port, count, &tally);
    while (tally.ended < count) {
        int ready = epoll_wait(poller, events, 256, PATIENCE * 1000);
        if (ready <= 0)
            break;
        for (int i = 0; i < ready; i++) {
            struct member *member = events[i].data.ptr;
            const char *body;
            if (!step_once(member, events[i].events, &tally, &body))
                continue;
            tally.ended++;
            if (between && body)
                between(data, body);
            close(member->fd);
            begin(poller, member, port, count, &tally);
        }
    }
    for (size_t i = 0; i < crowd; i++)
        if (members[i].fd >= 0)
            close(members[i].fd);
    close(poller);
    free(members);
    return tally.failed + (count - tally.ended);
}
