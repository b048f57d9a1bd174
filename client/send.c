/* SPDX-License-Identifier: Apache-2.0 */
/* khaosat send: everything that waits in the spool, in the order in which it was made. */
#include "client/draft.h"
#include "client/send.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/commands.h"
#include "client/delivery.h"
#include "client/receipt.h"
#include "client/spool.h"
#include "client/words.h"

#define SEND_WINDOW 16

/* An item under way. `outgoing` first: delivery gives it back. */
struct item {
	struct outgoing outgoing;
	const char *name;                   /* points into the list of names */
	char kept_unit[TAXCODE_TEXT_BYTES]; /* "": it does not stay in the spool */
};

struct sending {
	const struct client *client;
	uint64_t done, total;
	uint64_t stored, refused, kept;
	bool rejected; /* at least one by checks */
	bool failed;   /* disk, or an item that is not ours */
};

static const char *
status_name(Khaosat__V1__Status status)
{
	const ProtobufCEnumValue *value =
	    protobuf_c_enum_descriptor_get_value(&khaosat__v1__status__descriptor, (int)status);
	return value == NULL ? "?" : value->name;
}

/* It stays where it is. */
static void
keep(struct sending *s, struct item *item)
{
	s->kept++;
	strcpy(item->kept_unit, item->outgoing.tax_code);
}

/* Why an item was refused, for the file beside it. To be freed; NULL: out of memory. */
static char *
reason_text(enum delivery_outcome outcome, const Khaosat__V1__Response *response)
{
	char *text = NULL;
	size_t n;
	FILE *to = open_memstream(&text, &n);
	if (to == NULL)
		return NULL;
	if (outcome == DELIVERY_BAD_RECEIPT)
		fputs("the receipt is not for what was sent\n", to);
	else {
		fprintf(to, "%s\n%s\n%s\n", status_name(response->status), response->message_vi,
		    response->message_en);
		if (response->field[0] != '\0')
			fprintf(to, "%s: %s\n", response->field, response->rule);
	}
	for (size_t i = 0; i < response->n_finding; i++) {
		const Khaosat__V1__Finding *f = response->finding[i];
		fprintf(to, "%s %s %s\n  %s\n  %s\n", f->check, f->question, f->value,
		    f->message_vi, f->message_en);
	}
	fclose(to);
	return text;
}

static void
on_stored(struct sending *s, const struct item *item, const Khaosat__V1__Response *response)
{
	char *path;
	const struct outgoing *o = &item->outgoing;
	if (!receipt_write(
		s->client, o->round, response->receipt, o->answers, o->answers_bytes, &path)) {
		client_error(
		    "%s/receipts: %s", s->client->home, words_errno(s->client->language, errno));
		s->failed = true;
		return;
	}
	free(path);
	s->stored++;
	if (!spool_remove(s->client, item->name)) {
		client_error("%s/spool/%s: %s", s->client->home, item->name,
		    words_errno(s->client->language, errno));
		s->failed = true;
	}
}

/* A sentence. */
static const char *
why_refused(const struct client *client, enum delivery_outcome outcome,
    const Khaosat__V1__Response *response)
{
	if (outcome == DELIVERY_BAD_RECEIPT)
		return client_say(client, "Biên nhận không khớp với những gì đã gửi.",
		    "The receipt is not for what was sent.");
	const char *message = client_say(client, response->message_vi, response->message_en);
	return message[0] != '\0' ? message : status_name(response->status);
}

/* What the form made can be mended there. */
static void
say_draft(const struct client *client, const struct outgoing *o)
{
	if (draft_is_there(client, o->round, o->tax_code))
		client_error(
		    client_say(client,
			"các câu trả lời đó còn trong bản nháp; sửa và gửi lại bằng: khaosat "
			"submit --interactive --round %s --unit %s",
			"these answers are kept as a draft; mend and send them by: khaosat "
			"submit --interactive --round %s --unit %s"),
		    o->round, o->tax_code);
}

