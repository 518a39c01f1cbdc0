/* SPDX-License-Identifier: MIT
 *
 * Numbers as texts from outside, whole text or nothing, no white space; and doubles as texts. No locale in either.
 * Of times only how exact they are: carafe/types.h has the rest.
 */
#ifndef CARAFE_TEXT_NUMBER_H
#define CARAFE_TEXT_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool cf__parse_integer(const char *text, int64_t *out); /* optional sign, decimal digits; false where it overflows */
bool cf__parse_number(const char *text, double *out);   /* decimal or exponent form; no inf, nan or hex */
bool cf__parse_boolean(const char *text, bool *out);    /* true false 1 0 on off yes no, any case */

/* Of a text that is a time of day or a moment: whether it says no more than microseconds. Those who read it cut the rest. */
bool cf__time_is_exact(const char *text);

enum { CF__NUMBER_TEXT = 32 };
/* The shortest text of 15 to 17 digits that reads back as the same double, and reads as no integer: "1.0", "0.1",
 * "1e+300". Returns its length; of what is not finite "nan" or "inf" are written. */
size_t cf__format_number(double value, char out[CF__NUMBER_TEXT]);

#endif
