/* SPDX-License-Identifier: MIT
 *
 * INSERT, UPDATE and DELETE: shape, parameters and SQL. The two walks visit values in the same order. What databases
 * say differently about a row that is there already is a pattern of the dialect.
 *
 * An INSERT of many rows has as many placeholders as rows and columns, so each number of rows is a statement of its
 * own. Numbers of rows are therefore powers of two: 1,000 rows on SQLite are fifteen INSERTs of 64, one of 32 and one
 * of 8, and no number needs a statement that the next one cannot use.
 */
#include "write.h"

#include <string.h>

#include <carafe/bulk.h>
#include <carafe/error.h>

#include "../base/random.h"
#include "sql_type.h"

size_t cf__write_batch(const struct cf_dialect *dialect, uint64_t columns, size_t left)
{
    size_t width = (size_t)__builtin_popcountll(columns), most = width ? dialect->most_parameters / width : 1;
    size_t batch = 1;
    if (most > dialect->batch_rows)
        most = dialect->batch_rows;
    while (batch * 2 <= left && batch * 2 <= most)
        batch *= 2;
    return batch;
}

static size_t size_of(const struct cf_operand *value)
{
    if (value->kind == CF_OPERAND_TEXT)
        return strlen(value->text);
    return value->kind == CF_OPERAND_BYTES ? value->bytes.size : sizeof value->integer;
}

static size_t size_of_row(const struct cf__write *write, const void *row)
{
    size_t size = 0;
    for (uint64_t left = write->columns; left; left &= left - 1) {
        struct cf_operand value = cf__field_value(&write->model->columns[__builtin_ctzll(left)], row);
        size += size_of(&value);
    }
    return size;
}

size_t cf__write_fitting(const struct cf_dialect *dialect, const struct cf__write *write, const void *const *rows,
                         size_t count)
{
    size_t size = 0;
    for (size_t i = 0; dialect->most_bytes && i < count; i++)
        if ((size += size_of_row(write, rows[i])) > dialect->most_bytes)
            return i ? i : 1;
    return count;
}

static uint64_t key_of(const struct cf__write *write)
{
    return write->key ? write->key : cf__model_key(write->model);
}

/* ---- Shape and parameters --------------------------------------------------------------------------------------- */

struct walk {
    const struct cf__write *write;
    const struct cf_dialect *dialect;
    struct cf__context *context;
    struct cf__parameters *parameters;
    uint64_t hash;
};

static void note(struct walk *walk, uint64_t word)
{
    walk->hash = cf__hash(&word, sizeof word, walk->hash);
}

static void make_room(struct walk *walk, size_t more)
{
    struct cf__parameters *parameters = walk->parameters;
    size_t capacity = parameters->count + more, size = sizeof *parameters->items;
    if (capacity <= parameters->capacity)
        return;
    parameters->items = cf__resize(walk->context, parameters->items, parameters->capacity * size, capacity * size);
    parameters->capacity = capacity;
}

/* What is written has the scale of its column; what is only compared keeps its own, or 12.505 would equal 12.50. */
static struct cf_operand scaled(struct cf_operand value, const struct cf_column *column)
{
    if (value.kind == CF_OPERAND_DECIMAL)
        cf_decimal_rescale(value.decimal, (uint8_t)column->scale, &value.decimal);
    return value;
}

static void add_fields(struct walk *walk, uint64_t columns, const void *row)
{
    const struct cf_column *all = walk->write->model->columns;
    struct cf_parameter *next = walk->parameters->items + walk->parameters->count;
    for (uint64_t left = columns; left; left &= left - 1) {
        const struct cf_column *column = &all[__builtin_ctzll(left)];
        *next++ = (struct cf_parameter){ .value = scaled(cf__field_value(column, row), column), .column = column };
    }
    walk->parameters->count = (size_t)(next - walk->parameters->items);
}

static void walk_rows(struct walk *walk)
{
    const struct cf__write *write = walk->write;
    make_room(walk, write->count * (size_t)__builtin_popcountll(write->columns));
    for (size_t i = 0; write->columns && i < write->count; i++)
        add_fields(walk, write->columns, write->rows[i]);
}

