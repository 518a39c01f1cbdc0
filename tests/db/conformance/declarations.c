/* SPDX-License-Identifier: MIT
 *
 * What a model says of its table beyond columns and keys: that the database has it (the inspector finds nothing to
 * change), and does what it is for.
 */
#include <carafe/bulk.h>

#include "../../../src/migrate/migrate.h"
#include "../../../src/migrate/operations.h"
#include "suite.h"

/* clang-format off */
MODEL(Plain, "plain_rows", (id, Id));
MODEL(Hen, "hens", (id, Integer, primary_key = true), (egg_id, Integer, references = "eggs.id", deferred = true));
MODEL(Egg, "eggs", (id, Integer, primary_key = true), (hen_id, Integer, references = "hens.id", deferred = true));
MODEL(Guest, "guests", (id, Id), (email, String(50), comment = "where they're found"), (seen, Nullable(DateTime)), (about, Comment("who was here")),
      (by_lower, IndexOn("lower(email)"), unique = true));
MODEL(Visitor, "visitors", (id, Id), (email, String(50), comment = "where they're found"), (about, Comment("who was here")));
MODEL(Ticket, "tickets", (id, Id, autoincrement = true), (price, Numeric(10, 2)), (huge, Numeric(30, 2)), (yes, Boolean), (at, DateTime, server_default_sql = "CURRENT_TIMESTAMP"),
      (note, Nullable(Json)), (key, Nullable(Uuid)), (day, Nullable(Date)), (mean, Nullable(Float)), (name, String(9), server_default = "it's"),
      (strict, TableOption("sqlite", "STRICT")), (rows, TableOption("mariadb", "ROW_FORMAT=DYNAMIC")), (fill, TableOption("postgresql", "WITH (fillfactor=70)")));
CF_CHOICES(Light, red, green);
MODEL(Signal, "signals", (id, Id), (light, Enum(Light), create_constraint = true), (arm, Nullable(Choices("it's \\up", "down")), column = "order", create_constraint = true));
MODEL(Poet, "poets", (id, Id), (name, String(20)), (stat, HasOne(PoetStat, poet_id)));
MODEL(Poem, "poems", (id, Id), (poet_id, Integer, references = "poets.id"));
VIEW(PoetStat, "poet_stats",
     "SELECT a.id AS poet_id, a.name, count(*) AS poems FROM poets a JOIN poems b ON b.poet_id = a.id GROUP BY a.id, a.name",
     (poet_id, Integer, primary_key = true, references = "poets.id"), (name, String(20)), (poems, Integer), (poet, BelongsTo(Poet, poet_id)));
MODEL(Line, "lines", (id, Id), (price, Numeric(10, 2)), (amount, Integer, server_default = "2"), (total, Numeric(20, 2), computed = "price * amount"),
      (low, Nullable(String(20)), computed = "lower(name)", stored = true), (name, Nullable(String(20))));
CF_CHOICES(Level, low, high);
MODEL(Machine, "machines", (address, String(60), primary_key = true, sql_type = "postgresql: inet; mariadb: INET6; sqlite: TEXT_INET"),
      (net, Nullable(String(60)), sql_type = "postgresql: cidr"), (words, Nullable(Text), sql_type = "postgresql: text[]; mariadb: SET('{a}', '{b}')"),
      (size, Integer, sql_type = "postgresql: integer; mariadb: MEDIUMINT; sqlite: MEDIUMINT"), (at, DateTime, sql_type = "postgresql: timestamptz"),
      (key, Uuid, sql_type = "postgresql: text; mariadb: UUID", unique = true), (yes, Boolean, sql_type = "postgresql: text"),
      (level, Enum(Level), sql_type = "mariadb: ENUM('low', 'high'); postgresql: varchar(9)"), (price, Numeric(8, 2), sql_type = "postgresql: money"),
      (ratio, Float, sql_type = "postgresql: real"), (day, Date, sql_type = "postgresql: timestamp"), (data, Blob, sql_type = "mariadb: VARBINARY(20)"),
      (parts, HasMany(Part, machine)), (peers, ManyToMany(Machine, "machine_peers")));
