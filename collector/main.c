/* SPDX-License-Identifier: Apache-2.0 */
/* khaosatd: start, signals, timers, stop. Start-up failures are one line on stderr and exit 1,
 * wrong use is exit 2. A stop takes in no more, answers what is under way, takes a checkpoint. */
#include <errno.h>
#include <event2/event.h>
#include <event2/thread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "collector/address.h"
#include "collector/checkpointer.h"
#include "collector/clock.h"
#include "collector/closer.h"
#include "collector/config.h"
#include "collector/health.h"
#include "collector/exporter.h"
#include "collector/listener.h"
#include "collector/log.h"
#include "collector/loop.h"
#include "collector/meter.h"
#include "collector/offline.h"
#include "collector/privileges.h"
#include "collector/server.h"
#include "collector/session.h"
#include "collector/supervisor.h"
#include "collector/tls.h"
#include "collector/watchdog.h"
#include "storage/layout.h"

#define TICK_MS 250
#define DRAIN_MS 5000
#define EXIT_USAGE 2
#define PATH_BYTES 4096

struct daemon {
	struct server server;
	int argc;
	char **argv;
	struct event_base *base;
	struct event *tick, *on_term, *on_int, *on_hangup;
	struct listener *listener, *http_listener;
	struct checkpointer *checkpointer;
	struct closer *closer;
	struct watchdog *watchdog;
	char checkpoint_path[PATH_BYTES];
};

static bool
fail(const char *message)
{
	fprintf(stderr, "khaosatd: %s\n", message);
	return false;
}

/* ------------------------------------------------------------------------------ running */

static void
on_tick(evutil_socket_t fd, short events, void *context)
{
	(void)fd;
	(void)events;
	struct daemon *d = context;
	closer_tick(d->closer);
	checkpointer_tick(d->checkpointer);
	exporter_tick(d->server.exporter, clock_wall_ms());
	watchdog_tick(d->watchdog);
	health_look(&d->server);
	if (atomic_load(&d->server.has_failed))
		event_base_loopbreak(d->base);
}

static void
on_signal(evutil_socket_t number, short events, void *context)
{
	(void)events;
	struct daemon *d = context;
	log_info("stopping signal=%d", (int)number);
	atomic_store(&d->server.is_stopping, true);
	supervisor_notify("STOPPING=1");
	event_base_loopbreak(d->base);
}

static void
set_log(const struct config *config)
{
	log_set_level((enum log_level)config->log_level);
	log_set_format((enum log_format)config->log_format);
}

static void
log_changed(const char *name, bool is_taken)
{
	if (is_taken)
		log_notice("reload taken option=%s", name);
	else
		log_warn("reload left for a restart option=%s", name);
}

static struct tls_files
tls_files_of(const struct config *config)
{
	return (struct tls_files){config->tls_cert, config->tls_key, config->tls_client_ca};
}

static void
reload_tls(struct server *server)
{
	char message[TLS_MESSAGE_BYTES];
	const struct tls_files files = tls_files_of(&server->config);
	if (server->tls != NULL && !tls_reload(server->tls, &files, message))
		log_error("reload refused, the old certificate stays reason=%s", message);
}

/* A bad file changes nothing. */
static void
reload(struct daemon *d)
{
	struct server *server = &d->server;
	struct config fresh;
	char message[CONFIG_MESSAGE_BYTES];
	if (config_parse(d->argc, d->argv, &fresh, message) != CONFIG_OK) {
		log_error("reload refused, nothing changed reason=%s", message);
		return;
	}
	config_reload(&server->config, &fresh, log_changed);
	config_free(&fresh);
	reload_tls(server);
	set_log(&server->config);
	peers_reload(&server->peers, &server->config);
	for (size_t i = 0; i < server->n_loops; i++)
		loop_reload(server->loops[i]);
	log_info("reloaded");
}

static void
on_hangup(evutil_socket_t number, short events, void *context)
{
	(void)number;
	(void)events;
	supervisor_notify_reloading();
	reload(context);
	supervisor_notify("READY=1");
}

/* ------------------------------------------------------------------------------ start */

static bool
open_folder(const char *folder)
{
	char message[256];
	struct stat status;
	if (mkdir(folder, 0700) == 0 || (errno == EEXIST && stat(folder, &status) == 0)) {
		if (errno != EEXIST || S_ISDIR(status.st_mode))
			return true;
		errno = ENOTDIR;
	}
	snprintf(message, sizeof(message), "--data %.160s: %s", folder, strerror(errno));
	return fail(message);
}

