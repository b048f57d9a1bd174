/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts of staff and of firms: add, list, role, password, remove. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/commands.h"
#include "client/silent.h"
#include "client/staff.h"
#include "client/width.h"

static int
needs_name(const struct client *client, const struct command *command)
{
	return client_usage(client, command, "%s",
	    client_say(client, "cần đúng một tên tài khoản", "one account's name is needed"));
}

/* ------------------------------------------------------------------------------- add */

static int
add(const struct client *client, const char *name, Khaosat__V1__Role role, bool has_password,
    const char *file)
{
	char password[SILENT_PASSWORD_BYTES] = "";
	int exit_code = EXIT_DONE;
	if (has_password)
		exit_code = silent_password(client, PASSWORD_TO_SET, file,
		    client_say(
			client, "Mật khẩu cho tài khoản mới: ", "Password of the new account: "),
		    password);
	if (exit_code == EXIT_DONE) {
		Khaosat__V1__AddAccount body;
		khaosat__v1__add_account__init(&body);
		Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
		body.name = staff_borrow(name);
		body.role = role;
		body.password = password;
		request.body_case = KHAOSAT__V1__REQUEST__BODY_ADD_ACCOUNT;
		request.add_account = &body;
		exit_code = staff_act(client, &request, name, "đã thêm tài khoản", "account added");
	}
	explicit_bzero(password, sizeof(password));
	return exit_code;
}

static int
run_add(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {{"role", required_argument, NULL, 'r'},
	    {"password-file", required_argument, NULL, 'p'},
	    {"no-password", no_argument, NULL, 'n'}, {NULL, 0, NULL, 0}};
	Khaosat__V1__Role role = KHAOSAT__V1__ROLE__ROLE_UNSPECIFIED;
	const char *file = NULL;
	bool has_password = true;
	for (int o; (o = client_option(client, argc, argv, options)) != -1;) {
		if (o == 'p')
			file = optarg;
		else if (o == 'n')
			has_password = false;
		else if (o != 'r' || !staff_role(client, optarg, &role))
			return EXIT_USAGE;
	}
	if (argc - optind != 1 || role == KHAOSAT__V1__ROLE__ROLE_UNSPECIFIED)
		return client_usage(client, &command_account_add, "%s",
		    client_say(client, "cần tên tài khoản và --role",
			"the account's name and --role are needed"));
	return staff_has_token(client) ? add(client, argv[optind], role, has_password, file)
				       : EXIT_USAGE;
}

static int
run_firm_add(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {
	    {"password-file", required_argument, NULL, 'p'}, {NULL, 0, NULL, 0}};
	const char *file = NULL;
	for (int o; (o = client_option(client, argc, argv, options)) != -1;) {
		if (o != 'p')
			return EXIT_USAGE;
		file = optarg;
	}
	if (argc - optind != 1)
		return needs_name(client, &command_firm_add);
	return staff_has_token(client)
		   ? add(client, argv[optind], KHAOSAT__V1__ROLE__FIRM, true, file)
		   : EXIT_USAGE;
}

/* ------------------------------------------------------------------------------- password */

struct new_password {
	const char *name, *file, *current_file;
	bool is_own; /* the one that was is asked for too */
};

static int
send_password(
    const struct client *client, const struct new_password *new, char *password, char *current)
{
	Khaosat__V1__SetPassword body;
	khaosat__v1__set_password__init(&body);
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	body.name = staff_borrow(new->name);
	body.password = password;
	body.current = current;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_SET_PASSWORD;
	request.set_password = &body;
	return staff_act(client, &request, new->name,
	    "đã đặt mật khẩu; mọi mã thẻ của tài khoản đã hết hiệu lực",
	    "password set; the account's tokens have ended");
}

static int
set_password(const struct client *client, const struct new_password *new)
{
	char password[SILENT_PASSWORD_BYTES] = "", current[SILENT_PASSWORD_BYTES] = "";
	int exit_code = EXIT_DONE;
	if (new->is_own)
		exit_code = silent_password(client, PASSWORD_TO_CHECK, new->current_file,
		    client_say(client, "Mật khẩu hiện tại: ", "Current password: "), current);
	if (exit_code == EXIT_DONE)
		exit_code = silent_password(client, PASSWORD_TO_SET, new->file,
		    client_say(client, "Mật khẩu mới: ", "New password: "), password);
	if (exit_code == EXIT_DONE)
		exit_code = send_password(client, new, password, current);
	explicit_bzero(password, sizeof(password));
	explicit_bzero(current, sizeof(current));
	return exit_code;
}

static int
run_password(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {{"password-file", required_argument, NULL, 'p'},
	    {"own", no_argument, NULL, 'o'}, {"current-file", required_argument, NULL, 'c'},
	    {NULL, 0, NULL, 0}};
	struct new_password new = {0};
	for (int o; (o = client_option(client, argc, argv, options)) != -1;) {
		if (o == 'p')
			new.file = optarg;
		else if (o == 'c')
			new.current_file = optarg;
		else if (o != 'o')
			return EXIT_USAGE;
		new.is_own = new.is_own || o != 'p';
	}
	if (argc - optind != 1)
		return needs_name(client, &command_account_password);
	new.name = argv[optind];
	return staff_has_token(client) ? set_password(client, &new) : EXIT_USAGE;
}

