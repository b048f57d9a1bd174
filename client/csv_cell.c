/* SPDX-License-Identifier: Apache-2.0 */
#include "client/csv_cell.h"

#include <string.h>

void
csv_cell(FILE *to, const char *text)
{
	fputc('"', to);
	if (text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL)
		fputc('\'', to);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			fputc('"', to);
		fputc(*text, to);
	}
	fputc('"', to);
}
