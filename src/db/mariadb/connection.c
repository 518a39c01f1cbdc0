/* SPDX-License-Identifier: MIT
 *
 * A connection from its opening to its end, and how its calls wait. Hosts are tried in the order of the URI; one that
 * cannot be reached, or, where there are several, cannot be written, is passed over. Names are looked up on another thread,
 * because the library would hold the loop for it.
 *
 * The socket is watched for the connection's whole life, so that a call costs no system call but its own. Something to
 * read while nobody waits means that the server has closed the connection.
 */
#include "mariadb.h"

#include <arpa/inet.h>
#include <errmsg.h>
#include <mysqld_error.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <carafe/memory.h>
#include <carafe/wait.h>

#include "../../base/buffer.h"
#include "../../base/clock.h"
#include "../../text/number.h"

enum {
    DEFAULT_PORT = 3306,
    SECOND = 1000000,
    CONNECT_TIMEOUT = 10 * SECOND,
    FIRM_PATIENCE = 5 * SECOND, /* for a rollback to come through */
    ROW_LOCK_PATIENCE = 5,      /* seconds to wait for a row somebody else has locked */
    TABLE_LOCK_PATIENCE = 30,   /* and for a table whose schema somebody changes */
    OLDEST_VERSION = 100600,
    LIBRARY_STACK = 256 * 1024, /* what the library runs on between start and end of a call: TLS needs some */
};

/* ---- Waiting ---------------------------------------------------------------------------------------------------- */

static void on_events(void *connection_, int events)
{
    struct cf_connection *connection = connection_;
    connection->ready |= events;
    if (connection->waiting) {
        cf__fiber_wake(connection->waiting);
        return;
    }
    connection->stale = true;
    connection->events = 0;
    cf__watch_change(connection->watch, 0);
}

static void unwatch(struct cf_connection *connection)
{
    cf__watch_stop(connection->watch);
    connection->watch = NULL;
}

static void watch(struct cf_connection *connection, int events)
{
    int descriptor = (int)mysql_get_socket(connection->handle);
    if (connection->watch && connection->descriptor != descriptor)
        unwatch(connection);
    if (!connection->watch) {
        connection->watch = cf__watch_start(descriptor, events, on_events, connection);
        if (!connection->watch)
            cf_raise(CF_NO_MEMORY, "no memory for a database connection");
        connection->descriptor = descriptor;
    } else if (connection->events != events) {
        cf__watch_change(connection->watch, events);
    }
    connection->events = events;
}

/* Before the deadline the fiber is woken by on_events; a wake that was for something else is waited past. */
static void park(void *connection_)
{
    struct cf_connection *connection = connection_;
    connection->waiting = cf__fiber_current();
    while (!connection->ready) {
        if (!connection->firm)
            cf__fiber_park("waiting for the database", connection->deadline);
        else if (!cf__fiber_park_firmly("waiting for the database", cf__monotonic() + FIRM_PATIENCE))
            cf_raise(CF_TIMEOUT, "timed out: waiting for the database");
    }
}

struct wait {
    struct cf_connection *connection;
    int events;
};

static void watch_and_park(void *wait_)
{
    const struct wait *wait = wait_;
    watch(wait->connection, wait->events);
    park(wait->connection);
}

int cf__mariadb_wait(struct cf_connection *connection, int wanted)
{
    struct wait wait = { connection, (wanted & MYSQL_WAIT_READ ? CF__READABLE : 0) |
                                         (wanted & MYSQL_WAIT_WRITE ? CF__WRITABLE : 0) };
    connection->ready = 0;
    bool parked = !connection->interrupted && cf__protect(cf__current(), watch_and_park, &wait);
    connection->waiting = NULL;
    if (!parked) {
        connection->interrupted = true;
        shutdown((int)mysql_get_socket(connection->handle), SHUT_RDWR);
        return MYSQL_WAIT_TIMEOUT;
    }
    if (connection->events & CF__WRITABLE) /* what is writable is so all the time */
        watch(connection, CF__READABLE);
    return (connection->ready & CF__READABLE ? MYSQL_WAIT_READ : 0) |
           (connection->ready & CF__WRITABLE ? MYSQL_WAIT_WRITE : 0);
}

void cf__mariadb_settle(struct cf_connection *connection)
{
    if (!connection->interrupted)
        return;
    connection->interrupted = false;
    cf__mariadb_drop(connection);
    if (!connection->firm)
        cf__raise(&cf__current()->record.error);
}

