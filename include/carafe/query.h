/* SPDX-License-Identifier: MIT
 *
 * Conditions: cf_and(cf_like(User.name, "k%"), cf_gt(User.age, 18)). Data, not SQL text: values are always sent as
 * bound parameters. An expression lives until the request ends; texts given to it are copied. Either side of a
 * comparison may be a column, an expression or a value; a wrong type does not compile, a NULL text ends the request
 * and names the column (SQL NULL is asked for with cf_is_null), and an integer beyond the column's range matches
 * nothing rather than wrapping.
 */
#ifndef CARAFE_QUERY_H
#define CARAFE_QUERY_H

#include <carafe/model.h>
#pragma GCC system_header

typedef struct cf_expr cf_expr;

/* A value, a column or an expression: what stands on a side of a comparison, what is bound to a statement. */
enum cf_operand_kind {
    CF_OPERAND_NULL,
    CF_OPERAND_INTEGER,
    CF_OPERAND_BOOLEAN,
    CF_OPERAND_NUMBER,
    CF_OPERAND_DECIMAL,
    CF_OPERAND_TEXT,
    CF_OPERAND_DATE,
    CF_OPERAND_CLOCK,
    CF_OPERAND_TIME,
    CF_OPERAND_UUID,
    CF_OPERAND_BYTES,
    CF_OPERAND_COLUMN,
    CF_OPERAND_EXPRESSION,
};
struct cf_operand {
    enum cf_operand_kind kind;
    union {
        int64_t integer;
        bool boolean;
        double number;
        cf_decimal decimal;
        const char *text;
        cf_date date;
        cf_clock clock;
        cf_time time;
        cf_uuid uuid;
        cf_bytes bytes;
        const struct cf_column *column;
        const cf_expr *expression;
    };
};

/* clang-format off */
/* One wrapper a kind, so that a text where an integer belongs is an error of the compiler. */
#define CF_VALUE_KINDS(X)                                                                                              \
    X(integer, int64_t, INTEGER) X(boolean, bool, BOOLEAN) X(number, double, NUMBER) X(decimal, cf_decimal, DECIMAL)   \
    X(text, const char *, TEXT) X(date, cf_date, DATE) X(clock, cf_clock, CLOCK) X(time, cf_time, TIME)                \
    X(uuid, cf_uuid, UUID) X(bytes, cf_bytes, BYTES)
