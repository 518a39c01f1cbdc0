/* SPDX-License-Identifier: MIT */
#include "models.h"
#include "migrations/revisions.h"

int main(int argc, char **argv)
{
    cf_app *app = cf_app_new("parity", .database_uri = "sqlite:///parity.db",
                             .models = CF_MODELS(User, Post, Membership), .revisions = revisions);
    return cf_main(app, argc, argv);
}
