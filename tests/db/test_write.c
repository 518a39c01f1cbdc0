/* SPDX-License-Identifier: MIT
 *
 * Statements that write: their SQL compared as text, in the words of each kind of database, and run on a real one.
 */
#include "support.h"

#include <carafe/bulk.h>
#include <carafe/select.h>

#include "../../src/db/drivers.h"

#include "models.h"

/* What databases say differently, in the least a statement needs; held to the drivers' own words below. */
static const struct cf_dialect numbered = {
    .quote = '"',
    .numbered_placeholders = true,
    .empty_insert = " DEFAULT VALUES",
    .conflict = { " ON CONFLICT (%k)%w DO UPDATE SET ", "%c = excluded.%c", " ON CONFLICT (%k)%w DO NOTHING", NULL },
    .most_parameters = 65535,
    .batch_rows = 1024,
};
static const struct cf_dialect duplicates = {
    .quote = '"',
    .empty_insert = " () VALUES ()",
    .conflict = { " ON DUPLICATE KEY UPDATE ", "%c = %[VALUES(%c)%]", " ON DUPLICATE KEY UPDATE %c = %c", ", %c)" },
    .most_parameters = 65535,
    .batch_rows = 1024,
};

static const char *sql_in(const struct cf__write *write, const struct cf_dialect *dialect)
{
    struct cf__buffer sql = cf__buffer_new(cf__current(), CF__CAP_SQL, "a statement");
    cf__write_sql(write, dialect, &sql);
    return cf__buffer_text(&sql);
}

static const struct cf_dialect *here_dialect(const cf_engine *engine)
{
    return cf__engine_driver(engine)->dialect;
}

static cf_engine *users_engine(void)
{
    cf_engine *engine = open_engine("sqlite://");
    create_tables(engine, CF_MODELS(User));
    run_script(engine, "INSERT INTO users VALUES (1, 'ann', 'ann@x.org', 30, NULL), (2, 'bob', 'bob@x.org', 20, NULL),"
                       "(3, 'cid', 'cid@x.org', NULL, NULL)");
    return engine;
}

enum { ID = 1, NAME = 2, EMAIL = 4, AGE = 8 }; /* columns of User */

#define ROWS(...) \
    .rows = (const void *const[]){ __VA_ARGS__ }, .count = sizeof((const void *[]){ __VA_ARGS__ }) / sizeof(void *)

static int64_t changed_by(struct cf__link *link, const struct cf__write *write)
{
    struct cf__rows rows = cf__link_write(link, write);
    return cf__rows_changed(&rows);
}

/* ---- Rows ------------------------------------------------------------------------------------------------------- */