void cf__mariadb_need(const struct cf_connection *connection)
{
    if (!connection->handle)
        cf_raise(CF_UNAVAILABLE, "the connection to the database at %s was lost", connection->name);
}

/* ---- Statements of our own -------------------------------------------------------------------------------------- */

void cf__mariadb_execute(struct cf_connection *connection, const char *sql)
{
    int failed;
    cf__mariadb_need(connection);
    CF__MARIADB_RUN(connection, failed, mysql_real_query, connection->handle, sql, strlen(sql));
    if (failed)
        cf__mariadb_raise(connection, NULL, sql);
}

static void free_result(void *result)
{
    mysql_free_result(result);
}

MYSQL_RES *cf__mariadb_ask(struct cf_connection *connection, cf_context *context, const char *sql)
{
    MYSQL_RES *result = NULL;
    cf__mariadb_execute(connection, sql);
    CF__MARIADB_RUN(connection, result, mysql_store_result, connection->handle);
    if (!result)
        cf__mariadb_raise(connection, NULL, sql);
    cf_defer_(context, free_result, result);
    return result;
}

/* ---- Options of a URI ------------------------------------------------------------------------------------------- */

/* What the options after '?' ask for. */
struct wishes {
    const char *unix_socket;
    int64_t connect_timeout, lock_wait_timeout, innodb_lock_wait_timeout; /* seconds; 0: ours */
    bool ssl, ssl_verify, compress;
    const char *ssl_ca, *ssl_capath, *ssl_cert, *ssl_key, *ssl_cipher;
    const char *charset; /* there is one only */
};

enum wish_kind { TEXT, SECONDS, TRUTH };
static const struct wish {
    const char *name;
    enum wish_kind kind;
    size_t offset;
} wish_table[] = {
    { "charset", TEXT, offsetof(struct wishes, charset) },
    { "compress", TRUTH, offsetof(struct wishes, compress) },
    { "connect_timeout", SECONDS, offsetof(struct wishes, connect_timeout) },
    { "innodb_lock_wait_timeout", SECONDS, offsetof(struct wishes, innodb_lock_wait_timeout) },
    { "lock_wait_timeout", SECONDS, offsetof(struct wishes, lock_wait_timeout) },
    { "ssl", TRUTH, offsetof(struct wishes, ssl) },
    { "ssl_ca", TEXT, offsetof(struct wishes, ssl_ca) },
    { "ssl_capath", TEXT, offsetof(struct wishes, ssl_capath) },
    { "ssl_cert", TEXT, offsetof(struct wishes, ssl_cert) },
    { "ssl_cipher", TEXT, offsetof(struct wishes, ssl_cipher) },
    { "ssl_key", TEXT, offsetof(struct wishes, ssl_key) },
    { "ssl_verify", TRUTH, offsetof(struct wishes, ssl_verify) },
    { "unix_socket", TEXT, offsetof(struct wishes, unix_socket) },
};
enum { WISHES = sizeof wish_table / sizeof wish_table[0] };

static _Noreturn void refuse_option(const struct cf_uri *uri, const char *name)
{
    struct cf__buffer known = cf__buffer_new(cf__current(), CF__CAP_SQL, "the list of options");
    for (size_t i = 0; i < WISHES; i++)
        cf__buffer_format(&known, "%s%s", i ? ", " : "", wish_table[i].name);
    cf_raise(CF_INTERNAL, "database URI \"%s\": unknown option \"%s\" (known: %s)", uri->masked, name,
             cf__buffer_text(&known));
}

static void read_option(const struct cf_uri *uri, const struct cf_uri_option *option, struct wishes *wishes)
{
    const struct wish *wish = wish_table;
    while (wish < wish_table + WISHES && strcmp(wish->name, option->name) != 0)
        wish++;
    if (wish == wish_table + WISHES)
        refuse_option(uri, option->name);
    void *place = (char *)wishes + wish->offset;
    if (wish->kind == TEXT)
        *(const char **)place = option->value;
    else if (wish->kind == SECONDS) {
        int64_t *seconds = place;
        if (!cf__parse_integer(option->value, seconds) || *seconds < 1 || *seconds > 31536000)
            cf_raise(CF_INTERNAL, "database URI \"%s\": %s is a number of seconds, at least 1", uri->masked,
                     wish->name);
    } else if (!cf__parse_boolean(option->value, place))
        cf_raise(CF_INTERNAL, "database URI \"%s\": %s is true or false", uri->masked, wish->name);
}

