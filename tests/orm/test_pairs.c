/* SPDX-License-Identifier: MIT
 *
 * Many-to-many relations through a model of the program's: a pair is a row of it, whichever way it is made and deleted.
 */
#include <carafe/bulk.h>

static void give_badge(struct cf_db *db, void *row);
static void note_insert(struct cf_db *db, void *row);
static void note_delete(struct cf_db *db, void *row);
static const char *check_badge(struct cf_db *db, const void *row);

/* clang-format off */
MODEL(Player, "players",
    (id,    Id),
    (name,  String(20)),
    (teams, ManyToManyThrough(Team, Member)));
MODEL(Member, "members",
    (id,        Id),
    (player_id, Integer, references = "players.id", on_delete = "cascade"),
    (team_id,   Integer, references = "teams.id", on_delete = "cascade"),
    (badge,     String(10), insert_default = give_badge, validate = check_badge),
    (version,   Integer, version = true),
    (player,    BelongsTo(Player, player_id)),
    (team,      BelongsTo(Team, team_id)),
    (hooks,     Hooks(.before_insert = note_insert, .after_delete = note_delete)));
MODEL(Team, "teams",
    (id,      Id),
    (name,    String(20)),
    (members, HasMany(Member, team_id)),
    (players, ManyToManyThrough(Player, Member)),
    (fans,    ManyToManyThrough(Player, Fan)));
/* No relations of its own, and rows that are only hidden. */
MODEL(Fan, "fans",
    (id,        Id),
    (fan_id,    Integer, references = "players.id"),
    (team_id,   Integer, references = "teams.id"),
    CF_SOFT_DELETE);
/* clang-format on */

#define TEST_MODELS CF_MODELS(Player, Team, Member, Fan)
#include "support.h"

static int inserted, deleted;
static const char *inserted_team, *badge;

static void give_badge(struct cf_db *db, void *row)
{
    (void)db;
    ((struct Member *)row)->badge = badge;
}

static const char *check_badge(struct cf_db *db, const void *row)
{
    (void)db;
    return strcmp(((const struct Member *)row)->badge, "bad") == 0 ? "is a bad one" : NULL;
}

static void note_insert(struct cf_db *db, void *row)
{
    (void)db;
    inserted++;
    inserted_team = ((const struct Member *)row)->team->name;
}

static void note_delete(struct cf_db *db, void *row)
{
    (void)db, (void)row;
    deleted++;
}

static int64_t ask(cf_db *db, const char *sql)
{
    struct cf__rows rows = cf__link_sql(cf__session_link(db), sql, NULL, 0, NULL, NULL, false);
    return cf__rows_integer(&rows);
}

static void a_pair_that_is_appended_is_a_row_of_its_model(cf_db *db)
{
    inserted = 0;
    badge = "new";
    struct Team *team = cf_add(db, Team, .name = "reds");
    cf_add(db, Team, .name = "blues");
    struct Player *kim = cf_add(db, Player, .name = "kim"), *lee = cf_add(db, Player, .name = "lee");
    cf_append(db, Team.players, team, kim);
    cf_append(db, Player.teams, lee, team);
    sent();
    cf_commit(db);
    assert_was_sent(
        "INSERT INTO teams (name) VALUES (?), (?) RETURNING id\n"
        "INSERT INTO players (name) VALUES (?), (?) RETURNING id\n"
        "INSERT INTO members (player_id, team_id, badge, version) VALUES (?, ?, ?, ?), (?, ?, ?, ?) RETURNING id\n");
    assert_int_equal(inserted, 2);
    assert_string_equal(inserted_team, "reds");
    struct Member_list members = cf_find(db, Member, .order_by = { cf_asc(Member.id) });
    assert_int_equal(members.count, 2);
    assert_ptr_equal(members.items[0]->player, kim);
    assert_ptr_equal(members.items[1]->player, lee);
    assert_string_equal(members.items[1]->badge, "new");
    assert_int_equal(members.items[1]->version, 1);
    members.items[0]->badge = cf_copy(db, "old");
    cf_commit(db);
    assert_int_equal(members.items[0]->version, 2);
}

static void a_pair_that_its_model_refuses_is_refused(cf_db *db)
{
    badge = "bad";
    cf_append(db, Team.players, cf_add(db, Team, .name = "reds"), cf_add(db, Player, .name = "kim"));
    const cf_error *error = error_of(commit, db);
    assert_int_equal(error->code, CF_INVALID);
    assert_non_null(strstr(error->message, "badge is a bad one"));
    assert_int_equal(ask(db, "SELECT count(*) FROM teams"), 0);
}

static struct Team *make_team(cf_db *db)
{
    badge = "new";
    struct Team *team = cf_add(db, Team, .name = "reds");
    for (int i = 0; i < 3; i++)
        cf_append(db, Team.players, team, cf_add(db, Player, .name = cf_format(db, "%d", i)));
    cf_commit(db);
    deleted = 0;
    return cf_get(db, Team, team->id, .load = { cf_chain(Team.players, Player.teams), Team.members });
}

