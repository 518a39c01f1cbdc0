/* SPDX-License-Identifier: MIT
 *
 * What no revision has said of a table stays when it is built anew. SQL of the user's own may have made more of it than the
 * replay knows: what the live table has beyond what the revisions say was there before is added to what they say comes after,
 * unless they change just that. Indexes, triggers and views are put back as they are (rebuild.c); comments in the SQL of
 * the table are lost. A column with its values cannot be kept, and neither can a constraint of columns that go: these are refused.
 */
#include "plan.h"

struct keeping {
    cf_context *context;
    const struct cf_dialect *dialect;
    const struct cf_table *before, *live; /* as the revisions have it, and as it is */
    struct cf_table *after;
};

static const char *declaration(const struct keeping *keeping, const struct cf_table *table,
                               const struct cf_schema_column *column)
{
    struct cf__buffer sql = cf__buffer_new(cf__context_of(keeping->context), CF__CAP_SQL, "a column");
    cf__ddl_column(&sql, keeping->dialect, table, column);
    return cf__buffer_text(&sql);
}

/* ---- Columns ---------------------------------------------------------------------------------------------------- */

static void need_columns(const struct keeping *keeping)
{
    for (size_t i = 0; i < keeping->live->column_count; i++)
        if (!cf_table_column(keeping->before, keeping->live->columns[i].name))
            cf_raise(CF_INTERNAL,
                     "table %s has a column %s that no revision made, and would lose it: add it with cf_add_column, "
                     "in place of the cf_execute that did",
                     keeping->live->name, keeping->live->columns[i].name);
}

static void keep_column(const struct keeping *keeping, struct cf_schema_column *column)
{
    const struct cf_schema_column *before = cf_table_column(keeping->before, column->name),
                                  *found = cf_table_column(keeping->live, column->name);
    if (!before || !found)
        return;
    if (before->autoincrement == column->autoincrement)
        column->autoincrement = found->autoincrement;
    if (cf__texts_equal(before->collation, column->collation) && found->collation &&
        strcmp(declaration(keeping, keeping->before, before), declaration(keeping, keeping->live, found)) != 0)
        column->collation = found->collation;
    if (!before->generated && !column->generated) {
        column->generated = found->generated;
        column->generated_stored = found->generated_stored;
    }
    if (before->default_kind == CF_DEFAULT_NONE && column->default_kind == CF_DEFAULT_NONE) {
        column->default_kind = found->default_kind;
        column->default_text = found->default_text;
    }
    column->on_conflict = found->on_conflict;
}

/* ---- Constraints ------------------------------------------------------------------------------------------------ */

static void need_names(const struct keeping *keeping, const char *what, const struct cf_names *columns)
{
    for (size_t i = 0; i < columns->count; i++)
        if (!cf_table_column(keeping->after, columns->items[i]))
            cf_raise(CF_INTERNAL,
                     "table %s has %s (%s) that no revision made, and would lose it with column %s: drop it before",
                     keeping->live->name, what, cf__names_text(keeping->context, columns), columns->items[i]);
}

static struct cf_unique *like_unique(const struct cf_table *table, const struct cf_unique *unique)
{
    for (size_t i = 0; i < table->unique_count; i++)
        if (cf__names_equal(&table->uniques[i].columns, &unique->columns))
            return &table->uniques[i];
    return NULL;
}

static void keep_unique(const struct keeping *keeping, const struct cf_unique *found)
{
    struct cf_table *after = keeping->after;
    struct cf_unique *same = like_unique(after, found);
    if (same)
        same->on_conflict = found->on_conflict;
    if (same || like_unique(keeping->before, found))
        return;
    need_names(keeping, "a unique constraint", &found->columns);
    after->uniques =
        cf__array_with_room(keeping->context, after->uniques, after->unique_count, sizeof(*after->uniques));
    after->uniques[after->unique_count++] = *found;
}

