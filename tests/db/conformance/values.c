/* SPDX-License-Identifier: MIT
 *
 * Values of columns by their texts, so that tests are data.
 */
#include <math.h>
#include <stdlib.h>

#include "suite.h"

static int64_t find_label(const struct cf_column *column, const char *text)
{
    for (int64_t i = 0; column->labels[i]; i++)
        if (strcmp(column->labels[i], text) == 0)
            return i;
    fails("%s is no label of %s", text, column->name);
}

/* Each optional begins with its value. */
#define SET(kind, ...)                                  \
    *(cf_optional_##kind *)field = (cf_optional_##kind) \
    {                                                   \
        __VA_ARGS__, true                               \
    }
#define PARSE(kind, parse)                                      \
    do {                                                        \
        cf_optional_##kind *optional = field;                   \
        optional->is_set = true;                                \
        if (!parse(text, &optional->value))                     \
            fails("\"%s\" is none for %s", text, column->name); \
    } while (0)

void set_field(const struct cf_column *column, void *row, const char *text, size_t size)
{
    void *field = (char *)row + column->offset;
    if (!text) {
        memset(field, 0, cf__field_size(column));
        return;
    }
    switch (column->type) {
    case CF_TYPE_INTEGER:
    case CF_TYPE_SMALL_INTEGER:
    case CF_TYPE_BIG_INTEGER:
        SET(integer, strtoll(text, NULL, 10));
        return;
    case CF_TYPE_BOOLEAN:
        SET(boolean, strcmp(text, "true") == 0);
        return;
    case CF_TYPE_FLOAT:
        SET(number, strtod(text, NULL));
        return;
    case CF_TYPE_NUMERIC:
        PARSE(decimal, cf_decimal_parse);
        return;
    case CF_TYPE_DATE:
        PARSE(date, cf_date_parse);
        return;
    case CF_TYPE_TIME:
        PARSE(clock, cf_clock_parse);
        return;
    case CF_TYPE_DATETIME:
        PARSE(time, cf_time_parse);
        return;
    case CF_TYPE_UUID:
        PARSE(uuid, cf_uuid_parse);
        return;
    case CF_TYPE_BLOB:
        *(cf_bytes *)field = (cf_bytes){ text, size };
        return;
    case CF_TYPE_ENUM: {
        struct {
            int value;
            bool is_set;
        } *choice = field;
        choice->value = (int)find_label(column, text);
        choice->is_set = true;
        return;
    }
    default:
        *(const char **)field = text;
    }
}

bool same_value(const struct cf_operand *left, const struct cf_operand *right)
{
    if (left->kind != right->kind)
        return false;
    switch (left->kind) {
    case CF_OPERAND_NULL:
        return true;
    case CF_OPERAND_INTEGER:
        return left->integer == right->integer;
    case CF_OPERAND_BOOLEAN:
        return left->boolean == right->boolean;
    case CF_OPERAND_NUMBER:
        return left->number == right->number;
    case CF_OPERAND_DECIMAL:
        return cf_decimal_compare(left->decimal, right->decimal) == 0;
    case CF_OPERAND_DATE:
        return left->date.year == right->date.year && left->date.month == right->date.month &&
               left->date.day == right->date.day;
    case CF_OPERAND_CLOCK:
        return left->clock.microseconds == right->clock.microseconds;
    case CF_OPERAND_TIME:
        return left->time.microseconds == right->time.microseconds;
    case CF_OPERAND_UUID:
        return memcmp(&left->uuid, &right->uuid, sizeof left->uuid) == 0;
    case CF_OPERAND_BYTES:
        return left->bytes.size == right->bytes.size &&
               memcmp(left->bytes.data, right->bytes.data, left->bytes.size) == 0;
    default:
        return strcmp(left->text, right->text) == 0;
    }
}
