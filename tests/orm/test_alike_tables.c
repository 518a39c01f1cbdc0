/* SPDX-License-Identifier: MIT
 *
 * SQLite and a server are asked the same random queries of several tables, groups, windows and queries in queries, and make
 * the same random changes (alike.h). Where a query says no order, its lines are sorted here.
 */
#include "alike.h"

#include <carafe/bulk.h>

/* clang-format off */
SHAPE(Line,
    (id,     Nullable(Integer)),
    (other,  Nullable(Integer)),
    (whole,  Nullable(Integer)),
    (ratio,  Nullable(Float)),
    (words,  Nullable(Text)),
    (amount, Nullable(Numeric(15, 6))));
SHAPE(All,
    (id,    Integer),
    (price, Nullable(Numeric(12, 3))),
    (day,   Nullable(Date)),
    (at,    Nullable(DateTime)),
    (sold,  Nullable(Boolean)),
    (hour,  Nullable(Time)),
    (code,  Nullable(Uuid)),
    (data,  Nullable(Blob)),
    (kind,  Nullable(Enum(Kind))));
SHAPE(Part, (id, Integer), (value, Nullable(Integer)), (depth, Integer));
/* clang-format on */

/* ---- Lines ------------------------------------------------------------------------------------------------------- */

static void add_line(struct asking *asking, const struct Line *line)
{
    add_integer(asking, line->id);
    add_integer(asking, line->other);
    add_integer(asking, line->whole);
    add_number(asking, line->ratio);
    add_text(asking, line->words);
    add_decimal(asking, line->amount);
    cf__buffer_char(&asking->answer, '\n');
}

