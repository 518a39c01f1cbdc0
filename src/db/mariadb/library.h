/* SPDX-License-Identifier: MIT
 *
 * libmariadb, by pointers that are filled in when the first connection is opened (see library.h). Its functions keep their
 * names: below, each name stands for its pointer.
 */
#ifndef CARAFE_DB_MARIADB_LIBRARY_H
#define CARAFE_DB_MARIADB_LIBRARY_H

#include <mysql.h>

#ifdef CARAFE_LOADED_CLIENTS
/* clang-format off */
#define CF__MARIADB_FUNCTIONS(X) \
    X(mariadb_field_attr) X(mariadb_stmt_fetch_fields) X(mysql_close) X(mysql_errno) X(mysql_error) X(mysql_fetch_row) \
    X(mysql_free_result) X(mysql_get_server_info) X(mysql_get_server_version) X(mysql_get_socket) \
    X(mysql_get_ssl_cipher) X(mysql_init) X(mysql_next_result_cont) X(mysql_next_result_start) X(mysql_options) \
    X(mysql_ping_cont) X(mysql_ping_start) X(mysql_real_connect_cont) X(mysql_real_connect_start) \
    X(mysql_real_query_cont) X(mysql_real_query_start) X(mysql_reset_connection_cont) \
    X(mysql_reset_connection_start) X(mysql_set_server_option_cont) X(mysql_set_server_option_start) \
    X(mysql_sqlstate) X(mysql_ssl_set) X(mysql_stmt_affected_rows) X(mysql_stmt_attr_set) X(mysql_stmt_bind_param) \
    X(mysql_stmt_bind_result) X(mysql_stmt_close) X(mysql_stmt_close_cont) X(mysql_stmt_close_start) \
    X(mysql_stmt_data_seek) X(mysql_stmt_errno) X(mysql_stmt_error) X(mysql_stmt_execute_cont) \
    X(mysql_stmt_execute_start) X(mysql_stmt_fetch) X(mysql_stmt_fetch_column) X(mysql_stmt_fetch_cont) \
    X(mysql_stmt_fetch_start) X(mysql_stmt_field_count) X(mysql_stmt_free_result) X(mysql_stmt_init) \
    X(mysql_stmt_more_results) X(mysql_stmt_next_result_cont) X(mysql_stmt_next_result_start) \
    X(mysql_stmt_num_rows) X(mysql_stmt_param_count) X(mysql_stmt_prepare_cont) X(mysql_stmt_prepare_start) X(mysql_stmt_reset_cont) \
    X(mysql_stmt_reset_start) X(mysql_stmt_sqlstate) X(mysql_stmt_store_result_cont) \
    X(mysql_stmt_store_result_start) X(mysql_store_result_cont) X(mysql_store_result_start)
#define CF__POINTER_(name) __typeof__(name) *name##_;
extern struct cf__mariadb_library {
    CF__MARIADB_FUNCTIONS(CF__POINTER_)
} cf__mariadb_library;
#undef CF__POINTER_

