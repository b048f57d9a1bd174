/* SPDX-License-Identifier: Apache-2.0 */
#include "client/row_cells.h"

#include <stdio.h>
#include <string.h>

bool
row_cells_read(const Khaosat__V1__RegisterRow *row, struct row_cells *out)
{
	Khaosat__V1__RegisterRow *only = (Khaosat__V1__RegisterRow *)(uintptr_t)row;
	Khaosat__V1__RegisterRows rows = KHAOSAT__V1__REGISTER_ROWS__INIT;
	size_t at = 0;
	if (row == NULL)
		return false;
	rows.row = &only;
	rows.n_row = 1;
	size_t n = khaosat__v1__register_rows__get_packed_size(&rows);
	if (n > sizeof(out->bytes))
		return false;
	khaosat__v1__register_rows__pack(&rows, out->bytes);
	return register_next(out->bytes, n, &at, &out->text) == REGISTER_ROW;
}

const char *
row_code_label(
    const struct client *client, const struct definition *d, int column, const char *code, size_t n)
{
	static const struct {
		int column;
		enum code_list_id list;
	} lists[] = {{REGISTER_UNIT_TYPE, CODES_UNIT_TYPE}, {REGISTER_COMMUNE, CODES_COMMUNE},
	    {REGISTER_ZONE, CODES_ZONE}, {REGISTER_LEGAL_FORM, CODES_LEGAL_FORM},
	    {REGISTER_STATUS, CODES_STATUS}};
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		int at = lists[i].column == column && n > 0
			     ? definition_find_code(d, lists[i].list, code, n)
			     : -1;
		if (at >= 0)
			return client_text(client, d->list[lists[i].list].code[at].label);
	}
	return "";
}

const char *
row_column_label(const struct client *client, int column)
{
	static const struct label label[REGISTER_COLUMNS] = {
	    [REGISTER_TAX_CODE] = {"mã số thuế", "tax code"},
	    [REGISTER_NAME] = {"tên", "name"},
	    [REGISTER_UNIT_TYPE] = {"loại đơn vị", "type of unit"},
	    [REGISTER_ADDRESS] = {"địa chỉ", "address"},
	    [REGISTER_COMMUNE] = {"xã, phường", "commune or ward"},
	    [REGISTER_ZONE] = {"khu, cụm", "zone or cluster"},
	    [REGISTER_VSIC] = {"mã ngành chính (VSIC)", "main activity (VSIC)"},
	    [REGISTER_VSIC_VERSION] = {"phiên bản VSIC", "version of VSIC"},
	    [REGISTER_LEGAL_FORM] = {"loại hình pháp lý", "legal form"},
	    [REGISTER_START_YEAR] = {"năm bắt đầu hoạt động", "year operations began"},
	    [REGISTER_EMPLOYEES] = {"lao động bình quân năm", "average employees of the year"},
	    [REGISTER_REVENUE_MVND] = {"doanh thu năm, triệu đồng", "turnover, million VND"},
	    [REGISTER_CAPITAL_MVND] = {"tổng nguồn vốn, triệu đồng", "total capital, million VND"},
	    [REGISTER_EMPLOYEES_PREV] = {"lao động năm trước", "employees of the year before"},
	    [REGISTER_SUPPORTING_INDUSTRY] = {"công nghiệp hỗ trợ", "supporting industry"},
	    [REGISTER_STATUS] = {"tình trạng hoạt động", "operating status"},
	    [REGISTER_STRATUM] = {"tầng của mẫu", "stratum of the sample"},
	    [REGISTER_WEIGHT] = {"trọng số thiết kế", "design weight"},
	};
	return client_text(client, label[column]);
}

/* ------------------------------------------------------------------------------- --set */

void
row_columns_print(const struct client *client)
{
	for (int c = REGISTER_NAME; c <= REGISTER_STATUS; c++)
		fprintf(
		    stderr, "  %-20s%s\n", register_column_name[c], row_column_label(client, c));
}

static void
say_columns(const struct client *client, const char *text)
{
	client_error(client_say(client, "--set %s: phải là CỘT=GIÁ TRỊ; các cột:",
			 "--set %s: must be COLUMN=VALUE; the columns:"),
	    text);
	row_columns_print(client);
}

bool
row_set_take(const struct client *client, struct row_set *set, char *text)
{
	char *sign = strchr(text, '=');
	if (sign != NULL)
		*sign = '\0';
	int column = sign != NULL ? register_find_column(text, strlen(text)) : -1;
	if (column < 0 || column > REGISTER_STATUS) {
		say_columns(client, text);
		return false;
	}
	if (column == REGISTER_TAX_CODE || set->n == REGISTER_COLUMNS) {
		client_error(column == REGISTER_TAX_CODE
				 ? client_say(client, "--set %s: mã số thuế không đổi được",
				       "--set %s: the tax code stays what it is")
				 : client_say(client, "--set %s: quá nhiều", "--set %s: too many"),
		    text);
		return false;
	}
	Khaosat__V1__RowCell *cell = &set->cell[set->n];
	khaosat__v1__row_cell__init(cell);
	cell->column = text;
	cell->value = sign + 1;
	set->cells[set->n++] = cell;
	return true;
}

/* ------------------------------------------------------------------------------- findings */

void
row_findings_print(const struct client *client, const Khaosat__V1__RowStored *stored)
{
	if (stored->n_finding > 0)
		fputs(client_say(client, "Cần xem lại:\n", "To be looked at:\n"), stderr);
	for (size_t i = 0; i < stored->n_finding; i++) {
		const Khaosat__V1__Finding *f = stored->finding[i];
		fprintf(
		    stderr, "  %s%s[%s]", f->question, f->question[0] != '\0' ? " " : "", f->check);
		if (f->value[0] != '\0')
			fprintf(stderr, client_say(client, " giá trị %s", " value %s"), f->value);
		fprintf(stderr, ": %s\n", client_say(client, f->message_vi, f->message_en));
	}
}
