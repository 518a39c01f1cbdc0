/* SPDX-License-Identifier: MIT
 *
 * JSON bodies as rows. Every member is converted and checked before anything is changed, and what is wrong with
 * all of them is told at once: an error for each field, with a text that says what it must be. A reader a column
 * type; what a column allows beyond its type (lengths, ranges) is the session's own check, so that JSON and cf_add
 * refuse the same values.
 */
#include <stdio.h>

#include "../db/custom.h"
#include "../db/names.h"
#include "../db/query.h"
#include "../text/base64.h"
#include "../text/json.h"
#include "../text/number.h"
#include "app.h"
#include "fields.h"

/* One body being read. */
struct reading {
    cf_request *req;
    const cf__json *body;
    struct cf__buffer details; /* [{"field":"email","message":"is missing"} */
    size_t problems;
    const char *first; /* "email is missing" */
};

/* Reads a value that is not null into a field; NULL, or what it must be. */
typedef const char *reader(struct cf__context *context, const struct cf_column *column, const cf__json *value,
                           void *field);

/* ---- Values ----------------------------------------------------------------------------------------------------- */

static const char *read_integer(struct cf__context *context, const struct cf_column *column, const cf__json *value,
                                void *field)
{
    (void)context, (void)column;
    if (cf__json_kind(value) != CF__JSON_INTEGER)
        return "must be an integer";
    *(int64_t *)field = cf__json_as_integer(value);
    return NULL;
}

static const char *read_boolean(struct cf__context *context, const struct cf_column *column, const cf__json *value,
                                void *field)
{
    (void)context, (void)column;
    if (cf__json_kind(value) != CF__JSON_BOOLEAN)
        return "must be true or false";
    *(bool *)field = cf__json_as_boolean(value);
    return NULL;
}

static bool is_number(const cf__json *value)
{
    return cf__json_kind(value) == CF__JSON_INTEGER || cf__json_kind(value) == CF__JSON_NUMBER;
}

static const char *read_number(struct cf__context *context, const struct cf_column *column, const cf__json *value,
                               void *field)
{
    (void)context, (void)column;
    if (!is_number(value))
        return "must be a number";
    *(double *)field = cf__json_as_number(value);
    return NULL;
}

static const char *text_of(const cf__json *value)
{
    return cf__json_kind(value) == CF__JSON_TEXT ? cf__json_as_text(value, NULL) : NULL;
}

/* The shortest text of a number is what the client wrote as long as it has no more digits than a double keeps. */
static bool number_is_exact(const char *text)
{
    unsigned digits = 0;
    for (; *text && *text != 'e' && *text != 'E'; text++)
        digits += *text >= '0' && *text <= '9' && (digits || *text != '0');
    return digits <= 15;
}

static const char *read_decimal(struct cf__context *context, const struct cf_column *column, const cf__json *value,
                                void *field)
{
    const char *text = text_of(value);
    cf_decimal *decimal = field, scaled;
    if (is_number(value)) {
        struct cf__buffer number = cf__buffer_new(context, CF__CAP_SQL, "a number");
        cf__json_write(&number, value);
        text = cf__buffer_text(&number);
        if (cf__json_kind(value) == CF__JSON_NUMBER && !number_is_exact(text))
            return "must be a decimal in a text, since a number of so many digits is not exact";
    }
    if (!text || !cf_decimal_parse(text, decimal))
        return "must be a decimal such as \"12.50\"";
    if (cf_decimal_rescale(*decimal, (uint8_t)column->scale, &scaled) && cf_decimal_compare(scaled, *decimal) == 0)
        *decimal = scaled; /* what does not fit its column stays for cf__column_problem to tell */
    return NULL;
}

static const char *read_text(struct cf__context *context, const struct cf_column *column, const cf__json *value,
                             void *field)
{
    (void)column;
    const char *text = text_of(value);
    if (!text)
        return "must be a text";
    *(const char **)field = cf_copy(&context->head, text);
    return NULL;
}

#define TEXT_READER(name, type, parse, example)                                                                        \
    static const char *read_##name(struct cf__context *context, const struct cf_column *column, const cf__json *value, \
                                   void *field)                                                                        \
    {                                                                                                                  \
        (void)context, (void)column;                                                                                   \
        const char *text = text_of(value);                                                                             \
        return text && parse(text, (type *)field) ? NULL : "must be a " example;                                       \
    }
