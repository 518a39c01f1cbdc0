/* SPDX-License-Identifier: MIT
 *
 * Tables that the program makes, drops and looks at itself. On SQLite, and on the server that the argument's variable
 * names.
 */
#include "database.h"

/* clang-format off */
MODEL(Team, "teams",
    (id,      Id),
    (name,    String(50), unique = true),
    (lead_id, Nullable(Integer), references = "players.id"));

MODEL(Player, "players",
    (id,       Id),
    (name,     String(50), index = true),
    (score,    Integer, server_default = "0", check = "score >= 0"),
    (rival_id, Nullable(Integer), references = "players.id"),
    (team_id,  Integer, references = "teams.id", on_delete = "cascade"));

MODEL(Ticket, "tickets",
    (id,   Id, start = 1000),
    (code, String(20), unique = true, named = "code_once"),
    (of_id, Nullable(Integer), references = "tickets.id", named = "part_of"),
    (whole, BelongsTo(Ticket, of_id)));

MODEL(Step, "steps",
    (id,   Id, start = 7, increment = 5),
    (name, String(20)));

VIEW(Good, "good_players", "SELECT id, name FROM players WHERE score > 9",
    (id,   Id),
    (name, String(50)));

MODEL_IN("audit", Entry, "entries",
    (id,   Id),
    (what, String(50)));
MODEL(Loud, "loud",
    (id,    Id),
    (name,  String(50)),
    (lite,  Ddl("CREATE TRIGGER loud_upper AFTER INSERT ON loud BEGIN UPDATE loud SET name = upper(name) WHERE id = NEW.id; END"),
            drop = "DROP TRIGGER loud_upper", database = "sqlite"),
    (pg,    Ddl("CREATE FUNCTION loud_upper() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := upper(NEW.name); RETURN NEW; END $$; "
                "CREATE TRIGGER loud_upper BEFORE INSERT ON loud FOR EACH ROW EXECUTE FUNCTION loud_upper()"),
            drop = "DROP TRIGGER loud_upper ON loud; DROP FUNCTION loud_upper()", database = "postgresql"),
    (maria, Ddl("CREATE TRIGGER loud_upper BEFORE INSERT ON loud FOR EACH ROW BEGIN SET NEW.name = upper(NEW.name); END"),
            drop = "DROP TRIGGER loud_upper", database = "mariadb"));
MODEL(Person, "people",
    (id,    Id),
    (feels, Choices("glad", "sad"), sql_type = "postgresql: mood"),
    (mood,  Ddl("CREATE TYPE mood AS ENUM ('glad', 'sad')"), drop = "DROP TYPE mood", database = "postgresql", before = true),
    (lite,  Ddl("CREATE TABLE of_people (id INTEGER PRIMARY KEY)"), drop = "DROP TABLE of_people", database = "sqlite", before = true),
    (maria, Ddl("CREATE TABLE of_people (id INTEGER PRIMARY KEY)"), drop = "DROP TABLE of_people", database = "mariadb", before = true));
/* clang-format on */

static int failures;

static void note_failure(const struct cf_sql_entry *entry)
{
    failures += entry->error != NULL;
}

static cf_app *make_app(void)
{
    return cf_app_new("test", .database_uri = "sqlite://", .models = CF_MODELS(Team, Player, Good, Entry),
                      .on_statement = note_failure, .binds = { { "audit", "sqlite://", NULL } });
}

/* Without tables. */
static cf_db *empty_database(void)
{
    cf_client *client = cf_test_client(make_app(), .database_uri = server_uri, .no_upgrade = true);
    cf_db *db = cf_client_db(client);
    cf_drop_all(db); /* of the test before */
    return db;
}

static void makes_what_is_missing_in_every_database(void **state)
{
    (void)state;
    cf_db *db = empty_database();
    assert_false(cf_has_table(db, "players"));
    failures = 0;
    cf_create_all(db);
    assert_int_equal(failures, 0); /* what is not there yet is asked for without one */
    assert_true(cf_has_table(db, "players"));
    assert_true(cf_has_table(db, "teams"));
    assert_true(cf_has_table(cf_bind(db, "audit"), "entries"));
    assert_false(cf_has_table(db, "entries"));
    struct Team *team = cf_add(db, Team, .name = "reds");
    cf_flush(db);
    struct Player *kim = cf_add(db, Player, .name = "kim", .score = 10, .team_id = team->id);
    cf_add(db, Entry, .what = "made");
    cf_commit(db);
    team->lead_id = cf_optional(kim->id);
    kim->rival_id = cf_optional(kim->id);
    cf_commit(db);
    cf_create_all(db); /* nothing is missing */
    assert_int_equal(cf_count(db, Good), 1);
    assert_int_equal(cf_count(db, Entry), 1);
}

