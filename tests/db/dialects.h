/* SPDX-License-Identifier: MIT
 *
 * The dialects of three kinds of database, for tests that compare SQL as text.
 */
#ifndef CARAFE_TESTS_DB_DIALECTS_H
#define CARAFE_TESTS_DB_DIALECTS_H

#include "../../src/db/query.h"

extern const struct cf_dialect cf__sqlite_dialect;

/* clang-format off */
static inline const char *postgres_type(cf_context *context, const struct cf_table *table,
                                        const struct cf_schema_column *column)
{
    (void)table;
    static const char *const names[CF_TYPE_COUNT_] = {
        [CF_TYPE_INTEGER] = "BIGINT", [CF_TYPE_SMALL_INTEGER] = "SMALLINT", [CF_TYPE_BIG_INTEGER] = "BIGINT",
        [CF_TYPE_BOOLEAN] = "BOOLEAN", [CF_TYPE_FLOAT] = "DOUBLE PRECISION", [CF_TYPE_TEXT] = "TEXT", [CF_TYPE_DATE] = "DATE",
        [CF_TYPE_TIME] = "TIME(6)", [CF_TYPE_DATETIME] = "TIMESTAMP(6)", [CF_TYPE_UUID] = "UUID", [CF_TYPE_BLOB] = "BYTEA",
    };
    if (column->type == CF_TYPE_NUMERIC)
        return cf_format(context, "NUMERIC(%u, %u)", column->length, column->scale);
    return column->type == CF_TYPE_STRING ? cf_format(context, "VARCHAR(%u)", column->length) : names[column->type];
}

#define POSTGRES_PLUS(interval)                                                                                        \
    "CASE WHEN R BETWEEN -N AND N THEN CASE WHEN L + INTERVAL '10000 years' + R * INTERVAL '" interval             \
    "' BETWEEN TIMESTAMP '10001-01-01' AND TIMESTAMP '19999-12-31 23:59:59.999999' THEN L + R * INTERVAL '" interval \
    "' END END"

