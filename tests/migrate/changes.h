/* SPDX-License-Identifier: MIT
 *
 * Pairs of models and the operations, in words, that lead from the one to the other: found in test_diff, run in
 * test_plan.
 */
#ifndef CARAFE_TESTS_MIGRATE_CHANGES_H
#define CARAFE_TESTS_MIGRATE_CHANGES_H

#include <carafe/sys/driver.h>

#include "../orm/custom.h"
#include "support.h"

/* clang-format off */
MODEL(Empty, "settings", (id, Id));
MODEL(User, "users", (id, Id), (name, String(50)), (email, String(120), unique = true));
MODEL(UserAge, "users", (id, Id), (name, String(50)), (email, String(120), unique = true), (age, Nullable(Integer), index = true));
MODEL(UserTypes, "users", (id, Id), (name, Nullable(Text)), (email, String(200), unique = true, server_default = "?"));
MODEL(UserRenamed, "users", (id, Id), (title, String(50), was = "name"), (mail, String(120), unique = true, was = "email"));
MODEL(UserGuess, "users", (id, Id), (title, String(50)), (email, String(120), unique = true));
MODEL(UserShort, "users", (id, Id), (name, String(50)));
MODEL(UserScore, "users", (id, Id), (name, String(50)), (email, String(120), unique = true), (score, Integer));
MODEL(UserScored, "users", (id, Id), (name, String(50)), (email, String(120), unique = true), (score, Integer, server_default = "0", check = "score >= 0"));
MODEL(Person, "people", (id, Id), (name, String(50)), (email, String(120), unique = true), (before, Was("users")));
MODEL(PersonGuess, "people", (id, Id), (name, String(50)), (email, String(120), unique = true));
MODEL(Post, "posts", (id, Id), (title, String(200)), (author_id, Integer, references = "users.id", on_delete = "cascade", index = true));
MODEL(PostOfPerson, "posts", (id, Id), (title, String(200)), (author_id, Integer, references = "people.id", on_delete = "cascade", index = true));
MODEL(PostSetNull, "posts", (id, Id), (title, String(200)), (author_id, Integer, references = "users.id", on_delete = "restrict", index = true));
MODEL(PostEntries, "posts", (id, Id), (title, String(200)), (author_id, Integer, references = "users.id", on_delete = "cascade", index = true),
      (one, Unique(author_id, title)), (by, Index(title, author_id)), (titled, Check("title <> ''")));
MODEL(PostEntriesChanged, "posts", (id, Id), (title, String(200)), (author_id, Integer, references = "users.id", on_delete = "cascade", index = true),
      (one, Unique(title, author_id)), (by, Index(author_id, title)), (titled, Check("length(title) > 1")));
MODEL(PostPlain, "posts", (id, Id), (title, String(200)));
MODEL(PostLinked, "posts", (id, Id), (title, String(200)), (author_id, Nullable(Integer), references = "users.id", on_delete = "set null"));
MODEL(Pair, "pairs", (a, Integer, primary_key = true), (b, Integer, primary_key = true), (c, Integer));
MODEL(PairSwapped, "pairs", (a, Integer, primary_key = true), (b, Integer), (c, Integer, primary_key = true));
MODEL(PairReversed, "pairs", (a, Integer, primary_key = true), (b, Integer, primary_key = true), (c, Integer), (key, PrimaryKey(b, a)));
MODEL(OfPair, "of_pairs", (id, Id), (x, Integer), (y, Integer), (pair, BelongsTo(PairReversed, y, x)));
MODEL(PairKeyed, "pairs", (a, Id), (b, Integer), (c, Integer));
MODEL(Left, "lefts", (id, Id), (right_id, Nullable(Integer), references = "rights.id"));
MODEL(Right, "rights", (id, Id), (left_id, Nullable(Integer), references = "lefts.id"));
MODEL(Tree, "trees", (id, Id), (parent_id, Nullable(Integer), references = "trees.id"));
MODEL(State, "states", (id, Id), (state, Choices("draft", "published"), server_default = "draft"), (price, Numeric(8, 2)));
MODEL(StateMore, "states", (id, Id), (state, Choices("draft", "published", "gone"), server_default = "draft"), (price, Numeric(10, 2)));
MODEL(StateHeld, "states", (id, Id), (state, Choices("draft", "published"), server_default = "draft", create_constraint = true), (price, Numeric(8, 2)));
MODEL(StateHeldMore, "states", (id, Id), (state, Choices("draft", "published", "it's \\gone"), server_default = "draft", create_constraint = true), (price, Numeric(8, 2)));
MODEL(StateHeldBy, "states", (id, Id), (state, Choices("draft", "published"), server_default = "draft", create_constraint = true, named = "known"), (price, Numeric(8, 2)));
MODEL(StateMoved, "states", (id, Id), (word, Choices("draft", "published"), server_default = "draft", create_constraint = true, was = "state"), (price, Numeric(8, 2)));
MODEL(StateTwo, "states", (id, Id), (state, Choices("draft", "published"), server_default = "draft", create_constraint = true), (price, Numeric(8, 2)),
      (order, Nullable(Choices("a", "b")), create_constraint = true));
