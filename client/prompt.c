/* SPDX-License-Identifier: Apache-2.0 */
#include "client/prompt.h"

#include <histedit.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "client/wrap.h"

#define WIDTH_DEFAULT 80
#define WIDTH_MIN 40
#define WIDTH_MAX 100

struct prompt {
	EditLine *edit; /* NULL: plain lines */
	bool is_terminal;
	bool is_styled;
	char before[64]; /* what libedit asks back for */
};

static char *
give_before(EditLine *edit)
{
	void *p;
	el_get(edit, EL_CLIENTDATA, &p);
	return ((struct prompt *)p)->before;
}

static void
start_editing(struct prompt *p)
{
	p->edit = el_init("khaosat", stdin, stdout, stderr);
	if (p->edit == NULL)
		return;
	el_set(p->edit, EL_CLIENTDATA, p);
	el_set(p->edit, EL_PROMPT, give_before);
	el_set(p->edit, EL_EDITOR, "emacs");
	/* Ctrl-C must leave the terminal as it was. */
	el_set(p->edit, EL_SIGNAL, 1);
}

struct prompt *
prompt_new(void)
{
	struct prompt *p = calloc(1, sizeof(*p));
	if (p == NULL)
		return NULL;
	const char *term = getenv("TERM");
	bool dumb = term == NULL || term[0] == '\0' || strcmp(term, "dumb") == 0;
	setlocale(LC_CTYPE, "");
	if (MB_CUR_MAX == 1)
		setlocale(LC_CTYPE, "C.UTF-8");
	p->is_terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	p->is_styled = p->is_terminal && !dumb && getenv("NO_COLOR") == NULL;
	if (p->is_terminal && !dumb)
		start_editing(p);
	return p;
}

void
prompt_free(struct prompt *p)
{
	if (p != NULL && p->edit != NULL)
		el_end(p->edit);
	free(p);
}

size_t
prompt_width(const struct prompt *p)
{
	struct winsize size;
	size_t width = WIDTH_DEFAULT;
	if (p->is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		width = size.ws_col;
	if (width < WIDTH_MIN)
		return WIDTH_MIN;
	return width < WIDTH_MAX ? width : WIDTH_MAX;
}

bool
prompt_is_terminal(const struct prompt *p)
{
	return p->is_terminal;
}

/* A copy without the blanks and line ends around it; NULL: out of memory. */
static char *
trimmed(const char *line)
{
	static const char blanks[] = " \t\r\n";
	line += strspn(line, blanks);
	size_t n = strlen(line);
	while (n > 0 && strchr(blanks, line[n - 1]) != NULL)
		n--;
	return strndup(line, n);
}

static char *
edited_line(struct prompt *p, const char *text)
{
	int n;
	fflush(stdout);
	if (text != NULL && text[0] != '\0')
		el_push(p->edit, text);
	const char *line = el_gets(p->edit, &n);
	if (line == NULL || n <= 0) {
		putchar('\n');
		return NULL;
	}
	return trimmed(line);
}

char *
prompt_line(struct prompt *p, const char *before, const char *text)
{
	snprintf(p->before, sizeof(p->before), "%s", before);
	if (p->edit != NULL)
		return edited_line(p, text);
	fputs(before, stdout);
	fflush(stdout);
	char *line = NULL;
	size_t cap = 0;
	ssize_t n = getline(&line, &cap, stdin);
	if (!p->is_terminal)
		putchar('\n'); /* what was read is not echoed, so the line is still open */
	char *result = n > 0 ? trimmed(line) : NULL;
	free(line);
	return result;
}

void
prompt_say(struct prompt *p, enum prompt_style style, const char *first, const char *rest,
    const char *text)
{
	static const char *const on[] = {[STYLE_PLAIN] = "",
	    [STYLE_STRONG] = "\033[1m",
	    [STYLE_FAINT] = "\033[2m",
	    [STYLE_WARNING] = "\033[1;33m"};
	bool styled = p->is_styled && style != STYLE_PLAIN;
	if (styled)
		fputs(on[style], stdout);
	wrap_print(stdout, text, prompt_width(p), first, rest);
	if (styled) {
		fputs("\033[0m", stdout);
		fflush(stdout);
	}
}
