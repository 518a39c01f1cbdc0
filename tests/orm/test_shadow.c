/* SPDX-License-Identifier: MIT
 *
 * A session beside a simple model of what it should do: many random changes to related objects, flushes, commits, rollbacks and
 * savepoints, after which the objects, their relations and the database must all say what the model says. The steps come of
 * a seed, so that what fails once fails again. With -DTHROUGH the pairs of a many-to-many relation are rows of a model.
 */
#include <carafe/bulk.h>
#include <carafe/model.h>

#ifdef THROUGH
#define TAGGED(Model) ManyToManyThrough(Model, Tagging)
#define TAGGINGS      , Tagging
#else
#define TAGGED(Model) ManyToMany(Model, "toy_tags")
#define TAGGINGS
#endif

/* clang-format off */
MODEL(Shelf, "shelves",
    (id,       Id),
    (name,     String(20)),
    (toys,     HasMany(Toy, shelf_id)));
MODEL(Toy, "toys",
    (id,       Id),
    (name,     String(20)),
    (shelf_id, Nullable(Integer), references = "shelves.id", on_delete = "set null"),
    (shelf,    BelongsTo(Shelf, shelf_id)),
    (parts,    HasMany(Part, toy_id), cascade = "delete-orphan"),
    (tags,     TAGGED(Tag)),
    (stickers, HasMany(Sticker, toy_id)),
    (box,      HasOne(Box, toy_id)));
MODEL(Box, "boxes",
    (id,       Id),
    (name,     String(20)),
    (toy_id,   Nullable(Integer), references = "toys.id", on_delete = "set null"),
    (toy,      BelongsTo(Toy, toy_id)));
MODEL(Sticker, "stickers",                          /* which knows nothing of the list that it is in */
    (id,       Id),
    (name,     String(20)),
    (toy_id,   Nullable(Integer), references = "toys.id", on_delete = "set null"),
    CF_SOFT_DELETE);
MODEL(Part, "parts",
    (id,       Id),
    (name,     String(20)),
    (toy_id,   Integer, references = "toys.id", on_delete = "cascade"),
    (toy,      BelongsTo(Toy, toy_id)),
    (version,  Integer, version = true));
MODEL(Tag, "tags",
    (id,       Id),
    (name,     String(20)),
    (toys,     TAGGED(Toy)));
#ifdef THROUGH
MODEL(Tagging, "toy_tags",
    (id,       Id),
    (toy_id,   Integer, references = "toys.id", on_delete = "cascade"),
    (tag_id,   Integer, references = "tags.id", on_delete = "cascade"),
    (toy,      BelongsTo(Toy, toy_id)),
    (version,  Integer, version = true));
#endif
SHAPE(Line, (line, Text));
/* clang-format on */

#define TEST_MODELS CF_MODELS(Shelf, Toy, Box, Part, Tag, Sticker TAGGINGS)
#include "support.h"

enum { MOST = 12, NONE = -1, STEPS = 100, SEEDS = 24 };

/* What is there: numbers are places in the arrays of objects. */
struct shadow {
    bool shelf[MOST], toy[MOST], part[MOST], tag[MOST], sticker[MOST], box[MOST];
    bool added_toy[MOST], added_part[MOST], added_box[MOST]; /* for good, or since the last commit */
    bool hidden[MOST];                                       /* a sticker, which is deleted but in the database */
    int name[MOST];                                          /* of a toy */
    int on[MOST];                                            /* the shelf of a toy */
    int of[MOST];                                            /* the toy of a part */
    int at[MOST];                                            /* the toy of a sticker */
    int in[MOST];                                            /* the toy in a box */
    bool tagged[MOST][MOST];
};

static struct play {
    cf_db *db;
    unsigned seed;
    int shelves, toys, parts, tags, stickers, boxes, names, depth;
    struct Shelf *shelf[MOST];
    struct Toy *toy[MOST];
    struct Part *part[MOST];
    struct Tag *tag[MOST];
    struct Sticker *sticker[MOST];
    struct Box *box[MOST];
    bool moved_box[MOST], boxed_toy[MOST];
    bool moved_toy[MOST], keyed_toy[MOST], moved_part[MOST], moved_sticker[MOST],
        changed_tag[MOST][MOST]; /* since the last flush */
    int stored_at[MOST];         /* the toy of a sticker, as of the last flush, until it is taken out of its list */
    struct shadow now, committed;
    char log[STEPS * 64];
} play;

static unsigned chance(unsigned below)
{
    play.seed = play.seed * 1103515245 + 12345;
    return (play.seed >> 16) % below;
}

