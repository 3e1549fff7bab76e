"""Glimpses, as a person meets them; time passes when the test says so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from picturebook_tui.book.load import load_book
from picturebook_tui.book.masks import mask
from picturebook_tui.game.run import Phase
from picturebook_tui.records.store import Store
from picturebook_tui.tui.screens import glimpse
from picturebook_tui.tui.screens.finale import FinaleScreen
from picturebook_tui.tui.screens.glimpse import Stage
from picturebook_tui.tui.screens.home import HomeScreen
from picturebook_tui.tui.screens.summary import SummaryScreen
from picturebook_tui.tui.widgets.page_grid import PageGrid
from picturebook_tui.tui.widgets.pixels import PAPER

from .conftest import Make
from .glimpse_room import Clock, app_of, hurry, play_page, said, see, sheet_colours, stage, truths
from .screens_room import screen, text_of, until, words_of


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


async def test_nothing_is_shown_before_somebody_starts(make_app: Make, clock: Clock) -> None:
    async with app_of(make_app, clock).run_test(size=(80, 24)) as pilot:
        found = await stage(pilot, Stage.READY)
        assert "4 pictures, 50 ms each. ⏎ starts." in said(found)
        await pilot.press("c", "d", "1")
        clock.now += 5
        await pilot.pause(0.05)
        assert found._stage is Stage.READY
        assert found.run.answers == [None] * 4


async def test_the_picture_goes_when_its_time_is_over_and_not_before(make_app: Make, clock: Clock) -> None:
    async with app_of(make_app, clock).run_test(size=(80, 24)) as pilot:
        await stage(pilot, Stage.READY)
        await pilot.press("enter")
        found = await stage(pilot, Stage.PICTURE, 0)
        clock.now += 0.049
        await pilot.pause(0.08)
        assert found._stage is Stage.PICTURE
        clock.now += 0.014
        await stage(pilot, Stage.ASKING, 0)
        await until(pilot, lambda: found.run.shown_ms[0] is not None, "the time")
        assert found.run.shown_ms == [63, None, None, None]
        assert "What was it?" in said(found)


async def test_what_is_shown_are_the_pixels_that_the_model_gets(make_app: Make, clock: Clock) -> None:
    app = app_of(make_app, clock, distortion="noise", distortion_level=3)
    async with app.run_test(size=(80, 24)) as pilot:
        await stage(pilot, Stage.READY)
        await pilot.press("enter")
        found = await stage(pilot, Stage.PICTURE, 0)
        assert found.run.page is not None
        given = found.run.pixels(found.run.page)[0]
        # Two columns a pixel, and of every two rows of half-blocks the upper halves.
        assert np.array_equal(sheet_colours(app)[:, ::2], given)
        clock.now += 0.05
        await stage(pilot, Stage.ASKING, 0)
        assert (sheet_colours(app)[0] == PAPER).all()


def test_a_mask_is_made_of_the_pages_own_pixels_and_of_no_picture() -> None:
    book = load_book("cats-and-dogs", pictures=10, unseen=0, seed=3)
    pixels = book.training.pixels
    noise = mask(pixels, (3, 1))
    assert (noise.shape, noise.dtype) == (pixels.shape[1:], np.uint8)
    assert np.array_equal(noise, mask(pixels, (3, 1)))
    assert not np.array_equal(noise, mask(pixels, (3, 2)))
    here, counts = np.unique(noise.reshape(-1, 3), axis=0, return_counts=True)
    there, of = np.unique(pixels.reshape(-1, 3), axis=0, return_counts=True)
    known = dict(zip(map(tuple, there.tolist()), of.tolist(), strict=True))
    assert all(count <= known[tuple(colour)] for colour, count in zip(here.tolist(), counts.tolist(), strict=True))
    assert not any(np.array_equal(noise, picture) for picture in pixels)
    # Of a single picture it is the same pixels in another order.
    alone = mask(pixels[:1], 0)
    assert sorted(map(tuple, alone.reshape(-1, 3))) == sorted(map(tuple, pixels[0].reshape(-1, 3)))


async def test_the_mask_stands_between_the_picture_and_the_question(
    make_app: Make, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(glimpse, "MASK_MS", 60_000)
    app = app_of(make_app, clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await stage(pilot, Stage.READY)
        await pilot.press("enter")
        found = await stage(pilot, Stage.PICTURE, 0)
        clock.now += 0.05
        await stage(pilot, Stage.MASK, 0)
        assert np.array_equal(sheet_colours(app)[:, ::2], found.sheet._masks[0])
        # Whoever knows needn't wait for the blank sheet; the time counts from the mask.
        clock.now += 0.321
        await pilot.press("left")
        await stage(pilot, Stage.PICTURE, 1)
        assert found.run.answers[0] == 0
        assert found.run._response_ms[0] == 321


async def test_keys_that_come_too_early_answer_nothing(make_app: Make, clock: Clock) -> None:
    async with app_of(make_app, clock).run_test(size=(80, 24)) as pilot:
        await stage(pilot, Stage.READY)
        await pilot.press("enter")
        found = await stage(pilot, Stage.PICTURE, 0)
        await pilot.press("c", "right", "backspace", "tab", "enter")
        assert found.run.answers == [None] * 4
        assert found._stage is Stage.PICTURE
        clock.now += 0.05
        await stage(pilot, Stage.ASKING, 0)


async def test_an_answer_taken_back_gives_no_second_look(make_app: Make, clock: Clock) -> None:
    async with app_of(make_app, clock).run_test(size=(80, 24)) as pilot:
        await stage(pilot, Stage.READY)
        await pilot.press("enter")
        await see(pilot, clock, 0)
        await pilot.press("c")
        await see(pilot, clock, 1)
        await pilot.press("backspace")
        found = await stage(pilot, Stage.ASKING, 0)
        assert found.run.answers == [None] * 4
        assert said(found).startswith("◉○○○")
        assert "You had your look. What was it?" in said(found)
        clock.now += 5
        await pilot.press("d")
        # Card 1 was seen, too: it is asked about, not shown.
        await stage(pilot, Stage.ASKING, 1)
        assert found.run.answers[:2] == [1, None]
        await pilot.press("c")
        await stage(pilot, Stage.PICTURE, 2)
        assert found.run.shown_ms[:2] == [50, 50]


async def test_a_slip_is_taken_back_before_the_next_picture_comes(
    make_app: Make, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app_of(make_app, clock).run_test(size=(80, 24)) as pilot:
        await stage(pilot, Stage.READY)
        await pilot.press("enter")
        await see(pilot, clock, 0)
        monkeypatch.setattr(glimpse, "FIXATION_MS", 60_000)
        await pilot.press("c")
        found = await stage(pilot, Stage.MARK, 1)
        await pilot.press("backspace")
        await stage(pilot, Stage.ASKING, 0)
        monkeypatch.setattr(glimpse, "FIXATION_MS", 1)
        await pilot.press("d")
        await see(pilot, clock, 1)
        assert found.run.answers[0] == 1


async def test_a_run_of_glimpses_is_played_to_its_end(make_app: Make, clock: Clock) -> None:
    app = app_of(make_app, clock)
    async with app.run_test(size=(80, 24)) as pilot:
        found = await play_page(pilot, clock, truths(await stage(pilot, Stage.READY)))
        assert "●●●●  All labelled." in said(found)
        await pilot.press("enter")
        await until(pilot, lambda: found.run.phase is Phase.REVEALED, "the truth")
        await until(pilot, lambda: "Shown" in said(found), "the times")
        assert "Shown 52 ms (median; 51–54). Loss" in said(found)
        assert all("✓" in mark.text for mark in found.query_one(PageGrid).marks)
        assert words_of(app).count("🤖") >= 4
        clock.now += 1
        await pilot.press("space")
        await play_page(pilot, clock, truths(await stage(pilot, Stage.READY)))
        await pilot.press("enter")
        await until(pilot, lambda: "Unseen" in said(found), "the unseen page")
        assert said(found).startswith("Unseen: you 2, model ")
        assert said(found).endswith(" of 2 right. Shown 51 ms (median; 51–52).")
        clock.now += 1
        await pilot.press("space")
        await screen(pilot, SummaryScreen)
        assert "Pictures stood for 52 ms (median; 51–54), of 50 asked for" in words_of(app)
        clock.now += 1
        await pilot.press("space")
        await screen(pilot, FinaleScreen)
        assert found.run.epochs[0].shown_ms == 52


async def test_an_interrupted_glimpse_was_a_glimpse_and_an_interrupted_mark_was_none(
    make_app: Make, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_of(make_app, clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await stage(pilot, Stage.READY)
        await pilot.press("enter")
        found = await stage(pilot, Stage.PICTURE, 0)
        clock.now += 0.021
        await pilot.press("question_mark")
        await until(pilot, lambda: app.screen is not found, "the help")
        assert found._stage is Stage.ASKING
        await pilot.press("escape")
        await stage(pilot, Stage.ASKING, 0)
        await until(pilot, lambda: found.run.shown_ms[0] == 21, "the time")
        monkeypatch.setattr(glimpse, "FIXATION_MS", 60_000)
        await pilot.press("c")
        await stage(pilot, Stage.MARK, 1)
        await pilot.press("question_mark")
        await until(pilot, lambda: app.screen is not found, "the help")
        await pilot.press("escape")
        await stage(pilot, Stage.READY, 1)
        assert found.run.shown_ms[1] is None


async def test_too_small_a_window_stops_the_pictures_until_somebody_starts_them_again(
    make_app: Make, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(glimpse, "FIXATION_MS", 60_000)
    app = app_of(make_app, clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await stage(pilot, Stage.READY)
        await pilot.press("enter")
        found = await stage(pilot, Stage.MARK, 0)
        await pilot.resize_terminal(40, 10)
        await until(pilot, lambda: "needs 60×20" in text_of(app), "the sentence")
        assert found._stage is Stage.READY
        await pilot.resize_terminal(60, 20)
        await until(pilot, lambda: "⏎ starts" in text_of(app), "the sheet")


async def test_a_run_left_in_mid_page_goes_on_with_the_pictures_not_yet_seen(
    make_app: Make, clock: Clock, tmp_path: Path
) -> None:
    with Store.open(tmp_path) as store:
        app = app_of(make_app, clock, store=store)
        async with app.run_test(size=(80, 24)) as pilot:
            await stage(pilot, Stage.READY)
            await pilot.press("enter")
            await see(pilot, clock, 0)
            await pilot.press("c")
            found = await see(pilot, clock, 1)
            await until(pilot, lambda: found.run.shown_ms[1] is not None, "the time")
            await pilot.press("q", "y")
            await screen(pilot, HomeScreen)
            clock.now += 1
            await pilot.press("c")
            again = await stage(pilot, Stage.ASKING, 1)
            assert again is not found
            assert "You had your look. What was it?" in said(again)
            assert again.run.shown_ms == [50, 50, None, None]
            await pilot.press("d")
            await see(pilot, clock, 2)
            assert again.run.answers == [0, 1, None, None]


async def test_the_mouse_starts_and_answers(make_app: Make, clock: Clock) -> None:
    async with app_of(make_app, clock).run_test(size=(80, 24)) as pilot:
        await stage(pilot, Stage.READY)
        await pilot.click("GlimpseSheet")
        await see(pilot, clock, 0)
        # "← c cat   → d dog"
        await pilot.click("#answers", offset=(15, 0))
        found = await stage(pilot, Stage.PICTURE, 1)
        assert found.run.answers[0] == 1
