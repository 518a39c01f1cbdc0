/* SPDX-License-Identifier: MIT
 *
 * A rule of the router taken apart: "/users/<int(min=1):id>" as segments, each a static text or a pattern of texts
 * and variables, with Werkzeug's converters and weights.
 */
#ifndef CARAFE_WEB_RULE_H
#define CARAFE_WEB_RULE_H

#include "router.h"

struct cf__arguments {
    int64_t min, max;
    double min_number, max_number;
    int64_t length, min_length, max_length, fixed_digits;
    bool has_min, has_max, is_signed;
    const char **choices; /* of any(…) */
    size_t choice_count;
};

struct cf__converter {
    const char *name;
    unsigned weight; /* Werkzeug's: the lower wins */
    bool whole_path; /* may contain '/': one or more whole segments, whatever they are */
    /* True where size bytes (decoded, NUL-terminated) of one segment are a value. */
    bool (*accepts)(const struct cf__arguments *arguments, const char *text, size_t size);
    const char *no_argument; /* format of what is said of an argument it does not have */
};

/* A variable of a segment, with the static text before it. */
struct cf__variable {
    const char *before;
    size_t before_size;
    const char *name;
    const struct cf__converter *converter;
    struct cf__arguments arguments;
};

struct cf__segment {
    const char *text;               /* as written */
    const char *fixed;              /* of a segment without variables, else NULL */
    struct cf__variable *variables; /* of the others */
    size_t variable_count;
    const char *after; /* static text after the last variable */
    size_t after_size;
};

struct cf__rule {
    struct cf__segment *segments;
    size_t segment_count;
    bool slash; /* ends in '/' */
};

/* Parses a rule into the arena: NULL, or what is wrong with it (in the arena, or static where memory ran out). */
const char *cf__rule_parse(struct cf__arena *arena, const char *rule, struct cf__rule *out);

/* True where two segments with variables match the same texts because they say the same, whatever the variables' names. */
bool cf__segment_same(const struct cf__segment *left, const struct cf__segment *right);
/* True where `left` is tried before `right`: more static text around variables first, then the lower weight. */
bool cf__segment_before(const struct cf__segment *left, const struct cf__segment *right);

#endif
