/* SPDX-License-Identifier: MIT
 *
 * How PostgreSQL spells things. Times are UTC without a zone, enumerations texts whose labels Carafe checks: types of the
 * database's own would have to be created, altered and dropped beside the tables.
 */
#include <string.h>
#include <strings.h>

#include <carafe/memory.h>

#include "../query.h"
#include "postgres.h"

static unsigned longest_label(const char *const *labels)
{
    size_t longest = 1;
    for (; labels && *labels; labels++) {
        size_t size = strlen(*labels);
        longest = size > longest ? size : longest;
    }
    return (unsigned)longest;
}

static const char *type_of(cf_context *context, const struct cf_table *table, const struct cf_schema_column *column)
{
    (void)table;
    static const char *const names[] = {
        [CF_TYPE_INTEGER] = "BIGINT",
        [CF_TYPE_SMALL_INTEGER] = "SMALLINT",
        [CF_TYPE_BIG_INTEGER] = "BIGINT",
        [CF_TYPE_BOOLEAN] = "BOOLEAN",
        [CF_TYPE_FLOAT] = "DOUBLE PRECISION",
        [CF_TYPE_TEXT] = "TEXT",
        [CF_TYPE_DATE] = "DATE",
        [CF_TYPE_TIME] = "TIME WITHOUT TIME ZONE",
        [CF_TYPE_DATETIME] = "TIMESTAMP WITHOUT TIME ZONE",
        [CF_TYPE_UUID] = "UUID",
        [CF_TYPE_BLOB] = "BYTEA",
    };
    switch (column->type) {
    case CF_TYPE_NONE:
        return column->raw_type;
    case CF_TYPE_NUMERIC:
        return cf_format(context, "NUMERIC(%u, %u)", column->length, column->scale);
    case CF_TYPE_STRING:
        return cf_format(context, "VARCHAR(%u)", column->length);
    case CF_TYPE_JSON:
        return column->length == CF_JSON_BINARY ? "JSONB" : "JSON";
    case CF_TYPE_ENUM:
    case CF_TYPE_CHOICES:
        return cf_format(context, "VARCHAR(%u)", longest_label(column->labels));
    default:
        return names[column->type];
    }
}

/* So many of an interval later. What would lie outside of the years 1 to 9999 is NULL; ten thousand years later, where the calendar
 * is the same, there is room for what lies before year 1. */
#define PLUS(interval)                                                                                               \
    "CASE WHEN R BETWEEN -N AND N THEN CASE WHEN L + INTERVAL '10000 years' + R * INTERVAL '" interval               \
    "' BETWEEN TIMESTAMP '10001-01-01' AND TIMESTAMP '19999-12-31 23:59:59.999999' THEN L + R * INTERVAL '" interval \
    "' END END"

/* A pattern of LIKE has no escape character, as elsewhere; both sides of a search may be parameters, hence the casts;
 * counts and parts of times are integers, not numerics. */
static const char *const patterns[CF_OPERATORS_] = {
    [CF_LIKE] = "L LIKE R ESCAPE ''",
    [CF_ILIKE] = "L ILIKE R ESCAPE ''",
    [CF_ICONTAINS] = "strpos(lower(cast(L as text)), lower(cast(R as text))) > 0",
    [CF_ISTARTS_WITH] = "left(lower(cast(L as text)), length(lower(cast(R as text)))) = lower(cast(R as text))",
    [CF_IENDS_WITH] = "right(lower(cast(L as text)), length(lower(cast(R as text)))) = lower(cast(R as text))",
    [CF_REGEXP] = "L ~ R",
    [CF_DATABASE_NOW] = "(now() AT TIME ZONE 'UTC')", /* which knows nothing of the zone of the session */
    [CF_DATABASE_TODAY] = "CAST(now() AT TIME ZONE 'UTC' AS DATE)",
    [CF_CONTAINS] = "strpos(cast(L as text), cast(R as text)) > 0",
    [CF_STARTS_WITH] = "left(cast(L as text), length(cast(R as text))) = R",
    [CF_ENDS_WITH] = "right(cast(L as text), length(cast(R as text))) = R",
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
    [CF_PLUS_SECONDS] = PLUS("1 second"),
    [CF_PLUS_MINUTES] = PLUS("1 minute"),
    [CF_PLUS_HOURS] = PLUS("1 hour"),
    [CF_PLUS_DAYS] = PLUS("1 day"),
    [CF_PLUS_MONTHS] = PLUS("1 month"),
    [CF_PLUS_YEARS] = PLUS("1 year"),
    [CF_PLUS_WEEKS] = PLUS("7 days"),
    [CF_PLUS_QUARTERS] = PLUS("3 months"),
    [CF_SECONDS_BETWEEN] = "CAST(extract(EPOCH FROM CAST(L AS TIMESTAMP) - CAST(R AS TIMESTAMP)) AS DOUBLE PRECISION)",
    [CF_JSON_ROOT] = "CAST(L AS JSONB)",
    /* a text or a number would be an array of one item */
    [CF_JSON_ARRAY] = "jsonb_path_query_first(L, 'strict $ ? (@.type() == \"array\")')",
    [CF_JSON_STEP] = "(L -> R)",
    [CF_JSON_AT] = "nullif(L -> R, CAST('null' AS JSONB))",
    [CF_JSON_TEXT] = "CASE WHEN jsonb_typeof(L -> R) NOT IN ('object', 'array') THEN L ->> R END",
    [CF_JSON_INTEGER] =
        "CASE WHEN jsonb_typeof(L -> R) = 'number' THEN CASE WHEN CAST(L -> R AS NUMERIC) % 1 = 0 AND CAST(L -> R "
        "AS NUMERIC) BETWEEN -9223372036854775808 AND 9223372036854775807 THEN CAST(L -> R AS BIGINT) END END",
    [CF_JSON_NUMBER] = "CASE WHEN jsonb_typeof(L -> R) = 'number' THEN CASE WHEN abs(CAST(L -> R AS NUMERIC)) <= "
                       "1.7976931348623157e308 THEN CAST(L -> R AS DOUBLE PRECISION) END END",
    [CF_JSON_BOOLEAN] = "CASE WHEN jsonb_typeof(L -> R) = 'boolean' THEN CAST(L -> R AS BOOLEAN) END",
};

