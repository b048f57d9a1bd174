/* SPDX-License-Identifier: Apache-2.0 */
/* The code lists of the register: codes, their groups, zones with parents and types, sections with
 * VSIC versions, and the divisions that lead to sections. */
#include "survey/definition_parts.h"

#include <string.h>

const char *const code_list_name[CODE_LISTS] = {
    [CODES_UNIT_TYPE] = "unit_type",
    [CODES_COMMUNE] = "commune",
    [CODES_ZONE] = "zone",
    [CODES_ZONE_TYPE] = "zone_type",
    [CODES_SECTION] = "section",
    [CODES_LEGAL_FORM] = "legal_form",
    [CODES_STATUS] = "status",
    [CODES_SIZE] = "size",
};

#define VERSION_2018 1u
#define VERSION_2025 2u

static struct label
code_label(struct loader *l, const json_t *item)
{
	const json_t *label = json_object_get(item, "label");
	if (!json_is_string(label))
		return loader_label(l, item, "label", true);
	const char *text = loader_text(l, item, "label", true);
	return (struct label){text, text};
}

/* Of a code or a group; tables have cells of their own under _T, the whole, and _U, unknown. */
static const char *
list_code(struct loader *l, const json_t *item)
{
	const char *code = loader_code(l, item, "code", true);
	if (strcmp(code, "_T") == 0 || strcmp(code, "_U") == 0)
		loader_problem_at(l, "code", "'%s' stands for a total or for unknown", code);
	return code;
}

static uint32_t
version_bit(const json_t *value)
{
	if (!json_is_integer(value))
		return 0;
	json_int_t version = json_integer_value(value);
	return version == 2018 ? VERSION_2018 : version == 2025 ? VERSION_2025 : 0;
}

static uint32_t
section_versions(struct loader *l, const json_t *item)
{
	const json_t *versions = loader_array(l, item, "versions", 1, 2);
	uint32_t bits = 0;
	for (size_t i = 0; i < json_array_size(versions); i++) {
		uint32_t bit = version_bit(json_array_get(versions, i));
		if (!bit || (bits & bit))
			loader_problem_at(l, "versions", "must name 2018, 2025 or both, each once");
		bits |= bit;
	}
	return bits;
}

static const char *
allowed_keys(enum code_list_id id)
{
	if (id == CODES_ZONE)
		return "code label type parent";
	return id == CODES_SECTION ? "code label versions" : "code label";
}

static void
load_code(struct loader *l, enum code_list_id id, const json_t *item, struct code *code)
{
	loader_object(l, item, allowed_keys(id));
	code->code = list_code(l, item);
	code->label = code_label(l, item);
	code->type = "";
	code->parent = -1;
	if (id == CODES_SECTION)
		code->attribute = section_versions(l, item);
	bool outside = id == CODES_ZONE && strcmp(code->code, "NONE") == 0;
	if (outside && json_object_get(item, "type"))
		loader_problem_at(l, "type", "NONE, outside zones, has the type NONE only");
	if (outside)
		code->type = "NONE";
	else if (id == CODES_ZONE && json_object_get(item, "type"))
		code->type = loader_code(l, item, "type", true);
	else if (id == CODES_ZONE)
		loader_problem_at(l, "type", "is missing: every zone but NONE has a type");
}

static size_t
codes_max(enum code_list_id id)
{
	if (id == CODES_UNIT_TYPE || id == CODES_LEGAL_FORM || id == CODES_STATUS)
		return INT8_MAX; /* struct register_row holds them in a byte */
	return id == CODES_SIZE ? 4 : CODES_MAX;
}

static void
load_codes(struct loader *l, enum code_list_id id, const json_t *object)
{
	struct code_list *list = &l->d->list[id];
	list->code =
	    loader_items(l, object, "codes", 1, codes_max(id), sizeof(struct code), &list->codes);
	if (!loader_index(l, &list->index, list->codes))
		return;
	const json_t *array = json_object_get(object, "codes");
	size_t mark = loader_enter(l, "codes");
	for (size_t i = 0; i < list->codes && !l->out_of_memory; i++) {
		list->code[i] = (struct code){"", {"", ""}, "", -1, 0};
		size_t at = loader_enter_index(l, i);
		if (json_is_object(json_array_get(array, i))) {
			load_code(l, id, json_array_get(array, i), &list->code[i]);
			loader_index_add(l, &list->index, list->code[i].code, i);
		}
		loader_leave(l, at);
	}
	loader_leave(l, mark);
}

