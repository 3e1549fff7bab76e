"""Reading the chapters' texts, and telling a teacher in one sentence what slipped."""

from __future__ import annotations

import difflib
import re
import string
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast, get_args

from picturebook_tui.book.words import clean, shown
from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.events import RunSettings
from picturebook_tui.game.experiments.catalogue import EXPERIMENTS, Experiment
from picturebook_tui.game.experiments.settings import Settings, check_setting, read_settings, settings_figures
from picturebook_tui.game.lessons import MISCONCEPTIONS, NEVER, Bet, Chapter, Choice, Strength, fill

FOLDER = Path(__file__).parent / "chapters"
"""The texts that ship."""

LARGEST = 256 * 1024
"""Bytes of one chapter's file; ours have 5,000."""

MOST_CHAPTERS = 99
"""Their numbers have two digits."""

MOST_BETS = 4
"""A chapter takes two to three minutes."""

COLUMNS = {"title": 40, "belief": 72, "question": 240, "choice": 100, "name": 40}
"""Widths, in columns, that still fit 80×24: one line for a title or a curve's name, three for a question."""

PARAGRAPH = 640
"""Columns of a paragraph: eight or nine lines of 76, under a curve."""

_FILE = re.compile(r"(\d\d)-([a-z0-9]+(?:-[a-z0-9]+)*)\.toml")
_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_BET_KEYS = (
    "key",
    "misconception",
    "belief",
    "question",
    "experiment",
    "strength",
    "promise",
    "explanation",
    "otherwise",
    "settings",
    "names",
    "choices",
)


_PLAY = ("book", "pictures", "unseen", "batch_size", "epochs", "learner", "learning_rate", "wrong_labels", "kind")
"""Fields of ``RunSettings`` that a chapter may choose for its run."""


def load_chapters(folder: Path | None = None) -> tuple[Chapter, ...]:
    """Read all chapters, in the order of their files' names.

    Parameters
    ----------
    folder
        With files named "01-a-title.toml" and so on; None: the texts that ship.

    Raises
    ------
    PictureBookError
        One sentence that names the file, the place in it, and what to write instead.
    """
    return _shipped() if folder is None else _load(folder)


@lru_cache(maxsize=1)
def _shipped() -> tuple[Chapter, ...]:
    return _load(FOLDER)


def _load(folder: Path) -> tuple[Chapter, ...]:
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".toml")
    except OSError as error:
        reason = (error.strerror or "it failed").lower()
        raise PictureBookError(f"The chapters in {folder} can't be read ({reason}): choose another folder.") from None
    if not paths:
        raise PictureBookError(f"There is no chapter in {folder}: write one, named like 01-the-first.toml.")
    if len(paths) > MOST_CHAPTERS:
        raise PictureBookError(f"There are {len(paths)} chapters in {folder}: keep {MOST_CHAPTERS} at most.")
    chapters = tuple(read_chapter(path, number) for number, path in enumerate(paths, 1))
    _refuse_twice([chapter.key for chapter in chapters], str(folder), "chapter")
    return chapters


def unsettled(chapters: Iterable[Chapter]) -> tuple[int, ...]:
    """Which of the sixteen misconceptions no bet settles."""
    settled = {bet.misconception for chapter in chapters for bet in chapter.bets}
    return tuple(number for number in range(1, MISCONCEPTIONS + 1) if number not in settled)


def read_chapter(path: Path, number: int) -> Chapter:
    """Read one chapter; errors as in ``load_chapters``."""
    name = _FILE.fullmatch(path.name)
    if name is None:
        raise PictureBookError(
            f"{shown(path.name)} can't be the name of a chapter: begin with two digits and a dash, then small letters."
        )
    try:
        # A class's time is short: whatever is wrong, name the file first.
        return _Reader(_parse(path), number, name[2]).chapter()
    except PictureBookError as error:
        raise PictureBookError(f"{path.name}: {error}") from None


