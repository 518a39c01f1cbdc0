/* SPDX-License-Identifier: MIT
 *
 * Columns of types of the program's own: written, read, compared, found again, and refused.
 */
#include "custom.h"
#include "support.h"

#include <carafe/bulk.h>

#include "../../src/orm/state.h"

static const struct color red = { 255, 0, 0 }, sky = { 0x87, 0xce, 0xeb };

static bool same_color(struct color left, struct color right)
{
    return left.red == right.red && left.green == right.green && left.blue == right.blue;
}

static struct money usd(int64_t cents)
{
    return (struct money){ cents };
}

static struct Car *add_car(cf_db *db, struct color paint, int64_t cents)
{
    struct Car *car = cf_add(db, Car, .paint = paint, .price = usd(cents));
    cf_commit(db);
    sent();
    return car;
}

static void rows_keep_what_they_were_given(cf_db *db)
{
    struct Car *car = cf_add(db, Car, .paint = sky, .trim = ((Color_optional){ red, true }), .price = usd(1999950),
                             .host = ((Address_optional){ { 0xC0A80001 }, true }));
    cf_commit(db);
    assert_was_sent("INSERT INTO cars (paint, trim, price, host) VALUES (?, ?, ?, ?)");
    struct Car *found = cf_get(another_session(), Car, car->id);
    assert_true(same_color(found->paint, sky));
    assert_true(found->trim.is_set && same_color(found->trim.value, red));
    assert_int_equal(found->price.cents, 1999950);
    assert_true(found->host.is_set);
    assert_int_equal(found->host.value.bits, 0xC0A80001);
}

static void only_what_changed_is_written(cf_db *db)
{
    struct Car *car = add_car(db, red, 100);
    struct Car *found = cf_get(db = another_session(), Car, car->id);
    assert_false(found->trim.is_set || found->host.is_set);
    sent();
    found->paint = red;
    cf_commit(db);
    assert_sent("");
    found->trim = (Color_optional){ sky, true };
    cf_commit(db);
    assert_sent("UPDATE cars SET trim = ? WHERE id = ?\n");
    found = cf_get(db = another_session(), Car, car->id);
    assert_true(found->trim.is_set && same_color(found->trim.value, sky));
    found->trim = (Color_optional){ 0 };
    found->price.cents = -1;
    cf_commit(db);
    found = cf_get(another_session(), Car, car->id);
    assert_false(found->trim.is_set);
    assert_int_equal(found->price.cents, -1);
}

static void defaults_of_the_database_are_read(cf_db *db)
{
    struct Car *car = cf_add(db, Car, .price = usd(1));
    car->paint = red;
    cf_rollback(db);
    car = cf_add(db, Car, .price = usd(1));
    cf_commit(db);
    assert_true(same_color(car->paint, (struct color){ 0, 0, 0 }));
}

static void conditions_compare_what_is_stored(cf_db *db)
{
    add_car(db, red, 300), add_car(db, sky, 200), add_car(db, sky, 1000);
    assert_int_equal(cf_count(db, Car, .where = cf_eq(Car.paint, cf_stored(Color, sky))), 2);
    assert_int_equal(cf_count(db, Car, .where = cf_in(Car.paint, cf_stored(Color, red), cf_stored(Color, sky))), 3);
    assert_int_equal(cf_count(db, Car, .where = cf_starts_with(Car.paint, "#ff")), 1);
    assert_int_equal(cf_count(db, Car, .where = cf_is_null(Car.trim)), 3);
    assert_int_equal(cf_count(db, Car, .where = cf_gt(Car.price, cf_stored(Money, usd(250)))), 2);
    struct Car_list cars = cf_find(db, Car, .order_by = { cf_desc(Car.price) });
    assert_int_equal(cars.items[0]->price.cents, 1000);
    assert_int_equal(cf_update_all(db, Car, .set = { cf_set(Car.trim, cf_stored(Color, red)) },
                                   .where = cf_eq(Car.paint, cf_stored(Color, sky))),
                     2);
    assert_int_equal(cf_count(db, Car, .where = cf_eq(Car.trim, cf_stored(Color, red))), 2);
    assert_true(cars.items[0]->trim.is_set);
}

