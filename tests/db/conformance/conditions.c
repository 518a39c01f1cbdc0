/* SPDX-License-Identifier: MIT
 *
 * The conditions of query.h, each by the rows it finds, and limits. Where a value is NULL a comparison is neither true
 * nor false, and its opposite neither.
 */
#include "suite.h"

/* clang-format off */
MODEL(Person, "people",
    (id,     Id),
    (name,   String(50)),
    (nick,   Nullable(String(50))),
    (age,    Nullable(Integer)),
    (weight, Nullable(Float)),
    (active, Boolean),
    (born,   Nullable(Date)),
    (note,   Nullable(Text)));

CF_CHOICES(Phase, early, late);
MODEL(Piece, "pieces",
    (id,     Id),
    (day,    Date),
    (clock,  Time),
    (moment, DateTime),
    (price,  Numeric(10, 2)),
    (token,  Uuid),
    (phase,  Enum(Phase)),
    (whole,  Boolean),
    (data,   Blob),
    (extra,  Nullable(Json)),
    (parsed, Nullable(Jsonb)));

SHAPE(Newest, (id, Id));

static const struct cf_model *const models[] = { &Person.model_, &Piece.model_, NULL };

struct person { const char *name, *nick; cf_optional_integer age; bool active; cf_optional_number weight; };
static const struct person people[] = {
    /* 1 */ { "kim",   "kim",   { 30, true }, true,  { 61.5, true } },
    /* 2 */ { "Kim",   NULL,    { 0 },        false, { 0 } },
    /* 3 */ { "lee",   "50%",   { 18, true }, true,  { 70, true } },
    /* 4 */ { "o'lee", "a_b",   { -1, true }, false, { 70.25, true } },
    /* 5 */ { "Zoë",   "c:\\d", { 30, true }, true,  { 0, true } },
    /* 6 */ { "日本語", "",      { INT64_MAX, true }, true, { -1e300, true } },
};
/* clang-format on */
enum { PEOPLE = sizeof people / sizeof people[0] };

static void add_people(cf_db *db)
{
    for (size_t i = 0; i < PEOPLE; i++)
        cf_add(db, Person, .name = people[i].name, .nick = people[i].nick, .age = people[i].age,
               .active = people[i].active, .weight = people[i].weight);
    cf_commit(db);
}

/* The rows that are found, as "1 3 4". */
static const char *find(const cf_expr *where)
{
    struct cf__buffer ids = cf__buffer_new(cf__current(), CF__CAP_SQL, "ids");
    struct Person_list list = cf_find(new_session(), Person, .where = where, .order_by = { cf_asc(Person.id) });
    for (size_t i = 0; i < list.count; i++)
        cf__buffer_format(&ids, "%s%lld", i ? " " : "", (long long)list.items[i]->id);
    return cf__buffer_text(&ids);
}

static void expect_finds(const char *text, const cf_expr *condition, const char *ids)
{
    const char *found = find(condition);
    if (strcmp(found, ids) != 0)
        fails("%s finds \"%s\", not \"%s\"", text, found, ids);
    if (cf_count(new_session(), Person, .where = condition) != (int64_t)(strlen(ids) + 1) / 2)
        fails("%s is counted otherwise", text);
    if (cf_has(new_session(), Person, .where = condition) != (*ids != '\0'))
        fails("%s exists otherwise", text);
}
#define finds(condition, ids) expect_finds(#condition, condition, ids)

