/* SPDX-License-Identifier: Apache-2.0 */
/* backup: the log as one file (proto/backup.h), read over the wire while the collector goes on. The
 * last number is fixed first; whatever is accepted later is not in it, whatever was accepted before
 * is. To a file: a temporary name, fsync, rename; to stdout as it comes. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/backup.h"
#include "client/commands.h"
#include "client/file.h"
#include "client/log_read.h"
#include "client/staff.h"
#include "client/words.h"
#include "proto/backup.h"
#include "proto/digest.h"

#define STREAM_BYTES ((size_t)1 << 20)
#define PROGRESS_ENTRIES 4096u
#define COLLECTOR "khaosatd"
#define OFFLINE_LANGUAGE "KHAOSAT_LANG" /* in which it says what came of it */

struct backing_up {
	const struct client *client;
	const char *path; /* NULL: stdout */
	bool force;
	bool is_read; /* by another command: nothing is kept */
	FILE *stream;
	struct backup_writer writer;
	struct backup_header header;
};

/* ------------------------------------------------------------------------------- the file */

static char temporary[PATH_MAX]; /* for the handler; "": none */

/* Half a backup is of no use to anybody: it goes with us. */
static void
on_signal(int number)
{
	if (temporary[0] != '\0')
		unlink(temporary);
	signal(number, SIG_DFL);
	raise(number);
}

static int
say_errno(const struct backing_up *b, int error)
{
	client_error("%s: %s", b->path == NULL ? "stdout" : b->path,
	    words_errno(b->client->language, error));
	return EXIT_FAILED;
}

/* Whether the file may come to stand where it is asked for. */
static int
check_place(const struct backing_up *b)
{
	struct stat st;
	if (b->path == NULL) {
		if (!isatty(STDOUT_FILENO))
			return EXIT_DONE;
		client_error("%s", client_say(b->client, "không ghi bản sao lưu ra màn hình",
				       "a backup is not written to a terminal"));
		return EXIT_USAGE;
	}
	if (stat(b->path, &st) != 0)
		return errno == ENOENT ? EXIT_DONE : say_errno(b, errno);
	if (!S_ISREG(st.st_mode))
		return say_errno(b, S_ISDIR(st.st_mode) ? EISDIR : EEXIST);
	if (b->force)
		return EXIT_DONE;
	client_error(client_say(b->client, "%s: đã có; --force để thay",
			 "%s: it exists; --force replaces it"),
	    b->path);
	return EXIT_FAILED;
}

static int
open_stream(struct backing_up *b)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	if (b->path == NULL) {
		int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
		b->stream = fd < 0 ? NULL : fdopen(fd, "w");
	} else {
		for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
			signal(numbers[i], on_signal);
		b->stream = file_begin(b->path, temporary);
	}
	if (b->stream == NULL)
		return say_errno(b, errno);
	setvbuf(b->stream, NULL, _IOFBF, STREAM_BYTES);
	return EXIT_DONE;
}

static bool
put(void *context, const void *bytes, size_t n)
{
	struct backing_up *b = context;
	return fwrite(bytes, 1, n, b->stream) == n;
}

/* Into the file by its name, or out of stdout. The stream is closed in every case. */
static bool
finish_stream(struct backing_up *b)
{
	if (b->path != NULL)
		return file_end(b->stream, temporary, b->path);
	struct stat st;
	bool good = fflush(b->stream) == 0 && fstat(fileno(b->stream), &st) == 0 &&
		    (!S_ISREG(st.st_mode) || fsync(fileno(b->stream)) == 0);
	int saved = errno;
	if (fclose(b->stream) != 0 && good)
		return false;
	errno = saved;
	return good;
}

static void
abandon_stream(struct backing_up *b)
{
	if (b->path != NULL)
		file_abandon(b->stream, temporary);
	else
		fclose(b->stream);
}

/* ------------------------------------------------------------------------------- the log */

/* Which log, and how far it reaches now. */
static int
ask_header(struct backing_up *b, struct connection *c)
{
	int exit_code = EXIT_DONE;
	Khaosat__V1__Hello hello = KHAOSAT__V1__HELLO__INIT;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_HELLO;
	request.hello = &hello;
	Khaosat__V1__Response *response = connection_ask(b->client, c, &request, &exit_code);
	if (response == NULL)
		return exit_code;
	const Khaosat__V1__HelloResult *result = response->hello;
	bool is_known = response->body_case == KHAOSAT__V1__RESPONSE__BODY_HELLO &&
			result->log.len == BACKUP_LOG_ID_BYTES;
	if (is_known) {
		memcpy(b->header.log_id, result->log.data, BACKUP_LOG_ID_BYTES);
		b->header.created_ms = result->time_ms;
		b->header.last = result->last;
	}
	khaosat__v1__response__free_unpacked(response, NULL);
	if (is_known)
		return EXIT_DONE;
	client_error("%s", client_say(b->client, "máy chủ không cho biết nhật ký nào",
			       "the collector does not say which log it has"));
	return EXIT_FAILED;
}

static bool
write_entry(void *context, const Khaosat__V1__LoggedEntry *entry)
{
	struct backing_up *b = context;
	if (!backup_put(&b->writer, entry->header.data, entry->payload.data, entry->payload.len)) {
		say_errno(b, errno);
		return false;
	}
	if (entry->number % PROGRESS_ENTRIES == 0 || entry->number == b->header.last)
		client_progress(b->client,
		    b->is_read ? client_say(b->client, "đã đọc nhật ký", "log read")
			       : client_say(b->client, "đã sao lưu", "backed up"),
		    entry->number, b->header.last);
	return true;
}

