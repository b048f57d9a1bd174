/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a round: create, open, close, reopen for one unit; and the list of them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/commands.h"
#include "client/connection.h"
#include "client/file.h"
#include "client/local_time.h"
#include "client/rounds.h"
#include "client/staff.h"
#include "client/width.h"
#include "client/words.h"
#include "survey/taxcode.h"

#define SURVEY_MAX_BYTES (3u * 1024 * 1024)

/* ------------------------------------------------------------------------------- create */

struct creation {
	const char *name, *survey, *reference_date, *earlier;
	int64_t closes_ms;
};

/* The file's bytes, after the same loader that the collector has found nothing wrong. */
static char *
read_survey(
    const struct client *client, struct creation *round, size_t *n, char id[64], uint32_t *version)
{
	char *json = file_read(round->survey, SURVEY_MAX_BYTES, n);
	if (json == NULL) {
		client_error("%s: %s", round->survey, words_errno(client->language, errno));
		return NULL;
	}
	static struct definition_problems problems;
	struct definition *d = definition_load(json, *n, &problems);
	if (d == NULL) {
		client_error(client_say(client, "%s: %zu lỗi",
				 problems.n == 1 ? "%s: %zu problem" : "%s: %zu problems"),
		    round->survey, problems.n);
		for (size_t i = 0; i < problems.n; i++) {
			const struct definition_problem *p = &problems.problem[i];
			fprintf(stderr, "  %s%s%s\n", p->path, p->path[0] != '\0' ? ": " : "",
			    p->reason);
		}
		free(json);
		return NULL;
	}
	snprintf(id, 64, "%s", d->id);
	*version = d->version;
	definition_free(d);
	return json;
}

/* The collector has it: only an administrator may put one in, and an operator need not. */
static bool
has_survey(struct connection *c, const char *json, size_t n, char *id, uint32_t version)
{
	Khaosat__V1__GetSurvey get;
	khaosat__v1__get_survey__init(&get);
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	get.id = id;
	get.version = version;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_GET_SURVEY;
	request.get_survey = &get;
	Khaosat__V1__Response *response = connection_call(c, &request);
	if (response == NULL)
		return false;
	bool found = response->body_case == KHAOSAT__V1__RESPONSE__BODY_SURVEY &&
		     response->survey->json.len == n &&
		     memcmp(response->survey->json.data, json, n) == 0;
	khaosat__v1__response__free_unpacked(response, NULL);
	return found;
}

static bool
put_survey(const struct client *client, struct connection *c, char *json, size_t n, int *exit_code)
{
	Khaosat__V1__PutSurvey put = KHAOSAT__V1__PUT_SURVEY__INIT;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	put.json = (ProtobufCBinaryData){n, (uint8_t *)json};
	request.body_case = KHAOSAT__V1__REQUEST__BODY_PUT_SURVEY;
	request.put_survey = &put;
	Khaosat__V1__Response *response = connection_ask(client, c, &request, exit_code);
	if (response != NULL)
		khaosat__v1__response__free_unpacked(response, NULL);
	return response != NULL;
}

static int
create_round(const struct client *client, const struct creation *round, struct connection *c,
    char *id, uint32_t version)
{
	int exit_code = EXIT_DONE;
	Khaosat__V1__CreateRound create;
	khaosat__v1__create_round__init(&create);
	create.name = staff_borrow(round->name);
	create.survey_id = id;
	create.survey_version = version;
	create.reference_date = staff_borrow(round->reference_date);
	create.closes_ms = round->closes_ms;
	create.earlier = staff_borrow(round->earlier);
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_CREATE_ROUND;
	request.create_round = &create;
	Khaosat__V1__Response *response = connection_ask(client, c, &request, &exit_code);
	if (response == NULL)
		return exit_code;
	printf(client_say(client, "đã tạo đợt %s theo phiếu %s phiên bản %" PRIu32 "\n",
		   "created round %s with survey %s version %" PRIu32 "\n"),
	    round->name, id, version);
	khaosat__v1__response__free_unpacked(response, NULL);
	return EXIT_DONE;
}

static int
create(const struct client *client, struct creation *round)
{
	size_t n;
	char id[64];
	uint32_t version;
	char *json = read_survey(client, round, &n, id, &version);
	if (json == NULL)
		return EXIT_FAILED;
	int exit_code = EXIT_DONE;
	struct connection *c = connection_begin(client, &exit_code);
	if (c != NULL &&
	    (has_survey(c, json, n, id, version) || put_survey(client, c, json, n, &exit_code)))
		exit_code = create_round(client, round, c, id, version);
	connection_close(c);
	free(json);
	return exit_code;
}

