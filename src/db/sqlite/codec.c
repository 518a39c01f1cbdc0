/* SPDX-License-Identifier: MIT
 *
 * Values as SQLite stores them, which is as SQLAlchemy does: dates and times as texts with six digits of a second,
 * UUIDs as 32 hexadecimal digits, booleans as 0 and 1, decimals as NUMERIC up to 15 digits and as text beyond.
 * SQLite's columns have no type of their own, so reading checks what it gets and names the column where it is
 * something else.
 */
#include "codec.h"

#include <math.h>
#include <string.h>

#include "../../text/json.h"
#include "../../text/number.h"
#include "../custom.h"
#include "../query.h"
#include "../stored.h"

/* ---- Binding ---------------------------------------------------------------------------------------------------- */

static int bind_short(sqlite3_stmt *statement, int index, const char *text)
{
    return sqlite3_bind_text(statement, index, text, -1, SQLITE_TRANSIENT);
}

/* As text: NUMERIC affinity makes a number of it where that is exact, the long type keeps it. */
static int bind_decimal(sqlite3_stmt *statement, int index, cf_decimal decimal)
{
    char text[CF_DECIMAL_TEXT];
    cf_decimal_format(decimal, text);
    return bind_short(statement, index, text);
}

static size_t label_count(const struct cf_column *column)
{
    size_t count = 0;
    while (column->labels[count])
        count++;
    return count;
}

/* An enumerator is stored as its label; one that is none matches nothing. */
static int bind_integer(sqlite3_stmt *statement, int index, int64_t value, const struct cf_column *column)
{
    if (!column || column->type != CF_TYPE_ENUM)
        return sqlite3_bind_int64(statement, index, value);
    bool known = value >= 0 && (uint64_t)value < label_count(column);
    return known ? sqlite3_bind_text(statement, index, column->labels[value], -1, SQLITE_STATIC)
                 : sqlite3_bind_null(statement, index);
}

/* A column declared JSON makes a number of a text that is one, and would give back another text, or another number. What
 * is bound as bytes stays as it is, and reads as a text. */
static int bind_text(sqlite3_stmt *statement, int index, const char *text, const struct cf_column *column)
{
    char first = text[strspn(text, " \t\r\n")];
    if (column && column->type == CF_TYPE_JSON && (first == '-' || (first >= '0' && first <= '9')))
        return sqlite3_bind_blob64(statement, index, text, strlen(text), SQLITE_STATIC);
    return sqlite3_bind_text64(statement, index, text, strlen(text), SQLITE_STATIC, SQLITE_UTF8);
}

int cf__sqlite_bind(sqlite3_stmt *statement, int index, const struct cf_parameter *parameter)
{
    const struct cf_operand *value = &parameter->value;
    char text[CF__STORED_TEXT];
    switch (value->kind) {
    case CF_OPERAND_INTEGER:
        return bind_integer(statement, index, value->integer, parameter->column);
    case CF_OPERAND_BOOLEAN:
        return sqlite3_bind_int(statement, index, value->boolean);
    case CF_OPERAND_NUMBER:
        return sqlite3_bind_double(statement, index, value->number);
    case CF_OPERAND_DECIMAL:
        return bind_decimal(statement, index, value->decimal);
    case CF_OPERAND_TEXT:
        return bind_text(statement, index, value->text, parameter->column);
    case CF_OPERAND_DATE:
        cf_date_format(value->date, text);
        return bind_short(statement, index, text);
    case CF_OPERAND_CLOCK:
        cf__store_clock(value->clock, text);
        return bind_short(statement, index, text);
    case CF_OPERAND_TIME:
        cf__store_time(value->time, text);
        return bind_short(statement, index, text);
    case CF_OPERAND_UUID:
        cf__store_uuid(value->uuid, text);
        return bind_short(statement, index, text);
    case CF_OPERAND_BYTES:
        return sqlite3_bind_blob64(statement, index, value->bytes.size ? value->bytes.data : "", value->bytes.size,
                                   SQLITE_STATIC);
    default:
        return sqlite3_bind_null(statement, index);
    }
}

/* ---- Reading ---------------------------------------------------------------------------------------------------- */

/* A column of the current row. Fetched once and then looked at: sqlite3_column_int64 and its like would fetch it
 * anew each time. (SQLite calls such a value unprotected: it is safe as long as no other thread uses the connection,
 * and none does.) */
struct cell {
    sqlite3_value *value;
    const struct cf_column *column;
    struct cf__context *context;
};

static _Noreturn void refuse(const struct cell *cell)
{
    bool is_real = sqlite3_value_type(cell->value) == SQLITE_FLOAT;
    double real = is_real ? sqlite3_value_double(cell->value) : 0;
    const unsigned char *text = sqlite3_value_text(cell->value);
    const char *what = cf_format(&cell->context->head, "\"%.60s\"", text ? (const char *)text : "NULL");
    cf__refuse_value(cell->column, what, fabs(real) >= 0x1p63 && cell->column->type == CF_TYPE_INTEGER);
}

