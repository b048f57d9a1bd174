/* SPDX-License-Identifier: Apache-2.0 */
#include "client/width.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <wchar.h>

/* The bytes of the character at `text`, which has `left` bytes, and the places it takes. */
static size_t
next_character(const char *text, size_t left, size_t *places)
{
	mbstate_t state = {0};
	wchar_t c;
	size_t n = mbrtowc(&c, text, left, &state);
	if (n == 0 || n > left) { /* not a character: (size_t)-1 and -2 are large */
		*places = 1;
		return 1;
	}
	int w = wcwidth(c);
	*places = w > 0 ? (size_t)w : 0;
	return n;
}

size_t
width_of(const char *text)
{
	size_t left = strlen(text), sum = 0;
	while (left > 0) {
		size_t places, n = next_character(text, left, &places);
		sum += places;
		text += n;
		left -= n;
	}
	return sum;
}

void
width_cut(const char *text, size_t places, char *out, size_t cap)
{
	static const char mark[] = "…";
	size_t n = 0, used = 0, length = strlen(text);
	if (length < cap && width_of(text) <= places) {
		memcpy(out, text, length + 1);
		return;
	}
	while (n < length) {
		size_t w, bytes = next_character(text + n, length - n, &w);
		if (used + w + 1 > places || n + bytes + sizeof(mark) > cap)
			break;
		used += w;
		n += bytes;
	}
	memcpy(out, text, n);
	memcpy(out + n, mark, sizeof(mark));
}

size_t
width_of_terminal(FILE *to)
{
	struct winsize size;
	int fd = fileno(to);
	bool is_told = fd >= 0 && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
	return is_told ? size.ws_col : SIZE_MAX;
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
