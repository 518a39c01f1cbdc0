/* SPDX-License-Identifier: MIT
 *
 * In which order a flush writes: circles of rows to be deleted, places that are taken by new rows, keys that change.
 */
#include <carafe/model.h>

/* clang-format off */
/* Two tables that refer to each other, one of the keys NOT NULL. */
MODEL(Hen, "hens",
    (number,     Integer, primary_key = true),
    (egg_number, Nullable(Integer), references = "eggs.number"),
    (version,    Integer, version = true),
    (egg,        BelongsTo(Egg, egg_number)));
MODEL(Egg, "eggs",
    (number,     Integer, primary_key = true),
    (hen_number, Integer, references = "hens.number"),
    (hen,        BelongsTo(Hen, hen_number)));

/* A table that refers to itself twice. */
MODEL(Stop, "stops",
    (id,        Id),
    (next_id,   Nullable(Integer), references = "stops.id"),
    (before_id, Nullable(Integer), references = "stops.id"),
    (next,      BelongsTo(Stop, next_id)),
    (before,    BelongsTo(Stop, before_id)));

MODEL(Tag, "tags",
    (id,     Id),
    (word,   String(20), unique = true),
    (space,  String(20), server_default = "x"),
    (rank,   Nullable(Integer)),
    (notes,  HasMany(Note, tag_id)),
    (one,    Unique(space, rank)));
MODEL(Note, "notes",
    (id,     Id),
    (text,   String(20)),
    (tag_id, Integer, references = "tags.id", on_delete = "cascade"),
    (tag,    BelongsTo(Tag, tag_id)),
    (shown,  ManyToMany(Tag, "shown_tags")));

/* Keys that change. */
MODEL(Land, "lands",
    (code,   String(4), primary_key = true),
    (name,   String(20)),
    (towns,  HasMany(Town, land_code)));
MODEL(Town, "towns",
    (land_code, String(4), primary_key = true, references = "lands.code", on_update = "cascade"),
    (number,    Integer,   primary_key = true),
    (name,      String(20)),
    (land,      BelongsTo(Land, land_code)));
MODEL(Street, "streets",
    (id,        Id),
    (land_code, String(4)),
    (number,    Integer),
    (former,    Nullable(String(4)), references = "lands.code", on_update = "set null"),
    (town,      BelongsTo(Town, land_code, number), on_update = "cascade"));
/* clang-format on */

#define TEST_MODELS CF_MODELS(Hen, Egg, Stop, Tag, Note, Land, Town, Street)
#include "support.h"

static int64_t ask(cf_db *db, const char *sql)
{
    struct cf__rows rows = cf__link_sql(cf__session_link(db), sql, NULL, 0, NULL, NULL, false);
    return cf__rows_integer(&rows);
}

/* ---- Circles of rows to be deleted ------------------------------------------------------------------------------ */

/* Tables that refer to each other cannot be made one after the other. */
static void make_circle(cf_db *db)
{
    if (world.uri &&
        !cf_sql_execute(db, "CREATE TABLE IF NOT EXISTS hens (number BIGINT PRIMARY KEY, egg_number BIGINT, "
                            "version BIGINT NOT NULL)")) {
        cf_sql_execute(db, "CREATE TABLE IF NOT EXISTS eggs (number BIGINT PRIMARY KEY, hen_number BIGINT NOT NULL)");
        cf_sql_execute(db, "ALTER TABLE hens ADD CONSTRAINT of_eggs FOREIGN KEY (egg_number) REFERENCES eggs (number)");
        cf_sql_execute(db, "ALTER TABLE eggs ADD CONSTRAINT of_hens FOREIGN KEY (hen_number) REFERENCES hens (number)");
        cf_commit(db);
    }
}

static void rows_of_two_tables_that_refer_to_each_other_are_deleted(cf_db *db)
{
    make_circle(db);
    struct Hen *hen = cf_add(db, Hen, .number = 1), *other = cf_add(db, Hen, .number = 2);
    struct Egg *egg = cf_add(db, Egg, .number = 7, .hen = hen), *second = cf_add(db, Egg, .number = 8, .hen = other);
    cf_flush(db);
    hen->egg = second;
    other->egg = egg;
    cf_commit(db);
    sent();
    cf_delete(db, Hen, hen);
    cf_delete(db, Egg, egg);
    cf_delete(db, Hen, other);
    cf_delete(db, Egg, second);
    cf_flush(db);
    assert_was_sent("2 times: UPDATE hens SET egg_number = ? WHERE number = ? AND version = ?\n"
                    "2 times: DELETE FROM eggs WHERE number = ?\n"
                    "2 times: DELETE FROM hens WHERE number = ? AND version = ?\n");
    assert_int_equal(hen->egg_number.value, 8);
    cf_rollback(db);
    assert_int_equal(ask(db, "SELECT count(*) FROM hens WHERE egg_number IS NOT NULL"), 2);
    assert_ptr_equal(hen->egg, second);
    assert_int_equal(hen->version, 2);
    cf_delete(db, Hen, hen);
    cf_delete(db, Hen, other);
    cf_delete(db, Egg, egg);
    cf_delete(db, Egg, second);
    cf_commit(db);
    assert_int_equal(ask(db, "SELECT (SELECT count(*) FROM hens) + (SELECT count(*) FROM eggs)"), 0);
}

