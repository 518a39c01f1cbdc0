/* SPDX-License-Identifier: MIT
 *
 * Relations with a condition of their own, and those without a foreign key, which are only read.
 */
#include <carafe/query.h>

const cf_expr *is_published(void);
const cf_expr *is_hot(void);
const cf_expr *is_draft(void);
const cf_expr *is_star(void);

/* clang-format off */
MODEL(Writer, "writers",
    (id,        Id),
    (name,      String(20)),
    (posts,     HasMany(Post, writer_id)),
    (published, HasMany(Post, writer_id), only = is_published, order_by = "-title"),
    (draft,     HasOne(Post, writer_id), only = is_draft));

MODEL(Post, "posts",
    (id,        Id),
    (title,     String(20)),
    (published, Boolean),
    (writer_id, Integer, references = "writers.id"),
    (hot,       ManyToMany(Tag, "post_tags"), only = is_hot),
    (tags,      ManyToMany(Tag, "post_tags")),
    (writer,    BelongsTo(Writer, writer_id)),
    (star,      BelongsTo(Writer, writer_id), only = is_star));

MODEL(Tag, "tags",
    (id,   Id),
    (word, String(20)),
    (heat, Integer));

/* Nothing refers to anything. */
MODEL(Device, "devices",
    (id,      Id),
    (site,    String(20)),
    (serial,  Integer),
    (events,  HasMany(Event, serial), refers_to = "serial", order_by = "-text"),
    (last,    HasOne(State, site, serial), refers_to = "site, serial"));
MODEL(Event, "events",
    (id,      Id),
    (serial,  Nullable(Integer)),
    (text,    String(20)),
    (device,  BelongsTo(Device, serial), refers_to = "serial"));
MODEL(State, "states",
    (id,      Id),
    (site,    String(20)),
    (serial,  Integer),
    (word,    String(20)),
    (device,  BelongsTo(Device, site, serial), refers_to = "site, serial"));
/* clang-format on */

#define TEST_MODELS CF_MODELS(Writer, Post, Tag, Device, Event, State)
#include "support.h"

const cf_expr *is_published(void)
{
    return cf_eq(Post.published, true);
}

const cf_expr *is_draft(void)
{
    return cf_eq(Post.published, false);
}

const cf_expr *is_star(void)
{
    return cf_starts_with(Writer.name, "k");
}

const cf_expr *is_hot(void)
{
    return cf_gt(Tag.heat, 5);
}

/* Kim has a post that is published and one that is not, lee one that is not; the first has a hot tag and a cold one. */
static void fill(cf_db *db)
{
    struct Writer *kim = cf_add(db, Writer, .name = "kim"), *lee = cf_add(db, Writer, .name = "lee");
    struct Post *first = cf_add(db, Post, .title = "a", .published = true, .writer = kim);
    cf_add(db, Post, .title = "b", .published = false, .writer = kim);
    cf_add(db, Post, .title = "c", .published = true, .writer = kim);
    cf_add(db, Post, .title = "d", .published = false, .writer = lee);
    cf_append(db, Post.tags, first, cf_add(db, Tag, .word = "hot", .heat = 9));
    cf_append(db, Post.tags, first, cf_add(db, Tag, .word = "cold", .heat = 1));
    cf_commit(db);
    sent();
}

static void a_list_holds_the_rows_that_meet_its_condition(cf_db *db)
{
    fill(db);
    db = another_session();
    struct Writer_list writers = cf_find(db, Writer, .order_by = { cf_asc(Writer.id) },
                                         .load = { cf_chain(Writer.published, Post.hot), Writer.posts });
    struct Writer *kim = writers.items[0];
    assert_int_equal(kim->published.count, 2);
    assert_string_equal(kim->published.items[0]->title, "c");
    assert_ptr_equal(kim->published.items[0]->writer, kim);
    assert_int_equal(kim->published.items[1]->hot.count, 1);
    assert_string_equal(kim->published.items[1]->hot.items[0]->word, "hot");
    assert_int_equal(kim->posts.count, 3);
    assert_int_equal(writers.items[1]->published.count, 0);
    db = another_session();
    kim = cf_get(db, Writer, kim->id);
    assert_int_equal(cf_related(db, Writer.published, kim).count, 2);
    cf_find(db, Writer, .load = { cf_only(Writer.published, cf_eq(Post.title, "a")) });
    assert_int_equal(kim->published.count, 1);
}

static void conditions_along_it_are_about_these_rows(cf_db *db)
{
    fill(db);
    assert_int_equal(cf_count(db, Writer, .where = cf_any(Writer.published, NULL)), 1);
    assert_int_equal(cf_count(db, Writer, .where = cf_none_of(Writer.published, NULL)), 1);
    assert_int_equal(cf_count(db, Writer, .where = cf_any(Writer.published, cf_eq(Post.title, "b"))), 0);
    assert_int_equal(cf_count(db, Writer, .where = cf_any(cf_chain(Writer.posts, Post.hot), cf_eq(Tag.word, "cold"))),
                     0);
    assert_int_equal(cf_count(db, Writer, .where = cf_any(cf_chain(Writer.posts, Post.hot), NULL)), 1);
}