MODEL(Part, "parts", (id, Id), (machine, String(60), references = "machines.address", sql_type = "postgresql: inet; mariadb: INET6; sqlite: TEXT_INET"),
      (owner, BelongsTo(Machine, machine)));
MODEL(Bullet, "bullets", (id, Integer, primary_key = true), (place, Integer), (one, Unique(place), deferred = true));
MODEL(Locker, "lockers", (id, Id), (owner, Nullable(Integer), unique = true, nulls_not_distinct = true));
MODEL(Letter, "letters", (id, Id), (title, String(80)), (body, Text), (words, Index(title, body), using = "fulltext"));
SHAPE(Net, (net, Nullable(Text), sql_type = "postgresql: cidr"));
/* clang-format on */

/* ---- Tables of a test's own ------------------------------------------------------------------------------------- */

static void drop_made(void *models)
{
    cf__migrate_drop_all(world.engine, models);
}

/* They are gone when the test ends. */
static void make(const struct cf_model *const *models)
{
    cf__migrate_create_all(world.engine, models);
    cf_defer(here(), drop_made, (void *)(uintptr_t)models);
}

/* The tables are as the models say: nothing is left to change between the two. */
static void expect_found(const struct cf_model *const *models)
{
    struct cf__link link;
    cf__link_init(&link, world.engine, cf__current());
    const struct cf_schema *declared = cf__link_rewritten(&link, here(), cf_schema_of_models(here(), models));
    const struct cf__diff_options options = { .lenient = true, .dialect = world.driver->dialect };
    struct cf__operations list = cf__diff(here(), cf__engine_inspect(world.engine, here()), declared, &options);
    for (size_t i = 0; i < list.count; i++)
        if (list.items[i].kind != CF__DROP_TABLE)
            fails("%s", cf__operation_text(here(), &list.items[i]));
}

/* ---- Foreign keys that are checked at the commit ---------------------------------------------------------------- */

static void rows_may_refer_to_each_other_by_deferred_keys(const void *unused)
{
    (void)unused;
    static const struct cf_model *const models[] = { &Hen.model_, &Egg.model_, NULL };
    if (!can(CF_CAN_DEFER))
        no_test("foreign keys are checked at once");
    make(models);
    expect_found(models);
    cf_db *db = new_session();
    cf_add(db, Hen, .id = 1, .egg_id = 2);
    cf_flush(db);
    cf_add(db, Egg, .id = 2, .hen_id = 1);
    cf_commit(db);
    expect_integer(cf_count(new_session(), Hen), 1);
    cf_add(db, Hen, .id = 3, .egg_id = 4);
    cf_flush(db);
    expect_refused(db, CF_FOREIGN_KEY, NULL);
    expect_integer(cf_count(new_session(), Hen), 1);
}

static void tables_that_refer_to_each_other_are_dropped(const void *unused)
{
    (void)unused;
    static const struct cf_model *const models[] = { &Hen.model_, &Egg.model_, &Plain.model_, NULL };
    if (!can(CF_CAN_DEFER))
        no_test("foreign keys are checked at once");
    make(models);
    cf__migrate_drop_all(world.engine, models);
    expect_integer(cf__engine_inspect(world.engine, here())->count, 0);
}

/* ---- Unique constraints ----------------------------------------------------------------------------------------- */

static void rows_may_change_places_where_unique_is_checked_at_the_commit(const void *unused)
{
    (void)unused;
    static const struct cf_model *const models[] = { &Bullet.model_, NULL };
    if (!can(CF_CAN_DEFER_UNIQUE))
        no_test("unique constraints are checked at once");
    make(models);
    expect_found(models);
    cf_db *db = new_session();
    struct Bullet *first = cf_add(db, Bullet, .id = 1, .place = 1), *second = cf_add(db, Bullet, .id = 2, .place = 2);
    cf_commit(db);
    first->place = 2;
    cf_flush(db);
    second->place = 1;
    cf_commit(db);
    expect_integer(cf_get(new_session(), Bullet, 1)->place, 2);
    second->place = 2;
    const cf_error *error = cf_try_commit(db);
    expect(error && error->code == CF_UNIQUE && cf_violates(error, Bullet.one));
}

