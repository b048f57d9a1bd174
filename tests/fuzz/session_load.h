/* SPDX-License-Identifier: Apache-2.0 */
/* What a fuzzer's run over a whole collector begins with, a survey and an open round of its own,
 * and what must be there of each submission afterwards. One thread. */
#ifndef KHAOSAT_TESTS_FUZZ_SESSION_LOAD_H
#define KHAOSAT_TESTS_FUZZ_SESSION_LOAD_H

#include "tests/fuzz/session_rig.h"
#include "tests/fuzz/session_script.h"

/* Begins the script of these bytes, which are a loan while it runs. */
void session_load(struct session_rig *rig, struct script *script, const uint8_t *data, size_t n);

/* What was accepted is in the log, byte for byte the receipt's header, and holds what it says. */
void session_expect_stored(const struct session_rig *rig, const Khaosat__V1__Receipt *receipt);

#endif