#define CF_VALUE_KIND_(kind_, type, tag)                                                                               \
    struct cf_##kind_##_operand { struct cf_operand operand; };                                                        \
    static inline struct cf_##kind_##_operand cf_##kind_##_value_(type value)                                          \
    { return (struct cf_##kind_##_operand){ { .kind = CF_OPERAND_##tag, .kind_ = value } }; }                          \
    static inline struct cf_##kind_##_operand cf_##kind_##_column_(struct cf_##kind_##_column handle)                  \
    { return (struct cf_##kind_##_operand){ { .kind = CF_OPERAND_COLUMN, .column = handle.column } }; }                \
    static inline struct cf_##kind_##_operand cf_##kind_##_expression_(const cf_expr *expression)                      \
    { return (struct cf_##kind_##_operand){ { .kind = CF_OPERAND_EXPRESSION, .expression = expression } }; }           \
    static inline struct cf_operand cf_##kind_##_column_takes_(struct cf_##kind_##_operand value)                      \
    { return value.operand; }
CF_VALUE_KINDS(CF_VALUE_KIND_)
#undef CF_VALUE_KIND_
/* Enumerations: the enumerators are C integers. */
struct cf_choice_operand { struct cf_operand operand; };
static inline struct cf_choice_operand cf_choice_value_(int64_t value)
{ return (struct cf_choice_operand){ { .kind = CF_OPERAND_INTEGER, .integer = value } }; }
static inline struct cf_choice_operand cf_choice_column_(struct cf_choice_column handle)
{ return (struct cf_choice_operand){ { .kind = CF_OPERAND_COLUMN, .column = handle.column } }; }
static inline struct cf_choice_operand cf_choice_expression_(const cf_expr *expression)
{ return (struct cf_choice_operand){ { .kind = CF_OPERAND_EXPRESSION, .expression = expression } }; }
static inline struct cf_operand cf_choice_column_takes_(struct cf_choice_operand value) { return value.operand; }
/* An expression takes anything. */
struct cf_any_operand { struct cf_operand operand; };
static inline struct cf_any_operand cf_any_expression_(const cf_expr *expression)
{ return (struct cf_any_operand){ { .kind = CF_OPERAND_EXPRESSION, .expression = expression } }; }

struct cf_integer_operand cf_unsigned_value_(uint64_t value); /* raises above INT64_MAX */
static inline struct cf_decimal_operand cf_decimal_from_integer_(int64_t value)
{ return cf_decimal_value_(cf_decimal_of(value, 0)); }
static inline struct cf_boolean_operand cf_boolean_from_int_(int value) { return cf_boolean_value_(value != 0); }

#define CF_SIGNED_(f) char: f, signed char: f, unsigned char: f, short: f, unsigned short: f, int: f, unsigned: f, long: f, long long: f
/* The wrapper of x by its own type. */
#define CF_VALUE_(x) _Generic((x), CF_SIGNED_(cf_integer_value_), unsigned long: cf_unsigned_value_, unsigned long long: cf_unsigned_value_, \
    bool: cf_boolean_value_, float: cf_number_value_, double: cf_number_value_, cf_decimal: cf_decimal_value_,         \
    char *: cf_text_value_, const char *: cf_text_value_, cf_date: cf_date_value_, cf_clock: cf_clock_value_,          \
    cf_time: cf_time_value_, cf_uuid: cf_uuid_value_, cf_bytes: cf_bytes_value_,                                       \
    struct cf_integer_column: cf_integer_column_, struct cf_boolean_column: cf_boolean_column_,                        \
    struct cf_number_column: cf_number_column_, struct cf_decimal_column: cf_decimal_column_,                          \
    struct cf_text_column: cf_text_column_, struct cf_date_column: cf_date_column_, struct cf_clock_column: cf_clock_column_, \
    struct cf_time_column: cf_time_column_, struct cf_uuid_column: cf_uuid_column_, struct cf_bytes_column: cf_bytes_column_, \
    struct cf_choice_column: cf_choice_column_, cf_expr *: cf_any_expression_, const cf_expr *: cf_any_expression_)
/* The wrapper of x beside a column c: an int is welcome to a boolean (C11's true is an int), a number, a decimal and
 * a choice. */
#define CF_BESIDE_(c, x) _Generic((x), cf_expr *: CF_EXPRESSION_AS_(c), const cf_expr *: CF_EXPRESSION_AS_(c), default: _Generic((c),      \
    struct cf_boolean_column: _Generic((x), int: cf_boolean_from_int_, default: CF_VALUE_OR_(x)),                          \
    struct cf_number_column:  _Generic((x), CF_SIGNED_(cf_number_value_), default: CF_VALUE_OR_(x)),                       \
    struct cf_decimal_column: _Generic((x), CF_SIGNED_(cf_decimal_from_integer_), default: CF_VALUE_OR_(x)),               \
    struct cf_choice_column:  _Generic((x), CF_SIGNED_(cf_choice_value_), default: CF_VALUE_OR_(x)),                       \
    default: CF_VALUE_OR_(x)))
#define CF_VALUE_OR_(x) CF_VALUE_(x)
#define CF_EXPRESSION_AS_(c) _Generic((c), cf_expr *: cf_any_expression_, const cf_expr *: cf_any_expression_,         \
    double: cf_number_expression_, float: cf_number_expression_, cf_decimal: cf_decimal_expression_, bool: cf_boolean_expression_, \
    char *: cf_text_expression_, const char *: cf_text_expression_, cf_time: cf_time_expression_, cf_date: cf_date_expression_, \
    cf_clock: cf_clock_expression_, cf_uuid: cf_uuid_expression_, cf_bytes: cf_bytes_expression_, struct cf_boolean_column: cf_boolean_expression_, struct cf_number_column: cf_number_expression_, \
    struct cf_decimal_column: cf_decimal_expression_, struct cf_text_column: cf_text_expression_, struct cf_date_column: cf_date_expression_, \
    struct cf_clock_column: cf_clock_expression_, struct cf_time_column: cf_time_expression_, struct cf_uuid_column: cf_uuid_expression_,     \
    struct cf_bytes_column: cf_bytes_expression_, struct cf_choice_column: cf_choice_expression_, default: cf_integer_expression_)
/* An expression is of a type known at run time only: it takes any value, and what does not fit ends the request. */
#define CF_TAKES_KIND_(kind) static inline struct cf_operand cf_expression_takes_##kind##_(struct cf_##kind##_operand value) { return value.operand; }
CF_TAKES_KIND_(integer) CF_TAKES_KIND_(boolean) CF_TAKES_KIND_(number) CF_TAKES_KIND_(decimal) CF_TAKES_KIND_(text) CF_TAKES_KIND_(date)
CF_TAKES_KIND_(clock) CF_TAKES_KIND_(time) CF_TAKES_KIND_(uuid) CF_TAKES_KIND_(bytes) CF_TAKES_KIND_(choice) CF_TAKES_KIND_(any)
#undef CF_TAKES_KIND_
#define CF_EXPRESSION_TAKES_(x) _Generic((x), CF_SIGNED_(cf_expression_takes_integer_), unsigned long: cf_expression_takes_integer_,         \
    unsigned long long: cf_expression_takes_integer_, bool: cf_expression_takes_boolean_, float: cf_expression_takes_number_,                \
    double: cf_expression_takes_number_, cf_decimal: cf_expression_takes_decimal_, char *: cf_expression_takes_text_,                        \
    const char *: cf_expression_takes_text_, cf_date: cf_expression_takes_date_, cf_clock: cf_expression_takes_clock_,                       \
    cf_time: cf_expression_takes_time_, cf_uuid: cf_expression_takes_uuid_, cf_bytes: cf_expression_takes_bytes_,                            \
    struct cf_integer_column: cf_expression_takes_integer_, struct cf_boolean_column: cf_expression_takes_boolean_,                          \
    struct cf_number_column: cf_expression_takes_number_, struct cf_decimal_column: cf_expression_takes_decimal_,                            \
    struct cf_text_column: cf_expression_takes_text_, struct cf_date_column: cf_expression_takes_date_,                                      \
    struct cf_clock_column: cf_expression_takes_clock_, struct cf_time_column: cf_expression_takes_time_,                                    \
    struct cf_uuid_column: cf_expression_takes_uuid_, struct cf_bytes_column: cf_expression_takes_bytes_,                                    \
    struct cf_choice_column: cf_expression_takes_choice_, cf_expr *: cf_expression_takes_any_, const cf_expr *: cf_expression_takes_any_)
/* x as an operand fit for column c. */
#define CF_FIT_(c, x) _Generic((c), cf_expr *: CF_EXPRESSION_TAKES_(x), const cf_expr *: CF_EXPRESSION_TAKES_(x),     \
    CF_SIGNED_(cf_integer_column_takes_), unsigned long: cf_integer_column_takes_,                                     \
    double: cf_number_column_takes_, float: cf_number_column_takes_, cf_decimal: cf_decimal_column_takes_, bool: cf_boolean_column_takes_, \
    char *: cf_text_column_takes_, const char *: cf_text_column_takes_, cf_time: cf_time_column_takes_, cf_date: cf_date_column_takes_, \
    cf_clock: cf_clock_column_takes_, cf_uuid: cf_uuid_column_takes_, cf_bytes: cf_bytes_column_takes_,                \
    struct cf_integer_column: cf_integer_column_takes_, struct cf_boolean_column: cf_boolean_column_takes_,            \
    struct cf_number_column: cf_number_column_takes_, struct cf_decimal_column: cf_decimal_column_takes_,              \
    struct cf_text_column: cf_text_column_takes_, struct cf_date_column: cf_date_column_takes_,                        \
    struct cf_clock_column: cf_clock_column_takes_, struct cf_time_column: cf_time_column_takes_,                      \
    struct cf_uuid_column: cf_uuid_column_takes_, struct cf_bytes_column: cf_bytes_column_takes_,                      \
    struct cf_choice_column: cf_choice_column_takes_)(CF_BESIDE_(c, x)(x))
