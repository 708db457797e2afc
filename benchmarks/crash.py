"""Kill the sender again and again at random moments, and prove from the server's own log what became of every message.

    python benchmarks/crash.py [--kills 200] [--recipients 10000] [--connections 10] [--seed 1]

Each run mails one issue to so many recipients. A process sends it over SMTP to the sink (benchmarks/sink.c), which
writes the Message-ID of each message it has taken to its log before it answers. The process is killed (SIGKILL) after
a random time, and another one goes on, until nothing is left. Then ledger and log are compared: nobody lost, nobody
twice, in doubt at most one message for each connection and kill. The next run begins with a new database. Ends with
exit code 1 at the first promise that is broken.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from smtp import compile_sink, open_site, prepare

from publisher.app.context import open_context
from publisher.app.sending import deliver


@dataclass
class Tally:
    """Of all runs."""

    kills: int = 0
    runs: int = 0
    taken: int = 0
    accepted: int = 0
    uncertain: int = 0
    uncertain_taken: int = 0
    most_at_once: int = 0
    faults: list[str] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description="Kill the sender at random moments and count the messages.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--recipients", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest", type=float, default=1.5, help="seconds until a kill")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    tally, began = Tally(), time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="publisher-crash-") as temporary:
        folder = Path(temporary)
        sink = compile_sink(folder)
        prepare(folder, arguments.recipients, dkim=False)
        while tally.kills < arguments.kills and not tally.faults:
            run_once(folder, sink, tally, chance, arguments)
            print(f"run {tally.runs}: {tally.kills} kills so far, {tally.uncertain} in doubt", flush=True)
    print(
        f"\n{tally.kills} kills in {tally.runs} runs of {arguments.recipients:,} recipients over "
        f"{arguments.connections} connections, {time.perf_counter() - began:,.0f} s\n"
        f"taken by the server: {tally.taken:,}; accepted in the ledger: {tally.accepted:,}\n"
        f"in doubt: {tally.uncertain} (taken: {tally.uncertain_taken}), at most {tally.most_at_once} after a kill\n"
        f"lost: 0; twice: 0"
        if not tally.faults
        else "\n".join(tally.faults)
    )
    sys.exit(1 if tally.faults else 0)


def run_once(folder: Path, sink: Path, tally: Tally, chance: random.Random, arguments: argparse.Namespace) -> None:
    for name in ("publisher.db", "publisher.db-wal", "publisher.db-shm", "taken.log"):
        (folder / name).unlink(missing_ok=True)
    shutil.copy(folder / "fresh.db", folder / "publisher.db")
    log = folder / "taken.log"
    with subprocess.Popen([str(sink), "0", str(log)], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        with open_site(folder, int(server.stdout.readline()), arguments.connections, dkim=False):
            pass  # config.yaml now names the port
        before, is_done = 0, False
        while not is_done:
            kill_after = chance.uniform(0, arguments.longest) if tally.kills < arguments.kills else None
            is_done = send_and_kill(folder / "config.yaml", kill_after)
            tally.kills += not is_done
            in_doubt = len(load_states(folder).get("uncertain", ())) + len(load_states(folder).get("sending", ()))
            tally.most_at_once = max(tally.most_at_once, in_doubt - before)
            before = in_doubt
        server.terminate()
    tally.runs += 1
    compare(load_states(folder), log.read_text(encoding="ascii").split(), tally, arguments)


def send_and_kill(config: Path, after: float | None) -> bool:
    """Whether the process came to its end by itself."""
    child = os.fork()
    if not child:
        with open_context(config) as context:
            deliver(context)
        os._exit(0)
    if after is not None:
        until = time.monotonic() + after
        while time.monotonic() < until:
            if os.waitpid(child, os.WNOHANG) != (0, 0):
                return True
            time.sleep(0.002)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return not os.WIFSIGNALED(status)


def load_states(folder: Path) -> dict[str, set[str]]:
    """Message-IDs by state; of those that never started, a name of their own."""
    found: dict[str, set[str]] = {}
    with open_context(folder / "config.yaml") as context, context.database.read() as connection:
        query = "SELECT state, coalesce(message_id, 'never ' || subscriber_id) FROM deliveries"
        for state, message_id in connection.exec_driver_sql(query):
            found.setdefault(state, set()).add(message_id)
    return found


def compare(states: dict[str, set[str]], log: Sequence[str], tally: Tally, arguments: argparse.Namespace) -> None:
    taken = Counter(log)
    accepted, uncertain = states.get("accepted", set()), states.get("uncertain", set())
    tally.taken += len(log)
    tally.accepted += len(accepted)
    tally.uncertain += len(uncertain)
    tally.uncertain_taken += len(uncertain & set(taken))
    twice = [message_id for message_id, times in taken.items() if times > 1]
    checks = {
        "somebody got it twice": bool(twice),
        "accepted, but the server does not have it": bool(accepted - set(taken)),
        "the server has what the ledger knows nothing of": bool(set(taken) - accepted - uncertain),
        "somebody is lost": len(accepted) + len(uncertain) != arguments.recipients,
        "more in doubt after a kill than connections": tally.most_at_once > arguments.connections,
    }
    tally.faults += [name for name, is_true in checks.items() if is_true]


if __name__ == "__main__":
    main()
