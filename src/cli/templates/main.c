#include "app.h"

int main(int argc, char **argv)
{
    return cf_main(make_app(), argc, argv);
}