static struct wishes read_options(const struct cf_uri *uri)
{
    struct wishes wishes = { .lock_wait_timeout = TABLE_LOCK_PATIENCE, .innodb_lock_wait_timeout = ROW_LOCK_PATIENCE };
    for (size_t i = 0; i < uri->option_count; i++)
        read_option(uri, &uri->options[i], &wishes);
    if (wishes.charset && strcmp(wishes.charset, "utf8mb4") != 0)
        cf_raise(CF_INTERNAL, "database URI \"%s\": charset is utf8mb4 always", uri->masked);
    return wishes;
}

/* ---- Hosts ------------------------------------------------------------------------------------------------------ */

/* Where to connect: a unix socket, or an address and a port. */
struct place {
    const char *name; /* for messages */
    const char *socket, *address;
    unsigned port;
};

/* A name's addresses, found on another thread. */
struct look_up {
    const char *name;
    struct addrinfo *found;
    int problem;
};

static void look_up(void *look_up_)
{
    struct look_up *look_up = look_up_;
    static const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
    look_up->problem = getaddrinfo(look_up->name, NULL, &hints, &look_up->found);
}

static void free_addresses(void *found)
{
    freeaddrinfo(found);
}

struct places {
    struct place *items;
    size_t count;
};

static struct place *add_place(struct places *places, const struct cf_uri_host *host, const char *address)
{
    cf_context *context = &cf__current()->head;
    struct place *grown = cf_alloc(context, (places->count + 1) * sizeof *grown);
    if (places->count)
        memcpy(grown, places->items, places->count * sizeof *grown);
    places->items = grown;
    struct place *place = &grown[places->count++];
    place->port = host->port ? (unsigned)host->port : DEFAULT_PORT;
    place->address = address;
    place->name = cf_format(context, address && strchr(address, ':') ? "[%s]:%u" : "%s:%u", host->name, place->port);
    return place;
}

