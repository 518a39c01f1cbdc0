/* SPDX-License-Identifier: MIT
 *
 * What a column refuses, before a database gets to see it: databases differ in what they cut, round or let through,
 * and SQLite lets nearly everything through. A table of checks by type; each says what is wrong as a predicate ("is
 * longer than 50 characters").
 */
#include <math.h>
#include <string.h>

#include "../text/json.h"
#include "../text/url.h"
#include "state.h"

enum { DEEPEST_JSON = 31 }; /* databases go no deeper: MariaDB refuses what does */

struct check {
    struct cf__context *context;
    const struct cf_column *column;
    const struct cf_operand *value;
};

static const char *check_utf8(const struct check *check)
{
    return cf__utf8_valid(check->value->text, strlen(check->value->text)) ? NULL : "is not valid UTF-8";
}

static const char *check_string(const struct check *check)
{
    const char *problem = check_utf8(check), *text = check->value->text;
    size_t characters = 0;
    if (problem)
        return problem;
    for (; *text; text++)
        characters += ((unsigned char)*text & 0xC0) != 0x80;
    return characters <= check->column->length
               ? NULL
               : cf_format(&check->context->head, "is longer than %u characters", check->column->length);
}

static const char *check_json(const struct check *check)
{
    struct cf__json_error error;
    const char *text = check->value->text;
    if (cf__json_valid(text, strlen(text), DEEPEST_JSON, &error))
        return NULL;
    return cf_format(&check->context->head, "is not valid JSON: %s at line %d, column %d", error.text, error.line,
                     error.column);
}

static const char *check_choices(const struct check *check)
{
    for (const char *const *label = check->column->labels; *label; label++)
        if (strcmp(*label, check->value->text) == 0)
            return NULL;
    return "is none of the allowed values";
}

static const char *check_enum(const struct check *check)
{
    int64_t count = 0;
    while (check->column->labels[count])
        count++;
    return check->value->integer >= 0 && check->value->integer < count ? NULL : "is none of the allowed values";
}

static const char *check_small(const struct check *check)
{
    int64_t value = check->value->integer;
    return value >= INT16_MIN && value <= INT16_MAX ? NULL : "is out of range: -32768 to 32767";
}

static const char *check_float(const struct check *check)
{
    return isfinite(check->value->number) ? NULL : "is not a finite number";
}

static const char *check_numeric(const struct check *check)
{
    const struct cf_column *column = check->column;
    cf_decimal scaled;
    char text[CF_DECIMAL_TEXT];
    if (!cf_decimal_rescale(check->value->decimal, (uint8_t)column->scale, &scaled))
        return "has too many digits";
    if (cf_decimal_compare(scaled, check->value->decimal))
        return cf_format(&check->context->head, "has more than %u digits after the point", column->scale);
    cf_decimal_format(scaled, text);
    size_t digits = strcspn(text[0] == '-' ? text + 1 : text, ".");
    bool leading_zero = text[text[0] == '-'] == '0';
    return leading_zero || digits <= column->length - column->scale
               ? NULL
               : cf_format(&check->context->head, "has more than %u digits before the point",
                           column->length - column->scale);
}

static const char *check_date(const struct check *check)
{
    cf_date date = check->value->date;
    char text[CF_DATE_TEXT];
    if (date.year < 1 || date.year > 9999)
        return "is not a date of the years 1 to 9999";
    if (date.month > 12 || date.day > 31) /* no more digits than the text has room for */
        return "is not a date of the calendar";
    cf_date_format(date, text);
    return cf_date_parse(text, &date) ? NULL : "is not a date of the calendar";
}

static const char *check_clock(const struct check *check)
{
    int64_t value = check->value->clock.microseconds;
    return value >= 0 && value < (int64_t)86400 * 1000000 ? NULL : "is not a time of the day";
}

static const char *check_time(const struct check *check)
{
    /* 0001-01-01 and 9999-12-31 at midnight, in days since 1970 */
    const int64_t day = (int64_t)86400 * 1000000, first = -719162 * day, end = 2932897 * day;
    int64_t value = check->value->time.microseconds;
    return value >= first && value < end ? NULL : "is not a time of the years 1 to 9999";
}

static const char *(*const checks[CF_TYPE_COUNT_])(const struct check *check) = {
    [CF_TYPE_SMALL_INTEGER] = check_small, [CF_TYPE_FLOAT] = check_float,   [CF_TYPE_NUMERIC] = check_numeric,
    [CF_TYPE_STRING] = check_string,       [CF_TYPE_TEXT] = check_utf8,     [CF_TYPE_JSON] = check_json,
    [CF_TYPE_CHOICES] = check_choices,     [CF_TYPE_ENUM] = check_enum,     [CF_TYPE_DATE] = check_date,
    [CF_TYPE_TIME] = check_clock,          [CF_TYPE_DATETIME] = check_time,
};

const char *cf__value_problem(struct cf__context *context, const struct cf_column *column,
                              const struct cf_operand *value)
{
    const struct check check = { context, column, value };
    if (value->kind == CF_OPERAND_NULL)
        return column->nullable ? NULL : "must not be NULL";
    return checks[column->type] ? checks[column->type](&check) : NULL;
}

const char *cf__column_problem(struct cf__context *context, const struct cf_column *column, const void *row)
{
    struct cf_operand value = cf__field_value(column, row);
    return cf__value_problem(context, column, &value);
}

/* ---- Refusals --------------------------------------------------------------------------------------------------- */

void cf__refuse_field(const struct cf_column *column, enum cf_error_code code, const char *problem, size_t at)
{
    cf_context *context = &cf__current()->head;
    const char *name = column->json ? column->json : column->name, *place = "";
    const char *stored = cf_format(context, "%s.%s", column->model->table, cf__column_name(column));
    if (at != CF__ALONE) {
        name = cf_format(context, "%zu.%s", at, name);
        place = cf_format(context, " of row %zu", at);
    }
    cf_raise_error(&(cf_error){
        .code = code,
        .message = cf_format(context, "%s%s %s", stored, place, problem),
        .column = stored,
        .details = cf__json_problem(cf__current(), name, problem),
    });
}

void cf__check_value(const struct cf_column *column, const struct cf_operand *value, size_t at)
{
    const char *problem = cf__value_problem(cf__current(), column, value);
    if (problem)
        cf__refuse_field(column, value->kind == CF_OPERAND_NULL ? CF_NOT_NULL : CF_INVALID, problem, at);
}

void cf__check_fields(const struct cf__rows_of *of, uint64_t columns, const void *row, size_t at)
{
    for (uint64_t left = columns; left; left &= left - 1) {
        const struct cf_column *column = &of->model->columns[__builtin_ctzll(left)];
        const struct cf_operand value = cf__field_value(column, row);
        cf__check_value(column, &value, at);
    }
}

void cf__refuse_computed(const struct cf__rows_of *of, uint64_t columns, size_t at)
{
    uint64_t refused = columns & of->computed;
    if (refused)
        cf__refuse_field(&of->model->columns[__builtin_ctzll(refused)], CF_INVALID,
                         "is computed by the database, and not to be written", at);
}
