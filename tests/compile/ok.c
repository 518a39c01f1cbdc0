/* SPDX-License-Identifier: MIT
 *
 * A program with everything that models, queries, sessions, routes and revisions allow. It must compile without a
 * warning; check.sh makes each wrong program from it by one substitution.
 */
#include <carafe/carafe.h>

#include <stdio.h>

CF_CHOICES(Status, draft, published);

MODEL(User, "users",
    (id,    Id, autoincrement = true),
    (name,  String(50),   index = true),
    (email, String(120),  unique = true),
    (age,   Nullable(Integer)),
    (bio,   Nullable(Text), lazy = true),
    (secret, Text,        hidden = true, server_default = ""),
    (posts,  HasMany(Post, author_id), cascade = "delete-orphan", json = "articles", order_by = "-title"),
    (badge,  HasOne(Badge, user_id),   hidden = true));

MODEL(Post, "posts",
    (id,        Id),
    (title,     String(200)),
    (slug,      String(80), collation = "NOCASE", comment = "in the address", sql_type = "postgresql: citext"),
    (length,    Integer,     computed = "length(title)", stored = true),
    (published, Boolean,     server_default = "false"),
    (created,   DateTime,    server_default_sql = "CURRENT_TIMESTAMP", json = "createdAt"),
    (author_id, Integer,     references = "users.id", on_delete = "cascade", index = true),
    (author,    BelongsTo(User, author_id)),
    (tags,      ManyToMany(Tag, "post_tags")),
    (readers,   ManyToManyThrough(User, Visit)),
    (one_slug,  Unique(author_id, slug)),
    (by_lower,  IndexOn("lower(title)"), unique = true, where = "published"),
    (about,     Comment("what was written")),
    (strict,    TableOption("sqlite", "STRICT")),
    (unlogged,  TableOption("postgresql", "UNLOGGED")),
    (kept,      Ddl("CREATE TRIGGER kept BEFORE DELETE ON posts BEGIN SELECT raise(ABORT, 'kept'); END"), drop = "DROP TRIGGER kept", database = "sqlite"),
    (mooded,    Ddl("CREATE TYPE mood AS ENUM ('glad')"), drop = "DROP TYPE mood", database = "postgresql", before = true),
    (by_day,    Index(created, title(20))),
    (key,       PrimaryKey(id), named = "posts_pkey"),
    (titled,    Check("title <> ''")));

const cf_expr *is_leaf(void);

VIEW(Reader, "readers", "SELECT id, name FROM users WHERE age > 17",
    (id,    Id),
    (name,  String(50)));

MODEL(Tag, "tags",
    (id,        Id),
    (leaves,    HasMany(Tag, parent_id), only = is_leaf),
    (parent_id, Nullable(Integer), references = "tags.id", deferred = true),
    (parent,    BelongsTo(Tag, parent_id)),
    (children,  HasMany(Tag, parent_id)),
    (posts,     ManyToMany(Post, "post_tags")));

MODEL(Visit, "visits",
    (post_id, Integer, primary_key = true, references = "posts.id"),
    (user_id, Integer, primary_key = true, references = "users.id"),
    (notes,   HasMany(Note, post_id, user_id)));

MODEL(Note, "notes",
    (id,      Id),
    (post_id, Integer),
    (user_id, Integer),
    (visit,   BelongsTo(Visit, post_id, user_id), on_delete = "cascade", deferrable = true),
    (friends, ManyToManyThrough(Note, Pair, left_id, right_id)));

MODEL(Pair, "pairs",
    (left_id,  Integer, primary_key = true, references = "notes.id"),
    (right_id, Integer, primary_key = true, references = "notes.id"));

static const char *check_user(struct cf_db *db, const void *row)
{
    (void)db;
    return row ? NULL : "is nobody";
}

static void count_badge(struct cf_db *db, void *row)
{
    (void)db, (void)row;
}

MODEL(Badge, "badges",
    (id,      Id),
    (version, Integer, version = true, validate = check_user),
    (serial,  Uuid, insert_default = cf_default_uuid, update_default = count_badge),
    (hooks,   Hooks(.before_insert = count_badge, .after_delete = count_badge, .validate = check_user)),
    CF_TIMESTAMPS,
    CF_SOFT_DELETE,
    (user_id, Integer, references = "users.id", unique = true),
    (user,    BelongsTo(User, user_id)));