static int type_of(const struct cell *cell)
{
    return sqlite3_value_type(cell->value);
}

/* Integers, and NULL where free SQL gives one for a column that is not Nullable: it reads as 0. */
static int64_t read_integer(const struct cell *cell)
{
    int type = type_of(cell);
    if (__builtin_expect(type != SQLITE_INTEGER && type != SQLITE_NULL, 0))
        refuse(cell);
    return sqlite3_value_int64(cell->value);
}

static double read_number(const struct cell *cell)
{
    int type = type_of(cell);
    if (type != SQLITE_FLOAT && type != SQLITE_INTEGER && type != SQLITE_NULL)
        refuse(cell);
    return sqlite3_value_double(cell->value);
}

/* Of types that are read from a text, NULL is none. */
static const char *text_of(const struct cell *cell)
{
    const char *text = (const char *)sqlite3_value_text(cell->value);
    if (!text)
        refuse(cell);
    return text;
}

/* A C text ends at its first NUL, whatever the database has after it; so its length is counted, which costs less than
 * sqlite3_value_bytes. */
static const char *copy_text(struct cf__context *context, const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(cf__take(context, size), text, size);
}

static const char *read_text(const struct cell *cell)
{
    const char *text = (const char *)sqlite3_value_text(cell->value);
    if (__builtin_expect(!text, 0))
        cf_raise(CF_NO_MEMORY, "no memory in the database");
    return copy_text(cell->context, text);
}

static cf_bytes read_bytes(const struct cell *cell)
{
    const void *data = sqlite3_value_blob(cell->value);
    size_t size = (size_t)sqlite3_value_bytes(cell->value);
    return (cf_bytes){ cf__copy_bytes(cell->context, data, size), size };
}

/* A REAL has at most 15 digits here, so that rounding to the scale gives back what was stored. */
static cf_decimal round_decimal(const struct cell *cell)
{
    double units = sqlite3_value_double(cell->value);
    for (unsigned i = 0; i < cell->column->scale; i++)
        units *= 10;
    if (!(fabs(units) < 1e18))
        refuse(cell);
    return cf_decimal_of(llround(units), (uint8_t)cell->column->scale);
}

static cf_decimal read_decimal(const struct cell *cell)
{
    cf_decimal decimal;
    if (cell->column->length <= CF__SQLITE_EXACT_DIGITS && type_of(cell) == SQLITE_FLOAT)
        return round_decimal(cell);
    if (!cf_decimal_parse(text_of(cell), &decimal) ||
        !cf_decimal_rescale(decimal, (uint8_t)cell->column->scale, &decimal))
        refuse(cell);
    return decimal;
}

static cf_date read_date(const struct cell *cell)
{
    cf_date date;
    if (!cf_date_parse(text_of(cell), &date))
        refuse(cell);
    return date;
}

static cf_clock read_clock(const struct cell *cell)
{
    cf_clock clock;
    if (!cf_clock_parse(text_of(cell), &clock))
        refuse(cell);
    return clock;
}

static cf_time read_time(const struct cell *cell)
{
    cf_time time;
    if (!cf_time_parse(text_of(cell), &time))
        refuse(cell);
    return time;
}

static cf_uuid read_uuid(const struct cell *cell)
{
    cf_uuid uuid;
    if (!cf_uuid_parse(text_of(cell), &uuid))
        refuse(cell);
    return uuid;
}

static int read_choice(const struct cell *cell)
{
    const char *text = text_of(cell);
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
    store(&(struct cell){ cell->value, &as_stored, cell->context }, &stored);
    cf__custom_load(cell->column, cell->context, &stored, place);
}

static void store_null(const struct cf_column *column, void *place)
{
    if (!column->nullable)
        cf__refuse_null(column);
    memset(place, 0, cf__field_size(column));
}

/* Texts, of which most columns are, say themselves that they are NULL: their type is not asked for. False where that, or a lack
 * of memory, remains to be found out. */
static bool store_text(const struct cell *cell, void *place)
{
    static const bool is_text[CF_TYPE_COUNT_] = { [CF_TYPE_STRING] = true, [CF_TYPE_TEXT] = true };
    if (!is_text[cell->column->type] || cell->column->custom)
        return false;
    const char *text = (const char *)sqlite3_value_text(cell->value);
    if (text)
        *(const char **)place = copy_text(cell->context, text);
    return text;
}

void cf__sqlite_decode(sqlite3_stmt *statement, const struct cf_field *fields, size_t count, void *row,
                       struct cf__context *context)
{
    for (size_t i = 0; i < count; i++) {
        const struct cell cell = { sqlite3_column_value(statement, (int)fields[i].index), fields[i].column, context };
        void *place = (char *)row + cell.column->offset;
        if (store_text(&cell, place))
            continue;
        if (type_of(&cell) == SQLITE_NULL)
            store_null(cell.column, place);
        else if (cell.column->custom)
            store_custom(&cell, place);
        else
            store(&cell, place);
    }
}

