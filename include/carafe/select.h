/* SPDX-License-Identifier: MIT
 *
 * Expressions that compute, and queries whose results are not rows of a table:
 *
 *     SHAPE(Minute, (minute, DateTime), (mean, Float), (samples, Integer));
 *
 *     cf_expr *minute = cf_truncate(Reading.at, CF_MINUTE);
 *     struct Minute_list minutes = cf_select(db, Minute, .from = Reading,
 *         .columns  = { .minute = minute, .mean = cf_avg_of(Reading.value), .samples = cf_count_rows() },
 *         .where    = cf_gt(Reading.at, cf_ago(1, CF_HOUR)),
 *         .group_by = { minute });
 *
 * The compiler checks the columns an expression is made of; of an expression itself only the program knows the type, so
 * that a wrong one ends the query with CF_INTERNAL before anything is sent. Results are the same on every database: a
 * sum of integers is an integer, an average a double, an integer divided by an integer is cut, and what is divided by
 * zero is NULL.
 */
#ifndef CARAFE_SELECT_H
#define CARAFE_SELECT_H

#include <carafe/query.h>
#pragma GCC system_header

/* clang-format off */
/* ---- What functions take ---------------------------------------------------------------------------------------- */

#define CF_NUMERIC_(x) (_Generic((x), CF_SIGNED_(cf_integer_value_), unsigned long: cf_unsigned_value_, unsigned long long: cf_unsigned_value_, \
    float: cf_number_value_, double: cf_number_value_, cf_decimal: cf_decimal_value_, struct cf_integer_column: cf_integer_column_,   \
    struct cf_number_column: cf_number_column_, struct cf_decimal_column: cf_decimal_column_, cf_expr *: cf_any_expression_,          \
    const cf_expr *: cf_any_expression_)(x).operand)
#define CF_INTEGRAL_(x) (_Generic((x), CF_SIGNED_(cf_integer_value_), unsigned long: cf_unsigned_value_, unsigned long long: cf_unsigned_value_, \
    struct cf_integer_column: cf_integer_column_, cf_expr *: cf_any_expression_, const cf_expr *: cf_any_expression_)(x).operand)
#define CF_TEXTUAL_(x) (_Generic((x), char *: cf_text_value_, const char *: cf_text_value_, struct cf_text_column: cf_text_column_,   \
    cf_expr *: cf_any_expression_, const cf_expr *: cf_any_expression_)(x).operand)
#define CF_ORDERED_(x) (_Generic((x), struct cf_integer_column: cf_integer_column_, struct cf_number_column: cf_number_column_,       \
    struct cf_decimal_column: cf_decimal_column_, struct cf_text_column: cf_text_column_, struct cf_date_column: cf_date_column_,     \
    struct cf_clock_column: cf_clock_column_, struct cf_time_column: cf_time_column_, cf_expr *: cf_any_expression_,                  \
    const cf_expr *: cf_any_expression_)(x).operand)
#define CF_MOMENT_(x) (_Generic((x), struct cf_time_column: cf_time_column_, cf_expr *: cf_any_expression_,                           \
    const cf_expr *: cf_any_expression_)(x).operand)
#define CF_DATED_(x) (_Generic((x), struct cf_time_column: cf_time_column_, struct cf_date_column: cf_date_column_,                   \
    struct cf_clock_column: cf_clock_column_, cf_expr *: cf_any_expression_, const cf_expr *: cf_any_expression_)(x).operand)
#define CF_TIMED_(x) (_Generic((x), struct cf_time_column: cf_time_column_, struct cf_date_column: cf_date_column_,                   \
    cf_time: cf_time_value_, cf_date: cf_date_value_, cf_expr *: cf_any_expression_, const cf_expr *: cf_any_expression_)(x).operand)
#define CF_STEP_ITEM_(_, x) (_Generic((x), char *: cf_text_value_, const char *: cf_text_value_, CF_SIGNED_(cf_integer_value_), \
    unsigned long: cf_unsigned_value_, unsigned long long: cf_unsigned_value_)(x).operand),
#define CF_OPERANDS_(macro, ...) sizeof((struct cf_operand[]){ CF_FOR_EACH(macro, , __VA_ARGS__) }) / sizeof(struct cf_operand), \
    (const struct cf_operand[]){ CF_FOR_EACH(macro, , __VA_ARGS__) }
#define CF_ANY_ITEM_(_, x)     CF_OPERAND_(x),
#define CF_TEXTUAL_ITEM_(_, x) CF_TEXTUAL_(x),

/* ---- Expressions ------------------------------------------------------------------------------------------------ */

/* A column as an expression, and a value as one (an integer for a boolean or a choice says so: cf_cast). */
#define cf_column(c)  cf_unary_(CF_AS_COLUMN, CF_COLUMN_ONLY_(c))
#define cf_literal(x) cf_unary_(CF_LITERAL, CF_OPERAND_(x))
#define CF_COLUMN_ONLY_(c) ((struct cf_operand){ .kind = CF_OPERAND_COLUMN, .column = (c).column })

