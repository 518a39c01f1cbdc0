/* SPDX-License-Identifier: MIT
 *
 * Relations are resolved when they are first asked for, since a model may name one that is declared later. The side with
 * the foreign key decides: one column is paired with the column that its `references` names, several with the columns of
 * the other's primary key in their order. Few and never given back, they hang in a list a thread, like the models they
 * belong to.
 */
#include "relation.h"

#include <stdlib.h>
#include <string.h>

#include <carafe/error.h>
#include <carafe/memory.h>

#include "../base/buffer.h"
#include "../base/trap.h"
#include "names.h"
#include "query.h"

struct known {
    struct cf__relation relation;
    struct known *next;
};

static _Thread_local struct known *known_relations;

static _Noreturn void refuse(const struct cf_column *item, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static _Noreturn void refuse(const struct cf_column *item, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const char *problem = cf__format_list(cf__current(), format, list);
    va_end(list);
    cf_raise(CF_INTERNAL, "%s.%s: %s", item->model->name, item->name, problem);
}

/* ---- Columns that refer ----------------------------------------------------------------------------------------- */

static const struct cf_column *find_field(const struct cf_model *model, const char *name)
{
    for (size_t i = 0; i < model->count; i++)
        if (model->columns[i].type < CF_TYPE_COUNT_ && strcmp(model->columns[i].name, name) == 0)
            return &model->columns[i];
    return NULL;
}

/* The column of `model` that `column` refers to, or NULL. */
static const struct cf_column *find_referred(const struct cf_column *column, const struct cf_model *model)
{
    size_t table = strlen(model->table);
    const char *references = column->references;
    if (!references || strncmp(references, model->table, table) || references[table] != '.')
        return NULL;
    for (size_t i = 0; i < model->count; i++)
        if (model->columns[i].type < CF_TYPE_COUNT_ &&
            strcmp(cf__column_name(&model->columns[i]), references + table + 1) == 0)
            return &model->columns[i];
    return NULL;
}

/* The columns of the primary key, in the order that PrimaryKey(…) says, else in their own. */
static size_t list_key(const struct cf_model *model, const struct cf_column *columns[CF__KEY_COLUMNS])
{
    size_t count = 0;
    for (size_t i = 0; i < model->count; i++) {
        if (model->columns[i].type != CF_TYPE_KEY_ENTRY)
            continue;
        const struct cf_names fields = cf__fields_split(&cf__current()->head, model->columns[i].fields);
        for (; count < fields.count && count < CF__KEY_COLUMNS; count++)
            if (!(columns[count] = find_field(model, fields.items[count])))
                refuse(&model->columns[i], "%s has no column \"%s\"", model->name, fields.items[count]);
        return count;
    }
    for (uint64_t left = cf__model_key(model); left && count < CF__KEY_COLUMNS; left &= left - 1)
        columns[count++] = &model->columns[__builtin_ctzll(left)];
    return count;
}

/* Columns whose values can be compared: how they are stored is decided by the type alone. */
static bool are_alike(const struct cf_column *left, const struct cf_column *right)
{
    static const enum cf_type families[CF_TYPE_COUNT_] = {
        [CF_TYPE_SMALL_INTEGER] = CF_TYPE_INTEGER,
        [CF_TYPE_BIG_INTEGER] = CF_TYPE_INTEGER,
        [CF_TYPE_STRING] = CF_TYPE_TEXT,
        [CF_TYPE_CHOICES] = CF_TYPE_TEXT,
    };
    enum cf_type a = families[left->type] ? families[left->type] : left->type;
    enum cf_type b = families[right->type] ? families[right->type] : right->type;
    return a == b;
}

static void pair_one(struct cf__reference *pairing)
{
    const struct cf_column *column = pairing->from_columns[0];
    const struct cf_column *key[CF__KEY_COLUMNS];
    pairing->to_columns[0] = find_referred(column, pairing->to);
    if (pairing->to_columns[0])
        return;
    size_t count = list_key(pairing->to, key);
    refuse(pairing->item, "%s.%s does not refer to %s: give it references = \"%s.%s\"", pairing->from->name,
           column->name, pairing->to->name, pairing->to->table, count ? cf__column_name(key[0]) : "id");
}

static void pair_many(struct cf__reference *pairing)
{
    size_t count = list_key(pairing->to, pairing->to_columns);
    if (count != pairing->count)
        refuse(pairing->item, "the primary key of %s has %zu columns, %zu are given", pairing->to->name, count,
               pairing->count);
}

/* The columns of `to` that are said, where no foreign key says them. */
static void pair_said(struct cf__reference *pairing, const char *refers_to)
{
    struct cf_names fields = cf__fields_split(&cf__current()->head, refers_to);
    if (fields.count != pairing->count)
        refuse(pairing->item, "refers_to names %zu columns of %s, %zu are given", fields.count, pairing->to->name,
               pairing->count);
    for (size_t i = 0; i < fields.count; i++)
        if (!(pairing->to_columns[i] = find_field(pairing->to, fields.items[i])))
            refuse(pairing->item, "refers_to: %s has no column \"%s\"", pairing->to->name, fields.items[i]);
}

/* Pairs the named fields of `from` with the columns of `to` that they refer to. */
static void pair_fields(struct cf__reference *pairing, const char *const *fields, size_t count)
{
    if (count == 0 || count > CF__KEY_COLUMNS)
        refuse(pairing->item, "it names %zu columns of %s: 1 to %d are the foreign key", count, pairing->from->name,
               CF__KEY_COLUMNS);
    for (size_t i = 0; i < count; i++) {
        pairing->from_columns[i] = find_field(pairing->from, fields[i]);
        if (!pairing->from_columns[i])
            refuse(pairing->item, "%s has no column \"%s\"", pairing->from->name, fields[i]);
    }
    pairing->count = count;
    if (pairing->item->refers_to)
        pair_said(pairing, pairing->item->refers_to);
    else if (count == 1)
        pair_one(pairing);
    else
        pair_many(pairing);
    for (size_t i = 0; i < count; i++)
        if (pairing->from_columns[i]->lazy || pairing->to_columns[i]->lazy)
            refuse(pairing->item, "a key cannot be lazy");
    for (size_t i = 0; i < count; i++)
        if (!are_alike(pairing->from_columns[i], pairing->to_columns[i]))
            refuse(pairing->item, "%s.%s and %s.%s are of different types", pairing->from->name,
                   pairing->from_columns[i]->name, pairing->to->name, pairing->to_columns[i]->name);
}

/* A key of one column is the column's own, one of several is that of a BelongsTo. */
bool cf__reference_of(const struct cf_column *item, const struct cf_model *to, struct cf__reference *reference)
{
    const struct cf_column *referred = item->type < CF_TYPE_COUNT_ ? find_referred(item, to) : NULL;
    *reference = (struct cf__reference){ .item = item, .from = item->model, .to = to, .count = 1 };
    reference->from_columns[0] = item;
    reference->to_columns[0] = referred;
    if (item->type != CF_TYPE_BELONGS_TO || item->other != to || item->refers_to)
        return referred;
    const struct cf__relation *relation = cf__relation_of(item);
    reference->count = relation->count;
    memcpy(reference->from_columns, relation->own_columns, sizeof relation->own_columns);
    memcpy(reference->to_columns, relation->other_columns, sizeof relation->other_columns);
    return relation->count > 1;
}

size_t cf__references(const struct cf_model *from, const struct cf_model *to, struct cf__reference *references,
                      size_t most)
{
    size_t count = 0;
    for (size_t i = 0; from->table && to->table && i < from->count && count < most; i++)
        count += cf__reference_of(&from->columns[i], to, &references[count]);
    return count;
}

static void resolve_by_fields(struct cf__relation *relation)
{
    const struct cf_column *item = relation->column;
    bool belongs = item->type == CF_TYPE_BELONGS_TO;
    struct cf__reference pairing = { .item = item,
                                     .from = belongs ? relation->own : relation->other,
                                     .to = belongs ? relation->other : relation->own };
    struct cf_names fields = cf__fields_split(&cf__current()->head, item->fields);
    pair_fields(&pairing, fields.items, fields.count);
    relation->count = relation->other_count = pairing.count;
    for (size_t i = 0; i < pairing.count; i++) {
        relation->own_columns[i] = belongs ? pairing.from_columns[i] : pairing.to_columns[i];
        relation->other_columns[i] = belongs ? pairing.to_columns[i] : pairing.from_columns[i];
    }
}

/* ---- Through a model of the program ----------------------------------------------------------------------------- */

/* The fields of `through` that refer to `to`, where nobody has said which: those of its BelongsTo, or its column that
 * refers there. */
static struct cf_names find_fields(const struct cf_column *item, const struct cf_model *through,
                                   const struct cf_model *to)
{
    const char *fields = NULL;
    for (size_t i = 0; i < through->count; i++) {
        const struct cf_column *column = &through->columns[i];
        bool refers = column->type < CF_TYPE_COUNT_
                          ? find_referred(column, to) != NULL
                          : column->type == CF_TYPE_BELONGS_TO && column->other == to && !column->refers_to;
        const char *these = column->type < CF_TYPE_COUNT_ ? column->name : column->fields;
        if (refers && fields && strcmp(fields, these))
            refuse(item, "%s refers to %s more than once: say which columns, first those that refer to %s",
                   through->name, to->name, item->model->name);
        if (refers)
            fields = these;
    }
    if (!fields)
        refuse(item, "%s has no column that refers to %s: give one references = \"%s.…\"", through->name, to->name,
               to->table);
    return cf__fields_split(&cf__current()->head, fields);
}

static void resolve_through_model(struct cf__relation *relation, const struct cf_model *through)
{
    const struct cf_column *item = relation->column;
    struct cf__reference own = { .item = item, .from = through, .to = relation->own };
    struct cf__reference other = { .item = item, .from = through, .to = relation->other };
    struct cf_names given = cf__fields_split(&cf__current()->head, item->fields);
    if (given.count) {
        size_t own_count = (size_t)__builtin_popcountll(cf__model_key(relation->own));
        own_count = given.count == 2 || own_count > given.count ? given.count / 2 : own_count;
        pair_fields(&own, given.items, own_count);
        pair_fields(&other, given.items + own_count, given.count - own_count);
    } else {
        struct cf_names first = find_fields(item, through, relation->own);
        struct cf_names second = find_fields(item, through, relation->other);
        pair_fields(&own, first.items, first.count);
        pair_fields(&other, second.items, second.count);
    }
    relation->through = through;
    relation->count = relation->through_own_count = own.count;
    relation->other_count = relation->through_other_count = other.count;
    memcpy(relation->through_own, own.from_columns, sizeof own.from_columns);
    memcpy(relation->own_columns, own.to_columns, sizeof own.to_columns);
    memcpy(relation->through_other, other.from_columns, sizeof other.from_columns);
    memcpy(relation->other_columns, other.to_columns, sizeof other.to_columns);
}

/* ---- A table made for the relation ------------------------------------------------------------------------------ */

struct made {
    struct cf_model model;
    struct cf_column columns[2 * CF__KEY_COLUMNS];
};

/* "blog_post_id": the column that refers to the key `key` of BlogPost. */
static void add_name(struct cf__buffer *texts, const char *prefix, const struct cf_column *key)
{
    cf__buffer_string(texts, prefix);
    for (const char *at = key->model->name; *at; at++) {
        bool upper = *at >= 'A' && *at <= 'Z';
        if (upper && at > key->model->name && !(at[-1] >= 'A' && at[-1] <= 'Z'))
            cf__buffer_char(texts, '_');
        cf__buffer_char(texts, upper ? (char)(*at - 'A' + 'a') : *at);
    }
    cf__buffer_format(texts, "_%s", cf__column_name(key));
    cf__buffer_char(texts, '\0');
    cf__buffer_format(texts, "%s.%s", key->model->table, cf__column_name(key));
    cf__buffer_char(texts, '\0');
}

/* The model of a table between two: the keys of both, together its primary key, rows deleted with either side. Whoever
 * asks first, the tables' names decide which stands first. */
static const struct cf_model *make_model(const struct cf__relation *relation)
{
    const struct cf_column *keys[2 * CF__KEY_COLUMNS];
    bool swap = strcmp(relation->own->table, relation->other->table) > 0;
    size_t first = list_key(swap ? relation->other : relation->own, keys);
    size_t count = first + list_key(swap ? relation->own : relation->other, keys + first);
    struct cf__buffer texts = cf__buffer_new(cf__current(), CF__CAP_SQL, "the columns of a table between two models");
    for (size_t i = 0; i < count; i++)
        add_name(&texts, i >= first && relation->own == relation->other ? "other_" : "", keys[i]);
    struct made *made = calloc(1, sizeof *made + texts.size);
    if (!made)
        cf_raise(CF_NO_MEMORY, "no memory for the table %s", relation->column->through);
    const char *text = memcpy(made + 1, texts.data, texts.size);
    made->model = (struct cf_model){
        .name = relation->column->through, .table = relation->column->through, .count = count, .columns = made->columns
    };
    for (size_t i = 0; i < count; i++) {
        struct cf_column *column = &made->columns[i];
        *column = (struct cf_column){ .name = text,
                                      .type = keys[i]->type,
                                      .length = keys[i]->length,
                                      .scale = keys[i]->scale,
                                      .labels = keys[i]->labels,
                                      .sql_type = keys[i]->sql_type,
                                      .model = &made->model,
                                      .primary_key = true,
                                      .references = text + strlen(text) + 1,
                                      .on_delete = "cascade" };
        column->offset = made->model.size;
        made->model.size += (cf__field_size(column) + 15) / 16 * 16;
        text = column->references + strlen(column->references) + 1;
    }
    return &made->model;
}

/* Both directions share one model. */
static const struct cf_model *find_made(const struct cf__relation *relation)
{
    for (const struct known *known = known_relations; known; known = known->next)
        if (known->relation.through_is_made && strcmp(known->relation.through->table, relation->column->through) == 0 &&
            ((known->relation.own == relation->own && known->relation.other == relation->other) ||
             (known->relation.own == relation->other && known->relation.other == relation->own)))
            return known->relation.through;
    return NULL;
}

/* The columns of a made model, from the `skip`th on, that refer to `to`. */
static size_t made_columns(const struct cf_model *through, size_t skip, const struct cf_model *to,
                           const struct cf_column *columns[CF__KEY_COLUMNS])
{
    size_t count = 0, wanted = (size_t)__builtin_popcountll(cf__model_key(to));
    for (size_t i = skip; i < through->count && count < wanted; i++)
        if (find_referred(&through->columns[i], to))
            columns[count++] = &through->columns[i];
    return count;
}

static void resolve_through_table(struct cf__relation *relation)
{
    const struct cf_model *through = find_made(relation);
    relation->count = list_key(relation->own, relation->own_columns);
    relation->other_count = list_key(relation->other, relation->other_columns);
    if (relation->count == 0 || relation->other_count == 0)
        refuse(relation->column, "both models need a primary key");
    relation->through = through ? through : make_model(relation);
    relation->through_is_made = true;
    size_t skip = relation->own == relation->other ? relation->count : 0;
    relation->through_own_count = made_columns(relation->through, 0, relation->own, relation->through_own);
    relation->through_other_count = made_columns(relation->through, skip, relation->other, relation->through_other);
}

/* ---- The order of lists ----------------------------------------------------------------------------------------- */

enum { MOST_ORDERED = sizeof((struct cf_order_list *)0)->items / sizeof(struct cf_order) - CF__KEY_COLUMNS };

static void add_order(struct cf_order_list *order, const struct cf_column *column, bool descending)
{
    struct cf_order *item = order->items;
    for (; item->operand.kind; item++)
        if (item->operand.column == column)
            return;
    *item = (struct cf_order){ { .kind = CF_OPERAND_COLUMN, .column = column }, descending };
}

static bool is_integer(const struct cf_column *column)
{
    return !column->custom && (column->type == CF_TYPE_INTEGER || column->type == CF_TYPE_SMALL_INTEGER ||
                               column->type == CF_TYPE_BIG_INTEGER);
}

static void resolve_position(struct cf__relation *relation)
{
    const struct cf_column *item = relation->column;
    if (!item->position && item->count_from)
        refuse(item, "count_from belongs to position");
    if (!item->position)
        return;
    if (item->type != CF_TYPE_HAS_MANY)
        refuse(item, "position is for HasMany: %s",
               item->type == CF_TYPE_MANY_TO_MANY ? "a list of pairs has none, make it the HasMany of a model of yours"
                                                  : "here is no list");
    if (item->order_by)
        refuse(item, "position is the order of the list: leave order_by out");
    if (item->only)
        refuse(item, "only and position contradict each other: a relation with a condition is only read");
    relation->position = find_field(relation->other, item->position);
    if (!relation->position)
        refuse(item, "position: %s has no column \"%s\"", relation->other->name, item->position);
    if (!is_integer(relation->position) || relation->position->primary_key || relation->position->computed)
        refuse(item, "position: %s.%s is to be an Integer that is neither a key nor computed", relation->other->name,
               item->position);
}

static void resolve_order(struct cf__relation *relation)
{
    const struct cf_column *item = relation->column, *key[CF__KEY_COLUMNS];
    const char *order = item->position ? item->position : item->order_by;
    struct cf_names fields = cf__fields_split(&cf__current()->head, order ? order : "");
    if (item->order_by && !cf__is_to_many(item))
        refuse(item, "order_by is for lists: HasMany and ManyToMany");
    if (fields.count > MOST_ORDERED)
        refuse(item, "order_by names %zu fields of %s: up to %d are an order", fields.count, relation->other->name,
               MOST_ORDERED);
    for (size_t i = 0; i < fields.count; i++) {
        bool descending = fields.items[i][0] == '-';
        const struct cf_column *column = find_field(relation->other, fields.items[i] + descending);
        if (!column)
            refuse(item, "order_by: %s has no column \"%s\"", relation->other->name, fields.items[i] + descending);
        add_order(&relation->order, column, descending);
    }
    relation->is_ordered = fields.count > 0;
    size_t count = list_key(relation->other, key);
    for (size_t i = 0; i < count; i++)
        add_order(&relation->order, key[i], false);
}

/* ---- Without a foreign key ---------------------------------------------------------------------------------------- */

static void check_refers_to(const struct cf_column *item)
{
    if (!item->refers_to)
        return;
    if (item->type == CF_TYPE_MANY_TO_MANY)
        refuse(item, "refers_to is for BelongsTo, HasMany and HasOne");
    if (item->cascade || item->position || item->on_delete || item->on_update || item->deferrable || item->deferred)
        refuse(item, "a relation with refers_to is only read, and makes no foreign key: leave its options out");
}

/* ---- Both ------------------------------------------------------------------------------------------------------- */

static struct cf__relation resolve(const struct cf_column *item)
{
    struct cf__relation relation = { .kind = item->type, .column = item, .own = item->model, .other = item->other };
    if (!item->model->table)
        refuse(item, "%s is a SHAPE: only models have relations", item->model->name);
    if (!item->other->table)
        refuse(item, "%s is a SHAPE: a relation is to a model", item->other->name);
    check_refers_to(item);
    resolve_position(&relation);
    resolve_order(&relation);
    if (item->only && item->cascade)
        refuse(item, "only and cascade contradict each other: a relation with a condition is only read");
    if (item->type != CF_TYPE_MANY_TO_MANY)
        resolve_by_fields(&relation);
    else if (item->through_model)
        resolve_through_model(&relation, item->through_model);
    else
        resolve_through_table(&relation);
    return relation;
}

const struct cf__relation *cf__relation_of(const struct cf_column *column)
{
    for (const struct known *known = known_relations; known; known = known->next)
        if (known->relation.column == column)
            return &known->relation;
    struct cf__relation relation = resolve(column);
    const char *model = column->model->name, *field = column->name;
    const char *message = cf_format(&cf__current()->head, "%s.%s was not loaded: add .load = { %s.%s }",
                                    column->model->table, field, model, field);
    struct known *known = malloc(sizeof *known + strlen(message) + 1);
    if (!known)
        cf_raise(CF_NO_MEMORY, "no memory for the relation %s.%s", model, field);
    *known = (struct known){ relation, known_relations };
    known->relation.unloaded = cf__trap_new(memcpy(known + 1, message, strlen(message) + 1));
    known_relations = known;
    return &known->relation;
}

static bool same_columns(const struct cf_column *const *left, const struct cf_column *const *right, size_t count)
{
    return memcmp(left, right, count * sizeof *left) == 0;
}

static bool leads_back(const struct cf__relation *there, const struct cf__relation *back)
{
    if (there->kind == CF_TYPE_MANY_TO_MANY)
        return back->kind == CF_TYPE_MANY_TO_MANY && there->through == back->through && there->column != back->column &&
               there->count == back->other_count && there->other_count == back->count &&
               same_columns(there->through_own, back->through_other, there->count) &&
               same_columns(there->through_other, back->through_own, back->count);
    return back->kind != CF_TYPE_MANY_TO_MANY &&
           (there->kind == CF_TYPE_BELONGS_TO) != (back->kind == CF_TYPE_BELONGS_TO) && there->count == back->count &&
           same_columns(there->own_columns, back->other_columns, there->count) &&
           same_columns(there->other_columns, back->own_columns, there->count);
}

const struct cf__relation *cf__relation_inverse(const struct cf__relation *relation)
{
    for (size_t i = 0; i < relation->other->count; i++) {
        const struct cf_column *column = &relation->other->columns[i];
        if (!cf__is_relation(column) || column->other != relation->own || cf__is_only_read(column))
            continue;
        const struct cf__relation *back = cf__relation_of(column);
        if (leads_back(relation, back))
            return back;
    }
    return NULL;
}
