"""Glimpses: a picture for a moment, then a mask, then the answer; how long it really stood there, in words.

The times are those of Geirhos et al. (2018), "Generalisation in humans and deep neural networks": 300 ms of a mark to
look at, 200 ms of picture, 200 ms of mask. A picture that was shown is not shown again: neither when its answer is
taken back, nor where the run was left before it was answered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median_low
from typing import SupportsIndex

from picturebook_tui.book.counting import whole_number
from picturebook_tui.book.ladder import Distortion
from picturebook_tui.game.events import StepResult
from picturebook_tui.settings import LEAST_MS, MOST_MS

FIXATION_MS = 300
"""The mark to look at, before each picture."""

MASK_MS = 200
"""The mask, before the blank card that waits for the answer; answers count from its beginning."""


def check_glimpse(milliseconds: SupportsIndex | None) -> int | None:
    """A glimpse's length, or None; PictureBookError where it can't be meant."""
    if milliseconds is None:
        return None
    return whole_number(
        milliseconds,
        "glimpse",
        least=LEAST_MS,
        most=MOST_MS,
        advice=f"choose {LEAST_MS} to {MOST_MS:,} milliseconds",
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """How long pictures stood on the screen, measured where this program writes; whole milliseconds."""

    median: int
    least: int
    most: int
    pictures: int

    @property
    def spread(self) -> str:
        """ "198–231", or "" where all were shown for as long."""
        return f"{self.least:,}–{self.most:,}" if self.least != self.most else ""


def shown(results: Iterable[StepResult]) -> Shown | None:
    """The measured times of some pages; None where nothing was measured."""
    times = [ms for result in results for ms in result.shown_ms if ms is not None]
    if not times:
        return None
    # A median that some picture was really shown for.
    return Shown(median_low(times), min(times), max(times), len(times))


def page_shown_told(result: StepResult) -> str:
    """A turned page's times, short: "Shown 204 ms (198–231)."; "" where nothing was measured."""
    times = shown((result,))
    if times is None:
        return ""
    return f"Shown {times.median:,} ms{f' (median; {times.spread})' if times.spread else ''}."


def shown_told(results: Iterable[StepResult], asked_ms: int | None) -> str:
    """The same of an epoch's pages, beside what was asked for; "" where nothing was measured."""
    times = shown(results)
    if times is None:
        return ""
    spread = f"; {times.spread}" if times.spread else ""
    asked = "" if asked_ms is None else f", of {asked_ms:,} asked for"
    return f"Pictures stood for {times.median:,} ms (median{spread}){asked}."


def shown_sentence(results: Iterable[StepResult], asked_ms: int | None) -> str:
    """The same of a whole run, and what it is a measure of."""
    told = shown_told(results, asked_ms)
    if not told:
        return ""
    return f"{told} Measured as this program wrote them; the terminal and the line to it add times of their own."


def harder_sentence(distortion: Distortion | None) -> str:
    """What was done to every picture; "" where nothing was."""
    if distortion is None:
        return ""
    return f"Every picture was harder to see, for both players: {distortion.told} ({distortion.title})."
