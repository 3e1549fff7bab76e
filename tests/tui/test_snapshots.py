"""The screens as pictures: whatever changes in how they look is seen, and agreed to by ``pytest --snapshot-update``.

Seed, clock and motion stand still, and nothing is painted before everything is loaded.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets._toast import Toast

from picturebook_tui.tui.screens import play as play_module
from picturebook_tui.tui.screens.finale import FinaleScreen
from picturebook_tui.tui.screens.summary import SummaryScreen
from picturebook_tui.tui.widgets.page_grid import PageGrid

from .conftest import Make
from .screens_room import Noon, app_of, home, keep_almost_finished, page, screen, until

Before = Callable[[Pilot[int]], Awaitable[None]]


@pytest.fixture(autouse=True)
def stand_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same noon, the same dice, and nothing from the terminal that the tests run in."""
    monkeypatch.setattr(play_module, "datetime", Noon)
    monkeypatch.setattr("secrets.randbelow", lambda bound: 7)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TERM", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)


async def half_a_page(pilot: Pilot[int]) -> None:
    """Five cards of ten are labelled."""
    table = await page(pilot)
    await pilot.press(*"cdccd")
    await until(pilot, lambda: table.run.answers.count(None) == 5, "the fifth label")


async def a_turned_page(pilot: Pilot[int]) -> None:
    """All are labelled, and the truth is told."""
    table = await page(pilot)
    await pilot.press(*"cdccdcddcd", "enter")
    await until(
        pilot, lambda: all("🤖" in mark.second + mark.text for mark in table.query_one(PageGrid).marks), "the truth"
    )


def test_home(snap_compare: Any) -> None:
    async def before(pilot: Pilot[int]) -> None:
        await home(pilot)

    assert snap_compare(app_of(), run_before=before)


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (200, 60)], ids=["80x24", "60x20", "200x60"])
def test_half_a_page(make_app: Make, snap_compare: Any, size: tuple[int, int]) -> None:
    assert snap_compare(make_app(), run_before=half_a_page, terminal_size=size)


def test_a_turned_page(make_app: Make, snap_compare: Any) -> None:
    assert snap_compare(make_app(), run_before=a_turned_page)


@pytest.mark.parametrize("end", [SummaryScreen, FinaleScreen], ids=["summary", "finale"])
def test_after_the_last_page(snap_compare: Any, end: type[SummaryScreen | FinaleScreen]) -> None:
    app = app_of()

    async def before(pilot: Pilot[int]) -> None:
        app.continue_run(keep_almost_finished(app.store))
        await screen(pilot, SummaryScreen)
        if end is FinaleScreen:
            await pilot.press("space")
        await screen(pilot, end)
        # The greeting goes after some seconds by itself; here, at once.
        app.clear_notifications()
        await until(pilot, lambda: not app.screen.query(Toast), "the greeting's end")

    assert snap_compare(app, run_before=before)