static void comparisons_find_what_they_say(const void *unused)
{
    (void)unused;
    add_people(new_session());
    finds(cf_eq(Person.name, "kim"), "1");
    finds(cf_ne(Person.name, "kim"), "2 3 4 5 6");
    finds(cf_eq(Person.age, 30), "1 5");
    finds(cf_lt(Person.age, 18), "4");
    finds(cf_le(Person.age, 18), "3 4");
    finds(cf_gt(Person.age, 30), "6");
    finds(cf_ge(Person.age, 30), "1 5 6");
    finds(cf_eq(Person.active, true), "1 3 5 6");
    finds(cf_ne(Person.active, true), "2 4");
    finds(cf_eq(Person.weight, 70), "3");
    finds(cf_gt(Person.weight, 61.5), "3 4");
    finds(cf_eq(Person.name, "日本語"), "6");
    finds(cf_eq(Person.nick, ""), "6");
    finds(NULL, "1 2 3 4 5 6");
}

static void null_is_neither_equal_nor_different(const void *unused)
{
    (void)unused;
    add_people(new_session());
    finds(cf_ne(Person.age, 30), "3 4 6");
    finds(cf_not(cf_eq(Person.age, 30)), "3 4 6");
    finds(cf_not(cf_ne(Person.age, 30)), "1 5");
    finds(cf_is_null(Person.age), "2");
    finds(cf_is_not_null(Person.age), "1 3 4 5 6");
    finds(cf_not(cf_is_null(Person.age)), "1 3 4 5 6");
    finds(cf_is_null(Person.nick), "2");
    finds(cf_or(cf_is_null(Person.age), cf_eq(Person.age, 30)), "1 2 5");
    finds(cf_not(cf_in(Person.age, 30, 18)), "4 6");
    finds(cf_not(cf_between(Person.age, 0, 30)), "4 6");
    finds(cf_not(cf_contains(Person.nick, "i")), "3 4 5 6");
    finds(cf_or(cf_is_null(cf_literal("lee")), cf_eq(Person.name, "lee")), "3");
    finds(cf_is_not_null(cf_literal("lee")), "1 2 3 4 5 6");
}

static void columns_are_compared_with_columns(const void *unused)
{
    (void)unused;
    add_people(new_session());
    finds(cf_eq(Person.nick, Person.name), "1");
    finds(cf_ne(Person.nick, Person.name), "3 4 5 6");
    finds(cf_gt(Person.name, Person.nick), "3 4 6");
    finds(cf_gt(Person.age, Person.id), "1 3 5 6");
}

static void ranges_include_their_ends(const void *unused)
{
    (void)unused;
    add_people(new_session());
    finds(cf_between(Person.age, 18, 30), "1 3 5");
    finds(cf_between(Person.age, 30, 18), "");
    finds(cf_between(Person.age, INT64_MIN, INT64_MAX), "1 3 4 5 6");
    finds(cf_between(Person.name, "a", "l"), "1");
    finds(cf_between(Person.weight, 0, 70), "1 3 5");
    finds(cf_between(Person.id, 2, 4), "2 3 4");
}

static void membership_takes_any_number_of_values(const void *unused)
{
    (void)unused;
    add_people(new_session());
    int64_t ids[3000], *many = cf_alloc_(here(), 3000 * sizeof *many);
    const char *names[] = { "kim", "o'lee", "nobody" };
    double weights[] = { 70, 70.25 };
    for (int64_t i = 0; i < 3000; i++)
        ids[i] = many[i] = i + 2;
    finds(cf_in(Person.age, 30), "1 5");
    finds(cf_in(Person.age, 30, 18, -1), "1 3 4 5");
    finds(cf_in(Person.name, "kim", "Kim", "日本語"), "1 2 6");
    finds(cf_in_array(Person.id, ids, 0), "");
    finds(cf_not(cf_in_array(Person.id, ids, 0)), "1 2 3 4 5 6");
    finds(cf_in_array(Person.id, ids, 1), "2");
    finds(cf_in_array(Person.id, ids, 3), "2 3 4");
    finds(cf_in_array(Person.id, many, 3000), "2 3 4 5 6");
    finds(cf_not(cf_in_array(Person.id, ids, 3)), "1 5 6");
    finds(cf_in_array(Person.name, names, 3), "1 4");
    finds(cf_in_array(Person.weight, weights, 2), "3 4");
}

