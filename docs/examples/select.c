/* SPDX-License-Identifier: MIT
 *
 * The examples of docs/queries.md on results of other shapes, compiled.
 */
/* clang-format off */
#include <carafe/carafe.h>

MODEL(User, "users",
    (id,    Id),
    (name,  String(50)),
    (posts, HasMany(Post, author_id)));

MODEL(Post, "posts",
    (id,        Id),
    (title,     String(200)),
    (author_id, Integer, references = "users.id"),
    (editor_id, Nullable(Integer), references = "users.id"),
    (published, Boolean),
    (created,   DateTime),
    (author,    BelongsTo(User, author_id)));

MODEL(Job, "jobs",
    (id,   Id),
    (done, Nullable(DateTime)));

SHAPE(AuthorCount,
    (name,   Text),
    (posts,  Integer),
    (latest, Nullable(DateTime)));

SHAPE(Byline, (id, Integer), (author, Text), (editor, Text));
SHAPE(Total,  (author_id, Integer), (count, Integer));
SHAPE(Name,   (id, Integer), (name, Text));

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

size_t list_bylines(cf_db *db);
size_t list_bylines(cf_db *db)
{
    struct User_columns editor = cf_alias(User, "editor");
    struct Byline_list bylines = cf_select(db, Byline, .from = Post,
        .join    = { cf_join(Post.author), cf_left_join(editor, .on = cf_eq(editor.id, Post.editor_id)) },
        .columns = { .author = cf_column(User.name), .editor = cf_coalesce(editor.name, "nobody") });
    return bylines.count;
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

int64_t take_job(cf_db *db);
int64_t take_job(cf_db *db)
{
    struct Job *job = cf_find_one(db, Job, .where = cf_is_null(Job.done), .order_by = { cf_asc(Job.id) },
        .for_update = CF_FOR_UPDATE | CF_SKIP_LOCKED);
    return job ? job->id : 0;
}

cf_response *list_posts(cf_request *req);
cf_response *list_posts(cf_request *req)
{
    struct Post_page page = cf_paginate(req, Post, .order_by = cf_sort(req, "sort", Post.created, Post.title));
    return cf_json(req, Post, page);
}
