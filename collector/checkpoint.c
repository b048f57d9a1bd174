/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/checkpoint.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "proto/digest.h"
#include "storage/layout.h"

static_assert(sizeof(struct checkpoint_head) == 144, "written as it is: no padding");
static_assert(sizeof(struct checkpoint_round) == 240, "written as it is: no padding");
static_assert(sizeof(struct unit_head) == 32, "written as it is: no padding");
static_assert(sizeof(struct attributes) == 32, "written as it is: no padding");
static_assert(sizeof(struct chunk_rows) == 16, "written as it is: no padding");
static_assert(sizeof(struct reopening) == 16, "written as it is: no padding");
static_assert(sizeof(struct pending_chunk) == 24, "written as it is: no padding");
static_assert(sizeof(struct frame_row) == 40, "written as it is: no padding");
static_assert(sizeof(struct export_record) == 40, "written as it is: no padding");

#define PARTS_OF_HEAD 4
#define PARTS_OF_ROUND 13
#define PATH_ROOM 4096

void
checkpoint_free(struct checkpoint *checkpoint)
{
	if (checkpoint == NULL)
		return;
	fold_clear(&checkpoint->fold);
	free(checkpoint);
}

static bool
digest_header(void *context, uint64_t number, const uint8_t *bytes, size_t n)
{
	(void)number;
	if (n >= ENTRY_HEADER_BYTES)
		digest_sha256(&(struct digest_part){bytes, ENTRY_HEADER_BYTES}, 1, context);
	return false;
}

bool
checkpoint_digest_entry(struct store *store, uint64_t number, uint8_t out[SHA256_BYTES])
{
	memset(out, 0, SHA256_BYTES);
	return number == 0 || store_read(store, number, number, digest_header, out) == STORE_OK;
}

/* ------------------------------------------------------------------- the parts of the file */

struct image {
	struct checkpoint_head head;
	uint64_t *definition;
	struct checkpoint_round *round;
	struct digest_part *part;
	size_t parts;
};

static void
image_free(struct image *image)
{
	free(image->definition);
	free(image->round);
	free(image->part);
}

static void
add(struct image *image, const void *bytes, size_t n, size_t item)
{
	if (n > 0)
		image->part[image->parts++] = (struct digest_part){bytes, n * item};
}

static struct checkpoint_head
head_of(const struct checkpoint *checkpoint)
{
	const struct fold *f = &checkpoint->fold;
	struct checkpoint_head head = {
	    .magic = CHECKPOINT_MAGIC,
	    .product = KHAOSAT_VERSION,
	    .version = CHECKPOINT_VERSION,
	    .byte_order = CHECKPOINT_BYTE_ORDER,
	    .last = f->last,
	    .catalogue_last = f->catalogue_last,
	    .definitions = f->definitions,
	    .rounds = f->rounds,
	    .staff_last = f->staff.last,
	    .accounts = f->staff.accounts,
	    .tokens = f->staff.tokens,
	};
	memcpy(head.log, checkpoint->log, sizeof(head.log));
	memcpy(head.last_entry, checkpoint->last_entry, sizeof(head.last_entry));
	return head;
}

static void
fill_round(const struct round *round, struct checkpoint_round *out)
{
	const struct round_view *v = &round->view;
	*out = (struct checkpoint_round){
	    .number = v->number,
	    .last = v->last,
	    .definition_number = v->definition_number,
	    .earlier_number = v->earlier_number,
	    .opened_ms = v->opened_ms,
	    .closes_ms = v->closes_ms,
	    .closed_ms = v->closed_ms,
	    .responded = v->responded,
	    .out_of_scope = v->out_of_scope,
	    .units = v->units,
	    .reopenings = round->reopenings,
	    .pendings = round->pendings,
	    .keys = round->keys.n,
	    .exports = round->exports,
	    .notes = round->notes.n,
	    .phase = (uint32_t)v->phase,
	};
	memcpy(out->name, v->name, sizeof(v->name));
	memcpy(out->earlier, v->earlier, sizeof(v->earlier));
	memcpy(out->reference_date, v->reference_date, sizeof(v->reference_date));
	out->has_columns = round->columns != NULL;
	out->chunks = round->columns != NULL ? round->columns->chunks : 0;
	out->frame_rows = round->columns != NULL ? round->columns->frame_rows : 0;
}

