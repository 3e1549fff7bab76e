"""Both players' confusions: a row for what it was, a column for what it was called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual.strip import Strip

from picturebook_tui.game.confusion import Confusion, Confusions
from picturebook_tui.game.words import times
from picturebook_tui.tui.widgets.drawing import Part, fit, padded, parts_length
from picturebook_tui.tui.widgets.painted import Painted, beside

COLUMN = (4, 12)
"""Fewest and most columns of a count under its label."""

ROW_NAME = 12
"""Most columns of a row's label."""

GAP = 4


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of pages."""

    heading: str
    both: Confusions | None
    """None where nothing may be told yet; the heading says so."""


def table_parts(name: str, tone: str, table: Confusion, labels: Sequence[str], width: int) -> list[list[Part]]:
    """One player's table as lines of at most ``width`` columns; labels that have no room are left out, and it says so.

    Right answers carry ✓, mistakes ✗, and what never happened is a dot.
    """
    first = min(ROW_NAME, max(map(cell_len, labels)))
    shown = min(len(labels), max(1, (width - first) // COLUMN[0]))
    column = max(COLUMN[0], min(COLUMN[1], (width - first) // shown, max(map(cell_len, labels)) + 2))
    head = "".join(_right(fit(label, column - 1), column) for label in labels[:shown])
    lines: list[list[Part]] = [
        [(f"{name}: {table.right} of {times(table.pictures, 'answer')} right", tone)],
        [(padded("", first) + head, "quiet")],
    ]
    for truth in range(shown):
        parts: list[Part] = [(padded(labels[truth], first), "text")]
        for said, count in enumerate(table.counts[truth][:shown]):
            text = f"{'✓' if truth == said else '✗'}{count}" if count else "·"
            kind = ("right" if truth == said else "wrong") if count else "quiet"
            parts.append((_right(text, column), kind))
        lines.append(parts)
    if shown < len(labels):
        lines.append([(f"and {times(len(labels) - shown, 'label')} more", "quiet")])
    return lines


def _right(text: str, width: int) -> str:
    return " " * (width - cell_len(text)) + text


class ConfusionTables(Painted):
    """Sections below each other; in each, both players side by side where there is room."""

    def __init__(self, labels: Sequence[str], sections: Sequence[Section], names: tuple[str, str]) -> None:
        super().__init__()
        self._labels = tuple(labels)
        self._sections = tuple(sections)
        self._names = names

    def draw(self, width: int) -> list[Strip]:
        lines: list[Strip] = []
        for number, section in enumerate(self._sections):
            if number:
                lines.append(self.words((), width))
            lines.append(self.words([(section.heading, "title")], width))
            if section.both is not None:
                lines += self._players(section.both, width)
        told = "Rows: what it was. Columns: what it was called."
        return [*lines, self.words((), width), self.words([(told, "quiet")], width)]

    def _players(self, both: Confusions, width: int) -> list[Strip]:
        players = ((self._names[0], "you", both.child), (self._names[1], "model", both.model))
        tables = [table_parts(name, tone, table, self._labels, width) for name, tone, table in players]
        widths = [max(map(parts_length, table)) for table in tables]
        if sum(widths) + GAP <= width:
            blocks = [
                ([self.words(parts, wide) for parts in table], wide) for table, wide in zip(tables, widths, strict=True)
            ]
            return beside(self, blocks, GAP, width)
        return [self.words(parts, width) for table in tables for parts in table]
