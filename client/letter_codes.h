/* SPDX-License-Identifier: Apache-2.0 */
/* The access codes of a file, found by tax code: 32 bytes a unit. One thread. */
#ifndef KHAOSAT_CLIENT_LETTER_CODES_H
#define KHAOSAT_CLIENT_LETTER_CODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/client.h"
#include "proto/code.h"

struct letter_code {
	uint64_t tax_code;
	char code[CODE_CHARS]; /* canonical, without an end */
	bool is_used;
};

struct letter_codes {
	struct letter_code *code; /* sorted */
	size_t n, room;
};

/* False: said what is wrong, with file and line. */
bool letter_codes_read(const struct client *client, const char *path, struct letter_codes *codes);
struct letter_code *letter_codes_find(const struct letter_codes *codes, uint64_t tax_code);
void letter_codes_clear(struct letter_codes *codes); /* wipes them */

#endif
