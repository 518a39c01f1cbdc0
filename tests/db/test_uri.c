/* SPDX-License-Identifier: MIT */
#include "support.h"

#define NO_SCHEME " has no scheme: write sqlite:///file.db, or scheme://user:password@host/database"

static struct cf_uri parse(const char *text)
{
    struct cf_uri uri;
    cf__uri_parse(cf__current(), text, &uri);
    return uri;
}

static void parse_text(void *text)
{
    parse(text);
}

static void assert_refused(const char *text, const char *message)
{
    const cf_error *error = error_of(parse_text, (void *)(uintptr_t)text);
    assert_int_equal(error->code, CF_INTERNAL);
    assert_string_equal(error->message, message);
}

static void paths_of_files(void *unused)
{
    (void)unused;
    assert_string_equal(parse("sqlite:///relative.db").path, "relative.db");
    assert_string_equal(parse("sqlite:////absolute/file.db").path, "/absolute/file.db");
    assert_string_equal(parse("sqlite:///with%20space.db").path, "with space.db");
    assert_null(parse("sqlite://").path);
    assert_null(parse("sqlite:///").path);
    assert_string_equal(parse("sqlite:///x.db").scheme, "sqlite");
    assert_int_equal(parse("sqlite:///x.db").host_count, 0);
}

static void a_file_is_named_by_a_relative_or_an_absolute_path(void **state)
{
    (void)state;
    in_fiber(paths_of_files, NULL);
}

/* A URI as it was understood: user:password@host:port,…/path?name=value&…, each part in brackets where it is there. */
static const char *understood(const char *text)
{
    struct cf_uri uri = parse(text);
    struct cf__buffer out = cf__buffer_new(cf__current(), CF__CAP_SQL, "a URI");
    if (uri.user)
        cf__buffer_format(&out, "user <%s> ", uri.user);
    if (uri.password)
        cf__buffer_format(&out, "password <%s> ", uri.password);
    for (size_t i = 0; i < uri.host_count; i++)
        cf__buffer_format(&out, "host <%s> %d ", uri.hosts[i].name ? uri.hosts[i].name : "", uri.hosts[i].port);
    if (uri.path)
        cf__buffer_format(&out, "path <%s> ", uri.path);
    for (size_t i = 0; i < uri.option_count; i++)
        cf__buffer_format(&out, "%s <%s> ", uri.options[i].name, uri.options[i].value);
    return cf__buffer_text(&out);
}

