#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What must compile, and what must not: ok.c without a warning, and each wrong program made from it by one substitution
# refused by gcc and clang, with a first error that names the line and shows the wrong word. A substitution that changes
# nothing fails.
#
#   check.sh SOURCE_ROOT [COMPILER…]
set -u
root=$1
shift
compilers=${*:-gcc clang}
good=$root/tests/compile/ok.c
directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT
flags="-Wall -Wextra -Wpedantic -Wshadow -Werror -fsyntax-only -I$root/include"
checked=0
failed=0

complain() {
    failed=$((failed + 1))
    echo "FAIL  $1"
}

# line_of CHANGED WHERE: the line that a compiler is to name: the changed one, or that of the MODEL named.
line_of() {
    if [ -n "$2" ]; then
        grep -n "^$2" "$1" | head -n 1 | cut -d: -f1
    else
        awk 'NR == FNR { good[NR] = $0; next } good[FNR] != $0 { print FNR; exit }' "$good" "$1"
    fi
}

# The first two errors with the lines of source they quote: what the user reads first.
first_errors() {
    awk '/error:/ { errors++ } errors > 2 { exit } { print }' "$1"
}

# wrong WHAT SUBSTITUTION WORD [MODEL]: the error stands on the changed line, or where it is said on that of a MODEL.
wrong() {
    sed "$2" "$good" >"$directory/wrong.c"
    cmp -s "$good" "$directory/wrong.c" && { complain "$1: the substitution changes nothing"; return; }
    line=$(line_of "$directory/wrong.c" "${4-}")
    for compiler in $compilers; do
        checked=$((checked + 1))
        # shellcheck disable=SC2086  # several flags
        if (cd "$directory" && $compiler -std=gnu11 $flags wrong.c) 2>"$directory/output"; then
            complain "$1: $compiler lets it through"
            continue
        fi
        first=$(grep -m 1 'error:' "$directory/output")
        case $first in
        wrong.c:"$line":*) ;;
        *) complain "$1: $compiler names another line than $line: $first" ;;
        esac
        first_errors "$directory/output" | grep -qF -e "$3" || complain "$1: $compiler does not show \"$3\": $first"
    done
}

for compiler in $compilers; do
    for standard in gnu11 gnu17; do
        checked=$((checked + 1))
        # shellcheck disable=SC2086
        $compiler -std=$standard $flags "$good" || complain "ok.c: $compiler -std=$standard refuses it"
    done
done

