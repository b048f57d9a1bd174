/* SPDX-License-Identifier: Apache-2.0 */
#include "client/unit_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/file.h"
#include "client/silent.h"
#include "client/words.h"
#include "proto/limits.h"

#define CODE_FILE_MAX_BYTES 4096
#define TYPED_MAX_BYTES 128

static bool
take_tax_code(const struct client *client, struct unit_options *o, const char *value)
{
	uint64_t tax_code;
	switch (taxcode_parse(value, &tax_code)) {
	case TAXCODE_OK:
		taxcode_print(tax_code, o->tax_code);
		return true;
	case TAXCODE_FORM:
		client_error(
		    client_say(client,
			"mã số thuế %s phải gồm 10 chữ số, hoặc 10 chữ số, dấu gạch nối và 3 "
			"chữ số",
			"tax code %s must be ten digits, or ten, a hyphen and three"),
		    value);
		return false;
	case TAXCODE_CHECK:
		client_error(client_say(client, "mã số thuế %s sai chữ số kiểm tra",
				 "tax code %s has a wrong check digit"),
		    value);
		return false;
	}
	return false;
}

bool
unit_options_take(
    const struct client *client, struct unit_options *o, int option, const char *value)
{
	switch ((enum unit_option)option) {
	case OPTION_ROUND:
		o->round = value;
		return true;
	case OPTION_UNIT:
		return take_tax_code(client, o, value);
	case OPTION_CODE:
		o->code = value;
		return true;
	case OPTION_CODE_FILE:
		o->code_file = value;
		return true;
	}
	return false;
}

/* ------------------------------------------------------------------------------- the code */

static int
take_code(const struct client *client, struct unit_options *o, const char *typed)
{
	if (code_canonical(typed, o->access_code))
		return EXIT_DONE;
	client_error(
	    "%s", client_say(client,
		      "mã truy cập phải gồm 16 ký tự, in thành bốn nhóm bốn ký tự (không có U)",
		      "an access code has 16 characters, printed in four groups of four (no U)"));
	return EXIT_USAGE;
}

static int
code_from_file(const struct client *client, struct unit_options *o)
{
	size_t n;
	char *text = file_read(o->code_file, CODE_FILE_MAX_BYTES, &n);
	if (text == NULL) {
		client_error("%s: %s", o->code_file, words_errno(client->language, errno));
		return EXIT_FAILED;
	}
	text[strcspn(text, "\r\n")] = '\0';
	int result = take_code(client, o, text);
	explicit_bzero(text, n);
	free(text);
	return result;
}

static int
code_from_terminal(const struct client *client, struct unit_options *o)
{
	char line[TYPED_MAX_BYTES];
	bool got =
	    silent_line(client_say(client, "Mã truy cập: ", "Access code: "), line, sizeof(line));
	if (!got) {
		client_error(
		    "%s", client_say(client,
			      "cần mã truy cập: --code-file FILE hoặc biến KHAOSAT_ACCESS_CODE",
			      "an access code is needed: --code-file FILE or KHAOSAT_ACCESS_CODE"));
		return EXIT_USAGE;
	}
	int result = take_code(client, o, line);
	explicit_bzero(line, sizeof(line));
	return result;
}

int
unit_options_finish(const struct client *client, struct unit_options *o)
{
	const char *from_environment = getenv("KHAOSAT_ACCESS_CODE");
	if (o->tax_code[0] == '\0') {
		client_error(
		    "%s", client_say(client, "cần --unit MÃ_SỐ_THUẾ", "--unit TAX_CODE is needed"));
		return EXIT_USAGE;
	}
	if (o->code != NULL) {
		client_error("%s", client_say(client,
				       "lưu ý: người dùng khác của máy này thấy được mã truy cập "
				       "trên dòng lệnh; nên "
				       "dùng --code-file",
				       "note: other users of this machine can see a code on the "
				       "command line; better "
				       "use --code-file"));
		return take_code(client, o, o->code);
	}
	if (o->code_file != NULL)
		return code_from_file(client, o);
	if (client->token_file != NULL)
		return EXIT_DONE;
	if (from_environment != NULL && from_environment[0] != '\0')
		return take_code(client, o, from_environment);
	if (client->firm_login != NULL)
		return EXIT_DONE;
	return code_from_terminal(client, o);
}

void
unit_options_sign(const struct unit_options *o, Khaosat__V1__UnitCredential *credential,
    Khaosat__V1__Request *request)
{
	if (o->access_code[0] == '\0')
		return;
	khaosat__v1__unit_credential__init(credential);
	/* protobuf-c has no const; the request is only read. */
	credential->tax_code = (char *)(uintptr_t)o->tax_code;
	credential->access_code = (char *)(uintptr_t)o->access_code;
	request->credential_case = KHAOSAT__V1__REQUEST__CREDENTIAL_UNIT;
	request->unit = credential;
}

char *
unit_options_behalf(struct unit_options *o)
{
	/* The canonical code is full or empty, so its end is an empty text too. */
	return o->access_code[0] == '\0' ? o->tax_code : o->access_code + CODE_CHARS;
}

void
unit_options_clear(struct unit_options *o)
{
	explicit_bzero(o, sizeof(*o));
}
