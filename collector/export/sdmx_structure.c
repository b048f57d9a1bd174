/* SPDX-License-Identifier: Apache-2.0 */
/* SDMX-JSON 2.0.0, the structure message: dataflow, data structure definition, concept scheme and
 * code lists, by which a stranger reads the data in either form. */
#include <string.h>

#include "collector/export/office.h"
#include "collector/export/sdmx_json.h"
#include "collector/export/text.h"

#define SCHEMA                                                                                     \
	"https://raw.githubusercontent.com/sdmx-twg/sdmx-json/master/structure-message/tools/"     \
	"schemas/2.0.0/sdmx-json-structure-schema.json"
#define STRUCTURE "DSD_GOALS"
#define CONCEPTS "CS_GOALS"

struct writing {
	const struct export *e;
	struct sink *out;
	const char *agency;
	bool is_first;
};

static void
put_urn(const struct writing *w, const char *class, const char *id, const char *item)
{
	sink_printf(w->out, "\"urn:sdmx:org.sdmx.infomodel.%s=%s:%s(" SDMX_VERSION_30 ")%s%s\"",
	    class, w->agency, id, *item != '\0' ? "." : "", item);
}

/* What every maintained thing begins with. */
static void
begin(const struct writing *w, const char *id, struct label label)
{
	sink_printf(w->out,
	    "{\"id\":\"%s\",\"agencyID\":\"%s\",\"version\":\"" SDMX_VERSION_30 "\",", id,
	    w->agency);
	sink_json_names(w->out, label);
}

static void
put_component(const struct writing *w, const struct sdmx_component *c, const char *more)
{
	sink_printf(w->out, "{\"id\":\"%s\",%s\"conceptIdentity\":", c->id, more);
	put_urn(w, "conceptscheme.Concept", CONCEPTS, c->id);
	sink_text(w->out, ",\"localRepresentation\":{");
	if (c->list != NULL) {
		sink_text(w->out, "\"enumeration\":");
		put_urn(w, "codelist.Codelist", c->list, "");
	} else {
		sink_printf(w->out, "\"format\":{\"dataType\":\"%s\"}", c->type);
	}
	sink_text(w->out, "}}");
}

static void
put_components(const struct writing *w)
{
	sink_text(w->out, ",\"dataStructureComponents\":{\n\"dimensionList\":{\"id\":"
			  "\"DimensionDescriptor\",\"dimensions\":[");
	for (size_t i = 0; i < SDMX_TIME_PERIOD; i++) {
		sink_text(w->out, i == 0 ? "\n" : ",\n");
		put_component(w, &sdmx_dimensions[i], "");
	}
	sink_text(w->out, "],\n\"timeDimension\":");
	put_component(w, &sdmx_dimensions[SDMX_TIME_PERIOD], "");
	sink_text(w->out, "},\n\"measureList\":{\"id\":\"MeasureDescriptor\",\"measures\":[");
	/* The official schema of 2.0.0 asks for isMandatory, though it describes only usage. */
	put_component(w, &sdmx_measure, "\"usage\":\"optional\",\"isMandatory\":false,");
	sink_text(
	    w->out, "]},\n\"attributeList\":{\"id\":\"AttributeDescriptor\",\"attributes\":[");
	for (size_t i = 0; i < SDMX_ATTRIBUTES; i++) {
		sink_text(w->out, i == 0 ? "\n" : ",\n");
		put_component(w, &sdmx_attributes[i],
		    sdmx_attributes[i].traits & SDMX_MANDATORY
			? "\"usage\":\"mandatory\",\"attributeRelationship\":{\"observation\":{}},"
			: "\"usage\":\"optional\",\"attributeRelationship\":{\"observation\":{}},");
	}
	sink_text(w->out, ",\n");
	put_component(w, &sdmx_comment,
	    "\"usage\":\"optional\",\"attributeRelationship\":{\"dataflow\":{}},");
	sink_text(w->out, "]}}");
}

static void
put_concept(const struct writing *w, const struct sdmx_component *c, bool is_first)
{
	sink_printf(w->out, "%s{\"id\":\"%s\",", is_first ? "\n" : ",\n", c->id);
	sink_json_names(w->out, c->label);
	sink_text(w->out, "}");
}

static void
put_concepts(const struct writing *w)
{
	static const struct label label = {"Khái niệm", "Concepts"};
	sink_text(w->out, "],\n\"conceptSchemes\":[");
	begin(w, CONCEPTS, label);
	sink_text(w->out, ",\"concepts\":[");
	for (size_t i = 0; i < SDMX_DIMENSIONS; i++)
		put_concept(w, &sdmx_dimensions[i], i == 0);
	put_concept(w, &sdmx_measure, false);
	for (size_t i = 0; i < SDMX_ATTRIBUTES; i++)
		put_concept(w, &sdmx_attributes[i], false);
	put_concept(w, &sdmx_comment, false);
	sink_text(w->out, "]}]");
}

static void
put_code(void *context, const struct sdmx_code *code)
{
	struct writing *w = context;
	sink_printf(w->out, "%s{\"id\":\"%s\",", w->is_first ? "\n" : ",\n", code->id);
	sink_json_names(w->out, code->label);
	if (code->parent[0] != '\0')
		sink_printf(w->out, ",\"parent\":\"%s\"", code->parent);
	sink_text(w->out, "}");
	w->is_first = false;
}

static void
put_lists(struct writing *w)
{
	sink_text(w->out, ",\n\"codelists\":[");
	for (size_t i = 0; i < SDMX_TIME_PERIOD; i++) {
		sink_text(w->out, i == 0 ? "" : ",\n");
		begin(w, sdmx_dimensions[i].list, sdmx_dimensions[i].label);
		if (sdmx_dimensions[i].traits & SDMX_PARTIAL)
			sink_text(w->out, ",\"isPartial\":true");
		sink_text(w->out, ",\"codes\":[");
		w->is_first = true;
		sdmx_codes(w->e, (enum sdmx_dimension)i, put_code, w);
		sink_text(w->out, "]}");
	}
	for (size_t i = 0; i < SDMX_ATTRIBUTES; i++) {
		if (sdmx_attributes[i].list == NULL)
			continue;
		sink_text(w->out, ",\n");
		begin(w, sdmx_attributes[i].list, sdmx_attributes[i].label);
		sink_text(w->out, ",\"codes\":[");
		w->is_first = true;
		sdmx_attribute_codes((enum sdmx_attribute)i, put_code, w);
		sink_text(w->out, "]}");
	}
	sink_text(w->out, "]");
}

void
write_sdmx_structure(const struct export *e, struct sink *out)
{
	struct writing w = {.e = e, .out = out, .agency = office_code(e->office, OFFICE_AGENCY)};
	const struct label title = e->tables->definition->title;
	sdmx_json_meta(e, SCHEMA, "structure", out);
	sink_text(out, "\"data\":{\"dataflows\":[");
	begin(&w, office_code(e->office, OFFICE_DATAFLOW), title);
	sink_text(out, ",\"structure\":");
	put_urn(&w, "datastructure.DataStructure", STRUCTURE, "");
	sink_text(out, "}],\n\"dataStructures\":[");
	begin(&w, STRUCTURE, title);
	put_components(&w);
	sink_text(out, "}");
	put_concepts(&w);
	put_lists(&w);
	sink_text(out, "}}\n");
}
