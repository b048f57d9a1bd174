/* SPDX-License-Identifier: Apache-2.0 */
/* khaosatd: the program, its signals and its timer. Start-up failures are one line on stderr and
 * exit 1, wrong use is exit 2. */
#include <event2/event.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "collector/checkpointer.h"
#include "collector/clock.h"
#include "collector/closer.h"
#include "collector/daemon.h"
#include "collector/export/office.h"
#include "collector/exporter.h"
#include "collector/health.h"
#include "collector/log.h"
#include "collector/loop.h"
#include "collector/offline.h"
#include "collector/supervisor.h"
#include "collector/watchdog.h"

#define EXIT_USAGE 2
#define KEPT_BYTES (8 * 1024 * 1024)

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
	if (d->server.tls != NULL)
		tls_tick(d->server.tls, clock_monotonic_ms());
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

static bool
reload_tls(struct server *server)
{
	char message[TLS_MESSAGE_BYTES];
	const struct tls_files files = daemon_tls_files(&server->config);
	if (server->tls == NULL || tls_reload(server->tls, &files, message))
		return true;
	log_error("reload refused, the old certificate stays reason=%s", message);
	return false;
}

static bool
reload_office(struct server *server)
{
	char message[EXPORTER_MESSAGE_BYTES];
	if (exporter_read_office(server->exporter, server->config.export_office, message))
		return true;
	log_error("reload refused, the office's words stay reason=%s", message);
	return false;
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
	bool has_tls = reload_tls(server);
	bool has_office = reload_office(server);
	set_log(&server->config);
	peers_reload(&server->peers, &server->config);
	for (size_t i = 0; i < server->n_loops; i++)
		loop_reload(server->loops[i]);
	log_info(has_tls && has_office ? "reloaded" : "reloaded without what was refused");
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

/* What an answer took is kept for the next one: malloc gives free memory back to the system beyond
 * 128 KiB, and for all goals by every dimension the faults on 1.4 MB of fresh pages took ten times
 * the counting itself. */
static void
keep_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, KEPT_BYTES / 2);
	mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
}

static int
run(struct daemon *d)
{
	keep_memory();
	signal(SIGHUP, SIG_IGN); /* until there is something to reload */
	static const struct daemon_events on = {
	    .tick = on_tick, .stop = on_signal, .hangup = on_hangup};
	if (!daemon_start(d, &on)) {
		daemon_stop(d, false);
		return EXIT_FAILURE;
	}
	event_base_loop(d->base, EVLOOP_NO_EXIT_ON_EMPTY);
	bool is_clean = !atomic_load(&d->server.has_failed);
	struct store_health store;
	store_health(d->server.store, &store);
	daemon_stop(d, is_clean);
	if (!is_clean)
		log_error("stopped: the store failed reason=%s", store.failure);
	else if (store.removed)
		log_error("stopped: a file of the log had been removed, and what it held is gone");
	else
		log_info("stopped");
	return is_clean && !store.removed ? EXIT_SUCCESS : EXIT_FAILURE;
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
	char message[OFFICE_MESSAGE_BYTES];
	const char *office = d->server.config.export_office;
	size_t n;
	if (!daemon_open_tls(d))
		return EXIT_FAILURE;
	tls_close(d->server.tls);
	char *words = office == NULL ? NULL : office_load(office, &n, message);
	free(words);
	if (office != NULL && words == NULL) {
		daemon_fail(message);
		return EXIT_FAILURE;
	}
	puts("khaosatd: the configuration is good");
	return EXIT_SUCCESS;
}

/* A page of a mapped file that the disk does not give, in the thread that wanted it: never within
 * malloc or the log. What was accepted is on the disk; nobody is told anything more. */
static void
on_bad_page(int number)
{
	(void)number;
	log_error("a file of the data folder could not be read: its disk has failed or gone, or it "
		  "was cut short");
	_exit(EXIT_FAILURE);
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
	signal(SIGBUS, on_bad_page);
	set_log(config);
	if (config->restore != NULL)
		return daemon_give_up_rights(config, config->data) ? offline_restore(config)
								   : EXIT_FAILURE;
	if (config->verify != NULL)
		return daemon_give_up_rights(config, NULL) ? offline_verify(config) : EXIT_FAILURE;
	return run(d);
}

/* Where the caller closed one of the three, a file of the data folder would take its place, and get
 * the lines of the log. */
static void
hold_streams(void)
{
	int fd;
	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int
main(int argc, char **argv)
{
	static struct daemon daemon;
	char message[CONFIG_MESSAGE_BYTES];
	hold_streams();
	daemon.argc = argc;
	daemon.argv = argv;
	switch (config_parse(argc, argv, &daemon.server.config, message)) {
	case CONFIG_HELP:
		return print_help();
	case CONFIG_VERSION:
		puts("khaosatd " KHAOSAT_VERSION);
		return EXIT_SUCCESS;
	case CONFIG_USAGE:
		daemon_fail(message);
		return EXIT_USAGE;
	case CONFIG_REFUSED:
		daemon_fail(message);
		return EXIT_FAILURE;
	case CONFIG_OK:
		break;
	}
	int code = serve_or_read(&daemon);
	config_free(&daemon.server.config);
	return code;
}