static void append(void *db)
{
    cf_append((cf_db *)db, Writer.published, cf_get((cf_db *)db, Writer, 1), cf_get((cf_db *)db, Post, 4));
}

static void take_out(void *db)
{
    cf_remove((cf_db *)db, Post.hot, cf_get((cf_db *)db, Post, 1), cf_get((cf_db *)db, Tag, 1));
}

static void join(void *db)
{
    cf_find((cf_db *)db, Writer, .join = { cf_join(Writer.published) });
}

static void it_is_only_read(cf_db *db)
{
    fill(db);
    assert_string_equal(error_of(append, db)->message,
                        "Writer.published has a condition and is only read: change the relation without one");
    assert_non_null(strstr(error_of(take_out, db)->message, "Post.hot has a condition"));
    assert_string_equal(error_of(join, db)->message,
                        "Writer.published is not joined, since it has a condition: join Post, .on = …");
}

static void the_other_way_round_leads_to_the_whole_list(cf_db *db)
{
    fill(db);
    struct Writer *kim = cf_get(db, Writer, 1, .load = { Writer.posts, Writer.published });
    struct Post *post = cf_add(db, Post, .title = "e", .published = true, .writer = kim);
    cf_commit(db);
    assert_int_equal(kim->posts.count, 4);
    assert_int_equal(kim->published.count, 2); /* until it is loaded again */
    cf_get(db, Writer, 1, .load = { Writer.published });
    assert_int_equal(kim->published.count, 3);
    assert_ptr_equal(kim->published.items[0], post);
}

/* ---- One row ---------------------------------------------------------------------------------------------------- */

static void one_row_is_the_one_that_meets_its_condition(cf_db *db)
{
    fill(db);
    db = another_session();
    struct Writer_list writers =
        cf_find(db, Writer, .order_by = { cf_asc(Writer.id) }, .load = { Writer.draft, Writer.posts });
    assert_string_equal(writers.items[0]->draft->title, "b");
    assert_ptr_equal(writers.items[0]->draft->writer, writers.items[0]);
    assert_string_equal(writers.items[1]->draft->title, "d");
    struct Post_list posts = cf_find(db, Post, .order_by = { cf_asc(Post.id) }, .load = { Post.star, Post.writer });
    assert_ptr_equal(posts.items[0]->star, writers.items[0]);
    assert_null(posts.items[3]->star); /* although the session has him */
    assert_ptr_equal(posts.items[3]->writer, writers.items[1]);
    assert_int_equal(cf_count(db, Post, .where = cf_any(Post.star, NULL)), 3);
    db = another_session();
    assert_null(cf_related(db, Post.star, cf_get(db, Post, 4)));
}

static void a_join_reads_it_under_its_condition(cf_db *db)
{
    fill(db);
    db = another_session();
    sent();
    struct Post_list posts = cf_find(db, Post, .order_by = { cf_asc(Post.id) }, .load = { cf_joined(Post.star) });
    assert_sent(
        "SELECT posts.id, posts.title, posts.published, posts.writer_id, writers.id, writers.name FROM posts LEFT "
        "JOIN writers ON writers.id = posts.writer_id AND substr(writers.name, 1, length(?)) = ? ORDER BY posts.id\n");
    assert_string_equal(posts.items[0]->star->name, "kim");
    assert_null(posts.items[3]->star);
}

static void assign(void *db_)
{
    cf_db *db = db_;
    struct Post *post = cf_get(db, Post, 4, .load = { Post.star });
    post->star = cf_get(db, Writer, 1);
    cf_flush(db);
}

static void assign_one(void *db_)
{
    cf_db *db = db_;
    struct Writer *kim = cf_get(db, Writer, 1, .load = { Writer.draft });
    kim->draft = cf_get(db, Post, 4);
    cf_flush(db);
}

static void add_with_it(void *db_)
{
    cf_db *db = db_;
    cf_add(db, Post, .title = "new", .published = true, .star = cf_get(db, Writer, 1));
    cf_flush(db);
}

static void it_is_not_assigned(cf_db *db)
{
    static const char because[] = "has a condition and is only read: change the relation without one";
    fill(db);
    assert_string_equal(error_of(assign, db)->message, cf_format(db, "Post.star %s", because));
    cf_rollback(db);
    assert_string_equal(error_of(assign_one, db)->message, cf_format(db, "Writer.draft %s", because));
    cf_rollback(db);
    assert_string_equal(error_of(add_with_it, db)->message, cf_format(db, "Post.star %s", because));
    cf_rollback(db);
    struct Post *post = cf_get(db, Post, 4, .load = { Post.star, Post.writer });
    post->writer = cf_get(db, Writer, 1);
    cf_commit(db);
    assert_false(cf_is_loaded(Post.star, post));
    assert_string_equal(cf_related(db, Post.star, post)->name, "kim");
}