static void
add_round(struct image *image, const struct round *round, struct checkpoint_round *head)
{
	const struct columns *c = round->columns;
	fill_round(round, head);
	add(image, head, 1, sizeof(*head));
	if (c != NULL)
		add(image, c->chunk, c->chunks, sizeof(*c->chunk));
	add(image, round->reopening, round->reopenings, sizeof(*round->reopening));
	add(image, round->pending, round->pendings, sizeof(*round->pending));
	add(image, round->export, round->exports, sizeof(*round->export));
	add(image, round->keys.key, round->keys.n, sizeof(*round->keys.key));
	add(image, round->notes.note, round->notes.n, sizeof(*round->notes.note));
	if (c == NULL)
		return;
	add(image, c->frame_row, c->frame_rows, sizeof(*c->frame_row));
	add(image, c->tax_code, c->units, sizeof(*c->tax_code));
	add(image, c->code_hash, c->units, sizeof(*c->code_hash));
	add(image, c->attributes, c->units, sizeof(*c->attributes));
	add(image, c->membership, c->units, sizeof(*c->membership));
	add(image, round->head, c->units, sizeof(*round->head));
}

/* Everything but the digest at the end; parts point into the image and the checkpoint. */
static bool
image_make(const struct checkpoint *checkpoint, struct image *image)
{
	const struct fold *f = &checkpoint->fold;
	*image = (struct image){.head = head_of(checkpoint)};
	image->definition = calloc(f->definitions + 1, sizeof(*image->definition));
	image->round = calloc(f->rounds + 1, sizeof(*image->round));
	image->part = calloc(PARTS_OF_HEAD + f->rounds * PARTS_OF_ROUND + 1, sizeof(*image->part));
	if (image->definition == NULL || image->round == NULL || image->part == NULL)
		return false;
	for (size_t i = 0; i < f->definitions; i++)
		image->definition[i] = f->definition[i].number;
	add(image, &image->head, 1, sizeof(image->head));
	add(image, image->definition, f->definitions, sizeof(*image->definition));
	add(image, f->staff.account, f->staff.accounts, sizeof(*f->staff.account));
	add(image, f->staff.token, f->staff.tokens, sizeof(*f->staff.token));
	for (size_t i = 0; i < f->rounds; i++)
		add_round(image, f->round[i], &image->round[i]);
	return true;
}

/* ------------------------------------------------------------------- onto the disk */

static bool
write_all(int fd, const uint8_t *bytes, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, bytes, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		bytes += done;
		n -= (size_t)done;
	}
	return true;
}

static bool
write_file(const char *path, const struct image *image)
{
	uint8_t digest[SHA256_BYTES];
	digest_sha256(image->part, image->parts, digest);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, LAYOUT_FILE_MODE);
	if (fd < 0)
		return false;
	bool good = true;
	for (size_t i = 0; i < image->parts && good; i++)
		good = write_all(fd, image->part[i].bytes, image->part[i].n);
	good = good && write_all(fd, digest, sizeof(digest)) && fsync(fd) == 0;
	int error = errno;
	if (close(fd) != 0 && good) {
		good = false;
		error = errno;
	}
	errno = error;
	return good;
}

static void
folder_of(const char *path, char folder[PATH_ROOM])
{
	const char *slash = strrchr(path, '/');
	size_t n = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
	memcpy(folder, slash == NULL ? "." : path, n);
	folder[n] = '\0';
}

/* A start can do without a checkpoint, the log not without what is kept free for it. */
static bool
leaves_reserve(const char *path, const struct image *image, uint64_t reserve_bytes)
{
	char folder[PATH_ROOM];
	struct statvfs fs;
	uint64_t bytes = SHA256_BYTES;
	folder_of(path, folder);
	if (reserve_bytes == 0 || statvfs(folder, &fs) != 0)
		return true; /* nothing is known: writing will tell */
	for (size_t i = 0; i < image->parts; i++)
		bytes += image->part[i].n;
	uint64_t free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (free_bytes >= reserve_bytes && free_bytes - reserve_bytes >= bytes)
		return true;
	errno = ENOSPC;
	return false;
}

/* The name in the folder is durable too. */
static bool
sync_folder(const char *path)
{
	char folder[PATH_ROOM];
	folder_of(path, folder);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool good = fsync(fd) == 0;
	int error = errno;
	close(fd);
	errno = error;
	return good;
}

static bool
replace(const char *path, const struct image *image, uint64_t reserve_bytes)
{
	char new_path[PATH_ROOM];
	int n = snprintf(new_path, sizeof(new_path), "%s.new", path);
	if (n < 0 || (size_t)n >= sizeof(new_path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	if (leaves_reserve(path, image, reserve_bytes) && write_file(new_path, image) &&
	    rename(new_path, path) == 0)
		return sync_folder(path);
	int error = errno;
	unlink(new_path);
	errno = error;
	return false;
}

bool
checkpoint_write(const struct checkpoint *checkpoint, const char *path)
{
	struct image image;
	bool good = image_make(checkpoint, &image);
	if (good)
		good = replace(path, &image, checkpoint->reserve_bytes);
	else
		errno = ENOMEM;
	int error = errno;
	image_free(&image);
	errno = error;
	return good;
}
