/* SPDX-License-Identifier: MIT
 *
 * How MariaDB spells things. Tables are made with a binary collation that pads nothing, so that texts compare byte by
 * byte; sessions are set up so that quotes, '||' and literals read as everybody else's (connection.c).
 */
#include <string.h>

#include <carafe/memory.h>

#include "../query.h"
#include "mariadb.h"

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
        [CF_TYPE_INTEGER] = "BIGINT",  [CF_TYPE_SMALL_INTEGER] = "SMALLINT", [CF_TYPE_BIG_INTEGER] = "BIGINT",
        [CF_TYPE_BOOLEAN] = "BOOLEAN", [CF_TYPE_FLOAT] = "DOUBLE",           [CF_TYPE_TEXT] = "LONGTEXT",
        [CF_TYPE_DATE] = "DATE",       [CF_TYPE_TIME] = "TIME(6)",           [CF_TYPE_DATETIME] = "DATETIME(6)",
        [CF_TYPE_UUID] = "CHAR(32)",   [CF_TYPE_BLOB] = "LONGBLOB",          [CF_TYPE_JSON] = "JSON",
    };
    switch (column->type) {
    case CF_TYPE_NONE:
        return column->raw_type;
    case CF_TYPE_NUMERIC:
        return cf_format(context, "NUMERIC(%u, %u)", column->length, column->scale);
    case CF_TYPE_STRING:
        return cf_format(context, "VARCHAR(%u)", column->length);
    case CF_TYPE_ENUM:
    case CF_TYPE_CHOICES:
        return cf_format(context, "VARCHAR(%u)", longest_label(column->labels));
    default:
        return names[column->type];
    }
}

/* So many units later. What would lie outside of the years 1 to 9999 is NULL, and known before it is computed: a statement that
 * writes takes it for an error. */
#define PLUS(unit)                                                                                           \
    "CASE WHEN R BETWEEN -N AND N THEN CASE WHEN IF(R < 0, CAST(L AS DATETIME(6)) >= TIMESTAMP '0001-01-01 " \
    "00:00:00' - INTERVAL R " unit ", CAST(L AS DATETIME(6)) <= TIMESTAMP '9999-12-31 23:59:59.999999' - "   \
    "INTERVAL R " unit ") THEN CAST(L AS DATETIME(6)) + INTERVAL R " unit " END END"

/* A number in JSON with all its digits. */
#define EXACT "CAST(JSON_EXTRACT(L, R) AS DECIMAL(65, 38))"

