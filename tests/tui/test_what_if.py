"""What if: the run on a map of others, and what the child's answers would have been worth against them."""

from __future__ import annotations

import re
from contextlib import closing
from typing import Any

import pytest
from textual.color import Color
from textual.pilot import Pilot
from textual.widgets import Static

from picturebook_tui.game.run import Run
from picturebook_tui.game.what_if import heat_map
from picturebook_tui.jobs import MOST_SECONDS, Jobs
from picturebook_tui.percent import points
from picturebook_tui.records.settings import Preferences
from picturebook_tui.tui import siblings
from picturebook_tui.tui.app import PictureBookApp
from picturebook_tui.tui.palette import contrast
from picturebook_tui.tui.screens.finale import FinaleScreen
from picturebook_tui.tui.screens.home import HomeScreen
from picturebook_tui.tui.screens.summary import SummaryScreen
from picturebook_tui.tui.screens.what_if import WhatIfScreen
from picturebook_tui.tui.theme import THEMES
from picturebook_tui.tui.widgets.curves import Curves
from picturebook_tui.tui.widgets.heat_map import DEEPEST, HeatCell, HeatMap, spelt

from .screens_room import (
    app_of,
    keep_almost_finished,
    painted,
    played,
    screen,
    settings_of,
    text_of,
    until,
    words_of,
)
from .siblings_room import Teacher, taught

SIZES = [(80, 24), (60, 20), (200, 60)]


async def what_if(pilot: Pilot[int], app: PictureBookApp, **changes: Any) -> WhatIfScreen:
    """Play the last key of a run, and ask what if."""
    app.continue_run(keep_almost_finished(app.store, **changes))
    await screen(pilot, SummaryScreen)
    await until(pilot, lambda: app.sweeping is not None, "the other learners")
    await pilot.press("space")
    await screen(pilot, FinaleScreen)
    await pilot.press("w")
    found = await screen(pilot, WhatIfScreen)
    await pilot.pause()
    return found


def run_of(app: PictureBookApp) -> Run:
    assert app.sweeping is not None
    return app.sweeping.run


def told(screen: WhatIfScreen) -> str:
    return " ".join(str(screen.query_one("#told", Static).visual).split())


def rows_of(app: PictureBookApp) -> list[list[str]]:
    """The numbers on the map with their signs, row by row, without the batch sizes before them."""
    heat = app.screen.query_one(HeatMap)
    lines = text_of(app).splitlines()[heat.region.y + 1 : heat.region.bottom]
    return [line.split()[1:] for line in lines if line.strip()]


@pytest.mark.parametrize("size", SIZES)
async def test_the_map_says_of_every_setting_what_the_learners_came_to(size: tuple[int, int]) -> None:
    app = app_of(jobs=Teacher())
    async with app.run_test(size=size) as pilot:
        shown = await what_if(pilot, app)
        run = run_of(app)
        for key, figure in (("", "book"), ("u", "unseen")):
            if key:
                await pilot.press(key)
                await pilot.pause()
            wanted = heat_map(taught(run), run.settings, figure, run.epochs[-1])  # type: ignore[arg-type]
            found = rows_of(app)
            assert [[int(re.sub(r"\D", "", cell)) for cell in row] for row in found] == [
                [points(value or 0) for value in row] for row in wanted.values
            ]
            signs = {(r, c): cell for r, row in enumerate(found) for c, cell in enumerate(row)}
            assert [place for place, cell in signs.items() if "[" in cell] == [wanted.own]
            assert [place for place, cell in signs.items() if "★" in cell] == list(wanted.leaders)
            assert "64 learners" in str(shown.title_text())
            assert ("% of unseen pages right" in words_of(app)) == (figure == "unseen")


async def test_the_run_itself_says_there_what_the_board_said() -> None:
    app = app_of(jobs=Teacher())
    async with app.run_test(size=(80, 24)) as pilot:
        shown = await what_if(pilot, app)
        last = run_of(app).epochs[-1]
        assert f"[{points(last.model_frozen)}]" in text_of(app)
        said = told(shown)
        assert said.startswith(f"Your run, batch 10 at learning rate 0.1: {points(last.model_frozen)}% of the book")
        assert re.search(r"Against batch 10 you won (all|none|\d)", said)


async def test_arrows_letters_and_the_mouse_go_from_cell_to_cell_and_its_story_is_told() -> None:
    app = app_of(jobs=Teacher())
    async with app.run_test(size=(80, 24)) as pilot:
        shown = await what_if(pilot, app)
        heat = shown.query_one(HeatMap)
        own = heat.cursor
        await pilot.press("right")
        assert heat.cursor == (own[0], own[1] + 1)
        assert "Batch 10 at learning rate 0.32:" in told(shown)
        assert re.search(r"learning rate 0\.1; against learning rate 0\.32 you would have won", told(shown))
        await pilot.press("h", "k", "up")
        assert heat.cursor == (own[0] - 2, own[1])
        await pilot.press("l", "j", *["up"] * 9, *["left"] * 9)
        assert heat.cursor == (0, 0)
        assert "Batch 1 at learning rate 0.001:" in told(shown)
        await pilot.press("o")
        assert heat.cursor == own
        # The first column of cells is three to the right of the batch sizes.
        await pilot.click(HeatMap, offset=(6, 3))
        await pilot.pause()
        assert heat.cursor == (2, 0)
        assert "Batch 4 at learning rate 0.001:" in told(shown)


