/* SPDX-License-Identifier: Apache-2.0 */
/* What waits in the spool, sent to collectors that take only some of it. */
#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/commands.h"
#include "client/delivery.h"
#include "client/spool.h"
#include "tests/support/client_rig.h"
#include "tests/support/fake_server.h"

#define UNIT "3000123455"

static struct client_rig rig;

struct seen {
	unsigned firsts, corrections;
};

static int
set_up(void **state)
{
	(void)state;
	client_rig_open(&rig);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	client_rig_close(&rig);
	return 0;
}

/* As where the disk is low: it stores nothing, so it knows nothing that could be corrected. */
static void
stores_nothing(struct fake_server *s)
{
	struct seen *seen = s->user;
	for (Khaosat__V1__Request *request; (request = fake_server_request(s)) != NULL;) {
		Khaosat__V1__Response response;
		bool corrects = request->submit->deprecated_id.len > 0;
		khaosat__v1__response__init(&response);
		response.id = request->id;
		response.status =
		    corrects ? KHAOSAT__V1__STATUS__NOT_FOUND : KHAOSAT__V1__STATUS__TRY_LATER;
		response.retry_after_ms = 1;
		seen->firsts += !corrects;
		seen->corrections += corrects;
		fake_server_send(s, &response);
		khaosat__v1__request__free_unpacked(request, NULL);
	}
}

static void
put(const char *unit, const char *answers, const uint8_t *corrects, uint8_t id[UUID_BYTES])
{
	struct outgoing o = client_rig_outgoing(unit, answers);
	char *name;
	o.corrects = corrects != NULL;
	if (corrects != NULL)
		memcpy(o.deprecated_id, corrects, UUID_BYTES);
	memcpy(id, o.instance_id, UUID_BYTES);
	assert_true(spool_add(&rig.client, &o, &name));
	outgoing_clear(&o);
	free(name);
}

static void
a_correction_waits_as_long_as_what_it_corrects(void **state)
{
	(void)state;
	struct fake_server server;
	struct seen seen = {0};
	uint8_t first[UUID_BYTES], second[UUID_BYTES], third[UUID_BYTES];
	char *arguments[] = {(char[]){"send"}, NULL};
	put(UNIT, "first", NULL, first);
	put(UNIT, "second", first, second);
	put(UNIT, "third", second, third);
	fake_server_start(&server, stores_nothing, 1, &seen);
	struct client client = fake_server_client(&server);
	client.home = rig.home;
	optind = 1;
	assert_int_equal(command_send.run(&client, 1, arguments), EXIT_UNREACHABLE);
	fake_server_stop(&server);
	assert_int_equal(seen.firsts, DELIVERY_TRIES);
	assert_int_equal(seen.corrections, 0);
	assert_int_equal(client_rig_files(&rig, "spool"), 3);
	assert_int_equal(client_rig_files(&rig, "refused"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		a_correction_waits_as_long_as_what_it_corrects, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
