"""The scoreboard's figures as rows and lines for the widgets; shared by summary, finale and history."""

from __future__ import annotations

from collections.abc import Sequence

from picturebook_tui.game.events import EpochResult
from picturebook_tui.game.scoreboard import Scoreboard
from picturebook_tui.game.words import percent
from picturebook_tui.tui.widgets.curves import Series


def score_rows(board: Scoreboard) -> list[tuple[str, ...]]:
    """Heading and one row an epoch: you and the model, on the book and on unseen pages."""
    return epoch_rows(board.epochs)


def epoch_rows(epochs: Sequence[EpochResult]) -> list[tuple[str, ...]]:
    """Heading and one row an epoch."""
    rows: list[tuple[str, ...]] = [("epoch", "🧒 book", "🤖 book", "🧒 unseen", "🤖 unseen", "gap", "your time")]
    for epoch in epochs:
        gap = "–" if epoch.gap is None else f"{round(100 * epoch.gap):+d}"
        time = "–" if epoch.response_ms is None else f"{epoch.response_ms / 1000:.1f} s"
        rows.append(
            (
                str(epoch.epoch + 1),
                percent(epoch.child_accuracy),
                percent(epoch.model_accuracy),
                percent(epoch.child_unseen),
                percent(epoch.model_unseen),
                gap,
                time,
            )
        )
    return rows


def epoch_series(board: Scoreboard) -> list[Series]:
    """Curves over epochs."""
    return series_of(board.epochs)


def series_of(epochs: Sequence[EpochResult]) -> list[Series]:
    """Four lines at most: who by shape and tone, book or unseen by solid or dashed."""
    lines = [
        Series("you", [epoch.child_accuracy for epoch in epochs], "you", "●", dashed=False),
        Series("model", [epoch.model_accuracy for epoch in epochs], "model", "◆", dashed=False),
    ]
    if any(epoch.model_unseen is not None for epoch in epochs):
        lines += [
            Series("you unseen", [epoch.child_unseen for epoch in epochs], "you", "○", dashed=True),
            Series("model unseen", [epoch.model_unseen for epoch in epochs], "model", "◇", dashed=True),
        ]
    return lines
