/* SPDX-License-Identifier: Apache-2.0 */
/* A journal's file made by any bytes: records with right digests anywhere in its segments, over
 * each other, with lengths that do not add up; bytes changed, the end cut off, a head that fits but
 * makes no sense. It is refused, or what is found is what a plain second reading of the same bytes
 * finds, the file is as it was, the applier is given each entry once and in order, and what is
 * appended then is found behind it. */
#include "storage/journal_parts.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

#include "storage/layout.h"

#define MESSAGE_BYTES 256
#define SEGMENTS 3u
#define SEGMENT_BLOCKS 4u
#define BLOCKS (1 + SEGMENTS * SEGMENT_BLOCKS)
#define FILE_BYTES (BLOCKS * JOURNAL_BLOCK_BYTES)
#define ENTRIES_MAX 8u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const uint8_t log_id[STORE_LOG_ID_BYTES] = "a log of tests";
static char folder[64];
static int folder_fd = -1;

struct image {
	uint8_t bytes[FILE_BYTES];
	size_t n; /* of the file */
	bool is_our_head;
};

struct input {
	const uint8_t *at, *end;
};

static uint8_t
next(struct input *in)
{
	return in->at < in->end ? *in->at++ : 0;
}

/* ------------------------------------------------------------------- the file */

static void
remove_folder(void)
{
	unlinkat(folder_fd, LAYOUT_JOURNAL, 0);
	rmdir(folder);
}

/* A journal with nothing in it; made once, since its key is random. */
static const uint8_t *
empty_journal(void)
{
	static uint8_t bytes[FILE_BYTES];
	char message[MESSAGE_BYTES];
	if (folder_fd >= 0)
		return bytes;
	const char *below = getenv("TMPDIR");
	snprintf(folder, sizeof(folder), "%.40s/khaosat-fuzz-XXXXXX", below ? below : "/tmp");
	char *made = mkdtemp(folder);
	assert(made);
	folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert(folder_fd >= 0);
	atexit(remove_folder);
	enum store_status status = journal_create(
	    folder_fd, log_id, SEGMENTS, SEGMENT_BLOCKS * JOURNAL_BLOCK_BYTES, message);
	assert(status == STORE_OK);
	int fd = openat(folder_fd, LAYOUT_JOURNAL, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, bytes, sizeof(bytes));
	assert(n == (ssize_t)sizeof(bytes));
	close(fd);
	return bytes;
}

static const uint8_t *
key_of(const struct image *image)
{
	return image->bytes + offsetof(struct journal_head, key);
}