MODEL(Reading, "readings",
    (station, Uuid,               primary_key = true),
    (at,      DateTime,           primary_key = true),
    (value,   Float),
    (price,   Numeric(12, 2),     check = "price >= 0"),
    (small,   SmallInteger),
    (big,     BigInteger),
    (day,     Date),
    (clock,   Time),
    (status,  Enum(Status)),
    (color,   Choices("red", "green")),
    (extra,   Json),
    (parsed,  Jsonb),
    (raw,     Blob),
    (maybe,   Nullable(Boolean)),
    (ratio,   Nullable(Float)),
    (cost,    Nullable(Numeric(8, 4))),
    (since,   Nullable(DateTime)),
    (on_day,  Nullable(Date)),
    (at_time, Nullable(Time)),
    (other,   Nullable(Uuid)),
    (state,   Nullable(Enum(Status)), create_constraint = true),
    (tint,    Nullable(Choices("red", "green"))),
    (note,    Nullable(Json)),
    (image,   Nullable(Blob)),
    (lng,     Float,              column = "long", index = true, unique = true, was = "longitude", hidden = true, json = "lng"),
    (many,    Integer,            unique = true, index = true, hidden = true, references = "users.id", on_delete = "cascade",
              on_update = "cascade", server_default = "1", column = "count", json = "number", was = "number"),
    (before,  Was("measurements")));

struct color {
    unsigned char red, green, blue;
};
static const char *color_bind(cf_context *context, struct color color)
{
    return cf_format(context, "#%02x%02x%02x", color.red, color.green, color.blue);
}
static const char *color_read(cf_context *context, const char *stored, struct color *color)
{
    *color = (struct color){ (unsigned char)stored[0], 0, (unsigned char)(context != NULL) };
    return NULL;
}
CF_CUSTOM(Color, struct color, String(7), color_bind, color_read);
static int64_t seconds_bind(cf_context *context, double seconds) { return (int64_t)seconds + (context != NULL); }
static const char *seconds_read(cf_context *context, int64_t stored, double *seconds)
{
    *seconds = (double)stored;
    return context ? NULL : "has no context";
}
CF_CUSTOM(Seconds, double, BigInteger, seconds_bind, seconds_read);

MODEL(Car, "cars",
    (id,     Id),
    (paint,  Custom(Color),           index = true),
    (trim,   Nullable(Custom(Color)), unique = true),
    (driven, Custom(Seconds),         server_default = "0"));
SHAPE(Painted, (paint, Custom(Color)), (driven, Nullable(Custom(Seconds))));

static size_t cars_of(cf_db *db, struct color paint)
{
    struct Car *car = cf_add(db, Car, .paint = paint, .driven = 1.5);
    car->trim = (Color_optional){ paint, true };
    struct Car_list cars = cf_find(db, Car, .where = cf_and(cf_eq(Car.paint, cf_stored(Color, paint)), cf_gt(Car.driven, cf_stored(Seconds, 7.5))));
    struct Painted_list painted = cf_select(db, Painted, .from = Car, .columns = { .paint = cf_column(Car.trim), .driven = cf_max_of(Car.driven) });
    return cars.count + painted.count + (car->paint.red == 0);
}

/* As many items as a model may have. */
MODEL(Wide, "wide",
    (id, Id), (c1, Integer), (c2, Integer), (c3, Integer), (c4, Integer), (c5, Integer), (c6, Integer), (c7, Integer),
    (c8, Integer), (c9, Integer), (c10, Integer), (c11, Integer), (c12, Integer), (c13, Integer), (c14, Integer),
    (c15, Integer), (c16, Integer), (c17, Integer), (c18, Integer), (c19, Integer), (c20, Integer), (c21, Integer),
    (c22, Integer), (c23, Integer), (c24, Integer), (c25, Integer), (c26, Integer), (c27, Integer), (c28, Integer),
    (c29, Integer), (c30, Integer), (c31, Integer), (c32, Integer), (c33, Integer), (c34, Integer), (c35, Integer),
    (c36, Integer), (c37, Integer), (c38, Integer), (c39, Integer), (c40, Integer), (c41, Integer), (c42, Integer),
    (c43, Integer), (c44, Integer), (c45, Integer), (c46, Integer), (c47, Integer), (c48, Integer), (c49, Integer),
    (c50, Integer), (c51, Integer), (c52, Integer), (c53, Integer), (c54, Integer), (c55, Integer), (c56, Integer),
    (c57, Integer), (c58, Integer), (c59, Integer), (c60, Integer), (c61, Integer), (c62, Integer), (c63, Integer));

