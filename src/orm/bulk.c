/* SPDX-License-Identifier: MIT
 *
 * Many rows at once: what carafe/bulk.h promises. Rows are planned as the flush plans a new object; those of a window
 * of the array that write the same columns go to the database together. Nothing here is an object of the session.
 */
#include <carafe/bulk.h>

#include <string.h>

#include "bulk.h"
#include "keys.h"

/* How many rows are planned at a time: no database takes more in one statement. */
enum { WINDOW = 1024, MOST_SET = sizeof((struct cf_conflict *)0)->set / sizeof(struct cf_assignment) };

/* Which rows an INSERT may meet, and what becomes of them: none where `unique` is 0. */
struct target {
    uint64_t unique, updated; /* updated 0: what is written, but for unique and the primary key, where nothing is set */
    const struct cf_assignment *set;
    size_t set_count;
    const cf_expr *where;  /* on which the row there is changed, or NULL */
    const char *predicate; /* of the unique index, where it is of a part of the rows, or NULL */
    bool keep;
};

struct bulk {
    struct cf__session *session;
    const struct cf__rows_of *of;
    struct cf_assignment *edits; /* what the update_defaults make for rows that are there already */
    size_t edit_count;
    const char *rows;
    size_t count;
    uint64_t *made; /* of each row, the columns filled by their insert_default; NULL: none has one */
    uint64_t set;   /* columns written in any case */
    bool only_set;  /* and no others */
    bool owned;     /* the rows may be written to, */
    enum { NOTHING, WHAT_IS_MADE, EVERYTHING } returned; /* and get so much of what the database has */
    struct cf__items *objects;                           /* of the rows, in their order, or NULL */
    void **sent;                                         /* the rows in the order that they were sent in, or NULL */
    size_t sent_count;
    struct target target;
};

struct cf__session *cf__bulk_session(cf_db *db, const struct cf_model *model, const char *call)
{
    struct cf__session *session = cf__session_for(db, model);
    if (!model->table)
        cf_raise(CF_INTERNAL, "%s of %s: a SHAPE has no table", call, model->name);
    cf__session_need_engine(session);
    return session;
}

/* ---- Sets of columns -------------------------------------------------------------------------------------------- */

uint64_t cf__bulk_columns(const struct cf_model *model, const struct cf_columns *columns, const char *call)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < columns->count; i++) {
        const struct cf_column *column = columns->items[i];
        if (column->model != model || column->type >= CF_TYPE_COUNT_)
            cf_raise(CF_INTERNAL, "%s of %s: %s.%s is none of its columns", call, model->name,
                     column->model ? column->model->name : "?", column->name);
        if (column->computed)
            cf_raise(CF_INTERNAL, "%s of %s: %s is computed by the database: leave it out", call, model->name,
                     column->name);
        bits |= (uint64_t)1 << (column - model->columns);
    }
    return bits;
}

/* The columns whose zero is a value, since nothing else would stand there. */
static uint64_t columns_without_default(const struct cf__rows_of *of)
{
    uint64_t bits = 0;
    for (uint64_t left = of->columns; left; left &= left - 1) {
        const struct cf_column *column = &of->model->columns[__builtin_ctzll(left)];
        if (!column->identity && !column->computed && !column->server_default && !column->server_default_sql &&
            !column->insert_default)
            bits |= left & -left;
    }
    return bits;
}

/* ---- Rows that are there already -------------------------------------------------------------------------------- */

/* Those whose update_default is asked, where a row does not say what they become: a field that is zero says nothing. */
static uint64_t unsaid(const struct cf__rows_of *of, const void *row)
{
    uint64_t bits = 0;
    for (uint64_t left = of->update_defaults; left; left &= left - 1)
        if (cf__field_is_zero(&of->model->columns[__builtin_ctzll(left)], row))
            bits |= left & -left;
    return bits;
}

