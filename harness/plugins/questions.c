#include "questions.h"

#include <stdlib.h>

char *question_write(const struct strategy_values *values, const struct strategy_scale *scale)
{
    json_t *numbers = json_array();

    for (size_t i = 0; i < STRATEGY_OPTIONS_MAX; i++)
        json_array_append_new(numbers, json_integer(values->numbers[i]));
    json_t *question = json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:b}", /* one a line */
        "values", numbers,                                                   /**/
        "lanes", (json_int_t)scale->lanes,                                   /**/
        "processors", (json_int_t)scale->processors,                         /**/
        "requests", (json_int_t)scale->requests,                             /**/
        "servers", (json_int_t)scale->servers,                               /**/
        "connections", (json_int_t)scale->connections,                       /**/
        "streams", (json_int_t)scale->streams,                               /**/
        "is_hasty", (int)scale->is_hasty);
    char *text = question ? json_dumps(question, JSON_COMPACT) : NULL;
    json_decref(question);
    return text;
}

int question_read(const char *question, struct strategy_values *values, struct strategy_scale *scale)
{
    json_t *document = json_loads(question, 0, NULL);
    json_t *numbers = NULL;
    json_int_t lanes = 0;
    json_int_t processors = 0;
    json_int_t requests = 0;
    json_int_t servers = 0;
    json_int_t connections = 0;
    json_int_t streams = 0;
    int is_hasty = 0;

    int result = json_unpack(document, "{s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:b}", /* one a line */
        "values", &numbers,                                                        /**/
        "lanes", &lanes,                                                           /**/
        "processors", &processors,                                                 /**/
        "requests", &requests,                                                     /**/
        "servers", &servers,                                                       /**/
        "connections", &connections,                                               /**/
        "streams", &streams,                                                       /**/
        "is_hasty", &is_hasty);
    for (size_t i = 0; result == 0 && i < STRATEGY_OPTIONS_MAX; i++)
        values->numbers[i] = (long)json_integer_value(json_array_get(numbers, i));
    *scale = (struct strategy_scale){.lanes = (size_t)lanes,
        .processors = (size_t)processors,
        .requests = (uint64_t)requests,
        .servers = (size_t)servers,
        .connections = (size_t)connections,
        .streams = (size_t)streams,
        .is_hasty = is_hasty != 0};
    json_decref(document);
    return result;
}

json_t *question_write_needs(const struct strategy_needs *needs)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:b, s:I, s:b}", /* one a line */
        "files", (json_int_t)needs->files,                  /**/
        "threads", (json_int_t)needs->threads,              /**/
        "processes", (json_int_t)needs->processes,          /**/
        "memory_kib", (json_int_t)needs->memory_kib,        /**/
        "connects_anew", (int)needs->connects_anew,         /**/
        "loop_lanes", (json_int_t)needs->loop_lanes,        /**/
        "uses_socket_action", (int)needs->uses_socket_action);
}

int question_read_needs(json_t *answer, struct strategy_needs *needs)
{
    json_int_t files = 0;
    json_int_t threads = 0;
    json_int_t processes = 0;
    json_int_t memory_kib = 0;
    json_int_t loop_lanes = 0;
    int connects_anew = 0;
    int uses_socket_action = 0;

    int result = json_unpack(answer, "{s:I, s:I, s:I, s:I, s:b, s:I, s:b}", /* one a line */
        "files", &files,                                                    /**/
        "threads", &threads,                                                /**/
        "processes", &processes,                                            /**/
        "memory_kib", &memory_kib,                                          /**/
        "connects_anew", &connects_anew,                                    /**/
        "loop_lanes", &loop_lanes,                                          /**/
        "uses_socket_action", &uses_socket_action);
    *needs = (struct strategy_needs){.files = (uint64_t)files,
        .threads = (uint64_t)threads,
        .processes = (uint64_t)processes,
        .memory_kib = (uint64_t)memory_kib,
        .connects_anew = connects_anew != 0,
        .loop_lanes = (size_t)loop_lanes,
        .uses_socket_action = uses_socket_action != 0};
    return result;
}
