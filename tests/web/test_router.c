/* SPDX-License-Identifier: MIT
 *
 * The router: tables of rules and paths. A case says what the rules are, what is asked for, and what must come of it
 * as one text: "endpoint name=value …", "308 location", "405 allow", "200 allow" (OPTIONS), "404" or "400".
 */
#include "web/support.h"

enum { MOST_RULES = 8 };

static struct cf__router *make_router(const char *const *rules)
{
    struct cf__router *router = cf__router_new();
    for (size_t i = 0; i < MOST_RULES && rules[i]; i++) {
        char methods[64] = "GET";
        const char *rule = rules[i];
        if (*rule != '/') { /* "POST PUT /x" */
            size_t size = strcspn(rule, "/");
            snprintf(methods, sizeof methods, "%.*s", (int)size, rule);
            rule += size;
        }
        char endpoint[128];
        snprintf(endpoint, sizeof endpoint, "%s", rules[i]);
        const char *problem = cf__router_add(router, methods, rule, endpoint, NULL);
        if (problem)
            fail_msg("%s", problem);
    }
    return router;
}

static const char *describe_match(const struct cf__match *match)
{
    static char text[2048];
    size_t size = 0;
    switch (match->kind) {
    case CF__MATCH_ROUTE:
        size = (size_t)snprintf(text, sizeof text, "%s", match->route->endpoint);
        for (size_t i = 0; i < match->route->param_count; i++)
            size +=
                (size_t)snprintf(text + size, sizeof text - size, " %s=%s", match->route->params[i], match->values[i]);
        break;
    case CF__MATCH_REDIRECT:
        snprintf(text, sizeof text, "308 %s", match->location);
        break;
    case CF__MATCH_OPTIONS:
        snprintf(text, sizeof text, "200 %s", match->allow);
        break;
    case CF__MATCH_NO_METHOD:
        snprintf(text, sizeof text, "405 %s", match->allow);
        break;
    case CF__MATCH_NONE:
        return "404";
    case CF__MATCH_BAD_ESCAPE:
        return "400";
    }
    return text;
}

struct match_case {
    const char *rules[MOST_RULES];
    const char *asked; /* "/path" or "POST /path" */
    const char *expected;
};

static void check_case(void *case_)
{
    const struct match_case *given = case_;
    struct cf__router *router = make_router(given->rules);
    const char *path = strchr(given->asked, '/') ? strchr(given->asked, '/') : strchr(given->asked, ' ') + 1;
    char method[32] = "GET";
    if (path != given->asked)
        snprintf(method, sizeof method, "%.*s", (int)(path - given->asked - 1), given->asked);
    struct cf__match match;
    cf__router_match(router, cf__current(), method, path, &match);
    if (strcmp(describe_match(&match), given->expected) != 0)
        fail_msg("%s with %s …: %s instead of %s", given->asked, given->rules[0], describe_match(&match),
                 given->expected);
    cf__router_free(router);
}

#define CHECK_CASES(cases)                                             \
    for (size_t i_ = 0; i_ < sizeof(cases) / sizeof((cases)[0]); i_++) \
    in_fiber(check_case, &(cases)[i_])

static void a_static_rule_matches_its_path_only(void **state)
{
    (void)state;
    static struct match_case cases[] = {
        { { "/" }, "/", "/" },
        { { "/users" }, "/users", "/users" },
        { { "/users" }, "/user", "404" },
        { { "/users" }, "/userss", "404" },
        { { "/users" }, "/Users", "404" },
        { { "/users" }, "/", "404" },
        { { "/users" }, "/users/x", "404" },
        { { "/a/b/c" }, "/a/b/c", "/a/b/c" },
        { { "/a/b/c" }, "/a/b", "404" },
        { { "/caf\xC3\xA9" }, "/caf%C3%A9", "/caf\xC3\xA9" },
        { { "/a b" }, "/a%20b", "/a b" },
        { { "/users" }, "/%75sers", "/users" },
        { { "/a/b" }, "/a%2Fb", "404" }, /* an escaped slash separates nothing */
        { { "/a/b" }, "GET *", "404" },
        { { "/a/b" }, "GET a/b", "404" },
    };
    CHECK_CASES(cases);
}