# Conditions
wrong 'integer column, text'              's/cf_eq(User.id, n)/cf_eq(User.id, "1")/'                          '"1"'
wrong 'text column, integer'              's/cf_eq(User.name, q)/cf_eq(User.name, 7)/'                        '7'
wrong 'integer column, 3.5'               's/cf_le(7, User.id)/cf_le(User.id, 3.5)/'                          '3.5'
wrong 'integer before a text column'      's/cf_le(7, User.id)/cf_le(7, User.name)/'                          'User.name'
wrong 'boolean column, text'              's/cf_eq(Post.published, true)/cf_eq(Post.published, "yes")/'       '"yes"'
wrong 'choice, text'                      's/cf_ne(Reading.status, Status_draft)/cf_ne(Reading.status, "d")/' '"d"'
wrong 'choice, misspelt'                  's/cf_ne(Reading.status, Status_draft)/cf_ne(Reading.status, Status_drft)/' 'Status_drft'
wrong 'decimal, 7.5'                      's/cf_lt(Reading.price, 7)/cf_lt(Reading.price, 7.5)/'              '7.5'
wrong 'time, integer'                     's/cf_ago(1, CF_HOUR)/3600/'                                        '3600'
wrong 'date, time'                        's/cf_time_date(cf_now())/cf_now()/'                                'cf_now()'
wrong 'UUID, text'                        's/cf_uuid_new()/"1234"/'                                           '"1234"'
wrong 'columns of two kinds'              's/cf_ge(User.age, User.id)/cf_ge(User.age, User.name)/'            'User.name'
wrong 'one of, text among integers'       's/cf_in(User.id, 1, 2, n)/cf_in(User.id, 1, "2", n)/'              '"2"'
wrong 'between, text among integers'      's/cf_between(User.age, 18, 30)/cf_between(User.age, 18, "30")/'    '"30"'
wrong 'array of integers, enum column'     's/cf_in_array(Reading.status, statuses, 1)/cf_in_array(Reading.status, some, 3)/' 'enum'
wrong 'array of dates, uuid column'         's/cf_in_array(Reading.station, stations, 1)/cf_in_array(Reading.station, days, 1)/' 'days'
wrong 'array of texts, integer column'    's/cf_in_array(User.name, names, 2)/cf_in_array(User.id, names, 2)/' 'names'
wrong 'like on an integer column'         's/cf_like(User.name, "k%"), cf_contains/cf_like(User.id, "k%"), cf_contains/' 'User.id'
wrong 'contains a number'                 's/cf_contains(User.name, "i")/cf_contains(User.name, 3)/'          '3'
wrong 'a column for a condition'          's/cf_and(where, cf_eq(User.name, q))/cf_and(where, User.name)/'    'User.name'
wrong 'misspelt column'                   's/cf_asc(User.id) });$/cf_asc(User.idd) });/'                      'idd'
wrong 'order by a text'                   's/cf_desc(User.age), cf_asc/"age", cf_asc/'                        '"age"'
wrong 'nine columns to order by'          's/{ cf_asc(User.id) });$/{ cf_asc(User.id), cf_asc(User.id), cf_asc(User.id), cf_asc(User.id), cf_asc(User.id), cf_asc(User.id), cf_asc(User.id), cf_asc(User.id), cf_asc(User.id) });/' 'excess elements'
wrong 'misspelt option of a query'        's/\.limit    = 10/.limt = 10/'                                     'limt'
wrong 'misspelt model'                    's/cf_has(db, Post,/cf_has(db, Pst,/'                               'Pst'

# Expressions
wrong 'a value of another type'           's/cf_optional_integer oldest = cf_select_integer/cf_optional_number oldest = cf_select_integer/' 'cf_select_integer'
wrong 'an integer for a text'             's/const char \*latest = cf_select_text/const char *latest = cf_select_integer/' 'cf_select_integer'
wrong 'a relation for a value'            's/cf_select_text(db, Post.title/cf_select_text(db, Post.author/'   'Post.author'
wrong 'a value of a misspelt column'      's/cf_max_of(User.age)/cf_max_of(User.agge)/'                       'agge'
wrong 'a full join on a column'           's/cf_full_join(Visit, .on = where)/cf_full_join(Visit, .on = Visit.user_id)/' 'Visit.user_id'
wrong 'a misspelt option of a value'      's/\.order_by = { cf_nulls_first(cf_desc(Post.created)) }, \.limit/.oder_by = { cf_nulls_first(cf_desc(Post.created)) }, .limit/' 'oder_by'
wrong 'NULLs first of a column'           's/cf_nulls_first(cf_desc(Post.created))/cf_nulls_first(Post.created)/' 'Post.created'
wrong 'bits of a text'                    's/cf_bit_and(Visit.post_id, 1)/cf_bit_and(User.name, 1)/'          'User.name'
wrong 'a shift by a number'               's/cf_shift_left(Visit.post_id, Visit.user_id)/cf_shift_left(Visit.post_id, 1.5)/' '1.5'
wrong 'a filter of a column'              's/cf_filter(cf_sum_of(Visit.post_id)/cf_filter(Visit.post_id/'     'Visit.post_id' '    cf_expr \*sums'
wrong 'a collation of a number'           's/cf_collate(User.name, "C")/cf_collate(User.id, "C")/'            'User.id'
wrong 'a collation that is no literal'    's/cf_collate(User.name, "C")/cf_collate(User.name, latest)/'       'latest'
wrong 'a full join of a column'           's/cf_full_join(Post.author)/cf_full_join(Post.author_id)/'         'a table or a relation'
wrong 'a column for the order of a set'   's/cf_within_group(cf_function("mode"), cf_asc(User.age)/cf_within_group(cf_function("mode"), User.age/' 'User.age'
wrong 'a column for the function of a set' 's/cf_within_group(cf_function("mode"),/cf_within_group(User.age,/' 'User.age'
wrong 'a column to be locked'             's/\.for_update_of = CF_MODELS(User)/.for_update_of = CF_MODELS(User.id)/' 'User.id'
wrong 'a lock of no name'                 's/CF_FOR_NO_KEY_UPDATE | CF_SKIP_LOCKED/CF_FOR_NO_KEYS | CF_SKIP_LOCKED/' 'CF_FOR_NO_KEYS'
wrong 'the only row of another model'     's/struct User \*only =/struct Post *only =/'                       'cf_find_exactly_one'

