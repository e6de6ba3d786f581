/*
 * settings_json: settings as a JSON object, for the trial's protocol and for experiment.json. Keys and values
 * are those of the command line: "timeout": 0.25 is --timeout 0.25. What is not set is null. A text that is
 * not UTF-8, such as the name of a file, is {"hex": "2f746d702fff"}: its bytes.
 */
#ifndef HARNESS_SETTINGS_JSON_H
#define HARNESS_SETTINGS_JSON_H

#include <jansson.h>

#include "settings.h"

/*
 * The rows with `role`. With SETTING_TOLD an axis has its member's value, and secrets are as they are. With
 * SETTING_KEPT an axis has a list of its levels, and secrets are left out: `withheld`, a JSON array, gets the
 * names of the rows that lost one. NULL when memory runs out.
 */
json_t *settings_to_json(const struct settings *settings, enum setting_role role, json_t *withheld);

/*
 * Reads the rows with `role` into settings that settings_init made. -1 with a FAILURE_USAGE that names the
 * key that is missing, unknown, or of the wrong kind.
 */
int settings_from_json(
    struct settings *settings, enum setting_role role, const json_t *object, struct failure *failure);

/* The same for an object with some of the rows only: the others keep their values. A list replaces the one
 * before. */
int settings_from_json_some(
    struct settings *settings, enum setting_role role, json_t *object, struct failure *failure);

/* The member's value, in the form and unit of the command line. Passwords and secrets are left out, so it
 * serves readers only. NULL when memory runs out. */
json_t *setting_to_json(const struct settings *settings, const struct setting *setting);

/* `text` as a JSON string, which is UTF-8: in a text that is not, U+FFFD stands for each
 * byte that does not belong. */
json_t *json_shown_text(const char *text);

#endif
