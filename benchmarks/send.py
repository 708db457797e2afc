"""How fast an issue goes out into a Maildir on disk, ledger included; beside Python's mailbox.Maildir in the same run.

    python benchmarks/send.py [--subscribers 10000] [--folder .]

Per message we wait for the disk three times, because no crash may lose or double anything: for the message, for its
folder, and for the ledger. The peer builds an EmailMessage with the same bodies for each recipient and adds it to a
mailbox.Maildir, which waits once and keeps no ledger; it runs on a tenth of the messages. How often a second the disk
can be waited for at all is measured before and after.
"""

from __future__ import annotations

import argparse
import csv
import mailbox
import os
import platform
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid
from pathlib import Path

from generate import generate

from publisher.app.context import Context, open_context
from publisher.app.importing import ImportOrder, import_list
from publisher.app.issuing import create_digest, plan_digest
from publisher.app.reading import scan
from publisher.app.sending import deliver, read_parts
from publisher.issues.select import Request
from publisher.model.issue import Issue

CONFIG = """\
site: {title: ミライ技術ノート, url: "https://example.com", language: ja, timezone: Asia/Tokyo}
articles: {path: articles}
newsletters:
  weekly: {title: 週刊ミライ技術ノート, from: "ミライ技術ノート <news@example.com>", template: digest, limit: 10}
organisation: {name: 見本の会社, address: 東京都千代田区見本町1-2-3, contact: "https://example.com/contact"}
delivery: {transport: "maildir:outbox"}
secret_key: only-for-this-benchmark
"""
SYNCS = 300


@dataclass(frozen=True, slots=True)
class Stage:
    name: str
    count: int
    wall: float  # seconds
    cpu: float

    @property
    def rate(self) -> float:
        return self.count / self.wall


def main() -> None:
    parser = argparse.ArgumentParser(description="Send an issue into a Maildir; compare with mailbox.Maildir.")
    parser.add_argument("--subscribers", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, help="where the temporary folder is made: the disk that is measured")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="publisher-benchmark-", dir=arguments.folder) as temporary:
        folder = Path(temporary)
        before = measure("fdatasync of 4 KiB, before", SYNCS, lambda: sync_often(folder / "before"))
        stages = [*send_issue(folder, arguments.subscribers)]
        size, peer = add_to_maildir(folder, max(1, arguments.subscribers // 10))
        after = measure("fdatasync of 4 KiB, after", SYNCS, lambda: sync_often(folder / "after"))
    print_report(size, [*stages, peer, before, after])
    ours = next(stage for stage in stages if stage.name == "publisher: deliver")
    print(
        f"\nratio to mailbox.Maildir: {ours.rate / peer.rate:.2f} times its rate, "
        f"{(ours.cpu / ours.count) / (peer.cpu / peer.count):.2f} times its CPU time"
    )


def send_issue(folder: Path, subscribers: int) -> list[Stage]:
    config = folder / "config.yaml"
    config.write_text(CONFIG, encoding="utf-8")
    generate(folder / "articles", 20)
    people = folder / "people.csv"
    write_people(people, subscribers)
    with open_context(config) as context:
        scan(context)
        return [
            measure("publisher: import", subscribers, lambda: import_everybody(context, people, subscribers)),
            measure("publisher: freeze", subscribers, lambda: freeze(context)),
            measure("publisher: deliver", subscribers, lambda: deliver_all(context, subscribers)),
        ]


def write_people(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("email", "name", "language", "city"))
        writer.writerows((f"reader{number}@example.com", f"読者 {number}号", "ja", "札幌市") for number in range(count))


def import_everybody(context: Context, people: Path, count: int) -> None:
    report = import_list(context, ImportOrder(people, []))
    assert report.counts["added"] == count, report


def freeze(context: Context) -> Issue:
    """Render, inline and store the issue with a row for everybody."""
    request = Request(since=datetime(2000, 1, 1, tzinfo=UTC))
    plan = plan_digest(context, "weekly", request, scan(context).articles)
    issue = create_digest(context, plan, request)
    assert issue is not None
    return issue


def deliver_all(context: Context, count: int) -> None:
    report = deliver(context)
    assert report.accepted == count, report


def add_to_maildir(folder: Path, count: int) -> tuple[int, Stage]:
    """The size of one of our messages, and how the peer did with its bodies."""
    sample = next((folder / "outbox" / "new").iterdir()).read_bytes()
    parts = read_parts(sample)
    box = mailbox.Maildir(folder / "peer", create=True)

    def add_all() -> None:
        for number in range(count):
            box.add(build_message(parts, number))

    return len(sample), measure("mailbox.Maildir.add", count, add_all)


def build_message(parts: dict[str, str], number: int) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = Address("ミライ技術ノート", addr_spec="news@example.com")
    message["To"] = Address(f"読者 {number}号", addr_spec=f"reader{number}@example.com")
    message["Subject"] = "📮 今週のミライ技術ノート：小さな衛星、大きな電池、そしてAIの話 🚀"
    message["Date"] = datetime.now(UTC)
    message["Message-ID"] = make_msgid(domain="example.com")
    message["List-Id"] = "週刊ミライ技術ノート <weekly.example.com>"
    message["List-Unsubscribe"] = f"<mailto:news@example.com?subject=unsubscribe%20{number:040d}>"
    message.set_content(parts["plain"], cte="base64")
    message.add_alternative(parts["html"], subtype="html", cte="base64")
    return message


def sync_often(path: Path) -> None:
    sync = getattr(os, "fdatasync", os.fsync)  # macOS has only the latter
    with path.open("wb", buffering=0) as file:
        for _ in range(SYNCS):
            file.write(b"\0" * 4096)
            sync(file.fileno())


def measure(name: str, count: int, work: Callable[[], object]) -> Stage:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Stage(name, count, time.perf_counter() - wall, time.process_time() - cpu)


def print_report(size: int, stages: list[Stage]) -> None:
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores")
    print(f"One message has {size:,} bytes. Other work on the machine moves the numbers: compare rows, not days.\n")
    print(f"{'':28}{'number':>10}{'wall s':>10}{'CPU s':>10}{'per second':>12}{'CPU ms each':>13}")
    for stage in stages:
        each = stage.cpu / stage.count * 1000
        print(
            f"{stage.name:28}{stage.count:>10,}{stage.wall:>10.2f}{stage.cpu:>10.2f}{stage.rate:>12,.0f}{each:>13.2f}"
        )


if __name__ == "__main__":
    main()
