/* SPDX-License-Identifier: MIT */
#include "relations.h"
#include "support.h"

struct writer {
    struct cf__context context;
    const char *name;
    struct Author *author;
    struct Book *book;
    bool ended, failed;
};

static void commit_book(void *writer_)
{
    struct writer *writer = writer_;
    cf_db *db = cf__session_open(cf__current(), world.engine);
    writer->author = cf_add(db, Author, .name = writer->name);
    writer->book = cf_add(db, Book, .title = writer->name, .author = writer->author);
    cf_append(db, Book.chapters, writer->book, cf_add(db, Chapter, .title = "1"));
    cf_append(db, Book.labels, writer->book, cf_add(db, Label, .word = writer->name));
    cf_append(db, Book.buyers, writer->book, writer->author);
    cf_commit(db);
    assert_int_equal(writer->book->author_id, writer->author->id);
}

static void note_end(void *writer_, bool failed)
{
    struct writer *writer = writer_;
    writer->ended = true;
    writer->failed = failed;
}

static void run_all(struct writer *writers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cf__context_init(&writers[i].context);
        cf__fiber_start(&writers[i].context, commit_book, note_end, &writers[i]);
    }
    for (size_t i = 0; i < count; i++)
        cf__loop_run_until(&writers[i].ended);
}

static void release_all(void *context)
{
    cf__run_releases(context);
}

static void open_world(void *unused)
{
    (void)unused;
    world.engine = open_engine();
    make_tables(world.engine);
    cf_db *db = another_session();
    cf_sql_execute(db, "CREATE TRIGGER never BEFORE INSERT ON authors WHEN NEW.name = 'never' BEGIN SELECT "
                       "RAISE(ROLLBACK, 'never'); END");
    cf_commit(db);
}

static void look(void *writers_)
{
    const struct writer *writers = writers_;
    cf_db *db = another_session();
    assert_int_equal(cf_count(db, Author), 3);
    for (int i = 0; i < 4; i++) {
        if (writers[i].failed)
            continue;
        struct Book *book =
            cf_get(db, Book, writers[i].book->id, .load = { Book.author, Book.labels, Book.chapters, Book.buyers });
        assert_string_equal(book->author->name, writers[i].name);
        assert_int_equal(book->labels.count, 1);
        assert_string_equal(book->labels.items[0]->word, writers[i].name);
        assert_int_equal(book->chapters.count, 1);
        assert_int_equal(book->buyers.count, 1);
    }
}

static void what_anothers_error_has_taken_back_is_written_again(void **state)
{
    (void)state;
    struct writer writers[] = { { .name = "ada" }, { .name = "bob" }, { .name = "never" }, { .name = "kim" } };
    cf__log_set_level(CF_LOG_ERROR);
    enter_directory();
    assert_true(cf__loop_run_fiber(open_world, NULL, NULL));
    run_all(writers, 4);
    assert_true(writers[2].failed);
    assert_string_equal(writers[2].context.record.error.message, "never");
    struct cf__error_record record;
    if (!cf__loop_run_fiber(look, writers, &record))
        fail_msg("%s", record.error.message);
    for (int i = 0; i < 4; i++) {
        cf__loop_run_fiber(release_all, &writers[i].context, NULL);
        cf__context_dispose(&writers[i].context);
    }
    cf__loop_run_fiber(close_engine, world.engine, NULL);
    leave_directory();
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_anothers_error_has_taken_back_is_written_again) };
    return cmocka_run_group_tests_name("orm/group", tests, NULL, free_thread);
}