async def test_a_walk_leads_through_the_cell_that_was_looked_at() -> None:
    app = app_of(jobs=Teacher())
    async with app.run_test(size=(80, 24)) as pilot:
        shown = await what_if(pilot, app)
        result = taught(run_of(app))
        await pilot.press("left", "tab")
        await pilot.pause()
        curves = shown.view.query_one(Curves)
        book, unseen = curves.series
        want = [result.sibling(size, 0.032).epochs[-1] for size in result.batch_sizes]
        assert list(book.values) == [row.book_accuracy for row in want]
        assert list(unseen.values) == [row.unseen_accuracy for row in want]
        assert "learning rate 0.032" in words_of(app)
        assert "▸10" in text_of(app)
        await pilot.press("right", "3")
        await pilot.pause()
        curves = shown.view.query_one(Curves)
        size = result.batch_sizes[shown.query_one(HeatMap).cursor[0] + 1]
        assert f"All at batch {size}." in text_of(app)
        want = [result.sibling(size, rate).epochs[-1] for rate in result.learning_rates]
        assert list(curves.series[0].values) == [row.book_accuracy for row in want]
        await pilot.press("1")
        await pilot.pause()
        assert shown.query_one(HeatMap).cursor[0] == result.batch_sizes.index(size)


async def test_cells_that_are_not_known_yet_are_empty_and_fill_while_one_looks() -> None:
    teacher = Teacher(slices=3)
    app = app_of(jobs=teacher)
    async with app.run_test(size=(80, 24)) as pilot:
        shown = await what_if(pilot, app)
        assert "8 of 64 learners done" in str(shown.title_text())
        assert sum(row.count("·") for row in rows_of(app)) == 64 - 8
        assert "★" not in text_of(app)
        await pilot.press("down")
        assert "it has read 1 of 2 epochs." in told(shown) or "it has not begun to read." in told(shown)
        teacher.go_on()
        await until(pilot, lambda: "·" not in "".join(map("".join, rows_of(app))), "the rest of the map")
        assert "★" in text_of(app)
        assert "64 learners" in text_of(app)
        assert "done" not in str(shown.title_text())


async def test_when_the_others_are_lost_a_sentence_says_so_and_the_rest_stays() -> None:
    teacher = Teacher(slices=2)
    app = app_of(jobs=teacher)
    async with app.run_test(size=(60, 20)) as pilot:
        shown = await what_if(pilot, app)
        teacher.lose("This could not be worked out here just now: try again in a minute.")
        await until(pilot, lambda: "try again in a minute" in told(shown), "the sentence")
        assert sum(row.count("·") for row in rows_of(app)) == 64 - 8
        await pilot.press("right", "tab", "q")
        await screen(pilot, FinaleScreen)


async def test_a_job_that_fails_is_told_too() -> None:
    teacher = Teacher()
    teacher.fails = "The other learners could not be taught: no room."
    app = app_of(jobs=teacher)
    async with app.run_test(size=(80, 24)) as pilot:
        assert "no room" in told(await what_if(pilot, app))


async def test_without_other_learners_the_screen_says_so() -> None:
    app = app_of(jobs=Teacher())
    async with app.run_test(size=(80, 24)) as pilot:
        shown = await what_if(pilot, app)
        await pilot.press("q")
        await screen(pilot, FinaleScreen)
        # As of a run that was not played here.
        app.sweeping = None
        await pilot.press("w")
        shown = await screen(pilot, WhatIfScreen)
        assert "No other learners were taught here." in told(shown)
        await pilot.press("right", "tab", "right", "u", "1", "u", "escape")
        await screen(pilot, FinaleScreen)


async def test_a_run_that_is_too_long_has_fewer_others_or_none() -> None:
    teacher = Teacher()
    teacher.most_seconds = 0.02
    app = app_of(jobs=teacher)
    async with app.run_test(size=(80, 24)) as pilot:
        shown = await what_if(pilot, app)
        assert len(rows_of(app)) < 8
        assert "not 64" in told(shown)
        await pilot.press("q", "enter")
        await screen(pilot, HomeScreen)
        teacher.most_seconds = 0.0
        shown = await what_if(pilot, app, seed=8)
        assert "This run is so long" in told(shown)


async def test_without_unseen_pages_only_the_book_is_on_the_map() -> None:
    app = app_of(jobs=Teacher())
    async with app.run_test(size=(80, 24)) as pilot:
        shown = await what_if(pilot, app, unseen=0)
        await pilot.press("u")
        assert "% of the book right" in text_of(app)
        assert "unseen" not in told(shown)
        await pilot.press("2")
        assert len(shown.view.query_one(Curves).series) == 1


