/* SPDX-License-Identifier: Apache-2.0 */
/* The pages of LMDB 0.9, of a machine with little-endian words of 64 bits:
 *
 *   page    uint64 number, uint16 -, uint16 kind, then by kind
 *     meta  uint32 -, then uint32 magic, uint32 version, 16 bytes -, the tree of free pages, the
 *           tree of names, uint64 the last page, uint64 transaction. Pages 0 and 1; the higher
 *           transaction counts
 *     tree  uint16 lower, uint16 upper, then uint16 place[(lower - 16) / 2] of nodes, in the order
 *           of their keys; nodes fill the page from `upper` to its end
 *     large uint32 pages, then a value that runs over them
 *   tree    uint32 page size (in a meta page), uint16 flags, uint16 depth, 24 bytes -,
 *           uint64 entries, uint64 root or NO_PAGE
 *   node    in a leaf: uint32 bytes of the value, uint16 flags, uint16 bytes of the key, the key,
 *           the value or the uint64 number of its page; in a branch: 48 bits, the number of a
 *           page, in place of the first two */
#include "storage/lmdb_check.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_BYTES 16u
#define META_BYTES (HEAD_BYTES + 136u)
#define META_TREES (HEAD_BYTES + 24u)
#define TREE_BYTES 48u
#define META_LAST (2 * TREE_BYTES) /* from META_TREES on, as the transaction behind it */
#define NODE_BYTES 8u
#define MAGIC 0xBEEFC0DEu
#define VERSION 1u
#define NO_PAGE UINT64_MAX
#define PAGE_MIN_BYTES 512u
#define PAGE_MAX_BYTES 32768u
#define KEY_MAX_BYTES 511u
#define DEPTH_MAX 32u
#define UNWRITTEN_MAX 65536u /* free pages beyond the end of a whole file: see lmdb_length */

enum page_kind { BRANCH = 1, LEAF = 2, LARGE = 4, META = 8 };
enum node_flag { VALUE_IS_LARGE = 1, VALUE_IS_TREE = 2 };
#define INTEGER_KEYS 8u  /* the only flag of a tree that we know */
#define TREE_FLAGS 0x7eu /* all that say how it is laid out; the others are of the environment */

struct tree {
	uint32_t page_bytes;
	unsigned flags, depth;
	uint64_t entries, root;
	enum tree_role { FREE_PAGES, NAMES, NAMED } role;
};

struct look {
	const uint8_t *bytes; /* the file, mapped */
	uint64_t pages;       /* that stand in it */
	uint64_t last;        /* number of the last page by the newer meta page */
	size_t page_bytes;
	uint8_t *seen; /* a bit a page */
	uint64_t entries;
	char *why;
};

static uint16_t
get16(const uint8_t *at)
{
	uint16_t value;
	memcpy(&value, at, sizeof(value));
	return value;
}

static uint32_t
get32(const uint8_t *at)
{
	uint32_t value;
	memcpy(&value, at, sizeof(value));
	return value;
}

static uint64_t
get64(const uint8_t *at)
{
	uint64_t value;
	memcpy(&value, at, sizeof(value));
	return value;
}

static struct tree
get_tree(const uint8_t *at, enum tree_role role)
{
	return (struct tree){.page_bytes = get32(at),
	    .flags = get16(at + 4) & TREE_FLAGS,
	    .depth = get16(at + 6),
	    .entries = get64(at + 32),
	    .root = get64(at + 40),
	    .role = role};
}

static bool __attribute__((format(printf, 2, 3))) damaged(struct look *l, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(l->why, LMDB_CHECK_WHY_BYTES, format, arguments);
	va_end(arguments);
	return false;
}

/* ------------------------------------------------------------------- pages */

/* Pages that are in the file and that nothing else is made of. */
static bool
claim(struct look *l, uint64_t page, uint64_t n)
{
	if (page < 2 || n == 0 || page > l->last || n > l->last - page + 1)
		return damaged(l, "it names page %" PRIu64 ", which is none", page);
	if (page >= l->pages || n > l->pages - page)
		return damaged(l, "the file has lost its end");
	for (uint64_t i = page; i < page + n; i++) {
		if ((l->seen[i / 8] >> i % 8 & 1) != 0)
			return damaged(l, "page %" PRIu64 " is used twice", i);
		l->seen[i / 8] |= (uint8_t)(1u << i % 8);
	}
	return true;
}

static const uint8_t *
page_at(const struct look *l, uint64_t page)
{
	return l->bytes + page * l->page_bytes;
}

static bool
is_page(struct look *l, uint64_t page, enum page_kind kind)
{
	const uint8_t *at = page_at(l, page);
	return (get64(at) == page && get16(at + 10) == kind) || damaged(l, "page %" PRIu64, page);
}

