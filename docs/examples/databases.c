/* SPDX-License-Identifier: MIT
 *
 * The examples of docs/databases.md, that of docs/configuration.md on its connections, and that of docs/migrations.md without
 * revisions, compiled.
 */
/* clang-format off */
#include <stdio.h>
#include <unistd.h>

#include <carafe/carafe.h>

MODEL(User, "users",
    (id,   Id),
    (name, String(50)));

MODEL_IN("audit", Entry, "entries",
    (id,   Id),
    (what, String(80)));

static const cf_revision *const revisions_audit[] = { NULL };

cf_app *make_shop(void);
cf_app *make_shop(void)
{
    cf_app *app = cf_app_new("shop",
        .database_uri = "sqlite:///shop.db",
        .models       = CF_MODELS(User, Entry),
        .binds        = { { "audit", "sqlite:///audit.db", revisions_audit } });
    return app;
}

cf_app *make_large_shop(void);
cf_app *make_large_shop(void)
{
    return cf_app_new("shop",
        .database_uri = "sqlite:///shop.db",
        .binds = { { "audit", "postgresql://db.example/audit", revisions_audit,
                     .pool_size = 2, .max_overflow = 3, .pool_recycle = 3600, .statement_timeout = 30 } },
        .models       = CF_MODELS(User, Entry));
}

static void start_anew(cf_db *db, int argc, char **argv) __attribute__((unused));
static void start_anew(cf_db *db, int argc, char **argv)
{
    (void)argc, (void)argv;
    cf_drop_all(db);                                      /* with all rows */
    cf_create_all(db);
    if (!cf_has_table(db, "legacy_users"))
        return;
    const struct cf_table *legacy = cf_schema_table(cf_inspect(db), "legacy_users");
    for (size_t i = 0; i < legacy->column_count; i++)
        cf_log_info("legacy_users.%s", legacy->columns[i].name);
}

static double waited, asked;
static int failed;

static void measure(const struct cf_sql_entry *entry)
{
    asked += entry->milliseconds;
    failed += entry->error != NULL;                        /* ->code: CF_UNIQUE, CF_TIMEOUT, CF_UNAVAILABLE … */
}

static void measure_pool(const struct cf_pool_event *event)
{
    waited += event->milliseconds;                         /* for a connection that is free */
}

static void note_lost(const struct cf_pool_event *event)
{
    cf_log_warning("a connection to %s was lost, %d are left", event->uri, event->open);
}

static void bring_password(struct cf_connect *connect)
{
    char word[200] = "";
    FILE *file = fopen("/run/secrets/database", "r");
    if (!file)
        cf_raise(CF_UNAVAILABLE, "the database's password is not there yet");
    if (fscanf(file, "%199s", word) == 1)
        connect->password = cf_copy(connect, word);
    fclose(file);
    connect->sql = cf_format(connect, "SET application_name = 'shop %d'", (int)getpid());
}

cf_app *make_measured_shop(void);
cf_app *make_measured_shop(void)
{
    cf_app *app = cf_app_new("shop", .database_uri = "postgresql://shop@db.example/shop", .models = CF_MODELS(User),
        .on_statement = measure,
        .engine_hooks = { .before_connect = bring_password, .after_checkout = measure_pool, .after_invalidate = note_lost });
    cf_log_info("%d failed, %.0f ms, %.0f ms", failed, asked, waited);
    return app;
}

static void tidy(cf_db *db, void *unused)
{
    (void)unused;
    cf_delete_all(db, Entry, .where = cf_eq(Entry.what, ""));
}

void tidy_entries(cf_db *db);
void tidy_entries(cf_db *db)
{
    cf_sql_execute(cf_bind(db, "audit"), "DELETE FROM entries WHERE id < ?", 1000);
    cf_transaction(cf_bind(db, "audit"), tidy, NULL);
}
