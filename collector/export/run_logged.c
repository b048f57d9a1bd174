/* SPDX-License-Identifier: Apache-2.0 */
/* Runs that the log has: what it says of them, and their name after a power cut. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "collector/export/folder.h"
#include "collector/export/run.h"
#include "proto/digest.h"

struct payload_reading {
	struct payload_export *out;
	enum payload_status status;
};

static bool
on_payload(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct payload_reading *reading = context;
	struct entry e;
	(void)number;
	reading->status = PAYLOAD_BAD;
	if (entry_decode(bytes, n, false, &e) && e.kind == ENTRY_EXPORT_MADE)
		reading->status =
		    payload_export(bytes + ENTRY_HEADER_BYTES, e.payload_bytes, reading->out);
	return false;
}

bool
run_read_payload(struct store *store, uint64_t number, struct payload_export *out)
{
	struct payload_reading reading = {.out = out, .status = PAYLOAD_BAD};
	return store_read(store, number, number, on_payload, &reading) == STORE_OK &&
	       reading.status == PAYLOAD_OK;
}

static bool
has_digest(int fd, const uint8_t digest[SHA256_BYTES])
{
	uint8_t found[SHA256_BYTES];
	char bytes[65536];
	int file = openat(fd, MANIFEST, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = file < 0 ? -1 : read(file, bytes, sizeof(bytes));
	if (file >= 0)
		close(file);
	if (n < 0)
		return false;
	digest_sha256(&(struct digest_part){bytes, (size_t)n}, 1, found);
	return memcmp(found, digest, sizeof(found)) == 0;
}

enum run_status
run_finish(const struct run_asked *asked, const struct export_record *record,
    const uint8_t manifest[SHA256_BYTES])
{
	int folder = folder_make(asked->root, record->is_public != 0, asked->round->name);
	if (folder < 0)
		return RUN_UNSURE;
	int run = folder_run(folder, record->vintage);
	int error = run >= 0 && folder_point(folder, record->vintage) ? 0 : errno;
	enum run_status status = error == 0 ? RUN_OK : RUN_UNSURE;
	if (run < 0 && error == ENOENT) {
		run = folder_begun(folder, record->vintage);
		status =
		    run >= 0 && has_digest(run, manifest) && folder_publish(folder, record->vintage)
			? RUN_OK
			: RUN_FAILED;
	}
	if (run >= 0)
		close(run);
	close(folder);
	errno = error;
	return status;
}
