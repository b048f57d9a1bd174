/* SPDX-License-Identifier: Apache-2.0 */
#include "client/filling.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/draft.h"
#include "client/words.h"
#include "survey/text.h"

const char *
filling_say(const struct filling *f, const char *vi, const char *en)
{
	return client_say(f->client, vi, en);
}

bool
filling_own(struct filling *f, void *memory)
{
	void **grown = realloc(f->kept, (f->kepts + 1) * sizeof(*grown));
	if (grown == NULL) {
		free(memory);
		return false;
	}
	f->kept = grown;
	f->kept[f->kepts++] = memory;
	return true;
}

struct span
filling_keep(struct filling *f, const char *text)
{
	struct span none = {0};
	char *copy = text_to_nfc(text);
	if (copy == NULL || !filling_own(f, copy))
		return none;
	return (struct span){copy, (uint32_t)strlen(copy)};
}

void
filling_clear(struct filling *f)
{
	for (size_t i = 0; i < f->kepts; i++)
		free(f->kept[i]);
	free(f->kept);
	prompt_free(f->prompt);
}

void
filling_save(struct filling *f, const uint8_t *sent)
{
	struct draft draft = {
	    .place = f->place >= 0 ? f->q->definition->question[f->place].code : "",
	    .corrects = f->corrects ? f->unit.head : NULL,
	    .sent = sent,
	};
	f->answers.seconds = filling_seconds(f);
	if (draft_save(f->client, f->q, f->s->options.tax_code, &f->answers, &draft)) {
		f->save_failed = false;
		return;
	}
	if (!f->save_failed)
		client_error(
		    "%s/drafts: %s", f->client->home, words_errno(f->client->language, errno));
	f->save_failed = true;
}

int32_t
filling_seconds(const struct filling *f)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	int64_t seconds = f->seconds_before + (int64_t)(now.tv_sec - f->started);
	return seconds < INT32_MAX ? (int32_t)seconds : INT32_MAX;
}

bool
filling_yes_no(struct filling *f, const char *vi, const char *en, bool usual, bool *yes)
{
	for (;;) {
		prompt_say(f->prompt, STYLE_PLAIN, "", "", filling_say(f, vi, en));
		char *line = prompt_line(f->prompt,
		    usual ? filling_say(f, "[C/k] ", "[Y/n] ") : filling_say(f, "[c/K] ", "[y/N] "),
		    NULL);
		if (line == NULL)
			return false;
		char first = line[0];
		free(line);
		if (first == '\0')
			*yes = usual;
		else if (strchr("cCyY", first) != NULL)
			*yes = true;
		else if (strchr("kKnN", first) != NULL)
			*yes = false;
		else
			continue;
		return true;
	}
}
