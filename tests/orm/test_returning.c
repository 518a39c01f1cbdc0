/* SPDX-License-Identifier: MIT
 *
 * Rows that are written and given back by one call, and rows inserted from a query.
 */
#include <carafe/bulk.h>
#include <carafe/model.h>

/* clang-format off */
MODEL(Note, "notes",
    (id,      Id),
    (title,   String(20)),
    (version, Integer, version = true),
    CF_TIMESTAMPS,
    CF_SOFT_DELETE);

MODEL(Place, "places",
    (aisle,    Integer,    primary_key = true),
    (letter, String(4),  primary_key = true),
    (taken,  Boolean),
    (price,  Nullable(Integer)));

MODEL(Seat, "seats",
    (id,     Id),
    (number, Integer),
    (letter, String(4), server_default = "?"));

MODEL(Page, "pages",
    (id,      Id),
    (path,    String(20), unique = true),
    (hits,    Integer),
    (note,    Nullable(Text)),
    (kind,    String(10), server_default = "plain"),
    (version, Integer, version = true));

/* A key in another order than its columns, and one that refers to it. */
MODEL(Shelf, "shelves",
    (aisle,  Integer, primary_key = true),
    (number, Integer, primary_key = true),
    (boxes,  HasMany(Box, shelf_number, shelf_aisle)),
    (key,    PrimaryKey(number, aisle)));
MODEL(Box, "boxes",
    (id,           Id),
    (shelf_aisle,  Integer),
    (shelf_number, Integer),
    (shelf,        BelongsTo(Shelf, shelf_number, shelf_aisle)));

MODEL(Word, "words", /* of a test that makes the table itself */
    (id,   Id),
    (text, String(20), unique = true),
    (hits, Integer));

SHAPE(Spot, (aisle, Integer), (letter, Text));
SHAPE(Titled, (title, Text));
/* clang-format on */
#define TEST_MODELS CF_MODELS(Note, Place, Seat, Page, Shelf, Box)

#include "support.h"

static const cf_time old = { 1 }; /* 1970 */

static void fill(cf_db *db)
{
    struct Note notes[] = { { .title = "a", .version = 1, .created_at = old, .updated_at = old },
                            { .title = "b", .version = 1, .created_at = old, .updated_at = old },
                            { .title = "c", .version = 1, .created_at = old, .updated_at = old } };
    struct Place places[] = { { .aisle = 1, .letter = "a", .price = { 10, true } },
                              { .aisle = 1, .letter = "b", .price = { 20, true } },
                              { .aisle = 2, .letter = "a" } };
    cf_insert_all(db, Note, notes, 3);
    cf_insert_all(db, Place, places, 3);
    cf_commit(db);
    sent();
}

static bool can(unsigned capability)
{
    return cf__engine_driver(world.engine)->capabilities & capability;
}

/* "1a 1b", in the order of the keys. */
static const char *places_of(cf_db *db, struct Place_list list)
{
    const char *text = "";
    for (int aisle = 1; aisle <= 2; aisle++)
        for (char letter = 'a'; letter <= 'b'; letter++)
            for (size_t i = 0; i < list.count; i++)
                if (list.items[i]->aisle == aisle && list.items[i]->letter[0] == letter)
                    text = cf_format(db, "%s%s%d%c", text, *text ? " " : "", aisle, letter);
    return text;
}

static void deleted_rows_are_given_back(cf_db *db)
{
    fill(db);
    struct Place *known = cf_get(db, Place, cf_key(1, "b"));
    sent();
    struct Place_list gone = cf_delete_all_returning(db, Place, .where = cf_eq(Place.aisle, 1));
    const char *sql = sent();
    if (!world.uri)
        assert_non_null(strstr(sql, "DELETE FROM places WHERE aisle = ? RETURNING aisle, letter, taken, price\n"));
    assert_string_equal(places_of(db, gone), "1a 1b");
    assert_int_equal(gone.items[0]->price.value + gone.items[1]->price.value, 30);
    assert_ptr_not_equal(gone.items[0], known);
    assert_int_equal(cf_count(db, Place), 1);
    assert_null(cf_get(db, Place, cf_key(1, "b")));
    assert_int_equal(cf_delete_all_returning(db, Place, .where = cf_eq(Place.aisle, 9)).count, 0);
    cf_rollback(db);
    assert_int_equal(cf_count(db, Place), 3);
    assert_int_equal(cf_delete_all_returning(db, Place, .all = true).count, 3);
}