static void what_is_there_is_never_altered(void **state)
{
    (void)state;
    cf_db *db = empty_database();
    cf_sql_execute(db, "CREATE TABLE teams (id BIGINT PRIMARY KEY, motto VARCHAR(20))");
    cf_commit(db);
    cf_create_all(db);
    assert_non_null(cf_table_column(cf_schema_table(cf_inspect(db), "teams"), "motto"));
    assert_null(cf_table_column(cf_schema_table(cf_inspect(db), "teams"), "name"));
    cf_drop_all(db);
    assert_false(cf_has_table(db, "teams"));
}

static void drops_tables_that_refer_to_each_other_and_no_others(void **state)
{
    (void)state;
    cf_db *db = empty_database();
    cf_create_all(db);
    cf_sql_execute(db, "CREATE TABLE of_others (id INTEGER PRIMARY KEY)");
    struct Team *team = cf_add(db, Team, .name = "reds");
    cf_flush(db);
    struct Player *kim = cf_add(db, Player, .name = "kim", .score = 3, .team_id = team->id);
    cf_commit(db);
    team->lead_id = cf_optional(kim->id);
    kim->rival_id = cf_optional(kim->id);
    cf_commit(db);
    cf_drop_all(db);
    const struct cf_schema *schema = cf_inspect(db);
    assert_int_equal(schema->count, 1);
    assert_string_equal(schema->tables[0].name, "of_others");
    assert_int_equal(schema->view_count, 0);
    assert_false(cf_has_table(cf_bind(db, "audit"), "entries"));
    cf_sql_execute(db, "DROP TABLE of_others");
    cf_commit(db);
}

static void one_of_several_databases_can_be_meant(void **state)
{
    (void)state;
    cf_db *db = empty_database();
    cf_create_all(cf_bind(db, "audit"));
    assert_true(cf_has_table(cf_bind(db, "audit"), "entries"));
    assert_false(cf_has_table(db, "players"));
}

static void an_inspected_table_tells_its_columns_and_constraints(void **state)
{
    (void)state;
    cf_db *db = empty_database();
    cf_create_all(db);
    const struct cf_table *players = cf_schema_table(cf_inspect(db), "players");
    assert_int_equal(players->column_count, 5);
    assert_true(players->columns[0].identity);
    assert_string_equal(players->columns[1].name, "name");
    assert_int_equal(players->columns[1].type, CF_TYPE_STRING);
    assert_int_equal(players->columns[1].length, 50);
    assert_true(cf_table_column(players, "rival_id")->nullable);
    assert_string_equal(cf_table_column(players, "score")->default_text, "0");
    assert_string_equal(players->indexes[0].name, "ix_players_name");
    assert_int_equal(players->foreign_key_count, 2);
    assert_string_equal(players->checks[0].name, "ck_players_score");
    assert_int_equal(cf_inspect(db)->view_count, 1);
}

static cf_db *database_of(const struct cf_model *const *models)
{
    cf_app *app = cf_app_new("test", .database_uri = "sqlite://", .models = models);
    cf_db *db = cf_client_db(cf_test_client(app, .database_uri = server_uri, .no_upgrade = true));
    cf_drop_all(db);
    return db;
}

static void numbers_begin_where_the_model_says(void **state)
{
    (void)state;
    cf_db *db = database_of(CF_MODELS(Ticket));
    cf_create_all(db);
    struct Ticket *first = cf_add(db, Ticket, .code = "a"), *second = cf_add(db, Ticket, .code = "b");
    cf_commit(db);
    assert_int_equal(first->id, 1000);
    assert_int_equal(second->id, 1001);
}

static void what_belongs_to_a_table_is_made_and_dropped_with_it(void **state)
{
    (void)state;
    cf_db *db = database_of(CF_MODELS(Loud));
    for (int i = 0; i < 2; i++) {
        cf_create_all(db);
        cf_create_all(db); /* it is there */
        cf_add(db, Loud, .name = "kim");
        cf_commit(db);
        assert_string_equal(cf_find_one(db, Loud, .refresh = true)->name, "KIM");
        assert_int_equal(cf_schema_table(cf_inspect(db), "loud")->triggers.count, 1);
        cf_drop_all(db);
        assert_false(cf_has_table(db, "loud"));
    }
}

static void what_a_table_needs_is_made_before_it_and_dropped_after_it(void **state)
{
    (void)state;
    cf_db *db = database_of(CF_MODELS(Person));
    for (int i = 0; i < 2; i++) {
        cf_create_all(db);
        cf_create_all(db);
        cf_add(db, Person, .feels = "sad");
        cf_commit(db);
        assert_string_equal(cf_find_one(db, Person, .refresh = true)->feels, "sad");
        cf_drop_all(db);
        assert_false(cf_has_table(db, "people"));
        assert_false(cf_has_table(db, "of_people"));
    }
    cf_app *app = cf_app_new("test", .database_uri = "sqlite://", .models = CF_MODELS(Person));
    cf_db *fresh = cf_client_db(cf_test_client(app, .database_uri = server_uri)); /* as a test's client makes it */
    assert_true(cf_has_table(fresh, "people"));
    cf_drop_all(fresh);
}

