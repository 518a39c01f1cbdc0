/* SPDX-License-Identifier: MIT
 *
 * Transactions: what is committed is there for all, what is rolled back for nobody, what is neither only for who wrote
 * it; several at once, and one after an error.
 */
#include <carafe/wait.h>

#include "../../../src/base/clock.h"
#include "../../../src/base/fiber.h"
#include "../../../src/base/loop.h"
#include "suite.h"

/* clang-format off */
MODEL(Account, "accounts",
    (id,      Id),
    (name,    String(50), unique = true),
    (balance, Integer,    server_default = "0"));
static const struct cf_model *const models[] = { &Account.model_, NULL };
/* clang-format on */

static struct Account *add_account(cf_db *db, const char *name, int64_t balance)
{
    struct Account *account = cf_add(db, Account, .name = name, .balance = balance);
    cf_commit(db);
    return account;
}

static int64_t balance_of(int64_t id)
{
    struct Account *account = cf_get(new_session(), Account, id);
    expect(account);
    return account->balance;
}

static void what_is_committed_is_there_for_all(const void *unused)
{
    (void)unused;
    cf_db *db = new_session(), *other = new_session();
    expect_integer(cf_count(other, Account), 0);
    add_account(db, "a", 1);
    expect_integer(cf_count(other, Account), 1);
    expect_integer(cf_count(db, Account), 1);
}

static void what_is_rolled_back_is_there_for_nobody(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    struct Account *account = add_account(db, "a", 1);
    account->balance = 2;
    cf_add(db, Account, .name = "b");
    cf_flush(db);
    expect_integer(cf_count(db, Account), 2);
    cf_rollback(db);
    expect_integer(account->balance, 1);
    expect_integer(cf_count(db, Account), 1);
    expect_integer(cf_count(new_session(), Account), 1);
    expect_integer(balance_of(account->id), 1);
}

static void who_writes_reads_it_and_nobody_else(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    struct Account *account = add_account(db, "a", 1);
    account->balance = 2;
    cf_add(db, Account, .name = "b");
    cf_flush(db);
    expect_integer(cf_count(db, Account, .where = cf_eq(Account.balance, 2)), 1);
    expect_integer(cf_count(db, Account), 2);
    expect_integer(ask(db, "SELECT count(*) FROM accounts"), 2);
    expect_integer(cf_count(new_session(), Account), 1);
    expect_integer(balance_of(account->id), 1);
    cf_commit(db);
    expect_integer(balance_of(account->id), 2);
}

static void a_session_that_ends_is_rolled_back(void *unused)
{
    (void)unused;
    cf_db *db = cf__session_open(cf__current(), world.engine);
    cf_add(db, Account, .name = "lost");
    cf_flush(db);
    cf_raise(CF_HTTP, "the request ends here");
}

static void an_error_elsewhere_rolls_back(const void *unused)
{
    (void)unused;
    expect_error(CF_HTTP, a_session_that_ends_is_rolled_back, NULL);
    expect_integer(cf_count(new_session(), Account), 0);
    add_account(new_session(), "lost", 1);
}

static void a_begun_transaction_reads_and_writes(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    struct Account *account = add_account(db, "a", 1);
    static const enum cf_isolation levels[] = { CF_ISOLATION_DEFAULT, CF_READ_COMMITTED, CF_REPEATABLE_READ,
                                                CF_SERIALIZABLE };
    for (size_t i = 0; i < 4; i++) {
        cf_begin(db, .isolation = levels[i]);
        expect_integer(cf_count(db, Account), 1);
        account->balance = (int64_t)i + 10;
        cf_commit(db);
        expect_integer(balance_of(account->id), (int64_t)i + 10);
    }
    cf_begin(db, .isolation = CF_SERIALIZABLE);
    cf_add(db, Account, .name = "b");
    cf_flush(db);
    cf_rollback(db);
    expect_integer(cf_count(new_session(), Account), 1);
}

static void insert_account(void *db)
{
    cf_add((cf_db *)db, Account, .name = "b");
    cf_flush(db);
}

static void a_transaction_that_reads_refuses_to_write(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    add_account(db, "a", 1);
    cf_begin(db, .read_only = true);
    expect_integer(cf_count(db, Account), 1);
    const cf_error *error = error_of(insert_account, db);
    expect(error->code != CF_INTERNAL || strstr(error->message, "read"));
    cf_rollback(db);
    expect_integer(cf_count(new_session(), Account), 1);
    add_account(db, "c", 1);
}

static void change_accounts(void *db)
{
    cf_sql_execute((cf_db *)db, "UPDATE accounts SET balance = 7");
}

static void a_transaction_that_reads_refuses_sql_that_writes(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    add_account(db, "a", 1);
    cf_begin(db, .read_only = true);
    const cf_error *error = error_of(change_accounts, db);
    expect(error->code == CF_READ_ONLY && strcasestr(error->message, "read"));
    expect(!strstr(error->message, "permissions"));
    cf_rollback(db);
    cf_begin(db, .read_only = true);
    expect_error(CF_READ_ONLY, insert_account, db);
    cf_rollback(db);
    change_accounts(db);
    cf_commit(db);
    expect_integer(cf_count(new_session(), Account, .where = cf_eq(Account.balance, 7)), 1);
}

/* ---- Time-outs -------------------------------------------------------------------------------------------------- */

#define FOREVER                                                                              \
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT " \
    "count(*) AS balance FROM n a, n b, n c, n d"

static void update_forever(void *db)
{
    cf_sql_execute((cf_db *)db, "UPDATE accounts SET balance = (" FOREVER ")");
}

static void find_forever(void *db)
{
    cf_sql((cf_db *)db, Account, FOREVER);
}

