/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
/* The layout on disk, all of it. One folder, given by the operator, holds:
 *
 *   data.mdb         the log: an LMDB environment with named databases
 *     "packs"        MDB_INTEGERKEY: uint64_t in the machine's own byte order, the number of the
 *                    first entry -> consecutive entries (storage/pack.h); dense from 1, written
 *                    with MDB_APPEND only, never changed, never deleted
 *     "digests"      MDB_INTEGERKEY: the number of a pack -> 16 bytes, XXH3 of all of the pack.
 *                    Packs of versions before this have none
 *     "meta"         records, written once:
 *       "format"     uint32_t, little-endian: STORE_DATA_FORMAT of who made it, or brought it up
 *       "log id"     16 random bytes
 *       "created"    int64_t, little-endian: milliseconds since 1970, UTC
 *       "journal"    there when the file below has been made: without it the log may lack its end
 *     "log"          format 1 only, instead of "packs": number -> the one entry's bytes
 *   journal          what was accepted last (storage/journal.h); 32 MiB, made once
 *   journal.new      the same being made; a left-over is overwritten
 *   lock.mdb         LMDB's reader table; worthless when nobody has the environment open
 *   khaosat.lock     empty; whoever has the log open holds flock(LOCK_EX) on it. Released by the
 *                    kernel with the process, so it is never stale, and never to be deleted while
 *                    one runs. Readers that only look (mdb_stat, mdb_copy) need not take it
 *   contacts.mdb     what may be forgotten: an LMDB environment (MDB_NOSUBDIR), two named databases
 *     "values"       key bytes -> value bytes (collector/handle_unit.c, collector/secrets.h)
 *     "meta"         "format" as above
 *   contacts.mdb-lock, contacts.lock    likewise for it
 *   data.mdb.new     an empty data.mdb being made; a left-over is removed when one is made again
 *   contacts.mdb.new likewise, or a compacted copy under way; a left-over is removed at the next open
 *   checkpoint       the folded state (collector/state.h), replaced by rename; never needed
 *   checkpoint.new   the next one being written; a left-over is overwritten
 *   exports/         a folder of exports (collector/export/folder.h)
 *   staff.token      the token of the machine's own account (collector/staff.h)
 *
 * All files are made with mode 0600. LMDB's own format depends on the machine's byte order and word
 * size: a folder moves between machines of one kind. */
/* clang-format on */
#ifndef KHAOSAT_STORAGE_LAYOUT_H
#define KHAOSAT_STORAGE_LAYOUT_H

#define LAYOUT_FILE_MODE 0600

#define LAYOUT_NEW ".new" /* after the name of a file that is not yet in its place */

#define LAYOUT_DATA "data.mdb"
#define LAYOUT_LOCK "khaosat.lock"
#define LAYOUT_PACKS_DATABASE "packs"
#define LAYOUT_DIGESTS_DATABASE "digests"
#define LAYOUT_LOG_DATABASE "log"
#define LAYOUT_META_DATABASE "meta"
#define LAYOUT_META_FORMAT "format"
#define LAYOUT_META_LOG_ID "log id"
#define LAYOUT_META_CREATED "created"
#define LAYOUT_META_JOURNAL "journal"
#define LAYOUT_JOURNAL "journal"
#define LAYOUT_JOURNAL_NEW LAYOUT_JOURNAL LAYOUT_NEW

#define LAYOUT_CONTACTS "contacts.mdb"
#define LAYOUT_CONTACTS_FORMAT 1
#define LAYOUT_CONTACTS_NEW LAYOUT_CONTACTS LAYOUT_NEW
#define LAYOUT_CONTACTS_LOCK "contacts.lock"
#define LAYOUT_VALUES_DATABASE "values"

#define LAYOUT_CHECKPOINT "checkpoint"
#define LAYOUT_EXPORTS "exports" /* a folder */

#endif
