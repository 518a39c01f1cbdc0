/* SPDX-License-Identifier: MIT
 *
 * Relations as changes. An assigned pointer (post->author = user) differs from the one in the row's shadow and is turned
 * into the foreign key when somebody looks for changes; what cannot be seen in a row waits in the session's list: rows
 * put into a list whose model has no way back, and pairs of a ManyToMany. A key that the database has yet to make is
 * filled in when its row has been written. Lists in memory follow, where they were loaded.
 */
#include <string.h>

#include "state.h"

/* ---- Rows ------------------------------------------------------------------------------------------------------- */

static bool is_alive(struct cf__slot slot)
{
    return slot.chunk && (slot.chunk->states[slot.at] == CF__ROW_CLEAN || slot.chunk->states[slot.at] == CF__ROW_NEW);
}

static bool is_new(struct cf__slot slot)
{
    return slot.chunk->states[slot.at] == CF__ROW_NEW;
}

/* The place of a row that takes part in a relation. */
static struct cf__slot slot_of_related(struct cf__session *session, const struct cf__relation *relation,
                                       const struct cf_model *model, const void *row)
{
    struct cf__slot slot = cf__slot_of(session, cf__rows_of(session, model), row);
    if (!is_alive(slot))
        cf_raise(CF_INTERNAL,
                 "%s.%s: the %s is none of this session's rows: it was deleted, read with .read_only, expunged, or "
                 "its cf_add was rolled back (cf_add_again)",
                 relation->own->name, relation->column->name, model->name);
    return slot;
}

static void *pointer_of(const struct cf__relation *relation, const void *row)
{
    return *(void **)cf__relation_field(relation, row);
}

static void set_pointer(const struct cf__relation *relation, void *row, const void *value)
{
    *(const void **)cf__relation_field(relation, row) = value;
}

/* ---- Foreign keys ----------------------------------------------------------------------------------------------- */

static void set_bits(struct cf__slot slot, const struct cf_column *column)
{
    if (!slot.chunk->added)
        return;
    slot.chunk->added->set |= cf__column_bit(column);
    slot.chunk->added->given |= cf__column_bit(column);
}

/* Copies a key into the columns that refer to it. */
static void copy_key(const struct cf_column *const *to, char *to_row, struct cf__slot to_slot,
                     const struct cf_column *const *from, const char *from_row, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct cf_operand value = cf__field_value(from[i], from_row);
        cf__value_store(to[i], to_row, &value);
        set_bits(to_slot, to[i]);
    }
}

static void need_clearable(const struct cf__relation *relation, const struct cf_column *const *columns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!columns[i]->nullable)
            cf_raise(CF_INTERNAL,
                     "%s.%s: the row taken out would refer to nothing, but %s.%s is NOT NULL: delete the row, give the "
                     "relation cascade = \"delete-orphan\", or make the column Nullable",
                     relation->own->name, relation->column->name, columns[i]->model->name, columns[i]->name);
}

static void clear_key(const struct cf__relation *relation, const struct cf_column *const *columns, size_t count,
                      void *row)
{
    need_clearable(relation, columns, count);
    for (size_t i = 0; i < count; i++)
        cf__value_clear(columns[i], row);
}

static bool keys_unchanged(const struct cf__relation *relation, const char *row, const char *shadow)
{
    return cf__same_values(relation->own, cf__column_bits(relation->own_columns, relation->count), row, shadow);
}

void cf__need_writable(const struct cf_column *relation)
{
    if (cf__is_only_read(relation))
        cf_raise(CF_INTERNAL, "%s.%s %s and is only read: change %s", relation->model->name, relation->name,
                 relation->only ? "has a condition" : "has no foreign key",
                 relation->only ? "the relation without one" : "the columns that are compared");
}

/* ---- Assigned pointers ------------------------------------------------------------------------------------------ */

