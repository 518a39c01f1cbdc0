/* SPDX-License-Identifier: MIT
 *
 * Every change of changes.h on every database there is: made, undone, and compared with what the database then says of
 * itself. And whole runs of revisions on servers.
 */
#include "changes.h"
#include "servers.h"

#include "../../src/migrate/migrate.h"
#include "../../src/migrate/plan.h"
#include "../../src/migrate/runner.h"

struct trial {
    const char *server;
    const struct change *change;
};

static void run_list(cf_engine *engine, const struct cf_schema *before, const struct cf__operations *list)
{
    struct cf__plan plan = cf__plan_new(here(), cf__engine_driver(engine), cf__schema_copy(here(), before));
    cf__plan_operations(&plan, list, NULL);
    struct cf__link link;
    cf__link_init(&link, engine, cf__current());
    link.rebuilds = plan.rebuilds;
    cf__link_begin(&link);
    cf__plan_run(&plan, &link);
    cf__link_commit(&link);
    cf__link_end(&link);
}

static void expect_live(cf_engine *engine, struct cf_schema *expected)
{
    const struct cf__diff_options options = { .lenient = true, .dialect = cf__engine_driver(engine)->dialect };
    struct cf__link link;
    cf__link_init(&link, engine, cf__current());
    expected = cf__link_rewritten(&link, here(), expected);
    struct cf__operations list = cf__diff(here(), expected, cf__link_inspect(&link, here()), &options);
    cf__link_end(&link);
    assert_string_equal(lines_of(expected, &list), "");
}

static void lead(cf_engine *engine, struct cf_schema *from, struct cf_schema *to)
{
    const struct cf__diff_options options = { .allow_drop = true };
    struct cf__operations list = cf__diff(here(), from, to, &options);
    run_list(engine, from, &list);
    expect_live(engine, to);
}

static void try_change(void *trial_)
{
    const struct trial *trial = trial_;
    const struct cf__diff_options options = { .allow_drop = true };
    cf_engine *engine = open_fresh(trial->server, 1);
    if (!engine || trial->change->needs & ~cf__engine_driver(engine)->capabilities)
        return;
    struct cf_schema *before = cf_schema_of_models(here(), trial->change->before);
    struct cf_schema *after = cf_schema_of_models(here(), trial->change->after);
    lead(engine, empty_schema(), before);
    lead(engine, before, after);
    struct cf__operations list = cf__diff(here(), before, after, &options);
    struct cf__operations reverse = cf__reverse_all(here(), before, &list);
    run_list(engine, after, &reverse);
    expect_live(engine, before);
}

static void each_change_runs_there_and_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < SERVERS; i++)
        for (size_t k = 0; k < sizeof(changes) / sizeof(*changes); k++) {
            if (getenv("VERBOSE"))
                fprintf(stderr, "%s: %s\n", servers[i], changes[k].lines);
            in_fiber(try_change, (&(struct trial){ servers[i], &changes[k] }));
        }
}

/* ---- Options, which a database tells back in its own words ------------------------------------------------------- */

static void unlog(void *server)
{
    cf_engine *engine = open_fresh(server, 1);
    struct cf_schema *logged = cf_schema_of_models(here(), CF_MODELS(User)),
                     *unlogged = cf_schema_of_models(here(), CF_MODELS(UserUnlogged));
    if (!engine)
        return;
    lead(engine, empty_schema(), unlogged);
    assert_string_equal(cf_table_option(cf_schema_table(cf__engine_inspect(engine, here()), "users"), "postgresql"),
                        "UNLOGGED WITH (fillfactor=70)");
    lead(engine, unlogged, logged); /* what has no word stays */
    assert_string_equal(cf_table_option(cf_schema_table(cf__engine_inspect(engine, here()), "users"), "postgresql"),
                        "WITH (fillfactor=70)");
}

static void a_table_is_unlogged_and_logged_again(void **state)
{
    (void)state;
    in_fiber(unlog, (void *)(uintptr_t)servers[1]);
}

/* ---- Collations, which each database has names of its own for --------------------------------------------------- */

/* clang-format off */
MODEL(Word, "words", (id, Id), (word, String(20), index = true), (text, Nullable(Text)));
MODEL(WordNoCase, "words", (id, Id), (word, String(20), index = true, collation = "NOCASE"), (text, Nullable(Text), collation = "RTRIM"));
MODEL(WordC, "words", (id, Id), (word, String(20), index = true, collation = "C"), (text, Nullable(Text), collation = "POSIX"));
MODEL(WordGeneral, "words", (id, Id), (word, String(20), index = true, collation = "utf8mb4_general_ci"), (text, Nullable(Text), collation = "utf8mb4_nopad_bin"));
/* clang-format on */

static const struct change collations[SERVERS] = {
    { CF_MODELS(Word), CF_MODELS(WordNoCase), "", 0 },
    { CF_MODELS(Word), CF_MODELS(WordC), "", 0 },
    { CF_MODELS(Word), CF_MODELS(WordGeneral), "", 0 },
};

