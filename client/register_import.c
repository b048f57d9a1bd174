/* SPDX-License-Identifier: Apache-2.0 */
/* register import: judge the whole file first, so that nothing happens when anything is wrong; then
 * make the access codes and see them on disk, since from the moment the collector has their hashes
 * there must be a copy of the codes; then send and load. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/commands.h"
#include "client/file.h"
#include "client/register_csv.h"
#include "client/register_report.h"
#include "client/register_send.h"
#include "client/register_table.h"
#include "client/rounds.h"
#include "client/staff.h"
#include "client/words.h"
#include "survey/design.h"

struct import {
	const struct client *client;
	const char *file, *round_asked, *codes_file;
	struct round_found round;
	struct definition *definition;
	struct register_table table;
	struct register_report report;
	struct design_reading design;
	bool out_of_memory;
};

/* ------------------------------------------------------------------------------- judging */

static void
on_row(void *user, uint64_t line, const struct register_text *text)
{
	struct import *im = user;
	struct register_problems problems;
	struct register_row row;
	uint8_t stratum;
	bool good = register_judge(im->definition, im->round.ref_year, text, &row, &problems);
	good = design_add(&im->design, im->definition, line, text, &problems, &stratum) && good;
	for (size_t i = 0; i < problems.n; i++)
		register_report_problem(&im->report, line, text, &problems.problem[i]);
	/* A row that is wrong otherwise may still be there twice. */
	bool kept = good ? register_table_add(&im->table, line, text, row.tax_code)
			 : row.tax_code == 0 || register_table_note(&im->table, line, row.tax_code);
	im->out_of_memory |= !kept;
}

static void
on_csv_problem(void *user, uint64_t line, const char *column, enum register_csv_problem problem,
    const char *value)
{
	struct import *im = user;
	register_report_csv(&im->report, line, column, problem, value);
}

static void
on_twice(void *user, uint64_t line, uint64_t first_line, uint64_t tax_code)
{
	struct import *im = user;
	register_report_twice(&im->report, line, first_line, tax_code);
}

/* The row is the line where the stratum has its first unit. */
static void
on_design(void *user, uint64_t row, const struct register_problem *problem)
{
	struct import *im = user;
	register_report_design(&im->report, row, problem);
}

/* Read and judge. True when the register may be sent. */
static bool
judge_file(struct import *im)
{
	FILE *from = fopen(im->file, "r");
	if (from == NULL) {
		client_error("%s: %s", im->file, words_errno(im->client->language, errno));
		return false;
	}
	struct register_csv_reader reader = {on_row, on_csv_problem, im};
	register_report_begin(
	    &im->report, im->client, im->definition, im->round.reference_date, im->round.ref_year);
	register_csv_read(from, &reader);
	fclose(from);
	design_end(&im->design, im->definition, on_design, im);
	if (!register_table_twice(&im->table, on_twice, im))
		im->out_of_memory = true;
	register_report_end(&im->report);
	if (im->out_of_memory)
		client_error("%s", words_errno(im->client->language, ENOMEM));
	else if (im->report.hard > 0)
		client_error(client_say(im->client, "%s: %" PRIu64 " lỗi; chưa nạp gì cả",
				 "%s: %" PRIu64 " errors; nothing was loaded"),
		    im->file, im->report.hard);
	else if (im->table.rows == 0)
		client_error(
		    client_say(im->client, "%s: không có đơn vị nào", "%s: no units"), im->file);
	return !im->out_of_memory && im->report.hard == 0 && im->table.rows > 0;
}

/* ------------------------------------------------------------------------------- codes */

static bool
write_codes(struct import *im)
{
	FILE *codes = file_create(im->codes_file);
	if (codes == NULL) {
		client_error("%s: %s", im->codes_file, words_errno(im->client->language, errno));
		return false;
	}
	bool good = register_table_make_codes(&im->table, im->round.name, codes);
	int saved = errno;
	if (!file_finish(codes, im->codes_file) || !good) {
		client_error("%s: %s", im->codes_file,
		    words_errno(im->client->language, good ? errno : saved));
		unlink(im->codes_file);
		return false;
	}
	return true;
}

/* The codes are on disk, but the collector does not know them. */
static void
say_codes_are_void(const struct import *im)
{
	client_error(
	    client_say(im->client,
		"danh sách chưa được nạp nên các mã trong %s chưa có hiệu lực; hãy xóa tệp "
		"đó rồi chạy lại lệnh này",
		"the register was not loaded, so the codes in %s are not valid; remove that "
		"file and run this command again"),
	    im->codes_file);
}