/* Searches go without wildcards, and byte by byte whatever the column's collation says: in tables of others 'K' may be 'k'. */
static const char *const patterns[CF_OPERATORS_] = {
    [CF_LIKE] =
        "L LIKE replace(R, '\\', '\\\\')", /* '\' is a character of a pattern like any other, which no ESCAPE says */
    [CF_ILIKE] = "lower(L) LIKE replace(lower(R), '\\', '\\\\')",
    [CF_ICONTAINS] = "LOCATE(lower(R) COLLATE utf8mb4_nopad_bin, lower(L)) > 0",
    [CF_ISTARTS_WITH] = "LEFT(lower(L), CHAR_LENGTH(lower(R))) = lower(R) COLLATE utf8mb4_nopad_bin",
    [CF_IENDS_WITH] = "RIGHT(lower(L), CHAR_LENGTH(lower(R))) = lower(R) COLLATE utf8mb4_nopad_bin",
    [CF_REGEXP] = "L REGEXP R",
    [CF_DATABASE_NOW] = "utc_timestamp(6)",
    [CF_DATABASE_TODAY] = "utc_date()",
    /* there is no third argument: a row has no neighbour where that has no 1 */
    [CF_LAG_OR] = "CASE WHEN lag(1, N)W IS NULL THEN T ELSE lag(L, N)W END",
    [CF_LEAD_OR] = "CASE WHEN lead(1, N)W IS NULL THEN T ELSE lead(L, N)W END",
    [CF_EXCLUDED] = "VALUES(I)",
    [CF_CONTAINS] = "LOCATE(R COLLATE utf8mb4_nopad_bin, L) > 0",
    [CF_STARTS_WITH] = "LEFT(L, CHAR_LENGTH(R)) = R COLLATE utf8mb4_nopad_bin",
    [CF_ENDS_WITH] = "RIGHT(L, CHAR_LENGTH(R)) = R COLLATE utf8mb4_nopad_bin",
    [CF_DISTINCT_FROM] = "NOT (L <=> R)",
    [CF_NOT_DISTINCT_FROM] = "L <=> R",
    [CF_INTEGER_DIVIDED] = "L DIV nullif(R, 0)",
    /* bits are of unsigned integers here: the sign is put back, and kept by a shift to the right */
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
    [CF_PLUS_SECONDS] = PLUS("SECOND"),
    [CF_PLUS_MINUTES] = PLUS("MINUTE"),
    [CF_PLUS_HOURS] = PLUS("HOUR"),
    [CF_PLUS_DAYS] = PLUS("DAY"),
    [CF_PLUS_MONTHS] = PLUS("MONTH"),
    [CF_PLUS_YEARS] = PLUS("YEAR"),
    [CF_PLUS_WEEKS] = PLUS("WEEK"),
    [CF_PLUS_QUARTERS] = PLUS("QUARTER"),
    [CF_SECONDS_BETWEEN] = "(timestampdiff(MICROSECOND, R, L) / 1e6)",
    /* what is no array would be one of one item: with one more in front there is none at the index after that */
    [CF_JSON_ARRAY] = "JSON_ARRAY_INSERT(L, '$[0]', 0)",
    [CF_JSON_STEP] = "JSON_EXTRACT(L, R)",
    [CF_JSON_AT] = "nullif(CAST(JSON_EXTRACT(L, R) AS CHAR), 'null')",
    [CF_JSON_TEXT] = "CASE WHEN JSON_TYPE(JSON_EXTRACT(L, R)) NOT IN ('OBJECT', 'ARRAY', 'NULL') THEN "
                     "CAST(JSON_UNQUOTE(JSON_EXTRACT(L, R)) AS CHAR) END",
    [CF_JSON_INTEGER] =
        "CASE WHEN JSON_TYPE(JSON_EXTRACT(L, R)) IN ('INTEGER', 'DOUBLE') AND CAST(JSON_EXTRACT(L, R) AS DOUBLE) "
        "BETWEEN -1e19 AND 1e19 THEN CASE WHEN truncate(" EXACT ", 0) = " EXACT " AND " EXACT " BETWEEN "
        "-9223372036854775808 AND 9223372036854775807 THEN CAST(" EXACT " AS SIGNED) END END",
    [CF_JSON_NUMBER] =
        "CASE WHEN JSON_TYPE(JSON_EXTRACT(L, R)) IN ('INTEGER', 'DOUBLE') THEN CAST(JSON_EXTRACT(L, R) AS DOUBLE) "
        "END",
    [CF_JSON_BOOLEAN] =
        "CASE WHEN JSON_TYPE(JSON_EXTRACT(L, R)) = 'BOOLEAN' THEN CAST(JSON_EXTRACT(L, R) AS CHAR) = 'true' END",
    [CF_EXTRACT_EPOCH] = "CAST(floor(timestampdiff(MICROSECOND, '1970-01-01', L) / 1000000) AS SIGNED)",
};
static const char *const casts[CF_TYPE_COUNT_] = {
    [CF_TYPE_INTEGER] = "CAST(L AS SIGNED)",
    [CF_TYPE_SMALL_INTEGER] = "CAST(L AS SIGNED)",
    [CF_TYPE_BIG_INTEGER] = "CAST(L AS SIGNED)",
    [CF_TYPE_BOOLEAN] = "(L <> 0)",
    [CF_TYPE_FLOAT] = "CAST(L AS DOUBLE)",
    [CF_TYPE_NUMERIC] = "CAST(L AS DECIMAL(P, S))",
    [CF_TYPE_STRING] = "CAST(L AS CHAR(P))",
    [CF_TYPE_TEXT] = "CAST(L AS CHAR)",
    [CF_TYPE_ENUM] = "CAST(L AS CHAR)",
    [CF_TYPE_CHOICES] = "CAST(L AS CHAR)",
    [CF_TYPE_JSON] = "CAST(L AS CHAR)",
    [CF_TYPE_DATE] = "CAST(L AS DATE)",
    [CF_TYPE_TIME] = "CAST(L AS TIME(6))",
    [CF_TYPE_DATETIME] = "CAST(L AS DATETIME(6))",
    [CF_TYPE_UUID] = "lower(replace(L, '-', ''))",
    [CF_TYPE_BLOB] = "CAST(L AS BINARY)",
};