static void each_converter_takes_its_texts_and_no_others(void **state)
{
    (void)state;
    static struct match_case cases[] = {
        { { "/u/<name>" }, "/u/kim", "/u/<name> name=kim" },
        { { "/u/<name>" }, "/u/a%20b%2Fc", "/u/<name> name=a b/c" },
        { { "/u/<name>" }, "/u/%E2%82%AC", "/u/<name> name=\xE2\x82\xAC" },
        { { "/u/<name>" }, "/u/", "404" },
        { { "/u/<name>" }, "/u", "404" },
        { { "/u/<string:name>" }, "/u/a/b", "404" },
        { { "/u/<string(length=2):l>" }, "/u/de", "/u/<string(length=2):l> l=de" },
        { { "/u/<string(length=2):l>" }, "/u/d", "404" },
        { { "/u/<string(length=2):l>" }, "/u/deu", "404" },
        { { "/u/<string(length=2):l>" }, "/u/%C3%A9%C3%A9", "/u/<string(length=2):l> l=\xC3\xA9\xC3\xA9" },
        { { "/u/<string(minlength=2, maxlength=3):l>" }, "/u/a", "404" },
        { { "/u/<string(minlength=2, maxlength=3):l>" }, "/u/abcd", "404" },
        { { "/u/<string(minlength=2,maxlength=3):l>" }, "/u/abc", "/u/<string(minlength=2,maxlength=3):l> l=abc" },
        { { "/u/<int:id>" }, "/u/7", "/u/<int:id> id=7" },
        { { "/u/<int:id>" }, "/u/007", "/u/<int:id> id=007" },
        { { "/u/<int:id>" }, "/u/%31", "/u/<int:id> id=1" },
        { { "/u/<int:id>" }, "/u/-1", "404" },
        { { "/u/<int:id>" }, "/u/+1", "404" },
        { { "/u/<int:id>" }, "/u/1.5", "404" },
        { { "/u/<int:id>" }, "/u/x", "404" },
        { { "/u/<int:id>" }, "/u/1x", "404" },
        { { "/u/<int:id>" }, "/u/9223372036854775807", "/u/<int:id> id=9223372036854775807" },
        { { "/u/<int:id>" }, "/u/9223372036854775808", "404" },
        { { "/u/<int:id>" }, "/u/99999999999999999999999999", "404" },
        { { "/u/<int(signed=true):id>" }, "/u/-1", "/u/<int(signed=true):id> id=-1" },
        { { "/u/<int(signed=True):id>" },
          "/u/-9223372036854775808",
          "/u/<int(signed=True):id> id=-9223372036854775808" },
        { { "/u/<int(signed=true):id>" }, "/u/-9223372036854775809", "404" },
        { { "/u/<int(signed=true):id>" }, "/u/--1", "404" },
        { { "/u/<int(signed=true):id>" }, "/u/-", "404" },
        { { "/u/<int(min=-5,max=5,signed=true):n>" }, "/u/-5", "/u/<int(min=-5,max=5,signed=true):n> n=-5" },
        { { "/u/<int(min=-5,max=5,signed=true):n>" }, "/u/-6", "404" },
        { { "/u/<int(min = 3):n>" }, "/u/2", "404" },
        { { "/u/<int(min = 3):n>" }, "/u/3", "/u/<int(min = 3):n> n=3" },
        { { "/u/<int(fixed_digits=4):n>" }, "/u/0042", "/u/<int(fixed_digits=4):n> n=0042" },
        { { "/u/<int(fixed_digits=4):n>" }, "/u/42", "404" },
        { { "/u/<int(fixed_digits=4):n>" }, "/u/00042", "404" },
        { { "/u/<float:n>" }, "/u/1.5", "/u/<float:n> n=1.5" },
        { { "/u/<float:n>" }, "/u/1", "404" },
        { { "/u/<float:n>" }, "/u/1.", "404" },
        { { "/u/<float:n>" }, "/u/.5", "404" },
        { { "/u/<float:n>" }, "/u/1e5", "404" },
        { { "/u/<float:n>" }, "/u/-1.5", "404" },
        { { "/u/<float:n>" }, "/u/inf", "404" },
        { { "/u/<float(signed=true,min=-2.5):n>" }, "/u/-2.5", "/u/<float(signed=true,min=-2.5):n> n=-2.5" },
        { { "/u/<float(signed=true,min=-2.5):n>" }, "/u/-2.6", "404" },
        { { "/u/<float(max=1):n>" }, "/u/1.1", "404" },
        { { "/u/<any(a, b ,\"c,d\",'e)f'):k>" }, "/u/b", "/u/<any(a, b ,\"c,d\",'e)f'):k> k=b" },
        { { "/u/<any(a,\"c,d\"):k>" }, "/u/c,d", "/u/<any(a,\"c,d\"):k> k=c,d" },
        { { "/u/<any(a,'e)f'):k>" }, "/u/e)f", "/u/<any(a,'e)f'):k> k=e)f" },
        { { "/u/<any(a,b):k>" }, "/u/c", "404" },
        { { "/u/<any(a,b):k>" }, "/u/ab", "404" },
        { { "/u/<uuid:id>" },
          "/u/F81D4FAE-7dec-11d0-a765-00a0c91e6bf6",
          "/u/<uuid:id> id=F81D4FAE-7dec-11d0-a765-00a0c91e6bf6" },
        { { "/u/<uuid:id>" }, "/u/f81d4fae7dec11d0a76500a0c91e6bf6", "404" },
        { { "/u/<uuid:id>" }, "/u/f81d4fae-7dec-11d0-a765-00a0c91e6bfg", "404" },
        { { "/u/<path:p>" }, "/u/a", "/u/<path:p> p=a" },
        { { "/u/<path:p>" }, "/u/a/b/c", "/u/<path:p> p=a/b/c" },
        { { "/u/<path:p>" }, "/u/a%2Fb/c", "/u/<path:p> p=a/b/c" },
        { { "/u/<path:p>" }, "/u/a//b", "/u/<path:p> p=a//b" },
        { { "/u/<path:p>" }, "/u/a/b/", "/u/<path:p> p=a/b/" },
        { { "/u/<path:p>" }, "/u/", "404" },
        { { "/u/<path:p>" }, "/u", "404" },
        { { "/u/<path:p>" }, "/u/%2Fetc/passwd", "404" },
        { { "/<path:p>" }, "/", "404" },
        { { "/<path:p>/edit" }, "/a/b/edit", "/<path:p>/edit p=a/b" },
        { { "/<path:p>/edit" }, "/edit", "404" },
        { { "/<path:p>/edit" }, "/a/edit/b/edit", "/<path:p>/edit p=a/edit/b" },
        { { "/<path:p>/<int:n>/x" }, "/a/1/2/x", "/<path:p>/<int:n>/x p=a/1 n=2" },
        { { "/<a>/<int:b>/<path:c>" }, "/x/1/y/z", "/<a>/<int:b>/<path:c> a=x b=1 c=y/z" },
    };
    CHECK_CASES(cases);
}

