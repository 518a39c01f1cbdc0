/* SPDX-License-Identifier: MIT */
#include "support.h"

#include "../../src/db/relation.h"

/* clang-format off */
MODEL(Writer, "writers",
    (id,      Id),
    (email,   String(80), unique = true),
    (texts,   HasMany(Article, writer_id)),
    (edited,  HasMany(Article, editor_id)),
    (desk,    HasOne(Desk, writer_email)),
    (follows, ManyToManyThrough(Writer, Follow, follower_id, followed_id)),
    (readers, ManyToManyThrough(Writer, Follow, followed_id, follower_id)),
    (friends, ManyToMany(Writer, "friendships")));

MODEL(Article, "articles",
    (id,        Id, column = "number"),
    (writer_id, Integer, references = "writers.id", on_delete = "cascade"),
    (editor_id, Nullable(Integer), references = "writers.id"),
    (writer,    BelongsTo(Writer, writer_id)),
    (editor,    BelongsTo(Writer, editor_id)),
    (topics,    ManyToMany(BigTopic, "article_topics")));

MODEL(Desk, "desks",
    (id,           Id),
    (writer_email, String(80), references = "writers.email"),
    (writer,       BelongsTo(Writer, writer_email)));

MODEL(Follow, "follows",
    (follower_id, Integer, primary_key = true, references = "writers.id"),
    (followed_id, Integer, primary_key = true, references = "writers.id"));

MODEL(BigTopic, "topics",
    (code,      String(8), primary_key = true),
    (parent,    Nullable(String(8)), references = "topics.code"),
    (above,     BelongsTo(BigTopic, parent)),
    (below,     HasMany(BigTopic, parent)),
    (articles,  ManyToMany(Article, "article_topics")),
    (editions,  ManyToManyThrough(Edition, Coverage)));

/* A key of two columns, and what refers to it. */
MODEL(Edition, "editions",
    (day,    Date, primary_key = true),
    (number, Integer, primary_key = true, column = "no"),
    (pages,  HasMany(Leaf, day, number)),
    (topics, ManyToManyThrough(BigTopic, Coverage)));

MODEL(Leaf, "leaves",
    (id,      Id),
    (day,     Nullable(Date)),
    (number,  Nullable(Integer)),
    (edition, BelongsTo(Edition, day, number), on_delete = "set null"));

MODEL(Coverage, "coverage",
    (day,     Date, primary_key = true),
    (number,  Integer, primary_key = true),
    (topic,   String(8), primary_key = true, references = "topics.code"),
    (edition, BelongsTo(Edition, day, number), on_delete = "cascade"));

/* Wrong ones */
MODEL(Page,      "pages", (id, Id));
MODEL(BadHas,    "bad0", (id, Id), (pages, HasMany(Page, article)));
MODEL(BadField,  "bad1", (id, Id), (writer, BelongsTo(Writer, writer_id)));
MODEL(BadKey,    "bad2", (id, Id), (writer_id, Integer), (writer, BelongsTo(Writer, writer_id)));
MODEL(BadTable,  "bad3", (id, Id), (writer_id, Integer, references = "articles.number"), (writer, BelongsTo(Writer, writer_id)));
MODEL(BadCount,  "bad4", (id, Id), (a, Integer), (b, Integer), (writer, BelongsTo(Writer, a, b)));
MODEL(BadType,   "bad5", (id, Id), (writer_id, Text, references = "writers.id"), (writer, BelongsTo(Writer, writer_id)));
MODEL(BadTwice,  "bad6", (id, Id), (follows, ManyToManyThrough(Writer, Twice)));
MODEL(Twice,     "twice", (bad_id, Integer, primary_key = true, references = "bad6.id"),
                 (one, Integer, primary_key = true, references = "writers.id"), (two, Integer, references = "writers.id"));
MODEL(BadNone,   "bad7", (id, Id), (follows, ManyToManyThrough(Writer, Follow)));
MODEL(BadNames,  "bad8", (id, Id), (topics, ManyToMany(BigTopic, "pages")));
MODEL(BadDot,    "bad17", (id, Id), (topics, ManyToMany(BigTopic, "audit.bad_topics")));
SHAPE(Figure, (id, Integer), (writer, BelongsTo(Writer, id)));
MODEL(BadShape,  "bad9", (id, Id), (figures, HasMany(Figure, id)));
MODEL(BadOrder,  "bad10", (id, Id), (topics, ManyToMany(BigTopic, "bad_topics"), order_by = "-parent, name"),
                 (more, ManyToMany(BigTopic, "bad_topics"), order_by = "code, parent, code, parent, code"));
