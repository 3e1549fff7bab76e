"""Home's knobs: what each says of a run's settings, and what turning it makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from picturebook_tui.book.counting import steps_per_epoch
from picturebook_tui.book.ladder import RUNGS, distortion_of
from picturebook_tui.book.shelf import SHELF
from picturebook_tui.game.events import RunSettings
from picturebook_tui.game.glimpse import GLIMPSES_MS
from picturebook_tui.game.words import steps_sentence, times
from picturebook_tui.learner.defaults import default_learning_rate, default_optimizer
from picturebook_tui.percent import percent
from picturebook_tui.tui.widgets.knobs import Knob, next_value

if TYPE_CHECKING:
    from picturebook_tui.records.runs import RunHead

HIGHEST_SEED = 9_999
"""Seeds stay short enough to be read out across a room."""


@dataclass(frozen=True, slots=True)
class Preset:
    """Knobs turned together."""

    name: str
    pictures: int
    unseen: int
    batch_size: int
    epochs: int

    def fits(self, settings: RunSettings) -> bool:
        """These are its knobs."""
        return settings == self.turn(settings)

    def turn(self, settings: RunSettings) -> RunSettings:
        """Turn the knobs to it."""
        return replace(
            settings, pictures=self.pictures, unseen=self.unseen, batch_size=self.batch_size, epochs=self.epochs
        )


PRESETS = (
    Preset("Quick", 40, 10, 10, 3),
    Preset("The picture book", 100, 20, 10, 3),
)

PICTURES = (10, 20, 40, 60, 80, 95, 100, 150, 200, 300)
UNSEEN = (0, 10, 20, 30, 40)
BATCH_SIZES = (1, 2, 4, 5, 8, 10, 16, 20, 32, 40, 64, 100)
EPOCHS = (1, 2, 3, 4, 5, 6, 8, 10)
LEARNERS = {
    "mlp": "one hidden layer (MLP)",
    "softmax": "no hidden layer (softmax)",
    "cnn": "small convolutional (CNN)",
}
WRONG_LABELS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5)
LEARNING_RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0)
"""Beside the learner's own, chosen by measurement, which lies among them."""


# -- what is shown ------------------------------------------------------------------------------------------


def knobs_of(s: RunSettings, unfinished: Sequence[RunHead]) -> list[Knob]:
    """All of Home's rows; first of them, where there is one, the latest unfinished run."""
    assert s.pictures is not None
    steps = steps_per_epoch(s.pictures, s.batch_size)
    preset = next((p.name for p in PRESETS if p.fits(s)), "your own")
    rows = []
    if unfinished:
        head = unfinished[0]
        told = f"{head.title}, {times(head.answers, 'answer')} given"
        rows.append(Knob("go_on", "Go on where you stopped", None, told))
    return [
        *rows,
        Knob("book", "Book", SHELF[s.book].title),
        *_book_knobs(s),
        Knob(
            "preset",
            "Size",
            preset,
            f"{times(s.pictures, 'picture')} · batch {s.batch_size} · {times(s.epochs, 'epoch')}",
            f"batch {s.batch_size}, {times(s.epochs, 'epoch')}",
        ),
        Knob("pictures", "Pictures", str(s.pictures)),
        Knob(
            "batch_size",
            "Batch size",
            str(s.batch_size),
            steps_sentence(s, s.pictures, steps),
            f"{times(steps, 'step')} per epoch",
        ),
        Knob(
            "epochs",
            "Epochs",
            str(s.epochs),
            f"{times(s.epochs * steps, 'step')}: the model's updates in all",
            f"{times(s.epochs * steps, 'update')} in all",
        ),
        Knob(
            "unseen",
            "Unseen cards",
            str(s.unseen),
            "after each epoch; nobody learns from them",
            "nobody learns from them",
        ),
        Knob("learner", "Model", LEARNERS[s.learner]),
        _rate_knob(s),
        *_looking_knobs(s),
        Knob("seed", "Seed", str(s.seed), "the same seed deals the same pages", "deals the same pages"),
    ]


