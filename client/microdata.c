/* SPDX-License-Identifier: Apache-2.0 */
/* microdata: every questionnaire that counts, one row each, with its code book. It is made from a
 * backup: one that was taken, or one taken now, into a file without a name in the same folder. The
 * folder and its files are for their owner alone. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/backup.h"
#include "client/codebook.h"
#include "client/commands.h"
#include "client/file.h"
#include "client/local_time.h"
#include "client/microdata_log.h"
#include "client/staff.h"
#include "client/words.h"
#include "proto/digest.h"
#include "survey/ddi.h"

#define FOLDER_MODE 0700
#define FILE_MODE 0600

struct making {
	const struct client *client;
	const char *folder, *round, *from;
	FILE *backup;
	struct microdata_log log;
};

static int
say_errno(const struct making *m, const char *path, int error)
{
	client_error("%s: %s", path, words_errno(m->client->language, error));
	return EXIT_FAILED;
}

static bool
path_of(const struct making *m, const char *name, char out[PATH_MAX])
{
	return (size_t)snprintf(out, PATH_MAX, "%s/%s", m->folder, name) < PATH_MAX;
}

/* ------------------------------------------------------------------------------- the log */

/* A file that nobody else can open, and that is gone with us. */
static FILE *
open_nameless(const struct making *m)
{
	char path[PATH_MAX];
	if (!path_of(m, ".log.XXXXXX", path))
		return NULL;
	int fd = mkstemp(path);
	if (fd < 0)
		return NULL;
	unlink(path);
	FILE *file = fdopen(fd, "w+");
	if (file == NULL)
		close(fd);
	return file;
}

static int
take_backup(struct making *m)
{
	int exit_code = EXIT_DONE;
	m->backup = open_nameless(m);
	if (m->backup == NULL)
		return say_errno(m, m->folder, errno);
	struct connection *c = connection_begin(m->client, &exit_code);
	if (c != NULL)
		exit_code = backup_take(m->client, c, m->backup);
	connection_close(c);
	return exit_code;
}

static int
open_backup(struct making *m)
{
	if (m->from == NULL)
		return take_backup(m);
	m->backup = fopen(m->from, "r");
	return m->backup != NULL ? EXIT_DONE : say_errno(m, m->from, errno);
}

static int
explain(const struct making *m, enum microdata_log_status status)
{
	const struct client *client = m->client;
	const char *file = m->from != NULL ? m->from : m->folder;
	switch (status) {
	case MICRODATA_OK:
		return EXIT_DONE;
	case MICRODATA_READING:
		if (m->log.file == LOG_FILE_IO)
			return say_errno(m, file, errno);
		client_error(client_say(client, "%s: không phải bản sao lưu, bị hỏng hoặc bị cắt",
				 "%s: no backup, damaged, or cut short"),
		    file);
		return EXIT_FAILED;
	case MICRODATA_ROUND:
		client_error(
		    "%s", m->round == NULL
			      ? client_say(client, "có nhiều đợt hoặc chưa có đợt nào: cần --round",
				    "there are several rounds, or none: --round is needed")
			      : client_say(client, "không có đợt này", "there is no such round"));
		return EXIT_FAILED;
	case MICRODATA_REGISTER:
		client_error("%s", client_say(client, "đợt này chưa có danh sách đơn vị",
				       "the round has no register yet"));
		return EXIT_FAILED;
	case MICRODATA_DEFINITION:
		client_error("%s", client_say(client, "không đọc được bảng hỏi của đợt",
				       "the round's questionnaire cannot be read"));
		return EXIT_FAILED;
	case MICRODATA_ANSWERS:
		client_error(client_say(client, "không đọc được phiếu ở bản ghi số %" PRIu64,
				 "the answers of entry %" PRIu64 " cannot be read"),
		    m->log.number);
		return EXIT_FAILED;
	case MICRODATA_WRITING:
		return say_errno(m, m->folder, errno);
	case MICRODATA_MEMORY:
		return say_errno(m, m->folder, ENOMEM);
	}
	return EXIT_FAILED;
}

/* ------------------------------------------------------------------------------- the files */

static int
write_rows(struct making *m)
{
	char path[PATH_MAX], temporary[PATH_MAX];
	FILE *to = path_of(m, "microdata.csv", path) ? file_begin(path, temporary) : NULL;
	if (to == NULL)
		return say_errno(m, m->folder, errno);
	enum microdata_log_status status = microdata_log_write(&m->log, m->backup, to);
	if (status != MICRODATA_OK) {
		int exit_code = explain(m, status);
		file_abandon(to, temporary);
		return exit_code;
	}
	return file_end(to, temporary, path) ? EXIT_DONE : say_errno(m, path, errno);
}

static int
write_bytes(const struct making *m, const char *name, const char *bytes, size_t n)
{
	char path[PATH_MAX];
	if (!path_of(m, name, path) || !file_write(path, bytes, n, FILE_MODE))
		return say_errno(m, name, errno);
	return EXIT_DONE;
}

static int
write_codebook(const struct making *m)
{
	char *bytes = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&bytes, &n);
	struct microdata *columns = microdata_new(m->log.definition, m->log.ref_year);
	if (to != NULL && columns != NULL)
		codebook_write(&m->log, columns, to);
	bool good = columns != NULL && to != NULL && ferror(to) == 0;
	if (to != NULL && fclose(to) != 0)
		good = false;
	microdata_free(columns);
	int exit_code =
	    good ? write_bytes(m, "codebook.csv", bytes, n) : say_errno(m, "codebook.csv", ENOMEM);
	free(bytes);
	return exit_code;
}

