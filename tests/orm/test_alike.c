/* SPDX-License-Identifier: MIT
 *
 * SQLite and a server are asked the same random queries of one table: expressions as fields, conditions, orders and
 * aggregates (alike.h).
 */
#include "alike.h"

/* clang-format off */
SHAPE(Key,     (id, Integer));
SHAPE(Whole,   (id, Integer), (value, Nullable(Integer)));
SHAPE(Ratio,   (id, Integer), (value, Nullable(Float)));
SHAPE(Words,   (id, Integer), (value, Nullable(Text)));
SHAPE(Decimal, (id, Integer), (value, Nullable(Numeric(30, 6))));
/* clang-format on */

#define UP .order_by = { cf_asc(Item.id) }

#define ASKS_ROWS(name, Shape, type, add)                                                                              \
    static void name(struct asking *asking)                                                                            \
    {                                                                                                                  \
        struct Shape##_list rows = cf_select(asking->db, Shape, .from = Item, .where = asking->where, UP,              \
                                             .columns = { .id = cf_column(Item.id), .value = type(1 + (int)any(3)) }); \
        for                                                                                                            \
            cf_each (row, rows)                                                                                        \
                add(asking, row->value);                                                                               \
    }
ASKS_ROWS(ask_integers, Whole, integer, add_integer)
ASKS_ROWS(ask_numbers, Ratio, number, add_number)
ASKS_ROWS(ask_texts, Words, text, add_text)
ASKS_ROWS(ask_decimals, Decimal, decimal, add_decimal)

#define ASKS_ONE(name, select, aggregate, type, add)                                               \
    static void name(struct asking *asking)                                                        \
    {                                                                                              \
        add(asking, select(asking->db, aggregate(type(2)), .from = Item, .where = asking->where)); \
    }
ASKS_ONE(ask_sum, cf_select_integer, cf_sum_of, integer, add_integer)
ASKS_ONE(ask_count, cf_select_integer, cf_count_of, text, add_integer)
ASKS_ONE(ask_different, cf_select_integer, cf_count_distinct, integer, add_integer)
ASKS_ONE(ask_average, cf_select_number, cf_avg_of, number, add_number)
ASKS_ONE(ask_least, cf_select_text, cf_min_of, text, add_text)
ASKS_ONE(ask_greatest, cf_select_integer, cf_max_of, integer, add_integer)

#define ASKS_ORDER(name, direction, type)                                                                             \
    static void name(struct asking *asking)                                                                           \
    {                                                                                                                 \
        struct Key_list rows =                                                                                        \
            cf_select(asking->db, Key, .from = Item, .where = asking->where, .columns = { .id = cf_column(Item.id) }, \
                      .order_by = { direction(type(2)), cf_asc(Item.id) });                                           \
        for                                                                                                           \
            cf_each (row, rows)                                                                                       \
                cf__buffer_format(&asking->answer, "%lld ", (long long)row->id);                                      \
    }
ASKS_ORDER(ask_by_integers, cf_asc, integer)
ASKS_ORDER(ask_by_numbers, cf_desc, number)
ASKS_ORDER(ask_by_texts, cf_asc, text)
ASKS_ORDER(ask_by_decimals, cf_desc, decimal)

static question *const questions[] = {
    ask_integers, ask_numbers, ask_texts,    ask_decimals,    ask_sum,        ask_count,    ask_different,
    ask_average,  ask_least,   ask_greatest, ask_by_integers, ask_by_numbers, ask_by_texts, ask_by_decimals,
};

static void a_query_means_the_same_on_every_database(cf_db *db)
{
    compare(db, questions, sizeof questions / sizeof questions[0]);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = { SESSION_TEST(a_query_means_the_same_on_every_database) };
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