static void updated_rows_are_given_back_as_objects(cf_db *db)
{
    fill(db);
    struct Place *known = cf_get(db, Place, cf_key(1, "a"));
    sent();
    struct Place_list changed =
        cf_update_all_returning(db, Place,
                                .set = { cf_set(Place.price, cf_plus(Place.price, 1)), cf_set(Place.taken, true) },
                                .where = cf_eq(Place.aisle, 1));
    const char *sql = sent();
    if (!world.uri)
        assert_non_null(strstr(sql, "UPDATE places SET price = carafe_integer(price + ?, 64), taken = ? WHERE aisle = "
                                    "? RETURNING aisle, letter, taken, price\n"));
    if (!can(CF_CAN_UPDATE_RETURNING))
        assert_non_null(strstr(sql, "FOR UPDATE"));
    assert_string_equal(places_of(db, changed), "1a 1b");
    assert_true(changed.items[0]->taken && changed.items[1]->taken);
    assert_int_equal(changed.items[0]->price.value + changed.items[1]->price.value, 32);
    assert_true(changed.items[0] == known || changed.items[1] == known);
    assert_int_equal(known->price.value, 11);
    changed.items[0]->price = cf_optional(99);
    cf_commit(db);
    assert_int_equal(cf_count(db, Place, .where = cf_eq(Place.price, 99)), 1);
    cf_update_all_returning(db, Place, .set = { cf_set(Place.price, 5) }, .all = true);
    cf_rollback(db);
    assert_int_equal(cf_count(db, Place, .where = cf_eq(Place.price, 5)), 0);
}

static void versions_times_and_soft_deletes_are_kept(cf_db *db)
{
    fill(db);
    struct Note_list notes =
        cf_update_all_returning(db, Note, .set = { cf_set(Note.title, "x") }, .where = cf_lt(Note.id, 3));
    assert_int_equal(notes.count, 2);
    for
        cf_each (note, notes) {
            assert_int_equal(note->version, 2);
            assert_true(note->updated_at.microseconds > old.microseconds);
            assert_true(note->created_at.microseconds == old.microseconds);
        }
    struct Note_list hidden = cf_delete_all_returning(db, Note, .where = cf_eq(Note.title, "x"));
    assert_int_equal(hidden.count, 2);
    assert_true(hidden.items[0]->deleted_at.is_set);
    assert_int_equal(cf_count(db, Note), 1);
    assert_int_equal(cf_count(db, Note, .with_deleted = true), 3);
    assert_int_equal(cf_delete_all_returning(db, Note, .all = true, .for_good = true).count, 3);
    assert_int_equal(cf_count(db, Note, .with_deleted = true), 0);
}

static void many_rows_are_given_back(cf_db *db)
{
    enum { MANY = 1300 };
    struct Place *places = cf_alloc(db, MANY * sizeof *places);
    for (int i = 0; i < MANY; i++)
        places[i] = (struct Place){ .aisle = i, .letter = "a", .price = { 1, true } };
    cf_insert_all(db, Place, places, MANY);
    struct Place_list changed = cf_update_all_returning(db, Place, .set = { cf_set(Place.price, 2) }, .all = true);
    assert_int_equal(changed.count, MANY);
    int64_t rows = 0;
    for
        cf_each (place, changed)
            rows += place->aisle * place->price.value;
    assert_int_equal(rows, (int64_t)MANY * (MANY - 1));
    cf_rollback(db);
}

