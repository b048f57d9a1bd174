/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/definition_rig.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *
rig_survey(void)
{
	json_t *root =
	    json_load_file(KHAOSAT_SOURCE_DIR "/tests/support/definition_rig.json", 0, NULL);
	assert(root);
	return root;
}

json_t *
rig_json(const char *text)
{
	char *copy = strdup(text);
	assert(copy);
	for (char *at = copy; *at; at++)
		if (*at == '\'')
			*at = '"';
	json_t *value = json_loads(copy, JSON_DECODE_ANY, NULL);
	assert(value);
	free(copy);
	return value;
}

static json_t *
child(json_t *parent, const char *key)
{
	return json_is_array(parent) ? json_array_get(parent, strtoul(key, NULL, 10))
				     : json_object_get(parent, key);
}

static void
put_child(json_t *parent, const char *key, json_t *value)
{
	int failed;
	size_t index = strtoul(key, NULL, 10);
	if (!json_is_array(parent))
		failed =
		    value ? json_object_set_new(parent, key, value) : json_object_del(parent, key);
	else if (strcmp(key, "-") == 0)
		failed = json_array_append_new(parent, value);
	else
		failed = value ? json_array_set_new(parent, index, value)
			       : json_array_remove(parent, index);
	assert(failed == 0);
}

void
rig_put(json_t *root, const char *pointer, json_t *value)
{
	char *copy = strdup(pointer);
	assert(copy);
	char *rest, *key = strtok_r(copy, "/", &rest), *next;
	while ((next = strtok_r(NULL, "/", &rest))) {
		root = child(root, key);
		assert(root);
		key = next;
	}
	put_child(root, key, value);
	free(copy);
}

struct definition *
rig_load(const json_t *root, struct definition_problems *problems)
{
	char *text = json_dumps(root, JSON_COMPACT);
	assert(text);
	struct definition *d = definition_load(text, strlen(text), problems);
	free(text);
	return d;
}

json_t *
rig_survey_of(json_t *rules)
{
	json_t *root = rig_survey(), *indicators = json_array(), *rule;
	size_t i;
	json_array_foreach(rules, i, rule)
	{
		char code[24];
		snprintf(code, sizeof(code), "I%zu", i);
		json_array_append_new(indicators, json_pack("{s:s,s:{s:s,s:s},s:O}", "code", code,
						      "label", "vi", "x", "en", "x", "rule", rule));
	}
	json_decref(rules);
	rig_put(root, "/indicators", indicators);
	rig_put(root, "/checks/4/rule", rig_json("{'const':true}"));
	rig_put(root, "/goals/0/indicator", json_string("I0"));
	return root;
}
