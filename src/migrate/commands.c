/* SPDX-License-Identifier: MIT
 *
 * The commands of `db`, one function each: what they check first, what they do with the parts of this folder, what
 * they print.
 */
#include "runner.h"

#include "../base/clock.h"
#include "../base/random.h"
#include "directory.h"
#include "plan.h"
#include "progress.h"

static cf_context *own_context(void)
{
    return &cf__current()->head;
}

static struct cf__graph linked_graph(const struct cf__migration *migration)
{
    return cf__graph_of(own_context(), migration->revisions);
}

/* The revisions, having seen that the program is not older than they are. */
static struct cf__graph fresh_graph(const struct cf__migration *migration)
{
    struct cf__graph graph = linked_graph(migration);
    cf__directory_check(&graph, migration->directory, migration->program);
    return graph;
}

static void print_changes(struct cf__migration *migration, const char *verb, const struct cf_schema *from,
                          const struct cf__operations *list)
{
    struct cf_schema *schema = cf__schema_copy(list->context, from);
    for (size_t i = 0; i < list->count; i++) {
        cf__say(migration, "%s %s", verb, cf__operation_describe(list->context, schema, &list->items[i]));
        cf__apply(list->context, schema, &list->items[i], NULL);
    }
}

/* ---- Writing revisions ------------------------------------------------------------------------------------------ */

void cf__db_init(struct cf__migration *migration)
{
    cf__directory_init(own_context(), migration->directory);
    cf__say(migration, "Created %s/ with revisions.h, revisions.list and .gitattributes", migration->directory);
}

static const char *new_id(cf_context *context)
{
    unsigned char bytes[6];
    cf__random_bytes(bytes, sizeof(bytes));
    return cf_format(context, "%02x%02x%02x%02x%02x%02x", bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5]);
}

bool cf__db_migrate(struct cf__migration *migration, const char *message)
{
    cf_context *context = own_context();
    if (!cf__directory_exists(migration->directory))
        cf_raise(CF_INTERNAL, "there is no directory %s: run db init first", migration->directory);
    struct cf__graph graph = fresh_graph(migration);
    struct cf__revision_text revision = {
        .id = new_id(context),
        .message = message && *message ? message : "no message",
        .created = cf__realtime(),
        .revises = { graph.count ? graph.items[cf__graph_head(&graph)]->id : NULL },
    };
    struct cf_schema *before = cf__replay(&graph, NULL);
    struct cf__diff_options options = { .allow_drop = migration->allow_drop };
    struct cf__operations upgrade =
        cf__diff(context, before, cf_schema_of_models(context, migration->models), &options);
    if (upgrade.count == 0) {
        cf__say(migration, "No changes in schema detected.");
        return false;
    }
    struct cf__operations downgrade = cf__reverse_all(context, before, &upgrade);
    revision.upgrade = &upgrade;
    revision.downgrade = &downgrade;
    print_changes(migration, "Detected", before, &upgrade);
    cf__say(migration, "Generated %s",
            cf__directory_add(context, migration->directory, cf__revision_file_name(context, &revision),
                              cf__render_revision(context, &revision), revision.id));
    return true;
}

/* ---- Running them ----------------------------------------------------------------------------------------------- */

void cf__db_upgrade(struct cf__migration *migration, const char *target, bool sql)
{
    struct cf__graph graph = fresh_graph(migration);
    (sql ? cf__print_upgrade : cf__run_upgrade)(migration, &graph, target ? target : "head");
}

void cf__db_downgrade(struct cf__migration *migration, const char *target, bool sql)
{
    struct cf__graph graph = fresh_graph(migration);
    (sql ? cf__print_downgrade : cf__run_downgrade)(migration, &graph, target ? target : "-1");
}

void cf__migrate_to_head(struct cf__migration *migration)
{
    struct cf__graph graph = linked_graph(migration);
    cf__run_upgrade(migration, &graph, "head");
}

/* ---- Showing them ----------------------------------------------------------------------------------------------- */

/* Runs function(look) with a link on the database, which is ended however that ends. */
struct look {
    struct cf__migration *migration;
    struct cf__graph graph;
    struct cf__link link;
    bool same; /* the outcome of check */
};

static void with_link(struct look *look, void (*function)(void *look))
{
    if (!look->migration->engine)
        cf_raise(CF_INTERNAL, "this program has no database: give it .database_uri");
    cf__link_init(&look->link, look->migration->engine, cf__current());
    const cf_error *error = cf_attempt(own_context(), function, look);
    cf__link_end(&look->link);
    if (error)
        cf_raise_error(error);
}

