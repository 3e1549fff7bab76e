"""Whatever is opened again and again leaves nothing behind: what is alive is counted, round after round."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from textual.dom import DOMNode
from textual.pilot import Pilot
from textual.timer import Timer
from textual.worker import Worker

from picturebook_tui.book.book import Book
from picturebook_tui.game.progress import Progress
from picturebook_tui.game.pupil import Pupil
from picturebook_tui.game.run import Phase, Run
from picturebook_tui.learner.learner import Learner
from picturebook_tui.records.store import Store
from picturebook_tui.tui import attract
from picturebook_tui.tui.app import PictureBookApp
from picturebook_tui.tui.screens import watch
from picturebook_tui.tui.screens.chapter import ChapterScreen
from picturebook_tui.tui.screens.chapters import ChaptersScreen
from picturebook_tui.tui.screens.credits import CreditsScreen
from picturebook_tui.tui.screens.eye import EyeScreen
from picturebook_tui.tui.screens.finale import FinaleScreen
from picturebook_tui.tui.screens.help import HelpScreen
from picturebook_tui.tui.screens.history import HistoryScreen
from picturebook_tui.tui.screens.home import HomeScreen
from picturebook_tui.tui.screens.leave import LeaveScreen
from picturebook_tui.tui.screens.play import PlayScreen
from picturebook_tui.tui.screens.rate_test import RateTestScreen
from picturebook_tui.tui.screens.settings import SettingsScreen
from picturebook_tui.tui.screens.summary import SummaryScreen
from picturebook_tui.tui.screens.watch import WatchScreen
from picturebook_tui.tui.screens.what_if import WhatIfScreen
from picturebook_tui.tui.session import Session
from picturebook_tui.tui.widgets.page_grid import PageGrid

from .conftest import Make
from .screens_room import from_palette, home, keep_almost_finished, page, palette, screen, until

COUNTED = (DOMNode, Session, Run, Pupil, Learner, Book, Worker, Timer, asyncio.Task, Executor, Thread)

ROUNDS = 3

Round = Callable[[Pilot[int]], Awaitable[None]]


def alive() -> Counter[str]:
    """How many there are of each kind of thing that a run, a screen or a job is made of."""
    gc.collect()
    return Counter(type(thing).__name__ for thing in gc.get_objects() if isinstance(thing, COUNTED))


async def leaves_nothing(pilot: Pilot[int], once: Round) -> None:
    """After the first two rounds, in which things are made that are kept on purpose, none leaves anything."""
    for _ in range(2):
        await once(pilot)
    before = alive()
    for _ in range(ROUNDS):
        await once(pilot)
    # The last of a kind may be held by whatever looked at it last; one of every round is kept for ever.
    more = {kind: count - before[kind] for kind, count in alive().items() if count >= before[kind] + ROUNDS}
    for _ in range(100):
        if not more:
            return
        # What is on its way out is gone a moment later.
        await pilot.pause(0.05)
        now = alive()
        more = {kind: now[kind] - before[kind] for kind in more if now[kind] >= before[kind] + ROUNDS}
    raise AssertionError(f"after {ROUNDS} more rounds there is more of {more}")


# -- runs ---------------------------------------------------------------------------------------------------


def has_moved_on(table: PlayScreen) -> Callable[[], bool]:
    app, before = table.app, (table.run.phase, table.run.page)
    return lambda: app.screen is not table or (table.run.phase, table.run.page) != before


async def play_to_the_end(pilot: Pilot[int]) -> None:
    """Answer every card with the first label, up to the end."""
    while not isinstance(pilot.app.screen, FinaleScreen):
        if isinstance(pilot.app.screen, SummaryScreen):
            await screen(pilot, SummaryScreen)
            await pilot.press("space")
            await until(pilot, lambda: not isinstance(pilot.app.screen, SummaryScreen), "what comes after it")
            continue
        table = await page(pilot)
        if table.run.phase in (Phase.ANSWERING, Phase.UNSEEN) and not table.run.ready:
            await pilot.press(*["left"] * len(table.run.answers))
        moved_on = has_moved_on(table)
        await pilot.press("enter")
        await until(pilot, moved_on, "the next phase")
    await screen(pilot, FinaleScreen)


async def the_same_again(pilot: Pilot[int]) -> None:
    await play_to_the_end(pilot)
    await pilot.press("r")
    await until(pilot, lambda: isinstance(pilot.app.screen, PlayScreen), "the run after it")
    await page(pilot)


async def test_playing_again_at_the_end_keeps_nothing_of_the_run_before(make_app: Make) -> None:
    app = make_app(pictures=10)
    async with app.run_test(size=(80, 24)) as pilot:
        await leaves_nothing(pilot, the_same_again)
        assert [type(one) for one in app.screen_stack] == [HomeScreen, PlayScreen]


async def begun_and_left(pilot: Pilot[int]) -> None:
    await home(pilot)
    await pilot.press("enter")
    await page(pilot)
    await pilot.press("left")
    await pilot.press("escape")
    await screen(pilot, LeaveScreen)
    await pilot.press("y")
    await home(pilot)


async def gone_on_with(pilot: Pilot[int]) -> None:
    await home(pilot)
    await pilot.press("c")
    await until(pilot, lambda: isinstance(pilot.app.screen, PlayScreen), "the saved run")
    await page(pilot)
    await pilot.press("escape")
    await screen(pilot, LeaveScreen)
    await pilot.press("y")
    await home(pilot)


async def ended_from_the_history(pilot: Pilot[int]) -> None:
    app = pilot.app
    assert isinstance(app, PictureBookApp)
    await home(pilot)
    keep_almost_finished(app.store)
    await pilot.press("i")
    await screen(pilot, HistoryScreen)
    await pilot.press("enter")
    await screen(pilot, SummaryScreen)
    await pilot.press("space")
    await screen(pilot, FinaleScreen)
    await pilot.press("enter")
    await screen(pilot, HistoryScreen)
    await pilot.press("q")
    await home(pilot)


@pytest.mark.parametrize("once", [begun_and_left, gone_on_with, ended_from_the_history])
async def test_runs_come_and_go_and_nothing_of_them_stays(make_app: Make, tmp_path: Path, once: Round) -> None:
    with Store.open(tmp_path) as store:
        async with make_app(start="home", store=store).run_test(size=(80, 24)) as pilot:
            if once is gone_on_with:
                await begun_and_left(pilot)
            await leaves_nothing(pilot, once)


# -- what is opened over them -------------------------------------------------------------------------------


def over(key: str, kind: type, back: str = "escape") -> Round:
    async def once(pilot: Pilot[int]) -> None:
        under = pilot.app.screen
        await pilot.press(key)
        await screen(pilot, kind)
        await pilot.press(back)
        await until(pilot, lambda: pilot.app.screen is under, "what lay under it")

    once.__name__ = kind.__name__
    return once


async def the_palette(pilot: Pilot[int]) -> None:
    under = pilot.app.screen
    await palette(pilot)
    await pilot.press("escape")
    await until(pilot, lambda: pilot.app.screen is under, "what lay under it")


async def settings_from_the_palette(pilot: Pilot[int]) -> None:
    under = pilot.app.screen
    await from_palette(pilot, "settings", "Settings")
    await screen(pilot, SettingsScreen)
    await pilot.press("escape")
    await until(pilot, lambda: pilot.app.screen is under, "what lay under it")


async def a_hundred_speeds(pilot: Pilot[int]) -> None:
    under = pilot.app.screen
    await pilot.press("t")
    here = await screen(pilot, RateTestScreen)
    await until(pilot, lambda: here._test is None, "the test's end")
    await pilot.press("escape")
    await until(pilot, lambda: pilot.app.screen is under, "what lay under it")


async def a_chapter(pilot: Pilot[int]) -> None:
    await home(pilot)
    await pilot.press("b")
    chapters = await screen(pilot, ChaptersScreen)
    await until(pilot, lambda: chapters.lessons is not None, "the chapters")
    assert chapters.lessons is not None
    chapters.lessons.progress = Progress()
    await pilot.press("enter")
    here = await screen(pilot, ChapterScreen)
    await pilot.press("enter", "1")
    await until(pilot, lambda: here.has_class("-answer"), "the bet's answer")
    await pilot.press("escape")
    await screen(pilot, ChaptersScreen)
    await pilot.press("escape")
    await home(pilot)


@pytest.mark.parametrize(
    "once",
    [
        over("question_mark", HelpScreen),
        over("s", SettingsScreen),
        over("i", HistoryScreen),
        over("r", CreditsScreen),
        the_palette,
        settings_from_the_palette,
        a_hundred_speeds,
        a_chapter,
    ],
)
async def test_what_home_opens_leaves_nothing_behind(make_app: Make, once: Round) -> None:
    async with make_app(start="home").run_test(size=(80, 24)) as pilot:
        await home(pilot)
        await leaves_nothing(pilot, once)


@pytest.mark.parametrize(
    "once", [over("e", EyeScreen), over("w", WhatIfScreen), over("question_mark", HelpScreen), a_hundred_speeds]
)
async def test_what_the_end_opens_leaves_nothing_behind(make_app: Make, once: Round) -> None:
    app = make_app(start="home")
    async with app.run_test(size=(80, 24)) as pilot:
        app.continue_run(keep_almost_finished(app.store))
        await screen(pilot, SummaryScreen)
        await pilot.press("space")
        await screen(pilot, FinaleScreen)
        await leaves_nothing(pilot, once)


# -- demos --------------------------------------------------------------------------------------------------


async def another_demo(pilot: Pilot[int]) -> None:
    """Up to the next run that the simulated child plays."""
    await until(pilot, lambda: len(pilot.app.screen_stack) > 1, "a demo")
    here = pilot.app.screen_stack[1]
    assert isinstance(here, WatchScreen)
    run = here.run
    await until(pilot, lambda: here.run is not run, "the next demo")


async def taken_over_and_left(pilot: Pilot[int]) -> None:
    app = pilot.app
    assert isinstance(app, PictureBookApp)
    app.attract.after = 1e9
    here = await screen(pilot, WatchScreen)
    await until(pilot, lambda: here.query_one(PageGrid).marks, "the demo's page")
    await pilot.press("left")
    await until(pilot, lambda: type(app.screen) is PlayScreen, "the passer-by's run")
    await page(pilot)
    app.attract.after = 0.0
    await until(pilot, lambda: type(app.screen) is WatchScreen, "the demo that begins again")


@pytest.mark.parametrize("once", [another_demo, taken_over_and_left])
async def test_a_booth_s_demos_keep_nothing_of_the_ones_before(
    make_app: Make, monkeypatch: pytest.MonkeyPatch, once: Round
) -> None:
    monkeypatch.setattr(attract, "LOOK_SECONDS", 0.02)
    for beats in ("LOOKING_BEATS", "SUMMARY_BEATS", "FINALE_BEATS"):
        monkeypatch.setattr(watch, beats, 1)
    app = make_app(start="watch", pictures=10)
    app.options = replace(app.options, speed=100.0 if once is another_demo else 1.0)
    async with app.run_test(size=(80, 24)) as pilot:
        await leaves_nothing(pilot, once)


async def test_a_demo_that_is_laid_over_a_game_is_gone_with_a_key(make_app: Make) -> None:
    async def laid_over(pilot: Pilot[int]) -> None:
        app = pilot.app
        assert isinstance(app, PictureBookApp)
        app.attract.lay_over()
        here = await screen(pilot, WatchScreen)
        await until(pilot, lambda: here.query_one(PageGrid).marks, "the demo's page")
        await pilot.press("left")
        await home(pilot)

    async with make_app(start="home").run_test(size=(80, 24)) as pilot:
        await home(pilot)
        await leaves_nothing(pilot, laid_over)