static const struct {
    const char *text, *understood;
} uris[] = {
    /* user, password, host, port, database: each may be missing */
    { "db://", "" },
    { "db:///", "" },
    { "db://host", "host <host> 0 " },
    { "db://host/", "host <host> 0 " },
    { "db://host/shop", "host <host> 0 path <shop> " },
    { "db:///shop", "path <shop> " },
    { "db://:5433/shop", "host <> 5433 path <shop> " },
    { "db://127.0.0.1:1521", "host <127.0.0.1> 1521 " },
    { "db://kim@host", "user <kim> host <host> 0 " },
    { "db://kim@/shop", "user <kim> path <shop> " },
    { "db://@host/shop", "user <> host <host> 0 path <shop> " },
    { "db://kim:secret@/shop", "user <kim> password <secret> path <shop> " },
    { "db://kim:secret@host:110/shop", "user <kim> password <secret> host <host> 110 path <shop> " },
    { "db://kim:@host/shop", "user <kim> password <> host <host> 0 path <shop> " },
    { "db://:secret@host/shop", "user <> password <secret> host <host> 0 path <shop> " },
    /* escapes */
    { "db://k%40m:p%40ss%3A%2Fw%25rd@h%2Dost/sh%6Fp", "user <k@m> password <p@ss:/w%rd> host <h-ost> 0 path <shop> " },
    { "db://k+m:p+w@h/d+e", "user <k+m> password <p+w> host <h> 0 path <d+e> " },
    { "db://k m:p w@h/a database", "user <k m> password <p w> host <h> 0 path <a database> " },
    { "db://k\303\274m:p\342\202\254w@h", "user <k\303\274m> password <p\342\202\254w> host <h> 0 " },
    { "db://%2Frun%2Fdb:5433/shop", "host </run/db> 5433 path <shop> " },
    /* a password with characters that divide */
    { "db://kim:p:w@h/shop", "user <kim> password <p:w> host <h> 0 path <shop> " },
    { "db://kim:p@w@h/shop", "user <kim> password <p@w> host <h> 0 path <shop> " },
    { "db://kim:p@s:w@h:1/shop", "user <kim> password <p@s:w> host <h> 1 path <shop> " },
    { "db://kim:p/w@h/shop", "user <kim> password <p/w> host <h> 0 path <shop> " },
    { "db://kim:p?w@h/shop?a=b@c", "user <kim> password <p?w> host <h> 0 path <shop> a <b@c> " },
    { "db://kim:1/w:2@h", "host <kim> 1 path <w:2@h> " },
    /* addresses */
    { "db://[2001:db8::1]/shop", "host <2001:db8::1> 0 path <shop> " },
    { "db://kim:secret@[2001:db8::1]:80/shop?a=b",
      "user <kim> password <secret> host <2001:db8::1> 80 path <shop> a <b> " },
    { "db://[fe80::1%25eth0]:5/", "host <fe80::1%eth0> 5 " },
    /* several hosts */
    { "db://h1:5432,h2/shop", "host <h1> 5432 host <h2> 0 path <shop> " },
    { "db://kim:p,w@h1,[::1]:2,h3:3", "user <kim> password <p,w> host <h1> 0 host <::1> 2 host <h3> 3 " },
    { "db://h1:1,h2:2/shop?a=b@c", "host <h1> 1 host <h2> 2 path <shop> a <b@c> " },
    /* paths */
    { "db://h/a/b%2Fc", "host <h> 0 path <a/b/c> " },
    { "db://h//a/file.db", "host <h> 0 path </a/file.db> " },
    { "db:////a/_x@example.com/file.db", "path </a/_x@example.com/file.db> " },
    { "db:///:memory:", "path <:memory:> " },
    { "db:///E:/data/a.db?a=b&c=d&c=e", "path <E:/data/a.db> a <b> c <d> c <e> " },
    { "db://kim:secret@h/a database@work", "user <kim> password <secret> host <h> 0 path <a database@work> " },
    /* options */
    { "db://h?a=b", "host <h> 0 a <b> " },
    { "db://h:450?a=b", "host <h> 450 a <b> " },
    { "db://h/?a=1&b=2&a=3", "host <h> 0 a <1> b <2> a <3> " },
    { "db://h/d?a=%26%3D%25&b=c+d&e=f?g/h@i:j;k", "host <h> 0 path <d> a <&=%> b <c d> e <f?g/h@i:j;k> " },
    { "db://h/d?a&b=&", "host <h> 0 path <d> a <> b <> " },
    { "db://h/d?", "host <h> 0 path <d> " },
    { "db:///d?host=/run/db", "host </run/db> 0 path <d> " },
    { "db:///d?host=%2Frun%2Fdb:5433&a=b", "host </run/db> 5433 path <d> a <b> " },
    { "db://kim@:5433/d?host=/run/db&host=h2:2&host=[::1]:3&host=[::2]",
      "user <kim> host </run/db> 5433 host <h2> 2 host <::1> 3 host <::2> 5433 path <d> " },
    { "db://h1:1/d?host=h2", "host <h1> 1 host <h2> 0 path <d> " },
};

static void each_uri(void *unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof uris / sizeof uris[0]; i++)
        assert_string_equal(cf_format_(here(), "%s: %s", uris[i].text, understood(uris[i].text)),
                            cf_format_(here(), "%s: %s", uris[i].text, uris[i].understood));
}

static void a_server_has_user_password_hosts_path_and_options_decoded(void **state)
{
    (void)state;
    in_fiber(each_uri, NULL);
}

/* The cases that SQLAlchemy tests its own parser with (URLTest in its test/engine/test_parseconnect.py), one by one and
 * in its order, with names of ours. Two things differ: a driver of Python behind a '+' is refused (`schemes_of_python`),
 * and a path that is empty is none. Of its other cases these have nothing to meet here: URLs put together, changed,
 * compared or copied as objects, and rendered with their password. A URI is a text that is read once. */