static void rows_of_one_table_that_refer_to_each_other_are_deleted(cf_db *db)
{
    struct Stop *stops[3];
    for (size_t i = 0; i < 3; i++)
        stops[i] = cf_add(db, Stop, .next = NULL);
    cf_flush(db);
    for (size_t i = 0; i < 3; i++) {
        stops[i]->next = stops[(i + 1) % 3];
        stops[i]->before = stops[(i + 2) % 3];
    }
    cf_commit(db);
    for (size_t i = 0; i < 3; i++)
        cf_delete(db, Stop, stops[i]);
    cf_commit(db);
    assert_int_equal(cf_count(db, Stop), 0);
    struct Stop *self = cf_add(db, Stop, .next = NULL);
    self->next = self;
    cf_commit(db);
    cf_delete(db, Stop, self);
    cf_commit(db);
    assert_int_equal(cf_count(db, Stop), 0);
}

static void rows_in_no_circle_are_just_deleted(cf_db *db)
{
    struct Stop *first = cf_add(db, Stop, .next = NULL), *second = cf_add(db, Stop, .next = first);
    cf_commit(db);
    sent();
    cf_delete(db, Stop, first);
    cf_delete(db, Stop, second);
    cf_commit(db);
    assert_sent("DELETE FROM stops WHERE id = ?\nDELETE FROM stops WHERE id = ?\n");
    assert_int_equal(cf_count(db, Stop), 0);
}

static void a_row_that_others_refer_to_is_still_refused(cf_db *db)
{
    struct Stop *first = cf_add(db, Stop, .next = NULL);
    cf_add(db, Stop, .next = first);
    cf_commit(db);
    cf_delete(db, Stop, first);
    const cf_error *error = cf_try_commit(db);
    assert_int_equal(error->code, CF_FOREIGN_KEY);
    assert_true(cf_violates(error, Stop.next));
    assert_string_equal(error->column, "stops.next_id");
    assert_int_equal(cf_count(db, Stop), 2);
}

/* ---- Places that are taken -------------------------------------------------------------------------------------- */

static void a_new_row_takes_the_unique_value_of_a_deleted_one(cf_db *db)
{
    struct Tag *old = cf_add(db, Tag, .word = "a"), *other = cf_add(db, Tag, .word = "b", .rank = cf_optional(1));
    struct Note *note = cf_add(db, Note, .text = "of the old", .tag = old);
    cf_commit(db);
    cf_delete(db, Note, note);
    cf_delete(db, Tag, old);
    struct Tag *new = cf_add(db, Tag, .word = "a");
    cf_commit(db);
    assert_int_not_equal(new->id, old->id);
    assert_int_equal(cf_count(db, Note), 0);
    cf_delete(db, Tag, other);
    cf_add(db, Tag, .word = "c", .space = "x", .rank = cf_optional(1));
    cf_commit(db);
    assert_int_equal(cf_count(db, Tag), 2);
    assert_int_equal(cf_state(db, Tag, other), CF_ROW_UNKNOWN);
}

static void a_new_row_takes_the_key_of_a_deleted_one(cf_db *db)
{
    struct Land *old = cf_add(db, Land, .code = "de", .name = "old");
    cf_commit(db);
    cf_delete(db, Land, old);
    struct Land *new = cf_add(db, Land, .code = "de", .name = "new");
    cf_flush(db);
    assert_ptr_equal(cf_get(db, Land, "de"), new);
    cf_rollback(db);
    assert_ptr_equal(cf_get(db, Land, "de"), old);
    assert_string_equal(old->name, "old");
    old->name = "older";
    cf_commit(db);
    assert_int_equal(ask(db, "SELECT count(*) FROM lands WHERE name = 'older'"), 1);
    cf_delete(db, Land, old);
    cf_add(db, Land, .code = "de", .name = "new");
    cf_commit(db);
    assert_string_equal(cf_get(db, Land, "de")->name, "new");
    assert_int_equal(cf_count(db, Land), 1);
}

