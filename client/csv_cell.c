/* SPDX-License-Identifier: Apache-2.0 */
#include "client/csv_cell.h"

#include <string.h>

void
csv_cell_bytes(FILE *to, const char *text, size_t n)
{
	fputc('"', to);
	if (n > 0 && memchr("=+-@\t\r", text[0], 6) != NULL)
		fputc('\'', to);
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '"')
			fputc('"', to);
		fputc(text[i], to);
	}
	fputc('"', to);
}

void
csv_cell(FILE *to, const char *text)
{
	csv_cell_bytes(to, text, strlen(text));
}
