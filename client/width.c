/* SPDX-License-Identifier: Apache-2.0 */
#include "client/width.h"

#include <string.h>
#include <wchar.h>

size_t
width_of(const char *text)
{
	size_t left = strlen(text), places = 0;
	mbstate_t state = {0};
	while (left > 0) {
		wchar_t c;
		size_t n = mbrtowc(&c, text, left, &state);
		if (n == 0 || n > left) { /* not a character: (size_t)-1 and -2 are large */
			state = (mbstate_t){0};
			n = 1;
			places++;
		} else {
			int w = wcwidth(c);
			places += w > 0 ? (size_t)w : 0;
		}
		text += n;
		left -= n;
	}
	return places;
}

static void
blanks(FILE *to, size_t n)
{
	while (n-- > 0)
		fputc(' ', to);
}

void
width_print(FILE *to, const char *text, size_t places)
{
	size_t n = width_of(text);
	fputs(text, to);
	blanks(to, n < places ? places - n + 1 : 1);
}

void
width_print_right(FILE *to, const char *text, size_t places)
{
	size_t n = width_of(text);
	blanks(to, n < places ? places - n : 0);
	fputs(text, to);
	fputc(' ', to);
}