/* ------------------------------------------------------------------------------- role, remove */

static int
run_role(struct client *client, int argc, char **argv)
{
	static const struct option none[] = {{NULL, 0, NULL, 0}};
	if (client_option(client, argc, argv, none) != -1)
		return EXIT_USAGE;
	if (argc - optind != 2)
		return client_usage(client, &command_account_role, "%s",
		    client_say(client, "cần tên tài khoản và vai trò",
			"the account's name and a role are needed"));
	Khaosat__V1__SetRole body;
	khaosat__v1__set_role__init(&body);
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	body.name = argv[optind];
	if (!staff_role(client, argv[optind + 1], &body.role) || !staff_has_token(client))
		return EXIT_USAGE;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_SET_ROLE;
	request.set_role = &body;
	return staff_act(client, &request, argv[optind], "đã đổi vai trò", "role changed");
}

static int
remove_account(struct client *client, int argc, char **argv, const struct command *command)
{
	static const struct option none[] = {{NULL, 0, NULL, 0}};
	if (client_option(client, argc, argv, none) != -1)
		return EXIT_USAGE;
	if (argc - optind != 1)
		return needs_name(client, command);
	if (!staff_has_token(client))
		return EXIT_USAGE;
	Khaosat__V1__RemoveAccount body;
	khaosat__v1__remove_account__init(&body);
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	body.name = argv[optind];
	request.body_case = KHAOSAT__V1__REQUEST__BODY_REMOVE_ACCOUNT;
	request.remove_account = &body;
	return staff_act(client, &request, argv[optind],
	    "đã xóa tài khoản; nhật ký vẫn giữ tên này", "account removed; the log keeps the name");
}

static int
run_remove(struct client *client, int argc, char **argv)
{
	return remove_account(client, argc, argv, &command_account_remove);
}

static int
run_firm_remove(struct client *client, int argc, char **argv)
{
	return remove_account(client, argc, argv, &command_firm_remove);
}

/* ------------------------------------------------------------------------------- list */

static const char *
state_words(const struct client *client, const Khaosat__V1__AccountInfo *a)
{
	if (a->removed)
		return client_say(client, "đã xóa", "removed");
	if (a->number == 1)
		return client_say(client, "máy chủ: mã thẻ trong thư mục dữ liệu",
		    "the machine: its token stands in the data folder");
	if (!a->has_password)
		return client_say(client, "không có mật khẩu", "no password");
	return "";
}

static void
print_accounts(const struct client *client, const Khaosat__V1__Accounts *accounts)
{
	for (size_t i = 0; i < accounts->n_account; i++) {
		const Khaosat__V1__AccountInfo *a = accounts->account[i];
		char tokens[48];
		snprintf(tokens, sizeof(tokens),
		    client_say(client, "%" PRIu32 " mã thẻ", "%" PRIu32 " tokens"), a->tokens);
		width_print(stdout, a->name, 24);
		width_print(stdout, staff_role_name(a->role), 14);
		width_print(stdout, a->removed || a->number == 1 ? "" : tokens, 12);
		puts(state_words(client, a));
	}
}

static int
run_list(struct client *client, int argc, char **argv)
{
	static const struct option none[] = {{NULL, 0, NULL, 0}};
	if (client_option(client, argc, argv, none) != -1 ||
	    !client_is_end(client, &command_account_list, argc, argv) || !staff_has_token(client))
		return EXIT_USAGE;
	int exit_code = EXIT_DONE;
	Khaosat__V1__ListAccounts body = KHAOSAT__V1__LIST_ACCOUNTS__INIT;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	request.body_case = KHAOSAT__V1__REQUEST__BODY_LIST_ACCOUNTS;
	request.list_accounts = &body;
	Khaosat__V1__Response *response = staff_ask(client, &request, &exit_code);
	if (response != NULL && response->body_case == KHAOSAT__V1__RESPONSE__BODY_ACCOUNTS)
		print_accounts(client, response->accounts);
	if (response != NULL)
		khaosat__v1__response__free_unpacked(response, NULL);
	return exit_code;
}

const struct command command_account_add = {"account add",
    "NAME --role viewer|operator|administrator|firm [--password-file FILE | --no-password]",
    "thêm tài khoản cán bộ", "add an account of staff", run_add};
const struct command command_firm_add = {"firm add", "NAME [--password-file FILE]",
    "thêm tài khoản cho một đơn vị kế toán", "add an account of a firm of accountants",
    run_firm_add};
const struct command command_account_list = {
    "account list", "", "các tài khoản", "the accounts of staff and firms", run_list};
const struct command command_account_role = {"account role", "NAME viewer|operator|administrator",
    "đổi vai trò của tài khoản", "change an account's role", run_role};
const struct command command_account_password = {"account password",
    "NAME [--password-file FILE] [--own [--current-file FILE]]",
    "đặt mật khẩu mới (--own: của chính mình, hỏi cả mật khẩu hiện tại)",
    "set a new password (--own: one's own; the current one is asked for)", run_password};
const struct command command_account_remove = {
    "account remove", "NAME", "xóa tài khoản", "remove an account", run_remove};
const struct command command_firm_remove = {"firm remove", "NAME",
    "xóa tài khoản của một đơn vị kế toán; mọi ủy quyền cho nó hết hiệu lực",
    "remove a firm's account; all that it was granted ends", run_firm_remove};
