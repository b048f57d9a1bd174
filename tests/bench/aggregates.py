# SPDX-License-Identifier: Apache-2.0
"""What the goals' table costs others, over an equivalent table: a row a unit with its dimensions and
its pattern, the number of one combination of populations it belongs to and verdicts on its answers.
Counted for each dimension: units by value and pattern, from which every goal's figures follow. That is
less than ours does, which hands out the goals themselves, and the best form found for each. The rows
come by arithmetic, the same everywhere, and the answers are compared."""
import contextlib
import json
import pathlib
import re
import shutil
import sqlite3
import statistics
import time

from machine import Failed, run

HERE = pathlib.Path(__file__).resolve().parent
DIMENSIONS = {"unit_type": 4, "size": 5, "sector": 22, "zone_type": 5, "zone": 24, "commune": 69}
PATTERNS = 128
COLUMNS = {**DIMENSIONS, "pattern": PATTERNS}


def create(small_int):
    return f"CREATE TABLE unit ({', '.join(f'{name} {small_int} NOT NULL' for name in COLUMNS)})"


def fill(numbers):
    """`numbers`: what yields the column i, 1 to the number of units."""
    cells = ", ".join(f"i * {7919 + 104729 * (k + 1)} % 1000003 % {n} AS {name}"
                      for k, (name, n) in enumerate(COLUMNS.items()))
    return f"INSERT INTO unit SELECT {cells} FROM {numbers}"


def by_each():
    """One scan a dimension, and one for the whole: DuckDB's and SQLite's best."""
    parts = ["SELECT 0 AS dimension, 0 AS value, pattern, count(*) FROM unit GROUP BY pattern"]
    parts += [f"SELECT {k + 1}, {d}, pattern, count(*) FROM unit GROUP BY {d}, pattern"
              for k, d in enumerate(DIMENSIONS)]
    return " UNION ALL ".join(parts)


def by_sets():
    """One scan for all: PostgreSQL's best."""
    sets = ", ".join(f"({d}, pattern)" for d in DIMENSIONS)
    which = " ".join(f"WHEN grouping({d}) = 0 THEN {k + 1}" for k, d in enumerate(DIMENSIONS))
    return (f"SELECT CASE {which} ELSE 0 END, coalesce({', '.join(DIMENSIONS)}, 0), pattern, count(*)"
            f" FROM unit GROUP BY GROUPING SETS ((pattern), {sets})")


def checksum(rows):
    return sum((d * 31 + v * 7 + p) * n for d, v, p, n in rows) % (1 << 31)


def in_sqlite(folder, units, times):
    with contextlib.closing(sqlite3.connect(folder / "aggregates.sqlite")) as db:
        db.execute("PRAGMA cache_size = -1000000")
        db.execute(create("INTEGER"))
        db.execute(fill(f"(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                        f" WHERE i < {units}) SELECT i FROM n)"))
        for name in DIMENSIONS: # without, each scan sorts: ten times slower
            db.execute(f"CREATE INDEX by_{name} ON unit ({name}, pattern)")
        db.commit()
        took = []
        for _ in range(times):
            begin = time.perf_counter()
            rows = db.execute(by_each()).fetchall()
            took.append((time.perf_counter() - begin) * 1000)
    return {"ms": statistics.median(took), "rows": len(rows), "checksum": checksum(rows),
            "version": sqlite3.sqlite_version}


def in_postgres(peer, units, times):
    run([*peer.psql, "-c", create("smallint"), "-c",
         fill(f"generate_series(1, {units}::bigint) AS n(i)"), "-c", "VACUUM ANALYZE unit"])
    query = by_sets()
    lines = run([*peer.psql, "-A", "-t", "-F", ",", "-c", query]).split()
    script = "\\timing on\n\\o /dev/null\nSET max_parallel_workers_per_gather = 2;\n" + f"{query};\n" * times
    took = [float(ms) for ms in re.findall(r"Time: ([0-9.]+) ms", run(peer.psql, input=script))][1:]
    return {"ms": statistics.median(took), "rows": len(lines),
            "checksum": checksum(map(int, line.split(",")) for line in lines),
            "version": peer.version}


def in_duckdb(units, times):
    node = shutil.which("node")
    if node is None or not (HERE / "node_modules" / "@duckdb").is_dir():
        raise Failed("not installed (npm ci --prefix tests/bench)")
    asked = {"setup": [create("USMALLINT"), fill(f"(SELECT range AS i FROM range(1, {units + 1}))")],
             "query": by_each(), "times": times}
    return json.loads(run([node, HERE / "duckdb.mjs"], input=json.dumps(asked)))