/* Arithmetic of numbers: columns, values and expressions. Two integers divided are an integer, cut towards zero. */
#define cf_plus(a, b)       cf_binary_(CF_PLUS, CF_NUMERIC_(a), CF_NUMERIC_(b))
#define cf_minus(a, b)      cf_binary_(CF_MINUS, CF_NUMERIC_(a), CF_NUMERIC_(b))
#define cf_times(a, b)      cf_binary_(CF_TIMES, CF_NUMERIC_(a), CF_NUMERIC_(b))
#define cf_divided_by(a, b) cf_binary_(CF_DIVIDED, CF_NUMERIC_(a), CF_NUMERIC_(b))
#define cf_modulo(a, b)     cf_binary_(CF_MODULO, CF_NUMERIC_(a), CF_NUMERIC_(b))
#define cf_abs(x)           cf_unary_(CF_ABS, CF_NUMERIC_(x))
/* Bits of integers of 64 bits, negative ones in two's complement; a shift to the right keeps the sign. Shifts are by 0 to
 * 63. */
#define cf_bit_and(a, b)     cf_bits_(CF_BIT_AND, CF_INTEGRAL_(a), CF_INTEGRAL_(b))
#define cf_bit_or(a, b)      cf_bits_(CF_BIT_OR, CF_INTEGRAL_(a), CF_INTEGRAL_(b))
#define cf_bit_xor(a, b)     cf_bits_(CF_BIT_XOR, CF_INTEGRAL_(a), CF_INTEGRAL_(b))
#define cf_bit_not(x)        cf_bits_(CF_BIT_NOT, CF_INTEGRAL_(x), CF_INTEGRAL_(0))
#define cf_shift_left(x, n)  cf_bits_(CF_SHIFT_LEFT, CF_INTEGRAL_(x), CF_INTEGRAL_(n))
#define cf_shift_right(x, n) cf_bits_(CF_SHIFT_RIGHT, CF_INTEGRAL_(x), CF_INTEGRAL_(n))
/* Rounded to digits behind the point, halves away from zero. */
#define cf_round(x, digits) cf_numbered_(CF_ROUND, CF_NUMERIC_(x), (digits))

/* Texts. NULL makes a concatenation NULL: cf_coalesce. Lengths are of characters. */
#define cf_concat(...) cf_variadic_(CF_CONCAT, NULL, CF_OPERANDS_(CF_TEXTUAL_ITEM_, __VA_ARGS__))
#define cf_lower(x)    cf_unary_(CF_LOWER, CF_TEXTUAL_(x))
#define cf_upper(x)    cf_unary_(CF_UPPER, CF_TEXTUAL_(x))
#define cf_length(x)   cf_unary_(CF_LENGTH, CF_TEXTUAL_(x))
#define cf_trim(x)     cf_unary_(CF_TRIM, CF_TEXTUAL_(x))
/* Compared and sorted by a collation of the database's own, by its name there: cf_asc(cf_collate(User.name, "NOCASE")). */
#define cf_collate(x, name) cf_collate_(CF_TEXTUAL_(x), "" name)

/* The first that is not NULL: cf_coalesce(User.age, 0). */
#define cf_coalesce(first, ...) cf_variadic_(CF_COALESCE, NULL, CF_OPERANDS_OF_(first, __VA_ARGS__))
#define CF_OPERANDS_OF_(first, ...) 1 + sizeof((struct cf_operand[]){ CF_FOR_EACH(CF_FIT_ITEM_, first, __VA_ARGS__) }) / sizeof(struct cf_operand), \
    (const struct cf_operand[]){ CF_OPERAND_(first), CF_FOR_EACH(CF_FIT_ITEM_, first, __VA_ARGS__) }

/* Time: the moment with all below the unit taken away, and a part of it as an integer (a second without its fraction).
 * cf_now() and cf_ago(1, CF_HOUR) are values of the program's clock. Weeks are those of ISO 8601, from 1, and begin with Monday; so do days of the
 * week, CF_WEEKDAY, from 1 to 7. CF_EPOCH is the seconds since 1970-01-01. */
#define cf_truncate(x, unit) cf_of_time_(CF_TRUNCATE_SECOND, CF_MOMENT_(x), (unit))
#define cf_extract(x, part)  cf_of_time_(CF_EXTRACT_SECOND, CF_DATED_(x), (part))
/* The database's time as an expression: a DateTime in UTC and its Date, wherever a value of a DateTime or a Date may stand. On
 * PostgreSQL it is the moment when the transaction began, on MariaDB when the statement did, in microseconds; SQLite asks its
 * clock anew for each row that a query gives, in milliseconds. */
