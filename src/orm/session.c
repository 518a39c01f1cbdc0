/* SPDX-License-Identifier: MIT
 *
 * The session: opening, adding, deleting, and the names of violated constraints. Loading is in load.c, writing in
 * flush.c.
 */
#include <string.h>

#include "../db/names.h"
#include "state.h"

static void end_session(void *session_)
{
    struct cf__session *session = session_;
    bool ended = cf__link_active(&session->link);
    cf__link_end(&session->link);
    cf__call_after_rollback(session, ended, NULL);
    cf__link_end(&session->link); /* of what was done there */
}

cf_db *cf__session_open(struct cf__context *context, cf_engine *engine)
{
    struct cf__session *session = cf_alloc_(&context->head, sizeof *session);
    session->head.context = &context->head;
    session->main = session;
    session->context = context;
    session->engine = engine;
    session->last_added = &session->added;
    session->last_later = &session->later;
    cf__link_init(&session->link, engine, context);
    session->link.place = &session->head.place;
    session->link.begun = cf__call_after_begin;
    session->link.owner = session;
    session->no_autoflush = engine && cf__engine_leaves_pending(engine);
    if (engine)
        cf_defer_(&context->head, end_session, session);
    return &session->head;
}

static struct cf__session *open_bind(struct cf__session *main, const char *name)
{
    cf_engine *engine = main->engine ? cf__engine_bind(main->engine, name) : NULL;
    if (!engine)
        cf_raise(CF_INTERNAL, "there is no database \"%s\": name it in .binds", name);
    struct cf__session *session = cf__session_of(cf__session_open(main->context, engine));
    session->main = main;
    session->no_autoflush = main->no_autoflush;
    session->bind = name;
    session->watched = main->watched;
    session->next = main->binds;
    main->binds = session;
    return session;
}

cf_db *cf_bind(cf_db *db, const char *name)
{
    struct cf__session *main = cf__session_of(db)->main, *session = main->binds;
    while (session && strcmp(session->bind, name) != 0)
        session = session->next;
    if (!session)
        session = open_bind(main, name);
    session->head.place = db->place;
    return &session->head;
}

struct cf__session *cf__session_for(cf_db *db, const struct cf_model *model)
{
    struct cf__session *session = cf__session_of(db);
    if (__builtin_expect(model->bind == session->bind, 1) || !model->table)
        return session;
    return model->bind ? cf__session_of(cf_bind(db, model->bind)) : session->main;
}

void cf__session_need_engine(const struct cf__session *session)
{
    if (!session->engine)
        cf_raise(CF_INTERNAL, "this app has no database: set .database_uri");
}

struct cf__link *cf__session_link(cf_db *db)
{
    return &cf__session_of(db)->link;
}

/* The app's own database first, then the others. */
struct cf_sql_log cf__session_recorded(cf_db *db)
{
    struct cf__session *main = cf__session_of(db);
    struct cf_sql_log all = cf__link_recorded(&main->link);
    for (struct cf__session *session = main->binds; session; session = session->next) {
        struct cf_sql_log log = cf__link_recorded(&session->link);
        struct cf_sql_entry *items = cf_alloc(db, (all.count + log.count + 1) * sizeof *items);
        for (size_t i = 0; i < all.count + log.count; i++)
            items[i] = i < all.count ? all.items[i] : log.items[i - all.count];
        all = (struct cf_sql_log){ items, all.count + log.count };
    }
    return all;
}

static bool is_pending(struct cf__session *session)
{
    return session->engine && (cf__link_active(&session->link) || session->undo || cf__unflushed(session, NULL));
}

bool cf__session_pending(cf_db *db)
{
    struct cf__session *main = cf__session_of(db);
    bool pending = is_pending(main);
    for (struct cf__session *session = main->binds; session; session = session->next)
        pending = pending || is_pending(session);
    return pending;
}

void cf__session_watch(cf_db *db, const char *handler)
{
    cf__session_of(db)->watched = handler;
}

/* ---- cf_add ----------------------------------------------------------------------------------------------------- */

void *cf_new_(cf_db *db, const struct cf_model *model)
{
    return cf_alloc(db, model->size);
}

static bool is_text(const struct cf_column *column)
{
    return column->type == CF_TYPE_STRING || column->type == CF_TYPE_TEXT || column->type == CF_TYPE_JSON ||
           column->type == CF_TYPE_CHOICES;
}

