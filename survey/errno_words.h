/* SPDX-License-Identifier: Apache-2.0 */
/* What went wrong with a file or a connection, in Vietnamese: the system says it in English only.
 * Pure. */
#ifndef KHAOSAT_SURVEY_ERRNO_WORDS_H
#define KHAOSAT_SURVEY_ERRNO_WORDS_H

/* NULL: none of those that people meet. */
const char *errno_words_vi(int error);

#endif
