/* SPDX-License-Identifier: MIT
 *
 * What is told of the statements that a link runs, and of its transactions: to the log, to the record that cf_sql_log shows,
 * to the function of .on_statement. Each is told once, when its rows and its time are known, or its error: what may fail
 * of a run that is told of is done under protection, which costs a little, and what nobody is told of is just done.
 */
#include "../base/clock.h"
#include "../base/log.h"
#include "echo.h"
#include "state.h"

/* ---- Runs ------------------------------------------------------------------------------------------------------- */

bool cf__is_told(const struct cf__link *link)
{
    const struct cf__engine_options *options = &link->engine->options;
    return options->echo || options->record || options->slow || options->on_statement;
}

/* What a run is about is noted at its beginning, since its values may be gone at its end, and told with its rows and time
 * then. */
void cf__tell_begin_of_run(struct cf__link *link, const char *sql, const struct cf__parameters *parameters)
{
    link->run.echoed = cf__echo_text(link->context, sql, link->engine->options.hide_parameters ? NULL : parameters);
    link->run.place = link->place ? *link->place : (struct cf_place){ 0 };
    link->run.since = cf__monotonic();
    link->run.rows = 0;
}

static void record(struct cf__link *link, const struct cf_sql_entry *entry)
{
    size_t count = link->recorded_count, size = sizeof *link->recorded;
    if ((count & (count - 1)) == 0) /* full at each power of two */
        link->recorded = cf__resize(link->context, link->recorded, count * size, (count ? count * 2 : 1) * size);
    link->recorded[link->recorded_count++] = *entry;
}

/* "3 rows", "failed: unique violation" */
static const char *outcome(const struct cf__link *link, const struct cf_sql_entry *entry)
{
    cf_context *context = &link->context->head;
    if (entry->error)
        return cf_format(context, "failed: %s", cf_error_name(entry->error->code));
    return cf_format(context, "%lld %s", (long long)entry->rows, entry->rows == 1 ? "row" : "rows");
}

/* "SQL: SELECT … (3 rows, 0.120 ms) at app.c:12" */
static void tell(const struct cf__link *link, const struct cf_sql_entry *entry, bool slow)
{
    const struct cf_place *place = &entry->place;
    const char *where = place->file ? cf_format(&link->context->head, " at %s:%d", place->file, place->line) : "";
    const char *line = cf_format(&link->context->head, "%s (%s, %.3f ms)%s", entry->sql, outcome(link, entry),
                                 entry->milliseconds, where);
    if (slow)
        cf_log_warning("slow SQL: %s", line);
    else
        cf_log_info("SQL: %s", line);
}

static void end(struct cf__link *link, const cf_error *error)
{
    const struct cf__engine_options *options = &link->engine->options;
    if (!link->run.echoed)
        return;
    int64_t took = cf__monotonic() - link->run.since;
    struct cf_sql_entry entry = { link->run.echoed, link->run.rows, (double)took / 1000, link->run.place, error };
    link->run.echoed = NULL;
    if (options->echo)
        tell(link, &entry, false);
    if (options->slow && took >= options->slow)
        tell(link, &entry, true);
    if (options->record)
        record(link, &entry);
    if (options->on_statement)
        options->on_statement(&entry);
}

void cf__tell_end_of_run(struct cf__link *link)
{
    end(link, NULL);
}

/* What is kept outlives the error. */
void cf__tell_failed_run(struct cf__link *link, const struct cf__error_record *record)
{
    if (!link->run.echoed)
        return;
    if (link->engine->options.record) {
        struct cf__error_record *kept = cf__take(link->context, sizeof *kept);
        cf__error_record_copy(kept, record);
        record = kept;
    }
    end(link, &record->error);
}

void cf__run_told(struct cf__link *link, void (*part)(void *), void *argument)
{
    if (__builtin_expect(!link->run.echoed, 1)) {
        part(argument);
        return;
    }
    if (cf__protect(cf__current(), part, argument))
        return;
    struct cf__error_record record;
    cf__error_record_copy(&record, &cf__current()->record);
    cf__tell_failed_run(link, &record);
    cf__raise(&record.error);
}

/* ---- Values for errors ------------------------------------------------------------------------------------------ */

/* Those of a run lie in the context that is current when it begins: where that is the link's own, they last until the run's
 * end, since a later row may be what fails. */
void cf__given_begin(struct cf__link *link, const struct cf_parameter *items, size_t count, size_t sets)
{
    bool told = count && !link->engine->options.hide_parameters;
    if (told)
        link->run.given = cf__given_values(items, count, sets);
    cf__current()->given = told ? &link->run.given.head : NULL;
}

void cf__given_end(const struct cf__link *link)
{
    if (cf__current() != link->context)
        cf__current()->given = NULL;
}

/* ---- Rows ------------------------------------------------------------------------------------------------------- */

struct fetching {
    struct cf__rows *rows;
    const struct cf_field *fields;
    size_t count;
    void *row;
    bool found;
};

static void fetch(void *fetching_)
{
    struct fetching *fetching = fetching_;
    struct cf__link *link = fetching->rows->link;
    fetching->found = link->engine->driver->next(fetching->rows->cursor, fetching->fields, fetching->count,
                                                 fetching->row, &link->context->head);
}

bool cf__next_told(struct cf__rows *rows, const struct cf_field *fields, size_t count, void *row)
{
    struct cf__link *link = rows->link;
    if (__builtin_expect(!link->run.echoed, 1))
        return link->engine->driver->next(rows->cursor, fields, count, row, &link->context->head);
    struct fetching fetching = { rows, fields, count, row, false };
    cf__run_told(link, fetch, &fetching);
    return fetching.found;
}

struct cf_sql_log cf__link_recorded(const struct cf__link *link)
{
    return (struct cf_sql_log){ link->recorded, link->recorded_count };
}

/* ---- Transactions ----------------------------------------------------------------------------------------------- */

/* What frames a transaction is no statement of the program's: it is for the log, and not counted. */
void cf__tell_frame(const struct cf__link *link, const char *what, const char *isolation, const char *access)
{
    const struct cf_place *place = link->place;
    if (!link->engine->options.echo || !link->framed)
        return;
    if (place && place->file)
        cf_log_info("SQL: %s%s%s at %s:%d", what, isolation, access, place->file, place->line);
    else
        cf_log_info("SQL: %s%s%s", what, isolation, access);
}

void cf__tell_begin(const struct cf__link *link, const struct cf__transaction *transaction)
{
    static const char *const levels[] = {
        [CF_ISOLATION_DEFAULT] = "",
        [CF_READ_UNCOMMITTED] = " ISOLATION LEVEL READ UNCOMMITTED",
        [CF_READ_COMMITTED] = " ISOLATION LEVEL READ COMMITTED",
        [CF_REPEATABLE_READ] = " ISOLATION LEVEL REPEATABLE READ",
        [CF_SERIALIZABLE] = " ISOLATION LEVEL SERIALIZABLE",
    };
    cf__tell_frame(link, "BEGIN", levels[transaction->isolation], transaction->read_only ? " READ ONLY" : "");
}
