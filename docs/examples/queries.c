/* SPDX-License-Identifier: MIT
 *
 * The examples of docs/queries.md, compiled.
 */
/* clang-format off */
#include <carafe/carafe.h>
#include <inttypes.h>
#include <stdio.h>

MODEL(User, "users",
    (id,    Id),
    (name,  String(50)),
    (email, String(120), unique = true),
    (age,   Nullable(Integer)));

MODEL(Document, "documents",
    (id,       Id),
    (title,    String(200)),
    (body,     Text, lazy = true),
    (shelf_id, Integer, references = "shelves.id"));

MODEL(Letter, "letters",
    (id,     Id),
    (title,  String(80)),
    (body,   Text),
    (words,  Index(title, body), using = "fulltext"),           /* MariaDB */
    (search, Ddl("CREATE VIRTUAL TABLE letter_words USING fts5(title, body, content='letters', content_rowid='id')"),
             drop = "DROP TABLE letter_words", database = "sqlite"));

MODEL(Shelf, "shelves",
    (id,        Id),
    (documents, HasMany(Document, shelf_id)));

int64_t count_letters(cf_db *db, int database, const char *words);
int64_t count_letters(cf_db *db, int database, const char *words)
{
    cf_expr *in_mariadb    = cf_sql_expression("MATCH (?, ?) AGAINST (?)", Letter.title, Letter.body, words);
    cf_expr *in_postgresql = cf_sql_expression("to_tsvector('english', ? || ' ' || ?) @@ plainto_tsquery('english', ?)",
                                               Letter.title, Letter.body, words);
    cf_expr *in_sqlite     = cf_sql_expression("? IN (SELECT rowid FROM letter_words WHERE letter_words MATCH ?)", Letter.id, words);
    cf_expr *in[] = { in_mariadb, in_postgresql, in_sqlite };
    return cf_count(db, Letter, .where = in[database]);
}

struct Document *left_out(cf_db *db, int64_t id);
struct Document *left_out(cf_db *db, int64_t id)
{
    struct Document_list titles = cf_find(db, Document);
    struct Document *whole = cf_get(db, Document, id, .undefer = cf_columns(Document.body));
    struct Shelf_list shelves = cf_find(db, Shelf, .load = { Shelf.documents }, .undefer = cf_columns(Document.body));
    return titles.count && shelves.count ? whole : NULL;
}

void find_users(cf_request *req);
void find_users(cf_request *req)
{
    struct User_list users = cf_find(req->db, User,
        .where    = cf_and(cf_like(User.name, "k%"), cf_gt(User.age, 18)),
        .order_by = { cf_desc(User.age), cf_asc(User.name) },
        .limit    = 10);

    for cf_each(user, users)
        printf("%s\n", user->name);

    struct User *user = cf_get(req->db, User, 3);               /* NULL where there is none */
    struct User *kim  = cf_find_one(req->db, User, .where = cf_eq(User.email, "kim@example.com"));
    int64_t grown_up  = cf_count(req->db, User, .where = cf_ge(User.age, 18));
    printf("%s %s %" PRId64 "\n", user ? user->name : "none", kim ? kim->name : "none", grown_up);
}

struct User *ask_together(cf_request *req);
struct User *ask_together(cf_request *req)
{
    int64_t *readers = cf_count_later(req->db, User);
    struct User_list *newest = cf_find_later(req->db, User, .order_by = { cf_desc(User.id) }, .limit = 5);
    struct User **host = cf_get_later(req->db, User, 1);
    cf_await(req->db);                                          /* all three are asked here */

    printf("%" PRId64 " readers, the newest of them %s\n", *readers, newest->count ? newest->items[0]->name : "nobody");
    return *host;
}

struct User_list filter_users(cf_db *db, const char *name, bool adults);
struct User_list filter_users(cf_db *db, const char *name, bool adults)
{
    cf_expr *where = NULL;
    if (name)
        where = cf_and(where, cf_contains(User.name, name));
    if (adults)
        where = cf_and(where, cf_ge(User.age, 18));
    return cf_find(db, User, .where = where);
}

void change_users(cf_db *db);
void change_users(cf_db *db)
{
    struct User *user = cf_add(db, User, .name = "kim", .email = "kim@example.com", .age = cf_optional(30));
    cf_commit(db);                                   /* user->id is set now */

    user->name = cf_format(db, "%s Kim", user->name);
    cf_commit(db);                                   /* UPDATE users SET name = ? WHERE id = ? */

    cf_delete(db, User, user);
    cf_commit(db);
}

cf_response *take_email(cf_request *req, cf_db *db);
cf_response *take_email(cf_request *req, cf_db *db)
{
    const cf_error *error = cf_try_commit(db);
    if (error && cf_violates(error, User.email))
        return cf_json_object(req, cf_value("taken", true));
    if (error)
        cf_raise_error(error);
    return cf_empty(req, 204);
}

int64_t own_sql(cf_db *db, const char *name);
int64_t own_sql(cf_db *db, const char *name)
{
    struct User_list users = cf_sql(db, User, "SELECT * FROM users WHERE length(name) > ?", 10);
    struct User_list named = cf_sql(db, User, "SELECT * FROM users WHERE name = :name OR email = :name", cf_value("name", name));
    int64_t changed = cf_sql_execute(db, "UPDATE users SET name = upper(name) WHERE id < ?", 100);
    cf_commit(db);
    return changed + (int64_t)(users.count + named.count);
}

int64_t own_values(cf_db *db);
int64_t own_values(cf_db *db)
{
    cf_optional_integer long_names = cf_sql_integer(db, "SELECT count(*) FROM users WHERE length(name) > ?", 10);
    const char *first_name = cf_sql_text(db, "SELECT min(name) FROM users");
    return first_name ? long_names.value : -1;
}

size_t own_lists(cf_db *db, const int64_t *ids, size_t count);
size_t own_lists(cf_db *db, const int64_t *ids, size_t count)
{
    const char *names[] = { "kim", "lee" };
    struct User_list some = cf_sql(db, User, "SELECT * FROM users WHERE id IN (?) AND name NOT IN (?)", cf_integers(ids, count), cf_texts(names, 2));
    return some.count;
}

cf_response *name_sizes(cf_request *req);
cf_response *name_sizes(cf_request *req)
{
    const char *json = cf_sql_json(req->db, "SELECT name, length(name) AS size FROM users WHERE id > :id", cf_value("id", 3));
    return cf_text(req, json, .content_type = "application/json");
}