/* The values of one run behind those of the other. */
static void walk_repeated(struct walk *walk)
{
    const struct cf__write *write = walk->write;
    make_room(walk,
              write->count * (size_t)(__builtin_popcountll(write->columns) + __builtin_popcountll(key_of(write))));
    for (size_t i = 0; i < write->count; i++) {
        if (write->columns)
            add_fields(walk, write->columns, write->rows[i]);
        add_fields(walk, key_of(write), write->key_rows[i]);
    }
    note(walk, 2);
    note(walk, key_of(write));
}

static void walk_operand(struct walk *walk, const struct cf_operand *operand, const struct cf_column *beside)
{
    const struct cf__write *write = walk->write;
    const struct cf__part part = { operand, beside, write->model, write->hides_deleted, write->kind == CF__INSERT };
    walk->hash = cf__part_shape(&part, walk->dialect, walk->context, walk->parameters, walk->hash);
}

static void walk_condition(struct walk *walk);

/* `conditional`: each behind the condition. */
static void walk_set(struct walk *walk, bool conditional)
{
    const struct cf__write *write = walk->write;
    for (size_t i = 0; i < write->set_count; i++) {
        const struct cf_assignment *assignment = &write->set[i];
        struct cf_operand value = scaled(assignment->value, assignment->column);
        note(walk, (uint64_t)(uintptr_t)assignment->column);
        if (conditional)
            walk_condition(walk);
        walk_operand(walk, &value, assignment->column);
    }
}

static void walk_where(struct walk *walk)
{
    const struct cf__write *write = walk->write;
    if (write->key_row) {
        note(walk, 2);
        note(walk, key_of(write));
        make_room(walk, (size_t)__builtin_popcountll(key_of(write)));
        add_fields(walk, key_of(write), write->key_row);
    } else if (write->where) {
        note(walk, 3);
        walk_operand(walk, &(struct cf_operand){ .kind = CF_OPERAND_EXPRESSION, .expression = write->where }, NULL);
    } else if (!write->all) {
        cf_raise(CF_INTERNAL, "an UPDATE or DELETE of %s without a condition", write->model->table);
    }
}

static void walk_condition(struct walk *walk)
{
    if (walk->write->where)
        walk_operand(walk, &(struct cf_operand){ .kind = CF_OPERAND_EXPRESSION, .expression = walk->write->where },
                     NULL);
}

/* In the order of write_conflict. */
static void walk_conflict(struct walk *walk)
{
    const struct cf__write *write = walk->write;
    bool each = walk->dialect->conflict.otherwise;
    int conditions = each ? __builtin_popcountll(write->updated) : 0;
    note(walk, (uint64_t)(uintptr_t)write->predicate);
    note(walk, write->where != NULL);
    for (int i = 0; i < conditions; i++)
        walk_condition(walk);
    walk_set(walk, each);
    conditions = each ? __builtin_popcountll(write->counted) : 1;
    for (int i = 0; (write->updated || write->set_count) && i < conditions; i++)
        walk_condition(walk);
}

static bool fills_hidden(const struct cf__write *write)
{
    for (size_t i = 0; i < write->filled->count; i++)
        if (write->filled->items[i]->hidden)
            return true;
    return false;
}

/* A query's rows, and the values that stand beside each. */
static void walk_query(struct walk *walk)
{
    const struct cf__write *write = walk->write;
    for (size_t i = 0; i < write->filled->count; i++)
        note(walk, (uint64_t)(uintptr_t)write->filled->items[i]);
    for (size_t i = 0; i < write->set_count; i++)
        note(walk, (uint64_t)(uintptr_t)write->set[i].column);
    make_room(walk, write->set_count);
    for (size_t i = 0; i < write->set_count; i++)
        walk->parameters->items[walk->parameters->count++] =
            (struct cf_parameter){ .value = scaled(write->set[i].value, write->set[i].column),
                                   .column = write->set[i].column };
    size_t first = walk->parameters->count;
    walk->hash = cf__subquery_shape(write->query, walk->dialect, walk->context, walk->parameters, walk->hash);
    for (size_t i = first; fills_hidden(write) && i < walk->parameters->count; i++)
        walk->parameters->items[i].hidden = true;
}

