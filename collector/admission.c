/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/admission.h"

#include "survey/wire.h"

#define DELAY_MIN_MS 500u
#define DELAY_SPREAD_MS 1000u
#define DELAY_STEP_MS 619u /* about the golden section, and prime to the spread */

#define FIELD_ID 1
#define FIELD_BODY_FIRST 10 /* bodies have numbers from here on, nothing else has */

bool
admission_is_open(struct admission *a)
{
	size_t short_queue = a->most / 4 > 0 ? a->most / 4 : 1;
	if (a->under_way >= a->most)
		a->is_shedding = true;
	if (!a->is_shedding || a->under_way < short_queue)
		return true;
	a->has_refused = true;
	return false;
}

uint32_t
admission_delay_ms(struct admission *a)
{
	return DELAY_MIN_MS + a->delays++ * DELAY_STEP_MS % DELAY_SPREAD_MS;
}

void
admission_tick(struct admission *a)
{
	if (!a->has_refused)
		a->is_shedding = false;
	a->has_refused = false;
}

bool
admission_peek(const uint8_t *bytes, size_t n, uint64_t *id, uint32_t *body)
{
	struct wire w = {bytes, bytes + n};
	uint64_t found_id = 0;
	uint32_t found_body = 0, field;
	enum wire_type type;
	while (w.at < w.end) {
		if (!wire_tag(&w, &field, &type))
			return false;
		if (field == FIELD_ID && type == WIRE_VARINT) {
			if (!wire_varint(&w, &found_id))
				return false;
			continue;
		}
		if (field >= FIELD_BODY_FIRST && found_body == 0)
			found_body = field;
		if (!wire_skip(&w, type))
			return false;
	}
	*id = found_id;
	*body = found_body;
	return found_body != 0;
}
