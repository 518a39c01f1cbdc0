/* SPDX-License-Identifier: MIT
 *
 * How SQLite spells things. The types are those SQLAlchemy uses, so that schemas made by either are the same; what
 * they mean to SQLite is their affinity. A STRICT table knows five types and no others. Decimals beyond 15 digits get a type of TEXT affinity and our own
 * collation, since NUMERIC affinity would round them to a REAL.
 */
#include <string.h>

#include <carafe/memory.h>

#include "sqlite.h"

static unsigned longest_label(const char *const *labels)
{
    size_t longest = 1;
    for (; labels && *labels; labels++) {
        size_t size = strlen(*labels);
        longest = size > longest ? size : longest;
    }
    return (unsigned)longest;
}

static bool has_words(const char *option, const char *words)
{
    return option && strcasestr(option, words);
}

static const char *option_of(cf_context *context, const char *sql)
{
    const char *strict = has_words(sql, "STRICT") ? "STRICT" : NULL,
               *without = has_words(sql, "WITHOUT ROWID") ? "WITHOUT ROWID" : NULL;
    return strict && without ? cf_format(context, "%s, %s", strict, without) : strict ? strict : without;
}

/* Values are converted to these types, or refused: a decimal of up to 15 digits is a REAL that gives it back. */
static const char *strict_type_of(const struct cf_schema_column *column)
{
    static const char *const names[CF_TYPE_COUNT_] = {
        [CF_TYPE_INTEGER] = "INTEGER", [CF_TYPE_SMALL_INTEGER] = "INT", [CF_TYPE_BIG_INTEGER] = "INT",
        [CF_TYPE_BOOLEAN] = "INT",     [CF_TYPE_FLOAT] = "REAL",        [CF_TYPE_NUMERIC] = "REAL",
        [CF_TYPE_BLOB] = "BLOB",
    };
    if (column->type == CF_TYPE_NUMERIC && column->length > CF__SQLITE_EXACT_DIGITS)
        return "TEXT COLLATE carafe_decimal";
    return names[column->type] ? names[column->type] : "TEXT";
}

static const char *numeric_type(cf_context *context, const struct cf_schema_column *column)
{
    bool exact = column->length <= CF__SQLITE_EXACT_DIGITS;
    return cf_format(context, exact ? "NUMERIC(%u, %u)" : "TEXT_NUMERIC(%u, %u) COLLATE carafe_decimal", column->length,
                     column->scale);
}

static const char *type_of(cf_context *context, const struct cf_table *table, const struct cf_schema_column *column)
{
    static const char *const names[] = {
        [CF_TYPE_INTEGER] = "INTEGER",    [CF_TYPE_SMALL_INTEGER] = "SMALLINT",
        [CF_TYPE_BIG_INTEGER] = "BIGINT", [CF_TYPE_BOOLEAN] = "BOOLEAN",
        [CF_TYPE_FLOAT] = "FLOAT",        [CF_TYPE_TEXT] = "TEXT",
        [CF_TYPE_DATE] = "DATE",          [CF_TYPE_TIME] = "TIME",
        [CF_TYPE_DATETIME] = "DATETIME",  [CF_TYPE_UUID] = "CHAR(32)",
        [CF_TYPE_BLOB] = "BLOB",          [CF_TYPE_JSON] = "JSON",
    };
    bool strict = table && has_words(cf_table_option(table, cf__sqlite_dialect.name), "STRICT");
    if (strict && column->type != CF_TYPE_NONE)
        return strict_type_of(column);
    switch (column->type) {
    case CF_TYPE_NONE:
        return column->raw_type;
    case CF_TYPE_NUMERIC:
        return numeric_type(context, column);
    case CF_TYPE_STRING:
        return cf_format(context, "VARCHAR(%u)", column->length);
    case CF_TYPE_ENUM:
    case CF_TYPE_CHOICES:
        return cf_format(context, "VARCHAR(%u)", longest_label(column->labels));
    default:
        return names[column->type];
    }
}

/* LIKE takes upper and lower case for the same; GLOB does not, has other signs, and finds the beginnings of texts in an index.
 * Each of its own signs stands for itself in brackets. */