static void null_is_unique_where_the_model_says_so(const void *unused)
{
    (void)unused;
    static const struct cf_model *const models[] = { &Locker.model_, NULL };
    if (!can(CF_CAN_NULLS_NOT_DISTINCT))
        no_test("NULL is not unique");
    make(models);
    expect_found(models);
    cf_db *db = new_session();
    cf_add(db, Locker, .owner = cf_null_integer);
    cf_commit(db);
    cf_add(db, Locker, .owner = cf_null_integer);
    const cf_error *error = cf_try_commit(db);
    expect(error && error->code == CF_UNIQUE && cf_violates(error, Locker.owner));
}

static void an_index_of_words_is_made(const void *unused)
{
    (void)unused;
    static const struct cf_model *const models[] = { &Letter.model_, NULL };
    make(models);
    expect_found(models);
    const char *using = cf_schema_table(cf__engine_inspect(world.engine, here()), "letters")->indexes[0].using;
    if (!world.driver->dialect->index_words) {
        expect(!using);
        return;
    }
    expect_text(using, "fulltext");
    cf_db *db = new_session();
    cf_add(db, Letter, .title = "salt", .body = "of the distant sea");
    cf_commit(db);
    const struct cf_expr *found = cf_sql_expression("MATCH (?, ?) AGAINST (?)", Letter.title, Letter.body, "distant");
    expect_integer(cf_count(db, Letter, .where = found), 1);
}

/* ---- Indexes of expressions, comments --------------------------------------------------------------------------- */

static void an_index_of_expressions_refuses_what_is_there(const void *unused)
{
    (void)unused;
    static const struct cf_model *const models[] = { &Guest.model_, NULL };
    if (!can(CF_CAN_INDEX_EXPRESSIONS))
        no_test("no indexes of expressions");
    make(models);
    expect_found(models);
    cf_db *db = new_session();
    cf_add(db, Guest, .email = "kim@example.com");
    cf_commit(db);
    cf_add(db, Guest, .email = "KIM@example.com");
    const cf_error *error = cf_try_commit(db);
    expect(error);
    expect_text(error->constraint, "ix_guests_by_lower");
    expect(error->code == CF_UNIQUE && cf_violates(error, Guest.by_lower));
}

static void turn_amber(void *db)
{
    cf_sql_execute((cf_db *)db, "UPDATE signals SET light = 'amber'");
}

static void raise_arm(void *db)
{
    cf_sql_execute((cf_db *)db, "UPDATE signals SET \"order\" = 'up'");
}

static void the_database_refuses_what_is_none_of_the_choices(const void *unused)
{
    (void)unused;
    static const struct cf_model *const models[] = { &Signal.model_, NULL };
    make(models);
    expect_found(models);
    cf_db *db = new_session();
    cf_add(db, Signal, .light = Light_green, .arm = "it's \\up");
    cf_add(db, Signal, .light = Light_red);
    cf_commit(db);
    const cf_error *error = error_of(turn_amber, db);
    expect(error->code == CF_CHECK && cf_violates(error, Signal.light) && !cf_violates(error, Signal.arm));
    expect_text(error->constraint, "ck_signals_light");
    cf_rollback(db); /* some databases run no other statement in it */
    error = error_of(raise_arm, db);
    expect(error->code == CF_CHECK && cf_violates(error, Signal.arm));
}

static void comments_are_kept_where_there_are_any(const void *unused)
{
    (void)unused;
    static const struct cf_model *const models[] = { &Visitor.model_, NULL };
    bool kept = world.driver->dialect->comments != CF_COMMENTS_NONE;
    make(models);
    expect_found(models);
    const struct cf_table *table = cf_schema_table(cf__engine_inspect(world.engine, here()), "visitors");
    expect_text(table->comment, kept ? "who was here" : NULL);
    expect_text(cf_table_column(table, "email")->comment, kept ? "where they're found" : NULL);
}