static int
write_ddi(const struct making *m)
{
	const struct ddi_about about = {.ref_year = m->log.ref_year,
	    .reference_date = m->log.reference_date,
	    .round = m->log.round,
	    .units = m->log.units,
	    .drawn = m->log.drawn,
	    .strata = m->log.strata};
	struct growing text = {0};
	ddi_write(m->log.definition, &about, &text);
	int exit_code = text.has_failed ? say_errno(m, "codebook.xml", ENOMEM)
					: write_bytes(m, "codebook.xml", text.bytes, text.n);
	free(text.bytes);
	return exit_code;
}

/* Last, so that a folder with it is whole. */
static int
write_about(const struct making *m)
{
	char id[2 * BACKUP_LOG_ID_BYTES + 1];
	const struct microdata_log *log = &m->log;
	digest_hex(log->header.log_id, BACKUP_LOG_ID_BYTES, id);
	json_t *about = json_pack("{ss ss ss ss sI ss ss sI sI sI ss}", "confidentiality",
	    "CONFIDENTIAL", "note",
	    "Microdata: answers of single units, for authorised statistical use only. / Dữ liệu vi "
	    "mô: "
	    "câu trả lời của từng đơn vị, chỉ dùng cho mục đích thống kê được phép.",
	    "round", log->round, "survey", log->definition->id, "survey_version",
	    (json_int_t)log->definition->version, "reference_date", log->reference_date, "log", id,
	    "last_entry", (json_int_t)log->header.last, "units", (json_int_t)log->units,
	    "questionnaires", (json_int_t)log->responded, "product", "khaosat " KHAOSAT_VERSION);
	char *text = about == NULL ? NULL : json_dumps(about, JSON_INDENT(1));
	json_decref(about);
	int exit_code = text == NULL ? say_errno(m, "about.json", ENOMEM)
				     : write_bytes(m, "about.json", text, strlen(text));
	free(text);
	return exit_code;
}

/* That of an earlier run would vouch for files that are being replaced. */
static int
clear_about(const struct making *m)
{
	char path[PATH_MAX];
	if (!path_of(m, "about.json", path))
		return say_errno(m, m->folder, ENAMETOOLONG);
	return file_remove(path) || errno == ENOENT ? EXIT_DONE : say_errno(m, path, errno);
}

static int
make_files(struct making *m)
{
	int exit_code = clear_about(m);
	if (exit_code == EXIT_DONE)
		exit_code = write_rows(m);
	if (exit_code == EXIT_DONE)
		exit_code = write_codebook(m);
	if (exit_code == EXIT_DONE)
		exit_code = write_ddi(m);
	return exit_code == EXIT_DONE ? write_about(m) : exit_code;
}

static int
make(struct making *m)
{
	if (!file_make_folder(m->folder, FOLDER_MODE))
		return say_errno(m, m->folder, errno);
	int exit_code = open_backup(m);
	if (exit_code == EXIT_DONE) {
		exit_code = explain(m, microdata_log_open(&m->log, m->backup, m->round));
		if (exit_code == EXIT_DONE)
			exit_code = make_files(m);
		if (exit_code == EXIT_DONE)
			printf(
			    client_say(m->client,
				"%s: %" PRIu64 " phiếu của đợt %s, đến bản ghi %" PRIu64
				"; MẬT: câu trả lời của từng đơn vị\n",
				"%s: %" PRIu64 " questionnaires of round %s, up to entry %" PRIu64
				"; CONFIDENTIAL: answers of single units\n"),
			    m->folder, m->log.responded, m->log.round, m->log.header.last);
		microdata_log_close(&m->log);
	}
	if (m->backup != NULL)
		fclose(m->backup);
	return exit_code;
}

static int
run_microdata(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {{"round", required_argument, NULL, 'r'},
	    {"output", required_argument, NULL, 'o'}, {"backup", required_argument, NULL, 'b'},
	    {NULL, 0, NULL, 0}};
	struct making m = {.client = client};
	for (int o; (o = client_option(client, argc, argv, options)) != -1;) {
		if (o == 'r')
			m.round = optarg;
		else if (o == 'o')
			m.folder = optarg;
		else if (o == 'b')
			m.from = optarg;
		else
			return EXIT_USAGE;
	}
	if (optind < argc || m.folder == NULL)
		return client_usage(client, &command_microdata, "%s",
		    client_say(client, "cần --output", "--output is needed"));
	if (m.from == NULL && !staff_has_token(client))
		return EXIT_USAGE;
	return make(&m);
}

const struct command command_microdata = {"microdata", "--output DIR [--round R] [--backup FILE]",
    "xuất dữ liệu vi mô: mỗi phiếu một dòng, kèm sổ mã (chỉ quản trị viên)\n\n"
    "MẬT: câu trả lời của từng đơn vị; thư mục và tệp chỉ chủ sở hữu đọc được. microdata.csv: mỗi "
    "câu hỏi\n"
    "một cột, mỗi lựa chọn của câu chọn nhiều một cột (1, 0), tên như ODK và KoboToolbox; NA không "
    "áp dụng,\n"
    "DK không biết, trống là bỏ trống hoặc không hỏi. codebook.csv và codebook.xml (DDI-Codebook "
    "2.5)\n"
    "giải thích từng cột.\n"
    "--backup: từ một bản sao lưu đã có, không cần máy chủ.",
    "write microdata: a row a questionnaire, with a code book (administrators only)\n\n"
    "CONFIDENTIAL: answers of single units; folder and files are readable by their owner alone. "
    "microdata.csv has a\ncolumn a question, and one for each choice where several may be ticked "
    "(1, 0), "
    "named as ODK and KoboToolbox name\nthem; NA is not applicable, DK don't know, empty left "
    "open or not asked. codebook.csv and codebook.xml\n(DDI-Codebook 2.5) explain every column. "
    "--backup: from a backup that was taken, without a collector.",
    run_microdata};
