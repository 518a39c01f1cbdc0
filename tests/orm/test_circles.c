/* SPDX-License-Identifier: MIT
 *
 * New rows that refer to each other in a circle: a key that may be NULL opens it, wherever in the circle it stands.
 */
#include <carafe/model.h>

/* clang-format off */
/* Two tables that refer to each other, one of the keys NOT NULL. */
MODEL(Ship, "ships",
    (id,         Id),
    (name,       String(9)),
    (captain_id, Integer, references = "captains.id"),
    (captain,    BelongsTo(Captain, captain_id)));
MODEL(Captain, "captains",
    (id,      Id),
    (name,    String(9)),
    (ship_id, Nullable(Integer), references = "ships.id", on_delete = "set null"),
    (ship,    BelongsTo(Ship, ship_id)),
    (ships,   HasMany(Ship, captain_id)));

/* Three in a circle. */
MODEL(Town, "towns",
    (id,      Id),
    (road_id, Integer, references = "roads.id"),
    (road,    BelongsTo(Road, road_id)));
MODEL(Road, "roads",
    (id,      Id),
    (land_id, Integer, references = "lands.id"),
    (land,    BelongsTo(Land, land_id)));
MODEL(Land, "lands",
    (id,         Id),
    (capital_id, Nullable(Integer), references = "towns.id"),
    (capital,    BelongsTo(Town, capital_id)));

/* A table that refers to itself twice, once NOT NULL. */
MODEL(Part, "parts",
    (id,       Id),
    (whole_id, Integer,           references = "parts.id"),
    (twin_id,  Nullable(Integer), references = "parts.id"),
    (whole,    BelongsTo(Part, whole_id)),
    (twin,     BelongsTo(Part, twin_id)));
/* clang-format on */

#define TEST_MODELS CF_MODELS(Ship, Captain, Town, Road, Land, Part)
#include "support.h"

/* On a server: tables that refer to each other cannot be made one after the other, with their keys. */
static void make_circles(cf_db *db)
{
    static bool made;
    struct cf__context *context = cf__current();
    const struct cf_dialect *dialect = cf__engine_driver(world.engine)->dialect;
    const struct cf_schema *schema = cf_schema_of_models(&context->head, TEST_MODELS);
    struct cf__buffer tables = cf__buffer_new(context, CF__CAP_SQL, "tables"),
                      keys = cf__buffer_new(context, CF__CAP_SQL, "keys");
    for (size_t i = 0; i < schema->count; i++) {
        struct cf_table table = schema->tables[i];
        if (strcmp(table.name, "parts") == 0)
            continue;
        table.foreign_key_count = 0;
        cf__ddl_create_table(&tables, dialect, &table);
        cf__buffer_format(&keys, "ALTER TABLE %s ADD ", table.name);
        cf__ddl_foreign_key(&keys, dialect, &schema->tables[i].foreign_keys[0]);
        cf__buffer_string(&tables, ";\n");
        cf__buffer_string(&keys, ";\n");
    }
    if (world.uri && !made) {
        cf__link_script(cf__session_link(db), cf__buffer_text(&tables));
        cf__link_script(cf__session_link(db), cf__buffer_text(&keys));
        cf_commit(db);
        made = true;
    }
    sent();
}

/* ---- Two tables ------------------------------------------------------------------------------------------------- */

static void assert_closed(cf_db *db, const struct Captain *captain, const struct Ship *ship)
{
    assert_sent("INSERT INTO captains (name) VALUES (?)\n"
                "INSERT INTO ships (name, captain_id) VALUES (?, ?)\n"
                "UPDATE captains SET ship_id = ? WHERE id = ?\n");
    assert_int_equal(captain->ship_id.value, ship->id);
    assert_int_equal(ship->captain_id, captain->id);
    assert_int_equal(cf_count(db, Captain, .where = cf_eq(Captain.ship_id, ship->id)), 1);
    assert_int_equal(cf_count(db, Ship, .where = cf_eq(Ship.captain_id, captain->id)), 1);
}

static void a_circle_of_two_tables_is_opened_where_a_key_may_be_null(cf_db *db)
{
    make_circles(db);
    struct Ship *ship = cf_add(db, Ship, .name = "a");
    struct Captain *captain = cf_add(db, Captain, .name = "b");
    ship->captain = captain;
    captain->ship = ship;
    cf_commit(db);
    assert_closed(db, captain, ship);
}

static void the_order_of_adding_does_not_matter(cf_db *db)
{
    make_circles(db);
    struct Captain *captain = cf_add(db, Captain, .name = "b");
    struct Ship *ship = cf_add(db, Ship, .name = "a", .captain = captain);
    captain->ship = ship;
    cf_commit(db);
    assert_closed(db, captain, ship);
}

static void a_row_of_a_list_closes_a_circle(cf_db *db)
{
    make_circles(db);
    struct Ship *ship = cf_add(db, Ship, .name = "a");
    struct Captain *captain = cf_add(db, Captain, .name = "b", .ship = ship);
    cf_append(db, Captain.ships, captain, ship);
    cf_commit(db);
    assert_closed(db, captain, ship);
}