MODEL(BadOne,    "bad11", (id, Id), (writer_id, Integer, references = "writers.id"),
                 (writer, BelongsTo(Writer, writer_id), order_by = "id"));
MODEL(BadPlace,  "bad13", (id, Id), (name, Text), (writer_id, Integer, references = "bad13.id"), (names, HasMany(BadPlace, writer_id), position = "name"),
                 (none, HasMany(BadPlace, writer_id), position = "place"), (both, HasMany(BadPlace, writer_id), position = "writer_id", order_by = "name"),
                 (keys, HasMany(BadPlace, writer_id), position = "id"), (from, HasMany(BadPlace, writer_id), count_from = 1),
                 (pairs, ManyToMany(BadPlace, "bad_places"), position = "id"), (writer, BelongsTo(BadPlace, writer_id), position = "id"));
MODEL(PlaceColumn, "bad14", (id, Id), (name, Text, position = "id"));
MODEL(BadColumn, "bad12", (id, Id), (name, Text, order_by = "id"));
MODEL(BadLazy,   "bad13", (id, Id), (place, Integer, lazy = true));
MODEL(LazyKey,   "bad14", (name, Text, primary_key = true, lazy = true));
MODEL(LazyOther, "bad15", (id, Id), (name, String(80), lazy = true), (desks, HasMany(LazyDesk, name)));
MODEL(LazyDesk,  "bad16", (id, Id), (name, String(80), references = "bad15.name"));
/* clang-format on */

static void assert_pair(const struct cf__relation *relation, size_t at, const char *own, const char *other)
{
    assert_true(at < relation->count);
    assert_string_equal(relation->own_columns[at]->name, own);
    assert_string_equal(relation->other_columns[at]->name, other);
}

static void pairs(void *unused)
{
    (void)unused;
    const struct cf__relation *writer = cf__relation_of(Article.writer.relation);
    assert_int_equal(writer->kind, CF_TYPE_BELONGS_TO);
    assert_ptr_equal(writer->own, &Article.model_);
    assert_ptr_equal(writer->other, &Writer.model_);
    assert_int_equal(writer->count, 1);
    assert_pair(writer, 0, "writer_id", "id");
    assert_ptr_equal(cf__relation_of(Article.writer.relation), writer);
    assert_pair(cf__relation_of(Writer.edited.relation), 0, "id", "editor_id");
    assert_pair(cf__relation_of(Writer.desk.relation), 0, "email", "writer_email");
    assert_pair(cf__relation_of(BigTopic.below.relation), 0, "code", "parent");
}

static void columns_are_paired_by_what_they_refer_to(void **state)
{
    (void)state;
    in_fiber(pairs, NULL);
}

static void composite(void *unused)
{
    (void)unused;
    const struct cf__relation *edition = cf__relation_of(Leaf.edition.relation);
    assert_int_equal(edition->count, 2);
    assert_pair(edition, 0, "day", "day");
    assert_pair(edition, 1, "number", "number");
    assert_ptr_equal(edition->other_columns[1], Edition.number.column);
    assert_ptr_equal(cf__relation_inverse(edition), cf__relation_of(Edition.pages.relation));
    const struct cf__relation *topics = cf__relation_of(Edition.topics.relation);
    assert_int_equal(topics->through_own_count, 2);
    assert_int_equal(topics->through_other_count, 1);
    assert_ptr_equal(topics->through_own[1], Coverage.number.column);
    assert_ptr_equal(topics->through_other[0], Coverage.topic.column);
    assert_ptr_equal(cf__relation_inverse(topics), cf__relation_of(BigTopic.editions.relation));
}

static void keys_of_several_columns_are_paired_in_their_order(void **state)
{
    (void)state;
    in_fiber(composite, NULL);
}