static void a_changed_row_takes_the_value_of_a_deleted_one(cf_db *db)
{
    struct Tag *old = cf_add(db, Tag, .word = "a"), *other = cf_add(db, Tag, .word = "b");
    cf_commit(db);
    cf_delete(db, Tag, old);
    other->word = "a";
    cf_commit(db);
    assert_int_equal(ask(db, "SELECT count(*) FROM tags WHERE word = 'a'"), 1);
}

/* Refused by the first of two UPDATEs; a flush in between finds room. */
static void an_exchange_of_unique_values_is_refused_and_leaves_all_as_it_was(cf_db *db)
{
    struct Tag *a = cf_add(db, Tag, .word = "a"), *b = cf_add(db, Tag, .word = "b");
    cf_commit(db);
    struct Tag *new = cf_add(db, Tag, .word = "new");
    a->word = "b";
    b->word = "a";
    const cf_error *error = cf_try_commit(db);
    assert_int_equal(error->code, CF_UNIQUE);
    assert_true(cf_violates(error, Tag.word));
    assert_string_equal(a->word, "a");
    assert_string_equal(b->word, "b");
    assert_int_equal(cf_state(db, Tag, a), CF_ROW_CLEAN);
    assert_int_equal(cf_state(db, Tag, new), CF_ROW_UNKNOWN);
    assert_int_equal(cf_count(another_session(), Tag), 2);
    a->word = "";
    cf_flush(db);
    b->word = "a";
    cf_flush(db);
    a->word = "b";
    cf_commit(db);
    assert_ptr_equal(cf_find_one(db, Tag, .where = cf_eq(Tag.word, "b")), a);
    assert_ptr_equal(cf_find_one(db, Tag, .where = cf_eq(Tag.word, "a")), b);
}

static void a_pair_goes_before_the_row_whose_place_is_taken(cf_db *db)
{
    struct Note *note = cf_add(db, Note, .text = "n", .tag = cf_add(db, Tag, .word = "owner"));
    struct Tag *old = cf_add(db, Tag, .word = "a");
    cf_append(db, Note.shown, note, old);
    cf_commit(db);
    cf_remove(db, Note.shown, note, old);
    cf_delete(db, Tag, old);
    cf_append(db, Note.shown, note, cf_add(db, Tag, .word = "a"));
    cf_commit(db);
    assert_int_equal(ask(db, "SELECT count(*) FROM shown_tags"), 1);
}

static void a_row_that_leaves_a_deleted_one_is_not_lost(cf_db *db)
{
    struct Tag *old = cf_add(db, Tag, .word = "a");
    struct Note *note = cf_add(db, Note, .text = "n", .tag = old);
    cf_commit(db);
    note->tag = cf_add(db, Tag, .word = "a");
    cf_delete(db, Tag, old);
    assert_int_equal(cf_try_commit(db)->code, CF_UNIQUE);
    note->tag = cf_add(db, Tag, .word = "b");
    cf_delete(db, Tag, old);
    cf_commit(db);
    assert_int_equal(ask(db, "SELECT count(*) FROM notes"), 1);
    assert_int_equal(cf_count(db, Tag), 1);
}

/* ---- Keys that change ------------------------------------------------------------------------------------------- */

static void a_key_that_changes_takes_those_along_that_refer_to_it(cf_db *db)
{
    struct Land *land = cf_add(db, Land, .code = "de", .name = "a"),
                *other = cf_add(db, Land, .code = "at", .name = "b");
    struct Town *town = cf_add(db, Town, .land = land, .number = 1, .name = "t");
    struct Street *street = cf_add(db, Street, .town = town, .former = "de"), *far = cf_add(db, Street, .former = "at");
    far->town = cf_add(db, Town, .land = other, .number = 1, .name = "u");
    cf_commit(db);
    sent();
    land->code = "dex";
    land->name = "c";
    cf_flush(db);
    assert_sent("UPDATE lands SET code = ?, name = ? WHERE code = ?\n");
    assert_string_equal(town->land_code, "dex");
    assert_ptr_equal(town->land, land);
    assert_string_equal(street->land_code, "dex");
    assert_ptr_equal(street->town, town);
    assert_null(street->former);
    assert_string_equal(far->land_code, "at");
    assert_string_equal(far->former, "at");
    assert_ptr_equal(cf_get(db, Town, cf_key("dex", 1)), town);
    assert_null(cf_get(db, Town, cf_key("de", 1)));
    assert_int_equal(cf_state(db, Street, street), CF_ROW_CLEAN);
    cf_rollback(db);
    assert_string_equal(town->land_code, "de");
    assert_string_equal(street->land_code, "de");
    assert_string_equal(street->former, "de");
    assert_ptr_equal(cf_get(db, Town, cf_key("de", 1)), town);
    land->code = "dey";
    town->name = "v";
    cf_commit(db);
    assert_int_equal(ask(db, "SELECT count(*) FROM streets WHERE land_code = 'dey' AND former IS NULL"), 1);
    cf_delete(db, Street, street);
    cf_delete(db, Town, town);
    cf_commit(db);
    assert_int_equal(ask(db, "SELECT count(*) FROM towns"), 1);
}

