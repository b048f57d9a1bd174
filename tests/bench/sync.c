/* SPDX-License-Identifier: Apache-2.0 */
/* What the disk allows one connection: write a block of BYTES, sync it, again and again for MS,
 * into a file that is preallocated and written already. Prints one line of JSON.
 *
 *   bench-sync FOLDER BYTES MS
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/load.h"

#define FILE_BYTES ((size_t)32 << 20)
#define TIMES_MAX 1000000

static int
open_written_file(const char *folder, uint8_t *zeros)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/bench-sync", folder);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || unlink(path) != 0 ||
	    pwrite(fd, zeros, FILE_BYTES, 0) != (ssize_t)FILE_BYTES || fsync(fd) != 0)
		die(path);
	return fd;
}

int
main(int argc, char **argv)
{
	size_t bytes = argc == 4 ? strtoull(argv[2], NULL, 10) : 0, n = 0;
	uint8_t *block = calloc(1, FILE_BYTES);
	uint64_t *took = calloc(TIMES_MAX, sizeof(*took));
	if (bytes == 0 || bytes > FILE_BYTES || block == NULL || took == NULL)
		return 2;
	int fd = open_written_file(argv[1], block);
	memset(block, 'k', bytes);
	uint64_t start = now_ns(), at = start, end = start + strtoull(argv[3], NULL, 10) * 1000000;
	for (size_t offset = 0; at < end && n < TIMES_MAX; offset += bytes) {
		if (offset + bytes > FILE_BYTES)
			offset = 0;
		if (pwrite(fd, block, bytes, (off_t)offset) != (ssize_t)bytes || fdatasync(fd) != 0)
			die("sync");
		uint64_t now = now_ns();
		took[n++] = now - at;
		at = now;
	}
	qsort(took, n, sizeof(*took), compare_u64);
	printf("{\"per_second\": %.0f, \"p50_us\": %.0f, \"p99_us\": %.0f}\n",
	    (double)n / ((double)(at - start) / 1e9), (double)took[n / 2] / 1e3,
	    (double)took[n * 99 / 100] / 1e3);
	return 0;
}
