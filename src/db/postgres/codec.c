/* SPDX-License-Identifier: MIT
 *
 * Values on the wire: PostgreSQL's binary formats, big-endian, times in microseconds since 2000-01-01
 * (src/backend/utils/adt of PostgreSQL: the *_send functions). Texts go as texts of no type, so that they fit whatever
 * they are compared with; decimals as texts of type numeric.
 *
 * A result is read by readers, one a field, chosen once by the type the database says the column has: a sum of integers
 * is a numeric, and still an integer to who asked for one.
 */
#include <endian.h>
#include <limits.h>
#include <string.h>

#include <carafe/memory.h>

#include "../../base/context.h"
#include "../custom.h"
#include "../query.h"
#include "../sql_type.h"
#include "../stored.h"
#include "postgres.h"

/* src/include/catalog/pg_type.dat */
enum {
    BOOLEAN = 16,
    BYTEA = 17,
    SINGLE_CHAR = 18,
    NAME = 19,
    INT8 = 20,
    INT2 = 21,
    INT4 = 23,
    TEXT = 25,
    OID = 26,
    JSON = 114,
    XML = 142,
    FLOAT4 = 700,
    FLOAT8 = 701,
    UNKNOWN = 705,
    BPCHAR = 1042,
    VARCHAR = 1043,
    DATE = 1082,
    TIME = 1083,
    TIMESTAMP = 1114,
    TIMESTAMPTZ = 1184,
    NUMERIC = 1700,
    UUID = 2950,
    JSONB = 3802,
    FIRST_MADE = 16384, /* what people and extensions have made has such a number or a higher one */
};

enum { TEXT_FORMAT, BINARY };

static const int64_t EPOCH = 946684800000000; /* 2000-01-01 in microseconds since 1970 */
static const int64_t DAY = 86400000000;

/* ---- Parameters ------------------------------------------------------------------------------------------------- */

/* To a type of the database's own (sql_type) all but bytes go as texts of no type: the server reads them as it. */
static bool goes_as_text(const struct cf_parameter *parameter)
{
    return parameter->column && parameter->value.kind != CF_OPERAND_BYTES && parameter->column->type != CF_TYPE_BLOB &&
           cf__has_sql_type(parameter->column->sql_type, &cf__postgres_dialect);
}

/* Text columns take texts of no type; a NULL has its column's type, or none. */
Oid cf__postgres_type(const struct cf_parameter *parameter)
{
    static const Oid by_kind[] = {
        [CF_OPERAND_INTEGER] = INT8,    [CF_OPERAND_BOOLEAN] = BOOLEAN, [CF_OPERAND_NUMBER] = FLOAT8,
        [CF_OPERAND_DECIMAL] = NUMERIC, [CF_OPERAND_DATE] = DATE,       [CF_OPERAND_CLOCK] = TIME,
        [CF_OPERAND_TIME] = TIMESTAMP,  [CF_OPERAND_UUID] = UUID,       [CF_OPERAND_BYTES] = BYTEA,
        [CF_OPERAND_EXPRESSION] = 0,
    };
    static const Oid by_type[CF_TYPE_COUNT_] = {
        [CF_TYPE_INTEGER] = INT8,    [CF_TYPE_SMALL_INTEGER] = INT8, [CF_TYPE_BIG_INTEGER] = INT8,
        [CF_TYPE_BOOLEAN] = BOOLEAN, [CF_TYPE_FLOAT] = FLOAT8,       [CF_TYPE_NUMERIC] = NUMERIC,
        [CF_TYPE_DATE] = DATE,       [CF_TYPE_TIME] = TIME,          [CF_TYPE_DATETIME] = TIMESTAMP,
        [CF_TYPE_UUID] = UUID,       [CF_TYPE_BLOB] = BYTEA,
    };
    bool is_label = parameter->column && parameter->column->type == CF_TYPE_ENUM;
    if (goes_as_text(parameter))
        return 0;
    if (parameter->value.kind == CF_OPERAND_NULL)
        return parameter->column ? by_type[parameter->column->type] : 0;
    return is_label ? 0 : by_kind[parameter->value.kind];
}

static void *take_bytes(struct cf__context *context, const void *data, size_t size)
{
    return memcpy(cf__take(context, size), data, size);
}

static const char *take_big(struct cf__context *context, uint64_t value)
{
    uint64_t big = htobe64(value);
    return take_bytes(context, &big, sizeof big);
}