static void move_between_lists(struct cf__session *session, const struct cf__relation *relation, void *row, void *from,
                               void *to)
{
    const struct cf__relation *back = cf__relation_inverse(relation);
    if (back && from && !cf__is_trap(from))
        cf__list_drop(session, back, from, row);
    if (back && to)
        cf__list_add(session, back, to, row);
}

/* True where the foreign key is known, now in the row. */
static bool follow_pointer(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot,
                           const struct cf__relation *relation)
{
    char *row = cf__slot_row(of, slot);
    void *target = pointer_of(relation, row);
    if (!target) {
        clear_key(relation, relation->own_columns, relation->count, row);
        return true;
    }
    struct cf__slot there = slot_of_related(session, relation, relation->other, target);
    if (is_new(there))
        return false;
    copy_key(relation->own_columns, row, slot, relation->other_columns, target, relation->count);
    return true;
}

static void apply_belongs_to(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot,
                             const struct cf__relation *relation)
{
    char *row = cf__slot_row(of, slot), *shadow = cf__slot_shadow(of, slot);
    void *target = pointer_of(relation, row), *before = pointer_of(relation, shadow);
    bool known = follow_pointer(session, of, slot, relation);
    move_between_lists(session, relation, row, before, target);
    if (known && keys_unchanged(relation, row, shadow))
        set_pointer(relation, shadow, target);
}

static bool deletes_orphans(const struct cf__relation *relation)
{
    const char *cascade = relation->column->cascade;
    return cascade && strcmp(cascade, "delete-orphan") == 0;
}

/* ---- Orphans ---------------------------------------------------------------------------------------------------- */

/* From here on, another key than the stored one says that it has got another owner. */
static void restore_key(struct cf__session *session, const struct cf__relation *relation, void *other)
{
    struct cf__rows_of *of = cf__rows_of(session, relation->other);
    struct cf__slot slot = cf__slot_of(session, of, other);
    for (size_t i = 0; slot.chunk && !is_new(slot) && i < relation->count; i++) {
        struct cf_operand value = cf__field_value(relation->other_columns[i], cf__slot_shadow(of, slot));
        cf__value_store(relation->other_columns[i], other, &value);
    }
}

static void make_orphan(struct cf__session *session, const struct cf__relation *relation, void *other)
{
    const struct cf__relation *back = cf__relation_inverse(relation);
    struct cf__orphan *orphan = cf_alloc(&session->head, sizeof *orphan);
    *orphan = (struct cf__orphan){ relation, other, session->orphans };
    restore_key(session, relation, other);
    cf_delete_(&session->head, relation->other, other);
    if (back)
        set_pointer(back, other, NULL);
    session->orphans = orphan;
}

/* A row that was taken out of one relation and is put into another over the same key has moved. */
static void adopt(struct cf__session *session, const struct cf__relation *relation, const void *other)
{
    for (struct cf__orphan **at = &session->orphans; *at; at = &(*at)->next) {
        struct cf__rows_of *of = cf__rows_of(session, relation->other);
        if ((*at)->row != other || (*at)->relation->other_columns[0] != relation->other_columns[0])
            continue;
        *at = (*at)->next;
        cf__keep(session, of, cf__slot_of(session, of, other));
        return;
    }
}

/* A new row that holds it as its HasOne. */
static bool has_new_owner(const struct cf__session *session, const struct cf__orphan *orphan)
{
    for (const struct cf__added *added = session->added; added; added = added->next)
        for (size_t i = 0; i < added->of->relation_count; i++) {
            const struct cf__relation *relation = added->of->relations[i].relation;
            if (relation->kind == CF_TYPE_HAS_ONE && relation->other_columns[0] == orphan->relation->other_columns[0] &&
                pointer_of(relation, cf__slot_row(added->of, added->slot)) == orphan->row)
                return true;
        }
    return false;
}

