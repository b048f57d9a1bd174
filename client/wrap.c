/* SPDX-License-Identifier: Apache-2.0 */
#include "client/wrap.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "client/width.h"

size_t
wrap_width(const char *text, size_t n)
{
	size_t width = 0;
	mbstate_t state = {0};
	while (n > 0) {
		wchar_t wide;
		size_t bytes = mbrtowc(&wide, text, n, &state);
		int columns = 1;
		if (bytes == (size_t)-1 || bytes == (size_t)-2 || bytes == 0) {
			bytes = 1;
			state = (mbstate_t){0};
		} else
			columns = wcwidth(wide);
		width += columns < 0 ? 1 : (size_t)columns;
		text += bytes;
		n -= bytes;
	}
	return width;
}

void
wrap_print(FILE *to, const char *text, size_t width, const char *first, const char *rest)
{
	size_t indent = wrap_width(rest, strlen(rest));
	size_t column = wrap_width(first, strlen(first));
	fputs(first, to);
	size_t begun = column;
	while (*text != '\0') {
		size_t blanks = strspn(text, " ");
		size_t word = strcspn(text + blanks, " \n");
		size_t columns = wrap_width(text + blanks, word);
		if (column > begun && column + blanks + columns > width) {
			fprintf(to, "\n%s", rest);
			column = begun = indent;
			text += blanks;
			continue;
		}
		fwrite(text, 1, blanks + word, to);
		column += blanks + columns;
		text += blanks + word;
		if (*text == '\n') {
			text++;
			fprintf(to, "\n%s", rest);
			column = begun = indent;
		}
	}
	fputc('\n', to);
}

void
wrap_item(FILE *to, const char *name, size_t places, const char *text)
{
	char lead[80], rest[80];
	char *line = strndup(text, strcspn(text, "\n"));
	snprintf(lead, sizeof(lead), "  %-*.40s ", (int)places, name);
	snprintf(rest, sizeof(rest), "%*s", (int)places + 3, "");
	if (line != NULL)
		wrap_print(to, line, width_of_terminal(to), lead, rest);
	free(line);
}

void
wrap_notes(FILE *to, const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");
		char *line = strndup(text, n);
		if (line != NULL)
			wrap_print(to, line, width_of_terminal(to), "", "");
		free(line);
		text += n + (text[n] == '\n');
	}
}