static void read_no_paint(void *db)
{
    cf_sql((cf_db *)db, Painted, "SELECT NULL AS paint, NULL AS dearest, 1 AS cars");
}

static void shapes_and_free_sql_read_them(cf_db *db)
{
    add_car(db, red, 300), add_car(db, sky, 200), add_car(db, sky, 1000);
    const cf_expr *paint = cf_column(Car.paint);
    struct Painted_list all =
        cf_select(db, Painted, .from = Car,
                  .columns = { .paint = paint, .dearest = cf_max_of(Car.price), .cars = cf_count_rows() },
                  .group_by = { paint }, .order_by = { cf_asc(paint) });
    assert_int_equal(all.count, 2);
    assert_true(same_color(all.items[0]->paint, sky) && all.items[0]->cars == 2 && all.items[0]->dearest.is_set);
    assert_int_equal(all.items[0]->dearest.value.cents, 1000);
    struct Car_list found = cf_sql(db, Car, "SELECT * FROM cars WHERE paint = ?", cf_stored(Color, red));
    assert_int_equal(found.count, 1);
    assert_true(same_color(found.items[0]->paint, red));
    struct Painted_list one = cf_sql(db, Painted, "SELECT paint, NULL AS dearest, 1 AS cars FROM cars WHERE paint = ?",
                                     cf_stored(Color, red));
    assert_true(same_color(one.items[0]->paint, red) && !one.items[0]->dearest.is_set);
    assert_int_equal(error_of(read_no_paint, db)->code, CF_CORRUPT);
}

static void keys_are_of_such_types_too(cf_db *db)
{
    struct address home = { 0x7F000001 }, away = { 0xFFFFFFFF };
    struct Host *host = cf_add(db, Host, .address = home, .name = "home");
    cf_add(db, Port, .owner = host, .number = 80);
    cf_add(db, Port, .host = home, .number = 443);
    cf_add(db, Host, .address = away, .name = "away");
    cf_commit(db);
    assert_ptr_equal(cf_get(db, Host, cf_stored(Address, home)), host);
    db = another_session();
    host = cf_get(db, Host, cf_stored(Address, home), .load = { Host.ports });
    assert_string_equal(host->name, "home");
    assert_int_equal(host->ports.count, 2);
    assert_ptr_equal(cf_related(db, Port.owner, host->ports.items[0]), host);
    assert_null(cf_get(db, Host, -1)); /* no address: no row has it */
    assert_int_equal(cf_count(db, Host, .where = cf_any(Host.ports, cf_eq(Port.number, 80))), 1);
    host->ports.items[1]->host = away;
    cf_commit(db);
    struct Host *other = cf_get(another_session(), Host, cf_stored(Address, away), .load = { Host.ports });
    assert_int_equal(other->ports.count, 1);
}

static void many_rows_are_written_at_once(cf_db *db)
{
    struct Car cars[100] = { 0 };
    for (unsigned i = 0; i < 100; i++)
        cars[i] = (struct Car){ .paint = { 1, 2, (unsigned char)i }, .price = { i }, .host = { { i }, i % 2 == 0 } };
    cf_insert_all(db, Car, cars, 100);
    cf_upsert(db, Car, cf_columns(Car.host), .host = ((Address_optional){ { 42 }, true }), .paint = red,
              .price = usd(7));
    cf_commit(db);
    struct Car *changed =
        cf_find_one(another_session(), Car, .where = cf_eq(Car.host, cf_stored(Address, ((struct address){ 42 }))));
    assert_true(same_color(changed->paint, red));
    assert_int_equal(cf_count(db, Car, .where = cf_is_not_null(Car.host)), 50);
}

static void save(void *db)
{
    cf_commit(db);
}

static void read_cars(void *db)
{
    cf_find(db, Car);
}

