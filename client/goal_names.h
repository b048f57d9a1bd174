/* SPDX-License-Identifier: Apache-2.0 */
/* The goals of a Rates message as people read them: each headline, then its variants one deeper,
 * and what their codes stand for. One thread. */
#ifndef KHAOSAT_CLIENT_GOAL_NAMES_H
#define KHAOSAT_CLIENT_GOAL_NAMES_H

#include <stdbool.h>
#include <stdio.h>

#include "client/client.h"
#include "proto/khaosat.pb-c.h"

/* Called for each goal in reading order; false ends it. */
typedef bool goal_visit(const Khaosat__V1__GoalInfo *goal, unsigned depth, void *user);
bool goals_visit(const Khaosat__V1__Rates *rates, goal_visit *visit, void *user);

/* A line or more for each goal: code, name, threshold, deadline. */
void goals_print(const struct client *client, const Khaosat__V1__Rates *rates, FILE *to);

/* How the sample was drawn, where there is one. */
void goals_print_design(const struct client *client, const Khaosat__V1__Rates *rates, FILE *to);

/* As wide as the terminal, or 100. */
void goals_wrap(FILE *to, const char *text, const char *first, const char *rest);

#endif
