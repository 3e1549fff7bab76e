"""What the chapters' files are read with: each value asked for by what it is, and one sentence where it is not."""

from __future__ import annotations

import difflib
import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from picturebook_tui.book.words import clean, shown
from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.experiments.catalogue import Experiment
from picturebook_tui.game.lessons import NEVER, Choice

Read = TypeVar("Read")

COLUMNS = {"title": 40, "belief": 72, "question": 240, "choice": 100, "name": 40, "note": 160}
"""Widths, in columns, that still fit 80×24: one line for a title or a curve's name, three for a question."""

PARAGRAPH = 640
"""Columns of a paragraph: eight or nine lines of 76, under a curve."""


def placed(place: str, read: Callable[[Any], Read], table: Any) -> Read:
    """Read a part, and put the place before whatever is wrong with it."""
    try:
        return read(table)
    except PictureBookError as error:
        raise PictureBookError(f"{place}, {error}") from None


def read_choices(table: Mapping[str, Any], experiment: Experiment, chosen: Iterable[str]) -> list[Choice]:
    """What can be bet on; texts are templates of what was ``chosen``."""
    rows = table.get("choices")
    if not isinstance(rows, list) or not 2 <= len(rows) <= 4 or not all(isinstance(row, dict) for row in rows):
        raise PictureBookError('choices must be two to four, each like { answer = "…", text = "…" }.')
    choices = []
    for place, row in enumerate(rows, 1):
        try:
            refuse_unknown(row, ("answer", "text"), "a choice")
            text = read_text(row, "text", COLUMNS["choice"], chosen)
            choices.append(Choice(text, read_word(row, "answer", (*experiment.answers, NEVER))))
        except PictureBookError as error:
            raise PictureBookError(f"choice {place}, {error}") from None
    given = [choice.answer for choice in choices if choice.answer != NEVER]
    refuse_twice(given, "it", "choice for")
    for answer in experiment.answers:
        if answer not in given:
            raise PictureBookError(f"no choice has the answer {shown(answer)}, and a run may give it: add one.")
    return choices


def read_names(table: Mapping[str, Any], experiment: Experiment, chosen: Iterable[str]) -> Mapping[str, str]:
    """What each curve is called, by series; templates of what was ``chosen``."""
    given = read_table(table, "names")
    refuse_unknown(given, experiment.series, "names")
    return {series: read_text(given, series, COLUMNS["name"], chosen) for series in experiment.series}


def read_table(table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A table within another."""
    value = table.get(name)
    if not isinstance(value, dict):
        raise PictureBookError(f"{name} is missing: write it like {name} = {{ … }}.")
    return value


def refuse_unknown(table: Mapping[str, Any], known: Sequence[str], what: str) -> None:
    """Nothing else may stand in a table than what is known there."""
    for name in table:
        if name not in known:
            raise PictureBookError(f"{what} knows no {shown(name)}: {nearest(name, known)}")


def nearest(word: str, known: Iterable[str]) -> str:
    """The advice at the end of a sentence about a word that is not known."""
    words = tuple(known)
    near = difflib.get_close_matches(word[:60], words, n=1)
    return f"did you mean {near[0]}?" if near else f"use {', '.join(words)}."


def read_word(table: Mapping[str, Any], name: str, known: Iterable[str] | None) -> str:
    """One word, of those ``known``; None: any."""
    value = table.get(name)
    if not isinstance(value, str) or not value:
        raise PictureBookError(f'{name} is missing: add {name} = "…".')
    if known is not None and value not in (words := tuple(known)):
        raise PictureBookError(f"{name} is {shown(value)}: {nearest(value, words)}")
    return value


def read_text(table: Mapping[str, Any], name: str, most: int, fields: Iterable[str] = ()) -> str:
    """Read a sentence or a paragraph; line breaks in it are spaces. ``fields`` may stand in it as {name}."""
    value = table.get(name)
    if not isinstance(value, str):
        raise PictureBookError(f'{name} is missing: add {name} = "…".')
    text = clean(value, name, most)
    known = tuple(fields)
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        raise PictureBookError(
            f"{name} has a {{ or }} that is not closed: write {{steps}}, or {{{{ and }}}} for the signs themselves."
        ) from None
    for _, field, spec, conversion in parts:
        if field is None:
            continue
        if spec or conversion:
            raise PictureBookError(f"{name} says how {shown(field)} is to be written: leave only {{{field}}}.")
        if field not in known:
            advice = nearest(field, known) if known else "no figure can stand there."
            raise PictureBookError(f"{name} asks for {{{shown(field)[1:-1]}}}, which nothing computes: {advice}")
    return text


def refuse_twice(keys: Sequence[str], where: str, what: str) -> None:
    """Every key is there once."""
    for key in keys:
        if keys.count(key) > 1:
            raise PictureBookError(f"{where} has more than one {what} {shown(key)}: give each its own.")
