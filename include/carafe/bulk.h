/* SPDX-License-Identifier: MIT
 *
 * Many rows at once, past the session's objects: inserting, updating, deleting and "insert or update" by a few
 * statements, and walking a result of any length in constant memory.
 *
 * What writes here is part of the session's transaction: it first writes what is pending (cf_flush), and lasts with
 * cf_commit. Where it fails, everything since the last commit is rolled back, as with cf_flush. Objects the session
 * knows of the model are read again after cf_update_all, cf_update_many, cf_delete_all and the upserts, so that they say what the
 * database says; those that are gone there are forgotten. Objects of other models (ON DELETE CASCADE, triggers) are
 * not looked at.
 */
#ifndef CARAFE_BULK_H
#define CARAFE_BULK_H

#include <carafe/session.h>
#pragma GCC system_header

/* ---- Inserting -------------------------------------------------------------------------------------------------- */

/* `columns`: what is written of each row. Without it all columns are, but those that hold zero (0, false, NULL) where
 * the database has a default, or numbers rows itself: these take that. A column with an insert_default that
 * is not written, or holds zero, is given its value by that function; so begin a version and a stamp of time that has no
 * default. `returning`: what the database made is put into the rows. */
struct cf_insert_options {
    struct cf_columns columns;
    bool returning;
    char end_;
};

/* clang-format off */
/* Inserts the structs of an array, in batches: cf_insert_all(db, User, users, 100000). The session does not watch them.
 * Returns how many. A value that its column refuses ends it with CF_INVALID (CF_NOT_NULL where one is missing), naming
 * the row, before anything is sent. */
#define cf_insert_all(db, Model, rows, ...)        CF_INSERT_ALL_(db, Model, rows, __VA_ARGS__, .end_ = 0)
#define CF_INSERT_ALL_(db, Model, rows, count, ...)                                                                    \
    cf_insert_all_(CF_AT_(db), CF_WRITTEN_(Model), CF_ROWS_(Model, rows), (count), &(struct cf_insert_options){ __VA_ARGS__ })
#define CF_ROWS_(Model, rows) ((const __typeof__(*(Model).type_) *[]){ (rows) }[0])

/* Inserts what a query gives (INSERT … SELECT), its fields into the columns in the order given; returns how many rows:
 *
 *     cf_insert_from(db, Archived, cf_columns(Archived.id, Archived.title),
 *                    cf_subselect(Old, .from = Post, .where = cf_lt(Post.created, cf_ago(1, CF_YEAR))));
 *
 * Other columns take their default, an insert_default being asked once for all rows; versions begin and times are set as when
 * an object is written. A query of another
 * number or type of fields ends it with CF_INTERNAL; values are the database's to judge. */
#define cf_insert_from(db, Model, columns, query) cf_insert_from_(CF_AT_(db), CF_WRITTEN_(Model), (columns), (query))
/* The same, and the rows, in any order, as objects of the session (INSERT … SELECT … RETURNING, CF_CAN_RETURNING; CF_INTERNAL
 * where the database has none):
 *
 *     struct Archived_list archived = cf_insert_from_returning(db, Archived, cf_columns(Archived.title), cf_subselect(…)); */
#define cf_insert_from_returning(db, Model, columns, query)                                                            \
    (*(__typeof__(*(Model).list_) *)cf_insert_from_returning_(CF_AT_(db), CF_WRITTEN_(Model), (columns), (query)))

/* ---- Updating and deleting -------------------------------------------------------------------------------------- */

/* What a column becomes: a value, a column or an expression; cf_set_null(User.bio) for SQL NULL. */
struct cf_assignment {
    const struct cf_column *column; /* NULL ends a list */
    struct cf_operand value;
};
#define cf_set(c, x)   ((struct cf_assignment){ (c).column, CF_FIT_(c, x) })
#define cf_set_null(c) ((struct cf_assignment){ (c).column, { .kind = CF_OPERAND_NULL } })

/* What a column of one object becomes is for the database to say: cf_assign(db, User, user, cf_set(User.visits,
 * cf_plus(User.visits, 1))). Written by the next flush, in the UPDATE of that row, as is what was assigned to its other
 * fields; the struct has the value from then on, and keeps the old one until then. Of a row that was read or written
 * before; the primary key and the version are not assigned so. Said again of the same column, the last one counts. */
#define cf_assign(db, Model, row, set) cf_assign_(CF_AT_(db), CF_WRITTEN_(Model), (__typeof__(*(Model).type_) *[]){ (row) }[0], (set))

