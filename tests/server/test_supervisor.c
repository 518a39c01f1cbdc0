/* SPDX-License-Identifier: MIT
 *
 * The supervisor: processes that die, are replaced and stop, seen from the clients' side. Each test has a supervisor
 * in a process of its own, whose log goes to a file. The test process adopts orphans, so that it sees workers end
 * that lost their supervisor.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../src/base/clock.h"
#include "../../src/web/server/sockets.h"
#include "client.h"
#include "service.h"

enum { SECOND = 1000000, PATIENCE = 15 * SECOND };

struct fixture {
    pid_t pid;
    int port;
    char url[160], log[64];
    struct shared *shared;
};

/* ---- The supervisor's process ----------------------------------------------------------------------------------- */

struct application {
    struct service_state state;
    int report; /* the URL goes there */
    bool start_fails;
};

static void report_url(void *self, const char *url)
{
    const struct application *application = self;
    (void)!write(application->report, url, strlen(url));
    close(application->report);
}

static void start_application(void *self)
{
    struct application *application = self;
    struct shared *shared = application->state.shared;
    __atomic_add_fetch(&shared->starts, 1, __ATOMIC_SEQ_CST);
    if (application->start_fails)
        cf_raise(CF_UNAVAILABLE, "no database today");
    if (__atomic_load_n(&shared->crash_next, __ATOMIC_SEQ_CST) > 0) {
        __atomic_sub_fetch(&shared->crash_next, 1, __ATOMIC_SEQ_CST);
        kill(getpid(), SIGKILL);
    }
}

static void stop_application(void *self)
{
    struct application *application = self;
    __atomic_add_fetch(&application->state.shared->stops, 1, __ATOMIC_SEQ_CST);
}

struct wish {
    const char *host, *watch;
    char **arguments;
    int workers;
    double drain;
    bool start_fails;
};

static int supervise(const struct wish *wish, struct shared *shared, int report)
{
    struct application application = { .report = report, .start_fails = wish->start_fails };
    application.state = (struct service_state){ .shared = shared, .spare_listener = -1 };
    struct cf__supervisor_options options = {
        .host = wish->host ? wish->host : "127.0.0.1",
        .workers = wish->workers ? wish->workers : 1,
        .drain = wish->drain > 0 ? wish->drain : 10,
        .watch = wish->watch,
        .arguments = wish->arguments,
        .listening = report_url,
        .start = start_application,
        .stop = stop_application,
        .self = &application,
        .service = test_service(&application.state),
    };
    return cf__supervise(&options);
}

static void read_url(struct fixture *fixture, int report)
{
    ssize_t size = read(report, fixture->url, sizeof(fixture->url) - 1);
    fixture->url[size > 0 ? size : 0] = '\0';
    const char *colon = strrchr(fixture->url, ':');
    fixture->port = colon ? atoi(colon + 1) : 0;
    close(report);
}

static void redirect_log(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(fd, STDERR_FILENO);
    close(fd);
}

static void name_log(struct fixture *fixture)
{
    snprintf(fixture->log, sizeof(fixture->log), "%s", "/tmp/carafe-supervisor-XXXXXX");
    close(mkstemp(fixture->log));
}

static struct fixture start_with(const struct wish *wish)
{
    struct fixture fixture = { .shared = share() };
    int report[2];
    name_log(&fixture);
    if (pipe2(report, O_CLOEXEC) != 0)
        abort();
    fflush(NULL);
    fixture.pid = fork();
    if (fixture.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(report[0]);
        redirect_log(fixture.log);
        exit(supervise(wish, fixture.shared, report[1]));
    }
    close(report[1]);
    read_url(&fixture, report[0]);
    return fixture;
}

static struct fixture start(int workers)
{
    return start_with(&(struct wish){ .workers = workers });
}

