/* SPDX-License-Identifier: Apache-2.0 */
/* Log in, log out; tokens for scripts: create, list, revoke. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/commands.h"
#include "client/file.h"
#include "client/local_time.h"
#include "client/silent.h"
#include "client/staff.h"
#include "client/width.h"
#include "client/words.h"
#include "proto/digest.h"

#define HOURS_DEFAULT 12
#define HOURS_MAX (24 * LOGIN_MAX_DAYS)
#define DAYS_DEFAULT 90
#define HOUR_MS INT64_C(3600000)

static int64_t
hours_from_now(int64_t hours)
{
	return (int64_t)time(NULL) * 1000 + hours * HOUR_MS;
}

/* The token of a response; false after it was said that there is none. */
static bool
has_made(const struct client *client, const Khaosat__V1__Response *r)
{
	if (r->body_case == KHAOSAT__V1__RESPONSE__BODY_TOKEN_MADE &&
	    r->token_made->token.len == STAFF_TOKEN_BYTES)
		return true;
	client_error(
	    "%s", client_say(client, "máy chủ không trả về mã thẻ", "the collector sent no token"));
	return false;
}

/* ------------------------------------------------------------------------------- log in */

static const char *
role_words(const struct client *client, Khaosat__V1__Role role)
{
	static const char *const vi[] = {[KHAOSAT__V1__ROLE__VIEWER] = "người xem",
	    [KHAOSAT__V1__ROLE__OPERATOR] = "người vận hành",
	    [KHAOSAT__V1__ROLE__ADMINISTRATOR] = "quản trị viên",
	    [KHAOSAT__V1__ROLE__FIRM] = "đơn vị kế toán"};
	bool is_known = role >= KHAOSAT__V1__ROLE__VIEWER && role <= KHAOSAT__V1__ROLE__FIRM;
	return client_say(client, is_known ? vi[role] : "?", staff_role_name(role));
}

static int
keep_login(const struct client *client, const Khaosat__V1__Response *r, const char *name)
{
	char text[STAFF_TOKEN_TEXT_BYTES], until[LOCAL_TIME_BYTES];
	if (!has_made(client, r))
		return EXIT_FAILED;
	bool is_firm =
	    r->token_made->info != NULL && r->token_made->info->role == KHAOSAT__V1__ROLE__FIRM;
	char *path = staff_login_path(client, is_firm);
	staff_token_text(r->token_made->token.data, text);
	bool kept = path != NULL && file_write(path, text, strlen(text), 0600);
	int why = errno;
	explicit_bzero(text, sizeof(text));
	if (!kept) {
		client_error("%s: %s", path != NULL ? path : client->home,
		    words_errno(client->language, why));
	} else if (r->token_made->info != NULL) {
		local_time_print(
		    r->token_made->info->expires_ms, client->language == LANGUAGE_VI, until);
		printf(client_say(client, "%s: đã đăng nhập (%s), đến %s\n",
			   "%s: logged in (%s), until %s\n"),
		    name, role_words(client, r->token_made->info->role), until);
	}
	free(path);
	return kept ? EXIT_DONE : EXIT_FAILED;
}

static int
log_in(struct client *client, const char *name, const char *file, int64_t hours)
{
	char password[SILENT_PASSWORD_BYTES] = "";
	Khaosat__V1__LogIn body;
	khaosat__v1__log_in__init(&body);
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	int exit_code = silent_password(client, PASSWORD_TO_CHECK, file,
	    client_say(client, "Mật khẩu: ", "Password: "), password);
	if (exit_code != EXIT_DONE)
		return exit_code;
	client->token_file = client->firm_login =
	    NULL; /* one that is over must not stand in the way */
	body.name = staff_borrow(name);
	body.password = password;
	body.token_name = staff_borrow("login");
	body.expires_ms = hours_from_now(hours);
	request.body_case = KHAOSAT__V1__REQUEST__BODY_LOG_IN;
	request.log_in = &body;
	Khaosat__V1__Response *response = staff_ask(client, &request, &exit_code);
	explicit_bzero(password, sizeof(password));
	if (response == NULL)
		return exit_code;
	exit_code = keep_login(client, response, name);
	khaosat__v1__response__free_unpacked(response, NULL);
	return exit_code;
}

/* Whole hours, from 1 to HOURS_MAX. */
static bool
take_hours(const char *text, int64_t *out)
{
	char *end;
	long hours = strtol(text, &end, 10);
	*out = hours;
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && hours >= 1 && hours <= HOURS_MAX;
}

