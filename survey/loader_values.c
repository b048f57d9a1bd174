/* SPDX-License-Identifier: Apache-2.0 */
/* The getters of survey/loader.h: one JSON value each, its type, range and text checked. */
#include "survey/loader.h"

#include <inttypes.h>
#include <string.h>

#include "survey/text.h"

static const char *
text_value(struct loader *l, const json_t *value)
{
	if (!json_is_string(value)) {
		loader_problem(l, "must be a string");
		return "";
	}
	const char *bytes = json_string_value(value);
	size_t n = json_string_length(value);
	enum text_status status = text_check(bytes, n, LABEL_MAX_CHARS, false);
	if (status == TEXT_MEMORY)
		l->out_of_memory = true;
	if (status != TEXT_OK) {
		loader_problem(l, "bad text: %s", text_rule_en(status));
		return "";
	}
	char *copy = loader_alloc(l, n + 1, 1);
	if (!copy)
		return "";
	memcpy(copy, bytes, n);
	return copy;
}

static bool
is_code(const char *code, size_t n, bool hyphen)
{
	for (size_t i = 0; i < n; i++) {
		char c = code[i];
		bool letter = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
		if (!letter && !(hyphen && c == '-'))
			return false;
	}
	return n > 0;
}

const char *
loader_code_value(struct loader *l, const json_t *value, bool hyphen)
{
	const char *code = text_value(l, value);
	size_t n = strlen(code);
	if (n == 0) {
		if (json_is_string(value) && json_string_length(value) == 0)
			loader_problem(l, "a code must not be empty");
		return "";
	}
	if (n > CODE_MAX_BYTES) {
		loader_problem(l, "code '%s' has %zu characters, at most %d are allowed", code, n,
		    CODE_MAX_BYTES);
		return "";
	}
	if (!is_code(code, n, hyphen)) {
		loader_problem(
		    l, "code '%s' may hold A-Z, 0-9%s only", code, hyphen ? ", _ and -" : " and _");
		return "";
	}
	return code;
}

/* One language of a label. Its braces are marks that label_expand knows; others would be printed.
 */
static const char *
label_text(struct loader *l, const json_t *value, const char *language)
{
	const char *text = loader_text(l, value, language, true);
	for (const char *at = strchr(text, '{'); at; at = strchr(at + 1, '{')) {
		if (strncmp(at, "{Y}", 3) == 0 || strncmp(at, "{ref_date}", 10) == 0)
			continue;
		loader_problem_at(l, language, "of marks in braces there are {Y} and {ref_date}");
		break;
	}
	return text;
}

struct label
loader_label_value(struct loader *l, const json_t *value)
{
	struct label label = {"", ""};
	if (!loader_object(l, value, "vi en"))
		return label;
	label.vi = label_text(l, value, "vi");
	label.en = label_text(l, value, "en");
	return label;
}

const char *
loader_text(struct loader *l, const json_t *object, const char *key, bool required)
{
	const json_t *value = json_object_get(object, key);
	if (!value) {
		if (required)
			loader_problem_at(l, key, "is missing");
		return "";
	}
	size_t mark = loader_enter(l, key);
	const char *text = text_value(l, value);
	if (required && json_is_string(value) && json_string_length(value) == 0)
		loader_problem(l, "must not be empty");
	loader_leave(l, mark);
	return text;
}

struct label
loader_label(struct loader *l, const json_t *object, const char *key, bool required)
{
	struct label label = {"", ""};
	const json_t *value = json_object_get(object, key);
	if (!value) {
		if (required)
			loader_problem_at(l, key, "is missing");
		return label;
	}
	size_t mark = loader_enter(l, key);
	label = loader_label_value(l, value);
	loader_leave(l, mark);
	return label;
}

const char *
loader_code(struct loader *l, const json_t *object, const char *key, bool hyphen)
{
	const json_t *value = json_object_get(object, key);
	if (!value) {
		loader_problem_at(l, key, "is missing");
		return "";
	}
	size_t mark = loader_enter(l, key);
	const char *code = loader_code_value(l, value, hyphen);
	loader_leave(l, mark);
	return code;
}

int64_t
loader_integer(struct loader *l, const json_t *object, const char *key, int64_t min, int64_t max,
    int64_t absent)
{
	const json_t *value = json_object_get(object, key);
	if (!value)
		return absent;
	if (!json_is_integer(value)) {
		loader_problem_at(l, key, "must be an integer");
		return absent;
	}
	int64_t number = json_integer_value(value);
	if (number < min || number > max) {
		loader_problem_at(
		    l, key, "is %" PRId64 ", must be %" PRId64 " to %" PRId64, number, min, max);
		return absent;
	}
	return number;
}

int64_t
loader_integer_required(
    struct loader *l, const json_t *object, const char *key, int64_t min, int64_t max)
{
	if (!json_object_get(object, key))
		loader_problem_at(l, key, "is missing");
	return loader_integer(l, object, key, min, max, min);
}

bool
loader_flag(struct loader *l, const json_t *object, const char *key, bool absent)
{
	const json_t *value = json_object_get(object, key);
	if (!value)
		return absent;
	if (!json_is_boolean(value))
		loader_problem_at(l, key, "must be true or false");
	return json_is_true(value);
}

int
loader_word(
    struct loader *l, const json_t *object, const char *key, const char *const *words, size_t n)
{
	const char *word = json_string_value(json_object_get(object, key));
	if (!word) {
		loader_problem_at(
		    l, key, json_object_get(object, key) ? "must be a string" : "is missing");
		return -1;
	}
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i], word) == 0)
			return (int)i;
	loader_problem_at(l, key, "'%s' is not one of those known", word);
	return -1;
}

const json_t *
loader_array(struct loader *l, const json_t *object, const char *key, size_t min, size_t max)
{
	const json_t *array = json_object_get(object, key);
	if (!array) {
		if (min > 0)
			loader_problem_at(l, key, "is missing");
		return NULL;
	}
	if (!json_is_array(array)) {
		loader_problem_at(l, key, "must be an array");
		return NULL;
	}
	size_t n = json_array_size(array);
	if (n < min || n > max) {
		loader_problem_at(l, key, "has %zu elements, must have %zu to %zu", n, min, max);
		return NULL;
	}
	return array;
}

void *
loader_items(struct loader *l, const json_t *object, const char *key, size_t min, size_t max,
    size_t bytes, size_t *n)
{
	*n = 0;
	const json_t *array = loader_array(l, object, key, min, max);
	void *items = array ? loader_alloc(l, json_array_size(array), bytes) : NULL;
	if (!items)
		return NULL;
	*n = json_array_size(array);
	size_t mark = loader_enter(l, key);
	for (size_t i = 0; i < *n; i++) {
		size_t at = loader_enter_index(l, i);
		if (!json_is_object(json_array_get(array, i)))
			loader_problem(l, "must be an object");
		loader_leave(l, at);
	}
	loader_leave(l, mark);
	return items;
}

void
loader_walk(struct loader *l, const json_t *object, const char *key, size_t n,
    void (*one)(struct loader *l, const json_t *item, size_t index))
{
	const json_t *array = json_object_get(object, key);
	size_t mark = loader_enter(l, key);
	for (size_t i = 0; i < n && !l->out_of_memory; i++) {
		const json_t *item = json_array_get(array, i);
		size_t at = loader_enter_index(l, i);
		if (json_is_object(item))
			one(l, item, i);
		loader_leave(l, at);
	}
	loader_leave(l, mark);
}