TEXT_READER(date, cf_date, cf_date_parse, "date such as \"2026-11-22\"")
TEXT_READER(clock_text, cf_clock, cf_clock_parse, "time of day such as \"21:50:00\"")
TEXT_READER(time_text, cf_time, cf_time_parse, "date and time such as \"2026-11-22T21:50:00Z\"")
TEXT_READER(uuid, cf_uuid, cf_uuid_parse, "UUID such as \"123e4567-e89b-42d3-a456-426614174000\"")

static const char too_exact[] = "must have six digits behind the second at most";

static const char *read_clock(struct cf__context *context, const struct cf_column *column, const cf__json *value,
                              void *field)
{
    const char *problem = read_clock_text(context, column, value, field);
    return problem || cf__time_is_exact(text_of(value)) ? problem : too_exact;
}

static const char *read_time(struct cf__context *context, const struct cf_column *column, const cf__json *value,
                             void *field)
{
    const char *problem = read_time_text(context, column, value, field);
    return problem || cf__time_is_exact(text_of(value)) ? problem : too_exact;
}

static const char *read_blob(struct cf__context *context, const struct cf_column *column, const cf__json *value,
                             void *field)
{
    (void)column;
    size_t text_size, size;
    const char *text = cf__json_kind(value) == CF__JSON_TEXT ? cf__json_as_text(value, &text_size) : NULL;
    if (!text)
        return "must be a text in base64";
    unsigned char *data = cf__take(context, text_size / 4 * 3 + 1); /* never NULL: an empty Blob is not SQL NULL */
    if (!cf__base64_decode(text, text_size, data, &size))
        return "must be a text in base64";
    *(cf_bytes *)field = (cf_bytes){ data, size };
    return NULL;
}

static const char *read_json(struct cf__context *context, const struct cf_column *column, const cf__json *value,
                             void *field)
{
    (void)column;
    struct cf__buffer json = cf__buffer_new(context, CF__CAP_RESPONSE, "a JSON value");
    cf__json_write(&json, value);
    *(const char **)field = cf__buffer_text(&json);
    return NULL;
}

/* "must be one of draft, published" */
static const char *list_labels(struct cf__context *context, const struct cf_column *column)
{
    struct cf__buffer text = cf__buffer_new(context, CF__CAP_RESPONSE, "a list of choices");
    const char *separator = "must be one of ";
    for (const char *const *label = column->labels; label && *label; label++, separator = ", ")
        cf__buffer_format(&text, "%s%s", separator, *label);
    return cf__buffer_text(&text);
}

/* The label that `value` is, or NULL. */
static const char *const *find_label(const struct cf_column *column, const cf__json *value)
{
    const char *text = text_of(value);
    for (const char *const *label = column->labels; text && label && *label; label++)
        if (strcmp(*label, text) == 0)
            return label;
    return NULL;
}

static const char *read_enum(struct cf__context *context, const struct cf_column *column, const cf__json *value,
                             void *field)
{
    const char *const *label = find_label(column, value);
    if (!label)
        return list_labels(context, column);
    *(unsigned *)field = (unsigned)(label - column->labels);
    return NULL;
}

static const char *read_choice(struct cf__context *context, const struct cf_column *column, const cf__json *value,
                               void *field)
{
    const char *const *label = find_label(column, value);
    if (!label)
        return list_labels(context, column);
    *(const char **)field = *label;
    return NULL;
}

static reader *const readers[CF_TYPE_COUNT_] = {
    [CF_TYPE_INTEGER] = read_integer,     [CF_TYPE_SMALL_INTEGER] = read_integer,
    [CF_TYPE_BIG_INTEGER] = read_integer, [CF_TYPE_BOOLEAN] = read_boolean,
    [CF_TYPE_FLOAT] = read_number,        [CF_TYPE_NUMERIC] = read_decimal,
    [CF_TYPE_STRING] = read_text,         [CF_TYPE_TEXT] = read_text,
    [CF_TYPE_DATE] = read_date,           [CF_TYPE_TIME] = read_clock,
    [CF_TYPE_DATETIME] = read_time,       [CF_TYPE_UUID] = read_uuid,
    [CF_TYPE_BLOB] = read_blob,           [CF_TYPE_JSON] = read_json,
    [CF_TYPE_ENUM] = read_enum,           [CF_TYPE_CHOICES] = read_choice,
};

static const char *read_custom(struct cf__context *context, const struct cf_column *column, const cf__json *value,
                               void *field)
{
    const struct cf_column as_stored = cf__column_as_stored(column);
    union cf__stored stored;
    const char *problem = readers[column->type](context, &as_stored, value, &stored);
    if (!problem)
        problem = cf__column_problem(context, &as_stored, &stored);
    return problem ? problem : cf__custom_read(column, context, &stored, field);
}

/* ---- Problems --------------------------------------------------------------------------------------------------- */