/* Those of the edits that the plan does not overwrite with what the row says. */
static void edit(struct cf__insert_plan *plan, const struct cf_assignment *edits, size_t count,
                 struct cf_assignment *room)
{
    plan->set = room;
    plan->set_count = 0;
    for (size_t i = 0; i < count; i++)
        if (!(cf__column_bit(edits[i].column) & (plan->updated | plan->unique)))
            room[plan->set_count++] = edits[i];
}

static struct bulk bulk_of(cf_db *db, const struct cf_model *model, const void *rows, size_t count,
                           const struct cf_columns *columns, const char *call)
{
    struct bulk bulk = { .session = cf__bulk_session(db, model, call), .rows = rows, .count = count };
    bulk.of = cf__rows_of(bulk.session, model);
    bulk.only_set = columns->count > 0;
    bulk.set = bulk.only_set ? cf__bulk_columns(model, columns, call) : columns_without_default(bulk.of);
    return bulk;
}

/* True where no two rows have equal values in the columns: they are the primary key, or unique by themselves or
 * together. */
static bool is_unique_key(const struct cf_model *model, uint64_t columns)
{
    if (columns == cf__model_key(model))
        return true;
    for (size_t i = 0; i < model->count; i++)
        if (columns && columns == cf__unique_columns(model, i))
            return true;
    return false;
}

/* The predicate of the unique index that has the columns; NULL where all rows are unique in them. */
static const char *predicate_of(const struct cf__session *session, const struct cf_model *model, uint64_t columns,
                                const char *call)
{
    const struct cf_driver *driver = cf__engine_driver(session->engine);
    const char *predicate = NULL;
    bool found = is_unique_key(model, columns);
    for (size_t i = 0; !found && i < model->count; i++) {
        const char *where = model->columns[i].where;
        if (!columns || columns != cf__unique_index_columns(model, i))
            continue;
        if (predicate && where && strcmp(predicate, where) != 0)
            cf_raise(CF_INTERNAL,
                     "%s of %s: more than one index is unique in these columns: of rows where %s, and where %s", call,
                     model->name, predicate, where);
        predicate = where ? where : predicate;
        found = !where;
    }
    if (!found && !predicate)
        cf_raise(CF_INTERNAL, "%s of %s: the columns are neither its primary key nor unique%s", call, model->name,
                 columns ? "" : " (there are none)");
    if (!found && !(driver->capabilities & CF_CAN_PARTIAL_INDEXES))
        cf_raise(CF_INTERNAL,
                 "%s of %s: the columns are unique in a part of the rows only (where %s), and %s has no such indexes: "
                 "name columns of a Unique, or find the row and change it",
                 call, model->name, predicate, driver->name);
    return found ? NULL : predicate;
}

static void need_settable(const struct target *target, const struct cf_column *column, const char *call)
{
    const char *problem = target->unique & cf__column_bit(column)    ? "says which row is meant"
                          : target->updated & cf__column_bit(column) ? "is in .update, too"
                          : column->primary_key                      ? "is of the primary key"
                          : column->version                          ? "counts by itself"
                                                                     : NULL;
    if (problem)
        cf_raise(CF_INTERNAL, "%s of %s: .set of %s, which %s", call, column->model->name, column->name, problem);
}

static struct target target_of(const struct cf__session *session, const struct cf_model *model,
                               const struct cf_conflict *conflict, const char *call)
{
    struct target target = { .unique = cf__bulk_columns(model, &conflict->columns, call),
                             .updated = cf__bulk_columns(model, &conflict->update, call),
                             .set = conflict->set,
                             .set_count = cf__check_set(model, conflict->set, MOST_SET, call),
                             .where = conflict->where,
                             .keep = conflict->keep };
    target.predicate = predicate_of(session, model, target.unique, call);
    if (target.keep && (target.updated || target.set_count || target.where))
        cf_raise(CF_INTERNAL, "%s of %s: .keep and %s contradict each other", call, model->name,
                 target.updated     ? ".update"
                 : target.set_count ? ".set"
                                    : ".where");
    for (size_t i = 0; i < target.set_count; i++)
        need_settable(&target, target.set[i].column, call);
    return target;
}

