/* SPDX-License-Identifier: MIT */
#include <carafe/bulk.h>

static const char *check_email(struct cf_db *db, const void *row);
static const char *check_account(struct cf_db *db, const void *row);
static void before_insert(struct cf_db *db, void *row);
static void before_update(struct cf_db *db, void *row);
static void before_delete(struct cf_db *db, void *row);
static void after_insert(struct cf_db *db, void *row);
static void after_update(struct cf_db *db, void *row);
static void after_delete(struct cf_db *db, void *row);

/* clang-format off */
MODEL(Account, "accounts",
    (id,      Id),
    (email,   String(80), validate = check_email),
    (balance, Integer, server_default = "0"),
    (hooks,   Hooks(.before_insert = before_insert, .before_update = before_update, .before_delete = before_delete,
                    .after_insert = after_insert, .after_update = after_update, .after_delete = after_delete,
                    .validate = check_account)));

MODEL(Entry, "entries",
    (id,   Id),
    (text, String(80)));

MODEL(Page, "pages",
    (id,      Id),
    (title,   String(80)),
    (version, Integer, version = true),
    (parts,   HasMany(Part, page_id)),
    CF_TIMESTAMPS,
    CF_SOFT_DELETE);

MODEL(Part, "parts",
    (id,      Id),
    (page_id, Integer, references = "pages.id", on_delete = "cascade"),
    (page,    BelongsTo(Page, page_id)),
    CF_SOFT_DELETE);

/* A version that is no number. */
MODEL(Draft, "drafts",
    (id,    Id),
    (text,  String(80)),
    (state, Uuid, version = true, insert_default = cf_default_uuid, update_default = cf_default_uuid),
    CF_SOFT_DELETE);
/* clang-format on */

#define TEST_MODELS CF_MODELS(Account, Entry, Page, Part, Draft)
#include "support.h"

/* What the hooks were called with. */
static char calls[512];

static void note(const char *what, const void *row)
{
    const struct Account *account = row;
    size_t size = strlen(calls);
    snprintf(calls + size, sizeof calls - size, "%s %s\n", what, account->email);
}

static const char *check_email(struct cf_db *db, const void *row)
{
    (void)db;
    return strchr(((const struct Account *)row)->email, '@') ? NULL : "is no e-mail address";
}

static const char *check_account(struct cf_db *db, const void *row)
{
    return ((const struct Account *)row)->balance < 0
               ? cf_format(db, "of %s must not be overdrawn", ((const struct Account *)row)->email)
               : NULL;
}

static void before_insert(struct cf_db *db, void *row)
{
    struct Account *account = row;
    note("before insert", row);
    account->email = cf_format(db, "%s.org", account->email);
}

static void before_update(struct cf_db *db, void *row)
{
    note("before update", row);
    cf_add(db, Entry, .text = "changed");
}

static void before_delete(struct cf_db *db, void *row)
{
    (void)db;
    note("before delete", row);
}

static void after_insert(struct cf_db *db, void *row)
{
    note("after insert", row);
    cf_add(db, Entry, .text = cf_format(db, "account %d", (int)((struct Account *)row)->id));
}

static void after_update(struct cf_db *db, void *row)
{
    (void)db;
    note("after update", row);
}

static void after_delete(struct cf_db *db, void *row)
{
    assert_int_equal(cf_count(db, Account), 0);
    note("after delete", row);
}

/* ---- Hooks and validators --------------------------------------------------------------------------------------- */

static void hooks_are_called_around_each_row(cf_db *db)
{
    calls[0] = '\0';
    struct Account *account = cf_add(db, Account, .email = "kim@x");
    cf_commit(db);
    assert_string_equal(calls, "before insert kim@x\nafter insert kim@x.org\n");
    assert_string_equal(cf_find_one(db, Entry)->text, "account 1");
    calls[0] = '\0';
    account->balance = 3;
    cf_commit(db);
    assert_string_equal(calls, "before update kim@x.org\nafter update kim@x.org\n");
    assert_int_equal(cf_count(db, Entry), 2);
    calls[0] = '\0';
    cf_delete(db, Account, account);
    cf_commit(db);
    assert_string_equal(calls, "before delete kim@x.org\nafter delete kim@x.org\n");
    cf_commit(db);
    assert_string_equal(calls, "before delete kim@x.org\nafter delete kim@x.org\n");
}

