"""A list comes in, comes in again, and goes out: time and the most memory, each in a process of its own.

python benchmarks/lists.py [--count 1000000]
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CONFIG = """\
site: {title: 試験ノート, url: https://note.example}
newsletters: {weekly: {title: 週刊, from: "試験ノート <news@note.example>"}}
organisation: {name: 試験ノート社, address: 東京都千代田区1-1, contact: https://note.example/contact}
"""
# Python keeps what it has compiled, as it does for every user.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
SEGMENT = "field.会社 = 試験社7 and joined after 2025-06-01 and never bounced"


def write_people(path: Path, count: int) -> None:
    """Addresses in no order, a thousand domains, a consent date and two fields for each."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("email,name,language,登録日,会社,都市\n")
        for number in range(count):
            place = number * 7919 % count
            day = f"2025-{number % 12 + 1:02}-{number % 28 + 1:02} 09:05"
            file.write(
                f'reader{place}@host{number % 1000}.example,"読者 {number}",ja,{day},試験社{number % 50},松本市\n'
            )


def run(folder: Path, *arguments: str) -> tuple[float, float, float]:
    """Seconds by the clock, seconds of CPU, and the most memory in MB."""
    code = (
        "import resource, sys\n"
        "from publisher.cli.main import main\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    assert not end.code, end.code\n"
        "finally:\n    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)\n"
    )
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        env=ENVIRONMENT,
    )
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    unit = 1 if sys.platform == "darwin" else 1024
    return wall, cpu, int(done.stderr.split()[-1]) * unit / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    count = parser.parse_args().count
    print(f"Python {platform.python_version()}, {platform.machine()}, {count:,} people")
    print(f"{'':34}{'seconds':>9}{'of CPU':>9}{'µs each':>9}{'MB':>7}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")
        (folder / "articles").mkdir()
        write_people(folder / "people.csv", count)
        for title, arguments in (
            ("import of a CSV", ("import", "people.csv")),
            ("the same again", ("import", "people.csv")),
            ("its dry run", ("import", "people.csv", "--dry-run")),
            ("export as CSV", ("export", "-o", "out.csv")),
            ("export as JSON", ("export", "--format", "json", "-o", "out.json")),
            ("export of a segment", ("export", "--segment", SEGMENT, "-o", "some.csv")),
        ):
            wall, cpu, memory = run(folder, "subscribers", *arguments)
            print(f"{title:34}{wall:9.1f}{cpu:9.1f}{cpu / count * 1e6:9.1f}{memory:7.0f}", flush=True)


if __name__ == "__main__":
    main()
