/* SPDX-License-Identifier: MIT
 *
 * Values as MariaDB has them: dates and times as MYSQL_TIME, decimals as texts sent with the type of a decimal (a plain
 * text would be compared with a DECIMAL as a double), UUIDs as 32 hexadecimal digits, booleans as TINYINT. A result's
 * column is fetched in the one form that keeps what its type holds; reading then makes of it what the struct wants, and
 * names the column where that cannot be. Texts longer than a few bytes are fetched a second time, at their size, straight
 * into the arena.
 */
#include "codec.h"

#include <math.h>
#include <string.h>

#include "../../text/number.h"
#include "../custom.h"
#include "../query.h"
#include "../stored.h"

enum { BINARY_CHARSET = 63 };

static const int64_t MICROSECONDS = 1000000;

/* ---- Binding ---------------------------------------------------------------------------------------------------- */

static void bind_value(MYSQL_BIND *bind, enum enum_field_types type, struct cf__mariadb_value *value)
{
    bind->buffer_type = type;
    bind->buffer = &value->integer;
}

static void bind_text(MYSQL_BIND *bind, enum enum_field_types type, const void *data, size_t size)
{
    bind->buffer_type = type;
    bind->buffer = (void *)(uintptr_t)data;
    bind->buffer_length = bind->length_value = size;
    bind->length = NULL;
}

static void bind_short(MYSQL_BIND *bind, enum enum_field_types type, struct cf__mariadb_value *value)
{
    bind_text(bind, type, value->text, strlen(value->text));
}

static size_t label_count(const struct cf_column *column)
{
    size_t count = 0;
    while (column->labels[count])
        count++;
    return count;
}

/* Texts are MYSQL_TYPE_VAR_STRING: of MYSQL_TYPE_STRING, which is CHAR, the server drops the blanks at the end where it puts
 * values into a table of its own (UNION). An enumerator is stored as its label; one that is none matches nothing. */
static void bind_integer(MYSQL_BIND *bind, struct cf__mariadb_value *value, int64_t integer,
                         const struct cf_column *column)
{
    value->integer = integer;
    if (!column || column->type != CF_TYPE_ENUM)
        bind_value(bind, MYSQL_TYPE_LONGLONG, value);
    else if (integer >= 0 && (uint64_t)integer < label_count(column))
        bind_text(bind, MYSQL_TYPE_VAR_STRING, column->labels[integer], strlen(column->labels[integer]));
    else
        bind_value(bind, MYSQL_TYPE_NULL, value);
}

static void bind_number(MYSQL_BIND *bind, struct cf__mariadb_value *value, double number,
                        const struct cf_column *column)
{
    if (!isfinite(number))
        cf_raise(CF_INVALID, "%s: the database has no infinite numbers and none that are no number (NaN)",
                 column ? column->name : "a value");
    value->number = number;
    bind_value(bind, MYSQL_TYPE_DOUBLE, value);
}

static void set_date(MYSQL_TIME *time, cf_date date)
{
    time->year = (unsigned)date.year;
    time->month = date.month;
    time->day = date.day;
}

static void set_clock(MYSQL_TIME *time, cf_clock clock)
{
    int64_t seconds = clock.microseconds / MICROSECONDS;
    time->hour = (unsigned)(seconds / 3600);
    time->minute = (unsigned)(seconds / 60 % 60);
    time->second = (unsigned)(seconds % 60);
    time->second_part = (unsigned long)(clock.microseconds % MICROSECONDS);
}

static void bind_time(MYSQL_BIND *bind, struct cf__mariadb_value *value, const struct cf_operand *operand)
{
    value->time = (MYSQL_TIME){ 0 };
    if (operand->kind == CF_OPERAND_DATE) {
        set_date(&value->time, operand->date);
        bind_value(bind, MYSQL_TYPE_DATE, value);
    } else if (operand->kind == CF_OPERAND_CLOCK) {
        set_clock(&value->time, operand->clock);
        bind_value(bind, MYSQL_TYPE_TIME, value);
    } else {
        set_date(&value->time, cf_time_date(operand->time));
        set_clock(&value->time, cf_time_clock(operand->time));
        bind_value(bind, MYSQL_TYPE_DATETIME, value);
    }
}

