/* SPDX-License-Identifier: MIT
 *
 * Columns that queries leave out until they are asked for.
 */
#include <carafe/bulk.h>

/* clang-format off */
MODEL(Paper, "papers",
    (id,     Id),
    (title,  String(50)),
    (body,   Text,           lazy = true),
    (extra,  Nullable(Json), lazy = true),
    (scan,   Nullable(Blob), lazy = true),
    (notes,  HasMany(Remark, paper_id)));

MODEL(Remark, "remarks",
    (id,       Id),
    (text,     Text, lazy = true),
    (paper_id, Integer, references = "papers.id"),
    (paper,    BelongsTo(Paper, paper_id)));
/* clang-format on */

#define TEST_MODELS CF_MODELS(Paper, Remark)
#include "support.h"

/* A paper with all it can have and a remark, and a second one; the log is empty afterwards. */
static void fill(void)
{
    cf_db *db = another_session();
    struct Paper *paper =
        cf_add(db, Paper, .title = "one", .body = "long", .extra = "{}", .scan = ((cf_bytes){ "abc", 3 }));
    cf_add(db, Remark, .text = "well", .paper = paper);
    cf_add(db, Paper, .title = "two", .body = "longer");
    cf_commit(db);
    assert_string_equal(paper->body, "long"); /* who adds a row has it */
    sent();
}

static void touch_body(void *paper)
{
    fputc(((struct Paper *)paper)->body[0], stderr);
}

static void touch_scan(void *paper)
{
    fputc(((const char *)((struct Paper *)paper)->scan.data)[0], stderr);
}

static void assert_left_out_scan(struct Paper *paper)
{
    assert_string_equal(error_of(touch_scan, paper)->message,
                        "papers.scan was not loaded: add .undefer = cf_columns(Paper.scan)");
}

static void assert_left_out(struct Paper *paper)
{
    assert_string_equal(error_of(touch_body, paper)->message,
                        "papers.body was not loaded: add .undefer = cf_columns(Paper.body)");
    assert_left_out_scan(paper);
}

static void queries_leave_it_out_and_say_so_when_it_is_touched(cf_db *db)
{
    fill();
    struct Paper *paper = cf_find(db, Paper, .order_by = { cf_asc(Paper.id) }).items[0];
    assert_sent("SELECT id, title FROM papers ORDER BY id\n");
    assert_left_out(paper);
    assert_left_out(cf_get(another_session(), Paper, 1));
    assert_left_out(cf_find_one(db, Paper, .read_only = true));
    struct Remark *remark = cf_get(db, Remark, 1, .load = { Remark.paper });
    assert_ptr_equal(remark->paper, paper);
    assert_left_out(cf_related(another_session(), Remark.paper, cf_get(db, Remark, 1)));
}

static void undefer_reads_it(cf_db *db)
{
    fill();
    struct Paper *paper = cf_get(db, Paper, 1, .undefer = cf_columns(Paper.body, Paper.scan));
    assert_sent("SELECT id, title, body, scan FROM papers WHERE id = ?\n");
    assert_string_equal(paper->body, "long");
    assert_memory_equal(paper->scan.data, "abc", 3);
    cf_get(db, Paper, 1, .undefer = cf_columns(Paper.body));
    assert_sent("");
    cf_get(db, Paper, 1, .undefer = cf_columns(Paper.extra)); /* more of a row that is known */
    assert_string_equal(paper->extra, "{}");
    assert_string_equal(paper->body, "long");
    cf_find(db, Paper);
    assert_string_equal(paper->body, "long");
    struct Paper *other =
        cf_find_one(db, Paper, .where = cf_eq(Paper.title, "two"), .undefer = cf_columns(Paper.extra));
    assert_null(other->extra);
    cf_refresh(db, Paper, other, .undefer = cf_columns(Paper.body));
    assert_string_equal(other->body, "longer");
    assert_false(cf__session_pending(db));
}

static void what_was_not_read_is_not_written_unless_it_is_assigned(cf_db *db)
{
    fill();
    struct Paper *paper = cf_get(db, Paper, 1);
    paper->title = "new";
    cf_commit(db);
    assert_was_sent("UPDATE papers SET title = ? WHERE id = ?\n");
    paper->body = "short";
    assert_true(cf_is_changed(db, Paper.body, paper));
    assert_false(cf_is_changed(db, Paper.extra, paper));
    cf_commit(db);
    assert_was_sent("UPDATE papers SET body = ? WHERE id = ?\n");
    assert_string_equal(paper->body, "short");
    paper = cf_get(another_session(), Paper, 1, .undefer = cf_columns(Paper.body, Paper.extra, Paper.scan));
    assert_string_equal(paper->body, "short");
    assert_string_equal(paper->extra, "{}");
    assert_int_equal(paper->scan.size, 3);
}

static void a_rollback_takes_it_away_again(cf_db *db)
{
    fill();
    struct Paper *paper = cf_get(db, Paper, 1);
    paper->body = "short";
    cf_flush(db);
    cf_rollback(db);
    assert_string_equal(error_of(touch_body, paper)->message,
                        "papers.body was not loaded: add .undefer = cf_columns(Paper.body)");
    paper->body = "kept";
    assert_ptr_equal(cf_get(db, Paper, 1, .undefer = cf_columns(Paper.body)), paper);
    assert_string_equal(paper->body, "kept"); /* assigned, not read over */
}

