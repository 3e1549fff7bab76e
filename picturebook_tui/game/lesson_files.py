"""Reading the chapters' texts, and telling a teacher in one sentence what slipped."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast, get_args

from picturebook_tui.book.words import shown
from picturebook_tui.errors import PictureBookError
from picturebook_tui.game.experiments.catalogue import EXPERIMENTS
from picturebook_tui.game.experiments.settings import Settings, check_setting, read_settings, settings_figures
from picturebook_tui.game.lessons import MISCONCEPTIONS, OWN, Bet, Chapter, Choice, Strength, fill
from picturebook_tui.game.own_files import read_own
from picturebook_tui.game.reading import (
    COLUMNS,
    PARAGRAPH,
    placed,
    read_choices,
    read_names,
    read_table,
    read_text,
    read_word,
    refuse_twice,
    refuse_unknown,
)
from picturebook_tui.ordinary import read_ordinary
from picturebook_tui.settings import RunSettings

FOLDER = Path(__file__).parent / "chapters"
"""The texts that ship."""

LARGEST = 256 * 1024
"""Bytes of one chapter's file; ours have 5,000."""

MOST_CHAPTERS = 99
"""Their numbers have two digits."""

MOST_BETS = 4
"""A chapter takes two to three minutes."""

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
    refuse_twice([chapter.key for chapter in chapters], str(folder), "chapter")
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
        data = read_ordinary(path, LARGEST)
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
        refuse_unknown(self.data, ("title", "introduction", "bet", "play", "own"), "the chapter")
        bets = self.data.get("bet")
        if not isinstance(bets, list) or not bets or not all(isinstance(bet, dict) for bet in bets):
            raise PictureBookError("it holds no bet: begin one with a line [[bet]].")
        if len(bets) > MOST_BETS:
            raise PictureBookError(f"it holds {len(bets)} bets: keep {MOST_BETS} at most.")
        read = tuple(placed(f"bet {place}", _bet, table) for place, table in enumerate(bets, 1))
        refuse_twice([bet.key for bet in read], "it", "bet")
        if "play" in self.data and "own" in self.data:
            raise PictureBookError("it ends with a run, [play], and with [own]: keep one of the two.")
        play, invitation = placed("play", _play, self.data["play"]) if "play" in self.data else (None, "")
        own = placed("own", read_own, self.data["own"]) if "own" in self.data else None
        return Chapter(
            key=self.key,
            number=self.number,
            title=read_text(self.data, "title", COLUMNS["title"]),
            introduction=read_text(self.data, "introduction", PARAGRAPH),
            bets=read,
            play=play,
            invitation=invitation,
            own=own,
        )


def _bet(table: Mapping[str, Any]) -> Bet:
    refuse_unknown(table, _BET_KEYS, "a bet")
    key = read_word(table, "key", None)
    if not _KEY.fullmatch(key) or key == OWN:
        raise PictureBookError(f"the key {shown(key)} can't be kept: use small letters, digits and dashes, not “own”.")
    experiment = EXPERIMENTS[read_word(table, "experiment", EXPERIMENTS)]
    settings = read_settings(read_table(table, "settings"), experiment.settings)
    chosen = {name: figure.text for name, figure in settings_figures(settings).items() if name in experiment.settings}
    computed = {*chosen, *experiment.figures}
    choices, names = read_choices(table, experiment, chosen), read_names(table, experiment, chosen)
    number = table.get("misconception")
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= MISCONCEPTIONS:
        raise PictureBookError(f"misconception is {shown(number)}: write a number from 1 to {MISCONCEPTIONS}.")
    promise = read_word(table, "promise", experiment.answers)
    explanation = read_text(table, "explanation", PARAGRAPH, computed)
    otherwise, paragraphs = _otherwise(table, [answer for answer in experiment.answers if answer != promise], computed)
    return Bet(
        key=key,
        misconception=number,
        belief=read_text(table, "belief", COLUMNS["belief"]),
        question=_filled(read_text(table, "question", COLUMNS["question"], chosen), settings),
        choices=tuple(Choice(_filled(choice.text, settings), choice.answer) for choice in choices),
        experiment=experiment,
        settings=settings,
        strength=cast(Strength, read_word(table, "strength", get_args(Strength))),
        promise=promise,
        explanation=explanation,
        otherwise=otherwise,
        names=MappingProxyType({series: _filled(name, settings) for series, name in names.items()}),
        paragraphs=MappingProxyType(paragraphs),
    )


def _otherwise(table: Mapping[str, Any], others: list[str], computed: Iterable[str]) -> tuple[str, dict[str, str]]:
    """What is said where the promise did not come out: one text for every other answer, or a text for each."""
    if not isinstance(table.get("otherwise"), dict):
        return read_text(table, "otherwise", PARAGRAPH, computed), {}
    texts = read_table(table, "otherwise")
    refuse_unknown(texts, others, "otherwise")
    return "", {
        answer: placed("otherwise", partial(read_text, name=answer, most=PARAGRAPH, fields=computed), texts)
        for answer in others
    }


def _play(table: Any) -> tuple[RunSettings, str]:
    """The run that a chapter invites to."""
    if not isinstance(table, dict):
        raise PictureBookError("it is no table: begin it with a line [play].")
    refuse_unknown(table, ("invitation", *_PLAY), "a run")
    chosen = {name: check_setting(name, value) for name, value in table.items() if name != "invitation"}
    if "book" not in chosen:
        raise PictureBookError("book is missing: name one of the shelf.")
    return RunSettings.from_dict(chosen), read_text(table, "invitation", PARAGRAPH)


def _filled(template: str, settings: Settings) -> str:
    return fill(template, settings_figures(settings))