static void show_current(void *argument)
{
    struct look *look = argument;
    const struct cf__graph *graph = &look->graph;
    if (!cf__history_exists(&look->link))
        return;
    struct cf__applied applied = cf__history_read(&look->link, graph);
    size_t at;
    for (size_t i = 0; i < graph->count; i++)
        if (cf__graph_is_head(graph, &applied.set, i))
            cf__say(look->migration, "%s%s", graph->items[i]->id, cf__graph_is_head(graph, NULL, i) ? " (head)" : "");
    for (size_t i = 0; i < applied.count; i++)
        if (!cf__graph_find(graph, applied.rows[i].id, &at))
            cf__say(look->migration, "%s (not linked into this program)", applied.rows[i].id);
    const struct cf__progress *progress = cf__progress_find(&look->link);
    if (progress)
        cf__say(look->migration, "%s (its %s stopped half-way: db %s goes on)", progress->revision,
                progress->up ? "upgrade" : "downgrade", progress->up ? "upgrade" : "downgrade");
}

void cf__db_current(struct cf__migration *migration)
{
    struct look look = { .migration = migration, .graph = fresh_graph(migration) };
    with_link(&look, show_current);
}

void cf__db_history(struct cf__migration *migration)
{
    struct cf__graph graph = fresh_graph(migration);
    for (size_t i = graph.count; i-- > 0;)
        cf__say(migration, "%s -> %s%s, %s", cf__graph_revises(graph.context, graph.items[i]), graph.items[i]->id,
                cf__graph_is_head(&graph, NULL, i) ? " (head)" : "",
                graph.items[i]->message ? graph.items[i]->message : "");
}

void cf__db_heads(struct cf__migration *migration)
{
    struct cf__graph graph = fresh_graph(migration);
    for (size_t i = 0; i < graph.count; i++)
        if (cf__graph_is_head(&graph, NULL, i))
            cf__say(migration, "%s (head)", graph.items[i]->id);
}

/* ---- Checking --------------------------------------------------------------------------------------------------- */

static bool check_models(struct cf__migration *migration, const struct cf__graph *graph)
{
    static const struct cf__diff_options lenient = { .lenient = true };
    struct cf_schema *before = cf__replay(graph, NULL);
    struct cf__operations list =
        cf__diff(graph->context, before, cf_schema_of_models(graph->context, migration->models), &lenient);
    print_changes(migration, "Detected", before, &list);
    if (list.count)
        cf__say(migration, "The models are ahead of the revisions: run db migrate");
    return list.count == 0;
}

/* What the revisions made, as the database says it back. */
static struct cf_schema *expected_schema(struct look *look, const struct cf__revision_set *applied)
{
    struct cf_schema *replayed = cf__replay(&look->graph, applied);
    return cf__link_rewritten(&look->link, look->graph.context, replayed);
}

static void check_live(void *argument)
{
    struct look *look = argument;
    const struct cf__graph *graph = &look->graph;
    cf_engine *engine = look->migration->engine;
    look->same = true;
    if (!cf__history_exists(&look->link))
        return;
    struct cf__applied applied = cf__history_read(&look->link, graph);
    cf__history_need_linked(&applied, graph);
    cf__history_warn_edited(&applied, graph);
    struct cf_schema *expected = expected_schema(look, &applied.set);
    struct cf_schema *live = cf__schema_shared(graph->context, cf__engine_inspect(engine, graph->context), expected);
    struct cf__diff_options options = { .lenient = true, .dialect = cf__engine_driver(engine)->dialect };
    struct cf__operations list = cf__diff(graph->context, expected, live, &options);
    print_changes(look->migration, "The database has", expected, &list);
    if (list.count)
        cf__say(look->migration, "The database differs from what its revisions made");
    look->same = list.count == 0;
}

bool cf__db_check(struct cf__migration *migration)
{
    struct look look = { .migration = migration, .graph = fresh_graph(migration), .same = true };
    bool same = check_models(migration, &look.graph);
    if (migration->engine)
        with_link(&look, check_live);
    if (same && look.same)
        cf__say(migration, "No new upgrade operations detected.");
    return same && look.same;
}

void cf__db_reflect(struct cf__migration *migration)
{
    const struct cf_schema *schema = cf__engine_inspect(migration->engine, own_context());
    cf__buffer_string(migration->output, cf__reflect(own_context(), schema));
}
