/* SPDX-License-Identifier: MIT
 *
 * The examples of docs/queries.md on results of other shapes, compiled.
 */
/* clang-format off */
#include <carafe/carafe.h>
#include <stdio.h>

MODEL(User, "users",
    (id,    Id),
    (name,  String(50)),
    (posts, HasMany(Post, author_id)));

MODEL(Post, "posts",
    (id,        Id),
    (title,     String(200)),
    (likes,     Integer, server_default = "0"),
    (author_id, Integer, references = "users.id"),
    (editor_id, Nullable(Integer), references = "users.id"),
    (published, Boolean),
    (created,   DateTime),
    (author,    BelongsTo(User, author_id)));

MODEL(Comment, "comments",
    (id,      Id),
    (body,    Text),
    (post_id, Integer, references = "posts.id"));

MODEL(Job, "jobs",
    (id,      Id),
    (started, DateTime),
    (minutes, Integer, server_default = "5"),
    (done,    Nullable(DateTime)));

MODEL(Page, "pages",
    (id,   Id),
    (data, Json));

SHAPE(AuthorCount,
    (name,   Text),
    (posts,  Integer),
    (latest, Nullable(DateTime)));

SHAPE(Byline, (id, Integer), (author, Text), (editor, Text));
SHAPE(Total,  (author_id, Integer), (count, Integer));
SHAPE(Name,   (id, Integer), (name, Text));
SHAPE(Tally,  (author_id, Integer), (published, Integer), (titles, Nullable(Text)), (odd, Nullable(Integer)));
SHAPE(Typical, (author_id, Integer), (likes, Nullable(Float)));
SHAPE(Rest,   (rest, Nullable(Integer)), (next, Nullable(Integer)), (posts, Integer));
SHAPE(Rank,   (id, Integer), (half, Integer), (close, Integer));

size_t count_posts(cf_db *db);
size_t count_posts(cf_db *db)
{
    struct AuthorCount_list counts = cf_select(db, AuthorCount, .from = User,
        .join     = { cf_left_join(User.posts) },
        .columns  = { .posts = cf_count_of(Post.id), .latest = cf_max_of(Post.created) },
        .group_by = { cf_column(User.id), cf_column(User.name) },
        .having   = cf_gt(cf_count_rows(), 0),
        .order_by = { cf_desc(cf_count_of(Post.id)) });
    return counts.count;
}

void ask_values(cf_db *db);
void ask_values(cf_db *db)
{
    cf_optional_integer drafts = cf_select_integer(db, cf_count_rows(), .from = Post, .where = cf_eq(Post.published, false));
    cf_optional_time    newest = cf_select_time(db, cf_max_of(Post.created), .from = Post);
    const char         *title  = cf_select_text(db, Post.title, .from = Post, .order_by = { cf_desc(Post.created) });
    struct cf_integer_values authors = cf_select_integers(db, Post.author_id, .from = Post, .distinct = true);
    struct User_list         writers = cf_find(db, User, .where = cf_in_array(User.id, authors.items, authors.count));
    printf("%zu writers, ", writers.count);
    printf("%d drafts, the last of %d %s\n", (int)drafts.value, newest.is_set ? cf_time_date(newest.value).year : 0, title ? title : "none");
}

/* What the tables of docs/queries.md list. */
size_t count_by_author(cf_db *db);
size_t count_by_author(cf_db *db)
{
    cf_expr *kept = cf_not_in(cf_tuple(Post.author_id, Post.title), cf_tuple(1, "draft"), cf_tuple(2, "draft"));
    struct Tally_list tallies = cf_select(db, Tally, .from = Post,
        .columns  = { .published = cf_filter(cf_count_rows(), cf_eq(Post.published, true)),
                      .titles    = cf_group_concat(Post.title, ", "),
                      .odd       = cf_max_of(cf_bit_and(Post.id, 1)) },
        .where    = kept,
        .group_by = { cf_column(Post.author_id) },
        .order_by = { cf_nulls_first(cf_asc(Post.author_id)) });
    struct Rank_list ranks = cf_select(db, Rank, .from = Post,
        .columns  = { .half  = cf_over(cf_ntile(2), .order_by = { cf_asc(Post.id) }),
                      .close = cf_over(cf_count_rows(), .order_by = { cf_asc(Post.id) }, .range = cf_range(-10, 0)) });
    return tallies.count + ranks.count;
}

size_t find_typical(cf_db *db);
size_t find_typical(cf_db *db)
{
    cf_expr *median = cf_within_group(cf_function("percentile_cont", 0.5), cf_asc(Post.likes));
    struct Typical_list typical = cf_select(db, Typical, .from = Post,
        .columns = { .likes = median }, .group_by = { cf_column(Post.author_id) });
    return typical.count;
}

size_t find_even(cf_db *db);
size_t find_even(cf_db *db)
{
    struct Post_list even = cf_find(db, Post, .where = cf_sql_expression("? % 2 = ?", Post.likes, 0));
    return even.count;
}

size_t count_rests(cf_db *db);
size_t count_rests(cf_db *db)
{
    cf_expr *rest = cf_modulo(Post.likes, 4);
    struct Rest_list rests = cf_select(db, Rest, .from = Post,
        .columns  = { .rest = rest, .next = cf_plus(rest, 1), .posts = cf_count_rows() },
        .group_by = { rest },
        .having   = cf_gt(rest, 0),
        .order_by = { cf_desc(cf_plus(rest, cf_count_rows())) });
    return rests.count;
}

