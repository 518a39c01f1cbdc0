/* SPDX-License-Identifier: MIT
 *
 * The runner. What is to be done is decided once, from what the database has; then each revision is one transaction
 * with its row of the history: planned before the transaction begins (whether foreign keys must be off is said
 * before BEGIN), and begun with the write lock, under which the history is read again. Where another process has
 * been faster in between, the plan is made anew, or found done. So any number of processes may start at once, and a
 * process that dies leaves whole revisions.
 *
 * A server is locked for the whole run. One that commits each change of the schema by itself takes a revision step by
 * step, and progress.c keeps where it is; so it does where a step can only be taken outside of a transaction.
 */
#include "runner.h"

#include <carafe/log.h>

#include "../base/clock.h"
#include "long_names.h"
#include "plan.h"
#include "progress.h"

struct runner {
    struct cf__migration *migration;
    const struct cf__graph *graph;
    cf_context *context;
    struct cf__link link;
    struct cf__applied applied;
    struct cf_schema *schema; /* that of `applied`, or NULL where it must be replayed */
};

/* One revision's way up or down. */
struct task {
    size_t at;
    bool up;
    struct cf__operations list;
    struct cf__plan plan;
};

void cf__say(struct cf__migration *migration, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const char *line = cf__format_list(cf__current(), format, list);
    va_end(list);
    if (migration->output)
        cf__buffer_format(migration->output, "%s\n", line);
    else
        cf_log_info("%s", line);
}

/* ---- Replay and plans ------------------------------------------------------------------------------------------- */

struct cf_schema *cf__replay(const struct cf__graph *graph, const struct cf__revision_set *set)
{
    struct cf_schema *schema = cf_alloc(graph, sizeof(*schema));
    for (size_t i = 0; i < graph->count; i++) {
        if (set && !set->has[i])
            continue;
        struct cf__operations list = cf__record(graph->context, graph->items[i]->upgrade);
        cf__apply_all(graph->context, schema, &list, graph->items[i]->id);
    }
    return schema;
}

static struct task make_task(const struct cf__graph *graph, const struct cf_driver *driver, struct cf_schema *schema,
                             size_t at, bool up)
{
    const cf_revision *revision = graph->items[at];
    if (!up && !revision->downgrade)
        cf_raise(CF_INTERNAL, "revision %s has no downgrade", revision->id);
    struct task task = { .at = at,
                         .up = up,
                         .list = cf__record(graph->context, up ? revision->upgrade : revision->downgrade) };
    task.plan = cf__plan_new(graph->context, driver, schema);
    cf__plan_operations(&task.plan, &task.list, revision->id);
    return task;
}

/* "Running upgrade <base> -> 4f2a91c0d3e7, create users" */
static const char *running_text(const struct cf__graph *graph, size_t at, bool up)
{
    const cf_revision *revision = graph->items[at];
    const char *before = cf__graph_revises(graph->context, revision),
               *message = revision->message ? revision->message : "";
    return cf_format(graph, "Running %s %s -> %s, %s", up ? "upgrade" : "downgrade", up ? before : revision->id,
                     up ? revision->id : before, message);
}

/* ---- Against a database ----------------------------------------------------------------------------------------- */

static void end_link(void *link)
{
    cf__link_end(link);
}

static void lock(void *link)
{
    cf__link_lock(link);
}

static void begin(void *link)
{
    cf__link_begin(link);
}

/* Another process may be in the middle of a long revision: its end is waited for, longer than a request would. */
static void wait_patiently(struct runner *runner, void (*function)(void *link))
{
    enum { TRIES = 60 };
    for (int i = 1;; i++) {
        const cf_error *error = cf_attempt(runner->context, function, &runner->link);
        if (!error)
            return;
        if (error->code != CF_BUSY || i == TRIES)
            cf_raise_error(error);
        if (i == 1)
            cf_log_info("waiting for another process that writes to the database");
    }
}

static bool is_transactional(const struct cf_driver *driver)
{
    return driver->capabilities & CF_CAN_TRANSACTIONAL_DDL;
}

/* Whether a revision may stop half-way. */
static bool keeps_progress(const struct cf_driver *driver)
{
    return !is_transactional(driver) || driver->dialect->concurrently;
}

static void open_runner(struct runner *runner, struct cf__migration *migration, const struct cf__graph *graph)
{
    if (!migration->engine)
        cf_raise(CF_INTERNAL, "this program has no database: give it .database_uri");
    const struct cf_driver *driver = cf__engine_driver(migration->engine);
    *runner = (struct runner){ .migration = migration, .graph = graph, .context = graph->context };
    cf__link_init(&runner->link, migration->engine, cf__context_of(graph->context));
    wait_patiently(runner, lock);
    wait_patiently(runner, begin);
    cf__link_script(&runner->link, cf__history_ddl(runner->context, driver->dialect));
    if (keeps_progress(driver))
        cf__link_script(&runner->link, cf__progress_ddl(runner->context, driver->dialect));
    runner->applied = cf__history_read(&runner->link, graph);
    cf__link_commit(&runner->link);
    cf__history_need_linked(&runner->applied, graph);
    cf__history_warn_edited(&runner->applied, graph);
}