/* Texts and blobs given to cf_add need not outlive the call. */
static void copy_field(cf_db *db, const struct cf_column *column, void *row)
{
    void *place = (char *)row + column->offset;
    if (column->custom)
        return;
    if (is_text(column)) {
        *(const char **)place = cf_copy(db, *(const char **)place);
    } else if (column->type == CF_TYPE_BLOB) {
        cf_bytes *bytes = place;
        if (bytes->data)
            bytes->data = cf__copy_bytes(cf__context_of(db->context), bytes->data, bytes->size);
    }
}

static void append_added(struct cf__session *session, struct cf__added *added)
{
    added->next = NULL;
    *session->last_added = added;
    session->last_added = &added->next;
}

void cf__session_add(cf_db *db, const struct cf_model *model, void *row, uint64_t set)
{
    struct cf__session *session = cf__session_for(db, model);
    cf__session_need_engine(session);
    if (!model->table)
        cf_raise(CF_INTERNAL, "%s is a SHAPE: it has no table to add to", model->name);
    struct cf__rows_of *of = cf__rows_of(session, model);
    cf__relations_unload_unset(of, row, set);
    set &= of->columns;
    for (uint64_t left = set; left; left &= left - 1)
        copy_field(db, &model->columns[__builtin_ctzll(left)], row);
    struct cf__added *added = cf_alloc(db, sizeof *added);
    *added = (struct cf__added){ .of = of, .set = set };
    added->slot.chunk = cf__chunk_add(session, of, row, 1, CF__ROW_NEW);
    added->slot.chunk->added = added;
    append_added(session, added);
}

/* The column that ".name = \"kim\"" or ".age.value = 3" assigns to; the compiler has seen to it that there is one. */
static uint64_t named_column(const struct cf_model *model, const char *assignment)
{
    const char *name = assignment + strspn(assignment, ". \t\n");
    size_t size = strcspn(name, " \t\n=.[");
    for (size_t i = 0; i < model->count; i++)
        if (strlen(model->columns[i].name) == size && memcmp(model->columns[i].name, name, size) == 0) {
            if (model->columns[i].computed)
                cf_raise(CF_INTERNAL, "%s.%s is computed by the database: leave it out of cf_add", model->name,
                         model->columns[i].name);
            cf__need_writable(&model->columns[i]);
            return (uint64_t)1 << i;
        }
    cf_raise(CF_INTERNAL, "cf_add of %s: \"%s\" assigns to no column", model->name, assignment);
}

uint64_t cf__named_columns(const struct cf_model *model, const char *const *named)
{
    uint64_t set = 0;
    for (; *named; named++)
        if (**named)
            set |= named_column(model, *named);
    return set;
}

void cf_added_(cf_db *db, const struct cf_model *model, void *row, const char *const *named)
{
    cf__session_add(db, model, row, cf__named_columns(model, named));
}

/* ---- cf_delete -------------------------------------------------------------------------------------------------- */

static void forget_new(struct cf__session *session, struct cf__slot slot)
{
    slot.chunk->states[slot.at] = CF__ROW_GONE;
    for (struct cf__added **at = &session->added; *at; at = &(*at)->next) {
        if ((*at)->slot.chunk != slot.chunk)
            continue;
        *at = (*at)->next;
        break;
    }
    session->last_added = &session->added;
    session->last_later = &session->later;
    while (*session->last_added)
        session->last_added = &(*session->last_added)->next;
}

void cf_delete_(cf_db *db, const struct cf_model *model, const void *row)
{
    struct cf__session *session = cf__session_for(db, model);
    cf__session_need_engine(session);
    struct cf__rows_of *of = cf__rows_of(session, model);
    struct cf__slot slot = cf__slot_of(session, of, row);
    if (!slot.chunk)
        cf_raise(CF_INTERNAL,
                 "cf_delete of %s: this row was not handed out by this session, or was read with .read_only",
                 model->name);
    unsigned char *state = &slot.chunk->states[slot.at];
    if (*state == CF__ROW_NEW) {
        forget_new(session, slot);
        of->lost = true;
    } else if (*state == CF__ROW_CLEAN) {
        *state = CF__ROW_DELETED;
        of->deleted++;
    }
}

void cf__keep(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot)
{
    unsigned char *state = &slot.chunk->states[slot.at];
    if (*state == CF__ROW_DELETED) {
        *state = CF__ROW_CLEAN;
        of->deleted--;
    } else if (*state == CF__ROW_GONE && slot.chunk->added) {
        *state = CF__ROW_NEW;
        append_added(session, slot.chunk->added);
    }
}

/* ---- cf_expunge ------------------------------------------------------------------------------------------------- */

