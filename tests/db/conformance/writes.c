/* SPDX-License-Identifier: MIT
 *
 * What the database refuses, with the same code and the constraint's name everywhere; keys it makes; what it deletes by
 * itself; many rows at once. After a refusal the session and its connection are as good as before.
 */
#include <carafe/bulk.h>

#include "suite.h"

/* clang-format off */
MODEL(Team, "teams",
    (id,    Id),
    (name,  String(50), unique = true),
    (level, Integer,    server_default = "1", check = "level > 0"));
MODEL(Player, "players",
    (id,        Id),
    (team_id,   Integer,              references = "teams.id", on_delete = "cascade", index = true),
    (shirt,     Integer,              check = "shirt between 1 and 99"),
    (nick,      Nullable(String(50)), unique = true),
    (friend_id, Nullable(Integer),    references = "players.id", on_delete = "set null"),
    (one_shirt, Unique(team_id, shirt)),
    (named,     Check("nick is null or nick <> ''")));
MODEL(Game, "games",
    (home,  Integer,    primary_key = true, references = "teams.id"),
    (round, String(10), primary_key = true),
    (note,  Nullable(Text)),
    (key,   PrimaryKey(home, round), named = "games_pkey"));
MODEL(Referee, "referees_and_linesmen",
    (id,                                             Id),
    (number_of_the_licence_of_the_national_federation, Integer, check = "number_of_the_licence_of_the_national_federation > 0"),
    (number_of_the_licence_of_the_regional_federation, Integer),
    (name,                                           String(20)),
    (one_licence, Unique(number_of_the_licence_of_the_national_federation, number_of_the_licence_of_the_regional_federation)),
    (one_name,    Unique(number_of_the_licence_of_the_national_federation, name)));

static const struct cf_model *const models[] = { &Team.model_, &Player.model_, &Game.model_, &Referee.model_, NULL };
/* clang-format on */

/* A database that names no foreign key in its error gives NULL; none gives a wrong one. */
static void expect_foreign_key(cf_db *db, const char *constraint, const struct cf_column *column)
{
    const cf_error *error = cf_try_commit(db);
    if (!error || error->code != CF_FOREIGN_KEY)
        fails("%s", error ? error->message : "it was committed");
    if (error->constraint)
        expect_text(error->constraint, constraint);
    expect(cf_violates_(error, column) == (error->constraint != NULL));
    expect(!cf_violates(error, Player.friend_id) && !cf_violates(error, Player.id) && !cf_violates(error, Team.name));
}

static struct Team *add_team(cf_db *db, const char *name)
{
    struct Team *team = cf_add(db, Team, .name = name);
    cf_commit(db);
    return team;
}

/* It goes on as if nothing had been: reads, writes, commits. */
static void expect_works(cf_db *db)
{
    int64_t before = cf_count(db, Team);
    add_team(db, cf_format(db, "team %lld", (long long)before));
    expect_integer(cf_count(db, Team), before + 1);
    expect_integer(cf_count(new_session(), Team), before + 1);
}

static void keys_are_made_by_the_database(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    struct Team *first = cf_add(db, Team, .name = "a"), *second = cf_add(db, Team, .name = "b");
    cf_commit(db);
    expect(first->id > 0 && second->id > first->id);
    struct Team *chosen = cf_add(db, Team, .id = 1000, .name = "c");
    cf_commit(db);
    expect_integer(chosen->id, 1000);
    expect_text(((struct Team *)cf_get(new_session(), Team, 1000))->name, "c");
    expect_integer(first->level, 1);
}

static void a_unique_value_is_taken_once(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    struct Team *team = add_team(db, "a");
    cf_add(db, Team, .name = "a");
    expect_refused(db, CF_UNIQUE, "uq_teams_name");
    expect_works(db);
    team->name = "team 1";
    expect_refused(db, CF_UNIQUE, "uq_teams_name");
    expect_works(db);
}

static void columns_unique_together_are_taken_once(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    struct Team *a = add_team(db, "a"), *b = add_team(db, "b");
    cf_add(db, Player, .team_id = a->id, .shirt = 7);
    cf_add(db, Player, .team_id = b->id, .shirt = 7);
    cf_commit(db);
    cf_add(db, Player, .team_id = a->id, .shirt = 7);
    const cf_error *error = cf_try_commit(db);
    expect(error && error->code == CF_UNIQUE);
    expect_text(error->constraint, "uq_players_team_id_shirt");
    expect(cf_violates(error, Player.one_shirt) && !cf_violates(error, Player.nick));
    expect_works(db);
}