/* Where a row does not say when it was changed, the database's default does, for the row that is there as well. */
static uint64_t updated_stamps(const struct cf__rows_of *of)
{
    uint64_t bits = 0;
    for (uint64_t left = of->stamps; left; left &= left - 1)
        if (of->model->columns[__builtin_ctzll(left)].stamp == CF_STAMP_UPDATED)
            bits |= left & -left;
    return bits;
}

static uint64_t set_bits(const struct target *target)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < target->set_count; i++)
        bits |= cf__column_bit(target->set[i].column);
    return bits;
}

/* `made`: by insert_defaults, which are for rows that are not there yet. */
static void aim(const struct cf__rows_of *of, const struct target *target, uint64_t made, struct cf__insert_plan *plan)
{
    plan->unique = target->unique;
    plan->predicate = target->predicate;
    if (!target->unique || target->keep)
        return;
    plan->where = target->where;
    plan->counted = cf__column_bit(of->counted);
    plan->updated =
        target->updated || target->set_count ? target->updated : plan->written & ~target->unique & ~of->key & ~made;
    plan->updated = (plan->updated | updated_stamps(of)) & ~plan->counted & ~set_bits(target);
}

/* A row that says nothing, or NULL, about the columns that decide which row it is would always be a new one. */
static void need_key(const struct cf__rows_of *of, struct cf__insert_plan plan, const void *row, size_t at)
{
    for (uint64_t left = plan.unique; left; left &= left - 1) {
        const struct cf_column *column = &of->model->columns[__builtin_ctzll(left)];
        bool is_there = plan.written & left & -left && cf__field_value(column, row).kind != CF_OPERAND_NULL;
        if (!is_there)
            cf__refuse_field(column, CF_INVALID, "must have a value: it decides which row is meant", at);
    }
}

/* ---- cf_insert_all ---------------------------------------------------------------------------------------------- */

static void *row_at(const struct bulk *bulk, size_t at)
{
    return (char *)(uintptr_t)bulk->rows + at * bulk->of->model->size; /* written to only where they are owned */
}

/* What a new row begins with: its version, and times that the database has no default for. */
static uint64_t beginnings(const struct cf__rows_of *of)
{
    uint64_t bits = cf__column_bit(of->counted);
    for (uint64_t left = of->stamps; left; left &= left - 1) {
        const struct cf_column *column = &of->model->columns[__builtin_ctzll(left)];
        if (column->stamp != CF_STAMP_DELETED && !column->server_default && !column->server_default_sql)
            bits |= left & -left;
    }
    return bits;
}

/* Those that the row does not say, or that are not among the columns named; gives the columns. */
static uint64_t begin_row(const struct bulk *bulk, uint64_t columns, void *row)
{
    const struct cf__rows_of *of = bulk->of;
    const struct cf_operand one = { .kind = CF_OPERAND_INTEGER, .integer = 1 };
    const struct cf_operand now = { .kind = CF_OPERAND_TIME, .time = cf_now() };
    uint64_t begun = 0;
    for (uint64_t left = columns; left; left &= left - 1) {
        const struct cf_column *column = &of->model->columns[__builtin_ctzll(left)];
        if (bulk->only_set ? bulk->set & left & -left : !cf__field_is_zero(column, row))
            continue;
        cf__value_store(column, row, column == of->counted ? &one : &now);
        begun |= left & -left;
    }
    return begun;
}

