"""Children at the keyboards of three laptops: nobody's game ends, nothing trips, and a fourth plays on beside them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from tests.mashing import SIZES, Step, mash

from .room import PATIENCE, Visitor, serving

KEYS = 250
"""Of each child."""


async def mash_at(visitor: Visitor, steps: list[Step]) -> None:
    """Type all of it, as far as the game is not left by it."""
    # The other end may close the channel a moment before the visitor hears of it.
    with suppress(BrokenPipeError):
        for step in steps:
            if visitor.closed.is_set():
                return
            if step.size is not None:
                visitor.channel.change_terminal_size(*step.size)
            visitor.channel.write(step.data.encode())
            await asyncio.sleep(step.wait)


@pytest.mark.parametrize("seed", range(2))
async def test_nothing_that_is_pressed_ends_a_visit_or_reaches_a_neighbour(tmp_path: Path, seed: int) -> None:
    # A booth's demo for one of them, Home for others.
    async with serving(tmp_path, book="cats-and-dogs" if seed else None, pool=3) as house:
        visits = [
            house.visitor(name, size=SIZES[(seed + place) % len(SIZES)], looks=False)
            for place, name in enumerate(("ann", "bob+watch", "cat"))
        ]
        async with house.visitor("mia") as mia, visits[0] as ann, visits[1] as bob, visits[2] as cat:
            await mia.sees("quit" if not seed else "What is this?")
            await house.until(lambda: len(house.told("join")) == 4, "everybody in the game")
            children = [
                mash_at(child, mash(100 * seed + place, KEYS, (80, 24))) for place, child in enumerate((ann, bob, cat))
            ]
            await asyncio.gather(*children)
            await mia.press("?")
            await mia.sees("What the words mean" if not seed else "Keys here")
            for child in (ann, bob, cat):
                async with asyncio.timeout(PATIENCE):
                    # Until the game has come to it, for what was typed too fast waits.
                    with suppress(BrokenPipeError):
                        while not child.closed.is_set():
                            child.channel.write(b"\x03\x03")
                            await asyncio.sleep(0.2)
                    await child.closed.wait()
                assert child.status == 0, child.said[-500:]
        assert house.told("failed") == []
