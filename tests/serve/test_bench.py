"""What takes a while is done elsewhere, in turn: it is told as it goes, can be left, and survives its process."""

from __future__ import annotations

import os
import pickle
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from picturebook_tui.errors import PictureBookError
from picturebook_tui.serve import bench as bench_module
from picturebook_tui.serve.bench import Bench, Job, Told

LONG = 60.0
"""Seconds before a test gives up; none takes a tenth of it on its own."""

Tell = Callable[[Any], None]


def count_to(most: int, tell: Tell) -> int:
    for number in range(most):
        tell(number)
    return most


def until_there(path: Path, tell: Tell) -> str:
    """Tells until a file is there."""
    tell("begun")
    while not path.exists():
        time.sleep(0.01)
        tell("waits")
    return "done"


def deaf(path: Path, tell: Tell) -> None:
    """Tells once, and never again."""
    tell("begun")
    while not path.exists():
        time.sleep(0.01)


def dies(path: Path, times: int, tell: Tell) -> int:
    """Tells of three things, and takes its process along before the second, so many times."""
    tell("first")
    lives = len(path.read_text().split()) if path.exists() else 0
    if lives < times:
        with path.open("a") as file:
            print(os.getpid(), file=file)
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGKILL)
    tell("second")
    tell("third")
    return lives


def refuses(tell: Tell) -> None:
    raise PictureBookError("This can't be done: do something else.")


def breaks(tell: Tell) -> None:
    raise KeyError("a secret")


def says_where(tell: Tell) -> tuple[int, int, str | None]:
    return os.getpid(), os.nice(0), os.environ.get("OPENBLAS_NUM_THREADS")


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench(1, 3)
    yield made
    made.close()


def come(job: Job[Any]) -> Any:
    return job.future.result(LONG)


def until(true: Callable[[], Any]) -> None:
    until = time.monotonic() + LONG
    while not true():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.005)


def gone(pid: int) -> bool:
    """No such process any more, not even a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_everything_told_arrives_in_order_and_in_few_messages(bench: Bench) -> None:
    some: list[bytes] = []
    job = bench.submit("mia", some.append, count_to, 1000)
    assert come(job) == 1000
    assert [number for part in some for number in pickle.loads(part)] == list(range(1000))
    assert len(some) < 100


def test_it_is_done_in_another_process_that_leaves_room_for_others(bench: Bench) -> None:
    pid, niceness, threads = come(bench.submit("mia", bytes, says_where))
    assert (pid,) == bench.pids
    assert pid != os.getpid()
    assert (niceness, threads) == (os.nice(0) + 3, "1")


def test_who_came_first_is_served_first(bench: Bench, tmp_path: Path) -> None:
    held = bench.submit("mia", bytes, until_there, tmp_path / "go")
    order: list[str] = []
    jobs = [bench.submit(who, lambda _, who=who: order.append(who), count_to, 1) for who in ("ann", "bob", "cy")]
    until(lambda: bench.under_way == 1)
    assert bench.waiting == 3
    (tmp_path / "go").touch()
    assert [come(job) for job in (held, *jobs)] == ["done", 1, 1, 1]
    assert order == ["ann", "bob", "cy"]


def test_a_player_who_asks_twice_holds_up_nobody(tmp_path: Path) -> None:
    bench = Bench(2, 0)
    first = bench.submit("mia", bytes, until_there, tmp_path / "go")
    second = bench.submit("mia", bytes, until_there, tmp_path / "go")
    assert come(bench.submit("ann", bytes, count_to, 3)) == 3
    until(lambda: bench.under_way == 1)
    assert bench.waiting == 1
    (tmp_path / "go").touch()
    assert (come(first), come(second)) == ("done", "done")
    bench.close()


def test_a_job_that_is_left_before_its_turn_is_never_begun(bench: Bench, tmp_path: Path) -> None:
    held = bench.submit("mia", bytes, until_there, tmp_path / "go")
    heard: list[bytes] = []
    job = bench.submit("ann", heard.append, count_to, 5)
    job.leave()
    assert come(job) is None
    (tmp_path / "go").touch()
    assert come(held) == "done"
    assert come(bench.submit("bob", bytes, count_to, 1)) == 1
    assert heard == []


def test_a_job_that_is_left_in_the_middle_frees_its_process(bench: Bench, tmp_path: Path) -> None:
    heard: list[bytes] = []
    job = bench.submit("mia", heard.append, until_there, tmp_path / "never")
    until(lambda: heard)
    pids = bench.pids
    job.leave()
    assert come(job) is None
    assert come(bench.submit("ann", bytes, count_to, 1)) == 1
    # It ended by itself; the process was not.
    assert bench.pids == pids


def test_a_job_that_does_not_listen_loses_its_process(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_module, "LEFT_SECONDS", 0.05)
    heard: list[bytes] = []
    job = bench.submit("mia", heard.append, deaf, tmp_path / "never")
    until(lambda: heard)
    (pid,) = bench.pids
    job.leave()
    assert come(job) is None
    assert come(bench.submit("ann", bytes, count_to, 1)) == 1
    assert gone(pid)


def test_a_job_whose_process_dies_is_begun_anew_and_tells_nothing_twice(bench: Bench, tmp_path: Path) -> None:
    told: Told[int] = Told(bench, "mia", dies, tmp_path / "lives", 1)
    assert come(told.job) == 1
    assert told.told == ["first", "second", "third"]


def test_a_job_that_ends_every_process_is_given_up_with_a_sentence(bench: Bench, tmp_path: Path) -> None:
    job = bench.submit("mia", bytes, dies, tmp_path / "lives", 100)
    with pytest.raises(PictureBookError, match="try again"):
        come(job)
    assert len((tmp_path / "lives").read_text().split()) == 2
    assert come(bench.submit("ann", bytes, count_to, 1)) == 1


def test_what_cannot_be_done_says_why_and_what_goes_wrong_says_nothing_of_the_server(bench: Bench) -> None:
    with pytest.raises(PictureBookError, match="do something else"):
        come(bench.submit("mia", bytes, refuses))
    with pytest.raises(RuntimeError, match=r"met KeyError$"):
        come(bench.submit("mia", bytes, breaks))
    # What can't be sent is the trouble of whoever wanted it.
    with pytest.raises(Exception, match="pickle"):
        come(bench.submit("mia", bytes, lambda tell: None))
    assert come(bench.submit("ann", bytes, count_to, 2)) == 2


def test_closing_leaves_no_process_and_no_job_open(tmp_path: Path) -> None:
    bench = Bench(1, 0)
    heard: list[bytes] = []
    held = bench.submit("mia", heard.append, deaf, tmp_path / "never")
    waits = bench.submit("ann", bytes, count_to, 1)
    until(lambda: heard)
    (pid,) = bench.pids
    bench.close()
    assert gone(pid)
    assert (come(held), come(waits)) == (None, None)
    with pytest.raises(PictureBookError, match="stopping"):
        come(bench.submit("bob", bytes, count_to, 1))