SHAPE(Minute, (minute, DateTime), (mean, Float), (samples, Integer));
SHAPE(Transfer, (from, Integer), (to, Integer), (amount, Numeric(12, 2)), (note, Nullable(Text)));

static cf_response *list_users(cf_request *req)
{
    struct User_list users = cf_find(req->db, User, .order_by = { cf_asc(User.id) });
    return cf_json(req, User, users);
}

static cf_response *show_user(cf_request *req)
{
    const struct User *user = cf_get_or_404(req, User, cf_param_integer(req, "id"));
    return cf_json(req, User, user);
}

static cf_response *create_user(cf_request *req)
{
    struct User *user = cf_add_from_json(req, User, cf_columns(User.name, User.email));
    cf_commit(req->db);
    return cf_json(req, User, user, .status = 201);
}

static cf_response *change_user(cf_request *req)
{
    struct User *user = cf_get_or_404(req, User, cf_param_integer(req, "id"));
    cf_update_from_json(req, User, user, cf_columns(User.name));
    const cf_error *error = cf_try_commit(req->db);
    if (error && (cf_violates(error, User.email) || cf_violates(error, Post.author)))
        cf_abort(req, 409, .description = "taken");
    return cf_json_object(req, cf_value("count", 3), cf_value("name", user->name), cf_value("ok", (bool)true));
}

static cf_response *page_of_users(cf_request *req)
{
    struct User_page page = cf_paginate(req, User, .where = cf_contains(User.name, cf_query_or(req, "q", "")), .per_page = 10);
    struct cf_page_numbers numbers = cf_page_numbers(req, page, .left_edge = 3, .right_current = -1);
    for (size_t i = 0; i < numbers.count && page.has_next; i++)
        if (numbers.items[i] == page.next_num)
            cf_log_info("after %d", (int)page.last);
    return cf_json(req, User, page);
}
static cf_response *sql_as_json(cf_request *req)
{
    const char *json = cf_sql_json(req->db, "SELECT id FROM users WHERE name = :name AND age > 3", cf_value("name", "kim"));
    return cf_text(req, *json ? json : cf_sql_json(req->db, "SELECT 1 AS one"), .content_type = "application/json");
}
static cf_response *slice_of_users(cf_request *req)
{
    struct User_page own_page = cf_page(req->db, User, .page = 2, .per_page = 50, .where = cf_gt(User.age, 17));
    (void)own_page;
    struct User_slice slice = cf_paginate_after(req, User, .where = cf_gt(User.age, 17), .order_by = { cf_desc(User.age), cf_asc(User.name) });
    for cf_each(user, slice)
        cf_log_info("%s, %s", user->name, slice.next ? slice.next : "the last");
    return cf_json(req, User, slice);
}
static cf_response *page_of_minutes(cf_request *req)
{
    cf_expr *minute = cf_truncate(Reading.at, CF_MINUTE);
    struct Minute_page page = cf_paginate_select(req, Minute, .from = Reading,
        .columns  = { .minute = minute, .mean = cf_avg_of(Reading.value), .samples = cf_count_rows() },
        .group_by = { minute }, .order_by = { cf_asc(minute) }, .per_page = 60, .no_count = true);
    return cf_json(req, Minute, page);
}

static cf_response *transfer(cf_request *req)
{
    struct Transfer *body = cf_body(req, Transfer);
    return cf_json(req, Transfer, body);
}

static cf_response *posts_of_user(cf_request *req)
{
    const struct User *user = cf_get_or_404(req, User, cf_param_integer(req, "id"), .load = { cf_chain(User.posts, Post.tags) });
    return cf_json(req, Post, user->posts);
}