static void a_key_that_may_be_null_is_known_at_once_where_there_is_no_circle(cf_db *db)
{
    make_circles(db);
    struct Captain *first = cf_add(db, Captain, .name = "a"), *second = cf_add(db, Captain, .name = "b");
    first->ship = cf_add(db, Ship, .name = "c", .captain = second);
    cf_commit(db);
    assert_sent("INSERT INTO captains (name) VALUES (?)\n"
                "INSERT INTO ships (name, captain_id) VALUES (?, ?)\n"
                "INSERT INTO captains (name, ship_id) VALUES (?, ?)\n");
    assert_int_equal(first->ship_id.value, first->ship->id);
}

/* ---- Three tables ----------------------------------------------------------------------------------------------- */

static void a_circle_of_three_tables_is_opened_in_every_order_of_adding(cf_db *db)
{
    static const char *const orders[] = { "tlr", "trl", "ltr", "lrt", "rtl", "rlt" };
    make_circles(db);
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        struct Town *town = NULL;
        struct Road *road = NULL;
        struct Land *land = NULL;
        for (const char *at = orders[i]; *at; at++)
            if (*at == 't')
                town = cf_add(db, Town, .road = NULL);
            else if (*at == 'r')
                road = cf_add(db, Road, .land = NULL);
            else
                land = cf_add(db, Land, .capital = NULL);
        town->road = road;
        road->land = land;
        land->capital = town;
        cf_commit(db);
        assert_int_equal(land->capital_id.value, town->id);
        assert_int_equal(cf_count(db, Town, .where = cf_and(cf_eq(Town.id, town->id), cf_eq(Town.road_id, road->id))),
                         1);
    }
    assert_int_equal(cf_count(db, Land, .where = cf_is_null(Land.capital_id)), 0);
}

/* ---- One table -------------------------------------------------------------------------------------------------- */

static struct Part *add_root(cf_db *db, int64_t id)
{
    struct Part *root = cf_add(db, Part, .id = id, .whole_id = id);
    cf_commit(db);
    sent();
    return root;
}

static void rows_of_one_table_are_put_in_order_by_the_key_that_must_be_known(cf_db *db)
{
    struct Part *root = add_root(db, 1000000);
    struct Part *part = cf_add(db, Part, .whole = root), *piece = cf_add(db, Part, .whole = part);
    part->twin = piece;
    piece->twin = piece;
    cf_commit(db);
    struct Part *later = cf_add(db, Part, .twin = NULL), *sooner = cf_add(db, Part, .whole = root, .twin = later);
    later->whole = sooner;
    cf_commit(db);
    assert_int_equal(part->twin_id.value, piece->id);
    assert_int_equal(piece->twin_id.value, piece->id);
    assert_int_equal(sooner->twin_id.value, later->id);
    assert_int_equal(later->whole_id, sooner->id);
}

static void a_circle_of_keys_that_must_be_known_is_refused(cf_db *db)
{
    struct Part *first = cf_add(db, Part, .twin = NULL), *second = cf_add(db, Part, .whole = first);
    first->whole = second;
    cf_add(db, Part, .whole = first, .twin = second);
    assert_string_equal(error_of(commit, db)->message,
                        "new rows of Part and Part refer to each other in a circle: none can be written first unless "
                        "Part.whole_id is Nullable");
}

/* Every part belongs to one before it, and has any as its twin; they are added in any order. */
static void add_any(cf_db *db, unsigned *random, struct Part *root)
{
    enum { COUNT = 24 };
    struct Part *parts[COUNT] = { root };
    int places[COUNT];
    for (int i = 1; i < COUNT; i++) {
        int other = 1 + (int)(rand_r(random) % (unsigned)i);
        places[i] = places[other];
        places[other] = i;
    }
    for (int i = 1; i < COUNT; i++)
        parts[places[i]] = cf_add(db, Part, .twin = NULL);
    for (int i = 1; i < COUNT; i++) {
        parts[i]->whole = parts[rand_r(random) % (unsigned)i];
        if (rand_r(random) % 4)
            parts[i]->twin = parts[rand_r(random) % COUNT];
    }
    cf_commit(db);
    for (int i = 1; i < COUNT; i++) {
        const struct Part *part = parts[i], *whole = part->whole, *twin = part->twin;
        cf_refresh(db, Part, parts[i]);
        assert_int_equal(part->whole_id, whole->id);
        assert_int_equal(part->twin_id.is_set, twin != NULL);
        if (twin)
            assert_int_equal(part->twin_id.value, twin->id);
    }
}

static void any_web_of_rows_is_written_that_can_be(cf_db *db)
{
    unsigned random = 7;
    for (int i = 0; i < 20; i++)
        add_any(db, &random, add_root(db, 2000000 + 1000 * i));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(a_circle_of_two_tables_is_opened_where_a_key_may_be_null),
        SESSION_TEST(the_order_of_adding_does_not_matter),
        SESSION_TEST(a_row_of_a_list_closes_a_circle),
        SESSION_TEST(a_key_that_may_be_null_is_known_at_once_where_there_is_no_circle),
        SESSION_TEST(a_circle_of_three_tables_is_opened_in_every_order_of_adding),
        SESSION_TEST(rows_of_one_table_are_put_in_order_by_the_key_that_must_be_known),
        SESSION_TEST(a_circle_of_keys_that_must_be_known_is_refused),
        SESSION_TEST(any_web_of_rows_is_written_that_can_be),
    };
    if (!choose_server(argc, argv))
        return 77;
    world.models = world.uri ? CF_MODELS(Part) : NULL;
    return cmocka_run_group_tests_name("orm/circles", tests, NULL, free_thread);
}
