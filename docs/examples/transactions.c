/* SPDX-License-Identifier: MIT
 *
 * The examples of docs/transactions.md, compiled.
 */
/* clang-format off */
#include <carafe/carafe.h>

MODEL(Account, "accounts",
    (id,      Id),
    (owner,   String(50)),
    (balance, Numeric(12, 2), check = "balance >= 0"));

SHAPE(Transfer, (source, Integer), (target, Integer), (amount, Numeric(12, 2)));

static void move_money(cf_db *db, void *argument)
{
    const struct Transfer *transfer = argument;
    struct Account *source = cf_get(db, Account, transfer->source);
    struct Account *target = cf_get(db, Account, transfer->target);
    if (!source || !target)
        cf_raise(CF_INVALID, "there is no such account");
    cf_sql_execute(db, "UPDATE accounts SET balance = balance - ? WHERE id = ?", transfer->amount, source->id);
    cf_sql_execute(db, "UPDATE accounts SET balance = balance + ? WHERE id = ?", transfer->amount, target->id);
}

cf_response *transfer(cf_request *req);
cf_response *transfer(cf_request *req)
{
    struct Transfer *transfer = cf_body(req, Transfer);      /* 422 with all errors at once */
    cf_transaction(req->db, move_money, transfer);           /* commits on return, runs again on a conflict */
    return cf_json(req, Transfer, transfer);
}

void report(cf_db *db);
void report(cf_db *db)
{
    cf_begin(db, .read_only = true);
    int64_t accounts = cf_count(db, Account);
    struct Account_list all = cf_find(db, Account, .order_by = { cf_asc(Account.id) });
    cf_commit(db);
    cf_log_info("%zu of %d accounts", all.count, (int)accounts);
}

void tidy_file(cf_db *db);
void tidy_file(cf_db *db)
{
    cf_sql_autocommit(db, "VACUUM");
}
