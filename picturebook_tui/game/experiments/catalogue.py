"""Every experiment by name: its settings, its possible answers, the figures it computes. Loads no NumPy.

What is listed here is all that a chapter's text may refer to; a test holds the experiments to it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from picturebook_tui.game.experiments.settings import Settings
from picturebook_tui.game.figures import Figures

if TYPE_CHECKING:
    from picturebook_tui.book.book import Book

Measure = str
"""What a told value measures: "loss" (of a page, before its update), "book_loss" (of the whole book, as it began and
after updates), "accuracy" (on the whole book, after an epoch), "unseen" (accuracy on unseen pages), or "change" (how
far one update differs from another, ÷ its length)."""


@dataclass(frozen=True, slots=True)
class Told:
    """One point of a curve, told while an experiment runs."""

    series: str
    """Which learner: one of the experiment's ``series``."""
    measure: Measure
    step: int
    """Updates this learner has made; 0: as it began, which has no place along the bottom."""
    steps: int
    """Updates it is to make in all."""
    value: float
    """A loss in nats, a share of 0 to 1, or a ratio."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an experiment."""

    answer: str
    """One of the experiment's ``answers``, decided by the figures alone."""
    figures: Figures
    marked: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Pictures worth showing, by kind: positions in the book's pictures ("dropped"), or in its unseen ones
    ("missed_first", "missed_other")."""


Running = Generator[Told, None, Result]
"""An experiment under way: yields the points of its curves and returns its result; it can be left at each point."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """One entry of the catalogue."""

    name: str
    room: str
    """The file beside this one that has the function of the same name."""
    settings: tuple[str, ...]
    """What a chapter's text must choose: fields of ``Settings``."""
    answers: tuple[str, ...]
    figures: tuple[str, ...]
    series: tuple[str, ...]
    """The learners whose curves it tells; a chapter's text names them."""

    def running(self, settings: Settings, seed: int) -> Running:
        """Run it, point by point: the same settings and seed give the same points, answer and figures.

        Parameters
        ----------
        settings
            As chosen by a chapter's text.
        seed
            Draws the book and the learners' first weights.

        Raises
        ------
        PictureBookError
            Where the settings don't go together.
        """
        module = import_module(f"picturebook_tui.game.experiments.{self.room}")
        function = cast("Callable[[Settings, int], Running]", getattr(module, self.name))
        return function(settings, seed)

    def book(self, settings: Settings, seed: int) -> Book:
        """The book it reads, for a screen that shows pages of it."""
        from picturebook_tui.game.experiments.books import book_of

        return book_of(settings, seed)


_ONE = ("model",)
_READING = ("book", "pictures", "batch_size", "learner")
_SEEING = (*_READING, "unseen", "epochs")

