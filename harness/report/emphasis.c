#include "emphasis.h"

/* Select Graphic Rendition, section 8.3.117. */
static const char *const starts[EMPHASIS_COUNT] = {
    [EMPHASIS_NONE] = "",
    [EMPHASIS_STRONG] = "\033[1m",
    [EMPHASIS_LESS] = "\033[32m",
    [EMPHASIS_MORE] = "\033[31m",
    [EMPHASIS_FAINT] = "\033[2m",
};

const char *emphasis_start(enum emphasis emphasis, bool in_colour)
{
    return in_colour ? starts[emphasis] : "";
}

const char *emphasis_end(enum emphasis emphasis, bool in_colour)
{
    return in_colour && emphasis != EMPHASIS_NONE ? "\033[0m" : "";
}
