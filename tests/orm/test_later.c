/* SPDX-License-Identifier: MIT
 *
 * What is asked for later is what its namesake gives, on every database; where the database answers several queries at once,
 * all are under way before the first is answered. A spy stands before the driver and counts them.
 */
#include <carafe/select.h>
#include <carafe/wait.h>

#include "../../src/db/state.h"
#include "relations.h"
#include "support.h"

/* clang-format off */
SHAPE(Count, (name, Text), (books, Integer));
MODEL(Shelf, "shelves", (name, String(20), primary_key = true));
/* clang-format on */

static struct {
    struct cf_driver driver;
    const struct cf_driver *real;
    int sent, under_way, most; /* queries that were sent ahead: all, not received yet, and the most of those */
    int unanswered;            /* so many are to be asked anew */
    int failing;               /* the one to fail, counted down from when it is received; 0: none */
} spy;

static struct cf_cursor *note_send(struct cf_statement *statement, const struct cf_parameter *parameters, size_t count,
                                   int64_t patience)
{
    spy.sent++;
    if (++spy.under_way > spy.most)
        spy.most = spy.under_way;
    return spy.real->send(statement, parameters, count, patience);
}

static bool note_receive(struct cf_cursor *cursor)
{
    spy.under_way--;
    if (spy.failing && --spy.failing == 0) {
        spy.real->end(cursor);
        cf_raise(CF_TIMEOUT, "too slow");
    }
    if (spy.unanswered && spy.unanswered--) {
        spy.real->end(cursor);
        return false;
    }
    return spy.real->receive(cursor);
}

static void spy_on(void)
{
    memset(&spy, 0, sizeof spy);
    spy.real = world.engine->driver;
    spy.driver = *spy.real;
    if (spy.real->send) {
        spy.driver.send = note_send;
        spy.driver.receive = note_receive;
    }
    world.engine->driver = &spy.driver;
}

static bool sends_ahead(void)
{
    return spy.real->capabilities & CF_CAN_PIPELINE;
}

static void assert_sent_ahead(int count)
{
    int expected = sends_ahead() ? count : 0;
    assert_int_equal(spy.sent, expected);
    assert_int_equal(spy.most, expected);
    spy.sent = spy.most = 0;
}

/* Three authors, ann, bob and kim, of whom ann has written two books and kim one. */
static cf_db *fill(void)
{
    cf_db *db = another_session();
    struct Author *ann = cf_add(db, Author, .name = "ann"), *kim = NULL;
    cf_add(db, Author, .name = "bob");
    kim = cf_add(db, Author, .name = "kim");
    cf_add(db, Book, .title = "a", .author = ann);
    cf_add(db, Book, .title = "b", .author = ann);
    cf_add(db, Book, .title = "c", .author = kim);
    cf_commit(db);
    return db;
}

static int64_t id_of(const char *name)
{
    return cf_find_one(another_session(), Author, .where = cf_eq(Author.name, name))->id;
}

static void each_is_what_its_namesake_gives(cf_db *db)
{
    fill();
    int64_t kims = id_of("kim");
    spy_on();
    int64_t *count = cf_count_later(db, Author, .where = cf_ne(Author.name, "bob"));
    struct Author_list *all = cf_find_later(db, Author, .order_by = { cf_desc(Author.name) }, .limit = 2);
    struct Author **one = cf_find_one_later(db, Author, .where = cf_eq(Author.name, "ann"), .load = { Author.books });
    struct Author **kim = cf_get_later(db, Author, kims), **nobody = cf_get_later(db, Author, 999);
    struct Book **none = cf_find_one_later(db, Book, .where = cf_eq(Book.title, "z"));
    struct Count_list *counts =
        cf_select_later(db, Count, .from = Author,
                        .columns = { .name = cf_column(Author.name), .books = cf_count_of(Book.id) },
                        .join = { cf_left_join(Author.books) }, .group_by = { cf_column(Author.name) },
                        .order_by = { cf_asc(Author.name) });
    cf_await(db);
    assert_int_equal(*count, 2);
    assert_int_equal(all->count, 2);
    assert_string_equal(all->items[0]->name, "kim");
    assert_string_equal(all->items[1]->name, "bob");
    assert_string_equal((*one)->name, "ann");
    assert_int_equal((*one)->books.count, 2);
    assert_ptr_equal(*kim, all->items[0]); /* one row is one object */
    assert_null(*nobody);
    assert_null(*none);
    assert_int_equal(counts->count, 3);
    assert_string_equal(counts->items[0]->name, "ann");
    assert_int_equal(counts->items[0]->books, 2);
    assert_int_equal(counts->items[1]->books, 0);
    assert_sent_ahead(7);
}

/* With options that stand on a stack which is gone by then. */
static struct Author_list *ask_elsewhere(cf_db *db)
{
    struct Book_columns first = cf_alias(Book, "first");
    return cf_find_later(db, Author, .load = { cf_chain(Author.books, cf_chain(Book.author, Author.passport)) },
                         .join = { cf_join(first, .on = cf_eq(first.author_id, Author.id)) },
                         .where = cf_eq(first.title, "c"));
}