/* True where the program has assigned another owner, or its key. */
static bool has_moved(const struct cf__session *session, const struct cf__rows_of *of, struct cf__slot slot,
                      const struct cf__orphan *orphan)
{
    const struct cf__relation *relation = orphan->relation, *back = cf__relation_inverse(relation);
    const void *pointer = back ? pointer_of(back, orphan->row) : NULL;
    if ((pointer && !cf__is_trap(pointer)) || has_new_owner(session, orphan))
        return true;
    uint64_t changed = slot.chunk->states[slot.at] == CF__ROW_DELETED ? cf__changed_columns(of, slot) : 0;
    for (size_t i = 0; i < relation->count; i++)
        if (changed & cf__column_bit(relation->other_columns[i]))
            return true;
    return false;
}

/* Of a row that was assigned one, by its pointer; else the key counts, which was or will be set. */
static void find_owner(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot,
                       const struct cf__relation *back)
{
    char *row = cf__slot_row(of, slot);
    if (back && !pointer_of(back, row))
        set_pointer(back, row, pointer_of(back, cf__slot_shadow(of, slot)));
    cf__links_apply(session, of, slot);
}

void cf__links_keep_moved(struct cf__session *session)
{
    while (session->orphans) {
        const struct cf__orphan *orphan = session->orphans;
        struct cf__rows_of *of = cf__rows_of(session, orphan->relation->other);
        struct cf__slot slot = cf__slot_of(session, of, orphan->row);
        session->orphans = orphan->next;
        if (slot.chunk->states[slot.at] == CF__ROW_EXPUNGED || !has_moved(session, of, slot, orphan))
            continue;
        cf__keep(session, of, slot);
        if (slot.chunk->states[slot.at] == CF__ROW_CLEAN)
            find_owner(session, of, slot, cf__relation_inverse(orphan->relation));
    }
}

void cf__links_keep(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot)
{
    char *row = cf__slot_row(of, slot);
    cf__keep(session, of, slot);
    for (struct cf__orphan **at = &session->orphans; *at; at = &(*at)->next) {
        const struct cf__relation *back = cf__relation_inverse((*at)->relation);
        if ((*at)->row != row)
            continue;
        if (back)
            set_pointer(back, row, pointer_of(back, cf__slot_shadow(of, slot)));
        *at = (*at)->next;
        return;
    }
}

/* ---- HasOne ----------------------------------------------------------------------------------------------------- */

/* Takes a row out of the relation that it was in. */
static void let_go(struct cf__session *session, const struct cf__relation *relation, void *other)
{
    const struct cf__relation *back = cf__relation_inverse(relation);
    if (deletes_orphans(relation)) {
        make_orphan(session, relation, other);
        return;
    }
    clear_key(relation, relation->other_columns, relation->count, other);
    if (back)
        set_pointer(back, other, NULL);
}

static void take_in(struct cf__session *session, const struct cf__relation *relation, void *own, void *other)
{
    const struct cf__relation *back = cf__relation_inverse(relation);
    adopt(session, relation, other);
    struct cf__slot slot = slot_of_related(session, relation, relation->other, other);
    copy_key(relation->other_columns, other, slot, relation->own_columns, own, relation->count);
    if (back)
        set_pointer(back, other, own);
}

/* False where it has been taken in by another already. */
static bool is_still_held(struct cf__session *session, const struct cf__relation *relation, const void *own,
                          const void *other)
{
    const struct cf__relation *back = cf__relation_inverse(relation);
    struct cf__rows_of *of = cf__rows_of(session, relation->other);
    struct cf__slot slot = cf__slot_of(session, of, other);
    if (!is_alive(slot) || is_new(slot))
        return true;
    uint64_t changed = cf__changed_columns(of, slot);
    for (size_t i = 0; i < relation->count; i++)
        if (changed & cf__column_bit(relation->other_columns[i]))
            return false;
    const void *owner = back ? pointer_of(back, other) : NULL;
    return !owner || owner == own || cf__is_trap(owner);
}