static bool same_set(const struct cf__graph *graph, const struct cf__revision_set *left,
                     const struct cf__revision_set *right)
{
    return memcmp(left->has, right->has, graph->count * sizeof(*left->has)) == 0;
}

/* Begins the transaction of a revision, with its plan; false where there is nothing left to do. */
static bool begin_task(struct runner *runner, size_t at, bool up, struct task *task)
{
    while (runner->applied.set.has[at] != up) {
        struct cf_schema *schema = runner->schema ? runner->schema : cf__replay(runner->graph, &runner->applied.set);
        runner->schema = NULL; /* planning changes it */
        *task = make_task(runner->graph, cf__engine_driver(runner->migration->engine), schema, at, up);
        runner->link.rebuilds = task->plan.rebuilds;
        wait_patiently(runner, begin);
        struct cf__applied now = cf__history_read(&runner->link, runner->graph);
        cf__history_need_linked(&now, runner->graph);
        if (same_set(runner->graph, &now.set, &runner->applied.set))
            return true;
        cf__link_rollback(&runner->link);
        runner->applied = now;
    }
    return false;
}

static void write_history(struct runner *runner, const struct task *task, int64_t started)
{
    const cf_revision *revision = runner->graph->items[task->at];
    if (task->up)
        cf__history_add(&runner->link, revision, cf__operations_hash(runner->context, &task->list),
                        (cf__monotonic() - started) / 1000);
    else
        cf__history_remove(&runner->link, revision);
}

static void note_progress(struct runner *runner, const struct task *task, size_t step, bool begun)
{
    cf__progress_write(&runner->link, &task->plan, runner->graph->items[task->at]->id, task->up, step, begun);
}

/* The completion is noted in the step's own transaction: with SQL that changes rows only, it is atomic. Where the database
 * changes its schema in transactions, all steps between two that are apart are one. */
static void run_steps(struct runner *runner, const struct task *task)
{
    struct cf__link *link = &runner->link;
    const char *id = runner->graph->items[task->at]->id;
    bool together = is_transactional(cf__engine_driver(runner->migration->engine));
    size_t first =
        cf__progress_resume(cf__progress_read(link), &task->plan, id, task->up, runner->migration->resume, link);
    if (first)
        cf__say(runner->migration, "  %zu of its %zu statements were done before", first, task->plan.count);
    for (size_t i = first; i < task->plan.count; i++) {
        bool alone = !together || task->plan.steps[i].apart;
        if (alone) {
            note_progress(runner, task, i, true);
            cf__link_commit(link);
        }
        cf__plan_run_step(&task->plan, i, link);
        if (alone) {
            note_progress(runner, task, i + 1, false);
            cf__link_commit(link);
        }
    }
    cf__progress_remove(link, id);
}

static void run_task(struct runner *runner, struct task *task)
{
    int64_t started = cf__monotonic();
    cf__say(runner->migration, "%s", running_text(runner->graph, task->at, task->up));
    if (keeps_progress(cf__engine_driver(runner->migration->engine)))
        run_steps(runner, task);
    else
        cf__plan_run(&task->plan, &runner->link);
    write_history(runner, task, started);
    cf__link_commit(&runner->link);
}

struct attempt {
    struct runner *runner;
    struct task *task;
};

static void attempt_task(void *argument)
{
    struct attempt *attempt = argument;
    run_task(attempt->runner, attempt->task);
}

static void run_revision(struct runner *runner, size_t at, bool up)
{
    struct task task;
    if (!begin_task(runner, at, up, &task))
        return;
    const cf_error *error = cf_attempt(runner->context, attempt_task, (&(struct attempt){ runner, &task }));
    if (error) {
        cf_error named = *error;
        cf__link_rollback(&runner->link);
        named.message = cf_format(runner->context, "revision %s: %s", runner->graph->items[at]->id, error->message);
        cf_raise_error(&named);
    }
    runner->applied.set.has[at] = up;
    runner->schema = task.plan.schema;
}

static void replay_applied(void *runner_)
{
    struct runner *runner = runner_;
    runner->schema = cf__replay(runner->graph, &runner->applied.set);
}

/* Other processes are locked out before the database is looked at, when it is not known yet whether a table is rebuilt. A
 * revision that cannot be replayed is told by the next that is run, and keeps nobody from running none. */
static void shorten_names(struct runner *runner)
{
    struct cf__link *link = &runner->link;
    if (cf_attempt(runner->context, replay_applied, runner))
        return;
    struct cf_schema *expected = cf__long_names_expected(link, runner->schema);
    if (!expected)
        return;
    link->rebuilds = true;
    wait_patiently(runner, begin);
    struct cf__operations list = cf__long_names_shorten(link, expected);
    cf__link_commit(link);
    for (size_t i = 0; i < list.count; i++)
        cf__say(runner->migration, "Shortened the name %s of table %s to %s", list.items[i].name, list.items[i].table,
                list.items[i].new_name);
}