_EXPERIMENTS = (
    Experiment(
        "pages",
        "pages",
        settings=_READING,
        answers=("pictures_per_page", "number_of_pages"),
        figures=("updates", "page"),
        series=_ONE,
    ),
    Experiment(
        "timed_steps",
        "pages",
        settings=_READING,
        answers=("once_a_page", "once_a_picture"),
        figures=("timings", "on_the_watch", "loss_before", "loss_after", "weights", "weights_moved"),
        series=_ONE,
    ),
    Experiment(
        "one_epoch",
        "pages",
        settings=(*_READING, "epochs"),
        answers=("many_steps", "one_step"),
        figures=("steps", "updates", "times_read"),
        series=_ONE,
    ),
    Experiment(
        "last_page",
        "pages",
        settings=_READING,
        answers=("round_up", "round_down", "even"),
        figures=("updates", "updates_dropping", "last", "dropped", "dropped_names"),
        series=("kept", "dropped"),
    ),
    Experiment(
        "epoch_line",
        "pages",
        settings=(*_READING, "epochs", "steps_per_epoch"),
        answers=("same_learner", "another_learner"),
        figures=("steps", "updates", "epochs_moved", "share_read", "weights", "weights_different"),
        series=("book", "moved"),
    ),
    Experiment(
        "small_or_large_batch",
        "batches",
        settings=("book", "pictures", "small_batch", "large_batch", "learner", "optimizer", "learning_rate"),
        answers=("both", "only_more_work", "only_further"),
        figures=(
            *("updates_small", "updates_large", "loss_start", "loss_small", "loss_large", "agree_small", "agree_large"),
            *("ratio", "scaled_rate", "loss_scaled", "rates_part"),
        ),
        series=("small", "large", "scaled"),
    ),
    Experiment(
        "every_picture",
        "batches",
        settings=(*_READING, "optimizer", "learning_rate"),
        answers=("all", "some"),
        figures=("counted", "smallest", "largest"),
        series=_ONE,
    ),
    Experiment(
        "learning_rates",
        "batches",
        settings=(*_READING, "epochs", "optimizer", "tiny_rate", "small_rate", "learning_rate", "large_rate"),
        answers=("up_to_a_point", "learns_more", "no_great_difference"),
        figures=(
            *("loss_start", "loss_tiny", "loss_small", "loss_right", "loss_large"),
            *("updates", "updates_large", "ended_large"),
        ),
        series=("tiny", "small", "right", "large"),
    ),
    Experiment(
        "frozen_weights",
        "unseen",
        settings=_SEEING,
        answers=("not_at_all", "a_little"),
        figures=("weights", "weights_moved", "weights_different", "looks", "unseen_right"),
        series=("with", "without"),
    ),
    Experiment(
        "first_epoch",
        "unseen",
        settings=("book", "pictures", "batch_size", "learner", "unseen"),
        answers=("still_learning", "easier", "not_better"),
        figures=("average", "unseen_right", "book_now", "lead", "moment", "pictures_part"),
        series=_ONE,
    ),
    Experiment(
        "rising_loss",
        "unseen",
        settings=_SEEING,
        answers=("more_confident", "falls_too", "not_risen"),
        figures=(
            "epoch_low",
            "loss_low",
            "right_low",
            "sure_low",
            "epoch_later",
            "loss_later",
            "right_later",
            "sure_later",
        ),
        series=_ONE,
    ),
    Experiment(
        "chosen_by_unseen",
        "unseen",
        settings=(*_SEEING, "learners", "chosen_by"),
        answers=("shrinks", "holds"),
        figures=(
            "best_chosen",
            "best_fresh",
            "average_chosen",
            "average_fresh",
            "lead_chosen",
            "lead_fresh",
            "fresh",
        ),
        series=("models",),
    ),
    Experiment(
        "validation_steps",
        "unseen",
        settings=(*_SEEING, "validation_steps", "level"),
        answers=("rougher", "same_figure", "another_learner"),
        figures=(
            *("asked", "weights", "weights_different"),
            *("epochs_apart", "epoch_apart", "unseen_all", "unseen_some", "apart"),
        ),
        series=("all", "some"),
    ),
    Experiment(
        "epochs_alone",
        "memory",
        settings=(*_SEEING, "few", "wrong_labels"),
        answers=("not_alone", "alone"),
        figures=("book_few", "unseen_few", "gap_few", "book_many", "unseen_many", "gap_many", "wrong"),
        series=("few", "many"),
    ),
    Experiment(
        "by_heart",
        "memory",
        settings=(*_SEEING, "wrong_labels"),
        answers=("unseen_tell", "no_telling"),
        figures=("book_right", "book_wrong", "unseen_right", "unseen_wrong", "gap", "wrong"),
        series=("right", "wrong"),
    ),
    Experiment(
        "more_pictures",
        "memory",
        settings=("book", "few", "times", "batch_size", "learner", "unseen", "epochs", "wrong_labels"),
        answers=("few", "copies", "wrong", "new"),
        figures=("unseen_few", "unseen_copies", "unseen_wrong", "unseen_new", "many", "updates"),
        series=("few", "copies", "wrong", "new"),
    ),
    Experiment(
        "same_accuracy",
        "memory",
        settings=(*_SEEING, "other_learner"),
        answers=("other_mistakes", "as_twins", "same_mistakes", "not_equal"),
        figures=(
            *("right_first", "right_other", "missed_both", "only_first", "only_other", "share_apart"),
            *("epoch_first", "epoch_other", "twins_first", "twins_other"),
        ),
        series=("first", "other"),
    ),
    Experiment(
        "times_table",
        "tables",
        settings=("above", "unseen", "batch_size", "epochs", "learner", "optimizer", "learning_rate", "level"),
        answers=("singles", "rows", "as_much"),
        figures=("rows", "in_book", "book_rows", "unseen_rows", "book_singles", "unseen_singles"),
        series=("rows", "singles"),
    ),
    Experiment(
        "against_the_usual",
        "own",
        settings=(
            *(*_SEEING, "optimizer", "learning_rate"),
            *("usual_batch", "usual_rate", "usual_epochs", "level"),
        ),
        answers=("above", "level", "below", "stopped"),
        figures=(
            "unseen_yours",
            "unseen_usual",
            "apart",
            "book_yours",
            "book_usual",
            "gap_yours",
            "updates_yours",
            "updates_usual",
        ),
        series=("yours", "usual"),
    ),
)

EXPERIMENTS: Mapping[str, Experiment] = MappingProxyType({entry.name: entry for entry in _EXPERIMENTS})
"""All of them by name."""