static int
write_log(struct backing_up *b, struct connection *c)
{
	b->writer = (struct backup_writer){.put = put, .context = b};
	if (!backup_begin(&b->writer, &b->header))
		return say_errno(b, errno);
	int exit_code = log_read(b->client, c, b->header.last, write_entry, b);
	if (exit_code == EXIT_DONE && !backup_finish(&b->writer))
		exit_code = say_errno(b, errno);
	return exit_code;
}

int
backup_take(const struct client *client, struct connection *c, FILE *stream)
{
	struct backing_up b = {.client = client, .stream = stream, .is_read = true};
	int exit_code = ask_header(&b, c);
	if (exit_code == EXIT_DONE)
		exit_code = write_log(&b, c);
	backup_clear(&b.writer);
	if (exit_code == EXIT_DONE && fflush(stream) != 0)
		exit_code = say_errno(&b, errno);
	return exit_code;
}

static void
tell(const struct backing_up *b)
{
	char id[2 * BACKUP_LOG_ID_BYTES + 1];
	if (b->path == NULL && b->client->quiet)
		return;
	digest_hex(b->header.log_id, BACKUP_LOG_ID_BYTES, id);
	fprintf(b->path == NULL ? stderr : stdout,
	    client_say(b->client,
		"đã sao lưu vào %s: nhật ký %s, bản ghi %" PRIu64 ", byte %" PRIu64 "\n",
		"backed up to %s: log %s, entries %" PRIu64 ", bytes %" PRIu64 "\n"),
	    b->path == NULL ? "stdout" : b->path, id, b->header.last, b->writer.bytes);
}

static int
back_up(struct backing_up *b)
{
	int exit_code = check_place(b);
	struct connection *c =
	    exit_code == EXIT_DONE ? connection_begin(b->client, &exit_code) : NULL;
	if (c != NULL)
		exit_code = ask_header(b, c);
	if (exit_code == EXIT_DONE)
		exit_code = open_stream(b);
	if (b->stream != NULL) {
		exit_code = write_log(b, c);
		if (exit_code != EXIT_DONE)
			abandon_stream(b);
		else if (!finish_stream(b))
			exit_code = say_errno(b, errno);
	}
	backup_clear(&b->writer);
	connection_close(c);
	if (exit_code == EXIT_DONE)
		tell(b);
	return exit_code;
}

/* ------------------------------------------------------------------------------- the proof */

/* Only the collector can judge answers by the log alone: it is run in our place. */
static int
verify(const struct client *client, const char *path)
{
	static char self[PATH_MAX], beside[PATH_MAX + sizeof(COLLECTOR) + 1];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *arguments[] = {(char[]){COLLECTOR}, (char[]){"--verify"}, staff_borrow(path), NULL};
	fflush(stdout);
	setenv(OFFLINE_LANGUAGE, client_say(client, "vi", "en"), 1);
	if (n > 0) {
		self[n] = '\0';
		snprintf(beside, sizeof(beside), "%s/%s", dirname(self), COLLECTOR);
		execv(beside, arguments);
	}
	execvp(COLLECTOR, arguments);
	client_error(client_say(client,
			 "kiểm tra bản sao lưu cần khaosatd, cạnh khaosat hoặc trong PATH: %s",
			 "to verify a backup takes khaosatd, beside khaosat or in PATH: %s"),
	    words_errno(client->language, errno));
	return EXIT_FAILED;
}

static int
run_backup(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {{"force", no_argument, NULL, 'f'},
	    {"verify", no_argument, NULL, 'v'}, {NULL, 0, NULL, 0}};
	struct backing_up b = {.client = client};
	bool is_proof = false;
	for (int o; (o = client_option(client, argc, argv, options)) != -1;) {
		if (o == 'f')
			b.force = true;
		else if (o == 'v')
			is_proof = true;
		else
			return EXIT_USAGE;
	}
	if (optind + 1 != argc || argv[optind][0] == '\0')
		return client_usage(client, &command_backup, "%s",
		    client_say(client, "cần một tên tệp, hoặc -", "one file, or -, is needed"));
	if (is_proof)
		return verify(client, argv[optind]);
	if (!staff_has_token(client))
		return EXIT_USAGE;
	b.path = strcmp(argv[optind], "-") == 0 ? NULL : argv[optind];
	return back_up(&b);
}

const struct command command_backup = {"backup", "FILE|- [--force] | --verify FILE|-",
    "sao lưu nhật ký ra một tệp trong lúc hệ thống vẫn chạy (-: ra stdout)\n\n"
    "Tệp chứa mọi thứ đã tiếp nhận trước khi lệnh bắt đầu; phiếu mới vẫn được nhận trong lúc đó. "
    "Tệp "
    "luôn\ngọn: chỉ gồm nhật ký. Thông tin liên hệ của người trả lời và mã thẻ cán bộ không có "
    "trong "
    "tệp: cái gì\nphải xóa được thì không được nằm trong bản sao lưu. --force thay tệp đã có. "
    "--verify mở bản sao lưu,\ntính lại mọi phiếu và so (cần khaosatd); mã thoát 1 nếu có khác "
    "biệt. "
    "Khôi phục:\nkhaosatd --restore FILE --data DIR.",
    "copy the log to a file while the collector goes on (-: to stdout)\n\n"
    "The file holds all that was accepted before the command began; submissions go on meanwhile. "
    "It "
    "is always\ncompact: the log and nothing else. Contacts of respondents and the staff token are "
    "not "
    "in it: what must be\nforgettable must not stand in a backup. --force replaces a file that "
    "exists. "
    "--verify opens a backup,\nrecounts every answer and compares (it takes khaosatd), and exits "
    "with "
    "1 on any difference. To restore:\nkhaosatd --restore FILE --data DIR.",
    run_backup};