# Rows and sessions
wrong 'list of another model'             's/struct User_list users = cf_find(req->db, User/struct User_list users = cf_find(req->db, Post/' 'cf_find'
wrong 'row of another model'              's/struct User \*first = /struct Post *first = /'                   'cf_find_one'
wrong 'misspelt field of a new row'       's/\.title = "hello"/.tilte = "hello"/'                             'tilte'
wrong 'text in an integer field'          's/\.author_id = user->id/.author_id = "3"/'                        '"3"'
wrong 'number where an optional goes'     's/\.age = cf_optional(31)/.age = 31/'                              '31'
wrong 'text in an optional number'        's/user->age = cf_optional(30)/user->age = cf_optional("30")/'      '"30"'
wrong 'delete from another model'         's/cf_delete(db, Post, post)/cf_delete(db, User, post)/'            'post'
wrong 'a key of 3.5'                      's/cf_get(db, User, 3)/cf_get(db, User, 3.5)/'                      '3.5'
wrong 'a pointer for a key'               's/cf_get(db, User, 3)/cf_get(db, User, db)/'                       'db'
wrong 'a pointer in a composite key'      's/cf_key(station, cf_now())/cf_key(station, db)/'                  'db'
wrong 'five values of a key'              's/cf_key(station, cf_now())/cf_key(1, 2, 3, 4, 5)/'                'excess elements'
wrong 'SQL that is not a literal'         's/"SELECT 1");$/first->name);/'                                    'first'
wrong 'SQL to execute, not a literal'     's/"DELETE FROM users WHERE id = ?"/first->name/'                   'first'
wrong 'a pointer for a value of SQL'      's/"kim", 3);$/"kim", db);/'                                        'db'
wrong 'a constraint of no column'         's/cf_violates(error, User.email)/cf_violates(error, User.mail)/'   'mail'
wrong 'a constraint of a number'          's/cf_violates(error, User.email)/cf_violates(error, 3)/'           '.'

