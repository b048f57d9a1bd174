/* SPDX-License-Identifier: Apache-2.0 */
/* TLS without a socket against OpenSSL's own client, whose bytes the test carries, in whatever
 * pieces it likes. */
#include "collector/seal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/rand.h>

#include "collector/pile.h"
#include "tests/support/tls_rig.h"

#define MUCH 100000

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

/* The two ends of one connection. What the client says is read in rooms of `room` bytes. */
struct rig {
	struct tls_rig ends;
	struct seal *seal;
	SSL *client;
	size_t piece, room;
	uint8_t heard[MUCH];
	size_t n; /* heard, by us */
	enum seal_step step;
};

static void
begin(struct rig *rig, int version, size_t piece, size_t room)
{
	rig->seal = seal_new(rig->ends.tls, TLS_RIG_ALPN);
	rig->client = tls_rig_client(&rig->ends, version);
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	assert_true(rig->seal != NULL && in != NULL && out != NULL);
	BIO_set_mem_eof_return(in, -1);
	SSL_set_bio(rig->client, in, out);
	rig->piece = piece;
	rig->room = room;
	rig->n = 0;
	rig->step = SEAL_WAITS;
}

static void
end(struct rig *rig)
{
	SSL_free(rig->client);
	seal_free(rig->seal);
	rig->client = NULL;
	rig->seal = NULL;
}

static void
hear(struct rig *rig, const uint8_t *bytes, size_t n)
{
	seal_put(rig->seal, bytes, n);
	do {
		size_t got, room = sizeof(rig->heard) - rig->n;
		rig->step = seal_read(
		    rig->seal, rig->heard + rig->n, room < rig->room ? room : rig->room, &got);
		rig->n += got;
	} while (rig->step == SEAL_HAS_MORE);
}

/* Until nobody has anything to carry. */
static void
carry(struct rig *rig)
{
	static uint8_t bytes[MUCH];
	struct pile *ours = seal_output(rig->seal);
	bool moved = true;
	while (moved && (rig->step == SEAL_WAITS || pile_left(ours) > 0)) {
		size_t most = rig->piece < sizeof(bytes) ? rig->piece : sizeof(bytes);
		int theirs = rig->step == SEAL_WAITS
				 ? BIO_read(SSL_get_wbio(rig->client), bytes, (int)most)
				 : 0;
		if (theirs > 0)
			hear(rig, bytes, (size_t)theirs);
		size_t n = pile_left(ours) < most ? pile_left(ours) : most;
		if (n > 0)
			assert_int_equal(
			    BIO_write(SSL_get_rbio(rig->client), pile_start(ours), (int)n), n);
		pile_take(ours, n);
		moved = theirs > 0 || n > 0;
	}
}

static void
shake_hands(struct rig *rig)
{
	for (int i = 0; i < 10 && !SSL_is_init_finished(rig->client); i++) {
		SSL_do_handshake(rig->client);
		carry(rig);
	}
	assert_true(SSL_is_init_finished(rig->client) && seal_is_ready(rig->seal));
}

/* All of it comes to the client. */
static void
tell(struct rig *rig, const uint8_t *bytes, size_t n)
{
	static uint8_t got[MUCH];
	size_t all = 0, some;
	for (size_t i = 0; i < n; i += 16384)
		assert_true(seal_write(rig->seal, bytes + i, n - i < 16384 ? n - i : 16384));
	carry(rig);
	while (all < n && SSL_read_ex(rig->client, got + all, sizeof(got) - all, &some) == 1)
		all += some;
	assert_int_equal(all, n);
	assert_memory_equal(got, bytes, n);
}

static void
say(struct rig *rig, const void *bytes, size_t n)
{
	assert_int_equal(SSL_write(rig->client, bytes, (int)n), n);
}

static int
set_up(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	assert_non_null(rig);
	tls_rig_open(&rig->ends);
	*state = rig;
	return 0;
}

static int
tear_down(void **state)
{
	struct rig *rig = *state;
	end(rig);
	tls_rig_close(&rig->ends);
	free(rig);
	return 0;
}

static const uint8_t *
some_bytes(void)
{
	static uint8_t bytes[MUCH];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 31 + i / 251);
	return bytes;
}

static void
it_comes_out_the_same_whatever_the_pieces(void **state)
{
	static const size_t pieces[] = {1, 2, 5, 6, 700, 15872, MUCH};
	static const size_t rooms[] = {1, 100, 15872};
	struct rig *rig = *state;
	for (size_t i = 0; i < 2 * 7 * 3; i++) {
		begin(rig, versions[i % 2], pieces[i / 2 % 7], rooms[i / 14]);
		shake_hands(rig);
		say(rig, some_bytes(), 40000);
		carry(rig);
		assert_int_equal(rig->n, 40000);
		assert_memory_equal(rig->heard, some_bytes(), 40000);
		tell(rig, some_bytes(), 40000);
		end(rig);
	}
}

/* Small machines ask for them (RFC 6066, 4): what is said then takes many. */
static void
who_wants_small_records_is_told_all(void **state)
{
	struct rig *rig = *state;
	for (size_t i = 0; i < 2; i++) {
		begin(rig, versions[i], MUCH, 15872);
		assert_int_equal(
		    SSL_set_tlsext_max_fragment_length(rig->client, TLSEXT_max_fragment_length_512),
		    1);
		shake_hands(rig);
		tell(rig, some_bytes(), MUCH);
		end(rig);
	}
}

