# SPDX-License-Identifier: Apache-2.0
# Random rounds: the collapse against a second one written here, estimates and intervals against R's
# package survey (prop.test for Wilson's, binom.test for Clopper and Pearson's).
suppressMessages(library(survey))
source("judge.R")
set.seed(2025)

methods <- c(wilson = 1, logit = 2, beta = 3, clopper = 4, hypergeometric = 5)

# ------------------------------------------------------------------- the rounds

random_round <- function() {
	cells <- expand.grid(zone = 0:2, activity = 0:3, size = 0:4)
	cells <- cells[sort(sample(nrow(cells), sample(c(1, 2, 5, 20, 60), 1))), ]
	cells$n <- pmax(1, round(rexp(nrow(cells), 1 / sample(c(8, 60), 1))))
	responding <- runif(nrow(cells), 0, 1)^sample(c(.2, 1, 2), 1)
	cells$known <- rbinom(nrow(cells), cells$n, responding)
	cells$met <- rbinom(nrow(cells), cells$known, sample(c(.05, .5, .8, .97), 1))
	cells$not_met <- cells$known - cells$met
	cells
}

line_of <- function(cells, method, threshold = 80)
	paste(c("round", method, threshold, 1, 0, nrow(cells),
		t(cells[c("size", "activity", "zone", "n", "met", "not_met")])), collapse = " ")

parse <- function(answer) {
	w <- strsplit(answer, " ")[[1]]
	s <- matrix(as.numeric(w[-(1:8)]), ncol = 3, byrow = TRUE)
	list(share = as.numeric(w[1]), variance = as.numeric(w[2]), df = as.numeric(w[3]), has = w[4] == "1",
		low = as.numeric(w[5]), high = as.numeric(w[6]), verdict = w[7],
		strata = data.frame(n = s[, 1], met = s[, 2], not_met = s[, 3]))
}

# ------------------------------------------------------------------- the collapse, once more

collapse <- function(h) {
	h$known <- h$met + h$not_met
	limit <- if (any(h$known > 0)) 5 * median((h$n / h$known)[h$known > 0]) else 0
	while (nrow(h) > 1) {
		thin <- which(h$known < h$n & (h$known < 5 | h$n / h$known > limit))
		if (length(thin) == 0) break
		i <- thin[which.min(h$known[thin])]
		others <- seq_len(nrow(h))[-i]
		far <- with(h, ifelse(size[others] != size[i], 2 + abs(size[others] - size[i]),
			ifelse(activity[others] != activity[i], 1, 0)))
		near <- others[far == min(far)]
		j <- near[which.max(h$known[near])]
		for (v in c("n", "known", "met", "not_met")) h[j, v] <- h[j, v] + h[i, v]
		h <- h[-i, ]
	}
	h
}

# ------------------------------------------------------------------- R's figures

design_of <- function(h) {
	unit <- rep(seq_len(nrow(h)), h$known)
	y <- unlist(mapply(function(m, f) c(rep(1, m), rep(0, f)), h$met, h$not_met, SIMPLIFY = FALSE))
	d <- data.frame(h = unit, y = y, N = h$n[unit], w = (h$n / h$known)[unit])
	if (nrow(h) > 1) svydesign(id = ~1, strata = ~h, fpc = ~N, weights = ~w, data = d)
	else svydesign(id = ~1, fpc = ~N, weights = ~w, data = d)
}

intervals_of <- function(design, h) {
	m <- svymean(~y, design)
	p <- as.numeric(m)
	v <- as.numeric(vcov(m))
	n_eff <- p * (1 - p) / v
	level <- 2 * pnorm(qt(.975, degf(design))) - 1
	wilson <- suppressWarnings(prop.test(n_eff * p, n_eff, conf.level = level, correct = FALSE))$conf.int
	ci <- function(method) suppressWarnings(as.numeric(confint(svyciprop(~y, design, method = method))))
	list(p = p, v = v, df = degf(design), wilson = as.numeric(wilson), logit = ci("xlogit"),
		r_logit = ci("logit"), beta = ci("beta"))
}

# These take all units for one stratum. Every number of met ones that there could be is tried out.
exact_intervals_of <- function(cells) {
	n <- sum(cells$n); known <- sum(cells$known); met <- sum(cells$met)
	k <- met:(n - known + met)
	kept <- k[phyper(met - 1, k, n - k, known, lower.tail = FALSE) > .025 & phyper(met, k, n - k, known) > .025]
	list(clopper = as.numeric(binom.test(met, known)$conf.int), hypergeometric = range(kept) / n)
}

# No further than silence could go.
clip <- function(ci, cells) {
	n <- sum(cells$n)
	c(max(ci[1], sum(cells$met) / n), min(ci[2], 1 - sum(cells$not_met) / n))
}

# ------------------------------------------------------------------- the comparison

rounds <- replicate(160, random_round(), simplify = FALSE)
rounds[[1]] <- data.frame(size = 1:4, activity = 0, zone = 0, n = c(900, 240, 40, 20),
	known = c(150, 90, 30, 18), met = c(112, 79, 28, 18), not_met = c(38, 11, 2, 0)) # domain.md 11
answers <- lapply(methods, function(m) lapply(ask(vapply(rounds, line_of, "", method = m)), parse))

got <- list()
keep <- function(what, ours, theirs) got[[what]] <<- rbind(got[[what]], cbind(ours, theirs))
for (i in seq_along(rounds)) {
	cells <- rounds[[i]]
	ours <- answers$wilson[[i]]
	if (sum(cells$known) == 0) {
		keep("nothing answered, no share", c(ours$share, ours$has, nrow(ours$strata)), c(0, 0, 0))
		next
	}
	h <- collapse(cells)
	keep("strata after the collapse", c(nrow(ours$strata), unlist(ours$strata)), c(nrow(h), unlist(h[c("n", "met", "not_met")])))
	if (nrow(h) != nrow(ours$strata)) break
	if (sum(h$known) < 2) next # R has no variance of a single answer
	design <- design_of(h)
	m <- svymean(~y, design)
	keep("share", ours$share, as.numeric(m))
	keep("degrees of freedom", ours$df, degf(design))
	v <- as.numeric(vcov(m))
	if (!(v > 1e-12)) {
		keep("no variance", ours$variance < 1e-12, TRUE)
		keep("interval of certainty", ours$has, sum(cells$n) >= 30 && sum(cells$known) < sum(cells$n) &&
			nrow(h) == 1)
		next
	}
	keep("variance", ours$variance, v)
	if (sum(cells$n) < 30 || sum(cells$known) == sum(cells$n)) {
		keep("none where none is due", ours$has, FALSE)
		next
	}
	theirs <- c(intervals_of(design, h), exact_intervals_of(cells))
	for (method in names(methods)) {
		mine <- answers[[method]][[i]]
		keep(method, c(mine$low, mine$high), clip(theirs[[method]], cells))
	}
	mine <- answers$logit[[i]]
	keep("R's own logit", c(mine$low, mine$high), clip(theirs$r_logit, cells))
}
for (what in names(got)) {
	limit <- if (what == "R's own logit") 1e-7 else 1e-9
	agree(what, got[[what]][, 1], got[[what]][, 2], limit)
}
few <- setdiff(c(names(methods), "none where none is due", "interval of certainty"), names(got))
if (length(few) > 0) {
	cat("never came up:", few, "\n")
	failures <- failures + 1
}
finish()