static struct Shelf **ask_for_shelf(cf_db *db)
{
    char key[8] = "low";
    return cf_get_later(db, Shelf, key);
}

static void overwrite_stack(void)
{
    volatile char stack[8192];
    for (size_t i = 0; i < sizeof stack; i++)
        stack[i] = 'x';
}

static void options_are_kept(cf_db *db)
{
    fill();
    cf_add(db, Shelf, .name = "low");
    struct Author_list *kim = ask_elsewhere(db);
    struct Shelf **shelf = ask_for_shelf(db);
    overwrite_stack();
    cf_await(db);
    assert_int_equal(kim->count, 1);
    assert_ptr_equal(kim->items[0]->books.items[0]->author, kim->items[0]);
    assert_null(kim->items[0]->passport);
    assert_string_equal((*shelf)->name, "low");
}

static void a_row_that_the_session_has_costs_no_query(cf_db *db)
{
    fill();
    struct Author *ann = cf_find_one(db, Author, .where = cf_eq(Author.name, "ann"));
    spy_on();
    sent();
    struct Author **known = cf_get_later(db, Author, ann->id);
    cf_await(db);
    assert_ptr_equal(*known, ann);
    assert_string_equal(sent(), "");
    assert_sent_ahead(0);
    cf_await(db); /* nothing is left to ask */
    assert_string_equal(sent(), "");
}

static void what_is_pending_is_seen(cf_db *db)
{
    fill();
    int64_t *before = cf_count_later(db, Author);
    struct Author **eva = cf_find_one_later(db, Author, .where = cf_eq(Author.name, "eva"));
    struct Author *added = cf_add(db, Author, .name = "eva"); /* behind the asking, before cf_await */
    spy_on();
    cf_await(db);
    assert_int_equal(*before, 4);
    assert_ptr_equal(*eva, added);
    assert_sent_ahead(2); /* in the transaction that the flush has begun */
    cf_rollback(db);
    assert_int_equal(cf_count(db, Author), 3);
}

static void touch_list(void *list)
{
    for
        cf_each (author, *(struct Author_list *)list)
            fputs(author->name, stderr);
}

static void touch_row(void *row)
{
    fputs((*(struct Author **)row)->name, stderr);
}

static void before_it_is_awaited_it_is_not_to_be_touched(cf_db *db)
{
    static const char message[] = "this was asked for later: call cf_await before it is touched";
    fill();
    struct Author_list *all = cf_find_later(db, Author);
    struct Author **one = cf_find_one_later(db, Author);
    assert_string_equal(error_of(touch_list, all)->message, message);
    assert_string_equal(error_of(touch_row, one)->message, message);
    assert_true(*cf_count_later(db, Author) == INT64_MIN);
    cf_await(db);
    assert_int_equal(all->count, 3);
}

static void find_with_lock(void *db)
{
    cf_find_later(db, Author, .for_update = CF_FOR_UPDATE);
}

static void select_with_lock(void *db)
{
    cf_select_later(db, Count, .from = Author, .columns = { .name = cf_column(Author.name), .books = cf_literal(1) },
                    .for_update = CF_FOR_UPDATE);
}

static void locks_are_refused(cf_db *db)
{
    assert_string_equal(error_of(find_with_lock, db)->message,
                        "Author: what is asked for later takes no locks: use cf_find, cf_find_one or cf_get");
    assert_string_equal(error_of(select_with_lock, db)->message,
                        "Count: what is asked for later takes no locks: use cf_select");
}

static void await(void *db)
{
    cf_await(db);
}

/* A query that the database refuses, between others. */
static void the_first_error_is_raised_and_the_session_goes_on(cf_db *db)
{
    fill();
    spy_on();
    int64_t *count = cf_count_later(db, Author);
    struct Author_list *wrong =
        cf_find_later(db, Author, .where = cf_gt(cf_function("no_such_function", Author.name), 1));
    struct Author_list *all = cf_find_later(db, Author);
    assert_non_null(strstr(error_of(await, db)->message, "no_such_function"));
    assert_int_equal(*count, 3);
    error_of(touch_list, wrong);
    error_of(touch_list, all);
    assert_int_equal(cf_count(db, Author), 3);
    struct Author_list *again = cf_find_later(db, Author);
    cf_await(db);
    assert_int_equal(again->count, 3);
}

static void what_has_no_answer_is_asked_anew(cf_db *db)
{
    fill();
    for (int unanswered = 1; unanswered <= 3; unanswered++) {
        spy_on();
        spy.unanswered = unanswered;
        struct Author_list *all = cf_find_later(db, Author, .refresh = true);
        int64_t *count = cf_count_later(db, Book);
        struct Author **ann = cf_find_one_later(db, Author, .where = cf_eq(Author.name, "ann"));
        sent();
        cf_await(db);
        assert_int_equal(all->count, 3);
        assert_int_equal(*count, 3);
        assert_string_equal((*ann)->name, "ann");
        const char *statements = sent();
        int lines = 0;
        for (const char *at = statements; (at = strchr(at, '\n')); at++)
            lines++;
        assert_int_equal(lines, 3); /* each is told once */
        world.engine->driver = spy.real;
    }
}

