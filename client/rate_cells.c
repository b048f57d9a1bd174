/* SPDX-License-Identifier: Apache-2.0 */
#include "client/rate_cells.h"

#include <inttypes.h>

#include "client/local_time.h"
#include "client/text_table.h"
#include "client/width.h"
#include "client/wrap.h"

#define NAME_PLACES_MAX 48

static const char *
dimension_words(const struct client *c, Khaosat__V1__Dimension dimension)
{
	switch (dimension) {
	case KHAOSAT__V1__DIMENSION__WHOLE:
		return client_say(c, "toàn tỉnh", "the whole");
	case KHAOSAT__V1__DIMENSION__ZONE:
		return client_say(c, "theo khu, cụm", "by zone");
	case KHAOSAT__V1__DIMENSION__ZONE_TYPE:
		return client_say(c, "theo loại khu, cụm", "by type of zone");
	case KHAOSAT__V1__DIMENSION__COMMUNE:
		return client_say(c, "theo xã, phường", "by commune");
	case KHAOSAT__V1__DIMENSION__SECTOR:
		return client_say(c, "theo ngành", "by sector");
	case KHAOSAT__V1__DIMENSION__SIZE:
		return client_say(c, "theo quy mô", "by size");
	case KHAOSAT__V1__DIMENSION__UNIT_TYPE:
		return client_say(c, "theo loại đơn vị", "by kind of unit");
	case _KHAOSAT__V1__DIMENSION_IS_INT_SIZE:
		break;
	}
	return "";
}

void
rate_cell_head(
    const struct client *client, const char *goal, Khaosat__V1__Dimension dimension, char *cell)
{
	snprintf(cell, TEXT_CELL_BYTES, "%s, %s", goal, dimension_words(client, dimension));
}

void
rate_cell_name(const char *name, unsigned depth, char *cell)
{
	char label[TEXT_CELL_BYTES];
	width_cut(name, NAME_PLACES_MAX, label, sizeof(label));
	snprintf(cell, TEXT_CELL_BYTES, "%*s%.*s", (int)depth * 2, "", TEXT_CELL_BYTES - 32, label);
}

void
rate_cell_range(const struct client *client, struct threshold t, struct fraction low,
    struct fraction high, char *cell)
{
	bool comma = client->language == LANGUAGE_VI;
	char from[32], to[32];
	percent_print_against(low, t, ROUND_DOWN, comma, from);
	percent_print_against(high, t, ROUND_UP, comma, to);
	if (from[0] == '\0' || to[0] == '\0')
		snprintf(cell, TEXT_CELL_BYTES, "–");
	else
		snprintf(cell, TEXT_CELL_BYTES, "%s – %s", from, to);
}

void
rate_cell_needed(
    const struct client *client, const Khaosat__V1__Rate *r, int64_t needed, char *cell)
{
	if (r->verdict == KHAOSAT__V1__VERDICT__NOT_APPLICABLE)
		snprintf(cell, TEXT_CELL_BYTES, "–");
	else if (needed < 0)
		snprintf(
		    cell, TEXT_CELL_BYTES, "%s", client_say(client, "không thể", "out of reach"));
	else
		snprintf(cell, TEXT_CELL_BYTES, "%" PRId64, needed);
}

void
rate_cell_verdict(const struct client *client, const Khaosat__V1__Rates *rates,
    const Khaosat__V1__Rate *r, Khaosat__V1__Verdict verdict, char *cell)
{
	char vi[96], en[96];
	verdict_words(
	    (enum verdict)verdict, r->progress, rates_goal(rates, r->goal)->deadline, vi, en);
	snprintf(cell, TEXT_CELL_BYTES, "%s", client_say(client, vi, en));
}

void
rate_cells_origin(const struct client *client, const Khaosat__V1__Rates *rates, FILE *to)
{
	char time[LOCAL_TIME_BYTES], words[256];
	local_time_print(rates->time_ms, client->language == LANGUAGE_VI, time);
	snprintf(words, sizeof(words),
	    client_say(client,
		"Đợt %s, đến bản ghi số %" PRIu64 ", lúc %s. Số liệu nội bộ, không công bố.\n",
		"Round %s, up to entry %" PRIu64
		", at %s. Internal figures, not for publication.\n"),
	    rates->round, rates->last, time);
	wrap_notes(to, words);
}