static const char *like_value(cf_context *context, const char *pattern)
{
    char *glob = cf_alloc_(context, 3 * strlen(pattern) + 1), *out = glob;
    for (; *pattern; pattern++) {
        bool is_sign = strchr("[*?", *pattern) != NULL;
        if (is_sign)
            *out++ = '[';
        *out++ = *pattern == '%' ? '*' : *pattern == '_' ? '?' : *pattern;
        if (is_sign)
            *out++ = ']';
    }
    *out = '\0';
    return glob;
}

/* A type's name decides what SQLite makes of a value: INT before CHAR, CLOB and TEXT before BLOB, and numbers are all others'. */
static const char *misfit(const struct cf_schema_column *column, const char *sql_type)
{
    static const bool are_texts[CF_TYPE_COUNT_] = { [CF_TYPE_STRING] = true,
                                                    [CF_TYPE_TEXT] = true,
                                                    [CF_TYPE_ENUM] = true,
                                                    [CF_TYPE_CHOICES] = true,
                                                    [CF_TYPE_UUID] = true };
    static const bool are_numbers[CF_TYPE_COUNT_] = {
        [CF_TYPE_INTEGER] = true, [CF_TYPE_SMALL_INTEGER] = true, [CF_TYPE_BIG_INTEGER] = true,
        [CF_TYPE_BOOLEAN] = true, [CF_TYPE_FLOAT] = true,         [CF_TYPE_NUMERIC] = true,
    };
    bool integer = has_words(sql_type, "INT"),
         text = !integer && (has_words(sql_type, "CHAR") || has_words(sql_type, "CLOB") || has_words(sql_type, "TEXT")),
         as_it_is = !integer && !text && has_words(sql_type, "BLOB");
    if (column->type == CF_TYPE_NUMERIC && column->length > CF__SQLITE_EXACT_DIGITS)
        return "would compare decimals of so many digits as texts: leave it out";
    if (are_texts[column->type] && !text && !as_it_is)
        return "makes a number of a text that looks like one: SQLite keeps texts where a type's name has TEXT in it "
               "and no INT";
    if (are_numbers[column->type] && text)
        return "makes texts of numbers: SQLite keeps numbers where a type's name has none of CHAR, CLOB and TEXT in it";
    return NULL;
}

