"""Numbers in the text format of Prometheus. Pure.

The format is that of https://prometheus.io/docs/instrumenting/exposition_formats/ (version 0.0.4). It is a few lines,
and most of our numbers are in the database, where several processes share them; a library that keeps a registry of its
own would have to be told all of them first. Its parser reads ours in the tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from publisher.app.tally import Tally
from publisher.app.watching import Health, Numbers
from publisher.model.bounce import BounceKind

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Metric:
    """`samples`: labels and value."""

    name: str
    kind: str
    help: str
    samples: Sequence[tuple[Mapping[str, str], float]]


def write_metrics(health: Health, tally: Tally) -> str:
    """Counters are of this process, since it began, but for reports; the rest is of the database, whoever wrote it.

    Reports come in through several processes (a pipe is one for each), so only the database can count them.
    """
    found = [*_list_own(health, tally), *(_list_stored(health.numbers, health) if health.numbers else ())]
    return "".join(map(_write, found))


def _list_own(health: Health, tally: Tally) -> Iterable[Metric]:
    passes = tally.passes()
    yield _one("up", "gauge", "1 when all is well, 0 when /health says 503.", 0 if health.problems else 1)
    yield _by("deliveries_total", "counter", "Attempts to deliver by outcome.", "outcome", tally.sent())
    yield _one("passes_total", "counter", "Passes that got through reading and feeds.", passes.done)
    yield _one("passes_failed_total", "counter", "Passes that did not.", passes.failed)
    yield _one("scan_duration_seconds", "gauge", "How long the last reading of articles took.", passes.scan_seconds)
    yield _one("build_duration_seconds", "gauge", "How long the last writing of feeds took.", passes.build_seconds)
    yield _one("feed_files_written_total", "counter", "Feed files that were replaced.", passes.feeds_written)
    answers = {str(status): number for status, number in sorted(tally.answers().items())}
    yield _by("http_requests_total", "counter", "Requests answered by status.", "status", answers)


def _list_stored(found: Numbers, health: Health) -> Iterable[Metric]:
    yield _by("queue", "gauge", "Deliveries that are not settled by state.", "state", found.queue)
    yield _one("queue_age_seconds", "gauge", "Since when the first of them could go out.", health.queue_seconds)
    yield _by("issues", "gauge", "Issues that are not over by state.", "state", found.issues)
    yield _by("subscribers", "gauge", "Subscribers by state.", "state", found.subscribers)
    yield _by("notices", "gauge", "Notices of the last 30 days by state.", "state", found.notices)
    bounced = {kind: number for kind, number in found.reports.items() if kind != BounceKind.COMPLAINT}
    yield _by("bounces_total", "counter", "Reports of bounces that were read, by kind.", "kind", bounced)
    complained = found.reports.get(BounceKind.COMPLAINT, 0)
    yield _one("complaints_total", "counter", "Complaints that were read.", complained)
    yield _one("feed_faults", "gauge", "Feed files that could not be replaced.", found.feed_faults)
    if found.last_scan_at is not None:
        moment = found.last_scan_at.timestamp()
        yield _one("last_scan_timestamp_seconds", "gauge", "When a pass last got through.", moment)


def _one(name: str, kind: str, text: str, value: float) -> Metric:
    return Metric(name, kind, text, [({}, value)])


def _by(name: str, kind: str, text: str, label: str, values: Mapping[str, int]) -> Metric:
    return Metric(name, kind, text, [({label: key}, value) for key, value in values.items()])


def _write(metric: Metric) -> str:
    name = f"publisher_{metric.name}"
    lines = [f"# HELP {name} {metric.help}", f"# TYPE {name} {metric.kind}"]
    lines += [f"{name}{_write_labels(labels)} {value:.17g}" for labels, value in metric.samples]
    return "\n".join(lines) + "\n"


def _write_labels(labels: Mapping[str, str]) -> str:
    written = ",".join(f'{name}="{_escape(value)}"' for name, value in labels.items())
    return f"{{{written}}}" if written else ""


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