static void inverses(void *unused)
{
    (void)unused;
    assert_ptr_equal(cf__relation_inverse(cf__relation_of(Article.writer.relation))->column, Writer.texts.relation);
    assert_ptr_equal(cf__relation_inverse(cf__relation_of(Writer.edited.relation))->column, Article.editor.relation);
    assert_ptr_equal(cf__relation_inverse(cf__relation_of(Desk.writer.relation))->column, Writer.desk.relation);
    assert_ptr_equal(cf__relation_inverse(cf__relation_of(BigTopic.above.relation))->column, BigTopic.below.relation);
    assert_ptr_equal(cf__relation_inverse(cf__relation_of(BigTopic.below.relation))->column, BigTopic.above.relation);
    assert_ptr_equal(cf__relation_inverse(cf__relation_of(Writer.follows.relation))->column, Writer.readers.relation);
    assert_null(cf__relation_inverse(cf__relation_of(Writer.friends.relation)));
}

static void a_relation_knows_the_one_that_leads_back(void **state)
{
    (void)state;
    in_fiber(inverses, NULL);
}

static void made_tables(void *unused)
{
    (void)unused;
    const struct cf__relation *topics = cf__relation_of(Article.topics.relation);
    const struct cf__relation *articles = cf__relation_of(BigTopic.articles.relation);
    assert_true(topics->through_is_made);
    assert_ptr_equal(topics->through, articles->through);
    assert_ptr_equal(cf__relation_inverse(topics), articles);
    assert_string_equal(topics->through_own[0]->name, "article_number");
    assert_string_equal(topics->through_other[0]->name, "big_topic_code");
    assert_ptr_equal(articles->through_own[0], topics->through_other[0]);
    const struct cf__relation *friends = cf__relation_of(Writer.friends.relation);
    assert_string_equal(friends->through_own[0]->name, "writer_id");
    assert_string_equal(friends->through_other[0]->name, "other_writer_id");
}

static void a_table_between_two_models_is_made_by_convention(void **state)
{
    (void)state;
    in_fiber(made_tables, NULL);
}

static void schemas(void *unused)
{
    (void)unused;
    const struct cf_schema *schema =
        cf_schema_of_models(here(), CF_MODELS(BigTopic, Writer, Article, Desk, Follow, Edition, Leaf, Coverage));
    assert_int_equal(schema->count, 10);
    const struct cf_table *table = cf_schema_table(schema, "article_topics");
    assert_int_equal(table->column_count, 2);
    assert_string_equal(table->columns[0].name, "article_number");
    assert_int_equal(table->columns[0].type, CF_TYPE_INTEGER);
    assert_false(table->columns[0].identity);
    assert_string_equal(table->columns[1].name, "big_topic_code");
    assert_int_equal(table->columns[1].length, 8);
    assert_int_equal(table->primary_key.count, 2);
    assert_string_equal(table->primary_key_name, "pk_article_topics");
    assert_int_equal(table->foreign_key_count, 2);
    assert_string_equal(table->foreign_keys[1].name, "fk_article_topics_big_topic_code_topics");
    assert_string_equal(table->foreign_keys[0].on_delete, "cascade");
    assert_int_equal(cf_schema_table(schema, "desks")->column_count, 2);
    const struct cf_foreign_key *key = &cf_schema_table(schema, "leaves")->foreign_keys[0];
    assert_string_equal(key->name, "fk_leaves_day_number_editions");
    assert_string_equal(key->references.items[1], "no");
    assert_string_equal(key->on_delete, "set null");
}

static void relations_add_tables_and_foreign_keys_to_the_schema_and_no_column(void **state)
{
    (void)state;
    in_fiber(schemas, NULL);
}

/* ---- Wrong relations -------------------------------------------------------------------------------------------- */

static void make_schema(void *models)
{
    cf_schema_of_models(here(), models);
}

static void assert_refused(const struct cf_model *const *models, const char *message)
{
    const cf_error *error = error_of(make_schema, (void *)(uintptr_t)models);
    assert_int_equal(error->code, CF_INTERNAL);
    assert_string_equal(error->message, message);
}

static void resolve(void *column)
{
    cf__relation_of(column);
}

static void assert_unresolved(const struct cf_relation_column handle, const char *message)
{
    assert_string_equal(error_of(resolve, (void *)(uintptr_t)handle.relation)->message, message);
}

