/* SPDX-License-Identifier: Apache-2.0 */
/* A unit's submission, the one request that comes by the million, decoded by hand. Pure but for the
 * arena; any thread. */
#ifndef KHAOSAT_COLLECTOR_DECODE_SUBMIT_H
#define KHAOSAT_COLLECTOR_DECODE_SUBMIT_H

#include <stdbool.h>

#include "collector/decode.h"

/* True: the general way of decode_request comes to DECODE_OK and the same message, and here it is.
 * False: it is anything else, a request of another kind or form; `out` is as it was. */
bool decode_submit(const uint8_t *bytes, size_t n, struct arena *arena, struct decoded *out);

#endif
