"""Without a thread: what a turned page asks of a learner elsewhere is asked beforehand, and comes to the same."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from picturebook_tui.book.load import load_book
from picturebook_tui.game.asked import guess, learn, learn_seen, say_and_learn
from picturebook_tui.game.events import RunSettings
from picturebook_tui.game.guesses import as_guesses
from picturebook_tui.game.pupil import Pupil, PupilBoard
from picturebook_tui.game.run import Phase
from picturebook_tui.learner.learner import Learner
from picturebook_tui.records.store import MemoryStore
from picturebook_tui.serve.keeping import PlayerStore
from picturebook_tui.serve.learners import LearnerPool
from picturebook_tui.serve.soon import Unpacker, packed
from picturebook_tui.serve.threads import SerialExecutor
from picturebook_tui.serve.workshop import Benches, SharedWorkshop
from picturebook_tui.tui.session import Session
from picturebook_tui.tui.slow_motion import SlowMotion

SETTINGS = RunSettings(book="cats-and-dogs", pictures=20, unseen=4, batch_size=5, epochs=2, seed=7)
BOOK = load_book("cats-and-dogs", pictures=20, unseen=4, seed=7)
SET = BOOK.training
PAGES = [(SET.pixels[start : start + 5], SET.targets[start : start + 5]) for start in range(0, 20, 5)]


@pytest.fixture
async def pool() -> AsyncIterator[LearnerPool]:
    pool = LearnerPool(1)
    yield pool
    pool.hang_up()
    pool.close()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as made:
        yield made


def here() -> Learner:
    return Learner(SETTINGS.learner, labels=BOOK.labels, hidden=SETTINGS.hidden, size=BOOK.size, seed=SETTINGS.seed)


async def test_asked_on_the_loop_it_learns_what_it_learns_asked_by_a_thread(pool: LearnerPool) -> None:
    there: Any = pool.learner(SETTINGS, BOOK)
    mine = here()
    for pixels, targets in PAGES[:2]:
        assert await there.apply_soon(guess, pixels) == as_guesses(mine.predict_proba(pixels))
        lesson = await there.apply_soon(learn_seen, pixels, targets, learns=True)
        assert replace(lesson, stages=()) == learn(mine, pixels, targets)
        assert [stage.name for stage in lesson.stages] == ["forward", "loss", "backward", "update"]
        assert there.global_step == mine.global_step
        # Both ways lead to the same learner.
        assert await asyncio.to_thread(there.step, pixels, targets) == mine.step(pixels, targets)
    pixels, targets = PAGES[2]
    saying = await there.apply_soon(say_and_learn, pixels, 1 - targets, learns=True)
    assert saying.said == tuple(int(label) for label in mine.predict_proba(pixels).argmax(axis=1))
    assert saying.loss == mine.step(pixels, 1 - targets)
    assert await asyncio.to_thread(there.state) == mine.state()


async def test_many_ask_at_once_and_each_gets_its_own_answer(pool: LearnerPool) -> None:
    learners: list[Any] = [pool.learner(replace(SETTINGS, seed=seed), BOOK) for seed in range(12)]
    alone = [as_guesses(learner.predict_proba(PAGES[0][0])) for learner in learners]
    assert len(set(alone)) == 12
    assert await asyncio.gather(*(learner.apply_soon(guess, PAGES[0][0]) for learner in learners)) == alone


async def test_of_a_process_that_died_it_learns_nothing_and_a_thread_brings_it_back(pool: LearnerPool) -> None:
    there: Any = pool.learner(SETTINGS, BOOK)
    mine = here()
    await there.apply_soon(learn_seen, *PAGES[0], learns=True)
    learn(mine, *PAGES[0])
    (pid,) = pool.pids
    os.kill(pid, signal.SIGSTOP)
    asked = asyncio.create_task(there.apply_soon(learn_seen, *PAGES[1], learns=True))
    await asyncio.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    assert await asked is None
    assert await there.apply_soon(guess, PAGES[1][0]) is None
    assert await asyncio.to_thread(there.step, *PAGES[1]) == mine.step(*PAGES[1])
    assert pool.pids != (pid,)
    # And the loop asks the new one.
    assert await there.apply_soon(guess, PAGES[2][0]) == as_guesses(mine.predict_proba(PAGES[2][0]))
    assert await asyncio.to_thread(there.state) == mine.state()


def test_messages_come_out_whole_however_they_are_cut() -> None:
    messages: list[object] = [{"a": 1}, "x" * 5_000, b"", ("y", 2)]
    stream = b"".join(packed(message) for message in messages)
    for size in (1, 3, 4_096, len(stream)):
        unpacker = Unpacker()
        found = [m for at in range(0, len(stream), size) for m in unpacker.take(stream[at : at + size])]
        assert found == messages


async def test_nothing_else_of_a_run_is_done_while_it_asks(threads: ThreadPoolExecutor) -> None:
    run, done = SerialExecutor(threads), []
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    asking = asyncio.create_task(run.soon(lambda: asyncio.shield(answer), lambda text: done.append(text)))
    await asyncio.sleep(0)
    later = run.submit(done.append, "later")
    assert run.at_once(lambda: done.append("too soon")) is None
    assert await run.soon(lambda: asyncio.shield(answer), lambda text: done.append("too soon")) is None
    await asyncio.sleep(0.05)
    assert not later.done()
    answer.set_result("first")
    assert await asking == (None,)
    await asyncio.wrap_future(later)
    assert done == ["first", "later"]


async def test_whatever_comes_of_asking_the_next_has_its_turn(threads: ThreadPoolExecutor) -> None:
    run = SerialExecutor(threads)

    async def nothing() -> None:
        return None

    async def trouble() -> str:
        raise ZeroDivisionError

    async def answer() -> str:
        return "answer"

    assert await run.soon(nothing, lambda _: "never") is None
    with pytest.raises(ZeroDivisionError):
        await run.soon(trouble, lambda _: "never")
    with pytest.raises(ZeroDivisionError):
        await run.soon(answer, lambda _: 1 // 0)
    waiting = asyncio.create_task(run.soon(lambda: asyncio.sleep(60, "late"), lambda _: "never"))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await run.soon(answer, lambda text: text) == ("answer",)
    run.shutdown()
    assert await run.soon(answer, lambda text: text) is None


class Counting(ThreadPoolExecutor):
    """How many jobs were given to threads."""

    jobs = 0

    def submit(self, *args: Any, **kwargs: Any) -> Any:
        self.jobs += 1
        return super().submit(*args, **kwargs)


async def play(
    session: Session, threads: Counting | None = None, before: Mapping[int, Callable[[], None]] = MappingProxyType({})
) -> list[tuple[Phase, int]]:
    """A whole run with some wrong answers; what each turn and going on gave to threads.

    Parameters
    ----------
    before
        What is done before the first, the second … turn or going on.
    """
    run, used, moves = session.run, [], count(1)
    await session.deal()
    while run.phase is not Phase.FINISHED:
        if run.phase in (Phase.ANSWERING, Phase.UNSEEN):
            for card in range(len(run.answers)):
                await session.answer(card, card % 2, 300)
        before.get(next(moves), lambda: None)()
        phase, jobs = run.phase, 0 if threads is None else threads.jobs
        await (session.turn_page() if run.ready else session.go_on())
        board = await session.board()
        assert board.child.book.answered == sum(len(page.truth) for page in run.turned)
        if session._teaching is not None:
            await session._teaching
        if threads is not None:
            await asyncio.to_thread(session._executor.wait, 30)
            used.append((phase, threads.jobs - jobs))
    return used


def taught_by_a_thread(pool: LearnerPool, session: Session) -> PupilBoard:
    """Where it lives: the last digit of a loss over a whole book depends on the process's threads of algebra."""
    pupil = Pupil(SETTINGS, BOOK, pool.learner(SETTINGS, BOOK))
    for page in session.run.turned:
        pupil.teach(page)
    return pupil.board


