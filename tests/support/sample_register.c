/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "survey/taxcode.h"
#include "tests/support/sample.h"

#define REF_YEAR 2025

static const char *const kind_of_firm[] = {
    "Công ty TNHH", "Công ty Cổ phần", "Công ty TNHH MTV", "Doanh nghiệp tư nhân"};
static const char *const legal_form_of_kind[] = {"TNHH2", "CP", "TNHH1", "TN"};
static const char *const trade[] = {"Thương mại và Dịch vụ", "Xây dựng", "Sản xuất", "Vận tải",
    "Thủy sản", "Chế biến gỗ", "Cơ khí", "Vật liệu xây dựng", "Du lịch", "Dược phẩm", "Nông sản",
    "Xuất nhập khẩu", "Điện máy", "May mặc", "Tư vấn thiết kế", "Khoáng sản"};
static const char *const first_name[] = {"Hoàng", "Hồng", "Đức", "Minh", "Thành", "Phú", "Việt",
    "Nam", "An", "Bảo", "Trường", "Ngọc", "Thiên", "Kỳ", "Hương", "Lam", "Quỳnh", "Vũng", "Hải",
    "Tân"};
static const char *const last_name[] = {"Long", "Lĩnh", "Thọ", "Phát", "Sơn", "Cường", "Tiến",
    "Đạt", "Giang", "Áng", "Quang", "Thịnh", "Khê", "Lộc", "Hà", "Anh", "Phúc", "Tâm", "Hưng",
    "Nghĩa"};
static const char *const street[] = {"Phan Đình Phùng", "Nguyễn Du", "Hà Huy Tập", "Trần Phú",
    "Nguyễn Công Trứ", "Lý Tự Trọng", "Quang Trung", "Nguyễn Thị Minh Khai", "Hàm Nghi", "Xô Viết"};

#define COUNT(a) ((unsigned)(sizeof(a) / sizeof((a)[0])))
#define PICK(r, a) ((a)[sample_below(r, COUNT(a))])

/* VSIC 2025 codes with their share in a thousand, roughly the make-up of a coastal province. */
struct activity {
	const char *vsic;
	unsigned share;
};

static const struct activity activities[] = {{"01", 15}, {"03", 12}, {"08", 12}, {"10", 35},
    {"16", 35}, {"23", 30}, {"24", 8}, {"25", 27}, {"14", 12}, {"35", 12}, {"38", 8}, {"41", 90},
    {"42", 70}, {"43", 35}, {"46", 210}, {"47", 150}, {"49", 65}, {"52", 25}, {"55", 22},
    {"56", 28}, {"62", 14}, {"68", 20}, {"71", 35}, {"77", 15}, {"85", 8}, {"86", 7}};

static const char *
pick_activity(struct sample_random *r)
{
	unsigned total = 0;
	for (unsigned i = 0; i < COUNT(activities); i++)
		total += activities[i].share;
	unsigned at = sample_below(r, total), i = 0;
	while (at >= activities[i].share)
		at -= activities[i++].share;
	return activities[i].vsic;
}

__attribute__((format(printf, 3, 4))) static void
set(struct sample_unit *u, enum register_column column, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	vsnprintf(u->text[column], sizeof(u->text[column]), format, list);
	va_end(list);
}

/* ------------------------------------------------------------------------------- tax codes */

static uint64_t
issue_tax_code(struct sample_register *s)
{
	uint8_t digits[9];
	unsigned check;
	do {
		uint64_t rest = UINT64_C(300000000) + ++s->serial;
		for (unsigned i = 9; i-- > 0; rest /= 10)
			digits[i] = (uint8_t)(rest % 10);
		check = taxcode_check_digit(digits);
	} while (check == 10 || s->serial % 10000000 == 0);
	return ((UINT64_C(300000000) + s->serial) * 10 + check) * 1000;
}

/* Some enterprises are followed by dependent units, with suffixes 001, 002, ... */
static uint64_t
next_tax_code(struct sample_register *s, struct sample_random *r, bool may_depend)
{
	if (may_depend && s->parent != 0 && s->parent % 1000 < 5 && sample_chance(r, 0.04))
		return ++s->parent;
	return s->parent = issue_tax_code(s);
}

/* ------------------------------------------------------------------------------- places */

static const char *
pick_code(struct sample_random *r, const struct code_list *list)
{
	return list->code[sample_below(r, (unsigned)list->codes)].code;
}

static void
set_place(struct sample_unit *u, struct sample_random *r, const struct definition *d, bool in_zone)
{
	const struct code_list *communes = &d->list[CODES_COMMUNE];
	/* The nine wards come first in the list and hold four tenths of the firms. */
	unsigned n = (unsigned)communes->codes, wards = n < 9 ? n : 9;
	unsigned commune = sample_chance(r, 0.4) ? sample_below(r, wards) : sample_below(r, n);
	set(u, REGISTER_COMMUNE, "%s", communes->code[commune].code);
	set(u, REGISTER_ADDRESS, "Số %u, đường %s, %s", 1 + sample_below(r, 300), PICK(r, street),
	    communes->code[commune].label.vi);
	const char *zone = "NONE";
	while (in_zone && strcmp(zone, "NONE") == 0)
		zone = pick_code(r, &d->list[CODES_ZONE]);
	set(u, REGISTER_ZONE, "%s", sample_chance(r, 0.005) ? "" : zone);
}

/* ------------------------------------------------------------------------------- size */

