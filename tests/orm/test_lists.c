/* SPDX-License-Identifier: MIT
 *
 * Lists of relations: in which order they come (order_by), and in part (cf_only).
 */
#include <carafe/bulk.h>

/* clang-format off */
MODEL(Shelf, "shelves",
    (id,     Id),
    (name,   String(20)),
    (books,  HasMany(Volume, shelf_id), order_by = "-year, title"),
    (plain,  HasMany(Volume, shelf_id)),
    (stamps, HasMany(Stamp, shelf_id)),
    (topics, ManyToManyThrough(Topic, Sign)));

MODEL(Volume, "volumes",
    (id,       Id),
    (title,    String(50)),
    (year,     Integer),
    (lent,     Boolean, server_default = "false"),
    (shelf_id, Nullable(Integer), references = "shelves.id", on_delete = "cascade"),
    (shelf,    BelongsTo(Shelf, shelf_id)),
    (topics,   ManyToMany(Topic, "volume_topics"), order_by = "-word"),
    (parts,    HasMany(Part, volume_id), order_by = "place", cascade = "delete-orphan"));

MODEL(Topic, "topics",
    (id,      Id),
    (word,    String(20)),
    (volumes, ManyToMany(Volume, "volume_topics"), order_by = "year"));

MODEL(Sign, "signs",
    (id,       Id),
    (shelf_id, Integer, references = "shelves.id", on_delete = "cascade"),
    (topic_id, Integer, references = "topics.id", on_delete = "cascade"));

MODEL(Part, "parts",
    (id,        Id),
    (place,     Integer),
    (volume_id, Integer, references = "volumes.id", on_delete = "cascade"));

MODEL(Stamp, "stamps",
    (id,       Id),
    (shelf_id, Nullable(Integer), references = "shelves.id"),
    CF_SOFT_DELETE);
/* clang-format on */

#define TEST_MODELS CF_MODELS(Shelf, Volume, Topic, Sign, Part, Stamp)
#include "support.h"

/* Four volumes on two shelves, the first of them with all topics; the log is empty afterwards. */
static void fill(void)
{
    cf_db *db = another_session();
    struct Shelf *one = cf_add(db, Shelf, .name = "one"), *two = cf_add(db, Shelf, .name = "two");
    struct Volume *first = cf_add(db, Volume, .title = "b", .year = 1990, .shelf = one);
    struct Volume *second = cf_add(db, Volume, .title = "a", .year = 1990, .shelf = one, .lent = true);
    cf_add(db, Volume, .title = "c", .year = 2001, .shelf = one);
    cf_add(db, Volume, .title = "a", .year = 1990, .shelf = one);
    cf_add(db, Volume, .title = "d", .year = 1950, .shelf = two);
    struct Topic *art = cf_add(db, Topic, .word = "art"), *war = cf_add(db, Topic, .word = "war");
    struct Topic *sea = cf_add(db, Topic, .word = "sea");
    cf_append(db, Volume.topics, first, sea);
    cf_append(db, Volume.topics, first, art);
    cf_append(db, Volume.topics, first, war);
    cf_append(db, Volume.topics, second, war);
    for (int place = 3; place > 0; place--)
        cf_append(db, Volume.parts, first, cf_add(db, Part, .place = place));
    cf_commit(db);
    sent();
}

/* "3 2 4 1": the keys of a list. */
#define KEYS(list)                                                                                           \
    __extension__({                                                                                          \
        const char *keys_ = "";                                                                              \
        for                                                                                                  \
            cf_each (item_, (list))                                                                          \
                keys_ = cf_format(&cf__current()->head, "%s%s%d", keys_, *keys_ ? " " : "", (int)item_->id); \
        keys_;                                                                                               \
    })

/* ---- Order ------------------------------------------------------------------------------------------------------ */

static void a_list_is_ordered_as_its_relation_says_and_by_key_between_equals(cf_db *db)
{
    fill();
    struct Shelf *shelf = cf_get(db, Shelf, 1, .load = { Shelf.books });
    assert_sent("SELECT id, name FROM shelves WHERE id = ?\n"
                "SELECT id, title, year, lent, shelf_id FROM volumes WHERE shelf_id IN (?) ORDER BY year DESC, title, "
                "id\n");
    assert_string_equal(KEYS(shelf->books), "3 2 4 1");
    assert_string_equal(KEYS(cf_related(db, Shelf.plain, shelf)), "1 2 3 4");
}

