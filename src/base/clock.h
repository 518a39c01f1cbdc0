/* SPDX-License-Identifier: MIT
 *
 * Clocks: microseconds everywhere.
 */
#ifndef CARAFE_BASE_CLOCK_H
#define CARAFE_BASE_CLOCK_H

#include <stdint.h>

int64_t cf__monotonic(void); /* CLOCK_MONOTONIC, for deadlines */
int64_t cf__realtime(void);  /* since 1970-01-01 00:00:00 UTC */

#endif