static void apply_has_one(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot,
                          const struct cf__relation *relation)
{
    char *row = cf__slot_row(of, slot), *shadow = cf__slot_shadow(of, slot);
    void *after = pointer_of(relation, row), *before = pointer_of(relation, shadow);
    if (cf__is_trap(before))
        cf_raise(CF_INTERNAL,
                 "%s.%s was assigned without having been loaded, so the row it replaces is not known: add "
                 ".load = { %s.%s }",
                 relation->own->name, relation->column->name, relation->own->name, relation->column->name);
    if (before && is_still_held(session, relation, row, before))
        let_go(session, relation, before);
    if (after)
        take_in(session, relation, row, after);
    cf__note_undo(session, of, slot);
    set_pointer(relation, shadow, after);
}

void cf__links_apply(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot)
{
    const char *row = cf__slot_row(of, slot), *shadow = cf__slot_shadow(of, slot);
    for (size_t i = 0; i < of->relation_count; i++) {
        const struct cf__relation *relation = of->relations[i].relation;
        if (cf__is_to_many(relation->column))
            continue;
        const void *target = pointer_of(relation, row);
        if (target == pointer_of(relation, shadow) || cf__is_trap(target))
            continue;
        cf__need_writable(relation->column);
        if (relation->kind == CF_TYPE_BELONGS_TO)
            apply_belongs_to(session, of, slot, relation);
        else
            apply_has_one(session, of, slot, relation);
    }
}

bool cf__links_wait(const struct cf__rows_of *of, struct cf__slot slot)
{
    for (size_t i = 0; i < of->relation_count; i++) {
        const struct cf__relation *relation = of->relations[i].relation;
        if (relation->kind == CF_TYPE_BELONGS_TO &&
            pointer_of(relation, cf__slot_row(of, slot)) != pointer_of(relation, cf__slot_shadow(of, slot)))
            return true;
    }
    return false;
}

void cf__links_apply_all(struct cf__session *session, const struct cf_model *model)
{
    for (struct cf__rows_of *of = session->models; of; of = of->next) {
        bool concerned = false;
        for (size_t i = 0; i < of->relation_count; i++) {
            const struct cf__relation *relation = of->relations[i].relation;
            concerned |= !model || (relation->kind == CF_TYPE_HAS_ONE && relation->other == model);
        }
        for (struct cf__slot slot = { concerned ? of->chunks : NULL, 0 }; (slot = cf__next_touched(of, slot)).chunk;
             slot.at++)
            cf__links_apply(session, of, slot);
    }
}

static void set_both(const struct cf__relation *relation, void *row, void *shadow, const void *value)
{
    set_pointer(relation, row, value);
    set_pointer(relation, shadow, value);
}

void cf__links_settle(const struct cf__rows_of *of, struct cf__slot slot)
{
    char *row = cf__slot_row(of, slot), *shadow = cf__slot_shadow(of, slot);
    for (size_t i = 0; i < of->relation_count; i++) {
        const struct cf__relation *relation = of->relations[i].relation;
        if (relation->kind == CF_TYPE_BELONGS_TO && pointer_of(relation, row) == pointer_of(relation, shadow) &&
            !keys_unchanged(relation, row, shadow))
            set_both(relation, row, shadow, relation->unloaded);
    }
}

/* ---- New rows --------------------------------------------------------------------------------------------------- */

static struct cf__added *find_new(struct cf__session *session, const struct cf_model *model, const void *row)
{
    struct cf__slot slot = cf__slot_of(session, cf__rows_of(session, model), row);
    return slot.chunk && is_new(slot) ? slot.chunk->added : NULL;
}

/* The new row that `relation` of a new row points to, or NULL. */
static struct cf__added *find_new_target(struct cf__session *session, const struct cf__relation *relation,
                                         const void *row)
{
    void *target = pointer_of(relation, row);
    if (relation->kind != CF_TYPE_BELONGS_TO || !target || cf__is_trap(target))
        return NULL;
    struct cf__slot slot = slot_of_related(session, relation, relation->other, target);
    return is_new(slot) ? slot.chunk->added : NULL;
}

