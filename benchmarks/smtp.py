"""How many messages a second go out over SMTP, ledger included; beside smtp-source, smtplib and aiosmtplib.

    python benchmarks/smtp.py [--messages 50000] [--connections 1,4,10,20,50] [--delays 0,10,20] [--dkim]
    python benchmarks/smtp.py --round-trips 10,20

All talk to the same sink (benchmarks/sink.c, compiled with cc), which takes everything and keeps nothing; it shares
the machine's cores with the sender. `publisher` writes and personalises each message, and its ledger is on the disk
before a content goes out and after its answer was read. The others send one prepared message of the same size again
and again and keep no record: smtp-source is Postfix's load generator in C (`-d`: without a new connection for each
message); smtplib runs in as many threads as there are connections; the bare loop is the least that Python must do.
A delay is that of the answer to a content; with a round trip, everything is heard so much later, as by a server that
is far away. The rate is what the sink saw, from the first message to the last; how long a program took before and after
that stands beside it. How often a second the disk can be waited for is printed, too.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import os
import platform
import resource
import select
import shutil
import smtplib
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from generate import generate

from publisher.app.context import Context, open_context
from publisher.app.importing import ImportOrder, import_list
from publisher.app.issuing import create_digest, plan_digest
from publisher.app.reading import scan
from publisher.app.sending import deliver
from publisher.issues.select import Request

CONFIG = """\
site: {{title: ミライ技術ノート, url: "https://example.com", language: ja, timezone: Asia/Tokyo}}
articles: {{path: articles}}
newsletters:
  weekly: {{title: 週刊ミライ技術ノート, from: "ミライ技術ノート <news@example.com>", template: digest, limit: {limit}}}
organisation: {{name: 見本の会社, address: 東京都千代田区見本町1-2-3, contact: "https://example.com/contact"}}
delivery:
  transport: "smtp://127.0.0.1:{port}?tls=none"
  connections: {connections}
  recycle: 100000
{dkim}
secret_key: only-for-this-benchmark
"""
DKIM = "  dkim: [{domain: example.com, selector: s1, key: dkim.pem}]"
SYNCS = 500


@dataclass(frozen=True, slots=True)
class Row:
    sender: str
    connections: int
    delay: float  # ms
    trip: float  # ms
    rate: float  # messages a second, from the first to the last that the sink took
    cpu: float  # microseconds of the sender's process for each message, its start included
    start: float  # seconds that it ran before and after that


def main() -> None:
    parser = argparse.ArgumentParser(description="Send over SMTP; compare with others.")
    parser.add_argument("--messages", type=int, default=50_000)
    parser.add_argument("--connections", default="1,4,10,20,50")
    parser.add_argument("--delays", help="of the answer to a content, in ms; 0,10,20 unless there are round trips")
    parser.add_argument("--round-trips", default="", help="in ms: everything is heard so much later")
    parser.add_argument("--dkim", action="store_true", help="sign each message (RSA, 2048 bits)")
    parser.add_argument("--only", default="", help="names of senders, such as publisher,smtp-source")
    parser.add_argument("--folder", type=Path, help="where the temporary folder is made: the disk that is measured")
    arguments = parser.parse_args()
    wanted = set(filter(None, arguments.only.split(",")))
    with tempfile.TemporaryDirectory(prefix="publisher-benchmark-", dir=arguments.folder) as temporary:
        folder = Path(temporary)
        sink = compile_sink(folder)
        before = measure_syncs(folder)
        rows: list[Row] = []
        prepare(folder, arguments.messages, dkim=arguments.dkim)
        message = sample(folder)
        job = Job(folder, sink, 0, message, arguments.dkim)
        print_head(len(message), before)
        for delay, trip in read_ways(arguments.delays, arguments.round_trips):
            for connections in map(int, arguments.connections.split(",")):
                for name, send in SENDERS.items():
                    if wanted and name not in wanted:
                        continue
                    way = Way(connections, delay, trip)
                    row = measure(name, way, plan_count(arguments.messages, way), send, job)
                    if row is not None:
                        rows.append(row)
                        print_row(row)
        print(f"\nfdatasync of 4 KiB a second: {before:,.0f} before, {measure_syncs(folder):,.0f} after")


@dataclass(frozen=True, slots=True)
class Job:
    folder: Path
    sink: Path
    port: int
    message: bytes
    dkim: bool


@dataclass(frozen=True, slots=True)
class Way:
    connections: int
    delay: float
    trip: float


def read_ways(delays: str | None, trips: str) -> list[tuple[float, float]]:
    """Each a delay and a round trip."""
    if delays is None:
        delays = "" if trips else "0,10,20"
    return [(float(one), 0.0) for one in delays.split(",") if one] + [
        (0.0, float(one)) for one in trips.split(",") if one
    ]


def plan_count(messages: int, way: Way) -> int:
    """Where answers are waited for, no more than ten seconds' worth at one wait each."""
    wait = way.delay or way.trip
    return messages if not wait else min(messages, max(200, int(10_000 / wait * way.connections)))