static void a_segment_may_mix_static_text_and_variables(void **state)
{
    (void)state;
    static struct match_case cases[] = {
        { { "/page-<int:n>.html" }, "/page-12.html", "/page-<int:n>.html n=12" },
        { { "/page-<int:n>.html" }, "/page-.html", "404" },
        { { "/page-<int:n>.html" }, "/page-12.htm", "404" },
        { { "/page-<int:n>.html" }, "/Page-12.html", "404" },
        { { "/page-<int:n>.html" }, "/page-12.html.html", "404" },
        { { "/v<int:n>" }, "/v", "404" },
        { { "/<name>.<ext>" }, "/a.tar.gz", "/<name>.<ext> name=a.tar ext=gz" },
        { { "/<int:y>-<int:m>-<int:d>" }, "/2026-11-22", "/<int:y>-<int:m>-<int:d> y=2026 m=11 d=22" },
        { { "/<int:y>-<int:m>-<int:d>" }, "/2026-11", "404" },
        { { "/<a>-<b>", "/<c>" }, "/x-y", "/<a>-<b> a=x b=y" },
        { { "/<c>", "/<a>-<b>" }, "/x-y", "/<a>-<b> a=x b=y" },
        { { "/<c>", "/<a>-<b>" }, "/xy", "/<c> c=xy" },
        { { "/<c>", "/x<c>", "/xy<c>" }, "/xyz", "/xy<c> c=z" },
    };
    CHECK_CASES(cases);
}