/* A value on pages of its own; they may be more than it needs. */
static bool
look_at_large(struct look *l, uint64_t page, uint32_t value_bytes)
{
	if (!claim(l, page, 1) || !is_page(l, page, LARGE))
		return false;
	uint64_t n = get32(page_at(l, page) + 12);
	uint64_t least = (HEAD_BYTES - 1 + (uint64_t)value_bytes) / l->page_bytes + 1;
	if (n < least)
		return damaged(l, "page %" PRIu64, page);
	return n == 1 || claim(l, page + 1, n - 1);
}

/* ------------------------------------------------------------------- trees */

static bool look_at_tree(struct look *l, const struct tree *tree);

/* A list of free pages: how many, and then their numbers, highest first. LMDB will write there. */
static bool
look_at_free(struct look *l, const uint8_t *value, uint32_t n)
{
	uint64_t free_pages = n < 8 ? 0 : get64(value);
	if (n < 8 || free_pages > n / 8 - 1)
		return damaged(l, "a list of free pages");
	for (uint64_t i = 1; i <= free_pages; i++) {
		uint64_t page = get64(value + 8 * i);
		if (page < 2 || page > l->last || (i > 1 && page >= get64(value + 8 * (i - 1))))
			return damaged(l, "a list of free pages");
		if (page < l->pages && !claim(l, page, 1))
			return false;
	}
	return true;
}

static bool
look_at_value(struct look *l, const struct tree *tree, const uint8_t *node)
{
	const uint8_t *value = node + NODE_BYTES + get16(node + 6);
	uint32_t n = get32(node);
	unsigned flags = get16(node + 4);
	if (flags == VALUE_IS_LARGE) {
		uint64_t page = get64(value);
		if (!look_at_large(l, page, n))
			return false;
		value = page_at(l, page) + HEAD_BYTES;
	}
	if (tree->role == FREE_PAGES)
		return look_at_free(l, value, n);
	if (flags != VALUE_IS_TREE)
		return true;
	struct tree named = get_tree(value, NAMED);
	/* One with other flags is none of ours, and who opens it says so. */
	return (named.flags & ~INTEGER_KEYS) != 0 || look_at_tree(l, &named);
}

/* The node lies within its page; *n: what it takes there. */
static bool
is_node(const struct look *l, const struct tree *tree, enum page_kind kind, const uint8_t *page,
    size_t i, size_t *n)
{
	size_t place = get16(page + HEAD_BYTES + 2 * i);
	if (place < get16(page + 14) || place % 2 != 0 || place + NODE_BYTES > l->page_bytes)
		return false;
	const uint8_t *node = page + place;
	unsigned flags = get16(node + 4);
	uint64_t bytes = NODE_BYTES + (uint64_t)get16(node + 6);
	if (kind == LEAF) {
		if (flags > VALUE_IS_TREE || get16(node + 6) == 0 ||
		    (flags == VALUE_IS_TREE && (tree->role != NAMES || get32(node) != TREE_BYTES)))
			return false;
		bytes += flags == VALUE_IS_LARGE ? 8 : get32(node);
	}
	*n = (size_t)(bytes + bytes % 2);
	return get16(node + 6) <= KEY_MAX_BYTES && bytes <= l->page_bytes - place;
}

static bool
is_ascending(const struct tree *tree, const uint8_t *a, const uint8_t *b)
{
	size_t a_n = get16(a + 6), b_n = get16(b + 6);
	a += NODE_BYTES;
	b += NODE_BYTES;
	if (tree->role != FREE_PAGES && (tree->flags & INTEGER_KEYS) == 0) {
		int order = memcmp(a, b, a_n < b_n ? a_n : b_n);
		return order < 0 || (order == 0 && a_n < b_n);
	}
	return a_n != 8 || b_n != 8 || get64(a) < get64(b);
}

/* Its nodes fill the page from `upper` on and stand in order; in a branch the first has no key. */
static bool
is_tree_page(struct look *l, const struct tree *tree, enum page_kind kind, uint64_t number)
{
	const uint8_t *page = page_at(l, number), *before = NULL;
	size_t lower = get16(page + 12), upper = get16(page + 14), filled = 0;
	bool good = lower >= HEAD_BYTES && lower % 2 == 0 && lower <= upper &&
		    upper <= l->page_bytes &&
		    lower >= HEAD_BYTES + (kind == BRANCH && tree->role != FREE_PAGES ? 4u : 2u);
	for (size_t i = 0; good && i < (lower - HEAD_BYTES) / 2; i++) {
		const uint8_t *node = page + get16(page + HEAD_BYTES + 2 * i);
		size_t n = 0;
		good = is_node(l, tree, kind, page, i, &n) &&
		       (before == NULL || is_ascending(tree, before, node));
		filled += n;
		before = kind == BRANCH && i == 0 ? NULL : node;
	}
	return (good && filled == l->page_bytes - upper) || damaged(l, "page %" PRIu64, number);
}