static const char *take_number(struct cf__context *context, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return take_big(context, bits);
}

static const char *take_days(struct cf__context *context, cf_date date)
{
    int64_t days = (cf_time_of(date, (cf_clock){ 0 }).microseconds - EPOCH) / DAY;
    uint32_t big = htobe32((uint32_t)(int32_t)days);
    return take_bytes(context, &big, sizeof big);
}

/* An enumerator goes as its label; one that is none is NULL and matches nothing. */
static const char *label_of(const struct cf_column *column, int64_t value)
{
    int64_t count = 0;
    while (column->labels[count])
        count++;
    return value >= 0 && value < count ? column->labels[value] : NULL;
}

static const char *text_of(struct cf__context *context, const struct cf_parameter *parameter)
{
    const struct cf_operand *value = &parameter->value;
    char text[CF_DECIMAL_TEXT] = "";
    switch (value->kind) {
    case CF_OPERAND_TEXT:
        return value->text;
    case CF_OPERAND_INTEGER:
        if (parameter->column->type == CF_TYPE_ENUM)
            return label_of(parameter->column, value->integer);
        return cf_format(&context->head, "%lld", (long long)value->integer);
    case CF_OPERAND_BOOLEAN:
        return value->boolean ? "true" : "false";
    case CF_OPERAND_NUMBER:
        return cf_format(&context->head, "%.17g", value->number);
    case CF_OPERAND_DECIMAL:
        cf_decimal_format(value->decimal, text);
        break;
    case CF_OPERAND_DATE:
        cf_date_format(value->date, text);
        break;
    case CF_OPERAND_CLOCK:
        cf__store_clock(value->clock, text);
        break;
    case CF_OPERAND_TIME:
        cf__store_time(value->time, text);
        break;
    case CF_OPERAND_UUID:
        cf__store_uuid(value->uuid, text);
        break;
    default:
        return NULL;
    }
    return cf__copy_bytes(context, text, strlen(text));
}

static void encode(struct cf__context *context, const struct cf_parameter *parameter, struct cf__postgres_values *out,
                   size_t at)
{
    const struct cf_operand *value = &parameter->value;
    int size = 8, format = BINARY;
    const char *data = NULL;
    char text[CF_DECIMAL_TEXT];
    switch (value->kind) {
    case CF_OPERAND_INTEGER:
        if (parameter->column && parameter->column->type == CF_TYPE_ENUM) {
            data = label_of(parameter->column, value->integer);
            format = TEXT_FORMAT;
        } else {
            data = take_big(context, (uint64_t)value->integer);
        }
        break;
    case CF_OPERAND_BOOLEAN:
        data = value->boolean ? "\1" : "\0";
        size = 1;
        break;
    case CF_OPERAND_NUMBER:
        data = take_number(context, value->number);
        break;
    case CF_OPERAND_DECIMAL:
        data = take_bytes(context, text, cf_decimal_format(value->decimal, text) + 1);
        format = TEXT_FORMAT;
        break;
    case CF_OPERAND_TEXT:
        data = value->text;
        format = TEXT_FORMAT;
        break;
    case CF_OPERAND_DATE:
        data = take_days(context, value->date);
        size = 4;
        break;
    case CF_OPERAND_CLOCK:
        data = take_big(context, (uint64_t)value->clock.microseconds);
        break;
    case CF_OPERAND_TIME:
        data = take_big(context, (uint64_t)(value->time.microseconds - EPOCH));
        break;
    case CF_OPERAND_UUID:
        data = (const char *)value->uuid.bytes;
        size = sizeof value->uuid.bytes;
        break;
    case CF_OPERAND_BYTES:
        if (value->bytes.size > INT_MAX)
            cf_raise(CF_TOO_LARGE, "a value of %zu bytes is larger than PostgreSQL takes", value->bytes.size);
        data = value->bytes.size ? value->bytes.data : "";
        size = (int)value->bytes.size;
        break;
    default:
        break;
    }
    out->values[at] = data;
    out->lengths[at] = size;
    out->formats[at] = format;
}