static const struct {
    const char *text, *understood;
} cases_of_sqlalchemy[] = {
    /* test_rfc1738 */
    { "db://kim:secret@shop.example:110//var/shop.db",
      "user <kim> password <secret> host <shop.example> 110 path </var/shop.db> " },
    { "db://kim:secret@shop.example/shop", "user <kim> password <secret> host <shop.example> 0 path <shop> " },
    { "db://kim:secret@shop.example", "user <kim> password <secret> host <shop.example> 0 " },
    { "db://kim:secret@/shop", "user <kim> password <secret> path <shop> " },
    { "db://kim@shop.example", "user <kim> host <shop.example> 0 " },
    { "db://kim:secret@127.0.0.1:1521", "user <kim> password <secret> host <127.0.0.1> 1521 " },
    { "db://shop.example/shop", "host <shop.example> 0 path <shop> " },
    { "db://shop.example", "host <shop.example> 0 " },
    { "db://shop.example/?a=b&c=d", "host <shop.example> 0 a <b> c <d> " },
    { "db:///:memory:", "path <:memory:> " },
    { "db:///var/lib/shop/a.file", "path <var/lib/shop/a.file> " },
    { "db:///E:/data/shop/hello.db", "path <E:/data/shop/hello.db> " },
    { "db:///E:/data/shop/hello.db?a=b&c=d", "path <E:/data/shop/hello.db> a <b> c <d> " },
    { "db:///E:/data/shop/hello.db?a=b&c=d&c=e", "path <E:/data/shop/hello.db> a <b> c <d> c <e> " },
    { "db://", "" },
    { "db://kim:secret@/shop", "user <kim> password <secret> path <shop> " },
    { "db:////var/lib/_shop@example.com/members.db", "path </var/lib/_shop@example.com/members.db> " },
    { "db://kim:plums%2Fpears@shop.example/shop",
      "user <kim> password <plums/pears> host <shop.example> 0 path <shop> " },
    { "db://kim:secret@[2001:da8:2004:1000:202:116:160:90]/shop?a=b",
      "user <kim> password <secret> host <2001:da8:2004:1000:202:116:160:90> 0 path <shop> a <b> " },
    { "db://kim:secret@[2001:da8:2004:1000:202:116:160:90]:80/shop?a=b",
      "user <kim> password <secret> host <2001:da8:2004:1000:202:116:160:90> 80 path <shop> a <b> " },
    { "db://kim:secret@shop.example/east+west with%40sign",
      "user <kim> password <secret> host <shop.example> 0 path <east+west with@sign> " },
    { "db://kim:secret@shop.example/what%3Fshop%3Dit",
      "user <kim> password <secret> host <shop.example> 0 path <what?shop=it> " },
    { "db://kim:secret@shop.example/a shop of our own",
      "user <kim> password <secret> host <shop.example> 0 path <a shop of our own> " },
    { "db://kim:secret@shop.example?a=no_path", "user <kim> password <secret> host <shop.example> 0 a <no_path> " },
    { "db://kim:secret@shop.example:450?a=no_path",
      "user <kim> password <secret> host <shop.example> 450 a <no_path> " },
    { "db://kim:a secret word@shop.example:450?a=no_path",
      "user <kim> password <a secret word> host <shop.example> 450 a <no_path> " },
    { "db://kim lee+ann:a secret+word@shop.example:450?a=no_path",
      "user <kim lee+ann> password <a secret+word> host <shop.example> 450 a <no_path> " },
    { "db://kim%25%26%7C:se%25%26%7C@shop.example:499?a=no_path",
      "user <kim%&|> password <se%&|> host <shop.example> 499 a <no_path> " },
    { "db://kim🐍測試:se🐍測試@shop.example:499?a=no_path",
      "user <kim🐍測試> password <se🐍測試> host <shop.example> 499 a <no_path> " },
    /* test_dont_urlescape_slashes */
    { "db:///var/with/slashes", "path <var/with/slashes> " },
    /* test_rfc1738_password */
    { "db://kim:a word + other%3Awords@host/shop",
      "user <kim> password <a word + other:words> host <host> 0 path <shop> " },
    { "db://kim:plums%40pears%40%40@host/shop", "user <kim> password <plums@pears@@> host <host> 0 path <shop> " },
    { "db://kim%40:@host/shop", "user <kim@> password <> host <host> 0 path <shop> " },
    { "db://kim:se%2Fcret@host/shop", "user <kim> password <se/cret> host <host> 0 path <shop> " },
    /* test_query_string */
    { "db://kim:secret@host/shop?a=b&c=d", "user <kim> password <secret> host <host> 0 path <shop> a <b> c <d> " },
    { "db://kim:secret@host/?a=b&c=d", "user <kim> password <secret> host <host> 0 a <b> c <d> " },
    { "db://kim:secret@host?a=b&c=d", "user <kim> password <secret> host <host> 0 a <b> c <d> " },
    { "db://kim:secret@host:450?a=b&c=d", "user <kim> password <secret> host <host> 450 a <b> c <d> " },
    { "db://kim:secret@host/shop?a=b&c=d&c=e",
      "user <kim> password <secret> host <host> 0 path <shop> a <b> c <d> c <e> " },
    { "db://kim:secret@host/shop?a%3D=b&c=d+e",
      "user <kim> password <secret> host <host> 0 path <shop> a= <b> c <d e> " },
    /* test_constructor_is_nt_so_all_args_work */
    { "db://kim:secret@10.20.30.40:1234/SHOP?key=value",
      "user <kim> password <secret> host <10.20.30.40> 1234 path <SHOP> key <value> " },
};

