/* SPDX-License-Identifier: Apache-2.0 */
#include "client/submission_file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/file.h"
#include "client/uuid.h"
#include "client/words.h"
#include "survey/text.h"

/* Record one error; too many are dropped. */
__attribute__((format(printf, 3, 4))) static void
blame(struct answers_json_errors *errors, const char *path, const char *format, ...)
{
	if (errors->n == ANSWERS_JSON_ERRORS_MAX)
		return;
	struct answers_json_error *e = &errors->error[errors->n++];
	snprintf(e->path, sizeof(e->path), "%s", path);
	va_list args;
	va_start(args, format);
	vsnprintf(e->reason, sizeof(e->reason), format, args);
	va_end(args);
}

struct reading {
	enum language language;
	struct answers_json_errors *errors;
	struct submission_file *file;
};

/* A copy with every text in normal form C; NULL when memory is out, or too deep (recorded). */
static json_t *normalised(const struct reading *r, const json_t *value, unsigned depth);

static json_t *
normalised_text(const char *text)
{
	char *nfc = text_to_nfc(text);
	if (nfc == NULL)
		return NULL;
	json_t *copy = json_string(nfc);
	free(nfc);
	return copy;
}

static json_t *
normalised_object(const struct reading *r, const json_t *object, unsigned depth)
{
	json_t *copy = json_object();
	const char *key;
	json_t *member;
	/* jansson's iteration takes a non-const object and leaves it as it is */
	union {
		const json_t *in;
		json_t *out;
	} loan = {.in = object};
	json_object_foreach(loan.out, key, member)
	{
		json_t *value = normalised(r, member, depth + 1);
		if (value == NULL || json_object_set_new(copy, key, value) != 0) {
			json_decref(copy);
			return NULL;
		}
	}
	return copy;
}

static json_t *
normalised_array(const struct reading *r, const json_t *array, unsigned depth)
{
	json_t *copy = json_array();
	for (size_t i = 0; i < json_array_size(array); i++) {
		json_t *value = normalised(r, json_array_get(array, i), depth + 1);
		if (value == NULL || json_array_append_new(copy, value) != 0) {
			json_decref(copy);
			return NULL;
		}
	}
	return copy;
}

static json_t *
normalised(const struct reading *r, const json_t *value, unsigned depth)
{
	if (depth > SUBMISSION_FILE_MAX_DEPTH) {
		blame(r->errors, "", "%s",
		    words_say(r->language, "lồng quá sâu", "nested too deeply"));
		return NULL;
	}
	if (json_is_string(value))
		return normalised_text(json_string_value(value));
	if (json_is_object(value))
		return normalised_object(r, value, depth);
	if (json_is_array(value))
		return normalised_array(r, value, depth);
	return json_copy((json_t *)(uintptr_t)value);
}

/* The string at `key`, or NULL when it is absent; another type or too long is an error. */
static const char *
get_string(const struct reading *r, const char *key, size_t cap)
{
	const json_t *value = json_object_get(r->file->object, key);
	if (value == NULL || json_is_null(value))
		return NULL;
	const char *text = json_string_value(value);
	if (text == NULL || strlen(text) >= cap) {
		blame(r->errors, key,
		    words_say(r->language, "phải là một chuỗi dưới %zu byte",
			"must be a string shorter than %zu bytes"),
		    cap);
		return NULL;
	}
	return text;
}

static void
read_names(const struct reading *r)
{
	struct outgoing *o = &r->file->outgoing;
	const char *round = get_string(r, "round", sizeof(o->round));
	const char *survey = get_string(r, "survey", sizeof(o->survey_id));
	if (round != NULL)
		strcpy(o->round, round);
	if (survey != NULL)
		strcpy(o->survey_id, survey);
	const json_t *version = json_object_get(r->file->object, "version");
	if (version == NULL)
		return;
	json_int_t number = json_integer_value(version);
	if (!json_is_integer(version) || number < 1 || number > UINT32_MAX)
		blame(r->errors, "version", "%s",
		    words_say(
			r->language, "phải là một số nguyên dương", "must be a positive integer"));
	else
		o->survey_version = (uint32_t)number;
}

static void
read_unit(const struct reading *r)
{
	struct outgoing *o = &r->file->outgoing;
	const char *tax_code = get_string(r, "tax_code", 64);
	uint64_t number;
	if (tax_code != NULL && taxcode_parse(tax_code, &number) == TAXCODE_OK)
		taxcode_print(number, o->tax_code);
	else if (tax_code != NULL)
		blame(r->errors, "tax_code", "%s",
		    words_say(r->language,
			"mã số thuế không hợp lệ (10 chữ số có số kiểm tra, hoặc thêm -001 đến "
			"-999)",
			"not a tax code (10 digits with a check digit, or these and -001 to "
			"-999)"));
	const char *code = get_string(r, "access_code", 64);
	if (code != NULL && !code_canonical(code, o->access_code))
		blame(r->errors, "access_code", "%s",
		    words_say(r->language, "không phải mã truy cập 16 ký tự",
			"not an access code of 16 characters"));
}