/* Not every database keeps its name. */
static void expect_key_taken(cf_db *db)
{
    const cf_error *error = cf_try_commit(db);
    if (!error || error->code != CF_UNIQUE)
        fails("%s", error ? error->message : "it was committed");
    if (strcmp(error->constraint, "pk_games") != 0)
        expect_text(error->constraint, "games_pkey");
    expect(cf_violates(error, Game.key) && cf_violates(error, Game.home) && !cf_violates(error, Game.note));
    expect(!cf_violates(error, Team.id));
}

static void a_primary_key_is_taken_once(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    struct Team *team = add_team(db, "a");
    cf_add(db, Game, .home = team->id, .round = "1");
    cf_add(db, Game, .home = team->id, .round = "2");
    cf_commit(db);
    cf_add(new_session(), Game, .home = team->id, .round = "2");
    cf_db *other = new_session();
    cf_add(other, Game, .home = team->id, .round = "2");
    expect_key_taken(other);
    cf_add(other, Team, .id = team->id, .name = "b");
    expect_refused(other, CF_UNIQUE, "pk_teams");
    expect_works(other);
}

static void a_foreign_key_needs_its_row(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    cf_add(db, Player, .team_id = 77, .shirt = 1);
    expect_foreign_key(db, "fk_players_team_id_teams", Player.team_id.column);
    expect_works(db);
    struct Player *player = cf_add(db, Player, .team_id = add_team(db, "a")->id, .shirt = 1);
    cf_commit(db);
    player->team_id = 77;
    expect_foreign_key(db, "fk_players_team_id_teams", Player.team_id.column);
    expect_works(db);
    expect_integer(cf_count(db, Player, .where = cf_eq(Player.team_id, 77)), 0);
}

static void a_row_others_refer_to_stays(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    struct Team *team = add_team(db, "a");
    cf_add(db, Game, .home = team->id, .round = "1");
    cf_commit(db);
    cf_delete(db, Team, team);
    expect_foreign_key(db, "fk_games_home_teams", Game.home.column);
    expect_integer(cf_count(new_session(), Team), 1);
    expect_works(db);
}

static void rows_go_with_what_they_refer_to(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    struct Team *a = add_team(db, "a"), *b = add_team(db, "b");
    struct Player *kim = cf_add(db, Player, .team_id = a->id, .shirt = 1);
    cf_commit(db);
    struct Player *lee = cf_add(db, Player, .team_id = b->id, .shirt = 1, .friend_id = cf_optional(kim->id));
    cf_commit(db);
    cf_delete(db, Team, a);
    cf_commit(db);
    cf_db *other = new_session();
    expect_integer(cf_count(other, Player), 1);
    struct Player *left = cf_get(other, Player, lee->id);
    expect(left && !left->friend_id.is_set);
}

static void a_missing_value_is_refused(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    struct Player *player = cf_add(db, Player, .team_id = add_team(db, "a")->id);
    (void)player;
    expect_refused(db, CF_NOT_NULL, NULL);
    expect_works(db);
}

static void insert_null(void *db)
{
    cf_sql_execute((cf_db *)db, "INSERT INTO teams (name) VALUES (NULL)");
}

static void insert_text_for_number(void *db)
{
    cf_sql_execute((cf_db *)db, "INSERT INTO teams (name, level) VALUES ('a', 0)");
}

static void the_database_refuses_null_by_itself(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    expect_error(CF_NOT_NULL, insert_null, db);
    cf_rollback(db);
    expect_works(db);
}

static void a_check_is_named(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    struct Team *team = add_team(db, "a");
    team->level = 0;
    expect_refused(db, CF_CHECK, "ck_teams_level");
    cf_add(db, Player, .team_id = team->id, .shirt = 100);
    expect_refused(db, CF_CHECK, "ck_players_shirt");
    cf_add(db, Player, .team_id = team->id, .shirt = 1, .nick = "");
    const cf_error *error = cf_try_commit(db);
    expect(error && error->code == CF_CHECK);
    expect_text(error->constraint, "ck_players_named");
    expect(cf_violates(error, Player.named));
    expect_error(CF_CHECK, insert_text_for_number, db);
    cf_rollback(db);
    expect_works(db);
}