static void
on_refused(struct sending *s, const struct item *item, enum delivery_outcome outcome,
    const Khaosat__V1__Response *response)
{
	char *reason = reason_text(outcome, response);
	client_error(client_say(s->client, "%s: bị từ chối: %s Xem %s/refused/%s.txt",
			 "%s: refused: %s See %s/refused/%s.txt"),
	    item->outgoing.tax_code, why_refused(s->client, outcome, response), s->client->home,
	    item->name);
	if (outcome == DELIVERY_REJECTED)
		say_draft(s->client, &item->outgoing);
	s->refused++;
	s->rejected |= outcome == DELIVERY_REJECTED;
	if (reason == NULL || !spool_refuse(s->client, item->name, reason)) {
		client_error(
		    "%s/refused: %s", s->client->home, words_errno(s->client->language, errno));
		s->failed = true;
	}
	free(reason);
}

static void
on_answered(void *arg, struct outgoing *sent, enum delivery_outcome outcome,
    const Khaosat__V1__Response *response)
{
	struct sending *s = arg;
	struct item *item = (struct item *)(void *)sent;
	switch (outcome) {
	case DELIVERY_STORED:
		on_stored(s, item, response);
		break;
	case DELIVERY_REJECTED:
	case DELIVERY_REFUSED:
	case DELIVERY_BAD_RECEIPT:
		on_refused(s, item, outcome, response);
		break;
	case DELIVERY_LATER:
		keep(s, item);
		break;
	}
	outgoing_clear(sent);
	client_progress(s->client, client_say(s->client, "gửi", "sending"), ++s->done, s->total);
}

/* Whose token answers without a code go under, a firm's or staff's, is known only now. */
static void
name_channel(const struct connection *c, struct outgoing *o)
{
	bool is_told = o->channel == OUTGOING_PAPER || o->channel == OUTGOING_PHONE;
	if (o->access_code[0] == '\0' && !is_told)
		o->channel = connection_is_firm(c) ? OUTGOING_TOOL : OUTGOING_OFFICE;
}

/* Read one item; false: it cannot be sent now, and why has been said. */
static bool
load(struct sending *s, const struct connection *c, const char *name, struct item *out)
{
	*out = (struct item){.name = name};
	if (!spool_read(s->client, name, &out->outgoing)) {
		if (errno == ENOENT)
			return false; /* another process sent it */
		client_error("%s/spool/%s: %s", s->client->home, name,
		    errno != 0 ? words_errno(s->client->language, errno)
			       : client_say(s->client, "không phải bản chờ gửi",
				     "not a submission that waits"));
		s->failed = true;
		return false;
	}
	name_channel(c, &out->outgoing);
	if (out->outgoing.access_code[0] != '\0' || client_has_token(s->client))
		return true;
	client_error(
	    client_say(s->client, "%s: không kèm mã truy cập, cần khaosat login hoặc --token-file",
		"%s: has no access code, needs khaosat login or --token-file"),
	    out->outgoing.tax_code);
	keep(s, out);
	outgoing_clear(&out->outgoing);
	return false;
}

/* What an earlier item of the unit waits for, a later one waits for too: it may correct that one,
 * which the collector does not have. */
static bool
must_wait(const struct item *items, uint64_t n)
{
	const char *unit = items[n].outgoing.tax_code;
	for (uint64_t i = 0; i < n; i++)
		if (strcmp(items[i].kept_unit, unit) == 0)
			return true;
	return false;
}

/* Item i, once it is known what became of its unit's others. False: the connection was lost. */
static bool
send_one(struct sending *s, struct delivery *delivery, struct item *items, uint64_t i)
{
	struct item *item = &items[i];
	if (!delivery_settle(delivery, item->outgoing.tax_code))
		return false;
	if (s->kept == 0 || !must_wait(items, i))
		return delivery_add(delivery, &item->outgoing);
	keep(s, item);
	outgoing_clear(&item->outgoing);
	s->done++;
	return true;
}

