# SPDX-License-Identifier: Apache-2.0
"""From runs to figures: medians, ratios taken pair by pair, and what the goals say of them. Pure."""
import statistics

# Goals of the collector against its peers, by connections at depth 1: at least so many times the
# better of PostgreSQL and Redis, which is the one of the two that we are fewer times ahead of.
PEER_GOALS = {1: 1.3, 16: 1.5, 64: 1.3, 256: 1.5, 1024: 1.0}
PIPELINED_GOAL = 100_000
SYNC_GOAL, NGINX_GOAL = 0.70, 0.60
P99_GOAL_US = 5_000

CPU_TOLD = ("khaosat", "postgres", "redis", "nginx")

# ODK Central, accepted/s; read elsewhere, not measured here: it needs Docker.
ODK_QUOTED = {1: (31, 86), 16: (84, 180), 64: (121, 158)}
ODK_GOAL = 300


def median(values):
    """The median of what there is; None when there is nothing. A run that failed is None."""
    values = [v for v in values if v is not None]
    return statistics.median(values) if values else None


def pair_ratio(ours, theirs):
    """The median of ours[i] / theirs[i] over the turns in which both ran; None without any."""
    return median([a / b for a, b in zip(ours, theirs) if a is not None and b])


def key_of(row):
    return f"{row['connections']} x {row['depth']}"


def summarise(runs):
    """{contender: [run or None, ...]} -> {contender: its medians and ours as a multiple of it}."""
    ours = [run and run["per_second"] for run in runs["khaosat"]]
    out = {}
    for name, series in runs.items():
        rates = [run and run["per_second"] for run in series]
        if median(rates) is None:
            continue
        out[name] = {key: median([run and run.get(key) for run in series])
                     for key in ("per_second", "p50_us", "p99_us", "cpu_us", "load_cpu_us")}
        out[name]["ours_over_it"] = pair_ratio(ours, rates)
    return out


def judge(row):
    """The goals of one row: (what, figure, goal, met) each; what was not measured is left out."""
    runs, connections, found = row["runs"], row["connections"], []

    def rates(name):
        return [run and run["per_second"] for run in runs.get(name, [])]

    def against(what, goal, *peers):
        ratios = [pair_ratio(rates("khaosat"), rates(peer)) for peer in peers]
        ratios = [ratio for ratio in ratios if ratio is not None]
        if ratios:
            found.append((what, round(min(ratios), 2), goal, min(ratios) >= goal))

    ours = row["median"]["khaosat"]
    if row["depth"] > 1:
        rate = round(ours["per_second"])
        return [("accepted/s", rate, PIPELINED_GOAL, rate >= PIPELINED_GOAL)]
    if connections in PEER_GOALS:
        against("times the better of PostgreSQL and Redis", PEER_GOALS[connections], "postgres", "redis")
    if connections == 1:
        against("of the raw sync rate", SYNC_GOAL, "fdatasync")
    if connections == 256:
        against("of nginx without storage", NGINX_GOAL, "nginx")
    if connections == 64:
        found.append(("p99 us", round(ours["p99_us"]), P99_GOAL_US, ours["p99_us"] < P99_GOAL_US))
    return found


def ceiling_line(row):
    """How much each reaches of a journal alone, which writes and syncs and knows nothing. Empty
    where that did not run."""
    def rates(name):
        return [run and run["per_second"] for run in row["runs"].get(name, [])]

    reached = {name: pair_ratio(rates(name), rates("journal")) for name in ("khaosat", "postgres", "redis")}
    told = [f"{name} {share:.2f}" for name, share in reached.items() if share is not None]
    return "of a journal alone " + ", ".join(told) if told and row["depth"] == 1 else ""


def judge_odk(rows):
    """Best against best: what it was quoted at with as many connections as suit it best, and ours likewise."""
    ours = max(row["median"]["khaosat"]["per_second"] for row in rows)
    times = round(ours / max(high for _, high in ODK_QUOTED.values()))
    return ("times ODK Central's quoted best", times, ODK_GOAL, times >= ODK_GOAL)


def say_goals(found):
    return "; ".join(f"{figure:,} {what} (goal {goal:,}): {'met' if met else 'BEHIND'}"
                     for what, figure, goal, met in found)


def verdict_line(row):
    return say_goals(judge(row))


def cpu_cell(figure):
    """Processor time a submission: the server's, and what the load generator took to ask for it."""
    if figure is None or figure["cpu_us"] is None:
        return "-"
    return f"{figure['cpu_us']:.0f} + {figure['load_cpu_us']:.0f} µs"


def table(rows, titles):
    """Markdown: a line a contender, a column a shape; accepted/s and, for peers, ours over it."""
    names = [name for name in titles if any(name in row["median"] for row in rows)]
    lines = ["| accepted, durable/s | " + " | ".join(key_of(row) for row in rows) + " |",
             "|---|" + "--:|" * len(rows)]
    for name in names:
        cells = []
        for row in rows:
            figure = row["median"].get(name)
            if figure is None:
                cells.append("-")
                continue
            ratio = figure["ours_over_it"]
            times = "" if name == "khaosat" or ratio is None else f" ({ratio:.2f}x)"
            cells.append(f"{figure['per_second']:,.0f}{times}")
        lines.append(f"| {titles[name]} | " + " | ".join(cells) + " |")
    quoted = [ODK_QUOTED.get(row["connections"]) if row["depth"] == 1 else None for row in rows]
    lines.append("| ODK Central (quoted, not measured) | " + " | ".join(
        "-" if q is None else f"{q[0]}-{q[1]}" for q in quoted) + " |")
    for what, key in (("p50", "p50_us"), ("p99", "p99_us")):
        lines.append(f"| khaosat, {what} | " + " | ".join(
            f"{row['median']['khaosat'][key] / 1000:,.2f} ms" for row in rows) + " |")
    for name in (n for n in CPU_TOLD if n in names):
        lines.append(f"| {titles[name]}, processor | " + " | ".join(
            cpu_cell(row["median"].get(name)) for row in rows) + " |")
    return "\n".join(lines)
