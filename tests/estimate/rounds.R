# SPDX-License-Identifier: Apache-2.0
# Random rounds, censuses and samples: the collapse against a second one written here, estimates and
# intervals against R's package survey (prop.test for Wilson's, binom.test for Clopper and Pearson's).
source("judge.R")
attach_survey()
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
	cells$weight <- 0
	cells$drawn <- cells$n
	cells$out <- 0
	cells$moved <- 0
	cells$beside <- 0
	cells$beside_drawn <- 0
	cells
}

# A domain of a sample: of each stratum some units were drawn, some of these lie in the domain, some
# of these were found out of it or of scope, some of the others in it, and some of those answered.
random_sample <- function() {
	strata <- sample(c(1, 2, 5, 20, 60), 1)
	frame <- pmax(2, round(rexp(strata, 1 / sample(c(40, 400), 1))))
	asked <- pmin(frame, pmax(1, round(frame * runif(strata, 0, 1)^sample(c(.3, 1, 3), 1))))
	inside <- rbinom(strata, frame, sample(c(.1, .6, 1), 1))
	cells <- data.frame(size = seq_len(strata) - 1, activity = 0, zone = 0, n = inside, weight = frame / asked)
	cells$drawn <- rhyper(strata, inside, frame - inside, asked)
	cells$out <- rbinom(strata, cells$drawn, sample(c(0, .05, .4), 1))
	cells$drawn <- cells$drawn - cells$out
	cells$beside <- frame - inside
	cells$beside_drawn <- asked - cells$drawn - cells$out
	cells$moved <- rbinom(strata, cells$beside_drawn, sample(c(0, .03, .3), 1))
	cells$n <- cells$n - cells$out + cells$moved
	cells$drawn <- cells$drawn + cells$moved
	cells$known <- rbinom(strata, cells$drawn, runif(1, .3, 1))
	cells$met <- rbinom(strata, cells$known, runif(strata, 0, 1)^sample(c(.1, 1, 3), 1))
	cells$not_met <- cells$known - cells$met
	cells[cells$n > 0, ]
}

is_sample <- function(cells) any(cells$weight > 0)

line_of <- function(cells, method, threshold = 80)
	paste(c("round", method, threshold, 1, 0, sum(cells$n - cells$drawn), nrow(cells),
		digits(t(cells[c("size", "activity", "zone", "weight", "n", "met", "not_met", "drawn", "out", "moved", "beside",
		"beside_drawn")]))),
		collapse = " ")

parse <- function(answer) {
	w <- strsplit(answer, " ")[[1]]
	s <- matrix(as.numeric(w[-(1:8)]), ncol = 3, byrow = TRUE)
	list(share = as.numeric(w[1]), variance = as.numeric(w[2]), df = as.numeric(w[3]), has = w[4] == "1",
		low = as.numeric(w[5]), high = as.numeric(w[6]), verdict = w[7],
		strata = data.frame(n = s[, 1], met = s[, 2], not_met = s[, 3]))
}

# ------------------------------------------------------------------- the collapse, once more

# Units of the domain that are in scope, as R estimates them where it knows which part of its stratum each
# unit drawn lay in, the domain or what is beside it, and how large these are.
in_scope <- function(cells) {
	stay <- cells$drawn - cells$moved
	here <- cells$n - cells$moved + cells$out
	scope <- ifelse(stay + cells$out == 0, here, 0) # nobody of it was drawn: nothing speaks against the frame
	moved <- cells$moved > 0
	part <- function(n, what, scope) data.frame(cell = rep(seq_along(n), n), what = rep(what, sum(n)), scope = rep(scope, sum(n)))
	d <- rbind(part(stay, "here", 1), part(cells$out, "here", 0), part(cells$moved, "beside", 1),
		part(ifelse(moved, cells$beside_drawn - cells$moved, 0), "beside", 0))
	if (nrow(d) < 2) return(scope + ifelse(stay > 0, here, 0) + ifelse(moved, cells$beside, 0))
	d$part <- paste(d$cell, d$what)
	parts <- data.frame(part = c(paste(seq_along(stay), "here"), paste(seq_along(stay), "beside")), Freq = c(here, cells$beside))
	parts <- parts[parts$part %in% d$part, ]
	w <- weights(postStratify(svydesign(id = ~1, weights = rep(1, nrow(d)), data = d), ~part, parts))
	scope + as.vector(tapply(w * d$scope, factor(d$cell, levels = seq_along(stay)), sum, default = 0))
}

