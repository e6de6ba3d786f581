/* plugin_role: the process that describes a plug-in to the experiment. */
#ifndef HARNESS_PLUGINS_PLUGIN_ROLE_H
#define HARNESS_PLUGINS_PLUGIN_ROLE_H

/* The argument of a process that describes a plug-in. */
#define PLUGIN_ROLE "plugin"

/* Its exit code when the plug-in can't be run, and standard error's last line says why. Hardly one that a
 * plug-in's own exit has. */
#define PLUGIN_ROLE_REFUSES 97

/*
 * Its role, "harness plugin PATH [QUESTION]": says on standard output, as one line of JSON, what the plug-in
 * is; or, asked for a scale and the values of its options, what it needs. Returns the exit code; what failed
 * is on standard error.
 */
int plugin_role(char **arguments);

#endif
