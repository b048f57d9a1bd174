/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the script of a few peers that talk HTTP to a whole collector: requests for any
 * route, whole, in pieces, several at once, damaged; raw bytes, waiting, vanishing. Each whole
 * request is answered once and in its order until the connection's end is said; what cannot be read
 * is refused once and ends it, nothing hangs. Heads are well formed, bodies as long and of the type
 * that they are said to be. What was accepted is in the log; the state is what a recount and a new
 * start make of the log. */
#include <assert.h>
#include <fcntl.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/http.h"
#include "tests/fuzz/http_script.h"
#include "tests/fuzz/http_talk.h"
#include "tests/fuzz/session_load.h"
#include "tests/support/must.h"

#define PEERS 3
#define STEPS_MAX 32
#define RAW_MAX_BYTES 64
#define FILE_BYTES ((1 << 20) + 100) /* more than a piece */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct scene {
	struct session_rig *rig;
	struct script script;
	struct http_talk peer[PEERS];
	unsigned speaking;
};

/* ------------------------------------------------------------------- what an answer must be */

static ProtobufCBinaryData
read_hex(const json_t *object, const char *name, uint8_t *out, size_t room)
{
	size_t n = 0;
	const char *hex = json_string_value(json_object_get(object, name));
	assert(hex);
	int failed = sodium_hex2bin(out, room, hex, strlen(hex), NULL, &n, NULL);
	assert(!failed && 2 * n == strlen(hex));
	return (ProtobufCBinaryData){n, out};
}

static void
expect_receipt(const struct session_rig *rig, const json_t *object)
{
	uint8_t header[ENTRY_HEADER_BYTES], log[STORE_LOG_ID_BYTES];
	Khaosat__V1__Receipt receipt = KHAOSAT__V1__RECEIPT__INIT;
	receipt.number = (uint64_t)json_integer_value(json_object_get(object, "number"));
	receipt.header = read_hex(object, "header", header, sizeof(header));
	receipt.log = read_hex(object, "log", log, sizeof(log));
	session_expect_stored(rig, &receipt);
}

