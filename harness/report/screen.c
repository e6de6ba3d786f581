#include "screen.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "wrap.h"

bool screen_takes_escapes(int fd)
{
    const char *term = getenv("TERM"); /* NOLINT(concurrency-mt-unsafe): nobody changes it */

    return isatty(fd) && term && term[0] != '\0' && strcmp(term, "dumb") != 0 && strcmp(term, "unknown") != 0;
}

size_t screen_columns(int fd)
{
    struct winsize size = {0};

    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : WRAP_COLUMNS;
}
