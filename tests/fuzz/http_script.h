/* SPDX-License-Identifier: Apache-2.0 */
/* Requests over HTTP made of the bytes of a fuzzer's input: any route, its path, query and body
 * filled as session_script.h fills requests, with headers from a small pool; now and then damaged.
 * One thread. */
#ifndef KHAOSAT_TESTS_FUZZ_HTTP_SCRIPT_H
#define KHAOSAT_TESTS_FUZZ_HTTP_SCRIPT_H

#include "collector/bytes.h"
#include "tests/fuzz/session_script.h"

/* To be freed. */
struct bytes http_script_request(struct script *s);

#endif
