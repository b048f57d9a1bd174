/* SPDX-License-Identifier: Apache-2.0 */
/* Answers in JSON over HTTP: the collector decides their bytes, as the client tool does for files.
 * Loop's thread. */
#ifndef KHAOSAT_COLLECTOR_HTTP_ANSWERS_H
#define KHAOSAT_COLLECTOR_HTTP_ANSWERS_H

#include <jansson.h>

#include "collector/http.h"

/* Puts the field `answers` of a Submit, from the keys that survey/answers_json.h names; and survey,
 * version and channel where the object leaves them out: those of the round, and WEB or OFFICE.
 * False: `out` says what is wrong. */
bool http_answers_put(const struct http_call *call, const json_t *object, struct bytes *message,
    struct http_reply *out);

/* The same for the one `answer` to `question`, of an EditAnswer; null or none: no answer. */
bool http_answer_put(const struct http_call *call, const json_t *object, struct bytes *message,
    struct http_reply *out);

#endif
