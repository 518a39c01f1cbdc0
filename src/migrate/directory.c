/* SPDX-License-Identifier: MIT
 *
 * migrations/: one C file a revision, revisions.list with one line CF_REVISION(id) each, and revisions.h, which
 * makes an array of them. The list is read strictly: git merges it line by line (merge=union), and what such a merge
 * may leave behind is said with its line, not skipped. A program that does not carry exactly the revisions of the
 * list is stale: nothing it says about them would be true.
 */
#include "directory.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of an array's name, the macro that guards the header, and again the name. */
static const char header_format[] =
    "/* Written by `db init`. The revisions of revisions.list as an array, for cf_app_new: .revisions = %s. */\n"
    "#ifndef %s_REVISIONS_H\n"
    "#define %s_REVISIONS_H\n"
    "\n"
    "#include <carafe/migrate.h>\n"
    "\n"
    "#define CF_REVISION(id) extern const cf_revision revision_##id;\n"
    "#include \"revisions.list\"\n"
    "#undef CF_REVISION\n"
    "\n"
    "#define CF_REVISION(id) &revision_##id,\n"
    "static const cf_revision *const %s[] = {\n"
    "#include \"revisions.list\"\n"
    "    NULL,\n"
    "};\n"
    "#undef CF_REVISION\n"
    "\n"
    "#endif\n";
static const char list_text[] = "/* One line a revision, in any order: CF_REVISION(id). `db migrate` adds them. */\n";
static const char attributes_text[] = "revisions.list merge=union\n";

/* ---- Files ------------------------------------------------------------------------------------------------------ */

_Noreturn static void refuse_file(const char *what, const char *path, int error)
{
    cf_error raised = { .code = CF_SYSTEM, .system_error = error };
    char message[512];
    snprintf(message, sizeof(message), "cannot %s %s: %s", what, path, strerror(error));
    raised.message = message;
    cf_raise_error(&raised);
}

/* All of `text` to a file opened with `flags`; nothing is raised while it is open. */
static void write_file(const char *path, int flags, const char *text)
{
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666), error = 0;
    if (file < 0)
        refuse_file("create", path, errno);
    for (size_t size = strlen(text); size && !error;) {
        ssize_t written = write(file, text, size);
        if (written < 0 && errno != EINTR)
            error = errno;
        else if (written > 0)
            text += written, size -= (size_t)written;
    }
    if (close(file) != 0 && !error)
        error = errno;
    if (error)
        refuse_file("write", path, error);
}

/* The text of a file; NULL where there is none. */
static char *read_file(cf_context *context, const char *path)
{
    enum { MOST = 1 << 20 };
    struct stat status;
    if (stat(path, &status) != 0) {
        if (errno != ENOENT)
            refuse_file("read", path, errno);
        return NULL;
    }
    if (status.st_size > MOST)
        cf_raise(CF_INTERNAL, "%s is larger than 1 MiB: no list of revisions", path);
    size_t size = (size_t)status.st_size, done = 0;
    char *text = cf_alloc(context, size + 1);
    int file = open(path, O_RDONLY | O_CLOEXEC), error = file < 0 ? errno : 0;
    while (!error && done < size) {
        ssize_t got = read(file, text + done, size - done);
        if (got == 0)
            break;
        if (got > 0)
            done += (size_t)got;
        else if (errno != EINTR)
            error = errno;
    }
    if (file >= 0)
        close(file);
    if (error)
        refuse_file("read", path, error);
    return text;
}

static const char *path_of(cf_context *context, const char *directory, const char *name)
{
    return cf_format(context, "%s/%s", directory, name);
}

bool cf__directory_exists(const char *directory)
{
    struct stat status;
    return stat(directory, &status) == 0 && S_ISDIR(status.st_mode);
}

static void close_entries(void *entries)
{
    closedir(entries);
}