/* ---- Types of values -------------------------------------------------------------------------------------------- */

/* Whether a value is one of the type that its column was declared as. */
static bool is_of_type(sqlite3_value *value, const struct cf_schema_column *declared)
{
    int64_t integer = sqlite3_value_type(value) == SQLITE_INTEGER ? sqlite3_value_int64(value) : -1;
    const char *text = (const char *)sqlite3_value_text(value);
    struct cf__json_error error;
    union cf__stored stored;
    if (!text)
        return false;
    switch (declared->type) {
    case CF_TYPE_BOOLEAN:
        return integer == 0 || integer == 1;
    case CF_TYPE_NUMERIC:
        return cf_decimal_parse(text, &stored.decimal) &&
               cf_decimal_rescale(stored.decimal, (uint8_t)declared->scale, &stored.decimal);
    case CF_TYPE_DATE:
        return cf_date_parse(text, &stored.date);
    case CF_TYPE_TIME:
        return cf_clock_parse(text, &stored.clock);
    case CF_TYPE_DATETIME:
        return cf_time_parse(text, &stored.time);
    case CF_TYPE_UUID:
        return cf_uuid_parse(text, &stored.uuid);
    case CF_TYPE_JSON:
        return cf__json_valid(text, strlen(text), CF__JSON_DEEPEST, &error);
    default:
        return false;
    }
}

/* A column's declaration is a wish here, and a result's column need not be a table's: the value has the last word. */
void cf__sqlite_column_type(sqlite3_stmt *statement, int index, struct cf_column *column)
{
    static const enum cf_type stored_as[] = {
        [SQLITE_INTEGER] = CF_TYPE_INTEGER, [SQLITE_FLOAT] = CF_TYPE_FLOAT, [SQLITE_TEXT] = CF_TYPE_TEXT,
        [SQLITE_BLOB] = CF_TYPE_BLOB,       [SQLITE_NULL] = CF_TYPE_TEXT,
    };
    sqlite3_value *value = sqlite3_column_value(statement, index);
    const char *text = sqlite3_column_decltype(statement, index);
    struct cf_schema_column declared = { 0 };
    int type = sqlite3_value_type(value);
    column->type = stored_as[type];
    if (!text || type == SQLITE_NULL)
        return;
    cf__sqlite_set_type(&declared, text);
    if (!is_of_type(value, &declared))
        return;
    column->type = declared.type;
    column->length = declared.length;
    column->scale = declared.scale;
}

/* ---- The collation of long decimals ----------------------------------------------------------------------------- */

static bool parse_piece(const void *text, int size, cf_decimal *out)
{
    char copy[64];
    if (size <= 0 || (size_t)size >= sizeof copy)
        return false;
    memcpy(copy, text, (size_t)size);
    copy[size] = '\0';
    return cf_decimal_parse(copy, out);
}

/* By value; what is no decimal comes after all that are, in the order of its bytes. */
static int compare_decimals(void *unused, int left_size, const void *left, int right_size, const void *right)
{
    (void)unused;
    cf_decimal a, b;
    bool has_a = parse_piece(left, left_size, &a), has_b = parse_piece(right, right_size, &b);
    if (has_a && has_b)
        return cf_decimal_compare(a, b);
    if (has_a != has_b)
        return has_a ? -1 : 1;
    int order = memcmp(left, right, (size_t)(left_size < right_size ? left_size : right_size));
    return order ? order : left_size - right_size;
}

int cf__sqlite_add_collation(sqlite3 *handle)
{
    return sqlite3_create_collation_v2(handle, "carafe_decimal", SQLITE_UTF8, NULL, compare_decimals, NULL);
}

/* ---- Integers --------------------------------------------------------------------------------------------------- */

/* Beyond it a REAL is an integer that has lost digits. */
static const double EXACT = 9007199254740992.0;

static void keep_integer(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    int type = sqlite3_value_type(values[0]);
    int64_t most = sqlite3_value_int(values[1]) == 16 ? INT16_MAX : INT64_MAX, value = sqlite3_value_int64(values[0]);
    double number = type == SQLITE_FLOAT ? sqlite3_value_double(values[0]) : 0;
    if (type == SQLITE_FLOAT && fabs(number) < EXACT)
        value = llround(number);
    bool is_number = type == SQLITE_INTEGER || type == SQLITE_FLOAT;
    if (!is_number) {
        sqlite3_result_value(context, values[0]);
    } else if (fabs(number) >= EXACT || value > most || value < -most - 1) {
        sqlite3_result_error(context, "integer out of range", -1);
        sqlite3_result_error_code(context, SQLITE_MISMATCH);
    } else {
        sqlite3_result_int64(context, value);
    }
}

int cf__sqlite_add_functions(sqlite3 *handle)
{
    return sqlite3_create_function_v2(handle, "carafe_integer", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
                                      keep_integer, NULL, NULL, NULL);
}
