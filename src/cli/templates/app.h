#ifndef APP_H
#define APP_H

#include <carafe/carafe.h>

/* The application with its models and routes: for main, and for tests. */
cf_app *make_app(void);

#endif
