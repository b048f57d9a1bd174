/* SPDX-License-Identifier: Apache-2.0 */
/* The clock, read at the edge and nowhere deeper. Any thread. */
#ifndef KHAOSAT_COLLECTOR_CLOCK_H
#define KHAOSAT_COLLECTOR_CLOCK_H

#include <stdint.h>

int64_t clock_wall_ms(void);      /* since 1970-01-01 UTC; what entries carry */
int64_t clock_monotonic_ms(void); /* for durations; never goes back */
int64_t clock_monotonic_us(void);
int64_t clock_thread_us(void); /* of the processor, that this thread has used */

#endif