static void one_row(void *unused)
{
    (void)unused;
    cf_engine *engine = users_engine();
    struct cf__link link = new_link(engine);
    struct User user = { .name = "eve", .email = "eve@x.org", .age = { 50, true } };
    struct cf__write insert = {
        .kind = CF__INSERT, .model = &User.model_, .columns = NAME | EMAIL | AGE, .returning = ID, ROWS(&user)
    };
    assert_string_equal(sql_in(&insert, here_dialect(engine)),
                        "INSERT INTO users (name, email, age) VALUES (?, ?, ?) RETURNING id");
    struct cf__rows rows = cf__link_write(&link, &insert);
    assert_true(cf__rows_next(&rows, &user));
    assert_int_equal(cf__rows_changed(&rows), 1);
    assert_int_equal(user.id, 4);
    user.name = "Eve";
    user.age.is_set = false;
    struct cf__write update = {
        .kind = CF__UPDATE, .model = &User.model_, .columns = NAME | AGE, ROWS(&user), .key_row = &user
    };
    assert_string_equal(sql_in(&update, here_dialect(engine)), "UPDATE users SET name = ?, age = ? WHERE id = ?");
    assert_string_equal(sql_in(&update, &numbered), "UPDATE users SET name = $1, age = $2 WHERE id = $3");
    assert_int_equal(changed_by(&link, &update), 1);
    assert_string_equal(ask_text(&link, "SELECT name || coalesce(age, '-') AS text FROM users WHERE id = 4"), "Eve-");
    struct cf__write delete = { .kind = CF__DELETE, .model = &User.model_, .key_row = &user, .key = ID | NAME };
    assert_string_equal(sql_in(&delete, &numbered), "DELETE FROM users WHERE id = $1 AND name = $2");
    assert_int_equal(changed_by(&link, &delete), 1);
    assert_int_equal(changed_by(&link, &delete), 0);
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void rows_are_inserted_updated_and_deleted_by_their_key(void **state)
{
    (void)state;
    in_fiber(one_row, NULL);
}

static void many_rows(void *unused)
{
    (void)unused;
    cf_engine *engine = users_engine();
    struct cf__link link = new_link(engine);
    struct User users[] = { { .name = "x", .email = "x@x.org" }, { .name = "y", .email = "y@x.org" } };
    struct cf__write insert = {
        .kind = CF__INSERT, .model = &User.model_, .columns = NAME | EMAIL, .returning = ID, ROWS(&users[1], &users[0])
    };
    assert_string_equal(sql_in(&insert, here_dialect(engine)),
                        "INSERT INTO users (name, email) VALUES (?, ?), (?, ?) RETURNING id");
    assert_string_equal(sql_in(&insert, &numbered),
                        "INSERT INTO users (name, email) VALUES ($1, $2), ($3, $4) RETURNING id");
    struct cf__rows rows = cf__link_write(&link, &insert);
    assert_true(cf__rows_next(&rows, &users[1]));
    assert_true(cf__rows_next(&rows, &users[0]));
    assert_false(cf__rows_next(&rows, &users[0]));
    assert_string_equal(ask_text(&link, "SELECT group_concat(id || name) AS text FROM users WHERE id > 3"), "4y,5x");
    assert_int_equal(users[0].id, 5);
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void an_insert_takes_many_rows_and_gives_keys_back_in_their_order(void **state)
{
    (void)state;
    in_fiber(many_rows, NULL);
}

static void batches_are_powers_of_two_within_the_limits(void **state)
{
    (void)state;
    const struct cf_dialect *dialect = &numbered;
    assert_int_equal(cf__write_batch(dialect, NAME, 1), 1);
    assert_int_equal(cf__write_batch(dialect, NAME, 1000), 512);
    assert_int_equal(cf__write_batch(dialect, NAME, 488), 256);
    assert_int_equal(cf__write_batch(dialect, NAME, 100000), 1024);
    assert_int_equal(cf__write_batch(dialect, ~(uint64_t)0, 100000), 512); /* of 64 columns: 65535 / 64 = 1023 */
    assert_int_equal(cf__write_batch(dialect, 0, 100), 1);                 /* DEFAULT VALUES */
}

/* ---- Conditions ------------------------------------------------------------------------------------------------- */

static void conditions(void *unused)
{
    (void)unused;
    cf_engine *engine = users_engine();
    struct cf__link link = new_link(engine);
    const struct cf_assignment set[] = { cf_set(User.age, 5), cf_set(User.password, User.email),
                                         cf_set_null(User.age) };
    struct cf__write update = { .kind = CF__UPDATE,
                                .model = &User.model_,
                                .set = set,
                                .set_count = 2,
                                .where = cf_and(cf_lt(User.id, 3), cf_ne(User.name, User.email)) };
    assert_string_equal(sql_in(&update, here_dialect(engine)),
                        "UPDATE users SET age = ?, password = email WHERE id < ? AND name <> email");
    assert_string_equal(sql_in(&update, &numbered),
                        "UPDATE users SET age = $1, password = email WHERE id < $2 AND name <> email");
    assert_int_equal(changed_by(&link, &update), 2);
    assert_string_equal(ask_text(&link, "SELECT group_concat(age || password) AS text FROM users"),
                        "5ann@x.org,5bob@x.org");
    update =
        (struct cf__write){ .kind = CF__UPDATE, .model = &User.model_, .set = &set[2], .set_count = 1, .all = true };
    assert_string_equal(sql_in(&update, here_dialect(engine)), "UPDATE users SET age = ?");
    assert_int_equal(changed_by(&link, &update), 3);
    assert_int_equal(ask(&link, "SELECT count(age) FROM users"), 0);
    const struct cf_assignment older = cf_set(User.age, cf_plus(cf_coalesce(User.age, 17), User.id));
    update.set = &older;
    assert_string_equal(sql_in(&update, here_dialect(engine)),
                        "UPDATE users SET age = carafe_integer(coalesce(age, ?) + id, 64)");
    assert_int_equal(changed_by(&link, &update), 3);
    assert_int_equal(ask(&link, "SELECT sum(age) FROM users"), 18 + 19 + 20);
    struct cf__write delete = { .kind = CF__DELETE, .model = &User.model_, .where = cf_le(User.id, 2) };
    assert_string_equal(sql_in(&delete, here_dialect(engine)), "DELETE FROM users WHERE id <= ?");
    assert_int_equal(changed_by(&link, &delete), 2);
    delete = (struct cf__write){ .kind = CF__DELETE, .model = &User.model_, .all = true };
    assert_string_equal(sql_in(&delete, here_dialect(engine)), "DELETE FROM users");
    assert_int_equal(changed_by(&link, &delete), 1);
    cf__link_end(&link);
    cf__engine_close(engine);
}

/* clang-format off */
SHAPE(Pair, (name, Text), (email, Text));
/* clang-format on */

static void given_back(void *unused)
{
    (void)unused;
    const struct cf_assignment set = cf_set(User.age, cf_plus(User.age, 1));
    const cf_expr *where = cf_eq(User.name, "ann");
    struct cf__write update = {
        .kind = CF__UPDATE, .model = &User.model_, .set = &set, .set_count = 1, .where = where, .returning = ID | AGE
    };
    struct cf__write delete = { .kind = CF__DELETE, .model = &User.model_, .where = where, .returning = ID };
    assert_string_equal(sql_in(&update, &numbered),
                        "UPDATE users SET age = age + $1 WHERE name = $2 RETURNING id, age");
    assert_string_equal(sql_in(&delete, &numbered), "DELETE FROM users WHERE name = $1 RETURNING id");
}

static void updates_and_deletes_give_rows_back(void **state)
{
    (void)state;
    in_fiber(given_back, NULL);
}

static void of_a_query(void *unused)
{
    (void)unused;
    const struct cf_columns columns = cf_columns(User.email, User.name);
    const struct cf_assignment set = { User.age.column, { .kind = CF_OPERAND_INTEGER, .integer = 7 } };
    struct cf__write insert = {
        .kind = CF__INSERT,
        .model = &User.model_,
        .filled = &columns,
        .query = cf_subselect(Pair, .from = User, .columns = { .email = cf_concat(User.email, "2") },
                              .where = cf_gt(User.age, 20)),
    };
    struct cf__parameters parameters = { 0 }, more = { 0 };
    uint64_t shape = cf__write_shape(&insert, &numbered, cf__current(), &parameters);
    assert_string_equal(
        sql_in(&insert, &numbered),
        "INSERT INTO users (email, name) SELECT users.name, users.email || $1 AS email FROM users WHERE "
        "users.age > $2");
    insert.set = &set;
    insert.set_count = 1;
    assert_true(shape != cf__write_shape(&insert, &numbered, cf__current(), &more));
    assert_string_equal(
        sql_in(&insert, &numbered),
        "INSERT INTO users (age, email, name) SELECT $1, part.* FROM (SELECT users.name, users.email || "
        "$2 AS email FROM users WHERE users.age > $3) AS part");
    assert_int_equal(parameters.count, 2);
    assert_int_equal(more.count, 3);
    assert_int_equal(more.items[0].value.integer, 7);
}

static void an_insert_takes_what_a_query_gives(void **state)
{
    (void)state;
    in_fiber(of_a_query, NULL);
}

static void rows_are_updated_and_deleted_by_conditions(void **state)
{
    (void)state;
    in_fiber(conditions, NULL);
}

/* clang-format off */
MODEL(Price, "prices", (id, Id), (amount, Numeric(10, 2)));
/* clang-format on */

static void scales(void *unused)
{
    (void)unused;
    cf_engine *engine = open_engine("sqlite://");
    create_tables(engine, CF_MODELS(Price));
    struct cf__link link = new_link(engine);
    run_script(engine, "INSERT INTO prices VALUES (1, 1), (2, 2)");
    const struct cf_assignment set = cf_set(Price.amount, cf_decimal_of(125, 1));
    struct cf__write update = { .kind = CF__UPDATE,
                                .model = &Price.model_,
                                .set = &set,
                                .set_count = 1,
                                .where = cf_lt(Price.amount, cf_decimal_of(1005, 3)) };
    struct cf__parameters parameters = { 0 };
    cf__write_shape(&update, &numbered, cf__current(), &parameters);
    assert_int_equal(parameters.items[0].value.decimal.scale, 2);
    assert_int_equal(parameters.items[1].value.decimal.scale, 3);
    assert_int_equal(changed_by(&link, &update), 1);
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void what_is_written_has_the_scale_of_its_column(void **state)
{
    (void)state;
    in_fiber(scales, NULL);
}

/* ---- Names and defaults ----------------------------------------------------------------------------------------- */

static void odd_names(void *unused)
{
    (void)unused;
    cf_engine *engine = open_engine("sqlite://");
    create_tables(engine, CF_MODELS(Odd));
    struct cf__link link = new_link(engine);
    struct Odd odd = { .group = 7, .part = "a", .it_is = "x" };
    struct cf__write insert = { .kind = CF__INSERT, .model = &Odd.model_, .columns = 7, ROWS(&odd) };
    assert_string_equal(sql_in(&insert, here_dialect(engine)),
                        "INSERT INTO \"order\" (\"group\", \"Part No.\", \"it\"\"s\") VALUES (?, ?, ?)");
    assert_int_equal(changed_by(&link, &insert), 1);
    struct cf__write delete = { .kind = CF__DELETE, .model = &Odd.model_, .key_row = &odd };
    assert_string_equal(sql_in(&delete, here_dialect(engine)),
                        "DELETE FROM \"order\" WHERE \"group\" = ? AND \"Part No.\" = ?");
    assert_int_equal(changed_by(&link, &delete), 1);
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void names_are_quoted_where_they_need_it(void **state)
{
    (void)state;
    in_fiber(odd_names, NULL);
}

/* clang-format off */
MODEL(Counter, "counters", (id, Id), (count, Integer, server_default = "3"));
/* clang-format on */

static void defaults(void *unused)
{
    (void)unused;
    cf_engine *engine = open_engine("sqlite://");
    create_tables(engine, CF_MODELS(Counter));
    struct cf__link link = new_link(engine);
    struct Counter counter = { 0 };
    struct cf__write insert = { .kind = CF__INSERT, .model = &Counter.model_, .returning = 3, ROWS(&counter) };
    assert_string_equal(sql_in(&insert, here_dialect(engine)),
                        "INSERT INTO counters DEFAULT VALUES RETURNING id, count");
    assert_string_equal(sql_in(&insert, &duplicates), "INSERT INTO counters () VALUES () RETURNING id, count");
    struct cf__rows rows = cf__link_write(&link, &insert);
    assert_true(cf__rows_next(&rows, &counter));
    assert_int_equal(cf__rows_changed(&rows), 1);
    assert_int_equal(counter.id, 1);
    assert_int_equal(counter.count, 3);
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void a_row_of_nothing_but_defaults_can_be_inserted(void **state)
{
    (void)state;
    in_fiber(defaults, NULL);
}

/* ---- Rows that are there already -------------------------------------------------------------------------------- */

static void conflicts(void *unused)
{
    (void)unused;
    cf_engine *engine = users_engine();
    struct cf__link link = new_link(engine);
    struct User user = { .name = "Bob", .email = "bob@x.org", .age = { 21, true } };
    struct cf__write insert = { .kind = CF__INSERT,
                                .model = &User.model_,
                                .columns = NAME | EMAIL | AGE,
                                ROWS(&user),
                                .unique = EMAIL,
                                .updated = NAME | AGE,
                                .returning = ID };
    assert_string_equal(sql_in(&insert, here_dialect(engine)),
                        "INSERT INTO users (name, email, age) VALUES (?, ?, ?) ON CONFLICT (email) DO UPDATE SET "
                        "name = excluded.name, age = excluded.age RETURNING id");
    assert_string_equal(sql_in(&insert, &numbered),
                        "INSERT INTO users (name, email, age) VALUES ($1, $2, $3) ON CONFLICT (email) DO UPDATE SET "
                        "name = excluded.name, age = excluded.age RETURNING id");
    assert_string_equal(sql_in(&insert, &duplicates),
                        "INSERT INTO users (name, email, age) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE "
                        "name = VALUES(name), age = VALUES(age) RETURNING id");
    struct cf__rows rows = cf__link_write(&link, &insert);
    assert_true(cf__rows_next(&rows, &user));
    cf__rows_end(&rows);
    assert_int_equal(user.id, 2);
    assert_string_equal(ask_text(&link, "SELECT name || age AS text FROM users WHERE id = 2"), "Bob21");
    insert.counted = AGE;
    insert.updated = NAME;
    assert_string_equal(sql_in(&insert, here_dialect(engine)),
                        "INSERT INTO users (name, email, age) VALUES (?, ?, ?) ON CONFLICT (email) DO UPDATE SET "
                        "name = excluded.name, age = users.age + 1 RETURNING id");
    assert_string_equal(sql_in(&insert, &duplicates),
                        "INSERT INTO users (name, email, age) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE "
                        "name = VALUES(name), age = users.age + 1 RETURNING id");
    insert.updated = 0;
    insert.returning = 0;
    user.name = "Robert";
    assert_string_equal(sql_in(&insert, here_dialect(engine)),
                        "INSERT INTO users (name, email, age) VALUES (?, ?, ?) ON CONFLICT (email) DO NOTHING");
    assert_string_equal(sql_in(&insert, &duplicates),
                        "INSERT INTO users (name, email, age) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE email = email");
    assert_int_equal(changed_by(&link, &insert), 0);
    assert_int_equal(ask(&link, "SELECT count(*) FROM users"), 3);
    assert_string_equal(ask_text(&link, "SELECT name AS text FROM users WHERE id = 2"), "Bob");
    const struct cf_assignment set[] = { cf_set(User.name, "Rob"), cf_set(User.age, 44) };
    insert.counted = 0;
    insert.set = set;
    insert.set_count = 2;
    assert_string_equal(sql_in(&insert, &numbered),
                        "INSERT INTO users (name, email, age) VALUES ($1, $2, $3) ON CONFLICT (email) DO UPDATE SET "
                        "name = $4, age = $5");
    const struct cf_assignment counted[] = { cf_set(User.age, cf_plus(User.age, 1)) };
    insert.set = counted;
    insert.set_count = 1;
    assert_string_equal(sql_in(&insert, &numbered),
                        "INSERT INTO users (name, email, age) VALUES ($1, $2, $3) ON CONFLICT (email) DO UPDATE SET "
                        "age = users.age + $4");
    assert_string_equal(sql_in(&insert, &duplicates),
                        "INSERT INTO users (name, email, age) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE "
                        "age = users.age + ?");
    insert.updated = NAME;
    insert.counted = ID;
    insert.where = cf_and(cf_lt(User.age, cf_excluded(User.age)), cf_ne(User.name, "x"));
    insert.predicate = "age > 3";
    assert_string_equal(sql_in(&insert, &numbered),
                        "INSERT INTO users (name, email, age) VALUES ($1, $2, $3) ON CONFLICT (email) WHERE age > 3 DO "
                        "UPDATE SET name = excluded.name, age = users.age + $4, id = users.id + 1 WHERE users.age < "
                        "excluded.age AND users.name <> $5");
    assert_string_equal(
        sql_in(&insert, &duplicates),
        "INSERT INTO users (name, email, age) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE name = IF(users.age < "
        "excluded.age AND users.name <> ?, VALUES(name), name), age = IF(users.age < excluded.age AND users.name <> ?, "
        "users.age + ?, age), id = IF(users.age < excluded.age AND users.name <> ?, users.id + 1, id)");
    static const int64_t kinds[][6] = { { 1, 0, 0 }, { 0, 0, 1, 0 } };
    for (size_t i = 0; i < 2; i++) { /* the values in the order of their placeholders: texts and integers */
        struct cf__parameters parameters = { 0 };
        cf__write_shape(&insert, i ? &duplicates : &numbered, cf__current(), &parameters);
        assert_int_equal(parameters.count, i ? 7 : 5);
        for (size_t j = 3; j < parameters.count; j++)
            assert_int_equal(parameters.items[j].value.kind == CF_OPERAND_INTEGER, kinds[i][j - 3]);
    }
    insert.where = NULL;
    insert.predicate = NULL;
    insert.counted = 0;
    insert.set = set;
    insert.set++;
    insert.set_count = 1;
    assert_string_equal(sql_in(&insert, &duplicates),
                        "INSERT INTO users (name, email, age) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE "
                        "name = VALUES(name), age = ?");
    assert_int_equal(changed_by(&link, &insert), 1);
    assert_string_equal(ask_text(&link, "SELECT name || age AS text FROM users WHERE id = 2"), "Robert44");
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void a_row_that_is_there_is_updated_or_kept(void **state)
{
    (void)state;
    in_fiber(conflicts, NULL);
}

/* ---- The drivers' words ----------------------------------------------------------------------------------------- */

struct words {
    const char *scheme;
    const struct cf_dialect *expected, *found;
};

static void find_words(void *words_)
{
    struct words *words = words_;
    words->found = cf__driver_find(&(struct cf_uri){ .scheme = words->scheme, .masked = words->scheme })->dialect;
}

static void compare_words(void *words_)
{
    struct words *words = words_;
    if (cf_attempt(here(), find_words, words)) /* this build has no such driver */
        return;
    assert_string_equal(words->found->conflict.update, words->expected->conflict.update);
    assert_string_equal(words->found->conflict.column, words->expected->conflict.column);
    assert_string_equal(words->found->conflict.keep, words->expected->conflict.keep);
    assert_int_equal(!words->found->conflict.otherwise, !words->expected->conflict.otherwise);
    assert_string_equal(words->found->empty_insert, words->expected->empty_insert);
    assert_int_equal(words->found->numbered_placeholders, words->expected->numbered_placeholders);
    assert_int_equal(words->found->most_parameters, words->expected->most_parameters);
    assert_int_equal(words->found->batch_rows, words->expected->batch_rows);
}

static void the_words_asserted_here_are_those_of_the_drivers(void **state)
{
    (void)state;
    in_fiber(compare_words, &(struct words){ .scheme = "postgresql", .expected = &numbered });
    in_fiber(compare_words, &(struct words){ .scheme = "mariadb", .expected = &duplicates });
}

/* ---- Shapes ----------------------------------------------------------------------------------------------------- */

static uint64_t shape_of(const struct cf__write *write)
{
    struct cf__parameters parameters = { 0 };
    return cf__write_shape(write, &numbered, cf__current(), &parameters);
}

static void shapes(void *unused)
{
    (void)unused;
    struct User user = { .name = "a" }, other = { .name = "b" };
    struct cf__write insert = { .kind = CF__INSERT, .model = &User.model_, .columns = NAME, ROWS(&user) };
    struct cf__write update = {
        .kind = CF__UPDATE, .model = &User.model_, .columns = NAME, ROWS(&user), .key_row = &user
    };
    const struct cf_assignment set[] = { cf_set(User.age, 5), cf_set(User.age, User.id), cf_set(User.id, 5) };
    enum { COUNT = 18 };
    struct cf__write writes[COUNT] = { insert, insert, insert, insert, insert, insert, update, update, update };
    writes[1].columns = NAME | EMAIL;
    writes[2].rows = (const void *const[]){ &user, &other };
    writes[2].count = 2;
    writes[3].returning = ID;
    writes[4].unique = EMAIL;
    writes[5].unique = EMAIL;
    writes[5].updated = NAME;
    writes[7].columns = EMAIL;
    writes[8].key = ID | EMAIL;
    writes[9] = (struct cf__write){ .kind = CF__DELETE, .model = &User.model_, .key_row = &user };
    writes[10] = (struct cf__write){ .kind = CF__DELETE, .model = &User.model_, .all = true };
    writes[11] = (struct cf__write){ .kind = CF__DELETE, .model = &Post.model_, .key_row = &user };
    for (size_t i = 12; i < COUNT; i++)
        writes[i] = (struct cf__write){ .kind = CF__UPDATE, .model = &User.model_, .set_count = 1, .all = true };
    writes[12].set = &set[0];
    writes[13].set = &set[1];
    writes[14].set = &set[2];
    writes[15].set = set;
    writes[15].set_count = 2;
    writes[16].set = &set[0];
    writes[16].where = cf_eq(User.id, 1);
    writes[17].set = &set[0];
    writes[17].counted = AGE;
    for (size_t i = 0; i < COUNT; i++)
        for (size_t j = 0; j < i; j++)
            if (shape_of(&writes[i]) == shape_of(&writes[j]))
                fail_msg("statements %zu and %zu have one shape", j, i);
    insert.rows = (const void *const[]){ &other };
    assert_int_equal(shape_of(&insert), shape_of(&writes[0]));
}

static void all_that_changes_the_sql_changes_the_shape_and_no_value_does(void **state)
{
    (void)state;
    in_fiber(shapes, NULL);
}

/* ---- Misuses ---------------------------------------------------------------------------------------------------- */

static void run_shape(void *write)
{
    shape_of(write);
}

static void misuses(void *unused)
{
    (void)unused;
    struct User user = { 0 };
    struct cf__write all = { .kind = CF__DELETE, .model = &User.model_ };
    struct cf__write update = { .kind = CF__UPDATE, .model = &User.model_, .columns = 2, ROWS(&user) };
    struct cf__write shape = { .kind = CF__INSERT, .model = &Answer.model_, .columns = 1, ROWS(&user) };
    assert_string_equal(error_of(run_shape, &all)->message, "an UPDATE or DELETE of users without a condition");
    assert_string_equal(error_of(run_shape, &update)->message, "an UPDATE or DELETE of users without a condition");
    assert_string_equal(error_of(run_shape, &shape)->message, "Answer is a SHAPE: it has no table to write to");
}

static void writes_that_do_not_say_which_rows_are_refused(void **state)
{
    (void)state;
    in_fiber(misuses, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_inserted_updated_and_deleted_by_their_key),
        cmocka_unit_test(an_insert_takes_many_rows_and_gives_keys_back_in_their_order),
        cmocka_unit_test(rows_are_updated_and_deleted_by_conditions),
        cmocka_unit_test(updates_and_deletes_give_rows_back),
        cmocka_unit_test(an_insert_takes_what_a_query_gives),
        cmocka_unit_test(what_is_written_has_the_scale_of_its_column),
        cmocka_unit_test(batches_are_powers_of_two_within_the_limits),
        cmocka_unit_test(names_are_quoted_where_they_need_it),
        cmocka_unit_test(a_row_of_nothing_but_defaults_can_be_inserted),
        cmocka_unit_test(a_row_that_is_there_is_updated_or_kept),
        cmocka_unit_test(the_words_asserted_here_are_those_of_the_drivers),
        cmocka_unit_test(all_that_changes_the_sql_changes_the_shape_and_no_value_does),
        cmocka_unit_test(writes_that_do_not_say_which_rows_are_refused),
    };
    return cmocka_run_group_tests_name("db/write", tests, NULL, free_thread);
}
