/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/rounding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "survey/rates.h"
#include "tests/support/naive_rule.h"

#define BASE 5
#define EXPORTS 6
#define CELLS                                                                                      \
	32 /* a whole, four groups, the parts of these, and parts of the whole across them         \
	    */

/* 0 = 1 + .. + 4 = 17 + .. + 31; 1 = 5 + 6 + 7, ... */
static const uint32_t part[] = {1, 2, 3, 4, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30,
    31, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static const struct rounding_line line[] = {
    {0, 0, 4}, {0, 4, 15}, {1, 19, 3}, {2, 22, 3}, {3, 25, 3}, {4, 28, 3}};
static const struct rounding_table table = {
    .base = BASE, .cells = CELLS, .line = line, .lines = 6, .part = part};

struct figures {
	uint64_t count[CELLS], threshold[CELLS], cap[CELLS], out[CELLS];
};

static void
add(struct figures *f, uint64_t *seed, uint64_t units)
{
	uint64_t i = random_below(seed, 12);
	f->count[0] += units;
	f->count[1 + i / 3] += units;
	f->count[5 + i] += units;
}

static void
make(struct figures *f, uint64_t *seed)
{
	memset(f, 0, sizeof(*f));
	for (unsigned i = 0; i < CELLS; i++)
		f->threshold[i] = random_below(seed, BASE * ROUNDING_PARTS);
	for (uint64_t n = random_below(seed, 200); n > 0; n--)
		add(f, seed, 1);
	for (uint64_t n = f->count[0]; n > 0; n--)
		f->count[17 + random_below(seed, 15)]++;
}

static void
assert_adds_up(const struct figures *f)
{
	for (size_t l = 0; l < table.lines; l++) {
		uint64_t sum = 0;
		for (size_t i = 0; i < line[l].parts; i++)
			sum += f->out[part[line[l].first + i]];
		assert_int_equal(sum, f->out[line[l].total]);
	}
}

static void
every_table_adds_up_and_no_count_moves_by_the_base(void **state)
{
	(void)state;
	uint64_t seed = 3;
	for (unsigned run = 0; run < 2000; run++) {
		struct figures f;
		make(&f, &seed);
		assert_true(rounding_apply(&table, f.count, f.threshold, NULL, NULL, f.out));
		assert_adds_up(&f);
		assert_int_equal(rounding_within(&table, f.count, f.out), BASE - 1);
		for (unsigned c = 0; c < CELLS; c++) {
			assert_int_equal(f.out[c] % BASE, 0);
			if (f.count[c] % BASE == 0)
				assert_int_equal(f.out[c], f.count[c]);
		}
	}
}

/* Answered of all, met of answered: caps as exports set them. */
static void
a_part_is_never_rounded_above_its_cap_and_seldom_moves_far(void **state)
{
	(void)state;
	uint64_t seed = 4;
	unsigned far = 0;
	for (unsigned run = 0; run < 2000; run++) {
		struct figures all, answered;
		make(&all, &seed);
		answered = all;
		for (unsigned c = 5; c < 17; c++) { /* some of each are silent */
			uint64_t silent =
			    random_below(&seed, 3) == 0 ? random_below(&seed, all.count[c] + 1) : 0;
			answered.count[c] -= silent;
			answered.count[1 + (c - 5) / 3] -= silent;
			answered.count[0] -= silent;
			for (unsigned k = 17; silent > 0; k = k < 31 ? k + 1 : 17)
				if (answered.count[k] > 0) {
					answered.count[k]--;
					silent--;
				}
		}
		assert_true(rounding_apply(&table, all.count, all.threshold, NULL, NULL, all.out));
		memcpy(answered.cap, all.out, sizeof(answered.cap));
		assert_true(rounding_apply(
		    &table, answered.count, answered.threshold, NULL, answered.cap, answered.out));
		assert_adds_up(&answered);
		for (unsigned c = 0; c < CELLS; c++)
			assert_true(answered.out[c] <= all.out[c]);
		far += rounding_within(&table, answered.count, answered.out) >= BASE;
	}
	assert_true(far < 200);
}

/* A cap for each part, however far below its count, and for totals what their parts leave them. */
static void
caps_below_counts_hold_and_tables_add_up(void **state)
{
	(void)state;
	uint64_t seed = 10, below = 0;
	for (unsigned run = 0; run < 2000; run++) {
		struct figures f;
		make(&f, &seed);
		for (unsigned c = 0; c < CELLS; c++) {
			uint64_t less = BASE * random_below(&seed, 3);
			f.cap[c] = (f.count[c] + 1) / BASE * BASE;
			f.cap[c] -= less < f.cap[c] ? less : f.cap[c];
		}
		for (size_t l = 6; l-- > 0;) {
			uint64_t sum = 0;
			for (size_t i = 0; i < line[l].parts; i++)
				sum += f.cap[part[line[l].first + i]];
			if (sum < f.cap[line[l].total])
				f.cap[line[l].total] = sum;
		}
		assert_true(rounding_apply(&table, f.count, f.threshold, NULL, f.cap, f.out));
		assert_adds_up(&f);
		for (unsigned c = 0; c < CELLS; c++) {
			assert_true(f.out[c] <= f.cap[c]);
			below += f.out[c] + BASE <= f.count[c];
		}
	}
	assert_true(below > 10000);
}

/* Of counts that grow, what they were told before is the least. */
static void
what_was_told_of_growing_counts_is_never_told_as_less(void **state)
{
	(void)state;
	uint64_t seed = 12, most = 0, fell = 0;
	for (unsigned run = 0; run < 500; run++) {
		struct figures f;
		uint64_t low[CELLS], afresh[CELLS] = {0}, again[CELLS];
		make(&f, &seed);
		memset(low, 0, sizeof(low));
		for (unsigned k = 0; k < EXPORTS; k++) {
			assert_true(rounding_apply(&table, f.count, f.threshold, low, NULL, f.out));
			assert_adds_up(&f);
			for (unsigned c = 0; c < CELLS; c++)
				assert_true(f.out[c] >= low[c]);
			uint64_t within = rounding_within(&table, f.count, f.out);
			most = within > most ? within : most;
			assert_true(
			    rounding_apply(&table, f.count, f.threshold, NULL, NULL, again));
			for (unsigned c = 0; c < CELLS; c++)
				fell += again[c] < afresh[c];
			memcpy(afresh, again, sizeof(afresh));
			memcpy(low, f.out, sizeof(low));
			for (uint64_t n = random_below(&seed, 30); n > 0; n--) {
				add(&f, &seed, 1);
				f.count[17 + random_below(&seed, 15)]++;
			}
		}
	}
	print_message("without it %u fall; with it none is further off than %u\n", (unsigned)fell,
	    (unsigned)most);
	assert_true(fell > 1000);
	assert_true(most < 2 * BASE);
}

static void
the_same_counts_are_rounded_the_same_and_their_order_is_of_no_account(void **state)
{
	(void)state;
	uint64_t seed = 5;
	const uint32_t turned[] = {4, 3, 2, 1, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19,
	    18, 17, 7, 6, 5, 10, 9, 8, 13, 12, 11, 16, 15, 14};
	struct rounding_table other = table;
	other.part = turned;
	for (unsigned run = 0; run < 200; run++) {
		struct figures f;
		uint64_t out[CELLS];
		make(&f, &seed);
		assert_true(rounding_apply(&table, f.count, f.threshold, NULL, NULL, f.out));
		assert_true(rounding_apply(&other, f.count, f.threshold, NULL, NULL, out));
		assert_memory_equal(out, f.out, sizeof(out));
	}
}

/* Over all thresholds a count by itself is rounded up as often as it is near: so on average it is
 * true. */
static void
a_count_by_itself_is_true_on_average(void **state)
{
	(void)state;
	const struct rounding_table alone = {.base = BASE, .cells = 1};
	for (uint64_t count = 0; count < 20; count++) {
		uint64_t sum = 0, out;
		for (uint64_t i = 0; i < 1000; i++) {
			uint64_t threshold = i * (BASE * ROUNDING_PARTS / 1000);
			assert_true(rounding_apply(&alone, &count, &threshold, NULL, NULL, &out));
			sum += out;
		}
		assert_in_range(sum + 10, 1000 * count, 1000 * count + 20);
	}
}

/* Of a series of exports. */
static bool
is_told_alike(unsigned base, const uint64_t *count, uint64_t threshold, int64_t shift)
{
	const struct rounding_table alone = {.base = base, .cells = 1};
	int64_t other = (int64_t)threshold + shift * (int64_t)ROUNDING_PARTS;
	if (other < 0 || other >= (int64_t)(base * ROUNDING_PARTS))
		return false;
	for (unsigned v = 0; v < EXPORTS; v++) {
		uint64_t shifted = (uint64_t)((int64_t)count[v] - shift), out, again;
		uint64_t by = (uint64_t)other;
		assert_true(rounding_apply(&alone, &count[v], &threshold, NULL, NULL, &out));
		assert_true(rounding_apply(&alone, &shifted, &by, NULL, NULL, &again));
		if (out != again)
			return false;
	}
	return true;
}

/* One threshold for each: none is likelier than another, however the count grew. */
static void
all_exports_of_a_count_by_itself_leave_as_many_values_as_the_base(void **state)
{
	(void)state;
	uint64_t seed = 8;
	for (unsigned run = 0; run < 5000; run++) {
		unsigned base = 3 + (unsigned)random_below(&seed, 8), alike = 0;
		uint64_t threshold = random_below(&seed, base) * ROUNDING_PARTS +
				     random_below(&seed, ROUNDING_PARTS / 2);
		uint64_t count[EXPORTS] = {base + random_below(&seed, 30)};
		for (unsigned v = 1; v < EXPORTS; v++)
			count[v] = count[v - 1] + random_below(&seed, 4);
		for (int64_t shift = -(int64_t)base; shift <= (int64_t)base; shift++)
			alike += is_told_alike(base, count, threshold, shift);
		assert_int_equal(alike, base);
	}
}

/* Is the cell's count one of those that are told as it was told? */
static bool
is_in_place(const struct figures *f, const struct figures *other, uint32_t cell)
{
	uint64_t below = f->count[cell] - f->count[cell] % BASE, count = other->count[cell];
	return count >= below + (f->out[cell] > below ? 1 : 0) && count < below + BASE;
}

/* Moves a unit in or out, if all counts stay in place. */
static void
move_one(const struct figures *f, struct figures *other, uint64_t *seed)
{
	uint32_t i = (uint32_t)random_below(seed, 12), k = (uint32_t)random_below(seed, 15);
	const uint32_t cell[] = {0, 1 + i / 3, 5 + i, 17 + k};
	uint64_t by = random_below(seed, 2) == 0 ? 1 : UINT64_MAX;
	bool good = true;
	for (unsigned n = 0; n < 4; n++) {
		other->count[cell[n]] += by;
		good = is_in_place(f, other, cell[n]) && good;
	}
	for (unsigned n = 0; n < 4 && !good; n++)
		other->count[cell[n]] -= by;
}

static void
every_set_of_counts_with_the_same_multiples_below_may_be_what_tables_tell_of(void **state)
{
	(void)state;
	uint64_t seed = 9, moved = 0;
	for (unsigned run = 0; run < 1000; run++) {
		struct figures f, other;
		make(&f, &seed);
		assert_true(rounding_apply(&table, f.count, f.threshold, NULL, NULL, f.out));
		other = f;
		for (unsigned i = 0; i < 400; i++)
			move_one(&f, &other, &seed);
		for (unsigned c = 0; c < CELLS; c++) {
			bool up = f.out[c] > f.count[c];
			other.threshold[c] = up ? BASE * ROUNDING_PARTS - 1 : 0;
			moved += other.count[c] != f.count[c];
		}
		assert_true(
		    rounding_apply(&table, other.count, other.threshold, NULL, NULL, other.out));
		assert_memory_equal(other.out, f.out, sizeof(f.out));
	}
	assert_true(moved > 10000);
}

/* Verdict, bounds and needed of widened counts hold of every true count they may stand for. */
static void
what_is_said_of_rounded_counts_holds_of_the_true_ones(void **state)
{
	(void)state;
	uint64_t seed = 6;
	unsigned certain = 0;
	for (unsigned run = 0; run < 200000; run++) {
		const struct threshold t = {
		    (uint32_t)random_below(&seed, 101), random_below(&seed, 2) == 0};
		struct rate_counts is = {.n = 5 + random_below(&seed, 60)};
		is.met = random_below(&seed, is.n + 1);
		is.not_met = random_below(&seed, is.n - is.met + 1);
		is.n_unknown = random_below(&seed, 4);
		struct rate_counts told = is;
		told.n += random_below(&seed, 9);
		told.n -= told.n < 4 ? 0 : 4;
		told.met += random_below(&seed, 9);
		told.met -= told.met < 4 ? told.met : 4;
		told.not_met += random_below(&seed, 9);
		told.not_met -= told.not_met < 4 ? told.not_met : 4;
		if (told.met + told.not_met > told.n)
			continue;
		const struct rate_counts least = rate_widened(&told, 4);
		enum verdict verdict = rate_verdict(t, &least);
		if (verdict != VERDICT_UNDECIDED) {
			certain++;
			assert_int_equal(rate_verdict(t, &is), verdict);
		}
		struct fraction low = rate_bound_low(&least), is_low = rate_bound_low(&is);
		struct fraction high = rate_bound_high(&least), is_high = rate_bound_high(&is);
		assert_true(low.num * is_low.den <= is_low.num * low.den);
		assert_true(high.num * is_high.den >= is_high.num * high.den);
		int64_t needed = rate_needed(t, &least), truly = rate_needed(t, &is);
		assert_true(needed > 0 ? truly <= needed + (int64_t)is.n_unknown : truly == needed);
		needed = rate_needed_not(t, &least), truly = rate_needed_not(t, &is);
		assert_true(needed > 0 ? truly <= needed + (int64_t)is.n_unknown : truly == needed);
	}
	assert_true(certain > 10000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_table_adds_up_and_no_count_moves_by_the_base),
	    cmocka_unit_test(a_part_is_never_rounded_above_its_cap_and_seldom_moves_far),
	    cmocka_unit_test(caps_below_counts_hold_and_tables_add_up),
	    cmocka_unit_test(what_was_told_of_growing_counts_is_never_told_as_less),
	    cmocka_unit_test(the_same_counts_are_rounded_the_same_and_their_order_is_of_no_account),
	    cmocka_unit_test(a_count_by_itself_is_true_on_average),
	    cmocka_unit_test(all_exports_of_a_count_by_itself_leave_as_many_values_as_the_base),
	    cmocka_unit_test(
		every_set_of_counts_with_the_same_multiples_below_may_be_what_tables_tell_of),
	    cmocka_unit_test(what_is_said_of_rounded_counts_holds_of_the_true_ones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