struct way {
    struct cf__migration *migration;
    const struct cf__graph *graph;
    const char *target;
    bool up;
    struct runner runner;
};

static void walk(void *argument)
{
    struct way *way = argument;
    struct runner *runner = &way->runner;
    const struct cf__graph *graph = way->graph;
    open_runner(runner, way->migration, graph);
    struct cf__revision_set goal = way->up ? cf__graph_upgrades(graph, &runner->applied.set, way->target)
                                           : cf__graph_downgrades(graph, &runner->applied.set, way->target);
    shorten_names(runner);
    for (size_t i = 0; i < graph->count; i++) {
        size_t at = way->up ? i : graph->count - 1 - i;
        if (goal.has[at])
            run_revision(runner, at, way->up);
    }
}

/* The link lives in this frame: it is ended before an error leaves it. */
static void run_way(struct way *way)
{
    const cf_error *error = cf_attempt(way->graph, walk, way);
    if (way->runner.link.engine)
        end_link(&way->runner.link);
    if (error)
        cf_raise_error(error);
}

void cf__run_upgrade(struct cf__migration *migration, const struct cf__graph *graph, const char *target)
{
    run_way(&(struct way){ .migration = migration, .graph = graph, .target = target, .up = true });
}

void cf__run_downgrade(struct cf__migration *migration, const struct cf__graph *graph, const char *target)
{
    run_way(&(struct way){ .migration = migration, .graph = graph, .target = target });
}

/* ---- As a script ------------------------------------------------------------------------------------------------ */

static void print_around(struct cf__buffer *out, const char *script)
{
    if (script)
        cf__buffer_format(out, "%s;\n", script);
}

static void print_task(struct cf__migration *migration, const struct cf__graph *graph, const struct task *task)
{
    const struct cf_driver *driver = cf__engine_driver(migration->engine);
    const struct cf_rebuild_sql *rebuild = task->plan.rebuilds ? driver->rebuild : NULL;
    struct cf__buffer *out = migration->output;
    bool whole = is_transactional(driver);
    cf__buffer_format(out, "-- %s\n", running_text(graph, task->at, task->up));
    print_around(out, rebuild ? rebuild->before : NULL);
    print_around(out, whole ? "BEGIN" : NULL);
    cf__plan_print(&task->plan, out);
    if (task->up)
        cf__history_print_add(out, graph->items[task->at], cf__operations_hash(graph->context, &task->list));
    else
        cf__history_print_remove(out, graph->items[task->at]);
    if (rebuild)
        cf__buffer_format(out, "%s;\n", rebuild->violations);
    print_around(out, whole ? "COMMIT" : NULL);
    print_around(out, rebuild ? rebuild->after : NULL);
    cf__buffer_char(out, '\n');
}

static struct cf__revision_set applied_at(const struct cf__graph *graph, const char *from)
{
    if (strcmp(from, "base") == 0)
        return cf__revision_set_new(graph);
    return cf__graph_ancestors(graph, cf__graph_resolve(graph, from));
}

static void print_way(struct cf__migration *migration, const struct cf__graph *graph, const char *from, const char *to,
                      bool up)
{
    if (!migration->engine || !migration->output)
        cf_raise(CF_INTERNAL, "this program has no database: give it .database_uri");
    const struct cf_driver *driver = cf__engine_driver(migration->engine);
    struct cf__revision_set applied = applied_at(graph, from);
    struct cf__revision_set goal =
        up ? cf__graph_upgrades(graph, &applied, to) : cf__graph_downgrades(graph, &applied, to);
    struct cf_schema *schema = cf__replay(graph, &applied);
    if (up && applied.count == 0 && goal.count)
        cf__buffer_format(migration->output, "%s;\n\n", cf__history_ddl(graph->context, driver->dialect));
    for (size_t i = 0; i < graph->count; i++) {
        size_t at = up ? i : graph->count - 1 - i;
        if (!goal.has[at])
            continue;
        struct task task = make_task(graph, driver, schema, at, up);
        print_task(migration, graph, &task);
    }
}

/* "from:to" in two; `from` stays where there is no colon. */
static const char *split_target(const struct cf__graph *graph, const char *target, const char **from)
{
    const char *colon = strchr(target, ':');
    if (!colon)
        return target;
    *from = cf__copy_bytes(cf__context_of(graph->context), target, (size_t)(colon - target));
    return colon + 1;
}

void cf__print_upgrade(struct cf__migration *migration, const struct cf__graph *graph, const char *target)
{
    const char *from = "base", *to = split_target(graph, target, &from);
    print_way(migration, graph, from, to, true);
}

void cf__print_downgrade(struct cf__migration *migration, const struct cf__graph *graph, const char *target)
{
    const char *from = "head", *to = split_target(graph, target, &from);
    print_way(migration, graph, from, to, false);
}