/* False: the connection was lost. */
static bool
send_all(struct sending *s, struct connection *connection, char **names, struct item *items)
{
	struct delivery *delivery = delivery_new(connection, SEND_WINDOW, on_answered, s);
	bool ok = delivery != NULL;
	for (uint64_t i = 0; i < s->total && ok; i++) {
		if (load(s, connection, names[i], &items[i]))
			ok = send_one(s, delivery, items, i);
		else
			s->done++;
	}
	ok = ok && delivery_finish(delivery);
	delivery_free(delivery);
	for (uint64_t i = 0; i < s->total; i++)
		outgoing_clear(&items[i].outgoing);
	return ok;
}

/* Keeps the names of this unit's items. */
static size_t
only_of(char **names, size_t n, const char *tax_code)
{
	size_t kept = 0;
	for (size_t i = 0; i < n; i++)
		if (spool_is_of(names[i], tax_code))
			names[kept++] = names[i];
		else
			free(names[i]);
	return kept;
}

bool
send_waiting(const struct client *client, struct connection *connection, const char *tax_code)
{
	struct sending s = {.client = client};
	char **names;
	size_t n;
	bool reached = true;
	int lock = spool_lock(client);
	if (lock < 0)
		return true;
	if (spool_list(client, &names, &n)) {
		s.total = only_of(names, n, tax_code);
		struct item *items = calloc(s.total + 1, sizeof(*items));
		reached = items == NULL || send_all(&s, connection, names, items);
		if (s.stored + s.refused > 0)
			printf(client_say(client,
				   "%s: đã gửi bản còn chờ: nhận %llu, bị từ chối %llu\n",
				   "%s: what waited has been sent: accepted %llu, refused %llu\n"),
			    tax_code, (unsigned long long)s.stored, (unsigned long long)s.refused);
		free(items);
		spool_free_names(names, s.total);
	}
	close(lock);
	return reached;
}

static int
report(const struct sending *s, bool reached)
{
	uint64_t left = s->total - s->stored - s->refused;
	printf(client_say(s->client, "Đã nhận %llu, bị từ chối %llu, còn chờ %llu\n",
		   "Accepted %llu, refused %llu, still waiting %llu\n"),
	    (unsigned long long)s->stored, (unsigned long long)s->refused,
	    (unsigned long long)left);
	if (!reached || s->kept > 0)
		return EXIT_UNREACHABLE;
	if (s->rejected)
		return EXIT_REJECTED;
	return s->refused > 0 || s->failed ? EXIT_FAILED : EXIT_DONE;
}

static int
send_spool(struct sending *s, char **names)
{
	char error[256];
	struct connection *connection = connection_open(s->client, error);
	if (connection == NULL) {
		client_error("%s", error);
		return report(s, false);
	}
	struct item *items = calloc(s->total, sizeof(*items));
	bool reached = items != NULL && send_all(s, connection, names, items);
	if (!reached)
		client_error("%s", client_say(s->client, "mất kết nối", "the connection is gone"));
	free(items);
	connection_close(connection);
	return report(s, reached);
}

static int
run(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {{0}};
	struct sending s = {.client = client};
	char **names;
	size_t n;
	if (client_option(client, argc, argv, options) != -1)
		return EXIT_USAGE;
	if (!client_is_end(client, &command_send, argc, argv))
		return EXIT_USAGE;
	int lock = spool_lock(client);
	if (lock < 0) {
		client_error("%s/spool: %s", client->home,
		    errno == EWOULDBLOCK ? client_say(client, "một lệnh send khác đang chạy",
					       "another send is running")
					 : words_errno(client->language, errno));
		return EXIT_FAILED;
	}
	int result = EXIT_FAILED;
	if (!spool_list(client, &names, &n))
		client_error("%s/spool: %s", client->home, words_errno(client->language, errno));
	else if (n == 0) {
		puts(client_say(client, "Không có gì chờ gửi", "Nothing waits to be sent"));
		spool_free_names(names, n);
		result = EXIT_DONE;
	} else {
		s.total = n;
		result = send_spool(&s, names);
		spool_free_names(names, n);
	}
	close(lock);
	return result;
}

const struct command command_send = {
    .name = "send",
    .usage = "",
    .summary_vi = "gửi những gì đang chờ vì trước đó không kết nối được",
    .summary_en = "send what waits because the collector could not be reached",
    .run = run,
};