static void wrong(void *unused)
{
    (void)unused;
    assert_unresolved(BadField.writer, "BadField.writer: BadField has no column \"writer_id\"");
    assert_unresolved(BadKey.writer,
                      "BadKey.writer: BadKey.writer_id does not refer to Writer: give it references = \"writers.id\"");
    assert_unresolved(
        BadTable.writer,
        "BadTable.writer: BadTable.writer_id does not refer to Writer: give it references = \"writers.id\"");
    assert_unresolved(BadCount.writer, "BadCount.writer: the primary key of Writer has 1 columns, 2 are given");
    assert_unresolved(BadType.writer, "BadType.writer: BadType.writer_id and Writer.id are of different types");
    assert_unresolved(BadTwice.follows, "BadTwice.follows: Twice refers to Writer more than once: say which columns, "
                                        "first those that refer to BadTwice");
    assert_unresolved(BadNone.follows, "BadNone.follows: Follow has no column that refers to BadNone: give one "
                                       "references = \"bad7.…\"");
    assert_unresolved(Figure.writer, "Figure.writer: Figure is a SHAPE: only models have relations");
    assert_unresolved(BadShape.figures, "BadShape.figures: Figure is a SHAPE: a relation is to a model");
    assert_unresolved(BadOrder.topics, "BadOrder.topics: order_by: BigTopic has no column \"name\"");
    assert_unresolved(BadOrder.more, "BadOrder.more: order_by names 5 fields of BigTopic: up to 4 are an order");
    assert_unresolved(BadOne.writer, "BadOne.writer: order_by is for lists: HasMany and ManyToMany");
    assert_unresolved(BadPlace.names,
                      "BadPlace.names: position: BadPlace.name is to be an Integer that is neither a key nor computed");
    assert_unresolved(BadPlace.keys,
                      "BadPlace.keys: position: BadPlace.id is to be an Integer that is neither a key nor computed");
    assert_unresolved(BadPlace.none, "BadPlace.none: position: BadPlace has no column \"place\"");
    assert_unresolved(BadPlace.both, "BadPlace.both: position is the order of the list: leave order_by out");
    assert_unresolved(BadPlace.from, "BadPlace.from: count_from belongs to position");
    assert_unresolved(BadPlace.pairs, "BadPlace.pairs: position is for HasMany: a list of pairs has none, make it the "
                                      "HasMany of a model of yours");
    assert_unresolved(BadPlace.writer, "BadPlace.writer: position is for HasMany: here is no list");
    assert_refused(CF_MODELS(PlaceColumn), "PlaceColumn.name: position and count_from are for lists: HasMany");
    assert_refused(CF_MODELS(BadColumn), "BadColumn.name: order_by is for lists: HasMany and ManyToMany");
    assert_refused(CF_MODELS(BadLazy), "BadLazy.place: lazy = true belongs to a Text, String, Json or Blob");
    assert_refused(CF_MODELS(LazyKey), "LazyKey.name: a key cannot be lazy");
    assert_unresolved(LazyOther.desks, "LazyOther.desks: a key cannot be lazy");
    assert_unresolved(BadHas.pages, "BadHas.pages: Page has no column \"article\"");
    assert_refused(CF_MODELS(Leaf), "Leaf.edition: its model Edition is not in CF_MODELS");
    assert_refused(
        CF_MODELS(BadDot, BigTopic),
        "BadDot.topics: the name of its table \"audit.bad_topics\" has a dot, and no schema or database stands "
        "before a table: it is made beside those of the models, so give it a name without one");
    assert_refused(CF_MODELS(BadNames, Page, BigTopic),
                   "BadNames.topics: the model of \"pages\" has no column \"bad_names_id\": say "
                   "ManyToManyThrough(BigTopic, …) with its name");
}

static void what_cannot_be_resolved_is_told_with_model_and_field(void **state)
{
    (void)state;
    in_fiber(wrong, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_paired_by_what_they_refer_to),
        cmocka_unit_test(keys_of_several_columns_are_paired_in_their_order),
        cmocka_unit_test(a_relation_knows_the_one_that_leads_back),
        cmocka_unit_test(a_table_between_two_models_is_made_by_convention),
        cmocka_unit_test(relations_add_tables_and_foreign_keys_to_the_schema_and_no_column),
        cmocka_unit_test(what_cannot_be_resolved_is_told_with_model_and_field),
    };
    return cmocka_run_group_tests_name("db/relation", tests, NULL, free_thread);
}
