/* SPDX-License-Identifier: Apache-2.0 */
/* Change an entry of a stopped collector's log, behind its back, as a hand with access to the disk
 * could. For tests that this is seen. */
#ifndef KHAOSAT_TESTS_SUPPORT_CHANGE_LOG_H
#define KHAOSAT_TESTS_SUPPORT_CHANGE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Changes the bytes, not their number. False: leave it as it is. */
typedef bool log_changer(void *context, uint8_t *bytes, size_t n);

/* 0, or LMDB's word. Its pages are never written to: the pack is put anew, whole. */
int change_log(const char *folder, uint64_t number, log_changer *change, void *context);

#endif