static struct cf_foreign_key *like_key(const struct cf_table *table, const struct cf_foreign_key *key)
{
    for (size_t i = 0; i < table->foreign_key_count; i++)
        if (strcmp(table->foreign_keys[i].table, key->table) == 0 &&
            cf__names_equal(&table->foreign_keys[i].columns, &key->columns))
            return &table->foreign_keys[i];
    return NULL;
}

static void keep_foreign_key(const struct keeping *keeping, const struct cf_foreign_key *found)
{
    struct cf_table *after = keeping->after;
    const struct cf_foreign_key *before = like_key(keeping->before, found);
    struct cf_foreign_key *same = like_key(after, found);
    if (before && same && before->deferrable == same->deferrable && before->deferred == same->deferred) {
        same->deferrable = found->deferrable;
        same->deferred = found->deferred;
    }
    if (before || same)
        return;
    need_names(keeping, "a foreign key", &found->columns);
    after->foreign_keys = cf__array_with_room(keeping->context, after->foreign_keys, after->foreign_key_count,
                                              sizeof(*after->foreign_keys));
    after->foreign_keys[after->foreign_key_count++] = *found;
}

static bool has_check(const struct cf_table *table, const struct cf_check *check)
{
    for (size_t i = 0; i < table->check_count; i++)
        if (cf__texts_equal(table->checks[i].sql, check->sql) ||
            (check->name && cf__texts_equal(table->checks[i].name, check->name)))
            return true;
    return false;
}

static void keep_check(const struct keeping *keeping, const struct cf_check *found)
{
    struct cf_table *after = keeping->after;
    if (has_check(keeping->before, found) || has_check(after, found))
        return;
    for (size_t i = 0; i < keeping->live->column_count; i++) {
        const char *name = keeping->live->columns[i].name;
        if (!cf_table_column(after, name) && cf__sql_mentions(found->sql, name))
            need_names(keeping, "a check of", &(struct cf_names){ &name, 1 });
    }
    after->checks = cf__array_with_room(keeping->context, after->checks, after->check_count, sizeof(*after->checks));
    after->checks[after->check_count++] = *found;
}

/* ---- All of it -------------------------------------------------------------------------------------------------- */

static void keep_option(const struct keeping *keeping)
{
    struct cf_table *table = keeping->after;
    const char *name = keeping->dialect->name, *found = cf_table_option(keeping->live, name);
    if (!found || cf_table_option(table, name) || cf_table_option(keeping->before, name))
        return;
    table->options =
        cf__array_with_room(keeping->context, table->options, table->option_count, sizeof(*table->options));
    table->options[table->option_count++] = (struct cf_table_option){ name, found };
}

struct cf__rebuild cf__rebuild_keep(const struct cf__rebuild *planned, struct cf__link *link)
{
    cf_context *context = &link->context->head;
    const struct cf_table *live = cf_schema_table(cf__link_inspect(link, context), planned->table);
    struct cf__rebuild rebuild = *planned;
    rebuild.after = cf__table_copy(context, &planned->after);
    const struct keeping keeping = { context, cf__engine_driver(link->engine)->dialect, &planned->before, live,
                                     &rebuild.after };
    if (!live)
        return rebuild;
    need_columns(&keeping);
    for (size_t i = 0; i < rebuild.after.column_count; i++)
        keep_column(&keeping, &rebuild.after.columns[i]);
    for (size_t i = 0; i < live->unique_count; i++)
        keep_unique(&keeping, &live->uniques[i]);
    for (size_t i = 0; i < live->foreign_key_count; i++)
        keep_foreign_key(&keeping, &live->foreign_keys[i]);
    for (size_t i = 0; i < live->check_count; i++)
        keep_check(&keeping, &live->checks[i]);
    if (cf__names_equal(&live->primary_key, &rebuild.after.primary_key))
        rebuild.after.primary_key_on_conflict = live->primary_key_on_conflict;
    keep_option(&keeping);
    return rebuild;
}
