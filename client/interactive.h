/* SPDX-License-Identifier: Apache-2.0 */
/* khaosat submit --interactive: the questionnaire at the terminal, from the access code to the
 * receipt. A draft is saved after every answer. One thread. */
#ifndef KHAOSAT_CLIENT_INTERACTIVE_H
#define KHAOSAT_CLIENT_INTERACTIVE_H

#include "client/submitting.h"

/* Returns an exit code. Leaving with the draft saved is EXIT_DONE. */
int interactive_run(struct submitting *s);

#endif
