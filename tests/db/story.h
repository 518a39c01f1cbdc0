/* SPDX-License-Identifier: MIT
 *
 * Stories: several fibers on one engine, each telling what it does, so that a test can say in which order it happened.
 */
#ifndef CARAFE_TESTS_DB_STORY_H
#define CARAFE_TESTS_DB_STORY_H

#include "models.h"
#include "support.h"

#define COUNT "SELECT count(*) FROM users"
#define ADD   "INSERT INTO users (name, email) VALUES ('kim', hex(randomblob(8)))"

static inline cf_engine *users_engine(const char *uri)
{
    cf_engine *engine = open_engine(uri);
    create_tables(engine, CF_MODELS(User, Post));
    return engine;
}

/* ---- Several fibers --------------------------------------------------------------------------------------------- */

struct story {
    cf_engine *engine;
    char events[512];
};

struct actor {
    struct cf__context context;
    struct story *story;
    void (*act)(struct actor *actor);
    const char *name;
    bool ended;
};

static inline void tell(struct actor *actor, const char *event)
{
    char *events = actor->story->events;
    size_t size = strlen(events);
    snprintf(events + size, sizeof actor->story->events - size, "%s%s:%s", size ? " " : "", actor->name, event);
}

static inline void act(void *actor_)
{
    struct actor *actor = actor_;
    actor->act(actor);
}

static inline void end_act(void *actor_, bool failed)
{
    struct actor *actor = actor_;
    if (failed)
        tell(actor, actor->context.record.error.message);
    actor->ended = true;
}

static inline void open_story(void *story_)
{
    struct story *story = story_;
    story->engine = users_engine(story->events);
    story->events[0] = '\0';
}

static inline struct story begin_story(const char *uri)
{
    struct story story = { 0 };
    snprintf(story.events, sizeof story.events, "%s", uri);
    in_fiber(open_story, &story);
    return story;
}

static inline void close_story(void *story)
{
    cf__engine_close(((struct story *)story)->engine);
}

/* Starts the actors one after the other, and turns the loop until all have ended. */
static inline void play_open(struct story *story, struct actor *actors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        actors[i].story = story;
        cf__context_init(&actors[i].context);
        cf__fiber_start(&actors[i].context, act, end_act, &actors[i]);
    }
    for (size_t i = 0; i < count; i++) {
        cf__loop_run_until(&actors[i].ended);
        cf__context_dispose(&actors[i].context);
    }
}

/* … and closes the engine. */
static inline void play(struct story *story, struct actor *actors, size_t count)
{
    play_open(story, actors, count);
    in_fiber(close_story, story);
}

#endif