static void what_does_not_fit_is_refused(cf_db *db)
{
    cf_add(db, Car, .paint = red, .price = usd(INT64_MAX));
    const cf_error *error = error_of(save, db);
    assert_int_equal(error->code, CF_INVALID);
    assert_string_equal(error->message, "cars.price has more than 8 digits before the point");
    cf_rollback(db);
    cf_sql_execute(db, "INSERT INTO cars (paint, price) VALUES ('scarlet', 1)");
    error = error_of(read_cars, db);
    assert_int_equal(error->code, CF_CORRUPT);
    assert_string_equal(error->message, "Car.paint holds what Color does not read: it is no color such as \"#ff8000\"");
}

/* ---- Whatever they are stored as -------------------------------------------------------------------------------- */

static cf_decimal decimal_of(const char *text)
{
    cf_decimal decimal;
    assert_true(cf_decimal_parse(text, &decimal));
    return decimal;
}

static void assert_boxes(const struct Boxed *got, const struct Boxed *given)
{
    for (const struct cf_column *column = Boxed.columns_ + 1; column < Boxed.columns_ + Boxed.model_.count; column++) {
        struct cf_operand left = cf__field_value(column, got), right = cf__field_value(column, given);
        assert_int_equal(((const char *)got)[column->offset], 'x');
        if (!cf__value_same(&left, &right))
            fail_msg("%s is another", column->name);
    }
}

static void every_type_may_lie_below(cf_db *db)
{
    const struct Boxed given = { .id = 1,
                                 .whole = { 0, INT64_MIN },
                                 .small = { 0, -32768 },
                                 .big = { 0, INT64_MAX },
                                 .flag = { 0, true },
                                 .ratio = { 0, 0.1 },
                                 .exact = { 0, decimal_of("-9999999999999999999999999999.9999999999") },
                                 .text = { 0, "日本語" },
                                 .day = { 0, { 1, 1, 1 } },
                                 .clock = { 0, { INT64_C(86399999999) } },
                                 .moment = { 0, { INT64_C(253402300799999999) } },
                                 .key = { 0, { { 1, 2, 3 } } },
                                 .data = { 0, { "a\0b", 3 } },
                                 .json = { 0, "{\"a\": [1]}" } };
    cf_insert_all(db, Boxed, &given, 1);
    cf_commit(db);
    assert_boxes(cf_get(another_session(), Boxed, 1), &given);
}

#define SET(field)     .field = { boxed.field, true },
#define IS_NULL(field) assert_false(found->field.is_set);
#define COPY(field)    assert_true(found->field.is_set), copy.field = found->field.value;

static void every_type_may_lie_below_and_be_null(cf_db *db)
{
    struct Boxed boxed = {
        .id = 1, .text = { 0, "" }, .day = { 0, { 9999, 12, 31 } }, .data = { 0, { "", 0 } }, .json = { 0, "null" }
    };
    struct Unboxed rows[] = { { .id = 1, BOXES(SET) }, { .id = 2 } };
    cf_insert_all(db, Unboxed, rows, 2);
    cf_commit(db);
    struct Unboxed *found = cf_get(another_session(), Unboxed, 2);
    BOXES(IS_NULL)
    found = cf_get(another_session(), Unboxed, 1);
    struct Boxed copy = { 0 };
    BOXES(COPY)
    assert_boxes(&copy, &boxed);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(rows_keep_what_they_were_given),    SESSION_TEST(only_what_changed_is_written),
        SESSION_TEST(defaults_of_the_database_are_read), SESSION_TEST(conditions_compare_what_is_stored),
        SESSION_TEST(shapes_and_free_sql_read_them),     SESSION_TEST(keys_are_of_such_types_too),
        SESSION_TEST(many_rows_are_written_at_once),     SESSION_TEST(what_does_not_fit_is_refused),
        SESSION_TEST(every_type_may_lie_below),          SESSION_TEST(every_type_may_lie_below_and_be_null),
    };
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