/* ---- Computed columns ------------------------------------------------------------------------------------------- */

static cf_decimal decimal(const char *text)
{
    cf_decimal value = { 0 };
    expect(cf_decimal_parse(text, &value));
    return value;
}

static void expect_total(const struct Line *line, const char *total)
{
    char text[CF_DECIMAL_TEXT];
    cf_decimal_format(line->total, text);
    expect_text(text, total);
}

static void flush(void *db)
{
    cf_flush((cf_db *)db);
}

static void assign_total(void *line_)
{
    struct Line *line = line_;
    line->total = decimal("7");
}

static void add_with_total(void *db)
{
    cf_add((cf_db *)db, Line, .price = decimal("1"), .total = decimal("2"));
}

static void set_all_totals(void *db)
{
    cf_update_all((cf_db *)db, Line, .set = { cf_set(Line.total, decimal("2")) }, .all = true);
}

static void what_the_database_computes_is_read_and_never_written(const void *unused)
{
    (void)unused;
    static const struct cf_model *const models[] = { &Line.model_, NULL };
    make(models);
    expect_found(models);
    cf_db *db = new_session();
    struct Line *line = cf_add(db, Line, .price = decimal("1.50"), .name = "Kim");
    cf_flush(db);
    expect_total(line, "3.00");
    expect_text(line->low, "kim");
    line->amount = 4;
    line->name = NULL;
    cf_commit(db);
    expect_total(line, "6.00");
    expect_text(line->low, NULL);
    expect_total(cf_get(new_session(), Line, line->id), "6.00");
    expect_integer(cf_count(new_session(), Line, .where = cf_eq(Line.total, 6)), 1);
    cf_update_all(db, Line, .set = { cf_set(Line.amount, 10) }, .all = true);
    expect_total(line, "15.00");
    assign_total(line);
    expect_refused(db, CF_INVALID, NULL);
    cf_rollback(db);
    expect_error(CF_INTERNAL, add_with_total, db);
    expect_error(CF_INTERNAL, set_all_totals, db);
    struct Line lines[] = { { .price = decimal("1"), .amount = 1 }, { .price = decimal("2"), .amount = 3 } };
    cf_insert_all(db, Line, lines, 2, .returning = true);
    expect_total(&lines[1], "6.00");
    cf_commit(db);
}

/* ---- Options of tables ------------------------------------------------------------------------------------------ */

static void expect_ticket(const struct Ticket *ticket, const char *price)
{
    char text[CF_DECIMAL_TEXT];
    cf_decimal_format(ticket->price, text);
    expect_text(text, price);
    cf_decimal_format(ticket->huge, text);
    expect_text(text, "1234567890123456789012345.60");
    expect_text(ticket->note, "{\"a\":1}");
    expect_text(ticket->name, "it's");
    expect(ticket->yes && ticket->day.is_set && ticket->day.value.day == 29 && ticket->mean.value > 0.09);
    expect(ticket->key.is_set && cf_time_date(ticket->at).year > 2000);
}

static void a_table_with_options_holds_every_value(const void *unused)
{
    (void)unused;
    static const struct cf_model *const models[] = { &Ticket.model_, NULL };
    make(models);
    expect_found(models);
    cf_db *db = new_session();
    struct Ticket *ticket = cf_add(db, Ticket, .price = decimal("12.5"), .huge = decimal("1234567890123456789012345.6"),
                                   .yes = true, .note = "{\"a\":1}", .key = cf_optional(cf_uuid_new()),
                                   .day = cf_optional(((cf_date){ 2024, 2, 29 })), .mean = cf_optional(0.1));
    cf_commit(db);
    expect_ticket(cf_get(new_session(), Ticket, ticket->id), "12.50");
    ticket->price = decimal("12");
    cf_commit(db);
    expect_ticket(cf_get(new_session(), Ticket, ticket->id), "12.00");
    expect_integer(cf_count(db, Ticket, .where = cf_and(cf_gt(Ticket.price, 9), cf_eq(Ticket.price, decimal("12.00")))),
                   1);
    expect_integer(cf_count(db, Ticket, .where = cf_gt(Ticket.huge, decimal("234567890123456789012345.6"))), 1);
}

