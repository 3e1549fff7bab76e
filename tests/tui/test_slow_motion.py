"""A step in slow motion: it waits where it should, and it never keeps anybody from leaving."""

from __future__ import annotations

import asyncio
from threading import Thread

from picturebook_tui.game.events import RunSettings
from picturebook_tui.learner.stages import STAGES, Stage
from picturebook_tui.records.store import MemoryStore
from picturebook_tui.tui.session import Session
from picturebook_tui.tui.slow_motion import SlowMotion

SETTINGS = RunSettings(pictures=6, unseen=0, batch_size=6, epochs=1, seed=5)

PATIENCE = 10
"""Seconds before a thread counts as stuck."""


async def ready_session() -> Session:
    """A session with a page that waits to be turned."""
    session = await Session.begin(SETTINGS, MemoryStore())
    await session.deal()
    for card in range(6):
        await session.answer(card, 0, 100)
    return session


class Stages:
    """What a slow motion told of, for the test to wait for."""

    def __init__(self, *, listening: bool = True) -> None:
        self.told: asyncio.Queue[Stage] = asyncio.Queue()
        self.listening = listening
        self._loop = asyncio.get_running_loop()

    def __call__(self, stage: Stage) -> bool:
        self._loop.call_soon_threadsafe(self.told.put_nowait, stage)
        return self.listening

    async def next(self) -> str:
        return (await asyncio.wait_for(self.told.get(), PATIENCE)).name


async def test_each_line_waits_for_its_key_and_the_step_is_the_ordinary_one() -> None:
    slow, plain = await ready_session(), await ready_session()
    stages = Stages()
    step = SlowMotion(stages)
    turning = asyncio.ensure_future(slow.turn_page(step))
    for name in STAGES:
        assert await stages.next() == name
        assert not turning.done()
        assert slow.run.learner.global_step == (1 if name == "update" else 0)
        step.go_on()
    events = await asyncio.wait_for(turning, PATIENCE)
    assert events == await plain.turn_page()
    assert slow.run.learner.state() == plain.run.learner.state()
    slow.close()
    plain.close()


async def test_closing_in_the_middle_of_a_step_finishes_and_saves_it() -> None:
    session = await ready_session()
    stages = Stages()
    turning = asyncio.ensure_future(session.turn_page(SlowMotion(stages)))
    assert await stages.next() == "forward"
    closing = Thread(target=session.close)
    closing.start()
    await asyncio.to_thread(closing.join, PATIENCE)
    assert not closing.is_alive()
    await asyncio.wait_for(turning, PATIENCE)
    assert session.run.learner.global_step == 1
    kinds = [kind for kind, _ in session.store.load(session.run_id).events]
    assert kinds[-1] == "page_turned"


async def test_a_released_step_runs_to_its_end_and_still_tells_of_every_stage() -> None:
    session = await ready_session()
    stages = Stages()
    step = SlowMotion(stages)
    turning = asyncio.ensure_future(session.turn_page(step))
    assert await stages.next() == "forward"
    step.release()
    await asyncio.wait_for(turning, PATIENCE)
    assert [await stages.next() for _ in STAGES[1:]] == list(STAGES[1:])
    session.close()


async def test_where_nobody_listens_any_more_nothing_waits() -> None:
    session = await ready_session()
    await asyncio.wait_for(session.turn_page(SlowMotion(Stages(listening=False))), PATIENCE)
    assert session.run.learner.global_step == 1
    session.close()


async def test_a_key_too_many_is_not_saved_up_for_a_later_line() -> None:
    session = await ready_session()
    stages = Stages()
    step = SlowMotion(stages)
    for _ in range(3):
        step.go_on()
    turning = asyncio.ensure_future(session.turn_page(step))
    assert await stages.next() == "forward"
    await asyncio.sleep(0)
    assert stages.told.empty()
    assert not turning.done()
    session.close()
    await turning