static const char *const postgres_patterns[CF_OPERATORS_] = {
    [CF_PLUS_SECONDS] = POSTGRES_PLUS("1 second"),
    [CF_PLUS_MINUTES] = POSTGRES_PLUS("1 minute"),
    [CF_PLUS_HOURS] = POSTGRES_PLUS("1 hour"),
    [CF_PLUS_DAYS] = POSTGRES_PLUS("1 day"),
    [CF_PLUS_MONTHS] = POSTGRES_PLUS("1 month"),
    [CF_PLUS_YEARS] = POSTGRES_PLUS("1 year"),
    [CF_PLUS_WEEKS] = POSTGRES_PLUS("7 days"),
    [CF_PLUS_QUARTERS] = POSTGRES_PLUS("3 months"),
    [CF_SECONDS_BETWEEN] = "CAST(extract(EPOCH FROM CAST(L AS TIMESTAMP) - CAST(R AS TIMESTAMP)) AS DOUBLE PRECISION)",
    [CF_JSON_ROOT] = "CAST(L AS JSONB)",
    [CF_JSON_ARRAY] = "jsonb_path_query_first(L, 'strict $ ? (@.type() == \"array\")')",
    [CF_JSON_STEP] = "(L -> R)",
    [CF_JSON_AT] = "nullif(L -> R, CAST('null' AS JSONB))",
    [CF_JSON_TEXT] = "CASE WHEN jsonb_typeof(L -> R) NOT IN ('object', 'array') THEN L ->> R END",
    [CF_JSON_INTEGER] = "CASE WHEN jsonb_typeof(L -> R) = 'number' THEN CASE WHEN CAST(L -> R AS NUMERIC) % 1 = 0 AND CAST(L -> R "
                        "AS NUMERIC) BETWEEN -9223372036854775808 AND 9223372036854775807 THEN CAST(L -> R AS BIGINT) END END",
    [CF_JSON_NUMBER] = "CASE WHEN jsonb_typeof(L -> R) = 'number' THEN CASE WHEN abs(CAST(L -> R AS NUMERIC)) <= "
                       "1.7976931348623157e308 THEN CAST(L -> R AS DOUBLE PRECISION) END END",
    [CF_JSON_BOOLEAN] = "CASE WHEN jsonb_typeof(L -> R) = 'boolean' THEN CAST(L -> R AS BOOLEAN) END",
    [CF_LIKE] = "L LIKE R ESCAPE ''",
    [CF_ILIKE] = "L ILIKE R ESCAPE ''",
    [CF_ICONTAINS] = "strpos(lower(L), lower(R)) > 0",
    [CF_REGEXP] = "L ~ R",
    [CF_DATABASE_NOW] = "(now() AT TIME ZONE 'UTC')",
    [CF_DATABASE_TODAY] = "CAST(now() AT TIME ZONE 'UTC' AS DATE)",
    [CF_CONTAINS] = "strpos(L, R) > 0",
    [CF_STARTS_WITH] = "left(L, length(R)) = R",
    [CF_ENDS_WITH] = "right(L, length(R)) = R",
    [CF_BIT_XOR] = "L # R",
    [CF_SHIFT_LEFT] = "CAST(L AS BIGINT) << CAST(R AS INTEGER)",
    [CF_SHIFT_RIGHT] = "CAST(L AS BIGINT) >> CAST(R AS INTEGER)",
    [CF_GROUP_CONCAT] = "string_agg(L, G)",
    [CF_ORDERED_GROUP_CONCAT] = "string_agg(L, G O)",
    [CF_INTEGER_SUM_DISTINCT] = "CAST(sum(DISTINCT L)W AS BIGINT)",
    [CF_AVG_DISTINCT] = "avg(DISTINCT CAST(L AS DOUBLE PRECISION))",
    [CF_DISTINCT_CONCAT] = "string_agg(DISTINCT L, G)",
    [CF_ORDERED_DISTINCT_CONCAT] = "string_agg(DISTINCT L, G O)",
    [CF_NTILE] = "CAST(ntile(N)W AS BIGINT)",
    [CF_INTEGER_SUM_OF] = "CAST(sum(L)W AS BIGINT)",
    [CF_AVG_OF] = "avg(CAST(L AS DOUBLE PRECISION))",
    [CF_LENGTH] = "CAST(length(L) AS BIGINT)",
    [CF_ROUND] = "CAST(round(CAST(L AS NUMERIC), N) AS DOUBLE PRECISION)",
    [CF_EXTRACT_SECOND] = "CAST(floor(extract(SECOND FROM L)) AS BIGINT)",
    [CF_EXTRACT_MINUTE] = "CAST(extract(MINUTE FROM L) AS BIGINT)",
    [CF_EXTRACT_HOUR] = "CAST(extract(HOUR FROM L) AS BIGINT)",
    [CF_EXTRACT_DAY] = "CAST(extract(DAY FROM L) AS BIGINT)",
    [CF_EXTRACT_MONTH] = "CAST(extract(MONTH FROM L) AS BIGINT)",
    [CF_EXTRACT_YEAR] = "CAST(extract(YEAR FROM L) AS BIGINT)",
    [CF_EXTRACT_WEEK] = "CAST(extract(WEEK FROM L) AS BIGINT)",
    [CF_EXTRACT_QUARTER] = "CAST(extract(QUARTER FROM L) AS BIGINT)",
    [CF_EXTRACT_WEEKDAY] = "CAST(extract(ISODOW FROM L) AS BIGINT)",
    [CF_EXTRACT_EPOCH] = "CAST(floor(extract(EPOCH FROM L)) AS BIGINT)",
};
static const char *const postgres_casts[CF_TYPE_COUNT_] = { [CF_TYPE_BOOLEAN] = "(L <> 0)", [CF_TYPE_JSON] = "CAST(L AS TEXT)" };

static const struct cf_dialect postgres_dialect __attribute__((unused)) = {
    .name = "postgresql", .type = postgres_type, .quote = '"', .capabilities = ~0u, .numbered_placeholders = true, .nulls_last = true,
    .patterns = &postgres_patterns, .json_key = "CAST(? AS TEXT)", .json_index = "CAST(? AS INTEGER)", .casts = &postgres_casts, .most_parameters = 65535,
    .in_nothing = "= ANY ('{}')", .not_in_nothing = "<> ALL ('{}')",
};

#define EXACT "CAST(JSON_EXTRACT(L, R) AS DECIMAL(65, 38))"
#define MARIADB_PLUS(unit)                                                                                             \
    "CASE WHEN R BETWEEN -N AND N THEN CASE WHEN IF(R < 0, CAST(L AS DATETIME(6)) >= TIMESTAMP '0001-01-01 "  \
    "00:00:00' - INTERVAL R " unit ", CAST(L AS DATETIME(6)) <= TIMESTAMP '9999-12-31 23:59:59.999999' - "    \
    "INTERVAL R " unit ") THEN CAST(L AS DATETIME(6)) + INTERVAL R " unit " END END"