/* any operand at all */
#define CF_OPERAND_(x) (CF_VALUE_(x)(x).operand)

/* How each is written stands in src/db/rules.c, and where a database says it differently, in its dialect. */
enum cf_operator {
    CF_EQ, CF_NE, CF_LT, CF_LE, CF_GT, CF_GE,
    CF_LIKE, CF_CONTAINS, CF_STARTS_WITH, CF_ENDS_WITH,
    CF_IS_NULL, CF_IS_NOT_NULL, CF_BETWEEN, CF_IN,
    CF_AND, CF_OR, CF_NOT,
    CF_NOT_IN, CF_IN_TUPLES, CF_NOT_IN_TUPLES, CF_ILIKE, CF_ICONTAINS, CF_ISTARTS_WITH, CF_IENDS_WITH, CF_REGEXP,
    CF_DISTINCT_FROM, CF_NOT_DISTINCT_FROM,
    CF_PLUS, CF_MINUS, CF_TIMES, CF_DIVIDED, CF_INTEGER_DIVIDED, CF_MODULO, CF_CONCAT,
    CF_BIT_AND, CF_BIT_OR, CF_BIT_XOR, CF_BIT_NOT, CF_SHIFT_LEFT, CF_SHIFT_RIGHT,
    CF_COUNT_ROWS, CF_COUNT_OF, CF_COUNT_DISTINCT, CF_SUM_OF, CF_INTEGER_SUM_OF, CF_AVG_OF, CF_MIN_OF, CF_MAX_OF,
    CF_GROUP_CONCAT, CF_ORDERED_GROUP_CONCAT, CF_SUM_DISTINCT, CF_INTEGER_SUM_DISTINCT, CF_AVG_DISTINCT, CF_DISTINCT_CONCAT,
    CF_ORDERED_DISTINCT_CONCAT, CF_FILTER, CF_WITHIN_GROUP,
    CF_COALESCE, CF_LOWER, CF_UPPER, CF_LENGTH, CF_TRIM, CF_ABS, CF_ROUND, CF_DECIMAL_ROUND,
    CF_TRUNCATE_SECOND, CF_TRUNCATE_MINUTE, CF_TRUNCATE_HOUR, CF_TRUNCATE_DAY, CF_TRUNCATE_MONTH, CF_TRUNCATE_YEAR,
    CF_TRUNCATE_WEEK, CF_TRUNCATE_QUARTER,
    CF_EXTRACT_SECOND, CF_EXTRACT_MINUTE, CF_EXTRACT_HOUR, CF_EXTRACT_DAY, CF_EXTRACT_MONTH, CF_EXTRACT_YEAR,
    CF_EXTRACT_WEEK, CF_EXTRACT_QUARTER, CF_EXTRACT_WEEKDAY, CF_EXTRACT_EPOCH,
    CF_DATABASE_NOW, CF_DATABASE_TODAY,
    CF_PLUS_SECONDS, CF_PLUS_MINUTES, CF_PLUS_HOURS, CF_PLUS_DAYS, CF_PLUS_MONTHS, CF_PLUS_YEARS, CF_PLUS_WEEKS, CF_PLUS_QUARTERS,
    CF_SECONDS_BETWEEN,
    CF_JSON_ROOT, CF_JSON_ARRAY, CF_JSON_STEP, CF_JSON_AT, CF_JSON_TEXT, CF_JSON_INTEGER, CF_JSON_NUMBER, CF_JSON_BOOLEAN,
    CF_FUNCTION, CF_SQL_EXPRESSION, CF_EXCLUDED, CF_CAST, CF_CASE, CF_LITERAL, CF_AS_COLUMN, CF_COLLATE, CF_TUPLE,
    CF_EXISTS, CF_IN_SELECT, CF_NOT_IN_SELECT, CF_SCALAR, CF_ALL_ROWS, CF_ANY_ROW, CF_OF_ALL, CF_OF_ANY, CF_ALONG,
    CF_OVER, CF_ROW_NUMBER, CF_RANK, CF_DENSE_RANK, CF_LAG, CF_LEAD, CF_FIRST_VALUE, CF_LAST_VALUE,
    CF_NTILE, CF_NTH_VALUE, CF_PERCENT_RANK, CF_CUME_DIST, CF_LAG_OR, CF_LEAD_OR,
    CF_OPERATORS_
};