static void
expect_json(const struct session_rig *rig, const struct http_said *said, bool is_problem)
{
	json_t *json = json_loadb((const char *)said->body, said->n,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	const json_t *receipt = json_object_get(json, "receipt");
	assert(json);
	assert(is_problem == (said->code >= 400));
	if (is_problem)
		assert(json_integer_value(json_object_get(json, "status")) == said->code);
	else if (said->code == 202 || (said->code == 201 && receipt != NULL))
		expect_receipt(rig, receipt);
	json_decref(json);
}

static void
expect_response(const struct session_rig *rig, const struct http_said *said)
{
	Khaosat__V1__Response *r = khaosat__v1__response__unpack(NULL, said->n, said->body);
	assert(r && r->status != KHAOSAT__V1__STATUS__UNAVAILABLE);
	bool is_done =
	    r->status >= KHAOSAT__V1__STATUS__DONE && r->status <= KHAOSAT__V1__STATUS__REPLAYED;
	assert(is_done == (said->code < 400));
	if (said->code == 201 || said->code == 202)
		session_expect_stored(rig, r->receipt);
	khaosat__v1__response__free_unpacked(r, NULL);
}

static void
expect_range(const struct http_said *said)
{
	unsigned long long first, last, all;
	int read = sscanf(said->range, "bytes %llu-%llu/%llu", &first, &last, &all);
	assert(read == 3 && first <= last && last < all && last - first + 1 == said->n);
}

static void
expect_well(void *context, const struct http_said *said)
{
	const struct session_rig *rig = context;
	bool is_problem = strcmp(said->type, "application/problem+json") == 0;
	assert(said->code >= 200 && said->code < 600 && said->code != 500);
	assert((said->code == 206) == (said->range[0] != '\0' && said->code != 416));
	if (said->n == 0)
		assert(said->type[0] == '\0' || said->code == 304);
	else if (said->code == 206)
		expect_range(said);
	else if (said->n == FILE_BYTES)
		return;
	else if (is_problem || strcmp(said->type, HTTP_JSON) == 0)
		expect_json(rig, said, is_problem);
	else if (strcmp(said->type, HTTP_PROTOBUF) == 0)
		expect_response(rig, said);
	else
		assert(strncmp(said->type, "text/plain", 10) == 0);
}

/* ------------------------------------------------------------------- the script */

static struct http_talk *
speaker(struct scene *scene)
{
	struct http_talk *t = &scene->peer[scene->speaking];
	if (t->fd < 0)
		http_talk_begin(
		    t, session_rig_connect(scene->rig, &dialect_http), expect_well, scene->rig);
	return t;
}

static void
say_raw(struct scene *scene)
{
	size_t n;
	const uint8_t *bytes =
	    script_bytes(&scene->script, script_byte(&scene->script) % RAW_MAX_BYTES, &n);
	http_talk_send(speaker(scene), bytes, n);
}

/* In one piece, or in two. */
static void
say_request(struct scene *scene, bool in_pieces)
{
	struct bytes request = http_script_request(&scene->script);
	struct http_talk *t = speaker(scene);
	size_t first = request.n;
	if (in_pieces)
		first = request.n * script_byte(&scene->script) / 256;
	http_talk_send(t, request.at, first);
	if (in_pieces) {
		http_talk_pause(t);
		http_talk_send(t, request.at + first, request.n - first);
	}
	bytes_free(&request);
}

static void
step(struct scene *scene)
{
	unsigned what = script_byte(&scene->script) % 16;
	switch (what) {
	case 0:
		say_raw(scene);
		break;
	case 1:
		scene->speaking = script_byte(&scene->script) % PEERS;
		break;
	case 2:
		http_talk_close(speaker(scene));
		break;
	case 3:
		http_talk_end(speaker(scene));
		break;
	case 4:
		http_talk_pause(speaker(scene));
		break;
	case 5:
	case 6:
	case 7:
		http_talk_await(speaker(scene));
		break;
	default:
		say_request(scene, what < 10);
	}
}

/* ------------------------------------------------------------------- a file to be had */

#define RUNS 6 /* of three rounds, for the public and not: so that no other is made */
#define PLACES 6
#define PLACE_BYTES 192

/* The folders of the first run of a round, from the outermost on, and its file. */
static void
name_places(const struct scene *scene, unsigned which, char place[PLACES][PLACE_BYTES])
{
	const char *exports = scene->rig->exports;
	const char *audience = which % 2 == 0 ? "public" : "internal";
	const char *round = scene->script.round[which / 2];
	snprintf(place[0], PLACE_BYTES, "%.*s", (int)(strrchr(exports, '/') - exports), exports);
	snprintf(place[1], PLACE_BYTES, "%s", exports);
	snprintf(place[2], PLACE_BYTES, "%s/%s", exports, audience);
	snprintf(place[3], PLACE_BYTES, "%s/%s/%s", exports, audience, round);
	snprintf(place[4], PLACE_BYTES, "%s/%s/%s/v0001", exports, audience, round);
	snprintf(place[5], PLACE_BYTES, "%s/%s/%s/v0001/goals.json", exports, audience, round);
}

static void
put_file(const struct scene *scene, unsigned which)
{
	char place[PLACES][PLACE_BYTES];
	name_places(scene, which, place);
	for (unsigned i = 0; i < PLACES - 1; i++)
		mkdir(place[i], 0700);
	int fd = open(place[PLACES - 1], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	must(fd >= 0 && ftruncate(fd, FILE_BYTES) == 0);
	close(fd);
}

/* A folder that is not empty stays until the last of them goes. */
static void
remove_file(const struct scene *scene, unsigned which)
{
	char place[PLACES][PLACE_BYTES];
	name_places(scene, which, place);
	must(unlink(place[PLACES - 1]) == 0);
	for (unsigned i = PLACES - 1; i-- > 0;)
		rmdir(place[i]);
}

/* ------------------------------------------------------------------- */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct scene scene;
	scene.rig = session_rig();
	scene.speaking = 0;
	for (unsigned i = 0; i < PEERS; i++)
		scene.peer[i].fd = -1;
	session_load(scene.rig, &scene.script, data, n);
	for (unsigned i = 0; i < RUNS; i++)
		put_file(&scene, i);
	for (unsigned i = 0; i < STEPS_MAX && !script_is_over(&scene.script); i++)
		step(&scene);
	for (unsigned i = 0; i < PEERS; i++)
		if (scene.peer[i].fd >= 0)
			http_talk_end(&scene.peer[i]);
	for (unsigned i = 0; i < RUNS; i++)
		remove_file(&scene, i);
	session_rig_settle(scene.rig);
	return 0;
}
