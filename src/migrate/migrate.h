/* SPDX-License-Identifier: MIT
 *
 * Migrations for the layers above: one call a command of `db`. All run in a fiber and raise their errors.
 */
#ifndef CARAFE_MIGRATE_MIGRATE_H
#define CARAFE_MIGRATE_MIGRATE_H

#include <carafe/migrate.h>

#include "../db/engine.h"

/* What became of a statement of the user's own that a revision stopped in: see progress.h. */
enum cf__resume { CF__RESUME_ASK, CF__RESUME_DONE, CF__RESUME_AGAIN };

/* What a command works on. */
struct cf__migration {
    const struct cf_model *const *models;
    const cf_revision *const *revisions; /* linked into the program; NULL where it has none */
    const char *directory;               /* "migrations" */
    const char *program;       /* path of the running program, to tell whether it is stale; NULL: not checked */
    cf_engine *engine;         /* NULL where a command needs no database */
    struct cf__buffer *output; /* what the command prints on stdout */
    bool allow_drop;
    enum cf__resume resume;
};

/* Applies all outstanding revisions: `upgrade head`. Each is reported as a line "Running upgrade <base> ->
 * 4f2a91c0d3e7, create users" through cf_log_info, or to output where there is one. */
void cf__migrate_to_head(struct cf__migration *migration);
/* Creates those tables and views of the models that the database has not, without revisions; what is there is left as it
 * is. Refused, as dropping is, where revisions have been applied: the tables are theirs. */
void cf__migrate_create_all(cf_engine *engine, const struct cf_model *const *models);
/* Drops those that it has, with all rows: those that refer first, circles too. */
void cf__migrate_drop_all(cf_engine *engine, const struct cf_model *const *models);

void cf__db_init(struct cf__migration *migration);
/* Writes a revision with what changed; false (and says so) where nothing did. */
bool cf__db_migrate(struct cf__migration *migration, const char *message);
void cf__db_upgrade(struct cf__migration *migration, const char *target, bool sql);
void cf__db_downgrade(struct cf__migration *migration, const char *target, bool sql);
void cf__db_current(struct cf__migration *migration);
void cf__db_history(struct cf__migration *migration);
void cf__db_heads(struct cf__migration *migration);
/* True where models and revisions agree (and the live schema agrees with its revision, where there is an engine);
 * else prints the differences. */
bool cf__db_check(struct cf__migration *migration);
/* cf__migrate_create_all and cf__migrate_drop_all, told in words. */
void cf__db_create_all(struct cf__migration *migration);
void cf__db_drop_all(struct cf__migration *migration);
/* Writes a header of models for the tables that the database has to output. */
void cf__db_reflect(struct cf__migration *migration);

#endif
