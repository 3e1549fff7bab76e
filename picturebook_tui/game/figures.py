"""A computed figure and how it is written in a sentence; no NumPy, so that a list of chapters needs none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from picturebook_tui.percent import points

Unit = Literal["count", "share", "loss", "points", "number", "words"]
"""How a figure reads: "1,234", "83%", "0.42", "24" (percentage points), "0.03", or as it is."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, or a few words, that an experiment computed."""

    value: float | int | str
    """A share is 0 to 1, points too (a difference of shares); a loss is in nats."""
    unit: Unit

    @property
    def text(self) -> str:
        """As it stands in a sentence."""
        value = self.value
        if isinstance(value, str):
            return value
        if self.unit in ("share", "points"):
            # A minus sign as wide as a plus, and no "-0".
            return f"{points(value)}{'%' if self.unit == 'share' else ''}".replace("-", "−")
        if self.unit == "loss":
            # Beyond ten, hundredths of a nat are no news.
            return f"{value:.2f}" if value < 10 else f"{value:,.0f}"
        return f"{round(value):,}" if self.unit == "count" else f"{value:g}"


Figures = Mapping[str, Figure]


def count(value: int) -> Figure:
    """A whole number: "1,234"."""
    return Figure(int(value), "count")


def share(value: float) -> Figure:
    """A share of 0 to 1: "83%"."""
    return Figure(float(value), "share")


def loss(value: float) -> Figure:
    """A mean cross-entropy in nats: "0.42"."""
    return Figure(float(value), "loss")


def gap(more: float, less: float) -> Figure:
    """A difference of two shares in points, of the figures as shown, so that a reader can do the sum."""
    return Figure((points(more) - points(less)) / 100, "points")