void cf__mariadb_bind(MYSQL_BIND *bind, struct cf__mariadb_value *value, const struct cf_parameter *parameter)
{
    const struct cf_operand *operand = &parameter->value;
    *bind = (MYSQL_BIND){ .buffer_type = MYSQL_TYPE_NULL };
    switch (operand->kind) {
    case CF_OPERAND_INTEGER:
        bind_integer(bind, value, operand->integer, parameter->column);
        break;
    case CF_OPERAND_BOOLEAN:
        value->text[0] = operand->boolean;
        bind_value(bind, MYSQL_TYPE_TINY, value);
        break;
    case CF_OPERAND_NUMBER:
        bind_number(bind, value, operand->number, parameter->column);
        break;
    case CF_OPERAND_DECIMAL:
        cf_decimal_format(operand->decimal, value->text);
        bind_short(bind, MYSQL_TYPE_NEWDECIMAL, value);
        break;
    case CF_OPERAND_TEXT:
        bind_text(bind, MYSQL_TYPE_VAR_STRING, operand->text, strlen(operand->text));
        break;
    case CF_OPERAND_DATE:
    case CF_OPERAND_CLOCK:
    case CF_OPERAND_TIME:
        bind_time(bind, value, operand);
        break;
    case CF_OPERAND_UUID:
        cf__store_uuid(operand->uuid, value->text);
        bind_short(bind, MYSQL_TYPE_VAR_STRING, value);
        break;
    case CF_OPERAND_BYTES:
        bind_text(bind, MYSQL_TYPE_LONG_BLOB, operand->bytes.size ? operand->bytes.data : "", operand->bytes.size);
        break;
    default:
        break;
    }
}

/* An array of what has a size in C, of pointers to all else (mariadb_stmt.c of libmariadb, ma_get_buffer_offset); whether a
 * value is NULL stands in an array of its own. */
void cf__mariadb_bind_array(struct cf__context *context, MYSQL_BIND *bind, const struct cf_parameter *first,
                            size_t stride, size_t runs)
{
    struct cf__mariadb_value *values = cf__take(context, runs * sizeof *values);
    unsigned long *lengths = cf__take(context, runs * sizeof *lengths);
    char *indicators = cf__take(context, runs), *bytes = cf__take(context, runs);
    const void **pointers = cf__take(context, runs * sizeof *pointers);
    int64_t *words = cf__take(context, runs * sizeof *words); /* integers, and numbers bit by bit */
    enum enum_field_types type = MYSQL_TYPE_VAR_STRING;
    for (size_t i = 0; i < runs; i++) {
        MYSQL_BIND one;
        cf__mariadb_bind(&one, &values[i], &first[i * stride]);
        indicators[i] = one.buffer_type == MYSQL_TYPE_NULL ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE;
        if (indicators[i] == STMT_INDICATOR_NULL)
            continue;
        type = one.buffer_type;
        words[i] = values[i].integer;
        bytes[i] = values[i].text[0];
        pointers[i] = one.buffer;
        lengths[i] = one.length_value;
    }
    *bind = (MYSQL_BIND){ .buffer_type = type, .buffer = pointers, .length = lengths, .u.indicator = indicators };
    if (type == MYSQL_TYPE_LONGLONG || type == MYSQL_TYPE_DOUBLE)
        bind->buffer = words;
    else if (type == MYSQL_TYPE_TINY)
        bind->buffer = bytes;
}

/* ---- Result columns --------------------------------------------------------------------------------------------- */

/* How a column's type is fetched: as an integer, a number, a time, or as its text. */
enum form { AS_TEXT, AS_INTEGER, AS_NUMBER, AS_TIME };

static enum form form_of(const MYSQL_FIELD *field)
{
    switch (field->type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_YEAR:
        return AS_INTEGER;
    case MYSQL_TYPE_FLOAT:
    case MYSQL_TYPE_DOUBLE:
        return AS_NUMBER;
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_TIME:
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_TIMESTAMP:
        return AS_TIME;
    default:
        return AS_TEXT;
    }
}

