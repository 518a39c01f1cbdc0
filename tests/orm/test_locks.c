/* SPDX-License-Identifier: MIT
 *
 * Locks of rows: their SQL as text for three kinds of database, and who waits for whom on a real one. SQLite knows no locks of
 * rows: there a session that locks is alone with those that read, whatever it names.
 */
#include "queries.h"
#include "support.h"

#include "spelling.h"

static bool can(unsigned capability)
{
    return cf__engine_driver(world.engine)->capabilities & capability;
}

/* The first sensor and its tags, of which the first is joined. */
static cf_subquery *sensors_and_tags(enum cf_lock lock, const struct cf_model *const *of)
{
    return cf_subselect(Named, .from = Sensor, .join = { cf_left_join(Sensor.tags) }, .for_update = lock,
                        .for_update_of = of);
}

#define SENSORS_AND_TAGS                                                                                             \
    "SELECT sensors.id, sensors.name FROM sensors LEFT JOIN sensor_tags ON sensor_tags.sensor_id = sensors.id LEFT " \
    "JOIN tags ON tags.id = sensor_tags.tag_id"

static void locks_say_of_what_and_how_much(cf_db *db)
{
    (void)db;
    static const struct {
        enum cf_lock lock;
        const char *sql;
    } locks[] = {
        { CF_FOR_UPDATE, " FOR UPDATE" },
        { CF_FOR_SHARE, " FOR SHARE" },
        { CF_FOR_NO_KEY_UPDATE, " FOR NO KEY UPDATE" },
        { CF_FOR_KEY_SHARE, " FOR KEY SHARE" },
        { CF_FOR_NO_KEY_UPDATE | CF_SKIP_LOCKED, " FOR NO KEY UPDATE SKIP LOCKED" },
        { CF_FOR_KEY_SHARE | CF_NO_WAIT, " FOR KEY SHARE NOWAIT" },
    };
    for (size_t i = 0; i < sizeof locks / sizeof locks[0]; i++)
        assert_string_equal(sql_in(&postgres_dialect, sensors_and_tags(locks[i].lock, NULL)),
                            cf_format(&cf__current()->head, SENSORS_AND_TAGS "%s", locks[i].sql));
    struct Sensor_columns upper = cf_alias(Sensor, "upper");
    assert_string_equal(sql_in(&postgres_dialect, sensors_and_tags(CF_FOR_UPDATE, CF_MODELS(Sensor))),
                        SENSORS_AND_TAGS " FOR UPDATE OF sensors");
    assert_string_equal(sql_in(&postgres_dialect,
                               sensors_and_tags(CF_FOR_KEY_SHARE | CF_SKIP_LOCKED, CF_MODELS(Sensor, Tag))),
                        SENSORS_AND_TAGS " FOR KEY SHARE OF sensors, tags SKIP LOCKED");
    assert_string_equal(
        sql_in(&postgres_dialect,
               cf_subselect(Named, .from = Sensor, .join = { cf_join(upper, .along = Sensor.parent) },
                            .for_update = CF_FOR_UPDATE, .for_update_of = CF_MODELS(upper))),
        "SELECT sensors.id, sensors.name FROM sensors JOIN sensors AS upper ON upper.id = sensors.parent_id FOR UPDATE "
        "OF upper");
}

/* ---- Who waits -------------------------------------------------------------------------------------------------- */

struct wish {
    cf_db *db;
    enum cf_lock lock;
};

static void lock_tag(void *wish_)
{
    struct wish *wish = wish_;
    cf_get(wish->db, Tag, 1, .for_update = wish->lock);
}

static void lock_sensor(void *wish_)
{
    struct wish *wish = wish_;
    cf_get(wish->db, Sensor, 1, .for_update = wish->lock);
}

/* True where another session is refused what `db` holds. */
static bool meets(void (*ask)(void *), enum cf_lock lock)
{
    struct wish wish = { another_session(), lock | CF_NO_WAIT };
    const cf_error *error = cf_attempt(&cf__current()->head, ask, &wish);
    assert_true(!error || error->code == CF_BUSY);
    cf_rollback(wish.db);
    return error;
}

