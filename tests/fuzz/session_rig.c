/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/session_rig.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "collector/certainty.h"
#include "collector/config.h"
#include "collector/exporter.h"
#include "collector/http_public.h"
#include "collector/log.h"
#include "collector/loop.h"
#include "collector/recount.h"
#include "tests/support/must.h"

#define ENTRIES_OF_A_LIFE 400

static void
start(struct session_rig *rig)
{
	char message[CONFIG_MESSAGE_BYTES];
	static const char export_dir[] = "--export-dir=";
	char *const arguments[] = {(char *)(uintptr_t) "khaosatd", (char *)(uintptr_t) "--loops=1",
	    (char *)(uintptr_t) "--unit-rate=0", rig->option};
	memset(rig, 0, sizeof(*rig));
	state_rig_make(&rig->base);
	snprintf(
	    rig->option, sizeof(rig->option), "%s%s.press/exports", export_dir, rig->base.folder);
	rig->exports = rig->option + strlen(export_dir);
	struct server *server = &rig->server;
	must(config_parse(4, arguments, &server->config, message) == CONFIG_OK);
	memset(server->staff.token, SESSION_RIG_TOKEN_BYTE, sizeof(server->staff.token));
	server->store = rig->base.store;
	server->state = rig->base.state;
	must(erasable_open(rig->base.folder, &server->contacts, message) == STORE_OK);
	must(logins_open(&server->logins));
	server->secrets = secrets_open(server->contacts, server->state);
	must(peers_open(&server->peers, &server->config, 64));
	server->worker = worker_start("worker", 0);
	server->warden = worker_start("warden", 0);
	server->scribe = worker_start("scribe", 0);
	server->press = worker_start("press", 0);
	server->exporter = exporter_new(server, message);
	server->certainty = calloc(1, sizeof(*server->certainty));
	server->public = http_public_new(server);
	server->loops = calloc(1, sizeof(struct loop *));
	must(server->secrets != NULL && server->warden != NULL && server->worker != NULL &&
	     server->scribe != NULL && server->press != NULL && server->exporter != NULL &&
	     server->certainty != NULL && server->public != NULL && server->loops != NULL);
	server->loops[0] = loop_start(server, 0);
	must(server->loops[0] != NULL);
	server->n_loops = 1;
	rig->is_running = true;
}

/* Everything reckoned again from the log comes to what the state says. */
static void
expect_recount(struct session_rig *rig)
{
	struct recount_result result;
	struct checkpoint *copy = state_copy(rig->server.state);
	must(copy != NULL);
	recount_run(rig->server.store, copy, NULL, NULL, &result);
	for (size_t i = 0; i < result.lines; i++)
		log_error("%s", result.line[i]);
	must(result.status == RECOUNT_DONE && result.differences == 0);
	must(result.last == store_last(rig->server.store));
	recount_result_free(&result);
	checkpoint_free(copy);
}

/* What a new start folds from the log is what there was. */
static void
expect_fold(struct session_rig *rig)
{
	uint64_t last = store_last(rig->base.store);
	state_rig_close(&rig->base);
	must(state_rig_fold(&rig->base, false) == STORE_OK);
	must(store_last(rig->base.store) == last && state_last(rig->base.state) == last);
}

static void
stop(struct session_rig *rig)
{
	struct server *server = &rig->server;
	loop_drain(server->loops[0], 0); /* whoever is still there has vanished */
	loop_join(server->loops[0]);
	worker_stop(server->worker);
	worker_stop(server->scribe);
	worker_stop(server->warden);
	worker_stop(server->press);
	exporter_free(server->exporter);
	certainty_clear(server->certainty);
	free(server->certainty);
	http_public_free(server->public);
	expect_recount(rig);
	logins_close(&server->logins);
	secrets_close(server->secrets);
	expect_fold(rig);
	loop_free(server->loops[0]);
	free(server->loops);
	erasable_close(server->contacts);
	peers_close(&server->peers);
	state_rig_free(&rig->base);
	rig->is_running = false;
}

static struct session_rig *rig_of_all;
static pid_t owner;

static void
end(void)
{
	if (owner == getpid() && rig_of_all->is_running)
		stop(rig_of_all);
}

/* A fuzzer that forks keeps the memory of its parent's collector and none of its threads. */
struct session_rig *
session_rig(void)
{
	if (rig_of_all == NULL || owner != getpid()) {
		rig_of_all = calloc(1, sizeof(*rig_of_all));
		must(rig_of_all != NULL && atexit(end) == 0);
		owner = getpid();
		signal(SIGPIPE, SIG_IGN);
		log_set_level(LOG_ERROR);
	}
	if (!rig_of_all->is_running)
		start(rig_of_all);
	return rig_of_all;
}

int
session_rig_connect(struct session_rig *rig, const struct dialect *dialect)
{
	int ends[2];
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	must(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
	must(peers_enter(&rig->server.peers, PEERS_SPARED) == PEERS_OK);
	must(loop_adopt(rig->server.loops[0], ends[1], PEERS_SPARED, dialect));
	return ends[0];
}

void
session_rig_settle(struct session_rig *rig)
{
	struct store_health health;
	store_health(rig->server.store, &health);
	must(health.accepting && !health.full && !atomic_load(&rig->server.has_failed));
	must(state_last(rig->server.state) <= store_last(rig->server.store));
	if (health.last > ENTRIES_OF_A_LIFE)
		stop(rig);
}
