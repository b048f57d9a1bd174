/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/export/value_status.h"

enum status {
	STATUS_PUBLISHED,
	STATUS_ROUNDED,
	STATUS_KEPT,
	STATUS_FEW_UNITS,
	STATUS_CONFIDENTIAL,
	STATUS_EMPTY,
	STATUS_IMPOSSIBLE,
	STATUS_NOT_MADE, /* stands in no file */
	STATUSES
};

static const struct {
	const char *name;
	struct label words;
} statuses[STATUSES] = {
    [STATUS_PUBLISHED] = {"published", {"Số liệu của lần này", "A figure of this vintage"}},
    [STATUS_ROUNDED] = {"rounded",
	{"Số đếm đã làm tròn, hoặc tính từ số đã làm tròn", "A rounded count, or made of such"}},
    [STATUS_KEPT] = {"kept",
	{"Giữ số liệu của lần công bố ghi ở of_vintage", "Kept from the vintage in of_vintage"}},
    [STATUS_FEW_UNITS] = {"few_units",
	{"Không công bố: quá ít đơn vị; giá trị để trống", "Withheld: too few units; no value"}},
    [STATUS_CONFIDENTIAL] = {"confidential",
	{"Không công bố: bảo mật; giá trị để trống", "Withheld: confidential; no value"}},
    [STATUS_EMPTY] = {"empty",
	{"Không có đơn vị nào; giá trị để trống", "There is no unit; no value"}},
    [STATUS_IMPOSSIBLE] = {"impossible",
	{"Bao nhiêu câu trả lời còn lại cũng không đủ; giá trị để trống",
	    "All answers still open would not be enough; no value"}},
    [STATUS_NOT_MADE] = {"not_made", {"", ""}},
};

const char *
value_status_at(size_t i, struct label *words)
{
	if (i >= STATUS_NOT_MADE)
		return NULL;
	*words = statuses[i].words;
	return statuses[i].name;
}

bool
value_is_impossible(const struct value *v)
{
	return v->kind == VALUE_COUNT && v->count < 0;
}

static enum status
status_of(const struct tables *t, const struct observation *o, const struct value *v)
{
	switch (v->state) {
	case FIGURE_FREE:
		if (v->kind == VALUE_NONE)
			return STATUS_NOT_MADE;
		if (value_is_impossible(v))
			return STATUS_IMPOSSIBLE;
		if (o->vintage != t->facts.vintage)
			return STATUS_KEPT;
		return v->is_rounded ? STATUS_ROUNDED : STATUS_PUBLISHED;
	case FIGURE_FEW_UNITS:
		return STATUS_FEW_UNITS;
	case FIGURE_CONFIDENTIAL:
		return STATUS_CONFIDENTIAL;
	case FIGURE_EMPTY:
		return STATUS_EMPTY;
	}
	return STATUS_NOT_MADE;
}

const char *
value_status(const struct tables *t, const struct observation *o, const struct value *v)
{
	return statuses[status_of(t, o, v)].name;
}
