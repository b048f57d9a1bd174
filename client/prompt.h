/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal of the interactive form: questions out, lines in. With a real terminal, lines are
 * edited by libedit and some words are set off; in a pipe or on a dumb terminal it is plain text.
 * One thread, one at a time. */
#ifndef KHAOSAT_CLIENT_PROMPT_H
#define KHAOSAT_CLIENT_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

struct prompt;

/* Sets LC_CTYPE to a UTF-8 locale. NULL: out of memory. */
struct prompt *prompt_new(void);
void prompt_free(struct prompt *p); /* accepts NULL */

size_t prompt_width(const struct prompt *p); /* columns of a line, 40 to 100 */

/* Both ends are a terminal. */
bool prompt_is_terminal(const struct prompt *p);

/* One line, without its end and the blanks around it, to be freed by the caller. `text` stands
 * ready to be edited (terminal only); may be NULL. NULL: the end of input. */
char *prompt_line(struct prompt *p, const char *before, const char *text);

/* Text wrapped to the width; `first` before the first line, `rest` before the others. */
enum prompt_style { STYLE_PLAIN, STYLE_STRONG, STYLE_FAINT, STYLE_WARNING };
void prompt_say(struct prompt *p, enum prompt_style style, const char *first, const char *rest,
    const char *text);

#endif
