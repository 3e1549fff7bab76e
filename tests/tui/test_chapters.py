"""Chapters as a person meets them: open, bet, watch the run, read the answer, leave and come back."""

from __future__ import annotations

import itertools
from collections.abc import Generator
from functools import partial
from pathlib import Path
from threading import Event

import pytest
from textual.pilot import Pilot

from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.experiments.catalogue import Told
from picturebook_tui.game.lesson_files import load_chapters
from picturebook_tui.game.lessons import Bet, Chapter, Outcome
from picturebook_tui.game.progress import Place, Progress, Stage
from picturebook_tui.launch import LaunchOptions
from picturebook_tui.records.progress import load_progress, save_progress
from picturebook_tui.records.settings import Preferences
from picturebook_tui.records.store import MemoryStore
from picturebook_tui.tui.app import PictureBookApp
from picturebook_tui.tui.screens.chapter import ChapterScreen
from picturebook_tui.tui.screens.chapters import BeforeAfterScreen, ChaptersScreen
from picturebook_tui.tui.screens.home import HomeScreen
from picturebook_tui.tui.screens.marked import MarkedScreen
from picturebook_tui.tui.screens.trial_curves import MOST_COLUMNS, draw
from picturebook_tui.tui.screens.trial_view import TrialView
from picturebook_tui.tui.widgets.curves import Curves, draw_curves
from picturebook_tui.tui.widgets.page_grid import PageGrid

from .conftest import ENVIRON
from .screens_room import from_palette, screen, text_of, until, words_of
from .siblings_room import Here

THIRD = 2
"""Position of the chapter on epochs: three bets, each a thirtieth of a second."""


def app_with(folder: Path | None = None, *, still: bool = True) -> PictureBookApp:
    """An app on Home that keeps its progress in a folder, or nowhere."""
    return PictureBookApp(
        LaunchOptions(no_save=folder is None),
        store=MemoryStore(),
        preferences=Preferences(reduced_motion=still),
        jobs=Here(),
        load_progress=None if folder is None else partial(load_progress, folder),
        save_progress=None if folder is None else partial(save_progress, folder),
        environ=ENVIRON,
        clock=itertools.count(0.0).__next__,
    )


async def chapters(pilot: Pilot[int]) -> ChaptersScreen:
    """Open the chapters from Home, and wait for their rows."""
    await screen(pilot, HomeScreen)
    await pilot.press("b")
    here = await screen(pilot, ChaptersScreen)
    await until(pilot, lambda: here.knobs.rows, "the chapters")
    return here


async def chapter(pilot: Pilot[int], place: int = THIRD) -> ChapterScreen:
    """Open one chapter from Home."""
    here = await chapters(pilot)
    here.knobs.move_to(place)
    await pilot.press("enter")
    return await screen(pilot, ChapterScreen)


async def answered(pilot: Pilot[int], bet: Bet) -> None:
    """Wait for a bet's answer."""
    await until(pilot, lambda: pilot.app.screen.has_class("-answer"), f"the answer of {bet.key}")


def the(place: int) -> Chapter:
    return load_chapters()[place]


# -- the list -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (200, 60)])
async def test_all_ten_chapters_are_listed_with_their_bets(size: tuple[int, int]) -> None:
    app = app_with()
    async with app.run_test(size=size) as pilot:
        await chapters(pilot)
        lines = text_of(app)
        for one in load_chapters():
            assert f"{one.number:2}  {one.title}" in lines
        assert lines.count("0 of 3 bets") == sum(len(one.bets) == 3 for one in load_chapters())


async def test_the_palette_opens_the_chapters_and_esc_goes_home() -> None:
    app = app_with()
    async with app.run_test(size=(80, 24)) as pilot:
        await screen(pilot, HomeScreen)
        await from_palette(pilot, "chapters", "Chapters")
        await screen(pilot, ChaptersScreen)
        await pilot.press("escape", "escape")
        await screen(pilot, HomeScreen)