async def test_leaving_a_run_leaves_its_others_and_the_next_run_has_its_own() -> None:
    teacher = Teacher(slices=1)
    app = app_of(jobs=teacher)
    async with app.run_test(size=(80, 24)) as pilot:
        await what_if(pilot, app)
        first = app.sweeping
        await pilot.press("q")
        await screen(pilot, FinaleScreen)
        await pilot.press("r")
        await until(pilot, lambda: app.sweeping is not first, "the next run's other learners")
        assert [job.left_at is not None for job in teacher.jobs] == [True, False]
        assert [asked.seed for asked in teacher.asked] == [7, 7]
        assert app.sweeping is not None
        assert not app.sweeping.over


async def test_a_watched_run_is_the_child_s() -> None:
    app = app_of(jobs=Teacher())
    async with app.run_test(size=(80, 30)) as pilot:
        await screen(pilot, HomeScreen)
        run, _ = played(settings_of(), 0.8)
        job = siblings.job_of(run, MOST_SECONDS)
        app.push_screen(WhatIfScreen(run, siblings.Sweeping(Teacher(), run, job), player="the child"))
        shown = await screen(pilot, WhatIfScreen)
        await until(pilot, lambda: "This run, batch 10" in told(shown), "the sentence")
        await pilot.press("up")
        assert re.search(r"[Tt]he child (won|lost)|against batch \d+ the child would have", told(shown))
        assert not re.search(r"\b[Yy]ours?\b", words_of(app).replace("⇥", ""))


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_numbers_stay_readable_on_every_shade(theme: Any) -> None:
    back, model = Color.parse(theme.background), Color.parse(theme.variables["model"])
    for step in range(11):
        shade = back.blend(model, DEEPEST * step / 10)
        assert contrast(Color.parse(theme.foreground).rgb, shade.rgb) >= 4.5
        if step == 0:
            assert contrast(Color.parse(theme.variables["quiet"]).rgb, shade.rgb) >= 4.5


@pytest.mark.parametrize("colours", ["truecolor", "256", "16", "none"])
async def test_shares_and_cursor_are_seen_at_every_depth(colours: str) -> None:
    app = app_of(jobs=Teacher(), preferences=Preferences(reduced_motion=True, colours=colours))
    async with app.run_test(size=(80, 24)) as pilot:
        shown = await what_if(pilot, app)
        heat = shown.query_one(HeatMap)
        before = painted(app)
        await pilot.press("up")
        await pilot.pause()
        after = painted(app)
        region = heat._layout.region(heat.cursor).translate(heat.region.offset)
        assert before[region.y][region.x + 2] != after[region.y][region.x + 2]
        if colours in ("16", "none"):
            # Shares are told by height where there are no shades.
            assert set("▁▂▃▄▅▆▇") & set(text_of(app))
        else:
            backs = {cell[2] for cell in after[region.y]}
            assert len(backs) > 3


def test_a_cell_tells_itself_without_colours() -> None:
    assert HeatCell(0.875, own=True, best=True).text == "[88]★"
    assert HeatCell(1.0, stopped=True).text.split() == ["100×"]
    assert HeatCell(None).text.split() == ["·"]


def test_rates_are_spelt_shorter_where_there_is_little_room() -> None:
    assert spelt(0.0032) == ("0.0032", ".0032", "3.2e-3")
    assert spelt(5e-05)[-1] == "5e-5"
    assert spelt(10.0)[0] == "10"
    for rate in (0.1, 3.2, 0.00016, 2.3e-05):
        assert all(float(word) == rate for word in spelt(rate))


async def test_the_help_and_the_palette_know_the_views() -> None:
    app = app_of(jobs=Teacher())
    async with app.run_test(size=(80, 40)) as pilot:
        await what_if(pilot, app)
        await pilot.press("question_mark")
        await until(pilot, lambda: "From batch size to batch size" in words_of(app), "the help")


async def test_the_real_process_teaches_them_while_the_run_is_played() -> None:
    with closing(Jobs()) as own:
        app = app_of(jobs=own)
        async with app.run_test(size=(80, 24)) as pilot:
            shown = await what_if(pilot, app)
            assert app.sweeping is not None
            for _ in range(3000):
                if app.sweeping.over:
                    break
                await pilot.pause(0.02)
            await pilot.pause(0.3)
            assert app.sweeping.trouble is None
            assert app.sweeping.done == 64
            run, result = run_of(app), shown._what.result
            assert result is not None
            for found, here in zip(result.siblings, taught(run).siblings, strict=True):
                # Higher rates make much of the least rounding, and this process may have more threads for its sums.
                if found.learning_rate < 0.1:
                    assert [row.right for row in found.epochs] == [row.right for row in here.epochs]
            assert f"[{points(run.epochs[-1].model_frozen)}]" in text_of(app)
