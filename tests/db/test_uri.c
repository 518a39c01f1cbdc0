/* SPDX-License-Identifier: MIT */
#include "support.h"

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

static void parts_of_a_server(void *unused)
{
    (void)unused;
    struct cf_uri uri = parse("postgresql://kim:p%40ss%3Aword@db.example:5433/shop");
    assert_string_equal(uri.scheme, "postgresql");
    assert_string_equal(uri.user, "kim");
    assert_string_equal(uri.password, "p@ss:word");
    assert_string_equal(uri.hosts[0].name, "db.example");
    assert_int_equal(uri.hosts[0].port, 5433);
    assert_string_equal(uri.path, "shop");
    uri = parse("mariadb://kim@[::1]:3306/shop");
    assert_string_equal(uri.hosts[0].name, "::1");
    assert_int_equal(uri.hosts[0].port, 3306);
    assert_null(uri.password);
    uri = parse("postgresql://a@b:secret@host/x");
    assert_string_equal(uri.hosts[0].name, "host");
    assert_string_equal(uri.user, "a@b");
}

static void a_server_has_user_password_host_and_port_decoded(void **state)
{
    (void)state;
    in_fiber(parts_of_a_server, NULL);
}

static void masks(void *unused)
{
    (void)unused;
    assert_string_equal(parse("postgresql://kim:secret@h/x").masked, "postgresql://kim:***@h/x");
    assert_string_equal(parse("postgresql://kim:sec@ret@h/x").masked, "postgresql://kim:***@h/x");
    assert_string_equal(parse("postgresql://kim@h/x").masked, "postgresql://kim@h/x");
    assert_string_equal(parse("sqlite:////a:b@c.db").masked, "sqlite:////a:b@c.db");
    assert_refused("postgresql:/kim:secret@h/x",
                   "database URI \"postgresql:***@h/x\" has no scheme: write sqlite:///file.db");
    assert_refused("postgresql://kim:secret@h:port/x",
                   "database URI \"postgresql://kim:***@h:port/x\": the port is not a number from 1 to 65535");
}

static void a_password_is_masked_in_every_message(void **state)
{
    (void)state;
    in_fiber(masks, NULL);
}

static void refusals(void *unused)
{
    (void)unused;
    assert_refused("", "database URI \"\" has no scheme: write sqlite:///file.db");
    assert_refused("file.db", "database URI \"file.db\" has no scheme: write sqlite:///file.db");
    assert_refused("://x", "database URI \"://x\" has no scheme: write sqlite:///file.db");
    assert_refused("postgresql://h:0/x",
                   "database URI \"postgresql://h:0/x\": the port is not a number from 1 to 65535");
    assert_refused("postgresql://h:65536/x",
                   "database URI \"postgresql://h:65536/x\": the port is not a number from 1 to 65535");
    assert_refused("sqlite:///a%zz.db", "database URI \"sqlite:///a%zz.db\": a percent-escape is malformed");
    assert_refused("sqlite:///x.db?mode=ro",
                   "database URI \"sqlite:///x.db?mode=ro\": options after '?' are not supported");
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
    static const char start[] = "database URI \"oracle://scott:***@h/x\": unknown database \"oracle\" (known: sqlite";
    const char *message = error_of(open_text, (void *)(uintptr_t) "oracle://scott:tiger@h/x")->message;
    assert_memory_equal(message, start, strlen(start)); /* and what else was built */
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
        cmocka_unit_test(a_server_has_user_password_host_and_port_decoded),
        cmocka_unit_test(a_password_is_masked_in_every_message),
        cmocka_unit_test(what_is_no_uri_is_refused_with_cause_and_cure),
        cmocka_unit_test(an_unknown_database_is_refused_naming_those_known),
    };
    return cmocka_run_group_tests_name("db/uri", tests, NULL, free_thread);
}