async def test_a_run_on_the_loop_is_the_run_that_it_is_at_home(pool: LearnerPool, tmp_path: Path) -> None:
    home = await Session.begin(SETTINGS, MemoryStore())
    await play(home)
    with Counting(4) as threads:
        store = PlayerStore()
        store.belong(tmp_path / "mia")
        there = await Session.begin(SETTINGS, store, SharedWorkshop(threads, pool, Benches()))
        used = await play(there, threads)
        assert there.run.turned == home.run.turned
        assert there.run.unseen_turned == home.run.unseen_turned
        assert there.run.epochs == home.run.epochs
        assert await there.board() == await home.board()
        assert await there.pupil() == await asyncio.to_thread(taught_by_a_thread, pool, home)
        saved = list(store.load(there.run_id).events)
        assert saved == list(home.store.load(home.run_id).events)
        turns = [jobs > 0 for phase, jobs in used if phase is Phase.ANSWERING]
        # The pupil is made with the first page, and asked about every picture after an epoch's last.
        assert turns == [True, False, False, True, False, False, False, True]
        goes_on = [jobs for phase, jobs in used if phase is Phase.REVEALED]
        assert goes_on == [0] * 8
        there.close()
        await asyncio.to_thread(there._executor.wait, 30)
        store.close()
    home.close()


