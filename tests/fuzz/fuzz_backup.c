/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a backup, at will with the digest that fits them: a digest is no signature. In
 * whatever pieces they come, they are read as the same entries to the same end; and what is a
 * backup is written again as the same bytes, but for the zeros of its header. */
#include "proto/backup.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/digest.h"

#define ZEROS_AT_12 4 /* the header's reserved bytes, as in backup.h */
#define ZEROS_AT_48 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct file {
	uint8_t *bytes;
	size_t n;
};

/* What a reading came to: the end, the entries before it, and a digest of all they held. */
struct reading {
	enum backup_status end;
	struct backup_header header;
	uint64_t entries;
	size_t used;
	uint8_t digest[SHA256_BYTES];
};

static bool
is_piece(enum backup_status status)
{
	return status == BACKUP_HEADER || status == BACKUP_ENTRY;
}

/* One look at bytes[at..given), on a heap of its exact size, which a look beyond would show. */
static enum backup_status
look(struct backup_reader *r, const struct file *f, size_t at, size_t given, struct reading *out,
    struct digest *entries)
{
	struct backup_piece piece;
	uint8_t *copy = malloc(given - at + (given == at));
	assert(copy);
	memcpy(copy, f->bytes + at, given - at);
	enum backup_status status = backup_read(r, copy, given - at, &piece);
	if (status == BACKUP_ENTRY) {
		assert(piece.entry + piece.entry_bytes == copy + piece.used);
		digest_add(entries, piece.entry, piece.entry_bytes);
	}
	if (is_piece(status) || status == BACKUP_END) {
		assert(piece.used > 0 && piece.used <= given - at);
		out->used += piece.used;
	}
	free(copy);
	return status;
}

static struct reading
read_in_steps(const struct file *f, size_t step)
{
	struct reading out = {.end = BACKUP_PARTIAL};
	struct backup_reader r;
	struct digest *entries = digest_new();
	size_t given = 0;
	bool ready = backup_reader_init(&r);
	assert(ready && entries);
	while (is_piece(out.end) || (out.end == BACKUP_PARTIAL && given < f->n)) {
		if (out.end == BACKUP_PARTIAL)
			given = f->n - given < step ? f->n : given + step;
		out.end = look(&r, f, out.used, given, &out, entries);
	}
	out.header = r.header;
	out.entries = r.entries;
	digest_end(entries, out.digest);
	digest_free(entries);
	backup_reader_clear(&r);
	return out;
}

static bool
put(void *context, const void *bytes, size_t n)
{
	struct file *f = context;
	assert(memcmp(f->bytes + f->n, bytes, n) == 0);
	f->n += n;
	return true;
}

/* The entries once more, out of the file itself, each where reading says it is. */
static void
expect_written_again(const struct file *f)
{
	struct file again = {f->bytes, 0};
	struct backup_writer w = {.put = put, .context = &again};
	struct backup_reader r;
	struct backup_piece piece;
	size_t at = 0;
	bool ready = backup_reader_init(&r);
	assert(ready);
	for (;;) {
		enum backup_status status = backup_read(&r, f->bytes + at, f->n - at, &piece);
		bool good = status == BACKUP_HEADER ? backup_begin(&w, &r.header)
			    : status == BACKUP_ENTRY
				? backup_put(&w, piece.entry, piece.entry + ENTRY_HEADER_BYTES,
				      piece.entry_bytes - ENTRY_HEADER_BYTES)
				: status == BACKUP_END && backup_finish(&w);
		assert(good);
		at += piece.used;
		if (status == BACKUP_END)
			break;
	}
	assert(again.n == at && w.bytes == at);
	backup_clear(&w);
	backup_reader_clear(&r);
}

static void
mend(struct file *f)
{
	if (f->n < BACKUP_HEADER_BYTES + BACKUP_TRAILER_BYTES)
		return;
	memset(f->bytes + 12, 0, ZEROS_AT_12);
	memset(f->bytes + 48, 0, ZEROS_AT_48);
	const struct digest_part all = {f->bytes, f->n - SHA256_BYTES};
	digest_sha256(&all, 1, f->bytes + f->n - SHA256_BYTES);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n == 0)
		return 0;
	bool is_mended = (data[0] & 0x80) != 0;
	size_t step = (data[0] & 0x7f) + 1u;
	struct file f = {malloc(n), n - 1};
	assert(f.bytes);
	memcpy(f.bytes, data + 1, f.n);
	if (is_mended)
		mend(&f);
	struct reading whole = read_in_steps(&f, f.n), parts = read_in_steps(&f, step);
	assert(
	    whole.end == parts.end && whole.entries == parts.entries && whole.used == parts.used);
	assert(memcmp(whole.digest, parts.digest, sizeof(whole.digest)) == 0);
	if (whole.end == BACKUP_END && is_mended)
		expect_written_again(&f);
	free(f.bytes);
	return 0;
}
