/* SPDX-License-Identifier: MIT */
#ifndef CARAFE_TEXT_CALENDAR_H
#define CARAFE_TEXT_CALENDAR_H

#include <carafe/types.h>

/* The moment so many units later (earlier, where `count` is negative), months as in cf_ago; false, and *out left alone, where it
 * lies outside of the years 1 to 9999. */
bool cf__time_plus(cf_time time, int64_t count, enum cf_time_unit unit, cf_time *out);

#endif
