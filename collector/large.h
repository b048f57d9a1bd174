/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays with an item a unit. A million units take tens of megabytes, which are filled at once and
 * then looked into at random: in pages of 2 MiB, where the system gives them for the asking, that
 * costs a page fault in 512 and far fewer walks over page tables. Any thread. */
#ifndef KHAOSAT_COLLECTOR_LARGE_H
#define KHAOSAT_COLLECTOR_LARGE_H

#include <stddef.h>

void *large_alloc(size_t bytes);            /* zeros; bytes > 0. NULL: out of memory */
void large_free(void *array, size_t bytes); /* as many as were asked for; accepts NULL */

#endif