static void tell(const char *format, int a, int b)
{
    size_t size = strlen(play.log);
    snprintf(play.log + size, sizeof play.log - size, format, a, b);
}

/* One of those that are there, or NONE. */
static int any(const bool *there, int count)
{
    int start = count ? (int)chance((unsigned)count) : 0;
    for (int i = 0; i < count; i++)
        if (there[(start + i) % count])
            return (start + i) % count;
    return NONE;
}

/* ---- What the database says ------------------------------------------------------------------------------------- */

static const char *lines_of(cf_db *db, struct Line_list lines)
{
    const char *all = "";
    for
        cf_each (line, lines)
            all = cf_format(db, "%s%s\n", all, line->line);
    return all;
}

static const char *name_of_toy(cf_db *db, int toy)
{
    return cf_format(db, "t%02d.%d", toy, play.now.name[toy]);
}

/* All rows as texts, in an order that does not depend on the database. */
static const char *stored(cf_db *db)
{
    static const char *const queries[] = {
        "SELECT name AS line FROM shelves ORDER BY name",
        "SELECT concat(t.name, ' on ', coalesce(s.name, '-')) AS line FROM toys t LEFT JOIN shelves s ON s.id = "
        "t.shelf_id "
        "ORDER BY t.name",
        "SELECT concat(p.name, ' of ', t.name) AS line FROM parts p JOIN toys t ON t.id = p.toy_id ORDER BY p.name",
        "SELECT concat(t.name, ' is ', g.name) AS line FROM toy_tags m JOIN toys t ON t.id = m.toy_id JOIN tags g ON "
        "g.id = "
        "m.tag_id ORDER BY t.name, g.name",
        "SELECT name AS line FROM tags ORDER BY name",
        "SELECT concat(s.name, ' at ', coalesce(t.name, '-')) AS line FROM stickers s LEFT JOIN toys t ON t.id = "
        "s.toy_id WHERE s.deleted_at IS NULL ORDER BY s.name",
        "SELECT concat(b.name, ' has ', coalesce(t.name, '-')) AS line FROM boxes b LEFT JOIN toys t ON t.id = "
        "b.toy_id ORDER BY b.name",
    };
    static const char *const sqlite_queries[] = {
        "SELECT t.name || ' on ' || coalesce(s.name, '-') AS line FROM toys t LEFT JOIN shelves s ON s.id = t.shelf_id "
        "ORDER BY t.name",
        "SELECT p.name || ' of ' || t.name AS line FROM parts p JOIN toys t ON t.id = p.toy_id ORDER BY p.name",
        "SELECT t.name || ' is ' || g.name AS line FROM toy_tags m JOIN toys t ON t.id = m.toy_id JOIN tags g ON g.id "
        "= "
        "m.tag_id ORDER BY t.name, g.name",
        NULL,
        "SELECT s.name || ' at ' || coalesce(t.name, '-') AS line FROM stickers s LEFT JOIN toys t ON t.id = s.toy_id "
        "WHERE s.deleted_at IS NULL ORDER BY s.name",
        "SELECT b.name || ' has ' || coalesce(t.name, '-') AS line FROM boxes b LEFT JOIN toys t ON t.id = b.toy_id "
        "ORDER BY b.name",
    };
    const char *all = "";
    for (size_t i = 0; i < 7; i++) {
        const char *sql = world.uri || i == 0 || i == 4 ? queries[i] : sqlite_queries[i - 1];
        all = cf_format(db, "%s%s", all, lines_of(db, cf_sql_unchecked(db, Line, sql)));
    }
    return all;
}

static const char *expected(cf_db *db)
{
    const struct shadow *now = &play.now;
    const char *all = "";
    for (int i = 0; i < play.shelves; i++)
        if (now->shelf[i])
            all = cf_format(db, "%ss%02d\n", all, i);
    for (int i = 0; i < play.toys; i++)
        if (now->toy[i])
            all = cf_format(db, "%s%s on %s\n", all, name_of_toy(db, i),
                            now->on[i] == NONE ? "-" : cf_format(db, "s%02d", now->on[i]));
    for (int i = 0; i < play.parts; i++)
        if (now->part[i])
            all = cf_format(db, "%sp%02d of %s\n", all, i, name_of_toy(db, now->of[i]));
    for (int i = 0; i < play.toys; i++)
        for (int j = 0; j < play.tags; j++)
            if (now->toy[i] && now->tag[j] && now->tagged[i][j])
                all = cf_format(db, "%s%s is g%02d\n", all, name_of_toy(db, i), j);
    for (int i = 0; i < play.tags; i++)
        if (now->tag[i])
            all = cf_format(db, "%sg%02d\n", all, i);
    for (int i = 0; i < play.stickers; i++)
        if (now->sticker[i])
            all = cf_format(db, "%sk%02d at %s\n", all, i, now->at[i] == NONE ? "-" : name_of_toy(db, now->at[i]));
    for (int i = 0; i < play.boxes; i++)
        if (now->box[i])
            all = cf_format(db, "%sb%02d has %s\n", all, i, now->in[i] == NONE ? "-" : name_of_toy(db, now->in[i]));
    return all;
}

