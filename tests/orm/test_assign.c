/* SPDX-License-Identifier: MIT
 *
 * Rows that the database works out: expressions for one object (cf_assign), what an integer does not hold, and arrays of
 * structs by their keys (cf_update_many).
 */
#include <carafe/model.h>

static void note_update(struct cf_db *db, void *row);
static void count_edit(struct cf_db *db, void *row);
static const char *check_name(struct cf_db *db, const void *row);

/* clang-format off */
MODEL(Page, "pages",
    (id,      Id),
    (name,    String(20), validate = check_name),
    (hits,    Integer, server_default = "0"),
    (small,   SmallInteger, server_default = "0"),
    (likes,   Nullable(Integer)),
    (twice,   Integer, computed = "hits * 2"),
    (next_id, Nullable(Integer), references = "pages.id"),
    (next,    BelongsTo(Page, next_id)),
    (version, Integer, version = true),
    (hooks,   Hooks(.before_update = note_update)));
MODEL(Part, "parts",
    (page,  Integer,    primary_key = true),
    (place, String(10), primary_key = true),
    (text,  Nullable(String(20))),
    (edits, Integer, server_default = "0", update_default = count_edit),
    (seen,  Nullable(DateTime), stamp = CF_STAMP_UPDATED));
/* clang-format on */

#define TEST_MODELS CF_MODELS(Page, Part)
#include "support.h"

#include <carafe/bulk.h>

static int updates;

static void note_update(struct cf_db *db, void *row)
{
    (void)db, (void)row;
    updates++;
}

static void count_edit(struct cf_db *db, void *row)
{
    (void)db;
    ((struct Part *)row)->edits = 7;
}

static const char *check_name(struct cf_db *db, const void *row)
{
    (void)db;
    const char *name = ((const struct Page *)row)->name;
    return name && strcmp(name, "bad") == 0 ? "is bad" : NULL;
}

static int64_t ask(cf_db *db, const char *sql)
{
    struct cf__rows rows = cf__link_sql(cf__session_link(db), sql, NULL, 0, NULL, NULL, false);
    return cf__rows_integer(&rows);
}

/* ---- cf_assign -------------------------------------------------------------------------------------------------- */

static void hit(cf_db *db, struct Page *page)
{
    cf_assign(db, Page, page, cf_set(Page.hits, cf_plus(Page.hits, 1)));
}

static void an_expression_is_written_by_the_update_of_its_row(cf_db *db)
{
    struct Page *page = cf_add(db, Page, .name = "a"), *other = cf_add(db, Page, .name = "b");
    cf_commit(db);
    sent();
    updates = 0;
    hit(db, page);
    assert_int_equal(cf_state(db, Page, page), CF_ROW_CHANGED);
    assert_true(cf_is_changed(db, Page.hits, page));
    assert_true(cf__session_pending(db));
    assert_int_equal(page->hits, 0);
    page->name = "c";
    other->name = "d";
    cf_commit(db);
    assert_sent(
        "UPDATE pages SET name = ?, version = ?, hits = carafe_integer(hits + ?, 64) WHERE id = ? AND version = ? "
        "RETURNING hits, twice\nUPDATE pages SET name = ?, version = ? WHERE id = ? AND version = ? RETURNING "
        "twice\n");
    assert_int_equal(page->hits, 1);
    assert_int_equal(page->twice, 2);
    assert_int_equal(page->version, 2);
    assert_int_equal(updates, 2);
    assert_false(cf__session_pending(db));
    assert_int_equal(ask(db, "SELECT count(*) FROM pages WHERE hits = 1 AND name = 'c'"), 1);
}

static void an_expression_goes_by_what_the_database_has(cf_db *db)
{
    struct Part *part = cf_add(db, Part, .page = 1, .place = "a");
    cf_commit(db);
    cf_db *other = another_session();
    cf_sql_execute(other, "UPDATE parts SET edits = 41");
    cf_commit(other);
    cf_assign(db, Part, part, cf_set(Part.edits, cf_plus(Part.edits, 5)));
    cf_assign(db, Part, part, cf_set(Part.edits, cf_plus(Part.edits, 1))); /* the last one counts */
    cf_assign(db, Part, part, cf_set_null(Part.text));
    part->edits = 3;
    assert_int_equal(cf_count(db, Part, .where = cf_eq(Part.edits, 42)), 1); /* a query writes it first */
    assert_int_equal(part->edits, 42);
    assert_true(part->seen.is_set);
    cf_rollback(db);
    assert_int_equal(part->edits, 0);
    cf_commit(db);
    assert_int_equal(ask(db, "SELECT edits FROM parts"), 41);
    cf_assign(db, Part, part, cf_set(Part.edits, cf_plus(Part.edits, 1)));
    cf_rollback(db);
    cf_commit(db);
    assert_int_equal(ask(db, "SELECT edits FROM parts"), 41);
}

