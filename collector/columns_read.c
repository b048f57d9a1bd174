/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/columns.h"

#include <stdlib.h>
#include <string.h>

#include "proto/digest.h"
#include "proto/entry.h"

/* One chunk being looked at in the log. */
struct reading {
	struct columns_builder *builder;
	uint64_t round_number;
	bool trusted;
	bool is_chunk;
	enum columns_status status;
};

static bool
is_whole(const struct entry *e, const uint8_t *payload)
{
	uint8_t digest[SHA256_BYTES];
	digest_sha256(&(struct digest_part){payload, e->payload_bytes}, 1, digest);
	return memcmp(digest, e->digest, sizeof(digest)) == 0;
}

static bool
on_chunk(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct reading *r = context;
	struct entry e;
	const uint8_t *payload = bytes + ENTRY_HEADER_BYTES;
	r->is_chunk = entry_decode(bytes, n, false, &e) && e.kind == ENTRY_REGISTER_CHUNK &&
		      e.round == r->round_number && (r->trusted || is_whole(&e, payload));
	if (r->is_chunk)
		r->status = columns_builder_add(r->builder, number, payload, e.payload_bytes);
	return false;
}

static int
compare_numbers(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

/* COLUMNS_CHUNK: a number stands twice in the list. */
static enum columns_status
find_repeated(const uint64_t *chunk, size_t chunks, uint64_t *repeated)
{
	uint64_t *sorted = calloc(chunks + 1, sizeof(*sorted));
	if (sorted == NULL)
		return COLUMNS_MEMORY;
	if (chunks > 0)
		memcpy(sorted, chunk, chunks * sizeof(*sorted));
	qsort(sorted, chunks, sizeof(*sorted), compare_numbers);
	*repeated = 0;
	for (size_t i = 1; i < chunks; i++)
		if (sorted[i] == sorted[i - 1])
			*repeated = sorted[i];
	free(sorted);
	return *repeated == 0 ? COLUMNS_OK : COLUMNS_CHUNK;
}

static enum columns_status
read_chunk(struct store *store, struct reading *r, uint64_t number)
{
	r->is_chunk = false;
	if (number == 0 || number > store_last(store))
		return COLUMNS_CHUNK;
	if (store_read(store, number, number, on_chunk, r) != STORE_OK)
		return COLUMNS_STORE;
	return r->is_chunk ? r->status : COLUMNS_CHUNK;
}

enum columns_status
columns_read(struct store *store, uint64_t round_number, const struct columns_spec *spec,
    const uint64_t *chunk, size_t chunks, struct columns_report *report, struct columns **out)
{
	*report = (struct columns_report){0};
	enum columns_status status = find_repeated(chunk, chunks, &report->chunk);
	if (status != COLUMNS_OK)
		return status;
	if (spec->rows > (uint64_t)chunks * REGISTER_CHUNK_MAX_ROWS)
		return COLUMNS_COUNT; /* before room is made for them */
	struct columns_builder *builder = columns_builder_new(spec, report);
	if (builder == NULL)
		return COLUMNS_MEMORY;
	struct reading r = {
	    .builder = builder, .round_number = round_number, .trusted = spec->trusted};
	for (size_t i = 0; i < chunks; i++) {
		status = read_chunk(store, &r, chunk[i]);
		if (status == COLUMNS_OK || status == COLUMNS_REFUSED)
			continue;
		report->chunk = chunk[i];
		break;
	}
	struct columns *columns = NULL;
	enum columns_status built = columns_builder_finish(builder, &columns);
	if (status == COLUMNS_OK || status == COLUMNS_REFUSED)
		status = built;
	if (status == COLUMNS_OK)
		*out = columns;
	else
		columns_release(columns);
	return status;
}
