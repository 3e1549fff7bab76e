"""Every sentence says what its numbers say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picturebook_tui.game.events import EpochResult, Page, StepResult
from picturebook_tui.game.gap import Known
from picturebook_tui.game.words import (
    Verdict,
    epoch_sentences,
    good_stretch_sentence,
    next_epoch_told,
    step_sentence,
    steps_sentence,
)
from picturebook_tui.percent import points
from picturebook_tui.settings import RunSettings

PLAIN = RunSettings()

EPOCH = EpochResult(
    epoch=0,
    child_accuracy=1.0,
    model_accuracy=0.62,
    model_loss=0.6,
    child_unseen=1.0,
    model_unseen=0.71,
    model_unseen_loss=0.7,
    model_frozen=0.96,
    model_frozen_loss=0.2,
    response_ms=700,
    model_again=Known((19, 20), (20, 20), (18, 18)),
    model_new=Known((14, 6), (20, 8), (20, 8)),
)


def test_a_wide_gap_is_said_in_points() -> None:
    said = epoch_sentences(PLAIN, EPOCH, None)[0]
    assert "98% of the book right and 73% of all 28 unseen pictures: a gap of between 5 and 43 points (95%)." in said


def test_a_narrow_gap_is_not_made_much_of() -> None:
    few = replace(EPOCH, model_new=Known((17, 8), (20, 8), (20, 8)))
    assert epoch_sentences(PLAIN, few, None)[0].endswith(": too few to tell a gap.")


def test_better_on_unseen_pages_is_said_too() -> None:
    better = replace(EPOCH, model_again=Known((9, 9), (20, 20), (18, 18)), model_new=Known((20, 8), (20, 8), (20, 8)))
    assert "points better on pictures never learned from (95%)" in epoch_sentences(PLAIN, better, None)[0]


def test_without_unseen_pages_no_gap_is_spoken_of() -> None:
    bare = replace(EPOCH, child_unseen=None, model_unseen=None, model_unseen_loss=None, model_new=None)
    assert not any("unseen" in sentence for sentence in epoch_sentences(PLAIN, bare, None))


@given(st.floats(0, 1), st.floats(0, 1))
def test_progress_is_the_difference_of_the_figures_shown(before: float, after: float) -> None:
    said = epoch_sentences(PLAIN, replace(EPOCH, epoch=1, model_accuracy=after), replace(EPOCH, model_accuracy=before))[
        1
    ]
    gain = points(after) - points(before)
    word = "more" if gain > 0 else "fewer" if gain < 0 else "as many"
    assert word in said
    assert gain == 0 or f"{abs(gain)} point" in said


@given(st.integers(1, 300), st.data())
def test_percentages_round_halves_upwards(pictures: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, pictures))
    assert points(right / pictures) == (200 * right + pictures) // (2 * pictures)


@given(st.integers(0, 120), st.integers(0, 120))
def test_a_draw_is_called_only_on_equal_counts(child: int, model: int) -> None:
    said = Verdict("On the book", child / 120, model / 120).sentence
    assert ("A draw." in said) == (child == model)
    assert ("You, by" in said) == (child > model)


def test_odd_settings_are_not_called_once_through_the_book() -> None:
    moved = replace(PLAIN, steps_per_epoch=2)
    assert not any("first time" in sentence for sentence in epoch_sentences(moved, EPOCH, None))
    again = epoch_sentences(moved, replace(EPOCH, epoch=1), EPOCH)
    assert not any("same pictures" in sentence for sentence in again)
    assert "where it stopped" in next_epoch_told(moved, 1)
    assert "same order" in next_epoch_told(replace(PLAIN, shuffle=False), 1)
    assert "a new order" in next_epoch_told(PLAIN, 1)
    assert "closed" in next_epoch_told(PLAIN, PLAIN.epochs)


@pytest.mark.parametrize(
    ("child", "model", "end"),
    [
        (0.98, 0.83, "You, by 15 points."),
        (0.5, 0.51, "The model, by 1 point."),
        (0.704, 0.7, "You, by less than a point."),
        (0.7, 0.7, "A draw."),
        (0.475, 0.525, "The model, by 5 points."),
    ],
)
def test_who_was_ahead_follows_from_the_figures_shown(child: float, model: float, end: str) -> None:
    assert Verdict("On the book", child, model).sentence.endswith(end)


@pytest.mark.parametrize(
    ("settings", "pictures", "steps", "said"),
    [
        (RunSettings(batch_size=10), 100, 10, "ceil(100 / 10) = 10"),
        (RunSettings(batch_size=32), 95, 3, "= 3, the last of 31"),
        (RunSettings(batch_size=10), 4, 1, "= 1, a single page"),
        (RunSettings(batch_size=10, drop_last=True), 45, 4, "5 pictures dropped"),
        (RunSettings(batch_size=10, steps_per_epoch=2), 40, 2, "50% of the book"),
    ],
)
def test_steps_per_epoch_is_explained_with_its_own_numbers(
    settings: RunSettings, pictures: int, steps: int, said: str
) -> None:
    assert said in steps_sentence(settings, pictures, steps)


def test_a_step_says_what_the_update_did() -> None:
    result = StepResult(Page(0, 0, 0, (0,), 1, 1), (0,), (0,), (), 0.69, 0.52, (1,))
    assert "down, 0.69 → 0.52" in step_sentence(result)
    assert "up, 0.69 → 0.90" in step_sentence(replace(result, loss_after=0.9))
    assert "stayed at 0.69" in step_sentence(replace(result, loss_after=0.6899))
    assert "no update" in step_sentence(replace(result, page=replace(result.page, unseen=True), loss_after=None))


@pytest.mark.parametrize(
    ("child", "model", "name", "told"),
    [
        (16, 81, "you", "Your first good stretch came after 16 pictures, the model's after 81."),
        (16, None, "you", "Your first good stretch came after 16 pictures; the model had none."),
        (None, 1081, "you", "The model's first good stretch came after 1,081 pictures; you had none."),
        (None, None, "you", "Neither you nor the model had a good stretch."),
        (7, 7, "the child", "The child's first good stretch came after 7 pictures, the model's after 7."),
        (None, 7, "the child", "The model's first good stretch came after 7 pictures; the child had none."),
    ],
)
def test_the_first_good_stretch_is_told_without_a_claim_to_ninety_percent(
    child: int | None, model: int | None, name: str, told: str
) -> None:
    assert good_stretch_sentence(child, model, name) == told


def test_a_lead_on_unseen_cards_is_told_in_cards() -> None:
    verdict = Verdict("On the 10 unseen cards", 0.9, 0.8, cards=10)
    assert verdict.sentence == "On the 10 unseen cards: you 90%, model 80%. You, by 1 card."
    assert replace(verdict, child=0.5).sentence.endswith("The model, by 3 cards.")
    assert replace(verdict, child=0.8).sentence.endswith("A draw.")