static const char *const mariadb_patterns[CF_OPERATORS_] = {
    [CF_PLUS_SECONDS] = MARIADB_PLUS("SECOND"),
    [CF_PLUS_MINUTES] = MARIADB_PLUS("MINUTE"),
    [CF_PLUS_HOURS] = MARIADB_PLUS("HOUR"),
    [CF_PLUS_DAYS] = MARIADB_PLUS("DAY"),
    [CF_PLUS_MONTHS] = MARIADB_PLUS("MONTH"),
    [CF_PLUS_YEARS] = MARIADB_PLUS("YEAR"),
    [CF_PLUS_WEEKS] = MARIADB_PLUS("WEEK"),
    [CF_PLUS_QUARTERS] = MARIADB_PLUS("QUARTER"),
    [CF_SECONDS_BETWEEN] = "(timestampdiff(MICROSECOND, R, L) / 1e6)",
    [CF_JSON_ARRAY] = "JSON_ARRAY_INSERT(L, '$[0]', 0)",
    [CF_JSON_STEP] = "JSON_EXTRACT(L, R)",
    [CF_JSON_AT] = "nullif(CAST(JSON_EXTRACT(L, R) AS CHAR), 'null')",
    [CF_JSON_TEXT] = "CASE WHEN JSON_TYPE(JSON_EXTRACT(L, R)) NOT IN ('OBJECT', 'ARRAY', 'NULL') THEN "
                     "CAST(JSON_UNQUOTE(JSON_EXTRACT(L, R)) AS CHAR) END",
    [CF_JSON_INTEGER] = "CASE WHEN JSON_TYPE(JSON_EXTRACT(L, R)) IN ('INTEGER', 'DOUBLE') AND CAST(JSON_EXTRACT(L, R) AS DOUBLE) "
                        "BETWEEN -1e19 AND 1e19 THEN CASE WHEN truncate(" EXACT ", 0) = " EXACT " AND " EXACT " BETWEEN "
                        "-9223372036854775808 AND 9223372036854775807 THEN CAST(" EXACT " AS SIGNED) END END",
    [CF_JSON_NUMBER] = "CASE WHEN JSON_TYPE(JSON_EXTRACT(L, R)) IN ('INTEGER', 'DOUBLE') THEN CAST(JSON_EXTRACT(L, R) AS DOUBLE) "
                       "END",
    [CF_JSON_BOOLEAN] = "CASE WHEN JSON_TYPE(JSON_EXTRACT(L, R)) = 'BOOLEAN' THEN CAST(JSON_EXTRACT(L, R) AS CHAR) = 'true' END",
    [CF_ICONTAINS] = "LOCATE(lower(R), lower(L)) > 0",
    [CF_ISTARTS_WITH] = "LEFT(lower(L), CHAR_LENGTH(lower(R))) = lower(R)",
    [CF_IENDS_WITH] = "RIGHT(lower(L), CHAR_LENGTH(lower(R))) = lower(R)",
    [CF_REGEXP] = "L REGEXP R",
    [CF_DATABASE_NOW] = "utc_timestamp(6)",
    [CF_DATABASE_TODAY] = "utc_date()",
    [CF_LAG_OR] = "CASE WHEN lag(1, N)W IS NULL THEN T ELSE lag(L, N)W END",
    [CF_LEAD_OR] = "CASE WHEN lead(1, N)W IS NULL THEN T ELSE lead(L, N)W END",
    [CF_CONTAINS] = "LOCATE(R, L) > 0",
    [CF_STARTS_WITH] = "LEFT(L, CHAR_LENGTH(R)) = R",
    [CF_ENDS_WITH] = "RIGHT(L, CHAR_LENGTH(R)) = R",
    [CF_DISTINCT_FROM] = "NOT (L <=> R)",
    [CF_NOT_DISTINCT_FROM] = "L <=> R",
    [CF_INTEGER_DIVIDED] = "L DIV nullif(R, 0)",
    [CF_BIT_AND] = "CAST(L & R AS SIGNED)",
    [CF_BIT_OR] = "CAST(L | R AS SIGNED)",
    [CF_BIT_XOR] = "CAST(L ^ R AS SIGNED)",
    [CF_BIT_NOT] = "CAST(~L AS SIGNED)",
    [CF_SHIFT_LEFT] = "CAST(L << R AS SIGNED)",
    [CF_SHIFT_RIGHT] = "CAST(IF(L < 0, ~(~L >> R), L >> R) AS SIGNED)",
    [CF_GROUP_CONCAT] = "group_concat(L SEPARATOR G)",
    [CF_ORDERED_GROUP_CONCAT] = "group_concat(L O SEPARATOR G)",
    [CF_AVG_DISTINCT] = "avg(DISTINCT CAST(L AS DOUBLE))",
    [CF_DISTINCT_CONCAT] = "group_concat(DISTINCT L SEPARATOR G)",
    [CF_ORDERED_DISTINCT_CONCAT] = "group_concat(DISTINCT L O SEPARATOR G)",
    [CF_AVG_OF] = "avg(CAST(L AS DOUBLE))",
    [CF_LENGTH] = "char_length(L)",
    [CF_ROUND] = "CAST(round(CAST(L AS DECIMAL(65, 20)), N) AS DOUBLE)",
    [CF_TRUNCATE_SECOND] = "CAST(date_format(L, '%Y-%m-%d %H:%i:%s') AS DATETIME(6))",
    [CF_TRUNCATE_MINUTE] = "CAST(date_format(L, '%Y-%m-%d %H:%i:00') AS DATETIME(6))",
    [CF_TRUNCATE_HOUR] = "CAST(date_format(L, '%Y-%m-%d %H:00:00') AS DATETIME(6))",
    [CF_TRUNCATE_DAY] = "CAST(date_format(L, '%Y-%m-%d 00:00:00') AS DATETIME(6))",
    [CF_TRUNCATE_MONTH] = "CAST(date_format(L, '%Y-%m-01 00:00:00') AS DATETIME(6))",
    [CF_TRUNCATE_YEAR] = "CAST(date_format(L, '%Y-01-01 00:00:00') AS DATETIME(6))",
    [CF_TRUNCATE_WEEK] = "CAST(date_sub(date(L), INTERVAL weekday(L) DAY) AS DATETIME(6))",
    [CF_TRUNCATE_QUARTER] = "CAST(date_add(makedate(year(L), 1), INTERVAL quarter(L) * 3 - 3 MONTH) AS DATETIME(6))",
    [CF_EXTRACT_WEEK] = "week(L, 3)",
    [CF_EXTRACT_WEEKDAY] = "(weekday(L) + 1)",
    [CF_EXTRACT_EPOCH] = "CAST(floor(timestampdiff(MICROSECOND, '1970-01-01', L) / 1000000) AS SIGNED)",
};
static const char *const mariadb_casts[CF_TYPE_COUNT_] = {
    [CF_TYPE_INTEGER] = "CAST(L AS SIGNED)", [CF_TYPE_SMALL_INTEGER] = "CAST(L AS SIGNED)", [CF_TYPE_BIG_INTEGER] = "CAST(L AS SIGNED)",
    [CF_TYPE_BOOLEAN] = "(L <> 0)", [CF_TYPE_FLOAT] = "CAST(L AS DOUBLE)", [CF_TYPE_NUMERIC] = "CAST(L AS DECIMAL(P, S))",
    [CF_TYPE_STRING] = "CAST(L AS CHAR(P))", [CF_TYPE_TEXT] = "CAST(L AS CHAR)", [CF_TYPE_ENUM] = "CAST(L AS CHAR)",
    [CF_TYPE_CHOICES] = "CAST(L AS CHAR)", [CF_TYPE_JSON] = "CAST(L AS CHAR)", [CF_TYPE_DATE] = "CAST(L AS DATE)", [CF_TYPE_TIME] = "CAST(L AS TIME(6))",
    [CF_TYPE_DATETIME] = "CAST(L AS DATETIME(6))", [CF_TYPE_UUID] = "lower(replace(L, '-', ''))", [CF_TYPE_BLOB] = "CAST(L AS BINARY)",
};

static const struct cf_dialect mariadb_dialect __attribute__((unused)) = {
    .name = "mariadb", .quote = '"', .capabilities = CF_CAN_ORDER_AGGREGATES | CF_CAN_WITHIN_GROUP_OVER, .lock_shared = " LOCK IN SHARE MODE", .patterns = &mariadb_patterns, .casts = &mariadb_casts, .whole_window = "PARTITION BY RAND() * 0", .json_key = "concat('$.' COLLATE utf8mb4_bin, json_quote(?))", .json_index = "concat('$[', ? + 1, ']')", .having_aggregates = true, .limits_apart = true, .most_parameters = 65535,
};
/* clang-format on */

#endif
