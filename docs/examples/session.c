/* SPDX-License-Identifier: MIT
 *
 * The examples of docs/session.md, compiled.
 */
/* clang-format off */
#include <carafe/carafe.h>

#include <string.h>

static const char *check_email(cf_db *db, const void *row);
static void normalise(cf_db *db, void *row);
static void log_change(cf_db *db, void *row);

MODEL(Account, "accounts",
    (id,      Id),
    (email,   String(120), unique = true, validate = check_email),
    (version, Integer,     version = true),
    CF_TIMESTAMPS,                                     /* created_at, updated_at */
    CF_SOFT_DELETE,                                    /* deleted_at */
    (hooks,   Hooks(.before_insert = normalise, .after_update = log_change)));

MODEL(Change, "changes",
    (id,         Id),
    (account_id, Integer));

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

static void send_welcome(cf_db *db, void *email)
{
    (void)db;
    cf_log_info("welcome, %s", (const char *)email);
}

void others(cf_db *db, struct Account *account);
void others(cf_db *db, struct Account *account)
{
    cf_refresh(db, Account, account);                  /* the database's values */
    cf_expunge(db, Account, account);                  /* what is assigned from now on is not written */
    cf_after_commit(db, send_welcome, cf_copy(db, account->email));
    int64_t all = cf_count(db, Account, .with_deleted = true);
    cf_log_info("%d", (int)all);
}