static void validators_refuse_with_the_column_named(cf_db *db)
{
    struct Account *account = cf_add(db, Account, .email = "kim");
    const cf_error *error = cf_try_commit(db);
    assert_int_equal(error->code, CF_INVALID);
    assert_string_equal(error->message, "accounts.email is no e-mail address");
    assert_string_equal(error->details, "[{\"field\":\"email\",\"message\":\"is no e-mail address\"}]");
    account = cf_add(db, Account, .email = "kim@x");
    cf_commit(db);
    account->balance = -1;
    assert_string_equal(cf_try_commit(db)->message, "accounts of kim@x.org must not be overdrawn");
    assert_int_equal(account->balance, 0);
}

static void count_call(cf_db *db, void *count)
{
    (void)db;
    ++*(int *)count;
}

static void add_entry(cf_db *db, void *text)
{
    cf_add(db, Entry, .text = text);
}

static void commits_call_once_and_rollbacks_forget(cf_db *db)
{
    static char text[] = "at the last moment";
    int count = 0;
    cf_before_commit(db, add_entry, text);
    cf_after_commit(db, count_call, &count);
    cf_rollback(db);
    cf_commit(db);
    assert_int_equal(count, 0);
    cf_before_commit(db, add_entry, text);
    cf_after_commit(db, count_call, &count);
    cf_commit(db);
    cf_commit(db);
    assert_int_equal(count, 1);
    assert_int_equal(cf_count(db, Entry), 1);
}

/* ---- Versions --------------------------------------------------------------------------------------------------- */

static void a_version_counts_changes(cf_db *db)
{
    struct Page *page = cf_add(db, Page, .title = "a");
    cf_commit(db);
    assert_int_equal(page->version, 1);
    sent();
    page->title = "b";
    cf_commit(db);
    assert_int_equal(page->version, 2);
    assert_was_sent("UPDATE pages SET title = ?, version = ?, updated_at = ? WHERE id = ? AND version = ?");
}

static void change_page(void *page)
{
    struct Page *stale = page;
    stale->title = "late";
}

static void a_stale_row_is_not_written(cf_db *db)
{
    cf_add(db, Page, .title = "a");
    cf_commit(db);
    cf_db *other = another_session();
    struct Page *mine = cf_get(db, Page, 1), *theirs = cf_get(other, Page, 1);
    theirs->title = "first";
    cf_commit(other);
    change_page(mine);
    const cf_error *error = cf_try_commit(db);
    assert_int_equal(error->code, CF_STALE);
    assert_string_equal(error->message, "pages with id 1 was changed or deleted by somebody else since it was read");
    assert_int_equal(mine->version, 1);
    cf_refresh(db, Page, mine);
    assert_string_equal(mine->title, "first");
    change_page(mine);
    cf_commit(db);
    assert_int_equal(mine->version, 3);
}

static void a_stale_row_among_others_is_named(cf_db *db)
{
    struct Entry *entries[3];
    struct Page *pages[3];
    for (int i = 0; i < 3; i++) {
        pages[i] = cf_add(db, Page, .title = "a");
        entries[i] = cf_add(db, Entry, .text = "a");
    }
    cf_commit(db);
    cf_db *other = another_session();
    cf_get(other, Page, 2)->title = "first";
    cf_delete(other, Entry, cf_get(other, Entry, 3));
    cf_commit(other);
    for (int i = 0; i < 3; i++)
        change_page(pages[i]);
    assert_string_equal(cf_try_commit(db)->message,
                        "pages with id 2 was changed or deleted by somebody else since it was read");
    for (int i = 0; i < 3; i++)
        cf_delete(db, Page, pages[i]);
    assert_string_equal(cf_try_commit(db)->message,
                        "pages with id 2 was changed or deleted by somebody else since it was read");
    for (int i = 0; i < 3; i++)
        entries[i]->text = "b";
    assert_string_equal(cf_try_commit(db)->message,
                        "entries with id 3 is not there any more: somebody else has deleted it or changed its key");
    assert_string_equal(entries[0]->text, "a");
}