static void rows_read_again_hold_what_they_held(cf_db *db)
{
    fill();
    struct Paper *one = cf_get(db, Paper, 1, .undefer = cf_columns(Paper.body)), *two = cf_get(db, Paper, 2);
    cf_update_all(db, Paper, .set = { cf_set(Paper.body, "all") }, .all = true);
    assert_string_equal(one->body, "all");
    assert_left_out(two);
    cf_commit(db);
    cf_begin(db);
    one = cf_get(db, Paper, 1, .undefer = cf_columns(Paper.body));
    cf_find(db, Paper);
    assert_string_equal(one->body, "all");
    cf_rollback(db);
    cf_refresh(db, Paper, one);
    assert_left_out(one);
}

static void own_sql_and_walks_may_leave_it_out(cf_db *db)
{
    fill();
    struct Paper *paper = cf_sql(db, Paper, "SELECT id, title FROM papers WHERE id = 1").items[0];
    assert_left_out(paper);
    paper->title = "new"; /* watched, although not all was read */
    cf_commit(db);
    assert_string_equal(cf_get(another_session(), Paper, 1)->title, "new");
    paper = cf_sql(db, Paper, "SELECT * FROM papers WHERE id = 1").items[0];
    assert_string_equal(paper->body, "long");
    for
        cf_find_each (each, db, Paper, .limit = 1)
            assert_left_out(each);
    for
        cf_find_each (each, db, Paper, .where = cf_eq(Paper.id, 1), .undefer = cf_columns(Paper.body))
            assert_string_equal(each->body, "long");
}

static void it_is_a_column_like_others_in_conditions_and_for_who_writes(cf_db *db)
{
    fill();
    assert_int_equal(cf_count(db, Paper, .where = cf_eq(Paper.body, "long")), 1);
    struct Paper rows[] = { { .title = "three", .body = "b" } };
    cf_insert_all(db, Paper, rows, 1);
    struct Paper *paper = cf_upsert(db, Paper, cf_columns(Paper.id), .id = 1, .title = "up", .body = "set");
    assert_string_equal(paper->body, "set");
    cf_commit(db);
    assert_int_equal(cf_count(db, Paper), 3);
}

static void undefer_of_another(void *db)
{
    cf_find((cf_db *)db, Paper, .undefer = cf_columns(Remark.text));
}

static void undefer_of_title(void *db)
{
    cf_find((cf_db *)db, Paper, .undefer = cf_columns(Paper.title));
}

static void undefer_of_loaded_title(void *db)
{
    fill();
    cf_find((cf_db *)db, Remark, .load = { Remark.paper }, .undefer = cf_columns(Paper.title));
}

static void undefer_reaches_what_is_loaded_along(cf_db *db)
{
    fill();
    struct Paper *paper =
        cf_find_one(db, Paper, .load = { Paper.notes }, .undefer = cf_columns(Paper.body, Remark.text));
    assert_string_equal(paper->body, "long");
    assert_string_equal(paper->notes.items[0]->text, "well");
    db = another_session();
    paper = cf_get(db, Paper, 1); /* the session has it without its body */
    sent();
    struct Remark *remark = cf_find_one(db, Remark, .load = { Remark.paper }, .undefer = cf_columns(Paper.body));
    assert_sent("SELECT id, paper_id FROM remarks LIMIT ?\nSELECT id, title, body FROM papers WHERE id IN (?)\n");
    assert_ptr_equal(remark->paper, paper);
    assert_string_equal(paper->body, "long");
    assert_left_out_scan(paper);
    sent();
    cf_find_one(db, Remark, .load = { cf_chain(Remark.paper, Paper.notes) }, .undefer = cf_columns(Paper.body));
    assert_null(strstr(sent(), "FROM papers")); /* nothing is missing any more */
    db = another_session();
    remark = cf_find_one(db, Remark, .load = { cf_chain(Remark.paper, Paper.notes) },
                         .undefer = cf_columns(Remark.text), .read_only = true);
    assert_string_equal(remark->paper->notes.items[0]->text, "well");
}

static void undefer_takes_lazy_columns_of_the_model(cf_db *db)
{
    assert_string_equal(error_of(undefer_of_another, db)->message,
                        ".undefer of Paper: Remark.text is none of its columns, nor of a relation in .load");
    assert_string_equal(error_of(undefer_of_loaded_title, db)->message, ".undefer of Paper: title is not lazy");
    assert_string_equal(error_of(undefer_of_title, db)->message, ".undefer of Paper: title is not lazy");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(queries_leave_it_out_and_say_so_when_it_is_touched),
        SESSION_TEST(undefer_reads_it),
        SESSION_TEST(what_was_not_read_is_not_written_unless_it_is_assigned),
        SESSION_TEST(a_rollback_takes_it_away_again),
        SESSION_TEST(rows_read_again_hold_what_they_held),
        SESSION_TEST(own_sql_and_walks_may_leave_it_out),
        SESSION_TEST(it_is_a_column_like_others_in_conditions_and_for_who_writes),
        SESSION_TEST(undefer_reaches_what_is_loaded_along),
        SESSION_TEST(undefer_takes_lazy_columns_of_the_model),
    };
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests_name("orm/lazy", tests, NULL, free_thread);
}
