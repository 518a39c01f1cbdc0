/* SPDX-License-Identifier: MIT
 *
 * Upserts on a condition, and by unique indexes, of all rows or a part.
 */
#include <carafe/bulk.h>
#include <carafe/model.h>

/* clang-format off */
MODEL(Page, "pages",
    (id,       Id),
    (path,     String(40), unique = true),
    (changed,  Integer),
    (title,    String(40)),
    (hits,     Integer),
    (version,  Integer, version = true),
    (by_title, Index(title, hits), unique = true));

MODEL(Seat, "seats",
    (id,        Id),
    (room,      Integer),
    (number,    Integer),
    (guest,     String(20)),
    (gone,      Boolean),
    (one_guest, Index(room, number), unique = true, where = "NOT gone"),
    (one_room,  Index(guest), unique = true, where = "number = 1"),
    (one_again, Index(guest), unique = true, where = "number = 2"));
/* clang-format on */

#define TEST_MODELS CF_MODELS(Page, Seat)
#include "support.h"

static bool can(unsigned capability)
{
    return cf__engine_driver(world.engine)->capabilities & capability;
}

#define NEWER                                                                                             \
    cf_on_conflict(cf_columns(Page.path), .where = cf_and(cf_lt(Page.changed, cf_excluded(Page.changed)), \
                                                          cf_ne(Page.title, cf_excluded(Page.title))))

static void assert_page(const struct Page *page, int64_t changed, const char *title, int64_t hits, int64_t version)
{
    assert_int_equal(page->changed, changed);
    assert_string_equal(page->title, title);
    assert_int_equal(page->hits, hits);
    assert_int_equal(page->version, version);
}

static void a_row_is_changed_only_where_a_condition_holds(cf_db *db)
{
    struct Page *page = cf_upsert(db, Page, NEWER, .path = "/", .changed = 5, .title = "old", .hits = 1);
    cf_commit(db);
    assert_page(page, 5, "old", 1, 1);
    int64_t id = page->id;
    assert_ptr_equal(cf_upsert(db, Page, NEWER, .path = "/", .changed = 4, .title = "older", .hits = 2), page);
    assert_page(page, 5, "old", 1, 1);
    /* each column that the condition names is overwritten, and every one by it */
    assert_ptr_equal(cf_upsert(db, Page, NEWER, .path = "/", .changed = 6, .title = "new", .hits = 3), page);
    assert_page(page, 6, "new", 3, 2);
    cf_upsert(db, Page, NEWER, .path = "/", .changed = 7, .title = "new", .hits = 4);
    assert_page(page, 6, "new", 3, 2);
    for (int i = 0; i < 2; i++)
        cf_upsert(db, Page,
                  cf_on_conflict(cf_columns(Page.path), .set = { cf_set(Page.hits, cf_plus(Page.hits, 10)) },
                                 .update = cf_columns(Page.changed), .where = cf_lt(Page.hits, 10)),
                  .path = "/", .changed = 8 + i, .title = "other", .hits = 9);
    assert_page(page, 8, "new", 13, 3);
    cf_commit(db);
    struct Page *again = cf_get(another_session(), Page, id);
    assert_page(again, 8, "new", 13, 3);
}

static void a_condition_is_for_each_row_of_an_array(cf_db *db)
{
    const struct Page first[] = { { .path = "a", .changed = 1, .title = "a", .hits = 1, .version = 1 },
                                  { .path = "b", .changed = 5, .title = "b", .hits = 2, .version = 1 } };
    const struct Page second[] = { { .path = "a", .changed = 3, .title = "A", .hits = 3, .version = 1 },
                                   { .path = "b", .changed = 3, .title = "B", .hits = 4, .version = 1 },
                                   { .path = "c", .changed = 3, .title = "C", .hits = 5, .version = 1 },
                                   { .path = "a", .changed = 2, .title = "x", .hits = 6, .version = 1 } };
    cf_upsert_all(db, Page, NEWER, first, 2);
    cf_commit(db);
    struct Page_list now = cf_upsert_all_returning(db, Page, NEWER, second, 4);
    assert_int_equal(now.count, 4);
    assert_page(now.items[0], 3, "A", 3, 2);
    assert_page(now.items[1], 5, "b", 2, 1);
    assert_page(now.items[2], 3, "C", 5, 1);
    assert_ptr_equal(now.items[3], now.items[0]);
    cf_commit(db);
    cf_upsert_all(db, Page, NEWER, first, 2);
    assert_page(now.items[0], 3, "A", 3, 2);
}

static void a_unique_index_says_which_row_is_meant(cf_db *db)
{
    cf_sql_execute(db, "CREATE UNIQUE INDEX ix_pages ON pages (title, hits)");
    for (int i = 0; i < 2; i++)
        cf_upsert(db, Page, cf_on_conflict(cf_columns(Page.title, Page.hits), .update = cf_columns(Page.changed)),
                  .path = i ? "y" : "x", .changed = i, .title = "t", .hits = 1);
    struct Page_list pages = cf_find(db, Page);
    assert_int_equal(pages.count, 1);
    assert_string_equal(pages.items[0]->path, "x");
    assert_int_equal(pages.items[0]->changed, 1);
}

static void by_an_index_of_a_part(void *db_)
{
    cf_db *db = db_;
    cf_upsert(db, Seat, cf_columns(Seat.room, Seat.number), .room = 1, .number = 2, .guest = "kim", .gone = false);
}