static void rows_are_inserted_from_a_query(cf_db *db)
{
    fill(db);
    assert_int_equal(cf_insert_from(db, Seat, cf_columns(Seat.number, Seat.letter),
                                    cf_subselect(Spot, .from = Place, .where = cf_eq(Place.aisle, 1))),
                     2);
    const char *sql = sent();
    if (!world.uri)
        assert_non_null(
            strstr(sql, "INSERT INTO seats (number, letter) SELECT aisle, letter FROM places WHERE aisle = ?\n"));
    assert_int_equal(cf_count(db, Seat, .where = cf_in(Seat.letter, "a", "b")), 2);
    assert_int_equal(cf_insert_from(db, Seat, cf_columns(Seat.number),
                                    cf_subquery_of(cf_plus(Place.aisle, 10), .from = Place)),
                     3);
    assert_int_equal(cf_count(db, Seat, .where = cf_and(cf_eq(Seat.letter, "?"), cf_gt(Seat.number, 10))), 3);
    struct Spot_columns some = cf_with(Spot, cf_subselect(Spot, .from = Place, .where = cf_eq(Place.aisle, 2)));
    cf_subquery *twice = cf_union_all(cf_subselect(Spot, .from = some), cf_subselect(Spot, .from = some));
    assert_int_equal(cf_insert_from(db, Seat, cf_columns(Seat.number, Seat.letter), twice), 2);
    assert_int_equal(cf_count(db, Seat), 7);
    cf_rollback(db);
    assert_int_equal(cf_count(db, Seat), 0);
}

static void rows_of_a_query_get_versions_and_times(cf_db *db)
{
    fill(db);
    assert_int_equal(cf_insert_from(db, Note, cf_columns(Note.title),
                                    cf_subselect(Titled, .from = Note,
                                                 .columns = { .title = cf_concat(Note.title, "2") })),
                     3);
    const char *sql = sent();
    if (!world.uri)
        assert_non_null(strstr(sql,
                               "INSERT INTO notes (version, created_at, updated_at, title) SELECT ?, ?, ?, part.* FROM "
                               "(SELECT notes.title || ? AS title FROM notes) AS part\n"));
    struct Note *note = cf_find_one(db, Note, .where = cf_eq(Note.title, "b2"));
    assert_int_equal(note->version, 1);
    assert_true(note->created_at.microseconds > old.microseconds);
    note->title = "new";
    cf_commit(db);
    assert_int_equal(note->version, 2);
}

static void rows_inserted_from_a_query_come_back_as_objects(cf_db *db)
{
    fill(db);
    if (!can(CF_CAN_RETURNING))
        return;
    struct Seat_list seats =
        cf_insert_from_returning(db, Seat, cf_columns(Seat.number),
                                 cf_subquery_of(Place.aisle, .from = Place, .where = cf_eq(Place.letter, "a")));
    assert_int_equal(seats.count, 2);
    assert_int_equal(seats.items[0]->number + seats.items[1]->number, 3);
    assert_string_equal(seats.items[0]->letter, "?");
    assert_ptr_equal(cf_get(db, Seat, seats.items[0]->id), seats.items[0]);
    seats.items[0]->letter = "x";
    cf_commit(db);
    assert_int_equal(cf_count(another_session(), Seat, .where = cf_eq(Seat.letter, "x")), 1);
    struct Note_list notes =
        cf_insert_from_returning(db, Note, cf_columns(Note.title),
                                 cf_subselect(Titled, .from = Note, .where = cf_eq(Note.title, "a")));
    assert_int_equal(notes.items[0]->version, 1);
    assert_true(notes.items[0]->created_at.microseconds > 1);
    cf_rollback(db);
    assert_int_equal(cf_state(db, Note, notes.items[0]), CF_ROW_UNKNOWN);
    assert_int_equal(cf_insert_from_returning(db, Seat, cf_columns(Seat.number),
                                              cf_subquery_of(Place.aisle, .from = Place,
                                                             .where = cf_gt(Place.aisle, 9)))
                         .count,
                     0);
}

/* ---- Insert or update ------------------------------------------------------------------------------------------- */

static struct Page *page_of(cf_db *db, const char *path)
{
    return cf_find_one(db, Page, .where = cf_eq(Page.path, path));
}