#define cf_database_now()   cf_database_time_(CF_DATABASE_NOW)
#define cf_database_today() cf_database_time_(CF_DATABASE_TODAY)
/* A DateTime or a Date so many units later, earlier where n is negative: cf_time_plus(Job.started, Job.minutes, CF_MINUTE). n is an
 * integer, a column or an expression. Months, quarters and years keep the day of the month, or are the last day of one that is
 * shorter; a Date knows no seconds, minutes and hours (CF_INTERNAL: cf_cast it to DateTime). What would lie outside of the
 * years 1 to 9999 is NULL. */
#define cf_time_plus(x, n, unit) cf_time_plus_(CF_TIMED_(x), CF_INTEGRAL_(n), (unit))
/* The seconds from `earlier` to `later`, with fractions, as a Float; negative where they are the other way round. A Date is its
 * midnight. */
#define cf_seconds_between(later, earlier) cf_seconds_between_(CF_TIMED_(later), CF_TIMED_(earlier))
enum cf_time_part { CF_WEEKDAY = CF_QUARTER + 1, CF_EPOCH };

/* What a Json column (or a cf_json_at, or a cf_cast to Json) holds at a path: cf_json_text(Post.data, "author", "name"),
 * cf_json_integer(Post.data, "tags", 0). A step is a key of an object, any text, or an index into an array, from 0; up to 8.
 * What is not there is NULL, and so are a JSON null and what is of another type: cf_json_integer is of numbers without a
 * fraction (1.0 is 1) that an Integer holds, cf_json_number of all numbers, cf_json_boolean of true and false. cf_json_text is
 * of texts, and of numbers and booleans as they are written; cf_json_at is any part as JSON, in the database's own spelling. */
#define cf_json_text(x, ...)    cf_json_path_(CF_JSON_TEXT, CF_TEXTUAL_(x), CF_OPERANDS_(CF_STEP_ITEM_, __VA_ARGS__))
#define cf_json_integer(x, ...) cf_json_path_(CF_JSON_INTEGER, CF_TEXTUAL_(x), CF_OPERANDS_(CF_STEP_ITEM_, __VA_ARGS__))
#define cf_json_number(x, ...)  cf_json_path_(CF_JSON_NUMBER, CF_TEXTUAL_(x), CF_OPERANDS_(CF_STEP_ITEM_, __VA_ARGS__))
#define cf_json_boolean(x, ...) cf_json_path_(CF_JSON_BOOLEAN, CF_TEXTUAL_(x), CF_OPERANDS_(CF_STEP_ITEM_, __VA_ARGS__))
#define cf_json_at(x, ...)      cf_json_path_(CF_JSON_AT, CF_TEXTUAL_(x), CF_OPERANDS_(CF_STEP_ITEM_, __VA_ARGS__))

/* Aggregates: of all rows, or of each group (.group_by). Those of no row at all are NULL (into a Nullable field), counts 0. */
#define cf_count_rows()      cf_unary_(CF_COUNT_ROWS, (struct cf_operand){ 0 })
#define cf_count_of(x)       cf_unary_(CF_COUNT_OF, CF_OPERAND_(x)) /* rows where x is not NULL */
#define cf_count_distinct(x) cf_unary_(CF_COUNT_DISTINCT, CF_OPERAND_(x))
#define cf_sum_of(x)         cf_unary_(CF_SUM_OF, CF_NUMERIC_(x))
#define cf_avg_of(x)         cf_unary_(CF_AVG_OF, CF_NUMERIC_(x))
#define cf_min_of(x)         cf_unary_(CF_MIN_OF, CF_ORDERED_(x))
#define cf_max_of(x)         cf_unary_(CF_MAX_OF, CF_ORDERED_(x))

/* The texts of a group in one, with a separator that is a literal; NULLs are left out: cf_group_concat(Tag.word, ", ",
 * .order_by = { cf_asc(Tag.word) }). Without an order they come in any. SQLite knows the order from 3.44 on
 * (CF_CAN_ORDER_AGGREGATES). */
#define cf_group_concat(x, ...)              CF_GROUP_CONCAT_(x, __VA_ARGS__, .end_ = 0)
#define CF_GROUP_CONCAT_(x, separator, ...)  cf_group_concat_(CF_TEXTUAL_(x), "" separator, &(struct cf_concat_options){ __VA_ARGS__ })
struct cf_concat_options { struct cf_order_list order_by; char end_; };
/* A sum, an average or a cf_group_concat of different values only: cf_distinct(cf_sum_of(Post.likes)). Texts are put together in
 * any order but that of themselves, and not on SQLite. Not over windows. Of counts: cf_count_distinct. */
cf_expr *cf_distinct(const cf_expr *aggregate);
/* An aggregate of those rows only that meet a condition: cf_filter(cf_count_rows(), cf_eq(Post.published, true)). */
cf_expr *cf_filter(const cf_expr *aggregate, const cf_expr *condition);