/* Asks the insert_defaults for all rows, in a copy of them unless they are to be written to. */
static void make_defaults(struct bulk *bulk)
{
    uint64_t defaults = bulk->of->insert_defaults & ~bulk->set, begun = beginnings(bulk->of);
    size_t size = bulk->count * bulk->of->model->size;
    if (!(defaults | begun) || !bulk->count)
        return;
    if (!bulk->owned)
        bulk->rows = memcpy(cf__take(bulk->session->context, size), bulk->rows, size);
    bulk->made = cf_alloc(&bulk->session->head, bulk->count * sizeof *bulk->made);
    for (size_t at = 0; at < bulk->count; at++) {
        for (uint64_t left = bulk->only_set ? defaults : 0; left; left &= left - 1) /* whatever stands there */
            cf__value_clear(&bulk->of->model->columns[__builtin_ctzll(left)], row_at(bulk, at));
        bulk->made[at] = cf__insert_defaults(bulk->session, bulk->of, row_at(bulk, at), ~defaults) |
                         begin_row(bulk, begun, row_at(bulk, at));
    }
}

static struct cf__insert_plan plan_row(const struct bulk *bulk, size_t at)
{
    uint64_t made = bulk->made ? bulk->made[at] : 0, set = bulk->set | made;
    struct cf__insert_plan plan =
        bulk->only_set ? cf__plan_columns(bulk->of, set, at) : cf__plan_insert(bulk->of, row_at(bulk, at), set, at);
    if (bulk->returned != WHAT_IS_MADE)
        plan.returned = bulk->returned ? bulk->of->columns : 0;
    aim(bulk->of, &bulk->target, made, &plan);
    if (!bulk->target.updated && !bulk->only_set)
        plan.updated &= ~unsaid(bulk->of, row_at(bulk, at));
    return plan;
}

/* All of them before the first is sent. */
static void check_rows(const struct bulk *bulk)
{
    for (size_t at = 0; at < bulk->count; at++) {
        struct cf__insert_plan plan = plan_row(bulk, at);
        cf__check_fields(bulk->of, plan.written, row_at(bulk, at), at);
        cf__validate(bulk->session, bulk->of, plan.written, row_at(bulk, at), at);
        need_key(bulk->of, plan, row_at(bulk, at), at);
    }
}

/* Rows to be inserted. `index` finds those with the same values in the columns of a conflict (open addressing). */
struct window {
    struct cf__insert_plan plans[WINDOW];
    void *rows[WINDOW], *alike[WINDOW], *index[2 * WINDOW];
    size_t count;
};

/* False where a row of the window has the same values: a statement that meets a row twice is refused by some databases,
 * and the later one is to win. */
static bool enter(const struct bulk *bulk, struct window *window, void *row)
{
    const struct cf_model *model = bulk->of->model;
    uint64_t unique = bulk->target.unique;
    if (!unique)
        return true;
    size_t at = cf__values_hash(model, unique, row) % (2 * WINDOW);
    for (; window->index[at]; at = (at + 1) % (2 * WINDOW))
        if (cf__same_values(model, unique, window->index[at], row))
            return false;
    window->index[at] = row;
    return true;
}

/* Takes the rows with the plan of the first one out of the window. */
static size_t take_alike(struct window *window)
{
    struct cf__insert_plan plan = window->plans[0];
    size_t taken = 0, kept = 0;
    for (size_t i = 0; i < window->count; i++) {
        if (cf__same_plan(&window->plans[i], &plan)) {
            window->alike[taken++] = window->rows[i];
            continue;
        }
        window->plans[kept] = window->plans[i];
        window->rows[kept++] = window->rows[i];
    }
    window->count = kept;
    return taken;
}

static void insert_window(struct bulk *bulk, struct window *window)
{
    while (window->count) {
        struct cf__insert_plan plan = window->plans[0];
        struct cf_assignment room[64];
        size_t count = take_alike(window);
        edit(&plan, bulk->edits, bulk->edit_count, room);
        cf__insert_rows(bulk->session, bulk->of->model, plan, window->alike, count);
        if (bulk->sent)
            memcpy(bulk->sent + bulk->sent_count, window->alike, count * sizeof *bulk->sent);
        bulk->sent_count += count;
    }
    memset(window->index, 0, sizeof window->index);
}

