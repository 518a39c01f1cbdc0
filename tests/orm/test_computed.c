/* SPDX-License-Identifier: MIT
 *
 * What a flush costs that changes rows with computed columns: nothing more where an UPDATE of one row gives them back, and one
 * query for all rows of several.
 */
#include <carafe/bulk.h>

/* clang-format off */
static void count_total(cf_db *db, void *row);

MODEL(Line, "order_lines",
    (id,     Id),
    (price,  Integer),
    (amount, Integer),
    (total,  Nullable(Integer), computed = "price * amount", stored = true),
    (double_price, Nullable(Integer), computed = "price * 2", column = "twice"),
    (hooks,  Hooks(.after_update = count_total)));

MODEL(Place, "places",
    (shelf, Integer,    primary_key = true),
    (row,   String(20), primary_key = true),
    (name,  Text),
    (low,   Nullable(Text), computed = "lower(name)"));
/* clang-format on */

#define TEST_MODELS CF_MODELS(Line, Place)
#include "support.h"

/* What after_update finds. */
static int64_t hooked;

static void count_total(cf_db *db, void *row)
{
    (void)db;
    hooked += ((struct Line *)row)->total.value;
}

static bool gives_back(void)
{
    return cf__engine_driver(world.engine)->capabilities & CF_CAN_UPDATE_RETURNING;
}

/* How many of the statements sent since the last call begin so. */
static int count_sent(const char *statements, const char *word)
{
    int count = 0;
    for (const char *at = statements; *at; at += strcspn(at, "\n") + 1)
        count += strncmp(at, word, strlen(word)) == 0;
    return count;
}

static struct Line *add_line(cf_db *db, int64_t price, int64_t amount)
{
    return cf_add(db, Line, .price = price, .amount = amount);
}

static void one_row_comes_back_with_its_update(cf_db *db)
{
    struct Line *line = add_line(db, 3, 4);
    cf_commit(db);
    assert_int_equal(line->total.value, 12);
    sent();
    hooked = 0;
    line->amount = 5;
    cf_flush(db);
    assert_int_equal(line->total.value, 15);
    assert_int_equal(line->double_price.value, 6);
    assert_int_equal(hooked, 15);
    const char *statements = sent();
    if (!world.uri)
        assert_non_null(strstr(statements, "UPDATE order_lines SET amount = ? WHERE id = ? RETURNING total, twice\n"));
    assert_int_equal(count_sent(statements, "UPDATE"), 1);
    assert_int_equal(count_sent(statements, "SELECT"), gives_back() ? 0 : 1);
    cf_flush(db);
    assert_sent("");
    cf_rollback(db);
    assert_int_equal(line->amount, 4);
    assert_int_equal(line->total.value, 12);
    line->price = 7;
    cf_commit(db);
    assert_int_equal(line->total.value, 28);
    assert_int_equal(line->double_price.value, 14);
}

static void several_rows_share_a_query(cf_db *db)
{
    enum { LINES = 20 };
    struct Line *lines[LINES];
    for (int64_t i = 0; i < LINES; i++)
        lines[i] = add_line(db, i, 2);
    cf_commit(db);
    sent();
    for (size_t i = 0; i < LINES; i++)
        lines[i]->amount = 3;
    lines[4]->id = 104; /* found by the key it has now */
    hooked = 0;
    cf_flush(db);
    for (int64_t i = 0; i < LINES; i++)
        assert_int_equal(lines[i]->total.value, 3 * i);
    assert_int_equal(hooked, 3 * 190);
    int queries = count_sent(sent(), "SELECT");
    assert_true(queries >= 1 && queries <= 3); /* the rows before the other key, that one, those behind it */
    cf_flush(db);
    assert_sent("");
    cf_rollback(db);
    for (int64_t i = 0; i < LINES; i++)
        assert_int_equal(lines[i]->total.value, 2 * i);
    assert_int_equal(cf_count(db, Line, .where = cf_eq(Line.amount, 2)), LINES);
}

static void keys_of_several_columns_are_found_again(cf_db *db)
{
    enum { PLACES = 150 };
    struct Place *places[PLACES];
    for (int64_t i = 0; i < PLACES; i++)
        places[i] = cf_add(db, Place, .shelf = i / 10, .row = cf_format(db, "%d", (int)(i % 10)), .name = "OLD");
    cf_commit(db);
    assert_string_equal(places[7]->low, "old");
    sent();
    for (int i = 0; i < PLACES; i++)
        places[i]->name = cf_format(db, "NEW %d", i);
    cf_commit(db);
    assert_int_equal(count_sent(sent(), "SELECT"), 3); /* of 64 rows each */
    for (int i = 0; i < PLACES; i++)
        assert_string_equal(places[i]->low, cf_format(db, "new %d", i));
}

static void flush(void *db)
{
    cf_flush((cf_db *)db);
}

static void a_row_that_is_gone_is_told(cf_db *db)
{
    struct Line *line = add_line(db, 3, 4);
    cf_commit(db);
    cf_sql_execute(db, "DELETE FROM order_lines");
    cf_commit(db);
    line->amount = 5;
    const cf_error *error = error_of(flush, db);
    assert_int_equal(error->code, CF_STALE);
    assert_non_null(strstr(error->message, "is not there any more"));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(one_row_comes_back_with_its_update),
        SESSION_TEST(several_rows_share_a_query),
        SESSION_TEST(keys_of_several_columns_are_found_again),
        SESSION_TEST(a_row_that_is_gone_is_told),
    };
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
