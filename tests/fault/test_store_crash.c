/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that die. A child submits and reports each answer over a pipe; what it had reported as
 * accepted when it was killed is in the log, byte for byte. */
#include "storage/store.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/fault/storage_faults.h"
#include "tests/support/store_rig.h"

#define ROUNDS 30
#define WINDOW 24
#define REPORTS_MAX 300 /* of one life, at most, before the kill */

struct report {
	uint64_t number;
	uint64_t serial;
};

/* ------------------------------------------------------------------- the child */

static struct rig_job *
next_job(struct rig *rig, uint64_t serial)
{
	size_t more =
	    (size_t)(serial * 7919 % (serial % 16 == 0 ? 9000 : 600)); /* some overflow a page */
	struct rig_job *job = rig_job_new(0, 0, serial, RIG_HEAD_BYTES + more);
	job->job.reply = &rig->box;
	return job;
}

/* A window of jobs under way, until somebody kills it. */
static void
submit_for_ever(struct rig *rig, uint64_t serial, int report_fd)
{
	rig_run(rig);
	for (int i = 0; i < WINDOW; i++)
		store_submit(rig->store, &next_job(rig, serial++)->job);
	for (;;) {
		struct mail *mail = mailbox_wait(&rig->box);
		while (mail != NULL) {
			struct rig_job *job = (struct rig_job *)mail;
			mail = mail->next;
			struct report report = {job->job.number, rig_field(job->bytes, 2)};
			if (job->job.outcome != STORE_ACCEPTED ||
			    write(report_fd, &report, sizeof(report)) != sizeof(report))
				_exit(1);
			rig_job_free(job);
			store_submit(rig->store, &next_job(rig, serial++)->job);
		}
	}
}

/* ------------------------------------------------------------------- the parent */

struct ledger {
	uint64_t *serial_of; /* [number]: what was reported; 0: nothing was */
	size_t size;
	uint64_t next;
	size_t found;
};

static void
note(struct ledger *ledger, const struct report *report)
{
	if (report->number >= ledger->size) {
		size_t size = 2 * report->number + 1024;
		ledger->serial_of = realloc(ledger->serial_of, size * sizeof(uint64_t));
		assert_non_null(ledger->serial_of);
		memset(
		    ledger->serial_of + ledger->size, 0, (size - ledger->size) * sizeof(uint64_t));
		ledger->size = size;
	}
	assert_int_equal(ledger->serial_of[report->number], 0);
	ledger->serial_of[report->number] = report->serial;
}

static bool
on_entry(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	struct ledger *ledger = context;
	assert_int_equal(number, ledger->next++);
	assert_true(rig_bytes_are_whole(bytes, n));
	if (number < ledger->size && ledger->serial_of[number] != 0) {
		assert_int_equal(rig_field(bytes, 2), ledger->serial_of[number]);
		ledger->found++;
	}
	return true;
}

/* Read reports until so many have come, kill, then read what was still in the pipe. */
static size_t
read_and_kill(pid_t child, int fd, size_t enough, struct ledger *ledger)
{
	struct report report;
	size_t got = 0;
	bool killed = false;
	for (;;) {
		if (got >= enough && !killed) {
			kill(child, SIGKILL);
			killed = true;
		}
		ssize_t n = read(fd, &report, sizeof(report)); /* whole: below PIPE_BUF */
		if (n == 0)
			break;
		assert_int_equal(n, sizeof(report));
		note(ledger, &report);
		got++;
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	return got;
}

static void
what_was_reported_before_a_kill_is_in_the_log(void **state)
{
	(void)state;
	struct rig rig;
	struct ledger ledger = {.size = 0};
	size_t reported = 0;
	unsigned int seed = 20250;
	rig_make(&rig);
	for (uint64_t round = 1; round <= ROUNDS; round++) {
		int ends[2];
		assert_int_equal(pipe(ends), 0);
		size_t enough = (size_t)rand_r(&seed) % REPORTS_MAX;
		pid_t child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			close(ends[0]);
			submit_for_ever(&rig, round << 32, ends[1]);
		}
		close(ends[1]);
		reported += read_and_kill(child, ends[0], enough, &ledger);
		close(ends[0]);
		rig_run(&rig);
		ledger.next = 1;
		ledger.found = 0;
		assert_int_equal(store_read(rig.store, 1, 0, on_entry, &ledger), STORE_OK);
		assert_int_equal(ledger.found, reported);
		assert_int_equal(ledger.next, store_last(rig.store) + 1);
		rig_close(&rig);
	}
	print_message("%zu reported, %lu in the log\n", reported, (unsigned long)ledger.next - 1);
	free(ledger.serial_of);
	rig_free(&rig);
}

/* ------------------------------------------------------------------- dying at a known place */

/* A child puts entries 1, 2 of subject 5, and dies at the commit of the third. */
static void
die_at_third_commit(struct rig *rig, enum fault_call place)
{
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		rig_run(rig);
		for (uint64_t last = 0; last < 2; last++)
			if (rig_put(rig, 5, last, 700, NULL) != STORE_ACCEPTED)
				_exit(1);
		fault_arm(place, 1, FAULT_DEATH);
		rig_put(rig, 5, 2, 700, NULL);
		_exit(2);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
}

static void
death_before_the_commit_leaves_no_record(void **state)
{
	(void)state;
	struct rig rig;
	uint64_t number;
	rig_make(&rig);
	die_at_third_commit(&rig, FAULT_PWRITE);
	rig_run(&rig);
	assert_int_equal(store_last(rig.store), 2);
	assert_int_equal(rig_put(&rig, 5, 2, 700, &number), STORE_ACCEPTED);
	assert_int_equal(number, 3);
	rig_free(&rig);
}

static void
death_between_commit_and_answer_leaves_one_record_after_it_is_sent_again(void **state)
{
	(void)state;
	struct rig rig;
	rig_make(&rig);
	die_at_third_commit(&rig, FAULT_FDATASYNC_AFTER);
	rig_run(&rig);
	assert_int_equal(store_last(rig.store), 3);
	assert_int_equal(rig_put(&rig, 5, 2, 700, NULL), STORE_MOVED);
	assert_int_equal(store_last(rig.store), 3);
	rig_free(&rig);
}

static void
death_while_a_store_is_made_leaves_a_folder_that_opens(void **state)
{
	(void)state;
	for (unsigned int nth = 1; nth <= 3; nth++) {
		struct rig rig;
		rig_make(&rig);
		pid_t child = fork();
		if (child == 0) {
			fault_arm(FAULT_PUT, nth, FAULT_DEATH);
			rig_run(&rig);
			_exit(1);
		}
		int status;
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		rig_run(&rig);
		assert_int_equal(rig_put(&rig, 1, 0, 100, NULL), STORE_ACCEPTED);
		rig_free(&rig);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_was_reported_before_a_kill_is_in_the_log),
	    cmocka_unit_test(death_before_the_commit_leaves_no_record),
	    cmocka_unit_test(
		death_between_commit_and_answer_leaves_one_record_after_it_is_sent_again),
	    cmocka_unit_test(death_while_a_store_is_made_leaves_a_folder_that_opens),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
