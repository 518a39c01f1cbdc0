/* SPDX-License-Identifier: MIT
 *
 * Defaults that the program makes: insert_default, update_default.
 */
#include <carafe/bulk.h>

static void make_token(struct cf_db *db, void *row);
static void make_rank(struct cf_db *db, void *row);
static void count_edit(struct cf_db *db, void *row);
static void name_editor(struct cf_db *db, void *row);
static void make_price(struct cf_db *db, void *row);
static void make_weight(struct cf_db *db, void *row);

/* clang-format off */
MODEL(Parcel, "parcels",
    (key,   Uuid,       primary_key = true, insert_default = cf_default_uuid),
    (name,  String(20)),
    (token, String(20), unique = true, insert_default = make_token),
    (rank,  Integer,    insert_default = make_rank, server_default = "7"),
    (trace, Nullable(Uuid), insert_default = cf_default_uuid),
    (edits, Integer,    server_default = "0", update_default = count_edit),
    (stops, HasMany(Stop, parcel_key)));

MODEL(Stop, "stops",
    (key,        Uuid, primary_key = true, insert_default = cf_default_uuid),
    (name,       Nullable(String(20))),
    (parcel_key, Uuid, references = "parcels.key"),
    (parcel,     BelongsTo(Parcel, parcel_key)));

MODEL(Page, "pages",
    (id,      Id),
    (name,    String(20), unique = true),
    (hits,    Integer,    server_default = "0"),
    (edition, Uuid,       insert_default = cf_default_uuid, update_default = cf_default_uuid),
    (editor,  Nullable(String(40)), update_default = name_editor),
    (price,   Numeric(10, 2), insert_default = make_price),
    (weight,  Nullable(Float), insert_default = make_weight));

MODEL(Wrong, "wrong",
    (id,    Id),
    (place, Integer),
    (name,  String(20), insert_default = cf_default_uuid));
/* clang-format on */

#define TEST_MODELS CF_MODELS(Parcel, Stop, Page, Wrong)
#include "support.h"

static int tokens, ranks;

static void make_token(struct cf_db *db, void *row)
{
    struct Parcel *parcel = row;
    parcel->token = cf_format(db, "%s-%d", parcel->name, ++tokens);
}

static void make_rank(struct cf_db *db, void *row)
{
    (void)db;
    ranks++;
    ((struct Parcel *)row)->rank = 0;
}

static void count_edit(struct cf_db *db, void *row)
{
    (void)db;
    ((struct Parcel *)row)->edits++;
}

static void name_editor(struct cf_db *db, void *row)
{
    (void)db;
    ((struct Page *)row)->editor = "kim";
}

static void make_price(struct cf_db *db, void *row)
{
    (void)db;
    ((struct Page *)row)->price = cf_decimal_of(5, 0);
}

static void make_weight(struct cf_db *db, void *row)
{
    (void)db;
    ((struct Page *)row)->weight = cf_optional(1.5);
}

static bool is_nil(cf_uuid uuid)
{
    static const cf_uuid nil;
    return memcmp(&uuid, &nil, sizeof nil) == 0;
}

static void start(void)
{
    tokens = ranks = 0;
}

static void a_new_row_gets_what_its_model_makes(cf_db *db)
{
    start();
    struct Parcel *parcel = cf_add(db, Parcel, .name = "a");
    assert_null(parcel->token);
    cf_commit(db);
    assert_was_sent(
        "INSERT INTO parcels (\"key\", name, token, \"rank\", trace) VALUES (?, ?, ?, ?, ?) RETURNING edits\n");
    assert_false(is_nil(parcel->key));
    assert_true(parcel->trace.is_set && !is_nil(parcel->trace.value));
    assert_string_equal(parcel->token, "a-1");
    assert_ptr_equal(cf_get(db, Parcel, parcel->key), parcel);
    struct Parcel *read = cf_get(another_session(), Parcel, parcel->key);
    assert_string_equal(read->token, "a-1");
    assert_int_equal(read->rank, 0); /* what the function makes counts, be it zero; not the database's default */
}