def _parse(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise PictureBookError(f"it can't be read ({(error.strerror or 'it failed').lower()}).") from None
    if len(data) > LARGEST:
        raise PictureBookError(f"it is larger than {LARGEST // 1024} kB: shorten it.")
    try:
        return tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise PictureBookError(f"line {line} is not UTF-8: save the file as UTF-8.") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        where = re.search(r"at line (\d+)", str(error))
        place = f"line {where[1]}" if where else "the end"
        reason = re.sub(r" \(at .*\)$", "", str(error)).rstrip(".")
        raise PictureBookError(f"{place} is not TOML ({reason[:1].lower()}{reason[1:]}): mend it there.") from None


class _Reader:
    """One file's values, each asked for by what it is."""

    def __init__(self, data: dict[str, Any], number: int, key: str) -> None:
        self.data = data
        self.number = number
        self.key = key

    def chapter(self) -> Chapter:
        _only(self.data, ("title", "introduction", "bet", "play"), "the chapter")
        bets = self.data.get("bet")
        if not isinstance(bets, list) or not bets or not all(isinstance(bet, dict) for bet in bets):
            raise PictureBookError("it holds no bet: begin one with a line [[bet]].")
        if len(bets) > MOST_BETS:
            raise PictureBookError(f"it holds {len(bets)} bets: keep {MOST_BETS} at most.")
        read = tuple(_placed(f"bet {place}", _bet, table) for place, table in enumerate(bets, 1))
        _refuse_twice([bet.key for bet in read], "it", "bet")
        play, invitation = _placed("play", _play, self.data["play"]) if "play" in self.data else (None, "")
        return Chapter(
            key=self.key,
            number=self.number,
            title=_text(self.data, "title", COLUMNS["title"]),
            introduction=_text(self.data, "introduction", PARAGRAPH),
            bets=read,
            play=play,
            invitation=invitation,
        )


def _placed(place: str, read: Any, table: Mapping[str, Any]) -> Any:
    """Read a part, and put the place before whatever is wrong with it."""
    try:
        return read(table)
    except PictureBookError as error:
        raise PictureBookError(f"{place}, {error}") from None


def _bet(table: Mapping[str, Any]) -> Bet:
    _only(table, _BET_KEYS, "a bet")
    key = _word(table, "key", None)
    if not _KEY.fullmatch(key):
        raise PictureBookError(f"the key {shown(key)} can't be kept: use small letters, digits and dashes.")
    experiment = EXPERIMENTS[_word(table, "experiment", EXPERIMENTS)]
    settings = read_settings(_table(table, "settings"), experiment.settings)
    chosen = {name: figure.text for name, figure in settings_figures(settings).items() if name in experiment.settings}
    computed = {*chosen, *experiment.figures}
    choices = _choices(table, experiment, chosen)
    number = table.get("misconception")
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= MISCONCEPTIONS:
        raise PictureBookError(f"misconception is {shown(number)}: write a number from 1 to {MISCONCEPTIONS}.")
    return Bet(
        key=key,
        misconception=number,
        belief=_text(table, "belief", COLUMNS["belief"]),
        question=_filled(_text(table, "question", COLUMNS["question"], chosen), settings),
        choices=tuple(Choice(_filled(choice.text, settings), choice.answer) for choice in choices),
        experiment=experiment,
        settings=settings,
        strength=cast(Strength, _word(table, "strength", get_args(Strength))),
        promise=_word(table, "promise", experiment.answers),
        explanation=_text(table, "explanation", PARAGRAPH, computed),
        otherwise=_text(table, "otherwise", PARAGRAPH, computed),
        names=_names(table, experiment, chosen, settings),
    )


def _play(table: Any) -> tuple[RunSettings, str]:
    """The run that a chapter invites to."""
    if not isinstance(table, dict):
        raise PictureBookError("it is no table: begin it with a line [play].")
    _only(table, ("invitation", *_PLAY), "a run")
    chosen = {name: check_setting(name, value) for name, value in table.items() if name != "invitation"}
    if "book" not in chosen:
        raise PictureBookError("book is missing: name one of the shelf.")
    return RunSettings.from_dict(chosen), _text(table, "invitation", PARAGRAPH)


def _choices(table: Mapping[str, Any], experiment: Experiment, chosen: Iterable[str]) -> list[Choice]:
    rows = table.get("choices")
    if not isinstance(rows, list) or not 2 <= len(rows) <= 4 or not all(isinstance(row, dict) for row in rows):
        raise PictureBookError('choices must be two to four, each like { answer = "…", text = "…" }.')
    choices = []
    for place, row in enumerate(rows, 1):
        try:
            _only(row, ("answer", "text"), "a choice")
            text = _text(row, "text", COLUMNS["choice"], chosen)
            choices.append(Choice(text, _word(row, "answer", (*experiment.answers, NEVER))))
        except PictureBookError as error:
            raise PictureBookError(f"choice {place}, {error}") from None
    given = [choice.answer for choice in choices if choice.answer != NEVER]
    _refuse_twice(given, "it", "choice for")
    for answer in experiment.answers:
        if answer not in given:
            raise PictureBookError(f"no choice has the answer {shown(answer)}, and a run may give it: add one.")
    return choices


def _names(
    table: Mapping[str, Any], experiment: Experiment, chosen: Iterable[str], settings: Settings
) -> Mapping[str, str]:
    names = _table(table, "names")
    _only(names, experiment.series, "names")
    return MappingProxyType(
        {series: _filled(_text(names, series, COLUMNS["name"], chosen), settings) for series in experiment.series}
    )


def _filled(template: str, settings: Settings) -> str:
    return fill(template, settings_figures(settings))


def _table(table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = table.get(name)
    if not isinstance(value, dict):
        raise PictureBookError(f"{name} is missing: write it like {name} = {{ … }}.")
    return value


def _only(table: Mapping[str, Any], known: Sequence[str], what: str) -> None:
    for name in table:
        if name not in known:
            raise PictureBookError(f"{what} knows no {shown(name)}: {_nearest(name, known)}")


def _nearest(word: str, known: Iterable[str]) -> str:
    words = tuple(known)
    near = difflib.get_close_matches(word[:60], words, n=1)
    return f"did you mean {near[0]}?" if near else f"use {', '.join(words)}."


def _word(table: Mapping[str, Any], name: str, known: Iterable[str] | None) -> str:
    value = table.get(name)
    if not isinstance(value, str) or not value:
        raise PictureBookError(f'{name} is missing: add {name} = "…".')
    if known is not None and value not in (words := tuple(known)):
        raise PictureBookError(f"{name} is {shown(value)}: {_nearest(value, words)}")
    return value


def _text(table: Mapping[str, Any], name: str, most: int, fields: Iterable[str] = ()) -> str:
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
            advice = _nearest(field, known) if known else "no figure can stand there."
            raise PictureBookError(f"{name} asks for {{{shown(field)[1:-1]}}}, which nothing computes: {advice}")
    return text


def _refuse_twice(keys: Sequence[str], where: str, what: str) -> None:
    for key in keys:
        if keys.count(key) > 1:
            raise PictureBookError(f"{where} has more than one {what} {shown(key)}: give each its own.")
