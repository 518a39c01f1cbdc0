/* SPDX-License-Identifier: MIT
 *
 * Lists whose rows know their place (position).
 */
#include <carafe/session.h>

/* clang-format off */
MODEL(Slide, "slides",
    (id,      Id),
    (bullets, HasMany(Bullet, slide_id), position = "place"),
    (notes,   HasMany(Remark, slide_id), position = "number", count_from = 1, cascade = "delete-orphan"),
    (plain,   HasMany(Bullet, slide_id)));

MODEL(Bullet, "bullets",
    (id,       Id),
    (text,     String(20)),
    (place,    Integer),
    (slide_id, Nullable(Integer), references = "slides.id"),
    (slide,    BelongsTo(Slide, slide_id)));

MODEL(Remark, "remarks",
    (id,       Id),
    (text,     String(20)),
    (number,   Nullable(SmallInteger)),
    (slide_id, Integer, references = "slides.id"));
/* clang-format on */

#define TEST_MODELS CF_MODELS(Slide, Bullet, Remark)
#include "support.h"

/* What the database has: "a0 b1 c2". */
static const char *stored(cf_db *db, int64_t slide)
{
    const char *words = "";
    (void)db;
    struct Bullet_list bullets = cf_find(another_session(), Bullet, .where = cf_eq(Bullet.slide_id, slide),
                                         .order_by = { cf_asc(Bullet.place), cf_asc(Bullet.text) });
    for
        cf_each (bullet, bullets)
            words =
                cf_format(&cf__current()->head, "%s%s%s%d", words, *words ? " " : "", bullet->text, (int)bullet->place);
    return words;
}

static struct Slide *fill(cf_db *db)
{
    cf_db *other = another_session();
    struct Slide *slide = cf_add(other, Slide);
    for (const char *const *text = (const char *const[]){ "a", "b", "c", "d", NULL }; *text; text++)
        cf_append(other, Slide.bullets, slide, cf_add(other, Bullet, .text = *text));
    cf_add(other, Slide);
    cf_commit(other);
    assert_string_equal(stored(db, 1), "a0 b1 c2 d3");
    sent();
    return cf_get(db, Slide, 1);
}

static struct Bullet *bullet_of(cf_db *db, const char *text)
{
    return cf_find_one(db, Bullet, .where = cf_eq(Bullet.text, text));
}

static void a_row_is_put_at_the_end_or_at_an_index(cf_db *db)
{
    struct Slide *slide = fill(db);
    cf_append(db, Slide.bullets, slide, cf_add(db, Bullet, .text = "e"));
    cf_insert_at(db, Slide.bullets, slide, cf_add(db, Bullet, .text = "f"), 1);
    cf_insert_at(db, Slide.bullets, slide, cf_add(db, Bullet, .text = "g"), 99);
    assert_int_equal(slide->bullets.items[1]->place, 1);
    cf_commit(db);
    assert_string_equal(stored(db, 1), "a0 f1 b2 c3 d4 e5 g6");
    assert_string_equal(cf_get(another_session(), Slide, 1, .load = { Slide.bullets })->bullets.items[6]->text, "g");
}

static void a_row_that_is_moved_changes_only_those_between(cf_db *db)
{
    struct Slide *slide = fill(db);
    struct Bullet *c = bullet_of(db, "c");
    cf_insert_at(db, Slide.bullets, slide, c, 1);
    assert_int_equal(bullet_of(db, "b")->place, 2);
    assert_int_equal(cf_state(db, Bullet, bullet_of(db, "d")), CF_ROW_CLEAN);
    cf_commit(db);
    assert_string_equal(stored(db, 1), "a0 c1 b2 d3");
    cf_insert_at(db, Slide.bullets, slide, c, 3);
    cf_commit(db);
    assert_string_equal(stored(db, 1), "a0 b1 d2 c3");
}

