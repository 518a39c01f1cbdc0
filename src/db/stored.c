/* SPDX-License-Identifier: MIT
 *
 * Six digits of a second always, no dashes in a UUID: the texts SQLAlchemy stores.
 */
#include "stored.h"

static char *put_digits(char *out, int64_t value, int count)
{
    for (int i = count - 1; i >= 0; i--, value /= 10)
        out[i] = (char)('0' + value % 10);
    return out + count;
}

void cf__store_clock(cf_clock clock, char out[CF__STORED_TEXT])
{
    int64_t seconds = clock.microseconds / 1000000;
    out = put_digits(out, seconds / 3600, 2);
    *out++ = ':';
    out = put_digits(out, seconds / 60 % 60, 2);
    *out++ = ':';
    out = put_digits(out, seconds % 60, 2);
    *out++ = '.';
    *put_digits(out, clock.microseconds % 1000000, 6) = '\0';
}

void cf__store_time(cf_time time, char out[CF__STORED_TEXT])
{
    size_t size = cf_date_format(cf_time_date(time), out);
    out[size] = ' ';
    cf__store_clock(cf_time_clock(time), out + size + 1);
}

void cf__store_uuid(cf_uuid uuid, char out[CF__STORED_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < sizeof uuid.bytes; i++) {
        *out++ = digits[uuid.bytes[i] >> 4];
        *out++ = digits[uuid.bytes[i] & 15];
    }
    *out = '\0';
}