/* Any function of the database, by a name that is a literal: cf_function("soundex", User.name). Its type is not known:
 * cf_cast where it matters. */
#define cf_function(...)        CF_FUNCTION_(__VA_ARGS__, )
#define CF_FUNCTION_(name, ...) cf_variadic_(CF_FUNCTION, "" name, (0 CF_FOR_EACH(CF_ONE_IF_ANY_, , __VA_ARGS__)), \
    (const struct cf_operand[]){ CF_FOR_EACH(CF_FUNCTION_ITEM_, , __VA_ARGS__) { 0 } })
#define CF_FUNCTION_ITEM_(_, ...) __VA_OPT__(CF_OPERAND_(__VA_ARGS__),)
/* SQL of one's own as a part of a query, a literal, for what a database has and Carafe does not know: cf_sql_expression(
 * "? @> ?", Post.data, "{\"done\": true}"). Each ? is a column, a value or an expression; ?? is a question mark. Its type
 * is not known: cf_cast where it matters. A query with it first writes all that is pending. */
#define cf_sql_expression(...)        CF_SQL_EXPRESSION_(__VA_ARGS__, )
#define CF_SQL_EXPRESSION_(sql, ...)  cf_variadic_(CF_SQL_EXPRESSION, "" sql, (0 CF_FOR_EACH(CF_ONE_IF_ANY_, , __VA_ARGS__)), \
    (const struct cf_operand[]){ CF_FOR_EACH(CF_FUNCTION_ITEM_, , __VA_ARGS__) { 0 } })
/* SQL NULL of a type: one half of a cf_union that has no such column. */
#define cf_null(T) cf_cast(cf_sql_expression("NULL"), T)
/* Such a function of all values of a group in their order, which leaves NULLs out: cf_within_group(cf_function(
 * "percentile_cont", 0.5), cf_asc(Reading.value)) is a median. PostgreSQL has them as aggregates (CF_CAN_WITHIN_GROUP),
 * MariaDB in a cf_over without .order_by (CF_CAN_WITHIN_GROUP_OVER), SQLite not at all. */
#define cf_within_group(function, ...) cf_within_group_((function), &(const struct cf_order_list){ { __VA_ARGS__ } })
/* A value of another type, said as in MODEL: cf_cast(User.age, String(10)). Numbers are rounded to integers. */
#define cf_cast(x, T) cf_cast_(CF_OPERAND_(x), &(const struct cf_column){ .name = #T, CF_CALL(CF_CHECKED_INITIALIZER_, CF_T_##T, ) })

/* cf_case(cf_when(cf_lt(User.age, 18), "young"), cf_otherwise("grown up")): the value of the first condition that holds,
 * NULL where none does. Up to 16. */
struct cf_when { const cf_expr *condition; struct cf_operand value; bool otherwise; };
#define cf_when(condition_, x) ((struct cf_when){ .condition = (condition_), .value = CF_OPERAND_(x) })
#define cf_otherwise(x)        ((struct cf_when){ .value = CF_OPERAND_(x), .otherwise = true })
#define cf_case(...) cf_case_(sizeof((struct cf_when[]){ __VA_ARGS__ }) / sizeof(struct cf_when), (const struct cf_when[]){ __VA_ARGS__ })

/* Several values as one, to be compared with as many: cf_in(cf_tuple(Member.team, Member.person), cf_tuple(1, "kim"),
 * cf_tuple(2, "lee")), cf_in_select(cf_tuple(a, b), query of two columns), cf_lt(cf_tuple(Post.created, Post.id),
 * cf_tuple(created, id)), which goes by the first that differs. */
#define cf_tuple(...) cf_variadic_(CF_TUPLE, NULL, CF_OPERANDS_(CF_ANY_ITEM_, __VA_ARGS__))

/* Window functions: cf_over(cf_row_number(), .partition_by = { cf_column(Post.author_id) }, .order_by = {
 * cf_desc(Post.created) }). Aggregates (cf_filter, too, but not cf_group_concat) may be taken over a window. Rows of the
 * frame are counted from the current one: .rows = cf_rows(-2, 0) are this row and the two before it; CF_UNBOUNDED is the
 * end of the partition. .range = cf_range(-10, 0) counts by the one number the rows are ordered by, .groups =
 * cf_groups(-1, 0) by groups of rows that are equal in it; .exclude leaves rows out of the frame. The last two are
 * CF_CAN_FRAME_GROUPS. */
