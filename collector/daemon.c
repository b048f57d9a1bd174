/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "collector/address.h"
#include "collector/certainty.h"
#include "collector/checkpointer.h"
#include "collector/clock.h"
#include "collector/closer.h"
#include "collector/exporter.h"
#include "collector/health.h"
#include "collector/http_public.h"
#include "collector/listener.h"
#include "collector/log.h"
#include "collector/loop.h"
#include "collector/meter.h"
#include "collector/privileges.h"
#include "collector/session.h"
#include "collector/supervisor.h"
#include "collector/watchdog.h"
#include "storage/layout.h"

#define TICK_MS 250
#define DRAIN_MS 5000

bool
daemon_fail(const char *message)
{
	fprintf(stderr, "khaosatd: %s\n", message);
	return false;
}

struct tls_files
daemon_tls_files(const struct config *config)
{
	return (struct tls_files){config->tls_cert, config->tls_key, config->tls_client_ca};
}

/* ------------------------------------------------------------------------------ start */

static bool
open_folder(const char *folder)
{
	char message[256];
	struct stat status;
	if (mkdir(folder, 0700) == 0)
		return true;
	if (errno == EEXIST && stat(folder, &status) == 0) {
		if (S_ISDIR(status.st_mode))
			return true;
		errno = ENOTDIR;
	}
	snprintf(message, sizeof(message), "--data %.160s: %s", folder, strerror(errno));
	return daemon_fail(message);
}

/* What somebody can do about a file that is not as we left it. */
#define RESTORE                                                                                    \
	"; if this is the right folder, put it aside and restore a backup (khaosatd --restore)"
#define BEGIN_ANEW                                                                                 \
	"; put this file aside to start without contacts, and without all passwords and tokens "   \
	"but staff.token"

static bool
fail_to_open(
    const struct config *config, enum store_status status, const char *message, const char *help)
{
	char line[640];
	snprintf(line, sizeof(line), "--data %.100s: %.255s%s", config->data, message,
	    status == STORE_NOT_OURS ? help : "");
	return daemon_fail(line);
}

static bool
open_store(struct daemon *d)
{
	char message[256] = "";
	const struct config *config = &d->server.config;
	struct store_options options = store_defaults;
	options.folder = config->data;
	options.disk_reserve_bytes = config_disk_reserve(config, config->data);
	options.batch_max_jobs = (size_t)config->batch;
	enum store_status status = store_open(&options, &d->server.store, message);
	if (status != STORE_OK)
		return fail_to_open(config, status, message, RESTORE);
	status = erasable_open(config->data, &d->server.contacts, message);
	return status == STORE_OK || fail_to_open(config, status, message, BEGIN_ANEW);
}

bool
daemon_open_tls(struct daemon *d)
{
	char message[TLS_MESSAGE_BYTES];
	const struct tls_files files = daemon_tls_files(&d->server.config);
	if (files.certificate == NULL)
		return true;
	d->server.tls = tls_open(&files, message);
	return d->server.tls != NULL || daemon_fail(message);
}

static bool
fold_state(struct daemon *d)
{
	char message[256] = "";
	int64_t from_ms = clock_monotonic_ms();
	d->server.state = state_new();
	if (d->server.state == NULL)
		return daemon_fail("out of memory");
	if ((size_t)snprintf(d->checkpoint_path, sizeof(d->checkpoint_path), "%s/%s",
		d->server.config.data, LAYOUT_CHECKPOINT) >= sizeof(d->checkpoint_path))
		return daemon_fail("--data: the name is too long");
	if (state_fold(d->server.state, d->server.store, d->checkpoint_path, message) != STORE_OK)
		return daemon_fail(*message != '\0' ? message : "the log cannot be read");
	if (*message != '\0')
		log_notice("start note=%s", message);
	if (state_last(d->server.state) == 0) /* a disk that was not mounted looks like this */
		log_notice("the log is empty: a new one data=%s", d->server.config.data);
	log_info("log read last=%llu ms=%lld", (unsigned long long)state_last(d->server.state),
	    (long long)(clock_monotonic_ms() - from_ms));
	return true;
}

static bool
open_secrets(struct daemon *d)
{
	struct server *server = &d->server;
	if (!logins_open(&server->logins))
		return daemon_fail("out of memory");
	server->secrets = secrets_open(server->contacts, server->state);
	return server->secrets != NULL ||
	       daemon_fail("the hashes of passwords and tokens cannot be read");
}

