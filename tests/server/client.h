/* SPDX-License-Identifier: MIT
 *
 * A blocking HTTP client that sees every byte, and a crowd of non-blocking ones, for tests of the server on real
 * sockets. A wait of more than ten seconds counts as a hang and fails the test.
 */
#ifndef CARAFE_TESTS_SERVER_CLIENT_H
#define CARAFE_TESTS_SERVER_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

struct client {
    int fd;
    char *data; /* what was received and not yet taken */
    size_t size, room;
};

struct reply {
    int status;  /* 0: the connection was closed before an answer */
    char *head;  /* status line and headers, ended by an empty line */
    char *body;  /* NUL-terminated */
    size_t size; /* of the body */
};

/* A socket that listens on a port of 127.0.0.1 chosen by the system. */
int listen_anywhere(int *port);

struct client client_open(int port);
void client_close(struct client *client);
/* Sends as much as the server takes; false where it has closed. */
bool client_send(struct client *client, const char *data, size_t size);
bool client_say(struct client *client, const char *text);
/* Reads one answer. `bodiless`: to a HEAD request. Freed by reply_free. */
struct reply client_read(struct client *client, bool bodiless);
/* True where the server has closed (or reset) the connection and nothing is left to read. Waits for it. */
bool client_is_closed(struct client *client);
void reply_free(struct reply *reply);
bool reply_has(const struct reply *reply, const char *line);

/* GET of a path on a connection of its own: the status, 0 where it failed; the start of the body in `body`. */
int get(int port, const char *path, char *body, size_t size);

/* Makes `crowd` connections and `rounds` requests for "/hello" on each, all at once, with a pause of the whole crowd
 * after each round. Returns how many answers came: all, unless the server stalls for ten seconds. */
size_t crowd_get(int port, size_t crowd, size_t rounds);

/* `count` requests, each on a connection of its own, `crowd` at a time; calls `between` (may be NULL) after each answer
 * with its body. Returns the number that were refused, reset or closed without an answer. */
size_t crowd_get_once(int port, size_t crowd, size_t count, void (*between)(void *data, const char *body), void *data);

#endif
