#include "date.h"

#include <time.h>

#define DATE_SIZE (sizeof "Sun, 06 Nov 1994 08:49:37 GMT" - 1)

/* There is one thread, and a second is long. */
struct span date_now(void)
{
    static char date[DATE_SIZE + 1];
    static time_t at;
    time_t now = time(NULL);
    struct tm utc;

    if (now != at && gmtime_r(&now, &utc)) {
        (void)strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &utc);
        at = now;
    }
    return (struct span){date, DATE_SIZE};
}
