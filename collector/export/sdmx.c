/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/export/sdmx.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/export/office.h"
#include "collector/export/series.h"
#include "collector/export/text.h"
#include "collector/export/words.h"
#include "survey/breaks.h"

const struct sdmx_component sdmx_dimensions[SDMX_DIMENSIONS] = {
    [SDMX_FREQ] = {"FREQ", "CL_FREQ", NULL, {"Tần suất", "Frequency"}, SDMX_ROLE},
    [SDMX_REF_AREA] = {"REF_AREA", "CL_AREA", NULL, {"Địa bàn", "Reference area"},
	SDMX_ROLE | SDMX_PARTIAL},
    [SDMX_INDICATOR] = {"INDICATOR", "CL_INDICATOR", NULL, {"Chỉ tiêu", "Indicator"}, SDMX_PARTIAL},
    [SDMX_ACTIVITY] = {"ACTIVITY", "CL_ACTIVITY", NULL, {"Ngành kinh tế", "Economic activity"},
	SDMX_PARTIAL},
    [SDMX_SIZE_CLASS] = {"SIZE_CLASS", "CL_SIZE_CLASS", NULL, {"Quy mô", "Size class"},
	SDMX_PARTIAL},
    [SDMX_ZONE] = {"ZONE", "CL_ZONE", NULL, {"Khu, cụm", "Zone"}, SDMX_PARTIAL},
    [SDMX_UNIT_MEASURE] = {"UNIT_MEASURE", "CL_UNIT_MEASURE", NULL,
	{"Đơn vị tính", "Unit of measure"}, SDMX_ROLE},
    [SDMX_TIME_PERIOD] = {"TIME_PERIOD", NULL, "ObservationalTimePeriod", {"Kỳ", "Time period"},
	SDMX_ROLE},
};

const struct sdmx_component sdmx_measure = {
    "OBS_VALUE", NULL, "Decimal", {"Giá trị", "Observation value"}, 0};

const struct sdmx_component sdmx_attributes[SDMX_ATTRIBUTES] = {
    [SDMX_OBS_STATUS] = {"OBS_STATUS", "CL_OBS_STATUS", NULL,
	{"Trạng thái quan sát", "Observation status"}, SDMX_ROLE | SDMX_MANDATORY},
    [SDMX_CONF_STATUS] = {"CONF_STATUS", "CL_CONF_STATUS", NULL,
	{"Trạng thái bảo mật", "Confidentiality status"}, SDMX_ROLE | SDMX_MANDATORY},
    [SDMX_UNIT_MULT] = {"UNIT_MULT", NULL, "Integer", {"Bội số", "Unit multiplier"}, SDMX_ROLE},
    [SDMX_DECIMALS] = {"DECIMALS", NULL, "Integer", {"Số chữ số thập phân", "Decimals"}, SDMX_ROLE},
    [SDMX_CI_LO] = {"CI_LO", NULL, "Decimal",
	{"Khoảng tin cậy 95 %, dưới", "95 % interval, lower end"}, 0},
    [SDMX_CI_HI] = {"CI_HI", NULL, "Decimal",
	{"Khoảng tin cậy 95 %, trên", "95 % interval, upper end"}, 0},
    [SDMX_BOUND_LO] = {"BOUND_LO", NULL, "Decimal", {"Cận dưới", "Lower bound"}, 0},
    [SDMX_BOUND_HI] = {"BOUND_HI", NULL, "Decimal", {"Cận trên", "Upper bound"}, 0},
    [SDMX_N_POP] = {"N_POP", NULL, "Integer", {"Số đơn vị thuộc diện", "Units of the population"},
	0},
    [SDMX_N_RESP] = {"N_RESP", NULL, "Integer", {"Số đơn vị đã trả lời", "Units that answered"}, 0},
    [SDMX_N_MET] = {"N_MET", NULL, "Integer", {"Số đơn vị đạt", "Units that met it"}, 0},
    [SDMX_VERDICT] = {"VERDICT", "CL_VERDICT", NULL, {"Kết luận", "Verdict"}, 0},
    [SDMX_COMMENT_OBS] = {"COMMENT_OBS", NULL, "String", {"Ghi chú", "Comment"}, SDMX_ROLE},
};

const struct sdmx_component sdmx_comment = {"COMMENT_DSET", NULL, "String",
    {"Ghi chú về bộ số liệu", "Comment on the data set"}, SDMX_ROLE};

