/* SPDX-License-Identifier: Apache-2.0 */
/* export list: what exports the log has, page by page. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/commands.h"
#include "client/export_parts.h"
#include "client/local_time.h"
#include "client/staff.h"
#include "client/text_table.h"

const char *
export_audience(const struct client *client, bool internal)
{
	return internal ? client_say(client, "nội bộ", "internal")
			: client_say(client, "công bố", "public");
}

const char *
export_stage(const struct client *client, Khaosat__V1__ExportStage stage)
{
	switch (stage) {
	case KHAOSAT__V1__EXPORT_STAGE__PRELIMINARY:
		return client_say(client, "sơ bộ", "preliminary");
	case KHAOSAT__V1__EXPORT_STAGE__FINAL:
		return client_say(client, "chính thức", "final");
	case KHAOSAT__V1__EXPORT_STAGE__INTERIM:
	case KHAOSAT__V1__EXPORT_STAGE__EXPORT_STAGE_UNSPECIFIED:
	case _KHAOSAT__V1__EXPORT_STAGE_IS_INT_SIZE:
		break;
	}
	return client_say(client, "giữa kỳ", "interim");
}

/* ------------------------------------------------------------------- pages */

/* False: seen enough. */
static bool
visit_page(const struct export_walk *walk, const Khaosat__V1__ExportList *page)
{
	bool goes_on = true;
	for (size_t i = 0; i < page->n_export && goes_on; i++)
		goes_on = walk->visit(walk->context, page->export[i]);
	return goes_on;
}

int
export_walk(struct export_walk *walk)
{
	int exit_code = EXIT_DONE;
	bool goes_on = true;
	Khaosat__V1__ListExports list;
	Khaosat__V1__Request request = KHAOSAT__V1__REQUEST__INIT;
	khaosat__v1__list_exports__init(&list);
	list.round = staff_borrow(walk->round);
	request.body_case = KHAOSAT__V1__REQUEST__BODY_LIST_EXPORTS;
	request.list_exports = &list;
	while (goes_on) {
		Khaosat__V1__Response *response =
		    connection_ask(walk->client, walk->connection, &request, &exit_code);
		if (response == NULL)
			return exit_code;
		const Khaosat__V1__ExportList *page = response->exports;
		if (response->body_case != KHAOSAT__V1__RESPONSE__BODY_EXPORTS ||
		    (list.before != 0 && page->next_before >= list.before)) {
			khaosat__v1__response__free_unpacked(response, NULL);
			return connection_unreadable(walk->client);
		}
		snprintf(walk->failure, sizeof(walk->failure), "%s",
		    client_say(walk->client, page->failure_vi, page->failure_en));
		goes_on = visit_page(walk, page) && page->next_before != 0;
		list.before = page->next_before;
		khaosat__v1__response__free_unpacked(response, NULL);
	}
	return EXIT_DONE;
}

/* ------------------------------------------------------------------- the command */

struct listing {
	struct export_walk walk;
	struct text_table table;
	size_t n;
	bool is_whole;
};

static bool
add_line(void *context, const Khaosat__V1__ExportInfo *e)
{
	struct listing *l = context;
	const struct client *client = l->walk.client;
	struct text_line *line = text_table_add(&l->table);
	char time[LOCAL_TIME_BYTES];
	l->is_whole = line != NULL;
	if (line == NULL)
		return false;
	l->n++;
	local_time_print(e->made_ms, client->language == LANGUAGE_VI, time);
	snprintf(line->cell[0], TEXT_CELL_BYTES, "%s", e->round);
	snprintf(line->cell[1], TEXT_CELL_BYTES, "%s", export_audience(client, e->internal));
	snprintf(line->cell[2], TEXT_CELL_BYTES, "%" PRIu32, e->vintage);
	snprintf(line->cell[3], TEXT_CELL_BYTES, "%s", export_stage(client, e->stage));
	snprintf(line->cell[4], TEXT_CELL_BYTES, "%" PRIu64, e->last);
	snprintf(line->cell[5], TEXT_CELL_BYTES, "%s", time);
	snprintf(line->cell[6], TEXT_CELL_BYTES, "%s",
	    e->due_ms != 0 ? client_say(client, "theo lịch", "schedule")
			   : client_say(client, "thủ công", "by hand"));
	snprintf(line->cell[7], TEXT_CELL_BYTES, "%s",
	    e->kept ? client_say(client, "còn", "there") : client_say(client, "đã xóa", "removed"));
	return true;
}

static int
print_list(struct listing *l)
{
	static const char *const vi[] = {
	    "Đợt", "Dành cho", "Lần", "Giai đoạn", "Đến bản ghi", "Lập lúc", "Cách lập", "Thư mục"};
	static const char *const en[] = {
	    "Round", "For", "Vintage", "Stage", "Up to entry", "Made", "Why", "Folder"};
	const struct client *client = l->walk.client;
	l->is_whole = text_table_add_words(&l->table, client->language == LANGUAGE_VI ? vi : en);
	int exit_code = l->is_whole ? export_walk(&l->walk) : EXIT_FAILED;
	if (exit_code == EXIT_DONE && l->n == 0)
		puts(client_say(client, "chưa có lần xuất nào", "there is no export yet"));
	else if (exit_code == EXIT_DONE && l->is_whole)
		text_table_print(&l->table, 0, stdout);
	text_table_free(&l->table);
	if (l->walk.failure[0] != '\0')
		client_error(client_say(client, "lần chạy theo lịch gần nhất không được: %s",
				 "the last run of the schedule failed: %s"),
		    l->walk.failure);
	return l->is_whole ? exit_code : EXIT_FAILED;
}

static int
run_list(struct client *client, int argc, char **argv)
{
	static const struct option options[] = {
	    {"round", required_argument, NULL, 'r'}, {NULL, 0, NULL, 0}};
	struct listing l = {
	    .walk = {.client = client, .round = "", .visit = add_line}, .table = {.columns = 8}};
	for (int o; (o = client_option(client, argc, argv, options)) != -1;) {
		if (o != 'r')
			return EXIT_USAGE;
		l.walk.round = optarg;
	}
	if (!client_is_end(client, &command_export_list, argc, argv))
		return EXIT_USAGE;
	if (!staff_has_token(client))
		return EXIT_USAGE;
	int exit_code = EXIT_DONE;
	l.walk.context = &l;
	l.walk.connection = connection_begin(client, &exit_code);
	if (l.walk.connection != NULL)
		exit_code = print_list(&l);
	connection_close(l.walk.connection);
	return exit_code;
}

const struct command command_export_list = {"export list", "[--round R]",
    "các lần xuất số liệu đã lập, mới nhất trước", "the exports that were made, newest first",
    run_list};