uint64_t cf__write_shape(const struct cf__write *write, const struct cf_dialect *dialect, struct cf__context *context,
                         struct cf__parameters *parameters)
{
    struct walk walk = { write, dialect, context, parameters, 0 };
    uint64_t head[] = { (uint64_t)(uintptr_t)write->model,
                        16u + write->kind,
                        write->key_rows ? 1 : write->count,
                        write->columns,
                        write->returning,
                        write->unique,
                        write->updated,
                        write->counted };
    if (!write->model->table)
        cf_raise(CF_INTERNAL, "%s is a SHAPE: it has no table to write to", write->model->name);
    if (write->model->view)
        cf_raise(CF_INTERNAL, "%s is a VIEW: its rows are read, not written; write to the tables that it selects from",
                 write->model->name);
    walk.hash = cf__hash(head, sizeof head, 0);
    if (write->query) {
        walk_query(&walk);
        return walk.hash;
    }
    if (write->key_rows) {
        walk_repeated(&walk);
        return walk.hash;
    }
    walk_rows(&walk);
    if (write->kind == CF__INSERT) {
        walk_conflict(&walk);
        return walk.hash;
    }
    walk_set(&walk, false);
    walk_where(&walk);
    return walk.hash;
}

/* ---- SQL -------------------------------------------------------------------------------------------------------- */

struct compilation {
    const struct cf__write *write;
    const struct cf_dialect *dialect;
    struct cf__buffer *sql;
    unsigned placeholders;
};

static void write_text(struct compilation *compilation, const char *text)
{
    cf__buffer_string(compilation->sql, text);
}

static void write_placeholder(struct compilation *compilation)
{
    cf__sql_placeholder(compilation->sql, compilation->dialect, ++compilation->placeholders);
}

static void write_column(struct compilation *compilation, unsigned at)
{
    cf__sql_identifier(compilation->sql, compilation->dialect,
                       cf__column_name(&compilation->write->model->columns[at]));
}

static void write_columns(struct compilation *compilation, uint64_t columns)
{
    for (uint64_t left = columns; left; left &= left - 1) {
        if (left != columns)
            write_text(compilation, ", ");
        write_column(compilation, (unsigned)__builtin_ctzll(left));
    }
}

/* name = ?, a column each */
static void write_equalities(struct compilation *compilation, uint64_t columns, const char *separator)
{
    for (uint64_t left = columns; left; left &= left - 1) {
        if (left != columns)
            write_text(compilation, separator);
        write_column(compilation, (unsigned)__builtin_ctzll(left));
        write_text(compilation, " = ");
        write_placeholder(compilation);
    }
}

static void write_row(struct compilation *compilation)
{
    int width = __builtin_popcountll(compilation->write->columns);
    for (int i = 0; i < width; i++) {
        write_text(compilation, i ? ", " : "(");
        write_placeholder(compilation);
    }
    write_text(compilation, ")");
}

static void write_values(struct compilation *compilation)
{
    const struct cf__write *write = compilation->write;
    if (!write->columns) {
        write_text(compilation, compilation->dialect->empty_insert);
        return;
    }
    write_text(compilation, " (");
    write_columns(compilation, write->columns);
    write_text(compilation, ") VALUES ");
    for (size_t i = 0; i < write->count; i++) {
        if (i)
            write_text(compilation, ", ");
        write_row(compilation);
    }
}

static void write_table(struct compilation *compilation, const char *before)
{
    write_text(compilation, before);
    cf__sql_identifier(compilation->sql, compilation->dialect, compilation->write->model->table);
}

static void write_operand(struct compilation *compilation, const struct cf_operand *operand,
                          const struct cf_column *beside);

static void write_condition(struct compilation *compilation)
{
    const struct cf_operand where = { .kind = CF_OPERAND_EXPRESSION, .expression = compilation->write->where };
    write_operand(compilation, &where, NULL);
}