/* `all`: every row of the table, where there is no condition (a forgotten one is an error). Where CF_SOFT_DELETE hides
 * rows, these are left alone, unless `with_deleted`; and rows to be deleted are hidden, unless `for_good`. Versions are
 * counted and times of change set as when an object is written; an update_default of a column that is not in `set` is asked
 * once for all rows. Hooks and validators are not called. */
struct cf_update_options {
    struct cf_assignment set[16];
    const cf_expr *where;
    bool all, with_deleted;
    char end_;
};
struct cf_delete_options {
    const cf_expr *where;
    bool all, for_good;
    char end_;
};
/* Changes all rows that meet a condition, by one statement; returns how many:
 * cf_update_all(db, User, .set = { cf_set(User.age, 30) }, .where = cf_is_null(User.age)). */
#define cf_update_all(db, ...)         CF_UPDATE_ALL_(db, __VA_ARGS__, .end_ = 0)
#define CF_UPDATE_ALL_(db, Model, ...) cf_update_all_(CF_AT_(db), CF_WRITTEN_(Model), &(struct cf_update_options){ __VA_ARGS__ })
/* Deletes all rows that meet a condition, by one statement; returns how many. */
#define cf_delete_all(db, ...)         CF_DELETE_ALL_(db, __VA_ARGS__, .end_ = 0)
#define CF_DELETE_ALL_(db, Model, ...) cf_delete_all_(CF_AT_(db), CF_WRITTEN_(Model), &(struct cf_delete_options){ __VA_ARGS__ })

/* The same, and the rows as they are then, in any order: one statement where the database has UPDATE … RETURNING and
 * DELETE … RETURNING (CF_CAN_UPDATE_RETURNING, CF_CAN_DELETE_RETURNING); else they are locked, written and read again.
 *
 *     struct User_list gone = cf_delete_all_returning(db, User, .where = cf_is_null(User.age));
 *
 * Updated rows are objects of the session, as those of cf_find; deleted ones are not (nor those that are only hidden). The
 * primary key is not among what is set. */
#define cf_update_all_returning(db, ...)         CF_UPDATE_ALL_RETURNING_(db, __VA_ARGS__, .end_ = 0)
#define CF_UPDATE_ALL_RETURNING_(db, Model, ...) (*(__typeof__(*(Model).list_) *)cf_update_all_returning_(CF_AT_(db), CF_WRITTEN_(Model), &(struct cf_update_options){ __VA_ARGS__ }))
#define cf_delete_all_returning(db, ...)         CF_DELETE_ALL_RETURNING_(db, __VA_ARGS__, .end_ = 0)
#define CF_DELETE_ALL_RETURNING_(db, Model, ...) (*(__typeof__(*(Model).list_) *)cf_delete_all_returning_(CF_AT_(db), CF_WRITTEN_(Model), &(struct cf_delete_options){ __VA_ARGS__ }))

/* Changes the rows that the structs of an array mean by their primary keys: each gets what its struct has in the columns
 * named; returns how many rows there were: cf_update_many(db, User, cf_columns(User.name, User.age), users, count). All
 * values are checked first, as by cf_insert_all; versions are counted, not compared, times of change are set, and an
 * update_default of a column that is not named is asked once. Hooks are not called. */
#define cf_update_many(db, Model, columns, rows, count)                                                                \
    cf_update_many_(CF_AT_(db), CF_WRITTEN_(Model), (columns), CF_ROWS_(Model, rows), (count))

/* Runs a statement of your own for each struct of an array, in which :name is the field of that name; returns how many rows
 * all of them changed:
 *
 *     cf_sql_execute_all(db, "UPDATE users SET name = :name WHERE id = :id", Change, changes, count);
 *
 * Structs are of a SHAPE or a model, the text a literal. As few round trips are made as the database knows. All values are
 * checked first, as by cf_insert_all. A :name that is no field is CF_INTERNAL, which says what fields there are. */
#define cf_sql_execute_all(db, text, Shape, rows, count)                                                               \
    cf_sql_execute_all_(CF_AT_(db), "" text, &(Shape).model_, CF_ROWS_(Shape, rows), (count))

/* ---- Insert or update ------------------------------------------------------------------------------------------- */

/* When a row is the same as one that is there: `columns` are equal, which are the primary key or Unique. Then `update`
 * are overwritten with what the new row says (default: all that are written, but for `columns`), or nothing where
 * `keep`. With `set` the row that is there is changed by expressions, in which a column is what it has there; only what
 * `update` lists is overwritten besides:
 *
 *     cf_upsert(db, Page, cf_on_conflict(cf_columns(Page.path), .set = { cf_set(Page.hits, cf_plus(Page.hits, 1)) }),
 *               .path = path, .hits = 1);
 *
 * There cf_excluded(Page.hits) is what the new row says: cf_plus(Page.hits, cf_excluded(Page.hits)) adds them up.
 *
 * With `where` the row that is there is changed only where the condition holds, in which a column is what it has there, too:
 * .where = cf_lt(Page.changed, cf_excluded(Page.changed)). The columns may be those of a unique Index of a part of the rows
 * (CF_CAN_PARTIAL_INDEXES), which is then what counts.
 *
 * Columns that are not overwritten take what their update_default makes. On MariaDB the equality of any other unique key
 * counts as well. */