static void what_fails_leaves_the_others_to_nobody(cf_db *db)
{
    fill();
    spy_on();
    spy.failing = 2;
    int64_t *first = cf_count_later(db, Author), *second = cf_count_later(db, Book);
    struct Author_list *third = cf_find_later(db, Author);
    if (sends_ahead()) {
        assert_int_equal(error_of(await, db)->code, CF_TIMEOUT);
        assert_true(*second == INT64_MIN);
        error_of(touch_list, third);
    } else {
        cf_await(db);
        assert_int_equal(third->count, 3);
    }
    assert_int_equal(*first, 3);
    assert_int_equal(cf_count(db, Author), 3);
}

static void in_a_transaction_they_see_what_it_sees(cf_db *db)
{
    fill();
    cf_begin(db);
    cf_sql_execute(db, "UPDATE authors SET name = 'zoe' WHERE name = 'ann'");
    spy_on();
    struct Author **zoe = cf_find_one_later(db, Author, .where = cf_eq(Author.name, "zoe"));
    int64_t *anns = cf_count_later(db, Author, .where = cf_eq(Author.name, "ann"));
    cf_await(db);
    assert_non_null(*zoe);
    assert_int_equal(*anns, 0);
    assert_sent_ahead(2);
    cf_rollback(db);
    assert_int_equal(cf_count(db, Author, .where = cf_eq(Author.name, "ann")), 1);
}

/* The statements were prepared before the table was changed. */
static void a_changed_table_heals_by_itself(cf_db *db)
{
    fill();
    for (int round = 0; round < 2; round++) {
        struct Author_list *all = cf_find_later(db, Author, .refresh = true), *same = cf_find_later(db, Author);
        struct Author **ann = cf_find_one_later(db, Author, .where = cf_eq(Author.name, "ann"));
        cf_await(db);
        assert_int_equal(all->count, 3);
        assert_int_equal(same->count, 3);
        assert_string_equal((*ann)->name, "ann");
        cf_db *other = another_session();
        if (!round && sends_ahead())
            cf_sql_execute(other, "ALTER TABLE authors ALTER COLUMN name TYPE varchar(60)");
        cf_commit(other);
    }
}

static void the_log_names_who_asked(cf_db *db)
{
    fill();
    (void)db;
    world.engine->options.record = true;
    cf_db *asking = another_session();
    int line = __LINE__ + 1;
    int64_t *count = cf_count_later(asking, Author);
    struct Author_list *all = cf_find_later(asking, Author);
    cf_await(asking);
    assert_int_equal(*count + (int64_t)all->count, 6);
    struct cf_sql_log log = cf__session_recorded(asking);
    assert_int_equal(log.count, 2);
    assert_int_equal(log.items[0].place.line, line);
    assert_int_equal(log.items[1].place.line, line + 1);
    assert_int_equal(log.items[1].rows, 3);
}

/* More than one connection's worth of them, and the same query many times. */
static void any_number_of_them(cf_db *db)
{
    enum { MANY = 200 };
    fill();
    int64_t ann = id_of("ann");
    spy_on();
    struct Author **asked[MANY];
    for (int i = 0; i < MANY; i++)
        asked[i] = cf_get_later(db, Author, ann, .refresh = true);
    cf_await(db);
    for (int i = 0; i < MANY; i++)
        assert_ptr_equal(*asked[i], *asked[0]);
    assert_string_equal((*asked[0])->name, "ann");
    assert_sent_ahead(MANY);
}

int main(int argc, char **argv)
{
    if (!choose_server(argc, argv))
        return 77;
    world.models = CF_MODELS(Author, Passport, Book, Chapter, Label, Sale, Shelf);
    const struct CMUnitTest tests[] = {
        SESSION_TEST(each_is_what_its_namesake_gives),
        SESSION_TEST(options_are_kept),
        SESSION_TEST(a_row_that_the_session_has_costs_no_query),
        SESSION_TEST(what_is_pending_is_seen),
        SESSION_TEST(before_it_is_awaited_it_is_not_to_be_touched),
        SESSION_TEST(locks_are_refused),
        SESSION_TEST(the_first_error_is_raised_and_the_session_goes_on),
        SESSION_TEST(what_has_no_answer_is_asked_anew),
        SESSION_TEST(what_fails_leaves_the_others_to_nobody),
        SESSION_TEST(in_a_transaction_they_see_what_it_sees),
        SESSION_TEST(a_changed_table_heals_by_itself),
        SESSION_TEST(the_log_names_who_asked),
        SESSION_TEST(any_number_of_them),
    };
    return cmocka_run_group_tests_name("orm/later", tests, NULL, free_thread);
}
