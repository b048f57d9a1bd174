/* SPDX-License-Identifier: Apache-2.0 */
#include "client/bulk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/bulk_csv.h"
#include "client/file.h"
#include "client/findings_print.h"
#include "client/home.h"
#include "client/receipt.h"
#include "client/words.h"
#include "survey/register.h"

#define SYNC_EVERY_S 2
#define SHOWN_MAX 20 /* refused rows that are shown; the file has them all */

/* A row under way. `outgoing` first: delivery gives it back. */
struct item {
	struct outgoing outgoing;
	unsigned long line;
	char *text; /* the row as CSV, for FILE.rejected.csv */
	struct item *next_free;
};

struct bulk {
	struct submitting *s;
	const struct client *client;
	struct bulk_csv *csv;
	char *rejected_path;
	FILE *rejected; /* NULL until a row is refused */
	char *receipts_path;
	FILE *receipts; /* NULL until a row is accepted */
	time_t synced;
	struct item item[DELIVERY_WINDOW_MAX + 1];
	struct item *free_item;
	uint64_t accepted, replayed, refused, later;
	unsigned long left_line; /* the first row that was not answered; 0: none */
	bool checks;             /* a row was refused by checks */
	bool changed;            /* the file, while it was read */
	bool no_disk;            /* a receipt or a refused row could not be written */
};

static struct item *
take_item(struct bulk *b)
{
	struct item *item = b->free_item;
	b->free_item = item->next_free;
	*item = (struct item){0};
	return item;
}

static void
give_item(struct bulk *b, struct item *item)
{
	outgoing_clear(&item->outgoing);
	free(item->text);
	item->text = NULL;
	item->next_free = b->free_item;
	b->free_item = item;
}

static void
say_no_disk(struct bulk *b, const char *path)
{
	if (!b->no_disk)
		client_error("%s: %s", path, words_errno(b->client->language, errno));
	b->no_disk = true;
}

/* ------------------------------------------------------------------------------- refused rows */

static void
put_quoted(FILE *to, const char *text)
{
	fputc('"', to);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			fputc('"', to);
		fputc(*text, to);
	}
	fputc('"', to);
}