static void a_number_is_never_given_twice(const void *unused)
{
    (void)unused;
    static const struct cf_model *const models[] = { &Ticket.model_, NULL };
    make(models);
    cf_db *db = new_session();
    struct Ticket *first = cf_add(db, Ticket, .price = decimal("1"), .huge = decimal("1"), .yes = false);
    cf_commit(db);
    int64_t id = first->id;
    cf_delete(db, Ticket, first);
    cf_commit(db);
    struct Ticket *second = cf_add(db, Ticket, .price = decimal("1"), .huge = decimal("1"), .yes = false);
    cf_commit(db);
    expect_integer(second->id, id + 1);
}

/* ---- Views ------------------------------------------------------------------------------------------------------ */

static void rename_poet(void *stat)
{
    ((struct PoetStat *)stat)->name = "lee";
}

static void delete_stat(void *db)
{
    cf_delete_(db, &PoetStat.model_, cf_find_one((cf_db *)db, PoetStat));
    cf_flush((cf_db *)db);
}

static void delete_all_stats(void *db)
{
    cf_delete_all_(db, &PoetStat.model_, &(struct cf_delete_options){ .all = true });
}

static void rows_of_a_view_are_read_and_never_written(const void *unused)
{
    (void)unused;
    static const struct cf_model *const models[] = { &PoetStat.model_, &Poet.model_, &Poem.model_, NULL };
    make(models);
    expect_found(models);
    cf_db *db = new_session();
    struct Poet *kim = cf_add(db, Poet, .name = "kim"), *ann = cf_add(db, Poet, .name = "ann");
    cf_flush(db);
    cf_add(db, Poem, .poet_id = kim->id);
    cf_add(db, Poem, .poet_id = kim->id);
    cf_add(db, Poem, .poet_id = ann->id);
    cf_commit(db);
    struct PoetStat_list stats = cf_find(db, PoetStat, .where = cf_gt(PoetStat.poems, 1), .load = { PoetStat.poet });
    expect_integer((int64_t)stats.count, 1);
    expect_text(stats.items[0]->name, "kim");
    expect_integer(stats.items[0]->poems, 2);
    expect(stats.items[0]->poet == kim);
    expect_integer(cf_related(db, Poet.stat, ann)->poems, 1);
    expect(cf_get(db, PoetStat, kim->id) == stats.items[0]);
    rename_poet(stats.items[0]);
    expect_error(CF_INTERNAL, flush, db);
    cf_rollback(db);
    expect_error(CF_INTERNAL, delete_stat, db);
    cf_rollback(db);
    expect_error(CF_INTERNAL, delete_all_stats, db);
    cf_rollback(db);
    expect_integer(cf_count(new_session(), PoetStat), 2);
}

static void views_are_dropped_with_their_tables(const void *unused)
{
    (void)unused;
    static const struct cf_model *const models[] = { &PoetStat.model_, &Poet.model_, &Poem.model_, NULL };
    make(models);
    cf__migrate_create_all(world.engine, models);
    cf__migrate_drop_all(world.engine, models);
    const struct cf_schema *schema = cf__engine_inspect(world.engine, here());
    expect_integer((int64_t)schema->view_count, 0);
    expect(!cf_schema_table(schema, "poets"));
}

/* ---- Types that only the database has --------------------------------------------------------------------------- */

static struct Machine *add_machine(cf_db *db, const char *address, int64_t size)
{
    static const cf_date day = { 2024, 2, 29 };
    static const cf_bytes data = { "\1\0\2", 3 };
    cf_time at = { 1700000000123456 };
    cf_uuid key = { { (uint8_t)size, 1, 2, 3 } };
    return cf_add(db, Machine, .address = address, .net = "10.1.0.0/16", .words = "{a}", .size = size, .at = at,
                  .key = key, .yes = true, .level = Level_high, .price = cf_decimal_of(1250, 2), .ratio = 0.5,
                  .day = day, .data = data);
}