struct cf__postgres_values cf__postgres_encode(struct cf__context *context, const struct cf_parameter *parameters,
                                               size_t count)
{
    struct cf__postgres_values out = { cf__take(context, (count + 1) * sizeof *out.values),
                                       cf__take(context, (count + 1) * sizeof *out.lengths),
                                       cf__take(context, (count + 1) * sizeof *out.formats) };
    for (size_t i = 0; i < count; i++) {
        if (!goes_as_text(&parameters[i])) {
            encode(context, &parameters[i], &out, i);
            continue;
        }
        out.values[i] = text_of(context, &parameters[i]);
        out.formats[i] = TEXT_FORMAT;
    }
    return out;
}

/* ---- Reading ---------------------------------------------------------------------------------------------------- */

typedef const struct cf__postgres_reader reader;

static _Noreturn void refuse(reader *self, const char *what)
{
    cf__refuse_value(self->column, what, false);
}

static void need_size(reader *self, size_t size, size_t wanted)
{
    if (__builtin_expect(size != wanted, 0))
        refuse(self, "bytes of another length than its type has");
}

static uint64_t read_big(const char *data)
{
    uint64_t big;
    memcpy(&big, data, sizeof big);
    return be64toh(big);
}

static uint32_t read_big_32(const char *data)
{
    uint32_t big;
    memcpy(&big, data, sizeof big);
    return be32toh(big);
}

static uint16_t read_big_16(const char *data)
{
    uint16_t big;
    memcpy(&big, data, sizeof big);
    return be16toh(big);
}

#define STORE(optional_type, read)                                    \
    do {                                                              \
        if (self->column->nullable)                                   \
            *(optional_type *)place = (optional_type){ read, true };  \
        else                                                          \
            *(__typeof__(((optional_type *)0)->value) *)place = read; \
    } while (0)
#define READER(name) \
    static void name(reader *self, const char *data, size_t size, void *place, struct cf__context *context)

/* A numeric: digits of base 10,000, the first of weight `weight`, `scale` decimal digits behind the point. */
__extension__ typedef unsigned __int128 wide;
__extension__ typedef __int128 signed_wide;

static const unsigned tens[] = { 1, 10, 100, 1000, 10000 };

static bool append_digits(wide *value, unsigned digits, int count)
{
    return !__builtin_mul_overflow(*value, (wide)tens[count], value) &&
           !__builtin_add_overflow(*value, (wide)digits, value);
}

/* The last of the digits may reach behind the scale, with zeros; where they end before it, zeros follow. */
static bool parse_numeric(const char *data, size_t size, cf_decimal *out)
{
    if (size < 8)
        return false;
    int digits = read_big_16(data), weight = (int16_t)read_big_16(data + 2), sign = read_big_16(data + 4),
        scale = read_big_16(data + 6), left = 4 * (weight + 1) + scale; /* decimal digits still to come */
    wide value = 0;
    if (size != 8 + 2 * (size_t)digits || scale > 38 || weight > 10 || (sign != 0 && sign != 0x4000))
        return false;
    for (int i = 0; i < digits && left > 0; i++, left -= 4) {
        unsigned digit = read_big_16(data + 8 + 2 * i);
        int count = left < 4 ? left : 4;
        if (digit > 9999 || !append_digits(&value, digit / tens[4 - count], count))
            return false;
    }
    for (; digits && left > 0; left--)
        if (!append_digits(&value, 0, 1))
            return false;
    if (value >> 127)
        return false;
    signed_wide signed_value = sign ? -(signed_wide)value : (signed_wide)value;
    *out = (cf_decimal){ (int64_t)(signed_value >> 64), (uint64_t)signed_value, (uint8_t)scale };
    return true;
}

static cf_decimal numeric_of(reader *self, const char *data, size_t size)
{
    cf_decimal decimal;
    if (!parse_numeric(data, size, &decimal))
        refuse(self, "a number of more than 38 digits, or none");
    return decimal;
}

static int64_t integer_of(reader *self, const char *data, size_t size)
{
    switch (self->type) {
    case INT8:
        need_size(self, size, 8);
        return (int64_t)read_big(data);
    case INT4:
        need_size(self, size, 4);
        return (int32_t)read_big_32(data);
    case OID:
        need_size(self, size, 4);
        return read_big_32(data);
    case INT2:
        need_size(self, size, 2);
        return (int16_t)read_big_16(data);
    default:
        need_size(self, size, 1);
        return *data != 0;
    }
}

READER(read_integer)
{
    (void)context;
    STORE(cf_optional_integer, integer_of(self, data, size));
}

READER(read_int8)
{
    (void)context;
    need_size(self, size, 8);
    *(int64_t *)place = (int64_t)read_big(data);
}