/* A statement a condition: the compilers name the line on which the outermost macro begins. */
static size_t conditions(cf_db *db, unsigned long n, short small, uint8_t byte, enum Status status)
{
    const int64_t some[] = { 1, 2, 3 };
    const char *const names[] = { "kim", "lee" };
    const enum Status statuses[] = { Status_draft };
    const cf_date days[] = { { 2026, 1, 1 } };
    const cf_uuid stations[] = { cf_uuid_new() };
    cf_expr *where = NULL;
    where = cf_and(where, cf_eq(User.id, n), cf_gt(User.age, 18));
    where = cf_and(where, cf_ne(User.id, small), cf_lt(User.id, byte), cf_le(7, User.id));
    where = cf_and(where, cf_ge(User.age, User.id));
    where = cf_and(where, cf_in(User.id, 1, 2, n), cf_not(cf_is_null(User.age)));
    where = cf_or(where, cf_between(User.age, 18, 30));
    where = cf_or(where, cf_in_array(User.id, some, 3), cf_in_array(User.name, names, 2), cf_is_not_null(User.bio));
    where = cf_or(where, cf_like(User.name, "k%"), cf_contains(User.name, "i"));
    where = cf_or(where, cf_starts_with(User.name, "k"), cf_ends_with(User.email, names[0]));
    cf_expr *other = cf_eq(Reading.status, status);
    other = cf_and(other, cf_ne(Reading.status, Status_draft));
    other = cf_and(other, cf_in_array(Reading.status, statuses, 1), cf_in_array(Reading.day, days, 1));
    other = cf_and(other, cf_in_array(Reading.station, stations, 1));
    other = cf_and(other, cf_eq(Reading.value, 3), cf_gt(Reading.value, 3.5));
    other = cf_and(other, cf_gt(Reading.price, cf_decimal_of(1250, 2)), cf_lt(Reading.price, 7));
    other = cf_and(other, cf_eq(Reading.color, "red"));
    other = cf_and(other, cf_ne(Reading.station, cf_uuid_new()));
    other = cf_and(other, cf_gt(Reading.at, cf_ago(1, CF_HOUR)), cf_eq(Reading.since, Reading.at));
    other = cf_and(other, cf_lt(Reading.at, cf_database_now()), cf_lt(Reading.day, cf_database_today()), cf_icontains(Reading.color, "E"));
    other = cf_and(other, cf_lt(cf_time_plus(Reading.at, 5, CF_MINUTE), cf_time_plus(cf_now(), -1, CF_QUARTER)), cf_eq(Reading.day, cf_time_plus(Reading.day, small, CF_DAY)));
    other = cf_and(other, cf_eq(cf_json_text(Reading.extra, "a", 0), "x"), cf_eq(cf_json_integer(Reading.parsed, "a"), small), cf_json_boolean(Reading.note, 3, names[0]));
    other = cf_and(other, cf_gt(cf_json_number(Reading.extra, "n"), 0.5), cf_is_null(cf_json_at(Reading.note, "a", n)));
    other = cf_and(other, cf_gt(cf_seconds_between(cf_database_now(), Reading.at), 0.5));
    other = cf_and(other, cf_istarts_with(Reading.color, "R"), cf_iends_with(Reading.color, names[0]));
    other = cf_and(other, cf_eq(Reading.maybe, true), cf_eq(Reading.day, cf_time_date(cf_now())));
    return cf_find(db, User, .where = where).count + (size_t)cf_count(db, Reading, .where = other);
}

static void queries(cf_db *db, const char *q)
{
    cf_expr *where = cf_and(cf_like(User.name, "k%"), cf_gt(User.age, 18));
    if (q)
        where = cf_and(where, cf_eq(User.name, q));
    struct User_list users = cf_find(db, User,
        .where    = where,
        .order_by = { cf_desc(User.age), cf_asc(User.name) },
        .limit    = 10,
        .offset   = 20);
    for cf_each(user, users)
        printf("%s is %d\n", user->name, (int)cf_optional_or(user->age, 0));
    users = cf_find(db, User, .order_by = { cf_asc(User.id) });
    if (cf_has(db, Post, .where = cf_eq(Post.published, true)))
        printf("%zu of %d\n", users.count, (int)cf_count(db, Post));
}