static bool
open_store(struct daemon *d)
{
	char message[256] = "", line[400];
	const struct config *config = &d->server.config;
	struct store_options options = store_defaults;
	options.folder = config->data;
	options.disk_reserve_bytes = config_disk_reserve(config, config->data);
	options.batch_max_jobs = (size_t)config->batch;
	if (store_open(&options, &d->server.store, message) != STORE_OK ||
	    erasable_open(config->data, &d->server.contacts, message) != STORE_OK) {
		snprintf(line, sizeof(line), "--data %.100s: %s", config->data, message);
		return fail(line);
	}
	return true;
}

static bool
open_tls(struct daemon *d)
{
	char message[TLS_MESSAGE_BYTES];
	const struct tls_files files = tls_files_of(&d->server.config);
	if (files.certificate == NULL)
		return true;
	d->server.tls = tls_open(&files, message);
	return d->server.tls != NULL || fail(message);
}

static bool
fold_state(struct daemon *d)
{
	char message[256] = "";
	int64_t from_ms = clock_monotonic_ms();
	d->server.state = state_new();
	if (d->server.state == NULL)
		return fail("out of memory");
	if ((size_t)snprintf(d->checkpoint_path, sizeof(d->checkpoint_path), "%s/%s",
		d->server.config.data, LAYOUT_CHECKPOINT) >= sizeof(d->checkpoint_path))
		return fail("--data: the name is too long");
	if (state_fold(d->server.state, d->server.store, d->checkpoint_path, message) != STORE_OK)
		return fail(*message != '\0' ? message : "the log cannot be read");
	if (*message != '\0')
		log_notice("start note=%s", message);
	log_info("log read last=%llu ms=%lld", (unsigned long long)state_last(d->server.state),
	    (long long)(clock_monotonic_ms() - from_ms));
	return true;
}

static bool
open_secrets(struct daemon *d)
{
	struct server *server = &d->server;
	throttle_init(&server->logins, &LOGIN_RULES);
	server->secrets = secrets_open(server->contacts, server->state);
	return server->secrets != NULL || fail("the hashes of passwords and tokens cannot be read");
}

static bool
start_threads(struct daemon *d)
{
	struct server *server = &d->server;
	const struct store_owner owner = state_owner(server->state);
	server->worker = worker_start("worker");
	server->scribe = worker_start("scribe");
	server->warden = worker_start("warden");
	server->press = worker_start("press");
	server->loops = calloc(server->config.loops, sizeof(struct loop *));
	server->n_meters = server->config.loops + 1;
	server->meters = calloc(server->n_meters, sizeof(*server->meters));
	if (server->worker == NULL || server->scribe == NULL || server->warden == NULL ||
	    server->press == NULL || server->loops == NULL || server->meters == NULL ||
	    !store_start(server->store, &owner))
		return fail("cannot start its threads");
	meter_use(&server->meters[0]);
	while (server->n_loops < server->config.loops) {
		struct loop *loop = loop_start(server, (unsigned)server->n_loops);
		if (loop == NULL)
			return fail("cannot start its event loops");
		server->loops[server->n_loops++] = loop;
	}
	return true;
}

static bool
start_events(struct daemon *d)
{
	static const struct timeval tick = {.tv_usec = TICK_MS * 1000};
	d->base = event_base_new();
	if (d->base == NULL)
		return fail("cannot start its event loop");
	d->closer = closer_open(d->base, &d->server);
	d->checkpointer = checkpointer_new(&d->server, d->checkpoint_path);
	d->watchdog = watchdog_new(&d->server, supervisor_watchdog_ms());
	health_look(&d->server);
	d->tick = event_new(d->base, -1, EV_PERSIST, on_tick, d);
	d->on_term = evsignal_new(d->base, SIGTERM, on_signal, d);
	d->on_int = evsignal_new(d->base, SIGINT, on_signal, d);
	d->on_hangup = evsignal_new(d->base, SIGHUP, on_hangup, d);
	if (d->closer == NULL || d->checkpointer == NULL || d->watchdog == NULL ||
	    d->tick == NULL || d->on_term == NULL || d->on_int == NULL || d->on_hangup == NULL ||
	    event_add(d->tick, &tick) != 0 || event_add(d->on_term, NULL) != 0 ||
	    event_add(d->on_int, NULL) != 0 || event_add(d->on_hangup, NULL) != 0)
		return fail("cannot start its timers");
	return true;
}

/* bound: "none" where it is not wanted. */
static bool
open_http_door(struct daemon *d, char bound[ADDRESS_TEXT_BYTES], char message[256])
{
	const struct config *config = &d->server.config;
	const struct door http = {"http-listen", config->http_listen, &config->http_address,
	    config->http_address_bytes, &dialect_http};
	if (config->http_address_bytes == 0) {
		snprintf(bound, ADDRESS_TEXT_BYTES, "none");
		return true;
	}
	d->http_listener = listener_open(d->base, &d->server, &http, -1, bound, message);
	return d->http_listener != NULL;
}

