/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/disclosure_magnitude.h"

__extension__ typedef unsigned __int128 wide;

/* a / b > pct / 100, whatever their size. */
static bool
is_over(uint64_t a, uint64_t b, unsigned pct)
{
	return (wide)a * 100 > (wide)b * pct;
}

void
magnitude_add(struct magnitude *m, uint64_t contribution)
{
	m->units++;
	m->total += contribution;
	if (contribution > m->largest) {
		m->second = m->largest;
		m->largest = contribution;
	} else if (contribution > m->second) {
		m->second = contribution;
	}
}

static bool
is_possible(const struct magnitude *m)
{
	if (m->second > m->largest || m->largest > m->total || m->second > m->total - m->largest)
		return false;
	uint64_t others = m->total - m->largest - m->second;
	if (m->units <= 2)
		return others == 0 && (m->units > 1 || m->second == 0) &&
		       (m->units > 0 || m->largest == 0);
	return (wide)m->second * (m->units - 2) >= others;
}

enum magnitude_verdict
magnitude_judge(const struct magnitude *m, const struct magnitude_rules *rules)
{
	if (!is_possible(m))
		return MAGNITUDE_IMPOSSIBLE;
	if (m->units == 0)
		return MAGNITUDE_EMPTY;
	if (m->units < rules->frequency)
		return MAGNITUDE_FEW_UNITS;
	if (is_over(m->largest + m->second, m->total, rules->dominance_pct))
		return MAGNITUDE_DOMINATED;
	uint64_t others = m->total - m->largest - m->second;
	if ((wide)others * 100 < (wide)m->largest * rules->p_pct)
		return MAGNITUDE_P_PERCENT;
	return MAGNITUDE_SAFE;
}