static void pairs_are_ordered_by_the_rows_they_lead_to(cf_db *db)
{
    fill();
    struct Volume_list volumes = cf_find(db, Volume, .order_by = { cf_asc(Volume.id) }, .load = { Volume.topics });
    assert_sent("SELECT id, title, year, lent, shelf_id FROM volumes ORDER BY id\n"
                "SELECT volume_topics.topic_id, volume_topics.volume_id FROM volume_topics JOIN topics ON topics.id = "
                "volume_topics.topic_id WHERE volume_topics.volume_id IN (?, ?, ?, ?, ?, ?, ?, ?) ORDER BY topics.word "
                "DESC, topics.id\n"
                "SELECT id, word FROM topics WHERE id IN (?, ?, ?, ?)\n");
    assert_string_equal(KEYS(volumes.items[0]->topics), "2 3 1");
    assert_string_equal(KEYS(volumes.items[1]->topics), "2");
    assert_string_equal(KEYS(volumes.items[2]->topics), "");
}

static void order_holds_in_paths_and_on_demand(cf_db *db)
{
    fill();
    struct Shelf *shelf =
        cf_get(db, Shelf, 1, .load = { cf_chain(Shelf.books, Volume.parts), cf_chain(Shelf.books, Volume.topics) });
    assert_string_equal(KEYS(shelf->books), "3 2 4 1");
    assert_string_equal(KEYS(shelf->books.items[3]->parts), "3 2 1");
    assert_string_equal(KEYS(shelf->books.items[3]->topics), "2 3 1");
    cf_db *other = another_session();
    assert_string_equal(KEYS(cf_related(other, Volume.topics, cf_get(other, Volume, 1))), "2 3 1");
    assert_string_equal(KEYS(cf_related(other, Topic.volumes, cf_get(other, Topic, 2))), "1 2");
}

static void order_holds_where_keys_are_asked_for_in_batches(cf_db *db)
{
    for (int i = 0; i < 600; i++) {
        struct Shelf *shelf = cf_add(db, Shelf, .name = "s");
        struct Volume *old = cf_add(db, Volume, .title = "x", .year = 1, .shelf = shelf);
        cf_add(db, Volume, .title = "y", .year = 2, .shelf = shelf);
        cf_append(db, Volume.topics, old, cf_add(db, Topic, .word = "a"));
        cf_append(db, Volume.topics, old, cf_add(db, Topic, .word = cf_format(db, "b%d", i)));
    }
    cf_commit(db);
    cf_db *other = another_session();
    struct Shelf_list shelves = cf_find(other, Shelf, .load = { cf_chain(Shelf.books, Volume.topics) });
    assert_int_equal(shelves.count, 600);
    for
        cf_each (shelf, shelves) {
            assert_int_equal(shelf->books.items[0]->year, 2);
            assert_int_equal(shelf->books.items[1]->topics.count, 2);
            assert_string_equal(shelf->books.items[1]->topics.items[1]->word, "a");
        }
}

/* ---- In part ---------------------------------------------------------------------------------------------------- */

static void a_list_is_loaded_in_part_and_later_as_a_whole(cf_db *db)
{
    fill();
    struct Shelf *shelf = cf_get(db, Shelf, 1, .load = { cf_only(Shelf.books, cf_eq(Volume.title, "a")) });
    assert_sent("SELECT id, name FROM shelves WHERE id = ?\n"
                "SELECT id, title, year, lent, shelf_id FROM volumes WHERE shelf_id IN (?) AND title = ? ORDER BY year "
                "DESC, title, id\n");
    assert_string_equal(KEYS(shelf->books), "2 4");
    assert_true(cf_is_loaded(Shelf.books, shelf));
    assert_string_equal(KEYS(cf_related(db, Shelf.books, shelf)), "3 2 4 1");
    cf_get(db, Shelf, 1, .load = { cf_only(Shelf.books, cf_eq(Volume.lent, true)) });
    assert_string_equal(KEYS(shelf->books), "2");
    cf_get(db, Shelf, 1, .load = { Shelf.books });
    assert_string_equal(KEYS(shelf->books), "3 2 4 1");
    cf_get(db, Shelf, 1, .load = { cf_only(Shelf.books, NULL) });
    assert_string_equal(KEYS(shelf->books), "3 2 4 1");
}