static int
run_create(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {{"survey", required_argument, NULL, 's'},
	    {"reference-date", required_argument, NULL, 'r'},
	    {"closes", required_argument, NULL, 'c'}, {"earlier", required_argument, NULL, 'e'},
	    {NULL, 0, NULL, 0}};
	struct creation round = {.earlier = ""};
	for (int o; (o = client_option(client, argc, argv, options)) != -1;) {
		if (o == 's')
			round.survey = optarg;
		else if (o == 'r')
			round.reference_date = optarg;
		else if (o == 'e')
			round.earlier = optarg;
		else if (o != 'c')
			return EXIT_USAGE;
		else if (!local_time_parse(optarg, &round.closes_ms))
			return client_bad_time(client, "--closes", optarg);
	}
	if (argc - optind != 1 || round.survey == NULL || round.reference_date == NULL)
		return client_usage(client, &command_round_create, "%s",
		    client_say(client, "thiếu tên đợt, --survey hoặc --reference-date",
			"the round's name, --survey and --reference-date are needed"));
	if (!local_date_is_good(round.reference_date))
		return client_usage(client, &command_round_create,
		    client_say(client, "--reference-date %s: phải là một ngày, 2025-12-31",
			"--reference-date %s: must be a day, 2025-12-31"),
		    round.reference_date);
	round.name = argv[optind];
	return staff_has_token(client) ? create(client, &round) : EXIT_USAGE;
}

/* ------------------------------------------------------------------------------- open, close,
 * reopen */

/* The one argument of a command without options of its own. NULL: said what is wrong. */
static const char *
only_argument(struct client *client, const struct command *command, int argc, char **argv)
{
	static const struct option none[] = {{NULL, 0, NULL, 0}};
	if (client_option(client, argc, argv, none) != -1)
		return NULL;
	if (argc - optind != 1) {
		client_usage(client, command, "%s",
		    client_say(client, "cần đúng một tên đợt", "one round's name is needed"));
		return NULL;
	}
	return staff_has_token(client) ? argv[optind] : NULL;
}

static int
run_open(struct client *client, int argc, char **argv)
{
	const char *name = only_argument(client, &command_round_open, argc, argv);
	if (name == NULL)
		return EXIT_USAGE;
	Khaosat__V1__OpenRound open_round;
	khaosat__v1__open_round__init(&open_round);
	open_round.round = staff_borrow(name);
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_OPEN_ROUND;
	request.open_round = &open_round;
	return staff_act(client, &request, name, "đã mở", "open");
}

static int
run_close(struct client *client, int argc, char **argv)
{
	const char *name = only_argument(client, &command_round_close, argc, argv);
	if (name == NULL)
		return EXIT_USAGE;
	Khaosat__V1__CloseRound close_round;
	khaosat__v1__close_round__init(&close_round);
	close_round.round = staff_borrow(name);
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_CLOSE_ROUND;
	request.close_round = &close_round;
	return staff_act(client, &request, name, "đã đóng", "closed");
}

/* A tax code as it is kept; false: said what is wrong. */
static bool
unit_argument(const struct client *client, const char *value, char out[TAXCODE_TEXT_BYTES])
{
	uint64_t tax_code;
	if (taxcode_parse(value, &tax_code) != TAXCODE_OK) {
		client_error(client_say(client, "--unit %s: không phải mã số thuế",
				 "--unit %s: not a tax code"),
		    value);
		return false;
	}
	taxcode_print(tax_code, out);
	return true;
}

static int
run_reopen(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {{"unit", required_argument, NULL, 'u'},
	    {"until", required_argument, NULL, 't'}, {NULL, 0, NULL, 0}};
	char unit[TAXCODE_TEXT_BYTES] = "";
	int64_t until_ms = 0;
	for (int o; (o = client_option(client, argc, argv, options)) != -1;) {
		if (o != 'u' && o != 't')
			return EXIT_USAGE;
		if (o == 'u' && !unit_argument(client, optarg, unit))
			return EXIT_USAGE;
		if (o == 't' && !local_time_parse(optarg, &until_ms))
			return client_bad_time(client, "--until", optarg);
	}
	if (argc - optind != 1 || unit[0] == '\0' || until_ms == 0)
		return client_usage(client, &command_round_reopen, "%s",
		    client_say(client, "thiếu tên đợt, --unit hoặc --until",
			"the round's name, --unit and --until are needed"));
	if (!staff_has_token(client))
		return EXIT_USAGE;
	Khaosat__V1__ReopenUnit reopen;
	khaosat__v1__reopen_unit__init(&reopen);
	reopen.round = argv[optind];
	reopen.tax_code = unit;
	reopen.until_ms = until_ms;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_REOPEN_UNIT;
	request.reopen_unit = &reopen;
	return staff_act(
	    client, &request, argv[optind], "đã mở lại cho đơn vị", "reopened for the unit");
}