/* Too long for two of three databases, and alike as far as those would cut them. */
static void constraints_with_long_names_are_told_apart(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    struct Referee *first = cf_add(db, Referee, .number_of_the_licence_of_the_national_federation = 1,
                                   .number_of_the_licence_of_the_regional_federation = 1, .name = "a");
    cf_commit(db);
    cf_add(db, Referee, .number_of_the_licence_of_the_national_federation = 1,
           .number_of_the_licence_of_the_regional_federation = 1, .name = "b");
    const cf_error *error = cf_try_commit(db);
    expect(error && error->code == CF_UNIQUE);
    expect(cf_violates(error, Referee.one_licence) && !cf_violates(error, Referee.one_name));
    cf_add(db, Referee, .number_of_the_licence_of_the_national_federation = 1,
           .number_of_the_licence_of_the_regional_federation = 2, .name = "a");
    error = cf_try_commit(db);
    expect(error && error->code == CF_UNIQUE);
    expect(cf_violates(error, Referee.one_name) && !cf_violates(error, Referee.one_licence));
    first = cf_get(db, Referee, first->id);
    first->number_of_the_licence_of_the_national_federation = 0;
    error = cf_try_commit(db);
    expect(error && error->code == CF_CHECK);
    expect(cf_violates(error, Referee.number_of_the_licence_of_the_national_federation));
    expect(!cf_violates(error, Referee.number_of_the_licence_of_the_regional_federation));
}

static void ask_nothing(void *db)
{
    ask(db, "SELECT nothing FROM nowhere");
}

static void ask_half(void *db)
{
    ask(db, "SELECT (");
}

static void refused_sql_is_an_error_with_its_statement(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    expect_error(CF_SQL, ask_half, db);
    const cf_error *error = error_of(ask_nothing, db);
    expect_integer(error->code, CF_SQL);
    expect_text(error->statement, "SELECT nothing FROM nowhere");
    expect(*error->message);
    expect_works(db);
}

static void a_commit_is_all_or_nothing(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    add_team(db, "a");
    for (int i = 0; i < 10; i++)
        cf_add(db, Team, .name = cf_format(db, "%d", i));
    cf_add(db, Team, .name = "a");
    expect_refused(db, CF_UNIQUE, "uq_teams_name");
    expect_integer(cf_count(new_session(), Team), 1);
    expect_works(db);
}

/* ---- Many rows -------------------------------------------------------------------------------------------------- */

enum { MANY = 10000 };

static void ten_thousand_rows_are_inserted_and_walked(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    struct Team *teams = cf_alloc(db, MANY * sizeof *teams);
    for (int64_t i = 0; i < MANY; i++)
        teams[i] = (struct Team){ .name = cf_format(db, "it's %lld", (long long)i), .level = i + 1 };
    expect_integer(cf_insert_all(db, Team, teams, MANY, .returning = true), MANY);
    cf_commit(db);
    for (int64_t i = 1; i < MANY; i++)
        expect(teams[i].id > 0 && teams[i].id != teams[i - 1].id);
    int64_t count = 0, levels = 0;
    for
        cf_find_each (team, new_session(), Team, .order_by = { cf_asc(Team.level) }) {
            expect_integer(team->level, ++count);
            levels += team->level;
        }
    expect_integer(count, MANY);
    expect_integer(levels, (int64_t)MANY * (MANY + 1) / 2);
    struct Team *one = cf_get(new_session(), Team, teams[4321].id);
    expect_text(one->name, "it's 4321");
}

static void a_walk_may_be_left_and_others_read_meanwhile(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    struct Team *teams = cf_alloc(db, 2000 * sizeof *teams);
    for (int64_t i = 0; i < 2000; i++)
        teams[i] = (struct Team){ .name = cf_format(db, "%lld", (long long)i), .level = i + 1 };
    cf_insert_all(db, Team, teams, 2000);
    cf_commit(db);
    int64_t seen = 0;
    for
        cf_find_each (team, db, Team, .order_by = { cf_asc(Team.level) }) {
            if (++seen == 700)
                break;
            if (seen % 100 == 0)
                expect_integer(cf_count(new_session(), Team, .where = cf_le(Team.level, team->level)), seen);
        }
    expect_works(db);
}

