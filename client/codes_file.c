/* SPDX-License-Identifier: Apache-2.0 */
#include "client/codes_file.h"

#include <assert.h>
#include <string.h>
#include <sys/random.h>

#include "client/csv_cell.h"

static const uint8_t *
next_random(struct codes_random *r)
{
	if (r->left < CODE_RANDOM_BYTES) {
		/* Up to 256 bytes come whole once the kernel's pool is ready. */
		ssize_t n = getrandom(r->bytes, sizeof(r->bytes), 0);
		assert(n == sizeof(r->bytes));
		r->left = sizeof(r->bytes);
	}
	r->left -= CODE_RANDOM_BYTES;
	return r->bytes + r->left;
}

void
codes_make(struct codes_random *random, const char *round, const char *tax_code,
    char printed[CODE_PRINTED_BYTES], uint8_t hash[CODE_HASH_BYTES])
{
	char canonical[CODE_CHARS + 1];
	code_print(next_random(random), printed);
	bool good = code_canonical(printed, canonical);
	assert(good);
	code_hash(round, tax_code, canonical, hash);
	explicit_bzero(canonical, sizeof(canonical));
}

void
codes_file_begin(FILE *codes)
{
	fputs("tax_code,name,access_code\r\n", codes);
}

void
codes_file_row(FILE *codes, struct codes_random *random, const char *round, const char *tax_code,
    const char *name, size_t n, uint8_t hash[CODE_HASH_BYTES])
{
	char printed[CODE_PRINTED_BYTES];
	codes_make(random, round, tax_code, printed, hash);
	fprintf(codes, "%s,", tax_code);
	csv_cell_bytes(codes, name, n);
	fprintf(codes, ",%s\r\n", printed);
	explicit_bzero(printed, sizeof(printed));
}
