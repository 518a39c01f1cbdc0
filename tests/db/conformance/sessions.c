/* SPDX-License-Identifier: MIT
 *
 * Sessions do on every database what they do on one: objects, changes, deletions in the order of foreign keys, keys of
 * every kind, relations, and nothing sent where nothing has changed.
 */
#include "suite.h"

/* clang-format off */
MODEL(Author, "authors",
    (id,    Id),
    (name,  String(50)),
    (age,   Nullable(Integer)),
    (books, HasMany(Book, author_id)));
MODEL(Book, "books",
    (id,        Id),
    (title,     String(100)),
    (price,     Numeric(10, 2), server_default = "9.90"),
    (author_id, Integer,        references = "authors.id", index = true),
    (author,    BelongsTo(Author, author_id)));
MODEL(Device, "devices",
    (serial, Uuid, primary_key = true),
    (name,   String(20)));
MODEL(Member, "members",
    (id,      Id),
    (email,   String(40), unique = true),
    (version, Integer,    version = true));
MODEL(Setting, "settings",
    (owner, String(20), primary_key = true),
    (key,   String(20), primary_key = true),
    (value, Nullable(Text)));

static const struct cf_model *const models[] = { &Author.model_, &Book.model_, &Device.model_, &Setting.model_, &Member.model_, NULL };
/* clang-format on */

static void what_was_added_is_found(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    struct Author *author = cf_add(db, Author, .name = "Kim", .age = cf_optional(30));
    cf_commit(db);
    expect(cf_get(db, Author, author->id) == author);
    struct Author *found = cf_get(new_session(), Author, author->id);
    expect(found && found != author);
    expect_text(found->name, "Kim");
    expect_integer(found->age.value, 30);
    expect(!cf_get(db, Author, author->id + 1));
}

static void what_was_changed_is_written(const void *unused)
{
    (void)unused;
    cf_db *db = new_session(), *other = new_session();
    struct Author *author = cf_add(db, Author, .name = "Kim", .age = cf_optional(30));
    cf_commit(db);
    struct Author *same = cf_get(other, Author, author->id);
    author->name = "it's \"Kim\" \\";
    cf_commit(db);
    same->age = cf_null_integer;
    cf_commit(other);
    struct Author *found = cf_get(new_session(), Author, author->id);
    expect_text(found->name, "it's \"Kim\" \\");
    expect(!found->age.is_set);
}

static void what_was_deleted_is_gone(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    struct Author *author = cf_add(db, Author, .name = "Kim");
    cf_commit(db);
    cf_delete(db, Author, author);
    cf_commit(db);
    expect(!cf_get(db, Author, author->id));
    expect_integer(cf_count(new_session(), Author), 0);
}

static void change_deleted_row(void *db)
{
    struct Author *author = cf_find_one((cf_db *)db, Author);
    cf_db *other = new_session();
    cf_delete(other, Author, cf_get(other, Author, author->id));
    cf_commit(other);
    author->name = "nobody";
    cf_commit((cf_db *)db);
}

static void a_change_of_a_row_that_is_gone_is_stale(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    cf_add(db, Author, .name = "Kim");
    cf_commit(db);
    expect_error(CF_STALE, change_deleted_row, new_session());
    expect_integer(cf_count(new_session(), Author), 0);
}

/* Where the database counts changed rows, not found ones, this would be taken for a row that is gone. */
static void a_change_to_what_is_there_already_is_no_error(const void *unused)
{
    (void)unused;
    cf_db *db = new_session(), *other = new_session();
    struct Author *author = cf_add(db, Author, .name = "Kim");
    cf_commit(db);
    struct Author *same = cf_get(other, Author, author->id);
    author->name = "Lee";
    cf_commit(db);
    same->name = "Lee";
    cf_commit(other);
    expect_text(((struct Author *)cf_get(new_session(), Author, author->id))->name, "Lee");
}

