"""When nobody plays, what was left lying is collected, and nobody waits for that while somebody does."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from picturebook_tui.serve import process
from picturebook_tui.serve.process import collect_in_quiet


class Knot:
    """Holds itself."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(process, "QUIET_SECONDS", 0.01)
    yield
    gc.unfreeze()


def house(*players: Any) -> Any:
    return SimpleNamespace(
        players={str(number): player for number, player in enumerate(players)}, metrics=SimpleNamespace(joins=0)
    )


def left_lying() -> weakref.ref[Knot]:
    """Rubbish that was frozen, as it is when an app is prepared just after somebody has left."""
    knots = [Knot() for _ in range(2 * process.A_FEW)]
    knot = weakref.ref(knots[0])
    gc.freeze()
    return knot


async def test_frozen_rubbish_goes_when_nobody_plays_again_and_again() -> None:
    gc.collect()
    collecting = asyncio.create_task(collect_in_quiet(house()))
    for _ in range(2):
        knot = left_lying()
        async with asyncio.timeout(30):
            while knot() is not None:
                await asyncio.sleep(0.01)
    collecting.cancel()


async def test_while_somebody_presses_keys_nothing_is_collected() -> None:
    gc.collect()
    here = house(SimpleNamespace(key_at=asyncio.get_running_loop().time() + 60))
    collecting = asyncio.create_task(collect_in_quiet(here))
    knot = left_lying()
    here.metrics.joins = 1
    await asyncio.sleep(0.2)
    assert knot() is not None
    # The last has left.
    here.players.clear()
    async with asyncio.timeout(30):
        while knot() is not None:
            await asyncio.sleep(0.01)
    collecting.cancel()
