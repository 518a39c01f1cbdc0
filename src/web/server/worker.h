/* SPDX-License-Identifier: MIT
 *
 * A worker process, and the few words it exchanges with its supervisor over a socket pair.
 */
#ifndef CARAFE_WEB_SERVER_WORKER_H
#define CARAFE_WEB_SERVER_WORKER_H

#include "server.h"
#include "sockets.h"

enum { CF__START_FAILED = 3 }; /* exit status of a worker that could not start */

struct cf__message {
    enum cf__message_kind {
        CF__READY,   /* to the supervisor: serves from now on */
        CF__ADOPT,   /* to a worker: accept from the socket of this slot too */
        CF__RELEASE, /* to a worker: no longer */
    } kind;
    int slot;
};

/* Where a worker stands: inherited over fork. */
struct cf__post {
    const struct cf__supervisor_options *options;
    const struct cf__sockets *sockets;
    int slot;
    int channel; /* non-blocking, keeps message boundaries */
};

/* Runs a worker in this process, just forked with SIGTERM blocked, until it was told to stop and has drained. Returns
 * the status to exit with. */
int cf__worker_run(const struct cf__post *post);

#endif
