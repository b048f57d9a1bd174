# SPDX-License-Identifier: Apache-2.0
# Asks the judge and compares. Sourced by the scripts beside it.
judge <- commandArgs(trailingOnly = TRUE)[1]
failures <- 0

attach_survey <- function() {
	if (!requireNamespace("survey", quietly = TRUE)) {
		cat("skipped: needs R's package survey (r-cran-survey)\n")
		quit(status = 77)
	}
	suppressMessages(library(survey))
}

# Seventeen digits are a double, whole.
digits <- function(x) sprintf("%.17g", x)

ask <- function(lines) {
	answer <- system2(judge, input = lines, stdout = TRUE)
	if (!is.null(attr(answer, "status")) || length(answer) != length(lines))
		stop("the judge gave up")
	answer
}

# Relative where the value is not next to nothing.
error_of <- function(ours, theirs) {
	error <- abs(ours - theirs) / pmax(abs(theirs), 1e-290)
	ifelse(ours == theirs, 0, error)
}

agree <- function(what, ours, theirs, limit) {
	error <- error_of(ours, theirs)
	error[is.na(error)] <- Inf
	cat(sprintf("%-28s %6d values, worst %.1e (limit %.0e)\n", what, length(ours), max(error), limit))
	if (length(ours) == 0 || max(error) > limit) {
		failures <<- failures + 1
		worst <- which.max(error)
		cat(sprintf("  FAILED at %d: ours %.17g, R %.17g\n", worst, ours[worst], theirs[worst]))
	}
}

finish <- function() quit(status = if (failures > 0) 1 else 0)
