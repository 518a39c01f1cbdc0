/* SPDX-License-Identifier: MIT
 *
 * A statement with its values, on one line for who develops. Which value is a secret is told by its column (hidden =
 * true) and by the expression it stands in (pen.h); values of free SQL have neither and are shown.
 */
#include "echo.h"

#include <carafe/types.h>

#include "../text/number.h"

enum { LONGEST_TEXT = 100, LONGEST_LIST = 20 };

static void write_text(struct cf__buffer *out, const char *text)
{
    size_t size = strlen(text);
    if (size <= LONGEST_TEXT) {
        cf__sql_text(out, text);
        return;
    }
    cf__sql_text(out, cf__copy_bytes(out->context, text, LONGEST_TEXT));
    cf__buffer_format(out, "... (%zu bytes)", size);
}

static void write_value(struct cf__buffer *out, const struct cf_operand *value)
{
    char text[64];
    switch (value->kind) {
    case CF_OPERAND_INTEGER:
        cf__buffer_integer(out, value->integer);
        return;
    case CF_OPERAND_BOOLEAN:
        cf__buffer_string(out, value->boolean ? "true" : "false");
        return;
    case CF_OPERAND_TEXT:
        write_text(out, value->text);
        return;
    case CF_OPERAND_BYTES:
        cf__buffer_format(out, "(%zu bytes)", value->bytes.size);
        return;
    case CF_OPERAND_NUMBER:
        cf__format_number(value->number, text);
        break;
    case CF_OPERAND_DECIMAL:
        cf_decimal_format(value->decimal, text);
        break;
    case CF_OPERAND_DATE:
        cf_date_format(value->date, text);
        break;
    case CF_OPERAND_CLOCK:
        cf_clock_format(value->clock, text);
        break;
    case CF_OPERAND_TIME:
        cf_time_format(value->time, text);
        break;
    case CF_OPERAND_UUID:
        cf_uuid_format(value->uuid, text);
        break;
    default:
        cf__buffer_string(out, "NULL");
        return;
    }
    cf__buffer_string(out, text);
}

const char *cf__echo_text(struct cf__context *context, const char *sql, const struct cf__parameters *parameters)
{
    struct cf__buffer out = cf__buffer_new(context, CF__CAP_OUTPUT, "a line of the log");
    size_t count = parameters ? parameters->count : 0;
    cf__buffer_string(&out, sql);
    for (size_t i = 0; i < count && i < LONGEST_LIST; i++) {
        const struct cf_parameter *parameter = &parameters->items[i];
        cf__buffer_string(&out, i ? ", " : " [");
        if (parameter->hidden || (parameter->column && parameter->column->hidden))
            cf__buffer_string(&out, "***");
        else
            write_value(&out, &parameter->value);
    }
    if (count > LONGEST_LIST)
        cf__buffer_format(&out, ", ... (%zu values)", count);
    if (count)
        cf__buffer_char(&out, ']');
    return cf__buffer_text(&out);
}
