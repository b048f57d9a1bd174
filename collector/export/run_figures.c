/* SPDX-License-Identifier: Apache-2.0 */
/* What a run says: out of the log, what earlier exports showed and what it may show beside them. */
#include "collector/export/run_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void __attribute__((format(printf, 2, 0), format(printf, 3, 0)))
print_why(struct run_why *why, const char *vi, const char *en, va_list arguments)
{
	va_list again;
	va_copy(again, arguments);
	vsnprintf(why->vi, sizeof(why->vi), vi, arguments);
	vsnprintf(why->en, sizeof(why->en), en, again);
	va_end(again);
}

void
run_why(struct run_why *why, const char *vi, const char *en, ...)
{
	va_list arguments;
	va_start(arguments, en);
	print_why(why, vi, en, arguments);
	va_end(arguments);
}

bool
run_fail(struct running *r, enum run_status status, const char *vi, const char *en, ...)
{
	va_list arguments;
	va_start(arguments, en);
	print_why(&r->out->why, vi, en, arguments);
	va_end(arguments);
	r->out->status = status;
	return false;
}

bool
run_no_memory(struct running *r)
{
	return run_fail(r, RUN_FAILED, "hết bộ nhớ", "out of memory");
}

static bool
is_set(const void *flag)
{
	return flag != NULL && atomic_load((const atomic_bool *)flag);
}

bool
run_is_stopping(struct running *r)
{
	if (!is_set(r->asked->is_stopping))
		return false;
	run_fail(r, RUN_FAILED, "máy chủ đang dừng", "the collector is stopping");
	return true;
}

/* ------------------------------------------------------------------- what was before */

static bool
read_made(struct running *r, const struct export_record *record, struct payload_export *out)
{
	if (run_read_payload(r->asked->store, record->number, out))
		return true;
	return run_fail(r, RUN_FAILED, "không đọc được bản ghi %llu", "entry %llu cannot be read",
	    (unsigned long long)record->number);
}

/* Beyond so many nothing new is shown, so there are never more. Rounded figures mind none. */
static bool
find_releases(struct running *r)
{
	for (size_t i = 0; i < r->asked->records && r->settings.rounding == 0; i++) {
		const struct export_record *record = &r->asked->record[i];
		if ((record->is_public != 0) == r->is_public && record->shows &&
		    r->releases < DISCLOSURE_EARLIER_MAX)
			r->release[r->releases++] = record;
	}
	for (unsigned i = 0; i < r->releases; i++)
		if (!read_made(r, r->release[i], &r->release_made[i]))
			return false;
	return true;
}

/* Exact and rounded figures of one round side by side would tell of one another, and so would two
 * ways to round: its first public export says how, for all of them. */
static bool
settle(struct running *r)
{
	unsigned before = r->before_made.rounding;
	if (!r->is_public || r->before == NULL || r->settings.rounding == before) {
		if (r->before != NULL && before != 0)
			r->settings.frequency = r->before_made.frequency;
		return true;
	}
	if (r->asked->rounding_is_asked && before == 0)
		return run_fail(r, RUN_REFUSED,
		    "các lần công bố của đợt này che số liệu chứ không làm tròn",
		    "the public exports of this round withhold figures and do not round them");
	if (r->asked->rounding_is_asked)
		return run_fail(r, RUN_REFUSED,
		    "các lần công bố của đợt này làm tròn đến bội số của %u",
		    "the public exports of this round are rounded to multiples of %u", before);
	r->settings.rounding = before;
	return settle(r);
}

bool
run_find_before(struct running *r)
{
	for (size_t i = 0; i < r->asked->records; i++)
		if ((r->asked->record[i].is_public != 0) == r->is_public)
			r->before = &r->asked->record[i];
	r->vintage = r->before != NULL ? r->before->vintage + 1 : 1;
	return (r->before == NULL || read_made(r, r->before, &r->before_made)) && settle(r) &&
	       find_releases(r);
}

/* Where the figures of the vintage before stand. */
static uint64_t
last_before(const struct running *r)
{
	return r->settings.rounding != 0 ? r->before_made.figures_last : r->before->last;
}

/* The points of the past: those of the releases, of the vintage before, and S. Exports follow one
 * another, so their numbers rise. */