static void a_row_is_moved_to_a_key_that_changes(cf_db *db)
{
    struct Land *land = cf_add(db, Land, .code = "de", .name = "a"),
                *other = cf_add(db, Land, .code = "at", .name = "b");
    struct Town *town = cf_add(db, Town, .land = land, .number = 1, .name = "t");
    cf_commit(db);
    other->code = "ch";
    town->land = other;
    cf_commit(db);
    assert_string_equal(town->land_code, "ch");
    assert_int_equal(ask(db, "SELECT count(*) FROM towns WHERE land_code = 'ch'"), 1);
}

static void a_new_row_refers_to_a_key_that_changes(cf_db *db)
{
    struct Land *land = cf_add(db, Land, .code = "de", .name = "a");
    cf_commit(db);
    sent();
    land->code = "dex";
    struct Town *town = cf_add(db, Town, .land = land, .number = 1, .name = "t");
    cf_add(db, Town, .land_code = "dex", .number = 2, .name = "u");
    cf_commit(db);
    assert_was_sent("UPDATE lands SET code = ? WHERE code = ?\n"
                    "INSERT INTO towns (land_code, number, name) VALUES (?, ?, ?), (?, ?, ?)\n");
    assert_string_equal(town->land_code, "dex");
    assert_int_equal(ask(db, "SELECT count(*) FROM towns WHERE land_code = 'dex'"), 2);
}

static void a_new_row_takes_the_key_and_the_unique_value_that_another_leaves(cf_db *db)
{
    struct Land *land = cf_add(db, Land, .code = "de", .name = "a");
    struct Tag *tag = cf_add(db, Tag, .word = "a");
    cf_commit(db);
    land->code = "old";
    cf_add(db, Land, .code = "de", .name = "b");
    tag->word = "old";
    cf_add(db, Tag, .word = "a");
    cf_commit(db);
    assert_int_equal(
        ask(db, "SELECT count(*) FROM lands WHERE (code = 'de' AND name = 'b') OR (code = 'old' AND name = 'a')"), 2);
    assert_int_equal(cf_count(another_session(), Tag), 2);
}

/* What has to refer to a new row itself comes after it. */
static void a_key_that_changes_to_a_new_row_is_written_after_it(cf_db *db)
{
    struct Land *land = cf_add(db, Land, .code = "de", .name = "a");
    struct Town *town = cf_add(db, Town, .land = land, .number = 1, .name = "t");
    cf_commit(db);
    town->land = cf_add(db, Land, .code = "at", .name = "b");
    town->number = 2;
    cf_commit(db);
    assert_int_equal(ask(db, "SELECT count(*) FROM towns WHERE land_code = 'at' AND number = 2"), 1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(rows_of_two_tables_that_refer_to_each_other_are_deleted),
        SESSION_TEST(rows_of_one_table_that_refer_to_each_other_are_deleted),
        SESSION_TEST(rows_in_no_circle_are_just_deleted),
        SESSION_TEST(a_row_that_others_refer_to_is_still_refused),
        SESSION_TEST(a_new_row_takes_the_unique_value_of_a_deleted_one),
        SESSION_TEST(a_new_row_takes_the_key_of_a_deleted_one),
        SESSION_TEST(a_changed_row_takes_the_value_of_a_deleted_one),
        SESSION_TEST(an_exchange_of_unique_values_is_refused_and_leaves_all_as_it_was),
        SESSION_TEST(a_pair_goes_before_the_row_whose_place_is_taken),
        SESSION_TEST(a_row_that_leaves_a_deleted_one_is_not_lost),
        SESSION_TEST(a_key_that_changes_takes_those_along_that_refer_to_it),
        SESSION_TEST(a_row_is_moved_to_a_key_that_changes),
        SESSION_TEST(a_new_row_refers_to_a_key_that_changes),
        SESSION_TEST(a_new_row_takes_the_key_and_the_unique_value_that_another_leaves),
        SESSION_TEST(a_key_that_changes_to_a_new_row_is_written_after_it),
    };
    if (!choose_server(argc, argv))
        return 77;
    world.models = world.uri ? CF_MODELS(Stop, Tag, Note, Land, Town, Street) : NULL;
    return cmocka_run_group_tests_name("orm/order", tests, NULL, free_thread);
}
