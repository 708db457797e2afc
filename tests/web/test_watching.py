"""Health and metrics over HTTP: numbers that can be read by programs, and no address among them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from publisher.app.issuing import create_due_issues
from publisher.app.operating import run_pass
from publisher.app.people import add_subscriber
from publisher.app.reading import scan
from publisher.app.tally import Tally
from publisher.app.watching import Health, Numbers, Watch, get_health
from publisher.errors import UsageError
from publisher.model.bounce import Bounce, BounceKind
from publisher.storage import bounces, issues
from publisher.web.metrics import write_metrics
from tests.site import CONFIG, Site
from tests.web.served import WEB, Served, serve

WATCHED = CONFIG + "web: {listen: '127.0.0.1:0', metrics: true}\n"
DOCS = Path(__file__).resolve().parents[2] / "docs" / "running.md"


def read_metrics(text: str) -> dict[str, float]:
    """By name and label, as Prometheus's own parser understands it."""
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def watched(site: Site) -> Iterator[Served]:
    with serve(site, WATCHED) as made:
        yield made


def test_health_has_the_numbers_that_a_monitor_asks_for(watched: Served) -> None:
    run_pass(watched.context)
    body = watched.get("/health").json()
    assert body == {
        "status": "ok",
        "problems": [],
        "database": "ok",
        "last_scan_at": "2026-11-19T03:00:00+00:00",
        "feed_faults": 0,
        "issues_paused": 0,
        "queue": 0,
        "queue_seconds": 0,
    }


def queue(served: Served) -> int:
    """An issue for two readers that waits."""
    context = served.context
    scan(context)
    for name in "ab":
        add_subscriber(context, f"{name}@reader.example", ["new-article"])
    served.site.write("a.md", "まつ記事")
    issue_id = create_due_issues(context, scan(context).articles).created[0].id
    served.site.clock.now += timedelta(minutes=7)
    return issue_id


def test_what_waits_is_told_with_its_age(watched: Served) -> None:
    queue(watched)
    body = watched.get("/health").json()
    assert (body["status"], body["queue"], body["queue_seconds"]) == ("ok", 2, 420)


def test_an_issue_that_trouble_has_stopped_is_a_problem(watched: Served) -> None:
    issue_id = queue(watched)
    with watched.context.database.write() as connection:
        issues.pause(connection, issue_id, "the relay at mail.example.com refuses a@reader.example")
    answer = watched.get("/health")
    assert answer.status_code == 503
    assert answer.json()["issues_paused"] == 1
    assert answer.json()["problems"] == [f"issue {issue_id} is paused; publisher issues list says why"]
    assert "@" not in answer.text


def test_a_pass_that_failed_is_a_problem_until_one_gets_through(watched: Served) -> None:
    folder = watched.site.articles.rename(watched.site.folder / "elsewhere")
    with pytest.raises(UsageError):
        run_pass(watched.context)
    answer = watched.get("/health")
    assert (answer.status_code, answer.json()["problems"]) == (503, ["the last pass failed; the log says why"])
    folder.rename(watched.site.articles)
    run_pass(watched.context)
    assert watched.get("/health").status_code == 200


def test_a_database_that_cannot_be_read_is_an_answer(site: Site) -> None:
    with site.open() as context:
        watch = Watch(context)
        with context.database.write() as connection:
            connection.exec_driver_sql("ALTER TABLE facts RENAME TO lost")
        site.output.mkdir()
        found = get_health(watch)
    assert found == Health(["the database cannot be read"], None)
    assert read_metrics(write_metrics(found, Tally()))["publisher_up"] == 0


def test_who_asks_without_end_reads_the_database_once_in_a_while(site: Site) -> None:
    with site.open() as context:
        watch = Watch(context)
        first = watch.read()
        add_subscriber(context, "a@reader.example", ["weekly"])
        assert watch.read() is first


def test_metrics_count_what_was_done_and_what_waits(watched: Served) -> None:
    queue(watched)
    before = read_metrics(watched.get("/metrics").text)
    assert before["publisher_queue queued"] == 2
    assert before["publisher_queue_age_seconds"] == 420
    assert before["publisher_issues frozen"] == 1
    assert before["publisher_subscribers active"] == 2
    assert before["publisher_deliveries_total accepted"] == 0
    run_pass(watched.context)
    after = read_metrics(watched.get("/metrics").text)
    assert after["publisher_deliveries_total accepted"] == 2
    assert after["publisher_passes_total"] == 1
    assert after["publisher_scan_duration_seconds"] > 0
    assert after["publisher_feed_files_written_total"] > 0
    assert after["publisher_up"] == 1


def test_reports_count_whichever_process_has_read_them(watched: Served) -> None:
    """`publisher bounces read -` is a process of its own for each mail."""
    assert read_metrics(watched.get("/metrics").text)["publisher_complaints_total"] == 0
    with watched.site.open() as another, another.database.write() as connection:
        for kind in (BounceKind.HARD, BounceKind.SOFT, BounceKind.COMPLAINT):
            bounces.note(connection, Bounce(kind, f"mail:{kind}"), (None, None), another.clock())
    with serve(watched.site, WATCHED) as later:
        found = read_metrics(later.get("/metrics").text)
    kinds = ("hard", "soft", "policy")
    assert [found[f"publisher_bounces_total {kind}"] for kind in kinds] == [1, 1, 0]
    assert found["publisher_complaints_total"] == 1


def test_requests_are_counted_on_the_quick_path_and_behind_it(watched: Served) -> None:
    for path in ("/rss.xml", "/rss.xml", "/nowhere", "/health"):
        watched.get(path)
    found = read_metrics(watched.get("/metrics").text)
    assert (found["publisher_http_requests_total 200"], found["publisher_http_requests_total 404"]) == (3, 1)


def test_the_answer_is_what_prometheus_takes(watched: Served) -> None:
    answer = watched.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    families = list(text_string_to_metric_families(answer.text))
    assert len(families) > 10
    assert all(family.documentation and family.type in {"counter", "gauge"} for family in families)
    for family in families:
        for sample in family.samples:
            assert sample.name.endswith("_total") == (family.type == "counter")
    assert "@" not in answer.text


def test_without_the_key_there_are_no_metrics(site: Site) -> None:
    with serve(site, WEB) as served:
        assert served.get("/metrics").status_code == 404


def test_labels_that_nobody_foresaw_stay_one_label() -> None:
    odd = 'a"b\\c\nd'
    text = write_metrics(Health([], Numbers(subscribers={odd: 3})), Tally())
    values = [
        (sample.labels["state"], sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "publisher_subscribers"
    ]
    assert values == [(odd, 3)]


def test_every_metric_is_documented() -> None:
    text = (
        write_metrics(Health([], Numbers(last_scan_at=None)), Tally()) + "# TYPE publisher_last_scan_timestamp_seconds"
    )
    written = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))
    assert set(re.findall(r"^\| `(publisher_\w+)", DOCS.read_text(encoding="utf-8"), re.MULTILINE)) == written