static void expect_machine(const struct Machine *machine)
{
    expect_text(machine->net, "10.1.0.0/16");
    expect_text(machine->words, "{a}");
    expect_integer(machine->at.microseconds, 1700000000123456);
    expect_integer(machine->key.bytes[0], machine->size);
    expect(machine->yes && machine->level == Level_high && machine->data.size == 3);
    expect(cf_decimal_compare(machine->price, cf_decimal_of(125, 1)) == 0);
    expect(machine->ratio > 0.49 && machine->ratio < 0.51);
    expect_integer(machine->day.year * 10000 + machine->day.month * 100 + machine->day.day, 20240229);
}

static void columns_of_the_databases_own_types_are_written_read_and_compared(const void *unused)
{
    (void)unused;
    static const struct cf_model *const models[] = { &Machine.model_, &Part.model_, NULL };
    make(models);
    expect_found(models);
    cf_db *db = new_session();
    struct Machine *first = add_machine(db, "::1", 1), *second = add_machine(db, "::2", 2);
    cf_add(db, Part, .machine = "::2");
    cf_commit(db);
    cf_append(db, Machine.peers, first, second);
    cf_commit(db);
    db = new_session();
    struct Machine_list all = cf_find(db, Machine, .order_by = { cf_asc(Machine.address) }, .load = { Machine.parts });
    expect_integer((int64_t)all.count, 2);
    for (size_t i = 0; i < 2; i++)
        expect_machine(all.items[i]);
    expect_integer((int64_t)all.items[1]->parts.count, 1);
    expect_text(cf_related(db, Machine.peers, all.items[0]).items[0]->address, "::2");
    expect_integer(cf_count(db, Machine, .where = cf_in(Machine.address, "::1", "::2", "::3")), 2);
    expect_integer(cf_count(db, Machine,
                            .where = cf_and(cf_eq(Machine.key, all.items[0]->key), cf_lt(Machine.size, 5))),
                   1);
    expect_integer(cf_count(db, Machine,
                            .where = cf_in_select(Machine.address, cf_subquery_of(Part.machine, .from = Part))),
                   1);
    expect(cf_get(new_session(), Machine, "::2") != NULL);
    all.items[0]->size = 7;
    all.items[0]->net = NULL;
    all.items[0]->yes = false;
    cf_commit(db);
    db = new_session();
    struct Machine *read = cf_find_one(db, Machine, .where = cf_is_null(Machine.net));
    expect(read && read->size == 7 && !read->yes);
    expect_text(cf_select_text(db, cf_max_of(Machine.address), .from = Machine), "::2");
    struct Net_columns nets =
        cf_as(Net, cf_union(cf_subselect(Net, .from = Machine), cf_subselect(Net, .from = Machine)));
    struct Net *net = cf_select_one(db, Net, .from = nets, .where = cf_is_not_null(nets.net));
    expect_text(net->net, "10.1.0.0/16");
}

static const struct test tests[] = {
    TEST(columns_of_the_databases_own_types_are_written_read_and_compared),
    TEST(rows_of_a_view_are_read_and_never_written),
    TEST(views_are_dropped_with_their_tables),
    TEST(a_table_with_options_holds_every_value),
    TEST(a_number_is_never_given_twice),
    TEST(what_the_database_computes_is_read_and_never_written),
    TEST(an_index_of_expressions_refuses_what_is_there),
    TEST(the_database_refuses_what_is_none_of_the_choices),
    TEST(comments_are_kept_where_there_are_any),
    TEST(rows_may_refer_to_each_other_by_deferred_keys),
    TEST(rows_may_change_places_where_unique_is_checked_at_the_commit),
    TEST(null_is_unique_where_the_model_says_so),
    TEST(an_index_of_words_is_made),
    TEST(tables_that_refer_to_each_other_are_dropped),
};

static const struct test *list_tests(size_t *count)
{
    *count = sizeof tests / sizeof tests[0];
    return tests;
}

const struct suite declarations_suite = { "declarations", NULL, .tests = list_tests };
