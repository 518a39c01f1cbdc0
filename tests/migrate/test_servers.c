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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_change_runs_there_and_back),
        cmocka_unit_test(texts_are_compared_by_the_collation_that_is_said),
        cmocka_unit_test(an_upgrade_shortens_names_that_the_database_has_whole),
        cmocka_unit_test(a_table_that_was_changed_by_hand_keeps_its_names),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