static void upserted_rows_are_given_back_in_the_order_of_the_array(cf_db *db)
{
    struct Page *known = cf_add(db, Page, .path = "b", .hits = 7, .note = "old");
    cf_commit(db);
    sent();
    struct Page pages[] = { { .path = "a", .hits = 1 },
                            { .path = "b", .hits = 2 },
                            { .path = "c", .hits = 3, .kind = "other" } };
    struct Page_list now = cf_upsert_all_returning(db, Page, cf_columns(Page.path), pages, 3);
    const char *sql = sent();
    if (!world.uri)
        assert_non_null(strstr(sql,
                               "INSERT INTO pages (path, hits, note, version) VALUES (?, ?, ?, ?), (?, ?, ?, ?) ON "
                               "CONFLICT (path) DO UPDATE SET hits = excluded.hits, note = excluded.note, version = "
                               "pages.version + 1 RETURNING id, path, hits, note, kind, version\n"));
    assert_int_equal(now.count, 3);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(now.items[i]->path, pages[i].path);
        assert_int_equal(now.items[i]->hits, i + 1);
        assert_int_equal(pages[i].id, 0); /* the array is as it was */
    }
    assert_ptr_equal(now.items[1], known);
    assert_null(known->note);
    assert_int_equal(known->version, 2);
    assert_string_equal(now.items[0]->kind, "plain");
    assert_string_equal(now.items[2]->kind, "other");
    assert_ptr_equal(cf_get(db, Page, now.items[2]->id), now.items[2]);
    now.items[0]->note = "watched";
    cf_commit(db);
    assert_int_equal(cf_count(another_session(), Page, .where = cf_eq(Page.note, "watched")), 1);
    assert_int_equal(cf_upsert_all_returning(db, Page, cf_columns(Page.path), pages, 0).count, 0);
}

static void rows_left_alone_are_given_back_as_they_are(cf_db *db)
{
    struct Page *known = cf_add(db, Page, .path = "b", .hits = 7, .note = "old");
    cf_commit(db);
    struct Page pages[] = { { .path = "a", .hits = 1 }, { .path = "b", .hits = 2 }, { .path = "c", .hits = 3 } };
    struct Page_list now =
        cf_upsert_all_returning(db, Page, cf_on_conflict(cf_columns(Page.path), .keep = true), pages, 3);
    assert_int_equal(now.count, 3);
    assert_ptr_equal(now.items[1], known);
    assert_int_equal(known->hits, 7);
    assert_int_equal(known->version, 1);
    assert_string_equal(known->note, "old");
    assert_int_equal(now.items[0]->hits, 1);
    assert_string_equal(now.items[2]->path, "c");
    assert_string_equal(now.items[2]->kind, "plain");
    assert_true(now.items[0]->id && now.items[2]->id && now.items[0]->id != now.items[2]->id);
    now.items[2]->hits = 30;
    cf_commit(db);
    assert_int_equal(page_of(another_session(), "c")->hits, 30);
}

static void what_the_new_rows_say_is_added_to_what_is_there(cf_db *db)
{
    cf_add(db, Page, .path = "b", .hits = 7);
    cf_commit(db);
    struct Page pages[] = { { .path = "a", .hits = 1 }, { .path = "b", .hits = 2 } };
    struct cf_conflict adding =
        cf_on_conflict(cf_columns(Page.path), .set = { cf_set(Page.hits, cf_plus(Page.hits, cf_excluded(Page.hits))) });
    for (int i = 0; i < 2; i++) {
        cf_upsert_all(db, Page, adding, pages, 2);
        cf_commit(db);
    }
    assert_int_equal(page_of(another_session(), "a")->hits, 2);
    assert_int_equal(page_of(another_session(), "b")->hits, 11);
    cf_upsert(db, Page, adding, .path = "b", .hits = 100);
    cf_commit(db);
    assert_int_equal(page_of(another_session(), "b")->hits, 111);
}