void cf__mariadb_bind_column(MYSQL_BIND *bind, struct cf__mariadb_value *value, const MYSQL_FIELD *field)
{
    static const enum enum_field_types types[] = {
        [AS_TEXT] = MYSQL_TYPE_STRING,
        [AS_INTEGER] = MYSQL_TYPE_LONGLONG,
        [AS_NUMBER] = MYSQL_TYPE_DOUBLE,
    };
    enum form form = form_of(field);
    *bind = (MYSQL_BIND){
        .buffer_type = form == AS_TIME ? field->type : types[form],
        .buffer = value->text,
        .buffer_length = sizeof value->text,
        .is_unsigned = (field->flags & UNSIGNED_FLAG) != 0,
        .length = &value->size,
        .is_null = &value->is_null,
        .error = &value->is_cut,
    };
}

/* JSON is a text with a word about it. */
static bool is_json(const MYSQL_FIELD *field)
{
    MARIADB_CONST_STRING format = { NULL, 0 };
    return !mariadb_field_attr(&format, field, MARIADB_FIELD_ATTR_FORMAT_NAME) && format.length == 4 &&
           memcmp(format.str, "json", 4) == 0;
}

static enum cf_type type_of_time(const MYSQL_FIELD *field)
{
    return field->type == MYSQL_TYPE_DATE   ? CF_TYPE_DATE
           : field->type == MYSQL_TYPE_TIME ? CF_TYPE_TIME
                                            : CF_TYPE_DATETIME;
}

static enum cf_type type_of_text(const MYSQL_FIELD *field)
{
    if (field->type == MYSQL_TYPE_NEWDECIMAL || field->type == MYSQL_TYPE_DECIMAL)
        return CF_TYPE_NUMERIC;
    if (field->type == MYSQL_TYPE_BIT)
        return CF_TYPE_INTEGER;
    if (is_json(field))
        return CF_TYPE_JSON;
    return field->charsetnr == BINARY_CHARSET ? CF_TYPE_BLOB : CF_TYPE_TEXT;
}

/* BOOLEAN is another word for TINYINT(1). */
void cf__mariadb_column_type(const MYSQL_FIELD *field, struct cf_column *column)
{
    column->scale = field->decimals;
    switch (form_of(field)) {
    case AS_INTEGER:
        column->type = field->type == MYSQL_TYPE_TINY && field->length == 1 ? CF_TYPE_BOOLEAN : CF_TYPE_INTEGER;
        return;
    case AS_NUMBER:
        column->type = CF_TYPE_FLOAT;
        return;
    case AS_TIME:
        column->type = type_of_time(field);
        return;
    default:
        column->type = type_of_text(field);
    }
}

/* ---- Reading ---------------------------------------------------------------------------------------------------- */

/* A column of the current row, and what it is for. */
struct cell {
    const struct cf__mariadb_row *row;
    const struct cf__mariadb_value *value;
    const MYSQL_FIELD *type;
    unsigned index;
    const struct cf_column *column;
    struct cf__context *context;
};

/* The value as text, in the arena, with its size; "" of NULL. */
static const char *fetch_text(const struct cell *cell, size_t *size)
{
    my_bool is_null = 0, is_cut = 0;
    bool is_text = form_of(cell->type) == AS_TEXT;
    unsigned long length = cell->value->is_null ? 0 : is_text ? cell->value->size : CF__MARIADB_SHORT;
    char *text = cf__take(cell->context, length + 1);
    if (is_text && length < CF__MARIADB_SHORT) {
        memcpy(text, cell->value->text, length);
    } else if (length) {
        MYSQL_BIND bind = { .buffer_type = MYSQL_TYPE_STRING,
                            .buffer = text,
                            .buffer_length = length + 1,
                            .length = &length,
                            .is_null = &is_null,
                            .error = &is_cut };
        mysql_stmt_fetch_column(cell->row->statement, &bind, cell->index, 0);
    }
    text[length] = '\0';
    *size = length;
    return text;
}

static _Noreturn void refuse(const struct cell *cell)
{
    size_t size;
    const char *text = cell->value->is_null ? "NULL" : fetch_text(cell, &size);
    bool too_large =
        cell->type->type == MYSQL_TYPE_NEWDECIMAL && cell->column->type == CF_TYPE_INTEGER && !strchr(text, '.');
    cf__refuse_value(cell->column, cf_format(&cell->context->head, "\"%.60s\"", text), too_large);
}

