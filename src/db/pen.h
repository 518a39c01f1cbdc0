/* SPDX-License-Identifier: MIT
 *
 * A pen goes over a query from left to right. With a buffer it writes the SQL; without one it notes the same as a hash,
 * the query's shape, and lists the values it meets. Since both are the one walk, equal shapes are equal SQL, and the
 * list of parameters stands in the order of the placeholders, whatever a dialect does with the order of its words.
 *
 * 64 bits make two of the few hundred shapes of a program meet by chance once in 10^14 programs, and shapes come from
 * the program, never from a client.
 */
#ifndef CARAFE_DB_PEN_H
#define CARAFE_DB_PEN_H

#include "query.h"

/* The tables a part of a query may name, innermost first. */
struct cf__source {
    const struct cf_model *model;
    const char *name;
    bool optional; /* of a join that keeps rows without one of it: all its columns may be NULL */
};
struct cf__scope {
    const struct cf__scope *outer;
    const struct cf__source *sources;
    size_t count;
    bool qualified; /* names stand behind their table's */
};

/* A common table expression that may be named. */
struct cf__defined {
    const struct cf__defined *outer;
    const struct cf_alias *alias;
};

struct cf__pen {
    const struct cf_dialect *dialect;
    struct cf__buffer *sql; /* NULL: the shape is noted */
    struct cf__context *context;
    struct cf__parameters *parameters;
    uint64_t hash;
    unsigned placeholders;
    unsigned again;                /* the number of the next value, which has been written before; 0: it is a new one */
    struct cf__grouping *grouping; /* what the query at hand is grouped by, where it is to be known again, or NULL */
    const struct cf__scope *scope;
    const struct cf__defined *defined;
    struct cf__behind {
        const struct cf_order_list *within;
        const cf_expr *filter;
        const struct cf_window *window;
    } behind;           /* the function that is written next */
    bool hides_deleted; /* see cf_subquery */
    bool gives;         /* what is written next is the statement itself: its select list goes to the program */
    bool met_hidden;    /* a hidden column, since this was last false */
};

static inline void cf__pen_note(struct cf__pen *pen, uint64_t word)
{
    uint64_t hash = (pen->hash ^ word) * 0x9e3779b97f4a7c15u;
    pen->hash = hash ^ hash >> 29;
}

/* A text that lives as long as the program: noted by its address. */
static inline void cf__pen_text(struct cf__pen *pen, const char *text)
{
    if (pen->sql)
        cf__buffer_string(pen->sql, text);
    else
        cf__pen_note(pen, (uint64_t)(uintptr_t)text);
}

/* Any other text, an identifier (quoted where it must be), and an integer as a literal. */
void cf__pen_words(struct cf__pen *pen, const char *text);
void cf__pen_name(struct cf__pen *pen, const char *name);
void cf__pen_integer(struct cf__pen *pen, int64_t value);
/* A value as a placeholder. `like`: the column whose type decides how it is stored, or NULL. `beside_column`: it is
 * compared with that column itself. */
void cf__pen_value(struct cf__pen *pen, const struct cf_operand *value, const struct cf_column *like,
                   bool beside_column);
/* The same as `spelling` says, a text in which `?` stands for the placeholder, or NULL. */
void cf__pen_spelt(struct cf__pen *pen, const struct cf_operand *value, const struct cf_column *like,
                   const char *spelling);
/* The values from the first-th on are secrets: they stand in an expression with a hidden column. */
void cf__pen_hide(struct cf__pen *pen, size_t first);
static inline size_t cf__pen_values(const struct cf__pen *pen)
{
    return pen->sql ? 0 : pen->parameters->count;
}
/* A column, behind its table's name where that is needed. */
void cf__pen_column(struct cf__pen *pen, const struct cf_column *column);
/* A column of the source at hand. */
void cf__pen_column_of(struct cf__pen *pen, const struct cf__source *source, const struct cf_column *column);
const struct cf__source *cf__find_source(const struct cf__scope *scope, const struct cf_model *model);

/* How tightly operators bind: what binds no tighter than what it stands in gets parentheses. */
enum {
    CF__LOOSE,
    CF__BINDS_OR,
    CF__BINDS_AND,
    CF__BINDS_NOT,
    CF__BINDS_COMPARISON,
    CF__BINDS_CONCAT,
    CF__BINDS_SUM,
    CF__BINDS_PRODUCT,
    CF__TIGHT
};

/* rules.c. How an operator is written, how tightly it binds, and how tightly its parts must. What is written as a call binds
 * tightly and asks for nothing. */
struct cf__rule {
    const char *text;
    signed char binds, inner;
};
extern const struct cf__rule cf__rules[CF_OPERATORS_];

/* compile.c. `beside`: what the operand is compared or joined with, which decides how a value is stored; or NULL. */
void cf__pen_expression(struct cf__pen *pen, const cf_expr *expression, int outer);
void cf__pen_operand(struct cf__pen *pen, const struct cf_operand *operand, const struct cf_operand *beside, int outer);
/* " ORDER BY …", nothing for an empty list; NULLs last. `query`: whose select list it may mean, or NULL. */
void cf__pen_order(struct cf__pen *pen, const struct cf_order_list *list, const struct cf_subquery *query,
                   const char *before);
/* A column as the type of what an operand is, or NULL. */
const struct cf_column *cf__like(const struct cf_operand *operand);

/* select.c */
void cf__pen_query(struct cf__pen *pen, const struct cf_subquery *query);
/* EXISTS (…) of the rows along a relation. */
void cf__pen_along(struct cf__pen *pen, const struct cf_column *relation, const cf_expr *condition);

#endif