static void schemes_of_python(void)
{
    assert_refused("postgresql+asyncpg://kim:secret@shop.example/shop",
                   "database URI \"postgresql+asyncpg://kim:***@shop.example/shop\": there is one driver a database: "
                   "write postgresql://kim:***@shop.example/shop");
    assert_refused("sqlite+aiosqlite:///shop.db", "database URI \"sqlite+aiosqlite:///shop.db\": there is one driver a "
                                                  "database: write sqlite:///shop.db");
    assert_refused("mariadb+mariadbconnector://a b+c:d e+f@shop.example:450?a=no_path",
                   "database URI \"mariadb+mariadbconnector://a b+c:***@shop.example:450?a=no_path\": there is one "
                   "driver a database: write mariadb://a b+c:***@shop.example:450?a=no_path");
}

static void each_case_of_sqlalchemy(void *unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof cases_of_sqlalchemy / sizeof cases_of_sqlalchemy[0]; i++) {
        const char *text = cases_of_sqlalchemy[i].text;
        assert_string_equal(cf_format_(here(), "%s: %s", text, understood(text)),
                            cf_format_(here(), "%s: %s", text, cases_of_sqlalchemy[i].understood));
        struct cf_uri uri = parse(text);
        const char *password = uri.password && *uri.password ? strchr(text + 5, ':') + 1 : NULL;
        const char *written = password ? cf__copy_bytes(cf__current(), password, strcspn(password, "@")) : NULL;
        assert_true(!written || !strstr(uri.masked, written));
        assert_true(!uri.password || strstr(uri.masked, ":***@"));
    }
    schemes_of_python();
}

static void what_sqlalchemy_tests_its_urls_with_is_read_as_it_reads_it(void **state)
{
    (void)state;
    in_fiber(each_case_of_sqlalchemy, NULL);
}

static void masks(void *unused)
{
    (void)unused;
    assert_string_equal(parse("postgresql://kim:secret@h/x").masked, "postgresql://kim:***@h/x");
    assert_string_equal(parse("postgresql://kim:sec@ret@h/x").masked, "postgresql://kim:***@h/x");
    assert_string_equal(parse("postgresql://kim@h/x").masked, "postgresql://kim@h/x");
    assert_string_equal(parse("sqlite:////a:b@c.db").masked, "sqlite:////a:b@c.db");
    assert_string_equal(parse("postgresql://kim:@h/x").masked, "postgresql://kim:***@h/x");
    assert_string_equal(parse("postgresql://kim:se/cr?t@h/x").masked, "postgresql://kim:***@h/x");
    assert_string_equal(parse("postgresql://kim:12/secret@h/x").masked, "postgresql://kim:***@h/x");
    assert_string_equal(parse("postgresql://kim:se@cr@et@h1,h2/x").masked, "postgresql://kim:***@h1,h2/x");
    assert_string_equal(parse("db://h/x?a=b&password=secret&SSLPassword=secret&c=d").masked,
                        "db://h/x?a=b&password=***&SSLPassword=***&c=d");
    assert_string_equal(parse("db://kim:secret@h/x?%70assword=secret").masked, "db://kim:***@h/x?%70assword=***");
    assert_string_equal(parse("db://h/x?a=b@c&d").masked, "db://h/x?a=b@c&d");
    assert_refused("postgresql:/kim:secret@h/x", "database URI \"postgresql:***@h/x\"" NO_SCHEME);
    assert_refused("kim:sec://ret@h/x", "database URI \"kim:***@h/x\"" NO_SCHEME);
    assert_refused("db://kim:sec%ret@h/x",
                   "database URI \"db://kim:***@h/x\": a percent-escape is malformed (a % itself is %25)");
    assert_refused("postgresql://kim:secret@h:port/x",
                   "database URI \"postgresql://kim:***@h:port/x\": the port is not a number from 1 to 65535");
}

static void a_password_is_masked_in_every_message(void **state)
{
    (void)state;
    in_fiber(masks, NULL);
}