static void a_key_that_only_the_database_takes_for_the_same_is_found(cf_db *db)
{
    if (world.uri && strncmp(world.uri, "mariadb", 7) != 0)
        return; /* tells upper from lower case */
    cf_sql_execute(db, "DROP TABLE IF EXISTS words");
    if (world.uri)
        cf_sql_execute(db, "CREATE TABLE words (id bigint AUTO_INCREMENT PRIMARY KEY, text varchar(20) COLLATE "
                           "utf8mb4_general_ci NOT NULL UNIQUE, hits bigint NOT NULL)");
    else
        cf_sql_execute(db, "CREATE TABLE words (id INTEGER PRIMARY KEY, text VARCHAR(20) COLLATE NOCASE NOT NULL "
                           "UNIQUE, hits BIGINT NOT NULL)");
    struct Word *known = cf_add(db, Word, .text = "kim", .hits = 7);
    cf_commit(db);
    struct Word words[] = { { .text = "KIM", .hits = 1 }, { .text = "a", .hits = 2 } };
    struct Word_list now =
        cf_upsert_all_returning(db, Word, cf_on_conflict(cf_columns(Word.text), .keep = true), words, 2);
    assert_ptr_equal(now.items[0], known);
    assert_int_equal(known->hits, 7);
    assert_int_equal(now.items[1]->hits, 2);
    now = cf_upsert_all_returning(db, Word, cf_columns(Word.text), words, 2);
    assert_ptr_equal(now.items[0], known);
    assert_string_equal(known->text, "kim");
    assert_int_equal(known->hits, 1);
    cf_commit(db);
}

static void of_structs_with_the_same_key_the_last_one_is_given_for_all(cf_db *db)
{
    struct Page pages[] = { { .path = "a", .hits = 1 },
                            { .path = "b", .hits = 5 },
                            { .path = "a", .hits = 2, .kind = "other" },
                            { .path = "a", .hits = 3 } };
    struct Page_list now = cf_upsert_all_returning(db, Page,
                                                   cf_on_conflict(cf_columns(Page.path),
                                                                  .set = { cf_set(Page.hits, cf_plus(Page.hits, 10)) }),
                                                   pages, 4);
    assert_int_equal(now.count, 4);
    assert_ptr_equal(now.items[0], now.items[2]);
    assert_ptr_equal(now.items[0], now.items[3]);
    assert_int_equal(now.items[0]->hits, 21);
    assert_int_equal(now.items[0]->version, 3);
    assert_int_equal(now.items[1]->hits, 5);
    cf_rollback(db);
    assert_int_equal(cf_count(db, Page), 0);
    assert_int_equal(cf_state(db, Page, now.items[1]), CF_ROW_UNKNOWN);
}

static void upserted_rows_of_composite_keys_and_in_any_number_are_given_back(cf_db *db)
{
    enum { MANY = 2500 };
    struct Place *places = cf_alloc(db, MANY * sizeof *places);
    for (int keep = 0; keep < 2; keep++) {
        for (int i = 0; i < MANY; i++)
            places[i] =
                (struct Place){ .aisle = i / 2, .letter = i % 2 ? "a" : "b", .taken = keep, .price = { i, true } };
        struct Place_list now =
            cf_upsert_all_returning(db, Place, cf_on_conflict(cf_columns(Place.aisle, Place.letter), .keep = keep),
                                    places, MANY);
        assert_int_equal(now.count, MANY);
        for (int i = 0; i < MANY; i++) {
            assert_int_equal(now.items[i]->aisle, i / 2);
            assert_int_equal(now.items[i]->letter[0], i % 2 ? 'a' : 'b');
            assert_int_equal(now.items[i]->price.value, i);
            assert_false(now.items[i]->taken);
        }
    }
}

static void rows_refer_to_a_key_in_another_order_than_its_columns(cf_db *db)
{
    struct Shelf *shelf = cf_add(db, Shelf, .aisle = 1, .number = 2);
    cf_add(db, Shelf, .aisle = 2, .number = 1);
    struct Box *box = cf_add(db, Box, .shelf = shelf);
    cf_commit(db);
    assert_int_equal(box->shelf_aisle, 1);
    assert_int_equal(box->shelf_number, 2);
    assert_ptr_equal(cf_get(db, Shelf, cf_key(1, 2)), shelf);
    db = another_session();
    shelf = cf_get(db, Shelf, cf_key(1, 2));
    box = cf_find_one(db, Box, .load = { Box.shelf });
    assert_ptr_equal(box->shelf, shelf);
    assert_int_equal(cf_related(db, Shelf.boxes, shelf).count, 1);
    assert_int_equal(cf_related(db, Shelf.boxes, cf_get(db, Shelf, cf_key(2, 1))).count, 0);
}