static struct Piece *add_pieces(cf_db *db)
{
    struct Piece *piece = NULL;
    for (int i = 1; i <= 3; i++) {
        cf_date day = { 2026, 1, (unsigned char)i };
        cf_clock clock = { i * 1000001 };
        cf_time moment = { i * 1000003 };
        cf_bytes data = { "abc", (size_t)i };
        piece =
            cf_add(db, Piece, .id = i, .day = day, .clock = clock, .moment = moment, .price = cf_decimal_of(i * 101, 2),
                   .token = cf_uuid_new(), .phase = i % 2 ? Phase_early : Phase_late, .whole = i == 1, .data = data);
    }
    cf_commit(db);
    return piece;
}

static void arrays_are_of_all_types(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    const struct Piece last = *add_pieces(db);
    cf_date days[] = { last.day, { 2026, 1, 1 }, { 1999, 1, 1 } };
    cf_clock clocks[] = { last.clock, { 1000001 } };
    cf_time moments[] = { last.moment, { 1000003 } };
    cf_decimal prices[] = { last.price, cf_decimal_of(101, 2) };
    cf_uuid tokens[] = { last.token, cf_uuid_new() };
    enum Phase phases[] = { Phase_early };
    bool wholes[] = { true };
    cf_bytes data[] = { last.data, { "a", 1 } };
    expect_integer(cf_count(db, Piece, .where = cf_in_array(Piece.day, days, 3)), 2);
    expect_integer(cf_count(db, Piece, .where = cf_in_array(Piece.clock, clocks, 2)), 2);
    expect_integer(cf_count(db, Piece, .where = cf_in_array(Piece.moment, moments, 2)), 2);
    expect_integer(cf_count(db, Piece, .where = cf_in_array(Piece.price, prices, 2)), 2);
    expect_integer(cf_count(db, Piece, .where = cf_in_array(Piece.token, tokens, 2)), 1);
    expect_integer(cf_count(db, Piece, .where = cf_in_array(Piece.phase, phases, 1)), 2);
    expect_integer(cf_count(db, Piece, .where = cf_in_array(Piece.whole, wholes, 1)), 1);
    expect_integer(cf_count(db, Piece, .where = cf_in_array(Piece.data, data, 2)), 2);
    expect_integer(cf_count(db, Piece, .where = cf_in_array(Piece.day, days, 0)), 0);
}

/* Of Json the texts are compared; of Jsonb the values where it is kept parsed, else the texts. */
static void json_is_compared(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    struct Piece *piece = add_pieces(db);
    piece->extra = piece->parsed = "{\"a\": 1}";
    cf_commit(db);
    const char *text = "{\"a\": 1}", *other = "{\"a\":1}", *texts[] = { text, other };
    expect_integer(cf_count(db, Piece, .where = cf_eq(Piece.extra, text)), 1);
    expect_integer(cf_count(db, Piece, .where = cf_eq(Piece.extra, other)), 0);
    expect_integer(cf_count(db, Piece, .where = cf_ne(Piece.extra, other)), 1);
    expect_integer(cf_count(db, Piece, .where = cf_is_distinct_from(Piece.extra, other)), 3);
    expect_integer(cf_count(db, Piece, .where = cf_in(Piece.extra, "[]", text)), 1);
    expect_integer(cf_count(db, Piece, .where = cf_in_array(Piece.extra, texts, 2)), 1);
    expect_integer(cf_count(db, Piece, .where = cf_between(Piece.extra, "{", "}")), 1);
    expect_integer(cf_count(db, Piece, .where = cf_like(Piece.extra, "%1%")), 1);
    expect_integer(cf_count(db, Piece, .where = cf_contains(Piece.extra, "1")), 1);
    expect_integer(cf_count(db, Piece, .where = cf_eq(Piece.extra, Piece.extra)), 1);
    expect_integer(cf_count(db, Piece, .where = cf_is_not_null(Piece.extra)), 1);
    expect_integer(cf_count(db, Piece, .where = cf_eq(Piece.parsed, text)), 1);
}

