/* SPDX-License-Identifier: MIT
 *
 * A server in a process of its own, without a supervisor. It ends by itself with status 0 when told to, which under a
 * sanitizer also says that it leaked nothing.
 */
#ifndef CARAFE_TESTS_SERVER_FIXTURE_H
#define CARAFE_TESTS_SERVER_FIXTURE_H

#include <sys/types.h>

#include "service.h"

struct fixture {
    pid_t pid;
    int port, listener, spare_port, spare_listener;
    struct shared *shared;
    struct cf__server_limits limits;
};

struct fixture start_server(struct cf__server_limits limits);
/* Tells it to stop and waits for it. Its status: 0 where all is well. */
int end_server(const struct fixture *fixture);

#endif
