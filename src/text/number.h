/* SPDX-License-Identifier: MIT
 *
 * Numbers as texts from outside: whole text or nothing, no white space, no locale.
 */
#ifndef CARAFE_TEXT_NUMBER_H
#define CARAFE_TEXT_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

bool cf__parse_integer(const char *text, int64_t *out); /* optional sign, decimal digits; false where it overflows */
bool cf__parse_number(const char *text, double *out);   /* decimal or exponent form; no inf, nan or hex */
bool cf__parse_boolean(const char *text, bool *out);    /* true false 1 0 on off yes no, any case */

#endif
