/* SPDX-License-Identifier: MIT
 *
 * How the log is set: by the environment (CARAFE_LOG_LEVEL, CARAFE_LOG_FORMAT, read once), the command line, and tests.
 */
#ifndef CARAFE_BASE_LOG_H
#define CARAFE_BASE_LOG_H

#include <stdbool.h>

#include <carafe/log.h>

void cf__log_set_level(enum cf_log_level level);
void cf__log_set_json(bool json);
/* Where lines go: 2 (stderr) unless a test captures them. Returns the descriptor before. */
int cf__log_set_descriptor(int descriptor);
bool cf__log_shows(enum cf_log_level level);
/* The calls that led to an error (its record's frames), a line each. */
void cf__log_backtrace(enum cf_log_level level, void *const *frames, int count);

#endif