static bool
start_listening(struct daemon *d)
{
	int fd = -1;
	char bound[ADDRESS_TEXT_BYTES], http_bound[ADDRESS_TEXT_BYTES], message[256];
	const struct config *config = &d->server.config;
	const struct door frames = {
	    "listen", config->listen, &config->address, config->address_bytes, &dialect_frames};
	if (supervisor_take_socket(&fd, d->server.tls != NULL, message) == SUPERVISOR_BAD_SOCKET)
		return fail(message);
	d->listener = listener_open(d->base, &d->server, &frames, fd, bound, message);
	if (d->listener == NULL || !open_http_door(d, http_bound, message))
		return fail(message);
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

/* `folder`: where the user's files are, or are to be; NULL: nowhere. */
static bool
give_up_rights(const struct config *config, const char *folder)
{
	char message[256];
	if (config->user != NULL && !privileges_drop(config->user, folder, message))
		return fail(message);
	privileges_seal(config->core_dumps != 0);
	return true;
}

static bool
start(struct daemon *d)
{
	char message[256];
	if (!peers_open(
		&d->server.peers, &d->server.config, room_for_connections(&d->server.config)))
		return fail("out of memory");
	if (evthread_use_pthreads() != 0)
		return fail("libevent has no threads");
	if (!give_up_rights(&d->server.config, d->server.config.data))
		return false;
	if (!open_folder(d->server.config.data))
		return false;
	if (!staff_open(d->server.config.data, &d->server.staff, message))
		return fail(message);
	return open_tls(d) && open_store(d) && fold_state(d) && open_secrets(d) &&
	       (d->server.exporter = exporter_new(&d->server)) != NULL && start_threads(d) &&
	       start_events(d) && start_listening(d);
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

/* Accepts a daemon that has started in part. */
static void
stop(struct daemon *d, bool is_clean)
{
	listener_close(d->listener);
	listener_close(d->http_listener);
	stop_loops(&d->server);
	exporter_stop(d->server.exporter);
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
	secrets_close(d->server.secrets);
	state_free(d->server.state);
	erasable_close(d->server.contacts);
	tls_close(d->server.tls);
	peers_close(&d->server.peers);
	meter_use(NULL);
	free(d->server.meters);
}

static int
run(struct daemon *d)
{
	signal(SIGHUP, SIG_IGN); /* until there is something to reload */
	if (!start(d)) {
		stop(d, false);
		return EXIT_FAILURE;
	}
	event_base_loop(d->base, EVLOOP_NO_EXIT_ON_EMPTY);
	bool is_clean = !atomic_load(&d->server.has_failed);
	stop(d, is_clean);
	if (is_clean)
		log_info("stopped");
	else
		log_error("stopped: the store failed");
	return is_clean ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ------------------------------------------------------------------------------ the program */

static int
print_help(void)
{
	char text[16384];
	config_help(text, sizeof(text));
	fputs(text, stdout);
	return EXIT_SUCCESS;
}

/* The files that the options name, too. */
static int
check_files(struct daemon *d)
{
	if (!open_tls(d))
		return EXIT_FAILURE;
	tls_close(d->server.tls);
	puts("khaosatd: the configuration is good");
	return EXIT_SUCCESS;
}

static int
serve_or_read(struct daemon *d)
{
	const struct config *config = &d->server.config;
	if (config->self_signed != NULL)
		return offline_certificate(config);
	if (config->check_config != 0)
		return check_files(d);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file over its limit is a failed write, and handled as one */
	set_log(config);
	if (config->restore != NULL)
		return give_up_rights(config, config->data) ? offline_restore(config)
							    : EXIT_FAILURE;
	if (config->verify != NULL)
		return give_up_rights(config, NULL) ? offline_verify(config) : EXIT_FAILURE;
	return run(d);
}

int
main(int argc, char **argv)
{
	static struct daemon daemon;
	char message[CONFIG_MESSAGE_BYTES];
	daemon.argc = argc;
	daemon.argv = argv;
	switch (config_parse(argc, argv, &daemon.server.config, message)) {
	case CONFIG_HELP:
		return print_help();
	case CONFIG_VERSION:
		puts("khaosatd " KHAOSAT_VERSION);
		return EXIT_SUCCESS;
	case CONFIG_USAGE:
		fail(message);
		return EXIT_USAGE;
	case CONFIG_REFUSED:
		fail(message);
		return EXIT_FAILURE;
	case CONFIG_OK:
		break;
	}
	int code = serve_or_read(&daemon);
	config_free(&daemon.server.config);
	return code;
}