# Many rows
wrong 'an array of another model'         's/cf_insert_all(db, User, rows, count)/cf_insert_all(db, Post, rows, count)/' 'rows'
wrong 'keys of another model'             's/cf_columns(Post.slug), posts, count)/cf_columns(Post.slug), rows, count)/' 'rows'
wrong 'a value of no column'              's/cf_assign(db, Post, posts, cf_set(Post.author_id, cf_plus(Post.author_id, 1)))/cf_assign(db, Post, posts, 3)/' '3'
wrong 'the row of another model assigned' 's/cf_assign(db, Post, posts/cf_assign(db, Post, rows/'             'rows'
wrong 'misspelt option of an insert'      's/\.returning = true/.returnin = true/'                             'returnin'
wrong 'a text set in an integer column'   's/cf_set(User.age, 30)/cf_set(User.age, "30")/'                    '"30"'
wrong 'a column set to one of another kind' 's/cf_set(User.name, User.email)/cf_set(User.name, User.id)/'     'User.id'
wrong 'deleted rows of another model'     's/struct User_list gone =/struct Post_list gone =/'                     'cf_delete_all_returning'
wrong 'a misspelt column to insert from'  's/cf_columns(Tag.parent_id), cf_subquery_of/cf_columns(Tag.parnt_id), cf_subquery_of/' 'parnt_id'
wrong 'a column for columns to insert'    's/cf_columns(Tag.parent_id), cf_subquery_of/Tag.parent_id, cf_subquery_of/' 'Tag.parent_id'
wrong 'rows inserted from a model'        's/cf_subquery_of(User.id, \.from = User));$/User);/'                  'User'
wrong 'a misspelt column set'             's/cf_set_null(User.bio)/cf_set_null(User.boi)/'                    'boi'
wrong 'an assignment for a condition'     's/\.where = cf_eq(Post.author_id, 7)/.where = cf_set(Post.author_id, 7)/' 'cf_set'
wrong 'an unknown option of a conflict'   's/\.keep = true/.kep = true/'                                       'kep'
wrong 'a column for a set of columns'     's/cf_upsert_all(db, Post, cf_columns(Post.author_id, Post.slug)/cf_upsert_all(db, Post, Post.slug/' 'Post.slug'
wrong 'a list of another model'          's/struct Post_list upserted/struct User_list upserted/'            'User_list'
wrong 'a misspelt field of an upsert'     's/\.name = "kim", \.email = "kim@example.com");$/.nme = "kim");/'   'nme'
wrong 'misspelt option of a loop'         's/cf_gt(User.age, 18), \.order_by = { cf_asc(User.id) })$/cf_gt(User.age, 18), .oder_by = { cf_asc(User.id) })/' 'oder_by'
wrong 'a field of another row in a loop'  's/post->title);$/post->titel);/'                                   'titel'

# Models
wrong 'misspelt option of a column'       's/String(50),   index = true/String(50),   indx = true/'           'indx'
wrong 'misspelt column type'              's/(clock,   Time)/(clock,   Tim)/'                                 'Tim'           'MODEL(Reading'
wrong 'misspelt type with arguments'      's/(title,     String(200))/(title,     Strng(200))/'               'Strng'         'MODEL(Post'
wrong 'misspelt Nullable'                 's/(age,   Nullable(Integer))/(age,   Nulable(Integer))/'           'Nulable'       'MODEL(User'
wrong 'misspelt type in Nullable'         's/(age,   Nullable(Integer))/(age,   Nullable(Integr))/'           'Integr'        'MODEL(User'
wrong 'a number for a name'               's/json = "createdAt"/json = 3/'                                    '3'
wrong 'a table option that is a number'   's/TableOption("sqlite", "STRICT")/TableOption("sqlite", 7)/'       'int'           'MODEL(Post'
wrong 'SQL of a table that is a number'   's/Ddl("CREATE TRIGGER kept[^)]*)[^)]*)/Ddl(7)/'                    'int'           'MODEL(Post'
wrong 'misspelt drop of its SQL'          's/, drop = "DROP TRIGGER kept"/, dropp = "DROP TRIGGER kept"/'     'dropp'
wrong 'misspelt database of its SQL'      's/\.database = "postgresql")/.databas = "postgresql")/'            'databas'
wrong 'misspelt autoincrement'            's/autoincrement = true/autoincremnt = true/'                     'autoincremnt'
wrong 'a row for a view'                  's/cf_add(db, User, .name = "lee", .age = cf_null_integer)/cf_add(db, Reader, .name = "lee")/' 'a view is read, not written'
wrong 'a row of a view deleted'           's/cf_delete(db, Post, post)/cf_delete(db, Reader, NULL)/'          'a view is read, not written'
wrong 'rows of a view updated'            's/cf_update_all(db, Reading, .set = { cf_set(Reading.status, Status_draft), cf_set(Reading.price, 7) }/cf_update_all(db, Reader, .set = { cf_set(Reader.name, "x") }/' 'a view is read, not written'
wrong 'a view of SQL in a variable'       's/"readers", "SELECT id, name FROM users WHERE age > 17"/"readers", readers/' 'readers'
wrong '65 columns'                        's/(c63, Integer))/(c63, Integer), (c64, Integer))/'                'at most 64'    'MODEL(Wide'
wrong 'eleven options'                    's/was = "number")/was = "number", check = "1")/'                   'at_most_ten'   'MODEL(Reading'
wrong 'twelve options'                    's/was = "number")/was = "number", check = "1", primary_key = true)/' 'at_most_ten' 'MODEL(Reading'
wrong 'a column of the same name'         's/(bio,   Nullable(Text), lazy = true)/(name,   Nullable(Text))/'               'name'
wrong 'misspelt model in a list'          's/CF_MODELS(User, Post/CF_MODELS(User, Pst/'                       'Pst'
wrong 'a number to compute by'            's/computed = "length(title)"/computed = 3/'                        'computed'
wrong 'misspelt computed'                 's/computed = "length(title)"/computd = "length(title)"/'           'computd'
wrong 'misspelt stored'                   's/stored = true/stord = true/'                                     'stord'
wrong 'a number for an SQL type'          's/sql_type = "postgresql: citext"/sql_type = 3/'                  'const char *'
wrong 'a number for a collation'          's/collation = "NOCASE"/collation = 3/'                             'collation'
wrong 'a number for a comment'            's/comment = "in the address"/comment = 7/'                         'comment'
wrong 'a comment of a model, a number'    's/Comment("what was written")/Comment(7)/'                         'const char *'       'MODEL(Post'
wrong 'misspelt deferred'                 's/deferred = true/defered = true/'                                 'defered'
wrong 'an index on a column of no quotes' 's/IndexOn("lower(title)")/IndexOn(title)/'                         'title'
wrong 'misspelt Jsonb'                    's/(parsed,  Jsonb)/(parsed,  Jsnb)/'                               'Jsnb'          'MODEL(Reading'
wrong 'a default at the insert, a check'  's/insert_default = cf_default_uuid/insert_default = check_user/'   'check_user'
wrong 'a value for a default function'    's/insert_default = cf_default_uuid/insert_default = 3/'            '3'
wrong 'misspelt update_default'           's/update_default = count_badge/updated_default = count_badge/'     'updated_default'
wrong 'misspelt lazy'                     's/lazy = true/lasy = true/'                                        'lasy'

