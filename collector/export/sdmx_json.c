/* SPDX-License-Identifier: Apache-2.0 */
/* SDMX-JSON 2.0.0, the data message: every dimension at the observation, whose key is the places of
 * its codes, "0:3:12:0:0:1:0:0"; its array is the value, then for each attribute the place of its
 * code, or the value itself where it has none, or null. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "collector/export/office.h"
#include "collector/export/sdmx.h"
#include "collector/export/sdmx_json.h"
#include "collector/export/text.h"

#define SCHEMA                                                                                     \
	"https://raw.githubusercontent.com/sdmx-twg/sdmx-json/master/data-message/tools/schemas/"  \
	"2.0.0/sdmx-json-data-schema.json"

/* Where the codes of each component stand. */
struct places {
	char (*id)[SDMX_ID_BYTES];
	size_t n, room;
};

struct message {
	const struct export *e;
	struct sink *out;
	struct places dimension[SDMX_DIMENSIONS], attribute[SDMX_ATTRIBUTES];
	struct places *now; /* being listed */
	bool is_first;
};

void
sdmx_json_meta(const struct export *e, const char *schema, const char *kind, struct sink *out)
{
	const struct export_facts *f = &e->tables->facts;
	const struct label name = office_words(e->office, OFFICE_NAME);
	char time[TIME_TEXT_BYTES];
	time_print(f->time_ms, time);
	sink_printf(out, "{\"meta\":{\"schema\":\"%s\",\"id\":\"%s-%" PRIu64 "-%" PRIu32 "-%s\",",
	    schema, f->settings.is_public ? "PUBLIC" : "INTERNAL", f->last, f->vintage, kind);
	sink_printf(
	    out, "\"test\":false,\"prepared\":\"%s\",\"contentLanguages\":[\"vi\",\"en\"],", time);
	sink_printf(out, "\"sender\":{\"id\":\"%s\"", office_code(e->office, OFFICE_AGENCY));
	if (*name.vi != '\0') {
		sink_text(out, ",");
		sink_json_names(out, name);
	}
	sink_text(out, "}},\n");
}

/* ------------------------------------------------------------------- structure */

static bool
remember(struct places *p, const char *id)
{
	if (p->n == p->room) {
		size_t room = 2 * p->room + 64;
		char(*grown)[SDMX_ID_BYTES] = realloc(p->id, room * sizeof(*grown));
		if (grown == NULL)
			return false;
		p->id = grown;
		p->room = room;
	}
	memcpy(p->id[p->n++], id, SDMX_ID_BYTES);
	return true;
}

static void
put_code(void *context, const struct sdmx_code *code)
{
	struct message *m = context;
	if (!remember(m->now, code->id))
		sink_fail(m->out, ENOMEM);
	sink_printf(m->out, "%s{\"id\":\"%s\",", m->is_first ? "" : ",\n", code->id);
	sink_json_names(m->out, code->label);
	if (code->parent[0] != '\0')
		sink_printf(m->out, ",\"parent\":\"%s\"", code->parent);
	if (m->now == &m->dimension[SDMX_TIME_PERIOD]) {
		char start[TIME_TEXT_BYTES], end[TIME_TEXT_BYTES];
		sdmx_period_ends(m->e, start, end);
		sink_printf(m->out, ",\"start\":\"%s\",\"end\":\"%s\"", start, end);
	}
	sink_text(m->out, "}");
	m->is_first = false;
}

static void
begin_component(struct message *m, const struct sdmx_component *c, bool is_first)
{
	sink_printf(m->out, "%s{\"id\":\"%s\",", is_first ? "" : ",\n", c->id);
	sink_json_names(m->out, c->label);
	if (c->traits & SDMX_ROLE)
		sink_printf(m->out, ",\"roles\":[\"%s\"]", c->id);
	if (c->traits & SDMX_MANDATORY)
		sink_text(m->out, ",\"isMandatory\":true");
}

static void
put_format(struct message *m, const struct sdmx_component *c)
{
	sink_printf(m->out, ",\"format\":{\"dataType\":\"%s\"}}", c->type);
}

static void
put_dimensions(struct message *m)
{
	sink_text(m->out, "\"dimensions\":{\"dataSet\":[],\"series\":[],\"observation\":[\n");
	for (size_t i = 0; i < SDMX_DIMENSIONS; i++) {
		begin_component(m, &sdmx_dimensions[i], i == 0);
		sink_printf(m->out, ",\"keyPosition\":%zu", i);
		sink_text(m->out, ",\"values\":[");
		m->now = &m->dimension[i];
		m->is_first = true;
		sdmx_codes(m->e, (enum sdmx_dimension)i, put_code, m);
		sink_text(m->out, "]}");
	}
	sink_text(m->out, "]},\n");
}

