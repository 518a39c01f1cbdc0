/* SPDX-License-Identifier: MIT
 *
 * What a model says of its table beyond columns and keys: that the database has it (the inspector finds nothing to
 * change), and does what it is for.
 */
#include "../../../src/migrate/migrate.h"
#include "../../../src/migrate/operations.h"
#include "suite.h"

/* clang-format off */
MODEL(Plain, "plain_rows", (id, Id));
MODEL(Hen, "hens", (id, Integer, primary_key = true), (egg_id, Integer, references = "eggs.id", deferred = true));
MODEL(Egg, "eggs", (id, Integer, primary_key = true), (hen_id, Integer, references = "hens.id", deferred = true));
/* clang-format on */

/* ---- Tables of a test's own ------------------------------------------------------------------------------------- */

static void drop_made(void *models)
{
    cf__migrate_drop_all(world.engine, models);
}

/* They are gone when the test ends. */
static void make(const struct cf_model *const *models)
{
    cf__migrate_create_all(world.engine, models);
    cf_defer(here(), drop_made, (void *)(uintptr_t)models);
}

/* The tables are as the models say: nothing is left to change between the two. */
static void expect_found(const struct cf_model *const *models)
{
    struct cf__link link;
    cf__link_init(&link, world.engine, cf__current());
    const struct cf_schema *declared = cf__link_rewritten(&link, here(), cf_schema_of_models(here(), models));
    const struct cf__diff_options options = { .lenient = true, .dialect = world.driver->dialect };
    struct cf__operations list = cf__diff(here(), cf__engine_inspect(world.engine, here()), declared, &options);
    for (size_t i = 0; i < list.count; i++)
        if (list.items[i].kind != CF__DROP_TABLE)
            fails("%s", cf__operation_text(here(), &list.items[i]));
}

/* ---- Foreign keys that are checked at the commit ---------------------------------------------------------------- */

static void rows_may_refer_to_each_other_by_deferred_keys(const void *unused)
{
    (void)unused;
    static const struct cf_model *const models[] = { &Hen.model_, &Egg.model_, NULL };
    if (!can(CF_CAN_DEFER))
        no_test("foreign keys are checked at once");
    make(models);
    expect_found(models);
    cf_db *db = new_session();
    cf_add(db, Hen, .id = 1, .egg_id = 2);
    cf_flush(db);
    cf_add(db, Egg, .id = 2, .hen_id = 1);
    cf_commit(db);
    expect_integer(cf_count(new_session(), Hen), 1);
    cf_add(db, Hen, .id = 3, .egg_id = 4);
    cf_flush(db);
    expect_refused(db, CF_FOREIGN_KEY, NULL);
    expect_integer(cf_count(new_session(), Hen), 1);
}

static void tables_that_refer_to_each_other_are_dropped(const void *unused)
{
    (void)unused;
    static const struct cf_model *const models[] = { &Hen.model_, &Egg.model_, &Plain.model_, NULL };
    if (!can(CF_CAN_DEFER))
        no_test("foreign keys are checked at once");
    make(models);
    cf__migrate_drop_all(world.engine, models);
    expect_integer(cf__engine_inspect(world.engine, here())->count, 0);
}

static const struct test tests[] = {
    TEST(rows_may_refer_to_each_other_by_deferred_keys),
    TEST(tables_that_refer_to_each_other_are_dropped),
};

static const struct test *list_tests(size_t *count)
{
    *count = sizeof tests / sizeof tests[0];
    return tests;
}

const struct suite declarations_suite = { "declarations", NULL, .tests = list_tests };
