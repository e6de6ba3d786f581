#include "metadata.h"

#include <curl/curl.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#define GOVERNOR_FILE "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"
#define PORTS_FILE    "/proc/sys/net/ipv4/ip_local_port_range"

/* The first line of a small file; false when there is none. */
static bool metadata_read_line(const char *path, char *line, size_t size)
{
    FILE *file = fopen(path, "re");

    if (!file)
        return false;
    bool has_line = fgets(line, (int)size, file) != NULL;
    (void)fclose(file);
    if (has_line)
        line[strcspn(line, "\n")] = '\0';
    return has_line;
}

static json_t *metadata_first_line(const char *path)
{
    char line[256];
    json_t *text = metadata_read_line(path, line, sizeof line) ? json_string(line) : NULL;

    return text ? text : json_null();
}

bool metadata_governor(char *governor, size_t size)
{
    return metadata_read_line(GOVERNOR_FILE, governor, size);
}

bool metadata_is_release(void)
{
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    return strcmp(HARNESS_BUILD_TYPE, "Debug") != 0;
#else
    return false;
#endif
}

/* The value after "KEY\t: " in the first line of /proc/cpuinfo that begins with KEY. */
static json_t *metadata_processor_model(void)
{
    char line[512];
    json_t *model = NULL;
    FILE *file = fopen("/proc/cpuinfo", "re");

    while (file && !model && fgets(line, sizeof line, file)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", strlen("model name")) == 0 && colon) {
            line[strcspn(line, "\n")] = '\0';
            model = json_string(colon + 1 + strspn(colon + 1, " "));
        }
    }
    if (file)
        (void)fclose(file);
    return model ? model : json_null();
}

json_t *metadata_versions(void)
{
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
    const char *resolver = (curl->features & CURL_VERSION_ASYNCHDNS) == 0 ? "blocking"
                           : curl->ares                                   ? "c-ares"
                                                                          : "threaded";
    struct utsname system;
    bool has_system = uname(&system) == 0;

    return json_pack("{s:s, s:s, s:s?, s:s, s:s?, s:s?, s:s, s:s}", "harness", HARNESS_VERSION, "libcurl",
        curl->version, "libcurl_tls", curl->ssl_version, "libcurl_resolver", resolver, "kernel",
        has_system ? system.release : NULL, "machine", has_system ? system.machine : NULL, "build",
        HARNESS_BUILD_TYPE, "compiler", __VERSION__);
}

json_t *metadata_machine(void)
{
    double load[3];
    int loads = getloadavg(load, 3);
    json_t *averages = json_array();

    for (int i = 0; i < loads; i++)
        json_array_append_new(averages, json_real(load[i]));
    return json_pack("{s:I, s:o, s:I, s:o, s:o}", "processors_online",
        (json_int_t)sysconf(_SC_NPROCESSORS_ONLN), "processor_model", metadata_processor_model(),
        "memory_kib", (json_int_t)sysconf(_SC_PHYS_PAGES) * (json_int_t)sysconf(_SC_PAGESIZE) / 1024,
        "frequency_governor", metadata_first_line(GOVERNOR_FILE), "load_averages", averages);
}

/* A soft limit; null when there is none. */
static json_t *metadata_limit(rlim_t soft)
{
    return soft == RLIM_INFINITY ? json_null() : json_integer((json_int_t)soft);
}

json_t *metadata_limits(void)
{
    struct rlimit files = {.rlim_cur = RLIM_INFINITY};
    struct rlimit processes = {.rlim_cur = RLIM_INFINITY};

    (void)getrlimit(RLIMIT_NOFILE, &files);
    (void)getrlimit(RLIMIT_NPROC, &processes);
    return json_pack("{s:o, s:o, s:o}", "open_files", metadata_limit(files.rlim_cur), "processes",
        metadata_limit(processes.rlim_cur), "port_range", metadata_first_line(PORTS_FILE));
}

#define BUSY_PERIOD_US 100000

/* All ticks since boot, and those that were idle; false when /proc/stat can't be read. */
static bool metadata_read_ticks(double *all, double *idle)
{
    char line[256];

    if (!metadata_read_line("/proc/stat", line, sizeof line) || strncmp(line, "cpu ", 4) != 0)
        return false;
    char *rest = line + 4;
    *all = *idle = 0;
    for (int field = 0; field < 8;
         field++) { /* user nice system idle iowait irq softirq steal, see proc(5) */
        double ticks = strtod(rest, &rest);
        *all += ticks;
        *idle += field == 3 || field == 4 ? ticks : 0;
    }
    return true;
}

double metadata_busy_share(void)
{
    double all[2];
    double idle[2];

    if (!metadata_read_ticks(&all[0], &idle[0]))
        return NAN;
    (void)usleep(BUSY_PERIOD_US);
    if (!metadata_read_ticks(&all[1], &idle[1]) || all[1] <= all[0])
        return NAN;
    return 1 - (idle[1] - idle[0]) / (all[1] - all[0]);
}
