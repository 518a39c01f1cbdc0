/* SPDX-License-Identifier: MIT
 *
 * Makes a project: a directory with the files of templates/, the project's name put in. A directory that exists is
 * refused, so nothing is ever overwritten; where a file cannot be written, what was made stays and is said.
 */
#include "new.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { LONGEST_NAME = 64, PATH = 2 * LONGEST_NAME + 32 };

static const char placeholder[] = "@NAME@";

/* Names that the project's Makefile uses for something else. */
static const char *const taken_names[] = { "build", "clean", "migrations", "run", "test" };

static const char *find_fault(const char *name)
{
    size_t size = strlen(name);
    if (size > LONGEST_NAME)
        return "is too long";
    if (name[0] < 'a' || name[0] > 'z' || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != size)
        return "must be small letters, digits, \"_\" and \"-\", a letter first";
    for (size_t i = 0; i < sizeof taken_names / sizeof taken_names[0]; i++)
        if (strcmp(name, taken_names[i]) == 0)
            return "is a word of the project's Makefile: take another";
    return NULL;
}

static void write_filled(FILE *out, const char *text, const char *name)
{
    for (const char *found; (found = strstr(text, placeholder)); text = found + sizeof placeholder - 1)
        fprintf(out, "%.*s%s", (int)(found - text), text, name);
    fputs(text, out);
}

/* "shop/test_shop.c". False with errno. */
static bool fill_path(char path[PATH], const char *file, const char *name)
{
    FILE *out = fmemopen(path, PATH, "w");
    if (!out)
        return false;
    fprintf(out, "%s/", name);
    write_filled(out, file, name);
    return fclose(out) == 0;
}

/* False with errno. */
static bool write_file(const struct cf__template *template, const char *name)
{
    char path[PATH];
    FILE *out = fill_path(path, template->name, name) ? fopen(path, "wx") : NULL;
    if (!out)
        return false;
    write_filled(out, template->text, name);
    bool written = !ferror(out);
    return fclose(out) == 0 && written;
}

int cf__new_command(void *unused, const struct cf__arguments *arguments)
{
    (void)unused;
    if (arguments->operand_count == 0) {
        fprintf(stderr, "carafe: new needs a name: carafe new shop\n");
        return 2;
    }
    const char *name = arguments->operands[0], *fault = find_fault(name);
    if (fault) {
        fprintf(stderr, "carafe: the name \"%.80s\" %s\n", name, fault);
        return 2;
    }
    if (mkdir(name, 0777) != 0) {
        fprintf(stderr, "carafe: cannot make the directory %s: %s\n", name, strerror(errno));
        return 1;
    }
    for (const struct cf__template *template = cf__templates; template->name; template ++) {
        if (write_file(template, name))
            continue;
        fprintf(stderr, "carafe: cannot write %s to %s/: %s\n", template->name, name, strerror(errno));
        return 1;
    }
    printf("Made %s/. Next: cd %s, then make test and make run.\n", name, name);
    return fflush(stdout) == 0 ? 0 : 1;
}
