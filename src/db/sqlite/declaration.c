/* SPDX-License-Identifier: MIT
 *
 * The names of constraints and some more are nowhere but in the text of CREATE TABLE, which this file reads: as tokens (words,
 * quoted names, texts, single characters), comments skipped, split at the commas of the outermost parentheses. It
 * looks for the few words that begin a constraint and does not judge the rest, since SQLite has accepted the
 * statement already.
 */
#include "sqlite.h"

#include <string.h>
#include <strings.h>

enum token_kind { END, WORD, NAME, TEXT, SYMBOL }; /* NAME: quoted */

struct token {
    enum token_kind kind;
    const char *start;
    size_t size;
};

struct reader {
    cf_context *context;
    const char *at;
    struct token token; /* the current one */
    struct cf__declared *first, **last;
    struct cf__declared *foreign_key; /* the one that DEFERRABLE would be said of */
    struct cf__declared *constraint;  /* the one that ON CONFLICT would be said of; NULL: NOT NULL */
};

static const char *skip_blanks(const char *at)
{
    for (;;) {
        at += strspn(at, " \t\r\n\f");
        if (at[0] == '-' && at[1] == '-') {
            at += strcspn(at, "\n");
        } else if (at[0] == '/' && at[1] == '*') {
            const char *end = strstr(at + 2, "*/");
            at = end ? end + 2 : at + strlen(at);
        } else {
            return at;
        }
    }
}

static bool is_word_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
           (unsigned char)c >= 0x80;
}

/* The end of what a quote opens; the quote doubled stands for itself. */
static const char *quoted_end(const char *at, char quote)
{
    for (at++; *at; at++) {
        if (*at != quote)
            continue;
        if (at[1] != quote)
            return at + 1;
        at++;
    }
    return at;
}

static void advance(struct reader *reader)
{
    const char *start = skip_blanks(reader->at), *end = start;
    enum token_kind kind = SYMBOL;
    if (!*start) {
        kind = END;
    } else if (*start == '\'') {
        kind = TEXT;
        end = quoted_end(start, '\'');
    } else if (*start == '"' || *start == '`' || *start == '[') {
        kind = NAME;
        end = quoted_end(start, *start == '[' ? ']' : *start);
    } else if (is_word_character(*start)) {
        kind = WORD;
        while (is_word_character(*end))
            end++;
    } else {
        end++;
    }
    reader->token = (struct token){ kind, start, (size_t)(end - start) };
    reader->at = end;
}

static bool is_word(const struct reader *reader, const char *word)
{
    const struct token *token = &reader->token;
    return token->kind == WORD && token->size == strlen(word) && strncasecmp(token->start, word, token->size) == 0;
}

static bool is_symbol(const struct reader *reader, char symbol)
{
    return reader->token.kind == SYMBOL && *reader->token.start == symbol;
}

/* The current token as a name, unquoted; NULL where it is none. */
static const char *take_name(struct reader *reader)
{
    const struct token token = reader->token;
    if (token.kind != WORD && token.kind != NAME && token.kind != TEXT)
        return NULL;
    char *name = cf__copy_bytes(cf__context_of(reader->context), token.start, token.size), *out = name;
    if (token.kind != WORD) {
        char quote = *token.start == '[' ? ']' : *token.start;
        for (const char *at = token.start + 1; at < token.start + token.size - 1; at++) {
            *out++ = *at;
            if (*at == quote && at[1] == quote)
                at++;
        }
        *out = '\0';
    }
    advance(reader);
    return name;
}

/* Over a parenthesis and all it holds; the current token is its opening. Returns the text inside. */
static const char *take_parenthesis(struct reader *reader)
{
    const char *start = reader->at, *end = start;
    int depth = 0;
    do {
        depth += is_symbol(reader, '(') - is_symbol(reader, ')');
        end = reader->token.start;
        advance(reader);
    } while (depth > 0 && reader->token.kind != END);
    while (end > start && strchr(" \t\r\n", end[-1]))
        end--;
    start = skip_blanks(start);
    return cf__copy_bytes(cf__context_of(reader->context), start, end > start ? (size_t)(end - start) : 0);
}

static void add(struct reader *reader, enum cf__declared_kind kind, const char *name, struct cf_names columns,
                const char *sql)
{
    struct cf__declared *declared = cf_alloc_(reader->context, sizeof *declared);
    *declared = (struct cf__declared){ .kind = kind, .name = name, .columns = columns, .sql = sql };
    *reader->last = declared;
    reader->last = &declared->next;
    reader->foreign_key = kind == CF__DECLARED_FOREIGN_KEY ? declared : NULL;
    reader->constraint = declared;
}

/* The word stands behind a key of one column, or in its parentheses. */
static bool take_autoincrement(struct reader *reader)
{
    if (!is_word(reader, "AUTOINCREMENT"))
        return false;
    add(reader, CF__DECLARED_AUTOINCREMENT, NULL, (struct cf_names){ 0 }, NULL);
    advance(reader);
    return true;
}

/* "(author_id, slug COLLATE NOCASE DESC)": the names. */
static struct cf_names take_names(struct reader *reader)
{
    struct cf_names names = { cf_alloc_(reader->context, 64 * sizeof(char *)), 0 };
    if (!is_symbol(reader, '('))
        return names;
    advance(reader);
    while (reader->token.kind != END && !is_symbol(reader, ')')) {
        const char *name = take_name(reader);
        if (name && names.count < 64)
            names.items[names.count++] = name;
        while (reader->token.kind != END && !is_symbol(reader, ',') && !is_symbol(reader, ')')) {
            if (is_symbol(reader, '('))
                take_parenthesis(reader);
            else if (!take_autoincrement(reader))
                advance(reader);
        }
        if (is_symbol(reader, ','))
            advance(reader);
    }
    advance(reader);
    return names;
}