static void the_most_telling_rule_wins_whatever_the_order_of_adding(void **state)
{
    (void)state;
    static struct match_case cases[] = {
        { { "/u/<name>", "/u/me" }, "/u/me", "/u/me" },
        { { "/u/me", "/u/<name>" }, "/u/me", "/u/me" },
        { { "/u/<name>", "/u/<int:id>" }, "/u/7", "/u/<int:id> id=7" },
        { { "/u/<int:id>", "/u/<name>" }, "/u/x", "/u/<name> name=x" },
        { { "/u/<name>", "/u/<float:n>" }, "/u/1.5", "/u/<float:n> n=1.5" },
        { { "/u/<path:p>", "/u/<name>" }, "/u/x", "/u/<name> name=x" },
        { { "/u/<path:p>", "/u/<name>" }, "/u/x/y", "/u/<path:p> p=x/y" },
        { { "/u/<path:p>", "/u/<uuid:id>" },
          "/u/f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
          "/u/<uuid:id> id=f81d4fae-7dec-11d0-a765-00a0c91e6bf6" },
        /* what is out of range goes on to the next rule */
        { { "/x/<int(max=5):a>", "/x/<b>" }, "/x/6", "/x/<b> b=6" },
        { { "/x/<int(max=5):a>", "/x/<int(min=10):b>" }, "/x/12", "/x/<int(min=10):b> b=12" },
        { { "/x/<int(max=5):a>", "/x/<int(min=10):b>" }, "/x/7", "404" },
        { { "/x/<int:a>", "/x/<b>" }, "/x/9223372036854775808", "/x/<b> b=9223372036854775808" },
        /* a branch that leads nowhere is left again */
        { { "/a/b/c", "/a/<x>/d" }, "/a/b/d", "/a/<x>/d x=b" },
        { { "/a/b/c", "/a/<x>/d", "/<path:p>" }, "/a/b/e", "/<path:p> p=a/b/e" },
        { { "/a/<int:x>/c", "/a/<x>/d" }, "/a/1/d", "/a/<x>/d x=1" },
        { { "/<a>/<b>/<c>/x", "/<path:p>/y" }, "/1/2/3/y", "/<path:p>/y p=1/2/3" },
        { { "/<path:p>", "/<path:p>/edit" }, "/a/edit", "/<path:p>/edit p=a" },
        { { "/w/<path:p>/edit", "/w/<path:p>/x/edit" }, "/w/a/x/edit", "/w/<path:p>/x/edit p=a" },
    };
    CHECK_CASES(cases);
}