static void pairs_are_loaded_in_part_and_conditions_stand_in_paths(cf_db *db)
{
    fill();
    struct Shelf_list shelves =
        cf_find(db, Shelf, .order_by = { cf_asc(Shelf.id) },
                .load = { cf_chain(cf_only(Shelf.books, cf_lt(Volume.year, 2000)),
                                   cf_only(Volume.topics, cf_ne(Topic.word, "sea")), Topic.volumes) });
    assert_string_equal(KEYS(shelves.items[0]->books), "2 4 1");
    assert_string_equal(KEYS(shelves.items[1]->books), "5");
    assert_string_equal(KEYS(shelves.items[0]->books.items[2]->topics), "2 1");
    assert_string_equal(KEYS(shelves.items[0]->books.items[2]->topics.items[0]->volumes), "1 2");
}

static void what_a_list_in_part_does_not_show_stays(cf_db *db)
{
    fill();
    struct Volume *volume = cf_get(db, Volume, 1,
                                   .load = { cf_only(Volume.topics, cf_eq(Topic.word, "war")),
                                             cf_only(Volume.parts, cf_gt(Part.place, 1)) });
    assert_string_equal(KEYS(volume->parts), "2 1");
    cf_remove(db, Volume.parts, volume, volume->parts.items[0]);
    cf_append(db, Volume.parts, volume, cf_add(db, Part, .place = 9));
    cf_remove(db, Volume.topics, volume, volume->topics.items[0]);
    cf_append(db, Volume.topics, volume, cf_add(db, Topic, .word = "new"));
    cf_commit(db);
    assert_string_equal(KEYS(volume->parts), "1 4");
    cf_db *other = another_session();
    volume = cf_get(other, Volume, 1, .load = { Volume.topics, Volume.parts });
    assert_string_equal(KEYS(volume->parts), "3 1 4");
    assert_string_equal(KEYS(volume->topics), "3 4 1");
}

static void what_was_put_into_a_list_in_part_leaves_it_in_part(cf_db *db)
{
    fill();
    struct Shelf *shelf = cf_get(db, Shelf, 1, .load = { cf_only(Shelf.books, cf_eq(Volume.title, "a")) });
    for (int i = 0; i < 5; i++)
        cf_append(db, Shelf.books, shelf, cf_add(db, Volume, .title = "z", .year = 1900 + i));
    cf_remove(db, Shelf.books, shelf, shelf->books.items[0]);
    assert_int_equal(shelf->books.count, 6);
    assert_string_equal(KEYS(cf_related(db, Shelf.books, shelf)), "3 4 1 10 9 8 7 6");
    assert_true(cf_get(db, Volume, 2)->shelf_id.is_set == false);
}

static void deleting_the_owner_of_a_list_in_part_deletes_as_the_database_does(cf_db *db)
{
    fill();
    cf_delete(db, Volume, cf_get(db, Volume, 1, .load = { cf_only(Volume.parts, cf_gt(Part.place, 2)) }));
    cf_commit(db);
    assert_int_equal(cf_count(db, Part), 0);
    assert_null(cf_get(db, Part, 1));
}

static void only_of_one_row(void *db)
{
    cf_find((cf_db *)db, Volume, .load = { cf_only(Volume.shelf, cf_eq(Shelf.name, "one")) });
}

static void only_of_a_path(void *db)
{
    cf_find((cf_db *)db, Shelf, .load = { cf_only(cf_chain(Shelf.books, Volume.parts), cf_eq(Part.place, 1)) });
}

static void only_twice(void *db)
{
    cf_find((cf_db *)db, Shelf,
            .load = { cf_only(Shelf.books, cf_eq(Volume.year, 1990)),
                      cf_chain(cf_only(Shelf.books, cf_eq(Volume.year, 2001)), Volume.parts) });
}

static void a_condition_belongs_to_a_list_in_one_step_and_is_one(cf_db *db)
{
    fill();
    assert_string_equal(error_of(only_of_one_row, db)->message,
                        "cf_only of Volume.shelf: it is for lists, HasMany and ManyToMany");
    assert_string_equal(error_of(only_of_a_path, db)->message,
                        "cf_only of a path: it belongs to one step, cf_chain(Shelf.books, cf_only(…))");
    assert_string_equal(error_of(only_twice, db)->message,
                        ".load: two paths have conditions of their own for Shelf.books: give both the same one");
    const cf_expr *old = cf_eq(Volume.year, 1990);
    struct Shelf *shelf = cf_get(db, Shelf, 1,
                                 .load = { cf_only(Shelf.books, old), cf_chain(cf_only(Shelf.books, old), Volume.parts),
                                           cf_chain(Shelf.books, Volume.topics) });
    assert_string_equal(KEYS(shelf->books), "2 4 1");
    assert_string_equal(KEYS(shelf->books.items[2]->topics), "2 3 1");
}

/* ---- What is written -------------------------------------------------------------------------------------------- */