struct cf_conflict {
    struct cf_columns columns, update;
    struct cf_assignment set[8];
    const cf_expr *where;
    bool keep;
    char end_;
};
#define cf_excluded(c) cf_excluded_(CF_COLUMN_ONLY_(c))
#define cf_on_conflict(...)          CF_ON_CONFLICT_(__VA_ARGS__, .end_ = 0)
#define CF_ON_CONFLICT_(columns_, ...) ((struct cf_conflict){ .columns = columns_, __VA_ARGS__ })
static inline struct cf_conflict cf_conflict_same_(struct cf_conflict conflict) { return conflict; }
static inline struct cf_conflict cf_conflict_of_(struct cf_columns columns) { return (struct cf_conflict){ .columns = columns }; }
#define CF_CONFLICT_(x) _Generic((x), struct cf_conflict: cf_conflict_same_, struct cf_columns: cf_conflict_of_)(x)

/* A row inserted, or updated where there is one with the same key; the session watches it, and it holds what the
 * database holds:
 *
 *     struct Setting *theme = cf_upsert(db, Setting, cf_columns(Setting.key), .key = "theme", .value = "dark");
 *     cf_upsert(db, Setting, cf_on_conflict(cf_columns(Setting.key), .keep = true), .key = "theme", .value = "dark");
 *
 * Fields are given as to cf_add (relations are not), but the row is written at once. */
#define cf_upsert(db, Model, conflict, ...) __extension__({                                                            \
        const char *const cf_named_[] = { CF_FOR_EACH(CF_NAMED_FIELD_, , __VA_ARGS__) NULL };                          \
        __typeof__(*(Model).type_) *cf_row_ = cf_new_((db), CF_WRITTEN_(Model));                                          \
        struct cf_conflict cf_conflict_ = CF_CONFLICT_(conflict);                                                      \
        CF_FOR_EACH(CF_ASSIGN_, cf_row_, __VA_ARGS__)                                                                  \
        (__typeof__(*(Model).type_) *)cf_upsert_(CF_AT_(db), &(Model).model_, &cf_conflict_, cf_row_, cf_named_); })
/* The same for an array of structs, in batches; of rows in it with the same key the last one counts. The session does
 * not watch them. `columns` is as in cf_insert_all. */
struct cf_upsert_options {
    struct cf_columns columns;
    char end_;
};
#define cf_upsert_all(db, Model, conflict, rows, ...) CF_UPSERT_ALL_(db, Model, conflict, rows, __VA_ARGS__, .end_ = 0)
#define CF_UPSERT_ALL_(db, Model, conflict, rows, count, ...)                                                          \
    cf_upsert_all_(CF_AT_(db), CF_WRITTEN_(Model), &(struct cf_conflict[]){ CF_CONFLICT_(conflict) }[0], CF_ROWS_(Model, rows), \
                   (count), &(struct cf_upsert_options){ __VA_ARGS__ })
/* The same, and the rows as they are then: a struct Model_list with as many items as the array has structs, the first being the
 * row that the first struct means, inserted, updated or (`keep`, `where`) left alone. They are objects of the session; two structs with
 * the same key mean one.
 *
 *     struct Setting_list now = cf_upsert_all_returning(db, Setting, cf_columns(Setting.key), settings, count);
 *
 * By RETURNING where the database has it (CF_CAN_RETURNING); else, and with `keep` or `where`, rows are read back by `columns`. Where
 * another has deleted one in between, or the database left it alone for another unique key (MariaDB), that is CF_CONFLICT. */
#define cf_upsert_all_returning(db, Model, conflict, rows, ...) CF_UPSERT_ALL_RETURNING_(db, Model, conflict, rows, __VA_ARGS__, .end_ = 0)
#define CF_UPSERT_ALL_RETURNING_(db, Model, conflict, rows, count, ...)                                                \
    (*(__typeof__(*(Model).list_) *)cf_upsert_all_returning_(                                                          \
        CF_AT_(db), CF_WRITTEN_(Model), &(struct cf_conflict[]){ CF_CONFLICT_(conflict) }[0], CF_ROWS_(Model, rows),   \
        (count), &(struct cf_upsert_options){ __VA_ARGS__ }))

