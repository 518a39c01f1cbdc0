/* SPDX-License-Identifier: MIT
 *
 * Relations resolved: which columns of the two models are equal, and through which table. A model only says words
 * (BelongsTo(User, author_id)); here they are looked up, once, and what is wrong with them is told with model and
 * field.
 */
#ifndef CARAFE_DB_RELATION_H
#define CARAFE_DB_RELATION_H

#include <carafe/query.h>

enum { CF__KEY_COLUMNS = 4 }; /* of a key that relations can follow */

/* A foreign key: from_columns[i] refers to to_columns[i]. */
struct cf__reference {
    const struct cf_column *item; /* what declares it: a column, or a relation */
    const struct cf_model *from, *to;
    size_t count;
    const struct cf_column *from_columns[CF__KEY_COLUMNS], *to_columns[CF__KEY_COLUMNS];
};
/* The foreign key that an item of a model makes, to another: false where it makes none. */
bool cf__reference_of(const struct cf_column *item, const struct cf_model *to, struct cf__reference *reference);
/* The foreign keys by which one model refers to another, up to `most`: how many there are. A SHAPE has none. */
size_t cf__references(const struct cf_model *from, const struct cf_model *to, struct cf__reference *references,
                      size_t most);

struct cf__relation {
    enum cf_type kind;
    const struct cf_column *column; /* the item of `own` that declares it */
    const struct cf_model *own, *other;
    /* Columns that are equal in pairs: `other` joins on other_columns[i] = own_columns[i]. Of ManyToMany: the two keys,
     * `count` of own and `other_count` of the other, which need not be as many; else other_count is count. */
    size_t count, other_count;
    const struct cf_column *own_columns[CF__KEY_COLUMNS], *other_columns[CF__KEY_COLUMNS];
    /* Of ManyToMany: the table between, through_own[i] = own_columns[i], through_other[i] = other_columns[i]. A model
     * made here where the program declares none. */
    const struct cf_model *through;
    size_t through_own_count, through_other_count;
    const struct cf_column *through_own[CF__KEY_COLUMNS], *through_other[CF__KEY_COLUMNS];
    bool through_is_made;
    struct cf_order_list order;       /* of lists: by what the item says, and by primary key */
    bool is_ordered;                  /* it says something */
    const struct cf_column *position; /* of `other`: a row's place in the list, or NULL */
    void *unloaded;                   /* what the field points to until it is loaded: a trap that says so */
};

static inline bool cf__is_relation(const struct cf_column *column)
{
    return column->type >= CF_TYPE_BELONGS_TO;
}
/* True for a relation to a list. */
static inline bool cf__is_to_many(const struct cf_column *column)
{
    return column->type >= CF_TYPE_HAS_MANY;
}

/* True for a relation that is only read: with a condition of its own, or without a foreign key. */
static inline bool cf__is_only_read(const struct cf_column *relation)
{
    return relation->only || relation->refers_to;
}

/* The relation an item of a model declares, resolved once for the process. Raises CF_INTERNAL "Post.author: …" where a
 * field is missing, does not refer to the other's key, or is ambiguous. Runs in a fiber. */
const struct cf__relation *cf__relation_of(const struct cf_column *column);

/* The relation that leads back: of `Post.author`, `User.posts`, where the other model has one; NULL else. One that is only
 * read is none: what changes on this side is not seen there. */
const struct cf__relation *cf__relation_inverse(const struct cf__relation *relation);

#endif
