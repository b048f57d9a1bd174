/* SPDX-License-Identifier: Apache-2.0 */
/* What a peer takes: lists of types and codings with weights, of which only 0 is looked at. */
#include <string.h>

#include "collector/http.h"

static bool
has_weight_zero(struct http_span parameters)
{
	struct http_span p;
	while (http_list_next(&parameters, ';', &p)) {
		size_t i = 2;
		if (p.n < 3 || (memcmp(p.at, "q=", 2) != 0 && memcmp(p.at, "Q=", 2) != 0))
			continue;
		while (i < p.n && (p.at[i] == '0' || p.at[i] == '.'))
			i++;
		return i == p.n;
	}
	return false;
}

/* Whether a list of what a peer takes has one of the names, the first of which that stands there
 * decides: they go from the narrowest to the widest. Anything but a weight of 0 is a yes. */
static bool
admits(const struct http_span *list, const char *const names[3])
{
	for (size_t i = 0; i < 3 && names[i] != NULL; i++) {
		struct http_span rest = *list, member, name;
		while (http_list_next(&rest, ',', &member)) {
			struct http_span parameters = member;
			if (http_list_next(&parameters, ';', &name) &&
			    http_span_is_nocase(name, names[i]))
				return !has_weight_zero(parameters);
		}
	}
	return false;
}

bool
http_admits_type(const struct http_span *accept, const char *type)
{
	bool is_text = strncmp(type, "text/", 5) == 0;
	const char *const names[3] = {type, is_text ? "text/*" : "application/*", "*/*"};
	return accept == NULL || admits(accept, names);
}

bool
http_admits_gzip(const struct http_span *coding)
{
	static const char *const gzip[3] = {"gzip", "*", NULL};
	return coding != NULL && admits(coding, gzip);
}