MODEL(Odd, "odd table", (id, Id), (odd, Integer, column = "odd column", index = true), (kind, Text, column = "case", unique = true));
MODEL(Paper, "papers", (id, Id), (text, Json), (note, Nullable(Jsonb)));
MODEL(PaperParsed, "papers", (id, Id), (text, Jsonb), (note, Nullable(Json)));
MODEL(Stamped, "stamps", (id, Id), (at, DateTime, server_default_sql = "CURRENT_TIMESTAMP"));
MODEL(Stamp, "stamps", (id, Id), (at, DateTime));
MODEL(Van, "vans", (id, Id), (paint, String(7), server_default = "#000000"));
MODEL(VanCustom, "vans", (id, Id), (paint, Custom(Color), server_default = "#000000"));
MODEL(VanPriced, "vans", (id, Id), (paint, Custom(Color), server_default = "#000000"), (price, Nullable(Custom(Money))));
MODEL(LeftLate, "lefts", (id, Id), (right_id, Integer, references = "rights.id", deferred = true));
MODEL(RightLate, "rights", (id, Id), (left_id, Integer, references = "lefts.id", on_delete = "cascade", deferrable = true));
MODEL(PostLate, "posts", (id, Id), (title, String(200)), (author_id, Integer, references = "users.id", on_delete = "cascade", index = true, deferred = true));
MODEL(PostLinkedLate, "posts", (id, Id), (title, String(200)), (author_id, Nullable(Integer), references = "users.id", on_delete = "set null", deferred = true));
MODEL(UserTold, "users", (id, Id), (name, String(50), comment = "as they're called"), (email, String(120), unique = true), (about, Comment("people; \\ all")));
MODEL(UserRetold, "users", (id, Id), (name, Nullable(String(60)), comment = "or \"not\""), (email, String(120), unique = true), (about, Comment("who")),
      (age, Nullable(Integer), comment = "in years"));
MODEL(UserIndexed, "users", (id, Id), (name, String(50)), (email, String(120), unique = true), (by_lower, IndexOn("lower(email), name DESC")),
      (one_short, IndexOn("lower(substr(name, 1, 3))"), unique = true, where = "name <> ''"));
MODEL(UserReindexed, "users", (id, Id), (name, String(50)), (email, String(120), unique = true), (by_lower, IndexOn("lower(email), name")),
      (one_small, IndexOn("lower(substr(name, 1, 3))"), unique = true, where = "name <> ''"));
MODEL(Item, "items", (id, Id), (price, Numeric(10, 2)), (amount, Integer), (name, String(20)));
MODEL(ItemTotal, "items", (id, Id), (total, Numeric(20, 2), computed = "price * amount", index = true, comment = "all of it"), (price, Numeric(10, 2)),
      (amount, Integer), (name, String(20)), (low, Nullable(Text), computed = "lower(name)", stored = true));
MODEL(ItemTotalLess, "items", (id, Id), (total, Numeric(20, 2), computed = "price * (amount - 1)", index = true), (price, Numeric(10, 2)), (amount, Integer),
      (name, String(20)), (low, Nullable(Text), computed = "lower(name)"));
MODEL(ItemTotalPlain, "items", (id, Id), (total, Nullable(Numeric(20, 2))), (price, Numeric(10, 2)), (amount, Integer), (name, String(20)),
      (low, Nullable(Text)));
MODEL(UserOptions, "users", (id, Id, autoincrement = true), (name, String(50)), (email, String(120), unique = true), (strict, TableOption("sqlite", "STRICT")),
      (rows, TableOption("mariadb", "ROW_FORMAT=COMPRESSED")), (fill, TableOption("postgresql", "WITH (fillfactor=70)")));
MODEL(UserLoose, "users", (id, Id, autoincrement = true), (name, String(60)), (email, String(120), unique = true), (note, Nullable(DateTime)),
      (rows, TableOption("mariadb", "ROW_FORMAT=DYNAMIC")), (fill, TableOption("postgresql", "WITH (fillfactor=80)")));
MODEL(PairBare, "pairs", (a, SmallInteger, primary_key = true), (b, Integer, primary_key = true), (price, Numeric(8, 2)), (huge, Numeric(30, 2)), (yes, Boolean));
MODEL(PairOptions, "pairs", (a, SmallInteger, primary_key = true), (b, Integer, primary_key = true), (price, Numeric(8, 2)), (huge, Numeric(30, 2)), (yes, Boolean),
      (both, TableOption("sqlite", "without rowid, strict")));
MODEL(Parted, "parted", (id, Id), (about, Comment("parts")), (hashed, TableOption("postgresql", "PARTITION BY HASH (id)")),
      (cut, TableOption("mariadb", "ENGINE=Aria PARTITION BY HASH (id) PARTITIONS 2")));
VIEW(ShortUser, "short_users", "SELECT id, name FROM users WHERE length(name) < 4", (id, Id), (name, String(50)));
VIEW(ShorterUser, "short_users", "SELECT id, name, 'it''s' AS what FROM users WHERE length(name) < 3", (id, Id), (name, String(50)), (what, Text));
VIEW(Shortest, "a shortest", "SELECT min(id) AS id FROM short_users", (id, Id));
MODEL(ItemBare, "items", (id, Id), (name, String(20)));
MODEL(Station, "stations", (id, Id), (temperature_at_two_metres_above_the_ground_in_kelvin, Integer));
MODEL(StationLong, "stations", (id, Id), (temperature_at_two_metres_above_the_ground_in_kelvin, Integer, unique = true),
      (pressure_of_the_air_at_the_level_of_sea_in_millibars, Nullable(Integer), index = true),
      (next_station_of_the_same_river_upstream_ids, Nullable(Integer), references = "stations.id"),
      (the_temperature_is_above_absolute_zero_and_under_one, Check("temperature_at_two_metres_above_the_ground_in_kelvin > 0")));
#define REGIONS "weather_stations_and_river_gauges_of_the_northern_provinces"
MODEL(Region, REGIONS, (id, Id), (name, String(20)), (kind, String(10), index = true), (owner, String(20)), (one_kind, Unique(name, kind)),
      (one_owner, Unique(name, owner)), (named, Check("name <> ''")));
MODEL(RegionOf, REGIONS, (id, Id), (name, String(20)), (kind, String(10), index = true), (owner, String(20)), (one_kind, Unique(name, kind)),
      (one_owner, Unique(name, owner)), (named, Check("name <> ''")), (level, Nullable(Integer), check = "level > 0"),
      (of_id, Nullable(Integer), references = REGIONS ".id"));
MODEL(RegionShort, "regions", (id, Id), (name, String(20)), (kind, String(10), index = true), (owner, String(20)), (one_kind, Unique(name, kind)),
      (one_owner, Unique(name, owner)), (named, Check("name <> ''")), (level, Nullable(Integer), check = "level > 0"),
      (of_id, Nullable(Integer), references = "regions.id"), (before, Was(REGIONS)));