static void keys_of_uuids_and_of_several_columns(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    cf_uuid serial = cf_uuid_new();
    cf_add(db, Device, .serial = serial, .name = "a");
    cf_add(db, Setting, .owner = "kim", .key = "theme", .value = "dark");
    cf_add(db, Setting, .owner = "lee", .key = "theme");
    cf_add(db, Setting, .owner = "", .key = "", .value = "empty");
    cf_commit(db);
    db = new_session();
    struct Device *device = cf_get(db, Device, serial);
    expect(device);
    device->name = "b";
    struct Setting *setting = cf_get(db, Setting, cf_key("kim", "theme"));
    expect_text(setting->value, "dark");
    setting->value = NULL;
    cf_delete(db, Setting, cf_get(db, Setting, cf_key("lee", "theme")));
    expect_text(((struct Setting *)cf_get(db, Setting, cf_key("", "")))->value, "empty");
    cf_commit(db);
    db = new_session();
    expect_text(((struct Device *)cf_get(db, Device, serial))->name, "b");
    expect(!((struct Setting *)cf_get(db, Setting, cf_key("kim", "theme")))->value);
    expect_integer(cf_count(db, Setting), 2);
}

static void a_thousand_objects_with_children(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    struct Author *authors[1000];
    for (int i = 0; i < 1000; i++)
        authors[i] = cf_add(db, Author, .name = cf_format(db, "author %d", i));
    cf_flush(db);
    for (int i = 0; i < 1000; i++)
        cf_add(db, Book, .title = cf_format(db, "book %d", i), .author_id = authors[i]->id);
    cf_commit(db);
    db = new_session();
    expect_integer(cf_count(db, Book), 1000);
    struct Book_list books = cf_find(db, Book, .order_by = { cf_asc(Book.id) });
    for
        cf_each (book, books) {
            struct Author *author = cf_get(db, Author, book->author_id);
            expect_text(strchr(book->title, ' '), strchr(author->name, ' '));
            expect_integer(book->price.low, 990);
            book->title = author->name;
        }
    cf_commit(db);
    expect_integer(ask(new_session(),
                       "SELECT count(*) FROM books b JOIN authors a ON a.id = b.author_id AND a.name = b.title"),
                   1000);
    for
        cf_each (book, books)
            cf_delete(db, Book, book);
    cf_commit(db);
    expect_integer(cf_count(new_session(), Book), 0);
}

/* ---- Many rows at once ------------------------------------------------------------------------------------------ */

enum { MANY = 600 };

static struct Member_list add_members(cf_db *db)
{
    for (int i = 0; i < MANY; i++)
        cf_add(db, Member, .email = cf_format(db, "a%d@example.com", i));
    cf_commit(db);
    return cf_find(db, Member, .order_by = { cf_asc(Member.id) });
}

/* The statements that a session has run and that begin with a word, perhaps "12 times: ". */
static size_t count_statements(cf_db *db, const char *word)
{
    struct cf_sql_log log = cf__session_recorded(db);
    size_t count = 0;
    for (size_t i = 0; i < log.count; i++) {
        const char *times = strstr(log.items[i].sql, " times: "), *sql = times ? times + 8 : log.items[i].sql;
        count += !strncmp(sql, word, strlen(word));
    }
    return count;
}

static void many_rows_are_changed_and_deleted_by_few_statements(const void *unused)
{
    (void)unused;
    cf_engine *engine = another_engine(&(struct cf__engine_options){ .record = true });
    cf_db *db = cf__session_open(cf__current(), engine);
    struct Member_list members = add_members(db);
    for (size_t i = 0; i < MANY; i++)
        members.items[i]->email = cf_format(db, "b%zu@example.com", i);
    cf_commit(db);
    expect_integer(count_statements(db, "UPDATE"), 2); /* of 512 rows and of 88 */
    expect_integer(cf_count(cf__session_open(cf__current(), engine), Member,
                            .where = cf_and(cf_eq(Member.version, 2), cf_starts_with(Member.email, "b"))),
                   MANY);
    for (size_t i = 0; i < MANY; i += 2)
        cf_delete(db, Member, members.items[i]);
    cf_commit(db);
    expect_integer(count_statements(db, "DELETE"), 1);
    expect_integer(cf_count(cf__session_open(cf__current(), engine), Member), MANY / 2);
    expect_text(cf_find_one(cf__session_open(cf__current(), engine), Member, .order_by = { cf_asc(Member.id) })->email,
                "b1@example.com");
}

/* Another session is quicker with one of the rows. */
static void change_stale_row(void *db_)
{
    cf_db *db = db_, *other = new_session();
    struct Member_list members = cf_find(db, Member, .order_by = { cf_asc(Member.id) });
    struct Member *same = cf_get(other, Member, members.items[17]->id);
    same->email = "quick@example.com";
    cf_commit(other);
    for (size_t i = 10; i < 30; i++)
        members.items[i]->email = cf_format(db, "slow%zu@example.com", i);
    cf_commit(db);
}