/* The three shares, as suffixes of an indicator. */
static const struct {
	const char *suffix;
	enum measure measure;
	struct label label;
} shares[] = {
    {"_REG", MEASURE_REGISTER_SHARE, {"tỷ lệ trên danh sách", "share of the register"}},
    {"_RSP", MEASURE_RESPONDENT_SHARE, {"tỷ lệ trên số trả lời", "share of respondents"}},
    {"_WGT", MEASURE_ESTIMATE, {"ước lượng có trọng số", "weighted estimate"}},
};
#define SHARES (sizeof(shares) / sizeof(shares[0]))

/* ------------------------------------------------------------------- keys */

static void
put_id(char out[SDMX_ID_BYTES], const char *id)
{
	snprintf(out, SDMX_ID_BYTES, "%s", id);
}

static void
put_area(const struct export *e, char out[SDMX_ID_BYTES], const char *code)
{
	const char *area = office_code(e->office, OFFICE_AREA);
	bool is_special = strcmp(area, "_T") == 0 || code[0] == '_';
	snprintf(out, SDMX_ID_BYTES, "%s%s%s", is_special ? "" : area, is_special ? "" : "_", code);
}

static void
put_indicator(const struct export *e, char out[SDMX_ID_BYTES], size_t goal, size_t share)
{
	snprintf(out, SDMX_ID_BYTES, "%s%s%s", office_code(e->office, OFFICE_INDICATOR_PREFIX),
	    e->tables->definition->goal[goal].code, shares[share].suffix);
}

char
sdmx_period(const struct export *e, char out[SDMX_ID_BYTES])
{
	const struct export_facts *f = &e->tables->facts;
	int month = (int)strtol(f->reference_date + 5, NULL, 10);
	int day = (int)strtol(f->reference_date + 8, NULL, 10);
	if (month == 12 && day == 31) {
		snprintf(out, SDMX_ID_BYTES, "%d", f->ref_year);
		return 'A';
	}
	if (month == 6 && day == 30) {
		snprintf(out, SDMX_ID_BYTES, "%d-S1", f->ref_year);
		return 'S';
	}
	if ((month == 3 && day == 31) || (month == 9 && day == 30)) {
		snprintf(out, SDMX_ID_BYTES, "%d-Q%d", f->ref_year, month / 3);
		return 'Q';
	}
	snprintf(out, SDMX_ID_BYTES, "%d-%02d", f->ref_year, month);
	return 'M';
}

static unsigned
days_of_month(unsigned year, unsigned month)
{
	static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return month == 2 && is_leap ? 29 : days[month - 1];
}

void
sdmx_period_ends(const struct export *e, char start[TIME_TEXT_BYTES], char end[TIME_TEXT_BYTES])
{
	const struct export_facts *f = &e->tables->facts;
	char period[SDMX_ID_BYTES];
	unsigned year = (unsigned)f->ref_year;
	unsigned month = (unsigned)strtoul(f->reference_date + 5, NULL, 10);
	char freq = sdmx_period(e, period);
	unsigned first = freq == 'A' || freq == 'S' ? 1 : freq == 'Q' ? month - 2 : month;
	snprintf(start, TIME_TEXT_BYTES, "%04u-%02u-01T00:00:00Z", year % 10000, first % 100);
	snprintf(end, TIME_TEXT_BYTES, "%04u-%02u-%02uT23:59:59Z", year % 10000, month % 100,
	    days_of_month(year, month) % 100);
}

/* Zone types stand among the zones; a zone whose code is a type's too (outside zones, unknown)
 * holds the same units, and the type has estimates. */
static bool
is_type_too(const struct tables *t, const struct cell_info *zone)
{
	size_t first, count;
	cells_of_dimension(t->cells, DIMENSION_ZONE_TYPE, &first, &count);
	for (size_t i = first; i < first + count; i++)
		if (strcmp(cells_info(t->cells, i)->code, zone->code) == 0)
			return true;
	return false;
}

/* The dimension whose code a cell's is; SDMX_REF_AREA for the whole too; -1: none, or of two. */
static int
dimension_named(const struct cell_info *cell)
{
	switch (cell->dimension) {
	case DIMENSION_WHOLE:
	case DIMENSION_COMMUNE:
		return SDMX_REF_AREA;
	case DIMENSION_ZONE:
	case DIMENSION_ZONE_TYPE:
		return SDMX_ZONE;
	case DIMENSION_SECTOR:
		return SDMX_ACTIVITY;
	case DIMENSION_SIZE:
		return SDMX_SIZE_CLASS;
	case DIMENSION_UNIT_TYPE:
	case DIMENSION_SIZE_SECTOR:
	case DIMENSION_SIZE_ZONE_TYPE:
	case DIMENSIONS:
		break;
	}
	return -1;
}

