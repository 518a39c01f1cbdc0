/* SPDX-License-Identifier: MIT
 *
 * Defaults that the program makes, for many rows at once: asked once, with a row of which little is known. What is not
 * known in it cannot be read unnoticed: texts are traps, numbers are such as nobody has, so that a default which goes by
 * them (row->edits + 1) is refused instead of written to every row.
 */
#include <math.h>
#include <string.h>

#include "bulk.h"

/* Whole numbers and moments that are not known; what is so near to them was made of them. */
static const int64_t nobodys = -(INT64_C(1) << 61), near = INT64_C(1) << 40;

/* ---- A row -------------------------------------------------------------------------------------------------------- */

static bool is_pointer(const struct cf_column *column)
{
    static const bool pointers[CF_TYPE_COUNT_] = {
        [CF_TYPE_STRING] = true,  [CF_TYPE_TEXT] = true, [CF_TYPE_BLOB] = true,
        [CF_TYPE_CHOICES] = true, [CF_TYPE_JSON] = true,
    };
    return pointers[column->type] && !column->custom;
}

static bool is_whole(const struct cf_column *column)
{
    static const bool whole[CF_TYPE_COUNT_] = {
        [CF_TYPE_INTEGER] = true, [CF_TYPE_SMALL_INTEGER] = true, [CF_TYPE_BIG_INTEGER] = true
    };
    return whole[column->type] && !column->custom;
}

static void make_unknown(const struct cf_column *column, char *row)
{
    if (is_pointer(column))
        *(void **)(row + column->offset) = cf__column_trap(column, CF__NOT_KNOWN);
    else if (is_whole(column))
        cf__value_store(column, row, &(struct cf_operand){ .kind = CF_OPERAND_INTEGER, .integer = nobodys });
    else if (column->type == CF_TYPE_DATETIME && !column->custom)
        cf__value_store(column, row, &(struct cf_operand){ .kind = CF_OPERAND_TIME, .time = { nobodys } });
    else if (column->type == CF_TYPE_FLOAT && !column->custom)
        cf__value_store(column, row, &(struct cf_operand){ .kind = CF_OPERAND_NUMBER, .number = (double)NAN });
}

/* ---- What a default has made of it ---------------------------------------------------------------------------------- */

static bool is_near(int64_t value)
{
    return value > nobodys - near && value < nobodys + near;
}

/* A field that was left alone. */
static bool is_unset(const struct cf_column *column, const char *row, const struct cf_operand *value)
{
    if (is_pointer(column))
        return cf__is_trap(*(void *const *)(row + column->offset));
    return (value->kind == CF_OPERAND_INTEGER && value->integer == nobodys) ||
           (value->kind == CF_OPERAND_TIME && value->time.microseconds == nobodys);
}

static bool is_made_of_unknown(const struct cf_operand *value)
{
    return (value->kind == CF_OPERAND_INTEGER && is_near(value->integer)) ||
           (value->kind == CF_OPERAND_TIME && is_near(value->time.microseconds)) ||
           (value->kind == CF_OPERAND_NUMBER && isnan(value->number));
}

static bool is_usable(const struct cf__asked *asked, const struct cf_column *column, const struct cf_operand *value)
{
    bool unknown = is_made_of_unknown(value);
    if (unknown && asked->refusing)
        cf_raise(CF_INTERNAL,
                 "%s of %s: the default of %s goes by what its row has, which is not known of many rows: say what it "
                 "becomes",
                 asked->refusing, column->model->name, column->name);
    if (!unknown)
        cf__check_value(column, value, CF__ALONE);
    return !unknown;
}

size_t cf__defaults_of_many(struct cf__session *session, const struct cf__rows_of *of, const struct cf__asked *asked,
                            struct cf_assignment *made)
{
    size_t count = 0;
    cf__relations_unload(of, asked->row);
    for (uint64_t left = of->columns & ~asked->known; left; left &= left - 1)
        make_unknown(&of->model->columns[__builtin_ctzll(left)], asked->row);
    for (uint64_t left = asked->wanted; left; left &= left - 1) {
        const struct cf_column *column = &of->model->columns[__builtin_ctzll(left)];
        cf__ask_default(session, column, asked->update ? column->update_default : column->insert_default, asked->row);
        struct cf_operand value = { .kind = CF_OPERAND_NULL };
        if (!is_pointer(column) || !cf__is_trap(*(void *const *)((char *)asked->row + column->offset)))
            value = cf__field_value(column, asked->row);
        if (is_unset(column, asked->row, &value) || !is_usable(asked, column, &value))
            continue;
        made[count++] = (struct cf_assignment){ column, value };
    }
    return count;
}