/* Times are texts, which substr cuts. */
static const char *const patterns[CF_OPERATORS_] = {
    /* 0.15 is stored as a REAL a little below it, and would be rounded to 0.1: of tenfold values the halves are exact */
    [CF_DECIMAL_ROUND] = "(round(round((L) * E, 6)) / E)",
    [CF_LIKE] =
        "L GLOB replace(replace(replace(replace(replace(R, '[', '[[]'), '*', '[*]'), '?', '[?]'), '%', '*'), '_', '?')",
    [CF_ILIKE] = "L LIKE R",
    [CF_REGEXP] = "L REGEXP R",
    [CF_OF_ALL] =
        "(WITH carafe_rows(carafe_value) AS (Q) SELECT CASE WHEN min(o) = 0 THEN 0 WHEN count(o) < count(*) THEN "
        "NULL ELSE 1 END FROM (SELECT L C carafe_value AS o FROM carafe_rows))",
    [CF_OF_ANY] =
        "(WITH carafe_rows(carafe_value) AS (Q) SELECT CASE WHEN max(o) = 1 THEN 1 WHEN count(o) < count(*) THEN "
        "NULL ELSE 0 END FROM (SELECT L C carafe_value AS o FROM carafe_rows))",
    [CF_DATABASE_NOW] = "strftime('%Y-%m-%d %H:%M:%f000', 'now')",
    [CF_DATABASE_TODAY] = "date('now')",
    [CF_ORDERED_GROUP_CONCAT] = "group_concat(L, G O)",
    [CF_DISTINCT_FROM] = "L IS NOT R",
    [CF_IN_TUPLES] = "L IN (VALUES A)",
    [CF_NOT_IN_TUPLES] = "L NOT IN (VALUES A)",
    [CF_NOT_DISTINCT_FROM] = "L IS R",
    [CF_DIVIDED] = "L * 1.0 / nullif(R, 0)", /* decimals without a fraction are stored as integers */
    [CF_TRUNCATE_SECOND] = "substr(L, 1, 19) || '.000000'",
    [CF_TRUNCATE_MINUTE] = "substr(L, 1, 16) || ':00.000000'",
    [CF_TRUNCATE_HOUR] = "substr(L, 1, 13) || ':00:00.000000'",
    [CF_TRUNCATE_DAY] = "substr(L, 1, 10) || ' 00:00:00.000000'",
    [CF_TRUNCATE_MONTH] = "substr(L, 1, 7) || '-01 00:00:00.000000'",
    [CF_TRUNCATE_YEAR] = "substr(L, 1, 4) || '-01-01 00:00:00.000000'",
    [CF_TRUNCATE_WEEK] = "strftime('%Y-%m-%d 00:00:00.000000', L, '-6 days', 'weekday 1')",
    [CF_TRUNCATE_QUARTER] = "strftime('%Y-', L) || substr('01040710', (strftime('%m', L) - 1) / 3 * 2 + 1, 2) || '-01 "
                            "00:00:00.000000'",
    [CF_EXTRACT_SECOND] = "CAST(strftime('%S', L) AS INTEGER)",
    [CF_EXTRACT_MINUTE] = "CAST(strftime('%M', L) AS INTEGER)",
    [CF_EXTRACT_HOUR] = "CAST(strftime('%H', L) AS INTEGER)",
    [CF_EXTRACT_DAY] = "CAST(strftime('%d', L) AS INTEGER)",
    [CF_EXTRACT_MONTH] = "CAST(strftime('%m', L) AS INTEGER)",
    [CF_EXTRACT_YEAR] = "CAST(strftime('%Y', L) AS INTEGER)",
    [CF_PLUS_SECONDS] = "carafe_time_plus(L, R, 'second')",
    [CF_PLUS_MINUTES] = "carafe_time_plus(L, R, 'minute')",
    [CF_PLUS_HOURS] = "carafe_time_plus(L, R, 'hour')",
    [CF_PLUS_DAYS] = "carafe_time_plus(L, R, 'day')",
    [CF_PLUS_MONTHS] = "carafe_time_plus(L, R, 'month')",
    [CF_PLUS_YEARS] = "carafe_time_plus(L, R, 'year')",
    [CF_PLUS_WEEKS] = "carafe_time_plus(L, R, 'week')",
    [CF_PLUS_QUARTERS] = "carafe_time_plus(L, R, 'quarter')",
    [CF_SECONDS_BETWEEN] = "carafe_seconds_between(L, R)",
    /* keys of json_each are compared as what they mean; json_extract would compare them as they are written */
    [CF_JSON_STEP] = "(SELECT value FROM json_each(L) WHERE key = R AND type IN ('object', 'array'))",
    [CF_JSON_AT] =
        "(SELECT CASE type WHEN 'null' THEN NULL WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'text' THEN "
        "json_quote(value) ELSE CAST(value AS TEXT) END FROM json_each(L) WHERE key = R)",
    [CF_JSON_TEXT] =
        "(SELECT CASE type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(value AS TEXT) END FROM "
        "json_each(L) WHERE key = R AND type NOT IN ('object', 'array'))",
    [CF_JSON_INTEGER] =
        "(SELECT CAST(value AS INTEGER) FROM json_each(L) WHERE key = R AND type IN ('integer', 'real') AND "
        "typeof(value) = type AND value BETWEEN -9223372036854775808 AND 9223372036854775807 AND value = "
        "CAST(value AS INTEGER))", /* an integer of more than 64 bits is one by its type, and a REAL */
    [CF_JSON_NUMBER] =
        "(SELECT CAST(value AS REAL) FROM json_each(L) WHERE key = R AND type IN ('integer', 'real') AND value "
        "BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308)",
    [CF_JSON_BOOLEAN] = "(SELECT value FROM json_each(L) WHERE key = R AND type IN ('true', 'false'))",
    /* the number of the week's Thursday among those of its year */
    [CF_EXTRACT_WEEK] = "((strftime('%j', L, '-3 days', 'weekday 4') - 1) / 7 + 1)",
    [CF_EXTRACT_QUARTER] = "((strftime('%m', L) + 2) / 3)",
    [CF_EXTRACT_WEEKDAY] = "((strftime('%w', L) + 6) % 7 + 1)",
    [CF_EXTRACT_EPOCH] = "CAST(strftime('%s', L) AS INTEGER)",
};