static void what_the_program_names_or_assigns_is_left_alone(cf_db *db)
{
    start();
    struct Parcel *named = cf_add(db, Parcel, .name = "a", .token = "mine", .rank = 0, .trace = cf_null_uuid);
    struct Parcel *assigned = cf_add(db, Parcel, .name = "b");
    assigned->token = "later";
    assigned->rank = 3;
    cf_commit(db);
    assert_int_equal(tokens + ranks, 0);
    assert_false(named->trace.is_set);
    assert_string_equal(cf_get(another_session(), Parcel, assigned->key)->token, "later");
}

static void keys_made_by_the_program_reach_the_rows_that_refer_to_them(cf_db *db)
{
    start();
    struct Stop *stop = cf_add(db, Stop, .parcel = cf_add(db, Parcel, .name = "a"));
    struct Parcel *other = cf_add(db, Parcel, .name = "b");
    cf_append(db, Parcel.stops, other, cf_add(db, Stop, .name = "s"));
    cf_commit(db);
    assert_memory_equal(&stop->parcel_key, &stop->parcel->key, sizeof(cf_uuid));
    assert_memory_equal(&other->stops.items[0]->parcel_key, &other->key, sizeof(cf_uuid));
    assert_int_equal(cf_count(db, Stop), 2);
}

static void a_changed_row_gets_what_its_model_makes_unless_the_program_says_so(cf_db *db)
{
    start();
    struct Parcel *parcel = cf_add(db, Parcel, .name = "a");
    cf_commit(db);
    assert_int_equal(parcel->edits, 0);
    parcel->name = "b";
    cf_commit(db);
    assert_was_sent("UPDATE parcels SET name = ?, edits = ? WHERE \"key\" = ?\n");
    assert_int_equal(parcel->edits, 1);
    parcel->edits = 9;
    cf_commit(db);
    cf_commit(db); /* nothing has changed */
    assert_int_equal(cf_get(another_session(), Parcel, parcel->key)->edits, 9);
    parcel->name = "c";
    cf_flush(db);
    assert_int_equal(parcel->edits, 10);
    cf_rollback(db);
    assert_int_equal(parcel->edits, 9);
}

static void arrays_are_given_defaults_in_a_copy(cf_db *db)
{
    start();
    struct Parcel rows[3] = { { .name = "a" }, { .name = "b", .token = "mine", .rank = 4 }, { .name = "c" } };
    cf_insert_all(db, Parcel, rows, 3);
    assert_int_equal(tokens, 2);
    assert_null(rows[0].token);
    struct Parcel listed = { .name = "d", .rank = 5, .token = "kept" };
    cf_insert_all(db, Parcel, &listed, 1, .columns = cf_columns(Parcel.name, Parcel.token), .returning = true);
    assert_false(is_nil(listed.key));
    assert_int_equal(listed.rank, 0);
    cf_commit(db);
    struct Parcel_list found = cf_find(db, Parcel, .order_by = { cf_asc(Parcel.name) });
    assert_int_equal(found.count, 4);
    assert_string_equal(found.items[0]->token, "a-1");
    assert_string_equal(found.items[1]->token, "mine");
    assert_int_equal(found.items[1]->rank, 4);
    assert_string_equal(found.items[3]->token, "kept");
}

static void an_upsert_leaves_the_defaults_of_a_row_that_is_there(cf_db *db)
{
    start();
    struct Parcel *first = cf_upsert(db, Parcel, cf_columns(Parcel.token), .name = "a", .token = "t");
    cf_uuid key = first->key, trace = first->trace.value;
    assert_false(is_nil(key));
    struct Parcel *again = cf_upsert(db, Parcel, cf_columns(Parcel.token), .name = "b", .token = "t");
    assert_ptr_equal(again, first);
    assert_memory_equal(&again->key, &key, sizeof key);
    assert_memory_equal(&again->trace.value, &trace, sizeof trace);
    struct Parcel rows[] = { { .name = "c", .token = "t" }, { .name = "d", .token = "u", .rank = 6 } };
    cf_upsert_all(db, Parcel, cf_columns(Parcel.token), rows, 2);
    cf_commit(db);
    assert_string_equal(first->name, "c");
    assert_memory_equal(&first->trace.value, &trace, sizeof trace);
    assert_int_equal(cf_find_one(db, Parcel, .where = cf_eq(Parcel.token, "u"))->rank, 6);
}

