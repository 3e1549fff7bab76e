"""A step in slow motion: it waits where it should, and it never keeps anybody from leaving."""

from __future__ import annotations

import asyncio

import pytest

from picturebook_tui.errors import TakenDown
from picturebook_tui.learner.stages import STAGES, Stage
from picturebook_tui.records.store import MemoryStore
from picturebook_tui.settings import RunSettings
from picturebook_tui.tui.session import Session

SETTINGS = RunSettings(pictures=6, unseen=0, batch_size=6, epochs=1, seed=5)

PATIENCE = 10
"""Seconds before something counts as stuck."""


async def ready_session() -> Session:
    """A session with a page that waits to be turned."""
    session = await Session.begin(SETTINGS, MemoryStore())
    await session.deal()
    for card in range(6):
        await session.answer(card, 0, 100)
    return session


class Reader:
    """Somebody who looks at each stage for as long as the test likes."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[Stage] = asyncio.Queue()
        self._key: asyncio.Future[None] | None = None

    def __call__(self, stage: Stage) -> asyncio.Future[None]:
        self.told.put_nowait(stage)
        self._key = asyncio.get_running_loop().create_future()
        return self._key

    def press(self) -> None:
        assert self._key is not None
        self._key.set_result(None)

    async def next(self) -> str:
        return (await asyncio.wait_for(self.told.get(), PATIENCE)).name


async def test_each_line_waits_for_its_key_and_the_step_is_the_ordinary_one() -> None:
    slow, plain = await ready_session(), await ready_session()
    reader = Reader()
    turning = asyncio.ensure_future(slow.turn_page(reader))
    for name in STAGES:
        assert await reader.next() == name
        assert not turning.done()
        assert slow.run.learner.global_step == (1 if name == "update" else 0)
        reader.press()
    events = await asyncio.wait_for(turning, PATIENCE)
    assert events == await plain.turn_page()
    assert slow.run.learner.state() == plain.run.learner.state()
    await slow.close()
    await plain.close()


async def test_closing_in_the_middle_of_a_step_finishes_and_saves_it() -> None:
    session = await ready_session()
    reader = Reader()
    turning = asyncio.ensure_future(session.turn_page(reader))
    assert await reader.next() == "forward"
    await asyncio.wait_for(session.close(), PATIENCE)
    reader.press()
    with pytest.raises(TakenDown):
        await asyncio.wait_for(turning, PATIENCE)
    assert session.run.learner.global_step == 1
    kinds = [kind for kind, _ in session.store.load(session.run_id).events]
    assert kinds[-1] == "page_turned"


async def test_a_screen_taken_down_in_the_middle_of_a_step_leaves_no_half_of_it() -> None:
    session = await ready_session()
    reader = Reader()
    turning = asyncio.ensure_future(session.turn_page(reader))
    assert await reader.next() == "forward"
    turning.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turning
    assert session.run.learner.global_step == 1
    assert session.run.last_result is not None
    await session.close()
    kinds = [kind for kind, _ in session.store.load(session.run_id).events]
    assert kinds[-1] == "page_turned"


async def test_where_nobody_waits_every_stage_is_told_all_the_same() -> None:
    session = await ready_session()
    told: list[str] = []
    await asyncio.wait_for(session.turn_page(lambda stage: told.append(stage.name)), PATIENCE)
    assert told == list(STAGES)
    await session.close()