/* Comparisons. With SQL NULL in the column a comparison is neither true nor false, as in SQL. */
#define cf_eq(c, x) cf_compare_(CF_EQ, CF_OPERAND_(c), CF_FIT_(c, x))
#define cf_ne(c, x) cf_compare_(CF_NE, CF_OPERAND_(c), CF_FIT_(c, x))
#define cf_lt(c, x) cf_compare_(CF_LT, CF_OPERAND_(c), CF_FIT_(c, x))
#define cf_le(c, x) cf_compare_(CF_LE, CF_OPERAND_(c), CF_FIT_(c, x))
#define cf_gt(c, x) cf_compare_(CF_GT, CF_OPERAND_(c), CF_FIT_(c, x))
#define cf_ge(c, x) cf_compare_(CF_GE, CF_OPERAND_(c), CF_FIT_(c, x))
/* Inclusive at both ends. */
#define cf_between(c, low, high) cf_between_(CF_OPERAND_(c), CF_FIT_(c, low), CF_FIT_(c, high))
/* Texts. cf_like takes a pattern (% and _); the others take what a user typed and escape it. Upper and lower case
 * differ. */
#define CF_FIT_TEXT_(c, x) _Generic((c), struct cf_text_column: cf_text_column_takes_, cf_expr *: CF_EXPRESSION_TAKES_TEXT_(x), \
    const cf_expr *: CF_EXPRESSION_TAKES_TEXT_(x))(CF_BESIDE_(c, x)(x))