/* The same, where the cell has figures under it. */
static int
dimension_of(const struct tables *t, const struct cell_info *cell)
{
	bool is_twice = cell->dimension == DIMENSION_ZONE && is_type_too(t, cell);
	return is_twice ? -1 : dimension_named(cell);
}

static void
put_code(
    const struct export *e, const struct cell_info *cell, int dimension, char out[SDMX_ID_BYTES])
{
	if (cell->dimension == DIMENSION_WHOLE)
		put_id(out, office_code(e->office, OFFICE_AREA));
	else if (dimension == SDMX_REF_AREA)
		put_area(e, out, cell->code);
	else
		put_id(out, cell->code);
}

/* False: it has none here. */
static bool
put_key(
    const struct export *e, const struct cell_info *cell, char key[SDMX_DIMENSIONS][SDMX_ID_BYTES])
{
	int dimension = dimension_of(e->tables, cell);
	bool is_crossed = cell->dimension >= DIMENSIONS_COUNTED;
	for (size_t d = SDMX_ACTIVITY; d <= SDMX_ZONE; d++)
		put_id(key[d], "_T");
	put_id(key[SDMX_REF_AREA], office_code(e->office, OFFICE_AREA));
	for (unsigned i = 0; i < 2 && is_crossed; i++) {
		const struct cell_info *of = cells_info(e->tables->cells, cell->of[i]);
		int named = dimension_named(of);
		assert(named >= 0);
		put_code(e, of, named, key[named]);
	}
	if (dimension >= 0)
		put_code(e, cell, dimension, key[dimension]);
	return is_crossed || dimension >= 0;
}

/* ------------------------------------------------------------------- observations */

static void
put_figure(
    const struct tables *t, const struct observation *o, enum measure m, char out[SDMX_ID_BYTES])
{
	struct value v;
	observation_value(t, o, m, &v);
	value_print(t, &v, false, out);
}

#define ANSWERS_MIN 30
#define WIDTH_MAX 0.200000001 /* twenty points, however they are rounded */

/* What stands for the silent rests on too few, or is not known well enough. */
static bool
is_unreliable(const struct tables *t, const struct observation *o, size_t share)
{
	uint64_t responded = rate_responded(&o->counts), asked = rate_asked(&o->counts);
	struct value low, high;
	if (shares[share].measure == MEASURE_REGISTER_SHARE || responded == o->counts.n)
		return false;
	if (responded < ANSWERS_MIN || 2 * responded < asked)
		return true;
	observation_value(t, o, MEASURE_CI_LOW, &low);
	observation_value(t, o, MEASURE_CI_HIGH, &high);
	return shares[share].measure == MEASURE_ESTIMATE &&
	       (low.kind != VALUE_REAL || high.real - low.real > WIDTH_MAX);
}

/* CL_OBS_STATUS: M cannot exist, Q suppressed, L nobody has answered, U unreliable, B break in the
 * series, E estimated, P provisional, A normal. One of them: what is unreliable is so by itself,
 * and that the series breaks there the comment says too. */
static const char *
obs_status(const struct tables *t, const struct observation *o, const struct value *v, size_t share)
{
	if (v->state == FIGURE_EMPTY)
		return "M";
	if (v->state != FIGURE_FREE)
		return "Q";
	if (v->kind == VALUE_NONE)
		return "L";
	if (is_unreliable(t, o, share))
		return "U";
	if (series_is_broken(t, o->goal, cells_info(t->cells, o->cell)->dimension))
		return "B";
	if (shares[share].measure == MEASURE_ESTIMATE)
		return "E";
	return t->facts.settings.stage == STAGE_FINAL ? "A" : "P";
}

static void
put_comment(const struct tables *t, const struct observation *o, char out[SDMX_ID_BYTES])
{
	const struct series_break *broken = &t->broken[o->goal];
	const char *before = ": ";
	size_t n = 0;
	*out = '\0';
	if (o->vintage != t->facts.vintage)
		n += (size_t)snprintf(out, SDMX_ID_BYTES,
		    "Giữ số liệu lần công bố %" PRIu32 "; kept from vintage %" PRIu32, o->vintage,
		    o->vintage);
	if (!series_is_broken(t, o->goal, cells_info(t->cells, o->cell)->dimension))
		return;
	n += (size_t)snprintf(out + n, SDMX_ID_BYTES - n,
	    "%sĐứt chuỗi so với đợt %s; break in series from round %s", n > 0 ? "; " : "",
	    broken->round, broken->round);
	for (unsigned kind = 1; kind < BREAKS_END && n < SDMX_ID_BYTES; kind++) {
		if ((broken->kinds >> kind & 1) == 0)
			continue;
		n += (size_t)snprintf(out + n, SDMX_ID_BYTES - n, "%s%s", before, break_name(kind));
		before = ", ";
	}
}

