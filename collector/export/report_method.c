/* SPDX-License-Identifier: Apache-2.0 */
/* How the figures of a report were reckoned, and what is withheld. */
#include <inttypes.h>

#include "collector/export/fill.h"
#include "collector/export/report.h"

static struct label
method_name(enum interval_method method)
{
	switch (method) {
	case INTERVAL_WILSON:
		return (struct label){"Wilson", "Wilson"};
	case INTERVAL_LOGIT:
		return (struct label){"logit", "logit"};
	case INTERVAL_BETA:
		return (struct label){"Korn–Graubard", "Korn–Graubard"};
	case INTERVAL_CLOPPER_PEARSON:
		return (struct label){"Clopper–Pearson", "Clopper–Pearson"};
	case INTERVAL_HYPERGEOMETRIC:
		return (struct label){"siêu bội", "hypergeometric"};
	}
	return (struct label){"", ""};
}

static void
put_how_estimated(const struct report *r)
{
	if (r->t->within > 0)
		report_say(r,
		    "<li><strong>Ước lượng</strong> giả định đơn vị chưa trả lời giống các đơn vị "
		    "đã trả lời, tính từ số đếm đã làm tròn",
		    "<li>The <strong>estimate</strong> takes the silent for those who answered, "
		    "from the rounded counts");
	else if (r->t->facts.strata == 0 && interval_is_exact(r->t->facts.settings.method))
		report_say(r,
		    "<li><strong>Ước lượng</strong> giả định đơn vị chưa trả lời giống các đơn vị "
		    "đã trả lời, không phân biệt quy mô, ngành, khu",
		    "<li>The <strong>estimate</strong> takes the silent for those who answered, "
		    "whatever their size, sector and zone");
	else if (r->t->facts.strata == 0 && r->t->facts.settings.is_public)
		report_say(r,
		    "<li><strong>Ước lượng</strong> giả định đơn vị chưa trả lời giống các đơn vị "
		    "đã trả lời, trên toàn bộ thì giống các đơn vị cùng quy mô, nếu số đếm theo "
		    "quy "
		    "mô được công bố ở đây",
		    "<li>The <strong>estimate</strong> takes the silent for those who answered, of "
		    "the whole for those of their size, where counts by size are told here");
	else if (r->t->facts.strata == 0)
		report_say(r,
		    "<li><strong>Ước lượng</strong> giả định đơn vị chưa trả lời giống các đơn vị "
		    "cùng quy "
		    "mô, ngành, trong hay ngoài khu",
		    "<li>The <strong>estimate</strong> takes the silent for their like by size, "
		    "sector and "
		    "side of the zones’ fences");
	else
		report_say(r,
		    "<li><strong>Ước lượng</strong> tính theo trọng số thiết kế và giả định đơn vị "
		    "không "
		    "được chọn hoặc chưa trả lời giống các đơn vị cùng tầng đã trả lời",
		    "<li>The <strong>estimate</strong> goes by design weights and takes those not "
		    "drawn or "
		    "silent for the units of their stratum that answered");
	if (r->t->facts.strata > 0 && interval_is_exact(r->t->facts.settings.method))
		report_say(r, "; nơi mọi trọng số bằng nhau thì chung một tầng",
		    "; where all weigh the same, all are of one stratum");
}

/* What the interval makes of the finite number of units; where answers are of one mind there is no
 * other than the exact one. */
static void
put_interval(const struct report *r)
{
	enum interval_method method = r->t->facts.settings.method;
	report_say(r, "; khoảng tin cậy 95 % (", "; 95 % interval (");
	report_text(r, method_name(method));
	if (method == INTERVAL_CLOPPER_PEARSON)
		report_say(r, ", không xét tổng thể hữu hạn",
		    ", which takes no account of the finite number of units");
	else if (method != INTERVAL_HYPERGEOMETRIC)
		report_say(r, ", hiệu chỉnh tổng thể hữu hạn",
		    ", corrected for the finite number of units");
	if (method != INTERVAL_HYPERGEOMETRIC)
		report_say(r, "; nơi mọi câu trả lời như nhau: siêu bội, nếu có",
		    "; where all answered alike, the hypergeometric one, if any");
	report_say(r, "). Cận không cần giả định này.", "). The bounds need no such assumption.");
}

