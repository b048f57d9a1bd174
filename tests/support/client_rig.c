/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/client_rig.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/file.h"
#include "client/uuid.h"
#include "proto/digest.h"
#include "survey/taxcode.h"

static void
need(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	abort();
}

void
client_rig_open(struct client_rig *rig)
{
	*rig = (struct client_rig){.client = {.host = "127.0.0.1", .port = 1, .quiet = true}};
	strcpy(rig->home, "/tmp/khaosat-client-XXXXXX");
	need(mkdtemp(rig->home) != NULL, "mkdtemp");
	rig->client.home = rig->home;
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
	(void)st;
	(void)flag;
	(void)at;
	return remove(path);
}

void
client_rig_close(struct client_rig *rig)
{
	nftw(rig->home, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

size_t
client_rig_files(const struct client_rig *rig, const char *folder)
{
	char path[128];
	size_t n = 0;
	snprintf(path, sizeof(path), "%s/%s", rig->home, folder);
	DIR *dir = opendir(path);
	struct dirent *entry;
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.';
	if (dir != NULL)
		closedir(dir);
	return n;
}

struct outgoing
client_rig_outgoing(const char *tax_code, const char *answers)
{
	struct outgoing o = {.survey_version = 1, .channel = OUTGOING_TOOL};
	strcpy(o.round, "r1");
	strcpy(o.survey_id, "SMALL");
	snprintf(o.tax_code, sizeof(o.tax_code), "%s", tax_code);
	strcpy(o.access_code, "0123456789ABCDEF");
	o.answers_bytes = strlen(answers);
	o.answers = malloc(o.answers_bytes + 1);
	need(o.answers != NULL, "malloc");
	memcpy(o.answers, answers, o.answers_bytes);
	uuid_make(o.instance_id);
	return o;
}

void
client_rig_header(const struct outgoing *o, uint32_t revision, uint8_t out[ENTRY_HEADER_BYTES])
{
	struct entry e = {.kind = o->corrects ? ENTRY_CORRECTION : ENTRY_SUBMISSION,
	    .channel = (uint8_t)o->channel,
	    .time_ms = 1767225600123,
	    .round = 2,
	    .definition = 1,
	    .revision = revision,
	    .payload_bytes = (uint32_t)o->answers_bytes};
	need(taxcode_parse(o->tax_code, &e.tax_code) == TAXCODE_OK, o->tax_code);
	memcpy(e.instance_id, o->instance_id, UUID_BYTES);
	if (o->corrects)
		memcpy(e.deprecated_id, o->deprecated_id, UUID_BYTES);
	digest_sha256(&(struct digest_part){o->answers, o->answers_bytes}, 1, e.digest);
	entry_encode(&e, out);
}

char *
client_rig_write(const struct client_rig *rig, const char *name, const char *text)
{
	char *path;
	need(asprintf(&path, "%s/%s", rig->home, name) > 0, "asprintf");
	need(file_write(path, text, strlen(text), 0600), path);
	return path;
}
