/* SPDX-License-Identifier: Apache-2.0 */
/* edit_log DATA_FOLDER NUMBER OFFSET XOR: change one byte of one entry. Prints it before and after.
 */
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/change_log.h"

struct edit {
	size_t offset;
	uint8_t mask;
};

static bool
flip(void *context, uint8_t *bytes, size_t n)
{
	const struct edit *edit = context;
	if (edit->offset >= n)
		return false;
	bytes[edit->offset] ^= edit->mask;
	printf("%02x %02x\n", bytes[edit->offset] ^ edit->mask, bytes[edit->offset]);
	return true;
}

int
main(int argc, char **argv)
{
	if (argc != 5) {
		fputs("edit_log DATA_FOLDER NUMBER OFFSET XOR\n", stderr);
		return 2;
	}
	struct edit edit = {strtoul(argv[3], NULL, 0), (uint8_t)strtoul(argv[4], NULL, 0)};
	int error = change_log(argv[1], strtoull(argv[2], NULL, 0), flip, &edit);
	if (error != 0)
		fprintf(stderr, "edit_log: %s\n", mdb_strerror(error));
	return error == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