void cf_expunge_(cf_db *db, const struct cf_model *model, const void *row)
{
    struct cf__session *session = cf__session_for(db, model);
    cf__session_need_engine(session);
    struct cf__rows_of *of = cf__rows_of(session, model);
    struct cf__slot slot = cf__slot_of(session, of, row);
    if (!slot.chunk)
        return;
    unsigned char *state = &slot.chunk->states[slot.at];
    if (*state == CF__ROW_NEW)
        forget_new(session, slot);
    of->deleted -= *state == CF__ROW_DELETED;
    *state = CF__ROW_EXPUNGED;
    cf__take_assigned(session, slot, NULL);
    cf__links_forget(session, row);
}

/* ---- cf_add_again ----------------------------------------------------------------------------------------------- */

/* Fields that are as they were written. */
static uint64_t unchanged_fields(const struct cf__rows_of *of, struct cf__slot slot, uint64_t columns)
{
    uint64_t unchanged = 0;
    for (uint64_t left = columns; left; left &= left - 1) {
        const struct cf_column *column = &of->model->columns[__builtin_ctzll(left)];
        if (memcmp(cf__slot_row(of, slot) + column->offset, cf__slot_shadow(of, slot) + column->offset,
                   cf__field_size(column)) == 0)
            unchanged |= left & -left;
    }
    return unchanged;
}

/* Relations to one, all or those that the program has assigned, as bits. Lists, and what has not changed since, may not be
 * so any more. */
static uint64_t kept_relations(const struct cf__rows_of *of, struct cf__slot slot, bool all)
{
    uint64_t kept = 0;
    for (size_t i = 0; i < of->relation_count; i++) {
        const struct cf__relation *relation = of->relations[i].relation;
        const void *now = *(void **)cf__relation_field(relation, cf__slot_row(of, slot));
        const void *before = *(void **)cf__relation_field(relation, cf__slot_shadow(of, slot));
        if (!cf__is_to_many(relation->column) && (all || now != before))
            kept |= cf__column_bit(relation->column);
    }
    return kept;
}

/* What the database has made, and keys that relations have given, are made and given anew. */
static void add_as_new(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot)
{
    struct cf__added *added = slot.chunk->added;
    char *row = cf__slot_row(of, slot);
    if (added->undone)
        cf__links_settle(of, slot);
    uint64_t given = added->undone ? unchanged_fields(of, slot, added->given) : added->given;
    for (uint64_t left = given | unchanged_fields(of, slot, added->returned); left; left &= left - 1)
        cf__value_clear(&of->model->columns[__builtin_ctzll(left)], row);
    cf__relations_unload_unset(of, row, kept_relations(of, slot, true));
    *added = (struct cf__added){ .of = of, .slot = slot, .set = added->set & ~given, .pair = added->pair };
    slot.chunk->states[slot.at] = CF__ROW_NEW;
    append_added(session, added);
}

/* It is in the database; what the program has assigned to it meanwhile is a change. */
static void watch_again(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot)
{
    char *shadow = cf__slot_shadow(of, slot);
    uint64_t kept = kept_relations(of, slot, false);
    if (cf__identity_find(session, of, shadow).chunk)
        cf_raise(
            CF_INTERNAL,
            "cf_add_again of %s: the session has read %s again, as another object: change that one, or cf_expunge it "
            "first",
            of->model->name, cf__key_words(of, shadow));
    slot.chunk->states[slot.at] = CF__ROW_CLEAN;
    cf__identity_enter(session, of, slot);
    cf__relations_unload_unset(of, cf__slot_row(of, slot), kept);
    cf__relations_unload_unset(of, shadow, kept);
}

void cf_add_again_(cf_db *db, const struct cf_model *model, void *row)
{
    struct cf__session *session = cf__session_for(db, model);
    cf__session_need_engine(session);
    struct cf__rows_of *of = cf__rows_of(session, model);
    struct cf__slot slot = cf__slot_of(session, of, row);
    if (!slot.chunk)
        cf_raise(CF_INTERNAL,
                 "cf_add_again of %s: this row was neither added nor read by this session: add one with cf_add",
                 model->name);
    enum cf__row_state state = slot.chunk->states[slot.at];
    const struct cf__added *added = slot.chunk->added;
    if (state == CF__ROW_DELETED)
        cf__links_keep(session, of, slot);
    else if (state >= CF__ROW_GONE && added && !added->stored)
        add_as_new(session, of, slot);
    else if (state == CF__ROW_EXPUNGED)
        watch_again(session, of, slot);
    else if (state == CF__ROW_GONE)
        cf_raise(CF_INTERNAL, "cf_add_again of %s: this row was deleted: add another with cf_add", model->name);
}

/* ---- Constraints ------------------------------------------------------------------------------------------------ */

