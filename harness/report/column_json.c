#include "column_json.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "settings_json.h"

static json_t *column_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *column_unsigned(enum column_kind kind, uint64_t value)
{
    struct buffer text = {0};
    json_t *time = NULL;

    if (value == MISSING_COUNT)
        return json_null();
    if (kind == COLUMN_NS)
        return json_real((double)value / (double)NS_PER_S);
    if (kind == COLUMN_US)
        return json_real((double)value / (double)(NS_PER_S / NS_PER_US));
    if (kind == COLUMN_COUNT)
        return json_integer((json_int_t)value);
    column_write_utc(value, &text);
    time = text.out_of_memory ? NULL : json_stringn(text.bytes, text.size);
    buffer_release(&text);
    return time;
}

static json_t *column_to_json(const struct column *column, const void *row)
{
    const char *member = (const char *)row + column->offset;
    enum truth truth = TRUTH_MISSING;
    const char *text = NULL;
    double number = 0;
    bool flag = false;
    uint64_t value = 0;

    switch (column->kind) {
    case COLUMN_TEXT:
        memcpy(&text, member, sizeof text);
        return text ? json_shown_text(text) : json_null();
    case COLUMN_FLAG:
        memcpy(&flag, member, sizeof flag);
        return json_boolean(flag);
    case COLUMN_NUMBER:
        memcpy(&number, member, sizeof number);
        return column_number(number);
    case COLUMN_TRUTH:
        memcpy(&truth, member, sizeof truth);
        return truth == TRUTH_MISSING ? json_null() : json_boolean(truth == TRUTH_YES);
    default:
        memcpy(&value, member, sizeof value);
        return column_unsigned(column->kind, value);
    }
}

/* The settings that are columns, by the columns' names. */
static void column_add_axes(json_t *object, const struct settings *settings)
{
    char name[64];

    for (size_t id = 0; id < SETTING_COUNT; id++)
        if (setting_is_axis(&settings_table[id])) {
            axis_column_name(&settings_table[id], name, sizeof name);
            json_object_set_new(object, name, setting_to_json(settings, &settings_table[id]));
        }
}

json_t *table_row_to_json(const struct table *table, const void *row)
{
    json_t *object = json_object();

    for (size_t i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        if (column->kind == COLUMN_AXES)
            column_add_axes(
                object, *(const struct settings *const *)(const void *)((const char *)row + column->offset));
        else
            json_object_set_new(object, column->name, column_to_json(column, row));
    }
    return object;
}