static void a_pair_that_is_removed_is_deleted_as_a_row(cf_db *db)
{
    struct Team *team = make_team(db);
    struct Player *first = team->players.items[0], *third = team->players.items[2];
    struct Member *member = team->members.items[0];
    member->badge = cf_copy(db, "changed");
    sent();
    cf_remove(db, Team.players, team, first);
    cf_remove(db, Team.players, team, third);
    assert_int_equal(team->players.count, 1);
    cf_commit(db);
    assert_int_equal(deleted, 2);
    assert_int_equal(cf_state(db, Member, member), CF_ROW_UNKNOWN);
    assert_int_equal(team->members.count, 1);
    assert_int_equal(first->teams.count, 0);
    assert_int_equal(ask(db, "SELECT count(*) FROM members"), 1);
}

static void a_rollback_brings_back_the_pair_and_the_lists(cf_db *db)
{
    struct Team *team = make_team(db);
    struct Player *first = team->players.items[0];
    struct Member *member = team->members.items[0];
    cf_remove(db, Team.players, team, first);
    cf_append(db, Team.players, team, cf_add(db, Player, .name = "new"));
    cf_flush(db);
    assert_int_equal(ask(db, "SELECT count(*) FROM members"), 3);
    cf_rollback(db);
    assert_int_equal(cf_state(db, Member, member), CF_ROW_CLEAN);
    assert_int_equal(team->players.count, 3);
    assert_ptr_equal(team->players.items[0], first);
    assert_int_equal(first->teams.count, 1);
    cf_remove(db, Team.players, team, first);
    cf_append(db, Team.players, team, first);
    assert_int_equal(cf_state(db, Member, member), CF_ROW_CLEAN);
    cf_commit(db);
    assert_int_equal(ask(db, "SELECT count(*) FROM members"), 3);
}

static void lists_follow_rows_of_the_model(cf_db *db)
{
    struct Team *team = make_team(db), *other = cf_add(db, Team, .name = "blues");
    struct Player *first = team->players.items[0], *third = team->players.items[2];
    cf_append(db, Team.players, other, third);
    cf_delete(db, Member, team->members.items[0]);
    cf_commit(db);
    assert_int_equal(team->players.count, 2);
    assert_int_equal(first->teams.count, 0);
    assert_int_equal(third->teams.count, 2);
    cf_add(db, Member, .player = first, .team = team);
    cf_flush(db);
    assert_ptr_equal(team->players.items[2], first);
    assert_ptr_equal(first->teams.items[0], team);
    cf_rollback(db);
    assert_int_equal(team->players.count, 2);
    assert_int_equal(first->teams.count, 0);
    team->members.items[0]->team = other;
    cf_commit(db);
    assert_int_equal(team->players.count, 1);
    assert_int_equal(other->players.count, 2);
    assert_int_equal(ask(db, "SELECT count(*) FROM members"), 3);
}

static void a_pair_may_be_hidden_and_made_again(cf_db *db)
{
    struct Team *team = cf_add(db, Team, .name = "reds");
    struct Player *kim = cf_add(db, Player, .name = "kim");
    cf_append(db, Team.fans, team, kim);
    cf_commit(db);
    cf_remove(db, Team.fans, team, kim);
    cf_commit(db);
    assert_int_equal(ask(db, "SELECT count(*) FROM fans WHERE deleted_at IS NOT NULL"), 1);
    assert_int_equal(cf_get(db, Team, team->id, .load = { Team.fans })->fans.count, 0);
    cf_append(db, Team.fans, team, kim);
    cf_commit(db);
    assert_int_equal(ask(db, "SELECT count(*) FROM fans"), 2);
    assert_int_equal(cf_get(another_session(), Team, team->id, .load = { Team.fans })->fans.count, 1);
    cf_delete(db, Fan, cf_find_one(db, Fan));
    cf_commit(db);
    assert_int_equal(team->fans.count, 0);
}

static void a_pair_and_its_side_go_together(cf_db *db)
{
    struct Team *team = make_team(db);
    struct Player *first = team->players.items[0];
    cf_remove(db, Team.players, team, first);
    cf_delete(db, Player, first);
    cf_commit(db);
    assert_int_equal(ask(db, "SELECT count(*) FROM members"), 2);
    cf_remove(db, Team.players, team, team->players.items[0]);
    cf_delete(db, Team, team);
    cf_commit(db);
    assert_int_equal(ask(db, "SELECT count(*) FROM members"), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(a_pair_that_is_appended_is_a_row_of_its_model),
        SESSION_TEST(a_pair_that_its_model_refuses_is_refused),
        SESSION_TEST(a_pair_that_is_removed_is_deleted_as_a_row),
        SESSION_TEST(a_rollback_brings_back_the_pair_and_the_lists),
        SESSION_TEST(lists_follow_rows_of_the_model),
        SESSION_TEST(a_pair_may_be_hidden_and_made_again),
        SESSION_TEST(a_pair_and_its_side_go_together),
    };
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests_name("orm/pairs", tests, NULL, free_thread);
}
