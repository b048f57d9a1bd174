# SPDX-License-Identifier: Apache-2.0
# sample.R FILE: what R's package survey makes of a sample round, for tests/system/test_sample.py. FILE
# has a line for each domain and unit of the frame: domain, stratum, weight (empty: not drawn), was (1: the
# frame had it in the domain), is (1: it is there now, and in scope), answered, met (empty: not known),
# employees. Units that have left stand for their like, as do those that have come, and the share is that
# of the domain as it is. A line a domain on standard output: share, standard error, degrees of freedom,
# Wilson's interval, response by design weights, and by employees.
suppressMessages(library(survey))
units <- read.csv(commandArgs(trailingOnly = TRUE)[1])

design_of <- function(d) {
	if (length(unique(d$stratum)) > 1) svydesign(id = ~1, strata = ~stratum, fpc = ~N, weights = ~w, data = d)
	else svydesign(id = ~1, fpc = ~N, weights = ~w, data = d)
}

for (domain in unique(units$domain)) {
	u <- units[units$domain == domain, ]
	# what lies beside the domain matters where somebody drawn has come from there
	has_come <- unique(u$stratum[!is.na(u$weight) & u$is == 1 & u$was == 0])
	u <- u[u$was == 1 | u$stratum %in% has_come, ]
	u$N <- as.vector(table(u$stratum)[as.character(u$stratum)])
	u$part <- paste(u$stratum, u$was)
	drawn <- u[!is.na(u$weight), ]
	drawn$w <- drawn$weight
	parts <- as.data.frame(table(part = u$part), stringsAsFactors = FALSE)
	drawn$w <- weights(postStratify(design_of(drawn), ~part, parts))
	is_known <- drawn$is == 1 & drawn$answered == 1 & !is.na(drawn$met)
	drawn$w[is_known] <- (ave(drawn$w * drawn$is, drawn$stratum, FUN = sum) /
		ave(1 * is_known, drawn$stratum, FUN = sum))[is_known]
	d <- drawn[is_known | drawn$is == 0, ]
	d$met[d$is == 0] <- 0
	frame <- as.data.frame(table(stratum = u$stratum), stringsAsFactors = FALSE)
	design <- subset(postStratify(design_of(d), ~stratum, frame), is == 1)
	m <- svymean(~met, design)
	p <- as.numeric(m)
	n_eff <- p * (1 - p) / as.numeric(vcov(m))
	level <- 2 * pnorm(qt(.975, degf(design))) - 1
	ci <- suppressWarnings(prop.test(n_eff * p, n_eff, conf.level = level, correct = FALSE))$conf.int
	drawn <- drawn[drawn$is == 1, ]
	cat(domain, sprintf("%.17g", c(p, SE(m), degf(design), ci, weighted.mean(drawn$answered, drawn$weight),
		weighted.mean(drawn$answered, drawn$weight * drawn$employees))), "\n")
}