/* The text of types that are read from one and are short: NULL is none. */
static const char *short_text(const struct cell *cell)
{
    if (cell->value->is_null || form_of(cell->type) != AS_TEXT || cell->value->size >= CF__MARIADB_SHORT)
        refuse(cell);
    return cell->value->text;
}

/* BIT(n): bytes, the highest first. */
static int64_t read_bits(const struct cell *cell)
{
    uint64_t bits = 0;
    for (unsigned long i = 0; i < cell->value->size && i < sizeof bits; i++)
        bits = bits << 8 | (unsigned char)cell->value->text[i];
    return (int64_t)bits;
}

/* Integers, and NULL where free SQL gives one for a column that is not Nullable: it reads as 0. A sum is a decimal. */
static int64_t read_integer(const struct cell *cell)
{
    int64_t integer;
    if (form_of(cell->type) == AS_INTEGER) {
        if (cell->value->integer < 0 && cell->type->flags & UNSIGNED_FLAG)
            refuse(cell);
        return cell->value->integer;
    }
    if (cell->type->type == MYSQL_TYPE_BIT)
        return read_bits(cell);
    if (cell->type->type != MYSQL_TYPE_NEWDECIMAL || !cf__parse_integer(short_text(cell), &integer))
        refuse(cell);
    return integer;
}

static double read_number(const struct cell *cell)
{
    double number;
    if (form_of(cell->type) == AS_NUMBER)
        return cell->value->number;
    if (form_of(cell->type) == AS_INTEGER)
        return (double)read_integer(cell);
    if (cell->type->type != MYSQL_TYPE_NEWDECIMAL || !cf__parse_number(short_text(cell), &number))
        refuse(cell);
    return number;
}

/* A C text ends at its first NUL, whatever the database has after it. */
static const char *read_text(const struct cell *cell)
{
    size_t size;
    return fetch_text(cell, &size);
}

static cf_bytes read_bytes(const struct cell *cell)
{
    size_t size;
    const char *data = fetch_text(cell, &size);
    return (cf_bytes){ data, size };
}

static bool parse_decimal(const struct cell *cell, cf_decimal *decimal)
{
    char text[CF__NUMBER_TEXT];
    if (cell->value->is_null)
        return false;
    switch (form_of(cell->type)) {
    case AS_INTEGER:
        *decimal = cf_decimal_of(read_integer(cell), 0);
        return true;
    case AS_NUMBER:
        cf__format_number(cell->value->number, text);
        return cf_decimal_parse(text, decimal);
    case AS_TEXT:
        return cf_decimal_parse(short_text(cell), decimal);
    default:
        return false;
    }
}

static cf_decimal read_decimal(const struct cell *cell)
{
    cf_decimal decimal;
    if (!parse_decimal(cell, &decimal) || !cf_decimal_rescale(decimal, (uint8_t)cell->column->scale, &decimal))
        refuse(cell);
    return decimal;
}

/* A day that is one: MariaDB has 0000-00-00 as well. */
static bool take_date(const MYSQL_TIME *time, cf_date *date)
{
    *date = (cf_date){ (int16_t)time->year, (uint8_t)time->month, (uint8_t)time->day };
    return time->year >= 1 && time->month && time->day;
}

/* A TIME of MariaDB goes to 838 hours, in both directions. */
static bool take_clock(const MYSQL_TIME *time, cf_clock *clock)
{
    int64_t seconds = (int64_t)time->hour * 3600 + time->minute * 60 + time->second;
    clock->microseconds = seconds * MICROSECONDS + (int64_t)time->second_part;
    return !time->neg && (time->day == 0 || time->year) && time->hour < 24;
}

static cf_date read_date(const struct cell *cell)
{
    cf_date date;
    bool is_time = form_of(cell->type) == AS_TIME && !cell->value->is_null;
    if (!(is_time ? take_date(&cell->value->time, &date) : cf_date_parse(short_text(cell), &date)))
        refuse(cell);
    return date;
}

static cf_clock read_clock(const struct cell *cell)
{
    cf_clock clock;
    bool is_time = form_of(cell->type) == AS_TIME && !cell->value->is_null;
    if (!(is_time ? take_clock(&cell->value->time, &clock) : cf_clock_parse(short_text(cell), &clock)))
        refuse(cell);
    return clock;
}