# Queries that are asked together
wrong 'a list of another model, later'    's/struct User_list \*olds = cf_find_later(db, User/struct Post_list *olds = cf_find_later(db, User/' 'cf_find_later'
wrong 'a row where one comes later'       's/struct User \*\*kim = cf_find_one_later/struct User *kim = cf_find_one_later/' 'cf_find_one_later'
wrong 'misspelt option, later'            's/cf_gt(User.age, 60), .load = /cf_gt(User.age, 60), .loads = /'   'loads'

# Types of one's own
wrong 'a type that nobody declares'       's/SHAPE(Painted, (paint, Custom(Color))/SHAPE(Painted, (paint, Custom(Colour))/' 'Colour'
wrong 'another C type for the field'      's/\.paint = paint, \.driven/.paint = "#ff0000", .driven/'           '"#ff0000"'
wrong 'another C type to be stored'       's/cf_stored(Color, paint)/cf_stored(Color, 7)/'                    '7'
wrong 'what is stored, for another column' 's/cf_stored(Seconds, 7.5)/cf_stored(Color, paint)/'              'cf_stored'
wrong 'a value as it is not stored'       's/cf_eq(Car.paint, cf_stored(Color, paint))/cf_eq(Car.paint, paint)/' 'paint'
wrong 'functions the wrong way round'     's/String(7), color_bind, color_read/String(7), color_read, color_bind/' 'color_read'
wrong 'another type to be stored as'      's/CF_CUSTOM(Color, struct color, String(7)/CF_CUSTOM(Color, struct color, Integer/' 'color_bind'
wrong 'stored as a relation'              's/CF_CUSTOM(Seconds, double, BigInteger/CF_CUSTOM(Seconds, double, HasMany(Post, id)/' 'HasMany'

