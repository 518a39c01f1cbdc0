/* SPDX-License-Identifier: MIT
 *
 * Rows as a URL asks for them: the one of a key, or 404; a page of them by ?page= and ?per_page=. Pages are
 * counted from 1; a page past the last is not found, but the first, which may be empty. Without a request who calls says which.
 */
#include <string.h>

#include "../text/number.h"
#include "app.h"
#include "fields.h"

enum { PER_PAGE = 20, MOST_PER_PAGE = 100, MOST_NUMBERS = 1000 };

static void *or_404(cf_request *req, void *row, const char *description)
{
    if (!row)
        cf_abort(req, 404, .description = description);
    return row;
}

void *cf_get_or_404_(cf_request *req, const struct cf_model *model, struct cf_key_values key,
                     const struct cf_or_404_options *options)
{
    return or_404(req, cf_get_(req->db, model, key, &options->find), options->description);
}

void *cf_find_one_or_404_(cf_request *req, const struct cf_model *model, const struct cf_or_404_options *options)
{
    return or_404(req, cf_find_one_(req->db, model, &options->find), options->description);
}

void *cf_find_exactly_one_or_404_(cf_request *req, const struct cf_model *model,
                                  const struct cf_or_404_options *options)
{
    struct cf_find_options two = options->find;
    two.limit = 2;
    const struct cf__list *rows = cf_find_(req->db, model, &two);
    return or_404(req, rows->count == 1 ? rows->items[0] : NULL, options->description);
}

/* What stands behind the columns of a select is read by the one who put it there. */
static size_t select_size(size_t columns)
{
    return sizeof(struct cf_select_options) + columns * sizeof(cf_expr *);
}

void *cf_select_one_or_404_(cf_request *req, const struct cf_model *shape, const void *argument, size_t columns)
{
    const char *description;
    memcpy(&description, (const char *)argument + select_size(columns), sizeof description);
    return or_404(req, cf_select_one_(req->db, shape, argument, columns), description);
}

/* ---- Which page ------------------------------------------------------------------------------------------------- */

static int64_t positive_argument(cf_request *req, const char *name, int64_t fallback, bool lenient)
{
    const char *text = cf_query_or(req, name, NULL);
    int64_t value;
    if (lenient && text)
        return cf__parse_integer(text, &value) && value > 0 ? value : fallback;
    value = cf_query_integer_or(req, name, fallback);
    if (value < 1)
        cf_abort(req, 400, .description = cf_format(req, "The query parameter \"%s\" must be at least 1.", name));
    return value;
}

