"""Slow work is done elsewhere, in turn: told as it goes, left at any time; it survives its process, outlives nobody."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from picturebook_tui import jobs as jobs_module
from picturebook_tui.errors import PictureBookError
from picturebook_tui.jobs import Jobs, PlayerJobs
from picturebook_tui.learner.sweep import SweepJob, gather, sweep
from tests.jobs_room import (
    LONG,
    breaks,
    come,
    count_to,
    deaf,
    dies,
    gives_back,
    leaves_python,
    prints,
    refuses,
    says_where,
    tells_what_can_t_be_sent,
    until,
    until_there,
)  # fmt: skip
from tests.learner.pictures import make_pictures

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and sessions")


def make_job(**settings: Any) -> SweepJob:
    pixels, targets = make_pictures(20)
    return SweepJob(pixels, targets, labels=2, batch_sizes=(5, 10), learning_rates=(0.01, 0.1), **settings)


# -- helpers -----------------------------------------------------------------------------------------------


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    made = Jobs(1, 0)
    yield made
    made.close()


def gone(pid: int) -> bool:
    """No such process any more, not even a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def is_zombie(pid: int) -> bool:
    """Dead, and left for the system's first process to collect, which some containers' never does."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat") as file:
        return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    return False


# -- a job -------------------------------------------------------------------------------------------------


def test_everything_told_arrives_in_order_and_then_the_result(jobs: Jobs) -> None:
    job = jobs.submit(count_to, 10_000)
    assert come(job) == 10_000
    assert list(job.told) == list(range(10_000))
    assert (job.over, job.error) == (True, None)


def test_what_is_told_is_there_before_the_end(jobs: Jobs, tmp_path: Path) -> None:
    job = jobs.submit(until_there, tmp_path / "go")
    until(lambda: job.told)
    seen = len(job.told)
    until(lambda: len(job.told) > seen)
    assert not job.over
    (tmp_path / "go").touch()
    assert come(job) == "done"


def test_read_only_mappings_of_which_chapters_are_made_cross_both_ways(jobs: Jobs) -> None:
    value = MappingProxyType({"epochs": 3})
    job = jobs.submit(gives_back, value)
    assert come(job) == value
    assert list(job.told) == [value]


def test_what_cannot_be_done_says_why_in_a_sentence(jobs: Jobs) -> None:
    job = jobs.submit(refuses)
    with pytest.raises(PictureBookError, match="do something else"):
        come(job)
    assert str(job.error) == "This can't be done: do something else."
    assert come(jobs.submit(count_to, 2)) == 2


def test_what_goes_wrong_tells_nothing_of_where_it_ran(jobs: Jobs) -> None:
    with pytest.raises(RuntimeError, match=r"met KeyError$"):
        come(jobs.submit(breaks))
    with pytest.raises(RuntimeError, match=r"met SystemExit$"):
        come(jobs.submit(leaves_python))
    assert come(jobs.submit(count_to, 2)) == 2


def test_what_cannot_be_sent_is_the_trouble_of_whoever_wanted_it(jobs: Jobs) -> None:
    with pytest.raises(Exception, match="pickle"):
        come(jobs.submit(lambda: count_to(1)))
    with pytest.raises(RuntimeError, match="met TypeError"):
        come(jobs.submit(tells_what_can_t_be_sent))
    assert come(jobs.submit(count_to, 2)) == 2


def test_a_screen_that_goes_away_does_not_cancel_the_job(jobs: Jobs, tmp_path: Path) -> None:
    job = jobs.submit(until_there, tmp_path / "go")

    async def waits_for_a_while() -> None:
        waiting = asyncio.create_task(job.outcome())
        await asyncio.sleep(0)
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await waiting

    asyncio.run(waits_for_a_while())
    assert not job.over
    (tmp_path / "go").touch()
    assert come(job) == "done"


# -- whose turn it is --------------------------------------------------------------------------------------


def player(jobs: Jobs) -> PlayerJobs:
    """Of somebody who plays."""
    made = PlayerJobs(jobs)
    made.begin()
    return made


def test_of_what_can_wait_who_came_first_is_served_first(jobs: Jobs, tmp_path: Path) -> None:
    held = player(jobs).submit(until_there, tmp_path / "go")
    until(lambda: held.told)
    others = [player(jobs).submit(count_to, 1) for _ in range(3)]
    assert (jobs.under_way, jobs.waiting) == (1, 3)
    (tmp_path / "go").touch()
    for job in others:
        assert come(job) == 1
        # Whoever came later is not done before.
        assert [one.over for one in others] == sorted((one.over for one in others), reverse=True)


def test_what_somebody_looks_at_does_not_wait_for_what_can_wait(jobs: Jobs, tmp_path: Path) -> None:
    can_wait = player(jobs).submit(until_there, tmp_path / "go")
    until(lambda: can_wait.told)
    assert come(player(jobs).submit(count_to, 3, urgent=True)) == 3
    assert not can_wait.over
    (tmp_path / "go").touch()
    assert come(can_wait) == "done"


def test_players_take_turns(jobs: Jobs, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    for name in ("ann", "bob"):
        player(jobs).submit(until_there, tmp_path / "never", notes, name, urgent=True)
    # A third, with much to do, has no more turns than they.
    mia = player(jobs)
    for _ in range(3):
        mia.submit(until_there, tmp_path / "never", notes, "mia", urgent=True)
    until(lambda: notes.exists() and len(notes.read_text().split()) >= 30)
    turns = notes.read_text().split()[3:30]
    for start in range(0, len(turns), 9):
        nine = turns[start : start + 9]
        assert all(2 <= nine.count(name) <= 4 for name in ("ann", "bob", "mia")), turns


def test_a_player_who_asks_twice_holds_up_nobody(tmp_path: Path) -> None:
    jobs = Jobs(2, 0)
    mia = player(jobs)
    first, second = (mia.submit(until_there, tmp_path / "go", urgent=True) for _ in range(2))
    assert come(player(jobs).submit(count_to, 3, urgent=True)) == 3
    until(lambda: first.told)
    assert not second.told
    assert jobs.waiting == 1
    (tmp_path / "go").touch()
    assert (come(first), come(second)) == ("done", "done")
    jobs.close()


def test_the_second_process_starts_when_two_want_something_at_once(tmp_path: Path) -> None:
    jobs = Jobs(2, 0)
    ann = player(jobs).submit(until_there, tmp_path / "go", urgent=True)
    can_wait = [player(jobs).submit(until_there, tmp_path / "go") for _ in range(3)]
    until(lambda: ann.told)
    assert len(jobs.pids) == 1
    bob = player(jobs).submit(says_where, urgent=True)
    until(lambda: bob.over)
    (tmp_path / "go").touch()
    for job in (ann, *can_wait):
        assert come(job) == "done"
    assert len(jobs.pids) == 2
    jobs.close()


def test_of_jobs_with_many_learners_one_is_in_memory_at_a_time(jobs: Jobs, tmp_path: Path) -> None:
    can_wait = [player(jobs).submit(until_there, tmp_path / "go") for _ in range(5)]
    until(lambda: can_wait[0].told)
    come(player(jobs).submit(count_to, 1, urgent=True))
    assert (jobs.under_way, jobs.waiting) == (1, 4)


# -- leaving -----------------------------------------------------------------------------------------------


def test_a_job_that_is_left_before_its_turn_is_never_begun(jobs: Jobs, tmp_path: Path) -> None:
    held = jobs.submit(until_there, tmp_path / "go")
    job = jobs.submit(deaf, tmp_path / "never", tmp_path / "began")
    job.leave()
    assert come(job) is None
    (tmp_path / "go").touch()
    assert come(held) == "done"
    assert come(jobs.submit(count_to, 1)) == 1
    assert not (tmp_path / "began").exists()


def test_a_job_that_is_left_in_the_middle_frees_its_process(jobs: Jobs, tmp_path: Path) -> None:
    job = jobs.submit(until_there, tmp_path / "never")
    until(lambda: job.told)
    pids = jobs.pids
    job.leave()
    assert come(job) is None
    told = len(job.told)
    assert come(jobs.submit(count_to, 1)) == 1
    until(lambda: not jobs.under_way)
    assert len(job.told) == told
    # It ended by itself; the process was not.
    assert jobs.pids == pids


@posix
def test_a_job_that_does_not_listen_loses_its_process(
    jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_module, "LEFT_SECONDS", 0.05)
    monkeypatch.setattr(jobs_module, "LOOK_SECONDS", 0.05)
    job = jobs.submit(deaf, tmp_path / "never", tmp_path / "began")
    until((tmp_path / "began").exists)
    (pid,) = jobs.pids
    job.leave()
    assert come(job) is None
    assert come(jobs.submit(count_to, 1)) == 1
    assert gone(pid)


def test_nobody_works_for_a_page_that_waits_for_its_player(jobs: Jobs) -> None:
    left, open_page = PlayerJobs(jobs), PlayerJobs(jobs)
    job, other = left.submit(count_to, 1), open_page.submit(count_to, 2)
    assert (jobs.waiting, jobs.pids) == (0, ())
    left.leave()
    for page in (left, open_page):
        page.begin()
    assert come(other) == 2
    assert come(job) is None
    assert not job.told


def test_whoever_goes_takes_all_jobs_along_and_nobody_else_s(jobs: Jobs, tmp_path: Path) -> None:
    mia, ann = player(jobs), player(jobs)
    hers = [mia.submit(until_there, tmp_path / "never", urgent=urgent) for urgent in (True, False)]
    other = ann.submit(until_there, tmp_path / "go")
    until(lambda: hers[0].told)
    mia.leave()
    assert [come(job) for job in hers] == [None, None]
    (tmp_path / "go").touch()
    assert come(other) == "done"
    until(lambda: not jobs.under_way)


# -- the process -------------------------------------------------------------------------------------------


def test_no_process_is_started_before_there_is_something_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.closing(Jobs(2, 0)) as jobs:
        player(jobs)
        assert jobs.pids == ()


@posix
def test_it_is_done_in_another_process_that_leaves_room_for_others() -> None:
    with contextlib.closing(Jobs()) as jobs:
        pid, niceness, threads = come(jobs.submit(says_where))
        assert (pid,) == jobs.pids
        assert pid != os.getpid()
        assert (niceness, threads) == (min(19, os.nice(0) + 10), "1")
        assert os.getsid(pid) == pid


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_process_has_nothing_of_the_terminal(jobs: Jobs) -> None:
    pid, niceness, _ = come(jobs.submit(says_where))
    with contextlib.suppress(FileNotFoundError), open(f"/proc/{pid}/autogroup") as file:
        assert file.read().split()[-1] == str(niceness)
    assert {os.readlink(f"/proc/{pid}/fd/{stream}") for stream in (0, 1, 2)} == {os.devnull}


def test_whatever_a_job_prints_nothing_is_on_the_terminal(jobs: Jobs, capfd: pytest.CaptureFixture[str]) -> None:
    come(jobs.submit(prints))
    jobs.close()
    assert capfd.readouterr() == ("", "")


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_that_end_the_game_are_the_game_s_to_answer(jobs: Jobs, number: int) -> None:
    pid = come(jobs.submit(says_where))[0]
    os.kill(pid, number)
    assert come(jobs.submit(says_where))[0] == pid


@posix
def test_a_job_whose_process_dies_is_begun_anew_and_tells_nothing_twice(jobs: Jobs, tmp_path: Path) -> None:
    job = jobs.submit(dies, tmp_path / "lives", 1)
    assert come(job) == 1
    assert list(job.told) == ["first", "second", "third"]


@posix
def test_a_job_that_ends_every_process_is_given_up_with_a_sentence(jobs: Jobs, tmp_path: Path) -> None:
    job = jobs.submit(dies, tmp_path / "lives", 100)
    with pytest.raises(PictureBookError, match="try again"):
        come(job)
    pids = (tmp_path / "lives").read_text().split()
    assert len(pids) == 2
    assert all(gone(int(pid)) for pid in pids)
    assert come(jobs.submit(count_to, 1)) == 1


@posix
def test_a_process_that_was_ended_while_nobody_wanted_anything_is_replaced(jobs: Jobs) -> None:
    pid = come(jobs.submit(says_where))[0]
    os.kill(pid, signal.SIGKILL)
    other = come(jobs.submit(says_where))[0]
    assert other != pid
    assert gone(pid)


@posix
def test_everybody_s_jobs_survive_the_process_that_had_begun_them(jobs: Jobs, tmp_path: Path) -> None:
    some = [player(jobs).submit(until_there, tmp_path / "go", urgent=True) for _ in range(3)]
    until(lambda: all(job.told for job in some))
    (pid,) = jobs.pids
    os.kill(pid, signal.SIGKILL)
    until(lambda: jobs.pids not in ((), (pid,)))
    (tmp_path / "go").touch()
    for job in some:
        assert come(job) == "done"
        assert job.told.count("begun") == 1


@posix
@pytest.mark.parametrize("busy", [False, True])
def test_the_process_dies_with_a_game_that_is_killed_and_nothing_is_said(busy: bool, tmp_path: Path) -> None:
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from picturebook_tui.jobs import Jobs\n"
        "from tests.jobs_room import count_to, deaf, until\n"
        "jobs = Jobs(1, 0)\n"
        f"began = Path({str(tmp_path)!r}) / 'began'\n"
        f"job = jobs.submit(deaf, began.with_name('never'), began) if {busy} else jobs.submit(count_to, 3)\n"
        f"until(began.exists if {busy} else lambda: job.over)\n"
        "print(*jobs.pids, flush=True)\n"
        "time.sleep(600)\n"
    )
    said = tmp_path / "said"
    with said.open("w") as errors:
        game = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=errors, text=True)
    assert game.stdout is not None
    try:
        pid = int(game.stdout.readline())
    finally:
        game.kill()
        game.wait()
    # Whoever has an end of this pipe or of the other is gone when it has ended.
    rest = game.stdout.read()
    game.stdout.close()
    until(lambda: gone(pid) or is_zombie(pid))
    assert (rest, said.read_text()) == ("", "")


@posix
def test_closing_ends_the_process_whatever_it_does_and_leaves_all_jobs(tmp_path: Path) -> None:
    jobs = Jobs(1, 0)
    held = jobs.submit(deaf, tmp_path / "never", tmp_path / "began")
    waits = jobs.submit(count_to, 1)
    until((tmp_path / "began").exists)
    (pid,) = jobs.pids
    jobs.close()
    jobs.close()
    assert gone(pid)
    assert jobs.pids == ()
    assert (come(held), come(waits)) == (None, None)
    with pytest.raises(PictureBookError, match="come again"):
        come(jobs.submit(count_to, 1))


def test_closing_while_the_process_is_being_started_leaves_none_behind() -> None:
    before = set(multiprocessing.active_children())
    for _ in range(3):
        jobs = Jobs(1, 0)
        job = jobs.submit(count_to, 1)
        jobs.close()
        assert come(job) is None
    until(lambda: set(multiprocessing.active_children()) <= before)


@posix
def test_a_game_ends_at_once_with_a_job_under_way_that_was_never_closed(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path\n"
        "from picturebook_tui.jobs import Jobs\n"
        "from tests.jobs_room import until, until_there\n"
        "jobs = Jobs(1, 0)\n"
        f"job = jobs.submit(until_there, Path({str(tmp_path)!r}) / 'never')\n"
        "until(lambda: job.told)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=LONG, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_where_no_process_can_be_started_a_sentence_says_so(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OSError("no more processes")

    with monkeypatch.context() as for_now:
        for_now.setattr(jobs_module, "_start_tracker", refuse)
        with pytest.raises(PictureBookError, match="try again"):
            come(jobs.submit(count_to, 1))
    assert come(jobs.submit(count_to, 1)) == 1


def test_a_process_can_be_started_while_the_screens_have_the_terminal(tmp_path: Path) -> None:
    """Textual puts something without a file number in the place of standard error."""
    code = (
        "import sys\n"
        "from picturebook_tui.jobs import Jobs\n"
        "from tests.jobs_room import come, count_to\n"
        "class Captured:\n"
        "    def fileno(self): return -1\n"
        "    def write(self, text): pass\n"
        "    def flush(self): pass\n"
        "captured = sys.stderr = Captured()\n"
        "jobs = Jobs(1, 0)\n"
        "assert come(jobs.submit(count_to, 3)) == 3\n"
        "assert sys.stderr is captured\n"
        "jobs.close()\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=LONG).returncode == 0


def test_handing_in_and_asking_loads_neither_numpy_nor_multiprocessing() -> None:
    code = (
        "import sys\n"
        "from picturebook_tui.jobs import Jobs, PlayerJobs\n"
        "PlayerJobs(Jobs()).submit(len, urgent=True).leave()\n"
        "sys.exit(bool({'numpy', 'multiprocessing'} & set(sys.modules)))\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_nothing_is_waited_for_on_the_event_loop(jobs: Jobs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither for a process to start, nor for what it does."""
    starting = threading.Event()
    goes_on = threading.Event()
    start = jobs_module._start_tracker

    def slowly() -> None:
        starting.set()
        assert goes_on.wait(LONG)
        start()

    monkeypatch.setattr(jobs_module, "_start_tracker", slowly)
    job = jobs.submit(deaf, tmp_path / "go", tmp_path / "began")
    assert starting.wait(LONG)
    other = jobs.submit(count_to, 1)
    assert (job.told, job.over, other.over) == ([], False, False)
    other.leave()
    goes_on.set()
    until((tmp_path / "began").exists)
    # In the middle of a slice.
    third = jobs.submit(count_to, 1)
    third.leave()
    assert (jobs.under_way, third.over, job.over) == (1, True, False)
    (tmp_path / "go").touch()
    assert come(job) is None
    assert list(job.told) == ["at last"]