/* Employees and money that belong together: turnover per head between 60 and 3,000 million. */
static void
set_size(struct sample_unit *u, struct sample_random *r)
{
	unsigned kind = sample_below(r, 1000);
	unsigned employees = kind < 700   ? 1 + sample_below(r, 10)
			     : kind < 930 ? 11 + sample_below(r, 60)
			     : kind < 980 ? 71 + sample_below(r, 130)
					  : 201 + sample_below(r, 2000);
	unsigned per_head = 60 + sample_below(r, 700) + (sample_chance(r, 0.1) ? 2200 : 0);
	unsigned before = employees - employees * sample_below(r, 30) / 100;
	set(u, REGISTER_EMPLOYEES, "%u", employees);
	set(u, REGISTER_EMPLOYEES_PREV, "%u", before);
	set(u, REGISTER_REVENUE_MVND, "%llu", (unsigned long long)employees * per_head);
	set(u, REGISTER_CAPITAL_MVND, "%llu",
	    (unsigned long long)employees * (40 + sample_below(r, 900)));
}

static void
empty_some_cells(struct sample_unit *u, struct sample_random *r)
{
	static const struct {
		enum register_column column;
		double chance;
	} gaps[] = {{REGISTER_VSIC, 0.01}, {REGISTER_REVENUE_MVND, 0.04},
	    {REGISTER_CAPITAL_MVND, 0.03}, {REGISTER_EMPLOYEES, 0.01},
	    {REGISTER_EMPLOYEES_PREV, 0.15}, {REGISTER_START_YEAR, 0.02}, {REGISTER_STATUS, 0.005},
	    {REGISTER_COMMUNE, 0.002}};
	for (unsigned i = 0; i < COUNT(gaps); i++)
		if (sample_chance(r, gaps[i].chance))
			u->text[gaps[i].column][0] = '\0';
	if (u->text[REGISTER_VSIC][0] == '\0')
		u->text[REGISTER_VSIC_VERSION][0] = '\0';
}

/* ------------------------------------------------------------------------------- kinds of unit */

/* Boards and infrastructure investors are few: a census with a named list. */
static uint64_t
special_units(uint64_t units)
{
	uint64_t n = units / 40;
	return n < 2 ? 2 : n > 20 ? 20 : n;
}

static void
set_board_or_investor(struct sample_unit *u, struct sample_random *r, uint64_t index)
{
	bool board = index < 2;
	set(u, REGISTER_UNIT_TYPE, board ? "BQL" : "HT");
	set(u, REGISTER_LEGAL_FORM, board ? "SN" : "CP");
	set(u, REGISTER_VSIC, board ? "84" : "42");
	if (board)
		set(u, REGISTER_NAME,
		    index == 0 ? "Ban Quản lý Khu kinh tế tỉnh Hà Tĩnh"
			       : "Ban Quản lý Cụm công nghiệp");
	else
		set(u, REGISTER_NAME, "Công ty CP Đầu tư hạ tầng %s %s", PICK(r, first_name),
		    PICK(r, last_name));
}

static void
set_enterprise(struct sample_unit *u, struct sample_random *r)
{
	bool cooperative = sample_chance(r, 0.04);
	unsigned kind = sample_below(r, COUNT(kind_of_firm));
	set(u, REGISTER_UNIT_TYPE, cooperative ? "HTX" : "DN");
	set(u, REGISTER_LEGAL_FORM, "%s", cooperative ? "HTX" : legal_form_of_kind[kind]);
	set(u, REGISTER_VSIC, "%s", pick_activity(r));
	set(u, REGISTER_NAME, "%s %s %s %s", cooperative ? "Hợp tác xã" : kind_of_firm[kind],
	    PICK(r, trade), PICK(r, first_name), PICK(r, last_name));
	if (u->text[REGISTER_VSIC][0] >= '1' && u->text[REGISTER_VSIC][0] <= '3' &&
	    sample_chance(r, 0.7))
		set(u, REGISTER_SUPPORTING_INDUSTRY, sample_chance(r, 0.1) ? "YES" : "NO");
}

bool
sample_register_next(struct sample_register *s, const struct definition *d, struct sample_unit *out)
{
	static const char *const status[] = {"SUSP", "SUSP", "CEASED", "NOTYET"};
	if (s->made == s->units)
		return false;
	struct sample_random r = sample_seed(s->seed, s->made);
	bool special = s->made < special_units(s->units);
	memset(out, 0, sizeof(*out));
	if (special)
		set_board_or_investor(out, &r, s->made);
	else
		set_enterprise(out, &r);
	char tax_code[TAXCODE_TEXT_BYTES];
	taxcode_print(next_tax_code(s, &r, !special), tax_code);
	set(out, REGISTER_TAX_CODE, "%s", tax_code);
	set(out, REGISTER_VSIC_VERSION, "2025");
	set(out, REGISTER_START_YEAR, "%u", REF_YEAR - sample_below(&r, 28));
	set(out, REGISTER_STATUS, "%s",
	    special || sample_chance(&r, 0.94) ? "ACTIVE" : PICK(&r, status));
	set_place(out, &r, d, special || sample_chance(&r, 0.08));
	set_size(out, &r);
	if (!special)
		empty_some_cells(out, &r);
	s->made++;
	return true;
}

void
sample_unit_cells(const struct sample_unit *unit, struct register_text *out)
{
	memset(out, 0, sizeof(*out));
	for (unsigned i = 0; i < REGISTER_COLUMNS; i++)
		out->cell[i] = (struct cell){unit->text[i], strlen(unit->text[i])};
}