/* How finely a sample's public estimate is told. */
static void
put_steps(const struct report *r)
{
	unsigned frequency = r->t->facts.settings.frequency;
	if (!r->t->facts.settings.is_public || r->t->within > 0 || r->t->facts.strata == 0)
		return;
	report_say(r,
	    " Trong bản công bố này, ước lượng được làm tròn, khoảng tin cậy rộng thêm như vậy: "
	    "đến 0,1 % khi có "
	    "từ ",
	    " In this public edition the estimate is rounded, and the interval wider by as much: "
	    "to 0.1 % where at least ");
	report_count(r, (int64_t)fill_units_of_step(FILL_STEP_LEAST, frequency));
	report_say(r, " đơn vị được hỏi, thô dần đến 5 % khi có từ ",
	    " units were asked, coarser step by step to 5 % where at least ");
	report_count(r, (int64_t)fill_units_of_step(FILL_STEP_MOST, frequency));
	report_say(r, "; ít hơn nữa thì không công bố.", " were; not told where fewer were.");
}

/* How a sample was drawn, and what its counts are of. */
static void
put_design(const struct report *r)
{
	const struct export_facts *f = &r->t->facts;
	if (f->strata == 0)
		return;
	report_say(r,
	    "<li><strong>Điều tra chọn mẫu</strong>: ", "<li>This is a <strong>sample</strong>: ");
	report_count(r, (int64_t)f->drawn);
	report_say(r, " trong ", " of ");
	report_count(r, (int64_t)f->units);
	report_say(r, " đơn vị của danh sách được chọn ngẫu nhiên trong ",
	    " units of the register were drawn at random within ");
	report_count(r, (int64_t)f->strata);
	report_say(r,
	    " tầng. Số đếm, tỷ lệ trên danh sách, cận và kết luận chắc chắn tính trên cả danh "
	    "sách, đơn vị "
	    "không được chọn coi như chưa trả lời; tỷ lệ trả lời tính trên số được chọn.</li>\n",
	    " strata. Counts, shares of the register, bounds and verdicts beyond doubt are of the "
	    "whole "
	    "register, in which units that were not drawn have not answered; response is of those "
	    "drawn.</li>\n");
}

static void
put_method(const struct report *r)
{
	report_say(r,
	    "<h2>Cách tính</h2>\n<ol>\n<li><strong>Tỷ lệ trên danh sách</strong> chia số đơn vị "
	    "đạt cho "
	    "mọi đơn vị thuộc diện trong danh sách đã chốt: đơn vị chưa trả lời không được tính là "
	    "đạt.</li>\n<li><strong>Cận dưới và cận trên</strong> là tỷ lệ thấp nhất và cao nhất "
	    "còn có thể, "
	    "tùy theo các câu trả lời còn thiếu, còn chưa rõ; làm tròn ra ngoài. Chỉ kết luận "
	    "<em>đạt</em> hoặc <em>không đạt</em> khi cả hai cận nằm cùng một phía của mức mục "
	    "tiêu; "
	    "so sánh trên số nguyên, không phải trên tỷ lệ đã làm tròn.</li>\n",
	    "<h2>How it was reckoned</h2>\n<ol>\n<li>The <strong>share of the register</strong> "
	    "divides "
	    "the units that met the goal by all units of the frozen register that belong to it: "
	    "who has not "
	    "answered does not count as met.</li>\n<li>The <strong>bounds</strong> are the least "
	    "and the "
	    "greatest share still possible, whatever the missing and unknown answers are; rounded "
	    "outward. "
	    "<em>Met</em> and <em>not met</em> are said only when both bounds lie on one side of "
	    "the "
	    "threshold; compared in whole numbers, not in rounded shares.</li>\n");
	put_design(r);
	put_how_estimated(r);
	put_interval(r);
	report_say(r,
	    " Không có khoảng tin cậy cho danh sách đích danh, cho dưới 30 đơn vị, hoặc khi mọi "
	    "đơn vị đã trả lời.",
	    " There is no interval for named lists, for fewer than 30 units, or where all have "
	    "answered.");
	put_steps(r);
	report_say(r,
	    "</li>\n<li>Khi hai cận nằm ở hai phía của mức mục tiêu, kết luận là <em>chưa xác "
	    "định</em>; nơi có ước lượng thì là <em>nhiều khả năng đạt</em> hoặc <em>nhiều khả "
	    "năng không đạt</em> nếu cả khoảng tin cậy nằm cùng một phía, <em>không kết luận "
	    "được</em> nếu không, và <em>chưa đủ dữ liệu</em> nếu chưa đến một nửa hoặc chưa đến "
	    "30 đơn vị đã trả lời, nếu mục tiêu là 100 %, hoặc nếu không có khoảng tin cậy.</li>\n"
	    "<li>Trước hạn của mục tiêu, kết luận chỉ nói về tiến độ.</li>\n</ol>\n",
	    "</li>\n<li>Where the bounds lie on either side of the threshold the verdict is "
	    "<em>undecided</em>; where there is an estimate, <em>probably met</em> or "
	    "<em>probably not met</em> if the whole interval lies on one side, "
	    "<em>inconclusive</em> if not, and <em>insufficient data</em> if fewer than half or "
	    "fewer than 30 units answered, if the goal is one of 100 %, or if there is no "
	    "interval.</li>\n"
	    "<li>Before a goal’s deadline the verdict speaks of progress only.</li>\n"
	    "</ol>\n");
}