static void a_foreign_key_that_is_assigned_unloads_the_relation(cf_db *db)
{
    struct Page *page = cf_add(db, Page, .name = "a"), *other = cf_add(db, Page, .name = "b");
    page->next = other;
    cf_commit(db);
    cf_assign(db, Page, page, cf_set(Page.next_id, Page.id));
    cf_commit(db);
    assert_int_equal(page->next_id.value, page->id);
    assert_false(cf_is_loaded(Page.next, page));
    assert_ptr_equal(cf_related(db, Page.next, page), page);
}

static void what_is_forgotten_is_not_assigned(cf_db *db)
{
    struct Page *page = cf_add(db, Page, .name = "a"), *gone = cf_add(db, Page, .name = "b");
    cf_commit(db);
    hit(db, page);
    cf_refresh(db, Page, page);
    assert_false(cf__session_pending(db));
    hit(db, page);
    cf_expire(db, Page, page);
    hit(db, gone);
    cf_delete(db, Page, gone);
    cf_commit(db);
    assert_int_equal(ask(db, "SELECT max(hits) FROM pages"), 0);
}

static void a_query_that_refreshes_forgets_what_its_rows_were_assigned(cf_db *db)
{
    struct Page *read = cf_add(db, Page, .name = "a"), *other = cf_add(db, Page, .name = "b");
    cf_commit(db);
    hit(db, read);
    hit(db, other);
    cf_find(db, Page, .where = cf_eq(Page.id, read->id), .refresh = true);
    assert_int_equal(cf_state(db, Page, read), CF_ROW_CLEAN);
    cf_get(db, Page, other->id, .no_autoflush = true);
    cf_commit(db);
    assert_int_equal(read->hits, 0);
    assert_int_equal(other->hits, 1);
    hit(db, other);
    cf_get(db, Page, other->id, .refresh = true);
    cf_commit(db);
    assert_int_equal(other->hits, 1);
}

static void a_row_that_was_changed_meanwhile_is_stale(cf_db *db)
{
    struct Page *page = cf_add(db, Page, .name = "a");
    cf_commit(db);
    cf_db *other = another_session();
    cf_sql_execute(other, "UPDATE pages SET version = 9");
    cf_commit(other);
    hit(db, page);
    assert_int_equal(cf_try_commit(db)->code, CF_STALE);
}

static void assign_key(void *db)
{
    cf_assign((cf_db *)db, Page, cf_find_one((cf_db *)db, Page), cf_set(Page.id, 3));
}

static void assign_version(void *db)
{
    cf_assign((cf_db *)db, Page, cf_find_one((cf_db *)db, Page), cf_set(Page.version, 3));
}

static void assign_new(void *db)
{
    struct Page *page = cf_add((cf_db *)db, Page, .name = "b");
    cf_assign((cf_db *)db, Page, page, cf_set(Page.hits, 3));
}

static void assign_other(void *db)
{
    cf_assign((cf_db *)db, Page, cf_find_one((cf_db *)db, Page), cf_set(Part.edits, 3));
}

static void what_cannot_be_assigned_is_told(cf_db *db)
{
    cf_add(db, Page, .name = "a");
    cf_commit(db);
    assert_string_equal(error_of(assign_key, db)->message, "cf_assign of Page: id is of the primary key");
    assert_string_equal(error_of(assign_version, db)->message, "cf_assign of Page: version counts by itself");
    assert_string_equal(error_of(assign_new, db)->message,
                        "cf_assign of Page: this row is none the session has read or written");
    assert_string_equal(error_of(assign_other, db)->message, "cf_assign of Page: Part.edits is none of its columns");
}

/* ---- What an integer does not hold ------------------------------------------------------------------------------ */

static void add_one(void *db)
{
    cf_update_all((cf_db *)db, Page, .set = { cf_set(Page.hits, cf_plus(Page.hits, 1)) }, .all = true);
}

static void add_to_small(void *db)
{
    cf_update_all((cf_db *)db, Page, .set = { cf_set(Page.small, cf_plus(Page.small, 1)) }, .all = true);
}

static void an_expression_past_an_integer_is_an_error(cf_db *db)
{
    cf_add(db, Page, .name = "a", .small = 32767);
    cf_commit(db);
    assert_int_equal(error_of(add_to_small, db)->code, CF_INVALID);
    cf_rollback(db);
    cf_sql_execute(db, "ALTER TABLE pages DROP COLUMN twice"); /* it would overflow, too */
    cf_sql_execute(db, "UPDATE pages SET hits = 9223372036854775807");
    cf_commit(db);
    assert_int_equal(error_of(add_one, db)->code, CF_INVALID);
    cf_rollback(db);
    assert_int_equal(ask(db, "SELECT count(*) FROM pages WHERE hits = 9223372036854775807"), 1);
}

