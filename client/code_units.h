/* SPDX-License-Identifier: Apache-2.0 */
/* The units that a command is about: one, or those of a CSV with a column tax_code; a register will
 * do, a list of who has not answered, a file of codes. One thread. */
#ifndef KHAOSAT_CLIENT_CODE_UNITS_H
#define KHAOSAT_CLIENT_CODE_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/client.h"
#include "proto/limits.h"
#include "survey/taxcode.h"

struct code_unit {
	uint64_t tax_code;
	char *name; /* or NULL */
	uint8_t hash[CODE_HASH_BYTES];
	bool is_done;    /* the collector has it */
	bool is_refused; /* it will not have it */
};

struct code_units {
	struct code_unit *unit;
	size_t n, room;
};

bool code_units_add(struct code_units *units, uint64_t tax_code, const char *name);
/* EXIT_DONE, or what is wrong has been said, with file and line. */
int code_units_read(const struct client *client, const char *path, struct code_units *units);
void code_units_clear(struct code_units *units);

#endif