static const struct {
    const char *text, *reason;
} refused[] = {
    { "", NO_SCHEME },
    { "file.db", NO_SCHEME },
    { "://x", NO_SCHEME },
    { " db://x", NO_SCHEME },
    { "d b://x", NO_SCHEME },
    { "db:/x", NO_SCHEME },
    { "db://h:/x", ": the port is not a number from 1 to 65535" },
    { "db://h:0/x", ": the port is not a number from 1 to 65535" },
    { "db://h:65536/x", ": the port is not a number from 1 to 65535" },
    { "db://h1,h2:x", ": the port is not a number from 1 to 65535" },
    { "db:///a%zz.db", ": a percent-escape is malformed (a % itself is %25)" },
    { "db:///a%00.db", ": a percent-escape is malformed (a % itself is %25)" },
    { "db://h/x?a=%", ": an option is malformed (a % itself is %25), or there are more than 64" },
    { "db://h/x?=b", ": an option has no name" },
    { "db:///x?host=", ": the option host is empty" },
    { "db://h1,,h3", ": one of its hosts has no name" },
    { "db://h1,:5", ": one of its hosts has no name" },
    { "db://::1/x", ": an address with several ':' stands in brackets, as in [::1]:5432" },
    { "db://[::1/x", ": an address that begins with '[' ends with ']' and its port" },
    { "db://[::1]5/x", ": an address that begins with '[' ends with ']' and its port" },
    { "db://1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17", " has more than 16 hosts" },
    { "postgresql+psycopg2://h/x", ": there is one driver a database: write postgresql://h/x" },
};

static void refusals(void *unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_refused(refused[i].text,
                       cf_format_(here(), "database URI \"%s\"%s", refused[i].text, refused[i].reason));
    assert_refused("mysql+pymysql://kim:secret@h/x",
                   "database URI \"mysql+pymysql://kim:***@h/x\": there is one driver a "
                   "database: write mysql://kim:***@h/x");
}

static void what_is_no_uri_is_refused_with_cause_and_cure(void **state)
{
    (void)state;
    in_fiber(refusals, NULL);
}

static void open_text(void *text)
{
    cf__engine_close(cf__engine_open(text, NULL));
}

static void assert_not_opened(const char *text, const char *message)
{
    assert_string_equal(error_of(open_text, (void *)(uintptr_t)text)->message, message);
}

static void unknown(void *unused)
{
    (void)unused;
    const char *known = "database URI \"oracle://scott:***@h/x\": unknown database \"oracle\" (known: sqlite";
    assert_memory_equal(error_of(open_text, (void *)(uintptr_t) "oracle://scott:tiger@h/x")->message, known,
                        strlen(known));
    assert_not_opened("sqlite:///x.db?mode=r",
                      "database URI \"sqlite:///x.db?mode=r\": unknown option \"mode=r\": SQLite has mode=ro, mode=rw, "
                      "mode=rwc, immutable=1, cache=private, cache=shared and timeout=SECONDS");
    assert_not_opened(
        "sqlite:///x.db?timeout=soon",
        "database URI \"sqlite:///x.db?timeout=soon\": \"timeout=soon\": must be seconds from 0 to 100000000");
    assert_not_opened("sqlite://?timeout=-1",
                      "database URI \"sqlite://?timeout=-1\": \"timeout=-1\": must be seconds from 0 to 100000000");
    assert_not_opened(
        "sqlite:///x.db?cache=shared",
        "database URI \"sqlite:///x.db?cache=shared\": \"cache=shared\" is for databases in memory: with a "
        "file readers would wait for the writer, leave it out");
    assert_not_opened("sqlite://host/x.db",
                      "database URI \"sqlite://host/x.db\" has a host: a file is sqlite:///relative.db or "
                      "sqlite:////absolute.db");
}

static void an_unknown_database_is_refused_naming_those_known(void **state)
{
    (void)state;
    in_fiber(unknown, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_named_by_a_relative_or_an_absolute_path),
        cmocka_unit_test(a_server_has_user_password_hosts_path_and_options_decoded),
        cmocka_unit_test(what_sqlalchemy_tests_its_urls_with_is_read_as_it_reads_it),
        cmocka_unit_test(a_password_is_masked_in_every_message),
        cmocka_unit_test(what_is_no_uri_is_refused_with_cause_and_cure),
        cmocka_unit_test(an_unknown_database_is_refused_naming_those_known),
    };
    return cmocka_run_group_tests_name("db/uri", tests, NULL, free_thread);
}
