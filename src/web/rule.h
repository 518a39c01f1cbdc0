/* SPDX-License-Identifier: MIT
 *
 * A rule of the router taken apart: "/users/<int(min=1):id>" as segments, each a static text or a pattern of texts and variables, with
 * Werkzeug's converters and weights.
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
    bool whole_path; /* may contain '/' */
    /* True where size bytes (decoded, NUL-terminated) are a value. */
    bool (*accepts)(const struct cf__arguments *arguments, const char *text, size_t size);
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
    const char *text;               /* as written: what makes two segments the same */
    const char *fixed;              /* of a segment without variables, decoded; else NULL */
    struct cf__variable *variables; /* of the others */
    size_t variable_count;
    const char *after; /* static text after the last variable */
    size_t after_size;
    unsigned weight;
};

struct cf__rule {
    struct cf__segment *segments;
    size_t segment_count;
    bool slash; /* ends in '/' */
};

/* Parses a rule into the arena: NULL, or what is wrong with it (in the arena, or static where memory ran out). */
const char *cf__rule_parse(struct cf__arena *arena, const char *rule, struct cf__rule *out);

#endif
