"""The sweep's own process: it answers, it stops, and it never outlives anyone."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

import picturebook_tui.sweep_worker as sweep_worker
from picturebook_tui.learner.sweep import SweepJob, gather, sweep
from picturebook_tui.sweep_worker import SweepDone, SweepFailed, SweepNews, SweepSlice, SweepWorker
from tests.learner.pictures import make_pictures

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and /proc")

LONG = 60.0
"""Seconds before a test gives up; none takes a tenth of it on its own."""


def make_job(**settings: Any) -> SweepJob:
    pixels, targets = make_pictures(20)
    return SweepJob(pixels, targets, labels=2, batch_sizes=(5, 10), learning_rates=(0.01, 0.1), **settings)


def endless() -> SweepJob:
    return make_job(epochs=100_000)


@pytest.fixture
def worker() -> Iterator[SweepWorker]:
    with SweepWorker() as made:
        yield made


def wait_for(seen: Callable[[], Any]) -> Any:
    until = time.monotonic() + LONG
    while not (found := seen()):
        assert time.monotonic() < until, "nothing came"
        time.sleep(0.005)
    return found


def collect(worker: SweepWorker) -> list[SweepNews]:
    """Everything up to the end of the job."""
    news: list[SweepNews] = []

    def ended() -> bool:
        news.extend(worker.poll())
        return bool(news) and not isinstance(news[-1], SweepSlice)

    wait_for(ended)
    return news


def gone(pid: int) -> bool:
    """No such process any more, not even a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_the_worker_finds_what_would_be_found_here(worker: SweepWorker) -> None:
    job = make_job()
    number = worker.submit(job)
    assert worker.busy
    *slices, done = collect(worker)
    assert done == SweepDone(number)
    assert not worker.busy
    assert all(isinstance(some, SweepSlice) for some in slices)
    found = gather(job, [some.rows for some in slices if isinstance(some, SweepSlice)])
    here = gather(job, sweep(job))
    assert found.complete
    for theirs, ours in zip(found.siblings, here.siblings, strict=True):
        for one, other in zip(theirs.epochs, ours.epochs, strict=True):
            # This process may have more threads for its sums than the worker.
            assert one.loss == pytest.approx(other.loss, rel=1e-5)
            assert one.pages == other.pages


def test_a_new_job_takes_the_place_of_the_one_under_way(worker: SweepWorker) -> None:
    worker.submit(endless())
    wait_for(worker.poll)
    number = worker.submit(make_job())
    news = collect(worker)
    assert {some.job for some in news} == {number}


def test_a_cancelled_job_is_heard_of_no_more_and_the_worker_takes_another(worker: SweepWorker) -> None:
    worker.submit(endless())
    wait_for(worker.poll)
    worker.cancel()
    assert not worker.busy
    assert worker.poll() == []
    worker.submit(make_job())
    assert isinstance(collect(worker)[-1], SweepDone)


def test_a_job_that_can_t_be_done_says_so_and_leaves_the_worker_well(worker: SweepWorker) -> None:
    job = make_job()
    object.__setattr__(job, "steps_per_epoch", -1)
    number = worker.submit(job)
    failed = collect(worker)[-1]
    assert isinstance(failed, SweepFailed)
    assert failed.job == number
    assert "steps per epoch" in failed.sentence
    worker.submit(make_job())
    assert isinstance(collect(worker)[-1], SweepDone)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_worker_is_a_modest_guest(worker: SweepWorker) -> None:
    worker.submit(endless())
    wait_for(worker.poll)
    pid = worker.pid
    assert pid is not None
    niceness = min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)
    assert os.getpriority(os.PRIO_PROCESS, pid) >= niceness
    assert os.getsid(pid) == pid
    with contextlib.suppress(FileNotFoundError), open(f"/proc/{pid}/autogroup") as file:
        assert file.read().split()[-1] == str(niceness)
    with open(f"/proc/{pid}/environ", "rb") as file:
        assert b"OPENBLAS_NUM_THREADS=1" in file.read().split(b"\0")
    assert {os.readlink(f"/proc/{pid}/fd/{stream}") for stream in (0, 1, 2)} == {os.devnull}