# h$cells: which of the cells each stratum is made of.
collapse <- function(h) {
	h$known <- h$met + h$not_met
	h$weighed <- h$known * pmax(h$weight, h$weight == 0)
	h$scope <- in_scope(h)
	h$frame <- h$n - h$moved + h$out + (h$moved > 0) * h$beside
	h$out <- h$out + (h$moved > 0) * (h$beside_drawn - h$moved)
	h$cells <- as.list(seq_len(nrow(h)))
	limit <- if (any(h$known > 0)) 5 * median((h$scope / h$weighed)[h$known > 0]) else 0
	while (nrow(h) > 1) {
		thin <- which(h$known + h$out < h$frame & (h$known < 5 | h$scope / h$weighed > limit))
		if (length(thin) == 0) break
		i <- thin[which.min(h$known[thin])]
		others <- seq_len(nrow(h))[-i]
		far <- with(h, ifelse(size[others] != size[i], 2 + abs(size[others] - size[i]),
			ifelse(activity[others] != activity[i], 1, 0)))
		near <- others[far == min(far)]
		j <- near[which.max(h$known[near])]
		for (v in c("n", "known", "weighed", "scope", "frame", "out", "met", "not_met")) h[j, v] <- h[j, v] + h[i, v]
		h$cells[[j]] <- c(h$cells[[j]], h$cells[[i]])
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

# Each answer comes with the weight of the stratum that it was drawn from, and the strata, joined or
# not, are weighed up to what is known of the frame; units found out of the domain or of scope stand for
# their like, as do those found in it, and the share is that of the domain, those in scope.
sample_design_of <- function(h, cells) {
	stratum <- rep(seq_len(nrow(h)), lengths(h$cells))[order(unlist(h$cells))]
	unit <- rep(seq_len(nrow(cells)), cells$known)
	y <- unlist(mapply(function(m, f) c(rep(1, m), rep(0, f)), cells$met, cells$not_met, SIMPLIFY = FALSE))
	d <- data.frame(h = stratum[unit], y = y, w = cells$weight[unit])
	d$w <- d$w * h$scope[d$h] / ave(d$w, d$h, FUN = sum)
	d$scope <- TRUE
	gone <- rep(seq_len(nrow(cells)), cells$out)
	if (length(gone) > 0)
		d <- rbind(d, data.frame(h = stratum[gone], y = 0, scope = FALSE,
			w = ((cells$n - cells$moved + cells$out) / (cells$drawn - cells$moved + cells$out))[gone]))
	beside <- rep(seq_len(nrow(cells)), ifelse(cells$moved > 0, cells$beside_drawn - cells$moved, 0))
	if (length(beside) > 0)
		d <- rbind(d, data.frame(h = stratum[beside], y = 0, scope = FALSE, w = (cells$beside / cells$beside_drawn)[beside]))
	d$N <- h$frame[d$h]
	design <- if (nrow(h) > 1) svydesign(id = ~1, strata = ~h, fpc = ~N, weights = ~w, data = d)
		else svydesign(id = ~1, fpc = ~N, weights = ~w, data = d)
	subset(postStratify(design, ~h, data.frame(h = seq_len(nrow(h)), Freq = h$frame)), scope)
}

intervals_of <- function(design, h) {
	m <- svymean(~y, design)
	p <- as.numeric(m)
	v <- as.numeric(vcov(m))
	n_eff <- p * (1 - p) / v
	level <- 2 * pnorm(qt(.975, degf(design))) - 1
	# with one degree of freedom t is so large that prop.test takes the level for 1
	wilson <- if (level < 1) suppressWarnings(prop.test(n_eff * p, n_eff, conf.level = level, correct = FALSE))$conf.int
		else c(NA, NA)
	ci <- function(method) suppressWarnings(as.numeric(confint(svyciprop(~y, design, method = method))))
	# of a calibrated domain svyciprop takes the units outside it for answers too: by hand, as Korn and Graubard have it
	n_beta <- n_eff * (qt(.025, sum(h$known) - 1) / qt(.025, degf(design)))^2
	beta <- if (sum(h$out) == 0) ci("beta")
		else c(qbeta(.025, n_beta * p, n_beta * (1 - p) + 1), qbeta(.975, n_beta * p + 1, n_beta * (1 - p)))
	list(p = p, v = v, df = degf(design), wilson = as.numeric(wilson), logit = ci("xlogit"),
		r_logit = ci("logit"), beta = beta)
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

rounds <- c(replicate(90, random_round(), simplify = FALSE), replicate(100, random_sample(), simplify = FALSE))
rounds[[1]] <- data.frame(size = 1:4, activity = 0, zone = 0, n = c(900, 240, 40, 20),
	known = c(150, 90, 30, 18), met = c(112, 79, 28, 18), not_met = c(38, 11, 2, 0), weight = 0,
	drawn = c(900, 240, 40, 20), out = 0, moved = 0, beside = 0, beside_drawn = 0) # the strata of test_estimate.c
rounds[[2]] <- transform(rounds[[1]], weight = n / known, drawn = known) # the same as a sample
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
	design <- if (is_sample(cells)) sample_design_of(h, cells) else design_of(h)
	kind <- if (!is_sample(cells)) "" else if (any(lengths(h$cells) > 1)) ", sample, joined" else ", sample"
	if (sum(cells$out) > 0) kind <- paste0(kind, ", some out of scope")
	if (sum(cells$moved) > 0) kind <- paste0(kind, ", some corrected")
	one_weight <- length(unique(cells$weight)) == 1
	m <- svymean(~y, design)
	p <- clip(rep(as.numeric(m), 2), cells)
	p <- if (as.numeric(m) < p[1]) p[1] else p[2]
	is_apart <- abs(p - as.numeric(m)) > 1e-12
	keep(paste0("share", kind, if (is_apart) ", beyond the bounds"), ours$share, p)
	keep("degrees of freedom", ours$df, degf(design))
	v <- as.numeric(vcov(m))
	if (sum(cells$met) %in% c(0, sum(cells$known)) && !one_weight) {
		keep("all of one mind, weights apart", ours$has, FALSE)
		next
	}
	if (!any(h$met > 0 & h$not_met > 0 & h$known + h$out < h$frame)) {
		keep("no variance", ours$variance, 0)
		keep("interval of certainty", ours$has, sum(cells$n) >= 30 && sum(cells$known) < sum(cells$n) &&
			nrow(h) == 1)
		next
	}
	keep(paste0("variance", kind), ours$variance, if (sum(cells$known) == sum(cells$n)) 0 else v)
	if (sum(cells$n) < 30 || sum(cells$known) == sum(cells$n)) {
		keep("none where none is due", ours$has, FALSE)
		next
	}
	for (method in names(methods)) {
		mine <- answers[[method]][[i]]
		if (mine$has) keep("the share lies within its interval", mine$low <= mine$share && mine$share <= mine$high, TRUE)
	}
	if (is_apart) next # R's intervals lie about the other share
	theirs <- c(intervals_of(design, h), exact_intervals_of(cells))
	for (method in names(methods)) {
		mine <- answers[[method]][[i]]
		if (anyNA(theirs[[method]])) next
		if (method %in% c("clopper", "hypergeometric") && !one_weight) {
			keep("no exact one, weights apart", mine$has, FALSE)
			next
		}
		keep(paste0(method, kind), c(mine$low, mine$high), clip(theirs[[method]], cells))
	}
	mine <- answers$logit[[i]]
	if (anyNA(theirs$r_logit)) next # near 1, where R gives up
	keep(paste0("R's own logit", kind), c(mine$low, mine$high), clip(theirs$r_logit, cells))
}
for (what in names(got)) {
	limit <- if (startsWith(what, "R's own logit")) 1e-7 else 1e-9
	agree(what, got[[what]][, 1], got[[what]][, 2], limit)
}
few <- setdiff(c(names(methods), "wilson, sample", "wilson, sample, joined", "wilson, sample, some out of scope",
	"wilson, sample, joined, some out of scope", "wilson, sample, some corrected",
	"wilson, sample, joined, some out of scope, some corrected", "none where none is due",
	"interval of certainty", "all of one mind, weights apart", "no exact one, weights apart"), names(got))
if (length(few) > 0) {
	cat("never came up:", few, "\n")
	failures <- failures + 1
}
finish()
