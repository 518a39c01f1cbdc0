/* SPDX-License-Identifier: MIT */
#include "support.h"

#include "../../src/migrate/graph.h"

static const cf_revision first = { .id = "4f2a91c0d3e7", .message = "create users" };
static const cf_revision second = { .id = "9c1d7b20aa34", .revises = { "4f2a91c0d3e7" } };
static const cf_revision third = { .id = "9d0000000001", .revises = { "9c1d7b20aa34" } };
static const cf_revision branch = { .id = "0a0000000002", .revises = { "4f2a91c0d3e7" } };
static const cf_revision merge = { .id = "000000000003", .revises = { "9d0000000001", "0a0000000002" } };
static const cf_revision lost = { .id = "1b0000000004", .revises = { "ffffffffffff" } };
static const cf_revision ring_a = { .id = "aa0000000005", .revises = { "bb0000000006" } };
static const cf_revision ring_b = { .id = "bb0000000006", .revises = { "aa0000000005" } };

static const cf_revision *const line[] = { &third, &first, &second, NULL };
static const cf_revision *const forked[] = { &branch, &third, &second, &first, NULL };
static const cf_revision *const merged[] = { &merge, &branch, &third, &second, &first, NULL };

static const char *ids_of(const struct cf__graph *graph, const struct cf__revision_set *set)
{
    const char *ids = "";
    for (size_t i = 0; i < graph->count; i++)
        if (!set || set->has[i])
            ids = cf_format(here(), "%s%s%.4s", ids, *ids ? " " : "", graph->items[i]->id);
    return ids;
}

static void order(void *argument)
{
    (void)argument;
    struct cf__graph graph = cf__graph_of(here(), line);
    assert_string_equal(ids_of(&graph, NULL), "4f2a 9c1d 9d00");
    graph = cf__graph_of(here(), merged);
    assert_string_equal(ids_of(&graph, NULL), "4f2a 0a00 9c1d 9d00 0000");
    assert_string_equal(cf__graph_revises(here(), &merge), "9d0000000001, 0a0000000002");
    assert_string_equal(cf__graph_revises(here(), &first), "<base>");
    assert_int_equal(cf__graph_of(here(), NULL).count, 0);
}

static void the_order_of_the_list_does_not_matter(void **state)
{
    (void)state;
    in_fiber(order, NULL);
}

static void name_revisions(void *argument)
{
    (void)argument;
    struct cf__graph graph = cf__graph_of(here(), line);
    assert_int_equal(cf__graph_resolve(&graph, "head"), 2);
    assert_int_equal(cf__graph_resolve(&graph, "4f2a91c0d3e7"), 0);
    assert_int_equal(cf__graph_resolve(&graph, "9c"), 1);
    assert_int_equal(cf__graph_resolve(&graph, "4"), 0);
    struct cf__graph forks = cf__graph_of(here(), forked);
    assert_string_equal(cf__graph_heads(&forks), "0a0000000002, 9d0000000001");
}

static void revisions_are_named_by_head_id_and_beginning(void **state)
{
    (void)state;
    in_fiber(name_revisions, NULL);
}

/* ---- Targets ---------------------------------------------------------------------------------------------------- */

static struct cf__revision_set applied_to(const struct cf__graph *graph, const char *target)
{
    return target ? cf__graph_ancestors(graph, cf__graph_resolve(graph, target)) : cf__revision_set_new(graph);
}

