/* SPDX-License-Identifier: Apache-2.0 */
/* contacts erase: what respondents left to be reached by, gone after the wave. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/commands.h"
#include "client/local_time.h"
#include "client/staff.h"

static int
erase(const struct client *client, Khaosat__V1__EraseContacts *m)
{
	int exit_code = EXIT_DONE;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_ERASE_CONTACTS;
	request.erase_contacts = m;
	struct connection *c = connection_begin(client, &exit_code);
	if (c == NULL)
		return exit_code;
	connection_timeout(c, 0); /* a file of any size is rewritten */
	Khaosat__V1__Response *response = connection_ask(client, c, &request, &exit_code);
	if (response != NULL && response->body_case == KHAOSAT__V1__RESPONSE__BODY_CONTACTS_ERASED)
		printf(client_say(client,
			   "đợt %s: đã xóa %" PRIu64 " thông tin liên hệ, còn giữ %" PRIu64 "\n",
			   "round %s: %" PRIu64 " contacts erased, %" PRIu64 " kept\n"),
		    m->round, response->contacts_erased->erased, response->contacts_erased->left);
	if (response != NULL)
		khaosat__v1__response__free_unpacked(response, NULL);
	connection_close(c);
	return exit_code;
}

static int
run_erase(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {{"round", required_argument, NULL, 'r'},
	    {"before", required_argument, NULL, 'b'}, {NULL, 0, NULL, 0}};
	Khaosat__V1__EraseContacts m;
	khaosat__v1__erase_contacts__init(&m);
	for (int o; (o = client_option(client, argc, argv, options)) != -1;) {
		if (o == 'r') {
			m.round = optarg;
		} else if (o != 'b') {
			return EXIT_USAGE;
		} else if (!local_time_parse_from(optarg, &m.before_ms)) {
			return client_bad_time(client, "--before", optarg);
		}
	}
	if (optind < argc || m.round[0] == '\0' || m.before_ms == 0)
		return client_usage(client, &command_contacts_erase, "%s",
		    client_say(
			client, "cần --round và --before", "--round and --before are needed"));
	return staff_has_token(client) ? erase(client, &m) : EXIT_USAGE;
}

const struct command command_contacts_erase = {"contacts erase", "--round R --before T",
    "xóa thông tin liên hệ của một đợt sau khi kết thúc",
    "erase the contacts of a round after the wave", run_erase};