static bool is_as(cf_db *db, cf_uuid before, cf_uuid *state)
{
    *state = cf_find_one(db, Draft, .with_deleted = true, .refresh = true)->state;
    return memcmp(&before, state, sizeof before) == 0;
}

static void a_version_may_be_made_by_the_program(cf_db *db)
{
    cf_uuid state = { { 0 } };
    struct Draft *draft = cf_add(db, Draft, .text = "a");
    cf_commit(db);
    assert_false(is_as(db, state, &state));
    cf_commit(db);
    assert_true(is_as(db, state, &state));
    cf_db *other = another_session();
    cf_get(other, Draft, 1)->text = "first";
    cf_commit(other);
    draft->text = "late";
    assert_int_equal(cf_try_commit(db)->code, CF_STALE);
    assert_false(is_as(db, state, &state));
    draft->text = "late";
    cf_commit(db);
    assert_false(is_as(db, state, &state));
    cf_update_all(db, Draft, .set = { cf_set(Draft.text, "all") }, .all = true);
    assert_false(is_as(db, state, &state));
    cf_upsert(db, Draft, cf_columns(Draft.id), .id = 1, .text = "upserted");
    assert_false(is_as(db, state, &state));
    struct Draft many = { .id = 1, .text = "many" };
    cf_update_many(db, Draft, cf_columns(Draft.text), &many, 1);
    assert_false(is_as(db, state, &state));
    cf_delete(db, Draft, draft);
    cf_commit(db);
    assert_false(is_as(db, state, &state));
}

/* ---- Stamps and soft deletes ------------------------------------------------------------------------------------ */

static void timestamps_are_set_by_the_session(cf_db *db)
{
    struct Page *page = cf_add(db, Page, .title = "a"), *old = cf_add(db, Page, .title = "old");
    old->created_at = cf_time_of((cf_date){ 2001, 2, 3 }, (cf_clock){ 0 });
    int64_t before = cf_now().microseconds;
    cf_commit(db);
    assert_true(page->created_at.microseconds >= before && page->updated_at.microseconds >= before);
    assert_int_equal(cf_time_date(old->created_at).year, 2001);
    cf_time created = page->created_at;
    page->updated_at = old->updated_at = cf_time_of((cf_date){ 2001, 2, 3 }, (cf_clock){ 0 });
    cf_commit(db);
    page->title = "b";
    cf_commit(db);
    assert_int_equal(page->created_at.microseconds, created.microseconds);
    assert_true(page->updated_at.microseconds >= before);
    assert_int_equal(cf_time_date(old->updated_at).year, 2001);
}

static void a_soft_delete_hides_the_row(cf_db *db)
{
    struct Page *page = cf_add(db, Page, .title = "a"), *kept = cf_add(db, Page, .title = "b");
    cf_commit(db);
    sent();
    cf_delete(db, Page, page);
    cf_commit(db);
    assert_null(strstr(sent(), "DELETE"));
    assert_null(cf_get(db, Page, page->id));
    assert_int_equal(cf_count(db, Page), 1);
    assert_ptr_equal(cf_find(db, Page).items[0], kept);
    assert_false(cf_has(db, Page, .where = cf_eq(Page.title, "a")));
    assert_int_equal(cf_count(db, Page, .with_deleted = true), 2);
    struct Page *again = cf_get(db, Page, page->id, .with_deleted = true);
    assert_true(again->deleted_at.is_set);
    again->deleted_at = cf_null_time;
    cf_commit(db);
    assert_int_equal(cf_count(db, Page), 2);
}

