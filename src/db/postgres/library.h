/* SPDX-License-Identifier: MIT
 *
 * libpq, by pointers that are filled in when the first connection is opened (see ../library.h). Its functions keep their
 * names: below, each name stands for its pointer. Who calls another one adds it here.
 */
#ifndef CARAFE_DB_POSTGRES_LIBRARY_H
#define CARAFE_DB_POSTGRES_LIBRARY_H

#include <libpq-fe.h>

#ifdef CARAFE_LOADED_CLIENTS
/* clang-format off */
#define CF__POSTGRES_FUNCTIONS(X) \
    X(PQclear) X(PQcmdStatus) X(PQcmdTuples) X(PQconndefaults) X(PQconnectPoll) X(PQconnectStartParams)               \
    X(PQconninfoFree) X(PQconsumeInput) X(PQenterPipelineMode) X(PQerrorMessage) X(PQexitPipelineMode) X(PQfinish)    \
    X(PQflush) X(PQfmod) X(PQfname) X(PQfreemem) X(PQftype) X(PQgetResult) X(PQgetisnull) X(PQgetlength) X(PQgetvalue)          \
    X(PQhost) X(PQisBusy) X(PQnfields) X(PQnotifies) X(PQntuples) X(PQpipelineSync) X(PQport) X(PQresultErrorField)   \
    X(PQresultErrorMessage) X(PQresultStatus) X(PQsendPrepare) X(PQsendQuery) X(PQsendQueryParams)                    \
    X(PQsendQueryPrepared) X(PQsetNoticeProcessor) X(PQsetnonblocking) X(PQsocket) X(PQstatus)                   \
    X(PQtransactionStatus)
#define CF__POINTER_(name) __typeof__(name) *name##_;
extern struct cf__postgres_library {
    CF__POSTGRES_FUNCTIONS(CF__POINTER_)
} cf__postgres_library;
#undef CF__POINTER_

#define PQclear cf__postgres_library.PQclear_
#define PQcmdStatus cf__postgres_library.PQcmdStatus_
#define PQcmdTuples cf__postgres_library.PQcmdTuples_
#define PQconndefaults cf__postgres_library.PQconndefaults_
#define PQconnectPoll cf__postgres_library.PQconnectPoll_
#define PQconnectStartParams cf__postgres_library.PQconnectStartParams_
#define PQconninfoFree cf__postgres_library.PQconninfoFree_
#define PQconsumeInput cf__postgres_library.PQconsumeInput_
#define PQenterPipelineMode cf__postgres_library.PQenterPipelineMode_
#define PQerrorMessage cf__postgres_library.PQerrorMessage_
#define PQexitPipelineMode cf__postgres_library.PQexitPipelineMode_
#define PQfinish cf__postgres_library.PQfinish_
#define PQflush cf__postgres_library.PQflush_
#define PQfmod cf__postgres_library.PQfmod_
#define PQfname cf__postgres_library.PQfname_
#define PQfreemem cf__postgres_library.PQfreemem_
#define PQftype cf__postgres_library.PQftype_
#define PQgetResult cf__postgres_library.PQgetResult_
#define PQgetisnull cf__postgres_library.PQgetisnull_
#define PQgetlength cf__postgres_library.PQgetlength_
#define PQgetvalue cf__postgres_library.PQgetvalue_
#define PQhost cf__postgres_library.PQhost_
#define PQisBusy cf__postgres_library.PQisBusy_
#define PQnfields cf__postgres_library.PQnfields_
#define PQnotifies cf__postgres_library.PQnotifies_
#define PQntuples cf__postgres_library.PQntuples_
#define PQpipelineSync cf__postgres_library.PQpipelineSync_
#define PQport cf__postgres_library.PQport_
#define PQresultErrorField cf__postgres_library.PQresultErrorField_
#define PQresultErrorMessage cf__postgres_library.PQresultErrorMessage_
#define PQresultStatus cf__postgres_library.PQresultStatus_
#define PQsendPrepare cf__postgres_library.PQsendPrepare_
#define PQsendQuery cf__postgres_library.PQsendQuery_
#define PQsendQueryParams cf__postgres_library.PQsendQueryParams_
#define PQsendQueryPrepared cf__postgres_library.PQsendQueryPrepared_
#define PQsetNoticeProcessor cf__postgres_library.PQsetNoticeProcessor_
#define PQsetnonblocking cf__postgres_library.PQsetnonblocking_
#define PQsocket cf__postgres_library.PQsocket_
#define PQstatus cf__postgres_library.PQstatus_
#define PQtransactionStatus cf__postgres_library.PQtransactionStatus_
/* clang-format on */
#endif

/* Before anything else of it. Raises CF_UNAVAILABLE where it is not installed. */
void cf__postgres_load(void);

#endif
