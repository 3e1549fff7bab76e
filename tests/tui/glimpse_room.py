"""A clock that stands still, and eyes and hands for glimpses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from textual.pilot import Pilot

from picturebook_tui.tui.app import PictureBookApp
from picturebook_tui.tui.screens import glimpse
from picturebook_tui.tui.screens.base import Line
from picturebook_tui.tui.screens.glimpse import GlimpseScreen, Stage
from picturebook_tui.tui.screens.play import PlayScreen

from .conftest import Make
from .screens_room import painted, screen, until


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the mark nor the mask needs its time; pictures last until the clock says so."""
    monkeypatch.setattr(glimpse, "FIXATION_MS", 1)
    monkeypatch.setattr(glimpse, "MASK_MS", 1)


def app_of(make_app: Make, clock: Clock, **settings: Any) -> PictureBookApp:
    return make_app(clock=clock, **({"glimpse_ms": 50, "pictures": 4, "unseen": 2, "batch_size": 4} | settings))


async def stage(pilot: Pilot[int], wanted: Stage, card: int | None = None) -> GlimpseScreen:
    """Wait until the sheet is at a stage (of a card), and painted."""
    found = await screen(pilot, GlimpseScreen)
    await until(
        pilot,
        lambda: found._stage is wanted and (card is None or found._card == card) and not found.sheet._asked,
        f"{wanted} of card {card}",
    )
    return found


async def see(pilot: Pilot[int], clock: Clock, card: int, milliseconds: int = 50) -> GlimpseScreen:
    """Let a card's picture come, and stand for so long."""
    await stage(pilot, Stage.PICTURE, card)
    clock.now += milliseconds / 1000
    return await stage(pilot, Stage.ASKING, card)


def said(of: PlayScreen) -> str:
    return str(of.query_one("#prompt", Line).said)


def sheet_colours(app: PictureBookApp) -> np.ndarray:
    """uint8 (rows, columns, 3): the upper half of each of the sheet's cells as it is painted."""
    region = app.screen.query_one("GlimpseSheet").region
    cells = [line[region.x : region.right] for line in painted(app)[region.y : region.bottom]]
    return np.array(
        [[(cell[1] if cell[0] == "▀" else cell[2]).triplet for cell in line] for line in cells],  # type: ignore[union-attr]
        dtype=np.uint8,
    )


async def play_page(pilot: Pilot[int], clock: Clock, truths: list[int]) -> GlimpseScreen:
    """Start a page and answer all of it rightly."""
    await stage(pilot, Stage.READY)
    clock.now += 1
    await pilot.press("enter")
    for card, truth in enumerate(truths):
        found = await see(pilot, clock, card, 51 + card)
        clock.now += 0.4
        await pilot.press(("left", "right")[truth])
    await until(pilot, lambda: found.run.ready, "the last answer")
    clock.now += 1
    return found


def truths(of: PlayScreen) -> list[int]:
    assert of.run.page is not None
    part = of.run.book.unseen if of.run.page.unseen else of.run.book.training
    return [int(part.targets[index]) for index in of.run.page.indices]