static void slashes_lead_to_the_canonical_path(void **state)
{
    (void)state;
    static struct match_case cases[] = {
        { { "/s/" }, "/s/", "/s/" },
        { { "/s/" }, "/s", "308 /s/" },
        { { "/leaf" }, "/leaf/", "404" },
        { { "/s/<int:n>/" }, "/s/1", "308 /s/1/" },
        { { "/s/<int:n>/" }, "/s/x", "404" },
        { { "/s", "/s/" }, "/s", "/s" },
        { { "/s", "/s/" }, "/s/", "/s/" },
        { { "POST /s/" }, "/s", "404" },
        { { "POST /s/" }, "POST /s", "308 /s/" },
        { { "/s/" }, "HEAD /s", "308 /s/" },
        { { "/s/" }, "OPTIONS /s", "308 /s/" },
        { { "/p/<path:p>/" }, "/p/a/b", "308 /p/a/b/" },
        { { "/p/<path:p>/" }, "/p/a/b/", "/p/<path:p>/ p=a/b" },
        { { "/p/<path:p>/" }, "/p/a/b//", "308 /p/a/b/" },
        { { "/a/b" }, "/a//b", "308 /a/b" },
        { { "/a/b" }, "//a///b", "308 /a/b" },
        { { "/a/b/" }, "//a///b", "308 /a/b/" },
        { { "/a/b/" }, "/a/b//", "308 /a/b/" },
        { { "/" }, "//", "308 /" },
        { { "/a/b" }, "//a///c", "404" },
        { { "/a/b" }, "POST /a//b", "405 GET, HEAD, OPTIONS" },
        { { "/a/<n>" }, "/a//b%2F%2Fc", "308 /a/b%2F%2Fc" },
        /* nothing leads to another site */
        { { "/<n>/" }, "//evil.example", "308 /evil.example/" },
        { { "/<n>/" }, "/\\evil.example", "308 /%5Cevil.example/" },
        { { "/<n>/" }, "/\r\nX:y", "308 /%0D%0AX:y/" },
        { { "/<n>/" }, "/<b>\"", "308 /%3Cb%3E%22/" },
        { { "/<n>/" }, "/\xC3\xA9", "308 /%C3%A9/" },
        { { "/<n>/" }, "/%C3%A9", "308 /%C3%A9/" },
    };
    CHECK_CASES(cases);
}

static void methods_are_told_apart(void **state)
{
    (void)state;
    static struct match_case cases[] = {
        { { "/x" }, "HEAD /x", "/x" },
        { { "/x" }, "POST /x", "405 GET, HEAD, OPTIONS" },
        { { "POST /x" }, "HEAD /x", "405 POST, OPTIONS" },
        { { "/x", "POST PUT /x" }, "DELETE /x", "405 GET, HEAD, POST, PUT, OPTIONS" },
        { { "/x", "POST PUT /x" }, "PUT /x", "POST PUT /x" },
        { { "/x" }, "OPTIONS /x", "200 GET, HEAD, OPTIONS" },
        { { "/x", "DELETE PATCH /x" }, "OPTIONS /x", "200 GET, HEAD, PATCH, DELETE, OPTIONS" },
        { { "/x", "OPTIONS /x" }, "OPTIONS /x", "OPTIONS /x" },
        { { "/x" }, "OPTIONS /y", "404" },
        { { "/x" }, "BREW /x", "405 GET, HEAD, OPTIONS" },
        { { "/x" }, "get /x", "405 GET, HEAD, OPTIONS" },
        { { "/x" }, "BREW /y", "404" },
        /* the rules that match are joined, and one of another weight may take the method */
        { { "/u/<int:a>", "POST /u/<b>" }, "POST /u/1", "POST /u/<b> b=1" },
        { { "/u/<int:a>", "POST /u/<b>" }, "PUT /u/1", "405 GET, HEAD, POST, OPTIONS" },
        { { "/u/<int:a>", "POST /u/<b>" }, "PUT /u/x", "405 POST, OPTIONS" },
        { { "/u/<int:a>", "POST /u/<b>" }, "/u/x", "405 POST, OPTIONS" },
        { { "/u/me", "POST /u/<b>", "PUT /<path:p>" }, "OPTIONS /u/me", "200 GET, HEAD, POST, PUT, OPTIONS" },
    };
    CHECK_CASES(cases);
}