#define CF_EXPRESSION_TAKES_TEXT_(x) _Generic((x), cf_expr *: cf_expression_takes_any_, const cf_expr *: cf_expression_takes_any_, \
    default: cf_expression_takes_text_)
#define cf_like(c, pattern)     cf_compare_(CF_LIKE, CF_OPERAND_(c), CF_FIT_TEXT_(c, pattern))
#define cf_contains(c, text)    cf_compare_(CF_CONTAINS, CF_OPERAND_(c), CF_FIT_TEXT_(c, text))
#define cf_starts_with(c, text) cf_compare_(CF_STARTS_WITH, CF_OPERAND_(c), CF_FIT_TEXT_(c, text))
#define cf_ends_with(c, text)   cf_compare_(CF_ENDS_WITH, CF_OPERAND_(c), CF_FIT_TEXT_(c, text))
/* As cf_like, but upper and lower case are equal (SQLite: of ASCII letters). */
#define cf_ilike(c, pattern)    cf_compare_(CF_ILIKE, CF_OPERAND_(c), CF_FIT_TEXT_(c, pattern))
/* What a user typed, as cf_contains, cf_starts_with and cf_ends_with, and upper and lower case are equal as for cf_ilike. */
#define cf_icontains(c, text)    cf_compare_(CF_ICONTAINS, CF_OPERAND_(c), CF_FIT_TEXT_(c, text))
#define cf_istarts_with(c, text) cf_compare_(CF_ISTARTS_WITH, CF_OPERAND_(c), CF_FIT_TEXT_(c, text))
#define cf_iends_with(c, text)   cf_compare_(CF_IENDS_WITH, CF_OPERAND_(c), CF_FIT_TEXT_(c, text))
/* A regular expression of the database's own kind (CF_CAN_REGEXP): PostgreSQL's, PCRE on MariaDB, extended ones of POSIX on
 * SQLite. What all know: . [a-z] [[:alpha:]] * + ? {2,3} | ( ) ^ $. Never a client's words: some take forever. */
#define cf_regexp(c, pattern)   cf_compare_(CF_REGEXP, CF_OPERAND_(c), CF_FIT_TEXT_(c, pattern))
/* As cf_ne and cf_eq, but NULL is a value like others: never NULL themselves. */
#define cf_is_distinct_from(c, x)     cf_compare_(CF_DISTINCT_FROM, CF_OPERAND_(c), CF_FIT_(c, x))
#define cf_is_not_distinct_from(c, x) cf_compare_(CF_NOT_DISTINCT_FROM, CF_OPERAND_(c), CF_FIT_(c, x))
/* NULL */
#define cf_is_null(c)     cf_compare_(CF_IS_NULL, CF_OPERAND_(c), (struct cf_operand){ 0 })
#define cf_is_not_null(c) cf_compare_(CF_IS_NOT_NULL, CF_OPERAND_(c), (struct cf_operand){ 0 })
/* Membership: one of up to 64 values written out, or an array of what the column holds: int64_t, double, const char *,
 * cf_decimal, cf_date, cf_clock, cf_time, cf_uuid …, of an Enum its enum or int; an empty one matches nothing. Of integers it may
 * have any length, of texts and UUIDs too on SQLite and PostgreSQL; else a statement takes at most 32,766 values, and more are
 * CF_INTERNAL. */