/* ---- Many rows -------------------------------------------------------------------------------------------------- */

static void add_pages(cf_db *db)
{
    cf_add(db, Page, .name = "a");
    cf_add(db, Page, .name = "b");
    cf_commit(db);
}

static bool same(cf_uuid left, cf_uuid right)
{
    return memcmp(&left, &right, sizeof left) == 0;
}

static void an_update_of_all_asks_once(cf_db *db)
{
    add_pages(db);
    struct Page_list pages = cf_find(db, Page, .order_by = { cf_asc(Page.name) });
    cf_uuid before = pages.items[0]->edition;
    sent();
    assert_int_equal(cf_update_all(db, Page, .set = { cf_set(Page.hits, cf_plus(Page.hits, 1)) }, .all = true), 2);
    assert_was_sent("UPDATE pages SET hits = carafe_integer(hits + ?, 64), edition = ?, editor = ?\n");
    assert_false(same(pages.items[0]->edition, before));
    assert_true(same(pages.items[0]->edition, pages.items[1]->edition));
    assert_string_equal(pages.items[1]->editor, "kim");
    cf_update_all_returning(db, Page, .set = { cf_set_null(Page.editor), cf_set(Page.edition, before) }, .all = true);
    assert_null(pages.items[0]->editor);
    assert_true(same(pages.items[0]->edition, before));
    cf_commit(db);
}

static void count_all(void *db)
{
    cf_update_all((cf_db *)db, Parcel, .set = { cf_set(Parcel.name, "b") }, .all = true);
}

static void one_that_goes_by_its_row_is_refused(cf_db *db)
{
    start();
    struct Parcel *parcel = cf_add(db, Parcel, .name = "a");
    cf_commit(db);
    assert_string_equal(
        error_of(count_all, db)->message,
        "cf_update_all of Parcel: the default of edits goes by what its row has, which is not known of many "
        "rows: say what it becomes");
    cf_update_all(db, Parcel, .set = { cf_set(Parcel.name, "b"), cf_set(Parcel.edits, cf_plus(Parcel.edits, 1)) },
                  .all = true);
    assert_int_equal(parcel->edits, 1);
    cf_upsert(db, Parcel, cf_columns(Parcel.token), .name = "c", .token = "a-1");
    assert_string_equal(parcel->name, "c");
    assert_int_equal(parcel->edits, 1); /* left alone */
    cf_commit(db);
}

static void an_upsert_asks_for_a_row_that_is_there(cf_db *db)
{
    add_pages(db);
    struct Page *page = cf_find_one(db, Page, .where = cf_eq(Page.name, "a"));
    cf_uuid before = page->edition;
    sent();
    cf_upsert(db, Page, cf_columns(Page.name), .name = "a", .hits = 4);
    if (!world.uri)
        assert_non_null(strstr(sent(), "DO UPDATE SET hits = excluded.hits, edition = ?, editor = ? RETURNING"));
    assert_int_equal(page->hits, 4);
    assert_false(same(page->edition, before));
    assert_string_equal(page->editor, "kim");
    assert_null(cf_upsert(db, Page, cf_columns(Page.name), .name = "c")->editor); /* it is new */
    cf_upsert(db, Page, cf_columns(Page.name), .name = "a", .editor = "lee");
    assert_string_equal(page->editor, "lee");
    before = page->edition;
    cf_upsert(db, Page, cf_on_conflict(cf_columns(Page.name), .keep = true), .name = "a");
    assert_true(same(page->edition, before));
    cf_commit(db);
}