static bool together(cf_db *db)
{
    struct User_list *olds = cf_find_later(db, User, .where = cf_gt(User.age, 60), .load = { User.posts });
    struct User **kim = cf_find_one_later(db, User, .where = cf_eq(User.name, "kim")), **first = cf_get_later(db, User, 1);
    struct Visit **visit = cf_get_later(db, Visit, cf_key(1, 2));
    struct Minute_list *minutes = cf_select_later(db, Minute, .from = Reading,
        .columns = { .minute = cf_truncate(Reading.at, CF_MINUTE), .mean = cf_avg_of(Reading.value), .samples = cf_count_rows() },
        .group_by = { cf_truncate(Reading.at, CF_MINUTE) });
    int64_t *posts = cf_count_later(db, Post);
    cf_await(db);
    return olds->count + minutes->count > (size_t)*posts || *kim == *first || *visit;
}

static int64_t expressions(cf_db *db)
{
    cf_optional_integer oldest = cf_select_integer(db, cf_max_of(User.age), .from = User, .where = cf_like(User.name, "k%"));
    struct cf_uuid_values tokens = cf_select_uuids(db, Reading.station, .from = Reading, .limit = 3);
    const char *latest = cf_select_text(db, Post.title, .from = Post, .order_by = { cf_nulls_first(cf_desc(Post.created)) }, .limit = 1);
    cf_expr *where = cf_in(cf_tuple(Visit.post_id, Visit.user_id), cf_tuple(1, 2), cf_tuple(3, 4));
    where = cf_and(where, cf_eq(cf_bit_and(Visit.post_id, 1), 1));
    where = cf_and(where, cf_gt(cf_shift_left(Visit.post_id, Visit.user_id), 1));
    cf_expr *sums[] = { cf_filter(cf_sum_of(Visit.post_id), cf_gt(Visit.user_id, 1)), cf_group_concat(User.name, ", ", .order_by = { cf_asc(User.id) }),
                        cf_within_group(cf_function("mode"), cf_asc(User.age), cf_desc(User.id)),
                        cf_over(cf_lag(User.age, 1), .order_by = { cf_asc(User.id) }), cf_over(cf_lead(User.age, 2, 18), .order_by = { cf_asc(User.id) }),
                        cf_over(cf_ntile(4), .order_by = { cf_asc(User.id) }, .groups = cf_groups(-1, 0), .exclude = CF_EXCLUDE_TIES) };
    where = cf_and(where, cf_eq(cf_collate(User.name, "C"), "kim"));
    where = cf_and(where, cf_gt(User.age, cf_all_rows(cf_subquery_of(User.age, .from = User))), cf_eq(3, cf_any_row(cf_subquery_of(Visit.user_id, .from = Visit))));
    where = cf_and(where, cf_eq(cf_sql_expression("? % ?", User.id, 7), cf_coalesce(cf_null(Integer), cf_sql_expression("1"))));
    struct Minute_list minutes = cf_select(db, Minute, .from = Post, .join = { cf_full_join(Post.author), cf_full_join(Visit, .on = where) });
    struct User_list locked = cf_find(db, User, .for_update = CF_FOR_NO_KEY_UPDATE | CF_SKIP_LOCKED, .for_update_of = CF_MODELS(User));
    struct User *only = cf_find_exactly_one(db, User, .where = cf_eq(User.email, "kim@example.com"));
    printf("%s %zu %zu %zu %zu\n", latest, minutes.count, locked.count, sizeof sums, tokens.count);
    return oldest.value + only->id;
}

static bool own_values(cf_db *db, const int64_t *ids)
{
    struct Minute *minute = cf_sql_one(db, Minute, "SELECT 1 WHERE 1 IN (?)", cf_integers(ids, 2));
    cf_optional_integer own_integer = cf_sql_integer(db, "SELECT 1 WHERE 1 IN (:ids)", cf_value("ids", cf_numbers(NULL, 0)));
    cf_optional_boolean own_boolean = cf_sql_boolean(db, "SELECT ? IN (?)", "kim", cf_texts((const char *[]){ "kim" }, 1));
    cf_optional_number own_number = cf_sql_number(db, "SELECT 1 WHERE 1 IN (?)", cf_decimals(NULL, 0));
    cf_optional_decimal own_decimal = cf_sql_decimal(db, "SELECT 1 WHERE 1 IN (?)", cf_moments(NULL, 0));
    cf_optional_time own_time = cf_sql_time(db, "SELECT 1 WHERE 1 IN (?)", cf_dates(NULL, 0));
    cf_optional_date own_date = cf_sql_date(db, "SELECT 1 WHERE 1 IN (?)", cf_clocks(NULL, 0));
    cf_optional_clock own_clock = cf_sql_clock(db, "SELECT 1 WHERE 1 IN (?)", cf_uuids(NULL, 0));
    cf_optional_uuid own_uuid = cf_sql_uuid(db, "SELECT 1");
    bool all = minute && own_integer.is_set && own_boolean.is_set && own_number.is_set && own_decimal.is_set && own_time.is_set;
    return all && own_date.is_set && own_clock.is_set && own_uuid.is_set && cf_sql_text(db, "SELECT 1") && cf_sql_bytes(db, "SELECT 1").data;
}

