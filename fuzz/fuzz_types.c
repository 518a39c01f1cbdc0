/* SPDX-License-Identifier: MIT
 *
 * Any text as each of the types: what is taken must be written within its room and read back as the same value. And any
 * bytes as the values themselves, as a program may fill them in by hand.
 */
#include <math.h>
#include <string.h>

#include <carafe/types.h>

#include "../src/text/number.h"
#include "fuzz.h"

static void look_at_times(const char *text)
{
    char written[CF_TIME_TEXT];
    cf_time time, time_again;
    cf_date date, date_again;
    cf_clock clock, clock_again;
    if (cf_time_parse(text, &time)) {
        fuzz_require(cf_time_format(time, written) < CF_TIME_TEXT);
        fuzz_require(cf_time_parse(written, &time_again) && time_again.microseconds == time.microseconds);
        fuzz_require(cf_time_of(cf_time_date(time), cf_time_clock(time)).microseconds == time.microseconds);
    }
    if (cf_date_parse(text, &date)) {
        cf_date_format(date, written);
        fuzz_require(cf_date_parse(written, &date_again) && date_again.day == date.day);
    }
    if (cf_clock_parse(text, &clock)) {
        cf_clock_format(clock, written);
        fuzz_require(cf_clock_parse(written, &clock_again) && clock_again.microseconds == clock.microseconds);
    }
}

static void look_at_numbers(const char *text)
{
    char written[CF_DECIMAL_TEXT], number_text[CF__NUMBER_TEXT];
    cf_decimal decimal, again, rescaled;
    cf_uuid uuid;
    double number, number_again;
    int64_t integer;
    bool boolean;
    if (cf_decimal_parse(text, &decimal)) {
        fuzz_require(cf_decimal_format(decimal, written) < CF_DECIMAL_TEXT);
        fuzz_require(cf_decimal_parse(written, &again));
        fuzz_require(cf_decimal_compare(decimal, again) == 0 && decimal.scale == again.scale);
        for (uint8_t scale = 0; scale <= 40; scale++)
            if (cf_decimal_rescale(decimal, scale, &rescaled) && scale >= decimal.scale)
                fuzz_require(cf_decimal_compare(decimal, rescaled) == 0);
    }
    if (cf__parse_number(text, &number)) {
        fuzz_require(isfinite(number) && cf__format_number(number, number_text) < CF__NUMBER_TEXT);
        fuzz_require(cf__parse_number(number_text, &number_again) && number_again == number);
    }
    if (cf_uuid_parse(text, &uuid))
        cf_uuid_format(uuid, written);
    cf__parse_integer(text, &integer);
    cf__parse_boolean(text, &boolean);
}

static void look_at_values(const char *bytes, size_t size)
{
    struct {
        cf_time time;
        cf_date date;
        cf_clock clock;
        cf_decimal left, right;
        double number;
    } values;
    char written[CF_DECIMAL_TEXT];
    memset(&values, 0, sizeof values);
    memcpy(&values, bytes, size < sizeof values ? size : sizeof values);
    fuzz_require(cf_time_format(values.time, written) < CF_TIME_TEXT);
    fuzz_require(cf_date_format(values.date, written) < CF_DATE_TEXT);
    fuzz_require(cf_clock_format(values.clock, written) < CF_CLOCK_TEXT);
    fuzz_require(cf_decimal_format(values.left, written) < CF_DECIMAL_TEXT);
    fuzz_require(cf_decimal_compare(values.left, values.right) == -cf_decimal_compare(values.right, values.left));
    cf_decimal_rescale(values.left, 7, &values.right);
    char number_text[CF__NUMBER_TEXT];
    double again;
    cf__format_number(values.number, number_text);
    if (isfinite(values.number))
        fuzz_require(cf__parse_number(number_text, &again) && memcmp(&again, &values.number, sizeof again) == 0);
}

static void look(void *input_)
{
    const struct fuzz_input *input = input_;
    look_at_times(input->text);
    look_at_numbers(input->text);
    look_at_values(input->text, input->size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_in_context(data, size, look);
}