static void
put_attributes(const struct tables *t, const struct observation *o, const struct value *v,
    size_t share, struct sdmx_observation *out)
{
	const char *point = strchr(out->value, '.');
	char(*a)[SDMX_ID_BYTES] = out->attribute;
	put_id(a[SDMX_OBS_STATUS], obs_status(t, o, v, share));
	put_id(a[SDMX_CONF_STATUS], figure_conf_status(v->state));
	put_id(a[SDMX_UNIT_MULT], "0");
	snprintf(a[SDMX_DECIMALS], SDMX_ID_BYTES, "%zu", point != NULL ? strlen(point + 1) : 1);
	if (shares[share].measure == MEASURE_ESTIMATE) {
		put_figure(t, o, MEASURE_CI_LOW, a[SDMX_CI_LO]);
		put_figure(t, o, MEASURE_CI_HIGH, a[SDMX_CI_HI]);
	}
	put_figure(t, o, MEASURE_BOUND_LOW, a[SDMX_BOUND_LO]);
	put_figure(t, o, MEASURE_BOUND_HIGH, a[SDMX_BOUND_HI]);
	put_figure(t, o, MEASURE_N, a[SDMX_N_POP]);
	put_figure(t, o, MEASURE_RESPONDED, a[SDMX_N_RESP]);
	put_figure(t, o, MEASURE_MET, a[SDMX_N_MET]);
	put_figure(
	    t, o, o->has_estimate ? MEASURE_ESTIMATED_VERDICT : MEASURE_VERDICT, a[SDMX_VERDICT]);
	if (v->kind != VALUE_NONE)
		put_comment(t, o, a[SDMX_COMMENT_OBS]);
}

void
sdmx_each(const struct export *e, sdmx_visit *visit, void *context)
{
	const struct tables *t = e->tables;
	struct sdmx_observation out;
	for (size_t i = 0; i < t->rows; i++) {
		const struct observation *o = &t->row[i];
		const struct cell_info *cell = cells_info(t->cells, o->cell);
		for (size_t share = 0; share < SHARES; share++) {
			struct value v;
			observation_value(t, o, shares[share].measure, &v);
			if (shares[share].measure == MEASURE_ESTIMATE && v.kind == VALUE_NONE)
				continue; /* made for some cells only */
			memset(&out, 0, sizeof(out));
			if (!put_key(e, cell, out.key))
				break;
			put_indicator(e, out.key[SDMX_INDICATOR], o->goal, share);
			put_id(out.key[SDMX_UNIT_MEASURE], "PT");
			out.key[SDMX_FREQ][0] = sdmx_period(e, out.key[SDMX_TIME_PERIOD]);
			value_print(t, &v, false, out.value);
			put_attributes(t, o, &v, share, &out);
			visit(context, &out);
		}
	}
}

/* ------------------------------------------------------------------- codes */

static void
say(sdmx_visit_code *visit, void *context, const char *id, const char *parent, struct label label)
{
	struct sdmx_code code = {.label = label};
	put_id(code.id, id);
	put_id(code.parent, parent);
	visit(context, &code);
}

static void
say_indicators(const struct export *e, sdmx_visit_code *visit, void *context)
{
	const struct definition *d = e->tables->definition;
	for (size_t i = 0; i < d->goals; i++) {
		for (size_t share = 0; share < SHARES; share++) {
			char vi[1024], en[1024], id[SDMX_ID_BYTES];
			put_indicator(e, id, i, share);
			snprintf(
			    vi, sizeof(vi), "%s: %s", d->goal[i].name.vi, shares[share].label.vi);
			snprintf(
			    en, sizeof(en), "%s: %s", d->goal[i].name.en, shares[share].label.en);
			text_end(vi);
			text_end(en);
			say(visit, context, id, "", (struct label){vi, en});
		}
	}
}

/* Of the whole it has a name of its own, if the office gave it one. */
static struct label
label_of(const struct export *e, const struct cell_info *cell)
{
	struct label area = office_words(e->office, OFFICE_AREA_NAME);
	return cell->dimension == DIMENSION_WHOLE && *area.vi != '\0' && *area.en != '\0'
		   ? area
		   : cell->label;
}