static void
read_ids(const struct reading *r)
{
	struct outgoing *o = &r->file->outgoing;
	const char *instance = get_string(r, "instance_id", 64);
	const char *corrects = get_string(r, "corrects", 64);
	r->file->has_instance_id = instance != NULL && uuid_parse(instance, o->instance_id);
	o->corrects = corrects != NULL && uuid_parse(corrects, o->deprecated_id);
	if (instance != NULL && !r->file->has_instance_id)
		blame(r->errors, "instance_id", "%s",
		    words_say(r->language, "không phải UUID", "not a UUID"));
	if (corrects != NULL && !o->corrects)
		blame(r->errors, "corrects", "%s",
		    words_say(r->language, "không phải UUID", "not a UUID"));
}

/* A misspelt key would otherwise silently drop what it holds. */
static void
refuse_unknown_keys(const struct reading *r)
{
	static const char *const known[] = {"round", "survey", "version", "tax_code", "access_code",
	    "instance_id", "corrects", "answers", "confirmed", "seconds", "comment"};
	const char *key;
	json_t *value;
	json_object_foreach(r->file->object, key, value)
	{
		size_t i = 0;
		while (i < sizeof(known) / sizeof(known[0]) && strcmp(known[i], key) != 0)
			i++;
		if (i == sizeof(known) / sizeof(known[0]))
			blame(r->errors, key, "%s",
			    words_say(r->language, "khóa không có trong định dạng",
				"not a key of this format"));
	}
	if (json_object_get(r->file->object, "answers") == NULL)
		blame(r->errors, "answers", "%s", words_say(r->language, "thiếu", "missing"));
}

bool
submission_file_parse(const char *text, size_t n, enum language language,
    struct submission_file *out, struct answers_json_errors *errors)
{
	struct submission_file file = {0};
	struct reading r = {.language = language, .errors = errors, .file = &file};
	size_t before = errors->n;
	json_error_t error;
	json_t *raw = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
	if (raw == NULL) {
		char words[JSON_ERROR_TEXT_LENGTH + 64];
		words_json(language, &error, words, sizeof(words));
		blame(errors, "",
		    words_say(language, "không phải JSON: dòng %d, cột %d: %s",
			"not JSON: line %d, column %d: %s"),
		    error.line, error.column, words);
		return false;
	}
	if (!json_is_object(raw))
		blame(errors, "", "%s",
		    words_say(language, "phải là một đối tượng JSON", "must be a JSON object"));
	else
		file.object = normalised(&r, raw, 0);
	json_decref(raw);
	if (file.object == NULL && errors->n == before)
		blame(errors, "", "%s", words_say(language, "hết bộ nhớ", "out of memory"));
	if (file.object != NULL) {
		refuse_unknown_keys(&r);
		read_names(&r);
		read_unit(&r);
		read_ids(&r);
	}
	if (errors->n != before) {
		submission_file_clear(&file);
		return false;
	}
	*out = file;
	return true;
}

bool
submission_file_read(const char *path, enum language language, struct submission_file *out,
    struct answers_json_errors *errors)
{
	size_t n;
	char *text = file_read(path, SUBMISSION_FILE_MAX_BYTES, &n);
	if (text == NULL) {
		blame(errors, "", "%s", words_errno(language, errno));
		return false;
	}
	size_t bom = n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	bool ok = submission_file_parse(text + bom, n - bom, language, out, errors);
	free(text);
	return ok;
}

static void
translate(enum language language, struct answers_json_error *error)
{
	char words[sizeof(error->reason)];
	words_answer(language, error->reason, words, sizeof(words));
	memcpy(error->reason, words, sizeof(words));
}

bool
submission_file_encode(struct submission_file *file, const struct definition *d,
    enum language language, struct answers *answers, struct findings *findings,
    struct answers_json_errors *errors)
{
	if (!answers_from_json(d, file->object, answers, findings, errors)) {
		for (size_t i = 0; i < errors->n; i++)
			translate(language, &errors->error[i]);
		return false;
	}
	size_t n;
	uint8_t *bytes = answers_encode(d, answers, &n);
	if (bytes == NULL) {
		blame(errors, "answers",
		    words_say(
			language, "quá lớn: nhiều nhất %d byte", "too large: at most %d bytes"),
		    ANSWERS_BYTES_MAX);
		return false;
	}
	free(file->outgoing.answers);
	file->outgoing.answers = bytes;
	file->outgoing.answers_bytes = n;
	return true;
}

void
submission_file_clear(struct submission_file *file)
{
	json_decref(file->object);
	outgoing_clear(&file->outgoing);
	*file = (struct submission_file){0};
}