static void unit_of_work(cf_db *db, cf_uuid station)
{
    struct User *user = cf_get(db, User, 3);
    user->name = cf_format(db, "%s Kim", user->name);
    user->age = cf_optional(30);
    struct Post *post = cf_add(db, Post, .title = "hello", .slug = "hello", .author_id = user->id, .published = false);
    cf_add(db, User, .name = "kim", .email = "kim@example.com", .age = cf_optional(31), .bio = NULL);
    cf_add(db, User, .name = "lee", .age = cf_null_integer);
    cf_delete(db, Post, post);
    for cf_each(reader, cf_find(db, Reader, .where = cf_eq(Reader.name, "kim")))
        puts(reader->name);
    cf_commit(db);
    struct Reading *reading = cf_get(db, Reading, cf_key(station, cf_now()), .refresh = true);
    struct User *first = cf_find_one(db, User, .where = cf_eq(User.name, "kim"), .read_only = true);
    struct User_list found = cf_sql(db, User, "SELECT * FROM users WHERE name = ? AND id > ?", "kim", 3);
    struct Minute_list minutes = cf_sql(db, Minute, "SELECT 1");
    cf_sql_execute(db, "DELETE FROM users WHERE id = ?", first->id);
    found = cf_sql_unchecked(db, User, first->name);
    printf("%zu %zu %p %d\n", found.count, minutes.count, (void *)reading, own_values(db, &first->id));
}

static int64_t bulk(cf_db *db, const struct User *rows, struct Post *posts, size_t count)
{
    int64_t changed = cf_insert_all(db, User, rows, count);
    changed += cf_insert_all(db, Post, posts, 2, .columns = cf_columns(Post.title, Post.slug), .returning = true);
    changed += cf_update_all(db, User, .set = { cf_set(User.age, 30), cf_set(User.name, User.email), cf_set_null(User.bio) },
                             .where = cf_is_null(User.age));
    changed += cf_update_all(db, Reading, .set = { cf_set(Reading.status, Status_draft), cf_set(Reading.price, 7) }, .all = true);
    changed += cf_delete_all(db, Post, .where = cf_eq(Post.author_id, 7));
    changed += cf_update_many(db, Post, cf_columns(Post.slug), posts, count);
    changed += cf_sql_execute_all(db, "UPDATE users SET name = :name WHERE id = :id", User, rows, count);
    cf_assign(db, Post, posts, cf_set(Post.author_id, cf_plus(Post.author_id, 1)));
    struct User_list gone = cf_delete_all_returning(db, User, .where = cf_eq(User.id, 7));
    changed += (int64_t)gone.count + (int64_t)cf_update_all_returning(db, Post, .set = { cf_set(Post.slug, "x") }, .all = true).count;
    changed += cf_insert_from(db, Tag, cf_columns(Tag.parent_id), cf_subquery_of(User.id, .from = User));
    const cf_subquery *ids = cf_subquery_of(User.id, .from = User);
    changed += cf_select_integer(db, cf_plus(1, 2), .from = cf_nothing).value + *cf_query_sql(db, ids) + *cf_query_parameters(db, ids);
    struct Tag_list tags = cf_insert_from_returning(db, Tag, cf_columns(Tag.parent_id), ids);
    changed += (int64_t)tags.count;
    struct User *kim = cf_upsert(db, User, cf_columns(User.email), .name = "kim", .email = "kim@example.com");
    kim = cf_upsert(db, User, cf_on_conflict(cf_columns(User.email), .keep = true), .name = kim->name, .email = "k@x.org");
    cf_upsert(db, Post, cf_on_conflict(cf_columns(Post.author_id, Post.slug), .update = cf_columns(Post.title), .where = cf_ne(Post.title, cf_excluded(Post.title))), .slug = "s");
    cf_upsert_all(db, Post, cf_columns(Post.author_id, Post.slug), posts, count);
    struct Post_list upserted = cf_upsert_all_returning(db, Post, cf_on_conflict(cf_columns(Post.author_id, Post.slug), .keep = true), posts, count);
    printf("%zu\n", upserted.count);
    for cf_find_each(user, db, User, .where = cf_gt(User.age, 18), .order_by = { cf_asc(User.id) })
        for cf_find_each(post, db, Post)
            printf("%s %s\n", user->name, post->title);
    for cf_select_each(minute, db, Minute, .from = Reading, .columns = { .minute = cf_column(Reading.at) }, .no_autoflush = true)
        changed += minute->samples;
    for cf_sql_each(transfer, db, Transfer, "SELECT * FROM transfers WHERE id = :id AND day = :day", cf_value("id", cf_uuid_new()), cf_value("day", cf_null_date))
        changed += transfer->amount.scale + transfer->to;
    return changed;
}

