/* SPDX-License-Identifier: MIT
 *
 * Transactions that are said: begun at a moment, with an isolation, run again where they met another. What may be run
 * again is what certainly left no trace: a conflict that the database reports, and a connection that was lost before the
 * commit was sent. Whether a commit whose answer is missing took place nobody knows, so that is an error.
 */
#include <carafe/wait.h>

#include "../base/random.h"
#include "state.h"

enum { ATTEMPTS = 10 };

static const double FIRST_PAUSE = 0.002, LONGEST_PAUSE = 0.5;

static void need_fresh(cf_db *db, const char *what)
{
    cf__session_need_engine(cf__session_of(db));
    if (cf__session_pending(db))
        cf_raise(CF_INTERNAL, "%s in a session that has begun to write: commit or roll back first", what);
}

static void begin(cf_db *db, const struct cf_transaction_options *options)
{
    struct cf__session *session = cf__session_of(db);
    cf__link_begin_as(&session->link, &(struct cf__transaction){ options->isolation, options->read_only });
    session->transaction++;
    session->said = true;
    cf__lazy_forget(session);
}

void cf_begin_(cf_db *db, struct cf_transaction_options options)
{
    need_fresh(db, "cf_begin");
    begin(db, &options);
}

void cf_sql_autocommit_(cf_db *db, const char *text)
{
    need_fresh(db, "cf_sql_autocommit");
    cf__link_outside(&cf__session_of(db)->link, text);
}

struct attempt {
    cf_db *db;
    cf_transaction_function *function;
    void *argument;
    const struct cf_transaction_options *options;
    bool committing;
};

static void run_once(void *attempt_)
{
    struct attempt *attempt = attempt_;
    begin(attempt->db, attempt->options);
    attempt->function(attempt->db, attempt->argument);
    cf_flush_(attempt->db);
    attempt->committing = true;
    cf_commit_(attempt->db);
}

static bool may_run_again(const struct attempt *attempt, const cf_error *error)
{
    return error->code == CF_CONFLICT || (error->code == CF_UNAVAILABLE && !attempt->committing);
}

/* Longer each time, and by chance up to twice as long, so that those who met do not meet again. */
static void pause_before(int attempt)
{
    double pause = FIRST_PAUSE;
    unsigned char chance;
    for (int i = 1; i < attempt && pause < LONGEST_PAUSE; i++)
        pause *= 2;
    cf__random_bytes(&chance, 1);
    cf_sleep(pause * (1 + chance / 255.0));
}

void cf_transaction_(cf_db *db, cf_transaction_function *function, void *argument,
                     struct cf_transaction_options options)
{
    struct attempt attempt = { db, function, argument, &options, false };
    int attempts = options.attempts > 0 ? options.attempts : ATTEMPTS;
    need_fresh(db, "cf_transaction");
    for (int i = 1;; i++) {
        attempt.committing = false;
        const cf_error *error = cf_attempt(db, run_once, &attempt);
        if (!error)
            return;
        cf__roll_back(db);
        if (i == attempts || !may_run_again(&attempt, error))
            cf_raise_error(error);
        pause_before(i);
    }
}
