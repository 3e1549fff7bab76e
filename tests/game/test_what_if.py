"""What if: tables, walks, replays, and the pupil."""

from __future__ import annotations

from dataclasses import replace

import pytest

from picturebook_tui.book.book import Book
from picturebook_tui.game.child import SimulatedChild
from picturebook_tui.game.pupil import Pupil, pupil_epochs
from picturebook_tui.game.run import Run
from picturebook_tui.game.scoreboard import Tally
from picturebook_tui.game.what_if import (
    Replay,
    child_epochs,
    epochs_from_results,
    heat_map,
    model_epochs,
    own_cell,
    replay,
    replay_sentence,
    sweep_job,
    walk,
)
from picturebook_tui.learner.sweep import SweepResult, gather, sweep
from picturebook_tui.settings import RunSettings
from tests.game.test_run import play

SETTINGS = RunSettings(pictures=23, unseen=7, batch_size=10, epochs=3, seed=3)
SIZES, RATES = (2, 10, 23), (0.01, 0.1, 1e12)


@pytest.fixture(scope="module")
def result(book: Book) -> SweepResult:
    job = sweep_job(SETTINGS, book, batch_sizes=SIZES, learning_rates=RATES)
    return gather(job, sweep(job))


@pytest.fixture(scope="module")
def run(book: Book) -> Run:
    played = Run(SETTINGS, book)
    play(played, SimulatedChild(0.8, seed=1))
    return played


def tallies(*rights: int, of: int = 10) -> tuple[Tally, ...]:
    return tuple(Tally(right, of) for right in rights)


def told(child: tuple[Tally, ...], *models: tuple[int, tuple[Tally, ...]], rate: float = 0.1) -> str:
    (own_size, own), (size, other) = models
    return replay_sentence(Replay(own_size, 0.1, child, own), Replay(size, rate, child, other))


def test_the_run_s_own_sibling_is_the_run_s_model(book: Book, run: Run, result: SweepResult) -> None:
    own = result.sibling(10, 0.1)
    for row, epoch in zip(own.epochs, run.epochs, strict=True):
        assert row.accuracy == pytest.approx(epoch.model_accuracy)
        assert row.loss == pytest.approx(epoch.model_loss, abs=1e-5)
        assert row.book_loss == pytest.approx(epoch.model_frozen_loss, abs=1e-5)
        assert epoch.model_new is not None
        assert row.unseen_accuracy == epoch.model_new.by_label
    said = [tuple(page.tolist()) for row in own.epochs for page in row.guesses]
    assert said == [tuple(guess.label for guess in page.model) for page in run.turned]


def test_a_job_made_for_a_run_holds_the_run_and_starts_with_it(book: Book) -> None:
    for settings in (SETTINGS, replace(SETTINGS, batch_size=7, learning_rate=1 / 3), replace(SETTINGS, learner="cnn")):
        job = sweep_job(settings, book)
        assert job.batch_sizes[0] == settings.batch_size
        assert own_cell(gather(job, []), settings) is not None
        assert len(job.learning_rates) == 8


def test_the_heat_map_marks_the_run_the_best_and_who_ran_away(result: SweepResult) -> None:
    table = heat_map(result, SETTINGS, "book")
    assert (len(table.values), {len(row) for row in table.values}) == (3, {3})
    assert table.own == (1, 1)
    assert table.values[1][1] == result.sibling(10, 0.1).epochs[-1].book_accuracy
    assert table.stopped == ((False, False, True),) * 3
    assert table.best is not None
    best = table.values[table.best[0]][table.best[1]]
    assert best == max(value for row in table.values for value in row if value is not None)
    unseen = heat_map(result, SETTINGS, "unseen")
    assert unseen.values[0][0] == result.sibling(2, 0.01).epochs[-1].unseen_accuracy


def test_a_sweep_that_was_stopped_early_leaves_empty_cells(book: Book) -> None:
    job = sweep_job(SETTINGS, book, batch_sizes=SIZES, learning_rates=RATES)
    table = heat_map(gather(job, []), SETTINGS)
    assert table.values == ((None,) * 3,) * 3
    assert table.best is None


def test_without_unseen_pages_that_map_is_empty(book: Book) -> None:
    job = replace(
        sweep_job(SETTINGS, book, batch_sizes=(10,), learning_rates=(0.1,)), unseen_pixels=None, unseen_targets=None
    )
    assert heat_map(gather(job, sweep(job)), SETTINGS, "unseen").values == ((None,),)


