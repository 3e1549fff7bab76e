"""The gap: what it is counted from, and what is told of it."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from picturebook_tui.book.book import Book, book_from_recipe
from picturebook_tui.book.load import load_book
from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.child import SimulatedChild
from picturebook_tui.game.codec import COUNTED, epoch_result_from_dict, event_from_dict, event_to_dict
from picturebook_tui.game.events import EpochEnded, Event
from picturebook_tui.game.gap import Gap, Known, gap_between, known, model_gap, saved_gap
from picturebook_tui.game.lesson_files import load_chapters
from picturebook_tui.game.pupil import Pupil
from picturebook_tui.game.run import Run
from picturebook_tui.game.summary import summarise
from picturebook_tui.game.words import all_unseen, epoch_sentences, gap_cell, gap_told, pupil_sentence, unseen_told
from picturebook_tui.learner.learner import Learner
from picturebook_tui.learner.metrics import balanced_accuracy, difference_interval
from picturebook_tui.settings import RunSettings

from .test_run import play

SETTINGS = RunSettings(pictures=40, unseen=10, epochs=2, seed=6)


@pytest.fixture(scope="module")
def cats() -> Book:
    return load_book("cats-and-dogs", pictures=40, unseen=10, seed=6)


@pytest.fixture(scope="module")
def played(cats: Book) -> tuple[Run, list[Event]]:
    run = Run(SETTINGS, cats)
    return run, play(run, SimulatedChild(0.8, seed=2))


def counted(right: int, of: int, other: int = 0, other_of: int = 0) -> Known:
    return Known((right, other), (of, other_of), (of, other_of))


def test_the_model_is_measured_on_every_unseen_drawing_and_each_label_counts_the_same(
    played: tuple[Run, list[Event]], cats: Book
) -> None:
    run, _ = played
    last = run.epochs[-1]
    assert last.gap is not None
    assert last.model_new is not None
    guessed = run.learner.predict_proba(cats.unseen.pixels)
    assert sum(last.model_new.pictures) == len(cats.unseen) > cats.unseen_cards
    assert last.gap.unseen == pytest.approx(balanced_accuracy(guessed, cats.unseen.targets))
    again = run.learner.predict_proba(cats.training.pixels)
    assert last.gap.book == pytest.approx(balanced_accuracy(again, cats.training.targets))
    assert last.gap == model_gap(run.learner, cats)


def test_child_and_model_are_compared_on_the_same_cards(played: tuple[Run, list[Event]], cats: Book) -> None:
    run, _ = played
    assert run.unseen_pages == 1
    for page in run.unseen_turned:
        assert page.page.indices == tuple(range(10))
    last = run.epochs[-1]
    guessed = run.learner.predict_proba(cats.unseen.pixels[:10]).argmax(axis=1)
    assert last.model_unseen == np.mean(guessed == cats.unseen.targets[:10])
    assert last.child_new is not None
    assert sum(last.child_new.pictures) == 10


def test_the_child_has_a_gap_of_its_own(played: tuple[Run, list[Event]]) -> None:
    run, _ = played
    last = run.epochs[-1]
    assert last.child_gap is not None
    assert last.child_book is not None
    assert last.child_book.accuracy == pytest.approx(last.child_accuracy)
    assert last.child_gap.pictures == 10
    assert any(sentence.startswith("You: ") for sentence in epoch_sentences(SETTINGS, last, None))


def test_a_drawing_that_comes_again_is_no_new_trial() -> None:
    book = load_book("cats-and-dogs", pictures=200, seed=1)
    all_right = known(book.training.pictures, [True] * 200, 2)
    assert all_right.pictures == (100, 100)
    assert all_right.drawings[1] < 40
    other = counted(8, 20, 8, 20)
    sure = replace(all_right, drawings=all_right.pictures)
    wide, narrow = gap_between(all_right, other), gap_between(sure, other)
    assert wide is not None
    assert narrow is not None
    assert wide.low < narrow.low


def test_a_label_on_one_side_alone_is_no_part_of_the_gap() -> None:
    found = gap_between(counted(9, 10, 1, 10), counted(6, 10))
    assert found is not None
    assert (found.book, found.unseen, found.pictures) == (0.9, 0.6, 10)
    assert (found.low, found.high) == difference_interval([(0.9, 10)], [(0.6, 10)])
    assert gap_between(counted(9, 10), Known((0, 4), (0, 5), (0, 5))) is None
    assert gap_between(counted(9, 10), None) is None


@pytest.mark.parametrize(
    ("low", "high", "cell", "told"),
    [
        (0.051, 0.384, "5 to 38", "a gap of between 5 and 38 points (95%)"),
        (-0.02, 0.3, "too few", "too few to tell a gap"),
        (0.004, 0.3, "too few", "too few to tell a gap"),
        (-0.3, -0.004, "too few", "too few to tell a gap"),
        (-0.381, -0.12, "−38 to −12", "between 12 and 38 points better on pictures never learned from (95%)"),
    ],
)
def test_a_gap_is_told_between_two_bounds_or_as_too_few_to_tell(low: float, high: float, cell: str, told: str) -> None:
    gap = Gap(0.9, 0.7, low, high, 30)
    assert (gap_cell(gap), gap_told(gap)) == (cell, told)


def test_no_gap_is_a_dash() -> None:
    assert gap_cell(None) == "–"


def test_ten_cards_never_tell_a_gap_of_two_pictures() -> None:
    # What the board used to tell as "a gap of 23 points".
    gap = gap_between(counted(19, 20, 18, 20), counted(3, 5, 4, 5))
    assert gap is not None
    assert gap_told(gap) == "too few to tell a gap"


def test_what_unseen_means_is_said_with_the_pictures_of_each_label(cats: Book) -> None:
    counts = np.bincount(cats.unseen.targets)
    assert unseen_told(cats) == (
        f"Unseen here: drawings by artists who drew nothing in the book ({counts[0]} cat, {counts[1]} dog)."
    )
    bare = load_book("cats-and-dogs", unseen=0)
    assert unseen_told(bare) == "There are no unseen pages, so no gap can be told."


def test_one_unseen_picture_is_not_called_all() -> None:
    assert (all_unseen(1), all_unseen(30)) == ("the one unseen picture", "all 30 unseen pictures")


def test_six_wugs_tells_that_nothing_is_new_there() -> None:
    assert "turned round, as there are only eight (5 zib, 5 mup)" in unseen_told(load_book("six-wugs", seed=3))


def test_without_unseen_pages_there_is_no_gap_at_all() -> None:
    book = load_book("cats-and-dogs", pictures=20, unseen=0, seed=1)
    run = Run(RunSettings(pictures=20, unseen=0, epochs=1, seed=1), book)
    play(run, SimulatedChild(0.9, seed=1))
    (only,) = run.epochs
    assert (only.gap, only.child_gap, only.model_new, only.child_new) == (None, None, None, None)
    assert model_gap(run.learner, book) is None
    assert not any("gap" in sentence for sentence in epoch_sentences(SETTINGS, only, None))


def test_an_epochs_counts_are_saved_and_come_back(played: tuple[Run, list[Event]]) -> None:
    _, events = played
    for event in events:
        if isinstance(event, EpochEnded):
            assert event_from_dict(event.kind, json.loads(json.dumps(event_to_dict(event)))) == event


@pytest.mark.parametrize(
    "damage",
    [
        {"right": [3, 1], "pictures": [2, 2], "drawings": [2, 2]},
        {"right": [0, 0], "pictures": [0, 0], "drawings": [0, 0]},
        {"right": [1], "pictures": [2, 2], "drawings": [2, 2]},
        {"right": [1, 1], "pictures": [2, 2], "drawings": [0, 2]},
        {"right": [1.0, 1], "pictures": [2, 2], "drawings": [2, 2]},
        {"right": [1, 1]},
        "many",
        7,
    ],
)
def test_damaged_counts_are_a_sentence_and_no_gap(played: tuple[Run, list[Event]], damage: object) -> None:
    _, events = played
    ended = next(event for event in events if isinstance(event, EpochEnded))
    payload = json.loads(json.dumps(event_to_dict(ended)))
    payload["result"]["model_new"] = damage
    with pytest.raises(PictureBookError):
        event_from_dict("epoch_ended", payload)
    assert saved_gap(payload["result"]) is None


def test_a_run_saved_before_the_gap_was_counted_goes_on_and_is_counted_on_its_cards() -> None:
    long_ago = load_book("cats-and-dogs", pictures=40, unseen=200, seed=6)
    recipe = {**long_ago.recipe(), "version": 3}
    del recipe["cards"], recipe["unseen_means"]
    book = book_from_recipe(recipe)
    settings = replace(SETTINGS, unseen=200, batch_size=20)
    run = Run(settings, book)
    saved = []
    for event in play(run, SimulatedChild(0.8, seed=2)):
        payload = json.loads(json.dumps(event_to_dict(event)))
        if event.kind == "epoch_ended":
            for name in (*COUNTED, "model_new_loss"):
                del payload["result"][name]
        saved.append(event_from_dict(event.kind, payload))
    ended = [event.result for event in saved if isinstance(event, EpochEnded)]
    assert all(result.gap is None and gap_cell(result.gap) == "–" for result in ended)
    again = Run.restore(settings, book, saved)
    assert again.epochs == run.epochs
    assert unseen_told(book).startswith("Unseen here: pictures that are not in the book (")


def test_a_finished_run_of_before_still_reads() -> None:
    row = {
        "epoch": 0, "child_accuracy": 0.9, "model_accuracy": 0.6, "model_loss": 0.6, "child_unseen": 1.0,
        "model_unseen": 0.7, "model_unseen_loss": 0.7, "model_frozen": 0.9, "model_frozen_loss": 0.2,
        "response_ms": 700,
    }  # fmt: skip
    result = epoch_result_from_dict(row)
    assert (result.gap, result.child_gap, saved_gap(row)) == (None, None, None)
    assert epoch_result_from_dict(json.loads(json.dumps(summarised(result)))) == result


def summarised(result: object) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(result)  # type: ignore[call-overload, no-any-return]


def test_the_summary_keeps_what_the_gap_is_counted_from(played: tuple[Run, list[Event]]) -> None:
    run, _ = played
    rows = json.loads(json.dumps(summarise(run)))["epochs"]
    assert [saved_gap(row) for row in rows] == [epoch.gap for epoch in run.epochs]
    assert saved_gap(rows[0], "child_book", "child_new") == run.epochs[0].child_gap


def test_a_pupil_within_the_noise_is_not_told_apart_from_the_model(played: tuple[Run, list[Event]]) -> None:
    run, _ = played
    pupil = Pupil(SETTINGS, run.book)
    for page in run.turned:
        pupil.teach(page)
    board, model = pupil.board, run.epochs[-1]
    assert board.slips
    assert board.epochs[-1].new is not None
    assert board.epochs[-1].new.pictures == tuple(np.bincount(run.book.unseen.targets))
    near = replace(model, model_new=counted(20, 25, 5, 8))
    for right, told in (
        (20, "like the model."),
        (19, "too few to tell them apart."),
        (2, "points more (95%)."),
    ):
        epoch = replace(board.epochs[-1], new=counted(right, 25, 5 if right > 9 else 0, 8))
        said = pupil_sentence(replace(board, epochs=(epoch,)), near)
        assert said.endswith(told), said


def test_learners_are_measured_on_everything_unseen_by_fit_too(cats: Book) -> None:
    learner = Learner("mlp", labels=cats.labels, seed=1)
    history = learner.fit(cats, epochs=1, batch_size=10)
    known_now = learner.evaluate(cats.unseen.pixels, cats.unseen.targets)
    assert history.history["val_accuracy"] == [known_now.accuracy]
    assert len(known_now.right) == len(cats.unseen)
    assert sum(known_now.right) / len(known_now.right) == pytest.approx(known_now.accuracy)


def test_a_distorted_book_says_that_its_unseen_pictures_are_as_hard() -> None:
    told = unseen_told(load_book("cats-and-dogs", seed=3, distortion="noise"))
    assert "nothing in the book, as hard to see as those (" in told


def test_a_chapter_tells_its_gaps_between_bounds() -> None:
    bet = next(bet for chapter in load_chapters() for bet in chapter.bets if bet.key == "epochs-alone")
    outcome = bet.run(1)
    for name in ("gap_few", "gap_many"):
        assert outcome.figures[name].text in outcome.paragraph
        assert re.fullmatch(r"a gap of between \d+ and \d+ points \(95%\)", outcome.figures[name].text)
    assert "of 100 unseen pictures: a gap of between" in outcome.paragraph
