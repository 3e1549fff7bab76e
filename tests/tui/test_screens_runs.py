"""The end of a run, and the history of those that ended."""

from __future__ import annotations

import re
from typing import Any

import pytest
from textual.pilot import Pilot

from picturebook_tui.tui.app import PictureBookApp
from picturebook_tui.tui.screens.base import Line
from picturebook_tui.tui.screens.discard import DiscardScreen
from picturebook_tui.tui.screens.finale import VIEWS, FinaleScreen
from picturebook_tui.tui.screens.history import HistoryScreen, PastRunScreen
from picturebook_tui.tui.screens.home import HomeScreen
from picturebook_tui.tui.screens.play import PlayScreen
from picturebook_tui.tui.screens.summary import SummaryScreen
from picturebook_tui.tui.widgets.page_grid import PageGrid

from .screens_room import (
    app_of,
    keep_almost_finished,
    keep_finished,
    page,
    played,
    screen,
    settings_of,
    text_of,
    until,
    words_of,
)

BRAILLE = re.compile("[\u2801-\u28ff]")


async def the_end(pilot: Pilot[int], app: PictureBookApp, **changes: Any) -> FinaleScreen:
    """Go on with a run that is one key from its end, and press that key."""
    app.continue_run(keep_almost_finished(app.store, **changes))
    await screen(pilot, SummaryScreen)
    await pilot.press("space")
    return await screen(pilot, FinaleScreen)


# -- history ------------------------------------------------------------------------------------------------


async def test_history_without_runs_says_so() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        await pilot.press("i")
        await screen(pilot, HistoryScreen)
        assert "No run finished yet." in words_of(app)
        await pilot.press("enter", "down", "enter")
        await screen(pilot, HistoryScreen)


async def test_history_lists_the_newest_first_and_stars_the_best_of_each_book() -> None:
    app = app_of()
    keep_finished(app.store, "2026-01-02T10:00:00+00:00", accuracy=1.0)
    keep_finished(app.store, "2026-01-03T10:00:00+00:00", accuracy=0.5)
    keep_finished(app.store, "2026-01-04T10:00:00+00:00", accuracy=0.5, book="fruit-and-veg")
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        await pilot.press("i")
        await screen(pilot, HistoryScreen)
        lines = [line.strip() for line in text_of(app).split("\n") if "2026-" in line]
        assert [re.search(r"2026-\d\d-\d\d", line)[0][-2:] for line in lines] == ["04", "03", "02"]  # type: ignore[index]
        assert ["★" in line for line in lines] == [True, False, True]
        assert "🧒 100%" in lines[2]


async def test_a_short_run_is_no_better_than_a_long_one_only_for_being_short() -> None:
    app = app_of()
    keep_finished(app.store, "2026-01-02T10:00:00+00:00", accuracy=0.6, epochs=2)
    keep_finished(app.store, "2026-01-03T10:00:00+00:00", accuracy=1.0, epochs=1)
    keep_finished(app.store, "2026-01-04T10:00:00+00:00", accuracy=0.9, epochs=1)
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        await pilot.press("i")
        await screen(pilot, HistoryScreen)
        lines = [line for line in text_of(app).split("\n") if "2026-" in line]
        assert ["★" in line for line in lines] == [False, True, True]


async def test_an_unfinished_run_is_thrown_away_once_that_was_said_twice() -> None:
    app = app_of()
    keep_finished(app.store, "2026-01-02T10:00:00+00:00")
    keep_almost_finished(app.store)
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        await pilot.press("i")
        await screen(pilot, HistoryScreen)
        assert "x throw away" in text_of(app)
        await pilot.press("x")
        await screen(pilot, DiscardScreen)
        assert "It can't be brought back." in words_of(app)
        # Enter, which comes by itself, costs nothing.
        await pilot.press("enter")
        await screen(pilot, HistoryScreen)
        assert "not finished" in words_of(app)
        await pilot.press("x", "y")
        await screen(pilot, HistoryScreen)
        await until(pilot, lambda: "not finished" not in words_of(app), "the run to go")
        assert app.store.unfinished() == ()
        # What is finished stays: there the key does nothing.
        assert "x throw away" not in text_of(app)
        await pilot.press("x")
        await screen(pilot, HistoryScreen)
        assert len(app.store.finished()) == 1
        await pilot.press("escape")
        home = await screen(pilot, HomeScreen)
        assert all(row.id != "go_on" for row in home._rows())


async def test_a_past_run_shows_its_board_its_curves_and_its_grid_and_leads_back() -> None:
    app = app_of()
    keep_finished(app.store, "2026-01-02T10:00:00+00:00", accuracy=1.0, seed=11)
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        await pilot.press("i")
        await screen(pilot, HistoryScreen)
        await pilot.press("enter")
        await screen(pilot, PastRunScreen)
        run, _ = played(settings_of(seed=11), 1.0)
        assert "20 pictures · batch 10 · 2 epochs · mlp · seed 11" in words_of(app)
        for epoch in run.epochs:
            assert f" {round(100 * epoch.model_accuracy)}% " in text_of(app)
        assert BRAILLE.search(text_of(app))
        await pilot.press("c")
        assert app.clipboard.startswith("Picture Book · Cats & Dogs\n20 pictures")
        await pilot.press("escape")
        await screen(pilot, HistoryScreen)
        await pilot.press("escape")
        await screen(pilot, HomeScreen)


