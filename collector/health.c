/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/health.h"

#include "collector/clock.h"
#include "collector/log.h"

#define PATIENCE_MS 10000 /* for the writer and the loops: the watchdog asks every second */

#define WARNING_MS 60000
#define MIB (1024u * 1024u)
/* So much above the reserve, and it is not the disk that is full. */
#define ROOM_BYTES (64u * MIB)

/* No room on the disk helps here, and no time. */
static void
note_map(struct server *server, const struct store_health *store)
{
	if (store->map_full && !atomic_load(&server->is_map_full))
		log_error(
		    "the log's address space is used up: when the journal is full too nothing "
		    "is accepted, until a start with more (ulimit -v, LimitAS) map_mib=%llu",
		    (unsigned long long)(store->map_room_bytes / MIB));
	atomic_store(&server->is_map_full, store->map_full);
}

void
health_look(struct server *server)
{
	struct store_health store;
	int64_t now_ms = clock_monotonic_ms();
	store_health(server->store, &store);
	if (!store.accepting)
		atomic_store(&server->has_failed, true);
	note_map(server, &store);
	bool is_low = (store.full && !store.map_full && !store.removed) ||
		      store.free_bytes < store.reserve_bytes;
	atomic_store(&server->is_disk_low, is_low);
	atomic_store(&server->is_removed, store.removed);
	if ((!is_low && !store.removed) ||
	    (server->warned_ms != 0 && now_ms - server->warned_ms < WARNING_MS))
		return;
	server->warned_ms = now_ms;
	if (store.removed)
		log_error("a file of the log has been removed: nothing is accepted, and what it "
			  "holds ends with this process; before it ends, save it: khaosat backup");
	else
		log_warn("disk low: nothing is accepted free_mib=%llu%s",
		    (unsigned long long)(store.free_bytes / MIB),
		    store.free_bytes >= store.reserve_bytes + ROOM_BYTES
			? " although there is room: a quota, or a limit of the size of a file?"
			: "");
}

enum health
health_of(const struct server *server)
{
	if (atomic_load(&server->has_failed))
		return HEALTH_FAILED;
	if (clock_monotonic_ms() - atomic_load(&server->answered_ms) > PATIENCE_MS)
		return HEALTH_STUCK;
	if (atomic_load(&server->is_removed))
		return HEALTH_REMOVED;
	if (atomic_load(&server->is_map_full))
		return HEALTH_MAP_FULL;
	return atomic_load(&server->is_disk_low) ? HEALTH_DISK_LOW : HEALTH_GOOD;
}

enum health
health_ready(const struct server *server)
{
	if (atomic_load(&server->is_stopping))
		return HEALTH_STOPPING;
	return atomic_load(&server->has_failed) ? HEALTH_FAILED : HEALTH_GOOD;
}

struct label
health_words(enum health health)
{
	static const struct label words[] = {
	    [HEALTH_GOOD] = {"Ghi được.", "It can commit."},
	    [HEALTH_FAILED] = {"Một lần ghi đã hỏng: không nhận thêm gì nữa.",
		"A commit has failed: nothing is accepted any more."},
	    [HEALTH_REMOVED] = {"Một tệp của nhật ký đã bị xóa: không nhận thêm gì; hãy sao lưu "
				"ngay "
				"(khaosat backup), trước khi dừng.",
		"A file of the log has been removed: nothing is accepted; save it now, before it "
		"stops (khaosat backup)."},
	    [HEALTH_DISK_LOW] = {"Đĩa sắp đầy: không nhận thêm gì cho tới khi có chỗ.",
		"The disk is low: nothing is accepted until there is room."},
	    [HEALTH_MAP_FULL] = {"Nhật ký hết không gian địa chỉ: sắp không nhận thêm được gì cho "
				 "tới khi khởi động lại với nhiều hơn.",
		"The log's address space is used up: soon nothing is accepted, until a start with "
		"more."},
	    [HEALTH_STUCK] = {"Luồng ghi hoặc một vòng lặp sự kiện không trả lời.",
		"The writer or an event loop does not answer."},
	    [HEALTH_STOPPING] = {"Đang dừng.", "It is stopping."},
	};
	return words[health];
}