MODEL(UserLongIndex, "users", (id, Id), (name, String(50)), (email, String(120), unique = true),
      (where_the_word_is_looked_for_without_regard_of_any_capitals, IndexOn("lower(email)")));
MODEL(UserStarted, "users", (id, Id, start = 1000), (name, String(50)), (email, String(120), unique = true));
MODEL(UserStartedLater, "users", (id, Id, start = 2000), (name, String(60)), (email, String(120), unique = true));
MODEL(UserStepped, "users", (id, Id, start = 7, increment = 5), (name, String(50)), (email, String(120), unique = true));
MODEL(PostNamed, "posts", (id, Id), (title, String(200), unique = true, named = "title_once"),
      (author_id, Integer, references = "users.id", on_delete = "cascade", named = "written_by"), (by, Index(title, author_id), named = "posts_by"),
      (titled, Check("title <> ''"), named = "is_titled"), (newest, Index(-author_id, id)), (short_one, Index(title), unique = true, named = "ix_short"),
      (key, PrimaryKey(id), named = "the_posts"));
MODEL(PostRenamed, "posts", (id, Id), (title, String(200), unique = true, named = "once"),
      (author_id, Integer, references = "users.id", on_delete = "cascade", named = "author"), (by, Index(title, author_id), named = "posts_found_by"),
      (titled, Check("title <> ''"), named = "has_title"), (newest, Index(author_id, -id)), (short_one, Index(title), unique = true, named = "ix_shorter"),
      (key, PrimaryKey(id), named = "posts_pkey"));
MODEL(PairHashed, "pairs", (a, Integer, primary_key = true), (b, Integer, primary_key = true), (c, Integer), (fast, Index(c), using = "hash"),
      (cover, Index(-b), include = "c", where = "c > 0", named = "pairs_cover"));
MODEL(PairIncluded, "pairs", (a, Integer, primary_key = true), (b, Integer, primary_key = true), (c, Integer), (fast, Index(c)),
      (cover, Index(-b), include = "c, a", where = "c > 0", named = "pairs_cover"));
MODEL(PairMeanwhile, "pairs", (a, Integer, primary_key = true), (b, Integer, primary_key = true), (c, Integer), (by, Index(c), concurrently = true),
      (one, Index(c, b), unique = true, concurrently = true, named = "ix_one"));
MODEL(Address, "addresses", (id, Id), (host, String(60)), (words, Nullable(Text)));
MODEL(AddressTyped, "addresses", (id, Id), (host, String(60), sql_type = "postgresql: inet; mariadb: INET6; sqlite: TEXT_INET", server_default = "::1", index = true),
      (words, Nullable(Text), sql_type = "postgresql: varchar(40)[]; mariadb: SET('a', 'b; c')"), (at, DateTime, sql_type = "postgresql: TimestampTZ", server_default_sql = "CURRENT_TIMESTAMP"));
MODEL(AddressRetyped, "addresses", (id, Id), (host, String(60), sql_type = "postgresql: cidr; mariadb: INET6; sqlite: text_inet"),
      (words, Nullable(Text)));
