/* SPDX-License-Identifier: Apache-2.0 */
#include "client/silent.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "client/file.h"
#include "client/words.h"
#include "survey/text.h"

static bool
read_silently(FILE *terminal, const char *prompt, char *line, size_t cap)
{
	struct termios before, silent;
	int fd = fileno(terminal);
	if (tcgetattr(fd, &before) != 0)
		return false;
	silent = before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	silent.c_cc[VEOL] = before.c_cc[VINTR];
	fputs(prompt, terminal);
	fflush(terminal);
	if (tcsetattr(fd, TCSAFLUSH, &silent) != 0)
		return false;
	ssize_t n = read(fd, line, cap - 1);
	tcsetattr(fd, TCSAFLUSH, &before);
	fputc('\n', terminal);
	if (n <= 0)
		return false;
	line[n] = '\0';
	if ((cc_t)line[n - 1] == before.c_cc[VINTR])
		raise(SIGINT);
	line[strcspn(line, "\r\n")] = '\0';
	return true;
}

bool
silent_line(const char *prompt, char *line, size_t cap)
{
	FILE *terminal = fopen("/dev/tty", "r+");
	if (terminal == NULL)
		return false;
	bool got = read_silently(terminal, prompt, line, cap);
	fclose(terminal);
	return got;
}

/* ------------------------------------------------------------------------------- passwords */

static int
from_file(const struct client *client, const char *file, char out[SILENT_PASSWORD_BYTES])
{
	size_t n;
	char *text = file_read(file, SILENT_PASSWORD_BYTES - 1, &n);
	if (text == NULL) {
		client_error("%s: %s", file, words_errno(client->language, errno));
		return EXIT_FAILED;
	}
	text[strcspn(text, "\r\n")] = '\0';
	memcpy(out, text, strlen(text) + 1);
	explicit_bzero(text, n);
	free(text);
	return EXIT_DONE;
}

static int
from_terminal(const struct client *client, enum silent_password what, const char *prompt,
    char out[SILENT_PASSWORD_BYTES])
{
	char again[SILENT_PASSWORD_BYTES] = "";
	if (!silent_line(prompt, out, SILENT_PASSWORD_BYTES)) {
		client_error("%s", client_say(client, "cần mật khẩu: --password-file FILE",
				       "a password is needed: --password-file FILE"));
		return EXIT_USAGE;
	}
	if (what == PASSWORD_TO_CHECK)
		return EXIT_DONE;
	bool same =
	    silent_line(client_say(client, "Nhập lại: ", "Once more: "), again, sizeof(again)) &&
	    strcmp(out, again) == 0;
	explicit_bzero(again, sizeof(again));
	if (!same)
		client_error("%s", client_say(client, "hai lần nhập không giống nhau",
				       "the two are not the same"));
	return same ? EXIT_DONE : EXIT_FAILED;
}

/* However the keyboard composes letters, the same password is the same bytes. */
static int
normalise(const struct client *client, char out[SILENT_PASSWORD_BYTES])
{
	char *nfc = text_to_nfc(out);
	bool fits = nfc != NULL && strlen(nfc) < SILENT_PASSWORD_BYTES;
	if (fits)
		memcpy(out, nfc, strlen(nfc) + 1);
	if (nfc != NULL)
		explicit_bzero(nfc, strlen(nfc));
	free(nfc);
	if (fits)
		return EXIT_DONE;
	client_error("%s", client_say(client, "mật khẩu quá dài hoặc không phải UTF-8",
			       "the password is too long or not UTF-8"));
	return EXIT_FAILED;
}

int
silent_password(const struct client *client, enum silent_password what, const char *file,
    const char *prompt, char out[SILENT_PASSWORD_BYTES])
{
	int exit_code =
	    file != NULL ? from_file(client, file, out) : from_terminal(client, what, prompt, out);
	return exit_code == EXIT_DONE ? normalise(client, out) : exit_code;
}