async def test_a_process_that_dies_in_mid_run_changes_nothing(pool: LearnerPool, tmp_path: Path) -> None:
    home = await Session.begin(SETTINGS, MemoryStore())
    await play(home)
    with Counting(4) as threads:
        store = PlayerStore()
        store.belong(tmp_path / "mia")
        there = await Session.begin(SETTINGS, store, SharedWorkshop(threads, pool, Benches()))
        lives = {pool.pids}
        await play(there, before={2: lambda: kill(pool), 5: lambda: kill(pool), 9: lambda: kill(pool)})
        lives.add(pool.pids)
        assert len(lives) == 2
        assert there.run.turned == home.run.turned
        assert there.run.epochs == home.run.epochs
        assert await there.pupil() == await asyncio.to_thread(taught_by_a_thread, pool, home)
        there.close()
        await asyncio.to_thread(there._executor.wait, 30)
        store.close()
    home.close()


def kill(pool: LearnerPool) -> None:
    (pid,) = pool.pids
    os.kill(pid, signal.SIGKILL)


async def test_whoever_leaves_while_the_model_is_asked_has_turned_the_page(pool: LearnerPool, tmp_path: Path) -> None:
    with Counting(4) as threads:
        store = PlayerStore()
        store.belong(tmp_path / "mia")
        session = await Session.begin(SETTINGS, store, SharedWorkshop(threads, pool, Benches()))
        await session.deal()
        for card in range(5):
            await session.answer(card, 0, 300)
        jobs = threads.jobs
        turning = asyncio.create_task(session.turn_page())
        await asyncio.sleep(0)
        session.close()
        assert threads.jobs == jobs
        assert not turning.done()
        await turning
        assert await asyncio.to_thread(session._executor.wait, 30)
        assert len(session.run.turned) == 1
        assert [kind for kind, _ in store.load(session.run_id).events][-1] == "page_turned"
        store.close()


async def test_slow_motion_waits_on_a_thread_and_not_on_the_loop(pool: LearnerPool, tmp_path: Path) -> None:
    with Counting(4) as threads:
        store = PlayerStore()
        store.belong(tmp_path / "mia")
        session = await Session.begin(SETTINGS, store, SharedWorkshop(threads, pool, Benches()))
        await session.deal()
        for card in range(5):
            await session.answer(card, 0, 300)
        stages: list[str] = []
        step = SlowMotion(lambda stage: stages.append(stage.name) or True)
        turning = asyncio.create_task(session.turn_page(step))
        while not stages:
            await asyncio.sleep(0.01)
        assert not turning.done()
        step.release()
        await turning
        assert np.isfinite(session.run.turned[0].loss)
        session.close()
        await asyncio.to_thread(session._executor.wait, 30)
        store.close()
