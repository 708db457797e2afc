"""Work in processes of their own."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from publisher.pool import Pool, pickle_by_values


@dataclass(frozen=True, slots=True)
class Found:
    number: int
    more: tuple[Found, ...] = ()


pickle_by_values(Found)


def look(found: Found) -> Found:
    return Found(found.number + 1, (found, found))


def square(number: int) -> tuple[int, int]:
    return number * number, os.getpid()


def refuse(number: int) -> int:
    raise ValueError(f"no {number}")


def die(code: int) -> int:
    os._exit(code)


def wait_at(pipe: str) -> str:
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    print("working", flush=True)
    select.select([reader], [], [])
    print("finished", flush=True)
    return os.read(reader, 100).decode("ascii")


def work_until_interrupted(pipe: str) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests in the background ignores it
    pool = Pool(2)
    try:
        list(pool.map(wait_at, [pipe]))
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        pool.close()


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    made = Pool(2)
    yield made
    made.close()


def test_values_come_back_as_they_were(pool: Pool) -> None:
    one = Found(1)
    assert list(pool.map(look, [one, Found(2, (one,))])) == [Found(2, (one, one)), Found(3, (Found(2, (one,)),) * 2)]


def test_results_come_in_order_from_other_processes(pool: Pool) -> None:
    results = list(pool.map(square, range(40)))
    assert [value for value, _ in results] == [number * number for number in range(40)]
    assert os.getpid() not in {process for _, process in results}


def test_one_core_starts_no_process() -> None:
    alone = Pool(1)
    assert list(alone.map(square, [3])) == [(9, os.getpid())]
    alone.close()


def test_what_a_function_raises_comes_out_and_the_pool_goes_on(pool: Pool) -> None:
    with pytest.raises(ValueError, match="no 0"):
        list(pool.map(refuse, range(9)))
    assert next(iter(pool.map(square, [2])))[0] == 4


def test_a_pool_that_was_closed_or_has_lost_a_process_starts_anew() -> None:
    made = Pool(2)
    assert [value for value, _ in made.map(square, [3])] == [9]
    made.close()
    with pytest.raises(BrokenExecutor):
        list(made.map(die, [1]))
    made.close()
    assert [value for value, _ in made.map(square, [4])] == [16]
    made.close()


def name_parent(_number: int) -> int:
    return os.getppid()


def show_parents() -> None:
    """Whether the processes of a pool are children of this one: without another thread, and with one."""
    done = threading.Event()
    for thread in (None, threading.Thread(target=done.wait)):
        if thread:
            thread.start()
        made = Pool(2)
        made.allow_fork()
        made.start()
        print({parent == os.getpid() for parent in made.map(name_parent, range(9))})
        made.close()
    done.set()


@pytest.mark.skipif(sys.platform != "linux", reason="nowhere else the system says how many threads there are")
def test_processes_are_forks_where_that_is_allowed_and_no_other_thread_is_there() -> None:
    script = "from tests.test_pool import show_parents; show_parents()"
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.stdout, result.stderr) == ("{True}\n{False}\n", "")


def be_killed(*, forks: bool) -> None:
    made = Pool(2)
    if forks:
        made.allow_fork()
    print(len(list(made.map(square, range(9)))), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("forks", [False, True])
def test_no_process_outlives_one_that_was_killed(forks: bool) -> None:  # noqa: FBT001 - a parameter of the test
    script = f"from tests.test_pool import be_killed; be_killed(forks={forks})"
    command, here = [sys.executable, "-c", script], Path(__file__).parent.parent
    # Its output ends when the last process ends that could write to it.
    result = subprocess.run(command, cwd=here, capture_output=True, text=True, check=False, timeout=60)
    assert (result.returncode, result.stdout) == (-signal.SIGKILL, "9\n")


def test_items_are_taken_only_a_little_ahead(pool: Pool) -> None:
    taken: list[int] = []

    def give() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    next(pool.map(square, give()))
    assert len(taken) < 10


def test_an_interrupt_at_the_terminal_is_the_business_of_the_first_process_alone(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    script = "import sys; from tests.test_pool import work_until_interrupted as work; work(sys.argv[1])"
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(pipe)],
        cwd=Path(__file__).parent.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "working\n"
    os.killpg(process.pid, signal.SIGINT)
    assert process.stdout.readline() == "interrupted\n"
    # Whoever works goes on until its piece is done; with nobody at the pipe any more this raises.
    writer = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    os.write(writer, b"go on")
    os.close(writer)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output, errors) == (0, "finished\n", "")


def test_the_pause_of_the_collector_ends_and_only_what_was_loaded_in_it_is_not_looked_at() -> None:
    script = (
        "import gc\n"
        "from publisher.pool import calm_collector, pause_collector\n"
        "pause_collector()\n"
        "paused = gc.get_threshold()[0]\n"
        "calm_collector()\n"
        "frozen = gc.get_freeze_count()\n"
        "calm_collector()\n"
        "print(paused > 1_000_000, gc.get_threshold()[0] < 100_000, 0 < frozen == gc.get_freeze_count())"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert result.stdout == "True True True\n"
