# SPDX-License-Identifier: Apache-2.0
"""/metrics, read by a parser of Prometheus' own."""

import contextlib

from prometheus_client.parser import text_string_to_metric_families

from http_door import Door
from wire import wait_until


def scrape(collector):
    with Door(collector.http_port, collector.token, collector.tls) as door:
        answer = door.get("/metrics")
    assert (answer.code, answer.type) == (200, "text/plain; version=0.0.4; charset=utf-8"), answer
    return answer.body.decode()


def families(collector):
    return list(text_string_to_metric_families(scrape(collector)))


def metrics(collector):
    """(name, labels as a frozen set) -> value, of all samples."""
    return {(sample.name, frozenset(sample.labels.items())): sample.value
            for family in families(collector) for sample in family.samples}


def sample(all_samples, name, **labels):
    return all_samples.get((name, frozenset(labels.items())))


@contextlib.contextmanager
def counted(test, collector, name, n, **labels):
    """What is done within is counted n times: soon, since it may be by a thread that is at it yet."""
    def count():
        lines = [line + "\n" for line in scrape(collector).splitlines() if line.startswith(name + "{")]
        return sum(found.value for family in text_string_to_metric_families("".join(lines))
                   for found in family.samples if found.labels == labels)

    before = count()
    yield
    wait_until(lambda: count() >= before + n, what=lambda: (name, labels, before, count()))
    test.assertEqual(count(), before + n, (name, labels))


def refused(test, collector, reason, n):
    return counted(test, collector, "khaosat_refused_total", n, reason=reason)


def answered(test, collector, request, status, n):
    return counted(test, collector, "khaosat_answers_total", n, request=request, status=status)