static void a_malformed_escape_is_no_path(void **state)
{
    (void)state;
    static struct match_case cases[] = {
        { { "/u/<n>" }, "/u/%", "400" },      { { "/u/<n>" }, "/u/%4", "400" },
        { { "/u/<n>" }, "/u/%zz", "400" },    { { "/u/<n>" }, "/u/%00", "400" },
        { { "/u/<n>" }, "/u/%FF", "400" },    { { "/u/<n>" }, "/u/\xFF", "400" },
        { { "/u/<n>" }, "/u/%C0%AF", "400" }, { { "/u/<path:p>" }, "/u/a/%g", "400" },
        { { "/u" }, "/nothing/%zz", "400" },  { { "/u/<n>/" }, "/u//%zz", "400" },
        { { "/u" }, "/%E2%82/%AC", "400" },   { { "/u" }, "POST /%", "400" },
    };
    CHECK_CASES(cases);
}

static void a_wrong_rule_is_refused_and_named(void **state)
{
    (void)state;
    static const struct {
        const char *methods, *rule, *problem;
    } cases[] = {
        { "GET", "/users/<in:id>",
          "route \"/users/<in:id>\": unknown converter \"in\" (known: any, float, int, path, string, uuid)" },
        { "GET", "users", "route \"users\": a rule starts with '/'" },
        { "GET", "", "route \"\": a rule starts with '/'" },
        { "GET", "/a//b", "route \"/a//b\": a rule has no doubled slashes" },
        { "GET", "/<a", NULL },
        { "GET", "/a>", NULL },
        { "GET", "/<>", NULL },
        { "GET", "/<1a>", NULL },
        { "GET", "/<a b>", NULL },
        { "GET", "/<a-b>", NULL },
        { "GET", "/<int:>", NULL },
        { "GET", "/<:a>", NULL },
        { "GET", "/<int(min=1:a>", NULL },
        { "GET", "/<int(min=1)a>", NULL },
        { "GET", "/<int(min=x):a>", NULL },
        { "GET", "/<int(min):a>", NULL },
        { "GET", "/<int(min=99999999999999999999):a>", NULL },
        { "GET", "/<int(length=3):a>",
          "route \"/<int(length=3):a>\": the converter int has no argument \"length\" (it has: min, max, fixed_digits, "
          "signed)" },
        { "GET", "/<uuid(min=3):a>",
          "route \"/<uuid(min=3):a>\": the converter uuid has no argument \"min\" (it has none)" },
        { "GET", "/<int(min=5,max=4):a>", "route \"/<int(min=5,max=4):a>\": min is larger than max" },
        { "GET", "/<string(minlength=5,maxlength=4):a>", NULL },
        { "GET", "/<string(length=0):a>", NULL },
        { "GET", "/<string(length=-1):a>", NULL },
        { "GET", "/<int(signed=perhaps):a>", NULL },
        { "GET", "/<any:a>", NULL },
        { "GET", "/<any():a>", NULL },
        { "GET", "/<a><b>", NULL },
        { "GET", "/<a>/<a>", NULL },
        { "GET", "/<path:a>/<path:b>", "route \"/<path:a>/<path:b>\": a rule has at most one path variable" },
        { "GET", "/x-<path:a>", "route \"/x-<path:a>\": a path variable is a whole segment" },
        { "GET", "/\xFF", NULL },
        { "GET", "/<a>/<b>/<c>/<d>/<e>/<f>/<g>/<h>/<i>/<j>/<k>/<l>/<m>/<n>/<o>/<p>/<q>", NULL },
        { "", "/x", NULL },
        { "GET,", NULL, NULL },
        { "get", "/x", NULL },
        { "FETCH", "/x", NULL },
        { "GET FETCH", "/x", NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (!cases[i].rule)
            continue;
        struct cf__router *router = cf__router_new();
        const char *problem = cf__router_add(router, cases[i].methods, cases[i].rule, "x", NULL);
        if (!problem)
            fail_msg("%s \"%s\" is taken for a rule", cases[i].methods, cases[i].rule);
        if (cases[i].problem)
            assert_string_equal(problem, cases[i].problem);
        if (!strstr(problem, cases[i].rule))
            fail_msg("the rule is not named: %s", problem);
        assert_null(cf__router_routes(router));
        cf__router_free(router);
    }
}

static void the_same_rule_twice_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *rules[2];
        const char *methods[2];
        bool refused;
    } cases[] = {
        { { "/x", "/x" }, { "GET", "GET" }, true },
        { { "/x", "/x" }, { "GET", "POST" }, false },
        { { "/x", "/x" }, { "GET POST", "POST" }, true },
        { { "/x", "/x/" }, { "GET", "GET" }, false },
        { { "/<a>", "/<b>" }, { "GET", "GET" }, true },
        { { "/<a>", "/<string:b>" }, { "GET", "GET" }, true },
        { { "/<int:a>", "/<float:a>" }, { "GET", "GET" }, false },
        { { "/<int(min=1,max=2):a>", "/<int(max=2, min=1):b>" }, { "GET", "GET" }, true },
        { { "/<int(min=1):a>", "/<int(min=2):a>" }, { "GET", "GET" }, false },
        { { "/<int(min=0):a>", "/<int:a>" }, { "GET", "GET" }, false },
        { { "/<any(a,b):a>", "/<any(a,c):a>" }, { "GET", "GET" }, false },
        { { "/<any(a,b):a>", "/<any(a,\"b\"):z>" }, { "GET", "GET" }, true },
        { { "/p-<a>", "/q-<a>" }, { "GET", "GET" }, false },
        { { "/p-<a>", "/p-<b>" }, { "GET", "GET" }, true },
        { { "/<a>.html", "/<a>.htm" }, { "GET", "GET" }, false },
        { { "/<a>/x", "/<b>/y" }, { "GET", "GET" }, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cf__router *router = cf__router_new();
        assert_null(cf__router_add(router, cases[i].methods[0], cases[i].rules[0], "first", NULL));
        const char *problem = cf__router_add(router, cases[i].methods[1], cases[i].rules[1], "second", NULL);
        if (!problem == cases[i].refused)
            fail_msg("%s and %s: %s", cases[i].rules[0], cases[i].rules[1], problem ? problem : "both are taken");
        cf__router_free(router);
    }
    struct cf__router *router = cf__router_new();
    cf__router_add(router, "GET", "/u/<int:a>", "show", NULL);
    assert_string_equal(cf__router_add(router, "GET POST", "/u/<int:b>", "other", NULL),
                        "route \"/u/<int:b>\": GET, HEAD is already answered by \"/u/<int:a>\" (show)");
    cf__router_free(router);
}

