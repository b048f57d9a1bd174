/* SPDX-License-Identifier: Apache-2.0 */
/* khaosat: takes the options that every command has, wherever on the line they stand, finds the
 * command by its one or two words, and runs it. */
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <langinfo.h>
#include <locale.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "client/client.h"
#include "client/commands.h"
#include "client/staff.h"
#include "client/wrap.h"

static const struct command *const commands[] = {
    &command_submit,
    &command_check,
    &command_correct,
    &command_withdraw,
    &command_send,
    &command_receipt,
    &command_status,
    &command_history,
    &command_register_show,
    &command_register_propose,
    &command_register_withdraw,
    &command_subcode_make,
    &command_subcode_list,
    &command_subcode_revoke,
    &command_firm_grant,
    &command_firm_revoke,
    &command_firm_units,
    &command_firm_list,
    &command_firm_add,
    &command_firm_remove,
    &command_round_create,
    &command_register_import,
    &command_register_change,
    &command_proposal_list,
    &command_proposal_accept,
    &command_proposal_refuse,
    &command_code_issue,
    &command_code_reissue,
    &command_code_revoke,
    &command_letter,
    &command_round_open,
    &command_round_close,
    &command_round_extend,
    &command_round_reopen,
    &command_round_list,
    &command_case_set,
    &command_case_list,
    &command_answer_set,
    &command_answer_recode,
    &command_followup,
    &command_contacts_erase,
    &command_rates,
    &command_goals,
    &command_change,
    &command_trend,
    &command_export_run,
    &command_export_list,
    &command_export_show,
    &command_export_verify,
    &command_recount,
    &command_backup,
    &command_microdata,
    &command_login,
    &command_logout,
    &command_account_add,
    &command_account_list,
    &command_account_role,
    &command_account_password,
    &command_account_remove,
    &command_token_create,
    &command_token_list,
    &command_token_revoke,
    &command_audit,
    &command_survey_check,
    &command_survey_show,
    &command_survey_codebook,
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* ------------------------------------------------------------------------------- what every
 * command takes */

enum global {
	GLOBAL_SERVER,
	GLOBAL_CA,
	GLOBAL_CERT,
	GLOBAL_KEY,
	GLOBAL_TOKEN_FILE,
	GLOBAL_HOME,
	GLOBAL_LANG,
	GLOBAL_QUIET,
	GLOBALS
};

struct global_option {
	const char *name;
	const char *value; /* NULL: a flag */
	const char *environment;
	const char *vi, *en;
};

static const struct global_option globals[GLOBALS] = {
    [GLOBAL_SERVER] = {"server", "HOST:PORT", "KHAOSAT_SERVER",
	"máy chủ thu thập (mặc định 127.0.0.1:5757)", "the collector (default 127.0.0.1:5757)"},
    [GLOBAL_CA] = {"ca", "FILE", "KHAOSAT_CA",
	"nơi cấp chứng chỉ của máy chủ, PEM (mặc định: của hệ thống); TLS cả với máy này",
	"who signed the collector's certificate, PEM (default: the system's); TLS on this machine "
	"too"},
    [GLOBAL_CERT] = {"cert", "FILE", "KHAOSAT_CERT", "chứng chỉ xuất trình cho máy chủ, PEM",
	"a certificate to show the collector, PEM"},
    [GLOBAL_KEY] = {"key", "FILE", "KHAOSAT_KEY", "khóa của chứng chỉ đó, PEM", "its key, PEM"},
    [GLOBAL_TOKEN_FILE] = {"token-file", "FILE", "KHAOSAT_TOKEN_FILE",
	"tệp mã thẻ của cán bộ hoặc đơn vị kế toán", "file of a token, of staff or of a firm"},
    [GLOBAL_HOME] = {"home", "DIR", "KHAOSAT_HOME",
	"thư mục phiếu chờ gửi, biên nhận, bản nháp (mặc định ~/.khaosat)",
	"folder of spool, receipts, drafts (default ~/.khaosat)"},
    [GLOBAL_LANG] = {"lang", "vi|en", NULL, "ngôn ngữ", "language"},
    [GLOBAL_QUIET] = {"quiet", NULL, NULL, "không in tiến độ", "no progress lines"},
};

/* Which global option an argument is, or -1. *value points behind "=", or is NULL. */
static int
global_at(const char *arg, const char **value)
{
	if (strncmp(arg, "--", 2) != 0)
		return -1;
	size_t n = strcspn(arg + 2, "=");
	for (int g = 0; g < GLOBALS; g++) {
		if (strlen(globals[g].name) != n || strncmp(arg + 2, globals[g].name, n) != 0)
			continue;
		*value = arg[2 + n] == '=' ? arg + 3 + n : NULL;
		return g;
	}
	return -1;
}

/* The value of a global option: behind "=", or the next argument; a flag's is empty. NULL: missing.
 */
static const char *
value_of(int g, const char *value, int argc, char **argv, int *i)
{
	if (globals[g].value == NULL)
		return "";
	if (value == NULL && *i + 1 < argc)
		value = argv[++*i];
	if (value == NULL)
		client_error("--%s %s", globals[g].name, globals[g].value);
	return value;
}

/* Move the global options out of argv into given[]; the rest closes up. False: one lacks its value.
 */
static bool
take_globals(int *argc, char **argv, const char *given[GLOBALS])
{
	int kept = 1, i = 1;
	for (; i < *argc && strcmp(argv[i], "--") != 0; i++) {
		const char *value = NULL;
		int g = global_at(argv[i], &value);
		if (g < 0) {
			argv[kept++] = argv[i];
			continue;
		}
		given[g] = value_of(g, value, *argc, argv, &i);
		if (given[g] == NULL)
			return false;
	}
	while (i < *argc)
		argv[kept++] = argv[i++];
	argv[kept] = NULL;
	*argc = kept;
	return true;
}

static bool
set_language(struct client *client, const char *lang)
{
	if (lang == NULL) {
		const char *locale = getenv("LC_ALL");
		if (locale == NULL || locale[0] == '\0')
			locale = getenv("LC_MESSAGES");
		if (locale == NULL || locale[0] == '\0')
			locale = getenv("LANG");
		bool english = locale != NULL && strncmp(locale, "en", 2) == 0;
		client->language = english ? LANGUAGE_EN : LANGUAGE_VI;
		return true;
	}
	if (strcmp(lang, "vi") != 0 && strcmp(lang, "en") != 0) {
		client_error("--lang vi|en");
		return false;
	}
	client->language = lang[0] == 'e' ? LANGUAGE_EN : LANGUAGE_VI;
	return true;
}

/* "HOST", "HOST:PORT", "[::1]:PORT", ":PORT". `host` is kept for as long as the program runs. */
static bool
set_server(struct client *client, const char *server)
{
	static char host[256];
	client->host = CLIENT_HOST;
	client->port = CLIENT_PORT;
	if (server == NULL || server[0] == '\0')
		return true;
	const char *colon = strrchr(server, ':');
	const char *bracket = strrchr(server, ']');
	if (colon != NULL && bracket != NULL && bracket > colon)
		colon = NULL;
	size_t n = colon != NULL ? (size_t)(colon - server) : strlen(server);
	if (n >= 2 && server[0] == '[' && server[n - 1] == ']') {
		server++;
		n -= 2;
	}
	if (n >= sizeof(host))
		return false;
	if (n > 0) {
		memcpy(host, server, n);
		host[n] = '\0';
		client->host = host;
	}
	if (colon == NULL)
		return true;
	char *end;
	unsigned long port = strtoul(colon + 1, &end, 10);
	client->port = (uint16_t)port;
	return colon[1] >= '0' && colon[1] <= '9' && *end == '\0' && port >= 1 && port <= 65535;
}

static bool
set_home(struct client *client, const char *home)
{
	static char path[PATH_MAX];
	client->home = home;
	if (home != NULL && home[0] != '\0')
		return true;
	const char *user_home = getenv("HOME");
	if (user_home == NULL || user_home[0] == '\0') {
		const struct passwd *user = getpwuid(getuid());
		user_home = user != NULL ? user->pw_dir : "";
	}
	client->home = path;
	return (size_t)snprintf(path, sizeof(path), "%s/.khaosat", user_home) < sizeof(path);
}

/* What is empty was not given: an environment has no other way to say so. */
static const char *
file_of(const char *given)
{
	return given != NULL && given[0] != '\0' ? given : NULL;
}

static bool
set_files(struct client *client, const char *given[GLOBALS])
{
	client->ca = file_of(given[GLOBAL_CA]);
	client->cert = file_of(given[GLOBAL_CERT]);
	client->key = file_of(given[GLOBAL_KEY]);
	client->token_file = file_of(given[GLOBAL_TOKEN_FILE]);
	if ((client->cert == NULL) == (client->key == NULL))
		return true;
	client_error("%s", client_say(client, "--cert và --key phải đi cùng nhau",
			       "--cert and --key go together"));
	return false;
}

static bool
set_up(struct client *client, const char *given[GLOBALS])
{
	for (int g = 0; g < GLOBALS; g++)
		if (given[g] == NULL && globals[g].environment != NULL)
			given[g] = getenv(globals[g].environment);
	if (!set_language(client, given[GLOBAL_LANG]))
		return false;
	client->quiet = given[GLOBAL_QUIET] != NULL;
	if (!set_files(client, given))
		return false;
	if (!set_server(client, given[GLOBAL_SERVER])) {
		client_error(client_say(client, "--server %s: phải là MÁY:CỔNG",
				 "--server %s: must be HOST:PORT"),
		    given[GLOBAL_SERVER]);
		return false;
	}
	if (!set_home(client, given[GLOBAL_HOME])) {
		client_error("--home DIR");
		return false;
	}
	staff_find_login(client, true, &client->firm_login);
	return true;
}

/* ------------------------------------------------------------------------------- help */

static void
print_globals(const struct client *client)
{
	puts(client_say(client, "\nTùy chọn chung:", "\nOptions of every command:"));
	for (int g = 0; g < GLOBALS; g++) {
		const struct global_option *o = &globals[g];
		char left[40], words[256];
		snprintf(left, sizeof(left), "--%s %s", o->name, o->value == NULL ? "" : o->value);
		snprintf(words, sizeof(words), "%s%s%s%s", client_say(client, o->vi, o->en),
		    o->environment != NULL ? " [" : "",
		    o->environment != NULL ? o->environment : "",
		    o->environment != NULL ? "]" : "");
		wrap_item(stdout, left, 22, words);
	}
	wrap_notes(stdout, client_say(client,
			       "\nMã thoát: 0 xong, 1 thất bại, 2 sai cách dùng, 3 phiếu có lỗi, 4 "
			       "không tới được máy chủ\n",
			       "\nExit codes: 0 done, 1 failed, 2 usage, 3 rejected by checks, 4 "
			       "collector not reached\n"));
}

/* Who is at home in what follows, before the first command of it. */
static void
print_group(const struct client *client, const struct command *command)
{
	static const struct {
		const struct command *first;
		const char *vi, *en;
	} groups[] = {{&command_submit, "Đơn vị trả lời:", "Firms that answer:"},
	    {&command_firm_list, "Cán bộ, về đơn vị kế toán:", "Staff, on accounting firms:"},
	    {&command_round_create, "Cán bộ, về đợt khảo sát:", "Staff, on a round:"},
	    {&command_rates, "Số liệu và công bố:", "Figures and publication:"},
	    {&command_recount, "Kiểm chứng, sao lưu, vi dữ liệu:", "Proof, backup, microdata:"},
	    {&command_login, "Tài khoản:", "Accounts:"},
	    {&command_survey_check, "Bảng hỏi:", "Questionnaires:"}};
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (groups[i].first == command)
			printf("%s%s\n", i > 0 ? "\n" : "",
			    client_say(client, groups[i].vi, groups[i].en));
}

static int
print_help(const struct client *client)
{
	puts(client_say(client, "Cách dùng: khaosat [TÙY CHỌN] LỆNH ... (khaosat help LỆNH)\n",
	    "Usage: khaosat [OPTION] COMMAND ... (khaosat help COMMAND)\n"));
	for (size_t i = 0; i < COMMANDS; i++) {
		print_group(client, commands[i]);
		wrap_item(stdout, commands[i]->name, 17,
		    client_say(client, commands[i]->summary_vi, commands[i]->summary_en));
	}
	print_globals(client);
	return EXIT_DONE;
}

static int
print_help_of(const struct client *client, const struct command *command)
{
	printf(
	    client_say(client, "Cách dùng: khaosat %s %s\n\n%s\n", "Usage: khaosat %s %s\n\n%s\n"),
	    command->name, command->usage,
	    client_say(client, command->summary_vi, command->summary_en));
	print_globals(client);
	return EXIT_DONE;
}

/* ------------------------------------------------------------------------------- the command */

/* The command that begins at argv[0], of one word or two; *words says how many. */
static const struct command *
find_command(int argc, char **argv, int *words)
{
	char two[64] = "";
	if (argc >= 2)
		snprintf(two, sizeof(two), "%s %s", argv[0], argv[1]);
	for (size_t i = 0; i < COMMANDS; i++) {
		const char *name = commands[i]->name;
		*words = strchr(name, ' ') != NULL ? 2 : 1;
		if (strcmp(name, *words == 2 ? two : argv[0]) == 0)
			return commands[i];
	}
	return NULL;
}

/* Whether some command of two words begins with this one. */
static bool
is_first_word(const char *word)
{
	size_t n = strlen(word);
	for (size_t i = 0; i < COMMANDS; i++)
		if (strncmp(commands[i]->name, word, n) == 0 && commands[i]->name[n] == ' ')
			return true;
	return false;
}

static int
unknown_command(const struct client *client, int argc, char **argv)
{
	const char *names[COMMANDS + 1];
	char two[64];
	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = commands[i]->name;
	names[COMMANDS] = "help";
	snprintf(two, sizeof(two), "%s %s", argv[0], argc >= 2 ? argv[1] : "");
	const char *given = is_first_word(argv[0]) && argc >= 2 ? two : argv[0];
	const char *near = client_nearest(two, names, COMMANDS);
	if (near == NULL)
		near = client_nearest(argv[0], names, COMMANDS + 1);
	if (given[0] == '-')
		client_error(
		    client_say(client, "không có tùy chọn %s", "there is no option %s"), given);
	else if (near == NULL)
		client_error(client_say(client, "không có lệnh %s; xem khaosat help",
				 "there is no command %s; see khaosat help"),
		    given);
	else
		client_error(client_say(client, "không có lệnh %s; có phải %s?",
				 "there is no command %s; did you mean %s?"),
		    given, near);
	return EXIT_USAGE;
}

static bool
wants_help(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

/* argv[0] is the first word that is not a global option. */
static int
run(struct client *client, int argc, char **argv)
{
	int words;
	if (strcmp(argv[0], "--version") == 0 || strcmp(argv[0], "version") == 0) {
		puts("khaosat " KHAOSAT_VERSION);
		return EXIT_DONE;
	}
	bool help = strcmp(argv[0], "help") == 0;
	if (help && argc > 1) {
		argc--;
		argv++;
	} else if (help || strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0) {
		return print_help(client);
	}
	const struct command *command = find_command(argc, argv, &words);
	if (command == NULL)
		return unknown_command(client, argc, argv);
	if (help || wants_help(argc, argv))
		return print_help_of(client, command);
	/* getopt names argv[0] and starts behind it. */
	argv += words - 1;
	argv[0] = (char *)(uintptr_t)command->name;
	return command->run(client, argc - words + 1, argv);
}

/* Where the caller closed one of the three, the next file that is opened would take its place, and
 * get what is said there. What is said goes nowhere, as before, and a write to it fails. */
static void
hold_streams(void)
{
	int fd;
	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int
main(int argc, char **argv)
{
	const char *given[GLOBALS] = {NULL};
	struct client client = {0};
	hold_streams();
	/* Widths of characters need a UTF-8 locale, whatever else is set. */
	if (setlocale(LC_CTYPE, "") == NULL || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file over its limit is a failed write */
	if (!take_globals(&argc, argv, given) || !set_up(&client, given))
		return EXIT_USAGE;
	if (argc < 2) {
		print_help(&client);
		return EXIT_USAGE;
	}
	int result = run(&client, argc - 1, argv + 1);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("khaosat: stdout");
		return result == EXIT_DONE ? EXIT_FAILED : result;
	}
	return result;
}
