"""Saved runs as frozen values, what a store of them can do, and which run counts as a person's best."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Json = dict[str, Any]
"""Plain values: str keys; None, bool, int, float, str, list and dict inside."""

Status = Literal["unfinished", "finished"]


@dataclass(frozen=True, slots=True)
class SavedRun:
    """A run with everything that is needed to go on with it, or to play it again."""

    run_id: int
    created_at: str
    settings: Json
    """``RunSettings.to_dict()`` as it was when the run began."""
    recipe: Json
    """``Book.recipe()``: rebuilds the book without the shelf or the person's own file."""
    events: tuple[tuple[str, Json], ...]
    """(kind, payload) in the order in which they were appended."""
    status: Status
    summary: Json | None
    """None while the run is unfinished."""


@dataclass(frozen=True, slots=True)
class RunHead:
    """An unfinished run in one line, read without its events."""

    run_id: int
    created_at: str
    book: str
    title: str
    settings: Json
    events: int
    """Events appended so far; 0 means that nothing has happened yet."""
    answers: int
    """Pictures answered; one whose answer was changed counts once, and one taken back not at all."""


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run that was played to its end."""

    run_id: int
    created_at: str
    finished_at: str
    book: str
    title: str
    settings: Json
    summary: Json
    score: float | None
    """``overall_accuracy`` of the summary, 0 to 1."""


class RunStore(Protocol):
    """What the game needs of a place that keeps runs. Every method may be called from any thread.

    Methods raise PictureBookError where a person can mend what is wrong (a full disk, an unknown run, a run that
    is being played in another window). Moments are ISO 8601 strings in UTC, given by whoever holds the clock, so
    that they sort as text.
    """

    @property
    def notice(self) -> str:
        """What a person should be told about the records; "" where there is nothing to tell."""

    def begin(self, settings: Mapping[str, Any], recipe: Mapping[str, Any], *, created_at: str) -> int:
        """Start a run, claimed by this store; returns its ``run_id``, which is never used again."""

    def append(self, run_id: int, kind: str, payload: Mapping[str, Any]) -> int:
        """Keep one event and return its number in the run, from 0. Once this returns, a kill loses nothing of it.

        Claims the run where this store has not claimed it yet.
        """

    def load(self, run_id: int) -> SavedRun:
        """One run, finished or not, with all its events."""

    def unfinished(self) -> tuple[RunHead, ...]:
        """Runs to go on with, newest first, without those that another living game is playing."""

    def claim(self, run_id: int) -> bool:
        """Take an unfinished run for this store: True where it is ours now (or was already).

        False where another living game plays it. A game that was killed holds nothing.
        """

    def release(self, run_id: int) -> None:
        """Let others go on with the run; nothing happens where it was not claimed."""

    def finish(self, run_id: int, summary: Mapping[str, Any], *, finished_at: str) -> None:
        """The run was played to its end; it takes no more events, and its claim is released."""

    def forget(self, run_id: int) -> None:
        """Delete a run and its events; nothing happens where it does not exist."""

    def finished(
        self, book: str | None = None, *, learner: str | None = None, limit: int | None = None
    ) -> tuple[FinishedRun, ...]:
        """Finished runs, newest first: of one book, against one kind of learner, at most ``limit``."""

    def detail(self, run_id: int) -> FinishedRun:
        """One finished run, with its summary."""

    def close(self) -> None:
        """Release every claim and the file; closing twice does no harm."""


def overall_accuracy(summary: Mapping[str, Any]) -> float | None:
    """Share of all cards that the child labelled rightly in a run, 0 to 1: what personal bests are measured by.

    Every answered card counts once: those of the book's pages in each epoch and, where the book has unseen pages,
    those too. A summary may say it in cards, ``child_right`` of ``child_answered``. Otherwise the shares it holds
    are weighted by the cards its settings ask for: Σ share × cards / Σ cards, with ``child_accuracy`` for the
    book's pages of all epochs and each epoch's ``child_unseen`` for its unseen pages.

    None where the summary holds no finite figure.
    """
    right, answered = _number(summary.get("child_right")), _number(summary.get("child_answered"))
    if right is not None and answered:
        return right / answered
    book = _number(summary.get("child_accuracy"))
    if book is None:
        return None
    epochs = summary.get("epochs")
    rows = [row for row in epochs if isinstance(row, Mapping)] if isinstance(epochs, list) else []
    shares = [share for row in rows if (share := _number(row.get("child_unseen"))) is not None]
    settings = summary.get("settings")
    if not shares or not isinstance(settings, Mapping):
        return book
    book_cards = _cards_per_epoch(settings) * len(rows)
    unseen_cards = _number(settings.get("unseen")) or 0.0
    cards = book_cards + unseen_cards * len(shares)
    return (book * book_cards + sum(shares) * unseen_cards) / cards if cards > 0 else book


Kind = tuple[object, ...]
"""What runs must have in common for one of them to be the best."""


def kind_of(book: str, summary: Mapping[str, Any]) -> Kind:
    """Book, cards answered, and how the pictures were looked at: a short run, or a glimpse, is another task."""
    settings = summary.get("settings")
    known: Mapping[str, Any] = settings if isinstance(settings, Mapping) else {}
    cards = _number(summary.get("child_answered"))
    length = (cards,) if cards is not None else tuple(_number(known.get(name)) for name in ("pictures", "epochs"))
    looking = (_number(known.get("glimpse_ms")), str(known.get("distortion")), _number(known.get("distortion_level")))
    return (book, *length, *looking)


def bests(runs: Iterable[FinishedRun]) -> dict[Kind, FinishedRun]:
    """Of each kind the run with the highest ``score``; among equals the one finished first.

    Parameters
    ----------
    runs
        Newest first, as a store gives them.
    """
    best: dict[Kind, FinishedRun] = {}
    for run in reversed(tuple(runs)):
        kind = kind_of(run.book, run.summary)
        if run.score is not None and (kind not in best or run.score > (best[kind].score or 0.0)):
            best[kind] = run
    return best


def _cards_per_epoch(settings: Mapping[str, Any]) -> float:
    """Cards on an epoch's book pages; the mean over epochs where ``steps_per_epoch`` moves the epoch line."""
    pictures = int(_number(settings.get("pictures")) or 0)
    batch_size = int(_number(settings.get("batch_size")) or 0)
    if pictures <= 0 or batch_size <= 0:
        return float(max(pictures, 0))
    whole, left = divmod(pictures, batch_size)
    drops = bool(settings.get("drop_last")) and whole > 0
    steps = whole if drops or not left else whole + 1
    cards = pictures - left if drops else pictures
    return cards * (_number(settings.get("steps_per_epoch")) or steps) / steps


def _number(value: object) -> float | None:
    """A finite number, or None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def encode(value: Mapping[str, Any]) -> str:
    """JSON for the database: short, ASCII (so that no character can fail to be written), floats exact.

    NaN and infinities are kept as Python writes them: what comes back equals what went in.

    Raises
    ------
    TypeError
        ``value`` holds something that is no plain value (a NumPy number, say): a mistake of the caller.
    """
    return json.dumps(dict(value), separators=(",", ":"))


def decode(text: object) -> Json:
    """Read ``encode``'s text back; ValueError where it is not one JSON object."""
    if not isinstance(text, str):
        raise ValueError("no text")
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("no object")
    return value
