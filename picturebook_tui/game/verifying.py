"""Holding the chapters' texts to what they promise: every experiment again, on many seeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from picturebook_tui.game.lesson_files import load_chapters
from picturebook_tui.game.lessons import NEEDED, Bet, Chapter

DECIDING = 100
"""Seeds from which the share itself decides. With fewer, a text is broken only where the interval says so: of ten
seeds, a promise that is kept on 97 of 100 would miss one in every fourth try."""


@dataclass(frozen=True, slots=True)
class Came:
    """What one seed's run came to."""

    answer: str
    paragraph: str
    """What a player with this seed reads."""


@dataclass(frozen=True, slots=True)
class Verified:
    """How often one text's promise came true."""

    chapter: Chapter
    bet: Bet
    came: tuple[Came, ...]
    """One a seed, in the seeds' order."""

    @property
    def seeds(self) -> int:
        return len(self.came)

    @property
    def kept(self) -> int:
        """Seeds on which the promised answer came out."""
        return sum(came.answer == self.bet.promise for came in self.came)

    @property
    def share(self) -> float:
        return self.kept / self.seeds

    @property
    def needed(self) -> float:
        """Share that the text's own word for it ("always", "usually", "here") asks for."""
        return NEEDED[self.bet.strength]

    @property
    def held(self) -> bool:
        """Whether the text may stay as it is: enough seeds kept it, or too few were run to say that it is broken."""
        return self.enough or (self.seeds < DECIDING and self.interval[1] >= self.needed)

    @property
    def enough(self) -> bool:
        """Whether the share of seeds is what the text's word asks for."""
        # Counted, so that 95 of 100 are enough however 0.95 is rounded.
        return self.kept >= self.needed * self.seeds - 1e-9

    @property
    def interval(self) -> tuple[float, float]:
        """Where the share lies with 95%, on all the seeds there are."""
        from picturebook_tui.learner.metrics import wilson_interval

        return wilson_interval(self.kept, self.seeds)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        low, high = self.interval
        return {
            "chapter": self.chapter.number,
            "title": self.chapter.title,
            "bet": self.bet.key,
            "misconception": self.bet.misconception,
            "belief": self.bet.belief,
            "experiment": self.bet.experiment.name,
            "strength": self.bet.strength,
            "promise": self.bet.promise,
            "needed": self.needed,
            "seeds": self.seeds,
            "kept": self.kept,
            "share": self.share,
            "low": low,
            "high": high,
            "held": self.held,
            "answers": dict(Counter(came.answer for came in self.came)),
            "example": self.came[0].paragraph,
        }


def run_seeds(folder: str | None, chapter: str, bet: str, seeds: Sequence[int]) -> tuple[Came, ...]:
    """Run one bet's experiment on some seeds; all arguments are plain, so that another process can do it.

    Parameters
    ----------
    folder
        Where the chapters are; None: those that ship.
    chapter, bet
        Their keys.
    """
    found = next(one for one in _chapters(folder) if one.key == chapter).bet(bet)
    outcomes = (found.run(seed) for seed in seeds)
    return tuple(Came(outcome.answer, outcome.paragraph) for outcome in outcomes)


@lru_cache(maxsize=4)
def _chapters(folder: str | None) -> tuple[Chapter, ...]:
    # A process is given many bets of one folder.
    return load_chapters(None if folder is None else Path(folder))


def all_held(verified: Iterable[Verified]) -> bool:
    """Whether every text may stay as it is."""
    return all(one.held for one in verified)