enum { LONG_LIST = 40000 };

static void too_many_dates(void *db)
{
    cf_date *days = cf_alloc_(here(), LONG_LIST * sizeof *days);
    for (int i = 0; i < LONG_LIST; i++)
        days[i] = (cf_date){ 2026, 1, 1 };
    cf_count((cf_db *)db, Piece, .where = cf_in_array(Piece.day, days, LONG_LIST));
}

static void too_many_texts(void *names)
{
    cf_count(new_session(), Person, .where = cf_in_array(Person.name, (const char **)names, LONG_LIST));
}

/* Two of them would not fit into a statement, value by value. */
static void lists_may_be_longer_than_a_statement_takes_values(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    add_people(db);
    const struct Piece last = *add_pieces(db);
    int64_t *ids = cf_alloc_(here(), LONG_LIST * sizeof *ids);
    const char **names = cf_alloc_(here(), LONG_LIST * sizeof *names);
    cf_uuid *tokens = cf_alloc_(here(), LONG_LIST * sizeof *tokens);
    for (int64_t i = 0; i < LONG_LIST; i++) {
        ids[i] = i + 3;
        names[i] = i % 2 ? "o'lee" : "\"\\\n";
        tokens[i] = last.token;
    }
    names[LONG_LIST - 1] = "日本語";
    finds(cf_in_array(Person.id, ids, LONG_LIST), "3 4 5 6");
    finds(cf_and(cf_in_array(Person.id, ids, LONG_LIST), cf_not(cf_in_array(Person.id, ids + 2, LONG_LIST - 2))),
          "3 4");
    finds(cf_in_array(Person.age, ids, 5000), "1 3 5");
    expect_error(CF_INTERNAL, too_many_dates, db);
    if (!world.driver->dialect->lists || !(*world.driver->dialect->lists)[CF_TYPE_STRING]) {
        expect_error(CF_INTERNAL, too_many_texts, names);
        return;
    }
    finds(cf_in_array(Person.name, names, LONG_LIST), "4 6");
    expect_integer(cf_count(db, Piece, .where = cf_in_array(Piece.token, tokens, LONG_LIST)), 1);
}

static void searches_take_texts_as_they_are(const void *unused)
{
    (void)unused;
    add_people(new_session());
    finds(cf_contains(Person.name, "ee"), "3 4");
    finds(cf_contains(Person.name, "im"), "1 2");
    finds(cf_contains(Person.name, "K"), "2");
    finds(cf_contains(Person.name, "'"), "4");
    finds(cf_contains(Person.name, "ë"), "5");
    finds(cf_contains(Person.name, "e"), "3 4");
    finds(cf_contains(Person.name, "本"), "6");
    finds(cf_contains(Person.nick, "%"), "3");
    finds(cf_contains(Person.nick, "_"), "4");
    finds(cf_contains(Person.nick, "\\"), "5");
    finds(cf_contains(Person.nick, "k_m"), "");
    finds(cf_contains(Person.nick, ""), "1 3 4 5 6");
    finds(cf_starts_with(Person.name, "k"), "1");
    finds(cf_starts_with(Person.name, "日本"), "6");
    finds(cf_starts_with(Person.name, "o'"), "4");
    finds(cf_starts_with(Person.nick, "a_"), "4");
    finds(cf_starts_with(Person.nick, "50%"), "3");
    finds(cf_starts_with(Person.nick, "c:\\"), "5");
    finds(cf_starts_with(Person.name, "a text longer than any of them"), "");
    finds(cf_starts_with(Person.nick, ""), "1 3 4 5 6");
    finds(cf_ends_with(Person.name, "m"), "1 2");
    finds(cf_ends_with(Person.name, "ë"), "5");
    finds(cf_ends_with(Person.name, "本語"), "6");
    finds(cf_ends_with(Person.nick, "%"), "3");
    finds(cf_ends_with(Person.nick, "\\d"), "5");
    finds(cf_ends_with(Person.nick, ""), "1 3 4 5 6");
    finds(cf_ends_with(Person.nick, " "), "");
}

