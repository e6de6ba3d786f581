/* The child's side: what has this process loaded? */
#include "builds.h"

#include <dlfcn.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void build_write_own_name(char *name, size_t size)
{
    const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);

    (void)snprintf(name, size, "libcurl/%s%s%s", info->version, info->ssl_version ? " " : "",
        info->ssl_version ? info->ssl_version : "");
}

/* Of the functions that this program really calls: another library may have functions of the same names, in
 * another version. */
char *build_own_file(void)
{
    curl_version_info_data *(*function)(CURLversion) = curl_version_info;
    void *address = NULL;
    Dl_info found;

    memcpy(&address, &function, sizeof address); /* as POSIX has it: C knows no such conversion */
    return dladdr(address, &found) != 0 ? realpath(found.dli_fname, NULL) : NULL;
}

int build_role(void)
{
    const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
    char name[128];
    char *file = build_own_file();

    build_write_own_name(name, sizeof name);
    json_t *document = json_pack("{s:s, s:s, s:I, s:I, s:s?, s:s?}", /* one a line */
        "name", name,                                                /**/
        "version", info->version,                                    /**/
        "number", (json_int_t)info->version_num,                     /**/
        "features", (json_int_t)info->features,                      /**/
        "tls", info->ssl_version,                                    /**/
        "file", file);
    bool is_said = document && json_dumpf(document, stdout, JSON_COMPACT) == 0 && fflush(stdout) == 0;

    json_decref(document);
    free(file);
    return is_said ? 0 : 1;
}
