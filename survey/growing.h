/* SPDX-License-Identifier: Apache-2.0 */
/* A text that grows as it is written. When memory is out it remembers that, and whoever takes the
 * text asks once. Pure; one thread a text. */
#ifndef KHAOSAT_SURVEY_GROWING_H
#define KHAOSAT_SURVEY_GROWING_H

#include <stdbool.h>
#include <stddef.h>

/* Start with {0}; `bytes` is to be freed by whoever owns it. */
struct growing {
	char *bytes; /* n of them, and a NUL behind; NULL: nothing yet */
	size_t n, room;
	bool has_failed;
};

void growing_put(struct growing *g, const char *bytes, size_t n);
void growing_text(struct growing *g, const char *text);
void growing_printf(struct growing *g, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* As content or attribute of XML 1.0 and HTML: & < > " escaped. */
void growing_xml(struct growing *g, const char *text);

#endif