#define cf_row_number()     cf_unary_(CF_ROW_NUMBER, (struct cf_operand){ 0 })
#define cf_rank()           cf_unary_(CF_RANK, (struct cf_operand){ 0 })
#define cf_dense_rank()     cf_unary_(CF_DENSE_RANK, (struct cf_operand){ 0 })
/* Of the row so many rows before this one, or behind it; NULL where there is none, or a third argument: cf_lag(Post.likes, 1, 0). */
#define cf_lag(x, ...)      CF_NEIGHBOUR_(CF_LAG, x, __VA_ARGS__, )
#define cf_lead(x, ...)     CF_NEIGHBOUR_(CF_LEAD, x, __VA_ARGS__, )
#define CF_NEIGHBOUR_(operator, x, rows, ...) cf_neighbour_((operator), CF_OPERAND_(x), (rows), (const struct cf_operand[2]){ CF_FOR_EACH(CF_NEIGHBOUR_ITEM_, x, __VA_ARGS__) { 0 } })
#define CF_NEIGHBOUR_ITEM_(c, ...) __VA_OPT__(CF_FIT_(c, __VA_ARGS__),)
#define cf_first_value(x)   cf_unary_(CF_FIRST_VALUE, CF_OPERAND_(x))
#define cf_last_value(x)    cf_unary_(CF_LAST_VALUE, CF_OPERAND_(x))
#define cf_nth_value(x, n)  cf_numbered_(CF_NTH_VALUE, CF_OPERAND_(x), (n)) /* of the frame, from 1 */
#define cf_ntile(parts)     cf_numbered_(CF_NTILE, (struct cf_operand){ 0 }, (parts)) /* which of so many equal parts, from 1 */
#define cf_percent_rank()   cf_unary_(CF_PERCENT_RANK, (struct cf_operand){ 0 })
#define cf_cume_dist()      cf_unary_(CF_CUME_DIST, (struct cf_operand){ 0 })
struct cf_frame { bool is_set; int first, last; };
enum { CF_UNBOUNDED = 0x7fffffff };
#define cf_rows(first_, last_)   ((struct cf_frame){ true, (first_), (last_) })
#define cf_range(first_, last_)  ((struct cf_frame){ true, (first_), (last_) })
#define cf_groups(first_, last_) ((struct cf_frame){ true, (first_), (last_) })
/* The current row; that and those equal to it in the order; only those equal to it. */
enum cf_exclude { CF_EXCLUDE_NOTHING, CF_EXCLUDE_CURRENT_ROW, CF_EXCLUDE_GROUP, CF_EXCLUDE_TIES };
struct cf_window {
    const cf_expr *partition_by[8];
    struct cf_order_list order_by;
    struct cf_frame rows, range, groups; /* one of them */
    enum cf_exclude exclude;
    char end_;
};
#define cf_over(...)             CF_OVER_(__VA_ARGS__, .end_ = 0)
#define CF_OVER_(function, ...)  cf_over_((function), &(struct cf_window){ __VA_ARGS__ })

/* ---- Tables ----------------------------------------------------------------------------------------------------- */

/* A table a second time, under a name of its own: struct User_columns manager = cf_alias(User, "manager") stands
 * wherever User does, and its columns are typed as User's are. */
#define cf_alias(Model, name) (*(const __typeof__(Model) *)cf_alias_(&(Model).model_, sizeof(Model), "" name))

/* A query, not run: part of another. */
typedef struct cf_subquery cf_subquery;

/* A query in the place of a table, its columns those of a SHAPE: struct Total_columns totals = cf_as(Total,
 * cf_subselect(Total, .from = Post, …)). cf_with does the same by a common table expression (WITH), for one that is used
 * more than once. */
#define cf_as(Shape, query)   (*(const __typeof__(Shape) *)cf_as_(&(Shape).model_, sizeof(Shape), (query), false))
#define cf_with(Shape, query) (*(const __typeof__(Shape) *)cf_as_(&(Shape).model_, sizeof(Shape), (query), true))
/* A query that refers to what it has found so far (WITH RECURSIVE):
 *
 *     struct Part_columns parts = cf_recursive(Part);
 *     cf_recursion(parts, cf_subselect(Part, .from = Folder, … the first rows),
 *                         cf_subselect(Part, .from = Folder, .join = { cf_join(parts, .on = …) }, … those that follow));
 */
#define cf_recursive(Shape)             (*(const __typeof__(Shape) *)cf_as_(&(Shape).model_, sizeof(Shape), NULL, true))
#define cf_recursion(rows, first, next) cf_recursion_(&(rows).model_, (first), (next))

/* What else a query reads: along a relation, cf_join(User.posts); a table on a condition, cf_join(Post, .on =
 * cf_gt(Post.likes, User.age)); or a table by its foreign key, cf_join(Post): the only one between it and those that stand
 * before it (.from, and earlier joins), in either direction. Where there is none, or more than one, that is CF_INTERNAL,
 * which names them. An alias along a relation: cf_join(manager, .along = User.manager). A left join keeps rows that have
 * no match; a full join those of the other side, too (CF_CAN_FULL_JOIN; of cf_select only, since a row may be none of the
 * model's). Up to eight. */