static void an_endpoint_belongs_to_one_handler(void **state)
{
    (void)state;
    int handlers[2];
    struct cf__router *router = cf__router_new();
    assert_null(cf__router_add(router, "GET", "/a", "show", &handlers[0]));
    assert_null(cf__router_add(router, "GET", "/b", "show", &handlers[0]));
    assert_non_null(strstr(cf__router_add(router, "GET", "/c", "show", &handlers[1]), "\"/c\""));
    const struct cf__route *route = cf__router_routes(router);
    assert_string_equal(route->rule, "/a");
    assert_string_equal(route->methods, "GET HEAD OPTIONS");
    assert_ptr_equal(route->target, &handlers[0]);
    assert_string_equal(route->next->rule, "/b");
    assert_null(route->next->next);
    cf__router_free(router);
}

/* ---- What a match costs ----------------------------------------------------------------------------------------- */

/* `count` sibling rules, each with a static and an int rule below, and looks at one of them. */
static unsigned visited_among(int count, const char *method, const char *path, enum cf__match_kind expected)
{
    struct cf__router *router = cf__router_new();
    for (int i = 0; i < count; i++) {
        char rule[64], name[64];
        snprintf(rule, sizeof rule, "/resource%d/list", i);
        snprintf(name, sizeof name, "list%d", i);
        assert_null(cf__router_add(router, "GET", rule, name, NULL));
        snprintf(rule, sizeof rule, "/resource%d/<int:id>", i);
        snprintf(name, sizeof name, "show%d", i);
        assert_null(cf__router_add(router, "GET", rule, name, NULL));
    }
    struct cf__match match;
    cf__router_match(router, cf__current(), method, path, &match);
    assert_int_equal(match.kind, expected);
    cf__router_free(router);
    return match.visited;
}