static struct cf_names list_of(const struct reader *reader, const char *column)
{
    struct cf_names columns = { cf_alloc_(reader->context, sizeof(char *)), column != NULL };
    columns.items[0] = column;
    return columns;
}

/* "[NOT] DEFERRABLE [INITIALLY DEFERRED]" behind a foreign key. */
static bool take_deferral(struct reader *reader)
{
    struct cf__declared *key = reader->foreign_key;
    if (key && is_word(reader, "NOT")) {
        advance(reader);
        if (!is_word(reader, "DEFERRABLE"))
            return true; /* NOT NULL */
        reader->foreign_key = NULL;
    } else if (key && is_word(reader, "DEFERRABLE")) {
        key->deferrable = true;
    } else if (key && key->deferrable && is_word(reader, "DEFERRED")) {
        key->deferred = true;
    } else {
        return false;
    }
    advance(reader);
    return true;
}

/* What is said of a column beside constraints: how it is computed and compared. */
static bool take_property(struct reader *reader, const char *column)
{
    if (is_word(reader, "AS")) {
        advance(reader);
        add(reader, CF__DECLARED_GENERATED, NULL, list_of(reader, column), take_parenthesis(reader));
        return true;
    }
    if (is_word(reader, "COLLATE")) {
        advance(reader);
        add(reader, CF__DECLARED_COLLATION, NULL, list_of(reader, column), take_name(reader));
        return true;
    }
    return false;
}

/* "NULL" ends what is said of a constraint; "CONFLICT REPLACE" is said of what stands before it. */
static bool take_conflict(struct reader *reader, const char *column)
{
    if (is_word(reader, "NULL"))
        reader->constraint = NULL;
    if (!is_word(reader, "CONFLICT"))
        return false;
    advance(reader);
    if (!reader->constraint)
        add(reader, CF__DECLARED_CONFLICT, NULL, list_of(reader, column), NULL);
    reader->constraint->on_conflict = take_name(reader);
    return true;
}

/* A constraint that begins here, of a column or of the table (`column` NULL); false where none does. */
static bool take_constraint(struct reader *reader, const char *name, const char *column)
{
    struct cf_names columns = list_of(reader, column);
    bool primary = is_word(reader, "PRIMARY"), foreign = is_word(reader, "FOREIGN");
    if (is_word(reader, "CHECK")) {
        advance(reader);
        add(reader, CF__DECLARED_CHECK, name, columns, take_parenthesis(reader));
        return true;
    }
    if (column && is_word(reader, "REFERENCES")) {
        advance(reader);
        add(reader, CF__DECLARED_FOREIGN_KEY, name, columns, NULL);
        return true;
    }
    if (!primary && !foreign && !is_word(reader, "UNIQUE"))
        return false;
    advance(reader);
    if (primary || foreign)
        advance(reader); /* KEY */
    enum cf__declared_kind kind = primary   ? CF__DECLARED_PRIMARY_KEY
                                  : foreign ? CF__DECLARED_FOREIGN_KEY
                                            : CF__DECLARED_UNIQUE;
    add(reader, kind, name, column ? columns : take_names(reader), NULL);
    return true;
}

/* One item between the outermost commas. */
static void take_item(struct reader *reader)
{
    const char *column = NULL;
    bool of_table = is_word(reader, "CONSTRAINT") || is_word(reader, "PRIMARY") || is_word(reader, "UNIQUE") ||
                    is_word(reader, "CHECK") || is_word(reader, "FOREIGN");
    if (!of_table)
        column = take_name(reader);
    while (reader->token.kind != END && !is_symbol(reader, ',') && !is_symbol(reader, ')')) {
        const char *name = NULL; /* of what follows it at once, and of nothing after that */
        if (is_word(reader, "CONSTRAINT")) {
            advance(reader);
            name = take_name(reader);
        }
        if (take_constraint(reader, name, column) || take_deferral(reader) || take_conflict(reader, column) ||
            take_autoincrement(reader) || (column && take_property(reader, column)))
            continue;
        if (is_symbol(reader, '('))
            take_parenthesis(reader);
        else if (!is_symbol(reader, ',') && !is_symbol(reader, ')'))
            advance(reader);
    }
}

const char *cf__sqlite_predicate(cf_context *context, const char *sql)
{
    struct reader reader = { .context = context, .at = sql };
    advance(&reader);
    while (reader.token.kind != END && !is_word(&reader, "WHERE")) {
        if (is_symbol(&reader, '('))
            take_parenthesis(&reader);
        else
            advance(&reader);
    }
    const char *start = skip_blanks(reader.at);
    return reader.token.kind == END ? NULL : cf_copy_(context, start);
}

const char *cf__sqlite_expressions(cf_context *context, const char *sql)
{
    struct reader reader = { .context = context, .at = sql };
    do
        advance(&reader);
    while (reader.token.kind != END && !is_symbol(&reader, '('));
    return take_parenthesis(&reader);
}

/* The first AS; what stands before it is quoted, or names. */
const char *cf__sqlite_selection(cf_context *context, const char *sql)
{
    struct reader reader = { .context = context, .at = sql };
    do
        advance(&reader);
    while (reader.token.kind != END && !is_word(&reader, "AS"));
    return cf_copy_(context, skip_blanks(reader.at));
}

struct cf__declared *cf__sqlite_declared(cf_context *context, const char *sql)
{
    struct reader reader = { .context = context, .at = sql };
    reader.last = &reader.first;
    do
        advance(&reader);
    while (reader.token.kind != END && !is_symbol(&reader, '('));
    while (reader.token.kind != END && !is_symbol(&reader, ')')) {
        advance(&reader);
        take_item(&reader);
    }
    return reader.first;
}