static void a_fraction_is_rounded_to_an_integer(cf_db *db)
{
    struct Page *page = cf_add(db, Page, .name = "a", .hits = 7);
    cf_commit(db);
    cf_assign(db, Page, page, cf_set(Page.hits, cf_divided_by(cf_cast(Page.hits, Float), 4.0)));
    cf_commit(db);
    assert_int_equal(page->hits, 2);
    assert_int_equal(ask(db, "SELECT hits FROM pages"), 2);
}

/* ---- cf_update_many --------------------------------------------------------------------------------------------- */

static void an_array_is_written_by_its_keys(cf_db *db)
{
    struct Page *first = cf_add(db, Page, .name = "a"), *second = cf_add(db, Page, .name = "b", .hits = 3);
    cf_commit(db);
    struct Page pages[] = { { .id = first->id, .name = "c", .likes = cf_optional(2), .hits = 99 },
                            { .id = second->id, .name = "d" },
                            { .id = 77, .name = "e" } };
    sent();
    updates = 0;
    assert_int_equal(cf_update_many(db, Page, cf_columns(Page.name, Page.likes), pages, 3), 2);
    assert_was_sent("3 times: UPDATE pages SET name = ?, likes = ?, version = pages.version + 1 WHERE id = ?\n");
    assert_string_equal(first->name, "c");
    assert_int_equal(first->likes.value, 2);
    assert_int_equal(first->hits, 0);
    assert_int_equal(first->version, 2);
    assert_string_equal(second->name, "d");
    assert_false(second->likes.is_set);
    assert_int_equal(updates, 0);
    cf_rollback(db);
    assert_string_equal(first->name, "a");
    assert_int_equal(ask(db, "SELECT count(*) FROM pages WHERE name IN ('a', 'b')"), 2);
}

static void composite_keys_times_and_defaults_are_kept(cf_db *db)
{
    enum { COUNT = 700 };
    struct Part *parts = cf_alloc(db, COUNT * sizeof *parts);
    for (int i = 0; i < COUNT; i++)
        parts[i] = (struct Part){ .page = i, .place = "x", .text = "old" };
    cf_insert_all(db, Part, parts, COUNT);
    for (int i = 0; i < COUNT; i++)
        parts[i].text = cf_format(db, "new %d", i);
    assert_int_equal(cf_update_many(db, Part, cf_columns(Part.text), parts, COUNT), COUNT);
    cf_commit(db);
    assert_int_equal(ask(db, "SELECT count(*) FROM parts WHERE edits = 7 AND seen IS NOT NULL AND text LIKE 'new%'"),
                     COUNT);
    assert_int_equal(ask(db, "SELECT count(*) FROM parts WHERE page = 699 AND text = 'new 699'"), 1);
    assert_false(parts[0].seen.is_set);
    assert_int_equal(cf_update_many(db, Part, cf_columns(Part.text), parts, 0), 0);
}

static void update_bad(void *db)
{
    struct Page pages[] = { { .id = 1, .name = "good" }, { .id = 1, .name = "bad" } };
    cf_update_many((cf_db *)db, Page, cf_columns(Page.name), pages, 2);
}

static void update_null(void *db)
{
    struct Page page = { .id = 1 };
    cf_update_many((cf_db *)db, Page, cf_columns(Page.name), &page, 1);
}

static void update_key(void *db)
{
    struct Page page = { .id = 1 };
    cf_update_many((cf_db *)db, Page, cf_columns(Page.id), &page, 1);
}

static void rows_are_checked_before_the_first_is_sent(cf_db *db)
{
    cf_add(db, Page, .name = "a");
    cf_commit(db);
    sent();
    assert_string_equal(error_of(update_bad, db)->message, "pages.name of row 1 is bad");
    const cf_error *error = error_of(update_null, db);
    assert_int_equal(error->code, CF_NOT_NULL);
    assert_string_equal(error->message, "pages.name of row 0 must not be NULL");
    assert_string_equal(error_of(update_key, db)->message,
                        "cf_update_many of Page: id is of the primary key, which says which row is meant");
    assert_string_equal(sent(), "");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(an_expression_is_written_by_the_update_of_its_row),
        SESSION_TEST(an_expression_goes_by_what_the_database_has),
        SESSION_TEST(a_foreign_key_that_is_assigned_unloads_the_relation),
        SESSION_TEST(what_is_forgotten_is_not_assigned),
        SESSION_TEST(a_query_that_refreshes_forgets_what_its_rows_were_assigned),
        SESSION_TEST(a_row_that_was_changed_meanwhile_is_stale),
        SESSION_TEST(what_cannot_be_assigned_is_told),
        SESSION_TEST(an_expression_past_an_integer_is_an_error),
        SESSION_TEST(a_fraction_is_rounded_to_an_integer),
        SESSION_TEST(an_array_is_written_by_its_keys),
        SESSION_TEST(composite_keys_times_and_defaults_are_kept),
        SESSION_TEST(rows_are_checked_before_the_first_is_sent),
    };
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests_name("orm/assign", tests, NULL, free_thread);
}