static void
a_byte_in_each_record_is_heard_as_any_other(void **state)
{
	struct rig *rig = *state;
	for (size_t i = 0; i < 2; i++) {
		begin(rig, versions[i], 15872, 100);
		shake_hands(rig);
		for (size_t k = 0; k < 5000; k++)
			say(rig, some_bytes() + k, 1);
		carry(rig);
		assert_int_equal(rig->n, 5000);
		assert_memory_equal(rig->heard, some_bytes(), 5000);
		end(rig);
	}
}

static void
what_stands_before_an_end_is_heard_and_may_be_answered(void **state)
{
	struct rig *rig = *state;
	for (size_t i = 0; i < 2; i++) {
		begin(rig, versions[i], MUCH, 15872);
		shake_hands(rig);
		say(rig, "good bye", 8);
		SSL_shutdown(rig->client);
		carry(rig);
		assert_int_equal(rig->step, SEAL_END);
		assert_int_equal(rig->n, 8);
		tell(rig, some_bytes(), 1000);
		seal_end(rig->seal);
		seal_end(rig->seal);
		carry(rig);
		assert_int_equal(SSL_shutdown(rig->client), 1); /* it has heard our end */
		assert_false(seal_write(rig->seal, some_bytes(), 1));
		end(rig);
	}
}

static void
it_may_rest_wherever_a_record_stops(void **state)
{
	static uint8_t record[200];
	struct rig *rig = *state;
	for (size_t i = 0; i < 2; i++) {
		begin(rig, versions[i], MUCH, 15872);
		shake_hands(rig);
		for (size_t at = 0; at <= 60; at++) {
			say(rig, "a word of thirty bytes, or more", 31);
			int n = BIO_read(SSL_get_wbio(rig->client), record, sizeof(record));
			assert_in_range(n, 31 + 5, sizeof(record));
			size_t first = at < (size_t)n ? at : (size_t)n;
			rig->n = 0;
			hear(rig, record, first);
			seal_rest(rig->seal);
			hear(rig, record + first, (size_t)n - first);
			assert_int_equal(rig->n, 31);
			assert_memory_equal(rig->heard, "a word of thirty bytes, or more", 31);
		}
		end(rig);
	}
}

/* Each asks for an answer; none of them lets what waits grow without an end. */
static void
a_flood_of_key_updates_ends_the_connection(void **state)
{
	struct rig *rig = *state;
	begin(rig, TLS1_3_VERSION, MUCH, 15872);
	shake_hands(rig);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(SSL_key_update(rig->client, SSL_KEY_UPDATE_REQUESTED), 1);
		say(rig, "x", 1);
	}
	carry(rig);
	assert_int_equal(rig->n, 100);
	assert_int_equal(rig->step, SEAL_WAITS);
	tell(rig, some_bytes(), 1000);
	for (int i = 0; i < 1000; i++) {
		SSL_key_update(rig->client, SSL_KEY_UPDATE_REQUESTED);
		say(rig, "x", 1);
	}
	carry(rig);
	assert_int_equal(rig->step, SEAL_END);
	assert_in_range(rig->n, 100, 101);
	end(rig);
}

static void
a_byte_that_was_changed_is_answered_by_an_alert(void **state)
{
	struct rig *rig = *state;
	for (size_t i = 0; i < 2; i++) {
		static const uint8_t forged[100] = {0x17, 3, 3, 0, 95};
		uint8_t alert[100];
		begin(rig, versions[i], MUCH, 15872);
		shake_hands(rig);
		hear(rig, forged, sizeof(forged));
		assert_int_equal(rig->step, SEAL_FAILED);
		assert_int_equal(rig->n, 0);
		carry(rig);
		size_t n;
		assert_int_not_equal(SSL_read_ex(rig->client, alert, sizeof(alert), &n), 1);
		assert_int_equal(SSL_get_error(rig->client, 0), SSL_ERROR_SSL);
		end(rig);
	}
}

static void
noise_in_place_of_hands_fails_and_leaves_nothing(void **state)
{
	struct rig *rig = *state;
	for (size_t i = 0; i < 2000; i++) {
		uint8_t noise[600];
		assert_int_equal(RAND_bytes(noise, sizeof(noise)), 1);
		if (i % 2 == 0)
			memcpy(noise, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
		begin(rig, TLS1_3_VERSION, MUCH, 15872);
		hear(rig, noise, sizeof(noise));
		assert_int_not_equal(rig->step, SEAL_END);
		assert_false(seal_is_ready(rig->seal));
		assert_int_equal(rig->n, 0);
		seal_end(rig->seal);
		end(rig);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_comes_out_the_same_whatever_the_pieces),
	    cmocka_unit_test(who_wants_small_records_is_told_all),
	    cmocka_unit_test(a_byte_in_each_record_is_heard_as_any_other),
	    cmocka_unit_test(what_stands_before_an_end_is_heard_and_may_be_answered),
	    cmocka_unit_test(it_may_rest_wherever_a_record_stops),
	    cmocka_unit_test(a_flood_of_key_updates_ends_the_connection),
	    cmocka_unit_test(a_byte_that_was_changed_is_answered_by_an_alert),
	    cmocka_unit_test(noise_in_place_of_hands_fails_and_leaves_nothing),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
