# SPDX-License-Identifier: Apache-2.0
# The distributions over a wide grid, with their tails: 1e-9 of R's.
source("judge.R")

p <- c(1e-12, 1e-9, 1e-6, 1e-3, .005, .025, .1, .3, .5, .7, .9, .975, .995, .999, 1 - 1e-6, 1 - 1e-9)
shapes <- c(.01, .1, .5, 1, 1.5, 2, 5, 10, 33.3, 100, 1e3, 1e4, 1e5, 5e5, 1e6)

g <- expand.grid(p = p, df = c(1, 1.5, 2, 3, 4, 5, 7, 10, 30, 99, 284, 299, 1e3, 1e4, 1e5, 1e6, 1e7))
agree("t_quantile", as.numeric(ask(paste("t", digits(g$p), digits(g$df)))), qt(g$p, g$df), 1e-9)

# R itself warns of some corners that it cannot reach to the last digit, and below 1e-300 nothing is a share.
g <- expand.grid(p = p, a = shapes, b = shapes)
theirs <- suppressWarnings(qbeta(g$p, g$a, g$b))
g <- g[theirs > 1e-300, ]
agree("beta_quantile", as.numeric(ask(paste("beta", digits(g$p), digits(g$a), digits(g$b)))), theirs[theirs > 1e-300], 1e-9)

g <- expand.grid(x = c(1e-8, .001, .1, .3, .5, .77, .9, .999, .999999), a = shapes, b = shapes)
agree("beta_cdf", as.numeric(ask(paste("cdf", digits(g$x), digits(g$a), digits(g$b)))), pbeta(g$x, g$a, g$b), 1e-9)

# Every K there is, tried out. P(X >= met) and P(X <= met) above the tail: not rejected.
set.seed(57)
range_of <- function(all, drawn, met, tail) {
	k <- met:(all - drawn + met)
	kept <- k[phyper(met - 1, k, all - k, drawn, lower.tail = FALSE) > tail & phyper(met, k, all - k, drawn) > tail]
	range(kept)
}
g <- data.frame(all = c(1, 1, 1, 2, 30, 30, 1200, sample(5000, 400, replace = TRUE), 1e6, 1e6, 1e6))
g$drawn <- c(0, 1, 1, 1, 30, 10, 300, pmax(0, round(g$all[8:407] * runif(400))), 1e5, 999999, 30)
g$met <- c(0, 0, 1, 1, 12, 0, 252, round(g$drawn[8:407] * sample(c(0, 1, .5, .8, .99), 400, replace = TRUE)), 80500, 8e5, 30)
g$tail <- c(rep(.025, 7), sample(c(.025, .005, .1), 400, replace = TRUE), rep(.025, 3))
theirs <- mapply(range_of, g$all, g$drawn, g$met, g$tail)
ours <- do.call(cbind, lapply(strsplit(ask(do.call(paste, c("range", lapply(g[1:3], format, scientific = FALSE, trim = TRUE), list(digits(g$tail))))), " "), as.numeric))
agree("hypergeometric_range, low", ours[1, ], theirs[1, ], 0)
agree("hypergeometric_range, high", ours[2, ], theirs[2, ], 0)

finish()
