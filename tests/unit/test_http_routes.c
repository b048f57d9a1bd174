/* SPDX-License-Identifier: Apache-2.0 */
/* The table of routes against khaosat.proto. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/dispatch.h"
#include "collector/http.h"

/* Requests that have no path, and why. */
static const struct {
	const char *request, *why;
} without_path[] = {
    {NULL, NULL}, /* none, as of now */
};

static bool
has_path(uint32_t number)
{
	for (size_t i = 0; i < http_routes_n; i++)
		if (http_routes[i].local == NULL && (uint32_t)http_routes[i].body == number)
			return true;
	return false;
}

static bool
is_excepted(const char *request)
{
	for (size_t i = 0; i < sizeof(without_path) / sizeof(without_path[0]); i++)
		if (without_path[i].request != NULL &&
		    strcmp(without_path[i].request, request) == 0)
			return without_path[i].why[0] != '\0';
	return false;
}

static void
every_request_has_a_path_or_a_reason_why_not(void **state)
{
	(void)state;
	const ProtobufCMessageDescriptor *d = &khaosat__v1__request__descriptor;
	size_t requests = 0;
	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];
		if (f->id < KHAOSAT__V1__REQUEST__BODY_HELLO)
			continue; /* id, version, credentials */
		requests++;
		assert_non_null(dispatch_route((Khaosat__V1__Request__BodyCase)f->id));
		if (has_path(f->id) == is_excepted(f->name))
			fail_msg("%s: %s", f->name,
			    has_path(f->id) ? "excepted, and has a path"
					    : "a path in http_routes.c, or a line here");
	}
	assert_in_range(requests, 40, 200);
}

static void
assert_fields_of(const struct http_route *route)
{
	const ProtobufCMessageDescriptor *d = http_request_body(route->body);
	struct http_span param;
	char name[64];
	for (size_t i = 0; (param = http_route_param(route, i)).n > 0; i++) {
		assert_in_range(i, 0, HTTP_PARAMS_MAX - 1);
		snprintf(name, sizeof(name), "%.*s", (int)param.n, param.at);
		assert_non_null(protobuf_c_message_descriptor_get_field_by_name(d, name));
	}
	if (route->sets != NULL)
		assert_non_null(protobuf_c_message_descriptor_get_field_by_name(d, route->sets));
	if (route->cursor != NULL)
		assert_non_null(protobuf_c_message_descriptor_get_field_by_name(d, route->cursor));
}

static void
what_a_route_names_is_there_and_no_two_are_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < http_routes_n; i++) {
		const struct http_route *route = &http_routes[i];
		assert_non_null(route->summary);
		for (size_t k = 0; k < i; k++)
			assert_false(http_routes[k].method == route->method &&
				     strcmp(http_routes[k].path, route->path) == 0);
		if (route->local == NULL)
			assert_fields_of(route);
		else
			assert_non_null(route->type);
	}
}

static void
a_path_finds_its_own_route(void **state)
{
	(void)state;
	struct http_span params[HTTP_PARAMS_MAX];
	unsigned allowed;
	for (size_t i = 0; i < http_routes_n; i++) {
		const char *path = http_routes[i].path;
		struct http_span whole = {path, strlen(path)};
		assert_ptr_equal(http_route_find(http_routes[i].method, whole, params, &allowed),
		    &http_routes[i]);
	}
}

/* What goes on at 7, of as much as there may be. */
static ProtobufCMessage *
list_that_goes_on(const ProtobufCMessageDescriptor *d)
{
	static const char *const names[] = {"next", "next_before", "last"};
	ProtobufCMessage *m = calloc(1, d->sizeof_message);
	assert_non_null(m);
	protobuf_c_message_init(d, m);
	for (size_t i = 0; i < 3; i++) {
		const ProtobufCFieldDescriptor *f =
		    protobuf_c_message_descriptor_get_field_by_name(d, names[i]);
		if (f != NULL && f->type == PROTOBUF_C_TYPE_UINT32)
			memcpy((char *)m + f->offset, &(uint32_t){7}, sizeof(uint32_t));
		else if (f != NULL)
			memcpy((char *)m + f->offset, &(uint64_t){7}, sizeof(uint64_t));
	}
	return m;
}

