/* SPDX-License-Identifier: MIT
 *
 * Defaults that the program makes: insert_default, update_default.
 */
#include <carafe/bulk.h>

static void make_token(struct cf_db *db, void *row);
static void make_rank(struct cf_db *db, void *row);
static void count_edit(struct cf_db *db, void *row);

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

MODEL(Wrong, "wrong",
    (id,    Id),
    (place, Integer),
    (name,  String(20), insert_default = cf_default_uuid));
/* clang-format on */

#define TEST_MODELS CF_MODELS(Parcel, Stop, Wrong)
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
        SESSION_TEST(a_uuid_is_no_default_of_another_type),
    };
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests_name("orm/defaults", tests, NULL, free_thread);
}
