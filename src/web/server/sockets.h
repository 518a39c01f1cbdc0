/* SPDX-License-Identifier: MIT
 *
 * Listening sockets: one a worker slot, made once and kept as long as the supervisor lives.
 */
#ifndef CARAFE_WEB_SERVER_SOCKETS_H
#define CARAFE_WEB_SERVER_SOCKETS_H

#include <stdbool.h>

enum { CF__SLOTS = 256 }; /* workers one supervisor may have */

struct cf__sockets {
    int count;
    int descriptors[CF__SLOTS]; /* non-blocking, close-on-exec */
    char url[160];              /* "http://127.0.0.1:5000", "unix:/path" */
    char path[108];             /* of a unix socket, else "" */
    char problem[256];          /* one line, where opening failed */
};

/* Opens `count` sockets that listen on host and port (0: the system chooses one). Those handed over by a former
 * supervisor of this process (cf__sockets_hand_over) are taken where they fit. False with ->problem. */
bool cf__sockets_open(struct cf__sockets *sockets, const char *host, int port, int count);
/* Closes them; a unix socket disappears from the file system. */
void cf__sockets_close(struct cf__sockets *sockets);

/* Before exec: lets the sockets outlive it and names them in the environment (CARAFE_LISTEN_FDS). */
void cf__sockets_hand_over(const struct cf__sockets *sockets);
/* Where that exec failed. */
void cf__sockets_take_back(const struct cf__sockets *sockets);

#endif