MODEL(Page, "pages", (id, Id), (body, Text), (name, String(200)));
MODEL(PageIndexed, "pages", (id, Id), (body, Text), (name, String(200)), (by, Index(body(100), -id)), (one, Index(name(50), id), unique = true, named = "one_page"));
MODEL(PageReindexed, "pages", (id, Id), (body, Text), (name, String(200)), (by, Index(body(90), -id)), (one, Index(name(50), id), unique = true, named = "one_page"));
#define LOUD(how)                                                                                                      \
    (lite, Ddl("CREATE TRIGGER loud_" #how " AFTER INSERT ON loud BEGIN UPDATE loud SET name = " #how "(name) WHERE id = NEW.id; END"), \
     drop = "DROP TRIGGER loud_" #how, database = "sqlite"),                                                           \
    (pg, Ddl("CREATE FUNCTION loud_" #how "() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := " #how "(NEW.name); RETURN NEW; END $$; "          \
             "CREATE TRIGGER loud_" #how " BEFORE INSERT ON loud FOR EACH ROW EXECUTE FUNCTION loud_" #how "()"),      \
     drop = "DROP TRIGGER loud_" #how " ON loud; DROP FUNCTION loud_" #how "()", database = "postgresql"),             \
    (maria, Ddl("CREATE TRIGGER loud_" #how " BEFORE INSERT ON loud FOR EACH ROW BEGIN SET NEW.name = " #how "(NEW.name); END"), \
     drop = "DROP TRIGGER loud_" #how, database = "mariadb")
MODEL(Quiet, "loud", (id, Id), (name, String(50)));
MODEL(Loud, "loud", (id, Id), (name, String(50)), LOUD(upper));
MODEL(LoudLower, "loud", (id, Id), (name, String(50)), LOUD(lower));
MODEL(Silent, "silent", (id, Id), (name, String(50)), (before, Was("loud")), (emptied, Ddl("DELETE FROM silent"), drop = ""));
#define NEEDS                                                                                                          \
    (kind, Ddl("CREATE TYPE mood AS ENUM ('glad', 'sad')"), drop = "DROP TYPE mood", database = "postgresql", before = true), \
    (lite, Ddl("CREATE TABLE carafe_moods (mood TEXT)"), drop = "DROP TABLE carafe_moods", database = "sqlite", before = true), \
    (maria, Ddl("CREATE SEQUENCE moods"), drop = "DROP SEQUENCE moods", database = "mariadb", before = true)
#define MOOD (mood, Choices("glad", "sad"), sql_type = "postgresql: mood", server_default = "glad")
MODEL(Moodless, "people", (id, Id));
MODEL(Moody, "people", (id, Id), NEEDS, MOOD, (told, Ddl("DELETE FROM people"), drop = ""));
MODEL(MoodyElsewhere, "people", (id, Id), NEEDS, (feeling, Choices("glad", "sad"), sql_type = "postgresql: mood", server_default = "sad"));
MODEL(Renamed, "persons", (id, Id), MOOD, NEEDS, (was, Was("people")));
MODEL(Slot, "slots", (id, Id), (list, Integer), (place, Nullable(Integer)), (one, Unique(list, place)), (by, Index(place), unique = true));
MODEL(SlotNulls, "slots", (id, Id), (list, Nullable(Integer), unique = true, nulls_not_distinct = true), (place, Nullable(Integer)),
      (one, Unique(list, place), nulls_not_distinct = true), (by, Index(place), unique = true, nulls_not_distinct = true));
MODEL(SlotMore, "slots", (id, Id), (list, Integer), (place, Nullable(Integer)), (one, Unique(list, place), nulls_not_distinct = true, deferrable = true, named = "one_place"),
      (sum, IndexOn("(list + place)"), unique = true, nulls_not_distinct = true, where = "list > 0"));
MODEL(SlotLater, "slots", (id, Id), (list, Integer), (place, Nullable(Integer)), (one, Unique(list, place), deferred = true), (also, Unique(place), deferrable = true));
MODEL(Article, "articles", (id, Id), (title, String(200)), (body, Text), (at, Blob, sql_type = "mariadb: POINT"));
MODEL(ArticleWords, "articles", (id, Id), (title, String(200)), (body, Text), (at, Blob, sql_type = "mariadb: POINT"),
      (words, Index(title, body), using = "FULLTEXT"), (place, Index(at), using = "spatial", named = "article_places"));
MODEL(ArticleLess, "articles", (id, Id), (title, String(200)), (body, Text), (at, Blob, sql_type = "mariadb: POINT"), (words, Index(title), using = "fulltext", named = "ix_articles_title_body"));
MODEL(UserUnlogged, "users", (id, Id), (name, String(50)), (email, String(120), unique = true), (fast, TableOption("postgresql", "UNLOGGED WITH (fillfactor=70)")));
MODEL(UserOnlyUnlogged, "users", (id, Id), (name, String(50)), (email, String(120), unique = true), (fast, TableOption("postgresql", "unlogged")));
/* clang-format on */

struct change {
    const struct cf_model *const *before, *const *after;
    const char *lines;
    unsigned needs; /* capabilities; of a database that has them not, it is left out */
};

static const struct change changes[] = {
    { CF_MODELS(Empty), CF_MODELS(Empty, User), "added table 'users'\n" },
    { CF_MODELS(Empty), CF_MODELS(Empty, Post, User), "added table 'users'\nadded table 'posts'\n" },
    { CF_MODELS(Empty, Post, User), CF_MODELS(Empty), "removed table 'posts'\nremoved table 'users'\n" },
    { CF_MODELS(Empty), CF_MODELS(Empty, Tree, Odd), "added table 'trees'\nadded table 'odd table'\n" },
    { CF_MODELS(Empty), CF_MODELS(Empty, Left, Right),
      "added table 'lefts'\nadded table 'rights'\n"
      "added foreign key 'fk_lefts_right_id_rights' on 'lefts (right_id)' to 'rights (id)'\n" },
    { CF_MODELS(Empty, Left, Right), CF_MODELS(Empty),
      "removed foreign key 'fk_rights_left_id_lefts' on 'rights'\nremoved table 'lefts'\nremoved table 'rights'\n" },
    { CF_MODELS(Van), CF_MODELS(VanCustom), "" },
    { CF_MODELS(VanCustom), CF_MODELS(VanPriced), "added column 'vans.price'\n" },
    { CF_MODELS(User), CF_MODELS(UserAge), "added column 'users.age'\nadded index 'ix_users_age' on 'users (age)'\n" },
    { CF_MODELS(UserAge), CF_MODELS(User), "removed index 'ix_users_age' on 'users'\nremoved column 'users.age'\n" },
    { CF_MODELS(User), CF_MODELS(UserScored), "added column 'users.score'\n" },
    { CF_MODELS(UserScored), CF_MODELS(User), "removed column 'users.score'\n" },
    { CF_MODELS(User), CF_MODELS(UserTypes),
      "changed column 'users.name' from String(50) to Nullable(Text)\n"
      "changed column 'users.email' from String(120) to String(200), server default from none to '?'\n" },
    { CF_MODELS(User), CF_MODELS(UserRenamed),
      "renamed column 'users.name' to 'title'\nrenamed column 'users.email' to 'mail'\n"
      "renamed unique constraint 'uq_users_email' on 'users' to 'uq_users_mail'\n" },
    { CF_MODELS(User), CF_MODELS(Person),
      "renamed table 'users' to 'people'\nrenamed primary key 'pk_users' on 'people' to 'pk_people'\n"
      "renamed unique constraint 'uq_users_email' on 'people' to 'uq_people_email'\n" },
    { CF_MODELS(User, Post), CF_MODELS(Person, PostOfPerson),
      "renamed table 'users' to 'people'\nrenamed primary key 'pk_users' on 'people' to 'pk_people'\n"
      "renamed unique constraint 'uq_users_email' on 'people' to 'uq_people_email'\n"
      "renamed foreign key 'fk_posts_author_id_users' on 'posts' to 'fk_posts_author_id_people'\n" },
    { CF_MODELS(User, Post), CF_MODELS(User, PostSetNull),
      "removed foreign key 'fk_posts_author_id_users' on 'posts'\n"
      "added foreign key 'fk_posts_author_id_users' on 'posts (author_id)' to 'users (id)'\n" },
    { CF_MODELS(User, Post), CF_MODELS(User, PostEntries),
      "added unique constraint 'uq_posts_author_id_title' on 'posts (author_id, title)'\n"
      "added check constraint 'ck_posts_titled' on 'posts'\n"
      "added index 'ix_posts_title_author_id' on 'posts (title, author_id)'\n" },
    { CF_MODELS(User, PostEntries), CF_MODELS(User, PostEntriesChanged),
      "removed index 'ix_posts_title_author_id' on 'posts'\n"
      "removed unique constraint 'uq_posts_author_id_title' on 'posts'\n"
      "removed check constraint 'ck_posts_titled' on 'posts'\n"
      "added unique constraint 'uq_posts_title_author_id' on 'posts (title, author_id)'\n"
      "added check constraint 'ck_posts_titled' on 'posts'\n"
      "added index 'ix_posts_author_id_title' on 'posts (author_id, title)'\n" },
    { CF_MODELS(User, PostPlain), CF_MODELS(User, PostLinked), "added column 'posts.author_id'\n" },
    { CF_MODELS(User, PostLinked), CF_MODELS(User, PostPlain), "removed column 'posts.author_id'\n" },
    { CF_MODELS(PostPlain), CF_MODELS(PostLinked, User), "added table 'users'\nadded column 'posts.author_id'\n" },
    { CF_MODELS(Pair), CF_MODELS(PairSwapped),
      "removed primary key 'pk_pairs' on 'pairs'\nadded primary key 'pk_pairs' on 'pairs (a, c)'\n" },
    { CF_MODELS(Pair), CF_MODELS(PairKeyed),
      "removed primary key 'pk_pairs' on 'pairs'\nchanged column 'pairs.a' from Integer to Id\n"
      "added primary key 'pk_pairs' on 'pairs (a)'\n" },
    { CF_MODELS(Pair), CF_MODELS(PairReversed),
      "removed primary key 'pk_pairs' on 'pairs'\nadded primary key 'pk_pairs' on 'pairs (b, a)'\n" },
    { CF_MODELS(Empty), CF_MODELS(Empty, PairReversed, OfPair),
      "added table 'pairs'\nadded table 'of_pairs'\n"
      "added foreign key 'fk_of_pairs_y_x_pairs' on 'of_pairs (y, x)' to 'pairs (b, a)'\n" },
    { CF_MODELS(State), CF_MODELS(StateMore),
      "changed column 'states.state' from Choices(\"draft\", \"published\") to Choices(\"draft\", \"published\", "
      "\"gone\")\n"
      "changed column 'states.price' from Numeric(8, 2) to Numeric(10, 2)\n" },
    { CF_MODELS(State), CF_MODELS(StateHeld), "added check constraint 'ck_states_state' on 'states'\n", 0 },
    { CF_MODELS(Empty), CF_MODELS(Empty, StateTwo), "added table 'states'\n", 0 },
    { CF_MODELS(StateHeld), CF_MODELS(StateHeldMore),
      "removed check constraint 'ck_states_state' on 'states'\n"
      "changed column 'states.state' from Choices(\"draft\", \"published\") to Choices(\"draft\", \"published\", "
      "\"it's \\\\gone\")\n"
      "added check constraint 'ck_states_state' on 'states'\n",
      0 },
    { CF_MODELS(StateHeld), CF_MODELS(StateHeldBy),
      "renamed check constraint 'ck_states_state' on 'states' to 'known'\n", 0 },
    { CF_MODELS(StateHeld), CF_MODELS(StateMoved),
      "removed check constraint 'ck_states_state' on 'states'\nrenamed column 'states.state' to 'word'\n"
      "added check constraint 'ck_states_word' on 'states'\n",
      0 },
    { CF_MODELS(StateHeld), CF_MODELS(StateTwo), "added column 'states.order'\n", 0 },
    { CF_MODELS(Paper), CF_MODELS(PaperParsed),
      "changed column 'papers.text' from Json to Jsonb\nchanged column 'papers.note' from Nullable(Jsonb) to "
      "Nullable(Json)\n" },
    { CF_MODELS(Stamp), CF_MODELS(Stamped),
      "changed column 'stamps.at', server default from none to (CURRENT_TIMESTAMP)\n" },
    { CF_MODELS(User, Post, Pair, State), CF_MODELS(User, Post, Pair, State), "" },
    { CF_MODELS(Empty), CF_MODELS(Empty, LeftLate, RightLate),
      "added table 'lefts'\nadded table 'rights'\n"
      "added foreign key 'fk_lefts_right_id_rights' on 'lefts (right_id)' to 'rights (id)'\n",
      CF_CAN_DEFER },
    { CF_MODELS(User, Post), CF_MODELS(User, PostLate),
      "removed foreign key 'fk_posts_author_id_users' on 'posts'\n"
      "added foreign key 'fk_posts_author_id_users' on 'posts (author_id)' to 'users (id)'\n",
      CF_CAN_DEFER },
    { CF_MODELS(Empty), CF_MODELS(Empty, ItemTotal), "added table 'items'\n", 0 },
    { CF_MODELS(Item), CF_MODELS(ItemTotal),
      "added column 'items.total'\nadded column 'items.low'\nadded index 'ix_items_total' on 'items (total)'\n", 0 },
    { CF_MODELS(ItemTotal), CF_MODELS(ItemTotalLess),
      "removed index 'ix_items_total' on 'items'\n"
      "changed column 'items.total', computed from 'price * amount' to 'price * (amount - 1)', comment from 'all of "
      "it' to "
      "none\n"
      "changed column 'items.low', not stored\nadded index 'ix_items_total' on 'items (total)'\n",
      0 },
    { CF_MODELS(ItemTotal), CF_MODELS(ItemTotalPlain),
      "removed index 'ix_items_total' on 'items'\n"
      "changed column 'items.total' from Numeric(20, 2) to Nullable(Numeric(20, 2)), computed from 'price * amount' to "
      "none, comment from 'all of it' to none\n"
      "changed column 'items.low', computed from 'lower(name)' to none\n",
      0 },
    { CF_MODELS(ItemTotal), CF_MODELS(ItemBare),
      "removed index 'ix_items_total' on 'items'\nremoved column 'items.low'\nremoved column 'items.total'\n"
      "removed column 'items.amount'\nremoved column 'items.price'\n",
      0 },
    { CF_MODELS(User), CF_MODELS(UserTold),
      "changed column 'users.name', comment from none to 'as they're called'\n"
      "changed the comment of table 'users' to 'people; \\ all'\n",
      0 },
    { CF_MODELS(Empty), CF_MODELS(Empty, UserTold), "added table 'users'\n", 0 },
    { CF_MODELS(UserTold), CF_MODELS(UserRetold),
      "changed column 'users.name' from String(50) to Nullable(String(60)), comment from 'as they're called' to "
      "'or \"not\"'\n"
      "added column 'users.age'\nchanged the comment of table 'users' to 'who'\n",
      0 },
    { CF_MODELS(UserTold), CF_MODELS(User),
      "changed column 'users.name', comment from 'as they're called' to none\n"
      "removed the comment of table 'users'\n",
      0 },
    { CF_MODELS(User), CF_MODELS(UserIndexed),
      "added index 'ix_users_by_lower' on 'users (lower(email), name DESC)'\n"
      "added unique index 'ix_users_one_short' on 'users (lower(substr(name, 1, 3)))'\n",
      CF_CAN_INDEX_EXPRESSIONS },
    { CF_MODELS(Empty), CF_MODELS(Empty, UserIndexed), "added table 'users'\n", CF_CAN_INDEX_EXPRESSIONS },
    { CF_MODELS(UserIndexed), CF_MODELS(UserReindexed),
      "renamed index 'ix_users_one_short' on 'users' to 'ix_users_one_small'\n"
      "removed index 'ix_users_by_lower' on 'users'\n"
      "added index 'ix_users_by_lower' on 'users (lower(email), name)'\n",
      CF_CAN_INDEX_EXPRESSIONS },
    { CF_MODELS(UserIndexed), CF_MODELS(UserShort),
      "removed index 'ix_users_by_lower' on 'users'\nremoved index 'ix_users_one_short' on 'users'\n"
      "removed unique constraint 'uq_users_email' on 'users'\nremoved column 'users.email'\n",
      CF_CAN_INDEX_EXPRESSIONS },
    { CF_MODELS(Station), CF_MODELS(StationLong),
      "added column 'stations.pressure_of_the_air_at_the_level_of_sea_in_millibars'\n"
      "added column 'stations.next_station_of_the_same_river_upstream_ids'\n"
      "added unique constraint 'uq_stations_temperature_at_two_metres_above_the_ground_739978e4' on 'stations "
      "(temperature_at_two_metres_above_the_ground_in_kelvin)'\n"
      "added check constraint 'ck_stations_the_temperature_is_above_absolute_zero_and_bbb27170' on 'stations'\n"
      "added index 'ix_stations_pressure_of_the_air_at_the_level_of_sea_in_966471c0' on 'stations "
      "(pressure_of_the_air_at_the_level_of_sea_in_millibars)'\n",
      0 },
    { CF_MODELS(Empty), CF_MODELS(Empty, StationLong), "added table 'stations'\n", 0 },
    { CF_MODELS(Empty), CF_MODELS(Empty, RegionOf),
      "added table 'weather_stations_and_river_gauges_of_the_northern_provinces'\n"
      "added check constraint 'ck_weather_stations_and_river_gauges_of_the_northern_p_26e40e73' on "
      "'weather_stations_and_river_gauges_of_the_northern_provinces'\n",
      0 },
    { CF_MODELS(Region), CF_MODELS(RegionOf),
      "added column 'weather_stations_and_river_gauges_of_the_northern_provinces.level'\n"
      "added column 'weather_stations_and_river_gauges_of_the_northern_provinces.of_id'\n",
      0 },
    { CF_MODELS(RegionOf), CF_MODELS(Region),
      "removed column 'weather_stations_and_river_gauges_of_the_northern_provinces.of_id'\n"
      "removed column 'weather_stations_and_river_gauges_of_the_northern_provinces.level'\n",
      0 },
    { CF_MODELS(RegionOf), CF_MODELS(RegionShort),
      "renamed table 'weather_stations_and_river_gauges_of_the_northern_provinces' to 'regions'\n"
      "renamed primary key 'pk_weather_stations_and_river_gauges_of_the_northern_provinces' on 'regions' to "
      "'pk_regions'\n"
      "renamed unique constraint 'uq_weather_stations_and_river_gauges_of_the_northern_p_366a4c08' on 'regions' to "
      "'uq_regions_name_kind'\n"
      "renamed unique constraint 'uq_weather_stations_and_river_gauges_of_the_northern_p_bf1a21f9' on 'regions' to "
      "'uq_regions_name_owner'\n"
      "renamed index 'ix_weather_stations_and_river_gauges_of_the_northern_p_22c7618d' on 'regions' to "
      "'ix_regions_kind'\n"
      "renamed foreign key 'fk_weather_stations_and_river_gauges_of_the_northern_p_0c2b32ce' on 'regions' to "
      "'fk_regions_of_id_regions'\n"
      "renamed check constraint 'ck_weather_stations_and_river_gauges_of_the_northern_p_26e40e73' on 'regions' to "
      "'ck_regions_named'\n"
      "renamed check constraint 'ck_weather_stations_and_river_gauges_of_the_northern_p_d8f98474' on 'regions' to "
      "'ck_regions_level'\n",
      0 },
    { CF_MODELS(Empty), CF_MODELS(Empty, UserLongIndex), "added table 'users'\n", CF_CAN_INDEX_EXPRESSIONS },
    { CF_MODELS(Empty), CF_MODELS(Empty, Shortest, ShortUser, User),
      "added table 'users'\nadded view 'short_users'\nadded view 'a shortest'\n", 0 },
    { CF_MODELS(Empty, User, ShortUser, Shortest), CF_MODELS(Empty),
      "removed view 'a shortest'\nremoved view 'short_users'\nremoved table 'users'\n", 0 },
    { CF_MODELS(User, ShortUser, Shortest), CF_MODELS(UserTypes, ShortUser, Shortest),
      "removed view 'a shortest'\nremoved view 'short_users'\n"
      "changed column 'users.name' from String(50) to Nullable(Text)\n"
      "changed column 'users.email' from String(120) to String(200), server default from none to '?'\n"
      "added view 'short_users'\nadded view 'a shortest'\n",
      0 },
    { CF_MODELS(User, ShortUser, Shortest), CF_MODELS(User, ShorterUser, Shortest),
      "removed view 'a shortest'\nremoved view 'short_users'\nadded view 'short_users'\nadded view 'a shortest'\n", 0 },
    { CF_MODELS(User, ShortUser), CF_MODELS(UserScored, ShortUser), "added column 'users.score'\n", 0 },
    { CF_MODELS(Empty), CF_MODELS(Empty, Loud),
      "added table 'loud'\nadded DDL 'lite' of 'loud'\nadded DDL 'pg' of 'loud'\nadded DDL 'maria' of 'loud'\n", 0 },
    { CF_MODELS(Empty, Loud), CF_MODELS(Empty), "removed table 'loud'\n", 0 },
    { CF_MODELS(Quiet), CF_MODELS(Loud),
      "added DDL 'lite' of 'loud'\nadded DDL 'pg' of 'loud'\nadded DDL 'maria' of 'loud'\n", 0 },
    { CF_MODELS(Loud), CF_MODELS(LoudLower),
      "removed DDL 'maria' of 'loud'\nremoved DDL 'pg' of 'loud'\nremoved DDL 'lite' of 'loud'\n"
      "added DDL 'lite' of 'loud'\nadded DDL 'pg' of 'loud'\nadded DDL 'maria' of 'loud'\n",
      0 },
    { CF_MODELS(Loud), CF_MODELS(Silent),
      "removed DDL 'maria' of 'loud'\nremoved DDL 'pg' of 'loud'\nremoved DDL 'lite' of 'loud'\n"
      "renamed table 'loud' to 'silent'\nrenamed primary key 'pk_loud' on 'silent' to 'pk_silent'\n"
      "added DDL 'emptied' of 'silent'\n",
      0 },
    { CF_MODELS(Empty), CF_MODELS(Empty, Moody), "added table 'people'\nadded DDL 'told' of 'people'\n", 0 },
    { CF_MODELS(Empty, Moody), CF_MODELS(Empty), "removed table 'people'\n", 0 },
    { CF_MODELS(Moodless), CF_MODELS(Moody),
      "added DDL 'kind' of 'people'\nadded DDL 'lite' of 'people'\nadded DDL 'maria' of 'people'\n"
      "added column 'people.mood'\nadded DDL 'told' of 'people'\n",
      0 },
    { CF_MODELS(Moody), CF_MODELS(Moodless),
      "removed DDL 'told' of 'people'\nremoved column 'people.mood'\n"
      "removed DDL 'maria' of 'people'\nremoved DDL 'lite' of 'people'\nremoved DDL 'kind' of 'people'\n",
      0 },
    { CF_MODELS(Moody), CF_MODELS(MoodyElsewhere),
      "removed DDL 'told' of 'people'\nadded column 'people.feeling'\nremoved column 'people.mood'\n", 0 },
    { CF_MODELS(Moodless), CF_MODELS(Renamed),
      "renamed table 'people' to 'persons'\n"
      "added DDL 'kind' of 'persons'\nadded DDL 'lite' of 'persons'\nadded DDL 'maria' of 'persons'\n"
      "renamed primary key 'pk_people' on 'persons' to 'pk_persons'\nadded column 'persons.mood'\n",
      0 },
    { CF_MODELS(Slot), CF_MODELS(SlotNulls),
      "removed index 'ix_slots_place' on 'slots'\nremoved unique constraint 'uq_slots_list_place' on 'slots'\n"
      "changed column 'slots.list' from Integer to Nullable(Integer)\n"
      "added unique constraint 'uq_slots_list' on 'slots (list)'\n"
      "added unique constraint 'uq_slots_list_place' on 'slots (list, place)'\n"
      "added unique index 'ix_slots_place' on 'slots (place)'\n",
      CF_CAN_NULLS_NOT_DISTINCT },
    { CF_MODELS(Empty, SlotNulls), CF_MODELS(Empty), "removed table 'slots'\n", CF_CAN_NULLS_NOT_DISTINCT },
    { CF_MODELS(Slot), CF_MODELS(SlotMore),
      "removed index 'ix_slots_place' on 'slots'\nremoved unique constraint 'uq_slots_list_place' on 'slots'\n"
      "added unique constraint 'one_place' on 'slots (list, place)'\n"
      "added unique index 'ix_slots_sum' on 'slots ((list + place))'\n",
      CF_CAN_NULLS_NOT_DISTINCT | CF_CAN_DEFER_UNIQUE },
    { CF_MODELS(SlotMore), CF_MODELS(SlotLater),
      "removed index 'ix_slots_sum' on 'slots'\nremoved unique constraint 'one_place' on 'slots'\n"
      "added unique constraint 'uq_slots_list_place' on 'slots (list, place)'\n"
      "added unique constraint 'uq_slots_place' on 'slots (place)'\n",
      CF_CAN_NULLS_NOT_DISTINCT | CF_CAN_DEFER_UNIQUE },
    { CF_MODELS(Empty), CF_MODELS(Empty, ArticleWords), "added table 'articles'\n", 0 },
    { CF_MODELS(Article), CF_MODELS(ArticleWords),
      "added index 'ix_articles_title_body' on 'articles (title, body)'\n"
      "added index 'article_places' on 'articles (at)'\n",
      0 },
    { CF_MODELS(ArticleWords), CF_MODELS(ArticleLess),
      "removed index 'ix_articles_title_body' on 'articles'\nremoved index 'article_places' on 'articles'\n"
      "added index 'ix_articles_title_body' on 'articles (title)'\n",
      0 },
    { CF_MODELS(User), CF_MODELS(UserUnlogged),
      "changed the option of table 'users' for postgresql to 'UNLOGGED WITH (fillfactor=70)'\n", 0 },
    { CF_MODELS(UserUnlogged), CF_MODELS(UserOnlyUnlogged),
      "changed the option of table 'users' for postgresql to 'unlogged'\n", 0 },
    { CF_MODELS(UserOnlyUnlogged), CF_MODELS(User), "removed the option of table 'users' for postgresql\n", 0 },
    { CF_MODELS(Empty), CF_MODELS(Empty, Parted), "added table 'parted'\n", 0 },
    { CF_MODELS(Empty), CF_MODELS(Empty, UserOptions, PairOptions), "added table 'users'\nadded table 'pairs'\n", 0 },
    { CF_MODELS(User), CF_MODELS(UserOptions),
      "changed the option of table 'users' for sqlite to 'STRICT'\n"
      "changed the option of table 'users' for mariadb to 'ROW_FORMAT=COMPRESSED'\n"
      "changed the option of table 'users' for postgresql to 'WITH (fillfactor=70)'\n"
      "changed column 'users.id', autoincrement\n",
      0 },
    { CF_MODELS(UserOptions), CF_MODELS(UserLoose),
      "changed the option of table 'users' for mariadb to 'ROW_FORMAT=DYNAMIC'\n"
      "changed the option of table 'users' for postgresql to 'WITH (fillfactor=80)'\n"
      "removed the option of table 'users' for sqlite\n"
      "changed column 'users.name' from String(50) to String(60)\nadded column 'users.note'\n",
      0 },
    { CF_MODELS(PairOptions), CF_MODELS(PairBare), "removed the option of table 'pairs' for sqlite\n", 0 },
    { CF_MODELS(User, PostPlain), CF_MODELS(User, PostLinkedLate), "added column 'posts.author_id'\n", CF_CAN_DEFER },
    { CF_MODELS(Empty), CF_MODELS(Empty, UserStarted), "added table 'users'\n", 0 },
    { CF_MODELS(User), CF_MODELS(UserStarted), "changed column 'users.id', start from 1 to 1000, autoincrement\n", 0 },
    { CF_MODELS(UserStarted), CF_MODELS(UserStartedLater),
      "changed column 'users.id', start from 1000 to 2000\n"
      "changed column 'users.name' from String(50) to String(60)\n",
      0 },
    { CF_MODELS(Empty), CF_MODELS(Empty, UserStepped), "added table 'users'\n", CF_CAN_INCREMENT },
    { CF_MODELS(UserStarted), CF_MODELS(UserStepped),
      "changed column 'users.id', start from 1000 to 7, increment from 1 to 5\n", CF_CAN_INCREMENT },
    { CF_MODELS(Empty), CF_MODELS(Empty, User, PostNamed),
      "added table 'users'\nadded table 'posts'\nadded check constraint 'is_titled' on 'posts'\n", 0 },
    { CF_MODELS(User, PostNamed), CF_MODELS(User, PostRenamed),
      "renamed primary key 'the_posts' on 'posts' to 'posts_pkey'\n"
      "renamed unique constraint 'title_once' on 'posts' to 'once'\n"
      "renamed index 'posts_by' on 'posts' to 'posts_found_by'\n"
      "renamed index 'ix_short' on 'posts' to 'ix_shorter'\n"
      "renamed foreign key 'written_by' on 'posts' to 'author'\n"
      "renamed check constraint 'is_titled' on 'posts' to 'has_title'\n"
      "removed index 'ix_posts_author_id_id' on 'posts'\n"
      "added index 'ix_posts_author_id_id' on 'posts (author_id, id DESC)'\n",
      0 },
    { CF_MODELS(User, PostNamed), CF_MODELS(User, PostPlain),
      "renamed primary key 'the_posts' on 'posts' to 'pk_posts'\n"
      "removed foreign key 'written_by' on 'posts'\nremoved index 'posts_by' on 'posts'\n"
      "removed index 'ix_posts_author_id_id' on 'posts'\nremoved index 'ix_short' on 'posts'\n"
      "removed unique constraint 'title_once' on 'posts'\nremoved check constraint 'is_titled' on 'posts'\n"
      "removed column 'posts.author_id'\n",
      0 },
    { CF_MODELS(Empty), CF_MODELS(Empty, PageIndexed), "added table 'pages'\n", 0 },
    { CF_MODELS(Page), CF_MODELS(PageIndexed),
      "added index 'ix_pages_body_id' on 'pages (body(100), id DESC)'\n"
      "added unique index 'one_page' on 'pages (name(50), id)'\n",
      0 },
    { CF_MODELS(PageIndexed), CF_MODELS(PageReindexed),
      "removed index 'ix_pages_body_id' on 'pages'\n"
      "added index 'ix_pages_body_id' on 'pages (body(90), id DESC)'\n",
      0 },
    { CF_MODELS(Empty), CF_MODELS(Empty, PairMeanwhile), "added table 'pairs'\n", 0 },
    { CF_MODELS(Pair), CF_MODELS(PairMeanwhile),
      "added index 'ix_pairs_c' on 'pairs (c)'\nadded unique index 'ix_one' on 'pairs (c, b)'\n", 0 },
    { CF_MODELS(Pair), CF_MODELS(PairHashed),
      "added index 'ix_pairs_c' on 'pairs (c)'\nadded index 'pairs_cover' on 'pairs (b DESC)'\n",
      CF_CAN_PARTIAL_INDEXES },
    { CF_MODELS(PairHashed), CF_MODELS(PairIncluded),
      "removed index 'ix_pairs_c' on 'pairs'\nremoved index 'pairs_cover' on 'pairs'\n"
      "added index 'ix_pairs_c' on 'pairs (c)'\nadded index 'pairs_cover' on 'pairs (b DESC)'\n",
      CF_CAN_PARTIAL_INDEXES },
    { CF_MODELS(Empty), CF_MODELS(Empty, AddressTyped), "added table 'addresses'\n", 0 },
    { CF_MODELS(Address), CF_MODELS(AddressRetyped),
      "changed column 'addresses.host', SQL type from none to 'postgresql: cidr; mariadb: INET6; sqlite: text_inet'\n",
      0 },
    { CF_MODELS(AddressTyped), CF_MODELS(AddressRetyped),
      "removed index 'ix_addresses_host' on 'addresses'\n"
      "changed column 'addresses.host', server default from '::1' to none, SQL type from 'postgresql: inet; mariadb: "
      "INET6; sqlite: "
      "TEXT_INET' to 'postgresql: cidr; mariadb: INET6; sqlite: text_inet'\n"
      "changed column 'addresses.words', SQL type from 'postgresql: varchar(40)[]; mariadb: SET('a', 'b; c')' to none\n"
      "removed column 'addresses.at'\n",
      0 },
};

#endif