static int wait_for_end(const struct fixture *fixture)
{
    int status = -1;
    assert_int_equal(waitpid(fixture->pid, &status, 0), fixture->pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool logged(const struct fixture *fixture, const char *text)
{
    static char log[65536];
    int fd = open(fixture->log, O_RDONLY | O_CLOEXEC);
    ssize_t size = read(fd, log, sizeof(log) - 1);
    close(fd);
    log[size > 0 ? size : 0] = '\0';
    return strstr(log, text) != NULL;
}

static void show_log(const struct fixture *fixture)
{
    logged(fixture, "");
    print_error("the log is in %s\n", fixture->log);
}

static void stop(struct fixture *fixture)
{
    kill(fixture->pid, SIGTERM);
    int status = wait_for_end(fixture);
    if (status != 0 || logged(fixture, "Sanitizer"))
        show_log(fixture);
    assert_int_equal(status, 0);
    assert_false(logged(fixture, "Sanitizer"));
    unlink(fixture->log);
}

/* ---- Looking at it ---------------------------------------------------------------------------------------------- */

/* The pid of the worker that answers, or 0. */
static pid_t ask_pid(const struct fixture *fixture)
{
    char body[32];
    return get(fixture->port, "/pid", body, sizeof(body)) == 200 ? atoi(body) : 0;
}

/* The pids of `count` different workers, asked until all have answered. */
static void ask_pids(const struct fixture *fixture, pid_t *pids, int count)
{
    int64_t until = cf__monotonic() + PATIENCE;
    int known = 0;
    while (known < count && cf__monotonic() < until) {
        pid_t pid = ask_pid(fixture);
        bool is_new = pid > 0;
        for (int i = 0; i < known; i++)
            is_new = is_new && pids[i] != pid;
        if (is_new)
            pids[known++] = pid;
    }
    assert_int_equal(known, count);
}

static void wait_until_logged(const struct fixture *fixture, const char *text)
{
    int64_t until = cf__monotonic() + PATIENCE;
    while (!logged(fixture, text) && cf__monotonic() < until)
        usleep(5000);
    assert_true(logged(fixture, text));
}

/* ---- Tests ------------------------------------------------------------------------------------------------------ */

static void serves_and_ends_on_SIGTERM(void **state)
{
    (void)state;
    struct fixture fixture = start(2);
    char expected[64];
    snprintf(expected, sizeof(expected), "http://127.0.0.1:%d", fixture.port);
    assert_string_equal(fixture.url, expected);
    pid_t pids[2];
    ask_pids(&fixture, pids, 2);
    assert_int_not_equal(pids[0], fixture.pid);
    assert_int_equal(crowd_get(fixture.port, 64, 3), 192);
    stop(&fixture);
    assert_int_equal(fixture.shared->starts, 2);
    assert_int_equal(fixture.shared->stops, 2);
    struct client late = client_open(fixture.port);
    assert_int_equal(late.fd, -1);
}

static void finishes_a_running_request_on_SIGTERM(void **state)
{
    (void)state;
    struct fixture fixture = start(1);
    struct client client = client_open(fixture.port);
    client_say(&client, "GET /sleep HTTP/1.1\r\nHost: localhost\r\n\r\n");
    usleep(50000);
    kill(fixture.pid, SIGTERM);
    struct reply reply = client_read(&client, false);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.body, "slept");
    reply_free(&reply);
    client_close(&client);
    assert_int_equal(wait_for_end(&fixture), 0);
    unlink(fixture.log);
}

static void cancels_what_outlasts_the_drain_time(void **state)
{
    (void)state;
    struct fixture fixture = start_with(&(struct wish){ .workers = 1, .drain = 0.2 });
    struct client client = client_open(fixture.port);
    client_say(&client, "GET /sleep_long HTTP/1.1\r\nHost: localhost\r\n\r\n");
    usleep(50000);
    kill(fixture.pid, SIGTERM);
    assert_int_equal(wait_for_end(&fixture), 0);
    assert_int_equal(fixture.shared->released, 1);
    assert_int_equal(fixture.shared->stops, 1);
    client_close(&client);
    unlink(fixture.log);
}

/* Requests on new connections until told to stop, in a process of its own. */
static pid_t start_load(int port)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            get(port, "/hello", NULL, 0);
    }
    return pid;
}