/* It holds access codes: for its owner only. */
static void
open_rejected(struct bulk *b)
{
	int fd = open(b->rejected_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	b->rejected = fd < 0 ? NULL : fdopen(fd, "w");
	char *header = bulk_csv_header_text(b->csv);
	if (b->rejected == NULL || header == NULL)
		say_no_disk(b, b->rejected_path);
	else
		fprintf(
		    b->rejected, "%s,rejected_line,rejected_column,rejected_reason\r\n", header);
	free(header);
}

static void
reject(struct bulk *b, unsigned long line, const char *text, const char *column, const char *reason)
{
	b->refused++;
	if (b->rejected == NULL && !b->no_disk)
		open_rejected(b);
	if (b->refused <= SHOWN_MAX)
		client_error(client_say(b->client, "dòng %lu%s%s: %s", "line %lu%s%s: %s"), line,
		    column[0] == '\0' ? "" : ", ", column, reason);
	else if (b->refused == SHOWN_MAX + 1)
		client_error(client_say(b->client, "... xem tiếp trong %s", "... for more see %s"),
		    b->rejected_path);
	if (b->rejected == NULL || text == NULL)
		return;
	fprintf(b->rejected, "%s,%lu,%s,", text, line, column);
	put_quoted(b->rejected, reason);
	fputs("\r\n", b->rejected);
}

/* "EH06: ... — 101; H02 EH12: ...": all of them, as far as they fit. */
static void
findings_reason(const struct bulk *b, const Khaosat__V1__Response *response, char *out, size_t cap)
{
	size_t at = 0;
	for (size_t i = 0; i < response->n_finding && at < cap; i++) {
		const Khaosat__V1__Finding *f = response->finding[i];
		bool named = i > 0 && f->question[0] != '\0';
		at += (size_t)snprintf(out + at, cap - at, "%s%s%s%s: %s%s%s", i > 0 ? "; " : "",
		    named ? f->question : "", named ? " " : "", f->check,
		    client_say(b->client, f->message_vi, f->message_en),
		    f->value[0] == '\0' ? "" : " — ", f->value);
	}
}

/* One refusal stands for an unknown unit and for a wrong code; the check for it says both. */
static const char *
refusal_reason(struct bulk *b, const struct item *item, char *out, size_t cap)
{
	char words[WORDING_BYTES];
	b->checks = true;
	if (item->outgoing.access_code[0] == '\0' && connection_is_firm(b->s->connection)) {
		snprintf(out, cap, "%s",
		    client_say(b->client,
			"Đơn vị không có trong danh sách của đợt này, hoặc chưa cho đơn vị kế toán "
			"này trả lời thay (xem khaosat firm units).",
			"The unit is not in this round's register, or has not let this firm answer "
			"for it (see khaosat firm units)."));
		return register_column_name[REGISTER_TAX_CODE];
	}
	const struct questionnaire *q = &b->s->questionnaire;
	const struct check *check =
	    &q->definition->check[q->definition->builtin[BUILTIN_UNKNOWN_UNIT]];
	wording(b->client, q, check->message, words);
	snprintf(out, cap, "%s: %s", check->code, words);
	return register_column_name[REGISTER_TAX_CODE];
}

/* The collector's reason: its findings, or its message. */
static void
reject_answered(struct bulk *b, const struct item *item, enum delivery_outcome outcome,
    const Khaosat__V1__Response *response)
{
	char reason[4096];
	const char *column = "";
	if (outcome == DELIVERY_BAD_RECEIPT)
		snprintf(reason, sizeof(reason), "%s",
		    client_say(b->client, "biên nhận không khớp với những gì đã gửi",
			"the receipt is not for what was sent"));
	else if (response->n_finding > 0) {
		column = response->finding[0]->question;
		findings_reason(b, response, reason, sizeof(reason));
	} else if (response->status == KHAOSAT__V1__STATUS__REFUSED)
		column = refusal_reason(b, item, reason, sizeof(reason));
	else
		snprintf(reason, sizeof(reason), "%s%s%s%s%s",
		    client_say(b->client, response->message_vi, response->message_en),
		    response->field[0] == '\0' ? "" : " ", response->field,
		    response->rule[0] == '\0' ? "" : ": ", response->rule);
	b->checks |= outcome == DELIVERY_REJECTED;
	reject(b, item->line, item->text, column, reason);
}

/* ------------------------------------------------------------------------------- receipts */

static void
open_receipts(struct bulk *b)
{
	char name[128];
	char suffix[64];
	snprintf(suffix, sizeof(suffix), "-%lld-%d.jsonl", (long long)time(NULL), (int)getpid());
	if (home_name(b->s->questionnaire.round, "bulk", suffix, name))
		b->receipts_path = home_path(b->client, "receipts", name);
	b->receipts = b->receipts_path == NULL ? NULL : file_create(b->receipts_path);
	if (b->receipts == NULL)
		say_no_disk(b, b->receipts_path == NULL ? b->client->home : b->receipts_path);
}

/* What was acknowledged is stored at the collector; a receipt lost to a power cut within these
 * seconds comes again when the file is run again. */
static void
sync_now_and_then(struct bulk *b)
{
	time_t now = time(NULL);
	if (now - b->synced < SYNC_EVERY_S)
		return;
	b->synced = now;
	if (fflush(b->receipts) != 0 || fdatasync(fileno(b->receipts)) != 0)
		say_no_disk(b, b->receipts_path);
}

static void
store_receipt(struct bulk *b, const struct item *item, const Khaosat__V1__Response *response)
{
	if (b->receipts == NULL && !b->no_disk)
		open_receipts(b);
	json_t *receipt = receipt_to_json(item->outgoing.round, response->receipt, NULL, 0);
	if (b->receipts != NULL && receipt != NULL) {
		json_dumpf(receipt, b->receipts, JSON_COMPACT | JSON_PRESERVE_ORDER);
		fputc('\n', b->receipts);
		sync_now_and_then(b);
	}
	json_decref(receipt);
}

/* ------------------------------------------------------------------------------- the run */

static void
progress(const struct bulk *b)
{
	char what[160];
	uint64_t done = b->accepted + b->replayed + b->refused + b->later;
	snprintf(what, sizeof(what),
	    client_say(b->client, "gửi (nhận %llu, lặp lại %llu, từ chối %llu)",
		"submitting (accepted %llu, replayed %llu, refused %llu)"),
	    (unsigned long long)b->accepted, (unsigned long long)b->replayed,
	    (unsigned long long)b->refused);
	client_progress(b->client, what, done, bulk_csv_rows(b->csv));
}

static void
note_left(struct bulk *b, const struct item *item)
{
	if (b->left_line == 0 || item->line < b->left_line)
		b->left_line = item->line;
}

static void
on_answered(void *arg, struct outgoing *sent, enum delivery_outcome outcome,
    const Khaosat__V1__Response *response)
{
	struct bulk *b = arg;
	struct item *item = (struct item *)(void *)sent;
	switch (outcome) {
	case DELIVERY_STORED:
		if (response->status == KHAOSAT__V1__STATUS__REPLAYED)
			b->replayed++;
		else
			b->accepted++;
		store_receipt(b, item, response);
		break;
	case DELIVERY_REJECTED:
	case DELIVERY_REFUSED:
	case DELIVERY_BAD_RECEIPT:
		reject_answered(b, item, outcome, response);
		break;
	case DELIVERY_LATER:
		b->later++;
		note_left(b, item);
		break;
	}
	give_item(b, item);
	progress(b);
}

static void
fill(const struct bulk *b, struct bulk_row *row, struct item *item)
{
	const struct questionnaire *q = &b->s->questionnaire;
	struct outgoing *o = &item->outgoing;
	item->line = row->line;
	item->text = bulk_csv_row_text(b->csv);
	*o = row->outgoing;
	strcpy(o->round, q->round);
	snprintf(o->survey_id, sizeof(o->survey_id), "%s", q->definition->id);
	o->survey_version = q->definition->version;
	o->channel = OUTGOING_BULK;
	if (!row->has_instance_id)
		outgoing_name_by_content(o);
}

static void
reject_unread(struct bulk *b, const struct bulk_csv_error *error)
{
	char *text = bulk_csv_row_text(b->csv);
	reject(b, error->line, text, error->column, error->reason);
	free(text);
	progress(b);
}

/* A row without a code can be sent by firms and staff only. */
static bool
may_send(const struct bulk *b, const struct bulk_row *row, struct bulk_csv_error *error)
{
	if (row->outgoing.access_code[0] != '\0' || client_has_token(b->client))
		return true;
	*error = (struct bulk_csv_error){.line = row->line, .column = "access_code"};
	snprintf(error->reason, sizeof(error->reason), "%s",
	    client_say(b->client,
		"thiếu mã truy cập (đơn vị kế toán: khaosat login; cán bộ: --token-file)",
		"no access code (firms: khaosat login; staff: --token-file)"));
	return false;
}

/* False: the connection was lost. */
static bool
send_rows(struct bulk *b)
{
	struct delivery *delivery =
	    delivery_new(b->s->connection, DELIVERY_WINDOW_MAX, on_answered, b);
	struct bulk_row row;
	struct bulk_csv_error error;
	enum bulk_csv_status status = BULK_CSV_END;
	bool ok = delivery != NULL;
	while (ok && (status = bulk_csv_next(b->csv, &row, &error)) != BULK_CSV_END &&
	       status != BULK_CSV_CHANGED) {
		if (status == BULK_CSV_BAD_ROW || !may_send(b, &row, &error)) {
			reject_unread(b, &error);
			outgoing_clear(&row.outgoing);
			continue;
		}
		struct item *item = take_item(b);
		fill(b, &row, item);
		ok = delivery_add(delivery, &item->outgoing);
	}
	ok = ok && delivery_finish(delivery);
	b->changed = status == BULK_CSV_CHANGED;
	delivery_free(delivery);
	for (size_t i = 0; i < sizeof(b->item) / sizeof(b->item[0]); i++)
		if (b->item[i].outgoing.answers != NULL)
			note_left(b, &b->item[i]);
	return ok;
}

static void
finish_files(struct bulk *b)
{
	if (b->receipts != NULL && !file_finish(b->receipts, b->receipts_path))
		say_no_disk(b, b->receipts_path);
	if (b->rejected != NULL && !file_finish(b->rejected, b->rejected_path))
		say_no_disk(b, b->rejected_path);
}

/* Why rows are left, and what to do. */
static int
say_left(const struct bulk *b, uint64_t left)
{
	if (b->changed)
		client_error(
		    client_say(b->client,
			"tệp đã thay đổi trong khi đọc: thiếu %llu dòng so với lúc đầu; hãy chạy "
			"lại: không dòng nào bị tính hai lần",
			"the file changed while it was read: %llu rows of it are gone; run it "
			"again: nothing is counted twice"),
		    (unsigned long long)left);
	if (b->left_line == 0)
		return EXIT_FAILED;
	client_error(
	    client_say(b->client,
		"chưa gửi hết, từ dòng %lu; chạy lại cùng tệp này: không dòng nào bị tính hai lần",
		"not everything was sent, from line %lu on; run the same file again: nothing is "
		"counted twice"),
	    b->left_line);
	return EXIT_UNREACHABLE;
}

static int
report(const struct bulk *b)
{
	uint64_t left = bulk_csv_rows(b->csv) - b->accepted - b->replayed - b->refused;
	printf(client_say(b->client,
		   "Nhận mới %llu, đã nhận từ trước %llu, từ chối %llu, chưa xong %llu\n",
		   "Accepted %llu, accepted before %llu, refused %llu, not done %llu\n"),
	    (unsigned long long)b->accepted, (unsigned long long)b->replayed,
	    (unsigned long long)b->refused, (unsigned long long)left);
	if (b->receipts != NULL)
		printf(
		    client_say(b->client, "Biên nhận: %s\n", "Receipts: %s\n"), b->receipts_path);
	if (b->rejected != NULL)
		printf(client_say(b->client, "Dòng bị từ chối: %s\n", "Refused rows: %s\n"),
		    b->rejected_path);
	if (left > 0)
		return say_left(b, left);
	if (b->checks)
		return EXIT_REJECTED;
	return b->refused > 0 || b->no_disk ? EXIT_FAILED : EXIT_DONE;
}

static int
run(struct bulk *b, const char *path)
{
	struct bulk_csv_error error = {0};
	b->csv = bulk_csv_open(path, b->s->questionnaire.definition, b->client->language, &error);
	if (b->csv == NULL) {
		char line[32] = "";
		if (error.line > 0)
			snprintf(line, sizeof(line), ":%lu", error.line);
		client_error("%s%s: %s%s%s", path, line, error.column,
		    error.column[0] == '\0' ? "" : ": ", error.reason);
		return EXIT_FAILED;
	}
	if (!bulk_csv_has_codes(b->csv) && !client_has_token(b->client)) {
		client_error("%s: %s", path,
		    client_say(b->client,
			"cần cột access_code (đơn vị kế toán: khaosat login; cán bộ: --token-file)",
			"a column access_code is needed (firms: khaosat login; staff: "
			"--token-file)"));
		return EXIT_USAGE;
	}
	if (unlink(b->rejected_path) != 0 && errno != ENOENT) {
		client_error("%s: %s", b->rejected_path, words_errno(b->client->language, errno));
		return EXIT_FAILED;
	}
	if (!send_rows(b))
		client_error("%s", client_say(b->client, "mất kết nối", "the connection is gone"));
	finish_files(b);
	return report(b);
}

int
bulk_run(struct submitting *s, const char *path)
{
	submitting_connect(s);
	if (s->connection == NULL)
		return EXIT_UNREACHABLE;
	if (!submitting_questionnaire(s, s->options.round))
		return EXIT_FAILED;
	struct bulk *b = calloc(1, sizeof(*b));
	if (b == NULL || asprintf(&b->rejected_path, "%s.rejected.csv", path) < 0) {
		client_error("%s", words_errno(s->client->language, ENOMEM));
		free(b);
		return EXIT_FAILED;
	}
	b->s = s;
	b->client = s->client;
	b->synced = time(NULL);
	for (size_t i = 0; i < sizeof(b->item) / sizeof(b->item[0]); i++)
		give_item(b, &b->item[i]);
	int result = run(b, path);
	for (size_t i = 0; i < sizeof(b->item) / sizeof(b->item[0]); i++) {
		outgoing_clear(&b->item[i].outgoing);
		free(b->item[i].text);
	}
	bulk_csv_close(b->csv);
	free(b->rejected_path);
	free(b->receipts_path);
	free(b);
	return result;
}
