"""What can be chosen about an experiment, and the bounds that keep it short."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from picturebook_tui.book.shelf import SHELF
from picturebook_tui.book.words import shown
from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.figures import Figure, Unit
from picturebook_tui.learner.defaults import KINDS, OPTIMIZERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """An experiment's settings; which of them it uses is in the catalogue."""

    book: str = "cats-and-dogs"
    pictures: int = 40
    unseen: int = 0
    batch_size: int = 10
    epochs: int = 1
    learner: str = "mlp"
    optimizer: str = "momentum"
    learning_rate: float = 0.1
    steps_per_epoch: int = 1
    validation_steps: int = 1
    """Pages of unseen pictures that are looked at after an epoch, where not all are."""
    small_batch: int = 1
    large_batch: int = 40
    tiny_rate: float = 0.001
    small_rate: float = 0.01
    large_rate: float = 10.0
    few: int = 20
    """Pictures of the smaller book."""
    times: int = 2
    """How many times as many pictures the larger book has."""
    wrong_labels: float = 0.0
    """Share of the labels that are wrong, 0 to 1."""
    other_learner: str = "cnn"
    learners: int = 10
    """How many are trained, to choose among."""
    chosen_by: int = 10
    """Unseen pictures to choose by."""
    usual_batch: int = 10
    usual_rate: float = 0.1
    usual_epochs: int = 3
    level: int = 5
    """Points of accuracy below which two learners, or two figures, count as equal."""
    above: int = 20
    """Of the times table: one label is "more than" this."""


_WHOLE: Mapping[str, tuple[int, int]] = {
    # Two thousand pictures, forty times: about a second of the MLP's time.
    "pictures": (2, 2000),
    "unseen": (1, 1000),
    "batch_size": (1, 2000),
    "epochs": (1, 200),
    "steps_per_epoch": (1, 1000),
    "validation_steps": (1, 1000),
    "small_batch": (1, 2000),
    "large_batch": (1, 2000),
    "few": (2, 2000),
    "times": (2, 100),
    "learners": (2, 200),
    "chosen_by": (1, 1000),
    "usual_batch": (1, 2000),
    "usual_epochs": (1, 200),
    "level": (1, 50),
    "above": (1, 80),
    # Of the runs that a chapter invites to, not of any experiment.
    "kind": (1, 6),
}
_RATES = ("learning_rate", "tiny_rate", "small_rate", "large_rate", "usual_rate")
_WORDS: Mapping[str, tuple[str, ...]] = {
    "learner": KINDS,
    "other_learner": KINDS,
    "optimizer": OPTIMIZERS,
}


def read_settings(given: Mapping[str, Any], wanted: tuple[str, ...]) -> Settings:
    """Check what a chapter's text chose for an experiment.

    Parameters
    ----------
    given
        As read from the text.
    wanted
        The settings that the experiment uses; each must be there, and no other.

    Raises
    ------
    PictureBookError
        Begins in lower case with the setting's name, to stand behind the place in the file.
    """
    for name in given:
        if name not in wanted:
            near = difflib.get_close_matches(name, wanted, n=1)
            advice = f"did you mean {near[0]}?" if near else f"it has {', '.join(wanted)}."
            raise PictureBookError(f"the experiment has no setting {shown(name)}: {advice}")
    for name in wanted:
        if name not in given:
            raise PictureBookError(f"the setting {name} is missing: add it.")
    settings = Settings(**{name: check_setting(name, value) for name, value in given.items()})
    if "chosen_by" in wanted and settings.chosen_by >= settings.unseen:
        raise PictureBookError("chosen_by leaves no unseen picture for the test: choose fewer than unseen.")
    return settings


def check_setting(name: str, value: Any) -> Any:
    """Check one setting as a text has it; PictureBookError, beginning with its name, where it can't be meant."""
    if name in _WHOLE:
        least, most = _WHOLE[name]
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise PictureBookError(f"{name} is {shown(value)}: write a whole number from {least} to {most:,}.")
        return value
    if name in _RATES or name == "wrong_labels":
        most_share = 0.9 if name == "wrong_labels" else 1e6
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= most_share:
            raise PictureBookError(f"{name} is {shown(value)}: write a number above 0, at most {most_share:,g}.")
        return float(value)
    words = tuple(SHELF) if name == "book" else _WORDS[name]
    if value not in words:
        near = difflib.get_close_matches(str(value), words, n=1)
        advice = f"did you mean {near[0]}?" if near else f"write one of {', '.join(words)}."
        raise PictureBookError(f"{name} is {shown(value)}: {advice}")
    return value


def settings_figures(settings: Settings) -> dict[str, Figure]:
    """All settings as figures, for the sentences: a text says {batch_size} and stays true when it is changed."""
    units: dict[str, Unit] = dict.fromkeys((field.name for field in fields(Settings)), "count")
    units |= dict.fromkeys(_RATES, "number")
    units |= dict.fromkeys(("book", *_WORDS), "words")
    units["wrong_labels"] = "share"
    values = {name: getattr(settings, name) for name in units}
    values["book"] = SHELF[settings.book].title
    for name in ("learner", "other_learner"):
        values[name] = values[name].upper() if values[name] != "softmax" else "softmax"
    return {name: Figure(values[name], unit) for name, unit in units.items()}