# Relations
wrong 'a row of another model'            's/post->author = author/post->author = post/'                      'post->author'
wrong 'a field of a related row'          's/mine->title/mine->titel/'                                        'titel'
wrong 'a model that nobody declares'      's/ManyToMany(Tag, "post_tags")/ManyToMany(Tga, "post_tags")/'      'Tga'           ' *printf("%zu %s.n", cf_related'
wrong 'a relation of another row'         's/cf_related(db, Post.author, post)/cf_related(db, Post.author, user)/' 'user'
wrong 'related by a column'               's/cf_related(db, Post.author, post)/cf_related(db, Post.author_id, post)/' 'author_id'
wrong 'what is related, of another type'  's/struct User \*writer =/struct Post *writer =/'                   'cf_related'
wrong 'JSON of another relation'          's/cf_json(req, Post, user->posts)/cf_json(req, User, user->posts)/' 'user->posts'
wrong 'a row of another list'             's/cf_append(db, User.posts, author, post)/cf_append(db, User.posts, author, author)/' 'author'
wrong 'a list of another row'             's/cf_append(db, User.posts, author, post)/cf_append(db, User.posts, post, post)/' 'post'
wrong 'a row of another list at an index' 's/cf_insert_at(db, User.posts, author, post, 0)/cf_insert_at(db, User.posts, author, author, 0)/' 'author'
wrong 'a list to number of another row'   's/cf_reorder(db, User.posts, author)/cf_reorder(db, User.posts, post)/' 'post'
wrong 'a position that is no text'        's/order_by = "-title"/position = Post.title/'                      'Post'
wrong 'inserted rows as a list of others' 's/struct Tag_list tags =/struct User_list tags =/'                 'User_list'
wrong 'a list that is a row'              's/cf_remove(db, Post.tags, post, tag)/cf_remove(db, Post.author, post, author)/' 'Post.author'
wrong 'a hook of a wrong type'            's/Hooks(.before_insert = count_badge/Hooks(.before_insert = check_user/' 'check_user'
wrong 'a misspelt hook'                   's/Hooks(.before_insert = count_badge/Hooks(.before_isert = count_badge/' 'before_isert'
wrong 'a validator of a wrong type'       's/validate = check_user),$/validate = count_badge),/'              'count_badge'
wrong 'a relation in a set of columns'    's/cf_columns(User.name, User.email)/cf_columns(User.name, User.posts)/' 'column'
wrong 'a relation compared'               's/cf_eq(User.id, n)/cf_eq(User.posts, n)/'                         'User.posts'
wrong 'a relation to order by'            's/cf_desc(User.age), cf_asc/cf_desc(User.posts), cf_asc/'          'User.posts'
wrong 'a column where a relation goes'    's/{ User.posts, cf_chain/{ User.name, cf_chain/'                   'User.name'
wrong 'a column at the end of a path'     's/Post.tags, Tag.parent)/Post.tags, Tag.parent_id)/'               'Tag.parent_id'
wrong 'a column at the start of a path'   's/cf_chain(User.posts/cf_chain(User.name/'                         'relation'
wrong 'a column loaded in part'           's/cf_only(User.posts/cf_only(User.name/'                           'relation'
wrong 'a loop over no query'                's/cf_select_each(minute, db, Minute, .from = Reading/cf_select_each(minute, db, Minute, .form = Reading/' 'form'
wrong 'a column that is joined in'         's/cf_joined(Post.author)/cf_joined(Post.author_id)/'               'cf_joined'
wrong 'a part that is no condition'       's/cf_only(User.posts, cf_gt(Post.id, 1))/cf_only(User.posts, User.posts)/' 'cf_only'
wrong 'an order that is no text'          's/order_by = "-title"/order_by = Post.title/'                      'Post'
wrong 'a row of another model to expire'  's/cf_expire(db, Tag, tag)/cf_expire(db, Tag, post)/'               'post'
wrong 'a row of another model again'      's/cf_add_again(db, Tag, tag)/cf_add_again(db, Tag, post)/'         'post'
wrong 'a change of a relation'            's/cf_is_changed(db, Post.title, post)/cf_is_changed(db, Post.author, post)/' 'column'
wrong 'a state of another row'            's/cf_state(db, Post, post)/cf_state(db, Post, tag)/'               'tag'
wrong 'pending rows of another model'     's/cf_pending(db, Post, CF_ROW_NEW)/cf_pending(db, Tag, CF_ROW_NEW)/' 'title'    ' *printf("%s.n", fresh->title'
wrong 'a default of a wrong type'         's/update_default = count_badge/update_default = check_user/'       'check_user'
wrong 'a relation to undefer'             's/.undefer = cf_columns(Post.title)/.undefer = cf_columns(Post.tags)/' 'column'
wrong 'a misspelt relation'               's/(notes,   HasMany(/(notes,   HasMny(/'                           'HasMny'        'MODEL(Visit'
wrong 'a relation of a new table'         's/(one, Unique(name, email))/(one, HasMany(User, id))/'            'a_relation_is_no_column'
wrong 'a table that is no text'           's/ManyToMany(Tag, "post_tags")/ManyToMany(Tag, post_tags)/'        'post_tags'

