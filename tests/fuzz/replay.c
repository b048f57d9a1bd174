/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over the files of folders: what a fuzzer has found stays found, without a
 * fuzzer. Each file is handed over in a block of its exact size, so that the sanitizer sees an
 * over-read. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int
replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	if (!file) {
		perror(path);
		return -1;
	}
	fseek(file, 0, SEEK_END);
	long size = ftell(file);
	rewind(file);
	uint8_t *bytes = malloc(size > 0 ? (size_t)size : 1);
	size_t n = bytes && size > 0 ? fread(bytes, 1, (size_t)size, file) : 0;
	fclose(file);
	if (!bytes || (long)n != size) {
		fprintf(stderr, "%s: cannot be read\n", path);
		free(bytes);
		return -1;
	}
	LLVMFuzzerTestOneInput(bytes, n);
	free(bytes);
	return 0;
}

/* The number of files, or -1. */
static int
replay_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	int files = 0;
	if (!dir) {
		perror(folder);
		return -1;
	}
	for (struct dirent *entry; files >= 0 && (entry = readdir(dir));) {
		char path[4096];
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		files = replay_file(path) == 0 ? files + 1 : -1;
	}
	closedir(dir);
	return files;
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		int files = replay_folder(argv[i]);
		if (files <= 0) {
			fprintf(stderr, "%s: nothing was replayed\n", argv[i]);
			return 1;
		}
		printf("%s: %d files\n", argv[i], files);
	}
	return argc > 1 ? 0 : 2;
}