/* A CAST converts to the affinity of a type's name, which is not what the type means here. */
static const char *const casts[CF_TYPE_COUNT_] = {
    [CF_TYPE_BOOLEAN] = "(L <> 0)",
    [CF_TYPE_FLOAT] = "CAST(L AS REAL)",
    [CF_TYPE_NUMERIC] = "(round(round(CAST(L AS NUMERIC) * E, 6)) / E)", /* as CF_DECIMAL_ROUND */
    [CF_TYPE_STRING] = "substr(CAST(L AS TEXT), 1, P)",
    [CF_TYPE_DATE] = "date(L)",
    [CF_TYPE_TIME] = "substr(L, 12, 15)",
    [CF_TYPE_DATETIME] = "carafe_time(L)", /* strftime knows milliseconds */
    [CF_TYPE_JSON] = "CAST(L AS TEXT)",
    [CF_TYPE_UUID] = "lower(replace(L, '-', ''))",
};

/* Beyond some thousand items. */
static const char *const lists[CF_TYPE_COUNT_] = {
    [CF_TYPE_INTEGER] = "SELECT value FROM json_each(?)",
    [CF_TYPE_SMALL_INTEGER] = "SELECT value FROM json_each(?)",
    [CF_TYPE_BIG_INTEGER] = "SELECT value FROM json_each(?)",
    [CF_TYPE_STRING] = "SELECT value FROM json_each(?)",
    [CF_TYPE_TEXT] = "SELECT value FROM json_each(?)",
    [CF_TYPE_UUID] = "SELECT value FROM json_each(?)",
};

const struct cf_dialect cf__sqlite_dialect = {
    .name = "sqlite",
    .type = type_of,
    .quote = '"',
    .capabilities = CF__SQLITE_QUERIES,
    .nulls_last = true,
    .true_literal = "1",
    .false_literal = "0",
    .autoincrement = "AUTOINCREMENT",
    .start = "INSERT INTO sqlite_sequence (name, seq) SELECT {table_name}, 0 WHERE NOT EXISTS (SELECT 1 FROM "
             "sqlite_sequence "
             "WHERE name = {table_name});\n"
             "UPDATE sqlite_sequence SET seq = max(seq, {before}) WHERE name = {table_name}",
    .option = option_of,
    .misfit = misfit,
    .empty_insert = " DEFAULT VALUES",
    .conflict = { .update = " ON CONFLICT (%k)%w DO UPDATE SET ",
                  .column = "%c = excluded.%c",
                  .keep = " ON CONFLICT (%k)%w DO NOTHING" },
    .patterns = &patterns,
    .casts = &casts,
    .lists = &lists,
    .has_table = "EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?)",
    .decimal_value = "CAST(? AS NUMERIC)",
    .all_of_group =
        "CASE WHEN EXISTS (Q) THEN L C (WITH carafe_rows(carafe_value) AS (Q) SELECT X(carafe_value) FROM carafe_rows) "
        "AND (WITH carafe_rows(carafe_value) AS (Q) SELECT CASE WHEN count(carafe_value) < count(*) THEN NULL ELSE 1 "
        "END FROM carafe_rows) ELSE 1 END",
    .any_of_group =
        "CASE WHEN EXISTS (Q) THEN L C (WITH carafe_rows(carafe_value) AS (Q) SELECT X(carafe_value) FROM carafe_rows) "
        "OR (WITH carafe_rows(carafe_value) AS (Q) SELECT CASE WHEN count(carafe_value) < count(*) THEN NULL ELSE 0 "
        "END FROM carafe_rows) ELSE 0 END",
    .json_rows = true,
    .like = "L GLOB R",
    .like_value = like_value,
    .integer_function = "carafe_integer", /* what overflows is a REAL else, and stored as such */
    .exact_digits = CF__SQLITE_EXACT_DIGITS,
    .most_parameters = 32766,
    .batch_rows = 64, /* 0.37 us a row, 0.69 alone, 0.35 with 1,024, which take half a megabyte and 1 ms to prepare */
};