static void nested(cf_db *db, void *post)
{
    cf_delete(db, Post, (struct Post *)post);
}

static void relations(cf_db *db, const struct User *user, struct Post *post, struct User *author, struct Tag *tag)
{
    struct User *writer = cf_related(db, Post.author, post);
    for cf_each(each, cf_related(db, Post.tags, post))
        printf("%zu %s\n", cf_related(db, User.posts, writer).count, cf_is_loaded(Tag.parent, each) ? "yes" : "no");
    const struct cf_relation_column paths[] = { User.posts, cf_chain(User.posts, Post.tags, Tag.parent),
                                                 cf_chain(cf_only(User.posts, cf_gt(Post.id, 1)), Post.tags) };
    post->author = author;
    cf_append(db, User.posts, author, post);
    cf_remove(db, Post.tags, post, tag);
    cf_insert_at(db, User.posts, author, post, 0);
    cf_reorder(db, User.posts, author);
    cf_refresh(db, Post, post, .load = { cf_joined(Post.author), Post.tags });
    cf_expunge(db, Tag, tag);
    cf_add_again(db, Tag, tag);
    cf_expire(db, Tag, tag);
    cf_expire_all(db);
    cf_refresh(db, Post, post, .undefer = cf_columns(Post.title));
    if (cf_state(db, Post, post) == CF_ROW_CHANGED && cf_is_changed(db, Post.title, post))
        printf("%s\n", cf_original(db, Post, post)->title);
    for cf_each(fresh, cf_pending(db, Post, CF_ROW_NEW))
        printf("%s\n", fresh->title);
    cf_nested(db, nested, post);
    cf_no_autoflush(db, nested, post);
    cf_after_begin(db, nested, post);
    cf_before_flush(db, nested, post);
    cf_after_flush(db, nested, post);
    cf_after_rollback(db, nested, post);
    cf_after_begin_nested(db, nested, post);
    cf_after_commit_nested(db, nested, post);
    cf_after_rollback_nested(db, nested, post);
    cf_drop_all(db);
    cf_create_all(db);
    cf_sql_autocommit(db, "VACUUM");
    printf("%d %zu\n", cf_has_table(db, "users"), cf_inspect(db)->count);
    for cf_each(mine, user->posts)
        for cf_each(each, mine->tags)
            printf("%zu %s %p\n", sizeof paths, mine->title, (void *)each->parent);
}

const cf_expr *is_leaf(void)
{
    return cf_none_of(Tag.children, NULL);
}