static void note_problem(struct reading *reading, const char *field, const char *message)
{
    cf__buffer_string(&reading->details, reading->problems++ ? ",{\"field\":" : "[{\"field\":");
    cf__json_text(&reading->details, field, strlen(field));
    cf__buffer_string(&reading->details, ",\"message\":");
    cf__json_text(&reading->details, message, strlen(message));
    cf__buffer_char(&reading->details, '}');
    if (!reading->first)
        reading->first = cf_format(reading->req, "%s %s", field, message);
}

static void refuse_problems(struct reading *reading)
{
    if (!reading->problems)
        return;
    cf__buffer_char(&reading->details, ']');
    cf_raise_error(&(cf_error){
        .code = CF_INVALID,
        .message = reading->problems == 1 ? reading->first
                                          : cf_format(reading->req, "The body has %zu errors.", reading->problems),
        .details = cf__buffer_text(&reading->details),
    });
}

static struct reading begin(cf_request *req)
{
    const cf__json *body = cf__request_json(cf__request_of(req));
    if (cf__json_kind(body) != CF__JSON_OBJECT)
        cf_raise(CF_INVALID, "The body must be a JSON object.");
    return (struct reading){
        .req = req,
        .body = body,
        .details = cf__buffer_new(cf__context_of(req->context), CF__CAP_RESPONSE, "the list of errors"),
    };
}

/* ---- Members ---------------------------------------------------------------------------------------------------- */

const char *cf__field_from_json(struct cf__context *context, const struct cf_column *column, const cf__json *value,
                                void *row)
{
    char *field = (char *)row + column->offset;
    size_t flag = column->nullable ? cf__field_flag(column) : 0;
    bool is_null = cf__json_kind(value) == CF__JSON_NULL && (column->nullable || column->type != CF_TYPE_JSON);
    const char *problem = NULL;
    if (is_null && column->nullable)
        memset(field, 0, cf__field_size(column));
    else if (is_null)
        problem = "must not be null";
    else
        problem = (column->custom ? read_custom : readers[column->type])(context, column, value, field);
    if (flag && !is_null)
        *(bool *)(field + flag) = true;
    return problem ? problem : cf__column_problem(context, column, row);
}

/* Reads one member into the row, or notes what is wrong with it. */
static void read_member(struct reading *reading, const struct cf_column *column, const cf__json *value, void *row)
{
    const char *problem = cf__field_from_json(cf__context_of(reading->req->context), column, value, row);
    if (problem)
        note_problem(reading, cf__field_json_name(column), problem);
}

/* A client may leave out what may be NULL, and what the database or the program fills in. */
static bool may_be_missing(const struct cf_column *column)
{
    return column->nullable || column->identity || column->server_default || column->server_default_sql ||
           column->insert_default;
}

/* Reads the members of the columns listed into the row; a bit of model->columns for each that was there. */
static uint64_t read_members(struct reading *reading, const struct cf_model *model, const struct cf_columns *columns,
                             bool all, void *row)
{
    uint64_t set = 0;
    for (size_t i = 0; i < columns->count; i++) {
        const struct cf_column *column = columns->items[i];
        const cf__json *value = cf__json_member(reading->body, cf__field_json_name(column));
        if (value) {
            set |= UINT64_C(1) << (column - model->columns);
            read_member(reading, column, value, row);
        } else if (all && !may_be_missing(column)) {
            note_problem(reading, cf__field_json_name(column), "is missing");
        }
    }
    return set;
}

static bool is_listed(const struct cf_columns *columns, const char *name)
{
    for (size_t i = 0; i < columns->count; i++)
        if (strcmp(cf__field_json_name(columns->items[i]), name) == 0)
            return true;
    return false;
}

static void check_unknown(struct reading *reading, const struct cf_columns *columns)
{
    const char *name;
    const cf__json *value;
    for (void *at = cf__json_next(reading->body, NULL, &name, &value); at;
         at = cf__json_next(reading->body, at, &name, &value))
        if (!is_listed(columns, name))
            note_problem(reading, name, "is unknown");
}

/* Reads the body into the row, all of it or none: raises with everything that is wrong. */
static uint64_t read_body(cf_request *req, const struct cf_model *model, const struct cf_columns *columns, bool all,
                          void *row)
{
    for (size_t i = 0; i < columns->count; i++) {
        if (columns->items[i]->model != model || !cf__field_is_column(columns->items[i]))
            cf_raise(CF_INTERNAL, "%s is no column of %s", columns->items[i]->name, model->name);
        if (columns->items[i]->computed)
            cf_raise(CF_INTERNAL, "%s.%s is computed by the database: leave it out of the columns", model->name,
                     columns->items[i]->name);
    }
    struct reading reading = begin(req);
    void *copy = memcpy(cf_alloc(req, model->size), row, model->size);
    uint64_t set = read_members(&reading, model, columns, all, copy);
    check_unknown(&reading, columns);
    refuse_problems(&reading);
    memcpy(row, copy, model->size);
    return set;
}

