/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <stdio.h>
#include <sys/mman.h>

#include "../../src/base/log.h"

static char text[16384];

/* Runs a function with the log caught; what it wrote is in `text`. */
static void catch_log(void (*function)(void))
{
    int file = memfd_create("log", 0), before = cf__log_set_descriptor(file);
    function();
    cf__log_set_descriptor(before);
    ssize_t size = pread(file, text, sizeof text - 1, 0);
    text[size > 0 ? size : 0] = '\0';
    close(file);
}

static void log_three(void)
{
    cf_log_debug("not shown");
    cf_log_info("count %d", 3);
    cf_log_error("broken");
}

static void lines_have_time_level_and_message(void **state)
{
    (void)state;
    int year, month, day, hour, minute, second, milliseconds;
    char level[16], message[32];
    cf__log_set_level(CF_LOG_INFO);
    catch_log(log_three);
    assert_int_equal(sscanf(text, "%4d-%2d-%2d %2d:%2d:%2d.%3d %15s %31[^\n]", &year, &month, &day, &hour, &minute,
                            &second, &milliseconds, level, message),
                     9);
    assert_true(year > 2025 && month <= 12 && hour < 24);
    assert_string_equal(level, "INFO");
    assert_string_equal(message, "count 3");
    assert_non_null(strstr(text, "ERROR   broken\n"));
    assert_null(strstr(text, "not shown"));
}

static void the_level_decides_what_is_shown(void **state)
{
    (void)state;
    cf__log_set_level(CF_LOG_ERROR);
    catch_log(log_three);
    assert_null(strstr(text, "count 3"));
    cf__log_set_level(CF_LOG_DEBUG);
    catch_log(log_three);
    assert_non_null(strstr(text, "not shown"));
    cf__log_set_level(CF_LOG_INFO);
}

static void log_evil(void)
{
    cf_log_info("a\nfake line \x1b[31m \"quoted\" \\ %s", "\x7f");
}

static void nothing_from_outside_ends_a_line_or_steers_a_terminal(void **state)
{
    (void)state;
    catch_log(log_evil);
    assert_non_null(strstr(text, "a\\x0afake line \\x1b[31m"));
    assert_int_equal(strchr(text, '\n') - text, (ptrdiff_t)strlen(text) - 1);
    assert_null(strchr(text, 0x7f));
}

static void a_json_line_is_one_object(void **state)
{
    (void)state;
    cf__log_set_json(true);
    catch_log(log_evil);
    cf__log_set_json(false);
    assert_memory_equal(text, "{\"time\":\"", 9);
    assert_non_null(
        strstr(text, "\"level\":\"INFO\",\"message\":\"a\\u000afake line \\u001b[31m \\\"quoted\\\" \\\\ "));
    assert_string_equal(text + strlen(text) - 2, "}\n");
}

static void log_long(void)
{
    char line[9000];
    memset(line, 'x', sizeof line);
    line[sizeof line - 1] = '\0';
    cf_log_info("%s", line);
}

static void a_line_that_is_too_long_is_cut(void **state)
{
    (void)state;
    catch_log(log_long);
    assert_in_range(strlen(text), 4000, 4096);
    assert_int_equal(text[strlen(text) - 1], '\n');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_have_time_level_and_message),
        cmocka_unit_test(the_level_decides_what_is_shown),
        cmocka_unit_test(nothing_from_outside_ends_a_line_or_steers_a_terminal),
        cmocka_unit_test(a_json_line_is_one_object),
        cmocka_unit_test(a_line_that_is_too_long_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
