/* SPDX-License-Identifier: MIT
 *
 * What `#include "migrations/revisions.h"` finds as long as a project has no migrations/ of its own (before `db
 * init`): the flags of pkg-config put this folder last in the search.
 */
#include <carafe/migrate.h>

static const cf_revision *const revisions[] = { NULL };