static void locks_are_of_the_tables_named(cf_db *db)
{
    fill(db);
    if (can(CF_CAN_LOCK_ROWS) && !can(CF_CAN_LOCK_OF))
        return; /* see what_a_database_has_not_is_refused */
    struct Sensor_list found = cf_find(db, Sensor, .join = { cf_left_join(Sensor.tags) }, .where = cf_eq(Tag.id, 1),
                                       .for_update = CF_FOR_UPDATE, .for_update_of = CF_MODELS(Sensor));
    assert_int_equal(found.count, 1);
    assert_true(cf__link_active(cf__session_link(db)));
    if (can(CF_CAN_LOCK_OF)) {
        assert_true(meets(lock_sensor, CF_FOR_SHARE));
        assert_false(meets(lock_tag, CF_FOR_UPDATE));
    }
    cf_rollback(db);
    struct Named_list named =
        cf_select(db, Named, .from = Sensor, .join = { cf_left_join(Sensor.tags) }, .where = cf_eq(Sensor.id, 3),
                  .for_update = CF_FOR_UPDATE | CF_SKIP_LOCKED, .for_update_of = CF_MODELS(Sensor));
    assert_string_equal(names(named), "3:attic"); /* without a tag that could be locked */
    cf_rollback(db);
}

static void a_lock_that_spares_keys_lets_others_refer_to_the_row(cf_db *db)
{
    fill(db);
    if (can(CF_CAN_LOCK_ROWS) && !can(CF_CAN_LOCK_KEYS))
        return;
    assert_string_equal(cf_get(db, Sensor, 1, .for_update = CF_FOR_NO_KEY_UPDATE)->name, "roof");
    if (can(CF_CAN_LOCK_KEYS)) {
        cf_db *other = another_session();
        cf_add(other, Sensor, .id = 9, .name = "gutter", .parent_id = cf_optional(1));
        cf_commit(other);
        assert_false(meets(lock_sensor, CF_FOR_KEY_SHARE));
        assert_true(meets(lock_sensor, CF_FOR_SHARE));
        assert_true(meets(lock_sensor, CF_FOR_NO_KEY_UPDATE));
    }
    cf_rollback(db);
    cf_get(db, Sensor, 1, .for_update = CF_FOR_KEY_SHARE);
    if (can(CF_CAN_LOCK_KEYS)) {
        assert_false(meets(lock_sensor, CF_FOR_NO_KEY_UPDATE));
        assert_true(meets(lock_sensor, CF_FOR_UPDATE));
    }
    cf_rollback(db);
}

/* ---- What is wrong ---------------------------------------------------------------------------------------------- */

static void write_of(void *unused)
{
    (void)unused;
    sql_in(&mariadb_dialect, sensors_and_tags(CF_FOR_UPDATE, CF_MODELS(Sensor)));
}
static void write_key_lock(void *unused)
{
    (void)unused;
    sql_in(&mariadb_dialect, sensors_and_tags(CF_FOR_NO_KEY_UPDATE, NULL));
}
static void lock_another_table(void *db)
{
    cf_find((cf_db *)db, Sensor, .for_update = CF_FOR_UPDATE, .for_update_of = CF_MODELS(Reading));
}
static void name_tables_only(void *db)
{
    cf_find((cf_db *)db, Sensor, .for_update_of = CF_MODELS(Sensor));
}
static void name_tables_only_in_a_subquery(void *unused)
{
    (void)unused;
    cf_subselect(Named, .from = Sensor, .for_update_of = CF_MODELS(Sensor));
}
static void lock_of_there(void *db)
{
    cf_find((cf_db *)db, Sensor, .for_update = CF_FOR_UPDATE, .for_update_of = CF_MODELS(Sensor));
}

static void what_a_database_has_not_is_refused(cf_db *db)
{
    static const char both[] = ".for_update_of names tables, and .for_update does not say how their rows are locked";
    static const char of[] =
        "mariadb locks rows of all tables of a query: leave .for_update_of out, or lock by another query";
    assert_string_equal(error_of(write_of, NULL)->message, of);
    assert_string_equal(error_of(write_key_lock, NULL)->message,
                        "mariadb has no locks that spare keys: say CF_FOR_UPDATE or CF_FOR_SHARE");
    assert_string_equal(error_of(name_tables_only, db)->message, both);
    assert_string_equal(error_of(name_tables_only_in_a_subquery, NULL)->message, both);
    assert_string_equal(
        error_of(lock_another_table, db)->message,
        "Reading is to be locked in a query that is not on it: .for_update_of names tables of the query");
    if (can(CF_CAN_LOCK_ROWS) && !can(CF_CAN_LOCK_OF))
        assert_string_equal(error_of(lock_of_there, db)->message, of);
    else
        lock_of_there(db);
    cf_rollback(db);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(locks_say_of_what_and_how_much),
        SESSION_TEST(locks_are_of_the_tables_named),
        SESSION_TEST(a_lock_that_spares_keys_lets_others_refer_to_the_row),
        SESSION_TEST(what_a_database_has_not_is_refused),
    };
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