READER(read_integer_of_numeric)
{
    (void)context;
    cf_decimal whole, decimal = numeric_of(self, data, size);
    cf_decimal_rescale(decimal, 0, &whole);
    if (cf_decimal_compare(whole, decimal) || whole.high != ((int64_t)whole.low < 0 ? -1 : 0))
        refuse(self, "a number that is no 64-bit integer");
    STORE(cf_optional_integer, (int64_t)whole.low);
}

READER(read_boolean)
{
    (void)context;
    STORE(cf_optional_boolean, integer_of(self, data, size) != 0);
}

static double number_of(reader *self, const char *data, size_t size)
{
    double number;
    float single;
    uint64_t bits;
    uint32_t bits_32;
    switch (self->type) {
    case FLOAT8:
        need_size(self, size, 8);
        bits = read_big(data);
        memcpy(&number, &bits, sizeof number);
        return number;
    case FLOAT4:
        need_size(self, size, 4);
        bits_32 = read_big_32(data);
        memcpy(&single, &bits_32, sizeof single);
        return (double)single;
    case NUMERIC:
        return cf_decimal_number(numeric_of(self, data, size));
    default:
        return (double)integer_of(self, data, size);
    }
}

READER(read_number)
{
    (void)context;
    STORE(cf_optional_number, number_of(self, data, size));
}

/* Digits past the column's scale are those of an average, which is rounded. */
READER(read_decimal)
{
    (void)context;
    cf_decimal decimal =
        self->type == NUMERIC ? numeric_of(self, data, size) : cf_decimal_of(integer_of(self, data, size), 0);
    if (!cf_decimal_rescale(decimal, (uint8_t)self->column->scale, &decimal))
        refuse(self, "a number with too many digits");
    STORE(cf_optional_decimal, decimal);
}

READER(read_text)
{
    (void)self;
    char *text = cf__take(context, size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    *(const char **)place = text;
}

/* A type that is not the server's own may have a text as its binary form, or something else. */
READER(read_made_text)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)data[i] < '\t')
            refuse(self,
                   "bytes that are no text, of a type of its own: cast it to TEXT in the SQL, or declare the column "
                   "with sql_type = \"postgresql: …\"");
    read_text(self, data, size, place, context);
}

/* The first byte of a jsonb is the version of its format. */
READER(read_jsonb)
{
    read_text(self, data + (size > 0), size - (size > 0), place, context);
}

READER(read_bytes)
{
    (void)self;
    *(cf_bytes *)place = (cf_bytes){ cf__copy_bytes(context, data, size), size };
}

static cf_time days_of(reader *self, const char *data, size_t size)
{
    need_size(self, size, 4);
    return (cf_time){ (int32_t)read_big_32(data) * DAY + EPOCH };
}

READER(read_date)
{
    (void)context;
    STORE(cf_optional_date, cf_time_date(days_of(self, data, size)));
}

static int64_t microseconds_of(reader *self, const char *data, size_t size)
{
    need_size(self, size, 8);
    return (int64_t)read_big(data);
}

READER(read_clock)
{
    (void)context;
    STORE(cf_optional_clock, (cf_clock){ microseconds_of(self, data, size) });
}

/* INT64_MAX and INT64_MIN are infinity and its opposite. */
READER(read_time)
{
    (void)context;
    int64_t value =
        self->type == DATE ? days_of(self, data, size).microseconds - EPOCH : microseconds_of(self, data, size);
    if (value > INT64_MAX - EPOCH || value == INT64_MIN)
        refuse(self, "infinity");
    STORE(cf_optional_time, (cf_time){ value + EPOCH });
}

READER(read_uuid)
{
    (void)context;
    cf_uuid uuid;
    need_size(self, size, sizeof uuid.bytes);
    memcpy(uuid.bytes, data, sizeof uuid.bytes);
    STORE(cf_optional_uuid, uuid);
}

typedef struct {
    int value;
    bool is_set;
} optional_choice;

static int choice_of(reader *self, const char *data, size_t size)
{
    for (int i = 0; self->column->labels[i]; i++)
        if (strlen(self->column->labels[i]) == size && memcmp(self->column->labels[i], data, size) == 0)
            return i;
    refuse(self, "a text that is none of its labels");
}

READER(read_choice)
{
    (void)context;
    STORE(optional_choice, choice_of(self, data, size));
}

