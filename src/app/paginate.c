/* SPDX-License-Identifier: MIT
 *
 * Rows as a URL asks for them: the one of a key, or 404; a page of them by ?page= and ?per_page=. Pages are
 * counted from 1; a page past the last is not found, but the first, which may be empty.
 */
#include <string.h>

#include "app.h"
#include "fields.h"

enum { PER_PAGE = 20, MOST_PER_PAGE = 100 };

void *cf_get_or_404_(cf_request *req, const struct cf_model *model, struct cf_key_values key,
                     struct cf_find_options options)
{
    void *row = cf_get_(req->db, model, key, options);
    if (!row)
        cf_abort(req, 404);
    return row;
}

void *cf_find_one_or_404_(cf_request *req, const struct cf_model *model, struct cf_find_options options)
{
    void *row = cf_find_one_(req->db, model, options);
    if (!row)
        cf_abort(req, 404);
    return row;
}

void *cf_find_exactly_one_or_404_(cf_request *req, const struct cf_model *model, struct cf_find_options options)
{
    options.limit = 2;
    const struct cf__list *rows = cf_find_(req->db, model, options);
    if (rows->count != 1)
        cf_abort(req, 404);
    return rows->items[0];
}

static int64_t positive_argument(cf_request *req, const char *name, int64_t fallback)
{
    int64_t value = cf_query_integer_or(req, name, fallback);
    if (value < 1)
        cf_abort(req, 400, .description = cf_format(req, "The query parameter \"%s\" must be at least 1.", name));
    return value;
}

static int64_t rows_per_page(cf_request *req, const struct cf_page_options *options)
{
    int64_t usual = options->per_page > 0 ? options->per_page : PER_PAGE;
    int64_t most = options->max_per_page > 0 ? options->max_per_page : usual > MOST_PER_PAGE ? usual : MOST_PER_PAGE;
    int64_t asked = positive_argument(req, "per_page", usual);
    return asked < most ? asked : most;
}

/* Without an order pages could overlap. */
static struct cf_order_list by_primary_key(const struct cf_model *model)
{
    struct cf_order_list order = { 0 };
    size_t count = 0;
    for (size_t i = 0; i < model->count && count < sizeof order.items / sizeof order.items[0]; i++)
        if (model->columns[i].primary_key)
            order.items[count++].operand =
                (struct cf_operand){ .kind = CF_OPERAND_COLUMN, .column = &model->columns[i] };
    return order;
}

void *cf_paginate_(cf_request *req, const struct cf_model *model, struct cf_page_options options)
{
    struct cf__page *page = cf_alloc(req, sizeof *page);
    page->page = positive_argument(req, "page", 1);
    page->per_page = rows_per_page(req, &options);
    page->total = cf_count_(req->db, model,
                            (struct cf_find_options){ .where = options.where, .with_deleted = options.with_deleted });
    page->pages = page->total / page->per_page + (page->total % page->per_page != 0);
    if (page->page > 1 && page->page > page->pages)
        cf_abort(req, 404);
    struct cf_find_options find = {
        .where = options.where,
        .order_by =
            options.order_by.items[0].operand.kind == CF_OPERAND_NULL ? by_primary_key(model) : options.order_by,
        .limit = page->per_page,
        .offset = (page->page - 1) * page->per_page,
        .with_deleted = options.with_deleted,
    };
    memcpy(find.load, options.load, sizeof find.load);
    const struct cf__list *rows = cf_find_(req->db, model, find);
    page->items = rows->items;
    page->count = rows->count;
    return page;
}