static cf_time read_time(const struct cell *cell)
{
    cf_time time;
    cf_date date;
    cf_clock clock;
    if (form_of(cell->type) == AS_TIME && !cell->value->is_null) {
        if (!take_date(&cell->value->time, &date) || !take_clock(&cell->value->time, &clock))
            refuse(cell);
        return cf_time_of(date, clock);
    }
    if (!cf_time_parse(short_text(cell), &time))
        refuse(cell);
    return time;
}

/* 32 or 36 characters, or the sixteen bytes others keep in a BINARY(16). */
static cf_uuid read_uuid(const struct cell *cell)
{
    cf_uuid uuid;
    const char *text = short_text(cell);
    if (cell->value->size == sizeof uuid.bytes && cell->type->charsetnr == BINARY_CHARSET)
        memcpy(uuid.bytes, text, sizeof uuid.bytes);
    else if (!cf_uuid_parse(text, &uuid))
        refuse(cell);
    return uuid;
}

static int read_choice(const struct cell *cell)
{
    size_t size;
    const char *text = fetch_text(cell, &size);
    for (int i = 0; cell->column->labels[i]; i++)
        if (strcmp(cell->column->labels[i], text) == 0)
            return i;
    refuse(cell);
}

#define STORE(optional_type, read)                                    \
    do {                                                              \
        if (cell->column->nullable)                                   \
            *(optional_type *)place = (optional_type){ read, true };  \
        else                                                          \
            *(__typeof__(((optional_type *)0)->value) *)place = read; \
    } while (0)

typedef struct {
    int value;
    bool is_set;
} optional_choice;

static void store(const struct cell *cell, void *place)
{
    switch (cell->column->type) {
    case CF_TYPE_INTEGER:
    case CF_TYPE_SMALL_INTEGER:
    case CF_TYPE_BIG_INTEGER:
        STORE(cf_optional_integer, read_integer(cell));
        break;
    case CF_TYPE_BOOLEAN:
        STORE(cf_optional_boolean, read_integer(cell) != 0);
        break;
    case CF_TYPE_FLOAT:
        STORE(cf_optional_number, read_number(cell));
        break;
    case CF_TYPE_NUMERIC:
        STORE(cf_optional_decimal, read_decimal(cell));
        break;
    case CF_TYPE_DATE:
        STORE(cf_optional_date, read_date(cell));
        break;
    case CF_TYPE_TIME:
        STORE(cf_optional_clock, read_clock(cell));
        break;
    case CF_TYPE_DATETIME:
        STORE(cf_optional_time, read_time(cell));
        break;
    case CF_TYPE_UUID:
        STORE(cf_optional_uuid, read_uuid(cell));
        break;
    case CF_TYPE_ENUM:
        STORE(optional_choice, read_choice(cell));
        break;
    case CF_TYPE_BLOB:
        *(cf_bytes *)place = read_bytes(cell);
        break;
    default:
        *(const char **)place = read_text(cell);
    }
}

static void store_custom(const struct cell *cell, void *place)
{
    const struct cf_column as_stored = cf__column_as_stored(cell->column);
    union cf__stored stored;
    struct cell plain = *cell;
    plain.column = &as_stored;
    store(&plain, &stored);
    cf__custom_load(cell->column, cell->context, &stored, place);
}

static void store_null(const struct cf_column *column, void *place)
{
    if (!column->nullable)
        cf__refuse_null(column);
    memset(place, 0, cf__field_size(column));
}

void cf__mariadb_decode(const struct cf__mariadb_row *source, const struct cf_field *fields, size_t count, void *row,
                        struct cf__context *context)
{
    for (size_t i = 0; i < count; i++) {
        unsigned index = fields[i].index;
        const struct cell cell = { source, &source->values[index], &source->fields[index],
                                   index,  fields[i].column,       context };
        void *place = (char *)row + cell.column->offset;
        if (cell.value->is_null)
            store_null(cell.column, place);
        else if (cell.column->custom)
            store_custom(&cell, place);
        else
            store(&cell, place);
    }
}
