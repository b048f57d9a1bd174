/* SPDX-License-Identifier: Apache-2.0 */
/* What every Prometheus client tells of its process, under the names that all of them use. */
#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "collector/metrics_parts.h"
#include "collector/metrics_text.h"

static void
put_memory(struct bytes *out)
{
	unsigned long long pages = 0;
	FILE *file = fopen("/proc/self/statm", "re");
	bool is_read = file != NULL && fscanf(file, "%*s %llu", &pages) == 1;
	if (file != NULL)
		fclose(file);
	if (!is_read)
		return;
	metrics_family(out, "process_resident_memory_bytes", METRICS_GAUGE,
	    "Memory that is in use, the read part of the log among it.");
	metrics_count(
	    out, "process_resident_memory_bytes", NULL, pages * (uint64_t)sysconf(_SC_PAGESIZE));
}

static void
put_descriptors(struct bytes *out)
{
	struct rlimit limit;
	uint64_t n = 0;
	DIR *folder = opendir("/proc/self/fd");
	if (folder != NULL) {
		while (readdir(folder) != NULL)
			n++;
		closedir(folder);
		metrics_family(out, "process_open_fds", METRICS_GAUGE, "Descriptors in use.");
		metrics_count(
		    out, "process_open_fds", NULL, n > 3 ? n - 3 : 0); /* ., .., this one */
	}
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		metrics_family(out, "process_max_fds", METRICS_GAUGE, "Descriptors there may be.");
		metrics_count(out, "process_max_fds", NULL, limit.rlim_cur);
	}
}

static void
put_cpu(struct bytes *out)
{
	struct rusage usage;
	if (getrusage(RUSAGE_SELF, &usage) != 0)
		return;
	metrics_family(out, "process_cpu_seconds_total", METRICS_COUNTER, "Time of all cores.");
	metrics_seconds(out, "process_cpu_seconds_total", NULL,
	    (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
		(uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec));
}

void
metrics_process(struct bytes *out)
{
	put_memory(out);
	put_descriptors(out);
	put_cpu(out);
}