/* Rows of one table put into each other's lists: those of other tables are in order already. */
static struct cf__added *find_new_owner(struct cf__session *session, const void *row, const struct cf__relation **list)
{
    for (const struct cf__link_change *change = session->links; change; change = change->next)
        if (change->other == row && change->added && change->relation->own == change->relation->other &&
            change->relation->kind != CF_TYPE_MANY_TO_MANY) {
            struct cf__slot slot = slot_of_related(session, change->relation, change->relation->own, change->own);
            *list = change->relation;
            if (is_new(slot))
                return slot.chunk->added;
        }
    return NULL;
}

static const struct cf_column *find_needed(const struct cf_column *const *columns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!columns[i]->nullable)
            return columns[i];
    return NULL;
}

/* What must be written before a row that is not: itself where it waits already, else what it was found to need. */
static struct cf__added *find_awaited(struct cf__added *added)
{
    if (added->waits)
        return added;
    return added->needs && added->needs->waits && !added->needs->queued ? added->needs : NULL;
}

/* False where the row is written, or would close a circle that an UPDATE can close. */
static bool goes_first(struct cf__added *target, const struct cf_column *const *columns, size_t count,
                       struct cf__first *first)
{
    if (!target || target->queued)
        return false;
    *first = (struct cf__first){ target, find_awaited(target), find_needed(columns, count) };
    return !first->awaited || first->needed;
}

bool cf__links_first(struct cf__session *session, const struct cf__added *added, struct cf__first *first)
{
    const char *row = cf__slot_row(added->of, added->slot);
    for (size_t i = 0; i < added->of->relation_count; i++) {
        const struct cf__relation *relation = added->of->relations[i].relation;
        if (goes_first(find_new_target(session, relation, row), relation->own_columns, relation->count, first))
            return true;
    }
    for (enum cf__pair_end end = CF__OWN_END; added->pair && end <= CF__OTHER_END; end++) {
        const struct cf__side side = cf__pair_side(added->pair, end);
        if (goes_first(find_new(session, side.model, side.row), side.columns, side.count, first))
            return true;
    }
    const struct cf__relation *list = NULL;
    struct cf__added *owner = session->links ? find_new_owner(session, row, &list) : NULL;
    return owner && goes_first(owner, list->other_columns, list->count, first);
}

bool cf__links_queued(struct cf__session *session, const struct cf__added *added)
{
    const char *row = cf__slot_row(added->of, added->slot);
    for (size_t i = 0; i < added->of->relation_count; i++) {
        const struct cf__added *target = find_new_target(session, added->of->relations[i].relation, row);
        if (target && target->queued)
            return true;
    }
    for (enum cf__pair_end end = CF__OWN_END; added->pair && end <= CF__OTHER_END; end++) {
        const struct cf__side side = cf__pair_side(added->pair, end);
        const struct cf__added *target = find_new(session, side.model, side.row);
        if (target && target->queued)
            return true;
    }
    const struct cf__relation *list;
    const struct cf__added *owner = session->links ? find_new_owner(session, row, &list) : NULL;
    return owner && owner->queued;
}

void cf__links_before_insert(struct cf__session *session, const struct cf__added *added)
{
    const char *row = cf__slot_row(added->of, added->slot);
    cf__pair_settle(session, added);
    for (size_t i = 0; i < added->of->relation_count; i++) {
        const struct cf__relation *relation = added->of->relations[i].relation;
        const void *target = pointer_of(relation, row);
        if (cf__is_to_many(relation->column) || !target || cf__is_trap(target))
            continue;
        if (target != pointer_of(relation, cf__slot_shadow(added->of, added->slot)))
            cf__need_writable(relation->column);
        if (relation->kind != CF_TYPE_BELONGS_TO)
            continue;
        follow_pointer(session, added->of, added->slot, relation);
        if (cf__relation_inverse(relation))
            cf__positions_join(session, cf__relation_inverse(relation), (void *)(uintptr_t)target,
                               cf__slot_row(added->of, added->slot));
    }
}

