"""How long it takes to freeze the audience of an issue, and what the program needs for it.

    python benchmarks/freeze.py [--readers 1000000] [--folder FOLDER]

The readers are written into the database by SQL, for an import of them takes two minutes and is measured by lists.py.
What is measured is what `publisher digest --send` does before the first message: it renders the issue, and writes one
row for each reader in one transaction. Beside it stands what SQLite takes for a table of so many rows and nothing else.
"""

from __future__ import annotations

import argparse
import platform
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from generate import generate
from smtp import compiled, open_site

from publisher.app.issuing import create_digest, plan_digest
from publisher.app.reading import scan
from publisher.issues.select import Request

PEOPLE = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
INSERT INTO subscribers (email, email_key, name, language, state, source, created_at, fields)
SELECT 'reader' || n || '@host' || (n % 1000) || '.example', 'reader' || n || '@host' || (n % 1000) || '.example',
    '読者 ' || n, 'ja', 'active', 'benchmark', '2026-01-01T00:00:00.000000Z', '{}' FROM numbers
"""
READINGS = """
INSERT INTO subscriptions (subscriber_id, newsletter, since, last_seq)
SELECT id, 'weekly', '2026-01-01T00:00:00.000000Z', 0 FROM subscribers
"""
PEER = """
CREATE TABLE peer (issue INTEGER, reader INTEGER, state TEXT, due_at TEXT, PRIMARY KEY (issue, reader)) WITHOUT ROWID;
CREATE INDEX peer_waiting ON peer (issue, due_at, reader);
BEGIN IMMEDIATE;
INSERT INTO peer SELECT 1, id, 'queued', '2026-01-01T00:00:00.000000Z' FROM subscribers ORDER BY id;
COMMIT;
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Freeze a large audience.")
    parser.add_argument("--readers", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where the temporary folder is made: the disk that is measured")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="publisher-benchmark-", dir=arguments.folder) as temporary:
        folder = Path(temporary)
        generate(folder / "articles", 20)
        with open_site(folder, 1, 1, dkim=False) as context:
            scan(context)
        add_readers(folder / "publisher.db", arguments.readers)
        print(f"Python {platform.python_version()}, {platform.machine()}, {arguments.readers:,} readers\n")
        print(f"{'':28}{'seconds':>10}{'of CPU':>10}{'us each':>10}{'MB':>8}", flush=True)
        command = [sys.executable, __file__, "--child", str(folder), str(arguments.readers)]
        subprocess.run(command, check=True, env=compiled())
        began, before = time.perf_counter(), cpu()
        with sqlite3.connect(folder / "publisher.db") as connection:
            connection.executescript(PEER)
        print_row("a table of so many rows", time.perf_counter() - began, cpu() - before, arguments.readers, None)


def add_readers(path: Path, count: int) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN")
    connection.execute(PEOPLE, (count,))
    connection.execute(READINGS)
    connection.execute("COMMIT")
    connection.close()


def freeze(folder: Path, readers: int) -> None:
    """In a process of its own, whose memory is measured."""
    with open_site(folder, 1, 1, dkim=False) as context:
        request = Request(since=datetime(2000, 1, 1, tzinfo=UTC))
        draft = plan_digest(context, "weekly", request, scan(context).articles)
        began, before = time.perf_counter(), cpu()
        issue = create_digest(context, draft, request)
        wall, used = time.perf_counter() - began, cpu() - before
        assert issue is not None
        assert issue.counts.queued == readers, issue.counts
    unit = 1 if sys.platform == "darwin" else 1024
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
    print_row("publisher: freeze", wall, used, readers, memory)


def cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def print_row(what: str, wall: float, used: float, count: int, memory: float | None) -> None:
    shown = "" if memory is None else f"{memory:8.0f}"
    print(f"{what:28}{wall:10.2f}{used:10.2f}{used / count * 1e6:10.1f}{shown}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "--child":
        freeze(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
