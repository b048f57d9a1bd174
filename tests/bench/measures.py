# SPDX-License-Identifier: Apache-2.0
"""What is measured of the collector alone: how its size changes speed, start, memory and rates; disk;
idle connections."""
import socket
import statistics

import figures
from machine import BIN, ROUND, SURVEY, Collector, load, run, say

ENTRY_HEADER_BYTES = 200 # proto/entry.h
SLICE = 8000             # submissions of one turn, so that a register of 10^4 has enough
HELLO = bytes.fromhex("00000006" "0801" "1001" "5200") # khaosat.proto: id 1, version 1, Hello
IDLE_CONNECTIONS = 1000
TLS_COUNT = 8000
TLS_TURNS = 3 # for one of the others: a turn is over in a tenth of a second


def starts(collector, repeat, from_log):
    """Seconds from exec to listening, after a clean stop, with its checkpoint or without."""
    seconds = []
    for _ in range(repeat):
        collector.stop()
        if from_log:
            for checkpoint in collector.data.glob("checkpoint*"):
                checkpoint.unlink()
        collector.start()
        seconds.append(collector.start_seconds)
    return round(statistics.median(seconds), 3)


def measure_size(collector, repeat):
    """What depends on the number of units, but for speed."""
    rates = load("rates", collector.address, collector.data / "staff.token", ROUND, 200)
    out = {"rates": rates, "start_log_seconds": starts(collector, repeat, True),
           "start_checkpoint_seconds": starts(collector, repeat, False),
           "anonymous_kib": collector.memory_kib("RssAnon"), "rss_kib": collector.memory_kib("VmRSS")}
    return out


def measure_sizes(folder, large, repeat):
    """{units: figures} of a small register and of the large ones, speed in turns at 64 connections.
    A small one is made for each turn, since each of its units answers once."""
    small_units = min(10_000, large[0].units // 2)
    count = min(SLICE, small_units, large[0].left() // repeat)
    speed = {units: [] for units in (small_units, *(c.units for c in large))}
    small = None
    try:
        for turn in range(repeat):
            if small is not None:
                small.stop()
            small = Collector(folder / f"small-{turn}", small_units)
            for collector in (small, *large):
                got = collector.submit(collector.take(count), 64, 1, 10_000)
                speed[collector.units].append(got["per_second"])
        out = {c.units: measure_size(c, repeat) for c in (small, *large)}
    finally:
        if small is not None:
            small.stop()
    for units, figure in out.items():
        figure["per_second"] = figures.median(speed[units])
        figure["of_small_speed"] = figures.pair_ratio(speed[units], speed[small_units])
        more = units - small_units
        figure["bytes_a_unit"] = more and round(
            (figure["anonymous_kib"] - out[small_units]["anonymous_kib"]) * 1024 / more)
    return out


def size_table(sizes):
    lines = ["| units | accepted/s at 64 | of the small | all goals, all dimensions | start: checkpoint"
             " | log | private memory | a unit more |", "|--:|--:|--:|--:|--:|--:|--:|--:|"]
    for units, f in sizes.items():
        lines.append(
            f"| {units:,} | {f['per_second']:,.0f} | {f['of_small_speed']:.2f}"
            f" | {f['rates']['p50_us'] / 1000:.2f} ms | {f['start_checkpoint_seconds']:.2f} s"
            f" | {f['start_log_seconds']:.2f} s | {f['anonymous_kib'] / 1024:.1f} MiB"
            f" | {f['bytes_a_unit'] or '-'} bytes |")
    return "\n".join(lines)


def measure_tls(folder, repeat):
    """Accepted/s at 64 connections within TLS and in the clear, in turns, on registers of one size."""
    units = TLS_COUNT * repeat * TLS_TURNS
    plain, tls = Collector(folder / "plain", units), None
    try:
        tls = Collector(folder / "tls", units, tls=True)
        rates = {c: [] for c in (plain, tls)}
        for _ in range(repeat * TLS_TURNS):
            for c, series in rates.items():
                series.append(c.submit(c.take(TLS_COUNT), 64, 1, 10_000)["per_second"])
        return {"plain_per_second": figures.median(rates[plain]), "tls_per_second": figures.median(rates[tls]),
                "tls_over_plain": round(figures.pair_ratio(rates[tls], rates[plain]), 3)}
    finally:
        for c in filter(None, (plain, tls)):
            c.stop()


def measure_disk(collector):
    """Bytes on disk a byte of entry, between two clean stops: no journal, no checkpoint in it."""
    collector.stop()
    before = collector.data_bytes()
    collector.start()
    got = collector.submit(collector.take(min(20_000, collector.units // 20)), 64, 1, 60_000)
    collector.stop()
    grown = (collector.data_bytes() - before) / got["accepted"]
    collector.start()
    entry = ENTRY_HEADER_BYTES + got["answers_bytes"]
    return {"answers_bytes": got["answers_bytes"], "entry_bytes": entry, "request_bytes":
            got["request_bytes"], "disk_bytes": round(grown), "ratio": round(grown / entry, 3)}


def measure_idle_connections(collector):
    """Private memory of a connection that said hello and waits."""
    host, port = collector.address.split(":")
    before = collector.memory_kib("RssAnon")
    sockets = []
    try:
        for _ in range(IDLE_CONNECTIONS):
            s = socket.create_connection((host, int(port)), timeout=10)
            sockets.append(s)
            s.sendall(HELLO)
            s.recv(4096)
        return round((collector.memory_kib("RssAnon") - before) * 1024 / IDLE_CONNECTIONS)
    finally:
        for s in sockets:
            s.close()


def say_estimates(units):
    """CPU time of all goals, all dimensions with estimates and intervals: the goal is 100 ms at 10^6 units."""
    say("all estimates and intervals, one thread:\n" + run([BIN / "bench-estimates", SURVEY, units]))


def say_goal_of_tls(tls):
    ratio = tls["tls_over_plain"]
    say(f"  within TLS {tls['tls_per_second']:,.0f}/s at 64, in the clear {tls['plain_per_second']:,.0f}/s:"
        f" {ratio:.2f} (goal 0.8): {'met' if ratio >= 0.8 else 'BEHIND'}")


def say_goals_of_size(sizes, disk, idle_bytes):
    """Goals that one figure decides; those that are behind are said so."""
    small, large = min(sizes), max(u for u in sizes if u <= 1_000_000)
    found = [("rates ms", sizes[large]["rates"]["p50_us"] / 1000, 1.0),
             ("start from a checkpoint s", sizes[large]["start_checkpoint_seconds"], 0.5),
             ("start from the log s", sizes[large]["start_log_seconds"], 3.0),
             ("bytes a unit", sizes[large]["bytes_a_unit"], 100),
             (f"MiB resident at {small:,} units", sizes[small]["rss_kib"] / 1024, 32),
             ("bytes an idle connection", idle_bytes, 2048),
             ("disk bytes a byte of entry", disk["ratio"], 1.5)]
    for what, figure, limit in found:
        say(f"  {what}: {figure:,.2f} (goal: at most {limit:,}): {'met' if figure <= limit else 'BEHIND'}")
    for units, f in sizes.items():
        if units > small:
            word = "met" if f["of_small_speed"] >= 0.9 else "BEHIND"
            say(f"  speed at {units:,} of that at {small:,}: {f['of_small_speed']:.2f} (goal 0.9): {word}")