/* Beyond some thousand items. */
static const char *const lists[CF_TYPE_COUNT_] = {
    [CF_TYPE_INTEGER] = "SELECT item FROM JSON_TABLE(?, '$[*]' COLUMNS (item BIGINT PATH '$')) AS list",
    [CF_TYPE_SMALL_INTEGER] = "SELECT item FROM JSON_TABLE(?, '$[*]' COLUMNS (item BIGINT PATH '$')) AS list",
    [CF_TYPE_BIG_INTEGER] = "SELECT item FROM JSON_TABLE(?, '$[*]' COLUMNS (item BIGINT PATH '$')) AS list",
};

const struct cf_dialect cf__mariadb_dialect = {
    .name = "mariadb",
    .type = type_of,
    .capabilities = CF__MARIADB_QUERIES,
    .quote = '"',
    .true_literal = "TRUE",
    .false_literal = "FALSE",
    .comments = CF_COMMENTS_INLINE,
    .computes_nullable = true,
    .unnamed_keys = true,
    .index_lengths = true,
    .index_words = true,
    .identity = " AUTO_INCREMENT",
    .start = "ALTER TABLE {table} AUTO_INCREMENT = {start}",
    .empty_insert = " () VALUES ()",
    .table_suffix = " ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
    .patterns = &patterns,
    .casts = &casts,
    .json_key = "concat('$.' COLLATE utf8mb4_bin, json_quote(?))",
    .json_index = "concat('$[', ? + 1, ']')", /* see CF_JSON_ARRAY */

    .decimal_of_rows = "CAST(? AS DECIMAL(65, 27))", /* a parameter is compared with their extreme as a double */
    /* an aggregate in a select list is compared wrongly by 10.11 where a prepared statement runs again */
    .all_of_group =
        "CASE WHEN EXISTS (Q) THEN L C (WITH carafe_rows(carafe_value) AS (Q) SELECT X(carafe_value) FROM carafe_rows) "
        "AND (WITH carafe_rows(carafe_value) AS (Q) SELECT CASE WHEN count(carafe_value) < count(*) THEN NULL ELSE 1 "
        "END FROM carafe_rows) ELSE 1 END",
    .any_of_group =
        "CASE WHEN EXISTS (Q) THEN L C (WITH carafe_rows(carafe_value) AS (Q) SELECT X(carafe_value) FROM carafe_rows) "
        "OR (WITH carafe_rows(carafe_value) AS (Q) SELECT CASE WHEN count(carafe_value) < count(*) THEN NULL ELSE 0 "
        "END FROM carafe_rows) ELSE 0 END",
    .limits_apart = true,
    .having_aggregates = true,
    /* Beside windows of two other orders, 10.11 computes these over one of its own (). This is 0 too, and no constant. */
    .whole_window = "PARTITION BY RAND() * 0",
    .lists = &lists,
    .has_table = "EXISTS (SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND "
                 "table_name = ?)",
    .spells_no_action = true,
    .conflict = { .update = " ON DUPLICATE KEY UPDATE ",
                  .column = "%c = %[VALUES(%c)%]",
                  .keep = " ON DUPLICATE KEY UPDATE %c = %c",
                  .otherwise = ", %c)" }, /* by SIMULTANEOUS_ASSIGNMENT a column is there what it was */
    .most_parameters = 65535,
    .lock_shared = " LOCK IN SHARE MODE",
    .batch_rows = 1024,
    .most_bytes = CF__MARIADB_MOST_BYTES,
};
