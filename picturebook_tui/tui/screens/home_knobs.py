"""Home's knobs: what each says of a run's settings, and what turning it makes of them.

A knob with a label in the table (``settings.py``) is on Home; here is only what its row there can't say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from picturebook_tui.book.counting import steps_per_epoch
from picturebook_tui.book.ladder import RUNGS, distortion_of
from picturebook_tui.book.shelf import SHELF, as_name
from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.words import steps_sentence, times
from picturebook_tui.learner.defaults import default_learning_rate, default_optimizer
from picturebook_tui.percent import percent
from picturebook_tui.settings import HIGHEST_SHORT_SEED, KNOBS, Choice, Knob, RunSettings, YesNo
from picturebook_tui.tui.widgets.knobs import Knob as Row
from picturebook_tui.tui.widgets.knobs import next_value

if TYPE_CHECKING:
    from picturebook_tui.records.runs import RunHead

OF_ONE_BOOK = ("wrong_labels", "kind")
"""Offered in those books alone that have them, right under the book."""

OF_PRESETS = ("pictures", "batch_size", "epochs", "unseen")
"""Right under the preset that turns them together."""


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


def home_settings(given: Mapping[str, Any], seed: int) -> RunSettings:
    """How Home's knobs stand at first: *Quick*, but for what was asked for."""
    start = replace(PRESETS[0].turn(RunSettings(seed=seed)), **given)
    # A person's own book is opened from the command line; Home offers the shelf.
    name = as_name(start.book)
    return replace(start, book=name if name in SHELF else RunSettings().book)


# -- what is shown ------------------------------------------------------------------------------------------


def knobs_of(s: RunSettings, unfinished: Sequence[RunHead]) -> list[Row]:
    """All of Home's rows; first of them, where there is one, the latest unfinished run."""
    assert s.pictures is not None
    rows = []
    if unfinished:
        head = unfinished[0]
        told = f"{head.title}, {times(head.answers, 'answer')} given"
        rows.append(Row("go_on", "Go on where you stopped", None, told))
    size = f"batch {s.batch_size}, {times(s.epochs, 'epoch')}"
    told = f"{times(s.pictures, 'picture')} · batch {s.batch_size} · {times(s.epochs, 'epoch')}"
    preset = next((p.name for p in PRESETS if p.fits(s)), "your own")
    book = SHELF[s.book]
    has = {"wrong_labels": book.wrong_labels is not None, "kind": bool(book.kinds)}
    rest = [name for name, knob in KNOBS.items() if knob.label and name not in (*OF_ONE_BOOK, *OF_PRESETS)]
    return [
        *rows,
        Row("book", "Book", book.title),
        *(_row(s, KNOBS[name]) for name in OF_ONE_BOOK if has[name]),
        Row("preset", "Size", preset, told, size),
        *(_row(s, KNOBS[name]) for name in (*OF_PRESETS, *rest)),
    ]


def _row(s: RunSettings, knob: Knob) -> Row:
    value, note, brief = _said(s, knob)
    return Row(knob.name, knob.label, value, note, brief)


def _said(s: RunSettings, knob: Knob) -> tuple[str, str, str]:
    """A knob's value in words, what is said after it, and the same in fewer words."""
    now = getattr(s, knob.name)
    match knob.name:
        case "batch_size":
            assert s.pictures is not None
            if (steps := _steps(s)) is None:
                return str(now), "more than the book: no page is full", "no page is full"
            return str(now), steps_sentence(s, s.pictures, steps), f"{times(steps, 'step')} per epoch"
        case "epochs":
            steps = now * (_steps(s) or 0)
            return str(now), f"{times(steps, 'step')}: the model's updates in all", f"{times(steps, 'update')} in all"
        case "learning_rate":
            usual = f"{_usual_rate(s):g}"
            return (
                (usual, "as usual with this model", "as usual")
                if now is None
                else (f"{now:g}", f"the usual: {usual}", "")
            )
        case "wrong_labels":
            return percent(_share_wrong(s)), knob.note, knob.brief
        case "kind":
            return "by lot" if now is None else f"{now} of {len(SHELF[s.book].kinds)}", knob.note, knob.brief
        case "glimpse_ms":
            return (
                ("off", "look as long as you like", "")
                if now is None
                else (f"{now:,} ms", "a picture at a time, then a mask", "")
            )
        case "distortion":
            harder = distortion_of(s.distortion, s.distortion_level)
            return ("none", "pictures as they were drawn", "") if harder is None else (harder.title, harder.told, "")
        case _:
            return knob.said(now), knob.note, knob.brief


def _steps(s: RunSettings) -> int | None:
    """Pages of an epoch; None where short pages are left out and none is full."""
    assert s.pictures is not None
    try:
        return s.steps_per_epoch or steps_per_epoch(s.pictures, s.batch_size, drop_last=s.drop_last)
    except PictureBookError:
        return None


def _usual_rate(s: RunSettings) -> float:
    return default_learning_rate(s.learner, s.optimizer or default_optimizer(s.learner))


def _share_wrong(s: RunSettings) -> float | None:
    return SHELF[s.book].wrong_labels if s.wrong_labels is None else s.wrong_labels


# -- turning ------------------------------------------------------------------------------------------------


def turned(s: RunSettings, name: str, by: int) -> RunSettings:
    """The settings with one knob turned on (1) or back (-1)."""
    match name:
        case "book":
            book = next_value(list(SHELF), s.book, by, around=True)
            return replace(s, book=book, wrong_labels=None, kind=None)
        case "preset":
            now = next((i for i, preset in enumerate(PRESETS) if preset.fits(s)), -1)
            return PRESETS[(now + by) % len(PRESETS)].turn(s)
        case "wrong_labels":
            share = _share_wrong(s)
            return replace(s, wrong_labels=next_value(_ladder(name, share), share, by))
        case "kind":
            kinds = (None, *SHELF[s.book].kinds)
            return replace(s, kind=next_value(kinds, s.kind, by, around=True))
        case "learning_rate":
            usual = _usual_rate(s)
            now_rate = usual if s.learning_rate is None else s.learning_rate
            rate = next_value(_ladder(name, usual, now_rate), now_rate, by)
            return replace(s, learning_rate=None if rate == usual else rate)
        case "distortion":
            rung = next_value(RUNGS, distortion_of(s.distortion, s.distortion_level), by)
            kind, level = (None, None) if rung is None else (rung.kind, rung.level)
            return replace(s, distortion=kind, distortion_level=level)
        case "seed":
            return replace(s, seed=(s.seed + by) % (HIGHEST_SHORT_SEED + 1))
        case _ if name in KNOBS:
            value = getattr(s, name)
            around = isinstance(KNOBS[name].kind, Choice | YesNo)
            changes: dict[str, Any] = {name: next_value(_ladder(name, value), value, by, around=around)}
            return replace(s, **changes)
    return s


def _ladder(name: str, *also: Any) -> list[Any]:
    """The values that a knob is turned through, with others among them: what was asked for may lie between two."""
    ladder = KNOBS[name].ladder
    missing = {value for value in also if value not in ladder}
    # None before all numbers.
    return sorted((*ladder, *missing), key=lambda value: (value is not None, value)) if missing else list(ladder)
