/* SPDX-License-Identifier: MIT
 *
 * A statement with its values, on one line for who develops. Which value is a secret is told by its column (hidden =
 * true) and by the expression it stands in (pen.h); values of free SQL have neither and are shown.
 */
#include "echo.h"

#include <stdarg.h>
#include <stdio.h>

#include <carafe/types.h>

#include "../text/number.h"

enum { LONGEST_TEXT = 100, LONGEST_LIST = 20 };
/* Of a list of the longest texts, all of whose characters are quotes. */
enum { LONGEST_VALUES = LONGEST_LIST * (2 * LONGEST_TEXT + 32) + 64 };

/* A place for a text, which is cut where it is longer: an error is written without memory. */
struct line {
    char *next, *end; /* behind the room for the final NUL */
    bool is_cut;
};

static void add(struct line *line, const char *text, size_t size)
{
    size_t room = (size_t)(line->end - line->next) - 1;
    line->is_cut = line->is_cut || size > room;
    if (size > room)
        size = room;
    memcpy(line->next, text, size);
    line->next += size;
}

static void add_string(struct line *line, const char *text)
{
    add(line, text, strlen(text));
}

__attribute__((format(printf, 2, 3))) static void add_format(struct line *line, const char *format, ...)
{
    char text[64];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    add_string(line, text);
}

/* Cut between characters. */
static size_t shown_size(const char *text, size_t size)
{
    size_t shown = size < LONGEST_TEXT ? size : LONGEST_TEXT;
    while (shown < size && shown && (text[shown] & 0xc0) == 0x80)
        shown--;
    return shown;
}

static void write_text(struct line *line, const char *text)
{
    size_t size = strlen(text), shown = shown_size(text, size);
    add(line, "'", 1);
    for (size_t i = 0; i < shown; i++)
        add(line, text[i] == '\'' ? "''" : &text[i], text[i] == '\'' ? 2 : 1);
    add(line, "'", 1);
    if (shown < size)
        add_format(line, "... (%zu bytes)", size);
}

static void write_value(struct line *line, const struct cf_operand *value)
{
    char text[64];
    switch (value->kind) {
    case CF_OPERAND_INTEGER:
        add_format(line, "%lld", (long long)value->integer);
        return;
    case CF_OPERAND_BOOLEAN:
        add_string(line, value->boolean ? "true" : "false");
        return;
    case CF_OPERAND_TEXT:
        write_text(line, value->text);
        return;
    case CF_OPERAND_BYTES:
        add_format(line, "(%zu bytes)", value->bytes.size);
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
        add_string(line, "NULL");
        return;
    }
    add_string(line, text);
}

/* "[3, 'kim', ***]"; nothing where there are none. */
static void write_values(struct line *line, const struct cf_parameter *items, size_t count)
{
    for (size_t i = 0; i < count && i < LONGEST_LIST; i++) {
        add_string(line, i ? ", " : "[");
        if (items[i].hidden || (items[i].column && items[i].column->hidden))
            add_string(line, "***");
        else
            write_value(line, &items[i].value);
    }
    if (count > LONGEST_LIST)
        add_format(line, ", ... (%zu values)", count);
    if (count)
        add_string(line, "]");
}

const char *cf__echo_values(struct cf__context *context, const struct cf__parameters *parameters)
{
    char values[LONGEST_VALUES];
    struct line line = { values, values + sizeof values, false };
    write_values(&line, parameters->items, parameters->count);
    return cf__copy_bytes(context, values, (size_t)(line.next - values));
}

const char *cf__echo_text(struct cf__context *context, const char *sql, const struct cf__parameters *parameters)
{
    const char *values = parameters && parameters->count ? cf__echo_values(context, parameters) : NULL;
    return cf_format(&context->head, "%s%s%s", sql, values ? " " : "", values ? values : "");
}

/* ---- Values for errors ------------------------------------------------------------------------------------------ */

static void write_given(const struct cf__given *given, char *out, size_t size)
{
    static const char cut[] = "...";
    const struct cf__given_values *values = (const struct cf__given_values *)given;
    struct line line = { out, out + size, false };
    write_values(&line, values->items, values->count);
    if (values->sets > 1)
        add_format(&line, " and %zu more like it", values->sets - 1);
    if (line.is_cut) {
        line.next = out + size - sizeof cut;
        while (line.next > out && (*line.next & 0xc0) == 0x80)
            line.next--;
        add_string(&line, cut);
    }
    *line.next = '\0';
}

struct cf__given_values cf__given_values(const struct cf_parameter *items, size_t count, size_t sets)
{
    return (struct cf__given_values){ .head = { write_given }, .items = items, .count = count, .sets = sets };
}