/* The name by convention of what an item declares under a prefix. */
static const char *name_of(cf_context *context, const char *prefix, const struct cf_column *column)
{
    const char *table = column->model->table;
    if (!column->fields)
        return cf__convention(context, prefix, table, NULL, cf__column_name(column));
    struct cf_names columns = cf__fields_split(context, column->fields);
    for (size_t i = 0; i < columns.count; i++)
        columns.items[i] += *columns.items[i] == '-'; /* of a descending part */
    for (size_t i = 0; i < columns.count; i++)
        for (size_t j = 0; j < column->model->count; j++)
            if (strcmp(column->model->columns[j].name, columns.items[i]) == 0)
                columns.items[i] = cf__column_name(&column->model->columns[j]);
    return cf__convention(context, prefix, table, &columns, NULL);
}

/* The name of the foreign key that some columns of a model make. */
static const char *name_of_key(cf_context *context, const struct cf_model *model,
                               const struct cf_column *const *columns, size_t count, const char *referred)
{
    const char *names[CF__KEY_COLUMNS];
    if (count == 1 && columns[0]->named)
        return columns[0]->named;
    for (size_t i = 0; i < count; i++)
        names[i] = cf__column_name(columns[i]);
    return cf__convention(context, "fk", model->table, &(struct cf_names){ names, count }, referred);
}

const char *cf__reference_name(cf_context *context, const struct cf__reference *reference)
{
    return reference->item->named
               ? reference->item->named
               : name_of_key(context, reference->from, reference->from_columns, reference->count, reference->to->table);
}

/* The foreign key behind a column or relation; NULL where there is none, or one on either side. */
static const char *key_of(cf_context *context, const struct cf_column *column)
{
    if (cf__is_relation(column)) {
        const struct cf__relation *relation = cf__relation_of(column);
        if (column->named)
            return column->named;
        if (relation->kind == CF_TYPE_BELONGS_TO)
            return name_of_key(context, relation->own, relation->own_columns, relation->count, relation->other->table);
        return relation->through ? NULL
                                 : name_of_key(context, relation->other, relation->other_columns, relation->count,
                                               relation->own->table);
    }
    const char *dot = column->references ? strchr(column->references, '.') : NULL;
    return dot ? name_of_key(context, column->model, &column, 1,
                             cf_format(context, "%.*s", (int)(dot - column->references), column->references))
               : NULL;
}

/* "users.email", or "email" where the database does not say of which table. */
static bool is_column(const char *words, const struct cf_column *column)
{
    size_t table = strlen(column->model->table);
    bool has_table = strncmp(words, column->model->table, table) == 0 && words[table] == '.';
    return strcmp(words + (has_table ? table + 1 : 0), cf__column_name(column)) == 0;
}

/* The column itself, or one that a BelongsTo is made of. */
static bool is_missing(const cf_error *error, const struct cf_column *column)
{
    if (!error->column || column->type != CF_TYPE_BELONGS_TO)
        return error->column && is_column(error->column, column);
    const struct cf__relation *relation = cf__relation_of(column);
    for (size_t i = 0; i < relation->count; i++)
        if (is_column(error->column, relation->own_columns[i]))
            return true;
    return false;
}

static bool is_key_name(const char *constraint, const struct cf_model *model)
{
    for (size_t i = 0; i < model->count; i++)
        if (model->columns[i].type == CF_TYPE_KEY_ENTRY && model->columns[i].named)
            return strcmp(constraint, model->columns[i].named) == 0;
    return false;
}

static bool is_named(const char *constraint, const struct cf_column *column)
{
    static const char *const prefixes[] = { "uq", "ck", "ix" };
    cf_context *context = &cf__current()->head;
    if (column->named && strcmp(constraint, column->named) == 0)
        return true;
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (strcmp(constraint, name_of(context, prefixes[i], column)) == 0)
            return true;
    bool is_key = column->primary_key || column->type == CF_TYPE_KEY_ENTRY;
    return is_key && (strcmp(constraint, cf__convention(context, "pk", column->model->table, NULL, NULL)) == 0 ||
                      is_key_name(constraint, column->model));
}

bool cf_violates_(const cf_error *error, const struct cf_column *column)
{
    if (!error || !column->model->table)
        return false;
    if (error->code == CF_NOT_NULL)
        return is_missing(error, column);
    if (!error->constraint)
        return false;
    const char *key = error->code == CF_FOREIGN_KEY ? key_of(&cf__current()->head, column) : NULL;
    return key ? strcmp(error->constraint, key) == 0 : !cf__is_relation(column) && is_named(error->constraint, column);
}