# -- a chapter from end to end ------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (200, 60)])
async def test_a_chapter_goes_from_introduction_to_before_and_after(size: tuple[int, int]) -> None:
    app, told = app_with(), the(THIRD)
    async with app.run_test(size=size) as pilot:
        here = await chapter(pilot)
        await until(pilot, lambda: told.introduction in words_of(app), "the introduction")
        for number, bet in enumerate(told.bets, 1):
            await pilot.press("enter")
            await until(pilot, lambda bet=bet: bet.question in words_of(app), "the question")  # type: ignore[misc]
            assert f"bet {number} of 3" in text_of(app)
            for choice in bet.choices:
                assert choice.text in words_of(app)
            await pilot.press("1")
            await answered(pilot, bet)
            taken = here._lessons.progress.find(told.key, bet.key)
            assert taken is not None
            assert taken.settled
            assert taken.paragraph in words_of(app)
            assert ("✓" if taken.right else "✗") in words_of(app)
            assert taken.answer in words_of(app)
            await until(pilot, lambda: here.query_one(Curves).size.height >= 5, "the curves")
            assert all(line.startswith("  ") or not line.strip() for line in text_of(app).split("\n")[1:-1])
        await pilot.press("enter")
        await until(pilot, lambda: "before:" in words_of(app), "before and after")
        await pilot.press("enter")
        await until(pilot, lambda: the(THIRD + 1).title in text_of(app), "the next chapter")


async def test_arrows_and_enter_bet_on_the_marked_choice() -> None:
    app, bet = app_with(), the(THIRD).bets[0]
    async with app.run_test(size=(80, 24)) as pilot:
        here = await chapter(pilot)
        await pilot.press("enter", "down", "down", "up", "enter")
        await answered(pilot, bet)
        taken = here._lessons.progress.find("an-epoch", bet.key)
        assert taken is not None
        assert taken.choice == bet.choices[1].text


async def test_a_click_bets_on_a_choice() -> None:
    app, bet = app_with(), the(THIRD).bets[0]
    async with app.run_test(size=(80, 24)) as pilot:
        here = await chapter(pilot)
        await pilot.press("enter")
        row = next(y for y, line in enumerate(text_of(app).split("\n")) if bet.choices[2].text in line)
        await pilot.click(offset=(20, row))
        await answered(pilot, bet)
        taken = here._lessons.progress.find("an-epoch", bet.key)
        assert taken is not None
        assert taken.choice == bet.choices[2].text


async def test_a_number_without_a_choice_bets_on_nothing() -> None:
    app = app_with()
    async with app.run_test(size=(80, 24)) as pilot:
        here = await chapter(pilot)
        await pilot.press("enter", "4")
        assert here._stage is Stage.BET
        assert here._lessons.progress.taken == ()


async def test_betting_again_keeps_what_was_believed_first() -> None:
    app, bet = app_with(), the(THIRD).bets[0]
    async with app.run_test(size=(80, 24)) as pilot:
        here = await chapter(pilot)
        await pilot.press("enter", "1")
        await answered(pilot, bet)
        await pilot.press("r")
        await until(pilot, lambda: here._stage is Stage.BET, "the question again")
        await pilot.press("2")
        await answered(pilot, bet)
        taken = here._lessons.progress.find("an-epoch", bet.key)
        assert taken is not None
        assert (taken.first, taken.choice) == (bet.choices[0].text, bet.choices[1].text)
        assert taken.right
        assert not taken.right_before