# -- other learners ----------------------------------------------------------------------------------------


def same(found: Any, here: Any) -> None:
    assert found.complete
    for theirs, ours in zip(found.siblings, here.siblings, strict=True):
        for one, other in zip(theirs.epochs, ours.epochs, strict=True):
            # This process may have more threads for its sums.
            assert one.loss == pytest.approx(other.loss, rel=1e-5)
            assert (one.pages, one.pictures) == (other.pages, other.pictures)


def test_other_learners_come_to_what_they_would_come_to_here(jobs: Jobs) -> None:
    asked = make_job()
    job = jobs.submit(sweep, asked)
    assert come(job) is None
    same(gather(asked, job.told), gather(asked, sweep(asked)))


@posix
def test_a_killed_process_is_replaced_and_no_epoch_comes_twice(jobs: Jobs) -> None:
    # As long as it is begun: some of its slices must be known when its process dies.
    job = jobs.submit(sweep, make_job(epochs=400))
    until(lambda: job.told)
    (pid,) = jobs.pids
    os.kill(pid, signal.SIGKILL)
    come(job)
    assert jobs.pids != (pid,)
    known = [(row.batch_size, row.learning_rate, row.epoch) for rows in job.told for row in rows]
    assert len(known) == len(set(known)) == 4 * 400


def test_other_learners_that_cannot_be_taught_say_why(jobs: Jobs) -> None:
    asked = make_job()
    object.__setattr__(asked, "steps_per_epoch", -1)
    with pytest.raises(PictureBookError, match="steps per epoch"):
        come(jobs.submit(sweep, asked))