/* Parents and types name codes that may come later in the file. */
static void
link_zone(struct loader *l, const json_t *item, size_t index)
{
	struct code *zone = &l->d->list[CODES_ZONE].code[index];
	if (*zone->type &&
	    definition_find_code(l->d, CODES_ZONE_TYPE, zone->type, strlen(zone->type)) < 0)
		loader_problem_at(
		    l, "type", "'%s' is not a code of the list zone_type", zone->type);
	if (!json_object_get(item, "parent"))
		return;
	const char *parent = loader_code(l, item, "parent", true);
	if (!*parent)
		return;
	zone->parent = (int16_t)definition_find_code(l->d, CODES_ZONE, parent, strlen(parent));
	if (zone->parent < 0)
		loader_problem_at(l, "parent", "'%s' is not a zone", parent);
	else if ((size_t)zone->parent == index || strcmp(parent, "NONE") == 0 ||
		 strcmp(zone->code, "NONE") == 0)
		loader_problem_at(l, "parent", "'%s' cannot be the parent of this zone", parent);
}

static void
check_zone_depth(struct loader *l, const json_t *item, size_t index)
{
	const struct code_list *list = &l->d->list[CODES_ZONE];
	int16_t parent = list->code[index].parent;
	(void)item;
	if (parent >= 0 && list->code[parent].parent >= 0)
		loader_problem_at(l, "parent", "'%s' has a parent itself: zones nest once",
		    list->code[parent].code);
}

static void
link_zones(struct loader *l, const json_t *lists)
{
	struct code_list *list = &l->d->list[CODES_ZONE];
	const json_t *object = json_object_get(lists, code_list_name[CODES_ZONE]);
	if (list->codes == 0)
		return;
	size_t mark = loader_enter(l, code_list_name[CODES_ZONE]);
	if (definition_find_code(l->d, CODES_ZONE, "NONE", 4) < 0)
		loader_problem_at(l, "codes", "must hold NONE, outside zones");
	loader_walk(l, object, "codes", list->codes, link_zone);
	loader_walk(l, object, "codes", list->codes, check_zone_depth);
	loader_leave(l, mark);
}

static void
load_members(struct loader *l, enum code_list_id id, const json_t *item, struct code_group *group,
    uint8_t *memberships)
{
	const json_t *array = loader_array(l, item, "members", 1, l->d->list[id].codes);
	size_t n = json_array_size(array);
	group->member = loader_alloc(l, n, sizeof(*group->member));
	if (!group->member)
		return;
	size_t mark = loader_enter(l, "members");
	for (size_t i = 0; i < n && !l->out_of_memory; i++) {
		size_t at = loader_enter_index(l, i);
		const char *code = loader_code_value(l, json_array_get(array, i), true);
		int member = definition_find_code(l->d, id, code, strlen(code));
		bool twice = false;
		for (size_t j = 0; j < group->members; j++)
			twice = twice || group->member[j] == member;
		if (*code && member < 0)
			loader_problem(l, "'%s' is not a code of this list", code);
		else if (twice)
			loader_problem(l, "'%s' is named twice", code);
		else if (member >= 0 && memberships[member]++ >= GROUPS_OF_CODE_MAX)
			loader_problem(
			    l, "'%s' is in more than %d groups", code, GROUPS_OF_CODE_MAX);
		else if (member >= 0)
			group->member[group->members++] = (int16_t)member;
		loader_leave(l, at);
	}
	loader_leave(l, mark);
}