static int
run_login(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {{"password-file", required_argument, NULL, 'p'},
	    {"hours", required_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	const char *file = NULL;
	int64_t hours = HOURS_DEFAULT;
	for (int o; (o = client_option(client, argc, argv, options)) != -1;) {
		if (o != 'p' && o != 'h')
			return EXIT_USAGE;
		if (o == 'p')
			file = optarg;
		else if (!take_hours(optarg, &hours))
			return client_usage(client, &command_login,
			    client_say(client, "--hours %s: phải là số từ 1 đến %d",
				"--hours %s: must be a number from 1 to %d"),
			    optarg, HOURS_MAX);
	}
	if (argc - optind != 1)
		return client_usage(client, &command_login, "%s",
		    client_say(client, "cần tên tài khoản", "the account's name is needed"));
	return log_in(client, argv[optind], file, hours);
}

/* ------------------------------------------------------------------------------- log out */

static int
log_out(const struct client *client)
{
	int exit_code = EXIT_DONE;
	Khaosat__V1__LogOut body = KHAOSAT__V1__LOG_OUT__INIT;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_LOG_OUT;
	request.log_out = &body;
	Khaosat__V1__Response *response = staff_ask(client, &request, &exit_code);
	if (response != NULL)
		khaosat__v1__response__free_unpacked(response, NULL);
	return exit_code;
}

/* What `login` left, whatever the environment names; staff's before a firm's. The file goes also
 * where the collector knows the token no more; not where it was not reached. */
static int
run_logout(struct client *client, int argc, char **argv)
{
	static const struct option none[] = {{NULL, 0, NULL, 0}};
	if (client_option(client, argc, argv, none) != -1)
		return EXIT_USAGE;
	if (!client_is_end(client, &command_logout, argc, argv))
		return EXIT_USAGE;
	client->token_file = NULL;
	if (!staff_has_token(client))
		return EXIT_USAGE;
	int exit_code = log_out(client);
	if (exit_code != EXIT_UNREACHABLE && !file_remove(client->token_file)) {
		client_error("%s: %s", client->token_file, words_errno(client->language, errno));
		return EXIT_FAILED;
	}
	if (exit_code == EXIT_DONE)
		puts(client_say(client, "đã đăng xuất", "logged out"));
	return exit_code;
}

/* ------------------------------------------------------------------------------- create */

struct creation {
	const char *name, *account, *output;
	Khaosat__V1__Role role;
	int64_t expires_ms;
};

static bool
write_token(const Khaosat__V1__Response *r, FILE *to, const char *path)
{
	char text[STAFF_TOKEN_TEXT_BYTES];
	staff_token_text(r->token_made->token.data, text);
	bool good = fputs(text, to) >= 0;
	explicit_bzero(text, sizeof(text));
	return file_finish(to, path) && good;
}

static int
ask_token(const struct client *client, const struct creation *creation, FILE *to)
{
	int exit_code = EXIT_DONE;
	Khaosat__V1__CreateToken body;
	khaosat__v1__create_token__init(&body);
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	body.account = staff_borrow(creation->account);
	body.name = staff_borrow(creation->name);
	body.role = creation->role;
	body.expires_ms = creation->expires_ms;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_CREATE_TOKEN;
	request.create_token = &body;
	Khaosat__V1__Response *response = staff_ask(client, &request, &exit_code);
	if (response == NULL || !has_made(client, response)) {
		fclose(to);
		if (response != NULL)
			exit_code = EXIT_FAILED;
	} else if (!write_token(response, to, creation->output)) {
		client_error("%s: %s", creation->output, words_errno(client->language, errno));
		exit_code = EXIT_FAILED;
	}
	if (response != NULL)
		khaosat__v1__response__free_unpacked(response, NULL);
	return exit_code;
}

/* The file is there before the token, which nobody can ask for again. */
static int
create(const struct client *client, const struct creation *creation)
{
	FILE *to = file_create(creation->output);
	if (to == NULL) {
		client_error("%s: %s", creation->output, words_errno(client->language, errno));
		return EXIT_FAILED;
	}
	int exit_code = ask_token(client, creation, to);
	if (exit_code == EXIT_DONE)
		printf(client_say(client, "%s: mã thẻ ở trong %s\n", "%s: the token is in %s\n"),
		    creation->name, creation->output);
	else
		unlink(creation->output);
	return exit_code;
}

static int
run_create(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {{"role", required_argument, NULL, 'r'},
	    {"account", required_argument, NULL, 'a'}, {"expires", required_argument, NULL, 'e'},
	    {"output", required_argument, NULL, 'o'}, {NULL, 0, NULL, 0}};
	struct creation creation = {.account = "", .expires_ms = hours_from_now(24 * DAYS_DEFAULT)};
	for (int o; (o = client_option(client, argc, argv, options)) != -1;) {
		if (o == 'a')
			creation.account = optarg;
		else if (o == 'o')
			creation.output = optarg;
		else if (o == 'r' && staff_role(client, optarg, &creation.role))
			continue;
		else if (o != 'e')
			return EXIT_USAGE;
		else if (!local_time_parse(optarg, &creation.expires_ms))
			return client_bad_time(client, "--expires", optarg);
	}
	if (argc - optind != 1 || creation.output == NULL ||
	    creation.role == KHAOSAT__V1__ROLE__ROLE_UNSPECIFIED)
		return client_usage(client, &command_token_create, "%s",
		    client_say(client, "cần tên mã thẻ, --role và --output",
			"the token's name, --role and --output are needed"));
	creation.name = argv[optind];
	return staff_has_token(client) ? create(client, &creation) : EXIT_USAGE;
}

/* ------------------------------------------------------------------------------- list, revoke */

static void
print_tokens(const struct client *client, const Khaosat__V1__Tokens *tokens)
{
	int64_t now_ms = hours_from_now(0);
	if (tokens->n_token == 0)
		puts(client_say(client, "chưa có mã thẻ nào", "there is no token"));
	for (size_t i = 0; i < tokens->n_token; i++) {
		const Khaosat__V1__TokenInfo *t = tokens->token[i];
		char id[2 * TOKEN_ID_BYTES + 1] = "?", until[LOCAL_TIME_BYTES];
		if (t->id.len == TOKEN_ID_BYTES)
			digest_hex(t->id.data, TOKEN_ID_BYTES, id);
		local_time_print(t->expires_ms, client->language == LANGUAGE_VI, until);
		printf("%s  ", id);
		width_print(stdout, t->account, 16);
		width_print(stdout, t->name, 16);
		width_print(stdout, staff_role_name(t->role), 14);
		printf("%s%s%s\n", until,
		    t->expires_ms <= now_ms ? client_say(client, " hết hạn", " over") : "",
		    t->current ? client_say(client, " (đang dùng)", " (in use here)") : "");
	}
}

static int
run_list(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {{"account", required_argument, NULL, 'a'},
	    {"all", no_argument, NULL, 'A'}, {NULL, 0, NULL, 0}};
	int exit_code = EXIT_DONE;
	Khaosat__V1__ListTokens body;
	khaosat__v1__list_tokens__init(&body);
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	for (int o; (o = client_option(client, argc, argv, options)) != -1;) {
		if (o != 'a' && o != 'A')
			return EXIT_USAGE;
		body.account = o == 'a' ? optarg : staff_borrow("*");
	}
	if (!client_is_end(client, &command_token_list, argc, argv) || !staff_has_token(client))
		return EXIT_USAGE;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_LIST_TOKENS;
	request.list_tokens = &body;
	Khaosat__V1__Response *response = staff_ask(client, &request, &exit_code);
	if (response != NULL && response->body_case == KHAOSAT__V1__RESPONSE__BODY_TOKENS)
		print_tokens(client, response->tokens);
	if (response != NULL)
		khaosat__v1__response__free_unpacked(response, NULL);
	return exit_code;
}

static bool
parse_id(const char *text, uint8_t out[TOKEN_ID_BYTES])
{
	return strlen(text) == 2 * TOKEN_ID_BYTES && digest_unhex(text, TOKEN_ID_BYTES, out);
}

static int
run_revoke(struct client *client, int argc, char **argv)
{
	static const struct option none[] = {{NULL, 0, NULL, 0}};
	uint8_t id[TOKEN_ID_BYTES];
	if (client_option(client, argc, argv, none) != -1)
		return EXIT_USAGE;
	if (argc - optind != 1 || !parse_id(argv[optind], id))
		return client_usage(client, &command_token_revoke, "%s",
		    client_say(client, "cần 32 chữ số của mã thẻ, như khaosat token list in ra",
			"a token's 32 digits are needed, as khaosat token list prints them"));
	if (!staff_has_token(client))
		return EXIT_USAGE;
	Khaosat__V1__RevokeToken body;
	khaosat__v1__revoke_token__init(&body);
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	body.id = (ProtobufCBinaryData){sizeof(id), id};
	request.body_case = KHAOSAT__V1__REQUEST__BODY_REVOKE_TOKEN;
	request.revoke_token = &body;
	return staff_act(client, &request, argv[optind], "đã thu hồi", "revoked");
}

const struct command command_login = {"login", "NAME [--password-file FILE] [--hours H]",
    "đăng nhập bằng tài khoản cán bộ hoặc đơn vị kế toán (mặc định 12 giờ)",
    "log in with an account of staff or of a firm (12 hours by default)", run_login};
const struct command command_logout = {"logout", "", "đăng xuất", "log out", run_logout};
const struct command command_token_create = {"token create",
    "NAME --role viewer|operator|administrator|firm --output FILE [--expires T] [--account A]",
    "tạo mã thẻ cho chương trình (mặc định 90 ngày)",
    "make a token for a script (90 days by default)", run_create};
const struct command command_token_list = {"token list", "[--account A | --all]",
    "các mã thẻ của mình, của một tài khoản, hoặc tất cả", "one's own tokens, an account's, or all",
    run_list};
const struct command command_token_revoke = {
    "token revoke", "ID", "thu hồi một mã thẻ", "revoke a token", run_revoke};
