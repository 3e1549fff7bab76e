"""The board's figures, and the grid to share."""

from __future__ import annotations

from typing import Any

from picturebook_tui.book.book import Book
from picturebook_tui.book.load import load_book
from picturebook_tui.game.child import SimulatedChild
from picturebook_tui.game.run import Run
from picturebook_tui.game.scoreboard import Agreement, Scoreboard
from picturebook_tui.game.share import shape, share_grid
from picturebook_tui.learner.metrics import KAPPA_PICTURES
from picturebook_tui.settings import RunSettings
from tests.game.test_run import SETTINGS, play


def test_an_empty_board_has_no_figures(book: Book) -> None:
    board = Scoreboard.of(Run(SETTINGS, book))
    assert board.child.book.accuracy is None
    assert board.agreement is None
    assert board.epochs == ()


def test_the_board_adds_up(book: Book) -> None:
    run = Run(SETTINGS, book)
    play(run, SimulatedChild(0.7, 2))
    board = Scoreboard.of(run)
    assert board.child.book.answered == board.model.book.answered == 46
    assert board.child.book.right == sum(result.child_right for result in run.turned)
    assert board.child.unseen.answered == 7
    mean = sum(epoch.child_accuracy for epoch in board.epochs) / 2
    assert abs(mean - board.child.book.accuracy) < 1e-12  # type: ignore[operator]


def played(**changes: Any) -> Agreement:
    settings = RunSettings(**{"pictures": 60, "unseen": 0, "epochs": 1, "seed": 1} | changes)
    book = load_book("cats-and-dogs", pictures=settings.pictures, unseen=0, seed=1)
    run = Run(settings, book)
    play(run, SimulatedChild(0.7))
    agreement = Scoreboard.of(run).agreement
    assert agreement is not None
    return agreement


def test_error_consistency_waits_for_a_hundred_different_pictures() -> None:
    few = played()
    assert (few.pictures, few.kappa, few.low, few.high) == (60, None, None, None)
    enough = played(pictures=110)
    assert KAPPA_PICTURES <= enough.pictures <= 110
    assert enough.low is not None
    assert enough.kappa is not None
    assert enough.high is not None
    assert enough.low <= enough.kappa <= enough.high
    assert played(pictures=110) == enough


def test_pictures_shown_again_in_later_epochs_add_nothing_to_error_consistency() -> None:
    again = played(epochs=3)
    assert again.epoch == 2
    assert again.pictures <= 60
    assert again.kappa is None


def test_an_epoch_that_reads_the_book_twice_counts_each_picture_once() -> None:
    twice = played(steps_per_epoch=12)
    assert twice.pictures <= 60
    assert twice.kappa is None


def test_a_drawing_that_comes_twice_as_the_same_pixels_counts_once() -> None:
    # Thirty-six pixel-identical creatures of eight kinds: showings are not pictures.
    book = load_book("six-wugs", pictures=120, unseen=0, seed=1)
    run = Run(RunSettings(book="six-wugs", pictures=120, unseen=0, epochs=1, seed=1), book)
    play(run, SimulatedChild(0.7))
    agreement = Scoreboard.of(run).agreement
    assert agreement is not None
    assert agreement.pictures == len({pixels.tobytes() for pixels in book.training.pixels}) < 120
    assert (agreement.kappa is None) == (agreement.pictures < KAPPA_PICTURES)


def test_missed_pictures_are_told_apart_by_who_missed_them(book: Book) -> None:
    run = Run(SETTINGS, book)
    play(run, SimulatedChild(0.6, 9))
    board = Scoreboard.of(run)
    for missed in board.only_child_missed:
        assert missed.child != missed.picture.label == missed.model.label
    for missed in board.only_model_missed:
        assert missed.model.label != missed.picture.label == missed.child
    last = [r for r in (*run.turned, *run.unseen_turned) if r.page.epoch == 1]
    wrong = sum(c != t or g.label != t for r in last for c, g, t in zip(r.child, r.model, r.truth, strict=True))
    assert wrong == len(board.only_child_missed) + len(board.only_model_missed) + len(board.both_missed)


def test_the_grid_has_a_shape_a_page_and_gives_no_picture_away(book: Book) -> None:
    run = Run(SETTINGS, book)
    play(run, SimulatedChild(1.0))
    grid = share_grid(run)
    rows = [line for line in grid.splitlines() if line.startswith((" 1 ", " 2 "))]
    assert len(rows) == 2
    assert all(row.count("|") == 2 and "●●●|●" in row for row in rows)
    assert not any(picture.emoji in grid for picture in book.training.pictures)


def test_full_and_empty_shapes_are_kept_for_all_and_none() -> None:
    assert shape(10, 10) == "●"
    assert shape(99, 100) != "●"
    assert shape(0, 10) == "○"
    assert shape(1, 100) != "○"


def test_a_simulated_child_is_as_good_as_it_says() -> None:
    child = SimulatedChild(0.8, 4)
    right = sum(child.answer(1, 4, page=page, card=card) == 1 for page in range(100) for card in range(10))
    assert 760 <= right <= 840
    assert child.answer(1, 4, page=7, card=3) == child.answer(1, 4, page=7, card=3)