#define cf_in(c, ...)     CF_IN_(CF_IN, c, __VA_ARGS__)
#define cf_not_in(c, ...) CF_IN_(CF_NOT_IN, c, __VA_ARGS__)
#define CF_IN_(operator, c, ...) cf_membership_(operator, CF_OPERAND_(c), sizeof((struct cf_operand[]){ CF_FOR_EACH(CF_FIT_ITEM_, c, __VA_ARGS__) }) / sizeof(struct cf_operand), \
                             (struct cf_operand[]){ CF_FOR_EACH(CF_FIT_ITEM_, c, __VA_ARGS__) })
#define CF_FIT_ITEM_(c, x) CF_FIT_(c, x),
#define cf_in_array(c, pointer, count) __extension__({                                                                 \
    _Static_assert(_Generic((c), struct cf_choice_column: sizeof(*(pointer)) == sizeof(int), default: 1),              \
                   "the array beside an Enum is of its enum or of int");                                               \
    CF_ARRAY_OF_(c)(CF_OPERAND_(c), (pointer), (count));                                                               \
})
#define CF_ARRAY_OF_(c) _Generic((c), struct cf_integer_column: cf_integer_array_, struct cf_boolean_column: cf_boolean_array_,            \
    struct cf_number_column: cf_number_array_, struct cf_decimal_column: cf_decimal_array_, struct cf_text_column: cf_text_array_,         \
    struct cf_date_column: cf_date_array_, struct cf_clock_column: cf_clock_array_, struct cf_time_column: cf_time_array_,                 \
    struct cf_uuid_column: cf_uuid_array_, struct cf_bytes_column: cf_bytes_array_, struct cf_choice_column: cf_choice_array_)
cf_expr *cf_in_array_(struct cf_operand operand, enum cf_operand_kind kind, const void *values, size_t count);
#define CF_ARRAY_KIND_(kind_, type, tag)                                                                               \
    static inline cf_expr *cf_##kind_##_array_(struct cf_operand operand, type const *values, size_t count)            \
    { return cf_in_array_(operand, CF_OPERAND_##tag, values, count); }
CF_VALUE_KINDS(CF_ARRAY_KIND_)
#undef CF_ARRAY_KIND_
cf_expr *cf_choice_array_(struct cf_operand operand, const void *values, size_t count);
/* Combination: NULL arguments ("no condition") are skipped; nothing left gives NULL. cf_not(NULL) is NULL. */
#define cf_and(...) cf_combine_(CF_AND, sizeof((const cf_expr *[]){ __VA_ARGS__ }) / sizeof(cf_expr *), (const cf_expr *[]){ __VA_ARGS__ })
#define cf_or(...)  cf_combine_(CF_OR, sizeof((const cf_expr *[]){ __VA_ARGS__ }) / sizeof(cf_expr *), (const cf_expr *[]){ __VA_ARGS__ })
cf_expr *cf_not(const cf_expr *expression);

/* Order: .order_by = { cf_desc(User.age), cf_asc(User.name) }, up to eight. NULLs come last in both directions, but for
 * cf_nulls_first(cf_asc(User.age)). */
struct cf_order {
    struct cf_operand operand; /* kind CF_OPERAND_NULL ends the list */
    bool descending, nulls_first;
};
struct cf_order_list { struct cf_order items[8]; };
#define cf_asc(x)  ((struct cf_order){ CF_OPERAND_(x), .descending = false })
#define cf_desc(x) ((struct cf_order){ CF_OPERAND_(x), .descending = true })
static inline struct cf_order cf_nulls_first(struct cf_order order) { order.nulls_first = true; return order; }
/* clang-format on */

/* ---- Behind the macros ------------------------------------------------------------------------------------------ */

cf_expr *cf_compare_(enum cf_operator operator, struct cf_operand left, struct cf_operand right);
cf_expr *cf_between_(struct cf_operand operand, struct cf_operand low, struct cf_operand high);
cf_expr *cf_membership_(enum cf_operator operator, struct cf_operand operand, size_t count,
                        const struct cf_operand *values);
static inline cf_expr *cf_in_(struct cf_operand operand, size_t count, const struct cf_operand *values)
{
    return cf_membership_(CF_IN, operand, count, values);
}
cf_expr *cf_combine_(enum cf_operator operator, size_t count, const cf_expr *const *expressions);

#endif