static void insert_rows(void *bulk_)
{
    struct bulk *bulk = bulk_;
    struct window *window = cf_alloc(&bulk->session->head, sizeof *window);
    for (size_t at = 0; at < bulk->count; at++) {
        void *row = row_at(bulk, at);
        if (window->count == WINDOW || !enter(bulk, window, row)) {
            insert_window(bulk, window);
            enter(bulk, window, row);
        }
        window->plans[window->count] = plan_row(bulk, at);
        window->rows[window->count++] = row;
    }
    insert_window(bulk, window);
}

int64_t cf_insert_all_(cf_db *db, const struct cf_model *model, const void *rows, size_t count,
                       const struct cf_insert_options *options)
{
    struct bulk bulk = bulk_of(db, model, rows, count, &options->columns, "cf_insert_all");
    bulk.owned = options->returning;
    bulk.returned = options->returning ? WHAT_IS_MADE : NOTHING;
    make_defaults(&bulk);
    check_rows(&bulk);
    cf__flush_pending(bulk.session);
    cf__write_or_undo(bulk.session, insert_rows, &bulk);
    return (int64_t)count;
}

/* ---- cf_insert_from --------------------------------------------------------------------------------------------- */

struct copying {
    struct cf__session *session;
    struct cf__rows_of *of;
    struct cf__write write;
    int64_t inserted;
    struct cf__items *rows; /* given back, as objects of the session */
};

static void insert_query(void *copying_)
{
    struct copying *copying = copying_;
    struct cf__rows rows = cf__link_write(&copying->session->link, &copying->write);
    if (!copying->write.returning) {
        copying->inserted = cf__rows_changed(&rows);
        return;
    }
    copying->rows = cf__load_untracked(copying->session, copying->of->model, &rows);
    for (size_t i = 0; i < copying->rows->count; i++)
        copying->rows->items[i] = cf__sync_row(copying->session, copying->of, copying->rows->items[i]);
}

/* What the session gives a new object, each row gets: the first version, the times of now, and what its defaults make. */
static size_t values_of_new(struct cf__session *session, const struct cf__rows_of *of, uint64_t filled,
                            const char *call, struct cf_assignment *values)
{
    const struct cf_operand now = { .kind = CF_OPERAND_TIME, .time = cf_now() };
    const struct cf_operand one = { .kind = CF_OPERAND_INTEGER, .integer = 1 };
    uint64_t version = cf__column_bit(of->counted);
    size_t count = 0;
    for (uint64_t left = (of->stamps | version) & ~filled; left; left &= left - 1) {
        const struct cf_column *column = &of->model->columns[__builtin_ctzll(left)];
        if (column->stamp != CF_STAMP_DELETED)
            values[count++] = (struct cf_assignment){ column, left & -left & version ? one : now };
    }
    const struct cf__asked asked = { .row = cf_alloc(&session->head, of->model->size),
                                     .wanted = of->insert_defaults & ~filled,
                                     .refusing = call };
    if (asked.wanted)
        count += cf__defaults_of_many(session, of, &asked, values + count);
    return count;
}

static struct copying insert_from(cf_db *db, const struct cf_model *model, struct cf_columns columns,
                                  const cf_subquery *query, bool returns, const char *call)
{
    struct copying copying = { .session = cf__bulk_session(db, model, call) };
    const struct cf__rows_of *of = copying.of = cf__rows_of(copying.session, model);
    const struct cf_driver *driver = cf__engine_driver(copying.session->engine);
    struct cf_assignment values[64];
    uint64_t filled = cf__bulk_columns(model, &columns, call);
    if (returns && !(driver->capabilities & CF_CAN_RETURNING))
        cf_raise(CF_INTERNAL, "%s has no INSERT ... RETURNING: say cf_insert_from, and read the rows with cf_find",
                 driver->name);
    if ((size_t)__builtin_popcountll(filled) != columns.count)
        cf_raise(CF_INTERNAL, "%s of %s: a column is there twice", call, model->name);
    cf__need_fields(call, &columns, query);
    copying.write = (struct cf__write){ .kind = CF__INSERT,
                                        .model = model,
                                        .query = query,
                                        .filled = &columns,
                                        .set = values,
                                        .set_count = values_of_new(copying.session, of, filled, call, values),
                                        .returning = returns ? of->columns : 0 };
    cf__flush_pending(copying.session);
    cf__write_or_undo(copying.session, insert_query, &copying);
    return copying;
}