/* ---- Rows of a body that the database refused ------------------------------------------------------------------- */

/* The columns of a model that were taken from the body of a request. */
struct cf__taken {
    struct cf__taken *earlier;
    const struct cf_model *model;
    uint64_t columns;
};

static void note_taken(cf_request *req, const struct cf_model *model, uint64_t columns)
{
    struct cf__request *request = cf__request_of(req);
    struct cf__taken *taken = cf_alloc(req, sizeof *taken);
    *taken = (struct cf__taken){ request->taken, model, columns };
    request->taken = taken;
}

/* The columns that an item of the model is about: itself, or those of Unique(author_id, slug). */
static uint64_t columns_of(cf_context *context, const struct cf_column *item)
{
    const struct cf_model *model = item->model;
    uint64_t columns = cf__field_is_column(item) ? UINT64_C(1) << (item - model->columns) : 0;
    bool has_fields = item->type == CF_TYPE_UNIQUE_ENTRY || item->type == CF_TYPE_BELONGS_TO ||
                      (item->type == CF_TYPE_INDEX_ENTRY && item->fields);
    const struct cf_names fields = cf__fields_split(context, has_fields ? item->fields : "");
    for (size_t i = 0; i < fields.count; i++)
        for (size_t k = 0; k < model->count; k++)
            if (strcmp(model->columns[k].name, fields.items[i] + (*fields.items[i] == '-')) == 0)
                columns |= UINT64_C(1) << k;
    return columns;
}

struct telling {
    struct cf__request *request;
    const cf_error *error;
    const char *details;
};

static void tell_fields(void *telling_)
{
    static const char *const words[] = { [CF_UNIQUE] = "is taken",
                                         [CF_FOREIGN_KEY] = "refers to nothing that is there",
                                         [CF_NOT_NULL] = "is missing",
                                         [CF_CHECK] = "is not allowed" };
    struct telling *telling = telling_;
    cf_request *req = &telling->request->head;
    struct reading reading = {
        .req = req, .details = cf__buffer_new(cf__context_of(req->context), CF__CAP_RESPONSE, "the list of errors")
    };
    size_t code = (size_t)telling->error->code;
    const char *word = code < sizeof words / sizeof words[0] ? words[code] : NULL;
    for (const struct cf__taken *taken = telling->request->taken; word && taken; taken = taken->earlier) {
        const struct cf_model *model = taken->model;
        uint64_t columns = 0;
        for (size_t i = 0; i < model->count; i++)
            if (cf_violates_(telling->error, &model->columns[i]))
                columns |= columns_of(req->context, &model->columns[i]);
        for (size_t i = 0; i < model->count; i++)
            if (columns & taken->columns & UINT64_C(1) << i)
                note_problem(&reading, cf__field_json_name(&model->columns[i]), word);
    }
    if (!reading.problems)
        return;
    cf__buffer_char(&reading.details, ']');
    telling->details = cf__buffer_text(&reading.details);
}

const char *cf__refused_fields(struct cf__request *request, const cf_error *error)
{
    struct telling telling = { request, error, error->details };
    if (request->taken && !error->details && !cf__protect(&request->context, tell_fields, &telling))
        return NULL;
    return telling.details;
}

/* ---- Public ----------------------------------------------------------------------------------------------------- */

void *cf_add_from_json_(cf_request *req, const struct cf_model *model, struct cf_columns columns)
{
    void *row = cf_new_(req->db, model);
    uint64_t set = read_body(req, model, &columns, true, row);
    note_taken(req, model, set);
    cf__session_add(req->db, model, row, set);
    return row;
}

void cf_update_from_json_(cf_request *req, const struct cf_model *model, void *row, struct cf_columns columns)
{
    note_taken(req, model, read_body(req, model, &columns, false, row));
}

void *cf_body_(cf_request *req, const struct cf_model *shape)
{
    struct cf_columns columns = { 0 };
    for (size_t i = 0; i < shape->count; i++)
        if (cf__field_is_column(&shape->columns[i]))
            columns.items[columns.count++] = &shape->columns[i];
    void *row = cf_alloc(req, shape->size);
    read_body(req, shape, &columns, true, row);
    return row;
}
