/* SPDX-License-Identifier: Apache-2.0 */
/* firm grant, revoke: a unit lets a firm of accountants answer for it, and takes that back. The
 * firm may send the grant itself, with the codes that its clients have given it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/commands.h"
#include "client/letter_codes.h"
#include "client/staff.h"
#include "client/unit_call.h"

struct firm {
	struct unit_call call;
	const char *name, *codes;
};

/* Also the name, where it must be there. */
static int
take_options(
    struct client *client, int argc, char **argv, const struct command *command, struct firm *f)
{
	static const struct option options[] = {
	    UNIT_LONG_OPTIONS, {"codes", required_argument, NULL, 'c'}, {NULL, 0, NULL, 0}};
	for (int o; (o = client_option(client, argc, argv, options)) != -1;) {
		if (o == 'c' && command == &command_firm_grant)
			f->codes = optarg;
		else if (o == 'c' || !unit_options_take(client, &f->call.unit, o, optarg))
			return EXIT_USAGE;
	}
	f->name = optind < argc ? argv[optind++] : "";
	if (!client_is_end(client, command, argc, argv))
		return EXIT_USAGE;
	if (f->name[0] == '\0' && command == &command_firm_grant)
		return client_usage(client, command, "%s",
		    client_say(client, "cần tên đơn vị kế toán", "the firm's name is needed"));
	return EXIT_DONE;
}

/* ------------------------------------------------------------------------------- grant */

static int
grant(struct firm *f)
{
	int exit_code = EXIT_DONE;
	Khaosat__V1__GrantFirm body;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	khaosat__v1__grant_firm__init(&body);
	body.round = f->call.round.name;
	body.firm = staff_borrow(f->name);
	request.body_case = KHAOSAT__V1__REQUEST__BODY_GRANT_FIRM;
	request.grant_firm = &body;
	Khaosat__V1__Response *response = unit_call_ask(&f->call, &request, &exit_code);
	if (response != NULL)
		khaosat__v1__response__free_unpacked(response, NULL);
	return exit_code;
}

static int
grant_one(struct firm *f)
{
	int exit_code = grant(f);
	if (exit_code == EXIT_DONE)
		printf(client_say(f->call.client, "%s: %s trả lời thay trong đợt %s\n",
			   "%s: %s answers for it in round %s\n"),
		    f->call.unit.tax_code, f->name, f->call.round.name);
	return exit_code;
}

/* What fails is named, and the others are granted. */
static int
grant_all(struct firm *f, const struct letter_codes *codes)
{
	int exit_code = EXIT_DONE;
	size_t granted = 0;
	for (size_t i = 0; i < codes->n && exit_code != EXIT_UNREACHABLE; i++) {
		taxcode_print(codes->code[i].tax_code, f->call.unit.tax_code);
		memcpy(f->call.unit.access_code, codes->code[i].code, CODE_CHARS);
		int one = grant(f);
		granted += one == EXIT_DONE;
		if (one == EXIT_DONE)
			continue;
		exit_code = one;
		client_error(
		    client_say(f->call.client, "%s: chưa được ủy quyền", "%s: not granted"),
		    f->call.unit.tax_code);
	}
	printf(client_say(f->call.client, "%s: %zu/%zu đơn vị trong đợt %s\n",
		   "%s: %zu/%zu units in round %s\n"),
	    f->name, granted, codes->n, f->call.round.name);
	return exit_code;
}

/* The code is what grants: no token goes with it. */
static int
run_grant(struct client *client, int argc, char **argv)
{
	struct letter_codes codes = {0};
	struct firm f = {.call.client = client};
	client->token_file = client->firm_login = NULL;
	int exit_code = take_options(client, argc, argv, &command_firm_grant, &f);
	if (exit_code == EXIT_DONE && f.codes != NULL)
		exit_code = letter_codes_read(client, f.codes, &codes) ? EXIT_DONE : EXIT_FAILED;
	else if (exit_code == EXIT_DONE)
		exit_code = unit_options_finish(client, &f.call.unit);
	if (exit_code == EXIT_DONE)
		exit_code = unit_call_connect(&f.call);
	if (exit_code == EXIT_DONE)
		exit_code = f.codes != NULL ? grant_all(&f, &codes) : grant_one(&f);
	letter_codes_clear(&codes);
	unit_call_end(&f.call);
	return exit_code;
}

/* ------------------------------------------------------------------------------- revoke */

static int
revoke(struct firm *f)
{
	int exit_code = EXIT_DONE;
	Khaosat__V1__EndGrant body;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	khaosat__v1__end_grant__init(&body);
	body.round = f->call.round.name;
	body.tax_code = unit_options_behalf(&f->call.unit);
	body.firm = staff_borrow(f->name);
	request.body_case = KHAOSAT__V1__REQUEST__BODY_END_GRANT;
	request.end_grant = &body;
	Khaosat__V1__Response *response = unit_call_ask(&f->call, &request, &exit_code);
	if (response == NULL)
		return exit_code;
	printf(client_say(f->call.client, "%s: đã thu hồi ủy quyền trong đợt %s\n",
		   "%s: the grant in round %s is taken back\n"),
	    f->call.unit.tax_code, f->call.round.name);
	khaosat__v1__response__free_unpacked(response, NULL);
	return EXIT_DONE;
}

static int
run_revoke(struct client *client, int argc, char **argv)
{
	struct firm f = {.call.client = client};
	int exit_code = take_options(client, argc, argv, &command_firm_revoke, &f);
	if (exit_code == EXIT_DONE)
		exit_code = unit_call_begin(&f.call);
	if (exit_code == EXIT_DONE)
		exit_code = revoke(&f);
	unit_call_end(&f.call);
	return exit_code;
}

const struct command command_firm_grant = {"firm grant",
    "FIRM [--round R] {--unit TAX [--code-file F | --code CODE] | --codes FILE}",
    "cho một đơn vị kế toán trả lời thay (--codes: CSV tax_code, access_code)",
    "let a firm of accountants answer for a unit (--codes: CSV of tax_code, access_code)",
    run_grant};
const struct command command_firm_revoke = {"firm revoke", "[FIRM] " UNIT_USAGE,
    "thu hồi việc đó (đơn vị kế toán: trả lại, không cần tên)",
    "take that back (a firm gives it back, and need not name itself)", run_revoke};
