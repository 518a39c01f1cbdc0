/* SPDX-License-Identifier: MIT
 *
 * What a query means is the same on every database: expressions made at random, asked over the same rows on SQLite and on a
 * server, must give the same. Here are the rows, the grammar of expressions, and the comparing; the programs that include
 * this have the questions. Letters are ASCII (SQLite knows upper and lower case of no others), and numbers are such as
 * doubles hold exactly (SQLite computes decimals as doubles). CARAFE_SEED=n for other queries than those of every day.
 */
#ifndef TESTS_ORM_ALIKE_H
#define TESTS_ORM_ALIKE_H

/* clang-format off */
#include <math.h>
#include <carafe/carafe.h>

CF_CHOICES(Kind, big, small, odd);

MODEL(Box, "boxes",
    (id,    Id),
    (label, Nullable(String(20))),
    (size,  Integer),
    (items, HasMany(Item, box_id)));
MODEL(Item, "items",
    (id,      Id),
    (count,   Nullable(Integer)),
    (amount,  Integer),
    (ratio,   Nullable(Float)),
    (name,    Nullable(String(40))),
    (note,    Text),
    (price,   Nullable(Numeric(12, 3))),
    (day,     Nullable(Date)),
    (at,      Nullable(DateTime)),
    (sold,    Nullable(Boolean)),
    (hour,    Nullable(Time)),
    (code,    Nullable(Uuid)),
    (data,    Nullable(Blob)),
    (kind,    Nullable(Enum(Kind))),
    (extra,   Nullable(Jsonb)),
    (box_id,  Nullable(Integer), references = "boxes.id"),
    (next_id, Nullable(Integer), references = "items.id"),
    (box,     BelongsTo(Box, box_id)),
    (next,    BelongsTo(Item, next_id)));
/* clang-format on */

#define TEST_MODELS CF_MODELS(Box, Item)
#include "support.h"

enum { BOXES = 6, ITEMS = 40, QUERIES = 200 };

static const char *const texts[] = { "",    "a", "B",  "kim",     "Kim", "a%b", "x_y", " pad ", "*",
                                     "[a]", "?", "10", "abc def", "'q'", "\\",  "zzz", "日本" };

static uint64_t state;

static unsigned any(unsigned count) /* 0 to count - 1; the multiplier is that of MMIX (Knuth) */
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % count;
}

static const char *any_text(void)
{
    return texts[any(sizeof texts / sizeof texts[0])];
}

/* The items that an expression may be about: the table, and its aliases in the query. */
static const struct Item_columns *tables[4] = { &Item };
static unsigned reach = 1;
#define SOME (*tables[any(reach)])

/* ---- Expressions ------------------------------------------------------------------------------------------------- */

/* Makes an expression of others, which are at most so deep. */
typedef cf_expr *maker(int depth);

static maker integer, number, text, decimal, condition;

#define ONE(name, call, of)         \
    static cf_expr *name(int depth) \
    {                               \
        return call(of(depth));     \
    }
#define TWO(name, call, of, and)       \
    static cf_expr *name(int depth)    \
    {                                  \
        cf_expr *left = of(depth);     \
        return call(left, and(depth)); \
    }
#define LEAF(name, expression)      \
    static cf_expr *name(int depth) \
    {                               \
        (void)depth;                \
        return expression;          \
    }