# ------------------------------------------------------------------------------- ours


def prepare(folder: Path, readers: int, *, dkim: bool) -> None:
    """Articles, people and key; the database is copied for each run."""
    generate(folder / "articles", 20)
    people = folder / "people.csv"
    with people.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("email", "name", "language", "city"))
        writer.writerows((f"reader{one}@example.com", f"読者 {one}号", "ja", "札幌市") for one in range(readers))
    if dkim:
        command = ["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "dkim.pem"]
        subprocess.run(command, cwd=folder, check=True, stderr=subprocess.DEVNULL)
        (folder / "dkim.pem").chmod(0o600)
    with open_site(folder, 1, 1, dkim=dkim) as context:
        scan(context)
        import_list(context, ImportOrder(people))
        request = Request(since=datetime(2000, 1, 1, tzinfo=UTC))
        began = time.perf_counter()
        create_digest(context, plan_digest(context, "weekly", request, scan(context).articles), request)
        print(f"freeze: {readers:,} rows in {time.perf_counter() - began:.2f} s, rendering included")
    shutil.copy(folder / "publisher.db", folder / "fresh.db")


@contextmanager
def open_site(folder: Path, port: int, connections: int, *, dkim: bool) -> Iterator[Context]:
    config = folder / "config.yaml"
    text = CONFIG.format(port=port, connections=connections, dkim=DKIM if dkim else "", limit=LIMIT)
    config.write_text(text, encoding="utf-8")
    with open_context(config) as context:
        yield context


LIMIT = 4  # articles: as many as make a message of about 30 KB


def sample(folder: Path) -> bytes:
    """One of our messages, for the others to send."""
    from publisher.app.letters import Compiler  # noqa: PLC0415 - only here
    from publisher.storage import deliveries  # noqa: PLC0415

    with open_site(folder, 1, 1, dkim=False) as context:
        now = context.clock()
        with context.database.write() as connection:
            [claim] = deliveries.claim(connection, 1, "sample", 1, now=now, lease_until=now)
        return Compiler(context)(claim.delivery, now).message.content


def send_ours(job: Job, count: int, connections: int) -> None:
    """In a process of its own, whose times are measured as the others' are."""
    for name in ("publisher.db", "publisher.db-wal", "publisher.db-shm"):
        (job.folder / name).unlink(missing_ok=True)
    shutil.copy(job.folder / "fresh.db", job.folder / "publisher.db")
    with open_site(job.folder, job.port, connections, dkim=job.dkim) as context:
        if count < _count(context):
            with context.database.write() as connection:
                connection.exec_driver_sql("DELETE FROM deliveries WHERE subscriber_id > ?", (count,))
    command = [sys.executable, __file__, "--child", str(job.folder / "config.yaml"), str(count)]
    subprocess.run(command, check=True, env=compiled())


def compiled() -> dict[str, str]:
    """An environment in which Python keeps what it has compiled, as on every machine that mail goes out from."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _count(context: Context) -> int:
    with context.database.read() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM deliveries").scalar_one())


def send_as_child(config: Path, count: int) -> None:
    with open_context(config) as context:
        report = deliver(context)
        assert report.accepted == count, report
    unit = 1 if sys.platform == "darwin" else 1024
    print(f"  at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6:,.0f} MB")


# ------------------------------------------------------------------------------- the others


def send_smtp_source(job: Job, count: int, connections: int) -> None:
    source = shutil.which("smtp-source") or "/usr/sbin/smtp-source"
    (job.folder / "message.eml").write_bytes(job.message)
    command = [source, "-d", "-s", str(connections), "-m", str(count), "-l", str(len(job.message))]
    envelope = ["-t", "reader@example.com", "-f", "news@example.com"]
    subprocess.run([*command, *envelope, f"127.0.0.1:{job.port}"], check=True)


def send_smtplib(job: Job, count: int, connections: int) -> None:
    def work(number: int) -> None:
        with smtplib.SMTP("127.0.0.1", job.port) as connection:
            for _ in range(number, count, connections):
                connection.sendmail("news@example.com", ["reader@example.com"], job.message)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def send_aiosmtplib(job: Job, count: int, connections: int) -> None:
    import aiosmtplib  # noqa: PLC0415 - for this benchmark alone

    async def work(number: int) -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=job.port, start_tls=False, use_tls=False) as connection:
            for _ in range(number, count, connections):
                await connection.sendmail("news@example.com", ["reader@example.com"], job.message)

    async def work_all() -> None:
        await asyncio.gather(*(work(number) for number in range(connections)))

    asyncio.run(work_all())


def send_bare(job: Job, count: int, connections: int) -> None:
    """What no sender in Python can be quicker than: one prepared packet, written again whenever an answer has come."""
    envelope = b"MAIL FROM:<news@example.com>\r\nRCPT TO:<reader@example.com>\r\nDATA\r\n"
    packet = job.message + b".\r\n" + envelope
    poll, sockets, left = select.epoll(), {}, count
    for _ in range(connections):
        connection = socket.create_connection(("127.0.0.1", job.port))
        connection.recv(1000)
        connection.sendall(b"EHLO bare\r\n")
        connection.recv(1000)
        connection.sendall(envelope)
        sockets[connection.fileno()] = connection
        poll.register(connection.fileno(), select.EPOLLIN)
    while left > 0:
        for number, _ in poll.poll():
            if sockets[number].recv(1000).endswith(b"354 go\r\n"):
                sockets[number].sendall(packet)
                left -= 1
    for connection in sockets.values():
        connection.recv(1000)
        connection.close()


Send = Callable[[Job, int, int], None]
SENDERS: dict[str, Send] = {
    "publisher": send_ours,
    "bare loop": send_bare,
    "smtp-source -d": send_smtp_source,
    "smtplib": send_smtplib,
    "aiosmtplib": send_aiosmtplib,
}

# ------------------------------------------------------------------------------- measuring


def compile_sink(folder: Path) -> Path:
    compiler = shutil.which("cc")
    if compiler is None:
        raise SystemExit("there is no C compiler (cc): the sink must not be slower than what is measured")
    sink = folder / "sink"
    source = Path(__file__).with_name("sink.c")
    subprocess.run([compiler, "-O2", "-o", str(sink), str(source)], check=True)
    return sink


@dataclass(slots=True)
class Sink:
    """`seconds` from the first message to the last that it took; known when it has ended."""

    port: int
    seconds: float = 0.0


@contextmanager
def run_sink(program: Path, delay: float, trip: float = 0) -> Iterator[Sink]:
    command = [str(program), str(delay), "", str(trip)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        sink = Sink(int(process.stdout.readline()))
        try:
            yield sink
        finally:
            process.terminate()
            sink.seconds = float(process.stderr.read().split()[-2]) / 1e6


def measure(name: str, way: Way, count: int, send: Send, job: Job) -> Row | None:
    with run_sink(job.sink, way.delay, way.trip) as sink:
        before, began = _cpu(), time.perf_counter()
        try:
            send(replace(job, port=sink.port), count, way.connections)
        except (FileNotFoundError, ModuleNotFoundError) as error:
            print(f"{name}: left out, {error}")
            return None
        wall, cpu = time.perf_counter() - began, _cpu() - before
    start = wall - sink.seconds
    return Row(name, way.connections, way.delay, way.trip, (count - 1) / sink.seconds, cpu / count * 1e6, start)


def _cpu() -> float:
    """Of this process and of those it has waited for; the sink is still running."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def measure_syncs(folder: Path) -> float:
    sync = getattr(os, "fdatasync", os.fsync)  # macOS has only the latter
    with (folder / "syncs").open("wb", buffering=0) as file:
        began = time.perf_counter()
        for _ in range(SYNCS):
            file.write(b"\0" * 4096)
            sync(file.fileno())
        return SYNCS / (time.perf_counter() - began)


def print_head(size: int, syncs: float) -> None:
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores shared with the sink")
    print(f"One message has {size:,} bytes; fdatasync of 4 KiB: {syncs:,.0f} a second. Compare rows, not days.\n")
    print(
        f"{'':16}{'connections':>12}{'delay ms':>10}{'trip ms':>9}{'per second':>12}{'CPU us each':>13}{'start s':>9}"
    )


def print_row(row: Row) -> None:
    place = f"{row.sender:16}{row.connections:>12}{row.delay:>10g}{row.trip:>9g}"
    print(f"{place}{row.rate:>12,.0f}{row.cpu:>13,.0f}{row.start:>9.1f}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "--child":
        send_as_child(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
