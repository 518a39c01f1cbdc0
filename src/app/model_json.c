/* SPDX-License-Identifier: MIT
 *
 * Rows as JSON, straight from a model's metadata into the response buffer, without a tree. What is the same for
 * every row is worked out once a model and thread: a plan of the visible columns, each with the bytes that stand
 * before its value (`,"name":`), so that a row is a walk over the plan that looks nothing up. Plans are few
 * (models are constants of the program) and never given back. Relations follow the columns where they were loaded; one
 * that leads back to a row it stands in is left out.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "../base/trap.h"
#include "../db/custom.h"
#include "../db/relation.h"
#include "../text/json.h"
#include "app.h"
#include "fields.h"

typedef void writer(struct cf__buffer *buffer, const struct cf_column *column, const void *field);

enum { STEP = 16 }; /* prefixes are copied in whole steps, which costs less than a call of memcpy */

struct member {
    const char *prefix; /* {"id":  or  ,"name":, followed by bytes up to a whole step */
    size_t prefix_size, offset;
    size_t flag; /* of the is_set of a Nullable field, from the row's start; 0: none */
    writer *write;
    const struct cf_column *column;
};

struct plan {
    const struct cf_model *model;
    struct plan *next;
    size_t count;
    struct member *members;
    bool lazy; /* some of them may not have been read */
    size_t relation_count;
    const struct cf_column **relations; /* visible ones */
};

/* A row being written, inside of others. */
struct level {
    const void *row;
    const struct level *outer;
    unsigned depth;
};

enum { DEEPEST = 32 };

static _Thread_local struct plan *plans;

/* ---- Values ----------------------------------------------------------------------------------------------------- */

static void write_null(struct cf__buffer *buffer)
{
    cf__buffer_add(buffer, "null", 4);
}

static void write_integer(struct cf__buffer *buffer, const struct cf_column *column, const void *field)
{
    (void)column;
    cf__json_integer(buffer, *(const int64_t *)field);
}

static void write_boolean(struct cf__buffer *buffer, const struct cf_column *column, const void *field)
{
    (void)column;
    cf__buffer_string(buffer, *(const bool *)field ? "true" : "false");
}

static void write_number(struct cf__buffer *buffer, const struct cf_column *column, const void *field)
{
    (void)column;
    cf__json_number(buffer, *(const double *)field);
}

static void write_text(struct cf__buffer *buffer, const struct cf_column *column, const void *field)
{
    (void)column;
    const char *text = *(const char *const *)field;
    if (text)
        cf__json_text(buffer, text, strlen(text));
    else
        write_null(buffer);
}

/* A text that needs no escape. */
static void write_plain(struct cf__buffer *buffer, const char *text, size_t size)
{
    char *out = cf__buffer_room(buffer, size + 2);
    out[0] = '"';
    memcpy(out + 1, text, size);
    out[size + 1] = '"';
    buffer->size += size + 2;
}

static void write_decimal(struct cf__buffer *buffer, const struct cf_column *column, const void *field)
{
    cf_decimal decimal = *(const cf_decimal *)field;
    if (decimal.scale != column->scale) /* assigned in another scale and not yet stored */
        cf_decimal_rescale(decimal, (uint8_t)column->scale, &decimal);
    char text[CF_DECIMAL_TEXT];
    write_plain(buffer, text, cf_decimal_format(decimal, text));
}

static void write_date(struct cf__buffer *buffer, const struct cf_column *column, const void *field)
{
    (void)column;
    char text[CF_DATE_TEXT];
    write_plain(buffer, text, cf_date_format(*(const cf_date *)field, text));
}

static void write_clock(struct cf__buffer *buffer, const struct cf_column *column, const void *field)
{
    (void)column;
    char text[CF_CLOCK_TEXT];
    write_plain(buffer, text, cf_clock_format(*(const cf_clock *)field, text));
}

static void write_time(struct cf__buffer *buffer, const struct cf_column *column, const void *field)
{
    (void)column;
    char text[CF_TIME_TEXT];
    write_plain(buffer, text, cf_time_format(*(const cf_time *)field, text));
}

static void write_uuid(struct cf__buffer *buffer, const struct cf_column *column, const void *field)
{
    (void)column;
    char text[CF_UUID_TEXT];
    write_plain(buffer, text, cf_uuid_format(*(const cf_uuid *)field, text));
}