static void an_upsert_of_many_asks_once(cf_db *db)
{
    add_pages(db);
    struct Page rows[] = { { .name = "a", .hits = 1 }, { .name = "b", .editor = "lee" }, { .name = "c" } };
    cf_uuid before = cf_find_one(db, Page, .where = cf_eq(Page.name, "a"))->edition;
    cf_upsert_all(db, Page, cf_columns(Page.name), rows, 3);
    cf_commit(db);
    struct Page_list pages = cf_find(another_session(), Page, .order_by = { cf_asc(Page.name) });
    assert_int_equal(pages.items[0]->hits, 1);
    assert_string_equal(pages.items[0]->editor, "kim");
    assert_string_equal(pages.items[1]->editor, "lee");
    assert_null(pages.items[2]->editor);
    assert_false(same(pages.items[0]->edition, before));
    assert_true(same(pages.items[0]->edition, pages.items[1]->edition));
    assert_false(same(pages.items[0]->edition, pages.items[2]->edition));
    cf_upsert_all(db, Page, cf_columns(Page.name), rows, 1, .columns = cf_columns(Page.name, Page.editor));
    assert_null(cf_find_one(db, Page, .where = cf_eq(Page.name, "a"), .refresh = true)->editor);
}

static void what_a_query_inserts_is_given_defaults(cf_db *db)
{
    start();
    cf_add(db, Parcel, .name = "x");
    cf_add(db, Parcel, .name = "y");
    cf_commit(db);
    sent();
    assert_int_equal(cf_insert_from(db, Page, cf_columns(Page.name), cf_subquery_of(Parcel.name, .from = Parcel)), 2);
    assert_was_sent("INSERT INTO pages (edition, price, weight, name) SELECT ?, ?, ?, part.* FROM (SELECT name FROM "
                    "parcels) AS part\n");
    struct Page_list pages = cf_find(db, Page, .order_by = { cf_asc(Page.name) });
    assert_true(same(pages.items[0]->edition, pages.items[1]->edition) && !is_nil(pages.items[0]->edition));
    assert_int_equal(cf_decimal_compare(pages.items[0]->price, cf_decimal_of(5, 0)), 0);
    assert_true(pages.items[1]->weight.value == 1.5);
}

static void insert_names(void *db)
{
    cf_insert_from((cf_db *)db, Parcel, cf_columns(Parcel.name), cf_subquery_of(Page.name, .from = Page));
}

static void one_that_reads_what_is_not_known_is_told(cf_db *db)
{
    add_pages(db);
    assert_string_equal(error_of(insert_names, db)->message,
                        "parcels.name is not known to a default that is made for many rows");
}

static void wrongly_used(void *db)
{
    cf_add((cf_db *)db, Wrong, .place = 1);
    cf_commit((cf_db *)db);
}

static void a_uuid_is_no_default_of_another_type(cf_db *db)
{
    assert_string_equal(error_of(wrongly_used, db)->message, "cf_default_uuid is for the insert_default of a Uuid");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(a_new_row_gets_what_its_model_makes),
        SESSION_TEST(what_the_program_names_or_assigns_is_left_alone),
        SESSION_TEST(keys_made_by_the_program_reach_the_rows_that_refer_to_them),
        SESSION_TEST(a_changed_row_gets_what_its_model_makes_unless_the_program_says_so),
        SESSION_TEST(arrays_are_given_defaults_in_a_copy),
        SESSION_TEST(an_upsert_leaves_the_defaults_of_a_row_that_is_there),
        SESSION_TEST(an_update_of_all_asks_once),
        SESSION_TEST(one_that_goes_by_its_row_is_refused),
        SESSION_TEST(an_upsert_asks_for_a_row_that_is_there),
        SESSION_TEST(an_upsert_of_many_asks_once),
        SESSION_TEST(what_a_query_inserts_is_given_defaults),
        SESSION_TEST(one_that_reads_what_is_not_known_is_told),
        SESSION_TEST(a_uuid_is_no_default_of_another_type),
    };
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests_name("orm/defaults", tests, NULL, free_thread);
}
