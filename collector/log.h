/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's log: one event, one line on stderr, key=value, id first, or the same as JSON;
 * formats are those of log_line.h, so no value can forge a line. Nothing above info in normal work;
 * never an answer, a code or a token. What a peer can trigger goes through a gate. Lines that
 * nobody takes for a while are lost, and a later line says how many. Any thread. */
#ifndef KHAOSAT_COLLECTOR_LOG_H
#define KHAOSAT_COLLECTOR_LOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/log_line.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_NOTICE, LOG_WARN, LOG_ERROR };

void log_set_level(enum log_level least);
void log_set_format(enum log_format chosen);
bool log_is_on(enum log_level level);

void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_debug(...) log_write(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) log_write(LOG_INFO, __VA_ARGS__)
#define log_notice(...) log_write(LOG_NOTICE, __VA_ARGS__)
#define log_warn(...) log_write(LOG_WARN, __VA_ARGS__)
#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)

/* Lets at most LOG_GATE_LINES lines through each window; a static one stands at each place that a
 * peer can make speak. */
#define LOG_GATE_LINES 10u
#define LOG_GATE_WINDOW_MS 1000

struct log_gate {
	_Atomic int64_t window_ms;
	atomic_uint lines;
	atomic_uint held_back;
};

/* May this line be written? `held_back`: how many were not since the last one that was. */
bool log_gate_pass(struct log_gate *gate, int64_t now_ms, unsigned *held_back);

#endif