def _usual_rate(s: RunSettings) -> float:
    return default_learning_rate(s.learner, s.optimizer or default_optimizer(s.learner))


def _rate_knob(s: RunSettings) -> Knob:
    usual = f"{_usual_rate(s):g}"
    if s.learning_rate is None:
        return Knob("learning_rate", "Learning rate", usual, "as usual with this model", "as usual")
    return Knob("learning_rate", "Learning rate", f"{s.learning_rate:g}", f"the usual: {usual}")


def _book_knobs(s: RunSettings) -> list[Knob]:
    """What can be turned in this book alone."""
    book = SHELF[s.book]
    knobs = []
    if book.wrong_labels is not None:
        share = book.wrong_labels if s.wrong_labels is None else s.wrong_labels
        told = "of the book's; unseen pages are right"
        knobs.append(Knob("wrong_labels", "Wrong labels", percent(share), told, "unseen pages are right"))
    if book.kinds:
        told = "by lot" if s.kind is None else f"{s.kind} of {len(book.kinds)}"
        knobs.append(
            Knob("kind", "Kind of rule", told, "ways to part eight creatures in two fours", "two fours of eight")
        )
    return knobs


def _looking_knobs(s: RunSettings) -> list[Knob]:
    """What makes pictures harder: a moment to look, or less to see."""
    glimpse, harder = s.glimpse_ms, distortion_of(s.distortion, s.distortion_level)
    return [
        Knob("glimpse", "Glimpse", "off", "look as long as you like")
        if glimpse is None
        else Knob("glimpse", "Glimpse", f"{glimpse:,} ms", "a picture at a time, then a mask"),
        Knob("distortion", "Distortion", "none", "pictures as they were drawn")
        if harder is None
        else Knob("distortion", "Distortion", harder.title, harder.told),
    ]


# -- turning ------------------------------------------------------------------------------------------------


def turned(s: RunSettings, knob: str, by: int) -> RunSettings:
    """The settings with one knob turned on (1) or back (-1)."""
    match knob:
        case "book":
            name = next_value(list(SHELF), s.book, by, around=True)
            return replace(s, book=name, wrong_labels=None, kind=None)
        case "wrong_labels":
            share = SHELF[s.book].wrong_labels if s.wrong_labels is None else s.wrong_labels
            return replace(s, wrong_labels=next_value(WRONG_LABELS, share, by))
        case "kind":
            kinds = (None, *SHELF[s.book].kinds)
            return replace(s, kind=next_value(kinds, s.kind, by, around=True))
        case "preset":
            now = next((i for i, preset in enumerate(PRESETS) if preset.fits(s)), -1)
            return PRESETS[(now + by) % len(PRESETS)].turn(s)
        case "pictures":
            return replace(s, pictures=next_value(PICTURES, s.pictures, by))
        case "batch_size":
            return replace(s, batch_size=next_value(BATCH_SIZES, s.batch_size, by))
        case "epochs":
            return replace(s, epochs=next_value(EPOCHS, s.epochs, by))
        case "unseen":
            return replace(s, unseen=next_value(UNSEEN, s.unseen, by))
        case "learner":
            return replace(s, learner=next_value(list(LEARNERS), s.learner, by, around=True))
        case "learning_rate":
            usual = _usual_rate(s)
            rate = next_value(
                sorted({*LEARNING_RATES, usual}), usual if s.learning_rate is None else s.learning_rate, by
            )
            return replace(s, learning_rate=None if rate == usual else rate)
        case "glimpse":
            return replace(s, glimpse_ms=next_value(GLIMPSES_MS, s.glimpse_ms, by))
        case "distortion":
            rung = next_value(RUNGS, distortion_of(s.distortion, s.distortion_level), by)
            kind, level = (None, None) if rung is None else (rung.kind, rung.level)
            return replace(s, distortion=kind, distortion_level=level)
        case "seed":
            return replace(s, seed=(s.seed + by) % (HIGHEST_SEED + 1))
    return s