static void
put_attributes(struct message *m)
{
	sink_text(m->out, "\"measures\":{\"observation\":[");
	begin_component(m, &sdmx_measure, true);
	put_format(m, &sdmx_measure);
	sink_text(m->out, "]},\n\"attributes\":{\"dataSet\":[");
	begin_component(m, &sdmx_comment, true);
	sink_text(m->out, ",\"relationship\":{\"dataflow\":{}}");
	put_format(m, &sdmx_comment);
	sink_text(m->out, "],\"dimensionGroup\":[],\"series\":[],\"observation\":[\n");
	for (size_t i = 0; i < SDMX_ATTRIBUTES; i++) {
		begin_component(m, &sdmx_attributes[i], i == 0);
		sink_text(m->out, ",\"relationship\":{\"observation\":{}}");
		if (sdmx_attributes[i].list == NULL) {
			put_format(m, &sdmx_attributes[i]);
			continue;
		}
		sink_text(m->out, ",\"values\":[");
		m->now = &m->attribute[i];
		m->is_first = true;
		sdmx_attribute_codes((enum sdmx_attribute)i, put_code, m);
		sink_text(m->out, "]}");
	}
	sink_text(m->out, "]}");
}

static void
put_link(struct message *m)
{
	char dataflow[SDMX_ID_BYTES];
	sdmx_dataflow(m->e, SDMX_VERSION_30, dataflow);
	sink_printf(m->out,
	    "\"links\":[{\"urn\":\"urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow=%s\","
	    "\"rel\":\"dataflow\"}]",
	    dataflow);
}

/* ------------------------------------------------------------------- observations */

static size_t
place_of(const struct places *p, const char *id)
{
	size_t i = 0;
	while (i < p->n && strcmp(p->id[i], id) != 0)
		i++;
	return i;
}

static void
put_attribute(struct message *m, size_t i, const char *value)
{
	const struct sdmx_component *c = &sdmx_attributes[i];
	if (*value == '\0')
		sink_text(m->out, ",null");
	else if (c->list != NULL)
		sink_printf(m->out, ",%zu", place_of(&m->attribute[i], value));
	else if (strcmp(c->type, "String") != 0)
		sink_printf(m->out, ",%s", value);
	else {
		sink_text(m->out, ",");
		sink_json(m->out, value);
	}
}

static void
put_observation(void *context, const struct sdmx_observation *o)
{
	struct message *m = context;
	sink_text(m->out, m->is_first ? "\"" : ",\n\"");
	m->is_first = false;
	for (size_t i = 0; i < SDMX_DIMENSIONS; i++)
		sink_printf(
		    m->out, "%s%zu", i == 0 ? "" : ":", place_of(&m->dimension[i], o->key[i]));
	sink_printf(m->out, "\":[%s", o->value[0] != '\0' ? o->value : "null");
	for (size_t i = 0; i < SDMX_ATTRIBUTES; i++)
		put_attribute(m, i, o->attribute[i]);
	sink_text(m->out, "]");
}

static void
put_comment(struct message *m)
{
	char comment[SDMX_COMMENT_BYTES];
	sdmx_comment_of(m->e, comment);
	sink_text(m->out, ",\"attributes\":[");
	if (*comment != '\0')
		sink_json(m->out, comment);
	else
		sink_text(m->out, "null");
	sink_text(m->out, "]");
}

void
write_sdmx_json(const struct export *e, struct sink *out)
{
	struct message m = {.e = e, .out = out};
	sdmx_json_meta(e, SCHEMA, "data", out);
	sink_text(out, "\"data\":{\"structures\":[{");
	put_link(&m);
	sink_text(out, ",");
	sink_json_names(out, e->tables->definition->title);
	sink_text(out, ",\n");
	put_dimensions(&m);
	put_attributes(&m);
	sink_text(out, ",\"annotations\":[],\"dataSets\":[0]}],\n\"dataSets\":[{\"structure\":0,"
		       "\"action\":\"Replace\",");
	put_link(&m);
	put_comment(&m);
	sink_text(out, ",\"observations\":{\n");
	m.is_first = true;
	sdmx_each(e, put_observation, &m);
	sink_text(out, "}}]}}\n");
	for (size_t i = 0; i < SDMX_DIMENSIONS; i++)
		free(m.dimension[i].id);
	for (size_t i = 0; i < SDMX_ATTRIBUTES; i++)
		free(m.attribute[i].id);
}