static bool
open_exporter(struct daemon *d)
{
	char message[EXPORTER_MESSAGE_BYTES];
	d->server.exporter = exporter_new(&d->server, message);
	return d->server.exporter != NULL || daemon_fail(message);
}

static bool
start_threads(struct daemon *d)
{
	struct server *server = &d->server;
	const struct store_owner owner = state_owner(server->state);
	server->worker = worker_start("worker", 0);
	server->scribe = worker_start("scribe", 0);
	server->warden = worker_start("warden", 0);
	server->press = worker_start("press", 10);
	server->loops = calloc(server->config.loops, sizeof(struct loop *));
	server->n_meters = server->config.loops + 1;
	server->meters = calloc(server->n_meters, sizeof(*server->meters));
	server->certainty = calloc(1, sizeof(*server->certainty));
	server->public = http_public_new(server);
	if (server->worker == NULL || server->scribe == NULL || server->warden == NULL ||
	    server->press == NULL || server->loops == NULL || server->meters == NULL ||
	    server->certainty == NULL || server->public == NULL ||
	    !store_start(server->store, &owner))
		return daemon_fail("cannot start its threads");
	meter_use(&server->meters[0]);
	while (server->n_loops < server->config.loops) {
		struct loop *loop = loop_start(server, (unsigned)server->n_loops);
		if (loop == NULL)
			return daemon_fail("cannot start its event loops");
		server->loops[server->n_loops++] = loop;
	}
	return true;
}

static bool
start_events(struct daemon *d, const struct daemon_events *on)
{
	static const struct timeval tick = {.tv_usec = TICK_MS * 1000};
	d->base = event_base_new();
	if (d->base == NULL)
		return daemon_fail("cannot start its event loop");
	d->closer = closer_open(d->base, &d->server);
	d->checkpointer = checkpointer_new(&d->server, d->checkpoint_path);
	d->watchdog = watchdog_new(&d->server, supervisor_watchdog_ms());
	health_look(&d->server);
	d->tick = event_new(d->base, -1, EV_PERSIST, on->tick, d);
	d->on_term = evsignal_new(d->base, SIGTERM, on->stop, d);
	d->on_int = evsignal_new(d->base, SIGINT, on->stop, d);
	d->on_hangup = evsignal_new(d->base, SIGHUP, on->hangup, d);
	if (d->closer == NULL || d->checkpointer == NULL || d->watchdog == NULL ||
	    d->tick == NULL || d->on_term == NULL || d->on_int == NULL || d->on_hangup == NULL ||
	    event_add(d->tick, &tick) != 0 || event_add(d->on_term, NULL) != 0 ||
	    event_add(d->on_int, NULL) != 0 || event_add(d->on_hangup, NULL) != 0)
		return daemon_fail("cannot start its timers");
	return true;
}

static struct door
door_of_frames(const struct config *config)
{
	return (struct door){
	    "listen", config->listen, &config->address, config->address_bytes, &dialect_frames};
}

static struct door
door_of_http(const struct config *config)
{
	return (struct door){"http-listen", config->http_listen, &config->http_address,
	    config->http_address_bytes, &dialect_http};
}

/* Sockets that were passed on, or else our own: before anything is made on the disk. */
static bool
take_doors(struct daemon *d)
{
	char message[256];
	struct supervisor_sockets passed;
	const struct config *config = &d->server.config;
	const struct door frames = door_of_frames(config), http = door_of_http(config);
	if (!supervisor_take_sockets(&passed, config->tls_cert != NULL, message))
		return daemon_fail(message);
	d->door = passed.frames;
	d->http_door = passed.http;
	if (d->door < 0 && (d->door = listener_bind(&frames, message)) < 0)
		return daemon_fail(message);
	if (d->http_door < 0 && http.address_bytes > 0 &&
	    (d->http_door = listener_bind(&http, message)) < 0)
		return daemon_fail(message);
	return true;
}

static bool
start_listening(struct daemon *d)
{
	char bound[ADDRESS_TEXT_BYTES], http_bound[ADDRESS_TEXT_BYTES] = "none", message[256];
	const struct config *config = &d->server.config;
	const struct door frames = door_of_frames(config), http = door_of_http(config);
	d->listener = listener_open(d->base, &d->server, &frames, d->door, bound, message);
	if (d->listener != NULL && d->http_door >= 0)
		d->http_listener =
		    listener_open(d->base, &d->server, &http, d->http_door, http_bound, message);
	if (d->listener == NULL || (d->http_door >= 0 && d->http_listener == NULL))
		return daemon_fail(message);
	log_info("ready listening=%s http=%s data=%s loops=%zu last=%llu version=%s", bound,
	    http_bound, config->data, d->server.n_loops,
	    (unsigned long long)state_last(d->server.state), KHAOSAT_VERSION);
	supervisor_notify("READY=1");
	return true;
}