static void
say_cells(
    const struct export *e, enum sdmx_dimension dimension, sdmx_visit_code *visit, void *context)
{
	static const struct label total = {"Tổng số", "Total"};
	const struct tables *t = e->tables;
	if (dimension != SDMX_REF_AREA)
		say(visit, context, "_T", "", total);
	for (size_t i = 0; i < cells_count(t->cells); i++) {
		const struct cell_info *cell = cells_info(t->cells, i);
		char id[SDMX_ID_BYTES], parent[SDMX_ID_BYTES] = "";
		if (dimension_of(t, cell) != (int)dimension)
			continue;
		put_code(e, cell, (int)dimension, id);
		const char *above = dimension == SDMX_REF_AREA && cell->dimension != DIMENSION_WHOLE
					? office_code(e->office, OFFICE_AREA)
					: cell->parent;
		if (above[0] != '_') /* a parent is a name of XML: no _T */
			put_id(parent, above);
		say(visit, context, id, parent, label_of(e, cell));
	}
}

void
sdmx_codes(
    const struct export *e, enum sdmx_dimension dimension, sdmx_visit_code *visit, void *context)
{
	char period[SDMX_ID_BYTES];
	switch (dimension) {
	case SDMX_FREQ:
		say(visit, context, "A", "", (struct label){"Hằng năm", "Annual"});
		say(visit, context, "S", "", (struct label){"Nửa năm", "Half-yearly"});
		say(visit, context, "Q", "", (struct label){"Hằng quý", "Quarterly"});
		say(visit, context, "M", "", (struct label){"Hằng tháng", "Monthly"});
		return;
	case SDMX_INDICATOR:
		say_indicators(e, visit, context);
		return;
	case SDMX_REF_AREA:
	case SDMX_ACTIVITY:
	case SDMX_SIZE_CLASS:
	case SDMX_ZONE:
		say_cells(e, dimension, visit, context);
		return;
	case SDMX_UNIT_MEASURE:
		say(visit, context, "PT", "", (struct label){"Phần trăm", "Percent"});
		return;
	case SDMX_TIME_PERIOD:
		sdmx_period(e, period);
		say(visit, context, period, "", (struct label){period, period});
		return;
	case SDMX_DIMENSIONS:
		return;
	}
}

void
sdmx_attribute_codes(enum sdmx_attribute attribute, sdmx_visit_code *visit, void *context)
{
	if (attribute == SDMX_OBS_STATUS) {
		say(visit, context, "A", "", (struct label){"Giá trị bình thường", "Normal value"});
		say(visit, context, "B", "",
		    (struct label){"Đứt chuỗi thời gian", "Time series break"});
		say(visit, context, "E", "",
		    (struct label){"Giá trị ước lượng", "Estimated value"});
		say(visit, context, "L", "",
		    (struct label){"Thiếu; chưa có trả lời", "Missing; nobody has answered"});
		say(visit, context, "M", "",
		    (struct label){"Thiếu; không thể có", "Missing; cannot exist"});
		say(visit, context, "P", "", (struct label){"Sơ bộ", "Provisional value"});
		say(visit, context, "Q", "",
		    (struct label){"Thiếu; bị che giấu", "Missing; suppressed"});
		say(visit, context, "U", "", (struct label){"Độ tin cậy thấp", "Low reliability"});
	} else if (attribute == SDMX_CONF_STATUS) {
		say(visit, context, "A", "",
		    (struct label){"Bảo mật sơ cấp do số đếm nhỏ",
			"Primary confidentiality due to small counts"});
		say(visit, context, "C", "",
		    (struct label){"Thông tin mật", "Confidential statistical information"});
		say(visit, context, "F", "",
		    (struct label){"Tự do công bố", "Free for publication"});
	} else if (attribute == SDMX_VERDICT) {
		char vi[VERDICT_WORDS_BYTES], en[VERDICT_WORDS_BYTES];
		const char *code;
		for (size_t i = 0; (code = words_code(i, vi, en)) != NULL; i++)
			say(visit, context, code, "", (struct label){vi, en});
	}
}

void
sdmx_comment_of(const struct export *e, char out[SDMX_COMMENT_BYTES])
{
	char vi[NOTE_WORDS_BYTES], en[NOTE_WORDS_BYTES];
	words_note(e->tables, vi, en);
	snprintf(out, SDMX_COMMENT_BYTES, "%s%s%s", vi, *vi != '\0' ? " / " : "", en);
}

void
sdmx_dataflow(const struct export *e, const char *version, char out[SDMX_ID_BYTES])
{
	snprintf(out, SDMX_ID_BYTES, "%s:%s(%s)", office_code(e->office, OFFICE_AGENCY),
	    office_code(e->office, OFFICE_DATAFLOW), version);
}
