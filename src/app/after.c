/* SPDX-License-Identifier: MIT
 *
 * Pages that begin behind a row instead of after a number of rows: however deep a page lies the database need not count
 * up to it, and rows that come and go before it move nothing. What a client sends back is a cursor, the values that the
 * last row has in the columns of the order: the primary key is always among them, so that no two rows are equal. A
 * cursor is the base64 of a JSON object, whose members are named as the order is ("-created"): one of another order is
 * found out. It is not signed, as it leads nowhere that the query would not: the conditions of the query hold as well.
 * Backwards is the same in the order turned round, whose rows are then turned round again.
 */
#include <string.h>

#include "../db/query.h"
#include "../text/base64.h"
#include "../text/json.h"
#include "app.h"
#include "fields.h"

enum { MOST_ORDERED = sizeof((struct cf_order_list *)0)->items / sizeof(struct cf_order) };

/* ---- The order -------------------------------------------------------------------------------------------------- */

static void check_column(const struct cf_model *model, const struct cf_operand *operand)
{
    const struct cf_column *column = operand->kind == CF_OPERAND_COLUMN ? operand->column : NULL;
    if (!column || column->model != model)
        cf_raise(CF_INTERNAL, "cf_paginate_after of %s: the order is of its own columns, not of expressions",
                 model->name);
    if (column->type == CF_TYPE_JSON || column->type == CF_TYPE_BLOB)
        cf_raise(CF_INTERNAL, "cf_paginate_after of %s: by %s it cannot be ordered", model->name, column->name);
    if (column->hidden)
        cf_raise(CF_INTERNAL, "cf_paginate_after of %s: %s is hidden, and a cursor would tell it", model->name,
                 column->name);
}

static bool is_ordered_by(const struct cf_order_list *order, size_t count, const struct cf_column *column)
{
    for (size_t i = 0; i < count; i++)
        if (order->items[i].operand.column == column)
            return true;
    return false;
}

/* The order with the primary key behind it; returns how many columns it has. */
static size_t complete_order(const struct cf_model *model, struct cf_order_list *order)
{
    size_t count = 0;
    for (; count < MOST_ORDERED && order->items[count].operand.kind != CF_OPERAND_NULL; count++)
        check_column(model, &order->items[count].operand);
    for (uint64_t key = cf__model_key(model); key; key &= key - 1) {
        const struct cf_column *column = &model->columns[__builtin_ctzll(key)];
        if (is_ordered_by(order, count, column))
            continue;
        if (count == MOST_ORDERED)
            cf_raise(CF_INTERNAL, "cf_paginate_after of %s: with the primary key the order has more than %d columns",
                     model->name, MOST_ORDERED);
        order->items[count] = (struct cf_order){ { .kind = CF_OPERAND_COLUMN, .column = column }, false };
        check_column(model, &order->items[count++].operand);
    }
    return count;
}

/* "-created" */
static const char *name_of(cf_request *req, const struct cf_order *order)
{
    return cf_format(req, "%s%s", order->descending ? "-" : "", cf__field_json_name(order->operand.column));
}

/* ---- Cursors ---------------------------------------------------------------------------------------------------- */

static const char *cursor_of(cf_request *req, const struct cf_order_list *order, size_t count, const void *row)
{
    struct cf__context *context = cf__context_of(req->context);
    struct cf__buffer json = cf__buffer_new(context, CF__CAP_RESPONSE, "a cursor");
    for (size_t i = 0; i < count; i++) {
        const char *name = name_of(req, &order->items[i]);
        cf__buffer_char(&json, i ? ',' : '{');
        cf__json_text(&json, name, strlen(name));
        cf__buffer_char(&json, ':');
        cf__field_to_json(&json, order->items[i].operand.column, row);
    }
    cf__buffer_char(&json, '}');
    char *text = cf_alloc(req, cf__base64_size(json.size) + 1);
    cf__base64url_encode(json.data, json.size, text);
    return text;
}

/* Where a client wants to go on. */
struct place {
    const char *cursor; /* NULL: at the beginning */
    bool backwards;
};

static _Noreturn void refuse(cf_request *req, const struct place *place)
{
    cf_abort(req, 400,
             .description = place->backwards
                                ? "The query parameter \"before\" is no place in this list: take it from \"previous\"."
                                : "The query parameter \"after\" is no place in this list: take it from \"next\".");
}

static struct place place_of(cf_request *req)
{
    const char *after = cf_query_or(req, "after", NULL), *before = cf_query_or(req, "before", NULL);
    if (after && before)
        cf_abort(req, 400, .description = "The query parameters \"after\" and \"before\" exclude each other.");
    return (struct place){ before ? before : after, before != NULL };
}

static const cf__json *parse_cursor(cf_request *req, const struct place *place)
{
    const char *text = place->cursor;
    size_t size = strlen(text);
    unsigned char *json = cf_alloc(req, size + 1);
    struct cf__json_error error;
    if (!cf__base64url_decode(text, size, json, &size))
        refuse(req, place);
    const cf__json *parsed = cf__json_parse(cf__context_of(req->context), (const char *)json, size, &error);
    if (!parsed || cf__json_kind(parsed) != CF__JSON_OBJECT)
        refuse(req, place);
    return parsed;
}

