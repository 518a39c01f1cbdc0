/* SPDX-License-Identifier: MIT
 *
 * The examples of docs/relations.md, compiled.
 */
/* clang-format off */
#include <carafe/carafe.h>

#include <stdio.h>

MODEL(User, "users",
    (id,      Id),
    (name,    String(50)),
    (posts,   HasMany(Post, author_id)),              /* the posts whose author_id refers to this user */
    (profile, HasOne(Profile, user_id)));             /* the only such row, or NULL */

MODEL(Post, "posts",
    (id,        Id),
    (title,     String(200)),
    (author_id, Integer, references = "users.id", on_delete = "cascade", index = true),
    (author,    BelongsTo(User, author_id)),          /* struct User * */
    (tags,      ManyToMany(Tag, "post_tags")));       /* the table is made for it */

MODEL(Tag, "tags",
    (id,    Id),
    (word,  String(30), unique = true),
    (posts, ManyToMany(Post, "post_tags")));

MODEL(Profile, "profiles",
    (id,      Id),
    (user_id, Integer, references = "users.id", unique = true),
    (user,    BelongsTo(User, user_id)));

MODEL(Device, "devices",
    (id,      Id),
    (site,    String(20)),
    (serial,  Integer),
    (events,  HasMany(Event, serial), refers_to = "serial"));

MODEL(Event, "events",
    (id,      Id),
    (serial,  Integer),
    (text,    String(80)),
    (device,  BelongsTo(Device, serial), refers_to = "serial"));

MODEL(Node, "nodes",
    (id,        Id),
    (parent_id, Nullable(Integer), references = "nodes.id", on_delete = "cascade"),
    (parent,    BelongsTo(Node, parent_id)),
    (children,  HasMany(Node, parent_id)));

MODEL(Member, "members",
    (user_id, Integer, primary_key = true, references = "users.id"),
    (team_id, Integer, primary_key = true, references = "teams.id"),
    (role,    String(20), server_default = "guest"));

MODEL(Team, "teams",
    (id,      Id),
    (members, ManyToManyThrough(User, Member)));

MODEL(Line, "lines",
    (order_id, Integer, primary_key = true),
    (number,   Integer, primary_key = true),
    (parcels,  HasMany(Parcel, order_id, line)));

MODEL(Parcel, "parcels",
    (id,       Id),
    (order_id, Integer),
    (line,     Integer),
    (what,     BelongsTo(Line, order_id, line), on_delete = "cascade"));

const cf_expr *is_published(void);

MODEL(Reader, "readers",
    (id,      Id),
    (news,    HasMany(Note, reader_id), order_by = "-created, title"),
    (shown,   HasMany(Note, reader_id), only = is_published),
    (name,    String(50)));

MODEL(Slide, "slides",
    (id,      Id),
    (bullets, HasMany(Bullet, slide_id), position = "place", cascade = "delete-orphan"));

MODEL(Bullet, "bullets",
    (id,       Id),
    (text,     String(200)),
    (place,    Integer),
    (slide_id, Integer, references = "slides.id"));

void change_slide(cf_db *db, struct Slide *slide, struct Bullet *last);
void change_slide(cf_db *db, struct Slide *slide, struct Bullet *last)
{
cf_append(db, Slide.bullets, slide, cf_add(db, Bullet, .text = "The end"));
cf_insert_at(db, Slide.bullets, slide, cf_add(db, Bullet, .text = "The start"), 0);
cf_insert_at(db, Slide.bullets, slide, last, 1);       /* is in it: moved */
cf_remove(db, Slide.bullets, slide, slide->bullets.items[2]);
}

MODEL(Note, "notes",
    (id,        Id),
    (title,     String(200)),
    (created,   DateTime),
    (published, Boolean),
    (reader_id, Integer, references = "readers.id"),
    (parts,     HasMany(Part, note_id), cascade = "delete-orphan"),
    (tags,      ManyToMany(Tag, "note_tags")));

MODEL(Part, "parts",
    (id,      Id),
    (note_id, Integer, references = "notes.id"));

const cf_expr *is_published(void)                      /* declared before the MODEL, and not static */
{
    return cf_eq(Note.published, true);
}

struct Reader *in_part(cf_db *db, int64_t id);
struct Reader *in_part(cf_db *db, int64_t id)
{
    struct Reader *reader = cf_get(db, Reader, id,
        .load = { cf_chain(cf_only(Reader.news, cf_eq(Note.published, true)), Note.tags) });
    return reader;
}

size_t by_a_join(cf_db *db);
size_t by_a_join(cf_db *db)
{
    struct Post_list posts = cf_find(db, Post, .load = { cf_joined(Post.author) });

    struct Post_list by_kim = cf_find(db, Post,
        .join     = { cf_join(Post.author) },
        .where    = cf_like(User.name, "kim%"),
        .order_by = { cf_asc(User.name) },
        .load     = { cf_joined(Post.author) });
    return posts.count + by_kim.count;
}

cf_response *users_with_posts(cf_request *req);
cf_response *users_with_posts(cf_request *req)
{
    cf_db *db = req->db;
    struct User_list users = cf_find(db, User,
        .load = { User.profile, cf_chain(User.posts, Post.tags) });

    for cf_each(user, users)
        for cf_each(post, user->posts)
            printf("%s wrote %s (%zu tags)\n", user->name, post->title, post->tags.count);

    return cf_json(req, User, users);
}

void on_demand(cf_db *db, struct Post *post);
void on_demand(cf_db *db, struct Post *post)
{
    struct User *author = cf_related(db, Post.author, post);
    for cf_each(other, cf_related(db, User.posts, author))
        printf("%s\n", other->title);

    if (cf_is_loaded(Post.tags, post))
        printf("%zu tags\n", post->tags.count);
}

void changes(cf_db *db, struct Post *post, struct Tag *old);
void changes(cf_db *db, struct Post *post, struct Tag *old)
{
    struct User *kim = cf_add(db, User, .name = "kim");
    cf_add(db, Post, .title = "hello", .author = kim);     /* kim has no id yet: he is written first */
    post->author = kim;                                    /* becomes author_id */

    cf_append(db, User.posts, kim, post);                  /* the same from the other side */
    cf_append(db, Post.tags, post, cf_add(db, Tag, .word = "new"));
    cf_remove(db, Post.tags, post, old);
    cf_commit(db);
}

void move(cf_db *db, struct Note *first, struct Note *second, struct Part *part);
void move(cf_db *db, struct Note *first, struct Note *second, struct Part *part)
{
    cf_remove(db, Note.parts, first, part);
    cf_append(db, Note.parts, second, part);               /* moved, not deleted */
}

void replace(cf_db *db, struct Tag *old);
void replace(cf_db *db, struct Tag *old)
{
    cf_delete(db, Tag, old);
    cf_add(db, Tag, .word = old->word);
    cf_commit(db);
}
