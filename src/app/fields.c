/* SPDX-License-Identifier: MIT
 *
 * The labels of an Enum.
 */
#include "fields.h"

size_t cf__field_label_count(const struct cf_column *column)
{
    size_t count = 0;
    while (column->labels && column->labels[count])
        count++;
    return count;
}