size_t list_bylines(cf_db *db);
size_t list_bylines(cf_db *db)
{
    struct User_columns editor = cf_alias(User, "editor");
    struct Byline_list bylines = cf_select(db, Byline, .from = Post,
        .join    = { cf_join(Post.author), cf_left_join(editor, .on = cf_eq(editor.id, Post.editor_id)) },
        .columns = { .author = cf_column(User.name), .editor = cf_coalesce(editor.name, "nobody") });
    return bylines.count;
}

int64_t ask_distinct(cf_db *db);
int64_t ask_distinct(cf_db *db)
{
    return cf_select_integer(db, cf_distinct(cf_sum_of(Post.likes)), .from = Post,
        .where = cf_and(cf_eq(cf_extract(Post.created, CF_WEEKDAY), 1), cf_lt(Post.created, cf_database_now()))).value;
}

size_t list_answers(cf_db *db);
size_t list_answers(cf_db *db)
{
    struct Byline_list answered = cf_select(db, Byline, .from = Post,
        .join    = { cf_join(Comment), cf_join(Post.author) },
        .columns = { .author = cf_column(User.name), .editor = cf_column(Comment.body) });
    return answered.count;
}

size_t find_writers(cf_db *db);
size_t find_writers(cf_db *db)
{
    struct User_list writers = cf_find(db, User,
        .where = cf_in_select(User.id, cf_subquery_of(Post.author_id, .from = Post, .where = cf_eq(Post.published, true))));

    struct Total_columns totals = cf_with(Total, cf_subselect(Total, .from = Post,
        .columns = { .count = cf_count_rows() }, .group_by = { cf_column(Post.author_id) }));
    struct Name_list above = cf_select(db, Name, .from = User,
        .join  = { cf_join(totals, .on = cf_eq(totals.author_id, User.id)) },
        .where = cf_gt(totals.count, cf_scalar(cf_subquery_of(cf_avg_of(totals.count), .from = totals))));
    return writers.count + above.count;
}

size_t find_most_liked(cf_db *db);
size_t find_most_liked(cf_db *db)
{
    struct Post_list most = cf_find(db, Post,
        .where = cf_ge(Post.likes, cf_all_rows(cf_subquery_of(Post.likes, .from = Post))));
    return most.count;
}

size_t find_late(cf_db *db);
size_t find_late(cf_db *db)
{
    cf_expr *due = cf_time_plus(Job.started, Job.minutes, CF_MINUTE);
    struct Job_list late = cf_find(db, Job,
        .where    = cf_and(cf_is_null(Job.done), cf_lt(due, cf_database_now())),
        .order_by = { cf_desc(cf_seconds_between(cf_database_now(), due)) });
    return late.count;
}

size_t find_pages(cf_db *db, const char *name);
size_t find_pages(cf_db *db, const char *name)
{
    struct Page_list pages = cf_find(db, Page,
        .where    = cf_and(cf_eq(cf_json_text(Page.data, "author", "name"), name), cf_gt(cf_json_integer(Page.data, "likes"), 10)),
        .order_by = { cf_asc(cf_json_text(Page.data, "tags", 0)) });
    return pages.count;
}

int64_t take_job(cf_db *db);
int64_t take_job(cf_db *db)
{
    struct Job *job = cf_find_one(db, Job, .where = cf_is_null(Job.done), .order_by = { cf_asc(Job.id) },
        .for_update = CF_FOR_UPDATE | CF_SKIP_LOCKED);
    return job ? job->id : 0;
}

size_t lock_posts(cf_db *db);
size_t lock_posts(cf_db *db)
{
    struct Post_list mine = cf_find(db, Post,
        .join = { cf_left_join(Post.author) }, .where = cf_or(cf_is_null(User.id), cf_eq(User.name, "kim")),
        .for_update = CF_FOR_NO_KEY_UPDATE, .for_update_of = CF_MODELS(Post));
    return mine.count;
}

cf_response *show_job(cf_request *req);
cf_response *show_job(cf_request *req)
{
    struct Job *job = cf_find_exactly_one_or_404(req, Job, .where = cf_is_null(Job.done));
    struct Job *same = cf_find_exactly_one(req->db, Job, .where = cf_eq(Job.id, job->id));
    return cf_json(req, Job, same);
}

cf_response *list_posts(cf_request *req);
cf_response *list_posts(cf_request *req)
{
    struct Post_page page = cf_paginate(req, Post, .order_by = cf_sort(req, "sort", Post.created, Post.title));
    return cf_json(req, Post, page);
}

void show_query(cf_db *db);
void show_query(cf_db *db)
{
    cf_subquery *drafts = cf_subquery_of(Post.id, .from = Post, .where = cf_eq(Post.published, false));
    cf_log_info("%s %s", cf_query_sql(db, drafts), cf_query_parameters(db, drafts));
}

cf_optional_time time_there(cf_db *db);
cf_optional_time time_there(cf_db *db)
{
    cf_optional_time there = cf_select_time(db, cf_database_now(), .from = cf_nothing);
    return there;
}