static void a_row_that_is_deleted_leaves_the_lists_that_hold_it(cf_db *db)
{
    fill();
    struct Shelf *shelf = cf_get(db, Shelf, 1, .load = { Shelf.books, cf_chain(Shelf.plain, Volume.topics) });
    struct Volume *second = cf_get(db, Volume, 2), *first = cf_get(db, Volume, 1);
    struct Topic *war = cf_get(db, Topic, 2);
    cf_delete(db, Volume, second);
    cf_delete(db, Topic, war);
    cf_flush(db);
    assert_string_equal(KEYS(shelf->books), "3 4 1");
    assert_string_equal(KEYS(shelf->plain), "1 3 4");
    assert_string_equal(KEYS(first->topics), "3 1");
    cf_rollback(db);
    assert_string_equal(KEYS(shelf->books), "3 2 4 1");
    assert_string_equal(KEYS(first->topics), "2 3 1");
    cf_delete_all(db, Volume, .where = cf_eq(Volume.year, 1990));
    cf_commit(db);
    cf_rollback(db);
    assert_string_equal(KEYS(shelf->books), "3");
}

static void lists_follow_keys_that_are_set_by_themselves(cf_db *db)
{
    fill();
    struct Shelf_list shelves = cf_find(db, Shelf, .order_by = { cf_asc(Shelf.id) }, .load = { Shelf.plain });
    struct Shelf *one = shelves.items[0], *two = shelves.items[1];
    cf_get(db, Volume, 2)->shelf_id = cf_optional(two->id);
    cf_add(db, Volume, .title = "e", .year = 1999, .shelf_id = cf_optional(one->id));
    cf_flush(db);
    assert_string_equal(KEYS(one->plain), "1 3 4 6");
    assert_string_equal(KEYS(two->plain), "5 2");
    cf_rollback(db);
    assert_string_equal(KEYS(one->plain), "1 2 3 4");
    assert_string_equal(KEYS(two->plain), "5");
    cf_update_all(db, Volume, .set = { cf_set(Volume.shelf_id, two->id) }, .where = cf_eq(Volume.title, "a"));
    assert_string_equal(KEYS(one->plain), "1 3");
    assert_string_equal(KEYS(two->plain), "5 2 4");
}

static void lists_follow_rows_that_are_hidden_and_brought_back(cf_db *db)
{
    fill();
    struct Shelf_list shelves = cf_find(db, Shelf, .order_by = { cf_asc(Shelf.id) }, .load = { Shelf.stamps });
    struct Shelf *one = shelves.items[0], *two = shelves.items[1];
    struct Stamp *stamp = cf_add(db, Stamp, .shelf_id = cf_optional(one->id));
    cf_add(db, Stamp, .shelf_id = cf_optional(one->id));
    cf_commit(db);
    stamp->deleted_at = cf_optional(cf_now());
    cf_flush(db);
    assert_string_equal(KEYS(one->stamps), "2");
    stamp->shelf_id = cf_optional(two->id);
    cf_flush(db);
    assert_string_equal(KEYS(two->stamps), "");
    stamp->deleted_at = cf_null_time;
    cf_flush(db);
    assert_string_equal(KEYS(two->stamps), "1");
    cf_rollback(db);
    assert_string_equal(KEYS(one->stamps), "1 2");
    assert_string_equal(KEYS(two->stamps), "");
}

static void a_softly_deleted_row_that_is_read_again_is_the_same_object(cf_db *db)
{
    struct Stamp *stamp = cf_add(db, Stamp, .shelf_id = cf_null_integer);
    cf_commit(db);
    cf_delete(db, Stamp, stamp);
    cf_flush(db);
    assert_ptr_equal(cf_find_one(db, Stamp, .with_deleted = true), stamp);
    assert_true(stamp->deleted_at.is_set);
    assert_int_equal(cf_state(db, Stamp, stamp), CF_ROW_CLEAN);
    cf_rollback(db);
    assert_false(stamp->deleted_at.is_set);
    cf_delete(db, Stamp, stamp);
    cf_commit(db);
    assert_ptr_equal(cf_get(db, Stamp, stamp->id, .with_deleted = true), stamp);
    stamp->deleted_at = cf_null_time;
    cf_commit(db);
    assert_ptr_equal(cf_get(db, Stamp, stamp->id), stamp);
    assert_int_equal(cf_count(another_session(), Stamp), 1);
}

static void bring_back_and_fail(cf_db *db, void *unused)
{
    (void)unused;
    cf_find_one(db, Stamp, .with_deleted = true)->deleted_at = cf_null_time;
    cf_raise(CF_CONFLICT, "no");
}