static const char *const casts[CF_TYPE_COUNT_] = {
    [CF_TYPE_BOOLEAN] = "(L <> 0)",
    [CF_TYPE_JSON] = "CAST(L AS TEXT)",
};

/* Beyond some thousand items. */
static const char *const lists[CF_TYPE_COUNT_] = {
    [CF_TYPE_INTEGER] = "SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST(? AS JSON))",
    [CF_TYPE_SMALL_INTEGER] = "SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST(? AS JSON))",
    [CF_TYPE_BIG_INTEGER] = "SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST(? AS JSON))",
    [CF_TYPE_STRING] = "SELECT value FROM json_array_elements_text(CAST(? AS JSON))",
    [CF_TYPE_TEXT] = "SELECT value FROM json_array_elements_text(CAST(? AS JSON))",
    [CF_TYPE_UUID] = "SELECT CAST(value AS UUID) FROM json_array_elements_text(CAST(? AS JSON))",
};

/* Whatever a type is, it has a text. That of inet a cast would give a netmask that nobody has written. */
static struct cf_around read_as(const struct cf_column *column, const char *sql_type, size_t size)
{
    static const char inet[] = "inet";
    static const char *const types[CF_TYPE_COUNT_] = {
        [CF_TYPE_INTEGER] = " AS BIGINT)",     [CF_TYPE_SMALL_INTEGER] = " AS BIGINT)",
        [CF_TYPE_BIG_INTEGER] = " AS BIGINT)", [CF_TYPE_BOOLEAN] = " AS BOOLEAN)",
        [CF_TYPE_FLOAT] = " AS FLOAT)",        [CF_TYPE_NUMERIC] = " AS NUMERIC)",
        [CF_TYPE_DATE] = " AS DATE)",          [CF_TYPE_TIME] = " AS TIME)",
        [CF_TYPE_DATETIME] = " AS TIMESTAMP)", [CF_TYPE_UUID] = " AS UUID)",
        [CF_TYPE_BLOB] = " AS BYTEA)",
    };
    if (size == sizeof inet - 1 && strncasecmp(sql_type, inet, size) == 0 && !types[column->type])
        return (struct cf_around){ "abbrev(", ")" };
    return (struct cf_around){ "CAST(", types[column->type] ? types[column->type] : " AS TEXT)" };
}

const struct cf_dialect cf__postgres_dialect = {
    .name = "postgresql",
    .type = type_of,
    .quote = '"',
    .capabilities = CF__POSTGRES_QUERIES,
    .numbered_placeholders = true,
    .nulls_last = true,
    .true_literal = "TRUE",
    .false_literal = "FALSE",
    .comments = CF_COMMENTS_APART,
    .computes_stored = true,
    .concurrently = "CONCURRENTLY ",
    .index_kinds = true,
    .table_word = "UNLOGGED",
    .identity = " GENERATED BY DEFAULT AS IDENTITY",
    .check_deferred = "SAVEPOINT carafe_check; SET CONSTRAINTS ALL IMMEDIATE; "
                      "ROLLBACK TO SAVEPOINT carafe_check; RELEASE SAVEPOINT carafe_check",
    .empty_insert = " DEFAULT VALUES",
    .patterns = &patterns,
    .casts = &casts,
    .lists = &lists,
    .has_table = "to_regclass(?) IS NOT NULL",
    .in_nothing = "= ANY ('{}')", /* a query would have a type */
    .not_in_nothing = "<> ALL ('{}')",
    .read = read_as,
    .json_key = "CAST(? AS TEXT)",
    .json_index = "CAST(? AS INTEGER)",
    .json_text = " AS TEXT)",
    .conflict = { .update = " ON CONFLICT (%k)%w DO UPDATE SET ",
                  .column = "%c = excluded.%c",
                  .keep = " ON CONFLICT (%k)%w DO NOTHING" },
    .most_parameters = 65535,
    .batch_rows = 1024,
};