/* What there is of every type: the value of a condition, and the first that is not NULL. */
#define OF_EACH(type)                                                                                         \
    TWO(type##_or_##type, cf_coalesce, type, type)                                                            \
    static cf_expr *type##_where(int depth)                                                                   \
    {                                                                                                         \
        cf_expr *when = condition(depth), *then = type(depth), *otherwise = type(depth);                      \
        return any(3) ? cf_case(cf_when(when, then), cf_otherwise(otherwise)) : cf_case(cf_when(when, then)); \
    }                                                                                                         \
    ONE(type##_is_null, cf_is_null, type)                                                                     \
    ONE(type##_is_not_null, cf_is_not_null, type)                                                             \
    TWO(type##_is, cf_eq, type, type)                                                                         \
    TWO(type##_is_not, cf_ne, type, type)                                                                     \
    TWO(type##_is_less, cf_lt, type, type)                                                                    \
    TWO(type##_is_at_least, cf_ge, type, type)
OF_EACH(integer)
OF_EACH(number)
OF_EACH(text)
OF_EACH(decimal)

LEAF(id, cf_column(SOME.id))
LEAF(count, cf_column(SOME.count))
LEAF(amount, cf_column(SOME.amount))
LEAF(some_integer, cf_literal((int64_t)any(7) - 3))
LEAF(hour, cf_extract(SOME.at, CF_HOUR))
LEAF(week, cf_extract(SOME.day, CF_WEEK))
LEAF(weekday, cf_extract(SOME.day, CF_WEEKDAY))
static const char *any_key(void)
{
    static const char *const keys[] = { "a", "b", "a b", "\"", "0", "nothing" };
    return keys[any(6)];
}
#define AT_SOME_PATH(call)                                        \
    (any(3) == 0   ? call(SOME.extra, any_key())                  \
     : any(2) == 0 ? call(SOME.extra, any_key(), (int64_t)any(3)) \
     : any(2) == 0 ? call(SOME.extra, any(3), any_key())          \
                   : call(cf_json_at(SOME.extra, any_key()), any(2)))
LEAF(json_integer, AT_SOME_PATH(cf_json_integer))
LEAF(json_number, AT_SOME_PATH(cf_json_number))
LEAF(json_text, AT_SOME_PATH(cf_json_text))
LEAF(json_boolean, AT_SOME_PATH(cf_json_boolean))
static cf_expr *moved(int depth)
{
    const struct Item_columns *item = &SOME;
    cf_expr *count = integer(depth);
    enum cf_time_unit unit = (enum cf_time_unit)any(CF_QUARTER + 1);
    bool is_date = unit > CF_HOUR && any(2);
    return is_date ? cf_time_plus(item->day, count, unit) : cf_time_plus(item->at, count, unit);
}
#define DAY_OF(x) cf_extract(x, any(2) ? CF_DAY : CF_YEAR)
ONE(day_of_moved, DAY_OF, moved)
static cf_expr *moved_time(int depth)
{
    const struct Item_columns *item = &SOME;
    return cf_time_plus(item->at, integer(depth), (enum cf_time_unit)any(CF_QUARTER + 1));
}
TWO(sum, cf_plus, integer, integer)
TWO(difference, cf_minus, integer, integer)
TWO(quotient, cf_divided_by, integer, integer)
TWO(remainder_of, cf_modulo, integer, integer)
ONE(absolute, cf_abs, integer)
ONE(length, cf_length, text)
#define FEW_TIMES(x) cf_times(x, (int64_t)any(5))
ONE(product, FEW_TIMES, integer)
#define SOME_BITS(x) cf_bit_and(x, (int64_t)6)
ONE(bits, SOME_BITS, integer)
#define SHIFTED(x) cf_shift_left(x, (int64_t)2)
ONE(shifted, SHIFTED, integer)
#define AS_INTEGER(x) cf_cast(x, Integer)
ONE(rounded_number, AS_INTEGER, number)
ONE(rounded_decimal, AS_INTEGER, decimal)

LEAF(ratio, cf_column(SOME.ratio))
LEAF(some_number, cf_literal((double)any(9) / 4 - 1))
#define SECONDS_SINCE(x) cf_seconds_between(x, SOME.at)
ONE(seconds, SECONDS_SINCE, moved)
TWO(number_sum, cf_plus, number, number)
TWO(number_product, cf_times, number, integer)
TWO(number_quotient, cf_divided_by, number, number)
ONE(number_absolute, cf_abs, number)
#define AS_NUMBER(x) cf_cast(x, Float)
ONE(number_of_integer, AS_NUMBER, integer)
ONE(number_of_decimal, AS_NUMBER, decimal)

LEAF(name, cf_column(SOME.name))
LEAF(note, cf_column(SOME.note))
LEAF(some_text, cf_literal(any_text()))
TWO(texts_joined, cf_concat, text, text)
TWO(text_and_integer, cf_concat, text, integer)
ONE(lower, cf_lower, text)
ONE(upper, cf_upper, text)
ONE(trimmed, cf_trim, text)
#define AS_TEXT(x) cf_cast(x, Text)
ONE(text_of_integer, AS_TEXT, integer)

LEAF(price, cf_column(SOME.price))
LEAF(some_decimal, cf_literal(cf_decimal_of(((int64_t)any(80) - 40) * 25, 2)))
TWO(decimal_sum, cf_plus, decimal, decimal)
TWO(decimal_difference, cf_minus, decimal, decimal)
TWO(decimal_product, cf_times, decimal, integer)
ONE(decimal_absolute, cf_abs, decimal)
#define TO_A_WHOLE(x) cf_round(x, 0)
ONE(decimal_rounded, TO_A_WHOLE, decimal)
#define AS_DECIMAL(x) cf_cast(x, Numeric(12, 3))
ONE(decimal_of_integer, AS_DECIMAL, integer)

LEAF(is_sold, cf_eq(SOME.sold, (bool)any(2)))
TWO(both, cf_and, condition, condition)
TWO(either, cf_or, condition, condition)
ONE(opposite, cf_not, condition)
#define IS_LIKE(x) cf_like(x, any(2) ? "%a%" : "_i%")
ONE(like, IS_LIKE, text)
#define IS_ILIKE(x) cf_ilike(x, any(2) ? "%A%" : "k_m")
ONE(ilike, IS_ILIKE, text)
TWO(like_text, cf_like, text, text)
#define HAS_TEXT(x) cf_contains(x, any_text())
ONE(contains, HAS_TEXT, text)
#define HAS_START(x) cf_starts_with(x, any_text())
ONE(starts_with, HAS_START, text)
#define HAS_END(x) cf_ends_with(x, any_text())
ONE(ends_with, HAS_END, text)
#define HAS_TEXT_OF_ANY_CASE(x) (any(3) ? cf_icontains(x, any_text()) : cf_istarts_with(x, any_text()))
ONE(icontains, HAS_TEXT_OF_ANY_CASE, text)
TWO(iends_with, cf_iends_with, text, text)
#define IS_NEAR(x) cf_between(x, (int64_t)-2, (int64_t)any(9))
ONE(between, IS_NEAR, integer)
#define IS_AFTER(x) cf_gt(x, SOME.at)
ONE(is_after, IS_AFTER, moved_time)
#define IS_ONE_OF(x) cf_in(x, 1, 2, 3, -1)
ONE(one_of, IS_ONE_OF, integer)
#define IS_NONE_OF(x) cf_not_in(x, "kim", "", "日本")
ONE(none_of, IS_NONE_OF, text)

#define EACH(type) type##_or_##type, type##_where
#define CONDITIONS(type) \
    type##_is_null, type##_is_not_null, type##_is, type##_is_not, type##_is_less, type##_is_at_least
#define CHOOSER(type, leaves_, ...)                                            \
    static cf_expr *type(int depth)                                            \
    {                                                                          \
        static maker *const leaves[] = leaves_, *const makers[] = __VA_ARGS__; \
        if (depth <= 0 || any(5) == 0)                                         \
            return leaves[any(sizeof leaves / sizeof leaves[0])](0);           \
        return makers[any(sizeof makers / sizeof makers[0])](depth - 1);       \
    }
#define LIST(...)   \
    {               \
        __VA_ARGS__ \
    }
CHOOSER(integer, LIST(id, count, amount, some_integer),
        { EACH(integer), sum, difference, product, quotient, remainder_of, absolute, length, bits, shifted,
          day_of_moved, json_integer, hour, week, weekday, rounded_number, rounded_decimal })
CHOOSER(number, LIST(ratio, ratio, some_number),
        { EACH(number), number_sum, seconds, json_number, number_product, number_quotient, number_absolute,
          number_of_integer, number_of_decimal })
CHOOSER(text, LIST(name, note, some_text),
        { EACH(text), json_text, texts_joined, text_and_integer, lower, upper, trimmed, text_of_integer })
CHOOSER(decimal, LIST(price, price, some_decimal),
        { EACH(decimal), decimal_sum, decimal_difference, decimal_product, decimal_absolute, decimal_rounded,
          decimal_of_integer })
CHOOSER(condition, LIST(is_sold),
        { both,
          both,
          either,
          either,
          opposite,
          opposite,
          like,
          like_text,
          ilike,
          contains,
          starts_with,
          ends_with,
          icontains,
          iends_with,
          json_boolean,
          is_after,
          between,
          one_of,
          none_of,
          CONDITIONS(integer),
          CONDITIONS(number),
          CONDITIONS(text),
          CONDITIONS(decimal) })

/* ---- Rows -------------------------------------------------------------------------------------------------------- */

/* What expressions are not made of, but rows are. */
static void add_rare(struct Item *item)
{
    static const char *const bytes[] = { "", "a", "\x01\x02", "\xff" };
    static const char *const extras[] = {
        "{\"a\": 1, \"b\": \"kim\"}",
        "{\"a\": [3, 2.5, \"x\"], \"b\": true}",
        "[7, {\"a\": -2, \"\\\"\": 1.0}, null]",
        "{\"a b\": {\"0\": 4}, \"\\\"\": \"q\", \"0\": [false]}",
        "\"a\"",
        "5",
        "{\"a\": null, \"b\": {\"a\": 2}}",
    };
    if (any(4))
        item->extra = extras[any(sizeof extras / sizeof extras[0])];
    if (any(4))
        item->hour = cf_optional((cf_clock){ (int64_t)any(24 * 60) * 60000000 });
    if (any(4)) {
        cf_uuid code = { { (uint8_t)any(4), (uint8_t)any(256) } };
        item->code = cf_optional(code);
    }
    if (any(4)) {
        const char *data = bytes[any(4)];
        item->data = (cf_bytes){ data, strlen(data) };
    }
    if (any(4))
        item->kind = (Kind_optional){ (enum Kind)any(3), true };
}

static void fill(cf_db *db)
{
    struct Box *boxes[BOXES];
    struct Item *before = NULL;
    state = 42;
    for (int i = 0; i < BOXES; i++)
        boxes[i] = cf_add(db, Box, .label = any(4) ? any_text() : NULL, .size = (int64_t)any(5));
    for (int i = 0; i < ITEMS; i++) {
        struct Item *item = cf_add(db, Item, .amount = (int64_t)any(21) - 10, .note = any_text());
        if (any(4))
            item->count = cf_optional((int64_t)any(11) - 5);
        if (any(4))
            item->ratio = cf_optional((double)((int)any(41) - 20) / 4);
        if (any(4))
            item->name = any_text();
        if (any(4))
            item->price = cf_optional(cf_decimal_of(((int64_t)any(1600) - 800) * 125, 3));
        if (any(4))
            item->day =
                cf_optional(((cf_date){ (int16_t)(2020 + any(5)), (uint8_t)(1 + any(12)), (uint8_t)(1 + any(28)) }));
        if (any(4))
            item->at = cf_optional((cf_time){ 1700000000000000 + (int64_t)any(100000) * 3600000000 });
        if (any(4))
            item->sold = cf_optional((bool)any(2));
        add_rare(item);
        if (any(4))
            item->box = boxes[any(BOXES - 1)];
        if (before && any(3))
            item->next = before;
        before = item;
    }
    cf_commit(db);
}

/* ---- Answers ----------------------------------------------------------------------------------------------------- */

struct asking;
typedef void question(struct asking *asking);
struct asking {
    cf_db *db;
    question *question;
    cf_expr *where;
    struct cf__buffer answer;
};

static void add_number(struct asking *asking, cf_optional_number value)
{
    if (value.is_set)
        cf__buffer_format(&asking->answer, "%.9g ",
                          fabs(value.value) < 1e-12 ? 0 : value.value); /* what rounding leaves of a sum */
    else
        cf__buffer_string(&asking->answer, "NULL ");
}

static void add_decimal(struct asking *asking, cf_optional_decimal value)
{
    char words[CF_DECIMAL_TEXT] = "NULL";
    if (value.is_set)
        cf_decimal_format(value.value, words);
    cf__buffer_format(&asking->answer, "%s ", words);
}

static void add_integer(struct asking *asking, cf_optional_integer value)
{
    cf__buffer_format(&asking->answer, value.is_set ? "%lld " : "NULL ", (long long)value.value);
}

static void add_text(struct asking *asking, const char *value)
{
    cf__buffer_format(&asking->answer, value ? "'%s' " : "NULL ", value);
}

static void ask(void *asking_)
{
    struct asking *asking = asking_;
    asking->where = any(2) ? condition(1 + (int)any(3)) : NULL;
    asking->question(asking);
}

/* The answer to the query of a seed: rows, or the error. Nothing that it writes stays. */
static const char *answer(cf_db *db, uint64_t seed, question *const *questions, size_t count)
{
    struct asking asking = { .db = db, .answer = cf__buffer_new(cf__current(), CF__CAP_OUTPUT, "an answer") };
    state = seed * 7919;
    tables[0] = &Item;
    reach = 1;
    asking.question = questions[any((unsigned)count)];
    const cf_error *error = cf_attempt(db, ask, &asking);
    cf_rollback(db);
    return error ? cf_format(db, "error %d: %s", error->code, error->message) : cf__buffer_text(&asking.answer);
}

static cf_db *on_sqlite(void)
{
    cf_engine *engine = cf__engine_open("sqlite://", NULL);
    cf_defer(&cf__current()->head, close_engine, engine);
    make_tables(engine);
    return cf__session_open(cf__current(), engine);
}

/* Asks both of them as many questions, and compares. */
static void compare(cf_db *db, question *const *questions, size_t count)
{
    const char *first = getenv("CARAFE_SEED");
    cf_db *sqlite = on_sqlite();
    fill(sqlite);
    fill(db);
    for (uint64_t seed = first ? (uint64_t)atoll(first) : 1, last = seed + QUERIES; seed < last; seed++) {
        sent();
        const char *expected = answer(sqlite, seed, questions, count), *there = sent();
        const char *found = answer(db, seed, questions, count), *here = sent();
        if (strcmp(found, expected) == 0 && strncmp(found, "error", 5) != 0)
            continue;
        fprintf(stderr, "CARAFE_SEED=%llu\n%s%son SQLite: %s\nhere:      %s\n", (unsigned long long)seed, there, here,
                expected, found); /* cmocka cuts long messages */
        fail_msg("CARAFE_SEED=%llu", (unsigned long long)seed);
    }
}

#endif
