/* SPDX-License-Identifier: Apache-2.0 */
/* code issue, reissue, revoke: access codes after a round's register was loaded. A new code is on
 * disk before the collector hears of it, since from then on the old one opens nothing. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/code_send.h"
#include "client/code_units.h"
#include "client/codes_file.h"
#include "client/commands.h"
#include "client/file.h"
#include "client/staff.h"
#include "client/words.h"

struct issue {
	const struct command *command;
	const char *round, *unit, *unit_file, *codes_file, *reason, *by;
	Khaosat__V1__Delivery delivery;
	struct code_units units;
};

/* ------------------------------------------------------------------------------- new codes */

static bool
write_codes(const struct client *client, struct issue *issue)
{
	FILE *codes = file_create(issue->codes_file);
	struct codes_random random = {.left = 0};
	if (codes == NULL) {
		client_error("%s: %s", issue->codes_file, words_errno(client->language, errno));
		return false;
	}
	codes_file_begin(codes);
	for (size_t i = 0; i < issue->units.n && !ferror(codes); i++) {
		struct code_unit *unit = &issue->units.unit[i];
		char tax_code[TAXCODE_TEXT_BYTES];
		const char *name = unit->name != NULL ? unit->name : "";
		taxcode_print(unit->tax_code, tax_code);
		codes_file_row(
		    codes, &random, issue->round, tax_code, name, strlen(name), unit->hash);
	}
	explicit_bzero(&random, sizeof(random));
	bool good = !ferror(codes);
	int error = errno;
	if (file_finish(codes, issue->codes_file) && good)
		return true;
	client_error(
	    "%s: %s", issue->codes_file, words_errno(client->language, good ? errno : error));
	unlink(issue->codes_file);
	return false;
}

static int
issue_codes(const struct client *client, struct issue *issue)
{
	size_t done = 0;
	Khaosat__V1__SetCode message;
	khaosat__v1__set_code__init(&message);
	if (!write_codes(client, issue))
		return EXIT_FAILED;
	message.round = staff_borrow(issue->round);
	message.reason = staff_borrow(issue->reason);
	message.delivery = issue->delivery;
	int exit_code = code_send(client, &message, &issue->units);
	for (size_t i = 0; i < issue->units.n; i++)
		done += issue->units.unit[i].is_done;
	printf(client_say(
		   client, "%zu/%zu mã mới có hiệu lực: %s\n", "%zu/%zu new codes are valid: %s\n"),
	    done, issue->units.n, issue->codes_file);
	if (exit_code == EXIT_UNREACHABLE)
		client_error(client_say(client,
				 "chưa rõ những mã nào khác đã có hiệu lực: hãy giữ %s và cấp lại "
				 "cho các đơn vị đó vào một tệp khác",
				 "it is not known which others are valid: keep %s, and issue codes "
				 "to those units again, into another file"),
		    issue->codes_file);
	return exit_code;
}

/* ------------------------------------------------------------------------------- options */

static int
take_unit(const struct client *client, const char *value, struct code_units *units)
{
	uint64_t tax_code;
	if (taxcode_parse(value, &tax_code) != TAXCODE_OK) {
		client_error(client_say(client, "--unit %s: không phải mã số thuế",
				 "--unit %s: not a tax code"),
		    value);
		return EXIT_USAGE;
	}
	return code_units_add(units, tax_code, NULL) ? EXIT_DONE : EXIT_FAILED;
}

static bool
is_delivery(const char *by, Khaosat__V1__Delivery *out)
{
	bool is_paper = by != NULL && strcmp(by, "paper") == 0;
	*out = is_paper ? KHAOSAT__V1__DELIVERY__PAPER : KHAOSAT__V1__DELIVERY__REGISTER_EMAIL;
	return is_paper || (by != NULL && strcmp(by, "email") == 0);
}

