/* SPDX-License-Identifier: Apache-2.0 */
/* The options by which a command learns of which unit it speaks, and how it shows that it may: the
 * access code from a file, the environment or the terminal. One thread. */
#ifndef KHAOSAT_CLIENT_UNIT_OPTIONS_H
#define KHAOSAT_CLIENT_UNIT_OPTIONS_H

#include <getopt.h>

#include "client/client.h"
#include "proto/code.h"
#include "proto/khaosat.pb-c.h"
#include "survey/taxcode.h"

/* Values of client_option; a command's own options must not use them. */
enum unit_option { OPTION_ROUND = 0x4000, OPTION_UNIT, OPTION_CODE, OPTION_CODE_FILE };

/* To stand in a command's array of long options. */
#define UNIT_LONG_OPTIONS                                                                          \
	{"round", required_argument, NULL, OPTION_ROUND},                                          \
	    {"unit", required_argument, NULL, OPTION_UNIT},                                        \
	    {"code", required_argument, NULL, OPTION_CODE},                                        \
	{                                                                                          \
		"code-file", required_argument, NULL, OPTION_CODE_FILE                             \
	}

/* For the usage line. */
#define UNIT_USAGE "[--round R] --unit TAX [--code-file F | --code CODE]"

struct unit_options {
	const char *round; /* NULL: not given. Points into argv, as the next two */
	const char *code;
	const char *code_file;
	char tax_code[TAXCODE_TEXT_BYTES]; /* in its one form; empty: not given */
	char access_code[CODE_CHARS + 1];  /* canonical; empty for staff and firms */
};

/* Take one option that client_option returned. False when its value is bad, which has been said. */
bool unit_options_take(
    const struct client *client, struct unit_options *o, int option, const char *value);

/* After the last option: find the code, unless a token file makes the caller staff, or a log-in a
 * firm. The code comes from --code, --code-file (its first line), KHAOSAT_ACCESS_CODE, or is asked
 * for on the terminal without echo. EXIT_DONE, or the exit code after what is wrong has been said.
 */
int unit_options_finish(const struct client *client, struct unit_options *o);

/* Put the unit's credential into a request; nothing for staff and firms. `credential` must live as
 * long as the request. */
void unit_options_sign(const struct unit_options *o, Khaosat__V1__UnitCredential *credential,
    Khaosat__V1__Request *request);

/* For the field tax_code of a body: the unit, when others act on its behalf, else empty. */
char *unit_options_behalf(struct unit_options *o);

/* Wipe the code. */
void unit_options_clear(struct unit_options *o);

#endif