#define mariadb_field_attr cf__mariadb_library.mariadb_field_attr_
#define mariadb_stmt_fetch_fields cf__mariadb_library.mariadb_stmt_fetch_fields_
#define mysql_close cf__mariadb_library.mysql_close_
#define mysql_errno cf__mariadb_library.mysql_errno_
#define mysql_error cf__mariadb_library.mysql_error_
#define mysql_fetch_row cf__mariadb_library.mysql_fetch_row_
#define mysql_free_result cf__mariadb_library.mysql_free_result_
#define mysql_get_server_info cf__mariadb_library.mysql_get_server_info_
#define mysql_get_server_version cf__mariadb_library.mysql_get_server_version_
#define mysql_get_socket cf__mariadb_library.mysql_get_socket_
#define mysql_get_ssl_cipher cf__mariadb_library.mysql_get_ssl_cipher_
#define mysql_init cf__mariadb_library.mysql_init_
#define mysql_next_result_cont cf__mariadb_library.mysql_next_result_cont_
#define mysql_next_result_start cf__mariadb_library.mysql_next_result_start_
#define mysql_options cf__mariadb_library.mysql_options_
#define mysql_ping_cont cf__mariadb_library.mysql_ping_cont_
#define mysql_ping_start cf__mariadb_library.mysql_ping_start_
#define mysql_real_connect_cont cf__mariadb_library.mysql_real_connect_cont_
#define mysql_real_connect_start cf__mariadb_library.mysql_real_connect_start_
#define mysql_real_query_cont cf__mariadb_library.mysql_real_query_cont_
#define mysql_real_query_start cf__mariadb_library.mysql_real_query_start_
#define mysql_reset_connection_cont cf__mariadb_library.mysql_reset_connection_cont_
#define mysql_reset_connection_start cf__mariadb_library.mysql_reset_connection_start_
#define mysql_set_server_option_cont cf__mariadb_library.mysql_set_server_option_cont_
#define mysql_set_server_option_start cf__mariadb_library.mysql_set_server_option_start_
#define mysql_sqlstate cf__mariadb_library.mysql_sqlstate_
#define mysql_ssl_set cf__mariadb_library.mysql_ssl_set_
#define mysql_stmt_affected_rows cf__mariadb_library.mysql_stmt_affected_rows_
#define mysql_stmt_attr_set cf__mariadb_library.mysql_stmt_attr_set_
#define mysql_stmt_bind_param cf__mariadb_library.mysql_stmt_bind_param_
#define mysql_stmt_bind_result cf__mariadb_library.mysql_stmt_bind_result_
#define mysql_stmt_close cf__mariadb_library.mysql_stmt_close_
#define mysql_stmt_close_cont cf__mariadb_library.mysql_stmt_close_cont_
#define mysql_stmt_close_start cf__mariadb_library.mysql_stmt_close_start_
#define mysql_stmt_data_seek cf__mariadb_library.mysql_stmt_data_seek_
#define mysql_stmt_errno cf__mariadb_library.mysql_stmt_errno_
#define mysql_stmt_error cf__mariadb_library.mysql_stmt_error_
#define mysql_stmt_execute_cont cf__mariadb_library.mysql_stmt_execute_cont_
#define mysql_stmt_execute_start cf__mariadb_library.mysql_stmt_execute_start_
#define mysql_stmt_fetch cf__mariadb_library.mysql_stmt_fetch_
#define mysql_stmt_fetch_column cf__mariadb_library.mysql_stmt_fetch_column_
#define mysql_stmt_fetch_cont cf__mariadb_library.mysql_stmt_fetch_cont_
#define mysql_stmt_fetch_start cf__mariadb_library.mysql_stmt_fetch_start_
#define mysql_stmt_field_count cf__mariadb_library.mysql_stmt_field_count_
#define mysql_stmt_free_result cf__mariadb_library.mysql_stmt_free_result_
#define mysql_stmt_init cf__mariadb_library.mysql_stmt_init_
#define mysql_stmt_more_results cf__mariadb_library.mysql_stmt_more_results_
#define mysql_stmt_next_result_cont cf__mariadb_library.mysql_stmt_next_result_cont_
#define mysql_stmt_next_result_start cf__mariadb_library.mysql_stmt_next_result_start_
#define mysql_stmt_num_rows cf__mariadb_library.mysql_stmt_num_rows_
#define mysql_stmt_param_count cf__mariadb_library.mysql_stmt_param_count_
#define mysql_stmt_prepare_cont cf__mariadb_library.mysql_stmt_prepare_cont_
#define mysql_stmt_prepare_start cf__mariadb_library.mysql_stmt_prepare_start_
#define mysql_stmt_reset_cont cf__mariadb_library.mysql_stmt_reset_cont_
#define mysql_stmt_reset_start cf__mariadb_library.mysql_stmt_reset_start_
#define mysql_stmt_sqlstate cf__mariadb_library.mysql_stmt_sqlstate_
#define mysql_stmt_store_result_cont cf__mariadb_library.mysql_stmt_store_result_cont_
#define mysql_stmt_store_result_start cf__mariadb_library.mysql_stmt_store_result_start_
#define mysql_store_result_cont cf__mariadb_library.mysql_store_result_cont_
#define mysql_store_result_start cf__mariadb_library.mysql_store_result_start_
/* clang-format on */
#endif

/* Before anything else of it. Raises CF_UNAVAILABLE where it is not installed. */
void cf__mariadb_load(void);

#endif
