/* SPDX-License-Identifier: Apache-2.0 */
/* recount: have the collector judge every answer in its log again and compare every figure. */
#include <inttypes.h>
#include <stdio.h>

#include "client/commands.h"
#include "client/connection.h"
#include "client/staff.h"

static int
print_result(const struct client *client, const Khaosat__V1__RecountResult *r)
{
	printf(client_say(client,
		   "bản ghi %" PRIu64 " (đến số %" PRIu64 "), phiếu đánh giá lại %" PRIu64
		   ", số liệu so sánh %" PRIu64 ", khác biệt %" PRIu64 "\n",
		   "entries %" PRIu64 " (up to %" PRIu64 "), answers evaluated again %" PRIu64
		   ", figures compared %" PRIu64 ", differences %" PRIu64 "\n"),
	    r->entries, r->last, r->answers, r->figures, r->differences);
	for (size_t i = 0; i < r->n_difference; i++)
		printf("  %s\n", r->difference[i]);
	if (r->differences > r->n_difference)
		printf(client_say(client, "  ... và %" PRIu64 " khác biệt nữa\n",
			   "  ... and %" PRIu64 " more\n"),
		    r->differences - r->n_difference);
	return r->differences == 0 && r->n_difference == 0 ? EXIT_DONE : EXIT_FAILED;
}

static int
recount(const struct client *client, const char *round)
{
	int exit_code = EXIT_DONE;
	Khaosat__V1__Recount body;
	khaosat__v1__recount__init(&body);
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	body.round = staff_borrow(round);
	request.body_case = KHAOSAT__V1__REQUEST__BODY_RECOUNT;
	request.recount = &body;
	struct connection *c = connection_begin(client, &exit_code);
	if (c == NULL)
		return exit_code;
	connection_timeout(c, 0);
	Khaosat__V1__Response *response = connection_ask(client, c, &request, &exit_code);
	if (response != NULL) {
		/* An answer without figures proves nothing. */
		exit_code = EXIT_FAILED;
		if (response->body_case == KHAOSAT__V1__RESPONSE__BODY_RECOUNT)
			exit_code = print_result(client, response->recount);
		khaosat__v1__response__free_unpacked(response, NULL);
	}
	connection_close(c);
	return exit_code;
}

static int
run_recount(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {
	    {"round", required_argument, NULL, 'r'}, {NULL, 0, NULL, 0}};
	const char *round = "";
	for (int o; (o = client_option(client, argc, argv, options)) != -1;) {
		if (o != 'r')
			return EXIT_USAGE;
		round = optarg;
	}
	if (!client_is_end(client, &command_recount, argc, argv))
		return EXIT_USAGE;
	return staff_has_token(client) ? recount(client, round) : EXIT_USAGE;
}

const struct command command_recount = {"recount", "[--round R]",
    "đánh giá lại mọi phiếu từ nhật ký và so với số liệu; mã thoát 1 nếu có khác biệt",
    "evaluate every answer from the log again and compare; exits 1 on any difference", run_recount};
