/* SPDX-License-Identifier: MIT
 *
 * What the servers of these tests answer, without the application layer: a table of paths.
 */
#ifndef CARAFE_TESTS_SERVER_SERVICE_H
#define CARAFE_TESTS_SERVER_SERVICE_H

#include "../../src/web/server/server.h"

/* Seen by the test and its servers alike: made before the fork. */
struct shared {
    int released;   /* deferred releases that have run */
    int crash_next; /* workers that are still to die at their start */
    int starts, stops;
};

struct service_state {
    struct shared *shared;
    struct cf__server *server; /* for /adopt and /release; may be NULL */
    int spare_listener;
};

struct shared *share(void);
struct cf__service test_service(struct service_state *state);

#endif
