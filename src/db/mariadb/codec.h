/* SPDX-License-Identifier: MIT
 *
 * Values in and out of MariaDB.
 */
#ifndef CARAFE_DB_MARIADB_CODEC_H
#define CARAFE_DB_MARIADB_CODEC_H

#include "mariadb.h"

/* Longest text kept in a value itself: a DECIMAL of 65 digits, a UUID, a label. */
enum { CF__MARIADB_SHORT = 80 };

/* A value between a struct and the library: what a MYSQL_BIND points to. Lives with its statement. */
struct cf__mariadb_value {
    union {
        int64_t integer;
        double number;
        MYSQL_TIME time;
        char text[CF__MARIADB_SHORT];
    };
    unsigned long size; /* of the text, the whole of it where it is longer than what is kept */
    my_bool is_null, is_cut;
};

/* The statement's current row. */
struct cf__mariadb_row {
    MYSQL_STMT *statement;
    const MYSQL_FIELD *fields;
    const struct cf__mariadb_value *values;
};

/* Texts and blobs are not copied. Raises CF_INVALID for a number that MariaDB does not have. */
void cf__mariadb_bind(MYSQL_BIND *bind, struct cf__mariadb_value *value, const struct cf_parameter *parameter);
/* The same for several runs at once: the values of one parameter, `stride` apart, as an array that lives in the context. */
void cf__mariadb_bind_array(struct cf__context *context, MYSQL_BIND *bind, const struct cf_parameter *first,
                            size_t stride, size_t runs);
/* Where a result's column is to be put. */
void cf__mariadb_bind_column(MYSQL_BIND *bind, struct cf__mariadb_value *value, const MYSQL_FIELD *field);
/* The type that holds what a result's column has (see cf_driver.column_type). */
void cf__mariadb_column_type(const MYSQL_FIELD *field, struct cf_column *column);
/* Decodes a row into a struct. Raises CF_CORRUPT where a value is none of its column's type. */
void cf__mariadb_decode(const struct cf__mariadb_row *source, const struct cf_field *fields, size_t count, void *row,
                        struct cf__context *context);

#endif