static void delete_stale_row(void *db_)
{
    cf_db *db = db_, *other = new_session();
    struct Member_list members = cf_find(db, Member, .order_by = { cf_asc(Member.id) });
    cf_delete(other, Member, cf_get(other, Member, members.items[17]->id));
    cf_commit(other);
    for (size_t i = 10; i < 30; i++)
        cf_delete(db, Member, members.items[i]);
    cf_commit(db);
}

static void one_stale_row_among_many_stops_them_all(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    add_members(db);
    expect_error(CF_STALE, change_stale_row, new_session());
    expect_integer(cf_count(new_session(), Member, .where = cf_starts_with(Member.email, "slow")), 0);
    expect_error(CF_STALE, delete_stale_row, new_session());
    expect_integer(cf_count(new_session(), Member), MANY - 1);
}

static void one_refused_row_among_many_stops_them_all(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    struct Member_list members = add_members(db);
    for (size_t i = 10; i < 30; i++)
        members.items[i]->email = i == 17 ? "a3@example.com" : cf_format(db, "c%zu@example.com", i);
    expect_refused(db, CF_UNIQUE, "uq_members_email");
    expect_text(members.items[12]->email, "a12@example.com");
    expect_integer(members.items[12]->version, 1);
    expect_integer(cf_count(new_session(), Member, .where = cf_starts_with(Member.email, "c")), 0);
    members.items[12]->email = "d@example.com"; /* the session goes on */
    cf_commit(db);
    expect_integer(cf_count(new_session(), Member, .where = cf_eq(Member.email, "d@example.com")), 1);
}

/* ---- Relations and refreshing ----------------------------------------------------------------------------------- */

static void related_rows_are_written_in_order_and_loaded(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    for (int i = 0; i < 3; i++) {
        struct Author *author = cf_add(db, Author, .name = cf_format(db, "%d", i));
        for (int j = 0; j < i; j++)
            cf_add(db, Book, .title = cf_format(db, "%d/%d", i, j), .author = author);
    }
    cf_commit(db);
    struct Author_list authors =
        cf_find(new_session(), Author, .order_by = { cf_asc(Author.name) }, .load = { Author.books });
    expect_integer(authors.count, 3);
    for (size_t i = 0; i < 3; i++) {
        expect_integer(authors.items[i]->books.count, i);
        for
            cf_each (book, authors.items[i]->books)
                expect_integer(book->author_id, authors.items[i]->id);
    }
    struct Book_list books = cf_find(new_session(), Book, .load = { Book.author });
    expect_integer(books.count, 3);
    for
        cf_each (book, books)
            expect(book->author && book->title[0] == book->author->name[0]);
}

static void values_stay_readable_after_commit(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    struct Author *author = cf_add(db, Author, .name = "Kim");
    cf_commit(db);
    author->age = cf_optional(1);
    cf_commit(db);
    expect_text(author->name, "Kim");
    expect_integer(author->age.value, 1);
}

static void a_refresh_reads_what_others_wrote(const void *unused)
{
    (void)unused;
    cf_db *db = new_session(), *other = new_session();
    struct Author *author = cf_add(db, Author, .name = "Kim"), *same;
    cf_commit(db);
    same = cf_get(other, Author, author->id);
    same->name = "Lee";
    cf_commit(other);
    expect_text(cf_find_one(db, Author)->name, "Kim");
    expect_text(cf_find_one(db, Author, .refresh = true)->name, "Lee");
    expect_text(author->name, "Lee");
}

static const struct test tests[] = {
    TEST(what_was_added_is_found),
    TEST(what_was_changed_is_written),
    TEST(what_was_deleted_is_gone),
    TEST(a_change_of_a_row_that_is_gone_is_stale),
    TEST(a_change_to_what_is_there_already_is_no_error),
    TEST(keys_of_uuids_and_of_several_columns),
    TEST(a_thousand_objects_with_children),
    TEST(many_rows_are_changed_and_deleted_by_few_statements),
    TEST(one_stale_row_among_many_stops_them_all),
    TEST(one_refused_row_among_many_stops_them_all),
    TEST(related_rows_are_written_in_order_and_loaded),
    TEST(values_stay_readable_after_commit),
    TEST(a_refresh_reads_what_others_wrote),
};

static const struct test *list_tests(size_t *count)
{
    *count = sizeof tests / sizeof tests[0];
    return tests;
}

const struct suite sessions_suite = { "sessions", models, .tests = list_tests };