static void upgrade(cf_ops *op)
{
    cf_create_table(op, "users", (id, Id), (name, String(50)), (email, String(120), unique = true), (one, Unique(name, email)));
    cf_create_table(op, "codes", (code, String(8), primary_key = true), (status, Nullable(Enum(Status))), (color, Choices("red")));
    cf_add_column(op, "users", "age", Nullable(Integer));
    cf_add_column(op, "users", "score", Integer, .server_default = "0");
    cf_alter_column(op, "users", "score", Nullable(Float));
    cf_create_index(op, "ix_users_age", "users", .columns = { "age" });
    cf_create_index(op, "ix_users_by_lower", "users", .expressions = "lower(email)", .unique = true);
    cf_create_unique(op, "one_name", "users", .columns = { "name" }, .nulls_not_distinct = true, .deferrable = true);
    cf_create_index(op, "by_word", "users", .columns = { "name" }, .unique = true, .nulls_not_distinct = true);
    cf_create_index(op, "by_name", "users", .columns = { "name", "age" }, .descending = { "age" }, .using = "btree", .include = { "email" });
    cf_create_table(op, "named", (id, Id, start = 1000, increment = 5), (a, Integer, unique = true, named = "a_once"), (b, Index(-a), include = "id", named = "by_a", concurrently = true));
    cf_drop_index(op, "by_a", "named", .concurrently = true);
    cf_create_index(op, "by_word", "named", .columns = { "a", "b" }, .lengths = { 100 });
    cf_alter_column(op, "named", "id", Id, .start = 2000);
    cf_comment_table(op, "users", "who was here");
    cf_create_view(op, "readers", "SELECT id, name FROM users");
    cf_drop_view(op, "readers");
    cf_create_ddl(op, "stamped", "users", "CREATE TRIGGER stamped", .drop = "DROP TRIGGER stamped", .database = "postgresql");
    cf_create_ddl(op, "granted", "users", "GRANT SELECT ON users TO readers");
    cf_create_ddl(op, "mooded", "users", "CREATE TYPE mood AS ENUM ('glad')", .drop = "DROP TYPE mood", .before = true);
    cf_drop_ddl(op, "stamped", "users");
    cf_set_table_option(op, "users", "mariadb", "ROW_FORMAT=DYNAMIC");
    cf_create_foreign_key(op, "fk", "posts", .columns = { "author_id" }, .references_table = "users",
                          .references_columns = { "id" }, .on_delete = "cascade");
}

static void downgrade(cf_ops *op)
{
    cf_drop_index(op, "ix_users_age", "users");
    cf_drop_column(op, "users", "age");
    cf_execute(op, "SELECT 1");
}

static const cf_revision revision_9c1d7b20aa34 = {
    .id = "9c1d7b20aa34", .revises = { "4f2a91c0d3e7" }, .message = "add users.age", .upgrade = upgrade, .downgrade = downgrade,
};

static void bring_password(struct cf_connect *connect)
{
    connect->password = cf_format(connect, "%s", connect->user);
}

static void note_lost(const struct cf_pool_event *event)
{
    cf_log_info("%s: %d of %d", event->uri, event->idle, event->open);
}

static void note_statement(const struct cf_sql_entry *entry)
{
    cf_log_info("%s", entry->error ? entry->error->message : entry->sql);
}

int main(int argc, char **argv)
{
    static const cf_revision *const revisions[] = { &revision_9c1d7b20aa34, NULL };
    cf_app *app = cf_app_new("users",
        .database_uri = "sqlite:///users.db",
        .models       = CF_MODELS(User, Post, Reading, Wide),
        .binds        = { { "audit", "sqlite:///audit.db", revisions, .pool_size = 2, .pool_recycle = 3600 } },
        .on_statement = note_statement,
        .engine_hooks = { .before_connect = bring_password, .after_checkout = note_lost, .after_invalidate = note_lost, .before_reset = note_lost, .after_checkin = note_lost },
        .echo_pool = true, .query_cache_size = 100,
        .create_on_run = true, .isolation = CF_SERIALIZABLE, .hide_parameters = true,
        .revisions    = revisions);
    cf_route(app, "GET",      "/users",          list_users);
    cf_route(app, "GET",      "/users/<int:id>", show_user, .name = "user");
    cf_route(app, "POST",     "/users",          create_user);
    cf_route(app, "PATCH",    "/users/<int:id>", change_user);
    cf_route(app, "GET",      "/users/<int:id>/posts", posts_of_user);
    cf_route(app, "GET",      "/pages",          page_of_users);
    cf_route(app, "GET",      "/minutes",        page_of_minutes);
    cf_route(app, "GET",      "/slices",         slice_of_users);
    cf_route(app, "GET",      "/sql",            sql_as_json);
    cf_route(app, "GET POST", "/transfer",       transfer);
    (void)conditions, (void)queries, (void)together, (void)expressions, (void)unit_of_work, (void)bulk, (void)relations, (void)cars_of;
    return cf_main(app, argc, argv);
}