int64_t cf_insert_from_(cf_db *db, const struct cf_model *model, struct cf_columns columns, const cf_subquery *query)
{
    return insert_from(db, model, columns, query, false, "cf_insert_from").inserted;
}

void *cf_insert_from_returning_(cf_db *db, const struct cf_model *model, struct cf_columns columns,
                                const cf_subquery *query)
{
    return insert_from(db, model, columns, query, true, "cf_insert_from_returning").rows;
}

/* ---- cf_upsert, cf_upsert_all ----------------------------------------------------------------------------------- */

static struct cf__rows run_where(struct cf__session *session, const struct cf__rows_of *of, const cf_expr *where)
{
    struct cf__query query = { .kind = CF__SELECT, .model = of->model, .columns = of->columns, .where = where };
    return cf__link_run(&session->link, &query);
}

/* A row that was kept is not among the results, nor is any where the database cannot give back what it wrote. */
static void read_back(struct cf__session *session, const struct cf__rows_of *of, const cf_expr *where, void *row)
{
    struct cf__rows rows = run_where(session, of, where);
    bool found = cf__rows_next(&rows, row);
    cf__rows_end(&rows);
    if (!found)
        cf_raise(CF_CONFLICT, "%s: the row was there when it was to be inserted, and was gone when it was read",
                 of->model->table);
}

/* SQL of the model's own, in which a question mark is none of a value; NULL of NULL. */
static const cf_expr *sql_condition(const char *sql)
{
    if (!sql)
        return NULL;
    struct cf__buffer text = cf__buffer_new(cf__current(), CF__CAP_SQL, "a condition");
    cf__buffer_char(&text, '(');
    for (; *sql; sql++) {
        cf__buffer_char(&text, *sql);
        if (*sql == '?')
            cf__buffer_char(&text, '?');
    }
    cf__buffer_char(&text, ')');
    return cf_variadic_(CF_SQL_EXPRESSION, cf__buffer_text(&text), 0, NULL);
}

/* The one row that is inserted or updated. */
struct upsert {
    struct cf__session *session;
    struct cf__rows_of *of;
    struct cf__insert_plan plan;
    const void *row;
    void *object;
};

static void upsert_row(void *upsert_)
{
    struct upsert *upsert = upsert_;
    struct cf__session *session = upsert->session;
    bool can_return = cf__engine_driver(session->engine)->capabilities & CF_CAN_RETURNING;
    struct cf__write write = { .kind = CF__INSERT,
                               .model = upsert->of->model,
                               .columns = upsert->plan.written,
                               .returning = can_return ? upsert->of->columns : 0,
                               .rows = &upsert->row,
                               .count = 1,
                               .unique = upsert->plan.unique,
                               .updated = upsert->plan.updated,
                               .counted = upsert->plan.counted,
                               .predicate = upsert->plan.predicate,
                               .where = upsert->plan.where,
                               .set = upsert->plan.set,
                               .set_count = upsert->plan.set_count };
    void *row = cf_alloc(&session->head, upsert->of->model->size);
    struct cf__rows rows = cf__link_write(&session->link, &write);
    bool found = can_return ? cf__rows_next(&rows, row) : (cf__rows_changed(&rows), false);
    cf__rows_end(&rows);
    if (!found)
        read_back(session, upsert->of,
                  cf_and(cf__equals(upsert->of->model, upsert->plan.unique, upsert->row),
                         sql_condition(upsert->plan.predicate)),
                  row);
    upsert->object = cf__sync_row(session, upsert->of, row);
}

