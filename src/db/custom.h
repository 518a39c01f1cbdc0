/* SPDX-License-Identifier: MIT
 *
 * Columns of types of the program's own (CF_CUSTOM): one of the type they are stored as, as far as databases, schemas,
 * queries and JSON are concerned; only the field in the struct is another. Whoever fills or reads a field goes by a
 * value as it is stored, which is what a field of cf__column_as_stored holds.
 */
#ifndef CARAFE_DB_CUSTOM_H
#define CARAFE_DB_CUSTOM_H

#include <carafe/model.h>

struct cf__context;

union cf__stored {
    int64_t integer;
    bool boolean;
    double number;
    cf_decimal decimal;
    const char *text;
    cf_date date;
    cf_clock clock;
    cf_time time;
    cf_uuid uuid;
    cf_bytes bytes;
};

/* The same column as if its field were a union cf__stored, at offset 0 and not Nullable. */
struct cf_column cf__column_as_stored(const struct cf_column *column);
/* Fills the field from what is stored: NULL, or what is wrong with that. load: raises CF_CORRUPT instead. */
const char *cf__custom_read(const struct cf_column *column, struct cf__context *context, const union cf__stored *stored,
                            void *field);
void cf__custom_load(const struct cf_column *column, struct cf__context *context, const union cf__stored *stored,
                     void *field);

#endif