static void rows_may_be_unique_in_a_part_of_the_table(cf_db *db)
{
    if (!can(CF_CAN_PARTIAL_INDEXES)) {
        const char *name = cf__engine_driver(world.engine)->name;
        assert_string_equal(
            error_of(by_an_index_of_a_part, db)->message,
            cf_format(db,
                      "cf_upsert of Seat: the columns are unique in a part of the rows only (where NOT "
                      "gone), and %s has no such indexes: name columns of a Unique, or find the row and "
                      "change it",
                      name));
        return;
    }
    cf_sql_execute(db, "CREATE UNIQUE INDEX ix_seats ON seats (room, number) WHERE NOT gone");
    cf_sql_execute(db, "INSERT INTO seats (id, room, number, guest, gone) VALUES (101, 1, 2, 'old', TRUE), (102, 1, 2, "
                       "'older', TRUE)");
    cf_commit(db);
    struct cf_conflict here = cf_on_conflict(cf_columns(Seat.room, Seat.number));
    sent();
    struct Seat *seat = cf_upsert(db, Seat, here, .room = 1, .number = 2, .guest = "kim", .gone = false);
    assert_sent(
        "INSERT INTO seats (room, number, guest, gone) VALUES (?, ?, ?, ?) ON CONFLICT (room, number) WHERE NOT gone "
        "DO UPDATE SET guest = excluded.guest, gone = excluded.gone RETURNING id, room, number, guest, gone\n");
    assert_ptr_equal(cf_upsert(db, Seat, here, .room = 1, .number = 2, .guest = "lee", .gone = false), seat);
    assert_string_equal(seat->guest, "lee");
    here.keep = true; /* it is read back by the columns, and those of others are the same */
    assert_ptr_equal(cf_upsert(db, Seat, here, .room = 1, .number = 2, .guest = "ann", .gone = false), seat);
    here.keep = false;
    here.where = cf_eq(Seat.guest, "nobody");
    assert_ptr_equal(cf_upsert(db, Seat, here, .room = 1, .number = 2, .guest = "ann", .gone = false), seat);
    assert_string_equal(seat->guest, "lee");
    here.where = NULL;
    assert_int_equal(cf_count(db, Seat), 3);
    const struct Seat seats[] = { { .room = 1, .number = 2, .guest = "x" }, { .room = 2, .number = 2, .guest = "y" } };
    struct Seat_list now =
        cf_upsert_all_returning(db, Seat, here, seats, 2,
                                .columns = cf_columns(Seat.room, Seat.number, Seat.guest, Seat.gone));
    assert_ptr_equal(now.items[0], seat);
    assert_string_equal(seat->guest, "x");
    assert_int_equal(cf_count(db, Seat), 4);
    assert_string_equal(((struct Seat *)cf_get(db, Seat, 101, .refresh = true))->guest, "old");
}

static void keep_and_where(void *db)
{
    cf_upsert((cf_db *)db, Page, cf_on_conflict(cf_columns(Page.path), .keep = true, .where = cf_eq(Page.hits, 1)),
              .path = "x");
}

static void by_two_indexes(void *db)
{
    cf_upsert((cf_db *)db, Seat, cf_columns(Seat.guest), .guest = "x");
}

static void by_no_index(void *db)
{
    cf_upsert((cf_db *)db, Seat, cf_columns(Seat.room), .room = 1);
}

static void on_another_table(void *db)
{
    cf_upsert((cf_db *)db, Page, cf_on_conflict(cf_columns(Page.path), .where = cf_eq(Seat.room, 1)), .path = "x",
              .changed = 1, .title = "x", .hits = 1);
}

static void kept_of_a_part(void *db)
{
    cf_upsert_all_returning((cf_db *)db, Seat, cf_on_conflict(cf_columns(Seat.room, Seat.number), .keep = true),
                            (&(struct Seat){ .room = 1 }), 1);
}

static void upserts_that_are_wrong_are_told(cf_db *db)
{
    static const struct {
        void (*function)(void *);
        const char *message;
        unsigned capability;
    } wrongs[] = {
        { keep_and_where, "cf_upsert of Page: .keep and .where contradict each other", 0 },
        { by_two_indexes,
          "cf_upsert of Seat: more than one index is unique in these columns: of rows where number = 1, and where "
          "number = 2",
          0 },
        { by_no_index, "cf_upsert of Seat: the columns are neither its primary key nor unique", 0 },
        { on_another_table, "Seat.room does not belong to this query, which is on Page", 0 },
        { kept_of_a_part,
          "cf_upsert_all_returning of Seat: rows that are left alone are found by columns that are unique, and these "
          "are in "
          "a part of the rows only: say cf_upsert of each",
          CF_CAN_PARTIAL_INDEXES },
    };
    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
        if (wrongs[i].capability && !can(wrongs[i].capability))
            continue;
        const cf_error *error = error_of(wrongs[i].function, db);
        assert_string_equal(error->message, wrongs[i].message);
        assert_int_equal(error->code, CF_INTERNAL);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(a_row_is_changed_only_where_a_condition_holds),
        SESSION_TEST(a_condition_is_for_each_row_of_an_array),
        SESSION_TEST(a_unique_index_says_which_row_is_meant),
        SESSION_TEST(rows_may_be_unique_in_a_part_of_the_table),
        SESSION_TEST(upserts_that_are_wrong_are_told),
    };
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