bool
run_read_past(struct running *r)
{
	uint64_t last[DISCLOSURE_EARLIER_MAX + 3];
	size_t n = 0;
	for (; n < r->releases; n++)
		last[n] = r->release[n]->last;
	if (r->before != NULL)
		last[n++] = last_before(r);
	last[n++] = r->asked->last;
	const struct past_asked asked = {.store = r->asked->store,
	    .round = r->asked->round->number,
	    .last = last,
	    .points = n,
	    .with_answers = r->is_public,
	    .is_crossed = r->settings.crossed == CROSSED_TOLD,
	    .is_stopping = r->asked->is_stopping};
	enum past_status status = past_read(&asked, &r->past);
	if (status == PAST_STOPPED)
		return !run_is_stopping(r);
	if (status == PAST_NO_REGISTER)
		return run_fail(r, RUN_REFUSED, "đợt này chưa có danh sách đơn vị",
		    "the round has no register yet");
	if (status != PAST_OK)
		return status == PAST_MEMORY ? run_no_memory(r)
					     : run_fail(r, RUN_FAILED, "không đọc được nhật ký",
						   "the log cannot be read");
	for (unsigned i = 0; i < r->releases; i++)
		r->source[i] = (struct build_source){
		    &r->past.point[i], r->release[i]->vintage, r->release_made[i].decision};
	r->now = (struct build_source){&r->past.point[n - 1], r->vintage, NULL};
	if (r->before != NULL)
		r->then = (struct build_source){&r->past.point[n - 2], r->before->vintage, NULL};
	if (r->before != NULL && r->settings.rounding != 0)
		r->then.vintage = r->before_made.figures_vintage;
	return true;
}

/* ------------------------------------------------------------------- disclosure control */

static bool
is_unchanged(const struct running *r, const struct release_input *in)
{
	if (r->releases == 0 || r->release_made[r->releases - 1].frequency != in->frequency)
		return false;
	return memcmp(in->answer[in->earlier - 1], in->answer[in->earlier],
		   in->columns->units * sizeof(**in->answer)) == 0 &&
	       release_is_same_register(in->past[in->earlier - 1], in->columns);
}

/* Its own words are of English only. */
static bool
refuse_release(struct running *r)
{
	struct run_why *why = &r->out->why;
	run_fail(r, RUN_REFUSED,
	    "các mục tiêu vượt quá khả năng của bước kiểm soát bí mật thống kê",
	    "disclosure control cannot be applied");
	snprintf(why->en, sizeof(why->en), "%s", r->out->report.problem);
	return false;
}

static bool
withhold(struct running *r)
{
	const uint64_t *answer[DISCLOSURE_EARLIER_MAX + 1];
	const uint8_t *decision[DISCLOSURE_EARLIER_MAX + 1];
	const struct columns *past[DISCLOSURE_EARLIER_MAX + 1];
	const struct round *round = r->past.round;
	const struct release_input in = {.definition = round->view.definition,
	    .cells = round->cells,
	    .columns = round->columns,
	    .past = past,
	    .frequency = r->settings.frequency,
	    .earlier = r->releases,
	    .answer = answer,
	    .decision = decision,
	    .is_called_off = is_set,
	    .context = r->asked->is_stopping};
	size_t n = release_cells(in.definition, in.cells);
	for (unsigned i = 0; i < r->releases; i++) {
		answer[i] = r->source[i].point->answer;
		past[i] = r->source[i].point->columns;
		decision[i] = r->release_made[i].decision;
		if (r->release_made[i].decisions != n)
			return run_fail(r, RUN_FAILED, "bản ghi %llu không thuộc cuộc khảo sát này",
			    "entry %llu is not of this survey",
			    (unsigned long long)r->release[i]->number);
	}
	answer[r->releases] = r->now.point->answer;
	r->decision = malloc(n + 1);
	if (r->decision == NULL)
		return run_no_memory(r);
	r->out->made.decisions = n;
	if (r->releases == DISCLOSURE_EARLIER_MAX || is_unchanged(r, &in)) {
		release_repeat(&in, r->decision);
		return true;
	}
	switch (release_decide(&in, r->decision, &r->out->report)) {
	case RELEASE_OK:
		return true;
	case RELEASE_REFUSED:
		return refuse_release(r);
	case RELEASE_CALLED_OFF:
		return !run_is_stopping(r);
	case RELEASE_MEMORY:
		break;
	}
	return run_no_memory(r);
}

static struct rounded_input
rounding_of(const struct running *r, const struct build_source *source)
{
	const struct round *round = r->past.round;
	return (struct rounded_input){.definition = round->view.definition,
	    .cells = round->cells,
	    .columns = source->point->columns,
	    .counters = source->point->counters,
	    .base = r->settings.rounding,
	    .frequency = r->settings.frequency};
}

static bool
make_rounded(struct running *r)
{
	struct rounded_input in = rounding_of(r, &r->now);
	if (r->before != NULL)
		in.before = &r->rounded_before;
	return rounded_make(&in, &r->rounded) || run_no_memory(r);
}

