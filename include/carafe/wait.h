/* SPDX-License-Identifier: MIT
 *
 * Waiting. A handler that waits parks: its worker goes on with other requests meanwhile, and the handler continues
 * where it stood. No callback, no thread of yours.
 */
#ifndef CARAFE_WAIT_H
#define CARAFE_WAIT_H

#include <carafe/sys/context.h>

/* Parks for `seconds` (0 lets the others run once). Raises CF_CANCELLED where the request is ended meanwhile. */
void cf_sleep(double seconds);

/* Runs function(argument) on another thread and parks until it has returned; for work that blocks or computes for
 * long. The function must not call Carafe, and what it uses must not be touched by others meanwhile. A request that is
 * cancelled meanwhile still waits for the function's end, so its memory stays valid. */
#define cf_blocking(owner, function, argument) cf_blocking_((owner)->context, (function), (argument))
void cf_blocking_(cf_context *context, void (*function)(void *), void *argument);

#endif
