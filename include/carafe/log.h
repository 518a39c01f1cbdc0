/* SPDX-License-Identifier: MIT
 *
 * The log: lines on stderr, as text or as one JSON object a line (CARAFE_LOG_FORMAT=json). A line is written with one
 * write(2), so lines of several workers do not mix. In a request its method and path are added.
 * CARAFE_LOG_LEVEL=debug|info|warning|error sets the least level shown; the default is info, debug in debug mode.
 */
#ifndef CARAFE_LOG_H
#define CARAFE_LOG_H

enum cf_log_level { CF_LOG_DEBUG, CF_LOG_INFO, CF_LOG_WARNING, CF_LOG_ERROR };

/* Writes one line, formatted as by printf; control characters are escaped. Never fails, never parks. */
#define cf_log_debug(...)   cf_log(CF_LOG_DEBUG, __VA_ARGS__)
#define cf_log_info(...)    cf_log(CF_LOG_INFO, __VA_ARGS__)
#define cf_log_warning(...) cf_log(CF_LOG_WARNING, __VA_ARGS__)
#define cf_log_error(...)   cf_log(CF_LOG_ERROR, __VA_ARGS__)
void cf_log(enum cf_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