static void write_blob(struct cf__buffer *buffer, const struct cf_column *column, const void *field)
{
    const cf_bytes *bytes = field;
    if (!bytes->data && column->nullable) {
        write_null(buffer);
        return;
    }
    cf__json_bytes(buffer, *bytes);
}

/* A Json column was checked when it was written. */
static void write_json(struct cf__buffer *buffer, const struct cf_column *column, const void *field)
{
    (void)column;
    const char *json = *(const char *const *)field;
    if (json && *json)
        cf__buffer_string(buffer, json);
    else
        write_null(buffer);
}

static void write_enum(struct cf__buffer *buffer, const struct cf_column *column, const void *field)
{
    unsigned value = *(const unsigned *)field;
    if (value >= cf__field_label_count(column))
        cf_raise(CF_INTERNAL, "%s.%s is %u, which is none of its choices", column->model->name, column->name, value);
    write_text(buffer, column, &column->labels[value]);
}

static writer *const writers[CF_TYPE_COUNT_] = {
    [CF_TYPE_INTEGER] = write_integer,     [CF_TYPE_SMALL_INTEGER] = write_integer,
    [CF_TYPE_BIG_INTEGER] = write_integer, [CF_TYPE_BOOLEAN] = write_boolean,
    [CF_TYPE_FLOAT] = write_number,        [CF_TYPE_NUMERIC] = write_decimal,
    [CF_TYPE_STRING] = write_text,         [CF_TYPE_TEXT] = write_text,
    [CF_TYPE_DATE] = write_date,           [CF_TYPE_TIME] = write_clock,
    [CF_TYPE_DATETIME] = write_time,       [CF_TYPE_UUID] = write_uuid,
    [CF_TYPE_BLOB] = write_blob,           [CF_TYPE_JSON] = write_json,
    [CF_TYPE_ENUM] = write_enum,           [CF_TYPE_CHOICES] = write_text,
};

static void write_custom(struct cf__buffer *buffer, const struct cf_column *column, const void *field)
{
    const struct cf_column as_stored = cf__column_as_stored(column);
    union cf__stored stored;
    column->custom->bind(&cf__current()->head, field, &stored);
    writers[column->type](buffer, &as_stored, &stored);
}

/* ---- Plans ------------------------------------------------------------------------------------------------------ */

static bool is_visible(const struct cf_column *column)
{
    return cf__field_is_column(column) && !column->hidden;
}

static size_t count_visible(const struct cf_model *model)
{
    size_t count = 0;
    for (size_t i = 0; i < model->count; i++)
        count += is_visible(&model->columns[i]);
    return count;
}

/* Appends the prefixes of all members to `text`, and notes their sizes. */
static void plan_members(const struct cf_model *model, struct member *members, struct cf__buffer *text)
{
    size_t count = 0;
    for (const struct cf_column *column = model->columns; column < model->columns + model->count; column++) {
        if (!is_visible(column))
            continue;
        size_t start = text->size, flag = column->nullable ? cf__field_flag(column) : 0;
        const char *name = cf__field_json_name(column);
        cf__buffer_char(text, count ? ',' : '{');
        cf__json_text(text, name, strlen(name));
        cf__buffer_char(text, ':');
        members[count++] = (struct member){
            .prefix_size = text->size - start,
            .offset = column->offset,
            .flag = flag ? column->offset + flag : 0,
            .write = column->custom ? write_custom : writers[column->type],
            .column = column,
        };
    }
}

static bool is_visible_relation(const struct cf_column *column)
{
    return cf__is_relation(column) && !column->hidden;
}

static void plan_relations(struct plan *plan)
{
    for (size_t i = 0; i < plan->model->count; i++)
        if (is_visible_relation(&plan->model->columns[i]))
            plan->relations[plan->relation_count++] = &plan->model->columns[i];
}

/* A plan in one block: itself, its members, its relations, the members' prefixes. */
static struct plan *make_plan(const struct cf_model *model)
{
    size_t count = count_visible(model), members_size = count * sizeof(struct member);
    size_t relations_size = model->count * sizeof(struct cf_column *);
    struct member *members = cf__take(cf__current(), members_size);
    struct cf__buffer text = cf__buffer_new(cf__current(), CF__CAP_RESPONSE, "the names of a model's columns");
    plan_members(model, members, &text);
    struct plan *plan = malloc(sizeof *plan + members_size + relations_size + text.size + STEP);
    if (!plan)
        cf_raise(CF_NO_MEMORY, "no memory for the JSON of %s", model->name);
    *plan = (struct plan){ model, plans, count, (struct member *)(plan + 1), false, 0, NULL };
    plan->relations = (const struct cf_column **)(plan->members + count);
    plan_relations(plan);
    char *prefix = (char *)plan->relations + relations_size;
    if (count) {
        memcpy(plan->members, members, members_size);
        memcpy(prefix, text.data, text.size);
        memset(prefix + text.size, 0, STEP);
    }
    for (size_t i = 0; i < count; i++)
        plan->lazy |= plan->members[i].column->lazy;
    for (size_t i = 0; i < count; prefix += plan->members[i++].prefix_size)
        plan->members[i].prefix = prefix;
    return plans = plan;
}