static int compare_lines(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* In the order of their texts. */
static void add_sorted(struct asking *asking, struct Line_list lines)
{
    struct asking each = { .db = asking->db };
    const char **texts_of = cf_alloc(asking->db, (lines.count + 1) * sizeof *texts_of);
    for (size_t i = 0; i < lines.count; i++) {
        each.answer = cf__buffer_new(cf__current(), CF__CAP_OUTPUT, "a line");
        add_line(&each, lines.items[i]);
        texts_of[i] = cf__buffer_text(&each.answer);
    }
    qsort(texts_of, lines.count, sizeof *texts_of, compare_lines);
    for (size_t i = 0; i < lines.count; i++)
        cf__buffer_string(&asking->answer, texts_of[i]);
}

static void add_lines(struct asking *asking, struct Line_list lines)
{
    for
        cf_each (line, lines)
            add_line(asking, line);
}

#define VALUES .whole = integer(2), .ratio = number(2), .words = text(2), .amount = decimal(2)

/* ---- Joins ------------------------------------------------------------------------------------------------------- */

/* A second table of items: what expressions are about from here on. */
static const struct Item_columns *another(const char *name)
{
    static struct Item_columns aliases[2];
    struct Item_columns *alias = &aliases[reach - 1];
    memcpy(alias, strcmp(name, "second") == 0 ? &cf_alias(Item, "second") : &cf_alias(Item, "third"), sizeof *alias);
    tables[reach++] = alias;
    return alias;
}

static struct cf_join join_of(const struct Item_columns *to)
{
    bool left = any(2);
    switch (any(3)) {
    case 0:
        return left ? cf_left_join(*to, .along = Item.next) : cf_join(*to, .along = Item.next);
    case 1:
        return left ? cf_left_join(*to, .on = cf_eq(to->amount, Item.count))
                    : cf_join(*to, .on = cf_eq(to->amount, Item.count));
    default:
        return left ? cf_left_join(*to, .on = condition(2))
                    : cf_join(*to, .on = cf_and(cf_eq(to->box_id, Item.box_id), condition(1)));
    }
}

static void ask_joined(struct asking *asking)
{
    const struct Item_columns *second = another("second");
    struct cf_join join = join_of(second);
    add_lines(asking, cf_select(asking->db, Line, .from = Item, .join = { join, cf_left_join(Item.box) },
                                .where = cf_and(asking->where, condition(2)),
                                .columns = { .id = cf_column(Item.id), .other = cf_column(second->id), VALUES },
                                .order_by = { any(2) ? cf_asc(Item.id) : cf_desc(Item.id),
                                              cf_nulls_first(cf_desc(second->id)) }));
}

static void ask_around(struct asking *asking)
{
    cf_expr *inside = any(3) ? condition(2) : NULL;
    cf_expr *along = any(2) ? cf_any(Box.items, inside) : cf_none_of(Box.items, inside);
    add_lines(asking, cf_select(asking->db, Line, .from = Box, .where = along, .order_by = { cf_asc(Box.id) },
                                .columns = { .id = cf_column(Box.id),
                                             .words = cf_column(Box.label),
                                             .other = cf_column(Box.size),
                                             .whole = cf_literal((int64_t)1),
                                             .ratio = cf_literal(0.5),
                                             .amount = cf_literal(cf_decimal_of(1, 0)) }));
}

static void ask_outwards(struct asking *asking)
{
    cf_expr *big = cf_any(Item.box, any(2) ? cf_gt(Box.size, (int64_t)any(4)) : cf_is_not_null(Box.label));
    cf_expr *along = any(2) ? big : cf_not(big);
    for
        cf_each (item,
                 cf_find(asking->db, Item, .where = any(2) ? cf_or(along, asking->where) : cf_and(along, asking->where),
                         .join = { cf_left_join(Item.box) }, .order_by = { cf_desc(Box.size), cf_asc(Item.id) },
                         .limit = 1 + any(20), .offset = any(5)))
            cf__buffer_format(&asking->answer, "%lld ", (long long)item->id);
}

/* ---- Groups and windows ------------------------------------------------------------------------------------------ */

static cf_expr *some_total(void)
{
    switch (any(6)) {
    case 0:
        return cf_count_of(text(1));
    case 1:
        return cf_count_distinct(integer(1));
    case 2:
        return cf_max_of(integer(1));
    case 3:
        return cf_distinct(cf_sum_of(integer(1)));
    case 4:
        return cf_filter(cf_count_rows(), condition(2));
    default:
        return cf_sum_of(integer(1));
    }
}

static void ask_groups(struct asking *asking)
{
    cf_expr *key = integer(1), *second = any(2) ? text(1) : NULL, *total = some_total();
    cf_expr *average = any(2) ? cf_avg_of(integer(1)) : cf_filter(cf_avg_of(number(1)), condition(1));
    add_sorted(asking, cf_select(asking->db, Line, .from = Item, .where = asking->where, .group_by = { key, second },
                                 .having = any(2) ? cf_gt(any(2) ? total : cf_count_rows(), (int64_t)any(4)) : NULL,
                                 .columns = { .id = key,
                                              .other = cf_count_rows(),
                                              .whole = total,
                                              .ratio = average,
                                              .words = second ? second : cf_max_of(text(1)),
                                              .amount = cf_sum_of(decimal(1)) }));
}

static cf_expr *some_window(void)
{
    switch (any(9)) {
    case 0:
        return cf_row_number();
    case 1:
        return cf_rank();
    case 2:
        return cf_dense_rank();
    case 3:
        return cf_lag(integer(1), 1 + (int)any(2));
    case 4:
        return any(2) ? cf_lead(integer(1), 1) : cf_lead(integer(1), 1, some_integer(0));
    case 5:
        return cf_first_value(integer(1));
    case 6:
        return cf_ntile(3);
    case 7:
        return cf_nth_value(integer(1), 2);
    default:
        return cf_sum_of(integer(1));
    }
}

/* What windows are of: not a constant, which MariaDB takes for the end of the order (in its docs page). */
static cf_expr *some_key(void)
{
    switch (any(4)) {
    case 0:
        return cf_abs(Item.amount);
    case 1:
        return cf_modulo(Item.count, 3);
    case 2:
        return cf_length(Item.name);
    default:
        return cf_column(Item.box_id);
    }
}

static void ask_windows(struct asking *asking)
{
    cf_expr *part = any(2) ? some_key() : NULL, *by = any(2) ? some_key() : cf_column(Item.note);
    cf_expr *numbered_ =
        cf_over(some_window(), .partition_by = { part }, .order_by = { cf_desc(some_key()), cf_asc(Item.id) });
    cf_expr *mean =
        cf_over(cf_avg_of(number(1)), .order_by = { cf_asc(by), cf_asc(Item.id) }, .rows = cf_rows(-2, (int)any(2)));
    cf_expr *sum_ = cf_over(cf_sum_of(decimal(1)), .partition_by = { part });
    cf_expr *ranked = cf_over(any(2) ? cf_rank() : cf_count_of(Item.count), .order_by = { cf_asc(by) });
    add_lines(asking, cf_select(asking->db, Line, .from = Item, .where = asking->where, .order_by = { cf_asc(Item.id) },
                                .columns = { .id = cf_column(Item.id),
                                             .whole = numbered_,
                                             .other = ranked,
                                             .ratio = mean,
                                             .words = text(1),
                                             .amount = sum_ }));
}

/* ---- Queries in queries ------------------------------------------------------------------------------------------ */

static const cf_subquery *some_lines(void)
{
    return cf_subselect(Line, .from = Item, .where = condition(2), .distinct = any(2),
                        .columns = { .id = any(2) ? integer(1) : cf_column(Item.count),
                                     .other = cf_column(Item.amount),
                                     .whole = integer(1),
                                     .ratio = any(2) ? cf_column(Item.ratio) : number(1),
                                     .words = text(1),
                                     .amount = any(2) ? cf_column(Item.price) : decimal(1) });
}

static void ask_compound(struct asking *asking)
{
    const cf_subquery *one = some_lines(), *two = any(2) ? one : some_lines();
    const cf_subquery *three =
        cf_subselect(Line, .from = Item, .where = condition(1),
                     .columns = { .id = cf_column(Item.count), .other = cf_column(Item.amount), VALUES });
    unsigned way = any(5);
    const cf_subquery *all = way == 0   ? cf_union(one, two, three)
                             : way == 1 ? cf_union_all(one, two)
                             : way == 2 ? cf_intersect(one, two)
                             : way == 3 ? cf_except(one, three)
                                        : cf_union_all(cf_union(one, two), three);
    struct Line_columns rows = any(2) ? cf_as(Line, all) : cf_with(Line, all);
    if (any(2))
        add_sorted(asking, cf_select(asking->db, Line, .from = rows));
    else
        add_sorted(asking, cf_select(asking->db, Line, .from = rows, .group_by = { cf_column(rows.other) },
                                     .columns = { .id = cf_sum_of(rows.id),
                                                  .other = cf_column(rows.other),
                                                  .whole = cf_max_of(rows.whole),
                                                  .ratio = cf_min_of(rows.ratio),
                                                  .words = cf_min_of(rows.words),
                                                  .amount = cf_sum_of(rows.amount) }));
}

static cf_expr *some_comparison(cf_expr *left, cf_expr *right)
{
    switch (any(6)) {
    case 0:
        return cf_eq(left, right);
    case 1:
        return cf_ne(left, right);
    case 2:
        return cf_lt(left, right);
    case 3:
        return cf_le(left, right);
    case 4:
        return cf_gt(left, right);
    default:
        return cf_ge(left, right);
    }
}

static void ask_inside(struct asking *asking)
{
    const struct Item_columns *second = another("second");
    cf_expr *near = cf_eq(second->box_id, Item.box_id), *inside = condition(2);
    tables[0] = second; /* an aggregate of columns of the query around it would be that query's */
    cf_expr *total = cf_scalar(cf_subquery_of(some_total(), .from = (*second), .where = cf_and(near, inside)));
    tables[0] = &Item;
    tables[0] = second; /* SQLite knows no columns of the query around it in an order */
    struct cf_order order = cf_asc(integer(1));
    tables[0] = &Item;
    cf_expr *first = cf_scalar(cf_subquery_of(text(1), .from = (*second), .where = near,
                                              .order_by = { order, cf_asc(second->id) }, .limit = 1));
    cf_expr *there = cf_exists(
        cf_subquery_of(second->id, .from = (*second), .where = cf_and(cf_gt(second->id, Item.id), condition(2))));
    const cf_subquery *list = cf_subquery_of(integer(1), .from = (*second), .where = condition(2));
    tables[--reach] = NULL;
    cf_expr *in = any(2)   ? some_comparison(integer(1), any(2) ? cf_all_rows(list) : cf_any_row(list))
                    : any(2) ? cf_in_select(integer(1), list)
                           : cf_not_in_select(integer(1), list);
    cf_expr *where = any(2) ? cf_and(there, asking->where) : cf_or(in, asking->where);
    add_lines(asking, cf_select(asking->db, Line, .from = Item, .where = where,
                                .order_by = { cf_asc(total), cf_desc(Item.id) }, .limit = 1 + any(ITEMS),
                                .columns = { .id = cf_column(Item.id),
                                             .other = any(2) ? total : cf_coalesce(total, -1),
                                             .words = first,
                                             .whole = integer(2),
                                             .ratio = number(2),
                                             .amount = decimal(2) }));
}

static void ask_chain(struct asking *asking)
{
    struct Part_columns parts = cf_recursive(Part);
    cf_recursion(
        parts,
        cf_subselect(Part, .from = Item, .where = asking->where,
                     .columns = { .id = cf_column(Item.id), .value = integer(1), .depth = cf_literal((int64_t)0) }),
        cf_subselect(Part, .from = Item, .join = { cf_join(parts, .on = cf_eq(Item.next_id, parts.id)) },
                     .where = cf_lt(parts.depth, (int64_t)any(4)),
                     .columns = { .id = cf_column(Item.id),
                                  .value = cf_minus(parts.value, Item.amount),
                                  .depth = cf_plus(parts.depth, 1) }));
    for
        cf_each (part, cf_select(asking->db, Part, .from = parts, .distinct = true,
                                 .order_by = { cf_asc(parts.id), cf_asc(parts.depth), cf_asc(parts.value) })) {
            cf__buffer_format(&asking->answer, "%lld:%lld:", (long long)part->id, (long long)part->depth);
            add_integer(asking, part->value);
        }
}

/* ---- Every type -------------------------------------------------------------------------------------------------- */

static void add_all(struct asking *asking, const struct All *row)
{
    char day[CF_DATE_TEXT] = "NULL", at[CF_TIME_TEXT] = "NULL", hour[CF_CLOCK_TEXT] = "NULL",
         code[CF_UUID_TEXT] = "NULL";
    if (row->day.is_set)
        cf_date_format(row->day.value, day);
    if (row->at.is_set)
        cf_time_format(row->at.value, at);
    if (row->hour.is_set)
        cf_clock_format(row->hour.value, hour);
    if (row->code.is_set)
        cf_uuid_format(row->code.value, code);
    add_decimal(asking, row->price);
    cf__buffer_format(&asking->answer, "%lld %s %s %d %s %s %d:", (long long)row->id, day, at,
                      row->sold.is_set ? row->sold.value : -1, hour, code,
                      row->kind.is_set ? (int)row->kind.value : -1);
    if (!row->data.data)
        cf__buffer_string(&asking->answer, "NULL");
    for (size_t i = 0; i < row->data.size; i++)
        cf__buffer_format(&asking->answer, "%02x", ((const unsigned char *)row->data.data)[i]);
    cf__buffer_char(&asking->answer, '\n');
}

/* One of a column, a value of a condition of it, the first that is not NULL of two, and what another query says. */
#define ONE_OF(c, to)                                                                                     \
    (any(4) == 0   ? cf_case(cf_when(condition(2), (to).c), cf_otherwise(Item.c))                         \
     : any(3) == 0 ? cf_coalesce((to).c, Item.c)                                                          \
     : any(3) == 0 ? cf_scalar(cf_subquery_of(third.c, .from = third, .where = cf_eq(third.id, (to).id))) \
                   : cf_column((to).c))

static void ask_types(struct asking *asking)
{
    const struct Item_columns *to = another("second");
    struct Item_columns third = cf_alias(Item, "third");
    struct All_list rows = cf_select(asking->db, All, .from = Item, .join = { cf_left_join(*to, .along = Item.next) },
                                     .where = asking->where, .order_by = { cf_asc(Item.id) },
                                     .columns = { .id = cf_column(Item.id),
                                                  .price = ONE_OF(price, *to),
                                                  .day = ONE_OF(day, *to),
                                                  .at = ONE_OF(at, *to),
                                                  .sold = ONE_OF(sold, *to),
                                                  .hour = ONE_OF(hour, *to),
                                                  .code = ONE_OF(code, *to),
                                                  .data = ONE_OF(data, *to),
                                                  .kind = ONE_OF(kind, *to) });
    for
        cf_each (row, rows)
            add_all(asking, row);
}

#define ASKS_ORDER_OF(c) \
    any(2) ? cf_nulls_first(any(2) ? cf_asc(Item.c) : cf_desc(Item.c)) : any(2) ? cf_asc(Item.c) : cf_desc(Item.c)
static void ask_ordered_types(struct asking *asking)
{
    struct cf_order orders[] = { ASKS_ORDER_OF(day),  ASKS_ORDER_OF(at),   ASKS_ORDER_OF(sold), ASKS_ORDER_OF(hour),
                                 ASKS_ORDER_OF(code), ASKS_ORDER_OF(data), ASKS_ORDER_OF(price) };
    for
        cf_each (row, cf_select(asking->db, All, .from = Item, .where = asking->where, .limit = 1 + any(ITEMS),
                                .offset = any(9), .order_by = { orders[any(7)], orders[any(7)], cf_asc(Item.id) }))
            add_all(asking, row);
}

static void ask_extremes(struct asking *asking)
{
    bool up = any(2);
#define EXTREME(c) .c = up ? cf_min_of(Item.c) : cf_max_of(Item.c)
    for
        cf_each (row, cf_select(asking->db, All, .from = Item, .where = asking->where,
                                .group_by = { cf_column(Item.box_id) }, .order_by = { cf_asc(Item.box_id) },
                                .columns = { .id = cf_count_rows(),
                                             EXTREME(price),
                                             EXTREME(day),
                                             EXTREME(at),
                                             EXTREME(hour),
                                             .sold = cf_case(cf_when(cf_gt(cf_count_rows(), 3), (bool)true)),
                                             .code = cf_cast(cf_literal("00000000-0000-0000-0000-000000000001"), Uuid),
                                             .data = cf_literal(((cf_bytes){ "", 0 })),
                                             .kind = cf_cast(cf_literal("odd"), Enum(Kind)) }))
            add_all(asking, row);
}

/* ---- Changes ----------------------------------------------------------------------------------------------------- */

static void add_table(struct asking *asking)
{
    add_lines(asking, cf_select(asking->db, Line, .from = Item, .order_by = { cf_asc(Item.amount), cf_asc(Item.id) },
                                .columns = { .id = cf_column(Item.box_id),
                                             .other = cf_column(Item.amount),
                                             .whole = cf_column(Item.count),
                                             .ratio = cf_column(Item.ratio),
                                             .words = cf_column(Item.note),
                                             .amount = cf_column(Item.price) }));
}

static void ask_updated(struct asking *asking)
{
    const struct Item_columns second = cf_alias(Item, "second");
    cf_expr *where =
        any(3) ? asking->where
               : cf_exists(cf_subquery_of(second.id, .from = second, .where = cf_eq(second.next_id, Item.id)));
    struct cf_assignment more = any(2) ? cf_set(Item.note, cf_coalesce(text(1), "none"))
                                       : cf_set(Item.amount, cf_coalesce(integer(1), Item.amount));
    int64_t changed = cf_update_all(asking->db, Item, .where = where, .all = !where,
                                    .set = { cf_set(Item.count, integer(2)), cf_set(Item.ratio, number(1)),
                                             cf_set(Item.price, cf_round(decimal(1), 2)), more });
    cf__buffer_format(&asking->answer, "%lld\n", (long long)changed);
    add_table(asking);
}

static void ask_deleted(struct asking *asking)
{
    cf_update_all(asking->db, Item, .all = true, .set = { cf_set_null(Item.next_id) });
    cf_expr *where = any(2)
                         ? asking->where
                         : cf_in_select(Item.box_id, cf_subquery_of(Box.id, .from = Box, .where = cf_gt(Box.size, 2)));
    cf__buffer_format(&asking->answer, "%lld\n",
                      (long long)cf_delete_all(asking->db, Item, .where = where, .all = !where));
    add_table(asking);
}

static void ask_upserted(struct asking *asking)
{
    static const int64_t sizes[] = { 3, 7 };
    const struct Item *some = cf_find_one(asking->db, Item, .order_by = { cf_asc(Item.id) }, .offset = any(ITEMS + 9));
    int64_t id = some ? some->id : 100000 + (int64_t)any(3);
    struct cf_assignment set = any(2) ? cf_set(Item.price, cf_round(decimal(1), 2)) : cf_set(Item.ratio, number(2));
    struct Item *item = cf_upsert(asking->db, Item,
                                  cf_on_conflict(cf_columns(Item.id), .set = { cf_set(Item.count, integer(2)), set },
                                                 .update = cf_columns(Item.note)),
                                  .id = id, .amount = sizes[any(2)], .note = any_text());
    add_integer(asking, item->count);
    add_number(asking, item->ratio);
    add_table(asking);
}

static question *const questions[] = {
    ask_joined,  ask_joined,        ask_around,   ask_outwards, ask_groups,  ask_groups,
    ask_windows, ask_windows,       ask_compound, ask_inside,   ask_inside,  ask_chain,
    ask_types,   ask_ordered_types, ask_extremes, ask_updated,  ask_deleted, ask_upserted,
};

static void a_query_of_several_tables_means_the_same_on_every_database(cf_db *db)
{
    compare(db, questions, sizeof questions / sizeof questions[0]);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = { SESSION_TEST(a_query_of_several_tables_means_the_same_on_every_database) };
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
