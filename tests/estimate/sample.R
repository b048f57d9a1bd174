# SPDX-License-Identifier: Apache-2.0
# sample.R FILE: what R's package survey makes of a sample round, for tests/system/test_sample.py. FILE
# has a line for each unit of the frame that belongs to a goal: domain, stratum, weight (empty: not
# drawn), answered, met (empty: not known), employees. A line a domain on standard output: share,
# standard error, degrees of freedom, Wilson's interval, response by design weights, and by employees.
suppressMessages(library(survey))
units <- read.csv(commandArgs(trailingOnly = TRUE)[1])
for (domain in unique(units$domain)) {
	u <- units[units$domain == domain, ]
	u$N <- as.vector(table(u$stratum)[as.character(u$stratum)])
	known <- u[u$answered == 1 & !is.na(u$met), ]
	known$w <- known$N / as.vector(table(known$stratum)[as.character(known$stratum)])
	design <- if (length(unique(known$stratum)) > 1)
		svydesign(id = ~1, strata = ~stratum, fpc = ~N, weights = ~w, data = known)
		else svydesign(id = ~1, fpc = ~N, weights = ~w, data = known)
	m <- svymean(~met, design)
	p <- as.numeric(m)
	n_eff <- p * (1 - p) / as.numeric(vcov(m))
	level <- 2 * pnorm(qt(.975, degf(design))) - 1
	ci <- suppressWarnings(prop.test(n_eff * p, n_eff, conf.level = level, correct = FALSE))$conf.int
	drawn <- u[!is.na(u$weight), ]
	cat(domain, sprintf("%.17g", c(p, SE(m), degf(design), ci, weighted.mean(drawn$answered, drawn$weight),
		weighted.mean(drawn$answered, drawn$weight * drawn$employees))), "\n")
}