static cf_db *asked;

#define WRONG(name, statement)     \
    static void name(void *unused) \
    {                              \
        (void)unused;              \
        cf_db *db = asked;         \
        statement;                 \
    }
WRONG(no_condition, cf_delete_all_returning(db, Place, .where = NULL))
WRONG(a_key_is_set, cf_update_all_returning(db, Place, .set = { cf_set(Place.aisle, 3) }, .all = true))
WRONG(too_few_columns, cf_insert_from(db, Seat, cf_columns(Seat.number), cf_subselect(Spot, .from = Place)))
WRONG(another_type, cf_insert_from(db, Seat, cf_columns(Seat.letter, Seat.number), cf_subselect(Spot, .from = Place)))
WRONG(another_model, cf_insert_from(db, Seat, cf_columns(Place.aisle), cf_subquery_of(Place.aisle, .from = Place)))
WRONG(one_twice, cf_insert_from(db, Seat, cf_columns(Seat.number, Seat.number), cf_subselect(Spot, .from = Place)))

static void what_is_wrong_is_told_before_anything_is_sent(cf_db *db)
{
    static const struct {
        void (*function)(void *);
        const char *message;
    } wrongs[] = {
        { no_condition,
          "cf_delete_all_returning of Place without a condition: say .where = ..., or .all = true for every row" },
        { a_key_is_set, "cf_update_all_returning of Place sets aisle, which is of the primary key: use cf_update_all" },
        { too_few_columns, "cf_insert_from: a query of 2 fields was given for 1 columns" },
        { another_type, "cf_insert_from: letter is given what is like aisle" },
        { another_model, "cf_insert_from of Seat: Place.aisle is none of its columns" },
        { one_twice, "cf_insert_from of Seat: a column is there twice" },
    };
    asked = db;
    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
        const cf_error *error = error_of(wrongs[i].function, NULL);
        assert_string_equal(error->message, wrongs[i].message);
        assert_int_equal(error->code, CF_INTERNAL);
    }
    assert_string_equal(sent(), "");
}

/* MariaDB would number the row. */
static void a_key_of_zero_is_a_key(cf_db *db)
{
    const struct Seat *seat = cf_add(db, Seat, .id = 0, .number = 1);
    const struct Seat *numbered = cf_add(db, Seat, .number = 2);
    cf_commit(db);
    assert_int_equal(seat->id, 0);
    assert_true(numbered->id > 0);
    assert_int_equal(((struct Seat *)cf_get(another_session(), Seat, 0))->number, 1);
    assert_int_equal(cf_count(db, Seat, .where = cf_eq(Seat.id, 0)), 1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(rows_inserted_from_a_query_come_back_as_objects),
        SESSION_TEST(deleted_rows_are_given_back),
        SESSION_TEST(updated_rows_are_given_back_as_objects),
        SESSION_TEST(versions_times_and_soft_deletes_are_kept),
        SESSION_TEST(many_rows_are_given_back),
        SESSION_TEST(rows_are_inserted_from_a_query),
        SESSION_TEST(rows_of_a_query_get_versions_and_times),
        SESSION_TEST(upserted_rows_are_given_back_in_the_order_of_the_array),
        SESSION_TEST(rows_left_alone_are_given_back_as_they_are),
        SESSION_TEST(what_the_new_rows_say_is_added_to_what_is_there),
        SESSION_TEST(a_key_that_only_the_database_takes_for_the_same_is_found),
        SESSION_TEST(of_structs_with_the_same_key_the_last_one_is_given_for_all),
        SESSION_TEST(upserted_rows_of_composite_keys_and_in_any_number_are_given_back),
        SESSION_TEST(rows_refer_to_a_key_in_another_order_than_its_columns),
        SESSION_TEST(what_is_wrong_is_told_before_anything_is_sent),
        SESSION_TEST(a_key_of_zero_is_a_key),
    };
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