static void
write_file(const struct image *image)
{
	int fd = openat(folder_fd, LAYOUT_JOURNAL, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t n = write(fd, image->bytes, image->n);
	assert(fd >= 0 && n == (ssize_t)image->n);
	close(fd);
}

static void
expect_unchanged(const struct image *image)
{
	static uint8_t bytes[FILE_BYTES + 1];
	int fd = openat(folder_fd, LAYOUT_JOURNAL, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, bytes, sizeof(bytes));
	assert(n == (ssize_t)image->n && memcmp(bytes, image->bytes, image->n) == 0);
	close(fd);
}

/* ------------------------------------------------------------------- made of the input */

static uint8_t *
block_of(struct image *image, unsigned segment, unsigned block)
{
	return image->bytes + (1 + segment * SEGMENT_BLOCKS + block) * JOURNAL_BLOCK_BYTES;
}

/* Entries of any length; claims of more or less than there is, where `lies`. */
static void
put_record(struct image *image, struct input *in, bool lies)
{
	unsigned segment = next(in) % SEGMENTS, block = next(in) % SEGMENT_BLOCKS;
	size_t room = (SEGMENT_BLOCKS - block) * JOURNAL_BLOCK_BYTES;
	uint32_t length[ENTRIES_MAX], count = 1 + next(in) % ENTRIES_MAX;
	struct journal_record head = {.magic = JOURNAL_MAGIC, .first = 1 + next(in) % 24u};
	size_t bytes = sizeof(head) + count * sizeof(length[0]);
	for (uint32_t i = 0; i < count; i++) {
		length[i] = next(in) * (next(in) % 8 == 0 ? 64u : 1u);
		bytes += length[i];
	}
	if (bytes > room)
		return;
	uint8_t *at = block_of(image, segment, block);
	memset(at + sizeof(head), next(in), bytes - sizeof(head));
	memcpy(at + sizeof(head), length, count * sizeof(length[0]));
	head.count = lies ? next(in) * 257u : count;
	head.bytes = (uint32_t)bytes;
	if (lies && next(in) % 2)
		head.first = UINT64_MAX - next(in);
	memcpy(at, &head, sizeof(head));
	journal_digest(key_of(image), at, bytes, head.digest);
	memcpy(at, &head, sizeof(head));
}

static void
change_byte(struct image *image, struct input *in)
{
	size_t at = (size_t)next(in) % BLOCKS * JOURNAL_BLOCK_BYTES;
	at += (size_t)next(in) * (next(in) % 2 ? 16 : 1);
	image->is_our_head = image->is_our_head && at >= sizeof(struct journal_head);
	image->bytes[at] ^= next(in);
}

/* With its digest: what a program of another version may have written. */
static void
change_head(struct image *image, struct input *in)
{
	struct journal_head head;
	memcpy(&head, image->bytes, sizeof(head));
	uint32_t *const field[] = {&head.format, &head.segments, &head.segment_bytes};
	uint32_t value = (uint32_t)next(in) << next(in) % 24;
	*field[next(in) % 3] = value;
	XXH128_canonical_t canonical;
	XXH128_canonicalFromHash(
	    &canonical, XXH3_128bits(&head, offsetof(struct journal_head, digest)));
	memcpy(head.digest, canonical.digest, sizeof(head.digest));
	memcpy(image->bytes, &head, sizeof(head));
	image->is_our_head = false;
}

static void
make_image(struct image *image, struct input *in)
{
	memcpy(image->bytes, empty_journal(), FILE_BYTES);
	image->n = FILE_BYTES;
	image->is_our_head = true;
	while (in->at < in->end) {
		unsigned what = next(in) % 16;
		if (what < 11)
			put_record(image, in, false);
		else if (what == 11)
			put_record(image, in, true);
		else if (what < 14)
			change_byte(image, in);
		else if (what == 14)
			change_head(image, in);
		else
			image->n = next(in) * (size_t)next(in) % (FILE_BYTES + 1);
	}
	image->is_our_head = image->is_our_head && image->n == FILE_BYTES;
}

/* ------------------------------------------------------------------- a second reading */

struct found {
	uint64_t last;
	bool has_gap;
	unsigned in_use; /* segments that hold something not applied */
};

/* The number behind the record at a block; 0: there is none. */
static uint64_t
record_end(struct image *image, unsigned segment, unsigned block, struct journal_record *head)
{
	const uint8_t *at = block_of(image, segment, block);
	size_t room = (SEGMENT_BLOCKS - block) * JOURNAL_BLOCK_BYTES;
	uint8_t digest[16];
	memcpy(head, at, sizeof(*head));
	if (memcmp(head->magic, JOURNAL_MAGIC, sizeof(head->magic)) != 0 || head->first == 0 ||
	    head->count == 0 || head->bytes > room ||
	    head->bytes < sizeof(*head) + (uint64_t)head->count * sizeof(uint32_t) ||
	    head->first > UINT64_MAX - head->count)
		return 0;
	journal_digest(key_of(image), at, head->bytes, digest);
	uint64_t sum = sizeof(*head) + (uint64_t)head->count * sizeof(uint32_t);
	for (uint32_t i = 0; i < head->count; i++) {
		uint32_t length;
		memcpy(&length, at + sizeof(*head) + i * sizeof(length), sizeof(length));
		sum += length;
	}
	bool good = sum == head->bytes && memcmp(digest, head->digest, sizeof(digest)) == 0;
	return good ? head->first + head->count : 0;
}

/* The first number of the segment's chain and the one behind its last; both 0 where there is none.
 */
static void
chain_of(struct image *image, unsigned segment, uint64_t *first, uint64_t *behind)
{
	struct journal_record head;
	*first = *behind = 0;
	for (unsigned block = 0; block < SEGMENT_BLOCKS; block += journal_blocks(head.bytes)) {
		uint64_t end = record_end(image, segment, block, &head);
		if (end == 0 || (*first != 0 && head.first != *behind))
			return;
		if (*first == 0)
			*first = head.first;
		*behind = end;
	}
}

static void
find(struct image *image, uint64_t applied, struct found *out)
{
	*out = (struct found){.last = applied};
	struct journal_record head;
	for (unsigned turn = 0; turn < SEGMENTS; turn++) {
		out->in_use = 0;
		for (unsigned s = 0; s < SEGMENTS; s++) {
			uint64_t first, behind;
			chain_of(image, s, &first, &behind);
			out->in_use += behind > applied + 1;
			if (first <= out->last + 1 && behind > out->last + 1)
				out->last = behind - 1;
		}
	}
	for (unsigned s = 0; s < SEGMENTS; s++)
		for (unsigned block = 0; block < SEGMENT_BLOCKS; block++)
			out->has_gap |= record_end(image, s, block, &head) > out->last + 1;
}

/* Some record that is whole holds these bytes under this number. */
static bool
holds(struct image *image, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct journal_record head;
	for (unsigned at = 0; at < SEGMENTS * SEGMENT_BLOCKS; at++) {
		unsigned s = at / SEGMENT_BLOCKS, block = at % SEGMENT_BLOCKS;
		uint64_t end = record_end(image, s, block, &head);
		if (number >= end || number < head.first)
			continue;
		const uint8_t *lengths = block_of(image, s, block) + sizeof(head);
		const uint8_t *entry = lengths + head.count * sizeof(uint32_t);
		uint32_t length = 0;
		for (uint64_t i = head.first; i <= number; i++, lengths += sizeof(length)) {
			entry += length;
			memcpy(&length, lengths, sizeof(length));
		}
		if (length == n && memcmp(entry, bytes, n) == 0)
			return true;
	}
	return false;
}

/* ------------------------------------------------------------------- what must be */

static void
expect_entries(struct journal *j, struct image *image, uint64_t applied, uint64_t last)
{
	struct journal_buffer buffer = {0};
	for (uint64_t number = 0; number <= last + 2; number++) {
		enum journal_found found = journal_read(j, number, &buffer);
		enum journal_found wanted = number <= applied ? JOURNAL_APPLIED
					    : number > last   ? JOURNAL_BEYOND
							      : JOURNAL_FOUND;
		assert(found == wanted);
		if (found == JOURNAL_FOUND && buffer.n > 0)
			assert(holds(image, number, buffer.bytes, buffer.n));
	}
	free(buffer.bytes);
}

/* Each entry once, in order. */
static void
expect_applied(struct journal *j, struct image *image, uint64_t applied, uint64_t last)
{
	struct journal_batch batch;
	uint64_t expected = applied + 1;
	journal_end(j);
	while (journal_take(j, &batch)) {
		assert(batch.piece && batch.first == expected);
		for (size_t i = 0; i < batch.n; i++)
			assert(batch.piece[i].n == 0 ||
			       holds(image, expected + i, batch.piece[i].bytes, batch.piece[i].n));
		expected += batch.n;
		free(batch.piece);
		journal_release(j);
	}
	assert(expected == last + 1 && journal_pending_bytes(j) == 0);
	assert(journal_drain(j) == JOURNAL_OK);
}

static void
expect_append(struct journal *j, uint64_t applied, uint64_t last)
{
	static const uint8_t bytes[] = "one more";
	char message[MESSAGE_BYTES];
	struct store_job job = {.bytes = bytes, .n = sizeof(bytes), .number = last + 1};
	const struct store_job *const jobs[] = {&job};
	struct journal_buffer buffer = {0};
	enum journal_status status = journal_append(j, jobs, 1, message);
	assert(status == JOURNAL_OK && journal_last(j) == last + 1);
	journal_close(j);
	enum store_status opened = journal_open(&j, folder_fd, log_id, applied, message);
	assert(opened == STORE_OK && journal_last(j) == last + 1);
	enum journal_found found = journal_read(j, last + 1, &buffer);
	assert(found == JOURNAL_FOUND && buffer.n == sizeof(bytes) &&
	       memcmp(buffer.bytes, bytes, sizeof(bytes)) == 0);
	free(buffer.bytes);
	journal_close(j);
}

static void
expect_found(struct journal *j, struct image *image, uint64_t applied, const struct found *found)
{
	char message[MESSAGE_BYTES];
	assert(!found->has_gap && journal_last(j) == found->last);
	expect_unchanged(image);
	expect_entries(j, image, applied, found->last);
	expect_applied(j, image, applied, found->last);
	journal_close(j);
	enum store_status opened = journal_open(&j, folder_fd, log_id, applied, message);
	assert(opened == STORE_OK);
	if (found->in_use < SEGMENTS)
		expect_append(j, applied, found->last);
	else
		journal_close(j);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct image image;
	struct found found;
	struct journal *j;
	struct input in = {data, data + n};
	char message[MESSAGE_BYTES] = "";
	uint64_t applied = next(&in) % 16;
	make_image(&image, &in);
	write_file(&image);
	find(&image, applied, &found);
	enum store_status status = journal_open(&j, folder_fd, log_id, applied, message);
	assert(status != STORE_IN_USE && (status == STORE_OK || message[0] != '\0'));
	if (image.is_our_head)
		assert((status == STORE_OK) == !found.has_gap);
	if (status == STORE_OK && image.is_our_head)
		expect_found(j, &image, applied, &found);
	else if (status == STORE_OK)
		journal_close(j);
	return 0;
}