static const struct plan *find_plan(const struct cf_model *model)
{
    for (const struct plan *plan = plans; plan; plan = plan->next)
        if (plan->model == model)
            return plan;
    return make_plan(model);
}

/* ---- Rows ------------------------------------------------------------------------------------------------------- */

static void write_prefix(struct cf__buffer *buffer, const struct member *member)
{
    char *out = cf__buffer_room(buffer, member->prefix_size + STEP);
    for (size_t i = 0; i < member->prefix_size; i += STEP)
        memcpy(out + i, member->prefix + i, STEP);
    buffer->size += member->prefix_size;
}

static void write_row(struct cf__buffer *buffer, const struct plan *plan, const char *row, const struct level *outer);

static bool is_inside(const struct level *level, const void *row)
{
    for (; level; level = level->outer)
        if (level->row == row)
            return true;
    return false;
}

static void write_list(struct cf__buffer *buffer, const struct cf_model *model, void *const *rows, size_t count,
                       const struct level *outer)
{
    const struct plan *plan = find_plan(model);
    cf__buffer_char(buffer, '[');
    for (size_t i = 0; i < count; i++) {
        if (i)
            cf__buffer_char(buffer, ',');
        write_row(buffer, plan, rows[i], outer);
    }
    cf__buffer_char(buffer, ']');
}

/* True where a relation leads to a row that it stands in. */
static bool leads_back(const struct level *level, const struct cf_column *column, const void *field)
{
    const struct cf__list *list = field;
    if (!cf__is_to_many(column))
        return is_inside(level, *(const void *const *)field);
    for (size_t i = 0; i < list->count; i++)
        if (is_inside(level, list->items[i]))
            return true;
    return false;
}

/* A relation that was loaded: an object, null, or a list. One that was not, or leads back, is left out. */
static bool write_relation(struct cf__buffer *buffer, const struct cf_column *column, const struct level *level,
                           bool first)
{
    const void *field = (const char *)level->row + column->offset, *row = *(const void *const *)field;
    const char *name = cf__field_json_name(column);
    bool many = cf__is_to_many(column);
    if (cf__is_trap(row) || (many && !row) || leads_back(level, column, field))
        return false;
    if (level->depth == DEEPEST)
        cf_raise(CF_INTERNAL, "JSON of %s.%s: loaded relations are nested more than %d deep", column->model->name,
                 column->name, DEEPEST);
    cf__buffer_char(buffer, first ? '{' : ',');
    cf__json_text(buffer, name, strlen(name));
    cf__buffer_char(buffer, ':');
    if (many)
        write_list(buffer, column->other, ((const struct cf__list *)field)->items,
                   ((const struct cf__list *)field)->count, level);
    else
        write_row(buffer, find_plan(column->other), row, level);
    return true;
}

/* The members that were read, of a model with columns that may not have been. */
static bool write_read_members(struct cf__buffer *buffer, const struct plan *plan, const char *row)
{
    bool empty = true;
    for (const struct member *member = plan->members, *end = member + plan->count; member < end; member++) {
        if (member->column->lazy && cf__is_trap(*(void *const *)(row + member->offset)))
            continue;
        size_t start = buffer->size;
        write_prefix(buffer, member);
        buffer->data[start] = empty ? '{' : ',';
        empty = false;
        if (member->flag && !*(const bool *)(row + member->flag))
            write_null(buffer);
        else
            member->write(buffer, member->column, row + member->offset);
    }
    return empty;
}

static bool write_all_members(struct cf__buffer *buffer, const struct plan *plan, const char *row)
{
    for (const struct member *member = plan->members, *end = member + plan->count; member < end; member++) {
        write_prefix(buffer, member);
        if (member->flag && !*(const bool *)(row + member->flag))
            write_null(buffer);
        else
            member->write(buffer, member->column, row + member->offset);
    }
    return plan->count == 0;
}