static void many_rows_change_and_go_at_once(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    for (int i = 0; i < 20; i++)
        cf_add(db, Team, .name = cf_format(db, "%d", i), .level = i + 1);
    cf_commit(db);
    expect_integer(cf_update_all(db, Team, .set = { cf_set(Team.level, 100) }, .where = cf_gt(Team.level, 15)), 5);
    expect_integer(cf_update_all(db, Team, .set = { cf_set(Team.level, 100) }, .where = cf_eq(Team.level, 100)), 5);
    expect_integer(cf_delete_all(db, Team, .where = cf_lt(Team.level, 10)), 9);
    cf_commit(db);
    expect_integer(cf_count(new_session(), Team), 11);
    expect_integer(cf_count(new_session(), Team, .where = cf_eq(Team.level, 100)), 5);
}

static void a_row_is_inserted_or_updated(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    struct Team *first = cf_upsert(db, Team, cf_columns(Team.name), .name = "a", .level = 5);
    cf_commit(db);
    struct Team *second = cf_upsert(db, Team, cf_columns(Team.name), .name = "a", .level = 6);
    cf_commit(db);
    expect_integer(second->id, first->id);
    struct Team *kept =
        cf_upsert(db, Team, cf_on_conflict(cf_columns(Team.name), .keep = true), .name = "a", .level = 7);
    cf_commit(db);
    expect_integer(kept->level, 6);
    struct Team_list list = cf_find(new_session(), Team);
    expect_integer(list.count, 1);
    expect_integer(list.items[0]->level, 6);
}

/* More than a server takes in one message. */
static void large_texts_are_written_in_many_rows(const void *unused)
{
    enum { ROWS = 20, LARGE = 1 << 20 };
    (void)unused;
    cf_db *db = new_session();
    struct Game *games[ROWS], more[ROWS] = { 0 };
    char *text = cf_alloc(db, LARGE + 1);
    memset(text, 'x', LARGE);
    cf_add(db, Team, .name = "a");
    cf_add(db, Team, .name = "b");
    cf_flush(db);
    int64_t home = cf_find_one(db, Team)->id;
    for (int i = 0; i < ROWS; i++)
        games[i] = cf_add(db, Game, .home = home, .round = cf_format(db, "%d", i), .note = text);
    cf_flush(db);
    text[0] = 'y';
    for (int i = 0; i < ROWS; i++) {
        games[i]->note = text;
        more[i] = (struct Game){ .home = home, .round = cf_format(db, "m%d", i), .note = text };
    }
    cf_flush(db);
    expect_integer(cf_insert_all(db, Game, more, ROWS), ROWS);
    cf_commit(db);
    expect_integer(ask(new_session(), "SELECT count(*) FROM games WHERE note LIKE 'yx%' AND length(note) = 1048576"),
                   2 * ROWS);
}

static const struct test tests[] = {
    TEST(keys_are_made_by_the_database),
    TEST(a_unique_value_is_taken_once),
    TEST(columns_unique_together_are_taken_once),
    TEST(a_primary_key_is_taken_once),
    TEST(a_foreign_key_needs_its_row),
    TEST(a_row_others_refer_to_stays),
    TEST(rows_go_with_what_they_refer_to),
    TEST(a_missing_value_is_refused),
    TEST(the_database_refuses_null_by_itself),
    TEST(a_check_is_named),
    TEST(constraints_with_long_names_are_told_apart),
    TEST(refused_sql_is_an_error_with_its_statement),
    TEST(a_commit_is_all_or_nothing),
    TEST(ten_thousand_rows_are_inserted_and_walked),
    TEST(a_walk_may_be_left_and_others_read_meanwhile),
    TEST(many_rows_change_and_go_at_once),
    TEST(a_row_is_inserted_or_updated),
    TEST(large_texts_are_written_in_many_rows),
};

static const struct test *list_tests(size_t *count)
{
    *count = sizeof tests / sizeof tests[0];
    return tests;
}

const struct suite writes_suite = { "writes", models, .tests = list_tests };