static int
take_options(struct client *client, int argc, char **argv, struct issue *issue)
{
	static const struct option options[] = {{"round", required_argument, NULL, 'r'},
	    {"unit", required_argument, NULL, 'u'}, {"unit-file", required_argument, NULL, 'f'},
	    {"codes", required_argument, NULL, 'c'}, {"reason", required_argument, NULL, 'w'},
	    {"by", required_argument, NULL, 'b'}, {NULL, 0, NULL, 0}};
	for (int o; (o = client_option(client, argc, argv, options)) != -1;) {
		const char **value = o == 'r'   ? &issue->round
				     : o == 'u' ? &issue->unit
				     : o == 'f' ? &issue->unit_file
				     : o == 'c' ? &issue->codes_file
				     : o == 'w' ? &issue->reason
				     : o == 'b' ? &issue->by
						: NULL;
		if (value == NULL)
			return EXIT_USAGE;
		*value = optarg;
	}
	if (argc != optind || issue->round == NULL || issue->reason == NULL ||
	    (issue->unit == NULL) == (issue->unit_file == NULL))
		return client_usage(client, issue->command, "%s",
		    client_say(client, "thiếu --round, --reason, hoặc đơn vị",
			"--round, --reason and a unit are needed"));
	return staff_has_token(client) ? EXIT_DONE : EXIT_USAGE;
}

static int
run_issue(struct client *client, struct issue *issue, int argc, char **argv)
{
	int exit_code = take_options(client, argc, argv, issue);
	if (exit_code != EXIT_DONE)
		return exit_code;
	if (issue->codes_file == NULL || !is_delivery(issue->by, &issue->delivery))
		return client_usage(client, issue->command, "%s",
		    client_say(client, "thiếu --codes FILE hoặc --by paper|email",
			"--codes FILE and --by paper or email are needed"));
	exit_code = issue->unit != NULL ? take_unit(client, issue->unit, &issue->units)
					: code_units_read(client, issue->unit_file, &issue->units);
	if (exit_code == EXIT_DONE)
		exit_code = issue_codes(client, issue);
	code_units_clear(&issue->units);
	return exit_code;
}

static int
run_many(struct client *client, int argc, char **argv)
{
	struct issue issue = {.command = &command_code_issue};
	return run_issue(client, &issue, argc, argv);
}

static int
run_one(struct client *client, int argc, char **argv)
{
	struct issue issue = {.command = &command_code_reissue};
	return run_issue(client, &issue, argc, argv);
}

/* ------------------------------------------------------------------------------- revoking */

static int
run_revoke(struct client *client, int argc, char **argv)
{
	struct issue issue = {.command = &command_code_revoke};
	int exit_code = take_options(client, argc, argv, &issue);
	if (exit_code != EXIT_DONE)
		return exit_code;
	if (issue.unit == NULL || issue.codes_file != NULL || issue.by != NULL)
		return client_usage(client, &command_code_revoke, "%s",
		    client_say(client, "cần đúng một đơn vị: --unit", "just one --unit is needed"));
	exit_code = take_unit(client, issue.unit, &issue.units);
	code_units_clear(&issue.units);
	if (exit_code != EXIT_DONE)
		return exit_code;
	Khaosat__V1__SetCode message;
	khaosat__v1__set_code__init(&message);
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	message.round = staff_borrow(issue.round);
	message.tax_code = staff_borrow(issue.unit);
	message.reason = staff_borrow(issue.reason);
	request.body_case = KHAOSAT__V1__REQUEST__BODY_SET_CODE;
	request.set_code = &message;
	return staff_act(
	    client, &request, issue.unit, "mã truy cập không còn hiệu lực", "its code is revoked");
}

const struct command command_code_issue = {"code issue",
    "--round R --unit-file FILE.csv --codes FILE --reason TEXT --by paper|email",
    "cấp mã truy cập mới cho nhiều đơn vị; mã cũ hết hiệu lực",
    "issue new access codes to many units; the old ones end", run_many};
const struct command command_code_reissue = {"code reissue",
    "--round R --unit TAX --codes FILE --reason TEXT --by paper|email",
    "cấp lại mã truy cập cho một đơn vị; --reason: đã kiểm tra danh tính thế nào",
    "issue a unit a new access code; --reason: how its identity was checked", run_one};
const struct command command_code_revoke = {"code revoke", "--round R --unit TAX --reason TEXT",
    "hủy mã truy cập của một đơn vị", "revoke a unit's access code", run_revoke};