enum cf_join_kind { CF_INNER_JOIN, CF_LEFT_JOIN, CF_FULL_JOIN };
struct cf_join {
    const void *joined; /* a relation's handle or a model; NULL ends a list */
    bool is_relation;
    enum cf_join_kind kind;
    struct cf_relation_column along;
    const cf_expr *on;
    char end_;
};
#define cf_join(...)      CF_JOIN_(CF_INNER_JOIN, __VA_ARGS__, .end_ = 0)
#define cf_left_join(...) CF_JOIN_(CF_LEFT_JOIN, __VA_ARGS__, .end_ = 0)
#define cf_full_join(...) CF_JOIN_(CF_FULL_JOIN, __VA_ARGS__, .end_ = 0)
#define CF_JOIN_(kind_, x, ...) ((struct cf_join){ .joined = &(x), .kind = kind_, .is_relation = CF_IS_RELATION_(x), __VA_ARGS__ })
#define CF_IS_RELATION_(x) __extension__({                                                                             \
    _Static_assert(sizeof(x) > sizeof(void *), "a table or a relation is joined, not a column");                       \
    _Generic((x), struct cf_relation_column: 1, default: 0);                                                           \
})

/* .for_update locks the rows read until the transaction ends, and begins it; as CF_FOR_SHARE others may read and lock them
 * so as well, but not write. CF_FOR_NO_KEY_UPDATE lets others write rows that refer to these meanwhile, CF_FOR_KEY_SHARE
 * lets them write these, but for their keys, and not delete them (both CF_CAN_LOCK_KEYS). Of the tables of a query
 * .for_update_of = CF_MODELS(Post) locks the rows of those only (CF_CAN_LOCK_OF). Where the database cannot lock single rows
 * (CF_CAN_LOCK_ROWS) all others that write wait, whatever is said. */
enum cf_lock {
    CF_FOR_UPDATE = 1, CF_SKIP_LOCKED = 2, CF_NO_WAIT = 4, CF_FOR_SHARE = 8, CF_FOR_NO_KEY_UPDATE = 16, CF_FOR_KEY_SHARE = 32
};

/* ---- Conditions on other tables --------------------------------------------------------------------------------- */

/* There is a row (no row) along a relation, or a path of them, that meets a condition; NULL: any row at all.
 * cf_any(User.posts, cf_eq(Post.published, true)). */
#define cf_any(relation, condition)     cf_along_((struct cf_relation_column[]){ relation }, (condition))
#define cf_none_of(relation, condition) cf_not(cf_any(relation, condition))
/* Of any query. */
cf_expr *cf_exists(const cf_subquery *query);
/* A query of one column as the list of values to be in, and one of one row and column as a value (NULL where it has no
 * row): see cf_subquery_of. */
#define cf_in_select(c, query)     cf_in_select_(CF_IN_SELECT, CF_OPERAND_(c), (query))
#define cf_not_in_select(c, query) cf_in_select_(CF_NOT_IN_SELECT, CF_OPERAND_(c), (query))
cf_expr *cf_scalar(const cf_subquery *query);
/* All values of a query of one column, and any of them, on the right side of cf_eq, cf_ne, cf_lt, cf_le, cf_gt and cf_ge:
 * cf_gt(Post.likes, cf_all_rows(query)). Of no row at all the first is true and the second is not; NULL among the values makes
 * it NULL where the others do not decide. Of an aggregate or a window function
 * SQLite and MariaDB do not know whether it is equal to all (CF_INTERNAL). */
cf_expr *cf_all_rows(const cf_subquery *query);
cf_expr *cf_any_row(const cf_subquery *query);

/* ---- Queries ---------------------------------------------------------------------------------------------------- */

/* No table at all, where one is asked for: a query of values, of one row: cf_select_time(db, cf_database_now(), .from =
 * cf_nothing). Nothing is joined to it. */
extern const struct cf_nothing { struct cf_model model_; } cf_nothing;

/* .from comes first: a model, an alias, a cf_as, cf_nothing. A field of the shape left out of .columns is the column of .from that has
 * its name. A query first writes what is pending (cf_flush), unless it says .no_autoflush = true. */
#define CF_SELECT_OPTIONS_                                                                                             \
    struct cf_model from;                                                                                              \
    struct cf_join join[8];                                                                                            \
    const cf_expr *where;                                                                                              \
    const cf_expr *group_by[8];                                                                                        \
    const cf_expr *having;                                                                                             \
    struct cf_order_list order_by;                                                                                     \
    int64_t limit, offset;                                                                                             \
    bool distinct;                                                                                                     \
    bool no_autoflush;                                                                                                 \
    enum cf_lock for_update;                                                                                           \
    const struct cf_model *const *for_update_of;                                                                       \
    char end_;