static int
run_extend(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {
	    {"until", required_argument, NULL, 't'}, {NULL, 0, NULL, 0}};
	Khaosat__V1__ExtendRound extend;
	khaosat__v1__extend_round__init(&extend);
	for (int o; (o = client_option(client, argc, argv, options)) != -1;) {
		if (o != 't')
			return EXIT_USAGE;
		if (!local_time_parse(optarg, &extend.closes_ms))
			return client_bad_time(client, "--until", optarg);
	}
	if (argc - optind != 1 || extend.closes_ms == 0)
		return client_usage(client, &command_round_extend, "%s",
		    client_say(client, "thiếu tên đợt hoặc --until",
			"the round's name and --until are needed"));
	if (!staff_has_token(client))
		return EXIT_USAGE;
	extend.round = argv[optind];
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_EXTEND_ROUND;
	request.extend_round = &extend;
	return staff_act(client, &request, argv[optind], "đã gia hạn", "deadline extended");
}

/* ------------------------------------------------------------------------------- list */

/* ", closed 31/01/2026 17:00:00", or when it will close by itself; else empty. */
static void
closing_words(const struct client *client, const Khaosat__V1__RoundInfo *r, char out[96])
{
	bool closed = r->phase == KHAOSAT__V1__ROUND_PHASE__CLOSED && r->closed_ms != 0;
	char time[LOCAL_TIME_BYTES];
	out[0] = '\0';
	if (!closed && r->closes_ms == 0)
		return;
	local_time_print(
	    closed ? r->closed_ms : r->closes_ms, client->language == LANGUAGE_VI, time);
	snprintf(out, 96,
	    closed ? client_say(client, ", đóng lúc %s", ", closed at %s")
		   : client_say(client, ", sẽ đóng lúc %s", ", closes at %s"),
	    time);
}

static void
print_rounds(const struct client *client, const Khaosat__V1__RoundList *list)
{
	if (list->n_round == 0)
		puts(client_say(client, "chưa có đợt khảo sát nào", "there is no round yet"));
	for (size_t i = 0; i < list->n_round; i++) {
		const Khaosat__V1__RoundInfo *r = list->round[i];
		char date[LOCAL_DATE_BYTES], closing[96];
		local_date_print(r->reference_date, client->language == LANGUAGE_VI, date);
		closing_words(client, r, closing);
		width_print(stdout, r->name, 18);
		width_print(stdout, rounds_phase(client, r->phase), 22);
		printf(client_say(client,
			   "%s v%" PRIu32 ", ngày mốc %s, %" PRIu64 "/%" PRIu64
			   " đơn vị đã trả lời%s\n",
			   "%s v%" PRIu32 ", reference date %s, %" PRIu64 "/%" PRIu64
			   " units responded%s\n"),
		    r->survey_id, r->survey_version, date, r->responded,
		    (r->strata > 0 ? r->drawn : r->units) - r->out_of_scope, closing);
		if (r->strata > 0)
			printf(
			    client_say(client,
				"%41smẫu %" PRIu64 " trong %" PRIu64 " đơn vị, %" PRIu32 " tầng\n",
				"%41ssample of %" PRIu64 " of %" PRIu64 " units, %" PRIu32
				" strata\n"),
			    "", r->drawn, r->units, r->strata);
	}
}

static int
run_list(struct client *client, int argc, char **argv)
{
	static const struct option none[] = {{NULL, 0, NULL, 0}};
	if (client_option(client, argc, argv, none) != -1 ||
	    !client_is_end(client, &command_round_list, argc, argv))
		return EXIT_USAGE;
	int exit_code = EXIT_DONE;
	struct connection *c = connection_begin(client, &exit_code);
	if (c == NULL)
		return exit_code;
	Khaosat__V1__ListRounds list = KHAOSAT__V1__LIST_ROUNDS__INIT;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_LIST_ROUNDS;
	request.list_rounds = &list;
	Khaosat__V1__Response *response = connection_ask(client, c, &request, &exit_code);
	if (response != NULL) {
		if (response->body_case == KHAOSAT__V1__RESPONSE__BODY_ROUNDS)
			print_rounds(client, response->rounds);
		khaosat__v1__response__free_unpacked(response, NULL);
	}
	connection_close(c);
	return exit_code;
}

const struct command command_round_create = {"round create",
    "R --survey FILE --reference-date D [--closes T] [--earlier R0]",
    "tạo một đợt khảo sát theo tệp phiếu khảo sát", "create a round of a survey definition",
    run_create};
const struct command command_round_open = {
    "round open", "R", "mở đợt để nhận phiếu", "open a round for answers", run_open};
const struct command command_round_close = {
    "round close", "R", "đóng đợt", "close a round", run_close};
const struct command command_round_extend = {"round extend", "R --until T",
    "lùi thời hạn nộp phiếu của đợt", "move the deadline of a round", run_extend};
const struct command command_round_reopen = {"round reopen", "R --unit TAX --until T",
    "mở lại đợt đã đóng cho một đơn vị đến một thời điểm",
    "reopen a round for one unit until a time", run_reopen};
const struct command command_round_list = {
    "round list", "", "các đợt khảo sát", "the rounds there are", run_list};