static void choose(void *argument)
{
    (void)argument;
    static const struct {
        const cf_revision *const *revisions;
        const char *at, *target, *expected;
        bool up;
    } cases[] = {
        { line, NULL, "head", "4f2a 9c1d 9d00", true },
        { line, NULL, "+1", "4f2a", true },
        { line, "4f2a", "+2", "9c1d 9d00", true },
        { line, "4f2a", "9c", "9c1d", true },
        { line, "head", "head", "", true },
        { line, "head", "4f2a", "", true },
        { forked, "4f2a", "9d", "9c1d 9d00", true },
        { forked, "9d", "0a", "0a00", true },
        { merged, "9c", "head", "0a00 9d00 0000", true },
        { line, "head", "-1", "9d00", false },
        { line, "head", "-3", "4f2a 9c1d 9d00", false },
        { line, "head", "base", "4f2a 9c1d 9d00", false },
        { line, "head", "4f", "9c1d 9d00", false },
        { line, "head", "head", "", false },
        { merged, "head", "-1", "0000", false },
        { merged, "head", "9c", "9d00 0000", false },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct cf__graph graph = cf__graph_of(here(), cases[i].revisions);
        struct cf__revision_set applied = applied_to(&graph, cases[i].at);
        struct cf__revision_set set = cases[i].up ? cf__graph_upgrades(&graph, &applied, cases[i].target)
                                                  : cf__graph_downgrades(&graph, &applied, cases[i].target);
        assert_string_equal(ids_of(&graph, &set), cases[i].expected);
    }
}

static void targets_choose_what_is_run(void **state)
{
    (void)state;
    in_fiber(choose, NULL);
}

/* ---- What cannot be --------------------------------------------------------------------------------------------- */

struct refusal {
    const cf_revision *const *revisions;
    const char *at, *target;
    bool up;
    const char *message;
};

static void run_refused(void *argument)
{
    const struct refusal *refusal = argument;
    struct cf__graph graph = cf__graph_of(here(), refusal->revisions);
    struct cf__revision_set applied = applied_to(&graph, refusal->at);
    (refusal->up ? cf__graph_upgrades : cf__graph_downgrades)(&graph, &applied, refusal->target);
}

static void refuse(void *argument)
{
    (void)argument;
    static const cf_revision *const with_lost[] = { &first, &lost, NULL };
    static const cf_revision *const twice[] = { &first, &second, &first, NULL };
    static const cf_revision *const ring[] = { &first, &ring_a, &ring_b, NULL };
    static const struct refusal cases[] = {
        { forked, NULL, "head", true,
          "Multiple heads are present: 0a0000000002, 9d0000000001; name one, or merge them" },
        { line, NULL, "9", true, "Multiple revisions start with '9': 9c1d7b20aa34, 9d0000000001" },
        { line, NULL, "x1", true, "Can't locate revision identified by 'x1'" },
        { line, NULL, "", true, "Can't locate revision identified by ''" },
        { line, "9c", "+2", true, "Relative revision +2 didn't produce 2 migrations" },
        { line, "9c", "-3", false, "Relative revision -3 didn't produce 3 migrations" },
        { line, NULL, "-1", true, "'-1' is no target of an upgrade: head, +N, or a revision" },
        { line, NULL, "+0", true, "'+0' is no target of an upgrade: head, +N, or a revision" },
        { line, "head", "+1", false, "'+1' is no target of a downgrade: base, -N, or a revision" },
        { line, "4f", "9c", false, "Destination 9c1d7b20aa34 is not a valid downgrade target: it is not applied" },
        { with_lost, NULL, "head", true,
          "revision 1b0000000004 revises ffffffffffff, which is not linked into this program" },
        { twice, NULL, "head", true, "revision 4f2a91c0d3e7 is twice in revisions.list: remove one of the lines" },
        { ring, NULL, "head", true, "revisions follow from each other in a circle: aa0000000005, bb0000000006" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_string_equal(message_of(run_refused, (void *)&cases[i]), cases[i].message);
}

static void what_cannot_be_is_said_in_alembics_words(void **state)
{
    (void)state;
    in_fiber(refuse, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_order_of_the_list_does_not_matter),
        cmocka_unit_test(revisions_are_named_by_head_id_and_beginning),
        cmocka_unit_test(targets_choose_what_is_run),
        cmocka_unit_test(what_cannot_be_is_said_in_alembics_words),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
