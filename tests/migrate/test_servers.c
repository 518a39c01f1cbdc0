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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_change_runs_there_and_back),
        cmocka_unit_test(texts_are_compared_by_the_collation_that_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