/* Texts where other types are asked for: what a cast or a function gave. */
#define PARSER(name, optional_type, type, parse)                 \
    READER(name)                                                 \
    {                                                            \
        type value;                                              \
        if (!parse(cf__copy_bytes(context, data, size), &value)) \
            refuse(self, "a text that is none");                 \
        STORE(optional_type, value);                             \
    }
PARSER(parse_decimal, cf_optional_decimal, cf_decimal, cf_decimal_parse)
PARSER(parse_date, cf_optional_date, cf_date, cf_date_parse)
PARSER(parse_clock, cf_optional_clock, cf_clock, cf_clock_parse)
PARSER(parse_time, cf_optional_time, cf_time, cf_time_parse)
PARSER(parse_uuid, cf_optional_uuid, cf_uuid, cf_uuid_parse)

/* Which reader reads a type of the database into a type of ours; the families of ours first. */
enum family { INTEGERS, BOOLEANS, NUMBERS, DECIMALS, TEXTS, DATES, CLOCKS, TIMES, UUIDS, BLOBS, CHOICES };

static const enum family families[CF_TYPE_COUNT_] = {
    [CF_TYPE_INTEGER] = INTEGERS,     [CF_TYPE_SMALL_INTEGER] = INTEGERS,
    [CF_TYPE_BIG_INTEGER] = INTEGERS, [CF_TYPE_BOOLEAN] = BOOLEANS,
    [CF_TYPE_FLOAT] = NUMBERS,        [CF_TYPE_NUMERIC] = DECIMALS,
    [CF_TYPE_STRING] = TEXTS,         [CF_TYPE_TEXT] = TEXTS,
    [CF_TYPE_JSON] = TEXTS,           [CF_TYPE_CHOICES] = TEXTS,
    [CF_TYPE_DATE] = DATES,           [CF_TYPE_TIME] = CLOCKS,
    [CF_TYPE_DATETIME] = TIMES,       [CF_TYPE_UUID] = UUIDS,
    [CF_TYPE_BLOB] = BLOBS,           [CF_TYPE_ENUM] = CHOICES,
};

/* Looked through once a field and result: what is frequent stands first. */
static const struct {
    enum family family;
    Oid type;
    void (*read)(reader *self, const char *data, size_t size, void *place, struct cf__context *context);
} table[] = {
    { INTEGERS, INT8, read_integer },    { INTEGERS, INT4, read_integer },
    { TEXTS, TEXT, read_text },          { TEXTS, VARCHAR, read_text },
    { INTEGERS, INT2, read_integer },    { INTEGERS, BOOLEAN, read_integer },
    { INTEGERS, OID, read_integer },     { INTEGERS, NUMERIC, read_integer_of_numeric },
    { BOOLEANS, BOOLEAN, read_boolean }, { BOOLEANS, INT8, read_boolean },
    { BOOLEANS, INT4, read_boolean },    { BOOLEANS, INT2, read_boolean },
    { NUMBERS, FLOAT8, read_number },    { NUMBERS, FLOAT4, read_number },
    { NUMBERS, NUMERIC, read_number },   { NUMBERS, INT8, read_number },
    { NUMBERS, INT4, read_number },      { NUMBERS, INT2, read_number },
    { DECIMALS, NUMERIC, read_decimal }, { DECIMALS, INT8, read_decimal },
    { DECIMALS, INT4, read_decimal },    { DECIMALS, INT2, read_decimal },
    { DECIMALS, TEXT, parse_decimal },   { DATES, DATE, read_date },
    { DATES, TEXT, parse_date },         { CLOCKS, TIME, read_clock },
    { CLOCKS, TEXT, parse_clock },       { TIMES, TIMESTAMP, read_time },
    { TIMES, TIMESTAMPTZ, read_time },   { TIMES, DATE, read_time },
    { TIMES, TEXT, parse_time },         { UUIDS, UUID, read_uuid },
    { UUIDS, TEXT, parse_uuid },         { BLOBS, BYTEA, read_bytes },
    { CHOICES, TEXT, read_choice },      { CHOICES, VARCHAR, read_choice },
    { CHOICES, BPCHAR, read_choice },    { TEXTS, BPCHAR, read_text },
    { TEXTS, NAME, read_text },          { TEXTS, SINGLE_CHAR, read_text },
    { TEXTS, UNKNOWN, read_text },       { TEXTS, JSON, read_text },
    { TEXTS, XML, read_text },           { TEXTS, JSONB, read_jsonb },
};