static void need_columns(const struct cf__rows_of *of, uint64_t set)
{
    if (set & ~of->columns)
        cf_raise(CF_INTERNAL, "cf_upsert of %s: %s is a relation, which is not written: give its key's columns",
                 of->model->name, of->model->columns[__builtin_ctzll(set & ~of->columns)].name);
}

/* Asked once for all rows: an INSERT says one value for whichever of them are there. A default that goes by what its row has
 * leaves it as it is. */
static size_t make_edits(struct cf__session *session, const struct cf__rows_of *of, const struct target *target,
                         struct cf__asked asked, struct cf_assignment *edits)
{
    size_t count = target->set_count;
    uint64_t said = asked.wanted | target->unique | target->updated | set_bits(target);
    memcpy(edits, target->set, count * sizeof *edits);
    asked.wanted = target->keep ? 0 : of->update_defaults & ~said;
    asked.update = true;
    return asked.wanted ? count + cf__defaults_of_many(session, of, &asked, edits + count) : count;
}

void *cf_upsert_(cf_db *db, const struct cf_model *model, const struct cf_conflict *conflict, void *row,
                 const char *const *named)
{
    struct cf__session *session = cf__bulk_session(db, model, "cf_upsert");
    struct cf__rows_of *of = cf__rows_of(session, model);
    struct target target = target_of(session, model, conflict, "cf_upsert");
    struct upsert upsert = { .session = session, .of = of, .row = row };
    uint64_t set = cf__named_columns(model, named);
    need_columns(of, set);
    uint64_t made = cf__insert_defaults(session, of, row, set);
    cf__start_version(of, row);
    cf__stamp(of, row, NULL, CF_STAMP_CREATED);
    cf__stamp(of, row, NULL, CF_STAMP_UPDATED);
    upsert.plan = cf__plan_insert(of, row, set | made, CF__ALONE);
    aim(of, &target, made, &upsert.plan);
    need_key(of, upsert.plan, row, CF__ALONE);
    struct cf_assignment edits[64];
    const struct cf__asked asked = { .row = memcpy(cf_new_(db, model), row, model->size),
                                     .known = upsert.plan.written,
                                     .wanted = upsert.plan.updated };
    upsert.plan.set = edits;
    upsert.plan.set_count = make_edits(session, of, &target, asked, edits);
    cf__check_fields(of, upsert.plan.written, row, CF__ALONE);
    cf__validate(session, of, upsert.plan.written, row, CF__ALONE);
    cf__flush_pending(session);
    cf__write_or_undo(session, upsert_row, &upsert);
    return upsert.object;
}

static void upsert_rows(void *bulk_)
{
    struct bulk *bulk = bulk_;
    insert_rows(bulk);
    cf__sync_known(bulk->session, cf__rows_of(bulk->session, bulk->of->model));
}

/* Reads the rows written, or kept, by the columns that decide which ones they are. Those that only the database takes for
 * the same (by its collation) are asked for one by one. */
static void read_sent(struct bulk *bulk)
{
    enum { BATCH = 64 };
    const struct cf__rows_of *of = bulk->of;
    const struct cf_column *columns[64];
    struct cf__key key = { columns, 0 };
    struct cf__keys wanted, found;
    for (uint64_t left = bulk->target.unique; left; left &= left - 1)
        columns[key.count++] = &of->model->columns[__builtin_ctzll(left)];
    cf__keys_init(&wanted, bulk->session->context, key);
    cf__keys_init(&found, bulk->session->context, key);
    for (size_t i = 0; i < bulk->sent_count; i++)
        cf__keys_put(&wanted, bulk->sent[i]);
    for (size_t first = 0; first < wanted.count; first += BATCH) {
        size_t count = wanted.count - first < BATCH ? wanted.count - first : BATCH;
        struct cf__rows rows = run_where(bulk->session, of, cf__keys_condition(&wanted, columns, first, count));
        const struct cf__items *items = cf__load_untracked(bulk->session, of->model, &rows);
        for (size_t i = 0; i < items->count; i++)
            cf__keys_put(&found, items->items[i]);
    }
    for (size_t i = 0; i < bulk->sent_count; i++) {
        void *row = bulk->sent[i];
        ptrdiff_t at = cf__keys_find(&found, key, row);
        if (at == CF__NO_KEY)
            read_back(bulk->session, of, cf__equals(of->model, bulk->target.unique, row), row);
        else
            memcpy(row, found.rows[at], of->model->size);
    }
}