async def test_a_chapter_that_was_begun_goes_on_with_its_open_bet(tmp_path: Path) -> None:
    chosen = the(THIRD)
    progress = Progress().take(chosen, chosen.bets[0], 1, 3)
    save_progress(tmp_path, progress.settle(chosen, chosen.bets[0], chosen.bets[0].run(3)).at(Place("a-step")))
    app = app_with(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await chapter(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: chosen.bets[1].question in words_of(app), "the second question")


async def test_after_a_chapter_the_cursor_stands_on_the_next() -> None:
    app = app_with()
    async with app.run_test(size=(80, 24)) as pilot:
        here = await chapters(pilot)
        assert here.knobs.cursor == 0
        await pilot.press("enter")
        await screen(pilot, ChapterScreen)
        await pilot.press("enter", "1")
        await answered(pilot, the(0).bets[0])
        await pilot.press("enter")
        await until(pilot, lambda: "before:" in words_of(app), "before and after")
        await pilot.press("escape")
        await screen(pilot, ChaptersScreen)
        await until(pilot, lambda: here.knobs.cursor == 1, "the next chapter")
        assert "✓ 1 of 1 bet" in text_of(app)
        await pilot.press("up", "question_mark", "escape")
        await screen(pilot, ChaptersScreen)
        assert here.knobs.cursor == 0


@pytest.mark.parametrize("size", [(80, 24), (60, 20)])
async def test_pictures_that_were_left_out_are_shown_one_by_one(size: tuple[int, int]) -> None:
    app, chosen = app_with(), the(THIRD)
    progress = Progress().take(chosen, chosen.bets[0], 1, 3)
    progress = progress.settle(chosen, chosen.bets[0], chosen.bets[0].run(3))
    async with app.run_test(size=size) as pilot:
        here = await chapters(pilot)
        assert here.lessons is not None
        here.lessons.progress = progress
        here.knobs.move_to(THIRD)
        await pilot.press("enter")
        await screen(pilot, ChapterScreen)
        assert "p pictures" not in text_of(app)
        await pilot.press("p", "enter")
        assert isinstance(app.screen, ChapterScreen)
        await pilot.press("2")
        await answered(pilot, chosen.bets[1])
        assert "p pictures" in text_of(app)
        await pilot.press("p")
        shown = await screen(pilot, MarkedScreen)
        await until(pilot, lambda: shown.query_one(PageGrid).marks, "the pictures")
        assert len(shown.query_one(PageGrid).marks) == 31
        assert "1/31" in text_of(app)
        assert "left out" in text_of(app)
        await pilot.press("right")
        assert "2/31" in text_of(app)
        await pilot.press("escape")
        await screen(pilot, ChapterScreen)


# -- leaving and coming back --------------------------------------------------------------------------------


async def test_progress_is_kept_and_the_next_start_goes_on_there(tmp_path: Path) -> None:
    first, bet = app_with(tmp_path), the(THIRD).bets[0]
    async with first.run_test(size=(80, 24)) as pilot:
        await chapter(pilot)
        await pilot.press("enter", "2")
        await answered(pilot, bet)
        paragraph = first.screen._taken.paragraph  # type: ignore[attr-defined]
        await until(pilot, lambda: load_progress(tmp_path)[0].place == Place("an-epoch", bet.key, Stage.ANSWER), "file")
    second = app_with(tmp_path)
    async with second.run_test(size=(80, 24)) as pilot:
        here = await chapters(pilot)
        await until(pilot, lambda: here.knobs.cursor == THIRD, "the cursor where one stopped")
        assert "1 of 3 bets" in text_of(second)
        assert "1 of 19 bets settled" in words_of(second)
        await pilot.press("enter")
        await until(pilot, lambda: paragraph in words_of(second), "the answer")
        await until(pilot, lambda: second.screen.query(Curves), "its curves")
        await pilot.press("escape", "s")
        await screen(pilot, BeforeAfterScreen)
        assert bet.question in words_of(second)


async def test_without_saving_no_file_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    app = app_with()
    async with app.run_test(size=(80, 24)) as pilot:
        await chapter(pilot)
        await pilot.press("enter", "2")
        await answered(pilot, the(THIRD).bets[0])
    assert list(tmp_path.iterdir()) == []


async def test_a_run_that_was_left_is_taken_up_with_the_same_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on, seeds = Event(), []
    real = Bet.running

    def slow(self: Bet, seed: int) -> Generator[Told, None, Outcome]:
        seeds.append(seed)
        yield Told("model", "loss", 1, 12, 0.7)
        goes_on.wait(10)
        return (yield from real(self, seed))

    monkeypatch.setattr(Bet, "running", slow)
    app, bet = app_with(), the(THIRD).bets[0]
    async with app.run_test(size=(80, 24)) as pilot:
        await chapter(pilot)
        await pilot.press("enter", "2")
        await until(pilot, lambda: "1/12" in text_of(app) or "◐" in text_of(app) or "●" in text_of(app), "the bar")
        # Leaves at once, though the run has not ended.
        await pilot.press("escape")
        here = await screen(pilot, ChaptersScreen)
        assert "0 of 3 bets · go on here" in text_of(app)
        assert here.lessons is not None
        assert here.lessons.progress.place == Place("an-epoch", bet.key, Stage.RUN)
        goes_on.set()
        await pilot.press("enter")
        await screen(pilot, ChapterScreen)
        await answered(pilot, bet)
    assert len(seeds) == 2
    assert seeds[0] == seeds[1]


async def test_an_experiment_that_cannot_be_says_why_and_can_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    real, fails = Bet.running, [True]

    def once(self: Bet, seed: int) -> Generator[Told, None, Outcome]:
        if fails.pop() if fails else False:
            raise PictureBookError("The settings don't go together: change them.")
        return (yield from real(self, seed))

    monkeypatch.setattr(Bet, "running", once)
    app, bet = app_with(), the(THIRD).bets[0]
    async with app.run_test(size=(80, 24)) as pilot:
        await chapter(pilot)
        await pilot.press("enter", "2")
        await until(pilot, lambda: "The settings don't go together" in words_of(app), "the sentence")
        await pilot.press("enter")
        await answered(pilot, bet)


async def test_progress_that_cannot_be_kept_is_said_and_the_chapter_goes_on() -> None:
    def full(_: Progress) -> None:
        raise PictureBookError("The disk is full: make room.")

    app = app_with()
    app._save_progress = full
    async with app.run_test(size=(80, 24)) as pilot:
        await chapter(pilot)
        await until(
            pilot, lambda: any("The disk is full" in note.message for note in app._notifications), "the sentence"
        )
        await pilot.press("enter", "2")
        await answered(pilot, the(THIRD).bets[0])


async def test_curves_grow_while_the_run_goes_on_unless_nothing_may_move() -> None:
    app, bet = app_with(still=False), the(THIRD).bets[0]
    async with app.run_test(size=(80, 24)) as pilot:
        here = await chapter(pilot)
        await pilot.press("enter", "2")
        await until(pilot, lambda: here.query(Curves), "the first points")
        assert here.query_one(TrialView).has_class("-running")
        await pilot.press("enter")
        await answered(pilot, bet)


# -- the curves ---------------------------------------------------------------------------------------------


def test_lines_lie_at_their_steps_and_end_with_what_was_told_last() -> None:
    bet = the(THIRD).bets[0]
    drawing = draw(bet, [Told("model", "loss", step, 9, value) for step, value in ((1, 1.0), (5, 0.2), (6, 0.4))])
    assert drawing is not None
    assert drawing.lines[0].values == pytest.approx([1.0, 0.8, 0.6, 0.4, 0.2, 0.4])
    assert (drawing.x_count, drawing.x_label) == (9, "step")
    assert drawing.y_range == (0.0, 2.0)


@pytest.mark.parametrize("width", [52, 72, 116])
def test_a_long_run_is_drawn_ten_steps_to_a_column_and_counted_in_steps(width: int) -> None:
    bet = the(THIRD).bets[0]
    drawing = draw(bet, [Told("model", "loss", step, 2000, 1.0) for step in range(1, 2001, 10)])
    assert drawing is not None
    assert drawing.x_count <= MOST_COLUMNS
    assert len(drawing.lines[0].values) == 200
    drawn = draw_curves(
        drawing.lines, width, 9, y_range=drawing.y_range, percent=False, x_label=drawing.x_label,
        x_count=drawing.x_count, x_ticks=drawing.x_ticks,
    )  # fmt: skip
    below = "".join(part for part, _ in drawn[-1]).split()
    assert below == ["500", "1,000", "1,500", "2,000", "step"]


def test_a_learner_that_blows_up_does_not_flatten_the_others() -> None:
    bet = the(4).bets[0]
    told = [
        Told("right", "loss", 1, 20, 0.8),
        Told("large", "loss", 3, 20, 273_231.0),
        Told("large", "loss", 1, 20, 0.8),
    ]
    drawing = draw(bet, [told[0], told[2], told[1]])
    assert drawing is not None
    assert drawing.y_range == (0.0, 1.0)
    assert [name for _, name, _ in drawing.legend] == ["rate 0.1", "rate 10"]
    assert len({line.marker for line in drawing.lines}) == 2


def test_one_measure_is_named_once_and_two_are_told_apart_by_shape() -> None:
    memorising = the(6)
    one = draw(memorising.bets[1], [Told("few", "unseen", 1, 20, 0.5), Told("new", "unseen", 1, 20, 0.7)])
    assert one is not None
    assert one.heading == "unseen pages"
    assert "unseen" not in "".join(name for _, name, _ in one.legend)
    two = draw(memorising.bets[0], [Told("few", "accuracy", 1, 20, 0.5), Told("few", "unseen", 1, 20, 0.7)])
    assert two is not None
    assert two.heading == ""
    assert [line.dashed for line in two.lines] == [False, True]
    assert two.lines[0].marker != two.lines[1].marker