static bool is_conditional(const struct compilation *compilation)
{
    const struct cf__write *write = compilation->write;
    return write->kind == CF__INSERT && write->where && compilation->dialect->conflict.otherwise;
}

/* Around the value of an item: "IF(condition, " and ", name)". */
static void begin_value(struct compilation *compilation)
{
    if (!is_conditional(compilation))
        return;
    write_text(compilation, "IF(");
    write_condition(compilation);
    write_text(compilation, ", ");
}

static void write_pattern(struct compilation *compilation, const char *pattern, unsigned column);

static void end_value(struct compilation *compilation, unsigned column)
{
    if (is_conditional(compilation))
        write_pattern(compilation, compilation->dialect->conflict.otherwise, column);
}

static void write_predicate(struct compilation *compilation)
{
    if (!compilation->write->predicate)
        return;
    write_text(compilation, " WHERE ");
    write_text(compilation, compilation->write->predicate);
}

/* A pattern of the dialect: %k is the columns of the unique key, %c the column at hand. */
static void write_pattern(struct compilation *compilation, const char *pattern, unsigned column)
{
    for (; *pattern; pattern++) {
        if (*pattern != '%') {
            cf__buffer_char(compilation->sql, *pattern);
            continue;
        }
        switch (*++pattern) {
        case 'k':
            write_columns(compilation, compilation->write->unique);
            break;
        case 'w':
            write_predicate(compilation);
            break;
        case '[':
            begin_value(compilation);
            break;
        case ']':
            end_value(compilation, column);
            break;
        default:
            write_column(compilation, column);
        }
    }
}

/* version = users.version + 1: the bare name would be of two rows where an INSERT meets one. */
static void write_counted(struct compilation *compilation, bool first)
{
    for (uint64_t left = compilation->write->counted; left; left &= left - 1, first = false) {
        unsigned at = (unsigned)__builtin_ctzll(left);
        if (!first)
            write_text(compilation, ", ");
        write_column(compilation, at);
        write_text(compilation, " = ");
        begin_value(compilation);
        write_table(compilation, "");
        write_text(compilation, ".");
        write_column(compilation, at);
        write_text(compilation, " + 1");
        end_value(compilation, at);
    }
}

/* Where an INSERT meets a row, the bare name of a column would be of two rows. */
static void write_operand(struct compilation *compilation, const struct cf_operand *operand,
                          const struct cf_column *beside)
{
    const struct cf__write *write = compilation->write;
    const struct cf__part part = { operand, beside, write->model, write->hides_deleted, write->kind == CF__INSERT };
    cf__part_sql(&part, compilation->dialect, compilation->sql, &compilation->placeholders);
}

/* The bits of the integer that an expression becomes; 0 for what is none. */
static unsigned bits_of(const struct cf_assignment *assignment)
{
    static const unsigned bits[CF_TYPE_COUNT_] = {
        [CF_TYPE_INTEGER] = 64, [CF_TYPE_BIG_INTEGER] = 64, [CF_TYPE_SMALL_INTEGER] = 16
    };
    return assignment->value.kind == CF_OPERAND_EXPRESSION ? bits[assignment->column->type] : 0;
}

static void write_value(struct compilation *compilation, const struct cf_assignment *assignment)
{
    const char *function = compilation->dialect->integer_function;
    unsigned bits = function ? bits_of(assignment) : 0;
    if (bits)
        cf__buffer_format(compilation->sql, "%s(", function);
    write_operand(compilation, &assignment->value, assignment->column);
    if (bits)
        cf__buffer_format(compilation->sql, ", %u)", bits);
}

/* name = value, an assignment each; `first` where none stands before them. */
static void write_set(struct compilation *compilation, bool first)
{
    const struct cf__write *write = compilation->write;
    for (size_t i = 0; i < write->set_count; i++, first = false) {
        if (!first)
            write_text(compilation, ", ");
        unsigned at = (unsigned)(write->set[i].column - write->model->columns);
        write_column(compilation, at);
        write_text(compilation, " = ");
        begin_value(compilation);
        write_value(compilation, &write->set[i]);
        end_value(compilation, at);
    }
}

