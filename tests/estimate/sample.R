# SPDX-License-Identifier: Apache-2.0
# sample.R FILE: what R's package survey makes of a sample round, for tests/system/test_sample.py. FILE
# has a line for each unit of the frame that belongs to a goal: domain, stratum, weight (empty: not
# drawn), gone (1: out of scope), answered, met (empty: not known), employees. Those that are gone stand
# for their like, and the share is that of the domain of the others. A line a domain on standard output: share,
# standard error, degrees of freedom, Wilson's interval, response by design weights, and by employees.
suppressMessages(library(survey))
units <- read.csv(commandArgs(trailingOnly = TRUE)[1])
for (domain in unique(units$domain)) {
	u <- units[units$domain == domain, ]
	u$N <- as.vector(table(u$stratum)[as.character(u$stratum)])
	drawn <- u[!is.na(u$weight), ]
	drawn$w <- drawn$N / ave(drawn$gone, drawn$stratum, FUN = length)
	is_known <- drawn$gone == 0 & drawn$answered == 1 & !is.na(drawn$met)
	drawn$w[is_known] <- (drawn$w * ave(1 - drawn$gone, drawn$stratum, FUN = sum) /
		ave(1 * is_known, drawn$stratum, FUN = sum))[is_known]
	d <- drawn[is_known | drawn$gone == 1, ]
	d$met[d$gone == 1] <- 0
	design <- if (length(unique(d$stratum)) > 1)
		svydesign(id = ~1, strata = ~stratum, fpc = ~N, weights = ~w, data = d)
		else svydesign(id = ~1, fpc = ~N, weights = ~w, data = d)
	frame <- unique(d[c("stratum", "N")])
	design <- postStratify(design, ~stratum, data.frame(stratum = frame$stratum, Freq = frame$N))
	design <- subset(design, gone == 0)
	m <- svymean(~met, design)
	p <- as.numeric(m)
	n_eff <- p * (1 - p) / as.numeric(vcov(m))
	level <- 2 * pnorm(qt(.975, degf(design))) - 1
	ci <- suppressWarnings(prop.test(n_eff * p, n_eff, conf.level = level, correct = FALSE))$conf.int
	drawn <- drawn[drawn$gone == 0, ]
	cat(domain, sprintf("%.17g", c(p, SE(m), degf(design), ci, weighted.mean(drawn$answered, drawn$weight),
		weighted.mean(drawn$answered, drawn$weight * drawn$employees))), "\n")
}