static void
say_codes_are_in_doubt(const struct import *im)
{
	client_error(
	    client_say(im->client,
		"chưa rõ danh sách đã nạp hay chưa: hãy giữ %s và xem khaosat round list; nếu "
		"đợt %s đã có đơn vị thì các mã có hiệu lực, nếu chưa thì xóa tệp đó và chạy "
		"lại",
		"it is not known whether the register was loaded: keep %s and see khaosat "
		"round list; if round %s has units the codes are valid, else remove the file "
		"and run this again"),
	    im->codes_file, im->round.name);
}

/* ------------------------------------------------------------------------------- loading */

static int
load(struct import *im, struct register_sending *sending)
{
	Khaosat__V1__Response *response = register_send_load(sending);
	if (response == NULL) {
		connection_lost(im->client);
		say_codes_are_in_doubt(im);
		return EXIT_UNREACHABLE;
	}
	int exit_code = EXIT_DONE;
	if (response->status != KHAOSAT__V1__STATUS__DONE)
		exit_code = connection_explain(im->client, response);
	if (response->body_case == KHAOSAT__V1__RESPONSE__BODY_REGISTER_LOADED)
		register_report_loaded(&im->report, &im->table, response->register_loaded);
	if (response->status == KHAOSAT__V1__STATUS__UNAVAILABLE)
		say_codes_are_in_doubt(im);
	else if (exit_code != EXIT_DONE)
		say_codes_are_void(im);
	else
		printf(client_say(im->client, "mã truy cập: %s\n", "access codes: %s\n"),
		    im->codes_file);
	khaosat__v1__response__free_unpacked(response, NULL);
	return exit_code;
}

/* Takes the connection. */
static int
send_register(struct import *im, struct connection *c)
{
	struct register_sending sending;
	int exit_code = EXIT_FAILED;
	if (!register_send_begin(&sending, im->client, im->round.name, &im->table, c))
		client_error("%s", words_errno(im->client->language, ENOMEM));
	else
		exit_code = register_send_chunks(&sending);
	if (exit_code == EXIT_DONE)
		exit_code = load(im, &sending);
	else
		say_codes_are_void(im);
	register_send_end(&sending);
	return exit_code;
}

/* ------------------------------------------------------------------------------- the command */

/* What must hold before any work is done. */
static bool
may_begin(struct import *im, struct connection *c, int *exit_code)
{
	if (!rounds_find(im->client, c, im->round_asked, &im->round, exit_code))
		return false;
	*exit_code = EXIT_FAILED;
	if (im->round.phase != KHAOSAT__V1__ROUND_PHASE__CREATED) {
		client_error(client_say(im->client, "đợt %s đã có danh sách đơn vị",
				 "round %s has its register already"),
		    im->round.name);
		return false;
	}
	if (access(im->codes_file, F_OK) == 0) {
		client_error(
		    client_say(im->client, "%s đã có; tệp mã truy cập không bao giờ bị ghi đè",
			"%s exists; a file of access codes is never overwritten"),
		    im->codes_file);
		return false;
	}
	im->definition = rounds_definition(im->client, c, im->round.name, exit_code);
	return im->definition != NULL;
}

static int
import(struct import *im)
{
	int exit_code = EXIT_DONE;
	struct connection *c = connection_begin(im->client, &exit_code);
	if (c == NULL)
		return exit_code;
	if (!may_begin(im, c, &exit_code)) {
		connection_close(c);
		return exit_code;
	}
	/* A large file takes a while, and an idle connection may be closed meanwhile. */
	connection_close(c);
	if (!judge_file(im))
		return im->report.hard > 0 ? EXIT_REJECTED : EXIT_FAILED;
	c = connection_begin(im->client, &exit_code);
	if (c == NULL)
		return exit_code;
	if (!write_codes(im)) {
		connection_close(c);
		return EXIT_FAILED;
	}
	return send_register(im, c);
}

static int
run_import(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {{"round", required_argument, NULL, 'r'},
	    {"codes", required_argument, NULL, 'c'}, {NULL, 0, NULL, 0}};
	struct import im = {.client = client};
	for (int o; (o = client_option(client, argc, argv, options)) != -1;) {
		if (o == 'r')
			im.round_asked = optarg;
		else if (o == 'c')
			im.codes_file = optarg;
		else
			return EXIT_USAGE;
	}
	if (argc - optind != 1 || im.round_asked == NULL || im.codes_file == NULL)
		return client_usage(client, &command_register_import, "%s",
		    client_say(client, "thiếu tệp danh sách, --round hoặc --codes",
			"the register's file, --round and --codes are needed"));
	if (!staff_has_token(client))
		return EXIT_USAGE;
	im.file = argv[optind];
	int exit_code = import(&im);
	register_table_clear(&im.table);
	definition_free(im.definition);
	return exit_code;
}

const struct command command_register_import = {"register import",
    "FILE.csv --round R --codes FILE", "nạp danh sách đơn vị cho một đợt và tạo mã truy cập",
    "load a round's register and make access codes", run_import};