static void create(void *db);

static void numbers_go_by_steps_where_the_database_can(void **state)
{
    (void)state;
    cf_db *db = database_of(CF_MODELS(Step));
    bool can = cf__engine_driver(cf__session_link(db)->engine)->capabilities & CF_CAN_INCREMENT;
    const cf_error *error = cf_attempt(db, create, db);
    if (!can) {
        assert_string_equal(error->message,
                            "alter column steps.id: this database numbers by steps of one: leave increment out");
        return;
    }
    assert_null(error);
    struct Step *first = cf_add(db, Step, .name = "a"), *second = cf_add(db, Step, .name = "b");
    cf_commit(db);
    assert_int_equal(first->id, 7);
    assert_int_equal(second->id, 12);
    cf_drop_all(db);
}

static void a_constraint_of_ones_own_name_is_known_by_its_column(void **state)
{
    (void)state;
    cf_db *db = database_of(CF_MODELS(Ticket));
    cf_create_all(db);
    cf_add(db, Ticket, .code = "a");
    cf_commit(db);
    cf_add(db, Ticket, .code = "a");
    assert_true(cf_violates(cf_try_commit(db), Ticket.code));
    cf_add(db, Ticket, .code = "b", .of_id = cf_optional(5));
    const cf_error *error = cf_try_commit(db);
    assert_int_equal(error->code, CF_FOREIGN_KEY);
    assert_true(cf_violates(error, Ticket.of_id));
    assert_true(cf_violates(error, Ticket.whole));
    cf_drop_all(db);
}

/* ---- Refused ---------------------------------------------------------------------------------------------------- */

static void create(void *db)
{
    cf_create_all(db);
}

static void a_session_that_has_begun_to_write_is_refused(void **state)
{
    (void)state;
    cf_db *db = empty_database();
    cf_create_all(db);
    cf_add(db, Team, .name = "reds");
    const cf_error *error = cf_attempt(db, create, db);
    assert_non_null(error);
    assert_string_equal(error->message,
                        "cf_create_all in a session that has begun to write: commit or roll back first");
}

static void upgrade(cf_ops *op)
{
    cf_create_table(op, "teams", (id, Id), (name, String(50)));
}

static void tables_of_revisions_are_theirs(void **state)
{
    (void)state;
    static const cf_revision first = { .id = "4f2a91c0d3e7", .message = "teams", .upgrade = upgrade };
    static const cf_revision *const revisions[] = { &first, NULL };
    cf_app *app =
        cf_app_new("test", .database_uri = "sqlite://", .models = CF_MODELS(Team, Player), .revisions = revisions);
    cf_db *db = cf_client_db(cf_test_client(app));
    const cf_error *error = cf_attempt(db, create, db);
    assert_non_null(error);
    assert_string_equal(error->message, "revisions have made this database: db upgrade and db downgrade change it");
}

static void an_app_without_a_database_says_so(void **state)
{
    (void)state;
    cf_db *db = cf_client_db(cf_test_client(cf_app_new("test")));
    const cf_error *error = cf_attempt(db, create, db);
    assert_non_null(error);
    assert_string_equal(error->message, "this app has no database: set .database_uri");
}

int main(int argc, char **argv)
{
    int skipped = choose_database(argc, argv, "tables");
    if (skipped)
        return skipped;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_what_is_missing_in_every_database),
        cmocka_unit_test(what_is_there_is_never_altered),
        cmocka_unit_test(drops_tables_that_refer_to_each_other_and_no_others),
        cmocka_unit_test(one_of_several_databases_can_be_meant),
        cmocka_unit_test(an_inspected_table_tells_its_columns_and_constraints),
        cmocka_unit_test(numbers_begin_where_the_model_says),
        cmocka_unit_test(numbers_go_by_steps_where_the_database_can),
        cmocka_unit_test(what_belongs_to_a_table_is_made_and_dropped_with_it),
        cmocka_unit_test(what_a_table_needs_is_made_before_it_and_dropped_after_it),
        cmocka_unit_test(a_constraint_of_ones_own_name_is_known_by_its_column),
        cmocka_unit_test(a_session_that_has_begun_to_write_is_refused),
        cmocka_unit_test(tables_of_revisions_are_theirs),
        cmocka_unit_test(an_app_without_a_database_says_so),
    };
    return leave_database(cf_run_tests(tests));
}