#define DESCRIPTORS_BESIDES 32
#define DESCRIPTORS_A_LOOP 4

/* How many connections there is room for beside what else must be opened. */
static size_t
room_for_connections(const struct config *config)
{
	uint64_t besides = DESCRIPTORS_BESIDES + DESCRIPTORS_A_LOOP * config->loops;
	uint64_t descriptors = privileges_descriptors(config->connections + besides);
	if (descriptors >= config->connections + besides)
		return (size_t)config->connections;
	size_t room = descriptors > besides ? (size_t)(descriptors - besides) : 1;
	log_warn("descriptors allow fewer connections than asked for descriptors=%llu "
		 "connections=%zu",
	    (unsigned long long)descriptors, room);
	return room;
}

bool
daemon_give_up_rights(const struct config *config, const char *folder)
{
	char message[256];
	if (config->user != NULL && !privileges_drop(config->user, folder, message))
		return daemon_fail(message);
	privileges_seal(config->core_dumps != 0);
	return true;
}

bool
daemon_start(struct daemon *d, const struct daemon_events *on)
{
	char message[256];
	if (!peers_open(
		&d->server.peers, &d->server.config, room_for_connections(&d->server.config)))
		return daemon_fail("out of memory");
	if (!take_doors(d) || !daemon_give_up_rights(&d->server.config, d->server.config.data))
		return false;
	if (!open_folder(d->server.config.data))
		return false;
	if (!staff_open(d->server.config.data, &d->server.staff, message))
		return daemon_fail(message);
	return daemon_open_tls(d) && open_store(d) && fold_state(d) && open_secrets(d) &&
	       open_exporter(d) && start_threads(d) && start_events(d, on) && start_listening(d);
}

/* ------------------------------------------------------------------------------ stop */

static void
stop_loops(struct server *server)
{
	for (size_t i = 0; i < server->n_loops; i++)
		loop_drain(server->loops[i], DRAIN_MS);
	for (size_t i = 0; i < server->n_loops; i++)
		loop_join(server->loops[i]);
}

static void
free_loops(struct server *server)
{
	for (size_t i = 0; i < server->n_loops; i++)
		loop_free(server->loops[i]);
	free(server->loops);
}

static void
stop_workers(struct server *server)
{
	worker_stop(server->worker);
	worker_stop(server->scribe);
	worker_stop(server->warden);
}

/* A clean stop leaves a checkpoint of everything; a store that failed is not asked for one, and
 * what calls it still holds may end in the worker's box. */
static void
stop_store(struct daemon *d, bool is_clean)
{
	if (is_clean) {
		checkpointer_copy_last(d->checkpointer);
		stop_workers(&d->server);
		checkpointer_write_last(d->checkpointer);
		store_close(d->server.store);
	} else {
		store_close(d->server.store);
		stop_workers(&d->server);
	}
}

static void
free_event(struct event *event)
{
	if (event != NULL)
		event_free(event);
}

void
daemon_stop(struct daemon *d, bool is_clean)
{
	listener_close(d->listener);
	listener_close(d->http_listener);
	/* Loops end when every request has come back. */
	atomic_store(&d->server.is_stopping, true);
	exporter_stop(d->server.exporter);
	stop_loops(&d->server);
	worker_stop(d->server.press); /* before the store, which it submits to */
	stop_store(d, is_clean);
	free_loops(&d->server);
	checkpointer_free(d->checkpointer);
	closer_close(d->closer);
	watchdog_free(d->watchdog);
	free_event(d->tick);
	free_event(d->on_term);
	free_event(d->on_int);
	free_event(d->on_hangup);
	if (d->base != NULL)
		event_base_free(d->base);
	exporter_free(d->server.exporter);
	if (d->server.certainty != NULL)
		certainty_clear(d->server.certainty);
	free(d->server.certainty);
	http_public_free(d->server.public);
	secrets_close(d->server.secrets);
	logins_close(&d->server.logins);
	state_free(d->server.state);
	erasable_close(d->server.contacts);
	tls_close(d->server.tls);
	peers_close(&d->server.peers);
	meter_use(NULL);
	free(d->server.meters);
}
