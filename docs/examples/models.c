/* SPDX-License-Identifier: MIT
 *
 * The examples of docs/models.md, compiled.
 */
/* clang-format off */
#include <carafe/carafe.h>

#include <stdio.h>

MODEL(User, "users",
    (id,    Id),
    (name,  String(50)),
    (age,   Integer));

CF_CHOICES(Status, draft, published);

MODEL(Post, "posts",
    (id,        Id),
    (title,     String(200)),
    (slug,      String(80)),
    (status,    Enum(Status),      server_default = "draft"),
    (price,     Numeric(10, 2),    check = "price >= 0"),
    (rating,    Nullable(Float)),
    (created,   DateTime,          server_default_sql = "CURRENT_TIMESTAMP"),
    (author_id, Integer,           references = "users.id", on_delete = "cascade", index = true),
    (one_slug,  Unique(author_id, slug)),
    (titled,    Check("title <> ''")));

CF_CHOICES(Light, red, green);

MODEL(Signal, "signals",
    (id,    Id),
    (light, Enum(Light), server_default = "red", create_constraint = true));

MODEL(Line, "lines",
    (id,       Id),
    (word,     String(80),                comment = "as it was ordered"),
    (price,    Numeric(10, 2)),
    (amount,   Integer),
    (total,    Numeric(20, 2),            computed = "price * amount"),
    (by_lower, IndexOn("lower(word), amount DESC")),
    (about,    Comment("what was ordered")));

MODEL(Ticket, "tickets",
    (id,        Id,                      start = 1000),
    (code,      String(20),              unique = true, named = "code_once"),
    (created,   DateTime,                server_default_sql = "CURRENT_TIMESTAMP"),
    (owner_id,  Integer,                 references = "users.id", named = "ticket_owner"),
    (of_owner,  Index(owner_id),         named = "tickets_of_owner"),
    (newest,    Index(-created, owner_id), include = "code"),
    (coded,     Check("code <> ''"),     named = "has_code"),
    (key,       PrimaryKey(id),          named = "tickets_pkey"));

MODEL(Event, "events",
    (id,     Id,                 autoincrement = true),
    (at,     DateTime),
    (what,   String(200)),
    (strict, TableOption("sqlite", "STRICT")),
    (fill,   TableOption("postgresql", "WITH (fillfactor=70) TABLESPACE fast")),
    (rows,   TableOption("mariadb", "ROW_FORMAT=COMPRESSED")));

MODEL(Invoice, "invoices",
    (id,     Id),
    (number, String(20), unique = true),
    (total,  Numeric(12, 2)),
    (kept,   Ddl("CREATE TRIGGER invoices_kept BEFORE DELETE ON invoices"
                 "  BEGIN SELECT raise(ABORT, 'invoices are kept'); END"),
             drop = "DROP TRIGGER invoices_kept", database = "sqlite"),
    (read,   Ddl("GRANT SELECT ON invoices TO reporting"), drop = "", database = "postgresql"));

MODEL(Seat, "seats",
    (id,    Id),
    (row,   Integer),
    (place, Nullable(Integer)),
    (guest, Nullable(String(80)), unique = true, nulls_not_distinct = true),
    (one,   Unique(row, place), deferred = true));

MODEL(Diary, "diaries",
    (id,     Id),
    (mood,   Choices("glad", "sad"), sql_type = "postgresql: mood"),
    (owner,  String(120),            sql_type = "postgresql: citext"),
    (moods,  Ddl("CREATE TYPE mood AS ENUM ('glad', 'sad')"), drop = "DROP TYPE mood", database = "postgresql", before = true),
    (citext, Ddl("CREATE EXTENSION IF NOT EXISTS citext"), drop = "", database = "postgresql", before = true));

MODEL(Host, "hosts",
    (id,      Id),
    (name,    String(80), sql_type = "postgresql: citext", unique = true),
    (address, String(60), sql_type = "postgresql: inet; mariadb: INET6; sqlite: TEXT_INET"),
    (tags,    Nullable(Text), sql_type = "postgresql: text[]"),
    (seen,    DateTime,   sql_type = "postgresql: timestamptz"));

struct Host *host_of(cf_db *db, const char *address);
struct Host *host_of(cf_db *db, const char *address)
{
    return cf_find_one(db, Host, .where = cf_eq(Host.address, address));
}

VIEW(Reader, "readers", "SELECT id, name FROM users WHERE age > 17",
    (id,    Id),
    (name,  String(50)));

struct Reader_list all_readers(cf_db *db);
struct Reader_list all_readers(cf_db *db)
{
    struct Reader_list readers = cf_find(db, Reader, .order_by = { cf_asc(Reader.name) });
    return readers;
}

struct color {
    unsigned char red, green, blue;
};
const char *color_bind(cf_context *context, struct color color);
const char *color_read(cf_context *context, const char *stored, struct color *color);
CF_CUSTOM(Color, struct color, String(7), color_bind, color_read);

MODEL(Car, "cars",
    (id,    Id),
    (paint, Custom(Color),           server_default = "#000000"),
    (trim,  Nullable(Custom(Color))));                              /* Color_optional { value, is_set } */

const char *color_bind(cf_context *context, struct color color)
{
    return cf_format(context, "#%02x%02x%02x", color.red, color.green, color.blue);
}

const char *color_read(cf_context *context, const char *stored, struct color *color)
{
    (void)context;
    int size = 0;
    sscanf(stored, "#%2hhx%2hhx%2hhx%n", &color->red, &color->green, &color->blue, &size);
    return size == 7 ? NULL : "is no color such as \"#ff8000\"";
}

size_t count_red_cars(cf_db *db);
size_t count_red_cars(cf_db *db)
{
    const struct color red = { 255, 0, 0 };
    struct Car *car = cf_add(db, Car, .paint = red);
    struct Car_list reds = cf_find(db, Car, .where = cf_eq(Car.paint, cf_stored(Color, car->paint)));
    return reds.count;
}

SHAPE(Transfer, (from, Integer), (to, Integer), (amount, Numeric(12, 2)), (note, Nullable(String(200))));

cf_response *make_transfer(cf_request *req);
cf_response *make_transfer(cf_request *req)
{
    struct Transfer *transfer = cf_body(req, Transfer);   /* 422 with all errors at once */
    return cf_json(req, Transfer, transfer, .status = 201);
}