static void a_statement_that_takes_too_long_ends(const void *unused)
{
    (void)unused;
    cf_engine *engine = another_engine(&(struct cf__engine_options){ .statement_timeout = 100000 });
    cf_db *db = cf__session_open(cf__current(), engine);
    add_account(db, "a", 1);
    expect_error(CF_TIMEOUT, find_forever, db);
    cf_rollback(db);
    expect_integer(cf_count(db, Account), 1);
    expect_error(CF_TIMEOUT, update_forever, db);
    cf_rollback(db);
    add_account(db, "b", 1);
    expect_integer(cf_count(db, Account), 2);
}

static void a_transaction_that_reads_sees_one_state(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    add_account(db, "a", 1);
    cf_begin(db, .isolation = CF_REPEATABLE_READ, .read_only = true);
    expect_integer(cf_count(db, Account), 1);
    if (can(CF_CAN_POOL)) {
        add_account(new_session(), "b", 1);
        expect_integer(cf_count(db, Account), 1);
    }
    cf_commit(db);
    add_account(new_session(), "c", 1);
    expect_integer(cf_count(db, Account), can(CF_CAN_POOL) ? 3 : 2);
}

static void a_failed_statement_ends_the_transaction_whole(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    add_account(db, "a", 1);
    cf_add(db, Account, .name = "b");
    cf_flush(db);
    cf_add(db, Account, .name = "a");
    expect_refused(db, CF_UNIQUE, "uq_accounts_name");
    expect_integer(cf_count(new_session(), Account), 1);
    add_account(db, "b", 1);
    expect_integer(cf_count(new_session(), Account), 2);
}

/* ---- Several fibers --------------------------------------------------------------------------------------------- */

enum { FIBERS = 20, ROUNDS = 10 };

static struct {
    void (*function)(void *);
    int64_t account; /* they all count up */
    int count, running, failed;
    struct cf__context contexts[FIBERS];
} crowd;

static void leave_crowd(void *number, bool failed)
{
    crowd.running--;
    crowd.failed += failed;
    if (failed)
        fprintf(stderr, "fiber %d: %s\n", (int)(intptr_t)number, crowd.contexts[(intptr_t)number].record.error.message);
}

/* Fibers start on the loop's own stack. */
static void start_crowd(void *unused)
{
    (void)unused;
    for (intptr_t i = 0; i < crowd.count; i++) {
        cf__context_init(&crowd.contexts[i]);
        cf__fiber_start(&crowd.contexts[i], crowd.function, leave_crowd, (void *)i);
    }
}

/* The function in `count` fibers, to their end. */
static void run_crowd(void (*function)(void *), int count)
{
    crowd.function = function;
    crowd.count = crowd.running = count;
    crowd.failed = 0;
    cf__timer *timer = cf__timer_new(start_crowd, NULL);
    cf__timer_at(timer, cf__monotonic());
    for (int64_t give_up = cf__monotonic() + 60000000; crowd.running && cf__monotonic() < give_up;)
        cf_sleep(0.002);
    cf__timer_free(timer);
    expect_integer(crowd.running, 0);
    for (int i = 0; i < count; i++)
        cf__context_dispose(&crowd.contexts[i]);
    expect_integer(crowd.failed, 0);
}

static void add_one(cf_db *db, void *unused)
{
    (void)unused;
    struct Account *account = cf_get(db, Account, crowd.account, .refresh = true);
    int64_t seen = account->balance;
    cf_sleep(0);
    account->balance = seen + 1;
}

static void count_up(void *unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++)
        cf_transaction(new_session(), add_one, NULL, .isolation = CF_SERIALIZABLE, .attempts = 1000);
}

static void counters_lose_nothing(const void *unused)
{
    (void)unused;
    enum { COUNTERS = 4 };
    crowd.account = add_account(new_session(), "counter", 0)->id;
    run_crowd(count_up, COUNTERS);
    expect_integer(balance_of(crowd.account), COUNTERS * ROUNDS);
}

static void write_and_read(void *number)
{
    for (int i = 0; i < ROUNDS; i++) {
        cf_db *db = new_session();
        struct Account *account =
            cf_add(db, Account, .name = cf_format(db, "%d/%d", (int)(intptr_t)number, i), .balance = i);
        cf_commit(db);
        struct Account *found = cf_find_one(new_session(), Account, .where = cf_eq(Account.name, account->name));
        expect(found && found->id == account->id && found->balance == i);
    }
}

/* More fibers than connections: they wait for each other, and none gets another's rows. */
static void many_fibers_share_the_connections(const void *unused)
{
    (void)unused;
    run_crowd(write_and_read, FIBERS);
    expect_integer(cf_count(new_session(), Account), FIBERS * ROUNDS);
}

static const struct test tests[] = {
    TEST(what_is_committed_is_there_for_all),
    TEST(what_is_rolled_back_is_there_for_nobody),
    TEST(who_writes_reads_it_and_nobody_else),
    TEST(an_error_elsewhere_rolls_back),
    TEST(a_begun_transaction_reads_and_writes),
    TEST(a_transaction_that_reads_refuses_to_write),
    TEST(a_transaction_that_reads_refuses_sql_that_writes),
    TEST(a_statement_that_takes_too_long_ends),
    TEST(a_transaction_that_reads_sees_one_state),
    TEST(a_failed_statement_ends_the_transaction_whole),
    TEST(counters_lose_nothing),
    TEST(many_fibers_share_the_connections),
};

static const struct test *list_tests(size_t *count)
{
    *count = sizeof tests / sizeof tests[0];
    return tests;
}

const struct suite transactions_suite = { "transactions", models, .tests = list_tests };
