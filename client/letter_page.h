/* SPDX-License-Identifier: Apache-2.0 */
/* Letters with access codes as one HTML document: a page A4 each, in the form of official letters
 * (Decree 30/2020/ND-CP), without anything from elsewhere. Errors stay in the stream. One thread.
 */
#ifndef KHAOSAT_CLIENT_LETTER_PAGE_H
#define KHAOSAT_CLIENT_LETTER_PAGE_H

#include <stdbool.h>
#include <stdio.h>

#include "proto/code.h"
#include "survey/register.h"
#include "survey/taxcode.h"

#define LETTER_LINK_MAX_BYTES 512

/* What all letters have in common. Empty texts become blanks to be filled in by hand. */
struct letter_form {
	const char *office, *superior; /* who writes, and above it whom it belongs to */
	const char *number, *place, *signer;
	const char *subject;  /* the survey's title */
	const char *deadline; /* as it is printed */
	const char *contact;
	const char *link; /* without a fragment */
	const char *round;
};

struct letter {
	struct cell name, address; /* loans; any bytes */
	const char *tax_code;
	const char *code; /* CODE_CHARS of it, canonical */
};

void letter_page_begin(FILE *to, const struct letter_form *form);
/* False: the link is too long for a QR code, or memory is out. */
bool letter_page(FILE *to, const struct letter_form *form, const struct letter *letter);
void letter_page_end(FILE *to);

#endif