static void write_conflict(struct compilation *compilation)
{
    const struct cf__write *write = compilation->write;
    const struct cf_conflict_sql *conflict = &compilation->dialect->conflict;
    if (!write->unique)
        return;
    unsigned first = (unsigned)__builtin_ctzll(write->unique);
    bool updates = write->updated || write->set_count;
    write_pattern(compilation, updates ? conflict->update : conflict->keep, first);
    for (uint64_t left = write->updated; left; left &= left - 1) {
        if (left != write->updated)
            write_text(compilation, ", ");
        write_pattern(compilation, conflict->column, (unsigned)__builtin_ctzll(left));
    }
    write_set(compilation, !write->updated);
    if (!updates)
        return;
    write_counted(compilation, false);
    if (write->where && !conflict->otherwise) {
        write_text(compilation, " WHERE ");
        write_condition(compilation);
    }
}

static void write_where(struct compilation *compilation)
{
    const struct cf__write *write = compilation->write;
    if (write->key_row || write->key_rows) {
        write_text(compilation, " WHERE ");
        write_equalities(compilation, key_of(write), " AND ");
    } else if (write->where) {
        write_text(compilation, " WHERE ");
        write_operand(compilation, &(struct cf_operand){ .kind = CF_OPERAND_EXPRESSION, .expression = write->where },
                      NULL);
    }
}

static void write_returning(struct compilation *compilation)
{
    if (!compilation->write->returning)
        return;
    write_text(compilation, " RETURNING ");
    for (uint64_t left = compilation->write->returning; left; left &= left - 1) {
        unsigned at = (unsigned)__builtin_ctzll(left);
        const struct cf_around around =
            cf__sql_type_read(compilation->dialect, &compilation->write->model->columns[at]);
        write_text(compilation, left != compilation->write->returning ? ", " : "");
        write_text(compilation, around.before);
        write_column(compilation, at);
        write_text(compilation, around.behind);
    }
}

/* " (title, created) SELECT ?, part.* FROM (…) AS part": values stand before the query's, as they do among the parameters. */
static void write_query(struct compilation *compilation)
{
    const struct cf__write *write = compilation->write;
    const struct cf_column *columns = write->model->columns;
    size_t set = write->set_count, count = set + write->filled->count;
    for (size_t i = 0; i < count; i++) {
        write_text(compilation, i ? ", " : " (");
        write_column(compilation,
                     (unsigned)((i < set ? write->set[i].column : write->filled->items[i - set]) - columns));
    }
    write_text(compilation, set ? ") SELECT " : ") ");
    for (size_t i = 0; i < set; i++) {
        write_placeholder(compilation);
        write_text(compilation, ", ");
    }
    if (set)
        write_text(compilation, "part.* FROM (");
    cf__subquery_sql(write->query, compilation->dialect, compilation->sql, &compilation->placeholders);
    if (set)
        write_text(compilation, ") AS part");
}

static void compile_insert(struct compilation *compilation)
{
    write_table(compilation, "INSERT INTO ");
    if (compilation->write->query)
        write_query(compilation);
    else
        write_values(compilation);
    write_conflict(compilation);
    write_returning(compilation);
}

static void compile_update(struct compilation *compilation)
{
    write_table(compilation, "UPDATE ");
    write_text(compilation, " SET ");
    write_equalities(compilation, compilation->write->columns, ", ");
    write_set(compilation, !compilation->write->columns);
    write_counted(compilation, !compilation->write->columns && !compilation->write->set_count);
    write_where(compilation);
    write_returning(compilation);
}

static void compile_delete(struct compilation *compilation)
{
    write_table(compilation, "DELETE FROM ");
    write_where(compilation);
    write_returning(compilation);
}

void cf__write_sql(const struct cf__write *write, const struct cf_dialect *dialect, struct cf__buffer *sql)
{
    static void (*const compile[])(struct compilation *) = {
        [CF__INSERT] = compile_insert,
        [CF__UPDATE] = compile_update,
        [CF__DELETE] = compile_delete,
    };
    struct compilation compilation = { write, dialect, sql, 0 };
    compile[write->kind](&compilation);
}
