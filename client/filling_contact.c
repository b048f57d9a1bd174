/* SPDX-License-Identifier: Apache-2.0 */
/* Who answered: asked after acceptance, only if they agree, sent apart from the answers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/filling.h"
#include "client/findings_print.h"

/* Where a contact question's answer goes, or NULL. */
static char **
field_of(Khaosat__V1__Contact *contact, const char *column)
{
	if (strcmp(column, "name") == 0)
		return &contact->name;
	if (strcmp(column, "position") == 0)
		return &contact->position;
	if (strcmp(column, "phone") == 0)
		return &contact->phone;
	if (strcmp(column, "email") == 0)
		return &contact->email;
	return NULL;
}

static struct label
consent_label(const struct definition *d)
{
	for (size_t i = 0; i < d->contacts; i++)
		if (strcmp(d->contact[i].column, "consent") == 0)
			return d->contact[i].label;
	return (struct label){"Đồng ý cho lưu thông tin liên hệ, tách riêng khỏi câu trả lời?",
	    "May contact details be kept, apart from the answers?"};
}

/* False: the end of input. */
static bool
ask_fields(struct filling *f, Khaosat__V1__Contact *contact)
{
	const struct definition *d = f->q->definition;
	for (size_t i = 0; i < d->contacts; i++) {
		char **field = field_of(contact, d->contact[i].column);
		char label[WORDING_BYTES];
		if (field == NULL)
			continue;
		wording(f->client, f->q, d->contact[i].label, label);
		prompt_say(f->prompt, STYLE_PLAIN, "", "", label);
		char *line = prompt_line(f->prompt, "> ", NULL);
		if (line == NULL)
			return false;
		struct span text = filling_keep(f, line);
		free(line);
		if (text.bytes != NULL) /* kept by us, and protobuf-c only reads it */
			*field = (char *)(uintptr_t)text.bytes;
	}
	return true;
}

static void
send_contact(struct filling *f, Khaosat__V1__Contact *contact)
{
	struct submitting *s = f->s;
	Khaosat__V1__Request request;
	Khaosat__V1__UnitCredential credential;
	khaosat__v1__request__init(&request);
	contact->round = s->questionnaire.round;
	contact->consent = true;
	if (s->options.access_code[0] == '\0')
		contact->tax_code = s->options.tax_code;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_CONTACT;
	request.contact = contact;
	unit_options_sign(&s->options, &credential, &request);
	Khaosat__V1__Response *response = connection_call(s->connection, &request);
	if (response == NULL)
		client_error("%s", filling_say(f, "mất kết nối; chưa lưu thông tin liên hệ",
				       "the connection is gone; contact details were not kept"));
	else if (response->status != KHAOSAT__V1__STATUS__DONE)
		connection_explain(f->client, response);
	else
		prompt_say(f->prompt, STYLE_PLAIN, "", "",
		    filling_say(f, "Đã lưu thông tin liên hệ.", "The contact details are kept."));
	if (response != NULL)
		khaosat__v1__response__free_unpacked(response, NULL);
}

void
filling_contact(struct filling *f)
{
	const struct definition *d = f->q->definition;
	bool yes = false;
	char vi[WORDING_BYTES];
	if (d->contacts == 0 || f->s->connection == NULL)
		return;
	wording(f->client, f->q, consent_label(d), vi);
	putchar('\n');
	if (!filling_yes_no(f, vi, vi, false, &yes) || !yes)
		return;
	Khaosat__V1__Contact contact;
	khaosat__v1__contact__init(&contact);
	if (ask_fields(f, &contact))
		send_contact(f, &contact);
}