static void texts_are_compared_by_the_collation_that_is_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < SERVERS; i++)
        in_fiber(try_change, (&(struct trial){ servers[i], &collations[i] }));
}

/* ---- Names from before they were shortened ---------------------------------------------------------------------- */

static void create_stations(cf_ops *op)
{
    cf_create_table(op, "stations", (id, Id),
                    (temperature_at_two_metres_above_the_ground_in_kelvin, Integer, unique = true),
                    (pressure_of_the_air_at_the_level_of_sea_in_millibars, Nullable(Integer), index = true),
                    (next_station_of_the_same_river_upstream_ids, Nullable(Integer), references = "stations.id"),
                    (the_temperature_is_above_absolute_zero_and_under_one,
                     Check("temperature_at_two_metres_above_the_ground_in_kelvin > 0")));
}
static const cf_revision stations = { .id = "4f2a91c0d3e7", .message = "create stations", .upgrade = create_stations };
static const cf_revision *const revisions[] = { &stations, NULL };

/* All of 64 characters, which MariaDB takes; PostgreSQL cuts the last. */
static const char *const long_names[][2] = {
    { "uq_stations_temperature_at_two_metres_above_the_ground_739978e4",
      "uq_stations_temperature_at_two_metres_above_the_ground_in_kelvin" },
    { "ix_stations_pressure_of_the_air_at_the_level_of_sea_in_966471c0",
      "ix_stations_pressure_of_the_air_at_the_level_of_sea_in_millibars" },
    { "ck_stations_the_temperature_is_above_absolute_zero_and_bbb27170",
      "ck_stations_the_temperature_is_above_absolute_zero_and_under_one" },
    { "fk_stations_next_station_of_the_same_river_upstream_id_10428294",
      "fk_stations_next_station_of_the_same_river_upstream_ids_stations" },
};

/* As revisions left them that were run before. */
static void give_long_names(cf_engine *engine, const struct cf_schema *schema)
{
    struct cf__operations list = { .context = here() };
    for (size_t i = 0; i < sizeof(long_names) / sizeof(*long_names); i++)
        cf__operations_add(&list, &(struct cf__operation){ .kind = CF__RENAME_CONSTRAINT,
                                                           .table = "stations",
                                                           .name = long_names[i][0],
                                                           .new_name = long_names[i][1] });
    run_list(engine, schema, &list);
}

static void run_sql(cf_engine *engine, const char *sql)
{
    struct cf__link link;
    cf__link_init(&link, engine, cf__current());
    cf__link_script(&link, sql);
    cf__link_commit(&link);
    cf__link_end(&link);
}

static const char *upgrade(cf_engine *engine)
{
    struct cf__buffer output = cf__buffer_new(cf__current(), CF__CAP_OUTPUT, "the output");
    struct cf__migration migration = {
        .revisions = revisions, .directory = "migrations", .engine = engine, .output = &output
    };
    cf__migrate_to_head(&migration);
    return cf_copy(here(), cf__buffer_text(&output));
}

static int64_t count_rows(cf_engine *engine, const char *table)
{
    struct cf__link link;
    cf__link_init(&link, engine, cf__current());
    cf__link_begin(&link);
    struct cf__rows rows =
        cf__link_sql(&link, cf_format(here(), "SELECT count(*) FROM %s", table), NULL, 0, NULL, NULL, false);
    int64_t count = cf__rows_integer(&rows);
    cf__link_end(&link);
    return count;
}

static void shorten(void *server)
{
    cf_engine *engine = open_fresh(server, 2);
    if (!engine)
        return;
    struct cf_schema *schema = empty_schema();
    struct cf__operations list = cf__record(here(), create_stations);
    cf__apply_all(here(), schema, &list, NULL);
    assert_string_equal(upgrade(engine), "Running upgrade <base> -> 4f2a91c0d3e7, create stations\n");
    expect_live(engine, schema);
    assert_string_equal(upgrade(engine), "");
    run_sql(engine, "INSERT INTO stations (temperature_at_two_metres_above_the_ground_in_kelvin) VALUES (280), (290)");
    give_long_names(engine, schema);
    const char *output = upgrade(engine);
    for (size_t i = 0; i < sizeof(long_names) / sizeof(*long_names); i++)
        assert_non_null(strstr(output, cf_format(here(), "of table stations to %s\n", long_names[i][0])));
    expect_live(engine, schema);
    assert_string_equal(upgrade(engine), "");
    assert_int_equal(count_rows(engine, "stations"), 2);
}

static void an_upgrade_shortens_names_that_the_database_has_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < SERVERS; i++)
        in_fiber(shorten, (void *)(uintptr_t)servers[i]);
}

/* Rebuilding the table would lose it. */
static void keep_a_column_of_others(void *unused)
{
    (void)unused;
    cf_engine *engine = open_fresh("", 3);
    struct cf_schema *schema = empty_schema();
    struct cf__operations list = cf__record(here(), create_stations);
    cf__apply_all(here(), schema, &list, NULL);
    upgrade(engine);
    give_long_names(engine, schema);
    run_sql(engine, "ALTER TABLE stations ADD COLUMN extra INTEGER DEFAULT 1");
    assert_string_equal(upgrade(engine), "");
    run_sql(engine, "UPDATE stations SET extra = 2");
}

