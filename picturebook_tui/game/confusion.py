"""Who took what for what: a player's answers counted by what the pictures were and what they were called."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from picturebook_tui.game.events import StepResult

Player = Literal["child", "model"]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One label taken for another, so many times."""

    truth: int
    said: int
    count: int


@dataclass(frozen=True, slots=True)
class Confusion:
    """A player's table."""

    counts: tuple[tuple[int, ...], ...]
    """A row for what it was, a column for what it was called."""

    @classmethod
    def of(cls, results: Iterable[StepResult], labels: int, player: Player) -> Confusion:
        """Count pages; the model's answers are the guesses it made before it was told."""
        counts = [[0] * labels for _ in range(labels)]
        for result in results:
            called = result.child if player == "child" else [guess.label for guess in result.model]
            for truth, said in zip(result.truth, called, strict=True):
                counts[truth][said] += 1
        return cls(tuple(map(tuple, counts)))

    @property
    def pictures(self) -> int:
        """Answers counted; a picture that came in three epochs counts three times."""
        return sum(map(sum, self.counts))

    @property
    def right(self) -> int:
        return sum(row[label] for label, row in enumerate(self.counts))

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        """Everything off the diagonal that happened, the most frequent first; of equals, the first label's."""
        found = [
            Mistake(truth, said, count)
            for truth, row in enumerate(self.counts)
            for said, count in enumerate(row)
            if truth != said and count
        ]
        return tuple(sorted(found, key=lambda one: -one.count))


@dataclass(frozen=True, slots=True)
class Confusions:
    """Both players on the same pages."""

    child: Confusion
    model: Confusion

    @classmethod
    def of(cls, results: Iterable[StepResult], labels: int) -> Confusions:
        pages = tuple(results)
        return cls(Confusion.of(pages, labels, "child"), Confusion.of(pages, labels, "model"))
