/* SPDX-License-Identifier: Apache-2.0 */
#include "client/break_words.h"

const char *
break_word(const struct client *client, Khaosat__V1__Break kind)
{
	struct label words = break_words((enum break_kind)kind);
	return client_say(client, words.vi, words.en);
}