bool cf__links_change_others(const struct cf__added *added)
{
    const char *row = cf__slot_row(added->of, added->slot);
    for (size_t i = 0; i < added->of->relation_count; i++) {
        const struct cf__relation *relation = added->of->relations[i].relation;
        const void *target = cf__is_to_many(relation->column) ? NULL : pointer_of(relation, row);
        if (target && !cf__is_trap(target) && (relation->kind == CF_TYPE_HAS_ONE || target == row))
            return true;
    }
    return false;
}

/* What waited for the key that a row has got now. */
static void hand_on_key(struct cf__session *session, void *row)
{
    for (const struct cf__link_change *change = session->links; change; change = change->next)
        if (change->own == row && change->added && change->relation->kind != CF_TYPE_MANY_TO_MANY)
            take_in(session, change->relation, row, change->other);
}

void cf__links_after_insert(struct cf__session *session, const struct cf__added *added)
{
    struct cf__rows_of *of = added->of;
    char *row = cf__slot_row(of, added->slot), *shadow = cf__slot_shadow(of, added->slot);
    for (size_t i = 0; i < of->relation_count; i++) {
        const struct cf__relation *relation = of->relations[i].relation;
        void *target = pointer_of(relation, row);
        if (cf__is_to_many(relation->column) || !target || cf__is_trap(target))
            continue;
        if (relation->kind == CF_TYPE_HAS_ONE)
            take_in(session, relation, row, target);
        else if (target == row || is_new(slot_of_related(session, relation, relation->other, target)))
            set_pointer(relation, shadow, NULL); /* a circle: its key follows in an UPDATE */
        else
            move_between_lists(session, relation, row, NULL, target);
    }
    cf__lists_follow(session, of, added->slot, NULL);
    hand_on_key(session, row);
}

/* ---- Lists: cf_append, cf_remove -------------------------------------------------------------------------------- */

void cf__links_forget(struct cf__session *session, const void *row)
{
    for (struct cf__link_change **at = &session->links; *at;)
        if ((*at)->own == row || (*at)->other == row)
            *at = (*at)->next;
        else
            at = &(*at)->next;
}

static void note_change(struct cf__session *session, const struct cf__relation *relation, void *own, void *other,
                        bool added)
{
    struct cf__link_change *change = cf_alloc(&session->head, sizeof *change);
    *change = (struct cf__link_change){ relation, own, other, added, session->links };
    session->links = change;
}

/* Takes back the opposite change, where it was not written yet. */
static bool cancel_change(struct cf__session *session, const struct cf__relation *relation, const void *own,
                          const void *other, bool added)
{
    const struct cf__relation *back = cf__relation_inverse(relation);
    for (struct cf__link_change **at = &session->links; *at; at = &(*at)->next) {
        const struct cf__link_change *change = *at;
        bool same = change->relation == relation && change->own == own && change->other == other;
        bool mirrored = back && change->relation == back && change->own == other && change->other == own;
        if ((same || mirrored) && change->added == added) {
            *at = change->next;
            return true;
        }
    }
    return false;
}

/* Nothing can refer to a new row but what the session puts into its list. */
static void begin_list(struct cf__session *session, const struct cf__relation *relation, void *own)
{
    struct cf__items *list = cf__relation_field(relation, own);
    if (cf__is_trap(list->items) && is_new(slot_of_related(session, relation, relation->own, own)))
        *list = (struct cf__items){ cf__list_new(session, 0, false), 0 };
}

static void change_pair(struct cf__session *session, const struct cf__relation *relation, void *own, void *other,
                        bool added)
{
    const struct cf__relation *back = cf__relation_inverse(relation);
    if (!cancel_change(session, relation, own, other, !added))
        note_change(session, relation, own, other, added);
    if (!back)
        return;
    begin_list(session, back, other);
    if (added)
        cf__list_add(session, back, other, own);
    else
        cf__list_drop(session, back, other, own);
}

