#include "defects.h"

#include <curl/curl.h>
#include <limits.h>
#include <stddef.h>

#include "builds.h"

#define OLDEST    0
#define ALL_LATER UINT_MAX

const struct defect defects[] = {
#define DEFECT(first, last, touches, when, effect, source)                                                   \
    {(first), (last), TOUCHES_##touches, (when), (effect), (source)},
#include "defects.def"
#undef DEFECT
    {.effect = NULL},
};

unsigned int defect_libcurl_version(void)
{
    return build_info(NULL)->version_num;
}

static bool defect_meets_other_servers(const struct plan *plan)
{
    return !plan->has_embedded_origin || plan->workload->path_count < plan->workload->request_count;
}

/* The conditions that the arm meets, without WHEN_TLS; one that only shows afterwards counts as met. */
static unsigned int defect_conditions(const struct plan *plan, const struct arm *arm)
{
    const struct settings *settings = &arm->settings;
    unsigned int met = WHEN_BUSY;

    met |= settings->http == HTTP_2 ? WHEN_HTTP2 : 0U;
    met |= arm->streams > 1 && arm->loop_lanes > arm->streams ? WHEN_CROWDED : 0U;
    met |= arm->loop_lanes > 1 ? WHEN_SEVERAL_LANES : 0U;
    met |= settings->follow_redirects ? WHEN_NAMES : 0U;
    met |= defect_meets_other_servers(plan) ? WHEN_OTHER_SERVERS : 0U;
    if (!arms_agree(plan->arms, plan->arm_count, &settings_table[SETTING_http]))
        met |= WHEN_VERSIONS_DIFFER;
    return met;
}

static bool defect_touches_strategy(const struct defect *defect, const struct arm *arm)
{
    switch (defect->touches) {
    case TOUCHES_LOOPS:
        return arm->loop_lanes > 0;
    case TOUCHES_SOCKET_LOOPS:
        return arm->uses_socket_action;
    default:
        return true;
    }
}

bool defect_touches(const struct defect *defect, unsigned int own, const struct plan *plan, size_t arm)
{
    const struct arm *touched = &plan->arms[arm];
    unsigned int version = touched->build ? build_info(touched->build)->version_num : own;

    if (version < defect->first || version > defect->last || touched->sends_nothing ||
        !defect_touches_strategy(defect, touched))
        return false;
    unsigned int missing = defect->when & ~defect_conditions(plan, touched);
    return missing == 0 || (missing == WHEN_TLS && plan_count_over_tls(plan) > 0);
}

bool defect_applies(const struct defect *defect, unsigned int own, const struct plan *plan)
{
    for (size_t arm = 0; arm < plan->arm_count; arm++)
        if (defect_touches(defect, own, plan, arm))
            return true;
    return false;
}