# Requests
wrong 'JSON of another model'             's/cf_json(req, User, user,/cf_json(req, Post, user,/'              'user'
wrong 'JSON of another list'              's/cf_json(req, User, users)/cf_json(req, Post, users)/'            'users'
wrong 'JSON of another slice'             's/cf_json(req, User, slice)/cf_json(req, Post, slice)/'            'slice'
wrong 'a slice of another model'          's/struct User_slice slice = cf_paginate_after(req, User/struct Post_slice slice = cf_paginate_after(req, User/' 'cf_paginate_after'
wrong 'a shape without its table'         's/cf_paginate_select(req, Minute, .from = Reading,/cf_paginate_select(req, Minute, .from = Readings,/' 'Readings'
wrong 'an option pages do not have'       's/.left_edge = 3/.left_end = 3/'                                   'left_end'
wrong 'JSON of another page'              's/cf_json(req, User, page)/cf_json(req, Post, page)/'              'page'
wrong 'misspelt option of an answer'      's/\.status = 201/.staus = 201/'                                    'staus'
wrong 'a set with a misspelt column'      's/cf_columns(User.name, User.email)/cf_columns(User.name, User.emial)/' 'emial'
wrong 'a change of another model'         's/cf_update_from_json(req, User, user/cf_update_from_json(req, Post, user/' 'user'
wrong 'a body of another shape'           's/cf_body(req, Transfer)/cf_body(req, Minute)/'                    'cf_body'
wrong 'a handler of a wrong type'         's/list_users);$/conditions);/'                                     'conditions'
wrong 'misspelt option of a bind'         's/\.pool_size = 2/.poolsize = 2/'                                  'poolsize'
wrong 'misspelt option of an app'         's/\.models       =/.model =/'                                      'model'

# Revisions
wrong 'misspelt type of a new table'      's/(op, "users", (id, Id), (name, String(50))/(op, "users", (id, Id), (name, Strng(50))/' 'Strng'
wrong 'misspelt option of a new table'    's/(code, String(8), primary_key/(code, String(8), primry_key/'     'primry_key'
wrong 'misspelt type of a new column'     's/"age", Nullable(Integer))/"age", Nullable(Intger))/'             'Intger'
wrong 'misspelt type of a changed column' 's/"score", Nullable(Float))/"score", Flot)/'                       'Flot'
wrong 'misspelt option of a new column'   's/Integer, \.server_default =/Integer, .server_defalt =/'          'server_defalt'
wrong 'autocommit of a text of run time'  's/cf_sql_autocommit(db, "VACUUM")/cf_sql_autocommit(db, user->name)/' 'user->name'
wrong 'misspelt name of a constraint'     's/named = "a_once"/nmed = "a_once"/'                             'nmed'
wrong 'misspelt entry of a primary key'   's/PrimaryKey(id), named/PrimryKey(id), named/'              'PrimryKey'     'MODEL(Post'
wrong 'a start that is a text'            's/start = 1000, increment/start = "1000", increment/'             '"1000"'
wrong 'misspelt descending columns'       's/\.descending = { "age" }/.descend = { "age" }/'                 'descend'
wrong 'misspelt option of an index'       's/"users", \.columns = { "age" }/"users", .column = { "age" }/'    'column'

echo "compile: $checked checks, $failed failed"
[ "$failed" -eq 0 ]