static bool
look_at_page(struct look *l, const struct tree *tree, uint64_t number, unsigned depth)
{
	enum page_kind kind = depth == 1 ? LEAF : BRANCH;
	if (!claim(l, number, 1) || !is_page(l, number, kind) ||
	    !is_tree_page(l, tree, kind, number))
		return false;
	const uint8_t *page = page_at(l, number);
	size_t n = (get16(page + 12) - HEAD_BYTES) / 2u;
	bool good = true;
	for (size_t i = 0; good && i < n; i++) {
		const uint8_t *node = page + get16(page + HEAD_BYTES + 2 * i);
		if (kind == LEAF)
			good = look_at_value(l, tree, node);
		else
			good = look_at_page(l, tree, get64(node) & 0xffffffffffff, depth - 1);
	}
	l->entries += kind == LEAF ? n : 0;
	return good;
}

static bool
look_at_tree(struct look *l, const struct tree *tree)
{
	uint64_t outer = l->entries;
	bool is_empty = tree->root == NO_PAGE;
	if (is_empty != (tree->depth == 0) || tree->depth > DEPTH_MAX)
		return damaged(l, "the head of a tree");
	l->entries = 0;
	if (!is_empty && !look_at_page(l, tree, tree->root, tree->depth))
		return false;
	bool has_all = l->entries == tree->entries;
	l->entries = outer;
	return has_all || damaged(l, "the head of a tree");
}

/* ------------------------------------------------------------------- the file */

/* Page 0 or 1, as LMDB makes it. */
static bool
is_meta(struct look *l, unsigned i)
{
	const uint8_t *page = page_at(l, i);
	struct tree free_pages = get_tree(page + META_TREES, FREE_PAGES);
	struct tree names = get_tree(page + META_TREES + TREE_BYTES, NAMES);
	return (get64(page) == i && get16(page + 10) == META && get32(page + HEAD_BYTES) == MAGIC &&
		   get32(page + HEAD_BYTES + 4) == VERSION &&
		   free_pages.page_bytes == l->page_bytes && free_pages.flags == INTEGER_KEYS &&
		   names.flags == 0) ||
	       damaged(l, "meta page %u", i);
}

static bool
look_at_trees(struct look *l)
{
	if (!is_meta(l, 0) || !is_meta(l, 1))
		return false;
	const uint8_t *trees[2] = {page_at(l, 0) + META_TREES, page_at(l, 1) + META_TREES};
	bool is_second = get64(trees[0] + META_LAST + 8) < get64(trees[1] + META_LAST + 8);
	struct tree free_pages = get_tree(trees[is_second], FREE_PAGES);
	struct tree names = get_tree(trees[is_second] + TREE_BYTES, NAMES);
	l->last = get64(trees[is_second] + META_LAST);
	if (l->last == 0)
		return damaged(l, "meta page %u", (unsigned)is_second);
	if (l->last >= l->pages + UNWRITTEN_MAX)
		return damaged(l, "the file has lost its end");
	return look_at_tree(l, &names) && look_at_tree(l, &free_pages);
}

static enum lmdb_check
look_at_file(const uint8_t *bytes, uint64_t n, char why[LMDB_CHECK_WHY_BYTES])
{
	struct look l = {.bytes = bytes, .page_bytes = get32(bytes + META_TREES), .why = why};
	if (get32(bytes + HEAD_BYTES) != MAGIC || get32(bytes + HEAD_BYTES + 4) != VERSION)
		return LMDB_CHECK_SOUND; /* none of LMDB's, or not of this format: it says so */
	if (l.page_bytes < PAGE_MIN_BYTES || l.page_bytes > PAGE_MAX_BYTES ||
	    (l.page_bytes & (l.page_bytes - 1)) != 0 || n / l.page_bytes < 2) {
		damaged(&l, "meta page 0");
		return LMDB_CHECK_DAMAGED;
	}
	l.pages = n / l.page_bytes;
	l.seen = calloc(l.pages / 8 + 1, 1);
	if (l.seen == NULL)
		return LMDB_CHECK_FAILED;
	bool is_sound = look_at_trees(&l);
	free(l.seen);
	return is_sound ? LMDB_CHECK_SOUND : LMDB_CHECK_DAMAGED;
}

enum lmdb_check
lmdb_check_file(const char *path, char why[LMDB_CHECK_WHY_BYTES])
{
	struct stat status;
	void *bytes = MAP_FAILED;
	if (sizeof(size_t) != 8 || BYTE_ORDER != LITTLE_ENDIAN)
		return LMDB_CHECK_SOUND; /* pages are laid out otherwise there */
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return LMDB_CHECK_FAILED;
	bool is_known = fstat(fd, &status) == 0;
	size_t n = is_known ? (size_t)status.st_size : 0;
	if (n >= META_BYTES)
		bytes = mmap(NULL, n, PROT_READ, MAP_SHARED, fd, 0);
	int error = errno;
	close(fd);
	errno = error;
	if (is_known && n < META_BYTES)
		return LMDB_CHECK_SOUND; /* LMDB sees that */
	if (bytes == MAP_FAILED)
		return LMDB_CHECK_FAILED;
	enum lmdb_check result = look_at_file(bytes, n, why);
	error = errno;
	munmap(bytes, n);
	errno = error;
	return result;
}