static void
put_rounded(const struct report *r)
{
	const unsigned base = r->t->facts.settings.rounding;
	if (r->t->within == 0)
		return;
	sink_text(r->out, "<p>");
	report_say(r, "Mọi số đếm được làm tròn lên hoặc xuống đến bội số của ",
	    "Every count is rounded, up or down, to a multiple of ");
	sink_printf(r->out, "%u", base);
	report_say(r, ", sao cho các bảng vẫn cộng đúng; số thật lệch không quá ",
	    ", so that tables still add up; the true one is at most ");
	sink_printf(r->out, "%u", r->t->within);
	report_say(r, " (số trả lời nhưng chưa rõ là hiệu của ba số đó: không quá ",
	    " away (of those who answered but are unknown, what is left of three such counts: at "
	    "most ");
	sink_printf(r->out, "%u)", 3 * r->t->within);
	report_say(r,
	    ". Tỷ lệ và ước lượng tính từ số đã làm tròn. Cận và kết luận tính cả phần lệch đó, "
	    "nên vẫn đúng với số thật: <em>chưa xác định</em> hay <em>chưa đủ dữ liệu</em> ở đây "
	    "là theo số đã làm tròn.</p>\n",
	    ". Shares and estimates are those of the rounded counts. Bounds and verdicts "
	    "allow "
	    "for the difference, so they hold of the true counts too: what is <em>undecided</em> "
	    "or of <em>insufficient data</em> here is so by the rounded ones.</p>\n");
}

static void
put_withheld(const struct report *r)
{
	uint64_t few = 0, confidential = 0, kept = 0, told = 0;
	for (size_t i = 0; i < r->t->rows; i++) {
		const struct observation *o = &r->t->row[i];
		few += o->members == FIGURE_FEW_UNITS;
		confidential += o->members == FIGURE_CONFIDENTIAL;
		told += o->members == FIGURE_FREE;
		kept += o->members == FIGURE_FREE && o->vintage != r->t->facts.vintage;
	}
	report_say(r, "<h2>Những gì không công bố</h2>\n", "<h2>What is withheld</h2>\n");
	if (!r->t->facts.settings.is_public) {
		report_say(r,
		    "<p>Đây là bản nội bộ: không che số liệu nào. Không chuyển ra ngoài cơ "
		    "quan.</p>\n",
		    "<p>This is the internal edition: nothing is withheld. It must not leave the "
		    "office.</p>\n");
		return;
	}
	put_rounded(r);
	sink_text(r->out, "<p>");
	report_say(r,
	    "Để không ai suy ra câu trả lời của một đơn vị, số liệu của nhóm quá ít đơn vị (dưới ",
	    "So that nobody can work out what one unit answered, figures of groups with too few "
	    "units "
	    "(below ");
	sink_printf(r->out, "%u", r->t->facts.settings.frequency);
	report_say(r,
	    ") và của những nhóm mà từ đó có thể suy ra nhóm ấy đều không công bố. Số dòng được "
	    "công bố trong bản này: ",
	    "), and of groups from which these could be derived, are not told. Lines told in this "
	    "edition: ");
	report_count(r, (int64_t)told);
	if (kept > 0) {
		report_say(r, " (trong đó ", " (");
		report_count(r, (int64_t)kept);
		report_say(r,
		    " dòng giữ số liệu của lần công bố trước, vì thay đổi từ đó còn quá ít để công "
		    "bố an toàn)",
		    " of them as in an earlier vintage, since too little has changed to be told "
		    "safely)");
	}
	report_say(r, "; che vì quá ít đơn vị: ", "; withheld for too few units: ");
	report_count(r, (int64_t)few);
	report_say(r, "; che để bảo mật: ", "; withheld as confidential: ");
	report_count(r, (int64_t)confidential);
	sink_text(r->out, ".");
	sink_text(r->out, "</p>\n");
}

void
report_method(const struct report *r)
{
	put_method(r);
	put_withheld(r);
}
