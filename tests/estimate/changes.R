# SPDX-License-Identifier: Apache-2.0
# Two rounds of one register. Where the same units answered both times, the change is the mean of a
# difference, and R's svymean judges its variance; where some did, the covariance is reckoned here
# unit by unit from R's cov. Strata are large enough not to be collapsed.
source("judge.R")
attach_survey()
set.seed(57)

random_register <- function(k) {
	strata <- expand.grid(zone = 0:2, activity = 0:3, size = 0:4)
	strata <- strata[sort(sample(nrow(strata), k)), ]
	n <- sample(40:120, k, replace = TRUE)
	list(strata = strata, h = rep(seq_len(k), n), n = n)
}

# Half or more of each stratum answers, so that no weight stands out.
who_answers <- function(h) {
	answered <- logical(length(h))
	for (i in unique(h)) {
		of <- which(h == i)
		answered[sample(of, sample(ceiling(length(of) / 2):(length(of) - 2), 1))] <- TRUE
	}
	answered
}

answers_of <- function(before) ifelse(runif(length(before)) < .8, before, rbinom(length(before), 1, .7))

line_of <- function(r, h2, a1, a2, y1, y2) {
	k <- nrow(r$strata)
	words <- c("change", k)
	for (i in seq_len(k)) {
		one <- r$h == i; two <- h2 == i
		words <- c(words, unlist(r$strata[i, c("size", "activity", "zone")]),
			sum(one), sum(one & a1 & y1 == 1), sum(one & a1 & y1 == 0),
			sum(two), sum(two & a2 & y2 == 1), sum(two & a2 & y2 == 0))
	}
	for (i in seq_len(k)) for (j in seq_len(k)) {
		u <- r$h == i & h2 == j
		b <- u & a1 & a2
		words <- c(words, sum(u), sum(b), sum(y1[b]), sum(y2[b]), sum(y1[b] & y2[b]))
	}
	paste(words, collapse = " ")
}

parse <- function(answer) as.numeric(strsplit(answer, " ")[[1]])

design_of <- function(h, answered, y) {
	n <- as.numeric(table(h))
	d <- data.frame(h = h[answered], y = y[answered])
	d$N <- n[d$h]
	d$w <- d$N / as.numeric(table(d$h))[d$h]
	if (length(n) > 1) svydesign(id = ~1, strata = ~h, fpc = ~N, weights = ~w, data = d)
	else svydesign(id = ~1, fpc = ~N, weights = ~w, data = d)
}

variance_of <- function(h, answered, y) as.numeric(vcov(svymean(~y, design_of(h, answered, y))))
share_of <- function(h, answered, y) as.numeric(svymean(~y, design_of(h, answered, y)))

covariance <- function(h1, h2, a1, a2, y1, y2) {
	all <- length(h1); sum <- 0
	for (i in unique(h1)) for (j in unique(h2)) {
		both <- which(h1 == i & h2 == j & a1 & a2)
		if (length(both) < 2) next
		n1 <- sum(h1 == i); n2 <- sum(h2 == j)
		k <- length(both) / (sum(h1 == i & a1) * sum(h2 == j & a2)) - sum(h1 == i & h2 == j) / (n1 * n2)
		sum <- sum + n1 / all * n2 / all * k * cov(y1[both], y2[both])
	}
	sum
}

lines <- character(); differences <- list(); variances <- list(); dfs <- c(); kinds <- c()
for (trial in 1:120) {
	k <- sample(c(1, 2, 5, 12), 1)
	r <- random_register(k)
	y1 <- rbinom(length(r$h), 1, runif(1, .3, .8))
	y2 <- answers_of(y1)
	kind <- c("the same units", "some units", "some units, some moved")[1 + trial %% 3]
	a1 <- who_answers(r$h)
	h2 <- r$h
	if (kind == "some units, some moved" && k > 1) {
		moved <- sample(length(h2), 5 * k)
		h2[moved] <- h2[sample(moved)]
	}
	a2 <- if (kind == "the same units") a1 else who_answers(h2)
	lines <- c(lines, line_of(r, h2, a1, a2, y1, y2))
	differences[[trial]] <- share_of(h2, a2, y2) - share_of(r$h, a1, y1)
	variances[[trial]] <- if (kind == "the same units") variance_of(r$h, a1, y2 - y1)
		else variance_of(r$h, a1, y1) + variance_of(h2, a2, y2) - 2 * covariance(r$h, h2, a1, a2, y1, y2)
	dfs <- c(dfs, min(sum(a1), sum(a2)) - k)
	kinds <- c(kinds, kind)
}
# All who answered now are of one mind, which is no certainty about the rest.
r <- random_register(1)
y1 <- rbinom(length(r$h), 1, .5); y2 <- rep(1, length(r$h))
a1 <- who_answers(r$h); a2 <- who_answers(r$h)
lines <- c(lines, line_of(r, r$h, a1, a2, y1, y2))
differences[[121]] <- 1 - share_of(r$h, a1, y1)
variances[[121]] <- 0
dfs <- c(dfs, min(sum(a1), sum(a2)) - 1)
kinds <- c(kinds, "of one mind")

ours <- lapply(ask(lines), parse)
at <- function(i) vapply(ours, `[`, 0, i)
difference <- unlist(differences); variance <- unlist(variances)
variance[variance < 1e-12] <- 0 # all units the same both times
half <- qt(.975, dfs) * sqrt(variance)
# Differences of shares lose the digits that the shares have in common.
agree("difference", at(1) + 2, difference + 2, 1e-12)
for (kind in unique(kinds)) agree(paste("variance,", kind), at(2)[kinds == kind], variance[kinds == kind], 1e-9)
agree("has an interval", at(3), as.numeric(variance > 0), 0)
some <- variance > 0
agree("low end", at(4)[some] + 2, pmax(difference - half, -1)[some] + 2, 1e-9)
agree("high end", at(5)[some] + 2, pmin(difference + half, 1)[some] + 2, 1e-9)
finish()