static void what_is_deleted_softly_is_not_found_along_relations(cf_db *db)
{
    struct Page *page = cf_add(db, Page, .title = "a"), *other = cf_add(db, Page, .title = "b");
    struct Part *part = cf_add(db, Part, .page = page);
    cf_add(db, Part, .page = other);
    cf_commit(db);
    cf_delete(db, Part, part);
    cf_commit(db);
    assert_int_equal(cf_count(db, Page, .where = cf_any(Page.parts, NULL)), 1);
    assert_int_equal(cf_count(db, Page, .where = cf_any(Page.parts, NULL), .with_deleted = true), 2);
    assert_ptr_equal(cf_find_one(db, Page, .where = cf_none_of(Page.parts, cf_gt(Part.id, 0))), page);
    assert_ptr_equal(cf_find_exactly_one(db, Page, .join = { cf_join(Page.parts) }), other);
    assert_ptr_equal(cf_find_exactly_one(db, Page, .join = { cf_join(Part, .on = cf_eq(Part.page_id, Page.id)) }),
                     other);
    assert_int_equal(cf_count(db, Page, .join = { cf_left_join(Page.parts) }, .where = cf_is_null(Part.id)), 1);
    assert_int_equal(cf_count(db, Page, .join = { cf_join(Page.parts) }, .with_deleted = true), 2);
    assert_int_equal(cf_update_all(db, Page, .set = { cf_set(Page.title, "c") }, .where = cf_any(Page.parts, NULL)), 1);
    cf_delete(db, Page, other);
    cf_commit(db);
    assert_int_equal(cf_count(db, Part, .where = cf_any(Part.page, NULL)), 0);
    assert_int_equal(cf_count(db, Part, .where = cf_any(Part.page, NULL), .with_deleted = true), 2);
    assert_int_equal(cf_select_integer(db, cf_count_rows(), .from = Part, .where = cf_any(Part.page, NULL)).value, 2);
}

static void relations_leave_out_what_is_deleted_softly(cf_db *db)
{
    struct Page *page = cf_add(db, Page, .title = "a");
    struct Part *first = cf_add(db, Part, .page = page), *second = cf_add(db, Part, .page = page);
    cf_commit(db);
    cf_delete(db, Part, first);
    cf_commit(db);
    cf_get(db, Page, 1, .load = { Page.parts });
    assert_int_equal(page->parts.count, 1);
    assert_ptr_equal(page->parts.items[0], second);
    db = another_session();
    cf_delete(db, Page, cf_get(db, Page, 1));
    cf_commit(db);
    second = cf_find_one(db, Part, .load = { Part.page });
    assert_null(second->page);
    cf_commit(db);
    assert_int_equal(second->page_id, 1);
}

static void a_rollback_takes_a_soft_delete_back(cf_db *db)
{
    struct Page *page = cf_add(db, Page, .title = "a");
    cf_commit(db);
    cf_delete(db, Page, page);
    cf_flush(db);
    cf_rollback(db);
    assert_false(page->deleted_at.is_set);
    assert_ptr_equal(cf_get(db, Page, page->id), page);
    page->title = "b";
    cf_commit(db);
    assert_int_equal(page->version, 2);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(hooks_are_called_around_each_row),
        SESSION_TEST(validators_refuse_with_the_column_named),
        SESSION_TEST(commits_call_once_and_rollbacks_forget),
        SESSION_TEST(a_version_counts_changes),
        SESSION_TEST(a_stale_row_is_not_written),
        SESSION_TEST(a_stale_row_among_others_is_named),
        SESSION_TEST(a_version_may_be_made_by_the_program),
        SESSION_TEST(timestamps_are_set_by_the_session),
        SESSION_TEST(a_soft_delete_hides_the_row),
        SESSION_TEST(what_is_deleted_softly_is_not_found_along_relations),
        SESSION_TEST(relations_leave_out_what_is_deleted_softly),
        SESSION_TEST(a_rollback_takes_a_soft_delete_back),
    };
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests_name("orm/hooks", tests, NULL, free_thread);
}
