"""Chapters' ends that one plays: the run that a chapter invites to, and an experiment of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from picturebook_tui.game.lesson_files import load_chapters
from picturebook_tui.game.lessons import OWN, Own
from picturebook_tui.game.progress import Place, Progress, Stage, Tried
from picturebook_tui.records.progress import load_progress, save_progress
from picturebook_tui.tui.app import PictureBookApp
from picturebook_tui.tui.screens.chapter import ChapterScreen
from picturebook_tui.tui.screens.chapters import ChaptersScreen
from picturebook_tui.tui.screens.home import HomeScreen
from picturebook_tui.tui.screens.play import PlayScreen
from picturebook_tui.tui.screens.trial_view import TrialView
from picturebook_tui.tui.widgets.curves import Curves
from picturebook_tui.tui.widgets.knobs import KnobList

from .screens_room import from_palette, page, screen, text_of, until, words_of
from .test_chapters import app_with, chapters

CHAPTERS = load_chapters()
NINTH, LAST = CHAPTERS[8], CHAPTERS[9]
OWN_EXPERIMENT = LAST.own


def own() -> Own:
    assert OWN_EXPERIMENT is not None
    return OWN_EXPERIMENT


async def at(pilot: Pilot[int], place: Place, progress: Progress | None = None) -> ChapterScreen:
    """Open a chapter where somebody stopped in it."""
    here = await chapters(pilot)
    assert here.lessons is not None
    here.lessons.progress = (progress or Progress()).at(place)
    here.knobs.move_to([chapter.key for chapter in CHAPTERS].index(place.chapter))
    await pilot.press("enter")
    return await screen(pilot, ChapterScreen)


# -- the run that a chapter invites to ----------------------------------------------------------------------


@pytest.mark.parametrize("chapter", [one for one in CHAPTERS if one.play], ids=lambda one: one.key)
async def test_a_chapter_leads_into_its_run_and_from_there_on_to_its_end(chapter: Any) -> None:
    app = app_with()
    async with app.run_test(size=(80, 24)) as pilot:
        here = await at(pilot, Place(chapter.key, stage=Stage.PLAY))
        await until(pilot, lambda: chapter.invitation in words_of(app), "the invitation")
        assert "⏎ play" in text_of(app)
        await pilot.press("enter")
        table = await page(pilot)
        assert table.run.settings.book == chapter.play.book
        assert table.run.settings.pictures == chapter.play.pictures
        await pilot.press("escape", "y")
        await screen(pilot, ChapterScreen)
        assert here._stage is Stage.PLAY
        await until(pilot, lambda: "Played: Enter goes on." in words_of(app), "the way on")
        await pilot.press("enter")
        await until(pilot, lambda: here._place is None, "the chapter's end")


async def test_a_run_to_play_can_be_passed_over_and_played_again() -> None:
    app = app_with()
    async with app.run_test(size=(80, 24)) as pilot:
        here = await at(pilot, Place(NINTH.key, stage=Stage.PLAY))
        await pilot.press("enter")
        first = (await page(pilot)).run.settings
        await pilot.press("escape", "y")
        await screen(pilot, ChapterScreen)
        await until(pilot, lambda: "r play again" in text_of(app), "the key")
        await pilot.press("r")
        second = (await page(pilot)).run.settings
        assert (first.book, second.book) == ("who-drew-it", "who-drew-it")
        await pilot.press("escape", "y")
        await screen(pilot, ChapterScreen)
        await pilot.press("n")
        await until(pilot, lambda: here._place is None, "the chapter's end")


async def test_the_palette_plays_it_too() -> None:
    app = app_with()
    async with app.run_test(size=(80, 24)) as pilot:
        await at(pilot, Place(NINTH.key, stage=Stage.PLAY))
        await from_palette(pilot, "play", "Play")
        await screen(pilot, PlayScreen)


# -- an experiment of one's own -----------------------------------------------------------------------------


def knob(app: PictureBookApp, name: str) -> str | None:
    return next(row.value for row in app.screen.query_one(KnobList).rows if row.id == name)


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (200, 60)])
async def test_knobs_are_turned_bet_on_run_and_answered_as_often_as_one_likes(size: tuple[int, int]) -> None:
    app = app_with()
    async with app.run_test(size=size) as pilot:
        here = await at(pilot, Place(LAST.key, stage=Stage.PLAY))
        await until(pilot, lambda: own().invitation in words_of(app), "the invitation")
        assert (knob(app, "book"), knob(app, "batch_size"), knob(app, "epochs")) == ("Four shelves", "10", "3")
        await pilot.press("down", "right", "l", "down", "left", "down", "right", "up")
        assert (knob(app, "batch_size"), knob(app, "learning_rate"), knob(app, "epochs")) == ("40", "0.03", "5")
        assert "makes 5 updates" in words_of(app)
        await pilot.press("enter")
        await until(pilot, lambda: "batch 40, rate 0.03, epochs 5" in words_of(app), "the question")
        await pilot.press("3")
        await until(pilot, lambda: here.has_class("-answer"), "the answer")
        first = here._lessons.progress.tried[-1]
        assert first.paragraph in words_of(app)
        assert first.answer in words_of(app)
        await until(pilot, lambda: here.query(Curves), "the curves")
        await pilot.press("r")
        await until(pilot, lambda: here.query(KnobList), "the knobs again")
        assert knob(app, "batch_size") == "40"
        assert here.query_one(KnobList).cursor == 2
        if size != (60, 20):
            assert first.note in words_of(app)
        await pilot.press("enter", "down", "enter")
        await until(pilot, lambda: here.has_class("-answer"), "the second answer")
        assert len(here._lessons.progress.tried) == 2
        await pilot.press("enter")
        await until(pilot, lambda: "Experiments of your own: 2" in words_of(app), "the chapter's end")
        await pilot.press("enter")
        await screen(pilot, ChaptersScreen)


async def test_an_experiment_that_was_left_is_taken_up_by_the_next_start(tmp_path: Path) -> None:
    turned = {**own().turned(), "batch_size": 20, "learning_rate": 0.3}
    bet = own().bet(turned)
    save_progress(tmp_path, Progress().try_own(LAST, bet, turned, 1, 77))
    app = app_with(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        here = await chapters(pilot)
        await until(pilot, lambda: here.knobs.cursor == 9, "the cursor where one stopped")
        await pilot.press("enter")
        chapter = await screen(pilot, ChapterScreen)
        await until(pilot, lambda: chapter.has_class("-answer"), "the answer")
        assert "batch 20, rate 0.3, epochs 3" in words_of(app)
    tried = load_progress(tmp_path)[0].find(LAST.key, OWN)
    assert isinstance(tried, Tried)
    outcome = bet.run(77)
    assert (tried.seed, tried.paragraph, tried.note) == (77, outcome.paragraph, outcome.note)


async def test_whoever_has_enough_ends_the_chapter_without_an_experiment() -> None:
    app = app_with()
    async with app.run_test(size=(80, 24)) as pilot:
        here = await at(pilot, Place(LAST.key, stage=Stage.PLAY))
        await until(pilot, lambda: here.query(KnobList), "the knobs")
        assert "n end" in text_of(app)
        await pilot.press("n")
        await until(pilot, lambda: here._place is None, "the chapter's end")
        await pilot.press("enter", "escape")
        await screen(pilot, HomeScreen)


async def test_arrows_turn_a_knob_with_the_mouse_too() -> None:
    app = app_with()
    async with app.run_test(size=(80, 24)) as pilot:
        here = await at(pilot, Place(LAST.key, stage=Stage.PLAY))
        await until(pilot, lambda: here.query(KnobList), "the knobs")
        row, line = next((y, line) for y, line in enumerate(text_of(app).split("\n")) if "Batch size" in line)
        await pilot.click(offset=(line.index("▸", line.index("10")), row))
        await until(pilot, lambda: knob(app, "batch_size") == "20", "the turned knob")


# -- wide windows -------------------------------------------------------------------------------------------


async def test_in_a_wide_window_a_chapter_stands_in_the_middle() -> None:
    app = app_with()
    async with app.run_test(size=(200, 60)) as pilot:
        here = await at(pilot, Place(NINTH.key))
        await until(pilot, lambda: NINTH.introduction in words_of(app), "the introduction")
        words = here.query_one("#words").region
        assert abs(words.x - (200 - words.right)) <= 1
        assert words.width <= 110
        await pilot.press("enter", "1")
        await until(pilot, lambda: here.has_class("-answer"), "the answer")
        drawn = here.query_one(TrialView).region
        assert (drawn.x, drawn.width) == (words.x, words.width)
