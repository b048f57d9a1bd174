/* SPDX-License-Identifier: Apache-2.0 */
#include "client/findings_print.h"

#include <string.h>

#include "client/local_time.h"
#include "survey/form.h"

/* Append text[0..n) as far as it fits, never half a character. */
static void
append(char *out, size_t *at, const char *text, size_t n)
{
	size_t room = WORDING_BYTES - 1 - *at;
	if (n > room) {
		n = room;
		while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--;
	}
	memcpy(out + *at, text, n);
	*at += n;
	out[*at] = '\0';
}

static void
append_text(char *out, size_t *at, const char *text)
{
	append(out, at, text, strlen(text));
}

void
wording(const struct client *client, const struct questionnaire *q, struct label label,
    char out[WORDING_BYTES])
{
	char date[LOCAL_DATE_BYTES];
	local_date_print(q->reference_date, client->language == LANGUAGE_VI, date);
	label_expand(client_text(client, label), q->ref_year, date, out, WORDING_BYTES);
}

void
finding_line(const struct client *client, const struct questionnaire *q,
    const struct finding *finding, char out[WORDING_BYTES])
{
	const struct definition *d = q->definition;
	const struct check *check = &d->check[finding->check];
	char message[WORDING_BYTES];
	size_t at = 0;
	out[0] = '\0';
	const char *question =
	    finding->question >= 0 ? d->question[finding->question].code : finding->question_code;
	if (question[0] == '\0' && check->questions > 0)
		question = d->question[check->question[0]].code;
	if (question[0] != '\0') {
		append_text(out, &at, question);
		append_text(out, &at, ": ");
	}
	wording(client, q, check->message, message);
	append_text(out, &at, message);
	if (finding->value[0] != '\0') {
		append_text(out, &at, " — ");
		append_text(out, &at, finding->value);
	}
	append_text(out, &at, " [");
	append_text(out, &at, check->code);
	append_text(out, &at, "]");
}

void
findings_print(const struct client *client, const struct questionnaire *q,
    const struct findings *findings, FILE *to, size_t *hard, size_t *soft)
{
	char line[WORDING_BYTES];
	*hard = 0;
	*soft = 0;
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < findings->n; i++) {
			const struct finding *f = &findings->finding[i];
			bool is_hard = q->definition->check[f->check].hard;
			if (is_hard != (pass == 0) || f->confirmed)
				continue;
			++*(is_hard ? hard : soft);
			finding_line(client, q, f, line);
			fprintf(to, "  %s %s\n",
			    is_hard ? client_say(client, "lỗi", "error")
				    : client_say(client, "xem lại", "doubt"),
			    line);
		}
	if (findings->total > findings->n)
		fprintf(to, client_say(client, "  ... và %zu điểm nữa\n", "  ... and %zu more\n"),
		    findings->total - findings->n);
}
