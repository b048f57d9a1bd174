/* SPDX-License-Identifier: Apache-2.0 */
/* Where exports stand on the disk. A run's folder gets its name only when all of it is synced, and
 * never changes afterwards:
 *
 *   ROOT/.khaosat-log            of which log these are: 32 hexadecimal digits and LF
 *   ROOT/public/ROUND/v0001/...  manifest.json and the files it lists
 *                     .new-v0002 being written
 *                     latest     -> v0001
 *   ROOT/internal/ROUND/...      for staff: nobody else may read there
 *
 * Calls that fail leave errno. Worker's thread. */
#ifndef KHAOSAT_COLLECTOR_EXPORT_FOLDER_H
#define KHAOSAT_COLLECTOR_EXPORT_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FOLDER_LOG_BYTES 16
#define FOLDER_LOG_FILE ".khaosat-log"

enum folder_claim {
	FOLDER_OURS,     /* or nobody's until now; the file that says so is on the disk */
	FOLDER_ANOTHERS, /* that file names another log */
	FOLDER_BARE,     /* nothing was ever exported there */
	FOLDER_FAILED    /* errno */
};
/* To be asked before anything is written below the root or removed. `has_exports`: that log has
 * exports, which are kept there; a root without any is FOLDER_BARE then and stays as it is, since a
 * disk that is not mounted looks like this. Else it is made if need be. */
enum folder_claim folder_claim(
    const char *root, const uint8_t log[FOLDER_LOG_BYTES], bool has_exports);

/* The folder of a round's public or internal runs, made if need be. -1: errno. */
int folder_make(const char *root, bool is_public, const char *round);
/* The same for who only reads: where there is none it makes none. */
int folder_look(const char *root, bool is_public, const char *round);

/* A new, empty folder for that run, made where nothing stands by its name yet. -1: errno; EEXIST: a
 * run of that number is there. */
int folder_begin(int folder, uint32_t vintage);
/* Its files may be read by whom they are for; all of it is on the disk. */
bool folder_seal(int work, bool is_public);
/* It gets its name, and `latest` names it. */
bool folder_publish(int folder, uint32_t vintage);
bool folder_point(int folder, uint32_t vintage);   /* it has its name: `latest` names it */
void folder_discard(int folder, uint32_t vintage); /* what was begun */

/* A run that was sealed, and not published when the power went. -1: none. */
int folder_begun(int folder, uint32_t vintage);
/* -1: there is none, or errno is of another kind. */
int folder_run(int folder, uint32_t vintage);
/* What was not opened is not there, or not for us; false: memory, descriptors or the disk failed.
 */
bool folder_has_none(int error);
/* An old run goes. False: errno; ENOENT: it had gone. */
bool folder_remove(int folder, uint32_t vintage);

#endif
