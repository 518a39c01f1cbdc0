/* SPDX-License-Identifier: MIT
 *
 * `db …`: each sub-command is a row of a table: its words, whether it needs the database, and the function of
 * migrate that does it. What it prints is collected and written when it ends, however it ends: before the line that
 * says why it failed.
 */
#include "cli.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A command at work. */
struct job {
    cf_app *app;
    const struct cf__arguments *arguments;
    struct cf__migration migration;
    struct cf__buffer output;
    int status;
};

struct action {
    void (*work)(struct job *job);
    enum { NO_DATABASE, MAY_HAVE_DATABASE, NEEDS_DATABASE } database;
};

/* ---- The actions ------------------------------------------------------------------------------------------------ */

static const char *target(const struct job *job)
{
    return job->arguments->operand_count ? job->arguments->operands[0] : NULL;
}

static void work_init(struct job *job)
{
    cf__db_init(&job->migration);
}

/* Models that the program was not built from must not be compared with anything. (What else is newer may be none of
 * its sources, and could not be cured by make.) */
static void refuse_stale_models(const struct job *job)
{
    static const char models_file[] = "models.h";
    struct stat models, program;
    if (!job->migration.program || stat(models_file, &models) != 0 || stat(job->migration.program, &program) != 0)
        return;
    const struct timespec *changed = &models.st_mtim, *built = &program.st_mtim;
    if (changed->tv_sec > built->tv_sec || (changed->tv_sec == built->tv_sec && changed->tv_nsec > built->tv_nsec))
        cf_raise(CF_INTERNAL, "run make first: %s is newer than this program", models_file);
}

static void work_migrate(struct job *job)
{
    refuse_stale_models(job);
    cf__db_migrate(&job->migration, job->arguments->message);
}

static enum cf__resume read_resume(const char *word)
{
    static const char *const words[] = { [CF__RESUME_DONE] = "done", [CF__RESUME_AGAIN] = "again" };
    for (enum cf__resume resume = CF__RESUME_DONE; word && resume <= CF__RESUME_AGAIN; resume++)
        if (strcmp(word, words[resume]) == 0)
            return resume;
    if (word)
        cf_raise(CF_INTERNAL, "--resume takes done or again, not \"%s\"", word);
    return CF__RESUME_ASK;
}

static void work_upgrade(struct job *job)
{
    job->migration.resume = read_resume(job->arguments->resume);
    cf__db_upgrade(&job->migration, target(job), job->arguments->sql);
}

static void work_downgrade(struct job *job)
{
    job->migration.resume = read_resume(job->arguments->resume);
    cf__db_downgrade(&job->migration, target(job), job->arguments->sql);
}

static void work_current(struct job *job)
{
    cf__db_current(&job->migration);
}

static void work_history(struct job *job)
{
    cf__db_history(&job->migration);
}

static void work_heads(struct job *job)
{
    cf__db_heads(&job->migration);
}

static void work_check(struct job *job)
{
    refuse_stale_models(job);
    if (!cf__db_check(&job->migration))
        job->status = 1;
}

static void work_reflect(struct job *job)
{
    cf__db_reflect(&job->migration);
}

/* Tables that revisions made are theirs to change. */
static void work_create_all(struct job *job)
{
    cf__db_create_all(&job->migration);
}

static void work_drop_all(struct job *job)
{
    if (!job->arguments->yes)
        cf_raise(CF_INTERNAL, "this drops the tables of all models with their rows: db drop-all --yes does so");
    cf__db_drop_all(&job->migration);
}

/* ---- Running one ------------------------------------------------------------------------------------------------ */

static void write_output(void *job_)
{
    struct job *job = job_;
    const char *data = job->output.data;
    size_t left = job->output.size;
    while (left > 0) {
        ssize_t written = write(STDOUT_FILENO, data, left);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            fprintf(stderr, "%s: cannot write the output: %s\n", job->app->name, strerror(errno));
            job->status = 1;
            return;
        }
        data += written;
        left -= (size_t)written;
    }
}

static void close_database(void *job)
{
    cf__app_close(((struct job *)job)->app);
}

