/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of exports that is another log's, or whose disk is not mounted, is left alone. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/export/folder.h"
#include "collector/exporter_parts.h"
#include "survey/errno_words.h"
#include "survey/text.h"

#define SHOWN_BYTES 64 /* of a path */

_Static_assert(FOLDER_LOG_BYTES == STORE_LOG_ID_BYTES, "one log, one id");

/* Only exports in a folder of their own: the one of the log comes and goes with the log, and is
 * empty after a restore. */
static bool
has_exports_elsewhere(struct exporter *x)
{
	size_t rounds = state_rounds(x->server->state), n = 0;
	if (x->server->config.export_dir == NULL)
		return false;
	for (uint32_t i = 0; i < rounds && n == 0; i++) {
		struct export_record *record;
		if (!state_exports(x->server->state, i, &record, &n))
			return true;
		free(record);
	}
	return n > 0;
}

bool
exporter_claim(struct exporter *x, struct run_why *why)
{
	char root[SHOWN_BYTES];
	const uint8_t *log = store_log_id(x->server->store);
	enum folder_claim whose = folder_claim(x->root, log, has_exports_elsewhere(x));
	int error = errno;
	text_quote(root, sizeof(root), x->root, strlen(x->root));
	switch (whose) {
	case FOLDER_OURS:
		return true;
	case FOLDER_ANOTHERS:
		run_why(why, "%s: là thư mục xuất của nhật ký khác; xem tệp " FOLDER_LOG_FILE,
		    "%s: these are exports of another log; see the file " FOLDER_LOG_FILE, root);
		break;
	case FOLDER_BARE:
		run_why(why,
		    "%s: không có các lần xuất trước; đĩa đã gắn chưa? Nếu dùng thư mục mới, "
		    "hãy tạo \"public\" trong đó",
		    "%s: what was exported is not there; is its disk mounted? If it is to be a new "
		    "folder, make \"public\" in it",
		    root);
		break;
	case FOLDER_FAILED:
		run_why(why, "%s: %s", "%s: %s", root, strerror(error));
		if (errno_words_vi(error) != NULL)
			snprintf(why->vi, sizeof(why->vi), "%s: %s", root, errno_words_vi(error));
		break;
	}
	return false;
}
