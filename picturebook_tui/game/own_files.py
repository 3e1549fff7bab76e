"""Reading the part of a chapter's file that lets whoever plays set up an experiment."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from picturebook_tui.book.words import shown
from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.experiments.catalogue import EXPERIMENTS
from picturebook_tui.game.experiments.settings import Settings, check_setting, read_settings, settings_figures
from picturebook_tui.game.lessons import OWN, Bet, Own
from picturebook_tui.game.reading import (
    COLUMNS,
    PARAGRAPH,
    read_choices,
    read_names,
    read_table,
    read_text,
    read_word,
    refuse_unknown,
)

KNOBS = ("book", "batch_size", "learning_rate", "epochs")
"""Settings that can be turned, in the order in which they are shown."""

MOST_VALUES = 20
"""Of one knob: more would be a long way to turn."""

_KEYS = ("invitation", "question", "experiment", "names", "note", "choices", "paragraphs", "settings", "knobs")


def read_own(table: Any) -> Own:
    """Read a file's ``[own]``.

    Raises
    ------
    PictureBookError
        One sentence, to stand behind the place in the file.
    """
    if not isinstance(table, dict):
        raise PictureBookError("it is no table: begin it with a line [own].")
    refuse_unknown(table, _KEYS, "an experiment of one's own")
    experiment = EXPERIMENTS[read_word(table, "experiment", EXPERIMENTS)]
    start = read_settings(read_table(table, "settings"), experiment.settings)
    chosen = [name for name in settings_figures(start) if name in experiment.settings]
    computed = (*chosen, *experiment.figures)
    paragraphs = read_table(table, "paragraphs")
    refuse_unknown(paragraphs, experiment.answers, "paragraphs")
    pattern = Bet(
        key=OWN,
        misconception=0,
        belief="",
        question=read_text(table, "question", COLUMNS["question"], chosen),
        choices=tuple(read_choices(table, experiment, chosen)),
        experiment=experiment,
        settings=start,
        strength="here",
        promise=experiment.answers[0],
        explanation="",
        otherwise="",
        names=read_names(table, experiment, chosen),
        paragraphs=MappingProxyType(
            {answer: read_text(paragraphs, answer, PARAGRAPH, computed) for answer in experiment.answers}
        ),
        note=read_text(table, "note", COLUMNS["note"], computed),
    )
    knobs = _knobs(read_table(table, "knobs"), start, experiment.settings)
    return Own(read_text(table, "invitation", PARAGRAPH), MappingProxyType(knobs), start, pattern)


def _knobs(
    table: Mapping[str, Any], start: Settings, settings: tuple[str, ...]
) -> dict[str, tuple[str | int | float, ...]]:
    known = tuple(name for name in KNOBS if name in settings)
    refuse_unknown(table, known, "knobs")
    if not table:
        raise PictureBookError(f"knobs is empty: let something be turned, for instance {known[0]}.")
    knobs = {}
    for name in known:
        if name not in table:
            continue
        values = table[name]
        if not isinstance(values, list) or not 2 <= len(values) <= MOST_VALUES:
            raise PictureBookError(f"the knob {name} must be a list of two to {MOST_VALUES} values.")
        checked = tuple(check_setting(name, value) for value in values)
        if len(set(checked)) < len(checked):
            raise PictureBookError(f"the knob {name} has a value twice: keep each once.")
        if getattr(start, name) not in checked:
            raise PictureBookError(
                f"the knob {name} never comes to {shown(getattr(start, name))}, where the settings start: add it."
            )
        knobs[name] = checked
    return knobs