/* The row that a cursor tells of: only the columns of the order are filled. */
static const void *row_of_cursor(cf_request *req, const struct cf_model *model, const struct cf_order_list *order,
                                 size_t count, const struct place *place)
{
    const cf__json *cursor = parse_cursor(req, place);
    void *row = cf_alloc(req, model->size);
    if (cf__json_count(cursor) != count)
        refuse(req, place);
    for (size_t i = 0; i < count; i++) {
        const cf__json *value = cf__json_member(cursor, name_of(req, &order->items[i]));
        if (!value || cf__field_from_json(cf__context_of(req->context), order->items[i].operand.column, value, row))
            refuse(req, place);
    }
    return row;
}

/* ---- What lies behind a row ------------------------------------------------------------------------------------- */

static const struct cf_operand nothing = { .kind = CF_OPERAND_NULL };

static cf_expr *is_same(const struct cf_operand *column, struct cf_operand value)
{
    return value.kind == CF_OPERAND_NULL ? cf_compare_(CF_IS_NULL, *column, nothing)
                                         : cf_compare_(CF_EQ, *column, value);
}

/* NULLs lie behind every value, and nothing behind them; or the other way round. NULL: nothing. */
static cf_expr *is_behind(const struct cf_order *order, struct cf_operand value)
{
    if (value.kind == CF_OPERAND_NULL)
        return order->nulls_first ? cf_compare_(CF_IS_NOT_NULL, order->operand, nothing) : NULL;
    cf_expr *behind = cf_compare_(order->descending ? CF_LT : CF_GT, order->operand, value);
    bool nulls = order->operand.column->nullable && !order->nulls_first;
    return nulls ? cf_or(behind, cf_compare_(CF_IS_NULL, order->operand, nothing)) : behind;
}

/* (a > 1) OR (a = 1 AND b > 2) OR … and before all that, a >= 1: by it an index is entered at the right place. */
static cf_expr *all_behind(const struct cf_order_list *order, size_t count, const void *row)
{
    cf_expr *behind = NULL, *same = NULL, *entry = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct cf_order *item = &order->items[i];
        struct cf_operand value = cf__field_value(item->operand.column, row);
        const cf_expr *further = is_behind(item, value);
        if (further)
            behind = cf_or(behind, cf_and(same, further));
        if (i == 0 && count > 1 && !item->operand.column->nullable)
            entry = cf_compare_(item->descending ? CF_LE : CF_GE, item->operand, value);
        same = cf_and(same, is_same(&item->operand, value));
    }
    return cf_and(entry, behind);
}

/* ---- Slices ----------------------------------------------------------------------------------------------------- */

static struct cf_order_list turned_round(const struct cf_order_list *order, size_t count)
{
    struct cf_order_list turned = *order;
    for (size_t i = 0; i < count; i++) {
        turned.items[i].descending = !order->items[i].descending;
        turned.items[i].nulls_first = order->items[i].operand.column->nullable && !order->items[i].nulls_first;
    }
    return turned;
}

static void turn_round(void **items, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        void *item = items[i];
        items[i] = items[count - 1 - i];
        items[count - 1 - i] = item;
    }
}

/* Where it came from there is at least the row of the cursor; where it goes it has read one row more, if there is one. */
static void set_cursors(cf_request *req, struct cf__slice *slice, const struct place *place, bool more,
                        const struct cf_order_list *order, size_t ordered)
{
    bool behind = place->backwards ? true : more, ahead = place->backwards ? more : place->cursor != NULL;
    if (slice->count && behind)
        slice->next = cursor_of(req, order, ordered, slice->items[slice->count - 1]);
    if (slice->count && ahead)
        slice->previous = cursor_of(req, order, ordered, slice->items[0]);
}

void *cf_paginate_after_(cf_request *req, const struct cf_model *model, struct cf_page_after_options options)
{
    struct cf__slice *slice = cf_alloc(req, sizeof *slice);
    int64_t per_page = cf__rows_per_page(req, &(struct cf_paging){ .per_page = options.per_page,
                                                                   .max_per_page = options.max_per_page });
    const struct place place = place_of(req);
    size_t ordered = complete_order(model, &options.order_by);
    const struct cf_order_list order = place.backwards ? turned_round(&options.order_by, ordered) : options.order_by;
    const cf_expr *where = options.where;
    if (place.cursor)
        where =
            cf_and(where, all_behind(&order, ordered, row_of_cursor(req, model, &options.order_by, ordered, &place)));
    struct cf_find_options find = {
        .where = where,
        .order_by = order,
        .limit = per_page + 1,
        .with_deleted = options.with_deleted,
        .undefer = options.undefer,
    };
    memcpy(find.load, options.load, sizeof find.load);
    const struct cf__list *rows = cf_find_(req->db, model, &find);
    bool more = rows->count > (size_t)per_page;
    *slice = (struct cf__slice){ rows->items, more ? (size_t)per_page : rows->count, NULL, NULL };
    slice->items[slice->count] = NULL;
    if (place.backwards)
        turn_round(slice->items, slice->count);
    set_cursors(req, slice, &place, more, &options.order_by, ordered);
    return slice;
}