int64_t cf__rows_per_page(cf_request *req, const struct cf_paging *paging)
{
    int64_t usual = paging->per_page > 0 ? paging->per_page : PER_PAGE;
    int64_t most = paging->max_per_page > 0 ? paging->max_per_page : usual > MOST_PER_PAGE ? usual : MOST_PER_PAGE;
    int64_t asked = positive_argument(req, "per_page", usual, paging->lenient);
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

/* ---- Pages ------------------------------------------------------------------------------------------------------ */

static struct cf__page *begin_page(cf_request *req, const struct cf_paging *paging)
{
    struct cf__page *page = cf_alloc(req, sizeof *page);
    page->page = paging->page > 0 ? paging->page : positive_argument(req, "page", 1, paging->lenient);
    page->per_page = cf__rows_per_page(req, paging);
    page->total = page->pages = -1;
    return page;
}

static void need_page(cf_request *req, const struct cf_paging *paging, bool is_there)
{
    if (!is_there && !paging->lenient)
        cf_abort(req, 404);
}

static void set_total(cf_request *req, const struct cf_paging *paging, struct cf__page *page, int64_t total)
{
    page->total = total;
    page->pages = total / page->per_page + (total % page->per_page != 0);
    need_page(req, paging, page->page == 1 || page->page <= page->pages);
}

/* Past the end of all integers there is no row. */
static int64_t offset_of(cf_request *req, const struct cf_paging *paging, const struct cf__page *page)
{
    int64_t offset;
    bool is_there = !__builtin_mul_overflow(page->page - 1, page->per_page, &offset);
    need_page(req, paging, is_there);
    return is_there ? offset : INT64_MAX;
}

static int64_t rows_to_read(const struct cf__page *page)
{
    return page->per_page + (page->total < 0);
}

static struct cf__page *finish_page(cf_request *req, const struct cf_paging *paging, struct cf__page *page,
                                    const struct cf__list *rows)
{
    bool more = rows->count > (size_t)page->per_page;
    page->items = rows->items;
    page->count = more ? (size_t)page->per_page : rows->count;
    page->items[page->count] = NULL;
    need_page(req, paging, page->page == 1 || page->total >= 0 || page->count);
    page->first = page->count ? (page->page - 1) * page->per_page + 1 : 0;
    page->last = page->count ? page->first + (int64_t)page->count - 1 : 0;
    page->has_prev = page->page > 1;
    page->has_next = page->total < 0 ? more : page->page < page->pages;
    page->prev_num = page->has_prev ? page->page - 1 : 0;
    page->next_num = page->has_next ? page->page + 1 : 0;
    return page;
}

/* The rows of a page whose number is known. `req` NULL: the page is lenient, and nobody is answered. */
static void *read_page(cf_request *req, cf_db *db, const struct cf_model *model, struct cf__page *page,
                       struct cf_page_options options)
{
    struct cf_find_options find = { .where = options.where,
                                    .with_deleted = options.with_deleted,
                                    .distinct = options.distinct,
                                    .undefer = options.undefer };
    memcpy(find.join, options.join, sizeof find.join);
    memcpy(find.load, options.load, sizeof find.load);
    if (!options.no_count)
        set_total(req, &options.paging, page, cf_count_(db, model, &find));
    find.order_by =
        options.order_by.items[0].operand.kind == CF_OPERAND_NULL ? by_primary_key(model) : options.order_by;
    find.limit = rows_to_read(page);
    find.offset = offset_of(req, &options.paging, page);
    return finish_page(req, &options.paging, page, cf_find_(db, model, &find));
}

void *cf_paginate_(cf_request *req, const struct cf_model *model, struct cf_page_options options)
{
    return read_page(req, req->db, model, begin_page(req, &options.paging), options);
}

void *cf_page_(cf_db *db, const struct cf_model *model, struct cf_page_options options)
{
    struct cf__page *page = cf_alloc(db, sizeof *page);
    page->page = options.paging.page > 0 ? options.paging.page : 1;
    page->per_page = options.paging.per_page > 0 ? options.paging.per_page : PER_PAGE;
    page->total = page->pages = -1;
    options.paging.lenient = true;
    return read_page(NULL, db, model, page, options);
}

/* ---- Pages of a select ------------------------------------------------------------------------------------------ */

SHAPE(PageTotal, (total, Integer));

/* How many rows a query has, whatever it groups: it stands in the place of a table. */
static int64_t count_select(cf_request *req, const struct cf_model *shape, size_t size, const void *argument,
                            size_t columns)
{
    const struct {
        struct cf_model model_;
    } *made = cf_as_(shape, size, cf_subselect_(shape, argument, columns), false), rows = *made;
    return cf_select_one(req->db, PageTotal, .from = rows, .columns = { .total = cf_count_rows() })->total;
}

void *cf_paginate_select_(cf_request *req, const struct cf_model *shape, size_t size, const void *argument,
                          size_t columns)
{
    size_t fixed = select_size(columns);
    struct cf_paging paging;
    struct cf_select_options *options =
        memcpy(cf_alloc(req, fixed), argument, fixed); /* the columns stand behind them */
    memcpy(&paging, (const char *)argument + fixed, sizeof paging);
    const struct cf_order_list order = options->order_by;
    if (order.items[0].operand.kind == CF_OPERAND_NULL)
        cf_raise(CF_INTERNAL, "pages of %s without an order could overlap: say .order_by", shape->name);
    if (options->limit || options->offset)
        cf_raise(CF_INTERNAL, "pages of %s: .limit and .offset are the page's: say .per_page", shape->name);
    struct cf__page *page = begin_page(req, &paging);
    if (!paging.no_count) {
        options->order_by = (struct cf_order_list){ 0 };
        set_total(req, &paging, page, count_select(req, shape, size, options, columns));
        options->order_by = order;
    }
    options->limit = rows_to_read(page);
    options->offset = offset_of(req, &paging, page);
    return finish_page(req, &paging, page, cf_select_(req->db, shape, options, columns));
}

/* ---- Numbers of pages ------------------------------------------------------------------------------------------- */

static int64_t least(int64_t left, int64_t right)
{
    return left < right ? left : right;
}

/* How many numbers an option asks for: few enough that sums of them are far from overflowing. */
static int64_t how_many(int64_t asked, int64_t usual)
{
    return asked < 0 ? 0 : asked ? least(asked, MOST_NUMBERS) : usual;
}

/* The numbers from `first` to `last` that do not stand there yet, behind a 0 where some before them do not either. */
static void add_numbers(int64_t *items, size_t *count, int64_t *written, int64_t first, int64_t last)
{
    if (first > *written + 1)
        items[(*count)++] = 0;
    for (int64_t number = first > *written ? first : *written + 1; number <= last; number++)
        items[(*count)++] = *written = number;
}

struct cf_page_numbers cf_page_numbers_(cf_context *context, int64_t page, int64_t pages,
                                        struct cf_page_number_options options)
{
    int64_t left_edge = how_many(options.left_edge, 2), right_edge = how_many(options.right_edge, 2);
    int64_t left_current = how_many(options.left_current, 2), right_current = how_many(options.right_current, 4);
    int64_t most = left_edge + left_current + 1 + right_current + right_edge + 2, written = 0;
    if (pages < 1)
        return (struct cf_page_numbers){ 0 };
    int64_t *items = cf_alloc_(context, (size_t)most * sizeof *items);
    size_t count = 0;
    page = page < 1 ? 1 : least(page, pages);
    add_numbers(items, &count, &written, 1, least(left_edge, pages));
    add_numbers(items, &count, &written, page - left_current, page + least(right_current, pages - page));
    add_numbers(items, &count, &written, pages - least(right_edge, pages) + 1, pages);
    return (struct cf_page_numbers){ items, count };
}