static bool write_relations(struct cf__buffer *buffer, const struct plan *plan, const char *row,
                            const struct level *outer, bool empty)
{
    const struct level level = { row, outer, outer ? outer->depth + 1 : 0 };
    for (size_t i = 0; i < plan->relation_count; i++)
        if (write_relation(buffer, plan->relations[i], &level, empty))
            empty = false;
    return empty;
}

/* A list of the program's own may have an item that is NULL. */
static void write_row(struct cf__buffer *buffer, const struct plan *plan, const char *row, const struct level *outer)
{
    if (!row) {
        write_null(buffer);
        return;
    }
    bool empty = plan->lazy ? write_read_members(buffer, plan, row) : write_all_members(buffer, plan, row);
    if (plan->relation_count)
        empty = write_relations(buffer, plan, row, outer, empty);
    if (empty)
        cf__buffer_char(buffer, '{');
    cf__buffer_char(buffer, '}');
}

void cf__field_to_json(struct cf__buffer *buffer, const struct cf_column *column, const void *row)
{
    const char *field = (const char *)row + column->offset;
    size_t flag = column->nullable ? cf__field_flag(column) : 0;
    if (flag && !*(const bool *)(field + flag))
        write_null(buffer);
    else
        (column->custom ? write_custom : writers[column->type])(buffer, column, field);
}

void cf__model_json(struct cf__buffer *buffer, const struct cf_model *model, const void *row)
{
    write_row(buffer, find_plan(model), row, NULL);
}

void cf__models_json(struct cf__buffer *buffer, const struct cf_model *model, void *const *rows, size_t count)
{
    write_list(buffer, model, rows, count, NULL);
}

/* ---- Answers ---------------------------------------------------------------------------------------------------- */

static struct cf__buffer begin(cf_request *req)
{
    return cf__buffer_new(cf__context_of(req->context), CF__CAP_RESPONSE, "the answer");
}

static cf_response *finish(cf_request *req, struct cf__buffer *buffer, struct cf_answer answer)
{
    cf__buffer_char(buffer, '\n');
    return cf__response_buffer(req, buffer,
                               answer.content_type ? cf_copy(req, answer.content_type) : "application/json",
                               answer.status ? answer.status : 200);
}

cf_response *cf_json_object_of_(cf_request *req, const struct cf_model *model, const void *object,
                                struct cf_answer answer)
{
    const void *row = *(const void *const *)object;
    if (!row)
        cf_raise(CF_INTERNAL, "cf_json: the %s is NULL: look before, or find it with cf_get_or_404", model->name);
    struct cf__buffer buffer = begin(req);
    cf__model_json(&buffer, model, row);
    return finish(req, &buffer, answer);
}

cf_response *cf_json_list_of_(cf_request *req, const struct cf_model *model, const void *list_, struct cf_answer answer)
{
    const struct cf__list *list = list_;
    struct cf__buffer buffer = begin(req);
    cf__models_json(&buffer, model, list->items, list->count);
    return finish(req, &buffer, answer);
}

cf_response *cf_json_page_of_(cf_request *req, const struct cf_model *model, const void *page_, struct cf_answer answer)
{
    const struct cf__page *page = page_;
    struct cf__buffer buffer = begin(req);
    cf__buffer_string(&buffer, "{\"items\":");
    cf__models_json(&buffer, model, page->items, page->count);
    cf__buffer_format(&buffer, ",\"page\":%" PRId64 ",\"per_page\":%" PRId64, page->page, page->per_page);
    if (page->total < 0)
        cf__buffer_format(&buffer, ",\"has_next\":%s}", page->has_next ? "true" : "false");
    else
        cf__buffer_format(&buffer, ",\"pages\":%" PRId64 ",\"total\":%" PRId64 "}", page->pages, page->total);
    return finish(req, &buffer, answer);
}

cf_response *cf_json_slice_of_(cf_request *req, const struct cf_model *model, const void *slice_,
                               struct cf_answer answer)
{
    const struct cf__slice *slice = slice_;
    struct cf__buffer buffer = begin(req);
    cf__buffer_string(&buffer, "{\"items\":");
    cf__models_json(&buffer, model, slice->items, slice->count);
    cf__buffer_string(&buffer, ",\"next\":");
    write_text(&buffer, NULL, &slice->next);
    cf__buffer_string(&buffer, ",\"previous\":");
    write_text(&buffer, NULL, &slice->previous);
    cf__buffer_char(&buffer, '}');
    return finish(req, &buffer, answer);
}
