"""A hundred speeds as a person meets them: from Home and from the end, growing, told, and left at any time."""

from __future__ import annotations

from collections.abc import Generator
from threading import Event

import pytest

from picturebook_tui.errors import PictureBookError
from picturebook_tui.game import speeds as speeds_module
from picturebook_tui.game.speeds import Speeds, found
from picturebook_tui.learner.rate_test import RateTest, RateTried
from picturebook_tui.records.settings import Preferences
from picturebook_tui.tui.screens import rate_test as screen_module
from picturebook_tui.tui.screens.finale import FinaleScreen
from picturebook_tui.tui.screens.home import HomeScreen
from picturebook_tui.tui.screens.rate_test import RateTestScreen, marks
from picturebook_tui.tui.screens.summary import SummaryScreen
from picturebook_tui.tui.widgets.curves import Curves, more_to_draw

from .screens_room import app_of, from_palette, home, keep_almost_finished, screen, text_of, until, words_of


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (200, 60)])
async def test_the_end_leads_to_a_hundred_speeds_of_that_run_and_back(size: tuple[int, int]) -> None:
    app = app_of()
    async with app.run_test(size=size) as pilot:
        app.continue_run(keep_almost_finished(app.store))
        await screen(pilot, SummaryScreen)
        await pilot.press("space")
        end = await screen(pilot, FinaleScreen)
        await pilot.press("t")
        here = await screen(pilot, RateTestScreen)
        await until(pilot, lambda: here._speeds is not None and here._test is None, "the test's end")
        assert here._speeds is not None
        for sentence in found(here._speeds):
            assert sentence in words_of(app)
        # Every test's curve is there, the run's own before the others.
        drawn = here.query_one(Curves).series[len(marks(here._speeds)) :]
        assert [tuple(line.values) for line in drawn] == [test.smoothed for test in here._speeds.tests]
        assert [line.dashed for line in drawn] == [False, True, True, True, True]
        for mark in marks(here._speeds):
            assert f"{mark.marker} {mark.label}" in words_of(app)
        lines = text_of(app).split("\n")
        assert any("0.00001" in line and "0.1" in line and "1,000" in line for line in lines)
        assert here._book is end._of.book
        await pilot.press("escape")
        await screen(pilot, FinaleScreen)


async def test_the_palette_opens_it_on_home_too() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await home(pilot)
        await from_palette(pilot, "speeds", "Try speeds")
        here = await screen(pilot, RateTestScreen)
        await until(pilot, lambda: here._test is None, "the test's end")
        assert "Cats & Dogs · A hundred speeds · MLP" in text_of(app)
        await pilot.press("t")
        await screen(pilot, HomeScreen)


async def test_the_curve_grows_while_the_test_runs_and_leaving_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on, ended = Event(), Event()
    rates = (1e-5, 1e-4, 1e-3)

    def slow(settings: object, book: object) -> Generator[RateTried, None, Speeds]:
        try:
            for rate in rates:
                yield RateTried(rate, 0.7, 0.7)
            assert goes_on.wait(10)
            yield RateTried(1.0, 0.1, 0.1)
        finally:
            ended.set()
        raise AssertionError("nobody listens any more")

    monkeypatch.setattr(screen_module, "try_speeds", slow)
    app = app_of(preferences=Preferences(reduced_motion=False))
    async with app.run_test(size=(80, 24)) as pilot:
        await home(pilot)
        await pilot.press("t")
        here = await screen(pilot, RateTestScreen)
        await until(pilot, lambda: len(here.query_one(Curves).series) == 1, "the first points")
        await until(pilot, lambda: len(here.query_one(Curves).series[0].values) == 3, "all that was told")
        assert "place to start" not in words_of(app)
        await pilot.press("q")
        await screen(pilot, HomeScreen)
        goes_on.set()
        assert ended.wait(10)
    assert app._exception is None


async def test_a_book_that_cannot_be_made_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> Generator[RateTried, None, Speeds]:
        yield from ()
        raise PictureBookError("This book is gone: choose another.")

    monkeypatch.setattr(screen_module, "try_speeds", refused)
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await home(pilot)
        await pilot.press("t")
        await screen(pilot, RateTestScreen)
        await until(pilot, lambda: "This book is gone: choose another." in words_of(app), "the sentence")


def test_only_what_the_test_came_to_is_marked_each_by_its_own_shape() -> None:
    smoothed = (0.7,) * 60
    test = RateTest(smoothed, smoothed, smoothed, 40, 59)
    everything = marks(Speeds((test,) * 5, 0.1, "", ""))
    assert len({mark.marker for mark in everything}) == len({mark.tone for mark in everything}) == 3
    assert [len(mark.values) - 1 for mark in everything[:2]] == [40, 59]
    nothing = RateTest(smoothed, smoothed, smoothed, None, None)
    assert [mark.label for mark in marks(Speeds((nothing,) * 5, 0.1, "", ""))] == ["this run"]
    assert marks(Speeds((nothing,) * 5, 500.0, "", "")) == []
    assert speeds_module.place_of(500.0) is not None


def test_what_is_left_to_draw_gets_less_and_then_nothing() -> None:
    drawn, looks = 0, 0
    while drawn < 100:
        drawn, looks = more_to_draw(drawn, 100, 6), looks + 1
    assert 10 < looks < 30
    assert more_to_draw(100, 100, 6) == 100
    assert more_to_draw(0, 0, 6) == 0
    assert more_to_draw(3, 100, 1) == 100
