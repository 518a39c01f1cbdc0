/* SPDX-License-Identifier: MIT
 *
 * Carafe: models, typed queries, migrations and JSON over HTTP, in C. This header brings all of it but carafe/test.h.
 */
#ifndef CARAFE_CARAFE_H
#define CARAFE_CARAFE_H

#include <carafe/app.h>
#include <carafe/bulk.h>
#include <carafe/error.h>
#include <carafe/log.h>
#include <carafe/memory.h>
#include <carafe/migrate.h>
#include <carafe/model.h>
#include <carafe/query.h>
#include <carafe/session.h>
#include <carafe/tables.h>
#include <carafe/types.h>
#include <carafe/wait.h>
#include <carafe/web.h>

#endif