static void check_costs(void *argument)
{
    (void)argument;
    static const struct {
        const char *method, *path;
        enum cf__match_kind kind;
    } cases[] = {
        { "GET", "/resource7/list", CF__MATCH_ROUTE },    { "GET", "/resource7/42", CF__MATCH_ROUTE },
        { "GET", "/resource7/nothing", CF__MATCH_NONE },  { "GET", "/nothing", CF__MATCH_NONE },
        { "POST", "/resource7/42", CF__MATCH_NO_METHOD }, { "OPTIONS", "/resource7/42", CF__MATCH_OPTIONS },
        { "GET", "//resource7//42", CF__MATCH_REDIRECT },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned few = visited_among(10, cases[i].method, cases[i].path, cases[i].kind);
        unsigned many = visited_among(1000, cases[i].method, cases[i].path, cases[i].kind);
        assert_int_equal(few, many);
        assert_true(many <= 8);
    }
}

static void a_match_costs_the_same_among_ten_and_a_thousand_rules(void **state)
{
    (void)state;
    in_fiber(check_costs, NULL);
}

static void check_no_allocation(void *argument)
{
    (void)argument;
    struct cf__router *router = make_router((const char *const[MOST_RULES]){ "/users/all", "/users/<int:id>" });
    struct cf__context context;
    struct cf__match match;
    cf__context_init(&context);
    cf__router_match(router, &context, "GET", "/users/all", &match);
    assert_int_equal(match.kind, CF__MATCH_ROUTE);
    assert_int_equal(context.arena.size, 0);
    cf__router_match(router, &context, "GET", "/users/7", &match);
    assert_true(context.arena.size > 0); /* the value */
    cf__context_dispose(&context);
    cf__router_free(router);
}

static void a_static_match_takes_no_memory(void **state)
{
    (void)state;
    in_fiber(check_no_allocation, NULL);
}

/* Many slashes, many escapes, and patterns that could make a careless matcher try very many ways. */
static void check_long_paths(void *argument)
{
    (void)argument;
    struct cf__router *router = make_router((const char *const[MOST_RULES]){
        "/<path:p>/x/y", "/<a>/<b>/<c>/<d>", "/<path:p>/<int:n>", "/<a>-<b>-<c>-<d>-<e>", "/<path:p>/<q>/z" });
    static const char *const units[] = { "/", "/a", "/x", "/x/y", "/1", "-", "a-", "/%41", "%2F", "/-" };
    char path[8192];
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        struct cf__context context;
        struct cf__match match;
        size_t size = strlen(units[i]), at = 1;
        path[0] = '/';
        for (; at + size < sizeof path; at += size)
            memcpy(path + at, units[i], size);
        path[at] = '\0';
        cf__context_init(&context);
        cf__router_match(router, &context, "DELETE", path, &match);
        assert_true(match.visited < 40000);
        assert_true(context.arena.size < 1 << 20);
        cf__context_dispose(&context);
    }
    cf__router_free(router);
}

static void a_long_path_costs_what_it_is_long(void **state)
{
    (void)state;
    in_fiber(check_long_paths, NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_static_rule_matches_its_path_only),
        cmocka_unit_test(each_converter_takes_its_texts_and_no_others),
        cmocka_unit_test(a_segment_may_mix_static_text_and_variables),
        cmocka_unit_test(the_most_telling_rule_wins_whatever_the_order_of_adding),
        cmocka_unit_test(slashes_lead_to_the_canonical_path),
        cmocka_unit_test(methods_are_told_apart),
        cmocka_unit_test(a_malformed_escape_is_no_path),
        cmocka_unit_test(a_wrong_rule_is_refused_and_named),
        cmocka_unit_test(the_same_rule_twice_is_refused),
        cmocka_unit_test(an_endpoint_belongs_to_one_handler),
        cmocka_unit_test(a_match_costs_the_same_among_ten_and_a_thousand_rules),
        cmocka_unit_test(a_static_match_takes_no_memory),
        cmocka_unit_test(a_long_path_costs_what_it_is_long),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}