/* ---- Without a foreign key ---------------------------------------------------------------------------------------- */

/* Two devices of one number, one without events; an event of no device, and one of a device that is not there. */
static void fill_devices(cf_db *db)
{
    cf_add(db, Event, .text = "early", .serial = cf_optional(7));
    cf_add(db, Device, .site = "roof", .serial = 7);
    cf_add(db, Device, .site = "attic", .serial = 7);
    cf_add(db, Device, .site = "attic", .serial = 8);
    cf_add(db, Event, .text = "late", .serial = cf_optional(7));
    cf_add(db, Event, .text = "lost", .serial = cf_optional(99));
    cf_add(db, Event, .text = "none");
    cf_add(db, State, .site = "attic", .serial = 7, .word = "up");
    cf_commit(db);
    sent();
}

static void what_is_equal_is_related_without_a_foreign_key(cf_db *db)
{
    fill_devices(db);
    struct Device_list devices =
        cf_find(db, Device, .order_by = { cf_asc(Device.id) }, .load = { Device.events, Device.last });
    assert_was_sent(
        "SELECT id, site, serial FROM devices ORDER BY id\n"
        "SELECT id, serial, text FROM events WHERE serial IN (?, ?) ORDER BY text DESC, id\n"
        "SELECT id, site, serial, word FROM states WHERE site = ? AND serial = ? OR site = ? AND serial = ? OR "
        "site = ? AND serial = ? OR site = ? AND serial = ? ORDER BY id\n");
    assert_int_equal(devices.items[0]->events.count, 2);
    assert_string_equal(devices.items[0]->events.items[0]->text, "late");
    assert_int_equal(devices.items[1]->events.count, 2);
    assert_int_equal(devices.items[2]->events.count, 0);
    assert_null(devices.items[0]->last);
    assert_string_equal(devices.items[1]->last->word, "up");
    struct Event_list events = cf_find(db, Event, .order_by = { cf_asc(Event.id) }, .load = { Event.device });
    assert_int_equal(events.items[0]->device->serial, 7);
    assert_null(events.items[2]->device);
    assert_null(events.items[3]->device);
    assert_int_equal(cf_count(db, Device, .where = cf_any(Device.events, cf_eq(Event.text, "late"))), 2);
    assert_int_equal(cf_find(db, Event, .join = { cf_join(Event.device) }, .where = cf_eq(Device.site, "roof")).count,
                     2);
    struct State_list states = cf_find(another_session(), State, .load = { cf_joined(State.device) });
    assert_string_equal(states.items[0]->device->site, "attic");
}

static void append_event(void *db_)
{
    cf_db *db = db_;
    cf_append(db, Device.events, cf_get(db, Device, 1), cf_add(db, Event, .text = "new"));
}

static void assign_device(void *db_)
{
    cf_db *db = db_;
    struct Event *event = cf_get(db, Event, 4, .load = { Event.device });
    event->device = cf_get(db, Device, 1);
    cf_flush(db);
}

static void such_a_relation_is_only_read(cf_db *db)
{
    static const char because[] = "has no foreign key and is only read: change the columns that are compared";
    fill_devices(db);
    assert_string_equal(error_of(append_event, db)->message, cf_format(db, "Device.events %s", because));
    cf_rollback(db);
    assert_string_equal(error_of(assign_device, db)->message, cf_format(db, "Event.device %s", because));
    cf_rollback(db);
    struct Event *event = cf_get(db, Event, 4, .load = { Event.device });
    event->serial = cf_optional(8);
    cf_commit(db);
    assert_string_equal(cf_related(db, Event.device, event)->site, "attic");
    assert_int_equal(event->device->serial, 8);
    cf_delete(db, Device, event->device); /* takes nothing along */
    cf_commit(db);
    assert_int_equal(cf_count(db, Event), 4);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(a_list_holds_the_rows_that_meet_its_condition),
        SESSION_TEST(conditions_along_it_are_about_these_rows),
        SESSION_TEST(it_is_only_read),
        SESSION_TEST(the_other_way_round_leads_to_the_whole_list),
        SESSION_TEST(one_row_is_the_one_that_meets_its_condition),
        SESSION_TEST(a_join_reads_it_under_its_condition),
        SESSION_TEST(it_is_not_assigned),
        SESSION_TEST(what_is_equal_is_related_without_a_foreign_key),
        SESSION_TEST(such_a_relation_is_only_read),
    };
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests_name("orm/relation_only", tests, NULL, free_thread);
}