/* As the vintage before told them; where it is from before that was kept, they are made anew. */
static bool
recall_rounded(struct running *r, struct rounded *out)
{
	const struct payload_export *made = &r->before_made;
	const struct rounded_input in = rounding_of(r, &r->then);
	if (made->told == NULL)
		return rounded_make(&in, out) || run_no_memory(r);
	if (made->decisions == release_cells(in.definition, in.cells) &&
	    rounded_unpack(&in, made->decision, made->told, made->told_bytes, out))
		return true;
	return run_fail(r, RUN_FAILED, "không đọc được bản ghi %llu", "entry %llu cannot be read",
	    (unsigned long long)r->before->number);
}

/* Of the populations that are told of, their bits in the word of a unit's memberships. */
static uint32_t
told_populations(const struct definition *d)
{
	uint32_t told = 0;
	for (unsigned p = 0; p < d->populations; p++)
		if (release_told(d, p) != TOLD_NOTHING)
			told |= UINT32_C(1) << 2 * p;
	return told;
}

/* Whether the unit is, or may be, in one of them: true is 1 there, unknown 2. */
static bool
is_counted(const struct past_point *point, uint32_t row, uint32_t populations)
{
	uint32_t member = point->columns->membership[row];
	return point->answer[row] != RELEASE_ABSENT && ((member ^ member >> 1) & populations) != 0;
}

/* Too few units count as something else, or elsewhere, than before for it to be told that any do.
 * Those that no figure counts are none of them. */
static bool
changed_little(const struct running *r)
{
	const uint32_t populations = told_populations(r->past.round->view.definition);
	unsigned changed = 0, least = r->settings.frequency;
	if (least < r->settings.rounding)
		least = r->settings.rounding;
	const struct past_point *then = r->then.point, *now = r->now.point;
	for (uint32_t row = 0; row < now->columns->units && changed < least; row++)
		changed +=
		    (is_counted(then, row, populations) || is_counted(now, row, populations)) &&
		    (then->answer[row] != now->answer[row] ||
			!release_is_same_row(then->columns, now->columns, row));
	return changed < least;
}

static void
tell_rounded(const uint8_t *decision, size_t n, bool is_kept, struct release_report *report)
{
	for (size_t i = 0; i < n; i++) {
		report->shown += !is_kept && decision[i] == RELEASE_SHOW;
		report->kept += is_kept && decision[i] == RELEASE_SHOW;
		report->withheld +=
		    decision[i] == RELEASE_FEW_UNITS || decision[i] == RELEASE_CONFIDENTIAL;
		report->empty += decision[i] == RELEASE_EMPTY;
	}
}

static bool
round_figures(struct running *r)
{
	const struct round *round = r->past.round;
	size_t n = release_cells(round->view.definition, round->cells);
	if (round->view.strata > 0)
		return run_fail(r, RUN_REFUSED, "số liệu của cuộc điều tra mẫu không được làm tròn",
		    "figures of a sample are not rounded");
	bool is_kept = r->before != NULL && changed_little(r);
	r->figures = is_kept ? r->then : r->now;
	if (r->before != NULL && !recall_rounded(r, &r->rounded_before))
		return false;
	if (is_kept ? !recall_rounded(r, &r->rounded) : !make_rounded(r))
		return false;
	r->decision = malloc(n + 1);
	const struct rounded_input in = rounding_of(r, &r->figures);
	r->out->made.told = rounded_pack(&in, &r->rounded, &r->out->made.told_bytes);
	if (r->decision == NULL || r->out->made.told == NULL)
		return run_no_memory(r);
	memcpy(r->decision, r->rounded.decision, n);
	tell_rounded(r->decision, n, is_kept, &r->out->report);
	r->out->made.decisions = n;
	r->out->made.rounding = r->settings.rounding;
	r->out->made.figures_last = r->figures.point->last;
	r->out->made.figures_vintage = r->figures.vintage;
	return true;
}

bool
run_decide(struct running *r)
{
	return r->settings.rounding != 0 ? round_figures(r) : withhold(r);
}

/* ------------------------------------------------------------------- tables */

bool
run_build(struct running *r)
{
	struct build_input in = {
	    .past = &r->past,
	    .facts = {.product = KHAOSAT_VERSION, .settings = r->settings},
	    .now = r->now,
	    .decision = r->decision,
	    .earlier = r->source,
	};
	if (r->rounded.rate != NULL) {
		in.rounded = &r->rounded;
		in.figures = r->figures;
	}
	if (!build_tables(&in, &r->tables))
		return run_no_memory(r);
	if (r->before == NULL)
		return true;
	in.now = in.figures = r->then;
	in.decision = r->before_made.decision;
	if (in.rounded != NULL)
		in.rounded = &r->rounded_before;
	in.facts.settings.stage = (enum export_stage)r->before->stage;
	in.facts.settings.method = (enum interval_method)r->before_made.method;
	in.facts.settings.crossed = (enum export_crossed)r->before_made.crossed;
	return build_tables(&in, &r->was) || run_no_memory(r);
}
