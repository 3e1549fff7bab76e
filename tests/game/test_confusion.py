"""Who took what for what: every answer is counted once, in its place."""

from __future__ import annotations

from picturebook_tui.game.confusion import Confusion, Confusions, Mistake
from picturebook_tui.game.events import Guess, Page, StepResult


def page(truth: tuple[int, ...], child: tuple[int, ...], model: tuple[int, ...]) -> StepResult:
    return StepResult(
        page=Page(0, 0, 0, tuple(range(len(truth))), 1, len(truth)),
        truth=truth,
        child=child,
        model=tuple(Guess(label, 0.5, (0.5, 0.25, 0.25)) for label in model),
        loss=0.7,
        loss_after=0.6,
        response_ms=(0,) * len(truth),
    )


def test_rows_are_what_it_was_and_columns_what_it_was_called() -> None:
    both = Confusions.of([page((0, 0, 1), (0, 2, 1), (1, 1, 1)), page((2, 0), (2, 2), (2, 0))], 3)
    assert both.child.counts == ((1, 0, 2), (0, 1, 0), (0, 0, 1))
    assert both.model.counts == ((1, 2, 0), (0, 1, 0), (0, 0, 1))
    assert (both.child.pictures, both.child.right) == (5, 3)
    assert (both.model.pictures, both.model.right) == (5, 3)


def test_mistakes_come_most_frequent_first_and_right_answers_are_none() -> None:
    table = Confusion(((5, 1, 0), (3, 0, 1), (0, 0, 7)))
    assert table.mistakes == (Mistake(1, 0, 3), Mistake(0, 1, 1), Mistake(1, 2, 1))
    assert Confusion(((5, 0), (0, 2))).mistakes == ()


def test_an_iterator_of_pages_is_counted_for_both() -> None:
    both = Confusions.of(iter([page((0, 1), (0, 1), (1, 0))]), 3)
    assert both.child.right == 2
    assert both.model.pictures == 2
    assert both.model.right == 0