static void end_load(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void replaces_a_killed_worker_under_load(void **state)
{
    (void)state;
    for (int workers = 1; workers <= 2; workers++) {
        struct fixture fixture = start(workers);
        pid_t load = start_load(fixture.port);
        pid_t killed = ask_pid(&fixture);
        assert_true(killed > 0);
        kill(killed, SIGKILL);
        wait_until_logged(&fixture, "was killed by signal 9"); /* connections it had accepted are lost, no later ones */
        for (int i = 0; i < 50; i++) {
            pid_t pid = ask_pid(&fixture);
            assert_true(pid > 0);
            assert_int_not_equal(pid, killed);
        }
        end_load(load);
        pid_t pids[2];
        ask_pids(&fixture, pids, workers);
        stop(&fixture);
        assert_int_equal(fixture.shared->starts, workers + 1);
    }
}

static void lets_a_sibling_serve_while_a_slot_backs_off(void **state)
{
    (void)state;
    struct fixture fixture = start(2);
    pid_t pids[2];
    ask_pids(&fixture, pids, 2);
    __atomic_store_n(&fixture.shared->crash_next, 4, __ATOMIC_SEQ_CST);
    kill(pids[0], SIGKILL);
    wait_until_logged(&fixture, "starts in 0.1 s");
    for (int i = 0; i < 64; i++) /* half of them come to the socket of the missing worker */
        assert_int_equal(ask_pid(&fixture), pids[1]);
    wait_until_logged(&fixture, "starts in 0.4 s");
    pid_t again[2];
    ask_pids(&fixture, again, 2);
    assert_int_equal(fixture.shared->crash_next, 0);
    stop(&fixture);
}

static void ends_when_the_first_start_fails(void **state)
{
    (void)state;
    struct fixture fixture = start_with(&(struct wish){ .workers = 2, .start_fails = true });
    assert_int_equal(wait_for_end(&fixture), 1);
    assert_true(logged(&fixture, "no database today"));
    unlink(fixture.log);
}

struct replacement {
    struct fixture *fixture;
    pid_t before[2], after[2];
    size_t answers;
    bool asked, replaced;
};

static void note_pid(struct replacement *replacement, pid_t pid)
{
    if (pid == replacement->before[0] || pid == replacement->before[1])
        return;
    if (!replacement->after[0])
        replacement->after[0] = pid;
    else if (replacement->after[0] != pid)
        replacement->after[1] = pid;
}

static void ask_for_replacement(void *data, const char *body)
{
    struct replacement *replacement = data;
    (void)body;
    if (++replacement->answers == 500)
        kill(replacement->fixture->pid, SIGHUP);
}

static void replaces_workers_on_SIGHUP_without_losing_a_connection(void **state)
{
    (void)state;
    struct fixture fixture = start(2);
    struct replacement replacement = { .fixture = &fixture };
    ask_pids(&fixture, replacement.before, 2);
    assert_int_equal(crowd_get_once(fixture.port, 256, 6000, ask_for_replacement, &replacement), 0);
    for (int64_t until = cf__monotonic() + PATIENCE; !replacement.after[1] && cf__monotonic() < until;)
        note_pid(&replacement, ask_pid(&fixture));
    assert_int_not_equal(replacement.after[0], 0);
    assert_int_not_equal(replacement.after[1], 0);
    stop(&fixture);
    assert_int_equal(fixture.shared->starts, 4);
    assert_int_equal(fixture.shared->stops, 4);
}

static void keeps_the_workers_when_a_replacement_does_not_start(void **state)
{
    (void)state;
    struct fixture fixture = start(2);
    pid_t before[2], after[2];
    ask_pids(&fixture, before, 2);
    __atomic_store_n(&fixture.shared->crash_next, 1, __ATOMIC_SEQ_CST);
    kill(fixture.pid, SIGHUP);
    wait_until_logged(&fixture, "the running workers stay");
    ask_pids(&fixture, after, 2);
    assert_true(after[0] == before[0] || after[0] == before[1]);
    assert_true(after[1] == before[0] || after[1] == before[1]);
    stop(&fixture);
}

static void says_who_has_the_port(void **state)
{
    (void)state;
    struct fixture fixture = start(2);
    struct cf__sockets sockets;
    char expected[128];
    assert_false(cf__sockets_open(&sockets, "127.0.0.1", fixture.port, 2));
    snprintf(expected, sizeof(expected), "port %d is in use by pid %d (", fixture.port, (int)fixture.pid);
    assert_memory_equal(sockets.problem, expected, strlen(expected));
    assert_false(cf__sockets_open(&sockets, "0.0.0.0", fixture.port, 1));
    cf__sockets_close(&sockets);
    stop(&fixture);
}

static void explains_an_address_that_cannot_be_had(void **state)
{
    (void)state;
    struct cf__sockets sockets;
    assert_false(cf__sockets_open(&sockets, "192.0.2.1", 0, 1)); /* an address of nobody's (RFC 5737) */
    assert_non_null(strstr(sockets.problem, "192.0.2.1"));
    assert_false(cf__sockets_open(&sockets, "127.0.0.1", 65536, 1));
    assert_false(cf__sockets_open(&sockets, "no such host", 0, 1));
    assert_false(cf__sockets_open(&sockets, "unix:", 0, 1));
}

static void opens_sockets_of_every_kind(void **state)
{
    (void)state;
    struct cf__sockets sockets, again;
    assert_true(cf__sockets_open(&sockets, "127.0.0.1", 0, 3));
    assert_int_equal(sockets.count, 3);
    assert_memory_equal(sockets.url, "http://127.0.0.1:", 17);
    cf__sockets_close(&sockets);
    if (cf__sockets_open(&sockets, "::1", 0, 1)) { /* where the machine has IPv6 */
        assert_memory_equal(sockets.url, "http://[::1]:", 13);
        cf__sockets_close(&sockets);
    }
    char host[64] = "unix:/tmp/carafe-socket-XXXXXX";
    close(mkstemp(host + 5));
    unlink(host + 5);
    assert_true(cf__sockets_open(&sockets, host, 0, 2));
    assert_int_equal(sockets.count, 2);
    assert_false(cf__sockets_open(&again, host, 0, 1));
    close(sockets.descriptors[0]);
    close(sockets.descriptors[1]); /* as if the server had been killed: the file stays */
    assert_true(cf__sockets_open(&again, host, 0, 1));
    cf__sockets_close(&again);
    assert_int_equal(access(host + 5, F_OK), -1);
}

static void leaves_no_worker_behind_when_killed(void **state)
{
    (void)state;
    struct fixture fixture = start(1);
    pid_t worker = ask_pid(&fixture);
    assert_true(worker > 0);
    kill(fixture.pid, SIGKILL);
    assert_int_equal(wait_for_end(&fixture), -1);
    assert_int_equal(waitpid(worker, NULL, 0), worker); /* an orphan comes to this process */
    unlink(fixture.log);
}

/* ---- A program that changes ------------------------------------------------------------------------------------- */

static void copy_program(const char *to)
{
    char command[256];
    snprintf(command, sizeof(command), "cp /proc/%d/exe %s.new && mv %s.new %s", (int)getpid(), to, to, to);
    assert_int_equal(system(command), 0);
}

static struct fixture start_program(const char *program)
{
    struct fixture fixture = { .shared = NULL };
    int report[2];
    name_log(&fixture);
    assert_int_equal(pipe2(report, O_CLOEXEC), 0);
    fflush(NULL);
    fixture.pid = fork();
    if (fixture.pid == 0) {
        char descriptor[16];
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        redirect_log(fixture.log);
        fcntl(report[1], F_SETFD, 0);
        snprintf(descriptor, sizeof(descriptor), "%d", report[1]);
        execl(program, program, "--supervise", program, descriptor, (char *)NULL);
        _exit(71);
    }
    close(report[1]);
    read_url(&fixture, report[0]);
    return fixture;
}

static void starts_a_changed_program_on_the_same_sockets(void **state)
{
    (void)state;
    char program[] = "/tmp/carafe-program-XXXXXX";
    close(mkstemp(program));
    copy_program(program);
    assert_int_equal(chmod(program, 0700), 0);
    struct fixture fixture = start_program(program);
    pid_t before = ask_pid(&fixture), after = before;
    assert_true(before > 0);
    copy_program(program);
    for (int64_t until = cf__monotonic() + PATIENCE; after == before && cf__monotonic() < until;) {
        after = ask_pid(&fixture);
        assert_true(after > 0); /* at no moment is a connection refused */
    }
    assert_int_not_equal(after, before);
    assert_true(logged(&fixture, "has changed"));
    unlink(program);
    stop(&fixture);
}

static int supervise_as_program(char **arguments)
{
    struct wish wish = { .workers = 1, .watch = arguments[2], .arguments = arguments };
    int report = atoi(arguments[3]);
    if (fcntl(report, F_GETFD) < 0)
        report = open("/dev/null", O_WRONLY | O_CLOEXEC); /* started anew: the URL is known already */
    return supervise(&wish, share(), report);
}

int main(int count, char **arguments)
{
    if (count == 4 && strcmp(arguments[1], "--supervise") == 0)
        return supervise_as_program(arguments);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serves_and_ends_on_SIGTERM),
        cmocka_unit_test(finishes_a_running_request_on_SIGTERM),
        cmocka_unit_test(cancels_what_outlasts_the_drain_time),
        cmocka_unit_test(replaces_a_killed_worker_under_load),
        cmocka_unit_test(lets_a_sibling_serve_while_a_slot_backs_off),
        cmocka_unit_test(ends_when_the_first_start_fails),
        cmocka_unit_test(replaces_workers_on_SIGHUP_without_losing_a_connection),
        cmocka_unit_test(keeps_the_workers_when_a_replacement_does_not_start),
        cmocka_unit_test(says_who_has_the_port),
        cmocka_unit_test(explains_an_address_that_cannot_be_had),
        cmocka_unit_test(opens_sockets_of_every_kind),
        cmocka_unit_test(leaves_no_worker_behind_when_killed),
        cmocka_unit_test(starts_a_changed_program_on_the_same_sockets),
    };
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
