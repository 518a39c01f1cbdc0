/* SPDX-License-Identifier: MIT
 *
 * The queue of fibers that may go on, which fiber.c fills and loop.c empties once a turn.
 */
#ifndef CARAFE_BASE_RUN_QUEUE_H
#define CARAFE_BASE_RUN_QUEUE_H

#include <stdbool.h>

bool cf__run_queue_empty(void);
/* Resumes those that are in the queue now; those they wake are left for the next call. */
void cf__run_queue_run(void);

#endif
