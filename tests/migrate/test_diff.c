/* SPDX-License-Identifier: MIT
 *
 * What leads from one set of models to another, in words; that it does lead there; and that its reverse leads back.
 */
#include "changes.h"

static void follow_change(void *argument)
{
    const struct change *change = argument;
    struct cf__diff_options options = { .allow_drop = true };
    struct cf_schema *before = cf_schema_of_models(here(), change->before);
    struct cf_schema *after = cf_schema_of_models(here(), change->after);
    struct cf__operations list = cf__diff(here(), before, after, &options);
    assert_string_equal(lines_of(before, &list), change->lines);

    struct cf_schema *schema = cf__schema_copy(here(), before);
    cf__apply_all(here(), schema, &list, NULL);
    assert_string_equal(differences(schema, after), "");

    struct cf__operations reverse = cf__reverse_all(here(), before, &list);
    cf__apply_all(here(), schema, &reverse, NULL);
    assert_string_equal(differences(schema, before), "");
}

static void each_change_leads_there_and_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++)
        in_fiber(follow_change, (void *)&changes[i]);
}

/* ---- What a person must decide ---------------------------------------------------------------------------------- */

static void find_change(void *argument)
{
    const struct change *change = argument;
    static const struct cf__diff_options options = { 0 };
    cf__diff(here(), cf_schema_of_models(here(), change->before), cf_schema_of_models(here(), change->after), &options);
}

static void ask(void *argument)
{
    (void)argument;
    const struct change cases[] = {
        { CF_MODELS(User), CF_MODELS(UserShort),
          "column users.email is gone from the model, and would be dropped with its data: db migrate --allow-drop does "
          "so" },
        { CF_MODELS(User), CF_MODELS(UserGuess),
          "column users.name is gone and users.title of the same type came. If it was renamed, say (title, String(50), "
          "was = "
          "\"name\") in the model; if the one is to be dropped with its data and the other added, say db migrate "
          "--allow-drop" },
        { CF_MODELS(User, Empty), CF_MODELS(Empty),
          "table users is gone from the models, and would be dropped with its rows: db migrate --allow-drop does so" },
        { CF_MODELS(User), CF_MODELS(PersonGuess),
          "table users is gone and people with the same columns came. If it was renamed, say (before, Was(\"users\")) "
          "in the "
          "model; if the one is to be dropped with its rows and the other created, say db migrate --allow-drop" },
        { CF_MODELS(User), CF_MODELS(UserScore),
          "column users.score is NOT NULL, and rows that are there have no value for it: give it server_default = "
          "\"…\", or "
          "make it Nullable(Integer) and, in the revision, Integer again with .fill = \"…\"" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_string_equal(message_of(find_change, (void *)&cases[i]), cases[i].lines);
}

static void what_loses_data_is_refused_with_the_words_to_write(void **state)
{
    (void)state;
    in_fiber(ask, NULL);
}

static void keep_was(void *argument)
{
    (void)argument;
    static const struct cf__diff_options options = { 0 };
    struct cf_schema *renamed = cf_schema_of_models(here(), CF_MODELS(UserRenamed, Person));
    struct cf_schema *alone = cf_schema_of_models(here(), CF_MODELS(Empty));
    assert_int_equal(cf__diff(here(), renamed, renamed, &options).count, 0);
    struct cf_schema *both = cf_schema_of_models(here(), CF_MODELS(Empty, UserRenamed));
    struct cf__operations list = cf__diff(here(), alone, both, &options);
    assert_string_equal(lines_of(alone, &list), "added table 'users'\n");
}

static void was_is_idle_once_the_old_name_is_gone(void **state)
{
    (void)state;
    in_fiber(keep_was, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_change_leads_there_and_back),
        cmocka_unit_test(what_loses_data_is_refused_with_the_words_to_write),
        cmocka_unit_test(was_is_idle_once_the_old_name_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