static void upsert_and_return(void *bulk_)
{
    struct bulk *bulk = bulk_;
    struct cf__rows_of *of = cf__rows_of(bulk->session, bulk->of->model);
    upsert_rows(bulk);
    if (!bulk->returned)
        read_sent(bulk);
    for (size_t i = 0; i < bulk->sent_count; i++) {
        size_t at = (size_t)((char *)bulk->sent[i] - bulk->rows) / of->model->size;
        bulk->objects->items[at] = cf__sync_row(bulk->session, of, bulk->sent[i]);
    }
}

/* The rows become copies that hold what the database has, and the session's objects where it has none. A kept row, and one
 * whose condition does not hold, is not among what an INSERT gives back. */
static void prepare_return(struct bulk *bulk)
{
    struct cf__session *session = bulk->session;
    bool can_return = cf__engine_driver(session->engine)->capabilities & CF_CAN_RETURNING;
    size_t size = bulk->count * bulk->of->model->size;
    bulk->returned = can_return && !bulk->target.keep && !bulk->target.where ? EVERYTHING : NOTHING;
    bulk->rows = memcpy(cf_alloc(&session->head, size + 1), bulk->rows, size);
    bulk->owned = true;
    bulk->sent = cf_alloc(&session->head, (bulk->count + 1) * sizeof *bulk->sent);
    bulk->objects = cf_alloc(&session->head, sizeof *bulk->objects);
    *bulk->objects = (struct cf__items){ cf_alloc(&session->head, (bulk->count + 1) * sizeof(void *)), bulk->count };
}

static struct cf__items *upsert_all(struct bulk bulk, const struct cf_conflict *conflict, bool returns,
                                    const char *call)
{
    struct cf_assignment edits[64];
    bulk.target = target_of(bulk.session, bulk.of->model, conflict, call);
    if (returns && bulk.target.predicate && (bulk.target.keep || bulk.target.where))
        cf_raise(
            CF_INTERNAL,
            "%s of %s: rows that are left alone are found by columns that are unique, and these are in a part of the "
            "rows only: say cf_upsert of each",
            call, bulk.of->model->name);
    const struct cf__asked asked = { .row = cf_new_(&bulk.session->head, bulk.of->model),
                                     .wanted = bulk.only_set ? bulk.set : 0 };
    bulk.edits = edits;
    bulk.edit_count = make_edits(bulk.session, bulk.of, &bulk.target, asked, edits);
    if (returns)
        prepare_return(&bulk);
    make_defaults(&bulk);
    check_rows(&bulk);
    cf__flush_pending(bulk.session);
    cf__write_or_undo(bulk.session, returns ? upsert_and_return : upsert_rows, &bulk);
    return bulk.objects;
}

void cf_upsert_all_(cf_db *db, const struct cf_model *model, const struct cf_conflict *conflict, const void *rows,
                    size_t count, const struct cf_upsert_options *options)
{
    static const char call[] = "cf_upsert_all";
    upsert_all(bulk_of(db, model, rows, count, &options->columns, call), conflict, false, call);
}

void *cf_upsert_all_returning_(cf_db *db, const struct cf_model *model, const struct cf_conflict *conflict,
                               const void *rows, size_t count, const struct cf_upsert_options *options)
{
    static const char call[] = "cf_upsert_all_returning";
    return upsert_all(bulk_of(db, model, rows, count, &options->columns, call), conflict, true, call);
}