/* ---- What the objects say --------------------------------------------------------------------------------------- */

/* cmocka cuts long messages. */
static void tell_story(void)
{
    fprintf(stderr, "after:\n%s", play.log);
}

#define EXPECT(condition)                                        \
    do {                                                         \
        if (!(condition)) {                                      \
            tell_story();                                        \
            fail_msg("%s is not so (%d, %d)", #condition, i, j); \
        }                                                        \
    } while (0)

static int box_of(int toy)
{
    for (int i = 0; i < play.boxes; i++)
        if (play.now.box[i] && play.now.in[i] == toy)
            return i;
    return NONE;
}

static void check_box(int i)
{
    int j = play.now.in[i];
    const struct Box *box = play.box[i];
    EXPECT(cf_state(play.db, Box, box) == (play.now.box[i] ? CF_ROW_CLEAN : CF_ROW_UNKNOWN));
    if (!play.now.box[i])
        return;
    EXPECT(box->toy_id.is_set == (j != NONE));
    EXPECT(j == NONE || box->toy_id.value == play.toy[j]->id);
    EXPECT(cf_related(play.db, Box.toy, box) == (j == NONE ? NULL : play.toy[j]));
}

static void check_toy(int i)
{
    int j = 0;
    const struct shadow *now = &play.now;
    struct Toy *toy = play.toy[i];
    EXPECT(cf_state(play.db, Toy, toy) == (now->toy[i] ? CF_ROW_CLEAN : CF_ROW_UNKNOWN));
    if (!now->toy[i])
        return;
    EXPECT(strcmp(toy->name, name_of_toy(play.db, i)) == 0);
    EXPECT(toy->shelf_id.is_set == (now->on[i] != NONE));
    EXPECT(now->on[i] == NONE || toy->shelf_id.value == play.shelf[now->on[i]]->id);
    EXPECT(cf_related(play.db, Toy.shelf, toy) == (now->on[i] == NONE ? NULL : play.shelf[now->on[i]]));
    j = box_of(i);
    EXPECT(cf_related(play.db, Toy.box, toy) == (j == NONE ? NULL : play.box[j]));
    size_t tags = 0, parts = 0, stickers = 0;
    for
        cf_each (tag, cf_related(play.db, Toy.tags, toy)) {
            tags++;
            for (j = 0; j < play.tags; j++)
                EXPECT(play.tag[j] != tag || (now->tag[j] && now->tagged[i][j]));
        }
    for
        cf_each (part, cf_related(play.db, Toy.parts, toy)) {
            parts++;
            for (j = 0; j < play.parts; j++)
                EXPECT(play.part[j] != part || (now->part[j] && now->of[j] == i));
        }
    for
        cf_each (sticker, cf_related(play.db, Toy.stickers, toy)) {
            stickers++;
            for (j = 0; j < play.stickers; j++)
                EXPECT(play.sticker[j] != sticker || (now->sticker[j] && now->at[j] == i));
        }
    for (j = 0; j < play.stickers; j++)
        stickers -= now->sticker[j] && now->at[j] == i;
    EXPECT(stickers == 0);
    for (j = 0; j < play.tags; j++)
        tags -= now->tag[j] && now->tagged[i][j];
    for (j = 0; j < play.parts; j++)
        parts -= now->part[j] && now->of[j] == i;
    EXPECT(tags == 0);
    EXPECT(parts == 0);
}

static void check_shelf(int i)
{
    int j = 0;
    size_t toys = 0;
    if (!play.now.shelf[i])
        return;
    for
        cf_each (toy, cf_related(play.db, Shelf.toys, play.shelf[i])) {
            toys++;
            EXPECT(toy->shelf_id.value == play.shelf[i]->id);
        }
    for (j = 0; j < play.toys; j++)
        toys -= play.now.toy[j] && play.now.on[j] == i;
    EXPECT(toys == 0);
}

static void check(bool objects)
{
    const char *is = stored(play.db), *should_be = expected(play.db);
    if (strcmp(is, should_be) != 0) {
        tell_story();
        fail_msg("the database has\n%sand should have\n%s", is, should_be);
    }
    for (int i = 0; objects && i < play.toys; i++)
        check_toy(i);
    for (int i = 0; objects && i < play.shelves; i++)
        check_shelf(i);
    for (int i = 0; objects && i < play.boxes; i++)
        check_box(i);
}

/* ---- Steps ------------------------------------------------------------------------------------------------------ */

static void flush(void)
{
    cf_flush(play.db);
    memcpy(play.stored_at, play.now.at, sizeof play.stored_at);
    memset(play.moved_box, 0, sizeof play.moved_box);
    memset(play.boxed_toy, 0, sizeof play.boxed_toy);
    memset(play.moved_toy, 0, sizeof play.moved_toy);
    memset(play.keyed_toy, 0, sizeof play.keyed_toy);
    memset(play.moved_sticker, 0, sizeof play.moved_sticker);
    memset(play.moved_part, 0, sizeof play.moved_part);
    memset(play.changed_tag, 0, sizeof play.changed_tag);
}

static void add_shelf(void)
{
    if (play.shelves == MOST)
        return;
    int i = play.shelves++;
    tell("add s%d\n", i, 0);
    play.shelf[i] = cf_add(play.db, Shelf, .name = cf_format(play.db, "s%02d", i));
    play.now.shelf[i] = true;
}

static void add_toy(void)
{
    int shelf = chance(2) ? any(play.now.shelf, play.shelves) : NONE;
    if (play.toys == MOST)
        return;
    int i = play.toys++;
    tell("add t%d on s%d\n", i, shelf);
    play.now.toy[i] = play.now.added_toy[i] = true;
    play.now.on[i] = shelf;
    play.now.name[i] = 0;
    play.toy[i] = cf_add(play.db, Toy, .name = name_of_toy(play.db, i));
    if (shelf != NONE && chance(2))
        play.toy[i]->shelf = play.shelf[shelf];
    else if (shelf != NONE)
        cf_append(play.db, Shelf.toys, play.shelf[shelf], play.toy[i]);
    play.moved_toy[i] = true;
}

static void add_part(void)
{
    int toy = any(play.now.toy, play.toys);
    if (play.parts == MOST || toy == NONE)
        return;
    int i = play.parts++;
    tell("add p%d of t%d\n", i, toy);
    play.now.part[i] = play.now.added_part[i] = true;
    play.now.of[i] = toy;
    play.part[i] = cf_add(play.db, Part, .name = cf_format(play.db, "p%02d", i));
    if (chance(2))
        play.part[i]->toy = play.toy[toy];
    else
        cf_append(play.db, Toy.parts, play.toy[toy], play.part[i]);
    play.moved_part[i] = true;
}

static void add_tag(void)
{
    if (play.tags == MOST)
        return;
    int i = play.tags++;
    tell("add g%d\n", i, 0);
    play.tag[i] = cf_add(play.db, Tag, .name = cf_format(play.db, "g%02d", i));
    play.now.tag[i] = true;
}

static void rename_toy(void)
{
    int i = any(play.now.toy, play.toys);
    if (i == NONE)
        return;
    play.now.name[i] = ++play.names;
    tell("rename t%d to %d\n", i, play.names);
    play.toy[i]->name = name_of_toy(play.db, i);
}

/* By its pointer, its key, or the lists. */
static void move_toy(void)
{
    int i = any(play.now.toy, play.toys), to = chance(4) ? any(play.now.shelf, play.shelves) : NONE;
    unsigned way = chance(3);
    if (i == NONE || play.keyed_toy[i] || (way == 1 && play.moved_toy[i]) ||
        (way == 1 && to != NONE && cf_state(play.db, Shelf, play.shelf[to]) == CF_ROW_NEW))
        return;
    play.keyed_toy[i] = way == 1;
    int from = play.now.on[i];
    play.moved_toy[i] = true;
    play.now.on[i] = to;
    tell(way == 0 ? "t%d->shelf = s%d\n" : way == 1 ? "t%d->shelf_id = s%d\n" : "list of t%d: s%d\n", i, to);
    if (way == 0)
        play.toy[i]->shelf = to == NONE ? NULL : play.shelf[to];
    else if (way == 1)
        play.toy[i]->shelf_id = to == NONE ? cf_null_integer : cf_optional(play.shelf[to]->id);
    else if (to != NONE)
        cf_append(play.db, Shelf.toys, play.shelf[to], play.toy[i]);
    else if (from != NONE)
        cf_remove(play.db, Shelf.toys, play.shelf[from], play.toy[i]);
}

static void move_part(void)
{
    int i = any(play.now.part, play.parts), to = any(play.now.toy, play.toys);
    unsigned way = chance(4);
    if (i == NONE)
        return;
    int from = play.now.of[i];
    play.moved_part[i] = true;
    tell(way == 0   ? "p%d->toy = t%d\n"
         : way == 1 ? "append p%d to t%d\n"
         : way == 2 ? "remove and append p%d to t%d\n"
                    : "orphan p%d, not to t%d\n",
         i, to);
    if (way == 0)
        play.part[i]->toy = play.toy[to];
    if (way >= 2)
        cf_remove(play.db, Toy.parts, play.toy[from], play.part[i]);
    if (way == 1 || way == 2)
        cf_append(play.db, Toy.parts, play.toy[to], play.part[i]);
    if (way == 3)
        play.now.part[i] = false;
    else
        play.now.of[i] = to;
}

static void change_tags(void)
{
    int toy = any(play.now.toy, play.toys), tag = any(play.now.tag, play.tags);
    if (toy == NONE || tag == NONE)
        return;
    bool *tagged = &play.now.tagged[toy][tag], from_toy = chance(2);
    tell(*tagged ? "t%d loses g%d\n" : "t%d gets g%d\n", toy, tag);
    play.changed_tag[toy][tag] = true;
    if (*tagged && from_toy)
        cf_remove(play.db, Toy.tags, play.toy[toy], play.tag[tag]);
    else if (*tagged)
        cf_remove(play.db, Tag.toys, play.tag[tag], play.toy[toy]);
    else if (from_toy)
        cf_append(play.db, Toy.tags, play.toy[toy], play.tag[tag]);
    else
        cf_append(play.db, Tag.toys, play.tag[tag], play.toy[toy]);
    *tagged = !*tagged;
}

static void add_sticker(void)
{
    if (play.stickers == MOST)
        return;
    int i = play.stickers++, toy = any(play.now.toy, play.toys);
    tell("add k%d at t%d\n", i, toy);
    play.now.sticker[i] = true;
    play.now.at[i] = toy;
    play.stored_at[i] = NONE;
    play.moved_sticker[i] = true;
    play.sticker[i] = cf_add(play.db, Sticker, .name = cf_format(play.db, "k%02d", i));
    if (toy != NONE)
        cf_append(play.db, Toy.stickers, play.toy[toy], play.sticker[i]);
}

static void move_sticker(void)
{
    int i = any(play.now.sticker, play.stickers), to = any(play.now.toy, play.toys);
    unsigned way = chance(3);
    if (i == NONE)
        return;
    int from = play.now.at[i];
    tell(way == 0   ? "append k%d to t%d\n"
         : way == 1 ? "remove k%d, append it to t%d\n"
                    : "remove k%d, not to t%d\n",
         i, to);
    play.moved_sticker[i] = true;
    if (way > 0 && from != NONE)
        cf_remove(play.db, Toy.stickers, play.toy[from], play.sticker[i]);
    if (way > 0 && from == play.stored_at[i])
        play.stored_at[i] = NONE;
    if (way > 0)
        play.now.at[i] = play.stored_at[i]; /* what is taken out of the list it was just put into is where it was */
    if (way < 2 && to != NONE) {
        cf_append(play.db, Toy.stickers, play.toy[to], play.sticker[i]);
        play.now.at[i] = to;
    }
}

/* ---- Boxes ------------------------------------------------------------------------------------------------------ */

/* Which of two changes counts that were made of a box, or of a toy's, in between two flushes is not asked. */
static bool may_be_put(int box, int toy)
{
    int before = toy == NONE ? NONE : box_of(toy), from = box == NONE ? NONE : play.now.in[box];
    return (box == NONE || !play.moved_box[box]) && (toy == NONE || !play.boxed_toy[toy]) &&
           (before == NONE || !play.moved_box[before]) && (from == NONE || !play.boxed_toy[from]);
}

static void note_put(int box, int toy)
{
    int before = toy == NONE ? NONE : box_of(toy), from = box == NONE ? NONE : play.now.in[box];
    if (toy != NONE)
        play.boxed_toy[toy] = true;
    if (from != NONE)
        play.boxed_toy[from] = true;
    if (before != NONE)
        play.moved_box[before] = true, play.now.in[before] = NONE;
    if (box != NONE)
        play.moved_box[box] = true, play.now.in[box] = toy;
}

/* By its pointer, its key, or the pointer of the toy. */
static void put(int box, int toy)
{
    unsigned way = chance(4);
    bool stored = (box == NONE || cf_state(play.db, Box, play.box[box]) == CF_ROW_CLEAN) &&
                  (toy == NONE || cf_state(play.db, Toy, play.toy[toy]) != CF_ROW_NEW);
    if (!may_be_put(box, toy) || (way < 2 && toy != NONE && box_of(toy) != NONE) || (way == 1 && !stored) ||
        (way >= 2 && toy == NONE))
        return;
    if (way >= 2 && cf_state(play.db, Toy, play.toy[toy]) != CF_ROW_NEW)
        cf_related(play.db, Toy.box, play.toy[toy]);
    if (way == 3)
        box = NONE;
    tell(way == 0   ? "b%d->toy = t%d\n"
         : way == 1 ? "b%d->toy_id = t%d\n"
         : way == 2 ? "put b%d: t%d->box\n"
                    : "no box (%d): t%d->box\n",
         box, toy);
    if (way == 0)
        play.box[box]->toy = toy == NONE ? NULL : play.toy[toy];
    else if (way == 1)
        play.box[box]->toy_id = toy == NONE ? cf_null_integer : cf_optional(play.toy[toy]->id);
    else
        play.toy[toy]->box = box == NONE ? NULL : play.box[box];
    note_put(box, toy);
}

static void add_box(void)
{
    if (play.boxes == MOST)
        return;
    int i = play.boxes++;
    tell("add b%d\n", i, 0);
    play.now.box[i] = play.now.added_box[i] = true;
    play.now.in[i] = NONE;
    play.box[i] = cf_add(play.db, Box, .name = cf_format(play.db, "b%02d", i));
    put(i, any(play.now.toy, play.toys));
}

static void move_box(void)
{
    int i = any(play.now.box, play.boxes);
    if (i != NONE)
        put(i, chance(4) ? any(play.now.toy, play.toys) : NONE);
}

/* ---- Rows that are added again ---------------------------------------------------------------------------------- */

/* One that a rollback took, or NONE. */
static int any_undone(const bool *added, int count)
{
    bool undone[MOST];
    for (int i = 0; i < count; i++)
        undone[i] = !added[i];
    return any(undone, count);
}

static void add_toy_again(void)
{
    int i = any_undone(play.now.added_toy, play.toys), shelf = chance(2) ? any(play.now.shelf, play.shelves) : NONE;
    if (i == NONE)
        return;
    tell("add t%d again on s%d\n", i, shelf);
    play.now.toy[i] = play.now.added_toy[i] = true;
    play.now.on[i] = shelf;
    play.now.name[i] = ++play.names;
    play.toy[i]->name = name_of_toy(play.db, i);
    cf_add_again(play.db, Toy, play.toy[i]);
    play.toy[i]->shelf_id = cf_null_integer; /* which may be that of a rollback */
    play.toy[i]->shelf = shelf == NONE ? NULL : play.shelf[shelf];
    play.toy[i]->box = NULL;
    play.moved_toy[i] = true;
}

static void add_part_again(void)
{
    int i = any_undone(play.now.added_part, play.parts), toy = any(play.now.toy, play.toys);
    if (i == NONE || toy == NONE)
        return;
    tell("add p%d again of t%d\n", i, toy);
    play.now.part[i] = play.now.added_part[i] = true;
    play.now.of[i] = toy;
    cf_add_again(play.db, Part, play.part[i]);
    if (chance(2))
        play.part[i]->toy = play.toy[toy];
    else
        cf_append(play.db, Toy.parts, play.toy[toy], play.part[i]);
    play.moved_part[i] = true;
}

static void add_box_again(void)
{
    int i = any_undone(play.now.added_box, play.boxes);
    if (i == NONE)
        return;
    tell("add b%d again\n", i, 0);
    play.now.box[i] = play.now.added_box[i] = true;
    play.now.in[i] = NONE;
    cf_add_again(play.db, Box, play.box[i]);
    play.box[i]->toy = NULL;
    put(i, any(play.now.toy, play.toys));
}

static void add_again(void)
{
    static void (*const kinds[])(void) = { add_toy_again, add_part_again, add_box_again };
    kinds[chance(3)]();
}

static void forget_for_a_while(void)
{
    flush();
    int i = any(play.now.toy, play.toys), to = any(play.now.shelf, play.shelves);
    if (i == NONE)
        return;
    play.now.name[i] = ++play.names;
    tell("expunge t%d, rename, add again on s%d\n", i, to);
    cf_expunge(play.db, Toy, play.toy[i]);
    play.toy[i]->name = name_of_toy(play.db, i);
    if (chance(2)) {
        play.toy[i]->shelf = to == NONE ? NULL : play.shelf[to];
        play.now.on[i] = to;
        play.moved_toy[i] = true;
    }
    cf_add_again(play.db, Toy, play.toy[i]);
}

/* What the rollback takes from the database is a change of the row, where that has the row at all. */
static void forget_over_a_rollback(void)
{
    flush();
    int i = any(play.now.toy, play.toys);
    if (i == NONE || play.depth)
        return;
    int name = play.now.name[i];
    tell("expunge t%d, rollback\n", i, 0);
    cf_expunge(play.db, Toy, play.toy[i]);
    cf_rollback(play.db);
    play.now = play.committed;
    memcpy(play.stored_at, play.now.at, sizeof play.stored_at);
    if (!play.now.toy[i])
        return;
    int to = any(play.now.shelf, play.shelves);
    tell("add t%d again on s%d\n", i, to);
    cf_add_again(play.db, Toy, play.toy[i]);
    play.toy[i]->shelf = to == NONE ? NULL : play.shelf[to];
    play.now.name[i] = name;
    play.now.on[i] = to;
    play.moved_toy[i] = true;
}

/* ---- Stickers that are hidden ----------------------------------------------------------------------------------- */

static void hide_sticker(void)
{
    flush();
    int i = any(play.now.sticker, play.stickers);
    if (i == NONE)
        return;
    tell("delete k%d\n", i, 0);
    cf_delete(play.db, Sticker, play.sticker[i]);
    play.now.sticker[i] = false;
    play.now.hidden[i] = true;
    flush();
}

static void bring_sticker_back(void)
{
    flush();
    int i = any(play.now.hidden, play.stickers);
    if (i == NONE)
        return;
    tell("bring k%d back\n", i, 0);
    play.sticker[i] = cf_find_one(play.db, Sticker, .where = cf_eq(Sticker.name, cf_format(play.db, "k%02d", i)),
                                  .with_deleted = true);
    play.sticker[i]->deleted_at = cf_null_time;
    play.now.sticker[i] = true;
    play.now.hidden[i] = false;
    flush();
}

/* ---- Rows that go ----------------------------------------------------------------------------------------------- */

static void forget_toy(int toy)
{
    for (int i = 0; i < play.boxes; i++)
        if (play.now.in[i] == toy)
            play.now.in[i] = NONE;
    for (int i = 0; i < play.stickers; i++)
        if (play.now.at[i] == toy)
            play.stored_at[i] = play.now.at[i] = NONE;
    play.now.toy[toy] = false;
    memset(play.now.tagged[toy], 0, sizeof play.now.tagged[toy]);
    for (int i = 0; i < play.parts; i++)
        play.now.part[i] = play.now.part[i] && play.now.of[i] != toy;
}

/* True where it is unclear what should follow from a delete: it is about to be referred to, or has changed itself. */
static bool is_involved(unsigned kind, int i)
{
    bool involved = kind == 1   ? play.moved_toy[i] || play.boxed_toy[i]
                    : kind == 2 ? play.moved_part[i]
                    : kind == 4 ? play.moved_box[i]
                                : false;
    for (int j = 0; j < MOST; j++)
        involved |= (kind == 1 && play.moved_sticker[j] && play.now.at[j] == i) ||
                    (kind == 0 && play.moved_toy[j] && play.now.on[j] == i) ||
                    (kind == 1 && ((play.moved_part[j] && play.now.of[j] == i) || play.changed_tag[i][j])) ||
                    (kind == 3 && play.changed_tag[j][i]);
    return involved;
}

static void delete_one(void)
{
    unsigned kind = chance(5);
    if (chance(2))
        flush();
    int i = kind == 0   ? any(play.now.shelf, play.shelves)
            : kind == 1 ? any(play.now.toy, play.toys)
            : kind == 2 ? any(play.now.part, play.parts)
            : kind == 3 ? any(play.now.tag, play.tags)
                        : any(play.now.box, play.boxes);
    if (i == NONE || is_involved(kind, i))
        return;
    tell("delete %c%d\n", "stpgb"[kind], i);
    if (kind == 0) {
        cf_delete(play.db, Shelf, play.shelf[i]);
        play.now.shelf[i] = false;
        for (int j = 0; j < play.toys; j++)
            play.now.on[j] = play.now.on[j] == i ? NONE : play.now.on[j];
    } else if (kind == 1) {
        cf_delete(play.db, Toy, play.toy[i]);
        forget_toy(i);
    } else if (kind == 2) {
        cf_delete(play.db, Part, play.part[i]);
        play.now.part[i] = false;
    } else if (kind == 4) {
        cf_delete(play.db, Box, play.box[i]);
        play.now.box[i] = false;
        play.moved_box[i] = true;
        if (play.now.in[i] != NONE)
            play.boxed_toy[play.now.in[i]] = true;
        play.now.in[i] = NONE;
    } else {
        cf_delete(play.db, Tag, play.tag[i]);
        play.now.tag[i] = false;
        for (int j = 0; j < play.toys; j++)
            play.now.tagged[j][i] = false;
    }
    if (chance(2))
        flush();
}

static void end_transaction(void)
{
    if (chance(3)) {
        tell("commit\n", 0, 0);
        cf_commit(play.db);
        play.committed = play.now;
    } else {
        tell("rollback\n", 0, 0);
        cf_rollback(play.db);
        play.now = play.committed;
    }
    flush();
    check(true);
}

static void step(void);

static void steps_and_an_end(cf_db *db, void *fails)
{
    (void)db;
    for (unsigned count = 1 + chance(4); count--;)
        step();
    if (*(bool *)fails)
        cf_raise(CF_INVALID, "no");
}

static void nest(void)
{
    bool fails = chance(2);
    flush();
    const struct shadow before = play.now;
    if (play.depth > 1)
        return;
    play.depth++;
    tell(fails ? "savepoint, goes wrong {\n" : "savepoint {\n", 0, 0);
    const cf_error *error = cf_try_nested(play.db, steps_and_an_end, &fails);
    play.depth--;
    tell("}\n", 0, 0);
    if (error && !fails) {
        tell_story();
        fail_msg("%s", error->message);
    }
    if (fails)
        play.now = before;
    flush();
    check(true);
}

static void look(void)
{
    flush();
    tell("look\n", 0, 0);
    if (chance(2))
        cf_find(play.db, Shelf, .load = { cf_chain(Shelf.toys, Toy.tags), cf_chain(Shelf.toys, Toy.parts) });
    else
        cf_find(play.db, Toy, .load = { Toy.shelf, Toy.tags, Toy.parts, Toy.box });
    check(chance(2));
}

static void forget_all(void)
{
    flush();
    tell("expire all\n", 0, 0);
    cf_expire_all(play.db);
}

static void step(void)
{
    static void (*const steps[])(void) = { add_shelf,
                                           add_toy,
                                           add_toy,
                                           add_part,
                                           add_part,
                                           add_tag,
                                           rename_toy,
                                           move_toy,
                                           move_toy,
                                           move_toy,
                                           move_part,
                                           move_part,
                                           change_tags,
                                           change_tags,
                                           change_tags,
                                           delete_one,
                                           add_sticker,
                                           move_sticker,
                                           move_sticker,
                                           nest,
                                           look,
                                           forget_all,
                                           add_box,
                                           move_box,
                                           move_box,
                                           add_again,
                                           add_again,
                                           forget_for_a_while,
                                           forget_over_a_rollback,
                                           hide_sticker,
                                           bring_sticker_back };
    steps[chance(sizeof steps / sizeof steps[0])]();
}

static void a_session_does_what_a_simple_model_of_it_does(cf_db *db)
{
    const char *first = getenv("CARAFE_SEED"); /* to look for more than CI does */
    for (unsigned seed = first ? (unsigned)atoi(first) : 1, last = seed + SEEDS; seed < last; seed++) {
        memset(&play, 0, sizeof play);
        play.db = another_session();
        play.seed = seed * 7919;
        tell("seed %d\n", (int)seed, 0);
        for (int i = 0; i < STEPS; i++) {
            step();
            if (i % 9 == 8)
                end_transaction();
        }
        cf_rollback(play.db);
        cf_delete_all(play.db, Part, .all = true);
        cf_delete_all(play.db, Box, .all = true);
        cf_sql_execute(play.db, "DELETE FROM stickers");
        cf_sql_execute(play.db, "DELETE FROM toy_tags");
        cf_delete_all(play.db, Toy, .all = true);
        cf_delete_all(play.db, Shelf, .all = true);
        cf_delete_all(play.db, Tag, .all = true);
        cf_commit(play.db);
    }
    (void)db;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(a_session_does_what_a_simple_model_of_it_does),
    };
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests_name("orm/shadow", tests, NULL, free_thread);
}
