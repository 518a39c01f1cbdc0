/* SPDX-License-Identifier: MIT
 *
 * The examples of docs/session.md, compiled.
 */
/* clang-format off */
#include <carafe/carafe.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *check_email(cf_db *db, const void *row);
static void normalise(cf_db *db, void *row);
static void log_change(cf_db *db, void *row);

MODEL(Account, "accounts",
    (id,      Id),
    (email,   String(120), unique = true, validate = check_email),
    (version, Integer,     version = true),
    (visits,  Integer,     server_default = "0"),
    CF_TIMESTAMPS,                                     /* created_at, updated_at */
    CF_SOFT_DELETE,                                    /* deleted_at */
    (hooks,   Hooks(.before_insert = normalise, .after_update = log_change)));

MODEL(Change, "changes",
    (id,         Id),
    (account_id, Integer),
    (before,     Nullable(String(120))));

MODEL(Letter, "letters",
    (id,         Id),
    (account_id, Integer, references = "accounts.id"),
    (account,    BelongsTo(Account, account_id)));

MODEL(Draft, "drafts",
    (id,    Id),
    (text,  Text),
    (state, Uuid, version = true, insert_default = cf_default_uuid, update_default = cf_default_uuid));

const char *problem_of(const cf_error *error);
const char *problem_of(const cf_error *error)
{
    return cf_violates(error, Account.email)   ? "this address is taken, or there is none"
           : cf_violates(error, Letter.account) ? "there is no such account"
                                                : error->message;
}

static void make_token(cf_db *db, void *row);
static void count_edit(cf_db *db, void *row);

MODEL(Parcel, "parcels",
    (key,   Uuid,       primary_key = true, insert_default = cf_default_uuid),
    (token, String(32), unique = true, insert_default = make_token),
    (edits, Integer,    server_default = "0", update_default = count_edit));

static void make_token(cf_db *db, void *row)
{
    struct Parcel *parcel = row;
    parcel->token = cf_format(db, "T%lld", (long long)cf_now().microseconds);
}

static void count_edit(cf_db *db, void *row)
{
    (void)db;
    ((struct Parcel *)row)->edits++;
}

static const char *check_email(cf_db *db, const void *row)
{
    const struct Account *account = row;
    (void)db;
    return strchr(account->email, '@') ? NULL : "is no e-mail address";
}

static void normalise(cf_db *db, void *row)
{
    struct Account *account = row;
    account->email = cf_format(db, "%.*s", (int)strcspn(account->email, " "), account->email);
}

static void log_change(cf_db *db, void *row)
{
    const struct Account *account = row;
    cf_add(db, Change, .account_id = account->id);     /* written in the same commit */
}

static void add_account(cf_db *db, void *email)
{
    cf_add(db, Account, .email = email);
}

void import(cf_db *db, char **emails, size_t count);
void import(cf_db *db, char **emails, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const cf_error *error = cf_try_nested(db, add_account, emails[i]);
        if (error && !cf_violates(error, Account.email))
            cf_raise_error(error);
    }
    cf_commit(db);                                     /* all but those that were there */
}

static void complete(cf_db *db, void *account_)
{
    struct Account *account = account_;
    account->email = cf_format(db, "%" PRId64 "@example.com", cf_count(db, Account));
}

void put_together(cf_db *db);
void put_together(cf_db *db)
{
    struct Account *account = cf_add(db, Account);         /* has no email yet */
    cf_no_autoflush(db, complete, account);
    cf_has(db, Account, .where = cf_eq(Account.email, account->email), .no_autoflush = true);
}

static void send_welcome(cf_db *db, void *email)
{
    (void)db;
    cf_log_info("welcome, %s", (const char *)email);
}

static void remove_picture(cf_db *db, void *path)
{
    (void)db;
    remove(path);
}

static void name_the_user(cf_db *db, void *name)       /* cf_after_begin(req->db, name_the_user, name) */
{
    cf_sql_execute(db, "SELECT set_config('app.user', ?, true)", (const char *)name);
}

static void note_deleted(cf_db *db)
{
    for cf_each(account, cf_pending(db, Account, CF_ROW_DELETED))
        cf_add(db, Change, .account_id = account->id, .before = account->email);
}

cf_app *make_app(void);
cf_app *make_app(void)
{
    cf_app *app = cf_app_new("accounts", .models = CF_MODELS(Account, Change),
        .session_hooks = { .before_flush = note_deleted });
    return app;
}

void hook(cf_db *db, struct Account *account, char *name, char *path);
void hook(cf_db *db, struct Account *account, char *name, char *path)
{
    cf_after_begin(db, name_the_user, name);
    cf_after_commit(db, send_welcome, cf_copy(db, account->email));
    cf_after_rollback(db, remove_picture, path);           /* it was written to the disk */
    cf_after_rollback_nested(db, remove_picture, path);
}

static void confirm_again(cf_db *db, void *row)        /* .before_update */
{
    struct Account *account = row;
    if (cf_is_changed(db, Account.email, account))
        cf_add(db, Change, .account_id = account->id, .before = cf_original(db, Account, account)->email);
}

void pending(cf_db *db, struct Account *account);
void pending(cf_db *db, struct Account *account)
{
    for cf_each(fresh, cf_pending(db, Account, CF_ROW_NEW))
        cf_log_info("a new account: %s", fresh->email);
    if (cf_state(db, Account, account) == CF_ROW_CHANGED)
        confirm_again(db, account);
    cf_expire(db, Account, account);                   /* the next query that gives it, or cf_get, reads it again */
    cf_expire_all(db);                                 /* every row that was read */
}

void others(cf_db *db, struct Account *account);
void others(cf_db *db, struct Account *account)
{
    cf_refresh(db, Account, account);                  /* the database's values */
    cf_expunge(db, Account, account);                  /* what is assigned from now on is not written */
    cf_add_again(db, Account, account);                /* it is */
    int64_t all = cf_count(db, Account, .with_deleted = true);
    cf_log_info("%d", (int)all);
}

void sign_up(cf_db *db);
void sign_up(cf_db *db)
{
    struct Account *account = cf_add(db, Account, .email = "kim@example.com");
    if (cf_violates(cf_try_commit(db), Account.email)) {
        account->email = "kim2@example.com";
        cf_add_again(db, Account, account);
        cf_commit(db);
    }
}

void visit(cf_db *db, struct Account *account);
void visit(cf_db *db, struct Account *account)
{
    cf_assign(db, Account, account, cf_set(Account.visits, cf_plus(Account.visits, 1)));
}