/* Calls visit(name, data) for each entry but . and .. until it returns false. */
static bool visit_entries(cf_context *context, const char *directory, bool (*visit)(const char *name, void *data),
                          void *data)
{
    DIR *entries = opendir(directory);
    if (!entries)
        refuse_file("open", directory, errno);
    cf_defer(context, close_entries, entries);
    const struct dirent *entry;
    while ((entry = readdir(entries)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && !visit(entry->d_name, data))
            return false;
    return true;
}

/* ---- db init ---------------------------------------------------------------------------------------------------- */

static bool stop_at_any(const char *name, void *data)
{
    (void)name;
    (void)data;
    return false;
}

/* That of migrations_audit/ declares revisions_audit, that of any other directory revisions. */
static const char *header_of(cf_context *context, const char *directory)
{
    static const char bind[] = "migrations_";
    const char *base = strrchr(directory, '/') ? strrchr(directory, '/') + 1 : directory;
    const char *name = strncmp(base, bind, strlen(bind)) == 0 ? base + strlen(bind) : "";
    const char *array = cf_format(context, "revisions%s%s", *name ? "_" : "", name);
    char *guard = cf_format(context, "MIGRATIONS%s%s", *name ? "_" : "", name);
    for (char *at = guard; *at; at++)
        *at = (char)toupper((unsigned char)*at);
    return cf_format_(context, header_format, array, guard, guard, array);
}

void cf__directory_init(cf_context *context, const char *directory)
{
    if (mkdir(directory, 0777) != 0) {
        if (errno != EEXIST)
            refuse_file("create", directory, errno);
        if (!visit_entries(context, directory, stop_at_any, NULL))
            cf_raise(CF_INTERNAL, "%s exists and is not empty: db init only makes a new one", directory);
    }
    write_file(path_of(context, directory, "revisions.h"), O_EXCL, header_of(context, directory));
    write_file(path_of(context, directory, "revisions.list"), O_EXCL, list_text);
    write_file(path_of(context, directory, ".gitattributes"), O_EXCL, attributes_text);
}

/* ---- The list --------------------------------------------------------------------------------------------------- */

struct list {
    const char **ids;
    size_t count;
};

static char *trim(char *line)
{
    size_t size = strlen(line);
    while (size && isspace((unsigned char)line[size - 1]))
        line[--size] = '\0';
    while (isspace((unsigned char)*line))
        line++;
    return line;
}

static bool is_comment(const char *line)
{
    size_t size = strlen(line);
    const char *end = strstr(line, "*/");
    return size >= 4 && strncmp(line, "/*", 2) == 0 && end == line + size - 2;
}

/* The id of a line "CF_REVISION(id)", cut out in place; NULL where it is none. */
static const char *id_of_line(char *line)
{
    static const char prefix[] = "CF_REVISION(";
    if (strncmp(line, prefix, sizeof(prefix) - 1) != 0)
        return NULL;
    char *id = line + sizeof(prefix) - 1, *end = id;
    while (isalnum((unsigned char)*end) || *end == '_')
        end++;
    if (end == id || strcmp(end, ")") != 0)
        return NULL;
    *end = '\0';
    return id;
}

static bool has_id(const struct list *list, const char *id)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->ids[i], id) == 0)
            return true;
    return false;
}

static struct list parse_list(cf_context *context, const char *path, char *text)
{
    size_t lines = 1;
    for (const char *at = text; *at; at++)
        lines += *at == '\n';
    struct list list = { cf_alloc(context, lines * sizeof(*list.ids)), 0 };
    char *next = text;
    for (size_t number = 1; next; number++) {
        char *line = next;
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        line = trim(line);
        if (*line == '\0' || is_comment(line))
            continue;
        const char *id = id_of_line(line);
        if (!id)
            cf_raise(CF_INTERNAL, "%s:%zu: \"%.60s\" is not CF_REVISION(id)", path, number, line);
        if (has_id(&list, id))
            cf_raise(CF_INTERNAL, "%s:%zu: revision %s is listed twice", path, number, id);
        list.ids[list.count++] = id;
    }
    return list;
}

static struct list read_list(cf_context *context, const char *directory)
{
    const char *path = path_of(context, directory, "revisions.list");
    char *text = read_file(context, path);
    if (!text)
        cf_raise(CF_INTERNAL, "there is no %s: db init makes it", path);
    return parse_list(context, path, text);
}

/* ---- Is the program stale? -------------------------------------------------------------------------------------- */

struct age {
    cf_context *context;
    const char *directory;
    struct timespec built;
};

/* The list is compared by content: right after `db init` it is newer than the program and as empty. */
static bool is_source(const char *name)
{
    size_t size = strlen(name);
    return size > 2 && strcmp(name + size - 2, ".c") == 0;
}

static bool is_older(const char *name, void *data)
{
    const struct age *age = data;
    const char *path = path_of(age->context, age->directory, name);
    struct stat status;
    if (!is_source(name) || stat(path, &status) != 0)
        return true;
    const struct timespec *changed = &status.st_mtim, *built = &age->built;
    if (changed->tv_sec > built->tv_sec || (changed->tv_sec == built->tv_sec && changed->tv_nsec > built->tv_nsec))
        cf_raise(CF_INTERNAL, "run make first: %s is newer than this program", path);
    return true;
}

void cf__directory_check(const struct cf__graph *graph, const char *directory, const char *program)
{
    if (!cf__directory_exists(directory))
        return;
    struct list list = read_list(graph->context, directory);
    size_t at;
    for (size_t i = 0; i < list.count; i++)
        if (!cf__graph_find(graph, list.ids[i], &at))
            cf_raise(CF_INTERNAL, "run make first: revision %s of %s/revisions.list is not linked into this program",
                     list.ids[i], directory);
    for (size_t i = 0; i < graph->count; i++)
        if (!has_id(&list, graph->items[i]->id))
            cf_raise(CF_INTERNAL,
                     "run make first: revision %s is linked into this program and not in %s/revisions.list",
                     graph->items[i]->id, directory);
    struct stat status;
    if (program && stat(program, &status) == 0)
        visit_entries(graph->context, directory, is_older, &(struct age){ graph->context, directory, status.st_mtim });
}

/* ---- db migrate ------------------------------------------------------------------------------------------------- */

const char *cf__directory_add(cf_context *context, const char *directory, const char *file_name, const char *text,
                              const char *id)
{
    const char *path = path_of(context, directory, file_name);
    const char *list_path = path_of(context, directory, "revisions.list");
    const char *list = read_file(context, list_path);
    size_t size = list ? strlen(list) : 0;
    bool unended = size && list[size - 1] != '\n';
    write_file(path, O_EXCL, text);
    write_file(list_path, O_APPEND, cf_format(context, "%sCF_REVISION(%s)\n", unended ? "\n" : "", id));
    return path;
}