struct cf_select_options { CF_SELECT_OPTIONS_ };
#define CF_SELECT_ARGUMENT_(Shape, from_, ...)                                                                         \
    (&(const struct { struct { CF_SELECT_OPTIONS_ }; struct Shape##_expressions columns; }){ from_.model_, __VA_ARGS__ }), \
    sizeof(struct Shape##_expressions) / sizeof(const cf_expr *)

/* The rows of a query as a list of a SHAPE's structs, of which the session knows nothing. */
#define cf_select(db, Shape, ...)          CF_SELECT_(db, Shape, __VA_ARGS__, .end_ = 0)
#define CF_SELECT_(db, Shape, ...)         (*(__typeof__(*(Shape).list_) *)cf_select_(CF_AT_(db), &(Shape).model_, CF_SELECT_ARGUMENT_(Shape, __VA_ARGS__)))
/* The first of them, or NULL where there is none. */
#define cf_select_one(db, Shape, ...)      CF_SELECT_ONE_(db, Shape, __VA_ARGS__, .end_ = 0)
#define CF_SELECT_ONE_(db, Shape, ...)     ((__typeof__(*(Shape).type_) *)cf_select_one_(CF_AT_(db), &(Shape).model_, CF_SELECT_ARGUMENT_(Shape, __VA_ARGS__)))
/* The value of one expression in the first row, of the type said; NULL where it is NULL or there is no row. What is of
 * another type, as far as that is known, ends it with CF_INTERNAL; an integer is welcome to a number and a decimal. A
 * decimal has the digits of the column it comes from: cf_cast(x, Numeric(20, 4)) for others.
 *
 *     cf_optional_integer likes = cf_select_integer(db, cf_sum_of(Post.likes), .from = Post, .where = …);
 *
 * cf_select_integer, _boolean, _number, _decimal, _time, _date, _clock and _uuid give optionals; cf_select_text a text or
 * NULL (of an enumeration its label), cf_select_bytes a blob whose data is NULL. */
#define cf_select_integer(db, x, ...)      CF_SELECT_VALUE_(integer, db, x, __VA_ARGS__, .end_ = 0)
#define cf_select_boolean(db, x, ...)      CF_SELECT_VALUE_(boolean, db, x, __VA_ARGS__, .end_ = 0)
#define cf_select_number(db, x, ...)       CF_SELECT_VALUE_(number, db, x, __VA_ARGS__, .end_ = 0)
#define cf_select_decimal(db, x, ...)      CF_SELECT_VALUE_(decimal, db, x, __VA_ARGS__, .end_ = 0)
#define cf_select_time(db, x, ...)         CF_SELECT_VALUE_(time, db, x, __VA_ARGS__, .end_ = 0)
#define cf_select_date(db, x, ...)         CF_SELECT_VALUE_(date, db, x, __VA_ARGS__, .end_ = 0)
#define cf_select_clock(db, x, ...)        CF_SELECT_VALUE_(clock, db, x, __VA_ARGS__, .end_ = 0)
#define cf_select_uuid(db, x, ...)         CF_SELECT_VALUE_(uuid, db, x, __VA_ARGS__, .end_ = 0)
#define cf_select_text(db, x, ...)         CF_SELECT_VALUE_(text, db, x, __VA_ARGS__, .end_ = 0)
#define cf_select_bytes(db, x, ...)        CF_SELECT_VALUE_(bytes, db, x, __VA_ARGS__, .end_ = 0)
#define CF_SELECT_VALUE_(kind, db, x, from_, ...) cf_select_##kind##_(CF_AT_(db), CF_OPERAND_(x), &(struct cf_select_options){ from_.model_, __VA_ARGS__ })
/* The values of one expression in all rows, in their order; those that are NULL are left out:
 *
 *     struct cf_integer_values ids = cf_select_integers(db, Post.author_id, .from = Post, .distinct = true);
 *     … ids.items[0], cf_in_array(User.id, ids.items, ids.count)
 *
 * Types as of cf_select_integer. The items are an array in the request's memory. */
#define cf_select_integers(db, x, ...)     CF_SELECT_VALUE_(integers, db, x, __VA_ARGS__, .end_ = 0)
#define cf_select_numbers(db, x, ...)      CF_SELECT_VALUE_(numbers, db, x, __VA_ARGS__, .end_ = 0)
#define cf_select_decimals(db, x, ...)     CF_SELECT_VALUE_(decimals, db, x, __VA_ARGS__, .end_ = 0)
#define cf_select_times(db, x, ...)        CF_SELECT_VALUE_(times, db, x, __VA_ARGS__, .end_ = 0)
#define cf_select_dates(db, x, ...)        CF_SELECT_VALUE_(dates, db, x, __VA_ARGS__, .end_ = 0)
#define cf_select_uuids(db, x, ...)        CF_SELECT_VALUE_(uuids, db, x, __VA_ARGS__, .end_ = 0)
#define cf_select_texts(db, x, ...)        CF_SELECT_VALUE_(texts, db, x, __VA_ARGS__, .end_ = 0)
#define CF_VALUES_KINDS_(X) X(integer, int64_t) X(number, double) X(decimal, cf_decimal) X(time, cf_time) X(date, cf_date) \
    X(uuid, cf_uuid) X(text, const char *)
#define CF_VALUES_OF_(kind, type) struct cf_##kind##_values { type *items; size_t count; };
CF_VALUES_KINDS_(CF_VALUES_OF_)
#undef CF_VALUES_OF_
/* The same as a part of another query. */
#define cf_subselect(Shape, ...)           CF_SUBSELECT_(Shape, __VA_ARGS__, .end_ = 0)
#define CF_SUBSELECT_(Shape, ...)          cf_subselect_(&(Shape).model_, CF_SELECT_ARGUMENT_(Shape, __VA_ARGS__))
/* A query of one column: cf_subquery_of(cf_max_of(Post.id), .from = Post, .where = …). Columns of the query around it
 * may be named, where that is not on the same table (else see cf_alias). */
#define cf_subquery_of(x, ...)             CF_SUBQUERY_OF_(x, __VA_ARGS__, .end_ = 0)
#define CF_SUBQUERY_OF_(x, from_, ...)     cf_subquery_of_(CF_OPERAND_(x), &(struct cf_select_options){ from_.model_, __VA_ARGS__ })
/* Rows of several queries that have the same columns: without duplicates or with them, those in all of them, those of the
 * first that are in none of the others. Read them with cf_as. */
#define cf_union(...)      CF_COMPOUND_(CF_UNION, __VA_ARGS__)
#define cf_union_all(...)  CF_COMPOUND_(CF_UNION_ALL, __VA_ARGS__)
#define cf_intersect(...)  CF_COMPOUND_(CF_INTERSECT, __VA_ARGS__)
#define cf_except(...)     CF_COMPOUND_(CF_EXCEPT, __VA_ARGS__)
#define CF_COMPOUND_(kind, ...) cf_compound_(kind, sizeof((const cf_subquery *[]){ __VA_ARGS__ }) / sizeof(cf_subquery *), (const cf_subquery *[]){ __VA_ARGS__ })
enum cf_compound { CF_PLAIN_QUERY, CF_UNION, CF_UNION_ALL, CF_INTERSECT, CF_EXCEPT };
/* clang-format on */

/* ---- Behind the macros ------------------------------------------------------------------------------------------ */

cf_expr *cf_unary_(enum cf_operator operator, struct cf_operand operand);
cf_expr *cf_binary_(enum cf_operator operator, struct cf_operand left, struct cf_operand right);
cf_expr *cf_excluded_(struct cf_operand column);
cf_expr *cf_bits_(enum cf_operator operator, struct cf_operand left, struct cf_operand right);
cf_expr *cf_numbered_(enum cf_operator operator, struct cf_operand operand, int64_t number);
cf_expr *cf_neighbour_(enum cf_operator operator, struct cf_operand operand, int64_t rows, const struct cf_operand *otherwise);
cf_expr *cf_time_plus_(struct cf_operand time, struct cf_operand count, enum cf_time_unit unit);
cf_expr *cf_seconds_between_(struct cf_operand later, struct cf_operand earlier);
cf_expr *cf_json_path_(enum cf_operator operator, struct cf_operand json, size_t count, const struct cf_operand *steps);
cf_expr *cf_database_time_(enum cf_operator operator);
cf_expr *cf_collate_(struct cf_operand operand, const char *name);
cf_expr *cf_group_concat_(struct cf_operand operand, const char *separator, const struct cf_concat_options *options);
cf_expr *cf_within_group_(const cf_expr *function, const struct cf_order_list *order);
cf_expr *cf_of_time_(enum cf_operator first, struct cf_operand operand, int part);
cf_expr *cf_variadic_(enum cf_operator operator, const char *name, size_t count, const struct cf_operand *operands);
cf_expr *cf_cast_(struct cf_operand operand, const struct cf_column *type);
cf_expr *cf_case_(size_t count, const struct cf_when *whens);
cf_expr *cf_over_(const cf_expr *function, const struct cf_window *window);
cf_expr *cf_along_(const struct cf_relation_column *path, const cf_expr *condition);
cf_expr *cf_in_select_(enum cf_operator operator, struct cf_operand operand, const cf_subquery *query);
const void *cf_alias_(const struct cf_model *model, size_t size, const char *name);
const void *cf_as_(const struct cf_model *shape, size_t size, const cf_subquery *query, bool common);
void cf_recursion_(const struct cf_model *rows, const cf_subquery *first, const cf_subquery *next);
cf_subquery *cf_subselect_(const struct cf_model *shape, const void *argument, size_t columns);
cf_subquery *cf_subquery_of_(struct cf_operand column, const struct cf_select_options *options);
cf_subquery *cf_compound_(enum cf_compound kind, size_t count, const cf_subquery *const *queries);

#endif
