/* SPDX-License-Identifier: Apache-2.0 */
/* What is meant where an option of the store is not given. */
#include "storage/store_options.h"

#include <sys/statvfs.h>

const struct store_options store_defaults = {
    .folder = NULL,
    .disk_reserve_bytes = (uint64_t)256 << 20,
    .queue_max_jobs = 65536,
    .queue_max_bytes = (size_t)256 << 20,
    .batch_max_jobs = 1024,
    .batch_max_bytes = (size_t)512 << 10,
    .map_max_bytes = (uint64_t)1 << 40,
    .journal_segments = 32,
    .journal_segment_bytes = 1u << 20,
};

struct store_options
store_options_complete(const struct store_options *given)
{
	struct store_options options = *given;
	options.folder = NULL; /* what the caller lends is not kept */
	options.log_id = NULL;
	if (options.queue_max_jobs == 0)
		options.queue_max_jobs = store_defaults.queue_max_jobs;
	if (options.queue_max_bytes == 0)
		options.queue_max_bytes = store_defaults.queue_max_bytes;
	if (options.batch_max_jobs == 0)
		options.batch_max_jobs = store_defaults.batch_max_jobs;
	if (options.batch_max_bytes == 0)
		options.batch_max_bytes = store_defaults.batch_max_bytes;
	if (options.map_max_bytes == 0)
		options.map_max_bytes = store_defaults.map_max_bytes;
	if (options.journal_segments == 0)
		options.journal_segments = store_defaults.journal_segments;
	if (options.journal_segment_bytes == 0)
		options.journal_segment_bytes = store_defaults.journal_segment_bytes;
	if (options.batch_max_bytes > options.journal_segment_bytes / 2)
		options.batch_max_bytes = options.journal_segment_bytes / 2;
	return options;
}

uint64_t
store_reserve(const char *folder, uint64_t most_bytes)
{
	struct statvfs fs;
	if (statvfs(folder, &fs) != 0)
		return most_bytes;
	uint64_t share = (uint64_t)fs.f_blocks * fs.f_frsize / 20;
	return share < most_bytes ? share : most_bytes;
}
