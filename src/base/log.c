/* SPDX-License-Identifier: MIT
 *
 * The log. A line is put together on the stack and written by one write(2), so lines of several processes do not
 * mix; what does not fit 4 KiB is cut. Nothing is allocated and nothing raised: the log is what errors are reported
 * with.
 */
#include "log.h"

#include <execinfo.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "thread.h"

enum { LINE = 4096, SKIPPED_FRAMES = 1 /* of raising itself */ };

static const char *const level_names[] = { "DEBUG", "INFO", "WARNING", "ERROR" };

static struct {
    bool ready, json;
    enum cf_log_level level;
    int descriptor;
} settings = { .level = CF_LOG_INFO, .descriptor = STDERR_FILENO };

static void read_environment(void)
{
    settings.ready = true;
    const char *level = getenv("CARAFE_LOG_LEVEL"), *format = getenv("CARAFE_LOG_FORMAT");
    for (size_t i = 0; level && i < sizeof level_names / sizeof level_names[0]; i++)
        if (strcasecmp(level, level_names[i]) == 0)
            settings.level = (enum cf_log_level)i;
    settings.json = format && strcmp(format, "json") == 0;
}

void cf__log_set_level(enum cf_log_level level)
{
    if (!settings.ready)
        read_environment();
    settings.level = level;
}

void cf__log_set_json(bool json)
{
    if (!settings.ready)
        read_environment();
    settings.json = json;
}

int cf__log_set_descriptor(int descriptor)
{
    int previous = settings.descriptor;
    settings.descriptor = descriptor;
    return previous;
}

bool cf__log_shows(enum cf_log_level level)
{
    if (!settings.ready)
        read_environment();
    return level >= settings.level;
}

/* ---- A line ----------------------------------------------------------------------------------------------------- */

struct line {
    char text[LINE];
    size_t size;
};

static void add_char(struct line *line, char c)
{
    if (line->size < LINE - 1) /* room for the newline stays */
        line->text[line->size++] = c;
}

static void add_text(struct line *line, const char *text)
{
    while (*text)
        add_char(line, *text++);
}

/* What comes from outside must not end the line or steer a terminal. */
static void add_escaped(struct line *line, const char *text)
{
    static const char hex[] = "0123456789abcdef";
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        bool quoted = settings.json && (c == '"' || c == '\\');
        if (c >= 0x20 && c != 0x7f) {
            if (quoted)
                add_char(line, '\\');
            add_char(line, *text);
            continue;
        }
        add_text(line, settings.json ? "\\u00" : "\\x");
        add_char(line, hex[c >> 4]);
        add_char(line, hex[c & 15]);
    }
}

static void add_time(struct line *line)
{
    int64_t now = cf__realtime();
    time_t seconds = (time_t)(now / 1000000);
    struct tm parts;
    char text[40];
    gmtime_r(&seconds, &parts);
    size_t size = strftime(text, sizeof text, settings.json ? "%Y-%m-%dT%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &parts);
    snprintf(text + size, sizeof text - size, ".%03d%s", (int)(now / 1000 % 1000), settings.json ? "Z" : "");
    add_text(line, text);
}

/* "GET /users": what the running context is about. */
static void add_label(struct line *line, const struct cf__context *context)
{
    add_escaped(line, context->label);
    if (!context->object)
        return;
    add_char(line, ' ');
    add_escaped(line, context->object);
}

static void format_text(struct line *line, enum cf_log_level level, const char *message,
                        const struct cf__context *labelled)
{
    add_time(line);
    char name[16];
    snprintf(name, sizeof name, " %-7s ", level_names[level]);
    add_text(line, name);
    add_escaped(line, message);
    if (labelled) {
        add_text(line, " (");
        add_label(line, labelled);
        add_char(line, ')');
    }
}

static void format_json(struct line *line, enum cf_log_level level, const char *message,
                        const struct cf__context *labelled)
{
    add_text(line, "{\"time\":\"");
    add_time(line);
    add_text(line, "\",\"level\":\"");
    add_text(line, level_names[level]);
    add_text(line, "\",\"message\":\"");
    add_escaped(line, message);
    if (labelled) {
        add_text(line, "\",\"in\":\"");
        add_label(line, labelled);
    }
    add_text(line, "\"}");
}

void cf_log(enum cf_log_level level, const char *format, ...)
{
    if (!cf__log_shows(level))
        return;
    char message[LINE];
    va_list list;
    va_start(list, format);
    vsnprintf(message, sizeof message, format, list);
    va_end(list);
    const struct cf__context *labelled = cf__thread.context && cf__thread.context->label ? cf__thread.context : NULL;
    struct line line = { .size = 0 };
    (settings.json ? format_json : format_text)(&line, level, message, labelled);
    line.text[line.size++] = '\n';
    ssize_t ignored = write(settings.descriptor, line.text, line.size);
    (void)ignored;
}

void cf__log_backtrace(enum cf_log_level level, void *const *frames, int count)
{
    if (!cf__log_shows(level) || count <= SKIPPED_FRAMES)
        return;
    char **names = backtrace_symbols(frames, count);
    for (int i = SKIPPED_FRAMES; names && i < count; i++)
        cf_log(level, "  %s", names[i]);
    free(names);
}
