"""How many answers a second: a feed of 100 KB whole (200), and for those who have it (304); beside nginx.

    python benchmarks/serve.py [--seconds 4] [--repeat 5] [--connections 32]

wrk asks, with one thread, on the same machine; so on two cores a server has about one for itself. nginx and wrk are
taken from PATH (Debian: nginx-light, wrk). nginx runs with one worker, our server is one process, and so is Starlette's
StaticFiles on uvicorn, which is what a Python program would otherwise serve files with.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from generate import SIZE, Kind, generate

from publisher.app.context import open_context
from publisher.app.publishing import publish_feeds
from publisher.app.reading import scan

CONFIG = """\
site: {{title: ミライ技術ノート, url: "http://127.0.0.1:{port}", language: ja, timezone: Asia/Tokyo}}
articles: {{path: articles}}
feeds: {{output: public, limit: {limit}}}
web: {{listen: "127.0.0.1:{port}"}}
"""
NGINX = """\
worker_processes 1;
daemon off;
error_log {folder}/error.log;
pid {folder}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
    types {{ application/rss+xml xml; }}
    charset utf-8;
    charset_types application/rss+xml;
    access_log off;
    sendfile on;
    keepalive_requests 100000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        root {root};
        add_header Cache-Control "public, max-age=600";
    }}
}}
"""
STATIC = """\
import sys, uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
app = Starlette(routes=[Mount("/", StaticFiles(directory=sys.argv[1]))])
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), loop="uvloop", http="httptools", access_log=False,
            log_level="error")
"""
SITUATIONS = ("200, 100 KB", "304")


@dataclass(frozen=True, slots=True)
class Server:
    name: str
    port: int
    command: tuple[str, ...]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/rss.xml"


def main() -> None:
    parser = argparse.ArgumentParser(description="Answers a second for a feed of 100 KB; beside nginx.")
    parser.add_argument("--seconds", type=int, default=4, help="of each measurement")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--connections", type=int, default=32)
    arguments = parser.parse_args()
    if not shutil.which("wrk"):
        raise SystemExit("wrk is not on PATH (Debian: apt-get install wrk)")
    with tempfile.TemporaryDirectory(prefix="publisher-benchmark-") as temporary, ExitStack() as stack:
        servers = make_servers(Path(temporary))
        for server in servers:
            stack.enter_context(running(server))
        size = len(urllib.request.urlopen(servers[0].url).read())  # noqa: S310 - our own server
        print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores")
        print(f"rss.xml of {size:,} bytes, {arguments.connections} connections, wrk with one thread beside the server")
        print(f"Medians of {arguments.repeat} times {arguments.seconds} s; the machine's load meanwhile", end=" ")
        results = measure(servers, arguments)
        print(f"{os.getloadavg()[1]:.1f}")
        print_table(servers, results)


def make_servers(folder: Path) -> list[Server]:
    """Ours first, nginx, and StaticFiles; all on the files that a build writes into `folder`."""
    ports = find_ports(3)
    site = folder / "site"
    generate(site / "articles", 40, Kind(SIZE))
    write_feed(site, ports[0])
    ours = (sys.executable, "-m", "publisher", "-c", str(site / "config.yaml"), "serve")
    (folder / "static.py").write_text(STATIC, encoding="utf-8")
    static = (sys.executable, str(folder / "static.py"), str(site / "public"), str(ports[2]))
    servers = [Server("publisher", ports[0], ours), Server("StaticFiles", ports[2], static)]
    nginx = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if nginx is None:
        print("nginx is not on PATH: no peer in this run.", file=sys.stderr)
        return servers
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=ports[1], root=site / "public"), encoding="utf-8")
    folder.chmod(0o755)  # nginx's worker is somebody else
    return [servers[0], Server("nginx", ports[1], (nginx, "-p", str(folder), "-c", str(config))), servers[1]]


def write_feed(site: Path, port: int) -> None:
    """As many articles as make 100 KB."""
    for limit in range(2, 40):
        (site / "config.yaml").write_text(CONFIG.format(port=port, limit=limit), encoding="utf-8")
        with open_context(site / "config.yaml") as context:
            publish_feeds(context, scan(context).articles)
        if (site / "public" / "rss.xml").stat().st_size >= 100_000:
            return


@contextmanager
def running(server: Server) -> Iterator[None]:
    process = subprocess.Popen(server.command, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                urllib.request.urlopen(server.url).close()  # noqa: S310 - a server of this benchmark
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        else:
            raise SystemExit(f"{server.name} does not answer")
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def measure(servers: Sequence[Server], arguments: argparse.Namespace) -> dict[tuple[str, str], list[float]]:
    """(server, situation) -> answers a second of each run. The servers take turns, so that a busy minute meets all."""
    found: dict[tuple[str, str], list[float]] = {}
    for _ in range(arguments.repeat):
        for server in servers:
            with urllib.request.urlopen(server.url) as answer:  # noqa: S310 - a server of this benchmark
                tag = answer.headers["ETag"]
            for situation, headers in zip(SITUATIONS, ([], ["-H", f"If-None-Match: {tag}"]), strict=True):
                command = ["wrk", "-t1", f"-c{arguments.connections}", f"-d{arguments.seconds}", *headers, server.url]
                printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
                rate = re.search(r"Requests/sec:\s+([\d.]+)", printed)
                assert rate, printed
                assert "Non-2xx" not in printed, printed
                found.setdefault((server.name, situation), []).append(float(rate[1]))
    return found


def print_table(servers: Sequence[Server], results: dict[tuple[str, str], list[float]]) -> None:
    print(f"\n{'answers a second':20}" + "".join(f"{server.name:>14}" for server in servers), end="")
    print("".join(f"{'to ' + server.name:>16}" for server in servers[1:]))
    for situation in SITUATIONS:
        runs = [results[server.name, situation] for server in servers]
        print(f"{situation:20}" + "".join(f"{statistics.median(run):>14,.0f}" for run in runs), end="")
        # Ratios of one round each, so that a busy minute is in both numbers.
        ratios = [statistics.median(mine / other for mine, other in zip(runs[0], run, strict=True)) for run in runs[1:]]
        print("".join(f"{ratio:>16.2f}" for ratio in ratios))
        print(f"{'  best':20}" + "".join(f"{max(run):>14,.0f}" for run in runs))


def find_ports(number: int) -> list[int]:
    """Free ones, all different."""
    with ExitStack() as stack:
        opened = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(number)]
        return [one.getsockname()[1] for one in opened]


if __name__ == "__main__":
    main()
