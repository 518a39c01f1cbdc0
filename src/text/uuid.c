/* SPDX-License-Identifier: MIT
 *
 * UUIDs (RFC 9562): 16 bytes, shown as 8-4-4-4-12 hexadecimal digits.
 */
#include <carafe/types.h>

#include <string.h>

#include "../base/random.h"

cf_uuid cf_uuid_new(void)
{
    cf_uuid uuid;
    cf__random_bytes(uuid.bytes, sizeof uuid.bytes);
    uuid.bytes[6] = (unsigned char)((uuid.bytes[6] & 0x0F) | 0x40); /* version 4, section 5.4 */
    uuid.bytes[8] = (unsigned char)((uuid.bytes[8] & 0x3F) | 0x80); /* variant, section 4.1 */
    return uuid;
}

size_t cf_uuid_format(cf_uuid uuid, char out[CF_UUID_TEXT])
{
    static const char hex[] = "0123456789abcdef";
    char *at = out;
    for (size_t i = 0; i < sizeof uuid.bytes; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *at++ = '-';
        *at++ = hex[uuid.bytes[i] >> 4];
        *at++ = hex[uuid.bytes[i] & 15];
    }
    *at = '\0';
    return (size_t)(at - out);
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    const char *at = c ? strchr(digits, c) : NULL;
    return !at ? -1 : at - digits < 16 ? (int)(at - digits) : (int)(at - digits) - 6;
}

bool cf_uuid_parse(const char *text, cf_uuid *out)
{
    cf_uuid uuid;
    bool dashes = strlen(text) == 36;
    if (!dashes && strlen(text) != 32)
        return false;
    for (size_t i = 0; i < sizeof uuid.bytes; i++) {
        if (dashes && (i == 4 || i == 6 || i == 8 || i == 10) && *text++ != '-')
            return false;
        int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);
        if (low < 0)
            return false;
        uuid.bytes[i] = (unsigned char)(high << 4 | low);
        text += 2;
    }
    *out = uuid;
    return true;
}