static void choose(struct cf__postgres_reader *chosen, const struct cf_field *field, Oid type)
{
    const struct cf_column *column = field->column;
    enum family family = families[column->type];
    *chosen = (struct cf__postgres_reader){ .column = column, .index = (int)field->index, .type = type };
    for (size_t i = 0; i < sizeof table / sizeof table[0] && !chosen->read; i++)
        if (table[i].family == family && table[i].type == type)
            chosen->read = table[i].read;
    if (!chosen->read && type >= FIRST_MADE && family == CHOICES) /* an enumeration of the database's own */
        chosen->read = read_choice;
    if (!chosen->read && type >= FIRST_MADE && family == TEXTS)
        chosen->read = read_made_text;
    if (type == INT8 && family == INTEGERS && (!column->nullable || column->custom))
        chosen->read = read_int8;
    if (!chosen->read)
        cf_raise(CF_CORRUPT,
                 "%s cannot be read from a column of the database's type number %u: cast it in the SQL, or declare "
                 "the column with sql_type = \"postgresql: …\"",
                 cf__field_title(column), type);
}

void cf__postgres_choose(struct cf__postgres_reader *readers, const struct cf_field *fields, size_t count,
                         const PGresult *result)
{
    for (size_t i = 0; i < count; i++)
        choose(&readers[i], &fields[i], PQftype(result, (int)fields[i].index));
}

/* A numeric has the scale that its column was declared with, or each value its own. */
static unsigned scale_of(const PGresult *result, int row, int index)
{
    int modifier = PQfmod(result, index);
    if (modifier >= 4)
        return (unsigned)(modifier - 4) & 0x7ff;
    bool is_there = row < PQntuples(result) && PQgetlength(result, row, index) >= 8;
    return is_there ? read_big_16(PQgetvalue(result, row, index) + 6) : 0;
}

void cf__postgres_column_type(const PGresult *result, int row, int index, struct cf_column *column)
{
    static const struct {
        Oid type;
        enum cf_type ours;
    } types[] = {
        { BOOLEAN, CF_TYPE_BOOLEAN }, { INT2, CF_TYPE_INTEGER },       { INT4, CF_TYPE_INTEGER },
        { INT8, CF_TYPE_INTEGER },    { OID, CF_TYPE_INTEGER },        { FLOAT4, CF_TYPE_FLOAT },
        { FLOAT8, CF_TYPE_FLOAT },    { NUMERIC, CF_TYPE_NUMERIC },    { DATE, CF_TYPE_DATE },
        { TIME, CF_TYPE_TIME },       { TIMESTAMP, CF_TYPE_DATETIME }, { TIMESTAMPTZ, CF_TYPE_DATETIME },
        { UUID, CF_TYPE_UUID },       { BYTEA, CF_TYPE_BLOB },         { JSON, CF_TYPE_JSON },
        { JSONB, CF_TYPE_JSON },
    };
    column->type = CF_TYPE_TEXT;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].type == PQftype(result, index))
            column->type = types[i].ours;
    if (column->type == CF_TYPE_NUMERIC)
        column->scale = scale_of(result, row, index);
}

static void store_null(const struct cf_column *column, void *place)
{
    if (!column->nullable)
        cf__refuse_null(column);
    memset(place, 0, cf__field_size(column));
}

static void read_custom(reader *self, const char *data, size_t size, void *place, struct cf__context *context)
{
    const struct cf_column as_stored = cf__column_as_stored(self->column);
    struct cf__postgres_reader plain = *self;
    union cf__stored stored;
    plain.column = &as_stored;
    plain.read(&plain, data, size, &stored, context);
    cf__custom_load(self->column, context, &stored, place);
}

void cf__postgres_decode(const struct cf__postgres_reader *readers, size_t count, const PGresult *result, int row,
                         void *out, struct cf__context *context)
{
    for (size_t i = 0; i < count; i++) {
        reader *self = &readers[i];
        void *place = (char *)out + self->column->offset;
        int size = PQgetlength(result, row, self->index);
        if (size == 0 && PQgetisnull(result, row, self->index))
            store_null(self->column, place);
        else if (__builtin_expect(self->column->custom != NULL, 0))
            read_custom(self, PQgetvalue(result, row, self->index), (size_t)size, place, context);
        else
            self->read(self, PQgetvalue(result, row, self->index), (size_t)size, place, context);
    }
}