static void a_row_that_leaves_closes_its_gap(cf_db *db)
{
    struct Slide *slide = fill(db), *second = cf_get(db, Slide, 2);
    cf_remove(db, Slide.bullets, slide, bullet_of(db, "b"));
    cf_commit(db);
    assert_string_equal(stored(db, 1), "a0 c1 d2");
    cf_delete(db, Bullet, bullet_of(db, "a"));
    cf_commit(db);
    assert_string_equal(stored(db, 1), "c0 d1");
    cf_append(db, Slide.bullets, second, bullet_of(db, "c"));
    cf_commit(db);
    assert_string_equal(stored(db, 1), "d0");
    assert_string_equal(stored(db, 2), "c0");
    bullet_of(db, "d")->slide = second;
    cf_commit(db);
    assert_string_equal(stored(db, 2), "c0 d1");
    cf_add(db, Bullet, .text = "e", .slide = second);
    cf_commit(db);
    assert_string_equal(stored(db, 2), "c0 d1 e2");
}

static void the_program_may_sort_a_list_and_have_it_numbered(cf_db *db)
{
    struct Slide *slide = fill(db);
    cf_related(db, Slide.bullets, slide);
    for (size_t i = 0; i < 2; i++) {
        struct Bullet *kept = slide->bullets.items[i];
        slide->bullets.items[i] = slide->bullets.items[3 - i];
        slide->bullets.items[3 - i] = kept;
    }
    cf_reorder(db, Slide.bullets, slide);
    cf_commit(db);
    assert_string_equal(stored(db, 1), "d0 c1 b2 a3");
}

static void a_rollback_gives_the_places_back(cf_db *db)
{
    struct Slide *slide = fill(db);
    cf_insert_at(db, Slide.bullets, slide, bullet_of(db, "d"), 0);
    cf_flush(db);
    cf_rollback(db);
    assert_string_equal(cf_related(db, Slide.bullets, slide).items[0]->text, "a");
    assert_int_equal(bullet_of(db, "d")->place, 3);
    cf_append(db, Slide.bullets, slide, cf_add(db, Bullet, .text = "e"));
    cf_commit(db);
    assert_string_equal(stored(db, 1), "a0 b1 c2 d3 e4");
}

static void places_may_count_from_one_without_a_way_back(cf_db *db)
{
    struct Slide *slide = fill(db);
    struct Remark *first = cf_add(db, Remark, .text = "x"), *second = cf_add(db, Remark, .text = "y");
    cf_append(db, Slide.notes, slide, second);
    cf_insert_at(db, Slide.notes, slide, first, 0);
    cf_commit(db);
    assert_int_equal(first->number.value, 1);
    assert_int_equal(second->number.value, 2);
    cf_remove(db, Slide.notes, slide, first);
    cf_commit(db);
    assert_int_equal(cf_find_one(another_session(), Remark)->number.value, 1);
    assert_int_equal(cf_count(another_session(), Remark), 1);
}

static void put_into_plain(void *db)
{
    struct Slide *slide = cf_get(db, Slide, 1);
    cf_insert_at((cf_db *)db, Slide.plain, slide, cf_add((cf_db *)db, Bullet, .text = "z", .place = 9), 0);
}

static void a_list_without_positions_has_no_index(cf_db *db)
{
    fill(db);
    const cf_error *error = error_of(put_into_plain, db);
    assert_int_equal(error->code, CF_INTERNAL);
    assert_string_equal(error->message,
                        "Slide.plain does not keep its rows in the order of the list: give it position = "
                        "\"…\", an Integer of Bullet");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(a_row_is_put_at_the_end_or_at_an_index),
        SESSION_TEST(a_row_that_is_moved_changes_only_those_between),
        SESSION_TEST(a_row_that_leaves_closes_its_gap),
        SESSION_TEST(the_program_may_sort_a_list_and_have_it_numbered),
        SESSION_TEST(a_rollback_gives_the_places_back),
        SESSION_TEST(places_may_count_from_one_without_a_way_back),
        SESSION_TEST(a_list_without_positions_has_no_index),
    };
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests_name("orm/positions", tests, NULL, free_thread);
}
