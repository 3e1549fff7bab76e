"""A child at the keyboard: whatever is pressed, however fast, the game goes on.

Here in this process, where a thousand keys take a second or two; ``tests/test_mashed_terminal.py`` plays in a terminal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from textual import events
from textual._xterm_parser import XTermParser
from textual.await_complete import AwaitComplete
from textual.geometry import Size
from textual.pilot import Pilot

from picturebook_tui.launch import LaunchOptions
from picturebook_tui.records.settings import Preferences
from picturebook_tui.records.store import MemoryStore
from picturebook_tui.tui.app import HELD_SECONDS, PictureBookApp
from picturebook_tui.tui.screens.finale import FinaleScreen
from picturebook_tui.tui.screens.home import HomeScreen
from picturebook_tui.tui.screens.leave import LeaveScreen
from picturebook_tui.tui.screens.play import PlayScreen
from picturebook_tui.tui.screens.summary import SummaryScreen
from tests.mashing import SIZES, Step, mash, shortest

from .conftest import ENVIRON
from .screens_room import keep_almost_finished, keep_finished, until
from .siblings_room import Here

KEYS = 250
"""In each game; nine games are played."""

ASKED = (LeaveScreen, SummaryScreen, FinaleScreen)
"""Screens on which somebody says that a run is to be left."""

BEGINNINGS: tuple[dict[str, Any], ...] = (
    {},
    {"start": "play", "settings_overrides": {"pictures": 20, "unseen": 10, "epochs": 1}},
    {"start": "play", "settings_overrides": {"pictures": 10, "epochs": 2, "glimpse_ms": 50}},
)


class Watched(PictureBookApp):
    """Notes which screens are closed, in order."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.closed: list[object] = []

    def pop_screen(self) -> AwaitComplete:
        self.closed.append(self.screen)
        return super().pop_screen()


def game(options: dict[str, Any]) -> Watched:
    """A game with something in its history and something to go on with."""
    store = MemoryStore()
    keep_finished(store, "2026-01-02T03:04:05+00:00")
    keep_almost_finished(store, seed=11)
    return Watched(
        LaunchOptions(no_save=True, **options),
        store=store,
        preferences=Preferences(reduced_motion=False),
        environ=ENVIRON,
        jobs=Here(),
    )


async def play(app: Watched, steps: Sequence[Step], size: tuple[int, int]) -> None:
    """Press all of it, and see that the game still hears: then everything can be left, down to Home."""
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.front is not None, "a screen")
        for step in steps:
            if app._exit:
                # q on Home.
                return
            await do(pilot, step)
        await until(pilot, lambda: app._exit or not len(app.inputs), "the end of what was typed")
        await do(pilot, Step(size=(80, 24)))
        # Until there is room, keys do nothing.
        await until(pilot, lambda: app._exit or not app.screen.has_class("-too-small"), "room")
        for _ in range(40):
            if app._exit or isinstance(app.screen, HomeScreen):
                break
            before = app.screen
            # Sooner it would be the same key held down.
            await do(pilot, Step(wait=2 * HELD_SECONDS))
            await do(pilot, Step("\x1b"))
            await until(pilot, lambda was=before: app._exit or app.screen is not was, f"the end of {before}")
            if isinstance(app.screen, LeaveScreen):
                await do(pilot, Step("y"))
                await until(pilot, lambda: not isinstance(app.screen, LeaveScreen), "the end of Leave?")
        assert app._exit or isinstance(app.screen, HomeScreen), app.screen_stack
    for before, closed in zip([None, *app.closed], app.closed, strict=False):
        assert not isinstance(closed, PlayScreen) or isinstance(before, ASKED), "a run was left, and nobody had asked"


async def do(pilot: Pilot[int], step: Step) -> None:
    """As the driver does it with what a terminal sends."""
    app, parser = pilot.app, XTermParser()
    assert app._driver is not None
    if step.size is not None:
        app.post_message(events.Resize(Size(*step.size), Size(*step.size)))
    # A lone Esc at the end is one once nothing has come behind it for a while.
    data = step.data[:-1] if step.data.endswith("\x1b") else step.data
    for message in parser.feed(data) if data else ():
        app._driver.process_message(message)
    if data != step.data:
        app._driver.process_message(events.Key("escape", "\x1b"))
    await asyncio.sleep(step.wait)


async def trouble(options: dict[str, Any], steps: Sequence[Step], size: tuple[int, int]) -> str | None:
    """What goes wrong with a sequence, or None."""
    try:
        await play(game(options), steps, size)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


@pytest.mark.parametrize("seed", range(9))
async def test_nothing_that_is_pressed_ends_the_game(seed: int) -> None:
    options, size = BEGINNINGS[seed % len(BEGINNINGS)], SIZES[seed % len(SIZES)]
    steps = mash(seed, KEYS, size)
    wrong = await trouble(options, steps, size)
    if wrong is not None:
        loop = asyncio.get_running_loop()

        def fails(some: Sequence[Step]) -> bool:
            return asyncio.run_coroutine_threadsafe(trouble(options, some, size), loop).result() is not None

        short = await asyncio.to_thread(shortest, steps, fails, 60)
        pytest.fail(f"{wrong}\nseed {seed}, {options}, {size}: [{', '.join(map(str, short))}]")
