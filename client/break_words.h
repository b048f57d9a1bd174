/* SPDX-License-Identifier: Apache-2.0 */
/* What breaks a series, in the language of whoever reads. */
#ifndef KHAOSAT_CLIENT_BREAK_WORDS_H
#define KHAOSAT_CLIENT_BREAK_WORDS_H

#include "client/client.h"
#include "proto/khaosat.pb-c.h"
#include "survey/breaks.h"

const char *break_word(const struct client *client, Khaosat__V1__Break kind);

#endif