async def test_a_record_with_little_in_it_is_shown_for_what_it_holds() -> None:
    app = app_of()
    run, _ = played(settings_of(), 0.8)
    run_id = app.store.begin({"book": "cats-and-dogs"}, run.book.recipe(), created_at="2026-01-02T10:00:00+00:00")
    app.store.finish(run_id, {"version": 1}, finished_at="2026-01-02T10:00:00+00:00")
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        await pilot.press("i")
        await screen(pilot, HistoryScreen)
        assert "🧒 – 🤖 –" in words_of(app)
        await pilot.press("enter")
        await screen(pilot, PastRunScreen)
        await pilot.press("c", "escape")
        await screen(pilot, HistoryScreen)


async def test_an_unfinished_run_is_gone_on_with_from_the_history() -> None:
    app = app_of()
    keep_almost_finished(app.store)
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        await pilot.press("i")
        await screen(pilot, HistoryScreen)
        assert "not finished" in words_of(app)
        await pilot.press("enter")
        await screen(pilot, SummaryScreen)
        await pilot.press("space")
        await screen(pilot, FinaleScreen)
        await pilot.press("enter")
        await screen(pilot, HistoryScreen)
        assert "not finished" not in words_of(app)
        assert text_of(app).count("Cats & Dogs") == 1


# -- the end ------------------------------------------------------------------------------------------------


async def test_the_end_has_five_views_by_number_and_in_turn() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        await the_end(pilot, app)
        seen: dict[str, list[str]] = {"number": [], "tab": []}
        for number in "12345":
            await pilot.press(number)
            await pilot.pause()
            seen["number"].append(text_of(app))
        for _ in VIEWS:
            await pilot.press("tab")
            await pilot.pause()
            seen["tab"].append(text_of(app))
        assert seen["tab"] == seen["number"]
        result, curves, pictures, share, confusions = seen["number"]
        assert "you 8" in result
        assert BRAILLE.search(curves)
        assert pictures.count("▀") > 300
        assert "🧒 " in share
        assert "Rows: what it was." in confusions
        assert len({result, curves, pictures, share, confusions}) == 5
        await pilot.press("shift+tab")
        await pilot.pause()
        assert text_of(app) == share


async def test_the_end_says_what_was_scored() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        await the_end(pilot, app, accuracy=1.0)
        run, _ = played(settings_of(), 1.0)
        right = sum(result.model_right for result in run.turned)
        assert f"you 100%, model {round(100 * right / 40)}%" in words_of(app)
        (finished,) = app.store.finished()
        assert finished.summary["child_accuracy"] == 1.0
        assert finished.summary["model_accuracy"] == right / 40
        assert not app.store.unfinished()


async def test_missed_pictures_are_looked_at_one_by_one() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        end = await the_end(pilot, app, accuracy=0.5)
        await pilot.press("3", "right", "right")
        await pilot.pause()

        def told() -> str:
            return str(end.query_one("#told", Line).said)

        missed = len(end.query_one(PageGrid).marks)
        assert missed > 10
        assert told().startswith(f"3/{missed} ")
        await pilot.press("down")
        await pilot.pause()
        assert told().startswith(f"8/{missed} ")
        await pilot.press("h", "k")
        await pilot.pause()
        assert told().startswith(f"2/{missed} ")
        await pilot.press(*["down"] * (missed // 5 + 1), *["right"] * 5)
        await pilot.pause()
        # The last one, brought into sight.
        assert told().startswith(f"{missed}/{missed} ")
        grid = end.query_one(PageGrid)
        assert grid.first_visible > 0
        assert grid.first_visible + grid.shown == missed
        labels = {"cat", "dog"}
        for mark in grid.marks:
            assert mark.text in labels
            assert "🧒✗" in mark.second or "🤖✗" in mark.second


async def test_where_nobody_missed_a_picture_it_is_said() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        settings = {"pictures": 2, "unseen": 0, "epochs": 10, "accuracy": 1.0}
        await the_end(pilot, app, **settings)
        await pilot.press("3", "right", "down", "left")
        await pilot.pause()
        assert "Nobody missed a picture in the last epoch." in words_of(app)


async def test_play_again_deals_the_same_pages() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        await the_end(pilot, app)
        await pilot.press("r")
        table = await page(pilot)
        run, _ = played(settings_of(), 0.8)
        assert table.run.page is not None
        assert table.run.page.indices == run.turned[0].page.indices
        assert table.run.plan.order_hash(table.run.book) == run.plan.order_hash(run.book)
        assert table.run.answers == [None] * 10
        # The run that ended is not left lying under the new one.
        assert [type(each) for each in app.screen_stack] == [HomeScreen, PlayScreen]


@pytest.mark.parametrize("key", ["escape", "q", "enter"])
async def test_the_end_leads_home(key: str) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        await the_end(pilot, app)
        await pilot.press(key)
        here = await screen(pilot, HomeScreen)
        assert here.knobs.rows[0].id == "book"
        assert app.return_value is None


async def test_closing_while_a_screen_comes_up_closes() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        app.show_settings()
        app.exit(0)
    assert app.return_value == 0


async def test_where_one_stopped_is_said_until_something_is_done_whatever_the_window_does() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        app.start_run(settings_of())
        await page(pilot)
        await pilot.press("c", "d")
        run_id = app.store.unfinished()[0].run_id
        await pilot.press("escape", "y")
        await screen(pilot, HomeScreen)
        app.continue_run(run_id)
        await page(pilot)

        def prompt() -> str:
            return str(app.screen.query_one("#prompt", Line).said)

        await until(pilot, lambda: "Here is where you stopped" in prompt(), "the welcome back")
        await pilot.resize_terminal(100, 30)
        await pilot.resize_terminal(70, 22)
        await pilot.pause(0.2)
        assert "Here is where you stopped" in prompt()
        await pilot.press("c")
        await until(pilot, lambda: "Here is where you stopped" not in prompt(), "the next question")
