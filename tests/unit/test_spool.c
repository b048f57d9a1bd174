/* SPDX-License-Identifier: Apache-2.0 */
#include "client/spool.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/file.h"
#include "tests/support/client_rig.h"

static struct client_rig rig;

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

static void
what_is_kept_comes_back_byte_for_byte(void **state)
{
	(void)state;
	struct outgoing o = client_rig_outgoing("3000123455", "some bytes");
	struct outgoing back;
	char *name;
	o.corrects = true;
	memset(o.deprecated_id, 7, sizeof(o.deprecated_id));
	assert_true(spool_add(&rig.client, &o, &name));
	assert_true(spool_read(&rig.client, name, &back));
	assert_true(outgoing_same(&o, &back));
	assert_memory_equal(o.instance_id, back.instance_id, UUID_BYTES);
	assert_string_equal(o.access_code, back.access_code);
	assert_string_equal(o.survey_id, back.survey_id);
	assert_int_equal(o.survey_version, back.survey_version);
	assert_int_equal(o.channel, back.channel);
	assert_true(spool_remove(&rig.client, name));
	assert_int_equal(client_rig_files(&rig, "spool"), 0);
	outgoing_clear(&o);
	outgoing_clear(&back);
	free(name);
}

static void
an_item_is_readable_by_its_owner_only(void **state)
{
	(void)state;
	struct outgoing o = client_rig_outgoing("3000123455", "x");
	struct stat st;
	char path[256];
	char *name;
	assert_true(spool_add(&rig.client, &o, &name));
	snprintf(path, sizeof(path), "%s/spool/%s", rig.home, name);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	outgoing_clear(&o);
	free(name);
}

static void
the_same_content_keeps_its_first_id(void **state)
{
	(void)state;
	struct outgoing first = client_rig_outgoing("3000123455", "same");
	struct outgoing again = client_rig_outgoing("3000123455", "same");
	struct outgoing other = client_rig_outgoing("3000123455", "other");
	uint8_t newest[UUID_BYTES];
	char *name[3];
	assert_memory_not_equal(first.instance_id, again.instance_id, UUID_BYTES);
	assert_true(spool_add(&rig.client, &first, &name[0]));
	assert_true(spool_add(&rig.client, &again, &name[1]));
	assert_memory_equal(first.instance_id, again.instance_id, UUID_BYTES);
	assert_string_equal(name[0], name[1]);
	assert_int_equal(client_rig_files(&rig, "spool"), 1);
	assert_false(spool_newest(&rig.client, "r1", "3000123455", name[0], newest));
	assert_true(spool_add(&rig.client, &other, &name[2]));
	assert_int_equal(client_rig_files(&rig, "spool"), 2);
	assert_true(spool_newest(&rig.client, "r1", "3000123455", name[2], newest));
	assert_memory_equal(newest, first.instance_id, UUID_BYTES);
	assert_true(spool_newest(&rig.client, "r1", "3000123455", "", newest));
	assert_memory_equal(newest, other.instance_id, UUID_BYTES);
	assert_false(spool_newest(&rig.client, "r2", "3000123455", name[2], newest));
	outgoing_clear(&first);
	outgoing_clear(&again);
	outgoing_clear(&other);
	for (int i = 0; i < 3; i++)
		free(name[i]);
}

static void
a_correction_that_waits_is_known_by_its_answers(void **state)
{
	(void)state;
	struct outgoing first = client_rig_outgoing("3000123455", "same");
	struct outgoing again = client_rig_outgoing("3000123455", "same");
	char *name[2];
	assert_true(spool_add(&rig.client, &first, &name[0]));
	assert_false(spool_corrects_with(&rig.client, &again)); /* it corrects nothing */
	first.corrects = true;
	memset(first.deprecated_id, 7, UUID_BYTES);
	assert_true(spool_add(&rig.client, &first, &name[1]));
	assert_true(spool_corrects_with(&rig.client, &again));
	assert_true(outgoing_same(&first, &again));
	again.answers[0] ^= 1;
	again.corrects = false;
	assert_false(spool_corrects_with(&rig.client, &again));
	again.answers[0] ^= 1;
	strcpy(again.round, "r2");
	assert_false(spool_corrects_with(&rig.client, &again));
	assert_false(again.corrects);
	outgoing_clear(&first);
	outgoing_clear(&again);
	for (int i = 0; i < 2; i++)
		free(name[i]);
}