static void
assert_link(const struct http_route *route)
{
	const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field(
	    &khaosat__v1__response__descriptor, route->result);
	ProtobufCMessage *list = list_that_goes_on(f->descriptor);
	Khaosat__V1__Response response;
	struct http_ask ask = {.route = route, .query = (char[]){"round=r"}};
	struct http_reply reply = {0};
	uint8_t bytes[256];
	char expected[64];
	khaosat__v1__response__init(&response);
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = (Khaosat__V1__Response__BodyCase)route->result;
	memcpy((char *)&response + f->offset, &list, sizeof(list));
	assert_in_range(khaosat__v1__response__get_packed_size(&response), 1, sizeof(bytes));
	size_t n = khaosat__v1__response__pack(&response, bytes);
	assert_true(http_present(NULL, &ask, bytes, n, &reply));
	bytes_char(&reply.headers, '\0');
	snprintf(expected, sizeof(expected), "Link: <?round=r&%s=7>; rel=\"next\"", route->cursor);
	assert_string_equal(strtok((char *)reply.headers.at, "\r"), expected);
	http_reply_free(&reply);
	free(list);
}

/* The log goes on behind its last entry. */
static void
a_list_with_a_cursor_says_where_it_goes_on(void **state)
{
	(void)state;
	for (size_t i = 0; i < http_routes_n; i++)
		if (http_routes[i].cursor != NULL &&
		    http_routes[i].result != KHAOSAT__V1__RESPONSE__BODY_LOG_ENTRIES)
			assert_link(&http_routes[i]);
}

/* A response of the route with its result empty but for the time, where it tells one. */
static void
present(const struct http_route *route, int64_t time_ms, struct http_reply *out)
{
	const ProtobufCMessageDescriptor *d = http_response_body(route->result);
	const ProtobufCFieldDescriptor *f =
	    protobuf_c_message_descriptor_get_field_by_name(d, "time_ms");
	const struct http_ask ask = {.route = route};
	Khaosat__V1__Response response;
	uint8_t packed[256];
	char *result = calloc(1, d->sizeof_message);
	assert_non_null(result);
	protobuf_c_message_init(d, result);
	if (f != NULL)
		memcpy(result + f->offset, &time_ms, sizeof(time_ms));
	khaosat__v1__response__init(&response);
	response.status = KHAOSAT__V1__STATUS__DONE;
	response.body_case = (Khaosat__V1__Response__BodyCase)route->result;
	f = protobuf_c_message_descriptor_get_field(response.base.descriptor, route->result);
	memcpy((char *)&response + f->offset, &result, sizeof(result));
	assert_in_range(khaosat__v1__response__get_packed_size(&response), 1, sizeof(packed));
	size_t n = khaosat__v1__response__pack(&response, packed);
	*out = (struct http_reply){0};
	assert_true(http_present(NULL, &ask, packed, n, out));
	assert_int_equal(out->code, 200);
	free(result);
}

static void
the_tag_of_an_answer_does_not_follow_the_clock(void **state)
{
	(void)state;
	struct http_reply first, later;
	for (size_t i = 0; i < http_routes_n; i++) {
		const struct http_route *route = &http_routes[i];
		if (route->method != HTTP_GET || route->output != HTTP_OUTPUT_RESULT)
			continue;
		present(route, 1700000000000, &first);
		present(route, 1700000000001, &later);
		assert_string_not_equal(first.etag, "");
		assert_string_equal(first.etag, later.etag);
		http_reply_free(&first);
		http_reply_free(&later);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_request_has_a_path_or_a_reason_why_not),
	    cmocka_unit_test(what_a_route_names_is_there_and_no_two_are_the_same),
	    cmocka_unit_test(a_path_finds_its_own_route),
	    cmocka_unit_test(a_list_with_a_cursor_says_where_it_goes_on),
	    cmocka_unit_test(the_tag_of_an_answer_does_not_follow_the_clock),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