static void a_softly_deleted_row_knows_what_became_of_it_meanwhile(cf_db *db)
{
    struct Shelf *one = cf_add(db, Shelf, .name = "one");
    cf_commit(db);
    struct Stamp *stamp = cf_add(db, Stamp, .shelf_id = cf_optional(one->id));
    cf_commit(db);
    cf_delete(db, Stamp, stamp);
    cf_commit(db);
    cf_sql_execute(db, "UPDATE stamps SET shelf_id = NULL");
    cf_commit(db);
    assert_non_null(cf_try_nested(db, bring_back_and_fail, NULL));
    assert_int_equal(cf_state(db, Stamp, stamp), CF_ROW_UNKNOWN);
    assert_ptr_equal(cf_find_one(db, Stamp, .with_deleted = true), stamp);
    assert_false(stamp->shelf_id.is_set);
}

static void what_a_commit_has_put_into_a_list_stays_after_a_rollback(cf_db *db)
{
    fill();
    struct Shelf *two = cf_get(db, Shelf, 2, .load = { Shelf.plain });
    cf_get(db, Volume, 1)->shelf = two;
    cf_commit(db);
    cf_get(db, Volume, 3)->shelf = two;
    cf_flush(db);
    assert_string_equal(KEYS(two->plain), "5 1 3");
    cf_rollback(db);
    assert_string_equal(KEYS(two->plain), "5 1");
}

static void the_list_of_a_new_row_has_what_was_put_in_from_the_other_side(cf_db *db)
{
    fill();
    struct Volume *new = cf_add(db, Volume, .title = "n", .year = 2);
    cf_append(db, Topic.volumes, cf_get(db, Topic, 1), new);
    cf_append(db, Volume.topics, new, cf_get(db, Topic, 2));
    cf_commit(db);
    assert_int_equal(new->topics.count, 2);
}

/* ---- Pairs ------------------------------------------------------------------------------------------------------ */

static void pairs_are_inserted_in_the_order_of_appending(cf_db *db)
{
    struct Topic *topics[4];
    struct Shelf *shelf = cf_add(db, Shelf, .name = "s");
    for (int i = 0; i < 4; i++)
        topics[i] = cf_add(db, Topic, .word = cf_format(db, "%d", i));
    cf_append(db, Shelf.topics, shelf, topics[2]);
    cf_append(db, Shelf.topics, shelf, topics[0]);
    cf_append(db, Shelf.topics, shelf, topics[3]);
    cf_flush(db);
    cf_append(db, Shelf.topics, shelf, topics[1]);
    cf_commit(db);
    static const int expected[] = { 2, 0, 3, 1 };
    const struct Sign_list signs = cf_find(db, Sign, .order_by = { cf_asc(Sign.id) });
    assert_int_equal(signs.count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(signs.items[i]->topic_id, topics[expected[i]]->id);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(a_row_that_is_deleted_leaves_the_lists_that_hold_it),
        SESSION_TEST(lists_follow_keys_that_are_set_by_themselves),
        SESSION_TEST(lists_follow_rows_that_are_hidden_and_brought_back),
        SESSION_TEST(a_softly_deleted_row_that_is_read_again_is_the_same_object),
        SESSION_TEST(a_softly_deleted_row_knows_what_became_of_it_meanwhile),
        SESSION_TEST(what_a_commit_has_put_into_a_list_stays_after_a_rollback),
        SESSION_TEST(the_list_of_a_new_row_has_what_was_put_in_from_the_other_side),
        SESSION_TEST(a_list_is_ordered_as_its_relation_says_and_by_key_between_equals),
        SESSION_TEST(pairs_are_ordered_by_the_rows_they_lead_to),
        SESSION_TEST(order_holds_in_paths_and_on_demand),
        SESSION_TEST(order_holds_where_keys_are_asked_for_in_batches),
        SESSION_TEST(a_list_is_loaded_in_part_and_later_as_a_whole),
        SESSION_TEST(pairs_are_loaded_in_part_and_conditions_stand_in_paths),
        SESSION_TEST(what_a_list_in_part_does_not_show_stays),
        SESSION_TEST(what_was_put_into_a_list_in_part_leaves_it_in_part),
        SESSION_TEST(deleting_the_owner_of_a_list_in_part_deletes_as_the_database_does),
        SESSION_TEST(a_condition_belongs_to_a_list_in_one_step_and_is_one),
        SESSION_TEST(pairs_are_inserted_in_the_order_of_appending),
    };
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests_name("orm/lists", tests, NULL, free_thread);
}
