/* SPDX-License-Identifier: Apache-2.0 */
#include "client/break_words.h"

const char *const break_code[BREAK_CODES] = {
    "", "questionnaire", "predicate", "population", "threshold", "classification", "design"};

const char *
break_word(const struct client *client, Khaosat__V1__Break kind)
{
	static const char *const vi[BREAK_CODES] = {"", "phiếu khác", "tiêu chí đổi", "diện đổi",
	    "ngưỡng đổi", "danh mục đổi", "toàn bộ và mẫu"};
	static const char *const en[BREAK_CODES] = {"", "another questionnaire",
	    "another predicate", "another population", "another threshold", "other classifications",
	    "a census and a sample"};
	return client_say(client, vi[kind], en[kind]);
}