def test_a_walk_turns_one_knob(result: SweepResult) -> None:
    by_size, by_rate = walk(result, SETTINGS, "batch_size"), walk(result, SETTINGS, "learning_rate")
    assert by_size is not None
    assert by_rate is not None
    assert (by_size.positions, by_size.own) == (SIZES, 1)
    assert [sibling.learning_rate for sibling in by_size.siblings] == [0.1] * 3
    assert (by_rate.positions, by_rate.own) == (RATES, 1)
    assert [sibling.batch_size for sibling in by_rate.siblings] == [10] * 3
    assert by_size.book[by_size.own] == by_rate.book[by_rate.own] == result.sibling(10, 0.1).epochs[-1].book_accuracy
    assert by_rate.stopped == (False, False, True)
    assert walk(result, replace(SETTINGS, batch_size=3), "batch_size") is None


def test_the_child_s_own_answers_are_held_against_a_sibling(run: Run, result: SweepResult) -> None:
    child = child_epochs(run.turned, 3)
    assert [tally.accuracy for tally in child] == [epoch.child_accuracy for epoch in run.epochs]
    assert epochs_from_results(run.epochs, 23) == child
    played = replay(child, result.sibling(10, 0.1))
    assert played.model == model_epochs(run.turned, 3)
    wild = replay(child, result.sibling(2, 1e12))
    wins = [tally.right > row.right for tally, row in zip(child, result.sibling(2, 1e12).epochs, strict=True)]
    assert wild.won == sum(wins)


def test_epochs_of_other_lengths_are_compared_by_their_shares() -> None:
    against = Replay(5, 0.1, (Tally(2, 3), Tally(2, 3), Tally(2, 3)), (Tally(4, 6), Tally(5, 6), Tally(3, 6)))
    assert against.outcomes == (0, -1, 1)


def test_only_epochs_that_both_have_read_count(result: SweepResult) -> None:
    assert replay(tallies(20, of=23), result.sibling(10, 0.1)).epochs == 1


def test_the_replay_is_told_as_a_person_would() -> None:
    child = tallies(8, 8, 8, 8)
    lost, most, even = tallies(9, 9, 9, 1), tallies(1, 9, 7, 7), tallies(9, 1, 9, 1)
    assert told(child, (10, lost), (32, most)) == (
        "You lost to batch 10; against batch 32 you would have won 3 of 4 epochs."
    )
    assert told(child, (10, most), (32, tallies(1, 1, 1, 1))) == (
        "You won against batch 10; against batch 32 you would have won all 4 epochs."
    )
    assert told(child, (10, even), (2, tallies(9, 9, 9, 9))) == (
        "It was a draw against batch 10; against batch 2 you would have won none of 4 epochs."
    )
    assert told(child, (10, lost), (2, tallies(1, 8, 9, 8))) == (
        "You lost to batch 10; against batch 2 you would have won 1 of 4 epochs and drawn 2."
    )
    assert told(child, (10, lost), (10, most), rate=0.003) == (
        "You lost to learning rate 0.1; against learning rate 0.003 you would have won 3 of 4 epochs."
    )
    assert told(child, (10, lost), (32, most), rate=1.0) == (
        "You lost to batch 10 at learning rate 0.1; "
        "against batch 32 at learning rate 1 you would have won 3 of 4 epochs."
    )
    one = tallies(8)
    assert told(one, (10, tallies(9)), (32, tallies(7))) == (
        "You lost to batch 10; against batch 32 you would have won the one epoch."
    )
    assert told(one, (10, tallies(9)), (32, tallies(8))) == (
        "You lost to batch 10; against batch 32 you would have won no epoch, but drawn it."
    )
    assert told((), (10, ()), (32, ())) == ""


def test_a_pupil_of_a_child_that_knows_everything_is_the_model(book: Book) -> None:
    run = Run(SETTINGS, book)
    play(run, SimulatedChild(1.0))
    for row, epoch in zip(pupil_epochs(SETTINGS, book, run.turned), run.epochs, strict=True):
        assert row.accuracy == row.agreement == epoch.model_accuracy
        assert row.frozen_loss == epoch.model_frozen_loss
        assert row.unseen == epoch.model_unseen


def test_a_pupil_learns_the_child_s_mistakes(book: Book) -> None:
    run = Run(replace(SETTINGS, epochs=8), book)
    play(run, SimulatedChild(0.0))
    rows = pupil_epochs(run.settings, book, run.turned)
    assert rows[-1].agreement > 0.8
    assert rows[-1].accuracy == pytest.approx(1 - rows[-1].agreement)
    assert rows[-1].frozen < 0.2


def test_the_same_pages_make_the_same_pupil_page_by_page_or_at_once(book: Book, run: Run) -> None:
    pupil = Pupil(SETTINGS, book)
    for result in (*run.turned[:4], *run.unseen_turned, *run.turned[4:]):
        page = pupil.teach(result)
        assert (page is None) == result.page.unseen
    assert tuple(pupil.epochs) == pupil_epochs(SETTINGS, book, run.turned)
    assert len(pupil.epochs) == 3


def test_an_epoch_that_is_not_read_to_its_end_has_no_row(book: Book, run: Run) -> None:
    assert len(pupil_epochs(SETTINGS, book, run.turned[:5])) == 1