def test_ctrl_c_is_not_the_worker_s_to_answer(worker: SweepWorker) -> None:
    number = worker.submit(make_job(epochs=2))
    collect(worker)
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGINT)
    assert worker.submit(make_job()) == number + 1
    assert isinstance(collect(worker)[-1], SweepDone)


def test_closing_leaves_no_process_behind() -> None:
    for job in (None, endless()):
        worker = SweepWorker()
        pid = None
        if job is not None:
            worker.submit(job)
            wait_for(worker.poll)
            pid = worker.pid
            assert pid is not None
        worker.close()
        worker.close()
        assert pid is None or gone(pid)
        assert not worker.alive
        assert worker.poll() == []


def test_the_game_goes_on_when_the_worker_is_killed() -> None:
    worker = SweepWorker()
    worker.submit(endless())
    wait_for(worker.poll)
    pid = worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: worker.poll() is not None and not worker.alive)
    assert worker.trouble is not None
    assert "goes on without" in worker.trouble
    assert gone(pid)
    assert worker.pid is None
    worker.submit(make_job())
    worker.cancel()
    assert worker.poll() == []
    assert not worker.busy
    worker.close()


@pytest.mark.parametrize("busy", [False, True])
def test_the_worker_dies_with_a_game_that_is_killed(busy: bool) -> None:
    code = (
        "import sys, time\n"
        "from picturebook_tui.sweep_worker import SweepWorker\n"
        "from tests.test_sweep_worker import endless, make_job, wait_for\n"
        "if __name__ == '__main__':\n"
        "    worker = SweepWorker()\n"
        f"    worker.submit(endless() if {busy} else make_job()); wait_for(worker.poll)\n"
        f"    while not {busy} and worker.busy:\n"
        "        worker.poll(); time.sleep(0.01)\n"
        "    print(worker.pid, flush=True)\n"
        "    time.sleep(600)\n"
    )
    game = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert game.stdout is not None
    try:
        pid = int(game.stdout.readline())
    finally:
        game.kill()
        game.wait()
        game.stdout.close()
    wait_for(lambda: gone(pid) or _is_zombie(pid))


def _is_zombie(pid: int) -> bool:
    """Dead, and left for the system's first process to collect, which some containers' never does."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat") as file:
        return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    return False


def test_where_no_process_can_be_started_the_game_goes_on_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> Any:
        raise OSError("no more processes")

    monkeypatch.setattr(sweep_worker, "_spawn", refuse)
    worker = SweepWorker()
    worker.submit(make_job())
    wait_for(lambda: worker.poll() == [] and not worker.alive)
    assert worker.trouble is not None
    assert "no more processes" in worker.trouble
    worker.submit(make_job())
    assert worker.poll() == []
    assert not worker.busy
    worker.close()


def test_no_process_is_started_before_there_is_something_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_worker, "_spawn", lambda: pytest.fail("a process was started"))
    with SweepWorker() as worker:
        worker.cancel()
        assert worker.poll() == []
        assert worker.alive
        assert not worker.busy


def test_a_process_can_be_started_while_the_screens_have_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual puts something without a file number in the place of standard error."""

    class Captured:
        def fileno(self) -> int:
            return -1

    monkeypatch.setattr(sys, "stderr", Captured())
    with SweepWorker() as worker:
        worker.submit(make_job())
        assert isinstance(collect(worker)[-1], SweepDone)


def test_starting_a_worker_does_not_load_numpy_here() -> None:
    code = "import sys, picturebook_tui.sweep_worker;sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_jobs_are_numbered_apart(worker: SweepWorker) -> None:
    first = worker.submit(make_job())
    second = worker.submit(replace(make_job(), seed=3))
    assert first != second
    assert {some.job for some in collect(worker)} == {second}