static void patterns_know_two_wildcards(const void *unused)
{
    (void)unused;
    add_people(new_session());
    finds(cf_like(Person.name, "%ee"), "3 4");
    finds(cf_like(Person.name, "l_e"), "3");
    finds(cf_like(Person.name, "Zo_"), "5");
    finds(cf_like(Person.name, "zo_"), "");
    finds(cf_like(Person.name, "*"), "");
    finds(cf_like(Person.name, "[LZ]%"), "");
    finds(cf_like(cf_concat(Person.name, "*?[]"), "Zo_*?[]"), "5");
    finds(cf_like(cf_concat(Person.name, "*?[]"), cf_concat("Zo", "_*?[]")), "5");
    finds(cf_ilike(Person.nick, "C:\\D"), "5");
    finds(cf_like(Person.name, "___"), "1 2 3 5 6");
    finds(cf_like(Person.name, "%本%"), "6");
    finds(cf_like(Person.name, "%'%"), "4");
    finds(cf_like(Person.nick, ""), "6");
    finds(cf_like(Person.nick, "%"), "1 3 4 5 6");
    finds(cf_like(Person.nick, "c:\\d"), "5");
    finds(cf_like(Person.nick, "%\\%"), "5");
    finds(cf_not(cf_like(Person.nick, "%_%")), "6");
}

static void conditions_combine(const void *unused)
{
    (void)unused;
    add_people(new_session());
    const cf_expr *nothing = NULL;
    finds(cf_and(cf_eq(Person.age, 30), cf_eq(Person.name, "kim")), "1");
    finds(cf_or(cf_eq(Person.age, 18), cf_eq(Person.name, "kim")), "1 3");
    finds(cf_and(nothing, cf_eq(Person.id, 3), nothing), "3");
    finds(cf_or(nothing, nothing), "1 2 3 4 5 6");
    finds(cf_and(cf_or(cf_eq(Person.id, 1), cf_eq(Person.id, 2)), cf_or(cf_eq(Person.id, 2), cf_eq(Person.id, 3))),
          "2");
    finds(cf_or(cf_and(cf_eq(Person.id, 1), cf_eq(Person.id, 2)), cf_eq(Person.id, 3)), "3");
    finds(cf_not(cf_or(cf_eq(Person.id, 1), cf_lt(Person.id, 4))), "4 5 6");
    finds(cf_not(cf_not(cf_eq(Person.id, 1))), "1");
    finds(cf_and(cf_not(cf_eq(Person.active, false)), cf_not(cf_is_null(Person.age))), "1 3 5 6");
}

static void texts_of_sql_are_only_texts(const void *unused)
{
    (void)unused;
    add_people(new_session());
    static const char *const evil[] = {
        "' OR '1'='1", "'; DROP TABLE people; --", "\\'", "\"", "?", "$1", ":name", "%s", "/*", "--", "\\", "''"
    };
    for (size_t i = 0; i < sizeof evil / sizeof evil[0]; i++) {
        finds(cf_eq(Person.name, evil[i]), "");
        finds(cf_in(Person.name, evil[i], evil[i]), "");
        finds(cf_between(Person.name, evil[i], evil[i]), "");
        if (strcmp(evil[i], "\\") != 0)
            finds(cf_contains(Person.note, evil[i]), "");
        cf_db *db = new_session();
        struct Person *person = cf_add(db, Person, .name = evil[i], .nick = evil[i], .note = evil[i], .active = false);
        cf_commit(db);
        expect_integer(cf_count(db, Person,
                                .where = cf_and(cf_eq(Person.name, evil[i]), cf_contains(Person.note, evil[i]),
                                                cf_starts_with(Person.nick, evil[i]))),
                       1);
        cf_delete(db, Person, person);
        cf_commit(db);
    }
    expect_integer(cf_count(new_session(), Person), PEOPLE);
}