static void
items_are_listed_in_the_order_in_which_they_were_made(void **state)
{
	(void)state;
	static const char *const answers[] = {"c", "a", "b"};
	char **names;
	size_t n;
	for (int i = 0; i < 3; i++) {
		struct outgoing o = client_rig_outgoing("3000123455", answers[i]);
		char *name;
		assert_true(spool_add(&rig.client, &o, &name));
		outgoing_clear(&o);
		free(name);
	}
	assert_true(spool_list(&rig.client, &names, &n));
	assert_int_equal(n, 3);
	for (size_t i = 0; i < 3; i++) {
		struct outgoing o;
		assert_true(spool_read(&rig.client, names[i], &o));
		assert_memory_equal(o.answers, answers[i], 1);
		outgoing_clear(&o);
	}
	spool_free_names(names, n);
}

static void
what_is_made_after_the_clock_was_set_back_is_still_listed_last(void **state)
{
	(void)state;
	struct outgoing o = client_rig_outgoing("3000123455", "x");
	char *name, **names;
	size_t n;
	assert_true(spool_list(&rig.client, &names, &n)); /* which makes the folder */
	spool_free_names(names, n);
	free(client_rig_write(&rig, "spool/5000000000000-before.json", "{}"));
	assert_true(spool_add(&rig.client, &o, &name));
	assert_true(spool_list(&rig.client, &names, &n));
	assert_int_equal(n, 2);
	assert_string_equal(names[1], name);
	spool_free_names(names, n);
	outgoing_clear(&o);
	free(name);
}

static void
what_is_refused_moves_away_with_its_reason(void **state)
{
	(void)state;
	struct outgoing o = client_rig_outgoing("3000123455", "x");
	char path[256];
	char *name;
	size_t n;
	assert_true(spool_add(&rig.client, &o, &name));
	assert_true(spool_refuse(&rig.client, name, "REJECTED\n"));
	assert_int_equal(client_rig_files(&rig, "spool"), 0);
	snprintf(path, sizeof(path), "%s/refused/%s.txt", rig.home, name);
	char *reason = file_read(path, 100, &n);
	assert_non_null(reason);
	assert_string_equal(reason, "REJECTED\n");
	assert_int_equal(client_rig_files(&rig, "refused"), 2);
	free(reason);
	free(name);
	outgoing_clear(&o);
}

static void
a_damaged_item_is_not_read(void **state)
{
	(void)state;
	static const char *const damaged[] = {"", "{", "{}", "[]", "{\"round\":\"r1\"}",
	    "{\"round\":\"r1\",\"survey\":\"S\",\"version\":1,\"tax_code\":\"3000123455\","
	    "\"channel\":1,\"instance_id\":\"00112233-4455-6677-8899-aabbccddeeff\","
	    "\"answers_hex\":\"0g\"}"};
	struct outgoing o;
	char **names;
	size_t n;
	assert_true(spool_list(&rig.client, &names, &n));
	spool_free_names(names, n);
	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		free(client_rig_write(&rig, "spool/x.json", damaged[i]));
		errno = 1;
		assert_false(spool_read(&rig.client, "x.json", &o));
		assert_int_equal(errno, 0);
	}
	assert_false(spool_read(&rig.client, "gone.json", &o));
	assert_int_equal(errno, ENOENT);
}

static void
only_one_holds_the_lock(void **state)
{
	(void)state;
	int lock = spool_lock(&rig.client);
	assert_true(lock >= 0);
	assert_int_equal(spool_lock(&rig.client), -1);
	assert_int_equal(errno, EWOULDBLOCK);
	close(lock);
	lock = spool_lock(&rig.client);
	assert_true(lock >= 0);
	close(lock);
}

static void
an_id_follows_from_the_content(void **state)
{
	(void)state;
	struct outgoing a = client_rig_outgoing("3000123455", "x");
	struct outgoing b = client_rig_outgoing("3000123455", "x");
	outgoing_name_by_content(&a);
	outgoing_name_by_content(&b);
	assert_memory_equal(a.instance_id, b.instance_id, UUID_BYTES);
	b.corrects = true;
	outgoing_name_by_content(&b);
	assert_memory_not_equal(a.instance_id, b.instance_id, UUID_BYTES);
	b.corrects = false;
	strcpy(b.round, "r2");
	outgoing_name_by_content(&b);
	assert_memory_not_equal(a.instance_id, b.instance_id, UUID_BYTES);
	outgoing_clear(&a);
	outgoing_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		what_is_kept_comes_back_byte_for_byte, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		an_item_is_readable_by_its_owner_only, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(the_same_content_keeps_its_first_id, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		a_correction_that_waits_is_known_by_its_answers, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		items_are_listed_in_the_order_in_which_they_were_made, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		what_is_made_after_the_clock_was_set_back_is_still_listed_last, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		what_is_refused_moves_away_with_its_reason, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_damaged_item_is_not_read, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(only_one_holds_the_lock, set_up, tear_down),
	    cmocka_unit_test(an_id_follows_from_the_content),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