/* ---- Long results ----------------------------------------------------------------------------------------------- */

/* Walks the rows of a query one after the other, as they come from the database, in the memory of one:
 *
 *     for cf_find_each(user, db, User, .where = cf_gt(User.age, 18))
 *         printf("%s\n", user->name);
 *
 * The row lives until the next one: cf_copy what is to stay. It is not watched by the session; relations are not loaded
 * (.load is an error, cf_related works). The loop may be left by break and return, and its body may query and write.
 * What is pending is written first. Rows are read on a connection of their own, as they were committed when the loop
 * began; in a transaction (which begins with the first thing written) on the connection of that, so that its changes
 * are seen. Such a loop must have ended before the transaction does: a commit or rollback in the body is CF_INTERNAL at the
 * next row. */
#define cf_find_each(row, db, ...)         CF_FIND_EACH_(row, db, __VA_ARGS__, .end_ = 0)
#define CF_FIND_EACH_(row, db, Model, ...) \
    CF_WALK_(row, Model, cf_find_each_(CF_AT_(db), &(Model).model_, &(struct cf_find_options){ __VA_ARGS__ }))
/* The same of cf_select, and of SQL of one's own, which reads: for cf_select_each(total, db, Total, .from = User, …), for
 * cf_sql_each(total, db, Total, "SELECT …", value, …). Takes SHAPEs; cf_sql_each models, too. */
#define cf_select_each(row, db, ...)          CF_SELECT_EACH_(row, db, __VA_ARGS__, .end_ = 0)
#define CF_SELECT_EACH_(row, db, Shape, ...) \
    CF_WALK_(row, Shape, cf_select_each_(CF_AT_(db), &(Shape).model_, CF_SELECT_ARGUMENT_(Shape, __VA_ARGS__)))
#define cf_sql_each(row, db, Model, ...)      CF_SQL_EACH_(row, db, Model, __VA_ARGS__, )
#define CF_SQL_EACH_(row, db, Model, text, ...) \
    CF_WALK_(row, Model, cf_sql_each_(CF_AT_(db), &(Model).model_, "" text, CF_SQL_VALUES_(__VA_ARGS__)))
#define CF_WALK_(row, Model, walk)                                                                                     \
    (__typeof__(*(Model).type_) *row = NULL, **row##_walk_ __attribute__((cleanup(cf_find_each_end_))) = walk;         \
     (row = cf_find_each_next_(row##_walk_));)
/* clang-format on */

/* ---- Behind the macros ------------------------------------------------------------------------------------------ */

int64_t cf_insert_all_(cf_db *db, const struct cf_model *model, const void *rows, size_t count,
                       const struct cf_insert_options *options);
int64_t cf_sql_execute_all_(cf_db *db, const char *text, const struct cf_model *model, const void *rows, size_t count);
void cf_assign_(cf_db *db, const struct cf_model *model, void *row, struct cf_assignment set);
int64_t cf_update_many_(cf_db *db, const struct cf_model *model, struct cf_columns columns, const void *rows,
                        size_t count);
int64_t cf_update_all_(cf_db *db, const struct cf_model *model, const struct cf_update_options *options);
int64_t cf_delete_all_(cf_db *db, const struct cf_model *model, const struct cf_delete_options *options);
void *cf_update_all_returning_(cf_db *db, const struct cf_model *model, const struct cf_update_options *options);
void *cf_delete_all_returning_(cf_db *db, const struct cf_model *model, const struct cf_delete_options *options);
int64_t cf_insert_from_(cf_db *db, const struct cf_model *model, struct cf_columns columns, const cf_subquery *query);
void *cf_insert_from_returning_(cf_db *db, const struct cf_model *model, struct cf_columns columns, const cf_subquery *query);
void *cf_upsert_(cf_db *db, const struct cf_model *model, const struct cf_conflict *conflict, void *row,
                 const char *const *named);
void cf_upsert_all_(cf_db *db, const struct cf_model *model, const struct cf_conflict *conflict, const void *rows,
                    size_t count, const struct cf_upsert_options *options);
void *cf_upsert_all_returning_(cf_db *db, const struct cf_model *model, const struct cf_conflict *conflict,
                               const void *rows, size_t count, const struct cf_upsert_options *options);
void *cf_find_each_(cf_db *db, const struct cf_model *model, const struct cf_find_options *options);
void *cf_select_each_(cf_db *db, const struct cf_model *shape, const void *argument, size_t columns);
void *cf_sql_each_(cf_db *db, const struct cf_model *model, const char *text, struct cf_values values);
void *cf_find_each_next_(void *walk);
void cf_find_each_end_(void *walk);

#endif