static void limits_and_offsets_cut_what_is_sorted(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    static const struct {
        int64_t limit, offset;
        size_t count;
        int64_t first;
    } cuts[] = { { 0, 0, 6, 1 }, { 2, 0, 2, 1 }, { 2, 2, 2, 3 },   { 2, 5, 1, 6 },
                 { 2, 6, 0, 0 }, { 0, 4, 2, 5 }, { 100, 0, 6, 1 }, { 0, 100, 0, 0 } };
    add_people(db);
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        struct Person_list list =
            cf_find(db, Person, .order_by = { cf_asc(Person.id) }, .limit = cuts[i].limit, .offset = cuts[i].offset);
        expect_integer(list.count, cuts[i].count);
        if (list.count)
            expect_integer(list.items[0]->id, cuts[i].first);
    }
    expect_integer(cf_find_one(db, Person, .order_by = { cf_desc(Person.id) })->id, 6);
    expect_integer(cf_find_one(db, Person, .order_by = { cf_asc(cf_literal(2)), cf_desc(Person.id) })->id, 6);
    expect_integer(cf_select_integer(db, cf_count_of(cf_literal("x")), .from = Person).value, 6);
    expect(!cf_find_one(db, Person, .where = cf_eq(Person.id, 100)));
    expect_integer(cf_count(db, Person), 6);
}

/* A shape of SQL of its own each, among them every one twice. */
static void a_thousand_shapes_of_statements_are_run(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    add_people(db);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 1000; i++) {
            const cf_expr *where = cf_ge(Person.id, 0);
            for (int bit = 0; bit < 10; bit++)
                where =
                    i >> bit & 1 ? cf_and(where, cf_ge(Person.id, bit - 9)) : cf_or(cf_lt(Person.id, bit - 9), where);
            struct Person_list list = cf_find(db, Person, .where = where, .order_by = { cf_asc(Person.id) });
            expect_integer(list.count, PEOPLE);
        }
    }
}

/* As docs/mariadb.md says: an IN takes no LIMIT there, but what stands in FROM does. */
static void membership_in_the_first_rows_is_of_a_query_as_a_table(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    add_people(db);
    struct Newest_columns newest =
        cf_as(Newest, cf_subselect(Newest, .from = Person, .order_by = { cf_desc(Person.id) }, .limit = 2));
    struct Person_list list =
        cf_find(db, Person, .where = cf_in_select(Person.id, cf_subquery_of(newest.id, .from = newest)),
                .order_by = { cf_asc(Person.id) });
    expect_integer(list.count, 2);
    expect_integer(list.items[0]->id, 5);
}

static const struct test tests[] = {
    TEST(comparisons_find_what_they_say),
    TEST(null_is_neither_equal_nor_different),
    TEST(columns_are_compared_with_columns),
    TEST(ranges_include_their_ends),
    TEST(membership_takes_any_number_of_values),
    TEST(arrays_are_of_all_types),
    TEST(json_is_compared),
    TEST(membership_in_the_first_rows_is_of_a_query_as_a_table),
    TEST(lists_may_be_longer_than_a_statement_takes_values),
    TEST(searches_take_texts_as_they_are),
    TEST(patterns_know_two_wildcards),
    TEST(conditions_combine),
    TEST(texts_of_sql_are_only_texts),
    TEST(limits_and_offsets_cut_what_is_sorted),
    TEST(a_thousand_shapes_of_statements_are_run),
};

static const struct test *list_tests(size_t *count)
{
    *count = sizeof tests / sizeof tests[0];
    return tests;
}

const struct suite conditions_suite = { "conditions", models, .tests = list_tests };