static void
load_groups(struct loader *l, enum code_list_id id, const json_t *object)
{
	struct code_list *list = &l->d->list[id];
	struct code_index index = {.slot = NULL};
	uint8_t memberships[CODES_MAX] = {0};
	list->group = loader_items(
	    l, object, "groups", 0, CODE_GROUPS_MAX, sizeof(struct code_group), &list->groups);
	if (!list->group || !loader_index(l, &index, list->groups))
		return;
	const json_t *array = json_object_get(object, "groups");
	size_t mark = loader_enter(l, "groups");
	for (size_t i = 0; i < list->groups && !l->out_of_memory; i++) {
		struct code_group *group = &list->group[i];
		const json_t *item = json_array_get(array, i);
		group->code = "";
		if (!json_is_object(item))
			continue;
		size_t at = loader_enter_index(l, i);
		loader_object(l, item, "code label members");
		group->code = list_code(l, item);
		group->label = code_label(l, item);
		if (definition_find_code(l->d, id, group->code, strlen(group->code)) >= 0)
			loader_problem_at(
			    l, "code", "'%s' is a code of the list already", group->code);
		loader_index_add(l, &index, group->code, i);
		load_members(l, id, item, group, memberships);
		loader_leave(l, at);
	}
	loader_leave(l, mark);
}

static void
check_sizes(struct loader *l)
{
	static const char *const size[] = {"MICRO", "SMALL", "MEDIUM", "LARGE"};
	const struct code_list *list = &l->d->list[CODES_SIZE];
	bool right = list->codes == 4;
	for (size_t i = 0; right && i < 4; i++)
		right = strcmp(list->code[i].code, size[i]) == 0;
	if (!right)
		loader_problem_at(
		    l, "size", "codes must be MICRO, SMALL, MEDIUM, LARGE in this order");
}

void
load_code_lists(struct loader *l)
{
	const json_t *lists = json_object_get(l->root, "lists");
	size_t mark = loader_enter(l, "lists");
	if (!lists)
		loader_problem(l, "is missing");
	else
		loader_object(
		    l, lists, "unit_type commune zone zone_type section legal_form status size");
	for (int id = 0; id < CODE_LISTS && !l->out_of_memory; id++) {
		const json_t *object = json_object_get(lists, code_list_name[id]);
		bool grouped = id == CODES_SECTION || id == CODES_SIZE;
		if (!object)
			continue;
		size_t at = loader_enter(l, code_list_name[id]);
		if (loader_object(l, object, grouped ? "codes groups" : "codes")) {
			load_codes(l, (enum code_list_id)id, object);
			if (grouped)
				load_groups(l, (enum code_list_id)id, object);
		}
		loader_leave(l, at);
	}
	if (lists && !l->out_of_memory) {
		link_zones(l, lists);
		check_sizes(l);
	}
	loader_leave(l, mark);
}

static void
check_overlap(struct loader *l, size_t index)
{
	const struct vsic_range *range = &l->d->vsic[index];
	for (size_t i = 0; i < index; i++) {
		const struct vsic_range *other = &l->d->vsic[i];
		if (other->version == range->version && other->from <= range->to &&
		    range->from <= other->to) {
			loader_problem(l, "divisions %u to %u overlap with /vsic/%zu", range->from,
			    range->to, i);
			return;
		}
	}
}

static void
load_range(struct loader *l, const json_t *item, size_t index)
{
	struct vsic_range *range = &l->d->vsic[index];
	loader_object(l, item, "version from to section");
	range->section = -1;
	uint32_t bit = version_bit(json_object_get(item, "version"));
	range->version = bit == VERSION_2018 ? 2018 : bit == VERSION_2025 ? 2025 : 0;
	if (!bit)
		loader_problem_at(l, "version", "must be 2018 or 2025");
	range->from = (uint8_t)loader_integer_required(l, item, "from", 1, 99);
	range->to = (uint8_t)loader_integer_required(l, item, "to", 1, 99);
	if (range->from > range->to)
		loader_problem_at(l, "to", "is %u, below from, %u", range->to, range->from);
	const char *code = loader_code(l, item, "section", true);
	range->section = (int16_t)definition_find_code(l->d, CODES_SECTION, code, strlen(code));
	if (*code && range->section < 0)
		loader_problem_at(l, "section", "'%s' is not a code of the list section", code);
	else if (*code && bit && !(l->d->list[CODES_SECTION].code[range->section].attribute & bit))
		loader_problem_at(
		    l, "section", "'%s' is not a section of version %u", code, range->version);
	check_overlap(l, index);
}

void
load_vsic(struct loader *l)
{
	l->d->vsic = loader_items(
	    l, l->root, "vsic", 0, VSIC_RANGES_MAX, sizeof(struct vsic_range), &l->d->vsic_ranges);
	loader_walk(l, l->root, "vsic", l->d->vsic_ranges, load_range);
}
