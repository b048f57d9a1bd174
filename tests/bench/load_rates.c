/* SPDX-License-Identifier: Apache-2.0 */
/* All goals by every dimension, asked again and again over one connection. */
#include <stdio.h>
#include <stdlib.h>

#include "proto/frame.h"
#include "proto/khaosat.pb-c.h"
#include "proto/limits.h"
#include "tests/bench/load.h"

#define RATES_MIN 1000 /* fewer figures than this are not all of them */

static void
read_token(const char *path, uint8_t token[STAFF_TOKEN_BYTES])
{
	size_t n;
	char *text = read_file(path, &n);
	for (unsigned i = 0; i < STAFF_TOKEN_BYTES; i++) {
		unsigned byte;
		if (sscanf(text + 2 * (size_t)i, "%2x", &byte) != 1)
			die(path);
		token[i] = (uint8_t)byte;
	}
	free(text);
}

static size_t
encode_request(char *round, const char *token_path, uint8_t *out)
{
	uint8_t token[STAFF_TOKEN_BYTES];
	Khaosat__V1__Dimension by[] = {0, 1, 2, 3, 4, 5, 6};
	Khaosat__V1__GetRates rates;
	Khaosat__V1__Request request;
	read_token(token_path, token);
	khaosat__v1__get_rates__init(&rates);
	khaosat__v1__request__init(&request);
	rates.round = round;
	rates.by = by;
	rates.n_by = sizeof(by) / sizeof(by[0]);
	request.version = PROTO_VERSION;
	request.id = 1;
	request.credential_case = KHAOSAT__V1__REQUEST__CREDENTIAL_STAFF_TOKEN;
	request.staff_token = (ProtobufCBinaryData){sizeof(token), token};
	request.body_case = KHAOSAT__V1__REQUEST__BODY_GET_RATES;
	request.get_rates = &rates;
	size_t n = khaosat__v1__request__pack(&request, out + FRAME_HEADER_BYTES);
	frame_header(out, n);
	return n + FRAME_HEADER_BYTES;
}

static size_t
count_rates(const uint8_t *body, size_t n)
{
	Khaosat__V1__Response *response = khaosat__v1__response__unpack(NULL, n, body);
	if (response == NULL || response->status != KHAOSAT__V1__STATUS__DONE ||
	    response->rates->n_rate < RATES_MIN)
		die("rates");
	size_t count = response->rates->n_rate;
	khaosat__v1__response__free_unpacked(response, NULL);
	return count;
}

int
load_rates(char **a)
{
	uint8_t request[512], header[FRAME_HEADER_BYTES];
	unsigned times = (unsigned)atoi(a[3]);
	uint64_t *took = calloc(times + 1, sizeof(*took));
	uint8_t *body = malloc(FRAME_RESPONSE_MAX_BYTES);
	size_t n = encode_request(a[2], a[1], request), bytes = 0, rates = 0;
	int fd = dial(a[0]);
	if (took == NULL || body == NULL)
		die("memory");
	for (unsigned i = 0; i < times; i++) {
		uint64_t start = now_ns();
		send_exactly(fd, request, n);
		read_exactly(fd, header, sizeof(header));
		bytes = (size_t)header[0] << 24 | (size_t)header[1] << 16 | (size_t)header[2] << 8 |
			header[3];
		if (bytes > FRAME_RESPONSE_MAX_BYTES)
			die("a response that is none");
		read_exactly(fd, body, bytes);
		took[i] = now_ns() - start;
		rates = count_rates(body, bytes);
	}
	qsort(took, times, sizeof(*took), compare_u64);
	printf("{\"rates\": %zu, \"response_bytes\": %zu, \"p50_us\": %.0f, \"p99_us\": %.0f}\n",
	    rates, bytes, (double)took[times / 2] / 1e3, (double)took[times * 99 / 100] / 1e3);
	return 0;
}
