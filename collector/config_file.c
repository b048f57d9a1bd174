/* SPDX-License-Identifier: Apache-2.0 */
/* inih does the parsing, over lines that are handed to it one by one, which is how their numbers
 * are known. What it would pass over is refused here: sections, lines too long for it, bytes that
 * are no text. */
#include "collector/config_file.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
	const char *at;   /* the next line; NULL: no more */
	unsigned line;    /* of the one handed out last */
	bool has_comment; /* behind its value: inih leaves it out */
	char *free;       /* where the next value goes */
	config_file_line *take;
	void *context;
	unsigned bad_line;              /* 0: none */
	char why[CONFIG_MESSAGE_BYTES]; /* of bad_line */
};

static void
blame(struct reading *r, const char *why)
{
	r->bad_line = r->line;
	snprintf(r->why, sizeof(r->why), "%s", why);
	r->at = NULL;
}

static bool
is_text(const char *line, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)line[i];
		if ((c < ' ' && c != '\t' && c != '\r' && c != '\n') || c == 0x7f)
			return false;
	}
	return true;
}

static bool
has_comment_behind(const char *line, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (line[i] == ';' && (line[i - 1] == ' ' || line[i - 1] == '\t'))
			return true;
	return false;
}

/* An ini_reader. Leading blanks are left out: to inih they would go on with the value before. */
static char *
next_line(char *out, int room, void *stream)
{
	struct reading *r = stream;
	if (r->at == NULL || *r->at == '\0')
		return NULL;
	size_t n = strcspn(r->at, "\n");
	const char *line = r->at;
	r->at += r->at[n] == '\n' ? n + 1 : n;
	r->line++;
	size_t blanks = strspn(line, " \t");
	line += blanks;
	n -= blanks;
	if (n + 1 >= (size_t)room)
		blame(r, "the line is too long");
	else if (!is_text(line, n))
		blame(r, "a control character");
	else if (*line == '[')
		blame(r, "sections mean nothing here; leave them out");
	if (r->bad_line != 0)
		return NULL;
	memcpy(out, line, n);
	out[n] = '\0';
	r->has_comment = has_comment_behind(line, n);
	return out;
}

static int
take_line(void *user, const char *section, const char *name, const char *value)
{
	struct reading *r = user;
	char why[CONFIG_MESSAGE_BYTES] = "";
	size_t n = strlen(value) + 1;
	(void)section;
	char *kept = memcpy(r->free, value, n);
	r->free += n;
	if (r->take(r->context, r->line, name, kept, r->has_comment, why))
		return 1;
	blame(r, why);
	return 0;
}

/* The bytes of the file with a NUL behind them, and behind that as much room again for the values,
 * which are shorter than their lines. */
static char *
load(const char *path, size_t *bytes)
{
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return NULL;
	char *text = calloc(2, CONFIG_FILE_MAX_BYTES + 2);
	if (text != NULL)
		*bytes = fread(text, 1, CONFIG_FILE_MAX_BYTES + 1, file);
	int why = ferror(file) ? errno : 0;
	fclose(file);
	if (text != NULL && why != 0) {
		free(text);
		text = NULL;
	}
	errno = text == NULL && why == 0 ? ENOMEM : why;
	return text;
}

/* False: `r` has the line and the reason; line 0: the whole file. */
static bool
parse(struct reading *r, char *text, size_t n)
{
	if (n > CONFIG_FILE_MAX_BYTES) {
		snprintf(r->why, sizeof(r->why), "larger than %d bytes", CONFIG_FILE_MAX_BYTES);
		return false;
	}
	if (memchr(text, '\0', n) != NULL) {
		snprintf(r->why, sizeof(r->why), "not a text: it holds a NUL");
		return false;
	}
	r->at = text;
	r->free = text + n + 1;
	int first_bad = ini_parse_stream(next_line, r, take_line, r);
	if (first_bad > 0 && (r->bad_line == 0 || (unsigned)first_bad < r->bad_line)) {
		r->bad_line = (unsigned)first_bad;
		snprintf(r->why, sizeof(r->why), "neither NAME = VALUE nor a comment");
	}
	return r->bad_line == 0;
}

bool
config_file_read(const char *path, config_file_line *take, void *context, char **memory,
    char message[CONFIG_MESSAGE_BYTES])
{
	struct reading r = {.take = take, .context = context};
	size_t n = 0;
	*memory = load(path, &n);
	if (*memory == NULL) {
		snprintf(message, CONFIG_MESSAGE_BYTES, "%.160s: %s", path, strerror(errno));
		return false;
	}
	if (parse(&r, *memory, n))
		return true;
	if (r.bad_line > 0)
		snprintf(
		    message, CONFIG_MESSAGE_BYTES, "%.160s:%u: %.300s", path, r.bad_line, r.why);
	else
		snprintf(message, CONFIG_MESSAGE_BYTES, "%.160s: %.300s", path, r.why);
	return false;
}