static bool is_address(const char *name)
{
    unsigned char address[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
}

/* False where the name is not known. */
static bool add_named(struct places *places, const struct cf_uri_host *host)
{
    cf_context *context = &cf__current()->head;
    struct look_up *search = cf_alloc(context, sizeof *search);
    search->name = host->name;
    cf_blocking(context, look_up, search);
    if (search->problem)
        return false;
    cf_defer(context, free_addresses, search->found);
    for (const struct addrinfo *at = search->found; at; at = at->ai_next) {
        char address[NI_MAXHOST];
        if (getnameinfo(at->ai_addr, at->ai_addrlen, address, sizeof address, NULL, 0, NI_NUMERICHOST) == 0)
            add_place(places, host, cf_copy(context, address))->name =
                cf_format(context, "%s:%u", host->name, host->port ? (unsigned)host->port : DEFAULT_PORT);
    }
    return true;
}

static void add_socket(struct places *places, const char *path)
{
    cf_context *context = &cf__current()->head;
    static const struct cf_uri_host nobody = { .name = "" };
    struct stat status;
    bool is_directory = path && stat(path, &status) == 0 && S_ISDIR(status.st_mode);
    struct place *place = add_place(places, &nobody, NULL);
    place->socket = is_directory ? cf_format(context, "%s/mysqld.sock", path) : path;
    place->name = path ? place->socket : "the local socket";
}

/* ---- Opening one ------------------------------------------------------------------------------------------------ */

/* What one attempt came to. */
struct attempt {
    const struct cf_uri *uri;
    const struct cf_open_options *options;
    const struct wishes *wishes;
    const struct place *place;
    struct cf_connection *connection;
    unsigned number; /* of the error where there was one */
    const char *message;
};

/* utf8mb4_nopad_bin compares byte by byte, as the other databases do. */
static char *set_up_sql(const struct cf_open_options *options, const struct wishes *wishes)
{
    struct cf__buffer sql = cf__buffer_new(cf__current(), CF__CAP_SQL, "a statement");
    cf__buffer_format(
        &sql,
        "SET NAMES utf8mb4 COLLATE utf8mb4_nopad_bin, autocommit = 1, sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,"
        "NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_ZERO_DATE,NO_ZERO_IN_DATE,"
        "ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_VALUE_ON_ZERO,SIMULTANEOUS_ASSIGNMENT', time_zone = '+00:00', "
        "max_statement_time = %lld.%06lld, "
        "group_concat_max_len = 1073741824, lock_wait_timeout = %lld, innodb_lock_wait_timeout = %lld",
        (long long)(options->statement_timeout / SECOND), (long long)(options->statement_timeout % SECOND),
        (long long)wishes->lock_wait_timeout, (long long)wishes->innodb_lock_wait_timeout);
    if (options->read_only)
        cf__buffer_string(&sql, ", tx_read_only = 1");
    return strdup(cf__buffer_text(&sql));
}

static void set_library_options(MYSQL *handle, const struct wishes *wishes, const struct place *place)
{
    static const size_t stack = LIBRARY_STACK;
    static const unsigned no = 0;
    const unsigned protocol = place->address ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
    const my_bool verify = wishes->ssl_verify, enforce = wishes->ssl || wishes->ssl_verify;
    mysql_options(handle, MYSQL_OPT_NONBLOCK, &stack);
    mysql_options(handle, MYSQL_OPT_PROTOCOL, &protocol); /* "localhost" is an address, too */
    mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_options(handle, MYSQL_OPT_LOCAL_INFILE, &no); /* a server could ask for any file of ours */
    if (wishes->compress)
        mysql_options(handle, MYSQL_OPT_COMPRESS, NULL);
    if (wishes->ssl_ca || wishes->ssl_capath || wishes->ssl_cert || wishes->ssl_key || wishes->ssl_cipher)
        mysql_ssl_set(handle, wishes->ssl_key, wishes->ssl_cert, wishes->ssl_ca, wishes->ssl_capath,
                      wishes->ssl_cipher);
    mysql_options(handle, MYSQL_OPT_SSL_ENFORCE, &enforce);
    mysql_options(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
}

static void connect_handle(struct attempt *attempt)
{
    struct cf_connection *connection = attempt->connection;
    const struct cf_uri *uri = attempt->uri;
    const struct place *place = attempt->place;
    MYSQL *connected = NULL;
    CF__MARIADB_RUN(connection, connected, mysql_real_connect, connection->handle, place->address, uri->user,
                    uri->password, uri->path, place->address ? place->port : 0, place->socket, CLIENT_FOUND_ROWS);
    if (!connected) {
        attempt->number = mysql_errno(connection->handle);
        attempt->message = cf_copy(&cf__current()->head, mysql_error(connection->handle));
    }
}

/* The library, asked for TLS, does without it where the server has none. */
static void need_encryption(struct cf_connection *connection, const struct wishes *wishes)
{
    if ((wishes->ssl || wishes->ssl_verify) && !mysql_get_ssl_cipher(connection->handle))
        cf_raise(CF_INTERNAL,
                 "the database at %s has no TLS, which the URI asks for: set it up there, or leave out ssl",
                 connection->name);
}

static void need_version(struct cf_connection *connection, const struct cf_uri *uri)
{
    const char *version = mysql_get_server_info(connection->handle);
    if (!strstr(version, "MariaDB") || mysql_get_server_version(connection->handle) < OLDEST_VERSION)
        cf_raise(CF_INTERNAL, "the database at %s (%s) is version %s: MariaDB 10.6 or later is needed",
                 connection->name, uri->masked, version);
}

/* Where another host may do better, this one must be able to write: a node of Galera that has lost the others is not. */
static bool is_writable(struct cf_connection *connection)
{
    static const char sql[] =
        "SELECT @@global.read_only = 0 AND NOT EXISTS (SELECT 1 FROM information_schema.global_variables v "
        "JOIN information_schema.global_status s ON s.variable_name = 'wsrep_ready' AND s.variable_value = 'OFF' "
        "WHERE v.variable_name = 'wsrep_on' AND v.variable_value = 'ON')";
    MYSQL_ROW row = mysql_fetch_row(cf__mariadb_ask(connection, &cf__current()->head, sql));
    return row && row[0] && strcmp(row[0], "1") == 0;
}

/* The attempt's number is set where the next host is to be tried. */
static void try_place(void *attempt_)
{
    struct attempt *attempt = attempt_;
    struct cf_connection *connection = attempt->connection;
    if (!connection->name || !connection->set_up || !(connection->handle = mysql_init(NULL)))
        cf_raise(CF_NO_MEMORY, "no memory for a database connection");
    set_library_options(connection->handle, attempt->wishes, attempt->place);
    connect_handle(attempt);
    if (attempt->number)
        return;
    need_encryption(connection, attempt->wishes);
    need_version(connection, attempt->uri);
    cf__mariadb_execute(connection, connection->set_up);
    if (connection->has_other && !attempt->options->read_only && !is_writable(connection)) {
        attempt->number = ER_OPTION_PREVENTS_STATEMENT;
        attempt->message = "it takes no writes";
    }
    connection->deadline = 0;
}

/* NULL, with the attempt's number set, where the next host is to be tried. */
static struct cf_connection *connect_to(struct attempt *attempt, int64_t deadline, bool has_other)
{
    struct cf_connection *connection = calloc(1, sizeof *connection);
    if (!connection)
        cf_raise(CF_NO_MEMORY, "no memory for a database connection");
    connection->name = strdup(attempt->place->name);
    connection->set_up = set_up_sql(attempt->options, attempt->wishes);
    connection->has_other = has_other;
    connection->deadline = deadline;
    attempt->connection = connection;
    attempt->number = 0;
    bool tried = cf__protect(cf__current(), try_place, attempt);
    if (tried && !attempt->number)
        return connection;
    cf__mariadb_close(connection);
    if (tried)
        return NULL;
    const cf_error *error = &cf__current()->record.error;
    bool late = error->code == CF_TIMEOUT;
    if (!late && error->code != CF_UNAVAILABLE)
        cf__raise(error);
    attempt->number = CR_CONN_HOST_ERROR;
    attempt->message = late ? "no answer in time" : cf_copy(&cf__current()->head, error->message);
    return NULL;
}

/* ---- Opening ---------------------------------------------------------------------------------------------------- */

static struct places find_places(const struct cf_uri *uri, const struct wishes *wishes, struct cf__buffer *refusals)
{
    struct places places = { 0 };
    if (wishes->unix_socket)
        add_socket(&places, wishes->unix_socket);
    else if (!uri->host_count)
        add_socket(&places, NULL);
    for (size_t i = 0; i < (wishes->unix_socket ? 0 : uri->host_count); i++) {
        const struct cf_uri_host *host = &uri->hosts[i];
        if (!host->name && host->port)
            add_place(&places, &(struct cf_uri_host){ "127.0.0.1", host->port }, "127.0.0.1");
        else if (!host->name || *host->name == '/')
            add_socket(&places, host->name);
        else if (wishes->ssl_verify || is_address(host->name)) /* a certificate is a name's */
            add_place(&places, host, host->name);
        else if (!add_named(&places, host))
            cf__buffer_format(refusals, "%s%s (there is no host of this name)", refusals->size ? ", " : "", host->name);
    }
    return places;
}

/* The time left is shared by the hosts left, so that one that swallows what is sent to it does not cost all. */
static int64_t deadline_of(int64_t last, size_t left)
{
    int64_t now = cf__monotonic(), rest = last > now ? last - now : 0;
    return now + rest / (int64_t)left;
}

struct cf_connection *cf__mariadb_open(const struct cf_uri *uri, const struct cf_open_options *options)
{
    const struct wishes wishes = read_options(uri);
    struct attempt attempt = { .uri = uri, .options = options, .wishes = &wishes };
    struct cf__buffer refusals = cf__buffer_new(cf__current(), CF__CAP_SQL, "a message");
    int64_t timeout = wishes.connect_timeout     ? wishes.connect_timeout * SECOND
                      : options->connect_timeout ? options->connect_timeout
                                                 : CONNECT_TIMEOUT;
    int64_t last = cf__monotonic() + timeout;
    cf__mariadb_load();
    struct places places = find_places(uri, &wishes, &refusals);
    for (size_t i = 0; i < places.count; i++) {
        attempt.place = &places.items[i];
        struct cf_connection *connection =
            connect_to(&attempt, deadline_of(last, places.count - i), uri->host_count > 1);
        if (connection)
            return connection;
        if (!cf__mariadb_is_unreachable(attempt.number))
            cf__mariadb_refuse_open(uri, attempt.place->name, attempt.number, attempt.message);
        const char *refusal =
            cf_format(&cf__current()->head, "%s (%s)", attempt.place->name, cf__mariadb_reason(attempt.message));
        if (!strstr(cf__buffer_text(&refusals), refusal)) /* a name's addresses fare alike */
            cf__buffer_format(&refusals, "%s%s", refusals.size ? ", " : "", refusal);
    }
    cf_raise(attempt.number == ER_OPTION_PREVENTS_STATEMENT ? CF_READ_ONLY : CF_UNAVAILABLE,
             "cannot reach the database at %s", cf__buffer_text(&refusals));
}

void cf__mariadb_drop(struct cf_connection *connection)
{
    unwatch(connection);
    mysql_close(connection->handle);
    connection->handle = NULL;
}

void cf__mariadb_close(struct cf_connection *connection)
{
    cf__mariadb_drop(connection);
    free(connection->name);
    free(connection->set_up);
    free(connection);
}