static void a_table_that_was_changed_by_hand_keeps_its_names(void **state)
{
    (void)state;
    in_fiber(keep_a_column_of_others, NULL);
}

/* ---- Indexes made while rows are written ------------------------------------------------------------------------ */

static void make_words(cf_ops *op)
{
    cf_create_table(op, "words", (id, Id), (word, String(20)), (size, Nullable(Integer)));
    cf_execute(op, "INSERT INTO words (word) VALUES ('a'), ('a'), ('b')");
}
static void index_words(cf_ops *op)
{
    cf_add_column(op, "words", "kind", Nullable(Integer));
    cf_create_index(op, "ix_word", "words", .columns = { "word" }, .unique = true, .concurrently = true);
    cf_create_index(op, "ix_size", "words", .columns = { "size" }, .concurrently = true);
    cf_execute(op, "UPDATE words SET size = 1");
}
static void index_words_no_more(cf_ops *op)
{
    cf_drop_index(op, "ix_size", "words", .concurrently = true);
    cf_drop_index(op, "ix_word", "words", .concurrently = true);
    cf_drop_column(op, "words", "kind");
}
static const cf_revision worded = { .id = "aa00000000aa", .message = "words", .upgrade = make_words };
static const cf_revision indexed = { .id = "bb00000000bb",
                                     .revises = { "aa00000000aa" },
                                     .message = "indexes",
                                     .upgrade = index_words,
                                     .downgrade = index_words_no_more };
static const cf_revision *const indexes[] = { &worded, &indexed, NULL };

static struct cf__migration migration_of(cf_engine *engine)
{
    struct cf__buffer *output = cf_alloc(here(), sizeof(*output));
    *output = cf__buffer_new(cf__current(), CF__CAP_OUTPUT, "the output");
    return (
        struct cf__migration){ .revisions = indexes, .directory = "migrations", .engine = engine, .output = output };
}

static void upgrade_to_head(void *migration)
{
    cf__migrate_to_head(migration);
}

static void expect_indexed(cf_engine *engine, bool indexed_)
{
    struct cf_schema *schema = empty_schema();
    struct cf__operations made = cf__record(here(), make_words), list = cf__record(here(), index_words);
    cf__apply_all(here(), schema, &made, NULL);
    if (indexed_)
        cf__apply_all(here(), schema, &list, NULL);
    expect_live(engine, schema);
    assert_int_equal(count_rows(engine, "carafe_history"), 1 + indexed_);
}

static void index_meanwhile(void *server)
{
    cf_engine *engine = open_fresh(server, 4);
    if (!engine)
        return;
    struct cf__migration migration = migration_of(engine);
    bool apart = cf__engine_driver(engine)->dialect->concurrently;
    const char *message = message_of(upgrade_to_head, &migration); /* 'a' is there twice */
    assert_non_null(strstr(message, "revision bb00000000bb: create index ix_word on words: "));
    assert_int_equal(count_rows(engine, "carafe_history"), 1);
    if (apart) {
        assert_non_null(strstr(message, "What is left of the index is INVALID: drop it (DROP INDEX CONCURRENTLY "
                                        "ix_word), mend what keeps it from being made, and db upgrade goes on from "
                                        "here"));
        assert_int_equal(count_rows(engine, "carafe_progress WHERE begun"), 1);
        assert_int_equal(count_rows(engine, "pg_index WHERE NOT indisvalid"), 1);
        assert_int_equal(count_rows(engine, "words WHERE kind IS NULL"), 3); /* what came before is committed */
        message = message_of(upgrade_to_head, &migration);
        assert_non_null(strstr(message, "ix_word"));
        assert_non_null(strstr(message, "DROP INDEX CONCURRENTLY ix_word"));
        run_sql(engine, "DROP INDEX ix_word");
    }
    run_sql(engine, "DELETE FROM words WHERE id = 2");
    upgrade_to_head(&migration);
    expect_indexed(engine, true);
    assert_int_equal(count_rows(engine, "words WHERE size = 1"), 2);
    cf__db_downgrade(&migration, "-1", false);
    expect_indexed(engine, false);
    upgrade_to_head(&migration);
    expect_indexed(engine, true);
    if (apart)
        assert_int_equal(count_rows(engine, "carafe_progress"), 0);
}

static void an_index_is_made_while_rows_are_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < SERVERS; i++)
        in_fiber(index_meanwhile, (void *)(uintptr_t)servers[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_change_runs_there_and_back),
        cmocka_unit_test(a_table_is_unlogged_and_logged_again),
        cmocka_unit_test(texts_are_compared_by_the_collation_that_is_said),
        cmocka_unit_test(an_upgrade_shortens_names_that_the_database_has_whole),
        cmocka_unit_test(a_table_that_was_changed_by_hand_keeps_its_names),
        cmocka_unit_test(an_index_is_made_while_rows_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
