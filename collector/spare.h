/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of requests that have ended, kept for the next ones: blocks of one size, which malloc
 * would take apart and join again each time. What a thread keeps is its own, and freed when it
 * ends. Any thread. */
#ifndef KHAOSAT_COLLECTOR_SPARE_H
#define KHAOSAT_COLLECTOR_SPARE_H

#define SPARE_BYTES 4096
#define SPARE_KEPT_MAX 128 /* by each thread */

void *spare_take(void); /* SPARE_BYTES, aligned as malloc aligns. NULL: out of memory */
void spare_give(void *block);

#endif
