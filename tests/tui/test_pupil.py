"""Your pupil on the board: when it is taught, what its row says, and that no key waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from picturebook_tui.errors import TakenDown
from picturebook_tui.game.events import EpochResult, StepResult
from picturebook_tui.game.gap import Known
from picturebook_tui.game.pupil import Pupil, PupilBoard, PupilEpoch, PupilPage, pupil_epochs
from picturebook_tui.game.words import pupil_sentence
from picturebook_tui.records.store import MemoryStore, Store
from picturebook_tui.tui.screens.finale import FinaleScreen
from picturebook_tui.tui.screens.summary import SummaryScreen
from picturebook_tui.tui.screens.tables import epoch_series, pupil_row, pupil_told, score_rows
from picturebook_tui.tui.session import Session
from picturebook_tui.tui.widgets.curves import Curves
from picturebook_tui.tui.widgets.scoreboard import ScoreTable

from .screens_room import app_of, keep_almost_finished, screen, until, words_of
from .test_session import SETTINGS, answer_page, play

OF = ((50, 50), (40, 40))
"""Pictures of either label, and different drawings."""

EPOCH = PupilEpoch(2, 0.8, 0.9, 0.4, 0.78, 0.95, 0.1, again=Known((48, 47), *OF), new=Known((40, 38), *OF))

MODEL = EpochResult(
    2, 1.0, 0.9, 0.3, 1.0, 0.82, 0.4, 0.97, 0.1, 700, model_again=Known((49, 48), *OF), model_new=Known((42, 40), *OF)
)


def taught(run: Any) -> PupilBoard:
    pupil = Pupil(run.settings, run.book)
    for result in run.turned:
        pupil.teach(result)
    return pupil.board


@pytest.mark.parametrize(
    ("slips", "name", "known", "said"),
    [
        (
            3,
            "you",
            True,
            "Your pupil learned your 3 slips: 78% of unseen pictures, the model 82%: too few to tell them apart.",
        ),
        (
            1,
            "you",
            True,
            "Your pupil learned your one slip: 78% of unseen pictures, the model 82%: too few to tell them apart.",
        ),
        (
            3,
            "the child",
            True,
            "The child's pupil learned its 3 slips: 78% of unseen pictures, the model 82%: too few to tell them apart.",
        ),
        (
            3,
            "you",
            False,
            "Your pupil learned your labels, 3 of them other than the book's: 78% of unseen pictures, the model 82%: "
            "too few to tell them apart.",
        ),
        (0, "you", True, "You made no mistake, so your pupil is the model's twin."),
        (0, "the child", True, "The child made no mistake, so its pupil is the model's twin."),
        (0, "you", False, "You always said what the book says, so your pupil is the model's twin."),
    ],
)
def test_a_sentence_says_what_the_pupil_came_to(slips: int, name: str, known: bool, said: str) -> None:
    assert pupil_sentence(PupilBoard((EPOCH,), slips), MODEL, name, slips_known=known) == said


def test_the_same_figures_are_said_once_and_without_unseen_pages_the_book_is_asked() -> None:
    board = PupilBoard((replace(EPOCH, new=MODEL.model_new),), 2)
    assert pupil_sentence(board, MODEL).endswith("82% of unseen pictures, like the model.")
    bare = PupilBoard((replace(EPOCH, unseen=None, new=None),), 2)
    said = pupil_sentence(bare, replace(MODEL, model_unseen=None, model_new=None))
    assert said.endswith("95% of the book, asked once more, the model 97%: too few to tell them apart.")


def test_a_pupil_that_clearly_knows_less_is_told_by_how_much() -> None:
    board = PupilBoard((replace(EPOCH, new=Known((20, 20), *OF)),), 30)
    assert pupil_sentence(board, MODEL).endswith(
        "40% of unseen pictures, the model 82%, between 27 and 55 points more (95%)."
    )


async def test_no_key_waits_for_the_pupil(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, goes_on, teaching = False, False, Pupil.teaching

    def slowly(self: Pupil, result: StepResult) -> Generator[asyncio.Future[None] | None, None, PupilPage | None]:
        nonlocal begun
        begun = True
        while not goes_on:
            waiting = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_later(0.01, waiting.set_result, None)
            yield waiting
        return (yield from teaching(self, result))

    monkeypatch.setattr(Pupil, "teaching", slowly)
    session = await Session.begin(SETTINGS, MemoryStore())
    await session.deal()
    await answer_page(session)
    await session.turn_page()
    # What the screen needs to show the turned page is there while the pupil has not learned it.
    board = await session.board()
    assert board.child.book.answered == 4
    await session.go_on()
    await session.answer(0, 0, 100)
    assert begun
    goes_on = True
    assert (await session.pupil()).epochs == ()
    await session.close()


async def test_the_pupil_is_the_same_however_often_the_run_was_left(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        session = await Session.begin(SETTINGS, store)
        await session.deal()
        await answer_page(session)
        await session.turn_page()
        await session.close()
        again = await Session.resume(store, session.run_id)
        await play(again)
        board = await again.pupil()
        assert board.epochs == pupil_epochs(again.run.settings, again.run.book, again.run.turned)
        assert board == taught(again.run)
        assert board.slips > 0
        await again.close()


async def test_a_session_that_is_closed_while_a_page_waits_for_the_pupil_closes() -> None:
    session = await Session.begin(SETTINGS, MemoryStore())
    await session.deal()
    await answer_page(session)
    await session.turn_page()
    await session.close()
    with pytest.raises(TakenDown):
        await session.pupil()


@pytest.mark.parametrize("size", [(80, 24), (60, 20)])
async def test_mistakes_show_on_the_board_beside_the_model(size: tuple[int, int]) -> None:
    app = app_of()
    async with app.run_test(size=size) as pilot:
        app.continue_run(keep_almost_finished(app.store, accuracy=0.6))
        summary = await screen(pilot, SummaryScreen)
        pupil = taught(summary._of)
        assert not pupil.twin
        await until(pilot, lambda: pupil_told(summary._of, summary._board, pupil) in words_of(app), "the sentence")
        assert summary.query_one(ScoreTable).table[-1] == pupil_row(pupil.epochs[-1])
        await pilot.press("space")
        await screen(pilot, FinaleScreen)
        assert pupil_told(summary._of, summary._board, pupil) in words_of(app)
        await pilot.press("2")
        lines = app.screen.query_one("#curves", Curves).series
        assert len({line.marker for line in lines}) == len(lines)
        assert any(line.label == "pupil" for line in lines)


async def test_who_makes_no_mistake_has_a_twin_and_no_second_row_of_the_same_figures() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        app.continue_run(keep_almost_finished(app.store, accuracy=1.0))
        summary = await screen(pilot, SummaryScreen)
        await until(pilot, lambda: "your pupil is the model's twin" in words_of(app), "the sentence")
        pupil = taught(summary._of)
        assert len(score_rows(summary._board, pupil)) == 1 + len(summary._board.epochs)
        assert all(line.label != "pupil" for line in epoch_series(summary._board, pupil))


def test_the_pupils_row_has_its_gap_and_what_that_lies_between() -> None:
    assert pupil_row(EPOCH) == ("🎒", "", "80%", "", "78%", "6 to 27", "95%", "78%", "")
    assert pupil_row(replace(EPOCH, unseen=None, new=None))[4:8] == ("–", "–", "95%", "–")