/* The pointer counts, not what an earlier change has made of the key. */
static void point_to(struct cf__session *session, const struct cf__relation *relation, const void *own, void *other)
{
    if (!own)
        need_clearable(relation, relation->other_columns, relation->count);
    restore_key(session, relation, other);
    set_pointer(cf__relation_inverse(relation), other, own);
}

/* The last owner counts. */
static void give(struct cf__session *session, const struct cf__relation *relation, void *own, void *other)
{
    for (struct cf__link_change **at = &session->links; *at;) {
        const struct cf__link_change *change = *at;
        bool same_key = change->relation->kind != CF_TYPE_MANY_TO_MANY &&
                        change->relation->other_columns[0] == relation->other_columns[0];
        if (same_key && change->other == other)
            *at = change->next;
        else
            at = &(*at)->next;
    }
    note_change(session, relation, own, other, true);
}

static const struct cf__relation *need_list(cf_db *db, const struct cf_column *column, const void *own,
                                            const void *other)
{
    struct cf__session *session = cf__session_for(db, column->model);
    cf__session_need_engine(session);
    const struct cf__relation *relation = cf__relation_of(column);
    cf__need_writable(column);
    if (!own || !other)
        cf_raise(CF_INTERNAL, "%s.%s: NULL instead of a row", column->model->name, column->name);
    slot_of_related(session, relation, relation->own, own);
    slot_of_related(session, relation, relation->other, other);
    return relation;
}

void cf_append_(cf_db *db, const struct cf_column *column, void *own, void *other)
{
    struct cf__session *session = cf__session_for(db, column->model);
    adopt(session, cf__relation_of(column), other);
    const struct cf__relation *relation = need_list(db, column, own, other), *back = cf__relation_inverse(relation);
    const struct cf__items *list = cf__relation_field(relation, own);
    bool pairs = relation->kind == CF_TYPE_MANY_TO_MANY;
    begin_list(session, relation, own);
    cf__positions_load(session, relation, own);
    if (pairs && !cf__is_trap(list->items) && cf__list_has(list, other))
        return;
    cf__list_add(session, relation, own, other);
    cf__positions_number(session, relation, own);
    if (pairs)
        change_pair(session, relation, own, other, true);
    else if (back)
        point_to(session, relation, own, other);
    else
        give(session, relation, own, other);
    if (!pairs)
        cf__lists_note(session, relation, own, other);
}

void cf_remove_(cf_db *db, const struct cf_column *column, void *own, void *other)
{
    struct cf__session *session = cf__session_for(db, column->model);
    const struct cf__relation *relation = need_list(db, column, own, other), *back = cf__relation_inverse(relation);
    cf__positions_load(session, relation, own);
    if (relation->kind == CF_TYPE_MANY_TO_MANY)
        change_pair(session, relation, own, other, false);
    else if (back && !deletes_orphans(relation))
        point_to(session, relation, NULL, other);
    else if (back || !cancel_change(session, relation, own, other, true) || cf__list_owns(relation, own, other))
        let_go(session, relation, other);
    cf__list_drop(session, relation, own, other);
    cf__positions_number(session, relation, own);
    if (relation->kind != CF_TYPE_MANY_TO_MANY)
        cf__lists_note(session, relation, own, other);
}

/* ---- Written ---------------------------------------------------------------------------------------------------- */

void cf__links_write(struct cf__session *session)
{
    struct cf__link_change **end = &session->links;
    cf__pairs_insert(session);
    while (*end)
        end = &(*end)->next;
    *end = session->written_links;
    session->written_links = session->links;
    session->links = NULL;
}

void cf__links_hand_on(struct cf__session *session)
{
    for (const struct cf__link_change *change = session->links; change; change = change->next) {
        if (change->relation->kind == CF_TYPE_MANY_TO_MANY || !change->added)
            continue;
        if (!is_new(slot_of_related(session, change->relation, change->relation->own, change->own)))
            take_in(session, change->relation, change->own, change->other);
    }
}