static void work(void *job_)
{
    struct job *job = job_;
    const struct action *action = job->arguments->command->detail;
    cf_context *context = &cf__current()->head;
    job->output = cf__buffer_new(cf__current(), CF__CAP_OUTPUT, "what a command prints");
    cf_defer(context, write_output, job);
    if (action->database != NO_DATABASE) {
        cf_defer(context, close_database, job);
        cf__app_open(job->app, NULL);
    }
    if (action->database == NEEDS_DATABASE && !job->app->engine)
        cf_raise(CF_INTERNAL, "there is no database: give .database_uri to cf_app_new, or set CARAFE_DATABASE_URI");
    const char *bind = job->arguments->bind;
    job->migration.engine = bind && job->app->engine ? cf__engine_bind(job->app->engine, bind) : job->app->engine;
    if (bind && action->database != NO_DATABASE && !job->migration.engine)
        cf_raise(CF_INTERNAL, "there is no database \"%s\": name it in .binds", bind);
    action->work(job);
}

static int run_action(void *app, const struct cf__arguments *arguments)
{
    struct job job = { .app = app, .arguments = arguments, .migration = cf__app_migration(app, arguments->bind) };
    if (arguments->directory)
        job.migration.directory = arguments->directory;
    job.migration.program = cf__program_path();
    job.migration.allow_drop = arguments->allow_drop;
    job.migration.output = &job.output;
    return cf__command_fiber(app, work, &job) ? job.status : 1;
}

/* ---- The table -------------------------------------------------------------------------------------------------- */

/* clang-format off */
#define END       { .name = NULL }
#define DIRECTORY CF__TEXT(directory, "directory", 'd', "DIR", "Where the revisions are: migrations.")
#define BIND      CF__TEXT(bind, "bind", 0, "NAME", "Of the database NAME of .binds, not of the app's own.")
#define SQL       CF__FLAG(sql, "sql", 0, "Print the SQL instead of running it.")
#define RESUME    CF__TEXT(resume, "resume", 0, "WHAT", "done or again: a statement of yours that a run stopped in.")
#define COMMAND(name_, options_, database_, operands_, help_)                                                          \
    NAMED(#name_, name_, options_, database_, operands_, help_)
#define NAMED(text_, name_, options_, database_, operands_, help_)                                                     \
    { .name = text_, .help = help_, .operands = operands_, .options = options_, .run = run_action,                     \
      .detail = &(const struct action){ work_##name_, database_ } }
/* clang-format on */

static const struct cf__option plain_options[] = { BIND, DIRECTORY, END };
static const struct cf__option drop_options[] = {
    CF__FLAG(yes, "yes", 0, "Yes, with all rows."),
    BIND,
    END,
};
static const struct cf__option reflect_options[] = { BIND, END };
static const struct cf__option sql_options[] = { SQL, RESUME, BIND, DIRECTORY, END };
static const struct cf__option migrate_options[] = {
    CF__TEXT(message, "message", 'm', "TEXT", "What changes: becomes part of the file's name."),
    CF__FLAG(allow_drop, "allow-drop", 0, "Let the revision drop tables and columns."),
    BIND,
    DIRECTORY,
    END,
};

const struct cf__command cf__db_commands[] = {
    COMMAND(init, plain_options, NO_DATABASE, NULL, "Make the directory of revisions."),
    COMMAND(migrate, migrate_options, NO_DATABASE, NULL, "Write a revision with what changed in the models."),
    COMMAND(upgrade, sql_options, NEEDS_DATABASE, "[TARGET]", "Apply revisions up to TARGET: head."),
    COMMAND(downgrade, sql_options, NEEDS_DATABASE, "[TARGET]", "Take revisions back down to TARGET: -1."),
    COMMAND(current, plain_options, NEEDS_DATABASE, NULL, "Show the revision the database is at."),
    COMMAND(history, plain_options, NO_DATABASE, NULL, "Show all revisions, newest first."),
    COMMAND(heads, plain_options, NO_DATABASE, NULL, "Show the revisions that nothing follows."),
    COMMAND(check, plain_options, MAY_HAVE_DATABASE, NULL,
            "Compare models, revisions and database; 1 where they differ."),
    NAMED("create-all", create_all, reflect_options, NEEDS_DATABASE, NULL,
          "Make the tables that are not there, without revisions."),
    NAMED("drop-all", drop_all, drop_options, NEEDS_DATABASE, NULL, "Drop the tables of the models, with all rows."),
    COMMAND(reflect, reflect_options, NEEDS_DATABASE, NULL, "Write models of the tables that the database has."),
    END,
};
